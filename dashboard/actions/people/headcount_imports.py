"""Importing the headcounts of services alone, each from its day; the organisation chart brings them
too, beside the places of the units.
"""

from collections.abc import Iterator
from datetime import date

from dashboard import french
from dashboard.actions.people.organisation_imports import UnitsImport
from dashboard.actions.register_imports import layout_of
from dashboard.files.quoting import shown
from dashboard.files.registers import RegisterRow
from dashboard.files.uploads import Problem
from dashboard.queries.reference_tables import REFERENCE_TABLES
from models.directions import Direction, UnitKind


class _Import(UnitsImport):
    """Imports headcounts (CSV, XLSX, XLS, ODS); importing twice changes nothing. A headcount counts
    from its « au » (today where there is none): earlier days keep what they had.
    """

    register = layout_of(REFERENCE_TABLES["effectifs"])
    kind = "effectifs"

    def _record(self, unit: Direction, on: date) -> tuple[str, str]:
        return "headcount", f"{unit.code} · {french.day(on)}"

    def in_order(self, rows: Iterator[RegisterRow | Problem]) -> Iterator[RegisterRow | Problem]:
        """By their days: each is compared with what stands before it."""
        return iter(sorted(rows, key=self._day_of))

    def _day_of(self, row: RegisterRow | Problem) -> str:
        return "" if isinstance(row, Problem) else f"{row.get('on', self.day)}"

    def take(self, row: RegisterRow) -> str:
        word = str(row.get("code", ""))
        unit = self._unit_called(word)
        code = unit.code if unit else word.upper()
        on = row.get("on") or self.day
        if unit is None:
            self.fault("code", f"« {shown(code)} » n'est le code d'aucun service.")
        elif unit.kind != UnitKind.service:
            label = UnitKind(unit.kind).label.lower()
            self.fault("code", f"L'effectif se donne par service : {code} est de type « {label} ».")
        if row.get("agents") is None:
            self.fault("agents", "Donnez le nombre d'agents.")
        agents = self._agents(row, UnitKind.service)
        key = (code, on)
        self.once("on", key, row.line, "Ce service a déjà ce jour")
        self.stop()
        return "changed" if self._counted(unit, agents, on) else "unchanged"
