"""Jobs of a served demonstration, forked from a process in which everything is imported already.

A server starts a job as `python -m dashboard job …`: 2.5 seconds of a processor before the work
begins. Here the interpreter that it calls is a few lines without an import of ours (`CALLS`): they
hand arguments, folder, environment and files over and wait for the end; what is no job goes to the
real one. `tests/test_jobs.py` starts jobs as an operator's server does; under `make matrix`
`tests/browser/test_town.py` too.
"""

import json
import os
import select
import shutil
import socket
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

CALLS = """#!{python} -IS
import json, os, socket, sys
if sys.argv[1:4] != ["-m", "dashboard", "job"]:
    os.execv({python!r}, [{python!r}, *sys.argv[1:]])
told = {{"words": sys.argv[3:], "folder": os.getcwd(), "environment": dict(os.environ)}}
with socket.socket(socket.AF_UNIX) as line:
    line.connect({address!r})
    socket.send_fds(line, [b" "], [0, 1, 2])
    line.sendall(json.dumps(told).encode())
    line.shutdown(socket.SHUT_WR)
    ended = line.recv(8)
sys.exit(int(ended or 1))
"""


def start_jobs_from_here(run: Callable[[list[str], str, dict], None]) -> None:
    """From now on a job of this process is `run` (words, folder, environment) in a process forked
    from one like this one, which has one thread only; that one ends with this process.
    """
    folder = Path(tempfile.mkdtemp(prefix="cp-jobs-"))
    calls, address = folder / "python", str(folder / "line")
    server = socket.socket(socket.AF_UNIX)
    server.bind(address)
    server.listen()
    # Closed when the process that starts jobs has ended, however it ended.
    ends, lives = os.pipe()
    if os.fork() == 0:
        os.close(lives)
        _answer(server, ends, run)
        shutil.rmtree(folder, ignore_errors=True)
        os._exit(0)
    os.close(ends)
    server.close()
    calls.write_text(CALLS.format(python=sys.executable, address=address), encoding="utf-8")
    calls.chmod(0o700)
    sys.executable = str(calls)


def _answer(server: socket.socket, ends: int, run: Callable) -> None:
    while ends not in select.select([server, ends], [], [])[0]:
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        line, _ = server.accept()
        if os.fork() == 0:
            _work(line, run)
        line.close()


def _work(line: socket.socket, run: Callable) -> None:
    """One job, in this process, which ends with it."""
    _, files, _, _ = socket.recv_fds(line, 1, 3)
    for place, file in enumerate(files):
        os.dup2(file, place)
    os.setsid()
    code = 1
    try:
        told = json.loads(b"".join(iter(lambda: line.recv(2**16), b"")))
        run(told["words"], told["folder"], told["environment"])
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        line.send(str(code).encode())
        os._exit(code)
