"""Acts on the agenda of a body's meeting (ordre du jour) and on its papers."""

import secrets
from collections.abc import Collection, Sequence

from sqlalchemy import Engine
from sqlmodel import Session, select

from dashboard import french
from dashboard.access import Reader, require
from dashboard.actions import limits
from dashboard.actions.acts import add_fact, add_record, lock_record, note, refuse_conflict
from dashboard.actions.decisions.steps import follow_decision
from dashboard.actions.meetings.records import MINUTES_MAX as TEXT_MAX, lock_meeting
from dashboard.actions.notices.records import key_of, notify
from dashboard.actions.people.logins import hash_of
from dashboard.queries.decisions.records import one_decision
from dashboard.queries.ideas.threads import End
from dashboard.queries.journal import LastWrite
from dashboard.queries.meetings.agenda import agenda_values, approval, stored_places
from dashboard.queries.notices.deadlines import members_of
from dashboard.queries.operations.jobs import recent
from models.clock import now, today
from models.database import writing
from models.decisions import Decision, DecisionEvent, DecisionStep
from models.directions import Tree
from models.facts import facts_of
from models.meetings import (
    BODIES,
    AgendaPoint,
    MeetingKind,
    MeetingPaper,
    MeetingState,
    PaperStep,
    Poster,
    Site,
)
from models.notices import NoticeKind
from models.sign_on import CalendarKey
from models.texts import Refused, clean_text, refuse, too_long

MINUTES_MAX = 240
FILES = ("dossier", "diapositives")  # the jobs whose results members read before a meeting


def arrange_points(
    session: Session,
    reader: Reader,
    meeting_id: int,
    order: Sequence[tuple[int, int]],
    *,
    read: str | None = None,
) -> None:
    """Régler l'ordre du jour: (decision, minutes) of each point, in their order; without minutes a
    point is left to a later meeting. Raises Invalid per field, Refused, EditConflict.
    """
    require(reader, "meeting.record")
    meeting, last = lock_meeting(session, meeting_id)
    before = stored_places(session, meeting_id)
    writer = max(before.values(), key=lambda place: place.id, default=None)
    wrote = LastWrite(writer.by, writer.on) if writer else LastWrite()
    refuse_conflict(session, reader, read, agenda_values(before), wrote)
    if last.what != MeetingState.planned:
        raise Refused("Cette séance n'est plus à venir : son ordre du jour ne change plus.")
    of_body = select(Decision.id).filter_by(instance=meeting.kind)
    if not {ident for ident, _ in order} <= set(session.exec(of_body)):
        raise Refused("Un de ces points n'est pas devant cette instance.")
    fault = f"Donnez de 0 à {MINUTES_MAX} minutes."
    refuse({f"minutes_{ident}": not 0 <= n <= MINUTES_MAX and fault for ident, n in order})
    for rank, (ident, minutes) in enumerate(order, 1):
        position = rank if minutes else 0
        was = before.get(ident)
        if was is None or (was.position, was.minutes) != (position, minutes):
            place = AgendaPoint(decision_id=ident, meeting_id=meeting_id, position=position)
            place.minutes = minutes
            add_fact(session, reader, place)


def treat_point(
    session: Session,
    reader: Reader,
    meeting_id: int,
    decision_id: int,
    step: DecisionEvent,
    tree: Tree,
    leaves: Collection[End] = (),
    seen: Collection[End] | None = None,
) -> None:
    """Inscrire l'issue d'un point, on the day of its meeting; an outcome with another owner is also
    entrusted to it. Raises Invalid per field, Refused.
    """
    require(reader, "decision.record")
    meeting, last = lock_meeting(session, meeting_id)
    before = one_decision(session, decision_id, today(session))
    if before is None or before.instance != meeting.kind:
        raise Refused("Ce point n'est pas devant cette instance.")
    if last.what == MeetingState.cancelled or last.day > today(session):
        raise Refused("L'issue d'un point s'inscrit à partir du jour de la séance.")
    owner, step.on, step.meeting_id = step.owner_direction_id, last.day, meeting_id
    follow_decision(session, reader, decision_id, step, tree, leaves, seen)
    if owner and owner != one_decision(session, decision_id, today(session)).owner_direction_id:
        handed = DecisionEvent(what=DecisionStep.entrusted, on=last.day, meeting_id=meeting_id)
        handed.owner_direction_id = owner
        follow_decision(session, reader, decision_id, handed, tree)


# --- the papers -----------------------------------------------------------------------------------


def approve_minutes(session: Session, reader: Reader, meeting_id: int) -> None:
    """Approuver le PV, as it is written: from then on it is only amended. Raises Refused."""
    require(reader, "decision.record")
    meeting, _ = lock_meeting(session, meeting_id)
    if not meeting.minutes:
        raise Refused("Enregistrez d'abord le PV.")
    if approval(session, meeting_id):
        raise Refused("Ce PV est déjà approuvé.")
    _add_paper(session, reader, meeting_id, PaperStep.approved)


def amend_minutes(session: Session, reader: Reader, meeting_id: int, text: str) -> None:
    """Compléter un PV approuvé by a dated text under it. Raises Invalid, Refused."""
    require(reader, "meeting.record")
    lock_meeting(session, meeting_id)
    words = clean_text(text)
    fault = too_long(words, TEXT_MAX) if words else "Écrivez ce qui complète le PV."
    refuse({"text": fault})
    if not approval(session, meeting_id):
        raise Refused("Ce PV n'est pas encore approuvé : corrigez-le.")
    _add_paper(session, reader, meeting_id, PaperStep.amended, words)


def send_papers(
    session: Session, reader: Reader, meeting_id: int, files: Sequence[str] = ()
) -> int:
    """Envoyer aux membres: a link to the agenda before the meeting, with the sender's own finished
    jobs as `files`; to the approved PV after it; once a day each. Returns how many are notified.
    Raises Refused.
    """
    require(reader, "meeting.record")
    meeting, last = lock_meeting(session, meeting_id)
    body, day = MeetingKind(meeting.kind), today(session)
    what = PaperStep.minutes_sent if approval(session, meeting_id) else PaperStep.sent
    if body not in BODIES or (what is PaperStep.sent and last.what != MeetingState.planned):
        raise Refused("Le PV s'envoie une fois approuvé.")
    if any(p.what == what and p.on == day for p in facts_of(session, MeetingPaper, meeting_id)):
        raise Refused("C'est déjà envoyé aujourd'hui.")
    members = members_of(session, body, day)
    if not members:
        raise Refused(
            "Personne n'est connu comme membre de cette instance : inscrivez-les à la séance, sur"
            " « Agenda », puis envoyez."
        )
    _add_paper(session, reader, meeting_id, what)
    subject, text = _MAILS[what]
    mine = {job.id for job in recent(session, reader, now(), 100, FILES) if not job.is_open}
    sent = [ident for ident in files if ident in mine and what is PaperStep.sent]
    return notify(
        session,
        members,
        key=key_of(meeting_id, what, day, sent),
        kind=NoticeKind.task,
        title=f"{body.label} du {french.day_long(last.day)} : {subject}",
        text=text,
        href=f"/preparer?instance={body}&reunion={meeting_id}",
        urgent=True,
    )


_MAILS = {
    PaperStep.sent: (
        "l'ordre du jour",
        "La page de la séance a les points, ce qui a glissé et les décisions à exécuter.",
    ),
    PaperStep.minutes_sent: ("le PV est approuvé", "Le PV se lit sur la page de la séance."),
}


def _add_paper(
    session: Session, reader: Reader, meeting_id: int, what: PaperStep, text: str = ""
) -> MeetingPaper:
    paper = MeetingPaper(meeting_id=meeting_id, what=what, text=text)
    return add_fact(session, reader, paper)


SUBJECT = "affiche"
_BYTES = 16


def make_poster(session: Session, reader: Reader, site_id: int) -> Poster:
    """Faire l'affiche d'un site, or return the present one."""
    require(reader, "poster.make")
    site, present = _site(session, site_id)
    return present or _make(session, reader, site, "créée")


def renew_poster(session: Session, reader: Reader, site_id: int) -> Poster:
    """Renouveler: the previous code is no longer valid. Raises Refused where there is none."""
    require(reader, "poster.make")
    site, present = _site(session, site_id)
    _end(session, present)
    return _make(session, reader, site, "renouvelée")


def revoke_poster(session: Session, reader: Reader, site_id: int) -> None:
    """Retirer l'affiche d'un site. Raises Refused where there is none."""
    require(reader, "poster.make")
    site, present = _site(session, site_id)
    _end(session, present)
    note(session, reader, SUBJECT, site.name, "retirée", None, site.name)


def count_wrong_word(engine: Engine, address: str | None) -> None:
    """Counts an attempt with an unknown code. Raises Refused past the hourly limit."""
    with writing(engine) as session:
        limits.count(session, limits.Act.poster, address)


def _site(session: Session, site_id: int) -> tuple[Site, Poster | None]:
    """The site, locked, and its present poster."""
    site = lock_record(session, Site, site_id, "Ce site n'existe pas.")
    present = select(Poster).filter_by(site_id=site_id, ended_on=None)
    return site, session.scalar(present)


def _make(session: Session, reader: Reader, site: Site, how: str) -> Poster:
    nonce = secrets.token_urlsafe(_BYTES)
    poster = Poster(site_id=site.id, nonce=nonce, made_on=today(session), made_by=reader.person_id)
    session.add(poster)
    note(session, reader, SUBJECT, site.name, how, None, site.name)
    session.flush()
    return poster


def _end(session: Session, poster: Poster | None) -> None:
    if poster is None:
        raise Refused("Ce site n'a pas d'affiche.")
    poster.ended_on = today(session)


def make_key(session: Session, reader: Reader) -> str:
    """Créer ou remplacer son adresse; the previous one is no longer valid. Returns the secret,
    once.
    """
    require(reader, "seat.register")
    secret = secrets.token_urlsafe(_BYTES)
    row = session.get(CalendarKey, reader.person_id, with_for_update=True) or CalendarKey(
        person_id=reader.person_id, key=""
    )
    row.key = hash_of(secret)
    add_record(session, row)
    return secret


def withdraw_key(session: Session, reader: Reader) -> None:
    """Retirer son adresse. Raises Refused where there is none."""
    require(reader, "seat.register")
    none = "Votre calendrier n'a pas d'adresse."
    session.delete(lock_record(session, CalendarKey, reader.person_id, none))
