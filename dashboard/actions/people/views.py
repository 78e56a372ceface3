"""Saved views (vues enregistrées): the filters, columns and order of a list, kept under a name."""

from urllib.parse import parse_qsl, urlencode

from sqlmodel import Session, func, select

from dashboard.access import Reader, require
from models.errors import Invalid, Refused
from models.keeping import SavedView, WorkList
from models.texts import clean_title

MOST = 12  # of one list
NAME_MAX = 40
_QUERY_MAX = 1500


def save_view(session: Session, reader: Reader, of: str, name: str, query: str) -> SavedView:
    """Enregistrer une vue: under the name of one that is there it takes its place. Raises Invalid
    for a name, Refused where there are too many.
    """
    require(reader, "page.everyone")
    words = clean_title(name)
    if not words:
        raise Invalid({"name": "Donnez un nom à cette vue."})
    if len(words) > NAME_MAX:
        raise Invalid({"name": f"Le nom peut compter {NAME_MAX} caractères au plus."})
    asked = urlencode(parse_qsl(query))
    if of not in {item.value for item in WorkList} or len(asked) > _QUERY_MAX:
        raise Refused("Cette vue ne peut pas être enregistrée.")
    hers = select(SavedView).where(SavedView.person_id == reader.person_id, SavedView.list == of)
    found = session.exec(hers.where(SavedView.name == words).with_for_update()).first()
    if found is None:
        if session.exec(select(func.count()).select_from(hers.subquery())).one() >= MOST:
            raise Refused(f"Vous gardez déjà {MOST} vues de cette liste : supprimez-en une.")
        found = SavedView(person_id=reader.person_id, list=of, name=words)
    found.query = asked
    session.add(found)
    session.flush()
    return found


def delete_view(session: Session, reader: Reader, view_id: int) -> None:
    """Supprimer une vue, of one's own."""
    require(reader, "page.everyone")
    found = session.get(SavedView, view_id)
    if found is None or found.person_id != reader.person_id:
        raise Refused("Cette vue n'existe pas, ou n'est pas à vous.")
    session.delete(found)
    session.flush()
