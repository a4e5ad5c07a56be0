"""A visitor's journey over the pose page, in a real browser."""

from __future__ import annotations

import json

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.canvas import inks, wait
from tests.browser.conftest import download

METRIC = "[data-testid=stMetric]"


def test_a_skeleton_is_there_before_anything_is_touched_and_can_be_taken_away(open_page):
    page = open_page("pose-estimation")
    wait(page, "live.scene.panels.length === 1")
    assert inks(page)[0] > 3
    found = json.loads(download(page, "COCO JSON").path().read_text())
    assert len(found["categories"][0]["keypoints"]) == 17 and len(found["annotations"]) >= 3
    with Image.open(download(page, "Picture").path()) as picture:
        assert picture.size == (640, 480)


def test_another_sample_shows_other_people(open_page):
    page = open_page("pose-estimation?figure=11")
    wait(page, "live.scene.panels.length === 1")
    before = page.evaluate("document.querySelector('canvas').toDataURL().length")
    page.get_by_role("slider", name="Picture").press("ArrowRight")
    page.wait_for_function(
        "before => document.querySelector('canvas')?.toDataURL().length !== before", arg=before, timeout=60_000
    )
    page.wait_for_function("() => location.search.includes('figure=12')", timeout=60_000)


def test_an_upload_that_is_no_picture_gets_a_sentence(open_page):
    page = open_page("pose-estimation?pose_source=picture")
    chooser = page.get_by_test_id("stFileUploaderDropzoneInput").first
    chooser.set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": b"nothing like a picture"})
    expect(page.get_by_test_id("stAlert").filter(has_text="picture").first).to_be_visible(timeout=30_000)


@pytest.mark.parametrize("where", ["pose_part=live", "pose_part=measures", "pose_part=measures&pose_measure=people"])
@pytest.mark.parametrize(("scheme", "phone"), [("light", True), ("dark", False)])
def test_every_part_is_drawn(open_page, where, scheme, phone):
    page = open_page(f"pose-estimation?{where}", scheme, phone)
    expect(page.locator("canvas:visible").first).to_be_visible(timeout=90_000)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1")


def test_the_whole_set_comes_to_its_table(open_page):
    page = open_page("pose-estimation?pose_part=measures&pose_measure=dataset")
    expect(page.get_by_text("average precision at OKS .75")).to_be_visible(timeout=60_000)


@pytest.mark.parametrize("phone", [True, False])
def test_no_bar_of_buttons_covers_a_table_where_nothing_hovers(open_page, phone):
    page = open_page("pose-estimation?pose_part=measures&pose_measure=people", "light", phone)
    expect(page.get_by_test_id("stDataFrame").first).to_be_visible(timeout=60_000)
    bar = page.get_by_test_id("stElementToolbar").first
    expect(bar).to_be_attached()
    shown = "bar => getComputedStyle(bar).display !== 'none'"
    assert bar.evaluate(shown) is not phone


def test_the_camera_streams_poses_and_freezes_to_be_looked_into(open_page):
    page = open_page("pose-estimation?pose_source=camera&pose_model=CPM_FIGURES_V1")
    camera = page.frame_locator("iframe").first
    camera.get_by_role("button", name="Start the camera").click()
    expect(page.locator(METRIC).filter(has_text="poses")).not_to_contain_text("0.0 /s", timeout=60_000)
    expect(page.locator(METRIC).filter(has_text="latency")).to_contain_text("ms")
    before = camera.locator("video").evaluate("v => v.getVideoPlaybackQuality().totalVideoFrames")
    page.get_by_role("slider", name="Joint confidence").press("ArrowRight")
    page.wait_for_timeout(2500)  # a page with a stream never comes to rest
    assert camera.locator("video").evaluate("v => v.getVideoPlaybackQuality().totalVideoFrames") > before
    page.get_by_role("button", name="Freeze this frame").click()
    expect(page.get_by_text("to look inside it")).to_be_visible(timeout=30_000)
    page.get_by_role("radio", name="Four methods").click()
    expect(page.locator("canvas:visible").first).to_be_visible(timeout=60_000)
