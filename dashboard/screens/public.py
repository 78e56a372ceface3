"""The publication for visitors (version publique): figures, workstreams and milestones with
their date, as published.
"""

from dashboard import cached, french
from dashboard.queries.news import LastPublication
from dashboard.screens.front import bar, hero
from dashboard.ui.blocks import fold
from dashboard.ui.cards import cards
from dashboard.ui.components import draw, published_workstreams
from dashboard.ui.figures import public_card, public_workstream, published_when
from dashboard.ui.tables import table, terms
from dashboard.visit.signin import ASKED_FOR


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
    with fold("Ce que chaque chiffre compte"):
        terms([(figure.label, figure.definition) for figure in shown.situation.figures])
