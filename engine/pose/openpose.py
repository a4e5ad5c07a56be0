"""OpenPose: all people at once, by heatmaps of parts and fields of limbs, put together afterwards.

    (S₁, L₁) = φ₁(F)      (S_t, L_t) = φ_t(F, S_{t−1}, L_{t−1}),  t = 2 … T
    loss = Σ_t ( Σ |S* − S_t|² H(S*, S_t) / n + 5 Σ w |L* − L_t|² / m )      H: the binary cross-entropy

F are the features of the whole picture, S the maps of the 18 parts (`heatmaps`), L the fields of the 17 limbs
(`affinity_fields`); `assembly` makes people of the last stage's. The time hardly grows with the number of people.

Nearly all of a map is ground: the paper's squared error, |S* − S_t|² + |L* − L_t|², learns that first, and for long
nothing else. So the error of a map is weighed by itself ("quality focal loss"), of n marked parts; that of a field
counts w = 1 on the m cells of limbs and w = 0.1 beside them.

Conventions: pictures (3, H, W); the network sees them with a shorter side of 224 px; what it gives has a quarter of the
rows and columns. A joint that was not found has the score 0 and the place (0, 0).

Reference: as for `parts`; X. Li et al., "Generalized Focal Loss", NeurIPS 2020. Other than in the first, maps and
fields are refined together, in small stages with separable kernels, maps go through a sigmoid, there is none of the
background, and the loss is another.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.io.network_input import resized
from engine.pose.assembly import Assembly, Candidates, Pairs, Person, assemble
from engine.pose.backbone import CHANNELS, MULTIPLE_PX, Backbone, Conv
from engine.pose.parts import LIMBS, PARTS
from engine.pose.person_crops import check_image
from engine.pose.pose_machine import WideConv
from engine.pose.poses import COCO_17, COCO_SKELETON, Poses

SIDE_PX = 224
N_STAGES = 3
STAGE_CHANNELS = 64
MAX_ASPECT = 4
FIELD_WEIGHT, BESIDE = 5.0, 0.1
RARE = -4.0  # the logit of a part before anything is learned: nearly every cell has none


class OpenPose(nn.Module):
    """The network: pictures in, part maps and limb fields of every stage out."""

    def __init__(self, n_parts: int = len(PARTS), n_limbs: int = len(LIMBS), n_stages: int = N_STAGES) -> None:
        super().__init__()
        self.n_parts = n_parts
        outputs, c = n_parts + 2 * n_limbs, STAGE_CHANNELS
        self.backbone = Backbone()
        self.first = nn.Sequential(Conv(CHANNELS, CHANNELS), nn.Conv2d(CHANNELS, outputs, 1))
        self.later = nn.ModuleList(
            nn.Sequential(Conv(CHANNELS + outputs, c, kernel=1), WideConv(c), WideConv(c), nn.Conv2d(c, outputs, 1))
            for _ in range(n_stages - 1)
        )
        for layer in self.last_layers():
            nn.init.constant_(layer.bias[:n_parts], RARE)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return the last stage's maps (B, 18, H / 4, W / 4) and fields (B, 34, H / 4, W / 4)."""
        return self.stages(images)[-1]

    def stages(self, images: Tensor) -> list[tuple[Tensor, Tensor]]:
        """Return the maps and the fields of each stage; images are (B, 3, H, W), sides multiples of 16."""
        features = self.backbone(images)
        given = [self._read(self.first(features))]
        for stage in self.later:
            given.append(self._read(stage(torch.cat([features, *given[-1]], 1))))
        return given

    def _read(self, output: Tensor) -> tuple[Tensor, Tensor]:
        return output[:, : self.n_parts].sigmoid(), output[:, self.n_parts :]

    def last_layers(self) -> list[nn.Module]:
        """Return the layer of each stage that says the maps and the fields."""
        return [self.first[-1], *(stage[-1] for stage in self.later)]


def loss(stages: list[tuple[Tensor, Tensor]], maps: Tensor, fields: Tensor) -> dict[str, Tensor]:
    """Return the terms of the loss: of maps a marked part, of fields a cell on a limb.

    Args:
        stages: maps (B, P, rows, columns) in [0, 1] and fields (B, 2 C, rows, columns) of each stage.
        maps, fields: what they should be.
    """
    n_parts = (F.max_pool2d(maps, 3, 1, 1) == maps).logical_and(maps > 0.5).sum().clamp(min=1)
    is_on = fields.unflatten(1, (-1, 2)).square().sum(2) > 0
    weight = torch.where(is_on, 1.0, BESIDE).repeat_interleave(2, 1) * FIELD_WEIGHT / is_on.sum().clamp(min=1)
    terms = {}
    for t, (own_maps, own_fields) in enumerate(stages, 1):
        entropy = F.binary_cross_entropy(own_maps, maps, reduction="none")
        terms[f"maps {t}"] = ((maps - own_maps).square() * entropy).sum() / n_parts
        terms[f"fields {t}"] = (weight * (own_fields - fields).square()).sum()
    return terms


@dataclass(frozen=True)
class Seen:
    """What the network saw in one picture, step by step.

    Attributes:
        scale: the picture's pixels × scale = the network's, (x, y).
        stages: maps (18, rows, columns) and fields (34, rows, columns) of each stage.
        candidates, pairs, people: as `assembly` makes them of the last stage, in the network's pixels.
    """

    scale: tuple[float, float]
    stages: list[tuple[Tensor, Tensor]]
    candidates: Candidates
    pairs: list[Pairs]
    people: list[Person]


class OpenPoseEstimator:
    """OpenPose as an estimator of everyone in a picture; several threads may use one."""

    names = COCO_17
    skeleton = COCO_SKELETON
    finds_people = True

    def __init__(self, network: OpenPose, settings: Assembly | None = None) -> None:
        self._network = network
        self._settings = settings or Assembly()

    def estimate(self, image: Tensor, boxes: Tensor | None = None) -> Poses:
        """Return everyone in a picture (3, H, W), float in [0, 1] or uint8; boxes are not needed.

        Raises:
            ShapeError, InvalidInput: no picture, or one more than four times as long as wide.
        """
        return poses_of(self.look(image))

    @torch.inference_mode()
    def look(self, image: Tensor, settings: Assembly | None = None) -> Seen:
        """Return every step for a picture; errors as in `estimate`."""
        check_image(image)
        seen, scale = resized(image, SIDE_PX, MULTIPLE_PX, MAX_ASPECT)
        stages = [(maps[0].cpu(), fields[0].cpu()) for maps, fields in self._network.stages(seen.to(self._device))]
        return Seen(scale, stages, *assemble(*stages[-1], LIMBS, settings or self._settings))

    @property
    def _device(self) -> torch.device:
        return self._network.first[-1].bias.device


def poses_of(seen: Seen) -> Poses:
    """Return the people as COCO's keypoints in the picture's pixels; the neck, which was of help, is left out."""
    n, k = len(seen.people), len(COCO_17)
    keypoints, scores, boxes = torch.zeros(n, k, 2), torch.zeros(n, k), torch.zeros(n, 4)
    for i, person in enumerate(seen.people):
        parts = [part for part in person.candidates if part < k]
        chosen = torch.tensor([person.candidates[part] for part in parts], dtype=torch.int64)
        places = seen.candidates.places[chosen] / torch.tensor(seen.scale)
        keypoints[i, parts], scores[i, parts] = places, seen.candidates.heights[chosen].clamp(0, 1)
        if parts:
            boxes[i] = torch.cat([places.amin(0), places.amax(0)])
    return Poses(keypoints, scores, boxes, COCO_17, COCO_SKELETON)
