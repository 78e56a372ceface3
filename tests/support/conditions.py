"""Who sees what, where a function asks for a right and refuses nothing: it leaves a row, a name or
a button out.

One line per thing that is seen. Who sees it in full is written by hand from what each right means
(dashboard/access.py), not recorded from the code; all others do not see it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from sqlalchemy import delete, update
from sqlmodel import Session, select

from dashboard.access import Reader
from dashboard.actions import groups as work
from dashboard.actions.ideas import answers as own_acts
from dashboard.actions.meetings import presences
from dashboard.actions.notices.records import reads_dossier
from dashboard.actions.seats import offers as seat_approvals, taking
from dashboard.queries import campaigns, news, reference_tables, voices
from dashboard.queries.academy import attendance, obligations
from dashboard.queries.discussions import subjects, threads as discussions, threads as moderation
from dashboard.queries.figures import figure_rows
from dashboard.queries.ideas import (
    card as around_idea,
    card as idea_page,
    card as mentions,
    clusters,
    threads,
    waiting,
)
from dashboard.queries.meetings import agenda, records, records as met
from dashboard.queries.meetings.records import calendar
from dashboard.queries.notices import records as by_voice
from dashboard.queries.operations import jobs
from dashboard.queries.people import readers
from dashboard.queries.surveys import results
from dashboard.report import pack, team
from dashboard.scope import Scope
from models.academy import Trainer, Training, TrainingAudience, TrainingMaterial, TrainingSession
from models.clusters import Campaign
from models.decisions import Decision
from models.directions import Tree
from models.discussions import (
    Contribution,
    ContributionEvent,
    ContributionKind,
    ContributionStep,
    Link,
    Subject,
)
from models.facts import random_id
from models.groups import GroupMember, GroupRole, ProgressGroup
from models.idea_events import EventKind, IdeaEvent
from models.idea_states import IdeaStatus
from models.ideas import Idea, Photo
from models.ledger import event_row
from models.meetings import BODIES, Attendance, Family, MeetingEvent, MeetingKind
from models.notices import Notice, Post
from models.roadmap import PlanSchedule
from models.seats import Seat, SeatState
from models.surveys import Survey
from models.texts import Refused
from tests.support.acts import Stage
from tests.support.refusals import taken_back
from tests.support.troupe import FROZEN

# Gaëlle's mandate is the whole administration: what a manager may in her directions she may in all.
OFFICE = {"didier"}
ELSEWHERE = {"didier", "gaelle"}  # a direction that is neither Carine's nor Bruno's
IN_CARINES = ELSEWHERE | {"carine"}
COVERED = ELSEWHERE | {"bruno"}  # a service of which Bruno is the ambassador
BRUNO = {"bruno"}
LISTED_ELSEWHERE = ELSEWHERE | {"operator"}  # who lists persons by name
LISTED_IN_CARINES = IN_CARINES | {"operator"}
LISTED_EVERYWHERE = OFFICE | {"operator"}
COCKPIT = {"carine", "didier", "elise", "farid", "gaelle", "operator"}
AGENTS = {"alice", "bruno", "carine", "didier", "elise", "farid", "gaelle"}
SIGNED_IN = AGENTS | {"operator"}


class Scene:
    """What stands before one reader: an entry of a direction that is nobody's of the cast but
    Didier's and Gaëlle's, unless she makes it another's.
    """

    def __init__(self, session: Session, stage: Stage, reader: Reader):
        self.session, self.stage, self.reader = session, stage, reader
        self.scope = stage.scope(reader)
        self.idea = session.exec(select(Idea).where(Idea.number == stage.idea)).one()

    @property
    def tree(self) -> Tree:
        return self.stage.tree

    def idea_with(self, **values: object) -> Idea:
        for name, value in values.items():
            setattr(self.idea, name, value)
        self.session.flush()
        return self.idea

    @property
    def carines(self) -> Idea:
        return self.idea_with(concerns_id=self.tree.by_code["VC-JSP"].id)

    @property
    def relayed(self) -> Idea:
        """Filed by the reader for somebody else."""
        return self.idea_with(relay_id=self.reader.person_id, author_id=self.stage.stranger)

    def add(self, row: object) -> object:
        self.session.add(row)
        self.session.flush()
        return row

    # ── Persons ───────────────────────────────────────────────────────────────────────────────

    def _works_in(self, units: frozenset[int]) -> int:
        """Somebody who works there and is none of the cast."""
        cast = {reader.person_id for reader in self.stage.readers.values()}
        services = readers.services_at(self.session, FROZEN)
        return min(
            person for person, unit in services.items() if unit in units and person not in cast
        )

    @property
    def outsider(self) -> int:
        """Works where neither Carine nor Bruno answers for anybody."""
        return self._works_in(self.tree.under(self.tree.by_code["DF-TAX"].id))

    @property
    def carines_agent(self) -> int:
        return self._works_in(self.stage.cast.carine.own_units(self.tree))

    @property
    def brunos_colleague(self) -> int:
        return self._works_in(self.stage.cast.bruno.covered)

    def service_of(self, person: int) -> int:
        return readers.services_at(self.session, FROZEN)[person]

    def keeps(self, code: str) -> bool:
        """Whether this table of references is among those that the reader may change."""
        return code in {table.code for table in reference_tables.offered_tables(self.reader)}

    def within(self, code: str) -> Scope:
        return self.scope.within(self.tree.by_code[code])

    # ── Things ────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def group(self) -> ProgressGroup:
        return self.session.get(ProgressGroup, self.stage.group)

    def entrusted(self) -> Link:
        """The entry is in a group that the reader leads."""
        if self.reader.is_known:
            self.add(
                GroupMember(
                    group_id=self.group.id,
                    person_id=self.reader.person_id,
                    role=GroupRole.facilitator,
                    joined_on=FROZEN,
                )
            )
        self.idea_with(status=IdeaStatus.in_group)
        return self.add(
            Link(
                id=random_id(FROZEN),
                from_kind="idee",
                from_key=str(self.idea.id),
                to_kind="groupe",
                to_key=self.group.code,
                on=FROZEN,
            )
        )

    def remark(self, kind: ContributionKind, hidden: bool = False) -> Contribution:
        return self.add(
            Contribution(
                id=random_id(FROZEN),
                subject=Subject.idea,
                key=str(self.idea.id),
                seq=1000,
                person_id=self.stage.stranger,
                on=FROZEN,
                kind=kind,
                text="Un mot",
                hidden=hidden,
            )
        )

    def flagged(self, what: ContributionStep) -> ContributionEvent:
        """The objection of the stage, the only one there, was reported or is hidden."""
        self.session.execute(delete(ContributionEvent))
        self.session.execute(delete(Contribution).where(Contribution.id != self.stage.objection))
        found = self.session.get(Contribution, self.stage.objection)
        found.hidden = what is ContributionStep.hidden
        return self.add(
            ContributionEvent(
                subject=found.subject,
                key=found.key,
                contribution_id=found.id,
                what=what,
                open=what is ContributionStep.reported,
                on=FROZEN,
                recorded_on=FROZEN,
            )
        )

    def subject(self, subject: Subject) -> subjects.SubjectAt | None:
        key = self.stage.number
        if subject is Subject.decision:
            key = str(self.point().id)
        return subjects.subject_at(self.session, self.reader, self.tree, subject, key, FROZEN)

    def milestone_of_carines(self) -> None:
        self.session.execute(
            update(PlanSchedule)
            .where(PlanSchedule.plan_id == self.stage.milestone)
            .values(owner_direction_id=min(self.stage.cast.carine.mandates))
        )

    def point(self) -> Decision:
        """Nothing is decided of it yet."""
        return self.add(Decision(number=9999, title="Un point", instance="codir"))

    def planned_by_her(self) -> int:
        """The workshop is the reader's own."""
        self.session.execute(
            update(MeetingEvent)
            .where(MeetingEvent.meeting_id == self.stage.workshop)
            .values(by=self.reader.person_id)
        )
        return self.stage.workshop

    def notice(self) -> Notice:
        return self.add(
            Notice(
                person_id=self.stage.stranger,
                key="essai",
                kind="etat",
                on=FROZEN,
                idea_id=self.idea.id,
                title="Une réponse",
            )
        )


# ── What is seen ──────────────────────────────────────────────────────────────────────────────────


def answers_objections(at: Scene, subject: Subject = Subject.milestone) -> bool:
    found = at.subject(subject)
    return found is not None and subjects.answers_for_subject(at.reader, found, at.tree)


def remarks_on_the_milestone(at: Scene) -> tuple[discussions.Remark, ...]:
    key = at.stage.number
    found = discussions.discussion(at.session, at.scope, Subject.milestone, key, FROZEN)
    return found.remarks if found else ()


def is_taken_by_who_answers(at: Scene) -> bool:
    """Whoever does not answer the entry is told to ask the office, in these words."""
    at.idea_with(status=IdeaStatus.studied)
    try:
        work._take(at.session, at.reader, at.group, at.idea, at.tree)
    except Refused as refusal:
        return "Demandez à la cellule transformation" not in str(refusal)
    return True


def state_once_let_go(at: Scene) -> IdeaStatus:
    link = at.entrusted()
    work.release_idea(at.session, at.reader, at.group.id, link.id, at.tree)
    assert link.ended_on == FROZEN
    return IdeaStatus(at.idea.status)


def around(at: Scene) -> around_idea.Around:
    return around_idea.around(at.session, at.scope, at.idea, FROZEN)


def notes(at: Scene) -> list:
    at.remark(ContributionKind.note)
    return around(at).discussion.notes


def messages_of_the_author(at: Scene) -> list:
    at.remark(ContributionKind.author)
    return around(at).discussion.messages


def hidden_remarks(at: Scene) -> list:
    remark = at.remark(ContributionKind.comment, hidden=True)
    return [one for one in around(at).discussion.remarks if one.id == remark.id]


def has_a_photo_that_nobody_has_read(at: Scene) -> bool:
    assert not at.session.get(Photo, at.stage.photo).seen
    return at.stage.photo in [photo.id for photo in around(at).photos]


def answer_to_tell(at: Scene) -> object:
    """Of entries that whoever reads has relayed."""
    at.session.execute(
        update(Idea)
        .where(Idea.answered_on.is_not(None), Idea.published.is_(True))
        .values(relay_id=at.reader.person_id, author_id=None)
    )
    return waiting.answers_to_hand_over(at.session, at.scope, FROZEN, 1)[1]


def card(at: Scene, **values: object) -> idea_page.IdeaCard | None:
    at.idea_with(**values)
    return idea_page.idea_card(at.session, at.scope, at.idea.number)


def may_publish(at: Scene) -> bool:
    """An entry that everybody with a person may read: she is responsible for it."""
    found = card(at, published=False, owner_id=at.reader.person_id)
    return found is not None and found.may_publish


def may_answer(at: Scene) -> bool:
    found = card(at)
    return found is not None and found.may_answer


def may_take_back(at: Scene, what: EventKind = EventKind.answered) -> bool:
    """Her own act of today on an entry, though her right to it may have gone since."""
    for seq, kind in enumerate((EventKind.filed, what), start=90):
        row = event_row(
            at.idea,
            id=random_id(FROZEN),
            on=FROZEN,
            recorded_on=FROZEN,
            seq=seq,
            what=kind,
            by=at.reader.person_id,
            to_status=IdeaStatus.studied,
        )
        at.add(IdeaEvent(**row))
    return own_acts.may_undo(at.session, at.reader, at.idea, at.tree)


def author_of(at: Scene, idea: Idea) -> str:
    idea.author_id = at.stage.stranger
    return idea_page._author(at.session, at.scope, idea)


def point_in_a_thread(at: Scene) -> list:
    return list(threads._decisions(at.session, at.scope, [str(at.point().id)]))


def milestone_in_a_thread(at: Scene) -> dict:
    return threads._nodes(at.session, at.scope, {("jalon", "1.1"): 1})


def joined_by_another(at: Scene) -> dict[int, str]:
    """What an entry yet to be filed might join: a published one, found by its number."""
    words = str(at.idea_with(published=True, status=IdeaStatus.studied).number)
    return idea_page.merge_candidates(at.session, at.scope, Idea(number=0), words, FROZEN)


def proposed_lot(at: Scene) -> list:
    other = at.session.exec(select(Idea).where(Idea.number == at.stage.other)).one()
    entries = sorted([at.idea_with(status=IdeaStatus.received), other], key=lambda idea: idea.id)
    other.status = IdeaStatus.received
    at.session.flush()
    pairs = [tuple(idea.id for idea in entries)]
    return clusters.proposed_clusters(at.session, at.scope, pairs)


def kept_lot(at: Scene) -> list:
    at.idea_with(cluster_id=at.stage.cluster)
    return clusters.kept_clusters(at.session, at.scope)


def workshop_numbers(at: Scene) -> list[int]:
    return [one.id for one in records.workshops(at.session, at.reader)]


def directions_told_apart(at: Scene) -> set[int]:
    surveys = at.session.exec(select(Survey.id)).all()
    return {
        place
        for survey in surveys
        for result in results.results(at.session, at.scope, survey)
        for place in result.cut.places
    }


def registers(at: Scene, person: int) -> bool:
    """Whoever may not is refused."""
    return taking._require_for(at.session, at.reader, person) is None


def approves(at: Scene, person: int) -> bool:
    return seat_approvals.approves(at.session, at.reader, person, FROZEN)


def counts_in(at: Scene, person: int) -> bool:
    """As somebody who came without being expected; whoever may not is refused."""
    return presences._somebody(at.session, at.reader, person).id == person


def finds_colleague(at: Scene, person: int) -> bool:
    return person in readers.colleagues(at.session, at.scope)


def opens_a_material(at: Scene, gives: bool = False) -> bool:
    found = at.session.get(TrainingMaterial, at.stage.material)
    if gives and at.reader.person_id:
        at.add(Trainer(training_id=found.training_id, person_id=at.reader.person_id))
    return attendance.material(at.session, at.reader, found.id) is not None


def finds_untrained(at: Scene, person: int) -> bool:
    at.session.execute(
        update(Training)
        .where(Training.code == "F01")
        .values(mandatory=True, audience=str(TrainingAudience.both))
    )
    trainings = obligations.followed_trainings(at.session)
    found = obligations.untrained(at.session, at.scope, trainings, obligations.TO_INVITE)
    return person in [one.obligation.person_id for one in found]


def tells(at: Scene, person: int) -> bool:
    units = by_voice.units_to_notify(at.reader, at.tree)
    return units is None or at.service_of(person) in units


def lists_as_present(at: Scene, person: int) -> bool:
    """Somebody else noted that she came."""
    meeting = at.stage.meeting
    at.add(
        Attendance(
            meeting_id=meeting,
            person_id=person,
            invited=1,
            present=1,
            on=FROZEN,
            recorded_on=FROZEN,
        )
    )
    listed = met.seated(at.session, at.scope, meeting, FROZEN)
    return person in [one.person_id for one in listed]


def filed_in(at: Scene, code: str) -> list:
    return figure_rows.filed(at.session, at.within(code), "", 1).rows


def registered_in(at: Scene, code: str = "") -> list:
    scope = at.within(code) if code else at.scope
    return figure_rows.registrations(at.session, scope, "presence.taux", 1).rows


def entries_to_read(at: Scene) -> int:
    """As the pack for the CODIR counts them."""
    at.carines.published = False
    at.idea.status, at.idea.answered_on = IdeaStatus.received, None
    return pack.gather(at.session, at.scope).wait.to_read


def attestations_of(at: Scene, given_by_her: bool = False) -> bytes:
    """Of others, who were all there; who has none to print is refused."""
    held = at.session.get(TrainingSession, at.stage.held)
    if given_by_her and at.reader.is_known:
        at.add(Trainer(training_id=held.training_id, person_id=at.reader.person_id))
    cast = [reader.person_id for reader in at.stage.readers.values() if reader.is_known]
    at.session.execute(
        update(Seat)
        .where(Seat.session_id == held.id, Seat.person_id.not_in(cast))
        .values(status=SeatState.attended)
    )
    return team.attestations(at.session, at.scope, held.id)


def may_know(at: Scene) -> bool:
    return by_voice._may_know(at.session, at.scope, at.notice())


# ── The table ─────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Condition:
    """One thing that a function shows: `seen` is truthy for the readers of `full`, and for nobody
    else; a refusal shows nothing.
    """

    function: str
    what: str
    full: frozenset[str]
    seen: Callable[[Scene], object]

    @property
    def key(self) -> str:
        """As the source is read: « dashboard.queries.news:posts »."""
        return f"dashboard.{self.function}"

    @property
    def name(self) -> str:
        return f"{self.function}-{self.what}"

    def is_own(self, reader: str) -> bool:
        return self.owner in (reader)


def in_the_agenda(at: Scene, family: Family, code: str = "") -> bool:
    """Whether any date of this family, or of this training, is among those of the two years
    around.
    """
    first, last = date(2022, 1, 1), date(2024, 12, 31)
    known = calendar(at.session).at(FROZEN)
    return any(
        row.family is family and code in ("", row.training.code if row.training else "")
        for row in agenda.agenda(at.session, at.scope, known, first, last)
    )


def answers_by_direction(at: Scene) -> set[str]:
    asked = at.session.exec(select(Campaign).where(Campaign.key == "ateliers")).one()
    found = campaigns.progress(at.session, at.scope, asked)
    return {unit.code for unit, _, _ in found.places}


def _of(function: str, *lines: tuple) -> tuple[Condition, ...]:
    return tuple(Condition(function, what, frozenset(full), *more) for what, full, *more in lines)


CONDITIONS: tuple[Condition, ...] = (
    *_of(
        "actions.seats.taking:_require_for",
        ("a person of elsewhere", ELSEWHERE, lambda at: registers(at, at.outsider)),
        ("an agent of Carine's", IN_CARINES, lambda at: registers(at, at.carines_agent)),
        ("a colleague of Bruno's", COVERED, lambda at: registers(at, at.brunos_colleague)),
    ),
    *_of(
        "actions.notices.records:reads_dossier",
        ("the files of a meeting", COCKPIT - {"carine"}, lambda at: reads_dossier(at.reader)),
    ),
    *_of(
        "actions.seats.offers:approves",
        ("a person of elsewhere", ELSEWHERE, lambda at: approves(at, at.outsider)),
        ("an agent of Carine's", IN_CARINES, lambda at: approves(at, at.carines_agent)),
        ("a colleague of Bruno's", ELSEWHERE, lambda at: approves(at, at.brunos_colleague)),
    ),
    *_of("actions.groups:_take", ("an entry of elsewhere", ELSEWHERE, is_taken_by_who_answers)),
    *_of(
        "actions.groups:release_idea",
        ("is let go by who leads the group", AGENTS, state_once_let_go),
        (
            "is studied again",
            ELSEWHERE,
            lambda at: state_once_let_go(at) is IdeaStatus.studied,
        ),
    ),
    *_of(
        "actions.ideas.answers:may_undo",
        ("an act on an entry of elsewhere", ELSEWHERE, may_take_back),
        ("an act on an entry of Carine's", IN_CARINES, lambda at: at.carines and may_take_back(at)),
        (
            "publishing an entry of elsewhere",
            ELSEWHERE,
            lambda at: may_take_back(at, EventKind.published),
        ),
    ),
    *_of(
        "actions.meetings.presences:_somebody",
        ("a person of elsewhere", ELSEWHERE, lambda at: counts_in(at, at.outsider)),
        ("an agent of Carine's", IN_CARINES, lambda at: counts_in(at, at.carines_agent)),
        ("a colleague of Bruno's", COVERED, lambda at: counts_in(at, at.brunos_colleague)),
    ),
    *_of(
        "queries.people.readers:colleagues",
        ("a person of elsewhere", ELSEWHERE, lambda at: finds_colleague(at, at.outsider)),
        ("an agent of Carine's", IN_CARINES, lambda at: finds_colleague(at, at.carines_agent)),
        ("a colleague of Bruno's", COVERED, lambda at: finds_colleague(at, at.brunos_colleague)),
    ),
    *_of(
        "queries.academy.attendance:_readable",
        ("one of a training of others", OFFICE, opens_a_material),
        ("one of a training of her own", AGENTS, lambda at: opens_a_material(at, gives=True)),
    ),
    *_of(
        "queries.academy.obligations:_found",
        ("a person of elsewhere", LISTED_ELSEWHERE, lambda at: finds_untrained(at, at.outsider)),
        (
            "an agent of Carine's",
            LISTED_IN_CARINES,
            lambda at: finds_untrained(at, at.carines_agent),
        ),
    ),
    *_of(
        "queries.voices:all_findings",
        (
            "published entries",
            SIGNED_IN,
            lambda at: voices.all_findings(at.session, at.scope).first,
        ),
    ),
    *_of(
        "queries.ideas.waiting:wordings",
        (
            "an entry of elsewhere",
            ELSEWHERE,
            lambda at: waiting.wordings(at.session, at.scope, at.idea),
        ),
        (
            "an entry of Carine's",
            IN_CARINES,
            lambda at: waiting.wordings(at.session, at.scope, at.carines),
        ),
        (
            "an entry before the CODIR",
            ELSEWHERE | {"elise"},
            lambda at: waiting.wordings(
                at.session, at.scope, at.idea_with(status=IdeaStatus.submitted)
            ),
        ),
    ),
    *_of(
        "queries.ideas.card:merge_candidates",
        (
            "an entry by its number",
            OFFICE,
            joined_by_another,
        ),
    ),
    *_of(
        "queries.ideas.waiting:colleagues",
        (
            "an entry of elsewhere",
            ELSEWHERE,
            lambda at: waiting.colleagues(at.session, at.scope, at.idea),
        ),
        (
            "an entry of Carine's",
            IN_CARINES,
            lambda at: waiting.colleagues(at.session, at.scope, at.carines),
        ),
    ),
    *_of(
        "queries.ideas.card:note_readers",
        (
            "an entry of elsewhere",
            ELSEWHERE,
            lambda at: mentions.note_readers(at.session, at.scope, at.idea),
        ),
        (
            "an entry of Carine's",
            IN_CARINES,
            lambda at: mentions.note_readers(at.session, at.scope, at.carines),
        ),
    ),
    *_of(
        "queries.discussions.subjects:subjects_at",
        ("a milestone", SIGNED_IN, lambda at: at.subject(Subject.milestone)),
        ("a point that waits", COCKPIT, lambda at: at.subject(Subject.decision)),
    ),
    *_of(
        "queries.discussions.subjects:answers_for_subject",
        ("an objection to a milestone of elsewhere", ELSEWHERE, answers_objections),
        (
            "an objection to a milestone of Carine's",
            IN_CARINES,
            lambda at: at.milestone_of_carines() or answers_objections(at),
        ),
        (
            "an objection to a point that waits",
            ELSEWHERE,
            lambda at: answers_objections(at, Subject.decision),
        ),
    ),
    *_of(
        "queries.discussions.threads:discussion_at",
        (
            "a hidden contribution",
            OFFICE,
            lambda at: at.flagged(ContributionStep.hidden) and remarks_on_the_milestone(at),
        ),
        ("notes", ELSEWHERE, notes),
        ("messages of its author", ELSEWHERE, messages_of_the_author),
        ("hidden remarks", OFFICE, hidden_remarks),
    ),
    *_of(
        "queries.discussions.threads:_flagged",
        (
            "a contribution that was reported",
            OFFICE,
            lambda at: (
                at.flagged(ContributionStep.reported)
                and moderation.reported(at.session, at.scope, 999)
            ),
        ),
        (
            "a hidden contribution",
            OFFICE,
            lambda at: (
                at.flagged(ContributionStep.hidden) and moderation.hidden(at.session, at.scope, 999)
            ),
        ),
    ),
    *_of(
        "queries.ideas.clusters:proposed_clusters",
        ("a lot that is proposed", OFFICE, proposed_lot),
    ),
    *_of(
        "queries.ideas.clusters:to_code",
        ("an entry to code", OFFICE, lambda at: clusters.to_code(at.session, at.scope)),
    ),
    *_of("queries.ideas.clusters:kept_clusters", ("a lot that was kept", OFFICE, kept_lot)),
    *_of(
        "queries.ideas.card:around",
        ("a photo not yet read", ELSEWHERE, has_a_photo_that_nobody_has_read),
    ),
    *_of(
        "queries.ideas.card:photo_content",
        (
            "a photo not yet read, of elsewhere",
            ELSEWHERE,
            lambda at: around_idea.photo_content(at.session, at.scope, at.stage.photo),
        ),
        (
            "a photo not yet read, of Carine's",
            IN_CARINES,
            lambda at: (
                at.carines and around_idea.photo_content(at.session, at.scope, at.stage.photo)
            ),
        ),
    ),
    *_of(
        "queries.ideas.card:_proposals",
        (
            "a merge of others' entries",
            OFFICE,
            lambda at: around_idea._proposals(at.session, at.scope, at.idea),
        ),
    ),
    *_of(
        "queries.ideas.waiting:_may_carry",
        ("an answer to tell", BRUNO, answer_to_tell),
        (
            "an entry relayed",
            BRUNO,
            lambda at: at.relayed and waiting.filed_for_others(at.session, at.reader, 9)[1],
        ),
    ),
    *_of(
        "queries.ideas.card:idea_card",
        ("publishing an entry of elsewhere", ELSEWHERE, may_publish),
        ("publishing an entry of Carine's", IN_CARINES, lambda at: at.carines and may_publish(at)),
        ("answering an entry of elsewhere", ELSEWHERE, may_answer),
        ("answering an entry of Carine's", IN_CARINES, lambda at: at.carines and may_answer(at)),
    ),
    *_of(
        "queries.ideas.card:_author",
        ("an entry of elsewhere", ELSEWHERE, lambda at: author_of(at, at.idea)),
        ("an entry of Carine's", IN_CARINES, lambda at: author_of(at, at.carines)),
        ("an entry relayed", COVERED, lambda at: author_of(at, at.relayed)),
    ),
    *_of(
        "queries.ideas.waiting:count_late",
        ("late answers", SIGNED_IN, lambda at: waiting.count_late(at.session, at.scope)),
    ),
    *_of(
        "queries.ideas.waiting:pending_by_age",
        ("pending answers", SIGNED_IN, lambda at: waiting.pending_by_age(at.session, at.scope)),
    ),
    *_of(
        "queries.ideas.threads:_decisions",
        ("a point that waits", COCKPIT, point_in_a_thread),
    ),
    *_of(
        "queries.ideas.threads:_nodes",
        ("a milestone that an entry led to", SIGNED_IN, milestone_in_a_thread),
    ),
    *_of(
        "queries.operations.jobs:kinds_open_to",
        ("dossier", COCKPIT - {"operator"}, lambda at: "dossier" in jobs.kinds_open_to(at.reader)),
        ("idees", OFFICE, lambda at: "idees" in jobs.kinds_open_to(at.reader)),
        ("comptes", {"farid"}, lambda at: "comptes" in jobs.kinds_open_to(at.reader)),
    ),
    *_of(
        "queries.reference_tables:offered_tables",
        ("the milestones", OFFICE | {"operator"}, lambda at: at.keeps("jalons")),
        ("the sites", {"farid", "operator"}, lambda at: at.keeps("sites")),
    ),
    *_of(
        "queries.campaigns:progress",
        (
            "the answers about a direction of others",
            COCKPIT,
            lambda at: "AD-VOI" in answers_by_direction(at),
        ),
        (
            "the answers about Alice's direction",
            COCKPIT | {"alice"},
            lambda at: "VC-JSP" in answers_by_direction(at),
        ),
    ),
    *_of(
        "queries.meetings.agenda:agenda",
        ("a meeting of a body", SIGNED_IN, lambda at: in_the_agenda(at, Family.steering)),
        (
            "a session of a training that is not open to all",
            SIGNED_IN,
            lambda at: in_the_agenda(at, Family.academy, "F05"),
        ),
    ),
    *_of(
        "queries.meetings.agenda:is_restricted",
        (
            "what a body speaks of",
            COCKPIT,
            lambda at: any(not agenda.is_restricted(at.reader, kind) for kind in BODIES),
        ),
        (
            "what the CODIR speaks of",
            COCKPIT - {"carine"},
            lambda at: not agenda.is_restricted(at.reader, MeetingKind.codir),
        ),
    ),
    *_of(
        "queries.meetings.records:organises",
        (
            "a workshop of another",
            OFFICE,
            lambda at: met.organises(at.session, at.reader, at.stage.workshop),
        ),
        (
            "a workshop of her own",
            OFFICE | BRUNO,
            lambda at: met.organises(at.session, at.reader, at.planned_by_her()),
        ),
        (
            "another meeting",
            OFFICE,
            lambda at: met.organises(at.session, at.reader, at.stage.meeting),
        ),
    ),
    *_of(
        "queries.meetings.records:seated",
        ("a person of elsewhere", LISTED_ELSEWHERE, lambda at: lists_as_present(at, at.outsider)),
        (
            "an agent of Carine's",
            LISTED_IN_CARINES,
            lambda at: lists_as_present(at, at.carines_agent),
        ),
    ),
    *_of(
        "queries.figures.figure_rows:filed",
        ("who filed elsewhere", LISTED_ELSEWHERE, lambda at: filed_in(at, "DF")),
        ("who filed in Carine's", LISTED_IN_CARINES, lambda at: filed_in(at, "VC-JSP")),
    ),
    *_of(
        "queries.figures.figure_rows:registrations",
        ("who registered elsewhere", LISTED_ELSEWHERE, lambda at: registered_in(at, "DF")),
        ("who registered in Carine's", LISTED_IN_CARINES, lambda at: registered_in(at, "VC-JSP")),
        ("who registered", LISTED_EVERYWHERE, registered_in),
    ),
    *_of(
        "queries.meetings.records:workshops",
        ("one of another", OFFICE, lambda at: at.stage.workshop in workshop_numbers(at)),
        ("one of her own", OFFICE | BRUNO, lambda at: at.planned_by_her() in workshop_numbers(at)),
    ),
    *_of(
        "queries.news:posts",
        (
            "a post that is not public",
            SIGNED_IN,
            lambda at: (
                at.add(Post(on=FROZEN, title="Un mot")) in news.posts(at.session, at.reader, FROZEN)
            ),
        ),
    ),
    *_of(
        "queries.notices.records:units_to_notify",
        ("a person of elsewhere", ELSEWHERE, lambda at: tells(at, at.outsider)),
        ("an agent of Carine's", IN_CARINES, lambda at: tells(at, at.carines_agent)),
        ("a colleague of Bruno's", COVERED, lambda at: tells(at, at.brunos_colleague)),
    ),
    *_of(
        "queries.notices.records:_may_know",
        ("an entry of elsewhere", ELSEWHERE, may_know),
        ("an entry of Carine's", IN_CARINES, lambda at: at.carines and may_know(at)),
        ("an entry relayed", COVERED, lambda at: at.relayed and may_know(at)),
    ),
    *_of(
        "report.team:attestations",
        ("of a training of others", OFFICE, attestations_of),
        ("of a training of her own", AGENTS, lambda at: attestations_of(at, True)),
    ),
    *_of(
        "report.pack:gather",
        ("entries to read in Carine's", IN_CARINES, entries_to_read),
    ),
    *_of(
        "queries.surveys.results:waves",
        ("surveys", SIGNED_IN, lambda at: results.waves(at.session, at.scope)),
    ),
    *_of(
        "queries.surveys.results:results",
        (
            "questions",
            SIGNED_IN,
            lambda at: any(
                results.results(at.session, at.scope, wave)
                for wave in at.session.exec(select(Survey.id)).all()
            ),
        ),
        ("several directions", COCKPIT, lambda at: len(directions_told_apart(at)) > 1),
    ),
)


def sees(stage: Stage, line: Condition, reader: Reader) -> bool:
    with taken_back(stage) as session:
        try:
            return bool(line.seen(Scene(session, stage, reader)))
        except Refused:
            return False


def check_condition(stage: Stage, line: Condition) -> None:
    """Every reader of the cast sees the thing, or does not, as the table says."""
    found = {name for name, reader in stage.readers.items() if sees(stage, line, reader)}
    assert found == line.full, (
        f"{line.name}: seen by {sorted(found - line.full)} who may not, and not by"
        f" {sorted(line.full - found)} who may"
    )
