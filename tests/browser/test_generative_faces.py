"""A visitor chooses a face and drags the ring over a plane of z, in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from engine.weights import registry, state
from tests.browser.conftest import settle

HERE = {one.name for one in registry.all_weights() if state(one) == "bundled"}
pytestmark = pytest.mark.skipif(
    not {"DCGAN_AVATARS_V1", "VAE_AVATARS_V1"} <= HERE, reason="the networks for faces are not in the box yet"
)


@pytest.mark.parametrize(("scheme", "phone"), [("light", False), ("dark", True)])
def test_a_face_is_chosen_and_steered(open_page, scheme, phone):
    page = open_page("generative-networks?gan_part=faces&n_faces=8", scheme, phone)
    tile = page.get_by_role("radio", name="Face 3:")
    tile.click()
    expect(page.get_by_text("Face 3", exact=True)).to_be_visible()
    expect(tile).to_be_checked()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_text("Face 4", exact=True)).to_be_visible()
    settle(page)
    page.get_by_role("button", name="Steer this face").click()
    expect(page.get_by_text("Steered", exact=True)).to_be_visible(timeout=60_000)


def test_the_ring_is_dragged_and_the_face_follows(open_page):
    page = open_page("generative-networks?gan_part=faces&faces_view=plane&face_network=vae&plane_cells=3")
    plane = page.locator("canvas.plane")
    box = plane.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.75 * box["width"], box["y"] + 0.25 * box["height"], steps=8)
    page.mouse.up()
    expect(page.get_by_text("G(z) at (1.50, 1.50)")).to_be_visible()
    plane.press("ArrowLeft")
    expect(page.get_by_text("G(z) at (1.38, 1.50)")).to_be_visible()
