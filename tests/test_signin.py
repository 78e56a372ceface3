"""The sign-in as the browser sees it; A new installation is prepared step by step."""

from datetime import timedelta
from html import unescape
from threading import Event
from types import SimpleNamespace

import bcrypt
import pytest
from sqlalchemy import update
from sqlmodel import select
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit.runtime.context import ContextProxy
from streamlit.testing.v1 import AppTest
from support.pages import html_of
from support.transactions import add_rows, read_with, refusal, select_all, write_with
from support.troupe import FROZEN, ON_SQLITE

from dashboard.access import OPERATOR
from dashboard.actions.notices.addresses import make_slip
from dashboard.actions.operations.upgrading import send_test_mail
from dashboard.actions.people import accounts, links, logins
from dashboard.queries.operations.setup import setup_facts
from dashboard.queries.people.readers import account_by_login
from dashboard.visit import signin
from dashboard.web import session as web_session
from models.database import writing
from models.installation import Installation
from models.notices import Notice
from models.people import Account, Invitation, Mandate, Person
from models.settings import settings
from models.short_lived import Attempt, Login, Ticket

# ── The sign-in as the browser sees it ────────────────────────────────────────────────────────────
# The form, the cookie and its two requests, who reads at each run.

GOOD = "trois petits pas à Mons"
HOST = "http://c-possible.example"
JSON = {"Content-Type": "application/json", "Origin": HOST}


@pytest.fixture
def house(database, data_folder, commands_on, monkeypatch):
    """The process works on the database of the test; Alice and Bruno have accounts."""
    commands_on(database)
    monkeypatch.setattr(signin, "SERVED", Event())
    quick = bcrypt.hashpw(GOOD.encode(), bcrypt.gensalt(4)).decode()
    with writing(database) as session:
        for i, name in enumerate(("Alice", "Bruno"), 1):
            session.add(Person(id=i, given_name=name, family_name="Dubois"))
            session.flush()
            session.add(Account(id=i, person_id=i, login=name.lower(), password_hash=quick))
    return database


def the_app():
    """A frame in small: a name and a note, or the sign-in in its place."""
    import streamlit as st

    from dashboard.visit import gate, signin

    reader = signin.current_reader()
    with gate.drawing_for(reader):
        signin.sync_cookie()
        if reader.is_known:
            st.title(reader.name)
            st.text_input("Note", key="w_note")
            st.button("Se déconnecter", key="w_sign_out", on_click=signin.sign_out)
        else:
            cast = [("bruno", "Ambassadeur", "Encode pour les collègues.")]
            signin.sign_in_form("Se connecter", cast, "trois petits pas à Mons")


def a_tab(**seed):
    tab = AppTest.from_function(the_app, default_timeout=10)
    for key, value in seed.items():
        tab.session_state[key] = value
    return tab.run()


def open_login(database, login="alice", remember=False, ticket=""):
    with writing(database) as session:
        account = session.exec(select(Account).where(Account.login == login)).one()
        return logins.open_login(session, account, remember, ticket=ticket)


def fill(tab, login, password, remember=False):
    tab.text_input(key=signin.W_LOGIN).set_value(login)
    tab.text_input(key=signin.W_PASSWORD).set_value(password)
    tab.checkbox(key=signin.W_REMEMBER).set_value(remember)
    return tab.button[0].click().run()


def title(tab):
    assert not tab.exception
    return tab.title[0].value


def all_of(database, table):
    return select_all(database, select(table))


# ── The form ──────────────────────────────────────────────────────────────────────────────────────


def test_alice_signs_in_where_she_stands_and_the_address_stays(house):
    tab = AppTest.from_function(the_app, default_timeout=10)
    tab.query_params["au"], tab.query_params["direction"] = "2022-06-30", "VC-JSP"
    tab.run()
    assert title(tab) == "Se connecter"
    assert [field.label for field in tab.text_input] == [
        "Identifiant",
        "Mot de passe",
        "Compte concerné",
    ]
    assert [field.proto.autocomplete for field in tab.text_input] == [
        "username",
        "current-password",
        "username",
    ]
    assert title(fill(tab, " Alice", GOOD)) == "Alice Dubois"
    assert dict(tab.query_params) == {"au": "2022-06-30", "direction": "VC-JSP"}
    assert GOOD not in repr(tab.session_state)
    assert all_of(house, Ticket) == []  # no route fetches a cookie here


def test_a_wrong_password_and_an_unknown_name_get_the_same_sentence(house):
    for name in ("alice", "personne"):
        tab = fill(a_tab(), name, "ce n'est pas celui-là")
        assert title(tab) == "Se connecter"
        assert [error.value for error in tab.error] == ["Identifiant ou mot de passe incorrect."]
        assert tab.text_input(key=signin.W_LOGIN).value == name
        assert tab.text_input(key=signin.W_PASSWORD).value == ""


def test_empty_fields_are_not_a_try(house):
    tab = fill(a_tab(), "alice", " ")
    assert [error.value for error in tab.error] == [
        "Saisissez votre identifiant et votre mot de passe."
    ]
    assert all_of(house, Attempt) == []


def test_too_many_tries_say_how_long_to_wait_in_every_tab(house):
    for n in range(20):
        logins.check_password(house, f"nom{n}", "ce n'est pas celui-là", None)
    assert [error.value for error in fill(a_tab(), "alice", GOOD).error] == [
        "Trop d'essais : réessayez dans 1 minute."
    ]


def test_demonstration_accounts_show_on_a_demonstration_only(house):
    assert [button.label for button in a_tab().button] == ["Se connecter", "Recevoir un lien"]
    add_rows(house, Installation(demonstration=True))
    tab = a_tab()
    assert title(tab.button(key="w_demo_bruno").click().run()) == "Bruno Dubois"


def test_what_the_library_keeps_in_the_session_is_not_believed(house):
    tab = a_tab(authentication_status=True, username="alice", name="Alice", roles=["admin"])
    assert title(tab) == "Se connecter"


# ── Who reads ─────────────────────────────────────────────────────────────────────────────────────


def test_a_closed_account_and_a_closed_login_count_at_the_next_run(house):
    first, second = (logins.hash_of(open_login(house)) for _ in range(2))
    here, there = a_tab(**{signin.TAB_LOGIN: first}), a_tab(**{signin.TAB_LOGIN: second})
    assert title(here) == title(there) == "Alice Dubois"
    write_with(house, logins.close_login, first)
    assert (title(here.run()), title(there.run())) == ("Se connecter", "Alice Dubois")
    write_with(house, accounts.disable_account, OPERATOR, 1)
    assert title(there.run()) == "Se connecter"


def test_the_last_use_is_noted(house):
    token_hash = logins.hash_of(open_login(house))
    with writing(house) as session:
        long_ago = session.get(Login, token_hash).created_at - 2 * logins.NOTED_EVERY
        logins.note_use(session, token_hash, long_ago)
    a_tab(**{signin.TAB_LOGIN: token_hash})
    assert all_of(house, Login)[0].used_at > long_ago


@pytest.fixture
def browser(monkeypatch):
    """What the websocket's handshake carries: cookies, and the key that names the connection."""
    wire = SimpleNamespace(cookies={}, headers={"Sec-WebSocket-Key": "first"})
    monkeypatch.setattr(ContextProxy, "cookies", property(lambda _: wire.cookies))
    monkeypatch.setattr(ContextProxy, "headers", property(lambda _: wire.headers))
    return wire


def test_the_cookie_signs_in_and_a_forged_or_closed_one_does_not(house, browser):
    token = open_login(house)
    browser.cookies["cp"] = token
    assert title(a_tab()) == "Alice Dubois"
    write_with(house, logins.close_login, logins.hash_of(token))
    assert title(a_tab()) == "Se connecter"
    browser.cookies["cp"] = logins.hash_of(token)
    assert title(a_tab()) == "Se connecter"


def test_a_reconnection_with_the_cookie_keeps_the_tab(house, browser):
    tab = fill(a_tab(), "alice", GOOD)
    tab.session_state["_cp_choice"] = "ma direction"
    browser.headers["Sec-WebSocket-Key"] = "second"
    browser.cookies["cp"] = open_login(house)
    assert title(tab.run()) == "Alice Dubois"
    assert "_cp_choice" in tab.session_state


@pytest.mark.parametrize("thief", [None, "bruno"])
def test_a_session_taken_over_gives_neither_the_rights_nor_the_state(house, browser, thief):
    tab = fill(a_tab(), "alice", GOOD)
    tab.session_state["_cp_choice"] = "ma direction"
    browser.headers["Sec-WebSocket-Key"] = "the thief's"
    if thief:
        browser.cookies["cp"] = open_login(house, thief)
    assert title(tab.run()) == ("Bruno Dubois" if thief else "Se connecter")
    assert "_cp_choice" not in tab.session_state


@pytest.mark.parametrize(("next_reader", "kept"), [("alice", True), ("bruno", False)])
def test_half_written_things_wait_for_their_author_only(house, browser, next_reader, kept):
    tab = fill(a_tab(), "alice", GOOD)
    tab.session_state["_cp_draft"] = "une idée à moitié écrite"
    with writing(house) as session:
        links.end_access(session, session.get(Account, 1))
    assert title(fill(tab.run(), next_reader, GOOD)) == f"{next_reader.title()} Dubois"
    assert ("_cp_draft" in tab.session_state) is kept


# ── The cookie ────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def wire(house):
    with TestClient(Starlette(routes=web_session.routes()), base_url=HOST) as client:
        yield client


def a_ticket(database, remember=False):
    ticket = write_with(database, logins.make_ticket, remember)
    return open_login(database, remember=remember, ticket=ticket), ticket


def scripts(tab):
    return [html.proto.body for html in tab.get("html") if "session.js" in html.proto.body]


def test_the_page_asks_for_the_cookie_until_the_browser_has_it(house):
    signin.SERVED.set()
    tab = fill(a_tab(), "alice", GOOD, remember=True)
    (script,) = scripts(tab)
    with TestClient(Starlette(routes=web_session.routes()), base_url=HOST) as client:
        ticket = script.split('data-ticket="')[1].split('"')[0]
        assert client.post("/session", json={"ticket": ticket}, headers=JSON).status_code == 204
    assert scripts(tab.run()) == []
    tab.button(key="w_sign_out").click().run()
    assert 'data-action="close"' in scripts(tab)[0]


@pytest.mark.parametrize("https", [False, True])
@pytest.mark.parametrize("remember", [False, True])
@ON_SQLITE
def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(
    wire, house, monkeypatch, https, remember
):
    monkeypatch.setenv("CP_HTTPS", str(https))
    settings.cache_clear()
    token, ticket = a_ticket(house, remember)
    answer = wire.post("/session", json={"ticket": ticket}, headers=JSON)
    cookie, device = answer.headers.get_list("set-cookie")
    name, *attributes = cookie.split("; ")
    assert answer.status_code == 204 and answer.headers["cache-control"] == "no-store"
    assert name == f"{'__Host-cp' if https else 'cp'}={token}"
    assert {attribute.lower() for attribute in attributes} == {
        "httponly", "samesite=strict", "path=/", *(["secure"] if https else []),
        *(["max-age=2592000"] if remember else [])}  # fmt: skip
    name, *attributes = device.split("; ")
    assert name.startswith(f"{'__Host-cp-device' if https else 'cp-device'}=")
    assert "alice" not in name
    assert {attribute.lower() for attribute in attributes} == {
        "httponly", "samesite=strict", "path=/", "max-age=31536000",
        *(["secure"] if https else [])}  # fmt: skip


@ON_SQLITE
def test_whom_others_lock_out_signs_in_on_the_device_that_she_knows(wire, house, browser):
    _, ticket = a_ticket(house)
    wire.post("/session", json={"ticket": ticket}, headers=JSON)
    wire.delete("/session", headers={"Origin": HOST})
    known = wire.cookies[settings().device_cookie]
    for n in range(20):
        logins.check_password(house, f"nom{n}", "ce n'est pas celui-là", None)
    tab = fill(a_tab(), "alice", GOOD)
    assert "Trop d'essais" in tab.error[0].value
    browser.cookies[settings().device_cookie] = known
    assert title(fill(a_tab(), "bruno", GOOD)) == "Se connecter", "it is Alice's device"
    assert title(fill(a_tab(), "alice", GOOD)) == "Alice Dubois"


def test_signing_out_closes_the_login_and_a_copy_of_the_cookie_is_worth_nothing(
    wire, house, browser
):
    token, _ = a_ticket(house)
    answer = wire.delete("/session", headers={"Origin": HOST, "Cookie": f"cp={token}"})
    assert answer.status_code == 204 and "Max-Age=0" in answer.headers["set-cookie"]
    assert all_of(house, Login) == []
    browser.cookies["cp"] = token
    assert title(a_tab()) == "Se connecter"
    assert wire.delete("/session", headers={"Origin": HOST}).status_code == 204


@pytest.mark.parametrize("method", ["POST", "DELETE"])
@pytest.mark.parametrize(
    "origin", [None, "null", "https://ailleurs.example", f"{HOST}.ailleurs.example"]
)
@ON_SQLITE
def test_another_site_is_sent_away(wire, house, method, origin):
    token, ticket = a_ticket(house)
    headers = {"Content-Type": "application/json", "Cookie": f"cp={token}"} | (
        {"Origin": origin} if origin else {}
    )
    answer = wire.request(method, "/session", json={"ticket": ticket}, headers=headers)
    assert answer.status_code == 403 and "set-cookie" not in answer.headers
    assert len(all_of(house, Login)) == len(all_of(house, Ticket)) == 1


@pytest.mark.parametrize(("body", "status"), [
    ("{", 400), ("[]", 400), ('{"ticket": 7}', 400), ('{"ticket": ""}', 400), ('{"ticket": "é"}', 400),
    ('{"ticket": "x"}', 410), ('{"ticket": "' + "x" * 2000 + '"}', 413), (b"\xff\xfe", 400), ("[" * 1000, 400),
])  # fmt: skip
@ON_SQLITE
def test_a_request_of_another_shape_gets_a_sentence(wire, body, status):
    answer = wire.post("/session", content=body, headers=JSON)
    assert answer.status_code == status
    assert answer.text.endswith(".") and "Traceback" not in answer.text
    assert wire.post("/session", content=body, headers={"Origin": HOST}).status_code == 415


# ── A new installation is prepared step by step ───────────────────────────────────────────────────
# What is there is counted, what is left is found again, nothing is kept beside.

STEPS = (
    "L'organigramme",
    "Le personnel",
    "Les comptes",
    "Les mandats",
    "Le programme",
    "Les cibles",
    "Le courriel",
    "L'intranet",
    "La sauvegarde",
)


def words(tab) -> str:
    return unescape(" ".join(html_of(tab))).replace("’", "'").replace("\xa0", " ")


def test_what_is_there_is_counted(demo_copy, cast):
    facts = read_with(demo_copy, setup_facts, cast.farid, FROZEN)
    assert facts.units > 24 and facts.persons >= 300 and facts.milestones == 45
    assert facts.mandates > 0 and facts.targets > 0 and not facts.may_embed


def test_farid_reads_nine_steps_and_leaves_one_for_later(open_page, demonstration, cast):
    tab = open_page("farid", "mise-en-route")
    assert not tab.exception and all(step in words(tab) for step in STEPS)
    assert "Plus tard" not in words(tab)
    asked = open_page("farid", "mise-en-route", "genre=personnel").selectbox[0]
    assert asked.value == "personnel", "a file is tried on the page"
    later = next(b for b in tab.button if "later_integration" in b.key)
    later.click().run()
    assert not tab.exception and words(tab).count("Plus tard") == 1
    again = open_page("farid", "mise-en-route")
    assert "Plus tard" in words(again), "it is found again"
    back = next(b for b in again.button if "later_integration" in b.key)
    assert back.label == "Y revenir maintenant"
    back.click().run()
    assert "Plus tard" not in words(again)


def test_farid_finds_the_invitations_that_lapsed_and_renews_them(open_page, demonstration, cast):
    with writing(demonstration) as session:
        bruno = account_by_login(session, "bruno")
        hash_before, bruno.password_hash = bruno.password_hash, ""
        make_slip(session, cast.farid, bruno.id)
        session.execute(update(Invitation).values(until=FROZEN - timedelta(days=1)))
    tab = open_page("farid", "mise-en-route")
    assert "1 invitation a expiré sans servir" in words(tab)
    next(b for b in tab.button if "renew" in b.key).click().run()
    assert not tab.exception
    done = tab.success[0].value.replace("\\", "").replace("\xa0", " ")
    assert "À imprimer dans « Comptes »" in done and "1 feuillet" in done
    with writing(demonstration) as session:
        account_by_login(session, "bruno").password_hash = hash_before
    assert "a expiré" not in words(open_page("farid", "mise-en-route"))


def test_the_test_mail_takes_the_way_of_all_mails(demo_copy, cast, monkeypatch):
    refusal(demo_copy, send_test_mail, cast.farid, match="serveur de courriel")
    monkeypatch.setenv("CP_SMTP_HOST", "127.0.0.1")
    monkeypatch.setenv("CP_MAIL_FROM", "c-possible@exemple.be")
    monkeypatch.setenv("CP_SMTP_TLS", "none")
    settings.cache_clear()
    try:
        with writing(demo_copy) as session:
            address = send_test_mail(session, cast.farid)
            send_test_mail(session, cast.farid)
            hers = select(Notice.on, Notice.address).where(Notice.title == "Courriel d'essai")
            assert session.exec(hers).all() == [(FROZEN, address)] * 2
        assert address == "farid@exemple.invalid"
    finally:
        monkeypatch.undo()
        settings.cache_clear()


def test_a_mandate_that_ends_today_is_over(demo_copy, cast):
    with writing(demo_copy) as session:
        before = setup_facts(session, cast.farid, FROZEN).mandates
        hers = select(Mandate).where(Mandate.person_id == cast.carine.person_id)
        session.exec(hers).one().until = FROZEN
        session.flush()
        assert setup_facts(session, cast.farid, FROZEN).mandates == before - 1
