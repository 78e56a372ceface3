"""What is said of an idea, a milestone, a proposition, a decision and a training: supports that are
unique, objections with their reason and what becomes of them, moderation, who is told. What is an
idea's alone is in `test_exchanges`.
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from sqlalchemy import Engine, text
from sqlmodel import select
from support.answers import key_of, sound
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

from dashboard.access import OPERATOR, Reader
from dashboard.actions import discussions
from dashboard.actions.academy.trainings import open_session
from dashboard.actions.decisions.steps import follow_decision
from dashboard.actions.ideas.filing import checked_input, file_idea
from dashboard.actions.people.privacy import erase_person, export_person
from dashboard.actions.roadmap.reports import report_plan
from dashboard.queries.directions import organisation
from dashboard.queries.discussions.threads import (
    Discussion,
    ObjectionState,
    discussion,
    hidden,
    objections_about,
    reported,
)
from dashboard.queries.notices.records import CONTRIBUTION_KEY, followed_by, still_open
from dashboard.queries.operations.checks import contributions as checked
from dashboard.queries.people.privacy import mentions
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
from models.notices import Notice
from models.people import Person
from models.roadmap import MilestoneState, Plan, PlanReport, PlanSchedule
from models.texts import Invalid

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
