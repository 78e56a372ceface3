"""The demonstration (administration fictive, données de démonstration): loaded once, into an empty
database.

Everything in it is invented; its day is frozen on 30 June 2023. `load_demo` includes the reference
data.
"""

from collections import defaultdict, namedtuple
from collections.abc import Iterator
from datetime import date
from itertools import accumulate
from operator import itemgetter

from sqlalchemy import func
from sqlmodel import Session, select

from models.directions import Direction
from models.idea_events import EventKind
from models.ideas import Idea
from models.installation import Installation
from models.ledger import Ledger
from models.people import Account, Person
from models.revisions import raise_revisions
from models.roadmap import Plan, Progress, between, without_progress
from models.search import body_words, title_words
from models.settings import settings
from models.texts import Refused
from seed.demo_academy import (
    load_academy,
    load_evaluations,
    load_materials,
    load_skills,
    load_trainers,
)
from seed.demo_communities import (
    assign_to_workshops,
    choose_ambassadors,
    load_agenda,
    load_communities,
    load_meetings,
)
from seed.demo_groups import load_groups, load_interests
from seed.demo_ideas import (
    load_campaigns,
    load_discussions,
    load_exchanges,
    load_ideas,
    load_themes,
)
from seed.demo_people import (
    CAST,
    DEMO_ACCOUNTS,
    DEMO_PASSWORD,
    give_roles,
    load_organisation,
    load_people,
    write_accounts,
    write_people,
)
from seed.demo_roadmap import load_projects, load_reports, revise_milestones
from seed.demo_survey import load_surveys
from seed.reference import load_reference
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


# A story as offsets in working days from its filing, with its constant parts.
_Pattern = namedtuple("_Pattern", "idea events title_words body_words")


class _Crowd:
    """Makes entries one after the other."""

    def __init__(self, stage: Stage, stories: list[Story]):
        self.stage = stage
        self.chance = stage.chance("bulk")
        # Promises run past the frozen day.
        self.days = stage.open_days(_PROGRAMME, date(TODAY.year + 1, 3, 31))
        self.place = {day: i for i, day in enumerate(self.days)}
        self.last = self.place[TODAY]
        patterns = []
        for story in stories:
            first = self.place[story.idea["filed_on"]]
            events = [(self.place[event["on"]] - first, event) for event in story.events]
            words = title_words(story.idea["title"]), body_words(story.idea["body"])
            patterns.append(_Pattern(story.idea, events, *words))
        # Entries of the last quarter mostly have no answer yet; older ones rarely lack one.
        self.recent = [pattern for pattern in patterns if pattern.idea["filed_on"] >= _RECENT]
        self.older = [pattern for pattern in patterns if pattern.idea["filed_on"] < _RECENT]
        self.bodies: defaultdict[int | None, list[_Pattern]] = defaultdict(list)
        for pattern in patterns:
            self.bodies[pattern.idea["ambition_id"]].append(pattern)
        # Possible authors by service: agents who never moved, without ambassadors, whose activity
        # is fixed already.
        named = {agent.id for agent in (*stage.ambassadors["all"], *stage.cast.values())}
        self.authors: defaultdict[int, list[int]] = defaultdict(list)
        for agent in stage.agents:
            if agent.places[0][0] == START and len(agent.places) == 1 and agent.id not in named:
                self.authors[stage.units[agent.places[0][1]]].append(agent.id)
        self.relays = [agent.id for agent in stage.ambassadors["active"]]
        self.promise = settings().cp_answer_days
        self._filing = self._filing_days()

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


__all__ = ["CAST", "DEMO_ACCOUNTS", "DEMO_PASSWORD", "IDEAS", "load_demo"]

IDEAS = 480
_REAL = (Direction, Person, Account, Idea, Plan)


_STEPS = (
    ("organisation", load_organisation),
    ("référence", lambda stage: load_reference(stage.session)),
    ("agents", load_people, give_roles, choose_ambassadors, write_people, write_accounts),
    ("communautés", load_communities),
    ("feuille de route", load_reports),
    ("projets", load_projects),
    (
        "réunions",
        *(revise_milestones, load_meetings, load_groups, load_agenda),
    ),
    ("académie", load_academy, load_trainers, load_evaluations, load_materials),
    ("marques d'intérêt", load_interests, load_skills),
    ("enquêtes", load_surveys),
)


def load_demo(session: Session, ideas: int = IDEAS, progress: Progress = without_progress) -> None:
    """Fills the database in the open transaction. Raises Refused unless it is empty."""
    _refuse_unless_empty(session)
    # Written at once, by nobody: the order of its entries reveals nothing, and no round reshuffles
    # it.
    session.add(Installation(id=1, demonstration=True, frozen_on=TODAY, mixed_before=TODAY))
    session.flush()
    stage = Stage(session)
    # The bulk grows with the number of entries; the rest takes a tenth of the time of a hundred
    # thousand.
    before = 0.1 if ideas > IDEAS else 0.9
    for n, (name, *loads) in enumerate(_STEPS):
        progress(before * n / len(_STEPS), f"Démonstration : {name}")
        for load in loads:
            load(stage)
            stage.write()
    progress(before, "Démonstration : idées")
    stories = load_ideas(stage, min(ideas, IDEAS))
    load_exchanges(stage, stories)
    load_discussions(stage)
    assign_to_workshops(stage, stories)
    load_campaigns(stage)
    load_themes(stage)
    stage.write()
    if ideas > IDEAS:
        load_bulk(stage, stories, ideas - IDEAS, between(progress, before, 1))
    stage.reset_sequences()
    raise_revisions(session, "installation")


def _refuse_unless_empty(session: Session) -> None:
    installation = session.get(Installation, 1)
    if installation and installation.demonstration:
        raise Refused("La démonstration se trouve déjà dans cette base de données.")
    counts = (session.exec(select(func.count()).select_from(table)).one() for table in _REAL)
    if installation or any(counts):
        raise Refused(
            "Cette base contient déjà des données : la démonstration se charge dans une base vide."
        )
