"""Acts on the milestones (jalons) of the roadmap as such: creating, renaming, cancelling, deleting
one. What happens to a milestone from then on (reports, revisions) is in `reports` and `revisions`.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, delete, func, select

from dashboard.access import Reader, require
from dashboard.actions.edit_conflicts import refuse_conflict
from dashboard.actions.journal import note
from dashboard.actions.roadmap.records import last_report
from dashboard.actions.roadmap.reports import note_report
from dashboard.actions.roadmap.revisions import RevisionInput, revision_faults
from dashboard.files.milestones import PROPOSED_FROM, proposed
from dashboard.queries.edit_conflicts import last_change
from dashboard.queries.roadmap import Record, period_of
from models.clock import add_months, today
from models.comments import Link
from models.discussions import Contribution, Subject, SubjectFollow, SubjectSupport
from models.errors import Invalid, Refused
from models.ledger import bump
from models.programmes import programmes
from models.roadmap import (
    Milestone,
    MilestoneReport,
    MilestoneState,
    MilestoneWait,
    Override,
    Rebaseline,
    Workstream,
)
from models.texts import clean_text, clean_title

NUMBER_MAX = 12
TITLE_MAX = 200
REASON_MAX = 500
FIRST_CALENDAR = "Premier calendrier"
_NUMBER = re.compile(r"[0-9A-Za-z][0-9A-Za-z.\-]*")


@dataclass(frozen=True)
class MilestoneText:
    """What a milestone is: its title, its workstream, and whether it is reported on the ladder
    0/25/50/75/100 % (échelle) or as 0 or 100 %.
    """

    title: str
    workstream_id: int | None
    ladder: bool = False


@dataclass(frozen=True)
class MilestoneInput:
    """What the form of a new milestone asks. `since`: the day from which it counts (None: the
    programme's first day as long as nothing was reported, today afterwards).
    """

    number: str
    text: MilestoneText
    start: date | None
    end: date | None
    weight: float = 1.0
    critical: bool = False
    owner: str = ""
    owner_direction_id: int | None = None
    since: date | None = None


def create_milestone(session: Session, reader: Reader, given: MilestoneInput) -> Milestone:
    """Créer un jalon, with its first calendar (baseline). Raises Invalid per field."""
    require(reader, "milestone.revise")
    errors = milestone_faults(session, given)
    if errors:
        raise Invalid(errors)
    return write_milestone(session, reader, given)


def take_proposed(session: Session, reader: Reader, numbers: Collection[str]) -> list[str]:
    """Reprendre des jalons proposés, moved to the days of this programme; a number that is taken
    already stays as it is. Gives the numbers of those that are new.
    """
    require(reader, "milestone.revise")
    known = set(session.exec(select(Milestone.number)).all())
    months = _months_from(PROPOSED_FROM, programmes(session).first_day)
    taken = []
    for row in proposed():
        number = str(row.get("number"))
        if number not in numbers or number in known:
            continue
        given = MilestoneInput(
            number,
            MilestoneText(
                str(row.get("title")), int(row.get("workstream")), bool(row.get("ladder"))
            ),
            add_months(row.get("start"), months),
            add_months(row.get("end"), months),
            row.get("weight"),
            bool(row.get("critical")),
            str(row.get("owner", "")),
        )
        if errors := milestone_faults(session, given):
            raise Refused(f"Jalon proposé {number} : {next(iter(errors.values()))}")
        write_milestone(session, reader, given)
        taken.append(number)
    return taken


def _months_from(first: date, second: date) -> int:
    return 12 * (second.year - first.year) + second.month - first.month


def write_milestone(session: Session, reader: Reader, given: MilestoneInput) -> Milestone:
    """A milestone whose fields have been checked: its record, its first calendar, the journal.
    Raises Invalid where somebody takes its number at this very moment.
    """
    day = today(session)
    last = session.exec(select(func.max(Milestone.position))).one() or 0
    milestone = Milestone(
        number=given.number.strip(),
        title=clean_title(given.text.title),
        workstream_id=given.text.workstream_id,
        ladder=given.text.ladder,
        position=last + 1,
    )
    try:
        # A savepoint: PostgreSQL would otherwise give up the whole transaction.
        with session.begin_nested():
            session.add(milestone)
    except IntegrityError as error:
        raise Invalid({"number": _taken(milestone.number)}) from error
    since = given.since or first_day(session, given.text.workstream_id, day)
    session.add(
        Rebaseline(
            milestone_id=milestone.id,
            on=since,
            recorded_on=day,
            by=reader.person_id,
            reason=FIRST_CALENDAR,
            start=given.start,
            end=given.end,
            weight=float(given.weight),
            critical=given.critical,
            owner=clean_text(given.owner),
            owner_direction_id=given.owner_direction_id,
        )
    )
    note(session, reader, day, "milestone", milestone.number, "jalon", None, milestone.title)
    session.flush()
    bump(session, "roadmap", since=since)
    return milestone


def first_day(session: Session, workstream_id: int, day: date) -> date:
    """From which day a new milestone counts. While its programme is being prepared, from that
    programme's first day, and from today where it has not come; once something was reported of the
    programme, from today, so that no figure of the past moves.
    """
    period = period_of(session, workstream_id)
    streams = session.exec(select(Workstream)).all()
    own = [stream.id for stream in streams if period_of(session, stream.id) == period]
    reported = (
        select(MilestoneReport.id)
        .join(Milestone, Milestone.id == MilestoneReport.milestone_id)
        .where(Milestone.workstream_id.in_(own))
    )
    if session.exec(reported.limit(1)).first() is not None:
        return day
    return min(period.first_day, day)


def _is_moved_away(session: Session, milestone: Milestone, given: MilestoneText) -> bool:
    return period_of(session, given.workstream_id) != period_of(session, milestone.workstream_id)


def text_stands(milestone: Milestone | Record) -> dict[str, object]:
    """What a milestone is, as the form of its text shows it."""
    return {name: getattr(milestone, name) for name in ("title", "workstream_id", "ladder")}


def change_milestone(
    session: Session,
    reader: Reader,
    milestone_id: int,
    given: MilestoneText,
    *,
    read: str | None = None,
) -> None:
    """Renommer ou déplacer un jalon; the journal keeps what it was. Raises Invalid per field,
    EditConflict.
    """
    require(reader, "milestone.revise")
    milestone = _locked(session, milestone_id)
    last = last_change(session, "milestone", milestone.number)
    refuse_conflict(session, reader, read, text_stands(milestone), last)
    errors = text_faults(session, given)
    if not errors and _is_moved_away(session, milestone, given):
        errors["workstream_id"] = (
            "Ce chantier est d'un autre programme : un jalon reste dans le sien."
        )
    if given.ladder != milestone.ladder and _is_reported(session, milestone_id):
        errors["ladder"] = (
            "Ce jalon a déjà un rapport : changer son échelle changerait l'avancement du passé."
        )
    if errors:
        raise Invalid(errors)
    if not write_text(session, reader, milestone, given):
        raise Invalid({"form": "Rien ne change : modifiez le titre, le chantier ou l'échelle."})


def write_text(
    session: Session, reader: Reader, milestone: Milestone, given: MilestoneText
) -> bool:
    """Writes what differs, each with its line in the journal; whether anything did."""
    wanted = {
        "title": clean_title(given.title),
        "workstream_id": given.workstream_id,
        "ladder": given.ladder,
    }
    changed = False
    for name, value in wanted.items():
        before = getattr(milestone, name)
        if before == value:
            continue
        note(session, reader, today(session), "milestone", milestone.number, name, before, value)
        setattr(milestone, name, value)
        changed = True
    session.add(milestone)
    session.flush()
    if changed:
        bump(session, "roadmap")
    return changed


def cancel_milestone(session: Session, reader: Reader, milestone_id: int, reason: str) -> None:
    """Annuler un jalon: from today it leaves the weight, and its past stays. Raises Invalid without
    a reason, Refused where it is done or cancelled already.
    """
    require(reader, "milestone.revise")
    day = today(session)
    milestone = _locked(session, milestone_id)
    last = last_report(session, milestone_id, day)
    if last and last.state in (MilestoneState.done, MilestoneState.cancelled):
        state = MilestoneState(last.state).label.lower()
        raise Refused(f"Le jalon {milestone.number} est {state} : il ne s'annule plus.")
    words = clean_text(reason)
    if not words:
        raise Invalid({"reason": "Dites pourquoi : la raison se lit dans la feuille de route."})
    if len(words) > REASON_MAX:
        raise Invalid({"reason": f"La raison peut compter {REASON_MAX} caractères au plus."})
    session.add(
        MilestoneReport(
            milestone_id=milestone_id,
            on=day,
            recorded_on=day,
            by=reader.person_id,
            state=MilestoneState.cancelled,
            progress=last.progress if last else 0,
            comment=words,
        )
    )
    note_report(session, reader, milestone, MilestoneState.cancelled, last.progress if last else 0)
    session.flush()
    bump(session, "roadmap", since=day)


def delete_milestone(session: Session, reader: Reader, milestone_id: int) -> None:
    """Supprimer un jalon that nothing was ever said of; the journal keeps its title. Raises Refused
    where it has a report, a status, a link, a wait, a talk or a revision: it is then cancelled
    instead.
    """
    require(reader, "milestone.revise")
    milestone = _locked(session, milestone_id)
    if has_history(session, milestone):
        raise Refused(
            f"Le jalon {milestone.number} a une histoire (rapport, révision, statut, lien ou"
            " parole) : annulez-le, il restera lisible."
        )
    session.exec(delete(Rebaseline).where(Rebaseline.milestone_id == milestone_id))
    note(
        session,
        reader,
        today(session),
        "milestone",
        milestone.number,
        "jalon",
        milestone.title,
        None,
    )
    session.delete(milestone)
    session.flush()
    bump(session, "roadmap", since=programmes(session).first_day)


def has_history(session: Session, milestone: Milestone) -> bool:
    """Whether anything was said of it besides its first calendar."""
    subject = f"jalon:{milestone.number}"
    linked = (Link.from_kind == "jalon") & (Link.from_key == milestone.number)
    linked |= (Link.to_kind == "jalon") & (Link.to_key == milestone.number)
    waits = MilestoneWait.milestone_id == milestone.id
    waits |= MilestoneWait.waits_for_id == milestone.id
    calendars = select(func.count(Rebaseline.id)).where(Rebaseline.milestone_id == milestone.id)
    told = (
        select(Override.id).where(Override.subject == subject),
        select(Link.id).where(linked),
        select(MilestoneWait.id).where(waits),
        _talk(Contribution, milestone),
        _talk(SubjectSupport, milestone),
        _talk(SubjectFollow, milestone),
    )
    return (
        _is_reported(session, milestone.id)
        or session.exec(calendars).one() > 1
        or any(session.exec(one.limit(1)).first() is not None for one in told)
    )


def _talk(
    table: type[Contribution | SubjectSupport | SubjectFollow], milestone: Milestone
) -> Select:
    return select(table.person_id).where(
        table.subject == Subject.milestone, table.key == milestone.number
    )


# --- rules ----------------------------------------------------------------------------------------


def milestone_faults(session: Session, given: MilestoneInput) -> dict[str, str]:
    """What is wrong with a new milestone, field by field."""
    errors = text_faults(session, given.text)
    number = given.number.strip()
    if not _NUMBER.fullmatch(number) or len(number) > NUMBER_MAX:
        errors["number"] = f"Donnez un numéro court, comme « 2.7 » ({NUMBER_MAX} signes au plus)."
    elif session.exec(select(Milestone.id).where(Milestone.number == number)).first():
        errors["number"] = _taken(number)
    calendar = RevisionInput(
        given.start,
        given.end,
        given.weight,
        given.critical,
        given.owner,
        given.owner_direction_id,
        FIRST_CALENDAR,
    )
    return errors | revision_faults(session, calendar)


def _taken(number: str) -> str:
    return f"Le numéro {number} est déjà celui d'un jalon."


def text_faults(session: Session, given: MilestoneText) -> dict[str, str]:
    """What is wrong with the title or the workstream."""
    errors = {}
    if not 0 < len(clean_title(given.title)) <= TITLE_MAX:
        errors["title"] = f"Donnez un titre, de {TITLE_MAX} caractères au plus."
    if given.workstream_id is None or session.get(Workstream, given.workstream_id) is None:
        errors["workstream_id"] = "Choisissez le chantier."
    return errors


def next_number(session: Session, workstream_id: int) -> str:
    """« 2.9 » where 2.8 is the last of the second workstream."""
    numbers = session.exec(
        select(Milestone.number).where(Milestone.workstream_id == workstream_id)
    ).all()
    ends = [number.rpartition(".")[2] for number in numbers]
    last = max((int(end) for end in ends if end.isdecimal()), default=0)
    return f"{workstream_id}.{last + 1}"


def _is_reported(session: Session, milestone_id: int) -> bool:
    reports = select(MilestoneReport.id).where(MilestoneReport.milestone_id == milestone_id)
    return session.exec(reports.limit(1)).first() is not None


def _locked(session: Session, milestone_id: int) -> Milestone:
    found = session.get(Milestone, milestone_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise Refused("Ce jalon n'existe pas.")
    return found
