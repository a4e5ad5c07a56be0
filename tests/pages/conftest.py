"""`open_page`: a page of the app, run without a browser."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

SHELL = Path(__file__).parents[2] / "pages" / "shell.py"


@pytest.fixture(autouse=True)
def offline(monkeypatch, tmp_path):
    """Let pages fetch nothing and find nothing fetched: what comes with Tangent has to do."""
    monkeypatch.setenv("TANGENT_OFFLINE", "1")
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))


@pytest.fixture
def open_page():
    """Return a function (file below pages/, query parameters) → AppTest that has run the page through the shell."""

    def open_(file: str = "", **query: str) -> AppTest:
        app = AppTest.from_file(str(SHELL), default_timeout=60)
        for name, value in query.items():
            app.query_params[name] = value
        app.run()
        if file:
            app.switch_page(file).run()  # after a run, for until then an address is taken to be the file's name
        assert not app.exception
        return app

    return open_
