"""What has changed since the reader's last visit (« Pour vous » of « Accueil »), newest first."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import date, timedelta

from sqlalchemy.exc import DBAPIError

from dashboard import cached, french
from dashboard.access import Reader, may
from dashboard.actions.people.accounts import note_visit
from dashboard.cached import ideas, own_space
from dashboard.figures.board import changes, days_later
from dashboard.queries.people.readers import last_visit, visits_today
from dashboard.queries.roadmap import PlanAt
from dashboard.scope import Scope
from dashboard.ui.components import TodoItem
from dashboard.visit.navigation import address
from models.database import reading, writing
from models.directions import UnitKind
from models.discussions import Subject
from models.idea_events import EventKind, IdeaEvent
from models.idea_states import IdeaStatus
from models.ideas import Idea
from models.texts import Refused

# The period shown on a first visit.
_AT_FIRST = timedelta(days=30)
_DECIDED = "Décision pour votre direction"


def since_when(reader: Reader) -> str:
    """The day of the last visit (ISO), or empty; records today's visit. No visit is stored for
    readers who do not see the list.
    """
    if not _sees_changes(reader):
        return ""
    today = cached.today()
    with reading() as session:
        last_day, is_noted = (
            last_visit(session, reader, today),
            visits_today(session, reader, today),
        )
    if not is_noted:
        # The page is still shown where the database is read-only.
        with suppress(Refused, DBAPIError), writing() as session:
            note_visit(session, reader, today)
    return last_day.isoformat() if last_day else ""


def _sees_changes(reader: Reader) -> bool:
    """The steering roles see what moved since the last meeting instead."""
    return reader.is_known and not may(reader, "page.cockpit")


def changes_since(scope: Scope) -> tuple[list[TodoItem], list[TodoItem]]:
    """The changes since the last visit, else since thirty days ago, newest first: of the reader's
    own ideas, and the others.
    """
    if not _sees_changes(scope.reader):
        return [], []
    visit = since_when(scope.reader)
    since = date.fromisoformat(visit) if visit else scope.on - _AT_FIRST
    own_items, others = [], [*_milestones(scope, since), *_decisions(scope, since)]
    for event, idea in ideas.idea_news(scope, since):
        is_own = idea.author_id == scope.reader.person_id
        (own_items if is_own else others).append(_of_idea(event, idea, scope))
    return own_items, sorted(others, key=lambda item: item.on, reverse=True)


def _of_idea(event: IdeaEvent, idea: Idea, scope: Scope) -> TodoItem:
    is_hers = idea.author_id == scope.reader.person_id
    whose = "Votre idée" if is_hers else "Une idée que vous suivez"
    href = address("idees", scope, idee=idea.number)
    return TodoItem(idea.title, href, f"{whose} : {_became(event)}", on=event.on)


def _became(event: IdeaEvent) -> str:
    """Its new state; if the state did not change, the kind of answer."""
    if event.to_status:
        return IdeaStatus(event.to_status).label.lower()
    is_holding = event.what == EventKind.held
    return "une réponse d’attente" if is_holding else "une réponse est donnée"


def _milestones(scope: Scope, since: date) -> Iterator[TodoItem]:
    """The followed milestones that changed."""
    subjects = own_space.subjects_followed(scope)
    followed = {subject.key for subject in subjects if subject.subject is Subject.milestone}
    if not followed:
        return
    before = since - timedelta(days=1)
    moves = changes(cached.milestones(before), cached.milestones(scope.on), (), before, scope.on)
    changed_by_number: dict[str, tuple[PlanAt, str]] = {}
    for milestone in moves.revised:
        changed_by_number[milestone.plan.number] = milestone, "ses dates ont changé"
    for before, after in moves.slipped:
        later = "plus tard" if days_later(before, after) > 0 else "plus tôt"
        changed_by_number[after.plan.number] = after, f"fin prévue {later}"
    for _, after in moves.moved:
        state = f"{after.state.label.lower()}, {french.percent(100 * after.progress, 0)}"
        changed_by_number[after.plan.number] = after, state
    for number, (milestone, state) in changed_by_number.items():
        if number in followed:
            yield TodoItem(
                milestone.plan.title,
                address("feuille-de-route", scope, jalon=number),
                f"Jalon {number} que vous suivez : {state}",
                on=_last_change(milestone),
            )


def _last_change(milestone: PlanAt) -> date:
    """The later of its last report and its last revision."""
    days = [milestone.schedule.on]
    if milestone.report:
        days.append(milestone.report.on)
    return max(days)


def _decisions(scope: Scope, since: date) -> Iterator[TodoItem]:
    """The decisions of her direction that were communicated to the services."""
    direction = scope.tree.ancestor(scope.reader.service_id, UnitKind.direction)
    for decision in cached.decisions(scope.on):
        is_own = direction and decision.owner_direction_id == direction.id
        if is_own and decision.communicated_on and decision.communicated_on >= since:
            yield TodoItem(decision.title, detail=_DECIDED, on=decision.communicated_on)
