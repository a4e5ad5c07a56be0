"""The mixer in Chromium: time, seeking, regions and loops, faders, keys, and pieces that come while it plays."""

import json
import time

import pytest
from playwright.sync_api import expect

from tests.browser.pads import opener, served


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """Serve mixer_demo.py and return its address."""
    with served("mixer_demo.py", tmp_path_factory.mktemp("demo")) as url:
        yield url


class Player:
    """The mixer on the page."""

    def __init__(self, page):
        self.page, self.box = page, page.locator(".mixer")

    def ask(self, expression):
        return self.box.evaluate(f"(box) => {{ const mixer = box.getRootNode().mixer; return {expression}; }}")

    def press(self, name):
        self.box.get_by_role("button", name=name, exact=True).click()

    def place(self):
        return self.ask("mixer.timeline.now()")

    def until(self, expression):
        self.page.wait_for_function(
            f"() => {{ const mixer = [...document.querySelectorAll('*')].map((e) => e.shadowRoot?.mixer).find(Boolean);"
            f" return mixer && ({expression}); }}",
            timeout=30_000,
        )

    def python(self, expected):
        """Wait until Python has this region and these gains."""
        ends = time.monotonic() + 30
        while (found := json.loads(self.page.get_by_test_id("stCode").inner_text())) != expected:
            assert time.monotonic() < ends, found
            self.page.wait_for_timeout(50)

    def drag(self, start_s, end_s):
        """Choose a region on the panel."""
        left, right, top = self.ask("[mixer.views.level.x(0), mixer.views.level.x(6), mixer.views.level.top]")
        area = self.box.locator("canvas").bounding_box()
        at = lambda s: (area["x"] + left + s / 6 * (right - left), area["y"] + top + 40)  # noqa: E731
        self.page.mouse.move(*at(start_s))
        self.page.mouse.down()
        self.page.mouse.move(*at(end_s), steps=5)
        self.page.mouse.up()

    def tones(self):
        """Return the loudest frequencies that leave the master, in Hz, while it plays."""
        return self.ask(
            """(() => {
              const { timeline } = mixer, hz = timeline.ctx.sampleRate / 8192;
              const ear = mixer.ear || (mixer.ear = new AnalyserNode(timeline.ctx, { fftSize: 8192 }));
              timeline.master.connect(ear);
              const levels = new Float32Array(ear.frequencyBinCount);
              ear.getFloatFrequencyData(levels);
              return [440, 660, 880].filter((f) => levels[Math.round(f / hz)] > -45);
            })()"""
        )


@pytest.fixture
def open_mixer(demo, context_of):
    """Return a function (query, phone, scheme) → the mixer."""
    with opener(Player, demo, context_of, ".mixer canvas") as start:
        yield start


def test_it_plays_over_the_pieces_and_ends(open_mixer):
    player = open_mixer()
    player.press("Play")
    player.until("mixer.timeline.now() > 2.4")  # into the second piece
    player.ask("mixer.timeline.seek(5.5)")
    player.until("!mixer.timeline.playing")
    assert player.place() == pytest.approx(6.0)
    expect(player.page.get_by_text("0:06.0 of 0:06.0")).to_be_visible()


def test_a_region_is_chosen_repeated_and_left(open_mixer):
    player = open_mixer()
    player.drag(1.5, 2.5)  # over the edge of a piece
    start, end = player.ask("mixer.region")
    assert (start, end) == pytest.approx((1.5, 2.5), abs=0.05)
    player.python([[start, end], [1, 1, 1]])
    player.press("Loop")
    player.press("Play")
    player.until("(mixer.seen = Math.max(mixer.seen || 0, mixer.timeline.now())) > 2.3 && mixer.timeline.now() < 1.9")
    assert player.ask("mixer.seen") < 2.6
    player.box.press("Escape")
    player.python([None, [1, 1, 1]])


def test_tracks_are_heard_as_they_are_mixed(open_mixer):
    player = open_mixer()
    player.press("Loop")
    player.press("Play")
    player.until("mixer.timeline.now() > 0.5")
    player.tones()
    for press, heard, gains in (
        (lambda: player.press("Solo high"), [880], [0, 1, 0]),
        (lambda: player.press("Solo high"), [440, 880], [1, 1, 1]),
        (lambda: player.press("Mute high"), [440], [1, 0, 1]),
        (lambda: player.box.press("a"), [660], [1, 0, 1]),
    ):
        press()
        ends = time.monotonic() + 20
        while player.tones() != heard:
            assert time.monotonic() < ends, (player.tones(), heard)
            player.page.wait_for_timeout(100)
        player.python([None, gains])


def test_keys(open_mixer):
    player = open_mixer()
    player.box.focus()
    player.page.keyboard.press("ArrowRight")
    assert player.place() == pytest.approx(5.0)
    player.page.keyboard.press("Home")
    assert player.place() == 0
    player.page.keyboard.press("2")
    player.python([None, [0, 1, 0]])
    player.page.keyboard.press(" ")
    player.until("mixer.timeline.playing && mixer.timeline.now() > 0.2")
    player.page.keyboard.press(" ")
    player.until("!mixer.timeline.playing")


def test_it_waits_for_a_piece_and_goes_on(open_mixer):
    player = open_mixer("?late=1")
    player.ask("mixer.timeline.seek(1.7)")
    player.press("Play")
    player.until("mixer.timeline.waiting")
    expect(player.page.get_by_text("Waiting for the next part")).to_be_visible()
    player.page.get_by_role("button", name="More").click()
    player.until("mixer.timeline.now() > 2.2")


def test_on_a_phone_nothing_sticks_out(open_mixer):
    player = open_mixer(phone=True)
    assert player.page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1")


def test_a_sound_that_is_gone_is_asked_for_five_times_and_said_to_be_gone(open_mixer):
    player = open_mixer("?lost=1")
    player.press("Play")
    player.until("mixer.timeline.failed")
    expect(player.page.get_by_text("it is tried again")).to_be_visible()
    assert player.ask("mixer.timeline.playing")
    expect(player.page.get_by_text("The server has this sound no more")).to_be_visible()
    assert not player.ask("mixer.timeline.playing") and player.ask("mixer.timeline.failed.tries") == 5
    player.press("Play")
    expect(player.page.get_by_text("it is tried again")).to_be_visible()
