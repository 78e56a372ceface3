"""The fields of a light form (champs): each with what was typed, what is wrong, and what a screen
reader is told of it. Plain HTML: nothing here needs a script.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil

from markupsafe import Markup

from dashboard import french
from dashboard.actions.limits import TooMany
from dashboard.light.page import Visit
from dashboard.rendering import render
from models.clock import now
from models.errors import Refused

# Errors that belong to no field: what is wrong with the whole, and what is not wrong at all but
# has to wait.
WHOLE, WAIT = "form", "attente"


def refused(refusal: Refused) -> dict[str, str]:
    """A refusal as the error of a whole form. Too many sent at once is nothing to correct: it says
    for how long to wait, and that what was typed stays.
    """
    if not isinstance(refusal, TooMany):
        return {WHOLE: str(refusal)}
    minutes = max(ceil((refusal.until - now()).total_seconds() / 60), 1)
    left = french.counted(minutes, "minute")
    told = str(refusal).removesuffix(".")
    return {WAIT: f"{told}, dans {left} au plus ; ce que vous avez écrit reste ici."}


@dataclass(frozen=True)
class Fields:
    """The fields of one form: what the visit sent stands in them again, beside what is wrong."""

    visit: Visit
    errors: Mapping[str, str] = field(default_factory=dict)

    def line(self, name: str, label: str, hint: str = "", **how: object) -> Markup:
        """One line to write."""
        return self._field("light/line.html", name, label, hint, **how)

    def text(self, name: str, label: str, hint: str = "", **how: object) -> Markup:
        """Several lines to write."""
        return self._field("light/text.html", name, label, hint, **how)

    def choice(
        self,
        name: str,
        label: str,
        choices: Sequence[tuple[str, str]],
        default: str = "",
        hint: str = "",
        **how: object,
    ) -> Markup:
        """One of a few (value, words), all of them seen."""
        return self._field(
            "light/choice.html", name, label, hint, choices=choices, default=default, **how
        )

    def select(
        self,
        name: str,
        label: str,
        choices: Sequence[tuple[str, str]],
        default: str = "",
        hint: str = "",
    ) -> Markup:
        """One of many (value, words)."""
        return self._field("light/select.html", name, label, hint, choices=choices, default=default)

    def ticks(
        self, name: str, label: str, choices: Sequence[tuple[str, str]], hint: str = ""
    ) -> Markup:
        """Several of a few (value, words)."""
        chosen = self.visit.form.getlist(name)
        return self._field("light/ticks.html", name, label, hint, choices=choices, chosen=chosen)

    def steps(
        self,
        name: str,
        label: str,
        choices: Sequence[tuple[str, str]],
        ends: Sequence[tuple[str, str]] = (),
        hint: str = "",
    ) -> Markup:
        """One step of a scale of numbers, side by side; what its ends mean (step, words)."""
        more = (f"{name}-bouts",) if ends else ()
        return self._field("light/steps.html", name, label, hint, more, choices=choices, pairs=ends)

    def grid(
        self,
        name: str,
        label: str,
        lines: Sequence[tuple[str, str]],
        choices: Sequence[tuple[str, str]],
        hint: str = "",
    ) -> Markup:
        """Several lines (name of the field, words), each with one of the same choices."""
        told = [(line, words, self.value(line)) for line, words in lines]
        return self._field("light/grid.html", name, label, hint, choices=choices, lines=told)

    def check(self, name: str, label: str, hint: str = "") -> Markup:
        """Yes or nothing."""
        return self._field("light/check.html", name, label, hint)

    def summary(self, labels: Mapping[str, str]) -> Markup:
        """What is to be corrected, each a link to its field; empty where nothing is wrong. An error
        of the whole form (« form ») has no field; what has to wait is no error.
        """
        found = [
            (name, sentence, labels.get(name, ""))
            for name, sentence in self.errors.items()
            if name != WAIT
        ]
        return render("light/errors.html", errors=found, wait=self.errors.get(WAIT, ""))

    @property
    def status(self) -> int:
        """What the answer is to a browser: with 429 an entry that waited for the network waits
        on.
        """
        if WAIT in self.errors:
            return 429
        return 422 if self.errors else 200

    def value(self, name: str, default: str = "") -> str:
        """What was typed or chosen before, else the value to begin with."""
        return self.visit.given(name) if self.visit.is_sent else default

    def _field(
        self,
        template: str,
        name: str,
        label: str,
        hint: str,
        more: Sequence[str] = (),
        **how: object,
    ) -> Markup:
        """`more`: what else in its template tells of it, by id."""
        is_kept = how.pop("is_kept", True)
        default = str(how.pop("default", ""))
        value = self.value(name, default) if is_kept else default
        error = self.errors.get(name, "")
        described = [f"{name}-aide"] * bool(hint) + [f"{name}-erreur"] * bool(error) + [*more]
        return render(
            template,
            name=name,
            label=label,
            hint=hint,
            value=value,
            error=error,
            described=" ".join(described),
            **{"most": None, "rows": 6, "autocomplete": "off", "colours": (), "mode": ""} | how,
        )
