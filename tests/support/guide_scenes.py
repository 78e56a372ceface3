"""The screens that the guide speaks of, as its pages declare them: visited, read, pictured.

A picture is old when what it shows says something else; pixels differ from machine to machine. So
its text is kept beside the tests (`browser/guide/`), and compared with the screen of today.
"""

import io
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Locator, Page

from dashboard.guide.declared import FILES, GuidePage
from tests.support.served import Served
from tests.support.windows import follow_link, go, idle

KEPT = Path(__file__).parents[1] / "browser" / "guide"
# As wide as the guide shows it, so that its letters keep their size.
VIEWPORT = {"width": 860, "height": 1000}
HEAVIEST, COLOURS = 60_000, 64
# Between two machines a line may move by so much; what stands so near the edge is not compared.
EDGE = 90
ABOVE = 24  # what is shown above the words at which a picture begins
# The frame is not what a page speaks of; the banner is the demonstration's own, and the first visit is
# soon over.
QUIET = """
.stSidebar, [aria-label=Filtres], header.stAppHeader, [data-testid=stHeader], .cp-banner, .stStatusWidget { display: none !important; }
[data-testid=stMainBlockContainer] { padding: 1rem 1.25rem 2rem !important; }
* { caret-color: transparent !important; }
"""
_PLACE = re.compile(r"\{(\w+):([^}]+)\}")
_FOUND = {
    "idee": "SELECT number FROM idea WHERE title LIKE :begins",
    "reunion": "SELECT id FROM meeting WHERE title LIKE :begins",
    "compte": "SELECT id FROM account WHERE login LIKE :begins",
}
# What the eye reads of a part, line by line, with where each line begins and ends below its top.
LINES = """part => {
  const top = part.getBoundingClientRect().top, found = [];
  const walker = document.createTreeWalker(part, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode, element = node.parentElement, range = document.createRange();
    range.selectNodeContents(node);
    const box = range.getBoundingClientRect();
    const isSeen = box.width > 1 && box.height > 1 && element.checkVisibility({ visibilityProperty: true })
      && !element.closest(".cp-icon, .cp-sr, [data-testid=stIconMaterial], style, script");
    if (isSeen && node.textContent.trim()) found.push([node.textContent, box.top - top, box.bottom - top]);
  }
  return found;
}"""
# All words of the page: what is folded or told to a screen reader too.
WORDS = """() => {
  const body = document.body.cloneNode(true);
  body.querySelectorAll("script, style, .cp-icon, [data-testid=stIconMaterial]").forEach(one => one.remove());
  const told = [...body.querySelectorAll("[aria-label], [placeholder]")].flatMap(one => [one.getAttribute("aria-label"), one.getAttribute("placeholder")]);
  const walker = document.createTreeWalker(body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) told.push(walker.currentNode.textContent);
  // A sentence that is cut by a number or a link is told whole as well.
  told.push(...[...body.querySelectorAll("a, button, h1, h2, h3, summary, label, p, legend")].map(one => one.textContent));
  return told.filter(Boolean);
}"""


@dataclass(frozen=True)
class Scene:
    """What is done to see a page's screen: whose (a login of the demonstration, none for a
    stranger), which address, what is clicked; and what of it is the picture, if any.
    """

    at: str
    who: str = ""
    acts: Sequence[str] = ()  # the words that are clicked, one after the other
    part: str = ""  # the element that is pictured, as CSS; the page without its frame by default
    top: str = ""  # the words at which the picture begins
    picture: str = ""
    alt: str = ""
    most: int = 620  # how high the picture may be, in pixels


def scenes_of(page: GuidePage) -> list[Scene]:
    (file,) = FILES.glob(f"*-{page.name}.toml")
    return [Scene(**told) for told in tomllib.loads(file.read_text("utf-8"))["scenes"]]


def plain(text: str) -> str:
    """One kind of space and of apostrophe; numbers of entries, which are drawn by chance, as 0."""
    spaced = re.sub(r"[\s\u00a0\u202f]+", " ", re.sub(r"[\u2060\u200b\u00ad]", "", text))
    return re.sub(r"\bn° ?\d{6}\b", "n° 0", spaced.replace("’", "'"), flags=re.IGNORECASE).strip()


def address_of(scene: Scene, server: Served) -> str:
    """« {idee:Manuel} » is the number of the idea whose title begins so."""

    def found(place: re.Match) -> str:
        kind, begins = place.groups()
        return str(server.rows(_FOUND[kind], begins=f"{begins}%")[0][0])

    return _PLACE.sub(found, scene.at)


def arrive(page: Page, scene: Scene, server: Served) -> Page:
    """The screen of a scene, after its acts, without the frame."""
    address = address_of(scene, server)
    is_inside = page.locator(".cp-who").count() > 0
    (follow_link if is_inside else go)(page, address)
    for act in scene.acts:
        page.get_by_text(act, exact=True).first.click()
        idle(page)
    return page


def words_of(page: Page) -> set[str]:
    return {plain(text) for text in page.evaluate(WORDS)}


def part_of(page: Page, scene: Scene) -> Locator:
    page.add_style_tag(content=QUIET)
    shown = page.locator(scene.part or "[data-testid=stMainBlockContainer]")
    return next(part for part in shown.all() if part.is_visible())


@dataclass(frozen=True)
class Seen:
    """What a picture shows: the lines with where each ends, and where it begins within the part."""

    lines: list[tuple[str, float]]
    top: float


def seen(page: Page, scene: Scene) -> Seen:
    found = [
        (plain(text), begins, ends) for text, begins, ends in part_of(page, scene).evaluate(LINES)
    ]
    tops = [begins for line, begins, _ in found if line == plain(scene.top)]
    top = max(0, tops[0] - ABOVE) if scene.top else 0
    return Seen([(line, ends - top) for line, begins, ends in found if begins >= top], top)


def kept_text(page: Page, scene: Scene) -> str:
    """The lines that are surely in the picture, in the order of the page."""
    lines = [line for line, ends in seen(page, scene).lines if ends <= scene.most - EDGE / 2]
    return "\n".join(lines) + "\n"


def differences(page: Page, scene: Scene, kept: str) -> tuple[set[str], set[str]]:
    """(what the picture says and the screen no longer, what the screen says and the picture not)."""
    lines = seen(page, scene).lines
    old = set(kept.splitlines())
    here = {line for line, ends in lines if ends <= scene.most}
    surely = {line for line, ends in lines if ends <= scene.most - EDGE}
    return old - here, surely - old


def take_picture(page: Page, scene: Scene, file: Path) -> None:
    """The part, no higher than it may be, in few colours."""
    page.evaluate("document.fonts.ready")
    # The title has the focus where one has just arrived: its ring is not the screen's.
    page.evaluate("document.activeElement?.blur()")
    page.set_viewport_size(VIEWPORT | {"height": 3000})
    idle(page)
    box = part_of(page, scene).bounding_box()
    top = seen(page, scene).top
    clip = {
        "x": box["x"],
        "y": box["y"] + top,
        "width": box["width"],
        "height": min(box["height"] - top, scene.most),
    }
    shot = page.screenshot(clip=clip, animations="disabled")
    page.set_viewport_size(VIEWPORT)
    idle(page)
    with Image.open(io.BytesIO(shot)) as image:
        few = image.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    file.parent.mkdir(parents=True, exist_ok=True)
    few.save(file, optimize=True)
