"""What is kept in memory of posters (affiches): the words that stand, read anew as soon as one is
made, renewed or revoked.
"""

from dashboard.cached.memory import cached
from dashboard.queries.meetings import posters
from models.database import reading
from models.meetings import Site


@cached("meetings", size=1)
def standing_words() -> dict[str, int]:
    """Word → id of the site."""
    with reading() as session:
        return posters.standing_words(session)


@cached("meetings", "directions", size=64)
def site(site_id: int) -> Site | None:
    with reading() as session:
        return session.get(Site, site_id)
