"""Files after the habits of twenty tools, none with our headers; files in, files out."""

from datetime import date
from itertools import product

import pytest
from hypothesis import given, strategies as st
from sqlmodel import select
from support.imports import DATA, entries, real_files
from support.registers import TRY, bring, counts
from support.surveys import brought
from support.transactions import refuses, select_all, select_one, write_with

from dashboard.access import OPERATOR
from dashboard.actions.imports import act_of, importable
from dashboard.actions.register_imports import (
    ImportOptions,
    remove_correspondence,
    store_correspondence,
    stored_correspondences,
)
from dashboard.actions.roadmap.records import schedule_now
from dashboard.files.csvout import as_bytes, protected, restored
from dashboard.files.ideas.reading import read_ideas
from dashboard.files.ideas.rows import STATUSES, RefusedRow
from dashboard.files.matching.fields import Correspondence, fields_of, read_correspondence
from dashboard.files.matching.layout import Matched, Unmatched, known_for
from dashboard.files.uploads import open_table
from dashboard.files.values import compact, day_of, period_of
from dashboard.files.writing import write
from models.academy import Training
from models.database import reading, writing
from models.directions import Direction, Headcount
from models.idea_states import IdeaStatus
from models.meetings import Site
from models.people import Person
from models.roadmap import Measure, Plan, PlanLevel, PlanReport, Target, Workstream
from models.seats import Seat
from models.surveys import QuestionKind
from models.texts import Invalid, Refused

# ── Files after the habits of twenty tools, none with our headers ─────────────────────────────────
# Each is taken whole, or asks one question that says all that is missing; none is refused for a
# header, none taken for another.


def milestones(engine, prefix: str) -> dict[str, Plan]:
    with reading(engine) as session:
        found = session.exec(select(Plan).where(Plan.title.startswith(prefix))).all()
        return {plan.title.removeprefix(prefix).strip(): plan for plan in found}


# ── Plans ─────────────────────────────────────────────────────────────────────────────────────────

# Tool → file, and what every row of it has.
PLANS = {
    "openproject": (
        "ID,Type,Sujet,Statut,Assigné à,Date de début,Date de fin,Avancement (%)",
        "812,Tâche,T Étude du site,En cours,Anne Petit,2023-01-09,2023-06-30,40",
        "813,Tâche,T Choix du site,Nouveau,Anne Petit,2023-07-03,2023-09-29,0",
    ),
    "ms-project": (
        "N°;Nom de la tâche;Durée;Début;Fin;Prédécesseurs;Noms ressources;% achevé",
        "1;T Étude du site;120 jours;Lun 09/01/23;Ven 30/06/23;;Anne Petit;40%",
        "2;T Choix du site;60 jours;Lun 03/07/23;Ven 29/09/23;1;Anne Petit;0%",
    ),
    "ganttproject": (
        "ID,Nom,Date de début,Date de fin,Durée,Avancement,Coordinateur,Numéro hiérarchique",
        "0,Site,09/01/23,29/09/23,190,20,,1",
        "1,T Étude du site,09/01/23,30/06/23,125,40,Anne Petit,1.1",
        "2,T Choix du site,03/07/23,29/09/23,64,0,Anne Petit,1.2",
    ),
    "excel": (
        "Planning 2023;;;;;",
        "Tâche;Responsable;Début;Fin;% achevé;État",
        "Un site;;;;;",
        "  T Étude du site;Anne Petit;44935;45107;0,4;Commencé",
        "  T Choix du site;Anne Petit;03/07/2023;29-sept-23;;À faire",
    ),
    "planner": (
        "ID de tâche;Nom de la tâche;Nom du compartiment;Progression;Attribué à;Date de début;"
        "Date d'échéance;Description",
        "kQ7xjz8vYUqR2m1aB3c4ZJYAPx;T Étude du site;6;En cours;Anne Petit;09/01/2023;30/06/2023;",
        "aQ7xjz8vYUqR2m1aB3c4ZJYAPy;T Choix du site;6;Non démarrées;Anne Petit;03/07/2023;"
        "29/09/2023;",
    ),
    "asana": (
        "Task ID,Created At,Completed At,Name,Section/Column,Assignee,Start Date,Due Date",
        "1,2023-01-02,,T Étude du site,6,Anne Petit,2023-01-09,2023-06-30",
        "2,2023-01-02,,T Choix du site,6,Anne Petit,2023-07-03,2023-09-29",
    ),
    "jira": (
        "Issue key,Summary,Status,Assignee,Start date,Due date",
        "SITE-1,T Étude du site,In Progress,Anne Petit,2023-01-09,2023-06-30",
        "SITE-2,T Choix du site,To Do,Anne Petit,2023-07-03,2023-09-29",
    ),
}


@pytest.mark.parametrize("tool", PLANS)
def test_a_plan_of_another_tool_is_taken_with_one_question(sqlite_copy, cast, tool):
    lines = PLANS[tool]
    given = Correspondence(fixed={"workstream": "6"})
    tried = bring(sqlite_copy, cast.didier, "jalons", *lines, how=TRY)
    if tool not in ("planner", "asana"):
        assert tried.lines_refused and "chantier" in " ".join(p.reason for p in tried.refused)
    report = bring(sqlite_copy, cast.didier, "jalons", *lines, how=ImportOptions(given=given))
    assert counts(report) == (2, 0, 0, 0), report.refused
    made = milestones(sqlite_copy, "T ")
    assert set(made) == {"Étude du site", "Choix du site"}
    assert all(plan.workstream_id == 6 for plan in made.values())
    again = bring(sqlite_copy, cast.didier, "jalons", *lines, how=ImportOptions(given=given))
    assert counts(again) == (0, 0, 2, 0), again.sentences()


def test_numbers_of_another_tool_rename_none_of_our_milestones(sqlite_copy, cast):
    with reading(sqlite_copy) as session:
        ours = session.exec(select(Plan).where(Plan.level == PlanLevel.milestone).limit(3)).all()
        before = {plan.number: plan.title for plan in ours}
    lines = [f"{number};Xylophone {n}" for n, number in enumerate(before)]
    report = bring(sqlite_copy, cast.didier, "jalons", "N°;Tâche", *lines)
    assert counts(report) == (0, 0, 0, 3) and "d'un autre outil" in report.refused[0].reason
    with reading(sqlite_copy) as session:
        now = session.exec(select(Plan).where(Plan.number.in_(before))).all()
        assert before.items() <= {plan.number: plan.title for plan in now}.items()


def test_a_tree_by_its_numbers_becomes_objectives_and_actions(sqlite_copy, cast):
    lines = (
        "N° WBS;Intitulé;Pilote;Début;Fin",
        "1;T Une ville propre;;;",
        "1.1;T Des rues sans déchets;;;",
        "1.1.1;T Cent poubelles;Anne Petit;01/03/2023;30/11/2023",
        "1.1.2;T Une brigade;Anne Petit;mars 2023;décembre 2023",
    )
    report = bring(sqlite_copy, cast.didier, "projets", *lines)
    assert counts(report) == (4, 0, 0, 0), report.sentences()
    made = milestones(sqlite_copy, "T ")
    assert [plan.level for plan in made.values()] == ["os", "oo", "action", "action"]
    assert made["Cent poubelles"].parent_id == made["Des rues sans déchets"].id
    assert counts(bring(sqlite_copy, cast.didier, "projets", *lines)) == (0, 0, 4, 0)


def test_a_new_milestone_out_of_its_programme_is_called_by_its_title(sqlite_copy, cast):
    lines = (
        "Titre;Chantier;Responsable;Début;Échéance",
        "T Un banc;6;Anne Petit;01/02/2026;01/03/2026",
    )
    (told,) = bring(sqlite_copy, cast.didier, "jalons", *lines, how=TRY).warnings
    assert told.reason.startswith("Le jalon « T Un banc » va du 01/02/2026 au 01/03/2026, hors")


def test_kinds_of_tasks_are_levels_and_a_parent_is_known_by_its_title_or_number(sqlite_copy, cast):
    lines = (
        "ID;Sujet;Type;Parent;Date de début;Date d'échéance",
        "512;T Un châssis;Tâche;T Des crèches;01/03/2023;30/11/2023",
        "411;T Des crèches;Epic;;06/01/2023;29/12/2023",
        "513;T Un toit;Tâche;#411;01/03/2023;30/11/2023",
    )
    tried = bring(sqlite_copy, cast.didier, "projets", *lines, how=TRY)
    assert counts(tried) == (3, 0, 0, 0), tried.sentences()
    assert counts(bring(sqlite_copy, cast.didier, "projets", *lines)) == (3, 0, 0, 0)
    made = milestones(sqlite_copy, "T ")
    above = made["Des crèches"]
    assert (above.level, made["Un toit"].level) == ("oo", "action")
    assert made["Un châssis"].parent_id == made["Un toit"].parent_id == above.id
    assert counts(bring(sqlite_copy, cast.didier, "projets", *lines)) == (0, 0, 3, 0)


SPANS = {
    "du 12 au 15 mars 2023": (date(2023, 3, 12), date(2023, 3, 15)),
    "12/03/2023 – 15/04/2023": (date(2023, 3, 12), date(2023, 4, 15)),
    "12 mars au 15 avril 2023": (date(2023, 3, 12), date(2023, 4, 15)),
    "January 12, 2023 → March 13, 2023": (date(2023, 1, 12), date(2023, 3, 13)),
    "2023-01-12 - 2023-03-13": (date(2023, 1, 12), date(2023, 3, 13)),
    "12/03 au 15/04/2023": (date(2023, 3, 12), date(2023, 4, 15)),
    "31 août 2023": (None, date(2023, 8, 31)),
    "10/05/2023 09:00–12:00": (None, date(2023, 5, 10)),
}


@pytest.mark.parametrize("written", SPANS)
def test_two_days_in_one_cell_are_the_start_and_the_end(written):
    start, end = SPANS[written]
    assert period_of(written) == ({"start": start} if start else {}) | {"end": end}
    with pytest.raises(ValueError, match="date lisible"):
        period_of("au printemps")


def test_the_dates_of_a_page_of_notes_are_those_of_a_milestone(sqlite_copy, cast):
    lines = (
        "Nom,Statut,Responsable,Dates,Chantier",
        'T Une charte,En cours,Anne Petit,"January 12, 2023 → March 13, 2023",6',
    )
    assert counts(bring(sqlite_copy, cast.didier, "jalons", *lines)) == (1, 0, 0, 0)
    plan = milestones(sqlite_copy, "T ")["Une charte"]
    with reading(sqlite_copy) as session:
        now = schedule_now(session, plan)
    assert (now.start, now.end) == (date(2023, 1, 12), date(2023, 3, 13))


def test_parents_without_a_level_stand_above_their_tasks(sqlite_copy, cast):
    lines = (
        "Name,Assignee,Start Date,Due Date,Parent task",
        "T Sans papier,,,,",
        "T Des congés signés,,,,T Sans papier",
        "T Un essai,DG,2023-02-01,2023-06-30,T Des congés signés",
        "T Un arbre,DG,2023-02-01,2023-06-30,",
    )
    report = bring(sqlite_copy, cast.didier, "projets", *lines)
    assert counts(report) == (4, 0, 0, 0), report.sentences()
    made = milestones(sqlite_copy, "T ")
    levels = {title: plan.level for title, plan in made.items()}
    assert levels == {
        "Sans papier": "os",
        "Des congés signés": "oo",
        "Un essai": "action",
        "Un arbre": "action",
    }


def test_what_is_done_without_a_date_is_one_question(sqlite_copy, cast):
    lines = ("Nom,Statut,Responsable,Dates,Chantier",)
    lines += ('T Une charte,Terminé,Anne Petit,"January 12, 2023 → March 13, 2023",6',)
    asked = bring(sqlite_copy, cast.didier, "jalons", *lines)
    assert counts(asked) == (0, 0, 0, 1) and "fini à l'échéance" in asked.refused[0].reason
    how = ImportOptions(given=Correspondence(fixed={"done_as_due": "oui"}))
    report = bring(sqlite_copy, cast.didier, "jalons", *lines, how=how)
    assert counts(report) == (1, 0, 0, 0), report.sentences()
    with reading(sqlite_copy) as session:
        last = session.exec(select(PlanReport).order_by(PlanReport.id.desc())).first()
    assert (last.state, last.actual_end) == ("termine", date(2023, 3, 13))


def test_groups_of_a_board_are_workstreams_and_their_sums_are_left_aside(sqlite_copy, cast):
    head = "Name;Personne;Statut;Échéancier - Start;Échéancier - End"
    lines = (
        "Plan de la cellule;;;;",
        "Académie interne;;;;",
        head,
        "T Un module;Anne Petit;En cours;2023-01-12;2023-10-27",
        ";;;2023-01-12;2023-10-27",
        ";;;;",
        "Groupes de Progrès;;;;",
        head,
        "T Un guide;Anne Petit;À faire;;fin septembre 2023",
    )
    report = bring(sqlite_copy, cast.didier, "jalons", *lines)
    assert counts(report) == (2, 0, 0, 0), report.sentences()
    told = " ".join(problem.reason for problem in report.warnings)
    assert "ni titre ni numéro" in told and "le jour de son échéance" in told
    made = milestones(sqlite_copy, "T ")
    with reading(sqlite_copy) as session:
        streams = {title: session.get(Workstream, p.workstream_id) for title, p in made.items()}
        assert {title: stream.short_name for title, stream in streams.items()} == {
            "Un module": "Académie interne",
            "Un guide": "Groupes de Progrès",
        }
        now = schedule_now(session, made["Un guide"])
    assert (now.start, now.end) == (date(2023, 9, 30), date(2023, 9, 30))


# ── Any kind ──────────────────────────────────────────────────────────────────────────────────────

# Kind, the headers of a tool or of a person, and the fields that they are read as.
SPELLED = [
    (
        "sites",
        "Dénomination;Type de bâtiment;Service gestionnaire;Nb d'agents;Nb de PC",
        "name kind direction agents computers",
    ),
    ("effectifs", "Code;Total agents", "code agents"),
    (
        "formations",
        "Nom abrégé du cours;Nom complet du cours;Résumé du cours",
        "code title objectives",
    ),
    (
        "personnel",
        "SamAccountName;GivenName;Surname;EmailAddress;Title;Department;EmployeeID",
        "- given_name family_name email function service matricule",
    ),
    ("projets", "ID;Sujet;Statut;Projet", "id title state -"),
    (
        "inscriptions",
        "Heure de début;Heure de fin;Adresse de messagerie;Nom;Votre matricule;Formation;Date",
        "- - - - learner title on",
    ),
    (
        "inscriptions",
        "Prénom;Nom de famille;Adresse e-mail;Nom de l'événement;Date de l'événement;"
        "Statut du participant",
        "given_name family_name learner title on status",
    ),
    (
        "inscriptions",
        "ID utilisateur;ID d'élément;Titre de l'élément;Date d'achèvement;Statut d'achèvement;"
        "Heures de crédit",
        "learner code title on status hours",
    ),
    (
        "inscriptions",
        "Numéro d'identification;Adresse de courriel;Cours;Date",
        "learner - code on",
    ),
    (
        "jalons",
        "Name;Personne;Statut;Échéancier - Start;Échéancier - End",
        "title owner state start end",
    ),
    ("jalons", "Quoi;Qui;Pour quand;Où en est-on ?", "title owner end state"),
    ("idees", "ID;Contenu;Catégorie;Couleur;Likes", "key title theme - voices"),
    (
        "idees",
        "Date;Direction;Titre;Suite donnée;Date de la suite",
        "filed_on direction title status status_on",
    ),
    ("idees", "id;title;details;status;score;created", "key title body status voices filed_on"),
    (
        "idees",
        "Résumé;Clé de ticket;État;Nom du projet;Création;Votes;Description",
        "title key status - filed_on voices body",
    ),
    (
        "idees",
        "Card ID;Card Name;Card Description;Labels;Due Date;List Name",
        "key title body theme - status",
    ),
]


@pytest.mark.parametrize(("kind", "headers", "codes"), SPELLED)
def test_the_headers_of_a_tool_are_read_as_what_they_are(kind, headers, codes):
    fields = fields_of(kind)
    table = open_table(f"{headers}\n".encode(), "x.csv", known_for(fields))
    places = Matched(table, fields).places
    expected = {code: n for n, code in enumerate(codes.split()) if code != "-"}
    assert places == expected


# ── People and directions ─────────────────────────────────────────────────────────────────────────


def test_a_payroll_export_gives_names_numbers_and_units(sqlite_copy, cast):
    with reading(sqlite_copy) as session:
        unit = session.exec(select(Direction).where(Direction.kind == "service")).first()
    lines = (
        "Situation du personnel au 30/06/2023;;;;",
        "N° pers.;Nom Prénom;Unité org.;ETP;Date d'entrée",
        f"900001;VAN DEN BROECK Anne;{unit.name};0,8;01/02/2023",
        f"900002;Petit, Jean;{unit.code};1;1-févr-23",
        ";;Total;1,8;",
    )
    report = bring(sqlite_copy, cast.farid, "personnel", *lines)
    assert counts(report) == (2, 0, 0, 0), report.sentences()
    with reading(sqlite_copy) as session:
        made = session.exec(select(Person).where(Person.key.startswith("90000"))).all()
        names = {(person.given_name, person.family_name) for person in made}
    assert names == {("Anne", "VAN DEN BROECK"), ("Jean", "Petit")}


def test_an_account_that_is_disabled_is_nobody_at_work(sqlite_copy, cast):
    head = "SamAccountName;GivenName;Surname;EmailAddress;Title;Department;EmployeeID;Enabled"
    lines = (
        head,
        "petan;Anne;Petit;anne.petit@x.be;Juriste;VC-JSP-1;900001;True",
        "durlu;Luc;Durand;luc.durand@x.be;Juriste;VC-JSP-1;900002;False",
    )
    report = bring(sqlite_copy, cast.farid, "personnel", *lines)
    assert counts(report) == (1, 0, 0, 0), report.sentences()
    assert [p.line for p in report.warnings if "désactivé" in p.reason] == [3]
    assert select_all(sqlite_copy, select(Person).where(Person.key == "900002")) == []


def test_another_case_of_the_same_word_is_no_change(sqlite_copy, cast):
    lines = ("Nom;Genre;Agents", "T Bassin;piscine;3")
    assert counts(bring(sqlite_copy, cast.farid, "sites", *lines)) == (1, 0, 0, 0)
    lines = ("Dénomination;Type de bâtiment;Nb d'agents", "T Bassin;Piscine;3")
    assert counts(bring(sqlite_copy, cast.farid, "sites", *lines)) == (0, 0, 1, 0)
    lines = ("Nom;Genre;Agents", "T Bassin;Piscine;4")
    assert counts(bring(sqlite_copy, cast.farid, "sites", *lines)) == (0, 1, 0, 0)
    site = select_one(sqlite_copy, select(Site).where(Site.name == "T Bassin"))
    assert (site.kind, site.agents) == ("piscine", 4)


def test_all_that_is_missing_is_named_at_once_and_proposed(sqlite_copy, cast):
    lines = ("Qui est-ce;Affecté au service de", "DUPONT Anne;VC-JSP", "DURAND Luc;VC-JSP")
    with pytest.raises(Unmatched) as refusal:
        bring(sqlite_copy, cast.farid, "personnel", *lines)
    said = str(refusal.value)
    assert "« matricule (ou e-mail) »" in said and "« prénom" in said and "« nom" in said
    assert refusal.value.layout.proposed["service"] == "Affecté au service de"
    assert refusal.value.layout.samples[0] == ["DUPONT Anne", "DURAND Luc"]


def test_a_chart_in_columns_is_a_tree(sqlite_copy, cast):
    lines = (
        "N1;N2;N3",
        "Département neuf;Direction neuve;Service un",
        "Département neuf;Direction neuve;Service deux",
    )
    report = bring(sqlite_copy, cast.farid, "directions", *lines)
    assert counts(report) == (4, 0, 0, 0), report.sentences()
    assert counts(bring(sqlite_copy, cast.farid, "directions", *lines)) == (0, 0, 4, 0)
    made = select_one(sqlite_copy, select(Direction).where(Direction.name == "Service un"))
    assert (made.kind, made.code) == ("service", "SERVICE-UN")


def test_a_headcount_without_its_column_keeps_who_has_no_computer(sqlite_copy, cast):
    bring(sqlite_copy, cast.farid, "effectifs", "service;effectif;sans poste", "VC-JSP-1;30;4")
    for total, without in ((25, 4), (3, 3)):
        report = bring(
            sqlite_copy, cast.farid, "effectifs", "Service;Total agents", f"VC-JSP-1;{total}"
        )
        kept = select_one(
            sqlite_copy,
            select(Headcount)
            .join(Direction, Direction.id == Headcount.service_id)
            .where(Direction.code == "VC-JSP-1")
            .order_by(Headcount.id.desc())
            .limit(1),
        )
        assert (kept.agents, kept.without_computer) == (total, without), report.sentences()


def test_headcounts_are_of_the_day_that_their_title_gives(sqlite_copy, cast):
    lines = (
        "Effectifs par service au 30/04/2023;;",
        "",
        "Direction;Service;Total agents",
        "Jeunesse;VC-JSP-1;30",
        "Total Jeunesse;;30",
    )
    report = bring(sqlite_copy, cast.farid, "effectifs", *lines)
    assert counts(report) == (0, 1, 0, 0), report.sentences()
    counted = select_all(sqlite_copy, select(Headcount).where(Headcount.on == date(2023, 4, 30)))
    assert [each.agents for each in counted] == [30]
    assert any("au « 30/04/2023 »" in p.reason for p in report.warnings)


# ── Trainings ─────────────────────────────────────────────────────────────────────────────────────


def test_a_catalogue_without_codes_gives_titles_days_and_places(sqlite_copy, cast):
    lines = (
        "Intitulé de la formation;Durée;Nombre de places;Opérateur de formation",
        "Conduire un camion;3 j;8;Forem",
        "Bien accueillir;1/2 jour;12;",
    )
    assert counts(bring(sqlite_copy, cast.didier, "formations", *lines)) == (2, 0, 0, 0)
    assert counts(bring(sqlite_copy, cast.didier, "formations", *lines)) == (0, 0, 2, 0)
    made = select_one(sqlite_copy, select(Training).where(Training.title == "Conduire un camion"))
    assert (made.hours, made.capacity, made.code) == (22.8, 8, "CONDUIRE-UN-CAMIO")


def test_the_summary_of_a_course_comes_in_as_plain_text(sqlite_copy, cast):
    lines = (
        "Nom abrégé du cours;Nom complet du cours;Résumé du cours;Durée;Places",
        "T-1;T Extincteurs;<p>Théorie et <b>pratique</b>.</p><p>Au dépôt.</p>;3h30;12",
    )
    for expected in ((1, 0, 0, 0), (0, 0, 1, 0)):
        report = bring(sqlite_copy, cast.didier, "formations", *lines)
        assert counts(report) == expected, report.sentences()
    made = select_one(sqlite_copy, select(Training).where(Training.code == "T-1"))
    assert made.objectives == "Théorie et pratique.\n\nAu dépôt."


ATTENDED = {
    "moodle": (
        ("Prénom;Nom de famille;Adresse de courriel;Groupes", "Anne;Petit;anne@x.be;Matin"),
        {"code": "Excel", "on": "10/05/2023"},
    ),
    "google-forms": (
        (
            "Horodateur;Nom et prénom;Formation souhaitée;Date de la session",
            "2023/05/02 9:12:00;Anne Petit;Excel;10/05/2023",
        ),
        {},
    ),
    "attendance": (
        ("Formation;Date;Nom;Prénom;Présence", "Excel;10/05/2023 09:00–12:00;Petit;Anne;Présente"),
        {},
    ),
}


@pytest.mark.parametrize("tool", ATTENDED)
def test_sign_up_sheets_and_attendances_name_nobody_here(sqlite_copy, cast, tool):
    lines, fixed = ATTENDED[tool]
    how = ImportOptions(given=Correspondence(fixed=fixed))
    report = bring(sqlite_copy, cast.didier, "inscriptions", *lines, how=how)
    assert counts(report) == (1, 0, 0, 0), report.sentences()
    assert counts(bring(sqlite_copy, cast.didier, "inscriptions", *lines, how=how))[2] == 1
    (seat,) = select_all(sqlite_copy, select(Seat).where(Seat.outside.startswith("academie:")))
    assert seat.status == ("presente" if tool == "attendance" else "inscrite")
    assert "petit" not in seat.outside.lower() and "anne" not in seat.outside.lower()


def test_an_agent_is_known_by_her_name_where_her_address_is_not(sqlite_copy, cast):
    with reading(sqlite_copy) as session:
        who = session.exec(select(Person).where(Person.key == "101367")).one()
        names = f"{who.given_name};{who.family_name}"
    lines = (
        "Prénom;Nom de famille;Adresse e-mail;Nom de l'événement;Date de l'événement;Statut du"
        " participant",
        f"{names};chez.elle@x.be;T Journée;2023-05-12;Enregistré",
    )
    how = ImportOptions(own=True)
    report = bring(sqlite_copy, cast.didier, "inscriptions", *lines, how=how)
    assert counts(report) == (1, 0, 0, 0), report.sentences()
    seat = select_one(sqlite_copy, select(Seat).order_by(Seat.id.desc()).limit(1))
    assert (seat.person_id, seat.status) == (who.id, "presente")


def test_a_poll_without_headers_says_how_to_save_it(sqlite_copy, cast):
    lines = ("Sondage;;", ";mars 2023;", ";mar. 14;mar. 21", "Mehmet Masson;OK;", "Dario Simon;;OK")
    with pytest.raises(Unmatched, match="une ligne d'en-têtes, puis une ligne par élément"):
        bring(sqlite_copy, cast.didier, "inscriptions", *lines)


def test_a_sheet_with_a_column_a_session_gives_each_attendance(sqlite_copy, cast):
    lines = (
        "Cours;T Secours;;;",
        ";;;;",
        "Nom de famille;Prénom;Adresse de courriel;14 mars 2023 09:00 Tous les participants;"
        "21 mars 2023 13:30 Tous les participants",
        "Petit;Anne;anne@x.be;P (2/2);A (0/2)",
        "Durand;Luc;luc@x.be;E (1/2);?",
        "Evrard;Zoé;zoe@x.be;?;R (1/2)",
    )
    report = bring(sqlite_copy, cast.didier, "inscriptions", *lines)
    assert counts(report) == (4, 0, 0, 0), report.sentences()
    seats = select_all(sqlite_copy, select(Seat).where(Seat.outside.startswith("academie:")))
    assert sorted(s.status for s in seats) == ["absente", "excusee", "presente", "presente"]
    assert counts(bring(sqlite_copy, cast.didier, "inscriptions", *lines)) == (0, 0, 4, 0)


# ── Measures ──────────────────────────────────────────────────────────────────────────────────────


def test_measures_by_month_and_by_the_name_of_a_figure(sqlite_copy, cast):
    lines = ("Indicateur;Période;Valeur;Source", "Citoyens satisfaits;mai 2023;71,5 %;Baromètre")
    assert counts(bring(sqlite_copy, cast.didier, "releves", *lines)) == (1, 0, 0, 0)
    assert select_one(sqlite_copy, select(Measure).where(Measure.value == 71.5)).on == date(
        2023, 5, 31
    )


def test_the_unit_of_a_measure_is_no_direction(sqlite_copy, cast):
    lines = ("Indicateur;Unité;Date;Valeur;Source", "Citoyens satisfaits;%;31/05/2023;71,5;X")
    report = bring(sqlite_copy, cast.didier, "releves", *lines)
    assert counts(report) == (1, 0, 0, 0), report.sentences()


def test_months_in_columns_are_measures_of_their_last_days(sqlite_copy, cast):
    lines = (
        "Indicateur;Unité;Source;avr. 2023;mai 2023;Moyenne",
        "Citoyens satisfaits;%;Baromètre;70,5;71,5;71",
        "Total;;;70,5;71,5;71",
    )
    report = bring(sqlite_copy, cast.didier, "releves", *lines)
    assert counts(report) == (2, 0, 0, 0), report.sentences()
    made = select_all(sqlite_copy, select(Measure).where(Measure.value.in_((70.5, 71.5))))
    assert {(m.on, m.value) for m in made} == {
        (date(2023, 4, 30), 70.5),
        (date(2023, 5, 31), 71.5),
    }


def test_targets_for_several_days_in_one_line_are_each_decided(sqlite_copy, cast):
    head = "Indicateur;Réalisé 2024;Cible juin 2025;Cible 2026;Justification"
    row = "Citoyens satisfaits;1;75 %;80 %;PST"
    report = bring(sqlite_copy, cast.didier, "cibles", head, row)
    assert counts(report) == (2, 0, 0, 0), report.sentences()
    made = select_all(sqlite_copy, select(Target).where(Target.reason == "PST"))
    assert {(target.for_date, target.value) for target in made} == {
        (date(2025, 6, 30), 75),
        (date(2026, 12, 31), 80),
    }


# ── What a person says once ───────────────────────────────────────────────────────────────────────

OWN = ("Quoi donc;Qui fait;Depuis quand;Jusque quand;Où en est-on", "T Un banc;DG;{};{};Yolo")


def test_a_stored_correspondence_reads_the_next_file_by_itself(sqlite_copy, cast):
    lines = (OWN[0], OWN[1].format("01/01/2023", "30/06/2023"))
    with pytest.raises(Unmatched):
        bring(sqlite_copy, cast.didier, "jalons", *lines)
    toml = """
nom = "Notre planning"
[colonnes]
titre = "Quoi donc"
porteur = "Qui fait"
"début" = "Depuis quand"
"échéance" = "Jusque quand"
"état" = "Où en est-on"
[fixes]
chantier = "6"
[valeurs."état"]
Yolo = "En cours"
"""
    fields = importable("jalons")
    given = read_correspondence(toml.encode(), fields, "c.toml")
    back = read_correspondence(given.as_toml(fields).encode(), fields, "c.toml")
    assert {code: named for code, named in back.columns.items() if named} == given.columns
    assert (back.fixed, back.values) == (given.fixed, given.values)
    with writing(sqlite_copy) as session, pytest.raises(Refused):
        store_correspondence(session, cast.alice, "jalons", given)
    with writing(sqlite_copy) as session, pytest.raises(Invalid):
        store_correspondence(session, cast.didier, "jalons", Correspondence())
    assert (
        write_with(sqlite_copy, store_correspondence, cast.didier, "jalons", given)
        == "Notre planning"
    )
    report = bring(sqlite_copy, cast.didier, "jalons", *lines)
    assert counts(report) == (1, 0, 0, 0) and report.layout.profile == "Notre planning"
    with writing(sqlite_copy) as session:
        remove_correspondence(session, cast.didier, "jalons", "Notre planning")
        assert stored_correspondences(session, "jalons") == []


def test_a_word_that_is_none_of_ours_is_offered_ours(sqlite_copy, cast):
    lines = ("Tâche;Chantier;Responsable;Début;Fin;Statut",)
    lines += ("T Un banc;6;DG;01/01/2023;30/06/2023;Yolo",)
    report = bring(sqlite_copy, cast.didier, "jalons", *lines)
    assert counts(report) == (0, 0, 0, 1) and "En cours" in report.unknown["state"]["Yolo"]
    given = Correspondence(values={"state": {"Yolo": "En cours"}})
    how = ImportOptions(given=given)
    assert counts(bring(sqlite_copy, cast.didier, "jalons", *lines, how=how)) == (1, 0, 0, 0)


# ── Ideas: where they come from ───────────────────────────────────────────────────────────────────

DECIDIM = "id;title/fr;body/fr;published_at\n1;Un banc;À la gare;2023-01-02\n2;Un pré;;2023-01-03\n"


def ideas_of(engine, content: str, name: str, **how):
    with writing(engine) as session:
        return act_of("idees")(session, OPERATOR, content.encode(), name, ImportOptions(**how))


@pytest.mark.parametrize(
    "content",
    [
        DECIDIM,
        "number,title,description,votes_count\n1,Un banc,Ici,3\n2,Un pré,Là,4\n",
        "Projet;Détail\nUn banc;Ici\nUn pré;Là\n".replace("Projet", "Titre"),
    ],
    ids=["decidim", "fider", "no-identifier"],
)
def test_the_same_bytes_under_another_name_change_nothing(small_town, content):
    first = ideas_of(small_town, content, "mars.csv")
    assert (first.new, first.changed) == (2, 0)
    again = ideas_of(small_town, content, "avril-definitif (3).csv")
    assert (again.new, again.changed, again.unchanged) == (0, 0, 2)
    assert again.source == first.source and "mars" not in first.source
    other = content.replace("Un banc", "Une halle").replace("Un pré", "Un quai")
    third = ideas_of(small_town, other, "mars.csv")
    assert third.new == 2 and third.source != first.source, "two boards may number alike"
    assert len(entries(small_town)) == 4


def test_a_card_that_is_done_was_done_on_its_last_day(small_town):
    board = (
        "Card ID,Card Name,Card Description,Last Activity Date,List Name\n"
        "65a,Des vélos,Pour aller aux annexes,2023-03-12T08:22:11.120Z,Fait\n"
        "65b,Un badge,Pour tous,2023-04-12T08:22:11.120Z,À traiter\n"
    )
    ideas_of(small_town, board, "trello.csv")
    found = entries(small_town)
    assert (found["Des vélos"].status, found["Des vélos"].filed_on) == (
        "realisee",
        date(2023, 3, 12),
    )
    assert not found["Des vélos"].dated, "a filing of an unknown day"
    assert found["Un badge"].filed_on > date(2023, 4, 12)


def test_titles_that_are_here_under_another_source_are_a_question(small_town):
    first = ideas_of(small_town, DECIDIM, "a.csv")
    moved = DECIDIM.replace("\n1;", "\n71;").replace("\n2;", "\n72;")
    tried = ideas_of(small_town, moved, "b.csv", dry_run=True)
    assert tried.elsewhere == first.source and "les mettre à jour ?" in " ".join(tried.sentences())
    with pytest.raises(Refused, match="sont déjà là"):
        ideas_of(small_town, moved, "b.csv")
    assert ideas_of(small_town, moved, "b.csv", source="Une autre").new == 2


# ── Surveys ───────────────────────────────────────────────────────────────────────────────────────


def survey(*lines: str) -> bytes:
    return "\n".join(lines).encode()


MS_FORMS = survey(
    "ID;Heure de début;Heure de fin;Adresse de messagerie;Nom;Comment venez-vous ?;Votre note",
    *(f'{n};1/5/23;1/5/23;anonymous;;"Vélo;Bus;";{n % 10}/10' for n in range(1, 9)),
    *(f'{n};1/5/23;1/5/23;anonymous;;"Bus;";{n % 10}/10' for n in range(11, 17)),
)
GOOGLE = survey(
    "Horodateur,Comment venez-vous ?,Êtes-vous d'accord ?,Quel jour ?,Votre numéro",
    *(
        f'2023/05/0{n} 9:00,"{"Vélo, Bus" if n % 2 else "Bus"}","{"Oui, tout à fait" if n % 2 else "Non, pas du tout"}",0{n}/05/2023,{n}4512'
        for n in range(1, 9)
    ),
)
MONKEY = survey(
    "Respondent ID,Collector ID,Start Date,Comment venez-vous ?,,,Votre avis",
    ",,,Vélo,Bus,Autre (veuillez préciser),Response",
    *(
        f"{n},9,05/01/2023,{'Vélo' if n % 2 else ''},Bus,{'' if n else 'À pied'},{'Bien' if n % 2 else 'Mal'}"
        for n in range(8)
    ),
)


def kinds(report) -> dict[str, QuestionKind]:
    return {question.text: question.kind for question in report.table.questions}


def test_forms_of_three_tools_are_read_as_people_answered(demo_copy, cast):
    ms = brought(demo_copy, cast.didier, MS_FORMS, dry_run=True)
    assert kinds(ms) == {
        "Comment venez-vous ?": QuestionKind.multiple,
        "Votre note": QuestionKind.zero_to_ten,
    }
    assert list(ms.table.questions[0].choices) == ["Vélo", "Bus"]
    assert ms.table.sheets[0].answers == {0: ("Vélo", "Bus"), 1: 1.0}
    google = brought(demo_copy, cast.didier, GOOGLE, dry_run=True)
    assert kinds(google) == {
        "Comment venez-vous ?": QuestionKind.multiple,
        "Êtes-vous d'accord ?": QuestionKind.single,
    }, "a day and a number are nothing to average"
    monkey = brought(demo_copy, cast.didier, MONKEY, dry_run=True)
    assert list(kinds(monkey).values()) == [
        QuestionKind.multiple,
        QuestionKind.free,
        QuestionKind.single,
    ]
    assert list(monkey.table.questions[0].choices) == ["Vélo", "Bus"]
    assert monkey.table.sheets[1].answers[0] == ("Vélo", "Bus")


def test_a_list_of_ideas_is_doubted_as_a_survey_and_a_file_without_headers_is_read(demo_copy, cast):
    listed = survey(
        "id;titre;texte;état;date de dépôt",
        *(f"{n};Un banc {n % 3};Ici;Reçue;0{n}/05/2023" for n in range(1, 9)),
    )
    report = brought(demo_copy, cast.didier, listed, dry_run=True)
    assert any("ressemble à une liste d'idées" in p.reason for p in report.warnings)
    bare = survey(*(f"{n % 5 + 1};{'Oui' if n % 2 else 'Non'}" for n in range(8)))
    report = brought(demo_copy, cast.didier, bare, dry_run=True)
    assert (report.rows, set(kinds(report))) == (8, {"Colonne 1", "Colonne 2"})


# ── Files in, files out ───────────────────────────────────────────────────────────────────────────
# Whatever the encoding, nothing is lost and nothing is guessed without being told.


def rows_of(content: bytes, name: str = "idees.csv") -> list[tuple[int, list[str]]]:
    return [(row.line, row.cells) for row in open_table(content, name).rows]


@pytest.mark.parametrize(
    "encoding",
    [
        "utf-8",
        "utf-8-sig",
        "utf-16",
        "utf-16-le",
        "utf-16-be",
        "utf-32",
        "cp1252",
        "latin-1",
        "mac_roman",
        "cp850",
    ],
)
def test_every_encoding_line_end_and_separator_gives_the_same_rows(encoding):
    for end, separator in product(["\n", "\r\n", "\r"], [";", ",", "\t"]):
        rows = [["titre", "texte"], ["Été à la forêt", "élève déjà fêté"], []]
        text = end.join(separator.join(row) for row in rows)
        found = rows_of(text.encode(encoding))
        assert found == [(2, ["Été à la forêt", "élève déjà fêté"])], (end, separator)


EXPECTED = {
    "mac_newlines.csv": [(2, ["1", "2", "3"]), (3, ["Once upon\ra time", "5", "6"])],
    "test_header_newline.csv": [(8, ["d", "e", "f"])],
    "test_latin1.csv": [(2, ["1", "2", "3"]), (3, ["4", "5", "©"])],
    "test_utf8.csv": [(2, ["1", "2", "3"]), (3, ["4", "5", "ʤ"])],
    "test_utf8_bom.csv": [(2, ["1", "2", "3"]), (3, ["4", "5", "ʤ"])],
    "test_utf16_big.csv": [(2, ["1", "2", "3"]), (3, ["4", "5", "ʤ"])],
    "test_utf16_little.csv": [(2, ["1", "2", "3"]), (3, ["4", "5", "ʤ"])],
    "null_byte.csv": [(2, ["", "2", "3"])],
    "optional_quote_characters.csv": [(2, ["1", "2", "3"])],
    "test_locale.csv": [(2, ["1,7", "200.000.000", ""])],
    "date_like_number.csv": [(2, ["4.5"])],
}


@real_files
@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_files_with_every_fault_are_read(name):
    assert rows_of((DATA / "encodages" / name).read_bytes()) == EXPECTED[name]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "est vide"),
        (b"\n", "est vide"),
        (b"\x89PNG\r\n\x1a\n", "une image PNG"),
        (b"%PDF-1.7", "un document PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "XLS"),
        (b"PK\x03\x04", "une archive ZIP"),
        (b"<!DOCTYPE html><p>", "une page HTML"),
        (b'[{"titre": "a"}]', "du JSON"),
        (b"\0" * 500, "binaire"),
        (bytes(range(256)) * 8, "encodage|binaire"),
    ],
)
def test_a_file_that_is_not_what_its_name_says_is_refused(content, said):
    refuses(open_table, content, "idees.csv", match=said)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'[{"a": 1},', "colonne"),
        (b"{}", "liste"),
        (b"[]", "vide"),
        (b"[" * 100_000, "lisible"),
        (b"titre;texte", "lisible"),
    ],
)
def test_a_json_file_that_cannot_be_read_is_refused(content, said):
    refuses(open_table, content, "idees.json", match=said)


def test_an_unknown_extension_and_a_missing_file_are_refused(tmp_path):
    refuses(open_table, b"titre", "idees.docx", match="CSV ou JSON")
    refuses(open_table, tmp_path / "idees.csv", match="introuvable")


def test_a_quote_that_never_closes_costs_its_line_and_no_other():
    table = open_table(b'titre;texte\na;"ouvert\nb;c\n"x"y";z\nd;"e\nf"\n', "idees.csv")
    assert [(row.line, bool(row.problem)) for row in table.rows] == [
        (2, True),
        (3, False),
        (4, True),
        (5, False),
    ]


def test_too_many_cells_refuse_the_row_too_few_warn():
    table = open_table(b"titre;texte\na;b;c\nd\n;\n\ne;f;;\n", "idees.csv")
    assert [(row.line, bool(row.problem)) for row in table.rows] == [
        (2, True),
        (3, False),
        (6, False),
    ]
    assert [problem.line for problem in table.warnings] == [3]


def test_a_separator_line_of_excel_keeps_the_line_numbers():
    assert rows_of(b"sep=,\r\ntitre,texte\r\na,b\r\n") == [(3, ["a", "b"])]


def test_inner_objects_of_json_become_columns():
    table = open_table(b'{"data": [{"title": {"fr": "Banc"}, "n": 4860.0}, 3]}', "idees.json")
    assert table.headers == ["title/fr", "n"]
    first, second = table.rows
    assert (
        (first.line, first.cells) == (0, ["Banc", "4860.0"]) and second.line == 1 and second.problem
    )


def test_a_row_that_breaks_a_rule_is_refused_with_its_line_and_column():
    rows = list(
        read_ideas(open_table(f"titre;texte\n;a\n{'x' * 256};b\nc;d\n".encode(), "idees.csv")).rows
    )
    refused = [row.problem for row in rows if isinstance(row, RefusedRow)]
    assert [(p.line, p.column) for p in refused] == [(2, "titre"), (3, "titre")]
    assert "256 caractères" in refused[1].reason


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2023-06-30", date(2023, 6, 30)),
        ("2023-06-30 23:59:59", date(2023, 6, 30)),
        ("2023-06-30T08:00:00Z", date(2023, 6, 30)),
        ("30/06/2023", date(2023, 6, 30)),
        ("30-06-2023", date(2023, 6, 30)),
        ("30.06.2023", date(2023, 6, 30)),
        ("30 juin 2023", date(2023, 6, 30)),
        ("02/févr./23 2:40 PM", date(2023, 2, 2)),
        ("2023-06-30T10:00:00+01:00", date(2023, 6, 30)),
        ("2024-02", date(2024, 2, 29)),
        ("2014", None),
        ("", None),
        ("1999-01-01", date(1999, 1, 1)),
        ("2099-12-31", date(2099, 12, 31)),
    ],
)
def test_days_are_read_in_every_spelling(text, day):
    assert day_of(text) == day


@pytest.mark.parametrize("text", ["January 12, 2026 → March 13, 2026", "12/01/2026 → 13/03/2026"])
def test_a_span_of_two_days_is_not_read_as_its_first(text):
    with pytest.raises(ValueError, match="n'est pas une date lisible"):
        day_of(text)


@pytest.mark.parametrize(
    "text",
    ["31/02/2023", "2023-13-01", "2023-13", "hier", "0001-01-01", "9999-12-31", "12/31/2023"],
)
def test_days_that_do_not_exist_are_refused(text):
    refuses(day_of, text, error=ValueError)


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("FIN", IdeaStatus.implemented),
        ("ABANDONNÉ", IdeaStatus.refused),
        ("(non démarré)", IdeaStatus.accepted),
        ("à l’étude", IdeaStatus.studied),
        ("A L'ETUDE", IdeaStatus.studied),
        ("a-l-etude", IdeaStatus.studied),
        ("declined", IdeaStatus.refused),
        ("Under review", IdeaStatus.studied),
        ("Goedgekeurd", IdeaStatus.accepted),
        ("Niet weerhouden", IdeaStatus.refused),
        ("Infaisable", IdeaStatus.refused),
        ("Bestaat al", IdeaStatus.already),
        ("uitgesteld", IdeaStatus.postponed),
        ("?!", None),
    ],
)
def test_states_are_recognised_folded_and_in_three_languages(text, status):
    assert STATUSES.get(compact(text)) is status


@given(st.text())
def test_a_protected_text_comes_back_exactly_and_never_starts_a_formula(text):
    assert restored(protected(text)) == text
    assert not protected(text).lstrip().startswith(tuple("=+-@＝＋－＠"))
    assert not protected(text).startswith(("\t", "\r", "\n"))


def test_what_is_written_keeps_numbers_and_dates_and_protects_headers():
    rows = [("=1+1", -5, date(2023, 6, 30)), (None, 0, True)]
    assert as_bytes(["Titre", "=Nombre", "Jour"], rows) == (
        b"\xef\xbb\xbfTitre;'=Nombre;Jour\r\n'=1+1;-5;2023-06-30\r\n;0;oui\r\n"
    )


def test_a_write_that_fails_leaves_the_old_file(tmp_path):
    out = tmp_path / "idees.csv"
    out.write_text("avant")

    def rows():
        yield ("a",)
        raise Refused("Interrompu.")

    refuses(write, "Idées", ["Titre"], rows(), out)
    assert out.read_text() == "avant" and list(tmp_path.iterdir()) == [out]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"])), min_size=1, max_size=5))
def test_every_cell_written_is_read_back(cells):
    (row,) = open_table(
        as_bytes(["Titre", *map(str, range(len(cells)))], [("a", *cells)]), "x.csv"
    ).rows
    assert [restored(cell) for cell in row.cells[1:]] == cells
