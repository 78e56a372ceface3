"""« Le projet de transformation »: its origin, its goals, and the steps from an idea to a
decision over the last twelve months. Each part takes plain values.
"""

from collections.abc import Sequence

from dashboard import cached, french
from dashboard.figures.board import Board
from dashboard.queries.pst import AmbitionSummary
from dashboard.queries.waits import Way
from dashboard.report import wording
from dashboard.scope import Scope
from dashboard.screens.front import ambition_icon
from dashboard.ui.components import draw
from dashboard.visit.navigation import address
from models.idea_states import IdeaStatus

MOTTO = "Chaque petite action est une marche vers la transformation !"
# The texts of the presentation.
ORIGIN = (
    "Notre administration construit son avenir avec ses agents. Le projet est le fruit de groupes"
    " d'agents de toutes les directions, du comité de direction, de rencontres menées par le"
    " Directeur général et les Inspecteurs généraux, et d'un questionnaire envoyé à tous."
)
ALLOWED = (
    "Faire le point sur ce qui va et ce qui ne va pas",
    "Faire émerger les attentes des agents et leurs priorités",
    "Identifier des ambassadeurs",
    "Dégager des ambitions communes",
    "Proposer des moyens d'amélioration : groupes de progrès, formations internes",
)


def steps_of(way: Way, scope: Scope) -> list[dict]:
    """The steps from an idea to a decision, each with its text and link."""
    groups = address("groupes", scope)
    more = (
        (
            "Le terrain s'exprime : rencontres, formulaires, papier, ambassadeurs.",
            "Ce que vous nous avez dit",
            address("ce-que-vous-dites", scope),
        ),
        (
            "Des agents volontaires analysent un problème et cherchent des pistes.",
            "Voir les groupes",
            groups,
        ),
        (
            "Chaque groupe remet une proposition concrète au comité de direction.",
            "Lire les propositions",
            groups,
        ),
        (
            f"{french.counted(way.adopted, 'proposition adoptée', 'propositions adoptées')},"
            " en tout ou en partie, avec un délai.",
            "D'où vient chaque groupe",
            groups,
        ),
        (
            "Parmi celles de l'année ; chacune a sa réponse.",
            "Voir les idées réalisées",
            address("idees", scope, etat=IdeaStatus.implemented),
        ),
    )
    names = ("n", "label", "message", "link", "href")
    rows = (counted + words for counted, words in zip(way.steps, more, strict=True))
    return [dict(zip(names, row, strict=True)) for row in rows]


def way(counts: Way, scope: Scope) -> None:
    """The steps from an idea to a decision, over the last twelve months."""
    draw("story/way.html", steps=steps_of(counts, scope))


def origin() -> None:
    """The origin of the project, its sponsors and its aim."""
    draw("story/origin.html", origin=ORIGIN, allowed=ALLOWED)


def goals(summaries: Sequence[AmbitionSummary], scope: Scope) -> None:
    """The five ambitions, each with its goal, else the first target of its figures."""
    board = cached.board(scope, wording.figures_of(summary.code for summary in summaries))
    rows = [
        {
            "id": summary.id,
            "icon": ambition_icon(summary.code),
            "name": summary.name,
            "href": address("ambitions", scope, ambition=summary.code),
            "goal": summary.goal or _aim(summary.code, board),
            "horizon": summary.horizon,
        }
        for summary in summaries
    ]
    draw("story/goals.html", rows=rows)


def _aim(code: str, board: Board) -> str:
    aim = wording.ambition_aim(board, code)
    return f"Visé : {aim[0]}, {aim[1]}" if aim else ""


def contact(to: str) -> None:
    """The contact address."""
    draw("story/take_part.html", contact=to)
