"""The 480 written entries of the demonstration, with the facts of each."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlalchemy import func, update
from sqlmodel import select

from models.decisions import Decision
from models.discussions import (
    Contribution,
    ContributionEvent,
    Link,
    LinkRole,
    Subject,
    SubjectFollow,
    SubjectSupport,
)
from models.groups import GroupEvent, ProgressGroup
from models.idea_events import EventKind
from models.idea_states import ANSWERS, Channel, IdeaKind, IdeaStatus
from models.ideas import Idea, Merge
from models.import_sources import SourceKey
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


def written_entries() -> list[DemoEntry]:
    """The entries of idees.csv with the steps of suites.csv. Without a written state, that of the
    last step; without one, « à l'étude » if there is an answer.
    """
    rows = read(DATA / "idees.csv", "numéro")
    entries = {row.text("numéro"): _entry(row) for row in rows}
    for row in read(DATA / "suites.csv"):
        status = None if row.text("suite") == _ANSWER else row.word("suite", IdeaStatus)
        step = EntryStep(row.day("le"), status, row.text("texte"))
        entries[row.needed("numéro")].steps.append(step)
    for entry in entries.values():
        states = [step.status for step in entry.steps if step.status]
        if entry.status is None:
            is_answered = any(step.is_answer for step in entry.steps)
            states = states or [IdeaStatus.studied if is_answered else IdeaStatus.read]
            entry.status = states[-1]
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
_SUPPORTERS = {"9": 7, "8": 5}  # « 12 soutiens avec ceux de l'idée 8 »
_MERGE_DAYS = 10
_SOURCE = "demonstration:idees"


def load_exchanges(stage: Stage, stories: list[Story]) -> None:
    """Supports, followers, comments, merges and links of the written entries."""
    keys = select(SourceKey.key, SourceKey.record_id).where(SourceKey.source == _SOURCE)
    ids = dict(stage.session.exec(keys).all())
    by_id = {story.idea["id"]: story for story in stories}
    # The activity of ambassadors is defined elsewhere.
    ambassadors = {agent.id for agent in stage.ambassadors["all"]}
    plain = [agent for agent in stage.present(TODAY) if agent.id not in ambassadors]
    supports = _add_supports(stage, by_id, ids, plain)
    comments = _add_comments(stage, by_id, ids, plain)
    for id_ in by_id:
        counted = {"supports": supports[id_], "comments": comments[id_]}
        if any(counted.values()):
            stage.session.execute(update(Idea).where(Idea.id == id_).values(**counted))
    _add_merges(stage, by_id)
    _add_links(stage, by_id, ids)


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
        id_ = ids.get(line.needed("idée"))
        if id_ not in by_id:
            continue
        day = stage.open_day(line.day("le"))
        counted[id_] += 1
        author = by_id[id_].idea["author_id"]
        there = [agent.id for agent in plain if agent.service_on(day) and agent.id != author]
        stage.add(
            Contribution,
            id=stage.random_id(chance, day),
            subject=Subject.idea,
            key=str(id_),
            seq=counted[id_],
            person_id=chance.choice(there),
            on=day,
            text=line.needed("texte"),
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
            by=stage.cast["didier"].id,
            reason="Les deux disent la même chose.",
            due_on=on + timedelta(days=_MERGE_DAYS),
            one_says=True,
            other_says=True,
            done_on=last["on"],
            before=last["from_status"],
        )


def _add_links(stage: Stage, by_id: dict[int, Story], ids: dict[str, int]) -> None:
    chance = stage.chance("liens")
    decisions = dict(stage.session.exec(select(Decision.number, Decision.id)).all())
    began = dict(
        stage.session.exec(
            select(ProgressGroup.code, func.min(GroupEvent.on))
            .join(GroupEvent, GroupEvent.group_id == ProgressGroup.id)
            .group_by(ProgressGroup.code)
        ).all()
    )
    for line in read(DATA / "liens.csv"):
        idea, kind, key = line.needed("idée"), line.needed("vers"), line.needed("lequel")
        if ids.get(idea) not in by_id:
            continue
        day = min(by_id[ids[idea]].idea["filed_on"] + timedelta(days=60), TODAY)
        if kind == "groupe":
            day = began[key]
        elif kind == "idee":
            key = str(ids.get(key, ""))
        elif kind == "decision":
            key = str(decisions.get(int(key), ""))
        if key:
            stage.add(
                Link,
                id=stage.random_id(chance, day),
                from_kind="idee",
                from_key=str(ids[idea]),
                to_kind=kind,
                to_key=key,
                role=LinkRole.about if idea in _ABOUT else _ROLES[kind],
                on=day,
                by=stage.cast["didier"].id,
            )


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
    places: Counter[tuple[str, str]] = Counter()
    for line in read(DATA / "discussions.csv"):
        about = {"subject": line.needed("sujet"), "key": line.needed("clé")}
        if about["subject"] == Subject.decision:
            about["key"] = str(decisions[int(about["key"])])
        places[about["subject"], about["key"]] += 1
        day = stage.open_day(line.day("le"))
        other = chance.choice([agent for agent in plain if agent.service_on(day)])
        author = stage.cast[line.text("qui")] if line.text("qui") else other
        contribution = stage.add(
            Contribution,
            id=stage.random_id(ids, day),
            seq=places[about["subject"], about["key"]],
            person_id=author.id,
            on=day,
            kind=line.needed("genre"),
            text=line.needed("texte"),
            **about,
        )
        if line.text("suite"):
            stage.add(
                ContributionEvent,
                contribution_id=contribution["id"],
                what=line.needed("suite"),
                on=stage.open_day(line.day("suite le")),
                by=stage.cast["didier"].id,
                reason=line.needed("réponse"),
                **about,
            )
    for (subject, key), wanted in _SUPPORTS.items():
        for agent in chance.sample(plain, min(wanted, len(plain))):
            stage.add(SubjectSupport, subject=subject, key=key, person_id=agent.id, on=TODAY)
