"""Mails by outbox, against a real mail server: once each, retried, one for all that waits,
nothing to whom it is not open.
"""

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import Engine, delete, update
from sqlmodel import Session, select
from support.commands import run_command
from support.entries import an_idea, unit
from support.post import plain, subject
from support.rounds import done
from support.transactions import read_with, select_all, write_with
from support.troupe import FROZEN

from dashboard.access import Reader
from dashboard.actions.ideas.filing import checked_input, file_idea
from dashboard.actions.notices import events as idea_notices, records as notice_records, sending
from dashboard.actions.notices.events import notify_contribution
from dashboard.actions.notices.records import remind
from dashboard.actions.operations import tick as rounds
from dashboard.actions.people.privacy import erase_person
from dashboard.queries.discussions.subjects import idea_subject
from dashboard.queries.notices.records import WAITS, mail_state
from models.database import reading, round_lock, writing
from models.discussions import Contribution, ContributionKind, Subject, SubjectFollow
from models.facts import random_id
from models.idea_states import IdeaStatus
from models.ideas import Idea
from models.notices import Notice, NoticeKind, NoticeState, Rhythm
from models.people import Account, Person
from models.settings import ROOT, settings
from models.texts import Refused

DAY = timedelta(days=1)


def filed(
    engine: Engine, reader: Reader, title: str = "Un banc à l'arrêt du bus", anonymous: bool = False
) -> int:
    """The id of a new entry, whose author has already been told that it came."""
    with writing(engine) as session:
        number = file_idea(
            session, reader, checked_input(title=title, anonymous=anonymous), os.urandom(16).hex()
        ).number
        found = session.exec(select(Idea.id).where(Idea.number == number)).one()
        session.execute(delete(Notice).where(Notice.idea_id == found))
        return found


def told(engine: Engine, act: Callable[[Session], object]) -> object:
    return write_with(engine, act)


def accepted(
    engine: Engine,
    idea_id: int,
    text: str = "Le banc sera posé en septembre.",
    by: int | None = None,
) -> None:
    """The entry is accepted, and those whom it concerns are told."""
    with writing(engine) as session:
        idea = session.get(Idea, idea_id)
        before, idea.status, idea.version = idea.status, IdeaStatus.accepted, idea.version + 1
        session.add(idea)
        idea_notices.notify_state(session, idea, before, text, by=by)


def plain_notice(engine: Engine, person_id: int, key: str = "essai", **more: object) -> None:
    told(
        engine,
        lambda session: notice_records.notify(
            session,
            [person_id],
            key=key,
            **({"kind": NoticeKind.answer, "title": f"Nouvelle {key}"} | more),
        ),
    )


def rows(engine: Engine, *conditions) -> list[Notice]:
    return list(select_all(engine, select(Notice).where(*conditions).order_by(Notice.id)))


# ── One mail for all that waits, once ─────────────────────────────────────────────────────────────


def test_alice_files_an_idea_and_learns_in_one_mail_that_it_is_received_and_accepted(
    town, cast, post
):
    idea = filed(town, cast.alice)
    told(town, lambda session: idea_notices.notify_filed(session, session.get(Idea, idea)))
    accepted(town, idea)
    sent = sending.send(town, FROZEN)
    assert (sent.mails, sent.notices, sent.message) == (1, 2, "") and post.addresses == [
        "alice@exemple.invalid"
    ]
    mail = post.received[0][1]
    assert (
        subject(mail) == "2 nouvelles de C-Possible" and mail["Auto-Submitted"] == "auto-generated"
    )
    words = plain(mail)
    assert (
        "est bien reçue" in words
        and "est retenue" in words
        and "Le banc sera posé en septembre." in words
    )
    assert (
        "Pourquoi ce courriel ?" in words
        and "https://c-possible.exemple.invalid/idees?idee=" in words
    )
    assert (
        'lang="fr"' in mail.get_body(("html",)).get_content()
        and mail["List-Unsubscribe"] == "<https://c-possible.exemple.invalid/mon-espace>"
    )
    assert sending.send(town, FROZEN).mails == 0, "each once"
    assert set([notice.state for notice in rows(town)]) == {NoticeState.sent} and {
        notice.sent_on for notice in rows(town)
    } == {FROZEN}


def test_who_answers_reads_once_a_day_what_came_what_is_half_way_and_what_is_late(town, cast, post):
    with writing(town) as session:
        session.execute(update(Idea).values(due_on=None))
        mine = unit(session, "VC-JSP")
        for filed_on, due_on in (
            (date(2023, 7, 3), date(2023, 8, 16)),
            (date(2023, 6, 12), date(2023, 7, 25)),
            (date(2023, 5, 1), date(2023, 6, 14)),
        ):
            an_idea(session, filed_on=filed_on, due_on=due_on, concerns_id=mine, published=True)
    wednesday = date(2023, 7, 5)

    def round_of(day: date) -> int:
        with writing(town) as session:
            done(session, remind(session, day))
        sending.send(town, day)
        return len(post.mails_for("carine"))

    assert round_of(wednesday) == 1
    mail = post.mails_for("carine")[0]
    words = plain(mail)
    assert subject(mail) == "3 dépôts attendent une réponse"
    places = [
        words.index(part)
        for part in ("attend toujours une réponse", "la moitié du délai", "est arrivée et attend")
    ]
    assert places[0] == min(places), "what is late comes first"
    with writing(town) as session:  # an older list is imported in the course of the day
        an_idea(session, filed_on=date(2023, 5, 2), due_on=date(2023, 6, 15), concerns_id=mine)
    assert round_of(wednesday) == 1, "one digest a day"
    plain_notice(town, cast.carine.person_id)
    assert round_of(wednesday) == 2 and "Nouvelle essai" in subject(post.mails_for("carine")[1])
    assert round_of(wednesday + DAY) == 3 and round_of(wednesday + DAY) == 3


def test_a_round_is_alone_and_lets_go_at_its_end(town):
    with round_lock(town) as mine:
        with round_lock(town) as another:
            assert mine and not another
        with round_lock(town) as again:
            assert not again, "asking in vain takes nothing away"
        assert not rounds.tick(town, FROZEN).was_alone
    with round_lock(town) as free:
        assert free


# ── When the server is away, or refuses ───────────────────────────────────────────────────────────


def test_while_the_server_is_away_everything_waits_and_nothing_is_lost(town, cast, post):
    for person in (cast.alice, cast.bruno):
        plain_notice(town, person.person_id)
    post.stop()
    for days in range(30):
        away = sending.send(town, FROZEN + days * DAY)
        assert (away.mails, away.refused) == (0, 0) and "ne répond pas" in away.message
    assert {(n.state, n.tries, n.error) for n in rows(town)} == {
        (NoticeState.waiting, 0, away.message)
    }
    post.start()
    assert sending.send(town, FROZEN + 30 * DAY).mails == 2
    assert {(n.state, n.error) for n in rows(town)} == {(NoticeState.sent, "")}


def test_a_refused_address_keeps_nobody_from_her_mail_and_is_given_up_in_the_end(town, cast, post):
    """Tried again at the next round, then after 1, 2, 4 and 7 days; then somebody tells her by
    voice.
    """
    post.refusing["bruno@exemple.invalid"] = "550 No such user <bruno@exemple.invalid>"
    for person in (cast.alice, cast.bruno, cast.elise):
        plain_notice(town, person.person_id)
    sent = sending.send(town, FROZEN)
    assert (sent.mails, sent.refused) == (2, 1) and sorted(post.addresses) == [
        "alice@exemple.invalid",
        "elise@exemple.invalid",
    ]
    tried = [FROZEN]
    for days in range(40):
        tried += [FROZEN + days * DAY] * sending.send(town, FROZEN + days * DAY).refused
    assert [(day - FROZEN).days for day in tried] == [0, 0, 1, 3, 7, 14] and len(tried) == len(
        WAITS
    )
    given_up = rows(town, Notice.person_id == cast.bruno.person_id)[0]
    assert (
        given_up.state == NoticeState.dropped
        and "550" in given_up.error
        and "bruno@" not in given_up.error
    )
    waiting, _, dropped, errors = read_with(town, mail_state, cast.farid)
    assert (waiting, dropped) == (0, 1) and errors == [(given_up.error, 1)]
    with reading(town) as session, pytest.raises(Refused):
        mail_state(session, cast.didier)


def test_a_server_that_hangs_up_ends_the_round_and_costs_one_try(sqlite_copy, cast, post):
    first, second = sorted((cast.alice, cast.bruno), key=lambda reader: reader.person_id)
    post.refusing[f"{first.login}@exemple.invalid"] = "421 Too busy"
    for person in (first, second):
        plain_notice(sqlite_copy, person.person_id)
    sent = sending.send(sqlite_copy, FROZEN)
    tries = {n.person_id: n.tries for n in rows(sqlite_copy)}
    assert sent.refused == 1 and tries == {first.person_id: 1, second.person_id: 0}
    post.refusing.clear()
    assert sending.send(sqlite_copy, FROZEN).mails == 2


@pytest.mark.parametrize(
    "address",
    ["pas une adresse", "a@b\r\nRCPT TO:<x@exemple.invalid>", "<a@b.be>, c@d.be", "@", "é" * 3],
)
def test_what_is_no_address_is_told_by_voice(sqlite_copy, cast, post, address):
    with writing(sqlite_copy) as session:
        session.get(Person, cast.alice.person_id).email = address
    plain_notice(sqlite_copy, cast.alice.person_id)
    plain_notice(sqlite_copy, cast.bruno.person_id)
    for days in range(30):
        sending.send(sqlite_copy, FROZEN + days * DAY)
    assert post.addresses == ["bruno@exemple.invalid"]
    assert (
        rows(sqlite_copy, Notice.person_id == cast.alice.person_id)[0].state == NoticeState.dropped
    )


@pytest.mark.slow
def test_a_round_killed_after_the_server_took_the_mail_sends_that_very_mail_again(
    sqlite_copy, cast, post, tmp_path
):
    """At least once: the second copy has the same Message-ID and the same words, whatever came
    to wait in between.
    """
    plain_notice(sqlite_copy, cast.alice.person_id, "un")
    plain_notice(sqlite_copy, cast.alice.person_id, "deux")
    url = sqlite_copy.url.render_as_string(hide_password=False)
    process = subprocess.Popen(
        [sys.executable, "-m", "dashboard", "tick"],
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ | post.settings | {"DATABASE_URL": url, "PYTHONPATH": str(ROOT)},
    )
    post.before_answer = lambda: process.kill() if post.mails_for("alice") else None
    assert process.wait(60) < 0
    post.before_answer = lambda: None
    assert len(post.mails_for("alice")) == 1
    assert {n.state for n in rows(sqlite_copy, Notice.person_id == cast.alice.person_id)} == {
        NoticeState.sending
    }
    plain_notice(sqlite_copy, cast.alice.person_id, "trois")
    assert not rounds.tick(sqlite_copy, FROZEN).sent.message, (
        "the killed one has let go of the lock"
    )
    first, second, third = post.mails_for("alice")
    assert first["Message-ID"] == second["Message-ID"] != third["Message-ID"]
    assert (
        plain(first) == plain(second)
        and "Nouvelle trois" in plain(third)
        and "Nouvelle un" not in plain(third)
    )
    rounds.tick(sqlite_copy, FROZEN)
    assert len(post.mails_for("alice")) == 3


# ── Rhythm ────────────────────────────────────────────────────────────────────────────────────────


def test_the_weekly_mail_leaves_on_monday_only(town, cast, post):
    """30 June 2023 is a Friday. What cannot wait leaves at once."""
    told(town, lambda session: notice_records.choose_rhythm(session, cast.alice, Rhythm.weekly))
    plain_notice(town, cast.alice.person_id, "un")
    plain_notice(town, cast.alice.person_id, "deux")
    left = []
    for days in range(10):
        left += [
            (FROZEN + days * DAY, sent)
            for sent in [sending.send(town, FROZEN + days * DAY).notices]
            if sent
        ]
        if days == 1:
            plain_notice(town, cast.alice.person_id, "pressant", urgent=True)
    assert left == [(date(2023, 7, 2), 1), (date(2023, 7, 3), 2)]
    assert [subject(mail) for mail in post.mails_for("alice")] == [
        "Nouvelle pressant",
        "2 nouvelles de C-Possible",
    ]


def test_who_chose_never_is_left_alone_and_may_come_back(town, cast, post):
    plain_notice(town, cast.alice.person_id, "avant", urgent=True)
    told(town, lambda session: notice_records.choose_rhythm(session, cast.alice, Rhythm.never))
    assert not rows(town), "what waited goes"
    plain_notice(town, cast.alice.person_id, "pendant", urgent=True)
    sending.send(town, FROZEN)
    assert not rows(town) and not post.received
    told(town, lambda session: notice_records.choose_rhythm(session, cast.alice, Rhythm.at_once))
    plain_notice(town, cast.alice.person_id, "après")
    assert sending.send(town, FROZEN).mails == 1


# ── Nothing to whom it is not open ────────────────────────────────────────────────────────────────


def follow(engine: Engine, idea: int, *readers: Reader) -> None:
    told(
        engine,
        lambda session: session.add_all(
            [
                SubjectFollow(
                    subject=Subject.idea, key=str(idea), person_id=reader.person_id, on=FROZEN
                )
                for reader in readers
            ]
        ),
    )


def test_what_is_hidden_before_the_mail_leaves_reaches_its_author_alone(town, cast, post):
    idea = filed(town, cast.alice)
    follow(town, idea, cast.elise, cast.farid)
    accepted(town, idea, by=cast.farid.person_id)
    assert {n.person_id for n in rows(town)} == {
        cast.alice.person_id,
        cast.elise.person_id,
    }, "Farid did it himself"
    told(
        town,
        lambda session: session.execute(
            update(Idea).where(Idea.id == idea).values(published=False)
        ),
    )
    sending.send(town, FROZEN)
    assert post.addresses == ["alice@exemple.invalid"]
    dropped = rows(town, Notice.person_id == cast.elise.person_id)[0]
    assert (dropped.state, dropped.tries) == (NoticeState.dropped, 0)


def comment(engine: Engine, idea: int, reader: Reader, kind: ContributionKind, text: str) -> int:
    def add(session: Session) -> int:
        found = Contribution(
            id=random_id(FROZEN),
            subject=Subject.idea,
            key=str(idea),
            seq=len(session.exec(select(Contribution)).all()) + 1,
            person_id=reader.person_id,
            on=FROZEN,
            kind=kind,
            text=text,
        )
        session.add(found)
        session.flush()
        notify_contribution(session, idea_subject(session.get(Idea, idea)), found)
        return found.id

    return told(engine, add)


def test_a_comment_is_told_without_its_words_and_not_once_it_is_hidden(town, cast, post):
    idea = filed(town, cast.alice)
    follow(town, idea, cast.elise)
    comment(town, idea, cast.farid, ContributionKind.comment, "Un gros mot")
    hidden = comment(town, idea, cast.farid, ContributionKind.comment, "Un plus gros mot")
    told(
        town,
        lambda session: session.execute(
            update(Contribution).where(Contribution.id == hidden).values(hidden=True)
        ),
    )
    sending.send(town, FROZEN)
    assert sorted(post.addresses) == ["alice@exemple.invalid", "elise@exemple.invalid"]
    for _, mail in post.received:
        assert "gros mot" not in mail.as_string() and subject(mail).startswith(
            "Un commentaire au sujet de l'idée n° "
        )


def test_an_internal_note_reaches_those_who_answer_and_nobody_else(town, cast, post):
    """Even where the author and her followers wait for news, and where who answers changes
    before the mail leaves.
    """
    idea = filed(town, cast.alice)
    follow(town, idea, cast.elise)
    told(
        town,
        lambda session: session.execute(
            update(Idea).where(Idea.id == idea).values(owner_id=cast.farid.person_id)
        ),
    )
    comment(town, idea, cast.didier, ContributionKind.note, "Pas devant elle")
    assert [n.person_id for n in rows(town)] == [cast.farid.person_id]
    told(
        town,
        lambda session: session.execute(update(Idea).where(Idea.id == idea).values(owner_id=None)),
    )
    sending.send(town, FROZEN)
    assert not post.received


def test_an_anonymous_entry_tells_nobody_and_has_nobody_to_be_told(town, cast, post):
    idea = filed(town, cast.alice, anonymous=True)
    told(town, lambda session: idea_notices.notify_filed(session, session.get(Idea, idea)))
    comment(town, idea, Reader(), ContributionKind.author, "C'est moi qui l'ai écrite")
    accepted(town, idea)
    news = NoticeKind.holding, "attente", "attend encore sa réponse", "", None
    told(town, lambda session: idea_notices.notify_news(session, session.get(Idea, idea), *news))
    sending.send(town, FROZEN)
    assert not rows(town) and not post.received


def test_an_erased_person_is_not_written_to(town, cast, post):
    plain_notice(town, cast.alice.person_id)
    told(town, lambda session: erase_person(session, cast.farid, cast.alice.person_id))
    plain_notice(town, cast.alice.person_id, "encore")
    sending.send(town, FROZEN)
    assert not post.received and not rows(town)


def test_a_closed_account_is_told_nothing(sqlite_copy, cast, post):
    plain_notice(sqlite_copy, cast.alice.person_id)
    told(
        sqlite_copy,
        lambda session: session.execute(
            update(Account).where(Account.login == "alice").values(disabled=True)
        ),
    )
    sending.send(sqlite_copy, FROZEN)
    assert not post.received


# ── Texts that would be more than texts ───────────────────────────────────────────────────────────

HOSTILE = 'Un banc\r\nBcc: espion@exemple.invalid\r\n\r\n<script>alert(1)</script> "\u202e'


def test_a_title_is_a_title_whatever_is_in_it(town, cast, post):
    with writing(town) as session:
        session.get(Person, cast.alice.person_id).given_name = "Ève\r\nBcc: espion@exemple.invalid"
    plain_notice(
        town, cast.alice.person_id, title=HOSTILE, text=HOSTILE, href="//espion.exemple.invalid/x"
    )
    sending.send(town, FROZEN)
    assert post.addresses == ["alice@exemple.invalid"]
    mail = post.received[0][1]
    assert mail["Bcc"] is None and "\n" not in mail["Subject"] and "\u202e" not in mail["Subject"]
    assert len(mail.get_all("To")) == 1 and len(mail["To"].addresses) == 1
    html = mail.get_body(("html",)).get_content()
    assert (
        "<script" not in html
        and "&lt;script&gt;" in html
        and "espion.exemple.invalid/x" not in html
    )


def test_a_mail_of_many_news_says_how_many_are_left_out(sqlite_copy, cast, post):
    for n in range(60):
        plain_notice(sqlite_copy, cast.alice.person_id, f"{n:02}")
    sending.send(sqlite_copy, FROZEN)
    assert (
        subject(post.received[0][1]) == "60 nouvelles de C-Possible"
        and "Et 10 autres nouvelles, à lire dans C-Possible." in plain(post.received[0][1])
    )


@pytest.mark.slow
def test_the_server_makes_its_rounds_by_itself(post, serve_demo):
    """Started beside a mail server, it reminds and sends without anybody's command; a second
    round finds nothing left.
    """
    written = threading.Event()
    post.before_answer = lambda: written.set() if post.mails_for("didier") else None
    served = serve_demo(**post.settings)
    try:
        assert written.wait(60), served.log()
        said = " ".join(served.tick().split())
    finally:
        served.stop()
    assert "0 rappel" in said
    assert len(post.mails_for("didier")) == len(post.mails_for("gaelle")) == 1


# ── The command, and the demonstration ────────────────────────────────────────────────────────────


@pytest.fixture
def commanded(sqlite_copy, commands_on) -> Engine:
    """The command line on a copy of the demonstration."""
    commands_on(sqlite_copy)
    return sqlite_copy


def tick() -> tuple[int, str]:
    found = run_command("tick")
    return found.exit_code, " ".join(found.output.split())


def test_the_command_reminds_sends_and_says_so(post, commanded, cast):
    plain_notice(commanded, cast.alice.person_id)
    code, said = tick()
    assert code == 0 and said.startswith("Passage fait : ") and "courriels envoyés" in said
    assert len(post.mails_for("alice")) == 1 and len(post.mails_for("gaelle")) == 1
    assert "dépôts attendent une réponse" in subject(post.mails_for("gaelle")[0])
    assert (
        tick()[1]
        == "Passage fait : 0 compte arrivé à son terme, 0 rappel, 0 idée à reprendre, 0 message d'auteur anonyme, 0 fusion, 0"
        " offre de place close, 0 questionnaire arrivé à son terme, 0 rappel de réunion, 0 rappel d'échéance, 0 définition"
        " nouvelle, 0 statut d'un chiffre suivi, 0 ancien avis vidé, 0"
        " brouillon abandonné effacé, 0 marque d'intérêt restée sans suite, 0 invité oublié, 0 fiche de personne partie vidée, 0"
        " ancienne ligne du journal effacée, 0 alerte à un administrateur, 0 courriel envoyé (0 avis)."
    )


def test_a_demonstration_writes_to_no_server_of_the_world(commanded, cast, monkeypatch):
    monkeypatch.setenv("CP_SMTP_HOST", "smtp.exemple.invalid")
    settings.cache_clear()
    plain_notice(commanded, cast.alice.person_id)
    code, said = tick()
    assert code == 0 and "Une démonstration n'envoie" in said
    assert {(n.state, n.error) for n in rows(commanded)} == {(NoticeState.waiting, "")}


@pytest.mark.parametrize(
    "name, value",
    [
        ("CP_SMTP_TLS", "oui"),
        ("CP_PUBLIC_URL", "ftp://x"),
        ("CP_PUBLIC_URL", "https://x y"),
        ("CP_MAIL_FROM", "moi"),
    ],
)
def test_a_setting_that_cannot_be_used_is_told_in_one_sentence(
    post, commanded, cast, monkeypatch, name, value
):
    monkeypatch.setenv(name, value)
    settings.cache_clear()
    plain_notice(commanded, cast.alice.person_id)
    code, said = tick()
    assert code in (0, 1) and name in said and not post.received
    assert name in read_with(commanded, sending.mail_problem)


@pytest.mark.parametrize(
    "changed, said",
    [
        ({"CP_SMTP_TLS": "starttls"}, "ne répond pas"),
        ({"CP_SMTP_TLS": "tls"}, "ne répond pas"),
        ({"CP_SMTP_USER": "cp", "CP_SMTP_PASSWORD": "motdepasse"}, "ne répond pas"),
        ({"CP_SMTP_PORT": "1"}, "ne répond pas"),
    ],
)
def test_a_server_that_cannot_do_what_the_settings_ask_gets_nothing(
    sqlite_copy, cast, post, monkeypatch, changed, said
):
    """Above all: a mail that should be encrypted never leaves in clear, and no error holds the
    password.
    """
    for name, value in changed.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    plain_notice(sqlite_copy, cast.alice.person_id)
    found = sending.send(sqlite_copy, FROZEN).message
    assert said in found and "motdepasse" not in found and not post.received
    assert {(n.state, n.tries) for n in rows(sqlite_copy)} == {(NoticeState.waiting, 0)}


# ── What is kept, and how it is found ─────────────────────────────────────────────────────────────


def test_the_words_of_what_was_told_long_ago_go_and_the_fact_stays(town, cast, post):
    plain_notice(town, cast.alice.person_id, "ancienne")
    sending.send(town, FROZEN)
    plain_notice(town, cast.didier.person_id, "à dire")
    told(
        town,
        lambda session: session.execute(
            update(Notice)
            .where(Notice.person_id == cast.didier.person_id)
            .values(state=NoticeState.dropped, tries=6, sent_on=FROZEN)
        ),
    )
    for days, expected in ((90, 0), (91, 1), (92, 0)):
        assert (
            told(
                town,
                lambda session, days=days: done(
                    session, sending.forget_words(session, FROZEN + days * DAY)
                ),
            )
            == expected
        )
    by_person = {notice.person_id: notice for notice in rows(town)}
    old, waits = by_person[cast.alice.person_id], by_person[cast.didier.person_id]
    assert (old.title, old.text, old.href, old.state, old.sent_on) == (
        "",
        "",
        "",
        NoticeState.sent,
        FROZEN,
    )
    assert waits.title, "what is still to be said keeps its words"
