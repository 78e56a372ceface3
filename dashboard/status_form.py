"""The form of an imposed status (statut imposé): one component, on the page of a figure, a milestone or a workstream."""

from datetime import date

import streamlit as st

from dashboard import cached, french, signin
from dashboard.access import may
from dashboard.actions.statuses import IMPOSABLE, REASON_MAX, impose, lift
from dashboard.components import escape_md, field_error
from dashboard.figures.declaring import all_declared
from dashboard.scope import Scope
from models.clock import add_months
from models.database import writing
from models.errors import Invalid, Refused

_PROPOSED_MONTHS = 3
_EARLIEST, _LATEST = date(2020, 1, 1), date(2035, 12, 31)


def status_form(scope: Scope, subject: str) -> None:
    """For who may, and looking at today: imposes a status on `figure:CODE`, `jalon:N` or `chantier:N`, or lifts it."""
    if not may(scope.reader, "status.impose") or scope.on != cached.today():
        return
    said = st.session_state.pop("_cp_status_said", None)
    if said:
        st.success(escape_md(said), icon=":material/check:")
    errors = st.session_state.get(f"_cp_status_{subject}", {})
    with st.expander("Imposer un statut, ou lever celui qui est imposé", expanded=bool(errors),
                     icon=":material/edit_note:", key=f"w_status_box_{subject}"):
        _form(subject, scope.on)


@st.fragment
def _form(subject: str, day: date) -> None:
    if st.session_state.pop("_cp_status_changed", False):
        st.rerun()  # the page around the form shows the new status
    errors, standing, key = st.session_state.get(f"_cp_status_{subject}", {}), cached.imposed(day).get(subject), f"w_status_{subject}"
    with st.container(width=640, key=f"w_status_fields_{subject}"):
        if standing:
            st.caption(escape_md(f"Imposé jusqu'au {french.day(standing.until)} : {standing.reason or 'sans raison'}"))
            st.button("Lever le statut imposé", key=f"{key}_lift", on_click=_lift, args=(subject,))
        _first(f"{key}_word", IMPOSABLE[0])
        st.selectbox("Statut", IMPOSABLE, format_func=lambda health: health.label, key=f"{key}_word")
        field_error(errors.get("status"))
        st.text_area("Raison (montrée à côté du statut)", key=f"{key}_reason", max_chars=REASON_MAX, height=80)
        field_error(errors.get("reason"))
        _first(f"{key}_until", add_months(day, _PROPOSED_MONTHS))
        st.date_input("Dernier jour", key=f"{key}_until", format="DD/MM/YYYY", min_value=_EARLIEST, max_value=_LATEST)
        field_error(errors.get("until"))
        st.button("Imposer ce statut", type="primary", key=f"{key}_save", on_click=_impose, args=(subject,))
        field_error(errors.get("form"))


def _first(key: str, value: object) -> None:
    if key not in st.session_state:
        st.session_state[key] = value


def _impose(subject: str) -> None:
    state, key = st.session_state, f"w_status_{subject}"

    def act(session) -> None:
        impose(session, signin.current_reader(), subject, str(state[f"{key}_word"]), state.get(f"{key}_reason") or "",
               state.get(f"{key}_until"), figures=all_declared())

    _try(subject, act, "Le statut est imposé.")


def _lift(subject: str) -> None:
    _try(subject, lambda session: lift(session, signin.current_reader(), subject), "Le statut imposé est levé.")


def _try(subject: str, act, said: str) -> None:
    state = st.session_state
    try:
        with writing() as session:
            act(session)
    except Invalid as error:
        state[f"_cp_status_{subject}"] = error.errors
    except Refused as refusal:
        state[f"_cp_status_{subject}"] = {"form": str(refusal)}
    else:
        for name in [n for n in state if str(n).startswith(f"w_status_{subject}_") or n == f"_cp_status_{subject}"]:
            del state[name]
        state["_cp_status_said"], state["_cp_status_changed"] = said, True
