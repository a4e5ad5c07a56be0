"""Two classifiers of our own, which say what is in a picture: the attributes of an avatar, the digit of a glyph.

They judge what generators make, and their features, the last layer but one, are what Fréchet distance, precision,
recall, density and coverage are measured on.

    x → (conv 3 × 3, batch norm, ReLU, halved) × n = maps → dense, ReLU = features (N, 192) → dense = logits

Distances may also be taken between the maps, (N, 2048) for avatars and (N, 1536) for glyphs: they still know where in
the picture a thing is and how it looks, where the features know little more than what it is.

The avatars' logits are one block per attribute, each with a softmax of its own. "Smiling" is taught the grade of the
smile, so that its probability is that grade.

Conventions: pictures are (N, C, side, side) in [0, 1]; probabilities sum to 1 within an attribute.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from engine.datasets.avatars import ATTRIBUTES, FREQUENCIES
from engine.errors import InvalidInput, ShapeError, constraint

N_FEATURES = 192
BATCH = 250
LAYERS = {"features": "the last layer but one", "maps": "the last convolution"}


class Reader(nn.Module):
    """A small convolutional classifier.

    Args:
        channels, side: of the pictures.
        widths: maps of the blocks, each of which halves the picture.
        n_logits: how many numbers it answers.
    """

    def __init__(self, channels: int, side: int, widths: Sequence[int], n_logits: int) -> None:
        super().__init__()
        self.channels, self.side = channels, side
        layers: list[nn.Module] = []
        for n_in, n_out in zip((channels, *widths), widths, strict=False):
            layers += [nn.Conv2d(n_in, n_out, 3, 2, 1, bias=False), nn.BatchNorm2d(n_out), nn.ReLU(True)]
        self.blocks = nn.Sequential(*layers)
        self.dense = nn.Linear(widths[-1] * (side >> len(widths)) ** 2, N_FEATURES)
        self.dropout = nn.Dropout(0.2)
        self.last = nn.Linear(N_FEATURES, n_logits)

    def maps(self, images: Tensor) -> Tensor:
        """Return the last maps in a row, (N, M), not below 0, of pictures (N, C, side, side) in [0, 1]."""
        if images.ndim != 4 or images.shape[1:] != (self.channels, self.side, self.side):
            wanted = f"of shape (N, {self.channels}, {self.side}, {self.side})"
            raise ShapeError(constraint("images", wanted, tuple(images.shape)))
        return self.blocks(2 * images - 1).flatten(1)

    def features(self, images: Tensor) -> Tensor:
        """Return (N, 192), not below 0, of pictures (N, C, side, side) in [0, 1]."""
        return self.dense(self.maps(images)).relu()

    def forward(self, images: Tensor) -> Tensor:
        """Return the logits (N, K)."""
        return self.last(self.dropout(self.features(images)))


class GlyphReader(Reader):
    """Which digit a glyph (N, 1, 32, 32) is."""

    def __init__(self) -> None:
        super().__init__(1, 32, (24, 48, 96), 10)

    @torch.no_grad()
    def probabilities(self, images: Tensor) -> Tensor:
        """Return (N, 10)."""
        return torch.cat([self(part).softmax(1) for part in images.split(BATCH)])


class AvatarReader(Reader):
    """The attributes of an avatar (N, 3, 64, 64)."""

    def __init__(self) -> None:
        super().__init__(3, 64, (24, 48, 96, 128), sum(map(len, FREQUENCIES.values())))

    @torch.no_grad()
    def probabilities(self, images: Tensor) -> dict[str, Tensor]:
        """Return attribute → (N, values), in the order of `ATTRIBUTES`."""
        parts = [self.split(self(part)) for part in images.split(BATCH)]
        return {name: torch.cat([part[name].softmax(1) for part in parts]) for name in ATTRIBUTES}

    @staticmethod
    def split(logits: Tensor) -> dict[str, Tensor]:
        """Return attribute → its logits (N, values)."""
        sizes = [len(values) for values in FREQUENCIES.values()]
        return dict(zip(ATTRIBUTES, logits.split(sizes, 1), strict=True))


@torch.no_grad()
def features_of(reader: Reader, images: Tensor, layer: str = "features") -> Tensor:
    """Return the features (N, 192), or the `maps` (N, M), of pictures (N, …) in [0, 1], or bytes, some at a time."""
    if layer not in LAYERS:
        raise InvalidInput(constraint("layer", f"one of {', '.join(LAYERS)}", layer))
    return torch.cat([getattr(reader, layer)(_unit(part)) for part in images.split(BATCH)])


def _unit(images: Tensor) -> Tensor:
    return images if images.is_floating_point() else images.float() / 255


def avatar_loss(logits: Tensor, labels: Tensor, smiles: Tensor) -> dict[str, Tensor]:
    """Return attribute → mean cross entropy; a closed eye has no colour, and a smile is as much "yes" as it is wide.

    Args:
        logits: (N, K) of `AvatarReader`.
        labels: (N, 13), columns as `ATTRIBUTES`.
        smiles: (N,) in [0, 1].
    """
    terms = {}
    blind = labels[:, ATTRIBUTES.index("eyes")] == 1
    for column, (name, block) in enumerate(AvatarReader.split(logits).items()):
        target = labels[:, column]
        if name == "smiling":
            terms[name] = nn.functional.cross_entropy(block, torch.stack([1 - smiles, smiles], 1))
        elif name == "eye_colour":
            seen = torch.where(blind, -100, target)  # −100 is torch's mark for "leave this one out"
            terms[name] = nn.functional.cross_entropy(block, seen, reduction="sum") / (~blind).sum().clamp_min(1)
        else:
            terms[name] = nn.functional.cross_entropy(block, target)
    return terms


def right_answers(probabilities: dict[str, Tensor], labels: Tensor) -> dict[str, float]:
    """Return attribute → share of right answers; the colour of closed eyes is not asked for."""
    open_eyes = labels[:, ATTRIBUTES.index("eyes")] == 0
    found = {}
    for column, (name, values) in enumerate(probabilities.items()):
        right = values.argmax(1) == labels[:, column]
        found[name] = float((right[open_eyes] if name == "eye_colour" else right).float().mean())
    return found
