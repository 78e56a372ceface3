"""Every reference goes out as a file and comes back without a change; a row that cannot be taken
says where and why.
"""

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlmodel import select
from support.plans import project_at
from support.registers import TRY, bring, counts
from support.transactions import (
    contents,
    execute,
    read_with,
    select_all,
    select_one,
    write_with,
)
from support.troupe import FROZEN
from typer.testing import CliRunner

from dashboard.__main__ import app
from dashboard.access import Reader
from dashboard.actions.register_imports import ONCE, ImportOptions, ImportReport, act_of
from dashboard.files.writing import as_bytes
from dashboard.queries.exported_tables import EXPORTED
from dashboard.queries.reference_tables import cells
from dashboard.queries.targets import targets
from models.clock import ClosingDay, today
from models.database import reading, writing
from models.directions import Direction, DirectionPlace, Headcount
from models.ideas import AnswerTemplate
from models.jobs import REGISTERS, Installation
from models.ledger import Change
from models.roadmap import Ambition, PlanLevel, PlanReport, PlanSchedule, ProjectState, Workstream
from models.texts import Refused

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
    run = CliRunner().invoke
    assert run(app, ["seed", "reference"]).exit_code == 0
    (data_folder / "projets.csv").write_text("code;niveau;nom;budget\nOS1;OS;Bouger;1500\n")
    made = run(app, ["import", "projects", str(data_folder / "projets.csv"), "--write"])
    assert "1 nouvelle" in made.stdout.replace("\xa0", " "), made.stderr
    for name in ("projects", "ambitions", "closing-days", "workstreams"):
        out = data_folder / f"{name}.xlsx"
        written = run(app, ["export", name, "--out", str(out)])
        assert written.exit_code == 0 and not written.stdout.startswith("0"), written.stderr
        back = run(app, ["import", name, str(out)])
        assert "0 nouvelle, 0 modifiée" in back.stdout.replace("\xa0", " "), back.stdout
    wrong = run(app, ["export", "projects", "--out", str(data_folder / "x.pdf")])
    assert wrong.exit_code == 1 and ".csv, .xlsx ou .json" in wrong.stderr


def refused_as_usage(*words: str) -> str:
    """What a command says of words that it does not know, on one line."""
    done = CliRunner().invoke(app, list(words))
    assert done.exit_code == 2, done.output
    return " ".join(done.stderr.replace("│", " ").split())


def test_an_option_of_another_kind_of_file_is_refused_with_a_sentence(data_folder: Path):
    assert CliRunner().invoke(app, ["seed", "reference"]).exit_code == 0
    file = data_folder / "projets.csv"
    said = refused_as_usage("import", "projects", str(file), "--serie", "Essai")
    assert "--serie ne va pas avec « projects »" in said
    assert "--recu ne va pas" in refused_as_usage("export", "sites", "--out", "s.csv", "--recu")
    file.write_text("Content ?\nOui\n", encoding="utf-8")
    refused = CliRunner().invoke(app, ["import", "survey", str(file)])
    assert refused.exit_code == 1 and "Donnez le nom de la série" in refused.stderr
    assert "headcounts" in refused_as_usage("import", "effectifs", str(file))
    assert "Donnez le fichier : jour;libellé;retiré" in refused_as_usage("import", "closing-days")


# --- projects -------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["templates", "targets"])
def test_what_only_an_account_may_bring_says_how_to_name_it(data_folder: Path, command):
    """Nobody signs in on a command line."""
    run = CliRunner().invoke
    assert run(app, ["seed", "reference"]).exit_code == 0
    file = data_folder / "fichier.csv"
    file.write_text("nom;état\n", encoding="utf-8")
    done = run(app, ["import", command, str(file)])
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
