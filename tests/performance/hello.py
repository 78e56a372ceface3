"""Hello world, served as C-Possible is: the yardstick of the bench. `python -m
tests.performance.hello PORT` serves it.
"""

import gc
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st

OPTIONS = [f"Direction {n:02}" for n in range(30)]
CONFIG = """[runner]
postScriptGC = false
magicEnabled = false
[server]
fileWatcherType = "none"
headless = true
[browser]
gatherUsageStats = false
"""


def page() -> None:
    chosen = st.selectbox("Direction", OPTIONS, key="w_direction")
    st.title(f"Bonjour {chosen}")


def serve(port: int) -> None:
    """From a folder of its own with CONFIG in it: Streamlit looks for its settings there."""
    import uvicorn

    @asynccontextmanager
    async def lifespan(_app: st.App) -> AsyncIterator[dict]:
        gc.collect()
        gc.freeze()
        yield {}

    app = st.App(Path(__file__).resolve(), lifespan=lifespan)
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=port,
        ws="websockets-sansio",
        access_log=False,
        log_level="warning",
    )


if st.runtime.exists():
    page()
elif __name__ == "__main__":
    serve(int(sys.argv[1]))
