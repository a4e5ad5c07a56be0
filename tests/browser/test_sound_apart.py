"""A visitor's journey through "Take it apart", in a real browser: choose, take apart, play, solo, save, stop."""

from __future__ import annotations

import base64
import io
import zipfile

import numpy as np
import pytest
import torch
from playwright.sync_api import expect

from engine.io.audio import decode_audio, encode_audio
from engine.runtime.shelf import shelf
from engine.source_separation.mixdown import export_mix
from engine.source_separation.song_job import separate_song
from engine.source_separation.ways import Way
from tests.browser.conftest import ROOT, download

FIND = "[...document.querySelectorAll('*')].map((e) => e.shadowRoot?.mixer).find(Boolean)"
RATE = 44_100
TIMELINE = (ROOT / "pages" / "_ui" / "canvas" / "timeline.js").read_text(encoding="utf-8")
RENDER = """async ({ pieces, levels, n, rate }) => {
    const off = new OfflineAudioContext(2, n + rate, rate), real = window.AudioContext;
    const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer;
    const own = new Timeline(() => {});
    own.load({ pieces, tracks: levels, duration: n / rate, rate }); own.set(levels);
    window.AudioContext = function () { return off; };
    own.open();
    window.AudioContext = real;
    own.next = { time: 0, place: 0 };
    for (const piece of pieces) {
        const sounds = await Promise.all(piece.sounds.map((one) => off.decodeAudioData(bytes(one))));
        own.start(piece, sounds, piece.end);
    }
    const first = Math.round(own.queue[0].time * rate), heard = await off.startRendering();
    const text = (samples) => [...new Uint8Array(samples.buffer)].map((b) => String.fromCharCode(b)).join("");
    return [0, 1].map((k) => btoa(text(heard.getChannelData(k).slice(first, first + n))));
}"""


def ask(page, expression):
    return page.evaluate(f"(() => {{ const mixer = {FIND}; return {expression}; }})()")


def until(page, condition, timeout_s=90):
    script = f"() => {{ const mixer = {FIND}; return Boolean(mixer && mixer.scene && ({condition})); }}"
    page.wait_for_function(script, timeout=timeout_s * 1000)


def whole(page):
    """Wait until all of the song is taken apart."""
    until(page, "mixer.scene.pieces.length && mixer.scene.pieces.at(-1).end >= mixer.scene.duration - 1e-3")
    expect(page.get_by_role("button", name="My mix", exact=True)).to_be_visible(timeout=90_000)


def test_a_song_is_chosen_taken_apart_played_and_saved(open_page, settle):
    page = open_page("sound?sound_part=apart")
    until(page, "mixer.token")
    first = ask(page, "mixer.token")
    page.get_by_role("radio", name="Rock").or_(page.get_by_role("button", name="Rock")).first.click(timeout=90_000)
    page.wait_for_function("() => location.search.includes('song=rock')", timeout=60_000)
    until(page, f"mixer.token !== {first!r} && mixer.scene.pieces.length > 0")  # another song would end what plays
    page.get_by_role("button", name="Play", exact=True).click()
    until(page, "mixer.timeline.playing && mixer.timeline.now() > 0.3")
    whole(page)
    assert ask(page, "mixer.timeline.playing")  # what was computed meanwhile did not interrupt it
    page.get_by_role("button", name="Pause", exact=True).click()
    page.get_by_role("button", name="Solo drums").click()
    page.wait_for_timeout(700)
    settle(page)
    solo, rate = decode_audio(download(page, "My mix").path().read_bytes(), "x")
    with zipfile.ZipFile(io.BytesIO(download(page, "All stems").path().read_bytes())) as archive:
        drums, _ = decode_audio(archive.read("drums.wav"), "x")
    assert rate == 44_100 and torch.equal(solo, drums) and drums.abs().max() > 0.05


@pytest.mark.parametrize("channels", [1, 2])
def test_the_saved_mix_is_what_the_browsers_graph_computes(browser, channels):
    """The mixer's own timeline, rendered offline by Chromium, gives the samples of the file that is saved."""
    chance = torch.Generator().manual_seed(0)
    song = (0.1 * torch.randn(channels, 5 * RATE, generator=chance)).clamp(-0.5, 0.5)
    *_, found = separate_song(Way("MEDIAN_FILTERING"), song, RATE)
    assert len(found.pieces) > 2
    gains, pans = [0.7, 1.4], [-0.6, 0.85]
    coded = lambda name: base64.b64encode(shelf().get(name)).decode()  # noqa: E731
    pieces = [
        {"start": one.start_s, "end": one.end_s, "sounds": [coded(name) for name in one.sounds[:2]]}
        for one in found.pieces
    ]
    levels = [{"gain": gain, "pan": pan} for gain, pan in zip(gains, pans, strict=True)]
    page = browser.new_page()
    page.add_script_tag(content=TIMELINE + "\nwindow.Timeline = Timeline;")
    rendered = page.evaluate(RENDER, {"pieces": pieces, "levels": levels, "n": song.shape[1], "rate": RATE})
    page.close()
    heard = np.stack([np.frombuffer(base64.b64decode(one), np.float32) for one in rendered])
    saved, _ = decode_audio(export_mix(found, gains, pans, "wav"), "x")
    assert np.abs(heard[0] - heard[1]).max() > 0.05  # the pans do something
    np.testing.assert_allclose(heard, saved.numpy(), atol=2**-15)  # a step of 16 bits


def test_a_region_is_dragged_and_taken_apart(open_page):
    page = open_page("sound?sound_part=apart")
    whole(page)
    area = page.locator(".mixer canvas").first.bounding_box()
    y = area["y"] + area["height"] / 2
    page.mouse.move(area["x"] + area["width"] * 0.25, y)
    page.mouse.down()
    page.mouse.move(area["x"] + area["width"] * 0.5, y, steps=5)
    page.mouse.up()
    button = page.get_by_role("button", name="Take 0:0").or_(page.get_by_role("button", name="Take 0:06")).first
    expect(button).to_be_visible(timeout=30_000)
    button.click()
    until(page, "mixer.scene.duration < 6.3")
    whole(page)
    expect(page.get_by_role("button", name="Take the whole apart")).to_be_visible()


def test_a_running_one_is_stopped(open_page):
    slow = "separator=MEDIAN_FILTERING&median_frames=101&median_bins=101&median_window=1024"
    page = open_page(f"sound?sound_part=apart&sound_source=upload&{slow}")
    noise = 0.1 * torch.randn(2, 80 * 44_100, generator=torch.Generator().manual_seed(0)).clamp(-3, 3)
    file = {"name": "long.flac", "mimeType": "audio/flac", "buffer": encode_audio(noise, 44_100, "flac")}
    page.get_by_test_id("stFileUploaderDropzoneInput").first.set_input_files(file)
    until(page, "mixer.scene.pieces.length > 0")
    page.get_by_test_id("stMainBlockContainer").get_by_role("button", name="Stop", exact=True).click()
    expect(page.get_by_text("are taken apart")).to_be_visible(timeout=30_000)
    until(page, "mixer.scene.pieces.length && mixer.scene.pieces.at(-1).end < mixer.scene.duration")
    expect(page.get_by_role("button", name="Start again")).to_be_visible()


@pytest.mark.parametrize("part", ["stems", "measured", "inside", "inside&explained=hdemucs"])
@pytest.mark.parametrize(("scheme", "phone"), [("light", True), ("dark", False)])
def test_every_view_is_drawn(open_page, part, scheme, phone):
    page = open_page(f"sound?sound_part=apart&apart_part={part}", scheme, phone)
    expect(page.locator("canvas:visible").first).to_be_visible(timeout=120_000)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1")
