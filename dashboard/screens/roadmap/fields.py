"""Fields shared by the forms of the roadmap."""

import streamlit as st

from dashboard.actions.roadmap.records import bounds_of
from dashboard.ui.forms import Form
from models.roadmap import PlanLevel


def day_field(form: Form, name: str, label: str, level: str = PlanLevel.milestone) -> None:
    """A date field, limited to the days allowed for a plan of this level."""
    first, last = bounds_of(level)
    form.field(
        name,
        st.date_input,
        label,
        format="DD/MM/YYYY",
        min_value=first,
        max_value=last,
    )


def typed_number(text: str | None) -> float | None:
    """« 2,5 » as a number; None if it is not one."""
    plain = "".join((text or "").split()).replace(",", ".")
    return float(plain) if plain.isascii() and plain.replace(".", "", 1).isdigit() else None
