"""HTML from templates (gabarits): a view of plain values in, safe markup out. Knows neither
Streamlit nor the database.

Every value is escaped where it is written, unless it is `Markup` made here already.
`dashboard/templates` has one folder per subject and one file, `macros.html`, for the pieces that
many templates share: `ui.link(…)`. A name that a template uses and its caller did not give is an
error (`StrictUndefined`), never an empty place.
"""

import re
from collections.abc import Iterable
from functools import cache
from html import unescape
from pathlib import Path
from types import ModuleType

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream
from markupsafe import Markup

from dashboard import french

TEMPLATES = Path(__file__).with_name("templates")


def render(template: str, /, **view: object) -> Markup:
    """The HTML of one template: « ideas/list.html ». What it is given by name is all that it
    knows.
    """
    found = _template(template)
    return Markup("".join(found.root_render_func(found.new_context(view))))


@cache
def macros() -> ModuleType:
    """The shared pieces as functions that give markup, for a cell or a line:
    `macros().link(label, href)`.
    """
    return jinja().globals["ui"]


def compile_all() -> list[str]:
    """Compiles every template, so that no visitor waits for it. Returns their names; raises on
    the first mistake.
    """
    names = jinja().list_templates()
    for name in names:
        _template(name)
    return names


@cache
def _template(name: str) -> Template:
    return jinja().get_template(name)


class _Environment(Environment):
    def make_globals(self, d: dict | None) -> dict:
        """A plain dictionary: Jinja's chain of two is walked in Python, at each rendering, for
        longer than a card takes.
        """
        return {**self.globals, **(d or {})}


@cache
def jinja() -> Environment:
    made = _Environment(
        loader=FileSystemLoader(TEMPLATES),
        extensions=[Spaces],
        autoescape=True,
        undefined=StrictUndefined,
        # A served template does not change: Jinja would ask the disk for its date at each
        # rendering.
        auto_reload=False,
        cache_size=-1,
    )
    made.filters |= {
        "french": typeset,
        "local": local,
        "lines": lines,
        "number": french.number,
        "percent": french.percent,
        "day": french.day,
        "day_long": french.day_long,
        "month": french.month,
        "month_short": french.month_short,
        "weekday": french.weekday,
    }
    made.globals = {"counted": french.counted}
    made.globals["ui"] = made.get_template("macros.html").module
    return made


# ── Filters ───────────────────────────────────────────────────────────────────────────────────────


def typeset(text: object) -> str:
    """A sentence of ours or of a user with the spaces of French; markup keeps its own."""
    return text if isinstance(text, Markup) else french.typo(str(text))


def lines(text: str) -> Iterable[str]:
    """The lines of a longer text that hold something: one paragraph each."""
    return (line for line in text.splitlines() if line.strip())


_OURS = re.compile(r"[/?#](?!/)")


def local(href: str) -> str:
    """An address of ours. Raises ValueError for anything else: no user writes addresses, so it
    is a mistake of the programmer.
    """
    if not _OURS.match(href):
        raise ValueError(f"Only addresses of this application may be linked: {href!r}")
    return href


def plain(value: object) -> object:
    """Markup as a spreadsheet holds it: without tags, nor the shapes that are for the eye only;
    any other value as it is.
    """
    if not isinstance(value, Markup):
        return value
    return unescape(_TAGS.sub("", value)).strip()


_TAGS = re.compile(r"<i aria-hidden.*?</i>|<[^>]+>")


# ── White space ───────────────────────────────────────────────────────────────────────────────────


_BREAK = r"[ \t]*\n[ \t\n]*"
_LAYOUT = re.compile(rf"^{_BREAK}|(?<=>){_BREAK}|{_BREAK}(?=<)|{_BREAK}$")


class Spaces(Extension):
    """A line break beside a tag, a block or a value is layout of the template and is not sent;
    between two words it is a space.

    So templates may be indented without a gap between inline elements. A space that counts stands
    on one line with what it separates. (`trim_blocks` would leave the indentation of the next line
    behind.)

    The words of a light page as it is written have the spaces of French, like the values in it: on
    a phone « : » would else begin a line.
    """

    def filter_stream(self, stream: TokenStream) -> Iterable[Token]:
        is_light = (stream.name or "").startswith("light/")
        in_tag = False
        for token in stream:
            if token.type != "data":
                yield token
                continue
            parts = [re.sub(_BREAK, " ", _LAYOUT.sub("", token.value))]
            if is_light:
                parts = re.split("([<>])", parts[0])
            # What is inside a tag is left as it is.
            for place, part in enumerate(parts):
                in_tag = part == "<" if part in ("<", ">") else in_tag
                if is_light and not in_tag:
                    parts[place] = french.typo(part)
            yield Token(token.lineno, token.type, "".join(parts))
