"""Acts on measures (relevés) of external values: recording, correcting, withdrawing; what a file
changes of a measure is a correction, and what was typed in is not overwritten.
"""

import hashlib
from datetime import date
from math import isfinite

from sqlmodel import Session

from dashboard.access import Reader, require
from dashboard.actions.acts import add_fact, lock_record, note, refuse_conflict
from dashboard.actions.register_imports import RegisterImport
from dashboard.figures.kinds import Breakdown, Unit, Value, measured
from dashboard.files.registers import RegisterRow
from dashboard.files.values import compact, shown
from dashboard.queries.directions import organisation
from dashboard.queries.import_sources import MEASURE
from dashboard.queries.journal import last_recorded, mark_of
from dashboard.queries.targets import measure_in_words, measures
from models.clock import today
from models.directions import Tree
from models.programmes import programmes
from models.revisions import hold
from models.roadmap import Measure
from models.texts import Refused, clean_text, refuse

SOURCE_MAX = 200
GONE = "Ce relevé n'existe plus."


def measure_mark(measure: Measure | None) -> str:
    """The edit mark of the measure in force of one day and place; a fact is not edited."""
    return mark_of({"id": measure.id if measure else None})


def measure_values(measure: Measure | None) -> dict[str, object]:
    """The fields of a measure's form: numbers as typed."""
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
    figure: Value,
    typed: Measure,
    corrects: int | None = None,
    *,
    read: str | None = None,
) -> Measure:
    """Relevé: adds a dated measure; with `corrects`, replaces (voids) that one.

    Raises Invalid per field, Refused for a figure without measures, EditConflict where that one was
    corrected or withdrawn meanwhile.
    """
    require(reader, "measure.record")
    # A figure has no row to lock.
    hold(session, "roadmap")
    if not figure.figure.measured:
        raise Refused(f"« {figure.label} » est calculé ici : il ne se relève pas.")
    day = today(session)
    first = programmes(session).first_day
    old = None
    if corrects is not None:
        old = _to_change(session, reader, corrects, read)
        if old.figure != figure.code:
            raise Refused(GONE)
    refuse(measure_faults(figure, typed, (first, day), organisation(session).at(day)))
    twin = measure_at(session, figure.code, typed.on, typed.direction_id)
    is_taken = twin is not None and (old is None or twin.id != old.id)
    duplicate = f"Un relevé de ce chiffre existe déjà au {typed.on:%d/%m/%Y} : corrigez-le."
    refuse({"on": is_taken and duplicate})
    return write_measure(session, reader, day, figure, typed, old)


def withdraw(
    session: Session, reader: Reader, measure_id: int, reason: str, *, read: str | None = None
) -> None:
    """Retirer un relevé: voids it from its own day. Raises EditConflict where it was corrected or
    withdrawn meanwhile.
    """
    require(reader, "measure.record")
    hold(session, "roadmap")
    words = clean_text(reason)
    old = _to_change(session, reader, measure_id, read)
    refuse({"reason": not words and "Donnez la raison du retrait."})
    _void(session, reader, old, reason=words)
    note(session, reader, "relevé", old.figure, f"{old.on}", measure_in_words(old), None)


def _void(session: Session, reader: Reader, old: Measure, reason: str | None = None) -> None:
    same = {"figure": old.figure, "direction_id": old.direction_id, "value": old.value}
    add_fact(session, reader, Measure(on=old.on, voids=old.id, reason=reason, **same))


def measure_at(session: Session, code: str, on: date, direction_id: int | None) -> Measure | None:
    """The measure in force of a figure on that exact day, for one direction or overall."""
    return next(
        (
            m
            for m in measures(session, code, date.max)
            if m.on == on and m.direction_id == direction_id
        ),
        None,
    )


def _to_change(session: Session, reader: Reader, measure_id: int, read: str | None) -> Measure:
    """The measure of this id, or its replacement if the writer has read it."""
    wanted = lock_record(session, Measure, measure_id, GONE)
    now = measure_at(session, wanted.figure, wanted.on, wanted.direction_id)
    # Corrections and withdrawals of this day and place are facts too.
    last = last_recorded(
        session,
        Measure,
        Measure.figure == wanted.figure,
        Measure.on == wanted.on,
        Measure.direction_id.is_not_distinct_from(wanted.direction_id),
    )
    refuse_conflict(session, reader, read, measure_values(now), last, mark=measure_mark(now))
    if now is None or (read is None and now.id != wanted.id):
        raise Refused(GONE)
    return now


def write_measure(
    session: Session,
    reader: Reader,
    day: date,
    figure: Value,
    typed: Measure,
    old: Measure | None,
) -> Measure:
    # A void is effective from its own day: a measure moved to another day must also be voided on
    # its # old day.
    moved = old is not None and old.on != typed.on
    if moved:
        _void(session, reader, old)
    measure = Measure(**typed.model_dump(include={"on", "value", "n", "direction_id"}))
    measure.figure, measure.source = figure.code, clean_text(typed.source)
    measure.voids = old.id if old is not None and not moved else None
    add_fact(session, reader, measure)
    note(
        session,
        reader,
        "relevé",
        figure.code,
        f"{typed.on}",
        old and measure_in_words(old),
        measure_in_words(measure),
    )
    return measure


def measure_faults(
    figure: Value, typed: Measure, span: tuple[date, date], tree: Tree
) -> dict[str, str]:
    """What is wrong with a measure, by field; `span`: the programme's first day and today, its
    possible dates.
    """
    is_named = 0 < len(clean_text(typed.source)) <= SOURCE_MAX
    # A direction's value may come from two or three persons: their number decides whether it is
    # shown.
    is_needed = typed.n is None and typed.direction_id
    is_wrong = typed.n is not None and not 0 <= typed.n <= 10**9
    return {
        "on": _fault_of_day(typed.on, *span),
        "value": impossible(figure, typed.value, "Donnez la valeur relevée."),
        "n": "Donnez le nombre de réponses : il dit si la valeur peut être montrée."
        if is_needed
        else is_wrong and "Ce nombre est négatif, ou trop grand.",
        "direction_id": _fault_of_place(figure, typed.direction_id, tree),
        "source": not is_named and "Dites d'où vient ce relevé (1 à 200 caractères).",
    }


def _fault_of_day(on: date | None, start: date, day: date) -> str | None:
    if on is None:
        return "Donnez la date du relevé."
    if on > day:
        return f"Un relevé ne peut pas être daté après le {day:%d/%m/%Y}."
    return (
        f"Le relevé précède le programme, qui commence le {start:%d/%m/%Y}." if on < start else None
    )


def _fault_of_place(figure: Value, direction_id: int | None, tree: Tree) -> str | None:
    if direction_id is None:
        return None
    if figure.figure.cut is Breakdown.none:
        return "Ce chiffre se relève pour toute l'administration."
    return None if direction_id in tree.by_id else "Cette direction n'existe pas."


def impossible(figure: Value, value: float | None, missing: str) -> str | None:
    """Why this value is not possible, or None; `missing` is the sentence for an empty one."""
    if value is None:
        return missing
    if not isfinite(value):
        return "Ce n'est pas un nombre."
    low, high, sentence = {
        Unit.percent: (0.0, 100.0, "Un pourcentage se tient entre 0 et 100."),
        Unit.points: (-100.0, 100.0, "Cette valeur se tient entre −100 et 100 points."),
        Unit.months: (float("-inf"), float("inf"), ""),
    }.get(figure.unit, (0.0, 1e12, "Cette valeur est négative, ou trop grande."))
    return None if low <= value <= high else sentence


# ── Many, as a file ───────────────────────────────────────────────────────────────────────────────


class MeasureImport(RegisterImport):
    """Imports values measured elsewhere (CSV, JSON, XLSX, XLS, ODS); importing twice changes
    nothing.
    """

    kind = "releves"
    source = "releves"

    def begin(self) -> None:
        self.span = (programmes(self.session).first_day, self.day)
        self.figures = {
            compact(word): figure
            for figure in measured().values()
            for word in (figure.code, figure.label)
        }
        self.tree = organisation(self.session).at(self.day)

    def take(self, row: RegisterRow) -> str:
        figure = self.figures.get(compact(row.text("figure")))
        if figure is None:
            codes = sorted({each.code for each in self.figures.values()})
            word = row.text("figure")
            self.no_word(
                "figure", word, codes, f"« {shown(word, 80)} » n'est pas un chiffre relevé"
            )
        unit = self.unit(row, "direction")
        given = Measure(
            on=row.get("on"),
            value=row.get("value"),
            n=row.get("n"),
            source=row.text("source"),
            direction_id=unit.id if unit and unit is not self.tree.root else None,
        )
        self.stop()
        faults = measure_faults(figure, given, self.span, self.tree)
        self.faults_of(faults, {"direction_id": "direction"})
        self.stop()
        place = self.tree.by_id[given.direction_id].code if given.direction_id else ""
        key = f"{figure.code}|{given.on.isoformat()}|{place}"
        self.once("on", key, row.line, "Ce relevé figure déjà")
        self.stop()
        words = measure_in_words(given)
        digest = hashlib.blake2b(words.encode(), digest_size=10).hexdigest()
        known = self.known_keys.get(key)
        ours = measure_at(self.session, figure.code, given.on, given.direction_id)
        if known is None and ours is not None and measure_in_words(ours) != words:
            self.reject(
                "on",
                f"Un autre relevé a été encodé à cette date ({measure_in_words(ours)}) :"
                " corrigez-le à l'écran.",
            )
        if (known and known[1] == digest) or (known is None and ours is not None):
            return "unchanged"
        about = (self.session, self.reader, self.day, figure, given, ours)
        return self.written(
            known, lambda: self.remember(key, MEASURE, write_measure(*about).id, digest)
        )
