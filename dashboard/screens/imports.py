"""Blocks of imports: a file is tried first and written once its report has been seen."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date

import streamlit as st
from rapidfuzz import process

from dashboard import french
from dashboard.access import may
from dashboard.actions.imports import importable
from dashboard.actions.operations import jobs
from dashboard.actions.register_imports import (
    remove_correspondence,
    store_correspondence,
    stored_correspondences,
)
from dashboard.files.ideas.columns import OWN
from dashboard.files.matching.fields import NONE, Correspondence, Field, read_correspondence
from dashboard.files.values import quoted
from dashboard.queries.exported_tables import EXPORTED
from dashboard.queries.operations.jobs import JobLine
from dashboard.scope import Scope
from dashboard.screens.reference import offer_table
from dashboard.ui.components import draw, escape_md, link_buttons
from dashboard.ui.downloads import download
from dashboard.ui.forms import Form
from dashboard.ui.jobs import ask_button, found_in, jobs_list, problems, quiet_sentence
from dashboard.ui.tables import table
from dashboard.visit.navigation import address
from models.communities import Community
from models.database import fetch
from models.jobs import REGISTERS, Job
from models.search import fold
from models.surveys import QuestionKind
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
    columns = french.counted(len(layout["columns"]), "colonne lue", "colonnes lues")
    if proposed := len(layout["proposed"]):
        columns += f", {french.counted(proposed, 'proposée')}"
    columns_title = f"{layout['profile']} : {columns}" if layout["profile"] else columns
    with st.expander(
        columns_title,
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
        unknown = found.get("unknown", {})
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
        _columns_table(layout, line)
        _try_or_keep(line, found, is_open)


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


_SOURCE_MAX = 100
TITLES = {kind: register.title for kind, register in REGISTERS.items()}
_CAPTIONS = {
    "idees": "Dépôts venus d'un autre outil (Decidim, Fider, Cap Collectif, Consul, tableau) :"
    " textes, états, votes, commentaires, dates.",
    "enquetes": "Un export de LimeSurvey (codes des questions) ou un tableau : une ligne par fiche,"
    " une colonne par question. Ce qui dit qui répond, d'où ou quand n'est pas lu.",
    "pst": "Ce que dit votre outil du PST : XML d'eComptes (201805V1), « État d'avancement » (ODS,"
    " XLSX).",
}
# What some kinds ask for beside their file (`asks` of REGISTERS): the widget, its label, its
# options.
_ASKED: Mapping[str, tuple[Callable[..., object], str, Mapping[str, object]]] = {
    "source": (
        st.text_input,
        "Nom de la source (facultatif)",
        {
            "max_chars": _SOURCE_MAX,
            "placeholder": "reconnue d'après ce qui est déjà là",
            "help": "Sans nom, la source est celle qui a déjà donné ces idées, quel que soit le nom"
            " du fichier ; une nouvelle si aucune ne les a données.",
        },
    ),
    "agents": (
        st.checkbox,
        "Ces dépôts sont ceux de nos agents",
        {"help": "Ils comptent alors dans la participation ; sinon, dans les réponses seulement."},
    ),
    "year": (
        st.number_input,
        "Année des sessions",
        {
            "min_value": 2000,
            "max_value": 2100,
            "value": None,
            "step": 1,
            "placeholder": "AAAA",
            "help": "À donner quand le fichier ne dit que le mois.",
        },
    ),
    "own": (
        st.checkbox,
        "Ces participants sont nos agents",
        {
            "help": "Reconnus par leur matricule, leur e-mail ou leur nom, dans nos sessions. Sans"
            " cela ils restent hors de nos personnes."
        },
    ),
    "take_erased": (
        st.checkbox,
        "Reprendre les personnes effacées",
        {
            "help": "Une personne effacée à sa demande et que le fichier nomme encore reste dehors."
            " Cochez pour la reprendre comme une nouvelle personne, sans lien avec ce qui est"
            " resté d'elle ; le journal le retient."
        },
    ),
    "series": (
        st.text_input,
        "Série",
        {
            "max_chars": 120,
            "placeholder": "Baromètre des agents",
            "help": "Le même nom pour chaque vague : c'est lui qui permet de comparer.",
        },
    ),
    "on": (
        st.date_input,
        "Date du fichier ou de l'enquête",
        {"value": None, "format": "DD/MM/YYYY", "help": "Un PST sans date vaut dès aujourd'hui."},
    ),
    "title": (st.text_input, "Titre (facultatif)", {"max_chars": 255}),
    "invited": (
        st.number_input,
        "Personnes invitées (facultatif)",
        {"min_value": 1, "value": None, "step": 1},
    ),
    "number": (
        st.number_input,
        "Numéro de la vague ce jour-là",
        {
            "min_value": 1,
            "value": 1,
            "step": 1,
            "help": "2 si la série a eu une deuxième vague le même jour.",
        },
    ),
    "citizens": (st.checkbox, "Les réponses sont celles de citoyens", {}),
    "community": (
        st.selectbox,
        "Communauté",
        {
            "options": list(Community),
            "format_func": lambda community: community.label,
            "index": None,
            "placeholder": "Choisissez",
        },
    ),
}


# ── Choosing a file ───────────────────────────────────────────────────────────────────────────────


def imports_box(scope: Scope, kinds: Sequence[str], name: str) -> None:
    """What, which file, from where, under which correspondence; it is only tried."""
    asked = st.query_params.get("genre")
    with st.container(border=True, key=f"cp_{name}"):
        kind = st.selectbox(
            "Que voulez-vous importer ?",
            kinds,
            index=kinds.index(asked) if asked in kinds else 0,
            format_func=TITLES.get,
            key=f"w_{name}_kind",
        )
        columns = ", ".join(importable(kind).columns)
        st.caption(_CAPTIONS.get(kind) or f"Colonnes lues : {columns}.")
        file = st.file_uploader(
            "Fichier CSV, JSON, XML, XLSX, XLS ou ODS",
            key=f"w_{name}_file",
            max_upload_size=jobs.FILE_MB,
        )
        st.caption(
            f"Plus de {jobs.FILE_MB} Mo ou de {french.number(jobs.FILE_ROWS)} lignes :"
            " le service informatique l'importe."
        )
        for option in REGISTERS[kind].asks:
            widget, label, how = _ASKED[option]
            widget(label, key=_asked_key(kind, option), **how)
        if kind in EXPORTED and may(scope.reader, EXPORTED[kind].right):
            with st.container(horizontal=True, key=f"cp_{name}_files"):
                offer_table(scope, EXPORTED[kind])
        map_file = _correspondences(scope, kind)
        ask_button(
            "Vérifier sans rien enregistrer",
            f"{name}_try",
            lambda session, reader: _ask_trial(session, reader, kind, file, map_file),
            icon=":material/science:",
        )


def imports_list(scope: Scope, kinds: Sequence[str], limit: int = 8) -> None:
    """What the reader tried and brought in, with what each found."""
    jobs_list(
        scope.reader,
        kinds,
        empty="Aucun essai ni import depuis un jour.",
        title=_title,
        done=lambda line: _report(scope, line),
        limit=limit,
    )


def _asked_key(kind: str, option: str) -> str:
    return f"w_import_{kind}_{option}"


def _correspondences(scope: Scope, kind: str) -> object | None:
    """Those that the town has stored; a file that says which column is which."""
    stored = fetch(stored_correspondences, kind)
    with st.expander("Reprendre une correspondance des colonnes", key=f"w_import_map_box_{kind}"):
        for one in stored:
            headers = ", ".join(header for named in one.columns.values() for header in named)
            st.caption(escape_md(f"{one.name} : prise d'elle-même quand un fichier a {headers}."))
            form = Form(f"map_{kind}_{one.name}")
            form.button(
                f"Supprimer « {one.name} »",
                lambda session, reader, name=one.name: remove_correspondence(
                    session, reader, kind, name
                ),
                icon=":material/delete:",
                done=f"La correspondance « {one.name} » est supprimée.",
            )
        return st.file_uploader(
            "Fichier TOML, téléchargé après un essai",
            key=f"w_import_map_{kind}",
            max_upload_size=jobs.FILE_MB,
        )


def _ask_trial(session, reader, kind: str, file, map_file) -> Job:
    if file is None:
        raise Invalid({"file": "Choisissez d'abord un fichier, de 5 Mo au plus."})
    given = (
        read_correspondence(map_file.getvalue(), importable(kind), map_file.name)
        if map_file
        else NONE
    )
    values = {name: st.session_state.get(_asked_key(kind, name)) for name in REGISTERS[kind].asks}
    chosen = {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in values.items()
        if value not in (None, "", False)
    }
    return jobs.ask_trial(session, reader, kind, file.getvalue(), file.name, given, chosen)


def _title(line: JobLine) -> str:
    what = "Import" if line.params.get("essai") else "Essai"
    title = re.sub("^(Des|Les|Le) ", "", TITLES[line.kind])
    return f"{what} · {french.sentence_case(title)} · {line.params.get('fichier', '')}"


def _report(scope: Scope, line: JobLine) -> None:
    """The counts, one sentence, the problems, and the next step of a dry run."""
    found = found_in(scope, line)
    if not found:
        return
    if "refusal" in found:
        quiet_sentence(
            f"« {line.params.get('fichier', '')} » n'a pas de colonne"
            f" {quoted(found['layout']['missing'])} que nous connaissions. Dites quelle"
            " colonne est quoi, puis essayez."
        )
        return columns_box(line, found, is_open=True)
    tally(found)
    for sentence in found.get("told", ()):
        quiet_sentence(sentence)
    problems(line, found)
    if questions := found.get("questions"):
        understood = french.counted(
            len(questions), "question est comprise", "questions sont comprises"
        )
        with st.expander(f"Comment {understood}", key=f"w_asked_{line.id}"):
            table(
                ("Code", "Question", "Comprise comme", "Réponses possibles"),
                [
                    (
                        q["code"],
                        " — ".join(filter(None, (q["matrix"], q["text"]))),
                        QuestionKind(q["kind"]).label,
                        ", ".join(q["choices"]) or "–",
                    )
                    for q in questions
                ],
                "Questions du fichier",
            )
    if not line.params.get("essai") and found.get("layout"):
        columns_box(line, found, is_open=bool(found.get("unknown")))
    what_comes_next(scope, line, found)


# ── What an import found, and what comes next ─────────────────────────────────────────────────────


def what_comes_next(scope: Scope, line: JobLine, found: Mapping) -> None:
    """The import that a dry run leads to, or what an import has done."""
    if line.params.get("essai"):
        refused = len(found["refused"])
        left = french.counted(refused, "ligne refusée est restée", "lignes refusées sont restées")
        quiet_sentence("L'import est enregistré." + (f" {left} dehors." if refused else ""))
        if survey := found.get("survey_id"):
            href = address("concertation", scope, enquete=survey)
            link_buttons([("Voir les résultats", href, "query_stats")])
        return
    if source := found.get("elsewhere"):
        ask_button(
            f"Mettre à jour ceux de « {source} »",
            f"source_{line.id}",
            lambda session, reader: jobs.ask_again(session, reader, line.id, {"source": source}),
            icon=":material/sync:",
            primary=False,
        )
    to_write = found["new"] + found["changed"]
    noun = "fiche" if "questions" in found else "ligne"
    if to_write:
        ask_button(
            f"Importer {french.counted(to_write, noun)}",
            f"import_{line.id}",
            lambda session, reader: jobs.ask_import(session, reader, line.id),
            icon=":material/upload:",
        )
    else:
        quiet_sentence(nothing_to_bring(found))


def refused_lines(found: Mapping) -> int:
    """A line may have several faults: it is refused once."""
    return len({problem["line"] for problem in found["refused"]})


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
