"""Fields that the forms of the roadmap share."""

import streamlit as st

from dashboard.actions.roadmap.records import EARLIEST, LATEST
from dashboard.ui.forms import Form


def day_field(form: Form, name: str, label: str) -> None:
    form.field(
        name,
        st.date_input,
        label,
        format="DD/MM/YYYY",
        min_value=EARLIEST,
        max_value=LATEST,
    )


def typed_number(text: str | None) -> float | None:
    """« 2,5 » as a number, None where it is none."""
    plain = "".join((text or "").split()).replace(",", ".")
    return float(plain) if plain.isascii() and plain.replace(".", "", 1).isdigit() else None
