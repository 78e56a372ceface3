"""The words of foreign files, as data: `fields-….toml` declares the fields of a kind and their
headers, `tool-….toml` the layout of a tool, others a vocabulary.
"""

import tomllib
from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent


def words_of(name: str) -> dict:
    """The content of one file of words."""
    return tomllib.loads((_FOLDER / f"{name}.toml").read_text("utf-8"))


@cache
def tool_files() -> tuple[dict, ...]:
    """The layouts of tools, in the order they are tried."""
    return tuple(words_of(file.stem) for file in sorted(_FOLDER.glob("tool-*.toml")))
