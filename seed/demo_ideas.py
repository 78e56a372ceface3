"""The ideas of the demonstration: their authors and facts, written through the ledger."""

import hashlib
import random
from datetime import date

from models.idea_events import EventKind
from models.idea_states import Channel, IdeaStatus
from models.ideas import Idea
from models.import_sources import SourceKey
from models.ledger import Ledger
from models.settings import settings
from seed.demo_cast import manager_of
from seed.demo_entries import DemoEntry, EntryStep, written_entries
from seed.stage import TODAY, Agent, Stage, Story

SOURCE = "demonstration:idees"
# An anonymous entry stores its origin only if the service has more agents than this.
_HANDFUL = 20
_FIELD_SHARE = 0.39
_KEEP_ORIGIN = 0.6
# Share of the named forms sent from an office, where the service has both.
_OFFICE = 0.5
_RECENT = date(2023, 4, 2)
_FIRST_CLASS = date(2022, 6, 21)
_NAMED = (Channel.form, Channel.mail)
_ROOM = (Channel.workshop, Channel.paper, Channel.phone)
# Shows of hands counted in the room.
_VOICES = (1, 1, 2, 2, 3, 3, 4, 5, 6, 8, 11)
_AUDIENCES = {
    1: ("citoyens",),
    2: ("agents",),
    3: ("citoyens", "agents", None),
    4: ("agents",),
    5: ("citoyens", "agents", "politique", None),
    None: (None, "agents"),
}


def load_ideas(stage: Stage, n: int) -> list[Story]:
    """The first `n` of the 480 entries, with their facts. Returns their stories, which the bulk
    repeats.
    """
    entries = written_entries()
    chance = stage.chance("ideas")
    _keep_origins(stage, chance, entries)
    _name_people(stage, chance, entries)
    keys = {entry.key for entry in entries[:n]}
    chosen = [entry for entry in entries[:n] if not entry.merged_into or entry.merged_into in keys]
    return _write(stage, chance, chosen)


def _keep_origins(stage: Stage, chance: random.Random, entries: list[DemoEntry]) -> None:
    """Six in ten entries from a meeting store their service, so that 39 % of the known ones come
    from the field.
    """
    services = stage.services
    for entry in entries:
        if entry.anonymous and entry.origin and services[entry.origin].agents <= _HANDFUL:
            entry.origin = None
    loose = [
        entry
        for entry in entries
        if entry.channel in _ROOM and not entry.anonymous and entry.origin
    ]
    sure = [entry for entry in entries if entry.origin and entry not in loose]
    chance.shuffle(loose)
    n = round(_KEEP_ORIGIN * len(loose))

    def field_share(entry: DemoEntry) -> float:
        service = services[entry.origin]
        return service.without_computer / max(service.agents, 1)

    wanted = _FIELD_SHARE * (len(sure) + n) - sum(field_share(entry) for entry in sure)
    field = [entry for entry in loose if field_share(entry) > 0.5]
    office = [entry for entry in loose if field_share(entry) <= 0.5]

    def keep(k: int) -> list[DemoEntry]:
        return field[:k] + office[: n - k]

    least = max(n - len(office), 0)
    most = min(len(field), n)
    k = min(range(least, most + 1), key=lambda k: abs(sum(map(field_share, keep(k))) - wanted))
    chosen = {entry.key for entry in keep(k)}
    for entry in loose:
        if entry.key not in chosen:
            entry.origin = None


class _People:
    """The possible authors and messengers of an entry on a day: inactive ambassadors did nothing in
    the last 90 days.
    """

    def __init__(self, stage: Stage, chance: random.Random):
        self.stage = stage
        self.chance = chance
        self.quiet = {agent.id for agent in stage.ambassadors["quiet"]}
        with_training = {agent.id for agent in stage.ambassadors["shown"]}
        self.to_show = [
            agent for agent in stage.ambassadors["active"] if agent.id not in with_training
        ]
        self._at: dict[str, list[Agent]] = {}
        for agent in stage.agents:
            for _, service in agent.places:
                self._at.setdefault(service, []).append(agent)

    def author(self, entry: DemoEntry) -> Agent | None:
        office = _OFFICE if entry.channel in _NAMED else 0.1
        has_workstation = self.chance.random() < office
        present = [
            agent
            for agent in self._at.get(entry.origin, ())
            if agent.service_on(entry.filed_on) == entry.origin and self._may(agent, entry.filed_on)
        ]
        wanted = [agent for agent in present if agent.has_workstation == has_workstation]
        return self.chance.choice(wanted or present) if present else None

    def relay(self, entry: DemoEntry) -> Agent | None:
        """An ambassador of the author's direction if there is one; first those who still need an
        activity.
        """
        pool = self.to_show
        if entry.filed_on < _RECENT or not self.to_show:
            ambassadors = self.stage.ambassadors["all"]
            pool = [agent for agent in ambassadors if self._may(agent, entry.filed_on)]
        near = [agent for agent in pool if entry.origin and agent.service[:6] == entry.origin[:6]]
        agent = self.chance.choice(near or pool)
        if agent in self.to_show and entry.filed_on >= _RECENT:
            self.to_show.remove(agent)
        return agent

    def _may(self, agent: Agent, day: date) -> bool:
        return day < _RECENT or agent.id not in self.quiet


def _name_people(stage: Stage, chance: random.Random, entries: list[DemoEntry]) -> None:
    people = _People(stage, chance)
    alice = stage.cast["alice"]
    of_alice = 3
    for entry in sorted(entries, key=lambda entry: (entry.filed_on, entry.key), reverse=True):
        if entry.channel is Channel.relay:
            is_of_parks = (entry.origin or "").startswith("AD-VER")
            entry.relay = stage.cast["bruno"] if is_of_parks else people.relay(entry)
        elif (
            entry.channel in (Channel.workshop, Channel.paper)
            and entry.filed_on >= _FIRST_CLASS
            and ((entry.filed_on >= _RECENT and people.to_show) or chance.random() < 0.3)
        ):
            entry.relay = people.relay(entry)
        if entry.anonymous or entry.origin is None:
            continue
        if entry.channel in (*_NAMED, Channel.paper) and entry.origin == alice.service and of_alice:
            entry.author = alice
            of_alice -= 1
        elif entry.channel in _NAMED or (entry.channel is Channel.relay and chance.random() < 0.5):
            entry.author = people.author(entry)


def _read_before(
    stage: Stage, chance: random.Random, entry: DemoEntry
) -> list[tuple[EventKind, EntryStep]]:
    """The facts not written in the file: the entry is read within a few days, then studied if it
    takes longer.
    """
    if entry.status is IdeaStatus.received:
        return []
    step = entry.steps[0] if entry.steps else None
    room = stage.days.between(entry.filed_on, step.on if step else TODAY)
    days = min(chance.randint(1, 4), room)
    hidden = entry.anonymous and entry.status is not IdeaStatus.redirected
    what = EventKind.published if hidden else EventKind.status
    facts = [(what, EntryStep(stage.days.add(entry.filed_on, days), IdeaStatus.read))]
    if step and step.status is IdeaStatus.studied:
        return facts
    needs = entry.status is IdeaStatus.studied or (step is not None and step.status is None)
    if needs or (
        step
        and step.status not in (IdeaStatus.merged, IdeaStatus.withdrawn, IdeaStatus.redirected)
        and room > 10
        and chance.random() < 0.6
    ):
        later = min(days + max(1, (room - days) // 3), days + 12, room)
        studied = EntryStep(stage.days.add(entry.filed_on, later), IdeaStatus.studied)
        facts.append((EventKind.status, studied))
    return facts


def _write(stage: Stage, chance: random.Random, entries: list[DemoEntry]) -> list[Story]:
    """The entries as rows and facts, in the order of their filing."""
    entries = sorted(entries, key=lambda entry: (entry.filed_on, entry.key))
    numbers = chance.sample(range(100_000, 1_000_000), len(entries))
    ids = {entry.key: stage.random_id(chance, entry.filed_on) for entry in entries}
    ledger = Ledger(stage.session)
    stories = []
    for entry, number in zip(entries, numbers, strict=True):
        idea = _idea(stage, chance, entry, ids) | {"number": number}
        facts = [
            (EventKind.filed, EntryStep(entry.filed_on, IdeaStatus.received)),
            *_read_before(stage, chance, entry),
            *((step.what, step) for step in entry.steps),
        ]
        events = _events(stage, chance, entry, idea, facts)
        for event in events:
            ledger.add(event)
        ledger.index(idea["id"], idea["title"], idea["body"])
        stories.append(Story(idea, events))
        # As an import stores it; for these entries of the voices only.
        mark = hashlib.blake2b(str(idea["voices"]).encode(), digest_size=5).hexdigest()
        stage.add(
            SourceKey,
            source=SOURCE,
            key=entry.key,
            subject="idea",
            record_id=idea["id"],
            digest=f"......{mark}..",
        )
    # Survivors before the entries merged into them.
    ideas = [story.idea for story in stories]
    stage.insert(Idea, sorted(ideas, key=lambda row: row["merged_into"] is not None))
    stage.write()
    ledger.write()
    return stories


def _idea(
    stage: Stage, chance: random.Random, entry: DemoEntry, ids: dict[str, int]
) -> dict[str, object]:
    hidden = entry.anonymous and entry.status in (IdeaStatus.received, IdeaStatus.redirected)
    return {
        "id": ids[entry.key],
        "kind": entry.kind,
        "title": entry.title,
        "body": entry.body,
        "ambition_id": entry.ambition,
        "concerns_id": stage.units[entry.concerns] if entry.concerns else None,
        "origin_id": stage.units[entry.origin] if entry.origin else None,
        "good": entry.good,
        "audience": chance.choice(_AUDIENCES[entry.ambition]),
        "voices": chance.choice(_VOICES) if entry.channel is Channel.workshop else None,
        "channel": entry.channel,
        "anonymous": entry.anonymous,
        "author_id": entry.author.id if entry.author else None,
        "relay_id": entry.relay.id if entry.relay else None,
        "filed_on": entry.filed_on,
        "dated": True,
        "counts": True,
        "published": not hidden,
        "answered_on": None,
        "merged_into": ids[entry.merged_into] if entry.merged_into else None,
    }


def _events(
    stage: Stage,
    chance: random.Random,
    entry: DemoEntry,
    idea: dict,
    facts: list[tuple[EventKind, EntryStep]],
) -> list[dict]:
    """The facts as rows; gives the idea the current values that they lead to."""
    rows: list[dict] = []
    status: IdeaStatus | None = None
    due_on: date | None = None
    for seq, (what, step) in enumerate(facts, start=1):
        row = {"from_status": status, "prev_due_on": due_on}
        status = step.status or status
        if seq == 1:
            due_on = stage.days.add(entry.filed_on, settings().cp_answer_days)
        is_gone = status in (IdeaStatus.merged, IdeaStatus.withdrawn)
        # Nobody waits for an answer any more.
        if is_gone and not idea["answered_on"] and step.on <= due_on:
            due_on = None
        is_first = step.is_answer and seq > 1 and idea["answered_on"] is None
        if is_first:
            idea["answered_on"] = step.on
        by, function = _author(stage, entry, what, step)
        row |= {
            "id": stage.random_id(chance, step.on),
            "on": step.on,
            "recorded_on": step.on,
            "by": by,
            "idea_id": idea["id"],
            "seq": seq,
            "what": what,
            "to_status": status,
            "filed_on": entry.filed_on,
            "decided": entry.kind.is_decided,
            "ambition_id": idea["ambition_id"],
            "concerns_id": idea["concerns_id"],
            "origin_id": idea["origin_id"],
            "author_id": idea["author_id"],
            "due_on": due_on,
            "first_answer": is_first,
            "delay": stage.days.between(entry.filed_on, step.on) if is_first else None,
            "text": step.text or None,
            "function": function,
        }
        rows.append(row)
    idea |= {"status": status, "due_on": due_on, "version": len(rows)}
    return rows


def _author(
    stage: Stage, entry: DemoEntry, what: EventKind, step: EntryStep
) -> tuple[int | None, str | None]:
    """Whose fact it is, and the function that signs an answer."""
    if what is EventKind.filed:
        filer = None if entry.anonymous else entry.relay or entry.author
    elif step.status is IdeaStatus.withdrawn:
        filer = entry.author
    elif step.is_answer:
        manager = manager_of(stage, entry.concerns, step.on)
        return manager.id, manager.function
    else:
        filer = stage.cast["didier"]
    return filer.id if filer else None, None
