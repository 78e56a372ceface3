"""Progress groups; communities; marks of interest."""

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import Engine, func, update
from sqlmodel import Session, select
from support.answers import chart
from support.days import on_day
from support.pages import html_of, unfold
from support.registers import bring, counts
from support.transactions import (
    add_rows,
    errors_of,
    read_with,
    refusal,
    refuses,
    select_all,
    select_one,
    write_with,
)
from support.troupe import FROZEN, Cast

from dashboard.access import NOBODY, OPERATOR, Reader
from dashboard.actions import groups as acts
from dashboard.actions.communities import (
    JoinInput,
    add_member,
    change_reach,
    join_community,
    leave_community,
)
from dashboard.actions.decisions.steps import follow_decision
from dashboard.actions.ideas.answers import Answer, answer_idea, read_idea
from dashboard.actions.ideas.filing import checked_input, file_idea
from dashboard.actions.interests import (
    IntegrateInput,
    end_offer,
    follow_interest,
    integrate_interest,
    mark_interest,
    take_care,
    write_offer,
)
from dashboard.actions.notices import sending
from dashboard.actions.register_imports import ImportOptions
from dashboard.figures import REGISTRY
from dashboard.figures.board import board
from dashboard.figures.kinds import Reads, rows_behind
from dashboard.queries import (
    communities as communities_query,
    groups as query,
    interests as interests_query,
)
from dashboard.queries.decisions.records import register as decisions_register
from dashboard.queries.groups import GroupAt
from dashboard.queries.interests import practices
from dashboard.queries.people.readers import account_by_login, reader_of
from dashboard.views.groupes import changes
from models.academy import Training, TrainingSession
from models.clock import workdays
from models.communities import (
    AmbassadorReach,
    Community,
    Interest,
    InterestEvent,
    InterestKind,
    InterestState,
    Membership,
)
from models.database import reading, writing
from models.decisions import DecisionEvent, DecisionStep, Outcome
from models.directions import Direction
from models.groups import (
    Deliverable,
    DeliverableStep,
    DocumentKind,
    GroupMember,
    GroupState,
    ProgressGroup,
)
from models.idea_events import IdeaEvent
from models.idea_states import IdeaStatus
from models.ideas import Idea
from models.installation import Installation
from models.ledger import Change
from models.notices import Notice, NoticeState
from models.people import Assignment, Person, Role
from models.seats import Seat
from models.texts import EditConflict, Invalid, Refused

# ── Progress groups ───────────────────────────────────────────────────────────────────────────────
# Volunteers join and work, documents keep their versions, a proposition goes to the CODIR and is
# carried out.

S, D = GroupState, DocumentKind
TWENTY = 20


def group(engine: Engine, code: str, on: date = FROZEN) -> GroupAt:
    return next(one for one in read_with(engine, query.register).at(on) if one.code == code)


def act(engine: Engine, what, reader: Reader, code: str, *more, **named):
    ident = group(engine, code).id
    return write_with(engine, what, reader, ident, *more, **named)


def interested(session, reader, ident: int):
    return mark_interest(session, reader, Interest(activity="groupes", group_id=ident))


def new_group(engine: Engine, reader: Reader, **more) -> str:
    given = {
        "title": "Les clés des bâtiments",
        "problem": "On attend le concierge.",
        "ambition": 3,
        "sponsor": "Directeur général",
        "wanted": 3,
    } | more
    return write_with(engine, acts.create_group, reader, given).code


def filed(engine: Engine, reader: Reader, title: str, kind: str = "idee") -> int:
    return write_with(
        engine,
        file_idea,
        reader,
        checked_input(title=title, kind=kind, ambition_id=3),
        f"jeton {title}",
    ).number


def decide(engine: Engine, reader: Reader, number_of: int, outcome: Outcome) -> None:
    with writing(engine) as session:
        follow_decision(
            session,
            reader,
            number_of,
            DecisionEvent(
                what=DecisionStep.decided,
                outcome=outcome,
                text="Le CODIR s'est prononcé.",
                due_on=date(2023, 12, 29) if outcome.is_to_do else None,
            ),
            chart(session),
        )


def led_by_alice(engine: Engine, cast: Cast) -> str:
    """A new group that Alice facilitates."""
    code = new_group(engine, cast.didier)
    act(engine, acts.make_facilitator, cast.didier, code, cast.alice.person_id)
    return code


def figures(engine: Engine, scope_for, **address) -> dict:
    with reading(engine) as session:
        return {
            e.code: e
            for e in board(
                session,
                scope_for(session, OPERATOR, **address),
                ["groupes-delais", "groupes-adoption"],
            ).entries
        }


# --- the demonstration ----------------------------------------------------------------------------


def test_four_propositions_are_decided_and_one_waits(demo, scope_for):
    with reading(demo) as session:
        points = decisions_register(session).at(FROZEN)
        known = query.register(session).at(FROZEN)
    outcomes = {one.code: (d.decided.on, d.outcome) for one, d in query.decided(known, points)}
    assert outcomes == {
        "G01": (date(2023, 1, 10), Outcome.adopted),
        "G02": (date(2023, 3, 21), Outcome.adopted),
        "G03": (date(2023, 4, 18), Outcome.in_part),
        "G06": (date(2023, 5, 16), Outcome.adopted),
    }
    waiting = [d for d in points if d.id in group(demo, "G04").decision_ids]
    assert [(d.state(FROZEN), d.submitted_on) for d in waiting] == [("Reportée", date(2023, 6, 13))]
    found = figures(demo, scope_for)
    assert (
        found["groupes-adoption"].value,
        found["groupes-adoption"].numerator,
        found["groupes-adoption"].denominator,
    ) == (100, 4, 4)
    assert (found["groupes-delais"].numerator, found["groupes-delais"].denominator) == (16, 20)
    with reading(demo) as session:
        scope = scope_for(session, OPERATOR)
        for code, entry in found.items():
            assert rows_behind(session, scope, code).total == entry.denominator


# --- members --------------------------------------------------------------------------------------


def test_alice_joins_once_leaves_and_comes_back(demo_copy, cast):
    act(demo_copy, acts.join_group, cast.alice, "G10")
    refuses(act, demo_copy, acts.join_group, cast.alice, "G10", match="déjà partie")
    here = next(
        seat for seat in group(demo_copy, "G10").members if seat.person_id == cast.alice.person_id
    )
    assert (here.service_id, here.joined_on) == (cast.alice.service_id, FROZEN)
    assert group(demo_copy, "G10").places == 3
    told = select_all(
        demo_copy,
        select(Notice.person_id).where(Notice.title == "Alice Lambotte rejoint le groupe G10"),
    )
    assert set(told) == group(demo_copy, "G10").responsible
    act(demo_copy, acts.leave_group, cast.alice, "G10")
    refuses(act, demo_copy, acts.leave_group, cast.alice, "G10", match="ne faites pas partie")
    act(demo_copy, acts.join_group, cast.alice, "G10")
    assert group(demo_copy, "G10").places == 3


def test_a_full_group_takes_an_interest_and_a_closed_one_nobody(demo_copy, cast):
    refuses(act, demo_copy, acts.join_group, cast.alice, "G05", match="complet")
    for code in ("G01", "G04"):
        refuses(act, demo_copy, acts.join_group, cast.alice, code, match="ne prend plus de membres")
    act(demo_copy, interested, cast.alice, "G05")
    refuses(act, demo_copy, interested, cast.alice, "G05", match="déjà noté")
    assert errors_of(act, demo_copy, interested, cast.alice, "G01") == {
        "group": "Le groupe G01 est terminé."
    }
    with reading(demo_copy) as session:
        full = session.exec(select(ProgressGroup.id).where(ProgressGroup.code == "G05")).one()
        assert session.exec(select(Interest.person_id).where(Interest.group_id == full)).all() == [
            cast.alice.person_id
        ]
    refuses(act, demo_copy, acts.join_group, NOBODY, "G10", match="Connectez-vous")


@pytest.mark.locks
def test_twenty_at_once_never_take_more_than_the_places(demo_copy, cast):
    """Four places are left: four of twenty get one, the others read that the group is full."""
    with reading(demo_copy) as session:
        taken = set(session.exec(select(GroupMember.person_id)).all())
        people = [
            p
            for p in session.exec(select(Person.id).order_by(Person.id).limit(400)).all()
            if p not in taken
        ][:TWENTY]
    ident = group(demo_copy, "G10").id

    def join(person: int) -> str:
        try:
            write_with(
                demo_copy, acts.join_group, Reader(person, roles=frozenset({Role.agent})), ident
            )
            return "in"
        except Refused as refusal:
            return str(refusal)

    with ThreadPoolExecutor(TWENTY) as pool:
        said = list(pool.map(join, people))
    assert said.count("in") == 4 and said.count("Le groupe est complet.") == TWENTY - 4
    assert len(group(demo_copy, "G10").members) == group(demo_copy, "G10").wanted == 10


def test_a_member_who_facilitates_gives_her_place_back(sqlite_copy, cast):
    code = new_group(sqlite_copy, cast.didier, wanted=1)
    act(sqlite_copy, acts.join_group, cast.alice, code)
    assert group(sqlite_copy, code).places == 0
    act(sqlite_copy, acts.make_facilitator, cast.didier, code, cast.alice.person_id)
    assert group(sqlite_copy, code).places == 1 and group(sqlite_copy, code).responsible == {
        cast.alice.person_id
    }
    refuses(
        act,
        sqlite_copy,
        acts.make_facilitator,
        cast.didier,
        code,
        cast.alice.person_id,
        match="déjà facilitat",
    )
    assert (
        act(sqlite_copy, acts.add_member, cast.alice, code, cast.bruno.person_id) == "Bruno Ferrero"
    )
    assert (
        act(sqlite_copy, acts.remove_member, cast.alice, code, cast.bruno.person_id)
        == "Bruno Ferrero"
    )
    refuses(act, sqlite_copy, acts.add_member, cast.alice, code, None, error=Invalid)


# --- the group and its steps ----------------------------------------------------------------------


def test_a_group_is_started_corrected_and_told_in_the_journal(sqlite_copy, cast):
    assert (
        new_group(sqlite_copy, cast.didier) == "G11"
        and new_group(sqlite_copy, cast.didier) == "G12"
    )
    assert set(
        errors_of(
            new_group,
            sqlite_copy,
            cast.didier,
            title=" ",
            problem="",
            ambition=99,
            sponsor="",
            wanted=0,
        )
    ) == {"title", "problem", "ambition", "sponsor", "wanted"}
    act(
        sqlite_copy,
        acts.edit_group,
        cast.didier,
        "G11",
        {"title": "Des clés pour tous", "wanted": 4},
    )
    assert (group(sqlite_copy, "G11").title, group(sqlite_copy, "G11").wanted) == (
        "Des clés pour tous",
        4,
    )
    noted = select_all(
        sqlite_copy,
        select(Change.field, Change.before, Change.after)
        .where(Change.subject == "groupe", Change.record == "G11")
        .order_by(Change.id),
    )
    assert noted == [
        ("créé", None, "Les clés des bâtiments"),
        ("title", "Les clés des bâtiments", "Des clés pour tous"),
        ("wanted", "3", "4"),
    ]
    assert "wanted" in errors_of(
        act, sqlite_copy, acts.edit_group, cast.didier, "G09", {"wanted": 7}
    ), "eight are in already"


def test_a_group_goes_one_step_at_a_time_and_each_step_starts_from_a_document(sqlite_copy, cast):
    code = led_by_alice(sqlite_copy, cast)
    refuses(
        act,
        sqlite_copy,
        acts.advance_group,
        cast.alice,
        code,
        S.leads,
        match="Une étape à la fois",
    )
    act(sqlite_copy, acts.advance_group, cast.alice, code, S.analysis)
    for to, needed in (
        (S.leads, D.analysis),
        (S.proposition, D.leads),
        (S.submitted, D.proposition),
    ):
        refuses(
            act,
            sqlite_copy,
            acts.advance_group,
            cast.alice,
            code,
            to,
            match=f"« {needed.label} »",
        )
        act(
            sqlite_copy,
            acts.write_version,
            cast.alice,
            code,
            needed,
            f"Ce que dit le document {needed.label}",
            0,
        )
        act(sqlite_copy, acts.advance_group, cast.alice, code, to, "Le groupe est d'accord.")
        assert group(sqlite_copy, code).state is to
    refuses(
        act,
        sqlite_copy,
        acts.advance_group,
        cast.alice,
        code,
        S.closed,
        match="attend encore sa décision",
    )
    refuses(act, sqlite_copy, acts.undo_state, cast.alice, code, match="devant le CODIR")
    refuses(
        act, sqlite_copy, acts.drop_group, cast.alice, code, "Trop long", match="devant le CODIR"
    )
    (point,) = group(sqlite_copy, code).decision_ids
    waiting = next(
        d for d in read_with(sqlite_copy, decisions_register).at(FROZEN) if d.id == point
    )
    assert (waiting.title, waiting.is_waiting, waiting.steps[0].text) == (
        "Les clés des bâtiments (groupe G11)",
        True,
        "Le groupe est d'accord.",
    )
    decide(sqlite_copy, cast.didier, point, Outcome.in_part)
    assert group(sqlite_copy, code).state is S.closed, "the decision closes the group"
    refuses(act, sqlite_copy, acts.advance_group, cast.alice, code, S.closed, match="terminé")
    refuses(
        act,
        sqlite_copy,
        acts.write_version,
        cast.alice,
        code,
        D.proposition,
        "Encore",
        1,
        match="terminé",
    )
    told = select_one(
        sqlite_copy, select(func.count()).select_from(Notice).where(Notice.key.like("groupe-%"))
    )
    assert told == 1, "Alice did it all herself, but the decision"


def test_a_step_is_undone_and_counts_no_more(sqlite_copy, cast):
    act(sqlite_copy, acts.advance_group, cast.didier, "G10", S.analysis)
    assert group(sqlite_copy, "G10").state is S.analysis
    assert act(sqlite_copy, acts.undo_state, cast.didier, "G10") is S.analysis
    found = group(sqlite_copy, "G10")
    assert found.state is S.forming and len(found.steps) == 1
    with reading(sqlite_copy) as session:
        assert session.get(ProgressGroup, found.id).state == S.forming
        told = session.exec(
            select(Notice.person_id).where(Notice.title == "Groupe G10 : Analyse")
        ).all()
    assert set(told) == {seat.person_id for seat in found.seats}, "its volunteers read of the step"
    refuses(act, sqlite_copy, acts.undo_state, cast.didier, "G10", match="pas d'étape à annuler")


def test_a_group_is_dropped_with_a_reason_and_taken_up_again_by_undoing(sqlite_copy, cast):
    refuses(act, sqlite_copy, acts.drop_group, cast.didier, "G10", "  ", error=Invalid)
    act(sqlite_copy, acts.drop_group, cast.didier, "G10", "Repris par le parcours d'accueil.")
    dropped = group(sqlite_copy, "G10")
    assert (dropped.state, dropped.steps[-1].text, dropped.is_looking) == (
        S.dropped,
        "Repris par le parcours d'accueil.",
        False,
    )
    act(sqlite_copy, acts.undo_state, cast.didier, "G10")
    assert group(sqlite_copy, "G10").state is S.forming


# --- documents and deliverables -------------------------------------------------------------------


def test_no_version_is_lost_when_two_write(demo_copy, cast):
    assert (
        act(demo_copy, acts.write_version, cast.didier, "G05", D.proposition, "Texte de Didier", 1)
        == 2
    )
    told = refuses(
        act,
        demo_copy,
        acts.write_version,
        cast.bruno,
        "G05",
        D.proposition,
        "Texte de Bruno",
        1,
        match=r"^Didier Masson .*entre-temps la version 2 ",
        error=EditConflict,
    )
    assert (told.current, told.mark) == ({"text": "Texte de Didier"}, 2)
    assert (
        act(
            demo_copy,
            acts.write_version,
            cast.bruno,
            "G05",
            D.proposition,
            "Texte de Didier\nTexte de Bruno",
            2,
        )
        == 3
    )
    for text in ("", "Texte de Didier\nTexte de Bruno"):
        assert "text" in errors_of(
            act, demo_copy, acts.write_version, cast.bruno, "G05", D.proposition, text, 3
        )
    kept = read_with(demo_copy, query.texts, group(demo_copy, "G05").id, D.proposition, FROZEN)
    assert [(v.version, author.name) for v, author in kept] == [
        (3, "Bruno Ferrero"),
        (2, "Didier Masson"),
        (1, "Bruno Ferrero"),
    ]
    assert kept[2][0].text.startswith("Une équipe volante de quatre personnes")


def test_what_changed_is_said_line_by_line():
    assert changes("un\ndeux\n\ntrois", "un\ndeux bis\ntrois\nquatre") == [
        ("reste", "un"),
        ("retire", "deux"),
        ("ajoute", "deux bis"),
        ("reste", "trois"),
        ("ajoute", "quatre"),
    ]
    assert changes("a", "a") == [("reste", "a")]


def test_a_deliverable_is_planned_moved_handed_in_and_undone(sqlite_copy, cast):
    due = FROZEN + timedelta(days=30)
    assert set(
        errors_of(
            act,
            sqlite_copy,
            acts.add_deliverable,
            cast.bruno,
            "G05",
            " ",
            FROZEN - timedelta(days=1),
        )
    ) == {"title", "due_on"}
    ident = act(sqlite_copy, acts.add_deliverable, cast.bruno, "G05", "Planning commun", due).id

    def one():
        return next((d for d in group(sqlite_copy, "G05").deliverables if d.id == ident), None)

    def on_it(what, *more):
        return write_with(sqlite_copy, what, cast.bruno, ident, *more)

    assert set(errors_of(on_it, acts.move_deliverable, due, "")) == {"due_on", "reason"}
    on_it(acts.move_deliverable, due + timedelta(days=7), "La coordination change.")
    assert (one().due_on, one().forecast) == (
        due + timedelta(days=7),
        None,
    ), "moved in time, the new day is the promise"
    on_it(acts.deliver)
    assert one().is_in_time
    refuses(on_it, acts.deliver, match="déjà remis")
    assert [on_it(acts.undo_deliverable) for _ in range(3)] == [
        DeliverableStep.delivered,
        DeliverableStep.moved,
        DeliverableStep.planned,
    ]
    assert one() is None
    refuses(on_it, acts.undo_deliverable, match="n'est plus prévu")
    assert read_with(sqlite_copy, Session.get, Deliverable, ident) is not None, "nothing is erased"


def test_a_date_moved_after_its_day_is_a_forecast(sqlite_copy, cast, scope_for):
    before = figures(sqlite_copy, scope_for)["groupes-delais"]
    late = next(d for d in group(sqlite_copy, "G05").deliverables if d.is_late(FROZEN))
    write_with(
        sqlite_copy,
        acts.move_deliverable,
        cast.bruno,
        late.id,
        date(2023, 10, 31),
        "La paie répond en octobre.",
    )
    now = next(d for d in group(sqlite_copy, "G05").deliverables if d.id == late.id)
    assert (now.due_on, now.forecast) == (date(2023, 5, 31), date(2023, 10, 31))
    write_with(sqlite_copy, acts.deliver, cast.bruno, late.id)
    after = figures(sqlite_copy, scope_for)["groupes-delais"]
    assert (after.numerator, after.denominator) == (
        before.numerator,
        before.denominator,
    ), "handed in late is not in time"


def test_an_adopted_and_a_rejected_proposition_move_the_figure(sqlite_copy, cast, scope_for):
    (point,) = group(sqlite_copy, "G04").decision_ids
    decide(sqlite_copy, cast.didier, point, Outcome.rejected)
    found = figures(sqlite_copy, scope_for)["groupes-adoption"]
    assert (found.numerator, found.denominator) == (4, 5)
    earlier = figures(sqlite_copy, scope_for, au="2023-06-29")["groupes-adoption"]
    assert (earlier.numerator, earlier.denominator) == (4, 4), "the day before knows nothing of it"


# --- ideas ----------------------------------------------------------------------------------------


def test_an_idea_is_taken_in_and_let_go(sqlite_copy, cast, scope_for, tree):
    number = filed(sqlite_copy, cast.alice, "Un badge le premier jour")
    write_with(sqlite_copy, read_idea, cast.didier, number, tree)
    write_with(
        sqlite_copy, acts.take_in_idea, cast.didier, group(sqlite_copy, "G10").id, number, tree
    )
    refusal(
        sqlite_copy,
        acts.take_in_idea,
        cast.didier,
        group(sqlite_copy, "G10").id,
        number,
        tree,
        match="existe déjà",
    )
    with reading(sqlite_copy) as session:
        found = query.taken_in(session, scope_for(session, cast.alice), "G10")
        idea, link = next(one for one in found if one[0].number == number)
        assert (idea.status, link.on) == (IdeaStatus.in_group, FROZEN)
    write_with(
        sqlite_copy, acts.release_idea, cast.didier, group(sqlite_copy, "G10").id, link.id, tree
    )
    refusal(
        sqlite_copy,
        acts.release_idea,
        cast.didier,
        group(sqlite_copy, "G10").id,
        link.id,
        tree,
        match="plus dans le groupe",
    )
    with reading(sqlite_copy) as session:
        assert number not in [
            one.number for one, _ in query.taken_in(session, scope_for(session, cast.alice), "G10")
        ]
        assert (
            session.exec(select(Idea.status).where(Idea.number == number)).one()
            == IdeaStatus.studied
        )


def test_a_facilitator_takes_only_what_was_entrusted_and_what_she_may_read(
    sqlite_copy, cast, scope_for, tree
):
    hidden, closed = (
        filed(sqlite_copy, NOBODY, "Un constat sans nom"),
        filed(sqlite_copy, cast.alice, "Déjà prévu"),
    )
    ident = group(sqlite_copy, "G05").id
    refusal(sqlite_copy, acts.take_in_idea, cast.bruno, ident, hidden, tree, error=Invalid)
    with writing(sqlite_copy) as session:
        answer_idea(
            session,
            cast.didier,
            closed,
            Answer("C'est au budget.", IdeaStatus.accepted),
            chart(session),
        )
        session.exec(select(Idea).where(Idea.number == closed)).one().published = True
    refusal(
        sqlite_copy,
        acts.take_in_idea,
        cast.bruno,
        ident,
        closed,
        tree,
        match="ne va plus dans un groupe",
    )
    with reading(sqlite_copy) as session:
        public = session.exec(
            select(Idea.number).where(
                Idea.published.is_(True),
                Idea.status == IdeaStatus.read,
                Idea.concerns_id.is_not(None),
            )
        ).first()
        entrusted = session.exec(
            select(Idea.number).where(Idea.published.is_(True), Idea.status == IdeaStatus.in_group)
        ).first()
    refusal(
        sqlite_copy,
        acts.take_in_idea,
        cast.bruno,
        ident,
        public,
        tree,
        match="Demandez à la cellule",
    )
    write_with(
        sqlite_copy, acts.take_in_idea, cast.bruno, group(sqlite_copy, "G05").id, entrusted, tree
    )


def test_who_answers_for_an_idea_entrusts_it_to_a_group(sqlite_copy, cast, scope_for, tree):
    number, code = (
        filed(sqlite_copy, cast.alice, "Un badge le premier jour"),
        led_by_alice(sqlite_copy, cast),
    )
    ident = group(sqlite_copy, code).id
    refusal(sqlite_copy, acts.entrust_to_group, cast.alice, number, ident, tree)
    refusal(
        sqlite_copy,
        acts.entrust_to_group,
        cast.didier,
        number,
        None,
        tree,
        match="Choisissez",
        error=Invalid,
    )
    refusal(
        sqlite_copy,
        acts.entrust_to_group,
        cast.didier,
        number,
        group(sqlite_copy, "G02").id,
        tree,
        match="terminé",
    )
    write_with(sqlite_copy, acts.entrust_to_group, cast.didier, number, ident, tree)
    refusal(
        sqlite_copy, acts.entrust_to_group, cast.didier, number, ident, tree, match="existe déjà"
    )
    with reading(sqlite_copy) as session:
        assert number in [
            one.number for one, _ in query.taken_in(session, scope_for(session, cast.alice), code)
        ]
        idea = session.exec(select(Idea).where(Idea.number == number)).one()
        assert idea.status == IdeaStatus.in_group
        assert (
            session.exec(
                select(IdeaEvent.text)
                .where(IdeaEvent.idea_id == idea.id)
                .order_by(IdeaEvent.seq.desc())
            )
            .first()
            .startswith(f"Confiée au groupe {code}")
        )
        titles = session.exec(
            select(Notice.title).where(
                Notice.person_id == cast.alice.person_id,
                Notice.key == f"groupe-{ident}-idee-{idea.id}",
            )
        ).all()
        assert titles == [f"L'idée n° {number} est confiée au groupe {code}"]


def test_a_hidden_idea_is_not_told_to_the_facilitators_of_its_group(sqlite_copy, cast):
    """Nobody has read it yet: they may not, and no mail says a word of it."""
    number, code = (
        filed(sqlite_copy, NOBODY, "Un constat à lire d'abord", "constat"),
        led_by_alice(sqlite_copy, cast),
    )
    with writing(sqlite_copy) as session:
        session.execute(update(Notice).values(state=NoticeState.handed_over))
        acts.entrust_to_group(
            session, cast.didier, number, group(sqlite_copy, code).id, chart(session)
        )
    with writing(sqlite_copy) as session:
        notice = session.exec(
            select(Notice).where(
                Notice.person_id == cast.alice.person_id, Notice.title.contains(str(number))
            )
        ).one()
        assert "à lire" not in f"{notice.title} {notice.text}"
        assert sending.claim(session, cast.alice.person_id, FROZEN) is None


# --- the whole way --------------------------------------------------------------------------------


def test_the_direction_that_answers_for_a_proposition_is_kept(sqlite_copy, cast):
    owner = select_one(sqlite_copy, select(Direction.id).where(Direction.code == "VC-PEN"))
    act(
        sqlite_copy,
        acts.advance_group,
        cast.bruno,
        "G05",
        S.submitted,
        "Équipe volante et planning commun.",
        owner_direction_id=owner,
    )
    (point,) = group(sqlite_copy, "G05").decision_ids
    assert (
        next(
            d.owner_direction_id
            for d in read_with(sqlite_copy, decisions_register).at(FROZEN)
            if d.id == point
        )
        == owner
    )


# ── Communities ───────────────────────────────────────────────────────────────────────────────────
# Alice becomes an ambassador, changes her reach, leaves; Didier hands over; managers share notes.

AMBASSADORS, MANAGERS = Community.ambassadors, Community.managers
LATER = FROZEN + timedelta(days=40)


def members(engine, community=AMBASSADORS, on: date = FROZEN) -> dict[int, int]:
    return read_with(engine, communities_query.own_services, community, on)


def covered(engine, person: int, on: date = FROZEN) -> set[int]:
    return read_with(engine, communities_query.coverage, AMBASSADORS, on).get(person, set())


def coverage(engine, scope_for, cast, on: date) -> float:
    with reading(engine) as session:
        scope = scope_for(session, cast.didier, today=on, au=on.isoformat())
        return REGISTRY["couverture"].function(Reads(session), scope, on)["couverture"].value


# --- joining, reaching further, leaving -----------------------------------------------------------


def test_alice_joins_and_is_an_ambassador_at_once(demo_copy, cast):
    write_with(demo_copy, join_community, cast.alice, JoinInput(AMBASSADORS))
    assert members(demo_copy)[cast.alice.person_id] == cast.alice.service_id
    assert members(demo_copy, on=FROZEN - timedelta(days=1)).get(cast.alice.person_id) is None, (
        "the day before she was not"
    )
    with reading(demo_copy) as session:
        assert (
            Role.ambassadeur in reader_of(session, account_by_login(session, "alice"), FROZEN).roles
        )


def test_she_covers_the_services_she_names_and_gives_them_back(demo_copy, cast, scope_for):
    others = [
        unit.id
        for unit in read_with(demo_copy, scope_for, cast.didier).tree.services()
        if unit.id != cast.alice.service_id
    ][:2]
    write_with(
        demo_copy,
        join_community,
        cast.alice,
        JoinInput(AMBASSADORS, AmbassadorReach.several, frozenset(others)),
    )
    assert covered(demo_copy, cast.alice.person_id) == {cast.alice.service_id, *others}
    on_day(demo_copy, LATER)
    write_with(
        demo_copy, change_reach, cast.alice, JoinInput(AMBASSADORS, AmbassadorReach.one_service)
    )
    assert covered(demo_copy, cast.alice.person_id, LATER) == {cast.alice.service_id}
    assert covered(demo_copy, cast.alice.person_id, FROZEN) == {
        cast.alice.service_id,
        *others,
    }, "the past stays as it was"


def keys_of(session, *logins: str) -> dict[str, str]:
    persons = {login: account_by_login(session, login).person_id for login in logins}
    return {login: session.get(Person, person).key for login, person in persons.items()}


def test_the_office_adds_members_who_are_told_and_may_leave(sqlite_copy, cast, scope_for):
    with writing(sqlite_copy) as session:
        add_member(session, cast.didier, Community.ambassadors, cast.alice.person_id)
        told = session.exec(select(Notice).where(Notice.person_id == cast.alice.person_id)).all()
        (notice,) = [item for item in told if item.key.startswith("adhesion-")]
        assert "la communauté des Ambassadeurs" in notice.title and "quitter" in notice.text
        assert notice.href == "/communautes?communaute=ambassadeurs"
        again = (cast.didier, Community.ambassadors, cast.alice.person_id)
        refuses(add_member, session, *again, match="déjà partie")
    with writing(sqlite_copy) as session:
        leave_community(session, cast.alice, Community.ambassadors)
        listed = communities_query.members(
            session, scope_for(session, cast.didier), Community.ambassadors
        )
        assert cast.alice.person_id not in [member.person_id for member in listed]


def test_a_file_adds_members_and_says_who_cannot_be(sqlite_copy, cast):
    with writing(sqlite_copy) as session:
        keys = keys_of(session, "alice", "bruno")
        carine = session.get(Person, cast.carine.person_id)
    ambassadors = ImportOptions(community="ambassadeurs")
    file = ("Matricule;Nom", f"{keys['alice']};Lambotte", f"{keys['bruno']};B", "0000;Personne")
    tried = bring(
        sqlite_copy, cast.didier, "membres", *file, how=replace(ambassadors, dry_run=True)
    )
    assert counts(tried) == (1, 0, 1, 1), "Bruno is one already"
    assert "ne désigne personne" in tried.refused[0].reason and tried.refused[0].line == 4
    assert counts(bring(sqlite_copy, cast.didier, "membres", *file, how=ambassadors))[0] == 1
    again = bring(sqlite_copy, cast.didier, "membres", *file, how=ambassadors)
    assert counts(again) == (0, 0, 2, 1)
    names = ("Membre", f"{carine.family_name.upper()} {carine.given_name}")
    named = bring(sqlite_copy, cast.didier, "membres", *names, how=ambassadors)
    assert named.new + named.unchanged == 1
    managers = ImportOptions(community="managers")
    left = bring(sqlite_copy, cast.didier, "membres", *file[:2], how=managers)
    assert "dirigent" in left.refused[0].reason
    lines = (sqlite_copy, cast.didier, "membres")
    refuses(bring, *lines, "a;b", "1;2", how=managers, match="matricule")
    refuses(bring, *lines, *file, match="de quelle communauté")


def test_didier_adds_a_member_on_the_screen(open_page, demonstration, cast):
    tab = open_page("didier", "communautes", "communaute=ambassadeurs")
    unfold(tab, "Inscrire des membres")
    (picker,) = [box for box in tab.selectbox if box.label == "Qui rejoint ?"]
    picker.select(cast.alice.person_id).run()
    next(b for b in tab.button if b.label == "Inscrire").click().run()
    assert not tab.exception
    assert "1 membre est inscrit et prévenu" in tab.success[0].value.replace("\\", "").replace(
        "\xa0", " "
    )
    others = open_page("elise", "communautes").get("expander")
    assert "Inscrire des membres" not in [fold.label for fold in others]


def test_leaving_ends_the_role_and_keeps_the_past(demo_copy, cast):
    on_day(demo_copy, LATER)
    gaps = write_with(demo_copy, leave_community, cast.bruno, AMBASSADORS)
    assert cast.bruno.person_id not in members(demo_copy, on=LATER)
    assert cast.bruno.person_id in members(demo_copy, on=LATER - timedelta(days=1))
    reached = set().union(
        *read_with(demo_copy, communities_query.coverage, AMBASSADORS, LATER).values()
    )
    assert covered(demo_copy, cast.bruno.person_id, LATER) == set() and gaps == len(
        cast.bruno.covered - reached
    )
    with reading(demo_copy) as session:
        assert (
            Role.ambassadeur
            not in reader_of(session, account_by_login(session, "bruno"), LATER).roles
        )
        assert (
            session.exec(
                select(Membership.left_on).where(
                    Membership.person_id == cast.bruno.person_id,
                    Membership.community == AMBASSADORS,
                )
            ).one()
            == LATER
        )


def test_who_changed_service_leaves_altogether(sqlite_copy, cast, scope_for):
    """She was counted in the service she joined from; leaving from another one ends her
    membership all the same.
    """
    elsewhere = next(
        u.id
        for u in read_with(sqlite_copy, scope_for, cast.didier).tree.services()
        if u.id not in cast.bruno.covered
    )
    add_rows(
        sqlite_copy,
        Assignment(
            person_id=cast.bruno.person_id, service_id=elsewhere, on=LATER, recorded_on=LATER
        ),
    )
    on_day(sqlite_copy, LATER)
    write_with(sqlite_copy, leave_community, cast.bruno, AMBASSADORS)
    assert cast.bruno.person_id not in members(sqlite_copy, on=LATER)


@pytest.mark.parametrize(
    ("act", "sentence"),
    [
        (
            lambda s, cast: join_community(s, cast.bruno, JoinInput(AMBASSADORS)),
            "Vous faites déjà partie",
        ),
        (lambda s, cast: leave_community(s, cast.alice, AMBASSADORS), "Vous ne faites pas partie"),
        (
            lambda s, cast: change_reach(s, cast.alice, JoinInput(AMBASSADORS)),
            "Vous ne faites pas partie",
        ),
        (
            lambda s, cast: join_community(s, cast.alice, JoinInput(MANAGERS)),
            "réunit les personnes qui dirigent",
        ),
        (
            lambda s, cast: join_community(
                s, cast.alice, JoinInput(AMBASSADORS), cast.elise.person_id
            ),
            "pas le droit",
        ),
        (
            lambda s, cast: leave_community(s, cast.alice, AMBASSADORS, cast.bruno.person_id),
            "pas le droit",
        ),
        (
            lambda s, cast: leave_community(
                s, cast.bruno, AMBASSADORS, successor_id=cast.alice.person_id
            ),
            "pas le droit",
        ),
        (lambda s, cast: join_community(s, cast.nobody, JoinInput(AMBASSADORS)), "Connectez-vous"),
    ],
)
def test_what_cannot_be_is_one_sentence_and_writes_nothing(sqlite_copy, cast, act, sentence):
    before = members(sqlite_copy), members(sqlite_copy, MANAGERS)
    refusal(sqlite_copy, act, cast, match=sentence)
    assert (members(sqlite_copy), members(sqlite_copy, MANAGERS)) == before


def test_several_services_are_named(sqlite_copy, cast):
    assert (
        "au moins un autre service"
        in errors_of(
            write_with,
            sqlite_copy,
            join_community,
            cast.alice,
            JoinInput(AMBASSADORS, AmbassadorReach.several),
        )["services"]
    )
    refusal(
        sqlite_copy,
        join_community,
        cast.alice,
        JoinInput(AMBASSADORS, AmbassadorReach.several, frozenset({-5})),
        error=Invalid,
    )


# --- what is seen of it ---------------------------------------------------------------------------


def test_the_gap_shows_until_somebody_covers_it(sqlite_copy, cast, scope_for):
    with reading(sqlite_copy) as session:
        gap = next(
            row.service.id
            for row in communities_query.coverage_map(session, scope_for(session, cast.didier))
            if not row.ambassadors
        )
    before = coverage(sqlite_copy, scope_for, cast, FROZEN)
    write_with(
        sqlite_copy,
        join_community,
        cast.alice,
        JoinInput(AMBASSADORS, AmbassadorReach.several, frozenset({gap})),
    )
    assert coverage(sqlite_copy, scope_for, cast, FROZEN) == pytest.approx(before + 100 / 60)
    with reading(sqlite_copy) as session:
        row = next(
            row
            for row in communities_query.coverage_map(session, scope_for(session, cast.didier))
            if row.service.id == gap
        )
    assert (row.own, row.others) == (0, 1)


def test_the_map_the_load_and_the_growth_agree_with_the_members(demo, cast, scope_for):
    with reading(demo) as session:
        scope = scope_for(session, cast.didier)
        rows, loads, grown = (
            communities_query.coverage_map(session, scope),
            communities_query.load(session, scope),
            communities_query.growth(session, scope, AMBASSADORS),
        )
        alone = [
            len(communities_query.own_services(session, AMBASSADORS, month.month_end))
            for month in grown
        ]
    assert [month.members for month in grown] == alone, (
        "one reading tells each month what it tells when asked alone"
    )
    assert sum(row.own for row in rows) == len(loads) == grown[-1].members == 86
    assert sum(row.ambassadors for row in rows) == sum(one.services for one in loads)
    covered_agents = sum(row.agents for row in rows if row.ambassadors)
    assert sum(one.share for one in loads) == pytest.approx(covered_agents), (
        "each covered agent is carried once"
    )
    assert all(b.members == a.members + b.joined - b.left for a, b in pairwise(grown))


def test_didier_hands_over_and_no_service_is_lost(sqlite_copy, cast):
    successor = next(
        person
        for person in members(sqlite_copy)
        if person != cast.bruno.person_id
        and covered(sqlite_copy, person).isdisjoint(cast.bruno.covered)
    )
    theirs = covered(sqlite_copy, successor)
    gaps = write_with(
        sqlite_copy, leave_community, cast.didier, AMBASSADORS, cast.bruno.person_id, successor
    )
    assert gaps == 0 and covered(sqlite_copy, successor) == theirs | cast.bruno.covered
    assert members(sqlite_copy)[successor] in theirs, "she is still counted in her own service"
    told = select_all(
        sqlite_copy,
        select(Notice.title).where(Notice.person_id == successor, Notice.key.startswith("relais-")),
    )
    assert len(told) == 1 and str(len(cast.bruno.covered - theirs)) in told[0]


@pytest.mark.parametrize("successor", ["alice", "bruno"])
def test_a_successor_is_somebody_who_stays(sqlite_copy, cast, successor):
    refusal(
        sqlite_copy,
        leave_community,
        cast.didier,
        AMBASSADORS,
        cast.bruno.person_id,
        getattr(cast, successor).person_id,
        error=Invalid,
    )
    assert cast.bruno.person_id in members(sqlite_copy)


PRACTICE = InterestKind.practice

# --- the managers' notes --------------------------------------------------------------------------


def test_carine_shares_a_note_that_managers_find_and_agents_do_not(sqlite_copy, cast, scope_for):
    write_with(
        sqlite_copy,
        write_offer,
        cast.carine,
        PRACTICE,
        "Un tableau des congés, affiché",
        "Les équipes de la piscine se remplacent entre elles.",
    )
    with reading(sqlite_copy) as session:
        for words in ("conges", "équipe piscine", '"tableau des congés"'):
            assert [
                note.record.title
                for note in practices(session, scope_for(session, cast.gaelle), words)
            ] == ["Un tableau des congés, affiché"], words
        assert practices(session, scope_for(session, cast.gaelle), "piscine -congés") == []
        refuses(practices, session, scope_for(session, cast.alice))


def test_a_note_is_taken_back_by_its_author_only(sqlite_copy, cast, scope_for):
    ident = write_with(
        sqlite_copy, write_offer, cast.carine, PRACTICE, "Un essai", "Cela n'a rien donné."
    ).id
    refusal(sqlite_copy, end_offer, cast.didier, PRACTICE, ident, match="pas de vous")
    write_with(sqlite_copy, end_offer, cast.carine, PRACTICE, ident)
    with reading(sqlite_copy) as session:
        assert practices(session, scope_for(session, cast.carine), "essai rien") == []


def test_an_empty_note_is_told_field_by_field(sqlite_copy, cast):
    assert set(errors_of(write_with, sqlite_copy, write_offer, cast.carine, PRACTICE, " ", "")) == {
        "title",
        "text",
    }
    refusal(sqlite_copy, write_offer, replace(cast.alice), PRACTICE, "Titre", "Texte")


# ── Marks of interest ─────────────────────────────────────────────────────────────────────────────
# With and without an account, contacted in time or late, and what they become in one act.

STATE = InterestState


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
        return interests_query.interest(
            session, scope_for(session, cast.didier, today=today), ident
        )


def test_alice_marks_an_interest_once(demo_copy, cast, scope_for):
    ident = marks(
        demo_copy, cast.alice, reach=AmbassadorReach.informal, text="Je parle avec tout le monde."
    )
    one = marked(demo_copy, cast, scope_for, ident)
    assert (one.name, one.record.reach, one.record.direction_id, one.state) == (
        cast.alice.name,
        AmbassadorReach.informal,
        cast.alice.service_id,
        STATE.new,
    )
    refuses(marks, demo_copy, cast.alice, match="déjà noté")
    with reading(demo_copy) as session:
        mine = interests_query.my_interests(session, scope_for(session, cast.alice))
        assert [m.record.id for m in mine] == [ident]
        assert interests_query.my_interests(session, scope_for(session, cast.nobody)) == []


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
        STATE.contacted,
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
    assert state_of(sqlite_copy, ident) == (STATE.joined, [STATE.new, STATE.joined])
    with reading(sqlite_copy) as session:
        assert cast.alice.person_id in communities_query.own_services(
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
    assert state_of(sqlite_copy, ident)[0] == STATE.new, "nothing was half-done"
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
            STATE.joined,
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
    refusal(sqlite_copy, follow_interest, cast.didier, ident, STATE.dropped, error=Invalid)
    with writing(sqlite_copy) as session:
        take_care(session, cast.didier, ident)
        follow_interest(session, cast.didier, ident, STATE.dropped, "N'a plus le temps")
    refusal(sqlite_copy, follow_interest, cast.didier, ident, STATE.contacted, match="déjà traitée")
    kept = read_with(sqlite_copy, Session.get, Interest, ident)
    assert (kept.name, kept.contact, kept.owner_id) == ("", "", cast.didier.person_id)


def test_who_could_cover_what_nobody_covers(demo, cast, scope_for):
    with reading(demo) as session:
        scope = scope_for(session, cast.didier)
        found = interests_query.suggestions(session, scope)
        gaps = {
            row.service.id
            for row in communities_query.coverage_map(session, scope)
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
            interests_query.pipeline(session, scope),
            interests_query.counts(session, scope),
            interests_query.late(session, scope),
        )
        frozen = session.get(Installation, 1).frozen_on
    new = [one for one in found if one.state == STATE.new]
    assert [one.record.on for one in new] == sorted(one.record.on for one in new) and found[
        : len(new)
    ] == new
    assert counts == {state: sum(one.state == state for one in found) for state in STATE}
    assert late == [one for one in new if one.is_late(frozen)] != []


# --- the screen -----------------------------------------------------------------------------------


def test_each_filter_tells_how_many_stand_behind_it(demonstration, open_page, cast, scope_for):
    with reading(demonstration) as session:
        counts = interests_query.counts(session, scope_for(session, cast.didier))
    tab = open_page("didier", "marques-interet")
    row = next(html for html in html_of(tab) if "cp-segments" in html)
    shown = re.findall(r"<a[^>]*>([^<]+)</a>", row)
    assert not tab.exception and sum(counts.values()) > 0
    assert shown[0] == "Toutes" and shown[-1].startswith("Délai passé (")
    assert shown[1:-1] == [f"{state.label} ({n})" for state, n in counts.items()]
