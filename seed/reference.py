"""Reference data (référentiel): loads the CSV files of this folder, as often as one likes.

Everything is read and checked before anything is written. A line that has not changed since it was
last loaded is left alone, so that what people revised on the screens since then stays; a line that
was edited updates its record, and an edited milestone gets a new dated fact. A line that is gone
from a file is reported, never deleted.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from sqlmodel import Session, SQLModel, select

from models import clock
from models.directions import Direction
from models.ideas import AnswerTemplate
from models.import_sources import SourceKey
from models.installation import Installation
from models.journal import Change
from models.programmes import programmes, write_first
from models.roadmap import (
    IS_MILESTONE,
    Activity,
    Ambition,
    Plan,
    PlanSchedule,
    Target,
    Workstream,
)
from models.synonyms import Synonym
from models.workdays import ClosingDay
from seed.parsing import (
    ACTIVITIES,
    AMBITIONS,
    CLOSING,
    MILESTONES,
    MOTIVES,
    PROJECTS,
    SYNONYMS,
    TARGETS,
    TEMPLATES,
    WORKSTREAMS,
    Wanted,
    parse_all,
)

FOLDER = Path(__file__).parent
# What a real administration has only where it took it: its milestones, targets and projects are its
# own.
PROPOSED = frozenset((MILESTONES, TARGETS, PROJECTS))
REVISED = "Référentiel modifié"
OWNER_FOUND = "Direction du porteur reconnue"


@dataclass
class FileReport:
    """What became of the lines of one file; `gone` holds the keys that are no longer in it."""

    name: str
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    gone: list[str] = field(default_factory=list)

    @property
    def wrote(self) -> bool:
        return self.new + self.changed > 0

    def sentence(self) -> str:
        counts = (
            _count(self.new, "nouvelle ligne", "nouvelles lignes"),
            _count(self.changed, "modifiée", "modifiées"),
            _count(self.unchanged, "inchangée", "inchangées"),
        )
        return f"{self.name} : {', '.join(counts)}."


@dataclass
class SeedReport:
    """What loading the reference did, file by file."""

    files: list[FileReport]

    @property
    def wrote(self) -> bool:
        return any(file.wrote for file in self.files)

    def sentences(self) -> list[str]:
        """French sentences: one per file, one more where lines have disappeared from it."""
        messages: list[str] = []
        for file in self.files:
            messages.append(file.sentence())
            if file.gone:
                messages.append(
                    f"{file.name} : ne s'y trouve plus, gardé dans la base :"
                    f" {', '.join(file.gone)}."
                )
        return messages


def load_reference(session: Session, folder: Path = FOLDER, proposed: bool = True) -> SeedReport:
    """Loads the CSV files of `folder` in the open transaction; without those that are only
    `proposed`, unless this database has taken them before. Raises Refused, having written nothing.
    """
    wanted = parse_all(folder)
    left_out = frozenset() if proposed else PROPOSED - _taken(session)
    records = (
        (AMBITIONS, Ambition, "id"),
        (WORKSTREAMS, Workstream, "id"),
        (ACTIVITIES, Activity, "code"),
    )
    files = [
        _load_records(session, name, table, key, wanted[name])
        for name, table, key in records
        if name not in left_out
    ]
    write_first(session)
    if MILESTONES not in left_out:
        files.append(_load_milestones(session, wanted[MILESTONES]))
    if PROJECTS not in left_out:
        files.append(_load_records(session, PROJECTS, Plan, "number", wanted[PROJECTS]))
    if TARGETS not in left_out:
        files.append(_load_targets(session, wanted[TARGETS]))
    files += [
        _load_records(session, CLOSING, ClosingDay, "day", wanted[CLOSING]),
        _load_records(session, TEMPLATES, AnswerTemplate, "name", wanted[TEMPLATES]),
        _load_records(session, MOTIVES, AnswerTemplate, "name", wanted[MOTIVES]),
        _load_records(session, SYNONYMS, Synonym, "words", wanted[SYNONYMS]),
    ]
    return SeedReport(files)


def _taken(session: Session) -> frozenset[str]:
    """The files of which this database holds lines."""
    sources = session.exec(select(SourceKey.source).distinct()).all()
    return frozenset(
        source.removeprefix(_OF_FILE) for source in sources if source.startswith(_OF_FILE)
    )


_OF_FILE = "referentiel:"


class _Source:
    """What one file held when it was last loaded, and what becomes of its lines now."""

    def __init__(self, session: Session, file: str):
        self.session = session
        self.report = FileReport(file)
        self._name = f"{_OF_FILE}{file}"
        rows = session.exec(select(SourceKey).where(SourceKey.source == self._name))
        self._known = {row.key: row for row in rows}

    def is_unchanged(self, key: str, digest: str) -> bool:
        known = self._known.get(key)
        return known is not None and known.digest == digest

    def keep(self, key: str, digest: str, record_id: int) -> None:
        """Remembers the line as loaded, so that the next loading tells whether it was edited."""
        known = self._known.get(key)
        if known is None:
            known = SourceKey(
                source=self._name, key=key, subject="reference", record_id=record_id, digest=digest
            )
            self._known[key] = known
        known.digest = digest
        known.record_id = record_id
        self.session.add(known)

    def count(self, is_new: bool, is_changed: bool) -> None:
        if is_new:
            self.report.new += 1
        elif is_changed:
            self.report.changed += 1
        else:
            self.report.unchanged += 1

    def finish(self, wanted: Iterable[Wanted]) -> FileReport:
        present = {line.key for line in wanted}
        self.report.gone = sorted(
            key for key in self._known if key.removesuffix(_DATED) not in present
        )
        return self.report


_DATED = "/dates"


def _load_records(
    session: Session, file: str, table: type[SQLModel], key: str, wanted: list[Wanted]
) -> FileReport:
    source = _Source(session, file)
    records = {str(getattr(record, key)): record for record in session.exec(select(table))}
    for line in wanted:
        digest = _digest(line.values)
        if source.is_unchanged(line.key, digest):
            source.count(False, False)
            continue
        record = records.get(line.key)
        is_new = record is None
        is_changed = not is_new and _update(session, record, line)
        if is_new:
            record = table(**line.values)
            session.add(record)
            session.flush()
        record_id = getattr(record, "id", None)
        source.keep(line.key, digest, record_id or 0)
        source.count(is_new, is_changed)
    return source.finish(wanted)


def _update(session: Session, record: SQLModel, line: Wanted) -> bool:
    """Brings the record to the line, with one audit row per text that changed."""
    changed = False
    for name, value in line.values.items():
        before = getattr(record, name)
        if before == value:
            continue
        setattr(record, name, value)
        session.add(
            Change(
                on=clock.today(session),
                subject=getattr(record, "in_journal", record.__tablename__),
                record=line.key,
                field=name,
                before=_as_text(before),
                after=_as_text(value),
            )
        )
        changed = True
    session.add(record)
    return changed


def _load_milestones(session: Session, wanted: list[Wanted]) -> FileReport:
    source = _Source(session, MILESTONES)
    records = {record.number: record for record in session.exec(select(Plan).where(IS_MILESTONE))}
    directions = {direction.code: direction.id for direction in session.exec(select(Direction))}
    for line in wanted:
        # The owner's direction may arrive after the milestones: it counts as part of the dated
        # line.
        dated = line.dated | {"owner_direction_id": directions.get(line.owner)}
        known_owner = line.owner if line.owner in directions else ""
        digests = _digest(line.values), _digest(line.dated | {"direction": known_owner})
        record = records.get(line.key)
        is_new = record is None
        is_changed = False
        if is_new:
            record = Plan(**line.values)
            session.add(record)
            session.flush()
        elif not source.is_unchanged(line.key, digests[0]):
            is_changed = _update(session, record, line)
        if not source.is_unchanged(line.key + _DATED, digests[1]):
            is_changed |= _revise(session, record, dated)
        source.keep(line.key, digests[0], record.id)
        source.keep(line.key + _DATED, digests[1], record.id)
        source.count(is_new, is_changed)
    return source.finish(wanted)


def _revise(session: Session, milestone: Plan, dated: dict[str, object]) -> bool:
    """The first baseline stands from the programme's first day; what is edited later is a fact
    of today.
    """
    known = session.exec(
        select(PlanSchedule)
        .where(PlanSchedule.plan_id == milestone.id)
        .order_by(PlanSchedule.on.desc(), PlanSchedule.id.desc())
    ).first()
    if known is None:
        start = programmes(session).first_day
        session.add(
            PlanSchedule(
                on=start, recorded_on=_learnt_on(session, start), plan_id=milestone.id, **dated
            )
        )
        return True
    differs = {name for name, value in dated.items() if getattr(known, name) != value}
    if not differs:
        return False
    today = clock.today(session)
    if differs == {"owner_direction_id"} and known.owner_direction_id is None:
        # The chart came after the roadmap: nothing was revised, the same schedule now knows whose
        # it is.
        session.add(
            PlanSchedule(
                on=known.on,
                recorded_on=_learnt_on(session, known.on),
                reason=OWNER_FOUND,
                voids=known.id,
                plan_id=milestone.id,
                **dated,
            )
        )
    else:
        session.add(
            PlanSchedule(on=today, recorded_on=today, reason=REVISED, plan_id=milestone.id, **dated)
        )
    return True


def _learnt_on(session: Session, day: date) -> date:
    """The fictive administration knew its programme from the first day; a real one learns it
    when it loads it.
    """
    installation = session.get(Installation, 1)
    return day if installation and installation.demonstration else clock.today(session)


def _load_targets(session: Session, wanted: list[Wanted]) -> FileReport:
    source = _Source(session, TARGETS)
    today = clock.today(session)
    facts = session.exec(select(Target).order_by(Target.on, Target.id))
    latest = {(fact.figure, fact.for_date): fact for fact in facts}
    for line in wanted:
        digest = _digest(line.values | line.dated)
        if source.is_unchanged(line.key, digest):
            source.count(False, False)
            continue
        known = latest.get((line.values["figure"], line.values["for_date"]))
        decided_on = line.dated["on"]
        is_same = known is not None and all(
            getattr(known, name) == value for name, value in line.values.items()
        )
        if known is not None and decided_on <= known.on:
            decided_on = (
                # Edited without a new date of decision: the new value is decided today.
                today
            )
        if is_same:
            fact = known
        else:
            fact = Target(
                on=decided_on,
                recorded_on=_learnt_on(session, decided_on),
                reason=None if known is None else REVISED,
                **line.values,
            )
        session.add(fact)
        session.flush()
        source.keep(line.key, digest, fact.id)
        source.count(known is None, not is_same)
    return source.finish(wanted)


def _digest(values: dict[str, object]) -> str:
    text = "\x1f".join(f"{name}={value}" for name, value in sorted(values.items()))
    return hashlib.sha256(text.encode()).hexdigest()


def _as_text(value: object) -> str | None:
    return None if value is None else str(value)


def _count(n: int, one: str, several: str) -> str:
    return f"{n} {one if abs(n) < 2 else several}"
