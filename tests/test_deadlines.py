"""Reminders of what has a day; what an ambassador carries."""

import io
from datetime import date, timedelta
from time import monotonic, sleep

import pytest
from pypdf import PdfReader
from sqlalchemy import Engine, delete, update
from sqlmodel import Session, select
from support.commands import run_command
from support.post import plain, subject
from support.rounds import done
from support.transactions import (
    add_rows,
    execute,
    read_with,
    refuses,
    select_all,
    select_one,
    write_with,
)
from support.troupe import FROZEN
from support.workshops import file, line, plan

from dashboard.access import NOBODY, Reader
from dashboard.actions.ideas.entries import hand_over_answer, take_back_handover
from dashboard.actions.notices import records as notice_records, sending
from dashboard.actions.notices.deadlines import prepare_reports, remind_of_deadlines
from dashboard.actions.operations import jobs
from dashboard.actions.operations.tick import tick
from dashboard.commands.jobs import MAKERS
from dashboard.queries import roadmap as figures
from dashboard.queries.directions import organisation
from dashboard.queries.ideas.waiting import (
    BY_VOICE,
    COUNTED_UP_TO,
    AnswerToHandOver,
    answers_to_hand_over,
    filed_for_others,
)
from dashboard.queries.notices import deadlines as query
from dashboard.queries.notices.records import RHYTHM, managers_of, persons_to_notify
from dashboard.queries.operations.jobs import recent, result
from dashboard.queries.roadmap import whole_roadmap
from models import database as house
from models.academy import Training, TrainingSession
from models.clock import now, workdays
from models.database import reading, writing
from models.decisions import Decision, DecisionEvent, DecisionStep, Instance, Outcome
from models.facts import random_id
from models.groups import (
    Deliverable,
    DeliverableEvent,
    DeliverableStep,
    GroupMember,
    GroupRole,
    ProgressGroup,
)
from models.idea_events import EventKind
from models.idea_states import IdeaStatus
from models.ideas import Idea
from models.installation import Installation
from models.jobs import Job, JobState
from models.ledger import Change, Ledger, event_row
from models.meetings import Meeting, MeetingEvent, MeetingKind, MeetingState
from models.notices import Notice, NoticeState, Rhythm
from models.people import Account, Person, Preference, Role
from models.roadmap import MilestoneState, Plan, PlanReport, PlanSchedule
from models.seats import Seat, SeatState
from models.settings import settings

# ── Reminders of what has a day ───────────────────────────────────────────────────────────────────
# Who is told of what, once, in one mail by her rhythm, and no more once it is done.

DAY = timedelta(days=1)
TUESDAY = date(2023, 7, 4)


@pytest.fixture
def quiet(town) -> Engine:
    """A town where nothing has a day: each story adds its own."""
    with writing(town) as session:
        for table in (DeliverableEvent, DecisionEvent, PlanReport, PlanSchedule):
            session.execute(delete(table))
        session.execute(update(TrainingSession).values(cancelled_on=FROZEN))
        session.execute(update(Training).values(validity=0))
        session.execute(update(MeetingEvent).values(day=date(2023, 1, 2)))
        session.execute(delete(Notice))
    return town


def unit(session: Session, code: str) -> int:
    return organisation(session).at(FROZEN).by_code[code].id


def keys(engine: Engine, *conditions) -> dict[int, list[str]]:
    """Person → the titles of what she is told of deadlines."""
    rows = select_all(
        engine,
        select(Notice).where(Notice.key.startswith(query.PREFIX), *conditions).order_by(Notice.id),
    )
    found: dict[int, list[str]] = {}
    for row in rows:
        found.setdefault(row.person_id, []).append(" ".join(row.title.split()))
    return found


def round_on(engine: Engine, day: date) -> int:
    with writing(engine) as session:
        return done(session, remind_of_deadlines(session, day))


def silent_milestone(session: Session, owner: str, since: date) -> int:
    """A milestone under way whose last report is of this day."""
    milestone = session.exec(select(Plan.id).order_by(Plan.id)).first()
    day = date(2023, 1, 2)
    session.add_all(
        [
            PlanSchedule(
                plan_id=milestone,
                on=day,
                recorded_on=day,
                start=day,
                end=date(2023, 12, 22),
                weight=1,
                owner_direction_id=unit(session, owner),
            ),
            reported(milestone, since),
        ]
    )
    return milestone


def reported(plan_id: int, day: date) -> PlanReport:
    return PlanReport(plan_id=plan_id, on=day, recorded_on=day, state=MilestoneState.under_way)


def decision_due(session: Session, owner: str, due: date) -> int:
    decision = Decision(
        number=9001,
        title="Ouvrir le guichet le mercredi soir",
        instance=Instance.codir,
        owner_direction_id=unit(session, owner),
    )
    session.add(decision)
    session.flush()
    day = date(2023, 6, 1)
    for what, more in (
        (DecisionStep.submitted, {}),
        (DecisionStep.decided, {"outcome": Outcome.adopted, "due_on": due}),
    ):
        session.add(
            DecisionEvent(decision_id=decision.id, on=day, recorded_on=day, what=what, **more)
        )
    return decision.id


def meeting_on(session: Session, kind: MeetingKind, day: date, **more: object) -> int:
    meeting = Meeting(kind=kind, place="Salle du Conseil", starts="09:00", ends="12:00", **more)
    session.add(meeting)
    session.flush()
    session.add(
        MeetingEvent(
            meeting_id=meeting.id,
            on=FROZEN,
            recorded_on=FROZEN,
            what=MeetingState.planned,
            day=day,
        )
    )
    return meeting.id


def training_on(session: Session, day: date, *persons: int) -> list[int]:
    """A session on this day; the ids of the registrations of these persons."""
    training = session.exec(select(Training).order_by(Training.id)).first()
    held = TrainingSession(
        training_id=training.id,
        on=day,
        capacity=10,
        place="Salle de formation",
        starts="09:00",
        ends="12:00",
    )
    session.add(held)
    session.flush()
    rows = [
        Seat(
            training_id=training.id,
            session_id=held.id,
            person_id=person,
            status=SeatState.booked,
        )
        for person in persons
    ]
    session.add_all(rows)
    session.flush()
    return [row.id for row in rows]


# ── Milestones ────────────────────────────────────────────────────────────────────────────────────


def test_carine_is_reminded_of_her_silent_milestone_until_she_reports(quiet, cast):
    """The last report is of 1 June: from 2 July its period is over. The next month tells again."""
    with writing(quiet) as session:
        milestone = silent_milestone(session, "VC-JSP", date(2023, 6, 1))
        meeting_on(session, MeetingKind.codir, date(2023, 7, 12))
    days = [date(2023, 6, 30), date(2023, 7, 2), date(2023, 7, 3), date(2023, 7, 4)]
    assert [round_on(quiet, day) for day in days] == [0, 0, 1, 0], "2 July is a Sunday"
    notice = select_one(quiet, select(Notice))
    assert notice.person_id == cast.carine.person_id
    assert "1er juin 2023" in notice.text.replace("\u00a0", " ")
    assert "la clôture est le 7 juillet 2023" in notice.text.replace("\u00a0", " ")
    execute(quiet, update(Notice).values(state=NoticeState.sent))
    assert [round_on(quiet, date(2023, 8, day)) for day in (1, 2)] == [0, 1]
    add_rows(quiet, reported(milestone, date(2023, 8, 3)))
    assert round_on(quiet, date(2023, 8, 3)) == 0
    assert [n.state for n in select_all(quiet, select(Notice))] == [NoticeState.sent], (
        "what waited is taken back"
    )


def test_what_is_awaited_is_what_the_figure_counts(sqlite_demo):
    """The reminders and « Fraîcheur des données » follow one rule, on any day."""
    known = read_with(sqlite_demo, whole_roadmap)
    for day in (date(2022, 3, 1), date(2023, 1, 15), FROZEN, FROZEN + 40 * DAY):
        for m in known.at(day):
            missing = figures.is_expected(m, day) and not figures.is_fresh(m, day)
            since = query.awaited_since(m, day)
            assert (since is not None) == missing, m.plan.number
            assert since is None or since <= day


# ── Decisions, deliverables, approvals ────────────────────────────────────────────────────────────


@pytest.mark.slow
def test_a_decision_is_told_before_its_day_and_once_it_is_late(quiet, cast):
    decision = write_with(quiet, decision_due, "VC-JSP", date(2023, 7, 12))
    told = {n: round_on(quiet, date(2023, 7, n)) for n in range(3, 20)}
    assert {day for day, new in told.items() if new} == {5, 13}
    assert keys(quiet) == {cast.carine.person_id: ["Décision n° 9001 : l'échéance est passée"]}, (
        "what was not told in time is told in one line, not in two"
    )
    add_rows(
        quiet,
        DecisionEvent(
            decision_id=decision,
            on=date(2023, 7, 20),
            recorded_on=date(2023, 7, 20),
            what=DecisionStep.done,
        ),
    )
    round_on(quiet, date(2023, 7, 20))
    assert keys(quiet) == {}, "executed: nothing waits to be told"


def test_what_nobody_heads_goes_to_the_office(quiet, cast):
    with writing(quiet) as session:
        decision_due(session, "VC-JSP", date(2023, 7, 7))
        session.execute(update(Decision).values(owner_direction_id=None))
    round_on(quiet, TUESDAY)
    assert set(keys(quiet)) == {cast.didier.person_id}


def test_facilitators_are_reminded_of_their_deliverable(quiet, cast):
    with writing(quiet) as session:
        group = session.exec(select(ProgressGroup).where(ProgressGroup.state == "analyse")).first()
        session.add(
            GroupMember(
                group_id=group.id,
                person_id=cast.bruno.person_id,
                role=GroupRole.facilitator,
                joined_on=date(2023, 1, 2),
            )
        )
        item = Deliverable(group_id=group.id, title="Analyse des temps de trajet")
        session.add(item)
        session.flush()
        session.add(
            DeliverableEvent(
                deliverable_id=item.id,
                on=date(2023, 6, 1),
                recorded_on=date(2023, 6, 1),
                what=DeliverableStep.planned,
                due_on=date(2023, 7, 7),
            )
        )
        code, ident = group.code, item.id
    round_on(quiet, TUESDAY)
    assert keys(quiet)[cast.bruno.person_id] == [f"Livrable du groupe {code} : à remettre bientôt"]
    add_rows(
        quiet,
        DeliverableEvent(
            deliverable_id=ident,
            on=TUESDAY,
            recorded_on=TUESDAY,
            what=DeliverableStep.delivered,
        ),
    )
    round_on(quiet, TUESDAY + DAY)
    assert keys(quiet) == {}


@pytest.mark.slow
def test_an_approval_that_waits_is_brought_to_mind_of_who_gives_it(quiet, cast):
    """Alice asked on 27 June, for 17 July: three working days later, then just before."""
    with writing(quiet) as session:
        (registration,) = training_on(session, date(2023, 7, 17), cast.alice.person_id)
        session.get(Seat, registration).approval_asked_on = date(2023, 6, 27)
        session.get(Seat, registration).status = SeatState.requested
    told = {n: round_on(quiet, date(2023, 6, 27) + n * DAY) for n in range(20)}
    days = [date(2023, 6, 27) + n * DAY for n, new in told.items() if new]
    assert days == [date(2023, 6, 30), date(2023, 7, 13)]
    with reading(quiet) as session:
        tree = organisation(session).at(FROZEN)
        (head,) = managers_of(session, tree, cast.alice.service_id, FROZEN)
    assert keys(quiet) == {head: ["Un accord attend votre réponse : Alice Lambotte"]}
    execute(quiet, update(Seat).values(approved=True))
    round_on(quiet, date(2023, 7, 14))
    assert keys(quiet) == {}


# ── Dates to attend ───────────────────────────────────────────────────────────────────────────────


def test_a_session_is_told_two_working_days_before_with_its_place_and_hour(quiet, cast, post):
    """The session is on a Monday: the reminder leaves on the Thursday, even to who reads weekly."""
    with writing(quiet) as session:
        training_on(session, date(2023, 7, 10), cast.alice.person_id)
        notice_records.choose_rhythm(session, cast.alice, Rhythm.weekly)
    assert [round_on(quiet, date(2023, 7, day)) for day in (5, 6, 7, 8)] == [0, 1, 0, 0]
    assert sending.send(quiet, date(2023, 7, 6)).mails == 1
    words = plain(post.mails_for("alice")[0]).replace("\u00a0", " ")
    assert "le 10 juillet 2023, de 09:00 à 12:00, Salle de formation" in words
    assert "une échéance ou un rendez-vous" in words
    assert "Votre formation du 10 juillet 2023" in subject(post.mails_for("alice")[0]).replace(
        "\u00a0", " "
    )


def test_a_session_that_is_cancelled_is_not_told_any_more(quiet, cast, post):
    write_with(quiet, training_on, date(2023, 7, 6), cast.alice.person_id)
    assert round_on(quiet, TUESDAY) == 1
    execute(quiet, update(TrainingSession).values(cancelled_on=TUESDAY))
    round_on(quiet, TUESDAY)
    assert sending.send(quiet, TUESDAY).mails == 0 and not keys(quiet)


def test_the_volunteers_of_a_group_are_told_of_its_meeting(quiet, cast):
    with writing(quiet) as session:
        group = session.exec(select(ProgressGroup).where(ProgressGroup.state == "analyse")).first()
        session.execute(delete(GroupMember).where(GroupMember.group_id == group.id))
        session.add_all(
            [
                GroupMember(group_id=group.id, person_id=reader.person_id, joined_on=FROZEN, **end)
                for reader, end in (
                    (cast.alice, {}),
                    (cast.bruno, {}),
                    (cast.elise, {"left_on": TUESDAY}),
                )
            ]
        )
        meeting_on(session, MeetingKind.group, date(2023, 7, 6), group_id=group.id)
    assert round_on(quiet, TUESDAY) == 2
    assert set(keys(quiet)) == {cast.alice.person_id, cast.bruno.person_id}


def test_where_people_register_only_their_seats_speak(quiet, cast):
    with writing(quiet) as session:
        meeting = meeting_on(session, MeetingKind.managers, date(2023, 7, 6), enrols=True)
        session.add(Seat(meeting_id=meeting, person_id=cast.alice.person_id, status="inscrite"))
    assert round_on(quiet, TUESDAY) == 0


# ── One mail, once, whatever the size ─────────────────────────────────────────────────────────────


def test_carine_reads_all_that_waits_for_her_in_one_mail_by_her_rhythm(quiet, cast, post):
    with writing(quiet) as session:
        silent_milestone(session, "VC-JSP", date(2023, 5, 15))
        decision_due(session, "VC-JSP", date(2023, 7, 7))
        notice_records.choose_rhythm(session, cast.carine, Rhythm.weekly)
    left = []
    for n in range(8):
        round_on(quiet, date(2023, 6, 30) + n * DAY)
        left.append(sending.send(quiet, date(2023, 6, 30) + n * DAY).mails)
    assert sum(left) == 1 and left[3] == 1, "Monday 3 July"
    words = plain(post.mails_for("carine")[0]).replace("\u00a0", " ")
    assert subject(post.mails_for("carine")[0]) == "2 nouvelles de C-Possible"
    assert "des nouvelles sont attendues" in words and "à exécuter bientôt" in words


def test_who_has_no_address_is_told_by_voice(quiet, cast, scope_for):
    with writing(quiet) as session:
        training_on(session, date(2023, 7, 6), cast.alice.person_id)
        session.get(Person, cast.alice.person_id).email = ""
    round_on(quiet, TUESDAY)
    with reading(quiet) as session:
        found = persons_to_notify(session, scope_for(session, cast.didier), by_mail=True)
    assert [person.name for person in found] == ["Alice Lambotte"]


def test_no_reminder_on_a_day_when_nobody_works(quiet, cast):
    with writing(quiet) as session:
        decision_due(session, "VC-JSP", date(2023, 7, 24))
        assert not workdays(session).is_open(date(2023, 7, 21))
    assert [round_on(quiet, date(2023, 7, day)) for day in (16, 18, 21, 22)] == [0, 1, 0, 0]


# ── The report for the CODIR ──────────────────────────────────────────────────────────────────────


def held_on(session: Session, day: date) -> None:
    meeting = Meeting(kind=MeetingKind.codir)
    session.add(meeting)
    session.flush()
    session.add(
        MeetingEvent(
            meeting_id=meeting.id, on=day, recorded_on=day, what=MeetingState.held, day=day
        )
    )


@pytest.mark.slow
def test_the_members_of_the_codir_receive_its_report_two_working_days_before(quiet, cast, post):
    """The meeting is on Wednesday 5 July: the report is prepared and told on Monday, once."""
    with writing(quiet) as session:
        session.execute(
            update(Account).where(Account.login == "alice").values(roles=Role.secretaire)
        )
        meeting_on(session, MeetingKind.codir, date(2023, 7, 5))
        held_on(session, date(2023, 6, 14))
        members = query.codir_members(session, FROZEN)
    assert {cast.alice.person_id, cast.elise.person_id, cast.gaelle.person_id} <= set(members)
    assert cast.didier.person_id not in members
    rounds = {day: tick(quiet, date(2023, 7, day)) for day in (2, 3, 4)}
    assert {day: bool(done.prepared) for day, done in rounds.items()} == {
        2: False,
        3: True,
        4: False,
    }
    assert len(rounds[3].prepared) == len(members)
    mails = post.mails_for("elise")
    assert len(mails) == 1
    words = plain(mails[0]).replace("\u00a0", " ")
    assert "Dossier du CODIR du 5 juillet 2023" in subject(mails[0]).replace("\u00a0", " ")
    assert "le 5 juillet 2023, de 09:00 à 12:00, Salle du Conseil" in words
    assert "depuis la séance du 14 juin 2023" in words
    assert "/rapport?rapport=dossier&depuis=2023-06-14" in words


@pytest.mark.slow
def test_a_member_finds_her_report_prepared_by_her_own_rights(quiet, cast):
    with writing(quiet) as session:
        meeting_on(session, MeetingKind.codir, date(2023, 7, 5))
        held_on(session, date(2023, 6, 14))
    with writing(quiet) as session:
        prepared = [act(session) for act in prepare_reports(session, date(2023, 7, 3))]
        hers = session.exec(
            select(Job.id).where(Job.id.in_(prepared), Job.asked_by == cast.elise.person_id)
        ).one()
    jobs.run_job(hers, MAKERS, quiet)
    with reading(quiet) as session:
        (line,) = recent(session, cast.elise, now())
        content = result(session, cast.elise, hers)
        assert result(session, cast.gaelle, hers) is None, "each has her own"
    said = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
    assert (line.state, line.kind) == (JobState.done, "dossier")
    assert "évolution depuis le 14/06/2023" in " ".join(said.split())


@pytest.mark.slow
def test_a_meeting_that_is_called_off_before_the_mail_leaves_is_not_told(quiet, cast, post):
    meeting = write_with(quiet, meeting_on, MeetingKind.codir, date(2023, 7, 5))
    round_on(quiet, date(2023, 7, 3))
    assert keys(quiet)
    add_rows(
        quiet,
        MeetingEvent(
            meeting_id=meeting,
            on=date(2023, 7, 3),
            recorded_on=date(2023, 7, 3),
            what=MeetingState.cancelled,
            day=date(2023, 7, 5),
        ),
    )
    tick(quiet, date(2023, 7, 3))
    assert not keys(quiet)
    assert not [mail for _, mail in post.received if "Dossier" in subject(mail)]


def test_where_every_member_wants_no_mail_nothing_is_prepared_at_every_round(quiet, cast):
    with writing(quiet) as session:
        meeting_on(session, MeetingKind.codir, date(2023, 7, 5))
        for person in query.codir_members(session, FROZEN):
            session.merge(Preference(person_id=person, name=RHYTHM, value=Rhythm.never))
    assert not tick(quiet, date(2023, 7, 3)).prepared


@pytest.mark.slow
def test_the_round_of_the_command_starts_one_process_that_makes_them_all(
    sqlite_copy, cast, monkeypatch
):
    """The demonstration stands on Friday 30 June; the CODIR meets on Tuesday."""
    write_with(sqlite_copy, meeting_on, MeetingKind.codir, TUESDAY)
    monkeypatch.setenv("DATABASE_URL", str(sqlite_copy.url))
    for kept in (settings, house.engine):
        kept.cache_clear()
    try:
        assert run_command("tick").exit_code == 0
        end = monotonic() + 120
        while not (lambda: set(select_all(sqlite_copy, select(Job.state))) == {JobState.done})():
            assert monotonic() < end, "it takes too long"
            sleep(0.5)
        assert run_command("tick").exit_code == 0
    finally:
        house.engine().dispose()
        monkeypatch.undo()
        for kept in (settings, house.engine):
            kept.cache_clear()
    made = select_all(sqlite_copy, select(Job.asked_by, Job.file_name))
    assert {person for person, _ in made} >= {cast.elise.person_id, cast.gaelle.person_id}
    assert len(made) == len({person for person, _ in made}), "the second round asks for none"
    assert all(name.endswith(".pdf") for _, name in made)


# ── What an ambassador carries ────────────────────────────────────────────────────────────────────
# What she filed for others, and the answers that she brings back in person, once each.


def waiting(engine: Engine, reader: Reader, scope_for, limit: int = 100) -> list[AnswerToHandOver]:
    with reading(engine) as session:
        return answers_to_hand_over(session, scope_for(session, reader), FROZEN, limit)[0]


def tell(engine: Engine, reader: Reader, number: int, scope_for) -> None:
    with writing(engine) as session:
        hand_over_answer(session, scope_for(session, reader), number)


def answer(engine: Engine, number: int, text: str, seq: int = 2) -> None:
    with writing(engine) as session:
        idea = session.exec(select(Idea).where(Idea.number == number)).one()
        before, idea.status, idea.answered_on = idea.status, IdeaStatus.accepted, FROZEN
        ledger = Ledger(session)
        ledger.add(
            event_row(
                idea,
                id=random_id(FROZEN),
                on=FROZEN,
                recorded_on=FROZEN,
                seq=seq,
                what=EventKind.status,
                from_status=before,
                to_status=IdeaStatus.accepted,
                prev_due_on=idea.due_on,
                due_on=idea.due_on,
                first_answer=seq == 2,
                delay=0 if seq == 2 else None,
                text=text,
            )
        )
        ledger.write()


def test_bruno_finds_what_he_typed_for_the_room(demo_copy, cast):
    _, before = read_with(demo_copy, filed_for_others, cast.bruno, 30)
    numbers = file(demo_copy, cast.bruno, plan(demo_copy, cast.bruno), line(1), line(2, voices=4))[
        0
    ]
    with reading(demo_copy) as session:
        found, total = filed_for_others(session, cast.bruno, 30)
        assert total == before + 2 and set(numbers) <= {one.number for one in found}
        assert (
            filed_for_others(session, cast.alice, 30)
            == filed_for_others(session, NOBODY, 30)
            == ([], 0)
        )


def test_an_answer_is_told_once_and_the_next_one_again(demo_copy, cast, scope_for):
    number = file(demo_copy, cast.bruno, plan(demo_copy, cast.bruno), line(1))[0][0]
    assert number not in {idea.number for idea, _ in waiting(demo_copy, cast.bruno, scope_for)}
    answer(demo_copy, number, "Les gants arrivent en septembre.")
    mine, told = next(
        one for one in waiting(demo_copy, cast.bruno, scope_for) if one[0].number == number
    )
    assert (told.text, told.on) == ("Les gants arrivent en septembre.", FROZEN)
    assert mine.relay_id == cast.bruno.person_id
    tell(demo_copy, cast.bruno, number, scope_for)
    kept = select_one(demo_copy, select(Notice))
    assert (kept.person_id, kept.state, kept.sent_on, kept.on) == (
        cast.bruno.person_id,
        NoticeState.handed_over,
        FROZEN,
        FROZEN,
    )
    assert number not in {idea.number for idea, _ in waiting(demo_copy, cast.bruno, scope_for)}
    refuses(tell, demo_copy, cast.bruno, number, scope_for, match="déjà transmise")
    answer(demo_copy, number, "Ils sont là.", seq=3)
    assert (
        next(
            told.text
            for idea, told in waiting(demo_copy, cast.bruno, scope_for)
            if idea.number == number
        )
        == "Ils sont là."
    )


def test_what_was_told_by_mistake_is_taken_back_the_same_day_and_told_again(
    demo_copy, cast, scope_for
):
    number = file(demo_copy, cast.bruno, plan(demo_copy, cast.bruno), line(1))[0][0]
    answer(demo_copy, number, "Les gants arrivent en septembre.")

    def waits() -> bool:
        return number in {idea.number for idea, _ in waiting(demo_copy, cast.bruno, scope_for)}

    def take_back(reader: Reader) -> None:
        write_with(demo_copy, take_back_handover, reader, number)

    refuses(take_back, cast.bruno, match="rien à annuler")
    tell(demo_copy, cast.bruno, number, scope_for)
    refuses(take_back, cast.alice, match="droit")
    assert not waits()
    take_back(cast.bruno)
    assert waits()
    with reading(demo_copy) as session:
        kept = session.exec(select(Notice).where(Notice.kind == BY_VOICE)).one()
        assert (kept.state, kept.sent_on) == (NoticeState.dropped, None), "nothing is erased"
        line_of_journal = session.exec(
            select(Change).where(Change.subject == "transmission", Change.record == str(number))
        ).one()
        assert (line_of_journal.by, line_of_journal.on) == (cast.bruno.person_id, FROZEN)
    tell(demo_copy, cast.bruno, number, scope_for)
    assert not waits()
    with writing(demo_copy) as session:
        session.get(Installation, 1).frozen_on = FROZEN + timedelta(days=1)
    refuses(take_back, cast.bruno, match="rien à annuler")


def test_who_has_an_account_reads_her_answer_herself(demo_copy, cast, scope_for):
    """Only entries of the services covered, without an author or whose author has no account;
    only published ones.
    """
    found = [
        idea
        for idea, _ in waiting(demo_copy, cast.bruno, scope_for)
        if idea.relay_id != cast.bruno.person_id
    ]
    assert found
    with reading(demo_copy) as session:
        with_account = set(session.exec(select(Account.person_id)).all())
        for one in found:
            idea = session.get(Idea, one.id)
            assert idea.origin_id in cast.bruno.covered and idea.published
            assert idea.author_id is None or idea.author_id not in with_account
    with writing(demo_copy) as session:
        session.get(Idea, found[0].id).published = False
    assert found[0].number not in {
        idea.number for idea, _ in waiting(demo_copy, cast.bruno, scope_for)
    }


def test_nobody_else_tells_and_nobody_is_told_of_what_is_not_hers(demo_copy, cast, scope_for):
    number = waiting(demo_copy, cast.bruno, scope_for)[0][0].number
    for reader in (cast.alice, cast.carine, cast.didier, NOBODY):
        assert waiting(demo_copy, reader, scope_for) == []
        refuses(tell, demo_copy, reader, number, scope_for)
    refuses(tell, demo_copy, cast.bruno, 1, scope_for)


def test_answers_come_oldest_first_and_are_counted_up_to_a_hundred(demo_copy, cast, scope_for):
    with writing(demo_copy) as session:
        answered = update(Idea).where(Idea.answered_on.is_not(None))
        session.execute(answered.values(relay_id=cast.bruno.person_id, author_id=None))
    with reading(demo_copy) as session:
        scope = scope_for(session, cast.bruno)
        found, total = answers_to_hand_over(session, scope, FROZEN, 10)
    days = [fact.on for _, fact in found]
    assert (len(days), total) == (10, COUNTED_UP_TO + 1) and days == sorted(days)
    first = max(idea.answered_on for idea, _ in found)
    later = waiting(demo_copy, cast.bruno, scope_for)
    assert sum(idea.answered_on < first for idea, _ in later) < 10
