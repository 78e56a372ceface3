"""Acts on the news: writing and withdrawing a post, making it public, publishing and withdrawing
the situation.
"""

from datetime import date

from sqlmodel import Session

from dashboard.access import Reader, require
from dashboard.actions.acts import add_record, note, refuse_conflict
from dashboard.queries.journal import LastWrite
from dashboard.queries.news import Situation, publications
from models.clock import today
from models.notices import BODY_MAX, TITLE_MAX, WORD_MAX, Post, Publication
from models.revisions import hold
from models.texts import Refused, clean_text, clean_title, refuse, too_long


def write_post(session: Session, reader: Reader, title: str, body: str) -> Post:
    """Écrire une actualité, visible to agents at once. Raises Invalid per field."""
    require(reader, "post.write")
    title, body = clean_title(title), clean_text(body)
    nothing = "Donnez un titre à l'actualité."
    refuse(
        {
            "title": too_long(title, TITLE_MAX, "Le titre") if title else nothing,
            "body": too_long(body, BODY_MAX),
        }
    )
    post = add_record(session, Post(on=today(session), title=title, body=body, by=reader.person_id))
    note(session, reader, "actualité", str(post.id), "écrite", None, title)
    return post


def withdraw_post(session: Session, reader: Reader, post_id: int) -> Post:
    """Retirer une actualité: hides it; the row remains."""
    require(reader, "post.write")
    post = _open_post(session, post_id)
    post.withdrawn_on = today(session)
    note(session, reader, "actualité", str(post.id), "retirée", post.title, None)
    return post


def open_post(session: Session, reader: Reader, post_id: int) -> Post:
    """Rendre une actualité publique: visible without an account, and in the feed."""
    require(reader, "publication.make")
    post = _open_post(session, post_id)
    if post.public_on:
        raise Refused("Cette actualité est déjà publique.")
    post.public_on = today(session)
    note(session, reader, "actualité", str(post.id), "publique", None, post.title)
    return post


def _open_post(session: Session, post_id: int) -> Post:
    post = session.get(Post, post_id)
    if post is None or post.withdrawn_on:
        raise Refused("Cette actualité n'existe pas, ou elle est déjà retirée.")
    return post


def publish(
    session: Session,
    reader: Reader,
    au: date,
    word: str,
    situation: Situation,
    *,
    read: int | None = None,
) -> Publication:
    """Publier la situation as given, visible without an account. Raises Invalid, Refused,
    EditConflict where one was published since the one read (its id, 0: none).
    """
    require(reader, "publication.make")
    hold(session, "news")
    last = next(iter(publications(session)), Publication(id=0))
    refuse_conflict(
        session,
        reader,
        read,
        {"word": last.word},
        LastWrite(last.by, last.on),
        mark=last.id,
        did="a publié une situation entre-temps",
    )
    day = today(session)
    word = clean_text(word)
    early = "La situation d'un jour à venir ne peut pas être publiée."
    refuse({"au": au > day and early, "word": too_long(word, WORD_MAX, "Le mot")})
    made = add_record(
        session,
        Publication(on=day, au=au, by=reader.person_id, word=word, content=situation.as_json()),
    )
    note(session, reader, "publication", str(made.id), "situation", None, au.isoformat())
    return made


def withdraw_publication(session: Session, reader: Reader, publication_id: int) -> Publication:
    """Retirer une publication: the previous one, if any, is shown again."""
    require(reader, "publication.make")
    made = session.get(Publication, publication_id)
    if made is None or made.withdrawn_on:
        raise Refused("Cette publication n'existe pas, ou elle est déjà retirée.")
    made.withdrawn_on = today(session)
    note(
        session,
        reader,
        "publication",
        str(made.id),
        "situation",
        made.au.isoformat(),
        None,
    )
    return made
