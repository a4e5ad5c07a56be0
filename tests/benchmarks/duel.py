"""The game on the plane: `python -m tests.benchmarks duel`.

Rounds a second of the engine alone, against the same game written with autograd and torch.optim; then of the page in a
real Chromium, which draws the picture meanwhile: rounds that the server played, and pictures that the canvas painted
from new data, between one second after the first and the end.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import torch
from playwright.sync_api import sync_playwright
from torch import nn

from engine.generative.duel import Duel
from engine.generative.duel_settings import Game
from engine.generative.plane_data import plane_data
from tests.browser.canvas import FIND, wait
from tests.browser.conftest import CHROMIUM, DESKTOP, FLAGS, ROOT, serve

Row = tuple[str, str, float, float | None, str]
ROUNDS = 300
PLAYED = 5000
WATCH = f"""() => {{
    const live = ({FIND}).live; window.seen = [];
    const look = () => {{
        const last = window.seen[window.seen.length - 1];
        if (live.scene && live.scene.player.growing && (!last || live.last > last[1])) window.seen.push([performance.now(), live.last]);
        requestAnimationFrame(look);
    }};
    look();
}}"""  # noqa: E501


def rows() -> Iterator[Row]:
    """Measure the engine, then the page."""
    torch.set_num_threads(1)
    ours, theirs = _ours(), _theirs()
    yield "a round of the game (default settings)", "autograd and torch.optim", 1000 * ours, 1000 * theirs, "ms"
    steps, pictures = _in_a_browser()
    yield "a step while the page follows", "aim: 60 a second", 1000 / steps, 1000 / 60, "ms"
    yield "from picture to picture of a game that is played", "aim: 8 a second", 1000 / pictures, 125.0, "ms"


def _ours() -> float:
    duel = Duel(Game(), plane_data("ring"))
    return _time(lambda: duel.advance("rounds"))


def _theirs() -> float:
    game, data, chance = Game(), plane_data("ring"), torch.Generator().manual_seed(0)
    g = nn.Sequential(nn.Linear(2, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 2))
    d = nn.Sequential(nn.Linear(2, 64), nn.ELU(), nn.Linear(64, 64), nn.ELU(), nn.Linear(64, 1))
    of_g = torch.optim.Adam(g.parameters(), game.g_rate, betas=(0.5, 0.9))
    of_d = torch.optim.Adam(d.parameters(), game.d_rate, betas=(0.5, 0.9))
    loss, n = nn.BCEWithLogitsLoss(), game.game_batch
    ones, zeros = torch.ones(n, 1), torch.zeros(n, 1)
    z = lambda: torch.rand(n, 2, generator=chance) * 2 - 1  # noqa: E731

    def one_round() -> None:
        of_d.zero_grad()
        (loss(d(data.sample(n, chance)), ones) + loss(d(g(z()).detach()), zeros)).backward()
        of_d.step()
        of_g.zero_grad()
        loss(d(g(z())), ones).backward()
        of_g.step()

    return _time(one_round)


def _time(work) -> float:
    for _ in range(30):
        work()
    began = time.perf_counter()
    for _ in range(ROUNDS):
        work()
    return (time.perf_counter() - began) / ROUNDS


def _in_a_browser() -> tuple[float, float]:
    """Return steps and pictures a second."""
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder, serve(ROOT, Path(folder)) as server:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport=DESKTOP)
        page.goto(f"{server.url}/generative-networks?rounds={PLAYED}")
        wait(page, "live.scene.player && live.last > 0", 120)
        page.evaluate(WATCH)
        wait(page, "!live.scene.player.growing", 300)
        seen = page.evaluate("window.seen")
        browser.close()
    seen = [one for one in seen if one[0] > seen[0][0] + 1000]
    seconds = (seen[-1][0] - seen[0][0]) / 1000
    return (seen[-1][1] - seen[0][1]) / seconds, (len(seen) - 1) / seconds
