"""Train DeepPose on figures, starting from the Pose Machine's backbone.

`python -m engine.recipes.train_deeppose_figures --pool POOL --start CPM_FILE --out FILE --folder DIR`

At the end PCK is measured on figures that were not trained on.
"""

from __future__ import annotations

import torch

from engine.pose.deep_pose import N_STAGES, SIDE_PX, DeepPose, loss
from engine.recipes.person_batches import draw_people, trainable
from engine.recipes.pose_recipes import load_pool, read_command_line, start_from
from engine.recipes.pose_scores import say_pck
from engine.recipes.training import Terms, Training, new_model, save_aloud, train_aloud

DEFAULT = Training(
    steps=2500,
    batch_size=32,
    learning_rate=1.5e-3,
    kernel_rate=0.02,
    weight_decay=0.05,
    averaging=0.99,
    schedule="plateau",
)
DISTURB = 0.08  # standard deviation, in sides of a later stage's square


def main() -> None:
    """Read the command line, train, write the weights, say how good they are."""
    chosen = read_command_line("Train DeepPose on figures.", DEFAULT, needs_start=True)
    pool = load_pool(chosen)
    usable = trainable(pool)

    def loss_of(model: DeepPose, chance: torch.Generator) -> Terms:
        people = draw_people(pool, usable, chosen.training.batch_size, SIDE_PX, chance)
        disturb = DISTURB * torch.randn(N_STAGES - 1, *people.joints.shape, generator=chance)
        return loss(model.stages(people.crops, disturb), people.joints, people.counts)

    model = new_model(DeepPose, chosen.training.seed)
    start_from(model.whole, chosen.start)
    model.to(memory_format=torch.channels_last).train()
    trained = train_aloud(model, loss_of, chosen.training, chosen.folder)
    save_aloud(trained, chosen.out)
    for s in range(N_STAGES):
        say_pck(f"DeepPose, stage {s + 1}", lambda crops, s=s: trained.stages(crops)[s], chosen.n_held_out, SIDE_PX)


if __name__ == "__main__":
    main()
