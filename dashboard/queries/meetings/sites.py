"""Reading the sites (dépôts, crèches, bâtiments) as those who keep them see them."""

from datetime import date

from sqlmodel import Session, select

from dashboard.access import Reader, require
from dashboard.queries.directions import organisation
from models.meetings import Site

KEPT_BY = "people.import"


def site_rows(session: Session, reader: Reader, on: date) -> list[tuple[object, ...]]:
    """The sites by name, cell by cell as their file has them
    (`dashboard.files.sites`). Raises Refused without the right.
    """
    require(reader, KEPT_BY)
    # A direction that is closed stays out: an empty cell leaves it.
    codes = {unit.id: unit.code for unit in organisation(session).at(on).units}
    rows = session.exec(select(Site).order_by(Site.name)).all()
    return [(s.name, s.kind, codes.get(s.direction_id), s.agents, s.computers) for s in rows]
