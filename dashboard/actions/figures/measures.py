"""Acts on measures (relevés): recording a value measured outside, correcting one, withdrawing
one, importing a file.
"""

import hashlib
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from sqlalchemy import update
from sqlmodel import Session

from dashboard.access import Reader, require
from dashboard.actions.acts import add_fact
from dashboard.actions.edit_conflicts import refuse_conflict
from dashboard.actions.figures.declared import Declared, impossible
from dashboard.actions.import_reports import ImportReport, too_long
from dashboard.actions.journal import note
from dashboard.files.measures import COLUMNS, KNOWN, MeasureRow, MeasureTable, read_measures
from dashboard.files.quoting import shown
from dashboard.files.uploads import Problem, open_table
from dashboard.files.values import compact
from dashboard.french import counted
from dashboard.queries import import_sources as sources
from dashboard.queries.directions import organisation
from dashboard.queries.edit_conflicts import LastWrite, last_recorded, mark_of
from dashboard.queries.targets import measure_in_words, measures
from models.clock import today
from models.directions import Tree
from models.errors import Refused, refuse
from models.import_sources import SourceKey
from models.programmes import programmes
from models.progress import Tell, between, without_progress
from models.revisions import hold
from models.roadmap import Measure
from models.texts import clean_text

SOURCE_MAX = 200
FILE_SOURCE = "releves"
GONE = "Ce relevé n'existe plus."


def measure_mark(measure: Measure | None) -> str:
    """The mark of the measure in force of one day and place; a fact is never edited."""
    return mark_of({"id": measure.id if measure else None})


def measure_stands(measure: Measure | None) -> dict[str, object]:
    """A measure by the fields of its form: numbers as one types them."""
    if measure is None:
        return {}
    return {
        "on": measure.on,
        "value": f"{measure.value:.12g}".replace(".", ","),
        "n": "" if measure.n is None else str(measure.n),
        "source": measure.source,
    }


def record(
    session: Session,
    reader: Reader,
    figure: Declared,
    given: Measure,
    corrects: int | None = None,
    *,
    read: str | None = None,
) -> Measure:
    """Relevé: adds a dated measure; with `corrects`, in place of that one, which it voids.

    Raises Invalid per field, Refused for a figure that is not measured outside, EditConflict where
    somebody corrected or withdrew that one meanwhile.
    """
    require(reader, "measure.record")
    # A figure has no row of its own to lock.
    hold(session, "roadmap")
    if not figure.is_measured:
        raise Refused(f"« {figure.label} » est calculé ici : il ne se relève pas.")
    day = today(session)
    first = programmes(session).first_day
    old = None
    if corrects is not None:
        old = _in_force(session, reader, corrects, read)
        if old.figure != figure.code:
            raise Refused(GONE)
    refuse(_faults(figure, given, (first, day), organisation(session).at(day)))
    twin = standing(session, figure.code, given.on, given.direction_id)
    is_taken = twin is not None and (old is None or twin.id != old.id)
    there = f"Un relevé de ce chiffre existe déjà au {given.on:%d/%m/%Y} : corrigez-le."
    refuse({"on": is_taken and there})
    return _write(session, reader, day, figure, given, old)


def withdraw(
    session: Session, reader: Reader, measure_id: int, reason: str, *, read: str | None = None
) -> None:
    """Retirer un relevé: a fact of the same day voids it, so that it counts nowhere any more.
    Raises EditConflict where somebody corrected or withdrew it meanwhile.
    """
    require(reader, "measure.record")
    hold(session, "roadmap")
    day = today(session)
    words = clean_text(reason)
    old = _in_force(session, reader, measure_id, read)
    refuse({"reason": not words and "Donnez la raison du retrait."})
    _void(session, reader, old, reason=words)
    note(session, reader, day, "relevé", old.figure, f"{old.on}", measure_in_words(old), None)


def _void(session: Session, reader: Reader, old: Measure, reason: str | None = None) -> None:
    known = {"figure": old.figure, "direction_id": old.direction_id, "value": old.value}
    add_fact(session, reader, Measure(on=old.on, voids=old.id, reason=reason, **known))


def standing(session: Session, code: str, on: date, direction_id: int | None) -> Measure | None:
    """The measure in force of a figure on that very day, for one direction or the whole."""
    return next(
        (
            m
            for m in measures(session, code, date.max)
            if m.on == on and m.direction_id == direction_id
        ),
        None,
    )


def _in_force(session: Session, reader: Reader, measure_id: int, read: str | None) -> Measure:
    """The measure of this id, or what stands in its place, where whoever writes has read that."""
    asked = session.get(Measure, measure_id)
    if asked is None:
        raise Refused(GONE)
    now = standing(session, asked.figure, asked.on, asked.direction_id)
    last = _last_word(session, asked)
    refuse_conflict(session, reader, read, measure_stands(now), last, mark=measure_mark(now))
    if now is None or (read is None and now.id != asked.id):
        raise Refused(GONE)
    return now


def _last_word(session: Session, measure: Measure) -> LastWrite:
    """Who last wrote of this day and place: a correction and a withdrawal are facts of it too."""
    return last_recorded(
        session,
        Measure,
        Measure.figure == measure.figure,
        Measure.on == measure.on,
        Measure.direction_id.is_not_distinct_from(measure.direction_id),
    )


def _write(
    session: Session,
    reader: Reader,
    day: date,
    figure: Declared,
    given: Measure,
    old: Measure | None,
) -> Measure:
    # A void counts from its own day: the corrected one must go from its day too, or it would count
    # until the new one.
    moved = old is not None and old.on != given.on
    if moved:
        _void(session, reader, old)
    measure = Measure(**given.model_dump(include={"on", "value", "n", "direction_id"}))
    measure.figure, measure.source = figure.code, clean_text(given.source)
    measure.voids = old.id if old is not None and not moved else None
    add_fact(session, reader, measure)
    note(
        session,
        reader,
        day,
        "relevé",
        figure.code,
        f"{given.on}",
        old and measure_in_words(old),
        measure_in_words(measure),
    )
    return measure


def _faults(
    figure: Declared, given: Measure, span: tuple[date, date], tree: Tree
) -> dict[str, str]:
    """`span`: the programme's first day and today, between which a measure is dated."""
    is_named = 0 < len(clean_text(given.source)) <= SOURCE_MAX
    found = {
        "on": _fault_of_day(given.on, *span),
        "value": impossible(figure, given.value, "Donnez la valeur relevée."),
        "n": _fault_of_n(given),
        "direction_id": _fault_of_place(figure, given.direction_id, tree),
        "source": not is_named and "Dites d'où vient ce relevé (1 à 200 caractères).",
    }
    return {name: sentence for name, sentence in found.items() if sentence}


def _fault_of_day(on: date | None, start: date, day: date) -> str | None:
    if on is None:
        return "Donnez la date du relevé."
    if on > day:
        return f"Un relevé ne peut pas être daté après le {day:%d/%m/%Y}."
    return (
        f"Le relevé précède le programme, qui commence le {start:%d/%m/%Y}." if on < start else None
    )


def _fault_of_n(given: Measure) -> str | None:
    if given.n is None:
        # Of one direction it could be the answer of two or three persons: their number decides
        # whether it is shown.
        if given.direction_id:
            return "Donnez le nombre de réponses : il dit si la valeur peut être montrée."
        return None
    if 0 <= given.n <= 10**9:
        return None
    if given.n < 0:
        return "Le nombre de réponses ne peut pas être négatif."
    return "Ce nombre est trop grand."


def _fault_of_place(figure: Declared, direction_id: int | None, tree: Tree) -> str | None:
    if direction_id is None:
        return None
    if not figure.by_direction:
        return "Ce chiffre se relève pour toute l'administration."
    return None if direction_id in tree.by_id else "Cette direction n'existe pas."


# --- a file ---------------------------------------------------------------------------------------


def import_measures(
    session: Session,
    reader: Reader,
    file: Path | bytes,
    figures: Mapping[str, Declared],
    name: str = "",
    *,
    dry_run: bool = False,
    strict: bool = False,
    most: int | None = None,
    tell: Tell = without_progress,
) -> ImportReport:
    """Imports a CSV or JSON file of measures into the open `writing()` transaction; importing twice
    changes nothing.

    `figures`: code → those measured outside. `dry_run` gives the same report and writes nothing; so
    does `strict` when a row is refused. Raises Refused for a file that cannot be read, or of more
    than `most` rows.
    """
    require(reader, "measure.record")

    def walk(writes: bool, tell: Tell) -> ImportReport:
        return _Import(session, reader, figures, writes, most, tell).run(
            read_measures(open_table(file, name, KNOWN))
        )

    if strict and not dry_run:
        preview = walk(writes=False, tell=between(tell, 0, 0.5))
        if preview.refused:
            preview.strict = True
            return preview
        tell = between(tell, 0.5, 1)
    return walk(writes=not dry_run, tell=tell)


class _Import:
    """One walk through one file."""

    def __init__(
        self,
        session: Session,
        reader: Reader,
        figures: Mapping[str, Declared],
        writes: bool,
        most: int | None,
        tell: Tell,
    ):
        self.session = session
        self.reader = reader
        self.writes = writes
        self.day = today(session)
        self.span = (programmes(session).first_day, self.day)
        self.most = most
        self.tell = tell
        self.figures = {
            compact(word): figure
            for figure in figures.values()
            for word in (figure.code, figure.label)
        }
        self.tree = organisation(session).at(self.day)
        self.units = {
            compact(word): unit.id
            for unit in self.tree.units
            for word in (unit.label, unit.name, unit.code)
        }
        self.report = ImportReport()
        self.seen = {}

    def run(self, table: MeasureTable) -> ImportReport:
        for row in table.rows:
            self.report.rows += 1
            if self.most is not None and self.report.rows > self.most:
                raise too_long(self.most)
            self.tell(
                table.share(),
                f"{'Import' if self.writes else 'Essai'} : {counted(self.report.rows, 'ligne')}",
            )
            problem = row if isinstance(row, Problem) else self.take(row, table.headers)
            if problem:
                self.report.refused.append(problem)
        self.report.warnings = self.report.warnings.by_line(table.warnings)
        self.report.written = self.writes
        return self.report

    def take(self, row: MeasureRow, headers: Mapping[str, str]) -> Problem | None:
        """One row: new, known and unchanged, known and changed; or what is wrong with it."""

        def refused(field: str, reason: str) -> Problem:
            return Problem(row.line, headers.get(field, ""), reason)

        figure = self.figures.get(compact(row.figure))
        if figure is None:
            return refused(
                "figure",
                f"« {shown(row.figure, 80)} » n'est pas un chiffre relevé :"
                f" {', '.join(sorted(f.code for f in set(self.figures.values())))}.",
            )
        unit = self.units.get(compact(row.direction)) if row.direction else None
        if row.direction and unit is None:
            return refused(
                "direction", f"« {shown(row.direction, 80)} » n'est pas une de nos directions."
            )
        if unit is not None and unit == getattr(self.tree.root, "id", None):
            unit = None
        given = Measure(on=row.on, value=row.value, n=row.n, source=row.source, direction_id=unit)
        errors = _faults(figure, given, self.span, self.tree)
        if errors:
            field, reason = next(iter(errors.items()))
            return refused(COLUMNS[field], reason)
        key = f"{figure.code}|{row.on.isoformat()}|{self.tree.by_id[unit].code if unit else ''}"
        if key in self.seen:
            return refused("on", f"Ce relevé figure déjà à la ligne {self.seen[key]}.")
        self.seen[key] = row.line
        return self.settle(figure, given, key, refused)

    def settle(self, figure: Declared, given: Measure, key: str, refused) -> Problem | None:
        digest = hashlib.blake2b(measure_in_words(given).encode(), digest_size=10).hexdigest()
        known = sources.known_keys(self.session, FILE_SOURCE, [key], sources.MEASURE).get(key)
        ours = standing(self.session, figure.code, given.on, given.direction_id)
        if known is None and ours is not None and measure_in_words(ours) != measure_in_words(given):
            return refused(
                "on",
                f"Un autre relevé a été encodé à cette date ({measure_in_words(ours)}) :"
                " corrigez-le à l'écran.",
            )
        if (known and known[1] == digest) or (known is None and ours is not None):
            self.report.unchanged += 1
            return None
        if known is None:
            self.report.new += 1
        else:
            self.report.changed += 1
        if self.writes:
            written = _write(self.session, self.reader, self.day, figure, given, ours)
            self.keep(key, written.id, digest, is_new=known is None)
        return None

    def keep(self, key: str, record_id: int, digest: str, is_new: bool) -> None:
        if is_new:
            self.session.add(
                SourceKey(
                    source=FILE_SOURCE,
                    key=key,
                    subject=sources.MEASURE,
                    record_id=record_id,
                    digest=digest,
                )
            )
        else:
            self.session.execute(
                update(SourceKey)
                .where(SourceKey.source == FILE_SOURCE, SourceKey.key == key)
                .values(record_id=record_id, digest=digest)
            )
        self.session.flush()
