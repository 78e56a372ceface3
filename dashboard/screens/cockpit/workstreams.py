"""« Les six chantiers »: a bar for each, with the plan, its progress at the compared meeting, and
the probable end.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from dashboard import cached, french, theme
from dashboard.access import may
from dashboard.cached import ideas
from dashboard.charts.plots import on_page
from dashboard.figures.board import Board, Entry
from dashboard.figures.forecast import Forecast
from dashboard.figures.sentences import (
    LATE_ANSWERS,
    LATE_MILESTONES,
    OVERDUE,
    POINTS,
    Waiting,
    end_in_words,
    waiting,
)
from dashboard.figures.workstreams import WorkstreamState, lost_points, worst_first
from dashboard.queries.decisions.records import DecisionAt, DecisionList
from dashboard.queries.ideas.records import View
from dashboard.queries.roadmap import PlanAt
from dashboard.scope import Scope
from dashboard.screens.roadmap import calendar
from dashboard.screens.roadmap.workstreams import S_CURVE, s_curve
from dashboard.ui.charts import EXPLAINED, events_table
from dashboard.ui.components import TodoItem, draw, fold, gathering, place
from dashboard.ui.tables import link
from dashboard.visit.navigation import COCKPIT, address

ORDER = "ordre"  # parameter of the address
WORST, OWN = "retard", "chantiers"
_ORDERS = {WORST: "Par gravité", OWN: "Dans leur ordre"}


def order_of(asked: dict[str, str]) -> str:
    """The order given in the address, else the default."""
    return OWN if asked.get(ORDER) == OWN else WORST


def workstreams(scope: Scope, order: str, since: date | None, **others: str) -> None:
    """The workstreams of the programme; `others` are parameters kept in the address."""
    states = cached.workstreams(scope.on, scope.asked)
    known = cached.forecasts_at(scope.on, scope.asked).workstreams
    before = _earned_at(since, scope)
    title = french.sentence_case(french.every(len(states), "chantier"))
    draw(
        "cockpit/workstreams.html",
        title=title + ("" if scope.is_whole else " (toute l'administration)"),
        orders=[
            (label, address(COCKPIT, scope, **others, **{ORDER: code}), code == order)
            for code, label in _ORDERS.items()
        ],
        bars=[
            _bar(s, known[s.workstream.id], before.get(s.workstream.id), since, scope)
            for s in (worst_first(states) if order == WORST else states)
        ],
        since=since,
    )


def _earned_at(day: date | None, scope: Scope) -> dict[int, float | None]:
    if day is None:
        return {}
    return {w.workstream.id: w.earned for w in cached.workstreams(day, scope.asked)}


def _bar(
    state: WorkstreamState,
    end: Forecast,
    before: float | None,
    since: date | None,
    scope: Scope,
) -> dict:
    stream = state.workstream
    return {
        "name": stream.short_name,
        "href": address("feuille-de-route", scope, chantier=stream.id),
        "done": french.percent(state.earned),
        "planned": french.percent(state.planned),
        "width": _place(state.earned),
        "mark": _place(state.planned),
        "ghost": _place(before),
        "gap": french.signed(state.gap, "point", 1),
        "moved": _moved(state.earned, before, since),
        "end": _end_in_words(end),
        "status": theme.STATUSES[str(state.verdict.health)],
        "note": _note(state),
        "reason": state.lowered_in_words,
    }


def _place(value: float | None) -> str:
    return "" if value is None else f"{min(max(value, 0), 100):.1f}%"


def _moved(now: float | None, before: float | None, since: date | None) -> str:
    """The progress since the compared meeting; empty if unchanged or not compared."""
    if since is None or now is None or before is None or round(now - before, 1) == 0:
        return ""
    return french.signed(now - before, "point", 1)


def _end_in_words(end: Forecast) -> str:
    return french.month_in_short(end.probable) if end.probable else ""


def _note(state: WorkstreamState) -> str:
    return (
        f"{state.done} jalons atteints sur {state.total}, reçu : {state.reported.numerator} sur"
        f" {state.reported.denominator}"
    )


_NAMED = 5  # milestones named one by one


def standing(scope: Scope, board: Board, since: date | None) -> None:
    """The main figure, its gap and the curve; of the whole roadmap, whatever the direction."""
    gap = board["ecart.points"]
    curve = s_curve(scope)
    with gathering() as events, fold(EXPLAINED):
        events_table(curve, scope)
        whole_curve = address("extrait", scope, graphique=S_CURVE)
        place(link("La courbe et ses données", whole_curve))
    draw(
        "cockpit/standing.html",
        whole=whole_in_words(scope),
        done=french.percent(board["avancement"].value),
        gap=french.against_plan(gap.value),
        months=french.months_late(board["ecart.mois"].value),
        moved=_standing_moved(board["avancement"], gap, since),
        end=end_in_words(
            cached.milestones(scope.on, scope.asked),
            cached.forecasts_at(scope.on, scope.asked).whole,
        ),
        status=theme.STATUSES.get(str(gap.status)),
        plot=on_page(curve.plot, curve.alt),
        events=events,
        ways=[
            ("Pourquoi ce chiffre ?", address("pourquoi", scope, chiffre="ecart.points")),
            ("Dates probables", address("feuille-de-route", scope, volet="previsions")),
        ],
    )


def whole_in_words(scope: Scope) -> str:
    return "" if scope.is_whole else " (toute l'administration)"


def _standing_moved(progress: Entry, gap: Entry, since: date | None) -> str:
    """« Rien de plus fait depuis le 27/06/2023 ; l'écart a grandi de 3,9 points. »"""
    if since is None or progress.change is None or gap.change is None:
        return ""
    done = french.signed(progress.change, "point", 1) if round(progress.change, 1) else "Rien"
    sentence = f"{done} de plus fait depuis le {french.day(since)}"
    if not round(gap.change, 1):
        return f"{sentence}."
    grown = "grandi" if abs(gap.value) > abs(gap.before) else "diminué"
    points = round(abs(gap.change), 1)
    words = f"{french.number(points, 1)} {french.plural(points, 'point')}"
    return f"{sentence} ; l'écart a {grown} de {words}."


# --- the milestones that explain the gap --------------------------------------------------------


def slipped(scope: Scope, gap: float | None) -> None:
    """The milestones that explain the gap to the plan, with those who carry them; their points
    sum to the gap.
    """
    lost = lost_points(cached.milestones(scope.on, scope.asked), scope.on)
    draw(
        "cockpit/slipped.html",
        whole=whole_in_words(scope),
        rows=_falls(lost, gap, scope) if gap is not None else [],
        gap=french.signed(gap, "point", 1),
    )


def _falls(lost: Sequence[tuple[PlanAt, float]], gap: float, scope: Scope) -> list[dict]:
    """Each fall begins where the one above it ends; the last one leads to the gap."""
    named = [(m, round(points, 1)) for m, points in lost[:_NAMED] if points < 0]
    rest = round(gap, 1) - sum(points for _, points in named)
    lowest = min(sum(points for _, points in named), gap) or -1
    rows, at = [], 0.0
    for m, points in named:
        title = f"{m.plan.number} {m.plan.title}"
        href = address("feuille-de-route", scope, jalon=m.plan.number)
        rows.append(_fall(title, points, at, lowest) | {"href": href, "owner": m.schedule.owner})
        at += points
    if others := len(lost) - len(named):
        title = french.counted(others, "autre jalon", "autres jalons")
        rows.append(_fall(title, rest, at, lowest))
    return rows


def _fall(title: str, points: float, start: float, lowest: float) -> dict:
    begin, end = sorted((100 * start / lowest, 100 * (start + points) / lowest))
    return {
        "title": title,
        "href": "",
        "owner": "",
        "points": french.signed(points, "", 1),
        "left": f"{max(begin, 0):.1f}%",
        "width": f"{end - max(begin, 0):.1f}%",
        "is_gain": points > 0,
    }


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
