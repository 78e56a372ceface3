"""Importing registrations of another academy: its trainings, its sessions, its learners, who are
nobody of ours.

No capacity is told: it stays 0, unknown, and the filling of these sessions is « n.d. ». A
registration of an offering that was cancelled leaves every rate, because its session is cancelled.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from sqlmodel import Session, select

from dashboard.access import Reader
from dashboard.actions.correspondences import free_code
from dashboard.actions.import_reports import ImportReport
from dashboard.actions.journal import note
from dashboard.actions.register_imports import ONCE, ImportOptions, RegisterImport, import_register
from dashboard.files.matching.fields import fields_of
from dashboard.files.quoting import shown
from dashboard.files.registers import RegisterRow, RegisterTable
from dashboard.files.registrations import RegistrationRow, month_of, session_of, state_of
from dashboard.files.values import compact
from dashboard.french import counted
from dashboard.queries import import_sources as sources
from models.academy import Training, TrainingAudience, TrainingSession
from models.errors import Refused
from models.import_sources import SourceKey
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


@dataclass
class RegistrationReport(ImportReport):
    """Compte rendu: `contradictions` are registrations cancelled and absent at once;
    `outside_rates` those of cancelled offerings.

    Of these, `by_class` were cancelled with their offering, `by_themselves` before.
    """

    contradictions: list[int] = field(default_factory=list)
    by_class: int = 0
    by_themselves: int = 0
    sessions: int = 0
    trainings: int = 0

    @property
    def outside_rates(self) -> int:
        return self.by_class + self.by_themselves

    def as_json(self) -> dict:
        return super().as_json() | {
            "trainings": self.trainings,
            "sessions": self.sessions,
            "contradictions": len(self.contradictions),
            "contradiction_lines": self.contradictions,
            "outside_rates": self.outside_rates,
            "class_cancelled": self.by_class,
            "cancelled_before": self.by_themselves,
        }

    def summary(self) -> list[str]:
        """What is to be known of these registrations beside the counts, one sentence each."""
        sentences = [
            f"{counted(self.trainings, 'formation')}, {counted(self.sessions, 'session')} dans ce"
            " fichier."
        ]
        if self.outside_rates:
            sentences.append(
                f"{counted(self.outside_rates, 'inscription')} de sessions annulées ne comptent"
                f" dans aucun taux : {self.by_class} annulées avec leur session,"
                f" {self.by_themselves} avant elle."
            )
        if self.contradictions:
            some = ", ".join(str(line) for line in self.contradictions[:10])
            more = "…" if len(self.contradictions) > 10 else ""
            sentences.append(
                f"{counted(len(self.contradictions), 'contradiction')} : inscription annulée et"
                f" absence à la fois ; « annulée » est gardé (lignes {some}{more})."
            )
        sentences.append(
            "Ce fichier ne dit pas le nombre de places : le remplissage de ces sessions est «"
            " n.d. »."
        )
        return sentences


def import_registrations(
    session: Session, reader: Reader, file: Path | bytes, name: str = "", how: ImportOptions = ONCE
) -> ImportReport:
    """Imports registrations or attendances (CSV, JSON, XLSX, XLS, ODS); importing twice changes
    nothing. `how.year` is the year of months without one. Raises Refused where it is missing.
    """
    return import_register(session, reader, _Import, file, name, how)


class _Import(RegisterImport):
    kind = "inscriptions"
    register = fields_of("inscriptions")
    reports = RegistrationReport
    report: RegistrationReport

    def __init__(self, session: Session, reader: Reader, writes: bool, how: ImportOptions = ONCE):
        super().__init__(session, reader, writes, how)
        self.known = sources.keys_of(session, SOURCE)
        found = session.exec(select(Training)).all()
        self.codes = {compact(word): t.code for t in found for word in (t.title, t.code)}
        self.ids = {training.code: training.id for training in found}
        self.trainings: dict[str, int | None] = {}
        self.offerings: dict[str, tuple[int | None, RegistrationRow]] = {}
        self.seen: dict[str, int] = {}

    def run(self, table: RegisterTable) -> ImportReport:
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
        self.report.sessions = len(self.offerings)
        self.report.trainings = len(self.trainings)

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
            self.report.contradictions.append(row.line)
        if row.called_off:
            self.report.by_class += row.class_cancelled
            self.report.by_themselves += not row.class_cancelled
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
        known = self.known.get(key)
        if known and known[1] == digest:
            return "unchanged"
        if known and self.writes:
            self.change(row, known[0], training, offering, key, digest)
        elif self.writes:
            found = Seat(
                training_id=training,
                session_id=offering,
                status=str(row.outcome),
                outside=f"{SOURCE}:{row.learner}",
            )
            self.session.add(found)
            self.session.flush()
            self.say(row, found)
            self.keep(key, REGISTRATION, found.id, digest)
        return "changed" if known else "new"

    def change(
        self, row: RegistrationRow, record: int, training: int, offering: int, key: str, digest: str
    ) -> None:
        """A row that its source has changed: the facts of before are voided by the new one, each
        from its own day.
        """
        found = self.session.get(Seat, record)
        last = self.session.exec(
            select(SeatEvent).where(SeatEvent.seat_id == record).order_by(SeatEvent.id.desc())
        ).first()
        note(
            self.session,
            self.reader,
            self.day,
            "inscription",
            str(record),
            "statut",
            found.status,
            row.outcome,
        )
        found.training_id = training
        found.session_id = offering
        found.status = str(row.outcome)
        found.outside = f"{SOURCE}:{row.learner}"
        self.session.add(found)
        self.say(row, found, voids=last)
        stored = self.session.exec(
            select(SourceKey).where(SourceKey.source == SOURCE, SourceKey.key == key)
        ).one()
        stored.digest = digest
        self.session.add(stored)

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
                self.keep(key, TRAINING, found, "")
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
                self.keep(key, OFFERING, found, digest)
            elif self.writes and known[1] != digest:
                self.move(row, key, found, digest)
            self.offerings[row.offering] = found, row
        return self.offerings[row.offering][0]

    def move(self, row: RegistrationRow, key: str, record: int, digest: str) -> None:
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
        stored = self.session.exec(
            select(SourceKey).where(SourceKey.source == SOURCE, SourceKey.key == key)
        ).one()
        stored.digest = digest
        self.session.add_all([held, stored])

    def keep(self, key: str, subject: str, record: int, digest: str) -> None:
        self.session.add(
            SourceKey(source=SOURCE, key=key, subject=subject, record_id=record, digest=digest)
        )


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
