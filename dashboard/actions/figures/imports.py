"""Importing measures (relevés) and targets (cibles): what a file changes of a measure is a
correction, and what was typed in is not overwritten; a target that differs is decided from today,
as on the screen, and none is withdrawn.
"""

import hashlib

from sqlmodel import select

from dashboard.actions.figures.measures import measure_at, measure_faults, write_measure
from dashboard.actions.figures.targets import decide, refusal, target_faults
from dashboard.actions.register_imports import RegisterImport
from dashboard.figures.kinds import all_values, measured
from dashboard.files.registers import RegisterRow
from dashboard.files.values import compact, shown
from dashboard.queries.directions import organisation
from dashboard.queries.import_sources import MEASURE
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
    source = SOURCE

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
        self.faults_of(measure_faults(figure, given, self.span, self.tree), _COLUMNS)
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


_NUMBERS = ("value", "upper", "baseline", "baseline_on")


class _TargetImport(RegisterImport):
    """Imports targets (CSV, XLSX, XLS, ODS); importing twice changes nothing. An empty cell leaves
    what a known target has.
    """

    kind = "cibles"

    def begin(self) -> None:
        self.standing = targets(self.session, self.day)
        figures = all_values(self.session.exec(select(Workstream.id)).all())
        self.figures = {f.label: f for f in figures.values()} | figures

    def take(self, row: RegisterRow) -> str:
        code = row.text("figure").strip()
        figure = self.figures.get(code)
        if figure is None:
            self.fault("figure", f"« {shown(code)} » n'est le code d'aucun chiffre.")
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
            reason=row.text("reason"),
            **{name: row.get(name, getattr(known, name, None)) for name in _NUMBERS},
        )
        if known and all(getattr(known, name) == getattr(wanted, name) for name in _NUMBERS):
            return "unchanged"
        said = refusal(figure)
        faults = target_faults(self.session, figure, wanted, standing)
        self.faults_of({"figure": said} if said else faults)
        self.stop()
        # What this row decides stands for those that follow, in a dry run too.
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
        return self.written(known, lambda: decide(self.session, self.reader, figure, wanted))
