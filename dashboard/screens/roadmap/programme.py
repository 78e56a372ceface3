"""Blocks of the roadmap screen: workstreams, curves, calendar, what moved, forecasts, revisions."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import streamlit as st
from markupsafe import Markup

from dashboard import cached, french, theme
from dashboard.charts import roadmap as charts
from dashboard.figures.forecast import Backtest, Forecast, Forecasts, Move, moves
from dashboard.figures.roadmap import BY_HAND, WorkstreamState, earned_at, health_of, planned_at
from dashboard.formulas import FEWEST_SLIPS, Verdict, is_past_due, median, slip
from dashboard.queries.roadmap import MilestoneAt, Schedule
from dashboard.rendering import macros
from dashboard.scope import Scope
from dashboard.ui.charts import chart_with_table
from dashboard.ui.components import cards, draw, reading, section
from dashboard.ui.figures import cards_of
from dashboard.ui.tables import link, table
from dashboard.visit.navigation import address
from models.roadmap import Health, MilestoneState

_BAR = (
    "atteint",
    "a-jour",
    "a-surveiller",
    "en-difficulte",
    "sans-donnee",
    "en-pause",
    "a-venir",
    "annule",
)
_MANY = {"atteint": "atteints", "annule": "annulés"}


def verdict_of(m: MilestoneAt, scope: Scope) -> Verdict:
    return health_of(m, scope.on)


def heading(title: str, message: str = "") -> None:
    """An h2 and the sentence under it."""
    section(title, message)


# --- workstreams ----------------------------------------------------------------------------------


def workstreams(states: Sequence[WorkstreamState], scope: Scope, title: str) -> None:
    """One row per workstream: the distribution of its milestones' states, earned and planned,
    gap, probable end.
    """
    every = [m for m in cached.milestones(scope.on) if m.is_counted]
    weights = {
        s.workstream.id: sum(
            m.schedule.weight for m in every if m.milestone.workstream_id == s.workstream.id
        )
        for s in states
    }
    total, ends = sum(m.schedule.weight for m in every), cached.forecasts_at(scope.on).workstreams
    rows = [
        _workstream(s, weights[s.workstream.id], total, ends[s.workstream.id], scope)
        for s in states
    ]
    draw("roadmap/workstreams.html", title=title, is_part=not scope.is_whole, rows=rows)


@dataclass(frozen=True, slots=True)
class _WorkstreamView:
    """A workstream in words; `rule` is empty where the status says it itself."""

    name: str
    href: str
    note: str
    parts: Sequence["_BarPart"]
    states: str
    done: str
    planned: str
    gaps: Sequence[str]
    status: theme.Status
    rule: str


@dataclass(frozen=True, slots=True)
class _BarPart:
    """One state as a part of the bar; where it begins and how wide it is in per cent, its colour
    in CSS.
    """

    left: str
    width: str
    colour: str
    opacity: float


def _workstream(
    s: WorkstreamState, weight: float, total: float, end: Forecast, scope: Scope
) -> _WorkstreamView:
    share = french.percent(100 * weight / total) if total else french.UNKNOWN
    reported = (
        f"ont déjà un rapport : {french.number(s.reported.numerator)} sur"
        f" {french.number(s.reported.denominator)}"
    )
    points = (
        french.signed(s.earned - s.planned, "point", 1)
        if s.earned is not None and s.planned is not None
        else ""
    )
    gaps = [
        points,
        french.months_late(s.months) if s.months is not None else "",
        _end_in_words(end),
    ]
    return _WorkstreamView(
        name=f"{s.workstream.id}. {s.workstream.short_name}",
        href=address("feuille-de-route", scope, chantier=s.workstream.id),
        note=f"{share} du poids · {reported}",
        parts=_parts(s.distribution),
        states=in_words(s.distribution),
        done=french.percent(s.earned),
        planned=french.percent(s.planned),
        gaps=[gap for gap in gaps if gap],
        status=theme.STATUSES[str(s.verdict.health)],
        rule=_rule(s.verdict),
    )


_SAYS_ITSELF = (Health.reached, Health.cancelled, Health.paused, Health.upcoming)


def health_html(verdict: Verdict) -> Markup:
    """The badge of a status and the rule that gave it, where the status does not say it itself;
    one set by hand says so there.
    """
    return macros().verdict(theme.STATUSES[str(verdict.health)], _rule(verdict))


def _rule(verdict: Verdict) -> str:
    return (
        ""
        if verdict.health in _SAYS_ITSELF and not verdict.rule.startswith(BY_HAND)
        else verdict.rule
    )


def _end_in_words(end: Forecast) -> str:
    return f"fin probable {french.day(end.probable)}" if end.probable else ""


def _parts(distribution: dict[Health, int]) -> list[_BarPart]:
    """The states as parts of one bar, for the eye; the words under it say the same."""
    total, left, parts = sum(distribution.values()), 0.0, []
    for code in _BAR:
        n = distribution.get(Health(code), 0)
        if n:
            width = 100 * n / total
            parts.append(
                _BarPart(
                    f"{left:.2f}",
                    f"{width:.2f}",
                    theme.STATUSES[code].colour.var,
                    charts.FADED.get(code, 1),
                )
            )
            left += width
    return parts


def in_words(distribution: dict[Health, int]) -> str:
    """« ✓ 6 atteints · ■ 1 en difficulté »."""
    found = []
    for code in _BAR:
        n = distribution.get(Health(code), 0)
        if n:
            status = theme.STATUSES[code]
            word = status.word[0].lower() + status.word[1:]
            found.append(f"{status.shape} {n} {french.plural(n, word, _MANY.get(code, word))}")
    return " · ".join(found)


def workstream_facts(state: WorkstreamState, scope: Scope) -> None:
    """The rule behind the workstream's status, and when it ends if the past repeats itself."""
    end = cached.forecasts_at(scope.on).workstreams[state.workstream.id]
    paused = [
        m.milestone.number
        for m in cached.milestones(scope.on)
        if m.milestone.workstream_id == state.workstream.id and m.state == MilestoneState.paused
    ]
    message = f"{state.verdict.rule[0].upper()}{state.verdict.rule[1:]}. {forecast_in_words(end)}"
    without = (
        f" Sans {french.plural(len(paused), 'le jalon', 'les jalons')} en pause"
        f" ({', '.join(paused)})."
        if paused
        else ""
    )
    reading(message + without)


def forecast_in_words(end: Forecast | None) -> str:
    if end is None:
        return "Pas de date probable : rien n'est ouvert."
    if end.probable is None:
        return (
            "Date probable : n.d."
            f" ({french.counted(end.n, 'glissement passé', 'glissements passés')}, il en faut"
            f" {FEWEST_SLIPS})."
            if end.n
            else "Date probable : n.d."
        )
    return (
        f"Date probable : {french.day(end.probable)}, date prudente : {french.day(end.prudent)} "
        f"(n = {end.n} glissements passés)."
    )


# --- curves and calendar --------------------------------------------------------------------------


def s_curve(shown: Sequence[MilestoneAt], scope: Scope) -> None:
    rows = cached.s_curve(scope.on, frozenset(m.milestone.id for m in shown))
    now, plan = earned_at(shown), planned_at(shown, scope.on)
    if now is None or plan is None:
        return
    counted = [m for m in shown if m.is_counted]
    title = (
        f"Acquis {french.percent(now)}, prévu {french.percent(plan)} :"
        f" {french.signed(now - plan, 'point', 1)}" + whose(scope)
    )
    chart_with_table(
        charts.s_curve(),
        rows,
        f"Courbe en S{whose(scope)}. {charts.s_curve_alt(rows)}",
        title,
        key="courbe",
        level=2,
        note=scope.sentence(),
        message=(
            "Part du poids des jalons, mois par mois ; ont déjà un rapport :"
            f" {sum(m.report is not None for m in counted)} sur {len(counted)}."
        ),
        columns={"on": "Date", "kind": "Courbe", "value": "%"},
    )


def whose(scope: Scope) -> str:
    """Whose milestones a block counts, where they are not all: « (jalons de AD-BAT) »."""
    return "" if scope.is_whole else f" (jalons de {scope.codes.replace(',', ', ')})"


def gantt(shown: Sequence[MilestoneAt], scope: Scope) -> None:
    healths = [verdict_of(m, scope).health for m in shown]
    late = sum(is_past_due(m.facts(), scope.on) for m in shown)
    done = sum(m.state == MilestoneState.done for m in shown)
    states = in_words(Counter(healths))
    title = (
        f"{french.counted(done, 'jalon')} sur {len(shown)} {'atteint' if done < 2 else 'atteints'},"
        f" {late} en retard{whose(scope)}"
    )
    chart_with_table(
        charts.gantt(),
        charts.gantt_rows(shown, healths, scope.on),
        f"Calendrier des jalons : {title}. {states}.",
        title,
        key="calendrier",
        level=2,
        note=scope.sentence(),
        message=(
            "Barre large : le calendrier ; barre fine : le réel, ou la prévision ; ligne verticale"
            f" : la date regardée. {states}."
        ),
        columns={
            "name": "Jalon",
            "start": "Début",
            "end": "Échéance",
            "until": "Fin réelle ou prévue",
            "state": "État",
        },
    )


def dumbbell(shown: Sequence[MilestoneAt], scope: Scope) -> None:
    """From the first due date to the actual or forecast end, milestone by milestone."""
    counted = [m for m in shown if m.is_counted]
    if not counted:
        return
    later = sum((slip(m.facts()) or 0) > 0 for m in counted)
    title = (
        f"{french.counted(later, 'jalon')} sur {len(counted)}"
        f" {'finit ou finira' if later < 2 else 'finissent ou finiront'} après"
        f" l'échéance{whose(scope)}"
    )
    rows = charts.dumbbell_rows(counted, scope.on)
    chart_with_table(
        charts.dumbbell(),
        rows,
        f"Dates des jalons : {title}. {charts.slips_in_words(rows)}",
        title,
        key="dates",
        level=2,
        note=scope.sentence(),
        message=(
            "De l'échéance initiale à la fin réelle ou prévue ; à droite, l'écart à l'échéance en"
            " vigueur, en jours ; ligne verticale : la date regardée."
        ),
        columns={
            "name": "Jalon",
            "first": "Échéance initiale",
            "due": "Échéance en vigueur",
            "actual": "Fin réelle",
            "forecast": "Prévision",
            "slip": "Écart",
        },
    )


def milestone_table(shown: Sequence[MilestoneAt], scope: Scope) -> None:
    heading("Les jalons" + whose(scope))
    table(
        (
            "N°",
            "Jalon proposé",
            "Porteur",
            "Poids",
            "Échéance",
            "Fin réelle ou prévue",
            "Glissement",
            "Avancement",
            "Santé",
        ),
        [_line(m, scope) for m in shown],
        "Jalons de la feuille de route",
        frozenset({3, 6, 7}),
        download="jalons",
    )


def _line(m: MilestoneAt, scope: Scope) -> tuple:
    days = slip(m.facts())
    until = m.actual_end or (m.report.forecast_end if m.report else None)
    return (
        m.milestone.number,
        milestone_link(m, scope),
        m.schedule.owner,
        french.number(m.schedule.weight),
        french.day(m.schedule.end),
        french.day(until) if until else "–",
        french.signed(days, "jour", 0) if days is not None else "–",
        french.percent(100 * m.progress, 0),
        health_html(verdict_of(m, scope)),
    )


def milestone_link(m: MilestoneAt, scope: Scope) -> Markup:
    title = m.milestone.title + (" (critique)" if m.schedule.critical else "")
    return link(title, address("feuille-de-route", scope, jalon=m.milestone.number))


# --- what moved -----------------------------------------------------------------------------------


def moved(shown: Sequence[MilestoneAt], scope: Scope) -> None:
    """Since the day compared with: states that changed, dates that moved."""
    wanted = {m.milestone.id for m in shown}
    found = [
        move
        for move in moves(cached.programme(), scope.since, scope.on)
        if move.at.milestone.id in wanted
    ]
    then, now = (
        earned_at([m for m in cached.milestones(scope.since) if m.milestone.id in wanted]),
        earned_at(shown),
    )
    gained = (
        ""
        if then is None or now is None
        else (
            f"Acquis : {french.percent(then)} → {french.percent(now)}"
            f" ({french.signed(now - then, 'point', 1)}). "
        )
    )
    heading(f"Depuis le {french.day(scope.since)}{whose(scope)}", gained + moved_in_words(found))
    if found:
        table(
            ("N°", "Jalon", "État", "Date annoncée ou réelle", "Écart"),
            [_moved_line(move, scope) for move in found],
            "Ce qui a bougé",
            frozenset({4}),
        )


def moved_in_words(found: Sequence[Move]) -> str:
    """« 3 jalons ont changé d'état, 9 dates reculent et 2 avancent. »"""
    if not found:
        return "Ni état ni date n'a changé."
    states = sum(move.state_before != move.at.state for move in found)
    back, forth = (sum(sign * (move.days or 0) > 0 for move in found) for sign in (1, -1))
    message = (
        [f"{french.counted(states, 'jalon')} {'a' if states < 2 else 'ont'} changé d'état"]
        if states
        else []
    )
    dates: list[str] = []
    for n, item, many in ((back, "recule", "reculent"), (forth, "avance", "avancent")):
        if n:
            counted = french.number(n) if dates else french.counted(n, "date")
            dates.append(f"{counted} {french.plural(n, item, many)}")
    if dates:
        message.append(" et ".join(dates))
    return f"{', '.join(message)}."


def _moved_line(move: Move, scope: Scope) -> tuple:
    before, now = move.state_before.label, move.at.state.label
    state = now if before == now else f"{before} → {now}"
    ends = [french.day(end) if end else "–" for end in (move.end_before, move.end_now)]
    return (
        move.at.milestone.number,
        milestone_link(move.at, scope),
        state,
        ends[1] if ends[0] == ends[1] else " → ".join(ends),
        french.signed(move.days, "jour", 0) if move.days else "–",
    )


# --- forecasts ------------------------------------------------------------------------------------


def forecasts(
    shown: Sequence[MilestoneAt], streams: Sequence[WorkstreamState], scope: Scope
) -> None:
    """Probable and prudent dates per workstream and per milestone, then how such dates held
    until now.
    """
    known = cached.forecasts_at(scope.on)
    heading(
        "Dates probables et dates prudentes"
        + ("" if scope.is_whole else " (toute l'administration)"),
        _method(known),
    )
    every = [m for m in cached.milestones(scope.on) if m.milestone.id in known.milestones]
    rows = [
        _stream_line(
            f"{s.workstream.id}. {s.workstream.short_name}",
            [m for m in every if m.milestone.workstream_id == s.workstream.id],
            known.workstreams[s.workstream.id],
        )
        for s in streams
    ]
    if len(streams) > 1:
        rows.append(_stream_line("Feuille de route", every, known.whole))
        reading(WHY_LATER)
    table(
        ("Chantier", "Jalons ouverts", "Dernière échéance", "Date probable", "Date prudente", "n"),
        rows,
        "Fin des chantiers",
        frozenset({1, 5}),
    )
    lines = [
        _forecast_line(m, known.milestones[m.milestone.id], scope)
        for m in shown
        if m.milestone.id in known.milestones
    ]
    if lines:
        heading("Jalon par jalon" + whose(scope))
        table(
            (
                "N°",
                "Jalon",
                "Échéance",
                "Prévision du porteur",
                "Date probable",
                "Date prudente",
                "n",
            ),
            lines,
            "Dates probables des jalons ouverts",
            frozenset({6}),
        )
    test = cached.backtest_at(scope.on)
    reading(counts_in_words(known, test))
    _held(test)


def _method(known: Forecasts) -> str:
    message = (
        "Si le passé se répète, un jalon est atteint une fois sur deux à sa date probable, quatre"
        " fois sur cinq à sa date prudente. Chaque prévision est décalée des glissements passés,"
        " comptés depuis la date annoncée à la même distance ; un chantier finit avec le dernier de"
        " ses jalons ouverts, hors pauses. "
    )
    if not known.slips:
        return message + "Aucun jalon n'est encore terminé."
    n = len(known.slips)
    return (
        f"{message}Glissement {french.plural(n, 'du jalon terminé', f'des {n} jalons terminés')} :"
        f" médiane {french.signed(median(known.slips), 'jour', 0)} (de"
        f" {french.signed(known.slips[0], '', 0)} à {french.signed(known.slips[-1], '', 0)})."
    )


WHY_LATER = (
    "La feuille de route finit avec le tout dernier de ses jalons, et il suffit qu'un seul tarde :"
    " sa date tombe donc souvent après celle de chacun des chantiers."
)


def counts_in_words(known: Forecasts, test: Backtest) -> str:
    """Why three numbers of milestones stand on this screen."""
    n, done = max((end.n for end in known.milestones.values()), default=0), len(known.slips)
    return (
        f"n compte les glissements passés derrière une date (ici jusqu'à {n}) : ceux des {done}"
        " jalons terminés et ceux des jalons encore ouverts dont la date annoncée est passée ; la"
        f" vérification porte sur les {test.milestones} jalons qui avaient une date probable ou"
        " prudente déjà échue."
        if done > 1 and test.milestones > 1
        else (
            "n compte les glissements passés derrière une date : jalons terminés, et jalons encore"
            " ouverts dont la date annoncée est passée."
        )
    )


def _stream_line(name: str, still_open: Sequence[MilestoneAt], end: Forecast) -> tuple:
    due = max((m.schedule.end for m in still_open), default=None)
    return (
        name,
        french.number(len(still_open)),
        french.day(due) if due else "–",
        *_dates(end, bool(still_open)),
    )


def _dates(end: Forecast, is_open: bool) -> tuple[str, str, str]:
    if not is_open:
        return "–", "–", "–"
    return french.day(end.probable), french.day(end.prudent), french.number(end.n)


def _forecast_line(m: MilestoneAt, end: Forecast, scope: Scope) -> tuple:
    announced = m.report.forecast_end if m.report else None
    return (
        m.milestone.number,
        milestone_link(m, scope),
        french.day(m.schedule.end),
        french.day(announced) if announced else "–",
        *_dates(end, True),
    )


def _held(test: Backtest) -> None:
    heading("Ces dates ont-elles tenu ?", held_in_words(test))
    if test.halves:
        table(
            ("Faites au", "Dates probables tenues", "Dates prudentes tenues"),
            [
                (
                    h.half,
                    french.rate(h.probable.numerator, h.probable.denominator),
                    french.rate(h.prudent.numerator, h.prudent.denominator),
                )
                for h in test.halves
            ],
            "Dates refaites à chaque fin de mois et tenues",
            frozenset({1, 2}),
        )


def held_in_words(test: Backtest) -> str:
    """The backtest in one or two sentences, honest where the dates did not hold."""
    if not test.prudent.denominator:
        return "Aucune date prudente n'est encore échue : rien à vérifier."
    prudent, probable = test.prudent, test.probable
    message = (
        "Refaites à chaque fin de mois avec ce que l'on savait alors, les dates prudentes échues"
        f" ont tenu {french.number(prudent.numerator)} fois sur"
        f" {french.number(prudent.denominator)} ({french.percent(prudent.value, 0)}, pour 80 %"
        f" attendus), les dates probables {french.number(probable.numerator)} fois sur"
        f" {french.number(probable.denominator)} ({french.percent(probable.value, 0)}, pour 50 %) ;"
        f" {french.counted(test.milestones, 'jalon')} derrière ces comptes."
    )
    if prudent.value < 70:
        return (
            message
            + " Jusqu'ici elles étaient donc trop optimistes : lisez-les comme des dates au plus"
            " tôt."
        )
    return message + (
        " Jusqu'ici elles étaient trop sévères."
        if prudent.value > 90
        else " Elles ont tenu à peu près comme annoncé."
    )


# --- revisions ------------------------------------------------------------------------------------


def revisions(shown: Sequence[MilestoneAt], scope: Scope) -> None:
    """Révisions du calendrier: what changed, when, why; the figures on the first and on the
    current calendar.
    """
    cards(
        cards_of(scope, ("avancement", "avancement.initial", "echeances", "echeances.initial")),
        "Périmètre courant et périmètre initial",
    )
    lines = [line for m in shown for line in revision_lines(m, scope)]
    heading("Révisions du calendrier")
    if not lines:
        st.caption("Aucune révision : le calendrier initial est en vigueur.")
        return
    table(
        ("Le", "N°", "Jalon", "Ce qui change", "Raison"),
        [
            (french.day(day), m.milestone.number, milestone_link(m, scope), what, why)
            for day, m, what, why in sorted(lines, key=lambda line: line[0], reverse=True)
        ],
        "Révisions du calendrier",
    )


def revision_lines(m: MilestoneAt, scope: Scope) -> list[tuple[date, MilestoneAt, str, str]]:
    """(day, milestone, what changed, reason) of each revision of one milestone, oldest first."""
    return [
        (day, m, what, why)
        for day, what, why in told_revisions(cached.programme().calendar(m.milestone.id, scope.on))
    ]


def told_revisions(calendar: Sequence[Schedule]) -> list[tuple[date, str, str]]:
    """(day, what changed, reason), without the facts that only undo a revision: nothing changes
    by them.
    """
    return [
        (after.on, changed(before, after), after.reason or "–")
        for before, after in pairwise(schedule for schedule in calendar if not schedule.voids)
    ]


def changed(before: Schedule, after: Schedule) -> str:
    """« échéance 30/06/2023 → 31/10/2023 ; poids 2 → 3 »."""
    sentences = [
        f"{word} {french.day(a)} → {french.day(b)}"
        for word, a, b in (
            ("début", before.start, after.start),
            ("échéance", before.end, after.end),
        )
        if a != b
    ]
    if before.weight != after.weight:
        sentences.append(f"poids {french.number(before.weight)} → {french.number(after.weight)}")
    if before.critical != after.critical:
        sentences.append("devient critique" if after.critical else "n'est plus critique")
    if before.owner != after.owner:
        sentences.append(f"porteur {before.owner} → {after.owner}")
    if before.owner_direction_id != after.owner_direction_id and before.owner == after.owner:
        sentences.append("direction du porteur")
    return " ; ".join(sentences) or "rien"
