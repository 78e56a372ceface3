"""Acts on the discussion of an idea, a milestone, a proposal, a decision, a training or a figure:
supporting, following, commenting, objecting, answering an objection, reporting, moderating. Changes
to an idea's record are in `ideas.photos`.
"""

from collections.abc import Collection

from sqlalchemy import delete
from sqlmodel import Session, SQLModel, select

from dashboard.access import Reader, require
from dashboard.actions.acts import add_fact, add_record
from dashboard.actions.ideas.photos import (
    hide_idea,
    recount_comments,
    recount_supports,
    show_idea,
)
from dashboard.actions.notices.events import (
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
from dashboard.queries.ideas.card import named_in, note_readers, unanswered
from dashboard.scope import Scope
from models.academy import Training
from models.clock import today
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
from models.facts import random_id
from models.groups import ProgressGroup
from models.ideas import Idea
from models.inserts import insert_new
from models.revisions import hold
from models.roadmap import Plan
from models.texts import Refused, clean_text, refuse, too_long

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
    """« Je soutiens », once per person, or withdraw that. Returns the number of supporters."""
    at = _locked_subject(session, scope, subject, key)
    if supports:
        _refuse(at.closed or at.settled)
        if at.idea and at.idea.author_id == scope.reader.person_id:
            raise Refused("C'est votre idée : votre voix y est déjà.")
    _set_mark(session, SubjectSupport, at, scope.reader, supports)
    return recount_supports(session, at.idea) if at.idea else supporters(session, at)


def follow_subject(
    session: Session, scope: Scope, subject: Subject, key: str, follows: bool = True
) -> None:
    """Suivre: the reader is notified of what happens; or stop following."""
    at = _locked_subject(session, scope, subject, key)
    _set_mark(session, SubjectFollow, at, scope.reader, follows)


def _set_mark(
    session: Session,
    table: type[SubjectSupport | SubjectFollow],
    at: SubjectAt,
    reader: Reader,
    stays: bool,
) -> None:
    row = {"subject": at.subject, "key": at.key, "person_id": reader.person_id}
    if stays:
        # A double click or a second tab: no error, and no second row.
        insert_new(session, table, [row | {"on": today(session)}])
    else:
        session.execute(delete(table).filter_by(**row))


def _locked_subject(session: Session, scope: Scope, subject: Subject, key: str) -> SubjectAt:
    """The subject, locked, if the reader may open it and take part."""
    require(scope.reader, "idea.take_part")
    _lock_subject(session, subject, key)
    at = subject_at(session, scope.reader, scope.tree, subject, key, today(session))
    if at is None:
        raise Refused("Ce dont vous parlez n'existe pas, ou ne vous est pas ouvert.")
    return at


def _lock_subject(session: Session, subject: Subject, key: str) -> None:
    """Locks the thread until the transaction ends; a figure has no row."""
    if subject is Subject.figure:
        return hold(session, subject)
    table, name = _TABLES[subject]
    value = record_id(key) if name == "id" else key
    locked = select(table).where(getattr(table, name) == value).with_for_update()
    session.scalar(locked.execution_options(populate_existing=True))


def _refuse(why: str) -> None:
    if why:
        raise Refused(f"{why} Ce geste n'y est plus possible.")


# ── Contributing ──────────────────────────────────────────────────────────────────────────────────


def contribute(
    session: Session,
    scope: Scope,
    subject: Subject,
    key: str,
    text: str,
    kind: ContributionKind = ContributionKind.comment,
) -> Contribution:
    """Commenter, or object with a reason, visible to all who may open the subject. Under an idea, a
    note is for those who answer, and notifies the persons it mentions (« @Prénom Nom »); « auteur »
    and « bureau » are the two sides of one conversation.

    Raises Invalid for the text, Refused where the reader may not write it, or the discussion is
    closed.
    """
    at = _locked_subject(session, scope, subject, key)
    objects = kind is ContributionKind.objection
    if objects if at.idea else not kind.is_public:
        raise Refused("Cela ne s'écrit pas ici.")
    if kind.is_public:
        _refuse(at.closed or (at.settled if objects else ""))
    elif kind is not ContributionKind.author:
        require(scope.reader, "idea.answer", at.idea, scope.tree)
    elif scope.reader.person_id != at.idea.author_id:
        raise Refused("Seul l'auteur écrit ici.")
    named: Collection[int] = ()
    if kind is ContributionKind.note:
        named, unknown = named_in(text, note_readers(session, scope, at.idea))
        nobody = unknown and (
            f"« @{unknown[0]} » n'est le nom de personne qui lit les notes de cette idée :"
            " choisissez dans la liste, ou écrivez sans « @ »."
        )
        refuse({"text": nobody})
    return add_contribution(session, at, text, kind, scope.reader.person_id, named)


def add_contribution(
    session: Session,
    at: SubjectAt,
    text: str,
    kind: ContributionKind,
    person_id: int | None,
    named: Collection[int] = (),
) -> Contribution:
    """Adds a text to a locked subject; the caller has checked the right. `named`: the persons
    mentioned.

    The same text sent twice in a row is stored once.
    """
    is_objection = kind is ContributionKind.objection
    text = _checked(text, "Dites ce qui s'y oppose." if is_objection else "Écrivez quelques mots.")
    day = today(session)
    last = session.scalar(
        select(Contribution)
        .filter_by(subject=at.subject, key=at.key)
        .order_by(Contribution.seq.desc())
    )
    same = (person_id, day, kind, text, False)
    if last and (last.person_id, last.on, last.kind, last.text, last.hidden) == same:
        return last
    contribution = add_record(
        session,
        Contribution(
            id=random_id(day),
            subject=at.subject,
            key=at.key,
            seq=last.seq + 1 if last else 1,
            person_id=person_id,
            on=day,
            kind=kind,
            text=text,
        ),
    )
    if at.idea:
        recount_comments(session, at.idea)
    notify_contribution(session, at, contribution, named)
    return contribution


def _checked(text: str, nothing: str, field: str = "text") -> str:
    text = clean_text(text)
    refuse({field: too_long(text, COMMENT_MAX) if text else nothing})
    return text


# ── Objections ────────────────────────────────────────────────────────────────────────────────────


def resolve_objection(
    session: Session, scope: Scope, contribution_id: int, step: ContributionStep, text: str
) -> None:
    """Répondre à une objection, by those who answer for the subject or record decisions; or lever,
    with a reason, by its author or those who record decisions. Notifies its author. Raises Invalid,
    Refused.
    """
    require(scope.reader, "idea.take_part")
    objection = session.get(Contribution, contribution_id)
    if objection is None or objection.kind != ContributionKind.objection:
        raise Refused("Ce n'est pas une objection.")
    at = _locked_subject(session, scope, Subject(objection.subject), objection.key)
    lifts = step is ContributionStep.lifted
    is_hers = objection.person_id == scope.reader.person_id
    if not (is_hers if lifts else answers_for_subject(scope.reader, at, scope.tree)):
        require(scope.reader, "decision.record")
    if objection_state(session, objection.id, today(session)) is ObjectionState.lifted:
        raise Refused("Cette objection est déjà levée.")
    text = _checked(text, "Dites pourquoi elle est levée." if lifts else "Écrivez la réponse.")
    fact = _add_step(session, scope.reader, at, objection.id, step, text)
    notify_outcome(session, at, objection, fact)


# ── Moderation ────────────────────────────────────────────────────────────────────────────────────
# A contribution, or None for the idea itself.


def report_content(
    session: Session,
    scope: Scope,
    subject: Subject,
    key: str,
    contribution_id: int | None,
    reason: str,
) -> None:
    """Signaler to the programme office; once per person while a report is open."""
    at = _locked_subject(session, scope, subject, key)
    contribution = _contribution_of(session, at, contribution_id)
    if contribution is not None and not ContributionKind(contribution.kind).is_public:
        raise Refused("Cette contribution n'existe pas.")
    reason = _checked(reason, "Dites ce qui pose problème.", "reason")
    open_reports = _open_reports(session, at, contribution_id)
    if any(report.by == scope.reader.person_id for report in open_reports):
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
    """Masquer from all but its author and those who moderate or answer; its author is notified of
    the reason. Raises Invalid, Refused.
    """
    at, contribution = _to_moderate(session, reader, subject, key, contribution_id)
    reason = _checked(reason, "Donnez le motif : l'auteur le lira.", "reason")
    if contribution is None:
        hide_idea(session, reader, at.idea, reason)
    elif contribution.hidden:
        raise Refused("C'est déjà masqué.")
    else:
        _set_hidden(session, at, contribution, True)
    _close_reports(session, at, contribution_id)
    fact = _add_step(session, reader, at, contribution_id, ContributionStep.hidden, reason)
    if contribution is not None:
        notify_hidden(session, at, contribution, fact)


def restore_content(
    session: Session, reader: Reader, subject: Subject, key: str, contribution_id: int | None
) -> None:
    """Rétablir: shows it again."""
    at, contribution = _to_moderate(session, reader, subject, key, contribution_id)
    if contribution is None:
        show_idea(session, reader, at.idea)
    elif not contribution.hidden:
        raise Refused("Ce n'est pas masqué.")
    else:
        _set_hidden(session, at, contribution, False)
    _add_step(session, reader, at, contribution_id, ContributionStep.restored, None)


def _set_hidden(session: Session, at: SubjectAt, contribution: Contribution, hidden: bool) -> None:
    contribution.hidden = hidden
    session.flush()
    if at.idea:
        recount_comments(session, at.idea)


def dismiss_report(
    session: Session, reader: Reader, subject: Subject, key: str, contribution_id: int | None
) -> None:
    """Sans suite: closes the reports without a change."""
    at, _ = _to_moderate(session, reader, subject, key, contribution_id)
    if not _close_reports(session, at, contribution_id):
        raise Refused("Ce signalement est déjà traité.")
    _add_step(session, reader, at, contribution_id, ContributionStep.dismissed, None)


def _to_moderate(
    session: Session, reader: Reader, subject: Subject, key: str, contribution_id: int | None
) -> tuple[SubjectAt, Contribution | None]:
    """The locked subject and its contribution."""
    require(reader, "idea.moderate")
    _lock_subject(session, subject, key)
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
    contribution = session.get(Contribution, contribution_id or 0, populate_existing=True)
    if contribution is None or (contribution.subject, contribution.key) != (at.subject, at.key):
        raise Refused("Cette contribution n'existe pas.")
    return contribution


def _close_reports(session: Session, at: SubjectAt, contribution_id: int | None) -> int:
    """Closes open reports; returns how many."""
    reports = _open_reports(session, at, contribution_id)
    for report in reports:
        report.open = False
    return len(reports)


def _open_reports(
    session: Session, at: SubjectAt, contribution_id: int | None
) -> list[ContributionEvent]:
    return list(
        session.exec(
            select(ContributionEvent)
            .filter_by(subject=at.subject, key=at.key)
            .where(
                ContributionEvent.contribution_id.is_not_distinct_from(contribution_id),
                ContributionEvent.open.is_(True),
            )
        )
    )


def acknowledge_message(session: Session, scope: Scope, key: str) -> None:
    """Lu, rien à répondre: closes an idea author's messages without an answer. Raises Refused where
    none is unanswered.
    """
    at = _locked_subject(session, scope, Subject.idea, key)
    require(scope.reader, "idea.answer", at.idea, scope.tree)
    message_id = unanswered(session, at.idea)
    if message_id is None:
        raise Refused("Aucun message de l'auteur n'attend de réponse.")
    _add_step(session, scope.reader, at, message_id, ContributionStep.acknowledged, None)


def _add_step(
    session: Session,
    reader: Reader,
    at: SubjectAt,
    contribution_id: int | None,
    what: ContributionStep,
    reason: str | None,
    is_open: bool = False,
) -> ContributionEvent:
    """Stores the fact of an act whose right was checked."""
    about = {"subject": at.subject, "key": at.key, "contribution_id": contribution_id}
    fact = ContributionEvent(reason=reason, what=what, open=is_open, **about)
    return add_fact(session, reader, fact)
