"""The tables of references: their rows are typed into a grid, go through the walker of their file,
and what was changed is found again in the history.
"""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlmodel import select
from support.pages import enter, visit
from support.transactions import (
    read_with,
    refuses,
    select_all,
    select_one,
    write_with,
)
from support.troupe import FROZEN

from dashboard.access import OPERATOR, Reader, may
from dashboard.actions.register_imports import act_of, importable
from dashboard.actions.registers import (
    RowsRefused,
    TypedRow,
    row_mark,
    save_rows,
)
from dashboard.actions.roadmap.plans import as_given, change_plan
from dashboard.queries.reference_tables import (
    REFERENCE_TABLES,
    Control,
    ReferenceTable,
    history,
    texts,
)
from dashboard.screens.reference import typed_rows
from models.database import writing
from models.ledger import Change
from models.meetings import Site
from models.roadmap import Plan

SITES, MILESTONES = REFERENCE_TABLES["sites"], REFERENCE_TABLES["jalons"]
DEPOT, OPEN = "Dépôt Voirie nord", "2.7"


def rows(engine, table: ReferenceTable, reader: Reader = OPERATOR) -> dict[str, dict[str, str]]:
    """Key → field → cell."""
    found = read_with(engine, texts, reader, table, FROZEN)
    fields = [column.field for column in table.columns]
    return {table.key_of(cells): dict(zip(fields, cells, strict=True)) for cells in found}


def typed(engine, table: ReferenceTable, key: str, **cells: str) -> TypedRow:
    """What one types who has the row before her eyes."""
    read = row_mark(table, list(rows(engine, table)[key].values()))
    return TypedRow(key, key, cells, read)


def new(**cells: str) -> TypedRow:
    return TypedRow("+1", None, cells)


def save(engine, who: Reader, table: ReferenceTable, *lines: TypedRow) -> int:
    return write_with(engine, save_rows, who, table, lines)


def refused(engine, who: Reader, table: ReferenceTable, *lines: TypedRow) -> RowsRefused:
    caught = refuses(save, engine, who, table, *lines, error=RowsRefused)
    return caught


def changes(engine, who: Reader, table: ReferenceTable, row: str = "") -> list:
    return read_with(engine, history, who, table, FROZEN, row)


# ── A table and its file are one ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("table", REFERENCE_TABLES.values(), ids=lambda table: table.code)
def test_a_table_has_the_columns_that_its_file_is_read_by(table):
    fields = importable(table.code)
    assert all(column.title == fields[column.field].spellings[0] for column in table.columns)
    choosing = {Control.choice, Control.flag}
    assert all(bool(column.choices) == (column.control in choosing) for column in table.columns)


@pytest.mark.parametrize("table", REFERENCE_TABLES.values(), ids=lambda table: table.code)
def test_rows_typed_again_as_they_stand_change_nothing(sqlite_copy, cast, table):
    keeper = next(r for r in (cast.didier, cast.farid) if may(r, table.right))
    before = rows(sqlite_copy, table, keeper)
    fields = [column.field for column in table.columns if not column.is_key]
    lines = [
        TypedRow(key, key, {f: cells[f] for f in fields}, row_mark(table, list(cells.values())))
        for key, cells in list(before.items())[:3]
    ]
    assert save(sqlite_copy, keeper, table, *lines) == 0
    assert rows(sqlite_copy, table, keeper) == before


# ── Saving ────────────────────────────────────────────────────────────────────────────────────────


def test_cells_are_written_and_nothing_else(demo_copy, cast):
    before = rows(demo_copy, MILESTONES)
    line = typed(
        demo_copy, MILESTONES, OPEN, title="Un titre neuf", weight="1,5", reason="Mieux dit"
    )
    assert save(demo_copy, cast.didier, MILESTONES, line) == 1
    wanted = {**before[OPEN], "title": "Un titre neuf", "weight": "1,5"}
    assert rows(demo_copy, MILESTONES) == {**before, OPEN: wanted}
    found = changes(demo_copy, cast.didier, MILESTONES, OPEN)
    told = {(c.field, c.before, c.after, c.who) for c in found}
    assert told == {
        ("titre", before[OPEN]["title"], "Un titre neuf", cast.didier.name),
        ("poids", before[OPEN]["weight"], "1,5", cast.didier.name),
    }
    subjects = set(select_all(demo_copy, select(Change.subject)))
    assert "import" not in subjects, "a grid is no file"


def test_one_cell_that_is_refused_keeps_everything_back(demo_copy, cast):
    before = rows(demo_copy, MILESTONES)
    right = typed(demo_copy, MILESTONES, OPEN, title="Un titre neuf")
    wrong = typed(demo_copy, MILESTONES, "2.8", weight="lourd", title="")
    caught = refused(demo_copy, cast.didier, MILESTONES, right, wrong)
    assert caught.errors == {"2.8": {"title": "Cette case ne peut pas rester vide."}}
    wrong = typed(demo_copy, MILESTONES, "2.8", weight="lourd", end="2022")
    caught = refused(demo_copy, cast.didier, MILESTONES, right, wrong)
    assert set(caught.errors) == {"2.8"} and set(caught.errors["2.8"]) == {"weight", "end"}
    assert caught.errors["2.8"]["weight"] == "« lourd » n'est pas un nombre."
    assert rows(demo_copy, MILESTONES) == before
    assert changes(demo_copy, cast.didier, MILESTONES) == []


def test_a_reason_alone_changes_nothing(sqlite_copy, cast):
    line = typed(sqlite_copy, MILESTONES, OPEN, reason="Pour rien")
    assert set(refused(sqlite_copy, cast.didier, MILESTONES, line).errors[OPEN]) == {"reason"}


def test_a_cell_that_may_be_empty_is_emptied(demo_copy, cast):
    line = typed(demo_copy, SITES, DEPOT, kind="", direction="", computers="")
    assert save(demo_copy, cast.farid, SITES, line) == 1
    site = select_one(demo_copy, select(Site).where(Site.name == DEPOT))
    assert (site.kind, site.direction_id, site.computers) == ("", None, None)
    bare = typed(demo_copy, SITES, DEPOT, agents="")
    assert refused(demo_copy, cast.farid, SITES, bare).errors[DEPOT]["agents"]


def test_a_row_is_added_under_a_key_of_its_own(demo_copy, cast):
    line = new(name="Dépôt de la Meuse", kind="dépôt", direction="AD-VOI", agents="12")
    assert save(demo_copy, cast.farid, SITES, line) == 1
    assert rows(demo_copy, SITES)["Dépôt de la Meuse"]["direction"] == "AD-VOI"
    again = refused(demo_copy, cast.farid, SITES, line)
    assert "existe déjà" in again.errors["+1"]["name"]
    twice = [new(name="Le kiosque"), TypedRow("+2", None, {"name": "LE KIOSQUE"})]
    assert set(refused(demo_copy, cast.farid, SITES, *twice).errors) == {"+2"}
    assert refused(demo_copy, cast.farid, SITES, new(agents="3")).errors["+1"]["name"]
    assert refused(demo_copy, cast.didier, MILESTONES, new(number="9.9")).errors["+1"]


def test_a_site_is_renamed_and_a_number_of_a_milestone_stays(demo_copy, cast):
    line = typed(demo_copy, SITES, DEPOT, name="Dépôt du Nord", agents="80")
    assert save(demo_copy, cast.farid, SITES, line) == 1
    assert DEPOT not in rows(demo_copy, SITES)
    assert rows(demo_copy, SITES)["Dépôt du Nord"]["agents"] == "80"
    taken = typed(demo_copy, SITES, "Dépôt du Nord", name="Dépôt Voirie sud")
    assert (
        "autre ligne"
        in refused(demo_copy, cast.farid, SITES, taken).errors["Dépôt du Nord"]["name"]
    )
    moved = typed(demo_copy, MILESTONES, OPEN, number="9.9")
    assert refused(demo_copy, cast.didier, MILESTONES, moved).errors[OPEN]["number"]


def test_a_file_renames_a_site_too_and_twice_is_once(demo_copy, cast):
    file = f"nom;ancien nom;agents\nDépôt du Nord;{DEPOT};80\nLe port;La gare;1".encode()
    report = write_with(demo_copy, act_of("sites"), cast.farid, file, "sites.csv")
    assert report.changed == 1 and "« La gare »" in report.refused[0].reason
    again = write_with(demo_copy, act_of("sites"), cast.farid, file, "sites.csv")
    assert (again.changed, again.unchanged) == (0, 1)


def test_a_row_that_is_gone_says_so(demo_copy, cast):
    line = TypedRow("9.9", "9.9", {"title": "Rien"}, "lu")
    assert refused(demo_copy, cast.didier, MILESTONES, line).errors == {
        "9.9": {"": "Cette ligne n'existe plus."}
    }


# ── Nobody overwrites what she has not read ───────────────────────────────────────────────────────


def test_a_row_that_somebody_wrote_meanwhile_is_not_written_over(demo_copy, cast):
    mine = typed(demo_copy, MILESTONES, OPEN, title="Le mien")
    with writing(demo_copy) as session:
        found = session.exec(select(Plan).where(Plan.number == OPEN)).one()
        given = as_given(found, title="Le sien")
        change_plan(session, OPERATOR, found.id, given)
    met = refused(demo_copy, cast.didier, MILESTONES, mine).meanwhile[OPEN]
    assert met.current["title"] == "Le sien" and "rien n'est enregistré" in met.message
    assert rows(demo_copy, MILESTONES)[OPEN]["title"] == "Le sien"
    chosen = TypedRow(OPEN, OPEN, mine.cells, met.mark)
    assert save(demo_copy, cast.didier, MILESTONES, chosen) == 1
    assert rows(demo_copy, MILESTONES)[OPEN]["title"] == "Le mien"


@pytest.mark.locks
def test_of_two_who_save_the_same_row_at_once_one_is_told(demo_copy, cast):
    lines = [typed(demo_copy, MILESTONES, OPEN, title=title) for title in ("Un", "Deux")]
    start = Barrier(len(lines))

    def at_once(line: TypedRow) -> int:
        start.wait()
        try:
            return save(demo_copy, cast.didier, MILESTONES, line)
        except RowsRefused as caught:
            assert OPEN in caught.meanwhile
            return 0

    with ThreadPoolExecutor(len(lines)) as pool:
        saved = list(pool.map(at_once, lines))
    assert sorted(saved) == [0, 1]
    written = lines[saved.index(1)].cells["title"]
    assert rows(demo_copy, MILESTONES)[OPEN]["title"] == written


# ── The history ───────────────────────────────────────────────────────────────────────────────────


def test_a_site_that_was_renamed_keeps_its_history(demo_copy, cast):
    save(demo_copy, cast.farid, SITES, typed(demo_copy, SITES, DEPOT, agents="80"))
    save(demo_copy, cast.farid, SITES, typed(demo_copy, SITES, DEPOT, name="Dépôt du Nord"))
    renamed, counted = changes(demo_copy, cast.farid, SITES, "Dépôt du Nord")
    assert (renamed.row, counted.row) == ("Dépôt du Nord", "Dépôt du Nord")
    save(demo_copy, cast.farid, SITES, typed(demo_copy, SITES, "Dépôt du Nord", name=DEPOT))
    assert len(changes(demo_copy, cast.farid, SITES, DEPOT)) == 3


# ── Who may ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.slow
def test_the_page_shows_what_its_reader_keeps(demonstration):
    for login, title in (("didier", "Jalons"), ("farid", "Sites")):
        tab = visit(enter(demonstration, login), "referentiels", "table=sites")
        assert not tab.exception and title in tab.selectbox[0].options
    tab = visit(enter(demonstration, "carine"), "referentiels")
    assert not tab.selectbox and not tab.exception


# ── What a browser sends is not believed ──────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "sent",
    [
        None,
        [],
        ["1.1"],
        [{"name": "1.1", "key": "1.1", "read": None, "cells": {"title": "Sans marque"}}],
        [{"name": "1.1", "key": 1, "read": "x", "cells": {}}],
        [{"name": 1, "key": None, "read": None, "cells": {}}],
        [{"name": "1.1", "key": "1.1", "read": "x", "cells": {"id": "7"}}],
        [{"name": "1.1", "key": "1.1", "read": "x", "cells": {"title": 7}}],
        [{"name": "1.1", "key": "1.1", "read": "x", "cells": {"title": "x" * 20_001}}],
        [{"name": "+1", "key": None, "read": None, "cells": {}}] * 2,
        [{"name": f"+{n}", "key": None, "read": None, "cells": {}} for n in range(2001)],
    ],
)
def test_what_is_no_row_of_the_table_is_refused(sent):
    refuses(typed_rows, MILESTONES, sent)


@pytest.mark.parametrize(
    ("login", "url", "kind"),
    [("didier", "imports", "jalons"), ("farid", "mise-en-route", "sites")],
)
def test_the_way_to_the_import_leads_to_the_file_of_the_table(demonstration, login, url, kind):
    tab = visit(enter(demonstration, login), url, f"genre={kind}")
    assert not tab.exception and tab.radio[0].value == kind


def test_a_headcount_keeps_the_cell_that_goes_with_the_one_that_was_typed(demo_copy, cast):
    table = REFERENCE_TABLES["effectifs"]
    known = rows(demo_copy, table, cast.farid)
    key = next(k for k, cells in known.items() if cells["without"] not in ("0", ""))
    mark = row_mark(table, list(known[key].values()))
    more = str(int(known[key]["agents"]) + 1)
    save(demo_copy, cast.farid, table, TypedRow(key, key, {"agents": more}, mark))
    assert rows(demo_copy, table, cast.farid)[key] == {**known[key], "agents": more}
