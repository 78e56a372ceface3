"""The codebook: entries get themes, two coders agree or not, the machine proposes three."""

from collections import Counter

import pytest
from sqlalchemy import delete
from sqlmodel import select
from support.transactions import (
    add_rows,
    execute,
    read_with,
    refusal,
    select_all,
    select_one,
    write_with,
)
from support.troupe import FROZEN

from dashboard.access import Reader
from dashboard.actions import campaigns as acts
from dashboard.actions.people.privacy import erase_person
from dashboard.queries.ideas import clusters as themes
from dashboard.queries.ideas.theme_model import learned
from models.clusters import Coding, Theme
from models.database import reading
from models.facts import random_id
from models.ideas import Idea
from models.people import Person, Role

# ── Two coders ────────────────────────────────────────────────────────────────────────────────────


def pairs(*counted: tuple[int, int, int]) -> list[tuple[int, int]]:
    return [(one, other) for one, other, n in counted for _ in range(n)]


@pytest.mark.parametrize(
    ("found", "wanted"),
    [
        # 35 of 50 agree; 25 · 30 and 25 · 20 of them would by chance: (0.7 - 0.5) / 0.5
        (pairs((1, 1, 20), (1, 2, 5), (2, 1, 10), (2, 2, 15)), 0.4),
        # three themes, by hand: 14 of 20 agree; chance (8·9 + 7·5 + 5·6) / 400
        (pairs((1, 1, 6), (1, 2, 1), (1, 3, 1), (2, 2, 4), (2, 1, 2), (2, 3, 1), (3, 3, 4),
               (3, 1, 1)), (14 / 20 - 137 / 400) / (1 - 137 / 400)),
        (pairs((1, 1, 6), (2, 2, 6)), 1.0),
        (pairs((1, 1, 12)), 1.0),
        (pairs((1, 2, 5), (2, 1, 5)), -1.0),
        (pairs((1, 1, 9)), None),  # nothing under ten
        ([], None),
    ],
)  # fmt: skip
def test_kappa_is_the_one_computed_by_hand(found, wanted):
    assert themes.kappa(found) == (wanted if wanted is None else pytest.approx(wanted))


# ── The machine ───────────────────────────────────────────────────────────────────────────────────

SUBJECTS = {
    1: "vélo garage piste casque cycliste trajet pompe",
    2: "cantine repas soupe fruit légume dîner cuisine",
    3: "écran logiciel ordinateur réseau imprimante mot passe",
    4: "chauffage fenêtre isolation radiateur courant air bureau",
    5: "congé horaire pointeuse télétravail planning absence garde",
    6: "gants chaussures sécurité casque dépôt accident outil",
    7: "guichet citoyen file attente ticket accueil rendez-vous",
    8: "arbre potager fleur compost jardin haie abeille",
}


def made_up(n: int, start: int = 0) -> list[tuple[int, Idea]]:
    """Entries of three words of a subject among words that say nothing of it, with their theme."""
    entries = []
    for k in range(start, start + n):
        theme = 1 + k % len(SUBJECTS)
        words = SUBJECTS[theme].split()
        own = [words[(k * step + step) % len(words)] for step in (1, 2, 3)]
        title = f"Il faudrait {own[0]} dans notre service pour {own[1]} et {own[2]} lundi"
        entries.append((theme, Idea(title=title)))
    return entries


def test_the_three_proposed_are_far_better_than_chance_and_always_the_same():
    found, new = learned(made_up(120)), made_up(80, start=1000)
    hits = sum(theme in found(idea.title)[:3] for theme, idea in new)
    assert hits / len(new) > 0.9  # by chance: three of eight
    again = learned(made_up(120))
    assert [found(idea.title) for _, idea in new] == [again(idea.title) for _, idea in new]
    assert sorted(found("Rien de connu ici")) == sorted(SUBJECTS)


# ── Coding ────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def codebook(sqlite_copy) -> tuple[int, int]:
    """Two themes that nobody gave yet."""
    execute(sqlite_copy, delete(Coding))
    add_rows(sqlite_copy, Theme(name="Locaux"), Theme(name="Outils"))
    return tuple(
        select_all(sqlite_copy, select(Theme.id).where(Theme.name.in_(["Locaux", "Outils"])))
    )


@pytest.fixture
def second(cast) -> Reader:
    """Another of the programme's office."""
    return Reader(cast.elise.person_id, roles=frozenset({Role.agent, Role.animateur}))


def waiting(engine, scope_for, reader, is_second: bool = False) -> list[int]:
    with reading(engine) as session:
        found = themes.to_code(session, scope_for(session, reader), is_second)
        return [idea.number for idea in found]


def test_an_entry_goes_from_one_coder_to_the_next_and_back(
    sqlite_copy, cast, second, codebook, scope_for
):
    rooms, tools = codebook
    number = waiting(sqlite_copy, scope_for, cast.didier)[0]
    assert waiting(sqlite_copy, scope_for, second, True) == []
    write_with(sqlite_copy, acts.code_entry, cast.didier, number, rooms, [rooms])
    for reader in (cast.didier, second):
        assert number not in waiting(sqlite_copy, scope_for, reader)
    assert waiting(sqlite_copy, scope_for, second, True) == [number]
    assert waiting(sqlite_copy, scope_for, cast.didier, True) == []
    write_with(sqlite_copy, acts.code_entry, second, number, tools)
    assert waiting(sqlite_copy, scope_for, second, True) == []
    given = select_all(sqlite_copy, select(Coding.person_id, Coding.theme_id, Coding.proposed))
    assert set(given) == {(cast.didier.person_id, rooms, True), (second.person_id, tools, None)}
    # Changed later, nothing tells any more what had been proposed.
    write_with(sqlite_copy, acts.code_entry, cast.didier, number, tools)
    write_with(sqlite_copy, acts.take_back, second, number)
    assert select_all(sqlite_copy, select(Coding.theme_id, Coding.proposed)) == [(tools, None)]


def test_only_the_office_codes_and_only_with_an_open_theme(sqlite_copy, cast, codebook, scope_for):
    number = waiting(sqlite_copy, scope_for, cast.didier)[0]
    for reader in (cast.alice, cast.carine, cast.elise, cast.farid):
        coding = (acts.code_entry, reader, number, codebook[0])
        refusal(sqlite_copy, *coding, match="droit")
        assert waiting(sqlite_copy, scope_for, reader) == []

    def end(session) -> None:
        session.get(Theme, codebook[0]).ended_on = FROZEN

    write_with(sqlite_copy, end)
    refusal(sqlite_copy, acts.code_entry, cast.didier, number, codebook[0], match="ouvert")
    open_ones = read_with(sqlite_copy, themes.open_themes, FROZEN)
    assert codebook[0] not in [theme.id for theme in open_ones]


def test_who_is_erased_leaves_her_codings_without_her_name(
    sqlite_copy, cast, second, codebook, scope_for
):
    numbers = waiting(sqlite_copy, scope_for, cast.didier)[:12]
    for number in numbers:
        write_with(sqlite_copy, acts.code_entry, cast.didier, number, codebook[0])
        write_with(sqlite_copy, acts.code_entry, second, number, codebook[0])
    before = themes.quality(read_with(sqlite_copy, themes.codings_of))
    assert before[:2] == (1.0, 12)

    def erase(session) -> None:
        erase_person(session, cast.farid, second.person_id)

    write_with(sqlite_copy, erase)
    assert themes.quality(read_with(sqlite_copy, themes.codings_of)) == before
    erased = select_one(sqlite_copy, select(Person).where(Person.id == second.person_id))
    assert erased.erased_on == FROZEN


# ── What they tell ────────────────────────────────────────────────────────────────────────────────


def given(*counted: tuple[int, int | None, int]) -> list[tuple[int, int | None]]:
    return [(theme, unit) for theme, unit, n in counted for _ in range(n)]


def test_a_direction_with_few_entries_is_not_told_apart():
    found = themes.cut(given((1, 10, 8), (2, 10, 4), (1, 20, 6), (2, 30, 5)))
    assert found == {10: Counter({1: 8, 2: 4}), None: Counter({1: 6, 2: 5})}


def test_few_entries_are_not_found_by_subtracting_the_others_from_all():
    """Three entries of a small direction: a larger one goes with them."""
    found = themes.cut(given((1, 10, 14), (1, 20, 11), (2, 30, 3)))
    assert found == {10: Counter({1: 14}), None: Counter({1: 11, 2: 3})}
    assert themes.cut(given((1, 20, 4))) == {}


@pytest.mark.parametrize(
    ("n", "of", "word"),
    [
        (6, 10, "majorité"),
        (5, 10, "minorité"),
        (2, 10, "minorité"),
        (1, 10, "une voix"),
        (0, 10, ""),
        (9, 9, ""),
    ],
)
def test_a_share_is_told_in_words(n, of, word):
    assert themes.majority_in_words(n, of) == word


def test_what_themes_tell_counts_entries_that_the_reader_may_see_once(
    sqlite_copy, cast, second, codebook, scope_for
):
    number = waiting(sqlite_copy, scope_for, cast.didier)[0]
    write_with(sqlite_copy, acts.code_entry, cast.didier, number, codebook[0])
    write_with(sqlite_copy, acts.code_entry, second, number, codebook[1])
    hidden = Idea(
        id=random_id(FROZEN), number=1, kind="idee", title="À lire", channel="formulaire",
        filed_on=FROZEN, status="recue", published=False,
    )  # fmt: skip
    add_rows(sqlite_copy, hidden)
    coding = Coding(
        idea_id=hidden.id, person_id=cast.didier.person_id, theme_id=codebook[0], on=FROZEN
    )
    add_rows(sqlite_copy, coding)
    with reading(sqlite_copy) as session:
        assert len(themes.coded_entries(session, scope_for(session, cast.didier))) == 1
