"""Lots; the codebook; ce qui représente le plus d'agents."""

import csv
from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given, strategies as st
from sqlalchemy import delete, text
from sqlmodel import select
from support.answers import file, publish
from support.imports import DATA, real_files
from support.pages import html_of
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
from dashboard.formulas import represent
from dashboard.queries.figures.small_cells import SMALLEST
from dashboard.queries.ideas import clusters
from dashboard.queries.ideas.card import around
from dashboard.queries.ideas.theme_model import learned
from dashboard.queries.voices import PLACES, most_represented
from models.clusters import Cluster, Coding, Theme
from models.database import reading, writing
from models.discussions import SubjectSupport
from models.facts import random_id
from models.ideas import Idea
from models.people import Person, Role

# ── Lots ──────────────────────────────────────────────────────────────────────────────────────────
# What says the same is proposed together, and a person decides.

SHOES = "Des chaussures de sécurité à la pointure des femmes"
SHOES_TOO = "Chaussures de sécurité : la pointure des femmes manque"
WELL = "Les chaussures de sécurité des femmes à leur pointure"
FINDING = {"kind": "constat"}


@pytest.fixture
def said(sqlite_copy, cast):
    """Alice files an entry, published by Didier; its number."""

    def filed(title: str, **fields: object) -> int:
        number = file(sqlite_copy, cast.alice, title, title=title, **fields).number
        with reading(sqlite_copy) as session:
            published = session.exec(select(Idea.published).where(Idea.number == number)).one()
        if not published:
            publish(sqlite_copy, cast.didier, number)
        return number

    return filed


@pytest.fixture
def proposed(sqlite_copy, cast, scope_for):
    """The lots proposed to Didier: the numbers of their entries."""

    def found(**where: str) -> list[set[int]]:
        with reading(sqlite_copy) as session:
            pairs = clusters.near_pairs(session, clusters.newest(session, FROZEN))
            scope = scope_for(session, cast.didier, **where)
            lots = clusters.proposed_clusters(session, scope, pairs)
            return [{idea.number for idea in lot} for _, lot in lots]

    return found


@pytest.fixture
def outcomes(sqlite_copy):
    """How many lots were kept, changed and dropped since the test began."""
    before = read_with(sqlite_copy, clusters.outcomes)

    def since() -> tuple[int, ...]:
        now = read_with(sqlite_copy, clusters.outcomes)
        return tuple(n - was for n, was in zip(now, before, strict=True))

    return since


def numbers_of(engine, cluster: Cluster) -> set[int]:
    with reading(engine) as session:
        return set(session.exec(select(Idea.number).where(Idea.cluster_id == cluster.id)))


def test_two_entries_that_say_the_same_are_proposed_together(said, proposed):
    assert proposed() == []
    one, other = said(SHOES), said(SHOES_TOO)
    said("Un banc devant la conciergerie")
    assert proposed() == [{one, other}]


def test_those_that_agree_and_those_that_do_not_are_never_proposed_together(said, proposed):
    badly = [said(title, good=False, **FINDING) for title in (SHOES, SHOES_TOO)]
    said(WELL, good=True, **FINDING)
    assert proposed() == [set(badly)]


def test_an_entry_between_both_joins_one_side_only(said, proposed):
    """It is near to each; the two it would tie disagree."""
    badly, well = said(SHOES, good=False, **FINDING), said(SHOES_TOO, good=True, **FINDING)
    between = said(WELL)
    [lot] = proposed()
    assert between in lot and len(lot) == 2 and not {badly, well} <= lot


def test_no_lot_mixes_what_agrees_with_what_does_not(sqlite_copy, cast, said):
    badly, well = said(SHOES, good=False, **FINDING), said(WELL, good=True, **FINDING)
    third = said(SHOES_TOO, good=False, **FINDING)
    refusal(sqlite_copy, acts.save_cluster, cast.didier, SHOES, [badly, well], match="ça va")
    lot = write_with(sqlite_copy, acts.save_cluster, cast.didier, SHOES, [badly, third])
    change = (acts.save_cluster, cast.didier, SHOES, [badly, third, well], lot.id)
    refusal(sqlite_copy, *change, match="ça va")
    fourth = said("Un vestiaire chauffé", good=True, **FINDING)
    others = write_with(sqlite_copy, acts.save_cluster, cast.didier, WELL, [well, fourth])
    both = [badly, third, well, fourth]
    joining = (acts.save_cluster, cast.didier, SHOES, both, lot.id)
    refusal(sqlite_copy, *joining, match="ça va")
    assert numbers_of(sqlite_copy, lot) == {badly, third}
    assert numbers_of(sqlite_copy, others) == {well, fourth}


def test_what_was_dropped_is_not_proposed_again_even_by_a_third(
    sqlite_copy, cast, said, proposed, outcomes
):
    one, other = said(SHOES), said(SHOES_TOO)
    write_with(sqlite_copy, acts.drop_cluster, cast.didier, [one, other])
    assert proposed() == []
    third = said(WELL)
    [lot] = proposed()
    assert third in lot and len(lot) == 2
    assert outcomes() == (0, 0, 1)


def test_a_lot_that_was_kept_is_not_proposed_and_tells_whether_it_was_changed(
    sqlite_copy, cast, said, proposed, outcomes
):
    one, other, third = said(SHOES), said(SHOES_TOO), said(WELL)
    assert proposed() == [{one, other, third}]
    kept = (acts.save_cluster, cast.didier, SHOES)
    shown = {one, other, third}
    lot = write_with(sqlite_copy, *kept, [one, other, third], None, shown)
    assert proposed() == [] and outcomes() == (1, 0, 0)
    write_with(
        sqlite_copy, acts.save_cluster, cast.didier, "Pointures", [one, other], lot.id, shown
    )
    assert numbers_of(sqlite_copy, lot) == {one, other}
    assert outcomes() == (0, 1, 0)
    renamed = select_one(sqlite_copy, select(Cluster).where(Cluster.id == lot.id))
    assert renamed.title == "Pointures"


def test_a_lot_is_split_and_joined(sqlite_copy, cast, said, outcomes):
    numbers = [said(f"{SHOES}, annexe {place}") for place in ("nord", "sud", "est", "ouest")]
    first, second, *rest = numbers
    lot = write_with(sqlite_copy, acts.save_cluster, cast.didier, SHOES, numbers, None, numbers)
    other = write_with(sqlite_copy, acts.save_cluster, cast.didier, "Autre", rest)
    assert numbers_of(sqlite_copy, lot) == {first, second}
    assert numbers_of(sqlite_copy, other) == set(rest)
    assert outcomes() == (0, 2, 0)
    write_with(sqlite_copy, acts.save_cluster, cast.didier, SHOES, numbers, lot.id)
    assert numbers_of(sqlite_copy, lot) == set(numbers)
    assert outcomes() == (0, 1, 0)


def test_an_answered_lot_is_neither_dropped_nor_changed(sqlite_copy, cast, said):
    one, other, third = said(SHOES), said(SHOES_TOO), said(WELL)
    lot = write_with(sqlite_copy, acts.save_cluster, cast.didier, SHOES, [one, other])

    def answer(session) -> None:
        session.get(Cluster, lot.id).outcome = "nous-faisons"

    write_with(sqlite_copy, answer)
    dropping = (acts.drop_cluster, cast.didier, [one, other], lot.id)
    refusal(sqlite_copy, *dropping, match="suite")
    adding = (acts.save_cluster, cast.didier, SHOES, [one, other, third], lot.id)
    refusal(sqlite_copy, *adding, match="suite")
    taking = (acts.save_cluster, cast.didier, WELL, [other, third])
    refusal(sqlite_copy, *taking, match="suite")
    write_with(sqlite_copy, acts.save_cluster, cast.didier, "Pointures", [one, other], lot.id)
    assert numbers_of(sqlite_copy, lot) == {one, other}


def test_what_a_colleague_did_meanwhile_is_not_undone(sqlite_copy, cast, said):
    one, other, third = said(SHOES), said(SHOES_TOO), said(WELL)
    lot = write_with(sqlite_copy, acts.save_cluster, cast.didier, SHOES, [one, other])
    # Who still sees the proposal drops nothing that was kept.
    dropping = (acts.drop_cluster, cast.didier, [one, other])
    refusal(sqlite_copy, *dropping, match="entre-temps")
    write_with(sqlite_copy, acts.save_cluster, cast.didier, SHOES, [one, other, third], lot.id)
    # Who saw the lot before the third came saves it without taking that one out.
    both = [one, other]
    write_with(sqlite_copy, acts.save_cluster, cast.didier, SHOES, both, lot.id, both)
    assert numbers_of(sqlite_copy, lot) == {one, other, third}


def test_a_lot_has_at_least_two_published_entries(sqlite_copy, cast, said):
    refusal(sqlite_copy, acts.save_cluster, cast.didier, SHOES, [said(SHOES)], match="deux")


def test_a_lot_that_was_dropped_is_gone_and_its_entries_free(sqlite_copy, cast, said):
    one, other, third = said(SHOES), said(SHOES_TOO), said(WELL)
    lot = write_with(sqlite_copy, acts.save_cluster, cast.didier, SHOES, [one, other])
    write_with(sqlite_copy, acts.drop_cluster, cast.didier, [one, other], lot.id)
    refusal(
        sqlite_copy, acts.save_cluster, cast.didier, SHOES, [one, other], lot.id, match="défait"
    )
    kept = write_with(sqlite_copy, acts.save_cluster, cast.didier, WELL, [other, third])
    assert numbers_of(sqlite_copy, kept) == {other, third}


def test_only_the_programme_office_makes_lots(sqlite_copy, cast, said, scope_for):
    numbers = [said(SHOES), said(SHOES_TOO)]
    for reader in (cast.alice, cast.carine, cast.elise, cast.farid):
        refusal(sqlite_copy, acts.save_cluster, reader, SHOES, numbers, match="droit")
        refusal(sqlite_copy, acts.drop_cluster, reader, numbers, match="droit")


def test_who_reads_an_entry_is_told_who_else_says_it_among_those_that_she_may_read(
    sqlite_copy, cast, said, scope_for
):
    one, other, hidden = said(SHOES), said(SHOES_TOO), said(WELL)
    write_with(sqlite_copy, acts.save_cluster, cast.didier, SHOES, [one, other, hidden])

    def hide(session) -> None:
        idea = session.exec(select(Idea).where(Idea.number == hidden)).one()
        idea.published, idea.author_id = False, None

    write_with(sqlite_copy, hide)

    def also(reader) -> set[int]:
        with reading(sqlite_copy) as session:
            idea = session.exec(select(Idea).where(Idea.number == one)).one()
            found = around(session, scope_for(session, reader), idea, FROZEN)
            return {entry.number for entry in found.also_said}

    assert also(cast.bruno) == {other}
    assert also(cast.didier) == {other, hidden}


def test_a_lot_shows_in_the_directions_of_its_entries(said, proposed, tree):
    sport, tax = tree.by_code["VC-JSP"].id, tree.by_code["DF-TAX"].id
    one, other = said(SHOES, concerns_id=sport), said(SHOES_TOO, concerns_id=tax)
    assert proposed(direction="VC-JSP") == proposed(direction="DF-TAX") == [{one, other}]
    assert proposed(direction="DG-COM") == []


@real_files
def test_projects_of_paris_that_say_the_same_are_found(sqlite_small, cast, scope_for):
    with (DATA / "paris-budget-participatif.csv").open(encoding="utf-8-sig", newline="") as file_:
        rows = csv.DictReader(file_, delimiter=";")
        titles = sorted({row["Titre du projet lauréat"].strip() for row in rows} - {""})
    add_rows(
        sqlite_small,
        *(
            Idea(
                id=random_id(FROZEN), number=n, kind="idee", title=title, channel="import",
                filed_on=FROZEN, status="recue",
            )
            for n, title in enumerate(titles, 1)
        ),
    )  # fmt: skip
    with reading(sqlite_small) as session:
        pairs = clusters.near_pairs(session, clusters.newest(session, FROZEN))
        lots = clusters.proposed_clusters(session, scope_for(session, cast.didier), pairs)
        found = [{idea.title for idea in lot} for _, lot in lots]
    assert any(
        {"Végétaliser les pieds d'arbres", "Réfection de nos pieds d'arbres"} <= lot
        for lot in found
    )
    assert 35 <= len(found) <= 60 and max(map(len, found)) <= 6


# ── The codebook ──────────────────────────────────────────────────────────────────────────────────
# Entries get themes, two coders agree or not, the machine proposes three.

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
    assert clusters.kappa(found) == (wanted if wanted is None else pytest.approx(wanted))


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
        found = clusters.to_code(session, scope_for(session, reader), is_second)
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
    open_ones = read_with(sqlite_copy, clusters.open_themes, FROZEN)
    assert codebook[0] not in [theme.id for theme in open_ones]


def test_who_is_erased_leaves_her_codings_without_her_name(
    sqlite_copy, cast, second, codebook, scope_for
):
    numbers = waiting(sqlite_copy, scope_for, cast.didier)[:12]
    for number in numbers:
        write_with(sqlite_copy, acts.code_entry, cast.didier, number, codebook[0])
        write_with(sqlite_copy, acts.code_entry, second, number, codebook[0])
    before = clusters.quality(read_with(sqlite_copy, clusters.codings_of))
    assert before[:2] == (1.0, 12)

    def erase(session) -> None:
        erase_person(session, cast.farid, second.person_id)

    write_with(sqlite_copy, erase)
    assert clusters.quality(read_with(sqlite_copy, clusters.codings_of)) == before
    erased = select_one(sqlite_copy, select(Person).where(Person.id == second.person_id))
    assert erased.erased_on == FROZEN


# ── What they tell ────────────────────────────────────────────────────────────────────────────────


def tallies(*counted: tuple[int, int | None, int]) -> list[tuple[int, int | None]]:
    return [(theme, unit) for theme, unit, n in counted for _ in range(n)]


def test_a_direction_with_few_entries_is_not_told_apart():
    found = clusters.cut(tallies((1, 10, 8), (2, 10, 4), (1, 20, 6), (2, 30, 5)))
    assert found == {10: Counter({1: 8, 2: 4}), None: Counter({1: 6, 2: 5})}


def test_few_entries_are_not_found_by_subtracting_the_others_from_all():
    """Three entries of a small direction: a larger one goes with them."""
    found = clusters.cut(tallies((1, 10, 14), (1, 20, 11), (2, 30, 3)))
    assert found == {10: Counter({1: 14}), None: Counter({1: 11, 2: 3})}
    assert clusters.cut(tallies((1, 20, 4))) == {}


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
    assert clusters.majority_in_words(n, of) == word


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
        assert len(clusters.coded_entries(session, scope_for(session, cast.didier))) == 1


# ── Ce qui représente le plus d'agents ────────────────────────────────────────────────────────────
# Proportional approval voting, step by step, on the supports that the reader may see.

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
