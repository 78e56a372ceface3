"""Pages through Streamlit's AppTest: as whom, at which address, and what they show."""

import json
import re
from html.parser import HTMLParser
from urllib.parse import parse_qs

from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from dashboard.actions.people.logins import hash_of, open_login
from dashboard.queries.people.readers import account_by_login
from dashboard.visit.signin import TAB_LOGIN
from models import database as house
from models.database import writing
from models.settings import ROOT, settings

PATIENCE = 120  # seconds: the first run of a process imports everything
BODIES = ("markdown", "caption", "info", "success", "warning", "error", "title", "header")
LABELS = (
    "button",
    "page_link",
    "text_input",
    "text_area",
    "selectbox",
    "expander",
    "checkbox",
    "radio",
)


def forget() -> None:
    settings.cache_clear()
    house.engine.cache_clear()


def enter(engine: Engine, login: str | None, **state: object) -> AppTest:
    """A tab of that person, on Accueil."""
    return _tab_of(engine, login, **state).run()


def arrive(engine: Engine, login: str | None, url: str, query: str = "") -> AppTest:
    """A tab that opens at this address, as one that is typed or stands in a mail."""
    return visit(_tab_of(engine, login), url, query)


def _tab_of(engine: Engine, login: str | None, **state: object) -> AppTest:
    tab = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=PATIENCE)
    if login:
        with writing(engine) as session:
            token = open_login(session, account_by_login(session, login), remember=False)
        tab.session_state[TAB_LOGIN] = hash_of(token)
    for key, value in state.items():
        tab.session_state[key] = value
    return tab


def visit(tab: AppTest, url: str = "", query: str = "") -> AppTest:
    """The same tab at another address of ours."""
    _write_query(tab, query)
    # As Streamlit names a page; `switch_page` goes by files, of which several views share one.
    tab._page_hash = calc_hash(url)
    return tab.run()


def unfold(tab: AppTest, title: str) -> AppTest:
    """The same page with this fold open: what is drawn on demand stands in it."""
    return _folded(tab, title, is_open=True)


def fold_again(tab: AppTest, title: str) -> AppTest:
    """The same page with this fold closed."""
    return _folded(tab, title, is_open=False)


def _folded(tab: AppTest, title: str, is_open: bool) -> AppTest:
    fold = next(one for one in tab.get("expander") if one.label.startswith(title))
    key = fold.proto.id.split("-", 2)[2]
    tab.session_state[key] = is_open
    return tab.run()


def _write_query(tab: AppTest, query: str) -> None:
    for name in list(tab.query_params):
        del tab.query_params[name]
    for name, values in parse_qs(query).items():
        tab.query_params[name] = values[0]


def html_of(tab: AppTest) -> list[str]:
    """The parts of a page that are ours, whether each is an element or all are one."""
    alone = [element.proto.body for element in tab.get("html")]
    return [body for body in alone if "<style>" not in body] + parts_of(tab)


def parts_of(tab: AppTest) -> list[str]:
    """The parts of a page that is one element."""
    return [part for data in screen_data(tab) for part in data.get("parts", ())]


def filters_of(tab: AppTest) -> dict:
    """The filters of a page: what they offer and what they hold; nothing where there are none."""
    return next((data["filters"] for data in screen_data(tab) if "filters" in data), {})


def screen_data(tab: AppTest) -> list[dict]:
    """What each element of ours that draws a screen was given."""
    found = [element.proto for element in tab.get("bidi_component")]
    screens = [proto for proto in found if proto.component_name.endswith("cp_screen")]
    return [json.loads(proto.json)[0] for proto in screens]


def markdown_of(tab: AppTest) -> list[str]:
    """Whatever Streamlit reads as Markdown: texts, captions, alerts, labels of links, buttons
    and fields.
    """
    bodies = [element.proto.body for kind in BODIES for element in tab.get(kind)]
    return bodies + [element.proto.label for kind in LABELS for element in tab.get(kind)]


def headers(tab: AppTest) -> int:
    """The heads of a page: one, whether it is the front page's or another's."""
    return sum(
        '<header class="cp-header' in body or 'class="cp-hero"' in body for body in html_of(tab)
    )


PICTURE, ICON, FORMULA = "![](http://x.example/y.png)", ":material/delete:", "$e^{i\\pi}$"
COLOUR, LINK, BARE = ":red[rouge]", "[clic](http://x.example)", "www.x.example"
MARKDOWN_TRICKS = (PICTURE, ICON, FORMULA, COLOUR, LINK)


class Markup(HTMLParser):
    """What a browser would make of a piece of HTML: its tags with their attributes, and its
    text.
    """

    def __init__(self, body: str):
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict]] = []
        self.said = ""
        self.feed(body)
        self.close()

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.said += data


def check_markup(tab: AppTest) -> None:
    """Only our tags, our pictures and our addresses; and nothing that Markdown would read as
    more than a text.
    """
    for body in html_of(tab):
        for tag, attributes in Markup(body).tags:
            # The one form of ours sends a code to the page without an account.
            is_ours = tag == "form" and attributes.get("action") == "/suivre"
            assert is_ours or tag not in (
                "script",
                "iframe",
                "object",
                "form",
                "style",
                "base",
                "meta",
                "link",
            ), body
            assert not [name for name in attributes if name.startswith("on")], body
            if tag == "img":
                assert attributes["src"].startswith(
                    ("/icon.svg", "/app/static/icon.svg", "data:image/svg+xml,")
                ), body
            if tag == "a":
                assert re.match(r"/(?!/)", attributes["href"]), body
    for said in markdown_of(tab):
        for trick in (*MARKDOWN_TRICKS, BARE):
            assert trick not in said, said
