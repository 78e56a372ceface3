"""A year in minutes (une année): an installation whose clock is moved day by day, with its own
rounds, and people who do a little each working day; each month its figures are counted a second
time.
"""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path

from sqlalchemy import Connection, Engine, MetaData, Table, inspect, text
from sqlmodel import select

from dashboard.access import OPERATOR
from dashboard.actions.keeping import upgrading
from dashboard.actions.keeping.rehearsing import scratch
from dashboard.actions.keeping.tick import tick
from dashboard.figures.board import board
from dashboard.files.backup_folder import backups_in
from dashboard.queries.keeping import checks
from models import clock, doubted_day
from models.clock import TOWN
from models.database import changing_tables, is_sqlite, reading, upgrade, writing
from models.heartbeats import Rehearsal
from models.ideas import Idea
from models.keeping import Installation, Notice, NoticeState
from models.progress import without_progress
from models.schema import SEARCH, reflecting
from models.settings import ROOT, settings
from models.steps import known_steps

from .landed import known_to, take
from .moved_clock import DAY, MovedClock
from .ordinary import Month, _acts
from .recomputed import exported
from .second_path import differing
from .troupe import FROZEN, scope_at

FIRST = FROZEN + timedelta(days=1)
MEGABYTE = 2**20
# By the clocks of the town: after the hour of the backup.
_MORNING = 10
FILES = """
import itertools, sys
sys.path.insert(0, "tests")
from support.troupe import cast_in
from dashboard.actions.ideas.filing import checked_input, file_idea
from models.clock import today
from models.database import engine_for, reading, writing

on = engine_for(sys.argv[1])
with reading(on) as session:
    reader = cast_in(on, today(session)).alice
for n in itertools.count():
    title = f"Idée coupée {sys.argv[2]} {n}"
    with writing(on) as session:
        file_idea(session, reader, checked_input(title=title), f"jeton {title}")
    print(title, flush=True)
"""
# The step at which the release before this one (0.11.0) left its databases.
RELEASED = "0023"


@dataclass
class Line:
    """What one month gave: acts, mails, what did not hold, and how large everything is."""

    end: date
    acts: int
    mails: int
    wrong: dict[str, tuple]
    corrected: int
    unexplained: list[str]
    broken: list[str]
    troubles: list[str]
    database: int
    backups: int
    backup_bytes: int
    rehearsed: bool


@dataclass
class Year(Month):
    """The days from `first` on, by a clock that is moved; `told` are titles that another process
    said were filed before it was killed.
    """

    clock: MovedClock = None
    lines: list[Line] = field(default_factory=list)
    told: set[str] = field(default_factory=set)
    mails: Counter = field(default_factory=Counter)
    troubles: Counter = field(default_factory=Counter)
    # Month end → what its figures were on that day.
    were: dict[date, dict[str, object]] = field(default_factory=dict)
    kills: int = 0
    kills_next: bool = False
    # Tables whose rows an upgrade changed; the backup that was made before it, and its steps.
    moved: list[str] = field(default_factory=list)
    upgraded_from: tuple[Path, int] | None = None

    def open(self) -> "Year":
        """The demonstration becomes an administration's own, whose day is the clock's."""
        begun = datetime(
            self.first.year,
            self.first.month,
            self.first.day,
            _MORNING,
            tzinfo=TOWN,
        )
        self.clock.jump((begun - datetime.now(UTC)).total_seconds() / DAY)
        doubted_day.forget()
        with writing(self.engine) as session:
            installation = session.get(Installation, 1)
            installation.demonstration, installation.frozen_on = False, None
        return self

    def set_clock(self, day: date) -> None:
        with reading(self.engine) as session:
            here = clock.today(session)
        self.clock.pass_days((day - here).days)

    # ── Days and months ───────────────────────────────────────────────────────────────────────────

    def live(self, days: int, acts_a_day: int, since: date | None = None) -> Iterator[Line]:
        """Day after day; a line at the end of each month, and on the last day."""
        day, before = since or self.first, self.done.total()
        last = day + timedelta(days=days - 1)
        while day <= last:
            self._day(day, acts_a_day)
            if clock.is_month_end(day) or day == last:
                self.lines.append(self._line(day, self.done.total() - before))
                before = self.done.total()
                yield self.lines[-1]
            day += timedelta(days=1)

    def _day(self, day: date, acts_a_day: int) -> None:
        self.begin(day)
        if day.weekday() < 5:
            for _ in range(acts_a_day):
                acts = list(_acts())
                self.do(min(acts, key=lambda act: (self._tried(act), self.chance.random())))
        if self.kills_next:
            self.kills_next = False
            self.kill_while_filing()
        done = tick(self.engine)
        assert not done.is_day_doubted, "days that pass are no jump"
        month = day.replace(day=1)
        self.mails[month] += done.sent.mails
        self.troubles.update((month, trouble) for trouble in done.troubles)

    def kill_while_filing(self) -> None:
        """Another process files, and is killed: what it said is filed is kept."""
        url = self.engine.url.render_as_string(hide_password=False)
        filing = subprocess.Popen(
            [sys.executable, "-c", FILES, url, str(self.kills)],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            text=True,
        )
        said = [filing.stdout.readline() for _ in range(3)]
        filing.kill()
        said += filing.stdout.read().splitlines(keepends=True)
        filing.wait()
        self.kills += 1
        # A line that was cut is no word.
        self.told |= {line.strip() for line in said if line.endswith("\n")}

    def upgrade(self) -> None:
        """What people did until here is laid into the tables of the release before; then this
        program comes, as an operator brings it: plan, backup, steps. Nothing of it is lost.
        """
        _as_released(self.engine)
        kept = _rows(self.engine)
        # The service is stopped: what this process holds open would be somebody else's.
        self.engine.dispose()
        now = clock.now()
        plan = upgrading.plan(self.engine, OPERATOR, now)
        assert (plan.here, plan.newest) == (RELEASED, known_steps()[0]) and plan.steps
        file = upgrading.upgrade(
            self.engine, OPERATOR, plan, settings().backup_folder, now, without_progress
        )
        after = _rows(self.engine)
        self.moved = [
            table
            for table, rows in kept.items()
            if table not in _NOTED and (rows - after[table] or after[table] - rows)
        ]
        self.upgraded_from = (file, len(plan.steps))

    # ── What is looked at ─────────────────────────────────────────────────────────────────────────

    def _line(self, day: date, acts: int) -> Line:
        raw, past = exported(self.engine), sorted(self.were)
        corrected, unexplained = 0, []
        for end in past:
            were, now = self.were[end], self._figures(end, day)
            moved = [code for code, value in now.items() if value != were[code]]
            if not moved:
                continue
            # A late fact is no part of what was known then.
            known = self._figures(end, day, known=True)
            without_reason = [code for code in moved if known[code] != were[code]]
            corrected += len(moved) - len(without_reason)
            unexplained += [f"{code} {end}" for code in without_reason]
        self.were[day] = self._figures(day, day)
        month = day.replace(day=1)
        kept = self.backups()
        with reading(self.engine) as session:
            broken = [f.name for f in checks.everything(session, day) if not f.holds]
            rehearsal = session.get(Rehearsal, 1)
        return Line(
            day,
            acts,
            self.mails[month],
            differing(self.engine, raw, scope_at, day.isoformat(), None, day),
            corrected,
            unexplained,
            broken,
            [trouble for (of, trouble) in self.troubles if of == month],
            self.size(),
            len(kept),
            sum(path.stat().st_size for path in kept),
            rehearsal is not None and rehearsal.held and rehearsal.on >= month,
        )

    def _figures(self, on: date, today: date, known: bool = False) -> dict[str, object]:
        with reading(self.engine) as session:
            scope = scope_at(session, OPERATOR, today, au=on.isoformat())
            told = board(session, replace(scope, known=known)).as_json()["figures"]
        return {entry["code"]: entry["value"] for entry in told}

    def backups(self) -> list[Path]:
        return [file.path for file in backups_in(settings().backup_folder)]

    def size(self) -> int:
        with reading(self.engine) as session:
            if is_sqlite(session):
                return Path(self.engine.url.database).stat().st_size
            return session.execute(text("SELECT pg_database_size(current_database())")).scalar_one()

    def lost(self) -> set[object]:
        """What was told as filed and is not there."""
        with reading(self.engine) as session:
            numbers = set(session.exec(select(Idea.number)).all())
            titles = set(session.exec(select(Idea.title)).all())
        return (set(self.filed) - numbers) | (self.told - titles)

    def waiting_mails(self) -> int:
        with reading(self.engine) as session:
            waits = select(Notice).where(Notice.state.in_([NoticeState.waiting]))
            return len(session.exec(waits).all())


# ── The release before ────────────────────────────────────────────────────────────────────────────

_CASCADE = {"sqlite": "", "postgresql": "CASCADE"}
# An upgrade notes its backup in them.
_NOTED = ("alembic_version", "change", "last_backup")


def _as_released(on: Engine) -> None:
    """Takes away what the steps since that release have added."""
    known, indexes, remade = _known_to_release()
    with changing_tables(on) as connection:
        there = {
            table: columns
            for table, columns in known_to(connection).items()
            if not table.startswith(SEARCH)
        }
        for table in there.keys() - known.keys():
            connection.execute(text(f'DROP TABLE "{table}" {_CASCADE[on.dialect.name]}'))
        for index in indexes:
            connection.execute(text(f'DROP INDEX IF EXISTS "{index}"'))
        for table in remade:
            # A roll-up, which the step that made it anew has filled from the facts.
            connection.execute(text(f'DROP TABLE "{table.name}"'))
            table.create(connection)
            there[table.name] = known[table.name]
        for table in there.keys() & known.keys():
            for column in there[table] - known[table]:
                connection.execute(text(f'ALTER TABLE "{table}" DROP COLUMN "{column}"'))
        connection.execute(text("UPDATE alembic_version SET version_num = :n"), {"n": RELEASED})


@cache
def _known_to_release() -> tuple[dict[str, set[str]], set[str], list[Table]]:
    """Table → its columns, as that release made them; the indexes that it did not know; the tables
    that had another key then.
    """
    with scratch() as on, changing_tables(on) as connection:
        take(connection, RELEASED)
        known, before, keys = known_to(connection), _indexes(connection), _keys(connection)
        then = MetaData()
        with reflecting():
            then.reflect(connection, only=lambda name, _: not name.startswith(SEARCH))
        upgrade(connection)
        now = _keys(connection)
        remade = [then.tables[name] for name in keys.keys() & now.keys() if keys[name] != now[name]]
        return known, _indexes(connection) - before, remade


def _keys(connection: Connection) -> dict[str, list[str]]:
    """Table → the columns of its primary key."""
    with reflecting():
        inspector = inspect(connection)
        tables = [name for name in inspector.get_table_names() if not name.startswith(SEARCH)]
        return {
            table: inspector.get_pk_constraint(table)["constrained_columns"] for table in tables
        }


def _indexes(connection: Connection) -> set[str]:
    with reflecting():
        inspector = inspect(connection)
        tables = [name for name in inspector.get_table_names() if not name.startswith(SEARCH)]
        return {index["name"] for table in tables for index in inspector.get_indexes(table)}


def _rows(on: Engine) -> dict[str, set[tuple]]:
    """Table → its rows, in the columns that the release knew; without what is counted anew."""
    known, _, remade = _known_to_release()
    kept = known.keys() - {table.name for table in remade}
    tables = MetaData()
    with on.connect() as connection:
        with reflecting():
            tables.reflect(connection, only=lambda name, _: not name.startswith(SEARCH))
        return {
            table.name: {
                tuple(row)
                for row in connection.execute(
                    select(*(column for column in table.c if column.name in known[table.name]))
                )
            }
            for table in tables.sorted_tables
            if table.name in kept
        }


# ── The table ─────────────────────────────────────────────────────────────────────────────────────

HEADINGS = (
    "month",
    "acts",
    "mails",
    "figures wrong",
    "past figures corrected by late facts",
    "past figures changed without a reason",
    "checks broken",
    "parts failed",
    "database MB",
    "backups",
    "backups MB",
    "restore rehearsed",
)


def told(lines: list[Line]) -> str:
    """The table by month."""
    rows = [HEADINGS, tuple("---" for _ in HEADINGS), *map(_cells, lines)]
    return "\n".join(f"| {' | '.join(map(str, row))} |" for row in rows)


def _cells(line: Line) -> tuple[object, ...]:
    return (
        f"{line.end:%m/%Y}",
        line.acts,
        line.mails,
        len(line.wrong),
        line.corrected,
        len(line.unexplained),
        len(line.broken),
        len(line.troubles),
        f"{line.database / MEGABYTE:.1f}",
        line.backups,
        f"{line.backup_bytes / MEGABYTE:.1f}",
        "yes" if line.rehearsed else "no",
    )
