"""No text leaves its box or covers another, at any width, whatever the names of a town: measured on
every screen.
"""

import pytest
from support.boxes import WIDTHS, lengthen_names, outside
from support.places import Place, screens
from support.windows import idle

from dashboard.guide.declared import HERE

LIGHT = ("", "deposer", "suivre", "marques-interet", "agenda", "actualites", "vos-donnees", HERE)
STRANGERS = [Place(f"light: {page or 'accueil'}", f"/{page}", None) for page in LIGHT]


@pytest.fixture(scope="module", autouse=True)
def longest_names(served):
    lengthen_names(served.engine)


@pytest.mark.parametrize("place", [*screens(), *STRANGERS], ids=lambda one: one.name)
def test_no_text_leaves_its_box_or_covers_another(visit, place):
    page = visit(place.login, place.address)
    found = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        found += outside(idle(page), width)
    assert found == []


BROKEN = {
    "leaves its box": "<p style='border:1px solid;width:60px'><b style='white-space:nowrap'>Trop long pour ici</b></p>",
    "badge leaves its card": "<div style='border:1px solid;width:60px'><span style='border:1px solid;white-space:nowrap;display:inline-block'>En difficulté</span></div>",
    "is cut": "<p style='height:1.2em;line-height:1;overflow:hidden'><span style='position:relative;top:.6em'>À moitié</span></p>",
    "covers another": "<p style='position:absolute;top:90px'>Premier texte</p><p style='position:absolute;top:95px'>Second texte</p>",
    "leaves the page": "<p style='white-space:nowrap'>" + "Trop large " * 60 + "</p>",
}
SOUND = "<p style='border:1px solid;width:300px'>Un texte <b>qui tient</b> dans sa boîte, sur deux lignes.</p>"


@pytest.mark.parametrize("html", BROKEN.values(), ids=BROKEN)
def test_the_measure_sees_what_is_broken_and_nothing_else(browser, html):
    page = browser.new_page(viewport={"width": 800, "height": 600})
    page.set_content(f"<body style='margin:8px;background:white'>{html}</body>")
    assert outside(page, 800)
    page.set_content(f"<body style='margin:8px;background:white'>{SOUND}</body>")
    assert outside(page, 800) == []
    page.close()
