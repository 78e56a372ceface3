"""The systemd units of an installation (unités): those of `deploy/systemd` with its names, paths
and user.
"""

import re
import sys
from dataclasses import dataclass
from pathlib import Path

from models.errors import Refused
from models.settings import ROOT

_SOURCES = ROOT / "deploy" / "systemd"
# From a wheel, they are installed in the environment.
UNITS = _SOURCES if _SOURCES.is_dir() else Path(sys.prefix) / "share" / "c-possible" / "systemd"
# Placeholders in the units of `deploy/`.
_NAME = "c-possible"
_DATA = "/var/lib/c-possible"
_STATE = Path("/var/lib")
_HOMES = (Path("/home"), Path("/root"), Path("/run/user"))
_PLAIN_NAME = re.compile(r"[a-z][a-z0-9-]{0,30}")
# systemd would read a space as a separator, and a percent sign as a specifier.
_PLAIN_PATH = re.compile(r"/[^\s%\"'\\$;|&]*")


@dataclass(frozen=True)
class Place:
    """One installation: the name of its units, its user, and its absolute paths."""

    name: str
    user: str
    program: Path
    settings: Path
    data: Path
    backups: Path

    def require(self) -> None:
        """Raises Refused for values that systemd would misread."""
        for what in (self.name, self.user):
            if not _PLAIN_NAME.fullmatch(what):
                raise Refused(
                    f"« {what} » ne convient pas à systemd : des minuscules, des chiffres et des"
                    " traits d'union, en commençant par une lettre."
                )
        for path in (self.program, self.settings, self.data, self.backups):
            if not _PLAIN_PATH.fullmatch(str(path)):
                raise Refused(
                    f"« {path} » ne convient pas à systemd : choisissez un chemin sans espace ni"
                    " signe particulier."
                )


def units_of(place: Place) -> dict[str, str]:
    """File → its text: services, timers, user (sysusers) and folders (tmpfiles)."""
    place.require()
    return {
        source.name.replace(_NAME, place.name): _filled(source.read_text(encoding="utf-8"), place)
        for source in sorted(UNITS.iterdir())
    }


def write_units(folder: Path, units: dict[str, str]) -> None:
    """Writes the units, unless one exists with another content. Raises Refused, without writing
    any.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in units.items():
        file = folder / name
        if file.exists() and file.read_text(encoding="utf-8") != text:
            raise Refused(f"{file} existe déjà et dit autre chose : choisissez un autre dossier.")
    for name, text in units.items():
        (folder / name).write_text(text, encoding="utf-8")


def _filled(text: str, place: Place) -> str:
    """Replaces whole words of the units of `deploy/`, longest first."""
    own = {
        "/srv/c-possible/.venv/bin/c-possible": place.program,
        "/etc/c-possible.env": place.settings,
        "/var/backups/c-possible": place.backups,
        "StateDirectory=c-possible": _folder_of_data(place.data),
        "ProtectHome=true": _homes(place),
        _DATA: place.data,
        "User=c-possible": f"User={place.user}",
        "Group=c-possible": f"Group={place.user}",
        "u c-possible ": f"u {place.user} ",
        "c-possible c-possible -": f"{place.user} {place.user} -",
        # Backup files are not renamed.
        "-name c-possible-*.zip": "-name c-possible-*.zip",
        "c-possible": place.name,
    }
    any_of = re.compile("|".join(re.escape(word) for word in own))
    return any_of.sub(lambda found: str(own[found[0]]), text)


def _folder_of_data(data: Path) -> str:
    """systemd creates folders below /var/lib; elsewhere the folder exists, and is made
    accessible.
    """
    if data.is_relative_to(_STATE) and data != _STATE:
        return f"StateDirectory={data.relative_to(_STATE)}"
    return f"ReadWritePaths={data}"


def _homes(place: Place) -> str:
    """Whether the program or data is in a home folder, which systemd hides."""
    paths = (place.program, place.settings, place.data, place.backups)
    in_a_home = any(path.is_relative_to(home) for path in paths for home in _HOMES)
    return "ProtectHome=read-only" if in_a_home else "ProtectHome=true"
