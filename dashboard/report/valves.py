"""The notice for notice boards (fiche valves): the month's answers about one direction, the next
dates, a QR code.
"""

from datetime import date, timedelta

from sqlmodel import Session

from dashboard import french
from dashboard.access import require
from dashboard.queries.ideas.handover import answered_between
from dashboard.queries.seats.records import SessionRow, sessions_ahead
from dashboard.report.pdf import paper
from dashboard.report.wording import printable, without_scheme
from dashboard.report.workshop import qr
from dashboard.scope import Scope
from models.academy import TrainingSession
from models.clock import month_end, month_start, today
from models.idea_events import IdeaEvent
from models.idea_states import IdeaStatus
from models.ideas import Idea

ANSWER_MAX = 700
TITLE_MAX = 200
SESSIONS = 6
AHEAD = timedelta(days=92)


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
            "sessions": [_session(item) for item in coming],
            "images": {"qr": qr(address)},
            "address": without_scheme(address).split("?")[0],
        },
    )


def _answer(idea: Idea, answer: IdeaEvent) -> dict:
    state = IdeaStatus(answer.to_status) if answer.to_status else None
    return {
        "title": printable(idea.title, TITLE_MAX),
        "number": str(idea.number),
        "state": state.label if state else "Réponse",
        "good": state is not None and state.is_retained,
        "on": french.day_long(answer.on),
        "text": printable(answer.text, ANSWER_MAX),
        "function": printable(answer.function or "", 120),
    }


def _session(item: SessionRow) -> dict:
    return {
        "day": french.day_long(item.session.on),
        "title": printable(item.training.title, TITLE_MAX),
        "place": printable(item.session.place, 120),
    }
