"""What the project tells about itself: the publication for visitors (version publique), the steps
from an idea to a decision on « Le projet de transformation », and the ambassador's kit.
"""

from collections.abc import Sequence

from sqlmodel import Session

from dashboard import cached, french
from dashboard.figures.board import Board
from dashboard.queries.news import LastPublication
from dashboard.queries.pst import AmbitionSummary
from dashboard.queries.waits import Way
from dashboard.report import wording
from dashboard.scope import Scope
from dashboard.screens.front import ambition_icon, bar, hero
from dashboard.screens.workshops.papers import PDF, filing_address, made
from dashboard.ui.blocks import fold
from dashboard.ui.cards import cards
from dashboard.ui.components import draw, heading, published_workstreams, reading
from dashboard.ui.downloads import download
from dashboard.ui.figures import public_card, public_workstream, published_when
from dashboard.ui.tables import table, terms
from dashboard.visit.navigation import address
from dashboard.visit.signin import ASKED_FOR
from models.idea_states import IdeaStatus


def public_head(shown: LastPublication | None) -> None:
    """The head of the front page: what this is, what one can do, and the published roadmap."""
    town = cached.tree_at(cached.today()).root
    whose = f"{town.name} : avec" if town else "Avec"
    bars, figure, caption = [], "", ""
    if shown:
        bars = [bar(stream.name, stream.done) for stream in shown.situation.workstreams]
        for progress in (f for f in shown.situation.figures if f.code == "avancement"):
            figure = french.percent(progress.value)
            caption = f"de la feuille de route était fait au {french.day_long(shown.au)}"
    hero(
        bars,
        figure,
        caption,
        "La transformation, avec vous",
        f"{whose} C\u2011Possible, chacun propose une idée, reçoit une réponse et suit ce qui"
        " change. Sans compte, sans nom, en une minute.",
        (
            ("Déposer une idée", "edit_square", "/deposer"),
            ("Suivre mon idée", "key", "/suivre"),
            ("Se connecter", "login", f"/?{ASKED_FOR}=oui"),
        ),
    )


def situation(shown: LastPublication) -> None:
    """The published figures with both dates; milestones one click away."""
    draw("public/situation.html", when=published_when(shown), word=shown.word)
    cards([public_card(figure) for figure in shown.situation.figures], level=3)
    streams = [public_workstream(s) for s in shown.situation.workstreams]
    # Their progress is in the head of the page already.
    with fold(f"{french.sentence_case(french.every(len(streams), 'chantier'))} et leurs jalons"):
        published_workstreams(streams)
    with fold("Les jalons : échéance et date atteinte"):
        table(
            ("N°", "Jalon", "Échéance", "Atteint le"),
            [
                (
                    m.number,
                    m.title,
                    french.day(m.due),
                    french.day(m.reached_on) if m.reached_on else "–",
                )
                for m in shown.situation.milestones
            ],
            "Jalons de la feuille de route, situation publiée",
        )
    if shown.situation.quality:
        headings, *rows = shown.situation.quality
        with fold("Qualité de la participation"):
            table(headings, rows, "Qualité de la participation, par semestre")
    with fold("Ce que chaque chiffre compte"):
        terms([(figure.label, figure.definition) for figure in shown.situation.figures])


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


def kit_block(scope: Scope) -> None:
    """The kit and its download: the whole administration, on the day looked at."""
    address = filing_address()  # read now: the file is made outside the page's run

    def make(session: Session, scope: Scope) -> bytes:
        from dashboard.report.kit import kit

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
