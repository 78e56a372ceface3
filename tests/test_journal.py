"""The journal: Farid reads who read names, who took data away and who changed what."""

from datetime import date

import pytest
from support.rounds import done
from support.transactions import (
    read_with,
)

from dashboard.access import OPERATOR
from dashboard.actions.acts import forget_old, note, note_export, note_reading
from dashboard.queries.journal import Sort, journal_lines, journal_months, journal_page
from models.database import reading, writing
from models.settings import settings

OLD, NEW = date(2023, 1, 20), date(2023, 6, 2)


@pytest.fixture
def kept(demo_copy, cast):
    """Two readings, an export, a right and a text, by two people, in two months."""
    with writing(demo_copy) as session:
        note_reading(session, cast.elise, "feuille de présence")
        note_export(session, cast.farid, "journal", "12 lignes")
        note(session, cast.farid, NEW, "account", "zoe", "rôles", "", "codir")
        note(session, cast.farid, OLD, "account", "yan", "rôles", "", "admin")
        note(session, cast.elise, OLD, "réunion", "zz-1", "titre", "avant", "après")
    return demo_copy


def found(engine, reader, **filters):
    return read_with(engine, journal_page, reader, filters)


def test_the_administrator_finds_who_read_names_and_who_changed_a_right(kept, cast):
    read = found(kept, cast.farid, sort=Sort.reading)
    assert [(who, line.after) for line, who in read][:1] == [
        (cast.elise.name, "feuille de présence")
    ]
    rights = found(kept, cast.farid, sort=Sort.right, words="zoe")
    assert [(line.on, who, line.before, line.after) for line, who in rights] == [
        (NEW, cast.farid.name, "", "codir")
    ]
    assert found(kept, cast.farid, sort=Sort.export)[0][0].record == "journal"


def test_a_month_and_a_name_narrow_what_is_shown(kept, cast):
    here = found(kept, cast.farid, month=date(2023, 1, 1), words="zz-1")
    assert [(line.record, line.before, line.after) for line, _ in here] == [
        ("zz-1", "avant", "après")
    ]
    assert found(kept, cast.farid, month=date(2023, 1, 1), words="zoe") == []
    with reading(kept) as session:
        months = journal_months(session, cast.farid)
        assert months == sorted(months, reverse=True) and date(2023, 1, 1) in months
        assert journal_lines(session, OPERATOR, {"words": "zz-1"}) == 1


def test_what_tells_of_persons_goes_when_its_time_is_over_and_texts_stay(kept, cast, monkeypatch):
    monkeypatch.setenv("CP_JOURNAL_MONTHS", "3")
    settings.cache_clear()
    with writing(kept) as session:
        assert done(session, forget_old(session, NEW)) >= 1
    settings.cache_clear()
    assert found(kept, cast.farid, sort=Sort.right, words="yan") == []
    assert found(kept, cast.farid, sort=Sort.right, words="zoe") != []
    assert found(kept, cast.farid, words="zz-1") != []
