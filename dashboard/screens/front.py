"""The front page's blocks (accueil): the programme in one look, the five ambitions, what is on
next, what was done, news, and how to take part. Each takes plain values; links stay in the
session.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from dashboard import french
from dashboard.queries.programme import AmbitionSummary
from dashboard.scope import Scope
from dashboard.screens.cockpit.waits import Count
from dashboard.ui.components import draw
from dashboard.visit.navigation import address
from models.news import Post
from models.roadmap import Activity


@dataclass(frozen=True)
class Advance:
    """How far one workstream is: its name, done and planned in per cent (None: unknown), and where
    it is told in full.
    """

    name: str
    done: float | None
    planned: float | None = None
    href: str = ""


@dataclass(frozen=True)
class Coming:
    """One thing that is on next: its day, what it is, its kind in one word, and where it is told
    in full.
    """

    on: date
    text: str
    kind: str
    href: str = ""


# ── The programme in one look ─────────────────────────────────────────────────────────────────────


def hero(
    title: str,
    sentence: str,
    calls: Sequence[tuple[str, str, str]],
    advances: Sequence[Advance] = (),
    figure: str = "",
    caption: str = "",
    help_page: str = "",
) -> None:
    """The head of the front page: the h1, one sentence, what one can do (label, icon, address),
    and how far each workstream is, with the figure of them all. The first call is the one that
    stands out.
    """
    draw(
        "front/hero.html",
        title=title,
        sentence=sentence,
        calls=calls,
        bars=[_bar(advance) for advance in advances],
        has_plan=any(advance.planned is not None for advance in advances),
        figure=figure,
        caption=caption,
        help=help_page,
    )


@dataclass(frozen=True, slots=True)
class _Bar:
    """A workstream as a bar: lengths in per cent of the whole, `mark` empty without a plan."""

    name: str
    said: str
    behind: str
    width: str
    mark: str
    href: str


def _bar(advance: Advance) -> _Bar:
    is_planned = advance.planned is not None
    return _Bar(
        name=_what_is_organised(advance.name),
        said=french.percent(advance.done, 0),
        behind=_behind(advance),
        width=f"{_within(advance.done or 0):.0f}",
        mark=f"{_within(advance.planned):.0f}" if is_planned else "",
        href=advance.href,
    )


def _behind(advance: Advance) -> str:
    """How much of its plan it lacks, where it does."""
    if advance.done is None or advance.planned is None:
        return ""
    gap = advance.done - advance.planned
    return french.signed(gap, "point", 0) if round(gap) < 0 else ""


_VERB = re.compile(r"Organiser (?:le |la |les |l['’]|un |une |des )?")


def _what_is_organised(name: str) -> str:
    """« Organiser une Académie interne » → « Académie interne »: each name of the programme begins
    with the same verb.
    """
    return french.sentence_case(_VERB.sub("", name, count=1))


def _within(percent: float) -> float:
    """A bar is never longer than its place."""
    return min(max(percent, 0), 100)


# ── What waits, for those who steer ───────────────────────────────────────────────────────────────


def what_waits(
    counts: Sequence[tuple[str, Count]], told: str, ways: Sequence[tuple[str, str]]
) -> None:
    """In one line: how many of each kind, the most urgent first; what moved since the last
    meeting, and ways from there (label, address).
    """
    if counts or told:
        draw("front/what_waits.html", counts=counts, told=told, ways=ways)


# ── The five ambitions ────────────────────────────────────────────────────────────────────────────

_AMBITION_ICONS = {
    "citoyens": "diversity_3",
    "bien-etre": "volunteer_activism",
    "modernisation": "devices",
    "competences": "school",
    "durable": "eco",
}


def ambition_icon(code: str) -> str:
    """The sign of an ambition, a flag for one that a town has added."""
    return _AMBITION_ICONS.get(code, "flag")


@dataclass(frozen=True, slots=True)
class _AmbitionTile:
    """An ambition as a door to its screen."""

    id: int
    icon: str
    name: str
    href: str
    message: str


def ambition_tiles(
    summaries: Sequence[AmbitionSummary],
    scope: Scope,
    counts: Mapping[int, tuple[int, int]],
    title: str = "Les cinq ambitions 2030",
) -> None:
    """The five ambitions as doors to their screen; `counts`: ambition → (entries filed, carried
    out).
    """
    tiles = [
        _AmbitionTile(
            s.id,
            ambition_icon(s.code),
            s.name,
            address("ambitions", scope, ambition=s.code),
            _tile_in_words(s, *counts.get(s.id, (0, 0))),
        )
        for s in summaries
    ]
    draw("front/ambitions.html", tiles=tiles, title=title)


def _tile_in_words(summary: AmbitionSummary, filed: int, done: int) -> str:
    message = french.counted(filed, "dépôt")
    if done:
        message += f", {french.counted(done, 'réalisé')}"
    projects = ", ".join(project.plan.title for project in summary.projects)
    return f"{message} · PST : {projects}" if projects else message


# ── What is on next, what is new, what was done ───────────────────────────────────────────────────


def coming_list(rows: Sequence[Coming], more: str) -> None:
    """What is on next, soonest first; the day stands apart, as in a calendar. `more` is the address
    of the agenda.
    """
    draw("front/coming.html", rows=rows, more=more)


def post_list(posts: Sequence[Post], title: str = "Actualités", more: str = "") -> None:
    """Short posts, the latest first; `more` is the address of all of them."""
    if posts:
        draw("front/posts.html", posts=posts, title=title, more=more)


def done_list(done: Sequence[tuple[str, str, str]]) -> None:
    """« Vous l'avez dit, c'est fait »: what was asked (title, its address or none) and what was
    done.
    """
    if done:
        draw("front/done.html", done=done)


def done_rows(done: Sequence[tuple[str, str, str]]) -> None:
    """The same, without a heading."""
    draw("front/done_rows.html", done=done)


# ── Taking part ───────────────────────────────────────────────────────────────────────────────────

_ACTIVITY_DOORS = {
    "ambassadeurs": ("campaign", "Voir la communauté", "communautes"),
    "academie": ("school", "Voir le catalogue", "academie"),
    "groupes": ("diversity_1", "Voir les groupes", "groupes"),
    "managers": ("handshake", "Voir la communauté", "communautes"),
}
_MORE = {"managers": {"communaute": "managers"}}


@dataclass(frozen=True, slots=True)
class _ActivityDoor:
    """A way to take part; `href` is empty for who has no account."""

    icon: str
    name: str
    purpose: str
    definition: str
    label: str
    href: str


def activities(rows: Sequence[Activity], scope: Scope | None = None, more: str = "") -> None:
    """How to take part: the four activities in the words of the presentation; doors for who has
    an account. `more` is where the whole project is told.
    """
    draw("front/activities.html", doors=[_door(row, scope) for row in rows], more=more)


def _door(row: Activity, scope: Scope | None) -> _ActivityDoor:
    icon, label, url = _ACTIVITY_DOORS.get(row.code, ("groups", "", ""))
    href = address(url, scope, **_MORE.get(row.code, {})) if scope and url else ""
    return _ActivityDoor(icon, row.name, row.purpose, row.definition, label, href)
