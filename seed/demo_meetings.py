"""The meetings of the demonstration that steer (CODIR, Conseil de direction, comité de
co-pilotage), and the decisions.
"""

from collections import Counter
from datetime import date, timedelta

from models.decisions import (
    Decision,
    DecisionEvent,
    DecisionSheet,
    DecisionStep,
    Instance,
    Outcome,
    Verdict,
)
from models.meetings import (
    AgendaPoint,
    Attendance,
    Meeting,
    MeetingEvent,
    MeetingKind,
    MeetingPaper,
    MeetingState,
    PaperStep,
)
from seed.csvfiles import CsvRow, read
from seed.stage import DATA, START, TODAY, Stage

_ANNOUNCED = timedelta(days=30)
_ISSUES = {DecisionStep.reviewed: Verdict}


def load_meetings(stage: Stage) -> None:
    """Meetings with their facts: announced a month before; held or cancelled on their day;
    attendance as a count.
    """
    meetings = []
    events = []
    present = []
    held_meetings = {}
    written = {(row.text("genre"), row.day("jour")): row.text("texte") for row in _papers(False)}
    by_day = {}
    for row in read(DATA / "reunions.csv"):
        kind = row.word("genre", MeetingKind)
        state = row.word("état", MeetingState)
        day = row.day("jour")
        meeting = stage.next_id(Meeting)
        meetings.append(
            {
                "id": meeting,
                "kind": str(kind),
                "title": row.text("titre"),
                "place": row.text("lieu"),
                "minutes": written.get((row.text("genre"), day), ""),
            }
        )
        by_day[row.text("genre"), day] = meeting
        events.append(
            fact_row(stage, MeetingEvent, announced_on(day))
            | {
                "meeting_id": meeting,
                "what": str(MeetingState.planned),
                "day": day,
                "reason": None,
            }
        )
        if state is not MeetingState.planned:
            events.append(
                fact_row(stage, MeetingEvent, day)
                | {
                    "meeting_id": meeting,
                    "what": str(state),
                    "day": day,
                    "reason": row.text("motif") or None,
                }
            )
        if state is MeetingState.held:
            present.append(
                fact_row(stage, Attendance, day)
                | {
                    "meeting_id": meeting,
                    "invited": row.whole("invités"),
                    "present": row.whole("présents"),
                    "excused": row.whole("excusés"),
                }
            )
            held_meetings[str(kind), day] = meeting
    stage.insert(Meeting, meetings)
    stage.insert(MeetingEvent, events)
    stage.insert(Attendance, present)
    decisions = _load_decisions(stage, held_meetings)
    stage.insert(AgendaPoint, _agendas(stage, by_day, decisions))
    stage.insert(MeetingPaper, _paper_steps(stage, by_day))


def _paper_steps(stage: Stage, meetings: dict[tuple[str, date], int]) -> list[dict]:
    return [
        fact_row(stage, MeetingPaper, row.day("le"))
        | {
            "by": stage.cast["didier"].id,
            "meeting_id": meetings[row.text("genre"), row.day("jour")],
            "what": str(row.word("étape", PaperStep)),
            "text": row.text("texte"),
        }
        for row in _papers(True)
    ]


def _papers(are_steps: bool) -> list[CsvRow]:
    """The steps of the papers of meetings, or the texts of the PV."""
    rows = read(DATA / "papiers-seances.csv")
    return [row for row in rows if bool(row.text("étape")) is are_steps]


def _agendas(
    stage: Stage, meetings: dict[tuple[str, date], int], decisions: dict[int, dict]
) -> list[dict]:
    """The order of the file is that of the points of a meeting."""
    ranks: Counter[int] = Counter()
    found = []
    for row in read(DATA / "ordres-du-jour.csv"):
        meeting = meetings[row.text("genre"), row.day("jour")]
        ranks[meeting] += 1
        found.append(
            fact_row(stage, AgendaPoint, row.day("le"))
            | {
                "by": stage.cast["didier"].id,
                "decision_id": decisions[row.whole("numéro")]["id"],
                "meeting_id": meeting,
                "position": ranks[meeting],
                "minutes": row.whole("minutes"),
            }
        )
    return found


def announced_on(day: date) -> date:
    """A month before; unknown until then."""
    return min(max(day - _ANNOUNCED, START), TODAY)


def _load_decisions(stage: Stage, held: dict[tuple[str, date], int]) -> dict[int, dict]:
    """One line of the file is one fact; a fact on the day of a meeting of the body belongs to that
    meeting.
    """
    decisions: dict[int, dict] = {}
    events = []
    for row in read(DATA / "decisions.csv"):
        number = row.whole("numéro")
        on = row.day("le")
        instance = row.word("instance", Instance)
        if number not in decisions:
            decisions[number] = {
                "id": stage.next_id(Decision),
                "number": number,
                "title": row.needed("titre"),
                "instance": str(instance),
                "owner_direction_id": stage.units[row.needed("porteur")],
            }
        what = row.word("étape", DecisionStep)
        is_review = what is DecisionStep.review_planned
        issue = str(row.word("issue", _ISSUES.get(what, Outcome))) if row.text("issue") else None
        events.append(
            fact_row(stage, DecisionEvent, on)
            | {
                "decision_id": decisions[number]["id"],
                "what": str(what),
                "meeting_id": held.get((str(instance), on)),
                "outcome": None if what in _ISSUES else issue,
                "verdict": issue if what in _ISSUES else None,
                "due_on": None if is_review else row.maybe_day("échéance"),
                "review_on": row.maybe_day("échéance") if is_review else None,
                "cost": row.maybe_number("coût"),
                "fte": row.maybe_number("ETP"),
                "text": row.text("texte"),
            }
        )
    stage.insert(Decision, decisions.values())
    stage.insert(DecisionEvent, events)
    stage.insert(DecisionSheet, _sheets(stage, decisions))
    return decisions


def _sheets(stage: Stage, decisions: dict[int, dict]) -> list[dict]:
    return [
        {
            "decision_id": decisions[row.whole("numéro")]["id"],
            "problem": row.text("problème"),
            "options": row.text("options"),
            "concerned": row.text("concernés"),
            "objections": row.text("objections"),
            "cost": row.maybe_number("coût"),
            "fte": row.maybe_number("ETP"),
            "on": row.day("le"),
            "by": stage.cast["didier"].id,
        }
        for row in read(DATA / "fiches-decision.csv")
    ]


def fact_row(stage: Stage, table: type, on: date) -> dict:
    return {"id": stage.next_id(table), "on": on, "recorded_on": on}
