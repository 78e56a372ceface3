"""The screens of jobs without a browser: what stands on another machine, what was lost, hostile
names, what is not shown.
"""

import json
from datetime import timedelta

import pytest
from sqlalchemy import Engine
from support.pages import html_of, markdown_of
from support.surveys import MAY, as_csv, sheets
from support.transactions import execute, read_with, write_with

from dashboard.actions.operations import jobs
from dashboard.actions.operations.heartbeats import write_ends
from dashboard.commands.jobs import MAKERS
from dashboard.queries.operations.jobs import LOST, LOST_AFTER
from dashboard.queries.people.readers import account_by_login, reader_of
from models.clock import now, today
from models.database import writing
from models.jobs import Job, JobState
from models.short_lived import SignOfLife

HOSTILE = (
    "<img src=x onerror=alert(1)> **gras** :material/home: [lien](https://exemple.invalid) \"'&"
)


def put(engine: Engine, login: str, kind: str, **values: object) -> str:
    """A job of that person, as its process would have left it."""
    person = read_with(engine, account_by_login, login).person_id
    params = json.dumps(
        {"login": login, "essai": "", "fichier": "boite.csv"} | values.pop("params", {})
    )
    heard = values.pop("heard_at", now())
    job = Job(
        **(
            {
                "id": f"{kind}-{login}".ljust(32, "0"),
                "kind": kind,
                "asked_by": person,
                "asked_on": now().date(),
                "params": params,
                "state": JobState.done,
                "progress": 100,
            }
            | values
        )
    )
    with writing(engine) as session:
        session.merge(job)
        session.merge(SignOfLife(job_id=job.id, asked_at=now(), heard_at=heard))
    return job.id


@pytest.fixture(autouse=True)
def no_jobs(demonstration):
    yield
    execute(demonstration, Job.__table__.delete())


def test_a_backup_on_another_machine_is_one_sentence(open_page, demonstration):
    put(demonstration, "farid", "sauvegarde", file_name="c-possible-2023.zip")
    tab = open_page("farid", "etat-du-systeme")
    said = "\n".join(html_of(tab))
    assert not tab.exception and "sur une autre machine" in said and "/sauvegarde/" not in said


@pytest.mark.parametrize(
    ("found", "value", "word"),
    [
        (None, "aucune depuis hier", "À surveiller"),
        ([True, True], "Tout tient", "Va bien"),
        ([True, False], "1 sur 2", "À corriger"),
    ],
)
def test_the_tile_of_the_checks_says_what_the_last_one_found(
    open_page, demonstration, found, value, word
):
    if found is not None:
        findings = [
            {"name": f"contrôle {n}", "holds": holds, "said": "idée n° 12"}
            for n, holds in enumerate(found)
        ]
        put(demonstration, "farid", "verification", result=json.dumps(findings).encode())
    tab = open_page("farid", "etat-du-systeme")
    bodies = [body for body in html_of(tab) if "cp-vitals" in body or "Va bien" in body]
    of = "<li>" if word.startswith("À") else "<details"
    parts = [part for body in bodies for part in body.split(of) if "Vérifications" in part]
    assert not tab.exception and value in parts[-1] and word in parts[-1]


def test_what_is_red_stands_first_with_what_to_do(open_page, demonstration):
    write_with(demonstration, write_ends, {"check": "Refused", "round": ""}, now())
    tab = open_page("farid", "etat-du-systeme")
    bodies = html_of(tab)
    first = next(body for body in bodies if "cp-vitals" in body).split("<li>")[1]
    assert "Tâches" in first and "À corriger" in first and "c-possible" not in first
    assert any("Pour le service informatique" in b and "c-possible tick" in b for b in bodies)
    write_with(demonstration, write_ends, {"check": ""}, now())
    tab = open_page("farid", "etat-du-systeme")
    bodies = html_of(tab)
    wrong = next(body for body in bodies if "cp-vitals" in body)
    assert "Tâches" not in wrong and any("Toutes aboutissent" in body for body in bodies)


def test_a_lost_job_is_told_and_nothing_is_asked_again(open_page, demonstration):
    put(
        demonstration,
        "didier",
        "idees",
        state=JobState.running,
        progress=40,
        heard_at=now() - LOST_AFTER - timedelta(seconds=1),
    )
    tab = open_page("didier", "imports")
    said = "\n".join(html_of(tab))
    assert (
        not tab.exception
        and "arrêté avant la fin" in said
        and "progressbar" not in said
        and LOST[:10] in said
    )


def test_progress_is_said_to_the_eye_and_to_a_screen_reader(open_page, demonstration):
    put(
        demonstration,
        "didier",
        "idees",
        state=JobState.running,
        progress=40,
        said="Lecture : 12 lignes",
    )
    said = "\n".join(html_of(open_page("didier", "imports")))
    assert (
        'role="progressbar"' in said
        and 'aria-valuenow="40"' in said
        and "width:40%" in said
        and "Lecture" in said
    )


@pytest.mark.parametrize(("rows", "said"), [(0, "aucune ligne"), (3, "tout est déjà là")])
def test_a_file_that_brings_nothing_says_why(open_page, demonstration, rows, said):
    found = {
        "rows": rows,
        "new": 0,
        "changed": 0,
        "unchanged": rows,
        "gone": 0,
        "written": False,
        "refused": [],
        "warnings": [],
    }
    put(demonstration, "didier", "idees", result=json.dumps(found).encode(), params={"essai": ""})
    tab = open_page("didier", "imports")
    assert not tab.exception and said in "\n".join([*html_of(tab), *markdown_of(tab)])


def test_what_a_file_holds_is_text_everywhere(open_page, demonstration):
    found = {
        "rows": 2,
        "new": 1,
        "changed": 0,
        "unchanged": 0,
        "gone": 0,
        "written": False,
        "refused": [{"line": 2, "column": HOSTILE, "reason": HOSTILE}],
        "warnings": [{"line": 3, "reason": HOSTILE}],
    }
    put(
        demonstration,
        "didier",
        "idees",
        result=json.dumps(found).encode(),
        params={"fichier": HOSTILE},
    )
    tab = open_page("didier", "imports")
    assert (
        not tab.exception
        and "&lt;img" in "\n".join(html_of(tab))
        and "<img src=x" not in "\n".join(html_of(tab))
    )
    assert not any("exemple.invalid" in body for body in markdown_of(tab)), (
        "no place that reads Markdown shows it"
    )


def test_an_old_trial_offers_its_import_once(open_page, demonstration):
    found = {
        "rows": 1,
        "new": 1,
        "changed": 0,
        "unchanged": 0,
        "gone": 0,
        "written": False,
        "refused": [],
        "warnings": [],
    }
    trial = put(
        demonstration,
        "didier",
        "idees",
        result=json.dumps(found).encode(),
        upload=b"titre\nBanc\n",
        file_name="boite.csv",
    )
    labels = [button.label for button in open_page("didier", "imports").button]
    assert any(label.startswith("Importer 1") for label in labels)
    with writing(demonstration) as session:
        reader = account_by_login(session, "didier")
        jobs.ask_import(session, reader_of(session, reader, today(session)), trial)
    labels = [button.label for button in open_page("didier", "imports").button]
    assert not any(label.startswith("Importer 1") for label in labels)


def test_a_survey_is_tried_in_the_same_box_and_names_nobody(open_page, demonstration, cast):
    chosen = {"series": "Essai", "on": MAY.isoformat()}
    content = as_csv(sheets())
    job = write_with(
        *(demonstration, jobs.ask_trial, cast.didier, "enquetes", content, "reponses.csv"),
        chosen=chosen,
    )
    jobs.run_job(job.id, MAKERS, demonstration)
    tab = open_page("didier", "imports", "genre=enquetes")
    said = "\n".join([*html_of(tab), *markdown_of(tab)])
    labels = " ".join(each.label for each in tab.expander).replace("\xa0", " ")
    assert not tab.exception and "Comment 6 questions" in labels
    assert any(each.label.startswith("Importer 120") for each in tab.button)
    choices = next(each for each in tab.multiselect if "comme un choix" in each.label)
    assert "Q4. Recommanderiez-vous la Ville ?" in choices.options and choices.value == []
    direction = next(each for each in tab.selectbox if each.label.startswith("Direction"))
    assert direction.value == "direction. Votre direction" and "VC-JSP" in said
    assert "jean.dupont" not in said and "secret-token" not in said and "10.0.0.7" not in said


@pytest.mark.parametrize(
    ("login", "screen", "kind"),
    [("didier", "imports", "formations"), ("farid", "mise-en-route", "personnel")],
)
def test_what_a_screen_imports_is_offered_there_as_it_would_come_back(
    open_page, login, screen, kind
):
    said = "\n".join(html_of(open_page(login, screen, f"genre={kind}")))
    assert f"{kind}.csv" in said and f"{kind}.xlsx" in said
    assert "jalons.csv" not in said, "only what is chosen"


def test_the_answers_of_a_survey_are_offered_to_who_may_import_one(open_page):
    named = {
        login: "enquete-1.csv" in "\n".join(html_of(open_page(login, "concertation", "enquete=1")))
        for login in ("didier", "elise", "alice")
    }
    assert named == {"didier": True, "elise": False, "alice": False}
