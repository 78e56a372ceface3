"""Files private to their owner: the data folder, the database with its log, keys, backups."""

import os
import stat
from pathlib import Path

from models.settings import BACKUPS, settings
from models.texts import Refused

OTHERS = 0o077
# Our files in a folder that may hold others.
_OURS = (
    *("*.db", "*.db-wal", "*.db-shm", "*.db.tick", "*.key", ".*.key.*", "c-possible-*.zip"),
    *(BACKUPS, f"{BACKUPS}/c-possible-*.zip", f"{BACKUPS}/avant-mise-a-jour-*.zip"),
)


def open_to_others(folder: Path | None = None) -> list[Path]:
    """The data folder and our files in it, if readable by others than their owner."""
    folder = folder or settings().cp_data_dir
    if not folder.is_dir():
        return []
    found = (path for pattern in _OURS for path in sorted(folder.glob(pattern)))
    ours = (path for path in found if not path.is_symlink())
    return [item for item in (folder, *ours) if item.lstat().st_mode & OTHERS]


def close_to_others(folder: Path | None = None) -> int:
    """Makes them private and returns their number. Raises Refused for files of another user, and
    for a shared folder.
    """
    readable = open_to_others(folder)
    for item in readable:
        mode = item.lstat().st_mode
        private_mode = 0o700 if item.is_dir() else 0o600
        by_hand = Refused(
            f"« {item} » est lisible par d'autres que vous et n'est pas à vous seul : changez ses"
            f" droits (chmod {private_mode:o}), ou choisissez un autre dossier avec CP_DATA_DIR."
        )
        # A shared folder, such as /tmp.
        if mode & stat.S_ISVTX:
            raise by_hand
        try:
            os.chmod(item, private_mode)
        except OSError as error:
            raise by_hand from error
    return len(readable)
