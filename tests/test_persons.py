"""A person's rights; people and the chart come from files."""

import hashlib
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Table, func, insert, update
from sqlmodel import Session, SQLModel, select
from support.commands import command
from support.transactions import read_with, refusal, refuses, select_one, write_with
from support.troupe import FROZEN, scope_at

from dashboard.access import OPERATOR, Reader, counted_units
from dashboard.actions.acts import note
from dashboard.actions.communities import JoinInput, join_community
from dashboard.actions.ideas.filing import checked_input, file_idea
from dashboard.actions.imports import act_of
from dashboard.actions.people.accounts import add_account
from dashboard.actions.people.logins import check_password
from dashboard.actions.people.privacy import clean, erase_person, export_person
from dashboard.actions.register_imports import ImportOptions
from dashboard.figures.board import board
from dashboard.queries.communities import members
from dashboard.queries.directions import headcounts, organisation
from dashboard.queries.people.privacy import mentions, naming_columns, person_named
from dashboard.queries.people.readers import service_of
from dashboard.queries.surveys.asked import to_invite
from models.communities import Community, Interest
from models.database import reading, writing
from models.directions import Direction, DirectionPlace, Headcount
from models.ideas import Idea, SourceKey
from models.jobs import Job
from models.ledger import Change
from models.people import Account, Assignment, ErasedKey, Person, Preference, Role
from models.roadmap import PlanReport
from models.schema import NOUNS
from models.settings import settings
from models.short_lived import Login
from models.signing import signing_key
from seed.demonstration import DEMO_PASSWORD

# ── A person's rights ─────────────────────────────────────────────────────────────────────────────
# All that is kept about her in one file, and an erasure that takes her name and leaves the facts.

NOW = datetime(2023, 6, 30, 12, tzinfo=UTC)
NAME = "Zygmunt-Œuvrard"
# What the filler below may not invent: words that figures read.
WORDS = {
    "what": {"meeting_event": "tenue", "decision_event": "decidee"},
    "status": {"override": "a-jour"},
    "subject": {"override": "figure:avancement"},
    "figure": {"measure": "citoyens.delai"},
}


def made(session: Session, table: Table, values: dict) -> object:
    """A row with something in every column that needs it, and a row of what it points at."""
    for column in table.columns:
        needed = not column.nullable and column.default is None and column.name not in values
        numbered_by_the_database = (
            column.primary_key and column.name == "id" and str(column.type) == "INTEGER"
        )
        if not needed or numbered_by_the_database:
            continue
        target = next((key.column.table for key in column.foreign_keys), None)
        if target is not None:
            there = session.execute(select(func.min(target.c.id))).scalar()
            values[column.name] = there if there is not None else made(session, target, {})
        else:
            kinds = {
                "DATE": FROZEN,
                "DATETIME": NOW,
                "INTEGER": 1,
                "BIGINT": 1,
                "FLOAT": 1.0,
                "BOOLEAN": False,
            }
            values[column.name] = WORDS.get(column.name, {}).get(
                table.name, kinds.get(str(column.type), "texte")
            )
    return session.execute(insert(table).values(values)).inserted_primary_key[0]


def bruno_with_everything(session: Session) -> Person:
    person = person_named(session, login="bruno")
    person.family_name = NAME
    session.add(person)
    session.flush()
    for table, columns in naming_columns().items():
        for column in columns:
            if session.execute(
                select(func.count()).select_from(table).where(column == person.id)
            ).scalar():
                continue
            keys = list(table.primary_key)
            first = session.execute(select(*keys).order_by(*keys).limit(1)).first()
            if first is None:
                made(session, table, {column.name: person.id})
            else:
                here = [key == value for key, value in zip(keys, first, strict=True)]
                session.execute(update(table).where(*here).values({column.name: person.id}))
    account = session.exec(select(Account).where(Account.person_id == person.id)).one()
    session.add_all(
        [
            Login(
                token="jeton-secret",
                account_id=account.id,
                created_at=NOW,
                used_at=NOW,
                expires_at=NOW + timedelta(1),
            ),
            SourceKey(source="rh", key=NAME, subject="person", record_id=person.id, digest="x"),
            Change(
                on=FROZEN,
                subject="account",
                record=account.login,
                field="rôles",
                before="",
                after="codir",
            ),
        ]
    )
    session.execute(update(Job).where(Job.asked_by == person.id).values(result=b"resultat-secret"))
    return person


# ── Export ────────────────────────────────────────────────────────────────────────────────────────


def test_an_export_holds_every_row_that_names_the_person(demo_copy, cast):
    with writing(demo_copy) as session:
        found = export_person(session, cast.farid, bruno_with_everything(session))
    for table, columns in naming_columns().items():
        told = {role for row in found["donnees"][table.name] for role in row.get("en_tant_que", ())}
        assert told == {column.name for column in columns}, table.name
    assert found["personne"]["family_name"] == NAME
    assert found["donnees"]["login"][0]["created_at"].startswith("2023-06-30")
    assert {row["subject"] for row in found["donnees"]["change"]} >= {"account"}
    assert found["donnees"]["source_key"][0]["key"] == NAME
    assert json.loads(json.dumps(found)) == found, "machine-readable as it is"


def test_every_column_that_points_at_a_person_is_known(sqlite_demo):
    """Found in the tables, not in a list: a table added later is exported, and erased, without a
    line more.
    """
    columns = {
        f"{table.name}.{column.name}"
        for table, found in naming_columns().items()
        for column in found
    }
    assert (
        len(columns) >= 25
        and {"idea.author_id", "idea_event.author_id", "attendance.person_id", "job.asked_by"}
        <= columns
    )
    unknown = {
        f"{table.name}.{column.name}"
        for table in SQLModel.metadata.sorted_tables
        for column in table.columns
        if column.name
        in (
            "by",
            "author",
            "owner_id",
            "user_id",
            "agent_id",
            "member_id",
            "asked_by",
            "sent_to",
        )
    }
    assert unknown <= columns


def test_an_export_tells_no_secret_and_nobody_else(demo_copy, cast):
    with writing(demo_copy) as session:
        person = bruno_with_everything(session)
        secret = session.exec(
            select(Account.password_hash).where(Account.person_id == person.id)
        ).one()
        text = json.dumps(export_person(session, cast.farid, person), ensure_ascii=False)
        relayed = session.exec(
            select(Idea).where(Idea.relay_id == person.id, Idea.author_id != person.id)
        ).first()
    assert secret not in text and "jeton-secret" not in text and "resultat-secret" not in text
    assert '"author_id":' not in text and '"person_id":' not in text and '"by":' not in text
    assert relayed is None or relayed.body not in text, "the words of another one, whom she helped"


def test_the_text_of_her_own_ideas_is_in_it_and_anonymous_ones_are_not(sqlite_copy, cast):
    with writing(sqlite_copy) as session:
        file_idea(
            session, cast.alice, checked_input(title="La mienne", body="Mon texte entier."), "j1"
        )
        file_idea(
            session,
            cast.alice,
            checked_input(title="Sans nom", body="Mon texte caché.", anonymous=True),
            "j2",
        )
        text = json.dumps(export_person(session, cast.farid, person_named(session, login="alice")))
    assert "Mon texte entier." in text and "Sans nom" not in text and "Mon texte caché." not in text


def test_the_journal_tells_who_took_an_export(sqlite_copy, cast):
    with writing(sqlite_copy) as session:
        alice = person_named(session, login="alice")
        export_person(session, cast.farid, alice)
        journal = session.exec(select(Change).where(Change.subject == "person")).one()
    assert (journal.by, journal.record, journal.field, journal.on) == (
        cast.farid.person_id,
        str(alice.id),
        "export",
        FROZEN,
    )


# ── Erasure ───────────────────────────────────────────────────────────────────────────────────────


DATES = ("2022-11-15", "2022-06-30", "2023-03-31", "2023-06-30")


def boards(session: Session, scope_for) -> list[dict]:
    return [
        board(session, scope_for(session, OPERATOR, au=on, **place)).as_json()
        for on in DATES[::3]
        for place in ({}, {"direction": "VC"}, {"direction": "VC-JSP"}, {"ambition": "bien-etre"})
    ]


def everything_kept(session: Session) -> dict[str, list[str]]:
    """Table → every text in it."""
    return {
        table.name: [
            value
            for row in session.execute(select(table))
            for value in row
            if isinstance(value, str)
        ]
        for table in SQLModel.metadata.sorted_tables
    }


@pytest.mark.slow
def test_the_person_goes_and_what_she_did_stays(demo_copy, cast):
    with writing(demo_copy) as session:
        person = bruno_with_everything(session)
        id_, key = person.id, person.key
        before = {
            table.name: [
                tuple(row) for row in session.execute(select(table).order_by(*table.primary_key))
            ]
            for table in naming_columns()
        }
    assert write_with(demo_copy, erase_person, cast.farid, id_) == []
    with reading(demo_copy) as session:
        person = session.get(Person, id_)
        assert (person.name, person.key, person.function, person.erased_on) == (
            "Personne effacée",
            None,
            "",
            FROZEN,
        )
        texts = everything_kept(session)
        for table, found in texts.items():
            assert not [text for text in found if NAME in text or text in (key, "bruno")], table
        gone = {"account", "job", "preference", "change", "draft", "outbox"}
        gone |= {"calendar_key"}
        gone.add("survey_invitation")
        gone.add("interest")  # her name and how to reach her; the mark stays
        for table in naming_columns():
            after = [
                tuple(row) for row in session.execute(select(table).order_by(*table.primary_key))
            ]
            assert (after == before[table.name]) == (table.name not in gone), table.name
        assert session.exec(select(Login).where(Login.token == "jeton-secret")).first() is None
        assert session.exec(select(Preference).where(Preference.person_id == id_)).first() is None
        journal = session.exec(
            select(Change).where(Change.subject == "person", Change.record == str(id_))
        ).one()
        assert (journal.field, journal.by, journal.before, journal.after) == (
            "effacement",
            cast.farid.person_id,
            None,
            None,
        )
        assert session.exec(select(Change).where(Change.record == f"personne {id_}")).all(), (
            "the audit of the account stays"
        )


@pytest.mark.slow
def test_no_figure_moves_when_a_person_with_everything_is_erased(demo_copy, cast, scope_for):
    id_ = write_with(demo_copy, bruno_with_everything).id
    before = read_with(demo_copy, boards, scope_for)
    write_with(demo_copy, erase_person, cast.farid, id_)
    assert read_with(demo_copy, boards, scope_for) == before


def test_texts_that_name_the_person_are_listed_and_left_alone(demo_copy, cast):
    with writing(demo_copy) as session:
        person = person_named(session, login="bruno")
        person.family_name = "Œuvrard"
        session.add(person)
        number = file_idea(
            session, cast.alice, checked_input(title="Merci", body="Merci à Bruno OEUVRARD !"), "j1"
        ).number
        file_idea(
            session,
            cast.alice,
            checked_input(title="Un autre", body="La manœuvre de Oeuvrardin."),
            "j2",
        )
        report = session.exec(select(PlanReport).order_by(PlanReport.id)).first()
        report.comment = "Vu avec M. Œuvrard."
        session.add(report)
        session.flush()
        named = erase_person(session, cast.farid, person.id)
    assert [(mention.noun, mention.label) for mention in named if "idée" in mention.noun] == [
        ("idée ou constat", f"n° {number} — Merci")
    ]
    assert {mention.noun for mention in named} == {
        "idée ou constat",
        "rapport de jalon ou de projet",
    }
    with reading(demo_copy) as session:
        assert (
            session.exec(select(Idea.body).where(Idea.number == number)).one()
            == "Merci à Bruno OEUVRARD !"
        )
        assert session.get(PlanReport, report.id).comment == "Vu avec M. Œuvrard."


def test_what_only_her_own_record_says_goes_and_the_rest_is_listed_to_be_cleaned(demo_copy, cast):
    with writing(demo_copy) as session:
        person = person_named(session, login="bruno")
        person.family_name = NAME
        own = {"person": str(person.id), "account": "bruno"}
        for subject, record in own.items():
            note(session, cast.farid, subject, record, "nom", f"B. {NAME}", "bruno")
            note(session, cast.farid, subject, record, "rôle", "", "codir")
        note(session, cast.farid, "training", "12", "texte", f"Par {NAME}", "Par Claire")
        hers = Interest(
            person_id=person.id, activity="groupes", name=NAME, contact="0470", on=FROZEN
        )
        typed = Interest(activity="groupes", name=f"Bruno {NAME}", contact="0471", on=FROZEN)
        session.add_all([hers, typed])
        session.flush()
        named = erase_person(session, cast.farid, person.id)
    assert {mention.noun for mention in named} == {"ligne du journal", NOUNS["interest"]}
    ways = [mention.cleaned_as for mention in named]
    assert len(ways) == 2 and f"marque {typed.id}" in ways
    with reading(demo_copy) as session:
        found = session.get(Interest, hers.id)
        assert (found.name, found.contact, found.person_id) == ("", "", person.id)
        of_hers = session.exec(select(Change).where(Change.field == "nom")).all()
        assert {(one.before, one.after) for one in of_hers} == {(None, None)}
        assert "codir" in session.exec(select(Change.after).where(Change.field == "rôle")).all()
    for way in ways:
        kind, number = way.split()
        refusal(demo_copy, clean, cast.alice, kind, int(number), match="droit")
        write_with(demo_copy, clean, cast.farid, kind, int(number))
        refusal(demo_copy, clean, cast.farid, kind, int(number), match="Rien à vider")
    with reading(demo_copy) as session:
        texts = everything_kept(session)
        assert not [text for found in texts.values() for text in found if NAME in text]
        assert session.get(Interest, typed.id).activity == "groupes", "that somebody came stays"
        journal = session.exec(select(Change.record).where(Change.field == "texte vidé")).all()
        assert sorted(journal) == sorted(ways)


def test_accents_and_case_hide_no_mention(sqlite_copy, cast):
    with writing(sqlite_copy) as session:
        person = Person(given_name="Zoé", family_name="Évrard-Müller")
        session.add(person)
        session.flush()
        for n, body in enumerate(
            ("evrard-muller", "ÉVRARD-MÜLLER.", "Evrard", "L'équipe d'Évrard-Müller")
        ):
            file_idea(session, cast.alice, checked_input(title=f"Idée {n}", body=body), f"j{n}")
        found = {mention.label.split("— ")[1] for mention in mentions(session, person)}
        assert found == {"Idée 0", "Idée 1", "Idée 3"}
        assert mentions(session, Person()) == []


def test_an_erased_person_signs_in_no_more(demo_copy, cast):
    assert check_password(demo_copy, "bruno", DEMO_PASSWORD, "1.2.3.4")
    write_with(demo_copy, erase_person, cast.farid, cast.bruno.person_id)
    assert check_password(demo_copy, "bruno", DEMO_PASSWORD, "1.2.3.4") is None


def test_the_last_administrator_stays(demo_copy, cast):
    refusal(
        demo_copy,
        erase_person,
        cast.farid,
        cast.farid.person_id,
        match="dernier compte d'administrateur",
    )
    with writing(demo_copy) as session:
        assert session.get(Person, cast.farid.person_id).erased_on is None
        add_account(
            session,
            OPERATOR,
            login="second",
            password="un mot de passe bien long",
            roles=["admin"],
            given_name="Seconde",
        )
    with writing(demo_copy) as session:
        erase_person(session, cast.farid, cast.farid.person_id)
        assert session.get(Person, cast.farid.person_id).erased_on == FROZEN


def test_an_erasure_is_done_once(sqlite_copy, cast):
    write_with(sqlite_copy, erase_person, cast.farid, cast.alice.person_id)
    for id_, sentence in ((cast.alice.person_id, "déjà effacée"), (99_999_999, "n'existe pas")):
        refusal(sqlite_copy, erase_person, cast.farid, id_, match=sentence)


def test_anonymous_entries_are_untouched_by_an_erasure(sqlite_copy, cast):
    write_with(
        sqlite_copy, file_idea, cast.alice, checked_input(title="Sans nom", anonymous=True), "j1"
    )
    with reading(sqlite_copy) as session:
        before = session.execute(select(Idea.__table__).where(Idea.anonymous)).all()
    write_with(sqlite_copy, erase_person, cast.farid, cast.alice.person_id)
    with reading(sqlite_copy) as session:
        assert session.execute(select(Idea.__table__).where(Idea.anonymous)).all() == before != []


def test_a_person_is_named_by_matricule_number_or_login(sqlite_copy):
    with writing(sqlite_copy) as session:
        bruno = person_named(session, login=" Bruno ")
        assert person_named(session, bruno.key) is person_named(session, str(bruno.id)) is bruno
        for text in ("inconnu", "", "99999999", "9" * 30):
            refuses(person_named, session, text, match="personne")
        session.add(Person(given_name="Autre", key=str(bruno.id)))
        session.flush()
        refuses(person_named, session, str(bruno.id), match="--login")


# ── The two commands ──────────────────────────────────────────────────────────────────────────────


def test_the_operator_exports_then_erases(installed, tmp_path):
    out = tmp_path / "zoe.json"
    assert (
        command(
            "account",
            "add",
            "zoe",
            "--prenom",
            "Zoé",
            "--nom",
            "Exemple",
            typed="un mot de passe bien long\n",
        )[0]
        == 0
    )
    code, said, _ = command("person", "export", "--login", "zoe", "--out", str(out))
    assert code == 0 and str(out) in said and out.stat().st_mode & 0o077 == 0
    assert json.loads(out.read_text())["personne"]["given_name"] == "Zoé"
    code, _, refused = command("person", "erase", "--login", "zoe", typed="\n")
    assert code == 1 and "« Zoé Exemple »" in refused and "Rien n'a été fait" in refused
    code, said, _ = command("person", "erase", "--login", "zoe", typed="effacer\n")
    assert code == 0 and "est effacée" in said
    code, _, refused = command("person", "erase", "--login", "zoe", "--oui")
    assert code == 1 and refused == "« zoe » ne désigne personne.\n"
    traces = b"".join(Path(file).read_bytes() for file in installed.glob("c-possible.db*"))
    assert b"Exemple" not in traces and "Zoé".encode() not in traces, (
        "neither in the file nor beside it"
    )


def test_the_operator_looks_at_a_listed_line_then_empties_it(installed):
    assert command("seed", "reference")[0] == 0
    with writing() as session:
        note(session, OPERATOR, "training", "12", "texte", "Par Zoé Exemple", None)
        session.flush()
        number = str(session.exec(select(Change.id).order_by(Change.id.desc())).first())
    code, _, asked = command("person", "clean", "modification", number, typed="\n")
    assert code == 1 and "Par Zoé Exemple" in asked and "Rien n'a été fait" in asked
    code, said, _ = command("person", "clean", "modification", number, typed="vider\n")
    assert (code, said) == (0, f"modification {number} : vidé.\n")
    for words in (("modification", number), ("idee", "1"), ("marque", "999")):
        code, _, refused = command("person", "clean", *words, "--oui")
        assert code == 1 and refused.count("\n") == 1 and refused.endswith(".\n")


def test_wrong_words_are_one_sentence(installed, tmp_path):
    for words in (
        ("erase",),
        ("erase", "12", "--login", "zoe"),
        ("export", "--out", str(tmp_path / "a.json")),
    ):
        code, _, refused = command("person", *words)
        assert code == 1 and refused.count("\n") == 1 and "Désignez" in refused
    code, _, refused = command("person", "erase", "1", "--oui", "--as", "absente")
    assert code == 1 and "n'existe pas" in refused


# ── People and the chart come from files ──────────────────────────────────────────────────────────
# Dated facts, nobody deleted, no earlier day changed, and twice changes nothing.

HEAD = "matricule;prénom;nom;e-mail;fonction;famille;service;poste informatique;depuis;parti le\n"
ARRIVED = (
    HEAD + "Z1;Nadia;Öztürk;nadia@ville.example;Juriste;Expertise;RI-JUR-1;oui;01/03/2023;\n"
    ";Luc;Petit;luc.petit@ville.example;Paveur;Technique;AD-VOI-1;non;01/04/2023;\n"
)
UNITS = "code;nom;type;parent;effectif;sans poste;au\n"
WHEN, EARLIER = date(2023, 6, 1), date(2023, 5, 31)


def people(engine, content: str, who=OPERATOR, **how):
    return write_with(
        engine, act_of("personnel"), who, content.encode(), "personnel.csv", ImportOptions(**how)
    )


def units(engine, content: str, who=OPERATOR, **how):
    return write_with(
        engine,
        act_of("directions"),
        who,
        (UNITS + content).encode(),
        "organigramme.csv",
        ImportOptions(**how),
    )


def counts(report) -> tuple[int, ...]:
    return report.new, report.changed, report.unchanged, report.gone, len(report.refused)


def where(engine, key: str, on: date) -> str | None:
    with reading(engine) as session:
        person = session.exec(select(Person.id).where(Person.key == key)).one()
        service = service_of(session, person, on)
        return session.get(Direction, service).code if service else None


def facts(engine) -> tuple[int, ...]:
    with reading(engine) as session:
        return tuple(
            session.exec(select(func.count()).select_from(table)).one()
            for table in (Person, Assignment, DirectionPlace, Headcount)
        )


# ── People ────────────────────────────────────────────────────────────────────────────────────────


def test_arrivals_moves_and_departures_are_dated(demo_copy):
    assert counts(people(demo_copy, ARRIVED)) == (2, 0, 0, 0, 0)
    assert (where(demo_copy, "Z1", date(2023, 2, 28)), where(demo_copy, "Z1", FROZEN)) == (
        None,
        "RI-JUR-1",
    )
    moved = ARRIVED.replace("RI-JUR-1;oui;01/03/2023", "RI-JUR-2;oui;01/06/2023").replace(
        "non;01/04/2023;", "non;01/04/2023;15/06/2023"
    )
    assert counts(people(demo_copy, moved)) == (0, 2, 0, 0, 0)
    assert (where(demo_copy, "Z1", EARLIER), where(demo_copy, "Z1", WHEN)) == (
        "RI-JUR-1",
        "RI-JUR-2",
    )
    luc = "luc.petit@ville.example"
    assert (where(demo_copy, luc, date(2023, 6, 14)), where(demo_copy, luc, date(2023, 6, 15))) == (
        "AD-VOI-1",
        None,
    )
    before = facts(demo_copy)
    assert counts(people(demo_copy, moved)) == (0, 0, 2, 0, 0)
    assert facts(demo_copy) == before


@pytest.mark.slow
def test_a_departure_that_was_told_wrong_is_corrected(demo_copy):
    people(demo_copy, ARRIVED)
    luc = "luc.petit@ville.example"
    for left in ("15/06/2023", "20/06/2023", "10/06/2023"):
        told = ARRIVED.replace("non;01/04/2023;", f"non;01/04/2023;{left}")
        assert counts(people(demo_copy, told)) == (0, 1, 1, 0, 0)
        day = date(2023, 6, int(left[:2]))
        assert (
            where(demo_copy, luc, day.replace(day=day.day - 1)),
            where(demo_copy, luc, day),
        ) == ("AD-VOI-1", None)
        assert counts(people(demo_copy, told)) == (0, 0, 2, 0, 0)


def test_who_is_no_longer_in_the_file_is_counted_and_stays(demo_copy):
    people(demo_copy, ARRIVED)
    report = people(demo_copy, "\n".join(ARRIVED.splitlines()[:2]) + "\n")
    assert counts(report) == (0, 0, 1, 1, 0)
    assert (
        "1 personne de cette source ne figure plus"
        in " ".join(report.sentences()).replace("\u00a0", " ")
        and where(demo_copy, "luc.petit@ville.example", FROZEN) == "AD-VOI-1"
    )


def test_a_person_of_ours_is_known_by_her_matricule(demo_copy, cast):
    with reading(demo_copy) as session:
        alice = session.get(Person, cast.alice.person_id)
        service = session.get(Direction, cast.alice.service_id)
        last = session.exec(
            select(Assignment)
            .where(Assignment.person_id == alice.id)
            .order_by(Assignment.on.desc())
        ).first()
    row = f"{alice.key};{alice.given_name};{alice.family_name};;{alice.function};{last.function_family};{service.code};{'oui' if last.has_workstation else 'non'};;\n"
    before = facts(demo_copy)
    assert counts(people(demo_copy, HEAD + row)) == (0, 0, 1, 0, 0)
    assert facts(demo_copy) == before
    assert counts(people(demo_copy, HEAD + row.replace(alice.function, "Cheffe de projet"))) == (
        0,
        1,
        0,
        0,
        0,
    )
    with reading(demo_copy) as session:
        assert session.get(Person, alice.id).function == "Cheffe de projet"
    assert facts(demo_copy) == before


@pytest.mark.parametrize(
    "row, column, said",
    [
        (";Luc;Petit;;;;AD-VOI-1;;;", "matricule", "matricule ou l'adresse"),
        ("Z1;;Petit;;;;AD-VOI-1;;;", "prénom", "Donnez le prénom"),
        ("Z1;Luc;Petit;;;;Nulle part;;;", "service", "n'est pas une de nos unités"),
        ("Z1;Luc;Petit;pas une adresse;;;AD-VOI-1;;;", "e-mail", "adresse e-mail"),
        ("Z1;Luc;Petit;;;;AD-VOI-1;peut-être;;", "poste informatique", "ni « oui »"),
        ("Z1;Luc;Petit;;;;AD-VOI-1;;le printemps;", "depuis", "n'est pas"),
        ("Z1;Luc;Petit;;;;AD-VOI-1;;01/06/2023;01/05/2023", "parti le", "ne suit pas"),
    ],
)
def test_a_row_that_cannot_be_taken_says_where_and_why(untouched, row, column, said):
    before = facts(untouched)
    report = people(untouched, HEAD + row + "\n")
    assert [(p.line, p.column) for p in report.refused] == [(2, column)] and said in report.refused[
        0
    ].reason
    assert facts(untouched) == before


def test_who_leads_a_unit_belongs_to_it(demo_copy):
    """A Directeur général belongs to the whole, an inspectrice générale to her department."""
    tree = read_with(demo_copy, organisation).at(FROZEN)
    whole, department = tree.root_code, tree.ancestor(tree.by_code["AD-VOI"].id, "departement").code
    rows = (
        f"Z1;Anne;Roi;;Directrice générale;;{whole};oui;01/03/2023;\n"
        f"Z2;Inès;Grand;;Inspectrice générale;;{department};oui;01/03/2023;\n"
        "Z3;Léa;Rue;lea@ville.example;Directrice;;AD-VOI;oui;01/03/2023;\n"
    )
    assert counts(people(demo_copy, HEAD + rows)) == (3, 0, 0, 0, 0)
    assert [where(demo_copy, key, FROZEN) for key in ("Z1", "Z2", "Z3")] == [
        whole, department, "AD-VOI",
    ]  # fmt: skip
    voirie = tree.by_code["AD-VOI"].id
    with writing(demo_copy) as session:
        lea = session.exec(select(Person).where(Person.key == "Z3")).one().id
        reader = Reader(person_id=lea, roles=frozenset({Role.agent}), service_id=voirie)
        assert counted_units(reader, tree) == tree.under(voirie)
        assert to_invite(session, tree, "cle")[lea] == voirie
        join_community(session, reader, JoinInput(Community.ambassadors))
    with reading(demo_copy) as session:
        scope = scope_at(session, reader, direction="AD-VOI")
        found = members(session, scope, Community.ambassadors)
        assert [one.own_service for one in found if one.person_id == lea] == [voirie]


def test_a_move_before_the_last_one_known_is_refused(sqlite_copy):
    people(sqlite_copy, ARRIVED)
    report = people(
        sqlite_copy, ARRIVED.replace("RI-JUR-1;oui;01/03/2023", "RI-JUR-2;oui;01/02/2023")
    )
    assert counts(report) == (0, 0, 1, 0, 1) and "plus récente" in report.refused[0].reason


def test_a_dry_run_and_a_strict_refusal_write_nothing(sqlite_copy):
    before = facts(sqlite_copy)
    assert counts(people(sqlite_copy, ARRIVED, dry_run=True)) == (2, 0, 0, 0, 0)
    strict = people(sqlite_copy, ARRIVED + "Z1;Nadia;Bis;;;;RI-JUR-1;;;\n", strict=True)
    assert not strict.written and "figure déjà à la ligne 2" in strict.refused[0].reason
    assert facts(sqlite_copy) == before


@pytest.mark.slow
def test_figures_of_an_earlier_day_stay_what_they_were(demo_copy, cast, scope_for):
    """A whole direction moves in June: what was true in May is said in the same words."""

    def said(on: str) -> dict:
        with reading(demo_copy) as session:
            return board(session, scope_for(session, OPERATOR, au=on, direction="VC-JSP")).as_json()

    may, june = said("2023-05-31"), said("2023-06-30")
    with reading(demo_copy) as session:
        services = [
            unit
            for unit in organisation(session).at(FROZEN).services()
            if unit.code.startswith("VC-JSP")
        ]
        rows = session.execute(
            select(
                Person.key,
                Person.given_name,
                Person.family_name,
                Assignment.function_family,
                Assignment.has_workstation,
            )
            .join(Assignment, Assignment.person_id == Person.id)
            .where(Assignment.service_id == services[0].id)
        ).all()
    content = HEAD + "".join(
        f"{key};{given};{family};;;{trade};VC-CUL-1;{'oui' if pc else 'non'};01/06/2023;\n"
        for key, given, family, trade, pc in rows
    )
    report = people(demo_copy, content, cast.farid)
    assert report.changed > 10
    units(demo_copy, f"{services[0].code};;;;5;2;01/06/2023\n", cast.farid)
    assert said("2023-05-31") == may
    with reading(demo_copy) as session:
        assert (
            headcounts(session, EARLIER)[services[0].id]
            != headcounts(session, WHEN)[services[0].id]
            == (5, 2)
        )
    assert june["au"] == "2023-06-30"


def test_every_fault_of_a_line_is_told(sqlite_copy):
    """A line is refused once, with each of its faults by column: who corrects the file corrects
    it once.
    """
    before = facts(sqlite_copy)
    report = people(
        sqlite_copy,
        HEAD
        + ";;Petit;pas une adresse;;;Nulle part;peut-être;le printemps;01/05/2023\n"
        + ARRIVED.splitlines()[1]
        + "\n",
    )
    assert [(p.line, p.column) for p in report.refused] == [
        (2, "poste informatique"),
        (2, "depuis"),
        (2, "prénom"),
        (2, "e-mail"),
        (2, "service"),
    ]
    assert (
        all(p.reason.endswith(".") for p in report.refused)
        and counts(report)[0] == 1
        and report.lines_refused == 1
    )
    assert "1 refusée" in report.sentences()[0].replace("\u00a0", " ")
    assert facts(sqlite_copy) != before
    chart = units(sqlite_copy, "NEUF;;bureau;RIEN;dix;;hier\n")
    assert [(p.line, p.column) for p in chart.refused] == [
        (2, c) for c in ("effectif", "au", "nom", "type", "parent")
    ]


def test_a_refused_line_leaves_nothing_behind(demo_copy):
    """One whose move could be taken and whose departure could not, and one who had left before
    anybody knew when she came.
    """
    people(demo_copy, ARRIVED)
    people(demo_copy, ARRIVED.replace("RI-JUR-1;oui;01/03/2023", "RI-JUR-2;oui;01/06/2023"))
    before = facts(demo_copy)
    report = people(
        demo_copy,
        HEAD + "Z1;Nadine;Öztürk;nadia@ville.example;Notaire;Expertise;RI-JUR-1;oui;;01/05/2023\n"
        "Z9;Paul;Parti;;;;RI-JUR-1;oui;;01/02/2023\n",
    )
    assert [(p.line, p.column) for p in report.refused] == [(2, "parti le"), (3, "depuis")]
    assert facts(demo_copy) == before
    assert select_one(demo_copy, select(Person.given_name).where(Person.key == "Z1")) == "Nadia"


# ── Who was erased stays so ───────────────────────────────────────────────────────────────────────


def erased(engine, cast, key: str) -> int:
    with writing(engine) as session:
        person = session.exec(select(Person.id).where(Person.key == key)).one()
        erase_person(session, cast.farid, person)
    return person


@pytest.mark.slow
def test_a_person_erased_does_not_come_back_with_a_file(demo_copy, cast):
    people(demo_copy, ARRIVED)
    gone = erased(demo_copy, cast, "Z1")
    before = facts(demo_copy)
    for told in (
        ARRIVED,
        ARRIVED.replace("Z1;", "z1 ;"),
        ARRIVED.replace("Z1;", ";"),
        ARRIVED.replace("Z1;", "Z77;"),
    ):
        for dry_run in (True, False):
            report = people(demo_copy, told, dry_run=dry_run)
            assert counts(report) == (
                0,
                0,
                1,
                0,
                0,
            ), "by her matricule, by her address, under another matricule"
            assert "1 personne effacée le 30/06/2023 : non reprise." in [
                said.replace("\u00a0", " ") for said in report.sentences()
            ]
            assert [p.line for p in report.warnings] == [2] and "effacée" in report.warnings[
                0
            ].reason
            assert report.as_json()["erased"] == [{"on": "2023-06-30", "persons": 1}]
    assert facts(demo_copy) == before
    report = people(demo_copy, ARRIVED, take_erased=True)
    assert counts(report) == (1, 0, 1, 0, 0) and "reprise comme nouvelle" in " ".join(report.told)
    with reading(demo_copy) as session:
        back = session.exec(select(Person).where(Person.key == "Z1")).one()
        assert (
            back.id != gone
            and back.given_name == "Nadia"
            and session.get(Person, gone).name == "Personne effacée"
        )
        journal = session.exec(
            select(Change).where(Change.subject == "person", Change.record == str(back.id))
        ).one()
        assert (journal.field, journal.before, journal.after) == (
            "reprise après effacement",
            None,
            None,
        ), "nothing leads to what was hers"
    assert counts(people(demo_copy, ARRIVED)) == (
        0,
        0,
        2,
        0,
        0,
    ), "from then on she is a person like the others"


def test_what_is_kept_of_an_erased_person_tells_nobody_who_she_was(demo_copy, cast):
    """Even with the whole database and the file of the personnel: without the signing key, which
    is elsewhere, nothing matches.
    """
    people(demo_copy, ARRIVED)
    erased(demo_copy, cast, "Z1")
    with reading(demo_copy) as session:
        kept = session.exec(select(ErasedKey)).all()
        everything = "\n".join(
            str(value)
            for table in SQLModel.metadata.sorted_tables
            for row in session.execute(select(table))
            for value in row
        )
    assert (
        len(kept) == 2
        and {row.on for row in kept} == {FROZEN}
        and set(ErasedKey.model_fields) == {"key", "on", "made_with"}
    )
    guesses = [
        said
        for key in ("Z1", "z1", "nadia@ville.example")
        for said in (key, f"personne effacée {key.casefold()}")
    ]
    found = {row.key for row in kept}
    for algorithm in ("sha256", "sha1", "md5", "sha512", "blake2b"):
        assert not {hashlib.new(algorithm, guess.encode()).hexdigest() for guess in guesses} & found
    assert (
        signing_key() not in everything
        and "öztürk" not in everything.lower()
        and "nadia@" not in everything
    )


def test_another_signing_key_is_said(demo_copy, cast, monkeypatch):
    people(demo_copy, ARRIVED)
    erased(demo_copy, cast, "Z1")
    monkeypatch.setenv("CP_SECRET_KEY", "une autre clé, assez longue pour servir de clé")
    settings.cache_clear()
    report = people(demo_copy, ARRIVED, dry_run=True)
    settings.cache_clear()
    assert any("autre clé de signature" in p.reason for p in report.warnings)


# ── The chart ─────────────────────────────────────────────────────────────────────────────────────


def test_units_come_in_move_and_close_by_dated_facts(demo_copy):
    content = (
        "DG-NUM-1;Données;service;DG-NUM;12;0;01/06/2023\nDG-NUM;Numérique;direction;DG;;;01/06/2023\n"
        "DG-RAT-2;;;DG-NUM;14;1;01/06/2023\nDG-RAT-3;;;fermé;;;01/06/2023\n"
    )
    report = units(demo_copy, content)
    assert counts(report)[:3] == (2, 2, 0) and report.gone > 50 and not report.refused
    assert any(said.startswith("À vérifier : ") for said in report.sentences()), "of the whole file"
    with reading(demo_copy) as session:
        chart = organisation(session)
        before, after = chart.at(EARLIER), chart.at(WHEN)
        moved = after.by_code["DG-RAT-2"]
        assert (
            after.by_id[moved.parent].code == "DG-NUM"
            and before.by_id[before.by_code["DG-RAT-2"].parent].code == "DG-RAT"
        )
        assert after.by_id[after.by_code["DG-NUM-1"].parent].code == "DG-NUM"
        assert "DG-RAT-3" in before.by_code and "DG-RAT-3" not in after.by_code
        assert headcounts(session, WHEN)[moved.id] == (14, 1) and headcounts(session, EARLIER)[
            moved.id
        ] != (14, 1)
    facts_before = facts(demo_copy)
    assert counts(units(demo_copy, content))[:3] == (0, 0, 4)
    assert facts(demo_copy) == facts_before
    assert counts(units(demo_copy, content.replace("14;1", "15;1")))[:3] == (0, 1, 3)
    assert read_with(demo_copy, headcounts, WHEN)[moved.id] == (15, 1)


@pytest.mark.parametrize(
    "row, column, said",
    [
        ("NEUF;Neuf;;DG;;;", "type", "dites si c'est"),
        ("NEUF;Neuf;bureau;DG;;;", "type", "n'est pas un type"),
        ("NEUF;;service;DG;;;", "nom", "Donnez un nom"),
        ("NEUF;Neuf;service;;;;", "parent", "de quelle unité"),
        ("NEUF;Neuf;service;RIEN;;;", "parent", "d'aucune unité"),
        ("VC-JSP;;direction;VC-JSP-1;;;", "parent", "ne peut pas dépendre"),
        ("VC-JSP;;service;VC;;;", "type", "est connue comme"),
        ("VC-JSP-1;;;;10;11;", "sans poste", "plus d'agents sans poste"),
        ("VC-JSP-1;;;;dix;;", "effectif", "n'est pas un nombre"),
        (";Sans code;;;;;", "code", "Donnez un code"),
    ],
)
def test_a_unit_that_cannot_be_taken_says_where_and_why(sqlite_copy, row, column, said):
    before = facts(sqlite_copy)
    report = units(sqlite_copy, row + "\n")
    assert [(p.line, p.column) for p in report.refused] == [(2, column)] and said in report.refused[
        0
    ].reason
    assert facts(sqlite_copy) == before
