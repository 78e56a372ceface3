"""Marks of interest: with and without an account, contacted in time or late, and what they
become in one act.
"""

import re
from datetime import timedelta

import pytest
from sqlmodel import Session, func, select
from support.pages import html_of
from support.transactions import errors_of, read_with, refusal, refuses, select_one, write_with
from support.troupe import FROZEN

from dashboard.actions.interests import (
    IntegrateInput,
    follow_interest,
    integrate_interest,
    mark_interest,
    take_care,
)
from dashboard.queries import communities, interests as query
from models.academy import Training, TrainingSession
from models.clock import workdays
from models.communities import (
    AmbassadorReach,
    Community,
    Interest,
    InterestEvent,
    InterestState,
)
from models.database import reading, writing
from models.groups import GroupMember, ProgressGroup
from models.jobs import Installation
from models.notices import Notice
from models.seats import Seat
from models.texts import Invalid

S = InterestState


def marks(engine, reader, **given) -> int:
    return write_with(
        engine, mark_interest, reader, Interest(**{"activity": "ambassadeurs", **given})
    ).id


def state_of(engine, ident: int) -> tuple[str, list[str]]:
    with reading(engine) as session:
        facts = session.exec(
            select(InterestEvent.state)
            .where(InterestEvent.interest_id == ident)
            .order_by(InterestEvent.id)
        ).all()
        return session.get(Interest, ident).state, list(facts)


def marked(engine, cast, scope_for, ident: int, today=FROZEN):
    with reading(engine) as session:
        return query.interest(session, scope_for(session, cast.didier, today=today), ident)


def test_alice_marks_an_interest_once(demo_copy, cast, scope_for):
    ident = marks(
        demo_copy, cast.alice, reach=AmbassadorReach.informal, text="Je parle avec tout le monde."
    )
    one = marked(demo_copy, cast, scope_for, ident)
    assert (one.name, one.record.reach, one.record.direction_id, one.state) == (
        cast.alice.name,
        AmbassadorReach.informal,
        cast.alice.service_id,
        S.new,
    )
    refuses(marks, demo_copy, cast.alice, match="déjà noté")
    with reading(demo_copy) as session:
        mine = query.my_interests(session, scope_for(session, cast.alice))
        assert [m.record.id for m in mine] == [ident]
        assert query.my_interests(session, scope_for(session, cast.nobody)) == []


def test_without_an_account_a_name_and_a_way_are_asked(demo_copy, cast):
    assert set(errors_of(marks, demo_copy, cast.nobody)) == {"name", "contact"}
    ident = marks(
        demo_copy, cast.nobody, name="Un éboueur de la tournée 4", contact="dépôt, vestiaire 2"
    )
    assert read_with(demo_copy, Session.get, Interest, ident).person_id is None


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"activity": "yoga"}, "activity"),
        ({"direction_id": 10**6}, "direction_id"),
        ({"group_id": 1}, "group"),
        ({"activity": "groupes", "group_id": 10**6}, "group"),
        ({"activity": "academie", "training_id": 10**6}, "training"),
        ({"text": "a" * 2001}, "text"),
    ],
)
def test_what_does_not_exist_is_told_beside_its_field(sqlite_copy, cast, given, field):
    before = select_one(sqlite_copy, select(func.count()).select_from(Interest))
    assert set(errors_of(marks, sqlite_copy, cast.alice, **given)) == {field}
    assert select_one(sqlite_copy, select(func.count()).select_from(Interest)) == before


def test_the_delay_is_ten_working_days_then_it_is_late(sqlite_copy, cast, scope_for):
    ident = marks(sqlite_copy, cast.alice)
    due = read_with(sqlite_copy, workdays).add(FROZEN, 10)
    one = marked(sqlite_copy, cast, scope_for, ident)
    assert one.due_on == due and not one.is_late(due) and one.is_late(due + timedelta(days=1))
    write_with(
        sqlite_copy,
        follow_interest,
        cast.didier,
        ident,
        S.contacted,
        "Vient à la rencontre de septembre",
    )
    one = marked(sqlite_copy, cast, scope_for, ident)
    assert (
        not one.is_late(due + timedelta(days=1))
        and one.last_note.startswith("Vient")
        and one.owner == cast.didier.name
    )


def test_a_mark_becomes_a_membership_in_one_act(sqlite_copy, cast, scope_for):
    ident = marks(sqlite_copy, cast.alice, reach=AmbassadorReach.one_service)
    said = write_with(sqlite_copy, integrate_interest, cast.didier, ident, IntegrateInput())
    assert said.startswith(cast.alice.name)
    assert state_of(sqlite_copy, ident) == (S.joined, [S.new, S.joined])
    with reading(sqlite_copy) as session:
        assert cast.alice.person_id in communities.own_services(
            session, Community.ambassadors, FROZEN
        )
        assert session.exec(
            select(Notice.title).where(
                Notice.person_id == cast.alice.person_id, Notice.key == f"interet-{ident}-integre"
            )
        ).one()


def test_a_name_becomes_a_person_and_what_she_left_goes(sqlite_copy, cast):
    ident = marks(
        sqlite_copy, cast.nobody, name="Alice, de l'accueil", contact="poste 12", activity="groupes"
    )
    group = select_one(sqlite_copy, select(ProgressGroup.id).where(ProgressGroup.code == "G10"))
    assert set(
        errors_of(
            write_with,
            sqlite_copy,
            integrate_interest,
            cast.didier,
            ident,
            IntegrateInput(group_id=group),
        )
    ) == {"person"}
    refusal(
        sqlite_copy,
        integrate_interest,
        cast.didier,
        ident,
        IntegrateInput(person_id=cast.alice.person_id),
        error=Invalid,
    )
    assert state_of(sqlite_copy, ident)[0] == S.new, "nothing was half-done"
    write_with(
        sqlite_copy,
        integrate_interest,
        cast.didier,
        ident,
        IntegrateInput(person_id=cast.alice.person_id, group_id=group),
    )
    with reading(sqlite_copy) as session:
        kept = session.get(Interest, ident)
        assert (kept.person_id, kept.name, kept.contact, kept.state) == (
            cast.alice.person_id,
            "",
            "",
            S.joined,
        )
        assert session.exec(
            select(GroupMember.id).where(
                GroupMember.group_id == group, GroupMember.person_id == cast.alice.person_id
            )
        ).one()


def test_a_mark_becomes_a_registration(sqlite_copy, cast):
    with writing(sqlite_copy) as session:
        training = session.exec(select(Training.id).order_by(Training.code)).first()
        held = TrainingSession(
            training_id=training,
            on=FROZEN + timedelta(days=60),
            capacity=5,
            starts="09:00",
            ends="12:00",
        )
        session.add(held)
        session.flush()
        session_id = held.id
    ident = marks(sqlite_copy, cast.alice, activity="academie", training_id=training)
    write_with(
        sqlite_copy, integrate_interest, cast.didier, ident, IntegrateInput(session_id=session_id)
    )
    assert select_one(
        sqlite_copy,
        select(Seat.id).where(
            Seat.session_id == session_id,
            Seat.person_id == cast.alice.person_id,
        ),
    )


def test_ending_one_needs_a_reason_and_is_final(sqlite_copy, cast):
    ident = marks(sqlite_copy, cast.nobody, name="Un collègue", contact="atelier")
    refusal(sqlite_copy, follow_interest, cast.didier, ident, S.dropped, error=Invalid)
    with writing(sqlite_copy) as session:
        take_care(session, cast.didier, ident)
        follow_interest(session, cast.didier, ident, S.dropped, "N'a plus le temps")
    refusal(sqlite_copy, follow_interest, cast.didier, ident, S.contacted, match="déjà traitée")
    kept = read_with(sqlite_copy, Session.get, Interest, ident)
    assert (kept.name, kept.contact, kept.owner_id) == ("", "", cast.didier.person_id)


def test_who_could_cover_what_nobody_covers(demo, cast, scope_for):
    with reading(demo) as session:
        scope = scope_for(session, cast.didier)
        found = query.suggestions(session, scope)
        gaps = {
            row.service.id
            for row in communities.coverage_map(session, scope)
            if not row.ambassadors
        }
    assert {one.service.id for one in found} == gaps and gaps
    willing = [c for one in found for c in one.candidates if c.interest_id]
    assert willing, "those who said so themselves come first"
    assert all(
        one.candidates[0].interest_id or all(c.interest_id is None for c in one.candidates)
        for one in found
        if one.candidates
    )


def test_the_pipeline_tells_who_waits_longest_first(demo, cast, scope_for):
    with reading(demo) as session:
        scope = scope_for(session, cast.didier)
        found, counts, late = (
            query.pipeline(session, scope),
            query.counts(session, scope),
            query.late(session, scope),
        )
        frozen = session.get(Installation, 1).frozen_on
    new = [one for one in found if one.state == S.new]
    assert [one.record.on for one in new] == sorted(one.record.on for one in new) and found[
        : len(new)
    ] == new
    assert counts == {state: sum(one.state == state for one in found) for state in S}
    assert late == [one for one in new if one.is_late(frozen)] != []


# --- the screen -----------------------------------------------------------------------------------


def test_each_filter_tells_how_many_stand_behind_it(demonstration, open_page, cast, scope_for):
    with reading(demonstration) as session:
        counts = query.counts(session, scope_for(session, cast.didier))
    tab = open_page("didier", "marques-interet")
    row = next(html for html in html_of(tab) if "cp-segments" in html)
    shown = re.findall(r"<a[^>]*>([^<]+)</a>", row)
    assert not tab.exception and sum(counts.values()) > 0
    assert shown[0] == "Toutes" and shown[-1].startswith("Délai passé (")
    assert shown[1:-1] == [f"{state.label} ({n})" for state, n in counts.items()]
