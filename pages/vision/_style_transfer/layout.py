"""The parts of the style page, and what of each stands in the link."""

from __future__ import annotations

from engine.style_transfer.live import LiveSize
from pages._ui.parts import Part, Parts, lay_out
from pages._ui.presets import try_this
from pages.vision._style_transfer import inside_gram, inside_layers, live, measured, transfer, watch
from pages.vision._style_transfer.inside_settings import InSeries, Inside
from pages.vision._style_transfer.live_settings import LiveMethod
from pages.vision._style_transfer.networks import FeatureChoice
from pages.vision._style_transfer.presets import PRESETS
from pages.vision._style_transfer.transfer_settings import Transfer
from pages.vision._style_transfer.view import Pair, View
from pages.vision._style_transfer.watch_settings import Watching

INSIDE = {
    "gram": Part(inside_gram.gram_part, (Pair, Transfer, FeatureChoice)),
    "layers": Part(inside_layers.layers_part, (Pair, InSeries, FeatureChoice)),
    "strip": Part(inside_layers.strip_part, (Pair, InSeries, Transfer, FeatureChoice)),
}
PARTS = {
    "transfer": Part(transfer.transfer_part, (Pair, Transfer, FeatureChoice)),
    "watch": Part(watch.watch_part, (Pair, Watching, FeatureChoice)),
    "live": Part(live.live_part, (Pair, LiveMethod, LiveSize, Transfer)),
    "inside": Parts(Inside, "inside_view", INSIDE),
    "measured": Part(measured.measured_part),
}


def draw() -> None:
    """Draw the page below its title."""
    try_this("style_preset", PRESETS, Transfer, on_choose=lambda: None)
    lay_out(Parts(View, "style_part", PARTS))
