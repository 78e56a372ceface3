"""What a manager comes for where a direction is selected: the answers it owes, its milestones, and
its papers.
"""

from dashboard import cached, french
from dashboard.access import may
from dashboard.cached import ideas
from dashboard.figures.workstreams import health_of
from dashboard.formulas import is_past_due
from dashboard.scope import Scope
from dashboard.screens.roadmap import calendar
from dashboard.ui.components import TodoItem, draw, heading, paragraph, todo_list
from dashboard.ui.tables import link, unit_name
from dashboard.visit.navigation import COCKPIT, address, own_directions
from models.directions import UnitKind
from models.roadmap import ENDED

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
