"""Blocks of the posters (affiches): the table, one site with its actions, and printing."""

from collections.abc import Callable, Sequence

import streamlit as st
from sqlmodel import Session

from dashboard import french
from dashboard.access import Reader
from dashboard.actions.meetings.posters import make_poster, renew_poster, revoke_poster
from dashboard.queries.meetings.posters import SitePoster
from dashboard.scope import Scope
from dashboard.ui.components import heading, paragraph
from dashboard.ui.downloads import download
from dashboard.ui.forms import Form
from dashboard.ui.tables import table, unit_name
from dashboard.visit.navigation import public_address

_COLUMNS = ("Site", "Direction", "Agents", "Affiche", "Mot")


def posters_table(scope: Scope, posters: Sequence[SitePoster]) -> None:
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


def make_missing(scope: Scope, posters: Sequence[SitePoster]) -> None:
    """Actions for all sites: making the missing posters, and printing all of them."""
    missing = [item.site.id for item in posters if not item.word]
    with_poster = [item for item in posters if item.word]
    with st.container(horizontal=True, vertical_alignment="center"):
        if missing:
            Form("posters").button(
                f"Faire les affiches qui manquent ({len(missing)})",
                lambda session, reader: _make_all(session, reader, missing),
                icon=":material/qr_code_2:",
            )
        if with_poster:
            count = french.counted(len(with_poster), "affiche", "affiches")
            _print_button(scope, with_poster, f"Imprimer {count} (PDF)", "affiches.pdf")
    Form("posters").first_error()


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
            lambda session, reader: _said(
                make_poster(session, reader, chosen), "L'affiche est faite"
            ),
            icon=":material/qr_code_2:",
        )
    else:
        _standing(scope, form, item)
    form.first_error()


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
                lambda session, reader: _said(
                    renew_poster(session, reader, ident), "L'affiche est renouvelée"
                ),
                field="renew",
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


def _make_all(session: Session, reader: Reader, site_ids: Sequence[int]) -> str:
    for site_id in site_ids:
        make_poster(session, reader, site_id)
    made = french.counted(len(site_ids), "affiche est faite", "affiches sont faites")
    return f"{made} : imprimez-les ci-dessous."


def _said(_poster: object, done: str) -> str:
    return f"{done} : imprimez-la, puis accrochez-la."


def _print_button(scope: Scope, items: Sequence[SitePoster], label: str, name: str) -> None:
    download(label, _printing(scope, tuple(items)), name, "application/pdf", key=name, icon="print")


def _printing(scope: Scope, items: Sequence[SitePoster]) -> Callable[[], bytes]:
    base = public_address()  # read now: a file is made outside the page's run

    def printed() -> bytes:
        # Typst is imported when a sheet is printed, not by every server.
        from dashboard.report.posters import posters

        return posters(scope, items, base)

    return printed
