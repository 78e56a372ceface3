"""The 480 written entries of the demonstration, with the facts of each."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlalchemy import func, update
from sqlmodel import select

from models.decisions import Decision
from models.discussions import (
    Contribution,
    ContributionEvent,
    ContributionKind,
    Link,
    LinkRole,
    Subject,
    SubjectFollow,
    SubjectSupport,
)
from models.facts import first_id
from models.groups import GroupEvent, ProgressGroup
from models.idea_events import EventKind
from models.idea_states import ANSWERS, Channel, IdeaKind, IdeaStatus
from models.ideas import Idea, Merge
from models.import_sources import SourceKey
from models.texts import Refused
from seed.stage import DATA, TODAY, Agent, CsvRow, Stage, Story, read

_ANSWER = "Réponse"


@dataclass
class EntryStep:
    """One fact of an entry after its filing: a change of state, or an answer without one."""

    on: date
    status: IdeaStatus | None
    text: str = ""

    @property
    def is_answer(self) -> bool:
        return self.status is None or self.status in ANSWERS

    @property
    def what(self) -> EventKind:
        return EventKind.answered if self.status is None else EventKind.status


@dataclass
class DemoEntry:
    """One entry: its text, its state on the frozen day, and the facts that led to it."""

    key: str
    kind: IdeaKind
    title: str
    body: str
    ambition: int | None
    concerns: str | None
    origin: str | None
    channel: Channel
    anonymous: bool
    good: bool | None
    merged_into: str | None
    filed_on: date
    status: IdeaStatus | None
    steps: list[EntryStep] = field(default_factory=list)
    author: Agent | None = None
    relay: Agent | None = None

    def state_of_steps(self) -> IdeaStatus:
        """The state of the last step; without steps, « à l’étude » if there is an answer."""
        last = next((step.status for step in reversed(self.steps) if step.status), None)
        is_answered = any(step.is_answer for step in self.steps)
        return last or (IdeaStatus.studied if is_answered else IdeaStatus.read)


def written_entries() -> list[DemoEntry]:
    """The entries of idees.csv with the steps of suites.csv; without a written state, that of the
    last step.
    """
    rows = read(DATA / "idees.csv", "numéro")
    entries = {row.text("numéro"): _entry(row) for row in rows}
    for row in read(DATA / "suites.csv"):
        status = None if row.text("suite") == _ANSWER else row.word("suite", IdeaStatus)
        step = EntryStep(row.day("le"), status, row.text("texte"))
        entries[row.needed("numéro")].steps.append(step)
    for entry in entries.values():
        entry.status = entry.status or entry.state_of_steps()
    return list(entries.values())


def _entry(row: CsvRow) -> DemoEntry:
    return DemoEntry(
        row.needed("numéro"),
        row.word("genre", IdeaKind),
        row.needed("titre"),
        row.text("texte"),
        row.whole("ambition") if row.text("ambition") else None,
        row.text("concerne") or None,
        row.text("origine") or None,
        Channel(row.needed("canal")),
        row.is_yes("anonyme"),
        row.is_yes("ça va") if row.text("ça va") else None,
        row.text("fusion") or None,
        row.day("déposée"),
        row.word("état", IdeaStatus) if row.text("état") else None,
    )


def check_texts(entries: list[DemoEntry], units: dict[str, int]) -> None:
    """Refuses an entry that names an unknown unit, or one merged into a missing entry."""
    keys = {entry.key for entry in entries}
    for entry in entries:
        for code in (entry.concerns, entry.origin):
            if code and code not in units:
                raise Refused(f"L'entrée {entry.key} nomme une direction inconnue : « {code} ».")
        if entry.merged_into and entry.merged_into not in keys:
            raise Refused(
                f"L'entrée {entry.key} est fusionnée avec « {entry.merged_into} », qui n'existe"
                " pas."
            )


_ROLES = {
    "decision": LinkRole.decided,
    "projet": LinkRole.carried,
    "jalon": LinkRole.carried,
    "formation": LinkRole.carried,
    "chiffre": LinkRole.measured,
    "idee": LinkRole.source,
    "groupe": LinkRole.carried,
}
_ABOUT = {"35", "46"}
_TWELVE = "9"  # « 12 soutiens avec ceux de l'idée 8 »
_MERGE_DAYS = 10
_SOURCE = "demonstration:idees"


def load_exchanges(stage: Stage, stories: list[Story]) -> None:
    """Supports, followers, comments, merges and links of the written entries."""
    ids = {
        row.key: row.record_id
        for row in stage.session.exec(select(SourceKey).where(SourceKey.source == _SOURCE)).all()
    }
    by_id = {story.idea["id"]: story for story in stories}
    quiet = {agent.id for agent in stage.ambassadors["all"]}
    plain = [agent for agent in stage.present(TODAY) if agent.id not in quiet]
    supports = _supports(stage, by_id, ids, plain)
    comments = _comments(stage, by_id, ids, plain)
    for story in stories:
        idea = story.idea
        counted = {"supports": supports.get(idea["id"], 0), "comments": comments.get(idea["id"], 0)}
        if any(counted.values()):
            stage.session.execute(
                update(Idea)
                .where(Idea.id == idea["id"])
                .values(**counted)
                .execution_options(synchronize_session=False)
            )
    _merges(stage, by_id)
    _links(stage, by_id, ids)


def _supports(
    stage: Stage, by_id: dict[int, Story], ids: dict[str, int], plain: list[Agent]
) -> dict[int, int]:
    """Idea id → its supporters, including those of entries merged into it; entries with more raised
    hands have more.
    """
    chance = stage.chance("supports")
    rows = []
    people = {}
    authors: dict[int, set[int]] = {}
    for id_, story in by_id.items():
        authors.setdefault(story.idea["merged_into"] or id_, set()).add(story.idea["author_id"])
    for id_, story in sorted(by_id.items()):
        idea = story.idea
        if not idea["published"] or idea["status"] in (IdeaStatus.redirected, IdeaStatus.withdrawn):
            continue
        if id_ == ids.get(_TWELVE):
            wanted = 7
        elif id_ == ids.get("8"):
            wanted = 5
        else:
            wanted = chance.choice((0, 0, 0, 0, 1, 1, 2, 3)) + (idea["voices"] or 0) // 3
        pool = [
            agent for agent in plain if agent.id not in authors.get(idea["merged_into"] or id_, ())
        ]
        taken = people.get(idea["merged_into"] or id_, set())
        chosen = [
            agent
            for agent in chance.sample(pool, min(wanted + len(taken), len(pool)))
            if agent.id not in taken
        ][:wanted]
        people.setdefault(idea["merged_into"] or id_, set()).update(agent.id for agent in chosen)
        last = (TODAY - idea["filed_on"]).days
        rows += [
            {
                "subject": str(Subject.idea),
                "key": str(id_),
                "person_id": agent.id,
                "on": idea["filed_on"] + timedelta(days=chance.randint(0, min(last, 200))),
            }
            for agent in chosen
        ]
    stage.insert(SubjectSupport, rows)
    stage.insert(SubjectFollow, [row for row in rows if chance.random() < 0.3])
    alone = Counter(int(row["key"]) for row in rows)
    return {id_: len(people[id_]) if id_ in people else alone[id_] for id_ in by_id}


def _comments(
    stage: Stage, by_id: dict[int, Story], ids: dict[str, int], plain: list[Agent]
) -> dict[int, int]:
    """Idea id → its comments. Their authors are no ambassadors, whose activity is defined
    elsewhere.
    """
    chance = stage.chance("commentaires")
    counted = {}
    rows = []
    for line in read(DATA / "commentaires.csv"):
        id_ = ids.get(line.needed("idée"))
        if id_ not in by_id:
            continue
        day = stage.open_day(line.day("le"))
        counted[id_] = counted.get(id_, 0) + 1
        there = [
            agent
            for agent in plain
            if agent.service_on(day) and agent.id != by_id[id_].idea["author_id"]
        ]
        rows.append(
            {
                "id": stage.random_id(chance, day),
                "subject": str(Subject.idea),
                "key": str(id_),
                "seq": counted[id_],
                "person_id": chance.choice(there).id,
                "on": day,
                "kind": str(ContributionKind.comment),
                "text": line.needed("texte"),
                "hidden": False,
            }
        )
    stage.insert(Contribution, rows)
    return counted


def _merges(stage: Stage, by_id: dict[int, Story]) -> None:
    """Each merge was proposed, and both authors agreed."""
    didier = stage.cast["didier"].id
    stage.insert(
        Merge,
        [
            {
                "id": stage.next_id(Merge),
                "idea_id": id_,
                "into_id": story.idea["merged_into"],
                "on": _days_before(stage, story),
                "by": didier,
                "reason": "Les deux disent la même chose.",
                "due_on": _days_before(stage, story) + timedelta(days=_MERGE_DAYS),
                "one_says": True,
                "other_says": True,
                "done_on": story.events[-1]["on"],
                "ended_on": None,
                "ended_why": "",
                "before": story.events[-1]["from_status"],
            }
            for id_, story in sorted(by_id.items())
            if story.idea["merged_into"] and story.events[-1]["to_status"] == IdeaStatus.merged
        ],
    )


def _days_before(stage: Stage, story: Story) -> date:
    return max(stage.open_day(story.events[-1]["on"] - timedelta(days=7)), story.idea["filed_on"])


def _links(stage: Stage, by_id: dict[int, Story], ids: dict[str, int]) -> None:
    chance = stage.chance("liens")
    decisions = dict(stage.session.exec(select(Decision.number, Decision.id)).all())
    began = dict(
        stage.session.exec(
            select(ProgressGroup.code, func.min(GroupEvent.on))
            .join(GroupEvent, GroupEvent.group_id == ProgressGroup.id)
            .group_by(ProgressGroup.code)
        ).all()
    )
    rows = []
    for line in read(DATA / "liens.csv"):
        idea = line.needed("idée")
        kind = line.needed("vers")
        which = line.needed("lequel")
        key = which
        if kind == "idee":
            key = str(ids.get(which, ""))
        elif kind == "decision":
            key = str(decisions.get(line.whole("lequel"), ""))
        if ids.get(idea) in by_id and key:
            if kind == "groupe":
                day = began[which]
            else:
                day = min(by_id[ids[idea]].idea["filed_on"] + timedelta(days=60), TODAY)
            rows.append(
                {
                    "id": first_id(day) | chance.getrandbits(47),
                    "from_kind": "idee",
                    "from_key": str(ids[idea]),
                    "to_kind": kind,
                    "to_key": key,
                    "role": str(LinkRole.about if idea in _ABOUT else _ROLES[kind]),
                    "on": day,
                    "by": stage.cast["didier"].id,
                    "ended_on": None,
                }
            )
    stage.insert(Link, rows)


_SUPPORTS = {(Subject.milestone, "5.9"): 3, (Subject.proposition, "G04"): 9}


def load_discussions(stage: Stage) -> None:
    """The written contributions, the outcome of the objections, and supports of agents. Their
    authors are no ambassadors, whose activity is defined elsewhere.
    """
    chance = stage.chance("discussions")
    ids = stage.chance("contributions")
    quiet = {agent.id for agent in stage.ambassadors["all"]}
    plain = [agent for agent in stage.present(TODAY) if agent.id not in quiet]
    decisions = dict(stage.session.exec(select(Decision.number, Decision.id)).all())
    contributions = []
    steps = []
    places: Counter[tuple[str, str]] = Counter()
    for line in read(DATA / "discussions.csv"):
        subject, key = _end(line, decisions)
        places[subject, key] += 1
        day = stage.open_day(line.day("le"))
        there = [agent for agent in plain if agent.service_on(day)]
        contributions.append(
            {
                "id": stage.random_id(ids, day),
                "subject": subject,
                "key": key,
                "seq": places[subject, key],
                "person_id": _speaker(stage, line, chance.choice(there)).id,
                "on": day,
                "kind": line.needed("genre"),
                "text": line.needed("texte"),
                "hidden": False,
            }
        )
        if line.text("suite"):
            steps.append(_step(stage, line, contributions[-1]))
    stage.insert(Contribution, contributions)
    stage.insert(ContributionEvent, steps)
    for (subject, key), wanted in _SUPPORTS.items():
        stage.insert(
            SubjectSupport,
            [
                {"subject": str(subject), "key": key, "person_id": agent.id, "on": TODAY}
                for agent in chance.sample(plain, min(wanted, len(plain)))
            ],
        )


def _end(line: CsvRow, decisions: dict[int, int]) -> tuple[str, str]:
    """A decision has a number in the file, and is stored by its id."""
    subject = line.needed("sujet")
    key = line.needed("clé")
    return subject, str(decisions[int(key)]) if subject == Subject.decision else key


def _speaker(stage: Stage, line: CsvRow, other: Agent) -> Agent:
    return stage.cast[line.text("qui")] if line.text("qui") else other


def _step(stage: Stage, line: CsvRow, contribution: dict) -> dict:
    day = stage.open_day(line.day("suite le"))
    return {
        "id": stage.next_id(ContributionEvent),
        "subject": contribution["subject"],
        "key": contribution["key"],
        "contribution_id": contribution["id"],
        "what": line.needed("suite"),
        "on": day,
        "recorded_on": day,
        "by": stage.cast["didier"].id,
        "reason": line.needed("réponse"),
        "open": False,
    }
