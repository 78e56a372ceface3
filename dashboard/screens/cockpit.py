"""The parts of « Pilotage »: the meeting it compares with, the directions beside the whole, the
reader's own work, the progress of the whole and of each workstream, and what waits.
"""

from collections.abc import Iterator, Sequence
from datetime import date

from dashboard import cached, french, theme
from dashboard.access import counted_units, may
from dashboard.cached import ideas
from dashboard.charts import figures as charts
from dashboard.charts.plots import Chart, on_page
from dashboard.figures.board import Board, Changes, Entry, changes
from dashboard.figures.forecast import Forecast
from dashboard.figures.kinds import Unit
from dashboard.figures.sentences import (
    LATE_ANSWERS,
    LATE_MILESTONES,
    OVERDUE,
    POINTS,
    Waiting,
    waiting,
)
from dashboard.figures.workstreams import WorkstreamState, health_of, lost_points, worst_first
from dashboard.formulas import is_past_due
from dashboard.queries.decisions.records import DecisionList
from dashboard.queries.ideas.records import View
from dashboard.queries.meetings.agenda import last_with_points
from dashboard.queries.meetings.records import MeetingAt
from dashboard.queries.roadmap import PlanAt
from dashboard.report.pack import owned
from dashboard.scope import Scope
from dashboard.screens.roadmap import calendar
from dashboard.screens.roadmap.workstreams import S_CURVE, s_curve
from dashboard.ui.charts import (
    EXPLAINED,
    events_table,
    figure_of,
    files_of,
    format_value,
    target_of,
)
from dashboard.ui.components import (
    TodoItem,
    draw,
    fold,
    gathering,
    paragraph,
    place,
    todo_list,
)
from dashboard.ui.tables import link, unit_name
from dashboard.visit.navigation import COCKPIT, address, own_directions
from models.directions import Unit as Direction, UnitKind
from models.meetings import MeetingKind, MeetingState
from models.roadmap import ENDED, MilestoneState


def last_meeting(scope: Scope) -> date | None:
    """The day of the last meeting of the CODIR that had points."""
    of_codir = [m for m in cached.meetings(scope.on) if m.kind == MeetingKind.codir]
    return last_with_points(of_codir, cached.decisions(scope.on), scope.on)


def held(scope: Scope, body: MeetingKind) -> list[MeetingAt]:
    """The meetings of a body held up to the day looked at."""
    return [
        m
        for m in cached.meetings(scope.on)
        if m.kind == body and m.state == MeetingState.held and m.day <= scope.on
    ]


def changes_since(scope: Scope, since: date) -> Changes:
    """What changed between a meeting and the day looked at, in the scope."""
    return changes(
        owned(cached.milestones(since, scope.asked), scope),
        owned(cached.milestones(scope.on, scope.asked), scope),
        [d for d in cached.decisions(scope.on) if scope.has(d.owner_direction_id)],
        since,
        scope.on,
    )


def since_in_words(scope: Scope, since: date) -> str:
    """How the roadmap, decisions and ideas changed since that day, in one sentence."""
    since_changes = changes_since(scope, since)
    moves = ideas.idea_moves(scope, since, scope.on)
    parts = [
        _counted(len(since_changes.moved), "jalon a bougé", "jalons ont bougé"),
        _counted(len(since_changes.decided), "décision prise", "décisions prises"),
        _counted(len(since_changes.executed), "décision exécutée", "décisions exécutées"),
        _counted(moves.filed, "dépôt reçu", "dépôts reçus"),
        _counted(moves.answered, "réponse donnée", "réponses données"),
    ]
    changes_in_words = ", ".join(filter(None, parts)) or "rien n'a bougé"
    return f"Depuis la séance du {french.day(since)} : {changes_in_words}."


def _counted(n: int, singular: str, plural: str) -> str:
    return french.counted(n, singular, plural) if n else ""


MOST = 5
_WHOLE = "Toute l'administration"
# Figures compared: ideas, participation against headcount, training, milestones, decisions.
_FIGURES = (
    "reponse.tenue",
    "idees.auteurs",
    "couverture",
    "formation",
    "presence.taux",
    "echeances",
    "decisions.taux",
    "reponse.mediane",
    "idees.pour-100",
    "reponse.ouvertes",
)


def ways(scope: Scope) -> list[tuple[str, str]]:
    """From the whole to the reader's own directions, and to several beside each other."""
    if not scope.is_whole:
        return []
    own = own_directions(scope)
    found = [(unit.name, address(COCKPIT, scope.within(unit))) for unit in own.units]
    allowed, tree = counted_units(scope.reader, scope.tree), scope.tree
    below = tree.children.get(tree.root.id, []) if tree.root else []
    units = [unit for unit in below if allowed is None or tree.under(unit.id) <= allowed][:MOST]
    if len(units) > 1:
        found.append(("Comparer des directions", address(COCKPIT, scope.within(*units))))
    return found


def beside_the_whole(scope: Scope) -> Chart:
    """The picture of the selected directions."""
    codes = list(dict.fromkeys(figure_of(code).code for code in _FIGURES))
    units: Sequence[Direction] = scope.units[:MOST]
    boards = {unit.name: cached.board(scope.within(unit), codes) for unit in units}
    whole = cached.board(scope.whole(), codes)
    drawn = [code for code in _FIGURES if whole[code].unit == Unit.percent]
    names = ", ".join(boards)
    left = len(scope.units) - len(units)
    return Chart(
        "directions",
        "Par rapport à l'ensemble et à la cible",
        charts.key_of(boards) + (f" Les {MOST} premières sont montrées." if left else ""),
        f"{names} : chiffres en %, à côté de toute l'administration et de la cible.",
        charts.beside(
            [
                (
                    whole[code].label,
                    [board[code].value for board in boards.values()],
                    whole[code].value,
                    whole[code].target,
                    _in_words(code, {**boards, _WHOLE: whole}),
                )
                for code in drawn
            ]
        ),
        ("Chiffre", *boards, _WHOLE, "Cible"),
        [_row(code, boards.values(), whole) for code in _FIGURES],
    )


def _in_words(code: str, boards: dict[str, Board]) -> str:
    values = [f"{name} {format_value(board[code])}" for name, board in boards.items()]
    return f"{', '.join(values)} ; cible {target_of(boards[_WHOLE][code])}"


def _row(code: str, boards: Sequence[Board], whole: Board) -> tuple:
    values = (format_value(board[code]) for board in (*boards, whole))
    return (whole[code].label, *values, target_of(whole[code]))


FILES = files_of("directions", "page.cockpit", beside_the_whole)


_ANSWERS = 20


def own_work(scope: Scope) -> None:
    """Ways to other directions, then pending answers and open milestones of the selected ones."""
    if scope.is_whole:
        return
    others = [unit for unit in _looked_at(scope) if unit != scope.unit]
    links = [(unit.name, address(COCKPIT, scope.within(unit))) for unit in others]
    whole = _WHOLE, address(COCKPIT, scope.whole())
    draw("board/shortcuts.html", links=[whole, *links])
    waiting, late = ideas.to_answer(scope, _ANSWERS), ideas.late_ideas(scope)
    items = [
        TodoItem(
            row.title,
            address("idees", scope, idee=row.number),
            f"n° {row.number} · déposée le {french.day(row.filed_on)} ·"
            f" {unit_name(scope.tree, row.concerns_id)}",
            row.due_on,
            row.is_late(cached.today()),
        )
        for row in waiting
    ]
    is_own = {unit.id for unit in scope.units} <= scope.reader.mandates
    title = f"Idées qui attendent {'votre' if is_own else 'une'} réponse"
    todo_list(
        items,
        title + (f" — {late} en retard" if late else ""),
        "Aucune idée n'attend de première réponse.",
        most=4,
    )
    if is_own and waiting:
        paragraph(link("Répondre à plusieurs idées à la fois", address("reception", scope)))
    milestones = [
        TodoItem(
            f"{m.plan.number} {m.plan.title}",
            address("feuille-de-route", scope, jalon=m.plan.number),
            _reported(m, scope),
            m.schedule.end,
            is_past_due(m.facts(), scope.on),
        )
        for m in calendar.of_scope(scope)
        if m.state not in ENDED
    ]
    if milestones:
        todo_list(milestones, "Jalons dont la direction est porteuse", most=4)


def _reported(m: PlanAt, scope: Scope) -> str:
    """« Sans donnée · 25 % au 15/03/2023 »."""
    health, done = health_of(m, scope.on).health, french.percent(100 * m.progress, 0)
    return f"{health.label} · {done}" + (f" au {french.day(m.report.on)}" if m.report else "")


def _looked_at(scope: Scope) -> list:
    """The reader's directions and the selected ones; of a single one the services below it too."""
    own, tree = own_directions(scope.whole()), scope.tree
    selected = [tree.ancestor(unit.id, UnitKind.direction) or unit for unit in scope.units]
    tops = dict.fromkeys([*own.units, *selected])
    if len(tops) > 1:
        return list(tops)
    return list(dict.fromkeys(u for top in tops for u in (top, *tree.children.get(top.id, []))))


# ── The workstreams, side by side ─────────────────────────────────────────────────────────────────


def workstreams(scope: Scope, since: date | None) -> None:
    """The workstreams of the programme, the worst first."""
    states = cached.workstreams(scope.on, scope.asked)
    known = cached.forecasts_at(scope.on, scope.asked).workstreams
    if since is None:
        before = {}
    else:
        before = {w.workstream.id: w.earned for w in cached.workstreams(since, scope.asked)}
    title = french.sentence_case(french.every(len(states), "chantier"))
    draw(
        "cockpit/workstreams.html",
        title=title + ("" if scope.is_whole else " (toute l'administration)"),
        bars=[
            _bar(s, known[s.workstream.id], before.get(s.workstream.id), scope)
            for s in worst_first(states)
        ],
        since=since,
    )


def _bar(
    state: WorkstreamState,
    end: Forecast,
    before: float | None,
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
        "end": french.month_in_short(end.probable) if end.probable else "",
        "status": theme.STATUSES[str(state.verdict.health)],
        "reason": state.lowered_in_words,
    }


def _place(value: float | None) -> str:
    return "" if value is None else f"{min(max(value, 0), 100):.1f}%"


_NAMED = 4  # milestones named one by one


def standing(scope: Scope, board: Board, since: date | None) -> None:
    """The main figure, its gap and the curve; of the whole roadmap, whatever the direction."""
    gap = board["ecart.points"]
    curve = s_curve(scope)
    milestones = cached.milestones(scope.on, scope.asked)
    reached = sum(m.state == MilestoneState.done for m in milestones)
    with gathering() as events, fold(EXPLAINED):
        events_table(curve, scope)
        whole_curve = address("extrait", scope, graphique=S_CURVE)
        place(link("La courbe et ses données", whole_curve))
    draw(
        "cockpit/standing.html",
        whole=whole_in_words(scope),
        done=french.percent(board["avancement"].value),
        reached=f"{french.counted(reached, 'atteint')} sur {len(milestones)}",
        gap=french.against_plan(gap.value),
        months=french.months_late(board["ecart.mois"].value),
        moved=_moved_in_words(board["avancement"], gap, since),
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


def _moved_in_words(progress: Entry, gap: Entry, since: date | None) -> str:
    """« +2,2 points depuis le 13/06/2023 (prévu : +5,0) »."""
    if since is None or progress.change is None or gap.change is None:
        return ""
    done = (
        french.signed(progress.change, "point", 1) if round(progress.change, 1) else "Rien de plus"
    )
    planned = french.signed(progress.change - gap.change, decimals=1)
    return f"{done} depuis le {french.day(since)} (prévu : {planned})"


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


def in_short(wait: Waiting, scope: Scope) -> list[tuple[str, dict]]:
    """The counts, most urgent first: late before pending, decisions before milestones, milestones
    before answers.
    """
    return [(french.number(count["n"]), count) for count in _counts(wait, scope) if count["n"]]


def _counts(wait: Waiting, scope: Scope) -> Iterator[dict]:
    overdue, points = wait.overdue, wait.undecided
    yield _count(
        len(overdue),
        french.plural(len(overdue), *OVERDUE),
        address("decisions", scope, vue=DecisionList.late),
        f"{overdue[0].title}, attendue le {french.day(overdue[0].due_on)}" if overdue else "",
        is_late=True,
    )
    yield _count(
        len(wait.late),
        french.plural(len(wait.late), *LATE_MILESTONES),
        address("feuille-de-route", scope, volet=calendar.LATE),
        f"Le plus ancien : {wait.late[0].plan.title}" if wait.late else "",
        is_late=True,
    )
    yield _late_answers(wait, scope)
    yield _count(
        len(points),
        french.plural(len(points), *POINTS),
        address("decisions", scope, vue=DecisionList.to_decide),
        f"Le plus ancien date du {french.day(points[0].submitted_on)}" if points else "",
    )
    yield _count(
        wait.to_read,
        french.plural(wait.to_read, "dépôt à lire", "dépôts à lire"),
        address("reception", scope, liste="lire", rang=0),
    )


def _late_answers(wait: Waiting, scope: Scope) -> dict:
    """Late answers, and how many more become late tomorrow."""
    tomorrow = ideas.late_next_day(scope) - wait.late_ideas
    soon = address("idees", scope, vue=View.last_day)
    if not wait.late_ideas:
        words = french.plural(tomorrow, "réponse à donner ce jour", "réponses à donner ce jour")
        return _count(tomorrow, words, soon)
    more = f"{french.counted(tomorrow, 'autre')} dès demain"
    unanswered = sum(ideas.pending_by_age(scope).values())
    # Of all kinds of entries; those to decide are ideas alone, and may have had a first answer.
    to_decide = french.counted(wait.to_decide, "idée reste", "idées restent")
    decided = f" ; {to_decide} à décider" if wait.to_decide else ""
    if may(scope.reader, "page.inbox") and scope.on == cached.today():
        late_list = address("reception", scope, liste="retard", rang=0)
    else:
        late_list = address("idees", scope, vue=View.late)
    return _count(
        wait.late_ideas,
        french.plural(wait.late_ideas, *LATE_ANSWERS),
        late_list,
        is_late=True,
        further=(more, soon) if tomorrow else None,
        among=f"sur {french.counted(unanswered, 'dépôt')} sans première réponse{decided}",
    )


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
