"""The ambassador's kit (kit de l'ambassadeur): what to say on one page, five slides to show, one
poster to hang, made of the figures of the day.
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
from dashboard.queries.meetings.agenda import Rendezvous, agenda
from dashboard.queries.meetings.records import calendar
from dashboard.queries.programme import AmbitionSummary, ambition_summaries
from dashboard.queries.roadmap import roadmap_of
from dashboard.queries.way import Way, way_at
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
    """The kit for the day of `scope`, as PDF; `address` is where one files. Raises Refused without
    an account.
    """
    require(scope.reader, "page.everyone")
    ambitions = ambition_summaries(session, scope.on)
    codes = [figure_of(code).code for code in FIGURES]
    codes += wording.figures_of(one.code for one in ambitions)
    found = board(session, scope, dict.fromkeys(codes))
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
            "ambitions": [_ambition(one, found) for one in ambitions],
            "done": french.percent(found["avancement"].value),
            "planned": _planned(found),
            "streams": [
                _stream(state) for state in workstream_states(roadmap_of(session, scope), scope.on)
            ],
            "figures": [_figure(found, code) for code in ("reponse.tenue", "formation")],
            "way": [(french.number(n), label) for n, label in way.steps],
            "said": _sentences(found, way),
            "answer": french.counted(settings().cp_answer_days, "jour ouvrable", "jours ouvrables"),
            # It is handed around: only what is open to everybody.
            "dates": [_date(one) for one in coming if one.is_open][:MOST_DATES],
            "images": {"qr": qr(address)},
            "address": without_scheme(address, 120),
            "contact": printable(settings().cp_contact, 120),
        },
    )


def _ambition(one: AmbitionSummary, found: Board) -> dict[str, str]:
    aim = wording.ambition_aim(found, one.code)
    target = " : ".join(aim) if aim else ""
    return {
        "name": printable(one.name, TITLE_MAX),
        "aim": printable(one.goal or target, 160),
    }


def _planned(found: Board) -> str:
    planned = found["ecart.points"].denominator
    return french.percent(planned) if planned is not None else ""


def _stream(state: WorkstreamState) -> dict[str, object]:
    return {
        "name": printable(state.workstream.name, TITLE_MAX),
        "earned": state.earned,
        "planned": state.planned,
        "said": french.percent(state.earned, 0),
    }


def _figure(found: Board, code: str) -> dict[str, str]:
    entry = found[code]
    return {"label": printable(entry.label), "value": wording.written(entry)}


def _sentences(found: Board, way: Way) -> list[str]:
    """What to say, in as many sentences as one remembers."""
    sentences = [
        f"La feuille de route est faite à {french.percent(found['avancement'].value)}.",
        f"En douze mois, {french.counted(way.filed, 'idée ou suggestion', 'idées et suggestions')}"
        f" ; {french.counted(way.carried_out, 'est réalisée', 'sont réalisées')}.",
        f"{_handed_in(way.submitted)} une proposition ;"
        f" {french.counted(way.adopted, 'est adoptée', 'sont adoptées')}.",
    ]
    if found["reponse.tenue"].value is not None:
        in_time = french.percent(found["reponse.tenue"].value, 0)
        sentences.append(f"{in_time} des réponses sont données dans le délai promis.")
    return [printable(sentence, 240) for sentence in sentences]


def _handed_in(groups: int) -> str:
    return french.counted(groups, "groupe de progrès a remis", "groupes de progrès ont remis")


def _date(one: Rendezvous) -> dict[str, str]:
    return {
        "day": french.day_long(one.day),
        "title": printable(one.title, TITLE_MAX),
        "place": printable(one.place, TITLE_MAX),
    }
