"""Reading the views (vues enregistrées) that the reader keeps of a list."""

from sqlmodel import Session, select

from dashboard.access import Reader
from models.keeping import SavedView


def views_of(session: Session, reader: Reader, of: str) -> list[SavedView]:
    """Her own, by name."""
    if not reader.is_known:
        return []
    return list(
        session.exec(
            select(SavedView)
            .where(SavedView.person_id == reader.person_id, SavedView.list == of)
            .order_by(SavedView.name, SavedView.id)
        ).all()
    )
