"""Importing targets: each known by its figure and the day that it is for; what differs is decided
from today, as on the screen. None is withdrawn.
"""

from sqlmodel import Session, select

from dashboard.access import Reader
from dashboard.actions.figures.targets import decide, refusal, target_faults
from dashboard.actions.register_imports import (
    ONCE,
    ImportOptions,
    RegisterImport,
    layout_of,
)
from dashboard.files.quoting import shown
from dashboard.files.registers import RegisterRow
from dashboard.queries.figures.declared import CATALOGUE, Declared
from dashboard.queries.reference_tables import REFERENCE_TABLES
from dashboard.queries.targets import targets
from models.roadmap import Target, Workstream

_NUMBERS = ("value", "upper", "baseline", "baseline_on")


class _Import(RegisterImport):
    """Imports targets (CSV, XLSX, XLS, ODS); importing twice changes nothing. An empty cell leaves
    what a known target has.
    """

    kind = "cibles"
    register = layout_of(REFERENCE_TABLES["cibles"])

    def __init__(self, session: Session, reader: Reader, writes: bool, how: ImportOptions = ONCE):
        super().__init__(session, reader, writes, how)
        self.standing = targets(session, self.day)
        figures = CATALOGUE[0](session.exec(select(Workstream.id)).all())
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

    def _figure(self, row: RegisterRow) -> Declared | None:
        code = str(row.get("figure", "")).strip()
        found = self.figures.get(code)
        if found is None:
            self.fault("figure", f"« {shown(code)} » n'est le code d'aucun chiffre.")
        return found

    def _check(self, figure: Declared, wanted: Target, standing: list[Target]) -> None:
        if said := refusal(figure):
            self.fault("figure", said)
        else:
            for field, reason in target_faults(self.session, figure, wanted, standing).items():
                self.fault(field, reason)
        self.stop()

    def _take_note(self, figure: Declared, wanted: Target, standing: list[Target]) -> None:
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
