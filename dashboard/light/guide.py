"""The guide on pages made on the server: its index with a search, one page a task, all of it as a
PDF. Open to everybody: it holds nothing secret, and whoever cannot sign in needs it most.
"""

from markupsafe import Markup
from starlette.responses import Response

from dashboard.cached.memory import Cache
from dashboard.guide import searching
from dashboard.guide.declared import (
    CHAPTERS,
    HERE,
    GuidePage,
    chapters,
    edition,
    guide,
    page_named,
    pages_of,
    pieces,
)
from dashboard.light.page import Around, Visit, page
from dashboard.light.public import missing_page
from dashboard.rendering import render
from dashboard.visit.screens import SCREENS, screen_at

TITLE = "Mode d'emploi"
PDF = f"{HERE}.pdf"
_PDF_NAME = "c-possible-mode-d-emploi.pdf"
_MADE: Cache[bytes] = Cache(1)
_SCREEN_NAMES = {screen.url: screen.title for screen in SCREENS if screen.in_all}


def guide_index(visit: Visit) -> Response:
    """Every page by role; with `q`, those that were looked for."""
    words = visit.asked("q").strip()[: searching.MOST_TYPED]
    hits = searching.found(words) if words else []
    body = render(
        "light/guide.html",
        title=TITLE,
        words=words,
        hits=[(one, CHAPTERS[one.chapter]) for one in hits],
        chapters=chapters(),
        number=len(guide()),
    )
    return _page(visit, f"{words} · {TITLE}" if words else TITLE, body)


def guide_page(visit: Visit) -> Response:
    """One task."""
    shown = page_named(visit.here.removeprefix(f"{HERE}/"))
    if shown is None:
        return missing_page(visit)
    every = guide()
    place = every.index(shown)
    body = render(
        "light/guide_page.html",
        page=shown,
        chapter=CHAPTERS[shown.chapter],
        steps=[pieces(step) for step in shown.steps],
        after=pieces(shown.after),
        troubles=[(question, pieces(answer)) for question, answer in shown.troubles],
        screen=_way_to_screen(shown),
        others=_on_the_same_screen(shown),
        before=every[place - 1] if place else None,
        following=every[place + 1] if place + 1 < len(every) else None,
    )
    return _page(visit, f"{shown.title} · {TITLE}", body)


def guide_file(_visit: Visit) -> Response:
    """The whole guide, laid out when it is first asked for."""
    # What lays papers out is loaded by who asks for one.
    from dashboard.report.guide import guide_pdf

    content = _MADE.find(PDF, edition(), guide_pdf)
    headers = {
        "Content-Disposition": f'inline; filename="{_PDF_NAME}"',
        "Cache-Control": "no-cache",
        "ETag": f'W/"{edition()[:16]}"',
    }
    return Response(content, media_type="application/pdf", headers=headers)


def _page(visit: Visit, title: str, body: Markup) -> Response:
    return page(visit, title, [body], around=Around.plain)


def _way_to_screen(shown: GuidePage) -> tuple[str, str] | None:
    """(name, address) of the screen that the page is about, where it may be opened by itself."""
    first = shown.screens[0]
    return (_SCREEN_NAMES[first], screen_at(first).href) if first in _SCREEN_NAMES else None


def _on_the_same_screen(shown: GuidePage) -> list[GuidePage]:
    others = [page for screen in shown.screens for page in pages_of(screen) if page is not shown]
    return list(dict.fromkeys(others))[:5]
