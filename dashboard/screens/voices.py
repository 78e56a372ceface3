"""Blocks of « Quelles voix manquent »: the sentence and its picture, over time, by family, by site,
what came before.
"""

from dataclasses import replace

from dashboard import french
from dashboard.access import may
from dashboard.actions.surveys.questions import prepare_participation
from dashboard.cached import voices as cached
from dashboard.charts import figures as charts
from dashboard.charts.plots import Chart
from dashboard.figures.voices import (
    AUTHORS,
    SIDES,
    VOICES,
    WEEKS,
    definition_of,
)
from dashboard.french import share_in_words
from dashboard.queries.voices import Group, most_missing
from dashboard.scope import Scope
from dashboard.ui.charts import files_of, show
from dashboard.ui.components import (
    empty_nothing_yet,
    fold,
    heading,
    paragraph,
    segments,
    small_print,
)
from dashboard.ui.forms import Form
from dashboard.ui.tables import link, table, terms
from dashboard.visit.navigation import address
from models.clock import half_years, month_ends

VIEW, ASKED = "voix", "voix"  # the address, and its parameter: which voices
_MONTHS, _HALF_YEARS = 24, 4
QUALITY_TITLE = "Qualité de la participation"
_COLUMNS = (
    *("Groupe", "Agents", "Part des effectifs", "Voix attendues", "Voix", "Part des voix"),
    "Entre (95 %)",
)
_FEW = "petit effectif"


def asked_voice(asked: dict[str, str]) -> str:
    """The voices asked for, else the authors."""
    return asked[ASKED] if asked.get(ASKED) in VOICES else AUTHORS


def choice(scope: Scope, voice: str) -> None:
    segments(
        "Voix",
        [
            (tab, address(VIEW, scope, **{ASKED: code}), code == voice)
            for code, (_, tab, _) in VOICES.items()
        ],
    )


# ── The sentence and its picture ──────────────────────────────────────────────────────────────────


def sentence(groups: list[Group], voice: str) -> str:
    """The group that is missed most, in shares; honest where there is none."""
    noun, missing = VOICES[voice][2], most_missing(groups)
    if missing:
        sizes = [missing.size, missing.share]
        words = [share_in_words(size) for size in sizes]
        if words[0] == words[1]:
            words = [french.percent(size, 0) for size in sizes]
        is_side = missing.key.startswith("@")
        agents = f"Les agents de {missing.name.lower() if is_side else f'« {missing.name} »'}"
        return f"{agents} sont {words[0]} des effectifs et {words[1]} des {noun}"
    if any(group.share is not None for group in groups):
        return f"Aucun groupe ne manque nettement parmi les {noun}"
    return f"Trop peu de voix pour comparer les groupes ({noun})"


def _reading(groups: list[Group], voice: str) -> str:
    missing = most_missing(groups)
    hidden = sum(group.share is None for group in groups)
    few = f" {french.counted(hidden, 'groupe')} : trop peu de voix pour les montrer."
    key = f"{charts.KEY}{few if hidden else ''}"
    if not missing:
        return key
    return (
        f"{french.counted(missing.agents, 'agent')} sur {french.number(missing.of_agents)} ;"
        f" {VOICES[voice][2]} : {french.number(missing.voices)} sur"
        f" {french.number(missing.of_voices)}, là où on en attendrait"
        f" {french.number(missing.expected, 0)}. {key}"
    )


def chart_of(scope: Scope, **asked: str) -> Chart:
    """Each group's share of the agents beside its share of the voices."""
    voice = asked_voice(asked)
    groups = cached.groups(scope, voice)
    return Chart(
        "voix",
        sentence(groups, voice),
        _reading(groups, voice),
        charts.alt(groups),
        charts.dots(groups),
        _COLUMNS,
        [_row(group) for group in groups],
    )


def _row(group: Group) -> tuple:
    interval = " à ".join(french.percent(end) for end in group.interval or ())
    return (
        group.name,
        group.agents,
        french.percent(group.size),
        french.number(group.expected, 0),
        _FEW if group.share is None else french.number(group.voices),
        _share(group),
        interval or "–",
    )


def _share(group: Group) -> str:
    return _FEW if group.share is None else french.percent(group.share)


FILES = files_of("voix", "page.cockpit", chart_of, asks=(ASKED,))


def picture(scope: Scope, voice: str) -> None:
    groups = cached.groups(scope, voice)
    if all(group.share is None for group in groups):
        return empty_nothing_yet(f"{sentence(groups, voice)}.")
    show(chart_of(scope, **{ASKED: voice}), scope, files=FILES, asked={ASKED: voice}, level=2)


def line(scope: Scope) -> None:
    """The sentence of the authors, which leads to the view; of the whole, by workplace alone: its
    directions take a second to count.
    """
    sides = SIDES if scope.is_whole else None
    found = sentence(cached.groups(scope, AUTHORS, sides), AUTHORS)
    paragraph(link(f"{found}.", address(VIEW, scope)))


# ── Behind it ─────────────────────────────────────────────────────────────────────────────────────


def time_chart(scope: Scope, **asked: str) -> Chart | None:
    """The two shares of the group of the sentence (else of the first one), month by month."""
    voice = asked_voice(asked)
    groups = cached.groups(scope, voice)
    known = [group for group in groups if group.share is not None]
    group = most_missing(groups) or next(iter(known), None)
    if group is None:
        return None
    ends = month_ends(scope.on, _MONTHS, scope.programmes.first_day)
    found = [(end, cached.group_at(scope, voice, group.key, end)) for end in ends]
    title = f"{group.name} : part des effectifs et des {VOICES[voice][2]}, mois par mois"
    return Chart(
        "voix-au-fil",
        title,
        "Chaque mois compte les douze mois qui y finissent.",
        f"{title}. Au dernier mois : {charts.group_in_words(group)}.",
        charts.over_time(
            [(end, at.size or None) for end, at in found], [(end, at.share) for end, at in found]
        ),
        ("Mois", charts.SIZE, charts.VOICES),
        [(end, french.percent(at.size or None), _share(at)) for end, at in found],
    )


TIME_FILES = files_of("voix-au-fil", "page.cockpit", time_chart, asks=(ASKED,))


def over_time(scope: Scope, voice: str) -> None:
    if chart := time_chart(scope, **{ASKED: voice}):
        with fold("Au fil du temps", icon="show_chart"):
            show(chart, scope, files=TIME_FILES, asked={ASKED: voice})


def families(scope: Scope, voice: str) -> None:
    """The groups by family of functions, over the last half year."""
    first, last = half_years(scope.on, 1)[0]
    groups = cached.families(scope, voice, first, last) if scope.is_whole else []
    if groups:
        with fold("Par famille de fonctions", icon="badge"):
            table(
                _COLUMNS,
                [_row(group) for group in groups],
                f"Du {french.day(first)} au {french.day(last)}, agents dont la famille est connue",
                frozenset({1, 2, 3, 4, 5}),
            )


def sites(scope: Scope) -> None:
    """The sites, and where no meeting was held."""
    found = cached.meetings_by_site(scope)
    if not found:
        return
    with fold("Par site", icon="location_on"):
        missing = sum(not n for *_, n in found)
        paragraph(
            f"{french.counted(len(found), 'site')}, dont {french.number(missing)} sans réunion sur"
            " place depuis douze mois."
        )
        table(
            ("Site", "Agents", "Réunions tenues sur place"),
            found,
            "Réunions de douze mois par site",
            frozenset({1, 2}),
        )


def came_before(scope: Scope) -> None:
    """The entries of a direction before and after a meeting or a poster: a coincidence."""
    found = cached.came_before(scope)
    if not found:
        return
    with fold("Avant et après une réunion ou une affiche", icon="event_repeat"):
        more = sum(after > before for *_, before, after in found)
        paragraph(
            f"Après {french.number(more)} de ces {french.counted(len(found), 'moment')}, les agents"
            " de la direction ont déposé plus qu'avant. C'est une coïncidence dans le temps : rien"
            " ne dit que l'un a causé l'autre."
        )
        table(
            ("Jour", "Quoi", "Direction", f"{WEEKS} semaines avant", f"{WEEKS} semaines après"),
            [(french.day(day), what, unit.name, *counts) for day, what, unit, *counts in found],
            "Dépôts des agents de la direction avant et après",
            frozenset({3, 4}),
        )


def quality_rows(scope: Scope) -> list[tuple[str, ...]]:
    """Its headings, then one row per value, the last half years in columns; at last the group that
    is missed most; nothing before the first half year is over.
    """
    first_day = scope.programmes.first_day
    ends = [end for _, end in half_years(scope.on, _HALF_YEARS) if end >= first_day]
    if not ends:
        return []
    missing = [most_missing(cached.groups(replace(scope, on=end), AUTHORS)) for end in ends]
    return [
        ("Sur douze mois", *(f"Fin {french.month(end)}" for end in ends)),
        *(
            (
                value.label,
                *(
                    _FEW if p.suppressed else french.rate(p.numerator, p.denominator)
                    for p in points
                ),
            )
            for value, points in cached.quality(scope, ends).items()
        ),
        ("Groupe qui manque le plus aux auteurs", *(g.name if g else "Aucun" for g in missing)),
    ]


def public_quality(scope: Scope) -> tuple[tuple[str, ...], ...]:
    """The same for everybody: of the whole, without the rows that have a small cell."""
    return tuple(row for row in quality_rows(scope.whole()) if _FEW not in row)


def quality(scope: Scope) -> None:
    """Qualité de la participation, half year by half year."""
    if rows := quality_rows(scope):
        headings, *rows = rows
        heading(QUALITY_TITLE)
        table(headings, rows, QUALITY_TITLE, frozenset(range(1, len(headings))))


def questionnaire(scope: Scope) -> None:
    """The button that prepares the questionnaire of the half year."""
    if not may(scope.reader, "survey.make"):
        return
    form = Form("participation")
    form.send(
        "Préparer le questionnaire du semestre",
        prepare_participation,
        primary=False,
        icon=":material/ballot:",
        done=lambda made: f"Le brouillon « {made.title} » attend dans « Questionnaires ».",
    )


def definitions(voice: str) -> None:
    """What the number counts, and how a missing voice is told."""
    with fold("Ce que compte ce chiffre", icon="help"):
        terms(
            [
                (french.sentence_case(VOICES[voice][2]), definition_of(voice)),
                ("Voix attendues", "Les voix de tous, multipliées par la part des effectifs."),
                (
                    "Groupe qui manque",
                    "Sa part des effectifs dépasse l'intervalle de Wilson à 95 % de sa part des"
                    " voix. La phrase nomme celui dont l'écart, en points, est le plus grand. Sur"
                    " trente groupes, un ou deux peuvent passer ce seuil par hasard.",
                ),
            ]
        )
        small_print(
            "Qui a parlé depuis deux services compte une fois dans l'ensemble. Un nombre de"
            " personnes sous cinq, ou qui en révélerait un, n'est pas affiché."
        )
