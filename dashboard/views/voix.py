"""Quelles voix manquent: who is heard less than their number, in one sentence and one picture."""

from dashboard.frame.around import one_block
from dashboard.scope import Scope
from dashboard.screens import voices
from dashboard.ui.address import page_header


def body(scope: Scope, asked: dict[str, str]) -> None:
    """The parts of the screen."""
    page_header("Quelles voix manquent")
    voice = voices.asked_voice(asked)
    voices.choice(scope, voice)
    voices.picture(scope, voice)
    voices.over_time(scope, voice)
    voices.families(scope, voice)
    voices.sites(scope)
    voices.came_before(scope)
    voices.quality(scope)
    voices.definitions(voice)


def after(scope: Scope, _asked: dict[str, str]) -> None:
    voices.questionnaire(scope)


def render(_scope: Scope) -> None:
    one_block(body, asks=(voices.ASKED,), after=after)
