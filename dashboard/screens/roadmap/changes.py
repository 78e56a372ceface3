"""Changes in the roadmap since the compared day, the revisions of its calendar, and those proposed
by a decision, which the programme office accepts or declines.
"""

from collections.abc import Sequence
from datetime import date

import streamlit as st
from sqlmodel import Session

from dashboard import cached, french
from dashboard.access import Reader
from dashboard.actions.decisions.effects import leave_revision, take_revision
from dashboard.cached import proposed_revisions
from dashboard.figures.events import effective_revisions
from dashboard.figures.forecast import Move, moves
from dashboard.figures.workstreams import earned_at
from dashboard.queries.decisions.moves import MILESTONE, ProposedRevision
from dashboard.queries.roadmap import PlanAt
from dashboard.scope import Scope
from dashboard.screens.roadmap.calendar import milestone_link, whose
from dashboard.ui.cards import cards
from dashboard.ui.components import section
from dashboard.ui.figures import cards_of
from dashboard.ui.forms import Form
from dashboard.ui.tables import table


def moved(shown: Sequence[PlanAt], scope: Scope) -> None:
    """Changed states and dates since the compared day."""
    plan_ids = {m.plan.id for m in shown}
    found_moves = [
        move
        for move in moves(cached.roadmap(scope.asked), scope.since, scope.on)
        if move.at.plan.id in plan_ids
    ]
    # The same milestones on both days: one whose direction changed would change the share.
    before = [m for m in cached.milestones(scope.since, scope.asked) if m.plan.id in plan_ids]
    message = _earned_since(before, shown) + moved_in_words(found_moves)
    section(f"Depuis le {french.day(scope.since)}{whose(scope)}", message)
    if found_moves:
        table(
            ("N°", "Jalon", "État", "Date annoncée ou réelle", "Écart"),
            [_moved_line(move, scope) for move in found_moves],
            "Ce qui a bougé",
            frozenset({4}),
        )


def _earned_since(before: Sequence[PlanAt], shown: Sequence[PlanAt]) -> str:
    """« Acquis : 41 % → 47 % (+6 points). », empty if one of them is unknown."""
    then = earned_at(before)
    now = earned_at(shown)
    if then is None or now is None:
        return ""
    gained = french.signed(now - then, "point", 1)
    return f"Acquis : {french.percent(then)} → {french.percent(now)} ({gained}). "


def moved_in_words(found_moves: Sequence[Move]) -> str:
    """« 3 jalons ont changé d'état, 9 dates reculent et 2 avancent. »"""
    if not found_moves:
        return "Ni état ni date n'a changé."
    states = sum(move.state_before != move.at.state for move in found_moves)
    message = []
    if states:
        verb = french.plural(states, "a", "ont")
        message.append(f"{french.counted(states, 'jalon')} {verb} changé d'état")
    if dates := _moved_dates(found_moves):
        message.append(" et ".join(dates))
    return f"{', '.join(message)}."


def _moved_dates(found_moves: Sequence[Move]) -> list[str]:
    """« 9 dates reculent », « 2 avancent »: only the first has the noun."""
    delayed = sum((move.days or 0) > 0 for move in found_moves)
    advanced = sum((move.days or 0) < 0 for move in found_moves)
    dates: list[str] = []
    for n, singular, plural in ((delayed, "recule", "reculent"), (advanced, "avance", "avancent")):
        if n:
            counted = french.number(n) if dates else french.counted(n, "date")
            dates.append(f"{counted} {french.plural(n, singular, plural)}")
    return dates


def _moved_line(move: Move, scope: Scope) -> tuple:
    return (
        move.at.plan.number,
        milestone_link(move.at, scope),
        _from_to(move.state_before.label, move.at.state.label),
        _from_to(_day_or_dash(move.end_before), _day_or_dash(move.end_now)),
        french.signed(move.days, "jour", 0) if move.days else "–",
    )


def _from_to(before: str, now: str) -> str:
    return "–" if before == now else f"{before} → {now}"


def _day_or_dash(day: date | None) -> str:
    return french.day(day) if day else "–"


def revisions(shown: Sequence[PlanAt], scope: Scope) -> None:
    """Révisions du calendrier: change, day and reason; the figures on the initial and on the
    current calendar.
    """
    cards(
        cards_of(scope, ("avancement", "avancement.initial", "echeances", "echeances.initial")),
        "Périmètre courant et périmètre initial",
    )
    lines = [line for m in shown for line in revision_lines(m, scope)]
    section("Révisions du calendrier")
    if not lines:
        st.caption("Aucune révision : le calendrier initial est en vigueur.")
        return
    table(
        ("Le", "N°", "Jalon", "Ce qui change", "Raison"),
        [
            (french.day(day), m.plan.number, milestone_link(m, scope), what, why)
            for day, m, what, why in sorted(lines, key=lambda line: line[0], reverse=True)
        ],
        "Révisions du calendrier",
    )


def revision_lines(m: PlanAt, scope: Scope) -> list[tuple[date, PlanAt, str, str]]:
    """(day, milestone, what changed, reason) of each revision of one milestone, oldest first."""
    return [
        (day, m, what, why or "–")
        for day, what, why in effective_revisions(
            cached.roadmap().schedules.at(m.plan.id, scope.on)
        )
    ]


def proposed_box(scope: Scope) -> None:
    """Pending revisions proposed by decisions; draws nothing if there are none."""
    waiting = proposed_revisions(scope.reader)
    if not waiting:
        return
    section(
        "Révisions proposées par une décision",
        "Reprendre écrit la révision, avec la décision pour raison ; classer n'écrit rien d'autre.",
    )
    for proposed in waiting:
        _proposed_form(scope, proposed)


def _proposed_form(scope: Scope, proposed: ProposedRevision) -> None:
    form = Form(f"proposed_{proposed.effect_id}")
    st.text(f"{proposed.name} : {_in_words(proposed)}")
    with form.row(vertical_alignment="center"):
        st.page_link(
            st.session_state["_cp_pages"]["decisions"],
            label=f"Décision n° {proposed.number}",
            icon=":material/gavel:",
            query_params={**scope.params(), "decision": str(proposed.number)},
        )
        kind, number = proposed.end
        if kind == MILESTONE:
            st.page_link(
                st.session_state["_cp_pages"]["feuille-de-route"],
                label=f"Jalon {number}",
                icon=":material/flag:",
                query_params={**scope.params(), "jalon": number},
            )
        if words := _what_is_taken(kind, proposed):
            form.button(
                f"Reprendre {words}",
                lambda session, reader: _accept(session, reader, proposed),
                icon=":material/check:",
            )
        form.button(
            "Classer",
            lambda session, reader: _decline(session, reader, proposed),
            field="leave",
            primary=False,
        )


def _in_words(proposed: ProposedRevision) -> str:
    parts = [f"{proposed.instance.label}, le {french.day_long(proposed.decided_on)}"]
    if proposed.due_on:
        parts.append(f"échéance le {french.day_long(proposed.due_on)}")
    if proposed.cost is not None:
        parts.append(f"{french.number(proposed.cost, 0)} €")
    if proposed.text:
        parts.append(proposed.text)
    return " · ".join(parts)


def _what_is_taken(kind: str, proposed: ProposedRevision) -> str:
    """« la date », « la date et le budget »; empty if the decision gives neither."""
    budget = "le budget" if proposed.cost is not None and kind != MILESTONE else ""
    return " et ".join(filter(None, ("la date" if proposed.due_on else "", budget)))


def _accept(session: Session, reader: Reader, proposed: ProposedRevision) -> str:
    record = take_revision(session, reader, proposed.effect_id)
    if proposed.end[0] == MILESTONE:
        return f"Le calendrier du jalon {record} est révisé."
    return f"Le plan du projet {record} est révisé."


def _decline(session: Session, reader: Reader, proposed: ProposedRevision) -> str:
    return f"La proposition est classée : {leave_revision(session, reader, proposed.effect_id)}."
