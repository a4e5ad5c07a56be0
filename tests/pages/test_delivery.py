"""Scripts of the components as files of the server; what a browser does with them is in tests/browser."""

import asyncio
import re

import pytest
import streamlit as st
from starlette.requests import Request
from starlette.routing import Match

from pages._ui import delivery


@pytest.fixture
def fresh(monkeypatch):
    """Forget what this process serves, for one test."""
    monkeypatch.setattr(delivery, "_folder", "")
    monkeypatch.setattr(delivery, "_scripts", {})


def test_without_routes_the_script_itself_is_delivered(fresh):
    assert delivery.deliver("live", "one\ntwo") == "one\ntwo"


@pytest.mark.parametrize("base", ["", "/class/2026/"])
def test_with_routes_two_lines_fetch_it(fresh, monkeypatch, base):
    monkeypatch.setattr(st, "get_option", {"server.baseUrlPath": base}.get)
    (route,) = delivery.routes()

    def get(path):
        match, found = route.matches({"type": "http", "method": "GET", "path": path})
        assert match is Match.FULL
        return asyncio.run(found["endpoint"](Request({"type": "http", "headers": [], **found})))

    lines = delivery.deliver("live", "export default () => 1;\n")
    path = re.search(r'"(/.*?\.js)"', lines)[1]
    assert path.startswith(f"{base.rstrip('/')}/canvas/live-") and lines.count("\n") == 1  # one line would be a path
    answer = get(path)
    assert answer.body == b"export default () => 1;\n" and answer.media_type == "text/javascript"
    assert "immutable" in answer.headers["cache-control"]
    assert delivery.deliver("live", "another") != lines
    assert get(f"{path[:-5]}x.js").status_code == 404
