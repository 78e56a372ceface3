"""Figures of the academy (académie): seats, attendance, persons trained. Source: the facts of the registrations."""

from collections.abc import Sequence
from datetime import date

from sqlmodel import Session

from dashboard.figures.kinds import MONTHS_12, STOCK, Cut, Point, Points, Unit, Value, figure
from dashboard.figures.persons import distinct, is_hidden, persons_up_the_tree, rate_of_persons, up_the_tree
from dashboard.formulas import Rate
from dashboard.queries import academy as query
from dashboard.queries import directions, sheets
from dashboard.queries.academy import Attendance
from dashboard.queries.sheets import Answers
from dashboard.scope import Scope
from models.clock import last_month_end, window_start
from models.roadmap import TargetKind

_SOURCE = "sessions et inscriptions de l'académie"
_SUBJECTS = ("academy", "directions")
LONG_WAIT = 60


@figure("remplissage", "Sessions : remplissage",
        Value("remplissage", "Sessions : remplissage", Unit.percent, TargetKind.range,
              "Inscrits au début de la session, divisés par les places, sur les sessions tenues.", ("inscrits", "places")),
        window=MONTHS_12, cut=Cut.none, reader="académie", source=_SOURCE, subjects=_SUBJECTS)
def filling(session: Session, scope: Scope, dates: Sequence[date]) -> Points:
    found = []
    for on in dates:
        booked, capacity, held = query.seats(session, scope, on, window_start(on))
        found.append(Point.of_rate(on, Rate(booked, capacity), n=held, fresh_on=query.last_fact(session, scope, on)))
    return {"remplissage": found}


def _total(parts: dict[int, Attendance], counted: frozenset[int] | None) -> Attendance:
    kept = [a for service, a in parts.items() if counted is None or service in counted]
    return Attendance(sum(a.booked for a in kept), sum(a.full for a in kept), sum(a.partial for a in kept),
                      sum(a.no_show for a in kept), sum(a.hours for a in kept))


@figure("presence", "Présence aux sessions",
        Value("presence.taux", "Présence aux sessions", Unit.percent, TargetKind.rise,
              "Présences (une présence partielle compte pour moitié), divisées par les inscrits, à la dernière fin de "
              "mois.", ("présences", "inscrits")),
        Value("presence.non-excusees", "Absences non excusées", Unit.percent, TargetKind.fall,
              "Absences non excusées, divisées par les inscrits.", ("absences non excusées", "inscrits")),
        window=MONTHS_12, cut=Cut.person, reader="académie, managers", source=_SOURCE, subjects=_SUBJECTS)
def presence(session: Session, scope: Scope, dates: Sequence[date]) -> Points:
    found: Points = {"presence.taux": [], "presence.non-excusees": []}
    for on in dates:
        month_end = last_month_end(on)
        parts = query.attendance(session, scope, month_end, window_start(month_end))
        here, fresh = _total(parts, scope.counted), query.last_fact(session, scope, month_end)
        attended = here.full + here.partial / 2
        for code, n, count in (("presence.taux", attended, lambda a: a.booked - a.full),
                               ("presence.non-excusees", here.no_show, lambda a: a.no_show)):
            hidden = not scope.is_whole and _hides(scope, parts, count)
            point = Point.hidden(on, None, fresh) if hidden else Point.of_rate(on, Rate(n, here.booked), fresh_on=fresh)
            found[code].append(point)
    return found


def _hides(scope: Scope, parts: dict[int, Attendance], count) -> bool:
    """Absences are counts of persons: hidden where they, or those booked, are few."""
    booked = up_the_tree({service: a.booked for service, a in parts.items()}, scope.tree)
    counted = up_the_tree({service: count(a) for service, a in parts.items()}, scope.tree)
    return is_hidden(scope, booked, 0) or is_hidden(scope, counted, 0)


@figure("formation", "Agents formés",
        Value("formation", "Agents formés", Unit.percent, TargetKind.rise,
              "Agents distincts qui ont suivi au moins une session de l'académie, divisés par les agents, à la dernière "
              "fin de mois.", ("agents formés", "agents")),
        window=MONTHS_12, cut=Cut.person, reader="CODIR, RH", source=_SOURCE, subjects=_SUBJECTS)
def trained(session: Session, scope: Scope, dates: Sequence[date]) -> Points:
    found = []
    for on in dates:
        month_end = last_month_end(on)
        persons = query.trained(session, scope, month_end, window_start(month_end))
        counts = persons_up_the_tree(persons, scope.tree)
        found.append(rate_of_persons(on, scope, counts, distinct(scope, persons),
                                     directions.agents(session, scope, month_end),
                                     query.last_fact(session, scope, month_end)))
    return {"formation": found}


@figure("heures", "Heures de formation par agent",
        Value("heures", "Heures de formation par agent", Unit.hours, TargetKind.rise,
              "Heures suivies, divisées par les agents, à la dernière fin de mois.", ("heures suivies", "agents")),
        window=MONTHS_12, cut=Cut.person, reader="RH", source=_SOURCE, subjects=_SUBJECTS)
def hours(session: Session, scope: Scope, dates: Sequence[date]) -> Points:
    found = []
    for on in dates:
        month_end = last_month_end(on)
        start = window_start(month_end)
        here = _total(query.attendance(session, scope, month_end, start), scope.counted)
        agents, fresh = directions.agents(session, scope, month_end), query.last_fact(session, scope, month_end)
        persons = query.trained(session, scope, month_end, start)
        whole = len(frozenset().union(*persons.values()))
        # The hours of one or two persons would tell what they followed.
        if here.booked and is_hidden(scope, persons_up_the_tree(persons, scope.tree), whole):
            found.append(Point.hidden(on, agents, fresh))
        else:
            found.append(Point(on, here.hours / agents if agents else None, here.hours, agents, fresh_on=fresh))
    return {"heures": found}


@figure("satisfaction", "Satisfaction des formations",
        Value("satisfaction.taux", "Satisfaction des formations", Unit.percent, TargetKind.rise,
              "Évaluations de 4 ou 5, divisées par les évaluations ; n.d. sous 10.", ("4 ou 5", "évaluations")),
        Value("satisfaction.nps", "Recommandation des formations", Unit.points, TargetKind.rise,
              "Part des 9-10 moins part des 0-6, en points."),
        Value("satisfaction.reponses", "Taux de réponse aux évaluations", Unit.percent, TargetKind.follow,
              "Évaluations reçues, divisées par les présents.", ("évaluations", "présents")),
        window=MONTHS_12, cut=Cut.none, reader="académie", source="évaluations des sessions",
        subjects=_SUBJECTS)
def satisfaction(session: Session, scope: Scope, dates: Sequence[date]) -> Points:
    found: Points = {"satisfaction.taux": [], "satisfaction.nps": [], "satisfaction.reponses": []}
    for on in dates:
        month_end = last_month_end(on)
        start = window_start(month_end)
        parts = sheets.answers_by_ambition(session, month_end, start)
        here, attended = _answers(scope, parts), sheets.attended_at(session, scope, month_end, start)
        for code, point in _satisfied(on, here, attended, _few(scope, parts, here)).items():
            found[code].append(point)
    return found


def _answers(scope: Scope, parts: dict[int | None, Answers]) -> Answers:
    kept = [a for ambition, a in parts.items() if scope.ambition is None or ambition == scope.ambition.id]
    return Answers(sum(a.n for a in kept), sum(a.good for a in kept), sum(a.promoters for a in kept), sum(a.detractors for a in kept))


def _few(scope: Scope, parts: dict[int | None, Answers], here: Answers) -> bool:
    """Below ten nothing is shown; nor by ambition where one of them is few: the whole less the others would give it back."""
    return not here.is_shown or (scope.ambition is not None and any(not a.is_shown for a in parts.values()))


def _satisfied(on: date, here: Answers, attended: int, few: bool) -> dict[str, Point]:
    if not here.n:
        return {code: Point(on, None) for code in ("satisfaction.taux", "satisfaction.nps", "satisfaction.reponses")}
    if few:
        return {code: Point.hidden(on) for code in ("satisfaction.taux", "satisfaction.nps", "satisfaction.reponses")}
    return {"satisfaction.taux": Point.of_rate(on, Rate(here.good, here.n), n=here.n),
            "satisfaction.nps": Point(on, here.nps, n=here.n),
            "satisfaction.reponses": Point.of_rate(on, Rate(here.n, attended))}


@figure("attente", "Liste d'attente de plus de 60 jours",
        Value("attente", "Liste d'attente de plus de 60 jours", Unit.number, TargetKind.fall,
              "Agents en liste d'attente depuis plus de 60 jours, à la dernière fin de mois."),
        window=STOCK, cut=Cut.person, reader="académie", source=_SOURCE, subjects=_SUBJECTS)
def long_wait(session: Session, scope: Scope, dates: Sequence[date]) -> Points:
    found = []
    for on in dates:
        month_end = last_month_end(on)
        by_service = query.waiting(session, scope, month_end, LONG_WAIT)
        counts, whole, fresh = up_the_tree(by_service, scope.tree), sum(by_service.values()), query.last_fact(session, scope, month_end)
        if fresh is None:
            found.append(Point(on, None))
        elif is_hidden(scope, counts, whole):
            found.append(Point.hidden(on, None, fresh))
        else:
            here = whole if scope.is_whole else sum(n for service, n in by_service.items() if service in scope.counted)
            found.append(Point(on, here, fresh_on=fresh))
    return {"attente": found}
