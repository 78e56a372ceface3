"""Filing an idea: named or anonymous, once, whole and clean; read before it is shown; found by
its words.
"""

import hashlib
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime

import pytest
from hypothesis import given, strategies as st
from sqlalchemy import Engine, delete, inspect, text
from sqlmodel import Session, SQLModel, select
from support.answers import entry
from support.days import town_today
from support.filing import file, publish
from support.transactions import (
    execute,
    read_with,
    refuses,
    select_all,
    select_one,
    write_with,
)
from support.troupe import FROZEN

from dashboard.access import NOBODY, OPERATOR, Reader
from dashboard.actions import tokens
from dashboard.actions.ideas.filing import (
    Circumstances,
    checked_input,
    file_idea,
    filed_before,
    hash_of_code,
    idea_of_receipt,
    withdraw_with_receipt,
    write_with_receipt,
)
from dashboard.actions.ideas.photos import Picture
from dashboard.queries.ideas.card import idea_card
from dashboard.queries.ideas.records import Filters, ideas_page, implemented, to_answer
from dashboard.queries.operations import checks
from models.clock import workdays
from models.database import reading, writing
from models.idea_events import EventKind, IdeaEvent
from models.idea_states import OPEN, IdeaStatus
from models.ideas import BODY_MAX, TITLE_MAX, Idea, Receipt
from models.jobs import Installation
from models.people import Person
from models.settings import settings as product
from models.short_lived import ShortLived
from models.sign_on import FormToken
from models.texts import Invalid, Refused

WRITERS = 20


def total(engine: Engine, table=Idea) -> int:
    return len(select_all(engine, select(table)))


# --- filing ---------------------------------------------------------------------------------------


def test_alice_files_an_idea_and_is_told_its_number_and_its_day(demo_copy, cast, scope_for):
    filed = file(
        demo_copy,
        cast.alice,
        title="Des vestiaires chauffés",
        body="Surtout l'hiver.",
        ambition_id=2,
    )
    idea = entry(demo_copy, filed.number)
    with reading(demo_copy) as session:
        assert (
            filed.due_on == workdays(session).add(FROZEN, product().cp_answer_days) == idea.due_on
        )
        facts = session.exec(select(IdeaEvent).where(IdeaEvent.idea_id == idea.id)).all()
        assert idea_card(session, scope_for(session, cast.bruno), filed.number) is not None
    assert filed.receipt is None
    assert (idea.author_id, idea.anonymous, idea.published) == (cast.alice.person_id, False, True)
    assert (idea.filed_on, idea.status, idea.origin_id) == (
        FROZEN,
        IdeaStatus.received,
        cast.alice.service_id,
    )
    assert [(f.what, f.seq, f.on, f.to_status, f.due_on) for f in facts] == [
        (EventKind.filed, 1, FROZEN, IdeaStatus.received, filed.due_on)
    ]


def test_an_anonymous_entry_keeps_a_receipt_and_no_author(demo_copy, cast):
    filed = file(demo_copy, cast.alice, anonymous=True)
    idea = entry(demo_copy, filed.number)
    assert re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}", filed.receipt)
    assert (idea.author_id, idea.relay_id, idea.anonymous, idea.published) == (
        None,
        None,
        True,
        False,
    )
    assert idea.origin_id == cast.alice.service_id, (
        "ninety-six colleagues: the service tells nothing"
    )
    kept = select_one(demo_copy, select(Receipt).where(Receipt.idea_id == idea.id))
    assert (
        kept.code
        == hash_of_code(filed.receipt)
        == hash_of_code(filed.receipt.lower().replace("-", " "))
    )
    assert filed.receipt.replace("-", "").lower() not in kept.code


def test_a_code_copied_by_hand_is_found_however_it_was_read():
    """O for a nought, I or L for a one, any spacing; a code of another installation is another."""
    code = "0110-9XKM-0TZV-01QA"
    for typed in ("oi1O 9xkm 0tzv olqa", "0110–9XKM–0TZV–01QA", "01109XKM0TZV01QA"):
        assert hash_of_code(typed) == hash_of_code(code), typed
    assert hash_of_code("0110-9XKM-0TZV-01QB") != hash_of_code(code)


def test_a_code_of_before_still_opens_its_entry(demo_copy):
    """Until version 0.10 codes had 32 signs in hexadecimal."""
    filed = file(demo_copy, NOBODY)
    old = "0123ABCD-4567EF89-0123ABCD-4567EF89"
    kept = hashlib.sha256(old.replace("-", "").lower().encode()).hexdigest()
    with writing(demo_copy) as session:
        receipt = session.exec(
            select(Receipt).where(Receipt.code == hash_of_code(filed.receipt))
        ).one()
        session.delete(receipt)
        session.flush()
        session.add(Receipt(code=kept, idea_id=receipt.idea_id))
    assert read_with(demo_copy, idea_of_receipt, old.lower()).number == filed.number


def test_a_form_that_is_sent_again_finds_its_entry_and_its_code(demo_copy):
    """Also days later, when the tokens of the day are gone."""
    filed = file(demo_copy, NOBODY, "un jeton de formulaire")
    execute(demo_copy, delete(FormToken))
    with reading(demo_copy) as session:
        assert filed_before(session, "un jeton de formulaire") == filed
        assert filed_before(session, "un autre jeton") is None
    refuses(file, demo_copy, NOBODY, "un jeton de formulaire", match="déjà enregistrée")


def test_a_handful_of_colleagues_would_tell_who_wrote(demo_copy, cast):
    """Didier's cell has twelve agents: an anonymous entry forgets it, a named one does not."""
    assert (
        entry(demo_copy, file(demo_copy, cast.didier, "1", anonymous=True).number).origin_id is None
    )
    assert (
        entry(demo_copy, file(demo_copy, cast.didier, "2").number).origin_id
        == cast.didier.service_id
    )


def test_without_an_account_every_entry_is_anonymous(demo_copy):
    filed = file(demo_copy, NOBODY, anonymous=False)
    idea = entry(demo_copy, filed.number)
    assert filed.receipt and idea.anonymous and not idea.published
    assert (idea.author_id, idea.origin_id) == (None, None)


# --- once -----------------------------------------------------------------------------------------


def test_a_refused_filing_does_not_spend_its_token(demo_copy, cast):
    refuses(file, demo_copy, cast.alice, "jeton", ambition_id=99, error=Invalid)
    file(demo_copy, cast.alice, "jeton")


@pytest.mark.locks
def test_twenty_clicks_at_once_with_one_token_file_once(database):
    def click(_: int) -> bool:
        try:
            return bool(file(database, NOBODY, "même jeton"))
        except Refused:
            return False

    with ThreadPoolExecutor(WRITERS) as pool:
        assert sum(pool.map(click, range(WRITERS))) == 1
    assert total(database) == total(database, FormToken) == total(database, Receipt) == 1


# --- what may be said -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fields,where",
    [
        ({"title": ""}, "title"),
        ({"title": "   \n\t "}, "title"),
        ({"title": "\u202e\u0007"}, "title"),
        ({"title": "x" * (TITLE_MAX + 1)}, "title"),
        ({"title": "é" * (TITLE_MAX + 1)}, "title"),
        ({"title": None}, "title"),
        ({"body": "x" * (BODY_MAX + 1)}, "body"),
        ({"kind": "poème"}, "kind"),
        ({"audience": "martiens"}, "audience"),
        ({"ambition_id": "un"}, "ambition_id"),
    ],
)
def test_an_input_to_correct_is_one_sentence_beside_its_field(fields, where):
    with pytest.raises(Invalid) as error:
        checked_input(**({"title": "Une idée"} | fields))
    assert list(error.value.errors) == [where]
    assert error.value.errors[where].endswith(".") and "\n" not in error.value.errors[where]


def test_lengths_count_characters_and_not_bytes():
    decomposed = "e\u0301" * TITLE_MAX
    assert checked_input(title=decomposed).title == "é" * TITLE_MAX
    assert len(checked_input(title="t", body="🌳" * BODY_MAX).body) == BODY_MAX
    assert checked_input(title="t", body="").body == ""


@pytest.mark.parametrize(
    "field,message", [("ambition_id", "ambition"), ("concerns_id", "direction")]
)
def test_an_ambition_or_a_direction_that_does_not_exist(demo_copy, cast, field, message):
    before = total(demo_copy)
    with pytest.raises(Invalid, match=message) as error:
        file(demo_copy, cast.alice, **{field: 99_999})
    assert list(error.value.errors) == [field] and total(demo_copy) == before


@pytest.mark.parametrize(
    "said,kept",
    [
        ("Éco\u202ele", "École"),
        ("a\u0000b\u0007c\u001b", "abc"),
        ("cafe\u0301", "café"),
        ("  titre  ", "titre"),
        ("deux\nlignes\tet  demie", "deux lignes et demie"),
        ("\u2066caché\u2069", "caché"),
        ("\ufeffdébut", "début"),
        ("\u200bzéro\u200b largeur\u061c", "zéro largeur"),
        ("moitié \ud83d de paire", "moitié \ufffd de paire"),
    ],
)
def test_a_title_is_stored_clean(demo_copy, cast, said, kept):
    assert entry(demo_copy, file(demo_copy, cast.alice, title=said).number).title == kept


@given(st.text(min_size=1, max_size=300), st.text(max_size=300))
def test_whatever_is_typed_is_cleaned_once_and_for_all(title, body):
    try:
        cleaned = checked_input(title=title, body=body)
    except Invalid:
        return
    again = checked_input(title=cleaned.title, body=cleaned.body)
    assert (again.title, again.body) == (cleaned.title, cleaned.body)
    assert not re.search(
        "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]",
        again.title + again.body,
    )
    assert again.title and "\n" not in again.title and len(again.title) <= TITLE_MAX


# --- read, then shown -----------------------------------------------------------------------------


def seen_by(engine: Engine, scope_for, reader: Reader, number: int) -> bool:
    with reading(engine) as session:
        return idea_card(session, scope_for(session, reader), number) is not None


def test_an_anonymous_entry_is_read_before_it_is_shown(demo_copy, cast, scope_for):
    number = file(demo_copy, cast.alice, anonymous=True, title="Anonyme et quinquagénaire").number
    agents = (cast.alice, cast.bruno, cast.carine, cast.elise, cast.farid, NOBODY)
    assert [seen_by(demo_copy, scope_for, reader, number) for reader in agents] == [False] * 6
    for reader in agents:
        refuses(publish, demo_copy, reader, number)
    assert seen_by(demo_copy, scope_for, cast.didier, number)
    publish(demo_copy, cast.didier, number)
    assert [seen_by(demo_copy, scope_for, reader, number) for reader in agents] == [True] * 5 + [
        False
    ]
    idea = entry(demo_copy, number)
    assert (idea.published, idea.status) == (True, IdeaStatus.read)
    with reading(demo_copy) as session:
        facts = session.exec(
            select(IdeaEvent).where(IdeaEvent.idea_id == idea.id).order_by(IdeaEvent.seq)
        ).all()
        assert [(f.what, f.from_status, f.to_status) for f in facts] == [
            (EventKind.filed, None, IdeaStatus.received),
            (EventKind.published, IdeaStatus.received, IdeaStatus.read),
        ]
        assert (
            facts[1].by == cast.didier.person_id
            and not facts[1].first_answer
            and facts[1].due_on == idea.due_on
        )
        assert checks.current_values(session).holds


def test_publishing_twice_is_refused(demo_copy, cast):
    number = file(demo_copy, NOBODY).number
    publish(demo_copy, cast.didier, number)
    refuses(publish, demo_copy, cast.didier, number, match="déjà publiée")
    refuses(publish, demo_copy, cast.didier, 1, match="n'existe pas")


@pytest.mark.locks
def test_two_readers_at_once_publish_once(demo_copy, cast):
    number = file(demo_copy, NOBODY).number

    def read(_: int) -> bool:
        try:
            publish(demo_copy, cast.didier, number)
            return True
        except Refused:
            return False

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(read, range(8))) == 1
    with reading(demo_copy) as session:
        facts = session.exec(
            select(IdeaEvent).join(Idea, Idea.id == IdeaEvent.idea_id).where(Idea.number == number)
        ).all()
        assert len(facts) == 2 and checks.current_values(session).holds


def test_a_redirected_entry_is_never_published(demo_copy, cast):
    number = file(demo_copy, NOBODY).number
    with writing(demo_copy) as session:
        session.exec(select(Idea).where(Idea.number == number)).one().status = IdeaStatus.redirected
    refuses(publish, demo_copy, cast.didier, number, match="réorientée")
    assert not entry(demo_copy, number).published


# --- anonymous means anonymous --------------------------------------------------------------------


def added(before: list[dict], after: list[dict]) -> list[dict]:
    """The rows that were not there before."""
    known = set(map(repr, before))
    return [row for row in after if repr(row) not in known]


def dump(session: Session) -> dict[str, list[dict]]:
    """Every row of every table, search index included."""
    found = {}
    for name in inspect(session.connection()).get_table_names():
        found[name] = [
            dict(row) for row in session.execute(text(f'SELECT * FROM "{name}"')).mappings().all()
        ]
    for table in ShortLived.metadata.sorted_tables:
        found[table.name] = [
            dict(row)
            for row in session.execute(text(f"SELECT * FROM {table.fullname}")).mappings().all()
        ]
    return found


@pytest.mark.slow
def test_a_dump_of_the_whole_database_joins_no_entry_to_its_author(demo_copy, cast):
    """All that an anonymous filing leaves behind: no person, no account, no name, nothing finer
    than a day.
    """
    before = read_with(demo_copy, dump)
    token = "jeton-9f8e7d6c"
    how = Circumstances(about=("formation", "F11"), photos=[Picture(b"jpeg", 1, 1)])
    filed = write_with(
        demo_copy,
        file_idea,
        cast.alice,
        checked_input(anonymous=True, title="Sans mon nom", ambition_id=2),
        token,
        how,
    )
    with writing(demo_copy) as session:
        write_with_receipt(session, filed.receipt, "Je complète.")
        withdraw_with_receipt(session, filed.receipt)
    with reading(demo_copy) as session:
        after = dump(session)
        alice = session.get(Person, cast.alice.person_id)
    left = {table: added(before[table], rows) for table, rows in after.items()}
    left = {table: rows for table, rows in left.items() if rows}
    assert {
        "idea",
        "idea_event",
        "receipt",
        "form_token",
        "contribution",
        "photo",
        "link",
    } <= set(left)
    assert "outbox" not in left and "draft" not in left
    assert "change" not in left
    knows_the_hour = {table.name for table in ShortLived.metadata.tables.values()}
    assert left.keys() & knows_the_hour <= {"day_key", "tally"}, "nothing that knows the hour"
    for tally in left.pop("tally", ()):  # the limits know the clock hour, no finer
        assert ":00:00" in str(tally["since"])
    names = {
        alice.given_name.lower(),
        alice.family_name.lower(),
        cast.alice.login,
        alice.key or alice.family_name.lower(),
    }
    persons = {
        (table.name, column.name)
        for table in SQLModel.metadata.tables.values()
        for column in table.columns
        if any(key.column.table.name in ("person", "account") for key in column.foreign_keys)
    }
    idea = left["idea"][0]
    for table, rows in left.items():
        for row in rows:
            for column, value in row.items():
                assert (table, column) not in persons | {
                    ("idea_event", "author_id")
                } or value is None, (table, column)
                assert not isinstance(value, datetime), (table, column)
                assert not re.search(r"\d\d:\d\d", str(value)), (table, column)
                if table != "idea_words" and not table.startswith("idea_words_"):
                    assert not any(name in str(value).lower() for name in names), (table, column)
    # The token and the receipt's entry share nothing but the day.
    assert (
        set(left["form_token"][0].values()) & {idea["id"], idea["number"], filed.receipt} == set()
    )
    assert filed.receipt.replace("-", "").lower() not in str(after).lower()


def test_neither_ids_nor_numbers_tell_which_entry_came_first(database):
    filed = [file(database, NOBODY, f"jeton {n}") for n in range(30)]
    ids = [entry(database, one.number).id for one in filed]
    numbers = [one.number for one in filed]
    for series in (ids, numbers):
        assert (
            len(set(series)) == 30
            and series != sorted(series)
            and series != sorted(series, reverse=True)
        )
    assert len({i >> 47 for i in ids}) == 1, "the high bits are the day, and the day only"
    events = {e.idea_id: e.id for e in select_all(database, select(IdeaEvent))}
    assert [events[i] for i in ids] != sorted(events.values())


# --- found by its words ---------------------------------------------------------------------------

TEXTS = {
    "Éclairage de l'école": "Les lampes de l’escalier restent allumées.",
    "Une œuvre d'art à l'accueil": "Pour égayer la salle où l'on attend.",
    "Chariots plus légers": "Aujourd'hui, j'ai porté plus que je n'ai roulé.",
    "TOUT EN MAJUSCULES SANS ACCENTS : PROPRETE": "",
    "Vélos de service": "Partager les vélos électriques entre annexes.",
}
QUERIES = {
    "ecole": 1,
    "écoles": 1,
    "ÉCOLE": 1,
    "l'école": 1,
    "l’ecole": 1,
    "eclairages": 1,
    "éclairage école": 1,
    "escaliers": 1,
    "oeuvre": 1,
    "œuvres": 1,
    "d'art": 1,
    "chariot": 1,
    "legers": 1,
    "propreté": 1,
    "majuscule": 1,
    "velo": 1,
    "vélo électrique": 1,
    "lampe allumée": 1,
    "école œuvre": 0,
    "licorne": 0,
    "vél": 1,
    "elec": 1,
}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def library(request, open_copy):
    """A house with five entries to find."""
    engine, end = open_copy(request.param, "empty")
    for n, (title, body) in enumerate(TEXTS.items()):
        file(engine, NOBODY, f"jeton {n}", title=title, body=body)
    yield engine
    end()


def found(engine: Engine, scope_for, words: str) -> list[str]:
    with reading(engine) as session:
        page = ideas_page(
            session,
            scope_for(session, OPERATOR, town_today()),
            Filters(words=words),
            1,
            town_today(),
        )
        assert page.total == len(page.rows)
        return sorted(row.title for row in page.rows)


def test_words_are_found_with_and_without_accents_elisions_and_plurals(library, scope_for):
    counted = {words: len(found(library, scope_for, words)) for words in QUERIES}
    assert counted == dict(QUERIES)


def test_an_entry_is_found_by_its_number(demo_copy, cast, scope_for):
    number = file(demo_copy, cast.alice, title="Retrouvez-moi").number
    for words in (str(number), f"n° {number}", f"N°{number}", f"#{number}", f"  {number} "):
        with reading(demo_copy) as session:
            page = ideas_page(
                session, scope_for(session, cast.bruno), Filters(words=words), 1, FROZEN
            )
            assert [row.number for row in page.rows] == [number]


def test_form_tokens_of_earlier_days_go(database):
    """They name nobody and pile up for nothing; today's stay, so that a double click still files
    once.
    """
    with writing(database) as session:
        session.add(Installation(id=1, demonstration=True, frozen_on=date(2023, 6, 30)))
        session.add_all(
            [
                FormToken(token="hier", day=date(2023, 6, 29)),
                FormToken(token="ce jour", day=date(2023, 6, 30)),
            ]
        )
        session.flush()
        tokens.purge(session)
    assert select_all(database, select(FormToken.token)) == ["ce jour"]


@pytest.mark.parametrize("direction", ["ADM", "VC", "VC-JSP", "RI-INF"])
@pytest.mark.parametrize("day", [FROZEN, date(2023, 6, 14), date(2023, 1, 31)], ids=str)
def test_what_a_direction_has_to_answer_is_what_its_entries_say(
    demonstration, cast, scope_for, direction, day
):
    """The nearest promises first, whatever other directions have left waiting for longer."""
    with reading(demonstration) as session:
        scope = scope_for(session, cast.elise, au=day.isoformat(), direction=direction)
        waiting = [
            (idea.due_on, idea.id, idea.number)
            for idea in session.exec(select(Idea).where(Idea.published, Idea.due_on.is_not(None)))
            if idea.filed_on <= day and (scope.is_whole or idea.concerns_id in scope.counted)
            if (idea.answered_on > day if idea.answered_on else idea.status in OPEN)
        ]
        found = [row.number for row in to_answer(session, scope, 20)]
    assert found == [number for _, _, number in sorted(waiting)[:20]]


def test_what_is_done_is_shown_behind_what_may_not_be(sqlite_copy, cast, scope_for):
    """Most of the newest that were done are hidden: those behind them are shown all the same."""
    with reading(sqlite_copy) as session:
        scope = scope_for(session, cast.alice)
        done = [row.number for row, _ in implemented(session, scope, 1000)]
    assert len(done) > 15
    with writing(sqlite_copy) as session:
        for idea in session.exec(select(Idea).where(Idea.number.in_(done[1:-2]))):
            idea.published, idea.author_id = False, None
    shown = read_with(sqlite_copy, implemented, scope)
    assert [row.number for row, _ in shown] == [done[0], *done[-2:]]
