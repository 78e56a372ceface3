"""A question put to the field; the author of a signed idea hears what became of it, in one line of one
mail a day, without following anything; a title that is linked is shown only to who may open it.
"""

import io
import os
import secrets
from datetime import date, timedelta
from html import unescape
from itertools import pairwise

import pytest
from pypdf import PdfReader
from sqlalchemy import Engine, delete, select as select_rows, update
from sqlmodel import select
from support import answers, workshops
from support.answers import publish
from support.campaigns import WEEK, answer, group, put, typed, unit
from support.days import on_day
from support.light import LIGHT, code_of, text_of, token_of
from support.pages import html_of, markdown_of, unfold
from support.post import plain
from support.transactions import (
    errors_of,
    execute,
    read_with,
    refusal,
    refuses,
    select_all,
    select_one,
    write_with,
)
from support.troupe import FROZEN, cast_in

from dashboard.access import NOBODY, PASSER_BY, Reader
from dashboard.actions.campaigns import (
    QUESTION_MAX,
    campaign_values,
    outcome_values,
    restitute,
    save_campaign,
    write_outcome,
)
from dashboard.actions.decisions.steps import follow_decision
from dashboard.actions.discussions import follow_subject
from dashboard.actions.ideas.filing import Circumstances, checked_input, file_idea
from dashboard.actions.notices.records import choose_rhythm
from dashboard.actions.notices.sending import send
from dashboard.actions.roadmap.reports import report_plan
from dashboard.queries.campaigns import (
    asks,
    drafted,
    progress,
    restitution,
    restitution_in_words,
    sponsors,
)
from dashboard.queries.decisions.records import register
from dashboard.queries.ideas.card import followed
from dashboard.queries.ideas.threads import KINDS, thread
from dashboard.queries.journal import mark_of
from dashboard.report.posters import campaign_paper
from dashboard.report.slides import campaign_slides
from models.clusters import Campaign, Cluster, Outcome
from models.database import reading
from models.decisions import DecisionEvent, DecisionStep
from models.discussions import Link, Subject
from models.facts import random_id
from models.idea_states import Channel, IdeaKind, IdeaStatus
from models.ideas import Idea, Receipt
from models.notices import Notice, NoticeKind, Rhythm
from models.people import Role
from models.roadmap import MilestoneState, Plan, PlanReport, ProjectState
from models.texts import EditConflict, Invalid

# ── A question put to the field ───────────────────────────────────────────────────────────────────
# Who makes it, who answers and how, what is counted, and what is given back. Nothing tells who
# wrote an answer without a name.


def decided(cluster: Cluster, **more: object) -> Cluster:
    given = {"outcome": Outcome.doing, "answer": "Douze casiers sont commandés.", "until": None}
    return Cluster(id=cluster.id, **given | more)


# ── The question ──────────────────────────────────────────────────────────────────────────────────


def test_what_is_wrong_with_a_question_is_told_beside_its_field(sqlite_copy):
    cast = cast_in(sqlite_copy)
    put(sqlite_copy)
    wrong = typed(
        cast.elise,
        question="?" * (QUESTION_MAX + 1),
        directions="[999999]",
        sponsor_id=999_999,
        closes_on=FROZEN - WEEK,
    )
    errors = errors_of(write_with, sqlite_copy, save_campaign, cast.didier, wrong)
    assert set(errors) == {"key", "question", "directions", "sponsor_id", "closes_on"}
    assert errors["key"] == "Cette adresse est déjà prise."
    assert errors["closes_on"] == "Le dernier jour est avant le premier."
    empty = typed(cast.elise, key="Deux mots", question=" ", opens_on=None, closes_on=None)
    errors = errors_of(write_with, sqlite_copy, save_campaign, cast.didier, empty)
    assert set(errors) == {"key", "question", "opens_on", "closes_on"}
    assert all(sentence.endswith(".") for sentence in errors.values())


def test_without_an_address_one_is_drawn_and_it_stays(demo_copy):
    cast = cast_in(demo_copy)
    made = put(demo_copy, key="")
    assert len(made.key) == 8
    other = typed(cast.elise, key="autre", question="Et les douches ?")
    write_with(demo_copy, save_campaign, cast.elise, other, made.id)
    found = select_one(demo_copy, select(Campaign).where(Campaign.id == made.id))
    assert (found.key, found.question) == (made.key, "Et les douches ?")


def test_any_person_with_an_account_may_be_the_sponsor_and_nobody_else(sqlite_copy):
    cast = cast_in(sqlite_copy)
    people = read_with(sqlite_copy, sponsors)
    assert cast.alice.person_id in people and cast.elise.person_id in people
    assert put(sqlite_copy, sponsor_id=cast.alice.person_id).sponsor_id == cast.alice.person_id


def test_a_question_is_put_to_some_directions(sqlite_copy, scope_for):
    cast = cast_in(sqlite_copy)
    made = put(sqlite_copy, directions=f"[{unit(sqlite_copy, 'VC-JSP')}]")
    with reading(sqlite_copy) as session:
        asked = {
            name: asks(made, scope_for(session, getattr(cast, name)))
            for name in ("alice", "carine", "didier", "nobody")
        }
    assert asked["alice"] and not asked["didier"] and not asked["nobody"]


# ── The answers ───────────────────────────────────────────────────────────────────────────────────


def test_an_answer_is_an_entry_with_or_without_a_name(demo_copy):
    cast = cast_in(demo_copy)
    made = put(demo_copy)
    named = answer(demo_copy, cast.alice, made, "Des casiers qui ferment")
    nameless = answer(demo_copy, cast.alice, made, "Des bancs propres", anonymous=True)
    relayed = answer(
        demo_copy, cast.bruno, made, "Un séchoir", how={"relayed": True, "consent": True}
    )
    entries = [answers.entry(demo_copy, sent.number) for sent in (named, nameless, relayed)]
    assert {e.campaign_id for e in entries} == {made.id}
    assert {e.kind for e in entries} == {IdeaKind.suggestion}
    assert [e.author_id for e in entries] == [cast.alice.person_id, None, None]
    assert entries[2].relay_id == cast.bruno.person_id and entries[2].channel == Channel.relay
    assert named.receipt is None and nameless.receipt
    assert not entries[1].published and entries[1].relay_id is None
    told = select_all(demo_copy, select(Notice).where(Notice.idea_id == entries[1].id))
    assert told == [], "no notice dates an answer without a name"
    assert select_one(demo_copy, select(Receipt).where(Receipt.idea_id == entries[1].id))


def test_an_answer_comes_in_its_days_and_about_its_directions(sqlite_copy):
    cast = cast_in(sqlite_copy)
    here, elsewhere = unit(sqlite_copy, "VC-JSP"), unit(sqlite_copy, "DF-TAX")
    made = put(sqlite_copy, directions=f"[{here}]")
    answer(sqlite_copy, cast.alice, made, "Ici", concerns_id=here)
    with pytest.raises(Invalid) as refused:
        answer(sqlite_copy, cast.alice, made, "Ailleurs", concerns_id=elsewhere)
    assert refused.value.errors == {"concerns_id": "La question n'est pas posée à cette direction."}
    for day in (FROZEN - timedelta(days=1), FROZEN + WEEK + timedelta(days=1)):
        on_day(sqlite_copy, day)
        refusal(sqlite_copy, *_filing(cast.alice, made.id), match="n'est pas ouverte")
    on_day(sqlite_copy, FROZEN + WEEK)
    answer(sqlite_copy, cast.alice, made, "Le dernier jour")
    refusal(sqlite_copy, *_filing(cast.alice, 999_999), match="n'est pas ouverte")


def _filing(reader: Reader, campaign_id: int) -> tuple:
    idea = checked_input(title="Trop tard")
    how = Circumstances(campaign_id=campaign_id)
    return file_idea, reader, idea, secrets.token_urlsafe(24), how


def test_what_is_written_at_a_meeting_of_the_campaign_is_an_answer(demo_copy):
    cast = cast_in(demo_copy)
    made = put(demo_copy)
    meeting = workshops.plan(demo_copy, cast.didier, campaign_id=made.id)
    (on_sheet,), _ = workshops.file(demo_copy, cast.didier, meeting, workshops.line(1))
    how = Circumstances(meeting_id=meeting)
    by_phone = write_with(
        demo_copy, file_idea, NOBODY, checked_input(title="Du savon"), "x" * 24, how
    )
    for number in (on_sheet, by_phone.number):
        assert answers.entry(demo_copy, number).campaign_id == made.id
    other = workshops.plan(demo_copy, cast.didier)
    (apart,), _ = workshops.file(demo_copy, cast.didier, other, workshops.line(2))
    assert answers.entry(demo_copy, apart).campaign_id is None
    unknown = errors_of(workshops.plan, demo_copy, cast.didier, campaign_id=999_999)
    assert unknown == {"campaign_id": "Cette campagne n'existe pas."}


# ── Its progress ──────────────────────────────────────────────────────────────────────────────────


def test_the_sixteen_workshops_are_told_as_one(demo, scope_for):
    cast = cast_in(demo)
    with reading(demo) as session:
        made = session.exec(select(Campaign).where(Campaign.key == "ateliers")).one()
        found = progress(session, scope_for(session, cast.elise), made)
    assert (found.meetings, found.held, found.present, found.said_there) == (16, 16, 525, 77)
    assert found.answers == 77 and found.agents > 3000


def test_few_answers_of_a_direction_are_hidden_and_others_see_only_their_own(demo_copy, scope_for):
    cast = cast_in(demo_copy)
    codes = ("VC-JSP", "AD-VOI", "DF-TAX", "RI-GRH")
    units = dict(zip(codes, (unit(demo_copy, code) for code in codes), strict=True))
    made = put(demo_copy, directions=f"[{', '.join(map(str, units.values()))}]")
    for code, n in (("VC-JSP", 6), ("AD-VOI", 7), ("DF-TAX", 2), ("RI-GRH", 0)):
        for k in range(n):
            answer(demo_copy, NOBODY, made, f"{code} {k}", concerns_id=units[code])
    with reading(demo_copy) as session:
        for_elise = progress(session, scope_for(session, cast.elise), made)
        for_alice = progress(session, scope_for(session, cast.alice), made)
    shown = {place.code: n for place, n, _ in for_elise.places}
    assert for_elise.answers == 15 and shown["DF-TAX"] is None
    # What is hidden is known together, by subtraction: five answers of two directions at least.
    assert {code for code, n in shown.items() if n is not None} == {"AD-VOI"}
    assert [place.code for place, _, _ in for_alice.places] == ["VC-JSP"]
    assert all(agents > 0 for _, _, agents in for_elise.places)


# ── What follows ──────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def answered(demo_copy) -> tuple[Engine, Campaign, dict[str, int]]:
    """A question with five answers: named, relayed, without a name and read, not read, alone."""
    cast = cast_in(demo_copy)
    made = put(demo_copy)
    sent = {
        "named": answer(demo_copy, cast.alice, made, "Des casiers qui ferment"),
        "relayed": answer(
            demo_copy, cast.bruno, made, "Casiers", how={"relayed": True, "consent": True}
        ),
        "read": answer(demo_copy, NOBODY, made, "Mon casier ne ferme pas"),
        "unread": answer(demo_copy, NOBODY, made, "Les casiers, encore"),
        "alone": answer(demo_copy, cast.carine, made, "Une autre chose"),
    }
    publish(demo_copy, cast.didier, sent["read"].number)
    return demo_copy, made, sent


def numbers(sent: dict, *names: str) -> list[int]:
    return [sent[name].number for name in names]


def test_the_restitution_counts_what_everybody_may_read(answered):
    engine, made, sent = answered
    cluster = group(
        engine, made, "Des casiers", *numbers(sent, "named", "relayed", "read", "unread")
    )
    rows = read_with(engine, restitution, made.id)
    assert [(c and c.title, n) for c, n in rows] == [("Des casiers", 3), (None, 1)]
    hidden = group(engine, made, "Rien de lu", *numbers(sent, "unread"))
    assert hidden.id not in {c.id for c, _ in read_with(engine, restitution, made.id) if c}
    execute(engine, update(Cluster).where(Cluster.id == cluster.id).values(dropped_on=FROZEN))
    (only,) = restitution_in_words(read_with(engine, restitution, made.id))
    assert only[0] == "" and only[3] == "4 autres réponses : chacune reçoit la sienne."


def test_an_outcome_is_drafted_from_the_answers_that_are_there(answered):
    engine, made, sent = answered
    cast = cast_in(engine)
    cluster = group(engine, made, "Des casiers", *numbers(sent, "named", "read"))
    assert read_with(engine, drafted, made.id, cluster.id) == {}
    answers.answered(engine, cast.didier, sent["named"].number, "Commandés.", IdeaStatus.accepted)
    assert read_with(engine, drafted, made.id, cluster.id) == {
        "outcome": Outcome.doing,
        "answer": "Commandés.",
    }


def test_what_is_wrong_with_an_outcome_is_told_beside_its_field(answered):
    engine, made, sent = answered
    elise = cast_in(engine).elise
    cluster = group(engine, made, "Des casiers", *numbers(sent, "named"))
    faults = errors_of(
        *(write_with, engine, write_outcome, elise, made.id),
        decided(cluster, outcome="", answer=" "),
    )
    assert set(faults) == {"outcome", "answer"}
    late = decided(cluster, outcome=Outcome.studied, until=FROZEN)
    assert set(errors_of(write_with, engine, write_outcome, elise, made.id, late)) == {"until"}
    other = put(engine, key="autre")
    refusal(engine, write_outcome, elise, other.id, decided(cluster), match="n'est pas de cette")
    read = mark_of(outcome_values(cluster))
    write_with(engine, write_outcome, cast_in(engine).didier, made.id, decided(cluster), read)
    refusal(
        *(engine, write_outcome, elise, made.id, decided(cluster, answer="Autre"), read),
        error=EditConflict,
    )


def test_its_sponsor_writes_the_outcomes_of_her_own_campaign_alone(answered):
    engine, _, sent = answered
    cast = cast_in(engine)
    alices = put(engine, key="alice", sponsor_id=cast.alice.person_id)
    for name in ("named", "alone"):
        number = sent[name].number
        execute(engine, update(Idea).where(Idea.number == number).values(campaign_id=alices.id))
    cluster = group(engine, alices, "Des casiers", *numbers(sent, "named", "alone"))
    refusal(engine, write_outcome, cast.bruno, alices.id, decided(cluster), match="pas le droit")
    write_with(engine, write_outcome, cast.alice, alices.id, decided(cluster))
    stored = select_one(engine, select(Cluster).where(Cluster.id == cluster.id))
    assert (stored.outcome, stored.campaign_id) == (Outcome.doing, alices.id)
    on_day(engine, alices.closes_on + timedelta(days=1))
    refusal(engine, restitute, cast.alice, alices.id, match="pas le droit")
    elises = put(engine, key="elise")
    refusal(engine, write_outcome, cast.alice, elises.id, decided(cluster), match="pas le droit")


def test_it_is_published_once_and_named_authors_are_notified_once(answered):
    engine, made, sent = answered
    cast = cast_in(engine)
    cluster = group(engine, made, "Des casiers", *numbers(sent, "named", "relayed", "read"))
    refusal(engine, restitute, cast.elise, made.id, match="encore ouverte")
    on_day(engine, made.closes_on + timedelta(days=1))
    refusal(engine, restitute, cast.elise, made.id, match="sa suite")
    write_with(engine, write_outcome, cast.elise, made.id, decided(cluster))
    kept = read_with(engine, followed, answers.entry(engine, sent["read"].number))
    assert kept.outcome == "", "not before it is published"
    write_with(engine, restitute, cast.elise, made.id)
    key = f"campagne-{made.id}"
    told = select_all(engine, select(Notice).where(Notice.key == key))
    authors = {cast.alice.person_id, cast.bruno.person_id, cast.carine.person_id}
    assert {notice.person_id for notice in told} == authors
    assert {notice.kind for notice in told} == {NoticeKind.outcome}
    assert all(notice.idea_id is None for notice in told)
    read = answers.entry(engine, sent["read"].number), answers.entry(engine, sent["alone"].number)
    outcomes = [read_with(engine, followed, entry).outcome for entry in read]
    assert "Nous faisons : Douze casiers sont commandés." in outcomes[0] and outcomes[1] == ""
    for act in (
        (restitute, cast.elise, made.id),
        (write_outcome, cast.elise, made.id, decided(cluster)),
        (save_campaign, cast.didier, typed(cast.elise), made.id),
    ):
        refusal(engine, *act, match="ne change plus")


def test_two_who_correct_one_question_are_told(sqlite_copy):
    cast = cast_in(sqlite_copy)
    made = put(sqlite_copy)
    read = mark_of(campaign_values(made))
    first = typed(cast.elise, question="La première ?")
    write_with(sqlite_copy, save_campaign, cast.didier, first, made.id, read)
    second = typed(cast.elise, question="La seconde ?")
    refusal(*(sqlite_copy, save_campaign, cast.elise, second, made.id, read), error=EditConflict)


def test_the_papers_tell_the_question_then_what_follows(sqlite_demo, scope_for):
    cast = cast_in(sqlite_demo)
    with reading(sqlite_demo) as session:
        scope = scope_for(session, cast.bruno)
        texts = {}
        for key in ("bien-commencer", "ateliers"):
            made = campaign_paper(session, scope, key, f"https://idees.example.be/?q={key}")
            pages = PdfReader(io.BytesIO(made)).pages
            texts[key] = [" ".join(page.extract_text().split()) for page in pages]
        strangers = scope_for(session, NOBODY)
    poster, sheet = texts["bien-commencer"]
    assert "Jusqu’au 14 juillet 2023" in poster and "idees.example.be" in poster
    assert "Votre réponse" in sheet and "Voirie" not in sheet
    whole = " ".join(texts["ateliers"])
    assert "Nous ne ferons pas, parce que" in whole and "50 autres réponses" in whole
    for make in (campaign_paper, campaign_slides):
        given = (make, strangers, "ateliers", "https://idees.example.be")
        refusal(sqlite_demo, *given, match="Connectez-vous")
    early = (campaign_slides, scope, "bien-commencer", "https://idees.example.be")
    refuses(read_with, sqlite_demo, *early, match="n'est pas publiée")


# ── On screens ────────────────────────────────────────────────────────────────────────────────────


def whole(page) -> str:
    text = unescape(" ".join([*html_of(page), *markdown_of(page)]))
    return text.replace("’", "'").replace("\u00a0", " ")


def test_who_is_asked_reads_it_on_the_first_page_and_where_one_files(open_page):
    asked = "Qu'est-ce qui vous aiderait à bien commencer"
    for address in ("", "deposer"):
        assert asked in whole(open_page("alice", address))
        assert asked not in whole(open_page("farid", address))


def test_the_page_of_a_campaign_opens_on_its_progress(open_page):
    page = open_page("alice", "campagnes", "campagne=bien-commencer")
    text = whole(page)
    assert text.index("6 réponses") < text.index("Répondre")
    assert "Enregistrer la question" not in text
    over = whole(open_page("elise", "campagnes", "campagne=ateliers"))
    assert "525 présences" in over and "Vous avez dit" in over
    assert "Campagnes" in whole(open_page("alice", "campagnes", "campagne=inconnue"))


def test_a_closed_question_offers_its_clusters_to_those_who_answer_and_its_sponsor(
    demonstration, open_page
):
    cast = cast_in(demonstration)
    made = put(demonstration, key="close", opens_on=FROZEN - WEEK)
    sent = answer(demonstration, cast.alice, made, "Des casiers qui ferment")
    group(demonstration, made, "Des *casiers*", sent.number)
    before = typed(cast.alice, opens_on=FROZEN - WEEK, closes_on=FROZEN - timedelta(days=1))
    write_with(demonstration, save_campaign, cast.didier, before, made.id)
    for login, publishes in (("elise", True), ("alice", False)):
        page = open_page(login, "campagnes", "campagne=close")
        assert ("Publier la restitution" in {b.label for b in page.button}) is publishes
        page = unfold(page, "Des \\*casiers\\* (1) · à décider")
        assert "Des casiers qui ferment" in whole(page)
        assert [box.label for box in page.selectbox] == ["Suite"]
    assert "à décider" not in whole(open_page("bruno", "campagnes", "campagne=close"))


# ── The public page, over HTTP alone ──────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def served(serve_here):
    return serve_here(CP_TICK_MINUTES="0")


@pytest.mark.slow
def test_a_phone_without_a_script_answers_once_and_reads_what_follows(served, phone):
    address = "/campagne?q=bien-commencer"
    form = phone.get(address)
    assert form.status_code == 200 and LIGHT in form.text and not phone.cookies
    assert "encore 15 jours" in text_of(form).replace("\u00a0", " ")
    empty = phone.post(address, data={"jeton": token_of(form), "body": " "})
    assert empty.status_code == 422 and "Écrivez votre réponse" in text_of(empty)
    elsewhere = str(unit(served.engine, "DF-TAX"))
    wrong = phone.post(
        address, data={"jeton": token_of(form), "body": "Un tuteur", "concerns_id": elsewhere}
    )
    assert "n'est pas posée à cette direction" in text_of(wrong) and "Un tuteur" in wrong.text
    sent = [
        phone.post(address, data={"jeton": token_of(form), "body": "Un tuteur", "anonymous": ""})
        for _ in range(2)
    ]
    assert code_of(sent[0]) == code_of(sent[1])
    rows = served.rows("SELECT author_id, anonymous, published FROM idea WHERE title = 'Un tuteur'")
    assert [tuple(map(bool, row)) for row in rows] == [(False, True, False)]
    over = phone.get("/campagne?q=ateliers")
    assert "Nous ne ferons pas, parce que" in text_of(over) and "<form" not in over.text
    assert phone.get("/campagne?q=aucune").status_code == 404
    framed = phone.get(f"{address}&embed=true")
    assert "frame-ancestors 'self'" in framed.headers["content-security-policy"]


# ──────────────────────────────────────────────────────────────────────────────────────────────────
# The author of a signed idea hears what became of it, in one line of one mail a day, without
# following anything; a title that is linked is shown only to who may open it

DAY = timedelta(days=1)
MILESTONE, PROJECT = "5.9", "SNB"


def filed(engine: Engine, author: Reader, anonymous: bool = False) -> str:
    """The key of a new entry, whose author has been told that it came."""

    def file(session) -> str:
        typed = checked_input(title="Un banc à l'arrêt du bus", anonymous=anonymous)
        number = file_idea(session, author, typed, os.urandom(16).hex()).number
        found = session.scalars(select_rows(Idea.id).where(Idea.number == number)).one()
        session.execute(delete(Notice))
        return str(found)

    return write_with(engine, file)


def links(engine: Engine, *ends: tuple[str, str]) -> None:
    """A chain from the first end to the last."""
    rows = [
        Link(id=random_id(FROZEN), on=FROZEN, from_kind=a, from_key=x, to_kind=b, to_key=y)
        for (a, x), (b, y) in pairwise(ends)
    ]
    write_with(engine, lambda session: session.add_all(rows))


@pytest.fixture
def reports(town, cast, tree):
    """Didier's report of a plan."""

    def reported(number: str, state, progress: int, **more: object) -> None:
        plan = select_one(town, select_rows(Plan.id).where(Plan.number == number))
        plan_id = getattr(plan, "id", plan)
        typed = PlanReport(state=state, progress=progress, comment="", need="", **more)
        write_with(town, report_plan, cast.didier, plan_id, typed, tree)

    return reported


def under_way(reports, progress: int) -> None:
    reports(MILESTONE, MilestoneState.under_way, progress, forecast_end=date(2023, 12, 1))


def told(engine: Engine, reader: Reader) -> list[Notice]:
    kind = Notice.kind == str(NoticeKind.outcome)
    statement = select_rows(Notice).where(kind, Notice.person_id == reader.person_id)
    return read_with(engine, lambda session: list(session.scalars(statement.order_by(Notice.id))))


def to_execute(engine: Engine):
    """A decision that is taken and not done, with its number."""
    return next(d for d in read_with(engine, register).at(FROZEN) if d.is_to_execute)


# ── What became of her idea ───────────────────────────────────────────────────────────────────────


def test_alice_hears_of_a_milestone_a_decision_and_a_project_behind_which_her_idea_is(
    town, cast, tree, post, reports
):
    idea, decision = filed(town, cast.alice), to_execute(town)
    links(town, ("idee", idea), ("groupe", "G04"), ("decision", str(decision.id)))
    links(town, ("decision", str(decision.id)), ("jalon", MILESTONE))
    links(town, ("decision", str(decision.id)), ("projet", PROJECT))
    under_way(reports, 25)
    assert len(told(town, cast.alice)) == 1
    under_way(reports, 25)
    assert len(told(town, cast.alice)) == 1, "nothing has changed"
    send(town, FROZEN)
    (mail,) = post.mails_for("alice")
    assert f"jalon {MILESTONE}, en cours, 25 %" in plain(mail) and "Un banc" in plain(mail)
    step = DecisionEvent(what=DecisionStep.done)
    write_with(town, follow_decision, cast.didier, decision.id, step, tree)
    reports(PROJECT, ProjectState.waiting, 60)
    assert len(told(town, cast.alice)) == 3
    send(town, FROZEN)
    assert len(post.mails_for("alice")) == 1, "one digest a day"
    send(town, FROZEN + DAY)
    words = plain(post.mails_for("alice")[1])
    assert words.count("La suite de vos idées : 2 nouvelles") >= 1
    assert f"décision n° {decision.number}, exécutée" in words and "en attente" in words
    # Nothing of what others wrote: the titles of the decision and the group stay where they are.
    assert decision.title not in words
    send(town, FROZEN + 2 * DAY)
    assert len(post.mails_for("alice")) == 2


def test_who_follows_is_told_as_a_follower_alone(town, cast, scope_for, reports):
    idea = filed(town, cast.alice)
    links(town, ("idee", idea), ("jalon", MILESTONE))
    write_with(
        town,
        lambda session: follow_subject(
            session, scope_for(session, cast.alice), Subject.milestone, MILESTONE
        ),
    )
    under_way(reports, 25)
    hers = select_rows(Notice.key).where(Notice.person_id == cast.alice.person_id)
    keys = read_with(town, lambda session: list(session.scalars(hers)))
    assert len(keys) == 1 and keys[0].startswith("suivi-jalon-")


def test_an_anonymous_author_and_who_wants_no_mail_are_told_nothing(town, cast, reports):
    links(town, ("idee", filed(town, cast.bruno, anonymous=True)), ("jalon", MILESTONE))
    links(town, ("idee", filed(town, cast.alice)), ("jalon", MILESTONE))
    write_with(town, choose_rhythm, cast.alice, Rhythm.never)
    under_way(reports, 25)
    assert told(town, cast.bruno) == [] and told(town, cast.alice) == []


def test_a_link_that_has_ended_and_a_step_before_the_outcome_tell_nothing(
    town, cast, tree, reports
):
    idea = filed(town, cast.alice)
    links(town, ("idee", idea), ("jalon", MILESTONE))
    links(town, ("idee", idea), ("decision", str(to_execute(town).id)))

    def end(session) -> None:
        of_milestone = select_rows(Link).where(Link.from_key == idea, Link.to_key == MILESTONE)
        session.scalars(of_milestone).one().ended_on = FROZEN

    write_with(town, end)
    under_way(reports, 25)
    note = DecisionEvent(what=DecisionStep.noted, text="À revoir.")
    write_with(town, follow_decision, cast.didier, to_execute(town).id, note, tree)
    assert told(town, cast.alice) == []


# ── Titles under their own right ──────────────────────────────────────────────────────────────────


def may_read(reader: Reader, kind: str, record: object) -> bool:
    """As the places say it, not as the thread does."""
    if Role.nobody in reader.roles:
        return kind == "idee" and Role.poster in reader.roles and record.published
    if kind == "idee":
        own = reader.person_id in (record.author_id, record.owner_id, record.relay_id)
        in_charge = Role.animateur in reader.roles or record.concerns_id in reader.covered
        return record.published or own or in_charge
    if kind == "decision":
        steers = {Role.manager, Role.animateur, Role.codir, Role.admin, Role.secretaire}
        return record.outcome is not None or bool(steers & reader.roles)
    return True


@pytest.mark.slow
def test_each_end_of_each_link_is_shown_to_who_may_open_it_and_to_nobody_else(
    demo, cast, scope_for
):
    ideas = {
        str(idea.id): idea for idea in select_all(demo, select_rows(Idea)) for idea in [idea[0]]
    }
    decisions = {str(d.id): d for d in read_with(demo, register).at(FROZEN)}
    records = {"idee": ideas, "decision": decisions}
    rows = read_with(demo, lambda session: list(session.scalars(select_rows(Link))))
    ends = {(link.from_kind, link.from_key) for link in rows}
    ends |= {(link.to_kind, link.to_key) for link in rows}
    assert {kind for kind, _ in ends} == set(KINDS)
    pairs = {((a.from_kind, a.from_key), (a.to_kind, a.to_key)) for a in rows}
    for reader in (cast.alice, cast.bruno, cast.elise, cast.didier, cast.nobody, PASSER_BY):
        for start in sorted(ends):
            with reading(demo) as session:
                with_titles = thread(session, scope_for(session, reader), start).nodes
            shown = {(node.kind, node.key) for node in with_titles}
            for kind, key in shown:
                assert may_read(reader, kind, records.get(kind, {}).get(key)), (reader.login, kind)
            opens = may_read(reader, start[0], records.get(start[0], {}).get(start[1]))
            assert (start in shown) == opens, (reader.login, start)
            beside = {b for a, b in pairs if a == start} | {a for a, b in pairs if b == start}
            for kind, key in beside if opens else ():
                is_open = may_read(reader, kind, records.get(kind, {}).get(key))
                assert ((kind, key) in shown) == is_open, (reader.login, start, kind, key)
