"""One published figure or chart, for another page to frame."""

from starlette.responses import Response

from dashboard import cached
from dashboard.access import NOBODY
from dashboard.frame.embedding import (
    EXTRACT,
    NOT_FOUND,
    NOT_PUBLIC,
    asked_extract,
    extract_block,
    may_see,
    outside,
)
from dashboard.light.page import Visit, page
from dashboard.ui.blocks import gathering
from dashboard.ui.components import heading, title_block


def extract_page(visit: Visit) -> Response:
    params = dict(visit.request.query_params)
    scope = cached.scope_of(NOBODY, params)
    extract = asked_extract(scope, params)
    title = "Un chiffre ou un graphique"
    with gathering() as parts:
        if may_see(extract, scope, params):
            title = extract.title
            if visit.is_framed:
                heading(title, level=1, hidden=True)
            else:
                title_block(title)
            extract_block(extract, scope, visit.is_framed)
        else:
            refusal = NOT_FOUND if extract is None else NOT_PUBLIC
            outside(refusal, f"/{EXTRACT}", params, visit.is_framed)
    return page(visit, title, parts)
