"""Sessions of Streamlit's that lose their connection and find it again."""

import asyncio
import sys
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.memory_session_storage import MemorySessionStorage
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.script_data import ScriptData
from streamlit.runtime.scriptrunner.script_cache import ScriptCache
from streamlit.runtime.websocket_session_manager import WebsocketSessionManager

from dashboard import asgi
from models.settings import ROOT


@pytest.fixture
def started(data_folder, monkeypatch):
    """What a start changes in this process is taken back."""
    monkeypatch.setattr(AppSession, "register_file_watchers", AppSession.register_file_watchers)
    interval = sys.getswitchinterval()
    yield asgi.lifespan(asgi.app)
    sys.setswitchinterval(interval)


@pytest.mark.slow
def test_a_session_that_comes_back_looks_after_no_files(started):
    async def goes_and_comes_back() -> AppSession:
        async with started:
            manager = WebsocketSessionManager(
                MemorySessionStorage(), MemoryUploadedFileManager("/files"), ScriptCache(), None
            )
            browser = SimpleNamespace(write_forward_msg=lambda _message: None)
            script = ScriptData(str(ROOT / "dashboard" / "app.py"), is_hello=False)
            first = manager.connect_session(browser, script, {})
            manager.disconnect_session(first)
            again = manager.connect_session(browser, script, {}, existing_session_id=first)
            assert again == first, "It did not come back: this test would say nothing."
            return manager.get_session_info(again).session

    with ThreadPoolExecutor(1) as thread:
        session = thread.submit(lambda: asyncio.run(goes_and_comes_back())).result()
    assert session._local_sources_watcher is None
