"""Blocks of printed papers (fiches, PV, valves): download buttons that make their PDF on
request.

Rights are checked again when they are asked for, since a page may stay open for long
(`file_route`).
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial

import streamlit as st
from sqlmodel import Session

from dashboard import cached, french
from dashboard.cached.ideas import last_answer_between
from dashboard.queries.meetings import records
from dashboard.queries.meetings.records import MeetingAt
from dashboard.report import posters, workshop
from dashboard.scope import Scope
from dashboard.ui.downloads import download
from dashboard.visit.navigation import public_address
from models.clock import month_end, month_start
from models.database import fetch
from models.directions import Unit, UnitKind

PDF = "application/pdf"
_MONTHS = 13


def filing_address(**params: object) -> str:
    """The full address of the form, for a QR code: « https://…/deposer?reunion=3 »."""
    query = "&".join(f"{name}={value}" for name, value in params.items() if value)
    return f"{public_address()}/deposer{'?' + query if query else ''}"


def qr_uri(address: str) -> str:
    """The QR code of an address as an image."""
    import segno

    return segno.make(address, error="m", micro=False).svg_data_uri(
        scale=8, border=2, dark="#16233A", light="#FFFFFF", omit_charset=True
    )


def made(scope: Scope, make: Callable[[Session, Scope], bytes]) -> Callable[[], bytes]:
    """Makes the file on request, for the reader of `scope`, who was identified by the request."""

    return partial(fetch, make, scope)


@st.fragment
def sheet_buttons(scope: Scope, units: Sequence[Unit], meeting: MeetingAt | None = None) -> None:
    """The paper sheet, A4 and A5, one page per service."""
    if not units:
        return
    address = filing_address(reunion=meeting.id if meeting else None)
    names = "-".join(unit.code.lower() for unit in units[:2])
    with st.container(horizontal=True):
        for name, size in (("A4", workshop.A4), ("A5", workshop.A5)):
            download(
                f"Fiche d'atelier ({name})",
                made(
                    scope,
                    lambda session, now, size=size: workshop.sheet(
                        session, now, units, size, address, meeting
                    ),
                ),
                f"fiche-{name.lower()}-{names}.pdf",
                PDF,
                key=f"fiche_{name}",
                icon="print",
            )


def minutes_button(scope: Scope, found: MeetingAt) -> None:
    """The minutes (PV), with everything filed at the moment of the click."""
    # Read now: the file is made outside the page's run, which alone knows its address.
    address = filing_address(reunion=found.id)
    download(
        "PV de la séance (PDF)",
        made(
            scope,
            lambda session, now: workshop.minutes(
                session, now, records.workshop(session, found.id), address
            ),
        ),
        f"pv-atelier-{found.day.isoformat()}-{found.id}.pdf",
        PDF,
        key=f"pv_{found.id}",
        icon="summarize",
        first=True,
    )


@st.fragment
def valves_button(scope: Scope) -> None:
    """« Fiche valves »: the month and, if the scope has several directions or none, the
    direction.
    """
    months = [month_start(cached.today())]
    while len(months) < _MONTHS:
        months.append(month_start(months[-1] - timedelta(days=1)))
    units = (
        {unit.code: unit for unit in scope.units}
        if scope.unit
        else ({unit.code: unit for unit, _ in scope.tree.walk() if unit.kind == UnitKind.direction})
    )
    left, middle, right = st.columns([3, 2, 2], vertical_alignment="bottom")
    with left:
        mine = scope.tree.ancestor(scope.reader.service_id, UnitKind.direction)
        own = list(units).index(mine.code) if mine and mine.code in units else 0
        code = st.selectbox(
            "Direction",
            list(units),
            format_func=lambda c: units[c].name,
            key="w_valves_direction",
            index=own,
        )
    with middle:
        newest = last_answer_between(
            scope.whole().within(units[code]), months[-1], month_end(months[1])
        )
        month = st.selectbox(
            "Mois",
            months,
            format_func=french.month,
            key=f"w_valves_month_{code}",
            index=(months.index(month_start(newest)) if newest else 1),
        )
    # Read now: the file is made outside the page's run, which alone knows its address.
    form_address = filing_address(direction=code)
    with right:
        download(
            "Fiche valves (PDF)",
            made(
                scope,
                lambda session, now: posters.valves(
                    session, now.whole().within(units[code]), month, form_address
                ),
            ),
            f"valves-{code.lower()}-{month:%Y-%m}.pdf",
            PDF,
            key="valves_make",
            icon="push_pin",
            wide=True,
        )
