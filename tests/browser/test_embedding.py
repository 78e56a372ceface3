"""The form and a figure inside a real page of another site, of the same site, and of a site that is
not listed.

127.0.0.1 and localhost are two sites: the page that frames stands on either, the product on
127.0.0.1.
"""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Frame, expect
from support.intranet import HOSTS, frame_of
from support.windows import IDLE, PATIENCE, PAUSE, Watch

BODY = "Votre idée, votre constat"
SAME, OTHER = HOSTS


@pytest.fixture
def watch(served, intranet) -> Iterator[Watch]:
    """What goes wrong in the frame; the page around it is another host by intention."""
    watching = Watch(served.url)
    yield watching
    assert [
        said for said in watching.found if not any(intranet.origin(host) in said for host in HOSTS)
    ] == []


@pytest.fixture
def framed(visit, served, intranet) -> Callable[..., Frame]:
    """(login or None, address, name of the host of the page around) → the frame, idle; the page
    around is `frame.page`.
    """

    def opened(login: str | None, address: str, host: str = OTHER, **options: object) -> Frame:
        page = visit(login, "/deposer", **options)
        page.goto(intranet.page(frame_of(served.url + address), host))
        # A page that was used before may still list the frame of that time.
        return calm(page.locator("iframe").element_handle().content_frame())

    return opened


def calm(frame: Frame) -> Frame:
    frame.evaluate("window.cpCalmSince = undefined")
    frame.wait_for_function(IDLE, timeout=PATIENCE, polling=PAUSE)
    return frame


# ── Another site ──────────────────────────────────────────────────────────────────────────────────


def test_an_idea_is_filed_without_a_name_from_a_page_of_another_site(framed, served):
    """The cookie is SameSite=Strict: even Alice is nobody there, and is told so before she
    writes.
    """
    words = "Une lampe à l'entrée du dépôt"
    form = framed("alice", "/deposer?embed=true&direction=VC-JSP&ambition=bien-etre")
    expect(form.get_by_text("Votre dépôt est sans nom")).to_be_visible()
    form.get_by_text("Préciser (facultatif)").click()
    chosen = form.get_by_role("combobox", name=re.compile("Quelle direction"))
    expect(chosen.locator("option:checked")).to_have_text("Jeunesse et sports")
    form.get_by_label(BODY, exact=True).fill(words)
    form.get_by_label(BODY, exact=True).press("Tab")
    calm(form).get_by_role("button", name="Envoyer", exact=True).click()
    expect(form.locator(".cp-thanks")).to_contain_text("enregistré sous le n°")
    assert re.search(r"(\w{4}-){3}\w{4}", form.locator(".cp-code").inner_text())
    filed = served.rows(
        "SELECT author_id, anonymous, d.code, a.code FROM idea i JOIN direction d ON d.id ="
        " i.concerns_id JOIN ambition a ON a.id = i.ambition_id WHERE i.title = :title",
        title=words,
    )
    assert filed == [(None, 1, "VC-JSP", "bien-etre")]


def test_the_form_is_alone_in_its_frame(framed):
    form = framed(None, "/deposer?embed=true")
    expect(form.get_by_role("heading", level=1)).to_have_text("Déposer une idée")
    expect(form.get_by_role("navigation")).to_have_count(0)
    for part in (".cp-banner", ".cp-top", ".cp-lead", ".cp-foot"):
        expect(form.locator(part).filter(visible=True)).to_have_count(0)
    send = form.get_by_role("button", name="Envoyer", exact=True).bounding_box()
    assert send["y"] + send["height"] <= 900, "in reach without scrolling"
    assert form.evaluate("document.documentElement.scrollWidth") <= 400


# ── The same site ─────────────────────────────────────────────────────────────────────────────────


def test_elise_reads_a_live_figure_in_an_intranet_of_the_same_site(framed):
    figure = framed("elise", "/extrait?chiffre=echeances&embed=true", SAME)
    expect(figure.locator(".cp-card .cp-badge")).to_be_visible()
    expect(figure.locator(".cp-card")).to_contain_text("Cible")
    expect(figure.locator(".cp-source")).to_contain_text("situation au 30/06/2023")


# ── Who may not ───────────────────────────────────────────────────────────────────────────────────
