"""Accounts and logins: Farid administers, Alice signs in, and somebody tries her password."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import bcrypt
import pytest
from sqlmodel import Session, SQLModel, select
from support.transactions import (
    read_with,
    refusal,
    refuses,
    select_all,
    write_with,
)
from support.troupe import ON_SQLITE

from dashboard.access import OPERATOR
from dashboard.actions.people import accounts, links, logins
from dashboard.actions.people.logins import key_of_day
from dashboard.queries.people import readers
from dashboard.queries.people.accounts import accounts_page
from models.database import reading, writing
from models.installation import Revision
from models.ledger import Change
from models.people import Account, Person, Role
from models.settings import settings
from models.short_lived import Attempt, DayKey, Login, Ticket
from models.signing import keyed_hash, signing_key
from models.texts import Invalid, Refused

# As served: this run's own hashes are quick (tests/conftest.py).
ROUNDS, NOBODYS_HASH = logins.ROUNDS, logins.NOBODYS_HASH
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
GOOD = "trois petits pas à Mons"
OTHER = "quatre petits pas à Ath"
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def key(tmp_path, monkeypatch):
    """A signing key of the test's own."""
    monkeypatch.setenv("CP_DATA_DIR", str(tmp_path / "key"))
    settings.cache_clear()
    yield
    settings.cache_clear()


@pytest.fixture
def as_served(monkeypatch) -> None:
    """Hashes as slow as those of an installation."""
    monkeypatch.setattr(logins, "ROUNDS", ROUNDS)
    monkeypatch.setattr(logins, "NOBODYS_HASH", NOBODYS_HASH)


def an_account(database, login, roles="", password=GOOD):
    """An account with a quick hash: twelve rounds are tested once."""
    quick = bcrypt.hashpw(logins.spelt(password).encode(), bcrypt.gensalt(4)).decode()
    with writing(database) as session:
        person = Person(given_name=login.title(), family_name="Dubois")
        session.add(person)
        session.flush()
        account = Account(person_id=person.id, login=login, password_hash=quick, roles=roles)
        session.add(account)
        session.flush()
        return account


def try_sign_in(database, login="alice", password=GOOD, address="10.0.0.1", now=NOW, device=""):
    return logins.check_password(database, login, password, address, now, device)


def fail(database, times, **where):
    for _ in range(times):
        assert try_sign_in(database, password="ce n'est pas celui-là", **where) is None


def act(database, what, *args, **named):
    return write_with(database, what, OPERATOR, *args, **named)


# ── Opening an account ────────────────────────────────────────────────────────────────────────────


def test_a_new_account_signs_in_and_leaves_a_trace_without_its_secret(database, as_served):
    account = act(
        database,
        accounts.add_account,
        login=" Farid ",
        password=GOOD,
        roles=["admin", "codir"],
        given_name="Farid",
        family_name="Haddad",
    )
    assert account.login == "farid"
    assert account.role_list == [Role.codir, Role.admin]
    assert account.password_hash.startswith("$2b$12$")
    assert try_sign_in(database, "FARID").id == account.id
    with reading(database) as session:
        change = session.exec(select(Change)).one()
        assert (change.subject, change.record, change.field) == ("account", "farid", "compte")
        assert session.get(Revision, "people").n == 1
        assert GOOD not in str(change.model_dump()) and account.password_hash not in str(
            change.model_dump()
        )


@pytest.mark.parametrize(("field", "given"), [
    ("login", {"login": "Zoë"}), ("login", {"login": "a"}), ("login", {"login": "alice"}),
    ("password", {"password": "onze carac."}), ("password", {"password": "é" * 37}),
    ("password", {"password": "Motdepasse2023!"}), ("password", {"password": "aaaaaaaaaaaa"}),
    ("password", {"password": "  bonjourbonjour  "}), ("password", {"password": "c'est nouvelle !"}),
    ("roles", {"roles": ["manager"]}), ("family_name", {"given_name": "", "family_name": " "}),
    ("person_id", {"person_id": 999}), ("person_id", {"person_id": 1}),
])  # fmt: skip
@ON_SQLITE
def test_what_cannot_be_accepted_is_said_beside_its_field(database, field, given):
    an_account(database, "alice")
    entry = {
        "login": "nouvelle",
        "password": GOOD,
        "given_name": "Nour",
        "family_name": "Petit",
    } | given
    with pytest.raises(Invalid) as caught:
        act(database, accounts.add_account, **entry)
    assert list(caught.value.errors) == [field]
    assert len(read_with(database, accounts_page, OPERATOR, NOW)) == 1


def test_the_list_shows_roles_locks_and_open_logins_and_no_hash(database):
    alice = an_account(database, "alice")
    an_account(database, "farid", "admin")
    fail(database, 5, device=known_device())
    write_with(database, logins.open_login, alice, remember=False, now=NOW)
    with reading(database) as session:
        first, second = accounts_page(session, OPERATOR, NOW)
        assert (first.login, first.failures, first.open_logins, first.last_use) == (
            "alice",
            5,
            1,
            NOW,
        )
        assert first.locked_until == NOW + MINUTE
        assert (second.login, second.roles, second.open_logins) == ("farid", (Role.admin,), 0)
        assert [row.login for row in accounts_page(session, OPERATOR, NOW, words="FARI")] == [
            "farid"
        ]
        assert "$2b$" not in repr([first, second])


# ── What a change ends ────────────────────────────────────────────────────────────────────────────


def test_a_new_password_closes_every_login_and_lifts_the_lock(database):
    alice = an_account(database, "alice")
    with writing(database) as session:
        tokens = [logins.open_login(session, alice, remember) for remember in (True, False)]
    fail(database, 5)
    act(database, accounts.set_password, alice.id, OTHER)
    with reading(database) as session:
        assert [logins.login_of(session, logins.hash_of(token)) for token in tokens] == [None, None]
        assert "mot de passe" in session.exec(select(Change.field)).all()
    assert try_sign_in(database, password=GOOD) is None
    assert try_sign_in(database, password=OTHER).id == alice.id


def test_a_login_does_not_slip_in_behind_a_new_password(database):
    alice = an_account(database, "alice")
    checked = try_sign_in(database)
    act(database, accounts.set_password, alice.id, OTHER)
    refusal(database, logins.open_login, checked, remember=False)


def test_the_last_administrator_stays(sqlite_database):
    farid = an_account(sqlite_database, "farid", "codir,admin")
    for removal in (
        lambda: act(sqlite_database, accounts.disable_account, farid.id),
        lambda: act(sqlite_database, accounts.set_roles, farid.id, ["codir"]),
    ):
        refuses(removal, match="dernier compte d'administrateur")
    act(sqlite_database, accounts.set_roles, farid.id, ["admin"])
    gone = an_account(sqlite_database, "gone", "admin")
    act(sqlite_database, accounts.disable_account, gone.id)
    refuses(act, sqlite_database, accounts.disable_account, farid.id)


@pytest.mark.locks
def test_eight_hands_at_once_leave_one_administrator(database):
    eight = [an_account(database, f"admin{i}", "admin") for i in range(8)]

    def remove(account):
        try:
            if account.id % 2:
                act(database, accounts.disable_account, account.id)
            else:
                act(database, accounts.set_roles, account.id, [])
        except Refused:
            return 1
        return 0

    with ThreadPoolExecutor(8) as hands:
        assert sum(hands.map(remove, eight)) == 1
    left = select_all(
        database, select(Account).where(Account.roles == "admin", Account.disabled.is_(False))
    )
    assert len(left) == 1


# ── Trying passwords ──────────────────────────────────────────────────────────────────────────────


def known_device(login="alice") -> str:
    """The cookie of a browser on which this name has signed in."""
    return logins.cookie_after("", login)


def test_the_lock_of_a_device_grows_passes_and_is_never_for_ever(database):
    an_account(database, "alice")
    device = known_device()
    fail(database, 5, device=device)
    now = NOW
    for minutes in (1, 2, 4, 8, 16, 32, 60, 60):
        locked = refuses(try_sign_in, database, now=now, device=device, error=logins.Locked)
        assert locked.minutes == minutes
        assert (
            str(locked)
            == f"Trop d'essais : réessayez dans {minutes} minute{'s' if minutes > 1 else ''}."
        )
        now += minutes * MINUTE
        fail(database, 1, now=now, device=device)
    assert try_sign_in(database, now=now + 60 * MINUTE, device=device) is not None
    fail(database, 4, now=now + 60 * MINUTE, device=device)  # a success has forgotten the failures


@pytest.mark.slow
def test_wrong_passwords_all_day_keep_no_colleague_from_the_device_she_knows(sqlite_database):
    """From the address of the town hall, each minute one for any name and one for Alice's."""
    an_account(sqlite_database, "alice")
    device, refused = known_device(), 0
    for minute in range(120):
        now = NOW + minute * MINUTE
        for login in (f"nom{minute}", "alice"):
            with suppress(logins.Locked):
                assert try_sign_in(sqlite_database, login, OTHER, now=now) is None
        try:
            assert try_sign_in(sqlite_database, now=now, device=device) is not None
        except logins.Locked:
            refused += 1
    assert refused == 0
    refuses(try_sign_in, sqlite_database, now=now, error=logins.Locked)


def test_who_types_wrong_on_her_own_device_locks_nobody_else(sqlite_database):
    an_account(sqlite_database, "alice")
    fail(sqlite_database, 5, device=known_device())
    assert try_sign_in(sqlite_database) is not None
    row = read_with(sqlite_database, accounts_page, OPERATOR, NOW)[0]
    assert (row.failures, row.locked_until) == (5, NOW + MINUTE), "the administrator sees it"


def test_a_device_is_known_for_the_names_that_signed_in_there_and_for_no_other():
    shared = known_device()
    for n in range(logins.MOST_NAMES - 1):
        shared = logins.cookie_after(shared, f"collegue{n}")
    assert logins.mark_of(shared, " Alice") and logins.mark_of(shared, "collegue0")
    assert logins.cookie_after(shared, "alice").count(".") == logins.MOST_NAMES
    assert logins.mark_of(shared, "bruno") is None
    word, mine, *_ = known_device().split(".")
    other, *_ = known_device("bruno").split(".")
    for made_up in ("", ".", "é.é", word, f"{other}.{mine}", f"{word}.{'0' * len(mine)}"):
        assert logins.mark_of(made_up, "alice") is None
    full = logins.cookie_after(shared, "bruno")
    assert logins.mark_of(full, "bruno") and not logins.mark_of(full, "alice"), "the oldest goes"
    assert logins.mark_of(logins.cookie_after("é" * 5000, "bruno"), "bruno")


@pytest.mark.slow
def test_a_name_tried_from_everywhere_is_slowed_down_by_a_minute_at_most(sqlite_database):
    an_account(sqlite_database, "alice")
    for n in range(50):
        fail(sqlite_database, 1, address=f"10.6.{n}.1")
    refuses(try_sign_in, sqlite_database, match="dans 1 minute", error=logins.Locked)
    now = NOW + timedelta(seconds=5)
    for n in range(20):
        fail(sqlite_database, 1, address=f"10.7.{n}.1", now=now)
        now += MINUTE
    assert try_sign_in(sqlite_database, now=now) is not None


def test_a_day_of_peace_forgets_the_failures(sqlite_database):
    an_account(sqlite_database, "alice")
    device, later = known_device(), NOW + timedelta(days=2)
    fail(sqlite_database, 5, device=device)
    fail(sqlite_database, 4, device=device, now=later)
    assert try_sign_in(sqlite_database, device=device, now=later) is not None


def test_an_unknown_name_costs_the_same_and_locks_the_same(database, as_served, monkeypatch):
    an_account(database, "alice")
    compared = []
    genuine = bcrypt.checkpw
    monkeypatch.setattr(
        bcrypt, "checkpw", lambda typed, kept: compared.append(kept) or genuine(typed, kept)
    )
    with writing(database) as session:
        for login in ("alice", "personne"):
            tried = Attempt(who=readers.hashed(key_of_day(session, NOW), readers.name(login)))
            tried.failures, tried.last_at = 48, NOW
            session.add(tried)
    for login in ("alice", "personne"):
        fail(database, 2, login=login, address="10.0.0.3")
        refuses(
            try_sign_in,
            database,
            login.title() + " ",
            address="10.0.0.3",
            match="dans 1 minute",
            error=logins.Locked,
        )
    assert compared[2:] == [logins.NOBODYS_HASH.encode()] * 2, "a locked name costs nothing"
    assert compared[2].startswith(b"$2b$12$") and len(compared) == 4


def test_an_address_that_tries_many_names_waits_and_others_do_not(sqlite_database):
    an_account(sqlite_database, "alice")
    for i in range(20):
        fail(sqlite_database, 1, login=f"nom{i}")
    refuses(try_sign_in, sqlite_database, error=logins.Locked)
    assert try_sign_in(sqlite_database, address="10.0.0.9") is not None
    assert try_sign_in(sqlite_database, now=NOW + MINUTE) is not None


def test_a_town_hall_behind_one_address_is_not_kept_out(sqlite_database):
    an_account(sqlite_database, "alice")
    for i in range(30):
        fail(sqlite_database, 1, login=f"nom{i}")
        assert try_sign_in(sqlite_database) is not None


@pytest.mark.locks
def test_a_burst_of_tries_does_not_outrun_the_lock(database):
    an_account(database, "alice")

    device = known_device()

    def guess(i):
        try:
            return try_sign_in(database, password=f"essai numéro {i} !", device=device)
        except logins.Locked:
            return "locked"

    with ThreadPoolExecutor(12) as hands:
        answers = list(hands.map(guess, range(12)))
    assert answers.count(None) == 5 and answers.count("locked") == 7


def test_names_and_addresses_are_hashed_with_a_key_of_the_day_that_is_forgotten(database):
    fail(database, 1, login="motdepasse-tape-ici")
    with reading(database) as session:
        kept, key = (
            set(session.exec(select(Attempt.who)).all()),
            session.exec(select(DayKey.key)).one(),
        )
    assert kept == {
        keyed_hash(f"{key} login:motdepasse-tape-ici"),
        keyed_hash(f"{key} address:10.0.0.1"),
    }
    write_with(database, logins.purge, NOW + timedelta(days=2))
    with reading(database) as session:
        assert everything(session, DayKey) == everything(session, Attempt) == []


def test_a_lock_does_not_end_at_midnight(database):
    an_account(database, "alice")
    late, early = NOW.replace(hour=23, minute=59), NOW.replace(hour=0, minute=1) + timedelta(days=1)
    device = known_device()
    fail(database, 5, now=late - 2 * MINUTE, device=device)
    fail(database, 1, now=late, device=device)  # the second lock is two minutes long
    refuses(try_sign_in, database, now=early - MINUTE, device=device, error=logins.Locked)
    assert read_with(database, accounts_page, OPERATOR, early)[0].failures == 6
    assert try_sign_in(database, now=early, device=device) is not None
    assert len(read_with(database, everything, Attempt)) == 1, "its counter, under the key of today"


def test_one_password_has_one_spelling(sqlite_database):
    an_account(sqlite_database, "alice", password="le clavier de l’été")
    assert try_sign_in(sqlite_database, password=" le clavier de l’e\u0301te\u0301 ") is not None
    assert try_sign_in(sqlite_database, password="x" * 200) is None


# ── Logins and tickets ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("remember", "life"), [(False, timedelta(hours=12)), (True, timedelta(days=30))]
)
def test_a_login_lives_twelve_hours_or_thirty_days(database, remember, life):
    alice = an_account(database, "alice")
    token = write_with(database, logins.open_login, alice, remember, NOW)
    with reading(database) as session:
        assert logins.login_of(session, logins.hash_of(token), NOW + life - MINUTE).login == "alice"
        assert logins.login_of(session, logins.hash_of(token), NOW + life) is None
        assert token not in str(session.exec(select(Login)).one().model_dump())


def test_a_ticket_works_once(database):
    alice = an_account(database, "alice")
    with writing(database) as session:
        ticket = logins.make_ticket(session, True, NOW)
        token = logins.open_login(session, alice, True, NOW, ticket=ticket)
        assert session.exec(select(Ticket.ticket)).one() == logins.hash_of(ticket)
    assert write_with(database, logins.redeem_ticket, ticket, NOW) == (token, 30 * 24 * 3600)
    refusal(database, logins.redeem_ticket, ticket, NOW)
    assert select_all(database, select(Ticket)) == []


@pytest.mark.locks
def test_of_eight_browsers_with_one_ticket_one_gets_the_cookie(database):
    alice = an_account(database, "alice")
    with writing(database) as session:
        ticket = logins.make_ticket(session, False)
        logins.open_login(session, alice, False, ticket=ticket)

    def redeem(_):
        try:
            return write_with(database, logins.redeem_ticket, ticket)
        except Refused:
            return None

    with ThreadPoolExecutor(8) as browsers:
        assert sum(cookie is not None for cookie in browsers.map(redeem, range(8))) == 1


@pytest.mark.parametrize("end", ["minute", "sign-out", "closed account"])
def test_a_ticket_is_worth_nothing_after(sqlite_database, end):
    alice = an_account(sqlite_database, "alice")
    with writing(sqlite_database) as session:
        ticket = logins.make_ticket(session, False, NOW)
        token = logins.open_login(session, alice, False, NOW, ticket=ticket)
        assert logins.is_waiting(session, ticket, NOW)
        if end == "sign-out":
            logins.close_login(session, logins.hash_of(token))
        if end == "closed account":
            accounts.disable_account(session, OPERATOR, alice.id)
    refusal(
        sqlite_database,
        logins.redeem_ticket,
        ticket,
        NOW + (MINUTE if end == "minute" else timedelta(0)),
    )


def test_the_last_use_is_written_every_ten_minutes(sqlite_database):
    alice = an_account(sqlite_database, "alice")
    with writing(sqlite_database) as session:
        token = logins.hash_of(logins.open_login(session, alice, False, NOW))
        login = session.get(Login, token)
        assert not logins.has_use_to_note(login, NOW + 9 * MINUTE)
        assert logins.has_use_to_note(login, NOW + 10 * MINUTE)
        logins.note_use(session, token, NOW + 10 * MINUTE)
    assert not logins.has_use_to_note(
        read_with(sqlite_database, Session.get, Login, token), NOW + 19 * MINUTE
    )


def test_signing_out_everywhere_closes_ones_own_logins_only(sqlite_database):
    alice, bruno = an_account(sqlite_database, "alice"), an_account(sqlite_database, "bruno")
    with writing(sqlite_database) as session:
        for account in (alice, alice, bruno):
            logins.open_login(session, account, True)
        links.end_access(session, alice)
        assert session.exec(select(Login.account_id)).all() == [bruno.id]


def test_what_has_expired_is_purged(sqlite_database):
    alice = an_account(sqlite_database, "alice")
    fail(sqlite_database, 1, login="personne")
    with writing(sqlite_database) as session:
        ticket = logins.make_ticket(session, False, NOW)
        logins.open_login(session, alice, False, NOW, ticket=ticket)
        kept = logins.hash_of(logins.open_login(session, alice, True, NOW))
    write_with(sqlite_database, logins.purge, NOW + timedelta(days=2))
    with reading(sqlite_database) as session:
        assert session.exec(select(Login.token)).all() == [kept]
        assert everything(session, Ticket) == everything(session, Attempt) == []


def everything(session: Session, table: type[SQLModel]) -> list[SQLModel]:
    return list(session.exec(select(table)).all())


# ── The signing key ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.locks
def test_the_key_is_made_once_for_the_owner_alone(tmp_path):
    with ThreadPoolExecutor(8) as starts:
        keys = set(starts.map(lambda _: signing_key(), range(8)))
    assert len(keys) == 1 and len(keys.pop()) >= 32
    file = tmp_path / "key" / "secret.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert os.listdir(file.parent) == ["secret.key"]


def test_a_key_that_can_be_guessed_is_refused(monkeypatch):
    monkeypatch.setenv("CP_SECRET_KEY", "secret")
    settings.cache_clear()
    refuses(signing_key, match="CP_SECRET_KEY")
