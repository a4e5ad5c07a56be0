"""Having a word said: a program of its own is started for it, and what it wrote is brought to 16 kHz and trimmed.

espeak-ng (GPL-3), flite (BSD-like) and festival (BSD-like) are called as programs; nothing of them is linked or kept.

Conventions: speech is float32 (T,) at 16 kHz in [−1, 1].
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from engine.datasets.chance import Chance
from engine.datasets.spoken_digits.voices import ESPEAK, FLITE, Voice
from engine.datasets.spoken_digits.words import DIGITS, SPELLED
from engine.errors import EngineError, constraint
from engine.io.audio import decode_audio

SAMPLE_RATE_HZ = 16_000
LONGEST_S = 1.0
FRAME = 80  # samples of 5 ms, in which loudness is judged
QUIET_DB = -38.0  # below the loudest frame: not part of the word
PATIENCE_S = 30.0


@dataclass(frozen=True)
class Manner:
    """How a word is said.

    Attributes:
        pace: 1 is a voice's own; 2 is twice as fast.
        pitch: of the voice's own pitch.
        range: how much the pitch moves, of the voice's own.
    """

    pace: float = 1.0
    pitch: float = 1.0
    range: float = 1.0


def random_manner(chance: Chance) -> Manner:
    """Draw a manner."""
    return Manner(0.75 * 2.6 ** chance.unit(), 0.7 * 2.1 ** chance.unit(), chance.between(0.2, 1.8))


def written(word: int | str, voice: Voice) -> str:
    """Return a digit 0 to 9, or any word, as the voice's language spells its sound."""
    if isinstance(word, str):
        return word
    return DIGITS[word] if voice.language == "en" else SPELLED[voice.language][word]


def say(text: str, voice: Voice, manner: Manner) -> Tensor:
    """Return text as the voice says it.

    Raises:
        EngineError: the program is not installed, or says nothing.
    """
    program = shutil.which(voice.program)
    if program is None:
        raise EngineError(constraint(voice.program, "installed", "none", f"Install the package {voice.program}."))
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "said.wav"
        command, typed = _command(program, text, voice, manner, out)
        ran = subprocess.run(command, input=typed.encode(), capture_output=True, timeout=PATIENCE_S, check=False)
        if ran.returncode or not out.is_file() or out.stat().st_size < 100:
            raise EngineError(constraint(f"What {voice.name} says", "a sound", ran.stderr.decode(errors="replace")))
        sound, _ = decode_audio(out.read_bytes(), out.name, SAMPLE_RATE_HZ, mono=True)
    return trimmed(sound[0])


def trimmed(sound: Tensor) -> Tensor:
    """Return the part of a sound (T,) between its first and last frame that can be heard, at most 1 s of it."""
    n = len(sound) // FRAME * FRAME
    loud = sound[:n].view(-1, FRAME).square().mean(1).sqrt()
    heard = torch.nonzero(loud > loud.max() * 10 ** (QUIET_DB / 20)).flatten()
    if not len(heard):
        return sound[:n]
    start, stop = max(int(heard[0]) - 1, 0) * FRAME, (int(heard[-1]) + 2) * FRAME
    return sound[start : min(stop, start + round(LONGEST_S * SAMPLE_RATE_HZ))]


def _command(program: str, text: str, voice: Voice, manner: Manner, out: Path) -> tuple[list[str], str]:
    """Return the arguments, and what is typed in."""
    if voice.program == ESPEAK:
        pitch, pace = round(min(max(50 * manner.pitch, 0), 99)), round(min(max(170 * manner.pace, 80), 450))
        return [program, "-v", voice.voice, "-p", str(pitch), "-s", str(pace), "-w", str(out), text], ""
    pitch_hz, spread = voice.pitch_hz * manner.pitch, 15 * manner.range
    if voice.program == FLITE:
        said = {"duration_stretch": 1 / manner.pace, "int_f0_target_mean": pitch_hz, "int_f0_target_stddev": spread}
        features = [part for name, value in said.items() for part in ("--setf", f"{name}={value:.3f}")]
        return [program, "-voice", voice.voice, *features, "-t", text, "-o", str(out)], ""
    return [program, "--pipe"], _scheme(text, voice, manner, out)


def _scheme(text: str, voice: Voice, manner: Manner, out: Path) -> str:
    return (
        f"(voice_{voice.voice}) (Parameter.set 'Duration_Stretch {1 / manner.pace:.3f})"
        f"(set! int_lr_params '((target_f0_mean {voice.pitch_hz * manner.pitch:.1f}) "
        f"(target_f0_std {15 * manner.range:.1f}) (model_f0_mean 170) (model_f0_std 34)))"
        f'(set! said (SynthText "{text}")) (utt.save.wave said "{out}" \'riff)'
    )
