"""What is replaced or read inside Streamlit, except the gate (`gate.py`). Check each with a new
version of Streamlit; tests/test_sessions.py fails if one is gone.
"""

from streamlit.runtime import get_instance
from streamlit.runtime.app_session import AppSession


def watch_no_files() -> None:
    """Disables file watching: sources and settings do not change under a running server.

    Streamlit reads `fileWatcherType` when a session begins, but not when it reconnects. Such a
    session would walk through every imported module at its next run, on the event loop: 250 ms of a
    processor (measured) for a run of 25.
    """
    AppSession.register_file_watchers = lambda _session: None


def held_files() -> dict[str, list[int]]:
    """Session → the sizes of its uploaded files that are still in memory."""
    # Lists first: other threads add and remove sessions meanwhile.
    stored = list(get_instance().uploaded_file_mgr.file_storage.items())
    return {session: [len(file.data) for file in list(files.values())] for session, files in stored}


def owner_of(session: str) -> int | None:
    """The account that owns the state of a session; None for a visitor's."""
    # Not at the top: the server imports this module before it may read Streamlit's settings.
    from dashboard.visit.signin import OWNER

    info = get_instance()._session_mgr.get_session_info(session)
    if info is None or OWNER not in info.session.session_state:
        return None
    return info.session.session_state[OWNER]
