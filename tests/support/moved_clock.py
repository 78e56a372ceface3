"""A clock that tests move: days that pass, and jumps; its file moves served processes too."""

from dataclasses import dataclass
from pathlib import Path

DAY = 86_400.0


@dataclass
class MovedClock:
    """`clock` and `steady` are the seconds by which what the clock says, and the time that passes,
    are moved.
    """

    file: Path
    clock: float = 0.0
    steady: float = 0.0

    @property
    def settings(self) -> dict[str, str]:
        return {"CP_CLOCK_FILE": str(self.file)}

    def pass_days(self, days: float) -> None:
        """Time passes, and the clock follows."""
        self._write(self.clock + days * DAY, self.steady + days * DAY)

    def jump(self, days: float) -> None:
        """Somebody sets the clock; no time passes."""
        self._write(self.clock + days * DAY, self.steady)

    def _write(self, clock: float, steady: float) -> None:
        self.clock, self.steady = clock, steady
        beside = self.file.with_suffix(".new")
        beside.write_text(f"{clock} {steady}")
        beside.replace(self.file)
