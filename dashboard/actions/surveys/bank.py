"""The question bank (banque): the questions that figures of ours are made of, in words whose
answers are read as a scale.
"""

from dataclasses import dataclass

from dashboard.queries.surveys.results import BAROMETER, ENPS, SATISFIED
from models.questionnaires import AskedKind

# Without « sans avis », which few tick: a question can be passed, and a few hidden answers would
# hide the favourable share beside them.
_AGREES = (
    "Pas du tout d'accord",
    "Plutôt pas d'accord",
    "Plutôt d'accord",
    "Tout à fait d'accord",
)
_SATISFIED = (
    "Pas du tout satisfait",
    "Plutôt insatisfait",
    "Plutôt satisfait",
    "Très satisfait",
)


@dataclass(frozen=True)
class Banked:
    """One question of the bank, and the figure that it feeds; `ends`: what those of its scale
    mean.
    """

    text: str
    kind: AskedKind
    figure: str
    choices: tuple[str, ...] = ()
    agents: bool = True
    ends: tuple[str, str] = ("", "")


BANK: dict[str, Banked] = {
    "banque-bien-etre": Banked(
        "Dans l'ensemble, je me sens bien dans mon travail.",
        AskedKind.single,
        BAROMETER,
        _AGREES,
    ),
    "banque-enps": Banked(
        "De 0 à 10, recommanderiez-vous la Ville comme employeur à quelqu'un de votre entourage ?",
        AskedKind.zero_to_ten,
        ENPS,
        ends=("Certainement pas", "Certainement"),
    ),
    "banque-satisfaction": Banked(
        "Dans l'ensemble, êtes-vous satisfait des services de la Ville ?",
        AskedKind.single,
        SATISFIED,
        _SATISFIED,
        agents=False,
    ),
}
