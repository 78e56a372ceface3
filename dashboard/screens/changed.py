"""« Ce qui a changé depuis votre dernière visite »: a short dated list on the front page, of what
touches the reader: her own ideas, then the last first.
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import date, timedelta

from sqlalchemy.exc import DBAPIError

from dashboard import cached, french
from dashboard.access import Reader, may
from dashboard.actions.people.visits import note_visit
from dashboard.cached import ideas, own_space
from dashboard.figures.since import changes, days_later
from dashboard.queries.decisions.records import DecisionAt
from dashboard.queries.people.changed import last_visit, visits_today
from dashboard.queries.roadmap import PlanAt
from dashboard.scope import Scope
from dashboard.ui.components import TodoItem, todo_list
from dashboard.visit.navigation import address
from models.database import reading, writing
from models.directions import UnitKind
from models.discussions import Subject
from models.errors import Refused
from models.idea_events import EventKind, IdeaEvent
from models.idea_states import IdeaStatus
from models.ideas import Idea
from models.meetings import BODIES, MeetingState

SINCE = "depuis"
# What is shown to whoever comes for the first time.
_AT_FIRST = timedelta(days=30)
_MOST, _POSTS = 3, 5
_DECIDED = "Décision pour votre direction"


def since_when(reader: Reader) -> str:
    """The day of the last visit, or nothing; notes this one. No visit is stored of readers who do
    not see the list.
    """
    if not _sees_changes(reader):
        return ""
    today = cached.today()
    with reading() as session:
        found, is_noted = last_visit(session, reader, today), visits_today(session, reader, today)
    if not is_noted:
        # The page is read all the same where nothing can be written.
        with suppress(Refused, DBAPIError), writing() as session:
            note_visit(session, reader, today)
    return found.isoformat() if found else ""


def _sees_changes(reader: Reader) -> bool:
    """Whoever steers finds what moved since the last meeting instead."""
    return reader.is_known and not may(reader, "page.cockpit")


def changed(scope: Scope, asked: str) -> None:
    """Since the day `asked`, the last visit; of the last thirty days where it is not known."""
    if not _sees_changes(scope.reader):
        return
    visit = date.fromisoformat(asked) if asked else None
    since = visit or scope.on - _AT_FIRST
    news = ideas.idea_news(scope, since)
    me = scope.reader.person_id
    own = [_of_idea(*one, scope) for one in news if one[1].author_id == me]
    others = [_of_idea(*one, scope) for one in news if one[1].author_id != me]
    others += _elsewhere(scope, since)
    todo_list(
        [*_last_first(own), *_last_first(others)],
        "Ce qui a changé depuis votre dernière visite" if visit else "Ce qui a changé ce mois",
        f"Rien de neuf depuis le {french.day_long(since)}.",
        _MOST,
    )


def _last_first(found: Iterable[TodoItem]) -> list[TodoItem]:
    return sorted(found, key=lambda one: one.on, reverse=True)


def _elsewhere(scope: Scope, since: date) -> Iterator[TodoItem]:
    yield from _milestones(scope, since)
    yield from _decisions(scope, since)
    yield from _meetings(scope, since)
    for post in cached.posts(scope.reader, scope.on, _POSTS):
        if post.on >= since:
            href = f"{address('actualites', scope)}#actualite-{post.id}"
            yield TodoItem(post.title, href, "Actualité", on=post.on)


def _of_idea(event: IdeaEvent, idea: Idea, scope: Scope) -> TodoItem:
    is_hers = idea.author_id == scope.reader.person_id
    whose = "Votre idée" if is_hers else "Une idée que vous suivez"
    href = address("idees", scope, idee=idea.number)
    return TodoItem(idea.title, href, f"{whose} : {_became(event)}", on=event.on)


def _became(event: IdeaEvent) -> str:
    """Its new state; where it was answered and stayed as it was, that."""
    if event.to_status:
        return IdeaStatus(event.to_status).label.lower()
    is_holding = event.what == EventKind.held
    return "une réponse d’attente" if is_holding else "une réponse est donnée"


def _milestones(scope: Scope, since: date) -> Iterator[TodoItem]:
    """Those that the reader follows, where they moved."""
    subjects = own_space.subjects_followed(scope)
    followed = {at.key for at in subjects if at.subject is Subject.milestone}
    if not followed:
        return
    before = since - timedelta(days=1)
    found = changes(cached.milestones(before), cached.milestones(scope.on), (), before, scope.on)
    moved: dict[str, tuple[PlanAt, str]] = {}
    for milestone in found.revised:
        moved[milestone.plan.number] = milestone, "ses dates ont changé"
    for before, after in found.slipped:
        later = "plus tard" if days_later(before, after) > 0 else "plus tôt"
        moved[after.plan.number] = after, f"fin prévue {later}"
    for _, after in found.moved:
        state = f"{after.state.label.lower()}, {french.percent(100 * after.progress, 0)}"
        moved[after.plan.number] = after, state
    for number, (milestone, state) in moved.items():
        if number in followed:
            yield TodoItem(
                milestone.plan.title,
                address("feuille-de-route", scope, jalon=number),
                f"Jalon {number} que vous suivez : {state}",
                on=_last_change(milestone),
            )


def _last_change(milestone: PlanAt) -> date:
    """The day of its last report or of its dates, whichever is later."""
    days = [milestone.schedule.on]
    if milestone.report:
        days.append(milestone.report.on)
    return max(days)


def _decisions(scope: Scope, since: date) -> Iterator[TodoItem]:
    """Of her direction: for whoever answers for it once they are taken, for the others once the
    services are told.
    """
    own = scope.reader.own_units(scope.tree)
    hers = scope.tree.ancestor(scope.reader.service_id, UnitKind.direction)
    for decision in cached.decisions(scope.on):
        owner = decision.owner_direction_id
        if owner in own and _is_since(decision, since):
            href = address("decisions", scope, decision=decision.number)
            yield TodoItem(decision.title, href, _DECIDED, on=decision.decided.on)
        elif (
            hers
            and owner == hers.id
            and decision.communicated_on
            and decision.communicated_on >= since
        ):
            yield TodoItem(decision.title, detail=_DECIDED, on=decision.communicated_on)


def _is_since(decision: DecisionAt, since: date) -> bool:
    return decision.decided is not None and decision.decided.on >= since


def _meetings(scope: Scope, since: date) -> Iterator[TodoItem]:
    """Dates to come that were announced, or put on another day: several are one line."""
    known = {m.id: m.day for m in cached.meetings(since - timedelta(days=1))}
    found = [
        m
        for m in cached.meetings(scope.on)
        if m.day > scope.on and m.state == MeetingState.planned and m.kind not in BODIES
        if known.get(m.id) != m.day
    ]
    if not found:
        return
    announced_on, href = max(m.updated_on for m in found), address("agenda", scope)
    first = french.day_long(found[0].day)
    if len(found) > 1:
        # A number that is a link would have to open these alone.
        detail = f"{len(found)} dates, d’abord {found[0].label}, le {first}"
        yield TodoItem("Nouvelles dates à l’agenda", href, detail, on=announced_on)
    else:
        what = "Changement de date" if found[0].id in known else "Nouvelle date"
        yield TodoItem(found[0].label, href, f"{what} : {first}", on=announced_on)
