"""Anonymous on the disk: what a draft and an anonymous entry leave in every byte of the data folder, and in the tables of PostgreSQL."""

from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from tab import PRESS, Tab, elements, shown

from dashboard.actions import rounds
from dashboard.actions.drafts import drop_draft, keep_draft
from dashboard.actions.ideas import checked_input, file_idea
from dashboard.actions.logins import close_all_logins
from dashboard.actions.receipts import withdraw_with_receipt, write_with_receipt
from dashboard.queries.people import account_by_login
from models.database import reading, writing
from models.exchanges import Draft
from models.ideas import Idea
from seed.demonstration import DEMO_PASSWORD

BEGUN = "Mon chef de dépôt crie sur les apprentis"
LONG = BEGUN + " tous les matins à sept heures." * 400  # more than a page of the database


@pytest.fixture(scope="module")
def served(serve_demo):
    server = serve_demo()
    yield server
    server.stop()


def every_byte(folder: Path) -> dict[str, bytes]:
    """File of the data folder → its content, the log and the shared memory of the database included."""
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def holding(folder: Path, words: str) -> list[str]:
    return [name for name, content in every_byte(folder).items() if words.encode() in content]


def log_size(engine: Engine) -> int:
    log = Path(f"{engine.url.database}-wal")
    return log.stat().st_size if log.exists() else 0


def file_anonymously(engine: Engine, reader, title: str, token: str):
    with writing(engine) as session:
        return file_idea(session, reader, checked_input(title=title, anonymous=True), token)


# ── Drafts ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_nothing_is_kept_before_the_choice_and_nothing_stays_of_a_draft_that_loses_its_name(served):
    with Tab(served.url, cookie=served.cookie_of("alice")) as tab:
        tab.open("deposer")
        part = tab.fragments["w_deposer_send"]
        tab.run(part, w_deposer_body=BEGUN)
        assert served.rows("SELECT * FROM draft WHERE form = 'deposer'") == [] and holding(served.folder, BEGUN) == []
        tab.run(part, w_deposer_who="En mon nom")
        assert BEGUN in served.rows("SELECT content FROM draft WHERE form = 'deposer'")[0][0], "the search can find"
        tab.run(part, w_deposer_body=LONG)
        assert holding(served.folder, BEGUN) != []
        tab.run(part, w_deposer_who="Sans donner mon nom")
        assert served.rows("SELECT * FROM draft WHERE form = 'deposer'") == [] and holding(served.folder, BEGUN) == []
        tab.run(part, w_deposer_body="Tout autre chose, écrit sans mon nom")
        assert holding(served.folder, "Tout autre chose") == []
        assert "code de suivi" in shown(tab.run(part, w_deposer_send=PRESS))
    assert holding(served.folder, BEGUN) == []
    assert holding(served.folder, "Tout autre chose") == ["c-possible.db"], "the entry, and neither a draft nor the log of it"


def test_alice_is_asked_how_she_files_before_anything_is_sent(served):
    with Tab(served.url, cookie=served.cookie_of("alice")) as tab:
        tab.open("deposer")
        part = tab.fragments["w_deposer_send"]
        tab.run(part, w_deposer_body="Une idée sans choix")
        assert "comment vous déposez" in shown(tab.run(part, w_deposer_send=PRESS))
        assert served.rows("SELECT * FROM idea WHERE title = 'Une idée sans choix'") == []
        tab.run(part, w_deposer_who="En mon nom")
        assert "Merci" in shown(tab.run(part, w_deposer_send=PRESS))
    assert served.rows("SELECT author_id IS NULL FROM idea WHERE title = 'Une idée sans choix'") == [(False,)]


def test_a_name_that_was_chosen_is_not_lost_when_the_session_ends_elsewhere(served):
    """Her text stays, nothing is sent; once she is signed in again she files in her name."""
    words = "Un banc devant l'école, et je signe"
    with Tab(served.url, cookie=served.cookie_of("alice")) as tab:
        tab.open("deposer")
        part = tab.fragments["w_deposer_send"]
        tab.run(part, w_deposer_who="En mon nom", w_deposer_body=words)
        with writing(served.engine) as session:
            close_all_logins(session, account_by_login(session, "alice").id)
        for _ in range(2):  # a second click finds the radio gone, and still files nothing
            messages = tab.run(part, w_deposer_send=PRESS)
            assert "Votre session a pris fin" in shown(messages) and "Se connecter" in shown(messages)
            assert served.rows("SELECT * FROM idea WHERE title = :t", t=words) == []
        assert elements(messages, "text_area")[0].label == "Votre idée, votre constat"
        del tab.held["w_deposer_who"]
        tab.sign_in("alice", DEMO_PASSWORD, part)
        assert "Merci" in shown(tab.run(part, w_deposer_send=PRESS))
    assert served.rows("SELECT author_id IS NULL FROM idea WHERE title = :t", t=words) == [(False,)]


def test_who_rather_gives_no_name_says_so(served):
    words = "Un banc devant l'école, sans signer"
    with Tab(served.url, cookie=served.cookie_of("alice")) as tab:
        tab.open("deposer")
        part = tab.fragments["w_deposer_send"]
        tab.run(part, w_deposer_who="En mon nom", w_deposer_body=words)
        with writing(served.engine) as session:
            close_all_logins(session, account_by_login(session, "alice").id)
        tab.run(part, w_deposer_send=PRESS)
        del tab.held["w_deposer_who"]
        tab.run(part, w_deposer_without_name=PRESS)
        assert "code de suivi" in shown(tab.run(part, w_deposer_send=PRESS))
    assert served.rows("SELECT author_id IS NULL FROM idea WHERE title = :t", t=words) == [(True,)]


# ── The log of the database ──────────────────────────────────────────────────────────────────────────────────────────


def test_each_connection_overwrites_what_it_deletes(sqlite_copy):
    with sqlite_copy.connect() as one, sqlite_copy.connect() as other:
        assert [c.exec_driver_sql("PRAGMA secure_delete").scalar() for c in (one, other)] == [1, 1]


def test_a_dropped_draft_stands_in_no_byte(sqlite_copy, cast):
    folder = Path(sqlite_copy.url.database).parent
    with sqlite_copy.connect():  # the application's connections stay open all the while
        with writing(sqlite_copy) as session:
            keep_draft(session, cast.alice, "deposer", {"body": LONG})
        assert holding(folder, BEGUN) != []
        with writing(sqlite_copy) as session:
            drop_draft(session, cast.alice, "deposer")
        assert holding(folder, BEGUN) == []


@pytest.mark.parametrize("act", ["file", "write", "withdraw"])
def test_the_log_keeps_no_order_of_commits_around_an_anonymous_act(sqlite_copy, cast, act):
    receipt = None if act == "file" else file_anonymously(sqlite_copy, cast.alice, "Sans mon nom", "jeton").receipt
    with writing(sqlite_copy) as session:
        keep_draft(session, cast.bruno, "deposer", {"body": "avant"})
    assert log_size(sqlite_copy) > 0, "what is named waits in the log, as it may"
    if act == "file":
        file_anonymously(sqlite_copy, cast.alice, "Sans mon nom", "jeton")
    else:
        with writing(sqlite_copy) as session:
            write_with_receipt(session, receipt, "Je complète.") if act == "write" else withdraw_with_receipt(session, receipt)
    assert log_size(sqlite_copy) == 0


@pytest.mark.parametrize("later", ["an act", "a round"])
def test_a_log_that_a_reader_holds_back_is_emptied_later(sqlite_copy, cast, later):
    with sqlite_copy.connect() as reader:
        reader.execute(text("SELECT count(*) FROM idea")).scalar()  # its moment is fixed: the log must stay for it
        file_anonymously(sqlite_copy, cast.alice, "Sans mon nom", "jeton")
        assert log_size(sqlite_copy) > 0
    if later == "a round":
        rounds.purge(sqlite_copy)
    else:
        with writing(sqlite_copy) as session:
            keep_draft(session, cast.bruno, "deposer", {"body": "après"})
    assert log_size(sqlite_copy) == 0


def test_an_anonymous_entry_stands_beside_no_draft(demo_copy, cast):
    with writing(demo_copy) as session:
        keep_draft(session, cast.alice, "deposer", {"body": BEGUN})
        drop_draft(session, cast.alice, "deposer")
    file_anonymously(demo_copy, cast.alice, BEGUN, "jeton")
    with reading(demo_copy) as session:
        assert session.get(Draft, (cast.alice.person_id, "deposer")) is None
        assert session.execute(text("SELECT count(*) FROM idea WHERE title = :t AND author_id IS NULL"), {"t": BEGUN}).scalar() == 1
        assert session.get(Idea, session.execute(text("SELECT id FROM idea WHERE title = :t"), {"t": BEGUN}).scalar()).relay_id is None
