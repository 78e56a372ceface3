"""Measures five hundred answers to one questionnaire that come at once (fifty phones, a shared tablet,
sheets of paper), through the pages themselves, on both engines.

    python -m tests.performance.answers [--engines sqlite,postgresql]

They are to come within five minutes; each fifth is sent twice and counts once (tests/test_crowd.py).
"""

import argparse
import shutil
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from models import database as house
from models.signing import signing_key
from tests.performance.bench import table
from tests.support import crowd
from tests.support.databases import Shared, postgres_template, running_postgres, sqlite_template
from tests.support.questionnaires import opened
from tests.support.served import Served
from tests.support.troupe import cast_in

HEADINGS = (
    "engine",
    "answers",
    "all of them (s)",
    "one, median (ms)",
    "one, 95 % (ms)",
    "longest (ms)",
)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--engines", default="sqlite,postgresql")
    kinds = options.parse_args().engines.split(",")
    with TemporaryDirectory() as folder:
        table(list(HEADINGS), [list(_measured(kind, Path(folder))) for kind in kinds])


def _measured(kind: str, folder: Path) -> tuple[object, ...]:
    with _served(kind, folder) as (server, engine):
        found, asked = opened(engine, cast_in(engine).didier, series="Cinq cents")
        sheet = {f"q{asked['car']}": "Non", f"q{asked['ease']}": "4"}
        address = f"/questionnaire?q={found.key}"
        begun = time.perf_counter()
        told = crowd.answered(server.url, address, sheet, f"q{asked['text']}")
        seconds = time.perf_counter() - begun
    each = sorted(answer.elapsed.total_seconds() * 1000 for answer in told)
    late = each[int(0.95 * len(each))]
    taken = sum(crowd.TAKEN in answer.text for answer in told)
    return (
        kind,
        f"{taken} sent, {crowd.ALL} to count",
        f"{seconds:.1f}",
        f"{statistics.median(each):.0f}",
        f"{late:.0f}",
        f"{each[-1]:.0f}",
    )


@contextmanager
def _served(kind: str, folder: Path) -> Iterator[tuple[Served, object]]:
    home = folder / kind
    home.mkdir()
    shared = Shared(folder)
    given = {
        "CP_TICK_MINUTES": "0",
        "CP_HOURLY_ANSWERS": "1000",
        "CP_HOURLY_ANSWERS_ALL": "1000",
        "CP_SECRET_KEY": signing_key(),
    }
    if kind == "sqlite":
        shutil.copyfile(sqlite_template(shared, "demo", _load), home / "c-possible.db")
        server = Served(home, settings=given).start()
        try:
            yield server, server.engine
        finally:
            server.stop()
        return
    with running_postgres(shared) as postgres:
        url = postgres.url(postgres.create(postgres_template(shared, postgres, "demo", _load)))
        server = Served(home, settings=given | {"DATABASE_URL": str(url)}).start()
        try:
            yield server, house.engine_for(url)
        finally:
            server.stop()


def _load(engine: object) -> None:
    from dashboard.commands import demonstration

    house.migrate(engine)
    with house.writing(engine) as session:
        demonstration.load_demonstration(session)


if __name__ == "__main__":
    main()
