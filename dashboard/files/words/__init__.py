"""The words of foreign files, as data: `fields-….toml` declares the fields of a kind and their
headers, `tool-….toml` the layout of a tool, others a vocabulary.
"""

import tomllib
from pathlib import Path

FOLDER = Path(__file__).parent


def words_of(name: str) -> dict:
    """The content of one file of words."""
    return tomllib.loads((FOLDER / f"{name}.toml").read_text("utf-8"))
