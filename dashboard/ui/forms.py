"""Forms that write: what was typed is kept when it is refused, each error stands beside its field,
success is said once; and nobody writes over what she has not read.

A form is drawn with `Form(name)`: `form.field` draws a field, `form.send` does the act and says
what is wrong. A second click on a button that has done its work does nothing. A form about a record
that two people may edit begins with `form.opens_with`, and its act posts `form.mark`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
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
from dashboard.queries.edit_conflicts import mark_of
from dashboard.ui.components import draw, escape_md, field_error
from dashboard.visit import signin
from dashboard.visit.navigation import current_stay
from models.database import writing
from models.errors import EditConflict, Invalid, Refused
from models.faults import fault_sentence, report_fault

Act = Callable[[Session, Reader], "str | Done"]
T = TypeVar("T")
_PAGE = "page"  # the form state that belongs to the page, not to one of its forms
_UNSET = object()  # None is a value that a field may start from
_SENTENCE = 1000
_MINE, _THEIRS, _BOTH = "mine", "theirs", "both"
_FILLED = "Rien n'est encore enregistré : relisez les champs, puis enregistrez."


@dataclass(frozen=True)
class _Shown:
    """How a field says what it holds: its label, its words, and what stands between two texts that
    are joined in it (nothing: it takes one value).
    """

    label: str
    words: Callable[[object], str] | None = None
    joint: str = ""

    def tell(self, value: object) -> str:
        if self.words is not None:
            several = value if isinstance(value, list | tuple) else [value]
            return ", ".join(str(self.words(one) or "–") for one in several) or "–"
        if isinstance(value, bool):
            return "oui" if value else "non"
        if isinstance(value, date):
            return french.day(value)
        if isinstance(value, int | float):
            return french.number(value)
        return str(value or "–")


@dataclass(frozen=True)
class Choices:
    """The words of what is offered to one whose record somebody wrote meanwhile."""

    mine: str = "Garder le mien"
    theirs: str = "Prendre le sien"
    head_of_theirs: str = "Écrit entre-temps"
    head_of_mine: str = "Ce que vous avez écrit"


_CHOICES = Choices()


@dataclass(frozen=True)
class Done:
    """What an act says once it is done, and how it is taken back at once: offered to who did it
    until she leaves the place, or does something else.
    """

    message: str
    label: str
    undo: "Act"


@dataclass(frozen=True)
class _Overtaking:
    """What the record holds since somebody wrote it, and what had been typed over it."""

    current: Mapping[str, object]
    typed: Mapping[str, object]
    mark: object


class FormState(dict):
    """What a form remembers from one run to the next, and the lock under which its act is done."""

    def __init__(self) -> None:
        super().__init__()
        self.lock = Lock()
        self._errors: Mapping[str, str] = {}
        self._overtaking: _Overtaking | None = None
        self._errors_of = 0

    def refuse(
        self, errors: Mapping[str, str], stay: int, overtaking: _Overtaking | None = None
    ) -> None:
        """Keeps what is to be corrected, field by field, for the stay in which the act was asked
        for: an act may still be under way when its screen has been left.
        """
        self._errors = errors
        self._overtaking = overtaking
        self._errors_of = stay

    def errors(self) -> Mapping[str, str]:
        """What is to be corrected; nothing once the screen of the act has been left."""
        return self._errors if self._errors_of == current_stay() else {}

    def overtaking(self) -> _Overtaking | None:
        """What somebody wrote meanwhile, until the form is sent again."""
        return self._overtaking if self._errors_of == current_stay() else None

    def clear(self) -> None:
        """Everything is forgotten, what was to be corrected too."""
        super().clear()
        self._errors = {}
        self._overtaking = None


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

    def __init__(self, name: str, choices: Choices = _CHOICES):
        self.name = name
        self.choices = choices
        self._fields: set[str] = set()  # those that say themselves what is to be corrected

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

    def opens_with(self, values: Mapping[str, object], mark: object = None) -> None:
        """What the record holds as the form is drawn: its fields start from there, and its mark
        (made of these values where none is given) is the one of what its writer has read. The first
        field is one that is always drawn.

        Both stay until the form is drawn afresh: a further run knows newer values, and its writer
        has not chosen them.
        """
        form = form_state(self.name)
        # Streamlit forgets the fields of a form that a run does not draw.
        is_open = self.key(next(iter(values))) in st.session_state
        if is_open and "mark" in form:
            return
        form["mark"] = mark_of(values) if mark is None else mark
        for field, value in values.items():
            st.session_state[self.key(field)] = value

    @property
    def mark(self) -> object:
        """What the writer of this form has read, to be posted with the act."""
        return form_state(self.name).get("mark")

    def value(self, field: str, default: object = None) -> object:
        return st.session_state.get(self.key(field), default)

    def values(self, fields: Iterable[str]) -> dict[str, object]:
        """What stands in these fields."""
        return {field: self.value(field) for field in fields}

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
        # A line that may be that long holds a sentence.
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

    def error(self, field: str) -> None:
        """What is to be corrected in this field; under « form », also what somebody wrote
        meanwhile.
        """
        self._fields.add(field)
        field_error(form_state(self.name).errors().get(field))
        if field == "form":
            self._say_overtaking()

    def popover(self, label: str, icon: str) -> DeltaGenerator:
        """A button under which the form unfolds. Once its work is done it is another one,
        closed: Streamlit would keep it open over the page, and open the next one instead where
        this one goes.
        """
        return st.popover(label, icon=icon, key=self.key("box"))

    def first_error(self) -> None:
        """What is to be corrected first, of what no field of the form says; what somebody wrote
        meanwhile.
        """
        errors = form_state(self.name).errors()
        field_error(next((text for field, text in errors.items() if field not in self._fields), ""))
        self._say_overtaking()

    @contextmanager
    def row(self, **how: object) -> Iterator[None]:
        """Its buttons side by side, and under them why an act was refused."""
        with st.container(horizontal=True, **how):
            yield
        self.first_error()

    def send(self, label: str, act: Act, **options: object) -> None:
        """The last button of a form, and under it why its act was refused."""
        self.button(label, act, **options)
        self.first_error()

    def button(
        self,
        label: str,
        act: Act,
        *,
        field: str = "send",
        primary: bool = True,
        icon: str | None = None,
        help: str | None = None,
        done: str = "",
    ) -> None:
        """A button that does the act; `first_error` says why it was refused. `done`: what is said
        then, where the act does not return its sentence.
        """
        st.button(
            label,
            type="primary" if primary else "secondary",
            key=self.key(field),
            icon=icon,
            help=help,
            on_click=self._send,
            args=(act, self.turn, done),
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

    def _say_overtaking(self) -> None:
        """What stands now beside what was typed, and which of them the fields are to hold."""
        form = form_state(self.name)
        if form.get("filled") == current_stay():
            st.info(_FILLED, icon=":material/edit:")
        found = form.overtaking()
        if found is None:
            return
        shown = form.get("shown", {})
        lines = [
            (field.label, field.tell(found.current[name]), field.tell(found.typed.get(name)))
            for name, field in shown.items()
            if name in found.current
        ]
        lines = [line for line in lines if line[1] != line[2]]
        if lines:
            draw("ui/overtaken.html", lines=lines, heads=self.choices)
        can_join = any(shown[name].joint for name in found.current if name in shown)
        with st.container(horizontal=True, key=self.key("overtaken")):
            self._choice(self.choices.mine, _MINE)
            self._choice(self.choices.theirs, _THEIRS)
            if can_join:
                self._choice("Réunir les deux", _BOTH)

    def _choice(self, label: str, what: str) -> None:
        st.button(label, key=self.key(what), on_click=self._choose, args=(what, self.turn))

    def _choose(self, what: str, turn: int) -> None:
        """Fills the fields again with what was chosen. Nothing is saved: that waits for the button
        of the form, which posts the mark of what stands now.
        """
        form = form_state(self.name)
        found = form.overtaking()
        if found is None or turn != self.turn:
            return
        for name, theirs in found.current.items():
            typed = found.typed.get(name)
            field = form["shown"].get(name)
            chosen = typed if what == _MINE else theirs
            if what == _BOTH and field and field.joint:
                chosen = joined(theirs, typed, field.joint)
            st.session_state[self.key(name)] = chosen
        form |= {"mark": found.mark, "filled": current_stay()}
        # Both stay in sight until something is saved: one may choose again.
        form.refuse({}, current_stay(), found)

    def _send(self, act: Act, turn: int, done: str = "") -> None:
        # What is remembered is taken before the lock: a further click ends this run at its next
        # access to Streamlit's state (see `form_state`).
        form = form_state(self.name)
        page = form_state(_PAGE)
        stay = current_stay()
        with form.lock:
            if turn == form.get("turn", 0):
                self._do(act, form, page, stay, done)
            # Done now, or by the click before: it is said here too, since this run draws the page.
            if turn != form.get("turn", 0):
                _say(page, form["said"], stay)
            elif form.overtaking():
                page["reread"] = True  # what stands now is shown around the form too

    def _do(self, act: Act, form: FormState, page: FormState, stay: int, done: str) -> None:
        form.pop("filled", None)
        try:
            with writing() as session:
                message = act(session, signin.current_reader())
        except Invalid as error:
            form.refuse(error.errors, stay)
        except EditConflict as overtaken:
            if "mark" not in form:
                # A button alone: it may be gone from the page, since another has done its work.
                form.refuse({}, stay)
                page["overtaken"] = str(overtaken)
                return
            typed = {name: self.value(name) for name in overtaken.current}
            found = _Overtaking(overtaken.current, typed, overtaken.mark)
            form.refuse({"form": str(overtaken)}, stay, found)
        except Refused as refusal:
            form.refuse({"form": str(refusal)}, stay)
        except DBAPIError as error:
            if not fault_sentence(error):
                raise
            form.refuse({"form": report_fault(error)}, stay)
        else:
            form.refuse({}, stay)
            # Another turn names the fields anew, so that they start afresh; written after the
            # commit only.
            form |= {"turn": form.get("turn", 0) + 1, "said": done or message}


def _say(page: FormState, said: str | Done, stay: int) -> None:
    """The page tells what was done, and offers to take it back where that can be."""
    page["said"] = said.message if isinstance(said, Done) else said
    if not isinstance(said, Done):
        page.pop("undo", None)
    elif page.get("undo", (None,))[0] is not said:
        page |= {"undo": (said, stay, page.get("undone", 0)), "undone": page.get("undone", 0) + 1}


def joined(theirs: object, mine: object, joint: str) -> str:
    """Two texts, one after the other; one of them where it holds the other already."""
    first, second = str(theirs or "").strip(), str(mine or "").strip()
    if second in first:
        return first
    return second if first in second else f"{first}{joint}{second}"


def has_something_to_say() -> bool:
    """Whether an act has just succeeded, and its sentence was not said yet."""
    return "said" in form_state(_PAGE)


def say_what_was_done() -> None:
    """The sentence of the act that has just succeeded, once, at the head of the page.

    Its place is there also without it: what stands below would otherwise move when it goes, and an
    open popover would close.
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


def show_what_was_done() -> None:
    """In a fragment: once its act has succeeded, or another's was met, the page around it shows
    what was written.
    """
    page = form_state(_PAGE)
    if "said" in page or page.pop("reread", False):
        st.rerun()
