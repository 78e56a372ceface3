"""Strangers and their limits: so many acts without an account in a clock hour, from one address and
from all of them, and nobody else is kept waiting for it.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlmodel import select
from support.agenda import a_meeting
from support.guards import GUARDS, counting
from support.questionnaires import opened, said
from support.transactions import (
    add_rows,
    refuses,
    select_all,
    write_with,
)

from dashboard.access import NOBODY
from dashboard.actions import limits
from dashboard.actions.ideas import filing
from dashboard.actions.ideas.filing import Circumstances, checked_input, file_idea
from dashboard.actions.interests import mark_interest
from dashboard.actions.meetings.agendas import count_wrong_word
from dashboard.actions.operations import tick
from dashboard.actions.seats.taking import take_seat
from dashboard.actions.surveys.answering import SheetInput, take_answers
from dashboard.commands.serving import require_its_limits
from dashboard.queries.seats.records import Where
from models.clock import local
from models.communities import Interest
from models.database import writing
from models.ideas import Idea
from models.jobs import Installation
from models.seats import Seat
from models.settings import settings
from models.short_lived import Tally

NOON = datetime(2026, 3, 2, 12, 20, tzinfo=UTC)
HERE, THERE = "10.1.1.1", "10.2.2.2"
BANKS = "Un banc devant l'école"


@pytest.fixture
def few(monkeypatch):
    """Limits that a test reaches: three from one address, five in all."""
    monkeypatch.setattr(limits, "ALLOWED", dict.fromkeys(limits.Act, (3, 5)))


def files(engine, token, address=HERE, reader=NOBODY, title=BANKS) -> int:
    with writing(engine) as session:
        idea = checked_input(title=title, anonymous=True)
        return file_idea(session, reader, idea, token, Circumstances(address=address)).number


def filed(engine) -> int:
    return len(select_all(engine, select(Idea.id).where(Idea.title == BANKS)))


def tallies(engine) -> list[Tally]:
    return list(select_all(engine, select(Tally)))


def only_three(act: Callable[[int], object], words: str) -> None:
    """Three times in this hour, and not a fourth time."""
    for n in range(3):
        act(n)
    refuses(act, 3, match=words, error=limits.TooMany)


def test_the_fourth_idea_from_one_address_waits_for_the_next_hour(demo_copy, few):
    only_three(
        lambda n: files(demo_copy, f"jeton-{n}"),
        "de votre réseau en ce moment : réessayez après",
    )
    assert files(demo_copy, "jeton-3", THERE), "the token was not spent, and others file"
    assert filed(demo_copy) == 4


def test_all_addresses_together_have_a_limit_too(demo_copy, few):
    for n in range(5):
        files(demo_copy, f"jeton-{n}", f"10.0.0.{n}")
    refuses(
        files,
        demo_copy,
        "jeton-5",
        "10.0.0.99",
        match=r"^Beaucoup d'idées arrivent en ce moment",
        error=limits.TooMany,
    )


def test_a_flood_leaves_a_reserve_to_who_has_done_little_this_hour(database, monkeypatch):
    monkeypatch.setitem(limits.ALLOWED, limits.Act.idea, (50, 20))

    def act(address: str) -> None:
        write_with(database, limits.count, limits.Act.idea, address, NOON)

    for _ in range(16):
        act(HERE)
    refuses(act, HERE, error=limits.TooMany)
    for _ in range(4):
        act(THERE)
    refuses(act, "10.3.3.3", error=limits.TooMany)


def test_one_site_with_ipv6_is_counted_as_a_whole_too(database, monkeypatch):
    monkeypatch.setitem(limits.ALLOWED, limits.Act.idea, (3, 1000))

    def act(network: int, site: str = "2001:db8:1") -> None:
        write_with(database, limits.count, limits.Act.idea, f"{site}:{network:x}::1", NOON)

    for network in range(12):
        act(network)
    refuses(act, 99, match="de votre réseau", error=limits.TooMany)
    act(99, "2001:db8:2")


def test_who_is_signed_in_is_not_counted(demo_copy, cast, few):
    for n in range(6):
        files(demo_copy, f"jeton-{n}", reader=cast.alice)
    assert filed(demo_copy) == 6 and tallies(demo_copy) == []


def test_what_is_refused_for_another_reason_is_not_counted(demo_copy, few):
    files(demo_copy, "jeton")
    for _ in range(4):
        refuses(files, demo_copy, "jeton", match="déjà enregistrée")
    assert {one.count for one in tallies(demo_copy)} == {1}


def test_many_at_once_never_exceed_the_limit(demo_copy, few):
    def one(n: int) -> bool:
        try:
            return bool(files(demo_copy, f"jeton-{n}", HERE if n % 2 else f"10.0.1.{n}"))
        except limits.TooMany:
            return False

    with ThreadPoolExecutor(8) as crowd:
        assert sum(crowd.map(one, range(16))) == filed(demo_copy) == 5


def test_marks_of_interest_have_their_own_count(demo_copy, few):
    given = Interest(activity="ambassadeurs", name="Alice", contact="dépôt nord")
    files(demo_copy, "jeton")
    only_three(
        lambda _: write_with(demo_copy, mark_interest, NOBODY, given, HERE), "marques d'intérêt"
    )


def test_a_wrong_receipt_code_counts(demo_copy, few):
    only_three(lambda _: filing.count_try(demo_copy, HERE), "codes de suivi")


def test_who_holds_a_receipt_writes_so_often(demo_copy, few):
    idea = checked_input(title=BANKS, anonymous=True)
    receipt = write_with(demo_copy, file_idea, NOBODY, idea, "jeton").receipt
    said = receipt, "Encore un mot.", HERE
    only_three(lambda _: write_with(demo_copy, filing.write_with_receipt, *said), "messages")


def test_the_fourth_word_of_a_poster_waits(demo_copy, few):
    only_three(lambda _: count_wrong_word(demo_copy, HERE), "mots d'affiche")


def test_the_fourth_seat_of_a_stranger_waits(demo_copy, few):
    where = Where(a_meeting(demo_copy, day=date(2023, 7, 7), capacity=9))

    def takes(token: str, address: str = HERE) -> None:
        write_with(demo_copy, take_seat, NOBODY, where, Seat(), token, address)

    only_three(takes, "inscriptions")
    takes(3, THERE)


def test_the_fourth_answer_of_a_stranger_waits(demo_copy, cast, few):
    found, asked = opened(demo_copy, cast.didier)

    def answers(n: int, address: str = HERE) -> bool:
        sheet = SheetInput(said(asked), f"feuille-{n}", address=address)
        return write_with(demo_copy, take_answers, NOBODY, found.key, sheet)

    only_three(answers, "de votre réseau")
    assert answers(3, THERE), "the sheet was not taken, and others answer"


@pytest.mark.slow
def test_every_act_that_counts_has_its_test():
    of_acts = [one.function for one in GUARDS if one.function.startswith("dashboard.actions")]
    assert sorted(counting()) == sorted(of_acts)


def test_the_next_hour_begins_anew_and_no_finer_time_is_kept(database, few):
    def ask(now: datetime) -> None:
        write_with(database, limits.count, limits.Act.reset, HERE, now)

    for _ in range(3):
        ask(NOON)
    refused = refuses(ask, NOON + timedelta(minutes=39), error=limits.TooMany)
    hour = local(NOON.replace(hour=13, minute=0)).hour
    assert str(refused).endswith(f"réessayez après {hour}\N{NO-BREAK SPACE}h.")
    ask(NOON + timedelta(minutes=40))
    kept = tallies(database)
    assert {(one.since.minute, one.since.second, one.count) for one in kept} == {(0, 0, 1)}
    assert HERE not in {one.who for one in kept}
    tick.purge(database)
    assert tallies(database) == []


def test_one_house_with_ipv6_is_one_address(database, few):
    with pytest.raises(limits.TooMany), writing(database) as session:
        for n in range(4):
            limits.count(session, limits.Act.idea, f"2001:db8:0:7::{n}", NOON)
    write_with(database, limits.count, limits.Act.idea, "2001:db8:0:8::1", NOON)


def test_a_workshop_of_sixty_phones_files_three_ideas_each(database):
    with writing(database) as session:
        for _ in range(180):
            limits.count(session, limits.Act.idea, HERE, NOON)


def test_a_limit_is_lifted_in_a_demonstration_only(sqlite_copy, sqlite_database, monkeypatch):
    add_rows(sqlite_database, Installation(id=1))

    def multiplied_by(factor: float) -> None:
        monkeypatch.setenv("CP_HOURLY_FACTOR", str(factor))
        settings.cache_clear()

    multiplied_by(limits.MOST + 0.1)
    require_its_limits(sqlite_copy)
    refuses(require_its_limits, sqlite_database, match=r"CP_HOURLY_FACTOR.*démonstration")
    multiplied_by(limits.MOST)
    require_its_limits(sqlite_database)
    assert limits.allowed(limits.Act.idea) == (1000, 5000)
    monkeypatch.undo()
    settings.cache_clear()
