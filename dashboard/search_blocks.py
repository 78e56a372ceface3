"""Blocks of a search: what is asked instead, the order, and how many of the answers have each state, kind and ambition."""

from collections.abc import Iterable, Mapping

import streamlit as st

from dashboard import cached, french
from dashboard.components import escape_html, text_html
from dashboard.navigation import address
from dashboard.queries.idea_search import Facets
from dashboard.queries.ideas import COUNTED_UP_TO
from dashboard.queries.second_chance import SecondChance
from dashboard.scope import Scope
from models.ideas import IdeaKind, IdeaStatus


def asked_instead(words: str, instead: SecondChance, scope: Scope, kept: Mapping[str, str]) -> None:
    """The sentence above answers to other words than those that were typed."""
    if not instead.is_corrected:
        said = text_html(f"Aucune idée ne contient tous les mots de « {words} » ; voici celles qui en contiennent.")
    else:
        href = escape_html(address("idees", scope, **dict(kept) | {"q": instead.words}))
        said = f'{text_html(f"Aucun résultat pour « {words} » ; voici ceux de «")}<a class="cp-go" href="{href}">{text_html(instead.words)}</a>&nbsp;».'
    st.html(f'<p class="cp-instead" role="status">{said}</p>')


def facet_lines(counted: Facets, scope: Scope, kept: Mapping[str, str]) -> None:
    """One line per facet, a link per value; the chosen one is lit and lets go when it is followed again."""
    states = [(s.value, s.label, counted.status[s.value]) for s in IdeaStatus if s.value in counted.status]
    kinds = [(k.value, k.label, counted.kind[k.value]) for k in IdeaKind if k.value in counted.kind]
    ambitions = [(a.code, a.name, counted.ambition[str(a.id)]) for a in cached.ambitions() if str(a.id) in counted.ambition]
    lines = [_line("État", "etat", states, scope, kept), _line("Genre", "genre", kinds, scope, kept)]
    if not scope.ambition:
        lines.append(_line("Ambition", "ambition", ambitions, scope, kept))
    note = f"<small>Comptés parmi les {french.number(COUNTED_UP_TO)} dépôts les plus récents.</small>" if counted.more else ""
    st.html(f'<nav class="cp-facets" aria-label="Affiner les résultats">{"".join(lines)}{note}</nav>')


def _line(title: str, name: str, values: Iterable[tuple[str, str, int]], scope: Scope, kept: Mapping[str, str]) -> str:
    links = "".join(f"<li>{_value(name, value, label, n, scope, kept)}</li>" for value, label, n in values)
    return f"<div><span>{text_html(title)}</span><ul>{links}</ul></div>" if links else ""


def _value(name: str, value: str, label: str, n: int, scope: Scope, kept: Mapping[str, str]) -> str:
    chosen = kept.get(name) == value
    others = {key: said for key, said in kept.items() if key not in (name, "page")}
    href = escape_html(address("idees", scope, **others if chosen else others | {name: value}))
    current = ' aria-current="true"' if chosen else ""
    return f'<a class="cp-go" href="{href}"{current}>{text_html(label)} <b>{french.number(n)}</b></a>'
