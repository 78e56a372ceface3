"""Saves the rows typed into the grid of a reference table, by the import of its file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session, select

from dashboard.access import Reader, require
from dashboard.actions.acts import conflict_message
from dashboard.actions.imports import act_of
from dashboard.actions.register_imports import ImportOptions
from dashboard.files.registers import TypedRows
from dashboard.files.values import compact
from dashboard.queries.journal import last_change, mark_of
from dashboard.queries.reference_history import rows_by_key
from dashboard.queries.reference_tables import (
    ReferenceColumn,
    ReferenceTable,
)
from models.clock import today
from models.texts import Refused

_WHOLE_ROW = ""  # field name for errors of a whole row


@dataclass(frozen=True)
class TypedRow:
    """One typed row: `name` identifies it in this save, `key` is its stored key (None: new),
    `cells` the typed values by field, `read` the edit mark its writer had loaded.
    """

    name: str
    key: str | None
    cells: Mapping[str, str]
    read: str | None = None


@dataclass(frozen=True)
class Meanwhile:
    """A concurrent change of a row: a sentence with author and date, its present values, and its
    mark.
    """

    message: str
    current: Mapping[str, str]
    mark: str


class RowsRefused(Refused):
    """Nothing is saved: errors by row and field, and concurrent changes by row."""

    def __init__(self, errors: Mapping[str, Mapping[str, str]], meanwhile: Mapping[str, Meanwhile]):
        self.errors = errors
        self.meanwhile = meanwhile
        first = [message for fields in errors.values() for message in fields.values()]
        super().__init__(*[*first, *(each.message for each in meanwhile.values())][:1])


def row_mark(table: ReferenceTable, cells: Sequence[str]) -> str:
    """The edit mark of a row."""
    return mark_of(dict(zip((column.field for column in table.columns), cells, strict=True)))


def save_rows(
    session: Session, reader: Reader, table: ReferenceTable, rows: Sequence[TypedRow]
) -> int:
    """Enregistrer ce qui a été tapé: all rows or none. Returns how many were written. Raises
    RowsRefused.
    """
    require(reader, table.right)
    # Locked until the transaction ends, so that nobody writes between comparing and writing.
    for model in table.locks:
        # In a fixed order, so that concurrent saves cannot deadlock.
        rows_of = select(model).order_by(*model.__table__.primary_key).with_for_update()
        session.exec(rows_of.execution_options(populate_existing=True)).all()
    current = rows_by_key(session, reader, table, today(session))
    checked = _Checked(session, reader, table, current)
    for row in rows:
        checked.look_at(row)
    checked.stop()
    how = ImportOptions(strict=True)
    report = act_of(table.code)(session, reader, checked.typed(rows), table.title, how)
    for problem in report.refused:
        row = rows[problem.line - 1]
        checked.fault(row, _where(table, row, problem.column), problem.reason)
    checked.stop()
    return report.new + report.changed


def _where(table: ReferenceTable, row: TypedRow, header: str) -> str:
    """The field that shows an error: its own column if typed or new, else the first typed
    column.
    """
    fields = {column.title: column.field for column in table.columns}
    if table.former:
        fields[table.former] = table.key.field
    field = fields.get(header, _WHOLE_ROW)
    if row.key is None or field in row.cells:
        return field
    return next(iter(row.cells), _WHOLE_ROW)


class _Checked:
    """Checks before the import: deleted rows, concurrent changes, duplicate keys, mandatory
    cells.
    """

    def __init__(
        self,
        session: Session,
        reader: Reader,
        table: ReferenceTable,
        current: Mapping[str, tuple[str, ...]],
    ):
        self.session, self.reader, self.table = session, reader, table
        fields = [column.field for column in table.columns]
        self.blank = dict.fromkeys(fields, "")
        # Key → field → cell.
        self.current = {k: dict(zip(fields, cells, strict=True)) for k, cells in current.items()}
        self.errors: dict[str, dict[str, str]] = {}
        self.meanwhile: dict[str, Meanwhile] = {}
        self.taken: set[str] = set()

    def fault(self, row: TypedRow, where: str, sentence: str) -> None:
        self.errors.setdefault(row.name, {}).setdefault(where, sentence)

    def stop(self) -> None:
        if self.errors or self.meanwhile:
            raise RowsRefused(self.errors, self.meanwhile)

    def look_at(self, row: TypedRow) -> None:
        cells = self.current.get(row.key)
        if row.key is not None and cells is None:
            return self.fault(row, _WHOLE_ROW, "Cette ligne n'existe plus.")
        if cells is None and not self.table.may_add:
            return self.fault(row, _WHOLE_ROW, "Ce référentiel ne prend pas de nouvelle ligne.")
        if cells is not None:
            self._look_at_known(row, cells)
        self._look_at_key(row)

    def _look_at_known(self, row: TypedRow, cells: Mapping[str, str]) -> None:
        mark = mark_of(cells)
        if row.read not in (None, mark):
            record = self.table.record_of(row.key, tuple(cells.values()))
            last = last_change(self.session, self.table.subject, record)
            message = conflict_message(self.session, self.reader, last, "a écrit entre-temps")
            self.meanwhile[row.name] = Meanwhile(message, cells, mark)
        for column in self.table.columns:
            if row.cells.get(column.field) == "" and not column.may_be_empty:
                self.fault(row, column.field, "Cette case ne peut pas rester vide.")
        if self.table.reason and set(row.cells) == {self.table.reason}:
            message = "Une raison accompagne ce qui change : ici, rien d'autre ne change."
            self.fault(row, self.table.reason, message)

    def _look_at_key(self, row: TypedRow) -> None:
        """A new key must be free: the importer would otherwise update the other row."""
        keys = [column.field for column in self.table.columns if column.is_key]
        moved = any(name in row.cells for name in keys)
        if row.key is not None and not moved:
            return
        if row.key is not None and not self.table.former:
            return self.fault(row, keys[0], "Cette case désigne la ligne : elle reste.")
        stored = self.current.get(row.key, self.blank)
        key = self.table.key_of([row.cells.get(n, cell).strip() for n, cell in stored.items()])
        other_keys = {compact(other) for other in self.current if other != row.key} | self.taken
        if compact(key) in other_keys:
            self.fault(row, keys[0], f"« {key} » existe déjà : c'est une autre ligne.")
        self.taken.add(compact(key))

    def typed(self, rows: Sequence[TypedRow]) -> TypedRows:
        """The rows for the importer; untouched cells are left out."""
        former = self.table.former
        lines = []
        for row in rows:
            cells = [self._cell(row, column) for column in self.table.columns]
            lines.append((*cells, row.key) if former else tuple(cells))
        headers = (*self.table.headers, former) if former else self.table.headers
        return TypedRows(self.table.title, headers, tuple(lines))

    def _cell(self, row: TypedRow, column: ReferenceColumn) -> str | None:
        stored, typed = self.current.get(row.key), row.cells.get(column.field)
        if stored is None:
            return typed or None
        is_beside = column.field in self.table.together and self.table.together & row.cells.keys()
        if typed is None and is_beside:
            # The importer stores both cells as one fact: the untouched one must be included.
            return stored[column.field] or None
        if column.is_key:
            # The key is always included: it identifies the row.
            return stored[column.field] if typed is None else typed
        if column.field == self.table.reason:
            return typed or "Modifié dans les référentiels"
        return typed
