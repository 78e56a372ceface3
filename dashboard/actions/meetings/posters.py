"""Acts on posters (affiches): the word on the wall of a site, printed, renewed, revoked."""

import secrets

from sqlalchemy import Engine
from sqlmodel import Session, select

from dashboard.access import Reader, require
from dashboard.actions import limits
from dashboard.actions.journal import note
from models.clock import today
from models.database import writing
from models.errors import Refused
from models.meetings import Poster, Site

SUBJECT = "affiche"
_BYTES = 16


def make_poster(session: Session, reader: Reader, site_id: int) -> Poster:
    """Faire l'affiche d'un site; the one that stands, where there is one."""
    require(reader, "poster.make")
    site = _site(session, site_id)
    return _standing(session, site_id) or _make(session, reader, site, "créée")


def renew_poster(session: Session, reader: Reader, site_id: int) -> Poster:
    """Renouveler: the word of before opens nothing any more. Raises Refused where none stands."""
    require(reader, "poster.make")
    site = _site(session, site_id)
    _end(session, site_id)
    return _make(session, reader, site, "renouvelée")


def revoke_poster(session: Session, reader: Reader, site_id: int) -> None:
    """Retirer l'affiche d'un site. Raises Refused where none stands."""
    require(reader, "poster.make")
    site = _site(session, site_id)
    _end(session, site_id)
    _note(session, reader, site, "retirée")


def count_wrong_word(engine: Engine, address: str | None) -> None:
    """Counts a word that opens nothing. Raises Refused where there were too many in this hour."""
    with writing(engine) as session:
        limits.count(session, limits.Act.poster, address)


def _site(session: Session, site_id: int) -> Site:
    """The site, held: of two at once at the same site one waits for the other."""
    site = session.exec(select(Site).where(Site.id == site_id).with_for_update()).first()
    if site is None:
        raise Refused("Ce site n'existe pas.")
    return site


def _standing(session: Session, site_id: int) -> Poster | None:
    return session.exec(
        select(Poster).where(Poster.site_id == site_id, Poster.ended_on.is_(None))
    ).first()


def _make(session: Session, reader: Reader, site: Site, how: str) -> Poster:
    poster = Poster(
        site_id=site.id,
        nonce=secrets.token_urlsafe(_BYTES),
        made_on=today(session),
        made_by=reader.person_id,
    )
    session.add(poster)
    _note(session, reader, site, how)
    return poster


def _end(session: Session, site_id: int) -> None:
    found = _standing(session, site_id)
    if found is None:
        raise Refused("Ce site n'a pas d'affiche.")
    found.ended_on = today(session)
    session.add(found)


def _note(session: Session, reader: Reader, site: Site, how: str) -> None:
    note(session, reader, today(session), SUBJECT, site.name, how, None, site.name)
    session.flush()
