"""The sign-on of the house: there and back over HTTP with a provider that may lie, whose account it
is, and how both sessions end.
"""

import hmac
import json
import logging
import re
import time
from datetime import timedelta

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey
from sqlmodel import select
from starlette.applications import Starlette
from starlette.testclient import TestClient
from support.days import town_today
from support.provider import CLIENT, SECRET, Provider, key_named, unpadded
from support.transactions import (
    add_rows,
    refuses,
    select_all,
    write_with,
)

from dashboard.access import OPERATOR
from dashboard.actions import limits
from dashboard.actions.people import accounts, logins, sign_on
from dashboard.web import (
    issuer as web_issuer,
    serving,
    session as web_session,
    sign_on as web_sign_on,
)
from models.database import reading, writing
from models.ledger import Change
from models.people import OWN_ADDRESS, Account, Person, Preference, Role
from models.settings import settings
from models.short_lived import Login
from models.sign_on import Identity, SignOn, check_settings, configured
from models.signing import sealed

BASE = "http://c-possible.example"
DEEP = "/idees?au=2022-06-30&direction=VC-JSP"


@pytest.fixture
def provider():
    made = Provider().start()
    yield made
    made.stop()


def people_of(database) -> None:
    """Alice with an account and a mail, Bruno without an account, Carine an administrator."""
    with writing(database) as session:
        for i, name in enumerate(("Alice", "Bruno", "Carine"), 1):
            mail = f"{name.lower()}@commune.example"
            session.add(Person(key=f"M{i}", given_name=name, family_name="Dubois", email=mail))
        session.flush()
        session.add(Account(person_id=1, login="alice", password_hash="x"))
        session.add(Account(person_id=3, login="carine", password_hash="x", roles="admin"))


@pytest.fixture
def house(sqlite_database, provider, data_folder, commands_on, monkeypatch):
    """The process works on the database of the test, with this provider."""
    for name, value in provider.settings(BASE).items():
        monkeypatch.setenv(name, value)
    commands_on(sqlite_database)
    # Another test's provider may have stood at this address, with other keys.
    web_issuer.issuer_of.cache_clear()
    people_of(sqlite_database)
    return sqlite_database


@pytest.fixture
def client(house):
    app = Starlette(routes=web_session.routes(), middleware=serving.middleware())
    with TestClient(app, base_url=BASE, follow_redirects=False) as client:
        yield client


def chosen(monkeypatch, **values: str) -> None:
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()


def there(client, suite: str = "/") -> str:
    """The address of the way back, as the provider gives it to the client."""
    answer = client.get("/connexion/commune", params={"suite": suite})
    assert answer.status_code == 303, answer.text
    return httpx.get(answer.headers["location"]).headers["location"]


def there_and_back(client, suite: str = "/"):
    return client.get(there(client, suite))


def said(answer) -> str:
    return (
        re.search(r"<main>.*?<p>(.*?)</p>", answer.text, re.DOTALL)[1]
        .replace("\u202f", " ")
        .replace("\xa0", " ")
        .replace("&#39;", "'")
        .replace("’", "'")
    )


def all_of(database, table):
    return select_all(database, select(table).order_by(*table.__table__.primary_key))


def refused(answer, database, sentence: str, status: int = 400) -> None:
    assert (answer.status_code, said(answer)) == (status, sentence.replace("’", "'"))
    assert 'href="/"' in answer.text
    assert f"{settings().cookie_name}=" not in answer.headers.get("set-cookie", "").replace(
        "cp-sign-on=", ""
    )
    assert all_of(database, Login) == []
    assert [a.subject for a in all_of(database, Account)] == [None, None]
    assert all_of(database, Change) == []


# ── There and back ────────────────────────────────────────────────────────────────────────────────


def test_alice_comes_back_where_she_stood_with_the_cookie_of_a_login(client, house, provider):
    answer = there_and_back(client, DEEP)
    assert answer.status_code == 200 and answer.headers["cache-control"] == "no-store"
    assert f'content="0;url={DEEP.replace("&", "&amp;")}"' in answer.text
    cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith("cp="))
    assert {part.lower() for part in cookie.split("; ")[1:]} == {
        "httponly", "samesite=strict", "path=/"}  # fmt: skip
    (login,) = all_of(house, Login)
    assert login.token == logins.hash_of(cookie.split(";")[0].removeprefix("cp="))
    assert (login.account_id, login.issuer, login.sign_on_session) == (1, provider.url, "session-1")
    bound = all_of(house, Account)[0]
    assert (bound.issuer, bound.subject) == (provider.url, "s-1")
    assert [(c.by, c.record, c.field, c.after) for c in all_of(house, Change)] == [
        (1, "alice", "connexion de la commune", provider.url)
    ]


def test_the_second_visit_finds_her_by_her_subject_whatever_her_mail(client, house, provider):
    there_and_back(client)
    provider.person = {"sub": "s-1", "email": "nouvelle@ailleurs.example"}
    assert there_and_back(client).status_code == 200
    assert len(all_of(house, Login)) == 2 and len(all_of(house, Change)) == 1


def test_what_is_asked_of_the_provider(client, house):
    answer = client.get("/connexion/commune")
    asked = httpx.URL(answer.headers["location"]).params
    assert asked["response_type"] == "code" and asked["code_challenge_method"] == "S256"
    assert asked["redirect_uri"] == f"{BASE}/connexion/retour"
    assert asked["scope"] == "openid profile email"
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("cp-sign-on=") and asked["state"] not in cookie
    assert {part.lower() for part in cookie.split("; ")[1:]} == {
        "httponly", "samesite=lax", "path=/", "max-age=600"}  # fmt: skip
    for hidden in ("state", "nonce"):
        assert len(asked[hidden]) == 43 and asked[hidden] not in cookie


def test_under_https_both_cookies_are_secure_and_bound_to_the_host(client, house, monkeypatch):
    chosen(monkeypatch, CP_HTTPS="true")
    first = client.get("/connexion/commune")
    assert first.headers["set-cookie"].startswith("__Host-cp-sign-on=")
    assert "secure" in first.headers["set-cookie"].lower()
    state = first.headers["set-cookie"].partition(";")[0]
    back = httpx.get(first.headers["location"]).headers["location"]
    answer = client.get(back, headers={"Cookie": state})
    login = next(c for c in answer.headers.get_list("set-cookie") if c.startswith("__Host-cp="))
    assert "secure" in login.lower() and "samesite=strict" in login.lower()


ELSEWHERE = [
    "https://ailleurs.example/", "//ailleurs.example", "/\\ailleurs.example", "\\\\ailleurs.example",
    "/\t/ailleurs.example", "/idees\r\nSet-Cookie: x=y", "javascript:alert(1)", "idees", "",
    "/connexion/fin", "/idees#x", "///ailleurs.example", "/x//y", "/" + "x" * 3000, "http:/ailleurs.example",
    "/ ailleurs", "/\u0000",
]  # fmt: skip


def test_no_address_leads_elsewhere(client, house):
    assert [web_sign_on.local_address(one) for one in ELSEWHERE] == ["/"] * len(ELSEWHERE)
    for suite in ELSEWHERE[:4]:
        assert 'content="0;url=/"' in there_and_back(client, suite).text


def test_an_address_of_ours_cannot_leave_its_attribute(client, house):
    page = there_and_back(client, '/idees?q="><script>alert(1)</script>').text
    assert "<script>" not in page


# ── Off ───────────────────────────────────────────────────────────────────────────────────────────

OURS = [
    ("GET", "/connexion/commune"),
    ("GET", "/connexion/retour"),
    ("GET", "/connexion/fin"),
    ("POST", "/connexion/fin-de-session"),
]


def test_without_an_issuer_our_addresses_are_none(client, house, monkeypatch):
    monkeypatch.delenv("CP_OIDC_ISSUER")
    settings.cache_clear()
    assert [client.request(*one).status_code for one in OURS] == [404] * len(OURS)


# ── Lies ──────────────────────────────────────────────────────────────────────────────────────────

NOW = int(time.time())


LIES = [
    {"iss": "https://ailleurs.example"}, {"iss": None}, {"aud": "another"}, {"aud": None}, {"aud": []},
    {"aud": [CLIENT, "another"]}, {"azp": "another"}, {"nonce": "another"}, {"nonce": None}, {"nonce": 7},
    {"exp": NOW - 3600}, {"exp": None}, {"exp": "demain"}, {"exp": True}, {"iat": NOW + 3600}, {"iat": None},
    {"nbf": NOW + 3600}, {"sub": None}, {"sub": ""}, {"sub": 7}, {"sub": "x" * 300},
]  # fmt: skip


def test_clocks_may_differ_by_a_minute_and_several_audiences_name_us(client, house, provider):
    at = int(time.time())
    provider.lies = {
        "iat": at + 30,
        "exp": at - 30,
        "nbf": at + 30,
        "aud": [CLIENT, "b"],
        "azp": CLIENT,
    }
    assert there_and_back(client).status_code == 200


def unsigned(_header, claims):
    parts = ({"alg": "none"}, claims)
    return ".".join(unpadded(json.dumps(part).encode()) for part in parts) + "."


def signed_with_the_public_key(header, claims):
    """The old trick: HMAC, with the public key as the secret."""
    parts = (header | {"alg": "HS256"}, claims)
    signed = ".".join(unpadded(json.dumps(part).encode()) for part in parts)
    secret = key_named("k1").as_pem(private=False)
    return f"{signed}.{unpadded(hmac.digest(secret, signed.encode(), 'sha256'))}"


def signed_with_the_client_secret(header, claims):
    secret = OctKey.import_key(SECRET)
    return jwt.encode(header | {"alg": "HS256"}, claims, secret, algorithms=["HS256"])


def signed_by_another(header, claims):
    return jwt.encode(header | {"alg": "RS256"}, claims, key_named("the thief's"))


def spoiled(header, claims):
    head, _, signature = jwt.encode(header | {"alg": "RS256"}, claims, key_named("k1")).split(".")
    return f"{head}.{unpadded(json.dumps(claims | {'sub': 'admin'}).encode())}.{signature}"


def with_its_own_key(header, claims):
    own = key_named("the thief's")
    header = header | {"alg": "RS256", "jwk": own.as_dict(private=False), "kid": "the thief's"}
    return jwt.encode(header, claims, own)


SIGNERS = [unsigned, signed_with_the_public_key, signed_with_the_client_secret, signed_by_another,
           spoiled, with_its_own_key, lambda _h, _c: "no token", lambda _h, _c: "a.b.c", lambda _h, _c: ""]  # fmt: skip


@pytest.mark.parametrize(("what", "each"), [("lies", LIES), ("sign", SIGNERS)])
def test_a_claim_that_lies_or_that_the_issuer_did_not_sign_opens_nothing(
    client, house, provider, what, each
):
    for one in each:
        setattr(provider, what, one)
        refused(there_and_back(client), house, web_sign_on.NOT_SOUND)


def test_a_key_that_was_exchanged_is_found_and_one_nobody_knows_is_looked_for_once(
    client, house, provider
):
    there_and_back(client)
    provider.kid = "k2"
    assert there_and_back(client).status_code == 200
    assert provider.asked["keys"] == 2
    provider.kid_said = "k9"
    for _ in range(3):
        assert there_and_back(client).status_code == 400
    assert provider.asked["keys"] == 2, "within a minute it is not asked again"
    assert provider.asked["discovery"] == 1


# ── Replays and strangers ─────────────────────────────────────────────────────────────────────────


def test_a_way_back_is_good_once(client, house, provider):
    back = there(client)
    state = client.cookies["cp-sign-on"]
    assert client.get(back).status_code == 200
    again = client.get(back, headers={"Cookie": f"cp-sign-on={state}"})
    assert (again.status_code, said(again)) == (400, web_sign_on.NOT_SOUND)
    assert len(all_of(house, Login)) == 1


def test_a_code_that_was_used_is_refused_by_the_provider_and_here(client, house, provider):
    back = there(client)
    provider.codes.clear()
    refused(client.get(back), house, web_sign_on.NOT_SOUND)


def test_the_code_of_another_visit_does_not_fit_this_one(client, house):
    """A thief puts his own code into the way back of somebody else: PKCE and the nonce refuse."""
    his = httpx.URL(there(client)).params["code"]
    back = httpx.URL(there(client))
    refused(client.get(str(back.copy_set_param("code", his))), house, web_sign_on.NOT_SOUND)


@pytest.mark.parametrize("cookie", [None, "another"])
def test_a_way_back_in_another_browser_opens_nothing(client, house, cookie):
    back = there(client)
    client.cookies.clear()
    headers = {"Cookie": f"cp-sign-on={cookie}"} if cookie else {}
    refused(client.get(back, headers=headers), house, web_sign_on.NOT_BEGUN)


def test_a_visit_that_lasted_too_long_is_over(client, house, monkeypatch):
    monkeypatch.setattr(web_sign_on, "REQUEST_LIFE", timedelta(minutes=-1))
    first = client.get("/connexion/commune")
    back = httpx.get(first.headers["location"]).headers["location"]
    kept = {"Cookie": first.headers["set-cookie"].partition(";")[0]}
    refused(client.get(back, headers=kept), house, web_sign_on.NOT_BEGUN)


@pytest.mark.parametrize(
    ("answer", "sentence", "status"),
    [
        ({"iss": "https://ailleurs.example"}, web_sign_on.NOT_SOUND, 400),
        ({"code": None, "error": "access_denied"}, web_sign_on.NOT_GIVEN, 403),
    ],
)
def test_an_answer_of_another_issuer_is_refused_and_whoever_gives_up_there_is_told_so(
    client, house, provider, answer, sentence, status
):
    provider.answer = answer
    refused(there_and_back(client), house, sentence, status)


def test_an_issuer_that_names_itself_always_does(client, house, provider):
    provider.discovery = {"authorization_response_iss_parameter_supported": True}
    refused(there_and_back(client), house, web_sign_on.NOT_SOUND)
    provider.answer = {"iss": provider.url}
    assert there_and_back(client).status_code == 200


def test_too_many_visits_are_refused_until_the_hour_is_over(client, house, monkeypatch):
    monkeypatch.setitem(limits.ALLOWED, limits.Act.sign_on, (2, 20))
    assert [client.get("/connexion/commune").status_code for _ in range(3)] == [303, 303, 429]


# ── An issuer that is away, or is none ────────────────────────────────────────────────────────────


def begins(client) -> tuple[int, str]:
    answer = client.get("/connexion/commune")
    return answer.status_code, said(answer)


def test_an_issuer_that_is_away_gets_a_sentence_and_is_not_asked_at_each_click(
    client, house, provider
):
    provider.stop()
    assert begins(client) == (503, web_sign_on.UNAVAILABLE)


def test_a_failure_is_remembered_for_a_moment(client, house, provider):
    provider.discovery = {"issuer": "https://ailleurs.example"}
    assert [begins(client)[0] for _ in range(3)] == [503] * 3
    assert provider.asked["discovery"] == 1


@pytest.mark.parametrize("discovery", [
    {"issuer": "http://127.0.0.1"}, {"issuer": None}, {"jwks_uri": None}, {"token_endpoint": 7},
    {"token_endpoint": "http://ailleurs.example/token"}, {"authorization_endpoint": "javascript:alert(1)"},
    {"jwks_uri": "file:///etc/passwd"}, {"end_session_endpoint": "http://ailleurs.example/"},
])  # fmt: skip
def test_what_it_publishes_must_be_its_own_and_safe(client, house, provider, discovery):
    provider.discovery = discovery
    assert begins(client) == (503, web_sign_on.UNAVAILABLE)


def test_an_issuer_that_says_too_much_is_cut_short(client, house, provider):
    provider.bulk = 2 * web_issuer.LARGEST
    assert begins(client) == (503, web_sign_on.UNAVAILABLE)


def test_an_issuer_that_drips_is_left(client, house, provider, monkeypatch):
    monkeypatch.setattr(web_issuer, "TOTAL_PATIENCE", 0.3)
    provider.drips = True
    assert begins(client) == (503, web_sign_on.UNAVAILABLE)


def test_the_log_tells_the_cause_and_no_secret(client, house, provider, caplog):
    caplog.set_level(logging.DEBUG)
    provider.lies = {"aud": "another"}
    back = there(client)
    client.get(back)
    provider.lies = {}
    replayed = there(client)
    provider.codes.clear()
    client.get(replayed)
    ours = " ".join(r.getMessage() for r in caplog.records if r.name == "c-possible.sign-on")
    assert "(aud)" in ours and "invalid_grant" in ours
    params = httpx.URL(back).params
    for secret in (params["code"], params["state"], SECRET, "verifier", "eyJ"):
        assert secret not in ours


# ── Whose account ─────────────────────────────────────────────────────────────────────────────────


def rules(**others) -> SignOn:
    return SignOn(**(vars(configured()) | others))


@pytest.fixture
def town(database, tmp_path, monkeypatch):
    """The acts on both engines."""
    monkeypatch.setenv("CP_DATA_DIR", str(tmp_path / "key"))
    monkeypatch.setenv("CP_OIDC_ISSUER", "https://compte.example")
    monkeypatch.setenv("CP_OIDC_CLIENT_ID", CLIENT)
    monkeypatch.setenv("CP_OIDC_CLIENT_SECRET", SECRET)
    monkeypatch.setenv("CP_PUBLIC_URL", BASE)
    settings.cache_clear()
    people_of(database)
    yield database
    settings.cache_clear()


def someone(subject="s-1", said="alice@commune.example", verified=True, **more) -> Identity:
    return Identity("https://compte.example", subject, said, verified, **more)


def recognised(database, identity: Identity, by: SignOn) -> Account:
    return write_with(database, sign_on.recognise, identity, by)


def test_an_address_that_is_not_verified_finds_nobody_unless_the_issuer_is_trusted(town):
    refuses(recognised, town, someone(verified=False), rules(), match="vérifiée")
    assert recognised(town, someone(verified=False), rules(trusts_mail=True)).login == "alice"


def test_a_matricule_finds_her_too(town):
    by = rules(match_by="matricule", match_claim="employee_id")
    assert recognised(town, someone(said="M3"), by).login == "carine"
    refuses(recognised, town, someone("s-2", said="M9"), by, match="matricule")
    refuses(recognised, town, someone("s-2", said=""), by, match="ne dit pas votre matricule")


def test_an_address_is_compared_whatever_its_case(town):
    assert recognised(town, someone(said="Alice@Commune.example"), rules()).login == "alice"


def test_somebody_elses_identity_never_takes_an_account_that_is_bound(town):
    recognised(town, someone("s-1"), rules())
    refuses(recognised, town, someone("s-2"), rules(), match="déjà lié à une autre identité")
    assert all_of(town, Account)[0].subject == "s-1"
    assert recognised(town, someone("s-1", said="carine@commune.example"), rules()).login == "alice"


def test_an_administrator_undoes_the_link_and_the_next_visit_binds_anew(town):
    account = recognised(town, someone("s-1"), rules())
    write_with(town, sign_on.unbind, OPERATOR, account.id)
    assert recognised(town, someone("s-2"), rules()).subject == "s-2"


def test_two_persons_with_one_address_are_told_apart_by_nobody(town):
    add_rows(town, Person(given_name="Alix", email="alice@commune.example"))
    refuses(recognised, town, someone(), rules(), match="Deux personnes")


def test_an_address_that_somebody_typed_herself_proves_nothing(town):
    """Bruno gives himself the address of the mayor, who has not been here yet: she does not become
    Bruno."""
    with writing(town) as session:
        bruno = session.get(Person, 2)
        bruno.email = "bourgmestre@commune.example"
        session.add(bruno)
        session.add(Preference(person_id=2, name=OWN_ADDRESS, value="sienne"))
    refuses(
        recognised,
        town,
        someone(said="bourgmestre@commune.example"),
        rules(opens_accounts=True),
        match="Personne",
    )


def test_a_known_person_gets_an_account_where_the_settings_say_so(town):
    bruno = someone("s-2", "bruno@commune.example")
    refuses(recognised, town, bruno, rules(), match="pas encore de compte")
    account = recognised(town, bruno, rules(opens_accounts=True))
    assert (account.person_id, account.login, account.password_hash, account.roles) == (
        2, "bruno@commune.example", "", "")  # fmt: skip
    assert [(c.by, c.field, c.after) for c in all_of(town, Change)][:1] == [
        (2, "compte", "ouvert (agent)")
    ]
    refuses(
        recognised,
        town,
        someone("s-3", "inconnue@commune.example"),
        rules(opens_accounts=True),
        match="Personne",
    )


@pytest.mark.parametrize("how", ["disabled", "ended"])
@pytest.mark.parametrize("known", [True, False])
def test_a_closed_account_is_opened_by_nobody(town, how, known):
    if known:
        recognised(town, someone(), rules())
    with writing(town) as session:
        alice = session.get(Account, 1)
        alice.disabled, alice.until = how == "disabled", town_today() if how == "ended" else None
        session.add(alice)
    refuses(recognised, town, someone(), rules(), match="fermé")
    assert (all_of(town, Account)[0].subject is None) is not known


def test_an_erased_person_is_not_found(town):
    with writing(town) as session:
        bruno = session.get(Person, 2)
        bruno.erased_on = town_today()
        session.add(bruno)
    refuses(
        recognised,
        town,
        someone("s-2", "bruno@commune.example"),
        rules(opens_accounts=True),
        match="Personne",
    )


def roles_after(database, login_id: int, groups) -> str:
    by = rules(roles_claim="groups", roles=((Role.admin, "cp-admins"), (Role.codir, "cp-codir")))
    with writing(database) as session:
        sign_on.follow_roles(session, session.get(Account, login_id), someone(groups=groups), by)
    with reading(database) as session:
        return session.get(Account, login_id).roles


def test_roles_follow_the_groups_and_those_given_here_stay(town):
    write_with(town, accounts.set_roles, OPERATOR, 1, ["animateur"])
    assert roles_after(town, 1, frozenset({"cp-admins", "autre"})) == "animateur,admin"
    assert roles_after(town, 1, frozenset({"cp-codir"})) == "codir,animateur"
    assert roles_after(town, 1, None) == "codir,animateur", "the issuer could not say"
    assert roles_after(town, 1, frozenset()) == "animateur"
    told = [(c.before, c.after) for c in all_of(town, Change) if c.field == "rôles"]
    assert told[-1] == ("codir,animateur", "animateur")


def test_the_last_administrator_stays_one_whatever_the_groups(town):
    assert roles_after(town, 2, frozenset({"cp-codir"})) == "codir,admin"
    assert roles_after(town, 1, frozenset({"cp-admins"})) == "admin"
    assert roles_after(town, 2, frozenset({"cp-codir"})) == "codir"


def test_groups_as_issuers_write_them():
    read = web_sign_on._groups
    assert read({"groups": ["a", 7, "b"]}, "groups") == {"a", "b"}
    assert read({"groups": "a"}, "groups") == {"a"}
    assert read({}, "groups") == frozenset()
    assert read({"_claim_names": {"groups": "src1"}}, "groups") is None


def test_what_the_id_token_leaves_out_is_asked_for(client, house, provider):
    provider.person = {"sub": "s-1"}
    provider.in_userinfo = {"email": "alice@commune.example", "email_verified": True}
    assert there_and_back(client).status_code == 200


def test_userinfo_about_another_subject_is_refused(client, house, provider):
    provider.person = {"sub": "s-1"}
    provider.in_userinfo = {"sub": "s-2", "email": "alice@commune.example", "email_verified": True}
    refused(there_and_back(client), house, web_sign_on.NOT_SOUND)


# ── The end ───────────────────────────────────────────────────────────────────────────────────────


def test_leaving_goes_to_the_provider_with_what_it_signed(client, house, provider):
    there_and_back(client)
    (login,) = all_of(house, Login)
    out = client.get("/connexion/fin", params={"jeton": login.sign_on_token})
    asked = httpx.URL(out.headers["location"])
    assert str(asked).startswith(f"{provider.url}/end?")
    assert asked.params["post_logout_redirect_uri"] == f"{BASE}/"
    assert asked.params["client_id"] == CLIENT and asked.params["id_token_hint"].count(".") == 2


def test_nobody_is_sent_out_by_a_link_of_others(client, house):
    assert client.get("/connexion/fin").headers["location"] == "/"
    forged = sealed("x", "second factor")
    assert client.get("/connexion/fin", params={"jeton": forged}).headers["location"] == "/"


def hears(client, token: str) -> int:
    return client.post("/connexion/fin-de-session", data={"logout_token": token}).status_code


@pytest.mark.parametrize("names", [{}, {"sub": "s-1"}, {"sid": None, "sub": "s-1"}])
def test_the_provider_ends_the_session_of_its_own_and_no_other(client, house, provider, names):
    with writing(house) as session:
        logins.open_login(session, session.get(Account, 1), remember=False)
    there_and_back(client)
    assert hears(client, provider.logout_token(**names)) == 200
    assert [login.issuer for login in all_of(house, Login)] == [None]


def test_a_notice_that_is_heard_again_leaves_who_signed_in_since(client, house, provider):
    """Whoever holds an old notice about a person cannot send her out again for two hours."""
    there_and_back(client)
    old = provider.logout_token(sid=None, sub="s-1", iat=int(time.time()) - 600)
    assert hears(client, old) == 200
    assert len(all_of(house, Login)) == 1


def test_a_notice_of_another_session_or_person_ends_nothing(client, house, provider):
    there_and_back(client)
    for names in ({"sid": "another"}, {"sid": None, "sub": "s-9"}, {"sub": "s-9"}):
        assert hears(client, provider.logout_token(**names)) == 200
    assert len(all_of(house, Login)) == 1


LIES_OF_A_NOTICE = [
    {"iss": "https://ailleurs.example"}, {"aud": "another"}, {"events": None}, {"events": {}}, {"events": []},
    {"nonce": "n"}, {"jti": None}, {"sid": None}, {"iat": None}, {"iat": NOW + 3600}, {"iat": NOW - 7200},
    {"exp": NOW - 3600}, {"sid": 7}, {"jti": ""},
]  # fmt: skip


def test_a_notice_that_lies_ends_nothing(client, house, provider):
    there_and_back(client)
    for lies in LIES_OF_A_NOTICE:
        assert hears(client, provider.logout_token(**lies)) == 400, lies
    assert len(all_of(house, Login)) == 1


def test_a_notice_that_the_issuer_did_not_sign_ends_nothing(client, house, provider):
    there_and_back(client)
    for sign in SIGNERS:
        provider.sign = sign
        assert hears(client, provider.logout_token()) == 400
    assert len(all_of(house, Login)) == 1


def test_a_notice_of_another_shape_is_refused(client, house):
    ask = client.post
    assert ask("/connexion/fin-de-session", content=b"").status_code == 400
    assert ask("/connexion/fin-de-session", content=b"\xff").status_code == 400
    assert ask("/connexion/fin-de-session", content=b"x" * 200_000).status_code == 413


# ── Settings ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("name", "value", "word"), [
    ("CP_OIDC_ISSUER", "http://compte.example", "CP_OIDC_ISSUER"), ("CP_OIDC_ISSUER", "compte", "CP_OIDC_ISSUER"),
    ("CP_OIDC_ISSUER", "https://compte.example?a=b", "CP_OIDC_ISSUER"), ("CP_OIDC_CLIENT_ID", "", "CP_OIDC_CLIENT_ID"),
    ("CP_OIDC_CLIENT_SECRET", "", "CP_OIDC_CLIENT_SECRET"), ("CP_PUBLIC_URL", "", "CP_PUBLIC_URL"),
    ("CP_OIDC_MATCH", "nom", "CP_OIDC_MATCH"), ("CP_OIDC_MATCH", "matricule", "CP_OIDC_MATCH"),
    ("CP_OIDC_MATCH", "mail:upn", "CP_OIDC_TRUST_MAIL"),
    ("CP_OIDC_ROLES", "admin=x", "CP_OIDC_ROLES_CLAIM"), ("CP_OIDC_ROLES_CLAIM", "groups", "CP_OIDC_ROLES"),
    ("CP_ADMIN_SECOND_FACTOR", "peut-être", "offered"),
])  # fmt: skip
def test_settings_that_cannot_be_used_are_told_in_one_sentence(
    house, monkeypatch, name, value, word
):
    check_settings()
    chosen(monkeypatch, **{name: value})
    told = refuses(check_settings, match=word)
    assert str(told).endswith(".")
    assert SECRET not in str(told)


def test_roles_of_the_settings_are_read(house, monkeypatch):
    chosen(monkeypatch, CP_OIDC_ROLES_CLAIM="groups", CP_OIDC_ROLES="admin=/cp/admins, codir=a=b")
    assert configured().roles == ((Role.admin, "/cp/admins"), (Role.codir, "a=b"))
    chosen(monkeypatch, CP_OIDC_ROLES="manager=x")
    refuses(configured, match="codir, secretaire, animateur, admin")
