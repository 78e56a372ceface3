"""Charts of figures: a value and the expected value month by month; the same figures of several
directions.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from dashboard import french, theme
from dashboard.charts import plots
from dashboard.charts.plots import Axis, Bar, Chart, Line, Mark, Plot, Row, Series
from dashboard.queries.figures.events import Event, EventKind
from dashboard.queries.voices import Group
from models.clock import month_start

VALUE = "Valeur"
EXPECTED = "Attendu"
_LOOKS = {EXPECTED: plots.PLANNED, VALUE: plots.EARNED}


def evolution(
    curves: Mapping[str, Series],
    words: Mapping[str, str],
    most: float | None = None,
    written: Callable[[float], str] | None = None,
) -> Plot:
    """The value and the expected value, as VALUE and EXPECTED, each labelled with `words` at its
    last point; no axis level above `most`; `written` gives the tooltips.
    """
    known = {name: [p for p in points if p[1] is not None] for name, points in curves.items()}
    labels = [(name, *known[name][-1], words[name]) for name in words if known.get(name)]
    up = plots.over_numbers([value for points in known.values() for _, value in points], most)
    return plots.curves(curves, _LOOKS, labels, up, written=written)


# --- several directions -------------------------------------------------------------------------

# Symbol, its sign in a sentence, colour: one for each direction, and the whole.
_PLACES = (
    (plots.CIRCLE, "●", theme.PALETTE["bleu"].var),
    (plots.SQUARE, "■", theme.PALETTE["brique"].var),
    (plots.SHAPES["a-surveiller"], "▲", theme.PALETTE["violet"].var),
    (plots.DIAMOND, "◆", theme.PALETTE["olive"].var),
    (plots.CROSS, "✚", theme.PALETTE["framboise"].var),
)
_OF_ALL = (plots.SHAPES["sans-donnee"], "◇", theme.INK.var)
# The name of a figure, its value in each direction, in the whole, its target, and its tooltip.
Beside = tuple[str, Sequence[float | None], float | None, float | None, str]


def beside(figures: Sequence[Beside]) -> Plot:
    """One row per figure in per cent: a symbol for each direction, one for the whole, and a thin
    mark for the target.
    """
    across = Axis(0, 100, [(level, f"{level}\u202f%") for level in range(0, 101, 25)])
    rows = [Row(name, tip=f"{name} : {tip}") for name, *_, tip in figures]
    lines, marks = [], []
    for place, (_, values, whole, target, _) in enumerate(figures):
        middle = plots.middle(place, len(rows))
        if target is not None:
            at, (top, height) = across.within(target), plots.band(place, len(rows), 0.6)
            lines.append(Line([(at, top), (at, top + height)], theme.INK.var))
        if len(values) == 1:
            marks.append(Mark(100, middle, french.percent(values[0]), dx=16, is_spare=True))
        for value, (symbol, _, colour) in zip([whole, *values], (_OF_ALL, *_PLACES), strict=False):
            if value is not None:
                marks.append(Mark(across.within(value), middle, "", colour, symbol))
    left, _ = plots.room_for(rows)
    return Plot(
        34 * len(rows),
        ticks=across.places,
        rows=rows,
        lines=lines,
        marks=marks,
        left=(left, 196),
        right=(72, 12),
        is_ruled=True,
    )


def key_of(names: Iterable[str]) -> str:
    """« ● Jeunesse et sports · ◇ toute l'administration · trait : la cible »."""
    signs = [f"{sign} {name}" for name, (_, sign, _) in zip(names, _PLACES, strict=False)]
    return " · ".join([*signs, f"{_OF_ALL[1]} toute l'administration", "trait : la cible."])


_MOST = 12
_APART = 12  # marks that fit side by side on a phone
_BESIDE = 3  # per cent: a mark at the edge would lie over the level's label
_DISC = "M-1.6 0A1.6 1.6 0 1 1 1.6 0A1.6 1.6 0 1 1-1.6 0Z"


def with_events(chart: Chart, found: Sequence[Event]) -> Chart:
    """The chart of curves with a numbered mark at each of the chosen days, and the events with the
    number of the nearest mark; those far from any are left out.
    """
    days = [on for points in chart.curves.values() for on, _ in points]
    across = plots.over_days(min(days), max(days))
    apart = (across.high - across.low) / _APART
    # The first point is often a month end: what happened in that month may explain it.
    since = month_start(min(days))
    chosen = _chosen([event for event in found if event.on >= since], apart)
    lines, marks = [], []
    for number, day in enumerate(chosen, 1):
        x = across.within(day.toordinal())
        lines.append(Line([(x, 0), (x, 100)], theme.EDGE.var, 1, "1 4"))
        x = max(x, _BESIDE)
        marks.append(Mark(x, 100, "", theme.INK.var, _DISC))
        marks.append(Mark(x, 100, str(number), theme.SURFACE.var, anchor="middle", has_halo=False))
    numbered = []
    for event in found if chosen else ():
        nearest = min(chosen, key=lambda day: abs(event.on - day))
        if abs(event.on - nearest).days <= apart:
            numbered.append((chosen.index(nearest) + 1, event))
    plot = chart.plot
    plot = replace(plot, lines=[*lines, *plot.lines], marks=[*plot.marks, *marks])
    return replace(chart, plot=plot, events=numbered)


def events_in_words(chart: Chart) -> list[str]:
    """« 3. 31/05/2022, 28/06/2022 : Comité de co-pilotage », for paper."""
    days = defaultdict(list)
    for number, event in chart.events:
        days[number, event.text].append(french.day(event.on))
    return [f"{number}. {', '.join(on)} : {text}" for (number, text), on in days.items()]


def _chosen(found: Sequence[Event], apart: float) -> list[date]:
    """The days with a mark: of the weightiest kinds first, then the latest, apart from each
    other.
    """
    kinds, days = list(EventKind), []
    for event in sorted(found, key=lambda event: (kinds.index(event.kind), -event.on.toordinal())):
        is_free = all(abs((event.on - day).days) > apart for day in days)
        if is_free and len(days) < _MOST:
            days.append(event.on)
    return sorted(days)


PLANNED = "Prévu"
EARNED = "Acquis"
ENDS = ("Date probable", "Date prudente")  # extrapolated from what is earned
_CURVE_LOOKS = {PLANNED: plots.PLANNED, EARNED: plots.EARNED} | dict.fromkeys(ENDS, plots.FORECAST)
_UP = Axis(0, 100, [(level, french.percent(level, 0)) for level in (0, 25, 50, 75, 100)])

Curves = Mapping[str, Series]  # by their names


def _on(curves: Curves, name: str, on: date) -> float | None:
    return dict(curves.get(name, ())).get(on)


def with_ends(curves: Curves, on: date, probable: date, prudent: date) -> Curves:
    """The curves, extended from what is earned on the day looked at to each end; unchanged if
    nothing is earned yet.
    """
    now = _on(curves, EARNED, on)
    if now is None:
        return curves
    ways = zip(ENDS, (probable, prudent), strict=True)
    return {**curves, **{name: [(on, now), (end, 100.0)] for name, end in ways}}


def plot(curves: Curves, on: date) -> Plot:
    """The curves, the progress reached on the day looked at, and the area between both ends."""
    labels = [
        (name, on, value, f"{name} {french.percent(value)}" if name == EARNED else name)
        for name in (PLANNED, EARNED)
        if (value := _on(curves, name, on)) is not None
    ]
    ends = [curves[name] for name in ENDS if name in curves]
    fan = [ends[0][0], *(way[-1] for way in ends)] if ends else []
    return plots.curves(curves, _CURVE_LOOKS, labels, _UP, day=on, fan=fan, written=french.percent)


def chart(code: str, curves: Curves, on: date, title: str, message: str, whose: str) -> Chart:
    """The curves with their table, one row per point; `whose` begins the text alternative."""
    return Chart(
        code,
        title,
        message,
        f"{whose} {curve_in_words(curves, on)}",
        plot(curves, on),
        ("Date", "Courbe", "%"),
        [(day, name, value) for name, points in curves.items() for day, value in points],
        curves,
        "% du poids des jalons",
    )


def curve_in_words(curves: Curves, on: date) -> str:
    """« Acquis 80,6 %, prévu 88,3 % au 30/06/2023 ; prévu 100,0 % au 31/12/2023 »."""
    now = ", ".join(
        f"{name.lower()} {french.percent(value)}"
        for name in (EARNED, PLANNED)
        if (value := _on(curves, name, on)) is not None
    )
    planned = [(day, value) for day, value in curves[PLANNED] if value is not None]
    if not now or not planned:
        return "Pas encore de point à cette date."
    day, value = planned[-1]
    now = now[:1].upper() + now[1:]
    return f"{now} au {french.day(on)} ; prévu {french.percent(value)} au {french.day(day)}."


Seats = tuple[str, int, int]  # a session, its seats taken, its capacity


def seats(found: Sequence[Seats]) -> Plot:
    """One bar per session: the seats taken, in its capacity."""
    height, marks, bands = plots.captioned([text for text, *_ in found], 18)
    most = max(capacity for *_, capacity in found) or 1
    bars = []
    for (_, taken, capacity), (y, thick) in zip(found, bands, strict=True):
        width = round(100 * capacity / most, 2)
        bars.append(Bar(0, y, width, thick, theme.TRACK.var))
        bars.append(Bar(0, y, round(100 * taken / most, 2), thick, theme.ACCENT.var))
        text = f"{french.number(taken)} sur {french.number(capacity)}"
        marks.append(Mark(width, y + thick / 2, text, dx=8, has_halo=False))
    return Plot(height, bars=bars, marks=marks, left=(2, 2), right=(84, 84))


def coverage(
    units: Sequence[str], trainings: int, shares: Mapping[tuple[int, int], float | None]
) -> Plot:
    """A cell per unit and training, by place: the per cent of persons trained; None where it is not
    shown.
    """
    cells = {
        place: (0, "…") if share is None else (min(int(share / 20), 4), french.number(share, 0))
        for place, share in shares.items()
    }
    return plots.heat(units, [str(n + 1) for n in range(trainings)], cells)


SIZE, VOICES = "Part des effectifs", "Part des voix"
KEY = "◇ part des effectifs · ● part des voix · trait : ce que le hasard permet (à 95 %)."
_HOLLOW = plots.SHAPES["sans-donnee"]
_MISSING = theme.STATUSES["en-difficulte"].colour.var
_SHORT = 22  # letters of a name on a phone


def dots(groups: Sequence[Group]) -> Plot:
    """One row per group whose voices are shown: its share of the voices with its interval, and its
    share of the agents.
    """
    shown = [group for group in groups if group.share is not None]
    most = max((max(group.size, *(group.interval or (group.share,))) for group in shown), default=1)
    levels = plots.over_numbers([0, most], 100)
    ticks = [(level, french.percent(level, 0)) for level, _ in levels.ticks[::2]]
    across = Axis(0, levels.high, ticks)
    lines, marks = [], []
    for place, group in enumerate(shown):
        middle = plots.middle(place, len(shown))
        colour = _MISSING if group.is_missing else theme.ACCENT.var
        if group.interval:
            lines.append(Line([(across.at(end), middle) for end in group.interval], colour, 2))
        marks.append(Mark(across.at(group.size), middle, "", theme.INK.var, _HOLLOW))
        text = french.percent(group.share, 0)
        marks.append(Mark(across.at(group.share), middle, "", colour, plots.CIRCLE))
        marks.append(Mark(100, middle, text, colour, dx=12))
    rows = [_row(group) for group in shown]
    return Plot(
        30 * len(rows),
        ticks=across.places,
        rows=rows,
        lines=lines,
        marks=marks,
        left=plots.room_for(rows),
        right=(60, 56),
        is_ruled=True,
    )


def _row(group: Group) -> Row:
    """The name of a group; its first words on a phone."""
    cut = group.name.rfind(" ", 0, _SHORT) if len(group.name) > _SHORT else -1
    short, rest = (group.name, "") if cut < 0 else (group.name[:cut], group.name[cut + 1 :])
    return Row(short, rest, f"{group.name} : {group_in_words(group)}", group.is_missing)


def group_in_words(group: Group) -> str:
    """« 53 % des effectifs, 20 % des voix »."""
    return (
        f"{french.percent(group.size, 0)} des effectifs, {french.percent(group.share, 0)} des voix"
    )


def alt(groups: Sequence[Group]) -> str:
    return (
        " ; ".join(f"{g.name} : {group_in_words(g)}" for g in groups if g.share is not None) + "."
    )


def over_time(size: Series, share: Series) -> Plot:
    """The share of the agents and of the voices of one group, month by month."""
    curves = {SIZE: size, VOICES: share}
    known = {name: [p for p in line if p[1] is not None] for name, line in curves.items()}
    labels = [
        (name, *points[-1], f"{name} : {french.percent(points[-1][1], 0)}")
        for name, points in known.items()
        if points
    ]
    values = [value for points in known.values() for _, value in points]
    return plots.curves(
        curves,
        {SIZE: plots.PLANNED, VOICES: plots.EARNED},
        labels,
        plots.over_numbers([0, *values], 100),
        written=french.percent,
    )
