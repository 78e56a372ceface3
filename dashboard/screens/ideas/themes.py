"""Giving themes to entries, one after the other, and what the themes tell (thèmes)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial

from dashboard import french
from dashboard.actions.ideas.clusters import code_entry, take_back
from dashboard.cached.ideas import likely_themes
from dashboard.queries.ideas import themes as queries
from dashboard.scope import Scope
from dashboard.ui.address import one_page
from dashboard.ui.blocks import fold
from dashboard.ui.components import caption, draw, empty_nothing_yet, escape_md
from dashboard.ui.forms import Done, Form
from dashboard.ui.tables import table, terms, unit_name
from dashboard.visit.navigation import address
from models.clock import quarter_start
from models.clusters import Coding, Theme
from models.database import reading
from models.ideas import Idea

FIRST, SECOND, RESULTS = "a-coder", "second-codage", "resultats"
_PROPOSED = 3
_KAPPA = "Accord de deux personnes, hasard déduit (kappa de Cohen, 1 : toujours d'accord)"
_RIGHT = "Dépôts dont le thème donné était parmi les trois proposés"


def coding_block(scope: Scope, chosen: str) -> None:
    """The next entry to code, with a button for each theme; or what the themes tell."""
    with reading() as session:
        themes = queries.open_themes(session, scope.on)
        codings = queries.codings_of(session)
        if chosen == RESULTS:
            return _results(scope, themes, codings, queries.coded_entries(session, scope))
        ideas = queries.to_code(session, scope, chosen == SECOND)
    if not (themes and ideas):
        nothing = "Plus aucun dépôt n'est à coder ici." if themes else "Aucun thème n'est ouvert."
        return empty_nothing_yet(nothing)
    place, [idea] = one_page(ideas, 1)
    following = address("lots", scope, liste=chosen, page=place + 1)
    draw("ideas/to_code.html", idea=idea, left=len(ideas) - place, following=following)
    # A second coder is shown no proposal: it is learned from what the first one chose.
    taught = len(codings) if chosen == FIRST else 0
    likely = likely_themes(scope, taught, f"{idea.title} {idea.body}")
    proposed = [theme for theme in likely if theme in {t.id for t in themes}][:_PROPOSED]
    _buttons(idea.number, themes, proposed)
    if proposed:
        caption(f"Boutons pleins : proposés d'après {french.number(taught)} dépôts déjà codés.")
    with fold("Les thèmes et leur définition"):
        return terms([(theme.name, theme.definition) for theme in themes])


def _buttons(number: int, themes: Sequence[Theme], proposed: Sequence[int]) -> None:
    """A button for each theme, those proposed full; the first nine have a key."""
    form = Form(f"theme_{number}")
    with form.row(key="cp_themes"):
        for key, theme in enumerate(themes, 1):
            form.button(
                escape_md(theme.name),
                partial(_code, number, theme.id, proposed),
                field=str(theme.id),
                primary=theme.id in proposed,
                shortcut=str(key) if key < 10 else None,
            )


def _code(number: int, theme_id: int, proposed: Sequence[int], session, reader) -> Done:
    theme = code_entry(session, reader, number, theme_id, proposed)
    return Done(
        f"Thème donné : {theme.name}.",
        "Reprendre",
        lambda session, reader: take_back(session, reader, number) or "Le thème est repris.",
    )


# --- what the themes tell -------------------------------------------------------------------------


def _results(
    scope: Scope,
    themes: Sequence[Theme],
    codings: Mapping[int, Sequence[Coding]],
    coded: Sequence[tuple[int, Idea]],
) -> None:
    """How often each theme was given, by direction and over time, in words; how well coders and
    the machine agree.
    """
    if len(coded) < queries.FEWEST:
        return empty_nothing_yet(f"Moins de {queries.FEWEST} dépôts sont codés ici.")
    by_unit = queries.cut([(theme, idea.concerns_id) for theme, idea in coded])
    units = {unit_name(scope.tree, unit, "Autres directions"): n for unit, n in by_unit.items()}
    _shares("Thèmes par direction", themes, Counter(theme for theme, _ in coded), units)
    by_quarter = queries.cut([(theme, quarter_start(idea.filed_on)) for theme, idea in coded])
    quarters = {
        f"Depuis {french.month_short(day)}" if day else "Autres": n for day, n in by_quarter.items()
    }
    _shares("Thèmes par trimestre", themes, Counter(theme for theme, _ in coded), quarters)
    caption(
        "Majorité : plus de la moitié des dépôts codés de la colonne ; minorité : moins ; une voix"
        f" : un seul dépôt. Sous {queries.FEWEST} dépôts codés, rien n'est montré à part."
    )
    kappa, twice, right, among = queries.quality(codings)
    few = f"moins de {queries.FEWEST} dépôts"
    of_two = f"{french.number(kappa, 2)} ({french.counted(twice, 'dépôt')})"
    of_three = french.rate(right, among) if among >= queries.FEWEST else few
    return terms([(_KAPPA, few if kappa is None else of_two), (_RIGHT, of_three)])


def _shares(
    title: str, themes: Sequence[Theme], whole: Counter[int], parts: Mapping[str, Counter[int]]
) -> None:
    columns = {"Tous les dépôts": whole} | parts
    rows = [
        (
            theme.name,
            french.number(whole[theme.id]),
            *(queries.share_in_words(n[theme.id], n.total()) or "–" for n in columns.values()),
        )
        for theme in sorted(themes, key=lambda theme: -whole[theme.id])
    ]
    table(("Thème", "Dépôts", *columns), rows, title, frozenset({1}))
