"""Two waves of a survey side by side, and a survey in brief."""

from collections.abc import Sequence
from math import sqrt

import streamlit as st

from dashboard import french
from dashboard.queries.surveys.results import Result
from dashboard.screens.surveys.results import FEW, file_name, percent_of, share_of
from dashboard.ui.components import draw, empty_nothing_yet, heading, reading
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


def in_brief(
    results: Sequence[Result], since: str = "", earlier: Sequence[Result] | None = None
) -> None:
    """The survey in brief: the most and least favourable answers, the recommendation, and the
    changes since the earlier wave (`since`: its name; `earlier`: its results).
    """
    judged = sorted(
        (r for r in results if r.percent is not None and r.recommends is None),
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
    if earlier is not None:
        sentences.append(f"Depuis {since} : {_moved(compared(earlier, results))}")
    if sentences:
        draw("ui/sentences.html", title="En bref", sentences=sentences)


def _without_full_stop(text: str) -> str:
    """A statement without its full stop, for a quotation."""
    return text.strip().removesuffix(".")


def _moved(pairs: Sequence[Pair]) -> str:
    """« 5 réponses progressent, surtout « … » (+13,4 points) ; aucune ne recule. »"""
    changes = _clear_changes(pairs)
    up = sorted((change for change in changes if change[0] > 0), reverse=True)
    down = sorted(change for change in changes if change[0] < 0)
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


def _clear_changes(pairs: Sequence[Pair]) -> list[tuple[float, str]]:
    """(change in points, question) of the significant changes."""
    changes = [(_change(_level_of(old), _level_of(new)), new.text) for old, new in pairs]
    return [(change[0], text) for change, text in changes if change and change[1]]


def _with_largest(changes: Sequence[tuple[float, str]], singular: str, plural: str) -> str:
    """« 5 questions progressent, surtout « … » (+13,4 points) », the largest change first."""
    change, text = changes[0]
    above_all = "surtout " if len(changes) > 1 else ""
    return (
        f"{french.counted(len(changes), singular, plural)}, {above_all}"
        f"« {_without_full_stop(text)} » ({french.signed(change, 'point', 1)})"
    )


def compared(before: Sequence[Result], after: Sequence[Result]) -> list[Pair]:
    """The questions that both waves ask in the same way; a line of a matrix by its own words."""
    known = {(old.code, old.kind): old for old in before if old.kind is not QuestionKind.free}
    return [(known[new.code, new.kind], new) for new in after if (new.code, new.kind) in known]


def comparison(before: Survey, after: Survey, pairs: Sequence[Pair]) -> None:
    """Favourable shares of two waves and their change; other choices are compared one by one
    below.
    """
    rows = [
        (
            new.text,
            _level(old),
            old.n if old.is_shown else FEW,
            _level(new),
            new.n if new.is_shown else FEW,
            _change_in_words(_level_of(old), _level_of(new)),
        )
        for old, new in pairs
        if new.percent is not None or old.percent is not None or new.recommends is not None
    ]
    by_choice = [pair for pair in pairs if _is_by_choice(*pair)]
    if not rows and not by_choice:
        return empty_nothing_yet("Ces deux vagues ne posent aucune question de la même manière.")
    first, second = names(before, after)
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
    for old, new in by_choice:
        _choices_compared(before, after, old, new)


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


def _choices_compared(before: Survey, after: Survey, old: Result, new: Result) -> None:
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
