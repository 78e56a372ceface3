"""One truth per fact: wherever a fact of the programme stands, it is the same number and the same
word.
"""

import re
from html import unescape

import pytest
from support.pages import arrive, html_of
from support.transactions import read_with
from support.troupe import FROZEN

from dashboard import french
from dashboard.access import OPERATOR
from dashboard.figures.board import Board, board
from dashboard.figures.sentences import late_first
from dashboard.figures.workstreams import WorkstreamState, health_of, lost_points, workstream_states
from dashboard.formulas import progress_health
from dashboard.queries.ideas.waiting import count_late
from dashboard.queries.roadmap import whole_roadmap
from dashboard.report.pack import gather
from dashboard.ui.charts import format_value
from models.database import reading

pytestmark = pytest.mark.slow

DAYS = ("2023-06-30", "2023-02-28")
AGAINST_PLAN = r"\d+,\d points? (?:sous le|au-dessus du) prévu"
LATE = r"\d+,\d mois (?:de retard|d'avance)"


def plain(html: str) -> str:
    said = unescape(re.sub(r"<[^>]+>", " ", html)).replace("’", "'").replace("\u200b", "")
    return re.sub(r"\s+", " ", said)


@pytest.fixture(scope="module", params=DAYS)
def day(request) -> str:
    return request.param


@pytest.fixture(scope="module")
def known(demo_on, scope_for, day) -> tuple[Board, list[WorkstreamState], dict[str, int]]:
    """The figures, the workstreams, and what is late, asked once and directly."""
    with reading(demo_on("sqlite")) as session:
        scope = scope_for(session, OPERATOR, au=day)
        roadmap = whole_roadmap(session)
        late = {
            "milestones": len(late_first(roadmap.at(scope.on), scope.on)),
            "answers": count_late(session, scope),
        }
        return board(session, scope), workstream_states(roadmap, scope.on), late


@pytest.fixture(scope="module")
def pages(demonstration, day) -> dict[str, str]:
    """What the screens of that day say to Élise; the front page has no day but today."""
    found = {
        "cockpit": ("tableau-de-bord", ""),
        "a direction": ("tableau-de-bord", "&direction=VC"),
        "roadmap": ("feuille-de-route", ""),
        "gap": ("pourquoi", "&chiffre=ecart.points"),
        "progress": ("pourquoi", "&chiffre=avancement"),
    } | ({"front": ("", "")} if day == DAYS[0] else {})
    return {
        name: plain(" ".join(html_of(arrive(demonstration, "elise", url, f"au={day}{more}"))))
        for name, (url, more) in found.items()
    }


def test_the_gap_the_progress_and_the_delay_are_one_on_every_screen(pages, known):
    figures, _, _ = known
    gap = french.against_plan(figures["ecart.points"].value).replace("\xa0", " ")
    months = plain(french.months_late(figures["ecart.mois"].value))
    done = plain(french.percent(figures["avancement"].value))
    for name in ("cockpit", "a direction", "front"):
        if said := pages.get(name):
            assert gap in said and done in said and months in said, name
            assert set(re.findall(AGAINST_PLAN, said)) == {gap}, name
            assert set(re.findall(LATE, said)) == {months}, name
    signed = plain(french.signed(figures["ecart.points"].value, "point", 1))
    assert f"soit {signed}" in pages["gap"] and done in pages["progress"]
    assert gap in pages["roadmap"]
    # Beside its target the progress has no second gap, and no second status.
    assert not re.search(r"[−+]\d+,\d points par rapport", pages["progress"])


def test_a_workstream_has_one_gap_and_one_status_everywhere(pages, known):
    _, states, _ = known
    for state in states:
        gap = plain(french.signed(state.gap, "point", 1))
        for name in ("cockpit", "roadmap"):
            at = [found.start() for found in re.finditer(state.workstream.short_name, pages[name])]
            rows = [pages[name][start : start + 420] for start in at]
            assert [row for row in rows if gap in row and state.verdict.health.label in row], name


@pytest.mark.parametrize("number", ["2.7", "5.9", "1.1"])
def test_a_milestone_has_one_status_on_every_place(demonstration, number):
    with reading(demonstration) as session:
        m = whole_roadmap(session).one(number, FROZEN)
    status = health_of(m, FROZEN).health.label
    for url, query in (
        ("feuille-de-route", f"jalon={number}"),
        ("programme", f"jalon={number}"),
        ("tout", f"q={number}"),
    ):
        said = plain(" ".join(html_of(arrive(demonstration, "didier", url, query))))
        assert status.lower() in said.lower(), (url, status)
        assert not re.search(r"Statut En cours|Jalon 2\.7, en cours", said), url


def test_a_lowered_status_says_why_where_it_stands(pages, known):
    _, states, _ = known
    said = pages["cockpit"]
    lowered = [s for s in states if s.lowered_in_words]
    for state in lowered:
        assert state.verdict.health != progress_health(state.earned, state.planned).health
        assert plain(state.lowered_in_words) in said
    assert lowered


def test_what_milestones_lost_sums_to_the_gap_to_the_digit(open_page, demo_on, known, day):
    figures, _, _ = known
    gap = figures["ecart.points"].value
    lost = lost_points(
        read_with(demo_on("sqlite"), whole_roadmap).at(figures.scope.on), figures.scope.on
    )
    assert sum(points for _, points in lost) == pytest.approx(gap)
    html = " ".join(html_of(open_page("elise", "tableau-de-bord", f"au={day}")))
    part = html[html.index("cp-falls") :].partition("</section>")[0]
    shown = [
        float(number.replace("−", "-").replace("+", "").replace(",", "."))
        for number in re.findall(r"<b>([−+]?\d+,\d)</b>", part)
    ]
    assert sum(shown) == pytest.approx(round(gap, 1)) and len(shown) > 3
    worst = lost[0][0]
    assert worst.plan.title.split()[0] in part and worst.schedule.owner in unescape(part)


def test_what_is_late_is_counted_alike(pages, demo_on, scope_for, known, day):
    _, _, late = known
    answers, milestones = late["answers"], late["milestones"]
    wanted = {
        french.counted(answers, "réponse en retard", "réponses en retard"),
        french.counted(milestones, "jalon en retard", "jalons en retard"),
    } - {french.counted(0, "jalon en retard"), french.counted(0, "réponse en retard")}
    with reading(demo_on("sqlite")) as session:
        pack = gather(session, scope_for(session, OPERATOR, au=day))
    papers = plain(" ".join(pack.sentences))
    for name in ("cockpit", "front"):
        for words in map(plain, wanted):
            assert name not in pages or words in pages[name], (name, words)
    assert all(words in papers for words in map(plain, wanted))


def test_directions_on_one_picture_have_the_values_of_their_own_pages(
    demo_on, demonstration, scope_for, day
):
    compared = f"au={day}&direction=DF,VC"
    said = plain(" ".join(html_of(arrive(demonstration, "elise", "tableau-de-bord", compared))))
    table = said[said.index("À côté de l'ensemble et de la cible") :].partition("Où nous en")[0]
    with reading(demo_on("sqlite")) as session:
        for code in ("DF", "VC"):
            scope = scope_for(session, OPERATOR, au=day, direction=code)
            for entry in board(session, scope, ["couverture", "formation"]).entries:
                if "@" not in entry.code:
                    assert plain(format_value(entry)) in table, (code, entry.code)
