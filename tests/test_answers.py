"""An idea is answered: read, studied, held, transferred, entrusted, decided, with its reason;
and an error of the day is undone.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import Engine, update
from sqlmodel import select
from support.answers import act, answered, chart, entry, sound
from support.hands import plain
from support.pages import enter, html_of, visit
from support.transactions import (
    errors_of,
    execute,
    read_with,
    refusal,
    refuses,
    select_all,
    write_with,
)
from support.troupe import FROZEN

from dashboard.access import NOBODY, Reader
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
from dashboard.figures.board import board
from dashboard.queries.ideas.card import idea_card, merge_candidates
from dashboard.queries.ideas.records import Filters, View, ideas_page
from dashboard.queries.ideas.waiting import Wording, colleagues, count_late, wordings
from models.clock import workdays
from models.database import reading, writing
from models.idea_events import IdeaEvent
from models.idea_states import OPEN, IdeaKind, IdeaStatus
from models.ideas import BODY_MAX, Idea
from models.notices import Notice
from models.settings import settings
from models.texts import Invalid

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


def test_an_anonymous_entry_sent_elsewhere_by_mistake_waits_to_be_read_again(demo_copy, cast):
    number = write_with(
        demo_copy, file_idea, NOBODY, checked_input(title="Une rampe", anonymous=True), "jeton"
    ).number
    answered(demo_copy, cast.didier, number, "Ce n'est pas pour nous.", S.redirected)
    act(demo_copy, cast.didier, undo_answer, number)
    assert not entry(demo_copy, number).published
    sound(demo_copy)


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
