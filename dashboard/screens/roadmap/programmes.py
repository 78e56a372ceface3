"""« Programmes »: the current one, past ones, the next one in preparation, and the projects of the
PST.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

import streamlit as st
from sqlmodel import Session

from dashboard import cached, french, theme
from dashboard.access import Reader
from dashboard.actions.roadmap import plans as acts
from dashboard.actions.roadmap.plans import text_values
from dashboard.actions.roadmap.records import (
    NAME_MAX,
    add_workstream,
    calendar_values,
    change_programme,
    create_programme,
    programme_values,
)
from dashboard.cached import projects
from dashboard.figures.workstreams import WorkstreamState, health_of
from dashboard.formulas import slip
from dashboard.queries.reference_tables import REFERENCE_TABLES, WORKSTREAMS
from dashboard.queries.roadmap import UNPLANNED, PlanAt
from dashboard.queries.waits import still_awaited
from dashboard.scope import Scope
from dashboard.screens.reference import record_fields, row_history
from dashboard.screens.roadmap import calendar
from dashboard.screens.roadmap.calendar import (
    calendar_forms,
    given_schedule,
    may_revise,
    schedule_fields,
)
from dashboard.screens.roadmap.milestone import report_form, reports
from dashboard.screens.roadmap.workstreams import rows_of, rule_of, whole_end_in_words
from dashboard.ui.address import page_header
from dashboard.ui.components import draw, escape_md, paragraph, section
from dashboard.ui.downloads import data_link
from dashboard.ui.forms import Form
from dashboard.ui.tables import link, table
from dashboard.ui.unfolding import unfolding
from dashboard.visit.navigation import address
from models.programmes import Period, Programme
from models.roadmap import PST_LEVELS, Plan, PlanLevel, PlanSchedule


def by_workstream(
    states: Sequence[WorkstreamState],
    shown: Sequence[PlanAt],
    scope: Scope,
    title: str,
    has_links: bool = True,
) -> None:
    """The workstreams with their milestones; `has_links`: each leads to its page."""
    lines = defaultdict(list)
    for m in shown:
        verdict = health_of(m, scope.on)
        end, days = calendar.until(m), slip(m.facts())
        awaited = still_awaited(m, cached.every_milestone(scope.on), scope.on)
        plan_line = {
            "number": m.plan.number,
            "title": m.plan.title,
            "href": address("feuille-de-route", scope, jalon=m.plan.number),
            "is_critical": m.schedule.critical,
            "owner": m.schedule.owner,
            "due": french.day(m.schedule.end),
            "end": french.day(end) if end and end != m.schedule.end else "",
            "slip": french.signed(days, "jour", 0) if days else "",
            "progress": french.percent(100 * m.progress, 0),
            "status": theme.STATUSES[str(verdict.health)],
            "rule": rule_of(verdict),
            "awaits": ", ".join(dependency.other.plan.number for dependency in awaited),
            "awaits_too_long": any(dependency.is_late for dependency in awaited),
        }
        lines[m.plan.workstream_id].append(plan_line)
    groups = [
        (row, lines[state.workstream.id])
        for state, row in zip(states, rows_of(states, scope), strict=True)
    ]
    draw(
        "roadmap/plan.html",
        title=title,
        is_part=not scope.is_whole,
        groups=groups,
        has_links=has_links,
        whole_end=whole_end_in_words(scope),
    )
    data_link(calendar.MILESTONES_FILE, scope, "Télécharger (CSV)")


def other_programmes(scope: Scope, url: str) -> None:
    """A link to this screen for each programme that is neither shown nor current: the frame
    links to the current one.
    """
    running = scope.programmes.running(scope.on)
    for period in scope.programmes.periods:
        if period not in (running, scope.programme):
            name = f"Voir le programme « {period.name} »"
            paragraph(link(name, address(url, scope.looking_at(period))))


def plan_form(at: PlanAt | None, level: PlanLevel, scope: Scope) -> None:
    """Its texts and its parent; for a new milestone also its number and first calendar."""
    form = Form(f"plan_{at.plan.id if at else level}")
    is_milestone = level is PlanLevel.milestone
    new = text_values(Plan(number="", title="", level=level)) | calendar_values(UNPLANNED)
    form.opens_with(text_values(at.plan) if at else new)
    with st.container(horizontal=True):
        if at is None:
            hint = "le suivant du chantier" if is_milestone else None
            label = "Numéro (facultatif)" if is_milestone else "Code"
            most = acts.NUMBER_MAX if is_milestone else acts.CODE_MAX
            how = {"max_chars": most, "placeholder": hint, "width": 220}
            form.field("number", st.text_input, label, **how)
        title = "Titre" if is_milestone else "Nom"
        form.field("title", st.text_input, title, max_chars=acts.TITLE_MAX)
    if is_milestone:
        streams = cached.roadmap().workstreams
        names = {stream.id: f"{stream.id}. {stream.short_name}" for stream in streams}
        with st.container(horizontal=True, vertical_alignment="bottom"):
            _choice(form, "workstream_id", "Chantier", names, "Choisissez")
            form.field(
                "ladder",
                st.checkbox,
                "Avancement par paliers (0, 25, 50, 75, 100 %)",
                help="Sans paliers, le jalon est à faire ou fait.",
            )
    else:
        _element_fields(form, at, scope)
    if is_milestone and at is None:
        schedule_fields(form, level, scope.tree)
    word = "Créer le jalon" if is_milestone and at is None else "Enregistrer"
    form.send(word, lambda session, reader: _save(session, reader, form, at, level))


def _element_fields(form: Form, at: PlanAt | None, scope: Scope) -> None:
    parents = {
        project.plan.id: f"{project.plan.number} · {project.plan.title}"
        for project, _ in projects(scope.reader)
        if project.plan.level is not PlanLevel.action and project != at
    }
    level, parent = st.columns(2)
    with level:
        labels = {level: level.label for level in PST_LEVELS}
        form.field("level", st.selectbox, "Niveau", list(labels), format_func=labels.get)
    with parent:
        _choice(form, "parent_id", "Sous (facultatif)", parents)
    form.field("objective", st.text_area, "Objectif")
    form.field("example", st.text_area, "Amélioration en cours (un exemple)")
    ambitions = {ambition.id: ambition.name for ambition in cached.ambitions()}
    _choice(form, "ambition_id", "Ambition (facultatif)", ambitions)


def _choice(
    form: Form, name: str, label: str, options: Mapping[int, str], none: str = "Aucun"
) -> None:
    form.field(
        name,
        st.selectbox,
        label,
        list(options),
        format_func=options.get,
        index=None,
        placeholder=none,
    )


def _save(session: Session, reader: Reader, form: Form, at: PlanAt | None, level: PlanLevel) -> str:
    number = at.plan.number if at else form.text("number")
    stream_id = form.value("workstream_id")
    if not number and stream_id is not None:
        number = acts.next_number(session, stream_id)
    values = Plan(number=number, **{name: form.value(name) for name in acts.WORDS})
    what = "jalon" if level is PlanLevel.milestone else "projet"
    if at is not None:
        acts.change_plan(session, reader, at.plan.id, values, read=form.mark)
        return f"Le {what} {number} est modifié."
    plan = acts.create_plan(session, reader, values, given_schedule(form))
    return f"Le {what} {plan.number} est créé."


FAR = date(2060, 12, 31)
EARLY = date(2000, 1, 1)


def programmes_box(scope: Scope) -> None:
    """Every programme with its state, its form, and a form for the next one."""
    known = cached.programmes()
    section(
        "Programmes",
        "Un programme court jusqu'au jour où le suivant commence ; il reste lisible à toute date.",
    )
    table(
        ("Programme", "Du", "Au", "Chantiers", "Aujourd'hui"),
        [_line(scope, period) for period in known.periods],
        "Les programmes",
        numbers=frozenset({1, 2, 3}),
    )
    for period in known.periods:
        form = Form(f"programme_{period.id}")
        title = escape_md(f"Modifier « {period.name} »")
        unfolding(title, _change_fields, form, period, key=form.key("box"))
    form = Form("new_programme")
    unfolding(
        "Préparer un programme",
        _create_fields,
        form,
        known.periods[-1],
        key=form.key("box"),
        icon=":material/add:",
    )


def _line(scope: Scope, period: Period) -> tuple[object, ...]:
    streams = cached.roadmap().streams_of(period)
    today = cached.today()
    is_over = cached.programmes().running(today).first_day > period.first_day
    on = period.last_day if is_over else today
    programme_scope = replace(scope, on=on).looking_at(period)
    name = link(period.name, address("feuille-de-route", programme_scope))
    return (
        name,
        french.day(period.first_day),
        french.day(period.last_day),
        french.number(len(streams)),
        _state(period),
    )


def _state(period: Period) -> str:
    today = cached.today()
    if period.first_day > today:
        return "En préparation"
    if cached.programmes().running(today) != period:
        return "Clos"
    return "En cours" if today <= period.last_day else "En cours, dernier jour passé"


def _change_fields(form: Form, period: Period) -> None:
    form.opens_with(programme_values(period))
    _fields(form)
    form.send(
        "Enregistrer le programme",
        lambda session, reader: change_programme(
            session, reader, period.id, _given(form), read=form.mark
        ),
        icon=":material/check:",
        done="Le programme est modifié.",
    )
    stream_form = Form(f"stream_of_{period.id}")
    st.caption("Un chantier de plus reçoit le numéro suivant, unique dans tous les programmes.")
    labels = {"name": "Nom du chantier", "short_name": "Nom court du chantier"}
    record_fields(stream_form, WORKSTREAMS, labels)
    stream_form.send(
        "Ajouter ce chantier",
        lambda session, reader: add_workstream(
            session, reader, period.id, stream_form.text("name"), stream_form.text("short_name")
        ),
        primary=False,
        icon=":material/add:",
        done=lambda stream: f"Le chantier {stream.id} est ajouté au programme « {period.name} ».",
    )


def _create_fields(form: Form, last: Period) -> None:
    first = date(last.last_day.year + 1, 1, 1)
    last_day = date(first.year + 2, 12, 31)
    form.opens_with({"name": "", "first_day": first, "last_day": last_day})
    _fields(form)
    form.send(
        "Préparer ce programme",
        lambda session, reader: create_programme(session, reader, _given(form)),
        icon=":material/check:",
        done=lambda programme: (
            f"Le programme « {programme.name} » se prépare : ajoutez ses chantiers, puis ses"
            " jalons."
        ),
    )


def _fields(form: Form) -> None:
    form.field("name", st.text_input, "Nom du programme", max_chars=NAME_MAX)
    left, right = st.columns(2, vertical_alignment="bottom")
    for column, field, label in (
        (left, "first_day", "Premier jour"),
        (right, "last_day", "Dernier jour"),
    ):
        with column:
            form.field(
                field,
                st.date_input,
                label,
                format="DD/MM/YYYY",
                min_value=EARLY,
                max_value=FAR,
            )


def _given(form: Form) -> Programme:
    return Programme(
        name=form.text("name"),
        first_day=form.value("first_day"),
        last_day=form.value("last_day"),
    )


# ── What those who keep them change ───────────────────────────────────────────────────────────────


def projects_box(scope: Scope) -> None:
    """The tree of the projects, each a way to its forms."""
    tree = projects(scope.reader)
    section("Projets du PST", "" if tree else "Aucun projet encore.")
    if tree:
        lines = [
            (
                at,
                depth,
                _in_words(at.schedule, scope),
                address("programme", scope, projet=at.plan.number),
            )
            for at, depth in tree
        ]
        draw("roadmap/projects.html", projects=lines)


def one_project(scope: Scope, code: str) -> None:
    """One project: its texts, its forms, its reports, and its history."""
    tree = projects(scope.reader)
    trail = [("Programme", address("programme", scope))]
    at = next((at for at, _ in tree if at.plan.number == code), None)
    if at is None:
        return page_header("Ce projet n'existe pas", trail=trail)
    page_header(at.plan.title, f"Projet {code} du PST", trail=trail)
    section("Aujourd'hui")
    draw("roadmap/projects.html", projects=[(at, 0, _in_words(at.schedule, scope), "")])
    if may_revise(scope):
        report_form(at, scope)
        calendar_forms(at, scope)
    section("Ce qu'il est")
    with st.container(border=True):
        plan_form(at, at.plan.level, scope)
    reports(at, scope)
    row_history(scope, REFERENCE_TABLES["projets"], code, "Modifications de ce projet")


def _in_words(now: PlanSchedule, scope: Scope) -> str:
    """« du 01/03/2021 au 30/09/2023 · 210 000 € · Directeur de l'Entretien (RI-ENT) »."""
    days = (("du", now.start), ("au", now.end))
    unit = scope.tree.by_id.get(now.owner_direction_id)
    parts = (
        " ".join(f"{word} {french.day(day)}" for word, day in days if day),
        f"{french.number(now.budget)} €" if now.budget is not None else "",
        " ".join(filter(None, (now.owner, f"({unit.code})" if unit else ""))),
    )
    return " · ".join(filter(None, parts))
