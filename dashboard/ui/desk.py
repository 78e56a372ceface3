"""A list that one works through (poste de travail): dense rows on one side, the record chosen with
what is done about it on the other; next and previous without going back, several treated at once.

A subject declares its desk in one place: what its rows say (`Line`), how one of them is opened
(`Opened`), and what is done to several (`Several`). What is open and what is chosen stand in the
address: the record under the name its screen gives it, its `rang` on the page of the list, `choix`.
Keys and checkboxes are `static/desk.js`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import streamlit as st

from dashboard import french
from dashboard.queries.columns import Column, Sort, column_of
from dashboard.scope import Scope
from dashboard.ui.address import follow, leave, put
from dashboard.ui.components import draw
from dashboard.ui.forms import Form
from dashboard.ui.paging import pager
from dashboard.visit.navigation import address, whole_number
from models.search import fold

T = TypeVar("T")
PAGE = 20
SORT = "par"
_NO_ORDER = ""
_RANK = "rang"
_CHOSEN = "choix"
_SIDES = (5, 7)
_CHOICE = "_cp_desk_choice"
_DONE = "_cp_desk_done"


@dataclass(frozen=True, slots=True)
class Noun:
    """What a row is called: « une idée », « des idées », « la première »."""

    one: str
    many: str
    is_feminine: bool = True

    @property
    def ending(self) -> str:
        return "e" if self.is_feminine else ""


@dataclass(frozen=True, slots=True)
class Line:
    """One row. `key` is the record in the address; `facts` what it says under its title; `on` its
    date in words, marked where late; `excerpt` the part of its text that was searched for.
    """

    key: str
    title: str
    facts: Sequence[str]
    on: str = ""
    is_late: bool = False
    excerpt: str = ""


@dataclass(frozen=True, slots=True)
class Opened:
    """The record that is open: its title, a line under it, its own screen, and what stands there
    with what may be done.
    """

    title: str
    draw: Callable[[], object]
    under: str = ""
    full: str = ""


@dataclass(frozen=True, slots=True)
class Several:
    """One act on several records: « Répondre à » 3 idées. `form` is the one it is done by."""

    label: str
    form: Callable[[Sequence[str]], Form]
    draw: Callable[[Sequence[str]], object]


@dataclass(frozen=True)
class Desk:
    """One page of a list at work. `entry`: the parameter of the address that names the record;
    `keep`: those that say which list; `reply`: where the keys of the fields of its act begin.
    `columns`: what it may be ordered by, beside the `orders` of the list itself, of which `order`
    stands and `choose_order` takes another. `has_sheet`: a record has its own screen.
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
    columns: Sequence[Column] = ()
    orders: Mapping[str, str] = field(default_factory=lambda: {_NO_ORDER: "L'ordre de la liste"})
    order: str = _NO_ORDER
    choose_order: Callable[[str], object] = lambda _order: None

    @property
    def pages(self) -> int:
        return max(-(-self.total // PAGE), 1)

    @property
    def key(self) -> str:
        """The record that is open; empty for none."""
        if key := st.query_params.get(self.entry, ""):
            return key
        rank = whole_number(st.query_params.get(_RANK, ""))
        there = self.lines
        return there[min(rank, len(there) - 1)].key if rank is not None and there else ""

    def at(self, **where: object) -> str:
        """The address of this list, at a record or at another page."""
        return address(self.screen, self.scope, **(rows_asked() | self.keep | where))

    def of_line(self, rank: int) -> str:
        """The address of the row at this rank of the page, from 0."""
        return self.at(page=self.page, rang=rank, **{self.entry: self.lines[rank].key})

    def rank(self) -> tuple[int, bool]:
        """Where the record that is open stands on the page, and whether it still does: what was
        treated may have left the list, and the next one has then taken its place.
        """
        keys = [line.key for line in self.lines]
        if self.key in keys:
            return keys.index(self.key), True
        return whole_number(st.query_params.get(_RANK, "")) or 0, False

    def before(self) -> str | None:
        """The address of the record before the one that is open."""
        rank, _ = self.rank()
        rank = min(rank, len(self.lines))
        if rank:
            return self.of_line(rank - 1)
        return self.at(page=self.page - 1, rang=PAGE - 1) if self.page > 1 else None

    def after(self) -> str | None:
        """The address of the record after the one that is open."""
        rank, is_there = self.rank()
        following = rank + 1 if is_there else rank
        if following < len(self.lines):
            return self.of_line(following)
        has_more = self.more or self.page < self.pages
        return self.at(page=self.page + 1, rang=0) if has_more else None


def sort_asked(columns: Sequence[Column]) -> Sort | None:
    """The order that the address asks for; None for that of the list."""
    asked = st.query_params.get(SORT, "")
    sort = Sort(asked.removeprefix("-"), asked.startswith("-"))
    return sort if column_of(columns, sort) else None


def ordered(rows: Iterable[T], columns: Sequence[Column[T]]) -> list[T]:
    """Rows that are at hand, in the order that the address asks for; what a record lacks comes
    last.
    """
    sort = sort_asked(columns)
    column = column_of(columns, sort)
    if column is None:
        return list(rows)
    filled, empty = [], []
    for row in rows:
        (empty if column.by(row) in (None, "") else filled).append(row)
    return sorted(filled, key=lambda row: _plain(column.by(row)), reverse=sort.is_falling) + empty


def _plain(value: object) -> object:
    return fold(value) if isinstance(value, str) else value


def is_alone(entry: str) -> bool:
    """Whether the address asks for a record on its own screen (« ?idee=362417 »), not beside its
    list.
    """
    return entry in st.query_params and _RANK not in st.query_params


def rows_asked() -> dict[str, str]:
    """What the address says of rows: their order."""
    return {SORT: st.query_params[SORT]} if SORT in st.query_params else {}


def desk(desk: Desk) -> None:
    """The list and, once a record is open, this beside it; on a narrow screen the one or the
    other.
    """
    chosen = _chosen(desk)
    is_open = bool(chosen or desk.key)
    if not is_open:
        return _list(desk, chosen)
    with st.container(key="cp_desk_open"):
        listed, opened = st.columns(_SIDES, gap="medium")
        with listed:
            _list(desk, chosen)
        with opened:
            return _opened(desk, chosen)


def _chosen(desk: Desk) -> list[str]:
    """The records that are to be treated together: of the list, or of a form that was opened on
    it and has not done its work. What it has done lets the choice go.
    """
    asked = st.query_params.get(_CHOSEN, "")
    if not (desk.several and asked):
        return []
    keys = list(dict.fromkeys(asked.split(",")))[:PAGE]
    turn = desk.several.form(keys).turn
    held = st.session_state.get(_CHOICE)
    if held == (desk.screen, asked, turn):
        return keys
    if held and held[:2] == (desk.screen, asked):
        return _choice_done()
    if not any(line.key in keys for line in desk.lines):
        return []
    st.session_state[_CHOICE] = (desk.screen, asked, turn)
    return keys


def _choice_done() -> list[str]:
    st.session_state.pop(_CHOICE)
    st.session_state[_DONE] = st.session_state.get(_DONE, 0) + 1
    st.query_params.pop(_CHOSEN)
    return []


# --- the list -------------------------------------------------------------------------------------


def _order_box(desk: Desk) -> None:
    """« Trier »: by which column the rows stand."""
    labels = {**desk.orders, **{column.code: column.label for column in desk.columns}}
    sort = sort_asked(desk.columns)
    by, falling = f"w_sort_{desk.screen}", f"w_falling_{desk.screen}"
    follow(by, sort.code if sort else desk.order)
    follow(falling, bool(sort and sort.is_falling))

    def to_address() -> None:
        code = st.session_state[by]
        of_list = code in desk.orders
        leave()
        desk.choose_order(code if of_list else _NO_ORDER)
        put(SORT, "" if of_list else f"{'-' * st.session_state[falling]}{code}")

    with st.popover("Trier", icon=":material/sort:", key="w_order_box"):
        st.selectbox(
            "Trier par", list(labels), format_func=labels.get, key=by, on_change=to_address
        )
        st.checkbox("En ordre inverse", key=falling, disabled=sort is None, on_change=to_address)


def _list(desk: Desk, chosen: Sequence[str]) -> None:
    _order_box(desk)
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
    # The choice of a list is its own: another page, or work that is done, begins another one.
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


def _opened(desk: Desk, chosen: Sequence[str]) -> None:
    back = desk.at(page=desk.page)
    if chosen:
        counted = french.counted(len(chosen), desk.noun.one, desk.noun.many)
        draw("desk/several.html", title=f"{desk.several.label} {counted}", back=back)
        return desk.several.draw(chosen)
    found = desk.opens(desk.key)
    if found is None:
        return draw("desk/gone.html", noun=desk.noun, back=back)
    rank, is_there = desk.rank()
    where = f"{rank + 1 + PAGE * (desk.page - 1)} sur {desk.total}"
    draw(
        "desk/head.html",
        opened=found,
        noun=desk.noun,
        where=where if is_there and not desk.more else "",
        before=desk.before(),
        after=desk.after(),
        back=back,
    )
    return found.draw()
