"""Every reference goes out as a file and comes back without a change; a row that cannot be taken says
where and why; the tables of references; loading the reference data.
"""

import shutil
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import Engine, func, text
from sqlmodel import Session, select
from support.commands import run_command
from support.pages import enter, visit
from support.plans import project_at
from support.registers import TRY, bring, counts
from support.transactions import (
    contents,
    execute,
    read_with,
    refuses,
    select_all,
    select_one,
    write_with,
)
from support.troupe import FROZEN

from dashboard.access import OPERATOR, Reader, may
from dashboard.actions.imports import act_of, importable
from dashboard.actions.reference_rows import RowsRefused, TypedRow, row_mark, save_rows
from dashboard.actions.register_imports import ONCE, ImportOptions, ImportReport
from dashboard.actions.roadmap.plans import as_given, change_plan
from dashboard.files.writing import as_bytes
from dashboard.queries.exported_tables import EXPORTED
from dashboard.queries.reference_history import history
from dashboard.queries.reference_tables import (
    REFERENCE_TABLES,
    Control,
    ReferenceTable,
    cells,
    texts,
)
from dashboard.queries.targets import targets
from dashboard.screens.reference import typed_rows
from models.clock import ClosingDay, today
from models.database import reading, writing
from models.directions import Direction, DirectionPlace, Headcount
from models.ideas import AnswerTemplate
from models.installation import Installation, Revision
from models.jobs import REGISTERS
from models.ledger import Change
from models.meetings import Site
from models.roadmap import (
    Activity,
    Ambition,
    Plan,
    PlanLevel,
    PlanReport,
    PlanSchedule,
    ProjectState,
    Workstream,
)
from models.settings import settings
from models.texts import Refused
from seed.reference import FOLDER, load_reference

# ──────────────────────────────────────────────────────────────────────────────────────────────────
# Every reference goes out as a file and comes back without a change; a row that cannot be taken
# says where and why

KINDS = list(EXPORTED)
FORMATS = (".csv", ".xlsx")
PROJECTS = "code;niveau;parent;nom;état;avancement;budget;début;fin;porteur;direction;ambition\n"
TOWN = (
    PROJECTS
    + "A1;Action;OO1;Des vélos;En cours;40;12 500,5;01/03/2022;31/12/2023;Directrice;VC-JSP;durable\n"
    "OO1;OO;OS1;Se déplacer;;;;;;;;\n"
    "OS1;Objectif stratégique;;Une ville qui bouge;;;;;;;;durable\n"
)


def who(cast, kind: str) -> Reader:
    return cast.farid if REGISTERS[kind].right == "people.import" else cast.didier


def exported(engine: Engine, reader: Reader, kind: str, suffix: str) -> tuple[bytes, int]:
    table = EXPORTED[kind]
    with reading(engine) as session:
        rows = cells(session, reader, table, today(session))
    return as_bytes(table.title, table.headers, rows, suffix), len(rows)


def brought(
    engine: Engine, reader: Reader, kind: str, content: bytes, name: str, how=ONCE
) -> ImportReport:
    return write_with(engine, act_of(kind), reader, content, name, how)


def town(engine: Engine, cast) -> None:
    """A tree of projects beside those of the demonstration."""
    assert counts(bring(engine, cast.didier, "projets", TOWN)) == (3, 0, 0, 0)


# --- every kind -----------------------------------------------------------------------------------


ONE_IN = 3  # kinds, in each format but the first
GOES_OUT_AS = [
    (kind, suffix)
    for nth, kind in enumerate(KINDS)
    for turn, suffix in enumerate(FORMATS)
    if not turn or nth % ONE_IN == turn % ONE_IN
]


@pytest.mark.slow
@pytest.mark.parametrize("kind,suffix", GOES_OUT_AS)
def test_what_goes_out_comes_back_without_a_change(sqlite_copy, cast, kind, suffix):
    town(sqlite_copy, cast)
    content, n = exported(sqlite_copy, who(cast, kind), kind, suffix)
    before = contents(sqlite_copy)
    for how in (TRY, ONCE, ImportOptions(strict=True)):
        report = brought(sqlite_copy, who(cast, kind), kind, content, f"x{suffix}", how)
        assert [p.message for p in report.refused] == []
        assert (report.new, report.changed, report.unchanged, report.gone) == (0, 0, n, 0)
    assert n and contents(sqlite_copy) == before
    if suffix == ".csv":
        assert exported(sqlite_copy, who(cast, kind), kind, suffix)[0] == content


@pytest.mark.parametrize("kind", KINDS)
def test_a_direction_that_closed_since_keeps_no_file_from_coming_back(sqlite_copy, cast, kind):
    town(sqlite_copy, cast)
    with writing(sqlite_copy) as session:
        unit = session.exec(select(Direction.id).where(Direction.code == "VC-JSP")).one()
        day = today(session)
        session.add(DirectionPlace(direction_id=unit, parent_id=None, on=day, recorded_on=day))
    content, n = exported(sqlite_copy, who(cast, kind), kind, ".csv")
    report = brought(sqlite_copy, who(cast, kind), kind, content, "x.csv")
    assert [p.message for p in report.refused] == []
    assert (report.new, report.changed, report.unchanged) == (0, 0, n)


@pytest.mark.parametrize("kind", KINDS)
def test_who_may_not_change_a_reference_takes_no_file_of_it(sqlite_demo, cast, kind):
    for reader in (cast.alice, cast.carine, cast.elise, cast.nobody):
        with pytest.raises(Refused), reading(sqlite_demo) as session:
            cells(session, reader, EXPORTED[kind], FROZEN)


@pytest.mark.slow
def test_the_commands_write_a_file_and_take_it_back(data_folder: Path):
    assert run_command("seed", "reference").exit_code == 0
    (data_folder / "projets.csv").write_text("code;niveau;nom;budget\nOS1;OS;Bouger;1500\n")
    made = run_command("import", "projects", str(data_folder / "projets.csv"), "--write")
    assert "1 nouvelle" in made.stdout.replace("\xa0", " "), made.stderr
    for name in ("projects", "ambitions", "closing-days", "workstreams"):
        out = data_folder / f"{name}.xlsx"
        written = run_command("export", name, "--out", str(out))
        assert written.exit_code == 0 and not written.stdout.startswith("0"), written.stderr
        back = run_command("import", name, str(out))
        assert "0 nouvelle, 0 modifiée" in back.stdout.replace("\xa0", " "), back.stdout
    wrong = run_command("export", "projects", "--out", str(data_folder / "x.pdf"))
    assert wrong.exit_code == 1 and ".csv, .xlsx ou .json" in wrong.stderr


def refused_as_usage(*words: str) -> str:
    """What a command says of words that it does not know, on one line."""
    done = run_command(*words)
    assert done.exit_code == 2, done.output
    return " ".join(done.stderr.replace("│", " ").split())


def test_an_option_of_another_kind_of_file_is_refused_with_a_sentence(data_folder: Path):
    assert run_command("seed", "reference").exit_code == 0
    file = data_folder / "projets.csv"
    said = refused_as_usage("import", "projects", str(file), "--serie", "Essai")
    assert "--serie ne va pas avec « projects »" in said
    assert "--recu ne va pas" in refused_as_usage("export", "sites", "--out", "s.csv", "--recu")
    file.write_text("Content ?\nOui\n", encoding="utf-8")
    refused = run_command("import", "survey", str(file))
    assert refused.exit_code == 1 and "Donnez le nom de la série" in refused.stderr
    assert "headcounts" in refused_as_usage("import", "effectifs", str(file))
    assert "Donnez le fichier : jour;libellé;retiré" in refused_as_usage("import", "closing-days")


# --- projects -------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["templates", "targets"])
def test_what_only_an_account_may_bring_says_how_to_name_it(data_folder: Path, command):
    """Nobody signs in on a command line."""
    assert run_command("seed", "reference").exit_code == 0
    file = data_folder / "fichier.csv"
    file.write_text("nom;état\n", encoding="utf-8")
    done = run_command("import", command, str(file))
    assert done.exit_code == 1 and "--as" in done.stderr and "Connectez" not in done.stderr


def test_a_tree_of_projects_comes_in_whatever_the_order_and_twice_writes_nothing(demo_copy, cast):
    assert counts(bring(demo_copy, cast.didier, "projets", TOWN, how=TRY)) == (3, 0, 0, 0)
    assert read_with(demo_copy, project_at, "OS1", FROZEN) is None
    town(demo_copy, cast)
    with reading(demo_copy) as session:
        found = project_at(session, "A1", FROZEN)
        parent = project_at(session, "OO1", FROZEN)
        before = [len(session.exec(select(t)).all()) for t in (PlanSchedule, PlanReport, Change)]
    assert (found.plan.parent_id, found.plan.level) == (parent.plan.id, PlanLevel.action)
    assert (found.report.state, found.report.progress) == (ProjectState.under_way, 40)
    assert (found.schedule.budget, found.schedule.end) == (12_500.5, date(2023, 12, 31))
    assert counts(bring(demo_copy, cast.didier, "projets", TOWN)) == (0, 0, 3, 0)
    with reading(demo_copy) as session:
        after = [len(session.exec(select(t)).all()) for t in (PlanSchedule, PlanReport, Change)]
    assert before == after


def test_a_later_file_plans_and_reports_what_it_says_alone(demo_copy, cast):
    town(demo_copy, cast)
    with writing(demo_copy) as session:
        session.get(Installation, 1).frozen_on = later = date(2023, 9, 4)
    file = "code;budget;avancement\nA1;20000;0,6\n"
    assert counts(bring(demo_copy, cast.didier, "projets", file, how=TRY)) == (0, 1, 0, 0)
    assert counts(bring(demo_copy, cast.didier, "projets", file)) == (0, 1, 0, 0)
    with reading(demo_copy) as session:
        old, new = (project_at(session, "A1", day) for day in (FROZEN, later))
    assert (old.schedule.budget, old.report.progress) == (12_500.5, 40)
    assert (new.schedule.budget, new.schedule.owner, new.report.progress) == (
        20_000,
        "Directrice",
        60,
    )
    assert new.report.state == ProjectState.under_way


# Row → where and why it cannot be.
CANNOT_BE = [
    ("P9;Action;OS1;Nom", "parent", "se place sous un « objectif opérationnel »"),
    ("P9;OO;A1;Nom", "parent", "se place sous un « objectif stratégique »"),
    ("P9;OS;OS1;Nom", "parent", "sous aucun autre projet"),
    ("OS1;OS;OO1;Nom", "parent", "se trouve lui-même sous ce projet"),
    ("OO1;Action;;Nom", "niveau", "A1 se trouve sous ce projet"),
    ("P9;Bidule;;Nom", "niveau", "n'est pas un niveau"),
    ("P9;Action;ZZ;Nom", "parent", "n'est le code d'aucun projet"),
    ("P9;Action;;", "nom", "Donnez un titre"),
    ("P 9;Action;;Nom", "code", "code court"),
    ("P9;Action;;Nom;Perdu", "état", "n'est pas un état"),
    ("P9;Action;;Nom;En cours;120", "avancement", "de 0 à 100 %"),
    ("P9;Action;;Nom;En cours;-1", "avancement", "de 0 à 100 %"),
    ("P9;Action;;Nom;En cours;beaucoup", "avancement", "n'est pas un nombre"),
    ("P9;Action;;Nom;Terminé;50", "avancement", "à 100 %"),
    ("P9;Action;;Nom;;;-5", "budget", "de 0 à 10 milliards"),
    ("P9;Action;;Nom;;;cher", "budget", "n'est pas un nombre"),
    ("P9;Action;;Nom;;;;bientôt", "début", "date"),
    ("P9;Action;;Nom;;;;01/02/2023;01/01/2023", "fin", "avant le début"),
    ("P9;Action;;Nom;;;;;;;ZZ", "direction", "n'est aucun choix"),
    ("P9;Action;;Nom;;;;;;;;Magie", "ambition", "n'est aucun choix"),
]


@pytest.mark.parametrize("how", [TRY, ONCE], ids=["tried", "imported"])
def test_a_project_that_cannot_be_says_where_and_why(sqlite_copy, cast, how):
    town(sqlite_copy, cast)
    for row, column, words in CANNOT_BE:
        cells = row + ";" * (PROJECTS.count(";") - row.count(";"))
        report = bring(sqlite_copy, cast.didier, "projets", PROJECTS + cells + "\n", how=how)
        (problem,) = report.refused
        assert problem.column == column and words in problem.reason, row
        assert counts(report) == (0, 0, 0, 1), row


def test_a_closed_direction_two_rows_of_one_code_and_a_parent_that_was_refused(sqlite_copy, cast):
    with writing(sqlite_copy) as session:
        unit = session.exec(select(Direction.id).where(Direction.code == "VC-JSP")).one()
        day = today(session)
        session.add(DirectionPlace(direction_id=unit, parent_id=None, on=day, recorded_on=day))
    file = (
        "code;niveau;parent;nom;direction;budget\n"
        "P1;Action;;Un;VC-JSP;\nP2;Action;;Deux;;\nP2;Action;;Encore;;\n"
        "S1;OS;;Trop;;-1\nS2;OO;S1;Dessous;;\n"
    )
    report = bring(sqlite_copy, cast.didier, "projets", file)
    found = {(p.line, p.column): p.reason for p in report.refused}
    assert "fermée" in found[2, "direction"]
    assert "déjà à la ligne 3" in found[4, "code"]
    assert "n'est le code d'aucun projet" in found[6, "parent"]
    assert counts(report) == (1, 0, 0, 4)


def test_a_level_that_nobody_knows_is_told_and_a_file_puts_it_right(sqlite_copy, cast):
    execute(sqlite_copy, text("UPDATE plan SET level = 'tache' WHERE number = 'SNB'"))
    told = bring(sqlite_copy, cast.didier, "projets", "code;nom\nSNB;SNB\n")
    assert [p.column for p in told.refused] == [""] and "« tache »" in told.refused[0].reason
    mended = bring(sqlite_copy, cast.didier, "projets", "code;niveau\nSNB;Action\n")
    assert counts(mended) == (0, 1, 0, 0)


# --- ambitions, workstreams -----------------------------------------------------------------------


def test_ambitions_are_described_and_none_is_added(demo_copy, cast):
    file = (
        "code;nom;couleur;objectif;horizon\n"
        "durable;Une ville durable;Framboise;Moins 30 % de CO2;2030\n"
        "magie;Magie;Bleu;;\nciToyens;;Mauve;;\nmodernisation;;;;1200\ncompetences;;;;bientôt\n"
    )
    assert counts(bring(demo_copy, cast.didier, "ambitions", file, how=TRY)) == (0, 1, 0, 4)
    report = bring(demo_copy, cast.didier, "ambitions", file)
    found = {p.column: p.reason for p in report.refused if p.line != 5}
    assert "aucune ne s'ajoute" in found["code"] and "Bleu, Brique" in found["couleur"]
    assert {p.column for p in report.refused} == {"code", "couleur", "horizon"}
    with reading(demo_copy) as session:
        ambition = session.exec(select(Ambition).where(Ambition.code == "durable")).one()
        assert len(session.exec(select(Ambition)).all()) == 5
        noted = session.exec(select(Change.after).where(Change.record == "durable")).all()
    assert (ambition.colour, ambition.goal, ambition.horizon) == (
        "framboise",
        "Moins 30 % de CO2",
        2030,
    )
    assert "Framboise" in noted


def test_workstreams_are_added_renamed_and_stay_in_their_programme(demo_copy, cast):
    file = "numéro;nom;nom court;programme\n8;Un huitième;Huitième;2021-2023\n6;Les chefs;Chefs;\n"
    assert counts(bring(demo_copy, cast.didier, "chantiers", file, how=TRY)) == (1, 1, 0, 0)
    assert counts(bring(demo_copy, cast.didier, "chantiers", file)) == (1, 1, 0, 0)
    assert counts(bring(demo_copy, cast.didier, "chantiers", file)) == (0, 0, 2, 0)
    with reading(demo_copy) as session:
        made = session.get(Workstream, 8)
        assert (made.code, made.short_name) == ("chantier-8", "Huitième")
        assert session.get(Workstream, 6).name == "Les chefs"
    by_code = "numéro;code;nom court\n;managers;Cadres\n"
    assert counts(bring(demo_copy, cast.didier, "chantiers", by_code)) == (0, 1, 0, 0)
    wrong = (
        "numéro;nom;nom court;programme;code\n9;;Court;2021-2023;\nx;Nom;Court;;\n"
        "10;Nom;Court;2099;\n1;Nom;Court;;autre\n11;Nom;Court;2021-2023;academie\n"
    )
    report = bring(demo_copy, cast.didier, "chantiers", wrong)
    assert [(p.line, p.column) for p in report.refused] == [
        (2, "nom"),
        (3, "numéro"),
        (4, "programme"),
        (5, "code"),
        (6, "code"),
    ]


# --- closing days, templates ----------------------------------------------------------------------


def test_closing_days_are_added_named_and_taken_away(demo_copy, cast):
    file = (
        "jour;libellé;retiré\n24/12;Réveillon;\n2/11;Toussaint;\n15/11;;oui\n"
        "03/05/2024;Pont;\n31/02;Jamais;\ndemain;;\n2024-05-03;Pont;\n"
    )
    assert counts(bring(demo_copy, cast.didier, "fermetures", file, how=TRY)) == (2, 2, 0, 3)
    report = bring(demo_copy, cast.didier, "fermetures", file)
    assert counts(report) == (2, 2, 0, 3)
    assert all(p.column == "jour" for p in report.refused)
    known = {c.day: c.label for c in select_all(demo_copy, select(ClosingDay))}
    assert known["24/12"] == "Réveillon" and known["02/11"] == "Toussaint"
    assert "15/11" not in known and known["03/05/2024"] == "Pont"
    assert counts(bring(demo_copy, cast.didier, "fermetures", file)) == (0, 0, 4, 3)


def test_templates_and_motifs_come_in_and_change(demo_copy, cast):
    file = (
        "nom;état;texte;motif\nPas de budget;Non retenue;Le budget manque.;oui\n"
        "Merci;Perdue;Bien reçu.;\nVide;;;\nPas de budget;;Encore;\n"
    )
    report = bring(demo_copy, cast.didier, "modeles", file)
    assert counts(report) == (1, 0, 0, 3)
    assert {(p.line, p.column) for p in report.refused} == {(3, "état"), (4, "texte"), (5, "nom")}
    later = "nom;texte\nPas de budget;Le budget manque cette année.\n"
    assert counts(bring(demo_copy, cast.didier, "modeles", later)) == (0, 1, 0, 0)
    made = select_one(
        demo_copy, select(AnswerTemplate).where(AnswerTemplate.name == "Pas de budget")
    )
    assert (made.status, made.motive) == ("non-retenue", True)
    assert made.text == "Le budget manque cette année."


# --- targets, headcounts --------------------------------------------------------------------------

TARGETS = "chiffre;pour le;valeur;valeur haute;départ;départ le;raison\n"


def test_targets_are_decided_today_with_their_reason(demo_copy, cast):
    file = TARGETS + (
        "reponse.tenue;31/12/2023;95;;;;Décision du CODIR\nreponse.tenue;30/06/2024;96;;;;Suite\n"
    )
    assert counts(bring(demo_copy, cast.didier, "cibles", file, how=TRY)) == (1, 1, 0, 0)
    assert counts(bring(demo_copy, cast.didier, "cibles", file)) == (1, 1, 0, 0)
    assert counts(bring(demo_copy, cast.didier, "cibles", file)) == (0, 0, 2, 0)
    with reading(demo_copy) as session:
        standing = {t.for_date: t for t in targets(session, FROZEN)["reponse.tenue"]}
        earlier = targets(session, date(2023, 6, 29))["reponse.tenue"]
    assert standing[date(2023, 12, 31)].value == 95
    assert {t.value for t in earlier if t.for_date == date(2023, 12, 31)} == {90}


def test_headcounts_count_from_their_day(demo_copy, cast):
    file = (
        "service;effectif;sans poste;au\nVC-JSP-1;30;4;01/09/2022\nVC-JSP-1;31;4;01/03/2023\n"
        "VC-JSP;10;;\nZZ;10;;\nVC-JSP-1;5;9;01/04/2023\nVC-JSP-1;;;01/05/2023\n"
    )
    report = bring(demo_copy, cast.farid, "effectifs", file)
    assert counts(report) == (0, 2, 0, 4)
    assert [(p.line, p.column) for p in report.refused] == [
        (4, "service"),
        (5, "service"),
        (6, "sans poste"),
        (7, "effectif"),
    ]
    assert counts(bring(demo_copy, cast.farid, "effectifs", file)) == (0, 0, 2, 4)
    rows = select_all(
        demo_copy,
        select(Headcount.on, Headcount.agents)
        .join(Direction, Direction.id == Headcount.service_id)
        .where(Direction.code == "VC-JSP-1"),
    )
    assert (date(2023, 3, 1), 31) in [tuple(row) for row in rows]


# ── The tables of references ──────────────────────────────────────────────────────────────────────
# Their rows are typed into a grid, go through the walker of their file, and what was changed is
# found again in the history.

SITES, MILESTONES = REFERENCE_TABLES["sites"], REFERENCE_TABLES["jalons"]
DEPOT, OPEN = "Dépôt Voirie nord", "2.7"


def rows(engine, table: ReferenceTable, reader: Reader = OPERATOR) -> dict[str, dict[str, str]]:
    """Key → field → cell."""
    found = read_with(engine, texts, reader, table, FROZEN)
    fields = [column.field for column in table.columns]
    return {table.key_of(cells): dict(zip(fields, cells, strict=True)) for cells in found}


def typed(engine, table: ReferenceTable, key: str, **cells: str) -> TypedRow:
    """What one types who has the row before her eyes."""
    read = row_mark(table, list(rows(engine, table)[key].values()))
    return TypedRow(key, key, cells, read)


def new(**cells: str) -> TypedRow:
    return TypedRow("+1", None, cells)


def save(engine, who: Reader, table: ReferenceTable, *lines: TypedRow) -> int:
    return write_with(engine, save_rows, who, table, lines)


def refused(engine, who: Reader, table: ReferenceTable, *lines: TypedRow) -> RowsRefused:
    caught = refuses(save, engine, who, table, *lines, error=RowsRefused)
    return caught


def changes(engine, who: Reader, table: ReferenceTable, row: str = "") -> list:
    return read_with(engine, history, who, table, FROZEN, row)


# ── A table and its file are one ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("table", REFERENCE_TABLES.values(), ids=lambda table: table.code)
def test_a_table_has_the_columns_that_its_file_is_read_by(table):
    fields = importable(table.code)
    assert all(column.title == fields[column.field].spellings[0] for column in table.columns)
    choosing = {Control.choice, Control.flag}
    assert all(bool(column.choices) == (column.control in choosing) for column in table.columns)


@pytest.mark.parametrize("table", REFERENCE_TABLES.values(), ids=lambda table: table.code)
def test_rows_typed_again_as_they_stand_change_nothing(sqlite_copy, cast, table):
    keeper = next(r for r in (cast.didier, cast.farid) if may(r, table.right))
    before = rows(sqlite_copy, table, keeper)
    fields = [column.field for column in table.columns if not column.is_key]
    lines = [
        TypedRow(key, key, {f: cells[f] for f in fields}, row_mark(table, list(cells.values())))
        for key, cells in list(before.items())[:3]
    ]
    assert save(sqlite_copy, keeper, table, *lines) == 0
    assert rows(sqlite_copy, table, keeper) == before


# ── Saving ────────────────────────────────────────────────────────────────────────────────────────


def test_cells_are_written_and_nothing_else(demo_copy, cast):
    before = rows(demo_copy, MILESTONES)
    line = typed(
        demo_copy, MILESTONES, OPEN, title="Un titre neuf", weight="1,5", reason="Mieux dit"
    )
    assert save(demo_copy, cast.didier, MILESTONES, line) == 1
    wanted = {**before[OPEN], "title": "Un titre neuf", "weight": "1,5"}
    assert rows(demo_copy, MILESTONES) == {**before, OPEN: wanted}
    found = changes(demo_copy, cast.didier, MILESTONES, OPEN)
    told = {(c.field, c.before, c.after, c.who) for c in found}
    assert told == {
        ("titre", before[OPEN]["title"], "Un titre neuf", cast.didier.name),
        ("poids", before[OPEN]["weight"], "1,5", cast.didier.name),
    }
    subjects = set(select_all(demo_copy, select(Change.subject)))
    assert "import" not in subjects, "a grid is no file"


def test_one_cell_that_is_refused_keeps_everything_back(demo_copy, cast):
    before = rows(demo_copy, MILESTONES)
    right = typed(demo_copy, MILESTONES, OPEN, title="Un titre neuf")
    wrong = typed(demo_copy, MILESTONES, "2.8", weight="lourd", title="")
    caught = refused(demo_copy, cast.didier, MILESTONES, right, wrong)
    assert caught.errors == {"2.8": {"title": "Cette case ne peut pas rester vide."}}
    wrong = typed(demo_copy, MILESTONES, "2.8", weight="lourd", end="2022")
    caught = refused(demo_copy, cast.didier, MILESTONES, right, wrong)
    assert set(caught.errors) == {"2.8"} and set(caught.errors["2.8"]) == {"weight", "end"}
    assert caught.errors["2.8"]["weight"] == "« lourd » n'est pas un nombre."
    assert rows(demo_copy, MILESTONES) == before
    assert changes(demo_copy, cast.didier, MILESTONES) == []


def test_a_reason_alone_changes_nothing(sqlite_copy, cast):
    line = typed(sqlite_copy, MILESTONES, OPEN, reason="Pour rien")
    assert set(refused(sqlite_copy, cast.didier, MILESTONES, line).errors[OPEN]) == {"reason"}


def test_a_cell_that_may_be_empty_is_emptied(demo_copy, cast):
    line = typed(demo_copy, SITES, DEPOT, kind="", direction="", computers="")
    assert save(demo_copy, cast.farid, SITES, line) == 1
    site = select_one(demo_copy, select(Site).where(Site.name == DEPOT))
    assert (site.kind, site.direction_id, site.computers) == ("", None, None)
    bare = typed(demo_copy, SITES, DEPOT, agents="")
    assert refused(demo_copy, cast.farid, SITES, bare).errors[DEPOT]["agents"]


def test_a_row_is_added_under_a_key_of_its_own(demo_copy, cast):
    line = new(name="Dépôt de la Meuse", kind="dépôt", direction="AD-VOI", agents="12")
    assert save(demo_copy, cast.farid, SITES, line) == 1
    assert rows(demo_copy, SITES)["Dépôt de la Meuse"]["direction"] == "AD-VOI"
    again = refused(demo_copy, cast.farid, SITES, line)
    assert "existe déjà" in again.errors["+1"]["name"]
    twice = [new(name="Le kiosque"), TypedRow("+2", None, {"name": "LE KIOSQUE"})]
    assert set(refused(demo_copy, cast.farid, SITES, *twice).errors) == {"+2"}
    assert refused(demo_copy, cast.farid, SITES, new(agents="3")).errors["+1"]["name"]
    assert refused(demo_copy, cast.didier, MILESTONES, new(number="9.9")).errors["+1"]


def test_a_site_is_renamed_and_a_number_of_a_milestone_stays(demo_copy, cast):
    line = typed(demo_copy, SITES, DEPOT, name="Dépôt du Nord", agents="80")
    assert save(demo_copy, cast.farid, SITES, line) == 1
    assert DEPOT not in rows(demo_copy, SITES)
    assert rows(demo_copy, SITES)["Dépôt du Nord"]["agents"] == "80"
    taken = typed(demo_copy, SITES, "Dépôt du Nord", name="Dépôt Voirie sud")
    assert (
        "autre ligne"
        in refused(demo_copy, cast.farid, SITES, taken).errors["Dépôt du Nord"]["name"]
    )
    moved = typed(demo_copy, MILESTONES, OPEN, number="9.9")
    assert refused(demo_copy, cast.didier, MILESTONES, moved).errors[OPEN]["number"]


def test_a_file_renames_a_site_too_and_twice_is_once(demo_copy, cast):
    file = f"nom;ancien nom;agents\nDépôt du Nord;{DEPOT};80\nLe port;La gare;1".encode()
    report = write_with(demo_copy, act_of("sites"), cast.farid, file, "sites.csv")
    assert report.changed == 1 and "« La gare »" in report.refused[0].reason
    again = write_with(demo_copy, act_of("sites"), cast.farid, file, "sites.csv")
    assert (again.changed, again.unchanged) == (0, 1)


def test_a_row_that_is_gone_says_so(demo_copy, cast):
    line = TypedRow("9.9", "9.9", {"title": "Rien"}, "lu")
    assert refused(demo_copy, cast.didier, MILESTONES, line).errors == {
        "9.9": {"": "Cette ligne n'existe plus."}
    }


# ── Nobody overwrites what she has not read ───────────────────────────────────────────────────────


def test_a_row_that_somebody_wrote_meanwhile_is_not_written_over(demo_copy, cast):
    mine = typed(demo_copy, MILESTONES, OPEN, title="Le mien")
    with writing(demo_copy) as session:
        found = session.exec(select(Plan).where(Plan.number == OPEN)).one()
        given = as_given(found, title="Le sien")
        change_plan(session, OPERATOR, found.id, given)
    met = refused(demo_copy, cast.didier, MILESTONES, mine).meanwhile[OPEN]
    assert met.current["title"] == "Le sien" and "rien n'est enregistré" in met.message
    assert rows(demo_copy, MILESTONES)[OPEN]["title"] == "Le sien"
    chosen = TypedRow(OPEN, OPEN, mine.cells, met.mark)
    assert save(demo_copy, cast.didier, MILESTONES, chosen) == 1
    assert rows(demo_copy, MILESTONES)[OPEN]["title"] == "Le mien"


@pytest.mark.locks
def test_of_two_who_save_the_same_row_at_once_one_is_told(demo_copy, cast):
    lines = [typed(demo_copy, MILESTONES, OPEN, title=title) for title in ("Un", "Deux")]
    start = Barrier(len(lines))

    def at_once(line: TypedRow) -> int:
        start.wait()
        try:
            return save(demo_copy, cast.didier, MILESTONES, line)
        except RowsRefused as caught:
            assert OPEN in caught.meanwhile
            return 0

    with ThreadPoolExecutor(len(lines)) as pool:
        saved = list(pool.map(at_once, lines))
    assert sorted(saved) == [0, 1]
    written = lines[saved.index(1)].cells["title"]
    assert rows(demo_copy, MILESTONES)[OPEN]["title"] == written


# ── The history ───────────────────────────────────────────────────────────────────────────────────


def test_a_site_that_was_renamed_keeps_its_history(demo_copy, cast):
    save(demo_copy, cast.farid, SITES, typed(demo_copy, SITES, DEPOT, agents="80"))
    save(demo_copy, cast.farid, SITES, typed(demo_copy, SITES, DEPOT, name="Dépôt du Nord"))
    renamed, counted = changes(demo_copy, cast.farid, SITES, "Dépôt du Nord")
    assert (renamed.row, counted.row) == ("Dépôt du Nord", "Dépôt du Nord")
    save(demo_copy, cast.farid, SITES, typed(demo_copy, SITES, "Dépôt du Nord", name=DEPOT))
    assert len(changes(demo_copy, cast.farid, SITES, DEPOT)) == 3


# ── Who may ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.slow
def test_the_page_shows_what_its_reader_keeps(demonstration):
    for login, title in (("didier", "Jalons"), ("farid", "Sites")):
        tab = visit(enter(demonstration, login), "referentiels", "table=sites")
        assert not tab.exception and title in tab.selectbox[0].options
    tab = visit(enter(demonstration, "carine"), "referentiels")
    assert not tab.selectbox and not tab.exception


# ── What a browser sends is not believed ──────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "sent",
    [
        None,
        [],
        ["1.1"],
        [{"name": "1.1", "key": "1.1", "read": None, "cells": {"title": "Sans marque"}}],
        [{"name": "1.1", "key": 1, "read": "x", "cells": {}}],
        [{"name": 1, "key": None, "read": None, "cells": {}}],
        [{"name": "1.1", "key": "1.1", "read": "x", "cells": {"id": "7"}}],
        [{"name": "1.1", "key": "1.1", "read": "x", "cells": {"title": 7}}],
        [{"name": "1.1", "key": "1.1", "read": "x", "cells": {"title": "x" * 20_001}}],
        [{"name": "+1", "key": None, "read": None, "cells": {}}] * 2,
        [{"name": f"+{n}", "key": None, "read": None, "cells": {}} for n in range(2001)],
    ],
)
def test_what_is_no_row_of_the_table_is_refused(sent):
    refuses(typed_rows, MILESTONES, sent)


@pytest.mark.parametrize(
    ("login", "url", "kind"),
    [("didier", "imports", "jalons"), ("farid", "mise-en-route", "sites")],
)
def test_the_way_to_the_import_leads_to_the_file_of_the_table(demonstration, login, url, kind):
    tab = visit(enter(demonstration, login), url, f"genre={kind}")
    assert not tab.exception and tab.selectbox[0].value == kind


def test_a_headcount_keeps_the_cell_that_goes_with_the_one_that_was_typed(demo_copy, cast):
    table = REFERENCE_TABLES["effectifs"]
    known = rows(demo_copy, table, cast.farid)
    key = next(k for k, cells in known.items() if cells["without"] not in ("0", ""))
    mark = row_mark(table, list(known[key].values()))
    more = str(int(known[key]["agents"]) + 1)
    save(demo_copy, cast.farid, table, TypedRow(key, key, {"agents": more}, mark))
    assert rows(demo_copy, table, cast.farid)[key] == {**known[key], "agents": more}


# ── Loading the reference data ────────────────────────────────────────────────────────────────────
# Once, twice, edited, broken.

COUNTS = {
    Ambition: 5,
    Workstream: 6,
    Activity: 4,
    Plan: 48,
    PlanSchedule: 45,
    ClosingDay: 4,
}


@pytest.fixture
def folder(tmp_path) -> Path:
    """A copy of the reference files that a civil servant may edit."""
    for file in FOLDER.glob("*.csv"):
        shutil.copy(file, tmp_path)
    return tmp_path


def edit(folder: Path, name: str, before: str, after: str) -> None:
    text = (folder / name).read_text("utf-8")
    assert text.count(before) == 1, before
    (folder / name).write_text(text.replace(before, after), "utf-8")


def load(engine: Engine, folder: Path = FOLDER) -> dict[str, int]:
    return write_with(engine, load_reference, folder)


def count(session: Session, table: type) -> int:
    return session.exec(select(func.count()).select_from(table)).one()


def schedules(session: Session, number: str) -> list[PlanSchedule]:
    return list(
        session.exec(
            select(PlanSchedule)
            .join(Plan, Plan.id == PlanSchedule.plan_id)
            .where(Plan.number == number)
            .order_by(PlanSchedule.id)
        )
    )


@pytest.mark.slow
def test_loading_twice_changes_nothing(database):
    first = load(database)
    revision = read_with(database, Session.get, Revision, "roadmap").n
    second = load(database)
    with reading(database) as session:
        assert {table: count(session, table) for table in COUNTS} == COUNTS
        assert session.get(Revision, "roadmap").n == revision
        assert count(session, Change) == 0
    assert first["jalons.csv"] == 45 and not any(second.values())


@pytest.mark.slow
def test_the_first_baseline_stands_from_the_first_day_of_the_programme(database):
    load(database)
    with reading(database) as session:
        facts = session.exec(select(PlanSchedule)).all()
        assert {fact.on for fact in facts} == {settings().cp_programme_start}
        assert sum(fact.weight for fact in facts) == 91
        assert schedules(session, "5.8")[0].end == date(2023, 6, 30)
        assert sum(milestone.ladder for milestone in session.exec(select(Plan))) == 13


def test_what_is_there_stays_and_what_is_missing_comes(database, folder):
    """An edited line changes nothing, whatever was revised on the screens; a new one is added."""
    load(database, folder)
    with writing(database) as session:
        session.exec(select(Plan).where(Plan.number == "3.2")).one().title = "Séance inaugurale"
    edit(folder, "jalons.csv", "03/01/2022;28/02/2022", "03/01/2022;29/04/2022")
    edit(folder, "jours-de-fermeture.csv", "27/09;", "24/12;Réveillon\n27/09;")
    added = load(database, folder)
    with reading(database) as session:
        milestone = session.exec(select(Plan).where(Plan.number == "3.2")).one()
        assert milestone.title == "Séance inaugurale"
        assert [fact.end for fact in schedules(session, "3.2")] == [date(2022, 2, 28)]
        assert count(session, ClosingDay) == COUNTS[ClosingDay] + 1
    assert (added["jalons.csv"], added["jours-de-fermeture.csv"]) == (0, 1)


@pytest.mark.slow
def test_excel_puts_a_bom_and_a_blank_line(database, folder):
    text = (folder / "ambitions.csv").read_text("utf-8")
    (folder / "ambitions.csv").write_text(
        "\ufeff" + text.replace("\n", "\r\n") + ";;;\r\n", "utf-8"
    )
    load(database, folder)
    assert read_with(database, count, Ambition) == 5


@pytest.mark.parametrize(
    ("name", "before", "after", "sentence"),
    [
        (
            "jalons.csv",
            "03/01/2022;28/02/2022",
            "03/01/2022;31/02/2022",
            "jalons.csv, ligne 19 : « 31/02/2022 » n'est pas",
        ),
        (
            "jalons.csv",
            "numéro;chantier;titre;poids",
            "numéro;chantier;titre;importance",
            "ligne 1 : il manque la colonne",
        ),
        ("jalons.csv", "3.2;3;", "3.1;3;", "ligne 19 : « 3.1 » se trouve déjà à la ligne 18"),
        (
            "cibles.csv",
            "attente;baisse;31/12/2023;20;",
            "attente;baisse;31/12/2023;vingt;",
            "« vingt » n'est pas un",
        ),
        (
            "cibles.csv",
            "attente;baisse;31/12/2023;20;",
            "attente;baisse;31/12/2023;nan;",
            "« nan » n'est pas un",
        ),
        (
            "chantiers.csv",
            "1;copilotage;Organiser",
            '1;copilotage;"Organiser',
            "guillemets ou séparateurs illisibles",
        ),
    ],
)
def test_a_mistake_is_one_sentence_and_nothing_is_written(
    sqlite_database, folder, name, before, after, sentence
):
    edit(folder, name, before, after)
    refusal = refuses(load, sqlite_database, folder)
    assert sentence in str(refusal) and str(refusal).startswith(name)
    assert read_with(sqlite_database, count, Ambition) == 0


def test_a_file_in_another_encoding_is_refused(sqlite_database, folder):
    text = (folder / "chantiers.csv").read_text("utf-8")
    (folder / "chantiers.csv").write_bytes(text.encode("cp1252"))
    refuses(
        load,
        sqlite_database,
        folder,
        match=r"chantiers.csv : .* UTF-8",
    )


def test_a_missing_file_is_refused(sqlite_database, folder):
    (folder / "cibles.csv").unlink()
    refuses(load, sqlite_database, folder, match=r"cibles.csv ne peut pas être lu")
