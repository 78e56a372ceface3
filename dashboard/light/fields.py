"""Fields of a light form (champs): the typed value, the error, and what a screen reader announces.
Plain HTML that works without scripts.
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
from models.errors import Invalid, Refused

# Keys of errors that belong to no field: an error of the whole form, and a limit after which the
# visitor has to wait.
WHOLE, WAIT = "form", "attente"


def refused(refusal: Invalid | Refused) -> dict[str, str]:
    """The errors of the fields, or a refusal as the error of the whole form. Too many requests is
    not an error to correct: the message says how long to wait, and that the typed text is not lost.
    """
    if isinstance(refusal, Invalid):
        return refusal.errors
    if not isinstance(refusal, TooMany):
        return {WHOLE: str(refusal)}
    minutes = max(ceil((refusal.until - now()).total_seconds() / 60), 1)
    remaining = french.counted(minutes, "minute")
    sentence = str(refusal).removesuffix(".")
    return {WAIT: f"{sentence}, dans {remaining} au plus ; ce que vous avez écrit reste ici."}


@dataclass(frozen=True)
class Fields:
    """The fields of one form, filled with what the visitor sent, each with its error."""

    visit: Visit
    errors: Mapping[str, str] = field(default_factory=dict)

    def line(self, name: str, label: str, hint: str = "", **how: object) -> Markup:
        """A one-line text field."""
        return self._field("light/line.html", name, label, hint, **how)

    def text(self, name: str, label: str, hint: str = "", **how: object) -> Markup:
        """A text field of several lines."""
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
        """One of a few (value, words), all visible."""
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
        """One step of a numeric scale, side by side; `ends` labels the ends (step, words)."""
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
        """Several lines (field name, words), each with one of the same choices."""
        values = [(line, words, self.value(line)) for line, words in lines]
        return self._field("light/grid.html", name, label, hint, choices=choices, lines=values)

    def check(self, name: str, label: str, hint: str = "") -> Markup:
        """A checkbox."""
        return self._field("light/check.html", name, label, hint)

    def summary(self, labels: Mapping[str, str]) -> Markup:
        """The errors, each a link to its field; empty without errors. An error of the whole form
        (`WHOLE`) has no field; a wait (`WAIT`) is not an error.
        """
        errors = [
            (name, sentence, labels.get(name, ""))
            for name, sentence in self.errors.items()
            if name != WAIT
        ]
        return render("light/errors.html", errors=errors, wait=self.errors.get(WAIT, ""))

    @property
    def status(self) -> int:
        """The HTTP status of the answer; with 429 an entry queued offline stays queued."""
        if WAIT in self.errors:
            return 429
        return 422 if self.errors else 200

    def value(self, name: str, default: str = "") -> str:
        """The value typed or chosen before, else the default."""
        return self.visit.form_value(name) if self.visit.is_sent else default

    def _field(
        self,
        template: str,
        name: str,
        label: str,
        hint: str,
        more: Sequence[str] = (),
        **how: object,
    ) -> Markup:
        """`more`: ids of other elements that describe the field."""
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
