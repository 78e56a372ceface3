"""The second factor: an administrator sets it up, is asked for its code after her password, loses
her telephone.
"""

from datetime import timedelta
from threading import Event

import bcrypt
import pyotp
import pytest
from sqlmodel import select
from streamlit.testing.v1 import AppTest
from support.transactions import (
    refusal,
    refuses,
    select_all,
    select_one,
    write_with,
)
from typer.testing import CliRunner

from dashboard.__main__ import app
from dashboard.access import OPERATOR
from dashboard.actions.people import accounts, logins, second_factor
from dashboard.queries.people.accounts import own_second_factor
from dashboard.queries.people.readers import reader_of
from dashboard.visit import signin
from models.clock import now
from models.database import reading, writing
from models.jobs import Installation
from models.ledger import Change
from models.people import Account, Person, RecoveryCode, Role
from models.settings import settings
from models.short_lived import Login, SecondFactorUse
from models.texts import Invalid

GOOD = "trois petits pas à Mons"
NOON = now().replace(hour=12, minute=0, second=10)
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
def house(database, data_folder, commands_on, monkeypatch):
    """Farid and Fanny are administrators with a password, Alice is an agent."""
    commands_on(database)
    monkeypatch.setattr(signin, "SERVED", Event())
    quick = bcrypt.hashpw(GOOD.encode(), bcrypt.gensalt(4)).decode()
    with writing(database) as session:
        session.add(Installation(id=1))
        for i, (name, roles) in enumerate(
            (("Farid", "admin"), ("Fanny", "admin"), ("Alice", "")), 1
        ):
            session.add(Person(given_name=name, family_name="Dubois"))
            session.flush()
            session.add(Account(person_id=i, login=name.lower(), password_hash=quick, roles=roles))
    return database


def reader(database, login="farid"):
    with reading(database) as session:
        account = session.exec(select(Account).where(Account.login == login)).one()
        return reader_of(session, account, NOON.date())


def account(database, login="farid") -> Account:
    return select_one(database, select(Account).where(Account.login == login))


def code_at(moment=NOON) -> str:
    return pyotp.TOTP(SECRET).at(moment)


def set_up(database, at=NOON) -> list[str]:
    farid = reader(database)
    return write_with(database, second_factor.set_up, farid, SECRET, code_at(at), at)


@pytest.fixture
def codes(house) -> list[str]:
    """Farid has set his up: the codes to recover it."""
    return set_up(house)


def tried(database, code: str, at=NOON) -> bool:
    return second_factor.check_code(database, account(database), code, "10.0.0.1", at)


def all_of(database, table):
    return select_all(database, select(table))


LATER = NOON + timedelta(seconds=60)


# ── The acts ──────────────────────────────────────────────────────────────────────────────────────


def test_a_database_that_was_stolen_tells_neither_secret_nor_codes(house, codes):
    assert len(set(codes)) == 10 and all(len(code) == 14 for code in codes)
    kept = [row.code for row in all_of(house, RecoveryCode)]
    assert len(kept) == 10 and not set(kept) & set(codes)
    sealed = account(house).second_factor
    assert sealed and SECRET not in sealed
    told = [(c.by, c.field, c.after) for c in all_of(house, Change)]
    assert told == [(1, "second facteur", "mis en place")]


def test_a_code_is_good_once_also_the_one_that_confirmed(house, codes):
    assert not tried(house, code_at())
    assert tried(house, code_at(LATER), LATER)
    assert not tried(house, code_at(LATER), LATER)
    assert not tried(house, code_at(NOON), LATER), "nor one from before it"
    assert all_of(house, SecondFactorUse)[0].step == int(LATER.timestamp()) // 30


@pytest.mark.parametrize(("seconds", "good"), [(-60, False), (-30, True), (30, True), (60, False)])
def test_a_telephone_may_be_half_a_minute_wrong(house, seconds, good, codes):
    at = NOON + timedelta(minutes=10)
    assert tried(house, code_at(at + timedelta(seconds=seconds)), at) is good


def test_a_recovery_code_is_good_once_however_it_is_typed(house):
    first, second, *_ = set_up(house)
    assert tried(house, f" {first.lower().replace('-', ' ')} ", LATER)
    assert not tried(house, first, LATER)
    assert tried(house, second, LATER)
    assert len(all_of(house, RecoveryCode)) == 8


def test_codes_are_counted_like_passwords_and_a_good_password_frees_nothing(house, codes):
    for _ in range(5):
        assert not tried(house, "000000", LATER)
    logins.check_password(house, "farid", GOOD, "10.0.0.1", LATER)
    refuses(tried, house, code_at(LATER), LATER, error=logins.Locked)
    refuses(tried, house, "00000", LATER, error=logins.Locked)
    free = LATER + timedelta(minutes=2)
    assert tried(house, code_at(free), free)


def test_codes_typed_elsewhere_lock_nobody_out_of_the_device_that_she_knows(house, codes):
    device = logins.cookie_after("", "farid")
    for n in range(20):
        logins.check_password(house, f"nom{n}", "ce n'est pas celui-là", "10.0.0.1", LATER)
    farid = account(house)
    for _ in range(4):
        assert not second_factor.check_code(house, farid, "000000", "10.0.0.2", LATER)
    refuses(tried, house, code_at(LATER), LATER, error=logins.Locked)
    code = code_at(LATER)
    assert second_factor.check_code(house, farid, code, "10.0.0.1", LATER, device)


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "１２３４５６", "-" * 14])
def test_what_is_no_code_lets_nobody_in(house, code, codes):
    assert not tried(house, code, LATER)
    refusal(house, second_factor.set_up, reader(house, "fanny"), SECRET, code, LATER, error=Invalid)


def test_with_another_signing_key_no_code_is_good_until_it_is_removed(house, monkeypatch, codes):
    monkeypatch.setenv("CP_SECRET_KEY", "une autre clé, longue de plus de trente-deux signes")
    settings.cache_clear()
    assert not tried(house, code_at(LATER), LATER)
    assert not tried(house, codes[0], LATER)


def test_only_an_account_with_a_password_sets_one_up_and_only_once(house, codes):
    refusal(house, second_factor.set_up, reader(house), SECRET, code_at(LATER), LATER, match="déjà")
    with writing(house) as session:
        fanny = session.exec(select(Account).where(Account.login == "fanny")).one()
        fanny.password_hash = ""
        session.add(fanny)
    refusal(
        house,
        second_factor.set_up,
        reader(house, "fanny"),
        SECRET,
        code_at(LATER),
        LATER,
        match="mot de passe",
    )


def test_another_administrator_removes_it_and_nobody_her_own(house, codes):
    farid, fanny, alice = (reader(house, login) for login in ("farid", "fanny", "alice"))
    for who, why in ((farid, "autre administrateur"), (alice, "droit")):
        refusal(house, second_factor.remove, who, 1, match=why)
    write_with(house, second_factor.remove, fanny, 1)
    assert account(house).second_factor == "" and all_of(house, RecoveryCode) == []
    assert [(c.by, c.after) for c in all_of(house, Change)][-1] == (2, "retiré")
    refusal(house, second_factor.remove, OPERATOR, 1, match="n'a pas")


def test_an_account_goes_with_its_codes(house, codes):
    write_with(house, accounts.remove_account, OPERATOR, 1)
    assert all_of(house, RecoveryCode) == []


# ── Required ──────────────────────────────────────────────────────────────────────────────────────


def test_where_it_is_required_the_role_waits_for_it(house, monkeypatch):
    assert Role.admin in reader(house).roles
    monkeypatch.setenv("CP_ADMIN_SECOND_FACTOR", "required")
    settings.cache_clear()
    assert Role.admin not in reader(house).roles
    with reading(house) as session:
        assert own_second_factor(session, reader(house)).is_required
        assert not own_second_factor(session, reader(house, "alice")).is_offered
    set_up(house)
    assert Role.admin in reader(house).roles


def test_an_administrator_of_the_sign_on_alone_has_the_issuers_factor(house, monkeypatch):
    monkeypatch.setenv("CP_ADMIN_SECOND_FACTOR", "required")
    settings.cache_clear()
    with writing(house) as session:
        farid = session.get(Account, 1)
        farid.password_hash = ""
        session.add(farid)
    assert Role.admin in reader(house).roles


# ── The sign-in ───────────────────────────────────────────────────────────────────────────────────


def the_app():
    import streamlit as st

    from dashboard.visit import gate, signin

    reader = signin.current_reader()
    with gate.drawing_for(reader):
        signin.sync_cookie()
        if reader.is_known:
            st.title(reader.name)
        else:
            signin.sign_in_form("Se connecter")


def with_password(tab):
    tab.text_input(key=signin.W_LOGIN).set_value("farid")
    tab.text_input(key=signin.W_PASSWORD).set_value(GOOD)
    return tab.button[0].click().run()


def with_code(tab, code):
    tab.text_input(key=signin.W_CODE).set_value(code)
    return tab.button[0].click().run()


def a_tab():
    return AppTest.from_function(the_app, default_timeout=20).run()


def test_the_code_is_asked_after_the_password(house):
    codes = set_up(house, now() - timedelta(hours=1))
    tab = with_password(a_tab())
    assert [field.label for field in tab.text_input] == ["Code à six chiffres, ou code de secours"]
    assert tab.text_input[0].proto.autocomplete == "one-time-code"
    assert all_of(house, Login) == [] and a_tab().text_input[0].label == "Identifiant"
    assert [e.value for e in with_code(tab, "000000").error] == [
        "Ce code n'est pas le bon, ou il a déjà servi."
    ]
    assert with_code(tab, codes[0]).title[0].value == "Farid Dubois"
    assert len(all_of(house, Login)) == 1 and signin.WAITING not in tab.session_state


def test_one_may_go_back_to_the_password(house):
    set_up(house, now() - timedelta(hours=1))
    tab = with_password(a_tab()).button(key="w_code_back").click().run()
    assert tab.text_input[0].label == "Identifiant"


def test_who_waits_too_long_begins_again(house, monkeypatch):
    codes = set_up(house, now() - timedelta(hours=1))
    monkeypatch.setattr(signin, "CODE_PATIENCE", timedelta(seconds=-1))
    tab = with_code(with_password(a_tab()), codes[0])
    assert [e.value for e in tab.error] == [
        "Trop de temps a passé : recommencez par votre mot de passe."
    ]
    assert all_of(house, Login) == []


def test_an_account_closed_between_password_and_code_stays_closed(house):
    codes = set_up(house, now() - timedelta(hours=1))
    tab = with_password(a_tab())
    write_with(house, accounts.disable_account, OPERATOR, 1)
    with_code(tab, codes[0])
    assert all_of(house, Login) == [] and tab.text_input


# ── The command line ──────────────────────────────────────────────────────────────────────────────


def test_the_operator_sees_and_removes_it(house, codes):
    run = CliRunner().invoke
    asked = ["account", "second-factor", "farid"]
    assert run(app, asked).stdout == "Le compte « farid » a un second facteur.\n"
    assert (
        run(app, [*asked, "--remove"]).stdout == "Le compte « farid » n'a pas de second facteur.\n"
    )
    assert account(house).second_factor == ""
    again = run(app, [*asked, "--remove"])
    assert (again.exit_code, again.stderr) == (1, "Ce compte n'a pas de second facteur.\n")
