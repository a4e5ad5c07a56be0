"""Try this: where to start with the game on the plane."""

from __future__ import annotations

from pages._ui.presets import Preset

PRESETS = (
    Preset(
        "Eight modes",
        "G begins as one small cloud. Which of the eight modes will it find last, and what lies between them at the end?",
        {},
    ),
    Preset(
        "Mode collapse",
        "G makes five steps for each of D, and D is coarse. How many of the 8 modes will it keep? Will it stay there?",
        {"g_steps": 5, "d_width": 8, "d_rate": 0.002, "g_rate": 0.002},
    ),
    Preset(
        "Its cure",
        "The same G and the same data, WGAN-GP with 3 steps of D a round. Which number says first that it is cured?",
        {"game_loss": "wasserstein", "d_steps": 3, "d_rate": 0.002, "g_rate": 0.002},
    ),
)
