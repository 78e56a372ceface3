"""Which column of a file was read as which field, corrected by a person with one list per field."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import streamlit as st
from rapidfuzz import process

from dashboard import french
from dashboard.actions.operations import jobs
from dashboard.actions.register_imports import (
    importable,
    store_correspondence,
)
from dashboard.files.ideas.columns import OWN
from dashboard.files.matching.fields import Correspondence, Field
from dashboard.files.values import quoted
from dashboard.queries.operations.jobs import JobLine
from dashboard.ui.downloads import download
from dashboard.ui.forms import Form
from dashboard.ui.jobs import ask_button, quiet_sentence
from dashboard.ui.tables import table
from models.jobs import Job
from models.search import fold
from models.texts import Invalid

_NONE = ""
_WORDS = 12  # words of a file that one field offers to map
_ALIKE = 70  # per cent of the letters of a word of ours that is proposed


def columns_box(line: JobLine, found: Mapping, is_open: bool) -> None:
    """The columns of a dry run's file: what was read, what is proposed for the rest, which words
    are none of ours; another dry run takes the correction.
    """
    layout = found["layout"]
    if layout["profile"] == OWN.name:
        return quiet_sentence(f"Disposition reconnue : {OWN.name}.")
    with st.expander(
        _columns_title(layout),
        expanded=is_open,
        icon=":material/table_view:",
        key=f"w_columns_box_{line.id}",
    ):
        st.caption(
            french.typo(
                "Ce qui est marqué « proposé » est une supposition : rien n'en est lu tant que vous"
                " ne l'avez pas essayé. Un texte écrit à la place d'une colonne vaut pour toutes"
                " les lignes."
            )
        )
        samples = dict(zip(layout["headers"], layout["samples"], strict=True))
        with st.container(key=f"cp_columns_{line.id}"):
            for field in importable(line.kind).asked:
                _field(line, field, samples, layout)
        _unknown_words(line, found.get("unknown", {}))
        _columns_table(layout, line)
        _try_or_keep(line, found, is_open)


def _columns_title(layout: Mapping) -> str:
    """« Decidim, propositions : 7 colonnes lues, une proposée »."""
    columns = french.counted(len(layout["columns"]), "colonne lue", "colonnes lues")
    if proposed := len(layout["proposed"]):
        columns += f", {french.counted(proposed, 'proposée')}"
    return f"{layout['profile']} : {columns}" if layout["profile"] else columns


def _field(
    line: JobLine, field: Field, samples: Mapping[str, Sequence[str]], layout: Mapping
) -> None:
    code = field.code
    if field.holds_columns:
        key, chosen = _key(line.id, code), layout["lists"].get(code, [])
        return st.multiselect(field.label, list(filter(None, samples)), chosen, key=key)
    read = layout["columns"].get(code) or layout["fixed"].get(code)
    value = read or layout["proposed"].get(code, _NONE)
    options = [_NONE, *(header for header in samples if header)]
    if value not in options and value == layout["fixed"].get(code):
        options.append(value)
    also = ", ".join(importable(line.kind)[one].called for one in field.instead)
    needed = f"ou {also}" if also else "obligatoire" if field.needed and not field.note else ""
    notes = [note for note in (needed, field.note, "" if read or not value else "proposé") if note]
    st.selectbox(
        f"{field.label} ({', '.join(notes)})" if notes else field.label,
        options,
        # A correspondence of another file may name a column that this one does not have.
        index=options.index(value) if value in options else 0,
        format_func=lambda header: _with_sample(header, samples),
        accept_new_options=True,
        key=_key(line.id, code),
    )


def _with_sample(header: str, samples: Mapping[str, Sequence[str]]) -> str:
    """A column by its header and one value of it."""
    if header == _NONE:
        return "Aucune colonne"
    sample = next(iter(samples.get(header, ())), "")
    if not sample:
        return header
    shown = f"{sample[:40]}…" if len(sample) > 40 else sample
    return f"{header} (ex. : {shown})"


def _unknown_words(line: JobLine, unknown: Mapping[str, Mapping[str, Sequence[str]]]) -> None:
    """A list of our words for each word of the file that is none."""
    fields = importable(line.kind)
    for code, words in unknown.items():
        for word, ours in list(words.items())[:_WORDS]:
            nearest = process.extractOne(word, ours, processor=fold, score_cutoff=_ALIKE)
            st.selectbox(
                f"{fields[code].label} : « {word[:60]} » veut dire",
                [_NONE, *ours],
                index=nearest[2] + 1 if nearest else 0,
                format_func=lambda one: one or "Aucun des nôtres",
                key=_key(line.id, f"{code}={word}"),
            )


def _columns_table(layout: Mapping, line: JobLine) -> None:
    """Each column of the file with a few of its values and what it is read as."""
    fields = importable(line.kind)
    told = {header: f"{fields[c].label} (proposé)" for c, header in layout["proposed"].items()}
    told |= {header: fields[c].label for c, header in layout["columns"].items() if c in fields}
    told = dict.fromkeys(layout["beside"], "Question") | told
    columns = zip(layout["headers"], layout["samples"], strict=True)
    table(
        ("Colonne du fichier", "Exemples", "Lue comme"),
        [
            (header, " · ".join(values), told.get(header, "laissée de côté"))
            for header, values in columns
            if header
        ],
        "Colonnes du fichier",
    )


def _try_or_keep(line: JobLine, found: Mapping, is_open: bool) -> None:
    # Taken now: the file is made outside the run of the page, where the lists are not known.
    chosen = _chosen(line, found)
    form = Form(f"columns_{line.id}")
    form.field("name", st.text_input, "Nom sous lequel garder cette correspondance", max_chars=80)
    named = replace(chosen, name=form.text("name"))
    with st.container(horizontal=True, vertical_alignment="center"):
        ask_button(
            "Essayer avec ces colonnes",
            f"columns_{line.id}",
            lambda session, reader: _again(session, reader, line, chosen),
            icon=":material/science:",
            primary=is_open,
        )
        form.button(
            "La garder pour les prochains fichiers",
            lambda session, reader: store_correspondence(session, reader, line.kind, named),
            icon=":material/bookmark:",
            done=lambda name: (
                f"« {name} » est gardée : un fichier avec ces colonnes sera lu ainsi."
            ),
        )
        download(
            "Garder cette correspondance (TOML)",
            lambda: named.as_toml(importable(line.kind)).encode(),
            "correspondance.toml",
            "application/toml",
            key=f"toml_{line.id}",
        )


def _key(job: str, name: str) -> str:
    return f"w_column_{job}_{name}"


def _chosen(line: JobLine, found: Mapping) -> Correspondence:
    """What the lists say: a field without a column is not read."""
    layout, state = found["layout"], st.session_state
    columns, fixed = {}, {}
    for field in importable(line.kind).asked:
        if field.holds_columns:
            named = state.get(_key(line.id, field.code), layout["lists"].get(field.code, []))
            columns |= {field.code: named} if named else {}
            continue
        said = str(state.get(_key(line.id, field.code)) or _NONE)
        if said and said not in layout["headers"]:
            fixed[field.code] = said
        else:
            columns[field.code] = [said] if said else []
    values = {code: dict(words) for code, words in layout["values"].items()}
    for code, words in found.get("unknown", {}).items():
        ours = {word: state.get(_key(line.id, f"{code}={word}")) for word in words}
        values[code] = values.get(code, {}) | {word: one for word, one in ours.items() if one}
    return Correspondence(
        columns=columns, fixed=fixed, values={c: w for c, w in values.items() if w}
    )


def _again(session, reader, line: JobLine, chosen: Correspondence) -> Job:
    fields = importable(line.kind)
    there = {code for code, headers in chosen.columns.items() if headers} | chosen.fixed.keys()
    if missing := fields.missing(there):
        named = quoted(fields.told(field) for field in missing)
        raise Invalid({missing[0].code: f"Dites quelle colonne porte {named}."})
    used = [header for headers in chosen.columns.values() for header in headers]
    twice = next((header for header in used if used.count(header) > 1), None)
    if twice:
        sentence = (
            f"La colonne « {twice[:80]} » est choisie deux fois : elle ne peut remplir qu'un champ."
        )
        raise Invalid({"columns": sentence})
    return jobs.ask_again(session, reader, line.id, {"colonnes": jobs.in_params(chosen)})
