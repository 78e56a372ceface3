"""A month of ordinary work (travail ordinaire): seven people do what their screens offer, day after
day of the demonstration's clock, in an order that a seed decides.

One function per act.
"""

import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlalchemy import Engine
from sqlmodel import Session, select

from dashboard.access import Reader
from dashboard.actions import discussions
from dashboard.actions.academy.attendance import record_attendance
from dashboard.actions.academy.trainings import open_session
from dashboard.actions.communities import JoinInput, join_community
from dashboard.actions.decisions.records import PointInput, submit_point
from dashboard.actions.decisions.steps import follow_decision, undo_step
from dashboard.actions.figures import measures
from dashboard.actions.groups.records import create_group, join_group, leave_group
from dashboard.actions.groups.steps import advance_group, undo_state
from dashboard.actions.groups.work import add_deliverable, deliver, write_version
from dashboard.actions.ideas import answers, merging
from dashboard.actions.ideas.answers import Answer
from dashboard.actions.ideas.filing import (
    checked_input,
    file_idea,
    withdraw_idea,
)
from dashboard.actions.meetings import presences
from dashboard.actions.meetings import records as meetings
from dashboard.actions.operations.tick import tick
from dashboard.actions.people.mandates import give_mandate, new_mandate
from dashboard.actions.people.privacy import erase_person
from dashboard.actions.register_imports import ImportOptions, act_of
from dashboard.actions.roadmap.plans import cancel_milestone, create_plan, next_number
from dashboard.actions.roadmap.records import schedule_at
from dashboard.actions.roadmap.reports import report_plan, undo_report
from dashboard.actions.roadmap.revisions import revise_plan, revised, undo_revision
from dashboard.actions.seats.taking import cancel, register
from dashboard.figures.kinds import measured
from dashboard.queries.directions import ambitions, organisation
from dashboard.queries.seats.events import Where
from dashboard.scope import Scope
from models.academy import Training, TrainingSession
from models.communities import Community
from models.database import reading, writing
from models.decisions import DecisionEvent, DecisionStep, Instance, Outcome
from models.discussions import Subject
from models.errors import Invalid, Refused
from models.groups import DocumentKind, GroupState
from models.idea_states import OPEN, IdeaKind, IdeaStatus
from models.ideas import Idea
from models.installation import Installation
from models.meetings import Meeting, MeetingKind
from models.people import Account, Assignment, Person
from models.roadmap import MilestoneState, Plan, PlanReport, PlanSchedule
from models.seats import SeatState

from .answers import key_of
from .troupe import Cast, cast_in

_SHORT = timedelta(days=1)
_STATES = (
    IdeaStatus.studied,
    IdeaStatus.accepted,
    IdeaStatus.refused,
    IdeaStatus.already,
    IdeaStatus.taken_in,
    IdeaStatus.redirected,
    IdeaStatus.implemented,
)
_KINDS = (IdeaKind.idea, IdeaKind.suggestion, IdeaKind.finding)


@dataclass
class Month:
    """The days from `first` on; `done`: the acts that were done, once at least."""

    engine: Engine
    first: date
    chance: random.Random = field(default_factory=lambda: random.Random(7))
    done: set[str] = field(default_factory=set)
    filed: list[int] = field(default_factory=list)

    def work(self, days: int) -> date:
        """So many working days, each with every act in another order; gives the last one."""
        acts = list(_acts())
        day = self.first
        for _ in range(days):
            while day.weekday() > 4:
                day += _SHORT
            self.begin(day)
            self.chance.shuffle(acts)
            for act in acts:
                self.do(act)
            tick(self.engine, day)
            day += _SHORT
        return self.day

    def begin(self, day: date) -> None:
        """The clock of the demonstration moves on; roles are read again."""
        self.day = day
        with writing(self.engine) as session:
            session.get(Installation, 1).frozen_on = day
        self.cast: Cast = cast_in(self.engine, day)
        with reading(self.engine) as session:
            self.chart = organisation(session)
            self.tree = self.chart.at(day)
            self.ambitions = ambitions(session)
            self.numbers = session.exec(select(Idea.number).order_by(Idea.number)).all()

    def do(self, act: Callable[["Month", Session], object]) -> None:
        """What cannot be done today is refused, as on a screen."""
        with suppress(Refused, Invalid), writing(self.engine) as session:
            act(self, session)
            self.done.add(act.__name__)

    # ── what the acts pick ──

    def scope(self, reader) -> Scope:
        return Scope.for_reader(reader, {}, self.day, self.chart.at, self.ambitions)

    def idea(self) -> int:
        """One of those of this month, else any."""
        return self.chance.choice(
            self.filed[-40:] if self.chance.random() < 0.7 and self.filed else self.numbers
        )

    def direction(self) -> int:
        return self.chance.choice(self.tree.directions()).id

    def token(self) -> str:
        return f"jeton-{self.chance.getrandbits(60):x}"

    def one_of(self, session: Session, statement):
        """One of what is found; refused where there is none, as a list without a line offers no
        act.
        """
        found = session.exec(statement).all()
        if not found:
            raise Refused("Rien à choisir.")
        return self.chance.choice(found)


# ── Ideas ─────────────────────────────────────────────────────────────────────────────────────────


def _given(month: Month, **more):
    return checked_input(
        **{
            "kind": month.chance.choice(_KINDS),
            "title": f"Ranger le local {month.chance.randrange(10**6)}",
            "body": "Des étagères, et une heure par semaine.",
            "ambition_id": month.chance.randint(1, 5),
            "concerns_id": month.direction(),
        }
        | more
    )


def files(month: Month, session: Session) -> None:
    reader = month.chance.choice([month.cast.alice, month.cast.bruno, month.cast.elise])
    month.filed.append(file_idea(session, reader, _given(month), month.token()).number)


def answers_it(month: Month, session: Session) -> None:
    """With the state that comes next, or without one."""
    number = month.idea()
    idea = session.exec(select(Idea).where(Idea.number == number)).one()
    states = [state for state in answers.states_to_choose(idea) if state in _STATES]
    to = month.chance.choice([*states, None])
    answers.answer_idea(
        session, month.cast.didier, number, Answer("Merci, voici pourquoi.", to), month.tree
    )


def postpones(month: Month, session: Session) -> None:
    answer = Answer("Au printemps.", IdeaStatus.postponed, month.day + timedelta(days=4))
    answers.answer_idea(session, month.cast.didier, _waiting(month, session), answer, month.tree)


def _waiting(month: Month, session: Session) -> int:
    """One that everybody reads and nobody has answered."""
    return month.one_of(
        session,
        select(Idea.number)
        .where(Idea.published.is_(True), Idea.answered_on.is_(None), Idea.status.in_(OPEN))
        .where(Idea.kind == IdeaKind.idea),
    )


def transfers_what_is_late(month: Month, session: Session) -> None:
    """The promise was missed where the entry was; it is answered where it went."""
    late = select(Idea.number).where(
        Idea.answered_on.is_(None), Idea.status.in_(OPEN), Idea.due_on < month.day
    )
    number = month.one_of(session, late)
    didier = month.cast.didier
    answers.transfer_idea(session, didier, number, month.direction(), "À eux.", month.tree)
    if month.chance.random() < 0.5:
        answers.answer_idea(session, didier, number, Answer("Avec retard."), month.tree)


def takes_an_answer_back(month: Month, session: Session) -> None:
    """What was just answered, or moved."""
    number = month.idea()
    to = month.chance.choice([IdeaStatus.redirected, IdeaStatus.studied, None])
    answers.answer_idea(session, month.cast.didier, number, Answer("Trop vite.", to), month.tree)
    if month.chance.random() < 0.5:
        answers.transfer_idea(
            session, month.cast.didier, number, month.direction(), "À eux.", month.tree
        )
        answers.undo_answer(session, month.cast.didier, number, month.tree)
    answers.undo_answer(session, month.cast.didier, number, month.tree)


def withdraws(month: Month, session: Session) -> None:
    mine = select(Idea.number).where(Idea.author_id == month.cast.alice.person_id)
    withdraw_idea(session, month.cast.alice, month.one_of(session, mine))


# ── Around the ideas ──────────────────────────────────────────────────────────────────────────────


def supports(month: Month, session: Session) -> None:
    reader = month.chance.choice([month.cast.alice, month.cast.bruno, month.cast.carine])
    _support(session, month, reader, month.idea())


def _support(session: Session, month: Month, reader: Reader, number: int) -> None:
    at = (Subject.idea, key_of(session, number))
    discussions.support_subject(session, month.scope(reader), *at, True)


def merges(month: Month, session: Session) -> None:
    """Proposed, and agreed by both authors where the people of the cast are both of them."""
    alice, bruno, didier = month.cast.alice, month.cast.bruno, month.cast.didier
    one = file_idea(session, alice, _given(month), month.token()).number
    other = file_idea(session, bruno, _given(month), month.token()).number
    month.filed += [one, other]
    _support(session, month, month.cast.carine, one)
    _support(session, month, alice, other)
    proposal = merging.propose_merge(session, didier, one, other, "Le même local")
    merging.answer_merge(session, alice, proposal.id, True)
    merging.answer_merge(session, bruno, proposal.id, True)


def unmerges(month: Month, session: Session) -> None:
    """One that was hidden while it was merged stays hidden."""
    merged = select(Idea).where(Idea.merged_into.is_not(None))
    idea = month.one_of(session, merged)
    if idea.published and month.chance.random() < 0.4:
        thing = (Subject.idea, str(idea.id), None)
        discussions.hide_content(session, month.cast.didier, *thing, "Un nom y figure")
    merging.undo_merge(session, month.cast.didier, idea.number)


# ── The roadmap ───────────────────────────────────────────────────────────────────────────────────


def _milestone(month: Month, session: Session) -> Plan:
    return month.one_of(session, select(Plan).order_by(Plan.id))


def reports(month: Month, session: Session) -> None:
    said = PlanReport(
        state=MilestoneState.under_way,
        progress=month.chance.choice([0, 25, 50, 75]),
        forecast_end=month.day + timedelta(days=90),
        comment="Cela avance.",
    )
    report_plan(session, month.cast.didier, _milestone(month, session).id, said, month.tree)


def cancels_a_report(month: Month, session: Session) -> None:
    milestone = _milestone(month, session)
    said = PlanReport(
        state=MilestoneState.under_way, progress=50, forecast_end=month.day + timedelta(days=30)
    )
    report_plan(session, month.cast.didier, milestone.id, said, month.tree)
    undo_report(session, month.cast.didier, milestone.id, month.tree)


def revises(month: Month, session: Session) -> None:
    milestone = _milestone(month, session)
    now = schedule_at(session, milestone.id, month.day)
    revise_plan(
        session,
        month.cast.didier,
        milestone.id,
        revised(
            now,
            end=now.end + timedelta(days=14),
            owner="DG",
            owner_direction_id=None,
            reason="Retard",
        ),
    )
    if month.chance.random() < 0.5:
        undo_revision(session, month.cast.didier, milestone.id)


def cancels_a_milestone(month: Month, session: Session) -> None:
    stream = month.chance.randint(1, 6)
    number = next_number(session, stream)
    text = Plan(number=number, title="Un jalon de plus", workstream_id=stream, ladder=True)
    planned = PlanSchedule(start=month.day, end=month.day + timedelta(days=120), owner="DG")
    created = create_plan(session, month.cast.didier, text, planned)
    cancel_milestone(session, month.cast.didier, created.id, "Renoncé")


def measures_it(month: Month, session: Session) -> None:
    code = month.chance.choice(["citoyens.satisfaits", "bien-etre.favorable"])
    value = float(month.chance.randint(40, 80))
    given = measures.Measure(on=month.day, value=value, n=300, source="Un relevé de l'été")
    made = measures.record(session, month.cast.didier, measured()[code], given)
    if month.chance.random() < 0.5:
        better = measures.Measure(on=month.day, value=value + 1, n=310, source="Un relevé corrigé")
        made = measures.record(session, month.cast.didier, measured()[code], better, made.id)
    if month.chance.random() < 0.3:
        measures.withdraw(session, month.cast.didier, made.id, "Mauvais fichier")


# ── Meetings and decisions ────────────────────────────────────────────────────────────────────────


def holds_a_meeting(month: Month, session: Session) -> None:
    given = Meeting(kind=MeetingKind.information, title="Une séance")
    meeting = meetings.plan_meeting(session, month.cast.didier, given, month.day).id
    if month.chance.random() < 0.5:
        presences.record_counts(session, month.cast.didier, meeting, month.day, 20, 12)
    else:
        marks = {
            month.cast.alice.person_id: SeatState.attended,
            month.cast.bruno.person_id: SeatState.excused,
        }
        presences.record_presences(session, month.cast.didier, meeting, month.day, marks, 3)


def decides_what_moves_an_idea(month: Month, session: Session) -> None:
    """The decision moves the entry that it is about, and taken back it moves it back."""
    didier = month.cast.didier
    number = _waiting(month, session)
    about = ("idee", str(number))
    point = submit_point(session, didier, PointInput("À décider", Instance.codir, about=about)).id
    outcome = month.chance.choice([Outcome.adopted, Outcome.rejected])
    step = DecisionEvent(what=DecisionStep.decided, outcome=outcome, text="Décidé.")
    follow_decision(session, didier, point, step, month.tree)
    if month.chance.random() < 0.5:
        undo_step(session, didier, point)


# ── Groups and trainings ──────────────────────────────────────────────────────────────────────────


def works_in_a_group(month: Month, session: Session) -> None:
    """Begun, joined, taken one step further, and now and then back."""
    didier = month.cast.didier
    given = {"title": "Le local du dépôt", "problem": "Rien n'y est rangé.", "sponsor": "DG"}
    group = create_group(session, didier, given | {"ambition": 1, "wanted": 6}).id
    join_group(session, month.cast.alice, group)
    write_version(session, didier, group, DocumentKind.analysis, "Ce que nous voyons.", 0)
    advance_group(session, didier, group, GroupState.analysis, "À quatre.")
    if month.chance.random() < 0.5:
        undo_state(session, didier, group)
    plan = add_deliverable(session, didier, group, "Un plan", month.day + timedelta(days=30))
    deliver(session, didier, plan.id)
    leave_group(session, month.cast.alice, group)


def trains(month: Month, session: Session) -> None:
    """A session of the day, who comes, who gives up."""
    training = month.one_of(session, select(Training.id).where(Training.needs_approval.is_(False)))
    given = TrainingSession(on=month.day, capacity=12)
    opened, _ = open_session(session, month.cast.didier, training, given)
    held = opened.id
    there = [
        register(session, one, Where(session_id=held))
        for one in (month.cast.alice, month.cast.bruno)
    ]
    if month.chance.random() < 0.5:
        cancel(session, month.cast.bruno, there.pop().id, "Un rendez-vous")
    marks = {one.id: SeatState.attended for one in there}
    record_attendance(session, month.cast.didier, held, marks)


# ── Files ──────────────────────────────────────────────────────────────────────────


def brings_ideas(month: Month, session: Session) -> None:
    """The same rows with other states and voices each time: new ones, and changes to those we
    know.
    """
    states = ("Reçue", "À l'étude", "Retenue", "Non retenue", "Réorientée")
    lines = ["id;titre;texte;état;voix;publiée"]
    for n in range(4):
        key = month.chance.randrange(12)
        state = month.chance.choice(states)
        lines.append(
            f"k{key}-{n};Idée {key} de l'ancien outil;Texte {n};{state};"
            f"{month.chance.randint(0, 20)};{month.chance.choice(('oui', 'non'))}"
        )
    rows = "\n".join(lines).encode()
    how = ImportOptions(source="ancien", on=month.day)
    act_of("idees")(session, month.cast.didier, rows, "idees.csv", how)


# ── Persons ───────────────────────────────────────────────────────────────────────────────────────


def _agent(month: Month, session: Session) -> int:
    """Somebody without an account who works here."""
    return month.one_of(
        session,
        select(Person.id)
        .where(Person.id.not_in(select(Account.person_id)), Person.erased_on.is_(None))
        .where(Person.id.in_(select(Assignment.person_id)))
        .order_by(Person.id)
        .limit(300),
    )


def gives_a_mandate(month: Month, session: Session) -> None:
    given = new_mandate(_agent(month, session), month.direction(), month.day)
    give_mandate(session, month.cast.farid, given)


def erases(month: Month, session: Session) -> None:
    erase_person(session, month.cast.farid, _agent(month, session))


def joins_the_ambassadors(month: Month, session: Session) -> None:
    join = JoinInput(Community.ambassadors)
    join_community(session, month.cast.didier, join, _agent(month, session))


def _acts() -> Iterator[Callable[[Month, Session], object]]:
    """Every act of this file."""
    for name, found in globals().items():
        is_act = callable(found) and getattr(found, "__module__", "") == __name__
        if is_act and not name.startswith("_") and found is not Month:
            yield found


ACTS = tuple(act.__name__ for act in _acts())
