"""Importing measures (relevés) and targets (cibles): what a file changes of a measure is a
correction, and what was typed in is not overwritten; a target that differs is decided from today,
as on the screen, and none is withdrawn.
"""

import hashlib

from sqlmodel import Session, select

from dashboard.access import Reader
from dashboard.actions.figures.measures import measure_at, measure_faults, write_measure
from dashboard.actions.figures.targets import decide, refusal, target_faults
from dashboard.actions.register_imports import ONCE, ImportOptions, RegisterImport, layout_of
from dashboard.figures.kinds import Value, all_values, measured
from dashboard.files.matching.fields import fields_of
from dashboard.files.registers import RegisterRow
from dashboard.files.values import compact, shown
from dashboard.queries.directions import organisation
from dashboard.queries.import_sources import MEASURE
from dashboard.queries.reference_tables import REFERENCE_TABLES
from dashboard.queries.targets import measure_in_words, targets
from models.programmes import programmes
from models.roadmap import Measure, Target, Workstream

SOURCE = "releves"
# Field of the act → field of the file.
_COLUMNS = {"direction_id": "direction"}


class _Import(RegisterImport):
    """Imports values measured elsewhere (CSV, JSON, XLSX, XLS, ODS); importing twice changes
    nothing.
    """

    kind = "releves"
    register = fields_of("releves")
    source = SOURCE

    def __init__(self, session: Session, reader: Reader, writes: bool, how: ImportOptions = ONCE):
        super().__init__(session, reader, writes, how)
        self.span = (programmes(session).first_day, self.day)
        self.figures = {
            compact(word): figure
            for figure in measured().values()
            for word in (figure.code, figure.label)
        }
        self.tree = organisation(session).at(self.day)

    def take(self, row: RegisterRow) -> str:
        figure = self.figures.get(compact(str(row.get("figure", ""))))
        if figure is None:
            codes = sorted({each.code for each in self.figures.values()})
            word = str(row.get("figure", ""))
            self.no_word(
                "figure", word, codes, f"« {shown(word, 80)} » n'est pas un chiffre relevé"
            )
        unit = self.unit(row, "direction")
        given = Measure(
            on=row.get("on"),
            value=row.get("value"),
            n=row.get("n"),
            source=str(row.get("source", "")),
            direction_id=unit.id if unit and unit is not self.tree.root else None,
        )
        self.stop()
        for field, reason in measure_faults(figure, given, self.span, self.tree).items():
            self.fault(_COLUMNS.get(field, field), reason)
        self.stop()
        place = self.tree.by_id[given.direction_id].code if given.direction_id else ""
        key = f"{figure.code}|{given.on.isoformat()}|{place}"
        self.once("on", key, row.line, "Ce relevé figure déjà")
        self.stop()
        return self._settle_measure(figure, given, key)

    def _settle_measure(self, figure: Value, given: Measure, key: str) -> str:
        words = measure_in_words(given)
        digest = hashlib.blake2b(words.encode(), digest_size=10).hexdigest()
        known = self.known_keys.get(key)
        ours = measure_at(self.session, figure.code, given.on, given.direction_id)
        if known is None and ours is not None and measure_in_words(ours) != words:
            self.fault(
                "on",
                f"Un autre relevé a été encodé à cette date ({measure_in_words(ours)}) :"
                " corrigez-le à l'écran.",
            )
            self.stop()
        if (known and known[1] == digest) or (known is None and ours is not None):
            return "unchanged"
        if self.writes:
            made = write_measure(self.session, self.reader, self.day, figure, given, ours)
            self.remember(key, MEASURE, made.id, digest)
        return "changed" if known else "new"


_NUMBERS = ("value", "upper", "baseline", "baseline_on")


class _TargetImport(RegisterImport):
    """Imports targets (CSV, XLSX, XLS, ODS); importing twice changes nothing. An empty cell leaves
    what a known target has.
    """

    kind = "cibles"
    register = layout_of(REFERENCE_TABLES["cibles"])

    def __init__(self, session: Session, reader: Reader, writes: bool, how: ImportOptions = ONCE):
        super().__init__(session, reader, writes, how)
        self.standing = targets(session, self.day)
        figures = all_values(session.exec(select(Workstream.id)).all())
        self.figures = {f.label: f for f in figures.values()} | figures

    def take(self, row: RegisterRow) -> str:
        figure = self._figure(row)
        wanted_for = row.get("for_date")
        if wanted_for is None:
            self.fault("for_date", "Donnez la date pour laquelle la cible vaut.")
        self.stop()
        key = (figure.code, wanted_for)
        self.once("for_date", key, row.line, "Cette cible figure déjà")
        self.stop()
        standing = self.standing.get(figure.code, [])
        known = next((target for target in standing if target.for_date == wanted_for), None)
        wanted = Target(
            for_date=wanted_for,
            reason=str(row.get("reason", "")),
            **{name: row.get(name, getattr(known, name, None)) for name in _NUMBERS},
        )
        if known and all(getattr(known, name) == getattr(wanted, name) for name in _NUMBERS):
            return "unchanged"
        self._check(figure, wanted, standing)
        self._take_note(figure, wanted, standing)
        if self.writes:
            decide(self.session, self.reader, figure, wanted)
        return "changed" if known else "new"

    def _figure(self, row: RegisterRow) -> Value | None:
        code = str(row.get("figure", "")).strip()
        found = self.figures.get(code)
        if found is None:
            self.fault("figure", f"« {shown(code)} » n'est le code d'aucun chiffre.")
        return found

    def _check(self, figure: Value, wanted: Target, standing: list[Target]) -> None:
        if said := refusal(figure):
            self.fault("figure", said)
        else:
            for field, reason in target_faults(self.session, figure, wanted, standing).items():
                self.fault(field, reason)
        self.stop()

    def _take_note(self, figure: Value, wanted: Target, standing: list[Target]) -> None:
        """What this row decides stands for those that follow, in a dry run too."""
        decided = Target(
            figure=figure.code,
            kind=figure.kind,
            for_date=wanted.for_date,
            on=self.day,
            recorded_on=self.day,
            **{name: getattr(wanted, name) for name in _NUMBERS},
        )
        others = [target for target in standing if target.for_date != wanted.for_date]
        self.standing[figure.code] = [*others, decided]
