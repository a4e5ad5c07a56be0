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
        {"style_method": "gatys"},
        {**_PAIR, "content": "cat", "style_kind": "stained_glass", "second_style": "none"},
    ),
    Preset(
        "Two at once",
        "Both Gram matrices are averaged. Do the textures lie side by side, or does a third one come of it?",
        {"style_method": "gatys"},
        {**_PAIR, "content": "coffee", "style_kind": "swirls", "second_style": "halftone", "second_share": 0.5},
    ),
    Preset(
        "Only the light",
        "Lightness comes from the style, colour from the photograph. What of the style is then still to be seen?",
        {"style_method": "gatys", "style_colours": "luminance"},
        {**_PAIR, "content": "astronaut", "style_kind": "halftone", "second_style": "none"},
    ),
    Preset(
        "Out of noise",
        "It begins as noise. What will be there first: the colours, the strokes or the cat?",
        {},
        {
            "style_part": "watch",
            "content_source": "sample",
            "content": "cat",
            "style_source": "sample",
            "style_kind": "swirls",
            "watch_start": "noise",
            "watch_levels": 2,
            "watch_steps": 120,
            "_style_branch": "",
        },
    ),
    Preset(
        "Adam against L-BFGS",
        "Adam takes the same 60 steps as L-BFGS. Which has the lower J at step 10, and which at the end?",
        {},
        {
            "style_part": "watch",
            "content_source": "sample",
            "content": "palace",
            "style_source": "sample",
            "style_kind": "swirls",
            "watch_optimiser": "adam",
            "watch_rate": 0.05,
            "watch_steps": 60,
            "watch_levels": 1,
            "watch_start": "content",
            "_style_branch": "1~watch_steps:60~watch_levels:1",
        },
    ),
    Preset(
        "Who goes with whom?",
        "The brightest entry off the diagonal: which two features are they, and where do both of them see something?",
        {},
        {**_PAIR, "style_part": "inside", "inside_view": "gram", "content": "palace", "style_kind": "stained_glass"},
    ),
    Preset(
        "What a layer forgets",
        "From the content of which layer on can you no longer count the petals? And what do the Gram matrices keep?",
        {},
        {**_PAIR, "style_part": "inside", "inside_view": "layers", "content": "flower", "style_kind": "swirls"},
    ),
)
