"""The form of one record of a register, built from its declaration."""

from collections.abc import Callable, Mapping

import streamlit as st
from sqlmodel import Session, SQLModel

from dashboard import cached
from dashboard.access import Reader
from dashboard.actions.registers import save_record
from dashboard.queries.reference_tables import Control, ReferenceColumn, Register
from dashboard.ui.forms import Form
from models.database import fetch

_DRAWN: Mapping[Control, Callable[..., object]] = {
    Control.long: st.text_area,
    Control.whole: st.number_input,
    Control.number: st.number_input,
    Control.flag: st.checkbox,
    Control.choice: st.selectbox,
}
_ONES = {"step": 1}
_HALVES = {"step": 0.5, "format": "%g"}
_NO_EXAMPLES: Mapping[str, str] = {}


def record_form(
    form: Form,
    register: Register,
    record: SQLModel | None,
    labels: Mapping[str, str],
    saved: str,
    *,
    nothing: str = "",
) -> None:
    """The fields (name → label) of a record, empty for a new one, and the save button.
    `nothing`: the label of no choice.
    """
    form.opens_with(register.shown(record, labels))
    record_fields(form, register, labels, nothing=nothing)
    record_id = record.id if record else None

    def save(session: Session, reader: Reader) -> str:
        save_record(session, reader, register, record_id, form.values(labels), read=form.mark)
        return saved

    form.send("Enregistrer", save)


def record_fields(
    form: Form,
    register: Register,
    labels: Mapping[str, str],
    *,
    nothing: str = "",
    examples: Mapping[str, str] = _NO_EXAMPLES,
) -> None:
    """These fields (name → label) of a register, each with the widget of its column; `examples`:
    placeholders of empty fields.
    """
    for name, label in labels.items():
        column = register.column(name)
        how = _widget_options(column, nothing, register.values(None)[name] is None)
        if name in examples:
            how["placeholder"] = examples[name]
        form.field(name, _DRAWN.get(column.control, st.text_input), label, **how)


def _widget_options(column: ReferenceColumn, nothing: str, is_open: bool) -> dict[str, object]:
    """The widget options of a field; `is_open`: nothing is preselected."""
    if column.control is Control.choice:
        choices = fetch(column.choices, cached.today())
        empty = {"": nothing} if column.may_be_empty else {}
        options = empty | {option.stored: option.label for option in choices}
        is_asked = is_open and not column.may_be_empty
        more = {"index": None, "placeholder": "Choisissez"} if is_asked else {}
        return {"options": list(options), "format_func": options.get, **more}
    if column.bounds:
        is_whole = column.control is Control.whole
        least, most = map(int if is_whole else float, column.bounds)
        return {"min_value": least, "max_value": most, **(_ONES if is_whole else _HALVES)}
    return {"max_chars": column.most} if column.most else {}
