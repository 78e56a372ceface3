"""The real files, which stand in a folder beside the project: tests that read them are skipped,
with the reason, without it.
"""

from pathlib import Path

import pytest

_HERE = Path(__file__).resolve()
DATA = next(
    (found for parent in _HERE.parents if (found := parent / "shared" / "data").is_dir()),
    _HERE.parents[2] / "shared" / "data",
)
real_files = pytest.mark.skipif(not DATA.exists(), reason=f"the real files are not at {DATA}")
