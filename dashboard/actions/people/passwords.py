"""Passwords (mots de passe): the rules, the hash, the comparison."""

import re
import unicodedata
from functools import cache
from pathlib import Path

import bcrypt

SHORTEST = 12
MOST_BYTES = 72  # bcrypt reads no further
ROUNDS = 12
_COMMON = Path(__file__).with_name("common-passwords.txt")
# Compared for an unknown login name, so that the response takes as long.
NOBODYS_HASH = "$2b$12$UvccvoKbZkBvQuDWyqlbXeO0CUjDhUuQVI7isuYhLkBZHFHcqLyOW"


def spelt(password: str) -> str:
    """The password normalised: keyboards compose letters differently, and copying adds outer
    spaces.
    """
    return unicodedata.normalize("NFC", password).strip()


def fault(password: str, login: str = "") -> str | None:
    """What is wrong with a new password, or None."""
    password = spelt(password)
    if len(password) < SHORTEST:
        return (
            f"Le mot de passe compte au moins {SHORTEST} caractères : une phrase courte convient"
            " très bien."
        )
    if len(password.encode()) > MOST_BYTES:
        return (
            f"Le mot de passe est trop long : {MOST_BYTES} octets au plus (une lettre accentuée en"
            " compte deux)."
        )
    if _is_common(password):
        return "Ce mot de passe est parmi les premiers que l'on essaie : choisissez-en un autre."
    # A shorter name may be contained by chance.
    if len(login) > 3 and login.casefold() in password.casefold():
        return "Le mot de passe ne peut pas contenir l'identifiant."
    return None


def _is_common(password: str) -> bool:
    """Whether it is common, also with digits or signs added at either end, or made of very few
    different characters.
    """
    folded = password.casefold()
    core = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", folded)
    return len(set(folded)) < 4 or folded in _common() or core in _common()


@cache
def _common() -> frozenset[str]:
    lines = _COMMON.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


def hashed(password: str) -> str:
    """The hash to store; takes a quarter of a second, so compute it before the transaction."""
    return bcrypt.hashpw(spelt(password).encode(), bcrypt.gensalt(ROUNDS)).decode()


def matches(password: str, password_hash: str | None) -> bool:
    """Whether the password matches the hash; False, after the same time, without a hash."""
    typed = spelt(password).encode()
    same = bcrypt.checkpw(typed[:MOST_BYTES], (password_hash or NOBODYS_HASH).encode())
    return same and bool(password_hash) and len(typed) <= MOST_BYTES
