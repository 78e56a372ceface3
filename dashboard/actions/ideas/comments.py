"""Acts around an entry: supporting it, following it, commenting, reporting, moderating."""

from collections.abc import Collection, Iterator

from sqlalchemy import ColumnElement, delete, distinct, func
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, select

from dashboard.access import Reader, require
from dashboard.actions.ideas.facts import idea_to_change, write_fact
from dashboard.actions.notices.ideas import notify_comment
from dashboard.queries.ideas.card import idea_by_number
from dashboard.queries.ideas.comments import lineage, unanswered
from dashboard.queries.ideas.mentions import named_in, note_readers
from dashboard.scope import Scope
from models.clock import today
from models.comments import COMMENT_MAX, Comment, Follow, Gesture, Moderation, Support, Voice
from models.database import is_sqlite
from models.directions import Tree
from models.errors import Invalid, Refused
from models.facts import random_id
from models.idea_events import EventKind
from models.idea_states import IdeaStatus
from models.ideas import Idea
from models.ledger import bump
from models.texts import clean_text

# ── Supporting, following ─────────────────────────────────────────────────────────────────────────


def support_idea(session: Session, scope: Scope, number: int) -> int:
    """« Je la soutiens »: once per person, whatever is clicked. Gives how many support the entry
    now.
    """
    idea = _idea_seen(session, scope, number)
    _refuse_over(idea)
    if not idea.published:
        raise Refused("Cette idée n'est pas encore publiée.")
    if idea.author_id == scope.reader.person_id:
        raise Refused("C'est votre idée : votre voix y est déjà.")
    _keep_once(session, Support, idea, scope.reader)
    return recount_supports(session, idea)


def unsupport_idea(session: Session, scope: Scope, number: int) -> int:
    """The support is taken back. Gives how many support the entry now."""
    idea = _idea_seen(session, scope, number)
    session.execute(
        delete(Support).where(
            Support.idea_id == idea.id, Support.person_id == scope.reader.person_id
        )
    )
    return recount_supports(session, idea)


def follow_idea(session: Session, scope: Scope, number: int) -> None:
    """Suivre: what happens to the entry is told to the reader."""
    _keep_once(session, Follow, _idea_seen(session, scope, number), scope.reader)
    bump(session, "ideas", since=today(session))


def unfollow_idea(session: Session, scope: Scope, number: int) -> None:
    """Ne plus suivre."""
    idea = _idea_seen(session, scope, number)
    session.execute(
        delete(Follow).where(Follow.idea_id == idea.id, Follow.person_id == scope.reader.person_id)
    )
    bump(session, "ideas", since=today(session))


def _idea_seen(session: Session, scope: Scope, number: int) -> Idea:
    """The entry, held, if the reader may see it and take part."""
    require(scope.reader, "idea.take_part")
    if idea_by_number(session, scope, number) is None:
        raise Refused("Cette idée n'existe pas, ou ne vous est pas ouverte.")
    return idea_to_change(session, number)


def _refuse_over(idea: Idea) -> None:
    status = IdeaStatus(idea.status)
    if status.is_off_path:
        raise Refused(f"Cette idée est « {status.label} » : ce geste n'y est plus possible.")


def _keep_once(
    session: Session, table: type[Support] | type[Follow], idea: Idea, reader: Reader
) -> None:
    # Who does already has clicked twice, or in two tabs: no error, and no second row.
    insert = (sqlite if is_sqlite(session) else postgresql).insert(table)
    session.execute(
        insert.values(
            idea_id=idea.id, person_id=reader.person_id, on=today(session)
        ).on_conflict_do_nothing()
    )


def recount_supports(session: Session, idea: Idea) -> int:
    """Unique supporters of an entry and of those merged into it, counted on its record and on those
    it is merged into; an author of one of them is not counted.
    """
    idea.supports = _supporters(session, idea)
    for above in _joined(session, idea):
        above.supports = _supporters(session, above)
    session.flush()
    bump(session, "ideas", since=today(session))
    return idea.supports


def _joined(session: Session, idea: Idea) -> Iterator[Idea]:
    """The entries that this one is merged into, one into the other, each held; a circle ends."""
    known = {idea.id}
    while idea.merged_into is not None and idea.merged_into not in known:
        known.add(idea.merged_into)
        idea = session.get(Idea, idea.merged_into, with_for_update=True)
        yield idea


def _supporters(session: Session, idea: Idea) -> int:
    family = lineage(session, idea)
    # Without the NULLs of anonymous entries: beside one of them NOT IN is never true.
    authors = select(Idea.author_id).where(Idea.id.in_(family), Idea.author_id.is_not(None))
    return session.exec(
        select(func.count(distinct(Support.person_id))).where(
            Support.idea_id.in_(family), Support.person_id.not_in(authors)
        )
    ).one()


# ── Comments ──────────────────────────────────────────────────────────────────────────────────────


def comment_idea(
    session: Session, scope: Scope, number: int, text: str, voice: Voice = Voice.public
) -> Comment:
    """Commenter: to all; a note is for those who answer, and tells whom it names (« @Prénom Nom »);
    « auteur » and « bureau » are the two sides of one conversation.

    Raises Invalid for the text, Refused where the reader may not speak in that voice.
    """
    idea = _idea_seen(session, scope, number)
    _require_voice(scope, idea, voice)
    named = _colleagues_named(session, scope, idea, text) if voice is Voice.note else frozenset()
    return add_comment(session, idea, text, voice, scope.reader.person_id, named)


def _colleagues_named(session: Session, scope: Scope, idea: Idea, text: str) -> frozenset[int]:
    """Raises Invalid for a name that is nobody's who reads the notes of this entry: she would be
    told of what she may not open.
    """
    persons, unknown = named_in(text, note_readers(session, scope, idea))
    if unknown:
        raise Invalid(
            {
                "text": (
                    f"« @{unknown[0]} » n'est le nom de personne qui lit les notes de cette idée :"
                    " choisissez dans la liste, ou écrivez sans « @ »."
                )
            }
        )
    return frozenset(persons)


def add_comment(
    session: Session,
    idea: Idea,
    text: str,
    voice: Voice,
    person_id: int | None,
    named: Collection[int] = (),
) -> Comment:
    """One text under an entry that is held; the right has been asked for. `named`: whom it
    names.
    """
    text = clean_text(text)
    if not text:
        raise Invalid({"text": "Écrivez quelques mots."})
    if len(text) > COMMENT_MAX:
        raise Invalid(
            {
                "text": (
                    f"Le texte compte {len(text)} caractères ; il peut en compter {COMMENT_MAX} au"
                    " plus."
                )
            }
        )
    # The entry is held: nobody else takes this place meanwhile.
    last = session.exec(select(func.max(Comment.seq)).where(Comment.idea_id == idea.id)).one()
    day = today(session)
    comment = Comment(
        id=random_id(day),
        idea_id=idea.id,
        seq=(last or 0) + 1,
        person_id=person_id,
        on=day,
        voice=str(voice),
        text=text,
    )
    session.add(comment)
    session.flush()
    recount_comments(session, idea)
    notify_comment(session, idea, comment, named)
    return comment


def recount_comments(session: Session, idea: Idea) -> None:
    """The public, visible comments of an entry, counted on its record."""
    idea.comments = session.exec(
        select(func.count())
        .select_from(Comment)
        .where(Comment.idea_id == idea.id, Comment.voice == Voice.public, Comment.hidden.is_(False))
    ).one()
    session.add(idea)
    session.flush()
    bump(session, "ideas", "communities", since=today(session))


def _require_voice(scope: Scope, idea: Idea, voice: Voice) -> None:
    if voice is Voice.public:
        _refuse_over(idea)
        if not idea.published:
            raise Refused("Cette idée n'est pas encore publiée : elle ne se commente pas.")
    elif voice is Voice.author:
        if scope.reader.person_id != idea.author_id:
            raise Refused("Seul l'auteur écrit ici.")
    else:
        require(scope.reader, "idea.answer", idea, scope.tree)


# ── Moderation ────────────────────────────────────────────────────────────────────────────────────


def report_content(
    session: Session, scope: Scope, number: int, comment_id: int | None, reason: str
) -> None:
    """Signaler: somebody asks the animateur to look at an entry or at one of its comments."""
    idea = _idea_seen(session, scope, number)
    reason = clean_text(reason)
    if not reason:
        raise Invalid({"reason": "Dites ce qui pose problème."})
    if len(reason) > COMMENT_MAX:
        raise Invalid({"reason": f"Le motif peut compter {COMMENT_MAX} caractères au plus."})
    _comment_of(session, idea, comment_id)
    mine = select(Moderation.id).where(
        Moderation.idea_id == idea.id,
        _about(comment_id),
        Moderation.open.is_(True),
        Moderation.by == scope.reader.person_id,
    )
    if session.exec(mine).first():
        raise Refused("Vous l'avez déjà signalé : quelqu'un va le lire.")
    _say(session, scope.reader, idea, comment_id, Gesture.reported, reason, is_open=True)


def hide_content(
    session: Session, reader: Reader, number: int, comment_id: int | None, reason: str
) -> None:
    """Masquer: out of sight for all but its author and those who answer, with the reason kept.
    Raises Invalid, Refused.
    """
    require(reader, "idea.moderate")
    idea = idea_to_change(session, number)
    reason = clean_text(reason)
    if not reason:
        raise Invalid({"reason": "Donnez le motif : l'auteur peut le demander."})
    comment = _comment_of(session, idea, comment_id)
    if comment is not None:
        _hide_comment(session, idea, comment)
    else:
        _hide_idea(session, reader, idea, reason)
    _close_reports(session, idea, comment_id)
    _say(session, reader, idea, comment_id, Gesture.hidden, reason)


def _hide_comment(session: Session, idea: Idea, comment: Comment) -> None:
    if comment.hidden:
        raise Refused("Ce commentaire est déjà masqué.")
    comment.hidden = True
    session.add(comment)
    session.flush()
    recount_comments(session, idea)


def _hide_idea(session: Session, reader: Reader, idea: Idea, reason: str) -> None:
    if not idea.published:
        raise Refused("Cette idée n'est pas montrée.")
    idea.published = False
    write_fact(session, reader, idea, EventKind.hidden, reason=reason)


def restore_content(session: Session, reader: Reader, number: int, comment_id: int | None) -> None:
    """Rétablir: shown again."""
    require(reader, "idea.moderate")
    idea = idea_to_change(session, number)
    comment = _comment_of(session, idea, comment_id)
    if comment is not None:
        if not comment.hidden:
            raise Refused("Ce commentaire n'est pas masqué.")
        comment.hidden = False
        session.add(comment)
        session.flush()
        recount_comments(session, idea)
    else:
        if idea.published or idea.status == IdeaStatus.redirected:
            if idea.published:
                raise Refused("Cette idée n'est pas masquée.")
            raise Refused("Une idée réorientée ne se publie pas.")
        idea.published = True
        write_fact(session, reader, idea, EventKind.published)
    _say(session, reader, idea, comment_id, Gesture.restored, None)


def dismiss_report(
    session: Session, reader: Reader, number: int, comment_id: int | None, reason: str = ""
) -> None:
    """Sans suite: what was reported stays as it is."""
    require(reader, "idea.moderate")
    idea = idea_to_change(session, number)
    if not _close_reports(session, idea, comment_id):
        raise Refused("Ce signalement est déjà traité.")
    _say(session, reader, idea, comment_id, Gesture.dismissed, clean_text(reason) or None)


def acknowledge_message(session: Session, reader: Reader, number: int, tree: Tree) -> None:
    """Lu, rien à répondre: the author's messages were read and ask for nothing. Raises Refused
    where none waits.
    """
    idea = idea_to_change(session, number)
    require(reader, "idea.answer", idea, tree)
    waiting = unanswered(session, idea)
    if waiting is None:
        raise Refused("Aucun message de l'auteur n'attend de réponse.")
    _say(session, reader, idea, waiting, Gesture.acknowledged, None)


def _comment_of(session: Session, idea: Idea, comment_id: int | None) -> Comment | None:
    if comment_id is None:
        return None
    comment = session.get(Comment, comment_id)
    if comment is None or comment.idea_id != idea.id:
        raise Refused("Ce commentaire n'existe pas.")
    return comment


def _about(comment_id: int | None) -> ColumnElement[bool]:
    """Reports of one comment, or (None) of the entry itself."""
    if comment_id is None:
        return Moderation.comment_id.is_(None)
    return Moderation.comment_id == comment_id


def _close_reports(session: Session, idea: Idea, comment_id: int | None) -> int:
    waiting = session.exec(
        select(Moderation).where(
            Moderation.idea_id == idea.id, _about(comment_id), Moderation.open.is_(True)
        )
    ).all()
    for report in waiting:
        report.open = False
        session.add(report)
    return len(waiting)


def _say(
    session: Session,
    reader: Reader,
    idea: Idea,
    comment_id: int | None,
    what: Gesture,
    reason: str | None,
    is_open: bool = False,
) -> None:
    day = today(session)
    session.add(
        Moderation(
            on=day,
            recorded_on=day,
            by=reader.person_id,
            reason=reason,
            idea_id=idea.id,
            comment_id=comment_id,
            what=str(what),
            open=is_open,
        )
    )
    session.flush()
    bump(session, "ideas", since=day)
