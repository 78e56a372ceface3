"""Savoir-faire: what colleagues can teach or want to learn, and possible matches."""

from collections.abc import Sequence

from dashboard.access import may
from dashboard.cached import open_skills, revealed_skills
from dashboard.queries.interests import Revealed
from dashboard.scope import Scope
from dashboard.screens.interests import offer_fields, offers
from dashboard.ui.address import page_header
from dashboard.ui.components import empty_nothing_yet, heading
from dashboard.ui.tables import link, table
from dashboard.ui.unfolding import Fold, unfolding, unfoldings
from dashboard.visit.navigation import address
from models.communities import InterestKind

_TEACHES, _LEARNS = InterestKind.teaches, InterestKind.learns
_TITLES = {
    _TEACHES: "Ce que des collègues peuvent transmettre",
    _LEARNS: "Ce que des collègues voudraient apprendre",
}


def render(scope: Scope) -> None:
    page_header("Savoir-faire")
    if may(scope.reader, "seat.register"):
        unfoldings(
            [
                _declaring(_TEACHES, "J'ai un savoir-faire à transmettre", ":material/school:"),
                _declaring(_LEARNS, "Ce que je voudrais apprendre", ":material/lightbulb:"),
            ]
        )
    skills = open_skills()
    if not skills:
        return empty_nothing_yet(
            "Personne n'a encore dit ce qu'il peut transmettre ou voudrait apprendre : commencez."
        )
    for kind, title in _TITLES.items():
        if rows := [item for item in skills if item.record.kind == kind]:
            heading(title)
            offers(scope, rows)
    # Skills that ideas mention as missing, and colleagues who may have them.
    if rows := revealed_skills(scope):
        unfolding(
            "Ce que des idées laissent voir : un savoir-faire manque",
            *(_revealed, scope, rows),
            key="w_revealed",
            icon=":material/lightbulb:",
        )


def _declaring(kind: InterestKind, title: str, icon: str) -> Fold:
    words = ("En quelques mots", "Précision (facultatif)")
    note = "Votre nom et votre fonction sont affichés à côté, pour que l'on puisse vous contacter."
    return Fold(title, offer_fields, (kind, words, note, "Publier"), f"w_skill_{kind}", icon)


def _revealed(scope: Scope, rows: Sequence[Revealed]) -> None:
    table(
        ("Idée", "Qui pourrait y répondre"),
        [
            (
                link(row.title, address("idees", scope, idee=row.number)),
                " ; ".join(row.meets) or "personne encore",
            )
            for row in rows
        ],
        "Idées qui disent qu'un savoir-faire manque",
    )
