"""The ambassador's kit (kit de l'ambassadeur): one page of talking points, five slides, one poster,
made from the figures of the day.
"""

from datetime import timedelta

from sqlmodel import Session

from dashboard import french
from dashboard.access import require
from dashboard.figures.board import Board, board
from dashboard.figures.kinds import figure_of
from dashboard.figures.workstreams import WorkstreamState, workstream_states
from dashboard.queries.decisions import records as decision_records
from dashboard.queries.groups import register
from dashboard.queries.ideas.counts import filed_and_done
from dashboard.queries.meetings.agenda import agenda
from dashboard.queries.meetings.records import calendar
from dashboard.queries.pst import AmbitionSummary, ambition_summaries
from dashboard.queries.roadmap import roadmap_of
from dashboard.queries.waits import Way, way_at
from dashboard.report import wording
from dashboard.report.pdf import paper
from dashboard.report.wording import printable, without_scheme
from dashboard.report.workshop import qr
from dashboard.scope import Scope
from models.settings import settings

AHEAD = timedelta(days=92)
MOST_DATES = 4
TITLE_MAX = 90
FIGURES = ("avancement", "ecart.points", "reponse.tenue", "formation")


def kit(session: Session, scope: Scope, address: str) -> bytes:
    """The kit for the day of `scope`, as PDF; `address` is where to file ideas. Raises Refused
    without an account.
    """
    require(scope.reader, "page.everyone")
    ambitions = ambition_summaries(session, scope.on)
    codes = [figure_of(code).code for code in FIGURES]
    codes += wording.figures_of(item.code for item in ambitions)
    board_of_day = board(session, scope, dict.fromkeys(codes))
    way = way_at(
        scope.on,
        filed_and_done(session, scope, scope.on),
        register(session).at(scope.on),
        decision_records.register(session).at(scope.on),
    )
    coming = agenda(session, scope, calendar(session).at(scope.on), scope.on, scope.on + AHEAD)
    return paper(
        "kit.typ",
        scope,
        {
            "ambitions": [_ambition(item, board_of_day) for item in ambitions],
            "done": french.percent(board_of_day["avancement"].value),
            "gap": french.against_plan(board_of_day["ecart.points"].value),
            "streams": [
                _stream(state) for state in workstream_states(roadmap_of(session, scope), scope.on)
            ],
            "figures": [_figure(board_of_day, code) for code in ("reponse.tenue", "formation")],
            "way": [(french.number(n), label) for n, label in way.steps],
            "said": _sentences(board_of_day, way),
            "answer": french.counted(settings().cp_answer_days, "jour ouvrable", "jours ouvrables"),
            # The kit is passed on: only dates open to everybody.
            "dates": [
                {
                    "day": french.day_long(item.day),
                    "title": printable(item.title, TITLE_MAX),
                    "place": printable(item.place, TITLE_MAX),
                }
                for item in coming
                if item.is_open
            ][:MOST_DATES],
            "images": {"qr": qr(address)},
            "address": without_scheme(address, 120),
            "contact": printable(settings().cp_contact, 120),
        },
    )


def _ambition(ambition: AmbitionSummary, entries: Board) -> dict[str, str]:
    aim = wording.ambition_aim(entries, ambition.code)
    target = " : ".join(aim) if aim else ""
    return {
        "name": printable(ambition.name, TITLE_MAX),
        "aim": printable(ambition.goal or target, 160),
    }


def _stream(state: WorkstreamState) -> dict[str, object]:
    return {
        "name": printable(state.workstream.name, TITLE_MAX),
        "earned": state.earned,
        "planned": state.planned,
        "said": french.percent(state.earned),
    }


def _figure(entries: Board, code: str) -> dict[str, str]:
    entry = entries[code]
    return {"label": printable(entry.label), "value": wording.written(entry)}


def _sentences(entries: Board, way: Way) -> list[str]:
    """A few sentences, easy to remember."""
    sentences = [
        f"La feuille de route est faite à {french.percent(entries['avancement'].value)}.",
        f"En douze mois, {french.counted(way.filed, 'idée ou suggestion', 'idées et suggestions')}"
        f" ; {french.counted(way.carried_out, 'est réalisée', 'sont réalisées')}.",
        f"{_handed_in(way.submitted)} une proposition ;"
        f" {french.counted(way.adopted, 'est adoptée', 'sont adoptées')}.",
    ]
    if entries["reponse.tenue"].value is not None:
        in_time = french.percent(entries["reponse.tenue"].value, 0)
        sentences.append(f"{in_time} des réponses sont données dans le délai promis.")
    return [printable(sentence, 240) for sentence in sentences]


def _handed_in(groups: int) -> str:
    return french.counted(groups, "groupe de progrès a remis", "groupes de progrès ont remis")
