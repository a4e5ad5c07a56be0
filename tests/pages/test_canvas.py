"""Messages to the canvas, and the one table of colours."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pytest

from pages._ui.canvas import pack
from pages._ui.charts import CIVIDIS, DIVERGING, GROUND, ROLES
from pages._ui.live import axis
from pages._ui.numbers import number
from tests.pages.scenes import unpack

CONFIG = Path(__file__).parents[2] / ".streamlit" / "config.toml"


def test_a_message_comes_back_as_it_was_sent():
    image = np.arange(15, dtype=np.uint8).reshape(3, 5)
    row = np.linspace(-1, 1, 7)
    back = unpack(pack({"a": {"image": image, "deep": [row, "θ", None, True]}, "n": 2.5}))
    assert (back["a"]["image"] == image).all() and back["a"]["image"].dtype == np.uint8
    assert np.allclose(back["a"]["deep"][0], row, atol=1e-7)
    assert back["a"]["deep"][1:] == ["θ", None, True] and back["n"] == 2.5


def test_arrays_begin_on_a_multiple_of_four_bytes():
    message = pack({"odd": np.zeros(3, np.uint8), "after": np.ones(2), "text": "ä"})
    assert len(message) % 4 == 0
    assert (unpack(message)["after"] == 1).all()


def test_a_number_that_json_lacks_is_a_bug_and_not_sent():
    with pytest.raises(ValueError):
        pack({"x": float("nan")})


def test_an_axis_without_extent_is_widened():
    assert axis("x", 2, 2)["range"] == [1.5, 2.5]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_role_stands_out_from_its_ground(role, scheme):
    if role == "contour":
        pytest.skip("drawn on the heat map, not on the ground")
    color = ROLES[role][scheme == "dark"]
    assert _contrast(color, GROUND[scheme]["background"]) >= 3.0


def test_text_meets_wcag_aa_and_the_grounds_are_the_themes():
    theme = tomllib.loads(CONFIG.read_text())["theme"]
    for scheme, ground in GROUND.items():
        assert _contrast(ground["text"], ground["background"]) >= 4.5
        assert theme[scheme]["backgroundColor"].lower() == ground["background"]
        assert theme[scheme]["textColor"].lower() == ground["text"]
        assert theme[scheme]["borderColor"].lower() == ground["line"]
        assert _contrast(theme[scheme]["grayTextColor"], ground["background"]) >= 4.5
        assert _contrast(theme[scheme]["primaryColor"], ground["background"]) >= 4.5


def test_cividis_grows_evenly_in_luminance_and_diverging_is_symmetric_in_it():
    steps = np.diff([_luminance(c) ** (1 / 3) for c in CIVIDIS])
    assert (steps > 0).all()
    for ramp in DIVERGING:
        light = [_luminance(c) for c in ramp]
        middle = len(ramp) // 2
        assert all((light[i] < light[i + 1]) == (light[-1 - i] < light[-2 - i]) for i in range(middle))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (1.5, "1.5"),
        (-0.25, "−0.25"),
        (1e-6, "10⁻⁶"),
        (-1e-6, "−10⁻⁶"),
        (2.5e-7, "2.5×10⁻⁷"),
        (123456, "123456"),
        (1234567, "1.23×10⁶"),
        (0.001, "0.001"),
        (float("nan"), "–"),
        (float("inf"), "–"),
    ],
)
def test_numbers_are_written_as_the_canvas_writes_them(value, text):
    assert number(value) == text


def _luminance(color: str) -> float:
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)
