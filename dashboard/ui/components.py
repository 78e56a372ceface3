"""The blocks of pages: header, cards, workstreams, task lists, empty states.

Components take plain values (the dataclasses below, numbers, dates, texts) and know neither the
database nor the figures: they format in French, escape, and draw. They are HTML with one style
sheet rather than Streamlit's metrics and charts, which are slower to build in the browser.

The HTML is in `dashboard/templates`, which escapes; a text in a Streamlit label or in Markdown
must go through `escape_md`. Links made here stay in the current session (`static/page.js`), and
also work without the script.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from functools import cache, partial

import streamlit as st
from markupsafe import Markup

from dashboard import french, theme
from dashboard.queries.readable import Readable
from dashboard.rendering import macros, render
from dashboard.visit import signin
from dashboard.web.first_page import OWN_FILES

_PARTS: ContextVar[list[Markup] | None] = ContextVar("parts of the block being drawn", default=None)


@contextmanager
def gathering() -> Iterator[list[Markup]]:
    """Collects the parts placed inside the `with`, in order, instead of sending them to the
    page.
    """
    parts: list[Markup] = []
    token = _PARTS.set(parts)
    try:
        yield parts
    finally:
        _PARTS.reset(token)


def is_gathering() -> bool:
    return _PARTS.get() is not None


def place(html: Markup, **how: object) -> None:
    """Places a part of the screen; `how`: Streamlit options of its width when it is not
    collected.
    """
    parts = _PARTS.get()
    if parts is not None:
        parts.append(html)
    elif html.strip():  # Streamlit refuses an empty element
        st.html(html, **how)


@contextmanager
def _gathered(template: str, **view: object) -> Iterator[None]:
    """The parts placed inside, drawn as one by a template; draws nothing if empty."""
    with gathering() as parts:
        yield
    if parts:
        place(render(template, parts=parts, **view))


# Stacked parts, with the gap between elements, sent as one element.
stacked = partial(_gathered, "ui/stacked.html")
# Parts in a border (encadré), like a container with a border.
framed = partial(_gathered, "ui/framed.html")
# The parts of the cockpit's first screen, laid out by its style sheet.
at_a_glance = partial(_gathered, "cockpit/glance.html")
# Several parts as one: a column of `side_by_side`.
together = partial(_gathered, "ui/together.html")


def fold(title: str, icon: str = "") -> AbstractContextManager[None]:
    """A part folded by default (volet)."""
    return _gathered("ui/fold.html", title=title, icon=icon)


@contextmanager
def side_by_side(gap: str = "") -> Iterator[None]:
    """Parts side by side on a wide screen; each is made by `fold` or `together`. A single one
    takes the whole width. `gap`: « medium » or « large », as for Streamlit's columns.
    """
    with gathering() as parts:
        yield
    for part in parts if len(parts) == 1 else ():
        place(part)
    if len(parts) > 1:
        place(render("ui/side_by_side.html", parts=parts, gap=gap))


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
    draw("ui/page_header.html", title=title, lead=lead, trail=(), ways=(), tabs=(), help="")


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


def copyable(text: str) -> None:
    """A text to take along, with a button that copies it. Not `st.code`: its highlighting is 1.5 MB
    of script.
    """
    draw("ui/copyable.html", text=text)


def explanation(text: object) -> None:
    """The sentence that explains the chart below it."""
    draw("ui/reading.html", text=text)


def link_buttons(links: Sequence[tuple], after: bool = False) -> None:
    """Links styled as buttons, as (label, address, icon, whether it stands out), on one line;
    `after`: placed below related content.
    """
    draw("ui/link_buttons.html", links=links, after=after)


def badge_html(status: str) -> Markup:
    """A status in a cell or a line. The shape is decorative: a screen reader reads the word."""
    return macros().badge(theme.STATUSES[status])


def small_print(text: str) -> None:
    """A reading note, in small print."""
    draw("ui/small_print.html", text=text)


Choices = Sequence[tuple[str, str, bool]]


def segments(label: str, choices: Choices, *others: tuple[str, Choices]) -> None:
    """A row of exclusive choices, as links: (name, address, whether it is active). With `others`,
    each group is preceded by its label.
    """
    draw("ui/segments.html", label=label, groups=((label, choices), *others))


def with_count(label: str, n: int, most: int = 1000) -> str:
    """« En retard (37) », « Toutes (1000+) »; the label alone for none."""
    return f"{label} ({n if n < most else f'{most}+'})" if n else label


# ── Workstreams and tasks ─────────────────────────────────────────────────────────────────────────


def published_workstreams(rows: Sequence[dict], title: str = "") -> None:
    """One line per published workstream: its name, its progress as a bar, its milestones."""
    draw("figures/workstreams.html", rows=rows, title=title, level=3 if title else 2)


def todo_list(
    items: Sequence[TodoItem],
    title: str = "À traiter",
    empty: str = "Rien n'attend de réponse de votre part.",
    most: int | None = None,
    act: tuple = (),
) -> None:
    """The reader's tasks, in the caller's order; those beyond `most` are folded. `act`: the button
    of the first line (label, address, icon, whether it stands out).
    """
    # Folding a single line would save no space.
    shown = most if most is not None and len(items) > most + 1 else len(items)
    more = items[shown:]
    draw(
        "ui/todo.html",
        items=items[:shown],
        more=more,
        act=act,
        more_label=french.plural(len(more), "Voir l'autre", f"Voir les {len(more)} autres"),
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


def component(name: str, template: str, script: str) -> Callable[..., object]:
    """A component drawn in the page, with its styles; its messages are not to be trusted."""
    # It is sent with every message: what our server gives with each page is left out.
    shared = "" if signin.SERVED.is_set() else _source("shared.js")
    return _component(name, template, f"{shared}\n{_source(script)}")


@cache
def screen_component() -> Callable[..., object]:
    """The filters and the body of a screen as one element (`static/screen.js`)."""
    own = "" if signin.SERVED.is_set() else _source("shared.js") + _source("screen.js")
    drawn = "export default component => window.cpScreen(component);"
    return _component("cp_screen", "ui/screen.html", f"{own}\n{drawn}")


def _source(file: str) -> str:
    return (OWN_FILES / file).read_text(encoding="utf-8")


def _component(name: str, template: str, script: str) -> Callable[..., object]:
    return st.components.v2.component(
        name, html=str(render(template)), isolate_styles=False, js=script
    )
