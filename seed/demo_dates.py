"""When the texts of the demonstration were filed and answered: months, delays, the silent
directions.

The figures to reach: a first answer within 24 working days at the median, 71 % of the promises
kept, and the few entries of textes-dates.csv that nobody answers.
"""

import random
from dataclasses import dataclass
from datetime import date, timedelta

from models.idea_events import EventKind
from models.idea_states import IdeaStatus
from models.settings import settings
from seed.demo_entries import DemoEntry, EntryStep
from seed.stage import TODAY, Stage

# The first open meeting that collected entries.
PROGRAMME = date(2021, 11, 3)
# Entries filed in each month from 11/2021 on: 216 of 480 during the sixteen meetings, a dip in
# summer, a second wave.
MONTHS = (30, 28, 27, 26, 29, 24, 26, 26, 6, 6, 48, 42, 34, 23, 14, 15, 18, 19, 20, 19)
_SILENT = ("AD-SAL", "DF-TAX")
_KEPT = 0.71
_LOW = 0.46
_HIGH = 0.54
_WAITING = {
    IdeaStatus.received: (date(2023, 5, 8), TODAY),
    IdeaStatus.read: (date(2023, 4, 3), date(2023, 6, 23)),
}
_YEAR_START = date(2022, 7, 1)
_ACCEPTED = (
    "La direction concernée est d'accord ; elle prépare la mise en œuvre avec l'équipe.",
    "C'est retenu. Un essai précède la généralisation.",
    "Retenue : la dépense est inscrite et la commande est préparée.",
    "Bonne idée, simple à faire. Le chef de service s'en charge.",
    "Retenue, après visite sur place avec les personnes concernées.",
    "Le service fait l'essai avec deux équipes avant d'étendre.",
    "Oui. Reste à trouver le moment et le budget, ce qui est en bonne voie.",
    "Retenue. L'auteur sera tenu au courant de chaque étape.",
)


def month_starts() -> list[date]:
    return [date(2021 + (10 + i) // 12, (10 + i) % 12 + 1, 1) for i in range(len(MONTHS))]


def date_the_texts(stage: Stage, scripted: list[DemoEntry], written: list[DemoEntry]) -> None:
    """Gives every text its filing day, then its steps."""
    chance = stage.chance("dates")
    _file(stage, chance, scripted, written)
    _Answers(stage, chance).plan(scripted, written)
    for entry in written:
        entry.steps.sort(key=lambda step: step.on)


def _file(
    stage: Stage, chance: random.Random, scripted: list[DemoEntry], written: list[DemoEntry]
) -> None:
    months = month_starts()
    room = dict(zip(months, MONTHS, strict=True))
    for entry in scripted:
        room[entry.filed_on.replace(day=1)] -= 1
    free = [entry for entry in written if not entry.merged_into]
    chance.shuffle(free)
    # The narrowest windows first: they have the fewest months to choose from.
    free.sort(key=_length_of_window)
    for entry in free:
        entry.filed_on = _filing_day(stage, chance, room, *_window(entry))
    by_key = {entry.key: entry for entry in (*scripted, *written)}
    for entry in written:
        # The duplicate comes a little after the entry that stands for both.
        if entry.merged_into:
            first = by_key[entry.merged_into].filed_on + timedelta(days=1)
            entry.filed_on = _filing_day(stage, chance, room, first, first + timedelta(days=49))


def _window(entry: DemoEntry) -> tuple[date, date]:
    """The days between which an entry can have been filed, for its state on the frozen day to be
    true.
    """
    first = PROGRAMME
    last = date(2023, 5, 12)
    if entry.waits:
        first, last = _WAITING.get(entry.status, (date(2023, 4, 3), date(2023, 6, 9)))
    elif entry.status is IdeaStatus.implemented:
        last = date(2023, 2, 17)
    if entry.group_day:
        first = entry.group_day
        last = max(last, min(first + timedelta(days=5), TODAY))
    return entry.not_before or first, entry.not_after or last


def _length_of_window(entry: DemoEntry) -> timedelta:
    first, last = _window(entry)
    return last - first


def _filing_day(
    stage: Stage, chance: random.Random, room: dict[date, int], first: date, last: date
) -> date:
    """A working day of the window, in a month that still has room; the fullest one where none
    has.
    """
    last = min(last, TODAY)
    months = [month for month in room if first.replace(day=1) <= month <= last]
    weights = [max(room[month], 0) for month in months]
    if any(weights):
        month = chance.choices(months, weights)[0]
    else:
        month = max(months, key=lambda month: room[month])
    room[month] -= 1
    end = (month.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    return chance.choice(
        stage.open_days(max(first, month), min(last, end)) or [stage.open_day(first)]
    )


@dataclass(frozen=True)
class _Shelf:
    """The promises that fall due in one period: of scripted entries, and of the texts whose delay
    is still to choose.
    """

    scripted: list[DemoEntry]
    written: list[DemoEntry]
    waiting: int


class _Answers:
    """Chooses the delays so that both the last twelve months and the whole programme keep the
    figures.
    """

    def __init__(self, stage: Stage, chance: random.Random):
        self.days = stage.days
        self.chance = chance
        self.promise = settings().cp_answer_days

    def plan(self, scripted: list[DemoEntry], written: list[DemoEntry]) -> None:
        for start, end in ((date.min, _YEAR_START), (_YEAR_START, TODAY + timedelta(days=1))):
            self._answer_shelf(self._shelf(scripted, written, start, end))
        for entry in written:
            if entry.status is IdeaStatus.merged or entry.status is IdeaStatus.withdrawn:
                self._close(entry)
            # Filed too late for its promise to be due: on no shelf.
            elif entry.answer and not entry.steps:
                longest = self.days.between(entry.filed_on, TODAY)
                self._answer(entry, self.chance.randint(min(3, longest), min(26, longest)))

    def _shelf(
        self, scripted: list[DemoEntry], written: list[DemoEntry], start: date, end: date
    ) -> _Shelf:
        closed = (IdeaStatus.merged, IdeaStatus.withdrawn)
        due = [
            entry
            for entry in (*scripted, *written)
            if entry.status not in closed
            and start <= self.days.add(entry.filed_on, self.promise) < end
        ]
        return _Shelf(
            [entry for entry in due if entry.is_scripted and entry.first_answer],
            [entry for entry in due if not entry.is_scripted and entry.answer],
            sum(not entry.first_answer if entry.is_scripted else entry.waits for entry in due),
        )

    def _answer_shelf(self, shelf: _Shelf) -> None:
        given = [
            self.days.between(entry.filed_on, entry.first_answer.on) for entry in shelf.scripted
        ]
        promises = len(shelf.scripted) + len(shelf.written) + shelf.waiting
        n_kept = round(_KEPT * promises) - sum(delay <= self.promise for delay in given)
        late = self._late(shelf.written, max(len(shelf.written) - n_kept, 0))
        for entry in shelf.written:
            if entry.key in late:
                room = self.days.between(entry.filed_on, TODAY)
                self._answer(
                    entry, min(self.promise + 1 + int(44 * self.chance.random() ** 1.6), room)
                )
        in_time = [entry for entry in shelf.written if entry.key not in late]
        for entry, delay in zip(
            in_time, self._kept_delays(given, len(in_time), len(late)), strict=True
        ):
            self._answer(entry, delay)

    def _late(self, entries: list[DemoEntry], n: int) -> set[str]:
        """The silent directions first; then by chance among those filed long enough ago."""
        eligible = [
            entry
            for entry in entries
            if self.days.between(entry.filed_on, TODAY) > self.promise + 5
        ]
        self.chance.shuffle(eligible)
        eligible.sort(key=lambda entry: entry.concerns not in _SILENT)
        return {entry.key for entry in eligible[:n]}

    def _kept_delays(self, given: list[int], n: int, late: int) -> list[int]:
        """Delays within the promise, so that half of all answers of the shelf take 24 working
        days or less.
        """
        total = len(given) + n + late
        low = max(round(_LOW * total) - sum(delay < 24 for delay in given), 0)
        middle = max(round(_HIGH * total) - sum(delay <= 24 for delay in given) - low, 0)
        delays = [4 + round(19 * (i / max(low - 1, 1)) ** 0.6) for i in range(low)] + [24] * middle
        delays = delays[:n] + [25 + i % 6 for i in range(n - len(delays))]
        self.chance.shuffle(delays)
        return delays

    def _answer(self, entry: DemoEntry, delay: int) -> None:
        on = self.days.add(entry.filed_on, delay)
        status = entry.status
        if status is IdeaStatus.studied:
            entry.steps = [EntryStep(on, None, entry.answer)]
        elif status is IdeaStatus.in_group:
            entry.steps = [
                EntryStep(on, None, entry.answer),
                EntryStep(max(on, entry.group_day or on), status),
            ]
        elif status is IdeaStatus.implemented:
            entry.steps = [
                EntryStep(on, IdeaStatus.accepted, self.chance.choice(_ACCEPTED)),
                EntryStep(self._done_on(entry, on), status, entry.answer),
            ]
        else:
            entry.steps = [EntryStep(on, status, entry.answer)]

    def _done_on(self, entry: DemoEntry, accepted_on: date) -> date:
        first = max(self.days.add(accepted_on, 15), entry.done_from or accepted_on)
        room = self.days.between(first, TODAY)
        longest = 25 if entry.done_from else 190
        return self.days.add(first, min(self.chance.randint(5, longest), max(room - 2, 0)))

    def _close(self, entry: DemoEntry) -> None:
        on = self.days.add(entry.filed_on, self.chance.randint(5, 18))
        entry.steps = [EntryStep(min(on, TODAY), entry.status, entry.answer)]


def read_before(
    stage: Stage, chance: random.Random, entry: DemoEntry
) -> list[tuple[EventKind, EntryStep]]:
    """The facts nobody writes down: the entry is read within a few days, then studied where it
    takes longer.
    """
    if entry.status is IdeaStatus.received:
        return []
    until = entry.steps[0].on if entry.steps else TODAY
    room = stage.days.between(entry.filed_on, until)
    days = min(chance.randint(1, 4), room)
    hidden = entry.anonymous and entry.status is not IdeaStatus.redirected
    read = (
        EventKind.published if hidden else EventKind.status,
        EntryStep(stage.days.add(entry.filed_on, days), IdeaStatus.read),
    )
    step = entry.steps[0] if entry.steps else None
    if step and step.status is IdeaStatus.studied:
        return [read]
    needs = entry.status is IdeaStatus.studied or (step is not None and step.status is None)
    if needs or (
        step
        and step.status not in (IdeaStatus.merged, IdeaStatus.withdrawn, IdeaStatus.redirected)
        and room > 10
        and chance.random() < 0.6
    ):
        later = min(days + max(1, (room - days) // 3), days + 12, room)
        return [
            read,
            (
                EventKind.status,
                EntryStep(stage.days.add(entry.filed_on, later), IdeaStatus.studied),
            ),
        ]
    return [read]
