"""Acts on a figure itself: naming its owner (porteur), verifying its definition; and what a round
does: noting a new definition, notifying followers of a new status.
"""

from collections.abc import Iterator, Sequence
from datetime import date

from sqlmodel import Session, select

from dashboard.access import Reader, require
from dashboard.actions.acts import add_fact, note, refuse_conflict
from dashboard.actions.notices.records import Notification, notify_all
from dashboard.actions.operations.short_acts import ShortAct, in_batches
from dashboard.actions.roadmap.revisions import OWNER_MAX
from dashboard.figures.board import statuses
from dashboard.figures.kinds import Value
from dashboard.queries.directions import organisation
from dashboard.queries.edit_conflicts import last_recorded
from dashboard.queries.figures.declared import declared_values, last_step
from models.clock import today
from models.directions import Tree
from models.discussions import Subject, SubjectFollow
from models.errors import refuse
from models.facts import last_values
from models.notices import NoticeKind
from models.revisions import hold
from models.roadmap import FigureEvent, FigureStep
from models.texts import clean_text

_NOBODY = FigureEvent(owner="")


def owner_values(now: FigureEvent | None) -> dict[str, object]:
    """The owner by the fields of its form."""
    return {"owner": (now or _NOBODY).owner, "unit": (now or _NOBODY).owner_direction_id or 0}


def name_owner(
    session: Session,
    reader: Reader,
    figure: Value,
    typed: FigureEvent,
    *,
    read: str | None = None,
) -> None:
    """Nommer le porteur d'un chiffre from today: a function and its direction. Raises Invalid per
    field, EditConflict.
    """
    require(reader, "target.decide")
    hold(session, "roadmap")
    day, what = today(session), str(FigureStep.owned)
    now = last_step(session, figure.code, FigureStep.owned, day)
    of_figure = FigureEvent.figure == figure.code, FigureEvent.what == what
    last = last_recorded(session, FigureEvent, *of_figure)
    refuse_conflict(session, reader, read, owner_values(now), last)
    owner, unit = clean_text(typed.owner), typed.owner_direction_id
    is_named = 0 < len(owner) <= OWNER_MAX
    is_open = unit is None or unit in organisation(session).at(day).by_id
    refuse(
        {
            "owner": not is_named and f"Nommez le porteur, en {OWNER_MAX} caractères au plus.",
            "unit": not is_open and "Cette direction n'existe pas, ou elle est fermée.",
        }
    )
    about = {"figure": figure.code, "what": what}
    add_fact(session, reader, FigureEvent(owner=owner, owner_direction_id=unit, **about))
    note(session, reader, day, "chiffre", figure.code, "owner", now and now.owner, owner)


def verify_definition(session: Session, reader: Reader, figure: Value, tree: Tree) -> None:
    """« Définition vérifiée » today, by the programme's office or the owner's managers."""
    day = today(session)
    owner = last_step(session, figure.code, FigureStep.owned, day)
    require(reader, "figure.verify", owner or _NOBODY, tree)
    about = {"figure": figure.code, "what": str(FigureStep.verified)}
    add_fact(session, reader, FigureEvent(mark=figure.mark, **about))
    note(session, reader, day, "chiffre", figure.code, "definition", None, "vérifiée")


# ── Tasks of the round ────────────────────────────────────────────────────────────────────────────


def note_definitions(session: Session, day: date) -> Iterator[ShortAct]:
    """Notes the definitions that no round has seen yet, as a release may change them."""
    is_defined = FigureEvent.what == FigureStep.defined
    seen = last_values(session, FigureEvent.mark, day, is_defined)
    dates = {"on": day, "recorded_on": day, "what": str(FigureStep.defined)}
    new = [
        {"figure": figure.code, "mark": figure.mark, **dates}
        for figure in declared_values(session).values()
        if figure.mark != seen.get(figure.code)
    ]
    return in_batches(new, _note_definitions)


def _note_definitions(session: Session, rows: Sequence[dict]) -> int:
    session.add_all(FigureEvent(**row) for row in rows)
    return len(rows)


def notify_statuses(session: Session, day: date) -> Iterator[ShortAct]:
    """To each follower of a figure whose status is not the last that she knows: at once for all, in
    one line of her digest.
    """
    of_figures = select(SubjectFollow).where(SubjectFollow.subject == Subject.figure)
    follows = session.exec(of_figures).all()
    codes = {follow.key for follow in follows} & declared_values(session).keys()
    found = statuses(session, day, codes) if codes else {}
    changed = [
        (follow.person_id, follow.key, found[follow.key], day)
        for follow in follows
        if found.get(follow.key, follow.status) != follow.status
    ]
    return in_batches(changed, _notify_statuses)


def _notify_statuses(session: Session, changed: Sequence[tuple[int, str, str, date]]) -> int:
    """Person, code, status on this day: the first one found after « Suivre » is no news, nor is a
    target that is no longer reached while the status stays.
    """
    figures, news = declared_values(session), []
    for person_id, code, now, day in changed:
        follow = session.get(SubjectFollow, (str(Subject.figure), code, person_id))
        if follow is None:
            continue
        before, follow.status = follow.status, now
        if before and not before.startswith(now):
            key, href = f"suivi-chiffre-{code}-{day}-{now}", f"/pourquoi?chiffre={code}"
            title = f"Le chiffre « {figures[code].label} » que vous suivez : {now.lower()}"
            text = f"Jusqu'ici : {before.lower()}."
            news.append(Notification([person_id], key, NoticeKind.outcome, title, text, href))
    return notify_all(session, news)
