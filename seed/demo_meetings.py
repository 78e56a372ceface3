"""The meetings of the demonstration that steer (CODIR, Conseil de direction, comité de
co-pilotage), and the decisions.
"""

from datetime import date, timedelta

from models.decisions import Decision, DecisionEvent, DecisionSheet, DecisionStep, Instance, Outcome
from models.meetings import Attendance, Meeting, MeetingEvent, MeetingKind, MeetingState
from seed.csvfiles import read
from seed.stage import DATA, START, TODAY, Stage

_ANNOUNCED = timedelta(days=30)


def load_meetings(stage: Stage) -> None:
    """Meetings with their facts: announced a month before; held or cancelled on their day;
    attendance as a count.
    """
    meetings = []
    events = []
    present = []
    held_meetings = {}
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
            }
        )
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
    _load_decisions(stage, held_meetings)


def announced_on(day: date) -> date:
    """A month before; unknown until then."""
    return min(max(day - _ANNOUNCED, START), TODAY)


def _load_decisions(stage: Stage, held: dict[tuple[str, date], int]) -> None:
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
        outcome = row.word("issue", Outcome) if row.text("issue") else None
        events.append(
            fact_row(stage, DecisionEvent, on)
            | {
                "decision_id": decisions[number]["id"],
                "what": str(row.word("étape", DecisionStep)),
                "meeting_id": held.get((str(instance), on)),
                "outcome": str(outcome) if outcome else None,
                "due_on": row.maybe_day("échéance"),
                "cost": row.maybe_number("coût"),
                "fte": row.maybe_number("ETP"),
                "text": row.text("texte"),
            }
        )
    stage.insert(Decision, decisions.values())
    stage.insert(DecisionEvent, events)
    stage.insert(DecisionSheet, _sheets(stage, decisions))


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
