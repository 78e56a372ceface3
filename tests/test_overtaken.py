"""Nobody overwrites what she has not read: two people on one record, the second is told who wrote
what, and nothing that either of them typed is lost.
"""

import pytest
from sqlalchemy import Engine
from sqlmodel import select
from streamlit.testing.v1 import AppTest
from support.answers import chart, entry
from support.pages import enter, html_of, visit

from dashboard.access import Reader
from dashboard.actions.ideas import answers
from dashboard.actions.ideas.answers import Answer
from dashboard.actions.ideas.filing import checked_input, file_idea
from dashboard.queries.keeping.marks import mark_of
from models.database import reading, writing
from models.errors import Overtaken
from models.ideas import Idea, IdeaEvent, IdeaStatus

S = IdeaStatus
HERS, HIS = "Nous l'achetons en mars.", "Le budget ne le permet pas."


def said(tab: AppTest) -> str:
    assert not tab.exception, tab.exception
    shown = [*html_of(tab), *(item.value for item in (*tab.info, *tab.success))]
    return " ".join(
        " ".join(shown).replace("\xa0", " ").replace("\u202f", " ").replace("’", "'").split()
    )


def press(tab: AppTest, label: str) -> AppTest:
    return next(button for button in tab.button if button.label == label).click().run()


def of_jsp(engine: Engine, reader: Reader, title: str) -> int:
    """An idea filed today for the direction of Carine, which Didier may answer too."""
    with writing(engine) as session:
        unit = chart(session).by_code["VC-JSP"].id
        return file_idea(
            session, reader, checked_input(title=title, concerns_id=unit), title
        ).number


def mark(engine: Engine, reader: Reader, number: int) -> str:
    with reading(engine) as session:
        idea = session.exec(select(Idea).where(Idea.number == number)).one()
        return answers.answer_mark(session, reader, idea)


def answer(engine: Engine, reader: Reader, number: int, text: str, to=None, read=None) -> None:
    with writing(engine) as session:
        answers.answer_idea(session, reader, number, Answer(text, to), chart(session), read=read)


def texts_of(engine: Engine, number: int) -> list[str]:
    with reading(engine) as session:
        found = select(IdeaEvent.text).where(
            IdeaEvent.idea_id == entry(engine, number).id, IdeaEvent.text.is_not(None)
        )
        return list(session.exec(found.order_by(IdeaEvent.seq)).all())


# --- answers to ideas -----------------------------------------------------------------------------


@pytest.mark.locks
def test_the_second_answer_is_refused_and_says_whose_the_first_is(demo_copy, cast):
    number = of_jsp(demo_copy, cast.alice, "Des filets neufs")
    before = mark(demo_copy, cast.didier, number)
    answer(demo_copy, cast.carine, number, HERS, S.studied, mark(demo_copy, cast.carine, number))
    with pytest.raises(Overtaken, match=r"^Carine Delvaux .*vient de répondre \(30.juin") as told:
        answer(demo_copy, cast.didier, number, HIS, S.refused, before)
    assert told.value.stands["text"] == HERS
    assert texts_of(demo_copy, number) == [HERS]
    answer(demo_copy, cast.didier, number, HIS, read=told.value.mark)
    assert texts_of(demo_copy, number) == [HERS, HIS]


def test_who_opens_an_entry_or_writes_twice_overtakes_nobody(sqlite_copy, cast):
    number = of_jsp(sqlite_copy, cast.alice, "Un banc")
    before = mark(sqlite_copy, cast.didier, number)
    with writing(sqlite_copy) as session:
        assert answers.read_idea(session, cast.carine, number, chart(session))
    answer(sqlite_copy, cast.didier, number, HIS, read=before)
    answer(sqlite_copy, cast.didier, number, "Encore un mot.", read=before)


@pytest.mark.locks
def test_of_several_answers_those_already_given_are_named_and_none_is_written(demo_copy, cast):
    one, other = (of_jsp(demo_copy, cast.alice, title) for title in ("Un but", "Un filet"))
    read = {number: mark(demo_copy, cast.didier, number) for number in (one, other)}
    answer(demo_copy, cast.carine, one, HERS)

    def answer_both(marks) -> None:
        with writing(demo_copy) as session:
            answers.answer_many(
                session, cast.didier, [one, other], Answer(HIS), chart(session), read=marks
            )

    with pytest.raises(Overtaken, match=rf"Carine Delvaux .*à l'idée n° {one} \(") as told:
        answer_both(read)
    assert told.value.stands == {"numbers": [other]}
    assert texts_of(demo_copy, other) == []
    answer_both(told.value.mark)
    assert texts_of(demo_copy, one) == [HERS, HIS]


def test_a_colleague_chosen_meanwhile_stays(sqlite_copy, cast):
    number = of_jsp(sqlite_copy, cast.alice, "Une lampe")
    before = mark_of(answers.owner_stands(entry(sqlite_copy, number)))

    def entrust(reader: Reader, person_id: int | None) -> None:
        with writing(sqlite_copy) as session:
            answers.entrust_idea(session, reader, number, person_id, chart(session), read=before)

    entrust(cast.carine, cast.carine.person_id)
    with pytest.raises(Overtaken, match=r"^Carine Delvaux") as told:
        entrust(cast.didier, None)
    assert told.value.stands == {"owner": cast.carine.person_id}
    assert entry(sqlite_copy, number).owner_id == cast.carine.person_id


@pytest.mark.parametrize(
    ("choice", "kept"),
    [
        ("Garder le mien", HIS),
        ("Prendre le sien", HERS),
        ("Réunir les deux", f"{HERS}\n\n{HIS}"),
    ],
)
def test_the_screen_shows_both_and_lets_one_choose(demonstration, cast, choice, kept):
    number = of_jsp(demonstration, cast.alice, f"Un vestiaire : {choice}")
    didier = visit(enter(demonstration, "didier"), "idees", f"idee={number}")
    text = f"w_answer_{number}_0_text"
    didier.text_area(key=text).set_value(HIS).run()
    answer(demonstration, cast.carine, number, HERS)
    didier.run()
    assert didier.text_area(key=text).value == HIS, "a further run keeps what was typed"
    press(didier, "Enregistrer la réponse")
    shown = said(didier)
    assert "Carine Delvaux" in shown and "rien n'est enregistré" in shown
    assert HERS in shown and HIS in shown
    press(didier, "Enregistrer la réponse")
    assert texts_of(demonstration, number) == [HERS], "nothing is written before one has chosen"
    press(didier, choice)
    assert didier.text_area(key=text).value == kept
    assert texts_of(demonstration, number) == [HERS], "the choice fills the fields, no more"
    press(didier, "Enregistrer la réponse")
    assert "La réponse est enregistrée" in said(didier)
    assert texts_of(demonstration, number) == [HERS, kept]


def test_a_form_that_opens_after_an_answer_says_who_has_just_answered(demonstration, cast):
    number = of_jsp(demonstration, cast.alice, "Une fontaine")
    answer(demonstration, cast.carine, number, HERS)
    didier = visit(enter(demonstration, "didier"), "idees", f"idee={number}")
    assert "vient de répondre" in said(didier)
    carine = visit(enter(demonstration, "carine"), "idees", f"idee={number}")
    assert "vient de répondre" not in said(carine)


def test_a_form_that_was_left_opens_with_what_stands_now(demonstration, cast):
    number = of_jsp(demonstration, cast.alice, "Une horloge")
    didier = visit(enter(demonstration, "didier"), "idees", f"idee={number}")
    answer(demonstration, cast.carine, number, HERS)
    visit(didier, "decisions")
    visit(didier, "idees", f"idee={number}")
    didier.text_area(key=f"w_answer_{number}_0_text").set_value(HIS).run()
    press(didier, "Enregistrer la réponse")
    assert texts_of(demonstration, number) == [HERS, HIS]
