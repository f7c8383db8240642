"""``greenfix serve`` in a real browser: the same screens, for nobody else, from nowhere else."""

from __future__ import annotations

import http.client
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page, WebSocket

CHROMIUM = shutil.which("chromium")
OFFLINE = (
    "--no-sandbox",  # the tests may run as root in a container, where Chromium refuses to start with one
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
WAIT = 60_000.0
"""Milliseconds; a loaded machine needs some seconds to start Python and TensorFlow's stand-in."""

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")  # Playwright leaves its pipe to its driver open


@dataclass(frozen=True)
class Served:
    """A running ``greenfix serve``."""

    process: subprocess.Popen[str]
    address: str

    @property
    def port(self) -> int:
        port = urlsplit(self.address).port
        assert port is not None
        return port

    @property
    def token(self) -> str:
        return urlsplit(self.address).path.strip("/")

    def answer(self, path: str, **headers: str) -> tuple[int, str]:
        """Status and text of a plain request; a header ``Upgrade_Insecure`` is written with hyphens."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", path, headers={key.replace("_", "-"): value for key, value in headers.items()})
            response = connection.getresponse()
            return response.status, "" if response.status == 101 else response.read().decode(errors="replace")
        finally:
            connection.close()


@pytest.fixture
def served(leaking: Path, environment: dict[str, str]) -> Iterator[Served]:
    """The screens of a small leaking program, ended as Ctrl-C ends it."""
    pytest.importorskip("textual_serve", reason="the extra `serve` is not installed")
    command = [sys.executable, "-m", "greenfix", "serve", str(leaking), "--", "python", "train.py"]
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, env=environment
    ) as process:
        assert process.stderr is not None
        found = re.search(r"http://\S+", process.stderr.readline())
        assert found, process.stderr.read()
        yield Served(process, found[0])
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 0


UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec_WebSocket_Version": "13",
    "Sec_WebSocket_Key": "Z3JlZW5maXg=",
}


def test_nothing_is_served_without_the_token_or_to_another_site(served: Served) -> None:
    ours = f"http://127.0.0.1:{served.port}"
    assert served.answer(f"/{served.token}/")[0] == 200
    for path in (
        "/",
        "/ws",
        "/static/textual.js",
        "/wrong/",
        "/wrong/ws",
        "/wrong/static/textual.js",
        f"/{served.token[:-1]}/",
    ):
        status, text = served.answer(path)
        assert (status, "terminal" in text) == (403, False), path
        assert served.answer(path, Origin=ours, **UPGRADE)[0] == 403, path
    inside = f"/{served.token}/ws"
    assert served.answer(inside, **UPGRADE)[0] == 403  # a browser always says its origin
    assert served.answer(inside, Origin="http://example.org", **UPGRADE)[0] == 403
    assert served.answer(f"/{served.token}/", Origin="null")[0] == 403
    assert served.answer(f"/{served.token}/", Host=f"rebound.example.org:{served.port}")[0] == 403
    assert served.answer(f"/{served.token}/static/..%2Fpage.html")[0] == 404


def test_only_the_loopback_interface_listens(served: Served) -> None:
    said = Path("/proc/net/tcp").read_text() + Path("/proc/net/tcp6").read_text()
    listening = re.findall(rf"\d+: ([0-9A-F]+):{served.port:04X} [0-9A-F:]+ 0A", said)
    assert listening == ["0100007F"]


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on PATH (Debian: apt-get install chromium)")
def test_a_browser_shows_the_findings_and_sends_keys(served: Served) -> None:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=CHROMIUM, args=OFFLINE)
        try:
            _look(browser.new_page(viewport={"width": 1280, "height": 800}), served)
        finally:
            browser.close()


def _look(page: Page, served: Served) -> None:
    requests: list[str] = []
    shown = _Shown()
    page.on("request", lambda request: requests.append(request.url))
    errors: list[str] = []
    page.on("websocket", shown.follow)
    page.on("websocket", lambda socket: requests.append(socket.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(served.address)
    page.wait_for_selector("body.-first-byte", timeout=WAIT)
    shown.until("IMR001")
    shown.until("train.py:3")
    if folder := os.environ.get("GREENFIX_BROWSER_PICTURES"):
        page.screenshot(path=Path(folder) / "browser.png")
    page.keyboard.press("?")
    shown.until("Findings: help")
    assert {urlsplit(url).hostname for url in requests} == {"127.0.0.1"}
    assert any(url.endswith("RobotoMono-VariableFont_wght.ttf") for url in requests)
    page.keyboard.press("Enter")  # Escape and the next key together are one key to a terminal
    page.keyboard.press("q")
    page.wait_for_selector("body.-closed", timeout=WAIT)
    assert "has ended" in page.inner_text(".ended")
    assert errors == []


class _Shown:
    """What the app has written to the terminal in the page, which draws it on a canvas that holds no text."""

    def __init__(self) -> None:
        self._bytes = b""
        self._socket: WebSocket | None = None

    def follow(self, socket: WebSocket) -> None:
        self._socket = socket
        socket.on("framereceived", self._received)

    def _received(self, frame: str | bytes) -> None:
        self._bytes += frame if isinstance(frame, bytes) else b""

    def until(self, text: str) -> None:
        """Wait for more of it until ``text`` is there."""
        assert self._socket is not None
        while text.encode() not in self._bytes:
            self._socket.wait_for_event("framereceived", timeout=WAIT)
