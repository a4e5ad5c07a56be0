"""A visitor's journey over the detection page, in a real browser with a camera that Chromium makes up."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from engine.io.video import VideoWriter
from pages._ui.gallery import ROOT
from tests.browser.canvas import inks, wait
from tests.browser.conftest import download, settle

METRIC = "[data-testid=stMetric]"
# all of it: a video that is taken off the page while it loads asks for a file that the server has dropped by then
LOADED = """() => {
  const video = document.querySelector("video");
  return video && video.buffered.length && video.buffered.end(video.buffered.length - 1) > video.duration - 0.1;
}"""


def test_boxes_are_there_before_anything_is_touched_and_can_be_taken_away(open_page):
    page = open_page("object-detection")
    wait(page, "live.scene.panels.length === 1")
    assert inks(page)[0] > 3
    found = json.loads(download(page, "JSON").path().read_text())
    assert {one["label"] for one in found} >= {"tree", "car", "ball", "mug"}
    with Image.open(download(page, "Picture").path()) as picture:
        assert picture.size == (640, 480)


def test_an_upload_is_examined_and_a_wrong_one_gets_a_sentence(open_page):
    page = open_page("object-detection?source=picture&model=HAAR_FACES")
    chooser = page.get_by_test_id("stFileUploaderDropzoneInput").first
    chooser.set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": b"nothing like a picture"})
    expect(page.get_by_test_id("stAlert").filter(has_text="picture").first).to_be_visible(timeout=30_000)
    file = io.BytesIO()
    Image.new("RGB", (200, 100), (200, 180, 40)).save(file, "PNG")
    chooser.set_input_files({"name": "b.png", "mimeType": "image/png", "buffer": file.getvalue()})
    wait(page, "live.scene.panels[0].x.range[1] === 200")


def test_suppression_plays(open_page):
    page = open_page("object-detection?part=xray&confidence=0.2")
    expect(page.get_by_text("Suppression, step by step")).to_be_visible()
    bar = page.locator("button[data-do=forward]").last
    bar.click()
    expect(page.get_by_text("step 1:")).to_be_visible()


@pytest.mark.parametrize("part", ["live", "xray", "measures", "family"])
@pytest.mark.parametrize(("scheme", "phone"), [("light", False), ("dark", True)])
def test_every_part_is_drawn(open_page, part, scheme, phone):
    page = open_page(f"object-detection?part={part}", scheme, phone)
    expect(page.locator("canvas:visible").first).to_be_visible(timeout=90_000)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1")


def test_the_camera_streams_changes_its_model_and_freezes(open_page):
    page = open_page("object-detection?source=camera&model=HAAR_FACES")
    page.frame_locator("iframe").first.get_by_role("button", name="Start the camera").click()
    examined = page.locator(METRIC).filter(has_text="detections")
    expect(examined).not_to_contain_text("0.0 /s", timeout=60_000)
    expect(page.locator(METRIC).filter(has_text="latency")).to_contain_text("ms")
    video = page.frame_locator("iframe").first.locator("video")
    before = video.evaluate("(v) => v.getVideoPlaybackQuality().totalVideoFrames")
    page.get_by_role("slider", name="Confidence").press("ArrowRight")
    settle_for(page)
    assert video.evaluate("(v) => v.getVideoPlaybackQuality().totalVideoFrames") > before  # the stream went on
    page.get_by_role("button", name="Freeze this frame").click()
    expect(page.get_by_text("to look inside it")).to_be_visible(timeout=30_000)
    page.get_by_role("radio", name="X-ray").click()
    expect(page.get_by_text("Suppression, step by step")).to_be_visible(timeout=60_000)


def settle_for(page):
    """Let a stream go on for a moment; its page never comes to rest."""
    page.wait_for_timeout(2500)


def test_a_refused_camera_is_said(open_page, browser, server):
    context = browser.new_context()
    context.add_init_script(
        "navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('refused', 'NotAllowedError'))"
    )
    page = context.new_page()
    page.goto(f"{server.url}/object-detection?source=camera&model=HAAR_FACES")
    settle(page)
    page.frame_locator("iframe").first.get_by_role("button", name="Start the camera").click()
    expect(page.frame_locator("iframe").first.get_by_text("NotAllowedError")).to_be_visible()
    expect(page.get_by_text("Refused by mistake?")).to_be_visible()
    context.close()


def test_a_connection_that_does_not_come_is_explained(open_page, browser, server):
    context = browser.new_context(permissions=["camera"])
    context.add_init_script(  # through TURN servers alone, of which there are none
        """const Real = RTCPeerConnection;
        window.RTCPeerConnection = class extends Real {
          constructor(settings) { super({ ...settings, iceTransportPolicy: 'relay' }); }
        };"""
    )
    page = context.new_page()
    page.goto(f"{server.url}/object-detection?source=camera&model=HAAR_FACES")
    settle(page)
    page.frame_locator("iframe").first.get_by_role("button", name="Start the camera").click()
    expect(page.get_by_text("No connection between this browser and the server")).to_be_visible(timeout=60_000)
    expect(page.get_by_text("Snapshot works without one")).to_be_visible()
    context.close()


def test_a_video_is_annotated(open_page):
    assert (ROOT / "assets/clips/scenes.mp4").is_file()
    page = open_page("object-detection?source=video")
    page.wait_for_function(LOADED)
    page.get_by_role("button", name="Find objects in every frame").click()
    expect(page.get_by_text("boxes in 150 frames")).to_be_visible(timeout=180_000)
    assert download(page, "Video").path().read_bytes()[4:8] == b"ftyp"
    assert download(page, "Table").path().read_text().splitlines()[0].startswith("frame,time_s,label,score")


def test_a_video_is_stopped_and_started_again(open_page):
    with VideoWriter(96, 64, 25) as writer:  # long enough for the button to be met
        for shade in range(2000):
            writer.add(np.full((64, 96, 3), shade % 200, np.uint8))
        clip = writer.finish()
    page = open_page("object-detection?source=video")
    chooser = page.get_by_test_id("stFileUploaderDropzoneInput").first
    chooser.set_input_files({"name": "long.mp4", "mimeType": "video/mp4", "buffer": clip})
    expect(page.get_by_text("long.mp4: 96 × 64 px")).to_be_visible(timeout=30_000)
    page.wait_for_function(LOADED)
    page.get_by_role("button", name="Find objects in every frame").click()
    page.get_by_test_id("stMainBlockContainer").get_by_role("button", name="Stop", exact=True).click(timeout=60_000)
    expect(page.get_by_text("Stopped after")).to_be_visible(timeout=30_000)
    page.get_by_role("button", name="Start again").click()
    expect(page.get_by_text("Stopped after")).to_be_hidden(timeout=30_000)
    expect(
        page.get_by_test_id("stMainBlockContainer")
        .get_by_role("button", name="Stop", exact=True)
        .or_(page.locator("video"))
        .first
    ).to_be_visible()
