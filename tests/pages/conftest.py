"""A page of the app, run without a browser, and what it offers to take away."""

import io
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from engine.runtime.jobs import cancel_all

SHELL = Path(__file__).parents[2] / "pages" / "shell.py"


@pytest.fixture(autouse=True)
def offline(monkeypatch, tmp_path):
    """Let pages fetch nothing and find nothing fetched: what comes with Tangent has to do."""
    monkeypatch.setenv("TANGENT_OFFLINE", "1")
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))


@pytest.fixture(autouse=True)
def left():
    """End what a test's pages still compute, as closing them in a browser would: AppTest's sessions never end."""
    yield
    cancel_all()


@pytest.fixture
def open_page():
    """Return a function (file below pages/, query parameters) → AppTest that has run the page through the shell."""

    def open_(file: str = "", **query: str) -> AppTest:
        app = AppTest.from_file(str(SHELL), default_timeout=120)
        for name, value in query.items():
            app.query_params[name] = value
        app.run()
        if file:
            app.switch_page(file).run()  # after a run, for until then an address is taken to be the file's name
        assert not app.exception
        return app

    return open_


@pytest.fixture
def without_session(monkeypatch):
    """Let the camera's component be drawn where there is no server, and so no session."""
    import streamlit_webrtc.component as component

    monkeypatch.setattr(component, "get_this_session_info", lambda: None)


@pytest.fixture
def offered(monkeypatch):
    """Return file name → maker of the downloads that the page offers."""
    found = {}
    monkeypatch.setattr(st, "download_button", lambda label, *, data, file_name, **_: found.update({file_name: data}))
    return found


@pytest.fixture
def printed(tmp_path):
    """Return a function (zip) → the lines that its script prints, with nothing but its own folder to import from."""

    def run(data: bytes) -> list[str]:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            archive.extractall(tmp_path)
        (folder,) = tmp_path.iterdir()
        command = [sys.executable, "-W", "error", f"{folder.name}.py"]
        alone = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, env=alone)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    return run
