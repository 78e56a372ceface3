"""Acts on the records of a `Register`: saved by a form, or imported from a file. Both validate by
its declaration, write what differs and journal it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from sqlmodel import Session, SQLModel, select

from dashboard.access import Reader, require
from dashboard.actions.acts import add_record, lock_record, note, refuse_conflict
from dashboard.actions.register_imports import RegisterImport, free_code
from dashboard.files.registers import RegisterRow
from dashboard.files.values import compact, shown
from dashboard.queries.import_sources import AWAY
from dashboard.queries.journal import last_change
from dashboard.queries.reference_history import names_of
from dashboard.queries.reference_rows import Option
from dashboard.queries.reference_tables import (
    JOINT,
    TRAININGS,
    WORKSTREAMS,
    Control,
    ReferenceColumn,
    Register,
)
from models.clock import today
from models.texts import Invalid, clean_text, clean_title, refuse

Values = Mapping[str, object]
_CATALOGUE = "catalogue"  # the source of imported trainings


# ── One record, by a form ─────────────────────────────────────────────────────────────────────────


def save_record(
    session: Session,
    reader: Reader,
    register: Register,
    record_id: object,
    typed: Values,
    *,
    read: str | None = None,
) -> SQLModel:
    """Créer (without an id) ou modifier une fiche. Raises Invalid per field, EditConflict."""
    require(reader, register.right)
    record = None
    if record_id:
        gone = "Cette ligne du référentiel n'existe plus."
        record = lock_record(session, register.model, record_id, gone)
        names = names_of(session, register, register.name_of(record))
        last = last_change(session, register.subject, *sorted(names))
        refuse_conflict(session, reader, read, register.shown(record, typed), last)
    saved, changes = write_record(session, reader, register, record, typed)
    if not changes:
        raise Invalid({"form": "Rien ne change."})
    return saved


def write_record(
    session: Session,
    reader: Reader,
    register: Register,
    record: SQLModel | None,
    given: Values,
    faults: Mapping[str, str | None] | None = None,
) -> tuple[SQLModel, bool]:
    """Validates and writes a record (None: a new one); returns it, and whether anything changed.
    `faults` are further errors by field. Raises Invalid per field.
    """
    records = _Records(session, reader, register)
    values, errors = records.check(record, given)
    key = register.key.field
    duplicate = records.known.get(records.key_of(values))
    if duplicate not in (None, record):
        errors.setdefault(key, f"« {values[key]} » existe déjà : c'est une autre ligne.")
    refuse((faults or {}) | errors)
    return records.write(record, values)


class _Records:
    """The records of one register: keys, choices of columns, validation, writing, journalling."""

    def __init__(self, session: Session, reader: Reader, register: Register):
        self.session = session
        self.reader = reader
        self.register = register
        self.day = today(session)
        self.tell = register.cell_of(session, self.day)
        self.options: dict[str, list[Option]] = {
            c.field: c.choices(session, self.day)
            for c in register.stored
            if c.control is Control.choice
        }
        self.keys = [column for column in register.columns if column.is_key]
        stored = session.exec(select(register.model)).all()
        self.known = {self.key_of(register.values(record)): record for record in stored}

    def key_of(self, values: Values) -> str:
        """The key of these values, normalised for comparison; empty where one part is."""
        found = (values.get(column.field) for column in self.keys)
        texts = [clean_title("" if part is None else str(part)) for part in found]
        key = JOINT.join(texts) if all(texts) else ""
        return key if self.register.exact else compact(key)

    def check(
        self, record: SQLModel | None, given: Values
    ) -> tuple[dict[str, object], dict[str, str]]:
        """The record's values merged with the given ones, as stored; and the errors by field."""
        current, starts = self.register.values(record), self.register.values(None)
        key_stays = record is not None and not self.register.former
        values = current | {
            c.field: self._clean(c, given[c.field], starts[c.field])
            for c in self.register.stored
            if c.field in given and not (c.is_key and key_stays)
        }
        rule = self.register.rule
        faults = rule(self.session, record, values) if rule else {}
        errors = {field: sentence for field, sentence in faults.items() if sentence}
        for column in self.register.stored:
            value = values[column.field]
            # Unchanged values are not checked: a bound or a choice may have been tightened since.
            is_checked = record is None or value != current[column.field]
            if is_checked and (message := self._fault(column, value)):
                errors.setdefault(column.field, message)
        return values, errors

    def _clean(self, column: ReferenceColumn, value: object, start: object) -> object:
        if column.control is Control.text:
            value = clean_title(str(value or ""))
        elif column.control is Control.long:
            value = clean_text(str(value or ""))
        elif column.control is Control.choice:
            choices = {option.stored: option.stored for option in self.options[column.field]}
            value = choices.get(value, value)
        is_number = column.control in (Control.whole, Control.number)
        return start if value in ("", None) and not is_number else value

    def _fault(self, column: ReferenceColumn, value: object) -> str:
        if column.control is Control.choice and value in [
            option.stored for option in self.options[column.field]
        ]:
            return ""
        if value in ("", None):
            message = f"Donnez ce qui va sous « {column.title} »."
            return "" if column.may_be_empty else column.sentence or message
        if column.control is Control.choice:
            return column.sentence or f"Choisissez ce qui va sous « {column.title} »."
        if column.bounds and not column.bounds[0] <= value <= column.bounds[1]:
            least, most = column.bounds
            return column.sentence or f"Donnez un nombre de {least} à {most}."
        if column.most and len(value) > column.most:
            message = f"Le texte peut compter {column.most} caractères au plus."
            return column.sentence or message
        return ""

    def write(self, record: SQLModel | None, values: Values) -> tuple[SQLModel, bool]:
        """Writes validated values that differ, each with a journal line."""
        stored = self.register.stored
        if record is None:
            record = add_record(
                self.session, self.register.model(**{c.in_record: values[c.field] for c in stored})
            )
            named = self.register.column(self.register.named) or self.register.key
            self._note(record, "créé", None, values[named.field])
            return record, True
        before = self.register.values(record)
        changed = [c for c in stored if before[c.field] != values[c.field]]
        for c in changed:
            cells = (self.tell(c, before[c.field]), self.tell(c, values[c.field]))
            self._note(record, c.in_journal, *cells)
        for c in changed:
            setattr(record, c.in_record, values[c.field])
        self.session.flush()
        return record, bool(changed)

    def remove(self, record: SQLModel) -> None:
        """Deletes a record; the journal stores its values."""
        for column, value in zip(
            self.register.stored, self.register.values(record).values(), strict=True
        ):
            if value not in ("", None, False):
                self._note(record, column.in_journal, self.tell(column, value), None)
        self.session.delete(record)

    def _note(self, record: SQLModel, field: str, *before_and_after: object) -> None:
        texts = [None if value == "" else value for value in before_and_after]
        name = self.register.name_of(record)
        note(self.session, self.reader, self.register.subject, name, field, *texts, on=self.day)


# ── Many records, as a file ───────────────────────────────────────────────────────────────────────


class RecordImport(RegisterImport):
    """Imports the file of a declared register. An empty cell or an absent column leaves a stored
    value unchanged; records are deleted only by a « oui » under « retiré ».
    """

    declared: Register

    def begin(self) -> None:
        self.records = _Records(self.session, self.reader, self.declared)

    def take(self, row: RegisterRow) -> str:
        key = self.key_of(row)
        record = self._known(row, key)
        if record is None and not self.declared.may_add:
            named = self.declared.key
            keys = ", ".join(str(getattr(r, named.in_record)) for r in self.records.known.values())
            given = f"« {shown(str(row.get(named.field, '')))} »"
            sentence = f"{given} n'est aucun de ceux-ci ({keys}) : aucune ne s'ajoute."
            self.reject(named.field, sentence)
        if row.get("removed"):
            self.stop()
            if record is None:
                return "unchanged"
            return self.written(record, lambda: self.records.remove(record))
        values, errors = self.records.check(record, self._given(row, record))
        self.faults_of(errors)
        self.stop()
        if record is not None and values == self.declared.values(record):
            return "unchanged"
        return self.written(record, lambda: self._write(key, record, values))

    def _write(self, key: str, record: SQLModel | None, values: dict[str, object]) -> None:
        self.records.known[key], _ = self.records.write(record, values)

    def key_of(self, row: RegisterRow) -> str:
        """The normalised key of the row, even of a refused row."""
        field = self.declared.key.field
        values = dict(pair for c in self.records.keys for pair in self._value(row, c))
        key = self.records.key_of(values)
        for column in self.records.keys:
            if values.get(column.field) in (None, ""):
                message = f"Donnez ce qui va sous « {column.title} »."
                self.fault(column.field, column.sentence or message)
        self.stop()
        self.once(field, key, row.line)
        return key

    def _known(self, row: RegisterRow, key: str) -> SQLModel | None:
        """The stored record of this key, or of the former key given in the row."""
        existing = self.records.known.get(key)
        former = self.records.key_of({self.declared.key.field: row.get("former")})
        if not former:
            return existing
        record = self.records.known.get(former)
        if record is None and existing is None:
            self.fault("former", f"« {shown(str(row.get('former')))} » n'est pas connu ici.")
        if record is not None and existing not in (None, record):
            self.fault(self.declared.key.field, "C'est déjà celui d'une autre ligne.")
        # A renaming file can be imported twice: the record then has its new key.
        return record or existing

    def _given(self, row: RegisterRow, record: SQLModel | None) -> dict[str, object]:
        """The row's values: filled cells, and cells to be emptied. A stored key keeps its spelling
        unless the row renames it.
        """
        columns = [c for c in self.declared.stored if not c.is_key]
        if record is None or row.get("former"):
            columns += self.records.keys
        columns_given = [
            c for c in columns if c.field in row.emptied or row.get(c.field) is not None
        ]
        given = dict(pair for c in columns_given for pair in self._value(row, c))
        if record is None or self.is_typed:
            return given
        # Another case is a habit of the tool, and no change.
        same = {c.field: getattr(record, c.in_record) for c in columns if c.control is Control.text}
        return given | {
            name: ours
            for name, ours in same.items()
            if str(given.get(name)).casefold() == str(ours).casefold()
        }

    def _value(self, row: RegisterRow, column: ReferenceColumn) -> Iterator[tuple[str, object]]:
        value = row.get(column.field)
        if value in ("", None) or column.control is not Control.choice:
            yield column.field, value
        elif (found := self.choice(row, column.field)) is not None:
            yield column.field, found.stored


class WorkstreamImport(RecordImport):
    kind = WORKSTREAMS.code

    def key_of(self, row: RegisterRow) -> str:
        """The number, found by the code where the row gives only that."""
        codes = {stream.code: stream.id for stream in self.records.known.values()}
        if row.get("number") is None and (number := codes.get(row.get("code"))):
            row = replace(row, values={**row.values, "number": number})
        return super().key_of(row)


class TrainingImport(RecordImport):
    """Imports a catalogue of trainings. A later one tells which ones it no longer has; none is
    deleted, since people may be registered.
    """

    kind = TRAININGS.code
    source = _CATALOGUE

    def begin(self) -> None:
        super().begin()
        known = self.records.known.values()
        self.codes = {compact(training.title): training.code for training in known}

    def in_order(self, rows: list[RegisterRow]) -> Iterable[RegisterRow]:
        """The rows with their codes; of a training that the file names by its title alone, ours or
        a new one.
        """
        most = self.declared.key.most
        for row in rows:
            title = row.text("title")
            if "code" in row.values or not title:
                yield row
                continue
            taken = {*self.records.known, *self.codes.values()}
            code = self.codes.setdefault(compact(title), free_code(title, taken, most))
            yield replace(row, values={**row.values, "code": code})

    def take(self, row: RegisterRow) -> str:
        outcome, code = super().take(row), row.text("code")
        is_back = self.known_keys.get(code, (0, ""))[1] == AWAY
        self.report.returned += is_back
        # What was here before this catalogue and stays as it is, is not its own.
        if self.writes and (is_back or outcome != "unchanged"):
            self.remember(code, _CATALOGUE, self.records.known[code].id)
        return outcome

    def unknown(self, row: RegisterRow, _field: str, said: str) -> None:
        self.warn(row.line, f"{said} : laissé de côté.")

    def finish(self) -> None:
        for code, (training, digest) in self.known_keys.items():
            if code not in self.seen and digest != AWAY:
                self.report.gone += 1
                if self.writes:
                    self.remember(code, _CATALOGUE, training, AWAY)


def record_import(declared: Register) -> type[RecordImport]:
    """The import of a declared register that has none of its own."""
    return type("RecordImport", (RecordImport,), {"kind": declared.code})
