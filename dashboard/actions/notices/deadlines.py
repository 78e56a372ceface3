"""Deadline reminders (échéances): one notice per subject and day to those responsible, removed once
it is done.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from urllib.parse import urlencode

from sqlalchemy import delete
from sqlmodel import Session

from dashboard import french
from dashboard.actions.notices.records import NoticeRound, Notification, notify_all
from dashboard.actions.operations import jobs
from dashboard.actions.operations.mixing import ShortAct, in_batches
from dashboard.queries.academy.attendance import approvals_of_coming
from dashboard.queries.academy.obligations import Obligation, about_to_lapse, warned_on
from dashboard.queries.meetings.agenda import closing_of
from dashboard.queries.meetings.events import planned_between
from dashboard.queries.meetings.records import last_held
from dashboard.queries.notices import deadlines as query, records
from dashboard.queries.people.readers import account_of_person, reader_of, services_at
from dashboard.queries.seats.records import meeting_event
from models.clock import workdays
from models.meetings import Meeting, MeetingEvent, MeetingKind, MeetingState
from models.notices import Notice, NoticeKind
from models.texts import Refused

# In working days: before a duty, before a date to attend, and after an approval was asked for.
BEFORE_DUTY = 5
BEFORE_DATE = 2
# The kind of job that makes the CODIR report.
REPORT = "dossier"
_OF_TEAM = "equipe"
# Persons named in one line; the list names all.
_NAMED = 5


def _answers_for(now: NoticeRound, unit_id: int | None) -> list[int]:
    """The heads of a unit, or the office where it has none."""
    return records.heads_above(now.tree, now.heads, unit_id) or now.office


def _ahead(now: NoticeRound, days: int) -> date:
    return now.calendar.add(now.day, days)


def remind_of_deadlines(session: Session, day: date) -> Iterator[ShortAct]:
    """Rappeler les échéances: deletes outdated reminders and writes new ones, on working days. A
    task of the round.
    """
    now = NoticeRound(session, day)
    due = [
        *_reports(now),
        *_decisions(now),
        *_deliverables(now),
        *_sessions(now),
        *_lapses(now),
        *_meetings(now),
        *_approvals(now),
        *_reports_for_codir(now),
    ]
    current = {(person, reminder.key) for reminder in due for person in reminder.persons}
    over = [
        row for row, person, key in query.waiting_reminders(session) if (person, key) not in current
    ]
    yield from in_batches(over, _delete_outdated)
    if now.calendar.is_open(day):
        notified = query.notified(session, {reminder.key for reminder in due})
        new = [r for r in due if any((person, r.key) not in notified for person in r.persons)]
        yield from in_batches(new, notify_all)


def _delete_outdated(session: Session, batch: Sequence[int]) -> int:
    """Deletes pending notices whose subject is done, moved, over or reassigned."""
    session.execute(
        delete(Notice)
        .where(Notice.id.in_(batch), Notice.state.in_(query.UNSENT_STATES))
        .execution_options(synchronize_session=False)
    )
    return 0


def _reminder(
    to: Iterable[int], key: str, title: str, text: str, href: str, *, urgent: bool = False
) -> Notification:
    return Notification(
        list(to), f"{query.PREFIX}{key}", NoticeKind.task, title, text, href, urgent=urgent
    )


# ── Duties ────────────────────────────────────────────────────────────────────────────────────────


def _reports(now: NoticeRound) -> Iterator[Notification]:
    # Later CODIR meetings are not announced yet.
    last_day = now.day + timedelta(days=60)
    meetings = planned_between(now.session, now.day, last_day, MeetingKind.codir)
    closings = (closing_of(event.day, now.calendar) for _, event in meetings)
    next_one = next((closing for closing in closings if closing.on >= now.day), None)
    closing = ""
    if next_one:
        closing = (
            f"Pour le CODIR du {french.day_long(next_one.meeting)}, la clôture est le"
            f" {french.day_long(next_one.on)}."
        )
    for m, since in query.reports_awaited(now.session, now.day):
        last = "Il n'a pas encore de rapport."
        if m.report:
            last = f"Son dernier rapport date du {french.day_long(m.report.on)}."
        yield _reminder(
            _answers_for(now, m.schedule.owner_direction_id),
            f"jalon-{m.plan.id}-{since}",
            f"Jalon {m.plan.number} : des nouvelles sont attendues",
            " ".join(filter(None, (f"« {m.plan.title} ».", last, closing))),
            f"/feuille-de-route?jalon={m.plan.number}",
        )


def _decisions(now: NoticeRound) -> Iterator[Notification]:
    for decision in query.decisions_due(now.session, now.day, _ahead(now, BEFORE_DUTY)):
        when = "l'échéance est passée" if decision.is_late(now.day) else "à exécuter bientôt"
        yield _reminder(
            _answers_for(now, decision.owner_direction_id),
            f"decision-{decision.id}-{_stage(now, decision.due_on)}",
            f"Décision n° {decision.number} : {when}",
            f"« {decision.title} », échéance du {french.day_long(decision.due_on)}. Une fois"
            " exécutée, faites-la noter : les rappels s'arrêtent.",
            f"/decisions?decision={decision.number}",
        )


def _deliverables(now: NoticeRound) -> Iterator[Notification]:
    for group, item, due in query.deliverables_due(now.session, now.day, _ahead(now, BEFORE_DUTY)):
        when = "l'échéance est passée" if due < now.day else "à remettre bientôt"
        yield _reminder(
            group.responsible or now.office,
            f"livrable-{item.id}-{_stage(now, due)}",
            f"Livrable du groupe {group.code} : {when}",
            f"« {item.title} », échéance du {french.day_long(due)}.",
            f"/groupes?groupe={group.code}",
        )


def _stage(now: NoticeRound, due: date) -> str:
    """At most two reminders per date: before it and once it is past."""
    return f"{'retard' if due < now.day else 'avant'}-{due}"


def _approvals(now: NoticeRound) -> Iterator[Notification]:
    """Three working days after the request, and just before the session."""
    near = _ahead(now, BEFORE_DATE)
    for approval in approvals_of_coming(now.session, now.day):
        stage = ""
        if approval.session.on <= near:
            stage = f"avant-{approval.session.on}"
        elif now.day >= now.calendar.add(approval.asked_on, 3):
            stage = f"depuis-{approval.asked_on}"
        if stage:
            answering = set(_answers_for(now, approval.service_id)) - {approval.person_id}
            yield _reminder(
                answering or now.office,
                f"accord-{approval.seat_id}-{stage}",
                f"Un accord attend votre réponse : {approval.name}",
                f"« {approval.title} », le {french.day_long(approval.session.on)}. Demandé le"
                f" {french.day_long(approval.asked_on)}.",
                "/academie?vue=gestion",
                urgent=approval.session.on <= near,
            )


# ── Dates to attend: whatever the rhythm, since the weekly mail may come after them ───────────────


def _sessions(now: NoticeRound) -> Iterator[Notification]:
    for event, persons in query.sessions_ahead(now.session, now.day, _ahead(now, BEFORE_DATE)):
        yield _reminder(
            persons,
            f"{event.key}-{event.day}",
            f"Votre formation du {french.day_long(event.day)}",
            f"{event.named}.",
            event.href,
            urgent=True,
        )


def _lapses(now: NoticeRound) -> Iterator[Notification]:
    """Trainings to be followed again, some months before; not for those who have a seat."""
    soon = about_to_lapse(now.session, now.day)
    yield from _lapses_of_teams(now, soon)
    for item in soon:
        yield _reminder(
            [item.person_id],
            f"recyclage-{item.training.id}-{item.lapses_on}",
            f"À suivre à nouveau : {item.training.title}",
            f"Suivie le {french.day_long(item.last_on)}, elle est valable jusqu'au"
            f" {french.day_long(item.lapses_on)}. Choisissez une date à l'Académie.",
            f"/academie?formation={item.training.code}",
        )


def _lapses_of_teams(now: NoticeRound, soon: Sequence[Obligation]) -> Iterator[Notification]:
    """The same for managers: one notice a day, with what is new since the last notice; valid while
    one of its persons has no seat.
    """
    notified = query.notified_days(now.session, _OF_TEAM)
    names = query.names_of(now.session, {item.person_id for item in soon})
    services = services_at(now.session, now.day, [item.person_id for item in soon])
    by_head = defaultdict(list)
    for item in soon:
        heads = records.heads_above(now.tree, now.heads, services.get(item.person_id))
        # She receives the reminder of her own obligations herself.
        for head in set(heads) - {item.person_id}:
            by_head[head].append(item)
    for head, team in by_head.items():
        before = date.min
        for on in sorted({*notified.get(head, ()), now.day}):
            line = [item for item in team if before < warned_on(item.lapses_on) <= on]
            before = on
            if line:
                yield _line_of_team(head, on, line, names)


def _line_of_team(
    head: int, on: date, line: Sequence[Obligation], names: Mapping[int, str]
) -> Notification:
    by_day = sorted(line, key=lambda item: (item.lapses_on, names[item.person_id]))
    lines = [
        f"{names[item.person_id]} : « {item.training.title} », jusqu'au"
        f" {french.day_long(item.lapses_on)}"
        for item in by_day[:_NAMED]
    ]
    if len(line) > _NAMED:
        lines.append(f"et {french.counted(len(line) - _NAMED, 'autre')}")
    return _reminder(
        [head],
        f"{_OF_TEAM}-{on}",
        f"Dans vos services : {french.counted(len(line), 'formation')} à suivre à nouveau",
        f"{' ; '.join(lines)}. Chaque personne est prévenue ; vous pouvez les inscrire.",
        "/academie?vue=non-formes",
    )


def _meetings(now: NoticeRound) -> Iterator[Notification]:
    ahead = planned_between(now.session, now.day + timedelta(days=1), _ahead(now, BEFORE_DATE))
    expected = query.expected_at(now.session, [meeting for meeting, _ in ahead], now.day)
    for meeting, event in ahead:
        if expected.get(meeting.id):
            yield _reminder(
                expected[meeting.id],
                f"reunion-{meeting.id}-{event.day}",
                f"Vous êtes attendue ou attendu le {french.day_long(event.day)}",
                f"{meeting_event(meeting, event.day, MeetingState.planned, now.day).named}.",
                f"/agenda?reunion={meeting.id}",
                urgent=True,
            )


# ── The report for the CODIR ──────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class ReportDue:
    """The report for one CODIR meeting: its recipients, and the previous meeting it compares with.
    A meeting that is moved gets a new notice.
    """

    meeting: Meeting
    event: MeetingEvent
    members: list[int]
    since: date | None

    @property
    def key(self) -> str:
        return f"dossier-{self.meeting.id}-{self.event.day}"

    @property
    def params(self) -> dict[str, str]:
        """The report's parameters: everything, compared with the day of the previous meeting."""
        return {"depuis": self.since.isoformat()} if self.since else {}


def reports_due(session: Session, day: date) -> list[ReportDue]:
    """The reports for CODIR meetings within the next two working days."""
    first, last = day + timedelta(days=1), workdays(session).add(day, BEFORE_DATE)
    ahead = planned_between(session, first, last, MeetingKind.codir)
    if not ahead:
        return []
    members = query.codir_members(session, day)
    since = last_held(session, MeetingKind.codir, day)
    return [ReportDue(meeting, event, members, since) for meeting, event in ahead]


def _reports_for_codir(now: NoticeRound) -> Iterator[Notification]:
    for due in reports_due(now.session, now.day):
        day, compared = due.event.day, ""
        event = meeting_event(due.meeting, day, MeetingState.planned, day)
        if due.since:
            compared = f" Il dit ce qui a changé depuis la séance du {french.day_long(due.since)}."
        yield _reminder(
            due.members,
            due.key,
            f"Dossier du CODIR du {french.day_long(day)}",
            f"{event.named}.{compared}\nIl est préparé"
            " sous « Vos rapports » et y reste un jour ; ensuite, « Préparer le rapport » le refait"
            " à jour.",
            "/rapport?" + urlencode({"rapport": REPORT} | due.params),
            urgent=True,
        )


def prepare_reports(session: Session, day: date) -> Iterator[Callable[[Session], str]]:
    """Préparer le dossier du CODIR: one job per member who has no notice of it yet. Each act
    returns the id of the job to run, if any.
    """
    if not workdays(session).is_open(day):
        return
    for due in reports_due(session, day):
        key = f"{query.PREFIX}{due.key}"
        notified = query.notified(session, {key})
        for person in records.notifiable_persons(session, due.members):
            if (person, key) not in notified:
                yield partial(_ask_report, person=person, day=day, params=due.params)


def _ask_report(session: Session, person: int, day: date, params: dict[str, str]) -> str:
    # Without the right, or with two jobs under way, she prepares it herself.
    with suppress(Refused):
        account = account_of_person(session, person)
        return jobs.ask(session, reader_of(session, account, day), REPORT, params).id
    return ""
