"""The blocks that pages are made of: header, cards, workstreams, lists to treat, empty states.

Components take plain values (the dataclasses below, numbers, dates, texts) and know neither the
database nor the figures: they write French, escape, and draw. They are HTML and one stylesheet
rather than Streamlit's metrics and charts, because views rebuilt in the browser are what a page
costs.

The HTML is in `dashboard/templates`, which escapes; a text placed in a Streamlit label or in
Markdown must pass `escape_md`. Links made here stay inside the running session (`static/page.js`),
with or without it they work.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from dashboard import french, theme
from dashboard.queries.readable import Readable
from dashboard.rendering import macros, render
from dashboard.ui.blocks import place


@dataclass(frozen=True)
class TodoItem:
    """One thing that waits for the reader, or that she is told of; `late` is decided by the caller,
    who knows the day. `act`: what can be done of it without leaving the page, and the address that
    opens it. `on`: the day on which it happened, told behind its detail.
    """

    text: str
    href: str = ""
    detail: str = ""
    due: date | None = None
    late: bool = False
    act: tuple[str, str] | None = None
    on: date | None = None


# ── Texts made safe ───────────────────────────────────────────────────────────────────────────────


def escape_md(text: object) -> str:
    """Text for any place where Streamlit reads Markdown: labels, captions, titles, alerts, tabs,
    toasts.

    A backslash stops Markdown and LaTeX. Shortcodes (:material/x:, :smile:) and bare addresses are
    looked for after the backslashes are gone, so a word joiner, which nobody sees, splits them.
    """
    lines = (
        _MARKDOWN.sub(r"\\\g<0>", _split_shortcodes(line.strip()))
        for line in str(text).splitlines()
    )
    return "  \n".join(lines)


_MARKDOWN = re.compile(r"""[!-/:-@\[-`{-~]""")
_WORD_JOINER = "\u2060"


def _split_shortcodes(line: str) -> str:
    return re.sub(
        r"(?i)[:@]|(?<=www)\.|->|<-|--", lambda found: _WORD_JOINER.join(["", *found[0], ""]), line
    )


# ── The page ──────────────────────────────────────────────────────────────────────────────────────


def draw(template: str, **view: object) -> None:
    """One template on the page: `draw("ideas/list.html", ideas=…)`."""
    place(render(template, **view))


def title_block(title: str, lead: str = "") -> None:
    """The h1 of a page and one sentence under it, where no frame says the way back."""
    draw("ui/page_header.html", title=title, lead=lead, icon="", steps=(), is_slim=False, help="")


def heading(text: str, level: int = 2, hidden: bool = False) -> None:
    """A heading alone; `hidden` is for screen readers only, where the eye sees by itself what
    follows.
    """
    draw("ui/heading.html", text=text, level=level, hidden=hidden)


def section(title: str, message: str = "") -> None:
    """An h2 at the head of a part of a screen, and the sentence under it."""
    draw("ui/section.html", title=title, message=message)


def paragraph(text: object) -> None:
    """A sentence by itself; markup (a link, for instance) is placed as it is."""
    draw("ui/paragraph.html", text=text)


def caption(text: object) -> None:
    """A quiet sentence under what it explains."""
    draw("ui/caption.html", text=text)


def reading(text: object) -> None:
    """The sentence that says what the chart below shows."""
    draw("ui/reading.html", text=text)


def link_buttons(links: Sequence[tuple[str, str, str]], after: bool = False) -> None:
    """Links that look like buttons, as (label, address, icon), on one line; `after`: under what
    they follow.
    """
    draw("ui/link_buttons.html", links=links, after=after)


def badge(status: str) -> None:
    """A status alone on its line: shape, word, colour."""
    place(badge_html(status))


def badge_html(status: str) -> Markup:
    """A status inside a cell or a line. The shape is for the eye only: a screen reader gets the
    word.
    """
    return macros().badge(theme.STATUSES[status])


def small_print(text: str) -> None:
    """How something is to be read, in small letters under it."""
    draw("ui/small_print.html", text=text)


def segments(label: str, choices: Sequence[tuple[str, str, bool]]) -> None:
    """A row of choices of which one holds, as links: (name, address, whether it is chosen)."""
    draw("ui/segments.html", label=label, choices=choices)


# ── Workstreams and what waits ────────────────────────────────────────────────────────────────────


def workstream_rows(rows: Sequence[dict], title: str = "", level: int | None = None) -> None:
    """One line per workstream: name, bar of what is done with a mark where the plan stands, gap,
    health.
    """
    place(workstreams_html(rows, title, level or (3 if title else 2)))


def workstreams_html(rows: Sequence[dict], title: str, level: int) -> Markup:
    return render("figures/workstreams.html", rows=rows, title=title, level=level)


def workstream_bar(
    name: str,
    done: float | None,
    planned: float | None,
    gaps: tuple[float | None, float | None] = (None, None),
    health: str = "",
    note: str = "",
    href: str = "",
) -> dict:
    """Where one workstream stands, for its line: `done` and `planned` in per cent, `gaps` in
    points and in months (< 0: late); without `health` nothing is said of its plan.
    """
    points, months = gaps
    is_drawn = done is not None
    return {
        "name": name,
        "href": href,
        "note": note,
        "width": _within_bar(done) if is_drawn else "",
        "mark": _within_bar(planned) if is_drawn and planned is not None else "",
        "done": french.percent(done),
        "planned": "" if planned is None and not health else french.percent(planned),
        "gaps": [
            *([] if points is None else [french.signed(points, "point", 1)]),
            *([] if months is None else [french.months_late(months)]),
        ],
        "health": theme.STATUSES[health] if health else None,
    }


def _within_bar(x: float) -> str:
    # What is done may exceed what was planned for; the bar ends where it ends.
    return f"{min(max(x, 0), 100):.1f}%"


def todo_list(
    items: Sequence[TodoItem],
    title: str = "À traiter",
    empty: str = "Rien n’attend de réponse de votre part.",
    most: int | None = None,
) -> None:
    """What waits for the reader, late things first as the caller sorted them; beyond `most` they
    unfold.
    """
    place(todo_html(items, title, empty, most))


def todo_html(items: Sequence[TodoItem], title: str, empty: str, most: int | None = None) -> Markup:
    # One line alone would take the room of the fold that hides it.
    shown = most if most is not None and len(items) > most + 1 else len(items)
    more = items[shown:]
    return render(
        "ui/todo.html",
        items=items[:shown],
        more=more,
        more_label=f"Voir {french.plural(len(more), 'l’autre', f'les {len(more)} autres')}",
        title=title,
        empty=empty,
    )


# ── Forms ─────────────────────────────────────────────────────────────────────────────────────────


def field_error(sentence: str | None) -> None:
    """What is to be corrected, under its field; nothing where nothing is wrong."""
    if sentence:
        draw("ui/field_error.html", sentence=sentence)


# ── Nothing to show ───────────────────────────────────────────────────────────────────────────────


def note_unread(*found: Readable) -> None:
    """One quiet sentence where records of these lists cannot be read: the others are shown."""
    unread = sum(records.unread for records in found)
    if unread:
        number = french.counted(unread, "enregistrement")
        verb = french.plural(unread, "ne peut pas être lu", "ne peuvent pas être lus")
        draw("ui/unread.html", sentence=f"{number} {verb} : le reste est montré.")


def empty_nothing_yet(text: str, action: tuple[str, str] | None = None) -> None:
    """Nothing exists yet: say so and offer the first step, a (label, address) pair."""
    draw("ui/empty.html", text=text, action=action)


def empty_for_filters(text: str, reset: str) -> None:
    """Something exists, but not under these filters: offer the address without them."""
    draw("ui/empty.html", text=text, action=("Tout effacer", reset))
