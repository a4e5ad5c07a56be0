"""Where might an object be? Boxes around what belongs together, from a segmentation alone: selective search.

The picture is segmented (see `segmentation`); then again and again the two most similar neighbours become one region,
until one is left. The similarity of A and B is the sum of

    colour  = Σ min(histogram of A, of B)              texture = the same for histograms of the gradient
    size    = 1 − (|A| + |B|) / |image|                fill    = 1 − (|box around both| − |A| − |B|) / |image|

or of some of them, in a grouping of its own. The box of every region that ever was is a proposal.

Conventions: images (3, H, W) in [0, 1]; areas |·| in pixels of the picture as it is examined, with a shorter side of
at most 128 px; boxes float32 (N, 4) xyxy in pixels of the given picture, y down, the last pixel included.

Reference: J. Uijlings et al., "Selective search for object recognition", IJCV 2013.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from scipy import ndimage

from engine.detection.detector import check_image
from engine.detection.segmentation import segment
from engine.errors import InvalidInput, constraint
from engine.runtime.seeds import generator
from engine.settings import check, integer, real

SIDE_PX = 128
MAX_ASPECT = 8
MAX_REGIONS = 400  # to begin the grouping with; a picture of noise has more
COLOUR_BINS = 25
TEXTURE_BINS = 10
TERMS = ("colour", "texture", "size", "fill")
STRATEGIES = (TERMS, ("texture", "size", "fill"), ("colour", "fill"))  # each groups in its own order
SMALLEST_SIDE_PX = 8.0
_GRADIENT_LIMIT = 80.0  # of 255; what is steeper counts as this


@dataclass(frozen=True)
class ProposalSettings:
    """How finely to segment and how many boxes to return."""

    scale: float = real(80.0, 1.0, 2000.0, label="scale k", help="a larger k gives larger regions")
    smallest: int = integer(20, 1, 1000, label="smallest region", unit="px²")
    smoothing: float = real(0.7, 0.1, 5.0, label="smoothing σ", unit="px")
    n_proposals: int = integer(300, 1, 5000, label="proposals")
    seed: int = integer(0, 0, 2**31, label="seed", help="for the order of the boxes")

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True, eq=False)
class Proposals:
    """What selective search found in one picture.

    Attributes:
        boxes: (N, 4), the likelier first.
        regions: (H', W') int64, the segmentation that the grouping began with; H' × W' is the size examined.
    """

    boxes: torch.Tensor
    regions: torch.Tensor


@dataclass
class Regions:
    """The regions by now: sizes (R,), boxes (R, 4) in px, histograms (R, bins) that sum to 1, neighbours (R, R)."""

    sizes: np.ndarray
    boxes: np.ndarray
    colours: np.ndarray
    textures: np.ndarray
    neighbours: np.ndarray
    n_pixels: int


def propose(image: torch.Tensor, settings: ProposalSettings | None = None) -> Proposals:
    """Return the boxes in which an object might be, and the segmentation they come from.

    Raises:
        ShapeError, InvalidInput: `image` is not a float picture (3, H, W), or more than eight times as long as wide.
    """
    settings = settings or ProposalSettings()
    check_image(image)
    pixels = _examined(image)
    labels = _few_regions(pixels, settings)
    boxes = _in_order(labels, pixels, settings.seed)
    factor = np.tile(np.array(image.shape[:0:-1]) / pixels.shape[1::-1], 2)  # (x, y, x, y)
    large = (boxes[:, 2:] - boxes[:, :2]).min(1) >= SMALLEST_SIDE_PX
    boxes = torch.from_numpy((boxes[large] * factor).astype(np.float32))[: settings.n_proposals]
    return Proposals(boxes, torch.from_numpy(labels))


def _examined(image: torch.Tensor) -> np.ndarray:
    """Return the picture as (H', W', 3) float32 in [0, 255], made smaller if its shorter side is above SIDE_PX."""
    pixels = np.ascontiguousarray(image.detach().cpu().float().numpy().transpose(1, 2, 0)) * 255
    if max(pixels.shape[:2]) > MAX_ASPECT * min(pixels.shape[:2]):
        must_be = f"at most {MAX_ASPECT} times as long as wide"
        raise InvalidInput(constraint("image", must_be, tuple(image.shape[1:])))
    factor = SIDE_PX / min(pixels.shape[:2])
    if factor >= 1:
        return pixels
    size = (round(pixels.shape[1] * factor), round(pixels.shape[0] * factor))
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)


def _few_regions(pixels: np.ndarray, settings: ProposalSettings) -> np.ndarray:
    smallest = settings.smallest
    labels = segment(pixels, settings.scale, smallest, settings.smoothing)
    while labels.max() >= MAX_REGIONS:
        smallest *= 2
        labels = segment(pixels, settings.scale, smallest, settings.smoothing)
    return labels


def _in_order(labels: np.ndarray, pixels: np.ndarray, seed: int) -> np.ndarray:
    """Return every different box, by its place from the top of its hierarchy times a random number in [0, 1)."""
    regions = measure(labels, pixels)
    boxes = [group(regions, terms) for terms in STRATEGIES]
    place = np.concatenate([np.arange(len(own), 0, -1) for own in boxes])
    chance = torch.rand(len(place), generator=generator(seed), dtype=torch.float64).numpy()
    ordered = np.concatenate(boxes)[np.argsort(place * chance, kind="stable")]
    first = np.unique(ordered, axis=0, return_index=True)[1]
    return ordered[np.sort(first)]


def measure(labels: np.ndarray, pixels: np.ndarray) -> Regions:
    """Measure every region of a segmentation (H, W), 0 … R − 1, of a picture (H, W, 3) float32 in [0, 255]."""
    flat = labels.ravel()
    sizes = np.bincount(flat)
    extents = ndimage.find_objects(labels + 1)
    boxes = np.array([[columns.start, rows.start, columns.stop, rows.stop] for rows, columns in extents])
    neighbours = np.zeros((len(sizes), len(sizes)), bool)
    for one, other in ((labels[:, :-1], labels[:, 1:]), (labels[:-1], labels[1:])):
        neighbours[one, other] = neighbours[other, one] = True
    np.fill_diagonal(neighbours, False)
    colours = _histograms(flat, pixels.reshape(-1, 3) / 256, COLOUR_BINS, sizes)
    textures = _histograms(flat, _gradients(pixels), TEXTURE_BINS, sizes)
    return Regions(sizes, boxes, colours, textures, neighbours, flat.size)


def group(regions: Regions, terms: tuple[str, ...] = TERMS) -> np.ndarray:
    """Return the boxes (2 R − 1, 4) of R regions and of every union, in the order in which they come to be.

    Args:
        regions: left as they are.
        terms: which of `TERMS` make the similarity.
    """
    regions = copy.deepcopy(regions)
    boxes = list(regions.boxes.copy())
    similar = np.stack([_similarities(regions, i, terms) for i in range(len(boxes))])
    for _ in range(len(similar) - 1):
        i, j = divmod(int(similar.argmax()), len(similar))
        _unite(regions, i, j)
        similar[j], similar[:, j] = -np.inf, -np.inf
        similar[i] = similar[:, i] = _similarities(regions, i, terms)
        boxes.append(regions.boxes[i].copy())
    return np.array(boxes)


def _gradients(pixels: np.ndarray) -> np.ndarray:
    """Return the slopes (H W, 24) in [0, 1) of the three channels along eight directions."""
    smooth = cv2.GaussianBlur(pixels, (0, 0), 1.0)
    x, y = np.gradient(smooth, axis=1), np.gradient(smooth, axis=0)
    slopes = np.concatenate([x, y, (x + y) * 0.5**0.5, (x - y) * 0.5**0.5], 2).reshape(-1, 12)
    return np.concatenate([slopes, -slopes], 1).clip(0, _GRADIENT_LIMIT) / (_GRADIENT_LIMIT * 1.001)


def _histograms(flat: np.ndarray, values: np.ndarray, n_bins: int, sizes: np.ndarray) -> np.ndarray:
    """Return (R, channels · bins), each row of sum 1, of values (pixels, channels) in [0, 1)."""
    channels = values.shape[1]
    bins = (values * n_bins).astype(np.int64) + np.arange(channels) * n_bins + flat[:, None] * (channels * n_bins)
    counts = np.bincount(bins.ravel(), minlength=len(sizes) * channels * n_bins).reshape(len(sizes), -1)
    return counts / (sizes[:, None] * channels)


def _similarities(regions: Regions, i: int, terms: tuple[str, ...]) -> np.ndarray:
    """Return (R,) how much region i is like each of its neighbours; −∞ for the others."""
    others = np.flatnonzero(regions.neighbours[i])
    sizes = regions.sizes[i] + regions.sizes[others]
    low = np.minimum(regions.boxes[i, :2], regions.boxes[others, :2])
    high = np.maximum(regions.boxes[i, 2:], regions.boxes[others, 2:])
    parts = {
        "colour": lambda: np.minimum(regions.colours[i], regions.colours[others]).sum(1),
        "texture": lambda: np.minimum(regions.textures[i], regions.textures[others]).sum(1),
        "size": lambda: 1 - sizes / regions.n_pixels,
        "fill": lambda: 1 - ((high - low).prod(1) - sizes) / regions.n_pixels,
    }
    similar = np.full(len(regions.sizes), -np.inf)
    similar[others] = sum(parts[term]() for term in terms)
    return similar


def _unite(regions: Regions, i: int, j: int) -> None:
    """Let region i take in region j, which then has no neighbours; a histogram is the mean of both by size."""
    size = regions.sizes[i] + regions.sizes[j]
    for histogram in (regions.colours, regions.textures):
        histogram[i] = (regions.sizes[i] * histogram[i] + regions.sizes[j] * histogram[j]) / size
    regions.sizes[i] = size
    regions.boxes[i, :2] = np.minimum(regions.boxes[i, :2], regions.boxes[j, :2])
    regions.boxes[i, 2:] = np.maximum(regions.boxes[i, 2:], regions.boxes[j, 2:])
    joined = regions.neighbours[i] | regions.neighbours[j]
    joined[[i, j]] = False
    regions.neighbours[j], regions.neighbours[:, j] = False, False
    regions.neighbours[i], regions.neighbours[:, i] = joined, joined
