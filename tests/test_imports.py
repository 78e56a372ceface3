"""Importing ideas: twice changes nothing, a change in the source changes that alone, an export comes back whole."""

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, text
from sqlmodel import select
from support.real_files import DATA, real_files

from dashboard.access import NOBODY, OPERATOR, Reader
from dashboard.actions.imported import Delays
from dashboard.actions.imports import import_ideas
from dashboard.exchange.csvout import OWN_HEADERS, write
from dashboard.queries.directions import ambitions, organisation
from dashboard.queries.export import idea_rows
from dashboard.scope import Scope
from models.database import engine_for, migrate, reading, writing
from models.directions import Direction, DirectionPlace
from models.errors import Refused
from models.ideas import Idea, IdeaEvent, IdeaStatus, clean_text, clean_title
from models.keeping import Change
from models.people import Role
from models.roadmap import Ambition
from models.rollups import ALL, IdeaDelay, IdeaFlow
from models.workdays import Workdays

TODAY = date(2023, 6, 30)


@pytest.fixture
def town(database):
    """An empty database with five ambitions and three directions."""
    _furnish(database)
    return database


def _furnish(engine) -> None:
    with writing(engine) as session:
        for i, name in enumerate(("Satisfaction des citoyens", "Bien-être des agents", "Modernisation",
                                  "Actualisation des compétences", "Développement durable"), 1):
            session.add(Ambition(id=i, code=f"ambition-{i}", name=name))
        for i, (code, kind) in enumerate((("ADM", "racine"), ("VC-JSP", "direction"), ("AD-VOI", "direction")), 1):
            session.add(Direction(id=i, code=code, name=f"Unité {code}", kind=kind, position=i))
            session.flush()
            session.add(DirectionPlace(direction_id=i, parent_id=None if i == 1 else 1, on=date(2021, 1, 1),
                                       recorded_on=date(2021, 1, 1)))


def bring(engine, content: str | bytes | Path, name: str = "idees.csv", **options):
    file = content.encode() if isinstance(content, str) else content
    with writing(engine) as session:
        return import_ideas(session, OPERATOR, file, name, today=options.pop("today", TODAY), **options)


def send(engine, out: Path, reader: Reader = OPERATOR, day: date = TODAY, **params) -> int:
    with reading(engine) as session:
        scope = Scope.for_reader(reader, params, day, organisation(session).at, ambitions(session))
        return write(list(OWN_HEADERS.values()), idea_rows(session, scope), out)


def counts(report) -> tuple[int, int, int, int, int]:
    return report.rows, report.new, report.changed, report.unchanged, len(report.refused)


def only(engine) -> tuple[Idea, list[IdeaEvent]]:
    with reading(engine) as session:
        return (session.exec(select(Idea)).one(),
                list(session.exec(select(IdeaEvent).order_by(IdeaEvent.seq)).all()))


def stock(engine, status: str, concerns: int = ALL) -> int:
    with reading(engine) as session:
        def moved(side):
            return session.exec(select(func.coalesce(func.sum(IdeaFlow.n), 0)).where(
                side == status, IdeaFlow.concerns_id == concerns, IdeaFlow.ambition_id == ALL)).one()
        return moved(IdeaFlow.to_status) - moved(IdeaFlow.from_status)


# --- the real files -------------------------------------------------------------------------------------------------

@real_files
def test_paris_comes_in_once(town):
    file = DATA / "paris-budget-participatif.csv"
    dry = bring(town, file, file.name, dry_run=True)
    told = dry.as_json()
    assert (told["rows"], told["new"], told["written"]) == (1214, 1209, False)
    assert [problem["line"] for problem in told["refused"]] == [2, 243, 341, 924, 981]
    with reading(town) as session:
        assert session.exec(select(func.count()).select_from(Idea)).one() == 0
    assert counts(bring(town, file, file.name)) == (1214, 1209, 0, 0, 5)
    assert counts(bring(town, file, "autre nom.csv")) == (1214, 0, 0, 1209, 5)
    assert stock(town, IdeaStatus.implemented) == 679


@real_files
def test_paris_strictly_writes_nothing(town):
    report = bring(town, DATA / "paris-budget-participatif.csv", strict=True, name="paris.csv")
    assert not report.written and "Rien n'a été écrit" in report.sentences()[-1]
    with reading(town) as session:
        assert session.exec(select(func.count()).select_from(Idea)).one() == 0


@real_files
def test_no_contribution_of_the_great_debate_is_lost(town):
    file = DATA / "grand-debat.json"
    report = bring(town, file, file.name)
    assert counts(report) == (1100, 1100, 0, 0, 0) and len(report.warnings) == 11
    again = bring(town, file, file.name)
    assert counts(again) == (1100, 0, 0, 1100, 0) and again.gone == 0


# --- facts and dates ------------------------------------------------------------------------------------------------

def test_dated_filing_and_state_feed_the_figures_of_delay(town):
    bring(town, "id;titre;date;statut;date du statut\n1;Banc;02/01/2023;Retenue;16/01/2023\n")
    idea, (filed, state) = only(town)
    assert (filed.on, filed.to_status) == (date(2023, 1, 2), "recue")
    assert (state.on, state.from_status, state.to_status) == (date(2023, 1, 16), "recue", "retenue")
    assert state.first_answer and state.delay == 10 and state.reason == "Motif non fourni par la source"
    assert idea.due_on == state.due_on and idea.answered_on == date(2023, 1, 16) and not idea.counts
    with reading(town) as session:
        assert session.exec(select(func.count()).select_from(IdeaDelay).where(IdeaDelay.concerns_id == ALL)).one() > 0


@pytest.mark.parametrize("row", ["1;Banc;;Retenue;", "1;Banc;02/01/2023;Retenue;", "1;Banc;;Retenue;16/01/2023"])
def test_what_has_no_date_leaves_the_figures_of_delay(town, row):
    bring(town, f"id;titre;date;statut;date du statut\n{row}\n")
    idea, events = only(town)
    assert idea.due_on is None and all(event.delay is None and event.due_on is None for event in events)
    assert [event.on for event in events] == sorted(event.on for event in events)


def test_an_undated_filing_is_the_imports_day_or_its_first_dated_state(town):
    bring(town, "id;titre;statut;date du statut\n1;Banc;Retenue;\n2;Arbre;Retenue;2022-03\n")
    with reading(town) as session:
        filed = dict(session.exec(select(Idea.title, Idea.filed_on)).all())
    assert filed == {"Banc": TODAY, "Arbre": date(2022, 3, 31)}


def test_days_before_the_programme_and_to_come_are_kept(town):
    bring(town, "id;titre;date\n1;Banc;2015-03-01\n2;Arbre;2024-01-15\n")
    with reading(town) as session:
        assert sorted(session.exec(select(Idea.filed_on)).all()) == [date(2015, 3, 1), date(2024, 1, 15)]


def test_a_state_before_its_filing_is_told(town):
    report = bring(town, "id;titre;date;statut;date du statut\n1;Banc;02/02/2023;Retenue;02/01/2023\n")
    assert "avant le dépôt" in report.warnings[0].reason
    assert only(town)[0].due_on is None


def test_a_theme_without_match_is_told_once_and_stays_empty(town):
    report = bring(town, "titre;thème;direction\na;Sport;VC-JSP\nb;Magie;Unité AD-VOI\nc;Magie;Inconnue\n")
    assert [(p.line, "Magie" in p.reason or "Inconnue" in p.reason) for p in report.warnings] == [(3, True), (4, True)]
    with reading(town) as session:
        places = session.exec(select(Idea.title, Idea.ambition_id, Idea.concerns_id).order_by(Idea.title)).all()
    assert [tuple(place) for place in places] == [("a", 1, 2), ("b", None, 3), ("c", None, None)]


def test_working_days_by_rank_are_those_of_the_calendar():
    calendar = Workdays()
    delays = Delays(calendar)
    for start, end in ((date(2020, 12, 1), date(2021, 2, 3)), (date(2023, 5, 1), date(2023, 5, 1)),
                       (date(2023, 12, 20), date(2024, 1, 9)), (date(2001, 1, 1), date(2023, 1, 1))):
        assert delays.between(start, end) == calendar.between(start, end)


# --- again ----------------------------------------------------------------------------------------------------------

def test_only_what_changed_in_the_source_changes_here(town):
    bring(town, "id;titre;texte;direction\n1;Banc;Bois;VC-JSP\n2;Arbre;Chêne;\n")
    with writing(town) as session:
        session.exec(select(Idea).where(Idea.title == "Banc")).one().body = "Corrigé ici"
    report = bring(town, "id;titre;texte;direction\n1;Banc public;Bois;AD-VOI\n")
    assert counts(report) == (1, 0, 1, 0, 0) and report.gone == 1
    with reading(town) as session:
        idea = session.exec(select(Idea).where(Idea.title == "Banc public")).one()
        assert idea.body == "Corrigé ici" and idea.concerns_id == 3
        assert sorted(session.exec(select(Change.field)).all()) == ["concerns_id", "title"]
    assert stock(town, "recue", 2) == 0 and stock(town, "recue", 3) == 1 and stock(town, "recue") == 2
    assert counts(bring(town, "id;titre;texte;direction\n1;Banc public;Bois;AD-VOI\n")) == (1, 0, 0, 1, 0)


def test_a_state_that_changed_is_a_new_fact(town):
    bring(town, "id;titre;date;statut;date du statut\n1;Banc;02/01/2023;Reçue;\n")
    bring(town, "id;titre;date;statut;date du statut\n1;Banc;02/01/2023;Retenue;16/01/2023\n")
    idea, events = only(town)
    assert [event.to_status for event in events] == ["recue", "retenue"] and events[1].delay == 10
    assert idea.status == "retenue" and idea.answered_on == date(2023, 1, 16)


def test_a_refused_row_of_a_known_idea_is_not_gone(town):
    bring(town, "id;titre\n1;Banc\n")
    assert bring(town, "id;titre\n1;\n").gone == 0


def test_a_file_that_breaks_halfway_leaves_nothing(town, monkeypatch):
    monkeypatch.setattr("dashboard.actions.imports._CHUNK", 1)
    with pytest.raises(Refused), writing(town) as session:
        import_ideas(session, OPERATOR, b"id;titre\n1;Banc\n", "a.csv", today=TODAY)
        raise Refused("Interrompu.")
    with reading(town) as session:
        assert session.exec(select(func.count()).select_from(Idea)).one() == 0


def test_who_may_not_import_is_refused(town):
    with writing(town) as session, pytest.raises(Refused):
        import_ideas(session, NOBODY, b"titre\na\n", "a.csv", today=TODAY)


# --- our own export -------------------------------------------------------------------------------------------------

VARIED = ("id;titre;texte;genre;ambition;direction;date;statut;date du statut\n"
          "1;=1+1;-texte;Idée;Modernisation;VC-JSP;02/01/2023;Retenue;16/01/2023\n"
          "2;'=x;\"a\n\nb;\"\"c\"\"\";Suggestion;;;;Réalisée;2022-05\n"
          "3;+33;@cmd;Constat;;AD-VOI;2022-01-01;Prise en compte;\n"
          "4;Banc;;Idée;;;2023-03-01;À l'étude;2023-03-05\n")


def snapshot(engine) -> list[tuple]:
    with reading(engine) as session:
        return sorted(tuple(row) for row in session.exec(select(
            Idea.number, Idea.title, Idea.body, Idea.kind, Idea.status, Idea.filed_on, Idea.dated, Idea.due_on,
            Idea.answered_on, Idea.ambition_id, Idea.concerns_id, Idea.published)).all())


def test_an_export_comes_back_to_its_own_database_as_nothing_new(town, tmp_path):
    bring(town, VARIED)
    before = snapshot(town)
    assert send(town, tmp_path / "export.csv") == 4
    report = bring(town, tmp_path / "export.csv", "export.csv")
    assert counts(report) == (4, 0, 0, 4, 0) and snapshot(town) == before


def test_an_export_fills_an_empty_database_with_the_same(town, tmp_path):
    bring(town, VARIED)
    send(town, tmp_path / "export.csv")
    other = engine_for(f"sqlite:///{tmp_path / 'other.db'}")
    migrate(other)
    _furnish(other)
    assert counts(bring(other, tmp_path / "export.csv", "export.csv", today=date(2023, 9, 1)))[1] == 4
    assert snapshot(other) == snapshot(town)
    other.dispose()


def test_an_entry_filed_here_is_known_when_its_export_comes_back(town, tmp_path):
    bring(town, VARIED)
    with writing(town) as session:
        session.execute(text("DELETE FROM source_key"))
    send(town, tmp_path / "export.csv")
    assert counts(bring(town, tmp_path / "export.csv", "export.csv")) == (4, 0, 0, 4, 0)


def test_an_export_tells_the_state_of_its_day_and_leaves_the_database_as_it_was(sqlite_town, tmp_path):
    engine, path = sqlite_town
    bring(engine, VARIED)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    before = path.read_bytes()
    assert send(engine, tmp_path / "export.csv", au="2023-01-10") == 3
    lines = (tmp_path / "export.csv").read_text("utf-8-sig")
    assert "Retenue" not in lines and "Banc" not in lines and "Réalisée" in lines
    assert path.read_bytes() == before


@pytest.fixture
def sqlite_town(tmp_path):
    path = tmp_path / "town.db"
    engine = engine_for(f"sqlite:///{path}")
    migrate(engine)
    _furnish(engine)
    yield engine, path
    engine.dispose()


def test_an_export_holds_what_the_reader_may_see(town, tmp_path):
    bring(town, VARIED)
    with writing(town) as session:
        session.exec(select(Idea).where(Idea.title == "Banc")).one().published = False
    agent = Reader(1, "Alice", "alice", frozenset({Role.agent}), 2)
    assert send(town, tmp_path / "agent.csv", agent) == 3
    assert send(town, tmp_path / "unit.csv", direction="VC-JSP") == 1
    assert send(town, tmp_path / "ambition.csv", ambition="ambition-3") == 1
    with pytest.raises(Refused):
        send(town, tmp_path / "nobody.csv", NOBODY)


_TRAPS = "=+-@＝＋－＠'\"; \t\r\n\0\u00a0\ufeff\u2028�"
hostile = st.text(st.one_of(st.sampled_from(_TRAPS), st.characters()), max_size=40)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(hostile, hostile), min_size=1, max_size=4))
def test_hostile_texts_make_the_round_trip(sqlite_town, tmp_path_factory, pairs):
    engine, _ = sqlite_town
    folder = tmp_path_factory.mktemp("round")
    with writing(engine) as session:
        session.execute(text("DELETE FROM source_key"))
        session.execute(text("DELETE FROM idea_event"))
        session.execute(text("DELETE FROM idea"))
    # What is stored is what cleaning leaves; cleaned again it must stay as it is to be the same text.
    kept = [(t, b) for t, b in ((_settled(clean_title, t), _settled(clean_text, b)) for t, b in pairs) if t]
    assume(kept)
    rows = json.dumps([{"id": i, "titre": title, "texte": body} for i, (title, body) in enumerate(kept)])
    assert bring(engine, rows, "hostile.json").new == len(kept)
    stored = sorted((row[1], row[2]) for row in snapshot(engine))
    assert stored == sorted(kept)
    send(engine, folder / "export.csv")
    assert counts(bring(engine, folder / "export.csv", "export.csv"))[1:4] == (0, 0, len(kept))
    with writing(engine) as session:
        session.execute(text("DELETE FROM source_key"))
        session.execute(text("DELETE FROM idea_event"))
        session.execute(text("DELETE FROM idea"))
    bring(engine, folder / "export.csv", "export.csv")
    assert sorted((row[1], row[2]) for row in snapshot(engine)) == stored


def _settled(clean, value: str) -> str:
    while clean(value) != value:
        value = clean(value)
    return value


def test_a_merged_entry_points_at_the_one_that_stands_for_it(town, tmp_path):
    bring(town, "number,title,status,original_number\n1,Banc,open,\n2,Bancs,duplicate,1\n", "fider.csv")
    send(town, tmp_path / "export.csv")
    other = engine_for(f"sqlite:///{tmp_path / 'other.db'}")
    migrate(other)
    bring(other, tmp_path / "export.csv", "export.csv")
    for engine in (town, other):
        with reading(engine) as session:
            ids = dict(session.exec(select(Idea.title, Idea.id)).all())
            merged = dict(session.exec(select(Idea.title, Idea.merged_into)).all())
        assert merged == {"Banc": None, "Bancs": ids["Banc"]}
    other.dispose()
