"""`make measure` counts what it says, on a house of a few lines."""

from pathlib import Path

import pytest

from tests import measure

MODULE = '''"""A docstring may say <b>this</b>."""

# A reason.
SIZES = [n for n in range(3)]  # not a line of comment


def card(title: str) -> str:

    return f"<p class='card'>{title}</p><b>!</b>" if title else ""
'''


@pytest.fixture
def measured(tmp_path: Path) -> dict[str, str]:
    files = {
        "dashboard/cards.py": MODULE,
        "dashboard/__init__.py": "",
        "dashboard/templates/ideas/card.html": "<p>{{ title }}</p>",
        "models/migrations/versions/0001.py": "x = 1 if y else 2\n" * 50,
        "models/long.py": f"LONG = '{'x' * 100}'\n",
        "README.md": "one\ntwo\n",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (tmp_path / "pages").mkdir()
    (tmp_path / "seed").mkdir()
    return dict(measure.form(tmp_path))


def test_lines_are_counted_without_blank_ones_and_landed_steps(measured):
    assert measured["Python files · lines"] == "3 · 6"
    assert measured["lines > 100"] == "16.7 %"
    assert measured["comment lines"] == "16.7 %"


def test_what_is_dense_is_counted_on_the_tree_of_the_code(measured):
    assert measured["ternaries per 1,000 lines"] == "166.7"
    assert measured["comprehensions per 1,000 lines"] == "166.7"
    assert measured["function lines, median / p90 / max"] == "3 / 3 / 3"
    assert measured["functions over C901 8"] == "0"


def test_tags_of_strings_are_counted_and_those_of_docstrings_are_not(measured):
    assert measured["opening HTML tags in string literals"] == "2 in 1 files"
    assert measured["template files"] == "1"


def test_the_table_is_markdown(measured):
    lines = measure.markdown(list(measured.items()), "here").splitlines()
    assert lines[:2] == ["| measured | here |", "| --- | --- |"]
    assert "| README lines | 2 |" in lines and "| loose modules of dashboard/ | 1 |" in lines
