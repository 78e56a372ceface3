"""Figures of the academy (académie): seats, attendance, persons trained. Source: the facts of
registrations.
"""

from dataclasses import replace
from datetime import date

from dashboard.figures.kinds import (
    FEW,
    Breakdown,
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
    ambition_shares,
    at_month_end,
    counted_behind,
    counted_both,
    is_share_hidden,
    parts_of,
    rates_by_workplace,
    share_of,
    shares,
    workplace_values,
)
from dashboard.formulas import Rate
from dashboard.queries import directions
from dashboard.queries.academy import attendance, counts as query
from dashboard.queries.academy.counts import AttendanceCounts
from dashboard.queries.figures import figure_rows, late_facts
from dashboard.queries.figures.small_cells import SMALLEST, Counts
from dashboard.scope import Scope
from models.clock import last_month_end, window_start
from models.roadmap import TargetKind

_SOURCE = "sessions et inscriptions de l'académie"
_SUBJECTS = ("academy", "directions")
LONG_WAIT = 60
_NOTED = "Seulement les sessions aux présences notées."


@figure(
    "remplissage",
    "Sessions : remplissage",
    Value(
        "remplissage",
        "Sessions : remplissage",
        Unit.percent,
        TargetKind.range,
        "Inscrits au début de la session, divisés par les places, sur les sessions tenues.",
        ("inscrits", "places"),
    ),
    theme=Theme.academy,
    window=Window.twelve_months,
    cut=Breakdown.none,
    reader="académie",
    source=_SOURCE,
    facts=(late_facts.registrations,),
    rows=figure_rows.sessions,
    subjects=_SUBJECTS,
    workstream="academie",
)
def filling(reads: Reads, scope: Scope, on: date) -> dict[str, Point]:
    booked, capacity, with_seats, held = reads.read(query.seats, scope, on, window_start(on))
    point = Point.of_rate(
        on,
        Rate(booked, capacity),
        n=with_seats,
        coverage=Rate(with_seats, held),
        fresh_on=reads.read(query.last_fact, scope, on),
    )
    return {"remplissage": point}


# What attendance discloses: those present, and those absent. `remplissage` and the catalogue show
# the seats booked.
def _came(a: AttendanceCounts) -> Counts:
    return a.full + a.partial, a.booked - a.full


def _absent(a: AttendanceCounts) -> Counts:
    """Absent without excuse, all others, and those excused: what seats minus presences and absences
    discloses.
    """
    return a.no_show, a.booked - a.no_show, a.booked - a.full - a.no_show


def _sheets(reads: Reads, scope: Scope, month_end: date) -> Rate:
    """Sessions with recorded attendance, of those that had bookings."""
    return Rate(*reads.read(query.typed_sheets, scope, month_end, window_start(month_end)))


def _attended(reads: Reads, scope: Scope, month_end: date) -> Parts[AttendanceCounts]:
    return reads.derive(_attendance, scope, month_end).within(scope)


def _attendance(reads: Reads, scope: Scope, month_end: date) -> Parts[AttendanceCounts]:
    period = scope, month_end, window_start(month_end)
    by_ambition = reads.read(query.attendance_by_ambition, *period) if scope.ambition else None
    by_service = reads.read(query.attendance, *period)
    return parts_of(scope, query.attendance_of, by_service, by_ambition)


@figure(
    "presence",
    "Présence aux sessions",
    Value(
        "presence.taux",
        "Présence aux sessions",
        Unit.percent,
        TargetKind.rise,
        "Présences (une présence partielle compte pour moitié), divisées par les inscrits, à la"
        f" dernière fin de mois. {_NOTED}",
        ("présences", "inscrits"),
        of_persons=True,
        ambitions=("competences",),
    ),
    Value(
        "presence.non-excusees",
        "Absences non excusées",
        Unit.percent,
        TargetKind.fall,
        f"Absences non excusées, divisées par les inscrits. {_NOTED}",
        ("absences non excusées", "inscrits"),
        of_persons=True,
    ),
    theme=Theme.academy,
    window=Window.twelve_months,
    cut=Breakdown.person,
    reader="académie, managers",
    source=_SOURCE,
    facts=(late_facts.registrations,),
    rows=figure_rows.registrations,
    subjects=_SUBJECTS,
    workstream="academie",
)
def presence(reads: Reads, scope: Scope, on: date) -> dict[str, Point]:
    return at_month_end(reads, scope, on, _presence, counted_both)


def _presence(reads: Reads, scope: Scope, month_end: date) -> dict[str, Point]:
    parts = _attended(reads, scope, month_end)
    fresh = reads.read(query.last_typed, scope, month_end)
    sheets = _sheets(reads, scope, month_end)
    in_scope = parts.in_scope
    points = {}
    for code, n, label in (
        ("presence.taux", in_scope.full + in_scope.partial / 2, _came),
        ("presence.non-excusees", in_scope.no_show, _absent),
    ):
        # Without a booking there is no data, which is not a small cell.
        if parts.whole.booked and parts.is_hidden(scope, label):
            points[code] = Point.hidden(month_end, None, fresh, sheets)
        else:
            rate = Rate(n, in_scope.booked)
            points[code] = Point.of_rate(month_end, rate, fresh_on=fresh, coverage=sheets)
    return points


@figure(
    "formation",
    "Agents formés",
    Value(
        "formation",
        "Agents formés",
        Unit.percent,
        TargetKind.rise,
        "Agents distincts qui ont suivi au moins une session de l'académie, divisés par les agents,"
        f" à la dernière fin de mois. {_NOTED}",
        ("agents formés", "agents"),
        of_persons=True,
        ambitions=("competences",),
    ),
    *workplace_values("formation", "Agents formés", ("agents formés", "agents")),
    theme=Theme.academy,
    window=Window.twelve_months,
    cut=Breakdown.person,
    reader="CODIR, RH",
    source=_SOURCE,
    facts=(late_facts.registrations, late_facts.headcounts),
    rows=figure_rows.registrations,
    subjects=_SUBJECTS,
    workstream="academie",
)
def trained(reads: Reads, scope: Scope, on: date) -> dict[str, Point]:
    return at_month_end(reads, scope, on, _trained_by_workplace)


def _trained_by_workplace(reads: Reads, scope: Scope, month_end: date) -> dict[str, Point]:
    attended = _attended(reads, scope, month_end)
    sheets = _sheets(reads, scope, month_end)
    fresh = reads.read(query.last_typed, scope, month_end)
    points = dict.fromkeys(
        ("formation", f"formation{OFFICE}", f"formation{FIELD}"),
        Point(month_end, None, fresh_on=fresh),
    )
    # Attendance was not recorded: unknown is not zero.
    if attended.whole.booked:
        parts = _trained(reads, scope, month_end)
        points = rates_by_workplace(reads, scope, month_end, "formation", parts, fresh)
    return {code: replace(point, coverage=sheets) for code, point in points.items()}


def _trained(reads: Reads, scope: Scope, month_end: date) -> Parts[Share]:
    """Persons trained among the agents of the scope."""
    return reads.derive(_trained_in_all, scope, month_end).within(scope)


def _trained_in_all(reads: Reads, scope: Scope, month_end: date) -> Parts[Share]:
    """The same for every direction. The seats of the whole and of each ambition are shown, so they
    bound the number of absentees.
    """
    period = scope, month_end, window_start(month_end)
    agents = directions.agents_of(reads.read(directions.headcounts_at, scope, month_end))
    by_service = shares(reads.read(query.trained, *period), agents)
    by_ambition = None
    if scope.ambition:
        persons = reads.read(query.trained_by_ambition, *period)
        by_ambition = ambition_shares(persons, sum(share.among for share in by_service.values()))
    parts = parts_of(scope, share_of, by_service, by_ambition)
    attended = _attended(reads, scope, month_end)
    seats = {ambition: there.booked for ambition, there in attended.by_ambition.items()}
    return replace(
        parts,
        in_scope=replace(parts.in_scope, seats=attended.in_scope.booked),
        whole=replace(parts.whole, seats=attended.whole.booked),
        by_ambition={
            ambition: replace(share, seats=seats.get(ambition, 0))
            for ambition, share in parts.by_ambition.items()
        },
    )


@figure(
    "heures",
    "Heures de formation par agent",
    Value(
        "heures",
        "Heures de formation par agent",
        Unit.hours,
        TargetKind.rise,
        f"Heures suivies, divisées par les agents, à la dernière fin de mois. {_NOTED}",
        ("heures suivies", "agents"),
        of_persons=True,
        ambitions=("competences",),
    ),
    theme=Theme.academy,
    window=Window.twelve_months,
    cut=Breakdown.person,
    reader="RH",
    source=_SOURCE,
    facts=(late_facts.registrations, late_facts.headcounts),
    rows=figure_rows.registrations,
    subjects=_SUBJECTS,
    workstream="academie",
)
def hours(reads: Reads, scope: Scope, on: date) -> dict[str, Point]:
    return at_month_end(reads, scope, on, _hours_at, counted_behind)


def _hours_at(reads: Reads, scope: Scope, month_end: date) -> dict[str, Point]:
    attended = _attended(reads, scope, month_end)
    point = Point(month_end, None, fresh_on=reads.read(query.last_typed, scope, month_end))
    if attended.whole.booked:
        parts = _trained(reads, scope, month_end)
        agents, hours = parts.in_scope.among, attended.in_scope.hours
        # The hours of one or two persons would reveal what they followed.
        if is_share_hidden(scope, parts):
            point = Point.hidden(month_end, agents, point.fresh_on)
        else:
            value, n = hours / agents if agents else None, parts.in_scope.n
            point = Point(month_end, value, hours, agents, n, fresh_on=point.fresh_on)
    return {"heures": replace(point, coverage=_sheets(reads, scope, month_end))}


@figure(
    "satisfaction",
    "Satisfaction des formations",
    Value(
        "satisfaction.taux",
        "Satisfaction des formations",
        Unit.percent,
        TargetKind.rise,
        f"Évaluations de 4 ou 5, divisées par les évaluations ; n.d. sous 10. {_NOTED}",
        ("4 ou 5", "évaluations"),
        ambitions=("competences",),
    ),
    Value(
        "satisfaction.nps",
        "Recommandation des formations",
        Unit.points,
        TargetKind.rise,
        "Part des 9-10 moins part des 0-6, en points.",
    ),
    Value(
        "satisfaction.reponses",
        "Taux de réponse aux évaluations",
        Unit.percent,
        TargetKind.follow,
        "Évaluations reçues, divisées par les présents.",
        ("évaluations", "présents"),
        of_persons=True,
    ),
    theme=Theme.academy,
    window=Window.twelve_months,
    cut=Breakdown.none,
    reader="académie",
    source="évaluations des sessions",
    facts=(late_facts.registrations,),
    rows=None,
    subjects=_SUBJECTS,
    workstream="academie",
    typed=True,
)
def satisfaction(reads: Reads, scope: Scope, on: date) -> dict[str, Point]:
    points = _satisfaction(reads, scope, last_month_end(on))
    rates = {code: replace(points[code], on=on) for code in _RATES}
    return rates | at_month_end(reads, scope, on, _answered)


_RATES = ("satisfaction.taux", "satisfaction.nps")
_ANSWERED = "satisfaction.reponses"


def _answered(reads: Reads, scope: Scope, month_end: date) -> dict[str, Point]:
    return {_ANSWERED: _satisfaction(reads, scope, month_end)[_ANSWERED]}


def _satisfaction(reads: Reads, scope: Scope, month_end: date) -> dict[str, Point]:
    start = window_start(month_end)
    parts = reads.read(attendance.answers_by_ambition, scope, month_end, start)
    in_scope = _answers(scope, parts)
    attended = reads.read(attendance.attended_at, scope, month_end, start)
    # Fewer than ten answers are not shown; nor any ambition if one has few: the whole minus the
    # others would reveal it.
    few = not in_scope.is_shown or (
        scope.ambition is not None and any(not a.is_shown for a in parts.values())
    )
    # Attendance is the seats booked minus the absences: neither is shown if the other is hidden.
    is_hidden = (
        few
        or attended - in_scope.n < SMALLEST
        or _attended(reads, scope, month_end).is_hidden(scope, _came)
    )
    context = {
        "fresh_on": reads.read(attendance.last_evaluation, scope, month_end),
        "coverage": _sheets(reads, scope, month_end),
    }
    points = _satisfied(month_end, in_scope, attended, few, is_hidden)
    return {code: replace(point, **context) for code, point in points.items()}


def _answers(scope: Scope, parts: dict[int | None, attendance.Answers]) -> attendance.Answers:
    counted = [
        a
        for ambition, a in parts.items()
        if scope.ambition is None or ambition == scope.ambition.id
    ]
    return attendance.Answers(
        sum(a.n for a in counted),
        sum(a.good for a in counted),
        sum(a.promoters for a in counted),
        sum(a.detractors for a in counted),
    )


def _satisfied(
    on: date, in_scope: attendance.Answers, attended: int, few: bool, is_hidden: bool
) -> dict[str, Point]:
    if not in_scope.n or few:
        unknown = Point.hidden(on) if in_scope.n else Point(on, None)
        return dict.fromkeys((*_RATES, _ANSWERED), unknown)
    answered = Point.hidden(on) if is_hidden else Point.of_rate(on, Rate(in_scope.n, attended))
    return {
        "satisfaction.taux": Point.of_rate(on, Rate(in_scope.good, in_scope.n), n=in_scope.n),
        "satisfaction.nps": Point(on, in_scope.nps, n=in_scope.n),
        "satisfaction.reponses": answered,
    }


@figure(
    "attente",
    "Liste d'attente de plus de 60 jours",
    Value(
        "attente",
        "Liste d'attente de plus de 60 jours",
        Unit.number,
        TargetKind.fall,
        "Agents en liste d'attente depuis plus de 60 jours, à la dernière fin de mois.",
        of_persons=True,
        formula="nombre de personnes en attente depuis plus de 60 jours",
        hidden_as=FEW,
    ),
    theme=Theme.academy,
    window=Window.stock,
    cut=Breakdown.person,
    reader="académie",
    source=_SOURCE,
    facts=(late_facts.registrations,),
    rows=figure_rows.registrations,
    subjects=_SUBJECTS,
    workstream="academie",
)
def long_wait(reads: Reads, scope: Scope, on: date) -> dict[str, Point]:
    return at_month_end(reads, scope, on, _long_wait)


def _long_wait(reads: Reads, scope: Scope, month_end: date) -> dict[str, Point]:
    fresh = reads.read(query.last_fact, scope, month_end)
    parts = reads.derive(_waiting, scope, month_end).within(scope)
    # No record: unknown is not zero.
    if fresh is None:
        point = Point(month_end, None)
    # An empty waiting list discloses nobody.
    elif parts.is_hidden(scope, _alone, zero_is_shown=True):
        point = Point.hidden(month_end, None, fresh)
    else:
        point = Point(month_end, parts.in_scope, fresh_on=fresh)
    return {"attente": point}


def _waiting(reads: Reads, scope: Scope, month_end: date) -> Parts[int]:
    period = scope, month_end, LONG_WAIT
    by_ambition = reads.read(query.waiting_by_ambition, *period) if scope.ambition else None
    return parts_of(scope, sum, reads.read(query.waiting, *period), by_ambition)


def _alone(n: int) -> Counts:
    return (n,)
