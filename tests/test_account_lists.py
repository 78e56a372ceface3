"""The accounts of a whole town, found by words; who has none yet; the sheets to print; accounts come
from a file; mandates; one's own address.
"""

import io
import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta

import pytest
from pypdf import PdfReader
from sqlalchemy import Engine, func, text, update
from sqlmodel import Session, select
from support.post import plain, subject
from support.transactions import errors_of, read_with, refusal, refuses, select_all, write_with
from support.troupe import FROZEN

from dashboard.access import NOBODY, OPERATOR, Reader
from dashboard.actions.imports import act_of
from dashboard.actions.notices import addresses, records as notice_records, sending
from dashboard.actions.notices.addresses import invite_by_mail, make_slips, renew_invitations
from dashboard.actions.operations.tick import tick
from dashboard.actions.people import accounts, logins
from dashboard.actions.people.accounts import end_mandate, give_mandate, new_mandate
from dashboard.actions.people.links import account_of_link
from dashboard.actions.register_imports import ImportOptions
from dashboard.queries.notices.records import address_to_confirm
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
from dashboard.queries.people.readers import account_by_login, reader_of
from dashboard.report.posters import slips
from models.clock import now
from models.database import reading, writing
from models.directions import Direction, DirectionPlace
from models.installation import Installation, Revision
from models.ledger import Change
from models.notices import Notice, NoticeKind, NoticeState, Rhythm
from models.people import Account, Assignment, Invitation, Mandate, Person, Preference, Role
from models.settings import settings

# ── The accounts of a whole town, found by words; who has none yet; the sheets to print ───────────

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
    said = {row.login: row.roles_in_words for row in rows}
    assert (said["bruno"], said["carine"]) == ("Ambassadeur", "Manager")
    assert said["gaelle"].endswith("Directeur général") and said["alice"] == "Agent"


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
        assert ("account", "alice", "blocage") in [
            (act.subject, act.record, act.field) for act in hers.acts
        ]
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


# ── Accounts come from a file ─────────────────────────────────────────────────────────────────────
# For persons of the personnel, with roles, mandates and invitations, and twice changes nothing.

PEOPLE = (
    "matricule;prénom;nom;e-mail;fonction;famille;service;poste informatique;depuis;parti le\n"
    "Z1;Nadia;Öztürk;nadia@ville.example;Juriste;Expertise;RI-JUR-1;oui;01/03/2023;\n"
    "Z2;Luc;Petit;;Paveur;Technique;AD-VOI-1;non;01/04/2023;\n"
    "Z3;Léa;D'Hoore;deux@ville.example;Juriste;Expertise;RI-JUR-1;oui;01/03/2023;\n"
    "Z4;Noé;Maes;deux@ville.example;Juriste;Expertise;RI-JUR-1;oui;01/03/2023;\n"
    "Z5;Eva;Parti;;Juriste;Expertise;RI-JUR-1;oui;01/03/2023;01/05/2023\n"
)
HEAD = "matricule;e-mail;identifiant;rôles;mandats;mandat du;mandat au;inviter\n"
FILE = HEAD + (
    "Z1;;nadia;codir;VC-JSP du 01/06/2023 au 31/12/2023 | AD-VOI;01/01/2023;;oui\nZ2;;;;;;;oui\n"
)


def import_accounts(engine, content: str, who=OPERATOR, **how):
    with writing(engine) as session:
        return act_of("comptes")(
            session, who, content.encode(), "comptes.csv", ImportOptions(**how)
        )


def arrive(engine) -> None:
    with writing(engine) as session:
        act_of("personnel")(session, OPERATOR, PEOPLE.encode(), "personnel.csv")


@pytest.fixture(scope="module")
def arrived(open_copy) -> Iterator[Engine]:
    """They have arrived; what is refused writes nothing."""
    engine, end = open_copy("sqlite", "demo")
    arrive(engine)
    yield engine
    end()


def counts(report) -> tuple[int, ...]:
    return report.new, report.changed, report.unchanged, len(report.refused)


def kept(engine) -> tuple[int, ...]:
    with reading(engine) as session:
        return tuple(
            session.exec(select(func.count()).select_from(table)).one()
            for table in (Account, Mandate, Notice, Change)
        )


def refused_row(engine, row: str) -> tuple[int, str, str]:
    """Line, column and sentence of the one fault of a row."""
    before = kept(engine)
    report = import_accounts(engine, HEAD + row, strict=True)
    assert kept(engine) == before
    (found,) = report.refused
    return found.line, found.column, found.reason


def test_accounts_are_opened_with_roles_and_mandates(demo_copy):
    arrive(demo_copy)
    assert counts(import_accounts(demo_copy, FILE)) == (2, 0, 0, 0)
    with reading(demo_copy) as session:
        nadia, luc = (account_by_login(session, login) for login in ("nadia", "luc.petit"))
        assert nadia.password_hash == luc.password_hash == ""
        assert {Role.codir, Role.manager} <= reader_of(session, nadia, FROZEN).roles
        held = session.exec(
            select(Mandate.since, Mandate.until)
            .where(Mandate.person_id == nadia.person_id)
            .order_by(Mandate.since)
        ).all()
        assert held == [(date(2023, 1, 1), None), (date(2023, 6, 1), date(2024, 1, 1))]


@pytest.mark.slow
def test_importing_twice_changes_nothing_and_a_new_end_is_a_change(demo_copy):
    arrive(demo_copy)
    import_accounts(demo_copy, FILE)
    before = kept(demo_copy)
    assert counts(import_accounts(demo_copy, FILE)) == (0, 0, 2, 0)
    assert kept(demo_copy) == before
    ended = HEAD + "Z1;;nadia;admin;AD-VOI au 30/09/2023;;;\n"
    assert counts(import_accounts(demo_copy, ended)) == (0, 1, 0, 0)
    with reading(demo_copy) as session:
        assert account_by_login(session, "nadia").roles == "admin"
        ends = session.exec(select(Mandate.until).where(Mandate.since == date(2023, 1, 1)))
        assert date(2023, 10, 1) in ends.all()


def test_who_has_an_address_is_invited_by_mail_and_the_others_on_paper(demo_copy, post):
    arrive(demo_copy)
    report = import_accounts(demo_copy, FILE)
    assert report.more == {"invited": 1, "on_paper": 1}
    assert "1\xa0invitation par courriel." in report.sentences()
    with reading(demo_copy) as session:
        told = session.exec(select(Notice).where(Notice.kind == str(NoticeKind.invitation))).all()
        assert [one.address for one in told] == ["nadia@ville.example"]


@pytest.mark.parametrize(
    ("row", "column", "said"),
    [
        ("Z9;;;;;;;", "matricule", "ne désigne personne"),
        (";;x.y;;;;;", "matricule", "Donnez le matricule"),
        ("Z1;;alice;;;;;", "identifiant", "« alice » est déjà pris"),
        ("Z1;;Zoë;;;;;", "identifiant", "L'identifiant compte"),
        ("Z1;;;manager;;;;", "rôles", "« manager » n'est pas un rôle"),
        ("Z1;;;;ZZ-1;;;", "mandats", "« ZZ-1 » n'est le code d'aucune unité"),
        ("Z1;;;;AD-VOI un jour;;;", "mandats", "n'est pas un mandat"),
        ("Z1;;;;AD-VOI;01/06/2023;01/05/2023;", "mandat au", "précède le premier"),
        ("Z1;;;;AD-VOI du 01/01/2023, AD-VOI du 01/06/2023;;;", "mandats", "a déjà un mandat"),
        ("Z3;;;;;;;oui", "inviter", "est aussi celle d'une autre personne"),
        (";deux@ville.example;;;;;;", "e-mail", "désigne plusieurs personnes"),
        ("Z5;;;;;;;", "matricule", "a quitté l'administration le 01/05/2023"),
    ],
)
def test_a_row_that_cannot_be_taken_says_where_and_why(arrived, row, column, said):
    line, where, reason = refused_row(arrived, row + "\n")
    assert (line, where) == (2, column) and said in reason


@pytest.mark.slow
def test_one_account_per_person(sqlite_copy):
    arrive(sqlite_copy)
    import_accounts(sqlite_copy, FILE)
    assert (
        "a déjà un compte, sous l'identifiant « nadia »"
        in refused_row(sqlite_copy, "Z1;;autre;;;;;\n")[2]
    )
    twice = import_accounts(sqlite_copy, HEAD + "Z3;;un;;;;;\nZ3;;deux;;;;;\n", strict=True)
    assert [(one.line, one.reason) for one in twice.refused] == [
        (3, "Un seul compte par personne : elle figure déjà à la ligne 2.")
    ]
    same = import_accounts(sqlite_copy, HEAD + "Z3;;un;;;;;\nZ4;;un;;;;;\n", strict=True)
    assert [(one.line, one.column) for one in same.refused] == [(3, "identifiant")]


def test_a_closed_direction_takes_no_mandate(demo_copy):
    arrive(demo_copy)
    with writing(demo_copy) as session:
        unit = session.execute(text("SELECT id FROM direction WHERE code = 'AD-VOI'")).scalar_one()
        session.add(DirectionPlace(direction_id=unit, on=date(2023, 4, 1), recorded_on=FROZEN))
    line, column, reason = refused_row(demo_copy, "Z1;;;;AD-VOI;01/06/2023;;\n")
    assert (line, column) == (2, "mandats") and "est fermée au 01/06/2023" in reason


def test_the_last_administrator_keeps_the_role(sqlite_copy, cast):
    with writing(sqlite_copy) as session:
        session.get(Person, cast.farid.person_id).key = "F1"
    assert "dernier compte d'administrateur" in refused_row(sqlite_copy, "F1;;farid;codir;;;;\n")[2]


# ── Mandates ──────────────────────────────────────────────────────────────────────────────────────
# Farid gives them to those who answer for a unit, ends them, and is told what cannot be.

UNITS = (
    "code;nom;type;parent\nADM;La commune;racine;\nVC;Vie citoyenne;département;ADM\n"
    "VC-JSP;Jeunesse et sports;direction;VC\n"
)
FIRST, LAST = date(2023, 7, 3), date(2023, 12, 31)


def unit(session: Session, code: str) -> int:
    return session.exec(select(Direction.id).where(Direction.code == code)).one()


def alice(session: Session) -> int:
    return account_by_login(session, "alice").person_id


def give(engine, who, code="VC-JSP", first=FIRST, last=LAST, person=None):
    with writing(engine) as session:
        given = new_mandate(person or alice(session), unit(session, code), first, last)
        return give_mandate(session, who, given)


def roles_at(engine, on: date, login="alice"):
    with reading(engine) as session:
        return reader_of(session, account_by_login(session, login), on).roles


def faults(engine, who, **given) -> dict[str, str]:
    return errors_of(give, engine, who, **given)


def test_a_mandate_holds_from_its_first_day_to_its_last_one(demo_copy, cast):
    before = read_with(demo_copy, Session.get, Revision, "people").n
    give(demo_copy, cast.farid)
    days = (date(2023, 7, 2), FIRST, LAST, date(2024, 1, 1))
    assert [Role.manager in roles_at(demo_copy, day) for day in days] == [False, True, True, False]
    with reading(demo_copy) as session:
        kept = session.exec(select(Change).where(Change.subject == "mandate")).one()
        assert (kept.by, kept.record) == (cast.farid.person_id, str(alice(session)))
        assert (kept.field, kept.after) == ("mandat VC-JSP", "du 03/07/2023 au 31/12/2023")
        assert session.get(Revision, "people").n == before + 1


def test_what_cannot_be_is_said_beside_its_field(demo_copy, cast):
    give(demo_copy, cast.farid)
    assert (
        "précède" in faults(demo_copy, cast.farid, code="AD-VOI", last=date(2023, 7, 1))["last_day"]
    )
    assert "déjà un mandat" in faults(demo_copy, cast.farid, first=LAST, last=None)["unit_id"]
    assert "du 03/07/2023 au 31/12/2023" in faults(demo_copy, cast.farid, last=None)["unit_id"]
    assert faults(demo_copy, cast.farid, person=10**6) == {
        "person_id": "Cette personne n'existe pas."
    }
    with reading(demo_copy) as session:
        assert (
            len(session.exec(select(Mandate).where(Mandate.person_id == alice(session))).all()) == 1
        )


def test_the_day_after_another_one_may_begin(demo_copy, cast):
    give(demo_copy, cast.farid)
    give(demo_copy, cast.farid, first=date(2024, 1, 1), last=None)
    give(demo_copy, cast.farid, "AD-VOI", first=FIRST, last=None)  # another unit at the same time


def test_a_closed_direction_is_given_no_mandate(demo_copy, cast):
    with writing(demo_copy) as session:
        closed = unit(session, "VC-JSP")
        session.add(
            DirectionPlace(
                direction_id=closed, parent_id=None, on=date(2023, 9, 1), recorded_on=FROZEN
            )
        )
    late = faults(demo_copy, cast.farid, first=date(2023, 9, 1), last=None)
    assert "est fermée au 01/09/2023" in late["unit_id"]
    assert "est fermée avant le 31/12/2023" in faults(demo_copy, cast.farid)["unit_id"]
    give(demo_copy, cast.farid, last=date(2023, 8, 31))


def test_who_has_left_answers_for_nothing(demo_copy, cast):
    with writing(demo_copy) as session:
        session.add(
            Assignment(
                person_id=alice(session), service_id=None, on=date(2023, 7, 1), recorded_on=FROZEN
            )
        )
    assert "a quitté l'administration le 01/07/2023" in faults(demo_copy, cast.farid)["person_id"]


def test_ending_one_counts_from_the_next_day(demo_copy, cast):
    made = give(demo_copy, cast.farid, last=None)
    assert (
        "précède"
        in errors_of(write_with, demo_copy, end_mandate, cast.farid, made.id, date(2023, 7, 1))[
            "last_day"
        ]
    )
    write_with(demo_copy, end_mandate, cast.farid, made.id, FIRST)
    assert [Role.manager in roles_at(demo_copy, day) for day in (FIRST, date(2023, 7, 4))] == [
        True,
        False,
    ]
    refusal(demo_copy, end_mandate, cast.farid, 10**6, FIRST)


# ── One's own address ─────────────────────────────────────────────────────────────────────────────
# Given, confirmed from the mail that arrived there, given up, taken away; what a file may not
# change.

NEW = "alice.lambotte@commune.be"


def told(engine: Engine, act: Callable[[Session], object]) -> object:
    return write_with(engine, act)


def plain_notice(engine: Engine, person_id: int, key: str) -> None:
    told(
        engine,
        lambda session: notice_records.notify(
            session, [person_id], key=key, kind=NoticeKind.answer, title=f"Nouvelle {key}"
        ),
    )


def demand(engine: Engine, reader: Reader, post, address: str = NEW) -> str:
    """She gives an address, the mail leaves, and this is what its link bears."""
    assert (
        told(
            engine,
            lambda session: addresses.choose_address(session, reader, f" {address.title()} "),
        )
        is False
    )
    sending.send(engine, FROZEN)
    (mail,) = [mail for to, mail in post.received if to == address][-1:]
    return re.search(r"/mon-espace\?adresse=(\w+)", plain(mail)).group(1)


def email_of(engine: Engine, reader: Reader) -> str:
    return read_with(engine, Session.get, Person, reader.person_id).email


def test_an_address_counts_once_its_mail_was_opened(town, cast, post):
    token = demand(town, cast.alice, post)
    assert email_of(town, cast.alice) == "alice@exemple.invalid", "until then nothing changes"
    to_confirm, until = read_with(town, address_to_confirm, cast.alice.person_id)
    assert (to_confirm, (until - FROZEN).days) == (NEW, 7)
    for reader, said in (
        (cast.bruno, token),
        (cast.alice, token[:-1] + "x"),
        (cast.alice, "é"),
        (cast.alice, ""),
    ):
        refusal(town, addresses.confirm_address, reader, said, match="plus valable")
    assert (
        told(town, lambda session: addresses.confirm_address(session, cast.alice, token))
        == NEW
        == email_of(town, cast.alice)
    )
    refusal(town, addresses.confirm_address, cast.alice, token, match="plus valable")
    with reading(town) as session:
        assert address_to_confirm(session, cast.alice.person_id)[0] == ""
        journal = session.exec(
            select(Change).where(
                Change.subject == "person", Change.record == str(cast.alice.person_id)
            )
        ).one()
    assert (journal.field, journal.before, journal.after, journal.by) == (
        "adresse de courriel",
        None,
        "changée",
        cast.alice.person_id,
    )


def test_what_the_old_address_refused_goes_to_the_new_one_and_the_old_one_learns_no_more_than_that_it_is_over(
    town, cast, post
):
    post.refusing["alice@exemple.invalid"] = "550 no such user"
    plain_notice(town, cast.alice.person_id, "perdue")
    sending.send(town, FROZEN)
    post.refusing.clear()
    told(
        town,
        lambda session: session.execute(update(Notice).values(state=NoticeState.dropped, tries=6)),
    )
    token = demand(town, cast.alice, post)
    (asked,) = [mail for to, mail in post.received if to == NEW]
    assert "Nouvelle" not in plain(asked), "a stranger's letter box gets nothing of hers"
    plain_notice(town, cast.alice.person_id, "en attente")
    told(town, lambda session: addresses.confirm_address(session, cast.alice, token))
    sent = sending.send(town, FROZEN)
    assert (sent.mails, sent.notices) == (2, 3)
    mails = dict(post.received)
    old, new = mails["alice@exemple.invalid"], plain(mails[NEW])
    assert (
        "ne viendront plus à cette adresse" in subject(old) and "commune.be" not in old.as_string()
    )
    assert "Nouvelle perdue" in new and "Nouvelle en attente" in new
    assert {notice.address for notice in select_all(town, select(Notice))} == {""}, (
        "an address given up is not kept"
    )


def test_another_address_or_a_second_thought_closes_the_first_link(town, cast, post):
    first = demand(town, cast.alice, post)
    second = demand(town, cast.alice, post, "a.lambotte@commune.be")
    told(town, lambda session: addresses.choose_address(session, cast.alice, "a@b.be"))
    told(town, lambda session: addresses.give_up_address(session, cast.alice))
    assert sending.send(town, FROZEN).mails == 0, "what had not left does not leave"
    for token in (first, second):
        refusal(town, addresses.confirm_address, cast.alice, token, match="plus valable")
    assert (
        select_all(
            town,
            select(Preference).where(
                Preference.person_id == cast.alice.person_id, Preference.name.like("adresse%")
            ),
        )
        == []
    )


def test_a_link_is_good_for_seven_days(town, cast, post):
    token = demand(town, cast.alice, post)
    for days, good in ((8, False), (7, True)):
        told(
            town,
            lambda session, days=days: setattr(
                session.get(Installation, 1),
                "frozen_on",
                date.fromordinal(FROZEN.toordinal() + days),
            ),
        )
        with writing(town) as session:
            if good:
                assert addresses.confirm_address(session, cast.alice, token) == NEW
            else:
                refuses(addresses.confirm_address, session, cast.alice, token, match="plus valable")


def test_nobody_fills_a_strangers_letter_box(town, cast, post):
    for n in range(addresses.MOST_A_DAY):
        demand(town, cast.alice, post, f"voisin{n}@commune.be")
    refusal(
        town, addresses.choose_address, cast.alice, "encore@commune.be", match="réessayez demain"
    )


def test_who_wants_no_mail_still_confirms_what_she_asked_for(town, cast, post):
    told(town, lambda session: notice_records.choose_rhythm(session, cast.alice, Rhythm.never))
    told(
        town,
        lambda session: addresses.confirm_address(
            session, cast.alice, demand(town, cast.alice, post)
        ),
    )
    plain_notice(town, cast.alice.person_id, "tue")
    sending.send(town, FROZEN)
    assert [to for to, _ in post.received] == [NEW, "alice@exemple.invalid"]


def test_alice_takes_her_address_away_and_gives_one_again(town, cast, post):
    assert told(town, lambda session: addresses.choose_address(session, cast.alice, "")) is True
    plain_notice(town, cast.alice.person_id, "de vive voix")
    sent = sending.send(town, FROZEN)
    assert (sent.mails, email_of(town, cast.alice), post.addresses) == (
        1,
        "",
        ["alice@exemple.invalid"],
    )
    told(
        town,
        lambda session: addresses.confirm_address(
            session, cast.alice, demand(town, cast.alice, post)
        ),
    )
    sending.send(town, FROZEN)
    assert "de vive voix" in plain(post.received[-1][1])


def test_where_no_mail_leaves_an_address_counts_at_once(town, cast):
    assert (
        told(town, lambda session: addresses.choose_address(session, cast.alice, f" {NEW.title()}"))
        is True
    )
    assert email_of(town, cast.alice) == NEW
    assert select_all(town, select(Notice).where(Notice.kind == NoticeKind.address)) == []


def test_where_mails_hold_no_link_an_address_counts_at_once(town, cast, post, monkeypatch):
    monkeypatch.setenv("CP_PUBLIC_URL", "")
    settings.cache_clear()
    assert told(town, lambda session: addresses.choose_address(session, cast.alice, NEW)) is True
    assert email_of(town, cast.alice) == NEW


@pytest.mark.parametrize(
    "said",
    [
        "alice",
        "alice@",
        "@commune.be",
        "a b@commune.be",
        "alice@commune",
        "a@b@c.be",
        "a@commune..be",
        "x" * 120 + "@b.be",
        "alice@exemple.invalid",
        "a@b.be, c@d.be",
        "Alice <a@b.be>",
        "a@-b.be",
    ],
)
def test_what_is_no_address_is_refused_beside_the_field(sqlite_copy, cast, said):
    assert (
        set(errors_of(write_with, sqlite_copy, addresses.choose_address, cast.alice, said))
        == {"address"}
        and email_of(sqlite_copy, cast.alice) == "alice@exemple.invalid"
    )
    refusal(sqlite_copy, addresses.choose_address, NOBODY, "a@b.be")


def test_a_file_fills_an_address_and_leaves_alone_what_a_person_chose(sqlite_copy, cast):
    key = read_with(sqlite_copy, Session.get, Person, cast.alice.person_id).key

    def from_the_file(address: str) -> str:
        with writing(sqlite_copy) as session:
            report = act_of("personnel")(
                session,
                OPERATOR,
                f"matricule;prénom;nom;e-mail;service\n{key};Alice;Lambotte;{address};RI-JUR-1\n".encode(),
                "p.csv",
            )
            assert not report.refused
        return email_of(sqlite_copy, cast.alice)

    assert from_the_file("rh@commune.be") == "rh@commune.be"
    told(
        sqlite_copy, lambda session: addresses.choose_address(session, cast.alice, "moi@commune.be")
    )
    assert from_the_file("rh@commune.be") == "moi@commune.be"
    told(sqlite_copy, lambda session: addresses.choose_address(session, cast.alice, ""))
    assert from_the_file("rh@commune.be") == "", "taken away is a choice too"
