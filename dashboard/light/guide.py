"""The guide (mode d'emploi) as light pages: an index with search, one page per task, and a PDF.
Open to everybody: visitors who cannot sign in need it most.
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
_SCREEN_NAMES = {screen.url: screen.title for screen in SCREENS if screen.is_tab}


def guide_index(visit: Visit) -> Response:
    """Every page by role; with `q`, the search results."""
    words = visit.query_value("q").strip()[: searching.MOST_TYPED]
    hits = searching.found(words) if words else []
    body = render(
        "light/guide.html",
        title=TITLE,
        words=words,
        hits=[(task, CHAPTERS[task.chapter]) for task in hits],
        chapters=chapters(),
        number=len(guide()),
    )
    return _page(visit, f"{words} · {TITLE}" if words else TITLE, body)


def guide_page(visit: Visit) -> Response:
    """The page of one task."""
    task = page_named(visit.here.removeprefix(f"{HERE}/"))
    if task is None:
        return missing_page(visit)
    every = guide()
    place = every.index(task)
    body = render(
        "light/guide_page.html",
        page=task,
        chapter=CHAPTERS[task.chapter],
        steps=[pieces(step) for step in task.steps],
        after=pieces(task.after),
        troubles=[(question, pieces(answer)) for question, answer in task.troubles],
        screen=_way_to_screen(task),
        others=_on_the_same_screen(task),
        before=every[place - 1] if place else None,
        following=every[place + 1] if place + 1 < len(every) else None,
    )
    return _page(visit, f"{task.title} · {TITLE}", body)


def guide_file(_visit: Visit) -> Response:
    """The whole guide as PDF, made at the first request."""
    # Typst is loaded only when somebody asks for the PDF.
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


def _way_to_screen(task: GuidePage) -> tuple[str, str] | None:
    """(name, address) of the screen that the page is about, if it can be opened from a link."""
    first = task.screens[0]
    return (_SCREEN_NAMES[first], screen_at(first).href) if first in _SCREEN_NAMES else None


def _on_the_same_screen(task: GuidePage) -> list[GuidePage]:
    others = [page for screen in task.screens for page in pages_of(screen) if page is not task]
    return list(dict.fromkeys(others))[:5]
