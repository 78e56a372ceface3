"""A desk (poste de travail): dense rows on one side, the open record with its actions on the
other; next and previous without going back, and several records treated at once.

A subject declares its desk in one place: its rows (`Line`), how one is opened (`Opened`), and
the act on several (`Several`). The address holds what is open and selected: the record under the
screen's own parameter, its `rang` on the page of the list, `choix`. Keys and checkboxes are in
`static/desk.js`, which writes `choix` too.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import TypeVar

import streamlit as st
from sqlmodel import Session

from dashboard import french
from dashboard.access import Reader
from dashboard.queries.columns import Column, Sort, column_of
from dashboard.scope import Scope
from dashboard.ui.address import follow, leave, pager, pages_of, put
from dashboard.ui.components import draw
from dashboard.ui.forms import Form
from dashboard.visit.navigation import address, whole_number
from models.search import fold
from models.texts import Invalid, Refused

T = TypeVar("T")
PAGE = 20
SORT = "par"
_LIST_ORDER = {"": "L'ordre de la liste"}
_RANK = "rang"
_CHOSEN = "choix"
_CHOICE = "_cp_desk_choice"
_DONE = "_cp_desk_done"
_OPEN = "_cp_desk_open"


@dataclass(frozen=True, slots=True)
class Noun:
    """The noun of a row: « une idée », « des idées », « la première »."""

    one: str
    many: str
    is_feminine: bool = True

    @property
    def ending(self) -> str:
        return "e" if self.is_feminine else ""


@dataclass(frozen=True, slots=True)
class Line:
    """One row. `key`: the record in the address; `facts`: the line below its title; `on`: its
    date in words, marked if late; `excerpt`: the part of its text that matches the search.
    """

    key: str
    title: str
    facts: Sequence[str]
    on: str = ""
    is_late: bool = False
    excerpt: str = ""


@dataclass(frozen=True, slots=True)
class Opened:
    """The open record: title, subtitle, own screen, and its content with its actions."""

    title: str
    draw: Callable[[], object]
    under: str = ""
    full: str = ""


@dataclass(frozen=True, slots=True)
class Several:
    """An act on several records: « Répondre à » 3 idées. `form`: the form of the act."""

    label: str
    form: Callable[[Sequence[str]], Form]
    draw: Callable[[Sequence[str]], object]


@dataclass(frozen=True)
class Desk:
    """One page of a desk's list. `entry`: the parameter of the address that names the record;
    `keep`: the parameters that select the list; `reply`: prefixes of the keys of the act's
    fields. `columns`: what « Trier » offers besides the list's own order. `has_sheet`: a record
    has its own screen. `form`: the act's form, before the key of its record: once it is done, the
    next one opens. `opens_first`: where there is room, the first record is open until one is
    chosen.
    """

    scope: Scope
    screen: str
    entry: str
    noun: Noun
    lines: Sequence[Line]
    total: int
    page: int
    opens: Callable[[str], Opened | None]
    reply: tuple[str, ...] = ()
    act: str = "agir"
    several: Several | None = None
    keep: Mapping[str, str] = field(default_factory=dict)
    more: bool = False
    has_sheet: bool = True
    form: str = ""
    opens_first: bool = False
    columns: Sequence[Column] = ()

    @cached_property
    def key(self) -> str:
        """The key of the open record; empty if none. Once its act is done it is that of the next
        one, which the address then names.
        """
        keys = [line.key for line in self.lines]
        rank = whole_number(st.query_params.get(_RANK, "")) or 0
        opens = self.opens_first or _RANK in st.query_params
        key = st.query_params.get(self.entry, "") or (_at(keys, rank) if opens else "")
        if self.form and key and self._is_done(key):
            key = _at(keys, keys.index(key) + 1 if key in keys else rank)
            put(self.entry, key)
            put(_RANK, str(keys.index(key)) if key else "")
            self._is_done(key)
        return key

    def _is_done(self, key: str) -> bool:
        """Whether the act on this record was done since it was opened."""
        turn = Form(self.form + key).turn
        opened, before = st.session_state.get(_OPEN, ("", turn))
        if key != opened:
            st.session_state[_OPEN] = (key, turn)
        return key == opened and turn > before

    def at(self, **where: object) -> str:
        """The address of this list, with a record or another page."""
        return address(self.screen, self.scope, **(rows_asked() | self.keep | where))

    def of_line(self, rank: int) -> str:
        """The address of the row at this rank of the page, from 0."""
        return self.at(page=self.page, rang=rank, **{self.entry: self.lines[rank].key})

    def rank(self) -> tuple[int, bool]:
        """The rank of the open record on the page, and whether it is still in the list: a
        treated record may have left it, and the next one then has its rank.
        """
        keys = [line.key for line in self.lines]
        if self.key in keys:
            return keys.index(self.key), True
        return whole_number(st.query_params.get(_RANK, "")) or 0, False

    def before(self) -> str | None:
        """The address of the previous record."""
        rank, _ = self.rank()
        rank = min(rank, len(self.lines))
        if rank:
            return self.of_line(rank - 1)
        return self.at(page=self.page - 1, rang=PAGE - 1) if self.page > 1 else None

    def after(self) -> str | None:
        """The address of the next record."""
        rank, is_there = self.rank()
        following = rank + 1 if is_there else rank
        if following < len(self.lines):
            return self.of_line(following)
        has_more = self.more or self.page < pages_of(self.total, PAGE)
        return self.at(page=self.page + 1, rang=0) if has_more else None


def _at(keys: Sequence[str], rank: int) -> str:
    """The key at this rank, or the last one."""
    return keys[min(rank, len(keys) - 1)] if keys else ""


def sort_asked(columns: Sequence[Column]) -> Sort | None:
    """The sort order given in the address; None for the list's own."""
    asked = st.query_params.get(SORT, "")
    sort = Sort(asked.removeprefix("-"), asked.startswith("-"))
    return sort if column_of(columns, sort) else None


def ordered(rows: Iterable[T], columns: Sequence[Column[T]]) -> list[T]:
    """Rows in memory, sorted as the address asks; empty values last."""
    sort = sort_asked(columns)
    column = column_of(columns, sort)
    if column is None:
        return list(rows)
    with_value, without_value = [], []
    for row in rows:
        (without_value if column.by(row) in (None, "") else with_value).append(row)
    return (
        sorted(with_value, key=lambda row: _plain(column.by(row)), reverse=sort.is_falling)
        + without_value
    )


def _plain(value: object) -> object:
    return fold(value) if isinstance(value, str) else value


def is_preview(entry: str) -> bool:
    """Whether the open record is the first of the list, which the reader has not chosen."""
    return entry not in st.query_params and _RANK not in st.query_params


def is_alone(entry: str) -> bool:
    """Whether the address opens a record on its own screen (« ?idee=362417 ») rather than beside
    its list.
    """
    return entry in st.query_params and _RANK not in st.query_params


def rows_asked() -> dict[str, str]:
    """The parameters of the rows' order in the address."""
    return {SORT: st.query_params[SORT]} if SORT in st.query_params else {}


def desk(desk: Desk) -> None:
    """The list, with the open record beside it; on a narrow screen only one of them."""
    chosen = _selected_keys(desk)
    named = st.query_params.get(desk.entry)
    if not (chosen or desk.key):
        return _list(desk, chosen)
    # Arrived from « Accueil », or at the next record: one writes at once.
    writes = bool(desk.form) and _RANK in st.query_params and desk.key != named
    # On a narrow screen a record that nobody chose yields to the list.
    is_first = is_preview(desk.entry) and not chosen
    with st.container(key="cp_desk_first" if is_first else "cp_desk_open"):
        listed, opened = st.columns((5, 7), gap="medium")
        with listed:
            _list(desk, chosen)
        with opened:
            return _opened(desk, chosen, writes)


def _selected_keys(desk: Desk) -> list[str]:
    """The selected records: of the list, or of a form opened on it that is not done yet. A
    finished form clears the selection.
    """
    selection = st.query_params.get(_CHOSEN, "")
    if not (desk.several and selection):
        return []
    keys = list(dict.fromkeys(selection.split(",")))[:PAGE]
    turn = desk.several.form(keys).turn
    stored = st.session_state.get(_CHOICE)
    if stored == (desk.screen, selection, turn):
        return keys
    if stored and stored[:2] == (desk.screen, selection):
        st.session_state.pop(_CHOICE)
        st.session_state[_DONE] = st.session_state.get(_DONE, 0) + 1
        st.query_params.pop(_CHOSEN)
        return []
    if not any(line.key in keys for line in desk.lines):
        return []
    st.session_state[_CHOICE] = (desk.screen, selection, turn)
    return keys


# --- the list -------------------------------------------------------------------------------------


def sort_fields(
    screen: str,
    columns: Sequence[Column],
    orders: Mapping[str, str] = _LIST_ORDER,
    order: str = "",
    choose_order: Callable[[str], object] = lambda _order: None,
) -> None:
    """The order of a list: one of its own `orders`, of which `order` is current, or a column."""
    labels = {**orders, **{column.code: column.label for column in columns}}
    sort = sort_asked(columns)
    column_key, direction_key = f"w_sort_{screen}_{len(orders)}", f"w_falling_{screen}"
    follow(column_key, sort.code if sort else order)
    follow(direction_key, bool(sort and sort.is_falling))

    def to_address() -> None:
        code = st.session_state[column_key]
        is_list_order = code in orders
        leave()
        choose_order(code if is_list_order else "")
        put(SORT, "" if is_list_order else f"{'-' * st.session_state[direction_key]}{code}")

    st.selectbox(
        "Trier par", list(labels), format_func=labels.get, key=column_key, on_change=to_address
    )
    st.checkbox("En ordre inverse", key=direction_key, disabled=sort is None, on_change=to_address)


def _list(desk: Desk, chosen: Sequence[str]) -> None:
    if desk.columns:
        with st.popover("Trier", icon=":material/sort:", key="w_order_box"):
            sort_fields(desk.screen, desk.columns)
    open_key = "" if chosen else desk.key
    rows = [
        {
            "line": line,
            "href": desk.of_line(rank),
            "facts": " · ".join(line.facts),
            "is_open": line.key == open_key,
        }
        for rank, line in enumerate(desk.lines)
    ]
    # The selection belongs to one list: another page, or a finished act, starts a new one.
    of_list = (desk.keep | rows_asked()).values()
    name = "-".join((*of_list, str(desk.page), str(st.session_state.get(_DONE, 0))))
    draw(
        "desk/list.html",
        name=name,
        rows=rows,
        noun=desk.noun,
        reply=" ".join(desk.reply),
        deed=desk.act,
        several=desk.several,
        has_sheet=desk.has_sheet,
        chosen=chosen,
        choose=desk.at(page=desk.page, choix="") if desk.several else "",
    )
    pager(desk.page, desk.total, PAGE, desk.more)


# --- what is open ---------------------------------------------------------------------------------


def _opened(desk: Desk, chosen: Sequence[str], writes: bool) -> None:
    back = desk.at(page=desk.page)
    if chosen:
        counted = french.counted(len(chosen), desk.noun.one, desk.noun.many)
        draw("desk/several.html", title=f"{desk.several.label} {counted}", back=back)
        return desk.several.draw(chosen)
    opened = desk.opens(desk.key)
    if opened is None:
        return draw("desk/gone.html", noun=desk.noun, back=back)
    rank, is_there = desk.rank()
    where = f"{rank + 1 + PAGE * (desk.page - 1)} sur {desk.total}"
    draw(
        "desk/head.html",
        opened=opened,
        noun=desk.noun,
        where=where if is_there and not desk.more else "",
        before=desk.before(),
        after=desk.after(),
        back=back,
        writes=writes,
    )
    return opened.draw()


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
    listed = {line.key: line.title for line in lines}

    def form(keys: Sequence[str]) -> Form:
        return Form(f"{name}_{'_'.join(keys)}")

    return Several(label, form, lambda keys: _box(form(keys), keys, listed, noun, gestures))


def _box(
    form: Form,
    keys: Sequence[str],
    listed: dict[str, str],
    noun: Noun,
    gestures: Sequence[Gesture],
) -> None:
    # Only records in the list when the form was opened: an address may name any other.
    keys_in_list = [key for key in keys if key in listed]
    form.opens_with({"keys": keys_in_list}, tuple(keys_in_list))
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
