"""Blocks of imports: which column of a file was read as what, corrected by a person with one list per field."""

from collections.abc import Mapping

import streamlit as st

from dashboard import french
from dashboard.actions import jobs
from dashboard.components import escape_md
from dashboard.exchange.columns import OWN_SOURCE
from dashboard.exchange.correspondences import as_toml
from dashboard.exchange.profiles import ASKED, PROFILES
from dashboard.job_blocks import ask_button, told
from dashboard.queries.jobs import JobLine
from models.errors import Invalid
from models.keeping import Job

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
