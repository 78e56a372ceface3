"""The S-curve (courbe en S): planned and earned progress month by month, and its likely end."""

from collections.abc import Mapping
from datetime import date

from dashboard import french
from dashboard.charts import plots
from dashboard.charts.chart import Chart
from dashboard.charts.plots import Axis, Plot, Series

PLANNED = "Prévu"
EARNED = "Acquis"
ENDS = ("Date probable", "Date prudente")  # extrapolated from what is earned
_LOOKS = {PLANNED: plots.PLANNED, EARNED: plots.EARNED} | dict.fromkeys(ENDS, plots.FORECAST)
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
    return plots.curves(curves, _LOOKS, labels, _UP, day=on, fan=fan, written=french.percent)


def chart(code: str, curves: Curves, on: date, title: str, message: str, whose: str) -> Chart:
    """The curves with their table, one row per point; `whose` begins the text alternative."""
    return Chart(
        code,
        title,
        message,
        f"{whose} {in_words(curves, on)}",
        plot(curves, on),
        ("Date", "Courbe", "%"),
        [(day, name, value) for name, points in curves.items() for day, value in points],
        curves,
        "% du poids des jalons",
    )


def in_words(curves: Curves, on: date) -> str:
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
