"""The Spatial Transformer of AlphaPose: a small network looks at a rough crop and says which part of it to see.

    (x, y)_crop = [θ₁ θ₂] (x, y)_seen + θ₃               STN: what is seen is sampled from the crop, so that the person
                                                         stands in the middle and fills it
    [θ₁ θ₂] = s · 1                                      boxes are never turned: the network says a scale and a place
    [γ₁ γ₂] = [θ₁ θ₂]⁻¹,  γ₃ = −[γ₁ γ₂] θ₃              SDTN: the way back, for maps; a joint goes back by θ itself

A person detector's box is off by a little, and cuts a hand off or holds half a neighbour; a network for a single person
minds that. The transformer is trained through that network, which is frozen meanwhile (the "parallel SPPN" of the
paper): whatever is not centred is punished by the joints' not being where they would be in a centred picture.

Conventions: both squares are [−1, 1]² from the middle of the first pixel's left edge to the last one's right edge;
θ (B, 2, 3); rough crops are (B, 3, 120, 120) of 1.5625 times the box, what is seen is (B, 3, 96, 96).
All but the network itself works with any θ.

Reference: H.-S. Fang, S. Xie, Y.-W. Tai, C. Lu, "RMPE: Regional Multi-Person Pose Estimation", ICCV 2017. M. Jaderberg,
K. Simonyan, A. Zisserman, K. Kavukcuoglu, "Spatial Transformer Networks", NeurIPS 2015.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.pose.backbone import DEEP_CHANNELS, MULTIPLE_PX, Conv, WayDown
from engine.pose.person_crops import BOX_SCALE

SEEN_PX = 96
ROUGH_PX = 120
ROUGH_SCALE = BOX_SCALE * ROUGH_PX / SEEN_PX  # the rough crop has as many pixels a box as the seen one
LOOK_PX = 96  # of the picture that tells where to look


class SpatialTransformer(nn.Module):
    """The localisation network: from rough crops to θ; it begins with the middle of the crop."""

    def __init__(self) -> None:
        super().__init__()
        self.backbone = WayDown()
        cells = (LOOK_PX // MULTIPLE_PX) ** 2
        self.say = nn.Sequential(
            Conv(DEEP_CHANNELS, 32, kernel=1), nn.Flatten(), nn.Linear(32 * cells, 128), nn.ReLU(), nn.Linear(128, 3)
        )
        nn.init.zeros_(self.say[-1].weight)
        nn.init.zeros_(self.say[-1].bias)

    def forward(self, crops: Tensor) -> Tensor:
        """Return θ (B, 2, 3) of rough crops (B, 3, 120, 120)."""
        small = F.interpolate(crops, (LOOK_PX, LOOK_PX), mode="bilinear", antialias=True)
        said = self.say(self.backbone(small))
        scaled = middle(len(crops)).to(crops)[:, :, :2] * said[:, :1, None].exp()
        return torch.cat([scaled, said[:, 1:, None]], 2)


def middle(n: int) -> Tensor:
    """Return θ (n, 2, 3) of the middle of the crop: 1.25 times the box, nothing moved."""
    theta = torch.tensor([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]) * SEEN_PX / ROUGH_PX
    return theta.expand(n, -1, -1)


def inverse(theta: Tensor) -> Tensor:
    """Return γ (B, 2, 3), the way back of θ (B, 2, 3)."""
    back = torch.linalg.inv(theta[:, :, :2])
    return torch.cat([back, -back @ theta[:, :, 2:]], 2)


def transform(images: Tensor, theta: Tensor, side_px: int) -> Tensor:
    """Return (B, C, side, side): images (B, C, H, W) sampled, bilinearly, where θ leads; outside them is 0."""
    places = apply(theta, square(side_px).to(theta).flatten(0, 1).expand(len(theta), -1, -1))
    return F.grid_sample(images, places.unflatten(1, (side_px, side_px)), align_corners=False)


def apply(theta: Tensor, places: Tensor) -> Tensor:
    """Return where θ (B, 2, 3) leads places (B, N, 2) of [−1, 1]²."""
    return places @ theta[:, :, :2].mT + theta[:, None, :, 2]


def square(side_px: int) -> Tensor:
    """Return (side, side, 2): x and y in [−1, 1] of the middle of every pixel."""
    steps = (torch.arange(side_px) + 0.5) * 2 / side_px - 1
    return torch.stack(torch.meshgrid(steps, steps, indexing="xy"), -1)


def joints_back(joints: Tensor, theta: Tensor) -> Tensor:
    """Return joints (B, K, 2) px of what is seen as places in px of the rough crop."""
    return (apply(theta, joints * 2 / SEEN_PX - 1) + 1) * ROUGH_PX / 2


def maps_back(maps: Tensor, theta: Tensor, side: int) -> Tensor:
    """Return maps (B, K, H, W) of what is seen as maps (B, K, side, side) of the rough crop: the SDTN."""
    return transform(maps, inverse(theta), side)
