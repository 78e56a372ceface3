"""Acts on several records of a list at once (agir sur la sélection): on all or none."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import streamlit as st
from sqlmodel import Session

from dashboard import french
from dashboard.access import Reader
from dashboard.ui.desk import Line, Noun, Several
from dashboard.ui.forms import Form
from models.errors import Invalid, Refused

_SENTENCE = 500


@dataclass(frozen=True, slots=True)
class Gesture:
    """An act on each selected record: (session, reader, record, sentence). `done` ends « 3
    comptes : … »; `asks`: the label of the sentence it needs.
    """

    label: str
    act: Callable[[Session, Reader, str, str], object]
    done: str
    icon: str
    asks: str = ""


def several(
    name: str, label: str, noun: Noun, lines: Sequence[Line], gestures: Sequence[Gesture]
) -> Several:
    """The acts offered on a selection of the `lines`."""
    titles = {line.key: line.title for line in lines}

    def form(keys: Sequence[str]) -> Form:
        return Form(f"{name}_{'_'.join(keys)}")

    def box(keys: Sequence[str]) -> None:
        _box(form(keys), [key for key in keys if key in titles], titles, noun, gestures)

    return Several(label, form, box)


def _box(
    form: Form,
    keys_in_list: Sequence[str],
    listed: dict[str, str],
    noun: Noun,
    gestures: Sequence[Gesture],
) -> None:
    # Only records in the list when the form was opened: an address may name any other.
    form.opens_with({"keys": list(keys_in_list)}, tuple(keys_in_list))
    titles = {key: listed.get(key, key) for key in form.mark}
    form.field(
        "keys",
        st.multiselect,
        french.sentence_case(noun.many),
        list(titles),
        format_func=titles.get,
        placeholder="Choisissez",
    )
    form.error("form")
    for rank, gesture in enumerate(gestures):
        if gesture.asks:
            field = f"text_{rank}"
            form.field(field, st.text_input, gesture.asks, default="", max_chars=_SENTENCE)
        form.button(
            gesture.label,
            partial(_act_on_each, form, titles, noun, gesture, rank),
            field=f"send_{rank}",
            primary=rank == 0,
            icon=f":material/{gesture.icon}:",
        )


def _act_on_each(
    form: Form,
    titles: dict[str, str],
    noun: Noun,
    gesture: Gesture,
    rank: int,
    session: Session,
    reader: Reader,
) -> str:
    keys = form.value("keys") or []
    if not keys:
        raise Invalid({"keys": f"Gardez au moins un{noun.ending} {noun.one}."})
    text = str(form.value(f"text_{rank}") or "")
    for key in keys:
        try:
            gesture.act(session, reader, key, text)
        except Invalid as error:
            # An error is the same for all records: it is shown beside the only field.
            field = f"text_{rank}" if gesture.asks else "form"
            raise Invalid({field: " ".join(error.errors.values())}) from error
        except Refused as error:
            raise Refused(f"Rien n'est encore fait. « {titles[key]} » : {error}") from error
    return f"{french.counted(len(keys), noun.one, noun.many)} : {gesture.done}"
