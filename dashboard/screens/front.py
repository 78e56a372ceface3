"""Blocks of the front page (accueil): the programme at a glance, the five ambitions, upcoming
dates, results, news, and how to take part.
"""

import re
from collections.abc import Mapping, Sequence

from dashboard import cached, french
from dashboard.queries.news import LastPublication
from dashboard.queries.roadmap import AmbitionSummary
from dashboard.scope import Scope
from dashboard.screens.ideas.fields import promise
from dashboard.ui.cards import cards
from dashboard.ui.charts import public_card, published_when
from dashboard.ui.components import draw, fold
from dashboard.ui.tables import table, terms
from dashboard.visit.navigation import address
from models.notices import Post
from models.roadmap import Activity

# ── The programme in one look ─────────────────────────────────────────────────────────────────────


def hero(
    bars: Sequence[dict],
    figure: str = "",
    caption: str = "",
    title: str = "",
    sentence: str = "",
    calls: Sequence[tuple[str, str, str]] = (),
) -> None:
    """The progress of each workstream (`bar`) with the overall figure; on the public front page
    beside the h1, a sentence and the calls to action (label, icon, address), the first one primary.
    """
    draw(
        "front/hero.html",
        title=title,
        sentence=sentence,
        calls=calls,
        bars=bars,
        has_plan=any(bar["mark"] for bar in bars),
        figure=figure,
        caption=caption,
    )


def bar(name: str, done: float | None, planned: float | None = None, href: str = "") -> dict:
    """A workstream as a bar: done and planned in per cent (None: unknown), and its address."""
    behind = ""
    if done is not None and planned is not None and round(done - planned, 1) < 0:
        behind = french.signed(done - planned, "point", 1)
    return {
        "name": french.sentence_case(_VERB.sub("", name, count=1)),
        "done": french.percent(done),
        "behind": behind,
        "width": f"{_within(done or 0):.0f}",
        "mark": "" if planned is None else f"{_within(planned):.0f}",
        "href": href,
    }


_VERB = re.compile(r"Organiser (?:le |la |les |l['’]|un |une |des )?")


def _within(percent: float) -> float:
    """The percentage, capped to the width of the bar."""
    return min(max(percent, 0), 100)


# ── The five ambitions ────────────────────────────────────────────────────────────────────────────

_AMBITION_ICONS = {
    "citoyens": "diversity_3",
    "bien-etre": "volunteer_activism",
    "modernisation": "devices",
    "competences": "school",
    "durable": "eco",
}


def ambition_icon(code: str) -> str:
    """The icon of an ambition; a flag for one added by the town."""
    return _AMBITION_ICONS.get(code, "flag")


def ambition_tiles(
    summaries: Sequence[AmbitionSummary],
    scope: Scope,
    counts: Mapping[int, tuple[int, int]],
    title: str = "Les ambitions",
) -> None:
    """The ambitions, each linked to its screen; `counts`: ambition → (entries filed, carried
    out).
    """
    tiles = [
        {
            "code": s.code,
            "icon": ambition_icon(s.code),
            "name": s.name,
            "href": address("ambitions", scope, ambition=s.code),
            "message": _tile_in_words(s, *counts.get(s.id, (0, 0))),
        }
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


def post_list(posts: Sequence[Post], more: str = "") -> None:
    """Short posts, the latest first; `more` is the address of all of them."""
    if posts:
        draw("front/posts.html", posts=posts, more=more)


def done_list(done: Sequence[tuple[str, str, str]]) -> None:
    """« Vous l'avez dit, c'est fait »: ideas (title, address or none) and their result."""
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


def activities(rows: Sequence[Activity], scope: Scope | None = None) -> None:
    """The four ways to take part, linked for readers with an account."""
    draw("front/activities.html", doors=[_activity(row, scope) for row in rows])


def _activity(row: Activity, scope: Scope | None) -> dict:
    icon, label, url = _ACTIVITY_DOORS.get(row.code, ("groups", "", ""))
    href = address(url, scope, **_MORE.get(row.code, {})) if scope and url else ""
    return {
        "icon": icon,
        "name": row.name,
        "purpose": row.purpose,
        "definition": row.definition,
        "label": label,
        "href": href,
    }


def public_head(shown: LastPublication | None) -> None:
    """The head of the front page: what this is, what one can do, and the published roadmap."""
    town = cached.tree_at(cached.today()).root
    whose = f"{town.name} : agents" if town else "Agents"
    bars, figure, caption = [], "", ""
    if shown:
        bars = [bar(stream.name, stream.done) for stream in shown.situation.workstreams]
        for progress in (f for f in shown.situation.figures if f.code == "avancement"):
            figure = french.percent(progress.value)
            caption = (
                f"de la feuille de route (le plan d'action) était faite. {published_when(shown)}"
            )
    hero(
        bars,
        figure,
        caption,
        "La transformation, avec vous",
        f"{whose} et citoyens, proposez une idée en deux minutes, sans compte ni nom. {promise()}",
        (
            ("Déposer une idée", "edit_square", "/deposer"),
            ("Suivre mon idée", "key", "/suivre"),
        ),
    )


def situation(shown: LastPublication) -> None:
    """The published figures with both dates; milestones one click away."""
    draw("public/situation.html", when=published_when(shown), word=shown.word)
    cards([public_card(figure) for figure in shown.situation.figures], level=3)
    with fold("Les jalons : échéance et date atteinte"):
        table(
            ("N°", "Jalon", "Échéance", "Atteint le"),
            [
                (
                    m.number,
                    m.title,
                    french.day(m.due),
                    french.day(m.reached_on) if m.reached_on else "–",
                )
                for m in shown.situation.milestones
            ],
            "Jalons de la feuille de route, situation publiée",
        )
    if shown.situation.quality:
        headings, *rows = shown.situation.quality
        with fold("Qualité de la participation"):
            table(headings, rows, "Qualité de la participation, par semestre")
    with fold("Ce que chaque chiffre compte"):
        terms([(figure.label, figure.definition) for figure in shown.situation.figures])


MOTTO = "Chaque petite action est une marche vers la transformation !"
