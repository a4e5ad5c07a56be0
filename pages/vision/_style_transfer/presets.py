"""Try this: where to start on the style page."""

from __future__ import annotations

from pages._ui.presets import Preset

_PAIR = {"style_part": "transfer", "content_source": "sample", "style_source": "sample", "style_variant": 0}

PRESETS = (
    Preset(
        "Night over the palace",
        "The roofs are straight, the strokes are round. Which of the two wins at the edges?",
        {},
        {**_PAIR, "content": "palace", "style_kind": "swirls", "second_style": "none"},
    ),
    Preset(
        "A cat of glass",
        "A pane of glass is larger than an eye. Make the style smaller: from which size on does the cat see again?",
        {},
        {**_PAIR, "content": "cat", "style_kind": "stained_glass", "second_style": "none"},
    ),
    Preset(
        "Two at once",
        "Both Gram matrices are averaged. Do the textures lie side by side, or does a third one come of it?",
        {},
        {**_PAIR, "content": "coffee", "style_kind": "swirls", "second_style": "halftone", "second_share": 0.5},
    ),
)
