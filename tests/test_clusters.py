"""Lots: what says the same is proposed together, and a person decides."""

import csv

import pytest
from sqlmodel import select
from support.filing import file, publish
from support.real_files import DATA, real_files
from support.transactions import add_rows, read_with, refusal, select_one, write_with
from support.troupe import FROZEN

from dashboard.actions import campaigns as acts
from dashboard.queries.ideas import clusters
from dashboard.queries.ideas.card import around
from models.clusters import Cluster
from models.database import reading
from models.facts import random_id
from models.ideas import Idea

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
