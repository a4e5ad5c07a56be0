"""The table of methods of separation that a visitor can choose from.

Importing this module imports no torch: a page lists the methods before any is made. A method with weights of its own is
one row: its declaration, and the module whose `separator` takes the loaded network. The networks of our own have a row
as soon as `declarations.OF_SONGS` names their files.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING

from engine.source_separation import declarations
from engine.weights import Weights, load, state
from engine.weights.model_table import Model, ModelTable

if TYPE_CHECKING:
    import torch

    from engine.source_separation.separator import Separator

MEDIAN_FILTERING = "MEDIAN_FILTERING"
OWN = "DEMUCS_SONGS_V1"
BEST = "HDEMUCS_HIGH_MUSDB_PLUS"
FOR_SPEECH = "GTCRN_DNS3"

Make = Callable[["torch.device | str | None"], "Separator"]


def _with(module: str, weights: Weights) -> Make:
    def make(device: torch.device | str | None = None) -> Separator:
        return import_module(f"engine.source_separation.{module}").separator(load(weights, device))

    return make


def _median_filtering(device: torch.device | str | None = None) -> Separator:
    from engine.source_separation.median_filtering import separator

    return separator()


_OF_SONGS = {  # weights → title, sentence, module
    "WAVE_U_NET_SONGS_V1": (
        "Wave-U-Net",
        "Our own U-Net on the waveform, with 1.5 million numbers, trained on the songs world.",
        "wave_u_net",
    ),
    "DEMUCS_SONGS_V1": (
        "Demucs",
        "Our own encoder, bidirectional LSTM and decoder on the waveform, with 5.7 million numbers.",
        "demucs",
    ),
}


def of_songs(weights: Weights) -> Model:
    """Return the row of a network of our own."""
    title, sentence, module = _OF_SONGS[weights.name]
    return Model(weights.name, title, sentence, weights, _with(module, weights))


def is_offered(key: str) -> bool:
    """Whether the method is here or can be fetched: one that should have come with Tangent and did not is neither."""
    weights = get(key).weights
    return weights is None or state(weights) != "missing"


_ROWS = (
    Model(
        MEDIAN_FILTERING,
        "Median filtering",
        "Tells blows from held tones by their lines in the spectrogram; nothing was learned.",
        None,
        _median_filtering,
    ),
    *(of_songs(weights) for weights in declarations.OF_SONGS),
    Model(
        BEST,
        "Hybrid Demucs",
        "torchaudio's official network for drums, bass, other and vocals, with 84 million numbers.",
        declarations.HDEMUCS_HIGH_MUSDB_PLUS,
        _with("hdemucs", declarations.HDEMUCS_HIGH_MUSDB_PLUS),
    ),
    Model(
        FOR_SPEECH,
        "GTCRN",
        "Frees speech from noise with 48 thousand numbers.",
        declarations.GTCRN_DNS3,
        _with("gtcrn", declarations.GTCRN_DNS3),
    ),
)
MODELS = ModelTable(_ROWS)
get, is_here = MODELS.row, MODELS.is_here
