"""Where might an object be? Boxes around what belongs together, from a segmentation alone: selective search.

    1. Segmentation. Every pixel is a region; the edges between neighbouring pixels, by growing difference of colour w,
       join two regions A and B where   w ≤ min(Int(A) + k / |A|, Int(B) + k / |B|),   Int = the largest w inside.
    2. Grouping. Again and again the two most similar neighbours become one region, until one is left;
           s(A, B) = colour + texture + size + fill
           colour  = Σ min(histogram of A, of B)              texture = the same for histograms of the gradient
           size    = 1 − (|A| + |B|) / |image|                fill    = 1 − (|box around both| − |A| − |B|) / |image|
       The box of every region that ever was is a proposal.

Conventions: images (3, H, W) in [0, 1]; areas |·| in pixels of the picture as it is examined, with a shorter side of
at most 128 px; boxes float32 (N, 4) xyxy in pixels of the given picture, y down, the last pixel included.

Reference: P. Felzenszwalb, D. Huttenlocher, "Efficient graph-based image segmentation", IJCV 2004. J. Uijlings et al.,
"Selective search for object recognition", IJCV 2013.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from scipy import ndimage

from engine.detection.detector import check_image
from engine.runtime.seeds import generator
from engine.settings import check, integer, real

SIDE_PX = 128
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
        ShapeError, InvalidInput: `image` is not a float picture (3, H, W).
    """
    settings = settings or ProposalSettings()
    check_image(image)
    pixels = _examined(image)
    labels = segment(pixels, settings.scale, settings.smallest, settings.smoothing)
    boxes = _in_order(labels, pixels, settings.seed)
    factor = np.tile(np.array(image.shape[:0:-1]) / pixels.shape[1::-1], 2)  # (x, y, x, y)
    large = (boxes[:, 2:] - boxes[:, :2]).min(1) >= SMALLEST_SIDE_PX
    boxes = torch.from_numpy((boxes[large] * factor).astype(np.float32))[: settings.n_proposals]
    return Proposals(boxes, torch.from_numpy(labels))


def segment(pixels: np.ndarray, scale: float, smallest: int, smoothing: float) -> np.ndarray:
    """Return the region (H, W) int64, 0 … R − 1, of every pixel of a picture (H, W, 3) float32 in [0, 255].

    Regions below `smallest` px² are joined to a neighbour afterwards.
    """
    height, width = pixels.shape[:2]
    a, b, weights = _edges(cv2.GaussianBlur(pixels, (0, 0), smoothing))
    parent, size = list(range(height * width)), [1] * (height * width)
    _join_alike(a.tolist(), b.tolist(), weights.tolist(), scale, parent, size)
    apart = np.flatnonzero(_roots(parent)[a] != _roots(parent)[b])
    _join_small(a[apart].tolist(), b[apart].tolist(), smallest, parent, size)
    return np.unique(_roots(parent), return_inverse=True)[1].reshape(height, width).astype(np.int64)


def _join_alike(
    a: list[int], b: list[int], weights: list[float], scale: float, parent: list[int], size: list[int]
) -> None:
    """Take the edges by growing weight and join what they connect, where that is no greater step than those inside.

    A set is known by the pixel that is its own parent. Written without calls, for it runs 32,000 times for a picture.
    """
    limit = [scale] * len(parent)
    for one, other, weight in zip(a, b, weights, strict=True):
        while parent[one] != one:
            parent[one] = one = parent[parent[one]]  # halves the path for the next time
        while parent[other] != other:
            parent[other] = other = parent[parent[other]]
        if one != other and weight <= limit[one] and weight <= limit[other]:
            if size[one] < size[other]:
                one, other = other, one
            parent[other] = one
            size[one] += size[other]
            limit[one] = weight + scale / size[one]


def _join_small(a: list[int], b: list[int], smallest: int, parent: list[int], size: list[int]) -> None:
    for one, other in zip(a, b, strict=True):
        while parent[one] != one:
            one = parent[one]
        while parent[other] != other:
            other = parent[other]
        if one != other and min(size[one], size[other]) < smallest:
            parent[other] = one
            size[one] += size[other]


def _roots(parent: list[int]) -> np.ndarray:
    """Return the set of every pixel."""
    roots = np.array(parent)
    while (roots[roots] != roots).any():
        roots = roots[roots]
    return roots


def _edges(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return both ends and the difference of colour of all pairs of pixels that share a side, by growing difference."""
    index = np.arange(pixels.shape[0] * pixels.shape[1]).reshape(pixels.shape[:2])
    pairs = [((slice(None), slice(None, -1)), (slice(None), slice(1, None))), ((slice(None, -1),), (slice(1, None),))]
    a = np.concatenate([index[one].ravel() for one, _ in pairs])
    b = np.concatenate([index[other].ravel() for _, other in pairs])
    flat = pixels.reshape(-1, 3)
    weights = np.sqrt(np.square(flat[a] - flat[b]).sum(1))
    order = np.argsort(weights, kind="stable")
    return a[order], b[order], weights[order]


def _examined(image: torch.Tensor) -> np.ndarray:
    """Return the picture as (H', W', 3) float32 in [0, 255], made smaller if its shorter side is above SIDE_PX."""
    pixels = np.ascontiguousarray(image.detach().cpu().float().numpy().transpose(1, 2, 0)) * 255
    factor = SIDE_PX / min(pixels.shape[:2])
    if factor >= 1:
        return pixels
    size = (round(pixels.shape[1] * factor), round(pixels.shape[0] * factor))
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)


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
