"""Train the classifier of avatars' attributes.

`python -m engine.recipes.train_avatar_reader --pool POOL --out FILE.safetensors --folder CHECKPOINTS`

At the end its answers are counted on held-out faces.
"""

from __future__ import annotations

import torch

from engine.generative.precision import fast_precision
from engine.generative.readers import AvatarReader, avatar_loss, right_answers
from engine.recipes.avatar_pool import HELD_OUT_SEED, load
from engine.recipes.reader_training import disturbed, read_command_line
from engine.recipes.training import Terms, Training, new_model, save_aloud, train_aloud
from engine.runtime.seeds import child_seed

DEFAULT = Training(steps=4000, batch_size=64, learning_rate=3e-3, kernel_rate=0.02, weight_decay=0.02, averaging=0.995)
N_HELD_OUT = 2000


def main() -> None:
    """Read the command line, train, write the weights, say how good they are."""
    chosen = read_command_line("Train the classifier of avatars' attributes.", DEFAULT, N_HELD_OUT, pool=True)
    pool, held_out = load(chosen.pool, chosen.n_pictures), load(chosen.pool, chosen.n_held_out, HELD_OUT_SEED)

    def loss_of(model: AvatarReader, chance: torch.Generator) -> Terms:
        rows = torch.randint(len(pool.labels), (chosen.training.batch_size,), generator=chance)
        with fast_precision("cpu"):
            logits = model(disturbed(pool.images[rows].float() / 255, chance))
        return avatar_loss(logits.float(), pool.labels[rows], pool.smiles[rows])

    torch.manual_seed(child_seed(chosen.training.seed, "dropout"))  # layers draw from the global generator alone
    model = new_model(AvatarReader, chosen.training.seed).to(memory_format=torch.channels_last).train()
    trained = train_aloud(model, loss_of, chosen.training, chosen.folder, (model.last,))
    save_aloud(trained, chosen.out)
    right = right_answers(trained.probabilities(held_out.images.float() / 255), held_out.labels)
    print(f"on {chosen.n_held_out} held-out faces: mean accuracy {sum(right.values()) / len(right):.4f}")
    print("  ".join(f"{name} {value:.4f}" for name, value in right.items()), flush=True)


if __name__ == "__main__":
    main()
