"""Checks that an act refuses, by its right and nothing else, and that a refusal writes nothing."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import update
from sqlmodel import Session, select

from dashboard.access import Reader
from models.academy import Trainer, TrainingSession
from models.clusters import Campaign
from models.decisions import Decision
from models.groups import GroupMember, GroupRole, ProgressGroup
from models.ideas import Idea
from models.meetings import MeetingEvent
from models.roadmap import FigureEvent, FigureStep, PlanSchedule
from models.texts import Refused
from tests.support.acts import ACTS, COUNTED, REFUSALS, Act, Stage
from tests.support.troupe import FROZEN


@contextmanager
def taken_back(stage: Stage) -> Iterator[Session]:
    """A session on the stage whose changes are never kept."""
    with Session(stage.engine) as session:
        stage.session = session
        try:
            yield session
        finally:
            session.rollback()


def rows_written(session: Session) -> int:
    """How many rows this connection has written since it was opened, those taken back included."""
    return session.connection().connection.driver_connection.total_changes


def said_of_the_right(stage: Stage, act: Act, reader: Reader) -> str | None:
    """What the act says where it refuses for want of the right; None where it does anything else.

    Anything else is any outcome at all: behind the right, most acts meet a form that is not filled.
    """
    try:
        act.call(stage, reader)
    except Refused as refusal:
        return next((words for words in REFUSALS if words in str(refusal)), None)
    except Exception:
        return None
    return None


def check_act(stage: Stage, act: Act) -> int:
    """Each reader without the right is refused and writes nothing, the first with it is not. How
    many were refused.
    """
    refused = [name for name, reader in stage.readers.items() if act.refuses(reader)]
    for name in refused:
        with taken_back(stage) as session:
            before = rows_written(session)
            said = said_of_the_right(stage, act, stage.readers[name])
            assert said is not None, f"{act.name}: {name} is not refused for want of the right"
            counted = act.label == COUNTED and stage.readers[name].is_stranger
            assert counted or rows_written(session) == before, (
                f"{act.name}: {name} was refused and has written"
            )
            assert not session.new and not session.dirty, f"{act.name}: {name} leaves a change"
    for name, reader in stage.readers.items():
        if act.allows(reader):
            with taken_back(stage):
                assert said_of_the_right(stage, act, reader) is None, f"{act.name}: {name}"
            break
    return len(refused)


# ── One's own thing ───────────────────────────────────────────────────────────────────────────────


def _entry_of_carines(session: Session, stage: Stage, carine: Reader) -> None:
    _entry(session, stage).concerns_id = min(carine.mandates)


def _entry_of_alices(session: Session, stage: Stage, alice: Reader) -> None:
    _entry(session, stage).author_id = alice.person_id


def _entry(session: Session, stage: Stage) -> Idea:
    return session.exec(select(Idea).where(Idea.number == stage.idea)).one()


def _groups_of_alices(session: Session, stage: Stage, alice: Reader) -> None:
    for group in session.exec(select(ProgressGroup.id)).all():
        session.add(
            GroupMember(
                group_id=group,
                person_id=alice.person_id,
                role=GroupRole.facilitator,
                joined_on=FROZEN,
            )
        )


def _campaigns_of_alices(session: Session, stage: Stage, alice: Reader) -> None:
    session.execute(update(Campaign).values(sponsor_id=alice.person_id))


def _training_of_alices(session: Session, stage: Stage, alice: Reader) -> None:
    held = session.get(TrainingSession, stage.held)
    session.add(Trainer(training_id=held.training_id, person_id=alice.person_id))


def _decision_of_carines(session: Session, stage: Stage, carine: Reader) -> None:
    session.get(Decision, stage.decision).owner_direction_id = min(carine.mandates)


def _milestone_of_carines(session: Session, stage: Stage, carine: Reader) -> None:
    session.execute(
        update(PlanSchedule)
        .where(PlanSchedule.plan_id == stage.milestone)
        .values(owner_direction_id=min(carine.mandates))
    )


def _figure_of_carines(session: Session, stage: Stage, carine: Reader) -> None:
    owner = {"figure": "reponse.tenue", "what": FigureStep.owned, "owner": "Manager"}
    dates = {"on": FROZEN, "recorded_on": FROZEN, "mark": ""}
    session.add(FigureEvent(owner_direction_id=min(carine.mandates), **owner, **dates))


def _workshop_of_brunos(session: Session, stage: Stage, bruno: Reader) -> None:
    session.execute(
        update(MeetingEvent)
        .where(MeetingEvent.meeting_id == stage.workshop)
        .values(by=bruno.person_id)
    )


# Right → who has it on her own things alone, and what makes the thing of the stage hers.
OWNERS: dict[str, tuple[str, Callable[[Session, Stage, Reader], None]]] = {
    "idea.answer": ("carine", _entry_of_carines),
    "idea.publish": ("carine", _entry_of_carines),
    "idea.link": ("carine", _entry_of_carines),
    "idea.withdraw": ("alice", _entry_of_alices),
    "group.manage": ("alice", _groups_of_alices),
    "campaign.outcome": ("alice", _campaigns_of_alices),
    "training.hold": ("alice", _training_of_alices),
    "decision.follow": ("carine", _decision_of_carines),
    "milestone.report": ("carine", _milestone_of_carines),
    "figure.verify": ("carine", _figure_of_carines),
    "workshop.run": ("bruno", _workshop_of_brunos),
}
OWNED_BY_NOBODY = ("actions.groups:create_group",)  # it is not there yet
OWNED = [act for act in ACTS if act.thing and act.function not in OWNED_BY_NOBODY]


def check_own(stage: Stage, act: Act) -> None:
    """Who is refused on another's thing is not on her own."""
    login, make_hers = OWNERS[act.right]
    reader = stage.readers[login]
    assert act.refuses(reader), f"{act.name}: {login} needs no thing of her own"
    with taken_back(stage) as session:
        make_hers(session, stage, reader)
        session.flush()
        assert said_of_the_right(stage, act, reader) is None, f"{act.name}: refused on her own"
