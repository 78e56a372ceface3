"""Fields whose value stands in the address (champs de l'adresse)."""

import streamlit as st


def follow(key: str, value: object) -> None:
    """Gives a field the value of the address, which leads: the browser's way back changes it
    without touching a field.
    """
    if st.session_state.get(key) != value:
        st.session_state[key] = value


def put(name: str, value: str) -> None:
    """Writes a parameter of the address; without a value it goes."""
    if value:
        st.query_params[name] = value
    else:
        st.query_params.pop(name, None)
