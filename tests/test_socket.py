"""Over the socket: what a stranger or a forger gets from a real server, message by message,
without a browser.
"""

import json
import re
from functools import cache
from html import unescape

import httpx
import pytest
from support import troupe
from support.tab import PRESS, Tab, elements, shown, wire
from support.transactions import (
    refuses,
)
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from dashboard.figures.kinds import every_value
from dashboard.frame.embedding import (
    CHART,
    CHARTS,
    EXTRACT,
    FIGURE,
    FORM,
    NOT_FOUND,
    NOT_PUBLIC,
    STREAMS,
)
from dashboard.visit.screens import SCREENS
from seed.demonstration import DEMO_PASSWORD

pytestmark = pytest.mark.slow

CLOSED = [screen.url for screen in SCREENS if screen.right != "page.open"]
SCOPE = "au=2023-06-30&direction=ADM&ambition=toutes"
QUERIES = {
    "pourquoi": f"{SCOPE}&chiffre=reponse.ouvertes",
    "feuille-de-route": f"{SCOPE}&jalon=1.7",
}


@pytest.fixture(scope="module")
def served(serve_here):
    return serve_here()


@pytest.fixture
def open_tab(served):
    """Opens tabs, and closes them after the test."""
    tabs = []

    def opened(**options) -> Tab:
        tabs.append(Tab(served.url, **options))
        return tabs[-1]

    yield opened
    for tab in tabs:
        tab.close()


@pytest.fixture(scope="module")
def secrets(served) -> set[str]:
    """What no stranger may read: titles and texts of ideas, titles of milestones and of trainings
    that are not open to all, names of persons.
    """
    wanted = (
        "SELECT title FROM idea",
        "SELECT body FROM idea",
        "SELECT title FROM plan",
        "SELECT comment FROM plan_report",
        "SELECT title FROM training WHERE NOT open_to_all",
        "SELECT given_name || ' ' || family_name FROM person",
    )
    found = {row[0] for sql in wanted for row in served.rows(sql)}
    kept = {said.splitlines()[0].strip() for said in found if said and len(said.strip()) > 8}
    assert len(kept) > 3000
    return kept


@pytest.fixture(scope="module")
def published(served) -> set[str]:
    """What the Directrice générale made public: labels of figures, names of milestones, titles
    and answers of ideas done.
    """
    content = json.loads(served.rows("SELECT content FROM publication")[0][0])
    done = served.rows(
        f"SELECT title, body FROM idea WHERE number IN ({', '.join(map(str, content['ideas']))})"
    )
    return {
        row[name]
        for part, name in (("figures", "label"), ("milestones", "title"))
        for row in content[part]
    } | {said for row in done for said in row}


def leaked(messages, secrets: set[str]) -> set[str]:
    """What is in the messages and should not be; spaces and apostrophes compare as they are
    typed.
    """
    sent = plain(wire(messages))
    # Thousands of words are looked for: those alone whose beginning stands there.
    begun = {sent[place : place + FIRST] for place in range(len(sent))}
    return {
        secret
        for secret in secrets | labels_of_figures()
        if (said := plain_secret(secret))[:FIRST] in begun or len(said) < FIRST
        if said in sent
    }


FIRST = 8  # letters


@cache
def plain_secret(said: str) -> str:
    return plain(said)


@cache
def labels_of_figures() -> frozenset[str]:
    return frozenset(value.label for _, value in every_value(troupe.STREAMS))


def plain(said: str) -> str:
    return re.sub(r"\s+", " ", unescape(said).replace("’", "'"))


def is_sign_in(messages) -> bool:
    """The sign-in form, and no page: no figure's card, no list, no table, no chart."""
    return (
        _asks_to_sign_in(messages)
        and not any(block in _drawn(messages) for block in (*BLOCKS, "cp-header"))
        and "cp-plot" not in shown(messages)
    )


def is_front(messages) -> bool:
    """The front page of a stranger: the sign-in beside what is public, no list and no chart."""
    return (
        _asks_to_sign_in(messages)
        and "cp-hero" in _drawn(messages)
        and "Bonjour" not in _drawn(messages)
        and "cp-plot" not in shown(messages)
    )


BLOCKS = ("cp-card", "cp-list", "cp-table", "cp-stream", "cp-idea")


def _asks_to_sign_in(messages) -> bool:
    return [field.label for field in elements(messages, "text_input")] == [
        "Identifiant",
        "Mot de passe",
        "Compte concerné",  # of whoever has forgotten her password
    ]


def _drawn(messages) -> str:
    return "\n".join(html.body for html in elements(messages, "html") if "<style>" not in html.body)


# ── A stranger ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("url", CLOSED)
def test_a_stranger_gets_the_sign_in_and_nothing_of_the_page(open_tab, secrets, url):
    messages = open_tab().open(url, QUERIES.get(url, SCOPE))
    assert is_sign_in(messages)
    assert leaked(messages, secrets) == set()


def test_the_same_words_are_found_once_elise_reads_them(open_tab, served, secrets):
    """The search for leaks can find: else the tests above would say nothing."""
    elise = open_tab(cookie=served.cookie_of("elise"))
    assert "Idées à décider" in leaked(elise.open("tableau-de-bord", SCOPE), secrets)
    assert "Tableau de bord mensuel présenté au CODIR" in leaked(
        elise.open("feuille-de-route", SCOPE), secrets
    )
    newest = served.rows("SELECT title FROM idea WHERE published ORDER BY id DESC LIMIT 1")[0][0]
    assert newest in leaked(elise.open("idees", SCOPE), secrets)
    assert not is_sign_in(elise.open("", SCOPE))


def test_a_stranger_who_names_an_idea_learns_nothing(open_tab, served, secrets):
    number = served.rows("SELECT number FROM idea WHERE published ORDER BY id LIMIT 1")[0][0]
    for wanted in (number, 1):  # one that exists, one that does not: the answer is the same
        messages = open_tab().open("idees", f"{SCOPE}&idee={wanted}")
        assert is_sign_in(messages)
        assert leaked(messages, secrets) == set()


def test_a_stranger_who_files_sees_her_code_and_nobody_elses_entry(open_tab, served, secrets):
    stranger = open_tab()
    stranger.open("deposer")
    part = stranger.fragments["w_deposer_send"]
    messages = stranger.run(part, w_deposer_body="La porte de la cour grince")
    messages = stranger.run(part, w_deposer_send=PRESS)
    assert "code de suivi" in shown(messages)
    assert leaked(messages, secrets) == set()
    filed = served.rows(
        "SELECT author_id, origin_id, published FROM idea WHERE title = 'La porte de la cour"
        " grince'"
    )
    assert filed == [(None, None, False)]


@pytest.mark.parametrize("url", ["", "reception/../idees"])
def test_the_front_page_shows_a_stranger_what_is_public_and_nothing_else(
    open_tab, secrets, published, url
):
    """An unknown address leads there too."""
    messages = open_tab().open(url, SCOPE)
    assert is_front(messages)
    found = leaked(messages, secrets)
    assert "Avancement de la feuille de route" in found and len(found) > 40, (
        "what is public is there"
    )
    assert {plain(said) for said in found} <= {plain(said) for said in published}
    for word in (
        "En difficulté",
        "À surveiller",
        "en retard",
        "prévu",
        "Cible",
        "Désignation par les IG",
    ):
        assert word not in "\n".join(
            html.body
            for html in elements(messages, "html")
            if "cp-card" in html.body or "cp-stream" in html.body
        )


# ── Inside another page ───────────────────────────────────────────────────────────────────────────

EXTRACTS = [f"{FIGURE}={value.code}" for _, value in every_value(troupe.STREAMS)] + [
    f"{CHART}={code}" for code in CHARTS
]


@pytest.fixture
def framed(open_tab):
    """Opens tabs that say what a browser says of an address with `embed=true`."""

    def opened(**options) -> Tab:
        tab = open_tab(**options)
        tab.embedded = True
        return tab

    return opened


def test_a_stranger_reads_in_an_extract_what_was_published_and_nothing_else(
    framed, served, secrets, published
):
    figures = {
        row["code"]
        for row in json.loads(served.rows("SELECT content FROM publication")[0][0])["figures"]
    }
    tab, opened = framed(), set()
    for query in EXTRACTS:
        messages = tab.open("extrait", query)
        assert {plain(said) for said in leaked(messages, secrets)} <= {
            plain(said) for said in published
        }, query
        assert "cp-plot" not in shown(messages) and not elements(messages, "text_input"), query
        if "cp-outside" in shown(messages):
            assert plain(NOT_PUBLIC) in plain(shown(messages)) and not any(
                block in _drawn(messages) for block in BLOCKS
            ), query
        else:
            assert "publiée le" in shown(messages), query
            opened.add(query)
        for word in (
            "En difficulté",
            "À surveiller",
            "prévu",
            "Cible",
            "Écart",
            "Pourquoi ce chiffre",
        ):
            assert word not in shown(messages), query
    assert opened == {f"{FIGURE}={code}" for code in figures} | {f"{CHART}={STREAMS}"}


@pytest.mark.parametrize(
    "more",
    [
        "direction=VC-JSP",
        "ambition=modernisation",
        "au=2022-06-30",
        "au=1999-01-01",
        "direction=lune",
    ],
)
def test_what_was_published_is_not_shown_for_another_day_or_a_part(framed, more):
    """A figure of the whole under the name of a direction, or of another day, would be a false
    one.
    """
    messages = framed().open("extrait", f"chiffre=avancement&{more}")
    assert "cp-outside" in shown(messages) and "cp-card" not in shown(messages)


def test_what_was_published_is_shown_for_its_own_day(framed, served):
    day = served.rows("SELECT au FROM publication ORDER BY id DESC LIMIT 1")[0][0]
    assert "cp-card" in shown(
        framed().open("extrait", f"chiffre=avancement&au={day}&direction=ADM&ambition=toutes")
    )


def test_elise_reads_an_extract_live_and_alice_within_her_rights(framed, served):
    elise, alice = (
        framed(cookie=served.cookie_of("elise")),
        framed(cookie=served.cookie_of("alice")),
    )
    assert "Cible" in shown(elise.open("extrait", "chiffre=reponse.tenue&direction=RI-INF"))
    assert "cp-plot" in shown(elise.open("extrait", "graphique=courbe-en-s"))
    assert "cp-outside" in shown(alice.open("extrait", "chiffre=reponse.tenue&direction=RI-INF"))
    assert "cp-card" in shown(alice.open("extrait", "chiffre=reponse.tenue"))


NEVER_FRAMED = [screen.url for screen in SCREENS if screen.url not in (FORM, EXTRACT)]


@pytest.mark.parametrize(
    "login,url",
    ((None if nth % 2 else "elise", url) for nth, url in enumerate(NEVER_FRAMED) if nth % 3),
)
def test_a_frame_shows_no_other_screen_whatever_its_address_becomes(
    framed, served, secrets, login, url
):
    """Neither with `embed=true` nor, once it has been framed, without it; the menu, the filters
    and the sign-in stay outside.
    """
    tab = framed(cookie=served.cookie_of(login) if login else "")
    tab.open("deposer")
    for tab.embedded in (True, False):
        messages = tab.open(url, QUERIES.get(url, SCOPE))
        assert "cp-outside" in shown(messages) and 'target="_blank"' in shown(messages)
        assert leaked(messages, secrets) == set()
        assert (
            not elements(messages, "text_input")
            and not elements(messages, "button")
            and "cp-nav" not in shown(messages)
        )


def test_the_screen_that_gives_the_code_names_the_setting_that_is_missing(open_tab, served):
    said = shown(open_tab(cookie=served.cookie_of("elise")).open("integrer"))
    assert "Aucune page ne peut encore l'afficher" in said and "CP_FRAME_ANCESTORS" in said


@pytest.mark.parametrize(
    "query",
    [
        "chiffre=%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
        "graphique=%22onload=alert(1)",
        "chiffre=lune",
        "",
    ],
)
def test_an_unknown_extract_is_one_sentence(framed, served, query):
    for cookie in ("", served.cookie_of("elise")):
        said = shown(framed(cookie=cookie).open("extrait", query))
        assert plain(NOT_FOUND) in plain(said)
        assert "<script" not in said and '"onload' not in said


@pytest.mark.parametrize(
    "hostile",
    [
        'chiffre=avancement"><script>alert(1)</script>',
        'graphique=chantiers" onload="alert(1)',
        'chiffre=avancement&hauteur=1"onload="x',
        'chiffre=avancement&direction="><img src=x onerror=alert(1)>',
        'chiffre=avancement&au="><svg onload=alert(1)>',
        "chiffre=avancement&ambition=javascript:alert(1)",
    ],
)
def test_nothing_hostile_of_the_address_reaches_the_code_to_copy(open_tab, served, hostile):
    drawn = open_tab(cookie=served.cookie_of("elise")).open("integrer", hostile)
    page = "".join(html.body for html in elements(drawn, "html"))
    code = unescape(re.search(r"<pre>(.*?)</pre>", page, re.S)[1])
    assert re.fullmatch(
        r"<iframe"
        r' src="http://127\.0\.0\.1:\d+/(deposer|extrait)\?[A-Za-z=.&;-]*embed=true"\s+title="[^"<>]+"\s+width="100%"\s+'
        r'height="\d+"\s+loading="lazy"\s+allow="clipboard-write"\s+style="border:0"></iframe>',
        code.replace("\u00a0", " "),
    ), code


def test_every_page_is_registered_for_everybody(open_tab):
    """Streamlit's own answer to an unlisted page would lose the address; ours is the sign-in, in
    place.
    """
    messages = open_tab().open("tableau-de-bord", "direction=VC-JSP")
    known = next(
        message.navigation for message in messages if message.WhichOneof("type") == "navigation"
    )
    assert {page.url_pathname for page in known.app_pages} == {screen.url for screen in SCREENS}
    assert not [message for message in messages if message.WhichOneof("type") == "page_not_found"]


def test_the_first_request_after_a_restart_is_a_strangers(serve_demo):
    """Streamlit's automatic discovery of pages would serve them before the frame has run once."""
    server = serve_demo()
    titles = {row[0] for row in server.rows("SELECT title FROM plan UNION SELECT title FROM idea")}
    try:
        with Tab(server.url) as stranger:
            messages = stranger.open("idees", SCOPE)
        assert is_sign_in(messages)
        assert leaked(messages, titles) == set()
    finally:
        server.stop()


# ── Somebody else's session ───────────────────────────────────────────────────────────────────────


def test_a_session_taken_over_without_the_cookie_has_nobodys_rights(open_tab, secrets):
    """The id of a session stands in addresses of uploads: who reads one in a log gets nothing
    with it.
    """
    elise = open_tab()
    elise.open("tableau-de-bord", SCOPE)
    elise.sign_in("elise", DEMO_PASSWORD)
    assert "Idées à décider" in shown(elise.run())
    thief = open_tab(attach_to=elise.session_id)
    messages = thief.open("tableau-de-bord", SCOPE)
    assert thief.session_id == elise.session_id, (
        "the server did not attach: this test would say nothing"
    )
    assert is_sign_in(messages)
    assert leaked(messages, secrets) == set()


def test_an_invented_cookie_is_worth_nothing(open_tab):
    assert is_front(open_tab(cookie="0" * 43).open("", SCOPE))


# ── Foreign pages ─────────────────────────────────────────────────────────────────────────────────


def test_a_foreign_page_cannot_open_the_socket(served):
    refused = refuses(
        Tab,
        served.url,
        cookie=served.cookie_of("elise"),
        origin="https://ailleurs.example",
        error=InvalidStatus,
    )
    assert refused.response.status_code == 403
    with connect(
        f"{served.url.replace('http', 'ws')}/_stcore/stream",
        subprotocols=["streamlit"],
        origin=served.url,
    ):
        pass  # our own page can


def test_a_foreign_page_does_not_make_the_server_ask_the_internet(served):
    """Streamlit asks checkip.amazonaws.com for the address of this machine before it refuses:
    nothing leaves it.
    """
    refuses(Tab, served.url, origin="https://ailleurs.example", error=InvalidStatus)
    assert "external IP" not in served.log()


# ── Forged acts ───────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def waiting_idea(served) -> int:
    """The number of an anonymous entry about Carine's direction that nobody has read yet."""
    with Tab(served.url) as stranger:
        stranger.open("deposer")
        part = stranger.fragments["w_deposer_send"]
        stranger.run(part, w_deposer_body="Un banc devant la piscine")
        messages = stranger.run(part, w_deposer_send=PRESS)
    return int(re.search(r"n° (\d+)", shown(messages).replace("\u00a0", " "))[1])


def is_published(served, number: int) -> bool:
    return bool(served.rows("SELECT published FROM idea WHERE number = :n", n=number)[0][0])


def test_didier_publishes_with_the_button_that_alice_has_not(open_tab, served, waiting_idea):
    """Alice sends what Didier's browser would send; the entry stays hidden. Didier sends it, and
    it is shown.
    """
    query = f"{SCOPE}&idee={waiting_idea}"
    didier, alice = (
        open_tab(cookie=served.cookie_of("didier")),
        open_tab(cookie=served.cookie_of("alice")),
    )
    publish = f"w_publish_{waiting_idea}_0_send"
    assert publish not in alice.widgets
    didier.open("idees", query)
    seen = alice.open("idees", query)
    assert "Idée introuvable" in shown(seen) and "Un banc" not in wire(seen)
    alice.widgets[publish] = didier.widgets[publish]
    seen = alice.run(**{publish: PRESS})
    assert not is_published(served, waiting_idea)
    assert "Un banc" not in wire(seen)
    assert "publiée" in shown(didier.run(**{publish: PRESS}))
    assert is_published(served, waiting_idea)


# ── What surrounds the page ───────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "path",
    [
        "/_stcore/metrics",
        "/_stcore/metrics/",
        "/auth/login?provider=default",
        "/auth/logout",
        "/oauth2callback?code=x&state=y",
        "/connexion/commune",
        "/connexion/retour",
        "/_stcore/agent",
        "/_stcore/agent/",
        "/_stcore/agent/openapi.json",
        "//_stcore/metrics",
        "/idees/_stcore/metrics",
    ],
)
def test_the_servers_back_doors_are_closed(served, path):
    answer = httpx.get(served.url + path)
    assert answer.status_code in (400, 404) or "C-Possible" in answer.text, answer.text[:200]
    assert "# HELP" not in answer.text and "openapi" not in answer.text


@pytest.mark.parametrize("path", ["/", "/idees", "/sante", "/page.js", "/nulle-part"])
def test_every_answer_carries_the_security_headers(served, path):
    headers = httpx.get(served.url + path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    policy = headers["content-security-policy"]
    assert (
        "default-src 'self'" in policy
        and "object-src 'none'" in policy
        and "unsafe-eval" not in policy
    )
    assert "frame-ancestors 'none'" in policy  # the setting's default: nobody frames the dashboard
    assert "'unsafe-inline'" not in policy.split("script-src")[1].split(";")[0]
    assert "server" not in headers


@pytest.mark.parametrize("url", [screen.href for screen in SCREENS])
def test_every_address_is_served_in_french_and_names_only_what_is_public(
    served, secrets, published, url
):
    page = unescape(httpx.get(served.url + url).text)
    assert '<html lang="fr"' in page
    named = {secret for secret in secrets if secret in page}
    assert named - published == set()
    assert not named or url == "/", "the front page alone tells what was published"


def test_the_data_folder_is_not_served(served):
    for path in (
        "/app/static/c-possible.db",
        "/static/../c-possible.db",
        "/app/static/..%2f..%2fapp.py",
        "/app/static/fr.js/../../app.py",
    ):
        answer = httpx.get(served.url + path)
        assert "SQLite format" not in answer.text and "st.navigation" not in answer.text
