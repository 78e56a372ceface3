"""Programme: milestones, workstreams, ambitions and projects with their forms; the reference
tables; the imports of files.
"""

from collections.abc import Mapping, Sequence
from functools import partial

import streamlit as st

from dashboard import cached, french
from dashboard.actions.roadmap import plans as acts
from dashboard.figures.workstreams import health_of
from dashboard.files.registers import proposed
from dashboard.queries.reference_tables import (
    AMBITIONS,
    REFERENCE_TABLES,
    WORKSTREAMS,
    milestone_rows,
    offered_tables,
    records,
)
from dashboard.queries.roadmap import PlanAt
from dashboard.scope import Scope
from dashboard.screens.imports import imports_box, imports_list
from dashboard.screens.reference import files_box, grid, history_box, record_form, row_history
from dashboard.screens.roadmap.changes import proposed_box
from dashboard.screens.roadmap.programmes import (
    one_project,
    plan_form,
    programmes_box,
    projects_box,
)
from dashboard.ui.address import choice, page_header
from dashboard.ui.components import escape_md, fold, link_buttons, section, stacked
from dashboard.ui.forms import Form
from dashboard.ui.jobs import quiet_sentence
from dashboard.ui.tables import csv_button, link, table, terms
from dashboard.ui.unfolding import Fold, unfolding, unfoldings
from dashboard.visit.navigation import address
from models.database import fetch
from models.jobs import REGISTERS
from models.roadmap import MilestoneState, PlanLevel

# ── Programme ─────────────────────────────────────────────────────────────────────────────────────


def milestones_box(scope: Scope) -> None:
    """A new milestone, the proposed ones, and the file of all."""
    shown = list(cached.roadmap().every(scope.on))
    _new_plan("Créer un jalon", PlanLevel.milestone, scope)
    _proposals(scope, {m.plan.number for m in shown})
    with st.container(horizontal=True, vertical_alignment="center", key="cp_milestone_files"):
        if shown:
            headers = REFERENCE_TABLES["jalons"].headers
            csv_button(
                "jalons",
                headers,
                lambda: fetch(milestone_rows, scope.reader, scope.on),
                "Les jalons (CSV)",
            )
        link_buttons(
            [("Importer des jalons (CSV, XLSX)", address("imports", scope), "upload_file")]
        )


def _new_plan(title: str, level: PlanLevel, scope: Scope) -> None:
    """The form of a new milestone or project, folded."""
    key = Form(f"plan_{level}").key("box")
    unfolding(title, plan_form, None, level, scope, key=key, icon=":material/add:")


def milestones_by_workstream(scope: Scope) -> None:
    """Every milestone, by workstream."""
    known = cached.roadmap()
    shown = list(known.every(scope.on))
    section("Jalons", _in_words(shown, scope))
    with stacked():
        for stream in known.workstreams:
            of_stream = [m for m in shown if m.plan.workstream_id == stream.id]
            if not of_stream:
                continue
            with fold(f"{stream.id}. {stream.name} : {french.counted(len(of_stream), 'jalon')}"):
                table(
                    ("Jalon", "Échéance", "Poids"),
                    [_line(scope, m) for m in of_stream],
                    f"Jalons du chantier {stream.id}",
                    numbers=frozenset({1, 2}),
                )


def _in_words(shown: Sequence[PlanAt], scope: Scope) -> str:
    if not shown:
        return (
            "Aucun jalon encore : créez le premier, reprenez des jalons proposés, ou importez un"
            " fichier."
        )
    counted = [m for m in shown if m.is_counted]
    weight = french.number(sum(m.schedule.weight for m in counted))
    return (
        f"{french.counted(len(shown), 'jalon')} au {french.day(scope.on)}, dont {len(counted)} dans"
        f" le calcul de l'avancement (poids total : {weight})."
    )


def _line(scope: Scope, m: PlanAt) -> tuple[object, ...]:
    title = f"{m.plan.number} {m.plan.title}"
    if not m.is_counted:
        title = f"{title} (annulé)"
    return (
        link(title, address("programme", scope, jalon=m.plan.number)),
        french.day(m.schedule.end),
        french.number(m.schedule.weight),
    )


def _proposals(scope: Scope, known: set[str]) -> None:
    """Template milestones for a participatory programme, to be ticked and adopted."""
    free = [row for row in proposed() if str(row.get("number")) not in known]
    if not free:
        return
    form = Form("take_proposed")
    title = f"Jalons proposés ({french.number(len(free))})"
    unfolding(title, _proposed_fields, form, free, key=form.key("box"), icon=":material/checklist:")


def _proposed_fields(form: Form, free: Sequence[Mapping[str, object]]) -> None:
    quiet_sentence(
        "Des jalons pour un programme participatif en six chantiers. Rien n'est repris sans"
        " vous : cochez, puis changez ce que vous voulez. Les dates suivent le début de votre"
        f" programme, le {french.day(cached.programmes().first_day)}."
    )
    names = {str(row.get("number")): str(row.get("title")) for row in free}
    form.field(
        "numbers",
        st.multiselect,
        "Jalons à reprendre",
        list(names),
        format_func=lambda number: f"{number} {names[number]}",
        placeholder="Choisissez",
    )
    with form.row():
        form.button(
            "Reprendre ceux-ci",
            lambda session, reader: _adopt(session, reader, form.value("numbers") or ()),
            icon=":material/check:",
        )
        form.button(
            f"Reprendre les {french.number(len(free))}",
            lambda session, reader: _adopt(session, reader, list(names)),
            field="all",
            primary=False,
        )


def _adopt(session, reader, numbers: Sequence[str]) -> str:
    adopted = acts.take_proposed(session, reader, numbers)
    return f"{french.counted(len(adopted), 'jalon repris', 'jalons repris')}."


# ── One milestone ─────────────────────────────────────────────────────────────────────────────────


def one_milestone(scope: Scope, m: PlanAt) -> None:
    """One milestone: facts, form, end, and history."""
    terms(
        [
            (
                "Chantier",
                next(
                    (s.name for s in cached.roadmap().workstreams if s.id == m.plan.workstream_id),
                    "",
                ),
            ),
            ("Début", french.day(m.schedule.start)),
            ("Échéance", french.day(m.schedule.end)),
            ("Poids", french.number(m.schedule.weight)),
            ("Porteur", m.schedule.owner),
            ("Statut", health_of(m, scope.on).health.label),
        ]
    )
    on_roadmap = address("feuille-de-route", scope, jalon=m.plan.number)
    link_buttons([("Rapports, calendrier et poids : la fiche du jalon", on_roadmap, "timeline")])
    with st.container(border=True):
        plan_form(m, PlanLevel.milestone, scope)
    _end_form(m)
    milestones = REFERENCE_TABLES["jalons"]
    row_history(scope, milestones, m.plan.number, "Modifications de ce jalon")


def _end_form(m: PlanAt) -> None:
    """Cancelling a milestone with reports, or deleting one without."""
    form = Form(f"end_milestone_{m.plan.id}")
    if m.state in (MilestoneState.done, MilestoneState.cancelled):
        return
    with st.expander("Annuler ou supprimer", icon=":material/event_busy:", key=form.key("box")):
        quiet_sentence(
            "Annulé, un jalon sort du calcul à partir d'aujourd'hui et reste lisible. Supprimé, il"
            " disparaît : seulement s'il n'a ni rapport, ni révision, ni lien."
        )
        form.field("reason", st.text_input, "Pourquoi l'annuler", max_chars=acts.REASON_MAX)
        with form.row():
            form.button(
                "Annuler ce jalon",
                lambda session, reader: acts.cancel_milestone(
                    session, reader, m.plan.id, form.text("reason")
                ),
                icon=":material/event_busy:",
                done=f"Le jalon {m.plan.number} est annulé.",
            )
            form.button(
                "Supprimer",
                lambda session, reader: acts.delete_milestone(session, reader, m.plan.id),
                field="delete",
                primary=False,
                icon=":material/delete:",
                done=f"Le jalon {m.plan.number} est supprimé.",
            )


# ── Workstreams, ambitions ───────────────────────────────────────────────────────────────────────


# Title → the register, the name of its forms, the title of a record, its fields, what is said once
# it is saved.
_NAMED = {
    "Chantiers": (
        WORKSTREAMS,
        "workstream",
        "{0.id}. {0.name}",
        {"name": "Nom", "short_name": "Nom court"},
        "Le chantier est renommé.",
    ),
    "Ambitions": (
        AMBITIONS,
        "ambition",
        "{0.name}",
        {
            "name": "Nom",
            "description": "En quelques mots",
            "goal": "Objectif",
            "horizon": "Pour l'année",
            "colour": "Couleur",
        },
        "L'ambition est modifiée.",
    ),
}


def named_boxes(scope: Scope) -> None:
    """The workstreams and the ambitions: one fold per record, with its form."""
    draw_form = partial(record_form, nothing="Celle d'origine")
    for title, (register, name, titled, labels, saved) in _NAMED.items():
        section(title)
        folds = []
        for record in fetch(records, scope.reader, register):
            form = Form(f"{name}_{record.id}")
            given = (form, register, record, labels, saved)
            folds.append(Fold(escape_md(titled.format(record)), draw_form, given, form.key("box")))
        unfoldings(folds)


def programme_view(scope: Scope) -> None:
    if number := st.query_params.get("jalon"):
        return _one(scope, number)
    if code := st.query_params.get("projet"):
        return one_project(scope, code)
    page_header("Programme")
    proposed_box(scope)
    milestones_by_workstream(scope)
    milestones_box(scope)
    programmes_box(scope)
    named_boxes(scope)
    projects_box(scope)
    _new_plan("Créer un projet", PlanLevel.action, scope)


def _one(scope: Scope, number: str) -> None:
    milestone = cached.roadmap().one(number, scope.on)
    trail = [("Programme", address("programme", scope))]
    if milestone is None:
        return page_header("Ce jalon n'existe pas", trail=trail)
    page_header(f"{milestone.plan.number} {milestone.plan.title}", trail=trail)
    one_milestone(scope, milestone)


# ── Référentiels ──────────────────────────────────────────────────────────────────────────────────


def referentiels_view(scope: Scope) -> None:
    page_header("Référentiels")
    offered = {table.code: table for table in offered_tables(scope.reader)}
    titles = {code: table.title for code, table in offered.items()}
    chosen = choice("Référentiel", "table", titles, next(iter(titles)), key="w_reference_table")
    table = offered[chosen]
    grid(scope, table)
    files_box(scope, table)
    history_box(scope, table)


# ── Imports ───────────────────────────────────────────────────────────────────────────────────────


KINDS = [kind for kind, register in REGISTERS.items() if register.is_on_imports]


def imports_view(scope: Scope) -> None:
    page_header("Imports")
    imports_box(scope, KINDS, "import")
    section(
        "Vos essais et vos imports",
        "Chacun se fait à part : vous pouvez quitter cet écran et le retrouver ici pendant un jour."
        " Le fichier est effacé avec lui.",
    )
    imports_list(scope, KINDS)
