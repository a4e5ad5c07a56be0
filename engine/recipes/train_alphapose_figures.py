"""Train AlphaPose's Spatial Transformer on figures, through the Pose Machine, which stays as it is.

`python -m engine.recipes.train_alphapose_figures --pool POOL --start CPM_FILE --out FILE --folder DIR`

Two terms: the four corners of what is seen must be those of the square around the true box ("centre"), and the frozen
Pose Machine must find the joints where they would be in that square ("parallel SPPN"). Boxes are wrong by chance, more
than a detector's. At the end the parameters of pose-NMS are searched on 200 pictures of the pool's seed, and COCO's
table is measured on figures that were not trained on, with the boxes of YOLO_FIGURES_V1.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import torch
from safetensors.torch import load_file
from torch import Tensor
from torch.nn import functional as F

from engine.detection import people
from engine.pose import pose_machine
from engine.pose.pose_machine import PoseMachine
from engine.pose.pose_nms import PoseNms, pose_nms
from engine.pose.rmpe import AlphaPoseEstimator, pick
from engine.pose.spatial_transformer import (
    ROUGH_PX,
    ROUGH_SCALE,
    SEEN_PX,
    SpatialTransformer,
    apply,
    inverse,
    transform,
)
from engine.recipes.figure_pool import TRAIN_SEED, Pool
from engine.recipes.person_batches import Change, cut, joints_in, mirrored_joints, recoloured, trainable, window
from engine.recipes.pose_recipes import load_pool, read_command_line, start_from
from engine.recipes.pose_scores import TWO_TO_FOUR, figures, say_table, table, truth_of
from engine.recipes.training import Terms, Training, new_model, save_aloud, train_aloud

DEFAULT = Training(
    steps=800,
    batch_size=32,
    learning_rate=1e-3,
    kernel_rate=0.02,
    weight_decay=0.02,
    averaging=0.99,
    schedule="plateau",
)
WRONG = Change(turn_deg=0.0, zoom=1.35, shift=0.12)
CENTRE_WEIGHT = 20.0
CONFIDENCE, LOOSE_IOU = 0.02, 0.7  # of the person detector: rather too many boxes than too few
N_SEARCH = 200
GRID = ((6.0, 9.0, 12.0, 16.0), (0.25, 0.5, 1.0), (0.2, 0.4), (0.5, 1.5, 4.0))
CORNERS = torch.tensor([[-1.0, -1.0], [1.0, -1.0], [-1.0, 1.0], [1.0, 1.0]])


@dataclass(frozen=True)
class Rough:
    """A batch: rough crops (B, 3, 120, 120), joints (B, 17, 2) px there, counts (B, 17), and the right θ (B, 2, 3)."""

    crops: Tensor
    joints: Tensor
    counts: Tensor
    theta: Tensor


def draw(pool: Pool, usable: Tensor, size: int, chance: torch.Generator) -> Rough:
    """Draw a changed batch out of the people at the places `usable`."""
    chosen = usable[torch.randint(len(usable), (size,), generator=chance)]
    boxes = pool.boxes[chosen]
    middle, side = (boxes[:, :2] + boxes[:, 2:]) / 2, (boxes[:, 2:] - boxes[:, :2]).amax(1)
    matrix, mirrored = window(middle, ROUGH_SCALE * side, WRONG, chance)
    crops = cut(pool.images[pool.picture[chosen]].float() / 255, matrix, ROUGH_PX)
    joints, counts = mirrored_joints(*joints_in(pool.keypoints[chosen], matrix, ROUGH_PX), mirrored)
    return Rough(recoloured(crops, chance), joints, counts.float(), right_theta(matrix, middle, side))


def right_theta(matrix: Tensor, middle: Tensor, side: Tensor) -> Tensor:
    """Return θ (B, 2, 3) that sees, upright in the crop, 1.25 times the true square.

    Args:
        matrix: (B, 2, 3), from the rough crop's [−1, 1]² to the picture's pixels.
        middle, side: (B, 2) and (B,) px of the true square.
    """
    size = matrix[:, :, 0].norm(dim=1)  # half the rough crop's side, in the picture's pixels
    scale = side * ROUGH_SCALE * SEEN_PX / ROUGH_PX / 2 / size
    own_middle = apply(inverse(matrix), middle[:, None])[:, 0]
    own = scale[:, None, None] * torch.eye(2)
    return torch.cat([own, own_middle[:, :, None]], 2)


def loss(transformer: SpatialTransformer, network: PoseMachine, rough: Rough) -> Terms:
    """Return the two terms."""
    theta = transformer(rough.crops)
    n = len(theta)
    wrong_by = apply(theta, CORNERS.expand(n, -1, -1)) - apply(rough.theta, CORNERS.expand(n, -1, -1))
    places = (apply(inverse(rough.theta), rough.joints * 2 / ROUGH_PX - 1) + 1) * SEEN_PX / 2
    counts = rough.counts * ((places >= 0) & (places < SEEN_PX)).all(2)
    believed = network.scores(transform(rough.crops, theta, SEEN_PX))[-1]
    return {
        "centre": CENTRE_WEIGHT * F.smooth_l1_loss(wrong_by, torch.zeros_like(wrong_by), beta=0.1),
        "parallel SPPN": pose_machine.loss([believed], places, counts)["stage 1"],
    }


def find_people(image: Tensor) -> Tensor:
    """Return the boxes (N, 4) that AlphaPose chooses from."""
    return people.find_people(image, "YOLO_FIGURES_V1", CONFIDENCE, LOOSE_IOU)


def search(estimator: AlphaPoseEstimator, n: int) -> PoseNms:
    """Return the parameters of pose-NMS with the best average precision on n pictures of the pool's seed."""
    looked = []
    for figure in figures(n, TWO_TO_FOUR, TRAIN_SEED):
        looked.append((truth_of(figure), estimator.look(figure.image, find_people(figure.image)).poses))
    best, best_ap = PoseNms(), -1.0
    for eta, lam, sigma1, sigma2 in itertools.product(*GRID):
        settings = PoseNms(eta, lam, sigma1, sigma2)
        kept = [pick(poses, pose_nms(poses.keypoints, poses.scores, poses.boxes, settings)) for _, poses in looked]
        ap = table([truth for truth, _ in looked], kept)["AP"]
        if ap > best_ap:
            best, best_ap = settings, ap
    print(f"pose-NMS: {best}, AP {best_ap:.4f} on {n} pictures of the pool's seed", flush=True)
    return best


def main() -> None:
    """Read the command line, train, write the weights, say how good they are."""
    chosen = read_command_line("Train AlphaPose's Spatial Transformer on figures.", DEFAULT, needs_start=True)
    pool = load_pool(chosen)
    usable = trainable(pool)
    network = PoseMachine()
    network.load_state_dict(load_file(chosen.start))
    network.eval().requires_grad_(False).to(memory_format=torch.channels_last)

    def loss_of(model: SpatialTransformer, chance: torch.Generator) -> Terms:
        return loss(model, network, draw(pool, usable, chosen.training.batch_size, chance))

    model = new_model(SpatialTransformer, chosen.training.seed)
    start_from(model, chosen.start)  # what knows where joints are knows where the person is
    model.to(memory_format=torch.channels_last).train()
    trained = train_aloud(model, loss_of, chosen.training, chosen.folder, [model.say[-1]])
    save_aloud(trained, chosen.out)
    found = search(AlphaPoseEstimator(trained, network), min(chosen.n_held_out, N_SEARCH))
    estimator = AlphaPoseEstimator(trained, network, found)
    say_table("AlphaPose", lambda image: estimator.estimate(image, find_people(image)), chosen.n_held_out)


if __name__ == "__main__":
    main()
