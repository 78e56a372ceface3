"""« Ce qui a changé depuis votre dernière visite »: what one reader is told, and the day that is kept
of her visits.
"""

from datetime import date

import pytest
from sqlmodel import select
from support.databases import telling_statements
from support.transactions import read_with, write_with

from dashboard import cached
from dashboard.actions.discussions import follow_subject
from dashboard.actions.people.accounts import note_visit
from dashboard.queries.people import privacy
from dashboard.queries.people.readers import idea_news, last_visit
from dashboard.screens.home import changes_since
from models.database import engine, reading, writing
from models.discussions import Subject
from models.idea_events import EventKind, IdeaEvent
from models.ideas import Idea
from models.people import LAST_VISIT, Preference

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
