"""The container of `deploy/container/`, built and run as it is written: `make deploy-test`.

buildah builds and takes the image apart; where it runs, its root is read-only, `/tmp` is memory,
nobody is root and nothing may be gained, as the compose file says. The base comes from Debian's
packages: what the registry of images holds under the name in the Containerfile need not be
reachable. It has another Python, and is a little larger.
"""

import json
import os
import re
import resource
import shutil
import signal
import subprocess
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from support.served import free_port

from models.settings import ROOT

CONTAINERFILE = ROOT / "deploy" / "container" / "Containerfile"
HEAVIEST = 300_000_000  # bytes, compressed
UID = 10001
BASE = """FROM scratch
ADD base.tar /
RUN ln -s python3 /usr/bin/python
"""
# What the slim images leave out too.
SLIM = [f"--dpkgopt=path-exclude=/usr/share/{part}/*" for part in ("doc", "info", "locale", "man")]
# What an installation of packages on this machine needs is lent to the build, and stays outside.
LENT = [path for path in ("/etc/ssl/certs", "/etc/pip.conf") if Path(path).exists()]
# The root as the image has it and nothing written to it; its own user, no right to gain another.
ROOM = """
mount --bind "$IMAGE" /mnt && mount -o remount,ro,bind /mnt
mount -t tmpfs none /mnt/tmp && mount --bind "$DATA" /mnt/data
mount --rbind /dev /mnt/dev && mount -t proc none /mnt/proc
exec chroot /mnt setpriv --reuid "$AS" --regid "$AS" --clear-groups --no-new-privs \
  --bounding-set=-all "$@"
"""


def told(*words: str, within: int = 900) -> str:
    done = subprocess.run(words, capture_output=True, text=True, timeout=within, check=False)
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
    return done.stdout.strip()


class Builder:
    """buildah, with a store of its own."""

    def __init__(self, folder: Path):
        self.store = ["buildah", "--root", str(folder / "store"), "--runroot", str(folder / "run")]

    def told(self, *words: str) -> str:
        return told(*self.store, *words)

    def build(self, name: str, recipe: Path, context: Path, *words: str) -> None:
        """Within the limits that this machine has: a build may not raise them."""
        files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        processes = resource.getrlimit(resource.RLIMIT_NPROC)[1]
        self.told(
            *("bud", "--isolation", "chroot", "--format", "docker", "--tag", f"localhost/{name}"),
            *("--ulimit", f"nofile={files}:{files}", "--ulimit", f"nproc={processes}:{processes}"),
            *(word for path in LENT for word in ("--volume", f"{path}:{path}:ro")),
            *words,
            *("--file", str(recipe), str(context)),
        )


@pytest.fixture(scope="module")
def builder(tmp_path_factory) -> Iterator[Builder]:
    """With the image built, on a base of this machine's own Debian."""
    folder = tmp_path_factory.mktemp("image")
    base = folder / "base"
    base.mkdir()
    release = re.search(r"VERSION_CODENAME=(\w+)", Path("/etc/os-release").read_text())
    packages = "--include=python3,python3-venv,ca-certificates"
    told("mmdebstrap", "--variant=minbase", packages, *SLIM, release[1], str(base / "base.tar"))
    (base / "Containerfile").write_text(BASE, encoding="utf-8")
    made = Builder(folder)
    made.build("base", base / "Containerfile", base)
    made.build("c-possible", CONTAINERFILE, ROOT, "--build-arg", "BASE=localhost/base")
    yield made
    made.told("umount", "--all")


@pytest.fixture(scope="module")
def image(builder) -> Path:
    """The root of the image, as a folder."""
    return Path(builder.told("mount", builder.told("from", "localhost/c-possible")))


@pytest.fixture
def said(builder) -> dict:
    """What the image says of itself."""
    return json.loads(builder.told("inspect", "--type", "image", "localhost/c-possible"))["Docker"]


class Container:
    """One run of the image on a folder of data, which outlives it."""

    def __init__(self, image: Path, said: dict, data: Path):
        self.port, self.data, self.image = free_port(), data, image
        self.environment = dict(one.split("=", 1) for one in said["config"]["Env"])
        self.entry = said["config"]["Entrypoint"]
        self.log = data.parent / "log"

    def words(self, *words: str) -> dict:
        """(arguments and environment) of a command inside."""
        inside = {"CP_PORT": str(self.port), "IMAGE": str(self.image), "DATA": str(self.data)}
        return {
            "args": ["unshare", "-m", "sh", "-euc", ROOM, "sh", *words],
            "env": self.environment | inside | {"AS": str(UID)},
        }

    def told(self, *words: str) -> str:
        done = subprocess.run(
            **self.words(*words), capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                **self.words(*self.entry, "run"), stdout=log, stderr=log, start_new_session=True
            )
        for _ in range(600):
            assert self.process.poll() is None, self.log.read_text()
            try:
                if httpx.get(f"http://127.0.0.1:{self.port}/sante").status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.1)
        raise AssertionError(self.log.read_text())

    def stop(self) -> int:
        """As a container is stopped: asked, and its code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)


@pytest.fixture
def container(image, said, tmp_path) -> Iterator[Container]:
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    os.chown(data, UID, UID)
    tmp_path.chmod(0o755)
    run = Container(image, said, data)
    run.start()
    yield run
    if run.process.poll() is None:
        run.stop()


def test_the_image_weighs_at_most_300_megabytes(builder, tmp_path):
    packed = tmp_path / "image.tar"
    builder.told("push", "localhost/c-possible", f"oci-archive:{packed}")
    with tarfile.open(packed) as archive:
        weight = sum(member.size for member in archive)
    assert weight <= HEAVIEST


def test_the_image_says_who_runs_and_how_its_health_is_asked(said):
    assert said["config"]["User"] == "c-possible"
    assert set(said["config"]["Volumes"]) == {"/data"}
    assert "/sante" in said["config"]["Healthcheck"]["Test"][-1]


def test_it_serves_writes_only_where_it_may_and_keeps_what_it_was_told(container, said):
    address = f"http://127.0.0.1:{container.port}"
    assert "C-Possible" in httpx.get(f"{address}/", follow_redirects=True).text
    # The command of the health check, at the port of this run.
    probe = [
        word.replace("8501", str(container.port))
        for word in said["config"]["Healthcheck"]["Test"][1:]
    ]
    container.told(*probe)
    status = Path(f"/proc/{container.process.pid}/status").read_text(encoding="utf-8")
    assert re.search(rf"Uid:\t{UID}\t{UID}\t", status)
    assert re.search(r"CapEff:\t0+\n", status) and re.search(r"NoNewPrivs:\t1\n", status)
    before = {path.name for path in container.data.iterdir()}
    assert container.stop() in (0, -signal.SIGTERM)
    container.start()
    assert before <= {path.name for path in container.data.iterdir()}
    container.told(*container.entry, "check")


def test_what_left_the_image_is_missed_by_nothing(container):
    """The report goes through the parts that were cut: tables, charts, pages."""
    container.stop()
    for path in container.data.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    container.told(*container.entry, "seed", "demo")
    for name in ("rapport.pdf", "rapport.xlsx"):
        container.told(*container.entry, "report", "--out", f"/data/{name}")
        assert (container.data / name).stat().st_size > 20_000
