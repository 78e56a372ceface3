"""The front page's blocks (accueil): the programme in one look, the five ambitions, what is on
next, what was done, news, and how to take part. Each takes plain values; links stay in the
session.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import quote

from dashboard import french, theme
from dashboard.queries.programme import AmbitionSummary
from dashboard.rendering import render
from dashboard.scope import Scope
from dashboard.ui.components import draw
from dashboard.visit.navigation import address
from models.news import Post
from models.roadmap import Activity


@dataclass(frozen=True)
class Stair:
    """One workstream as a step of the stairs: its number, done and planned in per cent (None:
    unknown).
    """

    number: int
    done: float | None
    planned: float | None = None


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
    stairs: Sequence[Stair] = (),
    figure: str = "",
    caption: str = "",
) -> None:
    """The head of the front page: the h1, one sentence, what one can do (label, icon, address),
    and the stairs with their figure. The first call is the one that stands out.
    """
    draw(
        "front/hero.html",
        title=title,
        sentence=sentence,
        calls=calls,
        stairs=stairs_uri(stairs) if stairs else "",
        stairs_in_words=_stairs_in_words(stairs),
        figure=figure,
        caption=caption,
    )


def _stairs_in_words(stairs: Sequence[Stair]) -> str:
    steps = [f"chantier {stair.number}, {french.percent(stair.done, 0)}" for stair in stairs]
    return f"Avancement par chantier : {', '.join(steps)}."


@dataclass(frozen=True, slots=True)
class _StepView:
    """A step in the units of the picture; heights of what is filled as text, with one decimal,
    `mark` empty without a plan.
    """

    number: int
    x: int
    width: int
    top: int
    height: int
    filled_top: str
    filled: str
    mark: str
    middle: float


def stairs_uri(stairs: Sequence[Stair]) -> str:
    """Steps that rise, as the motto says; each is filled as far as its workstream is done, a line
    stands where the plan is.

    An image: Streamlit drops <svg> from HTML. It stands on the hero's own ground, the same in both
    themes.
    """
    steps = [_step(place, stair) for place, stair in enumerate(stairs)]
    colours = {"step": theme.HERO_STEP, "mark": theme.HERO_MARK}
    width = len(stairs) * (_STEP_WIDTH + _STEP_GAP)
    svg = render("front/stairs.svg", steps=steps, width=width, colours=colours)
    # Quoted but for what an address may hold: the picture travels with each run.
    return "data:image/svg+xml," + quote(svg, safe="/:='")


# In the units of the picture.
_STEP_WIDTH = 50
_STEP_GAP = 10
_FIRST_HEIGHT = 62
_RISE = 22  # what each step adds to the one before
_GROUND = 168  # the line they stand on


def _step(place: int, stair: Stair) -> _StepView:
    x = place * (_STEP_WIDTH + _STEP_GAP) + 4
    height = _FIRST_HEIGHT + place * _RISE
    filled = height * _share(stair.done or 0)
    is_planned = stair.planned is not None
    return _StepView(
        number=stair.number,
        x=x,
        width=_STEP_WIDTH,
        top=_GROUND - height,
        height=height,
        filled_top=f"{_GROUND - filled:.1f}",
        filled=f"{filled:.1f}",
        mark=f"{_GROUND - height * _share(stair.planned) - 1.5:.1f}" if is_planned else "",
        middle=x + _STEP_WIDTH / 2,
    )


def _share(percent: float) -> float:
    """A percentage as a part of one whole: a bar is never longer than its place."""
    return min(max(percent, 0), 100) / 100


# ── The five ambitions ────────────────────────────────────────────────────────────────────────────

_AMBITION_ICONS = {
    "citoyens": "diversity_3",
    "bien-etre": "volunteer_activism",
    "modernisation": "devices",
    "competences": "school",
    "durable": "eco",
}


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
            _AMBITION_ICONS.get(s.code, "flag"),
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
    projects = ", ".join(project.name for project in summary.projects)
    return f"{message} · PST : {projects}" if projects else message


# ── What is on next, what is new, what was done ───────────────────────────────────────────────────


def coming_list(rows: Sequence[Coming]) -> None:
    """What is on next, soonest first; the day stands apart, as in a calendar."""
    draw("front/coming.html", rows=rows)


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


def activities(rows: Sequence[Activity], scope: Scope | None = None) -> None:
    """How to take part: the four activities in the words of the presentation; doors for who has
    an account.
    """
    draw("front/activities.html", doors=[_door(row, scope) for row in rows])


def _door(row: Activity, scope: Scope | None) -> _ActivityDoor:
    icon, label, url = _ACTIVITY_DOORS.get(row.code, ("groups", "", ""))
    href = address(url, scope, **_MORE.get(row.code, {})) if scope and url else ""
    return _ActivityDoor(icon, row.name, row.purpose, row.definition, label, href)
