"""A visitor's journey over the style page, in a real browser."""

from __future__ import annotations

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.conftest import download

SMALL = "style_method=gatys&style_preview_px=96&style_preview_steps=10"
ROOTS = "[...document.querySelectorAll('[data-testid=stBidiComponentIsolated]')].map((e) => e.shadowRoot)"


def until(page, name, condition, timeout_s=90):
    """Wait until a condition on the component kept as `name` of its shadow root holds."""
    find = f"{ROOTS}.map((root) => root && root.{name}).find((one) => one)"
    page.wait_for_function(
        f"() => {{ const it = {find}; return Boolean(it && ({condition})); }}", timeout=timeout_s * 1000
    )


def ask(page, name, expression):
    return page.evaluate(
        f"() => {{ const it = {ROOTS}.map((r) => r && r.{name}).find((one) => one); return {expression}; }}"
    )


def test_a_style_is_chosen_masked_wiped_and_taken_away(open_page):
    page = open_page(f"style-transfer?{SMALL}")
    until(page, "wipe", "it.bitmaps.after")
    page.get_by_role("radio", name="Halftone").click()
    page.wait_for_function("() => location.search.includes('style_kind=halftone')", timeout=60_000)
    expect(page.get_by_role("button", name="Picture", exact=True)).to_be_visible(timeout=90_000)
    page.locator(".wipe canvas").scroll_into_view_if_needed()
    box = page.locator(".wipe canvas").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 3)
    assert ask(page, "wipe", "it.share") == pytest.approx(0.5, abs=0.02)
    page.get_by_text("Paint a mask", exact=True).click()
    until(page, "pad", "it.frame")
    page.locator(".pad canvas").scroll_into_view_if_needed()
    box = page.locator(".pad canvas").bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + box["height"] / 2, steps=6)
    page.mouse.up()
    page.wait_for_function("() => location.search.includes('style_mask=')", timeout=60_000)
    expect(page.get_by_role("button", name="Picture", exact=True)).to_be_visible(timeout=90_000)
    with Image.open(download(page, "Picture").path()) as picture:
        assert (
            picture.size == (96, 64) and "style_mask" not in picture.text and "mask" in picture.text["Tangent settings"]
        )


def test_an_upload_that_is_no_picture_gets_a_sentence(open_page):
    page = open_page(f"style-transfer?{SMALL}&content_source=picture")
    chooser = page.get_by_test_id("stFileUploaderDropzoneInput").first
    chooser.set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": b"nothing like a picture"})
    expect(page.get_by_test_id("stAlert").filter(has_text="picture").first).to_be_visible(timeout=60_000)


def test_a_run_is_watched_scrubbed_and_branched(open_page):
    page = open_page("style-transfer?style_part=watch&watch_px=96&watch_steps=12")
    until(page, "live", "it.last === 12 && it.scene.panels.length === 2 && !it.scene.player.growing")
    shot = "document.querySelector('canvas') && 1"
    assert page.evaluate(f"() => {ROOTS}.length > 0 || {shot}")
    before = ask(page, "live", "it.root.querySelector('canvas').toDataURL()")
    page.get_by_role("button", name="Rewind to the start").click()
    page.wait_for_function(
        f"(before) => {{ const it = {ROOTS}.map((r) => r && r.live).find((one) => one); "
        "return it.step === 0 && it.root.querySelector('canvas').toDataURL() !== before; }",
        arg=before,
        timeout=60_000,
    )
    for _ in range(5):
        page.get_by_role("button", name="One step forward").click()
    page.get_by_role("button", name="Branch", exact=True).click()
    until(page, "live", "it.scene.panels.length === 3")
    page.wait_for_function("() => location.search.includes('watch_branch=')", timeout=60_000)


def test_an_entry_of_the_gram_matrix_is_pointed_at(open_page):
    page = open_page(f"style-transfer?style_part=inside&{SMALL}")
    until(page, "gram", "it.n > 0")
    box = page.locator(".gram canvas.matrix").first.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.51, box["y"] + box["height"] * 0.26)
    assert ask(page, "gram", "[it.i, it.j]") == [8, 16]
    page.locator(".gram canvas.matrix").first.press("ArrowDown")
    assert ask(page, "gram", "it.i") == 9
    expect(page.locator(".gram .entry")).to_contain_text("features")


@pytest.mark.parametrize("part", ["transfer", "watch", "live", "inside", "measured"])
@pytest.mark.parametrize(("scheme", "phone"), [("light", True), ("dark", False)])
def test_every_part_is_drawn(open_page, part, scheme, phone):
    page = open_page(f"style-transfer?style_part={part}&{SMALL}&watch_px=96&watch_steps=4", scheme, phone)
    shown = {
        "live": page.get_by_text("none of their files").or_(page.locator("iframe")),
        "measured": page.get_by_text("Judged by"),
    }
    expect(shown.get(part, page.locator("canvas:visible")).first).to_be_visible(timeout=120_000)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1")
