"""A second try for the files of a run in which a few tests failed: `python -m tests.again`, which
`make test` calls.

Stories drive a browser, a server and its rounds at once, on a machine that two workers fill. One
that loses a race of its own making says nothing about the product, and forty minutes later it would
be found again by chance only. So the files of what failed run once more, whole, alone and from their
start: what fails twice is a failure, what passes is named, for its test is to be mended. More than
a few files are no accident and are not tried again.
"""

import json
import subprocess
import sys
from pathlib import Path

FAILED = Path(".pytest_cache/v/cache/lastfailed")
A_FEW = 3


def main() -> int:
    failed = sorted(json.loads(FAILED.read_text(encoding="utf-8"))) if FAILED.exists() else []
    files = sorted({test.partition("::")[0] for test in failed})
    if not files or len(files) > A_FEW:
        return 1
    code = subprocess.call([sys.executable, "-m", "pytest", *files])
    if code == 0:
        print("Failed once, passed when tried again alone; these tests are to be mended:")
        print("\n".join(f"  {test}" for test in failed))
    return code


if __name__ == "__main__":
    sys.exit(main())
