"""A visitor's journey through "Recognise", in a real browser whose microphone hears the digits of pi."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

import pytest
import soundfile
from playwright.sync_api import Browser, Error, expect, sync_playwright
from scipy.signal import resample_poly

from engine.datasets.spoken_digits.words import DIGITS
from tests.browser.conftest import CHROMIUM, FLAGS, ROOT, download

LIVE = "sound?sound_part=recognise&rec_source=live"
FIND = "[...document.querySelectorAll('*')].map((e) => e.shadowRoot?.microphone).find(Boolean)"
CLIP = ROOT / "assets" / "audio" / "recognise_pi.ogg"
START, STOP = "Start the microphone", "Stop"


@pytest.fixture(scope="module")
def browser(tmp_path_factory) -> Iterator[Browser]:
    """Chromium, whose microphone plays the bundled digits of pi over and over."""
    samples, rate = soundfile.read(CLIP)
    heard = tmp_path_factory.mktemp("microphone") / "pi.wav"
    soundfile.write(heard, resample_poly(samples, 48_000 // rate, 1), 48_000, subtype="PCM_16")
    with sync_playwright() as playwright:
        flags = [*FLAGS, f"--use-file-for-fake-audio-capture={heard}"]
        try:
            started = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        except Error as error:
            pytest.skip(f"no browser at {CHROMIUM}: {error.message.splitlines()[0]}")
        yield started
        started.close()


def words(page, column=0) -> list[str]:
    return page.locator(".words").nth(column).inner_text().split()


def until(page, condition, timeout_s=90):
    script = f"() => {{ const microphone = {FIND}; return Boolean(microphone && ({condition})); }}"
    page.wait_for_function(script, timeout=timeout_s * 1000)


def test_digits_are_heard_live_and_the_microphone_is_let_go(open_page):
    page = open_page(LIVE)
    page.get_by_role("button", name=START).click()
    expect(page.get_by_text("Listening.")).to_be_visible(timeout=30_000)
    until(page, "microphone.scene.columns[0].words.length >= 3", 180)
    heard = words(page)
    assert set(heard) <= set(DIGITS) and len(set(heard)) > 1
    until(page, "microphone.scene.columns.every((one) => one.probabilities)")
    best = page.locator(".columns section").first.locator("li.best span").first.inner_text()
    assert best in (*DIGITS, "other")
    page.evaluate(f"void (window.track = {FIND}.stream.getTracks()[0])")
    page.get_by_test_id("stMainBlockContainer").get_by_role("button", name=STOP, exact=True).click()
    expect(page.get_by_role("button", name=START)).to_be_visible()
    assert page.evaluate("window.track.readyState") == "ended"


def test_leaving_the_page_lets_the_microphone_go(open_page, settle):
    page = open_page(LIVE)
    page.get_by_role("button", name=START).click()
    until(page, "microphone.stream && microphone.sent > 0")
    page.evaluate(f"void (window.track = {FIND}.stream.getTracks()[0])")
    page.get_by_test_id("stSidebarNav").get_by_role("link", name="Home").click()
    page.wait_for_function("() => window.track.readyState === 'ended'", timeout=60_000)


@pytest.mark.parametrize(
    ("refusal", "sentence"),
    [
        ("() => Promise.reject(new DOMException('', 'NotAllowedError'))", "The browser refuses the microphone."),
        ("() => Promise.reject(new DOMException('', 'NotFoundError'))", "No microphone answers."),
        ("() => Promise.reject(new DOMException('', 'NotReadableError'))", "Another program holds the microphone."),
        ("undefined", "This browser gives the microphone to https addresses alone."),
    ],
)
def test_a_refused_microphone_is_told_in_a_sentence(open_page, refusal, sentence):
    page = open_page(LIVE)
    page.evaluate(f"void (navigator.mediaDevices.getUserMedia = {refusal})")
    page.get_by_role("button", name=START).click()
    expect(page.get_by_role("status").filter(has_text=sentence)).to_be_visible()
    expect(page.get_by_role("button", name=START)).to_be_visible()


def test_a_file_is_recognised_muted_and_taken_away(open_page, settle):
    page = open_page("sound?sound_part=recognise&rec_source=file")
    expect(page.get_by_text("Bring a sound at the left.")).to_be_visible()
    page.get_by_test_id("stFileUploaderDropzoneInput").first.set_input_files(CLIP)
    expect(page.locator(".st-key-recognise-bars section").first).to_be_visible(timeout=90_000)
    settle(page)
    before = page.locator(".st-key-recognise-bars li").first.locator("span").last.inner_text()
    assert re.fullmatch(r"\d+\.\d %", before)
    page.get_by_text("Mute a part").click()
    settle(page)
    expect(page.get_by_text(re.compile("^Muted: Mel CNN gave"))).to_be_visible()
    taken = download(page, "Over time").path()
    table = list(csv.DictReader(io.StringIO(taken.read_text("utf-8-sig"))))
    assert len(table) > 50 and {"time s", "Mel CNN zero", "M5 other"} <= set(table[0])


@pytest.mark.parametrize("view", ["listen", "filters", "right"])
@pytest.mark.parametrize(("scheme", "phone"), [("light", False), ("dark", True)])
def test_nothing_sticks_out(open_page, view, scheme, phone):
    page = open_page(f"sound?sound_part=recognise&rec_view={view}&rec_task=instruments", scheme, phone)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1")
    expect(page.get_by_role("radio", name="Listen")).to_be_visible()
