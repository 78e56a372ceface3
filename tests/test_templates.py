"""The templates: no HTML outside them, nothing unescaped inside them, nothing they use that they
were not given.
"""

import ast
import re
from functools import cache
from pathlib import Path

import pytest
from jinja2 import meta, nodes
from markupsafe import Markup

from dashboard.rendering import TEMPLATES, compile_all, jinja, macros, render
from models.settings import ROOT

HOSTILE = """<img src=x onerror=alert(1)>"'&"""
_TAG = re.compile(r"(?<!\?P)</?[a-zA-Z]")  # a named group of a regular expression is no tag

# These files hold tags for good, and why.
WITH_REASON = {
    "dashboard/files/mail.py": ("writes an address in a header of a mail, between angle brackets"),
    "dashboard/files/ideas/columns.py": (
        "reads the markup that another platform wrote in its comments, and takes it off"
    ),
    "dashboard/rendering.py": "takes the tags off for a spreadsheet",
    "dashboard/report/pdf.py": "asks Typst for « <pages> », a label of its own language",
    "dashboard/web/first_page.py": (
        "looks for the tags of Streamlit's own index.html, to put ours in their place"
    ),
}
# Templates whose links lead to us from outside, by the full address of the server.
OUTWARD = {"mails/news.html"}


@cache
def written_strings(path: Path) -> list[str]:
    """The string literals of a file, f-strings included, without its docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in docstrings
    ]


def python_files() -> list[Path]:
    return sorted([*(ROOT / "dashboard").rglob("*.py"), *(ROOT / "pages").rglob("*.py")])


def templates() -> list[str]:
    return jinja().list_templates()


@pytest.mark.slow
def test_no_python_file_writes_html():
    found = {
        path.relative_to(ROOT).as_posix()
        for path in python_files()
        if any(map(_TAG.search, written_strings(path)))
    }
    assert found - set(WITH_REASON) == set(), "HTML goes into dashboard/templates"
    assert set(WITH_REASON) - found == set(), "these hold no tag any more: take them off the list"


def test_no_word_of_a_light_page_is_torn_from_its_punctuation():
    """On a phone « : » or « » » would begin a line."""
    torn = re.compile(r"« | [»;:?!](?!\w)")
    for name in templates():
        if name.startswith("light/"):
            source = jinja().loader.get_source(jinja(), name)[0]
            tokens = jinja()._tokenize(source, name, name)
            words = "\0".join(token.value for token in tokens if token.type == "data")
            assert not torn.search(re.sub("<[^>]*>", "", words)), name


def test_nobody_escapes_by_hand_nor_vouches_for_a_text():
    """Escaping is the templates' work; a text becomes markup in `rendering.py`, and once where
    it is our own stylesheet.
    """
    vouching = {
        path.relative_to(ROOT).as_posix()
        for path in python_files()
        if re.search(
            r"\bMarkup\(|from html import .*\bescape\b|from markupsafe import .*\bescape\b",
            path.read_text(encoding="utf-8"),
        )
    }
    assert vouching == {"dashboard/rendering.py", "dashboard/frame/around.py"}


@pytest.mark.slow
def test_every_template_is_drawn_by_somebody_and_every_drawn_one_exists():
    drawn = {
        text
        for path in python_files()
        for text in written_strings(path)
        if re.fullmatch(r"[a-z][a-z_]*(/[a-z_]+)?\.(html|svg)", text)
    }
    imported = {
        name
        for template in templates()
        for name in re.findall(
            r'{% (?:from|include) "([^"]+)"', (TEMPLATES / template).read_text(encoding="utf-8")
        )
    }
    assert set(templates()) - drawn - imported == set(), "nobody draws these"
    assert {name for name in drawn if "/" in name} - set(templates()) == set(), (
        "these are drawn and are not there"
    )


@cache
def drawings() -> list[tuple[str, str, set[str]]]:
    """(file and line, template, names given) of each call that draws a template."""
    found = []
    for path in python_files():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in ("draw", "render", "render_once")
                and node.args
            ):
                template = node.args[0]
                if isinstance(template, ast.Constant) and isinstance(template.value, str):
                    place = f"{path.relative_to(ROOT).as_posix()}:{node.lineno}"
                    found.append(
                        (place, template.value, {keyword.arg for keyword in node.keywords})
                    )
    return found


@pytest.mark.slow
def test_each_template_is_given_what_it_uses_and_nothing_else():
    known = set(jinja().globals)
    for place, name, given in drawings():
        assert given == used_by(name) - known, f"{place} draws {name}"


def used_by(name: str) -> set[str]:
    """The names that a template asks for, and those of what it includes."""
    tree = jinja().parse((TEMPLATES / name).read_text(encoding="utf-8"))
    included = (node.template.value for node in tree.find_all(nodes.Include))
    return meta.find_undeclared_variables(tree).union(*map(used_by, included))


def test_every_template_compiles():
    assert set(compile_all()) == set(templates())
    assert "macros.html" in templates()


def test_nothing_is_called_safe_inside_a_template():
    for name in templates():
        tree = jinja().parse((TEMPLATES / name).read_text(encoding="utf-8"))
        safe = [node for node in tree.find_all(nodes.Filter) if node.name == "safe"]
        assert not safe, name
        kept_on = not list(tree.find_all(nodes.ScopedEvalContextModifier))
        assert kept_on, f"autoescape stays on in {name}"


def test_an_address_is_checked_before_it_is_linked():
    for name in set(templates()) - set(OUTWARD):
        source = (TEMPLATES / name).read_text(encoding="utf-8")
        for address in re.findall(r'href="\{\{(.*?)\}\}', source):
            assert "|local" in address, (name, address)


def test_a_hostile_text_is_escaped_in_content_and_in_attributes():
    shown = render(
        "ui/page_header.html",
        title=HOSTILE,
        lead=HOSTILE,
        trail=[(HOSTILE, "/x?q=" + HOSTILE)],
        tabs=[(HOSTILE, "/x?q=" + HOSTILE, True)],
        help="/x?q=" + HOSTILE,
    )
    assert "<img" not in shown and 'href="/x?q=&lt;img' in shown
    assert "<img" not in macros().chip(HOSTILE, HOSTILE)
    assert '"' not in re.sub(r'="[^"<>]*"', "", macros().chip("mot", HOSTILE)), (
        "no quote ends an attribute"
    )


def test_markup_made_here_is_placed_as_it_is_and_a_text_is_not():
    assert macros().link("Voir", "/x") in render(
        "ui/paragraph.html", text=macros().link("Voir", "/x")
    )
    assert render("ui/paragraph.html", text="<b>") == "<p>&lt;b&gt;</p>"
    assert isinstance(render("ui/paragraph.html", text="a"), Markup)


def test_a_sentence_has_the_spaces_of_french():
    assert (
        render("ui/paragraph.html", text="Vrai ? « Oui »") == "<p>Vrai\u202f? «\u00a0Oui\u00a0»</p>"
    )


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("<p>\n  <b>un</b>\n  deux\n  trois\n</p>", "<p><b>un</b>deux trois</p>"),
        ("<b>{{ 1 }}</b> <i>{{ 2 }}</i>", "<b>1</b> <i>2</i>"),
        ("{% if 1 %}\n  <p>\u00a0: x</p>\n{% endif %}\n", "<p>\u00a0: x</p>"),
    ],
    ids=["layout", "space", "no-break space"],
)
def test_a_line_break_of_a_template_leaves_no_gap(written, sent):
    assert jinja().from_string(written).render() == sent
