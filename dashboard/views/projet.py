"""Le projet de transformation: its origin, its sponsors, its goals, its activities, and how to
take part.
"""

from dashboard import cached, french
from dashboard.cached import ideas
from dashboard.figures.board import Board
from dashboard.frame.around import without_filters
from dashboard.queries.waits import Way, way_at
from dashboard.report import wording
from dashboard.scope import Scope
from dashboard.screens.front import MOTTO, activities, ambition_icon
from dashboard.screens.workshops.papers import PDF, filing_address, made
from dashboard.ui.address import page_header
from dashboard.ui.components import draw, heading, link_buttons, reading
from dashboard.ui.downloads import download
from dashboard.visit.navigation import address
from models.idea_states import IdeaStatus
from models.settings import settings

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


def _steps(way: Way, scope: Scope) -> list[dict]:
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


def _aim(code: str, board: Board) -> str:
    aim = wording.ambition_aim(board, code)
    return f"Visé : {aim[0]}, {aim[1]}" if aim else ""


def _kit(scope: Scope) -> None:
    """The kit and its download: the whole administration, on the day looked at."""
    address = filing_address()  # read now: the file is made outside the page's run

    def make(session, scope: Scope) -> bytes:
        from dashboard.report.posters import kit

        return kit(session, scope, address)

    heading("Le kit de l'ambassadeur")
    reading("Ce qu'il faut dire, cinq diapositives, une affiche : avec les chiffres du jour.")
    download(
        "Kit de l'ambassadeur (PDF)",
        made(scope.whole(), make),
        f"c-possible-kit-{scope.on.isoformat()}.pdf",
        PDF,
        key="kit",
        icon="campaign",
    )


def body(scope: Scope, _asked: dict[str, str]) -> None:
    """The parts of the screen."""
    page_header("Le projet de transformation", f"« {MOTTO} »")
    draw("story/origin.html", origin=ORIGIN, allowed=ALLOWED)
    summaries = cached.ambition_summaries(scope.on)
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
    way_counts = way_at(
        scope.on, ideas.filed_and_done(scope), cached.groups(scope.on), cached.decisions(scope.on)
    )
    draw("story/way.html", steps=_steps(way_counts, scope))
    activities(cached.activities(), scope)
    draw("story/take_part.html", contact=settings().cp_contact)
    link_buttons(
        (
            ("Déposer une idée", address("deposer", scope), "edit_square"),
            ("Marquer mon intérêt", address("marques-interet", scope), "volunteer_activism"),
            ("Voir l'agenda", address("agenda", scope), "event"),
        ),
        after=True,
    )


def render(narrowed: Scope) -> None:
    # This page has no filters: those of other pages must not apply here.
    scope = cached.scope_of(narrowed.reader)
    without_filters(body, scope)
    _kit(scope)
