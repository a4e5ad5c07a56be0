"""A real server and a real Chromium.

`open_page` opens an address and hands back a still page; when the test ends, none of its pages may have shown an error
box, complained in the console, asked another host for anything, or left an error in the server's log.

Debian's Chromium is used (CHROMIUM names another). Without one the tests skip, or fail where TANGENT_REQUIRE_BROWSER=1.
"""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Download, Error, Page, expect, sync_playwright

ROOT = Path(__file__).parents[2]
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
FLAGS += ["--disable-component-update", "--disable-sync", "--autoplay-policy=no-user-gesture-required"]
FLAGS += ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
DESKTOP, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
DEEP_LINK = r"/_stcore/(health|host-config)"  # a deep link asks for these below its own path first
CLOSED = "File uploader error on file upload - CanceledError"  # a page was closed while a file was on its way
HARMLESS = re.compile(f"{DEEP_LINK}|{CLOSED}")
STILL = "() => document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'"
STREAMLIT = (
    "-m",
    "streamlit",
    "run",
    "app.py",
    "--server.headless=true",
    "--server.address=127.0.0.1",
    "--server.port={port}",
)

expect.set_options(timeout=60_000)  # ms; a busy machine is slow, not wrong


class Server:
    """A running server.

    Attributes:
        url: its address, without a slash at the end.
        error_log: the file that TANGENT_LOG named for it.
        pid: its process.
    """

    def __init__(self, url: str, error_log: Path, pid: int) -> None:
        self.url = url
        self.error_log = error_log
        self.pid = pid


@pytest.hookimpl(tryfirst=True)  # xdist reads the mark in the same hook
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of this folder in one process: they share a server, and two browsers would slow each other."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("browser"))


@contextmanager
def serve(folder: Path, log_folder: Path, command: tuple[str, ...] = STREAMLIT) -> Iterator[Server]:
    """Start `python *command` in `folder` on a free port of loopback, and end it afterwards."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    error_log = log_folder / "tangent.log"
    environment = {"TANGENT_OFFLINE": "1", "TORCH_HOME": str(log_folder / "torch"), **os.environ}
    environment |= {"TANGENT_LOG": str(error_log), "PYTHONPATH": str(ROOT)}
    with (log_folder / "server.log").open("wb") as log:
        arguments = [part.format(port=port) for part in command]
        process = subprocess.Popen([sys.executable, *arguments], cwd=folder, env=environment, stdout=log, stderr=log)
    try:
        _wait_until_healthy(f"http://127.0.0.1:{port}/_stcore/health", process, log_folder / "server.log")
        yield Server(f"http://127.0.0.1:{port}", error_log, process.pid)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_healthy(address: str, process: subprocess.Popen, log: Path) -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except OSError:
            time.sleep(0.05)
    pytest.fail(f"the server did not start:\n{log.read_text()[-2000:]}")


def settle(page: Page, timeout_s: float = 60) -> Page:
    """Wait until the page's script has ended and its pictures are drawn."""
    page.wait_for_function(STILL, timeout=timeout_s * 1000)
    page.wait_for_timeout(300)
    page.wait_for_function(STILL, timeout=timeout_s * 1000)
    return page


def download(page: Page, label: str) -> Download:
    """Press a button of a page at rest, the last one of this label, and return the file that it gives."""
    settle(page)
    with page.expect_download(timeout=90_000) as coming:
        page.get_by_role("button", name=label, exact=True).last.click()
    return coming.value


@pytest.fixture(name="settle")
def _settle() -> Callable[..., Page]:
    """`settle(page)`, for a page that the test opened or changed itself."""
    return settle


@pytest.fixture(scope="session")
def server(tmp_path_factory) -> Iterator[Server]:
    """The app, started as the README says."""
    with serve(ROOT, tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture
def start_server(tmp_path) -> Iterator[Callable[..., Server]]:
    """Return a function (folder, command) → a fresh server of the test's own."""
    with ExitStack() as running:
        yield lambda folder=ROOT, command=STREAMLIT: running.enter_context(serve(folder, tmp_path, command))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, one for each module of tests."""
    with sync_playwright() as playwright:
        try:
            started = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        except Error as error:
            reason = f"no browser at {CHROMIUM}: {error.message.splitlines()[0]}"
            if os.environ.get("TANGENT_REQUIRE_BROWSER") == "1":
                pytest.fail(reason)
            pytest.skip(reason)
        yield started
        started.close()


@pytest.fixture(scope="module")
def context_of(browser) -> Callable[[str, bool], BrowserContext]:
    """Return a function (scheme, phone) → browser context; each is made once, so that scripts come from its cache."""

    @cache
    def find(scheme: str, phone: bool) -> BrowserContext:
        return browser.new_context(
            viewport=PHONE if phone else DESKTOP,
            is_mobile=phone,
            has_touch=phone,
            color_scheme=scheme,
            permissions=["camera", "microphone"],
        )

    return find


@pytest.fixture
def open_page(server, context_of) -> Iterator[Callable[..., Page]]:
    """Return a function (path, scheme, phone, at=Server) → a still page, watched until the test ends."""
    pages, complaints, read = [], [], {server: _size(server.error_log)}

    def open_(path: str = "", scheme: str = "light", phone: bool = False, at: Server = server) -> Page:
        read.setdefault(at, _size(at.error_log))
        page = context_of(scheme, phone).new_page()
        pages.append(page)
        page.on("console", lambda entry: _note_error(entry, complaints))
        page.on("pageerror", lambda error: complaints.append(f"uncaught: {error}"))
        page.on("request", lambda request: _note_outside(request.url, complaints))
        page.goto(f"{at.url}/{path}")
        return settle(page)

    yield open_
    for page in pages:
        complaints += [f"error box: {text}" for text in page.get_by_test_id("stException").all_inner_texts()]
        page.close()
    complaints += [used.error_log.read_text()[start:] for used, start in read.items() if _size(used.error_log)]
    assert not any(complaints), "\n".join(complaints)


def _size(log: Path) -> int:
    return len(log.read_text()) if log.exists() else 0


def _note_error(entry, complaints: list[str]) -> None:
    if entry.type == "error" and not HARMLESS.search(f"{entry.text} {entry.location}"):
        complaints.append(f"console: {entry.text} {entry.location.get('url', '')}")


def _note_outside(url: str, complaints: list[str]) -> None:
    if url.startswith(("http", "ws")) and not re.match(r"(http|ws)://127\.0\.0\.1:", url):
        complaints.append(f"outside request: {url}")
