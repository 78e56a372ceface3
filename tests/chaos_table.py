"""The table of the faults (tableau des pannes): what `make chaos` prints, fault × engine × lost × what
was seen. The cases of tests/chaos.py tell their line; those of other tests are named here.
"""

import os
import sys
from dataclasses import dataclass, field

import pytest

# Faults that other tests make: their name → the fault, and what was seen.
ELSEWHERE = {
    "tests/test_jobs.py": {
        "test_an_import_that_is_killed_leaves_nothing_and_the_next_one_gives_the_whole": (
            "kill -9 during an import",
            "nothing of the file; asked again, it is whole",
        ),
        "test_a_backup_that_is_killed_leaves_no_file_and_the_next_one_is_whole": (
            "kill -9 during a backup",
            "no file; the next one is whole",
        ),
    },
    "tests/test_keeping.py": {
        "test_a_restoration_that_is_killed_leaves_what_was_there": (
            "kill -9 during a restore",
            "what was there before is there",
        ),
    },
    "tests/test_sending.py": {
        "test_a_round_killed_after_the_server_took_the_mail_sends_that_very_mail_again": (
            "kill -9 during a round",
            "the mail is sent again, the same one",
        ),
        "test_while_the_server_is_away_everything_waits_and_nothing_is_lost": (
            "mail server down",
            "mails wait, and leave when it is back",
        ),
    },
    "tests/test_clock.py": {
        "test_no_round_is_made_on_a_day_before_that_of_the_last_one": (
            "rounds under a clock three days behind",
            "no round; one sentence; goes on once it is right",
        ),
    },
    "tests/test_faults.py": {
        "test_a_database_that_may_only_be_read_is_one_calm_sentence": (
            "read-only",
            "reading goes on; one sentence, nothing written",
        ),
        "test_a_file_that_is_moved_away_takes_nothing_and_goes_on_when_it_is_back": (
            "file vanished",
            "one sentence, nothing written; goes on when it is back",
        ),
        "test_a_file_in_its_place_is_taken_by_itself": (
            "file replaced by a copy",
            "taken by itself; nothing written into the old one",
        ),
        "test_what_is_no_database_of_ours_is_not_taken": (
            "file replaced by something else",
            "not taken; one sentence, nothing written",
        ),
    },
}


@dataclass
class Table:
    """What pytest tells of each case, as one line."""

    lines: list[tuple[str, str, str, str]] = field(default_factory=list)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped:
            why = report.longrepr[2] if isinstance(report.longrepr, tuple) else ""
            self.lines.append((report.head_line or report.nodeid, "", "–", why))
            return
        if report.when != "call":
            return
        told = dict(report.user_properties).get("chaos") or self._elsewhere(report)
        if told is None and report.passed:
            return
        told = told or (report.head_line or report.nodeid, "", "?", "")
        fault, engine, lost_ones, what = told
        was_kept = report.passed or lost_ones
        self.lines.append((fault, engine, str(lost_ones) if was_kept else "?", what))
        if report.failed:
            self.lines.append(("", "", "", "THIS CASE FAILED"))

    def _elsewhere(self, report: pytest.TestReport) -> tuple[str, str, object, str] | None:
        file, _, name = report.nodeid.partition("::")
        fault = ELSEWHERE.get(file, {}).get(name.partition("[")[0])
        engine = "PostgreSQL" if "postgresql" in name else "SQLite"
        return (fault[0], engine, 0 if report.passed else "?", fault[1]) if fault else None

    def told(self) -> str:
        rows = [("fault", "engine", "lost", "what was seen"), *dict.fromkeys(self.lines)]
        told = [f"| {' | '.join(row)} |" for row in rows]
        return "\n".join([told[0], "| --- | --- | --- | --- |", *told[1:]])


def main() -> int:
    table = Table()
    others = [f"{file}::{name}" for file, names in ELSEWHERE.items() for name in names]
    wanted = sys.argv[1:] or ["tests/chaos.py", *others]
    ended = pytest.main(["-q", *wanted], plugins=[table])
    print(f"\n{table.told()}")
    return int(ended)


if __name__ == "__main__":
    os.environ.pop("DATABASE_URL", None)
    sys.exit(main())
