"""« Pour vous »: what a reader finds first on the front page. Answers to hand over, what is late or
asked of her, her next date.
"""

from collections.abc import Iterator
from datetime import date, timedelta

from dashboard import cached, french
from dashboard.access import Reach, may, reach
from dashboard.cached import ideas, own_space
from dashboard.figures.sentences import late_first
from dashboard.queries.decisions.records import DecisionAt
from dashboard.queries.ideas.handover import COUNTED_UP_TO, SHOWN
from dashboard.queries.ideas.records import View
from dashboard.scope import Scope
from dashboard.ui.components import TodoItem, todo_list
from dashboard.visit.navigation import address
from models.ideas import Idea

TO_HAND_OVER = "a-transmettre"  # how many: asked for each time, since telling one changes no figure
_AHEAD = timedelta(days=60)
_MOST = 4
_MOST_OF_WHO_STEERS = 2  # under what waits for the whole administration


def to_hand_over(scope: Scope) -> int:
    """How many answers this ambassador (ambassadrice) has to tell, one more than COUNTED_UP_TO
    for more.
    """
    if reach(scope.reader, "answer.carry") == Reach.none:
        return 0
    return own_space.answers_to_hand_over(scope, SHOWN)[1]


def for_you(scope: Scope, answers: int) -> None:
    """Nothing where nothing is hers; what is late first."""
    # Stable: what is not late keeps the order in which it is told here.
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
    """Of each direction that the reader answers for; the whole administration is nobody's own."""
    for unit, _ in scope.tree.walk():
        if unit.id not in scope.reader.mandates or unit.parent is None:
            continue
        hers = scope.within(unit)
        late = ideas.late_ideas(hers)
        if late:
            yield TodoItem(
                f"{french.counted(late, 'réponse')} en retard : {unit.name}",
                address("idees", hers, vue=View.late),
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
    """Those of the units that the reader answers for."""
    units = scope.reader.own_units(scope.tree)
    hers = [m for m in cached.milestones(scope.on) if m.schedule.owner_direction_id in units]
    for m in late_first(hers, scope.on):
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
