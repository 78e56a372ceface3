"""A survey in brief, and what moved between two of its waves."""

from collections.abc import Sequence
from math import sqrt

from dashboard import french
from dashboard.charts.plots import Chart
from dashboard.charts.surveys import End, changes
from dashboard.queries.surveys.results import Result
from dashboard.scope import Scope
from dashboard.screens.surveys.results import FEW, file_name, percent_of, share_of
from dashboard.ui.charts import show
from dashboard.ui.components import draw, fold, heading
from dashboard.ui.tables import table
from models.surveys import QuestionKind, Survey

Pair = tuple[Result, Result]  # a question's result in the earlier wave, and in the later one
Level = tuple[float, float]  # in points, and its variance over the respondents


def dated(survey: Survey) -> str:
    """« 14/06/2023 », « 14/06/2023 (2) » for the second wave of that day."""
    return french.nth(french.day(survey.on), survey.number)


def names(before: Survey, after: Survey) -> tuple[str, str]:
    """The names of two waves by month; by day if both are of one month."""
    first, second = french.month(before.on), french.month(after.on)
    if first == second:
        return dated(before), dated(after)
    return french.nth(first, before.number), french.nth(second, after.number)


def in_brief(results: Sequence[Result]) -> None:
    """The survey in brief: the most and least favourable answers, the recommendation."""
    judged = sorted(
        (
            r
            for r in results
            if r.percent is not None and r.recommends is None and not r.is_statement
        ),
        key=lambda r: r.percent,
    )
    sentences = []
    if len(judged) > 1:
        sentences.append(
            f"Le plus favorable : « {_without_full_stop(judged[-1].text)} »"
            f" ({french.percent(judged[-1].percent, 0)})."
        )
        sentences.append(
            f"Le moins favorable : « {_without_full_stop(judged[0].text)} »"
            f" ({french.percent(judged[0].percent, 0)})."
        )
    sentences += [
        f"Recommandation : {french.signed(r.recommends, 'point', 0)}, sur une échelle de −100 à"
        " +100."
        for r in results
        if r.recommends is not None
    ]
    if sentences:
        draw("ui/sentences.html", title="En bref", sentences=sentences)


def _without_full_stop(text: str) -> str:
    """A statement without its full stop, for a quotation."""
    return text.strip().removesuffix(".")


def _moved(pairs: Sequence[Pair]) -> str:
    """« 5 réponses progressent, surtout « … » (+13,4 points) ; aucune ne recule. »"""
    found = [(_change(_level_of(old), _level_of(new)), new.text) for old, new in pairs]
    clear = [(change[0], text) for change, text in found if change and change[1]]
    up = sorted((change for change in clear if change[0] > 0), reverse=True)
    down = sorted(change for change in clear if change[0] < 0)
    if not up and not down:
        return "rien ne bouge au-delà du hasard des réponses."
    parts = []
    if up:
        parts.append(_with_largest(up, "question progresse", "questions progressent"))
    if down:
        parts.append(_with_largest(down, "question recule", "questions reculent"))
    else:
        parts.append("aucune ne recule")
    if not up:
        parts.append("aucune ne progresse")
    return f"{' ; '.join(parts)}."


def _with_largest(found: Sequence[tuple[float, str]], singular: str, plural: str) -> str:
    """« 5 questions progressent, surtout « … » (+13,4 points) », the largest change first."""
    change, text = found[0]
    above_all = "surtout " if len(found) > 1 else ""
    return (
        f"{french.counted(len(found), singular, plural)}, {above_all}"
        f"« {_without_full_stop(text)} » ({french.signed(change, 'point', 1)})"
    )


def compared(before: Sequence[Result], after: Sequence[Result]) -> list[Pair]:
    """The questions that both waves ask in the same way; a line of a matrix by its own words."""
    known = {(old.code, old.kind): old for old in before if old.kind is not QuestionKind.free}
    return [(known[new.code, new.kind], new) for new in after if (new.code, new.kind) in known]


def comparison(scope: Scope, before: Survey, after: Survey, pairs: Sequence[Pair]) -> None:
    """The questions of two waves as one chart; other choices are compared one by one below it."""
    judged = [pair for pair in pairs if all(map(_level_of, pair))]
    by_choice = [pair for pair in pairs if _is_by_choice(*pair)]
    if judged:
        show(changes_chart(before, after, judged), scope, note=after.series, level=2)
    if by_choice:
        with fold("Les autres questions, réponse par réponse", "table"):
            for old, new in by_choice:
                known = {share.label: share for share in old.shares}
                rows = [
                    (
                        share.label,
                        share_of(known[share.label], old.n)[1],
                        share_of(share, new.n)[1],
                        _change_in_words(
                            _share_level(percent_of(known[share.label], old.n), old.n),
                            _share_level(percent_of(share, new.n), new.n),
                        ),
                    )
                    for share in new.shares
                    if share.label in known
                ]
                heading(new.text)
                table(
                    ("Réponse", *names(before, after), "Évolution"),
                    rows,
                    new.text,
                    frozenset({1, 2}),
                    download=f"comparaison-{after.id}-{file_name(new)}",
                )


def changes_chart(before: Survey, after: Survey, pairs: Sequence[Pair]) -> Chart:
    """What moved between two waves, question by question."""
    first, second = names(before, after)
    moved = _moved(pairs)
    found = [
        (new.text, _end(old), _end(new), _change(_level_of(old), _level_of(new))[1])
        for old, new in pairs
    ]
    return Chart(
        f"comparaison-{before.id}-{after.id}",
        f"{moved[:1].upper()}{moved[1:]}",
        f"Réponses favorables : le trait va de {first} à {second} (le point). En gris : dans la"
        " marge, un tel écart peut venir du seul hasard de qui a répondu (19 fois sur 20).",
        " ; ".join(f"{text} : {old[1]}, puis {new[1]}" for text, old, new, _ in found) + ".",
        changes(found),
        ("Question", first, f"Réponses, {first}", second, f"Réponses, {second}", "Évolution"),
        [
            (
                new.text,
                _level(old),
                old.n if old.is_shown else FEW,
                _level(new),
                new.n if new.is_shown else FEW,
                _change_in_words(_level_of(old), _level_of(new)),
            )
            for old, new in pairs
        ],
    )


def _end(result: Result) -> End:
    """Its place on the line of its question: a share, or a recommendation from −100 to +100."""
    value = result.percent if result.recommends is None else (result.recommends + 100) / 2
    return round(value, 2), _level(result)


def _is_by_choice(old: Result, new: Result) -> bool:
    """Whether both waves offered choices of which none is more favourable than another."""
    if new.recommends is not None or new.percent is not None or old.percent is not None:
        return False
    offered_before = {share.label for share in old.shares}
    return any(share.label in offered_before for share in new.shares)


def _level(result: Result) -> str:
    if result.recommends is not None:
        return french.signed(result.recommends, "point", 0)
    return french.percent(result.percent, 0)


def _level_of(result: Result) -> Level | None:
    """The favourable share, or the recommendation, whose variance is at most that of two
    opposite camps.
    """
    if result.recommends is None:
        return _share_level(result.percent, result.judging)
    return result.recommends, (10_000 - result.recommends**2) / result.n


def _share_level(percent: float | None, n: int | None) -> Level | None:
    return None if percent is None else (percent, percent * (100 - percent) / n)


def _change(old: Level | None, new: Level | None) -> tuple[float, bool] | None:
    """The change in points, and whether it exceeds the 95 % margin of two independent samples.
    None if one of them is unknown.
    """
    if old is None or new is None:
        return None
    change = new[0] - old[0]
    return change, abs(change) > 1.96 * sqrt(old[1] + new[1])


def _change_in_words(old: Level | None, new: Level | None) -> str:
    """« ↗ en hausse, +3,2 points »; a change within the margin is shown as « dans la marge »."""
    if (result := _change(old, new)) is None:
        return french.UNKNOWN
    change, is_clear = result
    if not is_clear:
        direction = "→ dans la marge"
    else:
        direction = "↗ en hausse" if change > 0 else "↘ en baisse"
    return f"{direction}, {french.signed(change, 'point', 1)}"
