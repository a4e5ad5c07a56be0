"""Train Wave-U-Net on songs.

`python -m engine.recipes.train_wave_u_net_songs --pool POOL --out FILE.safetensors --folder CHECKPOINTS`

The pool, of songs to train on and of held-out ones, is drawn by `python -m engine.recipes.song_pool`. The loss is the
mean absolute error of the waveforms. At the end the SI-SDR improvement is measured on the held-out songs.
"""

from __future__ import annotations

from engine.recipes.song_training import read_command_line, train_separator
from engine.recipes.training import Training
from engine.source_separation.wave_u_net import WaveUNet, separator

DEFAULT = Training(
    steps=2000,
    batch_size=6,
    learning_rate=1e-3,
    kernel_rate=0.01,
    weight_decay=0.01,
    averaging=0.998,
    schedule="cycle",
    bfloat16=True,
)


def main() -> None:
    """Read the command line, train, write the weights, say how good they are."""
    chosen = read_command_line("Train Wave-U-Net on songs.", DEFAULT)
    train_separator("Wave-U-Net", WaveUNet, separator, chosen)


if __name__ == "__main__":
    main()
