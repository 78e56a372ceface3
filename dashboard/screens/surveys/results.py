"""Blocks of surveys: one question with its answers and its cuts, a matrix as a chart, two waves
side by side, free texts.
"""

from collections.abc import Sequence
from math import sqrt

import streamlit as st
from markupsafe import Markup

from dashboard import cached, french
from dashboard.actions.figures.declared import Declared
from dashboard.actions.surveys.answers import FindingInput, feed_figure, file_finding
from dashboard.charts import surveys as charts
from dashboard.figures.declaring import outside
from dashboard.queries.surveys import results as survey_results
from dashboard.queries.surveys.cells import OTHERS
from dashboard.queries.surveys.results import ENPS, SATISFIED, Result, Share
from dashboard.rendering import render
from dashboard.scope import Scope
from dashboard.ui.charts import chart_with_table
from dashboard.ui.components import draw, empty_nothing_yet, heading, paragraph, reading
from dashboard.ui.forms import Form
from dashboard.ui.tables import link, table
from dashboard.visit.navigation import address
from models.errors import Invalid
from models.surveys import QuestionKind, Survey

_SMALL, _HIDDEN = "< 5", "non affiché"
_FIRST = 90  # characters of a text that become the title of a finding


# ── One question ──────────────────────────────────────────────────────────────────────────────────


def question_block(scope: Scope, survey: Survey, result: Result) -> None:
    """The words of a question, its answers with their shares, and the cuts that may be shown."""
    heading(f"{result.matrix} — {result.text}" if result.matrix else result.text)
    st.caption(_summary(result))
    if not result.is_shown:
        return
    table(
        ("Réponse", "Part", "Personnes"),
        [
            (_with_bar(share, result.n), *reversed(_share(share, result.n)))
            for share in result.shares
        ],
        f"Réponses : {result.text}",
        frozenset({1, 2}),
        download=f"enquete-{survey.id}-{_file(result)}",
    )
    cuts(scope, survey, result)


def _summary(result: Result) -> str:
    if not result.is_shown:
        return french.typo(f"{answered(result.n)} : trop peu pour être montrées.")
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
    """« 632 réponses », « moins de 5 réponses »."""
    return "moins de 5 réponses" if n < 5 else french.counted(n, "réponse")


def _share(share: Share, n: int) -> tuple[str, str]:
    if share.n is None:
        return (_SMALL if share.is_small else _HIDDEN), french.UNKNOWN
    return french.number(share.n), french.percent(100 * share.n / n)


def _with_bar(share: Share, n: int) -> Markup:
    """An answer over its share as a bar; the numbers beside it say the same."""
    width = 0.0 if share.n is None else 100 * share.n / n
    return render("surveys/answer_with_bar.html", label=share.label, width=f"{width:.1f}")


def _file(result: Result) -> str:
    return "".join(c if c.isalnum() else "-" for c in result.code)[:40].strip("-").lower()


def cuts(scope: Scope, survey: Survey, result: Result) -> None:
    """By direction in the order of the chart, by family of functions in the alphabet's; what may
    not be shown is not there.
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
        st.caption(french.typo(_cut_told(result)))
        for name, rows in (("Direction", places), ("Famille de fonctions", families)):
            if rows:
                numbers = frozenset(range(1, 3 + len(result.cut.columns)))
                table(
                    (name, "Réponses", *_cut_headings(result)),
                    [(label, *_cut_row(result, counts)) for label, counts in rows],
                    f"{result.text} — par {name.lower()}",
                    numbers,
                    download=f"enquete-{survey.id}-{_file(result)}-{name.split()[0].lower()}",
                )


def _cut_headings(result: Result) -> tuple[str, ...]:
    return result.cut.columns or (
        ("Recommandation",) if result.recommends is not None else ("Favorables",)
    )


def _cut_row(result: Result, counts: tuple[int, ...]) -> tuple[str, ...]:
    n, parts = result.persons_of(counts)
    if not result.cut.columns:
        return french.number(n), _scored(result, counts)
    return french.number(n), *(french.percent(100 * part / n, 0) for part in parts)


def _cut_told(result: Result) -> str:
    """Which groups are shown, and which answers where not all of them are."""
    several = result.kind is QuestionKind.multiple
    if not result.cut.columns:
        sides = "cinq au moins de chaque côté"
    elif several:
        sides = "où cinq au moins ont donné chaque réponse, et cinq ne l'ont pas donnée"
    else:
        sides = "cinq au moins par réponse"
    reason = (
        f"Sont montrés les groupes de dix réponses et plus, {sides}, et d'où aucune soustraction ne"
        " tire un plus petit."
    )
    apart, asked = len(set(result.cut.columns) - {OTHERS}), len(result.choices)
    if OTHERS in result.cut.columns:
        return (
            f"{reason} Pour en montrer le plus, les {apart} réponses les plus données sont"
            f" détaillées, les autres réunies sous « {OTHERS} »."
            if apart > 1
            else (
                f"{reason} Pour en montrer le plus, la réponse la plus donnée est seule détaillée,"
                f" les autres réunies sous « {OTHERS} »."
            )
        )
    if several and apart < asked:
        return (
            f"{reason} Pour en montrer le plus, {apart} réponses sur {asked} sont détaillées."
            if apart > 1
            else f"{reason} Pour en montrer le plus, une réponse sur {asked} est détaillée."
        )
    return reason


def _scored(result: Result, counts: tuple[int, ...]) -> str:
    value = survey_results.score(counts)
    return (
        french.signed(value, "point", 0)
        if result.recommends is not None
        else french.percent(value, 0)
    )


# ── A matrix ──────────────────────────────────────────────────────────────────────────────────────


def matrix_block(scope: Scope, survey: Survey, lines: Sequence[Result]) -> None:
    """The lines of a matrix as one chart, with its table; then the cuts of each line. Answers
    that are no steps stay in tables.
    """
    visible = [line for line in lines if line.is_shown]
    if not all(charts.has_signs([share.label for share in line.shares]) for line in visible):
        for line in lines:
            question_block(scope, survey, line)
        return None
    if not visible:
        heading(lines[0].matrix)
        return st.caption(_summary(max(lines, key=lambda line: line.n)))
    rows = charts.agreement_rows(
        [(line.text, line.n, [(share.label, share.n) for share in line.shares]) for line in visible]
    )
    answers = list(dict.fromkeys(share.label for line in visible for share in line.shares))
    chart_with_table(
        charts.agreement(),
        rows,
        charts.agreement_alt(rows),
        lines[0].matrix,
        key=f"enquete_{survey.id}_{_file(lines[0])}",
        note=f"{survey.title} · {scope.sentence()}",
        message=(
            "De gauche à droite :"
            f" {', '.join(f'{charts.sign_of(word)} {word.lower()}' for word in answers)}."
        ),
        level=2,
        columns={"statement": "Phrase", "answer": "Réponse", "text": "Part (réponses)"},
    )
    table(
        ("Phrase", "Favorables"),
        [(line.text, _favourable(line)) for line in lines],
        f"{lines[0].matrix} — réponses favorables",
        frozenset({1}),
        download=f"enquete-{survey.id}-{_file(lines[0])}",
    )
    able = {line.question_id: line for line in visible if line.cut.places or line.cut.families}
    if able:
        st.selectbox(
            "Une phrase par direction et par famille de fonctions",
            list(able),
            format_func=lambda q: able[q].text,
            key=f"w_line_{lines[0].question_id}",
        )
        cuts(scope, survey, able[st.session_state[f"w_line_{lines[0].question_id}"]])


def _favourable(result: Result) -> str:
    return (
        french.rate(result.favourable, result.judging)
        if result.favourable is not None
        else f"{french.UNKNOWN} ({answered(result.n)})"
    )


# ── In brief ──────────────────────────────────────────────────────────────────────────────────────


def in_brief(
    results: Sequence[Result], before: Survey | None = None, earlier: Sequence[Result] = ()
) -> None:
    """What somebody with five minutes takes away: the most and the least favourable answers, the
    recommendation, what moved.
    """
    judged = sorted(
        (r for r in results if r.percent is not None and r.recommends is None),
        key=lambda r: r.percent,
    )
    sentences = []
    if len(judged) > 1:
        sentences.append(
            f"Le plus favorable : « {_bare(judged[-1].text)} »"
            f" ({french.percent(judged[-1].percent, 0)})."
        )
        sentences.append(
            f"Le moins favorable : « {_bare(judged[0].text)} »"
            f" ({french.percent(judged[0].percent, 0)})."
        )
    sentences += [
        f"Recommandation : {french.signed(r.recommends, 'point', 0)}, sur une échelle de −100 à"
        " +100."
        for r in results
        if r.recommends is not None
    ]
    if before:
        sentences.append(f"Depuis {french.month(before.on)} : {_moved(compared(earlier, results))}")
    if sentences:
        draw("ui/sentences.html", title="En bref", sentences=sentences)


def _bare(text: str) -> str:
    """A statement without its full stop, to be quoted inside a sentence."""
    return text.strip().removesuffix(".")


def _moved(pairs: Sequence[tuple[str, Result, Result]]) -> str:
    """« 5 réponses progressent, surtout « … » (+13,4 points) ; aucune ne recule. »"""
    changes = [
        (change, text)
        for text, old, new in pairs
        if (change := _change(old, new)) is not None and _is_clear(change, old, new)
    ]
    up, down = (
        sorted((c for c in changes if c[0] > 0), reverse=True),
        sorted(c for c in changes if c[0] < 0),
    )
    parts = [
        f"{french.counted(len(found), item, many)}, {'surtout ' if len(found) > 1 else ''}«"
        f" {_bare(found[0][1])} » ({french.signed(found[0][0], 'point', 1)})"
        for found, item, many in (
            (up, "question progresse", "questions progressent"),
            (down, "question recule", "questions reculent"),
        )
        if found
    ]
    if not parts:
        return "rien ne bouge au-delà du hasard des réponses."
    return (
        " ; ".join(
            [
                *parts,
                *([] if down else ["aucune ne recule"]),
                *([] if up else ["aucune ne progresse"]),
            ]
        )
        + "."
    )


# ── Two waves ─────────────────────────────────────────────────────────────────────────────────────


def compared(before: Sequence[Result], after: Sequence[Result]) -> list[tuple[str, Result, Result]]:
    """The questions that both waves ask in the same way, with what is told of them; the line of
    a matrix by its own words.
    """
    known = {(result.code, result.kind): result for result in before}
    return [
        (result.text, known[result.code, result.kind], result)
        for result in after
        if (result.code, result.kind) in known and result.kind is not QuestionKind.free
    ]


def comparison(before: Survey, after: Survey, pairs: Sequence[tuple[str, Result, Result]]) -> None:
    """Favourable shares of two waves and their change; other choices are compared answer by
    answer below.
    """
    rows = [
        (
            text,
            _level(old),
            old.n if old.n >= 5 else _SMALL,
            _level(new),
            new.n if new.n >= 5 else _SMALL,
            _evolution(old, new),
        )
        for text, old, new in pairs
        if new.percent is not None or old.percent is not None or new.recommends is not None
    ]
    by_choice = [
        pair
        for pair in pairs
        if not {share.label for share in pair[1].shares}.isdisjoint(
            share.label for share in pair[2].shares
        )
        and pair[2].percent is None
        and pair[1].percent is None
        and pair[2].recommends is None
    ]
    if not rows and not by_choice:
        return empty_nothing_yet("Ces deux vagues ne posent aucune question de la même manière.")
    first, second = french.month(before.on), french.month(after.on)
    if rows:
        moved = _moved(pairs)
        reading(moved[:1].upper() + moved[1:])
        table(
            ("Question", first, f"Réponses, {first}", second, f"Réponses, {second}", "Évolution"),
            rows,
            f"Réponses favorables, {first} et {second}",
            frozenset({1, 2, 3, 4}),
            download=f"comparaison-{before.id}-{after.id}",
        )
    st.caption(
        french.typo(
            "« Dans la marge » : un tel écart peut venir du seul hasard de qui a répondu (19 fois"
            " sur 20). Parts des réponses favorables ; pour la recommandation, promoteurs moins"
            " détracteurs."
        )
    )
    for text, old, new in by_choice:
        _choices_compared(before, after, text, old, new)


def _level(result: Result) -> str:
    if result.recommends is not None:
        return french.signed(result.recommends, "point", 0)
    return french.percent(result.percent, 0)


def _change(old: Result, new: Result) -> float | None:
    """In points; None where one of both is not told."""
    levels = [
        result.recommends if result.recommends is not None else result.percent
        for result in (old, new)
    ]
    return None if None in levels else levels[1] - levels[0]


def _spread(result: Result) -> float:
    """The variance of a level over its persons, in points squared; of a recommendation at most
    what two opposite camps would give.
    """
    if result.recommends is None:
        return result.percent * (100 - result.percent) / result.judging
    return (10_000 - result.recommends**2) / result.n


def _is_clear(change: float, old: Result, new: Result) -> bool:
    """Whether a change is more than the chance of who answered: beyond the margin of 95 % of two
    separate samples.
    """
    return abs(change) > 1.96 * sqrt(_spread(old) + _spread(new))


def _evolution(old: Result, new: Result) -> str:
    change = _change(old, new)
    return french.UNKNOWN if change is None else _told_change(change, _is_clear(change, old, new))


def _told_change(change: float, is_clear: bool) -> str:
    arrow, word = (
        ("→", "dans la marge")
        if not is_clear
        else ("↗", "en hausse")
        if change > 0
        else ("↘", "en baisse")
    )
    return f"{arrow} {word}, {french.signed(change, 'point', 1)}"


def _choices_compared(before: Survey, after: Survey, text: str, old: Result, new: Result) -> None:
    known = {share.label: share for share in old.shares}
    rows = [
        (
            share.label,
            _share(known[share.label], old.n)[1],
            _share(share, new.n)[1],
            _share_moved(known[share.label], old.n, share, new.n),
        )
        for share in new.shares
        if share.label in known
    ]
    heading(text)
    table(
        ("Réponse", french.month(before.on), french.month(after.on), "Évolution"),
        rows,
        text,
        frozenset({1, 2}),
        download=f"comparaison-{after.id}-{_file(new)}",
    )


def _share_moved(old: Share, before: int, new: Share, after: int) -> str:
    if old.n is None or new.n is None:
        return french.UNKNOWN
    was, now = 100 * old.n / before, 100 * new.n / after
    return _told_change(
        now - was,
        abs(now - was) > 1.96 * sqrt(was * (100 - was) / before + now * (100 - now) / after),
    )


# ── Free texts ────────────────────────────────────────────────────────────────────────────────────


def free_texts(
    scope: Scope,
    survey: Survey,
    results: Sequence[Result],
    found: Sequence[survey_results.FreeText],
    pages: int,
) -> None:
    """What people wrote, for those who read it first; each may become a finding."""
    heading("Réponses libres")
    st.caption(
        french.typo(
            "Réservées à l'équipe du programme, dans un ordre tiré au sort. Avant d'en faire un"
            " constat, ôtez les noms et ce qui désignerait quelqu'un."
        )
    )
    asked = {
        result.question_id: result.text for result in results if result.kind is QuestionKind.free
    }
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            "Question",
            [0, *asked],
            format_func=lambda q: asked.get(q, "Toutes les questions"),
            key=f"w_texts_{survey.id}",
        )
        if pages > 1:
            st.selectbox(
                "Page",
                list(range(pages)),
                format_func=lambda p: f"{p + 1} sur {pages}",
                key=f"w_texts_page_{survey.id}",
                width=140,
            )
    for text in found:
        with st.container(border=True, key=f"cp_text_{text.id}"):
            where = " · ".join(filter(None, (text.question, text.place)))
            draw("surveys/free_text.html", text=text.text, where=where)
            if text.idea:
                paragraph(
                    link(
                        f"Devenue le constat n° {text.idea}",
                        address("idees", scope, idee=text.idea),
                    )
                )
            else:
                _finding_form(text)


def _finding_form(text: survey_results.FreeText) -> None:
    form = Form(f"finding_{text.id}")
    with st.expander("En faire un constat", key=f"w_finding_{text.id}"):
        form.field("title", st.text_input, "Titre", default=text.text[:_FIRST], max_chars=255)
        form.field("body", st.text_area, "Texte", default=text.text)
        names = {ambition.id: ambition.name for ambition in cached.ambitions()}
        st.selectbox(
            "Ambition",
            list(names),
            index=None,
            format_func=names.get,
            key=form.key("ambition"),
            placeholder="Choisissez une ambition",
        )
        form.error("ambition_id")
        st.radio(
            "Ce que dit ce constat",
            [True, False],
            format_func=lambda good: "Ça va" if good else "Ça ne va pas",
            index=None,
            horizontal=True,
            key=form.key("good"),
        )
        form.button(
            "Publier ce constat",
            lambda session, reader: _filed(session, reader, form, text),
            icon=":material/check:",
        )
        form.error("form")


def _filed(session, reader, form: Form, text: survey_results.FreeText) -> str:
    if form.value("ambition") is None:
        raise Invalid({"ambition_id": "Choisissez l'ambition dont ce constat parle."})
    given = FindingInput(
        str(form.value("title") or ""),
        str(form.value("body") or ""),
        form.value("ambition"),
        form.value("good"),
    )
    number = file_finding(session, reader, text.id, given)
    return f"Le constat n° {number} est publié, sans nom ni direction."


# ── Feeding a figure ──────────────────────────────────────────────────────────────────────────────


def feeding(survey: Survey, results: Sequence[Result]) -> None:
    """Which question feeds which figure; the person confirms, and a measure of the day of the
    survey is recorded.
    """
    figures = {
        code: figure
        for code, figure in outside().items()
        if code in survey_results.FEEDS and (code == SATISFIED) != survey.agents
    }
    able = {result.question_id: result for result in results if set(result.feeds) & set(figures)}
    if not able:
        return
    heading("Alimenter un chiffre")
    fed = [(figures[r.figure].label, r.text) for r in results if r.figure in figures]
    if fed:
        table(("Chiffre", "Alimenté par la question"), fed, "Chiffres que cette enquête alimente")
    form = Form(f"feed_{survey.id}")
    with st.expander(
        "Enregistrer un relevé à partir d'une question",
        icon=":material/add_chart:",
        key=f"w_feed_{survey.id}",
    ):
        question = st.selectbox(
            "Question", list(able), format_func=lambda q: able[q].text, key=form.key("question")
        )
        codes = [code for code in able[question].feeds if code in figures]
        code = st.selectbox(
            "Chiffre",
            codes,
            format_func=lambda code: figures[code].label,
            key=form.key(f"figure_{question}"),
        )
        st.caption(_value_told(able[question], code, survey))
        form.button(
            "Enregistrer le relevé",
            lambda session, reader: _fed(session, reader, question, figures[code]),
            icon=":material/check:",
        )
        form.first_error()


def _value_told(result: Result, code: str, survey: Survey) -> str:
    value = (
        french.signed(result.recommends, "point", 1)
        if code == ENPS
        else french.rate(result.favourable, result.judging)
    )
    places = (
        " ; et une par direction, là où les réponses suffisent"
        if survey.agents and (code == ENPS or result.recommends is None)
        else ""
    )
    return french.typo(
        f"Valeur : {value}, au {french.day(survey.on)}, source « {survey.title} »{places}."
    )


def _fed(session, reader, question: int, figure: Declared) -> str:
    n = feed_figure(session, reader, question, figure)
    return (
        f"{french.counted(n, 'relevé enregistré', 'relevés enregistrés')}."
        if n
        else "Ce relevé est déjà enregistré."
    )


def title_link(scope: Scope, survey: Survey) -> Markup:
    return link(survey.title, address("concertation", scope, enquete=survey.id))
