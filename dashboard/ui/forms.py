"""Forms that write: what was typed is kept when it is refused, each error stands beside its field,
success is said once.

A form is drawn with `Form(name)`: `form.field` draws a field, `form.button` does the act. A second
click on a button that has done its work does nothing.
"""

from collections.abc import Callable, Mapping
from threading import Lock
from typing import TypeVar

import streamlit as st
from sqlmodel import Session
from streamlit.delta_generator import DeltaGenerator

from dashboard.access import Reader
from dashboard.ui.components import escape_md, field_error
from dashboard.visit import signin
from dashboard.visit.navigation import current_stay
from models.database import writing
from models.errors import Invalid, Refused

Act = Callable[[Session, Reader], str]
T = TypeVar("T")
_PAGE = "page"  # the form state that belongs to the page, not to one of its forms
_UNSET = object()  # None is a value that a field may start from


class FormState(dict):
    """What a form remembers from one run to the next, and the lock under which its act is done."""

    def __init__(self) -> None:
        super().__init__()
        self.lock = Lock()
        self._errors: Mapping[str, str] = {}
        self._errors_of = 0

    def refuse(self, errors: Mapping[str, str], stay: int) -> None:
        """Keeps what is to be corrected, field by field, for the stay in which the act was asked
        for: an act may still be under way when its screen has been left.
        """
        self._errors = errors
        self._errors_of = stay

    def errors(self) -> Mapping[str, str]:
        """What is to be corrected; nothing once the screen of the act has been left."""
        return self._errors if self._errors_of == current_stay() else {}

    def clear(self) -> None:
        """Everything is forgotten, what was to be corrected too."""
        super().clear()
        self._errors = {}


def form_state(name: str) -> FormState:
    """What a form remembers: taken before its act, written after it, with nothing of Streamlit's
    state touched in between.

    A further click starts a run of its own beside the one that does the work, and ends that one at
    its next access to Streamlit's state (measured: a point entered twice, a code of an anonymous
    entry lost once it was filed). A dictionary is no such access, and under its lock the further
    click waits, then finds the work done.
    """
    return st.session_state.setdefault(f"_cp_{name}", FormState())


class Form:
    """One form of a screen; `name` tells it from the others."""

    def __init__(self, name: str):
        self.name = name

    @property
    def turn(self) -> int:
        """How often this form has done its work: its fields start afresh each time."""
        return form_state(self.name).get("turn", 0)

    def key(self, field: str) -> str:
        return f"w_{self.name}_{self.turn}_{field}"

    def default(self, field: str, value: object) -> str:
        """The key of a field that holds `value` until somebody changes it."""
        st.session_state.setdefault(self.key(field), value)
        return self.key(field)

    def value(self, field: str, default: object = None) -> object:
        return st.session_state.get(self.key(field), default)

    def field(
        self,
        name: str,
        draw: Callable[..., T],
        *asked: object,
        default: object = _UNSET,
        **options: object,
    ) -> T:
        """One field: its widget (`st.text_input`, `st.selectbox`…), which keeps what was typed, and
        under it what is to be corrected. `default` stands there until somebody changes it.
        """
        key = self.key(name) if default is _UNSET else self.default(name, default)
        value = draw(*asked, key=key, **options)
        self.error(name)
        return value

    def error(self, field: str) -> None:
        """What is to be corrected in this field."""
        field_error(form_state(self.name).errors().get(field))

    def popover(self, label: str, icon: str) -> DeltaGenerator:
        """A button under which the form unfolds. Once its work is done it is another one,
        closed: Streamlit would keep it open over the page, and open the next one instead where
        this one goes.
        """
        return st.popover(label, icon=icon, key=self.key("box"))

    def first_error(self) -> None:
        """What is to be corrected first, where the form has a button and no fields."""
        field_error(next(iter(form_state(self.name).errors().values()), None))

    def button(
        self,
        label: str,
        act: Act,
        *,
        field: str = "send",
        primary: bool = True,
        icon: str | None = None,
        help: str | None = None,
    ) -> None:
        """A button that does the act and, where the act is refused, says why under it."""
        st.button(
            label,
            type="primary" if primary else "secondary",
            key=self.key(field),
            icon=icon,
            help=help,
            on_click=self._send,
            args=(act, self.turn),
        )

    def submit(self, label: str, act: Act, *, icon: str | None = None) -> None:
        """The button of a form that is sent whole (`st.form`): where passwords are typed, whose
        field tells what it holds neither on Tab nor to a browser that fills it in.
        """
        st.form_submit_button(
            label,
            type="primary",
            key=self.key("send"),
            icon=icon,
            on_click=self._send,
            args=(act, self.turn),
        )

    def _send(self, act: Act, turn: int) -> None:
        # What is remembered is taken before the lock: a further click ends this run at its next
        # access to Streamlit's state (see `form_state`).
        form = form_state(self.name)
        page = form_state(_PAGE)
        stay = current_stay()
        with form.lock:
            if turn == form.get("turn", 0):
                self._do(act, form, stay)
            # Done now, or by the click before: it is said here too, since this run draws the page.
            if turn != form.get("turn", 0):
                page["said"] = form["said"]

    def _do(self, act: Act, form: FormState, stay: int) -> None:
        try:
            with writing() as session:
                message = act(session, signin.current_reader())
        except Invalid as error:
            form.refuse(error.errors, stay)
        except Refused as refusal:
            form.refuse({"form": str(refusal)}, stay)
        else:
            form.refuse({}, stay)
            # Another turn names the fields anew, so that they start afresh; written after the
            # commit only.
            form |= {"turn": form.get("turn", 0) + 1, "said": message}


def say_what_was_done() -> None:
    """The sentence of the act that has just succeeded, once, at the head of the page.

    Its place is there also without it: what stands below would otherwise move when it goes, and an
    open popover would close.
    """
    message = form_state(_PAGE).pop("said", None)
    with st.container(key="cp_said"):
        if message:
            st.success(escape_md(message), icon=":material/check:")


def show_what_was_done() -> None:
    """In a fragment: once its act has succeeded, the page around it shows what was written."""
    if "said" in form_state(_PAGE):
        st.rerun()
