"""Blocks of « Programme »: the milestones, workstreams, ambitions and projects as those who keep
them change them.
"""

from collections.abc import Mapping, Sequence
from datetime import date

import streamlit as st
from sqlmodel import Session

from dashboard import cached, french
from dashboard.access import Reader
from dashboard.actions.roadmap import milestones as acts
from dashboard.actions.roadmap.milestones import MilestoneInput, MilestoneText
from dashboard.files.milestones import HEADERS, proposed
from dashboard.queries.reference import milestone_rows
from dashboard.queries.reference_tables import (
    AMBITIONS,
    REFERENCE_TABLES,
    WORKSTREAMS,
    records,
)
from dashboard.queries.roadmap import MilestoneAt, Stream
from dashboard.scope import Scope
from dashboard.screens.reference.form import record_form
from dashboard.screens.reference.history import row_history
from dashboard.screens.roadmap.fields import typed_number
from dashboard.ui.blocks import fold, one_element
from dashboard.ui.components import calls, escape_md, section
from dashboard.ui.forms import Form
from dashboard.ui.jobs import quiet_sentence
from dashboard.ui.tables import csv_button, link, table, terms
from dashboard.ui.unfolding import Fold, unfolding, unfoldings
from dashboard.visit.navigation import address
from models.database import reading
from models.roadmap import Ambition, MilestoneState

# ── The milestones ────────────────────────────────────────────────────────────────────────────────


def milestones_box(scope: Scope) -> None:
    """A new milestone, those that come as a proposal, the file of all."""
    known = cached.roadmap()
    shown = list(known.every(scope.on))
    section("Jalons", _in_words(known.at(scope.on)))
    _create_form(scope, known.workstreams)
    _proposals(scope, {m.milestone.number for m in shown})
    with st.container(horizontal=True, vertical_alignment="center", key="cp_milestone_files"):
        if shown:
            csv_button("jalons", HEADERS, lambda: _rows(scope), "Les jalons (CSV)")
        calls([("Importer des jalons (CSV, XLSX)", address("imports", scope), "upload_file")])


def milestones_by_workstream(scope: Scope) -> None:
    """Every milestone."""
    known = cached.roadmap()
    shown = list(known.every(scope.on))
    with one_element():
        for stream in known.workstreams:
            _of_stream(scope, stream, [m for m in shown if m.milestone.workstream_id == stream.id])


def _of_stream(scope: Scope, stream: Stream, shown: Sequence[MilestoneAt]) -> None:
    """The milestones of one workstream, for whoever opens it."""
    if not shown:
        return
    with fold(f"{stream.id}. {stream.name} : {french.counted(len(shown), 'jalon')}"):
        table(
            ("Jalon", "Échéance", "Poids"),
            [_line(scope, m) for m in shown],
            f"Jalons du chantier {stream.id}",
            numbers=frozenset({1, 2}),
        )


def _in_words(shown: Sequence[MilestoneAt]) -> str:
    if not shown:
        return (
            "Aucun jalon encore : créez le premier, reprenez des jalons proposés, ou importez un"
            " fichier."
        )
    counted = [m for m in shown if m.is_counted]
    weight = french.number(sum(m.schedule.weight for m in counted))
    return f"{french.counted(len(counted), 'jalon')} dans le calcul, pour un poids de {weight}."


def _rows(scope: Scope) -> list[tuple[object, ...]]:
    with reading() as session:
        return milestone_rows(session, scope.reader, scope.on)


def _line(scope: Scope, m: MilestoneAt) -> tuple[object, ...]:
    title = f"{m.milestone.number} {m.milestone.title}"
    if not m.is_counted:
        title = f"{title} (annulé)"
    return (
        link(title, address("programme", scope, jalon=m.milestone.number)),
        french.day(m.schedule.end),
        french.number(m.schedule.weight),
    )


def _create_form(scope: Scope, streams: Sequence[Stream]) -> None:
    form = Form("create_milestone")
    unfolding(
        "Créer un jalon",
        _create_fields,
        form,
        scope,
        streams,
        key=form.key("box"),
        icon=":material/add:",
    )


def _create_fields(form: Form, scope: Scope, streams: Sequence[Stream]) -> None:
    columns = st.columns([1, 2])
    with columns[1]:
        _stream_field(form, streams)
    with columns[0]:
        form.field(
            "number",
            st.text_input,
            "Numéro (facultatif)",
            max_chars=acts.NUMBER_MAX,
            placeholder="le suivant du chantier",
        )
    form.field("title", st.text_input, "Titre", max_chars=acts.TITLE_MAX)
    _calendar_fields(form)
    form.field(
        "ladder",
        st.checkbox,
        "Avancement par paliers (0, 25, 50, 75, 100 %)",
        help="Sans paliers, le jalon est à faire ou fait.",
    )
    _owner_fields(form, scope)
    form.button(
        "Créer le jalon",
        lambda session, reader: _create(session, reader, form),
        icon=":material/check:",
    )
    form.error("form")


def _stream_field(form: Form, streams: Sequence[Stream]) -> None:
    names = {stream.id: f"{stream.id}. {stream.short_name}" for stream in streams}
    form.field(
        "workstream_id",
        st.selectbox,
        "Chantier",
        list(names),
        format_func=names.get,
        index=None,
        placeholder="Choisissez",
    )


def _calendar_fields(form: Form) -> None:
    columns = st.columns(3)
    for column, name, label in ((columns[0], "start", "Début"), (columns[1], "end", "Échéance")):
        with column:
            form.field(name, st.date_input, label, default=None, format="DD/MM/YYYY")
    with columns[2]:
        form.field("weight", st.text_input, "Poids", default="1", max_chars=10)
    form.field("critical", st.checkbox, "Jalon critique")


def _owner_fields(form: Form, scope: Scope) -> None:
    units = {unit.id: unit.label for unit, _ in scope.tree.walk()}
    columns = st.columns(2)
    with columns[0]:
        form.field("owner", st.text_input, "Porteur (une fonction)", max_chars=120)
    with columns[1]:
        form.field(
            "owner_direction_id",
            st.selectbox,
            "Direction du porteur (facultatif)",
            list(units),
            format_func=units.get,
            index=None,
            placeholder="Aucune",
        )


def _create(session: Session, reader: Reader, form: Form) -> str:
    stream_id = form.value("workstream_id")
    number = str(form.value("number") or "")
    if not number and stream_id is not None:
        number = acts.next_number(session, stream_id)
    weight = typed_number(form.value("weight"))
    made = acts.create_milestone(
        session,
        reader,
        MilestoneInput(
            number,
            MilestoneText(str(form.value("title") or ""), stream_id, bool(form.value("ladder"))),
            form.value("start"),
            form.value("end"),
            0.0 if weight is None else weight,
            bool(form.value("critical")),
            str(form.value("owner") or ""),
            form.value("owner_direction_id"),
        ),
    )
    return f"Le jalon {made.number} est créé."


def _proposals(scope: Scope, known: set[str]) -> None:
    """The milestones of a programme of this kind, ticked by those who want them."""
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
    with st.container(horizontal=True):
        form.button(
            "Reprendre ceux-ci",
            lambda session, reader: _take(session, reader, form.value("numbers") or ()),
            icon=":material/check:",
        )
        form.button(
            f"Reprendre les {french.number(len(free))}",
            lambda session, reader: _take(session, reader, list(names)),
            field="all",
            primary=False,
        )
    form.error("form")


def _take(session: Session, reader: Reader, numbers: Sequence[str]) -> str:
    taken = acts.take_proposed(session, reader, numbers)
    return f"{french.counted(len(taken), 'jalon repris', 'jalons repris')}."


# ── One milestone ─────────────────────────────────────────────────────────────────────────────────


def one_milestone(scope: Scope, m: MilestoneAt) -> None:
    """What it is, its words to be changed, its end, what was changed and by whom."""
    terms(
        [
            ("Chantier", _stream_name(m.milestone.workstream_id)),
            ("Début", french.day(m.schedule.start)),
            ("Échéance", french.day(m.schedule.end)),
            ("Poids", french.number(m.schedule.weight)),
            ("Porteur", m.schedule.owner),
            ("État", m.state.label),
        ]
    )
    on_roadmap = address("feuille-de-route", scope, jalon=m.milestone.number)
    calls([("Rapports, calendrier et poids : la fiche du jalon", on_roadmap, "timeline")])
    _change_form(m)
    _end_form(m)
    milestones = REFERENCE_TABLES["jalons"]
    row_history(scope, milestones, m.milestone.number, "Modifications de ce jalon")


def _stream_name(stream_id: int) -> str:
    return next((s.name for s in cached.roadmap().workstreams if s.id == stream_id), "")


def _change_form(m: MilestoneAt) -> None:
    record = m.milestone
    form = Form(f"change_milestone_{record.id}")
    with st.container(border=True):
        form.opens_with(acts.text_stands(record))
        form.field("title", st.text_input, "Titre", max_chars=acts.TITLE_MAX)
        _stream_field(form, cached.roadmap().workstreams)
        form.field("ladder", st.checkbox, "Avancement par paliers (0, 25, 50, 75, 100 %)")
        form.button("Enregistrer", lambda session, reader: _change(session, reader, m, form))
        form.error("form")


def _change(session: Session, reader: Reader, m: MilestoneAt, form: Form) -> str:
    given = MilestoneText(
        str(form.value("title") or ""), form.value("workstream_id"), bool(form.value("ladder"))
    )
    acts.change_milestone(session, reader, m.milestone.id, given, read=form.mark)
    return f"Le jalon {m.milestone.number} est modifié."


def _end_form(m: MilestoneAt) -> None:
    """Cancelled where something was said of it, deleted where nothing was."""
    form = Form(f"end_milestone_{m.milestone.id}")
    if m.state in (MilestoneState.done, MilestoneState.cancelled):
        return
    with st.expander("Annuler ou supprimer", icon=":material/event_busy:", key=form.key("box")):
        quiet_sentence(
            "Annulé, un jalon sort du calcul à partir d'aujourd'hui et reste lisible. Supprimé, il"
            " disparaît : seulement s'il n'a ni rapport, ni révision, ni lien."
        )
        form.field("reason", st.text_input, "Pourquoi l'annuler", max_chars=acts.REASON_MAX)
        with st.container(horizontal=True):
            form.button(
                "Annuler ce jalon",
                lambda session, reader: _cancel(session, reader, m, form),
                icon=":material/event_busy:",
            )
            form.button(
                "Supprimer",
                lambda session, reader: _delete(session, reader, m),
                field="delete",
                primary=False,
                icon=":material/delete:",
            )
        form.error("form")


def _cancel(session: Session, reader: Reader, m: MilestoneAt, form: Form) -> str:
    acts.cancel_milestone(session, reader, m.milestone.id, str(form.value("reason") or ""))
    return f"Le jalon {m.milestone.number} est annulé."


def _delete(session: Session, reader: Reader, m: MilestoneAt) -> str:
    acts.delete_milestone(session, reader, m.milestone.id)
    return f"Le jalon {m.milestone.number} est supprimé."


# ── Workstreams, ambitions ───────────────────────────────────────────────────────────────────────


def workstreams_box() -> None:
    """The names of the workstreams."""
    section("Chantiers")
    unfoldings([_stream_fold(stream) for stream in cached.roadmap().workstreams])


def _stream_fold(stream: Stream) -> Fold:
    form = Form(f"workstream_{stream.id}")
    title = escape_md(f"{stream.id}. {stream.name}")
    return Fold(title, _stream_fields, (form, stream), form.key("box"))


def _stream_fields(form: Form, stream: Stream) -> None:
    labels = {"name": "Nom", "short_name": "Nom court"}
    record_form(form, WORKSTREAMS, stream, labels, "Le chantier est renommé.")


def ambitions_box(scope: Scope) -> None:
    """The ambitions: their words, colour, goal and the year that it is for."""
    section("Ambitions")
    with reading() as session:
        found = records(session, scope.reader, AMBITIONS)
    unfoldings([_ambition_fold(ambition) for ambition in found])


def _ambition_fold(ambition: Ambition) -> Fold:
    form = Form(f"ambition_{ambition.id}")
    return Fold(escape_md(ambition.name), _ambition_fields, (form, ambition), form.key("box"))


def _ambition_fields(form: Form, ambition: Ambition) -> None:
    labels = {
        "name": "Nom",
        "description": "En quelques mots",
        "goal": "Objectif",
        "horizon": "Pour l'année",
        "colour": "Couleur",
    }
    said = "L'ambition est modifiée."
    record_form(form, AMBITIONS, ambition, labels, said, nothing="Celle d'origine")


def asked_milestone(on: date, number: str) -> MilestoneAt | None:
    """The milestone of the address, None where there is none of this number."""
    return cached.roadmap().one(number, on)
