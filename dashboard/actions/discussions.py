"""Acts around an idea, a milestone, a proposition, a decision or a training: supporting it,
following it, speaking of it, objecting, answering an objection, reporting, moderating. What is
done to the record of an idea is in `ideas.showing`.
"""

from collections.abc import Collection

from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel, select

from dashboard.access import Reader, require
from dashboard.actions.acts import add_fact
from dashboard.actions.ideas.showing import (
    hide_idea,
    recount_comments,
    recount_supports,
    restore_idea,
)
from dashboard.actions.notices.discussions import (
    notify_contribution,
    notify_hidden,
    notify_outcome,
)
from dashboard.queries.discussions.subjects import (
    SubjectAt,
    answers_for_subject,
    record_id,
    subject_at,
    subject_record,
)
from dashboard.queries.discussions.threads import ObjectionState, objection_state, supporters
from dashboard.queries.ideas.around import unanswered
from dashboard.queries.ideas.mentions import named_in, note_readers
from dashboard.scope import Scope
from models.academy import Training
from models.clock import today
from models.database import is_sqlite
from models.decisions import Decision
from models.discussions import (
    COMMENT_MAX,
    Contribution,
    ContributionEvent,
    ContributionKind,
    ContributionStep,
    Subject,
    SubjectFollow,
    SubjectSupport,
)
from models.errors import Refused, refuse
from models.facts import random_id
from models.groups import ProgressGroup
from models.ideas import Idea
from models.roadmap import Plan
from models.texts import clean_text, too_long

_TABLES: dict[Subject, tuple[type[SQLModel], str]] = {
    Subject.idea: (Idea, "id"),
    Subject.milestone: (Plan, "number"),
    Subject.proposition: (ProgressGroup, "code"),
    Subject.decision: (Decision, "id"),
    Subject.training: (Training, "code"),
}

# ── Supporting, following ─────────────────────────────────────────────────────────────────────────


def support_subject(
    session: Session, scope: Scope, subject: Subject, key: str, supports: bool = True
) -> int:
    """« Je soutiens », once per person, whatever is clicked; or she does no more. Gives how many
    support it now.
    """
    at = _subject_seen(session, scope, subject, key)
    if supports:
        _refuse(at.closed or at.settled)
        if at.idea and at.idea.author_id == scope.reader.person_id:
            raise Refused("C'est votre idée : votre voix y est déjà.")
    _mark(session, SubjectSupport, at, scope.reader, supports)
    return recount_supports(session, at.idea) if at.idea else supporters(session, at)


def follow_subject(
    session: Session, scope: Scope, subject: Subject, key: str, follows: bool = True
) -> None:
    """Suivre: what is said and done about it is told to the reader; or no more."""
    at = _subject_seen(session, scope, subject, key)
    _mark(session, SubjectFollow, at, scope.reader, follows)


def _mark(
    session: Session,
    table: type[SubjectSupport | SubjectFollow],
    at: SubjectAt,
    reader: Reader,
    stays: bool,
) -> None:
    row = {"subject": str(at.subject), "key": at.key, "person_id": reader.person_id}
    # Who does already has clicked twice, or in two tabs: no error, and no second row.
    insert = (sqlite if is_sqlite(session) else postgresql).insert(table)
    add = insert.values(**row, on=today(session)).on_conflict_do_nothing()
    session.execute(add if stays else delete(table).filter_by(**row))


def _subject_seen(session: Session, scope: Scope, subject: Subject, key: str) -> SubjectAt:
    """The subject, held, if the reader may open it and take part."""
    require(scope.reader, "idea.take_part")
    _hold(session, subject, key)
    at = subject_at(session, scope.reader, scope.tree, subject, key, today(session))
    if at is None:
        raise Refused("Ce dont vous parlez n'existe pas, ou ne vous est pas ouvert.")
    return at


def _hold(session: Session, subject: Subject, key: str) -> None:
    """Until the end of this act nobody else takes a place in this thread."""
    table, name = _TABLES[subject]
    value = record_id(key) if name == "id" else key
    held = select(table).where(getattr(table, name) == value).with_for_update()
    session.exec(held.execution_options(populate_existing=True)).first()


def _refuse(why: str) -> None:
    if why:
        raise Refused(f"{why} Ce geste n'y est plus possible.")


# ── Speaking ──────────────────────────────────────────────────────────────────────────────────────


def contribute(
    session: Session,
    scope: Scope,
    subject: Subject,
    key: str,
    text: str,
    kind: ContributionKind = ContributionKind.comment,
) -> Contribution:
    """Commenter, or object with a reason: to all who may open the subject. Under an idea, a note is
    for those who answer, and tells whom it names (« @Prénom Nom »); « auteur » and « bureau » are
    the two sides of one conversation.

    Raises Invalid for the text, Refused where the reader may not speak so, or nobody any more.
    """
    at = _subject_seen(session, scope, subject, key)
    _require_kind(scope, at, kind)
    named = (
        _mentioned_person_ids(session, scope, at.idea, text) if kind is _KIND.note else frozenset()
    )
    return add_contribution(session, at, text, kind, scope.reader.person_id, named)


_KIND = ContributionKind


def _require_kind(scope: Scope, at: SubjectAt, kind: ContributionKind) -> None:
    if (kind is _KIND.objection) if at.idea else not kind.is_public:
        raise Refused("Cela ne s'écrit pas ici.")
    if kind.is_public:
        _refuse(at.closed or (at.settled if kind is _KIND.objection else ""))
    elif kind is _KIND.author:
        if scope.reader.person_id != at.idea.author_id:
            raise Refused("Seul l'auteur écrit ici.")
    else:
        require(scope.reader, "idea.answer", at.idea, scope.tree)


def _mentioned_person_ids(session: Session, scope: Scope, idea: Idea, text: str) -> frozenset[int]:
    """The persons that a note mentions (« @Prénom Nom »). Raises Invalid where a mention matches
    nobody who may read the notes of this idea.
    """
    persons, unknown = named_in(text, note_readers(session, scope, idea))
    nobody = (
        f"« @{unknown[0]} » n'est le nom de personne qui lit les notes de cette idée : choisissez"
        " dans la liste, ou écrivez sans « @ »."
        if unknown
        else ""
    )
    refuse({"text": nobody})
    return frozenset(persons)


def add_contribution(
    session: Session,
    at: SubjectAt,
    text: str,
    kind: ContributionKind,
    person_id: int | None,
    named: Collection[int] = (),
) -> Contribution:
    """One text about a subject that is held; the right has been asked for. `named`: whom it names.
    The same words sent twice in a row stand there once.
    """
    is_objection = kind is ContributionKind.objection
    text = _checked(text, "Dites ce qui s'y oppose." if is_objection else "Écrivez quelques mots.")
    day = today(session)
    last = session.exec(
        select(Contribution)
        .where(Contribution.subject == at.subject, Contribution.key == at.key)
        .order_by(Contribution.seq.desc())
    ).first()
    same = (person_id, day, str(kind), text, False)
    if last and (last.person_id, last.on, last.kind, last.text, last.hidden) == same:
        return last
    found = Contribution(
        id=random_id(day),
        subject=str(at.subject),
        key=at.key,
        seq=last.seq + 1 if last else 1,
        person_id=person_id,
        on=day,
        kind=str(kind),
        text=text,
    )
    session.add(found)
    session.flush()
    _recount_comments(session, at)
    notify_contribution(session, at, found, named)
    return found


def _recount_comments(session: Session, at: SubjectAt) -> None:
    if at.idea:
        recount_comments(session, at.idea)


def _checked(text: str, nothing: str, field: str = "text") -> str:
    text = clean_text(text)
    refuse({field: too_long(text, COMMENT_MAX) if text else nothing})
    return text


# ── What becomes of an objection ──────────────────────────────────────────────────────────────────


def resolve_objection(
    session: Session, scope: Scope, contribution_id: int, step: ContributionStep, text: str
) -> None:
    """Répondre à une objection, by who answers for the subject or records decisions; or lever, with
    a reason, by who made it or who records what is decided. Its author is told. Raises Invalid,
    Refused.
    """
    require(scope.reader, "idea.take_part")
    found = session.get(Contribution, contribution_id)
    if found is None or found.kind != ContributionKind.objection:
        raise Refused("Ce n'est pas une objection.")
    at = _subject_seen(session, scope, Subject(found.subject), found.key)
    lifts = step is ContributionStep.lifted
    is_hers = found.person_id == scope.reader.person_id
    if not (is_hers if lifts else answers_for_subject(scope.reader, at, scope.tree)):
        require(scope.reader, "decision.record")
    if objection_state(session, found.id, today(session)) is ObjectionState.lifted:
        raise Refused("Cette objection est déjà levée.")
    text = _checked(text, "Dites pourquoi elle est levée." if lifts else "Écrivez la réponse.")
    fact = _add_step(session, scope.reader, at, found.id, step, text)
    notify_outcome(session, at, found, fact)


# ── Moderation ────────────────────────────────────────────────────────────────────────────────────
# Of a contribution, or (None) of the idea itself.


def report_content(
    session: Session,
    scope: Scope,
    subject: Subject,
    key: str,
    contribution_id: int | None,
    reason: str,
) -> None:
    """Signaler: somebody of the programme office will look at it; once while a report waits."""
    at = _subject_seen(session, scope, subject, key)
    found = _contribution_of(session, at, contribution_id)
    if found is not None and not ContributionKind(found.kind).is_public:
        raise Refused("Cette contribution n'existe pas.")
    reason = _checked(reason, "Dites ce qui pose problème.", "reason")
    waiting = _open_reports(session, at, contribution_id)
    if any(one.by == scope.reader.person_id for one in waiting):
        raise Refused("Vous l'avez déjà signalé : quelqu'un va le lire.")
    step = ContributionStep.reported
    _add_step(session, scope.reader, at, contribution_id, step, reason, is_open=True)


def hide_content(
    session: Session,
    reader: Reader,
    subject: Subject,
    key: str,
    contribution_id: int | None,
    reason: str,
) -> None:
    """Masquer: out of sight for all but its author and those who moderate or answer; its author is
    told the reason. Raises Invalid, Refused.
    """
    at, found = _to_moderate(session, reader, subject, key, contribution_id)
    reason = _checked(reason, "Donnez le motif : l'auteur le lira.", "reason")
    if found is None:
        hide_idea(session, reader, at.idea, reason)
    elif found.hidden:
        raise Refused("C'est déjà masqué.")
    else:
        _set_hidden(session, at, found, True)
    _close_reports(session, at, contribution_id)
    fact = _add_step(session, reader, at, contribution_id, ContributionStep.hidden, reason)
    if found is not None:
        notify_hidden(session, at, found, fact)


def restore_content(
    session: Session, reader: Reader, subject: Subject, key: str, contribution_id: int | None
) -> None:
    """Rétablir: shown again."""
    at, found = _to_moderate(session, reader, subject, key, contribution_id)
    if found is None:
        restore_idea(session, reader, at.idea)
    elif not found.hidden:
        raise Refused("Ce n'est pas masqué.")
    else:
        _set_hidden(session, at, found, False)
    _add_step(session, reader, at, contribution_id, ContributionStep.restored, None)


def _set_hidden(session: Session, at: SubjectAt, found: Contribution, hidden: bool) -> None:
    found.hidden = hidden
    session.add(found)
    session.flush()
    _recount_comments(session, at)


def dismiss_report(
    session: Session, reader: Reader, subject: Subject, key: str, contribution_id: int | None
) -> None:
    """Sans suite: what was reported stays as it is."""
    at, _ = _to_moderate(session, reader, subject, key, contribution_id)
    if not _close_reports(session, at, contribution_id):
        raise Refused("Ce signalement est déjà traité.")
    _add_step(session, reader, at, contribution_id, ContributionStep.dismissed, None)


def _to_moderate(
    session: Session, reader: Reader, subject: Subject, key: str, contribution_id: int | None
) -> tuple[SubjectAt, Contribution | None]:
    """The subject, held, and its contribution."""
    require(reader, "idea.moderate")
    _hold(session, subject, key)
    at = subject_record(session, subject, key, today(session))
    if at is None:
        raise Refused("Ce dont on parle n'existe pas.")
    return at, _contribution_of(session, at, contribution_id)


def _contribution_of(
    session: Session, at: SubjectAt, contribution_id: int | None
) -> Contribution | None:
    """The contribution of this subject; None for the idea itself."""
    if contribution_id is None and at.idea:
        return None
    found = session.get(Contribution, contribution_id or 0, populate_existing=True)
    if found is None or (found.subject, found.key) != (at.subject, at.key):
        raise Refused("Cette contribution n'existe pas.")
    return found


def _close_reports(session: Session, at: SubjectAt, contribution_id: int | None) -> int:
    """How many waited and no longer do."""
    waiting = _open_reports(session, at, contribution_id)
    for one in waiting:
        one.open = False
        session.add(one)
    return len(waiting)


def _open_reports(
    session: Session, at: SubjectAt, contribution_id: int | None
) -> list[ContributionEvent]:
    return list(
        session.exec(
            select(ContributionEvent).where(
                ContributionEvent.subject == at.subject,
                ContributionEvent.key == at.key,
                ContributionEvent.contribution_id.is_not_distinct_from(contribution_id),
                ContributionEvent.open.is_(True),
            )
        )
    )


def acknowledge_message(session: Session, scope: Scope, key: str) -> None:
    """Lu, rien à répondre: the messages of an idea's author were read and ask for nothing. Raises
    Refused where none waits.
    """
    at = _subject_seen(session, scope, Subject.idea, key)
    require(scope.reader, "idea.answer", at.idea, scope.tree)
    waiting = unanswered(session, at.idea)
    if waiting is None:
        raise Refused("Aucun message de l'auteur n'attend de réponse.")
    _add_step(session, scope.reader, at, waiting, ContributionStep.acknowledged, None)


def _add_step(
    session: Session,
    reader: Reader,
    at: SubjectAt,
    contribution_id: int | None,
    what: ContributionStep,
    reason: str | None,
    is_open: bool = False,
) -> ContributionEvent:
    """The fact of what was done, for an act that has asked its right."""
    about = {"subject": str(at.subject), "key": at.key, "contribution_id": contribution_id}
    fact = ContributionEvent(reason=reason, what=str(what), open=is_open, **about)
    return add_fact(session, reader, fact)
