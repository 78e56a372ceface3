"""Extracts (extraits) that another page may frame: one figure or one chart alone, and the code that
frames it.

Who is signed in reads an extract live, with her own rights. Without an account an extract holds
what the last publication holds and nothing else, with its date; what it does not hold is one
sentence and a way out of the frame.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

import streamlit as st

from dashboard import cached, french
from dashboard.charts.chart import Chart
from dashboard.figures.board import scope_for
from dashboard.figures.kinds import every_value
from dashboard.queries.news import LastPublication
from dashboard.rendering import render
from dashboard.scope import Scope
from dashboard.screens.roadmap.curves import (
    FILED,
    FILED_FILES,
    S_CURVE,
    S_CURVE_FILES,
    filed_by_month,
    s_curve,
)
from dashboard.ui.cards import cards
from dashboard.ui.charts import explore, show
from dashboard.ui.components import draw, workstream_rows
from dashboard.ui.figures import (
    card_of,
    figure_of,
    public_card,
    public_workstream,
    published_when,
    workstream_row,
)
from dashboard.visit.navigation import address, origin
from dashboard.web.scope_files import ScopeFile
from dashboard.web.serving import FRAMED
from models.settings import settings

FORM, EXTRACT, AGENDA = FRAMED
FIGURE = "chiffre"
CHART = "graphique"
STREAMS = "chantiers"
CHARTS = {
    S_CURVE: "Le prévu et l'acquis de la feuille de route",
    FILED: "Les dépôts mois par mois",
    STREAMS: "L'avancement par chantier",
}
# The roadmap is one: these charts are the same under every direction.
WHOLE_ONLY = (S_CURVE, STREAMS)
NOT_FOUND = "Cet extrait n'existe pas, ou ne vous est pas ouvert."
NOT_PUBLIC = (
    "Cet extrait ne se lit qu'avec un compte : il n'est pas dans la dernière situation publiée."
)
_IN_FRAME = "_cp_in_frame"


@dataclass(frozen=True)
class Extract:
    """What an address asks for: a value of a figure (`chiffre`) or a chart of the list
    (`graphique`).
    """

    kind: str
    code: str
    title: str


def is_embedded() -> bool:
    """Whether another page frames this tab. Once framed, always: a frame whose address changed
    is still a frame.
    """
    # Compared with True: under AppTest what comes from the browser is a mock.
    if st.context.is_embedded is True:
        st.session_state[_IN_FRAME] = True
    return bool(st.session_state.get(_IN_FRAME))


def figure_extracts(scope: Scope) -> list[Extract]:
    """Every value that may be shown alone, in the order of the catalogue."""
    streams = [stream.id for stream in cached.streams(scope)]
    return [Extract(FIGURE, value.code, value.label) for _, value in every_value(streams)]


def chart_extracts() -> list[Extract]:
    return [Extract(CHART, code, title) for code, title in CHARTS.items()]


def asked_extract(scope: Scope, asked: Mapping[str, str]) -> Extract | None:
    """The extract that the address (`asked`) names; None for whatever else stands there."""
    code = asked.get(CHART)
    offered = figure_extracts(scope) if code is None else chart_extracts()
    wanted = code or asked.get(FIGURE)
    return next((extract for extract in offered if extract.code == wanted), None)


# --- drawing one ----------------------------------------------------------------------------------


def may_see(extract: Extract | None, scope: Scope, asked: Mapping[str, str]) -> bool:
    """Who is signed in: whatever exists and is hers. Without an account: what is in the last
    publication, as it was asked for.
    """
    if extract is None or scope.ignored:
        return False
    if scope.reader.is_known:
        return True
    shown = cached.published()
    if shown is None or not _is_its_day(scope, shown, asked):
        return False
    # A publication speaks of the whole: under the name of a direction it would be another figure.
    is_of_the_whole = scope.is_whole and not scope.ambition
    return is_of_the_whole and is_published(extract, shown)


def is_published(extract: Extract, shown: LastPublication) -> bool:
    if extract.kind == CHART:
        return extract.code == STREAMS and bool(shown.situation.workstreams)
    return any(figure.code == extract.code for figure in shown.situation.figures)


def _is_its_day(scope: Scope, shown: LastPublication, asked: Mapping[str, str]) -> bool:
    """An extract without a date follows the publications; one that names a day shows that day or
    nothing.
    """
    return "au" not in asked or scope.on == shown.au


def extract_block(extract: Extract, scope: Scope, is_framed: bool) -> None:
    """One figure or one chart, and under it of what and of when it speaks. The caller has asked
    `may_see`.
    """
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


def _published(extract: Extract, shown: LastPublication, is_framed: bool) -> None:
    if extract.kind == CHART:
        workstream_rows(
            [public_workstream(stream) for stream in shown.situation.workstreams], extract.title
        )
    else:
        figures = {figure.code: figure for figure in shown.situation.figures}
        cards([public_card(figures[extract.code])], level=2)
    _source(published_when(shown), "/", is_framed)


# Code of a chart → the chart, its files, the screen where it stands.
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
        workstream_rows([workstream_row(state, scope) for state in states], extract.title)
    of = scope.whole() if extract.code in WHOLE_ONLY else scope
    _source(of.sentence(), address(screen, scope), is_framed)


def _source(message: str, href: str, is_framed: bool) -> None:
    """Of what and of when an extract speaks, and the way to the product, in a tab of its own
    where another page frames it.
    """
    draw("embedding/source.html", message=message, href=href, is_embedded=is_framed)


def outside(sentence: str, href: str, asked: Mapping[str, str], is_framed: bool = True) -> None:
    """In place of what a frame may not show: one calm sentence, and the way to the product."""
    params = urlencode({name: value for name, value in asked.items() if name != "embed"})
    draw(
        "embedding/outside.html",
        sentence=sentence,
        href=f"{href}?{params}" if params else href,
        is_embedded=is_framed,
    )


# --- giving one away ------------------------------------------------------------------------------


def framed_address(extract: Extract | None, scope: Scope) -> str:
    """What a frame asks for: the form where `extract` is None. A day is written only where it is
    not today: an extract follows the days.
    """
    params = {} if extract is None else {extract.kind: extract.code}
    if not scope.is_whole:
        params["direction"] = scope.codes
    if scope.ambition:
        params["ambition"] = scope.ambition.code
    if extract is not None and scope.on != cached.today():
        params["au"] = scope.on.isoformat()
    return f"/{EXTRACT if extract else FORM}?{urlencode(params | {'embed': 'true'})}"


def framed_agenda() -> str:
    """What a frame asks for to show the dates that are open to all."""
    return f"/{AGENDA}?embed=true"


def frame_code(href: str, title: str, height: int) -> str:
    """The HTML to paste. No `sandbox`: it would take the form its buttons and the links their
    tabs.
    """
    attributes = {
        "src": origin() + href,
        "title": french.typo(title).replace("'", "’"),
        "width": "100%",
        "height": str(height),
        "loading": "lazy",
        "allow": "clipboard-write",
        "style": "border:0",
    }
    return str(render("embedding/frame_code.html", attributes=attributes))


def framing_sites() -> list[str]:
    """The sources that may frame the form and the extracts, as IT has set them; none by default."""
    return [source for source in settings().cp_frame_ancestors.split() if source != "'none'"]
