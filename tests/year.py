"""A year in minutes: `make year` moves the clock of an installation day by day over a year, and prints
a table by month of what its rounds and its people did, what did not hold and how large it is.

Nothing here is part of `make test`, whose small version is tests/test_year.py.
"""

import logging
import os
import shutil
import sys
import tempfile
from pathlib import Path

from dashboard.commands import demonstration
from models import database as house
from models.database import migrate, writing
from models.settings import settings
from tests.support.moved_clock import MovedClock
from tests.support.post import Post
from tests.support.year import FIRST, MEGABYTE, RELEASED, Year, told

DAYS = 366
ACTS_A_DAY = 4


def main() -> int:
    days = int(sys.argv[1]) if len(sys.argv) > 1 else DAYS
    folder = Path(tempfile.mkdtemp(prefix="c-possible-year-"))
    post = Post().start()
    try:
        return rehearsed(folder, post, days)
    finally:
        post.stop()
        shutil.rmtree(folder, ignore_errors=True)


def rehearsed(folder: Path, post: Post, days: int) -> int:
    moved = MovedClock(folder / "clock")
    open_data = folder / "ouvertes"
    open_data.mkdir()
    os.environ |= post.settings | moved.settings
    os.environ |= {"CP_DATA_DIR": str(folder / "var"), "CP_OPEN_DATA_FOLDER": str(open_data)}
    settings.cache_clear()
    log = folder / "log"
    logging.basicConfig(filename=log, level=logging.WARNING)
    migrate()
    with writing() as session:
        demonstration.load_demonstration(session)
    year = Year(house.engine(), FIRST, clock=moved).open()
    try:
        _live(year, days)
    except KeyboardInterrupt:
        print("Stopped: what follows are the months until then.", file=sys.stderr)
    print(told(year.lines))
    lost = year.lost()
    print(
        f"\n{year.done.total()} acts, {year.kills} kills; lost: {len(lost)} of"
        f" {len(year.filed) + len(year.told)} entries told as filed; {len(post.received)} mails"
        f" received, {year.waiting_mails()} notices wait."
    )
    if year.upgraded_from:
        before, steps = year.upgraded_from
        print(
            f"Upgraded in the middle, from the tables of the release before ({RELEASED}), {steps}"
            f" steps, backup {before.name}; tables whose rows were changed: {len(year.moved)}."
        )
    kept = year.backups()
    print(
        f"At the end: database {year.size() / MEGABYTE:.1f} MB; log"
        f" {log.stat().st_size / MEGABYTE:.2f} MB; {len(kept)} backups,"
        f" {sum(path.stat().st_size for path in kept) / MEGABYTE:.1f} MB; open data"
        f" {size_of(open_data) / MEGABYTE:.2f} MB."
    )
    held = not any(one.wrong or one.unexplained or one.broken for one in year.lines)
    return 0 if held and not lost and not year.moved else 1


def _live(year: Year, days: int) -> None:
    for line in year.live(days, ACTS_A_DAY):
        print(told([line]).splitlines()[-1], file=sys.stderr, flush=True)
        for what in (line.wrong, line.unexplained, line.broken, line.troubles):
            if what:
                print(f"   {what}", file=sys.stderr, flush=True)
        year.kills_next = len(year.lines) % 3 == 1
        if len(year.lines) == days // 60:
            year.upgrade()


def size_of(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


if __name__ == "__main__":
    os.environ.pop("DATABASE_URL", None)
    sys.exit(main())
