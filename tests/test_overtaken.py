"""Nobody overwrites what she has not read: two people on one record, the second is told who wrote
what, and nothing that either of them typed is lost.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from html import unescape
from threading import Barrier

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select
from streamlit.testing.v1 import AppTest
from support.answers import chart, entry
from support.pages import enter, html_of, unfold, visit
from support.questionnaires import CLOSES, drafted
from support.transactions import (
    read_with,
    refusal,
    refuses,
    write_with,
)
from support.troupe import FROZEN, in_turn

from dashboard.access import Reader
from dashboard.actions.campaigns import campaign_values, save_campaign
from dashboard.actions.decisions.steps import sheet_values, write_sheet
from dashboard.actions.figures import measures
from dashboard.actions.figures.targets import decide, target_mark, withdraw as withdraw_target
from dashboard.actions.ideas import answers
from dashboard.actions.ideas.answers import Answer
from dashboard.actions.ideas.filing import checked_input, file_idea
from dashboard.actions.news import publish
from dashboard.actions.registers import save_record
from dashboard.actions.roadmap.plans import as_given, change_plan, text_values
from dashboard.actions.roadmap.records import (
    calendar_values,
    change_programme,
    create_programme,
    last_report,
    programme_values,
    revise_plan,
    revised,
    schedule_now,
)
from dashboard.actions.roadmap.reports import (
    report_mark,
    report_plan,
    report_values,
    set_waits,
    waits_values,
)
from dashboard.actions.surveys.making import change_survey, survey_values
from dashboard.actions.surveys.questions import QuestionInput, change_question, question_values
from dashboard.figures.kinds import all_values, measured
from dashboard.queries.journal import mark_of
from dashboard.queries.news import Situation, publications
from dashboard.queries.reference_tables import AMBITIONS, TEMPLATES, WORKSTREAMS
from dashboard.queries.roadmap import whole_roadmap
from dashboard.queries.surveys.asked import questions_of
from dashboard.queries.targets import targets
from models.clusters import Campaign
from models.database import reading, writing
from models.decisions import Decision, DecisionSheet
from models.idea_events import IdeaEvent
from models.idea_states import IdeaStatus
from models.ideas import AnswerTemplate, Idea
from models.notices import Publication
from models.people import Role
from models.programmes import Programme
from models.roadmap import (
    Ambition,
    Measure,
    MilestoneState,
    Plan,
    PlanReport,
    PlanSchedule,
    Target,
    Workstream,
)
from models.surveys import Question, QuestionKind, Survey
from models.texts import EditConflict

S = IdeaStatus
MY_DIRECTION, HIS = "Nous l'achetons en mars.", "Le budget ne le permet pas."


def said(tab: AppTest) -> str:
    assert not tab.exception, tab.exception
    shown = unescape(" ".join([*html_of(tab), *(m.value for m in (*tab.info, *tab.success))]))
    return " ".join(shown.replace("’", "'").split())


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
    answer(
        demo_copy,
        cast.carine,
        number,
        MY_DIRECTION,
        S.studied,
        mark(demo_copy, cast.carine, number),
    )
    told = refuses(
        answer,
        demo_copy,
        cast.didier,
        number,
        HIS,
        S.refused,
        before,
        match=r"^Carine Delvaux .*vient de répondre \(30.juin",
        error=EditConflict,
    )
    assert told.current["text"] == MY_DIRECTION
    assert texts_of(demo_copy, number) == [MY_DIRECTION]
    answer(demo_copy, cast.didier, number, HIS, read=told.mark)
    assert texts_of(demo_copy, number) == [MY_DIRECTION, HIS]


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
    answer(demo_copy, cast.carine, one, MY_DIRECTION)

    def answer_both(marks) -> None:
        with writing(demo_copy) as session:
            answers.answer_many(
                session, cast.didier, [one, other], Answer(HIS), chart(session), read=marks
            )

    told = refuses(answer_both, read, match=rf"Idée n° {one} : Carine Delvaux", error=EditConflict)
    assert told.current == {"numbers": [other]}
    assert texts_of(demo_copy, other) == []
    answer_both(told.mark)
    assert texts_of(demo_copy, one) == [MY_DIRECTION, HIS]


def test_a_colleague_chosen_meanwhile_stays(sqlite_copy, cast):
    number = of_jsp(sqlite_copy, cast.alice, "Une lampe")
    before = mark_of(answers.owner_values(entry(sqlite_copy, number)))

    def entrust(reader: Reader, person_id: int | None) -> None:
        with writing(sqlite_copy) as session:
            answers.entrust_idea(session, reader, number, person_id, chart(session), read=before)

    entrust(cast.carine, cast.carine.person_id)
    told = refuses(entrust, cast.didier, None, match=r"^Carine Delvaux", error=EditConflict)
    assert told.current == {"owner": cast.carine.person_id}
    assert entry(sqlite_copy, number).owner_id == cast.carine.person_id


def test_a_form_that_opens_after_an_answer_says_who_has_just_answered(demonstration, cast):
    number = of_jsp(demonstration, cast.alice, "Une fontaine")
    answer(demonstration, cast.carine, number, MY_DIRECTION)
    didier = visit(enter(demonstration, "didier"), "idees", f"idee={number}")
    assert "vient de répondre" in said(didier)
    carine = visit(enter(demonstration, "carine"), "idees", f"idee={number}")
    assert "vient de répondre" not in said(carine)


def test_a_form_that_was_left_opens_with_what_stands_now(demonstration, cast):
    number = of_jsp(demonstration, cast.alice, "Une horloge")
    didier = visit(enter(demonstration, "didier"), "idees", f"idee={number}")
    answer(demonstration, cast.carine, number, MY_DIRECTION)
    visit(didier, "decisions")
    visit(didier, "idees", f"idee={number}")
    didier.text_area(key=f"w_answer_{number}_0_text").set_value(HIS).run()
    press(didier, "Enregistrer la réponse")
    assert texts_of(demonstration, number) == [MY_DIRECTION, HIS]


# --- every other record that two people may edit --------------------------------------------------


@dataclass(frozen=True)
class Kind:
    """A record of one kind: what is read of it, and how somebody writes it over that."""

    stands: Callable[[Session], Mapping[str, object]]
    write: Callable[[Session, Reader, str, str | None], object]
    field: str
    mark: Callable[[Session], str] | None = None

    def read(self, engine: Engine) -> str:
        with reading(engine) as session:
            return self.mark(session) if self.mark else mark_of(self.stands(session))

    def holds(self, engine: Engine) -> object:
        return read_with(engine, self.stands)[self.field]


def of(table: type, **values: object) -> Callable[[Session], object]:
    return lambda session: session.exec(select(table).filter_by(**values)).one()


def held(find: Callable[[Session], object], *fields: str) -> Callable[[Session], dict]:
    return lambda session: {name: getattr(find(session), name) for name in fields}


def last_of(session: Session):
    return last_report(session, of(Plan, number="2.1")(session).id, FROZEN)


def calendar(session: Session):
    return schedule_now(session, of(Plan, number="5.9")(session))


def template(session: Session) -> AnswerTemplate:
    return session.exec(select(AnswerTemplate).order_by(AnswerTemplate.id)).first()


def standing(session: Session) -> list:
    return targets(session, FROZEN).get("reponse.tenue", [])


def relieved(session: Session, owner: str) -> PlanSchedule:
    now = calendar(session)
    return revised(now, owner=owner, owner_direction_id=None, reason="Relève")


def decided_for(session: Session) -> dict[str, object]:
    found = [t for t in standing(session) if t.for_date == date(2030, 12, 31)]
    return {"reason": found[-1].reason if found else None}


def first_measure(session: Session) -> Measure:
    """The one that both have before their eyes."""
    return session.exec(
        select(Measure).where(Measure.figure == MEASURED).order_by(Measure.id)
    ).first()


def measure_now(session: Session) -> Measure | None:
    first = first_measure(session)
    return measures.measure_at(session, first.figure, first.on, first.direction_id)


def corrected(session: Session, who: Reader, text: str, read: str | None) -> None:
    first = first_measure(session)
    given = Measure(
        on=first.on, value=first.value, n=first.n, source=text, direction_id=first.direction_id
    )
    measures.record(session, who, measured()[MEASURED], given, first.id, read=read)


def awaited(session: Session) -> tuple[int, ...]:
    every = whole_roadmap(session).every(FROZEN)
    return next(m.waits_for for m in every if m.plan.number == "1.8")


def draft(session: Session) -> Survey:
    return session.exec(select(Survey).where(Survey.state == "brouillon")).one()


def last_question(session: Session) -> Question:
    return questions_of(session, draft(session).id)[-1]


def last_published(session: Session) -> Publication:
    return publications(session)[0]


def general(who: Reader) -> Reader:
    """This person as Directeur général: nobody else publishes."""
    return replace(who, roles=who.roles | {Role.directeur})


MEASURED = "bien-etre.enps"
KINDS = {
    "measure": Kind(
        lambda s: measures.measure_values(measure_now(s)),
        corrected,
        "source",
        lambda s: measures.measure_mark(measure_now(s)),
    ),
    "sheet": Kind(
        lambda s: sheet_values(s.get(DecisionSheet, of(Decision, number=28)(s).id)),
        lambda s, who, text, read: write_sheet(
            s, who, of(Decision, number=28)(s).id, DecisionSheet(problem=text), read=read
        ),
        "problem",
    ),
    "ambition": Kind(
        held(of(Ambition, id=1), "name", "description"),
        lambda s, who, text, read: save_record(
            s, who, AMBITIONS, 1, {"name": "Citoyens", "description": text}, read=read
        ),
        "description",
    ),
    "workstream": Kind(
        held(of(Workstream, id=2), "name", "short_name"),
        lambda s, who, text, read: save_record(
            s, who, WORKSTREAMS, 2, {"name": text, "short_name": "Guichets"}, read=read
        ),
        "name",
    ),
    "project": Kind(
        lambda s: text_values(of(Plan, number="SNB")(s)),
        lambda s, who, text, read: change_plan(
            s,
            who,
            of(Plan, number="SNB")(s).id,
            as_given(of(Plan, number="SNB")(s), example=text),
            read=read,
        ),
        "example",
    ),
    "programme": Kind(
        lambda s: programme_values(of(Programme, name="2027-2030")(s)),
        lambda s, who, text, read: change_programme(
            s,
            who,
            s.exec(select(Programme.id).order_by(Programme.id.desc())).first(),
            Programme(
                name="2027-2030", first_day=date(2027, 1, 1), last_day=date(2030, 12, int(text))
            ),
            read=read,
        ),
        "last_day",
    ),
    "template": Kind(
        lambda s: TEMPLATES.shown(template(s), ("name", "text", "status")),
        lambda s, who, text, read: save_record(
            s,
            who,
            TEMPLATES,
            template(s).id,
            {**TEMPLATES.shown(template(s), ("name", "status")), "text": text},
            read=read,
        ),
        "text",
    ),
    "text of a milestone": Kind(
        lambda s: text_values(of(Plan, number="5.9")(s)),
        lambda s, who, text, read: change_plan(
            s,
            who,
            of(Plan, number="5.9")(s).id,
            as_given(of(Plan, number="5.9")(s), title=text),
            read=read,
        ),
        "title",
    ),
    "calendar of a milestone": Kind(
        lambda s: calendar_values(calendar(s)),
        lambda s, who, text, read: revise_plan(
            s, who, of(Plan, number="5.9")(s).id, relieved(s, text), read=read
        ),
        "owner",
    ),
    "report of a milestone": Kind(
        lambda s: report_values(of(Plan, number="2.1")(s), last_of(s)),
        lambda s, who, text, read: report_plan(
            s,
            who,
            of(Plan, number="2.1")(s).id,
            PlanReport(
                state=MilestoneState.under_way,
                progress=50,
                forecast_end=date(2023, 12, 31),
                comment=text,
            ),
            chart(s),
            read=read,
        ),
        "comment",
        lambda s: report_mark(last_of(s)),
    ),
    "waits of a milestone": Kind(
        lambda s: waits_values(awaited(s)),
        lambda s, who, text, read: set_waits(
            s, who, of(Plan, number="1.8")(s).id, [of(Plan, number=text)(s).id], read=read
        ),
        "waits_for",
    ),
    "campaign": Kind(
        lambda s: campaign_values(of(Campaign, key="bien-commencer")(s)),
        lambda s, who, text, read: save_campaign(
            s,
            who,
            Campaign(**of(Campaign, key="bien-commencer")(s).model_dump() | {"question": text}),
            of(Campaign, key="bien-commencer")(s).id,
            read,
        ),
        "question",
    ),
    "questionnaire": Kind(
        lambda s: survey_values(draft(s)),
        lambda s, who, text, read: change_survey(
            s, who, draft(s).id, Survey(title=text, closes_on=CLOSES), read
        ),
        "title",
    ),
    "question": Kind(
        lambda s: question_values([last_question(s)]),
        lambda s, who, text, read: change_question(
            s, who, last_question(s).id, QuestionInput(QuestionKind.free, text), read
        ),
        "text",
    ),
    "publication": Kind(
        lambda s: {"word": last_published(s).word},
        lambda s, who, text, read: publish(s, general(who), FROZEN, text, Situation(), read=read),
        "word",
        lambda s: last_published(s).id,
    ),
    "target": Kind(
        decided_for,
        lambda s, who, text, read: decide(
            s,
            who,
            all_values()["reponse.tenue"],
            Target(for_date=date(2030, 12, 31), value=95.0, reason=text),
            read=read,
        ),
        "reason",
        lambda s: target_mark(standing(s)),
    ),
}
TEXTS = {"programme": ("30", "29"), "waits of a milestone": ("3.6", "2.5")}
ON_BOTH = ("report of a milestone", "target", "template", "measure", "sheet", "publication")


def two_writers(engine: Engine, cast, kind: Kind, first: str, second: str) -> None:
    """Didier reads, Carine writes as one who keeps the programme, Didier writes."""
    carine = replace(cast.carine, roles=cast.carine.roles | {Role.animateur})
    before = kind.read(engine)
    write_with(engine, kind.write, carine, first, before)
    stands = kind.holds(engine)
    told = refusal(
        engine,
        kind.write,
        cast.didier,
        second,
        before,
        match=r"^Carine Delvaux .* entre-temps \(30.juin 2023\)",
        error=EditConflict,
    )
    assert told.current[kind.field] == stands == kind.holds(engine), "hers stands, and is told"
    assert told.mark == kind.read(engine)
    write_with(engine, kind.write, cast.didier, second, told.mark)
    assert kind.holds(engine) != stands, "whoever has read it may write over it"


@pytest.fixture
def begun(sqlite_copy, cast) -> None:
    """The next programme, and a questionnaire that is not open yet."""
    drafted(sqlite_copy, cast.didier)
    with writing(sqlite_copy) as session:
        given = Programme(name="2027-2030", first_day=date(2027, 1, 1), last_day=date(2030, 12, 31))
        create_programme(session, cast.didier, given)


@pytest.mark.parametrize("name", KINDS)
def test_nobody_overwrites_what_she_has_not_read(sqlite_copy, cast, begun, name):
    texts = TEXTS.get(name, ("Ce que Carine écrit", "Ce que Didier écrit"))
    two_writers(sqlite_copy, cast, KINDS[name], *texts)


@pytest.mark.locks
@pytest.mark.parametrize("demo_copy,name", in_turn(ON_BOTH), indirect=["demo_copy"])
def test_on_both_engines_the_second_of_two_at_once_is_told(demo_copy, cast, name):
    """Both have read the same, and press at the same moment: one writes, the other is told."""
    kind = KINDS[name]
    before = kind.read(demo_copy)
    ready = Barrier(2)

    def press_at_once(reader: Reader, text: str) -> str:
        ready.wait()
        try:
            write_with(demo_copy, kind.write, reader, text, before)
        except EditConflict as told:
            return str(told)
        return ""

    keeper = replace(cast.carine, roles=cast.carine.roles | {Role.animateur})
    with ThreadPoolExecutor(2) as hands:
        found = list(hands.map(press_at_once, (keeper, cast.didier), ("Un", "Deux")))
    assert sorted(bool(sentence) for sentence in found) == [False, True], found
    assert kind.holds(demo_copy) == ("Deux" if found[0] else "Un")


def test_an_import_and_the_command_line_do_not_look(sqlite_copy, cast):
    kind = KINDS["ambition"]
    for text in ("Un", "Deux"):
        write_with(sqlite_copy, kind.write, cast.didier, text, None)
    assert kind.holds(sqlite_copy) == "Deux"


def test_what_somebody_changed_meanwhile_is_not_withdrawn_unread(sqlite_copy, cast):
    carine = keeper_of(cast)
    with reading(sqlite_copy) as session:
        measure = first_measure(session)
        measure_read = measures.measure_mark(measure_now(session))
        targets_read = target_mark(standing(session))
        target = standing(session)[-1].id
    with writing(sqlite_copy) as session:
        corrected(session, carine, "Le bon fichier", measure_read)
        KINDS["target"].write(session, carine, "Le collège l'a voulu", targets_read)
    for act in (
        lambda s: measures.withdraw(s, cast.didier, measure.id, "Faux", read=measure_read),
        lambda s: withdraw_target(s, cast.didier, target, "Abandonnée", read=targets_read),
    ):
        refusal(sqlite_copy, act, match=r"^Carine Delvaux", error=EditConflict)
    with reading(sqlite_copy) as session:
        assert measure_now(session).source == "Le bon fichier"
        assert target in {found.id for found in standing(session)}
        measure_read = measures.measure_mark(measure_now(session))
        targets_read = target_mark(standing(session))
    with writing(sqlite_copy) as session:
        measures.withdraw(session, cast.didier, measure.id, "Faux", read=measure_read)
        withdraw_target(session, cast.didier, target, "Abandonnée", read=targets_read)
    with reading(sqlite_copy) as session:
        assert measure_now(session) is None
        assert target not in {found.id for found in standing(session)}


# --- the other screens ----------------------------------------------------------------------------


def keeper_of(cast) -> Reader:
    return replace(cast.carine, roles=cast.carine.roles | {Role.animateur})


def test_of_several_chosen_those_answered_meanwhile_may_be_left(demonstration, cast):
    one, other = (of_jsp(demonstration, cast.alice, title) for title in ("Une rampe", "Un auvent"))
    list_of = f"liste=attente&direction=VC-JSP&ambition=toutes&choix={one},{other}"
    didier = visit(enter(demonstration, "didier"), "reception", list_of)
    assert didier.multiselect[0].value == [one, other]
    didier.text_area(key=f"w_many_{one}_{other}_0_text").set_value(HIS).run()
    answer(demonstration, cast.carine, one, MY_DIRECTION)
    press(didier, "Enregistrer la réponse")
    assert f"Idée n° {one}" in said(didier).replace("\xa0", " ")
    assert texts_of(demonstration, other) == []
    press(didier, "Laisser celles qui ont leur réponse")
    press(didier, "Enregistrer la réponse")
    assert texts_of(demonstration, one) == [MY_DIRECTION]
    assert texts_of(demonstration, other) == [HIS]


def test_what_another_window_published_is_said_before_it_is_replaced(demonstration):
    first, second = (visit(enter(demonstration, "gaelle"), "publication") for _ in range(2))
    for window, word in ((first, "Merci à tous."), (second, "Bonne rentrée.")):
        window.text_area(key="w_publication_0_word").set_value(word).run()
        press(window, "Oui, la rendre publique")
    assert "dans une autre fenêtre" in said(second) and "Merci à tous." in said(second)
    assert read_with(demonstration, last_published).word == "Merci à tous."
    press(second, "Garder le mien")
    press(second, "Oui, la rendre publique")
    assert read_with(demonstration, last_published).word == "Bonne rentrée."


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "address", "form", "field"),
    [
        ("ambition", ("programme", ""), "ambition_1", "description"),
        ("workstream", ("programme", ""), "workstream_2", "name"),
        ("project", ("programme", "projet=SNB"), "plan_{SNB}", "example"),
        ("text of a milestone", ("programme", "jalon=5.9"), "plan_{5.9}", "title"),
        ("calendar of a milestone", ("feuille-de-route", "jalon=5.9"), "revision_5.9", "owner"),
        ("report of a milestone", ("feuille-de-route", "jalon=2.1"), "report_2.1", "comment"),
        ("sheet", ("decisions", "decision=28"), "sheet_28", "problem"),
    ],
)
def test_each_form_posts_what_it_read(demonstration, cast, name, address, form, field):
    with reading(demonstration) as session:
        idents = {number: of(Plan, number=number)(session).id for number in ("5.9", "SNB")}
    for number, ident in idents.items():
        form = form.replace(f"{{{number}}}", str(ident))
    didier = visit(enter(demonstration, "didier"), *address)
    if name in ("ambition", "workstream", "calendar of a milestone"):
        didier.session_state[f"w_{form}_0_box"] = True  # its fold is opened
        didier.run()

    def fields():
        return (*didier.text_input, *didier.text_area)

    def box():
        return next(found for found in fields() if found.key == f"w_{form}_0_{field}")

    box().set_value("Ce que Didier tape").run()
    if field == "owner":
        didier.text_area(key=f"w_{form}_0_reason").set_value("Une autre personne").run()
    write_with(demonstration, KINDS[name].write, keeper_of(cast), "Ce que Carine a écrit", None)
    stands = KINDS[name].holds(demonstration)
    didier.button(key=f"w_{form}_0_send").click().run()
    assert "Carine Delvaux" in said(didier) and "Ce que Carine a écrit" in said(didier)
    assert KINDS[name].holds(demonstration) == stands
    press(didier, "Garder le mien")
    assert box().value == "Ce que Didier tape"
    didier.button(key=f"w_{form}_0_send").click().run()
    assert KINDS[name].holds(demonstration) == "Ce que Didier tape"


def test_a_target_decided_meanwhile_stands_beside_the_one_typed(demonstration, cast):
    didier = visit(enter(demonstration, "didier"), "cibles", "chiffre=reponse.tenue")
    unfold(didier, "Décider une cible")
    form = "w_target_reponse.tenue_0"
    didier.date_input(key=f"{form}_for_date").set_value(date(2030, 12, 31))
    didier.text_input(key=f"{form}_value").set_value("80")
    didier.text_area(key=f"{form}_reason").set_value("Moins de monde").run()
    write_with(demonstration, KINDS["target"].write, keeper_of(cast), "Plus de monde", None)
    didier.button(key=f"{form}_send").click().run()
    assert "a décidé entre-temps" in said(didier) and "Plus de monde" in said(didier)
    press(didier, "Prendre le sien")
    assert didier.text_input(key=f"{form}_value").value == "95"
    press(didier, "Garder le mien")
    didier.button(key=f"{form}_send").click().run()
    assert KINDS["target"].holds(demonstration) == "Moins de monde"
