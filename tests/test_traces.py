"""Anonymous on the disk; photos are decoded outside the serving process, one at a time, within limits;
what fails is said, and the next one passes.
"""

import io
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from PIL import Image
from sqlalchemy import DateTime, Engine, inspect, text
from sqlmodel import SQLModel, select
from support.days import town_today
from support.light import code_of, token_of
from support.questionnaires import opened
from support.tab import PRESS, Tab, elements, shown
from support.transactions import add_rows, errors_of, read_with, select_all, write_with
from support.troupe import BOTH, cast_in

from dashboard.access import OPERATOR
from dashboard.actions.ideas import photos
from dashboard.actions.ideas.entries import drop_draft, keep_draft
from dashboard.actions.ideas.filing import (
    checked_input,
    file_idea,
    withdraw_with_receipt,
    write_with_receipt,
)
from dashboard.actions.operations import tick
from dashboard.actions.operations.mixing import mix
from dashboard.actions.operations.restoring import restore
from dashboard.actions.people import links, logins
from dashboard.files.backup import open_backup, write_backup
from dashboard.files.processes import environment
from dashboard.queries.operations import checks
from dashboard.queries.operations.backup import about, all_rows, snapshot
from dashboard.queries.people.readers import account_by_login
from models import clock
from models.database import leave_no_trace, migrate, reading, writing
from models.ideas import Idea
from models.installation import Installation
from models.short_lived import SCHEMA, Login, ShortLived, beside
from models.signing import signing_key
from models.texts import Invalid
from seed.demonstration import DEMO_PASSWORD

# ── Anonymous on the disk ─────────────────────────────────────────────────────────────────────────
# What a draft and an anonymous entry leave in every byte of the data folder, and in the tables of
# PostgreSQL.

BEGUN = "Mon chef de dépôt crie sur les apprentis"
LONG = BEGUN + " tous les matins à sept heures." * 400  # more than a page of the database


@pytest.fixture(scope="module")
def served(serve_here):
    return serve_here(
        CP_TICK_MINUTES="0"
    )  # a round that reads at the very moment would only put the emptying off


def every_byte(folder: Path) -> dict[str, bytes]:
    """File of the data folder → its content, the log and the shared memory of the database
    included.
    """
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file()
    }


def holding(folder: Path, words: str) -> list[str]:
    return [name for name, content in every_byte(folder).items() if words.encode() in content]


def log_size(engine: Engine) -> int:
    log = Path(f"{engine.url.database}-wal")
    return log.stat().st_size if log.exists() else 0


def file_anonymously(engine: Engine, reader, title: str, token: str):
    return write_with(engine, file_idea, reader, checked_input(title=title, anonymous=True), token)


@pytest.fixture
def walked(serve_demo):
    """A server, and all that one stranger typed, was given or came from on her way through it:
    name → what no byte of the folder may hold.
    """
    server = serve_demo(CP_TICK_MINUTES="0", CP_SECRET_KEY=signing_key())
    network, browser = "198.51.100.77", "Telephone-de-Rosa/1.0"
    secret = {"network": network, "browser": browser}
    with httpx.Client(
        base_url=server.url, headers={"X-Forwarded-For": network, "User-Agent": browser}, timeout=30
    ) as phone:

        def sends(name: str, address: str, said: dict[str, str]) -> httpx.Response:
            token = token_of(phone.get(address))
            secret[f"token of {name}"] = token
            answer = phone.post(address, data={"jeton": token} | said)
            assert answer.status_code == 200, (name, answer.text)
            return answer

        secret["code of an entry"] = code_of(sends("an entry", "/deposer", {"body": "Un banc"}))
        entry = phone.post("/suivre", data={"code": secret["code of an entry"].lower()})
        reply = {"code": secret["code of an entry"], "acte": "ecrire", "text": "Merci à vous"}
        secret["token of a reply"] = token_of(entry)
        phone.post("/suivre", data={"jeton": token_of(entry)} | reply)
        [(meeting,)] = server.rows("SELECT id FROM meeting WHERE title LIKE 'Évaluer la feuille%'")
        seat = sends("a seat", f"/agenda?reunion={meeting}", {})
        secret["code of a seat"] = code_of(seat)
        secret["wrong code"] = "9ZZZ-8YYY-7XXX-6WWW"
        phone.post("/suivre", data={"code": secret["wrong code"]})
        didier = cast_in(server.engine).didier
        found, asked = opened(server.engine, didier, series="Aucune trace")
        secret["answer"] = "Mon chef ne répond jamais"
        sheet = {f"q{asked['ease']}": "2", f"q{asked['text']}": secret["answer"]}
        sends("an answer", f"/questionnaire?q={found.key}", sheet)
    yield server, secret
    server.stop()


@pytest.mark.slow
def test_nothing_that_could_name_a_stranger_stands_in_any_byte_of_the_folder(walked):
    """Database, log of the database, its shared memory, the store of what lapses, the log of the
    server.
    """
    server, secret = walked
    log = server.folder / "c-possible.db-wal"
    assert not log.exists() or log.stat().st_size == 0, "the log keeps no order"
    found = every_byte(server.folder)
    assert {"c-possible.db", "server.log"} <= found.keys()
    for name, words in secret.items():
        for spelling in {words, words.lower(), words.replace("-", ""), words[:14]}:
            holders = [file for file, content in found.items() if spelling.encode() in content]
            assert holders == [], (name, spelling)


# ── Drafts ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.slow
def test_nothing_is_kept_before_the_choice_and_nothing_stays_of_a_draft_that_loses_its_name(served):
    with Tab(served.url, cookie=served.cookie_of("alice")) as tab:
        tab.open("deposer")
        part = tab.fragments["w_deposer_send"]
        tab.run(part, w_deposer_body=BEGUN)
        assert (
            served.rows("SELECT * FROM draft WHERE form = 'deposer'") == []
            and holding(served.folder, BEGUN) == []
        )
        tab.run(part, w_deposer_who="En mon nom")
        assert BEGUN in served.rows("SELECT content FROM draft WHERE form = 'deposer'")[0][0], (
            "the search can find"
        )
        tab.run(part, w_deposer_body=LONG)
        assert holding(served.folder, BEGUN) != []
        tab.run(part, w_deposer_who="Sans donner mon nom")
        assert (
            served.rows("SELECT * FROM draft WHERE form = 'deposer'") == []
            and holding(served.folder, BEGUN) == []
        )
        tab.run(part, w_deposer_body="Tout autre chose, écrit sans mon nom")
        assert holding(served.folder, "Tout autre chose") == []
        assert "code de suivi" in shown(tab.run(part, w_deposer_send=PRESS))
    assert holding(served.folder, BEGUN) == []
    assert holding(served.folder, "Tout autre chose") == ["c-possible.db"], (
        "the entry, and neither a draft nor the log of it"
    )


def test_of_many_who_file_at_once_the_log_keeps_no_order_either(sqlite_copy, cast):
    """One emptying does for all who were done before its turn: the last of them leaves nothing."""

    def file(n: int) -> int:
        return file_anonymously(sqlite_copy, cast.alice, f"En même temps {n}", f"jeton {n}").number

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(file, range(40)))) == 40
    assert log_size(sqlite_copy) == 0


@pytest.mark.slow
def test_alice_is_asked_how_she_files_before_anything_is_sent(served):
    with Tab(served.url, cookie=served.cookie_of("alice")) as tab:
        tab.open("deposer")
        part = tab.fragments["w_deposer_send"]
        tab.run(part, w_deposer_body="Une idée sans choix")
        assert "comment vous déposez" in shown(tab.run(part, w_deposer_send=PRESS))
        assert served.rows("SELECT * FROM idea WHERE title = 'Une idée sans choix'") == []
        tab.run(part, w_deposer_who="En mon nom")
        assert "Merci" in shown(tab.run(part, w_deposer_send=PRESS))
    assert served.rows(
        "SELECT author_id IS NULL FROM idea WHERE title = 'Une idée sans choix'"
    ) == [(False,)]


@pytest.mark.slow
def test_a_name_that_was_chosen_is_not_lost_when_the_session_ends_elsewhere(served):
    """Her text stays, nothing is sent; once she is signed in again she files in her name."""
    words = "Un banc devant l'école, et je signe"
    with Tab(served.url, cookie=served.cookie_of("alice")) as tab:
        tab.open("deposer")
        part = tab.fragments["w_deposer_send"]
        tab.run(part, w_deposer_who="En mon nom", w_deposer_body=words)
        with writing(served.engine) as session:
            links.end_access(session, account_by_login(session, "alice"))
        for _ in range(2):  # a second click finds the radio gone, and still files nothing
            messages = tab.run(tab.fragments["w_deposer_send"], w_deposer_send=PRESS)
            assert "Votre session a pris fin" in shown(messages) and "Se connecter" in shown(
                messages
            )
            assert served.rows("SELECT * FROM idea WHERE title = :t", t=words) == []
        assert elements(messages, "text_area")[0].label == "Votre idée, votre constat"
        del tab.held["w_deposer_who"]
        tab.sign_in("alice", DEMO_PASSWORD, tab.fragments["w_sign_in_login"])
        part = tab.fragments["w_deposer_send"]
        assert "Merci" in shown(tab.run(part, w_deposer_send=PRESS))
    assert served.rows("SELECT author_id IS NULL FROM idea WHERE title = :t", t=words) == [(False,)]


# ── The log of the database ───────────────────────────────────────────────────────────────────────


def test_each_connection_overwrites_what_it_deletes(sqlite_copy):
    with sqlite_copy.connect() as one, sqlite_copy.connect() as other:
        assert [c.exec_driver_sql("PRAGMA secure_delete").scalar() for c in (one, other)] == [1, 1]


def test_a_dropped_draft_stands_in_no_byte(sqlite_copy, cast):
    folder = Path(sqlite_copy.url.database).parent
    with sqlite_copy.connect():  # the application's connections stay open all the while
        write_with(sqlite_copy, keep_draft, cast.alice, "deposer", {"body": LONG})
        assert holding(folder, BEGUN) != []
        write_with(sqlite_copy, drop_draft, cast.alice, "deposer")
        assert holding(folder, BEGUN) == []


@pytest.mark.parametrize("act", ["file", "write", "withdraw"])
def test_the_log_keeps_no_order_of_commits_around_an_anonymous_act(sqlite_copy, cast, act):
    receipt = (
        None
        if act == "file"
        else file_anonymously(sqlite_copy, cast.alice, "Sans mon nom", "jeton").receipt
    )
    write_with(sqlite_copy, keep_draft, cast.bruno, "deposer", {"body": "avant"})
    assert log_size(sqlite_copy) > 0, "what is named waits in the log, as it may"
    if act == "file":
        file_anonymously(sqlite_copy, cast.alice, "Sans mon nom", "jeton")
    else:
        with writing(sqlite_copy) as session:
            (
                write_with_receipt(session, receipt, "Je complète.")
                if act == "write"
                else withdraw_with_receipt(session, receipt)
            )
    assert log_size(sqlite_copy) == 0


@pytest.mark.parametrize("later", ["an act", "a round"])
def test_a_log_that_a_reader_holds_back_is_emptied_later(sqlite_copy, cast, later):
    with sqlite_copy.connect() as reader:
        reader.execute(
            text("SELECT count(*) FROM idea")
        ).scalar()  # its moment is fixed: the log must stay for it
        file_anonymously(sqlite_copy, cast.alice, "Sans mon nom", "jeton")
        assert log_size(sqlite_copy) > 0
    if later == "a round":
        tick.purge(sqlite_copy)
    else:
        write_with(sqlite_copy, keep_draft, cast.bruno, "deposer", {"body": "après"})
    assert log_size(sqlite_copy) == 0


# ── What knows the hour ───────────────────────────────────────────────────────────────────────────


def test_only_the_short_lived_store_knows_more_than_the_day():
    hours = {
        f"{table.name}.{column.name}"
        for table in SQLModel.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, DateTime)
        or getattr(column.type, "impl", None).__class__ is DateTime
    }
    assert hours == set()
    assert {table.schema for table in ShortLived.metadata.tables.values()} == {SCHEMA}
    assert not set(SQLModel.metadata.tables) & {
        table.name for table in ShortLived.metadata.tables.values()
    }


def test_signing_in_leaves_no_mark_in_the_database_nor_in_its_log(sqlite_copy, cast):
    """So that no order of commits puts an anonymous entry between two moments."""
    tick.purge(sqlite_copy)
    place = Path(sqlite_copy.url.database)
    before = place.read_bytes()
    logins.check_password(sqlite_copy, "alice", "pas le bon mot", "10.0.0.1")
    with writing(sqlite_copy) as session:
        ticket = logins.make_ticket(session, remember=False)
        bruno = account_by_login(session, "bruno")
        token = logins.open_login(session, bruno, remember=False, ticket=ticket)
        logins.note_use(session, logins.hash_of(token))
    assert log_size(sqlite_copy) == 0 and place.read_bytes() == before
    assert logins.hash_of(token).encode() in b"".join(every_byte(place.parent).values()), (
        "it stands in the other file"
    )
    assert holding(place.parent, token) == [], "the cookie itself stands nowhere, its ticket waits"


def test_what_has_lapsed_stands_in_no_byte_of_the_store(sqlite_copy):
    now = clock.now()
    with writing(sqlite_copy) as session:
        before = now - timedelta(days=2)
        ticket = logins.make_ticket(session, remember=False, now=before)
        bruno = account_by_login(session, "bruno")
        token = logins.open_login(session, bruno, remember=False, now=before, ticket=ticket)
    folder = Path(sqlite_copy.url.database).parent
    assert holding(folder, logins.hash_of(token)) != []
    with sqlite_copy.connect():
        tick.purge(sqlite_copy)
        assert holding(folder, logins.hash_of(token)) == holding(folder, token) == []


@pytest.mark.parametrize("kind", BOTH)
def test_the_store_is_apart_and_of_another_shape_is_made_anew(open_copy, kind):
    engine, end = open_copy(kind, "empty")
    add_rows(
        engine,
        Login(
            token="une",
            account_id=1,
            created_at=clock.now(),
            used_at=clock.now(),
            expires_at=clock.now(),
        ),
    )
    with engine.connect() as connection:
        assert "login" not in inspect(connection).get_table_names()
        if kind == "postgresql":
            kinds = (
                connection.execute(
                    text(
                        "SELECT relpersistence FROM pg_class c JOIN pg_namespace n ON n.oid ="
                        " relnamespace WHERE nspname = 'short_lived' AND relkind = 'r'"
                    )
                )
                .scalars()
                .all()
            )
            assert set(kinds) == {"u"} and len(kinds) == len(ShortLived.metadata.tables)
            connection.execute(text("COMMENT ON SCHEMA short_lived IS 'd''une autre version'"))
        else:
            assert Path(beside(engine.url.database)).stat().st_mode & 0o077 == 0
            connection.exec_driver_sql("PRAGMA short_lived.user_version=1")
        connection.commit()
    engine.dispose()
    migrate(engine)
    assert select_all(engine, select(Login)) == []
    end()


@pytest.mark.slow
def test_a_restoration_signs_everybody_out(small_copy, sqlite_small, tmp_path):
    """A login of account 5 would else open whoever is account 5 in the backup."""
    with writing(small_copy) as session:
        logins.open_login(session, account_by_login(session, "bruno"), remember=True)
    path = tmp_path / "sauvegarde.zip"
    with snapshot(sqlite_small) as connection:
        write_backup(path, about(connection, clock.now()), all_rows(connection))
    with open_backup(path) as backup:
        restore(small_copy, backup, replace=True)
    assert select_all(small_copy, select(Login)) == []


# ── The order of commits ──────────────────────────────────────────────────────────────────────────

DAY, NEXT = date(2023, 6, 30), date(2023, 7, 1)


def filed_in_turn(engine: Engine, cast) -> list[int]:
    """A day's entries in the order in which they came, every second one without a name; their
    ids.
    """
    found = []
    for n in range(8):
        with writing(engine) as session:
            filed = file_idea(
                session,
                cast.bruno,
                checked_input(title=f"Dans cet ordre {n}", anonymous=n % 2 == 0),
                f"jeton-{n}",
            )
            found.append(session.exec(select(Idea.id).where(Idea.number == filed.number)).one())
    return found


def stamps(session, sql: str) -> tuple[set, list]:
    """(the transactions that wrote these rows, their keys in the order in which they lie)."""
    rows = session.execute(text(sql)).all()
    return {str(row[0]) for row in rows}, [
        row[2]
        for row in sorted(rows, key=lambda row: tuple(map(int, row[1].strip("()").split(","))))
    ]


BESIDE = {
    "idea": "SELECT xmin, ctid::text, id FROM idea WHERE filed_on = '2023-06-30'",
    "idea_event": (
        "SELECT e.xmin, e.ctid::text, e.id FROM idea_event e JOIN idea i ON i.id = e.idea_id WHERE"
        " i.filed_on = '2023-06-30'"
    ),
    "receipt": (
        "SELECT r.xmin, r.ctid::text, r.code FROM receipt r JOIN idea i ON i.id = r.idea_id WHERE"
        " i.filed_on = '2023-06-30'"
    ),
    "idea_words": (
        "SELECT w.xmin, w.ctid::text, w.id FROM idea_words w JOIN idea i ON i.id = w.id WHERE"
        " i.filed_on = '2023-06-30'"
    ),
    "revision": "SELECT xmin, ctid::text, subject FROM revision",
}


@pytest.mark.slow
def test_after_midnight_no_system_column_of_postgresql_tells_the_order(open_copy, cast):
    engine, end = open_copy("postgresql", "demo")
    came = filed_in_turn(engine, cast)
    with reading(engine) as session:
        before, _ = stamps(session, BESIDE["idea"])
        assert len(before) > len(came) - 1, "each filing is told apart until then"
        whole = checks_hold(session)
    assert mix(engine, DAY) == 0
    assert read_with(engine, stamps, BESIDE["idea"])[0] == before, "the day is not over"
    assert tick.tick(engine, NEXT).troubles == []
    with reading(engine) as session:
        seen = {table: stamps(session, sql) for table, sql in BESIDE.items()}
        assert checks_hold(session) == whole
    for table in ("idea", "idea_event", "receipt", "idea_words", "revision"):
        assert len(seen[table][0]) == 1, f"one transaction wrote all of {table}"
    for table in ("idea", "idea_words"):
        lies = [one for one in seen[table][1] if one in came]
        assert len(lies) == len(came) and lies not in (
            came,
            came[::-1],
        ), f"{table} no longer lies in the order of filing"
    again, _ = read_with(engine, stamps, BESIDE["idea"])
    mix(engine, NEXT)
    assert read_with(engine, stamps, BESIDE["idea"])[0] == again, "once is enough"
    end()


def checks_hold(session) -> int:
    """How many entries there are; what is kept twice agrees."""
    assert checks.current_values(session).holds
    return session.execute(text("SELECT count(*) FROM idea")).scalar()


def test_after_midnight_no_page_of_sqlite_tells_the_order(sqlite_database):
    """Rows fill a page from its end as they come; after it, in the order of their random keys."""

    def lying(engine: Engine) -> list[int]:
        write_with(engine, leave_no_trace)
        content = Path(engine.url.database).read_bytes()
        return sorted(
            range(8), key=lambda n: content.index(f"Dans cet ordre {n}".encode()), reverse=True
        )

    add_rows(sqlite_database, Installation(id=1))
    today, came = town_today(), filed_in_turn(sqlite_database, SimpleNamespace(bruno=OPERATOR))
    assert lying(sqlite_database) == list(range(8))
    with reading(sqlite_database) as session:
        segments = session.execute(text("SELECT count(*) FROM idea_words_idx")).scalar()
    assert mix(sqlite_database, today + timedelta(days=1)) == 1
    assert lying(sqlite_database) == sorted(range(8), key=came.__getitem__)
    assert log_size(sqlite_database) == 0
    with reading(sqlite_database) as session:
        assert (
            session.execute(text("SELECT count(DISTINCT segid) FROM idea_words_idx")).scalar()
            == 1
            < segments
        )
        checks_hold(session)
    assert mix(sqlite_database, today + timedelta(days=1)) == 0


@pytest.mark.slow
def test_what_is_mixed_stays_as_it_was(demo_copy, cast):
    filed = file_anonymously(demo_copy, cast.alice, "Sans mon nom", "jeton")
    with writing(demo_copy) as session:
        write_with_receipt(session, filed.receipt, "Je complète.")
        session.get(Installation, 1).mixed_before = None
    before = contents(demo_copy)
    assert mix(demo_copy, NEXT) > 1, "the months before too, the first time"
    after = contents(demo_copy)
    assert after.pop("installation") != before.pop("installation") and after == before


def contents(engine: Engine) -> dict[str, list[tuple]]:
    """Table → its rows in the order of their keys, the search words included."""
    with engine.connect() as connection:
        found = {
            table.name: [
                tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))
            ]
            for table in SQLModel.metadata.sorted_tables
        }
        key = "rowid" if engine.dialect.name == "sqlite" else "id"
        return found | {
            "idea_words": [
                tuple(row)
                for row in connection.execute(
                    text(f"SELECT {key}, words FROM idea_words ORDER BY 1")
                )
            ]
        }


# ──────────────────────────────────────────────────────────────────────────────────────────────────
# Photos are decoded outside the serving process, one at a time, within limits; what fails is said,
# and the next one passes

LARGEST = (8000, 6000)


def made(size: tuple[int, int], kind: str, mode: str = "RGB", **how: object) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, 0).save(out, kind, **how)
    return out.getvalue()


@pytest.fixture
def little_memory(monkeypatch):
    """A child that may take 128 MB: enough for a photo, not for 60 megapixels that are no JPEG."""
    monkeypatch.setattr(photos, "MEMORY_MB", 128)


@pytest.mark.slow
def test_the_serving_process_knows_no_decoder():
    """Importing the acts on photos brings no Pillow along: there is nothing to decode with."""
    said = "import sys; from dashboard.actions.ideas import photos; print('PIL' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", said], env=environment(), capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"


@pytest.mark.slow
@pytest.mark.parametrize(
    "kind, mode, size, how",
    [
        ("JPEG", "RGB", LARGEST, {"progressive": True}),
        ("PNG", "P", (2000, 1500), {}),
        ("GIF", "P", (2000, 1500), {}),
        ("PNG", "RGBA", (2000, 1500), {}),
    ],
)
def test_what_a_phone_takes_is_accepted(kind, mode, size, how):
    """48 megapixels, of few bytes or of many."""
    found = photos.picture(made(size, kind, mode, **how))
    assert (found.width, found.height) == (1600, 1200)
    with Image.open(io.BytesIO(found.content)) as kept:
        assert kept.format == "JPEG" and kept.size == (1600, 1200)


@pytest.mark.slow
def test_a_large_photo_that_was_taken_on_its_side_stands_upright():
    exif = Image.Exif()
    exif[0x0112] = 6
    for kind in ("JPEG", "PNG"):
        found = photos.picture(made((4000, 2000), kind, exif=exif))
        assert (found.width, found.height) == (800, 1600)


@pytest.mark.slow
def test_many_pixels_in_few_bytes_are_refused_before_they_are_decoded(little_memory):
    """144 megapixels in some 400 kB: the head of the file says so, and little memory is enough
    to read it.
    """
    bomb = made((12_000, 12_000), "PNG", "L")
    assert len(bomb) < 1_000_000
    assert errors_of(photos.picture, bomb) == {
        "photos": "Cette photo est trop grande : réduisez-la d'abord."
    }


@pytest.mark.slow
def test_a_child_without_memory_gives_a_sentence_and_the_next_photo_passes(little_memory):
    assert errors_of(photos.pictures, [made((8000, 7500), "PNG", "RGBA")])["photos"].startswith(
        "Photo 1 : Cette photo"
    )
    assert photos.picture(made((640, 480), "PNG")).width == 640


def test_a_child_that_takes_too_long_gives_a_sentence_and_the_next_photo_passes(monkeypatch):
    with monkeypatch.context() as patch, pytest.raises(Invalid) as error:
        patch.setattr(photos, "SECONDS", 0.001)
        photos.picture(made((640, 480), "PNG"))
    assert error.value.errors == {"photos": photos.FAILED}
    assert photos.picture(made((640, 480), "PNG")).width == 640


def test_photos_of_several_visitors_are_decoded_one_after_another():
    """While one is decoded the others wait, and each gets its own."""
    found: dict[int, int] = {}

    def send(width: int) -> None:
        found[width] = photos.picture(made((width, 300), "PNG")).width

    senders = [threading.Thread(target=send, args=(width,)) for width in (301, 302, 303)]
    with photos._ONE_AT_A_TIME:
        for sender in senders:
            sender.start()
        assert not found
    for sender in senders:
        sender.join()
    assert found == {301: 301, 302: 302, 303: 303}
