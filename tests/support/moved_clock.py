"""A clock that tests move; its file moves served processes too."""

from dataclasses import dataclass
from pathlib import Path

DAY = 86_400.0


@dataclass
class MovedClock:
    """`seconds` by which what the clock says is moved."""

    file: Path
    seconds: float = 0.0

    @property
    def settings(self) -> dict[str, str]:
        return {"CP_CLOCK_FILE": str(self.file)}

    def move(self, days: float) -> None:
        self.seconds += days * DAY
        beside = self.file.with_suffix(".new")
        beside.write_text(str(self.seconds))
        beside.replace(self.file)
