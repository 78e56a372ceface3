"""Encrypts backups (chiffrement) in the age format, for a public key whose private key is not on
this machine.

`pyrage` is imported only where a key is configured.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from models.errors import Refused

SUFFIX = ".age"
_BEGINS = b"age-encryption.org/v1"


def encrypt(source: Path, target: Path, key: str) -> None:
    """Encrypts (chiffrer) for a public key, `age1…`. Raises Refused."""
    age = _age()
    try:
        recipient = age.x25519.Recipient.from_str(key)
    except age.RecipientError as error:
        raise Refused("CP_BACKUP_KEY n'est pas une clé publique d'age (age1…).") from error
    try:
        age.encrypt_file(str(source), str(target), [recipient])
    except (OSError, age.EncryptError) as error:
        raise Refused(f"« {source.name} » ne peut pas être chiffrée.") from error


def is_encrypted(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(_BEGINS)) == _BEGINS
    except OSError:  # the reader gives a better error
        return False


@contextmanager
def opened(path: Path, identity: Path | None, beside: Path) -> Iterator[Path]:
    """The readable file, for the duration of the block; an encrypted one is decrypted
    (déchiffrer) into a temporary folder in `beside`. Raises Refused.
    """
    if not is_encrypted(path):
        yield path
        return
    if identity is None:
        raise Refused(
            "Cette sauvegarde est chiffrée : donnez sa clé privée avec --identity FICHIER."
        )
    keys = _identities(identity)
    beside.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".c-possible-clair-", dir=beside) as folder:
        plain = Path(folder) / path.name.removesuffix(SUFFIX)
        _decrypt(path, plain, keys)
        yield plain


def _decrypt(path: Path, plain: Path, keys: list) -> None:
    age = _age()
    try:
        age.decrypt_file(str(path), str(plain), keys)
    except (OSError, age.DecryptError) as error:
        raise Refused(
            "Cette clé n'ouvre pas cette sauvegarde, ou le fichier est abîmé : rien n'a été écrit."
        ) from error


def _identities(file: Path) -> list:
    """The keys of a file of `age-keygen`: one per line, with comments."""
    age = _age()
    try:
        lines = [line.strip() for line in file.read_text(encoding="utf-8").splitlines()]
        return [age.x25519.Identity.from_str(line) for line in lines if line and line[0] != "#"]
    except (OSError, UnicodeError, age.IdentityError) as error:
        raise Refused(f"« {file} » n'est pas une clé privée d'age (AGE-SECRET-KEY-…).") from error


def _age() -> ModuleType:
    try:
        import pyrage
    except ImportError as error:
        raise Refused(
            "Les sauvegardes chiffrées demandent le paquet pyrage (pip install pyrage)."
        ) from error
    return pyrage
