"""Papers to hang or hand out, each with a QR code: the posters of sites (affiches), the poster of
one date, those of a campaign (campagne), and invitation slips (feuillets).
"""

from collections.abc import Sequence
from datetime import date, timedelta

from sqlmodel import Session

from dashboard import french
from dashboard.access import require
from dashboard.actions.notices.addresses import AccessSlip
from dashboard.actions.people import links
from dashboard.figures.board import Board, board
from dashboard.figures.kinds import figure_of
from dashboard.figures.workstreams import WorkstreamState, workstream_states
from dashboard.queries.campaigns import (
    asked_directions,
    campaign_at,
    restitution,
    restitution_in_words,
)
from dashboard.queries.decisions import records as decision_records
from dashboard.queries.groups import register
from dashboard.queries.ideas.counts import filed_and_done
from dashboard.queries.ideas.waiting import answered_between
from dashboard.queries.meetings.agenda import PAGE, SitePoster, agenda, page_of
from dashboard.queries.meetings.records import calendar
from dashboard.queries.roadmap import (
    AmbitionSummary,
    ambition_summaries,
    first_reached,
    roadmap_of,
)
from dashboard.queries.seats.records import Where, open_event, sessions_ahead
from dashboard.queries.waits import Way, way_at
from dashboard.report import wording
from dashboard.report.pdf import paper
from dashboard.report.wording import printable, without_scheme
from dashboard.report.workshop import qr
from dashboard.scope import Scope
from models.academy import TrainingSession
from models.clock import month_end, month_start, today
from models.idea_events import IdeaEvent
from models.idea_states import IdeaStatus
from models.ideas import Idea
from models.settings import settings
from models.texts import Refused

_TEXT_MAX = 700


def posters(scope: Scope, sites: Sequence[SitePoster], origin: str) -> bytes:
    """One page per site with a poster; `origin` is the public address of the product. Raises
    Refused without the right.
    """
    require(scope.reader, "poster.make")
    pages = [
        {
            "site": printable(item.site.name, 120),
            "word": item.word,
            "qr": qr(
                f"{origin}{page_of(item.word)}", "Code QR : ouvre la page de ce site, sans compte."
            ),
        }
        for item in sites
    ]
    address = f"{without_scheme(origin)}/{PAGE}"
    return paper("affiche.typ", scope, {"page": address, "contact": _contact(), "posters": pages})


def date_poster(session: Session, scope: Scope, where: Where, origin: str) -> bytes:
    """The poster of a date, which contains public data only. Raises Refused without an account,
    and for a date not open to everybody.
    """
    require(scope.reader, "page.everyone")
    on = open_event(session, where, scope.on)
    if on is None or on.refusal:
        raise Refused("On ne s'inscrit pas, ou plus, à cette date.")
    address = f"{origin}{where.address}"
    hours = (
        f", de{french.NO_BREAK}{on.starts} à{french.NO_BREAK}{on.ends}"
        if on.starts and on.ends
        else ""
    )
    day = f"{french.weekday(on.day)} {french.day_long(on.day)}".capitalize()
    facts = [f"{day}{hours}", on.place]
    return paper(
        "inscription.typ",
        scope,
        {
            "title": printable(on.title, 200),
            "kind": on.kind,
            "facts": [printable(fact, 200) for fact in facts if fact],
            "page": without_scheme(address),
            "contact": _contact(),
            "images": {
                "qr": qr(address, "Code QR : ouvre l'inscription à cette date, sans compte.")
            },
        },
    )


def campaign_paper(session: Session, scope: Scope, key: str, address: str) -> bytes:
    """The poster of a campaign and the sheet to fill in by hand; once it is published, what
    follows. `address` is its public page. Raises Refused without an account.
    """
    require(scope.reader, "page.everyone")
    campaign = campaign_at(session, key)
    if campaign is None:
        raise Refused("Cette campagne n'existe pas.")
    found = restitution(session, campaign.id) if campaign.restituted_on else ()
    data = {
        "question": printable(campaign.question),
        "introduction": printable(campaign.introduction, _TEXT_MAX),
        "until": french.day_long(campaign.closes_on),
        "directions": [printable(u.name) for u in asked_directions(campaign, scope.tree)],
        "contact": _contact(),
        "rows": [[printable(t, _TEXT_MAX) for t in row] for row in restitution_in_words(found)],
        "page": without_scheme(address),
        "images": {"qr": qr(address, "Code QR : ouvre la page de la question, sans compte.")},
    }
    return paper("restitution.typ" if campaign.restituted_on else "campagne.typ", scope, data)


def _contact() -> str:
    return printable(settings().cp_contact, 200)


def slips(scope: Scope, made: Sequence[AccessSlip], origin: str) -> bytes:
    """Four slips per page, for persons without mail: the link to choose a password. Raises Refused
    without the right.
    """
    require(scope.reader, "account.manage")
    pages = [
        {
            "name": printable(slip.name, 120),
            "login": printable(slip.login, 100),
            "code": slip.code,
            "until": french.day_long(slip.until),
            "qr": qr(
                f"{origin}{slip.href}", "Code QR : ouvre la page où l'on choisit son mot de passe."
            ),
        }
        for slip in made
    ]
    page = f"{without_scheme(origin)}{links.PAGE}"
    return paper("feuillets.typ", scope, {"page": page, "slips": pages})


AHEAD = timedelta(days=92)
MOST_DATES = 4
TITLE_MAX = 90
_HANDED_IN = ("groupe de progrès a remis", "groupes de progrès ont remis")
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
    roadmap = roadmap_of(session, scope)
    coming = agenda(session, scope, calendar(session).at(scope.on), scope.on, scope.on + AHEAD)
    return paper(
        "kit.typ",
        scope,
        {
            "ambitions": [_ambition(item, board_of_day) for item in ambitions],
            "begun": [
                f"{printable(m.plan.title, TITLE_MAX)}, {french.day_long(m.actual_end)}"
                for m in first_reached(roadmap.at(scope.on))
            ],
            "done": french.percent(board_of_day["avancement"].value),
            "gap": french.against_plan(board_of_day["ecart.points"].value),
            "streams": [_stream(state) for state in workstream_states(roadmap, scope.on)],
            "figures": [
                {"label": printable(entry.label), "value": wording.written(entry)}
                for entry in (board_of_day["reponse.tenue"], board_of_day["formation"])
            ],
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


def _sentences(entries: Board, way: Way) -> list[str]:
    """A few sentences, easy to remember."""
    sentences = [
        f"La feuille de route est faite à {french.percent(entries['avancement'].value)}.",
        f"En douze mois, {french.counted(way.filed, 'idée ou suggestion', 'idées et suggestions')}"
        f" ; {french.counted(way.carried_out, 'est réalisée', 'sont réalisées')}.",
        f"{french.counted(way.submitted, *_HANDED_IN)} une proposition ;"
        f" {french.counted(way.adopted, 'est adoptée', 'sont adoptées')}.",
    ]
    if entries["reponse.tenue"].value is not None:
        in_time = french.percent(entries["reponse.tenue"].value, 0)
        sentences.append(f"{in_time} des réponses sont données dans le délai promis.")
    return [printable(sentence, 240) for sentence in sentences]


ANSWER_MAX = 700
NOTICE_TITLE_MAX = 200
SESSIONS = 6


def valves(session: Session, scope: Scope, month: date, address: str) -> bytes:
    """The notice of the scope's directions for the month of `month`, as PDF. Raises Refused without
    an account.
    """
    require(scope.reader, "page.everyone")
    day = today(session)
    answers = answered_between(session, scope, month_start(month), month_end(month))
    until = TrainingSession.on <= day + AHEAD
    coming = sessions_ahead(session, day + timedelta(days=1), until)[:SESSIONS]
    return paper(
        "valves.typ",
        scope,
        {
            "month": french.month(month),
            "answers": [_answer(idea, event) for idea, event in answers],
            "count": french.counted(len(answers), "réponse donnée", "réponses données"),
            "sessions": [
                {
                    "day": french.day_long(item.session.on),
                    "title": printable(item.training.title, NOTICE_TITLE_MAX),
                    "place": printable(item.session.place, 120),
                }
                for item in coming
            ],
            "images": {"qr": qr(address)},
            "address": without_scheme(address).split("?")[0],
        },
    )


def _answer(idea: Idea, answer: IdeaEvent) -> dict:
    state = IdeaStatus(answer.to_status) if answer.to_status else None
    return {
        "title": printable(idea.title, NOTICE_TITLE_MAX),
        "number": str(idea.number),
        "state": state.label if state else "Réponse",
        "good": state is not None and state.is_retained,
        "on": french.day_long(answer.on),
        "text": printable(answer.text, ANSWER_MAX),
        "function": printable(answer.function or "", 120),
    }
