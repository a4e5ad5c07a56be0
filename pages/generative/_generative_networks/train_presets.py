"""Try this: where to start with a training of one's own."""

from __future__ import annotations

from pages._ui.presets import Preset

PRESETS = (
    Preset(
        "Faces",
        "A DCGAN on avatars. What comes first: the ground's colour, the head, or the eyes? When does D get sure?",
        {},
    ),
    Preset(
        "Digits by name",
        "A conditional GAN is told which digit to make. After how many steps can you read them?",
        {"train_source": "glyphs", "train_network": "conditional", "train_latent": 16, "train_width": 16},
    ),
    Preset(
        "No penalty",
        "γ = 0: nothing holds D's slope. How soon is D right every time, and what becomes of the pictures?",
        {"train_penalty": 0.0},
    ),
    Preset(
        "A VAE instead",
        "The same faces, but no D: what do the pictures lack that a GAN's have, and what do they have from the start?",
        {"train_network": "vae"},
    ),
    Preset(
        "Your own",
        "Bring 30 pictures or more of one kind. Will it learn them, or learn them by heart?",
        {"train_source": "own"},
    ),
)
