"""« Pourquoi ce chiffre ? » in words: the formula with its numbers, the rule of the status with its
inputs, the pace.

Plain French sentences from one entry of the board; no database and no drawing here.
"""

from collections.abc import Sequence
from datetime import date

from dashboard import french
from dashboard.figures.board import Entry, last_target, line_of
from dashboard.figures.kinds import Figure, Unit, Value
from dashboard.formulas import (
    EarnedSchedule,
    required_pace,
    schedule_index,
    schedule_variance,
)
from dashboard.queries.figures.figure_rows import COUNTED_UP_TO, UNSEEN_UP_TO, Rows
from dashboard.queries.figures.small_cells import SMALLEST, reveals_few
from dashboard.scope import Scope
from models.clock import last_month_end
from models.roadmap import Health, Override, Target, TargetKind

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
