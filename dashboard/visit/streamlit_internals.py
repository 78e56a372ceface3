"""What is replaced or read inside Streamlit, but for the gate (`gate.py`). Each is to be looked at
with a new version of Streamlit; tests/test_sessions.py fails where one is gone.
"""

from streamlit.runtime import get_instance
from streamlit.runtime.app_session import AppSession


def watch_no_files() -> None:
    """Sources and settings do not change under a running server: no session watches them.

    Streamlit asks `fileWatcherType` when a session begins, and no longer when it comes back. Such a
    session walks through every imported module at its next run, on the loop that answers all
    others: 250 ms of a processor (measured) for a run of 25.
    """
    AppSession.register_file_watchers = lambda _session: None


def count_sessions() -> int:
    """How many sessions are open."""
    return get_instance()._session_mgr.num_active_sessions()


def held_files() -> dict[str, list[int]]:
    """Session → the bytes of each file that was uploaded for it and is still in memory."""
    # Lists first: sessions come and go in other threads while the counts are made.
    stored = list(get_instance().uploaded_file_mgr.file_storage.items())
    return {session: [len(file.data) for file in list(files.values())] for session, files in stored}


def owner_of(session: str) -> int | None:
    """The account to which the state of a session belongs; None where it is a stranger's."""
    # Not at the top: the server asks for it before it may read Streamlit's settings.
    from dashboard.visit.signin import OWNER

    found = get_instance()._session_mgr.get_session_info(session)
    if found is None or OWNER not in found.session.session_state:
        return None
    return found.session.session_state[OWNER]
