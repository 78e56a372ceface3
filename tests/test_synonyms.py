"""Synonyms: what they find, who keeps them, and how words searched in vain become candidates."""

import csv
from datetime import timedelta

import pytest
from sqlmodel import select
from support.filing import file
from support.pages import enter, visit
from support.recall import searched
from support.transactions import read_with, refusal, select_all, write_with
from support.troupe import FROZEN

from dashboard.actions.ideas.threads import count_words_in_vain
from dashboard.actions.registers import save_record
from dashboard.queries.ideas.records import Filters, ideas_page
from dashboard.queries.ideas.similar import similar_ideas
from dashboard.queries.reference_tables import REGISTERED, records
from dashboard.ui.address import marked
from models.database import reading, writing
from models.search import meant, parsed, stem_of, stems, synonyms_of
from models.settings import ROOT
from models.synonyms import Synonym

SYNONYMS = REGISTERED["synonymes"]
GROUPS = synonyms_of(("wc, toilettes, bloc sanitaire", "sdf, sans abri"))


def test_a_word_means_its_group_and_a_group_may_hold_phrases():
    (term,) = meant(parsed("wc"), GROUPS).terms
    assert term.same == (("toilet",), ("bloc", "sanitair"))
    (phrase,) = meant(parsed("blocs sanitaires"), GROUPS).terms
    assert phrase.stems == ("bloc", "sanitair") and ("wc",) in phrase.same
    quoted, bare = meant(parsed('"sans abri" abri'), GROUPS).terms
    assert quoted.same == bare.same == ()


def test_words_that_only_ask_are_left_out_where_others_tell():
    asked = meant(parsed("comment faire pour avoir des toilettes"), GROUPS)
    assert [term.written for term in asked.terms] == ["toilettes"]
    assert [term.written for term in meant(parsed("comment faire"), GROUPS).terms] == [
        "comment",
        "faire",
    ]


def groups_of_the_file() -> list[dict[str, str]]:
    with (ROOT / "seed" / "synonymes.csv").open(encoding="utf-8") as file_:
        return list(csv.DictReader(file_, delimiter=";"))


@pytest.mark.parametrize(
    "word,other",
    [
        ("mobilité", "gsm"),
        ("administration", "usager"),
        ("cour", "électricité"),
        ("canal", "égout"),
        ("général", "toubib"),
        ("national", "naturalisation"),
        ("identité", "login"),
        ("élevé", "rampe"),
        ("profiter", "instituteur"),
        ("tracteur", "dépliant"),
        ("accueil", "puéricultrice"),
        ("préserver", "contraception"),
        ("concert", "consultation"),
        ("traiter", "salaire"),
    ],
)
def test_a_word_has_no_synonym_by_a_stem_that_it_shares_by_chance(word, other):
    groups = synonyms_of(tuple(row["mots"] for row in groups_of_the_file()))
    (term,) = meant(parsed(word), groups).terms
    assert stem_of(other) not in term.stems_meant


def test_the_file_holds_groups_of_words_that_can_be_searched():
    rows = groups_of_the_file()
    assert len(rows) >= 150
    for row in rows:
        assert len(row["mots"]) <= 200 and row["note"]
        assert all(stems(part) for part in row["mots"].split(",")), row
        assert len({tuple(stems(part)) for part in row["mots"].split(",")}) > 1, row


def test_didier_adds_a_group_and_alice_finds_and_sees_it(demo_copy, cast, scope_for):
    engine = demo_copy
    number = file(engine, cast.alice, title="Un brontoscope au dépôt nord").number
    with reading(engine) as session:
        scope = scope_for(session, cast.alice)
        assert searched(session, scope, "machine à vent", FROZEN)[:1] != [
            "Un brontoscope au dépôt nord"
        ]
    words = {"words": "brontoscope, machine à vent", "note": ""}
    refusal(engine, save_record, cast.alice, SYNONYMS, None, words)
    write_with(engine, save_record, cast.didier, SYNONYMS, None, words)
    with reading(engine) as session:
        scope = scope_for(session, cast.alice)
        page = ideas_page(session, scope, Filters(words="machine à vent"), 1, FROZEN)
        assert [row.number for row in page.rows] == [number]
        assert "<mark>brontoscope</mark>" in marked(page.rows[0].title, page.query)
        near = similar_ideas(session, scope, "Des machines à vent au dépôt nord")
        assert near[0].number == number and "brontoscope" in near[0].words


def shown(engine, cast) -> set[str]:
    return {row.words for row in read_with(engine, records, cast.didier, SYNONYMS)}


@pytest.mark.slow
def test_a_word_is_a_candidate_after_three_days_and_never_a_name(demo_copy, cast, scope_for):
    def searches(words: str, reader, days: int) -> None:
        with writing(demo_copy) as session:
            count_words_in_vain(
                session,
                scope_for(session, reader),
                parsed(words),
                FROZEN + timedelta(days=days),
            )

    before = shown(demo_copy, cast)
    asked = "locomotive chauffage brontoscope comment Lambotte hallebarde"
    for n in range(3):
        for reader in (cast.alice, cast.bruno, cast.nobody):
            searches(asked, reader, n)
        assert (shown(demo_copy, cast) - before == {"locomotive", "hallebarde"}) is (n == 2)
    searches(asked, cast.alice, 9)
    stored = select_all(demo_copy, select(Synonym).where(Synonym.days.is_not(None)))
    assert [(row.words, row.days) for row in sorted(stored, key=lambda row: row.words)] == [
        ("hallebarde", 3),
        ("locomotive", 3),
    ], "a second search of a day counts nothing, nor what is known already"
    assert {row.last_on for row in stored} == {FROZEN + timedelta(days=2)}


@pytest.mark.slow
def test_a_search_in_vain_on_the_page_is_counted(demonstration):
    visit(enter(demonstration, "alice"), "idees", "q=hallebarde")
    with reading() as session:
        (row,) = session.exec(select(Synonym).where(Synonym.words == "hallebarde")).all()
        assert row.days == 1
