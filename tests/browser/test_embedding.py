"""The form, a figure and a chart inside a real page of another site, of the same site, and of a
site that is not listed.

127.0.0.1 and localhost are two sites: the page that frames stands on either, the product on
127.0.0.1.
"""

import re
from collections.abc import Callable, Iterator
from html import unescape
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Frame, Page, expect
from support.chromium import IDLE, PATIENCE, PAUSE, idle
from support.crossing import rest
from support.hands import choose, choose_directions, plain, sign
from support.intranet import HOSTS, Site, frame_of
from support.windows import Watch

from dashboard.frame.embedding import NOT_PUBLIC

pytestmark = pytest.mark.browser

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


@pytest.mark.parametrize("login", ["alice", *rest(None)])
def test_an_idea_is_filed_without_a_name_from_a_page_of_another_site(framed, served, login):
    """The cookie is SameSite=Strict: even Alice is nobody there, and is told so before she
    writes.
    """
    words = f"Une lampe à l'entrée du dépôt {login}"
    form = framed(login, "/deposer?embed=true&direction=VC-JSP&ambition=bien-etre")
    expect(form.get_by_text("Votre dépôt est sans nom")).to_be_visible()
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


# test_light_trees.py reads both pages, tests/test_socket.py opens them.
@pytest.mark.matrix
@pytest.mark.parametrize("login", [None, *rest("elise")])
def test_a_figure_and_the_workstreams_are_those_of_the_publication(framed, served, login):
    content = served.rows(
        "SELECT json_extract(content, '$.figures[0].code'), json_extract(content,"
        " '$.figures[0].label') FROM publication"
    )
    code, label = content[0]
    figure = framed(login, f"/extrait?chiffre={code}&embed=true")
    expect(figure.locator(".cp-card").get_by_role("heading", name=label)).to_be_visible()
    expect(figure.locator(".cp-source")).to_contain_text("publiée le")
    expect(figure.locator(".cp-badge")).to_have_count(0)
    streams = framed(login, "/extrait?graphique=chantiers&embed=true")
    expect(streams.locator(".cp-stream")).to_have_count(6)
    expect(streams.locator(".cp-badge")).to_have_count(0)


# Figures of the publication are met above; the sentence: tests/test_socket.py.
@pytest.mark.matrix
def test_a_chart_that_was_not_published_is_a_sentence_and_a_way_out(framed):
    frame = framed("elise", "/extrait?graphique=courbe-en-s&embed=true")
    assert plain(NOT_PUBLIC) in plain(frame.locator(".cp-outside").inner_text())
    expect(frame.get_by_test_id("stVegaLiteChart")).to_have_count(0)
    with frame.page.context.expect_page() as opened:
        frame.get_by_role("link", name="Ouvrir C-Possible").click()
    tab = idle(opened.value)
    assert urlsplit(tab.url).path == "/extrait" and "embed" not in tab.url
    expect(
        tab.locator("svg.marks").first
    ).to_be_visible()  # opened by a link of the product's own, the tab knows Élise
    assert urlsplit(frame.url).path == "/extrait" and "embed=true" in frame.url, (
        "the frame stayed where it was"
    )


# ── The same site ─────────────────────────────────────────────────────────────────────────────────


def test_elise_reads_a_live_figure_in_an_intranet_of_the_same_site(framed):
    figure = framed("elise", "/extrait?chiffre=avancement&embed=true", SAME)
    expect(figure.locator(".cp-card .cp-badge")).to_be_visible()
    expect(figure.locator(".cp-card")).to_contain_text("Cible")
    expect(figure.locator(".cp-source")).to_contain_text("situation au 30/06/2023")


# The figure above is live in the same frame.
@pytest.mark.matrix
@pytest.mark.parametrize("chart", ["courbe-en-s", *rest("depots-par-mois")])
def test_elise_reads_a_live_chart_in_an_intranet_of_the_same_site(framed, chart):
    drawn = framed("elise", f"/extrait?graphique={chart}&embed=true", SAME)
    expect(drawn.locator("svg.marks").first).to_be_visible()
    assert drawn.locator("svg.marks").first.bounding_box()["width"] <= 400


# The published ones are met above, another live chart beside.
@pytest.mark.matrix
def test_elise_reads_the_workstreams_in_an_intranet_of_the_same_site(framed):
    streams = framed("elise", "/extrait?graphique=chantiers&embed=true", SAME)
    expect(streams.locator(".cp-stream .cp-badge")).to_have_count(6)


@pytest.mark.matrix
def test_an_extract_keeps_the_direction_and_the_day_of_its_address(framed, served):
    frame = framed(
        "elise", "/extrait?chiffre=reponse.ouvertes&direction=VC-JSP&au=2022-12-31&embed=true", SAME
    )
    shown = int(re.sub(r"\D", "", frame.locator(".cp-card strong").first.inner_text()))
    assert shown == served.figure("reponse.ouvertes", "--direction", "VC-JSP", "--au", "2022-12-31")
    assert shown != served.figure("reponse.ouvertes")
    expect(frame.locator(".cp-source")).to_contain_text("Jeunesse et sports")
    expect(frame.locator(".cp-source")).to_contain_text("31/12/2022")


# An idea is filed in a frame above, a signed-in reader stands in one below.
@pytest.mark.matrix
def test_alice_signs_her_idea_in_an_intranet_of_the_same_site(framed, served):
    form = framed("alice", "/deposer?embed=true", SAME)
    sign(form)
    calm(form)
    form.get_by_label(BODY, exact=True).fill("Un panneau à l'entrée, de l'intranet")
    form.get_by_label(BODY, exact=True).press("Tab")
    calm(form).get_by_role("button", name="Envoyer", exact=True).click()
    expect(form.get_by_role("status").filter(has_text="enregistré sous le n°")).to_be_visible()
    assert served.rows(
        "SELECT author_id IS NOT NULL FROM idea WHERE title = 'Un panneau à l''entrée, de"
        " l''intranet'"
    ) == [(1,)]
    with form.page.context.expect_page() as opened:
        form.get_by_role("link", name="Voir et suivre mon idée").click()
    expect(idle(opened.value).get_by_role("heading", level=1)).to_have_text(
        "Un panneau à l'entrée, de l'intranet"
    )
    assert urlsplit(form.url).path == "/deposer"


# « Voir et suivre mon idée » above opens a tab too.
@pytest.mark.matrix
def test_no_link_of_a_frame_changes_its_page(framed):
    """« Pourquoi ce chiffre ? » is a link like any other of the product; in a frame it opens a
    tab.
    """
    frame = framed("elise", "/extrait?chiffre=avancement&embed=true", SAME)
    with frame.page.context.expect_page() as opened:
        frame.get_by_role("link", name=re.compile("Pourquoi ce chiffre")).click()
    expect(idle(opened.value).get_by_role("heading", level=1)).to_have_text("Pourquoi ce chiffre ?")
    assert urlsplit(frame.url).path == "/extrait"


# Each screen over the socket: tests/test_socket.py.
@pytest.mark.matrix
@pytest.mark.parametrize("address", ["/tableau-de-bord", "/idees?embed=true", "/deposer"])
def test_a_frame_whose_address_is_changed_from_inside_shows_one_sentence(framed, address):
    """Streamlit follows the history of its window without asking the server for a page: no
    header stands in the way there.
    """
    frame = framed("elise", "/extrait?chiffre=avancement&embed=true", SAME)
    frame.evaluate(
        "address => { history.pushState({}, '', address); dispatchEvent(new"
        " PopStateEvent('popstate')); }",
        address,
    )
    if address == "/deposer":
        expect(frame.get_by_role("heading", level=1)).to_have_text("Déposer une idée")
    else:
        expect(frame.locator(".cp-outside")).to_contain_text(
            "Cet écran ne s'affiche que dans C-Possible."
        )
    expect(calm(frame).get_by_role("navigation")).to_have_count(0)
    expect(
        frame.locator(".cp-card, .cp-list, .stSidebar, .cp-banner").filter(visible=True)
    ).to_have_count(0)


# ── Who may not ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("host", "address"),
    [
        (OTHER, "/idees?embed=true"),
        (SAME, "/tableau-de-bord?embed=true"),
        (SAME, "/deposer"),
        (SAME, "/extrait?chiffre=avancement"),
        (OTHER, "/"),
    ],
)
def test_the_browser_frames_no_other_page_even_for_a_listed_site(
    browser, browser_context_args, served, intranet, host, address
):
    assert is_refused(
        browser.new_context(**browser_context_args),
        intranet.page(frame_of(served.url + address), host),
    )


@pytest.mark.parametrize("host", [OTHER, *rest(SAME)])
def test_a_site_that_is_not_listed_gets_nothing(
    browser, browser_context_args, served, intranet, tmp_path, host
):
    """The same frame, from the same machine: only the port differs from that of the intranet."""
    form, stranger = frame_of(f"{served.url}/deposer?embed=true"), Site(tmp_path)
    try:
        assert is_refused(browser.new_context(**browser_context_args), stranger.page(form, host))
        assert not is_refused(
            browser.new_context(**browser_context_args), intranet.page(form, host)
        )
    finally:
        stranger.close()


def is_refused(context: BrowserContext, address: str) -> bool:
    """Whether Chromium says that it does not frame what stands there, and shows nothing of it."""
    page, said = context.new_page(), []
    page.on("console", lambda message: said.append(message.text))
    page.goto(address)
    frame = page.frames[-1]
    shown = frame.url.startswith("http") and frame.locator("#root, .cp-light").count() > 0
    context.close()
    assert shown != any("frame-ancestors" in text for text in said)
    return not shown


# ── « Intégrer » ──────────────────────────────────────────────────────────────────────────────────


def code_of(page: Page) -> str:
    return unescape(page.get_by_test_id("stCode").first.inner_text().strip().replace("\u00a0", " "))


@pytest.mark.matrix
def test_what_elise_copies_works_in_the_intranet_as_in_the_preview(visit, intranet):
    elise = visit("elise", "/integrer")
    elise.get_by_role("radio", name="Un chiffre", exact=True).click()
    idle(elise)
    choose(elise, "Lequel", "Idées à décider")
    choose_directions(elise, "Jeunesse et sports")
    code = code_of(elise)
    preview = calm(elise.frames[-1])
    expect(
        preview.locator(".cp-card").get_by_role("heading", name="Idées à décider")
    ).to_be_visible()
    seen = preview.locator(".cp-card-value").inner_text()
    elise.goto(intranet.page(code, SAME))
    pasted = calm(elise.frames[-1])
    assert pasted.locator(".cp-card-value").inner_text() == seen
    expect(pasted.locator(".cp-source")).to_contain_text("Jeunesse et sports")
    frame = elise.locator("iframe")
    assert (
        frame.get_attribute("title") == "Idées à décider — C-Possible"
        and frame.get_attribute("loading") == "lazy"
    )
    assert frame.get_attribute("sandbox") is None and int(frame.get_attribute("height")) >= 300
