"""What stands in `deploy/`, tried as it is written: `make deploy-test`. The units are read by systemd,
the Caddyfile by Caddy; nginx runs with two processes on one PostgreSQL behind it.

What a machine does not have (systemd, Caddy, nginx) is installed first: nothing here is skipped.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect, sync_playwright
from support.served import Served, free_port
from support.windows import FLAGS, go, idle, lean_chromium

from models.settings import ROOT, Settings

DEPLOY = ROOT / "deploy"
PROGRAM = "/srv/c-possible/.venv/bin/c-possible"
SAFEST = 3.0  # what `systemd-analyze security` may say at most
UNITS = sorted((DEPLOY / "systemd").glob("*.service")) + sorted(
    (DEPLOY / "systemd").glob("*.timer")
)


def told(*words: str) -> str:
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


# ── What others read ──────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def units(tmp_path) -> list[str]:
    """The units, with a program that is there."""
    for unit in UNITS:
        text = unit.read_text(encoding="utf-8").replace(PROGRAM, sys.executable)
        (tmp_path / unit.name).write_text(text, encoding="utf-8")
    shutil.copy(tmp_path / "c-possible@.service", tmp_path / "c-possible@8501.service")
    return [str(path) for path in sorted(tmp_path.iterdir()) if "@." not in path.name]


def test_systemd_finds_nothing_to_say_of_the_units(units):
    assert told("systemd-analyze", "verify", *units).strip() == ""


def test_the_service_may_do_little(units):
    for unit in (unit for unit in units if unit.endswith(".service")):
        said = told("systemd-analyze", "security", "--offline=true", unit)
        exposure = float(re.search(r"exposure level for \S+: ([\d.]+)", said)[1])
        assert exposure <= SAFEST, f"{unit}: {exposure}"


def test_the_file_of_settings_is_read_as_systemd_reads_it(monkeypatch):
    """A comment behind a value would be part of it: each has a line of its own."""
    given = dict(
        line.split("=", 1)
        for line in (DEPLOY / "c-possible.env").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    )
    monkeypatch.delenv("CP_DATA_DIR")
    read = Settings(_env_file=DEPLOY / "c-possible.env")
    assert str(read.cp_data_dir) == given["CP_DATA_DIR"]
    assert read.cp_public_url == given["CP_PUBLIC_URL"] and read.cp_https
    assert not [value for value in given.values() if "#" in value]


def test_caddy_takes_its_file():
    told("caddy", "validate", "--config", str(DEPLOY / "caddy/Caddyfile"), "--adapter", "caddyfile")


# ── nginx, two processes, one PostgreSQL ──────────────────────────────────────────────────────────


class House:
    """Both processes, their database, the proxy before them."""

    def __init__(self, folder: Path, url: str):
        self.folder = folder
        self.ports = [free_port(), free_port()]
        self.proxy_port = free_port()
        settings = {"DATABASE_URL": url, "CP_PUBLIC_URL": self.url}
        self.processes = [Served(folder / "data", port, settings) for port in self.ports]
        with ThreadPoolExecutor(len(self.processes)) as both:
            list(both.map(Served.start, self.processes))
        self.nginx = self._nginx()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.proxy_port}"

    def _nginx(self) -> subprocess.Popen:
        """The files of `deploy/nginx` as they stand, but for ports and the certificate."""
        for source in (DEPLOY / "nginx").glob("*.conf"):
            text = source.read_text(encoding="utf-8")
            text = text.replace("127.0.0.1:8501", f"127.0.0.1:{self.ports[0]}")
            text = text.replace("# server 127.0.0.1:8502", f"server 127.0.0.1:{self.ports[1]}")
            text = text.replace("443 ssl", f"127.0.0.1:{self.proxy_port}")
            text = re.sub(r" *listen (\[::\]:.*|80);\n| *ssl_certificate.*\n", "", text)
            (self.folder / source.name).write_text(text, encoding="utf-8")
        # The server that leads from HTTP to HTTPS has no port left.
        site = (self.folder / "c-possible.conf").read_text(encoding="utf-8")
        _, _, secure = site.partition("\n}\n")
        (self.folder / "c-possible.conf").write_text(secure, encoding="utf-8")
        (self.folder / "nginx.conf").write_text(
            f"daemon off; user root; pid {self.folder}/nginx.pid; error_log {self.folder}/error.log;\n"
            "events {}\nhttp {\n"
            f"  access_log {self.folder}/access.log;\n"
            + "".join(
                f"  {kind}_temp_path {self.folder}/{kind};\n"
                for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
            )
            + f"  include {self.folder}/c-possible-http.conf;\n"
            f"  include {self.folder}/c-possible.conf;\n}}\n",
            encoding="utf-8",
        )
        words = ["nginx", "-p", str(self.folder), "-c", str(self.folder / "nginx.conf")]
        told(*words, "-t")
        started = subprocess.Popen(words)
        for _ in range(100):
            try:
                httpx.get(f"{self.url}/sante")
                return started
            except httpx.TransportError:
                time.sleep(0.1)
        raise AssertionError((self.folder / "error.log").read_text())

    def cookie(self, login: str) -> dict:
        return {"name": "cp", "value": self.processes[0].cookie_of(login), "url": self.url}

    def titles(self) -> list[str]:
        return [title for (title,) in self.processes[0].rows("SELECT title FROM idea")]

    def close(self) -> None:
        self.nginx.terminate()
        self.nginx.wait()
        for process in self.processes:
            process.stop()
        self.processes[0].engine.dispose()


@pytest.fixture(scope="module")
def house(postgres, tmp_path_factory) -> Iterator[House]:
    name = postgres.create()
    made = House(tmp_path_factory.mktemp("deployed"), postgres.url(name))
    yield made
    made.close()


@pytest.fixture(scope="module")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=lean_chromium(), args=FLAGS)
        yield browser
        browser.close()


def didier(chromium, house: House) -> Page:
    context = chromium.new_context(base_url=house.url, locale="fr-FR")
    context.add_cookies([house.cookie("didier")])
    return context.new_page()


def test_two_processes_that_start_at_once_share_one_empty_database(house):
    assert all(process.process.poll() is None for process in house.processes)
    assert len(house.titles()) > 100


def test_a_browser_stays_with_one_process_and_may_send_twelve_megabytes(chromium, house, tmp_path):
    page = go(didier(chromium, house), "/imports")
    route = [c for c in page.context.cookies() if c["name"] == "cp_route"]
    assert len(route) == 1 and route[0]["httpOnly"]
    heavy = tmp_path / "photo.png"
    heavy.write_bytes(b"\x89PNG\r\n\x1a\n" + os.urandom(11_900_000))
    form = go(page, "/deposer")
    fold = form.get_by_text("Ajouter des photos")
    if fold.count():
        fold.first.click()
    with form.expect_response(lambda answer: "/_stcore/upload_file" in answer.url) as upload:
        form.locator("input[type=file]").first.set_input_files(str(heavy))
    assert upload.value.status in (200, 204)
    idle(form)
    page.context.close()


def test_whoever_has_no_account_gets_no_cookie_and_leaves_no_line_in_the_log(house):
    with httpx.Client(base_url=house.url, timeout=30) as phone:
        token = re.search(r'name="jeton" value="([^"]+)"', phone.get("/deposer").text)[1]
        done = phone.post("/deposer", data={"jeton": token, "body": "Un banc derrière le proxy"})
        assert "Merci" in done.text and not phone.cookies
        phone.get("/actualites")
    assert "Un banc derrière le proxy" in house.titles()
    log = (house.folder / "access.log").read_text(encoding="utf-8")
    asked = set(re.findall(r'"[A-Z]+ (/[^ ?]*)', log))
    assert "/actualites" in asked and "/deposer" not in asked


def test_the_product_knows_the_visitor_and_its_own_name_behind_the_proxy(house):
    refused = httpx.get(f"{house.url}/sante", headers={"Host": "ailleurs.example"})
    assert refused.status_code == 400
    headers = httpx.get(f"{house.url}/actualites").headers
    assert headers["strict-transport-security"].startswith("max-age=")
    assert "content-security-policy" in headers


def test_what_passes_the_proxy_is_compressed_and_what_never_changes_is_kept(house):
    """The product does both; the proxy hands it on as it came."""
    with httpx.Client(base_url=house.url, timeout=30) as visitor:
        page = visitor.get("/actualites")
        assert page.headers["content-encoding"] == "gzip"
        script = re.search(r'src="\.?(/static/js/[^"]+\.js)"', visitor.get("/imports").text)[1]
        kept = visitor.get(script)
    assert kept.headers["content-encoding"] == "gzip"
    assert "immutable" in kept.headers["cache-control"]


def hundred(house: House) -> Counter:
    """What a hundred requests of one connection are told."""
    asked = b"GET /icon.svg HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 99
    asked += b"GET /icon.svg HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
    answers = b""
    with socket.create_connection(("127.0.0.1", house.proxy_port), timeout=60) as connection:
        connection.sendall(asked)
        while piece := connection.recv(2**20):
            answers += piece
    return Counter(re.findall(r"HTTP/1.1 (\d+)", answers.decode("latin-1")))


def test_a_flood_of_one_address_is_refused_and_others_are_served(house):
    told = Counter()
    with ThreadPoolExecutor(4) as many:
        # More than nginx's burst and what it lets pass while they come.
        for one in many.map(lambda _: hundred(house), range(60)):
            told += one
    assert told["429"] and told["200"] > 1000
    elsewhere = httpx.HTTPTransport(local_address="127.0.0.2")
    with httpx.Client(transport=elsewhere, base_url=house.url) as other:
        assert other.get("/icon.svg").status_code == 200


# ── Caddy, the shorter way ────────────────────────────────────────────────────────────────────────


@pytest.fixture
def caddy(house) -> Iterator[str]:
    """The Caddyfile as it stands, but for its name and the second process; its address."""
    port = free_port()
    both = " ".join(f"127.0.0.1:{one}" for one in house.ports)
    text = (DEPLOY / "caddy/Caddyfile").read_text(encoding="utf-8")
    text = text.replace("127.0.0.1:8501", both)
    text = text.replace("c-possible.commune.example {", f"http://127.0.0.1:{port} {{")
    file = house.folder / "Caddyfile"
    text = text.replace("{\n\tservers {", "{\n\tadmin off\n\tservers {", 1)
    file.write_text(text, encoding="utf-8")
    words = ["caddy", "run", "--config", str(file), "--adapter", "caddyfile"]
    with (house.folder / "caddy.log").open("ab") as log:
        started = subprocess.Popen(words, stdout=log, stderr=log)
    for _ in range(100):
        with suppress(httpx.TransportError):
            httpx.get(f"http://127.0.0.1:{port}/sante")
            break
        time.sleep(0.1)
    yield f"http://127.0.0.1:{port}"
    started.terminate()
    started.wait()


def test_caddy_keeps_a_browser_with_its_process_and_gives_strangers_no_cookie(
    chromium, house, caddy
):
    with httpx.Client(base_url=caddy, timeout=30) as phone:
        token = re.search(r'name="jeton" value="([^"]+)"', phone.get("/deposer").text)[1]
        done = phone.post("/deposer", data={"jeton": token, "body": "Un banc derrière Caddy"})
        assert "Merci" in done.text and not phone.cookies
        assert "strict-transport-security" in phone.get("/actualites").headers
    assert "Un banc derrière Caddy" in house.titles()
    context = chromium.new_context(base_url=caddy, locale="fr-FR")
    context.add_cookies([{**house.cookie("didier"), "url": caddy}])
    page = go(context.new_page(), "/tableau-de-bord")
    expect(page.locator(".cp-card").first).to_be_visible()
    assert [c for c in context.cookies() if c["name"] == "cp_route"]
    page.reload()
    expect(idle(page).locator(".cp-card").first).to_be_visible()
    context.close()


def test_both_proxies_end_a_head_that_does_not_come(house, caddy):
    for port in (house.proxy_port, int(caddy.rpartition(":")[2])):
        with socket.create_connection(("127.0.0.1", port), timeout=30) as half:
            half.sendall(b"GET / HTTP/1.1\r\nHost: lo")
            assert half.recv(100)[:12] in (b"", b"HTTP/1.1 408")


# ── A process that dies ───────────────────────────────────────────────────────────────────────────


def test_one_process_dies_and_the_other_goes_on(chromium, house):
    page = go(didier(chromium, house), "/tableau-de-bord")
    expect(page.locator(".cp-card").first).to_be_visible()
    house.processes[0].process.kill()
    house.processes[0].process.wait()
    with httpx.Client(base_url=house.url, timeout=30) as phone:
        for n in range(6):
            token = re.search(r'name="jeton" value="([^"]+)"', phone.get("/deposer").text)[1]
            said = phone.post("/deposer", data={"jeton": token, "body": f"Après la chute {n}"})
            assert "Merci" in said.text
    assert {f"Après la chute {n}" for n in range(6)} <= set(house.titles())
    page.reload()
    idle(page)
    expect(page.locator(".cp-card").first).to_be_visible()
    page.context.close()
