"""Mutual learning in the demonstration: the trainers, the evaluations of participants, skills
offered and wanted.
"""

import random
from datetime import date, timedelta

from sqlalchemy import update
from sqlmodel import select

from models.academy import Evaluation, Trainer, Training, TrainingMaterial, TrainingSession
from models.communities import Interest, InterestKind
from models.search import fold
from models.seats import ATTENDED, Seat
from seed.csvfiles import read
from seed.stage import DATA, TODAY, Agent, Stage

_ANSWER = 0.62  # share of participants who evaluate…
_SPREAD = (5, 5, 5, 5, 4, 4, 4, 4, 3, 2)  # … and their scores
_RECOMMENDATION = {5: (9, 10, 10, 9, 8), 4: (8, 9, 7, 8), 3: (6, 7, 5), 2: (3, 5), 1: (0,)}
_LATEST = timedelta(days=9)
_MATERIALS = date(2023, 3, 20)


def load_learning(stage: Stage) -> None:
    _load_trainers(stage, stage.chance("trainers"))
    _load_evaluations(stage, stage.chance("evaluations"))
    _load_materials(stage, stage.chance("materials"))


def _load_trainers(stage: Stage, chance: random.Random) -> None:
    """For each trade named on the training, an agent of that trade, else one of the service in
    charge of the catalogue.
    """
    cast = {agent.id for agent in stage.cast.values()}
    present = [agent for agent in stage.present(TODAY) if agent.id not in cast]
    by_trade: dict[str, list[Agent]] = {}
    for agent in present:
        by_trade.setdefault(_trade(agent.function), []).append(agent)
    office = [agent for agent in present if (agent.service or "").startswith("RI-GRH")]
    rows = []
    for ident, trades in stage.session.exec(
        select(Training.id, Training.trainer).order_by(Training.id)
    ).all():
        chosen = {
            chance.choice(by_trade.get(_trade(trade), office)).id for trade in trades.split(",")
        }
        rows += [{"training_id": ident, "person_id": person} for person in sorted(chosen)]
    stage.insert(Trainer, rows)


def _trade(function: str) -> str:
    """« Guichetière (Population) » and « Guichetier » are one trade."""
    return fold(function.strip())[:6]


def _load_evaluations(stage: Stage, chance: random.Random) -> None:
    """Three in five participants answer within some days; the row names nobody."""
    attended = stage.session.exec(
        select(Seat.id, Training.code, TrainingSession.id, TrainingSession.on)
        .join(TrainingSession, TrainingSession.id == Seat.session_id)
        .join(Training, Training.id == Seat.training_id)
        .where(Seat.status.in_([str(s) for s in ATTENDED]))
        .order_by(Seat.id)
    ).all()
    comments: dict[str, list[tuple[int, str]]] = {}
    for row in read(DATA / "avis-formation.csv"):
        comments.setdefault(row.needed("formation"), []).append(
            (row.whole("note"), row.needed("avis"))
        )
    rows = []
    evaluated = []
    for registration, code, session_id, held_on in attended:
        if chance.random() < _ANSWER:
            on = min(held_on + timedelta(days=chance.randint(0, _LATEST.days)), TODAY)
            score, comment = (
                comments[code].pop() if comments.get(code) else (chance.choice(_SPREAD), "")
            )
            rows.append(
                {
                    "id": stage.random_id(chance, on),
                    "session_id": session_id,
                    "on": on,
                    "score": score,
                    "recommendation": chance.choice(_RECOMMENDATION[score]),
                    "comment": comment,
                }
            )
            evaluated.append(registration)
    stage.insert(Evaluation, rows)
    stage.session.execute(
        update(Seat)
        .where(Seat.id.in_(evaluated))
        .values(evaluated=True)
        .execution_options(synchronize_session=False)
    )


def _load_materials(stage: Stage, chance: random.Random) -> None:
    """A few, each added by a trainer of the training."""
    trainings = dict(stage.session.exec(select(Training.code, Training.id)).all())
    trainers = dict(
        stage.session.exec(
            select(Trainer.training_id, Trainer.person_id).order_by(Trainer.person_id)
        ).all()
    )
    rows = []
    for row in read(DATA / "supports.csv"):
        name = row.text("fichier")
        content = (DATA / "supports" / name).read_bytes() if name else None
        training = trainings[row.needed("formation")]
        rows.append(
            {
                "id": f"{chance.getrandbits(128):032x}",
                "training_id": training,
                "title": row.needed("titre"),
                "href": row.text("adresse"),
                "name": name,
                "mime": "application/pdf" if name else "",
                "size": len(content or b""),
                "content": content,
                "on": _MATERIALS,
                "by": trainers.get(training),
            }
        )
    stage.insert(TrainingMaterial, rows)


def load_skills(stage: Stage) -> None:
    """What colleagues can teach and would like to learn."""
    chance = stage.chance("skills")
    taken = {agent.id for agent in stage.cast.values()}
    rows = []
    for row in read(DATA / "savoir-faire.csv"):
        person = _of_direction(stage, chance, row.needed("direction"), row.day("le"), taken)
        on = row.day("le")
        taken.add(person)
        teaches = row.text("enseigne") == "oui"
        rows.append(
            {
                "id": stage.next_id(Interest),
                "person_id": person,
                "kind": str(InterestKind.teaches if teaches else InterestKind.learns),
                "title": row.needed("titre"),
                "text": row.text("texte"),
                "on": on,
                "state": None,
            }
        )
    stage.insert(Interest, rows)


def _of_direction(
    stage: Stage, chance: random.Random, direction: str, on: date, taken: set[int]
) -> int:
    services = [code for code, service in stage.services.items() if service.direction == direction]
    return chance.choice(
        [
            agent.id
            for agent in stage.present(on, services)
            if agent.id not in taken and agent.service
        ]
    )
