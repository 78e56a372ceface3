"""Bulk data: entries beyond the 480, by the hundred thousand, written through the same ledger.

Each one repeats the story of an entry of the demonstration from another day: the same steps after
as many working days, up to the frozen day. Memory use is constant: one chunk is written before the
next is made.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from itertools import accumulate
from operator import itemgetter

from models.idea_events import EventKind
from models.ideas import Idea
from models.ledger import Ledger
from models.roadmap import Progress, without_progress
from models.search import body_words, title_words
from models.settings import settings
from seed.stage import START, TODAY, Stage, Story

# The first open meeting that collected entries.
_PROGRAMME = date(2021, 11, 3)
# Entries filed in each month from 11/2021 on: 216 of 480 during the sixteen meetings, a dip in
# summer, a second wave.
_MONTHS = (30, 28, 27, 26, 29, 24, 26, 26, 6, 6, 48, 42, 34, 23, 14, 15, 18, 19, 20, 19)
_CHUNK = 10_000
_RECENT = date(2023, 4, 1)
_ID = itemgetter("id")
# Eight digits in no visible order, without repeats: the step and the count are coprime.
_NUMBERS = 10_000_000
_COUNT = 90_000_000
_STEP = 48_271_301


def load_bulk(
    stage: Stage, stories: list[Story], n: int, progress: Progress = without_progress
) -> None:
    """Adds `n` entries. `stories` are those of the 480; merged ones are not repeated."""
    crowd = _Crowd(stage, [story for story in stories if story.idea["merged_into"] is None])
    ledger = Ledger(stage.session)
    for start in range(0, n, _CHUNK):
        ideas: list[dict] = []
        facts: list[dict] = []
        for number in range(start, min(start + _CHUNK, n)):
            idea, events, words = crowd.next_entry(_NUMBERS + number * _STEP % _COUNT)
            ideas.append(idea)
            facts += events
            ledger.index_words(idea["id"], words)
        stage.insert(Idea, sorted(ideas, key=_ID))
        # In the order of the table: its pages are then touched once per chunk.
        for fact in sorted(facts, key=_ID):
            ledger.add(fact)
        ledger.write()
        progress((start + len(ideas)) / n, f"Démonstration : {start + len(ideas)} idées")
    ledger.write()


class _Pattern:
    """A story as offsets in working days from its filing, with its constant parts."""

    def __init__(self, story: Story, place: dict[date, int]):
        first = place[story.events[0]["on"]]
        self.idea = story.idea
        self.events = [(place[event["on"]] - first, event) for event in story.events]
        self.title_words = title_words(story.idea["title"])
        self.body_words = body_words(story.idea["body"])


class _Crowd:
    """Makes entries one after the other."""

    def __init__(self, stage: Stage, stories: list[Story]):
        self.stage = stage
        self.chance = stage.chance("bulk")
        # Promises run past the frozen day.
        self.days = stage.open_days(_PROGRAMME, date(TODAY.year + 1, 3, 31))
        self.place = {day: i for i, day in enumerate(self.days)}
        self.last = self.place[TODAY]
        patterns = [_Pattern(story, self.place) for story in stories]
        # Entries of the last quarter mostly have no answer yet; older ones rarely lack one.
        self.recent = [pattern for pattern in patterns if pattern.idea["filed_on"] >= _RECENT]
        self.older = [pattern for pattern in patterns if pattern.idea["filed_on"] < _RECENT]
        self.bodies: defaultdict[int | None, list[_Pattern]] = defaultdict(list)
        for pattern in patterns:
            self.bodies[pattern.idea["ambition_id"]].append(pattern)
        self.authors = self._authors()
        self.relays = [agent.id for agent in stage.ambassadors["active"]]
        self.promise = settings().cp_answer_days
        self._filing = self._filing_days()

    def _authors(self) -> dict[int, list[int]]:
        """Possible authors by service: agents who never moved, without ambassadors, whose activity
        is fixed already.
        """
        named = {agent.id for agent in (*self.stage.ambassadors["all"], *self.stage.cast.values())}
        by_service: defaultdict[int, list[int]] = defaultdict(list)
        for agent in self.stage.agents:
            if agent.places[0][0] == START and len(agent.places) == 1 and agent.id not in named:
                by_service[self.stage.units[agent.places[0][1]]].append(agent.id)
        return by_service

    def _filing_days(self) -> Iterator[int]:
        """Positions in the calendar, drawn with the weight of their month, a thousand at a time."""
        months: defaultdict[date, list[int]] = defaultdict(list)
        for i, day in enumerate(self.days[: self.last + 1]):
            months[day.replace(day=1)].append(i)
        places = list(months.values())
        weights = list(accumulate(_MONTHS))
        while True:
            for found in self.chance.choices(places, cum_weights=weights, k=1000):
                yield found[int(self.chance.random() * len(found))]

    def next_entry(self, number: int) -> tuple[dict, list[dict], str]:
        """One entry: its row, its facts and its search words."""
        chance = self.chance
        filed = next(self._filing)
        patterns = self.recent if self.days[filed] >= _RECENT else self.older
        pattern = patterns[int(chance.random() * len(patterns))]
        others = self.bodies[pattern.idea["ambition_id"]]
        body = others[int(chance.random() * len(others))]
        origin = pattern.idea["origin_id"]
        author = relay = None
        if pattern.idea["author_id"] and self.authors.get(origin):
            author = self.authors[origin][int(chance.random() * len(self.authors[origin]))]
        if pattern.idea["relay_id"]:
            relay = self.relays[int(chance.random() * len(self.relays))]
        idea = pattern.idea | {
            "id": self.stage.random_id(chance, self.days[filed]),
            "number": number,
            "body": body.idea["body"],
            "author_id": author,
            "relay_id": relay,
            "filed_on": self.days[filed],
        }
        words = f"{pattern.title_words} {body.body_words}".strip()
        return idea, self._facts(pattern, idea, filed), words

    def _facts(self, pattern: _Pattern, idea: dict, filed: int) -> list[dict]:
        """The facts up to the frozen day; the row gets the state of the last of them."""
        due_on = self.days[filed + self.promise]
        before_due = None
        idea["answered_on"] = None
        idea["published"] = not idea["anonymous"]
        facts: list[dict] = []
        for offset, event in pattern.events:
            if filed + offset > self.last:
                break
            on = self.days[filed + offset]
            promise = due_on if event["due_on"] else None
            facts.append(
                event
                | {
                    "id": self.stage.random_id(self.chance, on),
                    "on": on,
                    "recorded_on": on,
                    "idea_id": idea["id"],
                    "filed_on": idea["filed_on"],
                    "author_id": idea["author_id"],
                    "prev_due_on": before_due,
                    "due_on": promise,
                }
            )
            before_due = promise
            if event["what"] == EventKind.filed:
                facts[0]["by"] = (
                    None if idea["anonymous"] else idea["relay_id"] or idea["author_id"]
                )
            elif event["first_answer"]:
                idea["answered_on"] = on
            elif event["what"] == EventKind.published:
                idea["published"] = True
        idea["status"] = facts[-1]["to_status"]
        idea["due_on"] = before_due
        idea["version"] = len(facts)
        return facts
