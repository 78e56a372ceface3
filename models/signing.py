"""The signing key (clé de signature): from the settings, or created at the first start in the data
folder.

It keys the hashes of addresses and unknown login names, so that they cannot be looked up in a
stolen database, and encrypts the few secrets that must be decrypted.
"""

import base64
import hashlib
import hmac
import os
import secrets
from functools import lru_cache
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from models.settings import settings
from models.texts import Refused

KEY_FILE = "secret.key"
SHORTEST = 32


def signing_key() -> str:
    """The key of this installation. Raises Refused for a weak key or an unusable folder."""
    setting = settings().cp_secret_key
    key = setting if setting is not None else _stored_key(settings().cp_data_dir / KEY_FILE)
    if len(key) < SHORTEST:
        where = "CP_SECRET_KEY" if setting is not None else KEY_FILE
        raise Refused(
            f"La clé de signature ({where}) est trop courte : il faut au moins {SHORTEST}"
            " caractères."
        )
    return key


def keyed_hash(text: str) -> str:
    """HMAC-SHA-256 of a text: only this installation can compute it."""
    return hmac.digest(signing_key().encode(), text.encode(), "sha256").hex()


def sealed(text: str, purpose: str) -> str:
    """A text encrypted for this purpose, which only this installation can decrypt."""
    return _seal(purpose).encrypt(text.encode()).decode()


def sealed_without_hour(text: str, purpose: str) -> str:
    """The same, without the time of encryption, which is in clear otherwise."""
    return _seal(purpose).encrypt_at_time(text.encode(), 0).decode()


def unsealed(seal: str, purpose: str) -> str | None:
    """The decrypted text; None if it was not encrypted here, with this key and for this purpose."""
    try:
        return _seal(purpose).decrypt(seal.encode()).decode()
    except InvalidToken:
        return None


def _seal(purpose: str) -> Fernet:
    key = hmac.new(signing_key().encode(), f"seal: {purpose}".encode(), hashlib.sha256)
    return Fernet(base64.urlsafe_b64encode(key.digest()))


def _stored_key(file: Path) -> str:
    try:
        if not file.exists():
            _make_key(file)
        status = file.stat()
        if status.st_mode & 0o077:
            file.chmod(0o600)
        return _read_key(file, status.st_ino, status.st_mtime_ns, status.st_size)
    except OSError as error:
        raise Refused(
            f"La clé de signature ne peut pas être lue ou créée : {error.strerror}."
        ) from error


@lru_cache(8)
def _read_key(file: Path, *_state: int) -> str:
    """Reread if the file was replaced; cached, since a filing needs it several times."""
    return file.read_text(encoding="ascii").strip()


def _make_key(file: Path) -> None:
    """Several processes may start at once: each writes a complete file, the first to link it
    wins.
    """
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    with open(
        os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii"
    ) as out:
        out.write(secrets.token_urlsafe(48))
        out.flush()
        os.fsync(out.fileno())
    try:
        os.link(draft, file)
    except FileExistsError:
        pass  # another process was faster: its key is used
    finally:
        draft.unlink()
