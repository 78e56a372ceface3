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
from dashboard.figures.since import changes
from dashboard.queries.decisions.records import DecisionAt
from dashboard.queries.people.changed import IdeaNews, last_visit, visits_today
from dashboard.queries.roadmap import PlanAt
from dashboard.scope import Scope
from dashboard.ui.components import TodoItem, todo_list
from dashboard.visit.navigation import address
from models.database import reading, writing
from models.directions import UnitKind
from models.discussions import Subject
from models.errors import Refused
from models.idea_states import IdeaStatus
from models.meetings import BODIES, MeetingState

SINCE = "depuis"
# What is shown to whoever comes for the first time.
_AT_FIRST = timedelta(days=30)
_MOST, _POSTS = 3, 5
_DECIDED = "Décision pour votre direction"


def since_when(reader: Reader) -> str:
    """The day of the last visit, or nothing; this one is noted. Of whoever is told no list no
    visit is kept.
    """
    if not _is_told(reader):
        return ""
    today = cached.today()
    with reading() as session:
        found, is_noted = last_visit(session, reader, today), visits_today(session, reader, today)
    if not is_noted:
        # The page is read all the same where nothing can be written.
        with suppress(Refused, DBAPIError), writing() as session:
            note_visit(session, reader, today)
    return found.isoformat() if found else ""


def _is_told(reader: Reader) -> bool:
    """Whoever steers finds what moved since the last meeting instead."""
    return reader.is_known and not may(reader, "page.cockpit")


def changed(scope: Scope, asked: str) -> None:
    """Since the day `asked`, the last visit; of the last thirty days where it is not known."""
    if not _is_told(scope.reader):
        return
    visit = date.fromisoformat(asked) if asked else None
    since = visit or scope.on - _AT_FIRST
    news = ideas.idea_news(scope, since)
    own = [_of_idea(one, scope) for one in news if one.is_hers]
    others = [_of_idea(one, scope) for one in news if not one.is_hers]
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


def _of_idea(news: IdeaNews, scope: Scope) -> TodoItem:
    whose = "Votre idée" if news.is_hers else "Une idée que vous suivez"
    href = address("idees", scope, idee=news.number)
    return TodoItem(news.title, href, f"{whose} : {_became(news)}", on=news.on)


def _became(news: IdeaNews) -> str:
    if news.status:
        return IdeaStatus(news.status).label.lower()
    return "une réponse d’attente" if news.is_holding else "une réponse est donnée"


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
    for slip in found.slipped:
        later = "plus tard" if slip.days > 0 else "plus tôt"
        moved[slip.after.plan.number] = slip.after, f"fin prévue {later}"
    for change in found.moved:
        said = (
            f"{change.after.state.label.lower()}, {french.percent(100 * change.after.progress, 0)}"
        )
        moved[change.after.plan.number] = change.after, said
    for number, (milestone, said) in moved.items():
        if number in followed:
            yield TodoItem(
                milestone.plan.title,
                address("feuille-de-route", scope, jalon=number),
                f"Jalon {number} que vous suivez : {said}",
                on=_last_told(milestone),
            )


def _last_told(milestone: PlanAt) -> date:
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
        elif hers and owner == hers.id and decision.told_on and decision.told_on >= since:
            yield TodoItem(decision.title, detail=_DECIDED, on=decision.told_on)


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
    said_on, href = max(m.said_on for m in found), address("agenda", scope)
    first = french.day_long(found[0].day)
    if len(found) > 1:
        # A number that is a link would have to open these alone.
        told = f"{len(found)} dates, d’abord {found[0].label}, le {first}"
        yield TodoItem("Nouvelles dates à l’agenda", href, told, on=said_on)
    else:
        what = "Changement de date" if found[0].id in known else "Nouvelle date"
        yield TodoItem(found[0].label, href, f"{what} : {first}", on=said_on)
