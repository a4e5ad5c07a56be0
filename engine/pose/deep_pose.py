"""DeepPose: the places of all joints as numbers that a network says, then each looked at again from near.

    stage 1:  y¹ = N⁻¹(ψ₁(N(x; b)); b)              N(y; b) = (y − b_c) / b_s, a place relative to the box b
    stage s:  y^s_i = y^{s−1}_i + b_s · ψ_s(N(x; b_i))     b_i the box around y^{s−1}_i of σ · diam(y^{s−1})

Stage 1 sees the whole person, but coarsely: its numbers are off by some pixels. Each later stage cuts a small square
out of the picture around every joint as it is believed to be, and says by how much it is off. diam(y) is the size of
the torso. While learning, a stage meets joints that are off as the stage before is, and some more by chance.

Conventions: crops are (B, 3, 96, 96) with the person in the middle (`person_crops`); joints (B, K, 2) px of the crop.

Reference: A. Toshev, C. Szegedy, "DeepPose: Human Pose Estimation via Deep Neural Networks", CVPR 2014. Other than
there, the network is a small residual one, all joints share the weights of a later stage, which is told which joint it
looks at, the features of stage 1 start from another task's, and the loss is the absolute error.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.pose.backbone import DEEP_CHANNELS, MULTIPLE_PX, Conv, Residual, WayDown
from engine.pose.poses import COCO_17
from engine.pose.single_person import SinglePerson, device_of

SIDE_PX = 96
N_STAGES = 3
PATCH_PX = 24
SIGMA = 0.9  # the side of a small square, in sizes of the torso
LEAST_PATCH_PX = 12.0
_TORSO = [COCO_17.index(name) for name in ("left_shoulder", "right_shoulder", "left_hip", "right_hip")]


class Whole(nn.Module):
    """ψ₁: the whole crop to all joints, in sides of the crop from its middle."""

    def __init__(self, n_joints: int) -> None:
        super().__init__()
        self.backbone = WayDown()
        cells = (SIDE_PX // MULTIPLE_PX) ** 2
        self.say = nn.Sequential(Conv(DEEP_CHANNELS, 32, kernel=1), nn.Flatten(), nn.Linear(32 * cells, 512), nn.ReLU())
        self.places = nn.Linear(512, 2 * n_joints)

    def forward(self, crops: Tensor) -> Tensor:
        return self.places(self.say(self.backbone(crops))).unflatten(1, (-1, 2))  # (B, K, 2)


class Near(nn.Module):
    """ψ_s: small squares around believed joints to how far they are off, in sides of the square."""

    def __init__(self, n_joints: int) -> None:
        super().__init__()
        self.look = nn.Sequential(Conv(3, 16, stride=2), Conv(16, 32, stride=2), Residual(32), Conv(32, 64, stride=2))
        self.which = nn.Embedding(n_joints, 64)
        self.say = nn.Sequential(nn.Linear(64 * (PATCH_PX // 8) ** 2 + 64, 128), nn.ReLU(), nn.Linear(128, 2))
        nn.init.zeros_(self.say[-1].weight)  # at first nothing is moved
        nn.init.zeros_(self.say[-1].bias)

    def forward(self, patches: Tensor) -> Tensor:
        every = patches.flatten(0, 1).contiguous(memory_format=torch.channels_last)  # (B K, 3, 24, 24)
        seen = self.look(every - 0.5).flatten(1)  # (B K, 64 · 9)
        joint = self.which.weight.repeat(len(patches), 1)  # (B K, 64)
        return self.say(torch.cat([seen, joint], 1)).unflatten(0, patches.shape[:2])


class DeepPose(nn.Module):
    """The cascade: crops in, the joints of every stage out."""

    def __init__(self, n_joints: int = len(COCO_17), n_stages: int = N_STAGES) -> None:
        super().__init__()
        self.whole = Whole(n_joints)
        self.near = nn.ModuleList(Near(n_joints) for _ in range(n_stages - 1))

    def forward(self, crops: Tensor) -> Tensor:
        """Return the last stage's joints (B, K, 2)."""
        return self.stages(crops)[-1]

    def stages(self, crops: Tensor, disturb: Tensor | None = None) -> list[Tensor]:
        """Return the joints (B, K, 2) of each stage.

        Args:
            crops: (B, 3, 96, 96) in [0, 1].
            disturb: (N_STAGES − 1, B, K, 2), added to what the later stages start from, in squares; for the training.
        """
        joints = [self.first(crops)]
        for s, near in enumerate(self.near):
            start = joints[-1].detach()  # no stage learns to please the next
            sides = patch_sides(start)
            if disturb is not None:
                start = start + disturb[s] * sides[:, None, None]
            off = near(cut_patches(crops, start, sides))
            joints.append(start + off * sides[:, None, None])
        return joints

    def first(self, crops: Tensor) -> Tensor:
        """Return stage 1's joints: N⁻¹(ψ₁(N(x)))."""
        return (self.whole(crops) + 0.5) * SIDE_PX


def patch_sides(joints: Tensor) -> Tensor:
    """Return (B,) px, σ · diam(y): the size of the torso from left shoulder to right hip, the longer way."""
    left, right, left_hip, right_hip = joints[:, _TORSO].unbind(1)
    diameter = torch.maximum((left - right_hip).norm(dim=1), (right - left_hip).norm(dim=1))
    return (SIGMA * diameter).clamp(LEAST_PATCH_PX, SIDE_PX / 2)


def cut_patches(crops: Tensor, middles: Tensor, sides: Tensor) -> Tensor:
    """Return (B, K, 3, 24, 24): squares of `sides` (B,) px cut out of crops (B, 3, S, S) around `middles` (B, K, 2)."""
    cells = torch.linspace(-0.5, 0.5, PATCH_PX + 1, device=crops.device)[:-1] + 0.5 / PATCH_PX
    own = torch.stack(torch.meshgrid(cells, cells, indexing="xy"), -1)  # (24, 24, 2) in sides
    places = middles[:, :, None, None] + own * sides[:, None, None, None, None]  # (B, K, 24, 24, 2)
    grid = places.flatten(1, 2) * 2 / crops.shape[-1] - 1  # (B, K · 24, 24, 2)
    patches = F.grid_sample(crops, grid, align_corners=False)
    return patches.unflatten(2, (-1, PATCH_PX)).movedim(2, 1)


def loss(stages: list[Tensor], joints: Tensor, counts: Tensor) -> dict[str, Tensor]:
    """Return each stage's mean absolute error over the joints that count, in hundredths of the crop's side.

    Args:
        stages: of each stage, (B, K, 2) px.
        joints: (B, K, 2) px.
        counts: (B, K), 1 for a joint that is in the crop.
    """
    n = counts.sum().clamp(min=1)
    return {
        f"stage {s}": ((said - joints).abs().sum(2) * counts).sum() / n * 100 / SIDE_PX
        for s, said in enumerate(stages, 1)
    }


def estimator(network: DeepPose) -> SinglePerson:
    """Return the estimator of DeepPose, which says nothing of how sure it is: every score is 1."""

    def read(crops: Tensor) -> tuple[Tensor, Tensor]:
        joints = network(crops)
        return joints, joints.new_ones(joints.shape[:2])

    return SinglePerson(read, SIDE_PX, device_of(network))
