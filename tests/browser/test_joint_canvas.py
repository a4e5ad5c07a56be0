"""The joint canvas in Chromium: pointer, keys and touch; always the same joints, and the circles follow them."""

import pytest
from playwright.sync_api import expect

from tests.browser.pads import Pad, opener, served, swipe

START = [[100, 100], [200, 100], [300, 200]]


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """Serve joint_canvas_demo.py and return its address."""
    with served("joint_canvas_demo.py", tmp_path_factory.mktemp("demo")) as url:
        yield url


@pytest.fixture
def open_pad(demo, context_of):
    """Return a function (query, phone, scheme) → the canvas."""
    with opener(Joints, demo, context_of) as start:
        yield start


class Joints(Pad):
    """The canvas of the arm."""

    tolerance = 1.5  # px of the picture, for a pixel of the screen may be more than one

    def circles(self) -> list:
        return self.ask("Array.from(pad.scene.layers.find((l) => l.type === 'circles').x)")

    def expect_chosen(self, i: int) -> None:
        expect(self.page.get_by_text(f"chosen {i} moving False")).to_be_visible()


def test_a_drag_moves_one_joint_reports_on_the_way_and_chooses_it(open_pad):
    pad = open_pad()
    pad.drag((200, 100), (220, 180))
    assert pad.ask("pad.reports") > 1
    pad.page.mouse.up()
    pad.agree([START[0], [220, 180], START[2]])
    pad.expect_chosen(1)
    pad.fresh()
    assert pad.circles() == pytest.approx([joint[0] for joint in pad.settled()], rel=1e-6)
    assert pad.settled()[0] == START[0]  # what nobody touched is the same number still


def test_a_press_chooses_without_moving_and_the_ground_does_nothing(open_pad):
    pad = open_pad()
    pad.click(300, 200)
    pad.expect_chosen(2)
    pad.expect_said("shoulder: x 300, y 200 px.")
    pad.click(50, 250)
    pad.agree(START, 0)
    expect(pad.button("Undo")).to_be_disabled()
    pad.page.mouse.move(*pad.at(100, 100))
    expect(pad.box.locator(".tip")).to_contain_text("hand")


def test_a_joint_stays_on_the_picture(open_pad):
    pad = open_pad()
    x, y = pad.at(400, 0)
    pad.drag((300, 200), (350, 100))
    pad.page.mouse.move(x + 60, y - 20)
    pad.page.mouse.up()
    pad.agree([*START[:2], [400, 0]])


def test_keys_alone(open_pad):
    pad = open_pad()
    pad.canvas.focus()
    press = pad.page.keyboard.press
    press("ArrowRight")  # nothing is chosen yet: this chooses the first
    pad.expect_chosen(0)
    press("Space")
    pad.expect_chosen(1)
    press("Shift+Space")
    press("Shift+Space")
    pad.expect_chosen(2)
    for key in ("ArrowLeft", "ArrowUp", "Shift+ArrowUp"):
        press(key)
    press("Enter")
    pad.agree([*START[:2], [298.5, 183.5]], 0.01)  # a half per cent of 300 px, ten times as much with Shift
    pad.expect_chosen(2)
    press("Delete")
    pad.expect_said("A joint can be moved, not deleted.")
    press("ArrowDown")
    press("Escape")
    pad.agree([*START[:2], [298.5, 183.5]], 0.01)
    press("Control+z")
    pad.agree(START, 0)


def test_keys_that_are_faster_than_the_reports(open_pad):
    pad = open_pad()
    pad.click(200, 100)
    pad.expect_chosen(1)
    pad.fresh()
    back = "pad.canvas.dispatchEvent(new KeyboardEvent('keydown', {key: ' ', shiftKey: true, bubbles: true}))"
    just_answered = "pad.sentAt = performance.now()"  # so that what comes now waits before it is reported
    pad.ask(f"({just_answered}, {back}, {back})")
    pad.expect_chosen(2)  # from 1 to 0 to 2


def test_undo_and_start_again(open_pad):
    pad = open_pad()
    expect(pad.button("Start again")).to_be_disabled()
    for x in (120, 140):
        pad.drag((x - 20, 100), (x, 100))
        pad.page.mouse.up()
    pad.agree([[140, 100], *START[1:]])
    pad.button("Undo").click()
    pad.agree([[120, 100], *START[1:]])
    pad.button("Start again").click()
    pad.agree(START, 0)
    expect(pad.button("Start again")).to_be_disabled()
    pad.button("Undo").click()
    pad.agree([[120, 100], *START[1:]])


def test_a_new_revision_replaces_the_joints(open_pad):
    pad = open_pad()
    pad.page.get_by_role("button", name="Preset").click()
    pad.agree([[x + 50, y + 50] for x, y in START], 0)
    pad.button("Start again").click()
    pad.agree(START, 0)


def test_a_finger(open_pad):
    pad = open_pad(phone=True)
    (x, y), (to_x, to_y) = pad.at(200, 100), pad.at(220, 160)
    swipe(pad, (x + 10, y + 8), (to_x + 10, to_y + 8))  # a finger beside the joint still holds it
    pad.agree([START[0], [220, 160], START[2]], 3)
    pad.expect_chosen(1)
