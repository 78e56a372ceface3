"""One's own address: given, confirmed from the mail that arrived there, given up, taken away;
what a file may not change.
"""

import re
from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import Engine, update
from sqlmodel import Session, select
from support.post import plain, subject
from support.transactions import errors_of, read_with, refusal, refuses, select_all, write_with
from support.troupe import FROZEN

from dashboard.access import NOBODY, OPERATOR, Reader
from dashboard.actions.notices import addresses, records as notice_records, sending
from dashboard.actions.register_imports import act_of
from dashboard.queries.notices.records import address_to_confirm
from models.database import reading, writing
from models.jobs import Installation
from models.ledger import Change
from models.notices import Notice, NoticeKind, NoticeState, Rhythm
from models.people import Person, Preference
from models.settings import settings

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
