"""Filings that share a commit: all are there, each is told once it stands, and what is refused
refuses nobody else.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event
from time import sleep

import pytest
from sqlalchemy import Engine, event
from sqlmodel import Session, func, select

from dashboard.access import NOBODY
from dashboard.actions.ideas.filing import (
    AlreadyFiled,
    Circumstances,
    Form,
    checked_input,
    file_ideas,
    file_with_others,
    filed_before,
)
from dashboard.actions.keeping.limits import TooMany
from dashboard.queries.keeping import checks
from models import together
from models.database import reading, writing
from models.errors import Invalid, Refused
from models.ideas import Idea, Receipt
from models.settings import settings
from models.short_lived import Tally
from models.together import Together

pytestmark = pytest.mark.locks
MANY = 12
ALONE = Circumstances()


def form(n: int, how: Circumstances = ALONE, **said: object) -> Form:
    idea = checked_input(**{"title": f"Ensemble {n}", "anonymous": True} | said)
    return Form(idea, f"un jeton qui vaut une fois {n}", how)


def titles(on: Engine) -> set[str]:
    with reading(on) as session:
        return set(session.exec(select(Idea.title).where(Idea.title.startswith("Ensemble"))))


class Sharing:
    """Filings that wait beside each other: the first group is held until all the others wait."""

    def __init__(self, on: Engine, do_all: Callable | None = None):
        self.groups: list[int] = []
        self.is_held, self.may_go = Event(), Event()
        self._do_all = do_all or (lambda session, forms: file_ideas(session, NOBODY, forms))
        self.together = Together(on, self._noted)

    def _noted(self, session: Session, forms: Sequence[Form]) -> Sequence:
        self.groups.append(len(forms))
        if len(self.groups) == 1:
            self.is_held.set()
            assert self.may_go.wait(60)
        return self._do_all(session, forms)

    def all_of(self, forms: Sequence[Form]) -> list[object]:
        """What each is told, or its refusal: the first alone, the others together."""
        with ThreadPoolExecutor(len(forms)) as pool:
            first = pool.submit(self.together.do, forms[0])
            assert self.is_held.wait(60)
            others = [pool.submit(self.together.do, one) for one in forms[1:]]
            while len(self.together) < len(others):
                sleep(0.01)
            self.may_go.set()
            return [told(one) for one in (first, *others)]


def told(one: Future) -> object:
    try:
        return one.result(60)
    except (Invalid, Refused) as refusal:
        return refusal


def test_those_who_wait_share_one_commit_and_are_all_there(demo_copy):
    commits = []

    def note(connection) -> None:
        commits.append(connection)

    event.listen(demo_copy, "commit", note)
    sharing = Sharing(demo_copy)
    found = sharing.all_of([form(n) for n in range(MANY)])
    event.remove(demo_copy, "commit", note)
    assert sharing.groups == [1, MANY - 1] and len(commits) == 2
    assert titles(demo_copy) == {f"Ensemble {n}" for n in range(MANY)}
    assert len({one.number for one in found}) == len({one.receipt for one in found}) == MANY
    with reading(demo_copy) as session:
        for n, one in enumerate(found):
            before = filed_before(session, form(n).token)
            assert (before.number, before.title) == (one.number, f"Ensemble {n}"), "not another's"
        assert all(finding.holds for finding in checks.roll_ups(session))
        assert checks.current_values(session).holds


def test_after_many_one_who_comes_alone_is_not_kept_waiting_for_others(demo_copy):
    sharing = Sharing(demo_copy)
    sharing.all_of([form(n) for n in range(MANY)])
    for n in range(MANY, 2 * MANY):
        sharing.together.do(form(n))
    assert sharing.groups == [1, MANY - 1, *[1] * MANY]
    assert titles(demo_copy) == {f"Ensemble {n}" for n in range(2 * MANY)}


def test_those_who_are_answered_one_by_one_and_file_again_share_a_commit_again(
    demo_copy, monkeypatch
):
    monkeypatch.setattr(together, "_LONGEST", 5.0)
    sharing = Sharing(demo_copy)
    sharing.all_of([form(n) for n in range(MANY)])
    with ThreadPoolExecutor(MANY) as pool:
        for n in range(MANY, 2 * MANY - 1):
            pool.submit(sharing.together.do, form(n))
            sleep(0.02)
    assert sharing.groups == [1, MANY - 1, MANY - 1]
    assert titles(demo_copy) == {f"Ensemble {n}" for n in range(2 * MANY - 1)}


def test_what_is_refused_among_others_is_refused_alone(demo_copy):
    wrong = {
        3: form(3, ambition_id=99_999),
        5: form(2),  # the same form twice: a double click
        7: form(7, Circumstances(meeting_id=99_999)),
    }
    sharing = Sharing(demo_copy)
    found = sharing.all_of([wrong.get(n, form(n)) for n in range(MANY)])
    refused = {n: type(one) for n, one in enumerate(found) if isinstance(one, Exception)}
    assert refused == {3: Invalid, 5: AlreadyFiled, 7: Refused}
    assert titles(demo_copy) == {f"Ensemble {n}" for n in range(MANY) if n not in wrong}
    with reading(demo_copy) as session:
        counted = session.exec(select(Tally.count)).all()
        assert set(counted) == {MANY - len(wrong)}, "what is refused is not counted"


def test_the_places_of_an_hour_go_to_as_many_as_there_are(demo_copy, monkeypatch):
    monkeypatch.setattr(settings(), "cp_hourly_ideas", 4)
    here, there = (Circumstances(address=f"198.51.100.{n}") for n in (7, 8))
    forms = [form(n, here if n % 3 else there) for n in range(MANY)]
    found = Sharing(demo_copy).all_of(forms)
    assert [isinstance(one, TooMany) for one in found].count(True) == MANY - 8
    assert len(titles(demo_copy)) == 8
    with reading(demo_copy) as session:
        assert sorted(session.exec(select(Tally.count)).all()) == [4, 4, 8]


def test_an_error_in_the_midst_leaves_nothing_of_it_and_the_next_ones_go_on(demo_copy):
    calls = []

    def breaks(session: Session, forms: Sequence[Form]) -> list:
        calls.append(len(forms))
        done = file_ideas(session, NOBODY, forms)
        if any(one.idea.title == "Ensemble 4" for one in forms):
            raise OSError("Plus de place")
        return done

    sharing = Sharing(demo_copy, breaks)
    with pytest.raises(OSError, match="Plus de place"):
        sharing.all_of([form(n) for n in range(MANY)])
    assert titles(demo_copy) == {f"Ensemble {n}" for n in range(MANY) if n != 4}
    sharing.together.do(form(MANY))
    assert f"Ensemble {MANY}" in titles(demo_copy)


def test_many_at_once_file_once_each_as_the_light_form_does(demo_copy):
    with ThreadPoolExecutor(MANY) as pool:
        found = list(pool.map(lambda n: file_with_others(form(n), demo_copy), range(5 * MANY)))
    assert len({one.number for one in found}) == len(titles(demo_copy)) == 5 * MANY
    with reading(demo_copy) as session:
        receipts = session.exec(select(func.count()).select_from(Receipt)).one()
        assert receipts >= 5 * MANY


def test_what_shares_a_transaction_lies_in_the_order_of_random_keys(sqlite_copy):
    """Their place in the file says nothing of who came first."""
    sent: list[list] = []

    def note(_connection, _cursor, statement, values, *_more):
        if statement.startswith(("INSERT INTO idea ", "INSERT INTO receipt", "INSERT INTO form")):
            sent.append([row[0] for row in values])

    event.listen(sqlite_copy, "before_cursor_execute", note)
    with writing(sqlite_copy) as session:
        file_ideas(session, NOBODY, [form(n) for n in range(MANY)])
    event.remove(sqlite_copy, "before_cursor_execute", note)
    assert len(sent) == 3 and all(keys == sorted(keys) and len(keys) == MANY for keys in sent)
