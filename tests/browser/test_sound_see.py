"""A visitor's journey over "See sound", "Sampling" and "Decibels", in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import download

FIND = "[...document.querySelectorAll('*')].map((e) => e.shadowRoot?.mixer).find(Boolean)"


def ask(page, expression):
    return page.evaluate(f"() => {{ const mixer = {FIND}; return {expression}; }}")


def until(page, expression):
    page.wait_for_function(f"() => {{ const mixer = {FIND}; return mixer && ({expression}); }}", timeout=90_000)


def at(page, key, place_s, share=0.5):
    """Return the pixels of a moment on a panel, from its top to its bottom."""
    box = page.locator(f"canvas[data-key='{key}']").bounding_box()
    f = f"mixer.views['{key}']"
    x, top, bottom = ask(page, f"[{f}.x({place_s}), {f}.top, {f}.bottom]")
    return box["x"] + x, box["y"] + top + share * (bottom - top)


def test_a_region_is_looked_at_played_shared_and_left(open_page):
    page = open_page("sound")
    until(page, "mixer.views.Spectrogram?.sheet")
    lefts = ask(page, "mixer.scene.panels.map((p) => Math.round(mixer.views[p.key].left))")
    assert len(set(lefts)) == 1  # one time axis
    page.mouse.move(*at(page, "Spectrogram", 12.0, 0.9))
    tip = page.locator(".mixer .tip")
    expect(tip).to_contain_text("level")
    minute, frequency, level = tip.inner_text().split("\n")
    assert minute.startswith("0:12.0") and frequency.startswith("frequency 2.2") and level.endswith(" dB")
    page.mouse.move(*at(page, "Spectrogram", 4.0))
    page.mouse.down()
    page.mouse.move(*at(page, "Spectrogram", 6.0), steps=4)
    page.mouse.up()
    until(page, "mixer.scene.region && mixer.scene.panels.every((p) => p.x.range[0] > 3.9 && p.x.range[1] < 6.1)")
    page.wait_for_function(
        "() => location.search.includes('from_s=') && location.search.includes('to_s=')", timeout=60_000
    )
    link = page.evaluate("location.search")
    page.get_by_role("button", name="Play", exact=True).click()
    until(page, "(mixer.seen = Math.max(mixer.seen || 0, mixer.timeline.now())) > 5.5 && mixer.timeline.now() < 5")
    assert ask(page, "mixer.seen") < 6.1
    page.get_by_role("button", name="Whole sound").click()
    until(page, "!mixer.scene.region && mixer.scene.panels[0].x.range[1] > 20 && !mixer.timeline.loop")
    again = open_page(f"sound{link}")
    until(again, "mixer.views.Spectrogram?.sheet")
    assert ask(again, "mixer.region") == pytest.approx([4, 6], abs=0.1)
    assert ask(again, "mixer.timeline.loop") == ask(again, "mixer.region")
    assert ask(again, "mixer.timeline.now()") == ask(again, "mixer.region[0]")


def test_one_of_three_is_heard(open_page):
    page = open_page("sound?sound_part=sampling&tone_hz=7000")
    until(page, "mixer.scene.one")
    page.get_by_role("button", name="Play", exact=True).click()
    until(page, "mixer.timeline.now() > 0.1")
    loudest = """(() => {
      const { timeline } = mixer, ear = mixer.ear || (mixer.ear = new AnalyserNode(timeline.ctx, { fftSize: 8192 }));
      timeline.master.connect(ear);
      const levels = new Float32Array(ear.frequencyBinCount);
      ear.getFloatFrequencyData(levels);
      const most = Math.max(...levels);
      return most < -70 ? 0 : Math.round(levels.indexOf(most) * timeline.ctx.sampleRate / 8192 / 100) * 100;
    })()"""
    page.get_by_role("button", name="Loop", exact=True).click()
    for name, hz in (("samples left out", 1000), ("before", 7000), ("filtered, then left out", 0)):
        page.get_by_role("radio", name=name, exact=True).click()
        until(page, f"{loudest} === {hz}")
        expect(page.get_by_role("radio", name=name, exact=True)).to_have_attribute("aria-checked", "true")
    page.locator(".mixer").press("1")
    until(page, f"{loudest} === 7000")


def test_what_was_seen_can_be_taken_away(open_page):
    page = open_page("sound?see_picture=mfcc&from_s=2&to_s=4")
    until(page, "mixer.views.MFCC?.sheet")
    assert download(page, "MFCC").path().read_text().startswith("time s,c0,c1")
    assert download(page, "Picture").path().read_bytes()[:4] == b"\x89PNG"


def test_a_file_that_is_no_sound_gets_a_sentence(open_page):
    page = open_page("sound?sound_source=upload")
    chooser = page.get_by_test_id("stFileUploaderDropzoneInput").first
    chooser.set_input_files({"name": "a.wav", "mimeType": "audio/wav", "buffer": b"nothing like a sound"})
    expect(page.get_by_test_id("stAlert").filter(has_text="a.wav").first).to_be_visible(timeout=60_000)


@pytest.mark.parametrize(
    "where",
    ["see_picture=mel", "sound_part=sampling&sampled=rising", "sound_part=decibels", "sound_part=decibels&changed=sum"],
)
@pytest.mark.parametrize(("scheme", "phone"), [("light", True), ("dark", False)])
def test_every_part_is_drawn(open_page, where, scheme, phone):
    page = open_page(f"sound?{where}", scheme, phone)
    expect(page.locator("canvas:visible").first).to_be_visible(timeout=90_000)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1")


def test_keys_set_a_region_at_the_playhead(open_page):
    page = open_page("sound")
    until(page, "mixer.views.Spectrogram?.sheet")
    ask(page, "mixer.timeline.seek(5)")
    page.locator(".mixer").press("[")
    until(page, "mixer.scene.region && mixer.scene.region[0] === 5")
    ask(page, "mixer.timeline.seek(7.5)")
    page.locator(".mixer").press("]")
    until(page, "mixer.scene.region && mixer.scene.region[1] === 7.5")
    assert ask(page, "mixer.scene.region") == [5, 7.5]
    page.locator(".mixer").press("Escape")
    until(page, "!mixer.scene.region")
