"""The 480 written entries of the demonstration: their authors and facts, written through the
ledger, with supports, comments, merges, links and discussions; campaigns, lots and themes.
"""

import hashlib
import json
import random
from collections import Counter, defaultdict, namedtuple
from datetime import date, timedelta
from types import SimpleNamespace

from sqlalchemy import update
from sqlmodel import select

from models.clusters import Campaign, Cluster, Coding, Theme
from models.decisions import Decision
from models.discussions import (
    Contribution,
    ContributionEvent,
    Link,
    Subject,
    SubjectFollow,
    SubjectSupport,
)
from models.idea_events import EventKind
from models.idea_states import ANSWERS, Channel, IdeaKind, IdeaStatus
from models.ideas import Idea, Merge, SourceKey
from models.ledger import Ledger
from models.meetings import Meeting, MeetingEvent, MeetingKind
from models.settings import settings
from seed.demo_people import manager_of
from seed.stage import DATA, TODAY, Agent, CsvRow, Stage, Story, read

# One fact of an entry after its filing: a change of state, or an answer without one.
EntryStep = namedtuple("EntryStep", "on status text", defaults=("",))


def _is_answer(step: EntryStep) -> bool:
    return step.status is None or step.status in ANSWERS


class DemoEntry(SimpleNamespace):
    """One entry: the cells of its line of idees.csv, the steps that led to its state on the frozen
    day, its author and the ambassador who brought it; `idea`: the values of its record.
    """


# ── Authors and facts ───────────────────────────────────────────────────────────────────────────

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
    by_key = {}
    for row in read(DATA / "idees.csv", "key"):
        idea = row.values(Idea)
        people = {"author": None, "relay": None}
        by_key[row.need("key")] = DemoEntry(**row.cells | idea | people, idea=idea, steps=[])
    for row in read(DATA / "suites.csv"):
        step = EntryStep(row.need("on", date), row.get("status") or None, row.get("text"))
        by_key[row.need("idea")].steps.append(step)
    entries = list(by_key.values())
    chance = stage.chance("ideas")
    _keep_origins(stage, chance, entries)
    _name_people(stage, chance, entries)
    keys = {entry.key for entry in entries[:n]}
    chosen = [entry for entry in entries[:n] if not entry.into or entry.into in keys]
    return _write(stage, chance, chosen)


def _keep_origins(stage: Stage, chance: random.Random, entries: list[DemoEntry]) -> None:
    """Six in ten entries from a meeting store their service, so that 39 % of the known ones come
    from the field.
    """
    services = stage.services
    for entry in entries:
        if entry.anonymous and entry.origin and services[entry.origin].agents <= _HANDFUL:
            entry.origin = ""
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
            entry.origin = ""


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
        if entry.channel == Channel.relay:
            is_of_parks = entry.origin.startswith("AD-VER")
            entry.relay = stage.cast["bruno"] if is_of_parks else people.relay(entry)
        elif (
            entry.channel in (Channel.workshop, Channel.paper)
            and entry.filed_on >= _FIRST_CLASS
            and ((entry.filed_on >= _RECENT and people.to_show) or chance.random() < 0.3)
        ):
            entry.relay = people.relay(entry)
        if entry.anonymous or not entry.origin:
            continue
        if entry.channel in (*_NAMED, Channel.paper) and entry.origin == alice.service and of_alice:
            entry.author = alice
            of_alice -= 1
        elif entry.channel in _NAMED or (entry.channel == Channel.relay and chance.random() < 0.5):
            entry.author = people.author(entry)
        if entry.author is None and stage.services[entry.origin].agents <= _HANDFUL:
            entry.origin = ""


def _read_before(
    stage: Stage, chance: random.Random, entry: DemoEntry
) -> list[tuple[EventKind, EntryStep]]:
    """The facts not written in the file: the entry is read within a few days, then studied if it
    takes longer.
    """
    if entry.status == IdeaStatus.received:
        return []
    step = entry.steps[0] if entry.steps else None
    room = stage.days.between(entry.filed_on, step.on if step else TODAY)
    days = min(chance.randint(1, 4), room)
    hidden = entry.anonymous and entry.status != IdeaStatus.redirected
    what = EventKind.published if hidden else EventKind.status
    facts = [(what, EntryStep(stage.days.add(entry.filed_on, days), IdeaStatus.read))]
    if step and step.status == IdeaStatus.studied:
        return facts
    needs = entry.status == IdeaStatus.studied or (step is not None and step.status is None)
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
            *(
                (EventKind.status if step.status else EventKind.answered, step)
                for step in entry.steps
            ),
        ]
        events = _events(stage, chance, entry, idea, facts)
        manager = manager_of(stage, entry.concerns, TODAY)
        # Some answers are entrusted; those of the seven accounts stay as their stories need them.
        if not idea["answered_on"] and number % 2 and manager not in stage.cast.values():
            idea["owner_id"] = manager.id
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
    return entry.idea | {
        "id": ids[entry.key],
        "concerns_id": stage.units.get(entry.concerns),
        "origin_id": stage.units.get(entry.origin),
        "audience": chance.choice(_AUDIENCES[entry.idea.get("ambition_id")]),
        "voices": chance.choice(_VOICES) if entry.channel == Channel.workshop else None,
        "author_id": entry.author.id if entry.author else None,
        "relay_id": entry.relay.id if entry.relay else None,
        "dated": True,
        "counts": True,
        "published": not hidden,
        "answered_on": None,
        "owner_id": None,
        "merged_into": ids.get(entry.into),
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
        is_first = _is_answer(step) and seq > 1 and idea["answered_on"] is None
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
            "decided": IdeaKind(entry.kind).is_decided,
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
    elif step.status == IdeaStatus.withdrawn:
        filer = entry.author
    elif _is_answer(step):
        manager = manager_of(stage, entry.concerns, step.on)
        return manager.id, manager.function
    else:
        filer = stage.cast["didier"]
    return filer.id if filer else None, None


# ── What followed ───────────────────────────────────────────────────────────────────────────────

_SUPPORTERS = {"9": 7, "8": 5}  # « 12 soutiens avec ceux de l'idée 8 »
_MERGE_DAYS = 10


def ids_of_entries(stage: Stage) -> dict[str, int]:
    """The number of an entry in idees.csv → its id."""
    keys = select(SourceKey.key, SourceKey.record_id).where(SourceKey.source == SOURCE)
    return dict(stage.session.exec(keys).all())


def load_exchanges(stage: Stage, stories: list[Story]) -> None:
    """Supports, followers, comments, merges and links of the written entries."""
    ids = ids_of_entries(stage)
    by_id = {story.idea["id"]: story for story in stories}
    plain = _speakers(stage)
    supports = _add_supports(stage, by_id, ids, plain)
    comments = _add_comments(stage, by_id, ids, plain)
    for id_ in by_id:
        counted = {"supports": supports[id_], "comments": comments[id_]}
        if any(counted.values()):
            stage.session.execute(update(Idea).where(Idea.id == id_).values(**counted))
    _add_merges(stage, by_id)
    _add_links(stage, by_id, ids)


def _speakers(stage: Stage) -> list[Agent]:
    """Those who support and comment: no ambassadors, whose activity is defined elsewhere."""
    ambassadors = {agent.id for agent in stage.ambassadors["all"]}
    return [agent for agent in stage.present(TODAY) if agent.id not in ambassadors]


def _add_supports(
    stage: Stage, by_id: dict[int, Story], ids: dict[str, int], plain: list[Agent]
) -> dict[int, int]:
    """Idea id → its supporters, including those of entries merged into it; entries with more raised
    hands have more.
    """
    chance = stage.chance("supports")
    rows = []
    people: defaultdict[int, set[int]] = defaultdict(set)
    authors: defaultdict[int, set[int]] = defaultdict(set)
    fixed = {ids.get(key): wanted for key, wanted in _SUPPORTERS.items()}
    for id_, story in by_id.items():
        authors[story.idea["merged_into"] or id_].add(story.idea["author_id"])
    for id_, story in sorted(by_id.items()):
        idea = story.idea
        if not idea["published"] or idea["status"] in (IdeaStatus.redirected, IdeaStatus.withdrawn):
            continue
        wanted = fixed.get(id_)
        if wanted is None:
            wanted = chance.choice((0, 0, 0, 0, 1, 1, 2, 3)) + (idea["voices"] or 0) // 3
        into = idea["merged_into"] or id_
        pool = [agent.id for agent in plain if agent.id not in authors[into]]
        sample = chance.sample(pool, min(wanted + len(people[into]), len(pool)))
        chosen = [person for person in sample if person not in people[into]][:wanted]
        people[into].update(chosen)
        last = min((TODAY - idea["filed_on"]).days, 200)
        for person in chosen:
            on = idea["filed_on"] + timedelta(days=chance.randint(0, last))
            rows.append({"subject": Subject.idea, "key": str(id_), "person_id": person, "on": on})
    for row in rows:
        stage.add(SubjectSupport, **row)
        if chance.random() < 0.3:
            stage.add(SubjectFollow, **row)
    alone = Counter(int(row["key"]) for row in rows)
    return {id_: len(people[id_]) if id_ in people else alone[id_] for id_ in by_id}


def _add_comments(
    stage: Stage, by_id: dict[int, Story], ids: dict[str, int], plain: list[Agent]
) -> Counter[int]:
    """Idea id → its comments."""
    chance = stage.chance("commentaires")
    counted: Counter[int] = Counter()
    for line in read(DATA / "commentaires.csv"):
        id_ = ids.get(line.need("idea"))
        if id_ not in by_id:
            continue
        day = stage.open_day(line.need("day", date))
        counted[id_] += 1
        author = by_id[id_].idea["author_id"]
        there = [agent.id for agent in plain if agent.service_on(day) and agent.id != author]
        stage.add_line(
            Contribution,
            line,
            id=stage.random_id(chance, day),
            subject=Subject.idea,
            key=str(id_),
            seq=counted[id_],
            person_id=chance.choice(there),
            on=day,
        )
    return counted


def _add_merges(stage: Stage, by_id: dict[int, Story]) -> None:
    """Each merge was proposed a week before, and both authors agreed."""
    for id_, story in sorted(by_id.items()):
        last = story.events[-1]
        if not story.idea["merged_into"] or last["to_status"] != IdeaStatus.merged:
            continue
        on = max(stage.open_day(last["on"] - timedelta(days=7)), story.idea["filed_on"])
        stage.add(
            Merge,
            idea_id=id_,
            into_id=story.idea["merged_into"],
            on=on,
            by=stage.office,
            reason="Les deux disent la même chose.",
            due_on=on + timedelta(days=_MERGE_DAYS),
            one_says=True,
            other_says=True,
            done_on=last["on"],
            before=last["from_status"],
        )


def _add_links(stage: Stage, by_id: dict[int, Story], ids: dict[str, int]) -> None:
    chance = stage.chance("liens")
    decisions = stage.ids_by(Decision.number)
    for line in read(DATA / "liens.csv"):
        idea = ids.get(line.need("idea"))
        if idea not in by_id:
            continue
        later = by_id[idea].idea["filed_on"] + timedelta(days=60)
        day = line.get("day", date) or min(later, TODAY)
        key = line.need("to_key")
        if line.get("to_kind") == "idee":
            key = str(ids.get(key, ""))
        elif line.get("to_kind") == "decision":
            key = str(decisions[int(key)])
        if key:
            ends = {"from_kind": "idee", "from_key": str(idea), "to_key": key}
            about = {"id": stage.random_id(chance, day), "on": day, "by": stage.office}
            stage.add_line(Link, line, **ends, **about)


_SUPPORTS = {(Subject.milestone, "5.9"): 3, (Subject.proposition, "G04"): 9}


def load_discussions(stage: Stage) -> None:
    """The written contributions, the outcome of the objections, and supports of agents."""
    chance = stage.chance("discussions")
    ids = stage.chance("contributions")
    plain = _speakers(stage)
    decisions = stage.ids_by(Decision.number)
    places: Counter[tuple[str, str]] = Counter()
    for line in read(DATA / "discussions.csv"):
        about = {"subject": line.need("subject"), "key": line.need("key")}
        if about["subject"] == Subject.decision:
            about["key"] = str(decisions[int(about["key"])])
        place = (*about.values(),)
        places[place] += 1
        day = stage.open_day(line.need("day", date))
        other = chance.choice([agent for agent in plain if agent.service_on(day)])
        author = stage.cast.get(line.get("who"), other)
        written = {"id": stage.random_id(ids, day), "seq": places[place], "person_id": author.id}
        contribution = stage.add_line(Contribution, line, on=day, **written, **about)
        if line.get("what"):
            stage.add_line(
                ContributionEvent,
                line,
                contribution_id=contribution["id"],
                on=stage.open_day(line.need("answered_on", date)),
                by=stage.office,
                **about,
            )
    for (subject, key), wanted in _SUPPORTS.items():
        for agent in chance.sample(plain, min(wanted, len(plain))):
            stage.add(SubjectSupport, subject=subject, key=key, person_id=agent.id, on=TODAY)


# ── Campaigns, lots and themes ──────────────────────────────────────────────────────────────────


def load_campaigns(stage: Stage) -> None:
    """Questions put to the field, and lots of entries, one as it was proposed; the entries are
    there already, and are marked as such.
    """
    ids = ids_of_entries(stage)

    def mark(row: CsvRow, **of: int) -> None:
        stage.write()
        entries = [ids[key] for key in row.words("ideas", " ") if key in ids]
        stage.session.execute(update(Idea).where(Idea.id.in_(entries)).values(**of))

    campaigns = {}
    for row in read(DATA / "campagnes.csv"):
        units = json.dumps([stage.units[code] for code in row.words("units", " ")])
        sponsor = stage.cast["elise"].id
        campaign = stage.add_line(Campaign, row, directions=units, sponsor_id=sponsor)
        campaigns[campaign["key"]] = campaign
        mark(row, campaign_id=campaign["id"])
        if not campaign["restituted_on"]:
            continue
        # The workshops of those days, and what was written there.
        held = (
            select(MeetingEvent.meeting_id)
            .join(Meeting, Meeting.id == MeetingEvent.meeting_id)
            .where(
                Meeting.kind == str(MeetingKind.workshop),
                MeetingEvent.day.between(campaign["opens_on"], campaign["closes_on"]),
            )
        )
        for table, column in ((Meeting, Meeting.id), (Idea, Idea.meeting_id)):
            marked = update(table).where(column.in_(held)).values(campaign_id=campaign["id"])
            stage.session.execute(marked.execution_options(synchronize_session=False))
    for row in read(DATA / "lots.csv"):
        campaign = campaigns.get(row.get("campaign"), {"id": None, "closes_on": TODAY})
        about = {"on": campaign["closes_on"], "campaign_id": campaign["id"], "by": stage.office}
        mark(row, cluster_id=stage.add_line(Cluster, row, **about)["id"])


def load_themes(stage: Stage) -> None:
    """A small codebook with its codings."""
    ids = ids_of_entries(stage)
    for row in read(DATA / "themes.csv"):
        about = {"theme_id": stage.add_line(Theme, row)["id"], "on": TODAY}
        for key in row.words("ideas", " "):
            if key in ids:
                stage.add(Coding, idea_id=ids[key], person_id=stage.office, **about)
