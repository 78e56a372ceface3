"""Reading the sites (dépôts, crèches, bâtiments) as those who keep them see them."""

from datetime import date

from sqlmodel import Session, select

from dashboard.access import Reader, require
from models.directions import Direction
from models.meetings import Site

KEPT_BY = "people.import"


def site_rows(session: Session, reader: Reader, on: date) -> list[tuple[object, ...]]:
    """The sites by name, cell by cell as their file has them (`dashboard.files.sites`). Raises
    Refused without the right.
    """
    require(reader, KEPT_BY)
    rows = session.exec(
        select(Site, Direction.code)
        .join(Direction, Direction.id == Site.direction_id, isouter=True)
        .order_by(Site.name)
    ).all()
    return [(site.name, site.kind, code, site.agents, site.computers) for site, code in rows]
