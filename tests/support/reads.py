"""Queries that list or count entries, each reduced to what it found: where nothing is published, a
colleague finds nothing, and a stranger never does.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import text
from sqlmodel import Session, select

from dashboard.access import Reader
from dashboard.actions.groups import take_in_idea
from dashboard.queries import voices
from dashboard.queries.decisions import sheets
from dashboard.queries.discussions.subjects import subjects_at
from dashboard.queries.figures import figure_rows, late_facts
from dashboard.queries.groups import taken_in
from dashboard.queries.ideas import card, clusters, records, search_fallback, waiting
from dashboard.queries.ideas.card import photo_content
from dashboard.queries.ideas.records import idea_rows, published_ideas
from dashboard.queries.ideas.similar import similar_ideas, words_in_vain
from dashboard.queries.ideas.threads import thread
from dashboard.queries.ideas.waiting import answered_between, last_answer_between
from dashboard.queries.interests import revealed
from dashboard.queries.meetings.records import lines
from dashboard.queries.notices import records as notices
from dashboard.queries.people import accounts
from dashboard.queries.people.readers import idea_news
from dashboard.scope import Scope
from models.clusters import Cluster, Coding, Theme
from models.discussions import Link, SubjectFollow
from models.groups import GroupMember, GroupRole, GroupState, ProgressGroup
from models.idea_states import IdeaStatus
from models.ideas import Idea, Photo
from models.people import Account
from models.search import Term, parsed, stem_of
from models.texts import Invalid, Refused
from tests.support.acts import REFUSALS, Stage
from tests.support.refusals import taken_back
from tests.support.troupe import FROZEN

DAY_BEFORE = FROZEN - timedelta(days=1)
Read = Callable[[Session, Scope, "Sought"], object]


class Sought:
    """Things that entries hang on, whoever reads."""

    def __init__(self, session: Session, stage: Stage):
        idea = session.exec(select(Idea).where(Idea.number == stage.idea)).one()
        self.id, self.number, self.title = idea.id, idea.number, idea.title
        self.meeting = session.exec(
            select(Idea.meeting_id).where(Idea.meeting_id.is_not(None), Idea.published.is_(True))
        ).first()
        held = select(Link.to_key).where(
            Link.from_kind == "idee", Link.to_kind == "groupe", Link.ended_on.is_(None)
        )
        self.group = session.exec(held).first() or session.exec(select(ProgressGroup.code)).first()
        photo = session.get(Photo, stage.photo)
        photo.seen, self.photo = True, stage.photo
        session.flush()
        session.execute(  # so that something was recorded after its day
            text("UPDATE idea_event SET recorded_on = :late WHERE idea_id = :id"),
            {"late": str(FROZEN), "id": idea.id},
        )


def taken(session: Session, scope: Scope, sought: Sought) -> object:
    """The entry that a facilitator takes into her group by its number."""
    over = [str(state) for state in GroupState if state.is_over]
    group = session.exec(select(ProgressGroup.id).where(ProgressGroup.state.not_in(over))).first()
    if scope.reader.is_known:
        session.add(
            GroupMember(
                group_id=group,
                person_id=scope.reader.person_id,
                role=GroupRole.facilitator,
                joined_on=DAY_BEFORE,
            )
        )
        session.flush()
    try:
        return take_in_idea(session, scope.reader, group, sought.number, scope.tree)
    except Invalid:
        return None
    except Refused as refusal:  # by its state: it was found
        return not any(words in str(refusal) for words in REFUSALS)


def said_together(session: Session, scope: Scope, sought: Sought) -> object:
    """The entry in a lot."""
    cluster = Cluster(title="Un lot", on=FROZEN)
    session.add(cluster)
    session.flush()
    session.get(Idea, sought.id).cluster_id = cluster.id
    session.flush()
    return clusters.entries_of(session, scope, [cluster.id])


def coded(session: Session, scope: Scope, sought: Sought) -> object:
    """The theme that somebody gave the entry."""
    theme = Theme(name="Le bâtiment")
    session.add(theme)
    session.flush()
    coder = session.exec(select(Account.person_id)).first()
    session.add(Coding(idea_id=sought.id, person_id=coder, theme_id=theme.id, on=FROZEN))
    session.flush()
    return clusters.coded_entries(session, scope)


def titled(session: Session, scope: Scope, sought: Sought) -> list[sheets.DecisionMove]:
    """The entry among what a decision moves, where its title is told."""
    idea = session.get(Idea, sought.id)
    to = next(status for status in IdeaStatus if idea.can_become(status))
    found = sheets._idea_moves(session, scope.reader, scope.tree, [idea], to)
    return [move for move in found if sought.title in move.name]


def news(session: Session, scope: Scope, sought: Sought) -> object:
    """What is new of an entry that the reader follows."""
    if scope.reader.is_known:
        session.add(
            SubjectFollow(
                subject="idee", key=str(sought.id), person_id=scope.reader.person_id, on=FROZEN
            )
        )
        session.flush()
    return idea_news(session, scope, DAY_BEFORE.replace(year=2021))


READS: dict[str, Read] = {
    "actions.groups:take_in_idea": taken,
    "queries.ideas.records:ideas_page": lambda session, scope, _: (
        records.ideas_page(session, scope, records.Filters(), 1, FROZEN).rows
    ),
    "queries.discussions.subjects:subjects_at": lambda session, scope, s: subjects_at(
        session, scope.reader, scope.tree, [("idee", str(s.id))], FROZEN
    ),
    "queries.ideas.records:to_answer": lambda session, scope, _: records.to_answer(
        session, scope, 9
    ),
    "queries.ideas.waiting:to_read": lambda session, scope, _: waiting.to_read(session, scope),
    "queries.ideas.records:implemented": lambda session, scope, _: records.implemented(
        session, scope
    ),
    "queries.ideas.records:published_ideas": lambda session, scope, _: published_ideas(
        session, scope, 9
    ),
    "queries.ideas.records:idea_rows": lambda session, scope, _: list(
        idea_rows(session, scope, fields=("number",))
    ),
    "queries.ideas.similar:similar_ideas": lambda session, scope, s: similar_ideas(
        session, scope, s.title
    ),
    "queries.ideas.card:photo_content": lambda session, scope, s: photo_content(
        session, scope, s.photo
    ),
    "queries.ideas.waiting:answered_between": lambda session, scope, _: answered_between(
        session, scope, FROZEN.replace(year=2022), FROZEN
    ),
    "queries.ideas.waiting:last_answer_between": lambda session, scope, _: last_answer_between(
        session, scope, FROZEN.replace(year=2022), FROZEN
    ),
    "queries.ideas.threads:thread": lambda session, scope, s: (
        "'idee'" in repr(thread(session, scope, ("groupe", s.group)))
    ),
    "queries.groups:taken_in": lambda session, scope, s: taken_in(session, scope, s.group),
    "queries.meetings.records:lines": lambda session, scope, s: lines(session, scope, s.meeting),
    "queries.people.readers:idea_news": news,
    "queries.ideas.search_fallback:_is_word": lambda session, scope, _: search_fallback._is_word(
        session, scope, Term("internet", (stem_of("internet"),))
    ),
    "queries.ideas.similar:words_in_vain": lambda session, scope, _: (
        scope.reader.is_known and not words_in_vain(session, scope, parsed("imprimante"), FROZEN)
    ),
    "queries.voices:most_represented": lambda session, scope, _: voices.most_represented(
        session, scope
    ),
    "queries.interests:revealed": lambda session, scope, _: revealed(session, scope),
    "queries.decisions.sheets:_idea_moves": lambda session, scope, s: titled(session, scope, s),
    "queries.decisions.sheets:_evidence": lambda session, scope, s: sheets._evidence(
        session, scope, [s.id]
    ),
    "queries.ideas.clusters:entries_of": said_together,
    "queries.ideas.clusters:to_code": lambda session, scope, _: clusters.to_code(session, scope),
    "queries.ideas.clusters:coded_entries": coded,
    "queries.ideas.card:_visible": lambda session, scope, s: card._visible(
        session, scope, Idea.id == s.id
    ),
    "queries.notices.records:_readable": lambda session, scope, s: notices._readable(
        session, scope.reader, scope.tree, {s.id}
    ),
    "queries.people.accounts:_of": lambda session, scope, s: accounts._of(
        session, scope, Idea.id == s.id
    ),
    "queries.figures.late_facts:ideas": lambda session, scope, _: (
        late_facts.ideas(session, replace(scope, on=DAY_BEFORE)).shown
    ),
    "queries.figures.figure_rows:open_ideas": lambda session, scope, _: (
        figure_rows.open_ideas(session, scope, "", 1).rows
    ),
}


def unpublish(session: Session) -> None:
    """Nothing is published, and no entry is anybody's."""
    session.execute(
        text("UPDATE idea SET published = 0, author_id = NULL, relay_id = NULL, owner_id = NULL")
    )
    session.expire_all()


def found(stage: Stage, name: str, reader: Reader, published: bool) -> object:
    """What the reader finds; a refusal finds nothing."""
    with taken_back(stage) as session:
        sought = Sought(session, stage)
        if not published:
            unpublish(session)
        try:
            return READS[name](session, stage.scope(reader), sought)
        except Refused:
            return None


def check_read(stage: Stage, name: str) -> None:
    """The programme's office finds something, a colleague nothing that is not published, a
    stranger nothing at all.
    """
    cast = stage.cast
    assert any(found(stage, name, cast.didier, published) for published in (True, False)), name
    for reader in (cast.alice, cast.farid):
        assert not found(stage, name, reader, False), f"{name}: {reader.login} finds entries"
    assert not found(stage, name, cast.nobody, True), f"{name}: a stranger finds entries"
