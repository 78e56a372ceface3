"""Registers that come in as files, each from one row of a table; measures (relevés); what leaves comes
back.
"""

import io
import json
import zipfile
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter
from sqlalchemy import text
from sqlmodel import select
from support.imports import (
    DATA,
    as_workbook,
    bring as bring_file,
    counts as import_counts,
    entries,
    real_files,
)
from support.pages import enter, unfold, visit
from support.registers import TRY, bring, counts
from support.transactions import (
    errors_of,
    read_with,
    refusal,
    refuses,
    select_all,
    select_one,
    write_with,
)
from support.troupe import FROZEN

from dashboard.access import OPERATOR
from dashboard.actions.figures.measures import record, withdraw
from dashboard.actions.imports import act_of, importable
from dashboard.actions.register_imports import ImportOptions, ImportReport
from dashboard.commands.jobs import MAKERS
from dashboard.figures.board import Entry, board
from dashboard.figures.kinds import all_values
from dashboard.files import writing as files
from dashboard.files.ideas.columns import COLUMNS, IDEAS, chosen
from dashboard.files.ideas.reading import read_ideas
from dashboard.files.ideas.rows import IdeaRead
from dashboard.files.matching.fields import Correspondence
from dashboard.files.matching.layout import known_for
from dashboard.files.uploads import EXTENSIONS, open_table
from dashboard.files.values import number_of, whole_of
from dashboard.queries.ideas.records import idea_rows
from dashboard.queries.targets import measures
from models.academy import Trainer, Training, TrainingAudience, TrainingSession
from models.database import reading, writing
from models.ideas import BODY_MAX, SourceKey
from models.jobs import REGISTERS
from models.ledger import Change
from models.meetings import Site
from models.roadmap import Measure, MilestoneState, Plan, PlanReport
from models.surveys import Survey
from models.texts import Invalid, Refused

# ── Registers that come in as files, each from one row of a table ─────────────────────────────────
# A catalogue of trainings, the sites and the milestones with their state.


@pytest.mark.parametrize("kind", REGISTERS)
def test_each_row_of_the_table_has_an_act_a_job_and_columns_that_are_read(kind):
    assert callable(act_of(kind)) and kind in MAKERS
    told = " ; ".join(importable(kind).columns)
    assert all(field.called in told for field in importable(kind).asked)


# ── A catalogue of trainings ──────────────────────────────────────────────────────────────────────

CATALOGUE = (
    "Code;Intitulé;Durée;Places;Public;Thème;Obligatoire",
    "X1;Premiers secours;7h30;12;Terrain;Bien-être des agents;oui",
    "X2;Parler en public;3,5;;Tous;Magie;",
    "X3;Sans durée;;8;Bureau;;",
    "X4;Sans fin;longtemps;8;Bureau;;",
)


def trainings(engine) -> dict[str, Training]:
    return {t.code: t for t in select_all(engine, select(Training))}


def test_a_catalogue_comes_in_and_a_later_one_tells_what_changed_and_what_went(demo_copy, cast):
    before = trainings(demo_copy)
    tried = bring(demo_copy, cast.didier, "formations", *CATALOGUE, how=TRY)
    assert trainings(demo_copy) == before and counts(tried) == (2, 0, 0, 2)
    report = bring(demo_copy, cast.didier, "formations", *CATALOGUE)
    assert counts(report) == (2, 0, 0, 2) and {p.column for p in report.refused} == {"Durée"}
    assert any("« Magie » n'est aucun choix" in p.reason for p in report.warnings)
    first, second = (trainings(demo_copy)[code] for code in ("X1", "X2"))
    assert (first.hours, first.capacity, first.audience, first.mandatory) == (
        7.5,
        12,
        TrainingAudience.field_work,
        True,
    )
    assert (second.capacity, second.audience, second.ambition_id) == (
        0,
        TrainingAudience.both,
        None,
    )
    again = bring(demo_copy, cast.didier, "formations", *CATALOGUE)
    assert (counts(again), again.gone) == ((0, 0, 2, 2), 0)
    later = bring(demo_copy, cast.didier, "formations", "code;titre", "x1;Premiers secours, suite")
    assert (counts(later), later.gone) == ((0, 1, 0, 0), 1)
    assert trainings(demo_copy)["X1"].hours == 7.5, "a column that is absent changes nothing"
    assert trainings(demo_copy)["X2"].title == "Parler en public"
    back = bring(demo_copy, cast.didier, "formations", *CATALOGUE[:3])
    assert (counts(back), back.gone, back.returned) == ((0, 1, 1, 0), 0, 1)
    noted = select_all(demo_copy, select(Change.field).where(Change.record == "X1"))
    assert list(noted) == ["créé", "title", "title"]


def test_a_catalogue_changes_a_training_of_ours_and_leaves_who_gives_it(demo_copy, cast):
    with reading(demo_copy) as session:
        ours = session.exec(select(Training).join(Trainer)).first()
        givers = session.exec(select(Trainer.person_id).where(Trainer.training_id == ours.id)).all()
    report = bring(demo_copy, cast.didier, "formations", "code;titre", f"{ours.code};Autre nom")
    assert counts(report) == (0, 1, 0, 0) and trainings(demo_copy)[ours.code].title == "Autre nom"
    assert givers == select_all(
        demo_copy, select(Trainer.person_id).where(Trainer.training_id == ours.id)
    )


@pytest.mark.slow
def test_the_form_of_a_training_makes_one_and_changes_it(demonstration):
    tab = visit(enter(demonstration, "didier"), "academie", "vue=gestion")
    tab = unfold(tab, "Créer une formation")
    key = "w_training_new_0_{}".format
    tab.text_input(key=key("code")).set_value("z9")
    tab.text_input(key=key("title")).set_value("Lire un plan")
    tab.checkbox(key=key("career")).set_value(True)
    tab.button(key=key("send")).click().run()
    assert not tab.exception
    made = trainings(demonstration)["Z9"]
    assert (made.title, made.hours, made.capacity, made.career) == ("Lire un plan", 3, 12, True)
    tab = unfold(visit(tab, "academie", "formation=Z9&vue=gestion"), "Modifier la formation")
    tab.number_input(key="w_training_Z9_0_hours").set_value(7.5)
    tab.button(key="w_training_Z9_0_send").click().run()
    assert not tab.exception and trainings(demonstration)["Z9"].hours == 7.5


# ── Sessions of known trainings ───────────────────────────────────────────────────────────────────


def test_sessions_of_known_trainings_come_in_alone(demo_copy, cast):
    ours = next(iter(trainings(demo_copy).values()))
    file = (
        "Formation;Date;Heure de début;Heure de fin;Salle;Places",
        f"{ours.title};12/09/2023;9h;12h30;Mairie;",
        f"{ours.code};13/09/2023;13:00;16:00;Dépôt;8",
        f"{ours.code};14/09/2023;16:00;13:00;Dépôt;8",
        f"{ours.code};15/09/2023;midi;13:00;Dépôt;8",
        "Une inconnue;16/09/2023;;;;8",
        f"{ours.code};12/09/2023;;;;",
    )
    tried = bring(demo_copy, cast.didier, "sessions", *file, how=TRY)
    assert counts(tried) == (2, 0, 0, 4)
    assert {(p.line, p.column) for p in tried.refused} == {
        (4, "Heure de fin"),
        (5, "Heure de début"),
        (6, "Formation"),
        (7, "Formation"),
    }
    assert counts(bring(demo_copy, cast.didier, "sessions", *file[:3])) == (2, 0, 0, 0)
    later = ("formation;date;places", f"{ours.code};12/09/2023;9")
    assert counts(bring(demo_copy, cast.didier, "sessions", *file[:3])) == (0, 0, 2, 0)
    assert counts(bring(demo_copy, cast.didier, "sessions", *later)) == (0, 1, 0, 0)
    made = select_all(
        demo_copy,
        select(TrainingSession)
        .where(TrainingSession.training_id == ours.id, TrainingSession.on >= date(2023, 9, 12))
        .order_by(TrainingSession.on),
    )
    assert [(s.starts, s.ends, s.place, s.capacity) for s in made[:2]] == [
        ("09:00", "12:30", "Mairie", 9),
        ("13:00", "16:00", "Dépôt", 8),
    ]
    noted = select(Change.field).where(
        Change.subject == "session", Change.record == str(made[0].id)
    )
    assert list(select_all(demo_copy, noted.order_by(Change.id))) == ["créé", "capacity"]


# ── Sites ─────────────────────────────────────────────────────────────────────────────────────────


def sites(engine) -> dict[str, Site]:
    return {site.name: site for site in select_all(engine, select(Site))}


def test_sites_come_in_and_a_later_file_changes_what_it_says_alone(demo_copy, cast):
    before = set(sites(demo_copy))
    file = (
        "Nom;Type;Direction;Effectif;Postes",
        "Dépôt de la Meuse;dépôt;AD-VOI;42;5",
        "Crèche des Tilleuls;crèche;Nulle part;12;1",
        "Halle aux grains;halle;;beaucoup;",
        "Dépôt de la  Meuse;dépôt;;;",
    )
    assert counts(bring(demo_copy, cast.farid, "sites", *file, how=TRY)) == (1, 0, 0, 3)
    assert set(sites(demo_copy)) == before
    report = bring(demo_copy, cast.farid, "sites", *file)
    assert counts(report) == (1, 0, 0, 3)
    assert {p.column for p in report.refused} == {"Direction", "Effectif", "Nom"}
    made = sites(demo_copy)["Dépôt de la Meuse"]
    assert (made.kind, made.agents, made.computers) == ("dépôt", 42, 5) and made.direction_id
    assert counts(bring(demo_copy, cast.farid, "sites", "nom;genre", "DÉPÔT DE LA MEUSE;")) == (
        0,
        0,
        1,
        0,
    )
    later = bring(demo_copy, cast.farid, "sites", "nom;agents", "Dépôt de la Meuse;43")
    changed = sites(demo_copy)["Dépôt de la Meuse"]
    assert counts(later) == (0, 1, 0, 0)
    assert (changed.agents, changed.computers, changed.direction_id) == (43, 5, made.direction_id)
    assert set(sites(demo_copy)) == before | {"Dépôt de la Meuse"}
    bring(demo_copy, cast.farid, "sites", "nom;direction", "Dépôt de la Meuse;VC-JSP")
    noted = select_all(
        demo_copy,
        select(Change.field, Change.before, Change.after)
        .where(Change.record == "Dépôt de la Meuse", Change.subject == "site")
        .order_by(Change.id),
    )
    assert [tuple(row) for row in noted][1:] == [
        ("agents", "42", "43"),
        ("direction", "AD-VOI", "VC-JSP"),
    ]


# ── Milestones with their state ───────────────────────────────────────────────────────────────────

MILESTONES = "numéro;chantier;titre;début;échéance;porteur;état;avancement;fin réelle;commentaire"


def last_reports(engine) -> dict[str, PlanReport]:
    """The newest report of each milestone."""
    rows = select_all(
        engine,
        select(Plan.number, PlanReport)
        .join(PlanReport, PlanReport.plan_id == Plan.id)
        .order_by(PlanReport.id),
    )
    return dict(rows)


def test_a_roadmap_brings_state_and_progress_and_nothing_is_done_without_a_day(demo_copy, cast):
    file = (
        MILESTONES,
        "6.90;6;Un site ouvert;01/01/2023;31/08/2023;DG;En cours;45 %;;Les plans sont là",
        "6.91;6;Un site fermé;01/01/2023;30/04/2023;DG;Réalisé;;02/05/2023;",
        "6.92;6;Un site rêvé;01/01/2023;30/04/2023;DG;Terminé;;;",
        "6.93;6;Un site à voir;01/01/2023;31/12/2023;DG;;;;",
        "6.94;6;Un site perdu;01/01/2023;31/12/2023;DG;Mystère;;;",
        "6.95;6;Un site vague;01/01/2023;31/12/2023;DG;En cours;;bientôt;",
    )
    tried = bring(demo_copy, cast.didier, "jalons", *file, how=TRY)
    assert counts(tried) == (3, 0, 0, 3) and "6.90" not in last_reports(demo_copy)
    report = bring(demo_copy, cast.didier, "jalons", *file)
    assert [(p.line, p.column) for p in report.refused] == [
        (4, "fin réelle"),
        (6, "état"),
        (7, "fin réelle"),
    ]
    assert "sans date" in report.refused[0].reason
    found = last_reports(demo_copy)
    under_way, done = found["6.90"], found["6.91"]
    assert (under_way.state, under_way.progress, under_way.forecast_end, under_way.comment) == (
        MilestoneState.under_way,
        45,
        date(2023, 8, 31),
        "Les plans sont là",
    )
    assert (done.state, done.progress, done.actual_end) == (
        MilestoneState.done,
        100,
        date(2023, 5, 2),
    )
    assert "6.93" not in found
    assert counts(bring(demo_copy, cast.didier, "jalons", *file[:3])) == (0, 0, 2, 0)


def test_a_workbook_in_per_cent_says_what_it_shows(demo_copy, cast):
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Feuille de route")
        plain, own, quoted = (
            book.add_format({"num_format": code}) for code in ("0%", "0.0 %", '0.00 "100%"')
        )
        headers = ("numéro", "chantier", "titre", "début", "échéance", "porteur", "avancement")
        sheet.write_row(0, 0, headers)
        for line, (shown, style) in enumerate(
            ((1, plain), (0.45, own), (0.005, plain), (1, quoted), (60, None), ("62 %", plain)), 1
        ):
            number = f"6.9{line}"
            sheet.write_row(line, 0, (number, 6, "Un site", "01/01/2023", "31/08/2023", "DG"))
            sheet.write(line, 6, shown, style)
    report = write_with(demo_copy, act_of("jalons"), cast.didier, out.getvalue(), "jalons.xlsx")
    assert not report.refused and report.new == 6
    found = last_reports(demo_copy)
    assert [found[f"6.9{n}"].progress for n in range(1, 7)] == [100, 45, 0, 1, 60, 62]


def test_a_later_roadmap_reports_what_moved_and_a_cancelled_milestone_takes_none(demo_copy, cast):
    row = "6.90;6;Un site ouvert;01/01/2023;31/08/2023;DG;{}"
    bring(demo_copy, cast.didier, "jalons", MILESTONES, row.format("En cours;0,45;;"))
    later = bring(demo_copy, cast.didier, "jalons", "numéro;avancement", "6.90;60")
    assert counts(later) == (0, 1, 0, 0)
    found = last_reports(demo_copy)["6.90"]
    assert (found.state, found.progress) == (MilestoneState.under_way, 60)
    bring(demo_copy, cast.didier, "jalons", "numéro;état", "6.90;Abandonné")
    refused = bring(demo_copy, cast.didier, "jalons", "numéro;état", "6.90;En cours")
    assert counts(refused) == (0, 0, 0, 1) and "annulé" in refused.refused[0].reason


# ── Measures (relevés) ────────────────────────────────────────────────────────────────────────────
# Typed in, corrected, withdrawn, imported; impossible ones are refused with one sentence each.

DECLARED = all_values()
MARCH = date(2023, 3, 31)
GIVEN = {"on": MARCH, "value": 58.5, "n": 412, "source": "Baromètre 2023"}


def typed(
    engine, who, code: str = "bien-etre.favorable", corrects: int | None = None, **other
) -> int:
    return write_with(engine, record, who, DECLARED[code], Measure(**GIVEN | other), corrects).id


def shown(engine, scope_for, code: str = "bien-etre.favorable", **address) -> Entry:
    with reading(engine) as session:
        return board(session, scope_for(session, OPERATOR, **address), [code.split(".")[0]])[code]


def stored(engine) -> list[Measure]:
    """What was recorded beside the measures that the demonstration takes from its surveys."""
    return list(
        select_all(
            engine,
            select(Measure).where(Measure.source.not_in(select(Survey.title))).order_by(Measure.id),
        )
    )


# --- typed in -------------------------------------------------------------------------------------


def test_a_measure_is_the_figure_from_its_day(demo_copy, cast, scope_for):
    before = shown(demo_copy, scope_for)
    typed(demo_copy, cast.didier)
    assert shown(demo_copy, scope_for, au="2023-03-30").value == before.value != 58.5
    now = shown(demo_copy, scope_for)
    assert (now.value, now.n, now.fresh_on, now.target) == (58.5, 412, MARCH, 65)
    change = select_one(demo_copy, select(Change).where(Change.subject == "relevé"))
    assert (change.by, change.before, change.after) == (
        cast.didier.person_id,
        None,
        "58.5, n = 412, Baromètre 2023",
    )


@pytest.mark.parametrize(
    "office,field,told",
    [(300, 112, True), (405, None, False), (405, 7, False), (300, None, True)],
)
def test_a_workplace_is_told_where_the_other_has_ten_answers_too(
    sqlite_copy, cast, scope_for, office, field, told
):
    """412 in all: beside 405 of one side, the 7 of the other could be worked out."""
    whole = "bien-etre.favorable"
    typed(sqlite_copy, cast.didier)
    typed(sqlite_copy, cast.didier, f"{whole}@bureau", n=office)
    if field is not None:
        typed(sqlite_copy, cast.didier, f"{whole}@terrain", n=field, value=40)
    else:
        with writing(sqlite_copy) as session:
            before = session.exec(select(Measure).where(Measure.figure == f"{whole}@terrain"))
            for measure in before.all():
                session.delete(measure)
    entry = shown(sqlite_copy, scope_for, f"{whole}@bureau")
    assert (entry.value, entry.suppressed) == ((58.5, False) if told else (None, True))
    other = shown(sqlite_copy, scope_for, f"{whole}@terrain")
    assert other.value == (40 if told and field else None)


def test_a_corrected_measure_counts_nowhere_but_was_known(demo_copy, cast, scope_for):
    first = typed(demo_copy, cast.didier)
    typed(demo_copy, cast.didier, corrects=first, value=59.5)
    assert shown(demo_copy, scope_for).value == 59.5
    refuses(typed, demo_copy, cast.didier, corrects=first, value=10, match="n'existe plus")
    assert len(stored(demo_copy)) == 2


def test_a_measure_of_the_wrong_day_moves_to_the_right_one(demo_copy, cast, scope_for):
    before = shown(demo_copy, scope_for).value
    first = typed(demo_copy, cast.didier)
    typed(demo_copy, cast.didier, corrects=first, on=date(2023, 4, 30))
    assert shown(demo_copy, scope_for, au="2023-04-29").value == before
    assert shown(demo_copy, scope_for).value == 58.5


def test_a_withdrawn_measure_is_gone(demo_copy, cast, scope_for):
    before = shown(demo_copy, scope_for).value
    first = typed(demo_copy, cast.didier)
    refusal(demo_copy, withdraw, cast.didier, first, " ", error=Invalid)
    write_with(demo_copy, withdraw, cast.didier, first, "Mauvais fichier")
    assert shown(demo_copy, scope_for).value == before
    assert first not in [
        one.id for one in read_with(demo_copy, measures, "bien-etre.favorable", FROZEN)
    ]
    typed(demo_copy, cast.didier, value=60)
    assert shown(demo_copy, scope_for).value == 60


@pytest.mark.parametrize(
    "code,field,wrong",
    [
        ("bien-etre.favorable", "on", {"on": None}),
        ("bien-etre.favorable", "on", {"on": date(2023, 7, 1)}),
        ("bien-etre.favorable", "on", {"on": date(2020, 12, 31)}),
        ("bien-etre.favorable", "value", {"value": None}),
        ("bien-etre.favorable", "value", {"value": 100.5}),
        ("bien-etre.favorable", "value", {"value": -1}),
        ("bien-etre.favorable", "value", {"value": float("nan")}),
        ("bien-etre.favorable", "value", {"value": float("inf")}),
        ("bien-etre.enps", "value", {"value": -101}),
        ("citoyens.delai", "value", {"value": -2}),
        ("bien-etre.favorable", "n", {"n": -1}),
        ("bien-etre.favorable", "n", {"n": None, "direction_id": 2}),
        ("bien-etre.favorable", "source", {"source": "  "}),
        ("bien-etre.favorable", "direction_id", {"direction_id": 987654}),
        ("citoyens.satisfaits", "direction_id", {"direction_id": 2}),
    ],
)
def test_what_cannot_be_measured_is_said_beside_its_field(sqlite_copy, cast, code, field, wrong):
    error = errors_of(typed, sqlite_copy, cast.didier, code, **wrong)
    assert list(error) == [field] and error[field].endswith(".")
    assert stored(sqlite_copy) == []


def test_what_is_computed_here_is_not_typed_in(sqlite_copy, cast):
    refuses(typed, sqlite_copy, cast.didier, "reponse.tenue", match="calculé ici")


def test_the_same_day_twice_asks_for_a_correction(sqlite_copy, cast):
    typed(sqlite_copy, cast.didier)
    assert "corrigez-le" in errors_of(typed, sqlite_copy, cast.didier, value=61)["on"]


# --- a file ---------------------------------------------------------------------------------------

FILE = """figure;date;valeur;n;source;direction
bien-etre.favorable;31/03/2023;58,5;412;Baromètre;
bien-etre.favorable;2023-03-31;61 %;35;Baromètre;VC-JSP
Citoyens satisfaits;30/06/2022;71,25;1 204;Enquête;
"""


def bring_measures(engine, content: str, name: str = "releves.csv", **options) -> ImportReport:
    return write_with(
        engine, act_of("releves"), OPERATOR, content.encode(), name, ImportOptions(**options)
    )


def test_a_file_is_taken_whole_and_twice_changes_nothing(demo_copy, scope_for):
    first = bring_measures(demo_copy, FILE)
    assert (first.rows, first.new, first.refused, first.written) == (3, 3, [], True)
    assert shown(demo_copy, scope_for).value == 58.5
    assert shown(demo_copy, scope_for, direction="VC-JSP").value == 61
    assert (
        shown(demo_copy, scope_for, "citoyens.satisfaits").value,
        shown(demo_copy, scope_for, "citoyens.satisfaits").n,
    ) == (71.25, 1204)
    before = stored(demo_copy)
    again = bring_measures(demo_copy, FILE, "autre-nom.csv")
    assert (again.new, again.changed, again.unchanged) == (0, 0, 3)
    assert stored(demo_copy) == before


def test_a_change_in_the_file_is_a_correction(demo_copy, scope_for):
    bring_measures(demo_copy, FILE)
    report = bring_measures(demo_copy, FILE.replace("58,5", "57"))
    assert (report.changed, report.unchanged) == (1, 2)
    assert shown(demo_copy, scope_for).value == 57
    assert [m.voids for m in stored(demo_copy)][-1] == stored(demo_copy)[0].id
    assert len(select_all(demo_copy, select(SourceKey).where(SourceKey.source == "releves"))) == 3
    assert bring_measures(demo_copy, FILE.replace("58,5", "57")).unchanged == 3


WRONG = """date;figure;valeur;n;source;direction
31/03/2023;bien-etre.favorable;158;412;Baromètre;
31/03/2023;reponse.tenue;58;412;Baromètre;
31/02/2023;bien-etre.favorable;58;412;Baromètre;
31/12/2023;bien-etre.favorable;58;412;Baromètre;
31/03/2023;bien-etre.favorable;beaucoup;412;Baromètre;
31/03/2023;bien-etre.favorable;58;4,5;Baromètre;
31/03/2023;bien-etre.favorable;58;412;;
31/03/2023;bien-etre.favorable;58;412;Baromètre;Nulle part
31/03/2023;bien-etre.favorable;58;412;Baromètre;
31/03/2023;bien-etre.favorable;59;412;Baromètre;
"""


def test_each_refused_row_has_its_line_its_column_and_its_reason(sqlite_copy):
    report = bring_measures(sqlite_copy, WRONG)
    assert [(p.line, p.column) for p in report.refused] == [
        (2, "valeur"),
        (3, "figure"),
        (4, "date"),
        (5, "date"),
        (6, "valeur"),
        (7, "n"),
        (8, "source"),
        (9, "direction"),
        (11, "date"),
    ]
    assert all(p.reason.endswith(".") for p in report.refused)
    assert (report.new, len(stored(sqlite_copy))) == (1, 1)


def test_what_was_typed_in_is_not_overwritten_by_a_file(sqlite_copy, cast):
    typed(sqlite_copy, cast.didier, value=40)
    report = bring_measures(sqlite_copy, FILE)
    assert [(p.line, p.column) for p in report.refused] == [(2, "date")]
    assert "corrigez-le" in report.refused[0].reason


@pytest.mark.parametrize(
    "text,value",
    [("80,5", 80.5), ("1 234,5", 1234.5), ("62 %", 62), ("−3", -3), ("+4.25", 4.25), ("", None)],
)
def test_numbers_are_read_as_a_belgian_writes_them(text, value):
    assert number_of(text) == value


@pytest.mark.parametrize("text", ["nan", "inf", "1e9", "1,2,3", "12a", "--3", "٣"])
def test_what_is_no_number_is_said(text):
    refuses(number_of, text, match="n'est pas un nombre", error=ValueError)
    refuses(whole_of, "4,5", error=ValueError)


@pytest.mark.parametrize("login", ["didier", "elise", "carine"])
@pytest.mark.slow
def test_the_screen_of_each_figure_opens(open_page, demonstration, cast, login):
    assert read_with(demonstration, measures, "bien-etre.enps", FROZEN), "the barometer feeds it"
    for code in (
        "bien-etre.enps",
        "remplissage",
        "couverture",
        "reponse.ouvertes",
        "ecart.points",
        "rien",
        "<b>",
    ):
        tab = open_page(login, "cibles", f"chiffre={code}")
        assert not tab.exception, code
        for fold in [fold.label for fold in tab.get("expander")]:
            unfold(tab, fold)
        offered = [button.label for button in tab.button]
        assert ("Retirer ce relevé" in offered) is (login == "didier" and code == "bien-etre.enps")
        assert ("Décider cette cible" in offered) is (
            login == "didier" and code in ("bien-etre.enps", "remplissage", "couverture")
        )


# ── What leaves comes back ────────────────────────────────────────────────────────────────────────
# A whole demonstration through each format, long texts in cells, workbooks that lie about their
# size.

FORMATS = (".csv", ".xlsx", ".json")
# Supports belong to persons, comments to their threads, a relay is a person: they are told, and not
# read back.
TOLD_ONLY = {column.field for column in COLUMNS if not column.read_back}


FIELDS = tuple(column.field for column in COLUMNS)


def exported(engine, scope_for, fields=FIELDS) -> list[dict]:
    with reading(engine) as session:
        return [
            dict(zip(fields, row, strict=True))
            for row in idea_rows(session, scope_for(session, OPERATOR), fields=fields)
        ]


def as_file(rows: list[dict], suffix: str) -> bytes:
    columns = [column for name in rows[0] for column in COLUMNS if column.field == name]
    headers = [column.header for column in columns]
    return files.as_bytes("Idées", headers, [tuple(row.values()) for row in rows], suffix, columns)


@pytest.mark.parametrize("suffix", FORMATS)
def test_the_whole_demonstration_comes_back_unchanged(sqlite_copy, scope_for, suffix):
    rows = exported(sqlite_copy, scope_for)
    report = bring_file(sqlite_copy, as_file(rows, suffix), f"export{suffix}", on=FROZEN)
    assert import_counts(report) == (len(rows), 0, 0, len(rows), 0) and report.warnings == []
    assert exported(sqlite_copy, scope_for) == rows


@pytest.mark.parametrize("suffix", FORMATS)
def test_the_whole_demonstration_fills_an_empty_database_with_the_same(
    sqlite_copy, scope_for, suffix
):
    rows = exported(sqlite_copy, scope_for)
    with writing(sqlite_copy) as session:
        session.execute(text("PRAGMA defer_foreign_keys=ON"))
        for (table,) in session.execute(
            text(
                "SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type ="
                " 'table' AND c.name IN ('idea_id', 'into_id') GROUP BY 1"
            )
        ).all():
            session.execute(text(f"DELETE FROM {table}"))
        session.execute(text("DELETE FROM source_key"))
        session.execute(text("DELETE FROM idea"))
    report = bring_file(sqlite_copy, as_file(rows, suffix), f"export{suffix}", on=FROZEN)
    assert import_counts(report) == (len(rows), len(rows), 0, 0, 0)
    kept = [
        {name: value for name, value in row.items() if name not in TOLD_ONLY}
        for row in exported(sqlite_copy, scope_for)
    ]
    wanted = [{name: value for name, value in row.items() if name not in TOLD_ONLY} for row in rows]
    assert sorted(kept, key=lambda row: row["number"]) == sorted(
        wanted, key=lambda row: row["number"]
    )


@pytest.mark.parametrize("suffix", FORMATS)
def test_long_and_dangerous_texts_make_the_round_trip_in_every_format(
    small_town, scope_for, suffix
):
    texts = [
        "=1+1",
        "'=x",
        "é" * BODY_MAX,
        "=" * 40_000,
        "a\n\nb",
        "_x0041_ et _x005F_ ; x0041_",
        "🎉" * 20_000,
        "  =dedans",
        "[1]",
        "＝1\u2028-2",
        "x" * 32_766,
        "x" * 32_767,
    ]
    bring_file(
        small_town,
        json.dumps([{"id": i, "titre": f"T{i}", "texte": body} for i, body in enumerate(texts)]),
        "boite.json",
    )
    rows = exported(small_town, scope_for)
    assert import_counts(
        bring_file(small_town, as_file(rows, suffix), f"export{suffix}", on=FROZEN)
    )[1:4] == (
        0,
        0,
        len(texts),
    )
    found = {
        row.title: row.body
        for row in read_ideas(
            open_table(as_file(rows, suffix), f"export{suffix}", known_for(IDEAS))
        ).rows
    }
    assert {title: body == entries(small_town)[title].body for title, body in found.items()} == {
        f"T{i}": True for i in range(len(texts))
    }


def test_an_export_without_all_its_columns_says_so_when_it_comes_back(small_town, scope_for):
    bring_file(small_town, "titre\nBanc\n")
    rows = exported(small_town, scope_for, ("number", "title", "source", "key"))
    refuses(
        bring_file, small_town, as_file(rows, ".csv"), "export.csv", match="exportez-les toutes"
    )


def test_a_column_is_asked_for_by_its_field_or_its_header():
    assert [column.field for column in chosen(["Titre", "status", " titre "])] == [
        "title",
        "status",
    ]
    refuses(chosen, ["auteur"], match="« auteur »")


# ── Workbooks ─────────────────────────────────────────────────────────────────────────────────────


def test_headers_on_two_lines_and_lines_above_them_are_understood(small_town):
    content = as_workbook(
        [
            ["Boîte à idées, export du 12 mars"],
            [],
            ["N°", "Idée", None, "Suivi"],
            [None, "Titre", "Texte", "État"],
            [1, "Un banc", "Au soleil", "Retenue"],
            [2, "Un arbre", "Un chêne", "Reçue"],
        ]
    )
    report = bring_file(small_town, content, "classeur.xlsx")
    assert import_counts(report) == (2, 2, 0, 0, 0), [p.reason for p in report.refused]
    assert {title: (idea.body, idea.status) for title, idea in entries(small_town).items()} == {
        "Un banc": ("Au soleil", "retenue"),
        "Un arbre": ("Un chêne", "recue"),
    }
    assert any("occupe les lignes" in p.reason for p in report.warnings)


def test_days_and_numbers_of_a_workbook_are_days_and_numbers(small_town):
    bring_file(
        small_town,
        as_workbook(
            [
                ["id", "titre", "date", "votes"],
                [1, "Un banc", date(2023, 2, 3), 12],
                [2, "Un arbre", "05/02/2023", "1 200"],
            ]
        ),
        "c.xlsx",
    )
    assert {t: (i.filed_on, i.voices) for t, i in entries(small_town).items()} == {
        "Un banc": (date(2023, 2, 3), 12),
        "Un arbre": (date(2023, 2, 5), 1200),
    }


def archive(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in members.items():
            book.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return out.getvalue()


def test_an_archive_that_lies_about_its_size_is_refused(small_town):
    content = bytearray(as_workbook([["titre"], ["x" * 5000]]))
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        entry = book.getinfo("xl/worksheets/sheet1.xml")
    place = content.index(b"PK\x01\x02")
    while content[place + 46 : place + 46 + len(entry.filename)] != entry.filename.encode():
        place = content.index(b"PK\x01\x02", place + 1)
    content[place + 24 : place + 28] = (10).to_bytes(4, "little")
    refuses(bring_file, small_town, bytes(content), "menteur.xlsx", match="abîmé")


def test_one_text_repeated_without_end_is_refused_before_it_is_unfolded(small_town):
    cells = b'<c r="A1" t="s"><v>0</v></c>' * 20_000
    shared = archive(
        xl__workbook_xml=b"<workbook/>",
        xl__sharedStrings_xml=b"<sst><si><t>" + b"x" * 30_000 + b"</t></si></sst>",
        xl__worksheets__sheet1_xml=b"<row>" + cells + b"</row>",
    )
    refuses(bring_file, small_town, shared, "gonflé.xlsx", match="mémoire|lisible")
    row = (
        b'<table:table-row table:number-rows-repeated="1000000"><table:table-cell'
        b' office:value-type="string"><text:p>'
        + b"x" * 500
        + b"</text:p></table:table-cell></table:table-row>"
    )
    refuses(
        bring_file,
        small_town,
        archive(mimetype=b"application/vnd.oasis.opendocument.spreadsheet", content_xml=row),
        "gonflé.ods",
        match="mémoire|lisible",
    )


@real_files
@pytest.mark.parametrize(
    "path",
    sorted((DATA / "encodages").glob("*.*")) if DATA.exists() else [],
    ids=lambda path: path.name,
)
def test_every_real_file_passes_or_is_refused_in_one_sentence(path: Path):
    if path.suffix not in EXTENSIONS:
        pytest.skip("not a file to import")
    try:
        table = open_table(path, known=known_for(IDEAS))
        first = next((h for h in table.headers if h), "")
        rows = list(read_ideas(table, Correspondence(columns={"title": [first]})).rows)
    except Refused as refusal:
        assert str(refusal).endswith(".") and "\n" not in str(refusal)
    else:
        assert all(isinstance(row, IdeaRead) or row.problem.reason for row in rows)
