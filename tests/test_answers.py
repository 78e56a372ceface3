"""An idea is answered; A decision moves what it decides."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import Engine, update
from sqlmodel import select
from support.answers import act, answered, chart, entry, sound
from support.hands import plain
from support.pages import enter, html_of, visit
from support.plans import project_at
from support.transactions import (
    errors_of,
    execute,
    read_with,
    refusal,
    refuses,
    select_all,
    write_with,
)
from support.troupe import FROZEN, Cast, scope_at

from dashboard import french
from dashboard.access import NOBODY, OPERATOR, Reader
from dashboard.actions.decisions.records import PointInput, submit_point
from dashboard.actions.decisions.steps import (
    follow_decision,
    leave_revision,
    take_revision,
    undo_step,
)
from dashboard.actions.ideas.answers import (
    Answer,
    answer_idea,
    answer_many,
    entrust_idea,
    hold_answer,
    read_idea,
    states_to_choose,
    transfer_idea,
    undo_answer,
)
from dashboard.actions.ideas.filing import checked_input, file_idea, publish_idea, withdraw_idea
from dashboard.actions.imports import act_of
from dashboard.actions.register_imports import ImportOptions
from dashboard.actions.roadmap.records import revise_plan
from dashboard.figures.board import board
from dashboard.queries.decisions.records import register
from dashboard.queries.decisions.sheets import moves, proposed_revisions, to_execute
from dashboard.queries.ideas.card import idea_card, merge_candidates
from dashboard.queries.ideas.records import Filters, View, ideas_page
from dashboard.queries.ideas.waiting import Wording, colleagues, count_late, wordings
from dashboard.queries.operations import checks
from models.clock import workdays
from models.database import reading, writing
from models.decisions import Decision, DecisionEvent, DecisionStep, Instance, Outcome
from models.directions import Direction
from models.discussions import Link
from models.groups import GroupEvent, GroupState, ProgressGroup
from models.idea_events import IdeaEvent
from models.idea_states import OPEN, IdeaKind, IdeaStatus
from models.ideas import BODY_MAX, Idea
from models.notices import Notice
from models.roadmap import Plan, PlanSchedule
from models.settings import settings
from models.texts import Invalid

# ── An idea is answered ───────────────────────────────────────────────────────────────────────────
# Read, studied, held, transferred, entrusted, decided, with its reason; and an error of the day is
# undone.

S = IdeaStatus


def facts_of(engine: Engine, number: int) -> list[IdeaEvent]:
    return list(
        select_all(
            engine,
            select(IdeaEvent)
            .where(IdeaEvent.idea_id == entry(engine, number).id)
            .order_by(IdeaEvent.seq),
        )
    )


def values(engine: Engine, scope_for, *codes: str, **address: str) -> dict[str, float | None]:
    from dashboard.access import OPERATOR

    with reading(engine) as session:
        found = board(session, scope_for(session, OPERATOR, **address))
        return {code: found[code].value for code in codes}


@pytest.fixture
def of_alice(demo_copy, cast) -> Iterator[int]:
    """An idea that Alice has filed today, for Jeunesse et sports; whatever becomes of it, `check`
    holds in the end.
    """
    with writing(demo_copy) as session:
        unit = chart(session).by_code["VC-JSP"].id
        number = file_idea(
            session,
            cast.alice,
            checked_input(title="Des filets neufs au hall", concerns_id=unit),
            "jeton",
        ).number
    yield number
    sound(demo_copy)


# --- reading and answering ------------------------------------------------------------------------


@pytest.mark.slow
def test_carine_reads_studies_and_accepts_and_the_author_sees_why(
    demo_copy, cast, scope_for, of_alice
):
    assert act(demo_copy, cast.carine, read_idea, of_alice) is True
    assert act(demo_copy, cast.carine, read_idea, of_alice) is False, "it is read once"
    answered(demo_copy, cast.carine, of_alice, to=S.studied)
    before = values(demo_copy, scope_for, "reponse.ouvertes", "idees-issue.retenues")
    answered(
        demo_copy, cast.carine, of_alice, "Les filets seront remplacés en septembre.", S.accepted
    )
    after = values(demo_copy, scope_for, "reponse.ouvertes", "idees-issue.retenues")
    assert after["reponse.ouvertes"] == before["reponse.ouvertes"] - 1
    with reading(demo_copy) as session:
        card = idea_card(session, scope_for(session, cast.alice), of_alice)
    assert [step.to_status for step in card.steps] == [S.received, S.read, S.studied, S.accepted]
    assert (
        card.steps[-1].text == "Les filets seront remplacés en septembre."
        and card.steps[-1].function
    )
    assert entry(demo_copy, of_alice).answered_on == FROZEN
    assert [fact.delay for fact in facts_of(demo_copy, of_alice) if fact.first_answer] == [0]


def test_an_answer_may_leave_the_state_and_counts_as_the_first(demo_copy, cast, of_alice):
    answered(demo_copy, cast.carine, of_alice, "Nous demandons un prix.")
    assert (
        entry(demo_copy, of_alice).status == S.received
        and entry(demo_copy, of_alice).answered_on == FROZEN
    )
    answered(demo_copy, cast.carine, of_alice, "Le prix est trop haut cette année.", S.refused)
    assert [fact.first_answer for fact in facts_of(demo_copy, of_alice)] == [False, True, False]


def test_who_looks_on_leaves_an_entry_unread(sqlite_copy, cast):
    """Didier may answer in anybody's place; he opens what Carine answers for, and what nobody does."""
    with writing(sqlite_copy) as session:
        unit = chart(session).by_code["VC-JSP"].id
        given = checked_input(title="Pour Carine", concerns_id=unit)
        hers = file_idea(session, cast.alice, given, "jeton de Carine").number
        nobodys = file_idea(session, cast.alice, checked_input(title="Pour tous"), "jeton").number
    for number, who, first in (
        (hers, cast.didier, False),
        (hers, cast.carine, True),
        (hers, cast.carine, False),
        (nobodys, cast.didier, True),
    ):
        with writing(sqlite_copy) as session:
            assert read_idea(session, who, number, chart(session)) is first


def test_a_step_stops_the_clock_only_where_who_answers_says_so(demo_copy, cast, of_alice, tree):
    with pytest.raises(Invalid) as refused, writing(demo_copy) as session:
        nothing = Answer("", S.studied, ends_wait=True)
        answer_idea(session, cast.carine, of_alice, nothing, chart(session))
    assert list(refused.value.errors) == ["text"]
    write_with(demo_copy, answer_idea, cast.carine, of_alice, Answer("", S.studied), tree)
    assert entry(demo_copy, of_alice).answered_on is None
    with writing(demo_copy) as session:
        undo_answer(session, cast.carine, of_alice, chart(session))
        told = Answer("Nous demandons trois devis.", S.studied, ends_wait=True)
        answer_idea(session, cast.carine, of_alice, told, chart(session))
    found = entry(demo_copy, of_alice)
    assert (found.status, found.answered_on) == (S.studied, FROZEN)


@pytest.mark.parametrize(
    "status", [s for s in S if s.needs_reason and s not in (S.merged, S.taken_in, S.implemented)]
)
def test_every_closing_state_needs_its_reason(demo_copy, cast, of_alice, status):
    until = FROZEN + timedelta(30)
    assert errors_of(answered, demo_copy, cast.carine, of_alice, " \u200b ", status, until) == {
        "text": "Écrivez la réponse : l'auteur doit savoir pourquoi."
    }
    assert entry(demo_copy, of_alice).status == S.received
    answered(demo_copy, cast.carine, of_alice, "Voici pourquoi.", status, until)
    assert entry(demo_copy, of_alice).status == status
    assert entry(demo_copy, of_alice).published == (status is not S.redirected)


def test_only_ideas_and_suggestions_are_decided(demo_copy, cast):
    with writing(demo_copy) as session:
        number = file_idea(
            session,
            cast.alice,
            checked_input(
                title="Il fait froid",
                kind=IdeaKind.finding,
                concerns_id=chart(session).by_code["VC-JSP"].id,
            ),
            "jeton",
        ).number
    choices = states_to_choose(entry(demo_copy, number))
    assert S.taken_in in choices and not {S.accepted, S.refused, S.postponed, S.submitted} & set(
        choices
    )
    assert errors_of(answered, demo_copy, cast.carine, number, "Non.", S.refused) == {
        "to": "Une idée « Reçue » ne peut pas devenir « Non retenue »."
    }
    answered(demo_copy, cast.carine, number, "Le chauffage est réparé.", S.taken_in)
    sound(demo_copy)


def test_bad_answers_are_told_and_nothing_is_written(demo_copy, cast, of_alice):
    for answer, field in (
        (Answer("x" * (BODY_MAX + 1)), "text"),
        (Answer("Plus tard.", S.postponed), "until"),
        (Answer("Plus tard.", S.postponed, FROZEN), "until"),
        (Answer("Fait.", S.implemented), "to"),
        (Answer(), "text"),
        (Answer("Avec l'autre.", S.merged), "to"),
        (Answer("Je retire.", S.withdrawn), "to"),
    ):
        assert field in errors_of(act, demo_copy, cast.carine, answer_idea, of_alice, answer), (
            answer.to
        )
    assert len(facts_of(demo_copy, of_alice)) == 1
    refuses(answered, demo_copy, cast.carine, 1, "Bonjour.", match="n'existe pas")


def test_who_may_answer(demo_copy, cast, of_alice):
    for stranger in (cast.alice, cast.bruno, cast.elise, cast.farid, NOBODY):
        refuses(answered, demo_copy, stranger, of_alice, "Oui.", S.accepted)
    answered(demo_copy, cast.didier, of_alice, to=S.submitted)
    answered(demo_copy, cast.elise, of_alice, "Le CODIR est d'accord.", S.accepted)
    refuses(answered, demo_copy, cast.elise, of_alice, "C'est fait.", S.implemented)
    assert facts_of(demo_copy, of_alice)[-1].by == cast.elise.person_id


# --- the promise ----------------------------------------------------------------------------------


def test_a_holding_answer_moves_the_day_once_and_is_no_answer(demo_copy, cast, scope_for, of_alice):
    later = read_with(demo_copy, workdays).add(FROZEN, settings().cp_answer_days + 15)
    for until in (None, FROZEN, entry(demo_copy, of_alice).due_on, date(2030, 1, 1)):
        refuses(
            act,
            demo_copy,
            cast.carine,
            hold_answer,
            of_alice,
            "Il faut un avis.",
            until,
            error=Invalid,
        )
    act(demo_copy, cast.carine, hold_answer, of_alice, "Il faut l'avis du SIPPT.", later)
    idea = entry(demo_copy, of_alice)
    assert idea.due_on == later and idea.answered_on is None and idea.status == S.received
    refuses(
        act,
        demo_copy,
        cast.carine,
        hold_answer,
        of_alice,
        "Encore un peu.",
        later + timedelta(7),
        match="réponse d'attente a déjà",
    )
    undo = act(demo_copy, cast.carine, undo_answer, of_alice)
    assert undo.due_on < later


@pytest.mark.slow
def test_a_transfer_takes_the_promise_along(demo_copy, cast, scope_for, of_alice, tree):
    def open_in(code: str) -> float:
        return values(demo_copy, scope_for, "reponse.ouvertes", direction=code)["reponse.ouvertes"]

    there = tree.by_code["AD-BAT"].id
    before, due = (
        {code: open_in(code) for code in ("VC-JSP", "AD-BAT", "VC", "AD")},
        entry(demo_copy, of_alice).due_on,
    )
    for unit, reason in (
        (None, "x"),
        (999_999, "x"),
        (entry(demo_copy, of_alice).concerns_id, "x"),
        (there, ""),
    ):
        refuses(act, demo_copy, cast.carine, transfer_idea, of_alice, unit, reason, error=Invalid)
    act(demo_copy, cast.carine, transfer_idea, of_alice, there, "Le hall appartient aux Bâtiments.")
    assert {code: open_in(code) - n for code, n in before.items()} == {
        "VC-JSP": -1,
        "AD-BAT": 1,
        "VC": -1,
        "AD": 1,
    }
    assert entry(demo_copy, of_alice).due_on == due
    refuses(answered, demo_copy, cast.carine, of_alice, "Je réponds encore.")
    with reading(demo_copy) as session:
        steps = idea_card(session, scope_for(session, cast.alice), of_alice).steps
        moves = values(demo_copy, scope_for, "idees.pour-100")
    assert [step.what for step in steps] == ["depot", "transfert"] and steps[
        -1
    ].text == "Le hall appartient aux Bâtiments."
    assert moves == values(demo_copy, scope_for, "idees.pour-100")
    act(demo_copy, cast.didier, entrust_idea, of_alice, None)


@pytest.mark.slow
def test_an_error_of_the_day_is_undone_as_if_it_had_not_been(demo_copy, cast, scope_for, of_alice):
    codes = ("reponse.ouvertes", "idees-issue.retenues", "reponse.tenue", "reponse.mediane")
    before = values(demo_copy, scope_for, *codes)
    refuses(act, demo_copy, cast.carine, undo_answer, of_alice, match="rien à annuler")
    answered(demo_copy, cast.carine, of_alice, "Oui, dès juillet.", S.accepted)
    refuses(act, demo_copy, cast.didier, undo_answer, of_alice, match="rien à annuler")
    act(demo_copy, cast.carine, undo_answer, of_alice)
    idea = entry(demo_copy, of_alice)
    assert (idea.status, idea.answered_on) == (S.received, None)
    assert values(demo_copy, scope_for, *codes) == before
    with reading(demo_copy) as session:
        assert len(idea_card(session, scope_for(session, cast.alice), of_alice).steps) == 1
        there = chart(session).by_code["AD-BAT"].id
    act(demo_copy, cast.didier, transfer_idea, of_alice, there, "Par erreur.")
    act(demo_copy, cast.didier, undo_answer, of_alice)
    assert entry(demo_copy, of_alice).concerns_id == idea.concerns_id
    assert values(demo_copy, scope_for, *codes) == before


def test_who_gave_an_entry_away_takes_it_back_though_it_is_no_longer_hers(
    demo_copy, cast, of_alice, tree
):
    before = entry(demo_copy, of_alice)
    there = tree.by_code["AD-BAT"].id
    act(demo_copy, cast.carine, transfer_idea, of_alice, there, "Par erreur.")
    refuses(answered, demo_copy, cast.carine, of_alice, "Je réponds encore.", match="droit")
    refuses(act, demo_copy, cast.alice, undo_answer, of_alice)
    act(demo_copy, cast.carine, undo_answer, of_alice)
    after = entry(demo_copy, of_alice)
    assert (after.concerns_id, after.due_on) == (before.concerns_id, before.due_on)


def test_whose_mandate_has_ended_takes_nothing_back(demo_copy, cast, of_alice, tree):
    there = tree.by_code["AD-BAT"].id
    act(demo_copy, cast.carine, transfer_idea, of_alice, there, "Par erreur.")
    without = replace(cast.carine, mandates=frozenset())
    refuses(act, demo_copy, without, undo_answer, of_alice, match="droit")


def test_a_publication_by_mistake_is_taken_back_and_waits_again(demo_copy, cast, scope_for):
    number = write_with(
        demo_copy, file_idea, NOBODY, checked_input(title="Une rampe", anonymous=True), "jeton"
    ).number
    act(demo_copy, cast.didier, publish_idea, number)
    assert entry(demo_copy, number).published
    refuses(act, demo_copy, cast.alice, undo_answer, number)
    act(demo_copy, cast.didier, undo_answer, number)
    idea = entry(demo_copy, number)
    assert (idea.published, idea.status) == (False, S.received)
    with reading(demo_copy) as session:
        steps = idea_card(session, scope_for(session, cast.didier), number).steps
    assert [step.what for step in steps] == ["depot"]
    assert [fact.what for fact in facts_of(demo_copy, number)] == [
        "depot",
        "publication",
        "annulation",
    ], "dated, kept"
    act(demo_copy, cast.didier, publish_idea, number)
    assert entry(demo_copy, number).published
    sound(demo_copy)


# --- responsible, many at once --------------------------------------------------------------------


def test_an_answer_after_a_transfer_is_undone_and_the_promise_that_was_kept_stays(
    demo_copy, cast, of_alice, tree
):
    answered(demo_copy, cast.didier, of_alice, "Nous demandons un prix.")
    due_on = entry(demo_copy, of_alice).due_on
    there = tree.by_code["AD-BAT"].id
    act(demo_copy, cast.didier, transfer_idea, of_alice, there, "Le hall est aux Bâtiments.")
    answered(demo_copy, cast.didier, of_alice, "Une suite.")
    act(demo_copy, cast.didier, undo_answer, of_alice)
    assert entry(demo_copy, of_alice).due_on == due_on is not None
    assert entry(demo_copy, of_alice).concerns_id == there


def test_an_entry_sent_elsewhere_by_mistake_is_shown_again(demo_copy, cast, of_alice):
    answered(demo_copy, cast.didier, of_alice, "Ce n'est pas pour nous.", S.redirected)
    assert not entry(demo_copy, of_alice).published
    act(demo_copy, cast.didier, undo_answer, of_alice)
    assert entry(demo_copy, of_alice).published


def is_to_be_read(engine: Engine, cast: Cast, number: int) -> bool:
    """Whether an unpublished entry stands in the list « À lire »."""
    with reading(engine) as session:
        scope = scope_at(session, cast.didier)
        rows = ideas_page(session, scope, Filters(view=View.unread), 1, FROZEN).rows
        return number in [row.number for row in rows]


def test_an_anonymous_entry_sent_elsewhere_by_mistake_waits_to_be_read_again(demo_copy, cast):
    number = write_with(
        demo_copy, file_idea, NOBODY, checked_input(title="Une rampe", anonymous=True), "jeton"
    ).number
    answered(demo_copy, cast.didier, number, "Ce n'est pas pour nous.", S.redirected)
    assert not is_to_be_read(demo_copy, cast, number)
    act(demo_copy, cast.didier, undo_answer, number)
    assert is_to_be_read(demo_copy, cast, number)
    sound(demo_copy)


def test_an_anonymous_entry_answered_before_it_is_published_still_waits_to_be_read(demo_copy, cast):
    number = write_with(
        demo_copy, file_idea, NOBODY, checked_input(title="Une rampe", anonymous=True), "jeton"
    ).number
    answered(demo_copy, cast.didier, number, "Elle se pose en mai.", S.accepted)
    assert is_to_be_read(demo_copy, cast, number)
    act(demo_copy, cast.didier, publish_idea, number)
    assert not is_to_be_read(demo_copy, cast, number)
    assert entry(demo_copy, number).status == S.accepted, "publishing takes no answer back"


def test_carine_entrusts_an_idea_to_a_colleague_who_then_may_answer(
    demo_copy, cast, scope_for, of_alice
):
    with reading(demo_copy) as session:
        people = colleagues(session, scope_for(session, cast.carine), entry(demo_copy, of_alice))
        assert colleagues(session, scope_for(session, cast.alice), entry(demo_copy, of_alice)) == {}
    helper = Reader(
        next(id_ for id_ in people if id_ not in (cast.carine.person_id, cast.alice.person_id)),
        roles=cast.alice.roles,
    )
    refuses(
        act, demo_copy, cast.carine, entrust_idea, of_alice, cast.elise.person_id, error=Invalid
    )
    act(demo_copy, cast.carine, entrust_idea, of_alice, helper.person_id)
    with reading(demo_copy) as session:
        rows = ideas_page(
            session, scope_for(session, helper), Filters(view=View.mine), 1, FROZEN
        ).rows
        assert [row.number for row in rows] == [of_alice]
        assert idea_card(session, scope_for(session, cast.carine), of_alice).owner
    answered(demo_copy, helper, of_alice, "Préparé avec la responsable.", S.accepted)


def test_didier_answers_many_at_once_all_or_none(demo_copy, cast, of_alice, tree):
    with writing(demo_copy) as session:
        others = [
            file_idea(session, cast.alice, checked_input(title=f"Idée {n}"), f"jeton-{n}").number
            for n in range(3)
        ]
    withdrawn, numbers = others[2], [of_alice, *others]
    write_with(demo_copy, withdraw_idea, cast.alice, withdrawn)
    refusal(
        demo_copy,
        answer_many,
        cast.didier,
        numbers,
        Answer("Merci.", S.studied),
        tree,
        match=f"Idée n° {withdrawn}.*Rien n'est enregistré",
    )
    assert entry(demo_copy, of_alice).status == S.received
    write_with(
        demo_copy,
        answer_many,
        cast.didier,
        numbers[:3],
        Answer("Repris au plan 2024.", S.accepted),
        tree,
    )
    assert {entry(demo_copy, number).status for number in numbers[:3]} == {S.accepted}
    refusal(demo_copy, answer_many, cast.didier, [], Answer("Merci."), tree, error=Invalid)


@pytest.fixture
def alike(demo_copy, cast) -> tuple[int, int]:
    """The numbers of two entries that say nearly the same."""
    titles = (
        "Réparer la douche du vestiaire du dépôt",
        "La douche du vestiaire du dépôt est à réparer",
    )
    with writing(demo_copy) as session:
        unit = chart(session).by_code["AD-BAT"].id
        given = {title: checked_input(title=title, concerns_id=unit) for title in titles}
        filed = [file_idea(session, cast.alice, given[title], title) for title in titles]
        return filed[0].number, filed[1].number


def test_the_answer_of_an_idea_alike_is_proposed(demo_copy, cast, scope_for, alike):
    first, second = alike
    answered(demo_copy, cast.didier, first, "Le boiler est commandé.", S.accepted)
    with reading(demo_copy) as session:
        found = wordings(session, scope_for(session, cast.didier), entry(demo_copy, second))
        assert "Le boiler est commandé." in [wording.text for wording in found]
        assert wordings(session, scope_for(session, cast.alice), entry(demo_copy, second)) == []


def test_an_author_withdraws_her_own_and_the_promise_ends(demo_copy, cast, of_alice):
    for other in (cast.bruno, cast.carine, cast.didier, NOBODY):
        refusal(demo_copy, withdraw_idea, other, of_alice)
    write_with(demo_copy, withdraw_idea, cast.alice, of_alice, "J'ai trouvé ailleurs.")
    idea = entry(demo_copy, of_alice)
    assert (idea.status, idea.due_on) == (S.withdrawn, None)
    refusal(demo_copy, withdraw_idea, cast.alice, of_alice, match="ne se retire plus")


# --- who is told ----------------------------------------------------------------------------------


def test_each_act_tells_those_whom_it_concerns_once(demo_copy, cast, of_alice, tree):
    def told() -> list[tuple[str, int]]:
        rows = select_all(
            demo_copy,
            select(Notice)
            .where(Notice.idea_id == entry(demo_copy, of_alice).id)
            .order_by(Notice.id),
        )
        return [(row.kind, row.person_id) for row in rows]

    alice, carine = cast.alice.person_id, cast.carine.person_id
    assert told() == [("depot", alice)]
    act(demo_copy, cast.carine, read_idea, of_alice)
    answered(demo_copy, cast.carine, of_alice, "Nous demandons un prix.")
    answered(demo_copy, cast.carine, of_alice, "C'est décidé.", S.accepted)
    assert told() == [("depot", alice), ("reponse", alice), ("etat", alice)]
    act(demo_copy, cast.carine, undo_answer, of_alice)
    assert told() == [("depot", alice), ("reponse", alice)], "what was undone is not told"
    there = tree.by_code["AD-BAT"].id
    act(demo_copy, cast.carine, transfer_idea, of_alice, there, "Le hall appartient aux Bâtiments.")
    kind, receiver = told()[-1]
    assert kind == "transfert" and receiver not in (alice, carine)


def test_didier_finds_the_other_idea_by_words_or_by_likeness(demo_copy, cast, scope_for, alike):
    """Over the whole administration, whatever he has narrowed; never the entry itself, nor one
    that waits to be read.
    """
    one, other = alike
    execute(demo_copy, update(Idea).where(Idea.number == other).values(published=True))
    with reading(demo_copy) as session:
        unit = chart(session).by_code["AD-VOI"]
        narrow = scope_for(session, cast.didier).within(unit)
        for words in ("", "vestiaire douche", f"n° {other}"):
            found = merge_candidates(session, narrow, entry(demo_copy, one), words, FROZEN)
            assert list(found)[:1] == [other], words
        assert merge_candidates(session, narrow, entry(demo_copy, one), "zzzz", FROZEN) == {}
    execute(demo_copy, update(Idea).where(Idea.number == other).values(published=False))
    found = read_with(
        demo_copy, merge_candidates, narrow, entry(demo_copy, one), f"{other}", FROZEN
    )
    assert found == {}


def test_a_text_for_one_state_is_offered_for_that_state_alone():
    refusal = Wording("Modèle — Trop cher", "C'est trop cher.", S.refused)
    any_state = Wording("Réponse à l'idée n° 12", "Merci.")
    assert refusal.suits(S.refused) and not refusal.suits(S.accepted)
    assert any_state.suits(S.accepted) and refusal.suits(None)


def test_words_that_contradict_the_state_are_asked_about_once(demonstration, cast):
    made = checked_input(title="Un abri", body="Devant le dépôt.", anonymous=False)
    number = write_with(demonstration, file_idea, cast.alice, made, "abri").number
    didier = visit(enter(demonstration, "didier"), "idees", f"idee={number}")
    key = f"w_answer_{number}_0_"
    didier.text_area(key=f"{key}text").set_value("Malheureusement, le terrain est vendu.")
    didier.button(key=f"{key}to_retenue").click().run()
    assert any("« Retenue »" in plain(text) for text in html_of(didier))
    assert didier.text_area(key=f"{key}text").value == "Malheureusement, le terrain est vendu."
    assert entry(demonstration, number).status == S.read

    didier.button(key=f"{key}to_non-retenue").click().run()
    assert entry(demonstration, number).status == S.refused

    twice = write_with(demonstration, file_idea, cast.alice, made, "abri, encore").number
    didier = visit(didier, "idees", f"idee={twice}")
    key = f"w_answer_{twice}_0_"
    didier.text_area(key=f"{key}text").set_value("Malheureusement pas avant 2024, mais oui.")
    didier.button(key=f"{key}to_retenue").click().run()
    assert entry(demonstration, twice).status == S.read
    didier.button(key=f"{key}to_retenue").click().run()
    assert entry(demonstration, twice).status == S.accepted


def test_an_answer_promised_before_the_filing_is_late_from_the_filing_on(
    demo_copy, cast, scope_for
):
    """As a file may tell it."""
    with writing(demo_copy) as session:
        waits = Idea.published, Idea.answered_on.is_(None), Idea.status.in_([str(s) for s in OPEN])
        idea = session.exec(select(Idea).where(*waits).order_by(Idea.id.desc())).first()
        filed_on, idea.due_on = idea.filed_on, idea.filed_on - timedelta(days=40)
    with reading(demo_copy) as session:
        for days in (-39, -1, 0, 1):
            on = filed_on + timedelta(days=days)
            scope = scope_for(session, cast.didier, au=str(on))
            page = ideas_page(session, scope, Filters(view=View.late), 1, on)
            assert page.total == count_late(session, scope), on


# ── A decision moves what it decides ──────────────────────────────────────────────────────────────
# Entries, propositions of groups, revisions; and takes it back.

STATUS = DecisionStep
DUE = date(2023, 11, 15)


def unit_of(session, code: str) -> int:
    return session.exec(select(Direction.id).where(Direction.code == code)).one()


def filed(engine: Engine, reader: Reader, title: str, unit: str = "VC-JSP") -> int:
    with writing(engine) as session:
        given = checked_input(
            title=title, kind="idee", ambition_id=3, concerns_id=unit_of(session, unit)
        )
        return file_idea(session, reader, given, f"jeton {title}").number


def point_about(engine: Engine, reader: Reader, kind: str, key: str, owner: str = "VC-JSP") -> int:
    with writing(engine) as session:
        given = PointInput(
            "Un point", Instance.codir, unit_of(session, owner), about=(kind, str(key))
        )
        return submit_point(session, reader, given).id


def decide(
    engine: Engine,
    reader: Reader,
    point: int,
    outcome: Outcome,
    cost: float | None = None,
    **more,
) -> None:
    text = "" if outcome.is_to_do else "Trop cher cette année."
    due = DUE if outcome.is_to_do else None
    step = DecisionEvent(what=STATUS.decided, outcome=outcome, due_on=due, cost=cost, text=text)
    with writing(engine) as session:
        follow_decision(session, reader, point, step, chart(session), **more)


def done(engine: Engine, reader: Reader, point: int) -> None:
    with writing(engine) as session:
        follow_decision(session, reader, point, DecisionEvent(what=STATUS.done), chart(session))


def undone(engine: Engine, reader: Reader, point: int) -> tuple[STATUS, list[str]]:
    return write_with(engine, undo_step, reader, point)


def notices_of(engine: Engine, reader: Reader) -> list[str]:
    return list(
        select_all(
            engine,
            select(Notice.title)
            .where(Notice.person_id == reader.person_id)
            .order_by(Notice.id.desc()),
        )
    )


def wrong(engine: Engine) -> list[str]:
    """What `check` finds."""
    with reading(engine) as session:
        found = checks.everything(session, FROZEN)
        return [finding.message for finding in found if not finding.holds]


# --- an idea --------------------------------------------------------------------------------------


@pytest.mark.slow
def test_an_adopted_idea_is_retained_its_author_reads_it_and_the_manager_is_asked_for_words(
    demo_copy, cast: Cast, scope_for
):
    number = filed(demo_copy, cast.alice, "Des bancs au parc")
    point = point_about(demo_copy, cast.didier, "idee", number)
    assert entry(demo_copy, number).status == IdeaStatus.submitted
    decide(demo_copy, cast.didier, point, Outcome.adopted)
    found = entry(demo_copy, number)
    assert (found.status, found.answered_on) == (IdeaStatus.accepted, FROZEN)
    assert notices_of(demo_copy, cast.alice)[0] == f"Votre idée n° {number} est retenue"
    asked = f"L'idée n° {number} est décidée : complétez la réponse officielle"
    assert asked in notices_of(demo_copy, cast.carine)
    with reading(demo_copy) as session:
        offered = wordings(session, scope_for(session, cast.carine), found)[0]
        last = session.exec(
            select(IdeaEvent).where(IdeaEvent.idea_id == found.id).order_by(IdeaEvent.seq.desc())
        ).first()
    assert offered.name.startswith("Décision n° ") and french.day_long(DUE) in offered.text
    assert (last.text, last.function) == (offered.text, "CODIR")
    assert wrong(demo_copy) == []


def gets_answer(
    engine: Engine, reader: Reader, number: int, to: IdeaStatus, text: str = ""
) -> None:
    with writing(engine) as session:
        answer_idea(session, reader, number, Answer(text, to), chart(session))


def waiting_about(engine: Engine, number: int) -> list[str]:
    """The points that wait for the CODIR and that this idea leads to."""
    found = entry(engine, number)
    with reading(engine) as session:
        points = {str(d.id): d for d in register(session).at(FROZEN) if d.is_waiting}
        links = session.exec(
            select(Link.to_key).where(
                Link.from_key == str(found.id), Link.to_kind == "decision", Link.ended_on.is_(None)
            )
        ).all()
    assert all(points[key].instance is Instance.codir for key in links if key in points)
    return [points[key].title for key in links if key in points]


@pytest.mark.slow
def test_an_idea_submitted_to_the_codir_is_a_point_of_its_next_meeting(
    demo_copy, cast: Cast, scope_for
):
    number = filed(demo_copy, cast.alice, "Des bancs au parc")
    before = waiting_points(demo_copy, scope_for)
    gets_answer(demo_copy, cast.carine, number, IdeaStatus.submitted)
    assert waiting_about(demo_copy, number) == [f"Idée n° {number} : Des bancs au parc"]
    assert waiting_points(demo_copy, scope_for) == before + 1
    with reading(demo_copy) as session:
        [point] = [d for d in register(session).at(FROZEN) if f"n° {number} " in d.title]
        assert point.owner_direction_id == unit_of(session, "VC-JSP")
    decide(demo_copy, cast.didier, point.id, Outcome.adopted)
    assert entry(demo_copy, number).status == IdeaStatus.accepted
    assert wrong(demo_copy) == []


def waiting_points(engine: Engine, scope_for) -> float:
    """How many points wait."""
    with reading(engine) as session:
        found = board(session, scope_for(session, OPERATOR), ["decisions"])
        return found["decisions.attente"].value


def test_a_point_that_is_there_already_is_not_put_twice(demo_copy, cast: Cast):
    number = filed(demo_copy, cast.alice, "Des bancs au parc")
    point_about(demo_copy, cast.didier, "idee", number)
    assert waiting_about(demo_copy, number) == ["Un point"]
    gets_answer(demo_copy, cast.didier, number, IdeaStatus.studied)
    gets_answer(demo_copy, cast.didier, number, IdeaStatus.submitted)
    assert len(waiting_about(demo_copy, number)) == 1


@pytest.mark.slow
def test_an_idea_that_is_submitted_no_more_leaves_the_next_meeting(demo_copy, cast: Cast):
    undone_at_once = filed(demo_copy, cast.alice, "Des bancs au parc")
    gets_answer(demo_copy, cast.didier, undone_at_once, IdeaStatus.submitted)
    with writing(demo_copy) as session:
        undo_answer(session, cast.didier, undone_at_once, chart(session))
    assert waiting_about(demo_copy, undone_at_once) == []
    gets_answer(demo_copy, cast.didier, undone_at_once, IdeaStatus.submitted)
    assert len(waiting_about(demo_copy, undone_at_once)) == 1

    told = filed(demo_copy, cast.alice, "Un abri pour les vélos")
    gets_answer(demo_copy, cast.didier, told, IdeaStatus.submitted)
    gets_answer(demo_copy, cast.elise, told, IdeaStatus.accepted, "Le CODIR est d'accord.")
    assert waiting_about(demo_copy, told) == []

    taken_back = filed(demo_copy, cast.alice, "Une fontaine")
    gets_answer(demo_copy, cast.didier, taken_back, IdeaStatus.submitted)
    write_with(demo_copy, withdraw_idea, cast.alice, taken_back)
    assert waiting_about(demo_copy, taken_back) == []
    assert wrong(demo_copy) == []


def test_a_point_on_which_somebody_wrote_stays(sqlite_copy, cast: Cast):
    number = filed(sqlite_copy, cast.alice, "Des bancs au parc")
    gets_answer(sqlite_copy, cast.didier, number, IdeaStatus.submitted)
    with writing(sqlite_copy) as session:
        point = next(d for d in register(session).at(FROZEN) if f"n° {number} " in d.title)
        note = DecisionEvent(what=STATUS.noted, text="À revoir avec le SIPPT.")
        follow_decision(session, cast.didier, point.id, note, chart(session))
    gets_answer(sqlite_copy, cast.elise, number, IdeaStatus.accepted, "D'accord.")
    assert len(waiting_about(sqlite_copy, number)) == 1


def test_what_was_withdrawn_is_followed_no_more(sqlite_copy, cast: Cast):
    number = filed(sqlite_copy, cast.alice, "Des bancs au parc")
    gets_answer(sqlite_copy, cast.didier, number, IdeaStatus.submitted)
    point = next(
        d for d in read_with(sqlite_copy, register).at(FROZEN) if f"n° {number} " in d.title
    )
    gets_answer(sqlite_copy, cast.elise, number, IdeaStatus.accepted, "D'accord.")
    refuses(decide, sqlite_copy, cast.didier, point.id, Outcome.adopted, match="retiré")


def test_the_title_of_an_idea_that_is_not_shown_stays_out_of_the_register(sqlite_copy, cast: Cast):
    number = filed(sqlite_copy, cast.alice, "Des bancs au parc")
    with writing(sqlite_copy) as session:
        session.exec(select(Idea).where(Idea.number == number)).one().published = False
    gets_answer(sqlite_copy, cast.didier, number, IdeaStatus.submitted)
    assert waiting_about(sqlite_copy, number) == [f"Idée n° {number}"]


@pytest.mark.slow
def test_an_idea_that_a_file_says_submitted_is_a_point_too(sqlite_copy, cast: Cast):
    def brought(state: str) -> int:
        content = f"id;titre;date;statut\n1;Des bancs partout;02/01/2023;{state}\n".encode()
        with writing(sqlite_copy) as session:
            how = ImportOptions(source="ailleurs", on=FROZEN)
            act_of("idees")(session, cast.didier, content, "i.csv", how)
            return session.exec(select(Idea.number).where(Idea.title == "Des bancs partout")).one()

    number = brought("Soumise au CODIR")
    assert len(waiting_about(sqlite_copy, number)) == 1
    brought("Retenue")
    assert waiting_about(sqlite_copy, number) == []
    brought("Soumise au CODIR")
    assert len(waiting_about(sqlite_copy, number)) == 1
    assert wrong(sqlite_copy) == []


def test_done_tells_the_author_and_the_idea_is_carried_out(sqlite_copy, cast: Cast):
    number = filed(sqlite_copy, cast.alice, "Des bancs au parc")
    point = point_about(sqlite_copy, cast.didier, "idee", number)
    decide(sqlite_copy, cast.didier, point, Outcome.in_part)
    done(sqlite_copy, cast.carine, point)
    assert entry(sqlite_copy, number).status == IdeaStatus.implemented
    assert notices_of(sqlite_copy, cast.alice)[0] == f"Votre idée n° {number} est réalisée"


@pytest.mark.parametrize(
    "outcome,after",
    [(Outcome.rejected, IdeaStatus.refused), (Outcome.noted, IdeaStatus.studied)],
)
def test_an_idea_that_is_not_adopted_leaves_the_codir_with_the_reason(
    sqlite_copy, cast: Cast, outcome, after
):
    number = filed(sqlite_copy, cast.alice, "Des bancs au parc")
    decide(sqlite_copy, cast.didier, point_about(sqlite_copy, cast.didier, "idee", number), outcome)
    assert entry(sqlite_copy, number).status == after
    texts = select_all(
        sqlite_copy,
        select(Notice.text).where(
            Notice.person_id == cast.alice.person_id, Notice.title.contains(f"n° {number}")
        ),
    )
    assert any("Trop cher cette année." in text for text in texts)


def test_what_moves_is_shown_first_and_what_is_left_stays(sqlite_copy, cast: Cast):
    number = filed(sqlite_copy, cast.alice, "Des bancs au parc")
    point = point_about(sqlite_copy, cast.didier, "idee", number)
    with reading(sqlite_copy) as session:
        tree = chart(session)
        shown = moves(session, cast.didier, tree, point, STATUS.decided, Outcome.adopted)
    assert [move.in_words for move in shown] == [
        f"Idée n° {number} « Des bancs au parc » : Soumise au CODIR → Retenue"
    ]
    assert list(
        errors_of(decide, sqlite_copy, cast.didier, point, Outcome.adopted, seen=frozenset())
    ) == ["moves"]
    end = shown[0].end
    decide(
        sqlite_copy,
        cast.didier,
        point,
        Outcome.adopted,
        leaves=frozenset({end}),
        seen=frozenset({end}),
    )
    assert entry(sqlite_copy, number).status == IdeaStatus.submitted


def test_undoing_takes_back_what_was_moved_and_tells_it(demo_copy, cast: Cast):
    number = filed(demo_copy, cast.alice, "Des bancs au parc")
    point = point_about(demo_copy, cast.didier, "idee", number)
    before = entry(demo_copy, number)
    decide(demo_copy, cast.didier, point, Outcome.adopted)
    assert undone(demo_copy, cast.didier, point) == (STATUS.decided, [])
    after = entry(demo_copy, number)
    assert (after.status, after.answered_on, after.due_on) == (
        before.status,
        before.answered_on,
        before.due_on,
    )
    assert notices_of(demo_copy, cast.alice)[0] == (
        f"Votre idée n° {number} est de nouveau « Soumise au CODIR »"
    )
    assert f"Votre idée n° {number} est retenue" not in notices_of(demo_copy, cast.alice)
    decide(demo_copy, cast.didier, point, Outcome.rejected)
    assert entry(demo_copy, number).status == IdeaStatus.refused


def test_an_idea_that_went_on_since_stays_where_it_is(sqlite_copy, cast: Cast):
    number = filed(sqlite_copy, cast.alice, "Des bancs au parc")
    point = point_about(sqlite_copy, cast.didier, "idee", number)
    decide(sqlite_copy, cast.didier, point, Outcome.adopted)
    with writing(sqlite_copy) as session:
        answer_idea(
            session, cast.carine, number, Answer("Posés au printemps.", None), chart(session)
        )
    assert undone(sqlite_copy, cast.didier, point)[1] == [f"idée n° {number}"]
    assert entry(sqlite_copy, number).status == IdeaStatus.accepted


def test_an_entry_the_recorder_may_not_read_moves_without_its_title(sqlite_copy, cast: Cast):
    number = filed(sqlite_copy, cast.alice, "Un titre à ne pas lire")
    point = point_about(sqlite_copy, cast.didier, "idee", number)
    with reading(sqlite_copy) as session:
        shown = moves(session, NOBODY, chart(session), point, STATUS.decided, Outcome.adopted)
    assert [move.name for move in shown] == [f"Idée n° {number}"]


# --- the proposition of a group -------------------------------------------------------------------


def waiting_group(engine: Engine) -> tuple[ProgressGroup, int]:
    """G04, whose proposition waits before the CODIR, and its point."""
    with reading(engine) as session:
        group = session.exec(select(ProgressGroup).where(ProgressGroup.code == "G04")).one()
        tree = chart(session)
        waiting = [d.id for d in register(session).at(FROZEN) if d.is_waiting]
        (point,) = [
            decision
            for decision in waiting
            if any(
                move.end == ("groupe", "G04")
                for move in moves(session, NOBODY, tree, decision, STATUS.decided, Outcome.rejected)
            )
        ]
    return group, point


def test_a_proposition_is_sent_back_to_its_group_whose_members_read_why(sqlite_copy, cast: Cast):
    group, point = waiting_group(sqlite_copy)
    decide(sqlite_copy, cast.didier, point, Outcome.rejected)
    with reading(sqlite_copy) as session:
        found = session.get(ProgressGroup, group.id)
        told = session.exec(
            select(Notice.text).where(Notice.title == "Groupe G04 : Proposition")
        ).all()
    assert found.state == GroupState.proposition
    assert told and all("Trop cher cette année." in text for text in told)
    undone(sqlite_copy, cast.didier, point)
    with reading(sqlite_copy) as session:
        assert session.get(ProgressGroup, group.id).state == GroupState.submitted


def test_an_adopted_proposition_closes_its_group(sqlite_copy, cast: Cast):
    group, point = waiting_group(sqlite_copy)
    decide(sqlite_copy, cast.didier, point, Outcome.adopted)
    with reading(sqlite_copy) as session:
        found = session.get(ProgressGroup, group.id)
        last = session.exec(
            select(GroupEvent).where(GroupEvent.group_id == group.id).order_by(GroupEvent.id.desc())
        ).first()
    assert (found.state, last.state) == (GroupState.closed, GroupState.closed)


# --- a milestone ----------------------------------------------------------------------------------


def test_a_revision_is_proposed_and_taken_with_the_decision_as_its_reason(sqlite_copy, cast: Cast):
    number = "2.7"
    point = point_about(sqlite_copy, cast.didier, "jalon", number)
    decide(sqlite_copy, cast.didier, point, Outcome.adopted)
    (waiting,) = read_with(sqlite_copy, proposed_revisions, cast.didier)
    assert (waiting.end, waiting.due_on) == (("jalon", number), DUE)
    assert write_with(sqlite_copy, take_revision, cast.didier, waiting.effect_id) == number
    with reading(sqlite_copy) as session:
        last = session.exec(select(PlanSchedule).order_by(PlanSchedule.id.desc())).first()
        assert proposed_revisions(session, cast.didier) == []
    assert (last.end, last.reason) == (DUE, f"Décision n° {waiting.number} (CODIR)")
    refusal(sqlite_copy, leave_revision, cast.didier, waiting.effect_id, match="n'attend plus")
    assert undone(sqlite_copy, cast.didier, point)[1] == ["jalon 2.7"]


# --- a project ------------------------------------------------------------------------------------


def planned(engine: Engine, code: str = "CRECHES") -> PlanSchedule:
    return read_with(engine, project_at, code, FROZEN).schedule


def taken(engine: Engine, reader: Reader, point: int, cost: float | None = 250_000) -> None:
    """Decided with its cost, then taken up by the programme office."""
    decide(engine, reader, point, Outcome.adopted, cost=cost)
    (waiting,) = read_with(engine, proposed_revisions, reader)
    assert write_with(engine, take_revision, reader, waiting.effect_id) == "CRECHES"


def test_a_project_takes_the_day_and_the_cost_of_its_decision(demo_copy, cast: Cast):
    before = planned(demo_copy)
    point = point_about(demo_copy, cast.didier, "projet", "CRECHES")
    taken(demo_copy, cast.didier, point)
    after = planned(demo_copy)
    assert (after.end, after.budget) == (DUE, 250_000)
    assert (after.start, after.owner) == (before.start, before.owner)
    with reading(demo_copy) as session:
        last = session.exec(select(PlanSchedule).order_by(PlanSchedule.id.desc())).first()
        number = session.get(Decision, point).number
    assert last.reason == f"Décision n° {number} (CODIR)"
    assert undone(demo_copy, cast.didier, point)[1] == []
    now = planned(demo_copy)
    assert (now.end, now.budget) == (before.end, before.budget)
    assert wrong(demo_copy) == []


def test_a_project_that_was_planned_since_stays_as_it_is(sqlite_copy, cast: Cast):
    point = point_about(sqlite_copy, cast.didier, "projet", "CRECHES")
    taken(sqlite_copy, cast.didier, point, cost=None)
    with writing(sqlite_copy) as session:
        project = session.exec(select(Plan.id).where(Plan.number == "CRECHES")).one()
        revise_plan(session, cast.didier, project, PlanSchedule(end=date(2024, 6, 30)))
    assert undone(sqlite_copy, cast.didier, point)[1] == ["projet CRECHES"]
    assert planned(sqlite_copy).end == date(2024, 6, 30)


def test_a_day_before_the_project_begins_is_refused_in_a_sentence(sqlite_copy, cast: Cast):
    with writing(sqlite_copy) as session:
        project = session.exec(select(Plan.id).where(Plan.number == "CRECHES")).one()
        revise_plan(session, cast.didier, project, PlanSchedule(start=date(2024, 1, 1)))
    point = point_about(sqlite_copy, cast.didier, "projet", "CRECHES")
    refuses(taken, sqlite_copy, cast.didier, point, match="avant le début")


# --- who carries it out, who records it -----------------------------------------------------------


def test_the_owner_finds_what_she_is_to_carry_out_and_nobody_elses(
    sqlite_copy, cast: Cast, scope_for
):
    hers, other = (
        point_about(sqlite_copy, cast.didier, "jalon", "2.7", owner)
        for owner in ("VC-JSP", "VC-CUL")
    )
    for point in (hers, other):
        decide(sqlite_copy, cast.didier, point, Outcome.adopted)
    with reading(sqlite_copy) as session:
        found = [d.id for d in to_execute(session, scope_for(session, cast.carine), FROZEN)]
        none = to_execute(session, scope_for(session, cast.alice), FROZEN)
    assert hers in found and other not in found and none == []
    done(sqlite_copy, cast.carine, hers)
    with reading(sqlite_copy) as session:
        left = [d.id for d in to_execute(session, scope_for(session, cast.carine), FROZEN)]
    assert hers not in left
