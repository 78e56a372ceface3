"""Acts on interests (marques d'intérêt): expressing one, following it up, turning it into a
membership, a seat or a registration; and on what people teach, would learn or share.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, select

from dashboard.access import OPERATOR, Reader, require
from dashboard.actions import limits
from dashboard.actions.acts import add_fact, add_record, lock_record
from dashboard.actions.communities import JoinInput, join_community
from dashboard.actions.groups import add_member
from dashboard.actions.notices.records import notify
from dashboard.actions.operations.mixing import ShortAct, in_batches
from dashboard.actions.seats.taking import register
from dashboard.queries.directions import organisation
from dashboard.queries.interests import ACADEMY, COMMUNITIES, GROUPS, OPEN_INTERESTS, matching
from dashboard.queries.seats.records import Where
from models import installation
from models.academy import Training
from models.clock import add_months, today
from models.communities import AmbassadorReach, Interest, InterestEvent, InterestKind, InterestState
from models.database import leave_no_trace
from models.directions import Direction
from models.groups import GroupState, ProgressGroup
from models.notices import NoticeKind
from models.people import Person
from models.roadmap import Activity
from models.texts import Refused, clean_text, clean_title, refuse, too_long

NAME_MAX = 120
TEXT_MAX = 2000
NO_SUCH = "Cette marque d'intérêt n'existe pas."


def mark_interest(
    session: Session, reader: Reader, typed: Interest, address: str | None = None
) -> Interest:
    """Poser une marque d'intérêt, with or without an account. Raises Invalid per field, Refused
    where the same one is open, or past the hourly limit of this `address` or of all.
    """
    require(reader, "interest.file")
    if reader.is_stranger:
        limits.count(session, limits.Act.interest, address)
    typed.name, typed.contact = clean_title(typed.name), clean_title(typed.contact)
    typed.text, typed.role = clean_text(typed.text), clean_title(typed.role)
    typed.reach = typed.reach or ""
    refuse(_faults(session, reader, typed))
    typed.person_id = reader.person_id
    typed.on = today(session)
    if reader.is_known:
        # Her personnel record has her name.
        typed.name = typed.contact = ""
        same = _unfollowed().filter_by(
            person_id=reader.person_id,
            activity=typed.activity,
            group_id=typed.group_id or None,
            training_id=typed.training_id or None,
        )
        if session.scalar(same):
            raise Refused(
                "Votre intérêt pour cette activité est déjà noté : quelqu'un vous recontacte."
            )
    if not typed.direction_id and reader.service_id in organisation(session).at(typed.on).by_id:
        typed.direction_id = reader.service_id
    add_record(session, typed)
    add_fact(session, reader, InterestEvent(interest_id=typed.id, state=InterestState.new, text=""))
    return typed


def take_care(session: Session, reader: Reader, interest_id: int) -> None:
    """« Je m'en occupe »: makes the reader responsible for this interest."""
    interest = _lock_open(session, reader, interest_id)
    interest.owner_id = reader.person_id


def follow_interest(
    session: Session, reader: Reader, interest_id: int, state: InterestState, text: str = ""
) -> None:
    """Contacté, or sans suite with its reason. Raises Invalid, Refused where it is already
    closed.
    """
    interest = _lock_open(session, reader, interest_id)
    words = clean_text(text)
    if state not in (InterestState.contacted, InterestState.dropped):
        raise Refused("Une marque d'intérêt est contactée, ou classée sans suite.")
    why = "Dites pourquoi : la personne pourrait le demander."
    refuse(
        {
            "text": (state == InterestState.dropped and not words and why)
            or too_long(words, TEXT_MAX)
        }
    )
    if state == InterestState.contacted and interest.state == InterestState.contacted:
        raise Refused("Cette personne est déjà notée comme contactée.")
    _close(session, reader, interest, state, words)


def drop_forgotten(session: Session, day: date) -> Iterator[ShortAct]:
    """Classer sans suite interests not followed up within the retention setting, and delete their
    contact details. A task of the round.
    """
    before = add_months(day, -installation.CONTACT_MONTHS)
    forgotten = session.exec(_unfollowed().where(Interest.on < before).order_by(Interest.id)).all()
    return in_batches([mark.id for mark in forgotten], _drop)


def _unfollowed():
    return select(Interest).where(Interest.state.in_(OPEN_INTERESTS))


def _drop(session: Session, batch: Sequence[int]) -> int:
    open_marks = _unfollowed().where(Interest.id.in_(batch)).order_by(Interest.id)
    forgotten = session.exec(open_marks.with_for_update()).all()
    reason = f"Restée sans suite pendant {installation.CONTACT_MONTHS} mois."
    for mark in forgotten:
        _close(session, OPERATOR, mark, InterestState.dropped, reason)
    if forgotten:
        leave_no_trace(session)
    return len(forgotten)


@dataclass(frozen=True)
class IntegrateInput:
    """What joining needs besides the interest: the person, if only a name was given; services,
    group or session.
    """

    person_id: int | None = None
    services: frozenset[int] = frozenset()
    reach: AmbassadorReach | None = None
    group_id: int | None = None
    session_id: int | None = None


def integrate_interest(
    session: Session, reader: Reader, interest_id: int, how: IntegrateInput
) -> str:
    """Intégrer: turns the interest into a membership, a seat in a group or a registration, in one
    act. Returns the outcome.

    Raises Invalid per field, Refused where joining itself is refused: the interest then remains
    unchanged.
    """
    interest = _lock_open(session, reader, interest_id)
    person_id = interest.person_id or how.person_id
    missing = "Choisissez la personne : sans compte, elle n'a laissé que son nom."
    refuse({"person": person_id is None and missing})
    became = _join(session, reader, interest, person_id, how)
    interest.person_id = person_id
    _close(session, reader, interest, InterestState.joined, became)
    person = session.get(Person, person_id)
    notify(
        session,
        [person_id],
        key=f"interet-{interest.id}-{InterestState.joined}",
        kind=NoticeKind.state,
        by=reader.person_id,
        href="/mon-espace",
        title="Votre marque d'intérêt a abouti",
        text=became,
    )
    return f"{person.name} : {became[0].lower()}{became[1:]}"


def _join(
    session: Session, reader: Reader, interest: Interest, person_id: int, how: IntegrateInput
) -> str:
    if interest.activity in COMMUNITIES:
        community = COMMUNITIES[interest.activity]
        reach = how.reach or (
            AmbassadorReach(interest.reach) if interest.reach else AmbassadorReach.one_service
        )
        join_community(session, reader, JoinInput(community, reach, how.services), person_id)
        return f"Membre de la {community.label}."
    if interest.activity == GROUPS:
        group_id = how.group_id or interest.group_id
        refuse({"group": group_id is None and "Choisissez le groupe qui l'accueille."})
        add_member(session, reader, group_id, person_id)
        return f"Membre du groupe {session.get(ProgressGroup, group_id).code}."
    refuse({"session": how.session_id is None and "Choisissez la session."})
    register(session, reader, Where(session_id=how.session_id), person_id)
    return "Inscription à une session de l'académie."


# --- rules ----------------------------------------------------------------------------------------


def _faults(session: Session, reader: Reader, typed: Interest) -> dict[str, object]:
    is_activity = session.scalar(select(Activity.id).filter_by(code=typed.activity))
    is_training = typed.activity == ACADEMY and session.get(Training, typed.training_id or 0)
    is_direction = session.get(Direction, typed.direction_id or 0)
    is_way = 0 < len(typed.contact) <= NAME_MAX and re.search(r"\w", typed.contact)
    name = f"Donnez votre nom ({NAME_MAX} caractères au plus) : quelqu'un vous recontacte."
    unreachable = {
        "name": not 0 < len(typed.name) <= NAME_MAX and name,
        "contact": not is_way
        and "Dites comment vous joindre : au travail, par téléphone, par courriel ou sur votre"
        " site.",
    }
    return {
        "activity": not is_activity and "Choisissez une activité.",
        "direction_id": typed.direction_id is not None
        and not is_direction
        and "Cette direction n'existe pas.",
        "group": typed.group_id is not None and _wrong_group(session, typed),
        "training": typed.training_id is not None
        and not is_training
        and "Cette formation n'existe pas.",
        "text": too_long(typed.text, TEXT_MAX),
        **({} if reader.is_known else unreachable),
    }


def _wrong_group(session: Session, typed: Interest) -> str:
    group = session.get(ProgressGroup, typed.group_id)
    if typed.activity != GROUPS or group is None:
        return "Ce groupe n'existe pas."
    return f"Le groupe {group.code} est terminé." if GroupState(group.state).is_over else ""


def _lock_open(session: Session, reader: Reader, interest_id: int) -> Interest:
    require(reader, "interest.follow")
    mark = lock_record(session, Interest, interest_id, NO_SUCH)
    if mark.kind != InterestKind.activity:
        raise Refused(NO_SUCH)
    if mark.state not in OPEN_INTERESTS:
        raise Refused(
            f"Cette marque d'intérêt est déjà traitée ({InterestState(mark.state).label.lower()})."
        )
    return mark


def _close(
    session: Session, reader: Reader, interest: Interest, state: InterestState, text: str
) -> None:
    interest.state = state
    # As announced to her: contact details are deleted.
    if state in (InterestState.joined, InterestState.dropped):
        interest.name = interest.contact = ""
    interest.owner_id = interest.owner_id or reader.person_id
    session.flush()
    add_fact(session, reader, InterestEvent(interest_id=interest.id, state=state, text=text))


# ── What people know, would like to learn, or share ─────────────────────────────────────────────

# Kind → maximum lengths of title and text.
LONGEST = {
    InterestKind.teaches: (120, 1_000),
    InterestKind.learns: (120, 1_000),
    InterestKind.practice: (200, 10_000),
}
_MET = {
    InterestKind.teaches: "Un collègue peut transmettre ce que vous voudriez apprendre",
    InterestKind.learns: "Un collègue voudrait apprendre ce que vous savez transmettre",
}


def write_offer(
    session: Session, reader: Reader, kind: InterestKind, title: str, text: str = ""
) -> Interest:
    """Dire ce que l'on sait transmettre or would like to learn, and notify those who match; or
    share a practice with managers. Raises Invalid per field.
    """
    _require_offer(reader, kind)
    title, text = clean_title(title), clean_text(text)
    title_max, text_max = LONGEST[kind]
    what = f"Dites en quelques mots de quoi il s'agit ({title_max} caractères au plus)."
    nothing = kind is InterestKind.practice and not text
    missing = nothing and "Racontez ce que vous avez fait, et ce que cela a donné."
    refuse(
        {
            "title": not 0 < len(title) <= title_max and what,
            "text": missing or too_long(text, text_max),
        }
    )
    offer = add_record(
        session,
        Interest(
            kind=kind,
            person_id=reader.person_id,
            title=title,
            text=text,
            on=today(session),
            state=None,
        ),
    )
    for match in matching(session, offer) if kind in _MET else ():
        notify(
            session,
            [match.person_id],
            key=f"savoir-{offer.id}-{match.id}",
            kind=NoticeKind.state,
            href="/savoir-faire",
            by=reader.person_id,
            title=_MET[kind],
            text=f"« {title} »",
        )
    return offer


def end_offer(session: Session, reader: Reader, kind: InterestKind, offer_id: int) -> None:
    """Retirer ce que l'on avait écrit. Raises Refused for somebody else's."""
    _require_offer(reader, kind)
    offer = session.get(Interest, offer_id, with_for_update=True, populate_existing=True)
    is_hers = offer is not None and offer.kind == kind and offer.person_id == reader.person_id
    if not is_hers or offer.ended_on is not None:
        raise Refused("Ce n'est plus affiché, ou ce n'est pas de vous.")
    offer.ended_on = today(session)


def _require_offer(reader: Reader, kind: InterestKind) -> None:
    if kind is InterestKind.practice:
        require(reader, "practice.share")
    else:
        require(reader, "seat.register")
