"""Train the Convolutional Pose Machine on figures; its backbone is where the other three methods start.

`python -m engine.recipes.train_cpm_figures --pool POOL --out FILE.safetensors --folder CHECKPOINTS`

The pool is drawn by `python -m engine.recipes.figure_pool`. At the end PCK is measured on figures that were not
trained on.
"""

from __future__ import annotations

import torch

from engine.pose.backbone import STRIDE_PX
from engine.pose.pose_machine import SIDE_PX, PoseMachine, loss
from engine.recipes.person_batches import draw_people, trainable
from engine.recipes.pose_recipes import load_pool, read_command_line
from engine.recipes.pose_scores import ByPeak, say_pck
from engine.recipes.training import Terms, Training, new_model, save_aloud, train_aloud

DEFAULT = Training(
    steps=11_200,
    batch_size=48,
    learning_rate=3e-3,
    kernel_rate=0.02,
    weight_decay=0.02,
    averaging=0.995,
    schedule="plateau",
    rounds=2,
)


def main() -> None:
    """Read the command line, train, write the weights, say how good they are."""
    chosen = read_command_line("Train the Convolutional Pose Machine on figures.", DEFAULT)
    pool = load_pool(chosen)
    usable = trainable(pool)

    def loss_of(model: PoseMachine, chance: torch.Generator) -> Terms:
        people = draw_people(pool, usable, chosen.training.batch_size, SIDE_PX, chance)
        return loss(model.scores(people.crops), people.joints, people.counts)

    model = new_model(PoseMachine, chosen.training.seed).to(memory_format=torch.channels_last).train()
    trained = train_aloud(model, loss_of, chosen.training, chosen.folder, model.last_layers())
    save_aloud(trained, chosen.out)
    say_pck("CPM", ByPeak(trained, STRIDE_PX), chosen.n_held_out, SIDE_PX)


if __name__ == "__main__":
    main()
