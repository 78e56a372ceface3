"""The accounts of a whole town, found by words; who has none yet; the sheets to print."""

import io
from datetime import timedelta

import pytest
from pypdf import PdfReader
from sqlalchemy import update
from sqlmodel import select
from support.post import plain
from support.transactions import (
    errors_of,
    read_with,
    refuses,
    write_with,
)
from support.troupe import FROZEN

from dashboard.access import OPERATOR
from dashboard.actions.notices.addresses import invite_by_mail, make_slips, renew_invitations
from dashboard.actions.operations.tick import tick
from dashboard.actions.people import accounts, logins
from dashboard.actions.people.links import account_of_link
from dashboard.queries.people.accounts import (
    PAGE,
    Which,
    account_file,
    accounts_page,
    count_accounts,
    lapsed_invitations,
    persons_without_account,
    to_invite_on_paper,
)
from dashboard.queries.people.readers import account_by_login
from dashboard.report.posters import slips
from models.clock import now
from models.database import reading, writing
from models.people import Account, Assignment, Invitation, Person, Role

SAME = ("Claude", "Lambert-Aubry")


def found(engine, who, words="", which=Which.all, page=1) -> list[str]:
    with reading(engine) as session:
        rows = accounts_page(session, who, now(), page, words, which)
        if len(rows) < PAGE:
            assert count_accounts(session, who, words, which) == len(rows) + PAGE * (page - 1)
        return [row.login for row in rows]


def test_roles_that_follow_from_a_mandate_or_a_community_are_listed(demo_copy, cast):
    with reading(demo_copy) as session:
        rows = accounts_page(session, cast.farid, now())
    follows = {row.login: row.follows for row in rows}
    assert follows["bruno"] == (Role.ambassadeur,) and follows["carine"] == (Role.manager,)
    assert follows["alice"] == ()


def a_town(session, n: int) -> None:
    """Persons of one family, each with an account without a password."""
    persons = [
        Person(key=f"V{i}", given_name=f"Prénom{i:04}", family_name="Devillers") for i in range(n)
    ]
    session.add_all(persons)
    session.flush()
    session.add_all(
        Account(person_id=person.id, login=f"devillers.{i:04}") for i, person in enumerate(persons)
    )


@pytest.mark.slow
def test_invitations_that_lapsed_are_renewed_in_one_act(town, post, cast):
    """Alice and Carine let a mail lapse, Bruno without an address his sheet; Gaëlle's is good."""
    logins_of = ("alice", "bruno", "carine", "gaelle")
    with writing(town) as session:
        session.execute(
            update(Account)
            .where(Account.login.in_((*logins_of, "didier")))
            .values(password_hash="")
        )
        held = {login: account_by_login(session, login) for login in logins_of}
        bruno = held["bruno"].person_id
        session.execute(update(Person).where(Person.id == bruno).values(email=""))
        for login in ("alice", "carine"):
            invite_by_mail(session, cast.farid, held[login].id)
    tick(town)
    with writing(town) as session:
        make_slips(session, cast.farid, [held["bruno"].id])
        session.execute(update(Invitation).values(until=FROZEN - timedelta(days=1)))
        make_slips(session, cast.farid, [held["gaelle"].id])
    tick(town)  # what lapsed is cleared away
    with writing(town) as session:
        assert set(lapsed_invitations(session, cast.farid)) == {
            held[login].id for login in ("alice", "bruno", "carine")
        }
        assert renew_invitations(session, cast.farid) == (2, 1)
        assert lapsed_invitations(session, cast.farid) == [held["bruno"].id]
        assert renew_invitations(session, cast.farid) == (0, 1)
    tick(town)
    for login in ("alice", "carine"):
        assert sum("/cle?jeton=" in plain(mail) for mail in post.mails_for(login)) == 2


@pytest.mark.slow
def test_an_account_is_found_among_hundreds(demo_copy, cast):
    many = 650
    write_with(demo_copy, a_town, many)
    assert len(found(demo_copy, cast.farid)) == PAGE
    assert found(demo_copy, cast.farid, f"devillers prénom{many - 1:04}") == [
        f"devillers.{many - 1:04}"
    ]
    assert found(demo_copy, cast.farid, "0424 ") == ["devillers.0424"]
    assert found(demo_copy, cast.farid, "%") == []
    assert (
        found(demo_copy, cast.farid, "élise") == found(demo_copy, cast.farid, "ELISE") == ["elise"]
    )
    assert len(found(demo_copy, cast.farid, page=many // PAGE + 1)) == 7  # and the cast
    assert found(demo_copy, cast.farid, "alice", Which.keyless) == []
    with writing(demo_copy) as session:
        accounts.disable_account(session, OPERATOR, account_by_login(session, "alice").id)
    assert found(demo_copy, cast.farid, which=Which.closed) == ["alice"]


def test_two_who_share_a_name_are_told_apart_and_a_third_is_not_made(demo_copy, cast):
    with writing(demo_copy) as session:
        service = session.exec(
            select(Assignment.service_id).where(Assignment.person_id == cast.alice.person_id)
        ).first()
        both = [Person(key=f"S{n}", given_name=SAME[0], family_name=SAME[1]) for n in (1, 2)]
        session.add_all(both)
        session.flush()
        day = both[0] and session.exec(select(Assignment.on)).first()
        session.add(Assignment(person_id=both[0].id, service_id=service, on=day, recorded_on=day))
        session.add(Assignment(person_id=both[1].id, service_id=None, on=day, recorded_on=day))
    ((only, label),) = read_with(
        demo_copy, persons_without_account, cast.farid, "lambert claude"
    ).items()
    assert " · S1 · " in label and label.count(" · ") == 2  # the other has left
    assert (
        "déjà connue"
        in errors_of(
            write_with,
            demo_copy,
            accounts.add_account,
            cast.farid,
            login="claude",
            password=None,
            given_name="claude",
            family_name="Lambert-Aubry",
        )["family_name"]
    )
    with writing(demo_copy) as session:
        accounts.add_account(session, cast.farid, login="claude", password=None, person_id=only)
        assert persons_without_account(session, cast.farid, "lambert claude") == {}


def test_one_account_tells_its_invitation_its_sign_in_and_its_last_acts(demo_copy, cast):
    with writing(demo_copy) as session:
        farid = account_by_login(session, "farid")
        logins.open_login(session, farid, remember=False)
        accounts.unlock(session, cast.farid, account_by_login(session, "alice").id)
        (slip,) = make_slips(session, cast.farid, [account_by_login(session, "alice").id])
    with reading(demo_copy) as session:
        alice = account_file(session, cast.farid, account_by_login(session, "alice").id, now())
        assert alice.invited_until == slip.until and alice.service and not alice.acts
        hers = account_file(session, cast.farid, farid.id, now())
        assert hers.row.last_use is not None and hers.row.open_logins == 1
        assert ("account", "alice", "blocage") in [act[1:] for act in hers.acts]
        assert account_file(session, cast.farid, 10**6, now()) is None


def test_sheets_are_for_whom_no_mail_reaches_and_open_their_account(town, post, cast, scope_for):
    with writing(town) as session:
        session.execute(
            update(Account).where(Account.login.in_(["alice", "bruno"])).values(password_hash="")
        )
        bruno = account_by_login(session, "bruno")
        session.execute(update(Person).where(Person.id == bruno.person_id).values(email=""))
    with writing(town) as session:
        assert to_invite_on_paper(session, cast.farid, by_mail=True) == [bruno.id]
        assert len(to_invite_on_paper(session, cast.farid, by_mail=False)) == 2
        invite_by_mail(session, cast.farid, account_by_login(session, "alice").id)
        assert to_invite_on_paper(session, cast.farid, by_mail=False) == [bruno.id]
        made = make_slips(session, cast.farid, [bruno.id])
        assert to_invite_on_paper(session, cast.farid, by_mail=False) == []
    with reading(town) as session:
        hers, alices = (scope_for(session, who) for who in (cast.farid, cast.alice))
    pdf = slips(hers, made * 5, "https://c-possible.exemple.be")
    pages = PdfReader(io.BytesIO(pdf)).pages
    words = " ".join(pages[0].extract_text().replace("\u200b", "").split())
    assert len(pages) == 2 and "Bruno" in words and "bruno" in words
    assert "c-possible.exemple.be/cle" in words and made[0].code in words
    assert read_with(town, account_of_link, made[0].code).login == "bruno"  # typed from the sheet
    refuses(slips, alices, made, "https://c-possible.exemple.be")
