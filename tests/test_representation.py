"""Ce qui représente le plus d'agents: proportional approval voting, step by step, on the supports that
the reader may see.
"""

from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given, strategies as st
from sqlalchemy import text
from sqlmodel import select
from support.pages import html_of
from support.troupe import FROZEN

from dashboard.formulas import represent
from dashboard.queries.figures.small_cells import SMALLEST
from dashboard.queries.voices import PLACES, most_represented
from models.database import reading, writing
from models.discussions import SubjectSupport
from models.ideas import Idea

ballots = st.dictionaries(
    st.integers(1, 12), st.frozensets(st.integers(1, 15), min_size=1), min_size=1, max_size=9
)


def by_hand(supporters: dict[int, frozenset[int]], places: int) -> list[int]:
    """The same rule by another path: the whole list is scored anew with each entry that could come
    next.
    """

    def score(chosen: list[int]) -> Fraction:
        n = Counter(person for entry in chosen for person in supporters[entry])
        return sum((Fraction(1, k) for many in n.values() for k in range(1, many + 1)), Fraction())

    found: list[int] = []
    while len(found) < min(places, len(supporters)):
        rest = [entry for entry in supporters if entry not in found]
        found.append(max(rest, key=lambda e: (score([*found, e]), len(supporters[e]), -e)))
    return found


@given(ballots, st.integers(1, 6))
def test_each_entry_adds_most_to_what_the_ones_above_are_worth(supporters, places):
    assert represent(supporters, places) == by_hand(supporters, places)


@given(ballots.flatmap(lambda b: st.tuples(st.just(b), st.permutations(list(b.items())))))
def test_the_order_of_the_rows_changes_nothing(pair):
    supporters, shuffled = pair
    again = {entry: frozenset(sorted(persons, reverse=True)) for entry, persons in shuffled}
    assert represent(again, 5) == represent(supporters, 5)


@given(st.integers(3, 8), st.integers(5, 20))
def test_three_fifths_of_the_supporters_do_not_take_all_places(places, fifth):
    """They all support the same entries, the others theirs: each side gets its part."""
    many, few = frozenset(range(3 * fifth)), frozenset(range(3 * fifth, 5 * fifth))
    supporters = {n: many for n in range(1, places + 1)} | {
        n: few for n in range(places + 1, 2 * places + 1)
    }
    found = represent(supporters, places)
    of_few = sum(n > places for n in found)
    assert 2 * places // 5 <= of_few <= 2 * places // 5 + 1
    # By the number of supporters alone, they would have none.
    assert sorted(supporters, key=lambda n: -len(supporters[n]))[:places] == [*range(1, places + 1)]


def give(session, idea: Idea, persons: list[int]) -> None:
    session.execute(
        text("DELETE FROM subject_support WHERE subject = 'idee' AND key = :key"),
        {"key": str(idea.id)},
    )
    session.add_all(
        SubjectSupport(subject="idee", key=str(idea.id), person_id=person, on=idea.filed_on)
        for person in persons
    )
    idea.supports = len(persons)
    session.add(idea)


@pytest.fixture
def voted(demo_copy, scope_for, cast):
    """A meeting of minds: A and B have the same twelve supporters, C nine others, D four."""
    with writing(demo_copy) as session:
        session.execute(text("DELETE FROM subject_support WHERE subject = 'idee'"))
        session.execute(text("UPDATE idea SET supports = 0"))
        scope = scope_for(session, cast.alice)
        rows = select(Idea).where(
            Idea.published.is_(True),
            Idea.kind == "idee",
            Idea.merged_into.is_(None),
            Idea.filed_on > FROZEN.replace(year=2022),
            Idea.filed_on < FROZEN,
        )
        a, b, c, d = session.exec(rows.order_by(Idea.number).limit(4)).all()
        persons = [*session.execute(text("SELECT id FROM person ORDER BY id LIMIT 25")).scalars()]
        give(session, a, persons[:12])
        give(session, b, persons[:12])
        give(session, c, persons[12:21])
        give(session, d, persons[21:25])
        numbers = [idea.number for idea in (a, b, c, d)]
    return demo_copy, scope, numbers


def numbered(session, number: int) -> Idea:
    return session.exec(select(Idea).where(Idea.number == number)).one()


def listed(engine, scope) -> list[int]:
    with reading(engine) as session:
        return [idea.number for idea in most_represented(session, scope)]


def test_who_is_not_heard_yet_comes_before_who_is_heard_again(voted):
    engine, scope, (a, b, c, _) = voted
    with reading(engine) as session:
        first, second = sorted(
            (i.id, i.number) for i in session.exec(select(Idea).where(Idea.number.in_((a, b))))
        )
    assert listed(engine, scope) == [first[1], c, second[1]]


def test_fewer_than_five_supporters_represent_nobody_here(voted, scope_for, cast):
    engine, scope, numbers = voted
    with writing(engine) as session:
        assert numbered(session, numbers[3]).supports == SMALLEST - 1
    assert numbers[3] not in listed(engine, scope)


def test_an_entry_that_the_reader_may_not_see_is_not_in_it(voted):
    engine, scope, (_, _, c, _) = voted
    with writing(engine) as session:
        numbered(session, c).published = False
    assert c not in listed(engine, scope)
    assert len(listed(engine, scope)) == 2


def test_supports_of_a_merged_entry_count_for_the_one_that_stays(voted):
    """D's four supporters come to C, which then stands for thirteen."""
    engine, scope, (_, _, c, d) = voted
    with writing(engine) as session:
        kept = numbered(session, c)
        merged = numbered(session, d)
        merged.merged_into, merged.published, kept.supports = kept.id, False, 13
    assert listed(engine, scope)[0] == c


def test_the_list_of_the_demonstration_is_what_the_rule_gives(sqlite_demo, scope_for, cast):
    with reading(sqlite_demo) as session:
        scope = scope_for(session, cast.alice)
        found = most_represented(session, scope)
        supporters = {
            idea.id: frozenset(
                session.execute(
                    text(
                        "SELECT person_id FROM subject_support WHERE subject = 'idee' AND key IN"
                        " (SELECT CAST(id AS TEXT) FROM idea WHERE id = :id OR merged_into = :id)"
                    ),
                    {"id": idea.id},
                ).scalars()
            )
            for idea in session.exec(
                select(Idea).where(
                    Idea.published.is_(True),
                    Idea.kind != "constat",
                    Idea.supports >= SMALLEST,
                    Idea.filed_on > FROZEN.replace(year=2021),
                )
            )
        }
    assert [idea.id for idea in found] == by_hand(supporters, PLACES)
    assert len(found) > 3 and all(len(persons) >= SMALLEST for persons in supporters.values())


def test_the_page_shows_both_lists_and_says_what_cannot_enter(open_page):
    page = "".join(html_of(open_page("alice", "ce-que-vous-dites", "direction=ADM")))
    first, second = page.index("Vos priorités des 24"), page.index("représente le plus d")
    assert first < second and "les mains levées en réunion" in page
