"""Extracts (extraits) for other pages to frame: one figure or one chart, and the HTML code of the
frame.

A signed-in reader sees an extract live, with her own rights. Without an account it shows the last
publication only, with its date; for anything else, one sentence and a link out of the frame.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

import streamlit as st

from dashboard import cached, french
from dashboard.charts.plots import Chart
from dashboard.figures.board import scope_for
from dashboard.figures.kinds import every_value
from dashboard.queries.news import LastPublication
from dashboard.rendering import render
from dashboard.scope import Scope
from dashboard.screens.roadmap.calendar import of_scope
from dashboard.screens.roadmap.programmes import by_workstream
from dashboard.screens.roadmap.workstreams import (
    FILED,
    FILED_FILES,
    S_CURVE,
    S_CURVE_FILES,
    filed_by_month,
    s_curve,
)
from dashboard.ui.cards import cards
from dashboard.ui.charts import (
    card_of,
    explore,
    figure_of,
    public_card,
    public_workstream,
    published_when,
    show,
)
from dashboard.ui.components import draw, published_workstreams
from dashboard.visit.navigation import address, public_address
from dashboard.web.files import ScopeFile
from dashboard.web.serving import FRAMED

FORM, EXTRACT, AGENDA, CAMPAIGN = FRAMED
FIGURE = "chiffre"
CHART = "graphique"
STREAMS = "chantiers"
CHARTS = {
    S_CURVE: "Le prévu et l'acquis de la feuille de route",
    FILED: "Les dépôts mois par mois",
    STREAMS: "L'avancement par chantier",
}
# There is one roadmap: these charts are the same for every direction.
WHOLE_ONLY = (S_CURVE, STREAMS)
NOT_FOUND = "Cet extrait n'existe pas, ou ne vous est pas ouvert."
NOT_PUBLIC = (
    "Cet extrait ne se lit qu'avec un compte : il n'est pas dans la dernière situation publiée."
)
_IN_FRAME = "_cp_in_frame"


@dataclass(frozen=True)
class Extract:
    """A value of a figure (`chiffre`) or a chart of the list (`graphique`), as an address
    names it.
    """

    kind: str
    code: str
    title: str


def is_embedded() -> bool:
    """Whether another page frames this tab; remembered, since the address may change within a
    frame.
    """
    # Compared with True: under AppTest what comes from the browser is a mock.
    if st.context.is_embedded is True:
        st.session_state[_IN_FRAME] = True
    return bool(st.session_state.get(_IN_FRAME))


def extracts(kind: str, scope: Scope) -> list[Extract]:
    """What may be an extract: the charts, or every value in the order of the catalogue."""
    if kind == CHART:
        return [Extract(CHART, code, title) for code, title in CHARTS.items()]
    streams = [stream.id for stream in cached.streams(scope)]
    return [Extract(FIGURE, value.code, value.label) for _, value in every_value(streams)]


def asked_extract(scope: Scope, params: Mapping[str, str]) -> Extract | None:
    """The extract named by the address (`params`); None for any other address."""
    kind = CHART if CHART in params else FIGURE
    return next((one for one in extracts(kind, scope) if one.code == params.get(kind)), None)


# --- drawing an extract -------------------------------------------------------------------------


def may_see(extract: Extract | None, scope: Scope, params: Mapping[str, str]) -> bool:
    """A signed-in reader: whatever her rights allow. Without an account: what the last publication
    contains, for the day and scope asked for.
    """
    if extract is None or scope.ignored:
        return False
    if scope.reader.is_known:
        return True
    publication = cached.published()
    # Without a date an extract follows the publications.
    if publication is None or ("au" in params and scope.on != publication.au):
        return False
    # A publication is about the whole administration: for a direction it would be another figure.
    is_of_the_whole = scope.is_whole and not scope.ambition
    return is_of_the_whole and is_published(extract, publication)


def is_published(extract: Extract, publication: LastPublication) -> bool:
    if extract.kind == CHART:
        return extract.code == STREAMS and bool(publication.situation.workstreams)
    return any(figure.code == extract.code for figure in publication.situation.figures)


def extract_block(extract: Extract, scope: Scope, is_framed: bool) -> None:
    """One figure or chart, with its source and date below. The caller has checked `may_see`."""
    if not scope.reader.is_known:
        return _published(extract, cached.published(), is_framed)
    if extract.kind == CHART:
        return _chart(extract, scope, is_framed)
    figure = figure_of(extract.code)
    cards([card_of(scope, cached.board(scope, [figure.code])[extract.code])], level=2)
    _source(
        scope_for(scope, figure).sentence(),
        address("pourquoi", scope, chiffre=extract.code),
        is_framed,
    )


def _published(extract: Extract, publication: LastPublication, is_framed: bool) -> None:
    if extract.kind == CHART:
        published_workstreams(
            [public_workstream(stream) for stream in publication.situation.workstreams],
            extract.title,
        )
    else:
        figures = {figure.code: figure for figure in publication.situation.figures}
        cards([public_card(figures[extract.code])], level=2)
    _source(published_when(publication), "/", is_framed)


# Code of a chart → the chart, its files, the screen that shows it.
_CURVES: Mapping[str, tuple[Callable[[Scope], Chart], Sequence[ScopeFile], str]] = {
    S_CURVE: (s_curve, S_CURVE_FILES, "feuille-de-route"),
    FILED: (filed_by_month, FILED_FILES, "idees"),
}


def _chart(extract: Extract, scope: Scope, is_framed: bool) -> None:
    screen = "feuille-de-route"
    if extract.code in _CURVES:
        chart_of, files, screen = _CURVES[extract.code]
        show(chart_of(scope), scope, files=files, level=2)
        explore(chart_of(scope))
    else:
        states = cached.workstreams(scope.on, scope.asked)
        by_workstream(states, of_scope(scope), scope, extract.title)
    of = scope.whole() if extract.code in WHOLE_ONLY else scope
    _source(of.sentence(), address(screen, scope), is_framed)


def _source(message: str, href: str, is_framed: bool) -> None:
    """The subject and date of an extract, and a link to the product, in a new tab if it is
    framed.
    """
    draw("embedding/source.html", message=message, href=href, is_embedded=is_framed)


def outside(sentence: str, href: str, query: Mapping[str, str], is_framed: bool = True) -> None:
    """Instead of a refused extract: one sentence, and a link to the product."""
    params = urlencode({name: value for name, value in query.items() if name != "embed"})
    draw(
        "embedding/outside.html",
        sentence=sentence,
        href=f"{href}?{params}" if params else href,
        is_embedded=is_framed,
    )


# --- the code of a frame ------------------------------------------------------------------------


def framed_address(extract: Extract | None, scope: Scope) -> str:
    """The address of a frame: the form if `extract` is None. A day is included only if it is not
    today: an extract follows the date.
    """
    params = {} if extract is None else {extract.kind: extract.code}
    if not scope.is_whole:
        params["direction"] = scope.codes
    if scope.ambition:
        params["ambition"] = scope.ambition.code
    if extract is not None and scope.on != cached.today():
        params["au"] = scope.on.isoformat()
    return f"/{EXTRACT if extract else FORM}?{urlencode(params | {'embed': 'true'})}"


def frame_code(href: str, title: str, height: int) -> str:
    """The HTML to paste. No `sandbox`: it would disable the buttons of the form and links to new
    tabs.
    """
    attributes = {
        "src": public_address() + href,
        "title": french.typo(title).replace("'", "’"),
        "width": "100%",
        "height": str(height),
        "loading": "lazy",
        "allow": "clipboard-write",
        "style": "border:0",
    }
    return str(render("embedding/frame_code.html", attributes=attributes))
