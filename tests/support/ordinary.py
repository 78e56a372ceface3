"""A month of ordinary work (travail ordinaire): seven people do what their screens offer, day after
day of the demonstration's clock, in an order that a seed decides.

One function per act. What cannot be done today is refused, as on a screen, and the next one is
tried; what was done is counted by its name.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlalchemy import Engine
from sqlmodel import Session, select

from dashboard.access import Reader
from dashboard.actions import discussions
from dashboard.actions.academy.attendance import record_attendance
from dashboard.actions.academy.trainings import open_session
from dashboard.actions.communities import JoinInput, join_community, leave_community
from dashboard.actions.decisions.records import PointInput, submit_point
from dashboard.actions.decisions.steps import follow_decision, undo_step
from dashboard.actions.figures import measures, statuses, targets
from dashboard.actions.groups.records import create_group, join_group, leave_group
from dashboard.actions.groups.steps import advance_group, undo_state
from dashboard.actions.groups.work import add_deliverable, deliver, entrust_to_group, write_version
from dashboard.actions.ideas import answers, merging, photos
from dashboard.actions.ideas.answers import Answer
from dashboard.actions.ideas.filing import (
    Circumstances,
    checked_input,
    file_idea,
    publish_idea,
    withdraw_idea,
)
from dashboard.actions.ideas.imports import import_ideas
from dashboard.actions.ideas.photos import Picture
from dashboard.actions.ideas.receipts import withdraw_with_receipt, write_with_receipt
from dashboard.actions.interests import follow_interest, mark_interest, take_care
from dashboard.actions.meetings import presences
from dashboard.actions.meetings import records as meetings
from dashboard.actions.meetings.workshops import WorkshopLine, count_voices, file_lines
from dashboard.actions.news import open_post, publish, withdraw_publication, write_post
from dashboard.actions.operations.tick import tick
from dashboard.actions.people.accounts import add_account, disable_account, enable_account
from dashboard.actions.people.mandates import end_mandate, give_mandate, new_mandate
from dashboard.actions.people.privacy import erase_person
from dashboard.actions.registers import save_record
from dashboard.actions.roadmap.plans import (
    PlanInput,
    as_given,
    cancel_milestone,
    change_plan,
    create_plan,
    delete_milestone,
    next_number,
)
from dashboard.actions.roadmap.records import schedule_at
from dashboard.actions.roadmap.reports import ReportInput, report_plan, undo_report
from dashboard.actions.roadmap.revisions import ScheduleInput, revise_plan, revised, undo_revision
from dashboard.actions.seats.taking import cancel, register, wait_for_any
from dashboard.actions.surveys.answers import feed_figure
from dashboard.actions.surveys.imports import import_survey
from dashboard.figures.declaring import all_declared, externally_measured
from dashboard.queries.directions import ambitions, organisation
from dashboard.queries.reference_tables import AMBITIONS, WORKSTREAMS
from dashboard.queries.seats.events import Where
from dashboard.queries.surveys.results import BAROMETER
from dashboard.report.public import situation
from dashboard.scope import Scope
from models.academy import Training, TrainingSession
from models.communities import Community, Interest, InterestState, Membership
from models.database import reading, writing
from models.decisions import DecisionEvent, DecisionStep, Instance, Outcome
from models.discussions import Contribution, Subject
from models.errors import Invalid, Refused
from models.groups import DocumentKind, GroupState, ProgressGroup
from models.idea_states import OPEN, IdeaKind, IdeaStatus
from models.ideas import Idea, Merge
from models.installation import Installation
from models.meetings import Meeting, MeetingKind
from models.news import Post, Publication
from models.people import Account, Assignment, Mandate, Person
from models.roadmap import Health, Measure, MilestoneState, Plan
from models.seats import SeatState
from models.surveys import Question, Survey
from support.seats import join, leave

from .answers import key_of
from .surveys import as_csv, sheets
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
    """The days from `first` on; `done` counts the acts that were done, `refused` those that were
    not.
    """

    engine: Engine
    first: date
    chance: random.Random = field(default_factory=lambda: random.Random(7))
    done: Counter = field(default_factory=Counter)
    refused: Counter = field(default_factory=Counter)
    filed: list[int] = field(default_factory=list)
    receipts: list[str] = field(default_factory=list)
    planned: list[int] = field(default_factory=list)
    workshops: list[tuple[int, int]] = field(default_factory=list)

    def work(self, days: int, acts_a_day: int) -> date:
        """So many working days; gives the last one."""
        acts = list(_acts())
        day = self.first
        for _ in range(days):
            while day.weekday() > 4:
                day += _SHORT
            self.begin(day)
            for _ in range(acts_a_day):
                self.do(min(acts, key=self._turn))
            tick(self.engine, day)
            day += _SHORT
        return self.day

    def _turn(self, act: Callable) -> tuple:
        """Each act has its turn before one comes a second time; what was refused is soon tried again."""
        name = act.__name__
        is_due = not self.done[name] and self.refused[name] < 9
        return not is_due, self.done[name] + self.refused[name], self.chance.random()

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
        try:
            with writing(self.engine) as session:
                act(self, session)
        except (Refused, Invalid):
            self.refused[act.__name__] += 1
        else:
            self.done[act.__name__] += 1

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

    def among(self, found: Sequence):
        """One of them; refused where there is none, as a list without a line offers no act."""
        if not found:
            raise Refused("Rien à choisir.")
        return self.chance.choice(found)

    def one_of(self, session: Session, statement):
        """One of what is found."""
        return self.among(session.exec(statement).all())


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


def files_with_photos(month: Month, session: Session) -> None:
    how = Circumstances(photos=[Picture(b"jpeg", 8, 8)])
    filed = file_idea(session, month.cast.alice, _given(month), month.token(), how)
    photos.show_photos(session, month.cast.didier, filed.number, month.tree)
    month.filed.append(filed.number)


def files_unnamed(month: Month, session: Session) -> None:
    filed = file_idea(session, month.cast.nobody, _given(month, anonymous=True), month.token())
    month.filed.append(filed.number)
    month.receipts.append(filed.receipt)


def relays(month: Month, session: Session) -> None:
    how = Circumstances(relayed=True, consent=True, service_id=month.cast.bruno.service_id)
    filed = file_idea(session, month.cast.bruno, _given(month), month.token(), how)
    month.filed.append(filed.number)


def writes_with_a_receipt(month: Month, session: Session) -> None:
    write_with_receipt(session, month.among(month.receipts[-1:]), "Encore une chose.")


def withdraws_with_a_receipt(month: Month, session: Session) -> None:
    files_unnamed(month, session)
    withdraw_with_receipt(session, month.receipts.pop())


def reads(month: Month, session: Session) -> None:
    answers.read_idea(session, month.cast.didier, month.idea(), month.tree)


def shows(month: Month, session: Session) -> None:
    hidden = month.one_of(session, select(Idea.number).where(Idea.published.is_(False)))
    publish_idea(session, month.cast.didier, hidden, month.tree)


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


def holds_an_answer(month: Month, session: Session) -> None:
    number = _waiting(month, session)
    due = session.exec(select(Idea.due_on).where(Idea.number == number)).one()
    until = max(due or month.day, month.day) + timedelta(days=5)
    answers.hold_answer(session, month.cast.didier, number, "Un devis.", until, month.tree)


def transfers(month: Month, session: Session) -> None:
    answers.transfer_idea(
        session, month.cast.didier, month.idea(), month.direction(), "De leur ressort.", month.tree
    )


def transfers_after_an_answer(month: Month, session: Session) -> None:
    number = month.one_of(session, select(Idea.number).where(Idea.answered_on.is_not(None)))
    answers.transfer_idea(
        session, month.cast.didier, number, month.direction(), "La suite est à eux.", month.tree
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


def takes_an_answer_after_a_transfer_back(month: Month, session: Session) -> None:
    number = month.one_of(session, select(Idea.number).where(Idea.answered_on.is_not(None)))
    didier = month.cast.didier
    answers.transfer_idea(session, didier, number, month.direction(), "À eux.", month.tree)
    answers.answer_idea(session, didier, number, Answer("Une suite."), month.tree)
    answers.undo_answer(session, didier, number, month.tree)


def withdraws(month: Month, session: Session) -> None:
    mine = select(Idea.number).where(Idea.author_id == month.cast.alice.person_id)
    withdraw_idea(session, month.cast.alice, month.one_of(session, mine))


def entrusts(month: Month, session: Session) -> None:
    number = month.idea()
    concerns = session.exec(select(Idea.concerns_id).where(Idea.number == number)).one()
    there = select(Assignment.person_id).where(
        Assignment.service_id.in_(month.tree.under(concerns or 0))
    )
    person = month.one_of(session, there)
    answers.entrust_idea(session, month.cast.didier, number, person, month.tree)


# ── Around the ideas ──────────────────────────────────────────────────────────────────────────────


def supports(month: Month, session: Session) -> None:
    reader = month.chance.choice([month.cast.alice, month.cast.bruno, month.cast.carine])
    _support(session, month, reader, month.idea())


def _support(
    session: Session, month: Month, reader: Reader, number: int, stays: bool = True
) -> None:
    at = (Subject.idea, key_of(session, number))
    discussions.support_subject(session, month.scope(reader), *at, stays)


def supports_no_longer(month: Month, session: Session) -> None:
    """Of a merged entry too: its supporters are counted where it went."""
    merged = select(Idea.number).where(Idea.merged_into.is_not(None))
    number = month.chance.choice([month.one_of(session, merged), month.idea()])
    reader = month.chance.choice([month.cast.alice, month.cast.bruno])
    _support(session, month, reader, number, False)


def comments_it(month: Month, session: Session) -> None:
    at = (Subject.idea, key_of(session, month.idea()))
    discussions.contribute(session, month.scope(month.cast.bruno), *at, "Bien vu.")


def hides_and_restores(month: Month, session: Session) -> None:
    thing = (Subject.idea, key_of(session, month.idea()), None)
    discussions.hide_content(session, month.cast.didier, *thing, "Un nom y figure")
    if month.chance.random() < 0.5:
        discussions.restore_content(session, month.cast.didier, *thing)


def hides_a_comment(month: Month, session: Session) -> None:
    found = month.one_of(session, select(Contribution).where(Contribution.hidden.is_(False)))
    thing = (found.subject, found.key, found.id)
    discussions.hide_content(session, month.cast.didier, *thing, "Un nom y figure")


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


def proposes_a_merge(month: Month, session: Session) -> None:
    """Settled by the rounds once ten days have passed."""
    one, other = _waiting(month, session), _waiting(month, session)
    merging.propose_merge(session, month.cast.didier, one, other, "Le même local")


def unmerges(month: Month, session: Session) -> None:
    """One that was hidden while it was merged stays hidden."""
    merged = select(Idea).where(Idea.merged_into.is_not(None))
    idea = month.one_of(session, merged)
    if idea.published and month.chance.random() < 0.4:
        thing = (Subject.idea, str(idea.id), None)
        discussions.hide_content(session, month.cast.didier, *thing, "Un nom y figure")
    merging.undo_merge(session, month.cast.didier, idea.number)


def refuses_a_merge(month: Month, session: Session) -> None:
    open_ones = select(Merge.id).where(Merge.done_on.is_(None), Merge.ended_on.is_(None))
    merging.withdraw_merge(session, month.cast.didier, month.one_of(session, open_ones))


# ── The roadmap ───────────────────────────────────────────────────────────────────────────────────


def _milestone(month: Month, session: Session) -> Plan:
    return month.one_of(session, select(Plan).order_by(Plan.id))


def reports(month: Month, session: Session) -> None:
    said = ReportInput(
        MilestoneState.under_way,
        month.chance.choice([0, 25, 50, 75]),
        month.day + timedelta(days=90),
        comment="Cela avance.",
    )
    report_plan(session, month.cast.didier, _milestone(month, session).id, said, month.tree)


def finishes(month: Month, session: Session) -> None:
    said = ReportInput(MilestoneState.done, 100)
    report_plan(session, month.cast.didier, _milestone(month, session).id, said, month.tree)


def cancels_a_report(month: Month, session: Session) -> None:
    milestone = _milestone(month, session)
    said = ReportInput(MilestoneState.under_way, 50, month.day + timedelta(days=30))
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


def _create(month: Month, session: Session) -> int:
    stream = month.chance.randint(1, 6)
    number = next_number(session, stream)
    text = PlanInput(number, "Un jalon de plus", workstream_id=stream, ladder=True)
    planned = ScheduleInput(month.day, month.day + timedelta(days=120), owner="DG")
    return create_plan(session, month.cast.didier, text, planned).id


def creates_a_milestone(month: Month, session: Session) -> None:
    _create(month, session)


def changes_a_milestone(month: Month, session: Session) -> None:
    milestone = _milestone(month, session)
    title = f"{milestone.title[:60]} (revu {month.chance.randrange(1000)})"
    change_plan(
        session,
        month.cast.didier,
        milestone.id,
        as_given(milestone, title=title),
    )


def cancels_a_milestone(month: Month, session: Session) -> None:
    cancel_milestone(session, month.cast.didier, _create(month, session), "Renoncé")


def deletes_a_milestone(month: Month, session: Session) -> None:
    delete_milestone(session, month.cast.didier, _create(month, session))


def renames(month: Month, session: Session) -> None:
    again = month.chance.randrange(1000)
    ambition = {"name": f"Citoyens satisfaits {again}", "description": "En bref."}
    stream = {"name": f"Premier chantier {again}", "short_name": "Premier"}
    save_record(session, month.cast.didier, AMBITIONS, 1, ambition)
    save_record(session, month.cast.didier, WORKSTREAMS, 1, stream)


def measures_it(month: Month, session: Session) -> None:
    code = month.chance.choice(["citoyens.satisfaits", "bien-etre.favorable"])
    value = float(month.chance.randint(40, 80))
    given = Measure(on=month.day, value=value, n=300, source="Un relevé de l'été")
    made = measures.record(session, month.cast.didier, externally_measured()[code], given)
    if month.chance.random() < 0.5:
        better = Measure(on=month.day, value=value + 1, n=310, source="Un relevé, corrigé")
        made = measures.record(
            session, month.cast.didier, externally_measured()[code], better, made.id
        )
    if month.chance.random() < 0.3:
        measures.withdraw(session, month.cast.didier, made.id, "Mauvais fichier")


def targets_it(month: Month, session: Session) -> None:
    figure = all_declared()["couverture"]
    wanted = targets.TargetInput(
        date(2024, 12, 31), float(month.chance.randint(60, 95)), reason="Décidé en CODIR"
    )
    targets.decide(session, month.cast.didier, figure, wanted)


def imposes_a_status(month: Month, session: Session) -> None:
    until = month.day + timedelta(days=20)
    statuses.impose(session, month.cast.elise, "chantier:2", str(Health.watch), "À suivre", until)


# ── Meetings and decisions ────────────────────────────────────────────────────────────────────────


def _plan(month: Month, session: Session, days: int) -> int:
    day = month.day + timedelta(days=days)
    given = Meeting(
        kind=MeetingKind.information,
        title="Une séance",
        starts="9h",
        ends="11h",
        capacity=2,
        enrols=True,
    )
    month.planned.append(meetings.plan_meeting(session, month.cast.didier, given, day).id)
    return month.planned[-1]


def plans_a_meeting(month: Month, session: Session) -> None:
    _plan(month, session, month.chance.randint(0, 6))


def takes_seats(month: Month, session: Session) -> None:
    """The third one waits: there are two seats."""
    meeting = _plan(month, session, 3)
    for reader in (month.cast.alice, month.cast.bruno, month.cast.carine):
        join(session, reader, meeting)


def gives_a_seat_up(month: Month, session: Session) -> None:
    """Who waited takes it."""
    takes_seats(month, session)
    leave(session, month.cast.alice, month.planned[-1])


def holds_a_meeting(month: Month, session: Session) -> None:
    meeting = _plan(month, session, 0)
    if month.chance.random() < 0.5:
        presences.record_counts(session, month.cast.didier, meeting, month.day, 20, 12)
    else:
        marks = {
            month.cast.alice.person_id: SeatState.attended,
            month.cast.bruno.person_id: SeatState.excused,
        }
        presences.record_presences(session, month.cast.didier, meeting, month.day, marks, 3)


def cancels_a_meeting(month: Month, session: Session) -> None:
    meetings.cancel_meeting(session, month.cast.didier, _plan(month, session, 2), "Plus de salle")


def writes_lines_down(month: Month, session: Session) -> None:
    held = meetings.plan_meeting(
        session, month.cast.didier, Meeting(kind=MeetingKind.workshop, place="Dépôt"), month.day
    )
    lines = [
        WorkshopLine(month.token(), "Un banc à l'ombre", IdeaKind.idea, 1, voices=voices)
        for voices in (3, None)
    ]
    filed = file_lines(session, month.cast.didier, held.id, lines)
    month.filed += filed.numbers
    month.workshops += [(held.id, number) for number in filed.numbers]


def counts_voices(month: Month, session: Session) -> None:
    meeting, number = month.among(month.workshops)
    count_voices(session, month.cast.didier, meeting, number, month.chance.choice([None, 4, 9]))


def puts_a_point(month: Month, session: Session) -> None:
    submit_point(session, month.cast.didier, PointInput("Un point", Instance.codir))


def decides(month: Month, session: Session) -> None:
    """Put off once, decided, then done or told, and now and then taken back."""
    didier = month.cast.didier
    point = submit_point(session, didier, PointInput("Un autre point", Instance.codir)).id
    decided = DecisionEvent(
        what=DecisionStep.decided,
        outcome=Outcome.adopted,
        due_on=month.day + timedelta(days=30),
        text="Adopté.",
    )
    last = DecisionEvent(what=month.chance.choice([DecisionStep.told, DecisionStep.done]))
    for step in (DecisionEvent(what=DecisionStep.postponed, text="Plus tard."), decided, last):
        follow_decision(session, didier, point, step, month.tree)
    if month.chance.random() < 0.4:
        undo_step(session, didier, point)


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


def gives_an_idea_to_a_group(month: Month, session: Session) -> None:
    group = month.one_of(
        session, select(ProgressGroup.id).where(ProgressGroup.state == GroupState.analysis)
    )
    number = _waiting(month, session)
    entrust_to_group(session, month.cast.didier, number, group, month.tree)


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


def waits_for_a_training(month: Month, session: Session) -> None:
    training = month.one_of(session, select(Training.id))
    wait_for_any(session, month.chance.choice([month.cast.elise, month.cast.carine]), training)


# ── News, surveys, files ──────────────────────────────────────────────────────────────────────────


def writes_a_post(month: Month, session: Session) -> None:
    write_post(session, month.cast.didier, "Un mot de l'été", "Bonnes vacances.")


def opens_a_post(month: Month, session: Session) -> None:
    post = month.one_of(session, select(Post.id).where(Post.public_on.is_(None)))
    open_post(session, month.cast.gaelle, post)


def publishes(month: Month, session: Session) -> None:
    shown = situation(session, month.scope(month.cast.gaelle))
    publish(session, month.cast.gaelle, month.day, "Où nous en sommes.", shown)


def unpublishes(month: Month, session: Session) -> None:
    standing = select(Publication.id).where(Publication.withdrawn_on.is_(None))
    withdraw_publication(session, month.cast.gaelle, month.one_of(session, standing))


def _bring(month: Month, session: Session, series: str) -> int:
    title = f"{series} du {month.day:%d/%m}"
    wave = Survey(series=series, on=month.day, title=title, invited=200)
    rows = as_csv(sheets(60, seed=month.chance.randrange(10**6)))
    return import_survey(session, month.cast.didier, rows, wave, "reponses.csv").survey_id


def brings_a_survey(month: Month, session: Session) -> None:
    _bring(month, session, "Essai")


def feeds_a_figure(month: Month, session: Session) -> None:
    brought = _bring(month, session, "Baromètre d'essai")
    question = select(Question.id).where(Question.code == "Q1", Question.survey_id == brought)
    feed_figure(
        session, month.cast.didier, session.exec(question).one(), externally_measured()[BAROMETER]
    )


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
    import_ideas(session, month.cast.didier, rows, "idees.csv", source="ancien", today=month.day)


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


def opens_an_account(month: Month, session: Session) -> None:
    login = f"agent.{month.chance.randrange(10**6)}"
    person = _agent(month, session)
    add_account(session, month.cast.farid, login=login, password=None, person_id=person)


def closes_an_account(month: Month, session: Session) -> None:
    account = month.one_of(session, select(Account.id).where(Account.login.startswith("agent.")))
    disable_account(session, month.cast.farid, account)
    if month.chance.random() < 0.5:
        enable_account(session, month.cast.farid, account)


def gives_a_mandate(month: Month, session: Session) -> None:
    given = new_mandate(_agent(month, session), month.direction(), month.day)
    give_mandate(session, month.cast.farid, given)


def ends_a_mandate(month: Month, session: Session) -> None:
    begun = select(Mandate.id).where(Mandate.since >= month.first)
    end_mandate(session, month.cast.farid, month.one_of(session, begun), month.day)


def erases(month: Month, session: Session) -> None:
    erase_person(session, month.cast.farid, _agent(month, session))


def joins_the_ambassadors(month: Month, session: Session) -> None:
    join = JoinInput(Community.ambassadors)
    join_community(session, month.cast.didier, join, _agent(month, session))


def leaves_the_ambassadors(month: Month, session: Session) -> None:
    members = select(Membership.person_id).where(
        Membership.community == Community.ambassadors, Membership.left_on.is_(None)
    )
    person = month.one_of(session, members)
    leave_community(session, month.cast.didier, Community.ambassadors, person)


def marks_interest(month: Month, session: Session) -> None:
    given = Interest(activity="ambassadeurs", name="Une voisine", contact="Au guichet")
    mark_interest(session, month.cast.nobody, given)


def follows_interest(month: Month, session: Session) -> None:
    waiting = select(Interest.id).where(
        Interest.state.in_([InterestState.new, InterestState.contacted])
    )
    found = month.one_of(session, waiting)
    if month.chance.random() < 0.5:
        return take_care(session, month.cast.didier, found)
    state = month.chance.choice([InterestState.contacted, InterestState.dropped])
    return follow_interest(session, month.cast.didier, found, state, "Vue au marché.")


def _acts() -> Iterator[Callable[[Month, Session], object]]:
    """Every act of this file."""
    for name, found in globals().items():
        is_act = callable(found) and getattr(found, "__module__", "") == __name__
        if is_act and not name.startswith("_") and found is not Month:
            yield found


ACTS = tuple(act.__name__ for act in _acts())
