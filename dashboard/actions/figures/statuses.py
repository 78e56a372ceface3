"""Acts on statuses: setting one by hand (statut imposé) on a figure, a milestone or a workstream,
and lifting it.
"""

from datetime import date, timedelta

from sqlmodel import Session, select

from dashboard.access import Reader, require
from dashboard.actions.acts import add_fact, note
from dashboard.figures.kinds import all_values
from dashboard.queries.roadmap import overrides
from models.clock import add_months, today
from models.errors import Refused, refuse
from models.roadmap import IS_MILESTONE, Health, Override, Plan, Workstream
from models.texts import clean_text, too_long

REASON_MAX = 500
# Statuses that can be imposed; the others are computed from reports.
IMPOSABLE = (Health.on_track, Health.watch, Health.trouble, Health.no_data)


def impose(
    session: Session,
    reader: Reader,
    subject: str,
    status: str,
    reason: str,
    until: date | None,
) -> None:
    """Imposes a status on `figure:CODE`, `jalon:N` or `chantier:N` from today until `until`,
    replacing the previous one. Raises Invalid per field (status, reason, until), Refused for an
    unknown subject; a figure of one workstream has the status of its workstream.
    """
    require(reader, "status.impose")
    _check_subject(session, subject)
    day = today(session)
    words = clean_text(reason)
    _check(status, words, until, day)
    before = overrides(session, day).get(subject)
    # The previous one is voided, or it would apply again after this one ends.
    reason = {"reason": words, "voids": before.id if before else None}
    add_fact(session, reader, Override(subject=subject, status=status, until=until, **reason))
    note(
        session,
        reader,
        day,
        "statut",
        subject,
        "status",
        before and before.status,
        f"{status} jusqu'au {until:%d/%m/%Y} : {words}",
    )


def lift(session: Session, reader: Reader, subject: str, reason: str = "") -> None:
    """Voids the status in force from today. Raises Refused where there is none."""
    require(reader, "status.impose")
    day = today(session)
    in_force = overrides(session, day).get(subject)
    if in_force is None:
        raise Refused("Aucun statut n'est imposé.")
    words = clean_text(reason)[:REASON_MAX]
    over = Override(subject=subject, status=in_force.status, until=day - timedelta(days=1))
    over.reason, over.voids = words or None, in_force.id
    add_fact(session, reader, over)
    note(session, reader, day, "statut", subject, "status", in_force.status, None)


def last_day(day: date) -> date:
    """The latest possible end of a status imposed on `day`."""
    return add_months(day, 12)


def _check(status: str, reason: str, until: date | None, day: date) -> None:
    nothing = "Donnez la raison : elle est montrée à côté du statut."
    refuse(
        {
            "status": status not in IMPOSABLE and "Choisissez un des statuts proposés.",
            "reason": too_long(reason, REASON_MAX, "La raison") if reason else nothing,
            "until": _fault_of_end(until, day),
        }
    )


def _fault_of_end(until: date | None, day: date) -> str:
    if until is None:
        return "Donnez le dernier jour de ce statut : un statut imposé ne dure pas toujours."
    if until <= day:
        return f"Le dernier jour vient après le {day:%d/%m/%Y}."
    last = last_day(day)
    far = f"Un statut s'impose pour un an au plus : jusqu'au {last:%d/%m/%Y}."
    return far if until > last else ""


def _check_subject(session: Session, subject: str) -> None:
    kind, _, name = subject.partition(":")
    exists = {
        "figure": lambda: name in all_values() and not all_values()[name].subject,
        "jalon": lambda: session.exec(
            select(Plan.id).where(IS_MILESTONE, Plan.number == name)
        ).first(),
        "chantier": lambda: (
            name.isdecimal() and len(name) < 10 and session.get(Workstream, int(name)) is not None
        ),
    }.get(kind, lambda: False)
    if not exists():
        raise Refused("Ce chiffre, ce jalon ou ce chantier n'existe pas.")
