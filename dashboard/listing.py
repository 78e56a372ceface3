"""Blocks for lists and records: ideas, one idea in full, members, trainings, plain tables."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from html import unescape

import streamlit as st

from dashboard import french
from dashboard.components import escape_html, text_html
from dashboard.downloads import download
from dashboard.exchange import csvout
from dashboard.highlight import around_first, beginning, marked
from dashboard.navigation import address
from dashboard.queries.academy import TrainingRow
from dashboard.queries.communities import Member
from dashboard.queries.ideas import IdeaCard, IdeaRow, Step
from dashboard.scope import Scope
from models.academy import Audience
from models.communities import Reach
from models.directions import Tree
from models.ideas import Channel, EventKind, IdeaKind, IdeaStatus
from models.search import Query

_STEPS = {EventKind.filed: "Déposée", EventKind.status: "", EventKind.answered: "Réponse", EventKind.published: "Lue et publiée",
          EventKind.held: "Réponse d'attente", EventKind.hidden: "Masquée", EventKind.moved: "Transférée", EventKind.merged: "Fusionnée"}


def idea_chip(status: str) -> str:
    """The state of an idea: a word with its tone."""
    state = IdeaStatus(status)
    return f'<span class="cp-chip cp-tone-{state.tone}">{text_html(state.label)}</span>'


def idea_list(rows: Sequence[IdeaRow], scope: Scope, ambitions: Mapping[str, str], query: Query | None = None, **keep: str) -> None:
    """One card per entry, each a link to the entry in full; `keep` are the filters that the way back restores.

    Under a `query` its words are marked, and the excerpt is the part of the text where the first of them stands.
    """
    items = "".join(f"<li>{_idea_html(row, scope, ambitions, query, keep)}</li>" for row in rows)
    st.html(f'<ul class="cp-list">{items}</ul>')


def _idea_html(row: IdeaRow, scope: Scope, ambitions: Mapping[str, str], query: Query | None, keep: Mapping[str, str]) -> str:
    href = escape_html(address("idees", scope, idee=row.number, **keep))
    late = '<span class="cp-chip cp-tone-late">Réponse en retard</span>' if row.late else ""
    hidden = "" if row.published else '<span class="cp-chip cp-tone-open">Pas encore publiée</span>'
    facts = [IdeaKind(row.kind).label, ambitions.get(row.ambition, "Ambition non précisée"),
             row.concerns or "Direction non précisée", f"déposée le{french.NO_BREAK}{french.day(row.filed_on)}"]
    if row.voices:
        facts.append(f"{row.voices}{french.NO_BREAK}voix")
    if row.supports:
        facts.append(french.counted(row.supports, "soutien"))
    if row.comments:
        facts.append(french.counted(row.comments, "commentaire"))
    said = around_first(row.body, query) if query else beginning(row.excerpt)
    excerpt = f"<p>{marked(said, query)}</p>" if said else ""
    return (f'<h3><a class="cp-go" href="{href}">{marked(row.title, query)}</a></h3><div class="cp-chips">{idea_chip(row.status)}{late}'
            f'{hidden}</div>{excerpt}<small>{text_html(" · ".join(facts))}</small>')


def idea_in_full(card: IdeaCard, tree: Tree, ambition: str, on: date) -> None:
    """The entry: state, text, facts."""
    idea = card.idea
    unit = tree.by_id.get(idea.concerns_id) if idea.concerns_id else None
    facts = [("Genre", IdeaKind(idea.kind).label), ("Ambition", ambition or "Non précisée"),
             ("Direction concernée", unit.name if unit else "Non précisée"), ("Canal", Channel(idea.channel).label),
             ("Déposée le", french.day_long(idea.filed_on)), ("Déposée par", card.author or _who(card))]
    if idea.voices:
        facts.append(("Voix comptées dans la salle", str(idea.voices)))
    if idea.due_on and idea.answered_on is None and IdeaStatus(idea.status).is_open:
        facts.append(("Réponse attendue pour le", french.day_long(idea.due_on)))
    if idea.postponed_until:
        facts.append(("Reprise le", french.day_long(idea.postponed_until)))
    if card.owner and card.may_answer:
        facts.append(("Responsable de la réponse", card.owner))
    late = '<span class="cp-chip cp-tone-late">Réponse en retard</span>' if idea.is_late(on) else ""
    body = "".join(f"<p>{text_html(line)}</p>" for line in idea.body.splitlines() if line.strip())
    terms = "".join(f"<div><dt>{text_html(term)}</dt><dd>{text_html(said)}</dd></div>" for term, said in facts)
    st.html(f'<article class="cp-idea"><div class="cp-chips">{idea_chip(idea.status)}{late}</div>'
            f'<div class="cp-body">{body}</div><dl class="cp-facts">{terms}</dl></article>')


def _who(card: IdeaCard) -> str:
    if card.idea.anonymous:
        return "Sans nom"
    return "Un agent" if card.idea.author_id else "Notée en réunion ou transmise"


def timeline(steps: Sequence[Step]) -> None:
    """The life of an entry, oldest first."""
    timeline_of("Le fil de l’idée", [(_step_word(step), step.on, step.text) for step in steps])


def timeline_of(title: str, steps: Sequence[tuple[str, date, str]]) -> None:
    """Dated steps, oldest first: (what happened, when, in which words)."""
    items = "".join(f"<li><strong>{text_html(what)}</strong> <time>{french.day(on)}</time>{f'<p>{text_html(said)}</p>' if said else ''}</li>"
                    for what, on, said in steps)
    st.html(f'<section class="cp-section"><h2>{text_html(title)}</h2><ol class="cp-steps">{items}</ol></section>')


def _step_word(step: Step) -> str:
    word = IdeaStatus(step.status).label if step.status and step.what == EventKind.status else \
        _STEPS.get(EventKind(step.what), "")
    return (word or "Suivi") + (f" — {step.function}" if step.function else "")


def table(headings: Sequence[str], rows: Sequence[Sequence[object]], caption: str, numbers: frozenset[int] = frozenset(),
          download: str = "") -> None:
    """A plain table with its caption; columns named in `numbers` are aligned as figures. On a phone each row of a wide one
    becomes a card of its own (`styles/tables.css`). `download` names the file under which the same rows can be taken away.
    """
    head = "".join(f'<th scope="col" role="columnheader"{_NUMBER if i in numbers else ""}>{text_html(heading)}</th>'
                   for i, heading in enumerate(headings))
    body = "".join('<tr role="row">' + "".join(_cell(value, headings[i], i in numbers) for i, value in enumerate(row)) + "</tr>"
                   for row in rows)
    stacked = " cp-stacked" if len(headings) >= _WIDE else ""
    # The roles say again what the elements are: a row drawn as a card would otherwise no longer be a row.
    st.html(f'<div class="cp-table{stacked}" tabindex="0" role="region" aria-label="{text_html(caption)}"><table role="table">'
            f'<caption class="cp-sr">{text_html(caption)}</caption><thead role="rowgroup"><tr role="row">{head}</tr></thead>'
            f'<tbody role="rowgroup">{body}</tbody></table></div>')
    if download:
        csv_button(download, headings, lambda: rows)


_NUMBER, _WIDE = ' class="cp-number"', 4


def _cell(value: object, heading: str, number: bool) -> str:
    said = value.text if isinstance(value, Html) else text_html("" if value is None else value)
    return f'<td role="cell" data-label="{text_html(heading)}"{_NUMBER if number else ""}>{said}</td>'


def pager(page: int, pages: int, more: bool = False) -> None:
    """The ways to the page before and after, in the address (« ?page=2 »); `more`: there are others than those that were counted."""
    if pages <= 1 and not more:
        return
    with st.container(key="cp_pages", horizontal=True, horizontal_alignment="center", vertical_alignment="center"):
        st.button("Page précédente", key="w_previous", disabled=page <= 1, on_click=_go_to, args=(page - 1,), icon=":material/chevron_left:")
        st.caption(f"page {page}" + ("" if more else f" sur {pages}"))
        st.button("Page suivante", key="w_next", disabled=not more and page >= pages, on_click=_go_to, args=(page + 1,),
                  icon=":material/chevron_right:", icon_position="right")


def _go_to(page: int) -> None:
    st.query_params["page"] = str(page)


def csv_button(name: str, headings: Sequence[str], rows: Callable[[], Iterable[Sequence[object]]], label: str = "Télécharger (CSV)") -> None:
    """What is on screen for a French spreadsheet; rows are asked for, and the file made, when somebody wants it."""
    download(label, lambda: csvout.as_bytes(headings, ([_plain(cell) for cell in row] for row in rows())),
             f"{name}.csv", "text/csv", key=f"csv_{name}")


def _plain(value: object) -> object:
    return value.plain if isinstance(value, Html) else value


def terms(pairs: Sequence[tuple[str, object]]) -> None:
    """What it is, and what is to be said of it: one line each; an empty answer leaves its line out."""
    lines = "".join(f"<div><dt>{text_html(term)}</dt><dd>{said.text if isinstance(said, Html) else text_html(said)}</dd></div>"
                    for term, said in pairs if isinstance(said, Html) or said)
    st.html(f'<dl class="cp-terms">{lines}</dl>')


class Html:
    """HTML of ours in a cell; whoever makes one has escaped what is in it. `plain` is the same without marks."""

    def __init__(self, text: str):
        self.text = text

    @property
    def plain(self) -> str:
        return unescape(re.sub(r'<i aria-hidden.*?</i>|<[^>]+>', "", self.text)).strip()


def link(label: str, href: str) -> Html:
    return Html(f'<a class="cp-go" href="{escape_html(href)}">{text_html(label)}</a>')


def member_list(members: Sequence[Member], tree: Tree) -> None:
    """Members by direction, in the order of the chart."""
    rows = [(member.name, member.function, _unit_name(tree, member.own_service), Reach(member.reach).label,
             ", ".join(_unit_name(tree, s) for s in sorted(member.covered - {member.own_service})) or "–",
             french.month(member.since)) for member in members]
    table(("Nom", "Fonction", "Service", "Portée", "Couvre aussi", "Depuis"), rows, "Membres de la communauté", download="membres")


def _unit_name(tree: Tree, unit_id: int | None) -> str:
    unit = tree.by_id.get(unit_id) if unit_id else None
    return unit.name if unit else "–"


def training_list(rows: Sequence[TrainingRow], scope: Scope) -> None:
    """The catalogue: one line per training."""
    lines = [(row.training.code, link(row.training.title, address("academie", scope, formation=row.training.code)), row.training.trainer, Audience(row.training.audience).label,
              f"{french.number(row.training.hours)} h", row.held, french.rate(row.booked, row.capacity),
              row.waiting, french.day(row.next_on) if row.next_on else "–") for row in rows]
    table(("Code", "Formation", "Formateur", "Public", "Durée", "Sessions", "Remplissage", "En attente",
           "Prochaine session"), lines, "Catalogue de l'académie", frozenset({5, 6, 7}),
          download="catalogue")
