"""One run of the script: who reads, her scope, sign-in or refusal, menu, then the page.

The entry file lives here by a safety rule: with an entry beside `pages/`, Streamlit's automatic
discovery would serve the pages to a stranger before the sign-in runs. Every page is always
registered; this file decides which runs.
"""

import streamlit as st
from sqlalchemy.exc import DBAPIError

from dashboard.access import NOBODY, Reader, may
from dashboard.cached import memory
from dashboard.frame import around, embedding
from dashboard.frame.around import (
    chosen_page,
    colour_ambitions,
    prepare,
    side_menu,
    why_panel,
)
from dashboard.ui import downloads
from dashboard.ui.address import page_header
from dashboard.ui.components import escape_md, link_buttons
from dashboard.visit import gate, navigation, screens, signin
from dashboard.visit.screens import Screen
from models.database import engine
from models.faults import fault_sentence, report_fault
from models.settings import settings

SIDEBAR = 272  # pixels
_TYPED = "_cp_typed"  # whose, and what she wrote where the database was away


def main() -> None:
    try:
        _run()
    except DBAPIError as error:
        if not fault_sentence(error):
            raise
        sentence = report_fault(error)
        typed = {
            key: value
            for key, value in st.session_state.items()
            if str(key).startswith("w_")
            and "password" not in key
            and isinstance(value, str)
            and value
        }
        _, before = st.session_state.get(_TYPED, (None, {}))
        st.session_state[_TYPED] = (st.session_state.get(gate.READER), before | typed)
        st.error(sentence, icon=":material/cloud_off:")
        st.button("Réessayer", key="cp_try_again")
        st.stop()


def _run() -> None:
    prepare()
    # One look at the database: which moment this run is drawn from, and who reads.
    with engine().connect() as connection:
        moment = memory.every_revision(connection)
        login = signin.open_login(connection)
    with memory.one_run(moment):
        reader = signin.reader_of(login)
        whose, typed = st.session_state.pop(_TYPED, (None, {}))
        if whose == reader:
            st.session_state.update(typed)
        with gate.drawing_for(reader), downloads.offered_by_page():
            _draw_page(reader)


def _draw_page(reader: Reader) -> None:
    """One page for this reader. The order binds: cookie, page config (before anything is drawn),
    right, scope (before the menu, whose links carry it), menu, page.
    """
    signin.sync_cookie()
    # Before any right is asked for: every page is registered, and the frame decides.
    page, screen = chosen_page()
    st.set_page_config(
        page_title=navigation.window_title(screen.title),
        layout="wide",
        initial_sidebar_state=SIDEBAR,
    )
    if embedding.is_embedded():
        return _draw_embedded(reader, page, screen)
    if signin.is_asked_for(reader):
        return _sign_in("Se connecter")
    if not may(reader, screen.right):
        return _refuse(reader, screen)
    # The filters of an extract, and of a page that is no screen, are those of the address alone.
    is_as_asked = screen.url == embedding.EXTRACT or screen not in screens.SCREENS
    scope = around.scope_as_asked(reader) if is_as_asked else around.scope_of_address(reader)
    navigation.set_scope(scope, screen)
    colour_ambitions()
    around.side(reader, scope, screen)
    around.head(reader, scope, screen)
    gate.show_refusal()
    if not screen.is_block:
        if screen.filters:
            around.mount({"filters": around.filters_of(scope, screen)})
        for sentence in scope.ignored:
            st.info(escape_md(sentence), icon=":material/info:")
        if scope.asked and screen.filters:
            around.other_programme(scope, screen)
    page.run()
    why_panel(reader)
    around.foot(reader, scope)


def _draw_embedded(reader: Reader, page: object, screen: Screen) -> None:
    """Inside another page: the form or the extract alone. Whatever else the address says, a
    frame shows no other screen.
    """
    # The agenda in a frame is a light page, whoever reads it.
    if screen.url not in (embedding.FORM, embedding.EXTRACT):
        return embedding.outside(
            "Cet écran ne s'affiche que dans C-Possible.", screen.href, st.query_params.to_dict()
        )
    navigation.set_scope(around.scope_as_asked(reader), screen, embedded=True)
    colour_ambitions()
    gate.show_refusal()
    page.run()


def _refuse(reader: Reader, screen: Screen) -> None:
    """A stranger gets the sign-in at the same address; others read to whom it is open."""
    if reader.is_known:
        scope = around.scope_of_address(reader)
        around.side(reader, scope, screen)
        around.head(reader, scope, screen)
        page_header(screen.title)
        gate.show_refusal()
        st.warning(
            f"Cet écran n'est pas ouvert à votre rôle. Il l'est à : {navigation.open_to(screen)}."
            f" S'il vous le faut, écrivez à {settings().cp_contact}.",
            icon=":material/lock:",
        )
        return link_buttons(
            [("Tous les écrans qui vous sont ouverts", navigation.address("tout", scope), "apps")]
        )
    _sign_in(screen.title)


def _sign_in(heading: str) -> None:
    side_menu()
    gate.show_refusal()
    around.sign_in(heading)
    link_buttons([("Déposer une idée sans compte", "/deposer", "edit_square")], after=True)
    around.foot(NOBODY)


if __name__ == "__main__":
    main()
