"""What is said of an idea, a milestone, a proposition, a decision and a training; A colleague who is
named in a note is told of it, where she may read it; a name that reaches nobody who does is
refused; the news.
"""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from xml.etree import ElementTree as ET

import pytest
from sqlalchemy import Engine, text
from sqlmodel import select
from starlette.requests import Request
from support.answers import chart, entry, key_of, sound
from support.pages import enter, html_of, visit
from support.transactions import (
    add_rows,
    errors_of,
    execute,
    read_with,
    refusal,
    refuses,
    select_all,
    write_with,
)
from support.troupe import FROZEN

from dashboard.access import NOBODY, OPERATOR, Reader, may
from dashboard.actions import discussions
from dashboard.actions.academy.trainings import open_session
from dashboard.actions.decisions.steps import follow_decision
from dashboard.actions.discussions import contribute
from dashboard.actions.ideas.filing import checked_input, file_idea
from dashboard.actions.news import (
    open_post,
    publish,
    withdraw_post,
    withdraw_publication,
    write_post,
)
from dashboard.actions.people.privacy import erase_person, export_person
from dashboard.actions.roadmap.reports import report_plan
from dashboard.figures.board import board
from dashboard.queries import directions
from dashboard.queries.directions import organisation
from dashboard.queries.discussions.threads import (
    Discussion,
    ObjectionState,
    discussion,
    hidden,
    objections_about,
    reported,
)
from dashboard.queries.ideas.card import named_in, note_readers
from dashboard.queries.news import Situation, posts, published
from dashboard.queries.notices.records import CONTRIBUTION_KEY, followed_by, still_open
from dashboard.queries.operations.checks import contributions as checked
from dashboard.queries.people.privacy import mentions
from dashboard.report.public import FIGURES, situation
from dashboard.scope import Scope
from dashboard.visit import navigation
from dashboard.web.files import atom
from models.academy import Trainer, Training, TrainingSession
from models.database import reading, writing
from models.decisions import Decision, DecisionEvent, DecisionStep
from models.discussions import (
    COMMENT_MAX,
    Contribution,
    ContributionKind,
    ContributionStep,
    Subject,
    SubjectFollow,
    SubjectSupport,
)
from models.groups import GroupMember, GroupRole, ProgressGroup
from models.idea_states import IdeaStatus
from models.ideas import Idea
from models.ledger import Change
from models.notices import BODY_MAX, TITLE_MAX, Notice, Post
from models.people import Person
from models.roadmap import MilestoneState, Plan, PlanReport, PlanSchedule
from models.settings import settings
from models.texts import Invalid

# ── What is said of an idea, a milestone, a proposition, a decision and a training ────────────────
# Supports that are unique, objections with their reason and what becomes of them, moderation, who
# is told. What is an idea's alone is in `test_exchanges`.

COMMENT, OBJECTION = ContributionKind.comment, ContributionKind.objection
ANSWERED, LIFTED = ContributionStep.answered, ContributionStep.lifted
# One of the demonstration of each: a milestone under way, a group that has written its proposition,
# a point that waits, a training, a figure.
MILESTONE, WAITING, TRAINING, FIGURE = "5.9", 28, "F10", "reponse.tenue"


IDEA = Subject.idea
OTHERS = [subject for subject in Subject if subject is not IDEA]


@pytest.fixture
def ends(demo_copy, cast) -> dict[Subject, str]:
    """Subject → the key of one that takes everything."""
    with writing(demo_copy) as session:
        for table in ("contribution_event", "contribution", "subject_support"):
            session.execute(text(f"DELETE FROM {table}"))
        session.execute(text("UPDATE idea SET supports = 0, comments = 0"))
        submitted = session.exec(
            select(ProgressGroup.code).where(ProgressGroup.state.in_(["proposition", "soumise"]))
        ).first()
        decision = session.exec(select(Decision.id).where(Decision.number == WAITING)).one()
        filed = file_idea(session, cast.alice, checked_input(title="Un banc"), "jeton-du-banc")
        idea = key_of(session, filed.number)
    return {
        Subject.idea: idea,
        Subject.milestone: MILESTONE,
        Subject.proposition: submitted,
        Subject.decision: str(decision),
        Subject.training: TRAINING,
        Subject.figure: FIGURE,
    }


@pytest.fixture
def did(demo_copy, scope_for):
    """An act of a reader, in a transaction of its own."""

    def done(reader: Reader, act, *args):
        with writing(demo_copy) as session:
            return act(session, scope_for(session, reader), *args)

    return done


@pytest.fixture
def says(did):
    """A reader's words about a subject: the id."""

    def said(reader: Reader, subject: Subject, key: str, words: str, kind=COMMENT) -> int:
        def contribute(*args) -> int:
            return discussions.contribute(*args).id

        return did(reader, contribute, subject, key, words, kind)

    return said


@pytest.fixture
def objects(says):
    def objected(reader: Reader, subject: Subject, key: str) -> int:
        return says(reader, subject, key, "Trop cher pour nous.", OBJECTION)

    return objected


@pytest.fixture
def moderates(demo_copy, cast):
    """An act of Didier's on a contribution."""

    def done(act, ident: int, *args) -> None:
        with writing(demo_copy) as session:
            found = session.get(Contribution, ident)
            act(session, cast.didier, Subject(found.subject), found.key, ident, *args)

    return done


@pytest.fixture
def seen(demo_copy, scope_for):
    def read(reader: Reader, subject: Subject, key: str) -> Discussion | None:
        with reading(demo_copy) as session:
            return discussion(session, scope_for(session, reader), subject, key, FROZEN)

    return read


def told(engine: Engine, person: int | None, begins: str) -> list[Notice]:
    return list(
        select_all(
            engine, select(Notice).where(Notice.person_id == person, Notice.key.startswith(begins))
        )
    )


def carines_milestones(engine: Engine, cast) -> None:
    execute(
        engine,
        text("UPDATE plan_schedule SET owner_direction_id = :unit"),
        {"unit": min(cast.carine.mandates)},
    )


# --- speaking and supporting ----------------------------------------------------------------------


@pytest.mark.parametrize("subject", Subject)
def test_whoever_may_open_a_subject_speaks_of_it_and_is_read_by_the_others(
    cast, ends, subject, says, seen
):
    key = ends[subject]
    says(cast.carine, subject, key, "Chez nous aussi.")
    for reader in (cast.carine, cast.didier, cast.elise):
        found = seen(reader, subject, key)
        assert [(one.text, one.on, one.mine) for one in found.remarks] == [
            ("Chez nous aussi.", FROZEN, reader is cast.carine)
        ]
        assert found.shown == 1 and found.open_objections == 0


@pytest.mark.parametrize("subject", Subject)
def test_a_support_is_unique_and_can_be_taken_back(cast, ends, subject, did, seen):
    def supports(reader: Reader, stays: bool = True) -> int:
        return did(reader, discussions.support_subject, subject, ends[subject], stays)

    assert (supports(cast.carine), supports(cast.carine), supports(cast.elise)) == (1, 1, 2)
    assert seen(cast.elise, subject, ends[subject]).supported
    assert supports(cast.carine, False) == 1
    found = seen(cast.carine, subject, ends[subject])
    assert (found.supporters, found.supported) == (1, False)


@pytest.mark.parametrize("subject", Subject)
def test_who_follows_is_told_what_is_said_until_she_follows_no_more(
    demo_copy, cast, ends, subject, did, says, seen
):
    key = ends[subject]

    def follow(follows: bool = True) -> None:
        did(cast.elise, discussions.follow_subject, subject, key, follows)

    before = len(told(demo_copy, cast.elise.person_id, CONTRIBUTION_KEY))
    follow()
    follow()
    assert seen(cast.elise, subject, key).followed
    assert not seen(cast.didier, subject, key).followed
    says(cast.didier, subject, key, "Bien vu")
    assert len(told(demo_copy, cast.elise.person_id, CONTRIBUTION_KEY)) == before + 1
    # Of her own words she is not told.
    says(cast.elise, subject, key, "Oui")
    assert len(told(demo_copy, cast.elise.person_id, CONTRIBUTION_KEY)) == before + 1
    with reading(demo_copy) as session:
        besides_ideas = [] if subject is IDEA else [key]
        assert [at.key for at in followed_by(session, cast.elise, FROZEN)] == besides_ideas
        assert followed_by(session, cast.didier, FROZEN) == []
    follow(False)
    says(cast.didier, subject, key, "Encore un mot")
    assert len(told(demo_copy, cast.elise.person_id, CONTRIBUTION_KEY)) == before + 1


def test_who_follows_is_told_what_is_done(demo_copy, cast, scope_for, ends, did, objects):
    """A step of a decision, a report of a milestone, a date of a training, a step of a group; and
    that an objection is lifted, without the reason, which its author reads.
    """
    elise = cast.elise.person_id
    for subject in OTHERS:
        did(cast.elise, discussions.follow_subject, subject, ends[subject])
    ident = objects(cast.alice, Subject.milestone, MILESTONE)
    did(cast.didier, discussions.resolve_objection, ident, LIFTED, "C'est réglé.")
    (lifted,) = told(demo_copy, elise, "objection-")
    assert lifted.title == f"Une objection sur le jalon {MILESTONE} est levée"
    assert "réglé" not in lifted.text

    with writing(demo_copy) as session:
        tree = scope_for(session, cast.didier).tree
        step = DecisionEvent(what=DecisionStep.postponed, on=FROZEN, text="Quorum absent")
        follow_decision(session, cast.didier, int(ends[Subject.decision]), step, tree)
        milestone = session.exec(select(Plan).where(Plan.number == MILESTONE)).one()
        report = PlanReport(
            state=MilestoneState.under_way,
            progress=50,
            forecast_end=date(2023, 12, 15),
            comment="Cela avance.",
        )
        report_plan(session, cast.didier, milestone.id, report, tree)
        training = session.exec(select(Training).where(Training.code == TRAINING)).one()
        given = TrainingSession(on=date(2023, 9, 29), capacity=10, place="Salle 3")
        open_session(session, cast.didier, training.id, given)
    titles = {notice.title for notice in told(demo_copy, elise, "suivi-")}
    assert titles == {
        f"La décision n° {WAITING} que vous suivez : point reporté",
        f"Le jalon {MILESTONE} que vous suivez : en cours, 50 %",
        f"Une date pour la formation {TRAINING} que vous suivez",
    }


def test_whoever_is_entrusted_with_what_she_follows_is_told_once(
    demo_copy, cast, scope_for, ends, did
):
    """The direction of Carine; Élise follows it too, and is told of the step."""
    key = ends[Subject.decision]
    for reader in (cast.carine, cast.elise):
        did(reader, discussions.follow_subject, Subject.decision, key)
    with writing(demo_copy) as session:
        tree = scope_for(session, cast.didier).tree
        [hers] = cast.carine.mandates
        step = DecisionEvent(
            what=DecisionStep.entrusted,
            on=FROZEN,
            owner_direction_id=hers,
            text="C'est son métier.",
        )
        follow_decision(session, cast.didier, int(key), step, tree)
    (mine,) = told(demo_copy, cast.carine.person_id, "confiee-")
    event = mine.key.removeprefix("confiee-")
    assert told(demo_copy, cast.carine.person_id, f"suivi-decision-{event}") == []
    assert len(told(demo_copy, cast.elise.person_id, f"suivi-decision-{event}")) == 1


def test_who_may_not_open_it_any_more_is_not_told(demo_copy, cast, ends, says):
    key = ends[Subject.decision]
    add_rows(
        demo_copy,
        SubjectFollow(subject="decision", key=key, person_id=cast.alice.person_id, on=FROZEN),
    )
    says(cast.didier, Subject.decision, key, "Un mot")
    assert told(demo_copy, cast.alice.person_id, CONTRIBUTION_KEY) == []


def test_a_point_that_waits_is_talked_of_by_those_who_see_the_register(cast, ends, did, says, seen):
    key = ends[Subject.decision]
    assert seen(cast.alice, Subject.decision, key) is None
    for stays in (True, False):
        refuses(
            did,
            cast.alice,
            discussions.support_subject,
            Subject.decision,
            key,
            stays,
            match="ne vous est pas ouvert",
        )
    refuses(says, cast.bruno, Subject.decision, key, "Non", match="ne vous est pas ouvert")


@pytest.mark.parametrize(
    ("subject", "key"),
    [
        (Subject.milestone, "99.9"),
        (Subject.proposition, "G99"),
        (Subject.decision, "999999"),
        (Subject.decision, "²"),
        (Subject.training, ""),
        (Subject.idea, "1"),
        (Subject.idea, "9" * 19),
    ],
)
def test_what_is_not_there_is_not_talked_of(cast, subject, key, says):
    refuses(says, cast.didier, subject, key, "Un mot", match="n'existe pas")


@pytest.mark.parametrize("given", ["", "   ", "\u202e\n", "x" * (COMMENT_MAX + 1)])
def test_a_text_that_says_nothing_or_too_much_is_told_beside_its_field(cast, ends, given, says):
    assert set(errors_of(says, cast.alice, Subject.training, TRAINING, given)) == {"text"}


def test_the_same_words_sent_twice_stand_there_once(cast, ends, says, seen):
    for _ in range(2):
        says(
            cast.alice,
            Subject.training,
            TRAINING,
            "Bien donnée.",
        )
    assert seen(cast.alice, Subject.training, TRAINING).shown == 1


def test_a_milestone_that_is_over_takes_no_objection_and_one_cancelled_nothing(
    demo_copy, cast, ends, did, says, objects
):
    def stands(state: str) -> None:
        with writing(demo_copy) as session:
            milestone = session.exec(select(Plan.id).where(Plan.number == MILESTONE)).one()
            session.add(
                PlanReport(
                    on=FROZEN, recorded_on=FROZEN, plan_id=milestone, state=state, progress=100
                )
            )

    it = (Subject.milestone, MILESTONE)
    stands("termine")
    says(cast.alice, *it, "Un mot")
    refuses(objects, cast.alice, *it, match="terminé")
    refuses(did, cast.alice, discussions.support_subject, *it, match="terminé")
    stands("annule")
    refuses(says, cast.alice, *it, "Un autre mot", match="annulé")


@pytest.mark.locks
@pytest.mark.parametrize("subject", [IDEA, Subject.training])
def test_twenty_who_speak_at_once_are_all_there_in_one_order(demo_copy, cast, ends, says, subject):
    readers = [cast.alice, cast.bruno, cast.carine, cast.didier] * 5
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: says(readers[n], subject, ends[subject], f"Mot {n}"), range(20)))
    with reading(demo_copy) as session:
        places = session.exec(
            select(Contribution.seq)
            .where(Contribution.key == ends[subject])
            .order_by(Contribution.seq)
        ).all()
        assert places == list(range(1, 21))
    sound(demo_copy)


# --- objections -----------------------------------------------------------------------------------


@pytest.mark.parametrize("subject", OTHERS)
def test_an_objection_is_open_then_answered_then_lifted_and_its_author_reads_why(
    demo_copy, cast, ends, subject, did, objects, seen
):
    key = ends[subject]
    ident = objects(cast.carine, subject, key)

    def stands() -> tuple[ObjectionState, int]:
        found = seen(cast.elise, subject, key)
        return found.remarks[0].state, found.open_objections

    assert stands() == (ObjectionState.open, 1)
    did(cast.didier, discussions.resolve_objection, ident, ANSWERED, "Le budget suit.")
    assert stands() == (ObjectionState.answered, 0)
    did(cast.didier, discussions.resolve_objection, ident, LIFTED, "Chiffré depuis.")
    assert stands() == (ObjectionState.lifted, 0)
    refuses(
        did,
        cast.didier,
        discussions.resolve_objection,
        ident,
        ANSWERED,
        "Encore",
        match="déjà levée",
    )
    notices = told(demo_copy, cast.carine.person_id, "objection-")
    assert [notice.text for notice in notices] == ["Le budget suit.", "Chiffré depuis."]
    assert all("Votre objection sur" in notice.title for notice in notices)


def test_its_author_lifts_it_with_a_reason_and_nobody_else_of_her_rank(
    cast, ends, did, objects, seen
):
    ident = objects(cast.alice, Subject.training, TRAINING)
    refuses(
        did,
        cast.bruno,
        discussions.resolve_objection,
        ident,
        LIFTED,
        "Je passe",
        match="pas le droit",
    )
    refuses(
        did,
        cast.alice,
        discussions.resolve_objection,
        ident,
        ANSWERED,
        "Moi-même",
        match="pas le droit",
    )
    refuses(did, cast.alice, discussions.resolve_objection, ident, LIFTED, " ", error=Invalid)
    did(cast.alice, discussions.resolve_objection, ident, LIFTED, "On m'a convaincue.")
    found = seen(cast.bruno, Subject.training, TRAINING)
    assert found.remarks[0].state is ObjectionState.lifted
    assert found.remarks[0].outcomes[0].reason == "On m'a convaincue."


def test_whoever_answers_for_the_subject_answers_and_does_not_lift(
    demo_copy, cast, ends, did, objects, seen
):
    """The manager of a milestone's owner, the facilitator of a group, a trainer."""
    carines_milestones(demo_copy, cast)
    with writing(demo_copy) as session:
        group = session.exec(
            select(ProgressGroup.id).where(ProgressGroup.code == ends[Subject.proposition])
        ).one()
        session.add(
            GroupMember(
                group_id=group,
                person_id=cast.bruno.person_id,
                role=GroupRole.facilitator,
                joined_on=FROZEN,
            )
        )
        training = session.exec(select(Training.id).where(Training.code == TRAINING)).one()
        session.merge(Trainer(training_id=training, person_id=cast.alice.person_id))
    for subject, hers in (
        (Subject.milestone, cast.carine),
        (Subject.proposition, cast.bruno),
        (Subject.training, cast.alice),
    ):
        ident = objects(cast.farid, subject, ends[subject])
        assert told(demo_copy, hers.person_id, f"contribution-{ident}"), subject
        assert seen(hers, subject, ends[subject]).answers
        refuses(
            did,
            hers,
            discussions.resolve_objection,
            ident,
            LIFTED,
            "Non fondée",
            match="pas le droit",
        )
        did(hers, discussions.resolve_objection, ident, ANSWERED, "Nous l'avons prévu.")


def test_a_comment_is_neither_answered_nor_lifted(cast, ends, did, says):
    ident = says(cast.alice, Subject.training, TRAINING, "Bien.")
    for step in (ANSWERED, LIFTED):
        refuses(
            did,
            cast.didier,
            discussions.resolve_objection,
            ident,
            step,
            "Un mot",
            match="pas une objection",
        )


def test_an_idea_takes_no_objection_and_nothing_else_takes_notes_or_messages(cast, ends, says):
    for subject, kind in (
        (IDEA, OBJECTION),
        (Subject.milestone, ContributionKind.note),
        (Subject.training, ContributionKind.author),
    ):
        refuses(
            says, cast.didier, subject, ends[subject], "Un mot", kind, match="ne s'écrit pas ici"
        )


def test_on_another_day_an_objection_stands_as_it_stood_then(
    demo_copy, cast, scope_for, ends, did, objects
):
    ident = objects(cast.alice, Subject.training, TRAINING)
    with writing(demo_copy) as session:
        found = session.get(Contribution, ident)
        found.on = FROZEN.replace(day=1)
        session.add(found)
    did(cast.didier, discussions.resolve_objection, ident, ANSWERED, "Vu.")
    for day, states in (
        ("2023-05-31", []),
        ("2023-06-15", [ObjectionState.open]),
        ("2023-06-30", [ObjectionState.answered]),
    ):
        with reading(demo_copy) as session:
            scope = scope_for(session, cast.elise, au=day)
            found = objections_about(session, scope, [(str(Subject.training), TRAINING)])
            assert [one.remark.state for one in found] == states, day


# --- moderation -----------------------------------------------------------------------------------


@pytest.mark.parametrize("subject", [IDEA, Subject.milestone])
def test_what_is_reported_is_read_hidden_with_its_reason_and_shown_again(
    demo_copy, cast, scope_for, ends, did, says, seen, moderates, subject
):
    it = (subject, ends[subject])
    ident = says(cast.bruno, *it, "Le chef Dupont est nul.")
    refuses(did, cast.carine, discussions.report_content, *it, ident, "", error=Invalid)
    for reader in (cast.carine, cast.elise):
        did(reader, discussions.report_content, *it, ident, "Un nom")
    refuses(
        did, cast.carine, discussions.report_content, *it, ident, "Encore", match="déjà signalé"
    )

    def flagged() -> tuple[list, list]:
        with reading(demo_copy) as session:
            scope = scope_for(session, cast.didier)
            assert checked(session).holds
            assert reported(session, scope_for(session, cast.carine)) == []
            return tuple(
                [(one.contribution_id, one.about.key, one.reasons) for one in found]
                for found in (reported(session, scope), hidden(session, scope))
            )

    assert flagged() == ([(ident, it[1], ("Un nom", "Un nom"))], [])
    refusal(
        demo_copy, discussions.hide_content, cast.carine, *it, ident, "Nom", match="pas le droit"
    )
    moderates(discussions.hide_content, ident, "Un nom y figure")
    assert [len(seen(r, *it).remarks) for r in (cast.bruno, cast.carine, cast.didier)] == [1, 0, 1]
    assert told(demo_copy, cast.bruno.person_id, "masquage-")[0].text == "Motif : Un nom y figure"
    assert flagged() == ([], [(ident, it[1], ("Un nom y figure",))])
    moderates(discussions.restore_content, ident)
    assert flagged() == ([], [])
    assert seen(cast.carine, *it).shown == 1
    refuses(moderates, discussions.dismiss_report, ident, match="déjà traité")
    sound(demo_copy)


def test_a_report_is_closed_without_more_once_and_a_hidden_objection_is_on_no_sheet(
    demo_copy, cast, scope_for, ends, did, objects, seen, moderates
):
    it = (Subject.milestone, MILESTONE)
    ident = objects(cast.alice, *it)
    did(cast.bruno, discussions.report_content, *it, ident, "Je n'aime pas")
    moderates(discussions.dismiss_report, ident)
    refuses(moderates, discussions.dismiss_report, ident, match="déjà traité")
    assert seen(cast.bruno, *it).shown == 1
    moderates(discussions.hide_content, ident, "Un nom")
    with reading(demo_copy) as session:
        assert objections_about(session, scope_for(session, cast.didier), [it]) == ()


def test_what_one_may_not_read_is_neither_reported_nor_moderated_elsewhere(cast, ends, did, says):
    key = ends[IDEA]
    note = says(cast.didier, IDEA, key, "À voir.", ContributionKind.note)
    for subject, other in ((IDEA, key), (Subject.training, TRAINING)):
        refuses(
            did,
            cast.bruno,
            discussions.report_content,
            subject,
            other,
            note,
            "Un nom",
            match="n'existe pas",
        )


# --- who is told ----------------------------------------------------------------------------------


def test_who_answers_for_it_is_told_without_the_words_and_never_of_her_own(
    demo_copy, cast, ends, objects
):
    carines_milestones(demo_copy, cast)
    ident = objects(cast.alice, Subject.milestone, MILESTONE)
    notice = told(demo_copy, cast.carine.person_id, f"contribution-{ident}")[0]
    assert notice.title == f"Une objection sur le jalon {MILESTONE}"
    assert "Trop cher" not in notice.title + notice.text
    assert notice.href == f"/feuille-de-route?jalon={MILESTONE}"
    own = objects(cast.carine, Subject.milestone, MILESTONE)
    assert told(demo_copy, cast.carine.person_id, f"contribution-{own}") == []


def test_a_mail_tells_nothing_that_was_hidden_before_it_left(demo_copy, cast, ends, objects):
    carines_milestones(demo_copy, cast)
    ident = objects(cast.alice, Subject.milestone, MILESTONE)

    def leaves() -> list[str]:
        waiting = told(demo_copy, cast.carine.person_id, f"contribution-{ident}")
        with reading(demo_copy) as session:
            tree = organisation(session).at(FROZEN)
            person = session.get(Person, cast.carine.person_id)
            return [one.key for one in still_open(session, tree, person, waiting, FROZEN)]

    assert leaves() == [f"contribution-{ident}"]
    with writing(demo_copy) as session:
        it = (Subject.milestone, MILESTONE)
        discussions.hide_content(session, cast.didier, *it, ident, "Un nom")
    assert leaves() == []


# --- persons, and what is kept --------------------------------------------------------------------


def test_a_person_takes_her_words_with_her_and_is_gone_from_them_once_erased(
    demo_copy, cast, ends, did, says, objects, seen
):
    objects(cast.alice, Subject.milestone, MILESTONE)
    did(
        cast.alice,
        discussions.support_subject,
        Subject.training,
        TRAINING,
    )
    with writing(demo_copy) as session:
        alice = session.get(Person, cast.alice.person_id)
        name = alice.family_name
        rows = export_person(session, cast.alice, alice)["donnees"]
        assert [row["text"] for row in rows["contribution"]] == ["Trop cher pour nous."]
        assert [row["key"] for row in rows["subject_support"]] == [
            {"id": TRAINING, "libelle": f"la formation {TRAINING}"}
        ]
    says(
        cast.bruno,
        Subject.milestone,
        MILESTONE,
        f"Comme le dit {name}, c'est cher.",
    )
    with reading(demo_copy) as session:
        named = mentions(session, session.get(Person, cast.alice.person_id))
        assert ("commentaire, message ou objection", f"sur le jalon {MILESTONE}") in [
            (one.noun, one.label) for one in named
        ]
    write_with(demo_copy, erase_person, OPERATOR, cast.alice.person_id)
    found = seen(cast.bruno, Subject.milestone, MILESTONE)
    assert found.remarks[0].who == "Personne effacée"


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE contribution SET key = '99.9'",
        "UPDATE subject_support SET key = 'F99' WHERE subject = 'formation'",
        "UPDATE subject_follow SET key = 'F99' WHERE subject = 'formation'",
        "UPDATE subject_support SET subject = 'idee', key = '7' WHERE subject = 'formation'",
        "UPDATE contribution SET hidden = NOT hidden",
    ],
)
def test_check_finds_what_stands_nowhere(demo_copy, cast, ends, damage, did, objects):
    ident = objects(cast.alice, Subject.milestone, MILESTONE)
    did(cast.alice, discussions.support_subject, Subject.training, TRAINING)
    did(cast.alice, discussions.follow_subject, Subject.training, TRAINING)
    did(cast.didier, discussions.resolve_objection, ident, ANSWERED, "Vu.")
    assert read_with(demo_copy, checked).holds
    execute(demo_copy, text(damage))
    with reading(demo_copy) as session:
        assert not checked(session).holds
        assert (
            session.exec(select(SubjectSupport)).all() and session.exec(select(PlanSchedule)).all()
        )


# ──────────────────────────────────────────────────────────────────────────────────────────────────
# A colleague who is named in a note is told of it, where she may read it; a name that reaches
# nobody who does is refused

CARINE, DIDIER, ALICE = "Carine Delvaux", "Didier Masson", "Alice Lambotte"

NOTE = ContributionKind.note


@pytest.fixture
def of_a_stranger(demo_copy) -> int:
    """An entry without a name, for Jeunesse et sports, of which Carine answers."""
    with writing(demo_copy) as session:
        unit = chart(session).by_code["VC-JSP"].id
        given = checked_input(title="Des filets neufs", concerns_id=unit, anonymous=True)
        return file_idea(session, NOBODY, given, "jeton").number


@pytest.fixture
def write(demo_copy, scope_for):
    def write_note(reader: Reader, number: int, text: str, kind: ContributionKind = NOTE) -> None:
        with writing(demo_copy) as session:
            at = (Subject.idea, key_of(session, number))
            contribute(session, scope_for(session, reader), *at, text, kind)

    return write_note


def told_in_notes(engine: Engine, reader: Reader) -> list[str]:
    with reading(engine) as session:
        found = select(Notice.title).where(
            Notice.person_id == reader.person_id, Notice.kind == "commentaire"
        )
        return sorted(title.split(" au sujet")[0] for title in session.exec(found).all())


def test_who_is_named_is_told_once_and_so_are_those_who_answer(
    demo_copy, cast, write, of_a_stranger
):
    write(cast.carine, of_a_stranger, f"@{DIDIER}, le hall est-il dans le plan ?")
    assert told_in_notes(demo_copy, cast.didier) == ["Une note interne vous nomme,"]
    assert told_in_notes(demo_copy, cast.carine) == [], "she wrote it"
    write(cast.didier, of_a_stranger, f"Oui. (@{CARINE.upper()})")
    # She answers for the unit too: it is one notice, that says that she is named.
    assert told_in_notes(demo_copy, cast.carine) == ["Une note interne vous nomme,"]
    write(cast.didier, of_a_stranger, "Une note sans nom ; écrire à info@exemple.invalid.")
    assert told_in_notes(demo_copy, cast.carine) == [
        "Une note interne",
        "Une note interne vous nomme,",
    ]


def test_a_name_that_does_not_reach_the_notes_is_refused_and_nothing_is_kept(
    demo_copy, cast, write, of_a_stranger
):
    for note in (f"@{ALICE}, qu'en dites-vous ?", "@Personne d'ici", "Avec @Carine seule"):
        assert (
            "lit les notes de cette idée"
            in errors_of(write, cast.didier, of_a_stranger, note)["text"]
        )
    assert select_all(demo_copy, select(Contribution).where(Contribution.kind == NOTE)) == []
    assert told_in_notes(demo_copy, cast.alice) == []


def test_an_at_in_a_comment_names_nobody(demo_copy, cast, write, of_a_stranger):
    with writing(demo_copy) as session:
        session.exec(select(Idea).where(Idea.number == of_a_stranger)).one().published = True
    write(cast.bruno, of_a_stranger, f"@{ALICE} l'avait dit", ContributionKind.comment)
    assert told_in_notes(demo_copy, cast.alice) == []


@pytest.mark.parametrize("status", [IdeaStatus.received, IdeaStatus.submitted])
def test_those_who_may_be_named_are_those_whose_right_reaches_the_entry(
    demo_copy, cast, scope_for, of_a_stranger, status
):
    with writing(demo_copy) as session:
        idea = session.exec(select(Idea).where(Idea.number == of_a_stranger)).one()
        idea.status, idea.owner_id = status, cast.bruno.person_id
    idea = entry(demo_copy, of_a_stranger)
    everyone = [cast.alice, cast.bruno, cast.carine, cast.didier, cast.elise, cast.farid]
    with reading(demo_copy) as session:
        scope = scope_for(session, cast.didier)
        found = set(note_readers(session, scope, idea))
        reach_it = {
            reader.person_id
            for reader in [*everyone, cast.gaelle]
            if may(reader, "idea.answer", idea, scope.tree)
        }
        assert found == reach_it - {cast.didier.person_id} and len(found) >= 2
        assert note_readers(session, scope_for(session, cast.alice), idea) == {}


def test_the_longest_name_is_meant():
    readers = {1: "Anne Lambot", 2: "Anne Lambotte", 3: "Zoé d’Arc", 4: "Anne Lambot Petit"}
    assert named_in("@Anne Lambotte et @anne lambot.", readers) == ({1, 2}, [])
    assert named_in("@Anne Lambot Petit !", readers) == ({4}, [])
    assert named_in("@Zoe D’Arc", readers) == ({3}, [])
    assert named_in("a@b.be, 3 @ 2 euros, @", readers) == (set(), [])
    assert named_in("@Anne, bonjour", readers) == (set(), ["Anne, bonjour"])


# ── The news ──────────────────────────────────────────────────────────────────────────────────────
# Posts that agents read at once, what the Directrice générale makes public, and nothing more than
# that.

TODAY, AU = date(2023, 6, 30), date(2023, 3, 31)
NEVER_PUBLIC = ("comment", "needs", "forecast", "owner", "health", "status", "target", "expected")


def scope_of(session, reader, au: date = AU) -> Scope:
    return Scope.for_reader(
        reader,
        {"au": au.isoformat()},
        TODAY,
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
            TODAY,
        )
        assert posts(session, cast.alice, TODAY)[0].id == post.id
        assert post.id not in {p.id for p in posts(session, NOBODY, TODAY)}
        open_post(session, cast.gaelle, post.id)
        assert post.id in {p.id for p in posts(session, NOBODY, TODAY)}
        refuses(open_post, session, cast.gaelle, post.id, match="déjà publique")
        withdraw_post(session, cast.didier, post.id)
        assert post.id not in {
            p.id for p in (*posts(session, cast.alice, TODAY), *posts(session, NOBODY, TODAY))
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
        found = posts(session, NOBODY, TODAY, 50)
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
        content = situation(session, scope_of(session, cast.gaelle, TODAY)).as_json()
        words = {
            said
            for row in session.exec(select(PlanReport.comment, PlanReport.need)).all()
            for said in row
            if said
        }
    assert words and not [said for said in words if said in content]


def test_what_is_public_does_not_move_when_the_facts_do(demo_copy, cast):
    with writing(demo_copy) as session:
        before = published(session, TODAY)
        assert before.au == date(2023, 5, 31) and before.situation.figures[
            0
        ].value == pytest.approx(78.333, abs=0.001)
        report = session.exec(select(PlanReport).where(PlanReport.on <= AU)).first()
        session.add(
            PlanReport(
                on=date(2023, 5, 2),
                recorded_on=TODAY,
                plan_id=report.plan_id,
                state="annule",
                progress=0,
            )
        )
        session.flush()
        assert published(session, TODAY) == before


@pytest.mark.slow
def test_the_last_publication_is_read_and_a_withdrawn_one_gives_way(demo_copy, cast):
    with writing(demo_copy) as session:
        first = published(session, TODAY)
        made = publish(
            session, cast.gaelle, AU, "Un mot.", situation(session, scope_of(session, cast.gaelle))
        )
        shown = published(session, TODAY)
        assert (shown.id, shown.au, shown.word) == (made.id, AU, "Un mot.")
        withdraw_publication(session, cast.gaelle, made.id)
        assert published(session, TODAY) == first
        refuses(withdraw_publication, session, cast.gaelle, made.id, match="retirée")
        withdraw_publication(session, cast.gaelle, first.id)
        assert published(session, TODAY) is None


def test_the_situation_of_tomorrow_is_refused(sqlite_copy, cast):
    assert list(
        errors_of(write_with, sqlite_copy, publish, cast.gaelle, date(2023, 7, 1), "", Situation())
    ) == ["au"]


def test_an_idea_that_is_no_longer_published_leaves_the_public_page(sqlite_copy):
    with writing(sqlite_copy) as session:
        shown = published(session, TODAY)
        number = shown.done[0][0]
        assert len(shown.done) == len(shown.situation.ideas) >= 3
        idea = session.exec(select(Idea).where(Idea.number == number)).one()
        idea.published = False
        session.flush()
        assert number not in {row[0] for row in published(session, TODAY).done}
        idea.published, idea.status = True, IdeaStatus.redirected
        session.flush()
        assert number not in {row[0] for row in published(session, TODAY).done}


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
