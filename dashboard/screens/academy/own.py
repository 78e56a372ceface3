"""« Mes formations »: the reader's registrations, her obligations with their expiry, and the
trainings she followed.
"""

from collections.abc import Sequence

from dashboard import french
from dashboard.cached.academy import obligations_of as obligations_of_person
from dashboard.queries.academy.obligations import Obligation
from dashboard.queries.seats.records import Mine
from dashboard.rendering import macros
from dashboard.scope import Scope
from dashboard.screens.academy.evaluations import followed_block
from dashboard.screens.academy.registering import my_registrations
from dashboard.ui.components import empty_nothing_yet, heading, small_print
from dashboard.ui.tables import link, obligation_in_words, table
from dashboard.visit.navigation import address
from models.academy import TrainingStanding

TONES = {
    TrainingStanding.never: "late",
    TrainingStanding.lapsed: "late",
    TrainingStanding.soon: "open",
    TrainingStanding.valid: "good",
}


def obligations_of(scope: Scope) -> list[Obligation]:
    """The trainings the reader must follow, and those of hers that expire, as of today."""
    if not scope.reader.is_known:
        return []
    return obligations_of_person(scope.reader.person_id)


def own_trainings(
    scope: Scope, registrations: Sequence[Mine], obligations: Sequence[Obligation]
) -> None:
    my_registrations(scope, registrations)
    _obligations(scope, obligations)
    followed_block(scope, registrations)
    if not registrations and not obligations:
        empty_nothing_yet(
            "Vous n'êtes encore inscrit ou inscrite à aucune formation.",
            ("Choisir une date", address("academie", scope)),
        )


def _obligations(scope: Scope, obligations: Sequence[Obligation]) -> None:
    if not obligations:
        return
    heading("Ce que je dois suivre")
    rows = [
        (
            link(
                obligation.training.title,
                address("academie", scope, formation=obligation.training.code),
            ),
            macros().chip(obligation.standing.label, TONES[obligation.standing]),
            obligation_in_words(obligation.training),
            french.day(obligation.last_on) if obligation.last_on else "–",
            french.day(obligation.lapses_on) if obligation.lapses_on else "–",
        )
        for obligation in obligations
    ]
    table(
        ("Formation", "État", "À savoir", "Suivie le", "Valable jusqu'au"),
        rows,
        "Formations obligatoires ou à renouveler",
    )
    small_print(
        "Les formations obligatoires pour vous, et celles que vous avez suivies et qui sont à"
        " renouveler. Un rappel vous vient trois mois avant l'échéance."
    )
