"""Acts around a milestone, a proposition, a decision or a training: supporting it, following it,
speaking of it, objecting, answering an objection, reporting, moderating. Those around an idea are
in `ideas.comments`.
"""

from sqlalchemy import delete, func
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel, select

from dashboard.access import Reader, require
from dashboard.actions.notices.discussions import (
    notify_contribution,
    notify_hidden,
    notify_outcome,
)
from dashboard.queries.discussions.subjects import SubjectAt, answers_for_subject, subject_at
from dashboard.queries.discussions.threads import ObjectionState, objection_state
from dashboard.scope import Scope
from models.academy import Training
from models.clock import today
from models.comments import COMMENT_MAX
from models.database import is_sqlite
from models.decisions import Decision
from models.discussions import (
    Contribution,
    ContributionEvent,
    ContributionKind,
    ContributionStep,
    Subject,
    SubjectFollow,
    SubjectSupport,
)
from models.errors import Invalid, Refused
from models.groups import ProgressGroup
from models.ledger import bump
from models.roadmap import Plan
from models.texts import clean_text

_TABLES: dict[Subject, tuple[type[SQLModel], str]] = {
    Subject.milestone: (Plan, "number"),
    Subject.proposition: (ProgressGroup, "code"),
    Subject.decision: (Decision, "id"),
    Subject.training: (Training, "code"),
}
_SUBJECT = "discussions"

# ── Supporting, following ─────────────────────────────────────────────────────────────────────────


def support_subject(session: Session, scope: Scope, subject: Subject, key: str) -> int:
    """« Je soutiens »: once per person, whatever is clicked. Gives how many support it now."""
    at = _subject_seen(session, scope, subject, key)
    _refuse(at.closed or at.settled)
    _keep_once(session, SubjectSupport, at, scope.reader)
    return _supporters(session, at)


def unsupport_subject(session: Session, scope: Scope, subject: Subject, key: str) -> int:
    """The support is taken back. Gives how many support it now."""
    at = _subject_seen(session, scope, subject, key)
    _take_back(session, SubjectSupport, at, scope.reader)
    return _supporters(session, at)


def follow_subject(session: Session, scope: Scope, subject: Subject, key: str) -> None:
    """Suivre: what is said and done about it is told to the reader."""
    _keep_once(session, SubjectFollow, _subject_seen(session, scope, subject, key), scope.reader)
    bump(session, _SUBJECT, since=today(session))


def unfollow_subject(session: Session, scope: Scope, subject: Subject, key: str) -> None:
    """Ne plus suivre."""
    _take_back(session, SubjectFollow, _subject_seen(session, scope, subject, key), scope.reader)
    bump(session, _SUBJECT, since=today(session))


def _keep_once(
    session: Session,
    table: type[SubjectSupport | SubjectFollow],
    at: SubjectAt,
    reader: Reader,
) -> None:
    # Who does already has clicked twice, or in two tabs: no error, and no second row.
    insert = (sqlite if is_sqlite(session) else postgresql).insert(table)
    row = {"subject": str(at.subject), "key": at.key, "person_id": reader.person_id}
    session.execute(insert.values(**row, on=today(session)).on_conflict_do_nothing())


def _take_back(
    session: Session,
    table: type[SubjectSupport | SubjectFollow],
    at: SubjectAt,
    reader: Reader,
) -> None:
    session.execute(
        delete(table).where(
            table.subject == at.subject, table.key == at.key, table.person_id == reader.person_id
        )
    )


def _supporters(session: Session, at: SubjectAt) -> int:
    bump(session, _SUBJECT, since=today(session))
    return session.exec(
        select(func.count())
        .select_from(SubjectSupport)
        .where(SubjectSupport.subject == at.subject, SubjectSupport.key == at.key)
    ).one()


def _subject_seen(session: Session, scope: Scope, subject: Subject, key: str) -> SubjectAt:
    """The subject, held, if the reader may open it and take part."""
    require(scope.reader, "idea.take_part")
    at = subject_at(session, scope.reader, subject, key, today(session))
    if at is None:
        raise Refused("Ce dont vous parlez n'existe pas, ou ne vous est pas ouvert.")
    _hold(session, at)
    return at


def _hold(session: Session, at: SubjectAt) -> None:
    """Until the end of this act nobody else takes a place in this thread."""
    table, name = _TABLES[at.subject]
    key = int(at.key) if at.subject is Subject.decision else at.key
    session.exec(select(table).where(getattr(table, name) == key).with_for_update()).one()


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
    """Commenter, or object with a reason: to all who may open the subject. The same words sent
    twice on one day stand there once.

    Raises Invalid for the text, Refused where nobody speaks any more.
    """
    at = _subject_seen(session, scope, subject, key)
    is_objection = kind is ContributionKind.objection
    _refuse(at.closed or (at.settled if is_objection else ""))
    text = _checked(text, "Dites ce qui s'y oppose." if is_objection else "Écrivez quelques mots.")
    day = today(session)
    said = session.exec(
        select(Contribution)
        .where(Contribution.subject == subject, Contribution.key == at.key)
        .order_by(Contribution.seq.desc())
    ).all()
    same = (scope.reader.person_id, day, str(kind), text)
    for one in said:
        if (one.person_id, one.on, one.kind, one.text) == same and not one.hidden:
            return one
    found = Contribution(
        subject=str(subject),
        key=at.key,
        seq=said[0].seq + 1 if said else 1,
        person_id=scope.reader.person_id,
        on=day,
        kind=str(kind),
        text=text,
    )
    session.add(found)
    session.flush()
    bump(session, _SUBJECT, since=day)
    notify_contribution(session, at, found)
    return found


def _checked(text: str, nothing: str) -> str:
    text = clean_text(text)
    if not text:
        raise Invalid({"text": nothing})
    if len(text) > COMMENT_MAX:
        told = f"Le texte compte {len(text)} caractères ; il peut en compter {COMMENT_MAX} au plus."
        raise Invalid({"text": told})
    return text


# ── What becomes of an objection ──────────────────────────────────────────────────────────────────


def answer_objection(session: Session, scope: Scope, contribution_id: int, text: str) -> None:
    """Répondre à une objection, by who answers for the subject or records decisions: it stands
    answered, and its author is told. Raises Invalid, Refused.
    """
    at, objection = _objection(session, scope, contribution_id)
    if not answers_for_subject(scope.reader, at, scope.tree):
        require(scope.reader, "decision.record")
    _settle(session, scope.reader, at, objection, ContributionStep.answered, text)


def lift_objection(session: Session, scope: Scope, contribution_id: int, text: str) -> None:
    """Lever une objection, with a reason: by who made it, or by who records what is decided.
    Raises Invalid, Refused.
    """
    at, objection = _objection(session, scope, contribution_id)
    if objection.person_id != scope.reader.person_id:
        require(scope.reader, "decision.record")
    _settle(session, scope.reader, at, objection, ContributionStep.lifted, text)


def _objection(
    session: Session, scope: Scope, contribution_id: int
) -> tuple[SubjectAt, Contribution]:
    """An objection that is not lifted, and its subject, held."""
    at, found = _contribution_seen(session, scope, contribution_id)
    if found.kind != ContributionKind.objection:
        raise Refused("Ce n'est pas une objection.")
    return at, found


def _settle(
    session: Session,
    reader: Reader,
    at: SubjectAt,
    objection: Contribution,
    step: ContributionStep,
    text: str,
) -> None:
    if objection_state(session, objection.id, today(session)) is ObjectionState.lifted:
        raise Refused("Cette objection est déjà levée.")
    lifted = step is ContributionStep.lifted
    text = _checked(text, "Dites pourquoi elle est levée." if lifted else "Écrivez la réponse.")
    fact = _say(session, reader, objection, step, text)
    notify_outcome(session, at, objection, fact)


def _contribution_seen(
    session: Session, scope: Scope, contribution_id: int
) -> tuple[SubjectAt, Contribution]:
    """A contribution with its subject, held, if the reader may open it and take part."""
    require(scope.reader, "idea.take_part")
    found = session.get(Contribution, contribution_id)
    if found is None:
        raise Refused("Cette contribution n'existe pas.")
    at = _subject_seen(session, scope, Subject(found.subject), found.key)
    session.refresh(found)
    return at, found


# ── Moderation ────────────────────────────────────────────────────────────────────────────────────


def report_contribution(session: Session, scope: Scope, contribution_id: int, reason: str) -> None:
    """Signaler: somebody of the programme office will look at it; once while a report waits."""
    _, found = _contribution_seen(session, scope, contribution_id)
    reason = _reason(reason, "Dites ce qui pose problème.")
    mine = select(ContributionEvent.id).where(
        ContributionEvent.contribution_id == found.id,
        ContributionEvent.open.is_(True),
        ContributionEvent.by == scope.reader.person_id,
    )
    if session.exec(mine).first():
        raise Refused("Vous l'avez déjà signalé : quelqu'un va le lire.")
    _say(session, scope.reader, found, ContributionStep.reported, reason, is_open=True)


def hide_contribution(session: Session, reader: Reader, contribution_id: int, reason: str) -> None:
    """Masquer: out of sight for all but its author and those who moderate; its author is told the
    reason.
    """
    found = _to_moderate(session, reader, contribution_id)
    reason = _reason(reason, "Donnez le motif : l'auteur le lira.")
    if found.hidden:
        raise Refused("Cette contribution est déjà masquée.")
    found.hidden = True
    session.add(found)
    _close_reports(session, found)
    fact = _say(session, reader, found, ContributionStep.hidden, reason)
    subject = Subject(found.subject)
    notify_hidden(
        session, subject_at(session, reader, subject, found.key, today(session)), found, fact
    )


def restore_contribution(session: Session, reader: Reader, contribution_id: int) -> None:
    """Rétablir: shown again."""
    found = _to_moderate(session, reader, contribution_id)
    if not found.hidden:
        raise Refused("Cette contribution n'est pas masquée.")
    found.hidden = False
    session.add(found)
    _say(session, reader, found, ContributionStep.restored, None)


def dismiss_contribution_report(session: Session, reader: Reader, contribution_id: int) -> None:
    """Sans suite: what was reported stays as it is."""
    found = _to_moderate(session, reader, contribution_id)
    if not _close_reports(session, found):
        raise Refused("Ce signalement est déjà traité.")
    _say(session, reader, found, ContributionStep.dismissed, None)


def _to_moderate(session: Session, reader: Reader, contribution_id: int) -> Contribution:
    require(reader, "idea.moderate")
    found = session.get(Contribution, contribution_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise Refused("Cette contribution n'existe pas.")
    return found


def _reason(reason: str, nothing: str) -> str:
    reason = clean_text(reason)
    if not reason:
        raise Invalid({"reason": nothing})
    if len(reason) > COMMENT_MAX:
        raise Invalid({"reason": f"Le motif peut compter {COMMENT_MAX} caractères au plus."})
    return reason


def _close_reports(session: Session, found: Contribution) -> int:
    waiting = session.exec(
        select(ContributionEvent).where(
            ContributionEvent.contribution_id == found.id, ContributionEvent.open.is_(True)
        )
    ).all()
    for report in waiting:
        report.open = False
        session.add(report)
    return len(waiting)


def _say(
    session: Session,
    reader: Reader,
    found: Contribution,
    what: ContributionStep,
    reason: str | None,
    is_open: bool = False,
) -> ContributionEvent:
    day = today(session)
    fact = ContributionEvent(
        on=day,
        recorded_on=day,
        by=reader.person_id,
        reason=reason,
        contribution_id=found.id,
        what=str(what),
        open=is_open,
    )
    session.add(fact)
    session.flush()
    bump(session, _SUBJECT, since=day)
    return fact
