"""What all imports share: a file is read to its end, tried row by row, and written in one
transaction; each kind is one walk. The report tells what it did with each line of its file.
"""

import json
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from itertools import chain, count
from pathlib import Path

from sqlmodel import Session, select

from dashboard.access import Reader, require
from dashboard.actions.acts import note
from dashboard.files.matching.fields import NONE, Correspondence, Fields, fields_of
from dashboard.files.matching.layout import Layout, known_for
from dashboard.files.registers import ReadTable, RegisterRow, read_register
from dashboard.files.tables import Problem, Warned
from dashboard.files.uploads import open_table
from dashboard.files.values import compact, shown, stated_day
from dashboard.french import counted, number
from dashboard.queries.directions import organisation
from dashboard.queries.import_sources import keys_of
from dashboard.queries.reference_rows import Option, words_of_unit
from dashboard.queries.reference_tables import REFERENCE_TABLES, REGISTERED, Control, ReferenceTable
from models.clock import today
from models.directions import Tree, Unit
from models.ideas import SourceKey, StoredCorrespondence
from models.jobs import JOBS, REGISTERS
from models.people import Person
from models.roadmap import Progress, without_progress
from models.search import fold
from models.texts import Refused, clean_title, refuse

_COUNTS = "rows new changed unchanged gone returned unpublished written".split()


@dataclass
class ImportReport:
    """Compte rendu d'import. `gone` counts what the source still gave the last time and this file
    lacks, `returned` what the last one lacked: nothing is deleted.
    """

    rows: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    gone: int = 0
    returned: int = 0
    # Rows that their source shows to nobody: they come in, and are shown to nobody here either.
    unpublished: int = 0
    refused: list[Problem] = field(default_factory=list)
    warnings: Warned = field(default_factory=Warned)
    written: bool = False
    strict: bool = False
    source: str = ""
    elsewhere: str = ""  # another source that has most of the titles of new rows
    layout: Layout | None = None
    table: ReadTable | None = None  # of a survey, which is held in memory
    fields: Fields | None = None
    # Field → word of the file that is none of ours → ours.
    unknown: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    noun: str = ""
    # What one kind counts beside, as the JSON has it; what is to be known of it, one sentence each.
    more: dict[str, object] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)

    @property
    def lines_refused(self) -> int:
        """A line may have several faults: it is refused once."""
        return len({problem.line for problem in self.refused})

    def as_json(self) -> dict:
        """The stable machine-readable layout."""
        return (
            {name: getattr(self, name) for name in _COUNTS}
            | {
                "refused": [
                    {"line": p.line, "column": p.column, "reason": p.reason} for p in self.refused
                ],
                "warnings": [{"line": p.line, "reason": p.message} for p in self.warnings],
            }
            | self.more
        )

    def summary(self) -> list[str]:
        """What is to be known beside the counts, one sentence each."""
        sentences = []
        if self.unpublished:
            hidden = counted(
                self.unpublished,
                "entrée que sa source ne montre pas (corbeille, masquée, brouillon) n'est pas"
                " publiée",
                "entrées que leur source ne montre pas (corbeille, masquées, brouillons) ne sont"
                " pas publiées",
            )
            sentences.append(f"{hidden} ici non plus.")
        if self.returned:
            back = counted(self.returned, "absente est revenue", "absentes sont revenues")
            sentences.append(f"{back} dans le fichier.")
        return sentences + self.told

    def sentences(self) -> list[str]:
        """The report in French, one sentence each: the counts, what was not taken, what to look
        at.
        """
        counts = (
            (self.new, "nouvelle"),
            (self.changed, "modifiée"),
            (self.unchanged, "inchangée"),
            (self.lines_refused, "refusée"),
        )
        sentences = [
            f"{counted(self.rows, 'ligne')} : {', '.join(counted(n, word) for n, word in counts)}."
        ]
        sentences += self.summary()
        if self.layout and self.layout.columns:
            sentences.append(self.layout.read_as(self.fields))
        if self.gone:
            verb = "figure" if self.gone == 1 else "figurent"
            sentences.append(
                f"{counted(self.gone, self.noun)} de cette source ne {verb} plus dans le fichier :"
                " rien n'est supprimé."
            )
        sentences += [
            f"Refusée{p.where}{f', colonne « {p.column} »' if p.column else ''} : {p.message}"
            for p in Warned(self.refused)
        ]
        sentences += [f"À vérifier{p.where} : {p.message}" for p in self.warnings]
        if self.written and self.refused and not self.new + self.changed:
            return [*sentences, "Rien n'a été écrit : aucune ligne ne pouvait l'être."]
        if self.written:
            return [*sentences, "L'import est enregistré."]
        if self.strict and self.refused:
            return [*sentences, "Rien n'a été écrit : des lignes sont refusées."]
        return [*sentences, "Essai : rien n'a été écrit."]


@dataclass(frozen=True)
class ImportOptions:
    """How a file is imported: tried only, all or nothing, how many rows at most, who is told how
    far it is; `given` says which column is which field. The others are asked for by some kinds
    (`asks` in REGISTERS).

    `on` is the day of the file, today where nobody says it, `year` that of its months;
    `take_erased` takes up, as new, persons who were erased and whom the file still names; `source`
    is where ideas come from, where nobody says it the source that has given most of them; `agents`
    says that they are of our agents. Of a wave of a survey: its series, its title, how many were
    invited, its number on that day, whether citizens answered. `community` is that of members;
    `own` says that participants are our agents.
    """

    dry_run: bool = False
    strict: bool = False
    most: int | None = None
    progress: Progress = without_progress
    given: Correspondence = NONE
    on: date | None = None
    year: int | None = None
    take_erased: bool = False
    source: str = ""
    agents: bool = False
    series: str = ""
    title: str = ""
    invited: int | None = None
    number: int = 1
    citizens: bool = False
    community: str = ""
    own: bool = False


ONCE = ImportOptions()
NO_COLUMNS: Mapping[str, str] = {}
MOST_NAMED = 20  # words of ours that a refusal lists


def options_of(kind: str, chosen: Mapping[str, object], **how: object) -> ImportOptions:
    """The options that a kind asks for, as somebody chose them. Raises Refused for a wrong day."""
    asked = {name: chosen.get(name) for name in REGISTERS[kind].asks}
    options = {name: value for name, value in asked.items() if value not in (None, "")}
    if "on" in options:
        options["on"] = stated_day(str(options["on"]))
    return ImportOptions(**options, **how)


class RowRejected(Exception):
    """A row that cannot be taken, for its faults."""


class RegisterImport:
    """One walk through one file. A subclass takes one row: `take` raises RowRejected, or gives
    « new », « changed » or « unchanged », or nothing for a row it leaves out. It notes each fault
    of a row with `fault`, and `stop` raises them together.
    """

    kind: str  # which of the REGISTERS
    declared: ReferenceTable | None  # the table of this kind, where it has one
    register: Fields  # those of its table, else of its file of words
    source: str  # of the keys by which its rows are known again

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "kind" in vars(cls):
            cls.declared = (REGISTERED | REFERENCE_TABLES).get(cls.kind)
            if "register" not in vars(cls):
                columns = cls.declared.columns if cls.declared else ()
                own = {
                    c.field: {
                        "spellings": (c.title,),
                        "kind": str(c.control),
                        "needed": c is cls.declared.key,
                    }
                    for c in columns
                }
                cls.register = fields_of(cls.kind, own)

    def __init__(self, session: Session, reader: Reader, writes: bool, how: ImportOptions = ONCE):
        self.session = session
        self.reader = reader
        self.writes = writes
        self.how = how
        self.day = today(session)
        self.report = ImportReport(noun=REGISTERS[self.kind].noun)
        self.faults: list[tuple[str, str]] = []
        self.seen: dict[Hashable, int] = {}  # what names a row → its line
        self.begin()

    def begin(self) -> None:
        """What a kind looks up before the first row."""

    @classmethod
    def opened(
        cls, session: Session, file: Path | bytes, name: str, how: ImportOptions
    ) -> ReadTable:
        """The rows of a file, under the correspondence that is given or fits. Raises Unmatched."""
        stored = stored_correspondences(session, cls.kind)
        table = open_table(file, name, known_for(cls.register, how.given, stored))
        return cls.rows_of(table, how, stored)

    @classmethod
    def rows_of(cls, table, how: ImportOptions, stored: Sequence[Correspondence]) -> ReadTable:
        return read_register(table, cls.register, None, how.given, stored)

    @classmethod
    def whole(cls, table: ReadTable, how: ImportOptions) -> ReadTable:
        """The same table, read to its end, so that nothing but writing keeps other writers waiting.
        Raises Refused for more than `how.most` rows.
        """
        rows = []
        for row in table.rows:
            if len(rows) == how.most:
                raise too_long(how.most)
            rows.append(row)
            how.progress(table.share(), f"Lecture : {counted(len(rows), 'ligne')}")
        return replace(table, rows=rows)

    def in_order(self, rows: list[RegisterRow]) -> Iterable[RegisterRow]:
        """The rows as the file has them, unless some must come before others."""
        return rows

    def finish(self) -> None:
        """What is told once every row has been taken."""

    def fault(self, field: str, reason: str) -> None:
        """What is wrong in one field of the row; a cell that could not be read is told once, as
        that.
        """
        if field not in (known for known, _ in self.faults):
            self.faults.append((field, reason))

    def faults_of(
        self, errors: Mapping[str, object], columns: Mapping[str, str] = NO_COLUMNS
    ) -> None:
        """What is wrong with a record, by its own field or by the column that holds it; nothing
        where the sentence is empty.
        """
        for name, reason in errors.items():
            if reason:
                self.fault(columns.get(name, name), str(reason))

    def reject(self, field: str, reason: str) -> None:
        """The row stops at this fault."""
        self.fault(field, reason)
        self.stop()

    def no_word(self, field: str, word: str, known: Iterable[str], sentence: str = "") -> None:
        """A word of the file that is none of ours: it can be mapped to one of `known`."""
        labels = list(dict.fromkeys(known))
        named = f" : {', '.join(labels)}" if len(labels) <= MOST_NAMED else ""
        self.fault(field, (sentence or f"« {shown(word)} » n'est pas connu") + f"{named}.")
        self.report.unknown.setdefault(field, {})[word] = labels

    def once(self, field: str, name: Hashable, line: int, what: str = "Déjà") -> bool:
        """Whether no earlier row had this name; else a fault, « Ce relevé figure déjà à la ligne
        3. »
        """
        first = self.seen.setdefault(name, line)
        if first != line:
            self.fault(field, f"{what} à la ligne {first}.")
        return first == line

    @cached_property
    def known_keys(self) -> dict[str, tuple[int, str]]:
        """Key of the source → our record's id, and what its row said."""
        return keys_of(self.session, self.source)

    def remember(self, key: str, subject: str, record_id: int, digest: str = "") -> None:
        """The record that a key of the source stands for, and what its row says now."""
        row = SourceKey(source=self.source, key=key, subject=subject)
        if key in self.known_keys:
            of_key = (SourceKey.source == self.source, SourceKey.key == key)
            row = self.session.exec(select(SourceKey).where(*of_key)).one()
        row.record_id, row.digest = record_id, digest
        self.session.add(row)

    @cached_property
    def units(self) -> dict[str, Unit]:
        """The units of today by their code, their name or their path, compacted."""
        return units_by_word(organisation(self.session).at(self.day))

    def unit(
        self, row: RegisterRow, field: str, none: str = "n'est pas une de nos directions"
    ) -> Unit | None:
        """The unit that a cell names; None, with a fault unless the cell is empty, where none
        is.
        """
        word = row.text(field)
        found = self.units.get(compact(word))
        if word and found is None:
            self.fault(field, f"« {shown(word, 80)} » {none}.")
        return found if word else None

    @cached_property
    def persons(self) -> dict[str, list[Person]]:
        """Persons by matricule, by e-mail and by both orders of their names, folded."""
        found = defaultdict(list)
        for p in self.session.exec(select(Person).filter_by(erased_on=None)).all():
            names = (f"{p.given_name} {p.family_name}", f"{p.family_name} {p.given_name}")
            for word in {fold(word) for word in (p.key, p.email, *names) if word}:
                found[word].append(p)
        return found

    def person(self, row: RegisterRow, *fields: str) -> Person | None:
        """The person that the first filled cell of these names; None, with its fault, where nobody
        can tell.
        """
        field = next((field for field in fields if row.get(field)), fields[0])
        word = row.text(field)
        found = self.persons.get(fold(word), [])
        if len(found) == 1:
            return found[0]
        none = "ne désigne personne : importez d'abord le personnel"
        more = "désigne plusieurs personnes : donnez le matricule"
        said = f"« {shown(word, 80)} » {more if found else none}."
        self.fault(field, said if word else "Donnez le matricule ou l'e-mail de la personne.")
        return None

    @cached_property
    def options(self) -> dict[str, list[Option]]:
        """Field → the choices of its column."""
        columns = (c for c in self.declared.columns if c.control is Control.choice)
        return {c.field: c.choices(self.session, self.day) for c in columns}

    @cached_property
    def words(self) -> dict[str, dict[str, Option]]:
        """Field → compacted word of a file → the choice."""
        return {
            field: {compact(w): o for o in options for w in (o.cell, o.label, *o.words)}
            for field, options in self.options.items()
        }

    def choice(self, row: RegisterRow, field: str) -> Option | None:
        """The choice that a cell names; None, with its fault, where it names none."""
        word = str(row.get(field))
        if compact(word) not in self.words[field]:
            self.unknown(row, field, f"« {shown(word)} » n'est aucun choix")
        return self.words[field].get(compact(word))

    def unknown(self, row: RegisterRow, field: str, message: str) -> None:
        """Reports a cell that names no choice."""
        labels = (option.label for option in self.options[field])
        said = f"{message} sous « {self.register[field].called} »"
        self.no_word(field, str(row.get(field)), labels, said)

    def stop(self) -> None:
        """Raises RowRejected where the row has faults."""
        if self.faults:
            raise RowRejected

    def written(self, known: object, write: Callable[[], object]) -> str:
        """« new », or « changed » of what is known: written, unless the file is only tried."""
        if self.writes:
            write()
        return "changed" if known else "new"

    def note(self, subject: str, record: str, field: str, before: object, after: object) -> None:
        """One line of the journal."""
        note(self.session, self.reader, subject, record, field, before, after, self.day)

    def warn(self, line: int, sentence: str) -> None:
        """What is to be looked at in a row that is taken; line 0: in the whole file."""
        self.report.warnings.append(Problem(line, "", sentence))

    def run(self, table: ReadTable) -> ImportReport:
        self.is_typed = table.is_typed
        self.above = table.above
        read = list(table.rows)
        self.report.refused += [row for row in read if isinstance(row, Problem)]
        self.report.rows = len(self.report.refused)
        for row in self.in_order([row for row in read if isinstance(row, RegisterRow)]):
            self.report.rows += 1
            self.tell_progress(self.report.rows / len(read))
            self.faults = list(row.faults)
            try:
                outcome = self.take(row)
            except RowRejected:
                self.report.refused += [
                    Problem(row.line, table.headers.get(field, ""), reason)
                    for field, reason in self.faults
                ]
                continue
            if outcome:
                setattr(self.report, outcome, getattr(self.report, outcome) + 1)
        self.finish()
        written = self.report.new + self.report.changed
        if self.writes and written and not self.is_typed:
            self.note("import", self.report.noun, "lignes", None, written)
        return self.close(table)

    def tell_progress(self, share: float) -> None:
        did = "Import" if self.writes else "Essai"
        self.how.progress(share, f"{did} : {counted(self.report.rows, 'ligne')}")

    def close(self, table: ReadTable) -> ImportReport:
        """The report, with what reading the file has told."""
        report = self.report
        report.refused.sort(key=lambda problem: problem.line)
        report.warnings = report.warnings.by_line(table.warnings)
        report.layout = table.layout
        report.fields = self.register
        report.written = self.writes
        return report


def too_long(most: int) -> Refused:
    """The refusal of a file that the screen does not take."""
    return Refused(
        f"Ce fichier compte plus de {number(most)} lignes : le service informatique l'importe."
    )


# ── Correspondences of columns ──────────────────────────────────────────────────────────────────

NAME_MAX = 80


def stored_correspondences(session: Session, kind: str) -> list[Correspondence]:
    """Those of one kind, sorted by name."""
    contents = session.exec(
        select(StoredCorrespondence.content)
        .filter_by(kind=kind)
        .order_by(StoredCorrespondence.name)
    ).all()
    return [Correspondence(**json.loads(content)) for content in contents]


def store_correspondence(session: Session, reader: Reader, kind: str, typed: Correspondence) -> str:
    """Garder une correspondance for files with the same columns; one of the same name is replaced.
    Raises Invalid.
    """
    require(reader, JOBS[kind].right)
    name = clean_title(typed.name)
    is_name = 0 < len(name) <= NAME_MAX
    none = "Cette correspondance ne nomme aucune colonne."
    wrong = f"Donnez un nom à la correspondance (1 à {NAME_MAX} caractères)."
    refuse({"name": not any(typed.columns.values()) and none if is_name else wrong})
    row = _row(session, kind, name) or StoredCorrespondence(kind=kind, name=name, content="")
    row.content = json.dumps(typed.as_json() | {"name": name}, ensure_ascii=False)
    session.add(row)
    headers = ", ".join(header for named in typed.columns.values() for header in named)
    note(session, reader, "correspondance", name, kind, None, headers)
    return name


def remove_correspondence(session: Session, reader: Reader, kind: str, name: str) -> None:
    """Supprimer une correspondance. Raises Refused where there is none."""
    require(reader, JOBS[kind].right)
    row = _row(session, kind, name)
    if row is None:
        raise Refused("Cette correspondance n'existe plus.")
    note(session, reader, "correspondance", name, kind, "gardée", None)
    session.delete(row)


def _row(session: Session, kind: str, name: str) -> StoredCorrespondence | None:
    of_name = (StoredCorrespondence.kind == kind, StoredCorrespondence.name == name)
    return session.scalar(select(StoredCorrespondence).where(*of_name))


def units_by_word(tree: Tree) -> dict[str, Unit]:
    """Compacted word → unit: its code, its name, or its path (« Département / Direction / Service
    »).
    """
    return {
        compact(word): unit
        for unit in tree.units
        for word in (*words_of_unit(tree, unit), unit.code)
    }


def free_code(title: str, taken: Collection[str], most: int) -> str:
    """An unused code derived from a title: « PREMIERS-SECOURS »."""
    plain = "-".join(re.findall(r"[A-Z0-9]+", fold(title).upper()))[: most - 3].strip("-") or "X"
    codes = chain((plain,), (f"{plain}-{n}" for n in count(2)))
    return next(code for code in codes if code not in taken)
