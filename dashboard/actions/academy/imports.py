"""Importing registrations of another academy: its trainings, its sessions, its learners, who are
nobody of ours; or attendances of our own persons (`how.own`).

A capacity that is not told stays 0, unknown, and the filling of these sessions is « n.d. ». A
registration of an offering that was cancelled leaves every rate, because its session is cancelled.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from sqlmodel import select

from dashboard.actions.academy.trainings import hours_counted, record_attendance
from dashboard.actions.acts import add_record
from dashboard.actions.register_imports import ImportReport, RegisterImport, free_code
from dashboard.actions.seats.offers import write_fact
from dashboard.files.registers import ReadTable, RegisterRow
from dashboard.files.values import MONTHS, compact, shown
from dashboard.files.words import words_of
from dashboard.french import counted
from dashboard.queries.import_sources import ACADEMY, OFFERING, REGISTRATION, TRAINING
from dashboard.queries.seats.records import codes
from models.academy import Training, TrainingAudience, TrainingSession
from models.ideas import OWN_SOURCE
from models.search import fold
from models.seats import BOOKED, CLASS_CANCELLED, TYPED, Seat, SeatEvent, SeatState
from models.signing import keyed_hash
from models.texts import Refused

# States of a session: held, cancelled.
_HELD, _CALLED_OFF = ("delivered", "tenue"), ("cancelled", "annul")
_STATES = {
    compact(word) or word: state
    for state, words in words_of("seat-states").items()
    for word in (state, *words)
} | {compact(state.label): str(state) for state in SeatState}


@dataclass(frozen=True, slots=True)
class RegistrationRow:
    """One registration, or a session alone (no learner). `called_off` and `details` (its places,
    where, when) concern the session; `outcome` is that of a held session: attended, unless marked
    absent.
    """

    line: int
    code: str
    title: str
    hours: float
    offering: str
    on: date
    called_off: bool
    number: str
    outcome: SeatState
    class_cancelled: bool
    learner: str
    details: Mapping[str, object]
    person: int | None = None


_OWN = f"{OWN_SOURCE}:"  # before the number of a session or a seat of ours, in our export
_DETAILS = (("capacity", 0), ("place", ""), ("starts", ""), ("ends", ""))
_EMPTY = "Cette cellule est vide."
_YEARS = range(2000, 2101)
_CODE_MAX = 20


class RegistrationImport(RegisterImport):
    """Imports registrations or attendances (CSV, JSON, XLSX, XLS, ODS); importing twice changes
    nothing. `how.year` is the year of months without one. Raises Refused where it is missing.
    """

    kind = "inscriptions"
    source = ACADEMY

    def begin(self) -> None:
        found = self.session.exec(select(Training)).all()
        self.codes = {compact(word): t.code for t in found for word in (t.title, t.code)}
        self.ids = {training.code: training.id for training in found}
        sessions = self.session.exec(select(TrainingSession)).all()
        self.own = {f"{_OWN}{one.id}": one for one in sessions}
        self.trainings: dict[str, int | None] = {}
        self.offerings: dict[str, tuple[int | None, RegistrationRow]] = {}

    def run(self, table: ReadTable) -> ImportReport:
        self.has_status = "status" in table.headers
        self.has_capacity = "capacity" in table.headers
        is_month_alone = "on" not in table.headers and "month" in table.headers
        if is_month_alone and self.how.year is None and "year" not in table.headers:
            raise Refused("Le fichier donne le mois des sessions sans l'année : donnez-la.")
        if self.how.year is not None and self.how.year not in _YEARS:
            raise Refused(
                f"L'année {self.how.year} n'est pas possible : donnez une année entre"
                f" {_YEARS.start} et {_YEARS.stop - 1}."
            )
        return super().run(table)

    def finish(self) -> None:
        """What is to be known of these registrations beside the counts."""
        trainings, sessions = len(self.trainings), len(self.offerings)
        self.report.more = {"trainings": trainings, "sessions": sessions}
        there = f"{counted(trainings, 'formation')}, {counted(sessions, 'session')}"
        self.report.told.append(f"{there} dans ce fichier.")
        if not self.has_capacity:
            self.report.told.append(
                "Ce fichier ne dit pas le nombre de places : le remplissage de ces sessions est «"
                " n.d. »."
            )

    def take(self, given: RegisterRow) -> str:
        """One row: new, known and unchanged, known and changed."""
        row = self.read(given)
        self.once("number", row.number, row.line, "Cette inscription figure déjà")
        self.stop()
        first = self.offerings.get(row.offering, (None, row))[1]
        if (first.code, first.on, first.called_off) != (row.code, row.on, row.called_off):
            self.reject(
                "offering",
                f"La session {row.offering} est décrite autrement à la ligne {first.line}.",
            )
        if row.offering in self.own:
            return self.take_own(row, self.own[row.offering])
        known = self.known_keys.get(f"{OFFERING}|{row.offering}")
        training = self.training(row)
        offering = self.offering(row, training)
        if not row.learner:
            is_same = known and known[1] == _digest(row.on, row.called_off, row.code)
            return "unchanged" if is_same else "changed" if known else "new"
        if row.called_off:
            when = "avec" if row.class_cancelled else "avant"
            said = f"Inscription annulée {when} sa session : elle ne compte dans aucun taux."
            self.warn(row.line, said)
        key = f"{REGISTRATION}|{row.number}"
        digest = _digest(row.outcome, row.offering, row.learner, row.class_cancelled, row.on)
        record, before = self.known_keys.get(key, (None, ""))
        if record and before == digest:
            return "unchanged"
        if row.person is not None and offering is not None:
            hers = select(Seat).filter_by(person_id=row.person, session_id=offering)
            seat = self.session.scalar(hers.order_by(Seat.id.desc()))
            if seat and seat.status == row.outcome:
                return "unchanged"
            record = seat.id if seat else record
        about = (row, record, training, offering)
        return self.written(
            record, lambda: self.remember(key, REGISTRATION, self.write(*about).id, digest)
        )

    def take_own(self, row: RegistrationRow, held: TrainingSession) -> str:
        """A row of our own export: of all that it says, a file changes an attendance alone."""
        training = self.ids.get(row.code)
        same = (held.training_id, held.on, held.cancelled_on is not None)
        details = {name: getattr(held, name) for name in row.details}
        if (training, row.on, row.called_off) != same or row.details != details:
            other = "Cette session est d'ici, et autre que dans le fichier"
            self.reject("offering", f"{other} : elle se change sur sa page.")
        if not row.learner:
            return "unchanged"
        place = row.number.removeprefix(_OWN)
        seat = self.session.get(Seat, int(place)) if place.isdecimal() else None
        if seat is None or seat.session_id != held.id:
            self.reject("number", "On s'inscrit à cette session sur sa page, non par un fichier.")
        if seat.status == str(row.outcome):
            return "unchanged"
        if not {seat.status, row.outcome} <= {*BOOKED} or row.outcome not in TYPED:
            self.reject("status", "Un fichier dit ici les présences, et rien d'autre.")
        marks = {seat.id: row.outcome}
        return self.written(
            seat, lambda: record_attendance(self.session, self.reader, held.id, marks)
        )

    # ── What a row says ───────────────────────────────────────────────────────────────────────────

    def read(self, row: RegisterRow) -> RegistrationRow:
        """A row in our words. Raises RowRejected."""
        title = row.text("title")
        is_session = not any(
            row.get(name) for name in ("number", "status", "learner", "given_name", "family_name")
        )
        code, person = self._code(row, title), None if is_session else self._own(row)
        learner = "" if is_session else f"agent {person}" if person else self._learner(row)
        status, class_cancelled = (SeatState.booked, False) if is_session else self._status(row)
        on = row.get("on") or self._month(row)
        hours = row.get("hours", 0.0)
        if not 0 <= hours <= 1000:
            self.fault("hours", "Cette valeur n'est pas possible.")
        self.stop()
        offering = row.text("offering") or f"{code}|{on.isoformat()}"
        offered = compact(row.text("offering_status"))
        held, called_off = offered.startswith(_HELD), offered.startswith(_CALLED_OFF)
        if status is SeatState.booked and held:
            status = SeatState.no_show if row.get("no_show") else SeatState.attended
        elif status is SeatState.cancelled and row.get("no_show"):
            # A cancelled participant was not expected.
            said = "Inscription annulée et absence à la fois : « annulée » est gardé."
            self.warn(row.line, said)
        return RegistrationRow(
            row.line,
            code,
            title or str(row.get("code")),
            hours,
            offering,
            on,
            called_off,
            row.text("number") or f"{learner}|{offering}",
            status,
            class_cancelled,
            learner,
            {name: row.values[name] or empty for name, empty in _DETAILS if name in row.values},
            person,
        )

    def _code(self, row: RegisterRow, title: str) -> str:
        """The code of a training that the file names by its code or its title; what is no code
        becomes one.
        """
        word = row.text("code") or title
        if not word:
            self.fault("code", _EMPTY)
            return ""
        if compact(word) in self.codes:
            return self.codes[compact(word)]
        is_code = f"{TRAINING}|{word}" in self.known_keys or (
            len(word) <= _CODE_MAX and " " not in word
        )
        made = word if is_code else free_code(word, self.ids.keys(), _CODE_MAX)
        return self.codes.setdefault(compact(word), made)

    def _own(self, row: RegisterRow) -> int | None:
        """The person of ours, by her number, her address or her name."""
        if not self.how.own:
            return None
        names = " ".join(row.text(name) for name in ("given_name", "family_name"))
        whole = replace(row, values={**row.values, "name": names.strip()})
        is_known = fold(row.text("learner")) in self.persons
        person = self.person(whole, *(("learner", "name") if is_known else ("name", "learner")))
        return person.id if person else None

    def _learner(self, row: RegisterRow) -> str:
        """The number of a learner; of a name or an address its keyed hash alone."""
        if self.how.own:
            return ""  # nobody of ours: told already
        names = [row.text(name) for name in ("given_name", "family_name")]
        word = row.text("learner") or " ".join(filter(None, names))
        if not word:
            self.fault("learner", _EMPTY)
        tells_who = "@" in word or not any(map(str.isdigit, word))
        # Twenty signs of a hash tell two learners apart.
        return keyed_hash(f"participant {word.casefold()}")[:20] if tells_who else word

    def _status(self, row: RegisterRow) -> tuple[SeatState, bool]:
        """(state, whether the session was cancelled with it)."""
        word = row.text("status")
        alone = word.partition("(")[0].strip()  # « P (2/2) »
        state = _STATES.get(compact(alone) or alone)
        if not word and self.has_status:
            self.fault("status", _EMPTY)
        elif word and state is None:
            labels = (state.label for state in SeatState)
            said = f"« {shown(word)} » n'est pas un état d'inscription que nous connaissons"
            self.no_word("status", word, labels, said)
        if state == "session-annulee":
            return SeatState.cancelled, True
        return SeatState(state or SeatState.booked), False

    def _month(self, row: RegisterRow) -> date | None:
        """The source gives the month alone: its first day stands for it."""
        word, year = row.text("month"), row.get("year", self.how.year)
        number = MONTHS.get(compact(word)) or (int(word) if word.isdecimal() else 0)
        if year is not None and year not in _YEARS:
            self.fault("year", "Cette valeur n'est pas possible.")
        elif year and 1 <= number <= 12:
            return date(year, number, 1)
        elif "on" not in dict(self.faults):
            self.fault("month", f"« {shown(word)} » n'est pas un mois." if word else _EMPTY)
        return None

    # ── What it comes to ──────────────────────────────────────────────────────────────────────────

    def write(self, row: RegistrationRow, record: int | None, training: int, offering: int) -> Seat:
        """A new seat, or one that its source has changed: the facts of before are voided by the new
        one, each from its own day. Of a seat of ours, only her attendance of before is.
        """
        found, last = Seat(), None
        if record:
            found = self.session.get(Seat, record)
            facts = select(SeatEvent).filter_by(seat_id=record)
            if row.person:
                facts = facts.where(SeatEvent.status.in_(codes(TYPED)))
            last = self.session.scalar(facts.order_by(SeatEvent.id.desc()))
            self.note("inscription", str(record), "statut", found.status, row.outcome)
        found.training_id, found.session_id, found.person_id = training, offering, row.person
        found.outside = "" if row.person else f"{ACADEMY}:{row.learner}"
        hours = row.hours or (self.session.get(Training, training).hours if row.person else 0.0)
        write_fact(
            self.session,
            self.reader.person_id,
            found,
            row.outcome,
            # Between both days the registration would otherwise have no fact.
            min(row.on, last.on) if last else row.on,
            reason=CLASS_CANCELLED if row.class_cancelled else None,
            hours=hours_counted(row.outcome, hours),
            voids=last.id if last else None,
        )
        return found

    def training(self, row: RegistrationRow) -> int | None:
        if row.code not in self.trainings:
            key = f"{TRAINING}|{row.code}"
            # A training of ours may bear this code already.
            found = self.known_keys.get(key, (None, ""))[0] or self.ids.get(row.code)
            if found is None and self.writes:
                made = Training(
                    code=row.code,
                    title=row.title,
                    hours=row.hours,
                    # 0 says that nobody knows: no filling is computed of it.
                    capacity=0,
                    audience=TrainingAudience.both,
                )
                add_record(self.session, made)
                found = made.id
                self.remember(key, TRAINING, found)
            self.trainings[row.code] = found
        return self.trainings[row.code]

    def offering(self, row: RegistrationRow, training: int | None) -> int | None:
        if row.offering not in self.offerings:
            key = f"{OFFERING}|{row.offering}"
            digest = _digest(row.on, row.called_off, row.code)
            known = self.known_keys.get(key)
            # The session that we hold that day, for a person of ours.
            held = select(TrainingSession.id).filter_by(training_id=training, on=row.on)
            ours = self.session.scalar(held) if row.person else None
            found = known[0] if known else ours
            if self.writes and found is None:
                about = {"capacity": 0} | row.details
                made = TrainingSession(training_id=training, **about)
                _date(made, row)
                add_record(self.session, made)
                found = made.id
                self.remember(key, OFFERING, found, digest)
            elif self.writes and known and known[1] != digest:
                self.move(row, found)
                self.remember(key, OFFERING, found, digest)
            self.offerings[row.offering] = found, row
        return self.offerings[row.offering][0]

    def move(self, row: RegistrationRow, record: int) -> None:
        """An offering that its source has moved, cancelled or restored."""
        held = self.session.get(TrainingSession, record)
        before, after = f"{held.on}, {held.cancelled_on}", f"{row.on}, {row.called_off}"
        self.note("session", str(record), "date, annulation", before, after)
        _date(held, row)


def _date(held: TrainingSession, row: RegistrationRow) -> None:
    """The day of an offering; a cancelled one was cancelled by then at the latest: the file does
    not say when.
    """
    held.on = row.on
    held.cancelled_on = row.on if row.called_off else None
    held.cancel_reason = "Offre annulée à la source" if row.called_off else ""


def _digest(*parts: date | object) -> str:
    return hashlib.blake2b(
        "|".join(str(part) for part in parts).encode(), digest_size=10
    ).hexdigest()
