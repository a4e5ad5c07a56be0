"""The table of recognisers: two ways, two tasks.

Importing this module imports no torch: a page lists the models before any is made.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from engine.errors import InvalidInput, constraint
from engine.sound_recognition import declarations
from engine.weights import Weights, load
from engine.weights.model_table import Model, ModelTable

if TYPE_CHECKING:
    import torch

    from engine.sound_recognition.recogniser import Recogniser

DIGITS, INSTRUMENTS = "digits", "instruments"
TASKS = {DIGITS: "Spoken digits", INSTRUMENTS: "Instruments"}
WAYS = {"mel": "Mel CNN", "waveform": "M5"}
SENTENCES = {
    "mel": "A 2-D network on the mel spectrogram: what is known of hearing is built in.",
    "waveform": "A 1-D network on the raw waveform: it learns its own filters, end to end.",
}
_WEIGHTS: dict[tuple[str, str], Weights] = {
    (DIGITS, "mel"): declarations.MEL_CNN_DIGITS_V1,
    (DIGITS, "waveform"): declarations.M5_DIGITS_V1,
    (INSTRUMENTS, "mel"): declarations.MEL_CNN_INSTRUMENTS_V1,
    (INSTRUMENTS, "waveform"): declarations.M5_INSTRUMENTS_V1,
}


def labels_of(task: str) -> tuple[str, ...]:
    """Return the classes of a task, the last of which is none of the others.

    Raises:
        InvalidInput: there is no such task.
    """
    if task == DIGITS:
        from engine.datasets.spoken_digits.words import LABELS
    elif task == INSTRUMENTS:
        from engine.datasets.instrument_notes.families import LABELS
    else:
        raise InvalidInput(constraint("task", f"one of {', '.join(TASKS)}", task))
    return LABELS


def _making(task: str, way: str, weights: Weights) -> Callable[[torch.device | str | None], Recogniser]:
    def make(device: torch.device | str | None = None) -> Recogniser:
        from engine.sound_recognition.recogniser import Recogniser

        return Recogniser(weights.name, WAYS[way], load(weights, device), labels_of(task))

    return make


MODELS = ModelTable(
    Model(weights.name, WAYS[way], SENTENCES[way], weights, _making(task, way, weights))
    for (task, way), weights in _WEIGHTS.items()
)
get, is_here = MODELS.row, MODELS.is_here


def both(task: str) -> tuple[Model, Model]:
    """Return the rows of a task: with domain knowledge, and end to end.

    Raises:
        InvalidInput: there is no such task.
    """
    if task not in TASKS:
        raise InvalidInput(constraint("task", f"one of {', '.join(TASKS)}", task))
    return tuple(MODELS[_WEIGHTS[task, way].name] for way in WAYS)
