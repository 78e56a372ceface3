"""A folder of files as Starlette serves them, compressed. `python -m tests.performance.static
FOLDER PORT` serves one.
"""

import sys

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.staticfiles import StaticFiles

if __name__ == "__main__":
    app = Starlette(middleware=[Middleware(GZipMiddleware, minimum_size=500)])
    app.mount("/", StaticFiles(directory=sys.argv[1], html=True))
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[2]), log_level="error", access_log=False)
