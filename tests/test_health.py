"""What surrounds the product does not die in silence; strangers and their limits."""

import logging
import resource
import ssl
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import anyio
import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, select
from starlette.applications import Starlette
from starlette.routing import Route
from support.agenda import a_meeting
from support.commands import run_command
from support.guards import GUARDS, counting
from support.post import plain, subject
from support.questionnaires import opened, said
from support.transactions import add_rows, execute, read_with, refuses, select_all, write_with
from support.troupe import FROZEN

from dashboard.access import NOBODY
from dashboard.actions import limits
from dashboard.actions.ideas import filing
from dashboard.actions.ideas.filing import Circumstances, checked_input, file_idea
from dashboard.actions.interests import mark_interest
from dashboard.actions.meetings.agendas import count_wrong_word
from dashboard.actions.notices import records as notice_records
from dashboard.actions.operations import heartbeats, tick
from dashboard.actions.seats.taking import take_seat
from dashboard.actions.surveys.answering import SheetInput, take_answers
from dashboard.commands.serving import require_its_limits
from dashboard.files.certificate import good_until, known_until
from dashboard.queries.operations.health import (
    BACKUP,
    CHECK,
    ROUND,
    HealthInputs,
    HealthState,
    Level,
    health,
    waiting_since,
)
from dashboard.queries.seats.records import Where
from dashboard.web import health as web_health
from models import database as house
from models.clock import local, now
from models.communities import Interest
from models.database import reading, writing
from models.ideas import Idea
from models.installation import Heartbeat, Installation
from models.notices import Notice, NoticeKind, NoticeState, Rhythm
from models.people import Preference
from models.seats import Seat
from models.settings import settings
from models.short_lived import Pulse, Tally

# ── What surrounds the product does not die in silence ────────────────────────────────────────────
# How tasks ended is noted, every state is decided once, and the screen, `/sante`, the commands and
# a mail a day tell it.

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
CALM = HealthInputs(NOON, 100 * 2**30, 50 * 2**30)
HOUR = timedelta(hours=1)
SECRET = "On me harcèle au service de la voirie"


def real(on: Engine) -> Engine:
    """The copy of the demonstration as a town's own: it needs backups, and is told of what lacks."""
    with writing(on) as session:
        session.get(Installation, 1).demonstration = False
    return on


def noted(on: Engine, at: datetime = NOON, **ends: str) -> None:
    write_with(on, heartbeats.write_ends, ends, at)


def state_of(on: Engine, code: str, around: HealthInputs = CALM) -> HealthState:
    return {state.code: state for state in read_with(on, health, around)}[code]


def beat(on: Engine, task: str) -> Heartbeat:
    with reading(on) as session:
        return session.get(Heartbeat, task)


# ── How tasks ended ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.slow
def test_a_part_that_fails_is_noted_by_its_kind_alone_and_the_others_are_done(
    town, monkeypatch, caplog
):
    """Counted while it lasts; its end is noted."""

    def failing(_session: Session, _day: date) -> list:
        raise ValueError(SECRET)

    def mended(_session: Session, _day: date) -> list:
        return []

    mended.__name__ = failing.__name__
    parts = tick.TASKS
    monkeypatch.setattr(tick, "TASKS", [("essai", "essais", failing), *parts])
    with caplog.at_level(logging.WARNING, "c-possible"):
        rounds = [tick.tick(town, FROZEN) for _ in range(3)]
        assert [done.troubles for done in rounds] == [[tick.SURPRISE]] * 3
        assert all(len(done.done) == len(parts) for done in rounds), "every other part was done"
        failed = beat(town, "failing")
        assert (failed.failure, failed.in_a_row) == ("ValueError", 3)
        assert beat(town, ROUND).in_a_row == beat(town, "send").in_a_row == 0
        with reading(town) as session:
            kept = [*session.exec(select(Heartbeat)).all(), *session.exec(select(Pulse)).all()]
        assert SECRET not in "".join(str(row.model_dump()) for row in kept)
        monkeypatch.setattr(tick, "TASKS", [("essai", "essais", mended), *parts])
        tick.tick(town, FROZEN)
    assert beat(town, "failing").in_a_row == 0
    told = {r.getMessage() for r in caplog.records if r.getMessage().startswith("failing")}
    assert len(told) == 1, "the log counts them as one"


def test_a_round_that_cannot_begin_is_noted_too(town, monkeypatch):
    def no_day(_session: Session) -> date:
        raise TimeoutError("QueuePool limit")

    monkeypatch.setattr(tick, "today", no_day)
    refuses(tick.tick, town, error=TimeoutError)
    assert (beat(town, ROUND).failure, beat(town, ROUND).in_a_row) == ("TimeoutError", 1)


def test_the_hour_lapses_and_the_day_stays(town):
    noted(town, NOON - 49 * HOUR, **{BACKUP: ""})
    write_with(town, heartbeats.purge, NOON)
    with reading(town) as session:
        assert session.get(Pulse, BACKUP) is None
    assert beat(town, BACKUP).good_on == date(2026, 11, 25)
    assert state_of(real(town), "sauvegarde").level is Level.bad, "and it is told all the same"


# ── Each state ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "ends, at, level",
    [
        ({}, NOON, Level.watch),
        ({ROUND: "PermissionError"}, NOON, Level.bad),
        ({ROUND: ""}, NOON - timedelta(minutes=59), Level.good),
        ({ROUND: ""}, NOON - timedelta(minutes=61), Level.bad),
    ],
)
def test_a_round_that_is_late_is_red(town, ends, at, level):
    noted(town, at, **ends) if ends else None
    found = state_of(town, "passages")
    assert found.level is level
    assert ("c-possible tick" in found.remedy or "journalctl" in found.remedy) is (
        level is Level.bad
    )


@pytest.mark.parametrize("times, level", [(0, Level.good), (2, Level.watch), (3, Level.bad)])
def test_a_part_that_fails_again_and_again_is_red(town, times, level):
    for _ in range(times):
        noted(town, **{"remind": "OperationalError", ROUND: ""})
    found = state_of(town, "taches")
    assert found.level is level
    assert ("« remind » (OperationalError, " in found.remedy) is bool(times)


def test_a_check_that_does_not_hold_is_red_at_once_and_a_part_that_is_gone_is_forgotten(town):
    noted(town, **{"of_another_version": "KeyError"})
    noted(town, NOON + 72 * HOUR, **{ROUND: ""})
    assert state_of(town, "taches").level is Level.good
    noted(town, **{CHECK: "Refused"})
    assert state_of(town, "taches").level is Level.bad


def test_a_backup_is_missed_after_its_hours(town):
    assert state_of(town, "sauvegarde").level is Level.watch, "a demonstration needs none"
    real(town)
    assert state_of(town, "sauvegarde").level is Level.bad
    noted(town, NOON - 25 * HOUR, **{BACKUP: ""})
    assert state_of(town, "sauvegarde").level is Level.good
    assert state_of(town, "sauvegarde", replace(CALM, now=NOON + 2 * HOUR)).level is Level.bad
    noted(town, NOON - HOUR, **{BACKUP: "OSError"})
    assert "OSError" in state_of(town, "sauvegarde").remedy


@pytest.mark.parametrize(
    "total, free, level",
    [(100, 50, Level.good), (100, 9, Level.bad), (4, 0.9, Level.bad), (4, 1.1, Level.good)],
)
def test_a_disk_near_its_end_is_red(sqlite_copy, total, free, level):
    around = replace(CALM, disk_total=total * 2**30, disk_free=int(free * 2**30))
    assert state_of(sqlite_copy, "disque", around).level is level


@pytest.mark.parametrize(
    "days, level", [(None, Level.unknown), (15, Level.good), (13, Level.bad), (-1, Level.bad)]
)
def test_a_certificate_near_its_end_is_red(sqlite_copy, days, level):
    until = None if days is None else NOON + timedelta(days=days)
    around = replace(CALM, has_certificate=True, certificate_until=until)
    assert state_of(sqlite_copy, "certificat", around).level is level


@pytest.fixture
def shown(tmp_path) -> Iterator[tuple[str, datetime]]:
    """An address of this machine with a certificate that nobody has signed, and when it ends."""
    until = datetime(2027, 1, 2, 3, 4, 5, tzinfo=UTC)
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "c-possible.exemple.invalid")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(until - timedelta(days=9000))
        .not_valid_after(until)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "certificate.pem"
    file.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    speaking = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    speaking.load_cert_chain(file)
    served = HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    served.socket = speaking.wrap_socket(served.socket, server_side=True)
    Thread(target=served.serve_forever, daemon=True).start()
    yield f"https://127.0.0.1:{served.server_port}", until
    served.shutdown()
    served.server_close()


def test_the_certificate_is_read_from_the_address_itself(shown):
    """Whoever has signed it, and however old it is; what cannot be reached is not known."""
    origin, until = shown
    assert known_until(origin) is None, "nobody asked yet, and nobody waits"
    assert good_until(origin) == known_until(origin) == until
    assert good_until("https://127.0.0.1:1") is None
    assert good_until("http://127.0.0.1") is None


def waits(on: Engine, person_id: int, day: date, **more: object) -> None:
    add_rows(
        on,
        Notice(
            **{
                "person_id": person_id,
                "key": f"attend-{day}-{sorted(more)}",
                "kind": NoticeKind.answer,
                "on": day,
                "title": SECRET,
            }
            | more
        ),
    )


def test_a_mail_waits_from_the_day_it_might_have_left(town, cast):
    """One that its server refused is tried again by itself; a weekly one waits for its Monday; who
    wants none has none that waits.
    """
    friday = FROZEN
    monday = friday - timedelta(days=friday.weekday())
    with writing(town) as session:
        session.add(
            Preference(person_id=cast.bruno.person_id, name="courriels", value=Rhythm.weekly)
        )
        session.add(
            Preference(person_id=cast.elise.person_id, name="courriels", value=Rhythm.never)
        )
    waits(town, cast.alice.person_id, friday - timedelta(days=9), tries=1)
    waits(town, cast.elise.person_id, friday - timedelta(days=9))
    waits(town, cast.bruno.person_id, friday - timedelta(days=1))
    assert read_with(town, waiting_since, friday) is None
    waits(town, cast.bruno.person_id, monday - timedelta(days=3))
    assert read_with(town, waiting_since, friday) == monday
    waits(town, cast.alice.person_id, monday - timedelta(days=4))
    assert read_with(town, waiting_since, friday) == monday - timedelta(days=4)
    assert state_of(town, "courriels").level is Level.bad
    closed = replace(CALM, no_mail="Aucun serveur.")
    assert state_of(town, "courriels", closed).level is Level.unknown
    wrong = replace(closed, mail_is_wrong=True)
    assert state_of(town, "courriels", wrong).level is Level.bad


def test_no_state_names_anybody(town, cast):
    real(town)
    waits(town, cast.alice.person_id, date(2020, 1, 1))
    for _ in range(3):
        noted(town, **{"send": "Unreachable", CHECK: "Refused", ROUND: ""})
    said = str(read_with(town, health, CALM))
    assert SECRET not in said and "exemple.invalid" not in said


# ── The mail to the administrators ────────────────────────────────────────────────────────────────


@pytest.mark.slow
def test_administrators_are_told_once_a_day_while_something_is_red(town, cast, post, monkeypatch):
    monkeypatch.setattr(settings(), "cp_backup_folder", "none")
    tick.tick(town, FROZEN)
    assert not alerts_of(town), "a demonstration without a backup is no alarm"
    real(town)
    for day in (FROZEN, FROZEN, FROZEN + timedelta(days=1)):
        tick.tick(town, day)
    mails = [mail for mail in post.mails_for("farid") if "votre attention" in subject(mail)]
    assert len(mails) == 2
    assert "Dernière sauvegarde : Aucune sauvegarde encore" in plain(mails[0])
    assert "vous administrez C-Possible" in plain(mails[0])
    assert {notice.person_id for notice in alerts_of(town)} == {cast.farid.person_id}
    noted(town, now(), **{BACKUP: ""})
    tick.tick(town, FROZEN + timedelta(days=2))
    assert len(alerts_of(town)) == 2, "nobody is told that all is well"


def test_without_a_mail_server_no_alert_waits(town, monkeypatch):
    monkeypatch.setattr(settings(), "cp_backup_folder", "none")
    tick.tick(real(town), FROZEN)
    assert alerts_of(town) == []


def alerts_of(on: Engine) -> list[Notice]:
    return list(select_all(on, select(Notice).where(Notice.kind == NoticeKind.alert)))


# ── The commands ──────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def commanded(town, commands_on, data_folder) -> Engine:
    """The command line and the server on a copy of the demonstration, on both engines."""
    commands_on(town)
    return town


def command(*words: str) -> tuple[int, str, str]:
    """Its code and what it says, without how far it was: that is told on a slow machine alone."""
    found = run_command(*words)
    told = [line for line in found.stderr.splitlines(True) if not line.startswith("… ")]
    return found.exit_code, found.stdout, "".join(told)


def test_a_backup_that_fails_says_so_everywhere(commanded, tmp_path):
    code, said, refused = command("backup", "--out", str(tmp_path / "nulle" / "part.zip"))
    assert (code, said, refused.count("\n")) == (1, "", 1)
    assert state_of(commanded, "sauvegarde").level is Level.bad
    code, _, refused = command("backup", "--out", str(tmp_path))
    assert (code, refused) == (0, "")
    found = state_of(commanded, "sauvegarde", replace(CALM, now=now()))
    assert found.level is Level.good and str(tmp_path) in found.message
    file = next(tmp_path.glob("c-possible-*.zip"))
    with reading(commanded) as session:
        last = session.get(Heartbeat, BACKUP)
        assert (last.amount, last.place) == (file.stat().st_size, str(tmp_path))


def test_what_nobody_foresaw_is_a_sentence_and_a_failure(commanded, tmp_path, monkeypatch):
    def surprise(*_: object) -> None:
        raise KeyError(SECRET)

    monkeypatch.setattr("dashboard.commands.backups.make_backup", surprise)
    code, _, refused = command("backup", "--out", str(tmp_path))
    assert code == 1 and "Une erreur imprévue a arrêté la commande (KeyError" in refused
    assert beat(commanded, BACKUP).failure == "KeyError"


@pytest.mark.slow
def test_a_check_that_does_not_hold_is_noted(commanded):
    assert command("check")[0] == 0 and beat(commanded, CHECK).in_a_row == 0
    execute(commanded, house.text("UPDATE idea SET supports = supports + 1"))
    code, _, refused = command("check")
    assert code == 1 and refused == "Au moins une vérification ne tient pas.\n"
    assert (beat(commanded, CHECK).failure, beat(commanded, CHECK).in_a_row) == ("Refused", 1)


def test_a_round_whose_mail_server_is_away_does_the_rest_and_fails(
    commanded, cast, post, monkeypatch
):
    post.stop()
    write_with(
        commanded,
        notice_records.notify,
        [cast.alice.person_id],
        key="essai",
        kind=NoticeKind.answer,
        title="Nouvelle",
    )
    code, said, refused = command("tick")
    assert code == 1 and said.startswith("Passage fait : ") and refused.count("\n") == 1
    assert "ne répond pas" in refused
    assert beat(commanded, "send").failure == "Unreachable"
    with reading(commanded) as session:
        hers = select(Notice.state).where(Notice.person_id == cast.alice.person_id)
        assert set(session.exec(hers).all()) == {NoticeState.waiting}


# ── /sante ────────────────────────────────────────────────────────────────────────────────────────


class Running:
    """A task of the server, as far as `/sante` looks at it."""

    def __init__(self, is_over: bool) -> None:
        self.done = lambda: is_over


def routes_of(**running: bool) -> list[Route]:
    tasks = {name: Running(is_over) for name, is_over in running.items()}
    return web_health.routes(lambda: tasks)


def asked(routes: list[Route] | None = None, **running: bool) -> tuple[int, dict]:
    routes = routes or routes_of(**running)
    served = httpx.ASGITransport(Starlette(routes=routes))

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=served, base_url="http://localhost") as client:
            return await client.get("/sante")

    # In a thread of its own: the loop of a browser may run in this one.
    with ThreadPoolExecutor(1) as apart:
        answer = apart.submit(anyio.run, ask).result()
    return answer.status_code, answer.json()


def test_the_health_says_the_states_of_the_screen(commanded, tmp_path):
    noted(commanded, now(), **{ROUND: "", BACKUP: ""})
    code, told = asked(rounds=False)
    assert code == 200 and told["etat"] == "ok"
    assert told["etats"] == {
        s.code: str(s.level) for s in read_with(commanded, heartbeats.read_health, False)
    }
    noted(commanded, now(), **{BACKUP: "OSError"})
    code, told = asked(rounds=False)
    assert (code, told["etat"], told["etats"]["sauvegarde"]) == (200, "a-corriger", "a-corriger")
    assert str(tmp_path) not in str(told)


def test_what_was_seen_counts_for_a_moment_and_a_failure_is_looked_at_again(commanded, monkeypatch):
    noted(commanded, now(), **{ROUND: "", BACKUP: ""})
    watch = routes_of()
    assert asked(watch)[0] == 200
    with monkeypatch.context() as away:
        away.setenv("DATABASE_URL", "postgresql+psycopg://nobody@127.0.0.1:1/none")
        another_database()
        assert asked(watch)[0] == 200, "as it was seen a moment ago"
        away.setattr(web_health, "monotonic", lambda: time.monotonic() + 6)
        assert asked(watch)[0] == 503, "nobody has looked for too long"
    another_database()
    assert asked(watch)[0] == 200, "what failed is looked at again at once"


def another_database() -> None:
    settings.cache_clear()
    house.engine.cache_clear()


def test_a_task_of_the_server_that_has_ended_is_no_health(commanded):
    code, told = asked(rounds=True, cleaning=False)
    assert (code, told["etat"]) == (503, "tâche arrêtée")


NOT_WRITABLE = (503, {"etat": "base de données non inscriptible"})


@pytest.mark.locks
@pytest.mark.parametrize("town", ["postgresql"], indirect=True)
def test_a_database_that_may_only_be_read_is_no_health(commanded):
    assert asked()[0] == 200
    with commanded.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(
            house.text(
                f'ALTER DATABASE "{commanded.url.database}" SET default_transaction_read_only = on'
            )
        )
    house.engine().dispose()
    assert asked() == NOT_WRITABLE


@contextmanager
def no_room_beyond(size: int) -> Iterator[None]:
    """The system writes no file of this process further than that, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def keep(size: int) -> None:
    with writing() as session:
        session.merge(Heartbeat(task="essai", failure="x" * size))


@pytest.mark.parametrize("town", ["sqlite"], indirect=True)
def test_it_says_503_while_nothing_can_be_kept_and_200_once_there_is_room(commanded):
    noted(commanded, now(), **{ROUND: "", BACKUP: ""})
    assert asked()[0] == 200
    assert house.forget_traces(house.engine())
    with no_room_beyond(50_000):
        refuses(keep, 100_000, error=DBAPIError)
        assert asked() == NOT_WRITABLE
    assert asked()[0] == 200
    keep(100_000)
    assert beat(commanded, "essai").failure == "x" * 100_000


def test_a_database_that_is_away_is_no_health(data_folder, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql+psycopg://nobody@127.0.0.1:1/none")
    another_database()
    assert asked() == (503, {"etat": "base de données inaccessible"})


def test_somebody_who_writes_is_no_failure_of_the_database(commanded):
    with writing(commanded) as session:
        session.get(Installation, 1).mixed_before = FROZEN
        session.flush()
        assert asked()[0] == 200


# ── Strangers and their limits ────────────────────────────────────────────────────────────────────
# So many acts without an account in a clock hour, from one address and from all of them, and
# nobody else is kept waiting for it.

TWENTY_PAST = datetime(2026, 3, 2, 12, 20, tzinfo=UTC)
HERE, THERE = "10.1.1.1", "10.2.2.2"
BANKS = "Un banc devant l'école"


@pytest.fixture
def few(monkeypatch):
    """Limits that a test reaches: three from one address, five in all."""
    monkeypatch.setattr(limits, "ALLOWED", dict.fromkeys(limits.Act, (3, 5)))


def files(engine, token, address=HERE, reader=NOBODY, title=BANKS) -> int:
    with writing(engine) as session:
        idea = checked_input(title=title, anonymous=True)
        return file_idea(session, reader, idea, token, Circumstances(address=address)).number


def filed(engine) -> int:
    return len(select_all(engine, select(Idea.id).where(Idea.title == BANKS)))


def tallies(engine) -> list[Tally]:
    return list(select_all(engine, select(Tally)))


def only_three(act: Callable[[int], object], words: str) -> None:
    """Three times in this hour, and not a fourth time."""
    for n in range(3):
        act(n)
    refuses(act, 3, match=words, error=limits.TooMany)


def test_the_fourth_idea_from_one_address_waits_for_the_next_hour(demo_copy, few):
    only_three(
        lambda n: files(demo_copy, f"jeton-{n}"),
        "de votre réseau en ce moment : réessayez après",
    )
    assert files(demo_copy, "jeton-3", THERE), "the token was not spent, and others file"
    assert filed(demo_copy) == 4


def test_all_addresses_together_have_a_limit_too(demo_copy, few):
    for n in range(5):
        files(demo_copy, f"jeton-{n}", f"10.0.0.{n}")
    refuses(
        files,
        demo_copy,
        "jeton-5",
        "10.0.0.99",
        match=r"^Beaucoup d'idées arrivent en ce moment",
        error=limits.TooMany,
    )


def test_a_flood_leaves_a_reserve_to_who_has_done_little_this_hour(database, monkeypatch):
    monkeypatch.setitem(limits.ALLOWED, limits.Act.idea, (50, 20))

    def act(address: str) -> None:
        write_with(database, limits.count, limits.Act.idea, address, TWENTY_PAST)

    for _ in range(16):
        act(HERE)
    refuses(act, HERE, error=limits.TooMany)
    for _ in range(4):
        act(THERE)
    refuses(act, "10.3.3.3", error=limits.TooMany)


def test_one_site_with_ipv6_is_counted_as_a_whole_too(database, monkeypatch):
    monkeypatch.setitem(limits.ALLOWED, limits.Act.idea, (3, 1000))

    def act(network: int, site: str = "2001:db8:1") -> None:
        write_with(database, limits.count, limits.Act.idea, f"{site}:{network:x}::1", TWENTY_PAST)

    for network in range(12):
        act(network)
    refuses(act, 99, match="de votre réseau", error=limits.TooMany)
    act(99, "2001:db8:2")


def test_who_is_signed_in_is_not_counted(demo_copy, cast, few):
    for n in range(6):
        files(demo_copy, f"jeton-{n}", reader=cast.alice)
    assert filed(demo_copy) == 6 and tallies(demo_copy) == []


def test_what_is_refused_for_another_reason_is_not_counted(demo_copy, few):
    files(demo_copy, "jeton")
    for _ in range(4):
        refuses(files, demo_copy, "jeton", match="déjà enregistrée")
    assert {one.count for one in tallies(demo_copy)} == {1}


def test_many_at_once_never_exceed_the_limit(demo_copy, few):
    def one(n: int) -> bool:
        try:
            return bool(files(demo_copy, f"jeton-{n}", HERE if n % 2 else f"10.0.1.{n}"))
        except limits.TooMany:
            return False

    with ThreadPoolExecutor(8) as crowd:
        assert sum(crowd.map(one, range(16))) == filed(demo_copy) == 5


def test_marks_of_interest_have_their_own_count(demo_copy, few):
    given = Interest(activity="ambassadeurs", name="Alice", contact="dépôt nord")
    files(demo_copy, "jeton")
    only_three(
        lambda _: write_with(demo_copy, mark_interest, NOBODY, given, HERE), "marques d'intérêt"
    )


def test_a_wrong_receipt_code_counts(demo_copy, few):
    only_three(lambda _: filing.count_try(demo_copy, HERE), "codes de suivi")


def test_who_holds_a_receipt_writes_so_often(demo_copy, few):
    idea = checked_input(title=BANKS, anonymous=True)
    receipt = write_with(demo_copy, file_idea, NOBODY, idea, "jeton").receipt
    said = receipt, "Encore un mot.", HERE
    only_three(lambda _: write_with(demo_copy, filing.write_with_receipt, *said), "messages")


def test_the_fourth_word_of_a_poster_waits(demo_copy, few):
    only_three(lambda _: count_wrong_word(demo_copy, HERE), "mots d'affiche")


def test_the_fourth_seat_of_a_stranger_waits(demo_copy, few):
    where = Where(a_meeting(demo_copy, day=date(2023, 7, 7), capacity=9))

    def takes(token: str, address: str = HERE) -> None:
        write_with(demo_copy, take_seat, NOBODY, where, Seat(), token, address)

    only_three(takes, "inscriptions")
    takes(3, THERE)


def test_the_fourth_answer_of_a_stranger_waits(demo_copy, cast, few):
    found, asked = opened(demo_copy, cast.didier)

    def answers(n: int, address: str = HERE) -> bool:
        sheet = SheetInput(said(asked), f"feuille-{n}", address=address)
        return write_with(demo_copy, take_answers, NOBODY, found.key, sheet)

    only_three(answers, "de votre réseau")
    assert answers(3, THERE), "the sheet was not taken, and others answer"


@pytest.mark.slow
def test_every_act_that_counts_has_its_test():
    of_acts = [one.function for one in GUARDS if one.function.startswith("dashboard.actions")]
    assert sorted(counting()) == sorted(of_acts)


def test_the_next_hour_begins_anew_and_no_finer_time_is_kept(database, few):
    def ask(now: datetime) -> None:
        write_with(database, limits.count, limits.Act.reset, HERE, now)

    for _ in range(3):
        ask(TWENTY_PAST)
    refused = refuses(ask, TWENTY_PAST + timedelta(minutes=39), error=limits.TooMany)
    hour = local(TWENTY_PAST.replace(hour=13, minute=0)).hour
    assert str(refused).endswith(f"réessayez après {hour}\N{NO-BREAK SPACE}h.")
    ask(TWENTY_PAST + timedelta(minutes=40))
    kept = tallies(database)
    assert {(one.since.minute, one.since.second, one.count) for one in kept} == {(0, 0, 1)}
    assert HERE not in {one.who for one in kept}
    tick.purge(database)
    assert tallies(database) == []


def test_one_house_with_ipv6_is_one_address(database, few):
    with pytest.raises(limits.TooMany), writing(database) as session:
        for n in range(4):
            limits.count(session, limits.Act.idea, f"2001:db8:0:7::{n}", TWENTY_PAST)
    write_with(database, limits.count, limits.Act.idea, "2001:db8:0:8::1", TWENTY_PAST)


def test_a_workshop_of_sixty_phones_files_three_ideas_each(database):
    with writing(database) as session:
        for _ in range(180):
            limits.count(session, limits.Act.idea, HERE, TWENTY_PAST)


def test_a_limit_is_lifted_in_a_demonstration_only(sqlite_copy, sqlite_database, monkeypatch):
    add_rows(sqlite_database, Installation(id=1))

    def multiplied_by(factor: float) -> None:
        monkeypatch.setenv("CP_HOURLY_FACTOR", str(factor))
        settings.cache_clear()

    multiplied_by(limits.MOST + 0.1)
    require_its_limits(sqlite_copy)
    refuses(require_its_limits, sqlite_database, match=r"CP_HOURLY_FACTOR.*démonstration")
    multiplied_by(limits.MOST)
    require_its_limits(sqlite_database)
    assert limits.allowed(limits.Act.idea) == (1000, 5000)
    monkeypatch.undo()
    settings.cache_clear()
