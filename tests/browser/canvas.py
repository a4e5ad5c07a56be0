"""Reading and driving the canvas component from a browser test."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page

FIND = """[...document.querySelectorAll('[data-testid=stBidiComponentIsolated]')].map((e) => e.shadowRoot)
    .find((root) => root && root.live)"""
INKED = """(canvas) => {
    const { width, height } = canvas, pixels = canvas.getContext('2d').getImageData(0, 0, width, height).data;
    const seen = new Set();
    for (let i = 0; i < pixels.length; i += 4)
        if (pixels[i + 3] > 200) seen.add(pixels[i] * 65536 + pixels[i + 1] * 256 + pixels[i + 2]);
    return seen.size;
}"""


def ask(page: Page, expression: str) -> Any:
    """Evaluate JavaScript in which `live` is the first canvas's object and `root` its shadow root."""
    return page.evaluate(f"(() => {{ const root = {FIND}, live = root.live; return {expression}; }})()")


def wait(page: Page, condition: str, timeout_s: float = 30) -> None:
    """Wait until a condition on `live` and `root` holds."""
    drawn = f"live && live.painted && ({condition})"
    script = f"() => {{ const root = {FIND}, live = root && root.live; return Boolean({drawn}); }}"
    page.wait_for_function(script, timeout=timeout_s * 1000)


def press(page: Page, name: str) -> None:
    """Press a button of the player by its command."""
    page.locator(f"button[data-do={name}]").first.click()


def inks(page: Page) -> list[int]:
    """Return how many different colours each panel shows; an empty one shows almost none."""
    return page.evaluate(f"() => [...({FIND}).querySelectorAll('canvas')].map({INKED})")
