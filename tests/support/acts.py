"""How each act that asks for a right is called on the demonstration, and who is refused.

One line per act and right. What it asks for comes before what a form says: where a form or a file
is never reached, its place is left empty (None).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from importlib import import_module
from inspect import signature

from sqlalchemy import Engine
from sqlmodel import Session, select

from dashboard.access import Reach, Reader
from dashboard.actions.communities import JoinInput
from dashboard.actions.ideas.filing import Circumstances, IdeaInput
from dashboard.actions.meetings.records import plan_meeting
from dashboard.actions.operations.jobs import JobRun
from dashboard.figures.kinds import all_values
from dashboard.files.matching.fields import Correspondence
from dashboard.queries.columns import Sort
from dashboard.queries.directions import ambitions, organisation
from dashboard.queries.meetings.records import MeetingAt, workshop
from dashboard.queries.reference_tables import AMBITIONS, REFERENCE_TABLES, TEMPLATES
from dashboard.queries.seats.records import Where
from dashboard.report.kinds import ReportKind
from dashboard.scope import Scope
from models.academy import Trainer, Training, TrainingMaterial, TrainingSession
from models.clusters import Campaign, Cluster
from models.communities import Community, InterestKind
from models.database import writing
from models.decisions import Decision, DecisionEvent, DecisionStep
from models.discussions import Contribution, ContributionKind, ContributionStep, Link, Subject
from models.facts import random_id
from models.groups import Deliverable, ProgressGroup
from models.idea_states import OFF_PATH, IdeaStatus
from models.ideas import AnswerTemplate, Idea, Merge, Photo
from models.jobs import JOBS, REGISTERS
from models.meetings import Meeting, MeetingKind
from models.people import Account, Person, Role
from models.roadmap import IS_MILESTONE, Plan, PlanSchedule
from models.seats import Seat
from models.surveys import Survey
from tests.support.rights import expected
from tests.support.troupe import FROZEN, Cast, cast_in

NOW = datetime(2023, 6, 30, 9, 0)
REFUSALS = ("Vous n'avez pas le droit de faire cela.", "Connectez-vous pour continuer.")


@dataclass
class Stage:
    """The demonstration with one thing of every kind that is nobody's of the cast but Didier's."""

    engine: Engine
    session: Session | None = None

    @cached_property
    def cast(self) -> Cast:
        return cast_in(self.engine)

    @cached_property
    def readers(self) -> dict[str, Reader]:
        return vars(self.cast)

    def __post_init__(self) -> None:
        with writing(self.engine) as session:
            self.tree = organisation(session).at(FROZEN)
            self.ambitions = ambitions(session)
            self._furnish(session)

    def _furnish(self, session: Session) -> None:
        persons = {reader.person_id for reader in self.readers.values()}
        elsewhere = self.tree.under(self.tree.by_code["DF-TAX"].id)
        self._ideas(session, persons, elsewhere)
        self.stranger = session.exec(
            select(Person.id).where(Person.id.not_in(persons - {None}))
        ).first()
        self.account = session.exec(select(Account.id).where(Account.login == "alice")).one()
        self.milestone = session.exec(
            select(PlanSchedule.plan_id)
            .where(PlanSchedule.owner_direction_id.is_not(None))
            .where(PlanSchedule.owner_direction_id.not_in(self._carines))
        ).first()
        self.decision = session.exec(
            select(Decision.id).where(Decision.owner_direction_id.in_(elsewhere))
        ).first() or self._decision_of(session, min(elsewhere))
        self.group = session.exec(select(ProgressGroup.id)).first()
        self.deliverable = session.exec(select(Deliverable.id)).first()
        own = select(Trainer.training_id).where(Trainer.person_id.in_(persons - {None}))
        self.held = session.exec(
            select(TrainingSession.id).where(TrainingSession.training_id.not_in(own))
        ).first()
        self.held_at = Where(session_id=self.held)
        self.training = session.exec(select(Training.id)).first()
        self.material = self._material_of(session)
        self.registration = session.exec(select(Seat.id)).first()
        self.survey = session.exec(select(Survey.id)).first()
        self.workshop = self._meeting(session, MeetingKind.workshop)
        self.meeting = self._meeting(session, MeetingKind.information)
        self.guest_seat = self._guest_seat(session)
        self.number = session.get(Plan, self.milestone).number
        self.objection = self._objection(session)
        self.project = session.exec(select(Plan.id).where(~IS_MILESTONE)).first()

    def _objection(self, session: Session) -> int:
        """Somebody else's, to that milestone."""
        found = Contribution(
            id=random_id(FROZEN), subject="jalon", key=self.number, seq=1000, person_id=self.stranger, on=FROZEN,
            kind="objection", text="Trop cher",
        )  # fmt: skip
        session.add(found)
        session.flush()
        return found.id

    def _guest_seat(self, session: Session) -> int:
        """A guest's seat at that meeting."""
        seat = Seat(meeting_id=self.meeting, is_guest=True, name="Rosa", status="inscrite")
        session.add(seat)
        session.flush()
        return seat.id

    @property
    def _carines(self) -> frozenset[int]:
        return self.cast.carine.own_units(self.tree)

    def _ideas(self, session: Session, persons: set, elsewhere: frozenset[int]) -> None:
        found = session.exec(
            select(Idea)
            .where(
                Idea.published.is_(True),
                Idea.status.not_in([str(s) for s in (*OFF_PATH, IdeaStatus.submitted)]),
            )
            .order_by(Idea.number)
        ).all()
        free = [
            one
            for one in found
            if not {one.author_id, one.relay_id, one.owner_id} & (persons - {None})
        ]
        one, other = free[:2]
        one.concerns_id = min(elsewhere)
        session.add(one)
        self.idea, self.other = one.number, other.number
        self.idea_key = str(one.id)
        link = Link(
            id=random_id(FROZEN), from_kind="idee", from_key=str(one.id), to_kind="decision",
            to_key="1", on=FROZEN,
        )  # fmt: skip
        merge = Merge(idea_id=one.id, into_id=other.id, on=FROZEN, due_on=FROZEN, before=one.status)
        template = session.exec(select(AnswerTemplate)).first() or AnswerTemplate(name="Merci")
        photo = Photo(id="photo-des-actes", idea_id=one.id, width=1, height=1, content=b"x")
        cluster = Cluster(title="Un lot", on=FROZEN)
        session.add_all([link, merge, template, photo, cluster])
        session.flush()
        self.cluster = cluster.id
        self.link, self.merge, self.template, self.photo = link.id, merge.id, template.id, photo.id

    @property
    def numbers(self) -> tuple[int, ...]:
        return (self.idea,)

    @property
    def accounts(self) -> tuple[int, ...]:
        return (self.account,)

    def _material_of(self, session: Session) -> str:
        training = session.get(TrainingSession, self.held).training_id
        found = TrainingMaterial(
            id="support-des-actes", training_id=training, title="Fiche", on=FROZEN
        )
        session.add(found)
        session.flush()
        return found.id

    def _decision_of(self, session: Session, unit: int) -> int:
        decision = session.exec(select(Decision)).first()
        decision.owner_direction_id = unit
        session.add(decision)
        return decision.id

    def _meeting(self, session: Session, kind: MeetingKind) -> int:
        return plan_meeting(
            session, self.cast.didier, Meeting(kind=kind, title="Une rencontre"), FROZEN
        ).id

    def scope(self, reader: Reader) -> Scope:
        return Scope.for_reader(reader, {}, FROZEN, lambda _: self.tree, self.ambitions)


Arguments = Callable[[Stage, Reader], tuple]


def nothing(_stage: Stage, _reader: Reader) -> tuple:
    return ()


COUNTED = "-counted"  # a stranger's attempt is counted before it is refused


@dataclass(frozen=True)
class Act:
    """One function, one right that it asks for; `thing`: on a thing that is not the reader's, so
    that a narrower reach than all is refused too.
    """

    function: str
    right: str
    arguments: Arguments = nothing
    thing: bool = False
    more: dict = field(default_factory=dict, hash=False)
    label: str = ""
    accounts_only: bool = False

    @property
    def key(self) -> str:
        """As the source is read: « dashboard.actions.news:publish »."""
        return f"dashboard.{self.function}"

    @property
    def name(self) -> str:
        return f"{self.function}-{self.right}{self.label}"

    def call(self, stage: Stage, reader: Reader) -> object:
        module, name = self.key.split(":")
        function = import_module(module)
        for part in name.split("."):
            function = getattr(function, part)
        if name == "JobRun.reader":
            return function(*self.arguments(stage, reader), stage.session)
        takes = list(signature(function).parameters)[:2]
        first = {"on": [stage.engine], "scope": [], "reader": []}.get(takes[0], [stage.session])
        who = stage.scope(reader) if "scope" in takes else reader
        found = function(*first, who, *self.arguments(stage, reader), **self.more)
        return list(found) if isinstance(found, Iterator) else found

    def refuses(self, reader: Reader) -> bool:
        """By the table of rights as it was decided, not by the code's own."""
        if self.accounts_only and not reader.login:
            return False
        furthest = max(expected(self.right, role.name) for role in reader.roles)
        if not self.thing:
            return furthest == Reach.none
        is_director = Role.directeur in reader.roles  # her direction is the whole administration
        return furthest < (Reach.directions if is_director else Reach.all)

    def allows(self, reader: Reader) -> bool:
        return not self.refuses(reader) and (bool(reader.login) or not self.accounts_only)


def _of(module: str, *acts: tuple) -> tuple[Act, ...]:
    return tuple(Act(f"{module}:{name}", *rest) for name, *rest in acts)


def _args(*names: object) -> Arguments:
    """Names of things on the stage (« s.idea »), and plain values."""

    def made(stage: Stage, _reader: Reader) -> tuple:
        return tuple(
            getattr(stage, name[2:]) if isinstance(name, str) and name.startswith("s.") else name
            for name in names
        )

    return made


_G, _I = ("s.group",), ("s.idea",)
_M = (Subject.milestone, "s.number")
_FIGURE = all_values()["reponse.tenue"]


def _join(_stage: Stage, _reader: Reader) -> tuple:
    return (JoinInput(Community.ambassadors),)


def _work(kind: str) -> Arguments:
    def made(_stage: Stage, reader: Reader) -> tuple:
        return (JobRun(None, "", kind, {"login": reader.login}, reader.person_id, None),)

    return made


def _person_of(reader_name: str) -> Arguments:
    return lambda stage, _reader: (
        stage.session.get(Person, stage.readers[reader_name].person_id or stage.stranger),
    )


def _a_material(stage: Stage, _reader: Reader) -> tuple:
    held = stage.session.get(TrainingSession, stage.held)
    return held.training_id, TrainingMaterial(title="Fiche", href="https://exemple.invalid")


def _held_and_somebody(stage: Stage, _reader: Reader) -> tuple:
    return stage.held, (stage.stranger,)


def _workshop(stage: Stage) -> MeetingAt:
    return workshop(stage.session, stage.workshop)


ACTS: tuple[Act, ...] = (
    *_of(
        "actions.academy.trainings",
        ("record_attendance", "training.hold", _args("s.held", {}), True),
        ("evaluate", "seat.register", _args("s.registration", 5, 5)),
    ),
    *_of(
        "actions.academy.trainings",
        ("add_material", "training.hold", _a_material, True),
        ("remove_material", "training.hold", _args("s.material"), True),
    ),
    *_of(
        "actions.seats.offers",
        ("accept_offer", "seat.register", _args("s.registration")),
        ("decline_offer", "seat.register", _args("s.registration")),
        ("offer_free_seats", "training.manage", _args("s.held")),
    ),
    *_of(
        "actions.seats.taking",
        ("register", "seat.register", _args("s.held_at")),
        ("register", "training.register_for", _args("s.held_at", "s.stranger")),
        ("register_colleagues", "training.register_for", _held_and_somebody),
        ("propose_session", "training.register_for", _held_and_somebody),
        ("wait_for_any", "seat.register", _args("s.training")),
        ("leave_list", "seat.register", _args("s.registration")),
        ("cancel", "seat.register", _args(0)),
        ("decide_approval", "training.approve", _args(1, True)),
    ),
    *_of(
        "actions.academy.trainings",
        ("save_training", "training.manage", _args({})),
        ("open_session", "training.manage", _args("s.training", None)),
        ("change_session", "training.manage", _args("s.held", None)),
        ("cancel_session", "training.manage", _args("s.held", "Plus de local")),
    ),
    *_of(
        "actions.communities",
        ("join_community", "community.join", _join),
        (
            "join_community",
            "community.manage",
            lambda stage, _reader: (JoinInput(Community.ambassadors), stage.stranger),
        ),
        (
            "add_member",
            "community.manage",
            lambda stage, _reader: (Community.ambassadors, stage.stranger),
        ),
        ("change_reach", "community.join", _join),
        ("leave_community", "community.join", _args(Community.ambassadors)),
        ("leave_community", "community.manage", _args(Community.ambassadors, None, "s.stranger")),
        (
            "hand_over",
            "community.manage",
            _args(Community.ambassadors, (), "s.stranger", "s.stranger"),
        ),
    ),
    *_of(
        "actions.decisions.records",
        ("submit_point", "decision.record", _args(None)),
    ),
    *_of(
        "actions.decisions.steps",
        ("take_revision", "milestone.revise", _args(1)),
        ("leave_revision", "milestone.revise", _args(1)),
    ),
    *_of(
        "actions.decisions.steps",
        (
            "follow_decision",
            "decision.follow",
            _args("s.decision", DecisionEvent(what=DecisionStep.communicated), "s.tree"),
            True,
        ),
        (
            "follow_decision",
            "decision.record",
            _args("s.decision", DecisionEvent(what=DecisionStep.decided), "s.tree"),
        ),
        ("undo_step", "decision.record", _args("s.decision")),
        ("tie_figure", "decision.record", _args("s.decision", "formation", {"formation"})),
    ),
    *_of("actions.decisions.steps", ("write_sheet", "decision.record", _args("s.decision", None))),
    *_of(
        "actions.discussions",
        ("support_subject", "idea.take_part", _args(*_M)),
        ("follow_subject", "idea.take_part", _args(*_M)),
        ("contribute", "idea.take_part", _args(*_M, "Bien vu")),
        (
            "contribute",
            "idea.answer",
            _args(Subject.idea, "s.idea_key", "À voir", ContributionKind.note),
            True,
        ),
        ("report_content", "idea.take_part", _args(*_M, "s.objection", "Un nom")),
        (
            "resolve_objection",
            "decision.record",
            _args("s.objection", ContributionStep.answered, ""),
        ),
        ("hide_content", "idea.moderate", _args(*_M, "s.objection", "Un nom")),
        ("restore_content", "idea.moderate", _args(*_M, "s.objection")),
        ("dismiss_report", "idea.moderate", _args(*_M, "s.objection")),
        ("acknowledge_message", "idea.answer", _args("s.idea_key"), True),
    ),
    *_of(
        "actions.register_imports",
        (
            "store_correspondence",
            "milestone.revise",
            _args("jalons", Correspondence("Gantt", columns={"title": ["Tâche"]})),
        ),
        ("remove_correspondence", "milestone.revise", _args("jalons", "Gantt")),
    ),
    *_of(
        "actions.figures.measures",
        ("record", "measure.record", _args(None, None)),
        ("withdraw", "measure.record", _args(1, "Erreur")),
    ),
    *_of(
        "actions.figures.targets",
        ("impose", "status.impose", _args("", "", "", None)),
        ("lift", "status.impose", _args("")),
    ),
    *_of(
        "actions.figures.targets",
        ("name_owner", "target.decide", _args(None, None)),
        ("verify_definition", "figure.verify", _args(_FIGURE, "s.tree"), True),
    ),
    *_of(
        "actions.figures.targets",
        ("decide", "target.decide", _args(None, None)),
        ("withdraw", "target.decide", _args(1, "Erreur")),
    ),
    *_of(
        "actions.groups",
        ("group_to_lead", "group.manage", _args(*_G), True),
    ),
    *_of(
        "actions.groups",
        ("create_group", "group.manage", _args({}), True),
        ("join_group", "group.join", _args(*_G)),
        ("leave_group", "group.join", _args(*_G)),
        ("add_member", "group.manage", _args(*_G, "s.stranger"), True),
        ("edit_group", "group.manage", _args(*_G, {}), True),
        ("make_facilitator", "group.manage", _args(*_G, "s.stranger"), True),
        ("remove_member", "group.manage", _args(*_G, "s.stranger"), True),
    ),
    *_of(
        "actions.groups",
        ("advance_group", "group.manage", _args(*_G, None), True),
        ("drop_group", "group.manage", _args(*_G, "Plus personne"), True),
        ("undo_state", "group.manage", _args(*_G), True),
    ),
    *_of(
        "actions.groups",
        ("entrust_to_group", "idea.answer", _args(*_I, "s.group", "s.tree"), True),
        ("release_idea", "group.manage", _args(*_G, "s.link", "s.tree"), True),
        ("link_outcome", "group.manage", _args(*_G, "", ""), True),
        ("add_deliverable", "group.manage", _args(*_G, "Un plan", None), True),
        ("deliver", "group.manage", _args("s.deliverable"), True),
        ("move_deliverable", "group.manage", _args("s.deliverable", None, ""), True),
        ("take_in_idea", "group.manage", _args(*_G, "s.idea", "s.tree"), True),
        ("undo_deliverable", "group.manage", _args("s.deliverable"), True),
        ("write_version", "group.manage", _args(*_G, None, "", 0), True),
    ),
    *_of(
        "actions.ideas.answers",
        ("read_idea", "idea.answer", _args(*_I, "s.tree"), True),
        ("answer_idea", "idea.answer", _args(*_I, None, "s.tree"), True),
        ("answer_many", "idea.answer", _args(*(("s.numbers", None, "s.tree"))), True),
        ("hold_answer", "idea.answer", _args(*_I, "", None, "s.tree"), True),
        ("transfer_idea", "idea.answer", _args(*_I, None, "", "s.tree"), True),
        ("entrust_idea", "idea.answer", _args(*_I, None, "s.tree"), True),
        ("undo_answer", "idea.answer", _args(*_I, "s.tree"), True),
    ),
    *_of(
        "actions.ideas.filing",
        ("file_idea", "idea.file", _args(IdeaInput(title="Une rampe"), "z" * 22)),
        (
            "file_idea",
            "idea.relay",
            _args(IdeaInput(title="Une rampe"), "x" * 22, Circumstances(relayed=True)),
            False,
            {},
            COUNTED,
        ),
        ("publish_idea", "idea.publish", _args(*_I, "s.tree"), True),
        ("withdraw_idea", "idea.withdraw", _args(*_I), True),
    ),
    *_of(
        "actions.ideas.entries",
        ("hand_over_answer", "answer.carry", _args(*_I)),
        ("take_back_handover", "answer.carry", _args(*_I)),
    ),
    *_of(
        "actions.campaigns",
        ("save_cluster", "idea.sort", _args("Un lot", "s.numbers")),
        ("drop_cluster", "idea.sort", _args("s.numbers")),
        ("code_entry", "idea.sort", _args("s.idea", 1)),
        ("take_back", "idea.sort", _args("s.idea")),
    ),
    *_of(
        "actions.ideas.entries",
        ("propose_merge", "idea.merge", _args(*_I, "s.other", "Les mêmes mots")),
        ("answer_merge", "idea.take_part", _args("s.merge", True)),
        ("withdraw_merge", "idea.merge", _args("s.merge")),
        ("undo_merge", "idea.merge", _args(*_I)),
    ),
    *_of(
        "actions.ideas.photos",
        ("show_photos", "idea.publish", _args(*_I, "s.tree"), True),
        ("remove_photo", "idea.publish", _args(*_I, "s.photo", "s.tree"), True),
    ),
    *_of(
        "actions.ideas.threads",
        ("link_idea", "idea.link", _args(*_I, "", "", "s.tree"), True),
        ("end_link", "idea.link", _args("s.link", "s.tree"), True),
    ),
    *_of(
        "actions.interests",
        ("mark_interest", "interest.file", _args(None)),
        ("take_care", "interest.follow", _args(1)),
        ("follow_interest", "interest.follow", _args(1, None)),
        ("integrate_interest", "interest.follow", _args(1, None)),
    ),
    *_of("actions.operations.restoring", ("make_backup", "backup.make", _args(None, None))),
    *_of("actions.operations.restoring", ("make_in_folder", "backup.make", _args(None))),
    *_of(
        "actions.operations.upgrading",
        ("plan", "system.check", _args(None)),
        ("upgrade", "backup.make", _args(None, None, None, None)),
    ),
    *(
        Act("actions.operations.jobs:ask", job.right, _args(kind, {}), label=f"-{kind}")
        for kind, job in JOBS.items()
    ),
    *(
        Act(
            "actions.operations.jobs:JobRun.reader",
            job.right,
            _work(kind),
            label=f"-{kind}",
            accounts_only=True,
        )
        for kind, job in JOBS.items()
    ),
    *_of("actions.operations.jobs", ("ask_trial", "idea.import", _args("idees", b"x", "f.csv"))),
    *_of(
        "actions.seats.taking",
        ("take_seat", "seat.take", _args(None, None, "jeton")),
    ),
    *_of(
        "actions.meetings.agendas",
        ("arrange_points", "meeting.record", _args("s.meeting", ())),
        (
            "treat_point",
            "decision.record",
            _args("s.meeting", "s.decision", DecisionEvent(what=DecisionStep.postponed), "s.tree"),
        ),
        ("send_papers", "meeting.record", _args("s.meeting")),
        ("approve_minutes", "decision.record", _args("s.meeting")),
        ("amend_minutes", "meeting.record", _args("s.meeting", "Une annexe")),
    ),
    *_of(
        "actions.meetings.agendas",
        ("make_key", "seat.register"),
        ("withdraw_key", "seat.register"),
    ),
    *_of(
        "actions.campaigns",
        ("save_campaign", "campaign.make", _args(Campaign(key=""))),
        ("write_outcome", "campaign.make", _args(2, Cluster(id=1))),
        ("restitute", "campaign.make", _args(2)),
    ),
    *_of(
        "actions.meetings.records",
        ("plan_meeting", "meeting.record", _args(Meeting(kind=MeetingKind.information), FROZEN)),
        ("plan_meeting", "workshop.run", _args(Meeting(kind=MeetingKind.workshop), FROZEN)),
        ("require_organiser", "meeting.record", _args("s.meeting")),
        ("require_organiser", "workshop.run", _args("s.workshop"), True),
        ("cancel_meeting", "meeting.record", _args("s.meeting", "")),
        ("change_meeting", "meeting.record", _args("s.meeting", None, FROZEN)),
        ("lock_for_presences", "meeting.record", _args("s.meeting")),
        ("write_minutes", "meeting.record", _args("s.meeting", "")),
    ),
    *_of(
        "actions.meetings.presences",
        ("record_counts", "meeting.record", _args("s.meeting", FROZEN, 1, 1)),
        ("record_presences", "meeting.record", _args("s.meeting", FROZEN, {})),
        ("add_present", "meeting.record", _args("s.meeting", "s.stranger")),
        ("take_off", "meeting.record", _args("s.meeting", "s.stranger")),
        ("confirm_presence", "seat.register", _args("s.meeting", "")),
    ),
    *_of(
        "actions.meetings.workshops",
        ("run_by", "workshop.run", _args("s.workshop"), True),
        ("count_hands", "workshop.run", _args("s.workshop", {}, ()), True),
        ("count_voices", "workshop.run", _args("s.workshop", "s.idea", 1), True),
        ("file_lines", "workshop.run", _args("s.workshop", ()), True),
        ("keep_draft", "workshop.run", _args("s.workshop", []), True),
        ("show_on_wall", "workshop.run", _args("s.workshop", "s.idea"), True),
        ("take_off_wall", "workshop.run", _args("s.workshop", "s.idea"), True),
    ),
    *_of(
        "actions.news",
        ("write_post", "post.write", _args("Un mot", "Du texte")),
        ("withdraw_post", "post.write", _args(1)),
        ("open_post", "publication.make", _args(1)),
        ("publish", "publication.make", _args(FROZEN, "", None)),
        ("withdraw_publication", "publication.make", _args(1)),
    ),
    *_of(
        "actions.notices.addresses",
        ("choose_address", "page.everyone", _args("a@exemple.be")),
        ("confirm_address", "page.everyone", _args("x")),
        ("give_up_address", "page.everyone"),
    ),
    *_of(
        "actions.notices.addresses",
        ("invite_by_mail", "account.manage", _args("s.account")),
        ("make_slip", "account.manage", _args("s.account")),
        ("make_slips", "account.manage", _args("s.accounts")),
        ("renew_invitations", "account.manage"),
    ),
    *_of(
        "actions.notices.records",
        ("mark_notified", "notice.tell", _args("s.stranger", (), True)),
        ("choose_rhythm", "page.everyone", _args("jour")),
    ),
    Act(
        "actions.people.accounts:add_account",
        "account.manage",
        more={"login": "quelqu.un", "password": None},
    ),
    *_of(
        "actions.people.accounts",
        ("set_password", "account.manage", _args("s.account", "trop court")),
        ("set_roles", "account.manage", _args("s.account", ())),
        ("disable_account", "account.manage", _args("s.account")),
        ("enable_account", "account.manage", _args("s.account")),
        ("set_end", "account.manage", _args("s.account", None)),
        ("unlock", "account.manage", _args("s.account")),
        ("close_sign_ins", "account.manage", _args("s.account")),
        ("remove_account", "account.manage", _args("s.account")),
    ),
    *_of(
        "actions.people.accounts",
        ("give_mandate", "mandate.give", _args(None)),
        ("end_mandate", "mandate.give", _args(1, FROZEN)),
    ),
    *_of(
        "actions.people.accounts",
        ("remember", "page.everyone", _args("essai", "1")),
        ("forget", "page.everyone", _args("essai")),
    ),
    *_of("actions.people.accounts", ("note_visit", "page.everyone", _args(FROZEN))),
    *_of("actions.people.privacy", ("erase_person", "person.erase", _args("s.stranger"))),
    *_of(
        "actions.people.second_factor",
        ("set_up", "page.everyone", _args("", "")),
        ("remove", "account.manage", _args("s.account")),
    ),
    *_of("actions.people.sign_on", ("unbind", "account.manage", _args("s.account"))),
    *_of(
        "actions.interests",
        ("write_offer", "seat.register", _args(InterestKind.teaches, "Souder")),
        ("write_offer", "practice.share", _args(InterestKind.practice, "Un outil", "Du texte")),
        ("end_offer", "seat.register", _args(InterestKind.teaches, 1)),
        ("end_offer", "practice.share", _args(InterestKind.practice, 1)),
    ),
    *(
        Act(
            "actions.imports:import_register",
            register.right,
            _args(None),
            more={"kind": kind},
        )
        for kind, register in REGISTERS.items()
    ),
    *_of(
        "actions.roadmap.reports",
        ("report_plan", "milestone.report", _args("s.milestone", None, "s.tree"), True),
        ("report_plan", "milestone.revise", _args("s.project", None, "s.tree")),
        ("undo_report", "milestone.report", _args("s.milestone", "s.tree"), True),
    ),
    *_of(
        "actions.roadmap.records",
        ("revise_plan", "milestone.revise", _args("s.milestone", None)),
        ("undo_revision", "milestone.revise", _args("s.milestone")),
    ),
    *_of(
        "actions.roadmap.reports",
        ("set_waits", "milestone.revise", _args("s.milestone", ())),
    ),
    *_of(
        "actions.roadmap.plans",
        ("create_plan", "milestone.revise", _args(None)),
        ("take_proposed", "milestone.revise", _args(())),
        ("change_plan", "milestone.revise", _args("s.milestone", None)),
        ("cancel_milestone", "milestone.revise", _args("s.milestone", "Renoncé")),
        ("delete_milestone", "milestone.revise", _args("s.milestone")),
    ),
    *_of(
        "actions.roadmap.records",
        ("create_programme", "milestone.revise", _args(None)),
        ("change_programme", "milestone.revise", _args(1, None)),
        ("add_workstream", "milestone.revise", _args(1, "Nom", "Nom")),
    ),
    *_of(
        "actions.meetings.agendas",
        ("make_poster", "poster.make", _args(0)),
        ("renew_poster", "poster.make", _args(0)),
        ("revoke_poster", "poster.make", _args(0)),
    ),
    *_of(
        "actions.registers",
        ("save_record", "template.write", _args(TEMPLATES, None, {})),
        ("save_record", "milestone.revise", _args(AMBITIONS, 1, {})),
    ),
    *_of(
        "actions.roadmap.plan_imports",
        ("withdraw_pst", "milestone.revise", _args(1)),
        ("tie_element", "milestone.revise", _args("action:1", "", ())),
    ),
    *_of(
        "actions.operations.upgrading",
        ("send_test_mail", "account.manage"),
        ("leave_for_later", "account.manage", _args(frozenset())),
    ),
    *_of(
        "actions.surveys.making",
        ("file_finding", "survey.import", _args(1, "", "")),
        ("feed_figure", "survey.import", _args(1, None)),
    ),
    *_of(
        "actions.reference_rows",
        ("save_rows", "people.import", _args(REFERENCE_TABLES["sites"], ())),
    ),
    *_of(
        "actions.surveys.making",
        ("write_survey", "survey.make", _args(None)),
        ("change_survey", "survey.make", _args(1, None)),
        ("drop_survey", "survey.make", _args(1)),
        ("copy_survey", "survey.make", _args(1)),
        ("open_survey", "survey.make", _args(1)),
        ("close_survey", "survey.make", _args(1)),
    ),
    *_of(
        "actions.surveys.questions",
        ("write_question", "survey.make", _args(1, None)),
        ("add_from_bank", "survey.make", _args(1, "")),
        ("change_question", "survey.make", _args(1, None)),
        ("move_question", "survey.make", _args(1, 1)),
        ("drop_question", "survey.make", _args(1)),
        ("accept_proposal", "survey.make", _args(1, "")),
        ("drop_proposal", "survey.make", _args(1, "")),
    ),
    *_of(
        "actions.surveys.making",
        ("invite_all", "survey.make", _args(1)),
        ("remind_all", "survey.make", _args(1)),
    ),
    *_of("actions.surveys.answering", ("take_answers", "survey.answer", _args("", None))),
    *_of(
        "queries.surveys.results",
        ("answer_columns", "survey.import", _args(None)),
        ("answers_file", "survey.import", _args(None)),
    ),
    *_of("actions.surveys.questions", ("prepare_participation", "survey.make")),
    *_of("actions.surveys.making", ("name_answers", "survey.import", _args((), {}))),
    *_of("queries.decisions.sheets", ("proposed_revisions", "milestone.revise")),
    *_of("queries.decisions.sheets", ("sheet_of", "report.make", _args(None))),
    Act("queries.ideas.records:idea_rows", "idea.export", more={"fields": ("number",)}),
    *_of(
        "queries.interests",
        ("pipeline", "interest.follow", _args(None, 9, 0, Sort("posee"))),
        ("interest", "interest.follow", _args(1)),
        ("counts", "interest.follow"),
        ("suggestions", "interest.follow"),
        ("late", "interest.follow"),
    ),
    *_of(
        "queries.operations.jobs",
        ("counts", "system.check", _args(NOW)),
    ),
    *_of("queries.operations.health", ("last_backup", "system.check")),
    *_of(
        "queries.journal",
        ("journal_page", "journal.read", _args({})),
        ("journal_lines", "journal.read", _args({})),
        ("journal_months", "journal.read"),
    ),
    *_of("queries.operations.health", ("reached", "system.check", _args(None))),
    *_of("queries.operations.setup", ("system", "system.check")),
    *_of("queries.reader_tokens", ("tokens", "token.manage")),
    *_of(
        "actions.tokens",
        ("make_token", "token.manage", _args("")),
        ("revoke_token", "token.manage", _args(0)),
    ),
    *_of(
        "queries.notices.records",
        ("persons_to_notify", "notice.tell", _args(True)),
        ("news_to_notify", "notice.tell", _args((), True)),
    ),
    *_of("queries.notices.records", ("mail_state", "system.check")),
    *_of(
        "queries.people.accounts",
        ("accounts_page", "account.manage", _args(NOW)),
        ("count_accounts", "account.manage"),
        ("account_file", "account.manage", _args("s.account", NOW)),
        ("persons_without_account", "account.manage", _args("")),
        ("to_invite_on_paper", "account.manage", _args(True)),
        ("lapsed_invitations", "account.manage"),
    ),
    *_of("queries.people.readers", ("mandates", "mandate.give")),
    *_of(
        "queries.people.privacy",
        ("dossier", "person.export", _person_of("nobody")),
        ("texts_to_clean", "person.erase", _args("", 1)),
    ),
    *_of(
        "queries.exported_tables",
        ("person_rows", "people.import", _args(FROZEN)),
        ("comment_rows", "idea.import", _args(FROZEN)),
        ("registration_rows", "training.import", _args(FROZEN)),
    ),
    *_of(
        "queries.reference_rows",
        ("project_rows", "milestone.revise", _args(FROZEN)),
        ("target_rows", "target.decide", _args(FROZEN)),
        ("unit_rows", "people.import", _args(FROZEN)),
        ("headcount_rows", "people.import", _args(FROZEN)),
    ),
    *_of(
        "queries.reference_rows",
        ("milestone_rows", "milestone.revise", _args(FROZEN)),
        ("projects", "milestone.revise", _args(FROZEN)),
    ),
    *_of(
        "queries.reference_history",
        ("history", "people.import", _args(REFERENCE_TABLES["sites"], FROZEN)),
        ("history_length", "people.import", _args(REFERENCE_TABLES["sites"], FROZEN)),
        ("rows_by_key", "people.import", _args(REFERENCE_TABLES["sites"], FROZEN)),
    ),
    *_of("queries.meetings.agenda", ("site_posters", "poster.make")),
    *_of(
        "queries.reference_tables",
        ("records", "people.import", _args(REFERENCE_TABLES["sites"])),
        ("cells", "people.import", _args(REFERENCE_TABLES["sites"], FROZEN)),
        ("texts", "people.import", _args(REFERENCE_TABLES["sites"], FROZEN)),
    ),
    *_of("queries.operations.setup", ("setup_facts", "account.manage", _args(FROZEN))),
    *_of("queries.interests", ("practices", "practice.share")),
    *_of(
        "queries.surveys.asked",
        ("asked_surveys", "survey.make"),
        ("preview_of", "survey.make", _args("1")),
        ("response_rate", "survey.make", _args(1)),
        ("proposals", "survey.make", _args(1)),
    ),
    *_of(
        "queries.surveys.results",
        ("count_texts", "survey.import", _args("s.survey")),
        ("free_texts", "survey.import", _args("s.tree", "s.survey")),
    ),
    *_of("report.team", ("presence_sheet", "training.hold", _args("s.held"), True)),
    *_of(
        "report.decision",
        ("decision_sheet", "report.make", _args(0)),
        ("found_sheet", "report.make", _args(0)),
    ),
    *_of("report.decision", ("package", "report.make", _args(0))),
    *_of("report.kinds", ("make", "report.make", _args(ReportKind.team))),
    *_of("report.pack", ("gather", "report.make", _args(None))),
    *_of(
        "report.posters",
        ("posters", "poster.make", _args((), "")),
        ("date_poster", "page.everyone", _args(None, "")),
        ("campaign_paper", "page.everyone", _args("", "")),
        ("slips", "account.manage", _args(None, "")),
    ),
    *_of(
        "report.team",
        ("gather_team", "report.make"),
        ("team_sheet", "report.make"),
    ),
    *_of("report.posters", ("valves", "page.everyone", _args(None, ""))),
    *_of("report.slides", ("campaign_slides", "page.everyone", _args("", ""))),
    *_of("report.posters", ("kit", "page.everyone", _args("https://ici.exemple.be/deposer"))),
    *_of(
        "report.workshop",
        ("minutes", "workshop.run", lambda stage, _: (_workshop(stage), None), True),
        (
            "sheet",
            "workshop.run",
            lambda stage, _: ((), None, "", _workshop(stage)),
            True,
        ),
        ("sheet", "workshop.run", _args((), None, ""), False, {}, "-of-no-workshop"),
    ),
)
# Public functions that ask for a right through another, and refuse before it with another sentence.
REFUSE_BEFORE = {
    "dashboard.actions.operations.jobs:ask_again": "whoever lost the right finds no trial any more",
    "dashboard.actions.operations.jobs:ask_import": "whoever lost the right finds no trial any more",
}
# Calls of `require` that no reader of the cast can meet.
NEVER_REFUSED = {
    "idea.file": "everybody has it, strangers too",
    "interest.file": "everybody has it, strangers too",
    "survey.answer": "everybody has it, strangers too",
    "person.export_own": "whoever has a person has an account's role",
}
