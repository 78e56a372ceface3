"""The blocks of pages: header, cards, workstreams, task lists, empty states.

Components take plain values (the dataclasses below, numbers, dates, texts) and know neither the
database nor the figures: they format in French, escape, and draw. They are HTML with one style
sheet rather than Streamlit's metrics and charts, which are slower to build in the browser.

The HTML is in `dashboard/templates`, which escapes; a text in a Streamlit label or in Markdown
must go through `escape_md`. Links made here stay in the current session (`static/page.js`), and
also work without the script.
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
    """One task or news item of the reader; `late` is computed by the caller, who knows the day.
    `on`: the day of the event, shown after the detail.
    """

    text: str
    href: str = ""
    detail: str = ""
    due: date | None = None
    late: bool = False
    on: date | None = None


# ── Texts made safe ───────────────────────────────────────────────────────────────────────────────


def escape_md(text: object) -> str:
    """Escapes text for Streamlit's Markdown: labels, captions, titles, alerts, tabs, toasts.

    A backslash stops Markdown and LaTeX. Shortcodes (:material/x:, :smile:) and bare addresses
    are parsed after backslashes are removed, so an invisible word joiner splits them.
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
    """Draws a template on the page: `draw("ideas/list.html", ideas=…)`."""
    place(render(template, **view))


def title_block(title: str, lead: str = "") -> None:
    """The h1 of a page and a sentence, for pages without breadcrumbs."""
    draw("ui/page_header.html", title=title, lead=lead, trail=(), tabs=(), help="")


def heading(text: str, level: int = 2, hidden: bool = False) -> None:
    """A heading; `hidden`: for screen readers only, where the content is visually obvious."""
    draw("ui/heading.html", text=text, level=level, hidden=hidden)


def section(title: str, message: str = "") -> None:
    """The h2 of a part of a screen, and its sentence."""
    draw("ui/section.html", title=title, message=message)


def paragraph(text: object) -> None:
    """A sentence; markup (a link, for instance) is not escaped."""
    draw("ui/paragraph.html", text=text)


def caption(text: object) -> None:
    """A caption below what it explains."""
    draw("ui/caption.html", text=text)


def reading(text: object) -> None:
    """The sentence that explains the chart below it."""
    draw("ui/reading.html", text=text)


def link_buttons(
    links: Sequence[tuple[str, str, str]], after: bool = False, accent: bool = False
) -> None:
    """Links styled as buttons, as (label, address, icon), on one line; `after`: placed below
    related content; `accent`: the first one stands out, once in a page.
    """
    draw("ui/link_buttons.html", links=links, after=after, accent=accent)


def badge_html(status: str) -> Markup:
    """A status in a cell or a line. The shape is decorative: a screen reader reads the word."""
    return macros().badge(theme.STATUSES[status])


def small_print(text: str) -> None:
    """A reading note, in small print."""
    draw("ui/small_print.html", text=text)


def segments(label: str, choices: Sequence[tuple[str, str, bool]]) -> None:
    """A row of exclusive choices, as links: (name, address, whether it is active)."""
    draw("ui/segments.html", label=label, choices=choices)


# ── Workstreams and tasks ─────────────────────────────────────────────────────────────────────────


def published_workstreams(rows: Sequence[dict], title: str = "") -> None:
    """One line per published workstream: its name, its progress as a bar, its milestones."""
    draw("figures/workstreams.html", rows=rows, title=title, level=3 if title else 2)


def todo_list(
    items: Sequence[TodoItem],
    title: str = "À traiter",
    empty: str = "Rien n’attend de réponse de votre part.",
    most: int | None = None,
) -> None:
    """The reader's tasks, in the caller's order; those beyond `most` are folded."""
    place(todo_html(items, title, empty, most))


def todo_html(items: Sequence[TodoItem], title: str, empty: str, most: int | None = None) -> Markup:
    # Folding a single line would save no space.
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
    """The error below its field; draws nothing without an error."""
    if sentence:
        draw("ui/field_error.html", sentence=sentence)


# ── Nothing to show ───────────────────────────────────────────────────────────────────────────────


def note_unread(*found: Readable) -> None:
    """A note if some records of these lists cannot be read; the others are shown."""
    unread = sum(records.unread for records in found)
    if unread:
        number = french.counted(unread, "enregistrement")
        verb = french.plural(unread, "ne peut pas être lu", "ne peuvent pas être lus")
        draw("ui/unread.html", sentence=f"{number} {verb} : le reste est montré.")


def empty_nothing_yet(text: str, action: tuple[str, str] | None = None) -> None:
    """The empty state of a new list, with a first action (label, address)."""
    draw("ui/empty.html", text=text, action=action)


def empty_for_filters(text: str, reset: str) -> None:
    """The empty state of filters, with the address without them."""
    draw("ui/empty.html", text=text, action=("Tout effacer", reset))
