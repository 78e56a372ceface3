"""Importing ideas; importing another academy's registrations."""

import csv
import io
import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, text
from sqlmodel import select
from support.commands import run_command
from support.imports import DATA, TODAY, bring, counts, furnish, real_files
from support.transactions import (
    bytes_of,
    contents,
    execute,
    read_with,
    refusal,
    refuses,
    select_all,
    select_one,
    write_with,
)
from support.troupe import FROZEN, ON_SQLITE

from dashboard.access import NOBODY, OPERATOR, Reader
from dashboard.actions.ideas.imported_rows import Moves
from dashboard.actions.imports import act_of
from dashboard.actions.register_imports import ImportOptions
from dashboard.figures import REGISTRY
from dashboard.figures.board import board
from dashboard.files.ideas.columns import OWN_HEADERS
from dashboard.files.writing import as_bytes, write
from dashboard.queries.academy.counts import attendance, seats, trained
from dashboard.queries.directions import ambitions, organisation
from dashboard.queries.exported_tables import EXPORTED
from dashboard.queries.figures import figure_rows
from dashboard.queries.ideas import counts as idea_counts
from dashboard.queries.ideas.records import idea_rows
from dashboard.queries.operations import checks
from dashboard.queries.reference_tables import cells
from dashboard.scope import Scope
from models.academy import Training, TrainingSession
from models.database import engine_for, migrate, reading, writing
from models.facts import counting
from models.idea_events import IdeaEvent
from models.idea_states import IdeaStatus
from models.ideas import Idea, SourceKey
from models.ledger import Change
from models.people import Person, Role
from models.seats import Seat, SeatEvent
from models.texts import Refused

# ── Importing ideas ───────────────────────────────────────────────────────────────────────────────
# Twice changes nothing, a change in the source changes that alone, an export comes back whole.

AFTER = date(2025, 12, 31)  # what a file says of later days than its import
# What is no question of the engine; those of the ledger and of what is written at once meet both.


def send(engine, out: Path, reader: Reader = OPERATOR, day: date = TODAY, **params) -> int:
    with reading(engine) as session:
        scope = Scope.for_reader(reader, params, day, organisation(session).at, ambitions(session))
        return write(
            "Idées",
            list(OWN_HEADERS.values()),
            idea_rows(session, scope, fields=tuple(OWN_HEADERS)),
            out,
        )


def only(engine) -> tuple[Idea, list[IdeaEvent]]:
    with reading(engine) as session:
        return (
            session.exec(select(Idea)).one(),
            list(session.exec(select(IdeaEvent).order_by(IdeaEvent.seq)).all()),
        )


def stock(engine: Engine, status: str, concerns: int | None = None) -> int:
    """Idées and suggestions in a state, of all directions or of one, as figures count them."""
    scope = Scope(OPERATOR, AFTER, counted=concerns and frozenset({concerns}))
    return read_with(engine, idea_counts.stock, scope, AFTER)[status]


# --- the real files -------------------------------------------------------------------------------


@real_files
def test_paris_comes_in_once(small_town):
    file = DATA / "paris-budget-participatif.csv"
    dry = bring(small_town, file, file.name, dry_run=True)
    told = dry.as_json()
    assert (told["rows"], told["new"], told["written"]) == (1214, 1209, False)
    assert [problem["line"] for problem in told["refused"]] == [2, 243, 341, 924, 981]
    assert select_one(small_town, select(func.count()).select_from(Idea)) == 0
    assert counts(bring(small_town, file, file.name)) == (1214, 1209, 0, 0, 5)
    assert counts(bring(small_town, file, "autre nom.csv")) == (1214, 0, 0, 1209, 5)
    assert stock(small_town, IdeaStatus.implemented) == 679


@pytest.mark.slow
@real_files
@ON_SQLITE
def test_no_contribution_of_the_great_debate_is_lost(small_town):
    file = DATA / "grand-debat.json"
    report = bring(small_town, file, file.name)
    assert counts(report) == (1099, 1099, 0, 0, 0) and len(report.warnings) == 11
    assert any("une seule entrée" in problem.reason for problem in report.warnings), (
        "one of its 1 100 elements stands twice in it, under the same reference"
    )
    again = bring(small_town, file, file.name)
    assert counts(again) == (1099, 0, 0, 1099, 0) and again.gone == 0


# --- facts and dates ------------------------------------------------------------------------------


def test_dated_filing_and_state_feed_the_figures_of_delay(small_town):
    bring(small_town, "id;titre;date;statut;date du statut\n1;Banc;02/01/2023;Retenue;16/01/2023\n")
    idea, (filed, state) = only(small_town)
    assert (filed.on, filed.to_status) == (date(2023, 1, 2), "recue")
    assert (state.on, state.from_status, state.to_status) == (date(2023, 1, 16), "recue", "retenue")
    assert (
        state.first_answer
        and state.delay == 10
        and state.reason == "Motif non fourni par la source"
    )
    assert idea.due_on == state.due_on and idea.answered_on == date(2023, 1, 16) and not idea.counts
    with reading(small_town) as session:
        scope = Scope(OPERATOR, date(2023, 1, 31))
        assert idea_counts.delays(session, scope, scope.on) == [(10, 1)]


@pytest.mark.parametrize(
    "row", ["1;Banc;;Retenue;", "1;Banc;02/01/2023;Retenue;", "1;Banc;;Retenue;16/01/2023"]
)
@ON_SQLITE
def test_what_has_no_date_leaves_the_figures_of_delay(small_town, row):
    bring(small_town, f"id;titre;date;statut;date du statut\n{row}\n")
    idea, events = only(small_town)
    assert idea.due_on is None and all(
        event.delay is None and event.due_on is None for event in events
    )
    assert [event.on for event in events] == sorted(event.on for event in events)


@ON_SQLITE
def test_an_undated_filing_is_the_imports_day_or_its_first_dated_state(small_town):
    bring(small_town, "id;titre;statut;date du statut\n1;Banc;Retenue;\n2;Arbre;Retenue;2022-03\n")
    filed = dict(select_all(small_town, select(Idea.title, Idea.filed_on)))
    assert filed == {"Banc": TODAY, "Arbre": date(2022, 3, 31)}


@ON_SQLITE
def test_days_before_the_programme_and_to_come_are_kept(small_town):
    bring(small_town, "id;titre;date\n1;Banc;2015-03-01\n2;Arbre;2024-01-15\n")
    assert sorted(select_all(small_town, select(Idea.filed_on))) == [
        date(2015, 3, 1),
        date(2024, 1, 15),
    ]


@ON_SQLITE
def test_a_state_before_its_filing_is_told(small_town):
    report = bring(
        small_town, "id;titre;date;statut;date du statut\n1;Banc;02/02/2023;Retenue;02/01/2023\n"
    )
    assert "avant le dépôt" in report.warnings[0].reason
    assert only(small_town)[0].due_on is None


@ON_SQLITE
def test_a_word_that_is_none_of_ours_leaves_what_stands_and_an_emptied_cell_empties(small_town):
    def brought(theme: str, direction: str) -> tuple[bool, bool, int]:
        content = f"id;titre;thème;direction\n1;Un banc;{theme};{direction}\n"
        report = bring(small_town, content, source="essai")
        idea, _ = only(small_town)
        return idea.ambition_id is not None, idea.concerns_id is not None, report.changed

    ambition = read_with(small_town, ambitions)[0].name
    assert brought(ambition, "VC-JSP") == (True, True, 0)
    assert brought("Divers et varié", "Un autre service") == (True, True, 0)
    assert brought("Divers et varié", "Un autre service") == (True, True, 0)
    assert brought("", "Un autre service") == (False, True, 1)
    assert brought("", "") == (False, False, 1)


@ON_SQLITE
def test_a_theme_without_match_is_told_once_and_stays_empty(small_town):
    report = bring(
        small_town,
        "titre;thème;direction\na;Propreté;VC-JSP\nb;Magie;Unité AD-VOI\nc;Magie;Inconnue\n",
    )
    assert [(p.line, "Magie" in p.reason or "Inconnue" in p.reason) for p in report.warnings] == [
        (3, True),
        (4, True),
    ]
    places = select_all(
        small_town, select(Idea.title, Idea.ambition_id, Idea.concerns_id).order_by(Idea.title)
    )
    assert [tuple(place) for place in places] == [("a", 5, 2), ("b", None, 3), ("c", None, None)]


# --- what has no date, and what is here already ---------------------------------------------------

FILED_HERE = "id;titre;date;statut;date du statut\n1;Banc;02/01/2023;Retenue;16/01/2023\n"
# Of another tool, which keeps no day: most of them were refused there.
UNDATED = "id;titre;statut\n" + "".join(
    f"{n};Projet {n};{'Retenue' if n % 4 == 0 else 'Non retenue' if n % 4 < 3 else 'Reçue'}\n"
    for n in range(1, 41)
)


def values_on(engine, day: date) -> dict[str, float | None]:
    with reading(engine) as session:
        scope = Scope.for_reader(OPERATOR, {}, day, organisation(session).at, ambitions(session))
        return {
            entry["code"]: entry["value"] for entry in board(session, scope).as_json()["figures"]
        }


@pytest.mark.slow
@ON_SQLITE
def test_ideas_without_a_date_move_no_figure_of_twelve_months(small_town):
    bring(small_town, FILED_HERE, source="ici", agents=True)
    before = values_on(small_town, TODAY)
    assert before["idees-issue.retenues"] == 100
    bring(small_town, UNDATED, source="ailleurs", agents=True)
    after = values_on(small_town, TODAY)
    assert {code for code in after if after[code] != before[code]} == {"reponse.ouvertes"}
    assert after["reponse.ouvertes"] == before["reponse.ouvertes"] + 10
    # A state that comes later is no filing of a known day either.
    later = UNDATED.replace("Reçue", "Non retenue")
    bring(small_town, later, source="ailleurs", agents=True, on=date(2023, 7, 31))
    month_later = values_on(small_town, date(2023, 7, 31))
    assert month_later["idees-issue.retenues"] == 100 and month_later["reponse.ouvertes"] == 0
    assert not [
        one for one in read_with(small_town, checks.everything, date(2023, 7, 31)) if not one.holds
    ]


@ON_SQLITE
def test_an_open_idea_without_a_date_has_no_age_and_is_listed_all_the_same(small_town):
    bring(small_town, UNDATED, source="ailleurs")
    assert values_on(small_town, TODAY)["reponse.ancienne"] is None
    bring(small_town, "id;titre;date\n1;Banc;20/06/2023\n", source="ici")
    assert values_on(small_town, TODAY)["reponse.ancienne"] == 10
    with reading(small_town) as session:
        scope = Scope.for_reader(OPERATOR, {}, TODAY, organisation(session).at, ambitions(session))
        assert figure_rows.open_ideas(session, scope, "reponse.ouvertes", 1).total == 11


def trial_of(engine, content: str | Path, **options) -> str:
    return " ".join(bring(engine, content, dry_run=True, **options).summary())


def test_the_trial_says_which_figures_move(small_town):
    undated = trial_of(small_town, UNDATED, source="ailleurs")
    assert "40 entrées sans date de dépôt n'entrent dans aucune période" in plain(undated)
    assert "Chiffres qui bougent : « Idées à décider »." in plain(undated)
    dated = plain(trial_of(small_town, FILED_HERE, source="ici", agents=True))
    assert "sans date" not in dated
    for name in (
        "Idées déposées pour 100 agents",
        "Délai médian de première réponse",
        "Réponses données dans le délai",
        "Idées retenues parmi les décidées",
    ):
        assert f"« {name} »" in dated
    assert "Idées à décider" not in dated
    old = "id;titre;date;statut;date du statut\n1;Banc;02/01/2019;Retenue;16/01/2019\n"
    assert "Aucun chiffre ne bouge." in plain(trial_of(small_town, old, source="ici", agents=True))
    bring(small_town, "id;titre;date\n1;Banc;20/06/2023\n", source="ici")
    decided = "id;titre;date;statut;date du statut\n1;Banc;20/06/2023;Retenue;26/06/2023\n"
    moved = plain(trial_of(small_town, decided, source="ici"))
    assert "« Idées à décider »" in moved and "« Idées retenues parmi les décidées »" in moved


def test_the_figures_that_a_trial_names_are_those_of_the_board():
    names = {value.label for each in REGISTRY.values() for value in each.values}
    assert set(Moves) <= names


def test_the_trial_says_what_of_the_file_is_already_here_and_under_which_source(small_town):
    content = "id;titre\n1;Un banc\n2;Un arbre\n3;Une lampe\n"
    assert "déjà là" not in trial_of(small_town, content, source="export-mars")
    bring(small_town, content, source="export-mars")
    again = plain(trial_of(small_town, content, source="export-avril"))
    assert "3 de ces identifiants sont déjà là, sous la source « export-mars »" in again
    # Under its own name it is known, and there is nothing to say.
    assert "déjà là" not in plain(trial_of(small_town, content, source="export-mars"))
    other = plain(trial_of(small_town, "id;titre\n1;Autre chose\n", source="autre-outil"))
    assert "déjà là" not in other, "numbers from 1 on are those of any tool"
    execute(small_town, text("DELETE FROM source_key"))
    here = plain(trial_of(small_town, content, source="export-avril"))
    assert "3 titres de ce fichier sont déjà là, sans source" in here


STALLED, DROPPED = "ETUDES", "ABANDONNÉ"


def plain(said: str) -> str:
    """A text with ordinary spaces."""
    return " ".join(said.split())


# --- again ----------------------------------------------------------------------------------------


def test_only_what_changed_in_the_source_changes_here(small_town):
    bring(small_town, "id;titre;texte;direction\n1;Banc;Bois;VC-JSP\n2;Arbre;Chêne;\n")
    with writing(small_town) as session:
        session.exec(select(Idea).where(Idea.title == "Banc")).one().body = "Corrigé ici"
    report = bring(small_town, "id;titre;texte;direction\n1;Banc public;Bois;AD-VOI\n")
    assert counts(report) == (1, 0, 1, 0, 0) and report.gone == 1
    with reading(small_town) as session:
        idea = session.exec(select(Idea).where(Idea.title == "Banc public")).one()
        assert idea.body == "Corrigé ici" and idea.concerns_id == 3
        assert sorted(session.exec(select(Change.field)).all()) == ["concerns_id", "title"]
    assert (
        stock(small_town, "recue", 2) == 0
        and stock(small_town, "recue", 3) == 1
        and stock(small_town, "recue") == 2
    )
    assert counts(bring(small_town, "id;titre;texte;direction\n1;Banc public;Bois;AD-VOI\n")) == (
        1,
        0,
        0,
        1,
        0,
    )


@ON_SQLITE
def test_a_state_that_changed_is_a_new_fact(small_town):
    bring(small_town, "id;titre;date;statut;date du statut\n1;Banc;02/01/2023;Reçue;\n")
    bring(small_town, "id;titre;date;statut;date du statut\n1;Banc;02/01/2023;Retenue;16/01/2023\n")
    idea, events = only(small_town)
    assert [event.to_status for event in events] == ["recue", "retenue"] and events[1].delay == 10
    assert idea.status == "retenue" and idea.answered_on == date(2023, 1, 16)


@ON_SQLITE
def test_a_refused_row_of_a_known_idea_is_not_gone(small_town):
    bring(small_town, "id;titre\n1;Banc\n")
    assert bring(small_town, "id;titre\n1;\n").gone == 0


def test_a_file_that_breaks_halfway_leaves_nothing(small_town):
    with pytest.raises(Refused), writing(small_town) as session:
        act_of("idees")(session, OPERATOR, b"id;titre\n1;Banc\n", "a.csv")
        raise Refused("Interrompu.")
    assert select_one(small_town, select(func.count()).select_from(Idea)) == 0


@ON_SQLITE
def test_who_may_not_import_is_refused(small_town):
    refusal(small_town, act_of("idees"), NOBODY, b"titre\na\n", "a.csv")


# --- our own export -------------------------------------------------------------------------------

VARIED = (
    "id;titre;texte;genre;ambition;direction;date;statut;date du statut\n"
    "1;=1+1;-texte;Idée;Modernisation;VC-JSP;02/01/2023;Retenue;16/01/2023\n"
    '2;\'=x;"a\n\nb;""c""";Suggestion;;;;Réalisée;2022-05\n'
    "3;+33;@cmd;Constat;;AD-VOI;2022-01-01;Prise en compte;\n"
    "4;Banc;;Idée;;;2023-03-01;À l'étude;2023-03-05\n"
)


def test_an_export_tells_the_state_of_its_day_and_leaves_the_database_as_it_was(
    sqlite_town, tmp_path
):
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
    path = tmp_path / "small_town.db"
    engine = engine_for(f"sqlite:///{path}")
    migrate(engine)
    furnish(engine)
    yield engine, path
    engine.dispose()


@ON_SQLITE
def test_an_export_holds_what_the_reader_may_see(small_town, tmp_path):
    bring(small_town, VARIED)
    with writing(small_town) as session:
        session.exec(select(Idea).where(Idea.title == "Banc")).one().published = False
    agent = Reader(1, "Alice", "alice", frozenset({Role.agent}), 2)
    assert send(small_town, tmp_path / "agent.csv", agent) == 3
    assert send(small_town, tmp_path / "unit.csv", direction="VC-JSP") == 1
    assert send(small_town, tmp_path / "ambition.csv", ambition="ambition-3") == 1
    refuses(send, small_town, tmp_path / "nobody.csv", NOBODY)


# ── Importing another academy's registrations ─────────────────────────────────────────────────────
# The counts are those of the file, what it cancelled is in no rate.

HEADERS = "course_code,course_title_fr,offering_id,offering_status,month_fr,training_hours,reg_num,reg_status,no_show,student_id\n"
LINES = [
    "A1,Accueil,1,Delivered - Normal,avril,7.5,1,Confirmed,0,s1",
    "A1,Accueil,1,Delivered - Normal,avril,7.5,2,Cancelled,1,s2",
    "A1,Accueil,2,Cancelled - Normal,mai,7.5,3,Cancelled - Class Cancelled,0,s3",
    "A1,Accueil,2,Cancelled - Normal,mai,7.5,4,Cancelled,0,s1",
]


def small(*lines: str) -> bytes:
    return (HEADERS + "\n".join(lines or LINES) + "\n").encode()


def imported(engine, file, **options):
    return write_with(
        engine,
        act_of("inscriptions"),
        OPERATOR,
        file,
        "inscriptions.csv",
        ImportOptions(**({"year": 2022} | options)),
    )


def registration_counts(engine) -> dict[str, int]:
    with reading(engine) as session:
        return {
            table.__tablename__: session.exec(select(func.count()).select_from(table)).one()
            for table in (
                Training,
                TrainingSession,
                Seat,
                SeatEvent,
                SourceKey,
                Person,
            )
        }


def test_what_was_cancelled_and_what_has_no_seats_is_in_no_rate(database, scope_for):
    imported(database, small())
    with reading(database) as session:
        scope = scope_for(session, OPERATOR)
        assert seats(session, scope, FROZEN, date(2022, 1, 1)) == (0, 0, 0, 1)
        seen = attendance(session, scope, FROZEN, date(2022, 1, 1))
        assert {service: (a.booked, a.full, a.hours) for service, a in seen.items()} == {
            0: (1, 1, 0.0)
        }, "no hours of our agents"
        assert trained(session, scope, FROZEN, date(2022, 1, 1)) == {}
        assert board(session, scope, ["remplissage"])["remplissage"].value is None


def test_a_dry_run_writes_nothing_and_says_the_same(sqlite_database):
    tried = imported(sqlite_database, small(), dry_run=True)
    assert sum(registration_counts(sqlite_database).values()) == 0
    done = imported(sqlite_database, small())
    assert tried.as_json() | {"written": True} == done.as_json()
    assert done.more == {"trainings": 1, "sessions": 2}
    told = {problem.line: problem.reason for problem in done.warnings}
    assert set(told) == {3, 4, 5} and "absence à la fois" in told[3]
    assert "avec sa session" in told[4] and "avant sa session" in told[5]


def test_what_the_source_changes_is_changed_here(sqlite_database):
    imported(sqlite_database, small())
    changed = [LINES[0].replace("Confirmed", "Cancelled"), *LINES[1:3], LINES[3]]
    again = imported(sqlite_database, small(*changed))
    assert (again.new, again.changed, again.unchanged) == (0, 1, 3)
    with reading(sqlite_database) as session:
        assert set(session.exec(select(Seat.status)).all()) == {"annulee"}
        assert (
            session.exec(
                select(func.count()).select_from(SeatEvent).where(SeatEvent.voids.is_not(None))
            ).one()
            == 1
        )


@pytest.mark.parametrize(
    "line, reason",
    [
        ("A1,Accueil,1,Delivered - Normal,germinal,7.5,1,Confirmed,0,s1", "n'est pas un mois"),
        ("A1,Accueil,1,Delivered - Normal,avril,sept,1,Confirmed,0,s1", "n'est pas un nombre"),
        ("A1,Accueil,1,Delivered - Normal,avril,7.5,1,Peut-être,0,s1", "état d'inscription"),
        ("A1,Accueil,1,Delivered - Normal,avril,7.5,1,Confirmed,0,", "vide"),
    ],
)
def test_a_line_that_cannot_be_read_is_refused_alone(sqlite_database, line, reason):
    report = imported(sqlite_database, small(line, *LINES[1:]))
    assert len(report.refused) == 1 and reason in report.refused[0].reason and report.new == 3


def test_two_lines_that_tell_one_session_differently_are_not_mixed(sqlite_database):
    report = imported(sqlite_database, small(LINES[0], LINES[1].replace("avril", "juin"), LINES[0]))
    assert [p.line for p in report.refused] == [3, 4] and "autrement" in report.refused[0].reason


def test_without_a_year_it_is_refused_in_one_sentence(sqlite_database, cast):
    refuses(imported, sqlite_database, small(), year=None, match="sans l'année")
    refuses(imported, sqlite_database, small(), year=24, match="n'est pas possible")
    refuses(
        imported,
        sqlite_database,
        b"a;b\n1;2\n",
        match=r"colonne .* Colonnes attendues : code de la formation ",
    )
    refusal(sqlite_database, act_of("inscriptions"), cast.alice, small(), "a.csv", match="droit")


def test_the_command_tells_and_the_year_may_be_a_column(installed, tmp_path):
    file, names = tmp_path / "inscriptions.csv", tmp_path / "colonnes.csv"
    file.write_bytes(("exercice," + HEADERS + "\n".join(f"2022,{line}" for line in LINES)).encode())
    names.write_text("champ;colonne\nyear;exercice\n", encoding="utf-8")
    run = run_command("import", "registrations", str(file), "--map", str(names), "--format", "json")
    assert run.exit_code == 0, run.output
    assert json.loads(run.stdout)["new"] == 4
    refused = run_command("import", "registrations", str(file))
    assert refused.exit_code == 1 and "sans l'année" in refused.stderr


def test_a_file_of_which_no_line_can_be_taken_is_not_called_imported(installed, tmp_path):
    file = tmp_path / "sites.csv"
    file.write_text("nom;agents\nDépôt;beaucoup\n", encoding="utf-8")
    run = run_command("import", "sites", str(file), "--write")
    assert run.exit_code == 1 and "Rien n'a été écrit" in run.stdout
    assert "enregistré" not in run.stdout


def test_attendances_of_our_own_agents_are_theirs_by_number_or_name(demo_copy, cast):
    with reading(demo_copy) as session:
        held = (
            session.exec(
                select(TrainingSession).where(TrainingSession.on == FROZEN - timedelta(days=1))
            ).first()
            or session.exec(
                select(TrainingSession)
                .where(TrainingSession.on < FROZEN, TrainingSession.cancelled_on.is_(None))
                .order_by(TrainingSession.on.desc())
            ).first()
        )
        training = session.get(Training, held.training_id)
        seated = select(Seat.person_id).where(Seat.session_id == held.id)
        free = select(Person).where(Person.key.is_not(None), Person.id.not_in(seated))
        anne, luc = session.exec(free.order_by(Person.id).limit(2)).all()
        twice = {p.name for p in session.exec(select(Person)).all() if p.name == luc.name}
    assert len(twice) == 1
    rows = (
        "Formation;Date;Participant;Présence",
        f"{training.code};{held.on:%d/%m/%Y};{anne.key};Présente",
        f"{training.code};{held.on:%d/%m/%Y};{luc.family_name} {luc.given_name};Absente",
        f"{training.code};{held.on:%d/%m/%Y};Personne d'ici;Présente",
    )
    content = "\n".join(rows).encode()
    report = imported(demo_copy, content, own=True)
    assert (report.new, report.lines_refused) == (2, 1)
    assert "ne désigne personne" in report.refused[0].reason and report.refused[0].line == 4
    with reading(demo_copy) as session:
        hers = session.exec(
            select(Seat).where(Seat.session_id == held.id, Seat.person_id == anne.id)
        ).one()
        fact = session.exec(select(SeatEvent).where(SeatEvent.seat_id == hers.id)).one()
        assert (hers.status, hers.outside, fact.hours) == ("presente", "", training.hours)
        assert fact.service_id is not None and fact.person_id == anne.id
    again = imported(demo_copy, content, own=True)
    assert (again.new, again.changed, again.unchanged) == (0, 0, 2)
    corrected = content.replace(b"Absente", "Présente".encode())
    later = imported(demo_copy, corrected, own=True)
    assert (later.new, later.changed, later.unchanged) == (0, 1, 1)
    with reading(demo_copy) as session:
        facts = session.exec(select(SeatEvent).where(SeatEvent.person_id == luc.id)).all()
        assert [f.status for f in counting(facts, FROZEN)][-1] == "presente"


# ── There and back ────────────────────────────────────────────────────────────────────────────────


def sent(engine, reader=OPERATOR) -> list[dict[str, object]]:
    """The rows as they go out, by their headers."""
    table = EXPORTED["inscriptions"]
    rows = read_with(engine, cells, reader, table, FROZEN)
    return [dict(zip(table.headers, row, strict=True)) for row in rows]


def as_file(rows: list[dict[str, object]], suffix: str = ".csv") -> bytes:
    return as_bytes("Inscriptions", list(rows[0]), [list(row.values()) for row in rows], suffix)


OUTCOMES = {
    "Cancelled": {"Annulée"},
    "Cancelled - Class Cancelled": {"Session annulée"},
    "Confirmed": {"Inscrite", "Présente", "Absente"},
    "Waitlisted": {"Liste d'attente"},
    "Offered": {"Place offerte"},
}


@real_files
@pytest.mark.slow
def test_the_real_registrations_come_back_as_they_came_and_name_nobody(sqlite_database):
    content = (DATA / "inscriptions-academie.csv").read_bytes()
    read = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    named = [
        row
        | {"reg_num": f"n{row['reg_num']}", "student_id": f"zorgna{row['student_id']}@wyx.example"}
        | {"Nom": "Vlamsteen", "Prénom": "Quibbe"}
        for row in read[:40]
    ]
    assert imported(sqlite_database, content, year=2019).new == len(read)
    imported(sqlite_database, as_file(named), year=2019)
    raw = bytes_of(sqlite_database)
    told = {row[name] for row in read for name in ("billing_dept_name_fr", "learner_classif")}
    for word in {"zorgna", "Quibbe", "wyx.example", "Vlamsteen"} | {w for w in told if len(w) > 4}:
        assert word.encode() not in raw, word
    before, rows = contents(sqlite_database), sent(sqlite_database)
    out = {row["numéro d'inscription"]: row for row in rows}
    for row in read:
        found = out[row["reg_num"]]
        assert (found["code de la formation"], found["session"], found["participant"]) == (
            row["course_code"],
            row["offering_id"],
            row["student_id"],
        )
        assert found["état de l'inscription"] in OUTCOMES[row["reg_status"]]
    for suffix in (".csv", ".xlsx"):
        back = write_with(
            sqlite_database,
            act_of("inscriptions"),
            OPERATOR,
            as_file(rows, suffix),
            f"x{suffix}",
        )
        assert (back.new, back.changed, back.unchanged) == (0, 0, len(rows)), back.refused[:3]
    assert contents(sqlite_database) == before


def test_an_attendance_typed_into_our_own_file_is_recorded_and_nothing_else_of_it(
    sqlite_copy, cast
):
    rows = sent(sqlite_copy, cast.didier)
    absent = next(row for row in rows if row["état de l'inscription"] == "Absente")
    place = int(str(absent["numéro d'inscription"]).removeprefix("c-possible:"))

    def back(**changed: object):
        how = (cast.didier, as_file([absent | changed]), "x.csv")
        return write_with(sqlite_copy, act_of("inscriptions"), *how)

    for header, value, said in (
        ("lieu", "Ailleurs", "se change sur sa page"),
        ("état de l'inscription", "Annulée", "les présences"),
        ("numéro d'inscription", "c-possible:99999999", "s'inscrit"),
    ):
        refused = back(**{header: value})
        assert (refused.changed, refused.lines_refused) == (0, 1)
        assert said in refused.refused[0].reason
    assert back(**{"état de l'inscription": "Présente"}).changed == 1
    with reading(sqlite_copy) as session:
        assert session.get(Seat, place).status == "presente"
        facts = session.exec(select(SeatEvent).where(SeatEvent.seat_id == place)).all()
        assert facts[-1].hours > 0 and facts[-1].voids is not None


def test_a_session_without_anybody_comes_in_with_its_places(sqlite_database):
    lines = "formation;session;date de la session;places;lieu;participant\n"
    lines += "Accueil;S1;12/05/2022;14;Salle B;\n"
    report = imported(sqlite_database, lines.encode())
    assert (report.new, registration_counts(sqlite_database)["seat"]) == (
        1,
        0,
    ) and "n.d." not in report.told[-1]
    held = select_one(sqlite_database, select(TrainingSession))
    assert (held.on, held.capacity, held.place) == (date(2022, 5, 12), 14, "Salle B")
    assert imported(sqlite_database, lines.encode()).unchanged == 1
