"""Notices; « Ce qui a changé depuis votre dernière visite »."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from html import unescape

import pytest
from sqlalchemy import Engine, delete, update
from sqlmodel import Session, select
from streamlit.testing.v1 import AppTest
from support.databases import telling_statements
from support.entries import an_idea, unit
from support.pages import check_markup, html_of
from support.rounds import done
from support.transactions import execute, read_with, refuses, select_all, select_one, write_with
from support.troupe import FROZEN

from dashboard import cached
from dashboard.access import NOBODY, Reader
from dashboard.actions.discussions import follow_subject
from dashboard.actions.notices import events as idea_notices, records as notice_records
from dashboard.actions.notices.records import remind, resume
from dashboard.actions.people.accounts import note_visit
from dashboard.actions.people.logins import hash_of, open_login
from dashboard.queries.directions import organisation
from dashboard.queries.notices.records import managers_of, news_to_notify, persons_to_notify
from dashboard.queries.people import privacy
from dashboard.queries.people.readers import account_by_login, idea_news, last_visit, service_of
from dashboard.screens.home import changes_since
from dashboard.visit.signin import TAB_LOGIN
from models.clock import workdays
from models.database import engine, reading, writing
from models.discussions import Subject, SubjectFollow
from models.idea_events import EventKind, IdeaEvent
from models.idea_states import IdeaStatus
from models.ideas import Idea, Merge
from models.ledger import Change
from models.notices import Notice, NoticeKind, NoticeState, Rhythm
from models.people import LAST_VISIT, Account, Assignment, Mandate, Person, Preference
from models.settings import settings

# ── Notices ───────────────────────────────────────────────────────────────────────────────────────
# Who is told of what, the ladder of reminders day by day, and who is told by voice.

DAY = timedelta(days=1)


def heads_of(session: Session, code: str) -> set[int]:
    return set(
        session.exec(
            select(Mandate.person_id).where(Mandate.direction_id == unit(session, code))
        ).all()
    )


def told(session: Session, *conditions) -> dict[int, str]:
    """Person → the title of what she is told."""
    found = session.exec(select(Notice).where(*conditions).order_by(Notice.id)).all()
    return {notice.person_id: " ".join(notice.title.split()) for notice in found}


# ── Who is told ───────────────────────────────────────────────────────────────────────────────────


def test_the_same_event_tells_a_person_once(demo_copy, cast):
    people = [
        cast.alice.person_id,
        cast.bruno.person_id,
        None,
        cast.alice.person_id,
        cast.farid.person_id,
    ]
    with writing(demo_copy) as session:
        once = notice_records.notify(
            session,
            people,
            key="un",
            kind=NoticeKind.answer,
            title="Une\nnouvelle",
            by=cast.farid.person_id,
        )
        again = notice_records.notify(
            session,
            people,
            key="un",
            kind=NoticeKind.answer,
            title="La même",
            by=cast.elise.person_id,
        )
        assert (once, again) == (2, 1), "Farid is told of what Élise did"
        assert told(session) == {
            cast.alice.person_id: "Une nouvelle",
            cast.bruno.person_id: "Une nouvelle",
            cast.farid.person_id: "La même",
        }
        assert {notice.on for notice in session.exec(select(Notice)).all()} == {FROZEN}


def test_author_relay_and_followers_are_each_told_in_their_words(demo_copy, cast):
    with writing(demo_copy) as session:
        idea = an_idea(
            session,
            author_id=cast.alice.person_id,
            relay_id=cast.bruno.person_id,
            status=IdeaStatus.accepted,
        )
        session.add_all(
            [
                SubjectFollow(
                    subject="idee", key=str(idea.id), person_id=reader.person_id, on=FROZEN
                )
                for reader in (cast.alice, cast.elise, cast.didier)
            ]
        )
        session.flush()
        idea_notices.notify_state(
            session, idea, IdeaStatus.received, "Bonne idée.", by=cast.didier.person_id
        )
        n = idea.number
        assert told(session) == {
            cast.alice.person_id: f"Votre idée n° {n} est retenue",
            cast.elise.person_id: f"L'idée n° {n} que vous suivez est retenue",
            cast.bruno.person_id: (
                f"L'idée n° {n} que vous avez relayée est retenue : à transmettre"
            ),
        }
        assert idea_notices.notify_state(session, idea, IdeaStatus.accepted) == 0, (
            "a state that stays is no news"
        )


@pytest.mark.parametrize(
    "kind, status, said",
    [
        ("constat", IdeaStatus.taken_in, "Votre constat n° {n} est pris en compte"),
        ("suggestion", IdeaStatus.refused, "Votre suggestion n° {n} n'est pas retenue"),
        ("amelioration", IdeaStatus.taken_in, "Votre amélioration n° {n} est prise en compte"),
        ("idee", IdeaStatus.merged, "Votre idée n° {n} en rejoint une autre"),
    ],
)
def test_the_words_agree(sqlite_copy, cast, kind, status, said):
    with writing(sqlite_copy) as session:
        idea = an_idea(session, kind=kind, status=status, author_id=cast.alice.person_id)
        idea_notices.notify_state(session, idea, IdeaStatus.received)
        assert told(session)[cast.alice.person_id] == said.format(n=idea.number)


def test_every_state_has_its_words(sqlite_copy, cast):
    with writing(sqlite_copy) as session:
        for status in IdeaStatus:
            idea = an_idea(session, kind="constat", author_id=cast.alice.person_id, status=status)
            assert idea_notices.notify_state(session, idea, "avant") == 1
        assert not [title for title in told(session).values() if "{" in title]


def test_a_follower_who_may_no_longer_read_is_not_told(demo_copy, cast):
    with writing(demo_copy) as session:
        idea = an_idea(
            session, published=False, status=IdeaStatus.studied, concerns_id=unit(session, "VC-JSP")
        )
        session.add_all(
            [
                SubjectFollow(
                    subject="idee", key=str(idea.id), person_id=reader.person_id, on=FROZEN
                )
                for reader in (cast.elise, cast.carine)
            ]
        )
        session.flush()
        idea_notices.notify_state(session, idea, IdeaStatus.received)
        assert set(told(session)) == {cast.carine.person_id}, (
            "the manager of the direction concerned reads it all the same"
        )


def test_a_transfer_reaches_who_answers_for_the_unit(demo_copy, cast):
    """A service without a head is its direction's business; what is nobody's is the programme
    office's.
    """
    with writing(demo_copy) as session:
        chart = organisation(session).at(FROZEN)
        headless = next(
            service
            for service in chart.services(chart.under(chart.by_code["VC-JSP"].id))
            if not heads_of(session, service.code)
        )
        assert managers_of(session, chart, headless.id, FROZEN) == [cast.carine.person_id]
        idea = an_idea(session, concerns_id=headless.id, due_on=date(2023, 8, 14))
        idea_notices.notify_transfer(session, idea, headless.id, by=cast.didier.person_id)
        assert told(session) == {
            cast.carine.person_id: f"L'idée n° {idea.number} vous est transmise pour réponse"
        }
        session.execute(delete(Mandate).where(Mandate.person_id == cast.carine.person_id))
        assert managers_of(session, chart, headless.id, FROZEN) == []


def test_a_merge_is_told_to_both_authors_and_an_act_undone_is_not_told(demo_copy, cast):
    with writing(demo_copy) as session:
        one, other = (
            an_idea(session, author_id=reader.person_id) for reader in (cast.alice, cast.elise)
        )
        merge = Merge(
            idea_id=one.id,
            into_id=other.id,
            on=FROZEN,
            by=cast.didier.person_id,
            due_on=FROZEN + 10 * DAY,
        )
        session.add(merge)
        session.flush()
        assert (
            idea_notices.notify_merge(session, merge, one)
            + idea_notices.notify_merge(session, merge, other)
            == 2
        )
        one.owner_id = cast.farid.person_id
        idea_notices.notify_owner(session, one)
        news = NoticeKind.answer, "reponse", "a reçu une réponse", "Oui", None
        idea_notices.notify_news(session, one, *news)
        assert idea_notices.take_back(session, one) == 2
        assert set(told(session)) == {
            cast.alice.person_id,
            cast.elise.person_id,
        }, "what was proposed still stands"


# ── The ladder ────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def only(engine: Engine, **values: object) -> Iterator[tuple[Session, Idea]]:
    """The demonstration where one entry waits, promised for 15 June 2023."""
    with writing(engine) as session:
        session.execute(
            update(Idea).values(due_on=None).execution_options(synchronize_session=False)
        )
        yield (
            session,
            an_idea(
                session,
                due_on=date(2023, 6, 15),
                filed_on=date(2023, 5, 2),
                **({"concerns_id": unit(session, "VC-JSP")} | values),
            ),
        )


def climbed(session: Session, first: date, last: date) -> list[tuple[date, set[int]]]:
    """Day → the persons who were told on it, on the days when somebody was."""
    found, known = [], _reminders(session)
    for n in range((last - first).days + 1):
        done(session, remind(session, first + n * DAY))
        done(session, remind(session, first + n * DAY))
        now = _reminders(session)
        if now - known:
            found.append((first + n * DAY, {person for person, _ in now - known}))
        known = now
    return found


def _reminders(session: Session) -> set[tuple[int, str]]:
    return {
        (row.person_id, row.key)
        for row in session.exec(select(Notice).where(Notice.kind == NoticeKind.reminder)).all()
    }


@pytest.mark.slow
def test_those_who_answer_are_told_when_it_comes_half_way_and_as_it_climbs(demo_copy, cast):
    """The day after it came the manager; half-way the office too; late, the inspecteur général
    and the top as well, and nobody leaves the list.
    """
    manager, office, top = ({who.person_id} for who in (cast.carine, cast.didier, cast.gaelle))
    with only(demo_copy) as (session, _):
        calendar, due = workdays(session), date(2023, 6, 15)
        days = [date(2023, 5, 3), date(2023, 5, 24), date(2023, 6, 16), date(2023, 6, 29)]
        assert calendar.between(days[1], due) == settings().cp_answer_days // 2
        assert [calendar.between(due, day) for day in days[2:]] == [1, 10]
        above = heads_of(session, "VC")
        assert climbed(session, date(2023, 5, 2), date(2023, 7, 5)) == list(
            zip(
                days,
                (manager, manager | office, manager | above, manager | above | top),
                strict=True,
            )
        )
        assert cast.bruno.person_id not in told(session)
        assert titles_for(session, cast.carine) == [
            "L'idée n° {} est arrivée et attend une réponse",
            "L'idée n° {} attend une réponse : la moitié du délai est passée",
            "L'idée n° {} attend toujours une réponse",
            "L'idée n° {} attend toujours une réponse",
        ]


def titles_for(session: Session, reader: Reader) -> list[str]:
    """What she is told, without the number of the entry."""
    rows = session.exec(
        select(Notice)
        .where(Notice.person_id == reader.person_id, Notice.kind == NoticeKind.reminder)
        .order_by(Notice.on, Notice.id)
    )
    return [re.sub(r"\d+", "{}", " ".join(row.title.split())) for row in rows.all()]


@pytest.mark.slow
def test_an_answer_ends_the_ladder_and_a_new_promise_begins_it_again(demo_copy, cast):
    with only(demo_copy) as (session, idea):
        assert len(climbed(session, date(2023, 5, 3), date(2023, 6, 8))) == 2
        idea.due_on = date(2023, 7, 20)
        session.add(idea)
        session.flush()
        assert [who for _, who in climbed(session, date(2023, 6, 9), date(2023, 7, 19))] == [
            {cast.carine.person_id, cast.didier.person_id}
        ], "half-way to the new day; that it came was told"
        idea.answered_on = date(2023, 7, 19)
        session.add(idea)
        session.flush()
        assert climbed(session, date(2023, 7, 20), date(2023, 9, 30)) == []


def test_the_person_who_prepares_the_answer_stands_before_the_managers(demo_copy, cast):
    with only(demo_copy, owner_id=cast.farid.person_id) as (session, _):
        assert climbed(session, date(2023, 5, 3), date(2023, 5, 4)) == [
            (date(2023, 5, 3), {cast.farid.person_id})
        ]


@pytest.mark.slow
def test_what_concerns_nobody_known_stays_with_the_office(demo_copy, cast):
    with only(demo_copy, concerns_id=None) as (session, _):
        assert [who for _, who in climbed(session, date(2023, 5, 3), date(2023, 7, 31))] == [
            {cast.didier.person_id}
        ] * 4


@pytest.mark.slow
def test_who_begins_late_is_told_once_and_nobody_on_a_closing_day(demo_copy, cast):
    with only(demo_copy) as (session, _):
        assert [
            done(session, remind(session, day)) for day in (date(2023, 7, 22), date(2023, 7, 23))
        ] == [
            0,
            0,
        ], "Saturday, Sunday"
        found = climbed(session, date(2023, 7, 24), date(2023, 9, 30))
        above = heads_of(session, "VC") | {cast.gaelle.person_id}
        assert found == [(date(2023, 7, 24), above | {cast.carine.person_id})]
        assert len(titles_for(session, cast.carine)) == 1


def test_what_was_put_off_comes_back_on_its_day(demo_copy, cast):
    with writing(demo_copy) as session:
        an_idea(
            session,
            status=IdeaStatus.postponed,
            postponed_until=date(2023, 9, 1),
            concerns_id=unit(session, "VC-JSP"),
        )
        assert [
            done(session, resume(session, day))
            for day in (date(2023, 8, 31), date(2023, 9, 1), date(2023, 9, 2))
        ] == [0, 1, 0]
        assert set(told(session)) == {cast.carine.person_id}


# ── By voice ──────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def colleague(demo_copy, cast) -> int:
    """A colleague of Bruno's service, without an address: the one whom he brings news to."""
    with reading(demo_copy) as session:
        came = session.exec(
            select(Assignment.person_id)
            .where(Assignment.service_id == cast.bruno.service_id)
            .order_by(Assignment.person_id)
        )
        return next(
            person
            for person in came
            if person != cast.bruno.person_id
            and service_of(session, person, FROZEN) == cast.bruno.service_id
        )


def listed(engine: Engine, scope_for, reader: Reader, **address: str) -> dict[str, list[str]]:
    """Name → what she is to be told, as this reader finds it; « … » where the words are not the
    reader's to know.
    """
    with reading(engine) as session:
        scope = scope_for(session, reader, **address)
        persons = persons_to_notify(session, scope, by_mail=False)
        news = news_to_notify(session, scope, [person.id for person in persons], by_mail=False)
    return {
        person.name: [
            one.title if one.is_open else "…" for one in news if one.person_id == person.id
        ]
        for person in persons
    }


def accepted(engine: Engine, **values: object) -> int:
    with writing(engine) as session:
        idea = an_idea(session, status=IdeaStatus.accepted, **values)
        idea_notices.notify_state(session, idea, IdeaStatus.received, "Bonne idée.")
        return idea.number


def test_each_brings_the_news_to_her_own_people(demo_copy, cast, scope_for, colleague):
    """The office sees all; an ambassador her services, a manager hers, with the words where she
    may know whose entry it is.
    """
    with reading(demo_copy) as session:
        name, jsp = session.get(Person, colleague).name, unit(session, "VC-JSP")
    relayed = accepted(demo_copy, author_id=colleague, relay_id=cast.bruno.person_id)
    other = accepted(demo_copy, author_id=colleague, concerns_id=jsp)
    hers = accepted(demo_copy, author_id=cast.alice.person_id, concerns_id=jsp)
    mine = [f"Votre idée n° {n} est retenue" for n in (relayed, other, hers)]
    for_bruno = f"L'idée n° {relayed} que vous avez relayée est retenue : à transmettre"
    assert listed(demo_copy, scope_for, cast.didier) == {
        name: mine[:2],
        "Alice Lambotte": mine[2:],
        "Bruno Ferrero": [for_bruno],
    }
    assert listed(demo_copy, scope_for, cast.bruno) == {
        name: [mine[0], "…"],
        "Bruno Ferrero": [for_bruno],
    }
    assert listed(demo_copy, scope_for, cast.carine) == {"Alice Lambotte": mine[2:]}
    for reader in (cast.alice, cast.elise, cast.farid, NOBODY):
        refuses(listed, demo_copy, scope_for, reader)


def test_a_manager_does_not_learn_who_wrote_about_another_direction(sqlite_copy, cast, scope_for):
    elsewhere = read_with(sqlite_copy, unit, "DF-TAX")
    accepted(sqlite_copy, author_id=cast.alice.person_id, concerns_id=elsewhere)
    assert listed(sqlite_copy, scope_for, cast.carine) == {"Alice Lambotte": ["…"]}


def test_it_is_said_once_by_whom_and_when(demo_copy, cast, scope_for, colleague):
    accepted(demo_copy, author_id=colleague, relay_id=cast.bruno.person_id)

    def say(reader: Reader) -> int:
        with writing(demo_copy) as session:
            ids = session.exec(select(Notice.id).where(Notice.person_id == colleague)).all()
            return notice_records.mark_notified(
                session, scope_for(session, reader), colleague, ids, by_mail=False
            )

    refuses(say, cast.carine)  # not of her services
    assert say(cast.bruno) == 1
    with reading(demo_copy) as session:
        notice = session.exec(select(Notice).where(Notice.person_id == colleague)).one()
        noted = session.exec(select(Change).where(Change.subject == "outbox")).one()
        name = session.get(Person, colleague).name
    assert (notice.state, notice.sent_on) == (NoticeState.handed_over, FROZEN)
    assert (noted.by, noted.on, noted.record, noted.after) == (
        cast.bruno.person_id,
        FROZEN,
        str(notice.id),
        "transmis",
    )
    assert name not in listed(demo_copy, scope_for, cast.didier)
    refuses(say, cast.didier, match="déjà prévenue")


def test_the_list_holds_whom_no_mail_reaches(demo_copy, cast, scope_for, colleague):
    """With a mail server: without an address, or given up; never those who asked to be left
    alone, never what is hidden.
    """
    accepted(demo_copy, author_id=colleague)
    for reader in (cast.alice, cast.elise, cast.farid):
        accepted(demo_copy, author_id=reader.person_id)
    with writing(demo_copy) as session:
        session.execute(
            update(Notice)
            .where(Notice.person_id == cast.elise.person_id)
            .values(state=NoticeState.dropped, tries=6)
        )
        session.execute(
            update(Notice)
            .where(Notice.person_id == cast.farid.person_id)
            .values(state=NoticeState.dropped, tries=0)
        )
        scope = scope_for(session, cast.didier)
        name = session.get(Person, colleague).name
        assert {
            (person.name, person.why) for person in persons_to_notify(session, scope, by_mail=True)
        } == {(name, "sans adresse"), ("Élise Vandamme", "courriel refusé")}
        session.add(Preference(person_id=colleague, name="courriels", value=Rhythm.never))
        session.execute(update(Account).where(Account.login == "elise").values(disabled=True))
        session.flush()
        left = persons_to_notify(session, scope, by_mail=True)
        assert news_to_notify(session, scope, [person.id for person in left], by_mail=True) == []


def test_the_list_is_cut_by_direction(sqlite_copy, cast, scope_for):
    accepted(sqlite_copy, author_id=cast.alice.person_id)
    accepted(sqlite_copy, author_id=cast.bruno.person_id)
    assert set(listed(sqlite_copy, scope_for, cast.didier, direction="VC-JSP")) == {
        "Alice Lambotte"
    }


# ── The screens ───────────────────────────────────────────────────────────────────────────────────

HOSTILE = "<img src=x onerror=alert(1)> ![](http://x.example/y.png) :material/delete: $x$"


@pytest.fixture
def news(demonstration) -> Iterator[Callable[..., int]]:
    """(author's login, title) → the number of her entry that was accepted; gone when the test
    ends.
    """

    def made(login: str, title: str = "Un banc") -> int:
        person = select_one(demonstration, select(Account.person_id).where(Account.login == login))
        return accepted(demonstration, author_id=person, title=title)

    yield made
    with writing(demonstration) as session:
        session.execute(delete(Notice))
        session.execute(delete(Idea).where(Idea.number >= 10_000_000))


def test_didier_says_it_and_the_card_goes(open_page, news, demonstration):
    number = news("alice", HOSTILE)
    news("bruno")
    tab = open_page("didier", "a-prevenir")
    check_markup(tab)
    said = " ".join("".join(html_of(tab)).split())
    assert f"n°\u00a0{number}" in said or f"n° {number}" in said
    assert "2 personnes à prévenir, puisqu'aucun courriel ne part d'ici." in unescape(said).replace(
        "\u00a0", " "
    )
    next(button for button in tab.button if "Alice" in button.label).click().run()
    assert not tab.exception and [
        "nouvelle dite à Alice Lambotte" in success.value for success in tab.success
    ] == [True]
    assert not [button for button in tab.button if "Alice" in button.label]
    assert [
        change.after
        for change in select_all(demonstration, select(Change).where(Change.subject == "lecture"))
    ][-1].startswith("à prévenir")


def rhythm_page() -> None:
    """The block alone, as « Mon espace » places it."""
    from types import SimpleNamespace

    from dashboard.ui.forms import show_act_message
    from dashboard.views.mon_espace import rhythm_box
    from dashboard.visit import gate, signin

    reader = signin.current_reader()
    with gate.drawing_for(reader):
        show_act_message()
        rhythm_box(SimpleNamespace(reader=reader))


def test_alice_chooses_her_rhythm_on_the_screen(demonstration):
    with writing(demonstration) as session:
        token = open_login(session, account_by_login(session, "alice"), remember=False)
    tab = AppTest.from_function(rhythm_page, default_timeout=30)
    tab.session_state[TAB_LOGIN] = hash_of(token)
    tab.run()
    assert "alice@exemple.invalid" in "".join(html_of(tab)) and tab.radio[0].value == Rhythm.at_once
    tab.radio[0].set_value(Rhythm.weekly)
    next(button for button in tab.button if button.label == "Enregistrer").click().run()
    assert not tab.exception and len(tab.success) == 1 and tab.radio[0].value == Rhythm.weekly
    with writing(demonstration) as session:
        assert (
            session.exec(select(Preference.value).where(Preference.name == "courriels")).one()
            == "hebdomadaire"
        )
        session.execute(delete(Preference))
        session.execute(
            update(Person).where(Person.email == "alice@exemple.invalid").values(email="")
        )
    tab.run()
    assert "Aucune adresse de courriel" in "".join(html_of(tab))
    execute(
        demonstration,
        update(Person)
        .where(Person.given_name == "Alice", Person.family_name == "Lambotte")
        .values(email="alice@exemple.invalid"),
    )


# ── « Ce qui a changé depuis votre dernière visite » ──────────────────────────────────────────────
# What one reader is told, and the day that is kept of her visits.

FIRST, SECOND, THIRD = date(2023, 6, 1), date(2023, 6, 14), date(2023, 6, 30)


def visit(engine, reader, day: date) -> date | None:
    """What she is told of her last visit, as she comes on this day."""
    found = read_with(engine, last_visit, reader, day)
    write_with(engine, note_visit, reader, day)
    return found


@pytest.fixture
def nobody_came(demo_copy):
    with writing(demo_copy) as session:
        for row in session.exec(select(Preference).where(Preference.name == LAST_VISIT)):
            session.delete(row)
    return demo_copy


def test_the_last_visit_is_the_one_before_this_day_however_often_one_comes(nobody_came, cast):
    alice = cast.alice
    assert visit(nobody_came, alice, FIRST) is None
    assert visit(nobody_came, alice, FIRST) is None
    assert visit(nobody_came, alice, SECOND) == FIRST
    assert visit(nobody_came, alice, SECOND) == FIRST
    assert visit(nobody_came, alice, THIRD) == SECOND
    with reading(nobody_came) as session:
        kept = session.get(Preference, (alice.person_id, LAST_VISIT)).value
        assert kept == f"{THIRD} {SECOND}", "no earlier one is kept"
        assert last_visit(session, cast.bruno, THIRD) is None, "a visit is hers alone"


def test_the_day_of_her_visit_is_in_her_own_dossier(nobody_came, cast):
    visit(nobody_came, cast.alice, SECOND)
    with reading(nobody_came) as session:
        person = privacy.person_named(session, login="alice")
        assert str(SECOND) in str(privacy.dossier(session, cast.alice, person))


def test_who_follows_an_idea_is_told_what_became_of_it_while_she_may_read_it(
    demo_copy, cast, scope_for
):
    with writing(demo_copy) as session:
        answered = session.exec(
            select(Idea)
            .join(IdeaEvent, IdeaEvent.idea_id == Idea.id)
            .where(
                Idea.published,
                Idea.anonymous.is_(False),
                IdeaEvent.what == EventKind.status,
                IdeaEvent.on >= FIRST,
            )
            .order_by(Idea.id)
        ).first()
        scope = scope_for(session, cast.bruno)
        assert idea_news(session, scope, FIRST) == []
        follow_subject(session, scope, Subject.idea, str(answered.id))
        [(last, idea)] = idea_news(session, scope, FIRST)
        assert idea == answered and idea.author_id != cast.bruno.person_id
        assert FIRST <= last.on <= THIRD and last.to_status
        assert idea_news(session, scope, date(2023, 7, 1)) == []
        session.get(Idea, answered.id).published = False
        session.flush()
        assert idea_news(session, scope, FIRST) == [], "what she may not read any more"


def test_whoever_steers_is_told_no_list_and_no_visit_of_hers_is_kept(
    nobody_came, cast, commands_on
):
    commands_on(nobody_came)
    for reader in (cast.elise, cast.alice):
        changes_since(cached.scope_of(reader))
    with reading(nobody_came) as session:
        noted = session.exec(select(Preference.person_id).where(Preference.name == LAST_VISIT))
        assert noted.all() == [cast.alice.person_id]
    with telling_statements(engine()) as sent:
        changes_since(cached.scope_of(cast.alice))
    assert sent and all(statement.startswith("SELECT") for statement in sent), "noted once a day"
