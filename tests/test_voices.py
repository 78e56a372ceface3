"""Quelles voix manquent: each group's share of the agents beside its share of the voices, recounted
by plain SQL; no small cell, nobody twice, and a sentence by a rule.
"""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, strategies as st
from sqlalchemy import text
from sqlmodel import Session
from support.pages import html_of, visit
from support.transactions import refuses
from support.troupe import FROZEN

from dashboard import french
from dashboard.access import OPERATOR
from dashboard.actions.news import publish
from dashboard.actions.surveys.invitations import prepare_participation
from dashboard.figures.board import board
from dashboard.figures.kinds import REGISTRY, Reads
from dashboard.figures.voices import (
    AUTHORS,
    OWN,
    VOICES,
    came_before,
    definition_of,
    families,
    groups,
    units_shown,
)
from dashboard.formulas import wilson
from dashboard.french import share_in_words
from dashboard.queries import directions, voices as query
from dashboard.queries.figures.small_cells import SMALLEST
from dashboard.queries.meetings.records import calendar
from dashboard.queries.news import published
from dashboard.queries.surveys.asked import questions_of
from dashboard.queries.voices import Group, most_missing
from dashboard.report.public import situation
from dashboard.screens.voices import public_quality, quality_rows, sentence
from models.clock import half_years, month_ends, window_start
from models.database import reading, writing
from models.meetings import Attendance
from models.surveys import QuestionKind, SurveyState

PERSONS = ("auteurs", "soutiens", "reunions", "formes", "enquetes")
ENTRIES = ("idees", "retenues", "realisees")
# The persons of a voice, one row each with the service that counts, between :first and :last.
SQL = {
    "soutiens": """SELECT DISTINCT s.person_id, (SELECT a.service_id FROM assignment a
        WHERE a.person_id = s.person_id AND a."on" <= :last ORDER BY a."on" DESC, a.id DESC LIMIT 1)
        FROM subject_support s WHERE s.subject = 'idee' AND s."on" BETWEEN :first AND :last""",
    "reunions": """SELECT DISTINCT a.person_id, a.service_id FROM attendance a
        JOIN meeting m ON m.id = a.meeting_id WHERE a.present > 0 AND a.person_id IS NOT NULL
        AND a."on" BETWEEN :first AND :last
        AND m.kind NOT IN ('codir', 'conseil', 'copilotage')
        AND a.id NOT IN (SELECT voids FROM attendance WHERE voids IS NOT NULL)
        AND a.voids IS NULL""",
    "auteurs": """SELECT DISTINCT author_id, origin_id FROM idea WHERE kind IN ('idee', 'suggestion')
        AND author_id IS NOT NULL AND origin_id IS NOT NULL AND counts
        AND filed_on BETWEEN :first AND :last""",
}


def found_in(session: Session, scope, voice: str, on: date = FROZEN) -> dict[str, Group]:
    """The groups of a voice, each point computed from the database."""
    sizes = directions.headcounts(session, on)
    return {g.key: g for g in groups(Reads(session).points, sizes, scope, voice, on)}


def recounted(session: Session, voice: str, under: frozenset[int] | None, on: date) -> int:
    days = {"first": window_start(on).isoformat(), "last": on.isoformat()}
    rows = session.execute(text(SQL[voice]), days).all()
    return len({person for person, service in rows if under is None or service in under})


# ── The formulae ──────────────────────────────────────────────────────────────────────────────────


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_is_where_the_share_is_two_deviations_away(counts):
    """Wilson's bounds solve (share − p)² = z² p (1 − p) / n, which nothing else here computes."""
    n, among = counts
    low, high = wilson(n, among)
    assert 0 <= low <= 100 * n / among <= high <= 100
    for bound in (low / 100, high / 100):
        if 1e-9 < bound < 1 - 1e-9:
            gap = (n / among - bound) ** 2
            assert gap == pytest.approx(1.959964**2 * bound * (1 - bound) / among, rel=1e-6)


def test_the_interval_of_a_published_example():
    """8 of 10: 49,0 % to 94,3 % (Wilson without correction)."""
    assert wilson(8, 10) == pytest.approx((49.02, 94.33), abs=0.01)


def test_shares_are_told_in_words_where_a_simple_one_is_near():
    told = [share_in_words(x) for x in (52.4, 24, 21, 10.4, 34, 41, 1.6)]
    assert told[:5] == ["la moitié", "un quart", "un cinquième", "un dixième", "un tiers"]
    assert [words.replace("\u202f", " ") for words in told[5:]] == ["41 %", "2 %"]


def test_half_years_are_those_that_are_over():
    assert half_years(date(2023, 6, 30), 2) == [
        (date(2022, 7, 1), date(2022, 12, 31)),
        (date(2023, 1, 1), date(2023, 6, 30)),
    ]
    assert half_years(date(2023, 6, 29), 1) == half_years(date(2023, 1, 1), 1)
    assert half_years(date(2023, 6, 29), 1) == [(date(2022, 7, 1), date(2022, 12, 31))]


# ── The sentence ──────────────────────────────────────────────────────────────────────────────────


def test_the_sentence_names_the_largest_gap_that_is_no_chance():
    made = [
        Group("A", "Voirie", 250, 1000, 10, 100),  # 15 points below, certain
        Group("B", "Parcs", 400, 1000, 20, 100),  # 20 points below, certain
        Group("C", "Musée", 50, 1000, 2, 100),  # 3 points below, by chance
        Group("D", "Crèches", 300, 1000, None, 100),  # hidden
    ]
    assert most_missing(made) is made[1] and most_missing(made[::-1]) is made[1]
    told = sentence(made[:1], AUTHORS)
    assert told == "Les agents de « Voirie » sont un quart des effectifs et un dixième des auteurs"
    assert sentence(made[2:], AUTHORS) == "Aucun groupe ne manque nettement parmi les auteurs"
    assert sentence(made[3:], AUTHORS).startswith("Trop peu de voix")
    assert made[0].expected == 25 and made[3].share is None and made[3].interval is None


# ── Counted twice ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("voice", SQL)
def test_every_group_of_persons_is_what_plain_sql_counts(demo, scope_for, voice):
    """At that month end, or at one before that differs by fewer than five persons."""
    with reading(demo) as session:
        scope = scope_for(session, OPERATOR)
        found = found_in(session, scope, voice)
        shown = {key: g for key, g in found.items() if g.share is not None and key[0] != "@"}
        places = {key: scope.tree.under(scope.tree.by_code[key].id) for key in shown}
        assert shown
        ends = month_ends(FROZEN, 30)
        for key, group in shown.items():
            for n, under in ((group.voices, places[key]), (group.of_voices, None)):
                counts = [recounted(session, voice, under, end) for end in ends]
                assert n in counts and abs(counts[-1] - n) < SMALLEST, (voice, key)
            assert group.agents == sum(
                agents
                for service, (agents, _) in directions.headcounts(session, FROZEN).items()
                if service in places[key]
            )


def test_entries_are_those_of_the_figure_and_of_plain_sql(demo, scope_for):
    with reading(demo) as session:
        scope = scope_for(session, OPERATOR)
        filed, kept, done = (found_in(session, scope, voice) for voice in ENTRIES)
        for unit in units_shown(scope):
            points = REGISTRY["idees"].function(Reads(session), scope.within(unit), FROZEN)
            assert filed[unit.code].voices == points["idees.pour-100"].numerator
            rows = session.execute(
                text(
                    "SELECT status, origin_id FROM idea WHERE counts AND filed_on >= :first"
                    " AND filed_on <= :last AND kind IN ('idee', 'suggestion')"
                ),
                {"first": window_start(FROZEN).isoformat(), "last": FROZEN.isoformat()},
            ).all()
            states = [state for state, origin in rows if origin in scope.tree.under(unit.id)]
            assert kept[unit.code].voices == sum(s in ("retenue", "realisee") for s in states)
            assert done[unit.code].voices == states.count("realisee")
        assert sum(filed[key].voices for key in ("@bureau", "@terrain")) == filed["VC"].of_voices


def test_who_was_there_from_two_services_counts_once_in_the_whole(sqlite_copy, scope_for):
    places = ("VC-JSP-1", "AD-VOI-1")
    with writing(sqlite_copy) as session:
        scope = scope_for(session, OPERATOR)
        before = found_in(session, scope, "reunions")["VC"].of_voices
        meeting = session.execute(text("SELECT id FROM meeting WHERE kind = 'terrain'")).scalar()
        nobody_yet = "SELECT id FROM person WHERE id NOT IN (SELECT person_id FROM attendance WHERE"
        persons = session.execute(text(f"{nobody_yet} person_id IS NOT NULL) LIMIT 6")).scalars()
        for person in persons.all():
            for code in places:
                session.add(
                    Attendance(
                        on=date(2023, 6, 15),
                        recorded_on=FROZEN,
                        meeting_id=meeting,
                        person_id=person,
                        service_id=scope.tree.by_code[code].id,
                        present=1,
                    )
                )
        session.flush()
        found = found_in(session, scope, "reunions")
        assert found["VC"].of_voices == before + 6
        assert found["VC-JSP"].voices >= 6 and found["AD-VOI"].voices >= 6


def test_what_was_recorded_later_was_not_known_then(sqlite_copy, scope_for):
    with writing(sqlite_copy) as session:
        scope = scope_for(session, OPERATOR, au="2023-05-31")
        then = replace(scope, as_known_then=True)
        was = query.participants(session, then, scope.on, window_start(scope.on))
        session.execute(
            text('UPDATE attendance SET recorded_on = :late WHERE "on" > :since'),
            {"late": "2023-06-20", "since": "2023-01-31"},
        )
        known = query.participants(session, then, scope.on, window_start(scope.on))
        assert query.participants(session, scope, scope.on, window_start(scope.on)) == was
        assert sum(map(len, known.values())) < sum(map(len, was.values()))


# ── Small cells ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("voice", PERSONS)
def test_no_group_tells_of_fewer_than_five_persons(sqlite_demo, scope_for, voice):
    with reading(sqlite_demo) as session:
        for address in ({}, {"direction": "VC-JSP"}, {"direction": "AD", "au": "2022-12-31"}):
            scope = scope_for(session, OPERATOR, **address)
            for group in found_in(session, scope, voice, scope.on).values():
                if group.voices is not None:
                    assert group.voices >= SMALLEST, (voice, group)
                    # Of a direction, and of all that is outside it, those who did not.
                    assert group.agents - group.voices >= SMALLEST, (voice, group)


@pytest.mark.parametrize("voice", PERSONS)
def test_a_family_is_shown_only_with_no_small_cell_beside_it(sqlite_demo, scope_for, voice):
    with reading(sqlite_demo) as session:
        scope = scope_for(session, OPERATOR)
        for first, last in half_years(FROZEN, 4):
            found = families(session, scope, voice, first, last)
            shown = [group for group in found if group.voices is not None]
            for group in shown:
                assert SMALLEST <= group.voices <= group.agents - SMALLEST
            if shown and len(shown) < len(found):
                rest = shown[0].of_voices - sum(group.voices for group in shown)
                assert rest >= SMALLEST and len(found) - len(shown) >= 2


def test_the_families_of_supporters_are_those_of_their_assignment(sqlite_demo, scope_for):
    first, last = half_years(FROZEN, 1)[0]
    with reading(sqlite_demo) as session:
        found = families(session, scope_for(session, OPERATOR), "soutiens", first, last)
        rows = session.execute(
            text(
                "SELECT DISTINCT s.person_id, (SELECT a.function_family FROM assignment a WHERE"
                ' a.person_id = s.person_id ORDER BY a."on" DESC, a.id DESC LIMIT 1)'
                " FROM subject_support s WHERE s.subject = 'idee' AND s.\"on\" BETWEEN :a AND :b"
            ),
            {"a": first.isoformat(), "b": last.isoformat()},
        ).all()
    counted = [family for _, family in rows]
    shown = {group.name: group.voices for group in found if group.voices is not None}
    assert len(shown) > 5
    assert shown == {name: counted.count(name) for name in shown}


# ── What came before, sites ───────────────────────────────────────────────────────────────────────


def test_before_and_after_a_meeting_are_the_entries_of_its_direction(sqlite_demo, scope_for):
    with reading(sqlite_demo) as session:
        scope = scope_for(session, OPERATOR, direction="AD-VER")
        start = window_start(FROZEN, 24)
        filed = query.filed_by_day(session, scope, start)
        meetings = [m for m in calendar(session).at(FROZEN) if m.day >= start]
        posters = [(date(2023, 1, 10), "Dépôt", scope.unit.id)]
        found = came_before(scope, meetings, posters, filed)
        assert {unit.code for _, _, unit, *_ in found} == {"AD-VER"}
        assert (date(2023, 1, 10), "Affiche : Dépôt") in [(day, what) for day, what, *_ in found]
        assert all(day <= FROZEN - timedelta(weeks=8) for day, *_ in found)
        for day, _, unit, before, after in found[:6]:
            counts = [
                session.execute(
                    text(
                        "SELECT count(*) FROM idea WHERE counts AND filed_on >= :a AND filed_on < :b"
                        " AND origin_id IN (SELECT id FROM direction WHERE code LIKE :code)"
                    ),
                    {"a": a.isoformat(), "b": b.isoformat(), "code": f"{unit.code}%"},
                ).scalar()
                for a, b in ((day - timedelta(56), day), (day, day + timedelta(56)))
            ]
            assert counts == [before, after]


def test_a_site_without_a_meeting_is_told(sqlite_demo, scope_for):
    with reading(sqlite_demo) as session:
        everywhere = scope_for(session, OPERATOR)
        found = dict(
            (site.name, n) for site, n in query.meetings_by_site(session, everywhere, FROZEN)
        )
        of_nurseries = scope_for(session, OPERATOR, direction="VC-PEN")
        there = query.meetings_by_site(session, of_nurseries, FROZEN)
    assert 0 in found.values() and sum(found.values()) > 0
    assert {site.name for site, _ in there} < set(found)


# ── Quality of participation ──────────────────────────────────────────────────────────────────────


def test_the_half_years_are_the_figures_and_what_plain_sql_counts(demonstration, cast, scope_for):
    with reading(demonstration) as session:
        scope = scope_for(session, cast.elise)
        headings, *rows = quality_rows(scope)
        assert [name.split()[1:] for name in headings[1:]] == [
            ["décembre", "2021"],
            ["juin", "2022"],
            ["décembre", "2022"],
            ["juin", "2023"],
        ]
        table = {name: cells for name, *cells in rows}
        last = board(session, scope.whole(), ["reponse", "idees-issue", "idees"])
        for code in ("reponse.tenue", "idees-issue.realisees", "idees.auteurs@terrain"):
            entry = last[code]
            told = french.rate(entry.numerator, entry.denominator)
            assert table[entry.label][-1] == told
        ends = [end for _, end in half_years(FROZEN, 4)]
        for cell, end in zip(table["Réponses qui disent pourquoi"], ends, strict=True):
            given, answers = session.execute(
                text(
                    "SELECT sum(text <> ''), count(*) FROM idea_event WHERE first_answer"
                    ' AND "on" BETWEEN :a AND :b'
                ),
                {"a": window_start(end).isoformat(), "b": end.isoformat()},
            ).one()
            assert cell == french.rate(given, answers)
        assert table["Groupe qui manque le plus aux auteurs"][-1] == "Terrain"


def test_the_directeur_general_publishes_the_half_years_or_not(demonstration, cast, scope_for):
    """What is public has no row with a small cell, and stays as it was published."""
    with writing(demonstration) as session:
        scope = scope_for(session, cast.gaelle)
        quality = public_quality(scope)
        assert len(quality) > 3 and all("petit effectif" not in row for row in quality)
        without = situation(session, scope)
        publish(session, cast.gaelle, FROZEN, "", without)
        assert published(session, FROZEN).situation.quality == ()
        publish(session, cast.gaelle, FROZEN, "", replace(without, quality=quality))
        assert published(session, FROZEN).situation.quality == quality
        refuses(publish, session, cast.elise, FROZEN, "", without, match="droit")


def test_she_ticks_it_on_the_screen_and_everybody_reads_it(open_page):
    words = "Groupe qui manque le plus aux auteurs"
    tab = open_page("gaelle", "publication", "direction=ADM")
    assert words not in "".join(html_of(tab))
    (box,) = [box for box in tab.checkbox if "qualité de la participation" in box.label]
    assert words in "".join(html_of(box.check().run()))


def test_the_questionnaire_is_the_same_ten_questions_each_half_year(sqlite_copy, cast):
    with writing(sqlite_copy) as session:
        made = [prepare_participation(session, cast.didier) for _ in range(2)]
        asked = [questions_of(session, survey.id) for survey in made]
        assert [len(questions) for questions in asked] == [10, 10]
        first, second = ([(q.code, q.text, q.kind) for q in questions] for questions in asked)
        assert first == second and first[-1][2] == QuestionKind.free
        assert {survey.series for survey in made} == {"Qualité de la participation"}
        assert made[0].state == SurveyState.draft and made[0].closes_on > FROZEN
        assert made[0].title.endswith("1er semestre 2023")
        refuses(prepare_participation, session, cast.elise, match="droit")


def test_the_animateur_prepares_it_from_the_screen(open_page):
    name = "Préparer le questionnaire du semestre"
    assert name not in [button.label for button in open_page("elise", "voix").button]
    tab = open_page("didier", "voix")
    (button,) = [button for button in tab.button if button.label == name]
    button.click().run()
    listed = "".join(html_of(visit(tab, "questionnaires")))
    assert "Qualité de la participation, 1er semestre 2023" in listed


# ── Who reads ─────────────────────────────────────────────────────────────────────────────────────


def test_a_reader_compares_only_the_directions_open_to_her(sqlite_demo, scope_for, cast):
    with reading(sqlite_demo) as session:
        assert len(units_shown(scope_for(session, cast.elise))) > 20
        own = {unit.code for unit in units_shown(scope_for(session, cast.alice))}
    assert own and all(code.startswith("VC-JSP") for code in own)


@pytest.mark.parametrize("login", ["carine", "didier", "elise"])
def test_the_cockpit_leads_to_the_missing_voices(open_page, login):
    """The sentence of the cockpit, then the same with its picture, its table and its definition."""
    told = "Les agents de terrain sont la moitié des effectifs et un cinquième des auteurs"
    cockpit = "".join(html_of(open_page(login, "tableau-de-bord", "direction=ADM")))
    assert told in cockpit.replace("\u202f", " ") and 'href="/voix?' in cockpit
    page = "".join(html_of(open_page(login, "voix", "direction=ADM")))
    for words in (told, "divisés par les agents", "coïncidence", "Par site"):
        assert words in page, words
    assert "cp-plot-area" in page and "petit effectif" in page


@pytest.mark.parametrize("voice", VOICES)
def test_every_voice_has_its_page_and_one_definition(open_page, voice):
    tab = open_page("elise", "voix", f"direction=VC&voix={voice}")
    assert not tab.exception
    assert definition_of(voice)[:25].split("'")[0] in "".join(html_of(tab))


@pytest.mark.parametrize("query", ["au=2021-01-10", "direction=DF-TAX&services=sans", "voix=x"])
def test_a_day_or_a_place_without_voices_is_told(open_page, query):
    tab = open_page("elise", "voix", query)
    assert not tab.exception
    told = ("Trop peu de voix", "Aucun groupe ne manque", "Les agents de")
    assert any(words in "".join(html_of(tab)) for words in told)


def test_an_agent_does_not_open_the_voices(open_page):
    tab = open_page("alice", "voix")
    assert [w.value.split(".")[0] for w in tab.warning] == [
        "Cet écran n'est pas ouvert à votre rôle"
    ]


def test_the_figures_beside_the_catalogue_stay_out_of_it():
    assert not set(OWN) & set(REGISTRY)
