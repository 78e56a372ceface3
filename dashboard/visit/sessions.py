"""Sessions of Streamlit's (sessions) that come back: a phone that slept, everybody after a
restart.
"""

from streamlit.runtime.app_session import AppSession


def watch_no_files() -> None:
    """Sources and settings do not change under a running server: no session looks after them.

    Streamlit asks `fileWatcherType` when a session begins, and no longer when it comes back. Such a
    session walks through every imported module at its next run, on the loop that answers all
    others: 250 ms of a processor (measured) for a run of 25.
    """
    AppSession.register_file_watchers = lambda _session: None
