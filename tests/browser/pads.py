"""Driving the canvases that visitors edit by hand, on the small pages that show one alone."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import ROOT, STREAMLIT, serve


class Pad:
    """The canvas on the page, addressed in the units of its axes."""

    tolerance = 0.03  # units that a place may be off, from pixels

    def __init__(self, page: Page):
        self.page, self.box, self.canvas = page, page.locator(".pad"), page.locator(".pad canvas")

    def ask(self, expression: str):
        return self.box.evaluate(f"(box) => {{ const pad = box.getRootNode().pad; return {expression}; }}")

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Pixels on the page of a place on the plot."""
        return tuple(
            self.box.evaluate(
                """(box, [x, y]) => {
                  const { canvas, frame } = box.getRootNode().pad, { left, top } = canvas.getBoundingClientRect();
                  return [left + frame.x(x), top + frame.y(y)];
                }""",
                [x, y],
            )
        )

    def click(self, x: float, y: float) -> None:
        self.page.mouse.click(*self.at(x, y))

    def drag(self, start: tuple, end: tuple, steps: int = 10) -> None:
        """Press at `start` and go to `end`, without letting go."""
        self.page.mouse.move(*self.at(*start))
        self.page.mouse.down()
        self.page.mouse.move(*self.at(*end), steps=steps)

    def button(self, name: str) -> Locator:
        return self.box.get_by_role("button", name=name, exact=True)

    def python(self) -> list:
        """What Python last wrote below the canvas: the items that it has."""
        return json.loads(self.page.get_by_test_id("stCode").inner_text())

    def answered(self) -> bool:
        """Return whether Python has answered the last report, and none waits."""
        return self.ask("!pad.due && pad.scene.seen === pad.sent")

    def settled(self) -> list:
        """Wait until Python has the browser's items to the last bit and no report is on its way; return them."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            if self.answered() and self.ask("pad.items") == (found := self.python()):
                return found
            self.page.wait_for_timeout(30)
        raise AssertionError(f"Python has {self.python()}, the browser {self.ask('pad.items')}")

    def agree(self, expected: list, tolerance: float | None = None) -> None:
        """Wait until Python and the browser have `expected` and no more is to come."""
        tolerance, deadline = self.tolerance if tolerance is None else tolerance, time.monotonic() + 30
        while time.monotonic() < deadline:
            found = self.settled()
            if np.shape(found) == np.shape(expected) and np.allclose(found, expected, atol=tolerance):
                return
            self.page.wait_for_timeout(30)
        np.testing.assert_allclose(found, expected, atol=tolerance)

    def fresh(self) -> None:
        """Wait until the layers on the screen answer the last report."""
        self.page.wait_for_function(
            "(box) => { const p = box.getRootNode().pad; return !p.due && !p.fresh && p.scene.seen === p.sent; }",
            arg=self.box.element_handle(),
        )

    def expect_said(self, text: str) -> None:
        expect(self.box.locator(".said")).to_contain_text(text)


@contextmanager
def served(script: str, folder: Path) -> Iterator[str]:
    """Serve a page of this folder and give its address."""
    command = ("-m", "streamlit", "run", f"tests/browser/{script}", *STREAMLIT[4:])
    with serve(ROOT, folder, command) as running:
        yield f"{running.url}/"


@contextmanager
def opener(
    kind: Callable[[Page], Any], url: str, context_of: Callable, ready: str = ".pad[data-overlays]"
) -> Iterator[Callable[..., Any]]:
    """Give a function (query, phone, scheme) → `kind` once `ready` is seen; at the end no page may have complained."""
    pages, complaints = [], []

    def note(entry) -> None:
        if entry.type == "error":
            complaints.append(f"{entry.text} {entry.location}")

    def start(query: str = "", phone: bool = False, scheme: str = "light") -> Any:
        page = context_of(scheme, phone).new_page()
        pages.append(page)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", note)
        page.goto(url + query)
        expect(page.locator(ready)).to_be_visible()
        return kind(page)

    yield start
    for page in pages:
        page.close()
    assert [text for text in complaints if "/app/static/" not in text] == []  # these pages do not serve the fonts


def swipe(pad: Pad, start: tuple, end: tuple) -> None:
    """Put a finger down at `start` (page pixels), move it to `end`, lift it."""
    touch = pad.page.context.new_cdp_session(pad.page)
    for kind, k in [("touchStart", 0), *(("touchMove", k / 10) for k in range(1, 11))]:
        place = {"x": start[0] + k * (end[0] - start[0]), "y": start[1] + k * (end[1] - start[1])}
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [place]})
        pad.page.wait_for_timeout(16)
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def scrolled(pad: Pad) -> float:
    return pad.page.evaluate("Math.max(...[...document.querySelectorAll('*')].map((e) => e.scrollTop))")
