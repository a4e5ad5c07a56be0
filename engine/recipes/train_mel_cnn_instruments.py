"""Train Mel CNN on instruments.

`python -m engine.recipes.train_mel_cnn_instruments --pool POOL --out FILE.safetensors --folder CHECKPOINTS`

The pool is drawn by `python -m engine.recipes.instrument_pool`. At the end the accuracy is measured on a font of which
nothing was learned.
"""

from __future__ import annotations

from engine.datasets.instrument_notes import Batches
from engine.datasets.recording import Clips
from engine.recipes.instrument_pool import HELD_OUT_SEED, pool_file
from engine.recipes.sound_training import masked, read_command_line, train_recogniser
from engine.recipes.training import Training
from engine.sound_recognition.shapes import mel_cnn_instruments

DEFAULT = Training(
    steps=850,
    batch_size=32,
    learning_rate=2e-3,
    kernel_rate=0.02,
    weight_decay=0.02,
    averaging=0.99,
    schedule="plateau",
)


def main() -> None:
    """Read the command line, train, write the weights, say how good they are."""
    chosen = read_command_line("Train Mel CNN on instruments.", DEFAULT)
    phrases, held_out = Clips.load(pool_file(chosen.pool)), Clips.load(pool_file(chosen.pool, HELD_OUT_SEED))
    batches, judges = (Batches(clips) for clips in (phrases, held_out))
    train_recogniser("Mel CNN", mel_cnn_instruments, batches, judges, chosen, masked)


if __name__ == "__main__":
    main()
