"""The pages of the guide, read from their files.

A file is `pages/<place>-<name>.toml`: the place orders the pages, the name is the address; its
scenes tell the tests what to visit and to picture (`tests/support/guide_scenes.py`). In a sentence,
text between « and » is a label of the screen, exactly as it is written there.
"""

import re
import tomllib
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from hashlib import sha256
from pathlib import Path
from typing import Annotated

from PIL import Image
from pydantic import AfterValidator, BaseModel

from models.people import Role
from models.search import family, stem_of, stems, written_words

HERE = "guide"  # the address of the index, without its slash
FILES = Path(__file__).with_name("pages")
PICTURES = Path(__file__).resolve().parents[1] / "static" / "guide"
# Each chapter of the guide is for one role; its heading.
CHAPTERS: Mapping[Role, str] = {
    Role.nobody: "Sans compte",
    Role.agent: "Agent",
    Role.ambassadeur: "Ambassadeur, ambassadrice",
    Role.manager: "Responsable d'une direction ou d'un service",
    Role.codir: "Comité de direction (CODIR)",
    Role.animateur: "Équipe du programme",
    Role.admin: "Administrateur",
}
_LABEL = re.compile(r"«\s*(.+?)\s*»")


@dataclass(frozen=True)
class Picture:
    """A screenshot made by the tests, with its description."""

    name: str
    alt: str

    @property
    def file(self) -> Path:
        return PICTURES / f"{self.name}.png"

    @cached_property
    def size(self) -> tuple[int, int]:
        with Image.open(self.file) as image:
            return image.size

    @cached_property
    def href(self) -> str:
        """An address that changes with the picture, so that browsers may cache it for ever."""
        mark = sha256(self.file.read_bytes()).hexdigest()[:12]
        return f"/app/static/guide/{self.name}.png?v={mark}"


# A text on one line, however its file breaks it.
OneLine = Annotated[str, AfterValidator(lambda text: " ".join(text.split()))]


class GuidePage(BaseModel, frozen=True):
    """A task: for which roles, on which screens, why, the steps, the result, and
    troubleshooting.
    """

    name: str
    title: str
    chapter: Role
    screens: tuple[str, ...]
    why: OneLine
    steps: tuple[OneLine, ...]
    after: OneLine
    troubles: tuple[tuple[OneLine, OneLine], ...]
    pictures: tuple[Picture, ...]
    also_for: tuple[Role, ...] = ()

    @property
    def href(self) -> str:
        return f"/{HERE}/{self.name}"

    @property
    def roles(self) -> frozenset[Role]:
        return frozenset({self.chapter, *self.also_for})

    @property
    def text(self) -> str:
        """All its sentences, for the search."""
        troubles = (sentence for pair in self.troubles for sentence in pair)
        return "\n".join((self.why, *self.steps, self.after, *troubles))


def pieces(sentence: str) -> list[tuple[str, bool]]:
    """A sentence in pieces: (text, whether it is a label of the screen)."""
    parts = _LABEL.split(sentence)
    return [(part, place % 2 == 1) for place, part in enumerate(parts) if part]


@cache
def guide() -> tuple[GuidePage, ...]:
    """Every page, in order."""
    return tuple(_page(file) for file in sorted(FILES.glob("*.toml")))


def _page(file: Path) -> GuidePage:
    read = tomllib.loads(file.read_text(encoding="utf-8"))
    scenes = (scene for scene in read["scenes"] if "picture" in scene)
    pictures = [Picture(scene["picture"], scene["alt"]) for scene in scenes]
    return GuidePage(name=file.stem.partition("-")[2], pictures=pictures, **read)


@cache
def page_named(name: str) -> GuidePage | None:
    return next((page for page in guide() if page.name == name), None)


def pages_of(screen: str) -> list[GuidePage]:
    """The pages about a screen, those that list it first in front."""
    pages = [page for page in guide() if screen in page.screens]
    return sorted(pages, key=lambda page: page.screens.index(screen))


def help_of(screen: str, roles: Collection[Role]) -> str:
    """The address behind « ? » on a screen: the page for one of these roles, else the first; empty
    if there is none.
    """
    pages = pages_of(screen)
    own = [page for page in pages if not page.roles.isdisjoint(roles)]
    chosen = next(iter(own or pages), None)
    return chosen.href if chosen else ""


def chapters() -> list[tuple[Role, str, list[GuidePage]]]:
    """(role, heading, pages) of each chapter that has pages."""
    all_chapters = [
        (role, heading, [page for page in guide() if page.chapter is role])
        for role, heading in CHAPTERS.items()
    ]
    return [chapter for chapter in all_chapters if chapter[2]]


@cache
def edition() -> str:
    """A hash of all texts and pictures: the cache key of what is made from the guide."""
    files = sorted([*FILES.glob("*.toml"), *PICTURES.glob("*.png")])
    return sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


MOST_TYPED = 200


def search_pages(text: str) -> list[GuidePage]:
    """The pages that contain every typed word or one of its family; else those that contain any of
    them. Best match first.
    """
    typed_words = [word for word in written_words(text[:MOST_TYPED]) if stem_of(word)]
    scores = {page.name: [_times(page, word) for word in typed_words] for page in guide()}
    whole = [page for page in guide() if typed_words and all(scores[page.name])]
    hits = whole or [page for page in guide() if any(scores[page.name])]
    return sorted(hits, key=lambda page: -sum(scores[page.name]))


def _times(page: GuidePage, word: str) -> int:
    """How often a page contains a word; the last word also matches as a prefix."""
    counted = _index()[page.name]
    wanted = family(stem_of(word))
    begun = stem_of(word) if len(word) >= 3 else None
    return sum(
        times
        for stem, times in counted.items()
        if stem in wanted or (begun and stem.startswith(begun))
    )


@cache
def _index() -> dict[str, Counter[str]]:
    """Name of a page → its stems, and how often; a word of the title counts eight times."""
    index = {}
    for page in guide():
        index[page.name] = Counter(stems(f"{page.text}\n{CHAPTERS[page.chapter]}"))
        index[page.name].update(8 * list(stems(page.title)))
    return index
