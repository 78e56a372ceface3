"""Expected updates (mises à jour attendues), who sends them, and the needs of owners."""

from collections import defaultdict
from collections.abc import Sequence

from dashboard import cached, french
from dashboard.access import may
from dashboard.formulas import Rate
from dashboard.queries.roadmap import PlanAt, is_expected, is_fresh
from dashboard.scope import WITHOUT_SERVICES, Scope
from dashboard.screens.roadmap.report_form import may_report, report_unchanged
from dashboard.ui.components import draw, escape_md, section
from dashboard.ui.forms import Form
from dashboard.ui.tables import link, table
from dashboard.visit.navigation import address
from models.roadmap import MilestoneState


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
    received = _in_words(_received(expected, scope))
    section(
        "À jour ce mois-ci",
        f"Jalons commencés et ouverts qui ont un rapport de la période (reçu : {received}).",
    )
    table(
        ("Direction", "À jour"),
        [(name, _in_words(rate)) for name, rate in _lines(expected, scope)],
        "Jalons à jour, par direction responsable",
    )


def _is_looked_at(m: PlanAt, scope: Scope) -> bool:
    return scope.has(m.schedule.owner_direction_id)


def _received(milestones: Sequence[PlanAt], scope: Scope) -> Rate:
    return Rate(sum(is_fresh(m, scope.on) for m in milestones), len(milestones))


def _in_words(rate: Rate) -> str:
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
