"""The form of an imposed status (statut imposé), used for a figure, a milestone or a workstream."""

from datetime import date

import streamlit as st

from dashboard import cached, french
from dashboard.access import may
from dashboard.actions.figures.targets import IMPOSABLE, REASON_MAX, impose, lift
from dashboard.scope import Scope
from dashboard.ui.components import escape_md
from dashboard.ui.forms import Form
from dashboard.ui.unfolding import unfolding
from models.clock import add_months

_PROPOSED_MONTHS = 3
_EARLIEST = date(2020, 1, 1)
_LATEST = date(2035, 12, 31)


def status_form(scope: Scope, subject: str) -> None:
    """Imposes a status on `figure:CODE`, `jalon:N` or `chantier:N`, or lifts it; only for
    readers with the right, looking at today.
    """
    if not may(scope.reader, "status.impose") or scope.on != cached.today():
        return
    unfolding(
        "Imposer un statut, ou lever celui qui est imposé",
        _form,
        subject,
        scope.on,
        key=f"w_status_box_{subject}",
        icon=":material/edit_note:",
    )


def _form(subject: str, day: date) -> None:
    form = Form(f"status_{subject}")
    current = cached.imposed(day).get(subject)
    with st.container(width=640, key=f"w_status_fields_{subject}"):
        if current:
            st.caption(
                escape_md(
                    f"Imposé jusqu'au {french.day(current.until)} :"
                    f" {current.reason or 'sans raison'}"
                )
            )
            form.button(
                "Lever le statut imposé",
                lambda session, reader: lift(session, reader, subject),
                field="lift",
                primary=False,
                done="Le statut imposé est levé.",
            )
        st.selectbox(
            "Statut", IMPOSABLE, format_func=lambda health: health.label, key=form.key("word")
        )
        form.error("status")
        form.field(
            "reason",
            st.text_area,
            "Raison (montrée à côté du statut)",
            max_chars=REASON_MAX,
            height=80,
        )
        form.field(
            "until",
            st.date_input,
            "Dernier jour",
            default=add_months(day, _PROPOSED_MONTHS),
            format="DD/MM/YYYY",
            min_value=_EARLIEST,
            max_value=_LATEST,
        )
        form.send(
            "Imposer ce statut",
            lambda session, reader: impose(
                session,
                reader,
                subject,
                str(form.value("word")),
                form.text("reason"),
                form.value("until"),
            ),
            done="Le statut est imposé.",
        )
