"""« Ce qui nous attend »: pending items counted by urgency, each linked to exactly its rows."""

from collections.abc import Iterable, Iterator, Sequence

from dashboard import cached, french
from dashboard.access import may
from dashboard.cached import ideas
from dashboard.figures.sentences import (
    LATE_ANSWERS,
    LATE_MILESTONES,
    OVERDUE,
    POINTS,
    Waiting,
    waiting,
)
from dashboard.queries.decisions.lists import DecisionList
from dashboard.queries.decisions.records import DecisionAt
from dashboard.queries.ideas.records import View
from dashboard.queries.roadmap import PlanAt
from dashboard.scope import Scope
from dashboard.screens.roadmap import calendar
from dashboard.ui.components import TodoItem, draw
from dashboard.visit.navigation import address

_MOST = 5


def _count(n: int, words: str, href: str, detail: str = "", **more: object) -> dict:
    """The count of one kind of pending item, its label and link; `further`: more of the same kind
    (label and link), `among`: the total.
    """
    count = {"n": n, "words": words, "href": href, "detail": detail}
    return count | {"is_late": False, "further": None, "among": ""} | more


def what_waits(scope: Scope, to_decide: float | None = None) -> Waiting:
    """The pending items of the scope: a manager's own milestones and decisions, else those of the
    directions looked at. `to_decide` is the figure « Idées à décider ».
    """
    decisions = [d for d in cached.decisions(scope.on) if scope.has(d.owner_direction_id)]
    to_read = ideas.to_read(scope) if may(scope.reader, "idea.publish") else 0
    milestones, late = calendar.of_scope(scope), ideas.late_ideas(scope)
    return waiting(milestones, scope.on, late, to_read, decisions, to_decide)


def in_short(scope: Scope) -> list[tuple[str, dict]]:
    """At most five counts, most urgent first: late before pending, decisions before milestones,
    milestones before answers.
    """
    return _by_urgency(_counts(what_waits(scope), scope))


def _by_urgency(counts: Iterable[dict]) -> list[tuple[str, dict]]:
    nonzero = [count for count in counts if count["n"]]
    return [(french.number(count["n"]), count) for count in nonzero[:_MOST]]


def counts(wait: Waiting, scope: Scope) -> None:
    """The counts of pending items."""
    draw("cockpit/counts.html", counts=_by_urgency(_counts(wait, scope)))


def _counts(wait: Waiting, scope: Scope) -> Iterator[dict]:
    yield _count(
        len(wait.overdue),
        french.plural(len(wait.overdue), *OVERDUE),
        address("decisions", scope, vue=DecisionList.late),
        _oldest_overdue(wait.overdue),
        is_late=True,
    )
    yield _count(
        len(wait.late),
        french.plural(len(wait.late), *LATE_MILESTONES),
        address("feuille-de-route", scope, volet=calendar.LATE),
        f"le plus ancien : {wait.late[0].plan.title}" if wait.late else "",
        is_late=True,
    )
    yield _late_answers(wait, scope)
    yield _count(
        len(wait.undecided),
        french.plural(len(wait.undecided), *POINTS),
        address("decisions", scope, vue=DecisionList.to_decide),
        _oldest_point(wait.undecided),
    )
    yield _count(
        wait.to_read,
        french.plural(wait.to_read, "dépôt à lire", "dépôts à lire"),
        address("reception", scope, liste="lire", rang=0),
    )


def _oldest_overdue(overdue: Sequence[DecisionAt]) -> str:
    if not overdue:
        return ""
    return f"{overdue[0].title}, attendue le {french.day(overdue[0].due_on)}"


def _late_answers(wait: Waiting, scope: Scope) -> dict:
    """Late answers, and how many more become late tomorrow."""
    tomorrow = ideas.late_next_day(scope) - wait.late_ideas
    soon = address("idees", scope, vue=View.last_day)
    if not wait.late_ideas:
        words = french.plural(tomorrow, "réponse à donner ce jour", "réponses à donner ce jour")
        return _count(tomorrow, words, soon)
    more = f"{french.counted(tomorrow, 'autre')} dès demain"
    return _count(
        wait.late_ideas,
        french.plural(wait.late_ideas, *LATE_ANSWERS),
        _late_list(scope),
        is_late=True,
        further=(more, soon) if tomorrow else None,
        among=f"sur {french.number(wait.to_decide)} à décider" if wait.to_decide else "",
    )


def _late_list(scope: Scope) -> str:
    """Where late answers are given, or read."""
    if may(scope.reader, "page.inbox") and scope.on == cached.today():
        return address("reception", scope, liste="retard", rang=0)
    return address("idees", scope, vue=View.late)


def _oldest_point(undecided: Sequence[DecisionAt]) -> str:
    if not undecided:
        return ""
    bodies = len({d.instance for d in undecided})
    where = f"devant {bodies} instances, " if bodies > 1 else ""
    return f"{where}le plus ancien depuis le {french.day(undecided[0].submitted_on)}"


def late_milestone(m: PlanAt, scope: Scope) -> TodoItem:
    return TodoItem(
        f"Jalon {m.plan.number} — {m.plan.title}",
        address("feuille-de-route", scope, jalon=m.plan.number),
        m.report.need or m.report.comment if m.report else "",
        m.schedule.end,
        late=True,
    )


def silent_milestone(m: PlanAt, scope: Scope) -> TodoItem:
    return TodoItem(
        f"Mise à jour attendue : jalon {m.plan.number} — {m.plan.title}",
        address("feuille-de-route", scope, jalon=m.plan.number),
        f"dernière nouvelle le {french.day(m.report.on)}" if m.report else "aucun rapport",
    )
