"""One decision (une décision et son fil), on its own screen and beside a list."""

from datetime import date

from sqlalchemy import Row

from dashboard import cached, french
from dashboard.queries.decisions.records import DecisionAt
from dashboard.queries.ideas.threads import origins, thread
from dashboard.rendering import macros
from dashboard.scope import Scope
from dashboard.screens.decisions.form import next_step_form
from dashboard.screens.decisions.sheet import sheet_block
from dashboard.screens.discussions import talk_fold
from dashboard.screens.ideas.thread import thread_picture
from dashboard.ui.components import heading
from dashboard.ui.tables import terms, timeline_of, unit_name
from dashboard.visit.navigation import address
from models.database import fetch, reading
from models.decisions import DecisionStep, Outcome, Verdict
from models.discussions import Subject


def decision_in_full(scope: Scope, d: DecisionAt) -> None:
    """The blocks under the title: facts, next steps, thread."""
    _facts(scope, d)
    _next_steps(scope, d)
    _steps(d, scope)
    sheet_block(scope, d)
    _thread(d, scope)
    talk_fold(scope, Subject.decision, str(d.id))


def _next_steps(scope: Scope, d: DecisionAt) -> None:
    if scope.on == cached.today():
        next_step_form(d, scope)


def _facts(scope: Scope, d: DecisionAt) -> None:
    with reading() as session:
        about = origins(session, scope, [d.id]).get(d.id, [])
    origin = macros().links(
        [(node.title, address(node.page, scope, **node.params)) for node in about]
    )
    facts = [
        ("Porteur", unit_name(scope.tree, d.owner_direction_id)),
        ("Vient de", origin),
        ("Inscrite le", french.day_long(d.submitted_on)),
    ]
    if d.is_waiting:
        facts.append(("En attente de décision", waiting_since(d, scope.on)))
    else:
        facts += [
            ("Décidée le", french.day_long(d.decided.on)),
            ("Issue", d.outcome.label if d.outcome else "–"),
            ("Échéance", french.day_long(d.due_on) if d.due_on else "sans suite à exécuter"),
            ("Exécutée le", french.day_long(d.done_on) if d.done_on else "–"),
            ("Communiquée aux services", _communicated(d)),
            ("À revoir le", french.day_long(d.review_on) if d.review_on else ""),
        ]
    terms(facts)


def _steps(d: DecisionAt, scope: Scope) -> None:
    timeline_of(
        "Le fil de la décision",
        [(DecisionStep(s.what).label, s.on, _step_text(s, scope)) for s in d.steps],
    )


def _thread(d: DecisionAt, scope: Scope) -> None:
    discussion = fetch(thread, scope, ("decision", str(d.id)))
    if len(discussion.nodes) > 1:
        heading("Du terrain à l’effet")
        thread_picture(scope, discussion)


def _communicated(d: DecisionAt) -> str:
    if d.communicated_on is None:
        return "pas encore"
    days = (d.communicated_on - d.decided.on).days
    return f"{french.day_long(d.communicated_on)} ({french.counted(days, 'jour')} après)"


def _step_text(step: Row, scope: Scope) -> str:
    parts = []
    if step.owner_direction_id:
        parts.append(unit_name(scope.tree, step.owner_direction_id))
    if step.outcome:
        parts.append(Outcome(step.outcome).label)
    if step.verdict:
        parts.append(Verdict(step.verdict).label)
    if step.review_on:
        parts.append(f"à revoir le {french.day(step.review_on)}")
    if step.due_on:
        parts.append(f"échéance {french.day(step.due_on)}")
    if step.text:
        parts.append(step.text)
    return " · ".join(parts)


def waiting_since(d: DecisionAt, on: date) -> str:
    """« attend depuis le 12/05/2023 (37 jours) »."""
    days = (on - d.submitted_on).days
    return f"attend depuis le {french.day(d.submitted_on)} ({french.counted(days, 'jour')})"
