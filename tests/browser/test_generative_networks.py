"""A visitor's journey over the game on the plane, in a real browser."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from playwright.sync_api import expect

from tests.browser.canvas import ask, inks, press, wait
from tests.browser.conftest import download, settle

SHORT = "?rounds=200&game_batch=20&g_width=20&d_width=20"
ENDED = "!live.scene.player.growing"


@pytest.fixture
def game(open_page):
    """Return a function (query, scheme, phone) → the page with its game at the end."""

    def open_(query: str = SHORT, scheme: str = "light", phone: bool = False):
        page = open_page(f"generative-networks{query}", scheme, phone)
        wait(page, ENDED, 120)
        return settle(page)

    return open_


def test_a_game_is_played_moved_branched_and_taken_away(game):
    page = game()
    assert ask(page, "live.last") == 200 and all(count > 3 for count in inks(page))
    box = page.locator("canvas[data-key=plane]").bounding_box()
    assert box["y"] + box["height"] < 800  # no scrolling at 1280 × 800
    press(page, "rewind")
    press(page, "play")
    wait(page, "live.playing && live.step > 5")
    press(page, "play")
    press(page, "step_d")  # from where it rests
    wait(page, f"{ENDED} && live.step === live.last && live.last < 200")
    at = ask(page, "live.last")
    page.wait_for_url(re.compile(r"moves=r\d+\.d1"))
    press(page, "go_on")
    wait(page, f"{ENDED} && live.last === {at + 200}")
    steps = ask(page, "Array.from(live.scene.runs.a.step)")
    assert steps == sorted(set(steps)) and steps[0] == 0
    page.locator("input[aria-label=Step]").press("Home")
    page.locator("input[aria-label=Step]").press("ArrowRight")
    page.wait_for_url(re.compile(r"at=1\b"))
    press(page, "branch")
    wait(page, f"live.scene.runs.before && {ENDED}")
    page.locator(".st-key-game_loss").get_by_role("combobox").click()
    page.get_by_role("option", name="hinge").click()
    wait(page, f"{ENDED} && live.scene.equations[0].includes('max(0')")
    page.wait_for_url(re.compile("branch=1~"))
    assert download(page, "Points").suggested_filename == "points.csv"


def test_a_long_game_grows_without_gaps_and_stops(open_page):
    page = open_page("generative-networks?rounds=20000&game_batch=20")
    wait(page, "live.last > 300", 60)
    steps, n_samples = ask(page, "[Array.from(live.scene.runs.a.step), live.scene.runs.a.sample_x.length]")
    gaps = [after - before for before, after in pairwise(steps)]
    assert steps[0] == 0 and min(gaps) > 0 and max(gaps) <= 100  # a snapshot every 100 rounds
    assert n_samples == 256 * len(steps)
    press(page, "stop")
    wait(page, ENDED)
    expect(page.locator("p.note").first).to_contain_text("steps G makes")


def test_a_preset_asks_and_waits_for_play(game):
    page = game()
    page.get_by_role("button", name="Round and round").click()
    wait(page, "live.step === 0 && live.scene.equations[0].includes('λP')")
    expect(page.get_by_text("Will the cloud come to rest?").first).to_be_visible()


def test_drawing_a_point_begins_another_game(open_page):
    page = open_page(f"generative-networks{SHORT}&plane_data=drawn")
    page.wait_for_selector(".pad canvas")
    wait(page, ENDED, 60)
    token = ask(page, "live.token")
    box = page.locator(".pad canvas").bounding_box()
    page.mouse.click(box["x"] + 0.62 * box["width"], box["y"] + 0.45 * box["height"])
    wait(page, f"live.token !== '{token}' && live.scene.stats[0].text.endsWith('of 25')")
    wait(page, ENDED, 60)


@pytest.mark.parametrize(("scheme", "phone"), [("dark", True)])
def test_the_best_d_on_a_phone(open_page, scheme, phone):
    page = open_page("generative-networks?gan_part=best&best_steps=100", scheme, phone)
    wait(page, ENDED, 60)
    assert all(count > 3 for count in inks(page))
    assert page.evaluate("document.scrollingElement.scrollWidth <= document.scrollingElement.clientWidth + 1")
