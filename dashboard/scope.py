"""Scope (périmètre): who reads, which directions, which day; parsed from the address and written
back to it.

`Scope.for_reader` builds one and restricts it to what the reader may see, so that queries, figures
and exports use the scope as it is.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from urllib.parse import urlencode

from sqlalchemy import ColumnElement

from dashboard.access import NOBODY, Reader, counted_units, listed_units
from models.directions import Tree, Unit, UnitKind
from models.programmes import Period, Programmes

ALL_AMBITIONS = "toutes"
WITHOUT_SERVICES = "sans"


@dataclass(frozen=True)
class Choice:
    """One ambition that a scope can be limited to."""

    id: int
    code: str
    name: str


@dataclass(frozen=True)
class Scope:
    """Who looks, at what, when."""

    reader: Reader
    # The day shown (situation au), and the day it is compared with (évolution depuis).
    on: date
    since: date | None = None
    # The requested directions; none: the whole administration.
    units: tuple[Unit, ...] = ()
    # Without the units below them.
    alone: bool = False
    # Ids of the units summed in aggregates; None: the whole, unattributed entries included.
    counted: frozenset[int] | None = None
    # Ids of the units whose persons may be listed by name; None: all.
    listed: frozenset[int] | None = frozenset()
    ambition: Choice | None = None
    # Only what had been recorded by each date (« tel que connu alors »).
    as_known_then: bool = False
    # The requested programme, if it is not the one that runs on that day.
    asked: Period | None = None
    # The chart of the day shown.
    tree: Tree = field(default=Tree(()), compare=False, repr=False)
    programmes: Programmes = field(
        default_factory=Programmes.of_settings, compare=False, repr=False
    )
    # One sentence for each part of the address that was left aside.
    ignored: tuple[str, ...] = field(default=(), compare=False)

    @classmethod
    def for_reader(
        cls,
        reader: Reader,
        params: Mapping[str, str],
        day: date,
        tree_at: Callable[[date], Tree],
        ambitions: list[Choice],
        programmes: Programmes | None = None,
    ) -> "Scope":
        """The scope of `reader` for the address's `params`; `day` is today, `tree_at` gives the
        organisation chart at a day; without `programmes` the programme of the settings is used.

        A parameter that is invalid or not open to the reader is ignored, with one sentence each in
        `ignored`.
        """
        messages: list[str] = []
        all_programmes = programmes or Programmes.of_settings()
        on = _situation_day(params.get("au"), day, all_programmes.first_day, messages)
        since = _comparison_day(params.get("depuis"), on, all_programmes.first_day, messages)
        # The chart of that day: rights apply to the units that existed then.
        tree = tree_at(on)
        units = _units(reader, params.get("direction"), tree, messages)
        has_services_below = any(unit.kind != UnitKind.service for unit in units)
        alone = params.get("services") == WITHOUT_SERVICES and has_services_below
        return cls(
            reader,
            on,
            since,
            units,
            alone,
            _counted(units, alone, tree),
            listed_units(reader, tree),
            _ambition(params.get("ambition"), ambitions, messages),
            asked=_asked_programme(params.get("programme"), on, all_programmes, messages),
            tree=tree,
            programmes=all_programmes,
            ignored=tuple(messages),
        )

    def known_by(self, on: date) -> date | None:
        """`on` if only what was known then counts; None: later records count too."""
        return on if self.as_known_then else None

    @property
    def programme(self) -> Period:
        """The requested programme, else the one that runs on the day shown."""
        return self.asked or self.programmes.running(self.on)

    @property
    def is_whole(self) -> bool:
        return self.counted is None

    def has(self, unit_id: int | None) -> bool:
        """Whether this unit is in the scope."""
        return self.is_whole or unit_id in self.counted

    def of(self, unit: ColumnElement[int]) -> list[ColumnElement[bool]]:
        """The condition that limits rows to the units of the scope; none for the whole."""
        return [] if self.is_whole else [unit.in_(sorted(self.counted))]

    @property
    def unit(self) -> Unit | None:
        """The single requested direction; None for none or several."""
        return self.units[0] if len(self.units) == 1 else None

    @property
    def codes(self) -> str:
        """The requested directions as the address writes them: « VC-JSP,VC-CUL », or the code of
        the whole.
        """
        return ",".join(unit.code for unit in self.units) or self.tree.root_code

    @property
    def place(self) -> str:
        """The requested directions in words."""
        names = ", ".join(unit.label for unit in self.units) or "Toute l'administration"
        return f"{names}, sans les services" if self.alone else names

    def impersonal(self) -> "Scope":
        """The same scope without a reader: aggregates depend on it, caches use it as key."""
        return replace(self, reader=NOBODY, since=None, listed=frozenset())

    def whole(self) -> "Scope":
        """The same scope for the whole administration, which every signed-in reader may see."""
        return replace(self, units=(), alone=False, counted=None)

    def of_every_ambition(self) -> "Scope":
        """The same scope without a selected ambition."""
        return replace(self, ambition=None)

    def of_running_programme(self) -> "Scope":
        """The same scope for the programme that runs on the day shown."""
        return replace(self, asked=None)

    def looking_at(self, period: Period) -> "Scope":
        """The same scope for another programme."""
        is_running = period == self.programmes.running(self.on)
        return replace(self, asked=None if is_running else period)

    def within(self, *units: Unit) -> "Scope":
        """The same scope for these directions and the units below them; without one, for the whole
        administration. The caller has checked the reader's right to them.
        """
        return replace(self, units=units, alone=False, counted=_counted(units, False, self.tree))

    def params(self) -> dict[str, str]:
        """The address parameters of this scope, defaults included, so that a shared link shows the
        same tomorrow.
        """
        return dict(self._params)

    # Cached: every link of a page asks for it.
    @cached_property
    def _params(self) -> dict[str, str]:
        address = {
            "au": self.on.isoformat(),
            "direction": self.codes,
            "ambition": self.ambition.code if self.ambition else ALL_AMBITIONS,
        }
        if self.alone:
            address["services"] = WITHOUT_SERVICES
        if self.since:
            address["depuis"] = self.since.isoformat()
        if self.asked:
            address["programme"] = str(self.asked.id)
        return address

    @cached_property
    def query(self) -> str:
        """These parameters as an address holds them."""
        return urlencode(self._params)

    def sentence(self, filters: Collection[str] = ("direction", "ambition", "au", "depuis")) -> str:
        """The scope in words: « Vie citoyenne (VC) · Modernisation · situation au 30/06/2023 »;
        limited to these filters, for a screen that does not have all of them.
        """
        programme = [f"Programme {self.asked.name}"] if self.asked else []
        parts = {
            "direction": self.place,
            "ambition": self.ambition.name if self.ambition else "",
            "au": f"situation au {_fr(self.on)}",
            "depuis": f"évolution depuis le {_fr(self.since)}" if self.since else "",
        }
        shown = [message for name, message in parts.items() if message and name in filters]
        return " · ".join(programme + shown)


def _fr(day: date) -> str:
    return f"{day:%d/%m/%Y}"


def _situation_day(text: str | None, today: date, start: date, messages: list[str]) -> date:
    on = _day(text, "situation au", messages) or today
    if on > today:
        messages.append(f"La « situation au » {_fr(on)} est à venir : le {_fr(today)} est affiché.")
        on = today
    # After the first test, since today itself may be before the programme.
    if on < start:
        messages.append(f"Le programme commence le {_fr(start)} : cette date est affichée.")
        on = start
    return on


def _comparison_day(text: str | None, on: date, start: date, messages: list[str]) -> date | None:
    since = _day(text, "évolution depuis", messages)
    if since is None:
        return None
    if since >= on:
        messages.append(
            "« Évolution depuis » doit précéder « situation au » : la comparaison est laissée de"
            " côté."
        )
        return None
    if since < start:
        messages.append(
            f"Le programme commence le {_fr(start)} : la comparaison part de cette date."
        )
        return start if start < on else None
    return since


def _day(text: str | None, name: str, messages: list[str]) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        messages.append(
            f"La date de « {name} » n'est pas lisible (il faut AAAA-MM-JJ, un jour qui existe) :"
            " elle est laissée de côté."
        )
        return None


def _units(reader: Reader, codes: str | None, tree: Tree, messages: list[str]) -> tuple[Unit, ...]:
    """The directions of the address that exist and are open to the reader, in the chart's order,
    without duplicates.
    """
    allowed = counted_units(reader, tree)
    found = []
    for code in dict.fromkeys((codes or "").split(",")):
        if not code or code == tree.root_code:
            continue
        unit = tree.by_code.get(code)
        if unit is None:
            messages.append(
                "La direction demandée n'existe pas à cette date : elle est laissée de côté."
            )
        elif allowed is not None and not tree.under(unit.id) <= allowed:
            messages.append(
                f"Les chiffres de « {unit.name} » ne vous sont pas ouverts : cette direction est"
                " laissée de côté."
            )
        else:
            found.append(unit)
    # A unit requested together with one above it is already counted there.
    below = {unit_id for unit in found for unit_id in tree.under(unit.id) if unit_id != unit.id}
    highest = [unit for unit in found if unit.id not in below]
    return tuple(sorted(highest, key=lambda unit: unit.position))


def _counted(units: tuple[Unit, ...], alone: bool, tree: Tree) -> frozenset[int] | None:
    if not units:
        return None
    if alone:
        return frozenset(unit.id for unit in units)
    return frozenset().union(*(tree.under(unit.id) for unit in units))


def _ambition(code: str | None, ambitions: list[Choice], messages: list[str]) -> Choice | None:
    if not code or code == ALL_AMBITIONS:
        return None
    chosen = next((ambition for ambition in ambitions if ambition.code == code), None)
    if chosen is None:
        messages.append("L'ambition demandée n'existe pas : toutes sont affichées.")
    return chosen


def _asked_programme(
    number: str | None, on: date, known: Programmes, messages: list[str]
) -> Period | None:
    if not number:
        return None
    running = known.running(on)
    asked = next((period for period in known.periods if str(period.id) == number), None)
    if asked is None:
        messages.append(
            f"Le programme demandé n'existe pas : « {running.name} », en cours à cette date, est"
            " affiché."
        )
    return None if asked == running else asked
