"""Filing an idea; around an idea."""

import hashlib
import io
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from functools import partial

import pytest
from hypothesis import given, strategies as st
from PIL import Image
from sqlalchemy import Engine, delete, func, inspect, text
from sqlmodel import Session, SQLModel, select
from support.answers import answered, chart, entry, file, key_of, publish, sound
from support.days import town_today
from support.rounds import done
from support.transactions import (
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

from dashboard.access import NOBODY, OPERATOR, Reader
from dashboard.actions import discussions, tokens
from dashboard.actions.ideas import entries, photos
from dashboard.actions.ideas.answers import Answer, answer_idea
from dashboard.actions.ideas.entries import drop_draft, keep_draft
from dashboard.actions.ideas.filing import (
    Circumstances,
    agree_with_receipt,
    checked_input,
    file_idea,
    filed_before,
    hash_of_code,
    idea_of_receipt,
    publish_idea,
    withdraw_idea,
    withdraw_with_receipt,
    write_with_receipt,
)
from dashboard.actions.ideas.photos import Picture
from dashboard.actions.ideas.threads import end_link, link_idea
from dashboard.actions.notices import events as idea_notices
from dashboard.queries import voices as findings_query
from dashboard.queries.ideas.card import (
    Around,
    around,
    draft,
    drafts,
    followed as by_receipt,
    idea_card,
    photo_content,
)
from dashboard.queries.ideas.records import Filters, Order, View, ideas_page, implemented, to_answer
from dashboard.queries.ideas.threads import thread
from dashboard.queries.notices.records import CONTRIBUTION_KEY
from dashboard.queries.operations import checks
from dashboard.queries.people.accounts import followed, merges_to_answer, supported
from models.clock import workdays
from models.database import reading, writing
from models.discussions import COMMENT_MAX, Contribution, ContributionKind, Link, Subject
from models.idea_events import EventKind, IdeaEvent
from models.idea_states import OPEN, Channel, IdeaStatus
from models.ideas import BODY_MAX, TITLE_MAX, Idea, Photo, Receipt
from models.installation import Installation
from models.notices import Notice
from models.people import Person
from models.settings import settings as product
from models.short_lived import ShortLived
from models.sign_on import FormToken
from models.texts import Invalid, Refused

# ── Filing an idea ────────────────────────────────────────────────────────────────────────────────
# Named or anonymous, once, whole and clean; read before it is shown; found by its words.

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


# ── Around an idea ────────────────────────────────────────────────────────────────────────────────
# Supports that are unique, comments for some or for all, what is reported and hidden, merges by
# consent, receipts.


def filed(
    engine: Engine,
    reader: Reader,
    title: str = "Une idée",
    how: Circumstances | None = None,
    **fields,
):
    return write_with(
        engine,
        file_idea,
        reader,
        checked_input(title=title, **fields),
        f"jeton {title}",
        *([how] if how else []),
    )


def did(engine: Engine, scope_for, reader: Reader, what, number: int, *args):
    """An act around an entry."""
    with writing(engine) as session:
        at = (Subject.idea, key_of(session, number))
        return what(session, scope_for(session, reader), *at, *args)


def hides(engine: Engine, reader: Reader, number: int, reason: str = "Une personne est nommée."):
    with writing(engine) as session:
        at = (Subject.idea, key_of(session, number))
        discussions.hide_content(session, reader, *at, None, reason)


def supports(engine: Engine, scope_for, reader: Reader, number: int, stays: bool = True) -> int:
    return did(engine, scope_for, reader, discussions.support_subject, number, stays)


def seen(engine: Engine, scope_for, reader: Reader, number: int) -> Around | None:
    with reading(engine) as session:
        scope = scope_for(session, reader)
        card = idea_card(session, scope, number)
        return around(session, scope, card.idea, FROZEN) if card else None


def png(width: int = 40, height: int = 30, fmt: str = "PNG", mode: str = "RGB") -> bytes:
    out = io.BytesIO()
    Image.new(mode, (width, height), 1 if mode == "1" else "teal").save(out, fmt)
    return out.getvalue()


# --- supports and followers -----------------------------------------------------------------------


def test_a_support_counts_on_the_record_and_in_the_lists_of_its_reader(demo_copy, cast, scope_for):
    number = filed(demo_copy, cast.alice).number
    refuses(supports, demo_copy, scope_for, cast.alice, number, match="votre idée")
    assert supports(demo_copy, scope_for, cast.bruno, number) == 1
    assert supports(demo_copy, scope_for, cast.carine, number) == 2
    assert supports(demo_copy, scope_for, cast.bruno, number, False) == 1
    did(demo_copy, scope_for, cast.bruno, discussions.follow_subject, number)
    with reading(demo_copy) as session:
        assert (
            next(row.number for row in supported(session, scope_for(session, cast.carine)))
            == number
        )
        assert number in [row.number for row in followed(session, scope_for(session, cast.bruno))]
        first = ideas_page(
            session, scope_for(session, cast.bruno), Filters(order=Order.supported), 1, FROZEN
        ).rows
    assert [row.supports for row in first] == sorted((row.supports for row in first), reverse=True)
    did(demo_copy, scope_for, cast.bruno, discussions.follow_subject, number, False)
    with reading(demo_copy) as session:
        assert number not in [
            row.number for row in followed(session, scope_for(session, cast.bruno))
        ]


def test_nobody_takes_part_where_it_is_over_or_hidden(demo_copy, cast, scope_for):
    hidden, over = (
        filed(demo_copy, NOBODY, "Sans nom").number,
        filed(demo_copy, cast.alice, "Retirée").number,
    )
    write_with(demo_copy, withdraw_idea, cast.alice, over)
    for number, sentence in (
        (hidden, "ne vous est pas ouvert"),
        (over, "n'y est plus possible"),
    ):
        for act in (discussions.support_subject, partial(discussions.contribute, text="Bonjour")):
            refuses(did, demo_copy, scope_for, cast.bruno, act, number, match=sentence)
    refuses(supports, demo_copy, scope_for, cast.didier, hidden, match="pas encore publiée")
    refuses(supports, demo_copy, scope_for, NOBODY, over, match="Connectez-vous")


# --- comments -------------------------------------------------------------------------------------


def test_each_voice_is_heard_by_those_it_is_for(demo_copy, cast, scope_for, tree):
    unit = tree.by_code["VC-JSP"].id
    number = filed(demo_copy, cast.alice, concerns_id=unit).number
    for reader, voice, body in (
        (cast.bruno, ContributionKind.comment, "Chez nous aussi."),
        (cast.carine, ContributionKind.note, "Voir le budget."),
        (cast.carine, ContributionKind.office, "Quel hall ?"),
        (cast.alice, ContributionKind.author, "Le grand."),
    ):
        did(demo_copy, scope_for, reader, discussions.contribute, number, body, voice)
    for reader, voice in (
        (cast.bruno, ContributionKind.note),
        (cast.bruno, ContributionKind.office),
        (cast.bruno, ContributionKind.author),
        (cast.alice, ContributionKind.note),
        (cast.elise, ContributionKind.note),
    ):
        refuses(
            did, demo_copy, scope_for, reader, discussions.contribute, number, "Je m'invite.", voice
        )
    for reader, notes, talk in (
        (cast.bruno, 0, 0),
        (cast.alice, 0, 2),
        (cast.carine, 1, 2),
        (cast.didier, 1, 2),
        (cast.elise, 0, 0),
    ):
        found = seen(demo_copy, scope_for, reader, number).discussion
        assert tuple(map(len, (found.remarks, found.notes, found.messages))) == (1, notes, talk)
    assert entry(demo_copy, number).comments == 1, "notes and talks are not counted before all"
    for body in ("", " \u200b", "x" * (COMMENT_MAX + 1)):
        refuses(
            did,
            demo_copy,
            scope_for,
            cast.bruno,
            discussions.contribute,
            number,
            body,
            error=Invalid,
        )


def test_the_author_is_not_named_by_her_own_comment(demo_copy, cast, scope_for):
    number = filed(demo_copy, cast.alice).number
    did(demo_copy, scope_for, cast.alice, discussions.contribute, number, "Je précise.")
    remark = seen(demo_copy, scope_for, cast.bruno, number).discussion.remarks[0]
    assert remark.who == "L'auteur" and cast.alice.name not in remark.text


# --- moderation -----------------------------------------------------------------------------------


# --- merges ---------------------------------------------------------------------------------------


@pytest.fixture
def two(demo_copy, cast) -> tuple[int, int]:
    """An idea of Alice's and one of Bruno's that say the same."""
    return (
        filed(demo_copy, cast.alice, "Un seul numéro de téléphone").number,
        filed(demo_copy, cast.bruno, "Un accueil téléphonique unique").number,
    )


def proposed(
    engine: Engine,
    cast,
    number: int,
    into: int | None,
    reason: str = "Les deux disent la même chose.",
):
    return write_with(engine, entries.propose_merge, cast.didier, number, into, reason)


def test_two_authors_agree_and_their_ideas_become_one(demo_copy, cast, scope_for, two):
    one, other = two
    supports(demo_copy, scope_for, cast.carine, one)
    for reader in (cast.carine, cast.elise):
        supports(demo_copy, scope_for, reader, other)
    supports(demo_copy, scope_for, cast.bruno, one)
    merge = proposed(demo_copy, cast, one, other)
    with reading(demo_copy) as session:
        assert [
            idea.number for idea, _ in merges_to_answer(session, scope_for(session, cast.alice))
        ] == [one]
        assert [
            idea.number for idea, _ in merges_to_answer(session, scope_for(session, cast.bruno))
        ] == [other]
    refusal(demo_copy, entries.answer_merge, cast.carine, merge.id, True, match="auteurs")
    for reader in (cast.alice, cast.bruno):
        assert entry(demo_copy, one).status == IdeaStatus.received
        write_with(demo_copy, entries.answer_merge, reader, merge.id, True)
    assert (entry(demo_copy, one).status, entry(demo_copy, one).merged_into) == (
        IdeaStatus.merged,
        entry(demo_copy, other).id,
    )
    assert entry(demo_copy, other).supports == 2, (
        "Carine and Élise, once each; the authors are not their own supporters"
    )
    assert seen(demo_copy, scope_for, cast.carine, other).merged_here[0].number == one
    assert seen(demo_copy, scope_for, cast.carine, one).merged_into.number == other
    refuses(answered, demo_copy, cast.didier, one, "Une réponse de trop.", match="Fusionnée")
    sound(demo_copy)
    write_with(demo_copy, entries.undo_merge, cast.didier, one)
    assert (
        entry(demo_copy, one).status,
        entry(demo_copy, one).merged_into,
        entry(demo_copy, one).supports,
    ) == (IdeaStatus.received, None, 2)
    assert entry(demo_copy, one).due_on is not None
    sound(demo_copy)
    refusal(demo_copy, entries.undo_merge, cast.didier, one, match="pas fusionnée")


@pytest.fixture
def joined(demo_copy, cast, scope_for, two) -> tuple[int, int]:
    """An entry of Alice, supported by Carine, merged into one of Bruno."""
    one, other = two
    supports(demo_copy, scope_for, cast.carine, one)
    merge = proposed(demo_copy, cast, one, other)
    for reader in (cast.alice, cast.bruno):
        write_with(demo_copy, entries.answer_merge, reader, merge.id, True)
    return one, other


def test_a_support_taken_back_from_a_merged_entry_counts_no_more_where_it_went(
    demo_copy, cast, scope_for, joined
):
    one, other = joined
    assert entry(demo_copy, other).supports == 1
    supports(demo_copy, scope_for, cast.carine, one, False)
    assert (entry(demo_copy, one).supports, entry(demo_copy, other).supports) == (0, 0)
    sound(demo_copy)


def test_what_was_hidden_while_it_was_merged_stays_hidden(demo_copy, cast, joined):
    one, _ = joined
    hides(demo_copy, cast.didier, one)
    write_with(demo_copy, entries.undo_merge, cast.didier, one)
    found = entry(demo_copy, one)
    assert (found.status, found.published, found.merged_into) == (IdeaStatus.received, False, None)
    sound(demo_copy)


def test_silence_is_consent_after_ten_days_and_not_before(demo_copy, cast, two):
    merge = proposed(demo_copy, cast, *two)
    assert merge.due_on == FROZEN + timedelta(days=10)
    with writing(demo_copy) as session:
        assert done(session, entries.settle_merges(session, merge.due_on)) == 0
    with writing(demo_copy) as session:
        assert done(session, entries.settle_merges(session, merge.due_on + timedelta(days=1))) == 1
    assert entry(demo_copy, two[0]).status == IdeaStatus.merged
    with writing(demo_copy) as session:
        assert done(session, entries.settle_merges(session, merge.due_on + timedelta(days=2))) == 0
    sound(demo_copy)


def test_one_refusal_ends_the_proposal(demo_copy, cast, two):
    merge = proposed(demo_copy, cast, *two)
    write_with(demo_copy, entries.answer_merge, cast.bruno, merge.id, False)
    refusal(demo_copy, entries.answer_merge, cast.alice, merge.id, True, match="plus ouverte")
    with writing(demo_copy) as session:
        assert done(session, entries.settle_merges(session, FROZEN + timedelta(days=30))) == 0
    assert entry(demo_copy, two[0]).status == IdeaStatus.received


def test_a_proposal_that_cannot_be_is_told(demo_copy, cast, two):
    one, other = two
    for into, reason, field in (
        (None, "x", "into"),
        (1, "x", "into"),
        (one, "x", "into"),
        (other, "", "reason"),
        (filed(demo_copy, NOBODY, "Sans nom").number, "x", "into"),
    ):
        assert field in errors_of(proposed, demo_copy, cast, one, into, reason)
    refusal(demo_copy, entries.propose_merge, cast.carine, one, other, "x")
    merge = proposed(demo_copy, cast, one, other)
    refuses(proposed, demo_copy, cast, other, one, match="déjà proposée")
    write_with(demo_copy, withdraw_idea, cast.alice, one)
    with writing(demo_copy) as session:
        assert (
            done(session, entries.settle_merges(session, merge.due_on + timedelta(days=1))) == 0
        ), "it has meanwhile been withdrawn"


# --- receipts -------------------------------------------------------------------------------------


def test_the_holder_of_a_receipt_follows_writes_agrees_and_takes_back(
    demo_copy, cast, scope_for, two, tree
):
    receipt = filed(demo_copy, NOBODY, "On se fait crier dessus").receipt
    for wrong in ("", "0", receipt[:-1], receipt[::-1].replace("-", "x")):
        with reading(demo_copy) as session, pytest.raises(Refused, match="ne correspond à aucun"):
            idea_of_receipt(session, wrong)
    spaced = receipt.lower().replace("-", " ")
    with writing(demo_copy) as session:
        number = idea_of_receipt(session, spaced).number
        write_with_receipt(session, spaced, "C'est arrivé mardi.")
        refuses(write_with_receipt, session, receipt, "", error=Invalid)
    did(
        demo_copy,
        scope_for,
        cast.didier,
        discussions.contribute,
        number,
        "La personne de confiance peut vous recevoir.",
        ContributionKind.office,
    )
    with reading(demo_copy) as session:
        found = by_receipt(session, idea_of_receipt(session, receipt))
    assert [(who == "Vous", text) for who, _, text in found.talk] == [
        (True, "C'est arrivé mardi."),
        (False, "La personne de confiance peut vous recevoir."),
    ]
    write_with(demo_copy, publish_idea, cast.didier, number, tree)
    merge = proposed(demo_copy, cast, number, two[1])
    with writing(demo_copy) as session:
        assert [
            agrees for *_, agrees in by_receipt(session, idea_of_receipt(session, receipt)).merges
        ] == [None]
        agree_with_receipt(session, receipt, merge.id, False)
        refuses(agree_with_receipt, session, receipt, merge.id, True)
        withdraw_with_receipt(session, receipt)
    refusal(demo_copy, write_with_receipt, receipt, "Encore un mot.", match="retirée")
    sound(demo_copy)


def test_what_an_anonymous_author_writes_names_nobody(demo_copy, cast):
    receipt = filed(
        demo_copy,
        cast.alice,
        "Sans mon nom",
        anonymous=True,
        how=Circumstances(about=("formation", "F11"), photos=[photos.picture(png())]),
    ).receipt
    with writing(demo_copy) as session:
        write_with_receipt(session, receipt, "Je complète.")
        idea = idea_of_receipt(session, receipt)
        comment = session.exec(select(Contribution).where(Contribution.key == str(idea.id))).one()
        link = session.exec(select(Link).where(Link.from_key == str(idea.id))).one()
        assert (comment.person_id, link.by, idea.author_id, idea.relay_id) == (
            None,
            None,
            None,
            None,
        )
        assert (comment.on, link.on, idea.filed_on) == (FROZEN, FROZEN, FROZEN)


def inbox_of_messages(engine, scope_for, reader) -> list[int]:
    with reading(engine) as session:
        return [
            row.number
            for row in ideas_page(
                session, scope_for(session, reader), Filters(view=View.written), 1, FROZEN
            ).rows
        ]


def messages_told(engine) -> list[tuple]:
    with reading(engine) as session:
        return session.execute(
            select(Notice.person_id, Notice.on, Notice.title, Notice.text)
            .where(Notice.key.startswith(CONTRIBUTION_KEY))
            .order_by(Notice.id)
        ).all()


def test_who_answers_learns_that_an_anonymous_author_wrote(demo_copy, cast, scope_for):
    """It stands in the Réception at once; the notice waits for the next day's round, so that its
    place among the others tells no hour.
    """
    receipt = filed(demo_copy, NOBODY, "On se fait crier dessus").receipt
    with writing(demo_copy) as session:
        number = idea_of_receipt(session, receipt).number
        write_with_receipt(session, receipt, "C'est arrivé mardi.")
        write_with_receipt(session, receipt, "Et encore jeudi.")
        assert (
            done(session, idea_notices.notify_comments(session, FROZEN)) == 0
            and session.exec(select(Notice).where(Notice.key.startswith(CONTRIBUTION_KEY))).all()
            == []
        )
    assert (
        inbox_of_messages(demo_copy, scope_for, cast.didier) == [number]
        and inbox_of_messages(demo_copy, scope_for, cast.alice) == []
    )
    tomorrow = FROZEN + timedelta(days=1)
    for expected in (1, 0):
        with writing(demo_copy) as session:
            assert done(session, idea_notices.notify_comments(session, tomorrow)) == expected, (
                "once, for the two messages of a day"
            )
    ((person, on, title, text),) = messages_told(demo_copy)
    assert (
        (person, on) == (cast.didier.person_id, FROZEN)
        and "Un message de l'auteur au sujet" in title
        and str(number) in title
    )
    assert "mardi" not in text and "crier" not in text, (
        "what nobody has read yet is not told by mail"
    )
    did(
        demo_copy,
        scope_for,
        cast.didier,
        discussions.contribute,
        number,
        "Nous vous lisons.",
        ContributionKind.office,
    )
    assert inbox_of_messages(demo_copy, scope_for, cast.didier) == []
    with writing(demo_copy) as session:
        assert (
            done(session, idea_notices.notify_comments(session, tomorrow + timedelta(days=1))) == 0
        ), "answered"


def test_a_thank_you_waits_for_no_answer(demo_copy, cast, scope_for):
    receipt = filed(demo_copy, NOBODY, "Un casier").receipt
    with writing(demo_copy) as session:
        number = idea_of_receipt(session, receipt).number
        key = key_of(session, number)
        write_with_receipt(session, receipt, "Une précision : le vert.")
        write_with_receipt(session, receipt, "Merci !")
    with writing(demo_copy) as session, pytest.raises(Refused):
        discussions.acknowledge_message(session, scope_for(session, cast.alice), key)
    with reading(demo_copy) as session:
        scope = scope_for(session, cast.didier)
        assert around(session, scope, idea_of_receipt(session, receipt), FROZEN).author_waits
    with writing(demo_copy) as session:
        discussions.acknowledge_message(session, scope_for(session, cast.didier), key)
    with writing(demo_copy) as session, pytest.raises(Refused, match="n'attend"):
        discussions.acknowledge_message(session, scope_for(session, cast.didier), key)
    assert inbox_of_messages(demo_copy, scope_for, cast.didier) == []
    with writing(demo_copy) as session:
        assert done(session, idea_notices.notify_comments(session, FROZEN + timedelta(days=1))) == 0
        write_with_receipt(session, receipt, "Et le bleu ?")
    assert inbox_of_messages(demo_copy, scope_for, cast.didier) == [number], (
        "what is written after that waits again"
    )


def test_the_owner_of_an_entry_is_told_rather_than_the_office(demo_copy, cast, scope_for):
    receipt = filed(demo_copy, NOBODY, "Un casier").receipt
    with writing(demo_copy) as session:
        idea = idea_of_receipt(session, receipt)
        idea.owner_id, idea.published = cast.carine.person_id, True
        session.add(idea)
        write_with_receipt(session, receipt, "Près de la salle 2.")
    with writing(demo_copy) as session:
        assert done(session, idea_notices.notify_comments(session, FROZEN + timedelta(days=1))) == 1
    assert [person for person, *_ in messages_told(demo_copy)] == [cast.carine.person_id]


# --- for a colleague, in a meeting, with photos, drafts -------------------------------------------


def test_bruno_files_for_a_colleague_who_agrees(demo_copy, cast, scope_for):
    service = max(
        read_with(demo_copy, chart).units, key=lambda unit: (unit.code == "AD-VOI-1", unit.code)
    ).id
    assert "consent" in errors_of(
        filed,
        demo_copy,
        cast.bruno,
        "Sans accord",
        how=Circumstances(relayed=True, service_id=service),
    )
    refuses(
        filed,
        demo_copy,
        cast.alice,
        "Alice n'est pas ambassadrice",
        how=Circumstances(relayed=True, consent=True),
    )
    done = filed(
        demo_copy,
        cast.bruno,
        "Une douche chaude",
        how=Circumstances(relayed=True, consent=True, service_id=service),
    )
    idea = entry(demo_copy, done.number)
    assert (idea.channel, idea.relay_id, idea.author_id, idea.anonymous, idea.published) == (
        Channel.relay,
        cast.bruno.person_id,
        None,
        False,
        True,
    )
    assert idea.origin_id == service and done.receipt is None


@pytest.mark.parametrize(
    "content, sentence",
    [
        (b"", "pas une photo"),
        (b"%PDF-1.7", "pas une photo"),
        (b"\x89PNG\r\n\x1a\n" + b"0" * 100, "pas une photo"),
        (b"x" * (photos.HEAVIEST + 1), "Mo au plus"),
        (partial(png, 9000, 9000, mode="1"), "trop grande"),
        (partial(png, 12_000, 12_000, mode="1"), "trop grande"),
    ],
)
def test_what_is_no_photo_is_told(content, sentence):
    error = refuses(
        photos.pictures, [png(), content() if callable(content) else content], error=Invalid
    )
    assert sentence in error.errors["photos"] and error.errors["photos"].startswith("Photo 2")


def test_a_photo_loses_what_the_camera_wrote_and_waits_to_be_seen(demo_copy, cast, scope_for, tree):
    out, exif = io.BytesIO(), Image.Exif()
    exif[0x010F], exif[0x8825] = "Appareil d'Alice", {1: "N", 2: (50.0, 38.0, 1.0)}
    exif[0x0112] = 6  # taken on its side
    Image.new("RGB", (3200, 1200), "teal").save(out, "JPEG", exif=exif)
    shot = photos.picture(out.getvalue())
    with Image.open(io.BytesIO(shot.content)) as kept:
        assert (
            not dict(kept.getexif())
            and kept.size == (shot.width, shot.height) == (600, 1600)
            and b"Appareil" not in shot.content
        )
    refuses(photos.pictures, [png()] * (photos.MOST + 1), error=Invalid)
    number = filed(
        demo_copy,
        cast.alice,
        "Avec photo",
        how=Circumstances(photos=[shot, photos.picture(png(fmt="WEBP"))]),
    ).number
    assert [
        len(seen(demo_copy, scope_for, reader, number).photos)
        for reader in (cast.alice, cast.bruno, cast.didier)
    ] == [2, 0, 2]
    ids = [photo.id for photo in seen(demo_copy, scope_for, cast.didier, number).photos]

    def may_open(reader: Reader) -> bool:
        with reading(demo_copy) as session:
            return photo_content(session, scope_for(session, reader), ids[0]) is not None

    assert (
        may_open(cast.alice)
        and may_open(cast.didier)
        and not may_open(cast.bruno)
        and not may_open(NOBODY)
    )
    refusal(demo_copy, photos.show_photos, cast.bruno, number, tree)
    with writing(demo_copy) as session:
        assert photos.show_photos(session, cast.didier, number, chart(session)) == 2
    assert may_open(cast.bruno) and not may_open(NOBODY)
    write_with(demo_copy, photos.remove_photo, cast.didier, number, ids[0], tree)
    hides(demo_copy, cast.didier, number)
    assert not may_open(cast.didier), "gone for good"
    with reading(demo_copy) as session:
        assert photo_content(session, scope_for(session, cast.bruno), ids[1]) is None, (
            "a hidden entry hides its photos"
        )
        assert session.exec(select(func.count()).select_from(Photo)).one() == 1


def test_a_draft_is_its_authors_alone(demo_copy, cast):
    with writing(demo_copy) as session:
        keep_draft(session, cast.alice, "deposer", {"title": "Un début", "body": "Un début\nsuite"})
        keep_draft(
            session, cast.alice, "deposer", {"title": "Un début", "body": "Un début\nautre suite"}
        )
        keep_draft(session, NOBODY, "deposer", {"title": "Sans nom"})
        assert draft(session, cast.alice, "deposer")["body"].endswith("autre suite")
        assert [title for _, title in drafts(session, cast.alice)] == ["Un début"]
        assert draft(session, cast.bruno, "deposer") is None and drafts(session, NOBODY) == []
        drop_draft(session, cast.alice, "deposer")
        assert drafts(session, cast.alice) == []


# --- the thread -----------------------------------------------------------------------------------


def test_an_idea_is_followed_from_the_finding_to_the_decision(demo_copy, cast, scope_for):
    finding, idea = (
        filed(demo_copy, cast.alice, "Les lumières restent allumées", kind="constat").number,
        filed(demo_copy, cast.bruno, "Une minuterie").number,
    )
    with writing(demo_copy) as session:
        tree = chart(session)
        link_idea(session, cast.didier, finding, "idee", str(idea), tree)
        link_idea(session, cast.didier, idea, "decision", "n° 9", tree)
        last = link_idea(session, cast.didier, idea, "jalon", "5.7", tree)
        for kind, key in (
            ("decision", "9999"),
            ("jalon", "9.9"),
            ("chose", "1"),
            ("idee", str(idea)),
            ("idee", "abc"),
            ("chiffre", "inconnu"),
        ):
            refuses(link_idea, session, cast.didier, idea, kind, key, tree, error=Invalid)
        refuses(link_idea, session, cast.didier, idea, "jalon", "5.7", tree, match="existe déjà")
        refuses(link_idea, session, cast.alice, idea, "projet", "SNB", tree)
    with reading(demo_copy) as session:
        for number, distances in ((finding, [0, 1, 2, 2]), (idea, [-1, 0, 1, 1])):
            found = thread(
                session, scope_for(session, cast.alice), ("idee", str(entry(demo_copy, number).id))
            )
            assert [node.distance for node in found.nodes] == distances
        assert "Exécutée" in [node.state for node in found.nodes]
    with writing(demo_copy) as session:
        end_link(session, cast.didier, last.id, chart(session))
        refuses(end_link, session, cast.didier, last.id, chart(session))
    with reading(demo_copy) as session:
        assert (
            len(
                thread(
                    session,
                    scope_for(session, cast.alice),
                    ("idee", str(entry(demo_copy, idea).id)),
                ).nodes
            )
            == 3
        )


def test_what_is_accepted_and_leads_nowhere_is_listed(demo_copy, cast, scope_for, tree):
    def listed() -> list[int]:
        with reading(demo_copy) as session:
            wanted = Filters(view=View.without_follow_up)
            page = ideas_page(session, scope_for(session, cast.didier), wanted, 1, FROZEN)
            return [row.number for row in page.rows]

    one = listed()[0]
    assert entry(demo_copy, one).status == IdeaStatus.accepted
    write_with(demo_copy, link_idea, cast.didier, one, "projet", "SNB", tree)
    assert one not in listed()


def test_an_answer_of_a_redirected_entry_is_read_with_the_receipt_only(
    demo_copy, cast, scope_for, tree
):
    receipt = filed(demo_copy, NOBODY, "On me harcèle").receipt
    number = read_with(demo_copy, idea_of_receipt, receipt).number
    write_with(
        demo_copy,
        answer_idea,
        cast.didier,
        number,
        Answer("La personne de confiance vous attend.", IdeaStatus.redirected),
        tree,
    )
    with reading(demo_copy) as session:
        assert (
            by_receipt(session, idea_of_receipt(session, receipt)).steps[-1].text
            == "La personne de confiance vous attend."
        )
        assert idea_card(session, scope_for(session, cast.alice), number) is None
    refusal(demo_copy, publish_idea, cast.didier, number, tree, match="ne se publie pas")


# --- what was said --------------------------------------------------------------------------------


def test_what_was_said_counts_published_entries_as_a_reader_would(demo, cast, scope_for):
    with reading(demo) as session:
        scope = scope_for(session, cast.alice)
        told = findings_query.all_findings(session, scope)
        published = [
            i
            for i in session.exec(select(Idea)).all()
            if i.published and i.filed_on > FROZEN.replace(year=FROZEN.year - 2)
        ]
        findings = [i for i in published if i.kind == "constat"]
        assert sum(sum(sides) for _, *sides, _ in told.by_ambition) == len(findings)
        assert sum(voices for *_, voices in told.by_ambition) == sum(
            i.voices or 1 for i in findings
        )
        weights = [(row.voices or 0) + row.supports for row in told.first]
        assert weights == sorted(weights, reverse=True) and weights[0] == max(
            (i.voices or 0) + i.supports for i in published if i.kind != "constat"
        )
        assert findings_query.all_findings(
            session, scope_for(session, NOBODY)
        ) == findings_query.Findings([], [], [], [], [])
