"""Didier brings the news to those whom no mail reaches: says it, takes the list away, prints it
whole.
"""

import io
from pathlib import Path

import pytest
from playwright.sync_api import expect
from pypdf import PdfReader
from support.hands import plain, press

pytestmark = pytest.mark.browser


@pytest.fixture(autouse=True)
def after_a_round(served) -> None:
    """Whoever comes before its end would find less."""
    served.tick()


# What is said and what the file holds: tests/test_notices.py.
@pytest.mark.matrix
def test_didier_says_it_and_takes_the_list_with_him(visit, served):
    didier = visit("didier", "/a-prevenir")
    expect(didier.get_by_role("heading", name="Josiane Charlier")).to_be_visible()
    press(didier, "C'est dit à Josiane Charlier")
    expect(didier.get_by_role("heading", name="Josiane Charlier")).to_have_count(0)
    assert "C'est noté" in plain(didier.get_by_test_id("stAlert").first.inner_text())
    with didier.expect_download() as taken:
        didier.get_by_role("link", name="Télécharger la liste (CSV)").click()
    rows = Path(taken.value.path()).read_text(encoding="utf-8-sig").splitlines()
    assert rows[0] == "Direction;Service;Personne;Depuis le;Nouvelle;Précisions" and len(rows) > 20
    assert "Gaëlle Thonnard" in rows[1] and not [row for row in rows if "Josiane Charlier" in row]
    noted = [
        row[0]
        for row in served.rows(
            """SELECT "after" FROM change WHERE subject = 'lecture' ORDER BY id"""
        )
    ]
    assert noted == ["à prévenir, ADM, page 1", "à prévenir, ADM, fichier"]


# test_roadmap.py prints what is folded on the screen.
@pytest.mark.matrix
def test_on_paper_nothing_is_folded_away(visit):
    didier = visit("didier", "/a-prevenir")
    folded = didier.locator(".cp-tell details")
    expect(folded.first).to_be_visible()
    assert "autres nouvelles" in folded.first.inner_text()
    waiting = "attend toujours une réponse"
    held = didier.locator(".cp-tell").all_text_contents()
    seen = didier.locator(".cp-tell").all_inner_texts()
    pages = PdfReader(io.BytesIO(didier.pdf(format="A4"))).pages
    printed = " ".join(" ".join(page.extract_text() for page in pages).split())
    assert printed.count(waiting) == "".join(held).count(waiting) > "".join(seen).count(waiting)
    assert "autres nouvelles" not in printed and "C'est dit" not in printed
