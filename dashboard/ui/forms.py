"""Forms that write: a refused form keeps its input, errors are shown beside their fields,
success is shown once, and nobody overwrites a version she has not read.

A form is drawn with `Form(name)`: `form.field` draws a field, `form.send` runs the act and shows
its errors. A second click on a finished button does nothing. A form about a record that two
people may edit begins with `form.opens_with`, and its act posts `form.mark`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from threading import Lock
from typing import TypeVar

import streamlit as st
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session
from streamlit.delta_generator import DeltaGenerator

from dashboard import french
from dashboard.access import Reader
from dashboard.queries.journal import mark_of
from dashboard.ui.components import draw, escape_md, field_error
from dashboard.visit import signin
from dashboard.visit.navigation import current_stay
from models.database import writing
from models.faults import fault_sentence, report_fault
from models.texts import EditConflict, Invalid, Refused

# What a button does; it returns its message, or what `done` makes the message of.
Act = Callable[[Session, Reader], object]
Said = "str | Done | Callable[[object], str | Done]"
T = TypeVar("T")
_PAGE = "page"  # the form state of the page, not of one of its forms
_UNSET = object()  # None is a possible initial value
_SENTENCE = 1000
_MINE, _THEIRS, _BOTH = "mine", "theirs", "both"
_FILLED = "Rien n'est encore enregistré : relisez les champs, puis enregistrez."


@dataclass(frozen=True)
class _Shown:
    """How a field's value is shown: its label, its formatter, and the separator if two texts can
    be joined (empty: a single value).
    """

    label: str
    words: Callable[[object], str] | None = None
    joint: str = ""

    def tell(self, value: object) -> str:
        if self.words is not None:
            values = value if isinstance(value, list | tuple) else [value]
            return ", ".join(str(self.words(item) or "–") for item in values) or "–"
        if isinstance(value, bool):
            return "oui" if value else "non"
        if isinstance(value, date):
            return french.day(value)
        if isinstance(value, int | float):
            return french.number(value)
        return str(value or "–")


# The labels offered when somebody else saved the record meanwhile: to keep one's own, to take the
# saved one, and above each.
_CHOICES = ("Garder le mien", "Prendre le sien", "Écrit entre-temps", "Ce que vous avez écrit")


@dataclass(frozen=True)
class Done:
    """The message of a finished act, and its undo, offered to the author until she leaves the
    page or does something else.
    """

    message: str
    label: str
    undo: "Act"


class FormState(dict):
    """The state of a form between runs, and the lock of its act."""

    def __init__(self) -> None:
        super().__init__()
        self.lock = Lock()

    def refuse(
        self, errors: Mapping[str, str], stay: int, conflict: EditConflict | None = None
    ) -> None:
        """Stores the errors by field, for the stay in which the act was requested: the act may
        end after its screen was left.
        """
        self.update(errors=errors, conflict=conflict, errors_of=stay)

    def errors(self) -> Mapping[str, str]:
        """The errors by field; none once the screen of the act has been left."""
        return self.get("errors", {}) if self.get("errors_of") == current_stay() else {}

    def edit_conflict(self) -> EditConflict | None:
        """The values saved by somebody else meanwhile, until the form is sent again."""
        return self.get("conflict") if self.get("errors_of") == current_stay() else None


def form_state(name: str) -> FormState:
    """The state of a form: read before its act and written after it, without touching
    Streamlit's state in between.

    A second click starts a parallel run, and ends the first one at its next access to
    Streamlit's state (measured: a point entered twice, the code of an anonymous entry lost once
    filed). A dictionary is no such access, and under its lock the second click waits, then finds
    the result.
    """
    return st.session_state.setdefault(f"_cp_{name}", FormState())


class Form:
    """One form of a screen, identified by `name`."""

    def __init__(self, name: str, choices: tuple[str, ...] = _CHOICES):
        self.name = name
        self.choices = choices
        self._fields: set[str] = set()  # fields that show their own errors

    @property
    def turn(self) -> int:
        """How often this form succeeded: the fields are reset each time."""
        return form_state(self.name).get("turn", 0)

    def key(self, field: str) -> str:
        return f"w_{self.name}_{self.turn}_{field}"

    def default(self, field: str, value: object) -> str:
        """The key of a field whose initial value is `value`."""
        st.session_state.setdefault(self.key(field), value)
        return self.key(field)

    def opens_with(self, values: Mapping[str, object], mark: object = None) -> None:
        """Fills the fields with the record's values and stores its mark (computed from them by
        default), as read by the writer. The first field must always be drawn.

        Both stay until the form is drawn afresh: a later run may know newer values, which its
        writer has not seen.
        """
        state = form_state(self.name)
        # Streamlit drops the fields of a form that a run does not draw.
        is_open = self.key(next(iter(values))) in st.session_state
        if is_open and "mark" in state:
            return
        state["mark"] = mark_of(values) if mark is None else mark
        for field, value in values.items():
            st.session_state[self.key(field)] = value

    @property
    def mark(self) -> object:
        """The mark of the version read by the writer, posted with the act."""
        return form_state(self.name).get("mark")

    def value(self, field: str, default: object = None) -> object:
        return st.session_state.get(self.key(field), default)

    def text(self, field: str) -> str:
        """The value of a text field, empty if it was not drawn."""
        return str(self.value(field) or "")

    def values(self, fields: Iterable[str]) -> dict[str, object]:
        """The values of these fields."""
        return {field: self.value(field) for field in fields}

    def field(
        self,
        name: str,
        draw: Callable[..., T],
        *asked: object,
        default: object = _UNSET,
        **options: object,
    ) -> T:
        """Draws a field: its widget (`st.text_input`, `st.selectbox`…), which keeps its input,
        and its error. `default`: the initial value.
        """
        # A line of that length holds sentences, which can be joined.
        joins = " " if options.get("max_chars", 0) >= _SENTENCE else ""
        shown = _Shown(
            str(asked[0]) if asked else "",
            options.get("format_func"),
            "\n\n" if draw is st.text_area else joins,
        )
        form_state(self.name).setdefault("shown", {})[name] = shown
        key = self.key(name) if default is _UNSET else self.default(name, default)
        value = draw(*asked, key=key, **options)
        self.error(name)
        return value

    def pick(self, name: str, label: str, names: Mapping[T, str], **options: object) -> T | None:
        """Draws a selection; `names`: each value and its label. Without a `default` none is
        chosen.
        """
        options = {"index": None, "placeholder": "Choisissez"} | options
        return self.field(name, st.selectbox, label, list(names), format_func=names.get, **options)

    def error(self, field: str) -> None:
        """The error of this field; under « form », also the edit conflict."""
        self._fields.add(field)
        field_error(form_state(self.name).errors().get(field))
        if field == "form":
            self._show_conflict()

    def popover(self, label: str, icon: str, **how: object) -> DeltaGenerator:
        """A button that opens the form in a popover. After success its key changes, which closes
        it: Streamlit would leave it open, or open the next one if this one disappears.
        """
        return st.popover(label, icon=icon, key=self.key("box"), **how)

    def first_error(self) -> None:
        """The first error without a field in the form, and the edit conflict."""
        errors = form_state(self.name).errors()
        field_error(next((text for field, text in errors.items() if field not in self._fields), ""))
        self._show_conflict()

    @contextmanager
    def row(self, **how: object) -> Iterator[None]:
        """The buttons side by side, with the refusal below."""
        with st.container(horizontal=True, **how):
            yield
        self.first_error()

    def send(self, label: str, act: Act, *given: object, **options: object) -> None:
        """The last button of a form, with the refusal below."""
        self.button(label, act, *given, **options)
        self.first_error()

    def button(
        self,
        label: str,
        act: Act,
        *given: object,
        field: str = "send",
        primary: bool = True,
        icon: str | None = None,
        help: str | None = None,
        shortcut: str | None = None,
        done: Said = "",
    ) -> None:
        """A button that runs `act(session, reader, *given)`; `first_error` shows its refusal.
        `done`: the message, or
        how it is made of what the act returns; without it the act returns the message.
        `shortcut`: the key that presses it.
        """
        st.button(
            label,
            type="primary" if primary else "secondary",
            key=self.key(field),
            icon=icon,
            help=help,
            shortcut=shortcut,
            on_click=self._send,
            args=(act, self.turn, done, given),
        )

    def submit(self, label: str, act: Act, *, icon: str | None = None, done: Said = "") -> None:
        """The button of an `st.form`: for passwords, whose field sends its value neither on Tab
        nor on autofill.
        """
        st.form_submit_button(
            label,
            type="primary",
            key=self.key("send"),
            icon=icon,
            on_click=self._send,
            args=(act, self.turn, done),
        )

    def _show_conflict(self) -> None:
        """Shows the saved values beside the typed ones, and asks which to use."""
        state = form_state(self.name)
        if state.get("filled") == current_stay():
            st.info(_FILLED, icon=":material/edit:")
        conflict = state.edit_conflict()
        if conflict is None:
            return
        shown = state.get("shown", {})
        mine, theirs, *heads = self.choices
        lines = [
            (field.label, field.tell(conflict.current[name]), field.tell(state["typed"].get(name)))
            for name, field in shown.items()
            if name in conflict.current
        ]
        lines = [line for line in lines if line[1] != line[2]]
        if lines:
            draw("ui/overtaken.html", lines=lines, heads=heads)
        can_join = any(shown[name].joint for name in conflict.current if name in shown)
        with st.container(horizontal=True, key=self.key("overtaken")):
            self._resolve_button(mine, _MINE)
            self._resolve_button(theirs, _THEIRS)
            if can_join:
                self._resolve_button("Réunir les deux", _BOTH)

    def _resolve_button(self, label: str, what: str) -> None:
        st.button(
            label, key=self.key(what), on_click=self._resolve_conflict, args=(what, self.turn)
        )

    def _resolve_conflict(self, what: str, turn: int) -> None:
        """Fills the fields with the choice. Nothing is saved until the form is sent, with the
        mark of the saved version.
        """
        state = form_state(self.name)
        conflict = state.edit_conflict()
        if conflict is None or turn != self.turn:
            return
        for name, theirs in conflict.current.items():
            typed = state["typed"].get(name)
            field = state["shown"].get(name)
            chosen = typed if what == _MINE else theirs
            if what == _BOTH and field and field.joint:
                chosen = joined(theirs, typed, field.joint)
            st.session_state[self.key(name)] = chosen
        state |= {"mark": conflict.mark, "filled": current_stay()}
        # Both stay visible until something is saved: the choice can be changed.
        state.refuse({}, current_stay(), conflict)

    def _send(self, act: Act, turn: int, done: Said = "", given: Sequence[object] = ()) -> None:
        # Read before the lock: a second click ends this run at its next access to Streamlit's state
        # (see `form_state`).
        form = form_state(self.name)
        page = form_state(_PAGE)
        stay = current_stay()
        with form.lock:
            if turn == form.get("turn", 0):
                self._do(lambda *who: act(*who, *given), form, page, stay, done)
            # Done now or by the previous click: shown here too, since this run draws the page.
            if turn != form.get("turn", 0):
                _store_message(page, form["said"], stay)
            elif form.edit_conflict():
                page["reread"] = True  # show the saved values around the form too

    def _do(self, act: Act, form: FormState, page: FormState, stay: int, done: Said) -> None:
        form.pop("filled", None)
        try:
            with writing() as session:
                result = act(session, signin.current_reader())
                message = done(result) if callable(done) else done or result
        except Invalid as error:
            form.refuse(error.errors, stay)
        except EditConflict as error:
            if "mark" not in form:
                # A form without fields may be gone from the page, since another reader did its act.
                form.refuse({}, stay)
                page["overtaken"] = str(error)
                return
            form["typed"] = {name: self.value(name) for name in error.current}
            form.refuse({"form": str(error)}, stay, error)
        except Refused as refusal:
            form.refuse({"form": str(refusal)}, stay)
        except DBAPIError as error:
            if not fault_sentence(error):
                raise
            form.refuse({"form": report_fault(error)}, stay)
        else:
            form.refuse({}, stay)
            # The next turn renames the fields, which resets them; written only after the commit.
            form |= {"turn": form.get("turn", 0) + 1, "said": message}


def _store_message(page: FormState, message: str | Done, stay: int) -> None:
    """Stores the message of the act for the page, with its undo if any."""
    page["said"] = message.message if isinstance(message, Done) else message
    if not isinstance(message, Done):
        page.pop("undo", None)
    elif page.get("undo", (None,))[0] is not message:
        page |= {
            "undo": (message, stay, page.get("undone", 0)),
            "undone": page.get("undone", 0) + 1,
        }


def joined(theirs: object, mine: object, joint: str) -> str:
    """Both texts joined; only one if it contains the other."""
    first, second = str(theirs or "").strip(), str(mine or "").strip()
    if second in first:
        return first
    return second if first in second else f"{first}{joint}{second}"


def has_act_message() -> bool:
    """Whether the message of a finished act is still to be shown."""
    return "said" in form_state(_PAGE)


def show_act_message() -> None:
    """Shows the message of the last act, once, at the head of the page.

    Its container is always drawn: otherwise the content below would move when it disappears, and
    an open popover would close.
    """
    page = form_state(_PAGE)
    page.pop("reread", None)
    message = page.pop("said", None)
    overtaken = page.pop("overtaken", None)
    with st.container(key="cp_said"):
        if message:
            st.success(escape_md(message), icon=":material/check:")
        if overtaken:
            st.warning(escape_md(overtaken), icon=":material/forum:")
        _offer_undo(page)


def _offer_undo(page: FormState) -> None:
    done, stay, place = page.get("undo", (None, 0, 0))
    if done is None or stay != current_stay():
        return
    form = Form(f"undo_said_{place}")
    form.button(done.label, done.undo, primary=False, icon=":material/undo:")
    form.first_error()


def rerun_after_act() -> None:
    """In a fragment: reruns the page after a finished act or an edit conflict, so that it shows
    the new values.
    """
    page = form_state(_PAGE)
    if "said" in page or page.pop("reread", False):
        st.rerun()
