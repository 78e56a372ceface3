"""Contributions of the demonstration about a milestone, a proposition, a decision and trainings;
those about ideas are in `demo_exchanges`.
"""

from collections import Counter

from sqlmodel import select

from models.decisions import Decision
from models.discussions import Contribution, ContributionEvent, Subject, SubjectSupport
from seed.csvfiles import CsvRow, read
from seed.stage import DATA, TODAY, Agent, Stage

_COLUMNS = ("sujet", "clé", "le", "genre", "qui", "texte", "suite", "suite le", "réponse")
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
    for line in read(DATA / "discussions.csv", _COLUMNS):
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
