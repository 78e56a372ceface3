"""What is written raises the revisions of what it tells of, whoever writes it and however."""

from datetime import date, timedelta

import pytest
from sqlalchemy import Engine, delete, insert, update
from sqlmodel import Session, SQLModel, select
from support.transactions import select_all, write_with
from support.troupe import FROZEN

from models.database import writing
from models.discussions import SubjectFollow
from models.groups import GroupEvent, ProgressGroup
from models.ideas import Idea
from models.inserts import insert_rows
from models.jobs import Revision
from models.notices import Post
from models.people import Person
from models.revisions import OF_TABLE, OF_TODAY, subjects_of
from models.roadmap import Target
from models.short_lived import ShortLived

# Nothing that screens remember is made of them.
OF_NO_SUBJECT = {
    *("change", "correspondence", "draft", "erased_key", "form_token", "heartbeat"),
    *(
        "installation",
        "job",
        "preference",
        "survey_invitation",
        "reader_token",
        "recovery_code",
    ),
    *("revision", "source_key", "waiting_sheets"),
}
LAST_WEEK = FROZEN - timedelta(days=7)


def revisions(engine: Engine) -> dict[str, int]:
    return dict(select_all(engine, select(Revision.subject, Revision.n)))


def raised_by(engine: Engine, act) -> set[str]:
    before = revisions(engine)
    write_with(engine, act)
    return {subject for subject, n in revisions(engine).items() if n != before.get(subject)}


def records() -> list[type[SQLModel]]:
    every = (mapper.class_ for mapper in SQLModel._sa_registry.mappers)
    return [record for record in every if not issubclass(record, ShortLived)]


def test_every_table_tells_of_a_subject_or_is_known_to_tell_of_none():
    without = {record.__tablename__ for record in records() if not subjects_of(record)}
    assert without == OF_NO_SUBJECT
    names = {record.__tablename__ for record in records()}
    assert OF_TABLE.keys() <= names and names >= OF_TODAY


def fact_of(session: Session, on: date) -> GroupEvent:
    group = session.exec(select(ProgressGroup)).first()
    return GroupEvent(group_id=group.id, on=on, recorded_on=FROZEN, state=group.state)


def test_a_fact_reaches_back_to_its_day(demo_copy):
    assert raised_by(demo_copy, lambda s: s.add(fact_of(s, FROZEN))) == {"groups"}
    told = raised_by(demo_copy, lambda s: s.add(fact_of(s, LAST_WEEK)))
    assert told == {"groups", "groups:past"}
    assert raised_by(demo_copy, lambda s: s.add(Post(on=FROZEN, title="Une"))) == {"news"}


def test_a_record_that_is_changed_or_goes_may_change_any_day(demo_copy):
    def renamed(session: Session) -> None:
        session.exec(select(Person)).first().given_name = "Aline"

    def taken_away(session: Session) -> None:
        session.delete(session.exec(select(Target)).first())

    of_people = {"academy", "communities", "directions", "people"}
    assert raised_by(demo_copy, renamed) == of_people | {f"{name}:past" for name in of_people}
    assert raised_by(demo_copy, taken_away) == {"roadmap", "roadmap:past"}


def test_what_is_written_past_the_records_raises_too(demo_copy):
    def follow_alone(session: Session) -> None:
        idea, person = (session.exec(select(table.id)).first() for table in (Idea, Person))
        session.execute(delete(SubjectFollow))
        followed = {"subject": "idee", "key": str(idea), "person_id": person, "on": FROZEN}
        session.execute(insert(SubjectFollow).values(**followed))

    def facts(session: Session) -> None:
        rows = [fact_of(session, on).model_dump(exclude={"id"}) for on in (FROZEN, LAST_WEEK)]
        session.expunge_all()
        insert_rows(session, GroupEvent, rows)

    def nobody(session: Session) -> None:
        session.execute(update(ProgressGroup).where(ProgressGroup.id < 0).values(title="–"))

    assert raised_by(demo_copy, follow_alone) == {"discussions", "ideas"}
    assert raised_by(demo_copy, facts) == {"groups", "groups:past"}
    assert raised_by(demo_copy, nobody) == set(), "no row was changed"


def test_what_is_not_written_raises_nothing(demo_copy):
    def looked_at(session: Session) -> None:
        person = session.exec(select(Person)).first()
        person.given_name = str(person.given_name)

    before = revisions(demo_copy)
    with pytest.raises(ZeroDivisionError), writing(demo_copy) as session:
        session.add(fact_of(session, FROZEN))
        session.flush()
        assert 1 / 0
    assert raised_by(demo_copy, looked_at) == set()
    assert revisions(demo_copy) == before
