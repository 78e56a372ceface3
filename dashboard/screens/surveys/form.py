"""Survey imports by the programme office, as a job that is tried first; naming coded answers."""

from collections.abc import Mapping, Sequence

import streamlit as st

from dashboard import cached, french
from dashboard.access import Reader
from dashboard.actions.operations import jobs
from dashboard.actions.surveys.imports import checked
from dashboard.actions.surveys.labels import labels_in, name_answers
from dashboard.files.matching.correspondences import NONE, read_correspondence
from dashboard.files.surveys.columns import FIELDS
from dashboard.queries.operations.jobs import JobLine, recent
from dashboard.queries.surveys.results import Result, together
from dashboard.scope import Scope
from dashboard.ui.components import draw, escape_md
from dashboard.ui.forms import Form, FormState, form_state
from dashboard.ui.jobs import ask_button, found_in, heading, jobs_list, problems, quiet_sentence
from dashboard.ui.tables import table
from dashboard.visit.navigation import address, current_stay
from models.clock import now
from models.database import fetch
from models.errors import Invalid, Refused
from models.jobs import Job
from models.scales import is_scale
from models.surveys import QuestionKind, Survey

KIND = "enquetes"


# ── The import ────────────────────────────────────────────────────────────────────────────────────


def import_box(scope: Scope) -> None:
    """A file of answers and its description; below, today's trials and imports."""
    form = Form("survey")
    with st.expander("Importer une enquête", icon=":material/upload:", key="w_survey_import"):
        st.caption(
            french.typo(
                "Un export de LimeSurvey (codes des questions) ou un tableau : une ligne par fiche,"
                " une colonne par question, 5 Mo au plus. Ce qui dit qui répond, d'où ou quand"
                " n'est pas lu ; l'essai nomme ces colonnes."
            )
        )
        form.field(
            "file",
            st.file_uploader,
            "Fichier CSV, XLSX, XLS ou ODS",
            max_upload_size=jobs.FILE_MB,
        )
        _about_fields(form)
        # Read now: the act must not touch Streamlit's state (see `form_state`).
        remembered = form_state(form.name)
        stay = current_stay()
        ask_button(
            "Essayer sans rien écrire",
            form.name,
            lambda session, reader: _ask_trial(session, reader, form, remembered, stay),
            icon=":material/science:",
            primary=False,
        )
    _recent_imports(scope)


def _about_fields(form: Form) -> None:
    """The description of a survey: series, day, title, respondents."""
    left, right = st.columns(2)
    with left:
        form.field(
            "series",
            st.text_input,
            "Série",
            max_chars=120,
            placeholder="Baromètre des agents",
            help="Le même nom pour chaque vague : c'est lui qui permet de comparer.",
        )
        form.field(
            "on",
            st.date_input,
            "Date de l'enquête",
            None,
            format="DD/MM/YYYY",
            max_value=cached.today(),
        )
    with right:
        form.field("title", st.text_input, "Titre (facultatif)", max_chars=255)
        form.field(
            "invited", st.number_input, "Personnes invitées (facultatif)", None, None, None, step=1
        )
        form.field(
            "number",
            st.number_input,
            "Numéro de la vague ce jour-là (facultatif)",
            None,
            None,
            None,
            step=1,
            help="Seulement si la série a eu plusieurs vagues le même jour : 2 pour la deuxième.",
        )
    st.checkbox("Les réponses sont celles de citoyens", key=form.key("citizens"))
    with st.expander("Reprendre une correspondance des colonnes", key=form.key("map_box")):
        st.file_uploader("Fichier TOML", key=form.key("map"), max_upload_size=jobs.FILE_MB)
        fields = ", ".join(field.in_file for field in FIELDS.asked)
        st.caption(french.typo(f"Facultatif : quelle colonne est quoi, sous les noms {fields}."))


def _recent_imports(scope: Scope) -> None:
    any_yet = fetch(recent, scope.reader, now(), 1, [KIND])
    if any_yet:
        heading(
            "Vos essais et vos imports",
            "Vous pouvez quitter cet écran : vous les retrouverez ici pendant un jour. Le fichier"
            " est effacé avec eux.",
        )
        jobs_list(
            scope.reader,
            [KIND],
            empty="",
            title=_title,
            done=lambda line: _report(scope, line),
            limit=4,
        )


def _ask_trial(session, reader: Reader, form: Form, remembered: FormState, stay: int) -> Job:
    file = form.value("file")
    columns = form.value("map")
    number = form.value("number")
    given = Survey(
        series=str(form.value("series") or ""),
        on=form.value("on"),
        title=str(form.value("title") or ""),
        invited=form.value("invited"),
        agents=not form.value("citizens"),
        number=1 if number is None else number,
    )
    errors = {} if file else {"file": "Choisissez d'abord un fichier, de 5 Mo au plus."}
    try:
        given = checked(session, given)
    except Invalid as wrong:
        errors |= wrong.errors
    remembered.refuse(errors, stay)
    if errors:
        raise Refused("Complétez ce qui est indiqué ci-dessus : rien n'a été lu.")
    more = {
        "serie": given.series,
        "le": given.on.isoformat(),
        "titre": given.title,
        "invites": str(given.invited or ""),
        "citoyens": "" if given.agents else "oui",
        "vague": str(given.number),
    }
    return jobs.ask_trial(
        session,
        reader,
        KIND,
        file.getvalue(),
        file.name,
        more=more,
        given=read_correspondence(columns.getvalue(), FIELDS, columns.name) if columns else NONE,
    )


def _title(line: JobLine) -> str:
    what = "Import" if line.params.get("essai") else "Essai"
    return f"{what} · {line.params['titre']} · {line.params['fichier']}"


def _report(scope: Scope, line: JobLine) -> None:
    """The content of the file, question by question, and the button that imports it; after the
    import, the link to its results.
    """
    report = found_in(scope, line)
    if not report:
        return None
    if line.params.get("essai"):
        return draw(
            "jobs/sentence_with_link.html",
            sentence=french.counted(report["new"], "fiche importée", "fiches importées"),
            label="Voir les résultats",
            href=address("concertation", scope, enquete=report["survey_id"]),
        )
    if report["new"]:
        quiet_sentence(
            "Essai : rien n'a été écrit."
            f" {french.counted(report['new'], 'fiche est prête', 'fiches sont prêtes')} à être"
            f" importée{'s' if report['new'] > 1 else ''}."
        )
    for sentence in report["told"]:
        quiet_sentence(sentence)
    problems(line, report)
    _understood(line, report["questions"])
    if report["new"]:
        ask_button(
            f"Importer {french.counted(report['new'], 'fiche')}",
            f"import_{line.id}",
            lambda session, reader: jobs.ask_import(session, reader, line.id),
            icon=":material/upload:",
        )
    else:
        quiet_sentence("Ces réponses sont déjà là : rien à importer.")


def _understood(line: JobLine, questions: Sequence[Mapping]) -> None:
    """How each question was interpreted, before anything is written."""
    understood = french.counted(len(questions), "question est comprise", "questions sont comprises")
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
        st.caption(
            french.typo(
                "Une question comprise autrement ? Donnez une correspondance : « choix »,"
                " « plusieurs » et « textes » nomment les colonnes à lire comme un choix, comme un"
                " choix de plusieurs ou comme des textes libres, « ignorees » celles à laisser,"
                " séparées par « | »."
            )
        )


# ── Answers that came as codes ────────────────────────────────────────────────────────────────────


def has_codes(results: Sequence[Result]) -> bool:
    return any(result.is_coded for result in results)


def naming(survey: Survey, results: Sequence[Result]) -> None:
    """« Libellés des réponses »: a question or a whole matrix at once, a line per code."""
    # A score from 0 to 10 has no labels.
    subjects = [
        line_group
        for line_group in together(results)
        if line_group[0].kind is not QuestionKind.zero_to_ten
    ]
    if not subjects:
        return
    coded = [lines for lines in subjects if has_codes(lines)]
    draw("ui/heading.html", text="Libellés des réponses", level=2, hidden=False)
    if coded:
        carry = french.counted(len(coded), "question porte", "questions portent")
        explanation = (
            f"{carry} encore des codes. Avec leurs libellés, chacun les comprend, et elles se"
            " découpent par direction et par famille de fonctions."
        )
        st.info(escape_md(french.typo(explanation)), icon=":material/label:")
    form = Form(f"labels_{survey.id}")
    with st.expander(
        "Nommer les réponses d'une question",
        icon=":material/label:",
        expanded=bool(coded),
        key=f"w_naming_{survey.id}",
    ):
        at = st.selectbox(
            "Question ou tableau à nommer",
            list(range(len(subjects))),
            index=subjects.index(coded[0]) if coded else 0,
            key=form.key("question"),
            format_func=lambda at: _named_subject(subjects[at][0]),
        )
        _labels(form, subjects[at])


def _named_subject(first: Result) -> str:
    return f"{first.code.split('[')[0][:12]} · {first.matrix or first.text}"


def _labels(form: Form, lines: Sequence[Result]) -> None:
    choices = list(dict.fromkeys(choice for line in lines for choice in line.choices))
    name = f"text_{lines[0].question_id}"
    whole_matrix = " (pour toutes les lignes du tableau)" if len(lines) > 1 else ""
    st.text_area(
        f"Un libellé par ligne{whole_matrix}",
        height=36 * max(len(choices), 3) + 24,
        key=form.default(name, "\n".join(f"{choice} = " for choice in choices)),
        help="« A1 = Tout à fait d'accord ». Une ligne sans libellé reste comme elle est.",
    )
    form.error("labels")
    form.send(
        "Enregistrer les libellés",
        lambda session, reader: _named(session, reader, form, name, lines, choices),
        icon=":material/check:",
    )


def _named(
    session, reader: Reader, form: Form, name: str, lines: Sequence[Result], choices: Sequence[str]
) -> str:
    labels = labels_in(str(form.value(name) or ""), choices)
    n = name_answers(session, reader, [line.question_id for line in lines], labels)
    if n == 1:
        message = f"{french.counted(n, 'réponse a', 'réponses ont')} son libellé."
    else:
        message = f"{french.number(n)} réponses ont leur libellé."
    if not is_scale([labels.get(choice, choice) for choice in choices]):
        return message
    return f"{message} C'est une échelle connue : la part favorable est calculée."
