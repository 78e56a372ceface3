"""The documents: what is made from the program is up to date, what they name exists, and the first
page stays short.
"""

import re
from pathlib import Path

import pytest
from documents import DOCS, generated, room_imports

from models.settings import ROOT

DOCUMENTS = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *DOCS.glob("*.md")])
PICTURES = {".png", ".jpg", ".svg"}
# What in backticks is meant as a file of the project: a folder of ours before it, or a suffix.
_PATH = re.compile(
    r"`((?:dashboard|models|pages|seed|tests|docs)/[\w./-]*"
    r"|[\w.-][\w./-]*\.(?:py|md|toml|lock|csv|html|css|js|json|typ|txt|png))`"
)
# « `ROWS` of `dashboard/…/figure_rows.py` »: a name, and the file that is said to hold it.
_NAME_IN_FILE = re.compile(r"`([A-Za-z_]\w*)`,? (?:of|in)\s+`([\w./-]+\.py)`")
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def anchors(page: Path) -> set[str]:
    """The anchors that a heading of this page makes, as Markdown pages are shown."""
    headings = [heading.lower() for heading in _HEADING.findall(text_of(page))]
    return {re.sub(r"[^\w -]", "", heading).strip().replace(" ", "-") for heading in headings}


def test_what_is_generated_is_up_to_date():
    stale = [name_of(path) for path, text in generated().items() if text_of(path) != text]
    assert not stale, f"`python -m tests.documents` renews {', '.join(stale)}"


def test_the_readme_stays_short():
    assert len(text_of(ROOT / "README.md").splitlines()) <= 110


def test_the_readme_leads_to_every_document():
    linked = set(_LINK.findall(text_of(ROOT / "README.md")))
    assert {name_of(page) for page in DOCS.glob("*.md")} <= linked


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_file_that_is_named_exists(document):
    named = set(_PATH.findall(text_of(document)))
    missing = {path for path in named if not (ROOT / path).exists()}
    assert not missing


@pytest.mark.parametrize("document", sorted(DOCS.glob("*.md")), ids=name_of)
def test_every_name_stands_in_the_file_that_is_said_to_hold_it(document):
    gone = [
        f"{name} in {path}"
        for name, path in _NAME_IN_FILE.findall(text_of(document))
        if not re.search(rf"\b{name}\b", (ROOT / path).read_text(encoding="utf-8"))
    ]
    assert not gone


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_link_leads_somewhere(document):
    for link in _LINK.findall(text_of(document)):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (document.parent / path).resolve() if path else document
        assert target.exists(), f"{link} leads nowhere"
        assert not anchor or anchor in anchors(target), f"{link} has no such heading"


def test_every_picture_of_the_documents_is_shown():
    shown = {
        (page.parent / link).resolve()
        for page in DOCUMENTS
        for link in _LINK.findall(text_of(page))
    }
    assert {picture for picture in DOCS.iterdir() if picture.suffix in PICTURES} <= shown


def test_the_picture_of_the_rooms_holds_every_room():
    loose = ("__init__", "__pycache__")
    inside = {
        path.stem
        for path in (ROOT / "dashboard").iterdir()
        if path.stem not in loose and (path.suffix == ".py" or (path / "__init__.py").is_file())
    }
    assert set(room_imports()) == inside | {"models", "pages", "seed"}


def test_the_newest_release_is_the_version_of_the_program():
    releases = re.findall(
        r"^## (\d+\.\d+\.\d+) – (\d{4}-\d\d-\d\d)$", text_of(ROOT / "CHANGELOG.md"), re.M
    )
    version = re.search(r'^version = "(.+)"$', text_of(ROOT / "pyproject.toml"), re.M)[1]
    assert releases[0][0] == version
    numbers = [tuple(map(int, number.split("."))) for number, _ in releases]
    assert numbers == sorted(numbers, reverse=True) and len(set(numbers)) == len(numbers)
    assert [day for _, day in releases] == sorted((day for _, day in releases), reverse=True)
