"""Blocks of the communities: covered services, growth, and the load of each ambassador."""

from collections.abc import Iterable
from itertools import groupby

from dashboard import french
from dashboard.access import may
from dashboard.cached import communities as kept
from dashboard.charts.chart import Chart
from dashboard.charts.figures import VALUE, evolution
from dashboard.queries.communities import Member, Reached
from dashboard.scope import Scope
from dashboard.ui.blocks import fold
from dashboard.ui.charts import files_of, show
from dashboard.ui.components import draw, small_print
from dashboard.ui.downloads import data_link
from dashboard.ui.tables import MEMBER_HEADINGS, member_rows, rows_file, table, unit_name
from dashboard.web.scope_files import ScopeFile
from models.communities import Community

# --- who reaches which service --------------------------------------------------------------------


def coverage_block(scope: Scope) -> None:
    """The services by direction, those without an ambassador first; shape and number repeat the
    colour.
    """
    rows = kept.coverage(scope)
    if not rows:
        return
    missing = [row for row in rows if not row.ambassadors]
    alone = sum(row.agents for row in missing)
    if missing:
        message = (
            f"{french.counted(len(missing), 'service')} sans ambassadeur sur {len(rows)}"
            f" ({french.counted(alone, 'agent')})."
        )
    else:
        message = f"Chacun des {len(rows)} services a au moins un ambassadeur."
    draw("ui/heading_and_reading.html", title="Qui couvre quoi", message=message)
    lacking = {row.direction for row in missing}
    directions = [
        (name, _gaps_first(units)) for name, units in groupby(rows, key=lambda row: row.direction)
    ]
    gaps = [direction for direction in directions if direction[0] in lacking]
    administration = [direction for direction in directions if direction[0] not in lacking]
    draw("communities/coverage.html", directions=gaps or administration)
    if gaps and administration:
        directions_in_words = french.counted(len(administration), "direction")
        with fold(f"{directions_in_words} dont chaque service a un ambassadeur"):
            draw("communities/coverage.html", directions=administration)
    with fold("Le même en tableau"):
        table(
            _COVERAGE,
            _coverage_rows(scope),
            "Services et ambassadeurs, ceux qui n'en ont pas d'abord",
            frozenset({2, 3, 4, 5}),
        )
        data_link(COVERAGE_FILE, scope, "Télécharger (CSV)")


_COVERAGE = (
    "Service",
    "Direction",
    "Agents",
    "Ambassadeurs du service",
    "Qui le couvrent aussi",
    "Agents par ambassadeur",
)


def _coverage_rows(scope: Scope) -> list[tuple]:
    return [
        (
            row.service.name,
            row.direction,
            row.agents,
            row.own,
            row.others,
            french.number(row.agents / row.ambassadors, 0) if row.ambassadors else "–",
        )
        for row in sorted(kept.coverage(scope), key=lambda row: row.ambassadors > 0)
    ]


COVERAGE_FILE = rows_file("couverture", "page.everyone", lambda _scope: _COVERAGE, _coverage_rows)


def _gaps_first(rows: Iterable[Reached]) -> list[dict]:
    return [_service(row) for row in sorted(rows, key=lambda row: row.ambassadors > 0)]


def _service(row: Reached) -> dict:
    reach, shape = _reach_and_shape(row.ambassadors)
    covered = french.counted(row.ambassadors, "ambassadeur")
    message = covered if row.ambassadors else "sans ambassadeur"
    return {
        "name": row.service.name,
        "reach": reach,
        "shape": shape,
        "message": f"{message} · {french.counted(row.agents, 'agent')}",
    }


def _reach_and_shape(ambassadors: int) -> tuple[str, str]:
    """The CSS class, and the shape that repeats the colour."""
    if ambassadors == 0:
        return "none", "■"
    if ambassadors == 1:
        return "few", "○"
    return "many", "●"


def sites_block(scope: Scope) -> None:
    """Sites without a meeting so far, largest first."""
    if not kept.sites_without_meeting(scope):
        return
    rows = _site_rows(scope)
    never = french.counted(len(rows), "site", "sites")
    with fold(f"{never} sans réunion jusqu'ici"):
        table(_SITES, rows, "Sites où aucune réunion n'a encore été tenue", frozenset({3, 4}))
        data_link(SITES_FILE, scope, "Télécharger (CSV)")


_SITES = ("Site", "Genre", "Direction", "Agents", "Ordinateurs")


def _site_rows(scope: Scope) -> list[tuple]:
    return [
        (
            site.name,
            site.kind[:1].upper() + site.kind[1:],
            unit_name(scope.tree, site.direction_id),
            site.agents,
            "–" if site.computers is None else site.computers,
        )
        for site in kept.sites_without_meeting(scope)
    ]


SITES_FILE = rows_file("sites-a-rencontrer", "page.everyone", lambda _scope: _SITES, _site_rows)


def growth_block(scope: Scope, community: Community) -> None:
    """Members per month, with joins and departures."""
    if chart := _growth(scope, community):
        show(chart, scope, files=GROWTH_FILES[community])


def _growth(scope: Scope, community: Community) -> Chart | None:
    rows = kept.growth(scope, community)
    if not any(row.members for row in rows):
        return None
    first, last = rows[0], rows[-1]
    joined = sum(row.joined for row in rows)
    left = sum(row.left for row in rows)
    members = french.counted(last.members, "membre")
    title = members
    if first.members:
        title += f" ; {french.number(first.members)} en {french.month(first.month_end)}"
    curve = {VALUE: [(row.month_end, row.members) for row in rows]}
    return Chart(
        f"membres-{community}",
        title,
        f"{french.counted(joined, 'arrivée')} et {french.counted(left, 'départ')} sur la période.",
        f"{community.label}. {title}.",
        evolution(curve, {VALUE: members}),
        ("Fin de mois", "Membres", "Arrivées", "Départs"),
        [(row.month_end, row.members, row.joined, row.left) for row in rows],
    )


def _growth_files(community: Community) -> tuple[ScopeFile, ...]:
    return files_of(
        f"membres-{community}-par-mois",
        "page.everyone",
        lambda scope: _growth(scope, community),
    )


GROWTH_FILES = {community: _growth_files(community) for community in Community}


def load_block(scope: Scope) -> None:
    """The load of each ambassador, in the order of the chart, for the programme office, which may
    share it out.
    """
    if not may(scope.reader, _SHARES_OUT) or not kept.loads(scope):
        return
    with fold("La charge de chaque ambassadeur", icon="balance"):
        small_print(
            "Dans l'ordre de l'organigramme. La part compte un agent pour moitié là où deux"
            " ambassadeurs couvrent le même service."
        )
        table(_LOADS, _load_rows(scope), "Charge des ambassadeurs", frozenset({2, 3, 4}))
        data_link(LOADS_FILE, scope, "Télécharger (CSV)")


_SHARES_OUT = "community.manage"
_LOADS = ("Nom", "Fonction", "Services couverts", "Agents de ces services", "Sa part")


def _load_rows(scope: Scope) -> list[tuple]:
    return [
        (
            row.member.name,
            row.member.function,
            row.services,
            row.agents,
            french.number(row.share, 0),
        )
        for row in kept.loads(scope)
    ]


LOADS_FILE = rows_file("charge-des-ambassadeurs", _SHARES_OUT, lambda _scope: _LOADS, _load_rows)


def members_here(scope: Scope, community: Community) -> list[Member]:
    """The members of the directions looked at, in the order of the chart."""
    everyone = kept.members(scope.whole(), community)
    return [m for m in everyone if scope.has(m.own_service)]


def members_block(scope: Scope, community: Community) -> None:
    """The members by direction; draws nothing if there are none."""
    members = members_here(scope, community)
    small_print(
        f"{french.counted(len(members), 'membre')}, avec leur accord, dans l'ordre de"
        " l'organigramme."
    )
    table(MEMBER_HEADINGS, member_rows(members, scope.tree), "Membres de la communauté")
    data_link(MEMBERS_FILES[community], scope, "Télécharger (CSV)")


def _members_file(community: Community) -> ScopeFile:
    return rows_file(
        f"membres-{community}",
        "page.everyone",
        lambda _scope: MEMBER_HEADINGS,
        lambda scope: member_rows(members_here(scope, community), scope.tree),
    )


MEMBERS_FILES = {community: _members_file(community) for community in Community}
FILES = (
    COVERAGE_FILE,
    SITES_FILE,
    LOADS_FILE,
    *(file for files in GROWTH_FILES.values() for file in files),
    *MEMBERS_FILES.values(),
)
