"""Registers that come in as files, each from one row of a table: a catalogue of trainings, the sites
and the milestones with their state.
"""

import io
from datetime import date

import pytest
import xlsxwriter
from sqlmodel import select
from support.pages import enter, unfold, visit
from support.registers import TRY, bring, counts
from support.transactions import select_all, write_with

from dashboard.actions.register_imports import act_of, importable
from dashboard.commands.jobs import MAKERS
from models.academy import Trainer, Training, TrainingAudience, TrainingSession
from models.database import reading
from models.jobs import REGISTERS
from models.ledger import Change
from models.meetings import Site
from models.roadmap import MilestoneState, Plan, PlanReport


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
