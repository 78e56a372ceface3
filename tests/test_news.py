"""The news: posts that agents read at once, what the Directrice générale makes public, and
nothing more than that.
"""

import json
from datetime import date
from xml.etree import ElementTree as ET

import pytest
from sqlmodel import select
from starlette.requests import Request
from support.pages import enter, html_of, visit
from support.transactions import (
    errors_of,
    refuses,
    write_with,
)

from dashboard.access import NOBODY
from dashboard.actions.news import (
    open_post,
    publish,
    withdraw_post,
    withdraw_publication,
    write_post,
)
from dashboard.figures.board import board
from dashboard.queries import directions
from dashboard.queries.news import Situation, posts, published
from dashboard.report.public import FIGURES, situation
from dashboard.scope import Scope
from dashboard.visit import navigation
from dashboard.web.files import atom
from models.database import reading, writing
from models.idea_states import IdeaStatus
from models.ideas import Idea
from models.ledger import Change
from models.notices import BODY_MAX, TITLE_MAX, Post
from models.roadmap import PlanReport
from models.settings import settings

FROZEN, AU = date(2023, 6, 30), date(2023, 3, 31)
NEVER_PUBLIC = ("comment", "needs", "forecast", "owner", "health", "status", "target", "expected")


def scope_of(session, reader, au: date = AU) -> Scope:
    return Scope.for_reader(
        reader,
        {"au": au.isoformat()},
        FROZEN,
        directions.organisation(session).at,
        directions.ambitions(session),
    )


# ── Posts ─────────────────────────────────────────────────────────────────────────────────────────


def test_agents_read_a_post_at_once_and_strangers_once_it_is_open(demo_copy, cast):
    with writing(demo_copy) as session:
        post = write_post(
            session, cast.didier, "  Le dépôt nord\u202e a son ambassadrice ", "Bienvenue.\x00"
        )
        assert (post.title, post.body, post.on) == (
            "Le dépôt nord a son ambassadrice",
            "Bienvenue.",
            FROZEN,
        )
        assert posts(session, cast.alice, FROZEN)[0].id == post.id
        assert post.id not in {p.id for p in posts(session, NOBODY, FROZEN)}
        open_post(session, cast.gaelle, post.id)
        assert post.id in {p.id for p in posts(session, NOBODY, FROZEN)}
        refuses(open_post, session, cast.gaelle, post.id, match="déjà publique")
        withdraw_post(session, cast.didier, post.id)
        assert post.id not in {
            p.id for p in (*posts(session, cast.alice, FROZEN), *posts(session, NOBODY, FROZEN))
        }
        refuses(withdraw_post, session, cast.didier, post.id, match="retirée")
        said = session.exec(
            select(Change.field)
            .where(Change.subject == "actualité", Change.record == str(post.id))
            .order_by(Change.id)
        ).all()
        assert said == ["écrite", "publique", "retirée"]


@pytest.mark.parametrize(
    ("title", "body", "field"),
    [
        ("", "x", "title"),
        (" \n ", "", "title"),
        ("é" * (TITLE_MAX + 1), "", "title"),
        ("Titre", "é" * (BODY_MAX + 1), "body"),
    ],
)
def test_a_post_that_cannot_be_read_is_refused_beside_its_field(
    sqlite_copy, cast, title, body, field
):
    with writing(sqlite_copy) as session:
        before = len(session.exec(select(Post.id)).all())
        assert (
            list(errors_of(write_post, session, cast.didier, title, body)) == [field]
            and len(session.exec(select(Post.id)).all()) == before
        )


def test_the_feed_is_atom_and_holds_public_posts_only(demo):
    with reading(demo) as session:
        found = posts(session, NOBODY, FROZEN, 50)
        hidden = set(session.exec(select(Post.title).where(Post.public_on.is_(None))).all())
    assert hidden and len(found) == 5
    feed = ET.fromstring(atom(found, "https://c-possible.exemple"))
    ns = {"a": "http://www.w3.org/2005/Atom"}
    titles = [entry.findtext("a:title", namespaces=ns) for entry in feed.findall("a:entry", ns)]
    assert titles == [post.title for post in found] and not set(titles) & hidden
    assert feed.findtext("a:updated", namespaces=ns).startswith(
        max(p.public_on for p in found).isoformat()
    )
    assert all(
        entry.find("a:id", ns).text.startswith("https://") for entry in feed.findall("a:entry", ns)
    )


# ── What is public ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.slow
def test_the_published_figures_are_those_of_the_board_without_what_steers(demo, cast):
    with reading(demo) as session:
        scope = scope_of(session, cast.gaelle)
        shown, whole = situation(session, scope), board(session, scope)
    assert [figure.code for figure in shown.figures] == list(FIGURES)
    assert {f.code: (f.value, f.numerator, f.denominator) for f in shown.figures} == {
        code: (whole[code].value, whole[code].numerator, whole[code].denominator)
        for code in FIGURES
    }
    kept = json.loads(shown.as_json())
    assert not [
        name
        for rows in kept.values()
        for row in rows
        if isinstance(row, dict)
        for name in row
        if name in NEVER_PUBLIC
    ]
    assert len(kept["milestones"]) == 44, "the cancelled one has left"
    assert sum(bool(m["reached_on"]) for m in kept["milestones"]) == sum(
        w["reached"] for w in kept["workstreams"]
    )
    assert Situation.read(shown.as_json()) == shown


@pytest.mark.slow
def test_who_publishes_reads_what_is_public_beside_what_will_be(demonstration):
    tab = visit(enter(demonstration, "gaelle"), "publication", "au=2023-06-30")
    changes = next(part for part in html_of(tab) if "avant et après cette publication" in part)
    assert all(said in " ".join(changes.split()) for said in ("78,3", "80,6", "31/05/2023"))
    assert "Oui, la rendre publique" in [button.label for button in tab.button]


def test_no_comment_need_or_owner_is_in_what_is_kept(demo, cast):
    with reading(demo) as session:
        content = situation(session, scope_of(session, cast.gaelle, FROZEN)).as_json()
        words = {
            said
            for row in session.exec(select(PlanReport.comment, PlanReport.need)).all()
            for said in row
            if said
        }
    assert words and not [said for said in words if said in content]


def test_what_is_public_does_not_move_when_the_facts_do(demo_copy, cast):
    with writing(demo_copy) as session:
        before = published(session, FROZEN)
        assert before.au == date(2023, 5, 31) and before.situation.figures[
            0
        ].value == pytest.approx(78.333, abs=0.001)
        report = session.exec(select(PlanReport).where(PlanReport.on <= AU)).first()
        session.add(
            PlanReport(
                on=date(2023, 5, 2),
                recorded_on=FROZEN,
                plan_id=report.plan_id,
                state="annule",
                progress=0,
            )
        )
        session.flush()
        assert published(session, FROZEN) == before


@pytest.mark.slow
def test_the_last_publication_is_read_and_a_withdrawn_one_gives_way(demo_copy, cast):
    with writing(demo_copy) as session:
        first = published(session, FROZEN)
        made = publish(
            session, cast.gaelle, AU, "Un mot.", situation(session, scope_of(session, cast.gaelle))
        )
        shown = published(session, FROZEN)
        assert (shown.id, shown.au, shown.word) == (made.id, AU, "Un mot.")
        withdraw_publication(session, cast.gaelle, made.id)
        assert published(session, FROZEN) == first
        refuses(withdraw_publication, session, cast.gaelle, made.id, match="retirée")
        withdraw_publication(session, cast.gaelle, first.id)
        assert published(session, FROZEN) is None


def test_the_situation_of_tomorrow_is_refused(sqlite_copy, cast):
    assert list(
        errors_of(write_with, sqlite_copy, publish, cast.gaelle, date(2023, 7, 1), "", Situation())
    ) == ["au"]


def test_an_idea_that_is_no_longer_published_leaves_the_public_page(sqlite_copy):
    with writing(sqlite_copy) as session:
        shown = published(session, FROZEN)
        number = shown.done[0][0]
        assert len(shown.done) == len(shown.situation.ideas) >= 3
        idea = session.exec(select(Idea).where(Idea.number == number)).one()
        idea.published = False
        session.flush()
        assert number not in {row[0] for row in published(session, FROZEN).done}
        idea.published, idea.status = True, IdeaStatus.redirected
        session.flush()
        assert number not in {row[0] for row in published(session, FROZEN).done}


def test_a_small_cell_is_left_out_of_what_is_public(sqlite_demo, cast):
    """In October 2022 so few agents have a typed attendance that their number is hidden."""
    with reading(sqlite_demo) as session:
        shown = situation(session, scope_of(session, cast.gaelle, date(2022, 10, 5)))
    assert [f.code for f in shown.figures] == [code for code in FIGURES if code != "formation"]


def test_the_feed_and_calendars_bear_the_address_that_was_set_never_the_one_asked_for(monkeypatch):
    asked = Request({"type": "http", "scheme": "http", "path": "/", "query_string": b"",
                     "server": ("10.0.0.1", 80), "headers": [(b"host", b"ailleurs.exemple")]})  # fmt: skip
    assert settings().public_address(str(asked.url)) == "http://ailleurs.exemple"
    monkeypatch.setenv("CP_PUBLIC_URL", "https://c-possible.exemple.be/")
    settings.cache_clear()
    try:
        ours = settings().public_address(str(asked.url))
        assert ours == navigation.public_address() == "https://c-possible.exemple.be"
        assert settings().hosts == {"c-possible.exemple.be", "127.0.0.1", "localhost", "::1"}
    finally:
        settings.cache_clear()
