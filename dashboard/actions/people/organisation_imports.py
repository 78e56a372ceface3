"""Importing the organisation chart: units by their code; places and headcounts are dated facts,
nothing is deleted.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from itertools import chain

from sqlmodel import select

from dashboard import french
from dashboard.actions.acts import add_fact, add_record
from dashboard.actions.register_imports import (
    RegisterImport,
    free_code,
)
from dashboard.files.registers import RegisterRow
from dashboard.files.values import compact, shown
from models.directions import Direction, DirectionPlace, Headcount, UnitKind
from models.facts import Fact, counting

# Agents, and those without a computer: None where the file has no such column.
Counted = tuple[int, int | None]

_CLOSED = "fermée"  # what the journal calls the place of a unit that is closed
_LEVELS = ("level_1", "level_2", "level_3")
_CODE_MAX = 20
_NAME_MAX = 200
_MOST = 100_000


CLOSED = frozenset(map(compact, ("fermé", "fermée", "supprimé", "supprimée", "clos", "close")))
_KINDS = {compact(word): kind for kind in UnitKind for word in (kind.value, kind.label)}
# From the top: the parent of a unit has a higher rank.
RANKS = {
    kind: rank
    for rank, kind in enumerate(
        (UnitKind.root, UnitKind.department, UnitKind.direction, UnitKind.service)
    )
}


def kind_of_unit(text: str) -> UnitKind | None:
    """« Département », « direction », « service »; None for anything else."""
    return _KINDS.get(compact(text))


class UnitsImport(RegisterImport):
    """What the imports of the chart and of headcounts share: the units with their dated facts. A
    unit that is only tried has no id.
    """

    def begin(self) -> None:
        self.units = {d.code: d for d in self.session.exec(select(Direction))}
        self.codes = {compact(unit.name): unit.code for unit in self.units.values()}
        by_id = {unit.id: unit.code for unit in self.units.values()}
        self.places: dict[str, list[DirectionPlace]] = defaultdict(list)
        for place in self.session.exec(select(DirectionPlace)).all():
            self.places[by_id[place.direction_id]].append(place)
        self.counts: dict[str, list[Headcount]] = defaultdict(list)
        for count in self.session.exec(select(Headcount)).all():
            self.counts[by_id[count.service_id]].append(count)

    def _unit_called(self, word: str) -> Direction | None:
        """The unit of this code, or of this name."""
        return self.units.get(word.upper()) or self.units.get(self.codes.get(compact(word), ""))

    def _agents(self, row: RegisterRow, kind: UnitKind | None) -> Counted | None:
        agents = row.get("agents")
        without = row.get("without")
        if agents is None:
            if without is not None and "agents" not in dict(self.faults):
                self.fault("without", "Le nombre d'agents sans poste se donne avec l'effectif.")
            return None
        if kind not in (None, UnitKind.service):
            code = row.get("code")
            self.warn(row.line, f"L'effectif se donne par service : celui de {code} n'est pas lu.")
            return None
        if not 0 <= agents <= _MOST:
            self.fault("agents", "Cet effectif n'est pas possible.")
        elif not 0 <= (without or 0) <= agents:
            self.fault(
                "without",
                f"Il ne peut y avoir plus d'agents sans poste ({without}) que d'agents ({agents}).",
            )
        return agents, (without or 0) if "without" in row.values else None

    def _counted(self, unit: Direction, agents: Counted | None, on: date) -> bool:
        if agents is None:
            return False
        total, without = agents
        if without is None:
            standing = _at(self.counts[unit.code], on)
            without = min(standing.without_computer, total) if standing else 0
        counted = {"agents": total, "without_computer": without}
        fact = Headcount(on=on, service_id=unit.id, **counted)
        fields = {"agents": "agents", "without_computer": "without"}
        return self._dated(unit, self.counts[unit.code], fact, fields)

    def _dated(
        self,
        unit: Direction,
        facts: list[Fact],
        fact: Fact,
        fields: Mapping[str, str],
        say: Callable[[object], object] = lambda value: value,
    ) -> bool:
        """Adds a dated fact where the one in force says otherwise. The journal keeps what it
        changes of these fields; the first one of a unit changes nothing.
        """
        standing = _at(facts, fact.on)
        told = {n: (getattr(standing, n), getattr(fact, n)) for n in fields} if standing else {}
        changed = {n: values for n, values in told.items() if values[0] != values[1]}
        if standing and not changed:
            return False
        if not self.writes:
            return True
        for name, values in changed.items():
            self.note(*self._record(unit, fact.on), fields[name], *map(say, values))
        # A fact of the very same day is voided; an earlier one simply ends there.
        if standing and standing.on == fact.on:
            fact.voids = standing.id
        facts.append(add_fact(self.session, self.reader, fact))
        return True

    def _record(self, unit: Direction, _on: date) -> tuple[str, str]:
        """Under which subject and name the journal tells of a unit."""
        return "direction", unit.code


class DirectionImport(UnitsImport):
    """Imports a chart (CSV, XLSX, XLS, ODS); importing twice changes nothing.

    A place or a headcount counts from its « au » (today where there is none): earlier days keep
    what they had. A unit that the file does not name stays: « fermée » in the column of the parent
    closes one.
    """

    kind = "directions"

    def begin(self) -> None:
        super().begin()
        positions = (unit.position for unit in self.units.values())
        self.last = max(positions, default=0)
        self.known = set(self.units)
        self.paths: set[tuple[str, ...]] = set()

    def in_order(self, rows: list[RegisterRow]) -> Iterable[RegisterRow]:
        """From the whole down, so that a unit's parent is known whatever the order of the file."""
        return sorted(chain.from_iterable(map(self._levels, rows)), key=self._rank)

    def _levels(self, row: RegisterRow) -> list[RegisterRow]:
        """The units of a row of a chart in columns (« N1 ; N2 ; N3 »), each once; any other row as
        it is.
        """
        levels = [code for code in _LEVELS if code in row.values]
        names = list(filter(None, map(row.text, levels)))
        if not names:
            return [row]
        kinds = list(RANKS)[-len(levels) :]
        found = []
        for place, name in enumerate(names):
            path, above = tuple(names[: place + 1]), names[place - 1] if place else self._whole()
            if path not in self.paths:
                self.paths.add(path)
                unit = {"name": name, "kind": kinds[place].value, "parent": above}
                found.append(RegisterRow(row.line, unit))
        return found

    def _rank(self, row: RegisterRow) -> int:
        known = self.units.get(self._code(row))
        kind = kind_of_unit(row.text("kind")) or (
            UnitKind(known.kind) if known else UnitKind.service
        )
        return RANKS[kind]

    def _code(self, row: RegisterRow) -> str:
        """The code of a row; of one without, that of its name, which is new where none is."""
        name = row.text("name")
        if "code" in row.values or not name:
            return row.text("code").upper()
        taken = {*self.units, *self.codes.values()}
        return self.codes.setdefault(compact(name), free_code(name, taken, _CODE_MAX))

    def take(self, row: RegisterRow) -> str:
        code = self._code(row)
        if not 0 < len(code) <= _CODE_MAX:
            self.fault("code", f"Donnez un code de 1 à {_CODE_MAX} caractères.")
        self.once("code", code, row.line, "Ce code figure déjà")
        on = row.get("on") or self.day
        unit = self.units.get(code)
        is_new = unit is None
        if not len(row.text("name")) <= _NAME_MAX or (is_new and not row.get("name")):
            self.fault("name", f"Donnez un nom de 1 à {_NAME_MAX} caractères.")
        kind = self._kind(row, unit)
        parent = self._parent(row, kind, unit)
        agents = self._agents(row, kind)
        self.stop()
        if is_new:
            self.last += 1
            texts = {"name": row.text("name"), "head": row.text("head")}
            unit = Direction(code=code, kind=kind, position=self.last, **texts)
            self.units[code] = unit
            if self.writes:
                add_record(self.session, unit)
        changes = [self._placed(unit, parent, on), self._counted(unit, agents, on)]
        for field, called in (("name", "nom"), ("head", "responsable")):
            old = getattr(unit, field)
            new = str(row.get(field, old))[:_NAME_MAX]
            changes.append(new != old)
            if self.writes and new != old:
                self.note("direction", unit.code, called, old, new)
                setattr(unit, field, new)
        return "new" if is_new else "changed" if any(changes) else "unchanged"

    def _kind(self, row: RegisterRow, unit: Direction | None) -> UnitKind | None:
        """The kind of the unit; None, with its fault, where nobody can tell."""
        kind_text = row.text("kind")
        kind = kind_of_unit(kind_text) if kind_text else None
        if kind_text and kind is None:
            self.fault(
                "kind",
                f"« {shown(kind_text)} » n'est pas un type connu :"
                f" {', '.join(k.label for k in UnitKind)}.",
            )
        elif unit is not None and kind not in (None, UnitKind(unit.kind)):
            self.fault(
                "kind",
                f"{unit.code} est connue comme « {UnitKind(unit.kind).label} » : donnez un autre"
                " code à ce qui est nouveau.",
            )
        elif unit is None and kind is None and (code := self._code(row)):
            self.fault(
                "kind",
                f"{code} est nouvelle : dites si c'est un département, une direction ou"
                " un service.",
            )
        elif unit is None and kind is UnitKind.root and (whole := self._whole()):
            self.fault("kind", f"{whole} est déjà l'administration entière : il n'y en a qu'une.")
        return UnitKind(unit.kind) if unit else kind

    def _whole(self) -> str:
        """The code of the whole, empty as long as there is none."""
        roots = (unit.code for unit in self.units.values() if unit.kind == UnitKind.root)
        return next(roots, "")

    def _parent(
        self, row: RegisterRow, kind: UnitKind | None, unit: Direction | None
    ) -> str | None:
        """The code of the parent; empty to close; None where the file does not tell."""
        code = row.text("parent")
        if compact(code) in CLOSED and code:
            return ""
        if not code:
            if unit is None and kind not in (None, UnitKind.root):
                self.fault("parent", "Dites de quelle unité celle-ci dépend.")
            return None
        parent = self._unit_called(code)
        if parent is None:
            self.fault("parent", f"« {shown(code)} » n'est le code d'aucune unité.")
        elif kind and RANKS[UnitKind(parent.kind)] >= RANKS[kind]:
            self.fault(
                "parent",
                f"Une unité « {kind.label} » ne peut pas dépendre de {parent.code}, «"
                f" {UnitKind(parent.kind).label} ».",
            )
        return parent.code if parent else None

    # ── Writing ───────────────────────────────────────────────────────────────────────────────────

    def _placed(self, unit: Direction, parent: str | None, on: date) -> bool:
        if parent is None:
            return False
        target = self.units.get(parent)
        places = self.places[unit.code]
        if target is None and _at(places, on) is None:
            return False
        codes = {known.id: known.code for known in self.units.values()}
        # A unit that is only tried has no id, but is a place all the same.
        fact = DirectionPlace(on=on, direction_id=unit.id, parent_id=target and (target.id or 0))
        fields = {"parent_id": "parent"}
        return self._dated(unit, places, fact, fields, lambda at: codes.get(at, _CLOSED))

    def finish(self) -> None:
        open_units = {
            code
            for code in self.known
            if self.units[code].kind == UnitKind.root
            or getattr(_at(self.places[code], self.day), "parent_id", None)
        }
        gone = sorted(open_units - set(self.seen))
        self.report.gone = len(gone)
        if gone:
            some = ", ".join(gone[:10]) + ("…" if len(gone) > 10 else "")
            absent = french.counted(
                len(gone), "unité absente du fichier reste", "unités absentes du fichier restent"
            )
            self.warn(0, f"{absent} : {some}.")


def _at(facts: list, on: date):
    """The fact in force at a day."""
    return next(reversed(counting(facts, on)), None)


class HeadcountImport(UnitsImport):
    """Imports headcounts (CSV, XLSX, XLS, ODS); importing twice changes nothing. A headcount counts
    from its « au » (today where there is none): earlier days keep what they had.
    """

    kind = "effectifs"

    def _record(self, unit: Direction, on: date) -> tuple[str, str]:
        return "headcount", f"{unit.code} · {french.day(on)}"

    def in_order(self, rows: list[RegisterRow]) -> Iterable[RegisterRow]:
        """By their days: each is compared with what stands before it."""
        return sorted(rows, key=lambda row: row.get("on", self.day))

    def take(self, row: RegisterRow) -> str:
        word = row.text("code")
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
