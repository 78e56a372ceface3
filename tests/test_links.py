"""Links that open an account; the second factor."""

import hashlib
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event

import bcrypt
import pyotp
import pytest
from sqlalchemy import text, update
from sqlmodel import select
from streamlit.testing.v1 import AppTest
from support.commands import run_command
from support.pages import headers, visit
from support.post import plain
from support.rounds import done
from support.transactions import (
    add_rows,
    errors_of,
    execute,
    read_with,
    refusal,
    refuses,
    select_all,
    select_one,
    write_with,
)
from support.troupe import FROZEN

from dashboard.access import OPERATOR
from dashboard.actions import limits
from dashboard.actions.notices.addresses import ask_for_key, invite_by_mail, make_slip
from dashboard.actions.operations import mixing
from dashboard.actions.operations.tick import tick
from dashboard.actions.people import accounts, links, logins, second_factor
from dashboard.queries.people.accounts import own_second_factor
from dashboard.queries.people.readers import account_by_login, reader_of
from dashboard.visit import signin
from models.clock import now
from models.database import reading, writing
from models.installation import Installation
from models.ledger import Change
from models.notices import Notice
from models.people import Account, Assignment, Invitation, Person, RecoveryCode, Role
from models.settings import settings
from models.short_lived import Login, ResetLink, SecondFactorUse
from models.texts import Invalid, Refused

# ── Links that open an account ────────────────────────────────────────────────────────────────────
# Farid invites, Alice chooses her password, forgets it, and gets in again; what is used, late or
# unknown opens nothing.

GOOD, OTHER = "trois petits pas à Mons", "quatre petits pas à Ath"
ALICE, HERE = "alice@exemple.invalid", "10.0.0.1"


def account(engine, login="alice") -> Account:
    return read_with(engine, account_by_login, login)


def slip(engine, who, login="alice") -> str:
    """The word of a link on a sheet."""
    with writing(engine) as session:
        return make_slip(session, who, account_by_login(session, login).id).href.split("=")[1]


def choose(engine, token, password=GOOD, again=None, at=None) -> str:
    return write_with(engine, links.choose_password, token, password, again or password, at)


def signs_in(engine, password=GOOD, login="alice") -> bool:
    return logins.check_password(engine, login, password, "10.0.0.1") is not None


def everything_kept(engine) -> str:
    """The whole database as text, the short-lived store too."""
    with reading(engine) as session:
        rows = [
            row
            for table in (Invitation, ResetLink, Notice, Change)
            for row in session.exec(select(table)).all()
        ]
    return " ".join(str(row.model_dump()) for row in rows)


def token_in(mail) -> str:
    return re.search(r"/cle\?jeton=(\S+)", plain(mail))[1]


def addressed(engine, login="alice", address=ALICE) -> None:
    with writing(engine) as session:
        person = account_by_login(session, login).person_id
        session.execute(update(Person).where(Person.id == person).values(email=address))


@pytest.fixture
def with_address(town) -> None:
    """Alice has an address."""
    addressed(town)


# ── Invited ───────────────────────────────────────────────────────────────────────────────────────


def test_a_link_lets_one_choose_a_password_once(demo_copy, cast):
    with writing(demo_copy) as session:
        held = account_by_login(session, "alice")
        token, _ = "", logins.open_login(session, held, remember=True)
    token, second = slip(demo_copy, cast.farid), slip(demo_copy, cast.farid)
    assert len(token) >= 22 and token not in everything_kept(demo_copy)
    assert hashlib.sha256(token.encode()).hexdigest() in everything_kept(demo_copy)
    assert choose(demo_copy, token) == "alice"
    assert signs_in(demo_copy)
    for spent in (token, second, "x" * 22, ""):
        refuses(choose, demo_copy, spent, OTHER, match="n'ouvre plus rien")
    assert signs_in(demo_copy) and not signs_in(demo_copy, OTHER)
    with reading(demo_copy) as session:
        assert session.exec(select(Login)).all() == []
        said = session.exec(select(Change).where(Change.field == "mot de passe")).one()
        assert (said.by, said.record) == (cast.alice.person_id, "alice")


@pytest.mark.locks
def test_of_four_hands_with_one_link_one_chooses(demo_copy, cast):
    token = slip(demo_copy, cast.farid)
    words = [f"{n} petits pas vers la Meuse" for n in range(4)]

    def tried(word: str) -> bool:
        try:
            return bool(choose(demo_copy, token, word))
        except Refused:
            return False

    with ThreadPoolExecutor(4) as hands:
        done = dict(zip(words, hands.map(tried, words), strict=True))
    assert sorted(done.values()) == [False, False, False, True]
    assert {word: signs_in(demo_copy, word) for word in words} == done


def test_what_is_wrong_is_said_beside_its_field_and_the_link_stays_good(sqlite_copy, cast):
    token = slip(sqlite_copy, cast.farid)
    for given, field in (
        (("court", "court"), "password"),
        ((GOOD, OTHER), "again"),
        (("alice à la plage", "alice à la plage"), "password"),
    ):
        assert list(errors_of(choose, sqlite_copy, token, *given)) == [field]
    assert choose(sqlite_copy, token) == "alice"


def test_an_invitation_is_good_for_seven_days(demo_copy, cast):
    token = slip(demo_copy, cast.farid)
    with writing(demo_copy) as session:
        found = session.exec(select(Invitation)).one()
        assert found.until == found.made_on + timedelta(days=7)
        session.execute(update(Invitation).values(until=found.made_on))
    assert read_with(demo_copy, links.account_of_link, token).login == "alice"  # its last day
    execute(demo_copy, update(Invitation).values(until=found.made_on - timedelta(days=1)))
    refuses(choose, demo_copy, token)
    with writing(demo_copy) as session:
        links.purge(session)
        assert session.exec(select(Invitation)).all() == []


def test_a_closed_account_is_not_opened_by_its_link(sqlite_copy, cast):
    token = slip(sqlite_copy, cast.farid)
    with writing(sqlite_copy) as session:
        accounts.disable_account(session, cast.farid, account_by_login(session, "alice").id)
    refuses(choose, sqlite_copy, token)
    refuses(slip, sqlite_copy, cast.farid, match="fermé")


def test_no_password_is_good_for_an_account_that_has_none(demo_copy, monkeypatch):
    execute(demo_copy, text("UPDATE account SET password_hash = '' WHERE login = 'alice'"))
    compared = []
    real = bcrypt.checkpw
    monkeypatch.setattr(bcrypt, "checkpw", lambda *args: compared.append(1) or real(*args))
    assert not signs_in(demo_copy, "") and not signs_in(demo_copy, GOOD)
    assert compared == [1, 1]
    assert not logins.matches("", "")


def test_an_invitation_leaves_by_mail_and_its_link_stands_in_that_mail_alone(
    town, post, cast, with_address
):
    with writing(town) as session:
        assert invite_by_mail(session, cast.farid, account_by_login(session, "alice").id) == ALICE
    with pytest.raises(Refused, match="attend déjà"), writing(town) as session:
        invite_by_mail(session, cast.farid, account_by_login(session, "alice").id)
    tick(town)
    (mail,) = post.mails_for("alice")
    assert "Votre identifiant : alice" in plain(mail) and "7 jours" in plain(mail)
    assert token_in(mail) not in everything_kept(town)
    assert choose(town, token_in(mail)) == "alice"


def test_no_link_goes_to_an_address_that_two_share(town, post, cast, with_address):
    addressed(town, "bruno", "Alice@exemple.invalid")
    with pytest.raises(Refused, match="aussi celle d'une autre"), writing(town) as session:
        invite_by_mail(session, cast.farid, account_by_login(session, "alice").id)
    ask_for_key(town, "alice", HERE)
    asked = select_all(town, select(Notice).where(Notice.kind == "oubli"))
    assert asked == []


def test_who_chooses_her_password_is_signed_in(open_page, demonstration, cast):
    tab = open_page(None, "cle", f"jeton={slip(demonstration, cast.farid)}")
    tab.text_input(key="w_choose_password_0_password").set_value(GOOD)
    tab.text_input(key="w_choose_password_0_again").set_value(GOOD)
    tab.button[0].click().run()
    assert not tab.exception
    assert said(tab) == ["Votre mot de passe est choisi. Vous êtes dans votre compte."]
    for _ in range(2):
        assert [field.label for field in tab.run().text_input] == [], "there is no code to type"
    assert GOOD not in repr(tab.session_state)
    visit(tab, "mon-espace")
    assert "Identifiant" not in [field.label for field in tab.text_input]
    assert headers(tab) == 1


def said(tab) -> list[str]:
    return [told.value.replace("\\", "") for told in tab.success]


def test_whose_account_has_a_second_factor_signs_in_with_it(open_page, demonstration, cast):
    link = slip(demonstration, cast.farid, "elise")
    with writing(demonstration) as session:
        account_by_login(session, "elise").second_factor = "scellé"
    tab = open_page(None, "cle", f"jeton={link}")
    for field in ("password", "again"):
        tab.text_input(key=f"w_choose_password_0_{field}").set_value(GOOD)
    tab.button[0].click().run()
    assert "Connectez-vous avec l'identifiant « elise »" in said(tab)[0]
    visit(tab, "mon-espace")
    assert "Identifiant" in [field.label for field in tab.text_input]


# ── Forgotten ─────────────────────────────────────────────────────────────────────────────────────


def test_a_forgotten_password_gets_one_in_even_when_locked(town, post, with_address):
    known = logins.cookie_after("", "alice")
    for _ in range(5):
        assert logins.check_password(town, "alice", OTHER, HERE, device=known) is None
    refuses(logins.check_password, town, "alice", OTHER, HERE, device=known, error=logins.Locked)
    ask_for_key(town, " ALICE ", HERE)
    tick(town)
    (mail,) = post.mails_for("alice")
    assert "30 minutes" in plain(mail)
    choose(town, token_in(mail))
    assert logins.check_password(town, "alice", GOOD, HERE, device=known)


def test_one_mail_at_most_every_few_minutes(town, post, with_address):
    for _ in range(3):
        ask_for_key(town, "alice", HERE)
    assert mixing.take_request() and not mixing.take_request()  # the server makes a round sooner
    tick(town)
    ask_for_key(town, "alice", HERE)
    tick(town)
    assert len(post.mails_for("alice")) == 1
    ask_for_key(town, "alice", HERE, now() + timedelta(minutes=6))
    tick(town)
    assert len(post.mails_for("alice")) == 2


@pytest.mark.parametrize("loss", [
    "UPDATE account SET disabled = true WHERE login = 'alice'",
    "UPDATE account SET until = '2023-06-30' WHERE login = 'alice'",
    "UPDATE person SET email = ''",
])  # fmt: skip
def test_nothing_leaves_for_who_cannot_use_it(town, post, loss, with_address):
    execute(town, text(loss))
    ask_for_key(town, "alice", HERE)
    ask_for_key(town, "personne-de-ce-nom", HERE)
    tick(town)
    assert ALICE not in post.addresses


def test_a_link_for_a_forgotten_password_is_good_for_half_an_hour(town, post, with_address):
    ask_for_key(town, "alice", HERE)
    tick(town)
    token = token_in(post.mails_for("alice")[0])
    refuses(choose, town, token, at=now() + timedelta(minutes=31))
    choose(town, token, at=now() + timedelta(minutes=29))


def test_one_address_asks_so_often_and_no_more(demo_copy):
    for _ in range(limits.ALLOWED[limits.Act.reset][0]):
        ask_for_key(demo_copy, "personne-de-ce-nom", HERE)
    refuses(ask_for_key, demo_copy, "alice", HERE, match="Beaucoup de liens sont demandés")
    ask_for_key(demo_copy, "alice", "10.0.0.2")
    ask_for_key(demo_copy, "alice", HERE, now() + timedelta(hours=1, minutes=1))


# ── Changing it oneself ───────────────────────────────────────────────────────────────────────────


def test_changing_ones_password_ends_the_other_sign_ins(demo_copy):
    choose_first(demo_copy)
    with writing(demo_copy) as session:
        held = account_by_login(session, "alice")
        here, there = (logins.hash_of(logins.open_login(session, held, False)) for _ in "ab")
    change = lambda present, new, again=None: links.change_password(  # noqa: E731
        demo_copy, "alice", present, new, again or new, here, "10.0.0.1"
    )
    assert list(errors_of(change, OTHER, OTHER)) == ["present"]
    assert list(errors_of(change, GOOD, "court")) == ["password"]
    change(GOOD, OTHER)
    assert signs_in(demo_copy, OTHER) and not signs_in(demo_copy, GOOD)
    with reading(demo_copy) as session:
        assert logins.login_of(session, here) and not logins.login_of(session, there)


def test_wrong_present_passwords_lock_like_a_sign_in(sqlite_copy):
    choose_first(sqlite_copy)
    known = logins.cookie_after("", "alice")
    change = lambda present: links.change_password(  # noqa: E731
        sqlite_copy, "alice", present, OTHER, OTHER, "", HERE, known
    )
    for _ in range(5):
        refuses(change, OTHER, error=Invalid)
    refuses(change, GOOD, error=logins.Locked)


def choose_first(engine) -> None:
    quick = bcrypt.hashpw(GOOD.encode(), bcrypt.gensalt(4)).decode()
    execute(engine, update(Account).where(Account.login == "alice").values(password_hash=quick))


# ── What ends with a recovery ─────────────────────────────────────────────────────────────────────


def given_another(session, who, alice):
    accounts.set_password(session, who, alice, OTHER)


def signed_out_everywhere(session, who, alice):
    accounts.close_sign_ins(session, who, alice)


def closed_and_opened_again(session, who, alice):
    accounts.disable_account(session, who, alice)
    accounts.enable_account(session, who, alice)


def lapsed_and_opened_again(session, who, alice):
    session.execute(update(Account).where(Account.id == alice).values(until=FROZEN))
    done(session, accounts.close_lapsed(session, FROZEN))
    accounts.enable_account(session, who, alice)


def opened_again(session, who, alice):
    session.execute(update(Account).where(Account.id == alice).values(disabled=True))
    accounts.enable_account(session, who, alice)


def removed(session, who, alice):
    accounts.remove_account(session, who, alice)


def chosen_by_a_link(session, who, alice):
    token, _ = links.make_invitation(session, alice)
    links.choose_password(session, token, OTHER, OTHER)


@pytest.mark.slow
@pytest.mark.parametrize("recovery", [
    given_another, signed_out_everywhere, closed_and_opened_again, lapsed_and_opened_again,
    opened_again, removed, chosen_by_a_link,
])  # fmt: skip
def test_nothing_that_opened_an_account_outlives_its_recovery(
    town, post, cast, recovery, with_address
):
    """Whoever had a sign-in, a sheet, a link of a mail, or waits for one, has nothing left."""
    sheet = slip(town, cast.farid)
    with writing(town) as session:
        alice = account_by_login(session, "alice")
        ticket = logins.make_ticket(session, remember=True)
        here = logins.open_login(session, alice, remember=True, ticket=ticket)
        forgotten = links.make_reset(session, alice.id)
        invite_by_mail(session, cast.farid, alice.id)
    ask_for_key(town, "alice", HERE, now() + timedelta(minutes=6))
    with writing(town) as session:
        assert len(waiting_keys(session, alice)) == 2
        # One mail was claimed by a round that was cut: it would leave once more.
        session.execute(update(Notice).where(Notice.kind == "oubli").values(state="en-cours"))
    write_with(town, recovery, cast.farid, alice.id)
    with writing(town) as session:
        assert logins.login_of(session, logins.hash_of(here)) is None
        for token in (sheet, forgotten):
            refuses(links.account_of_link, session, token, match="n'ouvre plus rien")
        refuses(logins.redeem_ticket, session, ticket, match="ticket")
        assert waiting_keys(session, alice) == []
    tick(town)
    assert post.mails_for("alice") == []


def waiting_keys(session, account) -> list[Notice]:
    kinds = ("invitation", "oubli")
    mine = select(Notice).where(Notice.person_id == account.person_id, Notice.kind.in_(kinds))
    return list(session.exec(mine).all())


def test_changing_ones_password_ends_links_and_mails_too(town, post, cast):
    choose_first(town)
    addressed(town)
    sheet = slip(town, cast.farid)
    ask_for_key(town, "alice", HERE)
    links.change_password(town, "alice", GOOD, OTHER, OTHER, "", HERE)
    with reading(town) as session:
        assert waiting_keys(session, account_by_login(session, "alice")) == []
    refuses(choose, town, sheet, match="n'ouvre plus rien")


# ── The end of an account ─────────────────────────────────────────────────────────────────────────


def closed(engine, day) -> list[str]:
    with writing(engine) as session:
        done(session, accounts.close_lapsed(session, day))
        rows = session.exec(select(Account.login).where(Account.disabled).order_by(Account.login))
        return list(rows.all())


def test_from_its_end_on_an_account_opens_nothing(demo_copy, cast):
    choose_first(demo_copy)
    with writing(demo_copy) as session:
        held = account_by_login(session, "alice")
        here = logins.hash_of(logins.open_login(session, held, False))
        accounts.set_end(session, cast.farid, held.id, FROZEN)
    assert signs_in(demo_copy)  # its last day
    with writing(demo_copy) as session:
        session.execute(update(Account).where(Account.login == "alice").values(until=FROZEN))
        assert logins.login_of(session, here) is None
        refuses(logins.open_login, session, account_by_login(session, "alice"), False)
    assert not signs_in(demo_copy)
    assert closed(demo_copy, FROZEN) == ["alice"]
    write_with(demo_copy, accounts.enable_account, cast.farid, held.id)
    assert signs_in(demo_copy)
    said = select_one(demo_copy, select(Change).where(Change.after.startswith("fermé (")))
    assert (said.by, said.record, said.after) == (None, "alice", "fermé (terme du compte)")


def test_who_leaves_loses_her_account_that_day(demo_copy, cast):
    gone = FROZEN + timedelta(days=3)
    add_rows(demo_copy, Assignment(person_id=cast.alice.person_id, on=gone, recorded_on=FROZEN))
    assert closed(demo_copy, gone - timedelta(days=1)) == []
    assert closed(demo_copy, gone) == ["alice"]
    with writing(demo_copy) as session:
        session.execute(text("UPDATE installation SET frozen_on = '2023-12-31'"))
        refuses(
            accounts.enable_account,
            session,
            cast.farid,
            account_by_login(session, "alice").id,
            match="a quitté",
        )


def test_the_last_administrator_keeps_her_account(demo_copy, cast):
    execute(demo_copy, update(Account).values(until=FROZEN))
    assert "farid" not in closed(demo_copy, FROZEN)
    with pytest.raises(Refused, match="dernier"), writing(demo_copy) as session:
        accounts.set_end(session, cast.farid, account_by_login(session, "farid").id, FROZEN)


def test_an_end_that_is_past_is_refused(sqlite_copy, cast):
    with pytest.raises(Invalid) as caught, writing(sqlite_copy) as session:
        alice = account_by_login(session, "alice").id
        accounts.set_end(session, cast.farid, alice, FROZEN - timedelta(days=1))
    assert list(caught.value.errors) == ["last_day"]


# ── The second factor ─────────────────────────────────────────────────────────────────────────────
# An administrator sets it up, is asked for its code after her password, loses her telephone.

PASSWORD = "trois petits pas à Mons"
NOON = now().replace(hour=12, minute=0, second=10)
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
def house(database, data_folder, commands_on, monkeypatch):
    """Farid and Fanny are administrators with a password, Alice is an agent."""
    commands_on(database)
    monkeypatch.setattr(signin, "SERVED", Event())
    quick = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
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


def account_of(database, login="farid") -> Account:
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
    return second_factor.check_code(database, account_of(database), code, "10.0.0.1", at)


def all_of(database, table):
    return select_all(database, select(table))


LATER = NOON + timedelta(seconds=60)


# ── The acts ──────────────────────────────────────────────────────────────────────────────────────


def test_a_database_that_was_stolen_tells_neither_secret_nor_codes(house, codes):
    assert len(set(codes)) == 10 and all(len(code) == 14 for code in codes)
    kept = [row.code for row in all_of(house, RecoveryCode)]
    assert len(kept) == 10 and not set(kept) & set(codes)
    sealed = account_of(house).second_factor
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
    logins.check_password(house, "farid", PASSWORD, "10.0.0.1", LATER)
    refuses(tried, house, code_at(LATER), LATER, error=logins.Locked)
    refuses(tried, house, "00000", LATER, error=logins.Locked)
    free = LATER + timedelta(minutes=2)
    assert tried(house, code_at(free), free)


def test_codes_typed_elsewhere_lock_nobody_out_of_the_device_that_she_knows(house, codes):
    device = logins.cookie_after("", "farid")
    for n in range(20):
        logins.check_password(house, f"nom{n}", "ce n'est pas celui-là", "10.0.0.1", LATER)
    farid = account_of(house)
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
    assert account_of(house).second_factor == "" and all_of(house, RecoveryCode) == []
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
    tab.text_input(key=signin.W_PASSWORD).set_value(PASSWORD)
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
    asked = ["account", "second-factor", "farid"]
    assert run_command(*asked).stdout == "Le compte « farid » a un second facteur.\n"
    assert (
        run_command(*asked, "--remove").stdout == "Le compte « farid » n'a pas de second facteur.\n"
    )
    assert account_of(house).second_factor == ""
    again = run_command(*asked, "--remove")
    assert (again.exit_code, again.stderr) == (1, "Ce compte n'a pas de second facteur.\n")
