"""What is done to several records of a list at once (agir sur la sélection): to all or to none."""

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
    """One act that each record of the choice is given: (session, reader, record, sentence). `done`
    ends « 3 comptes : … »; `asks` is the label of the sentence that it needs.
    """

    label: str
    act: Callable[[Session, Reader, str, str], object]
    done: str
    icon: str
    asks: str = ""


def several(
    name: str, label: str, noun: Noun, lines: Sequence[Line], gestures: Sequence[Gesture]
) -> Several:
    """`lines`: the list that one chooses from."""
    titles = {line.key: line.title for line in lines}

    def form(keys: Sequence[str]) -> Form:
        return Form(f"{name}_{'_'.join(keys)}")

    def box(keys: Sequence[str]) -> None:
        _box(form(keys), [key for key in keys if key in titles], titles, noun, gestures)

    return Several(label, form, box)


def _box(
    form: Form,
    there: Sequence[str],
    listed: dict[str, str],
    noun: Noun,
    gestures: Sequence[Gesture],
) -> None:
    # Those that stood in the list as the form was opened: an address may name any other.
    form.opens_with({"keys": list(there)}, tuple(there))
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
    for place, gesture in enumerate(gestures):
        if gesture.asks:
            field = f"text_{place}"
            form.field(field, st.text_input, gesture.asks, default="", max_chars=_SENTENCE)
        form.button(
            gesture.label,
            partial(_each, form, titles, noun, gesture, place),
            field=f"send_{place}",
            primary=place == 0,
            icon=f":material/{gesture.icon}:",
        )


def _each(
    form: Form,
    titles: dict[str, str],
    noun: Noun,
    gesture: Gesture,
    place: int,
    session: Session,
    reader: Reader,
) -> str:
    keys = form.value("keys") or []
    if not keys:
        raise Invalid({"keys": f"Gardez au moins un{noun.ending} {noun.one}."})
    text = str(form.value(f"text_{place}") or "")
    for key in keys:
        try:
            gesture.act(session, reader, key, text)
        except Invalid as error:
            # What is missing is missing for all: it stands beside the one field that there is.
            beside = f"text_{place}" if gesture.asks else "form"
            raise Invalid({beside: " ".join(error.errors.values())}) from error
        except Refused as error:
            raise Refused(f"Rien n'est encore fait. « {titles[key]} » : {error}") from error
    return f"{french.counted(len(keys), noun.one, noun.many)} : {gesture.done}"
