"""A visitor's journey over the regression page, in a real browser."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from playwright.sync_api import expect

from pages.foundations._regression.view import PARTS
from tests.browser.canvas import ask, inks, press, wait
from tests.browser.conftest import download, settle

CSV = "size,rooms,price\n50,2,150\n60,2,170\n80,3,220\n100,4,260\n120,5,310\n90,3,230\n70,2,190\n"
ALPHA = ".st-key-alpha input[type=range]"


@pytest.fixture
def regression(open_page):
    """Return a function (query, scheme, phone) → the page with its first picture drawn."""

    def open_(query: str = "", scheme: str = "light", phone: bool = False):
        page = open_page(f"regression{query}", scheme, phone)
        wait(page, "!live.scene.player || !live.scene.player.growing")
        return page

    return open_


def test_the_picture_is_there_before_anything_is_touched(regression):
    page = regression()
    assert ask(page, "live.last") == 199 and ask(page, "live.step") == 199
    assert all(count > 3 for count in inks(page))
    expect(page.locator("p.note").first).to_contain_text("Converged at step 199")
    play = page.locator("button[data-do=play]").first.bounding_box()
    heat = page.locator("canvas[data-key=cost]").bounding_box()
    assert play["y"] + play["height"] < 800 and heat["y"] + heat["height"] < 800  # no scrolling at 1280 × 800


def test_play_pause_step_rewind_and_keys(regression):
    page = regression("?step=0")
    assert ask(page, "live.step") == 0
    press(page, "play")
    wait(page, "live.playing && live.step > 5")
    press(page, "play")
    at = ask(page, "live.step")
    assert at == int(at) and not ask(page, "live.playing")
    press(page, "forward")
    assert ask(page, "live.step") == at + 1
    page.locator("input[aria-label=Step]").press("Home")
    assert ask(page, "live.step") == 0
    page.locator("input[aria-label=Step]").press("ArrowRight")
    assert ask(page, "live.step") == 1
    page.wait_for_url(re.compile("step=1$"))
    page.locator("input[aria-label=Step]").press("End")
    page.wait_for_url(re.compile("regression$"))


def test_a_control_changes_the_picture_and_the_link(regression):
    page = regression()
    token = ask(page, "live.token")
    page.locator(ALPHA).press("ArrowRight")
    wait(page, f"live.token !== '{token}' && !live.scene.player.growing")
    assert ask(page, "live.last") == 106
    page.wait_for_url(re.compile(r"alpha=0\.2"))
    again = regression("?alpha=0.2")
    assert ask(again, "live.last") == 106


def test_a_preset_asks_and_waits_for_play(regression):
    page = regression()
    page.get_by_role("button", name="Too fast").click()
    wait(page, "live.scene.note && live.scene.note.bad")
    assert ask(page, "live.step") == 0
    expect(page.get_by_text("Will J fall, stay, or grow?").first).to_be_visible()
    expect(page.locator("p.note").first).to_contain_text("Here α must stay below 0.395")


def test_clicking_the_cost_chooses_the_start(regression):
    page = regression()
    before = ask(page, "[...live.scene.runs.a.theta.slice(0, 2)]")
    box = page.locator("canvas[data-key=cost]").bounding_box()
    page.mouse.click(box["x"] + 0.8 * box["width"], box["y"] + 0.3 * box["height"])
    wait(page, f"live.scene.runs.a.theta[0] !== {before[0]} && live.step === 0")
    page.wait_for_url(re.compile(r"theta0=.*theta1="))


def test_branching_keeps_both_runs_and_survives_its_link(regression):
    page = regression("?alpha=0.02&step=50")
    press(page, "branch")
    wait(page, "live.scene.runs.before && live.scene.runs.a.step[0] === 50")
    page.locator(".st-key-method").get_by_role("combobox").click()
    page.get_by_role("option", name="L-BFGS").click()
    wait(page, "live.scene.note.text.startsWith('Converged')")
    costs = ask(page, "[live.scene.runs.a.cost.at(-1), live.scene.runs.before.cost.at(-1)]")
    assert costs[0] < costs[1]
    settle(page)
    again = regression(page.url.split("regression")[1])
    assert ask(again, "live.scene.runs.a.cost.at(-1)") == costs[0]
    press(again, "unbranch")
    wait(again, "!live.scene.runs.before")


def test_an_upload_is_fitted_and_taken_away(regression, tmp_path):
    page = regression("?degree=1")
    page.locator(".st-key-data").get_by_role("combobox").click()
    page.get_by_role("option", name="your own table").click()
    expect(page.get_by_text("Upload a table with a header row at the left")).to_be_visible()
    table = tmp_path / "homes.csv"
    table.write_text(CSV)
    page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(table)
    expect(page.get_by_text("homes.csv")).to_be_visible()
    settle(page)  # what the table changes would close an open list
    page.locator(".st-key-method").get_by_role("combobox").click()
    page.get_by_role("option", name="normal equation").click()
    wait(page, "live.scene.note && live.scene.note.text.startsWith('Solved')")
    script = tmp_path / "alone" / "regression.py"
    download(page, "Script").save_as(script)
    ran = subprocess.run(
        [sys.executable, "-I", script.name], cwd=script.parent, capture_output=True, text=True, timeout=120
    )
    assert ran.returncode == 0, ran.stderr
    shown = ask(page, "live.scene.runs.a.cost.at(-1)")
    assert any(abs(float(number) - shown) < 1e-5 * shown for number in re.findall(r"\d+\.\d+(?:e-?\d+)?", ran.stdout))


def test_a_file_that_is_no_table_is_refused_in_a_sentence(regression, tmp_path):
    page = regression()
    page.locator(".st-key-data").get_by_role("combobox").click()
    page.get_by_role("option", name="your own table").click()
    picture = tmp_path / "table.csv"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
    page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(picture)
    expect(page.get_by_test_id("stAlert").first).to_be_visible()
    assert page.get_by_test_id("stException").count() == 0


def test_a_dragged_point_moves_the_fit(regression):
    page = regression("?data=drawn&method=normal_equation&validation=0")
    before = ask(page, "live.scene.runs.a.theta.at(-1)")
    canvas = page.locator(".st-key-drawn canvas, canvas").first
    box = canvas.bounding_box()
    page.mouse.move(box["x"] + box["width"] - 60, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 60, box["y"] + 200, steps=8)
    page.mouse.up()
    wait(page, f"live.scene.runs.a.theta.at(-1) < {before}")
    page.wait_for_url(re.compile("points="))


@pytest.mark.parametrize("part", [part for part in PARTS if part != "fit"])
@pytest.mark.parametrize(("scheme", "phone"), [("light", False), ("dark", True)])
def test_every_part_is_drawn(open_page, part, scheme, phone):
    page = open_page(f"regression?part={part}", scheme, phone)
    if part in ("exact", "diagnosis"):
        expect(page.locator(".js-plotly-plot").first).to_be_visible(timeout=60_000)
    else:
        wait(page, "true")
        assert all(count > 3 for count in inks(page))
    if phone:
        assert page.evaluate("document.scrollingElement.scrollWidth <= document.scrollingElement.clientWidth + 1")


def test_on_a_phone_the_picture_comes_before_the_controls(regression):
    page = regression(scheme="dark", phone=True)
    picture, control = (
        page.locator("canvas[data-key=data]").bounding_box(),
        page.locator(".st-key-alpha").bounding_box(),
    )
    assert picture["y"] < control["y"]
    page.locator("button[data-do=play]").first.tap()
    wait(page, "live.playing && live.step > 1")


def test_the_surface_turns_by_keys(regression):
    page = regression("?cost=surface")
    turn = ask(page, "live.view('surface').turn")
    page.locator("canvas[data-key=surface]").press("ArrowRight")
    assert ask(page, "live.view('surface').turn") > turn
