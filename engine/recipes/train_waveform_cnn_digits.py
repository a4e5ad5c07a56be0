"""Train M5 on spoken digits.

`python -m engine.recipes.train_waveform_cnn_digits --pool POOL --out FILE.safetensors --folder CHECKPOINTS`

The pool is drawn by `python -m engine.recipes.spoken_digit_pool`. At the end the accuracy is measured on held-out
voices.
"""

from __future__ import annotations

from engine.datasets.recording import Clips, Recording
from engine.datasets.spoken_digits import Batches
from engine.recipes.sound_training import read_command_line, train_recogniser
from engine.recipes.spoken_digit_pool import HELD_OUT_SEED, pool_file
from engine.recipes.training import Training
from engine.sound_recognition.shapes import m5_digits

DEFAULT = Training(steps=1300, batch_size=32, learning_rate=4e-3, averaging=0.99, schedule="plateau", weight_decay=0.02)


def main() -> None:
    """Read the command line, train, write the weights, say how good they are."""
    chosen = read_command_line("Train M5 on spoken digits.", DEFAULT)
    words, held_out = Clips.load(pool_file(chosen.pool)), Clips.load(pool_file(chosen.pool, HELD_OUT_SEED))
    batches, judges = (Batches(clips, Recording()) for clips in (words, held_out))
    train_recogniser("M5", m5_digits, batches, judges, chosen)


if __name__ == "__main__":
    main()
