"""Somebody else's web pages around ours: 127.0.0.1 and localhost are one machine and two sites."""

import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path

HOSTS = "127.0.0.1", "localhost"  # the product is on the first


class Quiet(SimpleHTTPRequestHandler):
    """A web server without a word on the console."""

    def log_message(self, *_: object) -> None:
        return


class Site:
    """Somebody else's web server, with one page that frames ours; it answers to two names of
    this machine, which are two sites.
    """

    def __init__(self, folder: Path):
        self.folder = folder
        self.numbers = count(1)
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def origin(self, host: str) -> str:
        return f"http://{host}:{self.server.server_address[1]}"

    def page(self, frame: str, host: str) -> str:
        """The address of a page that holds this frame, never one that a browser may still keep."""
        name = f"page-{next(self.numbers)}.html"
        (self.folder / name).write_text(
            '<!doctype html><html lang="fr"><meta charset="utf-8"><title>Intranet</title><link'
            f' rel="icon" href="data:,"><body>{frame}</body></html>',
            encoding="utf-8",
        )
        return f"{self.origin(host)}/{name}"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


def frame_of(src: str) -> str:
    return f'<iframe src="{src}" title="C-Possible" width="400" height="880"></iframe>'
