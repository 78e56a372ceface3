"""What is said of a milestone, a proposition, a decision and a training: supports that are unique,
objections with their reason and what becomes of them, moderation, who is told.
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from sqlalchemy import Engine, func, text
from sqlmodel import select
from support.troupe import FROZEN

from dashboard.access import OPERATOR, Reader
from dashboard.actions import discussions
from dashboard.actions.academy.trainings import SessionInput, open_session
from dashboard.actions.decisions.records import StepInput
from dashboard.actions.decisions.steps import follow_decision
from dashboard.actions.people.privacy import erase_person, export_person
from dashboard.actions.roadmap.reports import ReportInput, report_plan
from dashboard.queries.directions import organisation
from dashboard.queries.discussions.moderation import hidden_contributions, reported_contributions
from dashboard.queries.discussions.threads import (
    Discussion,
    ObjectionState,
    discussion,
    objections_about,
)
from dashboard.queries.following import followed_by
from dashboard.queries.keeping.discussion_checks import discussions as checked
from dashboard.queries.notices.records import CONTRIBUTION_KEY, still_open
from dashboard.queries.people.privacy import mentions
from models.academy import Trainer, Training
from models.comments import COMMENT_MAX, Comment, Support
from models.database import reading, writing
from models.decisions import Decision, DecisionStep
from models.discussions import (
    Contribution,
    ContributionKind,
    Subject,
    SubjectFollow,
    SubjectSupport,
)
from models.errors import Invalid, Refused
from models.groups import GroupMember, GroupRole, ProgressGroup
from models.keeping import Notice
from models.people import Person
from models.roadmap import MilestoneState, Plan, PlanReport, PlanSchedule

OBJECTION = ContributionKind.objection
# One of the demonstration of each: a milestone under way, a group that has written its proposition,
# a point that waits, a training.
MILESTONE, WAITING, TRAINING = "5.9", 28, "F10"


@pytest.fixture
def ends(demo_copy) -> dict[Subject, str]:
    """Subject → the key of one that takes everything."""
    with writing(demo_copy) as session:
        for table in ("contribution_event", "contribution", "subject_support"):
            session.execute(text(f"DELETE FROM {table}"))
        submitted = session.exec(
            select(ProgressGroup.code).where(ProgressGroup.state.in_(["proposition", "soumise"]))
        ).first()
        decision = session.exec(select(Decision.id).where(Decision.number == WAITING)).one()
    return {
        Subject.milestone: MILESTONE,
        Subject.proposition: submitted,
        Subject.decision: str(decision),
        Subject.training: TRAINING,
    }


def did(engine: Engine, scope_for, reader: Reader, what, *args):
    with writing(engine) as session:
        return what(session, scope_for(session, reader), *args)


def seen(engine: Engine, scope_for, reader: Reader, subject: Subject, key: str) -> Discussion:
    with reading(engine) as session:
        return discussion(session, scope_for(session, reader), subject, key, FROZEN)


def objected(engine: Engine, scope_for, reader: Reader, subject: Subject, key: str) -> int:
    said = did(
        engine,
        scope_for,
        reader,
        lambda *args: (
            discussions.contribute(*args, subject, key, "Trop cher pour nous.", OBJECTION).id
        ),
    )
    return said


def told(engine: Engine, person: int | None, begins: str) -> list[Notice]:
    with reading(engine) as session:
        return list(
            session.exec(
                select(Notice).where(Notice.person_id == person, Notice.key.startswith(begins))
            ).all()
        )


# --- speaking and supporting ----------------------------------------------------------------------


@pytest.mark.parametrize("subject", Subject)
def test_whoever_may_open_a_subject_speaks_of_it_and_is_read_by_the_others(
    demo_copy, cast, scope_for, ends, subject
):
    key = ends[subject]
    did(demo_copy, scope_for, cast.carine, discussions.contribute, subject, key, "Chez nous aussi.")
    for reader in (cast.carine, cast.didier, cast.elise):
        found = seen(demo_copy, scope_for, reader, subject, key)
        assert [(one.text, one.on, one.mine) for one in found.spoken] == [
            ("Chez nous aussi.", FROZEN, reader is cast.carine)
        ]
        assert found.shown == 1 and found.open_objections == 0


@pytest.mark.parametrize("subject", Subject)
def test_a_support_is_unique_and_can_be_taken_back(demo_copy, cast, scope_for, ends, subject):
    def supports(reader: Reader) -> int:
        return did(
            demo_copy, scope_for, reader, discussions.support_subject, subject, ends[subject]
        )

    assert (supports(cast.carine), supports(cast.carine), supports(cast.elise)) == (1, 1, 2)
    assert seen(demo_copy, scope_for, cast.elise, subject, ends[subject]).supported
    left = did(
        demo_copy, scope_for, cast.carine, discussions.unsupport_subject, subject, ends[subject]
    )
    assert left == 1
    found = seen(demo_copy, scope_for, cast.carine, subject, ends[subject])
    assert (found.supporters, found.supported) == (1, False)


@pytest.mark.parametrize("subject", Subject)
def test_who_follows_is_told_what_is_said_until_she_follows_no_more(
    demo_copy, cast, scope_for, ends, subject
):
    key = ends[subject]

    def follow(act) -> None:
        did(demo_copy, scope_for, cast.elise, act, subject, key)

    before = len(told(demo_copy, cast.elise.person_id, CONTRIBUTION_KEY))
    follow(discussions.follow_subject)
    follow(discussions.follow_subject)
    assert seen(demo_copy, scope_for, cast.elise, subject, key).followed
    assert not seen(demo_copy, scope_for, cast.didier, subject, key).followed
    did(demo_copy, scope_for, cast.didier, discussions.contribute, subject, key, "Bien vu")
    assert len(told(demo_copy, cast.elise.person_id, CONTRIBUTION_KEY)) == before + 1
    # Of her own words she is not told.
    did(demo_copy, scope_for, cast.elise, discussions.contribute, subject, key, "Oui")
    assert len(told(demo_copy, cast.elise.person_id, CONTRIBUTION_KEY)) == before + 1
    with reading(demo_copy) as session:
        assert [at.key for at in followed_by(session, cast.elise, FROZEN)] == [key]
        assert followed_by(session, cast.didier, FROZEN) == []
    follow(discussions.unfollow_subject)
    did(demo_copy, scope_for, cast.didier, discussions.contribute, subject, key, "Encore un mot")
    assert len(told(demo_copy, cast.elise.person_id, CONTRIBUTION_KEY)) == before + 1


def test_who_follows_is_told_what_is_done(demo_copy, cast, scope_for, ends):
    """A step of a decision, a report of a milestone, a date of a training, a step of a group; and
    that an objection is lifted, without the reason, which its author reads.
    """
    elise = cast.elise.person_id
    for subject, key in ends.items():
        did(demo_copy, scope_for, cast.elise, discussions.follow_subject, subject, key)
    ident = objected(demo_copy, scope_for, cast.alice, Subject.milestone, MILESTONE)
    did(demo_copy, scope_for, cast.didier, discussions.lift_objection, ident, "C'est réglé.")
    (lifted,) = told(demo_copy, elise, "objection-")
    assert lifted.title == f"Une objection sur le jalon {MILESTONE} est levée"
    assert "réglé" not in lifted.text

    with writing(demo_copy) as session:
        tree = scope_for(session, cast.didier).tree
        step = StepInput(DecisionStep.postponed, FROZEN, text="Quorum absent")
        follow_decision(session, cast.didier, int(ends[Subject.decision]), step, tree)
        milestone = session.exec(select(Plan).where(Plan.number == MILESTONE)).one()
        report = ReportInput(
            MilestoneState.under_way, 50, forecast_end=date(2023, 12, 15), comment="Cela avance."
        )
        report_plan(session, cast.didier, milestone.id, report, tree)
        training = session.exec(select(Training).where(Training.code == TRAINING)).one()
        given = SessionInput(date(2023, 9, 29), 10, place="Salle 3")
        open_session(session, cast.didier, training.id, given)
    titles = {notice.title for notice in told(demo_copy, elise, "suivi-")}
    assert titles == {
        f"La décision n° {WAITING} que vous suivez : point reporté",
        f"Le jalon {MILESTONE} que vous suivez : en cours, 50 %",
        f"Une date pour la formation {TRAINING} que vous suivez",
    }


def test_whoever_is_entrusted_with_what_she_follows_is_told_once(demo_copy, cast, scope_for, ends):
    """The direction of Carine; Élise follows it too, and is told of the step."""
    key = ends[Subject.decision]
    for reader in (cast.carine, cast.elise):
        did(demo_copy, scope_for, reader, discussions.follow_subject, Subject.decision, key)
    with writing(demo_copy) as session:
        tree = scope_for(session, cast.didier).tree
        [hers] = cast.carine.mandates
        step = StepInput(
            DecisionStep.entrusted, FROZEN, owner_direction_id=hers, text="C'est son métier."
        )
        follow_decision(session, cast.didier, int(key), step, tree)
    (mine,) = told(demo_copy, cast.carine.person_id, "confiee-")
    event = mine.key.removeprefix("confiee-")
    assert told(demo_copy, cast.carine.person_id, f"suivi-decision-{event}") == []
    assert len(told(demo_copy, cast.elise.person_id, f"suivi-decision-{event}")) == 1


def test_who_may_not_open_it_any_more_is_not_told(demo_copy, cast, scope_for, ends):
    key = ends[Subject.decision]
    with writing(demo_copy) as session:
        session.add(
            SubjectFollow(subject="decision", key=key, person_id=cast.alice.person_id, on=FROZEN)
        )
    did(demo_copy, scope_for, cast.didier, discussions.contribute, Subject.decision, key, "Un mot")
    assert told(demo_copy, cast.alice.person_id, CONTRIBUTION_KEY) == []


def test_those_of_ideas_are_as_they_were(demo_copy, cast, scope_for, ends):
    def counted() -> tuple[int, int]:
        with reading(demo_copy) as session:
            return tuple(
                session.exec(select(func.count()).select_from(table)).one()
                for table in (Comment, Support)
            )

    before = counted()
    for subject, key in ends.items():
        did(demo_copy, scope_for, cast.carine, discussions.contribute, subject, key, "Un mot")
        did(demo_copy, scope_for, cast.carine, discussions.support_subject, subject, key)
    assert counted() == before


def test_a_point_that_waits_is_talked_of_by_those_who_see_the_register(
    demo_copy, cast, scope_for, ends
):
    key = ends[Subject.decision]
    assert seen(demo_copy, scope_for, cast.alice, Subject.decision, key) is None
    for act in (discussions.support_subject, discussions.unsupport_subject):
        with pytest.raises(Refused, match="ne vous est pas ouvert"):
            did(demo_copy, scope_for, cast.alice, act, Subject.decision, key)
    with pytest.raises(Refused, match="ne vous est pas ouvert"):
        did(demo_copy, scope_for, cast.bruno, discussions.contribute, Subject.decision, key, "Non")


@pytest.mark.parametrize(
    ("subject", "key"),
    [
        (Subject.milestone, "99.9"),
        (Subject.proposition, "G99"),
        (Subject.decision, "999999"),
        (Subject.decision, "²"),
        (Subject.training, ""),
    ],
)
def test_what_is_not_there_is_not_talked_of(demo_copy, cast, scope_for, subject, key):
    with pytest.raises(Refused, match="n'existe pas"):
        did(demo_copy, scope_for, cast.didier, discussions.contribute, subject, key, "Un mot")


@pytest.mark.parametrize("given", ["", "   ", "\u202e\n", "x" * (COMMENT_MAX + 1)])
def test_a_text_that_says_nothing_or_too_much_is_told_beside_its_field(
    demo_copy, cast, scope_for, ends, given
):
    with pytest.raises(Invalid) as refused:
        did(
            demo_copy,
            scope_for,
            cast.alice,
            discussions.contribute,
            Subject.training,
            TRAINING,
            given,
        )
    assert set(refused.value.errors) == {"text"}


def test_the_same_words_sent_twice_stand_there_once(demo_copy, cast, scope_for, ends):
    for _ in range(2):
        did(
            demo_copy,
            scope_for,
            cast.alice,
            discussions.contribute,
            Subject.training,
            TRAINING,
            "Bien donnée.",
        )
    assert seen(demo_copy, scope_for, cast.alice, Subject.training, TRAINING).shown == 1


def test_a_milestone_that_is_over_takes_no_objection_and_one_cancelled_nothing(
    demo_copy, cast, scope_for, ends
):
    def stands(state: str) -> None:
        with writing(demo_copy) as session:
            milestone = session.exec(select(Plan.id).where(Plan.number == MILESTONE)).one()
            session.add(
                PlanReport(
                    on=FROZEN, recorded_on=FROZEN, plan_id=milestone, state=state, progress=100
                )
            )

    def says(kind: ContributionKind) -> None:
        did(
            demo_copy,
            scope_for,
            cast.alice,
            discussions.contribute,
            Subject.milestone,
            MILESTONE,
            f"Un mot ({kind})",
            kind,
        )

    stands("termine")
    says(ContributionKind.comment)
    with pytest.raises(Refused, match="terminé"):
        says(OBJECTION)
    with pytest.raises(Refused, match="terminé"):
        did(
            demo_copy,
            scope_for,
            cast.alice,
            discussions.support_subject,
            Subject.milestone,
            MILESTONE,
        )
    stands("annule")
    with pytest.raises(Refused, match="annulé"):
        says(ContributionKind.comment)


@pytest.mark.locks
def test_twenty_who_speak_at_once_are_all_there_in_one_order(demo_copy, cast, scope_for, ends):
    readers = [cast.alice, cast.bruno, cast.carine, cast.didier] * 5

    def speaks(place: int) -> None:
        did(
            demo_copy,
            scope_for,
            readers[place],
            discussions.contribute,
            Subject.training,
            TRAINING,
            f"Mot {place}",
        )

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(speaks, range(20)))
    with reading(demo_copy) as session:
        places = session.exec(
            select(Contribution.seq).where(Contribution.key == TRAINING).order_by(Contribution.seq)
        ).all()
        assert places == list(range(1, 21))
        assert checked(session).holds


# --- objections -----------------------------------------------------------------------------------


@pytest.mark.parametrize("subject", Subject)
def test_an_objection_is_open_then_answered_then_lifted_and_its_author_reads_why(
    demo_copy, cast, scope_for, ends, subject
):
    key = ends[subject]
    ident = objected(demo_copy, scope_for, cast.carine, subject, key)

    def stands() -> tuple[ObjectionState, int]:
        found = seen(demo_copy, scope_for, cast.elise, subject, key)
        return found.spoken[0].state, found.open_objections

    assert stands() == (ObjectionState.open, 1)
    did(demo_copy, scope_for, cast.didier, discussions.answer_objection, ident, "Le budget suit.")
    assert stands() == (ObjectionState.answered, 0)
    did(demo_copy, scope_for, cast.didier, discussions.lift_objection, ident, "Chiffré depuis.")
    assert stands() == (ObjectionState.lifted, 0)
    with pytest.raises(Refused, match="déjà levée"):
        did(demo_copy, scope_for, cast.didier, discussions.answer_objection, ident, "Encore")
    notices = told(demo_copy, cast.carine.person_id, "objection-")
    assert [notice.text for notice in notices] == ["Le budget suit.", "Chiffré depuis."]
    assert all("Votre objection sur" in notice.title for notice in notices)


def test_its_author_lifts_it_with_a_reason_and_nobody_else_of_her_rank(
    demo_copy, cast, scope_for, ends
):
    ident = objected(demo_copy, scope_for, cast.alice, Subject.training, TRAINING)
    with pytest.raises(Refused, match="pas le droit"):
        did(demo_copy, scope_for, cast.bruno, discussions.lift_objection, ident, "Je passe")
    with pytest.raises(Refused, match="pas le droit"):
        did(demo_copy, scope_for, cast.alice, discussions.answer_objection, ident, "Moi-même")
    with pytest.raises(Invalid):
        did(demo_copy, scope_for, cast.alice, discussions.lift_objection, ident, " ")
    did(demo_copy, scope_for, cast.alice, discussions.lift_objection, ident, "On m'a convaincue.")
    found = seen(demo_copy, scope_for, cast.bruno, Subject.training, TRAINING)
    assert found.spoken[0].state is ObjectionState.lifted
    assert found.spoken[0].outcomes[0].reason == "On m'a convaincue."


def test_whoever_answers_for_the_subject_answers_and_does_not_lift(
    demo_copy, cast, scope_for, ends
):
    """The manager of a milestone's owner, the facilitator of a group, a trainer."""
    with writing(demo_copy) as session:
        session.execute(
            text("UPDATE plan_schedule SET owner_direction_id = :unit"),
            {"unit": min(cast.carine.mandates)},
        )
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
        ident = objected(demo_copy, scope_for, cast.farid, subject, ends[subject])
        assert told(demo_copy, hers.person_id, f"contribution-{ident}"), subject
        assert seen(demo_copy, scope_for, hers, subject, ends[subject]).answers
        with pytest.raises(Refused, match="pas le droit"):
            did(demo_copy, scope_for, hers, discussions.lift_objection, ident, "Non fondée")
        did(demo_copy, scope_for, hers, discussions.answer_objection, ident, "Nous l'avons prévu.")


def test_a_comment_is_neither_answered_nor_lifted(demo_copy, cast, scope_for, ends):
    said = did(
        demo_copy,
        scope_for,
        cast.alice,
        lambda *args: discussions.contribute(*args, Subject.training, TRAINING, "Bien.").id,
    )
    for act in (discussions.answer_objection, discussions.lift_objection):
        with pytest.raises(Refused, match="pas une objection"):
            did(demo_copy, scope_for, cast.didier, act, said, "Un mot")


def test_on_another_day_an_objection_stands_as_it_stood_then(demo_copy, cast, scope_for, ends):
    ident = objected(demo_copy, scope_for, cast.alice, Subject.training, TRAINING)
    with writing(demo_copy) as session:
        said = session.get(Contribution, ident)
        said.on = FROZEN.replace(day=1)
        session.add(said)
    did(demo_copy, scope_for, cast.didier, discussions.answer_objection, ident, "Vu.")
    for day, states in (
        ("2023-05-31", []),
        ("2023-06-15", [ObjectionState.open]),
        ("2023-06-30", [ObjectionState.answered]),
    ):
        with reading(demo_copy) as session:
            scope = scope_for(session, cast.elise, au=day)
            found = objections_about(session, scope, [(str(Subject.training), TRAINING)])
            assert [one.spoken.state for one in found] == states, day


# --- moderation -----------------------------------------------------------------------------------


def test_what_is_reported_is_read_hidden_with_its_reason_and_shown_again(
    demo_copy, cast, scope_for, ends
):
    ident = objected(demo_copy, scope_for, cast.alice, Subject.milestone, MILESTONE)
    did(demo_copy, scope_for, cast.bruno, discussions.report_contribution, ident, "Un nom")
    with pytest.raises(Refused, match="déjà signalé"):
        did(demo_copy, scope_for, cast.bruno, discussions.report_contribution, ident, "Un nom")
    with reading(demo_copy) as session:
        waiting = reported_contributions(session, scope_for(session, cast.didier))
        assert [(one.id, one.reasons, one.about.words) for one in waiting] == [
            (ident, ("Un nom",), f"le jalon {MILESTONE}")
        ]
        assert reported_contributions(session, scope_for(session, cast.elise)) == []
    with writing(demo_copy) as session:
        discussions.hide_contribution(session, cast.didier, ident, "Un nom y figure")
    shown = {
        name: len(
            seen(demo_copy, scope_for, getattr(cast, name), Subject.milestone, MILESTONE).spoken
        )
        for name in ("alice", "bruno", "didier")
    }
    assert shown == {"alice": 1, "bruno": 0, "didier": 1}
    assert told(demo_copy, cast.alice.person_id, "masquage-")[0].text == "Motif : Un nom y figure"
    with reading(demo_copy) as session:
        scope = scope_for(session, cast.didier)
        assert [one.reasons for one in hidden_contributions(session, scope)] == [
            ("Un nom y figure",)
        ]
        assert reported_contributions(session, scope) == []
        assert objections_about(session, scope, [(str(Subject.milestone), MILESTONE)]) == ()
        assert checked(session).holds
    with writing(demo_copy) as session:
        discussions.restore_contribution(session, cast.didier, ident)
    with reading(demo_copy) as session:
        assert hidden_contributions(session, scope_for(session, cast.didier)) == []
        assert checked(session).holds
    assert seen(demo_copy, scope_for, cast.bruno, Subject.milestone, MILESTONE).shown == 1


def test_a_report_is_closed_without_more_once(demo_copy, cast, scope_for, ends):
    ident = objected(demo_copy, scope_for, cast.alice, Subject.milestone, MILESTONE)
    did(demo_copy, scope_for, cast.bruno, discussions.report_contribution, ident, "Je n'aime pas")
    with writing(demo_copy) as session:
        discussions.dismiss_contribution_report(session, cast.didier, ident)
    with pytest.raises(Refused, match="déjà traité"), writing(demo_copy) as session:
        discussions.dismiss_contribution_report(session, cast.didier, ident)
    assert seen(demo_copy, scope_for, cast.bruno, Subject.milestone, MILESTONE).shown == 1


# --- who is told ----------------------------------------------------------------------------------


def test_who_answers_for_it_is_told_without_the_words_and_never_of_her_own(
    demo_copy, cast, scope_for, ends
):
    with writing(demo_copy) as session:
        session.execute(
            text("UPDATE plan_schedule SET owner_direction_id = :unit"),
            {"unit": min(cast.carine.mandates)},
        )
    ident = objected(demo_copy, scope_for, cast.alice, Subject.milestone, MILESTONE)
    notice = told(demo_copy, cast.carine.person_id, f"contribution-{ident}")[0]
    assert notice.title == f"Une objection sur le jalon {MILESTONE}"
    assert "Trop cher" not in notice.title + notice.text
    assert notice.href == f"/feuille-de-route?jalon={MILESTONE}"
    own = objected(demo_copy, scope_for, cast.carine, Subject.milestone, MILESTONE)
    assert told(demo_copy, cast.carine.person_id, f"contribution-{own}") == []


def test_a_mail_tells_nothing_that_was_hidden_before_it_left(demo_copy, cast, scope_for, ends):
    with writing(demo_copy) as session:
        session.execute(
            text("UPDATE plan_schedule SET owner_direction_id = :unit"),
            {"unit": min(cast.carine.mandates)},
        )
    ident = objected(demo_copy, scope_for, cast.alice, Subject.milestone, MILESTONE)

    def leaves() -> list[str]:
        waiting = told(demo_copy, cast.carine.person_id, f"contribution-{ident}")
        with reading(demo_copy) as session:
            tree = organisation(session).at(FROZEN)
            person = session.get(Person, cast.carine.person_id)
            return [one.key for one in still_open(session, tree, person, waiting, FROZEN)]

    assert leaves() == [f"contribution-{ident}"]
    with writing(demo_copy) as session:
        discussions.hide_contribution(session, cast.didier, ident, "Un nom")
    assert leaves() == []


# --- persons, and what is kept --------------------------------------------------------------------


def test_a_person_takes_her_words_with_her_and_is_gone_from_them_once_erased(
    demo_copy, cast, scope_for, ends
):
    objected(demo_copy, scope_for, cast.alice, Subject.milestone, MILESTONE)
    did(
        demo_copy,
        scope_for,
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
        assert [row["key"] for row in rows["subject_support"]] == [TRAINING]
    did(
        demo_copy,
        scope_for,
        cast.bruno,
        discussions.contribute,
        Subject.milestone,
        MILESTONE,
        f"Comme le dit {name}, c'est cher.",
    )
    with reading(demo_copy) as session:
        named = mentions(session, session.get(Person, cast.alice.person_id))
        assert ("commentaire ou objection", f"sur le jalon {MILESTONE}") in [
            (one.noun, one.label) for one in named
        ]
    with writing(demo_copy) as session:
        erase_person(session, OPERATOR, cast.alice.person_id)
    found = seen(demo_copy, scope_for, cast.bruno, Subject.milestone, MILESTONE)
    assert found.spoken[0].who == "Personne effacée"


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE contribution SET key = '99.9'",
        "UPDATE subject_support SET key = 'F99'",
        "UPDATE subject_follow SET key = 'F99'",
        "UPDATE contribution SET seq = 7",
        "UPDATE contribution SET hidden = NOT hidden",
        "UPDATE contribution SET kind = 'commentaire'",
    ],
)
def test_check_finds_what_stands_nowhere(demo_copy, cast, scope_for, ends, damage):
    ident = objected(demo_copy, scope_for, cast.alice, Subject.milestone, MILESTONE)
    did(demo_copy, scope_for, cast.alice, discussions.support_subject, Subject.training, TRAINING)
    did(demo_copy, scope_for, cast.alice, discussions.follow_subject, Subject.training, TRAINING)
    did(demo_copy, scope_for, cast.didier, discussions.answer_objection, ident, "Vu.")
    with reading(demo_copy) as session:
        assert checked(session).holds
    with writing(demo_copy) as session:
        session.execute(text(damage))
    with reading(demo_copy) as session:
        assert not checked(session).holds
        assert (
            session.exec(select(SubjectSupport)).all() and session.exec(select(PlanSchedule)).all()
        )
