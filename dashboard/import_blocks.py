"""Blocks of imports: which column of a file was read as what, corrected by a person with one list per field; the registers of
people and directions, tried and then written."""

from collections.abc import Mapping
from hashlib import sha256

import streamlit as st

from dashboard import french
from dashboard.actions import jobs
from dashboard.actions.imports import ImportReport
from dashboard.actions.organisation_imports import import_directions
from dashboard.actions.people_imports import import_people
from dashboard.actions.register_imports import How
from dashboard.components import escape_md, text_html
from dashboard.exchange.columns import OWN_SOURCE
from dashboard.exchange.correspondences import as_toml
from dashboard.exchange.profiles import ASKED, PROFILES
from dashboard.forms import Form
from dashboard.job_blocks import ask_button, told
from dashboard.listing import csv_button, table
from dashboard.queries.jobs import JobLine
from models.errors import Invalid
from models.keeping import Job
from models.settings import settings

_OWN = next(profile.label for profile in PROFILES if profile.source == OWN_SOURCE)
_NONE = ""


def columns_box(line: JobLine, layout: Mapping, is_open: bool) -> None:
    """The columns of a dry run's file: what was read, what is proposed for the rest; another dry run takes the correction."""
    if layout["profile"] == _OWN:
        return told(f"Disposition reconnue : {_OWN}.")
    read, proposed = layout["columns"], layout["proposed"]
    with st.expander(_title(layout), expanded=is_open, icon=":material/table_view:", key=f"w_columns_box_{line.id}"):
        if proposed:
            st.caption(french.typo("Ce qui est marqué « proposé » est une supposition : rien n'en est lu tant que vous ne l'avez pas essayé."))
        samples = dict(zip(layout["headers"], layout["samples"], strict=True))
        with st.container(key=f"cp_columns_{line.id}"):
            for name in ASKED:
                _field(line.id, name, samples, read.get(name, proposed.get(name, _NONE)), name in proposed and name not in read)
        left = [header for header in layout["headers"] if header and header not in {*read.values(), *proposed.values()}]
        if left:
            st.caption(escape_md(f"Colonnes laissées de côté : {', '.join(left)}."))
        chosen = _chosen(line.id)  # now: the file is made outside the run of the page, where the lists are not known
        with st.container(horizontal=True, vertical_alignment="center"):
            ask_button("Essayer avec ces colonnes", f"columns_{line.id}", lambda session, reader: _again(session, reader, line.id),
                       icon=":material/science:", primary=is_open)
            st.download_button("Garder cette correspondance (TOML)", data=lambda: as_toml(chosen), file_name="correspondance.toml",
                               mime="application/toml", key=f"w_toml_{line.id}", on_click="ignore", icon=":material/download:")


def _title(layout: Mapping) -> str:
    """« Decidim, propositions : 7 colonnes lues, une proposée »."""
    read, proposed = (len([name for name in ASKED if name in layout[part]]) for part in ("columns", "proposed"))
    told = french.counted(read, "colonne lue", "colonnes lues") + (f", {french.counted(proposed, 'proposée')}" if proposed else "")
    return f"{layout['profile']} : {told}" if layout["profile"] else told


def _field(job: str, name: str, samples: Mapping[str, str], value: str, is_proposed: bool) -> None:
    _, label, what = ASKED[name]
    options = [_NONE, *(header for header in samples if header)]
    notes = [note for note in (what, "proposé" if is_proposed else "") if note]
    st.selectbox(f"{label} ({', '.join(notes)})" if notes else label, options, index=options.index(value) if value in options else 0,
                 format_func=lambda header: _told(header, samples), key=_key(job, name))


def _told(header: str, samples: Mapping[str, str]) -> str:
    """A column by its header and one value of it."""
    if header == _NONE:
        return "Aucune colonne"
    sample = samples.get(header, "")
    return f"{header} (ex. : {sample[:40]}{'…' if len(sample) > 40 else ''})" if sample else header


def _key(job: str, name: str) -> str:
    return f"w_column_{job}_{name}"


def _chosen(job: str) -> dict[str, str]:
    """Field → header, as the lists stand; a field without a column is not read."""
    return {name: str(st.session_state.get(_key(job, name)) or "") for name in ASKED}


def _again(session, reader, job: str) -> Job:
    columns = _chosen(job)
    if not columns["title"]:
        raise Invalid({"title": "Dites quelle colonne porte le titre : une idée n'entre pas sans titre."})
    used = [header for header in columns.values() if header]
    twice = next((header for header in used if used.count(header) > 1), None)
    if twice:
        raise Invalid({"columns": f"La colonne « {twice[:80]} » est choisie deux fois : elle ne peut remplir qu'un champ."})
    return jobs.ask_again(session, reader, job, columns)


# ── People and directions ────────────────────────────────────────────────────────────────────────────────────────

_REGISTERS = {"directions": ("Les directions et les effectifs", "code ; nom ; type ; parent ; effectif ; sans poste ; au", import_directions),
              "people": ("Le personnel", "matricule (ou e-mail) ; prénom ; nom ; fonction ; famille ; service ; poste informatique ; depuis ; parti le", import_people)}
_TRIED, _SHOWN = "_cp_register_report", 20


def registers_box() -> None:
    """A file of people or of directions: tried first, and written once its report has been seen."""
    form = Form("register")
    with st.container(border=True, key="cp_register"):
        st.radio("Que voulez-vous importer ?", list(_REGISTERS), format_func=lambda kind: _REGISTERS[kind][0], captions=[told[1] for told in _REGISTERS.values()],
                 key=form.default("kind", "directions"))
        st.file_uploader("Fichier CSV, XLSX, XLS ou ODS, 5 Mo au plus", key=form.key("file"))
        form.error("file")
        form.try_button("Essayer sans rien écrire", lambda session, reader: _tried(session, reader, form), icon=":material/science:")
        form.error("form")
        found = st.session_state.get(_TRIED)
        if found and found[0] == _mark(form):
            _register_report(form, found[1])


def _mark(form: Form) -> str:
    """What was tried: a report of anything else is not shown."""
    file = form.value("file")
    return f"{form.turn} {form.value('kind')} {sha256(file.getvalue()).hexdigest() if file else ''}"


def _imported(session, reader, form: Form, dry_run: bool) -> ImportReport:
    file = form.value("file")
    if file is None:
        raise Invalid({"file": "Choisissez d'abord un fichier."})
    return _REGISTERS[form.value("kind")][2](session, reader, file.getvalue(), file.name, How(dry_run, most=settings().cp_import_rows))


def _tried(session, reader, form: Form) -> None:
    st.session_state[_TRIED] = (_mark(form), _imported(session, reader, form, dry_run=True))


def _register_report(form: Form, report: ImportReport) -> None:
    head, *rest = report.sentences()
    gone = [sentence for sentence in rest if "ne figurent plus" in sentence]
    st.html("".join(f"<p>{text_html(sentence)}</p>" for sentence in (head, *gone)))
    rows = [(p.line, p.column, p.reason, "refusée") for p in report.refused] + [(p.line or "", p.column, p.reason, "à vérifier") for p in report.warnings]
    if rows:
        headings = ("Ligne", "Colonne", "Ce qui ne va pas", "Effet")
        table(headings, rows[:_SHOWN], "Ce qui ne va pas dans le fichier", frozenset({0}))
        csv_button("points-a-regarder", headings, lambda: rows, "Télécharger les points à regarder (CSV)")
    to_write = report.new + report.changed
    if to_write:
        form.button(f"Importer {french.counted(to_write, 'ligne')}", lambda session, reader: _brought_in(session, reader, form), field="write", icon=":material/upload:")
    else:
        told(nothing_to_bring(report.as_json()))


def nothing_to_bring(found: Mapping) -> str:
    """Why a file brings nothing: each of its rows is here already, or none could be read."""
    refused = len(found["refused"])
    if found["unchanged"] or not refused:
        return "Rien à importer : tout est déjà là" + (f", et {french.counted(refused, 'ligne est refusée', 'lignes sont refusées')}." if refused else ".")
    return "Rien à importer : chaque ligne est refusée. Corrigez le fichier, puis essayez encore."


def _brought_in(session, reader, form: Form) -> str:
    report = _imported(session, reader, form, dry_run=False)
    st.session_state.pop(_TRIED, None)
    return f"L'import est enregistré : {french.counted(report.new, 'ligne nouvelle', 'lignes nouvelles')}, {french.counted(report.changed, 'modifiée')}."
