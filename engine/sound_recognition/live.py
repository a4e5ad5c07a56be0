"""What a microphone hears, a second at a time, several times a second.

A word is noted when one answer names it with a probability of at least `VERY_SURE`, or two answers in a row with at
least `SURE`; it is noted again only after an answer that does not.

Conventions: sound comes as 16-bit little-endian samples, mono, at `SENT_HZ`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from engine.errors import InvalidInput, constraint
from engine.sound_recognition.listening import is_silent
from engine.sound_recognition.recogniser import Recogniser
from engine.sound_recognition.spans import SURE

SENT_HZ = 16_000
MOST_SAMPLES = 2 * SENT_HZ
N_WORDS = 12
VERY_SURE = 0.85


@dataclass(frozen=True, eq=False)
class Answer:
    """What came of one second.

    Attributes:
        probabilities: key of a network → (classes,).
        milliseconds: key → how long it took.
        is_silent: whether nothing was to be heard.
        words: key → the numbers of the classes noted so far, the last 12.
    """

    probabilities: Mapping[str, Tensor]
    milliseconds: Mapping[str, float]
    is_silent: bool
    words: Mapping[str, tuple[int, ...]]


class Ear:
    """Listens with several networks, and keeps the words that each has understood."""

    def __init__(self, recognisers: Sequence[Recogniser]) -> None:
        """Start with no words."""
        self.recognisers = tuple(recognisers)
        self._words = {one.key: deque(maxlen=N_WORDS) for one in recognisers}
        self._before: dict[str, int | None] = {one.key: None for one in recognisers}
        self._noted: dict[str, int | None] = {one.key: None for one in recognisers}

    def hear(self, pcm: bytes) -> Answer:
        """Return what a second of sound is.

        Raises:
            InvalidInput: no samples, more than two seconds, or half a sample.
        """
        waveform = decoded(pcm)
        silent, probabilities, took = is_silent(waveform), {}, {}
        for one in self.recognisers:
            window = one.window(waveform, SENT_HZ, waveform.shape[1] / SENT_HZ / 2)
            probabilities[one.key], took[one.key] = one.timed(window)
            self._note(one, probabilities[one.key], silent)
        return Answer(probabilities, took, silent, {key: tuple(words) for key, words in self._words.items()})

    def _note(self, one: Recogniser, probabilities: Tensor, silent: bool) -> None:
        best = int(probabilities.argmax())
        other = len(one.labels) - 1
        said = None if silent or best == other or probabilities[best] < SURE else best
        is_certain = said == self._before[one.key] or probabilities[best] >= VERY_SURE
        if said is not None and is_certain and said != self._noted[one.key]:
            self._words[one.key].append(said)
            self._noted[one.key] = said
        if said != self._noted[one.key]:
            self._noted[one.key] = None
        self._before[one.key] = said


def decoded(pcm: bytes) -> Tensor:
    """Return 16-bit samples as a waveform (1, T) in [−1, 1).

    Raises:
        InvalidInput: no samples, more than two seconds, or half a sample.
    """
    if not 2 <= len(pcm) <= 2 * MOST_SAMPLES or len(pcm) % 2:
        advice = "Start the microphone again."
        raise InvalidInput(constraint("The sound", "1 to 32000 samples of 16 bits", f"{len(pcm)} bytes", advice))
    return torch.from_numpy(np.frombuffer(pcm, "<i2").astype(np.float32) / 32768)[None]
