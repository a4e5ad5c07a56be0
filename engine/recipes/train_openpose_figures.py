"""Train OpenPose on figures, starting from the Pose Machine's backbone.

`python -m engine.recipes.train_openpose_figures --pool POOL --start CPM_FILE --out FILE --folder DIR`

A picture is seen through a square window of 160 px that is moved, turned, mirrored and more or less enlarged. People of
whom little can be seen teach what can be seen of them. At the end COCO's table is measured on figures that were not
trained on.
"""

from __future__ import annotations

import torch
from torch import Tensor

from engine.pose.affinity_fields import limb_fields, part_maps
from engine.pose.assembly import Assembly
from engine.pose.backbone import STRIDE_PX
from engine.pose.openpose import OpenPose, OpenPoseEstimator, loss
from engine.pose.parts import LIMBS, with_neck
from engine.recipes.figure_pool import SIDE_PX as POOL_PX
from engine.recipes.figure_pool import Pool
from engine.recipes.person_batches import MIRRORED, Change, cut, joints_in, recoloured, trainable, window
from engine.recipes.pose_recipes import load_pool, read_command_line, start_from
from engine.recipes.pose_scores import say_table
from engine.recipes.training import Terms, Training, new_model, save_aloud, train_aloud

DEFAULT = Training(
    steps=3000,
    batch_size=16,
    learning_rate=2e-3,
    kernel_rate=0.02,
    weight_decay=0.02,
    averaging=0.99,
    schedule="plateau",
)
WINDOW_PX = 160
CHANGE = Change(turn_deg=20.0, zoom=1.25, shift=0.1)


def draw(pool: Pool, enough: Tensor, size: int, chance: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
    """Draw a changed batch: images (B, 3, S, S), maps (B, 18, S / 4, S / 4), fields (B, 34, S / 4, S / 4).

    `enough` (P,) says of which people of the pool enough can be seen.
    """
    chosen = torch.randint(len(pool.images), (size,), generator=chance)
    middle, side = torch.full((size, 2), POOL_PX / 2), torch.full((size,), float(WINDOW_PX))
    matrix, mirrored = window(middle, side, CHANGE, chance)
    images = cut(pool.images[chosen].float() / 255, matrix, WINDOW_PX)
    cells = WINDOW_PX // STRIDE_PX
    maps, fields = [], []
    for picture, own, flip in zip(chosen.tolist(), matrix, mirrored.tolist(), strict=True):
        first, last = torch.searchsorted(pool.picture, torch.tensor([picture, picture + 1])).tolist()
        keypoints = pool.keypoints[first:last, MIRRORED] if flip else pool.keypoints[first:last]
        places, is_in = joints_in(keypoints, own.expand(len(keypoints), -1, -1), WINDOW_PX)
        is_in &= enough[first:last, None] | (keypoints[..., 2] == 2)
        parts = with_neck(torch.cat([places, is_in[..., None]], 2))
        maps.append(part_maps(parts, cells, cells))
        fields.append(limb_fields(parts, LIMBS, cells, cells))
    return recoloured(images, chance), torch.stack(maps), torch.stack(fields)


def main() -> None:
    """Read the command line, train, write the weights, say how good they are."""
    chosen = read_command_line("Train OpenPose on figures.", DEFAULT, needs_start=True)
    pool = load_pool(chosen)
    enough = torch.zeros(len(pool.boxes), dtype=torch.bool)
    enough[trainable(pool)] = True

    def loss_of(model: OpenPose, chance: torch.Generator) -> Terms:
        images, maps, fields = draw(pool, enough, chosen.training.batch_size, chance)
        return loss(model.stages(images), maps, fields)

    model = new_model(OpenPose, chosen.training.seed)
    start_from(model, chosen.start)
    model.to(memory_format=torch.channels_last).train()
    trained = train_aloud(model, loss_of, chosen.training, chosen.folder, model.last_layers())
    save_aloud(trained, chosen.out)
    say_table("OpenPose", OpenPoseEstimator(trained, Assembly()).estimate, chosen.n_held_out)


if __name__ == "__main__":
    main()
