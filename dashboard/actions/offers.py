"""Acts on offers and wishes (offres et souhaits): « J'ai un savoir-faire à transmettre », « Ce que
je voudrais apprendre », sharing a practice with managers; withdrawing them. Interest in an activity
is in `interests`.
"""

from sqlmodel import Session

from dashboard.access import Reader, require
from dashboard.actions.notices.records import notify
from dashboard.queries.offers import matching
from models.clock import today
from models.communities import Interest, InterestKind
from models.errors import Refused, refuse
from models.notices import NoticeKind
from models.texts import clean_text, clean_title, too_long

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
    _require(reader, kind)
    title, text = clean_title(title), clean_text(text)
    refuse(_faults(kind, title, text))
    offer = Interest(
        kind=str(kind),
        person_id=reader.person_id,
        title=title,
        text=text,
        on=today(session),
        state=None,
    )
    session.add(offer)
    session.flush()
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


def _faults(kind: InterestKind, title: str, text: str) -> dict[str, object]:
    title_max, text_max = LONGEST[kind]
    what = f"Dites en quelques mots de quoi il s'agit ({title_max} caractères au plus)."
    missing_text = "Racontez ce que vous avez fait, et ce que cela a donné."
    is_empty = kind is InterestKind.practice and not text
    return {
        "title": not 0 < len(title) <= title_max and what,
        "text": (is_empty and missing_text) or too_long(text, text_max),
    }


def end_offer(session: Session, reader: Reader, kind: InterestKind, offer_id: int) -> None:
    """Retirer ce que l'on avait écrit. Raises Refused for somebody else's."""
    _require(reader, kind)
    offer = session.get(Interest, offer_id, with_for_update=True, populate_existing=True)
    is_hers = offer is not None and offer.kind == kind and offer.person_id == reader.person_id
    if not is_hers or offer.ended_on is not None:
        raise Refused("Ce n'est plus affiché, ou ce n'est pas de vous.")
    offer.ended_on = today(session)
    session.add(offer)


def _require(reader: Reader, kind: InterestKind) -> None:
    if kind is InterestKind.practice:
        require(reader, "practice.share")
    else:
        require(reader, "seat.register")
