"""The milestones in time: the S-curve of those shown, their calendar, dates that slip, a table."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date

import streamlit as st
from markupsafe import Markup

from dashboard import cached, french, theme
from dashboard.access import may
from dashboard.actions.roadmap.plans import as_given, change_plan, text_values
from dashboard.actions.roadmap.records import (
    OWNER_MAX,
    REASON_MAX,
    bounds_of,
    calendar_values,
    can_undo,
    last_revision,
    revise_plan,
    undo_revision,
)
from dashboard.actions.roadmap.reports import MOST, set_waits, waits_values
from dashboard.charts import figures as s_curves, roadmap as charts
from dashboard.charts.plots import Chart
from dashboard.figures.forecast import tieable
from dashboard.figures.sentences import late_first
from dashboard.figures.workstreams import earned_at, health_of, planned_at
from dashboard.formulas import slip
from dashboard.queries.journal import mark_of
from dashboard.queries.roadmap import UNPLANNED, PlanAt
from dashboard.queries.waits import still_awaited
from dashboard.rendering import macros, render
from dashboard.scope import Scope
from dashboard.screens.roadmap.workstreams import (
    explained,
    rule_of,
    worst_states_first,
)
from dashboard.ui.charts import explore, files_of, show
from dashboard.ui.components import empty_nothing_yet, section
from dashboard.ui.forms import Form
from dashboard.ui.tables import link, rows_file, table
from dashboard.ui.unfolding import Fold, gesture, unfoldings
from dashboard.visit.navigation import address
from dashboard.web.files import ScopeFile
from models.decisions import Instance
from models.directions import Tree
from models.roadmap import ENDED, MilestoneState, PlanLevel, PlanSchedule
from models.texts import Invalid

LATE = "en-retard"  # view with the late milestones only


def of_scope(scope: Scope) -> list[PlanAt]:
    """The milestones of the selected directions."""
    return [
        m
        for m in cached.milestones(scope.on, scope.asked)
        if scope.has(m.schedule.owner_direction_id)
    ]


def s_curve(shown: Sequence[PlanAt], scope: Scope, files: Sequence[ScopeFile] = ()) -> None:
    """The S-curve of the milestones shown, with its files or its interactive version; draws nothing
    if none counts.
    """
    if chart := _s_curve(shown, scope):
        show(chart, scope, files=files, level=2)
        if not files:
            explore(chart)


def _s_curve(shown: Sequence[PlanAt], scope: Scope) -> Chart | None:
    now, plan = earned_at(shown), planned_at(shown, scope.on)
    if now is None or plan is None:
        return None
    curves = cached.s_curve(scope.on, frozenset(m.plan.id for m in shown), scope.asked)
    counted = [m for m in shown if m.is_counted]
    chart = s_curves.chart(
        "courbe-des-jalons",
        curves,
        scope.on,
        f"Acquis {french.percent(now)}, {french.against_plan(now - plan)}{whose(scope)}",
        f"Part du poids des jalons, mois par mois ; {sum(m.report is not None for m in counted)}"
        f" jalons sur {len(counted)} ont un rapport.",
        f"Courbe en S{whose(scope)}.",
    )
    return explained(chart, scope)


S_CURVE_FILES = files_of(
    "courbe-des-jalons", "page.everyone", lambda scope: _s_curve(of_scope(scope), scope)
)


def whose(scope: Scope) -> str:
    """The selected directions, in words, if the block does not count everything: « (jalons de
    AD-BAT) ».
    """
    return "" if scope.is_whole else f" (jalons de {scope.codes.replace(',', ', ')})"


def show_gantt(
    shown: Sequence[PlanAt], scope: Scope, files: Sequence[ScopeFile] = (), **filters: object
) -> None:
    """The calendar of these milestones, under how many are late and in each state."""
    late = len(late_first(shown, scope.on))
    marks = render(
        "roadmap/states.html",
        late=f"{french.counted(late, 'jalon')} en retard" if late else "",
        href=address("feuille-de-route", scope, volet=LATE, **filters),
        states=worst_states_first(Counter(health_of(m, scope.on).health for m in shown)),
    )
    show(gantt(shown, scope), scope, files=files, level=2, marks=marks)


def gantt(shown: Sequence[PlanAt], scope: Scope) -> Chart:
    """The calendar of these milestones."""
    healths = [health_of(m, scope.on).health for m in shown]
    done = sum(m.state == MilestoneState.done for m in shown)
    title = (
        f"{french.counted(done, 'jalon')} sur {len(shown)} {french.plural(done, 'atteint')},"
        f" {len(late_first(shown, scope.on))} en retard{whose(scope)}"
    )
    earned = earned_at(shown)
    weighted = ""
    if earned is not None:
        done_share = french.percent(earned)
        weighted = f"{done_share} fait, selon le poids des jalons, part entamée comprise. "
    return Chart(
        "calendrier",
        title,
        f"{weighted}Barre large : prévu ; fine : réel ou annoncé. N° en gras : critique.",
        f"Calendrier des jalons : {title}.",
        charts.gantt(shown, healths, cached.every_milestone(scope.on), scope.on),
        ("Jalon", "Début", "Échéance", "Fin réelle ou prévue", "État"),
        [
            (
                f"{m.plan.number} {m.plan.title}",
                m.schedule.start,
                m.schedule.end,
                charts.until(m),
                health.label,
            )
            for m, health in zip(shown, healths, strict=True)
        ],
    )


GANTT_FILES = files_of(
    "calendrier",
    "page.everyone",
    lambda scope: gantt(found, scope) if (found := of_scope(scope)) else None,
)


_HEADINGS = (
    "N°",
    "Jalon proposé",
    "Porteur",
    "Poids",
    "Échéance",
    "Fin réelle ou prévue",
    "Glissement",
    "Avancement",
    "Santé",
    "Attend",
)


def late_milestones(shown: Sequence[PlanAt], scope: Scope) -> None:
    """The late milestones only, oldest first, one line each."""
    late = late_first(shown, scope.on)
    if not late:
        return empty_nothing_yet("Aucun jalon n'est en retard.")
    section("Les jalons" + whose(scope))
    return table(
        _HEADINGS,
        [_line(m, scope) for m in late],
        "Jalons de la feuille de route",
        frozenset({3, 6, 7}),
        download="jalons",
    )


MILESTONES_FILE = rows_file(
    "jalons",
    "page.everyone",
    _HEADINGS,
    lambda scope: [_line(m, scope) for m in of_scope(scope)],
)


def until(m: PlanAt) -> date | None:
    """The actual end, else the announced one."""
    return m.actual_end or (m.report.forecast_end if m.report else None)


def _line(m: PlanAt, scope: Scope) -> tuple:
    days, verdict = slip(m.facts()), health_of(m, scope.on)
    end = until(m)
    awaited = still_awaited(m, cached.every_milestone(scope.on), scope.on)
    awaits = ", ".join(link.other.plan.number for link in awaited)
    return (
        m.plan.number,
        milestone_link(m, scope),
        m.schedule.owner,
        french.number(m.schedule.weight),
        french.day(m.schedule.end),
        french.day(end) if end else "–",
        french.signed(days, "jour", 0) if days is not None else "–",
        french.percent(100 * m.progress, 0),
        macros().verdict(theme.STATUSES[str(verdict.health)], rule_of(verdict)),
        awaits,
    )


def milestone_link(m: PlanAt, scope: Scope) -> Markup:
    title = m.plan.title + (" (critique)" if m.schedule.critical else "")
    return link(title, address("feuille-de-route", scope, jalon=m.plan.number))


_NOBODY = 0


def may_revise(scope: Scope) -> bool:
    return scope.on == cached.today() and may(scope.reader, "milestone.revise")


def calendar_forms(m: PlanAt, scope: Scope) -> None:
    """The revision; of a milestone also what it waits for and its figure: each in a fold."""
    calendar = cached.roadmap().schedules.at(m.plan.id, scope.on)
    if can_undo(last_revision(calendar, m.plan.is_milestone), scope.reader, scope.on):
        Form(f"undo_revision_{m.plan.number}").send(
            "Annuler cette révision",
            lambda session, reader: undo_revision(session, reader, m.plan.id),
            primary=False,
            icon=":material/undo:",
            done="La révision est annulée : le calendrier d'avant est de nouveau en vigueur.",
        )
    folds = []
    if not m.plan.is_milestone:
        folds.append(_fold("revision", m, "Planifier", "event_repeat", _revision_form, scope))
    elif m.state not in ENDED:
        folds.append(
            _fold("revision", m, "Réviser le calendrier", "event_repeat", _revision_form, scope)
        )
        folds.append(_fold("waits", m, "Ce qu'il attend", "account_tree", _waits_form, scope))
    if m.plan.is_milestone:
        folds.append(_fold("tie", m, "Chiffre qui propose l'avancement", "link", _tie_form))
    if folds:
        unfoldings(folds)


def _fold(name: str, m: PlanAt, title: str, icon: str, draw: Callable, *given: object) -> Fold:
    form = Form(f"{name}_{m.plan.number}")
    return gesture(form, title, icon, draw, form, m, *given)


def _revision_form(form: Form, m: PlanAt, scope: Scope) -> None:
    """Dates, weight and owner, filled in with the current ones; the reason is mandatory and
    stays in the list of revisions.
    """
    form.opens_with(calendar_values(m.schedule))
    schedule_fields(form, m.plan.level, scope.tree, m.schedule)
    reason = "Raison de la révision" + ("" if m.plan.is_milestone else " (facultatif)")
    form.field("reason", st.text_area, reason, max_chars=REASON_MAX)
    st.selectbox(
        "Décidée par (facultatif)",
        list(Instance),
        format_func=lambda i: i.label,
        index=None,
        placeholder="Non précisé",
        key=form.key("instance"),
    )
    form.send(
        "Enregistrer la révision",
        lambda session, reader: revise_plan(
            session,
            reader,
            m.plan.id,
            given_schedule(form),
            form.value("instance"),
            read=form.mark,
        ),
        done="La révision est enregistrée.",
    )


def schedule_fields(form: Form, level: str, tree: Tree, now: PlanSchedule = UNPLANNED) -> None:
    """The fields of dates and owner, and the fields of this level."""
    columns = st.columns(2)
    for column, name, label in ((columns[0], "start", "Début"), (columns[1], "end", "Échéance")):
        with column:
            day_field(form, name, label, level)
    # Typed as text: the browser's number field rejects a comma.
    if level == PlanLevel.milestone:
        with st.container(horizontal=True, vertical_alignment="bottom"):
            form.field("weight", st.text_input, "Poids", max_chars=10)
            form.field("critical", st.checkbox, "Jalon critique")
    else:
        form.field("budget", st.text_input, "Budget (€)", max_chars=15)
    owner_fields(form, tree, now)


def owner_fields(form: Form, tree: Tree, now: PlanSchedule = UNPLANNED) -> None:
    """The owner: a name, and a direction, which may have been closed since."""
    units = {_NOBODY: "Sans direction", now.owner_direction_id or _NOBODY: "Direction fermée"}
    units |= {_NOBODY: "Sans direction"} | {unit.id: unit.label for unit, _ in tree.walk()}
    with st.container(horizontal=True):
        form.field("owner", st.text_input, "Porteur (une fonction)", max_chars=OWNER_MAX)
        form.field("unit", st.selectbox, "Direction du porteur", list(units), format_func=units.get)
    form.error("owner_direction_id")


def given_schedule(form: Form) -> PlanSchedule:
    """The typed schedule. Raises Invalid for a budget that is not a number."""
    typed = form.text("budget").strip()
    budget = typed_number(typed)
    if typed and budget is None:
        raise Invalid({"budget": "Le budget est un montant en euros, de zéro ou plus."})
    return PlanSchedule(
        start=form.value("start"),
        end=form.value("end"),
        weight=typed_number(form.value("weight")) or 0,
        critical=bool(form.value("critical")),
        budget=budget,
        owner=form.text("owner"),
        owner_direction_id=form.value("unit") or None,
        reason=form.text("reason"),
    )


def _waits_form(form: Form, m: PlanAt, scope: Scope) -> None:
    """The dependencies of the milestone, chosen by number or by words."""
    form.opens_with(waits_values(m.waits_for))
    others = {
        other.plan.id: f"{other.plan.number} — {other.plan.title}"
        for other in cached.roadmap().every(scope.on)
        if other.plan.id in m.waits_for or (other.plan.id != m.plan.id and other.is_counted)
    }
    form.field(
        "waits_for",
        st.multiselect,
        "Jalons qui doivent être atteints avant lui",
        list(others),
        format_func=others.get,
        placeholder="Cherchez par numéro ou par mots",
        max_selections=MOST,
    )
    form.send(
        "Enregistrer ce qu'il attend",
        lambda session, reader: set_waits(
            session, reader, m.plan.id, form.value("waits_for") or (), read=form.mark
        ),
        primary=False,
        done="Ce que le jalon attend est enregistré.",
    )


def _tie_form(form: Form, m: PlanAt) -> None:
    """The figure and the threshold from which the report form proposes the progress."""
    current = text_values(m.plan)
    names = ("figure", "threshold", "by_count")
    form.opens_with({name: current[name] for name in names}, mark_of(current))
    if form.value("figure") not in tieable():
        st.session_state[form.key("figure")] = None
    form.field(
        "figure",
        st.selectbox,
        "Chiffre",
        list(tieable()),
        format_func=tieable().get,
        index=None,
        placeholder="Aucun",
    )
    form.field(
        "threshold",
        st.number_input,
        "Seuil",
        min_value=0.0,
        step=1.0,
        format="%g",
        placeholder="80",
    )
    form.field("by_count", st.checkbox, "Comparer le nombre (et non le pourcentage)")
    form.send(
        "Enregistrer",
        lambda session, reader: change_plan(
            session,
            reader,
            m.plan.id,
            as_given(
                m.plan,
                figure=form.value("figure"),
                threshold=form.value("threshold"),
                by_count=bool(form.value("by_count")),
            ),
            read=form.mark,
        ),
        primary=False,
        done="Le lien avec le chiffre est enregistré.",
    )


# ── Fields shared by the forms of the roadmap ─────────────────────────────────────────────────────


def day_field(form: Form, name: str, label: str, level: str = PlanLevel.milestone) -> None:
    """A date field, limited to the days allowed for a plan of this level."""
    first, last = bounds_of(level)
    form.field(
        name,
        st.date_input,
        label,
        format="DD/MM/YYYY",
        min_value=first,
        max_value=last,
    )


def typed_number(text: str | None) -> float | None:
    """« 2,5 » as a number; None if it is not one."""
    plain = "".join((text or "").split()).replace(",", ".")
    return float(plain) if plain.isascii() and plain.replace(".", "", 1).isdigit() else None
