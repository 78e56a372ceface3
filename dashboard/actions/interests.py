"""Acts on interests (marques d'intérêt): saying that one would take part, following it up,
making it a membership, a seat or a registration.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, select

from dashboard.access import OPERATOR, Reader, require
from dashboard.actions import limits
from dashboard.actions.communities import JoinInput, join_community
from dashboard.actions.groups.records import add_member
from dashboard.actions.notices.records import notify
from dashboard.actions.operations.short_acts import ShortAct, in_batches
from dashboard.actions.seats.taking import register
from dashboard.queries.directions import organisation
from dashboard.queries.interests import ACADEMY, COMMUNITIES, GROUPS, OPEN
from dashboard.queries.seats.events import Where
from models import retention
from models.academy import Training
from models.clock import add_months, today
from models.communities import (
    AmbassadorReach,
    Interest,
    InterestEvent,
    InterestKind,
    InterestState,
)
from models.database import leave_no_trace
from models.directions import Direction
from models.errors import Invalid, Refused
from models.groups import GroupState, ProgressGroup
from models.notices import NoticeKind
from models.people import Person
from models.roadmap import Activity
from models.texts import clean_text, clean_title

NAME_MAX = 120
TEXT_MAX = 2000
_S = InterestState


@dataclass(frozen=True)
class InterestInput:
    """What the form asks: the activity and, where they apply, the role, the reach, the group or
    the training; who, without an account.
    """

    activity: str
    role: str = ""
    reach: AmbassadorReach | None = None
    direction_id: int | None = None
    group_id: int | None = None
    training_id: int | None = None
    text: str = ""
    name: str = ""
    contact: str = ""


def mark_interest(
    session: Session, reader: Reader, given: InterestInput, address: str | None = None
) -> Interest:
    """Poser une marque d'intérêt, with or without an account. Raises Invalid per field, Refused
    where hers already waits, or where strangers at this `address` or anywhere have sent too many in
    this hour.
    """
    require(reader, "interest.file")
    if reader.is_stranger:
        limits.count(session, limits.Act.interest, address)
    cleaned = {
        "name": clean_title(given.name),
        "contact": clean_title(given.contact),
        "text": clean_text(given.text),
    }
    _check(session, reader, given, cleaned)
    if reader.is_known:
        # Her record says who she is.
        cleaned |= {"name": "", "contact": ""}
        _refuse_twice(session, reader, given)
    day = today(session)
    found = Interest(
        person_id=reader.person_id,
        activity=given.activity,
        role=clean_title(given.role),
        reach=str(given.reach or ""),
        direction_id=given.direction_id or _direction_of(session, reader),
        group_id=given.group_id,
        training_id=given.training_id,
        on=day,
        **cleaned,
    )
    session.add(found)
    session.flush()
    _say(session, reader, found, _S.new, "")
    return found


def take_care(session: Session, reader: Reader, interest_id: int) -> None:
    """« Je m'en occupe »: the reader answers for this interest from now on."""
    found = _held(session, reader, interest_id)
    found.owner_id = reader.person_id
    session.add(found)


def follow_interest(
    session: Session, reader: Reader, interest_id: int, state: InterestState, text: str = ""
) -> None:
    """Contacté, or sans suite with its reason. Raises Invalid, Refused where it is settled
    already.
    """
    found = _held(session, reader, interest_id)
    words = clean_text(text)
    if state not in (_S.contacted, _S.dropped):
        raise Refused("Une marque d'intérêt est contactée, ou classée sans suite.")
    if state == _S.dropped and not words:
        raise Invalid({"text": "Dites pourquoi : la personne pourrait le demander."})
    if len(words) > TEXT_MAX:
        raise Invalid({"text": f"Le texte peut compter {TEXT_MAX} caractères au plus."})
    if state == _S.contacted and found.state == _S.contacted:
        raise Refused("Cette personne est déjà notée comme contactée.")
    _settle(session, reader, found, state, words)


def drop_forgotten(session: Session, day: date) -> Iterator[ShortAct]:
    """Classer sans suite the marks that nobody followed for the months of the setting: what their
    authors left to be reached was given for an answer, and goes. A task of the round.
    """
    before = add_months(day, -retention.CONTACT_MONTHS)
    forgotten = session.exec(_unfollowed().where(Interest.on < before).order_by(Interest.id)).all()
    return in_batches([mark.id for mark in forgotten], _drop)


def _unfollowed():
    return select(Interest).where(Interest.state.in_([str(state) for state in OPEN]))


def _drop(session: Session, batch: Sequence[int]) -> int:
    open_marks = _unfollowed().where(Interest.id.in_(batch)).order_by(Interest.id)
    forgotten = session.exec(open_marks.with_for_update()).all()
    reason = f"Restée sans suite pendant {retention.CONTACT_MONTHS} mois."
    for mark in forgotten:
        _settle(session, OPERATOR, mark, _S.dropped, reason)
    if forgotten:
        leave_no_trace(session)
    return len(forgotten)


@dataclass(frozen=True)
class IntegrateInput:
    """What joining needs besides the interest: who, where she gave only a name; which services,
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
    """Intégrer: the interest becomes a membership, a seat in a group or a registration, in one act.
    Returns what it became.

    Raises Invalid per field, Refused where joining itself is refused: the interest then stays as it
    is.
    """
    found = _held(session, reader, interest_id)
    person_id = found.person_id or how.person_id
    if person_id is None:
        raise Invalid(
            {"person": "Choisissez la personne : sans compte, elle n'a laissé que son nom."}
        )
    became = _join(session, reader, found, person_id, how)
    found.person_id = person_id
    _settle(session, reader, found, _S.joined, became)
    person = session.get(Person, person_id)
    notify(
        session,
        [person_id],
        key=f"interet-{found.id}-{_S.joined}",
        kind=NoticeKind.state,
        by=reader.person_id,
        href="/mon-espace",
        title="Votre marque d'intérêt a abouti",
        text=became,
    )
    return f"{person.name} : {became[0].lower()}{became[1:]}"


def _join(
    session: Session, reader: Reader, found: Interest, person_id: int, how: IntegrateInput
) -> str:
    if found.activity in COMMUNITIES:
        community = COMMUNITIES[found.activity]
        reach = how.reach or (
            AmbassadorReach(found.reach) if found.reach else AmbassadorReach.one_service
        )
        join_community(session, reader, JoinInput(community, reach, how.services), person_id)
        return f"Membre de la {community.label}."
    if found.activity == GROUPS:
        group_id = how.group_id or found.group_id
        if group_id is None:
            raise Invalid({"group": "Choisissez le groupe qui l'accueille."})
        add_member(session, reader, group_id, person_id)
        return f"Membre du groupe {session.get(ProgressGroup, group_id).code}."
    if how.session_id is None:
        raise Invalid({"session": "Choisissez la session."})
    register(session, reader, Where(session_id=how.session_id), person_id)
    return "Inscription à une session de l'académie."


# --- rules ----------------------------------------------------------------------------------------


def _check(session: Session, reader: Reader, given: InterestInput, cleaned: dict[str, str]) -> None:
    errors = {}
    if not session.exec(select(Activity.id).where(Activity.code == given.activity)).first():
        errors["activity"] = "Choisissez une activité."
    if given.direction_id is not None and session.get(Direction, given.direction_id) is None:
        errors["direction_id"] = "Cette direction n'existe pas."
    if given.group_id is not None and (wrong := _wrong_group(session, given)):
        errors["group"] = wrong
    if given.training_id is not None and (
        given.activity != ACADEMY or session.get(Training, given.training_id) is None
    ):
        errors["training"] = "Cette formation n'existe pas."
    if not reader.is_known:
        errors |= _unreachable(cleaned)
    if len(cleaned["text"]) > TEXT_MAX:
        errors["text"] = f"Le texte peut compter {TEXT_MAX} caractères au plus."
    if errors:
        raise Invalid(errors)


def _unreachable(cleaned: dict[str, str]) -> dict[str, str]:
    """What is missing to get back to somebody without an account."""
    errors = {}
    if not 0 < len(cleaned["name"]) <= NAME_MAX:
        errors["name"] = (
            f"Donnez votre nom ({NAME_MAX} caractères au plus) : quelqu'un vous recontacte."
        )
    if not 0 < len(cleaned["contact"]) <= NAME_MAX or not re.search(r"\w", cleaned["contact"]):
        errors["contact"] = (
            "Dites comment vous joindre : au travail, par téléphone, par courriel ou sur votre"
            " site."
        )
    return errors


def _wrong_group(session: Session, given: InterestInput) -> str:
    group = session.get(ProgressGroup, given.group_id)
    if given.activity != GROUPS or group is None:
        return "Ce groupe n'existe pas."
    return f"Le groupe {group.code} est terminé." if GroupState(group.state).is_over else ""


def _refuse_twice(session: Session, reader: Reader, given: InterestInput) -> None:
    same = select(Interest.id).where(
        Interest.person_id == reader.person_id,
        Interest.activity == given.activity,
        Interest.state.in_(OPEN),
    )
    for column, value in (
        (Interest.group_id, given.group_id),
        (Interest.training_id, given.training_id),
    ):
        same = same.where(column == value if value else column.is_(None))
    if session.exec(same).first():
        raise Refused(
            "Votre intérêt pour cette activité est déjà noté : quelqu'un vous recontacte."
        )


def _direction_of(session: Session, reader: Reader) -> int | None:
    """Where she works says which direction: nobody asks her what is known."""
    if reader.service_id in organisation(session).at(today(session)).by_id:
        return reader.service_id
    return None


def _held(session: Session, reader: Reader, interest_id: int) -> Interest:
    require(reader, "interest.follow")
    found = session.get(Interest, interest_id, with_for_update=True, populate_existing=True)
    if found is None or found.kind != InterestKind.activity:
        raise Refused("Cette marque d'intérêt n'existe pas.")
    if found.state not in OPEN:
        raise Refused(
            f"Cette marque d'intérêt est déjà traitée ({InterestState(found.state).label.lower()})."
        )
    return found


def _settle(
    session: Session, reader: Reader, found: Interest, state: InterestState, text: str
) -> None:
    found.state = str(state)
    # As was promised: what she left to be reached goes.
    if state in (_S.joined, _S.dropped):
        found.name = found.contact = ""
    found.owner_id = found.owner_id or reader.person_id
    session.add(found)
    session.flush()
    _say(session, reader, found, state, text)


def _say(
    session: Session, reader: Reader, found: Interest, state: InterestState, text: str
) -> None:
    day = today(session)
    session.add(
        InterestEvent(
            interest_id=found.id,
            state=str(state),
            text=text,
            on=day,
            recorded_on=day,
            by=reader.person_id,
        )
    )
