"""Blocks of imports: which column of a file was read as what, corrected by a person with one
list per field; the registers of people and directions, tried and then written.
"""

from collections.abc import Mapping, Sequence

import streamlit as st

from dashboard import french
from dashboard.actions.operations import jobs
from dashboard.actions.register_imports import columns_of
from dashboard.files.ideas.columns import OWN_SOURCE
from dashboard.files.ideas.correspondences import as_toml
from dashboard.files.ideas.profiles import ASKED, PROFILES
from dashboard.queries.operations.jobs import JobLine
from dashboard.scope import Scope
from dashboard.ui.components import draw, escape_md
from dashboard.ui.downloads import download
from dashboard.ui.jobs import ask_button, found_in, jobs_list, problems, quiet_sentence
from models.errors import Invalid
from models.jobs import REGISTERS, Job

_OWN = next(profile.label for profile in PROFILES if profile.source == OWN_SOURCE)
_NONE = ""


def columns_box(line: JobLine, layout: Mapping, is_open: bool) -> None:
    """The columns of a dry run's file: what was read, what is proposed for the rest; another dry
    run takes the correction.
    """
    if layout["profile"] == _OWN:
        return quiet_sentence(f"Disposition reconnue : {_OWN}.")
    read = layout["columns"]
    proposed = layout["proposed"]
    with st.expander(
        _title(layout),
        expanded=is_open,
        icon=":material/table_view:",
        key=f"w_columns_box_{line.id}",
    ):
        if proposed:
            st.caption(
                french.typo(
                    "Ce qui est marqué « proposé » est une supposition : rien n'en est lu tant que"
                    " vous ne l'avez pas essayé."
                )
            )
        _fields(line, layout)
        used = {*read.values(), *proposed.values()}
        left = [header for header in layout["headers"] if header and header not in used]
        if left:
            st.caption(escape_md(f"Colonnes laissées de côté : {', '.join(left)}."))
        _try_or_keep(line, is_open)


def _fields(line: JobLine, layout: Mapping) -> None:
    read = layout["columns"]
    proposed = layout["proposed"]
    samples = dict(zip(layout["headers"], layout["samples"], strict=True))
    with st.container(key=f"cp_columns_{line.id}"):
        for name in ASKED:
            is_a_guess = name in proposed and name not in read
            header = read.get(name, proposed.get(name, _NONE))
            _field(line.id, name, samples, header, is_a_guess)


def _try_or_keep(line: JobLine, is_open: bool) -> None:
    # Taken now: the file is made outside the run of the page, where the lists are not known.
    chosen = _chosen(line.id)
    with st.container(horizontal=True, vertical_alignment="center"):
        ask_button(
            "Essayer avec ces colonnes",
            f"columns_{line.id}",
            lambda session, reader: _again(session, reader, line.id),
            icon=":material/science:",
            primary=is_open,
        )
        download(
            "Garder cette correspondance (TOML)",
            lambda: as_toml(chosen).encode(),
            "correspondance.toml",
            "application/toml",
            key=f"toml_{line.id}",
        )


def _title(layout: Mapping) -> str:
    """« Decidim, propositions : 7 colonnes lues, une proposée »."""
    read = sum(name in layout["columns"] for name in ASKED)
    proposed = sum(name in layout["proposed"] for name in ASKED)
    columns = french.counted(read, "colonne lue", "colonnes lues")
    if proposed:
        columns += f", {french.counted(proposed, 'proposée')}"
    return f"{layout['profile']} : {columns}" if layout["profile"] else columns


def _field(job: str, name: str, samples: Mapping[str, str], value: str, is_proposed: bool) -> None:
    _, label, what = ASKED[name]
    options = [_NONE, *(header for header in samples if header)]
    notes = [note for note in (what, "proposé" if is_proposed else "") if note]
    st.selectbox(
        f"{label} ({', '.join(notes)})" if notes else label,
        options,
        # A correspondence of another file may name a column that this one does not have.
        index=options.index(value) if value in options else 0,
        format_func=lambda header: _with_sample(header, samples),
        key=_key(job, name),
    )


def _with_sample(header: str, samples: Mapping[str, str]) -> str:
    """A column by its header and one value of it."""
    if header == _NONE:
        return "Aucune colonne"
    sample = samples.get(header, "")
    if not sample:
        return header
    shown = f"{sample[:40]}…" if len(sample) > 40 else sample
    return f"{header} (ex. : {shown})"


def _key(job: str, name: str) -> str:
    return f"w_column_{job}_{name}"


def _chosen(job: str) -> dict[str, str]:
    """Field → header, as the lists stand; a field without a column is not read."""
    return {name: str(st.session_state.get(_key(job, name)) or "") for name in ASKED}


def _again(session, reader, job: str) -> Job:
    columns = _chosen(job)
    if not columns["title"]:
        raise Invalid(
            {"title": "Dites quelle colonne porte le titre : une idée n'entre pas sans titre."}
        )
    used = [header for header in columns.values() if header]
    twice = next((header for header in used if used.count(header) > 1), None)
    if twice:
        sentence = (
            f"La colonne « {twice[:80]} » est choisie deux fois : elle ne peut remplir qu'un champ."
        )
        raise Invalid({"columns": sentence})
    return jobs.ask_again(session, reader, job, columns)


# ── What an import found, and what comes next ─────────────────────────────────────────────────────


def what_was_found(line: JobLine, found: Mapping) -> None:
    """The counts, what is to be known beside them, the problems."""
    tally(found)
    for sentence in found.get("told", ()):
        quiet_sentence(sentence)
    problems(line, found)


def what_comes_next(line: JobLine, found: Mapping) -> None:
    """The import that a dry run leads to, or what an import has done."""
    if line.params.get("essai"):
        return quiet_sentence(_import_in_words(found))
    to_write = found["new"] + found["changed"]
    if to_write:
        ask_button(
            f"Importer {french.counted(to_write, 'ligne')}",
            f"import_{line.id}",
            lambda session, reader: jobs.ask_import(session, reader, line.id),
            icon=":material/upload:",
        )
    else:
        quiet_sentence(nothing_to_bring(found))


def refused_lines(found: Mapping) -> int:
    """A line may have several faults: it is refused once."""
    return len({problem["line"] for problem in found["refused"]})


def _import_in_words(found: Mapping) -> str:
    if not found["refused"]:
        return "L'import est enregistré."
    left_out = french.counted(
        len(found["refused"]), "ligne refusée est restée", "lignes refusées sont restées"
    )
    return f"L'import est enregistré. {left_out} dehors."


def tally(found: Mapping) -> None:
    counts = (
        ("nouvelles", found["new"], ""),
        ("modifiées", found["changed"], ""),
        ("inchangées", found["unchanged"], ""),
        ("absentes du fichier", found["gone"], ""),
        ("refusées", refused_lines(found), "cp-some" if found["refused"] else ""),
    )
    draw(
        "imports/tally.html",
        counts=[
            (french.plural(n, name.replace("es ", "e ").removesuffix("s"), name), n, tone)
            for name, n, tone in counts
        ],
    )


def nothing_to_bring(found: Mapping) -> str:
    """Why a file brings nothing: it has no rows, each of them is here already, or none could be
    read.
    """
    refused = refused_lines(found)
    if found.get("rows") == 0:
        return "Rien à importer : sous l'en-tête, le fichier n'a aucune ligne."
    if not refused:
        return "Rien à importer : tout est déjà là."
    if found["unchanged"]:
        lines = french.counted(refused, "ligne est refusée", "lignes sont refusées")
        return f"Rien à importer : tout est déjà là, et {lines}."
    return "Rien à importer : chaque ligne est refusée. Corrigez le fichier, puis essayez encore."


# ── People and directions ─────────────────────────────────────────────────────────────────────────


def place_asked(kinds: Sequence[str]) -> int:
    """The place of the kind that the address asks for (« ?genre=jalons »), else the first."""
    asked = st.query_params.get("genre")
    return kinds.index(asked) if asked in kinds else 0


OF_THE_HOUSE = {
    kind: register for kind, register in REGISTERS.items() if not register.is_on_imports
}


def registers_box(scope: Scope) -> None:
    """A file of people or of directions: tried by itself first, written once its report has been
    seen.
    """
    with st.container(border=True, key="cp_register"):
        kind = st.radio(
            "Que voulez-vous importer ?",
            list(OF_THE_HOUSE),
            index=place_asked(list(OF_THE_HOUSE)),
            format_func=lambda kind: OF_THE_HOUSE[kind].title,
            captions=[" ; ".join(columns_of(kind)) for kind in OF_THE_HOUSE],
            key="w_register_kind",
        )
        file = st.file_uploader(
            f"Fichier CSV, XLSX, XLS ou ODS, {jobs.FILE_MB} Mo au plus",
            key="w_register_file",
            max_upload_size=jobs.FILE_MB,
        )
        if REGISTERS[kind].takes_erased:
            st.checkbox(
                "Reprendre les personnes effacées",
                key="w_register_erased",
                help=(
                    "Une personne effacée à sa demande et que le fichier nomme encore reste dehors."
                    " Cochez pour la reprendre comme une nouvelle personne, sans lien avec ce qui"
                    " est resté d'elle ; le journal le retient."
                ),
            )
        ask_button(
            "Essayer sans rien écrire",
            "register_try",
            lambda session, reader: _ask_register(session, reader, kind, file),
            icon=":material/science:",
        )
    jobs_list(
        scope.reader,
        list(OF_THE_HOUSE),
        empty="Aucun essai ni import ces vingt-quatre dernières heures.",
        title=_register_title,
        done=lambda line: _register_report(scope, line),
        limit=4,
    )


def _ask_register(session, reader, kind: str, file) -> Job:
    if file is None:
        raise Invalid({"file": "Choisissez d'abord un fichier, de 5 Mo au plus."})
    takes_erased = REGISTERS[kind].takes_erased and st.session_state.get("w_register_erased")
    return jobs.ask_trial(
        session,
        reader,
        kind,
        file.getvalue(),
        file.name,
        more={"effacees": "oui"} if takes_erased else None,
    )


def _register_title(line: JobLine) -> str:
    what = "Import" if line.params.get("essai") else "Essai"
    return (
        f"{what} ·"
        f" {REGISTERS[line.kind].title.removeprefix('Le ').removeprefix('Les ').capitalize()} ·"
        f" {line.params.get('fichier', '')}"
    )


def _register_report(scope: Scope, line: JobLine) -> None:
    found = found_in(scope, line)
    if found:
        what_was_found(line, found)
        what_comes_next(line, found)
