"""The blocks that pages are made of: header, cards, workstreams, lists to treat, empty states.

Components take plain values (the dataclasses below, numbers, dates, texts) and know neither the database nor the
figures: they write French, escape, and draw. They are HTML and one stylesheet rather than Streamlit's metrics and
charts, because views rebuilt in the browser are what a page costs.

Every text placed in HTML passes `escape_html`; a text placed in a Streamlit label or in Markdown must pass
`escape_md`. Links made here stay inside the running session (`static/page.js`), with or without it they work.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from html import escape
from itertools import pairwise
from urllib.parse import quote

import streamlit as st

from dashboard import french, theme


@dataclass(frozen=True)
class FigureCard:
    """One figure of a screen. Percentages are 0-100; `unit` is « % » or a noun in the singular (« mois », « agent »).

    `attainment` is in per cent of the target; `change` (against `since`) and `plan_gap` are in `change_unit`,
    which is « point » for a percentage and the unit itself otherwise. `trend` is oldest first, None where unknown.
    """

    code: str
    label: str
    value: float | None
    unit: str = ""
    decimals: int | None = None
    numerator: float | None = None
    denominator: float | None = None
    target: float | None = None
    attainment: float | None = None
    change: float | None = None
    since: date | None = None
    plan_gap: float | None = None
    trend: Sequence[float | None] = ()
    fresh_on: date | None = None
    n: int | None = None
    status: str | None = None
    note: str = ""
    why: str = ""
    suppressed: bool = False  # a small cell: there is a value, and it is not to be shown
    units: str = ""  # the plural of a unit of several words

    @property
    def change_unit(self) -> str:
        if self.unit == "%":
            return "point"
        return self.unit.split(" ")[0] if self.units else self.unit  # « −6 jours » says enough beside the value


@dataclass(frozen=True)
class WorkstreamRow:
    """Where one workstream stands: `done` and `planned` in per cent, the gap in points and in months (< 0: late)."""

    name: str
    done: float | None
    planned: float | None
    gap_points: float | None = None
    gap_months: float | None = None
    health: str = "sans-donnee"  # none: nothing is said of it
    note: str = ""
    href: str = ""


@dataclass(frozen=True)
class TodoItem:
    """One thing that waits for the reader; `late` is decided by the caller, who knows the day."""

    text: str
    href: str = ""
    detail: str = ""
    due: date | None = None
    late: bool = False


# ── Texts made safe ──────────────────────────────────────────────────────────────────────────────────────────────


def escape_html(text: object) -> str:
    """Text for HTML, in content and in quoted attributes."""
    return escape(str(text), quote=True)


def escape_md(text: object) -> str:
    """Text for any place where Streamlit reads Markdown: labels, captions, titles, alerts, tabs, toasts.

    A backslash stops Markdown and LaTeX. Shortcodes (:material/x:, :smile:) and bare addresses are looked for after
    the backslashes are gone, so a word joiner, which nobody sees, splits them.
    """
    lines = (_MARKDOWN.sub(r"\\\g<0>", _split_shortcodes(line.strip())) for line in str(text).splitlines())
    return "  \n".join(lines)


_MARKDOWN = re.compile(r"""[!-/:-@\[-`{-~]""")
_WORD_JOINER = "\u2060"


def _split_shortcodes(line: str) -> str:
    return re.sub(r"(?i)[:@]|(?<=www)\.|->|<-|--", lambda found: _WORD_JOINER.join(["", *found[0], ""]), line)


def local(href: str) -> str:
    """An address of ours, escaped; anything else is a mistake of the programmer, since no user writes addresses."""
    if not re.match(r"[/?#](?!/)", href):
        raise ValueError(f"Only addresses of this application may be linked: {href!r}")
    return escape_html(href)


# ── The page ─────────────────────────────────────────────────────────────────────────────────────────────────────


PLACE = "_cp_place"  # where the frame tells on which screen this run is: (icon, way back)


def page_header(title: str, lead: str = "", trail: Sequence[tuple[str, str]] = ()) -> None:
    """The h1 of a page, one sentence under it, and the way back above it: `trail` holds (label, address) pairs.

    The way back begins where the frame says, at the front page.
    """
    icon, home = st.session_state.get(PLACE, ("", ()))
    steps = "".join(f"<li>{_link(label, href)}</li>" for label, href in dict.fromkeys((*home, *trail)))
    way_back = f'<nav aria-label="Fil d’Ariane"><ol class="cp-trail">{steps}</ol></nav>' if steps else ""
    sentence = f'<p class="cp-lead">{text_html(lead)}</p>' if lead else ""
    sign = f'<span class="cp-sign">{icon_html(icon)}</span>' if icon else ""
    st.html(f'<header class="cp-header">{way_back}<div class="cp-title">{sign}<h1>{text_html(title)}</h1></div>{sentence}</header>')
    st.set_page_config(page_title=f"{title} · C-Possible")  # the window and its history tell pages apart


def reading(text: str) -> None:
    """The sentence that says what the chart below shows."""
    st.html(f'<p class="cp-reading">{text_html(text)}</p>')


def icon_html(name: str) -> str:
    """A Material symbol inside other HTML: for the eye only, the word stands beside it."""
    return f'<span class="cp-icon" aria-hidden="true" translate="no">{escape_html(name)}</span>'


def button_link(label: str, href: str, icon: str = "", first: bool = False) -> str:
    """A link that looks like a button; `first` is the one that stands out."""
    symbol = icon_html(icon) if icon else ""
    return f'<a class="cp-go cp-call{" cp-call-first" if first else ""}" href="{local(href)}">{symbol}{text_html(label)}</a>'


def badge(status: str) -> None:
    """A status alone on its line: shape, word, colour."""
    st.html(badge_html(status))


def badge_html(status: str) -> str:
    """A status inside other HTML. The shape is for the eye only: a screen reader gets the word."""
    s = theme.STATUSES[status]
    return f'<span class="cp-badge cp-is-{s.code}"><i aria-hidden="true">{s.shape}</i>{text_html(s.word)}</span>'


# ── Figures ──────────────────────────────────────────────────────────────────────────────────────────────────────


def card(figure: FigureCard) -> None:
    """One figure alone, for instance at the head of its own page."""
    cards([figure])


def cards(figures: Sequence[FigureCard], title: str = "", level: int | None = None) -> None:
    """A grid of figures, under an h2 when there is a `title`. `level` is the heading level of the cards' labels."""
    level = level or (3 if title else 2)
    items = "".join(f'<li class="cp-card">{_card_html(f, level)}</li>' for f in figures)
    st.html(_section(title, f'<ul class="cp-grid {_grid_class(len(figures))}">{items}</ul>'))


def _grid_class(n: int) -> str:
    """So many columns that no row has a hole: where one card is missing, the first one is twice as wide."""
    columns = 4 if n in (4, 7, 8) or n > 9 else min(n, 3)
    return f"cp-cols-{columns}" + (" cp-lead-card" if n > columns and n % columns == columns - 1 else "") + (" cp-odd" if n % 2 else "")


def _card_html(figure: FigureCard, level: int) -> str:
    status = badge_html(figure.status) if figure.status else ""
    heading = f"<h{level}>{text_html(figure.label)}</h{level}>"
    why = _link("Pourquoi ce chiffre ?", figure.why, about=figure.label) if figure.why else ""
    return (
        f'<div class="cp-card-head">{heading}{status}</div>'
        f'<div class="cp-card-value"><p>{_value_html(figure)}</p>{_sparkline_html(figure)}</div>'
        f"{_facts_html(figure)}"
        f'<div class="cp-card-foot"><span>{text_html(_provenance(figure))}</span>{why}</div>'
    )


def _value_html(figure: FigureCard) -> str:
    if figure.suppressed:
        return '<span class="cp-unknown">Non affiché</span> <span class="cp-counts">(petit effectif)</span>'
    if figure.value is None:
        return '<span class="cp-unknown">n.d.</span>'
    unit = figure.unit if figure.unit == "%" else french.plural(figure.value, figure.unit, figure.units or None)
    digits = french.number(figure.value, figure.decimals)
    bracket = (
        f' <span class="cp-counts">{french.counts(figure.numerator, figure.denominator)}</span>'
        if figure.numerator is not None and figure.denominator is not None
        else ""
    )
    space = french.NARROW if unit == "%" else french.NO_BREAK
    return f'<strong>{digits}</strong><span class="cp-unit">{space}{text_html(unit)}</span>{bracket}'


def _facts_html(figure: FigureCard) -> str:
    """Target, change and gap to the plan, as a list of terms; a line without a value is left out."""
    facts = []
    if figure.target is not None:
        reached = "" if figure.attainment is None else f", atteinte à {french.percent(figure.attainment, 0)}"
        facts.append(("Cible", _measure(figure, figure.target) + reached))
    if figure.change is not None:
        since = f" depuis le {french.day(figure.since)}" if figure.since else ""
        facts.append(("Évolution", french.signed(figure.change, figure.change_unit, figure.decimals) + since))
    if figure.plan_gap is not None:
        facts.append(("Écart à l'attendu", french.signed(figure.plan_gap, figure.change_unit, figure.decimals) + _expected(figure)))
    lines = "".join(f"<div><dt>{text_html(term)}</dt><dd>{text_html(said)}</dd></div>" for term, said in facts)
    return f'<dl class="cp-facts">{lines}</dl>' if lines else ""


def _expected(figure: FigureCard) -> str:
    """What was expected at this day: between two targets it is neither of them."""
    return "" if figure.value is None else f" (attendu{french.NO_BREAK}: {_measure(figure, round(figure.value - figure.plan_gap, 1))})"


def _measure(figure: FigureCard, x: float) -> str:
    """A number with the figure's unit: « 80 % », « 2 mois »."""
    if figure.unit == "%":
        return french.percent(x, 0 if x == int(x) else 1)
    return french.counted(x, figure.unit, figure.units or None) if figure.unit else french.number(x)


def _provenance(figure: FigureCard) -> str:
    """« n = 3 200 · données du 30/06/2023 · reçu : 5 sur 7 »."""
    parts = [
        f"n = {french.number(figure.n)}" if figure.n is not None else "",
        f"données du {french.day(figure.fresh_on)}" if figure.fresh_on else "",
        figure.note,
    ]
    return " · ".join(part for part in parts if part)


def _sparkline_html(figure: FigureCard) -> str:
    known = [x for x in figure.trend if x is not None]
    if figure.suppressed or len(known) < 2:
        return ""
    said = f"Évolution : de {_measure(figure, round(known[0], 1))} à {_measure(figure, round(known[-1], 1))}"
    return f'<img class="cp-spark" src="{_sparkline_uri(tuple(figure.trend))}" alt="{text_html(said)}" width="96" height="32">'


@lru_cache(2048)
def _sparkline_uri(trend: tuple[float | None, ...]) -> str:
    """A line and its last point as an SVG image: Streamlit drops <svg> from HTML, and an image costs no view."""
    known = [x for x in trend if x is not None]
    low, high = min(known), max(known)
    step = 88 / (len(trend) - 1)
    points = [
        None if y is None else (round(4 + i * step, 1), round(28 - 24 * (y - low) / ((high - low) or 1), 1))
        for i, y in enumerate(trend)
    ]
    # An unknown month is a gap in the line, never a straight line over it.
    strokes = "".join(f"M{a[0]} {a[1]}L{b[0]} {b[1]}" for a, b in pairwise(points) if a and b)
    x, y = next(point for point in reversed(points) if point)
    svg = (
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 96 32'>"
        f"<path d='{strokes}' fill='none' stroke='{theme.SPARK}' stroke-width='2' stroke-linecap='round'/>"
        f"<circle cx='{x}' cy='{y}' r='3' fill='{theme.SPARK}'/></svg>"
    )
    return "data:image/svg+xml," + quote(svg, safe="/:='")


# ── Workstreams and what waits ───────────────────────────────────────────────────────────────────────────────────


def workstream_rows(rows: Sequence[WorkstreamRow], title: str = "", level: int | None = None) -> None:
    """One line per workstream: name, bar of what is done with a mark where the plan stands, gap, health."""
    level = level or (3 if title else 2)
    items = "".join(f'<li class="cp-stream">{_workstream_html(row, level)}</li>' for row in rows)
    st.html(_section(title, f'<ul class="cp-streams">{items}</ul>'))


def _workstream_html(row: WorkstreamRow, level: int) -> str:
    name = _link(row.name, row.href) if row.href else text_html(row.name)
    note = f'<p class="cp-note">{text_html(row.note)}</p>' if row.note else ""
    planned = "" if row.planned is None and not row.health else f" · {french.percent(row.planned)} prévu"
    points = french.signed(row.gap_points, "point", 1) if row.gap_points is not None else ""
    months = french.months_late(row.gap_months) if row.gap_months is not None else ""
    gaps = "".join(f"<span>{text_html(gap)}</span> " for gap in (points, months) if gap)
    return (
        f'<div class="cp-stream-name"><h{level}>{name}</h{level}>{note}</div>'
        f'<div class="cp-stream-bar">{_bar_html(row)}'
        f"<p><strong>{french.percent(row.done)}</strong> fait{planned}</p></div>"
        f'<p class="cp-stream-gap">{gaps}</p>{badge_html(row.health) if row.health else ""}'
    )


def _bar_html(row: WorkstreamRow) -> str:
    """A bullet bar. The sentence beside it says the same, so that it stays out of the way of a screen reader."""
    if row.done is None:
        return '<div class="cp-bar" aria-hidden="true"></div>'
    mark = "" if row.planned is None else f'<b style="left:{_within_bar(row.planned)}"></b>'
    return f'<div class="cp-bar" aria-hidden="true"><i style="width:{_within_bar(row.done)}"></i>{mark}</div>'


def _within_bar(x: float) -> str:
    return f"{min(max(x, 0), 100):.1f}%"


def todo_list(
    items: Sequence[TodoItem], title: str = "À traiter", empty: str = "Rien n’attend de réponse de votre part."
) -> None:
    """What waits for the reader, late things first as the caller sorted them."""
    lines = "".join(f"<li>{_todo_html(item)}</li>" for item in items)
    body = f'<ul class="cp-todo">{lines}</ul>' if lines else f'<p class="cp-calm">{text_html(empty)}</p>'
    st.html(_section(title, body))


def _todo_html(item: TodoItem) -> str:
    text = _link(item.text, item.href) if item.href else text_html(item.text)
    detail = f"<small>{text_html(item.detail)}</small>" if item.detail else ""
    if item.due is None:
        return f"<span>{text}{detail}</span>"
    shape, word = ("■", "en retard depuis le ") if item.late else ("○", "pour le ")
    when = f'<span class="cp-due{" cp-late" if item.late else ""}"><i aria-hidden="true">{shape}</i>'
    return f"<span>{text}{detail}</span>{when}{word}{french.day(item.due)}</span>"


# ── Forms ────────────────────────────────────────────────────────────────────────────────────────────────────────


def field_error(sentence: str | None) -> None:
    """What is to be corrected, under its field; nothing where nothing is wrong."""
    if sentence:
        st.html(f'<p class="cp-error" role="alert">{text_html(sentence)}</p>')


# ── Nothing to show ──────────────────────────────────────────────────────────────────────────────────────────────


def empty_nothing_yet(text: str, action: tuple[str, str] | None = None) -> None:
    """Nothing exists yet: say so and offer the first step, a (label, address) pair."""
    _empty(text, _link(*action) if action else "")


def empty_for_filters(text: str, reset: str) -> None:
    """Something exists, but not under these filters: offer the address without them."""
    _empty(text, _link("Tout effacer", reset))


def _empty(text: str, link: str) -> None:
    st.html(f'<div class="cp-empty"><p>{text_html(text)}</p>{link}</div>')


# ── Pieces of HTML ───────────────────────────────────────────────────────────────────────────────────────────────


def text_html(text: object) -> str:
    """A sentence of ours or of a user: French spaces, then escaped."""
    return escape_html(french.typo(str(text)))


def _link(label: str, href: str, about: str = "") -> str:
    """A link that stays in the session; `about` tells a screen reader which of many equal links this one is."""
    hidden = f'<span class="cp-sr"> ({text_html(about)})</span>' if about else ""
    return f'<a class="cp-go" href="{local(href)}">{text_html(label)}{hidden}</a>'


def _section(title: str, body: str) -> str:
    heading = f"<h2>{text_html(title)}</h2>" if title else ""
    return f'<section class="cp-section">{heading}{body}</section>'
