"""Scope (périmètre): who looks, at what, when; made from the address and written back into it.

`Scope.for_reader` is the only way to make one: what a reader may not see is cut here, once, and queries, figures
and exports take the scope as it is.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from dashboard.access import Reader, counted_units, listed_units
from models.directions import ROOT_CODE, Tree, Unit
from models.settings import settings

ALL_AMBITIONS = "toutes"


@dataclass(frozen=True)
class Choice:
    """One ambition as the scope knows it."""

    id: int
    code: str
    name: str


@dataclass(frozen=True)
class Scope:
    """`on` is the day looked at (situation au), `since` the day compared with (évolution depuis).

    `counted` holds the ids of the units summed in aggregates (None: the whole, unattributed entries included);
    `listed` those whose persons may be listed by name (None: all).
    """

    reader: Reader
    on: date
    since: date | None = None
    unit: Unit | None = None
    counted: frozenset[int] | None = None
    listed: frozenset[int] | None = frozenset()
    ambition: Choice | None = None
    tree: Tree = field(default=Tree(()), compare=False, repr=False)
    ignored: tuple[str, ...] = field(default=(), compare=False)

    @classmethod
    def for_reader(cls, reader: Reader, params: Mapping[str, str], day: date, tree_at: Callable[[date], Tree],
                   ambitions: list[Choice]) -> "Scope":
        """The scope of `reader` for the address's `params`; `day` is today, `tree_at` gives the chart at a day.

        What cannot be understood or is not open to the reader is ignored, with one sentence each in `ignored`.
        """
        said: list[str] = []
        on = _day(params.get("au"), "situation au", said) or day
        if on > day:
            said.append(f"La « situation au » {_fr(on)} est à venir : le {_fr(day)} est affiché.")
            on = day
        start = settings().cp_programme_start
        if on < start:
            said.append(f"Le programme commence le {_fr(start)} : cette date est affichée.")
            on = start
        since = _day(params.get("depuis"), "évolution depuis", said)
        if since and since >= on:
            said.append("« Évolution depuis » doit précéder « situation au » : la comparaison est laissée de côté.")
            since = None
        elif since and since < start:
            said.append(f"Le programme commence le {_fr(start)} : la comparaison part de cette date.")
            since = start if start < on else None
        tree = tree_at(on)
        unit, counted = _unit(reader, params.get("direction"), tree, said)
        return cls(reader, on, since, unit, counted, listed_units(reader, tree),
                   _ambition(params.get("ambition"), ambitions, said), tree, tuple(said))

    @property
    def is_whole(self) -> bool:
        return self.counted is None

    @property
    def key(self) -> tuple:
        """What a cached result depends on, rights included."""
        return (self.on, self.since, self.counted, self.listed, self.ambition and self.ambition.id)

    def whole(self) -> "Scope":
        """The same, for the whole administration: what every signed-in reader may see."""
        return replace(self, unit=None, counted=None)

    def params(self) -> dict[str, str]:
        """The address of this scope: codes, defaults too, so that a shared link shows the same tomorrow."""
        address = {"au": self.on.isoformat(), "direction": self.unit.code if self.unit else ROOT_CODE,
                   "ambition": self.ambition.code if self.ambition else ALL_AMBITIONS}
        return address | ({"depuis": self.since.isoformat()} if self.since else {})

    def sentence(self) -> str:
        """The scope in words: « Vie citoyenne (VC) · Modernisation · situation au 30/06/2023 »."""
        parts = [self.unit.label if self.unit else "Toute l'administration"]
        if self.ambition:
            parts.append(self.ambition.name)
        parts.append(f"situation au {_fr(self.on)}")
        if self.since:
            parts.append(f"évolution depuis le {_fr(self.since)}")
        return " · ".join(parts)


def _fr(day: date) -> str:
    return f"{day:%d/%m/%Y}"


def _day(text: str | None, name: str, said: list[str]) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        said.append(f"La date de « {name} » n'est pas lisible (il faut AAAA-MM-JJ, un jour qui existe) : elle est laissée de côté.")
        return None


def _unit(reader: Reader, code: str | None, tree: Tree, said: list[str]) -> tuple[Unit | None, frozenset[int] | None]:
    if not code or code == ROOT_CODE:
        return None, None
    unit = tree.by_code.get(code)
    if unit is None:
        said.append("La direction demandée n'existe pas à cette date : toute l'administration est affichée.")
        return None, None
    units, allowed = tree.under(unit.id), counted_units(reader, tree)
    if allowed is not None and not units <= allowed:
        said.append(f"Les chiffres de « {unit.name} » ne vous sont pas ouverts : toute l'administration est affichée.")
        return None, None
    return unit, units


def _ambition(code: str | None, ambitions: list[Choice], said: list[str]) -> Choice | None:
    if not code or code == ALL_AMBITIONS:
        return None
    chosen = next((ambition for ambition in ambitions if ambition.code == code), None)
    if chosen is None:
        said.append("L'ambition demandée n'existe pas : les cinq sont affichées.")
    return chosen
