"""Acts on the work of a progress group: document versions, deliverables, ideas taken in, links to
the outcome.
"""

from collections.abc import Collection
from datetime import date

from sqlalchemy import func
from sqlmodel import Session, select

from dashboard.access import Reader, idea_conditions, may, require
from dashboard.actions.acts import add_fact, add_record, refuse_conflict
from dashboard.actions.groups.records import group_to_lead, lock_group, refuse_over
from dashboard.actions.ideas.answers import Answer, answer_idea, states_to_choose
from dashboard.actions.ideas.facts import idea_to_change
from dashboard.actions.ideas.threads import add_link
from dashboard.actions.notices.records import notify
from dashboard.queries.edit_conflicts import LastWrite
from dashboard.queries.groups import GROUP, register as groups_register
from dashboard.queries.ideas.threads import end_named
from models.clock import today
from models.directions import Tree
from models.discussions import Link
from models.facts import facts_of
from models.groups import (
    Deliverable,
    DeliverableEvent,
    DeliverableStep,
    DocumentKind,
    DocumentVersion,
    ProgressGroup,
)
from models.idea_states import IdeaStatus
from models.ideas import BODY_MAX, Idea
from models.notices import NoticeKind
from models.texts import Invalid, Refused, clean_text, clean_title, refuse, too_long

TITLE_MAX = 200
REASON_MAX = 500
LAST_DAY = date(2035, 12, 31)
OUTCOMES = ("jalon", "projet", "formation", "chiffre")


# ── Documents ─────────────────────────────────────────────────────────────────────────────────────


def write_version(
    session: Session, reader: Reader, group_id: int, kind: DocumentKind, text: str, based_on: int
) -> int:
    """Écrire une version; earlier ones remain. `based_on` is the version the writer started from
    (0: none). Returns its number.

    Raises EditConflict where somebody wrote one meanwhile, Invalid « text » where nothing changed.
    """
    group = group_to_lead(session, reader, group_id)
    newest = session.exec(
        select(DocumentVersion)
        .filter_by(group_id=group.id, kind=kind)
        .order_by(DocumentVersion.version.desc())
    ).first()
    number = newest.version if newest else 0
    text = clean_text(text)
    refuse_conflict(
        session,
        reader,
        based_on,
        {"text": newest.text if newest else ""},
        LastWrite(newest.by, newest.on) if newest else LastWrite(),
        mark=number,
        did=f"a écrit entre-temps la version {number}",
    )
    fault = too_long(text, BODY_MAX) if text else "Écrivez le texte."
    is_same = newest is not None and newest.text == text
    refuse({"text": fault or (is_same and "Rien n'a changé depuis la dernière version.")})
    version = DocumentVersion(
        group_id=group.id,
        kind=kind,
        version=number + 1,
        text=text,
        on=today(session),
        by=reader.person_id,
    )
    return add_record(session, version).version


# ── Deliverables ──────────────────────────────────────────────────────────────────────────────────


def add_deliverable(
    session: Session, reader: Reader, group_id: int, title: str, due_on: date | None
) -> Deliverable:
    """Prévoir un livrable, with its due day. Raises Invalid per field."""
    group = group_to_lead(session, reader, group_id)
    title = clean_title(title)
    is_named = 0 < len(title) <= TITLE_MAX
    refuse(
        {
            "title": not is_named and f"Dites ce qui sera remis (1 à {TITLE_MAX} caractères).",
            "due_on": _fault_of_due(due_on, today(session)),
        }
    )
    deliverable = add_record(session, Deliverable(group_id=group.id, title=title))
    _add_step(session, reader, deliverable.id, DeliverableStep.planned, due_on=due_on)
    return deliverable


def move_deliverable(
    session: Session, reader: Reader, deliverable_id: int, due_on: date | None, reason: str
) -> None:
    """Revoir l'échéance, with the reason. A day already past remains missed, and the new one is a
    forecast. Raises Invalid.
    """
    facts = _facts_to_change(session, reader, deliverable_id)
    _refuse_delivered(facts)
    reason = clean_text(reason)
    is_same = due_on == next(fact.due_on for fact in reversed(facts) if fact.due_on)
    why = f"Dites pourquoi la date change ({REASON_MAX} caractères au plus)."
    refuse(
        {
            "due_on": "C'est déjà la date prévue."
            if is_same
            else _fault_of_due(due_on, today(session)),
            "reason": not 0 < len(reason) <= REASON_MAX and why,
        }
    )
    _add_step(session, reader, deliverable_id, DeliverableStep.moved, due_on=due_on, reason=reason)


def deliver(session: Session, reader: Reader, deliverable_id: int, on: date | None = None) -> None:
    """Remis on that day, today at the latest. Raises Invalid, Refused for a second time."""
    facts = _facts_to_change(session, reader, deliverable_id)
    _refuse_delivered(facts)
    day = today(session)
    on = on or day
    # Not delivered before it was planned.
    first = facts[-1].on
    outside = f"La date se trouve entre le {first:%d/%m/%Y} et le {day:%d/%m/%Y}."
    refuse({"on": not first <= on <= day and outside})
    _add_step(session, reader, deliverable_id, DeliverableStep.delivered, on=on)


def undo_deliverable(session: Session, reader: Reader, deliverable_id: int) -> DeliverableStep:
    """Annuler le dernier encodage of a deliverable; undoing the first removes it from the list.
    Returns the undone step.
    """
    facts = _facts_to_change(session, reader, deliverable_id)
    last = facts[-1]
    _add_step(session, reader, deliverable_id, DeliverableStep.undone, on=last.on, voids=last.id)
    return DeliverableStep(last.what)


def _facts_to_change(
    session: Session, reader: Reader, deliverable_id: int
) -> list[DeliverableEvent]:
    """What is planned of a deliverable, once its group is locked by one who may lead it."""
    deliverable = session.get(Deliverable, deliverable_id)
    if deliverable is None:
        raise Refused("Ce livrable n'existe pas.")
    group_to_lead(session, reader, deliverable.group_id)
    facts = facts_of(session, DeliverableEvent, deliverable_id)
    if not facts:
        raise Refused("Ce livrable n'est plus prévu.")
    return facts


def _refuse_delivered(facts: list[DeliverableEvent]) -> None:
    if any(fact.what == DeliverableStep.delivered for fact in facts):
        raise Refused("Ce livrable est déjà remis.")


def _fault_of_due(due_on: date | None, day: date) -> str:
    if due_on is not None and day <= due_on <= LAST_DAY:
        return ""
    return f"Donnez une date entre le {day:%d/%m/%Y} et le {LAST_DAY:%d/%m/%Y}."


def _add_step(
    session: Session, reader: Reader, deliverable_id: int, what: DeliverableStep, **more: object
) -> None:
    add_fact(session, reader, DeliverableEvent(deliverable_id=deliverable_id, what=what, **more))


# ── Ideas taken in, and the outcome ───────────────────────────────────────────────────────────────


def take_in_idea(
    session: Session, reader: Reader, group_id: int, number: int | None, tree: Tree
) -> Idea:
    """Prendre une idée dans le groupe, and notify its author. Raises Invalid, Refused."""
    group = group_to_lead(session, reader, group_id)
    of_number = select(Idea.id).filter_by(number=number).where(idea_conditions(reader, tree))
    if session.exec(of_number).first() is None:
        raise Invalid({"number": "Aucune idée qui vous soit ouverte ne porte ce numéro."})
    idea = idea_to_change(session, number)
    _take(session, reader, group, idea, tree)
    return idea


def entrust_to_group(
    session: Session, reader: Reader, number: int, group_id: int | None, tree: Tree
) -> ProgressGroup:
    """Confier une idée à un groupe, by those who answer for it; notifies its author and the
    facilitators. Raises Invalid, Refused.
    """
    if group_id is None:
        raise Invalid({"group": "Choisissez un groupe."})
    # The group is locked first, as in `take_in_idea`, so that the two cannot deadlock.
    locked = lock_group(session, group_id)
    idea = idea_to_change(session, number)
    require(reader, "idea.answer", idea, tree)
    refuse_over(locked.group)
    _take(session, reader, locked.group, idea, tree)
    notify(
        session,
        locked.facilitators,
        key=f"groupe-{locked.group.id}-idee-{idea.id}",
        kind=NoticeKind.state,
        idea=idea,
        title=f"L'idée n° {idea.number} est confiée au groupe {locked.group.code}",
        text=f"« {idea.title} »." if idea.published else "",
        href=f"/groupes?groupe={locked.group.code}",
        by=reader.person_id,
    )
    return locked.group


def may_go_to_group(idea: Idea) -> bool:
    """Whether a group can take this entry in: it is being studied, or in a group already."""
    return idea.status == IdeaStatus.in_group or IdeaStatus.in_group in states_to_choose(idea)


def _take(session: Session, reader: Reader, group: ProgressGroup, idea: Idea, tree: Tree) -> None:
    add_link(session, reader, ("idee", str(idea.id)), (GROUP, group.code))
    if not may_go_to_group(idea):
        raise Refused(f"Une idée « {IdeaStatus(idea.status).label} » ne va plus dans un groupe.")
    if idea.status != IdeaStatus.in_group:
        if not may(reader, "idea.answer", idea, tree):
            raise Refused(
                "Demandez à la cellule transformation de confier cette idée au groupe : c'est elle"
                " qui répond à son auteur."
            )
        answer_idea(
            session,
            reader,
            idea.number,
            Answer(f"Confiée au groupe {group.code} : {group.title}.", IdeaStatus.in_group),
            tree,
        )


def release_idea(session: Session, reader: Reader, group_id: int, link_id: int, tree: Tree) -> None:
    """Rendre une idée: the group no longer works on it; it returns to study by those who answer for
    it. Raises Refused.
    """
    locked = lock_group(session, group_id)
    require(reader, "group.manage", locked)
    link = session.get(Link, link_id, with_for_update=True)
    if (
        link is None
        or link.ended_on
        or (link.from_kind, link.to_kind, link.to_key) != ("idee", GROUP, locked.group.code)
    ):
        raise Refused("Cette idée n'est plus dans le groupe.")
    link.ended_on = today(session)
    session.flush()
    idea = session.get(Idea, int(link.from_key))
    others = session.exec(
        select(func.count())
        .select_from(Link)
        .where(
            Link.from_kind == "idee",
            Link.from_key == link.from_key,
            Link.to_kind == GROUP,
            Link.role == link.role,
            Link.ended_on.is_(None),
        )
    ).one()
    if idea.status == IdeaStatus.in_group and not others and may(reader, "idea.answer", idea, tree):
        answer_idea(
            session,
            reader,
            idea.number,
            Answer(
                f"Le groupe {locked.group.code} ne la retient pas dans son travail.",
                IdeaStatus.studied,
            ),
            tree,
        )


def link_outcome(
    session: Session,
    reader: Reader,
    group_id: int,
    kind: str,
    key: str,
    figures: Collection[str] = (),
) -> Link:
    """Relier la suite: the milestone, project, training or figure that implements the decision, or
    that the group led to before one is taken.

    Also for a closed group; `figures` are the codes of the catalogue. Raises Invalid, Refused.
    """
    locked = lock_group(session, group_id)
    require(reader, "group.manage", locked)
    end = end_named(session, kind, key, figures) if kind in OUTCOMES else None
    if end is None:
        raise Invalid({"key": "Rien ne porte ce numéro ou ce code."})
    current = next(
        item for item in groups_register(session).at(today(session)) if item.id == group_id
    )
    origin = (
        ("decision", str(max(current.decision_ids)))
        if current.decision_ids
        else (GROUP, locked.group.code)
    )
    return add_link(session, reader, origin, (kind, end))
