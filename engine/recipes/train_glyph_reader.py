"""Train the classifier of digits.

`python -m engine.recipes.train_glyph_reader --out FILE.safetensors --folder CHECKPOINTS`

Glyphs are made as they are needed, a fresh batch at every step. At the end its answers are counted on held-out ones.
"""

from __future__ import annotations

import torch
from torch.nn.functional import cross_entropy

from engine.datasets.glyphs import make_glyphs
from engine.generative.precision import fast_precision
from engine.generative.readers import GlyphReader
from engine.recipes.reader_training import disturbed, read_command_line
from engine.recipes.training import Terms, Training, new_model, save_aloud, train_aloud
from engine.runtime.seeds import child_seed

DEFAULT = Training(steps=1500, batch_size=64, learning_rate=3e-3, weight_decay=0.02, averaging=0.99)
N_HELD_OUT, HELD_OUT_SEED = 5000, 10_000
N_SEEDS = 2**31


def main() -> None:
    """Read the command line, train, write the weights, say how good they are."""
    chosen = read_command_line("Train the classifier of digits.", DEFAULT, N_HELD_OUT)

    def loss_of(model: GlyphReader, chance: torch.Generator) -> Terms:
        seed = N_SEEDS + int(torch.randint(N_SEEDS, (1,), generator=chance))  # no seed of held-out ones
        images, labels = make_glyphs(chosen.training.batch_size, seed)
        with fast_precision("cpu"):
            logits = model(disturbed(images, chance))
        return {"entropy": cross_entropy(logits.float(), labels)}

    torch.manual_seed(child_seed(chosen.training.seed, "dropout"))  # layers draw from the global generator alone
    model = new_model(GlyphReader, chosen.training.seed).to(memory_format=torch.channels_last).train()
    trained = train_aloud(model, loss_of, chosen.training, chosen.folder)
    save_aloud(trained, chosen.out)
    images, labels = make_glyphs(chosen.n_held_out, HELD_OUT_SEED)
    accuracy = (trained.probabilities(images).argmax(1) == labels).float().mean()
    print(f"on {chosen.n_held_out} held-out glyphs: accuracy {accuracy:.4f}", flush=True)


if __name__ == "__main__":
    main()
