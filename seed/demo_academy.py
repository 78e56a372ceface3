"""The academy of the demonstration: 30 trainings, their sessions, bookings, attendance and waiting
lists.
"""

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

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
from models.communities import Interest, InterestKind
from models.search import fold
from models.seats import ATTENDED, Seat, SeatEvent, SeatState
from seed.stage import DATA, TODAY, Agent, CsvRow, Stage, read, share

# Agents trained out of 3200; fewer only if there are fewer agents.
DISTINCT = 428
_FIRST = date(2022, 9, 20)
_LAST = TODAY
_NOT_BEFORE = {"F26": date(2023, 3, 1), "F18": date(2022, 11, 1)}
_ON_THE_FIRST_DAY = ("F01", "F26")
_CANCELLED = {"F16": date(2023, 3, 14), "F20": date(2023, 5, 25), "F29": date(2023, 2, 9)}
# Open to guests without an account.
_OPEN_TO_ALL = ("F01", "F03")
_COMING = ("F01", "F03", "F05", "F08", "F11", "F12", "F14", "F17", "F22", "F24", "F28", "F30")
# A manager has to agree to it; the request of one of Carine's agents waits for her.
_NEEDS_APPROVAL, _ASKED_IN, _ASKED_ON = "F22", "VC-JSP", date(2023, 6, 26)
# Hours of a training → beginning and end of a session, on its (first) day.
_TIMES = {2.0: ("13:30", "15:30"), 3.5: ("09:00", "12:30"), 6.0: ("09:00", "16:00")}
_WHOLE_DAY = ("09:00", "17:00")
_CANCEL_REASON = "Trop peu d'inscriptions"
_PLACES = {
    "T": ("Dépôt Voirie nord", "Régie des bâtiments", "Dépôt Parcs", "Hall omnisports"),
    "": ("Cité administrative, salle 3", "Cité administrative, salle 5", "Bibliothèque centrale"),
}
_RECENT = date(2023, 4, 2)  # the 90 days that end on the frozen day
_QUARTER_BEFORE = date(2023, 1, 2)
_LONG_WAIT = date(2023, 4, 30)


@dataclass
class Course:
    """One line of formations.csv, with its dated sessions and the persons who already attended."""

    row: CsvRow
    id: int
    code: str
    hours: float
    capacity: int
    audience: str
    directions: list[str]
    sessions: list["HeldSession"] = field(default_factory=list)
    known: set[int] = field(default_factory=set)


@dataclass
class HeldSession:
    """One session held: its day, the numbers present, absent and excused."""

    id: int
    on: date
    booked: int
    present: int
    no_show: int


def load_academy(stage: Stage) -> None:
    """Trainings, sessions held, cancelled and coming, registrations with their facts, waiting
    lists.
    """
    chance = stage.chance("academy")
    courses = [_course(stage, row) for row in read(DATA / "formations.csv", "code")]
    stage.insert(
        Training,
        [
            {
                "id": course.id,
                "code": course.code,
                "title": course.row.needed("titre"),
                "ambition_id": course.row.whole("ambition"),
                "trainer": course.row.text("formateur"),
                "hours": course.hours,
                "capacity": course.capacity,
                "audience": course.audience,
                "objectives": course.row.text("objectif"),
                "needs_approval": course.code == _NEEDS_APPROVAL,
                "open_to_all": course.code in _OPEN_TO_ALL,
                "mandatory": course.row.is_yes("obligatoire"),
                "validity": int(course.row.maybe_number("validité") or 0),
            }
            for course in courses
        ],
    )
    sessions = _hold_sessions(stage, chance, courses)
    stage.insert(TrainingSession, sorted(sessions, key=lambda row: row["id"]))
    book = _Book(stage, chance)
    book.fill(courses)
    for course in courses:
        book.wait(course, course.row.whole("attente"))
    book.write()
    _ask_approval(stage, book, sessions, next(c for c in courses if c.code == _NEEDS_APPROVAL))
    stage.ambassadors["shown"] = book.shown


def _ask_approval(stage: Stage, book: "_Book", sessions: list[dict], course: Course) -> None:
    """One agent of Carine's direction asks for a seat in the coming session of this course."""
    session = next(s for s in sessions if s["training_id"] == course.id and s["on"] > TODAY)
    cast = {agent.id for agent in stage.cast.values()}
    services = [code for code in stage.services if code.startswith(_ASKED_IN)]
    agent = next(
        agent
        for agent in stage.present(TODAY, services)
        if agent.id not in cast and agent.id not in course.known
    )
    book.registrations, book.events = [], []
    seat = book.seat(course, session["id"], agent, SeatState.requested)
    seat["approval_asked_on"] = _ASKED_ON
    book.note(course, seat, session["id"], agent, _ASKED_ON, SeatState.requested)
    book.write()


def _course(stage: Stage, row: CsvRow) -> Course:
    return Course(
        row,
        stage.next_id(Training),
        row.needed("code"),
        row.number("heures"),
        row.whole("places"),
        str(TrainingAudience(row.needed("public"))),
        row.words("directions", ","),
    )


def _hold_sessions(stage: Stage, chance: random.Random, courses: list[Course]) -> list[dict]:
    """Sixty sessions evenly over the ten months; the first one is « Accueillir une personne en
    colère ».
    """
    open_days = stage.open_days(_FIRST, _LAST - timedelta(days=2))
    open_days = [day for day in open_days if not _is_school_break(day)]
    rows: list[dict] = []
    for course in courses:
        n = course.row.whole("sessions")
        days = [day for day in open_days if day >= _NOT_BEFORE.get(course.code, _FIRST)]
        offset = 0.0 if course.code in _ON_THE_FIRST_DAY else chance.random()
        picked = [days[int((i + offset) * len(days) / max(n, 1)) % len(days)] for i in range(n)]
        rows += _course_sessions(stage, chance, course, sorted(picked))
        rows += _other_sessions(stage, chance, course)
    return rows


def _course_sessions(
    stage: Stage, chance: random.Random, course: Course, days: list[date]
) -> list[dict]:
    even = [1] * len(days)
    booked = share(course.row.whole("inscrits"), even)
    absent = share(course.row.whole("inscrits") - course.row.whole("présents"), even)
    no_shows = share(course.row.whole("absences non excusées"), even)
    rows: list[dict] = []
    for day, n, away, no_show in zip(days, booked, absent, no_shows, strict=True):
        held = HeldSession(stage.next_id(TrainingSession), day, n, n - away, min(no_show, away))
        course.sessions.append(held)
        rows.append(_session_row(chance, course, held.id, day))
    return rows


def _other_sessions(stage: Stage, chance: random.Random, course: Course) -> list[dict]:
    rows: list[dict] = []
    if course.code in _CANCELLED:
        day = _CANCELLED[course.code]
        rows.append(
            _session_row(chance, course, stage.next_id(TrainingSession), day)
            | {
                "cancelled_on": stage.open_day(day - timedelta(days=9)),
                "cancel_reason": _CANCEL_REASON,
            }
        )
    if course.code in _COMING:
        day = stage.open_day(date(2023, 9, 5) + timedelta(days=5 * _COMING.index(course.code)))
        rows.append(_session_row(chance, course, stage.next_id(TrainingSession), day))
    return rows


def _session_row(chance: random.Random, course: Course, session_id: int, day: date) -> dict:
    places = _PLACES["T" if course.audience == TrainingAudience.field_work else ""]
    return {
        "id": session_id,
        "training_id": course.id,
        "on": day,
        "capacity": course.capacity,
        "place": chance.choice(places),
        **dict(zip(("starts", "ends"), _TIMES.get(course.hours, _WHOLE_DAY), strict=True)),
        "cancelled_on": None,
        "cancel_reason": "",
    }


def _is_school_break(day: date) -> bool:
    return date(2022, 12, 24) <= day <= date(2023, 1, 8) or date(2023, 5, 1) <= day <= date(
        2023, 5, 7
    )


class _Book:
    """The register (registre des inscriptions): writes one registration and its facts at a time."""

    def __init__(self, stage: Stage, chance: random.Random):
        self.stage = stage
        self.chance = chance
        self.registrations: list[dict] = []
        self.events: list[dict] = []
        self.trained: list[Agent] = []
        self._trained_ids: set[int] = set()
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
            for _ in range(held.present):
                comes_back = self.chance.random() * remaining >= fresh
                agent = self._again(course, held) if comes_back else None
                agent = agent or self._expected_one(course, held, trained=False)
                agent = agent or self._newcomer(candidates, course, held.on)
                fresh -= agent.id not in self._trained_ids
                remaining -= 1
                self._attend(course, held, agent)
            self._miss(course, held, candidates)

    def _audience(self, course: Course, day: date) -> list[Agent]:
        services = [
            code
            for code, service in self.stage.services.items()
            if not course.directions or service.direction in course.directions
        ]
        present = self.stage.present(day, services)
        if course.audience == TrainingAudience.managers:
            heads = {agent.id for agent in self.stage.managers.values()}
            return [agent for agent in present if agent.id in heads]
        if course.audience == TrainingAudience.both:
            return present
        return [
            agent
            for agent in present
            if agent.has_workstation == (course.audience == TrainingAudience.office)
        ]

    def _suits(self, course: Course, agent: Agent, day: date) -> bool:
        if agent.id in course.known or (agent.id in self._quiet and day >= _RECENT):
            return False
        service = agent.service_on(day)
        if service is None or (course.directions and service[:6] not in course.directions):
            return False
        return course.audience == TrainingAudience.both or agent.has_workstation == (
            course.audience != TrainingAudience.field_work
        )

    def _comers(self, course: Course, day: date) -> Iterable[Agent]:
        start = self.chance.randrange(len(self.trained)) if self.trained else 0
        heads = None
        if course.audience == TrainingAudience.managers:
            heads = {agent.id for agent in self.stage.managers.values()}
        for agent in self.trained[start:] + self.trained[:start]:
            if self._suits(course, agent, day) and (heads is None or agent.id in heads):
                yield agent

    def _again(self, course: Course, held: HeldSession) -> Agent | None:
        return self._expected_one(course, held, trained=True) or next(
            iter(self._comers(course, held.on)), None
        )

    def _expected_one(self, course: Course, held: HeldSession, trained: bool) -> Agent | None:
        """An ambassador without an attendance in the quarter of the session, already trained before
        or not.
        """
        if held.on < _QUARTER_BEFORE or course.audience == TrainingAudience.managers:
            return None
        expected = self._expected if held.on >= _RECENT else self._expected_before
        agent = next(
            (
                agent
                for agent in expected
                if self._suits(course, agent, held.on)
                and (agent.id in self._trained_ids) == trained
            ),
            None,
        )
        if agent:
            expected.remove(agent)
        return agent

    def _newcomer(self, candidates: list[Agent], course: Course, day: date) -> Agent:
        suited = [agent for agent in candidates if self._suits(course, agent, day)]
        return next((agent for agent in suited if agent.id not in self._trained_ids), suited[0])

    def _attend(self, course: Course, held: HeldSession, agent: Agent) -> None:
        if agent.id not in self._trained_ids:
            self._trained_ids.add(agent.id)
            self.trained.append(agent)
        if held.on >= _RECENT and agent.id in self._active:
            self.shown.append(agent)
        self._register(course, held, agent, SeatState.attended)

    def _miss(self, course: Course, held: HeldSession, candidates: list[Agent]) -> None:
        absentees = [agent for agent in candidates if agent.id not in course.known][
            : held.booked - held.present
        ]
        for i, agent in enumerate(absentees):
            status = SeatState.no_show if i < held.no_show else SeatState.excused
            self._register(course, held, agent, status)

    def _register(
        self, course: Course, held: HeldSession, agent: Agent, outcome: SeatState
    ) -> None:
        course.known.add(agent.id)
        registration = self.seat(course, held.id, agent, outcome)
        asked_on = held.on - timedelta(days=self.chance.randint(10, 45))
        # Nobody books before being hired.
        booked_on = self.stage.open_day(max(asked_on, agent.places[0][0]))
        self.note(course, registration, held.id, agent, booked_on, SeatState.booked)
        hours = course.hours if outcome is SeatState.attended else 0.0
        self.note(course, registration, held.id, agent, held.on, outcome, hours)

    def wait(self, course: Course, n: int) -> None:
        """Persons on the waiting list, a third of them for more than 60 days."""
        candidates = [
            agent
            for agent in self._audience(course, TODAY)
            if agent.id not in course.known and agent.id not in self._waiting
        ]
        for agent in self.chance.sample(candidates, n):
            course.known.add(agent.id)
            self._waiting.add(agent.id)
            if len(self._waiting) % 3 == 0:
                first = date(2023, 2, 1)
                last = _LONG_WAIT - timedelta(days=2)
            else:
                first = _LONG_WAIT + timedelta(days=2)
                last = date(2023, 6, 26)
            day = self.stage.open_day(
                first + timedelta(days=self.chance.randint(0, (last - first).days))
            )
            registration = self.seat(course, None, agent, SeatState.waiting)
            self.note(course, registration, None, agent, day, SeatState.waiting)

    def seat(self, course: Course, session_id: int | None, agent: Agent, status: SeatState) -> dict:
        row = {
            "id": self.stage.next_id(Seat),
            "training_id": course.id,
            "session_id": session_id,
            "person_id": agent.id,
            "status": str(status),
        }
        self.registrations.append(row)
        return row

    def note(
        self,
        course: Course,
        registration: dict,
        session_id: int | None,
        agent: Agent,
        day: date,
        status: SeatState,
        hours: float = 0.0,
    ) -> None:
        service = agent.service_on(day)
        self.events.append(
            {
                "on": day,
                "recorded_on": day,
                "seat_id": registration["id"],
                "training_id": course.id,
                "session_id": session_id,
                "person_id": agent.id,
                "status": str(status),
                "hours": hours,
                "service_id": self.stage.units[service] if service else None,
            }
        )

    def write(self) -> None:
        self.stage.insert(Seat, self.registrations)
        self.events.sort(key=lambda row: row["on"])
        for row in self.events:
            row["id"] = self.stage.next_id(SeatEvent)
        self.stage.insert(SeatEvent, self.events)


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
