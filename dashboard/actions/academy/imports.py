"""Importing registrations of another academy: its trainings, its sessions, its learners, who are
nobody of ours.

No capacity is told: it stays 0, unknown, and the filling of these sessions is « n.d. ». A
registration of an offering that was cancelled leaves every rate, because its session is cancelled.
"""

import hashlib
from collections import Counter
from datetime import date

from sqlmodel import Session, select

from dashboard.access import Reader
from dashboard.actions.correspondences import free_code
from dashboard.actions.import_reports import ImportReport
from dashboard.actions.journal import note
from dashboard.actions.register_imports import ONCE, ImportOptions, RegisterImport, remember
from dashboard.files.matching.fields import fields_of
from dashboard.files.quoting import shown
from dashboard.files.registers import ReadTable, RegisterRow
from dashboard.files.registrations import RegistrationRow, month_of, session_of, state_of
from dashboard.files.values import compact
from dashboard.french import counted
from dashboard.queries import import_sources as sources
from models.academy import Training, TrainingAudience, TrainingSession
from models.errors import Refused
from models.seats import Seat, SeatEvent, SeatState
from models.signing import keyed_hash

SOURCE = "academie"
TRAINING = "training"
OFFERING = "training_session"
REGISTRATION = "registration"
CALLED_OFF = "Offre annulée à la source"
CLASS_CANCELLED = "Session annulée"
_S = SeatState
_EMPTY = "Cette cellule est vide."
_YEARS = range(2000, 2101)
_MOST_HOURS = 1000
_CODE_MAX = 20
_HASH = 20  # signs of a hash that tell two learners apart


class _Import(RegisterImport):
    """Imports registrations or attendances (CSV, JSON, XLSX, XLS, ODS); importing twice changes
    nothing. `how.year` is the year of months without one. Raises Refused where it is missing.
    """

    kind = "inscriptions"
    register = fields_of("inscriptions")

    def __init__(self, session: Session, reader: Reader, writes: bool, how: ImportOptions = ONCE):
        super().__init__(session, reader, writes, how)
        self.known = sources.keys_of(session, SOURCE)
        found = session.exec(select(Training)).all()
        self.codes = {compact(word): t.code for t in found for word in (t.title, t.code)}
        self.ids = {training.code: training.id for training in found}
        self.trainings: dict[str, int | None] = {}
        self.offerings: dict[str, tuple[int | None, RegistrationRow]] = {}
        self.seen: dict[str, int] = {}
        self.contradictions: list[int] = []  # cancelled and absent at once
        self.cancelled = Counter()  # with their session, or before it

    def run(self, table: ReadTable) -> ImportReport:
        self.has_status = "status" in table.headers
        is_month_alone = "on" not in table.headers and "month" in table.headers
        if is_month_alone and self.how.year is None and "year" not in table.headers:
            raise Refused(
                "Le fichier donne le mois des sessions sans l'année : ajoutez --year, ou la colonne"
                " « year » dans --correspondence."
            )
        if self.how.year is not None and self.how.year not in _YEARS:
            raise Refused(
                f"L'année {self.how.year} n'est pas possible : donnez une année entre"
                f" {_YEARS.start} et {_YEARS.stop - 1}."
            )
        return super().run(table)

    def finish(self) -> None:
        """What is to be known of these registrations beside the counts."""
        trainings, sessions, found = len(self.trainings), len(self.offerings), self.contradictions
        with_session, before = self.cancelled[True], self.cancelled[False]
        self.report.more = {
            "trainings": trainings,
            "sessions": sessions,
            "contradictions": len(found),
            "contradiction_lines": found,
            "outside_rates": with_session + before,
            "class_cancelled": with_session,
            "cancelled_before": before,
        }
        there = f"{counted(trainings, 'formation')}, {counted(sessions, 'session')}"
        told = [f"{there} dans ce fichier."]
        if with_session + before:
            told.append(
                f"{counted(with_session + before, 'inscription')} de sessions annulées ne comptent"
                f" dans aucun taux : {with_session} annulées avec leur session, {before} avant"
                " elle."
            )
        if found:
            some, more = ", ".join(map(str, found[:10])), "…" if len(found) > 10 else ""
            told.append(
                f"{counted(len(found), 'contradiction')} : inscription annulée et absence à la"
                f" fois ; « annulée » est gardé (lignes {some}{more})."
            )
        self.report.told += [
            *told,
            "Ce fichier ne dit pas le nombre de places : le remplissage de ces sessions est «"
            " n.d. ».",
        ]

    def take(self, given: RegisterRow) -> str:
        """One row: new, known and unchanged, known and changed."""
        row = self.read(given)
        if row.number in self.seen:
            first = self.seen[row.number]
            self.fault("number", f"Cette inscription figure déjà à la ligne {first}.")
            self.stop()
        self.seen[row.number] = row.line
        first = self.offerings.get(row.offering, (None, row))[1]
        if (first.code, first.on, first.called_off) != (row.code, row.on, row.called_off):
            self.fault(
                "offering",
                f"La session {row.offering} est décrite autrement à la ligne {first.line}.",
            )
            self.stop()
        training = self.training(row)
        offering = self.offering(row, training)
        if row.contradicts:
            self.contradictions.append(row.line)
        if row.called_off:
            self.cancelled[row.class_cancelled] += 1
        return self.settle(row, training, offering)

    # ── What a row says ───────────────────────────────────────────────────────────────────────────

    def read(self, row: RegisterRow) -> RegistrationRow:
        """A row in our words. Raises RowRejected."""
        title = str(row.get("title", ""))
        code, learner = self._code(row, title), self._learner(row)
        status, class_cancelled = self._status(row)
        on = row.get("on") or self._month(row)
        hours = row.get("hours", 0.0)
        if not 0 <= hours <= _MOST_HOURS:
            self.fault("hours", "Cette valeur n'est pas possible.")
        self.stop()
        offering = str(row.get("offering", "")) or f"{code}|{on.isoformat()}"
        return RegistrationRow(
            row.line,
            code,
            title or str(row.get("code")),
            hours,
            offering,
            on,
            *session_of(str(row.get("offering_status", ""))),
            str(row.get("number", "")) or f"{learner}|{offering}",
            status,
            class_cancelled,
            bool(row.get("no_show")),
            learner,
        )

    def _code(self, row: RegisterRow, title: str) -> str:
        """The code of a training that the file names by its code or its title; what is no code
        becomes one.
        """
        word = str(row.get("code", "")) or title
        if not word:
            self.fault("code", _EMPTY)
            return ""
        if compact(word) in self.codes:
            return self.codes[compact(word)]
        is_code = f"{TRAINING}|{word}" in self.known or (len(word) <= _CODE_MAX and " " not in word)
        made = word if is_code else free_code(word, self.ids.keys(), _CODE_MAX)
        return self.codes.setdefault(compact(word), made)

    def _learner(self, row: RegisterRow) -> str:
        """The number of a learner; of a name or an address its keyed hash alone."""
        names = [str(row.get(name, "")) for name in ("given_name", "family_name")]
        word = str(row.get("learner", "")) or " ".join(filter(None, names))
        if not word:
            self.fault("learner", _EMPTY)
        tells_who = "@" in word or not any(map(str.isdigit, word))
        return keyed_hash(f"participant {word.casefold()}")[:_HASH] if tells_who else word

    def _status(self, row: RegisterRow) -> tuple[SeatState, bool]:
        word = str(row.get("status", ""))
        found = state_of(word)
        if not word and self.has_status:
            self.fault("status", _EMPTY)
        elif word and found is None:
            labels = (state.label for state in SeatState)
            said = f"« {shown(word)} » n'est pas un état d'inscription que nous connaissons"
            self.no_word("status", word, labels, said)
        return found or (SeatState.booked, False)

    def _month(self, row: RegisterRow) -> date | None:
        """The source gives the month alone: its first day stands for it."""
        word, year = str(row.get("month", "")), row.get("year", self.how.year)
        if year is not None and year not in _YEARS:
            self.fault("year", "Cette valeur n'est pas possible.")
            return None
        found = month_of(word, year) if word and year else None
        if found is None and "on" not in dict(self.faults):
            said = f"« {shown(word)} » n'est pas un mois." if word else _EMPTY
            self.fault("month", said)
        return found

    # ── What it comes to ──────────────────────────────────────────────────────────────────────────

    def settle(self, row: RegistrationRow, training: int | None, offering: int | None) -> str:
        key = f"{REGISTRATION}|{row.number}"
        digest = _digest(row.outcome, row.offering, row.learner, row.class_cancelled, row.on)
        record, before = self.known.get(key, (None, ""))
        if record and before == digest:
            return "unchanged"
        if self.writes:
            seat = self.write(row, record, training, offering)
            remember(self.session, SOURCE, key, REGISTRATION, seat.id, digest)
        return "changed" if record else "new"

    def write(self, row: RegistrationRow, record: int | None, training: int, offering: int) -> Seat:
        """A new seat, or one that its source has changed: the facts of before are voided by the new
        one, each from its own day.
        """
        found, last = Seat(training_id=training), None
        if record:
            found = self.session.get(Seat, record)
            facts = select(SeatEvent).where(SeatEvent.seat_id == record)
            last = self.session.exec(facts.order_by(SeatEvent.id.desc())).first()
            about = ("inscription", str(record), "statut", found.status, row.outcome)
            note(self.session, self.reader, self.day, *about)
        found.training_id, found.session_id = training, offering
        found.status, found.outside = str(row.outcome), f"{SOURCE}:{row.learner}"
        self.session.add(found)
        self.session.flush()
        self.say(row, found, last)
        return found

    def say(self, row: RegistrationRow, found: Seat, voids: SeatEvent | None = None) -> None:
        hours = row.hours if row.outcome is _S.attended else 0.0
        # From the earlier of both days: between them the registration would otherwise have no fact.
        on = min(row.on, voids.on) if voids else row.on
        reason = CLASS_CANCELLED if row.class_cancelled else None
        self.session.add(
            SeatEvent(
                on=on,
                recorded_on=self.day,
                by=self.reader.person_id,
                seat_id=found.id,
                training_id=found.training_id,
                session_id=found.session_id,
                status=str(row.outcome),
                hours=hours,
                reason=reason,
                voids=voids.id if voids else None,
            )
        )

    def training(self, row: RegistrationRow) -> int | None:
        if row.code not in self.trainings:
            key = f"{TRAINING}|{row.code}"
            # A training of ours may bear this code already.
            found = self.known.get(key, (None, ""))[0] or self.ids.get(row.code)
            if found is None and self.writes:
                made = Training(
                    code=row.code,
                    title=row.title,
                    hours=row.hours,
                    # 0 says that nobody knows: no filling is computed of it.
                    capacity=0,
                    audience=str(TrainingAudience.both),
                )
                self.session.add(made)
                self.session.flush()
                found = made.id
                remember(self.session, SOURCE, key, TRAINING, found, "")
            self.trainings[row.code] = found
        return self.trainings[row.code]

    def offering(self, row: RegistrationRow, training: int | None) -> int | None:
        if row.offering not in self.offerings:
            key = f"{OFFERING}|{row.offering}"
            digest = _digest(row.on, row.called_off, row.code)
            known = self.known.get(key)
            found = known[0] if known else None
            if self.writes and known is None:
                made = TrainingSession(training_id=training, on=row.on, capacity=0)
                _date(made, row)
                self.session.add(made)
                self.session.flush()
                found = made.id
                remember(self.session, SOURCE, key, OFFERING, found, digest)
            elif self.writes and known[1] != digest:
                self.move(row, found)
                remember(self.session, SOURCE, key, OFFERING, found, digest)
            self.offerings[row.offering] = found, row
        return self.offerings[row.offering][0]

    def move(self, row: RegistrationRow, record: int) -> None:
        """An offering that its source has moved, cancelled or restored."""
        held = self.session.get(TrainingSession, record)
        note(
            self.session,
            self.reader,
            self.day,
            "session",
            str(record),
            "date, annulation",
            f"{held.on}, {held.cancelled_on}",
            f"{row.on}, {row.called_off}",
        )
        held.on = row.on
        held.cancelled_on = None
        held.cancel_reason = ""
        _date(held, row)
        self.session.add(held)


def _date(held: TrainingSession, row: RegistrationRow) -> None:
    """A cancelled offering was cancelled by its own day at the latest: the file does not say
    when.
    """
    if row.called_off:
        held.cancelled_on = row.on
        held.cancel_reason = CALLED_OFF


def _digest(*parts: date | object) -> str:
    return hashlib.blake2b(
        "|".join(str(part) for part in parts).encode(), digest_size=10
    ).hexdigest()
