"""Progress groups: volunteers join and work, documents keep their versions, a proposition goes
to the CODIR and is carried out.
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from sqlalchemy import Engine, func, update
from sqlmodel import Session, select
from support.answers import chart
from support.transactions import (
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
from dashboard.actions.decisions.steps import follow_decision
from dashboard.actions.ideas.answers import Answer, answer_idea, read_idea
from dashboard.actions.ideas.filing import checked_input, file_idea
from dashboard.actions.interests import mark_interest
from dashboard.actions.notices import sending
from dashboard.figures.board import board
from dashboard.figures.kinds import rows_behind
from dashboard.queries import groups as query
from dashboard.queries.decisions.records import register as decisions_register
from dashboard.queries.groups import GroupAt
from dashboard.views.groupes import changes
from models.communities import Interest
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
from models.ledger import Change
from models.notices import Notice, NoticeState
from models.people import Person, Role
from models.texts import EditConflict, Invalid, Refused

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
    assert set(told) == group(demo_copy, "G10").facilitators
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
    assert group(sqlite_copy, code).places == 1 and group(sqlite_copy, code).facilitators == {
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
