"""Acts on skills (savoir-faire): « J'ai un savoir-faire à transmettre », « Ce que je voudrais
apprendre ».
"""

from sqlmodel import Session

from dashboard.access import Reader, require
from dashboard.actions.notices.records import notify
from dashboard.queries.academy.skills import matching
from models.academy import Skill
from models.clock import today
from models.errors import Invalid, Refused
from models.keeping import NoticeKind
from models.ledger import bump
from models.texts import clean_text, clean_title

TITLE_MAX = 120
TEXT_MAX = 1000
_TAUGHT = "Un collègue peut transmettre ce que vous voudriez apprendre"
_ASKED = "Un collègue voudrait apprendre ce que vous savez transmettre"


def declare_skill(
    session: Session, reader: Reader, teaches: bool, title: str, text: str = ""
) -> Skill:
    """Dire ce que l'on sait transmettre, ou ce que l'on voudrait apprendre; those on the other
    side are told. Raises Invalid per field.
    """
    require(reader, "seat.register")
    title = clean_title(title)
    more = clean_text(text)
    errors = {}
    if not 0 < len(title) <= TITLE_MAX:
        errors["title"] = (
            f"Dites en quelques mots de quoi il s'agit ({TITLE_MAX} caractères au plus)."
        )
    if len(more) > TEXT_MAX:
        errors["text"] = f"Le texte peut compter {TEXT_MAX} caractères au plus."
    if errors:
        raise Invalid(errors)
    found = Skill(
        person_id=reader.person_id, teaches=teaches, title=title, text=more, on=today(session)
    )
    session.add(found)
    session.flush()
    for other in matching(session, found):
        notify(
            session,
            [other.person_id],
            key=f"savoir-{found.id}-{other.id}",
            kind=NoticeKind.state,
            href="/savoir-faire",
            by=reader.person_id,
            title=_TAUGHT if teaches else _ASKED,
            text=f"« {title} »",
        )
    bump(session, "academy", since=found.on)
    return found


def end_skill(session: Session, reader: Reader, skill_id: int) -> None:
    """Retirer ce que l'on avait dit. Raises Refused for what is somebody else's."""
    require(reader, "seat.register")
    found = session.get(Skill, skill_id)
    if found is None or found.person_id != reader.person_id or found.ended_on is not None:
        raise Refused("Ce savoir-faire n'est plus affiché, ou n'est pas le vôtre.")
    found.ended_on = today(session)
    session.add(found)
    bump(session, "academy", since=found.ended_on)
