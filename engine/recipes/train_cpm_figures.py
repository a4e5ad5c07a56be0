"""Train the Convolutional Pose Machine on figures; its backbone is where the other three methods start.

`python -m engine.recipes.train_cpm_figures --pool POOL --out FILE.safetensors --folder CHECKPOINTS`

The pool is drawn by `python -m engine.recipes.figure_pool`. First people lie anywhere and at any size in the crop, so
that every example says much; then as a box shows them, in the middle and filling it, so that the network may rely on
that where people overlap. At the end PCK is measured on figures that were not trained on.
"""

from __future__ import annotations

from dataclasses import replace

import torch

from engine.pose.backbone import STRIDE_PX
from engine.pose.pose_machine import SIDE_PX, PoseMachine, loss
from engine.recipes.person_batches import Change, draw_people, trainable
from engine.recipes.pose_recipes import load_pool, read_command_line
from engine.recipes.pose_scores import ByPeak, say_pck
from engine.recipes.training import Terms, Training, new_model, save_aloud, train_aloud

DEFAULT = Training(
    steps=5600,
    batch_size=48,
    learning_rate=3e-3,
    kernel_rate=0.02,
    weight_decay=0.02,
    averaging=0.995,
    schedule="plateau",
)
CHANGES = {"anywhere": Change(), "boxed": Change(turn_deg=25.0, zoom=1.12, shift=0.03)}


def main() -> None:
    """Read the command line, train, write the weights, say how good they are."""
    chosen = read_command_line("Train the Convolutional Pose Machine on figures.", DEFAULT)
    pool = load_pool(chosen)
    usable = trainable(pool)
    model = new_model(PoseMachine, chosen.training.seed)
    for seed, (name, change) in enumerate(CHANGES.items(), chosen.training.seed):

        def loss_of(model: PoseMachine, chance: torch.Generator, change: Change = change) -> Terms:
            people = draw_people(pool, usable, chosen.training.batch_size, SIDE_PX, chance, change)
            return loss(model.scores(people.crops), people.joints, people.counts)

        model.to(memory_format=torch.channels_last).train()
        training = replace(chosen.training, seed=seed)
        model = train_aloud(model, loss_of, training, chosen.folder / name, model.last_layers())
    save_aloud(model, chosen.out)
    say_pck("CPM", ByPeak(model, STRIDE_PX), chosen.n_held_out, SIDE_PX)


if __name__ == "__main__":
    main()
