"""The form of one record of a register, drawn from its declaration."""

from collections.abc import Callable, Mapping

import streamlit as st
from sqlmodel import Session, SQLModel

from dashboard import cached
from dashboard.access import Reader
from dashboard.actions.registers import remove_record, save_record
from dashboard.queries.reference_tables import Control, ReferenceColumn, Register
from dashboard.ui.forms import Form
from models.database import reading


def record_form(
    form: Form,
    register: Register,
    record: SQLModel | None,
    labels: Mapping[str, str],
    saved: str,
    *,
    nothing: str = "",
    removed: str = "",
) -> None:
    """The fields (name → label) of a record, new without one, and the button that saves it.
    `nothing` is how no choice is called; `removed` what is said once the record is, where
    it may be.
    """
    form.opens_with(register.shown(record, labels))
    for name, label in labels.items():
        record_field(form, register.column(name), label, nothing)
    record_id = record.id if record else None

    def save(session: Session, reader: Reader) -> str:
        save_record(session, reader, register, record_id, _typed(form, labels), read=form.mark)
        return saved

    def remove(session: Session, reader: Reader) -> str:
        remove_record(session, reader, register, record_id, labels, read=form.mark)
        return removed

    with st.container(horizontal=True, key=form.key("buttons")):
        form.button("Enregistrer", save)
        if removed and record:
            form.button(
                "Supprimer", remove, field="delete", primary=False, icon=":material/delete:"
            )
    form.error("form")


def _typed(form: Form, labels: Mapping[str, str]) -> dict[str, object]:
    return {name: form.value(name) for name in labels}


def record_field(form: Form, column: ReferenceColumn, label: str, nothing: str = "") -> None:
    """One field, drawn as its column is edited."""
    options = _choices(column, nothing) if column.choices else {}
    draw: Callable[..., object] = {
        Control.long: st.text_area,
        Control.whole: st.number_input,
        Control.choice: st.selectbox,
    }.get(column.control, st.text_input)
    more: dict[str, object] = {}
    if column.control is Control.whole:
        more = dict(zip(("min_value", "max_value"), column.bounds, strict=True), step=1)
    elif options:
        more = {"options": list(options), "format_func": options.get}
    elif column.most:
        more = {"max_chars": column.most}
    form.field(column.field, draw, label, **more)


def _choices(column: ReferenceColumn, nothing: str) -> dict[object, str]:
    """What is stored → what the list shows."""
    with reading() as session:
        found = column.choices(session, cached.today())
    empty = {"": nothing} if column.may_be_empty else {}
    return empty | {option.stored: option.label for option in found}
