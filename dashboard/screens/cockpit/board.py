"""The meeting (séance) that the cockpit compares with: the last one of the CODIR, another one, or a
day chosen by the reader.
"""

from collections.abc import Sequence
from datetime import date

from dashboard import cached, french
from dashboard.access import counted_units, may
from dashboard.cached import ideas
from dashboard.charts import figures as charts
from dashboard.charts.plots import Chart
from dashboard.figures.board import Board, Changes, changes
from dashboard.figures.kinds import Unit
from dashboard.figures.workstreams import health_of
from dashboard.formulas import is_past_due
from dashboard.queries.meetings.agenda import last_with_points
from dashboard.queries.meetings.records import MeetingAt
from dashboard.report.pack import owned
from dashboard.scope import Scope
from dashboard.screens.roadmap import calendar
from dashboard.ui.charts import figure_of, files_of, format_value, show, target_of
from dashboard.ui.components import TodoItem, draw, heading, paragraph, todo_list
from dashboard.ui.tables import link, unit_name
from dashboard.visit.navigation import COCKPIT, address, own_directions
from models.directions import Unit as Direction
from models.directions import UnitKind
from models.meetings import MeetingKind, MeetingState
from models.roadmap import ENDED

COMPARED = "seance"  # parameter of the address: the day of a meeting, or NOTHING
NOTHING = "aucune"
_OFFERED = 6


def compared_day(scope: Scope, asked: dict[str, str]) -> date | None:
    """The day that figures are compared with: « évolution depuis » if set, else the chosen meeting,
    else the last one that had points; None if there is none.
    """
    if scope.since:
        return scope.since
    asked_day = asked.get(COMPARED)
    if asked_day == NOTHING:
        return None
    found = (day for day in held_before(scope) if day.isoformat() == asked_day)
    return next(found, None) or last_meeting(scope)


def last_meeting(scope: Scope) -> date | None:
    """The day of the last meeting of the CODIR that had points."""
    of_codir = [m for m in cached.meetings(scope.on) if m.kind == MeetingKind.codir]
    return last_with_points(of_codir, cached.decisions(scope.on), scope.on)


def held_before(scope: Scope) -> list[date]:
    """The days of the CODIR meetings held before the day looked at, latest first."""
    days = {m.day for m in held(scope, MeetingKind.codir) if m.day < scope.on}
    return sorted(days, reverse=True)


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


def choice(scope: Scope, since: date | None, **others: str) -> None:
    """The chosen meeting, with links to the others; `others` are parameters kept in the address."""
    meeting_days = held_before(scope)
    if scope.since or not meeting_days:
        return
    days = [
        (french.day(day), address(COCKPIT, scope, **others, **{COMPARED: day.isoformat()}), day)
        for day in meeting_days[:_OFFERED]
    ]
    nothing_href = address(COCKPIT, scope, **others, **{COMPARED: NOTHING})
    draw(
        "cockpit/compared.html",
        told=since_in_words(scope, since) if since else "Sans comparaison.",
        days=[(label, href, day == since) for label, href, day in days],
        nothing=nothing_href,
        is_compared=since is not None,
        more=address("preparer", scope, **({COMPARED: since.isoformat()} if since else {})),
    )


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


def comparison(scope: Scope) -> None:
    """The picture of the selected directions."""
    show(_beside_the_whole(scope), scope, files=FILES, level=2)


def way_to_compare(scope: Scope) -> None:
    """The link that selects the directions open to the reader, if there are several."""
    allowed, tree = counted_units(scope.reader, scope.tree), scope.tree
    below = tree.children.get(tree.root.id, []) if tree.root else []
    units = [unit for unit in below if allowed is None or tree.under(unit.id) <= allowed][:MOST]
    if len(units) > 1:
        href = address(COCKPIT, scope.within(*units))
        paragraph(link("Comparer des directions sur une image", href))


def _beside_the_whole(scope: Scope) -> Chart:
    codes = list(dict.fromkeys(figure_of(code).code for code in _FIGURES))
    units: Sequence[Direction] = scope.units[:MOST]
    boards = {unit.name: cached.board(scope.within(unit), codes) for unit in units}
    whole = cached.board(scope.whole(), codes)
    drawn = [code for code in _FIGURES if whole[code].unit == Unit.percent]
    names = ", ".join(boards)
    left = len(scope.units) - len(units)
    return Chart(
        "directions",
        "À côté de l'ensemble et de la cible",
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


FILES = files_of("directions", "page.cockpit", _beside_the_whole)


_ANSWERS = 20


def own_work(scope: Scope) -> None:
    """The directions to go to, then pending answers and open milestones of the selected ones."""
    if links := [(u.name, address(COCKPIT, scope.within(u))) for u in _looked_at(scope)]:
        draw("board/shortcuts.html", links=links)
    if not scope.is_whole:
        _answers(scope)
        _milestones(scope)


def papers(scope: Scope) -> None:
    """The team sheet, and the heading of the papers for the notice boards."""
    heading("À afficher, à distribuer")
    paragraph(
        link(
            "Préparer la feuille d’équipe (PDF, une page)",
            address("rapport", scope, rapport="equipe"),
        )
    )


def _looked_at(scope: Scope) -> list:
    """The reader's directions and the selected ones; of a single one the services below it too."""
    own, tree = own_directions(scope.whole()), scope.tree
    selected = [tree.ancestor(unit.id, UnitKind.direction) or unit for unit in scope.units]
    tops = dict.fromkeys([*own.units, *selected])
    if len(tops) > 1:
        return list(tops)
    return list(dict.fromkeys(u for top in tops for u in (top, *tree.children.get(top.id, []))))


def _answers(scope: Scope) -> None:
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
    todo_list(
        items,
        f"Idées à répondre — {late} en retard" if late else "Idées à répondre",
        "Aucune idée n'attend de première réponse.",
        most=4,
    )
    if may(scope.reader, "page.inbox") and waiting:
        paragraph(link("Répondre à plusieurs idées à la fois", address("reception", scope)))


def _milestones(scope: Scope) -> None:
    """The open milestones owned by the selected directions."""
    items = [
        TodoItem(
            f"{m.plan.number} {m.plan.title}",
            address("feuille-de-route", scope, jalon=m.plan.number),
            f"{health_of(m, scope.on).health.label}, {french.percent(100 * m.progress, 0)}",
            m.schedule.end,
            is_past_due(m.facts(), scope.on),
        )
        for m in calendar.of_scope(scope)
        if m.state not in ENDED
    ]
    if items:
        todo_list(items, "Jalons dont la direction est porteuse", most=4)
