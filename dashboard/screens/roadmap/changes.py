"""Changes in the roadmap since the compared day, the revisions of its calendar, and those proposed
by a decision, which the programme office accepts or declines.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

import streamlit as st
from sqlmodel import Session

from dashboard import cached, french
from dashboard.access import Reader, may
from dashboard.actions.decisions.effects import leave_revision, take_revision
from dashboard.cached import proposed_revisions
from dashboard.figures.board import Pair, end_moved, end_of, moves
from dashboard.figures.events import effective_revisions
from dashboard.figures.workstreams import earned_at
from dashboard.formulas import Rate
from dashboard.queries.decisions.moves import MILESTONE, ProposedRevision
from dashboard.queries.roadmap import PlanAt, is_expected, is_fresh
from dashboard.scope import WITHOUT_SERVICES, Scope
from dashboard.screens.roadmap.calendar import milestone_link, whose
from dashboard.screens.roadmap.report_form import may_report, report_unchanged
from dashboard.ui.cards import cards
from dashboard.ui.charts import cards_of
from dashboard.ui.components import draw, escape_md, section
from dashboard.ui.forms import Form
from dashboard.ui.tables import link, table
from dashboard.visit.navigation import address
from models.roadmap import MilestoneState


def moved(shown: Sequence[PlanAt], scope: Scope) -> None:
    """Changed states and dates since the compared day."""
    plan_ids = {m.plan.id for m in shown}
    # The same milestones on both days: one whose direction changed would change the share.
    before = [m for m in cached.milestones(scope.since, scope.asked) if m.plan.id in plan_ids]
    found_moves = moves(before, shown)
    message = _earned_since(before, shown) + moved_in_words(found_moves)
    section(f"Depuis le {french.day(scope.since)}{whose(scope)}", message)
    if found_moves:
        table(
            ("N°", "Jalon", "État", "Date annoncée ou réelle", "Écart"),
            [_moved_line(*pair, scope) for pair in found_moves],
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


def moved_in_words(found_moves: Sequence[Pair]) -> str:
    """« 3 jalons ont changé d'état, 9 dates reculent et 2 avancent. »"""
    if not found_moves:
        return "Ni état ni date n'a changé."
    states = sum(before.state != after.state for before, after in found_moves)
    message = []
    if states:
        verb = french.plural(states, "a", "ont")
        message.append(f"{french.counted(states, 'jalon')} {verb} changé d'état")
    if dates := _moved_dates([end_moved(*pair) for pair in found_moves]):
        message.append(" et ".join(dates))
    return f"{', '.join(message)}."


def _moved_dates(days: Sequence[int]) -> list[str]:
    """« 9 dates reculent », « 2 avancent »: only the first has the noun."""
    delayed, advanced = sum(n > 0 for n in days), sum(n < 0 for n in days)
    dates: list[str] = []
    for n, singular, plural in ((delayed, "recule", "reculent"), (advanced, "avance", "avancent")):
        if n:
            counted = french.number(n) if dates else french.counted(n, "date")
            dates.append(f"{counted} {french.plural(n, singular, plural)}")
    return dates


def _moved_line(before: PlanAt, after: PlanAt, scope: Scope) -> tuple:
    days = end_moved(before, after)
    return (
        after.plan.number,
        milestone_link(after, scope),
        _from_to(before.state.label, after.state.label),
        _from_to(_day_or_dash(end_of(before)), _day_or_dash(end_of(after))),
        french.signed(days, "jour", 0) if days else "–",
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


def expected_updates(shown: Sequence[PlanAt], scope: Scope) -> None:
    """Expected and missing reports, by direction in the order of the chart; then needs."""
    expected = [m for m in shown if is_expected(m, scope.on)]
    missing = [m for m in expected if not is_fresh(m, scope.on)]
    section("Mises à jour attendues", expected_in_words(len(missing), len(expected)))
    for name, group in _by_direction(missing, scope):
        draw("roadmap/direction_name.html", name=name)
        for m in group:
            _expected_line(m, scope)
    if may(scope.reader, "page.cockpit"):
        _needs(shown, scope)


def _needs(shown: Sequence[PlanAt], scope: Scope) -> None:
    """The needs of owners, only for the steering roles."""
    needs = [
        m
        for m in shown
        if m.report
        and m.report.need
        and m.state not in (MilestoneState.done, MilestoneState.cancelled)
    ]
    section(
        "Besoins exprimés",
        "" if needs else "Aucun besoin n'est exprimé dans les derniers rapports.",
    )
    for name, group in _by_direction(needs, scope):
        draw("roadmap/needs.html", name=name, milestones=[(m, _href(m, scope)) for m in group])


def expected_in_words(missing: int, expected: int) -> str:
    if not expected:
        return "Aucun rapport n'est attendu à cette date."
    if not missing:
        return f"Tous les rapports attendus sont là (reçu : {expected} sur {expected})."
    return (
        f"{french.counted(missing, 'rapport attendu', 'rapports attendus')} et pas encore "
        f"{'reçu' if missing < 2 else 'reçus'} (reçu : {expected - missing} sur {expected})."
    )


def _by_direction(milestones: Sequence[PlanAt], scope: Scope) -> list[tuple[str, list[PlanAt]]]:
    """Owner direction → its milestones, in the order of the chart; those without a direction
    last.
    """
    units = [unit for unit, _ in scope.tree.walk()]
    known = {unit.id for unit in units}
    by_unit: dict[int | None, list[PlanAt]] = defaultdict(list)
    for m in milestones:
        # The milestone may have no owner direction, or one that this day's chart lacks.
        owner = m.schedule.owner_direction_id
        by_unit[owner if owner in known else None].append(m)
    groups = [(unit.label, by_unit[unit.id]) for unit in units if unit.id in by_unit]
    if None in by_unit:
        groups.append(("Sans direction", by_unit[None]))
    return groups


def _href(m: PlanAt, scope: Scope) -> str:
    return address("feuille-de-route", scope, jalon=m.plan.number)


def _expected_line(m: PlanAt, scope: Scope) -> None:
    last = m.report
    if last:
        since = f"sans nouvelles depuis le {french.day(last.on)}"
    else:
        since = f"aucun rapport ; début le {french.day(m.schedule.start)}"
    shows_need = last and may(scope.reader, "page.cockpit")
    form = Form(f"same_{m.plan.number}")
    with form.row(vertical_alignment="center"):
        draw(
            "roadmap/expected_report.html",
            title=f"{m.plan.number} {m.plan.title}",
            href=_href(m, scope),
            need=last.need if shows_need else "",
            since=since,
        )
        if last and may_report(m, scope):
            form.button(
                "Inchangé",
                lambda session, reader: report_unchanged(session, reader, m),
                primary=False,
                help=escape_md(f"Jalon {m.plan.number} : redire le dernier rapport"),
            )


def up_to_date(scope: Scope) -> None:
    """One line per direction with expected reports, in the order of the chart; draws nothing if
    there are none.
    """
    expected = [
        m
        for m in cached.milestones(scope.on, scope.asked)
        if is_expected(m, scope.on) and _is_looked_at(m, scope)
    ]
    if not expected:
        return
    received = _update_in_words(_received(expected, scope))
    section(
        "À jour ce mois-ci",
        f"Jalons commencés et ouverts qui ont un rapport de la période (reçu : {received}).",
    )
    table(
        ("Direction", "À jour"),
        [(name, _update_in_words(rate)) for name, rate in _lines(expected, scope)],
        "Jalons à jour, par direction responsable",
    )


def _is_looked_at(m: PlanAt, scope: Scope) -> bool:
    return scope.has(m.schedule.owner_direction_id)


def _received(milestones: Sequence[PlanAt], scope: Scope) -> Rate:
    return Rate(sum(is_fresh(m, scope.on) for m in milestones), len(milestones))


def _update_in_words(rate: Rate) -> str:
    """« 3 sur 5 »."""
    return f"{french.number(rate.numerator)} sur {french.number(rate.denominator)}"


def _lines(expected: Sequence[PlanAt], scope: Scope) -> list[tuple[object, Rate]]:
    """(the direction, linked to its missing reports; its rate)."""
    units = [unit for unit, _ in scope.tree.walk()]
    known = {unit.id for unit in units}
    lines = []
    for unit in units:
        own_milestones = [m for m in expected if m.schedule.owner_direction_id == unit.id]
        if own_milestones:
            lines.append(
                (
                    link(
                        unit.label,
                        address(
                            "feuille-de-route",
                            scope,
                            direction=unit.code,
                            services=WITHOUT_SERVICES,
                            volet="attendues",
                        ),
                    ),
                    _received(own_milestones, scope),
                )
            )
    # The milestone may have no owner direction, or one that this day's chart lacks.
    others = [m for m in expected if m.schedule.owner_direction_id not in known]
    if others:
        lines.append(("Sans direction", _received(others, scope)))
    return lines
