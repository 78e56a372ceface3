"""A person's rights: all that is kept about her in one file, and an erasure that takes her name
and leaves the facts.
"""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Table, func, insert, update
from sqlmodel import Session, SQLModel, select
from support.transactions import (
    read_with,
    refusal,
    refuses,
    write_with,
)
from support.troupe import FROZEN
from typer.testing import CliRunner

from dashboard.__main__ import app
from dashboard.access import OPERATOR
from dashboard.actions.acts import note
from dashboard.actions.ideas.filing import checked_input, file_idea
from dashboard.actions.people.accounts import add_account
from dashboard.actions.people.logins import check_password
from dashboard.actions.people.privacy import clean, erase_person, export_person
from dashboard.figures.board import board
from dashboard.queries.people.privacy import mentions, naming_columns, person_named
from models.communities import Interest
from models.database import reading, writing
from models.ideas import Idea, SourceKey
from models.jobs import Job
from models.ledger import Change
from models.people import Account, Person, Preference
from models.roadmap import PlanReport
from models.schema import NOUNS
from models.short_lived import Login
from seed.demonstration import DEMO_PASSWORD

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


def command(*words: str, typed: str = "") -> tuple[int, str, str]:
    found = CliRunner().invoke(app, list(words), input=typed)
    return found.exit_code, found.stdout, found.stderr


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
