"""The front page's blocks (accueil): the programme in one look, the five ambitions, what is on next, what was done, news,
and how to take part. Each takes plain values; links stay in the session."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import quote

import streamlit as st

from dashboard import french, theme
from dashboard.components import button_link, escape_html, icon_html, text_html
from dashboard.navigation import address
from dashboard.queries.programme import AmbitionSummary
from dashboard.scope import Scope
from models.news import Post
from models.roadmap import Activity, Project


@dataclass(frozen=True)
class Stair:
    """One workstream as a step of the stairs: its number, done and planned in per cent (None: unknown)."""

    number: int
    done: float | None
    planned: float | None = None


@dataclass(frozen=True)
class Coming:
    """One thing that is on next: its day, what it is, its kind in one word, and where it is told in full."""

    on: date
    text: str
    kind: str
    href: str = ""


# ── The programme in one look ────────────────────────────────────────────────────────────────────────────────────────


def hero(title: str, sentence: str, calls: Sequence[tuple[str, str, str]], stairs: Sequence[Stair] = (), figure: str = "",
         caption: str = "") -> None:
    """The head of the front page: the h1, one sentence, what one can do (label, icon, address), and the stairs with their
    figure. The first call is the one that stands out."""
    buttons = "".join(button_link(label, href, icon, first=i == 0) for i, (label, icon, href) in enumerate(calls))
    st.html(f'<section class="cp-hero"><div class="cp-hero-said"><h1>{text_html(title)}</h1><p>{text_html(sentence)}</p>'
            f'<div class="cp-calls">{buttons}</div></div>{_stairs_html(stairs, figure, caption)}</section>')


def _stairs_html(stairs: Sequence[Stair], figure: str, caption: str) -> str:
    if not stairs:
        return ""
    said = "Avancement par chantier : " + ", ".join(f"chantier {s.number}, {french.percent(s.done, 0)}" for s in stairs) + "."
    return (f'<figure class="cp-hero-figure"><img src="{stairs_uri(stairs)}" alt="{text_html(said)}" width="360" height="190">'
            f"<figcaption><strong>{text_html(figure)}</strong><span>{text_html(caption)}</span></figcaption></figure>")


def stairs_uri(stairs: Sequence[Stair]) -> str:
    """Steps that rise, as the motto says; each is filled as far as its workstream is done, a line stands where the plan is.

    An image: Streamlit drops <svg> from HTML. It stands on the hero's own ground, the same in both themes.
    """
    wide, gap, low, rise, ground = 50, 10, 62, 22, 168
    parts = []
    for i, stair in enumerate(stairs):
        x, high = i * (wide + gap) + 4, low + i * rise
        filled = high * min(max(stair.done or 0, 0), 100) / 100
        parts.append(f"<rect x='{x}' y='{ground - high}' width='{wide}' height='{high}' rx='6' fill='#fff' fill-opacity='.14'/>"
                     f"<rect x='{x}' y='{ground - filled:.1f}' width='{wide}' height='{filled:.1f}' rx='6' fill='{theme.HERO_STEP}'/>")
        if stair.planned is not None:
            mark = ground - high * min(stair.planned, 100) / 100
            parts.append(f"<rect x='{x - 3}' y='{mark - 1.5:.1f}' width='{wide + 6}' height='3' rx='1.5' fill='{theme.HERO_MARK}'/>")
        parts.append(f"<text x='{x + wide / 2}' y='186' text-anchor='middle' font-family='system-ui,sans-serif' font-size='14' "
                     f"font-weight='600' fill='#fff'>{stair.number}</text>")
    width = len(stairs) * (wide + gap)
    svg = f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 -4 {width} 194'>{''.join(parts)}</svg>"
    return "data:image/svg+xml," + quote(svg, safe="/:='")


# ── The five ambitions ───────────────────────────────────────────────────────────────────────────────────────────────

_AMBITION_ICONS = {"citoyens": "diversity_3", "bien-etre": "volunteer_activism", "modernisation": "devices",
                   "competences": "school", "durable": "eco"}


def ambition_tiles(summaries: Sequence[AmbitionSummary], scope: Scope, counts: Mapping[int, tuple[int, int]],
                   title: str = "Les cinq ambitions 2030") -> None:
    """The five ambitions as doors to their screen; `counts`: ambition → (entries filed, carried out)."""
    items = "".join(
        f'<li class="cp-ambition cp-ambition-{s.id}">{icon_html(_AMBITION_ICONS.get(s.code, "flag"))}'
        f'<h3><a class="cp-go" href="{escape_html(address("ambitions", scope, ambition=s.code))}">{text_html(s.name)}</a></h3>'
        f"<p>{text_html(_said_of(s, *counts.get(s.id, (0, 0))))}</p></li>" for s in summaries)
    st.html(f'<section class="cp-section"><h2>{text_html(title)}</h2><ul class="cp-ambitions">{items}</ul></section>')


def _said_of(summary: AmbitionSummary, filed: int, done: int) -> str:
    said = french.counted(filed, "dépôt") + (f", {french.counted(done, 'réalisé')}" if done else "")
    projects = ", ".join(project.name for project in summary.projects)
    return f"{said} · PST : {projects}" if projects else said


def project_list(projects: Sequence[Project]) -> None:
    """PST projects of an ambition, with the example the presentation gives."""
    if projects:
        items = "".join(f'<li class="cp-tile"><h3>{text_html(p.name)} <small>projet transversal du PST</small></h3>'
                        f"<p>{text_html(p.example)}</p></li>" for p in projects)
        st.html(f'<ul class="cp-tiles">{items}</ul>')


# ── What is on next, what is new, what was done ──────────────────────────────────────────────────────────────────────


def coming_list(rows: Sequence[Coming]) -> None:
    """What is on next, soonest first; the day stands apart, as in a calendar."""
    if not rows:
        body = '<p class="cp-calm">Aucune date annoncée pour le moment.</p>'
    else:
        body = f'<ul class="cp-agenda">{"".join(map(_coming_html, rows))}</ul>'
    st.html(f'<section class="cp-section"><h2>À venir</h2>{body}</section>')


def _coming_html(row: Coming) -> str:
    text = f'<a class="cp-go" href="{escape_html(row.href)}">{text_html(row.text)}</a>' if row.href else text_html(row.text)
    short, year = french.month_short(row.on), f" {row.on.year}"
    return (f'<li><time datetime="{row.on.isoformat()}"><b>{row.on.day}</b> {text_html(short)}<span class="cp-sr">{year}</span></time>'
            f'<div><span class="cp-kind">{text_html(row.kind)}</span> {text}</div></li>')


def post_list(posts: Sequence[Post], title: str = "Actualités", more: str = "") -> None:
    """Short posts, the latest first; `more` is the address of all of them."""
    if not posts:
        return
    items = "".join(_post_html(post) for post in posts)
    link = f'<p class="cp-more"><a class="cp-go" href="{escape_html(more)}">Toutes les actualités</a></p>' if more else ""
    st.html(f'<section class="cp-section"><h2>{text_html(title)}</h2><ul class="cp-posts">{items}</ul>{link}</section>')


def _post_html(post: Post) -> str:
    return f"<li>{post_html(post)}</li>"


def post_html(post: Post, level: int = 3) -> str:
    """One post: its day, its title, its text."""
    body = "".join(f"<p>{text_html(line)}</p>" for line in post.body.splitlines() if line.strip())
    return (f'<small><time datetime="{post.on.isoformat()}">{french.day_long(post.on)}</time></small>'
            f"<h{level}>{text_html(post.title)}</h{level}>{body}")


def done_list(done: Sequence[tuple[str, str, str]]) -> None:
    """« Vous l'avez dit, c'est fait »: what was asked (title, its address or none) and what was done."""
    if not done:
        return
    items = "".join(_done_html(*row) for row in done)
    st.html(f'<section class="cp-section"><h2>Vous l’avez dit, c’est fait</h2><ul class="cp-done">{items}</ul></section>')


def _done_html(title: str, href: str, answer: str) -> str:
    asked = f'<a class="cp-go" href="{escape_html(href)}">{text_html(title)}</a>' if href else text_html(title)
    return (f'<li><div class="cp-asked"><small>Vous l’avez dit</small><p>{asked}</p></div>'
            f'<div class="cp-answered"><small>{icon_html("check_circle")} C’est fait</small><p>{text_html(answer)}</p></div></li>')


# ── Taking part ──────────────────────────────────────────────────────────────────────────────────────────────────────

_ACTIVITY_DOORS = {"ambassadeurs": ("campaign", "Voir la communauté", "communautes"), "academie": ("school", "Voir le catalogue", "academie"),
                   "groupes": ("diversity_1", "Voir les groupes", "groupes"), "managers": ("handshake", "Voir la communauté", "communautes")}
_MORE = {"managers": {"communaute": "managers"}}


def activities(rows: Sequence[Activity], scope: Scope | None = None) -> None:
    """How to take part: the four activities in the words of the presentation; doors for who has an account."""
    items = "".join(_activity_html(row, scope) for row in rows)
    st.html(f'<section class="cp-section"><h2>Participer</h2><ul class="cp-activities">{items}</ul></section>')


def _activity_html(row: Activity, scope: Scope | None) -> str:
    icon, label, url = _ACTIVITY_DOORS.get(row.code, ("groups", "", ""))
    door = (f'<p class="cp-more"><a class="cp-go" href="{escape_html(address(url, scope, **_MORE.get(row.code, {})))}">{text_html(label)}'
            f'<span class="cp-sr"> : {text_html(row.name)}</span></a></p>') if scope and url else ""
    return (f'<li>{icon_html(icon)}<h3>{text_html(row.name)}</h3><p><strong>{text_html(row.purpose)}.</strong></p>'
            f"<p>{text_html(row.definition)}</p>{door}</li>")
