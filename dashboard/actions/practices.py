"""Acts on practices (bonnes pratiques): sharing a note with the managers, taking it back."""

from sqlmodel import Session

from dashboard.access import Reader, require
from models.clock import today
from models.communities import Practice
from models.errors import Invalid, Refused
from models.ledger import bump
from models.texts import clean_text, clean_title

TITLE_MAX = 200
TEXT_MAX = 10_000


def share_practice(session: Session, reader: Reader, title: str, text: str) -> Practice:
    """Partager une bonne pratique: seen by the managers from now on. Raises Invalid per field."""
    require(reader, "practice.share")
    title = clean_title(title)
    more = clean_text(text)
    errors = {}
    if not 0 < len(title) <= TITLE_MAX:
        errors["title"] = f"Donnez un titre à votre fiche ({TITLE_MAX} caractères au plus)."
    if not 0 < len(more) <= TEXT_MAX:
        errors["text"] = f"Le texte peut compter {TEXT_MAX} caractères au plus."
    if not more:
        errors["text"] = "Racontez ce que vous avez fait, et ce que cela a donné."
    if errors:
        raise Invalid(errors)
    found = Practice(title=title, text=more, person_id=reader.person_id, on=today(session))
    session.add(found)
    session.flush()
    bump(session, "communities", since=found.on)
    return found


def withdraw_practice(session: Session, reader: Reader, practice_id: int) -> None:
    """Retirer une fiche: its author's. Raises Refused for what is somebody else's or withdrawn
    already.
    """
    require(reader, "practice.share")
    found = session.get(Practice, practice_id, with_for_update=True, populate_existing=True)
    if found is None or found.withdrawn_on is not None or found.person_id != reader.person_id:
        raise Refused("Cette fiche n'est plus affichée, ou n'est pas la vôtre.")
    found.withdrawn_on = today(session)
    session.add(found)
    session.flush()
    bump(session, "communities", since=found.withdrawn_on)
