"""Sessions of Streamlit's (sessions): what a running server need not do for each of them again."""

from functools import cache

from streamlit.proto.NewSession_pb2 import CustomThemeConfig
from streamlit.runtime import app_session
from streamlit.runtime.app_session import AppSession

_read_theme = app_session._populate_theme_msg


def watch_no_files() -> None:
    """Sources and settings do not change under a running server: no session looks after them.

    Streamlit asks `fileWatcherType` when a session begins, and no longer when it comes back. Such a
    session walks through every imported module at its next run, on the loop that answers all
    others: 250 ms of a processor (measured) for a run of 25.
    """
    AppSession.register_file_watchers = lambda _session: None


def read_the_theme_once() -> None:
    """Every run begins with the whole theme, which Streamlit looks up option by option each time,
    on that same loop: a fifth of what a change of direction took the server.
    """
    app_session._populate_theme_msg = _tell_theme


def _tell_theme(config: CustomThemeConfig, section: str = "theme") -> None:
    made = _theme_of(section)
    # A part that is empty is not told at all.
    if made.ByteSize():
        config.MergeFrom(made)


@cache
def _theme_of(section: str) -> CustomThemeConfig:
    made = CustomThemeConfig()
    _read_theme(made, section)
    return made
