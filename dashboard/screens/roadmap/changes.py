"""Changes in the roadmap since the compared day, the revisions of its calendar, and those proposed
by a decision, which the programme office accepts or declines.
"""

from collections.abc import Sequence
from datetime import date

import streamlit as st
from markupsafe import Markup

from dashboard import cached, french
from dashboard.access import may
from dashboard.actions.decisions.steps import leave_revision, take_revision
from dashboard.cached import proposed_revisions
from dashboard.charts.plots import Chart
from dashboard.charts.roadmap import intervals
from dashboard.figures.board import Changes, changes, days_later
from dashboard.figures.forecast import Backtest, Forecast, Forecasts
from dashboard.figures.reasons import effective_revisions
from dashboard.figures.sentences import held_in_words
from dashboard.figures.workstreams import WorkstreamState, earned_at
from dashboard.formulas import median
from dashboard.queries.decisions.sheets import MILESTONE, ProposedRevision
from dashboard.queries.roadmap import PlanAt, is_expected, is_fresh
from dashboard.scope import Scope
from dashboard.screens.roadmap.calendar import milestone_link, whose
from dashboard.screens.roadmap.milestone import may_report, report_unchanged
from dashboard.screens.roadmap.workstreams import whole_end_in_words
from dashboard.ui.cards import cards
from dashboard.ui.charts import cards_of, show
from dashboard.ui.components import (
    caption,
    draw,
    empty_nothing_yet,
    escape_md,
    explanation,
    fold,
    section,
)
from dashboard.ui.forms import Form
from dashboard.ui.tables import link, table, unit_name
from dashboard.visit.navigation import address
from models.directions import Unit
from models.roadmap import ENDED, MilestoneState


def moved(shown: Sequence[PlanAt], scope: Scope) -> None:
    """What changed in these milestones since the compared day."""
    plan_ids = {m.plan.id for m in shown}
    # The same milestones on both days: one whose direction changed would change the share.
    before = [m for m in cached.milestones(scope.since, scope.asked) if m.plan.id in plan_ids]
    then, now = earned_at(before), earned_at(shown)
    message = ""
    if then is not None and now is not None:
        gained = french.signed(now - then, "point", 1)
        message = f"Acquis : {french.percent(then)} → {french.percent(now)} ({gained})."
    section(f"Depuis le {french.day(scope.since)}{whose(scope)}", message)
    found = changes(before, shown, (), scope.since, scope.on)
    slipped_table(found, scope)
    moved_tables(found, scope)


def slipped_table(found: Changes, scope: Scope) -> None:
    """The forecasts that were moved and the milestones that became silent, with the cause that was
    reported and the name of the owner.
    """
    rows = [
        (
            _numbered(after, scope),
            owner_in_words(after, scope),
            french.day(before.report.forecast_end),
            french.day(after.report.forecast_end),
            french.signed(days_later(before, after), "jour", 0),
            cause_of(after, scope),
        )
        for before, after in found.slipped
    ]
    for m in found.stale:
        last = f"dernière nouvelle le {french.day(m.report.on)}" if m.report else "aucun rapport"
        owner = owner_in_words(m, scope)
        rows.append((_numbered(m, scope), owner, "", "", "sans nouvelle", last))
    if rows:
        headings = ("Jalon", "Porteur", "Prévision d'avant", "Prévision", "Écart", "Cause")
        table(headings, rows, "Ce qui a glissé", frozenset({4}))
    else:
        explanation("Aucune prévision n'a été reculée, et chaque jalon a son rapport.")


def moved_tables(found: Changes, scope: Scope) -> None:
    """The milestones whose state, progress or calendar changed."""
    if not (found.moved or found.revised):
        explanation("Aucun jalon n'a changé d'état, d'avancement ni de calendrier.")
    if found.moved:
        rows = [
            (
                _numbered(after, scope),
                _state(before),
                _state(after),
                after.report.comment if after.report else "",
            )
            for before, after in found.moved
        ]
        table(("Jalon", "Avant", "Maintenant", "Commentaire"), rows, "Jalons qui ont changé d'état")
    if found.revised:
        rows = [
            (_numbered(m, scope), french.day(m.schedule.end), french.number(m.schedule.weight))
            for m in found.revised
        ]
        headings = ("Jalon", "Nouvelle échéance", "Poids")
        table(headings, rows, "Révisions du calendrier", frozenset({2}))


def _numbered(m: PlanAt, scope: Scope) -> Markup:
    return link(f"{m.plan.number} {m.plan.title}", _href(m, scope))


def owner_in_words(m: PlanAt, scope: Scope) -> str:
    """« Directeur général, Services du Directeur général »."""
    unit = unit_name(scope.tree, m.schedule.owner_direction_id, "")
    return ", ".join(dict.fromkeys(filter(None, (m.schedule.owner, unit))))


def cause_of(m: PlanAt, scope: Scope) -> str:
    """What the last report says; its need for the steering roles alone."""
    if m.report is None:
        return "sans rapport"
    need = m.report.need if may(scope.reader, "page.cockpit") else ""
    return " ".join(filter(None, (m.report.comment, need)))


def _state(m: PlanAt) -> str:
    if not m.plan.ladder or m.state != MilestoneState.under_way:
        return m.state.label
    return f"{m.state.label} ({french.percent(100 * m.progress, 0)})"


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
    parts = (
        f"{proposed.instance.label}, le {french.day_long(proposed.decided_on)}",
        f"échéance le {french.day_long(proposed.due_on)}" if proposed.due_on else "",
        "" if proposed.cost is None else f"{french.number(proposed.cost, 0)} €",
        proposed.text,
    )
    in_words = " · ".join(filter(None, parts))
    st.text(f"{proposed.name} : {in_words}")
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
        budget = "le budget" if proposed.cost is not None and kind != MILESTONE else ""
        words = " et ".join(filter(None, ("la date" if proposed.due_on else "", budget)))
        calendar = "calendrier du jalon" if kind == MILESTONE else "plan du projet"
        if words:
            form.button(
                f"Reprendre {words}",
                lambda session, reader: take_revision(session, reader, proposed.effect_id),
                icon=":material/check:",
                done=lambda record: f"Le {calendar} {record} est révisé.",
            )
        form.button(
            "Classer",
            lambda session, reader: leave_revision(session, reader, proposed.effect_id),
            field="leave",
            primary=False,
            done=lambda name: f"La proposition est classée : {name}.",
        )


def expected_updates(shown: Sequence[PlanAt], scope: Scope) -> None:
    """Expected and missing reports, by direction in the order of the chart; then needs."""
    expected = [m for m in shown if is_expected(m, scope.on)]
    missing = [m for m in expected if not is_fresh(m, scope.on)]
    section("Mises à jour attendues", expected_in_words(len(missing), len(expected)))
    up_to_date = []
    for unit, group in _by_direction(expected, scope):
        late = [m for m in group if not is_fresh(m, scope.on)]
        name = f"{_label(unit)} : à jour {len(group) - len(late)} sur {len(group)}"
        if not late:
            up_to_date.append(name)
            continue
        draw("roadmap/direction_name.html", name=name)
        for m in late:
            _expected_line(m, scope)
    if up_to_date:
        caption(" · ".join(up_to_date))
    if may(scope.reader, "page.cockpit"):
        _needs(shown, scope)


def _needs(shown: Sequence[PlanAt], scope: Scope) -> None:
    """The needs of owners, only for the steering roles."""
    needs = [m for m in shown if m.report and m.report.need and m.state not in ENDED]
    section(
        "Besoins exprimés",
        "" if needs else "Aucun besoin n'est exprimé dans les derniers rapports.",
    )
    for unit, group in _by_direction(needs, scope):
        milestones = [(m, _href(m, scope)) for m in group]
        draw("roadmap/needs.html", name=_label(unit), milestones=milestones)


def expected_in_words(missing: int, expected: int) -> str:
    if not expected:
        return "Aucun rapport n'est attendu à cette date."
    if not missing:
        return f"Tous les rapports attendus sont là (reçu : {expected} sur {expected})."
    return (
        f"{french.counted(missing, 'rapport attendu', 'rapports attendus')} et pas encore "
        f"{'reçu' if missing < 2 else 'reçus'} (reçu : {expected - missing} sur {expected})."
    )


def _by_direction(
    milestones: Sequence[PlanAt], scope: Scope
) -> list[tuple[Unit | None, list[PlanAt]]]:
    """Owner direction → its milestones, in the order of the chart; those without a direction
    last.
    """
    # The milestone may have no owner direction, or one that this day's chart lacks.
    by_unit: dict[Unit | None, list[PlanAt]] = {unit: [] for unit, _ in scope.tree.walk()}
    by_unit[None] = []
    for m in milestones:
        owner = scope.tree.by_id.get(m.schedule.owner_direction_id)
        by_unit[owner if owner in by_unit else None].append(m)
    return [(unit, group) for unit, group in by_unit.items() if group]


def _label(unit: Unit | None) -> str:
    return unit.label if unit else "Sans direction"


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


def forecasts(shown: Sequence[PlanAt], streams: Sequence[WorkstreamState], scope: Scope) -> None:
    """Probable and prudent dates per milestone and workstream, then how past ones held."""
    known = cached.forecasts_at(scope.on, scope.asked)
    _intervals(known, shown, scope)
    _by_workstream(known, streams, scope)
    test = cached.backtest_at(scope.on, scope.asked)
    section("Ces dates ont-elles tenu ?", f"{held_in_words(test)} {_verdict(test)}")
    with fold("Comment ces dates sont calculées", icon="help"):
        explanation(f"{_method(known)} {whole_end_in_words(scope)}")
        if test.halves:
            table(
                ("Faites au", "Dates probables tenues", "Dates prudentes tenues"),
                [
                    (
                        half.half,
                        french.rate(half.probable.numerator, half.probable.denominator),
                        french.rate(half.prudent.numerator, half.prudent.denominator),
                    )
                    for half in test.halves
                ],
                "Dates refaites à chaque fin de mois et tenues",
                frozenset({1, 2}),
            )


def _intervals(known: Forecasts, shown: Sequence[PlanAt], scope: Scope) -> None:
    """One interval per open milestone, from its probable to its prudent date."""
    ends = [(m, known.milestones[m.plan.id]) for m in shown if m.plan.id in known.milestones]
    dated = [(m, end.probable, end.prudent) for m, end in ends if end.probable]
    if not dated:
        return empty_nothing_yet("Aucun jalon ouvert n'a encore de date probable.")
    later = sum(probable > m.schedule.end for m, probable, _ in dated)
    title = (
        f"{french.counted(later, 'jalon ouvert', 'jalons ouverts')} sur {len(dated)}"
        f" {french.plural(later, 'finira', 'finiront')} sans doute après l'échéance{whose(scope)}"
    )
    show(
        Chart(
            "dates-probables",
            title,
            "Croix : l'échéance ; losange : la prévision du porteur ; barre : de la date probable"
            " (tenue une fois sur deux) à la date prudente (quatre fois sur cinq).",
            f"Dates probables des jalons : {title}.",
            intervals(dated, scope.on),
            ("Jalon", "Échéance", "Prévision du porteur", "Date probable", "Date prudente"),
            [
                (
                    f"{m.plan.number} {m.plan.title}",
                    m.schedule.end,
                    m.report.forecast_end if m.report else None,
                    probable,
                    prudent,
                )
                for m, probable, prudent in dated
            ],
        ),
        scope,
        level=2,
    )


def _by_workstream(known: Forecasts, streams: Sequence[WorkstreamState], scope: Scope) -> None:
    """The end of each workstream, and of the whole roadmap if several are shown."""
    still_open = [
        m for m in cached.milestones(scope.on, scope.asked) if m.plan.id in known.milestones
    ]
    rows = []
    for s in streams:
        of_stream = [m for m in still_open if m.plan.workstream_id == s.workstream.id]
        name = f"{s.workstream.id}. {s.workstream.short_name}"
        rows.append(_stream_line(name, of_stream, known.workstreams[s.workstream.id]))
    if len(streams) > 1:
        rows.append(_stream_line("Feuille de route", still_open, known.whole))
    table(
        ("Chantier", "Jalons ouverts", "Dernière échéance", "Date probable", "Date prudente"),
        rows,
        "Fin des chantiers",
        frozenset({1}),
    )


def _method(known: Forecasts) -> str:
    message = (
        "Si le passé se répète, un jalon est atteint une fois sur deux à sa date probable, quatre"
        " fois sur cinq à sa date prudente. Chaque prévision est décalée des glissements passés,"
        " comptés depuis la date annoncée à la même distance, puis d'autant de jours qu'il en"
        " aurait fallu pour que les dates données aux mois passés tiennent aussi souvent ; un"
        " chantier finit avec le dernier de ses jalons ouverts, hors pauses. "
    )
    if not known.slips:
        return message + "Aucun jalon n'est encore terminé."
    n = len(known.slips)
    return (
        f"{message}Glissement {french.plural(n, 'du jalon terminé', f'des {n} jalons terminés')} :"
        f" médiane {french.signed(median(known.slips), 'jour', 0)} (de"
        f" {french.signed(known.slips[0], '', 0)} à {french.signed(known.slips[-1], '', 0)})."
    )


def _stream_line(name: str, still_open: Sequence[PlanAt], end: Forecast) -> tuple:
    due = max((m.schedule.end for m in still_open), default=None)
    dates = (french.day(end.probable), french.day(end.prudent)) if still_open else ("–", "–")
    return (
        name,
        french.number(len(still_open)),
        french.day(due) if due else "–",
        *dates,
    )


def _verdict(test: Backtest) -> str:
    """How to read the dates after their record. A prudent date is meant to hold four times out of
    five: within ten points of that there is no verdict.
    """
    held = test.prudent.value
    if held is None:
        return ""
    if held < 70:
        return "Jusqu'ici elles étaient trop optimistes : lisez-les comme des dates au plus tôt."
    behind = f"{french.counted(test.milestones, 'jalon')} derrière ces comptes."
    return f"Jusqu'ici elles étaient trop sévères : {behind}" if held > 90 else behind
