"""What a visitor feels, in a real Chromium against a real server on this machine: `python -m tests.benchmarks browser`.

The second number of each row is the aim; a ratio of 1 or more meets it.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.browser.canvas import FIND, ask, press, wait
from tests.browser.conftest import CHROMIUM, DESKTOP, FLAGS, ROOT, serve, settle

Row = tuple[str, str, float, float | None, str]
CHANGES = 40
VISITORS = 20
WATCH_SLIDER = f"""() => {{
    const live = ({FIND}).live; window.took = null;
    const look = () => {{
        if (live.token !== 'TOKEN' && live.painted > window.from) window.took = performance.now() - window.began;
        else requestAnimationFrame(look);
    }};
    const begin = () => {{ window.began = performance.now(); window.from = live.painted; look(); }};
    document.addEventListener('keydown', begin, {{ once: true, capture: true }});
}}"""


def rows() -> Iterator[Row]:
    """Measure first paint, reaction to a slider, the canvas, a dragged point, and memory of idle visitors."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for path in ("", "regression"):
            yield from _cold_start(browser, path)
        with tempfile.TemporaryDirectory() as folder, serve(ROOT, Path(folder)) as server:
            page = browser.new_page(viewport=DESKTOP)
            page.goto(f"{server.url}/regression")
            settle(page)
            wait(page, "!live.scene.player.growing")
            yield from _slider(page)
            yield from _canvas(page)
            yield _drag(page, server.url)
            yield _idle_visitors(browser, server)
        browser.close()


def _cold_start(browser, path: str) -> Iterator[Row]:
    """Until a page can be read, and until its picture is there."""
    with tempfile.TemporaryDirectory() as folder, serve(ROOT, Path(folder)) as server:
        page = browser.new_page(viewport=DESKTOP)
        began = time.perf_counter()
        page.goto(f"{server.url}/{path}")
        page.wait_for_selector("h1", timeout=120_000)
        read_s = time.perf_counter() - began
        if path:
            wait(page, "true", 120)
        else:
            page.wait_for_function("() => [...document.images].length && [...document.images].every((i) => i.complete)")
        took_s = time.perf_counter() - began
        page.close()
    yield f"first page after a cold start: {path or 'home'}, title", "aim", read_s, 3.0, "s"
    yield f"first page after a cold start: {path or 'home'}, pictures", "aim", took_s, 3.0, "s"


def _slider(page: Page) -> Iterator[Row]:
    """From a key on the slider to the new picture painted, on a cheap and a richer problem."""
    slider, took_ms = page.locator(".st-key-noise input[type=range]"), []
    for k in range(CHANGES):
        token = ask(page, "live.token")
        page.evaluate(WATCH_SLIDER.replace("TOKEN", token))
        slider.press("ArrowRight" if k % 2 == 0 else "ArrowLeft")
        page.wait_for_function("() => window.took !== null", timeout=20_000)
        took_ms.append(page.evaluate("window.took"))
        page.wait_for_timeout(250)
    took_ms.sort()
    yield "slider let go → picture changed, median", "aim", statistics.median(took_ms), 150.0, "ms"
    yield "slider let go → picture changed, 95th percentile", "aim", took_ms[int(0.95 * len(took_ms))], 300.0, "ms"


def _canvas(page: Page) -> Iterator[Row]:
    """Pictures a second of the four linked panels while the trace plays."""
    press(page, "rewind")
    press(page, "play")
    page.wait_for_timeout(500)
    began, painted = time.perf_counter(), ask(page, "live.painted")
    page.wait_for_timeout(3000)
    rate = (ask(page, "live.painted") - painted) / (time.perf_counter() - began)
    yield "time of one picture while playing (heat map, lines, points)", "aim: 20 a second", 1000 / rate, 50.0, "ms"


def _drag(page: Page, url: str) -> Row:
    """Refits drawn while a point is dragged."""
    page.goto(f"{url}/regression?data=drawn&method=normal_equation&validation=0&degree=3&scaling=std")
    settle(page)
    page.wait_for_selector(".pad[data-overlays]")
    wait(page, "true")
    page.wait_for_timeout(1500)  # ms, until nothing moves on the page any more
    drawn = lambda: int(page.locator(".pad").get_attribute("data-overlays"))  # noqa: E731
    box = page.locator("canvas").first.bounding_box()
    x, y = box["x"] + 0.5 * box["width"], box["y"] + 0.3 * box["height"]
    page.mouse.move(x, y)
    page.mouse.down()
    before = drawn()
    began, k = time.perf_counter(), 0
    while time.perf_counter() - began < 4:
        k += 1
        page.mouse.move(x + 40 * (k % 40) / 40, y + 60 * ((k // 3) % 20) / 20)
        page.wait_for_timeout(12)
    took_s = time.perf_counter() - began
    fits = drawn() - before
    page.mouse.up()
    return (
        "time between two fits that follow a dragged point",
        "aim: 10 a second",
        1000 * took_s / max(fits, 1),
        100.0,
        "ms",
    )


def _idle_visitors(browser, server) -> Row:
    """Memory that each of many visitors with an idle regression page adds to the server."""
    pages = [_visit(browser, server.url) for _ in range(3)]  # what is built once for all
    before = resident_mb(server)
    pages += [_visit(browser, server.url) for _ in range(VISITORS)]
    each = (resident_mb(server) - before) / VISITORS
    for page in pages:
        page.context.close()
    return f"memory of an idle visitor ({VISITORS} of them)", "aim", max(each, 0.01), 10.0, "MB"


def _visit(browser, url: str) -> Page:
    page = browser.new_context(viewport=DESKTOP).new_page()
    page.goto(f"{url}/regression")
    settle(page)
    wait(page, "true")
    return page


def resident_mb(server) -> float:
    status = Path(f"/proc/{server.pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024
