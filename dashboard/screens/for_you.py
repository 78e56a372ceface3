"""« Pour vous »: a reader's own tasks on the front page: answers to pass on, late items and
requests, her next date.
"""

from collections.abc import Iterator
from datetime import date, timedelta

from dashboard import cached, french
from dashboard.access import Reach, may, reach
from dashboard.cached import ideas, own_space
from dashboard.figures.sentences import late_first
from dashboard.queries.decisions.records import DecisionAt
from dashboard.queries.ideas.handover import COUNTED_UP_TO, SHOWN
from dashboard.scope import Scope
from dashboard.ui.components import TodoItem, todo_list
from dashboard.visit.navigation import address
from models.ideas import Idea

TO_HAND_OVER = "a-transmettre"  # count read on each run: passing an answer on changes no figure
_AHEAD = timedelta(days=60)
_MOST = 4
_MOST_OF_WHO_STEERS = 2  # shown below the pending items of the whole administration


def to_hand_over(scope: Scope) -> int:
    """How many answers this ambassador (ambassadrice) has to pass on, counted up to COUNTED_UP_TO +
    1.
    """
    if reach(scope.reader, "answer.carry") == Reach.none:
        return 0
    return own_space.answers_to_hand_over(scope, SHOWN)[1]


def for_you(scope: Scope, answers: int) -> None:
    """The reader's tasks, late ones first; draws nothing if there are none."""
    # A stable sort: the other tasks stay in the order of `_items`.
    items = sorted(_items(scope, answers), key=lambda item: not item.late)
    if items:
        steers = may(scope.reader, "page.cockpit")
        todo_list(items, "Pour vous", most=_MOST_OF_WHO_STEERS if steers else _MOST)


def _items(scope: Scope, answers: int) -> Iterator[TodoItem]:
    yield from _late_answers(scope)
    yield from _answers(scope, answers)
    yield from _late_milestones(scope)
    yield from _decisions(scope)
    yield from _entrusted(scope)
    yield from _next_date(scope)


def _late_answers(scope: Scope) -> Iterator[TodoItem]:
    """Late answers of the directions the reader manages; those of the whole administration belong
    to no one in particular.
    """
    for unit, _ in scope.tree.walk():
        if unit.id not in scope.reader.mandates or unit.parent is None:
            continue
        own_directions = scope.within(unit)
        late = ideas.late_ideas(own_directions)
        if late:
            yield TodoItem(
                f"{french.counted(late, 'réponse')} en retard : {unit.name}",
                address("reception", own_directions, liste="retard", rang=0),
                "Les idées dont le délai de réponse est passé",
                late=True,
            )


def _answers(scope: Scope, n: int) -> Iterator[TodoItem]:
    if n:
        counted = french.counted_up_to(COUNTED_UP_TO, n, "réponse")
        yield TodoItem(
            f"{french.sentence_case(counted)} à transmettre de vive voix",
            address("mes-services", scope),
            "à des collègues qui ne les liront pas à l'écran",
        )


def _late_milestones(scope: Scope) -> Iterator[TodoItem]:
    """Late milestones of the units the reader manages."""
    units = scope.reader.own_units(scope.tree)
    own_milestones = [
        m for m in cached.milestones(scope.on) if m.schedule.owner_direction_id in units
    ]
    for m in late_first(own_milestones, scope.on):
        yield TodoItem(
            m.plan.title,
            address("feuille-de-route", scope, jalon=m.plan.number),
            f"Jalon {m.plan.number} de votre direction",
            m.schedule.end,
            late=True,
        )


def _decisions(scope: Scope) -> Iterator[TodoItem]:
    units = scope.reader.own_units(scope.tree)
    for d in cached.decisions(scope.on):
        if d.owner_direction_id in units and d.is_to_execute:
            yield decision_to_execute(d, scope, scope.on)


def decision_to_execute(decision: DecisionAt, scope: Scope, day: date) -> TodoItem:
    return TodoItem(
        decision.title,
        address("decisions", scope, decision=decision.number),
        f"Décision n° {decision.number} à exécuter",
        decision.due_on,
        late=decision.is_late(day),
    )


def _entrusted(scope: Scope) -> Iterator[TodoItem]:
    for row in ideas.entrusted(scope):
        yield answer_to_prepare(row, scope)


def answer_to_prepare(row: Idea, scope: Scope) -> TodoItem:
    return TodoItem(
        row.title,
        address("idees", scope, idee=row.number),
        "Réponse à préparer",
        row.due_on,
        late=row.is_late(cached.today()),
    )


def _next_date(scope: Scope) -> Iterator[TodoItem]:
    dates = cached.agenda(scope.whole(), scope.on, scope.on + _AHEAD)
    for found in dates:
        if found.mine:
            yield TodoItem(
                found.title,
                address("agenda", scope),
                f"Votre prochain rendez-vous, {french.day_long(found.day)}",
                found.day,
            )
            return
