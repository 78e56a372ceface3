"""Importing registrations of another academy: its trainings, its sessions, its learners, who are
nobody of ours.

No capacity is told: it stays 0, unknown, and the filling of these sessions is « n.d. ». A
registration of an offering that was cancelled leaves every rate, because its session is cancelled.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from sqlmodel import Session, select

from dashboard.access import Reader, require
from dashboard.actions.import_reports import ImportReport, too_long
from dashboard.actions.journal import note
from dashboard.files.registrations import RegistrationRow, RegistrationTable, read_registrations
from dashboard.files.uploads import Problem, open_table
from dashboard.french import counted
from dashboard.queries import import_sources as sources
from models.academy import Training, TrainingAudience, TrainingSession
from models.clock import today
from models.import_sources import SourceKey
from models.progress import Tell, without_progress
from models.seats import Seat, SeatEvent, SeatState

SOURCE = "academie"
TRAINING = "training"
OFFERING = "training_session"
REGISTRATION = "registration"
CALLED_OFF = "Offre annulée à la source"
CLASS_CANCELLED = "Session annulée"
_S = SeatState


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
    session: Session,
    reader: Reader,
    file: Path | bytes,
    name: str = "",
    *,
    year: int | None = None,
    columns: Mapping[str, str] | None = None,
    dry_run: bool = False,
    most: int | None = None,
    tell: Tell = without_progress,
) -> RegistrationReport:
    """Imports a CSV or JSON report of registrations into the open `writing()` transaction;
    importing twice changes nothing.

    `year` is the year of the months in the file. Raises Refused for a file that cannot be read or
    without a year.
    """
    require(reader, "training.import")
    return _Import(session, reader, not dry_run, most, tell).run(
        read_registrations(open_table(file, name), year, columns)
    )


class _Import:
    """One walk through one file."""

    def __init__(
        self, session: Session, reader: Reader, writes: bool, most: int | None, tell: Tell
    ):
        self.session = session
        self.reader = reader
        self.writes = writes
        self.most = most
        self.tell = tell
        self.day = today(session)
        self.report = RegistrationReport()
        self.known = sources.keys_of(session, SOURCE)
        self.trainings: dict[str, int | None] = {}
        self.offerings: dict[str, tuple[int | None, RegistrationRow]] = {}
        self.seen: dict[str, int] = {}

    def run(self, table: RegistrationTable) -> RegistrationReport:
        for row in table.rows:
            self.report.rows += 1
            if self.most is not None and self.report.rows > self.most:
                raise too_long(self.most)
            self.tell(
                table.share(),
                f"{'Import' if self.writes else 'Essai'} : {counted(self.report.rows, 'ligne')}",
            )
            problem = row if isinstance(row, Problem) else self.take(row, table.headers)
            if problem:
                self.report.refused.append(problem)
        self.report.warnings = self.report.warnings.by_line(table.warnings)
        self.report.sessions = len(self.offerings)
        self.report.trainings = len(self.trainings)
        self.report.written = self.writes
        if self.writes and (self.report.new or self.report.changed):
            note(
                self.session,
                self.reader,
                self.day,
                "import",
                "inscriptions",
                "lignes",
                None,
                self.report.new + self.report.changed,
            )
        self.session.flush()
        return self.report

    def take(self, row: RegistrationRow, headers: Mapping[str, str]) -> Problem | None:
        """One row: new, known and unchanged, known and changed; or what is wrong with it."""
        if row.number in self.seen:
            return Problem(
                row.line,
                headers["number"],
                f"Cette inscription figure déjà à la ligne {self.seen[row.number]}.",
            )
        self.seen[row.number] = row.line
        first = self.offerings.get(row.offering, (None, row))[1]
        if (first.code, first.on, first.called_off) != (row.code, row.on, row.called_off):
            return Problem(
                row.line,
                headers["offering"],
                f"La session {row.offering} est décrite autrement à la ligne {first.line}.",
            )
        training = self.training(row)
        offering = self.offering(row, training)
        if row.contradicts:
            self.report.contradictions.append(row.line)
        if row.called_off:
            self.report.by_class += row.class_cancelled
            self.report.by_themselves += not row.class_cancelled
        self.settle(row, training, offering)
        return None

    def settle(self, row: RegistrationRow, training: int | None, offering: int | None) -> None:
        key = f"{REGISTRATION}|{row.number}"
        digest = _digest(row.outcome, row.offering, row.learner, row.class_cancelled, row.on)
        known = self.known.get(key)
        if known and known[1] == digest:
            self.report.unchanged += 1
        elif known:
            self.report.changed += 1
            if self.writes:
                self.change(row, known[0], training, offering, key, digest)
        else:
            self.report.new += 1
            if self.writes:
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
            found = self.known.get(key, (None, ""))[0] or self.same_code(row.code)
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

    def same_code(self, code: str) -> int | None:
        """A training of ours that bears this code already."""
        return self.session.exec(select(Training.id).where(Training.code == code)).first()

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
