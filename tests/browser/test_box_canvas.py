"""The box canvas in Chromium: pointer, keys and touch, what is drawn, and what Python hears of it."""

import numpy as np
import pytest
from playwright.sync_api import expect

from pages._ui.charts import ROLES
from tests.browser.pads import Pad, opener, scrolled, served, swipe

TRUTH, DETECTION = [20, 30, 80, 90, 0], [110, 40, 170, 100, 1]
START = [TRUTH, DETECTION]


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """Serve box_canvas_demo.py and return its address."""
    with served("box_canvas_demo.py", tmp_path_factory.mktemp("demo")) as url:
        yield url


@pytest.fixture
def open_pad(demo, context_of):
    """Return a function (query, phone, scheme) → the canvas."""
    with opener(Boxes, demo, context_of) as start:
        yield start


class Boxes(Pad):
    """The canvas on the page, addressed in pixels of its picture."""

    tolerance = 0.5

    def pull(self, start: tuple, end: tuple) -> None:
        """Drag from `start` to `end` and let go."""
        self.drag(start, end, steps=4)
        self.page.mouse.up()

    def color(self, x: float, y: float) -> list[int]:
        """Red, green and blue of the pixel drawn at a place of the picture."""
        return self.box.evaluate(
            """async (box, [x, y]) => {
              await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
              const { canvas, frame } = box.getRootNode().pad, ratio = canvas.width / canvas.clientWidth;
              const at = [Math.floor(frame.x(x) * ratio), Math.floor(frame.y(y) * ratio)];
              return [...canvas.getContext("2d").getImageData(...at, 1, 1).data].slice(0, 3);
            }""",
            [x, y],
        )


def rgb(role: str, scheme: str = "light") -> list[int]:
    code = ROLES[role][scheme == "dark"]
    return [int(code[i : i + 2], 16) for i in (1, 3, 5)]


def test_a_drag_on_the_ground_draws_a_box_of_the_current_class(open_pad):
    pad = open_pad()
    expect(pad.canvas).to_have_attribute(
        "aria-label",
        "Two boxes. Boxes on a picture of 200 by 150 pixels. Enter draws a box, Space selects the next. "
        "Arrow keys move the selected box, with Shift they resize it. Delete removes it, Control Z takes back. "
        "1 to 2 set the class",
    )
    pad.pull((90, 110), (30, 140))  # from any corner to the one across
    pad.agree([*START, [30, 110, 90, 140, 0]])
    pad.expect_said("Added box 3: truth")
    pad.click(100, 10)  # on the ground: lets go, draws nothing
    pad.button("detection").click()
    pad.expect_said("detection.")
    pad.pull((90, 5), (130, 25))
    pad.agree([*START, [30, 110, 90, 140, 0], [90, 5, 130, 25, 1]])
    pad.pull((150, 110), (190, 140))
    pad.expect_said("No more than 4 boxes. Delete one first. 4 boxes, the most.")
    pad.agree([*START, [30, 110, 90, 140, 0], [90, 5, 130, 25, 1]])


def test_a_drag_inside_moves_and_stays_on_the_picture(open_pad):
    pad = open_pad()
    pad.drag((50, 60), (60, 70))
    expect(pad.box.locator(".tip")).to_contain_text("60 × 60 px")  # where it is, while it is dragged
    pad.agree([[30, 40, 90, 100, 0], DETECTION])  # and Python knows before it is let go
    pad.page.mouse.move(*pad.at(-40, -40))
    pad.page.mouse.up()
    pad.agree([[0, 0, 60, 60, 0], DETECTION])
    pad.button("Undo").click()
    pad.agree(START)
    expect(pad.button("Undo")).to_be_disabled()


def test_the_layers_follow_a_dragged_box(open_pad):
    pad = open_pad()
    pad.pull((140, 70), (90, 60))
    pad.agree([TRUTH, [60, 30, 120, 90, 1]], tolerance=1)
    pad.fresh()
    corners = pad.ask("['x0', 'y0', 'x1', 'y1'].map((k) => pad.scene.layers[1][k][0])")
    first, second = np.array(pad.settled())
    np.testing.assert_allclose(
        corners, np.r_[np.maximum(first[:2], second[:2]), np.minimum(first[2:4], second[2:4])], rtol=1e-6
    )


HANDLES = [
    ((20, 30), (10, 20), [10, 20, 80, 90]),
    ((50, 30), (70, 10), [20, 10, 80, 90]),
    ((80, 30), (95, 45), [20, 45, 95, 90]),
    ((80, 60), (95, 0), [20, 30, 95, 90]),
    ((80, 90), (300, 300), [20, 30, 200, 150]),  # clamped to the picture
    ((50, 90), (0, 100), [20, 30, 80, 100]),
    ((20, 90), (40, 70), [40, 30, 80, 70]),
    ((20, 60), (150, 60), [76, 30, 80, 90]),  # no thinner than 4 px
]


def test_eight_handles_resize(open_pad):
    pad = open_pad()
    for handle, to, expected in HANDLES:
        pad.click(50, 60)
        pad.pull(handle, to)
        np.testing.assert_allclose(pad.ask("pad.boxes"), [[*expected, 0], DETECTION], atol=0.5)
        pad.ask("pad.undo()")
    pad.agree(START)


def test_a_click_selects_and_the_next_one_what_lies_beneath(open_pad):
    pad = open_pad()
    pad.page.mouse.move(*pad.at(40, 50))
    pad.page.keyboard.down("Shift")  # draws inside a box
    pad.pull((35, 45), (65, 75))
    pad.page.keyboard.up("Shift")
    pad.agree([*START, [35, 45, 65, 75, 0]])
    pad.click(50, 60)
    assert pad.ask("pad.selected") == 0  # the new one was selected: now what lies beneath
    pad.click(50, 60)
    assert pad.ask("pad.selected") == 2
    pad.button("✕ Delete").click()
    pad.agree(START)
    expect(pad.button("✕ Delete")).to_be_disabled()
    pad.click(140, 70)
    pad.page.keyboard.press("1")
    pad.agree([TRUTH, [110, 40, 170, 100, 0]])
    pad.page.keyboard.press("Backspace")
    pad.agree([TRUTH])
    pad.button("Clear").click()
    pad.agree([])
    pad.canvas.focus()  # the button has disabled itself, and with it goes the focus
    pad.page.keyboard.press("Control+z")
    pad.agree([TRUTH])


def test_a_box_that_is_too_small_is_not_kept(open_pad):
    pad = open_pad()
    pad.pull((90, 10), (92, 40))
    pad.expect_said("A box must be at least 4 px wide and high. Drag further. 2 boxes.")
    pad.agree(START)
    expect(pad.button("Undo")).to_be_disabled()


def test_keyboard_alone(open_pad):
    pad = open_pad()
    keys = pad.page.keyboard
    pad.page.get_by_role("button", name="Preset").focus()
    keys.press("Tab")
    assert pad.ask("box.getRootNode().activeElement === pad.canvas")
    keys.press("ArrowRight")
    pad.expect_said("No box is selected. Space selects one, Enter draws one.")
    keys.press(" ")
    pad.expect_said("box 1: truth, x 20 – 80 px, y 30 – 90 px, 60 × 60 px selected.")
    keys.press("Shift+ ")
    keys.press("ArrowRight")
    keys.press("ArrowUp")
    keys.press("Shift+ArrowRight")
    keys.press("Shift+ArrowDown")
    keys.press("Shift+ArrowDown")
    pad.agree([TRUTH, [111, 39, 172, 101, 1]], tolerance=1e-9)
    keys.press("Control+z")
    pad.agree([TRUTH, [111, 39, 172, 100, 1]], tolerance=1e-9)  # one key, one change
    keys.press("Enter")
    pad.agree([TRUTH, [111, 39, 172, 100, 1], [88, 66, 128, 96, 0]], tolerance=1e-9)
    keys.press("2")
    keys.press("ArrowLeft")
    pad.agree([TRUTH, [111, 39, 172, 100, 1], [87, 66, 127, 96, 1]], tolerance=1e-9)
    keys.press("Delete")
    pad.agree([TRUTH, [111, 39, 172, 100, 1]], tolerance=1e-9)
    keys.press("Delete")
    pad.expect_said("No box is selected. 2 boxes.")


def test_escape_puts_a_dragged_box_back(open_pad):
    pad = open_pad()
    pad.drag((50, 60), (70, 80))
    pad.agree([[40, 50, 100, 110, 0], DETECTION])
    pad.ask("pad.escape()")
    pad.page.mouse.up()
    pad.agree(START)
    pad.expect_said("Put back.")


def test_the_score_of_the_selected_box(open_pad):
    pad = open_pad("?scores=1")
    slider = pad.box.locator(".score input")
    expect(slider).not_to_be_visible()
    pad.click(140, 70)
    expect(slider).to_be_visible()
    slider.fill("0.25")
    pad.agree([[*TRUTH, 1.0], [*DETECTION, 0.25]], tolerance=1e-9)
    slider.press("ArrowRight")
    pad.agree([[*TRUTH, 1.0], [*DETECTION, 0.26]], tolerance=1e-9)
    pad.button("Undo").click()
    pad.agree([[*TRUTH, 1.0], [*DETECTION, 0.25]], tolerance=1e-9)
    pad.pull((90, 110), (130, 140))
    pad.agree([[*TRUTH, 1.0], [*DETECTION, 0.25], [90, 110, 130, 140, 0, 0.9]])


def test_a_new_revision_replaces_the_boxes(open_pad):
    pad = open_pad()
    pad.pull((50, 60), (70, 80))
    pad.page.get_by_role("button", name="Preset").click()
    pad.agree([[0, 0, 50, 50, 0]])
    expect(pad.button("Undo")).to_be_disabled()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_picture_and_the_boxes_are_drawn(open_pad, scheme):
    pad = open_pad(scheme=scheme)
    pad.page.wait_for_function("(box) => box.getRootNode().pad.canvas.shown", arg=pad.box.element_handle())
    assert abs(pad.color(95, 130)[0] - (90 + 120 * 95 / 200)) < 8  # the gradient, where nothing lies on it
    assert pad.color(50, 60)[0] < 80  # the disc, below a box's light fill
    assert pad.color(20, 60) == rgb("truth", scheme)
    assert pad.color(170, 70) == rgb("fit", scheme)
    pad.pull((140, 70), (150, 110))
    pad.page.mouse.move(*pad.at(100, 10))
    assert any(
        pad.color(x, 110) == rgb("fit", scheme) for x in np.arange(178, 182.1, 0.25)
    )  # its right edge is here now
    assert pad.color(170, 70)[0] == pytest.approx(pad.color(170, 30)[0], abs=3)  # and left nothing behind


def test_without_a_picture_there_are_axes(open_pad):
    pad = open_pad("?axes=1")
    assert pad.ask("pad.frame.left") > 30 and pad.ask("pad.frame.yTicks.length") >= 3
    assert pad.ask("pad.frame.y(0) < pad.frame.y(150)")
    across, along = pad.ask("[pad.frame.x(100) - pad.frame.x(0), pad.frame.y(100) - pad.frame.y(0)]")
    assert across == pytest.approx(along)


def test_touch(open_pad):
    pad = open_pad("?scores=1", phone=True)
    assert pad.page.evaluate("document.scrollingElement.scrollWidth <= document.scrollingElement.clientWidth + 1")
    pad.page.touchscreen.tap(*pad.at(50, 60))
    pad.expect_said("box 1: truth 1.00")
    swipe(pad, pad.at(50, 60), pad.at(60, 50))
    pad.agree([[30, 20, 90, 80, 0, 1.0], [*DETECTION, 0.5]], tolerance=1)
    x, y = pad.at(90, 80)
    swipe(pad, (x + 10, y + 10), (x + 40, y + 30))  # a finger reaches a corner from some way off
    moved = np.array(pad.settled()[0])
    assert moved[2] > 100 and moved[3] > 90 and moved[0] == pytest.approx(30, abs=1)
    pad.button("detection").tap()
    swipe(pad, pad.at(150, 145), pad.at(195, 115))
    pad.button("Clear").tap()
    pad.agree([])
    swipe(pad, pad.at(100, 40), pad.at(150, 90))
    pad.agree([[100, 40, 150, 90, 1, 0.9]], tolerance=1)


def test_a_finger_on_the_picture_draws_and_beside_it_scrolls(open_pad):
    pad = open_pad(phone=True)
    pad.page.add_style_tag(content=".stMainBlockContainer { min-height: 1400px; }")
    swipe(pad, pad.at(95, 140), pad.at(105, 20))
    pad.agree([*START, [95, 20, 105, 140, 0]], tolerance=1)
    assert scrolled(pad) == 0
    hint = pad.box.locator(".hint").bounding_box()
    swipe(pad, (200, hint["y"] + 8), (200, hint["y"] - 150))
    pad.page.wait_for_function("() => [...document.querySelectorAll('*')].some((e) => e.scrollTop > 50)")
