"""Every screen and state under axe-core, and what axe does not see: zoom, spacing, motion, forced
colours, print.

A screen is looked at as the role that sees most of it, once: light or dark, on a phone, on a desk or
at 400 %, in turn, so that each of these is met by every fifth screen. The screens come from
`screens.SCREENS`, so that a new one is looked at from its first day. A state has one of two looks,
in turn; of those that share a template one is met. `make audit`
opens every screen and state for every role, theme and width.
"""

import io
import math
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache

import pytest
from playwright.sync_api import Page, TimeoutError as PlaywrightTimeout, expect
from pypdf import PdfReader
from support import axe
from support.axe import Cause, Found
from support.colours import contrast
from support.places import STATES, Place, screens
from support.served import Served
from support.windows import PAUSE, Watch, Windows, follow_link, go, idle, signed_in

from dashboard import theme as palette

LIGHT, DARK, DESK, PHONE = "light", "dark", 1440, 360
ZOOMED = 320  # 1280 px at 400 %
NOWHERE = "about:blank"
LOOKS = [(LIGHT, PHONE), (LIGHT, DESK), (DARK, DESK), (DARK, ZOOMED), (DARK, PHONE)]
CROSSED = [(LIGHT, PHONE), (DARK, DESK)]
Look = tuple[Place, str, int]


def of_screens() -> list[Look]:
    """Each screen has one of the looks, in turn."""
    return [(place, *LOOKS[nth % len(LOOKS)]) for nth, place in enumerate(screens())]


def of_states() -> list[Look]:
    """On a phone or on a desk, in turn; of those that share a template, one."""
    met = [place for place in STATES if not place.is_like_another]
    turn = [0 if place.narrow_only else nth % len(CROSSED) for nth, place in enumerate(met)]
    return [(place, *CROSSED[nth]) for place, nth in zip(met, turn, strict=True)]


def in_order(looks: list[Look]) -> list[Look]:
    """Those of one reader that are looked at alike follow each other: to turn a page is to draw it
    again, and whoever comes next loads it.
    """
    return sorted(looks, key=lambda look: (look[0].login or "", LOOKS.index(look[1:])))


OF_SCREENS = in_order(of_screens())
EVERY = in_order(of_screens() + of_states())


@dataclass(frozen=True)
class Seen:
    """What one look at one place showed."""

    violations: list[Found]
    title: str
    lang: str
    headings: list[int]
    errors: int  # what Streamlit draws of an exception
    wide: int
    high: int  # the page, in pixels
    charts: list[str]  # the alternative text of each
    tables: int  # « Les données et l'image du graphique »
    small: list[str]  # links and buttons of ours below 24 px
    cut: list[str]  # texts that the spacing of WCAG 1.4.12 cuts off, on a desk


# A link inside a sentence is as high as its line: WCAG 2.5.8 leaves it out.
SEE = """() => {
  const shown = element => element.checkVisibility({ visibilityProperty: true });
  const all = selector => [...document.querySelectorAll(selector)].filter(shown);
  const inSentence = link => getComputedStyle(link).display === "inline"
    && link.parentElement.textContent.trim().length > link.textContent.trim().length;
  const isSmall = element => { const box = element.getBoundingClientRect(); return box.width < 24 || box.height < 24; };
  return {
    title: document.title, lang: document.documentElement.lang,
    headings: all("h1, h2, h3, h4, h5, h6").map(heading => Number(heading.localName[1])),
    errors: document.querySelectorAll("[data-testid=stException]").length,
    wide: Math.max(document.documentElement.scrollWidth, document.querySelector("[data-testid=stMain]").scrollWidth),
    high: document.querySelector("[data-testid=stMain]").scrollHeight,
    charts: all(".cp-plot").map(chart => chart.getAttribute("aria-label") ?? ""),
    tables: [...document.querySelectorAll("summary")].filter(one => /Les données .*du graphique/.test(one.textContent)).length,
    small: all(".stHtml a, .cp-filter :is(select, button, label, input:not([type=checkbox])), .stButton button, .stPageLink a, [data-testid=stDateInput] [role=spinbutton]")
      .filter(element => isSmall(element) && !inSentence(element)).map(element => element.outerHTML.slice(0, 160)),
  };
}"""


FITS = """() => Math.max(document.documentElement.scrollWidth,
  document.querySelector("[data-testid=stMain]").scrollWidth) <= innerWidth + 1"""
ENDS = """limit => document.querySelector("[data-testid=stMain]").scrollHeight <= limit"""
# What a screen may take, in pixels: three windows of a desk (900), eight of a phone (740).
HIGHEST = {DESK: 3 * 900, PHONE: 8 * 740}
# WCAG 1.4.12: the spacing that a reader may choose.
SPACED = """* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; }
p { margin-bottom: 2em !important; }"""
# Texts that their box cuts off: what scrolls or is meant for screen readers is not cut, and the
# first lines of a text that is read whole behind its link are meant to be.
CUT = """() => [...document.querySelectorAll("main *, .stSidebar *")].filter(element => {
  const style = getComputedStyle(element), box = element.getBoundingClientRect();
  const isOwn = [...element.childNodes].some(node => node.nodeType === 3 && node.nodeValue.trim());
  const hides = ["hidden", "clip"].includes(style.overflowX) || ["hidden", "clip"].includes(style.overflowY);
  return isOwn && hides && box.width > 1 && element.checkVisibility({ visibilityProperty: true })
    && !element.closest(".cp-sr, svg, [aria-hidden=true]") && style.webkitLineClamp === "none"
    && (element.scrollWidth > element.clientWidth + 1 || element.scrollHeight > element.clientHeight + 1);
}).map(element => element.outerHTML.slice(0, 200))"""


def cut_by_spacing(page: Page) -> list[str]:
    """What is cut with the spacing that a reader may choose, and is not without it."""
    style = page.add_style_tag(content=SPACED)
    found = page.evaluate(CUT)
    style.evaluate("tag => tag.remove()")
    without = page.evaluate(CUT) if found else []
    return [text for text in found if text not in without]


@pytest.fixture(scope="module")
def window(
    windows: Windows, browser_context_args: dict, served: Served
) -> Iterator[Callable[..., Page]]:
    """(login, theme, width) → the window of that person until another one asks for hers, in these
    colours and this wide. What goes wrong in one of them is told at the end of the file.
    """
    options = browser_context_args | {"base_url": served.url, "bypass_csp": True}
    lent: list[tuple] = []
    opened: dict[str | None, Page] = {}
    watch = Watch(served.url)

    def of(login: str | None, theme: str, width: int) -> Page:
        if login not in opened:
            leave()
            lent.append(windows.lend(options))
            window = lent[0][1]
            watch.over(window)
            if login:
                window.context.add_cookies([signed_in(served, login)])
            opened[login] = window.open(options)
            opened[login].goto(NOWHERE)
        return turned(opened[login], theme, width)

    def leave() -> None:
        opened.clear()
        while lent:
            windows.take_back(*lent.pop())

    yield of
    leave()
    assert watch.found == []


def turned(page: Page, theme: str, width: int) -> Page:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=theme)
    return page


@pytest.fixture(scope="module")
def seen(window, served) -> Callable[..., Seen]:
    """Looks once at each place; the tests below each ask for one thing."""

    @cache
    def look(place: Place, theme: str, width: int) -> Seen:
        page = window(place.login, theme, width)
        if place.login and page.url.startswith(served.url) and not place.is_fleeting:
            follow_link(idle(page), place.address)  # the colours have turned
        else:
            go(page, place.address)
        if place.act:
            place.act(page)
            idle(page)
        with suppress(PlaywrightTimeout):  # a chart is drawn again a moment after a turn
            page.wait_for_function(FITS, timeout=3000, polling=PAUSE)
        with suppress(PlaywrightTimeout):  # and a page that was narrow is high for as long
            limit = HIGHEST.get(width, math.inf)
            page.wait_for_function(ENDS, arg=limit, timeout=3000, polling=PAUSE)
        ground = _rgb(getattr(palette.PAPER, theme))
        expect(page.locator(".stApp")).to_have_css("background-color", ground)  # it has turned
        violations = axe.violations(page)
        shown = page.evaluate(SEE)
        # Last: a page keeps the height that the spacing gave it for a moment.
        is_asked = (place, theme, width) in OF_SCREENS and width == DESK
        return Seen(violations, **shown, cut=cut_by_spacing(page) if is_asked else [])

    return look


def every(looks: list[Look]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(
        "place,theme,width", looks, ids=[f"{p.name}-{t}-{w}" for p, t, w in looks]
    )


# ── What axe sees ─────────────────────────────────────────────────────────────────────────────────


@every(EVERY)
def test_axe_finds_nothing_that_is_ours(seen, place, theme, width):
    ours = [found for found in seen(place, theme, width).violations if found.is_ours]
    assert not ours, "\n" + "\n".join(map(str, ours))


def test_axe_sees_what_is_wrong_and_tells_whose_it_is(window):
    """The measure itself: a grey too pale, two targets too small, a picture without a text, and
    one that is blamed on Streamlit.
    """
    page = go(window("alice", LIGHT, DESK), "/vos-donnees")
    page.evaluate(
        """document.querySelector('main h1').insertAdjacentHTML('afterend',
        '<img src="/icon.svg"><p style="color:#aaa">pâle</p>' +
        '<button style="all: unset; width: 10px; height: 10px">a</button>'.repeat(2) + '<img class="theirs" src="/icon.svg">')"""
    )
    theirs = Cause("image-alt", "img.theirs", "1.1.1", "pour voir")
    found = {(f.rule, f.criterion, f.cause) for f in axe.violations(page, (theirs,))}
    assert found == {
        ("image-alt", "1.1.1", None),
        ("color-contrast", "1.4.3", None),
        ("target-size", "2.5.8", None),
        ("image-alt", "1.1.1", theirs),
    }


# ── What every look shows ─────────────────────────────────────────────────────────────────────────


@every(EVERY)
def test_a_page_has_one_title_no_skipped_level_and_its_name_in_the_window(
    seen, place, theme, width
):
    look = seen(place, theme, width)
    assert look.lang == "fr"
    assert look.headings.count(1) == 1 and look.headings[0] == 1, look.headings
    assert all(
        after - before <= 1 for before, after in zip(look.headings, look.headings[1:], strict=False)
    ), look.headings
    assert look.title.endswith(" · C-Possible") and len(look.title) > len(" · C-Possible")


def test_no_two_screens_have_the_same_name_in_the_window(seen):
    # They lead on to the cockpit and to « Préparer la séance ».
    leading_on = ("ma-direction", "depuis")
    titles = [seen(*look).title for look in OF_SCREENS if look[0].name not in leading_on]
    assert len(set(titles)) == len(titles)


@every(EVERY)
def test_nothing_scrolls_sideways_and_no_target_is_small(seen, place, theme, width):
    """At 400 % too."""
    look = seen(place, theme, width)
    assert look.wide <= width + 1
    assert look.small == [] and look.errors == 0


@every([look for look in OF_SCREENS if look[-1] in HIGHEST])
def test_a_screen_ends_soon_or_folds(seen, place, theme, width):
    assert seen(place, theme, width).high <= HIGHEST[width]


@every(OF_SCREENS)
def test_a_chart_has_its_words_and_its_table(seen, place, theme, width):
    look = seen(place, theme, width)
    assert all(len(words) > 20 for words in look.charts), look.charts
    assert look.tables >= len(look.charts)


# ── Spacing, motion ─────────────────────────────────────────────────────────────────────────


@every([look for look in OF_SCREENS if look[-1] == DESK])
def test_wider_spacing_cuts_no_text(seen, place, theme, width):
    assert seen(place, theme, width).cut == []


def test_nothing_moves_for_who_asks_for_less_motion(window):
    page = window("didier", LIGHT, DESK)
    page.goto("/tableau-de-bord")
    moving = """() => document.getAnimations().filter(one => one.effect.getComputedTiming().duration > 20)
        .map(one => one.effect.target.outerHTML.slice(0, 120))"""
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert page.evaluate(moving) == []
    idle(page).get_by_test_id("stSidebar").get_by_role("link", name="Idées", exact=True).click()
    expect(page.get_by_role("heading", level=1, name="Idées")).to_be_visible()
    assert page.evaluate(moving) == []


# ── Forced colours and print ──────────────────────────────────────────────────────────────────────


def _rgb(hexa: str) -> str:
    red, green, blue = bytes.fromhex(hexa.removeprefix("#"))
    return f"rgb({red}, {green}, {blue})"


def _hexa(colour: str) -> str:
    return "#" + "".join(f"{int(float(part)):02X}" for part in re.findall(r"[\d.]+", colour)[:3])


def test_badges_and_bars_stay_readable_under_forced_colours(visit):
    page = visit("didier", "/tableau-de-bord", forced_colors="active", color_scheme=LIGHT)
    badges = page.locator(".cp-badge")
    assert badges.count() >= 6
    for badge in badges.all():
        said, style = (
            badge.inner_text(),
            badge.evaluate(
                "b => { const s = getComputedStyle(b); return [s.color, s.backgroundColor,"
                " s.borderTopStyle, s.borderTopColor] }"
            ),
        )
        assert re.search(r"\S\s+\w", said), "a shape and a word"
        assert contrast(_hexa(style[0]), _hexa(style[1])) >= 4.5
        assert style[2] != "none" and contrast(_hexa(style[3]), _hexa(style[1])) >= 3
    bar, done = (
        page.locator(found).first.evaluate("b => getComputedStyle(b).backgroundColor")
        for found in (".cp-bar", ".cp-bar i")
    )
    assert contrast(_hexa(bar), _hexa(done)) >= 3


def test_the_ring_of_the_keyboard_can_be_seen():
    for tone in ("light", "dark"):
        for ground in (palette.PAPER, palette.SURFACE, palette.WASH):
            assert contrast(getattr(palette.ACCENT, tone), getattr(ground, tone)) >= 3


def printed(page: Page) -> str:
    """The letters of the page on paper."""
    sheets = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True))).pages
    return re.sub(r"\W", "", "".join(sheet.extract_text() for sheet in sheets))


def test_a_printed_table_is_whole(visit):
    """On paper nothing scrolls: every line and every column of the probable dates is there."""
    page = visit("didier", "/feuille-de-route?volet=previsions")
    region = page.get_by_role("region").filter(has=page.locator("tbody")).last
    cells = [
        cell.inner_text()
        for cell in region.locator("tbody tr td:first-child, tbody tr td:last-child").all()
    ]
    assert len(cells) > 12
    bare = printed(page)
    assert [cell for cell in cells if re.sub(r"\W", "", cell)[:24] not in bare] == []
    page.emulate_media(media="print")
    assert (
        page.evaluate(
            """() => [...document.querySelectorAll('.cp-table')].filter(table => table.checkVisibility())
        .filter(table => table.scrollWidth > table.clientWidth + 1 || getComputedStyle(table).overflowX !== 'visible').length"""
        )
        == 0
    )
