"""« Pourquoi ce chiffre ? » in words: the formula with its numbers, the rule of the status with its
inputs, the pace; and why a curve moved: the dated events about the subject of a figure, chosen by
the kinds of fact it is made of.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise

from dashboard import french
from dashboard.figures.board import Entry, last_target, line_of, scope_for
from dashboard.figures.kinds import Figure, Reads, Unit, Value
from dashboard.formulas import (
    EarnedSchedule,
    required_pace,
    schedule_index,
    schedule_variance,
)
from dashboard.queries.decisions.records import register
from dashboard.queries.figures import late_facts
from dashboard.queries.figures.events import Event, EventKind, decision_links, imports
from dashboard.queries.figures.figure_rows import COUNTED_UP_TO, UNSEEN_UP_TO, Rows
from dashboard.queries.figures.small_cells import SMALLEST, reveals_few
from dashboard.queries.meetings.records import calendar
from dashboard.queries.readable import history
from dashboard.queries.roadmap import whole_roadmap
from dashboard.queries.targets import every_target
from dashboard.scope import Scope
from models.clock import last_month_end
from models.directions import DirectionPlace, Headcount
from models.facts import counting
from models.meetings import MeetingKind, MeetingState
from models.roadmap import (
    FigureEvent,
    FigureStep,
    Health,
    Override,
    Plan,
    PlanSchedule,
    Target,
    TargetKind,
)

# One line of an explanation: its name and text.
Reason = tuple[str, str]


def say(x: float | None, unit: Unit, decimals: int | None = None, is_signed: bool = False) -> str:
    """A value with its unit: « 38,9 % », « 1,7 mois », « 186 », « −7,8 points »."""
    if x is None:
        return french.UNKNOWN
    if decimals is None:
        # A rule shows the decimal that decides it: 13,8 days exceed 13,75.
        is_split = unit in (Unit.days, Unit.working_days) and x != int(x)
        decimals = 1 if is_split else unit.decimals
    if unit == Unit.percent:
        return french.percent(x, decimals)
    write = french.signed if is_signed else french.number
    digits = write(x, decimals=decimals)
    if not unit.label:
        return digits
    return f"{digits}{french.NO_BREAK}{french.plural(x, unit.singular, unit.label)}"


def hidden_rows_in_words(rows: Rows) -> str:
    """How many rows counted in a figure this reader may not see; a small number is not
    disclosed.
    """
    if not rows.unseen:
        return ""
    if rows.unseen < SMALLEST:
        return "Entrées comptées, dont quelques-unes non visibles pour vous."
    # Counting stops at a limit: there are at least so many.
    is_cut = rows.unseen >= UNSEEN_UP_TO
    more = "au moins " if is_cut or rows.total >= COUNTED_UP_TO else ""
    hidden = french.counted(rows.unseen, "non visible", "non visibles")
    if is_cut:
        hidden = f"au moins {hidden}"
    return f"{more}{french.counted(rows.total + rows.unseen, 'entrée')}, dont {hidden} pour vous"


def target_in_words(x: float, unit: Unit) -> str:
    """A decided value: without decimals that nobody wrote."""
    return say(x, unit, 0 if x == int(x) else 1)


def count(x: float) -> str:
    """A count: whole numbers without decimals."""
    return french.number(x, 0 if abs(x - round(x)) < 1e-9 else 1)


def axis(unit: Unit) -> str:
    """The unit as the label of an axis."""
    return unit.label or "nombre"


def change_in_words(x: float, unit: Unit) -> str:
    """« +0,8 point », « −2 jours »: with the decimals of the value, one more if it would be shown
    as zero.
    """
    decimals = unit.decimals if abs(x) >= 1 or x == 0 else max(unit.decimals, 1)
    return french.signed(x, unit.change, decimals)


def in_one_sentence(value: Value, entry: Entry, on: date) -> str:
    """« Au 30/06/2023, 38,9 % : jalons terminés à leur échéance, divisés par… »"""
    written = say(entry.value, value.unit, is_signed=value.signed)
    written = value.hidden_as if entry.suppressed else written
    return f"Au {french.day(on)}, {written} : {value.definition[:1].lower()}{value.definition[1:]}"


# --- the calculation (le calcul)
# --------------------------------------------------------------------------------------


def formula_in_words(value: Value) -> str:
    """The formula with the names of its counts."""
    if value.formula:
        return value.formula
    if value.counts is None:
        return "dernière valeur relevée"
    top, bottom = value.counts
    times = "" if value.unit == Unit.hours else "100 × "
    return f"{times}{top} ÷ {bottom}"


def formula_in_numbers(
    value: Value, entry: Entry, steps: tuple[EarnedSchedule, float] | None = None
) -> str:
    """The formula with its numbers: « 14 ÷ 36 = 38,9 % »; empty without data."""
    if entry.value is None or entry.suppressed:
        return ""
    if value.code == "ecart.mois":
        return _schedule_in_numbers(*steps) if steps else ""
    top = entry.numerator
    bottom = entry.denominator
    result = say(entry.value, value.unit)
    if top is None or bottom is None:
        return result
    if value.unit == Unit.points:
        # With two decimals: the rounded terms may differ from the rounded result.
        terms = f"{french.percent(top, 2)} − {french.percent(bottom, 2)}"
        return f"{terms} = {french.number(entry.value, 2)}, soit {result}"
    if value.unit in (Unit.percent, Unit.hours):
        times = ""
    else:
        times = f"100{french.NO_BREAK}×{french.NO_BREAK}"
    return f"{times}{count(top)} ÷ {count(bottom)} = {result}"


def _schedule_in_numbers(es: EarnedSchedule, elapsed: float) -> str:
    """Both durations and their difference, and the months of the plan done per month (SPI)."""
    done, index = es.months, schedule_index(es.months, elapsed)
    variance = say(schedule_variance(done, elapsed), Unit.months)
    pace = "" if index is None else f", soit {french.number(index, 2)} mois du plan par mois"
    return f"{count(done)} − {count(elapsed)} = {variance}{pace}"


def counts_in_words(value: Value, entry: Entry) -> str:
    """Both counts with their names, integers without decimals."""
    if entry.suppressed:
        return "non affichés (petit effectif)"
    if entry.numerator is None or entry.denominator is None:
        return french.counted(entry.n, "valeur") if entry.n is not None else ""
    top, bottom = value.counts or ("numérateur", "dénominateur")
    if value.unit == Unit.points:
        return (
            f"{top} : {french.percent(entry.numerator)} ; {bottom} :"
            f" {french.percent(entry.denominator)}"
        )
    return f"{top} : {count(entry.numerator)} ; {bottom} : {count(entry.denominator)}"


def coverage_in_words(entry: Entry) -> str:
    """« reçu : 5 sur 7 »."""
    if not entry.awaited:
        return "Ce chiffre compte ce qui a été encodé."
    return f"reçu : {count(entry.received)} sur {count(entry.awaited)}"


def window_in_words(figure: Figure, value: Value, on: date) -> str:
    """The window with its two dates; persons are counted at the last month end."""
    at_month_end = value.of_persons and not value.counted_daily
    return (value.window or figure.window).in_words(last_month_end(on) if at_month_end else on)


# --- the status (le statut)
# -------------------------------------------------------------------------------------------


def status_reasons(
    value: Value, entry: Entry, decided: Sequence[Target], scope: Scope
) -> list[Reason]:
    """The rule of the status with its inputs, then the status imposed by hand."""
    if entry.rule:
        return [
            ("Règle", f"{entry.rule[0].upper()}{entry.rule[1:]}."),
            *_result(value, entry),
            *_against_target(value, entry, decided, scope),
        ]
    if value.thresholds:
        good, fair = (target_in_words(x, value.unit) for x in value.thresholds)
        rule = f"À jour à partir de {good}, à surveiller à partir de {fair}, sinon en difficulté."
        return [
            ("Règle", rule),
            *_result(value, entry),
            *_plan_pace(value, entry, scope),
        ]
    if value.kind == TargetKind.follow:
        return [("Règle", "Chiffre suivi, sans cible : il ne reçoit pas de statut.")]
    aim = last_target(decided, scope.on)
    if aim is None or entry.expected is None:
        return [("Règle", "Aucune cible n'est décidée : il n'y a pas de statut.")]
    return [
        ("Attendu", _expected(value, entry, decided, scope)),
        ("Règle", _bounds(value, entry.expected, aim)),
        *_result(value, entry),
        *_attainment(value, entry, aim),
        *_pace(value, entry, decided, scope),
    ]


def _against_target(
    value: Value, entry: Entry, decided: Sequence[Target], scope: Scope
) -> list[Reason]:
    """How far the value is from a target that does not decide its status."""
    aim = last_target(decided, scope.on)
    if aim is None or entry.expected is None:
        return []
    return [
        ("Par rapport à la cible", _expected(value, entry, decided, scope)),
        *_attainment(value, entry, aim),
        *_pace(value, entry, decided, scope),
    ]


def _result(value: Value, entry: Entry) -> list[Reason]:
    if entry.suppressed:
        return [("Résultat", "La valeur n'est pas affichée (petit effectif) : le statut non plus.")]
    if entry.imposed:
        return [
            (
                "Résultat",
                f"{say(entry.value, value.unit)} ; le statut affiché est imposé, la règle ne décide"
                " pas.",
            )
        ]
    word = Health(entry.status).label if entry.status else "–"
    return [("Résultat", f"{say(entry.value, value.unit)} : {word}.")]


def _expected(value: Value, entry: Entry, decided: Sequence[Target], scope: Scope) -> str:
    """The two dated values between which the expected one is interpolated."""
    on = scope.on
    line = line_of(decided, scope.programme.first_day)
    expected = say(entry.expected, value.unit)
    before = [(day, x) for day, x in line if day <= on]
    after = [(day, x) for day, x in line if day > on]
    if before and after:
        d0, v0 = before[-1]
        d1, v1 = after[0]
        if v0 == v1:
            return (
                f"{expected} au {french.day(on)} : la même cible au {french.day(d0)} et au"
                f" {french.day(d1)}."
            )
        return (
            f"{expected} au {french.day(on)}, sur la droite de {target_in_words(v0, value.unit)}"
            f" ({french.day(d0)}) à {target_in_words(v1, value.unit)} ({french.day(d1)})."
        )
    if after:
        return (
            f"{expected} : la première cible, du {french.day(after[0][0])}, sans valeur de départ."
        )
    return f"{expected} : la dernière cible, du {french.day(before[-1][0])}."


def _bounds(value: Value, expected: float, aim: Target) -> str:
    good = say(expected, value.unit)
    if value.kind == TargetKind.range:
        upper = f" et {target_in_words(aim.upper, value.unit)}" if aim.upper is not None else ""
        below = say(0.9 * expected, value.unit)
        above = ""
        if aim.upper is not None:
            above = f" ou jusqu'à 1,1 × la borne haute = {say(1.1 * aim.upper, value.unit)}"
        return (
            f"À jour entre {good}{upper} ; à surveiller à partir de 0,9 × la borne basse ="
            f" {below}{above} ; sinon en difficulté."
        )
    if value.kind == TargetKind.fall:
        return (
            f"À jour jusqu'à {good} ; à surveiller jusqu'à 1,1 × l'attendu ="
            f" {say(1.1 * expected, value.unit)} ; sinon en difficulté."
        )
    return (
        f"À jour à partir de {good} ; à surveiller à partir de 0,9 × l'attendu ="
        f" {say(0.9 * expected, value.unit)} ; sinon en difficulté."
    )


def _attainment(value: Value, entry: Entry, aim: Target) -> list[Reason]:
    """« 91,5 % du chemin de 0 % à 88 %, cible du 30/06/2023 »."""
    if entry.attainment is None:
        return []
    share, to = french.percent(entry.attainment), target_in_words(aim.value, value.unit)
    begin = None if aim.baseline is None else target_in_words(aim.baseline, value.unit)
    road = "de la cible" if begin is None else f"du chemin de {begin} à"
    return [("Chemin fait", f"{share} {road} {to}, pour le {french.day(aim.for_date)}.")]


def _pace(value: Value, entry: Entry, decided: Sequence[Target], scope: Scope) -> list[Reason]:
    """Rythme nécessaire: for « à surveiller » or worse, the change per month that reaches the next
    target in time.
    """
    if entry.status not in (Health.watch, Health.trouble) or entry.value is None:
        return []
    coming = min(
        (t for t in decided if t.for_date > scope.on), key=lambda t: t.for_date, default=None
    )
    if coming is None:
        return [("Rythme nécessaire", "La dernière cible est échue : décidez-en une nouvelle.")]
    goal = coming.value
    if value.kind == TargetKind.range and coming.upper is not None and entry.value > coming.upper:
        goal = coming.upper
    return [
        ("Rythme nécessaire", _pace_in_words(value, entry.value, goal, scope.on, coming.for_date))
    ]


def _plan_pace(value: Value, entry: Entry, scope: Scope) -> list[Reason]:
    """The gap to a plan has no target: the rest of the whole must be done by the end of the
    programme.
    """
    end = scope.programme.last_day
    if (
        entry.status not in (Health.watch, Health.trouble)
        or entry.numerator is None
        or scope.on >= end
    ):
        return []
    return [
        (
            "Rythme nécessaire",
            _pace_in_words(value, entry.numerator, 100.0, scope.on, end, Unit.percent),
        )
    ]


def _pace_in_words(
    value: Value, now: float, goal: float, on: date, by: date, unit: Unit | None = None
) -> str:
    unit = unit or value.unit
    pace = required_pace(now, goal, on, by)
    if not pace:
        return f"{target_in_words(goal, unit)} : déjà atteint."
    change = french.signed(pace, unit.change, 1 if abs(pace) >= 0.1 else 2)
    return (
        f"{change} par mois pour passer de {say(now, unit)} à {target_in_words(goal, unit)} au"
        f" {french.day(by)}."
    )


def imposed_reason(imposed: Override, by: str) -> Reason:
    """The status set by hand, with its author's function, its reason and its last day."""
    author = f" par {by}" if by else ""
    return (
        "Statut imposé",
        f"{Health(imposed.status).label}, imposé{author} le {french.day(imposed.on)} jusqu'au "
        f"{french.day(imposed.until)}. Raison : {imposed.reason or 'non donnée'}",
    )


# --- as it was known then (tel que connu alors)
# -----------------------------------------------------------------------


def reveals_a_person(value: Value, now: Entry, earlier: Entry) -> bool:
    """Whether the difference of the counts could be about fewer than five persons."""
    if not value.of_persons:
        return False
    if now.suppressed or earlier.suppressed:
        return True
    if value.code == "heures":
        return now.numerator != earlier.numerator
    counted = "value" if now.numerator is None else "numerator"
    return reveals_few([getattr(now, counted)], [getattr(earlier, counted)])


def corrected_since(value: Value, now: Entry, earlier: Entry, late: int | None, on: date) -> str:
    """« corrigé depuis : +0,8 point, 2 faits inscrits après le 31/03/2023 »; `late` None: the
    number is not shown.
    """
    facts = (
        f"{'des faits' if late is None else french.counted(late, 'fait')}"
        f" {'inscrit' if late in (0, 1) else 'inscrits'} après le {french.day(on)}"
    )
    if now.value is None or earlier.value is None or late is None:
        return "rien n'a changé" if now.value == earlier.value else f"corrigé depuis, {facts}"
    change = now.value - earlier.value
    if abs(change) < 1e-9:
        if late:
            return f"rien n'a changé ({facts})"
        return "rien n'a changé : aucun fait n'a été inscrit après coup"
    return f"corrigé depuis : {change_in_words(change, value.unit)}, {facts}"


# Kind of fact → the records whose decisions explain it, and the nouns of the files that bring it.
_OF_FACTS = {
    late_facts.milestone_reports: ((), ("jalon",)),
    late_facts.ideas: (("idee",), ("idée", "commentaire")),
    late_facts.group_steps: (("groupe",), ()),
    late_facts.deliverables: (("groupe",), ()),
    late_facts.registrations: (("formation",), ("inscription", "formation", "session")),
    late_facts.members: ((), ("membre",)),
    late_facts.headcounts: ((), ("direction", "effectif")),
}
_NOTHING = (), ()


def events(reads: Reads, scope: Scope, figure: Figure, value: Value) -> list[Event]:
    """The events after the first day of the programmes and up to the day of the scope, oldest
    first; with « tel que connu alors » only those recorded by then.
    """
    about = reads, scope_for(scope, figure), figure, value
    found = {event for source in _SOURCES for event in source(*about)}
    first, kinds = scope.programmes.first_day, list(EventKind)
    return sorted(
        (event for event in found if first < event.on <= scope.on),
        key=lambda event: (event.on, kinds.index(event.kind), event.text),
    )


def _targets(reads: Reads, scope: Scope, _figure: Figure, value: Value) -> Iterator[Event]:
    decided = [t for t in reads.register(every_target) if t.figure == value.code]
    for target in counting(decided, scope.on, scope.known_by(scope.on)):
        act = "retirée" if target.kind == TargetKind.follow else "décidée"
        aim = target_in_words(target.value, value.unit)
        text = f"Cible {act} : {aim} pour le {french.day(target.for_date)}"
        yield Event(target.on, EventKind.target, text, "cibles", ("chiffre", value.code))


def _definitions(reads: Reads, scope: Scope, _figure: Figure, value: Value) -> Iterator[Event]:
    """New definitions, on the day a round first saw them; the first one is no change."""
    facts = reads.register(history, FigureEvent).at(value.code, scope.on, scope.known_by(scope.on))
    for fact in [fact for fact in facts if fact.what == FigureStep.defined][1:]:
        yield Event(fact.on, EventKind.definition, "Ce que compte ce chiffre a été redéfini")


def _decisions(reads: Reads, scope: Scope, figure: Figure, value: Value) -> Iterator[Event]:
    """Points decided, whose titles are open to all: every one for a figure of decisions, else those
    linked to its subject, or to an entry or a group that it measures.
    """
    linked = _linked(reads, scope, figure, value)
    for d in reads.register(register).at(scope.on, scope.known_by(scope.on)):
        is_about = figure.subjects == ("decisions",) or d.id in linked
        if d.outcome and is_about and scope.has(d.owner_direction_id):
            text = f"Décision n° {d.number} ({d.instance.label}) : {d.title} – {d.outcome.label}"
            param = "decision", str(d.number)
            yield Event(d.decided.on, EventKind.decision, text, "decisions", param)


def _linked(reads: Reads, scope: Scope, figure: Figure, value: Value) -> set[int]:
    """The ids of the decisions that the links of that day tie to the subject of the figure."""
    links = [
        ((link.from_kind, link.from_key), (link.to_kind, link.to_key))
        for link in reads.register(decision_links)
        if link.on <= scope.on and (link.ended_on is None or link.ended_on > scope.on)
    ]
    kinds = {kind for fact in figure.facts for kind in _OF_FACTS.get(fact, _NOTHING)[0]}
    ends = {("jalon", plan.number) for plan in _milestones(reads, scope, figure, value)}
    ends |= {("chiffre", value.code)}
    ends |= {origin for origin, end in links if end in ends}
    return {
        int(key)
        for link in links
        for (kind, key), other in (link, link[::-1])
        if kind == "decision" and (other in ends or other[0] in kinds)
    }


def _milestones(reads: Reads, scope: Scope, figure: Figure, value: Value) -> list[Plan]:
    """Those that a figure of the roadmap counts: of its workstream, of the programme asked for."""
    if late_facts.calendars not in figure.facts:
        return []
    roadmap = reads.register(whole_roadmap)
    streams = roadmap.streams_of(scope.asked) if scope.asked else roadmap.workstreams
    ids = {s.id for s in streams if not figure.of_stream or value.code.endswith(f".{s.id}")}
    return [plan for plan in roadmap.plans if plan.is_milestone and plan.workstream_id in ids]


def _revisions(reads: Reads, scope: Scope, figure: Figure, value: Value) -> Iterator[Event]:
    history_of = reads.register(whole_roadmap).schedules
    for plan in _milestones(reads, scope, figure, value):
        facts = history_of.at(plan.id, scope.on, scope.known_by(scope.on))
        if facts and scope.has(facts[-1].owner_direction_id):
            for on, what, why in effective_revisions(facts):
                text = f"Jalon {plan.number} : {what}{f' – {why}' if why else ''}"
                param = "jalon", plan.number
                yield Event(on, EventKind.revision, text, "feuille-de-route", param)


def effective_revisions(calendar: Sequence[PlanSchedule]) -> list[tuple[date, str, str]]:
    """(day, what changed, reason) of each revision, except facts that only undo one."""
    return [
        (after.on, _changed(before, after), after.reason or "")
        for before, after in pairwise(schedule for schedule in calendar if not schedule.voids)
    ]


def _changed(before: PlanSchedule, after: PlanSchedule) -> str:
    """« échéance 30/06/2023 → 31/10/2023 ; poids 2 → 3 »."""
    sentences = []
    if before.start != after.start:
        sentences.append(f"début {french.day(before.start)} → {french.day(after.start)}")
    if before.end != after.end:
        sentences.append(f"échéance {french.day(before.end)} → {french.day(after.end)}")
    if before.weight != after.weight:
        sentences.append(f"poids {french.number(before.weight)} → {french.number(after.weight)}")
    if before.critical != after.critical:
        sentences.append("devient critique" if after.critical else "n'est plus critique")
    if before.owner != after.owner:
        sentences.append(f"porteur {before.owner} → {after.owner}")
    # The direction belongs to the owner: it is named only if it alone changed.
    if before.owner_direction_id != after.owner_direction_id and before.owner == after.owner:
        sentences.append("direction du porteur")
    return " ; ".join(sentences) or "rien"


def _meetings(reads: Reads, scope: Scope, figure: Figure, _value: Value) -> Iterator[Event]:
    """The meetings held by the body or the community of the workstream that the figure belongs to;
    their titles are not open to all.
    """
    kinds = tuple(kind for kind in MeetingKind if kind == figure.workstream)
    for m in reads.register(calendar, kinds).at(scope.on, scope.known_by(scope.on)):
        if m.state == MeetingState.held:
            param = "reunion", str(m.id)
            yield Event(m.day, EventKind.meeting, m.kind.label, "agenda", param)


def _organisation(reads: Reads, scope: Scope, figure: Figure, _value: Value) -> Iterator[Event]:
    """The days on which the chart, or headcounts that the figure divides by, changed in the
    scope.
    """
    tables = {DirectionPlace: "Organigramme revu"} if "directions" in figure.subjects else {}
    tables |= {Headcount: "Effectifs revus"} if late_facts.headcounts in figure.facts else {}
    for table, words in tables.items():
        facts = reads.register(history, table)
        for unit in filter(scope.has, facts.facts):
            for fact in facts.at(unit, scope.on, scope.known_by(scope.on)):
                yield Event(fact.on, EventKind.organisation, words)


def _imports(reads: Reads, _scope: Scope, figure: Figure, _value: Value) -> Iterator[Event]:
    nouns = {noun for fact in figure.facts for noun in _OF_FACTS.get(fact, _NOTHING)[1]}
    nouns |= {"relevé"} if figure.measured else set()
    for on, noun in reads.register(imports):
        if noun in nouns:
            yield Event(on, EventKind.imported, f"Import : {french.plural(2, noun)}")


_SOURCES = _targets, _definitions, _decisions, _revisions, _meetings, _organisation, _imports
