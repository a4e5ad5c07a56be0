"""The point canvas in Chromium: pointer, keys and touch, and the line that Python fits to follow them."""

import time

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.pads import Pad, opener, scrolled, served, swipe

START = [[1, 2, 0], [3, 3, 0], [5, 6, 0], [7, 7, 0], [9, 10, 0]]


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """Serve point_canvas_demo.py and return its address."""
    with served("point_canvas_demo.py", tmp_path_factory.mktemp("demo")) as url:
        yield url


@pytest.fixture
def open_pad(demo, context_of):
    """Return a function (query, phone, scheme) → the canvas."""
    with opener(Points, demo, context_of) as start:
        yield start


class Points(Pad):
    """The canvas and the line over it."""

    def line(self) -> list:
        return self.ask("Array.from(pad.scene.layers.find((l) => l.type === 'line').y)")


def test_click_adds_a_point_and_the_line_follows(open_pad):
    pad = open_pad()
    expect(pad.canvas).to_have_attribute(
        "aria-label",
        "Points and their line. Points over size (m²) and price (k€). "
        "Arrow keys move a cursor, with Shift in larger steps. Enter adds a point, or picks up and drops "
        "the one under the cursor. Delete removes it, Control Z takes back",
    )
    pad.click(2, 12)
    pad.agree([*START, [2, 12, 0]])
    pad.expect_said("Added size 2, price 12")
    pad.expect_said("6 points.")
    pad.fresh()
    points = np.array(pad.settled())
    np.testing.assert_allclose(pad.line(), np.polyval(np.polyfit(points[:, 0], points[:, 1], 1), [0, 10]), rtol=1e-6)
    assert points[:5].tolist() == START  # what nobody touched is the same number still
    assert all(round(value, 3) == value for value in points[5])  # five digits of the axis


def test_drag_moves_reports_on_the_way_and_at_the_end(open_pad):
    pad = open_pad()
    first, second = pad.at(4, 10), pad.at(6, 0)
    pad.drag((5, 6), (5, 6))
    pad.page.mouse.move(*first)
    pad.page.mouse.move(*second)
    pad.fresh()  # the answer to the first place came while the point was at the second: it must not pull it back
    pad.agree([*START[:2], [6, 0, 0], *START[3:]])  # while it is held
    reports = pad.ask("pad.reports")
    assert reports > 1
    pad.page.mouse.move(*pad.at(7, 1))
    pad.page.mouse.move(*pad.at(7, 2))
    pad.page.mouse.up()
    pad.agree([*START[:2], [7, 2, 0], *START[3:]])
    assert pad.ask("pad.reports") > reports
    pad.fresh()
    points = np.array(pad.settled())
    np.testing.assert_allclose(pad.line(), np.polyval(np.polyfit(points[:, 0], points[:, 1], 1), [0, 10]), rtol=1e-6)


def test_drag_to_the_edge_stays_and_drag_off_the_plot_deletes(open_pad):
    pad = open_pad()
    pad.drag((9, 10), (9, -5))
    x, y = pad.at(9, -5)
    pad.page.mouse.move(x, y + 15)
    pad.page.mouse.up()
    pad.agree([*START[:4], [9, -5, 0]])
    pad.drag((9, -5), (9, 0))
    pad.page.mouse.move(x, y + 35)
    expect(pad.box.locator(".tip")).to_have_text("Let go to delete")
    pad.page.mouse.up()
    pad.agree(START[:4])
    pad.button("Undo").click()
    pad.agree([*START[:4], [9, -5, 0]])


def test_delete_button_and_delete_key(open_pad):
    pad = open_pad()
    pad.button("Delete").click()
    pad.click(2, 12)  # nothing there: adds nothing while the tool is on
    pad.click(5, 6)
    pad.agree(START[:2] + START[3:])
    pad.button("Delete").click()
    pad.click(7, 7)  # select
    pad.expect_said("Point 3 selected.")
    pad.button("Delete").click()
    pad.agree([START[0], START[1], START[4]])
    expect(pad.button("Delete")).to_have_attribute("aria-pressed", "false")
    pad.canvas.focus()
    pad.page.mouse.move(*pad.at(1, 2))
    pad.click(1, 2)
    pad.page.keyboard.press("Backspace")
    pad.agree([START[1], START[4]])


def test_undo_takes_back_one_change_at_a_time(open_pad):
    pad = open_pad()
    expect(pad.button("Undo")).to_be_disabled()
    pad.click(2, 12)
    pad.drag((2, 12), (4, 12))
    pad.page.mouse.up()
    pad.agree([*START, [4, 12, 0]])
    pad.button("Clear").click()
    pad.agree([])
    expect(pad.button("Clear")).to_be_disabled()
    expect(pad.box.locator("output")).to_have_text("0 points")
    pad.button("Undo").click()
    pad.agree([*START, [4, 12, 0]])
    pad.canvas.focus()
    pad.page.keyboard.press("Control+z")
    pad.agree([*START, [2, 12, 0]])
    pad.page.keyboard.press("Control+z")
    pad.agree(START)
    expect(pad.button("Undo")).to_be_disabled()


def test_class_by_button_and_by_number_key(open_pad):
    assert open_pad().box.locator(".classes button").count() == 0
    pad = open_pad("?classes=3")
    pad.button("Class 2").click()
    pad.click(2, 12)
    pad.canvas.focus()
    pad.page.keyboard.press("3")
    expect(pad.button("Class 3")).to_have_attribute("aria-pressed", "true")
    pad.click(4, 12)
    pad.page.keyboard.press("4")  # there is none
    pad.click(6, 12)
    added = [[2, 12, 1], [4, 12, 2], [6, 12, 2]]
    pad.agree([*START, *added])
    pad.click(1, 2)  # select, then change its class
    pad.page.keyboard.press("2")
    pad.agree([[1, 2, 1], *START[1:], *added])
    pad.button("Undo").click()
    pad.agree([*START, *added])


def test_keyboard_alone(open_pad):
    pad = open_pad()
    keys = pad.page.keyboard
    pad.page.get_by_role("button", name="Preset").focus()
    keys.press("Tab")
    assert pad.ask("box.getRootNode().activeElement === pad.canvas")
    keys.press("ArrowDown")  # from the middle (5, 5) by a hundredth: 0.2
    keys.press("Shift+ArrowLeft")  # a tenth: 1
    pad.expect_said("size 4, price 4.8")
    keys.press("Enter")
    pad.agree([*START, [4, 4.8, 0]], tolerance=1e-9)
    pad.expect_said("Added size 4, price 4.8. 6 points.")
    keys.press(" ")
    pad.expect_said("Point 6 picked up.")
    for _ in range(3):
        keys.press("Shift+ArrowRight")
    keys.press("ArrowUp")
    keys.press("Enter")
    pad.agree([*START, [7, 5, 0]], tolerance=1e-9)
    pad.expect_said("Moved to size 7, price 5. 6 points.")
    keys.press("Enter")
    keys.press("Shift+ArrowUp")
    keys.press("Escape")
    pad.expect_said("Put back.")
    pad.agree([*START, [7, 5, 0]], tolerance=1e-9)
    keys.press("Shift+ArrowDown")  # the cursor had gone up with it
    pad.expect_said("on point 6")
    keys.press("Delete")
    pad.agree(START)
    keys.press("Shift+ArrowLeft")
    keys.press("Delete")
    pad.expect_said("No point here. 5 points.")


def test_no_more_than_max_points(open_pad):
    pad = open_pad()
    for x in (2, 4, 6):
        pad.click(x, 12)
    expect(pad.box.locator("output")).to_have_text("8 points, the most")
    pad.click(8, 12)
    pad.expect_said("No more than 8 points. Delete one first. 8 points, the most.")
    pad.agree([*START, [2, 12, 0], [4, 12, 0], [6, 12, 0]])


def test_a_new_revision_replaces_the_points(open_pad):
    pad = open_pad()
    pad.click(2, 12)
    pad.agree([*START, [2, 12, 0]])
    pad.page.get_by_role("button", name="Preset").click()
    pad.agree([[2, 1, 0], [8, 4, 0]])
    expect(pad.button("Undo")).to_be_disabled()
    pad.click(5, 12)
    pad.agree([[2, 1, 0], [8, 4, 0], [5, 12, 0]])


def test_a_lost_report_is_sent_again(open_pad):
    pad = open_pad()
    pad.box.evaluate(
        """(box) => {
          const pad = box.getRootNode().pad, send = pad.args.setStateValue;
          let sent = 0;
          pad.args.setStateValue = (...report) => { if (!sent++) send(...report); };
          pad.enter();
          pad.step([1, 0], 0.2);
          pad.enter();
        }"""
    )
    pad.agree([*START, [5, 5, 0], [7, 5, 0]])


def test_nothing_replaces_the_points_while_one_is_held(open_pad):
    pad = open_pad()
    pad.drag((5, 6), (5, 0))
    pad.page.get_by_role("button", name="Preset").evaluate("(button) => button.click()")
    pad.page.wait_for_function("(box) => box.getRootNode().pad.scene.revision === 1", arg=pad.box.element_handle())
    pad.page.mouse.move(*pad.at(6, 0))
    np.testing.assert_allclose(pad.ask("pad.points"), [*START[:2], [6, 0, 0], *START[3:]], atol=0.03)
    pad.page.mouse.up()
    pad.agree([[2, 1, 0], [8, 4, 0]])


def test_a_preset_that_reaches_python_with_a_report_wins(open_pad):
    pad = open_pad()
    pad.box.evaluate(
        """(box) => {
          const pad = box.getRootNode().pad;
          const preset = [...document.querySelectorAll("button")].find((b) => b.innerText.includes("Preset"));
          pad.step([1, 0], 0.1); pad.report(true);
          preset.click();
          for (let k = 0; k < 5; k++) pad.report(true); // before any answer
        }"""
    )
    pad.agree([[2, 1, 0], [8, 4, 0]])


def test_touch(open_pad):
    pad = open_pad("?classes=2", phone=True)
    pad.page.touchscreen.tap(*pad.at(2, 12))
    expected = [*START, [2, 12, 0]]
    pad.agree(expected, tolerance=0.1)
    x, y = pad.at(2, 12)
    pad.page.touchscreen.tap(x + 14, y + 14)  # 20 px away is still on the point
    pad.expect_said("Point 6 selected.")
    pad.button("Class 2").tap()
    pad.agree([*START, [2, 12, 1]], tolerance=0.1)
    pad.button("Delete").tap()
    pad.agree(START)
    pad.page.touchscreen.tap(x + 26, y)  # selects nothing: adds
    pad.expect_said("6 points.")


def test_a_finger_on_a_point_drags_it_and_elsewhere_scrolls_the_page(open_pad):
    pad = open_pad(phone=True)
    pad.page.add_style_tag(content=".stMainBlockContainer { min-height: 1400px; }")
    swipe(pad, pad.at(5, 6), pad.at(4, -3))
    moved = [*START[:2], [4, -3, 0], *START[3:]]
    pad.agree(moved, tolerance=0.1)
    assert scrolled(pad) == 0
    swipe(pad, pad.at(2, 12), pad.at(6, 12))  # sideways: neither scrolls nor adds
    x, y = pad.at(2, -3)
    swipe(pad, (x, y), (x, y - 120))
    pad.page.wait_for_function("() => [...document.querySelectorAll('*')].some((e) => e.scrollTop > 50)")
    pad.agree(moved, tolerance=0.1)


@pytest.mark.parametrize("query", ["", "?fragment=1"])
def test_the_line_follows_a_dragged_point(open_pad, query):
    """Prints how many newly fitted lines a second are painted during a drag."""
    pad = open_pad(query)
    pad.box.evaluate(
        """(box) => {
          window.answers = new Set();
          const note = new MutationObserver(() => window.answers.add(box.dataset.answered));
          note.observe(box, { attributeFilter: ["data-answered"] });
        }"""
    )
    (left, top), (right, bottom) = pad.at(2, 12), pad.at(8, -2)
    pad.drag((5, 6), (5, 5))
    begin = time.monotonic()
    pad.page.evaluate("() => window.answers.clear()")
    while (elapsed := time.monotonic() - begin) < 3:
        pad.page.mouse.move(
            left + (right - left) * (0.5 + 0.5 * np.sin(3 * elapsed)),
            top + (bottom - top) * (0.5 + 0.5 * np.cos(2 * elapsed)),
        )
        pad.page.wait_for_timeout(8)
    painted = pad.page.evaluate("() => window.answers.size")
    pad.page.mouse.up()
    print(f"\n{query or 'whole page'}: {painted / elapsed:.1f} fitted lines a second")
    assert painted
    pad.fresh()
    points = np.array(pad.settled())
    np.testing.assert_allclose(pad.line(), np.polyval(np.polyfit(points[:, 0], points[:, 1], 1), [0, 10]), rtol=1e-5)


@pytest.mark.parametrize(
    ("unanswered", "trip_ms", "pause_ms"),
    [(0, 100, 60), (0, 900, 60), (1, 100, 60), (1, 200, 90), (1, 900, 1000), (2, 100, 1000)],
)
def test_a_second_report_is_under_way_only_where_answers_are_quick(open_pad, unanswered, trip_ms, pause_ms):
    state = f"Object.create(pad, {{ sent: {{ value: pad.scene.seen + {unanswered} }}, trip: {{ value: {trip_ms} }} }})"
    assert open_pad().ask(f"{state}.pause()") == pytest.approx(pause_ms)
