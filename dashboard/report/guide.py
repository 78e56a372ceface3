"""The guide (mode d'emploi) as one PDF, to print or to read offline."""

from pathlib import Path

from dashboard import theme
from dashboard.guide.declared import GuidePage, chapters, edition, pieces
from dashboard.report import fonts, wording
from dashboard.report.pdf import compiled, statuses
from dashboard.report.wording import printable
from models.clock import now
from models.settings import settings

_HOUSE = Path(__file__).resolve().parents[1]


def guide_pdf() -> bytes:
    """All pages, by chapter, with a table of contents."""
    made_at = now()
    data = {
        "day": made_at.date().isoformat(),
        "made": wording.moment(made_at),
        "edition": edition()[:12],
        "digest": edition(),
        "contact": printable(settings().cp_contact, 200),
        "colours": theme.on_paper({}),
        "fonts": {"text": fonts.TEXT, "title": fonts.TITLE},
        "statuses": statuses(),
        "chapters": [
            {"name": printable(words), "pages": [_page(page) for page in pages]}
            for _, words, pages in chapters()
        ],
    }
    return compiled("guide.typ", data, made_at, root=_HOUSE)


def _page(page: GuidePage) -> dict:
    return {
        "title": printable(page.title),
        "why": printable(page.why, 600),
        "steps": [_sentence(step) for step in page.steps],
        "after": _sentence(page.after),
        "troubles": [
            {"question": printable(question), "answer": _sentence(answer)}
            for question, answer in page.troubles
        ],
        "pictures": [
            {
                "path": f"/{picture.file.relative_to(_HOUSE).as_posix()}",
                "alt": printable(picture.alt, 300),
                # Screenshots have 96 pixels per inch; a narrow one stays narrow.
                "share": min(100, round(100 * picture.size[0] / 900)),
            }
            for picture in page.pictures
        ],
    }


def _sentence(text: str) -> list[dict]:
    """Its pieces, labels of the screen marked; spaces at the ends are preserved."""
    whole = printable(text, 900)
    return [{"text": piece, "label": is_label} for piece, is_label in pieces(whole)]
