"""Rows written by the thousand: the same as the mapper writes them, on both engines."""

from datetime import date

from sqlmodel import Session, select
from support.transactions import select_all, write_with

from models.database import reading, writing
from models.facts import random_id
from models.ideas import Idea, SourceKey
from models.inserts import insert_new, insert_rows
from models.sign_on import FormToken

FILED = date(2023, 5, 2)


def entry(number: int, **more: object) -> dict:
    """One entry of a file, as an import writes it; what it does not say is left to the record."""
    return {
        "id": random_id(FILED),
        "number": number,
        "kind": "idee",
        "title": f"Un banc à l'ombre, n° {number}",
        "body": "",
        "good": None,
        "channel": "import",
        "anonymous": False,
        "filed_on": FILED,
        "status": "recue",
        "published": True,
        "due_on": None,
        "answered_on": None,
    } | more


def stored(session: Session, number: int) -> dict:
    found = session.exec(select(Idea).where(Idea.number == number)).one()
    return found.model_dump(exclude={"id", "number", "title"})


def test_a_row_of_an_import_is_what_the_mapper_would_have_written(database):
    """Days, truths, what is empty and what the record says by itself."""
    answered = {"answered_on": date(2024, 2, 29), "good": True, "published": False}
    given = [entry(900001), entry(900002, **answered)]
    with writing(database) as session:
        insert_rows(session, Idea, given)
        session.add_all([Idea(**entry(900011)), Idea(**entry(900012, **answered))])
    with reading(database) as session:
        assert stored(session, 900001) == stored(session, 900011)
        assert stored(session, 900002) == stored(session, 900012)
        assert stored(session, 900002)["answered_on"] == date(2024, 2, 29)


def test_a_key_that_the_database_gives_is_given(database):
    """No row names its own id; none at all is no statement."""
    of_file = {"source": "file", "subject": "idea", "digest": ""}
    with writing(database) as session:
        insert_rows(session, SourceKey, [])
        rows = [of_file | {"key": key, "record_id": 1} for key in ("a", "b")]
        insert_rows(session, SourceKey, rows)
    kept = select_all(database, select(SourceKey).where(SourceKey.source == "file"))
    assert sorted(each.key for each in kept) == ["a", "b"]
    assert len({each.id for each in kept}) == 2


def test_of_rows_that_come_again_the_new_ones_are_counted(database):
    """As of forms: the day of each is a day, and the second time one is not new."""

    def new_of(*tokens: str) -> int:
        return write_with(
            database, insert_new, FormToken, [{"token": t, "day": FILED} for t in tokens]
        )

    assert [new_of("a", "b"), new_of("b", "c"), new_of("a")] == [2, 1, 0]
    assert [row.day for row in select_all(database, select(FormToken))] == [FILED] * 3
