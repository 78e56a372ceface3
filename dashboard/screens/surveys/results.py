"""Blocks of survey results: a question with its answers and breakdowns, a matrix as a chart; naming
its coded answers.
"""

from collections.abc import Sequence

import streamlit as st
from markupsafe import Markup

from dashboard import french
from dashboard.access import Reader
from dashboard.actions.surveys.making import labels_in, name_answers
from dashboard.charts import surveys as charts
from dashboard.charts.plots import Chart
from dashboard.queries.figures.small_cells import SMALLEST, SMALLEST_AVERAGE
from dashboard.queries.surveys.asked import Standing, common_ground, sides, standing
from dashboard.queries.surveys.results import OTHERS, AnswerShare, Result, score, together
from dashboard.rendering import render
from dashboard.scope import Scope
from dashboard.ui.charts import show
from dashboard.ui.components import draw, escape_md, heading
from dashboard.ui.forms import Form
from dashboard.ui.tables import table
from models.scales import is_scale
from models.surveys import AGREE, QuestionKind, Survey

FEW = f"< {SMALLEST_AVERAGE}"
HIDDEN = "non affiché"
# Explained once on the page, so that « non affiché » needs no other words.
RULE = (
    f"Une question se lit à partir de {SMALLEST_AVERAGE} réponses."
    f" « {HIDDEN.capitalize()} » : moins de {SMALLEST} personnes, ou un nombre d'où l'on"
    " retrouverait un tel groupe."
)


# ── One question ──────────────────────────────────────────────────────────────────────────────────


def question_block(scope: Scope, survey: Survey, result: Result) -> None:
    """A question, its answers with their shares, and the breakdowns that may be shown."""
    heading(f"{result.matrix} — {result.text}" if result.matrix else result.text)
    st.caption(_summary(result))
    if not result.is_shown:
        return
    table(
        ("Réponse", "Part", "Personnes"),
        [
            (_with_bar(share, result.n), *reversed(share_of(share, result.n)))
            for share in result.shares
        ],
        f"Réponses : {result.text}",
        frozenset({1, 2}),
        download=f"enquete-{survey.id}-{file_name(result)}",
    )
    cuts(scope, survey, result)


def _summary(result: Result) -> str:
    if not result.is_shown:
        return french.typo(f"{answered(result.n).capitalize()} : {HIDDEN}.")
    parts = [answered(result.n)]
    if result.kind is QuestionKind.multiple:
        parts.append("plusieurs réponses possibles")
    if result.is_coded:
        parts.append("réponses en codes, pas encore nommées")
    if result.percent is not None and result.recommends is None:
        parts.append(f"{french.rate(result.favourable, result.judging)} favorables")
    if result.recommends is not None:
        parts.append(f"recommandation {french.signed(result.recommends, 'point', 1)}")
    if result.mean is not None:
        parts.append(f"moyenne {french.number(result.mean, 1)}")
    if result.middle is not None:
        parts.append(f"médiane {french.number(result.middle)}")
    return french.typo(" · ".join(parts))


def answered(n: int) -> str:
    """« 632 réponses », « moins de 10 réponses »."""
    if n < SMALLEST_AVERAGE:
        return f"moins de {SMALLEST_AVERAGE} réponses"
    return french.counted(n, "réponse")


def percent_of(share: AnswerShare, n: int) -> float | None:
    return None if share.n is None else 100 * share.n / n


def share_of(share: AnswerShare, n: int) -> tuple[str, str]:
    if share.n is None:
        return HIDDEN, french.UNKNOWN
    return french.number(share.n), french.percent(percent_of(share, n))


def _with_bar(share: AnswerShare, n: int) -> Markup:
    """An answer with its share as a bar; the numbers repeat it."""
    width = f"{percent_of(share, n) or 0:.1f}"
    return render("surveys/answer_with_bar.html", label=share.label, width=width)


def file_name(result: Result) -> str:
    return "".join(c if c.isalnum() else "-" for c in result.code)[:40].strip("-").lower()


def cuts(scope: Scope, survey: Survey, result: Result) -> None:
    """Breakdowns by direction in the order of the chart, and by job family in alphabetical
    order; without what must not be shown.
    """
    places = [
        (unit.name, result.cut.places[unit.id])
        for unit, _ in scope.tree.walk()
        if unit.id in result.cut.places
    ]
    families = sorted(result.cut.families.items())
    if not places and not families:
        return
    with (
        st.expander("Par direction et par famille de fonctions", key=f"w_cut_{result.question_id}"),
        st.container(key=f"cp_cut_{result.question_id}"),
    ):
        st.caption(french.typo(_cut_in_words(result)))
        if places:
            _cut_table(survey, result, "Direction", places)
        if families:
            _cut_table(survey, result, "Famille de fonctions", families)


def _cut_table(
    survey: Survey, result: Result, name: str, rows: Sequence[tuple[str, tuple[int, ...]]]
) -> None:
    table(
        (name, "Réponses", *_cut_headings(result)),
        [(label, *_cut_row(result, counts)) for label, counts in rows],
        f"{result.text} — par {name.lower()}",
        frozenset(range(1, 3 + len(result.cut.columns))),
        download=f"enquete-{survey.id}-{file_name(result)}-{name.split()[0].lower()}",
    )


def _cut_headings(result: Result) -> tuple[str, ...]:
    if result.cut.columns:
        return result.cut.columns
    if result.is_statement:
        return (AGREE,)
    return ("Favorables",) if result.recommends is None else ("Recommandation",)


def _cut_row(result: Result, counts: tuple[int, ...]) -> tuple[str, ...]:
    n, parts = result.persons_of(counts)
    if not result.cut.columns:
        scored = score(counts)
        is_share = result.recommends is None
        value = french.percent(scored, 0) if is_share else french.signed(scored, "point", 0)
        return french.number(n), value
    return french.number(n), *(french.percent(100 * part / n, 0) for part in parts)


def _cut_in_words(result: Result) -> str:
    """Which groups are shown, and which answers if not all are."""
    if not result.cut.columns:
        sides = "cinq au moins de chaque côté"
    elif result.kind is QuestionKind.multiple:
        sides = "où cinq au moins ont donné chaque réponse, et cinq ne l'ont pas donnée"
    else:
        sides = "cinq au moins par réponse"
    reason = (
        f"Sont montrés les groupes de dix réponses et plus, {sides}, et d'où aucune soustraction ne"
        " tire un plus petit."
    )
    if OTHERS in result.cut.columns:
        reason += f" Les réponses les moins données sont réunies sous « {OTHERS} »."
    elif result.kind is QuestionKind.multiple and len(result.cut.columns) < len(result.choices):
        reason += " Seules les réponses les plus données sont détaillées."
    return reason


# ── A matrix ──────────────────────────────────────────────────────────────────────────────────────


def matrix_block(scope: Scope, survey: Survey, lines: Sequence[Result]) -> None:
    """A matrix as one chart with its table; then the breakdowns of each line. Answers that are
    not steps stay in tables.
    """
    visible = [line for line in lines if line.is_shown]
    if not all(is_scale([share.label for share in line.shares]) for line in visible):
        for line in lines:
            question_block(scope, survey, line)
        return None
    if not visible:
        heading(lines[0].matrix)
        return st.caption(_summary(max(lines, key=lambda line: line.n)))
    _agreement_chart(scope, survey, visible, file_name(lines[0]), lines[0].matrix)
    table(
        ("Phrase", "Favorables"),
        [
            (
                line.text,
                f"{HIDDEN} ({answered(line.n)})"
                if line.favourable is None
                else french.rate(line.favourable, line.judging),
            )
            for line in lines
        ],
        f"{lines[0].matrix} — réponses favorables",
        frozenset({1}),
        download=f"enquete-{survey.id}-{file_name(lines[0])}",
    )
    _line_cuts(scope, survey, lines)


def _line_cuts(scope: Scope, survey: Survey, lines: Sequence[Result]) -> None:
    """The breakdowns of one of these lines, chosen by the reader."""
    with_cuts = {line.question_id: line for line in lines if line.cut.places or line.cut.families}
    if with_cuts:
        st.selectbox(
            "Une phrase par direction et par famille de fonctions",
            list(with_cuts),
            format_func=lambda q: with_cuts[q].text,
            key=f"w_line_{lines[0].question_id}",
        )
        cuts(scope, survey, with_cuts[st.session_state[f"w_line_{lines[0].question_id}"]])


def _agreement_chart(
    scope: Scope, survey: Survey, visible: Sequence[Result], name: str, title: str
) -> None:
    """A bar per line, from the most to the least favourable answer."""
    curves = charts.parts(
        [(line.text, line.n, [(share.label, share.n) for share in line.shares]) for line in visible]
    )
    # One legend for all lines: a line may lack an answer that nobody chose.
    answers = dict.fromkeys(share.label for line in visible for share in line.shares)
    legend = ", ".join(f"{charts.sign_of(word)} {word.lower()}" for word in answers)
    chart = Chart(
        f"enquete_{survey.id}_{name}",
        title,
        f"De gauche à droite : {legend}.",
        charts.agreement_alt(curves),
        charts.agreement(curves),
        ("Phrase", "Réponse", "Part (réponses)"),
        charts.rows(curves),
    )
    show(chart, scope, note=f"{survey.title} · {scope.sentence()}", level=2)


# ── Statements ────────────────────────────────────────────────────────────────────────────────────


def statements_block(scope: Scope, survey: Survey, results: Sequence[Result]) -> None:
    """What most respondents share, what divides them, and what is undecided; each statement over
    those who answered it.
    """
    ground = common_ground(results)
    if ground:
        st.caption(
            french.typo(
                "La plupart partagent une affirmation quand six personnes sur dix au moins, de"
                " celles qui y ont répondu, sont du même côté. Elle partage quand un quart au"
                " moins est de chaque côté."
            )
        )
    for place, lines in ground.items():
        visible = [line for line in lines if line.is_shown]
        if visible:
            _agreement_chart(scope, survey, visible, place, place.label)
        else:
            heading(place.label)
        table(
            ("Affirmation", "En mots", "Réponses"),
            [(line.text, stance_in_words(line), answered(line.n)) for line in lines],
            place.label,
        )
    if ground:
        _line_cuts(scope, survey, [line for lines in ground.values() for line in lines])


def stance_in_words(result: Result) -> str:
    """« Trois personnes sur quatre au moins sont d'accord »; of a divided one, both sides."""
    agree, disagree = sides(result)
    if standing(result) is Standing.divided:
        return f"{french.percent(agree, 0)} d'accord, {french.percent(disagree, 0)} pas d'accord"
    if not agree + disagree:
        return HIDDEN.capitalize()
    side = "d'accord" if agree >= disagree else "pas d'accord"
    return french.sentence_case(f"{french.at_least(max(agree, disagree))} {side}")


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
    coded = [lines for lines in subjects if any(line.is_coded for line in lines)]
    draw("ui/heading.html", text="Libellés des réponses", level=2, hidden=False)
    if coded:
        carry = french.counted(len(coded), "question porte", "questions portent")
        explanation = (
            f"{carry} encore des codes. Avec leurs libellés, chacun les comprend, et elles se"
            " découpent par direction et par famille de fonctions."
        )
        st.info(escape_md(french.typo(explanation)), icon=":material/label:")
    names = [
        f"{first.code.split('[')[0][:12]} · {first.matrix or first.text}" for first, *_ in subjects
    ]
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
            format_func=names.__getitem__,
        )
        _labels(form, subjects[at])


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
    labels = labels_in(form.text(name), choices)
    n = name_answers(session, reader, [line.question_id for line in lines], labels)
    if n == 1:
        message = f"{french.counted(n, 'réponse a', 'réponses ont')} son libellé."
    else:
        message = f"{french.number(n)} réponses ont leur libellé."
    if not is_scale([labels.get(choice, choice) for choice in choices]):
        return message
    return f"{message} C'est une échelle connue : la part favorable est calculée."
