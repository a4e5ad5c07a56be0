"""Try this: where to start with the game on the plane."""

from __future__ import annotations

from typing import Any

from pages._ui.presets import Preset

NO_GRADIENT: dict[str, Any] = {
    "plane_data": "blobs",
    "head_start": 500,
    "rounds": 1000,
    "d_rate": 0.002,
    "g_rate": 0.02,
    "g_optimiser": "sgd",
}
CIRCLES: dict[str, Any] = {
    "plane_data": "gaussian",
    "game_loss": "wasserstein",
    "penalty": 0.0,
    "rounds": 500,
    "d_optimiser": "sgd",
    "g_optimiser": "sgd",
    "d_rate": 0.1,
    "g_rate": 0.1,
    "d_depth": 0,
    "g_depth": 0,
}
PRESETS = (
    Preset(
        "Eight modes",
        "G begins as one small cloud. How many of the eight modes will it find, and what lies between them at the end?",
        {},
    ),
    Preset(
        "Mode collapse",
        "G makes three large steps for each small one of D. How many modes will it hold, and for how long the same?",
        {"g_steps": 3, "d_rate": 0.001, "g_rate": 0.005},
    ),
    Preset(
        "Its cure",
        "The same data with WGAN-GP and three steps of D a round. Which number tells first that all modes are held?",
        {"game_loss": "wasserstein", "d_steps": 3, "d_rate": 0.002, "g_rate": 0.002, "game_batch": 100},
    ),
    Preset(
        "Round and round",
        "Both players are linear, and each step is right for the one who makes it. Will the cloud come to rest?",
        CIRCLES,
    ),
    Preset(
        "No gradient",
        "D learns 500 steps before G may move, and the loss is minimax. How long are the arrows then? Will G get away?",
        NO_GRADIENT | {"game_loss": "minimax"},
    ),
    Preset(
        "All of it",
        "The same perfect D and the non-saturating loss. By how many powers of ten is the gradient larger at step 500?",
        NO_GRADIENT,
    ),
    Preset(
        "Draw",
        "A heart of 24 points, and yours to change. Does G go through all of them? Put one far away: is it found?",
        {"plane_data": "drawn", "point_spread": 0.12},
    ),
)
