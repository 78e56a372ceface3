"""Imports: ideas, measures and registrations that come from elsewhere; tried first, then
imported, found again on return.
"""

import streamlit as st

from dashboard import cached, french
from dashboard.access import may
from dashboard.actions.operations import jobs
from dashboard.actions.register_imports import columns_of
from dashboard.files.ideas.correspondences import column_map
from dashboard.queries.operations.jobs import JobLine
from dashboard.scope import Scope
from dashboard.screens.imports import (
    columns_box,
    place_asked,
    what_comes_next,
    what_was_found,
)
from dashboard.ui.jobs import ask_button, found_in, heading, jobs_list, quiet_sentence
from dashboard.ui.page import page_header
from dashboard.visit.navigation import current_scope
from models.errors import Invalid
from models.jobs import REGISTERS, Job

KINDS = {
    "idees": "Des idées",
    "releves": "Des relevés",
    "inscriptions": "Des inscriptions",
    **{kind: register.title for kind, register in REGISTERS.items() if register.is_on_imports},
}
WHAT = {
    "idees": (
        "Dépôts venus d'un autre outil (Decidim, Fider, Cap Collectif, Consul, tableau) : textes,"
        " états, votes, commentaires, dates."
    ),
    "releves": "Valeurs mesurées ailleurs : chiffre, date, valeur, n, source, direction.",
    "inscriptions": (
        "Inscriptions d'une autre académie (CSV, JSON) : formation, session, état ; ses"
        " participants restent hors de nos personnes."
    ),
    **{
        kind: f"Fichier CSV ou XLSX : {', '.join(columns_of(kind))}."
        for kind, register in REGISTERS.items()
        if register.is_on_imports
    },
}
WHAT["pst"] = (
    "Ce que dit votre outil du PST : XML d'eComptes (201805V1), « État d'avancement » (ODS, XLSX)."
)
DATED = {kind for kind, register in REGISTERS.items() if register.takes_day}
_SOURCE_MAX = 100


def render(scope: Scope) -> None:
    page_header(
        "Imports",
        "Ce qui vient d'un autre outil entre en deux temps : un essai qui n'écrit rien, puis"
        " l'import.",
    )
    if not may(scope.reader, "idea.import"):
        st.warning("Importer n'est pas ouvert à votre rôle.", icon=":material/lock:")
        return
    _choice()
    heading(
        "Vos essais et vos imports",
        "Chacun se fait à part : vous pouvez quitter cet écran et le retrouver ici pendant un jour."
        " Le fichier est effacé avec lui.",
    )
    jobs_list(
        scope.reader,
        list(KINDS),
        empty="Aucun essai ni import ces vingt-quatre dernières heures.",
        title=_title,
        done=lambda line: _report(scope, line),
    )


def _choice() -> None:
    """What, which file, from where, under which correspondence of columns."""
    with st.container(border=True, key="cp_import"):
        kind = st.radio(
            "Que voulez-vous importer ?",
            list(KINDS),
            index=place_asked(list(KINDS)),
            format_func=KINDS.get,
            captions=list(WHAT.values()),
            key="w_import_kind",
        )
        file = st.file_uploader(
            f"Fichier CSV, JSON, XML, XLSX, XLS ou ODS, {jobs.FILE_MB} Mo au plus",
            key="w_import_file",
            max_upload_size=jobs.FILE_MB,
        )
        st.caption(
            f"Plus de {jobs.FILE_MB} Mo ou de {french.number(jobs.FILE_ROWS)} lignes :"
            " l'administrateur l'importe par la commande `c-possible import`."
        )
        if kind == "inscriptions":
            st.number_input(
                "Année des sessions",
                min_value=2000,
                max_value=2100,
                value=None,
                step=1,
                key="w_import_year",
                placeholder="AAAA",
                help="À donner quand le fichier ne dit que le mois.",
            )
        if kind in DATED:
            st.date_input(
                "Date du fichier", cached.today(), format="DD/MM/YYYY", key="w_import_day"
            )
        map_file = _of_ideas() if kind == "idees" else None
        ask_button(
            "Essayer sans rien écrire",
            "import_try",
            lambda session, reader: _ask_trial(session, reader, kind, file, map_file),
            icon=":material/science:",
        )


def _of_ideas() -> object | None:
    """What a file of ideas is said to be; the file that says which column is which."""
    st.text_input(
        "Nom de la source (facultatif)",
        key="w_import_source",
        max_chars=_SOURCE_MAX,
        placeholder="reconnu d'après le fichier",
        help=(
            "Donnez le même nom à chaque import d'un même outil : c'est lui qui fait reconnaître"
            " les idées déjà importées."
        ),
    )
    st.checkbox(
        "Ces dépôts sont ceux de nos agents",
        key="w_import_agents",
        help="Ils comptent alors dans la participation ; sinon, dans les réponses seulement.",
    )
    with st.expander("Reprendre une correspondance des colonnes", key="w_import_map_box"):
        return st.file_uploader(
            "Fichier TOML, téléchargé après un essai",
            key="w_import_map",
            max_upload_size=jobs.FILE_MB,
        )


def _ask_trial(session, reader, kind: str, file, map_file) -> Job:
    if file is None:
        raise Invalid({"file": "Choisissez d'abord un fichier, de 5 Mo au plus."})
    state = st.session_state
    columns = (
        column_map(map_file.getvalue(), map_file.name) if map_file and kind == "idees" else None
    )
    return jobs.ask_trial(
        session,
        reader,
        kind,
        file.getvalue(),
        file.name,
        str(state.get("w_import_source") or "").strip(),
        bool(state.get("w_import_agents")) and kind == "idees",
        columns,
        state.get("w_import_year") if kind == "inscriptions" else None,
        more={"le": _day_of_file()} if kind in DATED else None,
    )


def _day_of_file() -> str:
    day = st.session_state.get("w_import_day")
    return day.isoformat() if day else ""


def _title(line: JobLine) -> str:
    what = "Import" if line.params.get("essai") else "Essai"
    return f"{what} · {KINDS[line.kind].removeprefix('Des ')} · {line.params.get('fichier', '')}"


# ── What an import found ──────────────────────────────────────────────────────────────────────────


def _report(scope: Scope, line: JobLine) -> None:
    """The counts, one sentence, the problems, and the next step of a dry run."""
    found = found_in(scope, line)
    if not found:
        return
    is_trial = not line.params.get("essai")
    if "refusal" in found:
        quiet_sentence(
            f"« {line.params.get('fichier', '')} » n'a pas de colonne de titre que nous"
            " connaissions. Dites quelle colonne est quoi, puis essayez."
        )
        return columns_box(line, found["layout"], is_open=True)
    what_was_found(line, found)
    if is_trial and found.get("layout"):
        columns_box(line, found["layout"], is_open=False)
    what_comes_next(line, found)


render(current_scope())
