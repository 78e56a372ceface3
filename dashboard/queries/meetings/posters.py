"""Reads posters (affiches): the sites that have one, and the site that a word opens."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from sqlmodel import Session, select

from dashboard.access import Reader, require
from models.codes import drawn, in_groups, read
from models.meetings import Poster, Site

PAGE, WORD = "affiche", "mot"  # its address, and what the address says
_SIGNS = 8  # 40 bits: short enough to be typed from a wall


def word_of(poster: Poster) -> str:
    """The word printed on the poster: « 7K3M-Q9XA »."""
    return drawn(f"poster:{poster.nonce}", _SIGNS)


def page_of(word: str, **more: str | int) -> str:
    """The address that a poster's word leads to: « /affiche?mot=7K3M-Q9XA », with more
    parameters.
    """
    params = {name: value for name, value in more.items() if value}
    return f"/{PAGE}?{urlencode({WORD: word} | params)}"


@dataclass(frozen=True)
class SitePoster:
    """A site and its poster: the word on it and since when; both empty if the site has none."""

    site: Site
    word: str = ""
    since: date | None = None


def site_posters(session: Session, reader: Reader) -> list[SitePoster]:
    """Every site by name with its poster. Raises Refused without the right."""
    require(reader, "poster.make")
    rows = session.exec(
        select(Site, Poster)
        .outerjoin(Poster, (Poster.site_id == Site.id) & Poster.ended_on.is_(None))
        .order_by(Site.name)
    ).all()
    return [
        SitePoster(site, word_of(poster), poster.made_on) if poster else SitePoster(site)
        for site, poster in rows
    ]


def words_in_use(session: Session) -> dict[str, int]:
    """Word → site id, for the posters in use: a typed word is compared with these."""
    found = session.exec(select(Poster).where(Poster.ended_on.is_(None))).all()
    return {word_of(poster): poster.site_id for poster in found}


def site_opened(words: Mapping[str, int], typed: str) -> int | None:
    """The site that a word opens, in any spelling; None for an unknown word."""
    wanted = in_groups(read(typed))
    # Compared with all of them, so that the duration does not reveal how much of a word was right.
    found = [site for word, site in words.items() if _are_the_same(word, wanted)]
    return found[0] if found else None


def _are_the_same(word: str, typed: str) -> bool:
    return hmac.compare_digest(word.encode(), typed.encode())
