"""A figure has an owner and a definition that is verified until it changes; one speaks of it, and
who follows it learns of a new status once, in her digest.
"""

from dataclasses import replace
from datetime import date, timedelta
from html import unescape

import pytest
from sqlalchemy import Engine, delete
from sqlmodel import select
from support.pages import html_of, unfold
from support.rounds import done
from support.transactions import errors_of, read_with, refusal, select_all, write_with
from support.troupe import FROZEN

from dashboard.access import NOBODY, Reader
from dashboard.actions.discussions import follow_subject
from dashboard.actions.figures.targets import (
    impose,
    lift,
    name_owner,
    note_definitions,
    notify_statuses,
    owner_values,
    verify_definition,
)
from dashboard.actions.notices.sending import send
from dashboard.commands.demonstration import FOLLOWED
from dashboard.figures.kinds import Reads, all_values, figure_of, value_of
from dashboard.figures.reasons import events
from dashboard.queries.figures.small_cells import last_step
from dashboard.queries.journal import mark_of
from models.discussions import Subject, SubjectFollow
from models.ledger import Change
from models.notices import Notice, NoticeKind
from models.roadmap import FigureEvent, FigureStep, Health
from models.texts import EditConflict

FIGURE = all_values()["couverture"]
DAY = timedelta(days=1)


def names(engine: Engine, who: Reader, owner: str, unit: int | None = None, **more) -> None:
    typed = FigureEvent(owner=owner, owner_direction_id=unit)
    write_with(engine, name_owner, who, FIGURE, typed, **more)


def verifies(engine: Engine, who: Reader, tree) -> None:
    write_with(engine, verify_definition, who, FIGURE, tree)


def said_on(tab) -> str:
    return " ".join(unescape(" ".join(html_of(tab))).replace("’", "'").split())


# ── Owner and definition ──────────────────────────────────────────────────────────────────────────


def test_the_office_names_the_owner_and_her_manager_verifies_the_definition(demo_copy, cast, tree):
    hers = tree.by_code["VC-JSP"].id
    typed = FigureEvent(owner="Directrice", owner_direction_id=hers)
    for who in (cast.alice, cast.carine, cast.elise, NOBODY):
        refusal(demo_copy, name_owner, who, FIGURE, typed)
        refusal(demo_copy, verify_definition, who, FIGURE, tree)
    names(demo_copy, cast.didier, "  Directrice de la Jeunesse  ", hers)
    owner = read_with(demo_copy, last_step, FIGURE.code, FigureStep.owned, FROZEN)
    assert (owner.owner, owner.owner_direction_id) == ("Directrice de la Jeunesse", hers)
    assert read_with(demo_copy, last_step, FIGURE.code, FigureStep.owned, FROZEN - DAY) is None
    verifies(demo_copy, cast.carine, tree)
    for who in (cast.alice, cast.elise, NOBODY):
        refusal(demo_copy, verify_definition, who, FIGURE, tree)
    verified = read_with(demo_copy, last_step, FIGURE.code, FigureStep.verified, FROZEN)
    assert (verified.by, verified.mark) == (cast.carine.person_id, FIGURE.mark)
    lines = select_all(demo_copy, select(Change).where(Change.subject == "chiffre"))
    assert [(line.field, line.after, line.by) for line in lines] == [
        ("owner", "Directrice de la Jeunesse", cast.didier.person_id),
        ("definition", "vérifiée", cast.carine.person_id),
    ]


def test_an_owner_is_named_in_words_and_in_an_open_direction(demo_copy, cast):
    for owner, unit, field in (
        ("", None, "owner"),
        ("x" * 121, None, "owner"),
        ("A", 9999, "unit"),
    ):
        assert set(errors_of(names, demo_copy, cast.didier, owner, unit)) == {field}


def test_two_who_name_an_owner_at_once_are_told_of_each_other(demo_copy, cast):
    read = mark_of(owner_values(None))
    names(demo_copy, cast.didier, "Le premier", read=read)
    with pytest.raises(EditConflict):
        names(demo_copy, cast.didier, "Le second", read=read)


def test_a_verification_lapses_with_the_definition(demo_copy, cast, tree):
    verifies(demo_copy, cast.didier, tree)
    changed = replace(FIGURE, definition="Autre")
    assert (
        read_with(demo_copy, last_step, FIGURE.code, FigureStep.verified, FROZEN).mark
        != changed.mark
    )
    marks = {code: figure.mark for code, figure in all_values(range(1, 7)).items()}
    assert len(set(marks.values())) > 40 and all(marks.values())
    assert marks == {code: figure.mark for code, figure in all_values(range(1, 7)).items()}


def test_the_page_says_who_answers_for_a_figure_and_who_verified_it(open_page):
    """In the demonstration one is verified, the other has changed since."""
    said = said_on(open_page("alice", "pourquoi", f"chiffre={FOLLOWED}"))
    assert "Porteur du chiffre : Cellule transformation (Direction générale)" in said
    assert "vérifiée le 16/05/2023 par" in said and "elle a changé" not in said
    said = said_on(open_page("alice", "pourquoi", "chiffre=formation"))
    assert "elle a changé depuis qu'elle a été vérifiée le 20/09/2022" in said
    tab = open_page("alice", "pourquoi", "chiffre=heures")
    assert "pas encore de porteur" in said_on(tab)
    assert "Nommer le porteur du chiffre" not in [fold.label for fold in tab.expander]
    tab = open_page("didier", "pourquoi", "chiffre=heures")
    assert "Nommer le porteur du chiffre" in [fold.label for fold in tab.expander]
    assert "Confirmer la définition" in [button.label for button in tab.button]


def test_a_new_definition_is_seen_once_and_is_an_event_of_the_curve(demo_copy, scope_for):
    def rounds(day: date) -> int:
        return write_with(demo_copy, lambda session: done(session, note_definitions(session, day)))

    def seen() -> list[str]:
        def read(session) -> list[str]:
            scope = scope_for(session, NOBODY)
            found = events(Reads(session), scope, figure_of("heures"), value_of("heures"))
            return [event.text for event in found if event.kind == "definition"]

        return read_with(demo_copy, read)

    before = {
        "figure": "heures",
        "what": FigureStep.defined,
        "on": date(2023, 1, 9),
        "recorded_on": date(2023, 1, 9),
    }
    write_with(demo_copy, lambda session: session.add(FigureEvent(mark="ancienne", **before)))
    assert seen() == []
    assert rounds(FROZEN) == len(all_values(range(1, 7)))
    assert rounds(FROZEN) == 0
    assert seen() == ["Ce que compte ce chiffre a été redéfini"]


# ── Following ─────────────────────────────────────────────────────────────────────────────────────


def follows(engine: Engine, who: Reader, code: str, scope_for, stays: bool = True) -> None:
    write_with(
        engine,
        lambda session: follow_subject(
            session, scope_for(session, who), Subject.figure, code, stays
        ),
    )


def has_status(engine: Engine, who: Reader, code: str, status: Health | None, until: date) -> None:
    if status:
        act = impose, who, f"figure:{code}", status, "Relevé vérifié", until
        write_with(engine, *act)
    else:
        write_with(engine, lift, who, f"figure:{code}")


def round_of(engine: Engine, day: date) -> int:
    told = write_with(engine, lambda session: done(session, notify_statuses(session, day)))
    send(engine, day)
    return told


def test_who_follows_a_figure_learns_its_new_status_once(town, cast, post, scope_for):
    write_with(town, lambda session: session.execute(delete(SubjectFollow)))
    until = date(2023, 12, 31)
    follows(town, cast.elise, "heures", scope_for)
    assert round_of(town, FROZEN) == 0, "what she followed it with is no news"
    has_status(town, cast.didier, "heures", Health.trouble, until)
    assert round_of(town, FROZEN) == 1 and round_of(town, FROZEN) == 0
    mails = post.mails_for("elise")
    assert len(mails) == 1
    assert "que vous suivez : en difficulté" in " ".join(mails[0]["Subject"].split())
    has_status(town, cast.didier, "heures", Health.watch, until)
    assert round_of(town, FROZEN) == 1 and len(post.mails_for("elise")) == 1, "one digest a day"
    assert round_of(town, FROZEN + DAY) == 0 and len(post.mails_for("elise")) == 2
    assert "à surveiller" in post.mails_for("elise")[1]["Subject"]
    follows(town, cast.elise, "heures", scope_for, False)
    has_status(town, cast.didier, "heures", None, until)
    assert round_of(town, FROZEN + 2 * DAY) == 0 and len(post.received) == 2


def test_a_target_that_is_reached_is_told_and_that_it_no_longer_is_is_not(town, cast, scope_for):
    write_with(town, lambda session: session.execute(delete(SubjectFollow)))
    follows(town, cast.elise, "couverture", scope_for)
    key = ("chiffre", "couverture", cast.elise.person_id)

    def knows(status: str) -> None:
        def write(session) -> None:
            session.get(SubjectFollow, key).status = status

        write_with(town, write)

    round_of(town, FROZEN)
    now = read_with(town, lambda session: session.get(SubjectFollow, key).status)
    knows(f"{now}, cible atteinte")
    assert round_of(town, FROZEN) == 0
    knows("Autre")
    assert round_of(town, FROZEN) == 1
    notice = select_all(town, select(Notice).where(Notice.kind == NoticeKind.outcome))[0]
    assert notice.person_id == cast.elise.person_id and now.lower() in notice.title
    assert notice.href == "/pourquoi?chiffre=couverture"


def test_a_figure_is_followed_where_its_page_is(open_page):
    tab = open_page("alice", "pourquoi", f"chiffre={FOLLOWED}")
    labels = [fold.label for fold in tab.expander]
    assert "En parler" in labels
    unfold(tab, "En parler")
    assert "Suivre" in [button.label for button in tab.button]
