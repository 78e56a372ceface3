"""Naming coded answers of a survey, by the programme office."""

from collections.abc import Sequence

import streamlit as st

from dashboard import french
from dashboard.access import Reader
from dashboard.actions.surveys.making import labels_in, name_answers
from dashboard.queries.surveys.results import Result, together
from dashboard.ui.components import draw, escape_md
from dashboard.ui.forms import Form
from models.scales import is_scale
from models.surveys import QuestionKind, Survey


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
