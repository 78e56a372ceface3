"""Affiches: the posters of the sites, made, printed, renewed, revoked."""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from dashboard import french
from dashboard.access import Reader
from dashboard.actions.meetings.agendas import make_poster, renew_poster, revoke_poster
from dashboard.queries.meetings.agenda import SitePoster, site_posters
from dashboard.report import posters as layouts
from dashboard.scope import Scope
from dashboard.ui.address import page_header
from dashboard.ui.components import empty_nothing_yet, heading, paragraph
from dashboard.ui.downloads import download
from dashboard.ui.forms import Form
from dashboard.ui.tables import table, unit_name
from dashboard.visit.navigation import public_address
from models.database import fetch


def render(scope: Scope) -> None:
    page_header("Affiches")
    posters = fetch(site_posters, scope.reader)
    if not posters:
        return empty_nothing_yet(
            "Aucun site n'est encore connu : l'administrateur les importe dans « Référentiels »."
        )
    rows = [
        (
            item.site.name,
            unit_name(scope.tree, item.site.direction_id),
            item.site.agents,
            f"depuis le {french.day(item.since)}" if item.since else "–",
            _whole(item.word) or "–",
        )
        for item in posters
    ]
    table(_COLUMNS, rows, "Les sites et leur affiche", frozenset({2}))
    make_missing(scope, posters)
    return one_site(scope, posters)


def make_missing(scope: Scope, posters: Sequence[SitePoster]) -> None:
    """Actions for all sites: making the missing posters, and printing all of them."""
    missing = [item.site.id for item in posters if not item.word]
    with_poster = [item for item in posters if item.word]
    form = Form("posters")
    with form.row(vertical_alignment="center"):
        if missing:
            form.button(
                f"Faire les affiches qui manquent ({len(missing)})",
                lambda session, reader: _make_all(session, reader, missing),
                icon=":material/qr_code_2:",
            )
        if with_poster:
            count = french.counted(len(with_poster), "affiche", "affiches")
            _print_button(scope, with_poster, f"Imprimer {count} (PDF)", "affiches.pdf")


def one_site(scope: Scope, posters: Sequence[SitePoster]) -> None:
    """One chosen site: its poster made, printed, renewed or revoked."""
    heading("Un site")
    by_id = {item.site.id: item for item in posters}
    chosen = st.selectbox(
        "Site",
        list(by_id),
        format_func=lambda ident: by_id[ident].site.name,
        key="w_poster_site",
        width=440,
    )
    item = by_id[chosen]
    form = Form(f"poster_{chosen}")
    if not item.word:
        paragraph("Ce site n'a pas d'affiche.")
        form.button(
            "Faire l'affiche",
            lambda session, reader: make_poster(session, reader, chosen),
            icon=":material/qr_code_2:",
            done="L'affiche est faite : imprimez-la, puis accrochez-la.",
        )
    else:
        _standing(scope, form, item)
    form.first_error()


def _make_all(session, reader: Reader, site_ids: Sequence[int]) -> str:
    for site_id in site_ids:
        make_poster(session, reader, site_id)
    made = french.counted(len(site_ids), "affiche est faite", "affiches sont faites")
    return f"{made} : imprimez-les ci-dessous."


_COLUMNS = ("Site", "Direction", "Agents", "Affiche", "Mot")


def _standing(scope: Scope, form: Form, item: SitePoster) -> None:
    ident = item.site.id
    since = french.day_long(item.since)
    paragraph(f"Le mot de l'affiche est {_whole(item.word)}, depuis le {since}.")
    with st.container(horizontal=True, vertical_alignment="center"):
        _print_button(scope, [item], "Imprimer (PDF)", f"affiche-{ident}.pdf")
        with form.popover("Renouveler", ":material/autorenew:"):
            paragraph("Un nouveau mot : celui qui est au mur n'ouvre plus rien.")
            form.button(
                "Renouveler l'affiche",
                lambda session, reader: renew_poster(session, reader, ident),
                field="renew",
                done="L'affiche est renouvelée : imprimez-la, puis accrochez-la.",
            )
        with Form(f"end_poster_{ident}").popover("Retirer", ":material/link_off:"):
            paragraph("Son mot n'ouvre plus rien, et le site n'a plus d'affiche.")
            form.button(
                "Retirer l'affiche",
                lambda session, reader: (
                    revoke_poster(session, reader, ident)
                    or "L'affiche est retirée : son mot n'ouvre plus rien."
                ),
                field="revoke",
            )


def _whole(word: str) -> str:
    """The word with non-breaking hyphens."""
    return word.replace("-", "\u2011")


def _print_button(scope: Scope, items: Sequence[SitePoster], label: str, name: str) -> None:
    # Read now: a file is made outside the page's run, which alone knows its address.
    printed = partial(layouts.posters, scope, tuple(items), public_address())
    download(label, printed, name, "application/pdf", key=name, icon="print")
