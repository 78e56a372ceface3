"""Figures measured elsewhere (relevés): managers' sessions, well-being, citizens, sustainable
development.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from dashboard.figures.kinds import (
    Breakdown,
    Function,
    Point,
    Reads,
    Theme,
    Unit,
    Value,
    Window,
    figure,
)
from dashboard.figures.persons import (
    FIELD,
    OFFICE,
    Parts,
    Share,
    at_month_end,
    parts_of,
    share_of,
    share_of_members,
    shares_of,
)
from dashboard.formulas import Rate
from dashboard.queries.figures import figure_rows, late_facts
from dashboard.queries.figures.small_cells import SMALLEST_AVERAGE
from dashboard.queries.meetings.records import calendar
from dashboard.queries.people.readers import managers_by_service
from dashboard.queries.targets import every_measure, measured_by
from dashboard.scope import Scope
from models.clock import quarter_start
from models.meetings import MeetingKind, MeetingState
from models.roadmap import Measure, TargetKind

_SOURCE = "relevés datés"


@figure(
    "managers",
    "Participation à la communauté des managers",
    Value(
        "managers",
        "Participation à la communauté des managers",
        Unit.percent,
        TargetKind.rise,
        "Personnes qui ont un mandat et étaient présentes à au moins un atelier d'échange des"
        " managers dans le trimestre, divisées par les personnes qui ont un mandat, à la dernière"
        " fin de mois.",
        ("présents", "managers"),
        of_persons=True,
    ),
    theme=Theme.communities,
    window=Window.quarter,
    cut=Breakdown.department,
    reader="DG",
    source="réunions",
    facts=(late_facts.meetings,),
    rows=None,
    subjects=("meetings", "people", "directions"),
    workstream="managers",
    typed=True,
)
def managers(reads: Reads, scope: Scope, on: date) -> dict[str, Point]:
    return at_month_end(reads, scope, on, _participation)


def _participation(reads: Reads, scope: Scope, month_end: date) -> dict[str, Point]:
    history = reads.register(calendar, (MeetingKind.managers,))
    recorded = scope.known_by(month_end)
    fresh = history.presences.last_day(month_end, recorded)
    meetings = [
        m
        for m in history.at(month_end, recorded)
        if m.state == MeetingState.held and quarter_start(month_end) <= m.day <= month_end
    ]
    noted = [m for m in meetings if m.is_noted]
    point = Point(month_end, None, fresh_on=fresh)
    # Attendance was not recorded: unknown is not zero.
    if fresh is not None and (noted or not meetings):
        present = frozenset(person for m in noted for person, _ in m.persons)
        members = reads.derive(_managers, scope, month_end, present)
        point = share_of_members(month_end, scope, members, fresh, is_public=True)
    return {"managers": replace(point, coverage=Rate(len(noted), len(meetings)))}


def _managers(reads: Reads, scope: Scope, month_end: date, present: frozenset[int]) -> Parts[Share]:
    """Those who have a mandate at a month end, with those of them who were present."""
    own = reads.read(managers_by_service, scope, month_end)
    return parts_of(scope, share_of, shares_of(own, present, own))


def measured(*codes: str) -> Function:
    """The function of a figure read from dated measures: the last one; an average below n = 10 is
    not shown.
    """

    def last_measures(reads: Reads, scope: Scope, on: date) -> dict[str, Point]:
        measures = reads.register(every_measure)
        last = {code: _last_measure(measures.get(code, ()), scope, on) for code in codes}
        return {code: _beside_the_whole(last, code) for code in codes}

    return last_measures


def _beside_the_whole(points: dict[str, Point], code: str) -> Point:
    """Hides the average of a workplace if the rest of the whole is about fewer than ten, and both
    if one is hidden.
    """
    whole, _, side = code.partition("@")
    if not side:
        return points[code]
    sides = [points[f"{whole}{OFFICE}"], points[f"{whole}{FIELD}"]]
    rest = (points[whole].n or 0) - (points[code].n or 0)
    is_hidden = any(p.suppressed for p in sides) or 0 < rest < SMALLEST_AVERAGE
    if points[code].value is None or not is_hidden:
        return points[code]
    return Point.hidden(points[code].on, fresh_on=points[code].fresh_on)


def _last_measure(measures: Sequence[Measure], scope: Scope, on: date) -> Point:
    if not scope.is_whole and (scope.unit is None or scope.alone):
        # A measure is about one direction; several cannot be added.
        return Point(on, None)
    place = scope.unit.id if scope.unit else None
    known = measured_by(measures, on, scope.known_by(on))
    rows = [m for m in known if m.direction_id == place]
    if not rows:
        return Point(on, None)
    last = rows[-1]
    if last.n is not None and last.n < SMALLEST_AVERAGE:
        return Point.hidden(on, fresh_on=last.on)
    return Point(on, last.value, n=last.n, fresh_on=last.on)


def _declare(code: str, label: str, *values: Value, cut: Breakdown, reader: str) -> None:
    figure(
        code,
        label,
        *values,
        theme=Theme.outside,
        window=Window.stock,
        cut=cut,
        reader=reader,
        source=_SOURCE,
        facts=(late_facts.measures(*(value.code for value in values)),),
        rows=figure_rows.measures,
        subjects=("roadmap",),
        typed=True,
        measured=True,
    )(measured(*(value.code for value in values)))


_declare(
    "bien-etre",
    "Baromètre du bien-être",
    Value(
        "bien-etre.favorable",
        "Réponses favorables au baromètre",
        Unit.percent,
        TargetKind.rise,
        "Part des réponses favorables à la dernière mesure ; n.d. sous 10 réponses.",
        ambitions=("bien-etre",),
    ),
    *(
        Value(
            f"bien-etre.favorable{side}",
            f"Réponses favorables, agents {who} ordinateur au travail",
            Unit.percent,
            TargetKind.follow,
            f"La même part parmi les agents {who} ordinateur au travail ; n.d. sous 10 réponses de"
            " l'un ou de l'autre côté.",
        )
        for side, who in ((OFFICE, "avec"), (FIELD, "sans"))
    ),
    Value(
        "bien-etre.enps",
        "Recommandation de l'employeur",
        Unit.points,
        TargetKind.rise,
        "Part des 9-10 moins part des 0-6 à la dernière mesure.",
        ambitions=("bien-etre",),
    ),
    cut=Breakdown.person,
    reader="CODIR, SIPPT",
)
_declare(
    "citoyens",
    "Satisfaction des citoyens",
    Value(
        "citoyens.satisfaits",
        "Citoyens satisfaits",
        Unit.percent,
        TargetKind.rise,
        "Part des citoyens satisfaits à la dernière mesure.",
        ambitions=("citoyens",),
    ),
    Value(
        "citoyens.delai",
        "Délai de traitement des demandes",
        Unit.days,
        TargetKind.fall,
        "Délai de traitement à la dernière mesure.",
        ambitions=("citoyens",),
    ),
    cut=Breakdown.none,
    reader="CODIR, Collège",
)
_declare(
    "durable",
    "Développement durable et modernisation",
    Value(
        "durable.actions",
        "Actions de développement durable attestées",
        Unit.percent,
        TargetKind.rise,
        "Actions marquées « développement durable » et attestées, divisées par les actions.",
        ambitions=("durable",),
    ),
    Value(
        "durable.demarches",
        "Démarches numérisées",
        Unit.percent,
        TargetKind.rise,
        "Démarches numérisées, divisées par la liste visée.",
        ambitions=("modernisation", "durable"),
    ),
    cut=Breakdown.owner,
    reader="CODIR",
)
