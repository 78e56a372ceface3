"""The words of other people's files, as data: one TOML file per kind of words, and one for the
layout of each tool (`tool-….toml`, tried in the order of `tools.toml`).
"""

import tomllib
from pathlib import Path

_FOLDER = Path(__file__).parent


def words_of(name: str) -> dict:
    """One file of words, as it is written."""
    return tomllib.loads((_FOLDER / f"{name}.toml").read_text("utf-8"))
