"""Acts on posters (affiches): creating, renewing and revoking the code displayed at a site."""

import secrets

from sqlalchemy import Engine
from sqlmodel import Session, select

from dashboard.access import Reader, require
from dashboard.actions import limits
from dashboard.actions.acts import note
from models.clock import today
from models.database import writing
from models.errors import Refused
from models.meetings import Poster, Site

SUBJECT = "affiche"
_BYTES = 16


def make_poster(session: Session, reader: Reader, site_id: int) -> Poster:
    """Faire l'affiche d'un site, or return the present one."""
    require(reader, "poster.make")
    site = _site(session, site_id)
    return _current(session, site_id) or _make(session, reader, site, "créée")


def renew_poster(session: Session, reader: Reader, site_id: int) -> Poster:
    """Renouveler: the previous code is no longer valid. Raises Refused where there is none."""
    require(reader, "poster.make")
    site = _site(session, site_id)
    _end(session, site_id)
    return _make(session, reader, site, "renouvelée")


def revoke_poster(session: Session, reader: Reader, site_id: int) -> None:
    """Retirer l'affiche d'un site. Raises Refused where there is none."""
    require(reader, "poster.make")
    site = _site(session, site_id)
    _end(session, site_id)
    _note(session, reader, site, "retirée")


def count_wrong_word(engine: Engine, address: str | None) -> None:
    """Counts an attempt with an unknown code. Raises Refused past the hourly limit."""
    with writing(engine) as session:
        limits.count(session, limits.Act.poster, address)


def _site(session: Session, site_id: int) -> Site:
    """The site, locked."""
    site = session.exec(select(Site).where(Site.id == site_id).with_for_update()).first()
    if site is None:
        raise Refused("Ce site n'existe pas.")
    return site


def _current(session: Session, site_id: int) -> Poster | None:
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
    poster = _current(session, site_id)
    if poster is None:
        raise Refused("Ce site n'a pas d'affiche.")
    poster.ended_on = today(session)
    session.add(poster)


def _note(session: Session, reader: Reader, site: Site, how: str) -> None:
    note(session, reader, today(session), SUBJECT, site.name, how, None, site.name)
    session.flush()
