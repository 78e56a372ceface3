"""The sheet of a decision: typed before the body meets, made from the data, two pages; and
points that speak of a record.
"""

import io
from dataclasses import replace

import pytest
from pypdf import PdfReader
from sqlmodel import select
from support.transactions import (
    errors_of,
    refusal,
    select_all,
    write_with,
)
from support.troupe import FROZEN

from dashboard.actions.decisions.records import PointInput, submit_point
from dashboard.actions.decisions.steps import follow_decision, write_sheet
from dashboard.actions.discussions import (
    contribute,
    hide_content,
    resolve_objection,
    support_subject,
)
from dashboard.queries.decisions.records import register
from dashboard.queries.decisions.sheets import open_objections, sheet_of
from dashboard.queries.ideas.threads import thread
from dashboard.report.decision import decision_sheet
from dashboard.report.pack import gather
from models.database import reading, writing
from models.decisions import Decision, DecisionEvent, DecisionSheet, DecisionStep, Instance, Outcome
from models.directions import Tree
from models.discussions import ContributionKind, ContributionStep, Link, Subject
from models.idea_states import IdeaStatus
from models.ideas import Idea
from models.people import Account, Assignment
from models.texts import Invalid

OBJECTION = ContributionKind.objection
WAITING, SAID = 28, "Deux personnes par crèche"


def point(number: int, session) -> Decision:
    return session.exec(select(Decision).where(Decision.number == number)).one()


def open_idea(session) -> Idea:
    return session.exec(
        select(Idea)
        .where(Idea.status == IdeaStatus.studied, Idea.published.is_(True), Idea.kind == "idee")
        .order_by(Idea.id)
    ).first()


def at(session, number: int):
    return next(d for d in register(session).at(FROZEN) if d.number == number)


# --- the point and what it speaks of --------------------------------------------------------------


def test_a_point_about_an_idea_stands_in_its_thread_and_its_author_reads_it(
    demo_copy, cast, scope_for
):
    with writing(demo_copy) as session:
        idea = open_idea(session)
        found = submit_point(
            session,
            cast.didier,
            PointInput(
                "Un banc devant la piscine", Instance.codir, about=("idee", f"n° {idea.number}")
            ),
        )
        ident, key = found.id, idea.id
    with reading(demo_copy) as session:
        found = thread(session, scope_for(session, cast.didier), ("decision", str(ident)))
        assert [(node.kind, node.distance) for node in found.nodes][:1] == [("idee", -1)]
        assert session.get(Idea, key).status == IdeaStatus.submitted


def test_a_point_about_a_milestone_is_carried_by_it(demo_copy, cast, scope_for):
    ident = write_with(
        demo_copy,
        submit_point,
        cast.didier,
        PointInput("Salle de formation", Instance.codir, about=("jalon", "5.9")),
    ).id
    with reading(demo_copy) as session:
        nodes = thread(session, scope_for(session, cast.didier), ("decision", str(ident))).nodes
        assert [(n.kind, n.key) for n in nodes if n.distance > 0] == [("jalon", "5.9")]


@pytest.mark.parametrize(
    "about",
    [
        ("idee", "999999999"),
        ("idee", "x"),
        ("groupe", "G99"),
        ("jalon", "99.1"),
        ("formation", "F01"),
        ("rien", "1"),
    ],
)
def test_a_record_that_is_not_there_is_told_beside_the_field(sqlite_copy, cast, about):
    before = len(select_all(sqlite_copy, select(Decision.id)))
    assert set(
        errors_of(
            write_with,
            sqlite_copy,
            submit_point,
            cast.didier,
            PointInput("Un point", Instance.codir, about=about),
        )
    ) == {"about"}
    assert len(select_all(sqlite_copy, select(Decision.id))) == before


def test_a_withdrawn_idea_is_neither_put_before_a_body_nor_decided(sqlite_copy, cast):
    with writing(sqlite_copy) as session:
        gone = session.exec(select(Idea.number).where(Idea.status == IdeaStatus.withdrawn)).first()
    refusal(
        sqlite_copy,
        submit_point,
        cast.didier,
        PointInput("Un point", Instance.codir, about=("idee", str(gone))),
        match="est « Retirée »",
    )
    with writing(sqlite_copy) as session:
        idea = open_idea(session)
        ident = submit_point(
            session,
            cast.didier,
            PointInput("Un point", Instance.codir, about=("idee", str(idea.number))),
        ).id
        idea.status = str(IdeaStatus.withdrawn)
        session.add(idea)
    step = DecisionEvent(what=DecisionStep.decided, outcome=Outcome.rejected, text="Trop cher")
    refusal(
        sqlite_copy,
        follow_decision,
        cast.didier,
        ident,
        step,
        Tree(()),
        match="ne peut plus être décidée",
    )
    with writing(sqlite_copy) as session:  # a second entry leads to it as well, and stands
        other = open_idea(session)
        session.add(
            Link(
                id=5,
                from_kind="idee",
                from_key=str(other.id),
                to_kind="decision",
                to_key=str(ident),
                role="decidee-par",
                on=FROZEN,
            )
        )
    write_with(sqlite_copy, follow_decision, cast.didier, ident, step, Tree(()))


# --- what is typed --------------------------------------------------------------------------------


def test_the_sheet_is_typed_while_the_point_waits_and_stays_as_it_was_read(sqlite_copy, cast):
    with writing(sqlite_copy) as session:
        ident = point(WAITING, session).id
        write_sheet(
            session,
            cast.didier,
            ident,
            DecisionSheet(
                problem="Le problème",
                options="A. Oui. B. Non.",
                concerned="22 crèches",
                objections="",
                cost=6500,
                fte=0.2,
            ),
        )
        follow_decision(
            session,
            cast.didier,
            ident,
            DecisionEvent(what=DecisionStep.decided, outcome=Outcome.rejected, text="Plus tard"),
            Tree(()),
        )
    refusal(
        sqlite_copy,
        write_sheet,
        cast.didier,
        ident,
        DecisionSheet(problem="Autre chose"),
        match="reste telle qu'elle a été lue",
    )
    with reading(sqlite_copy) as session:
        assert (
            session.get(DecisionSheet, ident).problem,
            session.get(DecisionSheet, ident).cost,
        ) == ("Le problème", 6500)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        (DecisionSheet(problem="a" * 3001), "problem"),
        (DecisionSheet(cost=-1), "cost"),
        (DecisionSheet(fte=float("nan")), "fte"),
    ],
)
def test_what_cannot_be_printed_is_told_beside_its_field(sqlite_copy, cast, given, field):
    with pytest.raises(Invalid) as refused, writing(sqlite_copy) as session:
        write_sheet(session, cast.didier, point(WAITING, session).id, given)
    assert set(refused.value.errors) == {field}


# --- what is printed ------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [5, 12, 24, 26, WAITING])
def test_every_sheet_has_two_pages(sqlite_demo, cast, scope_for, number):
    with reading(sqlite_demo) as session:
        pages = PdfReader(
            io.BytesIO(decision_sheet(session, scope_for(session, cast.elise), number))
        ).pages
    assert (
        len(pages) == 2
        and "Le problème" in pages[0].extract_text()
        and "Les options" in pages[1].extract_text()
    )


@pytest.mark.slow
def test_what_is_objected_to_what_leads_there_is_read_with_what_became_of_it(
    demo_copy, cast, scope_for
):
    """On the sheet, its two pages, the list of points that wait and the report."""
    with writing(demo_copy) as session:
        scope = scope_for(session, cast.carine)
        ident = str(point(26, session).id)
        objection = contribute(session, scope, Subject.decision, ident, "Sans budget.", OBJECTION)
        didier = scope_for(session, cast.didier)
        resolve_objection(session, didier, objection.id, ContributionStep.answered, "Il est voté.")
        of_group = (Subject.proposition, "G04")
        hidden = contribute(session, scope, *of_group, "Un nom", OBJECTION)
        hide_content(session, cast.didier, *of_group, hidden.id, "Un nom y figure")
        elsewhere = contribute(session, scope, Subject.training, "F01", "Ailleurs", OBJECTION)
        assert elsewhere.id
    with reading(demo_copy) as session:
        scope = scope_for(session, cast.elise)
        found = sheet_of(session, scope, at(session, 26))
        assert [(one.about.words, one.is_open) for one in found.spoken] == [
            ("la proposition du groupe G04", True),
            ("la décision n° 26", False),
        ]
        key = int(ident)
        assert [one.about.key for one in open_objections(session, scope, [key])[key]] == ["G04"]
        state = next(words for d, _, words in gather(session, scope).decisions if d.number == 26)
        assert "1\xa0objection ouverte" in state
        pages = PdfReader(io.BytesIO(decision_sheet(session, scope, 26))).pages
    printed = " ".join(" ".join(page.extract_text() for page in pages).split())
    assert len(pages) == 2 and "2 objections ont été dites" in printed
    for words in ("Au dépôt, tous", "Ouverte", "Sans budget.", "Répondue", "Il est voté."):
        assert words in printed, words
    assert "Ailleurs" not in printed and "Un nom" not in printed


def test_long_texts_still_make_two_pages(sqlite_copy, cast, scope_for):
    long = "Une phrase assez longue pour remplir. " * 75
    texts = dict.fromkeys(("problem", "options", "concerned", "objections"), long)
    given = DecisionSheet(**texts, cost=1, fte=1)
    with writing(sqlite_copy) as session:
        write_sheet(session, cast.didier, point(WAITING, session).id, given)
    with reading(sqlite_copy) as session:
        assert (
            len(
                PdfReader(
                    io.BytesIO(decision_sheet(session, scope_for(session, cast.elise), WAITING))
                ).pages
            )
            == 2
        )


def test_an_entry_that_is_hidden_is_not_on_the_sheet(sqlite_copy, cast, scope_for):
    with writing(sqlite_copy) as session:
        number = session.exec(select(Idea).where(Idea.title.contains(SAID))).first().number
        idea = session.exec(select(Idea).where(Idea.number == number)).one()
        idea.published, idea.status, idea.author_id = False, str(IdeaStatus.studied), None
        session.add(idea)
    with reading(sqlite_copy) as session:
        assert [
            e.number
            for e in sheet_of(
                session, scope_for(session, cast.didier), at(session, WAITING)
            ).evidence
        ] == [number]
        assert (
            sheet_of(session, scope_for(session, cast.elise), at(session, WAITING)).evidence == ()
        )


def test_where_it_comes_from_never_tells_fewer_than_five(sqlite_copy, cast, scope_for):
    """Seven of one direction and two of another: neither the two nor what would give them away
    is told.
    """
    with writing(sqlite_copy) as session:
        idea = session.exec(select(Idea).where(Idea.title.contains(SAID))).first()
        tree = scope_for(session, cast.didier).tree
        big, small = (
            min(tree.under(tree.by_code[code].id) - {tree.by_code[code].id})
            for code in ("VC-PEN", "AD-VER")
        )
        people = {
            unit: (
                session.exec(
                    select(Assignment.person_id)
                    .where(
                        Assignment.service_id == unit,
                        Assignment.person_id.not_in(select(Account.person_id)),
                        Assignment.person_id != (idea.author_id or 0),
                    )
                    .limit(9)
                ).all()
            )
            for unit in (big, small)
        }
        idea.author_id, idea.anonymous = None, False
        session.add(idea)
        for unit, n in ((big, 7), (small, 2)):
            for person in people[unit][:n]:
                support_subject(
                    session,
                    replace(
                        scope_for(session, cast.alice), reader=replace(cast.alice, person_id=person)
                    ),
                    Subject.idea,
                    str(idea.id),
                )
    with reading(sqlite_copy) as session:
        rows, persons, some_hidden = sheet_of(
            session, scope_for(session, cast.didier), at(session, WAITING)
        ).spread
    assert some_hidden and all(n >= 5 for _, n in rows)
    assert persons is None or persons - sum(n for _, n in rows) >= 5 or rows == []
