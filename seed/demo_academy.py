"""The academy of the demonstration: 30 trainings, their sessions, bookings, attendance and waiting
lists.
"""

import random
from collections import defaultdict, namedtuple
from datetime import date, timedelta
from operator import itemgetter
from types import SimpleNamespace

from sqlalchemy import update
from sqlmodel import select

from models.academy import (
    Evaluation,
    Trainer,
    Training,
    TrainingAudience,
    TrainingMaterial,
    TrainingSession,
)
from models.communities import Interest
from models.search import fold
from models.seats import ATTENDED, Seat, SeatEvent, SeatState
from seed.stage import DATA, TODAY, Agent, Stage, read, share

# Agents trained out of 3200; fewer only if there are fewer agents.
DISTINCT = 428
_FIRST = date(2022, 9, 20)
# The request of one of Carine's agents waits for her.
_ASKED_IN, _ASKED_ON = "VC-JSP", date(2023, 6, 26)
# Hours of a training → beginning and end of a session, on its (first) day.
_TIMES = {2.0: ("13:30", "15:30"), 3.5: ("09:00", "12:30"), 6.0: ("09:00", "16:00")}
_WHOLE_DAY = ("09:00", "17:00")
_CANCEL_REASON = "Trop peu d'inscriptions"
_PLACES = {
    "T": ("Dépôt Voirie nord", "Régie des bâtiments", "Dépôt Parcs", "Hall omnisports"),
    "": ("Cité administrative, salle 3", "Cité administrative, salle 5", "Bibliothèque centrale"),
}
_SCHOOL_BREAKS = (
    (date(2022, 12, 24), date(2023, 1, 8)),
    (date(2023, 5, 1), date(2023, 5, 7)),
)
_RECENT = date(2023, 4, 2)  # the 90 days that end on the frozen day
_QUARTER_BEFORE = date(2023, 1, 2)
_LONG_WAIT = date(2023, 4, 30)


class Course(SimpleNamespace):
    """One line of formations.csv and its training, its dated sessions, the persons who already
    attended, and the id of its session to come.
    """


# One session held: its day, and how many were registered, present, and absent without an excuse.
HeldSession = namedtuple("HeldSession", "id on booked present no_show")


def load_academy(stage: Stage) -> None:
    """Trainings, sessions held, cancelled and coming, registrations with their facts, waiting
    lists.
    """
    chance = stage.chance("academy")
    courses = [
        Course(
            row=row, training=stage.add_line(Training, row), sessions=[], known=set(), coming=None
        )
        for row in read(DATA / "formations.csv", "code")
    ]
    open_days = [
        day
        for day in stage.open_days(_FIRST, TODAY - timedelta(days=2))
        if not any(first <= day <= last for first, last in _SCHOOL_BREAKS)
    ]
    for course in courses:
        _hold_sessions(stage, chance, course, open_days)
        if day := course.row.get("cancelled_on", date):
            session = _add_session(stage, chance, course, day)
            session["cancelled_on"] = stage.open_day(day - timedelta(days=9))
            session["cancel_reason"] = _CANCEL_REASON
        if day := course.row.get("coming_on", date):
            session = _add_session(stage, chance, course, stage.open_day(day))
            course.coming = session["id"]
    book = _Book(stage, chance)
    book.fill(courses)
    for course in courses:
        book.wait(course, course.row.need("waiting", int))
    book.write()
    # One agent of Carine's direction asks for a seat in a session to come.
    course = next(course for course in courses if course.training["needs_approval"])
    cast = {agent.id for agent in stage.cast.values()}
    services = [code for code in stage.services if code.startswith(_ASKED_IN)]
    agent = next(
        agent
        for agent in stage.present(TODAY, services)
        if agent.id not in cast and agent.id not in course.known
    )
    seat = book.seat(course, course.coming, agent, (_ASKED_ON, SeatState.requested))
    seat["approval_asked_on"] = _ASKED_ON
    book.write()
    stage.ambassadors["shown"] = book.shown


def _hold_sessions(
    stage: Stage, chance: random.Random, course: Course, open_days: list[date]
) -> None:
    """Sixty sessions evenly over the ten months; the first one is « Accueillir une personne en
    colère ».
    """
    n, booked, present, no_show = (
        course.row.need(column, int) for column in ("sessions", "booked", "present", "no_show")
    )
    first = course.row.get("first_on", date) or _FIRST
    days = [day for day in open_days if day >= first]
    offset = 0.0 if course.row.get("from_first_day", bool) else chance.random()
    picked = [days[int((i + offset) * len(days) / max(n, 1)) % len(days)] for i in range(n)]
    numbers = (share(total, [1] * n) for total in (booked, booked - present, no_show))
    for day, booked, absent, no_show in zip(sorted(picked), *numbers, strict=True):
        session = _add_session(stage, chance, course, day)
        course.sessions.append(
            HeldSession(session["id"], day, booked, booked - absent, min(no_show, absent))
        )


def _add_session(stage: Stage, chance: random.Random, course: Course, day: date) -> dict:
    places = _PLACES["T" if course.training["audience"] == TrainingAudience.field_work else ""]
    starts, ends = _TIMES.get(course.training["hours"], _WHOLE_DAY)
    return stage.add(
        TrainingSession,
        training_id=course.training["id"],
        on=day,
        capacity=course.training["capacity"],
        place=chance.choice(places),
        starts=starts,
        ends=ends,
    )


class _Book:
    """The register (registre des inscriptions): writes one registration and its facts at a time."""

    def __init__(self, stage: Stage, chance: random.Random):
        self.stage = stage
        self.chance = chance
        self.events: list[dict] = []
        self.trained: dict[int, Agent] = {}
        quiet = stage.ambassadors["quiet"]
        self._quiet = {agent.id for agent in quiet}
        active = stage.ambassadors["active"]
        self._active = {agent.id for agent in active}
        # Two thirds of the active ambassadors attended a training; the others file or relay
        # entries. In the previous quarter, three quarters of them attended, and a few who have been
        # inactive since.
        self._expected = active[: len(active) * 2 // 3]
        self._expected_before = active[len(active) // 4 :] + quiet[: len(quiet) // 4]
        self.shown: list[Agent] = []
        self._waiting: set[int] = set()

    def fill(self, courses: list[Course]) -> None:
        """Books every session; attendances among `DISTINCT` persons, the others come a second or
        third time.
        """
        places = [(course, held) for course in courses for held in course.sessions]
        remaining = sum(held.present for _, held in places)
        fresh = min(DISTINCT, len(self.stage.agents) // 3)
        for course, held in places:
            candidates = self._audience(course, held.on)
            self.chance.shuffle(candidates)
            suited = {agent.id for agent in candidates} - course.known
            if held.on >= _RECENT:
                suited -= self._quiet
            for _ in range(held.present):
                comes_back = self.chance.random() * remaining >= fresh
                agent = self._participant(course, held, candidates, suited, comes_back)
                suited.remove(agent.id)
                fresh -= agent.id not in self.trained
                remaining -= 1
                self.trained[agent.id] = agent
                if held.on >= _RECENT and agent.id in self._active:
                    self.shown.append(agent)
                self._register(course, held, agent, SeatState.attended)
            absentees = [agent for agent in candidates if agent.id not in course.known]
            for i, agent in enumerate(absentees[: held.booked - held.present]):
                status = SeatState.no_show if i < held.no_show else SeatState.excused
                self._register(course, held, agent, status)

    def _audience(self, course: Course, day: date) -> list[Agent]:
        directions = course.row.words("directions", ",")
        audience = course.training["audience"]
        present = [
            agent
            for agent in self.stage.present(day)
            if not directions or agent.service_on(day)[:6] in directions
        ]
        if audience == TrainingAudience.managers:
            heads = {agent.id for agent in self.stage.managers.values()}
            return [agent for agent in present if agent.id in heads]
        if audience == TrainingAudience.both:
            return present
        is_office = audience == TrainingAudience.office
        return [agent for agent in present if agent.has_workstation == is_office]

    def _participant(
        self,
        course: Course,
        held: HeldSession,
        candidates: list[Agent],
        suited: set[int],
        comes_back: bool,
    ) -> Agent:
        """One of those whom the session suits: who comes back was trained before. First the
        ambassadors without an attendance in the quarter of the session.
        """
        expected = []
        if held.on >= _QUARTER_BEFORE and course.training["audience"] != TrainingAudience.managers:
            expected = self._expected if held.on >= _RECENT else self._expected_before
        for is_trained in (True, False) if comes_back else (False,):
            for agent in expected:
                if agent.id in suited and (agent.id in self.trained) == is_trained:
                    expected.remove(agent)
                    return agent
            if is_trained:
                trained = list(self.trained.values())
                start = self.chance.randrange(len(trained)) if trained else 0
                for agent in trained[start:] + trained[:start]:
                    if agent.id in suited:
                        return agent
        others = [agent for agent in candidates if agent.id in suited]
        return next((agent for agent in others if agent.id not in self.trained), others[0])

    def _register(
        self, course: Course, held: HeldSession, agent: Agent, outcome: SeatState
    ) -> None:
        asked_on = held.on - timedelta(days=self.chance.randint(10, 45))
        # Nobody books before being hired.
        booked_on = self.stage.open_day(max(asked_on, agent.places[0][0]))
        self.seat(course, held.id, agent, (booked_on, SeatState.booked), (held.on, outcome))

    def wait(self, course: Course, n: int) -> None:
        """Persons on the waiting list, a third of them for more than 60 days."""
        candidates = [
            agent
            for agent in self._audience(course, TODAY)
            if agent.id not in course.known and agent.id not in self._waiting
        ]
        for agent in self.chance.sample(candidates, n):
            self._waiting.add(agent.id)
            first, last = _LONG_WAIT + timedelta(days=2), date(2023, 6, 26)
            if len(self._waiting) % 3 == 0:
                first, last = date(2023, 2, 1), _LONG_WAIT - timedelta(days=2)
            waited = timedelta(days=self.chance.randint(0, (last - first).days))
            waits_since = self.stage.open_day(first + waited)
            self.seat(course, None, agent, (waits_since, SeatState.waiting))

    def seat(
        self,
        course: Course,
        session_id: int | None,
        agent: Agent,
        *steps: tuple[date, SeatState],
    ) -> dict:
        """Adds a seat in the state of its last step, and notes its steps."""
        course.known.add(agent.id)
        about = {
            "training_id": course.training["id"],
            "session_id": session_id,
            "person_id": agent.id,
        }
        seat = self.stage.add(Seat, status=steps[-1][1], **about)
        for day, status in steps:
            about |= {
                "on": day,
                "seat_id": seat["id"],
                "status": status,
                "hours": course.training["hours"] if status is SeatState.attended else 0.0,
                "service_id": self.stage.units.get(agent.service_on(day)),
            }
            self.events.append(about.copy())
        return seat

    def write(self) -> None:
        """The facts noted so far, in the order of their days."""
        for event in sorted(self.events, key=itemgetter("on")):
            self.stage.add(SeatEvent, **event)
        self.events.clear()


_ANSWER = 0.62  # share of participants who evaluate…
_SPREAD = (5, 5, 5, 5, 4, 4, 4, 4, 3, 2)  # … and their scores
_RECOMMENDATION = {5: (9, 10, 10, 9, 8), 4: (8, 9, 7, 8), 3: (6, 7, 5), 2: (3, 5), 1: (0,)}
_LATEST = timedelta(days=9)
_MATERIALS = date(2023, 3, 20)


def load_trainers(stage: Stage) -> None:
    """For each trade named on the training, an agent of that trade, else one of the service in
    charge of the catalogue.
    """
    chance = stage.chance("trainers")
    cast = {agent.id for agent in stage.cast.values()}
    by_trade: defaultdict[str, list[int]] = defaultdict(list)
    office = []
    for agent in stage.present(TODAY):
        if agent.id not in cast:
            by_trade[_trade(agent.function)].append(agent.id)
            if agent.service.startswith("RI-GRH"):
                office.append(agent.id)
    trainings = select(Training.id, Training.trainer).order_by(Training.id)
    for ident, trades in stage.session.exec(trainings).all():
        chosen = {chance.choice(by_trade.get(_trade(trade), office)) for trade in trades.split(",")}
        for person in sorted(chosen):
            stage.add(Trainer, training_id=ident, person_id=person)


def _trade(function: str) -> str:
    """« Guichetière (Population) » and « Guichetier » are one trade."""
    return fold(function.strip())[:6]


def load_evaluations(stage: Stage) -> None:
    """Three in five participants answer within some days; the row names nobody."""
    chance = stage.chance("evaluations")
    attended = stage.session.exec(
        select(Seat.id, Training.code, TrainingSession.id, TrainingSession.on)
        .join(TrainingSession, TrainingSession.id == Seat.session_id)
        .join(Training, Training.id == Seat.training_id)
        .where(Seat.status.in_([str(s) for s in ATTENDED]))
        .order_by(Seat.id)
    ).all()
    comments: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
    for row in read(DATA / "avis-formation.csv"):
        comments[row.need("training")].append((row.need("score", int), row.need("comment")))
    evaluated = []
    for seat, code, session_id, held_on in attended:
        if chance.random() >= _ANSWER:
            continue
        on = min(held_on + timedelta(days=chance.randint(0, _LATEST.days)), TODAY)
        if comments[code]:
            score, comment = comments[code].pop()
        else:
            score, comment = chance.choice(_SPREAD), ""
        stage.add(
            Evaluation,
            id=stage.random_id(chance, on),
            session_id=session_id,
            on=on,
            score=score,
            recommendation=chance.choice(_RECOMMENDATION[score]),
            comment=comment,
        )
        evaluated.append(seat)
    stage.session.execute(update(Seat).where(Seat.id.in_(evaluated)).values(evaluated=True))


def load_materials(stage: Stage) -> None:
    """A few, each added by a trainer of the training."""
    chance = stage.chance("materials")
    trainings = stage.ids_by(Training.code)
    trainers = select(Trainer.training_id, Trainer.person_id).order_by(Trainer.person_id)
    trainer_of = dict(stage.session.exec(trainers).all())
    for row in read(DATA / "supports.csv"):
        name = row.get("name")
        content = (DATA / "supports" / name).read_bytes() if name else None
        training = trainings[row.need("training")]
        stage.add_line(
            TrainingMaterial,
            row,
            id=f"{chance.getrandbits(128):032x}",
            training_id=training,
            mime="application/pdf" if name else "",
            size=len(content or b""),
            content=content,
            on=_MATERIALS,
            by=trainer_of.get(training),
        )


def load_skills(stage: Stage) -> None:
    """What colleagues can teach and would like to learn."""
    chance = stage.chance("skills")
    taken = {agent.id for agent in stage.cast.values()}
    for row in read(DATA / "savoir-faire.csv"):
        services = stage.services_of(row.need("direction"))
        present = stage.present(row.need("on", date), services)
        person = chance.choice([a.id for a in present if a.id not in taken and a.service])
        taken.add(person)
        stage.add_line(Interest, row, person_id=person, state=None)
