"""The author of a signed idea hears what became of it, in one line of one mail a day, without
following anything; a title that is linked is shown only to who may open it.
"""

import os
from datetime import date, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import Engine, delete, select
from support.post import plain
from support.transactions import read_with, select_all, select_one, write_with
from support.troupe import FROZEN

from dashboard.access import PASSER_BY, Reader
from dashboard.actions.decisions.steps import follow_decision
from dashboard.actions.discussions import follow_subject
from dashboard.actions.ideas.filing import checked_input, file_idea
from dashboard.actions.notices.records import choose_rhythm
from dashboard.actions.notices.sending import send
from dashboard.actions.roadmap.reports import report_plan
from dashboard.queries.decisions.records import register
from dashboard.queries.ideas.threads import KINDS, thread
from models.database import reading
from models.decisions import DecisionEvent, DecisionStep
from models.discussions import Link, Subject
from models.facts import random_id
from models.ideas import Idea
from models.notices import Notice, NoticeKind, Rhythm
from models.people import Role
from models.roadmap import MilestoneState, Plan, PlanReport, ProjectState

DAY = timedelta(days=1)
MILESTONE, PROJECT = "5.9", "SNB"


def filed(engine: Engine, author: Reader, anonymous: bool = False) -> str:
    """The key of a new entry, whose author has been told that it came."""

    def file(session) -> str:
        typed = checked_input(title="Un banc à l'arrêt du bus", anonymous=anonymous)
        number = file_idea(session, author, typed, os.urandom(16).hex()).number
        found = session.scalars(select(Idea.id).where(Idea.number == number)).one()
        session.execute(delete(Notice))
        return str(found)

    return write_with(engine, file)


def links(engine: Engine, *ends: tuple[str, str]) -> None:
    """A chain from the first end to the last."""
    rows = [
        Link(id=random_id(FROZEN), on=FROZEN, from_kind=a, from_key=x, to_kind=b, to_key=y)
        for (a, x), (b, y) in pairwise(ends)
    ]
    write_with(engine, lambda session: session.add_all(rows))


@pytest.fixture
def reports(town, cast, tree):
    """Didier's report of a plan."""

    def reported(number: str, state, progress: int, **more: object) -> None:
        plan = select_one(town, select(Plan.id).where(Plan.number == number))
        plan_id = getattr(plan, "id", plan)
        typed = PlanReport(state=state, progress=progress, comment="", need="", **more)
        write_with(town, report_plan, cast.didier, plan_id, typed, tree)

    return reported


def under_way(reports, progress: int) -> None:
    reports(MILESTONE, MilestoneState.under_way, progress, forecast_end=date(2023, 12, 1))


def told(engine: Engine, reader: Reader) -> list[Notice]:
    kind = Notice.kind == str(NoticeKind.outcome)
    statement = select(Notice).where(kind, Notice.person_id == reader.person_id)
    return read_with(engine, lambda session: list(session.scalars(statement.order_by(Notice.id))))


def to_execute(engine: Engine):
    """A decision that is taken and not done, with its number."""
    return next(d for d in read_with(engine, register).at(FROZEN) if d.is_to_execute)


# ── What became of her idea ───────────────────────────────────────────────────────────────────────


def test_alice_hears_of_a_milestone_a_decision_and_a_project_behind_which_her_idea_is(
    town, cast, tree, post, reports
):
    idea, decision = filed(town, cast.alice), to_execute(town)
    links(town, ("idee", idea), ("groupe", "G04"), ("decision", str(decision.id)))
    links(town, ("decision", str(decision.id)), ("jalon", MILESTONE))
    links(town, ("decision", str(decision.id)), ("projet", PROJECT))
    under_way(reports, 25)
    assert len(told(town, cast.alice)) == 1
    under_way(reports, 25)
    assert len(told(town, cast.alice)) == 1, "nothing has changed"
    send(town, FROZEN)
    (mail,) = post.mails_for("alice")
    assert f"jalon {MILESTONE}, en cours, 25 %" in plain(mail) and "Un banc" in plain(mail)
    step = DecisionEvent(what=DecisionStep.done)
    write_with(town, follow_decision, cast.didier, decision.id, step, tree)
    reports(PROJECT, ProjectState.waiting, 60)
    assert len(told(town, cast.alice)) == 3
    send(town, FROZEN)
    assert len(post.mails_for("alice")) == 1, "one digest a day"
    send(town, FROZEN + DAY)
    words = plain(post.mails_for("alice")[1])
    assert words.count("La suite de vos idées : 2 nouvelles") >= 1
    assert f"décision n° {decision.number}, exécutée" in words and "en attente" in words
    # Nothing of what others wrote: the titles of the decision and the group stay where they are.
    assert decision.title not in words
    send(town, FROZEN + 2 * DAY)
    assert len(post.mails_for("alice")) == 2


def test_who_follows_is_told_as_a_follower_alone(town, cast, scope_for, reports):
    idea = filed(town, cast.alice)
    links(town, ("idee", idea), ("jalon", MILESTONE))
    write_with(
        town,
        lambda session: follow_subject(
            session, scope_for(session, cast.alice), Subject.milestone, MILESTONE
        ),
    )
    under_way(reports, 25)
    hers = select(Notice.key).where(Notice.person_id == cast.alice.person_id)
    keys = read_with(town, lambda session: list(session.scalars(hers)))
    assert len(keys) == 1 and keys[0].startswith("suivi-jalon-")


def test_an_anonymous_author_and_who_wants_no_mail_are_told_nothing(town, cast, reports):
    links(town, ("idee", filed(town, cast.bruno, anonymous=True)), ("jalon", MILESTONE))
    links(town, ("idee", filed(town, cast.alice)), ("jalon", MILESTONE))
    write_with(town, choose_rhythm, cast.alice, Rhythm.never)
    under_way(reports, 25)
    assert told(town, cast.bruno) == [] and told(town, cast.alice) == []


def test_a_link_that_has_ended_and_a_step_before_the_outcome_tell_nothing(
    town, cast, tree, reports
):
    idea = filed(town, cast.alice)
    links(town, ("idee", idea), ("jalon", MILESTONE))
    links(town, ("idee", idea), ("decision", str(to_execute(town).id)))

    def end(session) -> None:
        of_milestone = select(Link).where(Link.from_key == idea, Link.to_key == MILESTONE)
        session.scalars(of_milestone).one().ended_on = FROZEN

    write_with(town, end)
    under_way(reports, 25)
    note = DecisionEvent(what=DecisionStep.noted, text="À revoir.")
    write_with(town, follow_decision, cast.didier, to_execute(town).id, note, tree)
    assert told(town, cast.alice) == []


# ── Titles under their own right ──────────────────────────────────────────────────────────────────


def may_read(reader: Reader, kind: str, record: object) -> bool:
    """As the places say it, not as the thread does."""
    if Role.nobody in reader.roles:
        return kind == "idee" and Role.poster in reader.roles and record.published
    if kind == "idee":
        own = reader.person_id in (record.author_id, record.owner_id, record.relay_id)
        in_charge = Role.animateur in reader.roles or record.concerns_id in reader.covered
        return record.published or own or in_charge
    if kind == "decision":
        steers = {Role.manager, Role.animateur, Role.codir, Role.admin, Role.secretaire}
        return record.outcome is not None or bool(steers & reader.roles)
    return True


@pytest.mark.slow
def test_each_end_of_each_link_is_shown_to_who_may_open_it_and_to_nobody_else(
    demo, cast, scope_for
):
    ideas = {str(idea.id): idea for idea in select_all(demo, select(Idea)) for idea in [idea[0]]}
    decisions = {str(d.id): d for d in read_with(demo, register).at(FROZEN)}
    records = {"idee": ideas, "decision": decisions}
    rows = read_with(demo, lambda session: list(session.scalars(select(Link))))
    ends = {(link.from_kind, link.from_key) for link in rows}
    ends |= {(link.to_kind, link.to_key) for link in rows}
    assert {kind for kind, _ in ends} == set(KINDS)
    pairs = {((a.from_kind, a.from_key), (a.to_kind, a.to_key)) for a in rows}
    for reader in (cast.alice, cast.bruno, cast.elise, cast.didier, cast.nobody, PASSER_BY):
        for start in sorted(ends):
            with reading(demo) as session:
                with_titles = thread(session, scope_for(session, reader), start).nodes
            shown = {(node.kind, node.key) for node in with_titles}
            for kind, key in shown:
                assert may_read(reader, kind, records.get(kind, {}).get(key)), (reader.login, kind)
            opens = may_read(reader, start[0], records.get(start[0], {}).get(start[1]))
            assert (start in shown) == opens, (reader.login, start)
            beside = {b for a, b in pairs if a == start} | {a for a, b in pairs if b == start}
            for kind, key in beside if opens else ():
                is_open = may_read(reader, kind, records.get(kind, {}).get(key))
                assert ((kind, key) in shown) == is_open, (reader.login, start, kind, key)
