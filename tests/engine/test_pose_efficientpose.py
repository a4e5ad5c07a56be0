"""EfficientPose RT from the published file: equal to the traced reference, and right on real people."""

import json
import shutil
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from engine.errors import ChecksumError, IncompatibleWeights, InvalidInput, ResourceLimit, ShapeError
from engine.metrics.pose import oks_terms, pckh
from engine.pose.declarations import EFFICIENTPOSE_RT
from engine.pose.efficientpose import ORDER, SIDE_PX, EfficientPose, normalised, upsampling_matrix
from engine.pose.efficientpose_file import convert
from engine.pose.efficientpose_rt import EfficientPoseRT
from engine.pose.person_crops import BOX_SCALE, crop, crop_squares, middle_box, peaks, to_picture
from engine.pose.poses import COCO_17, COCO_LEFT_RIGHT, COCO_SKELETON, MPII_16, MPII_SKELETON, Poses, to_coco
from engine.pose.single_person import MAX_PEOPLE
from engine.runtime import ModelPool
from engine.weights import load, path_of, registry, state
from engine.weights.legacy_pickle import read_tensors
from tests.reference.real_data import need
from tests.reference.real_poses import coco_people, mpii_people, photo

load_module = sys.modules["engine.weights.load"]
PUBLISHED = "weights/efficientpose/EfficientPoseRT"
_pool = ModelPool(2**26)


@pytest.fixture
def cache(tmp_path_factory, monkeypatch):
    """An empty torch.hub cache, but for the file, and one pool for this module."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path_factory.getbasetemp() / "efficientpose"))
    monkeypatch.setattr(load_module, "models", lambda: _pool)
    path = path_of(EFFICIENTPOSE_RT)
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(need(PUBLISHED), path)
    return path


@pytest.fixture
def network(cache):
    return load(EFFICIENTPOSE_RT, "cpu")


@pytest.fixture
def estimator(cache):
    return EfficientPoseRT("cpu")


@pytest.fixture(scope="module")
def trace():
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"`torch\.jit\.load`", FutureWarning)
        return torch.jit.load(need("weights/efficientpose/efficientpose_RT_224.torchscript.pt"))


def noise(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def test_the_declaration_is_that_of_the_file(cache, network):
    assert state(EFFICIENTPOSE_RT) == "here" and cache.name == "EfficientPoseRT"
    assert EFFICIENTPOSE_RT.source.size_bytes == cache.stat().st_size
    trained = [value for name, value in read_tensors(cache).items() if "running" not in name]
    assert EFFICIENTPOSE_RT.num_params == sum(value.numel() for value in trained)
    assert "engine.pose.declarations" in registry.DECLARATIONS and registry.get("EFFICIENTPOSE_RT") is EFFICIENTPOSE_RT
    card = (path_of(registry.get("YOLO_SCENES_V1")).parents[2] / EFFICIENTPOSE_RT.card).read_text(encoding="utf-8")
    assert all(f"**{part}.**" in card for part in ("What it is", "Input", "Data", "Figures", "Limits", "Licence"))
    assert EFFICIENTPOSE_RT.preprocess() is normalised


@pytest.mark.parametrize(
    "batch", [noise(1, 3, 224, 224), 3 * noise(2, 3, 224, 224, seed=1), torch.zeros(1, 3, 224, 224)]
)
def test_equal_to_the_traced_reference(network, trace, batch):
    with torch.inference_mode():
        ours, theirs = network(batch), trace(batch)
    assert ours.shape == (len(batch), 16, 224, 224)
    torch.testing.assert_close(ours, theirs, atol=2e-6, rtol=0)


def test_equal_to_the_traced_reference_on_a_person(network, trace):
    image, box, _, _ = next(mpii_people())
    batch = normalised(crop(image, crop_squares(box)[0].tolist(), SIDE_PX))[None]
    with torch.inference_mode():
        ours, theirs = network(batch), trace(batch)
    assert theirs.max() > 0.5
    torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=0)


def test_upsampling_is_the_transposed_convolution():
    kernel = torch.tensor([0.25, 0.75, 0.75, 0.25])
    kernel = (kernel[:, None] * kernel)[None, None]
    maps = noise(2, 1, 28, 28)
    expected = maps
    for _ in range(3):
        expected = F.conv_transpose2d(expected, kernel, stride=2, padding=1)
    U = upsampling_matrix(28, 3)
    torch.testing.assert_close(U @ maps @ U.T, expected, atol=1e-6, rtol=0)


def test_mpii(estimator):
    """PCKh@.5 by the protocol of the known answers: a box of 200 · scale, enlarged by 1.25."""
    n_near = n_marked = 0
    for image, box, joints, marked in mpii_people():
        poses = estimator.estimate(image, box)
        result = pckh(poses.keypoints.numpy(), joints[None], marked[None], MPII_16)
        n_near, n_marked = n_near + result.overall * result.n_marked, n_marked + result.n_marked
        assert (
            poses.names == MPII_16
            and poses.scores.shape == (1, 16)
            and ((poses.scores >= 0) & (poses.scores <= 1)).all()
        )
    assert n_marked == 76 and n_near / n_marked >= 0.98, n_near


def test_coco(estimator):
    """Mean OKS over the twelve limb joints, by the protocol of the known answers."""
    similarities = []
    for image, boxes, people in coco_people():
        poses = to_coco(estimator.estimate(image, boxes))
        for keypoints, entry in zip(poses.keypoints.numpy(), people, strict=True):
            true = np.array(entry["keypoints"], float).reshape(17, 3)
            true[:5, 2] = 0  # no eyes, ears or nose are sought
            similarities.append(oks_terms(keypoints[None], true, np.zeros(4), entry["area"]).mean())
    assert len(similarities) == 12 and np.mean(similarities) >= 0.69, np.mean(similarities)


def test_bytes_and_floats_give_the_same_pose(estimator):
    image, box, _, _ = next(mpii_people())
    whole, half = estimator.estimate(image, box), estimator.estimate(image.float() / 255, box)
    assert (whole.keypoints - half.keypoints).abs().max() < 2  # px, of a person 940 px high; uint8 is rounded once more
    assert whole.keypoints.dtype == whole.scores.dtype == torch.float32


def test_without_boxes_one_person_is_sought_in_the_whole_picture(estimator):
    image = photo("pose/coco/000000000785.jpg")
    poses = estimator.estimate(image)
    same = estimator.estimate(image, middle_box(*image.shape[1:]))
    assert len(poses) == 1 and torch.equal(poses.keypoints, same.keypoints)
    assert crop_squares(middle_box(426, 640)).tolist() == [[0, -107, 640]]


def test_many_people_and_nobody(estimator):
    image = photo("pose/coco/000000000785.jpg")
    box = torch.tensor([[280.0, 44, 500, 392]])
    one = estimator.estimate(image, box)
    many = estimator.estimate(image, box.expand(10, 4))
    torch.testing.assert_close(many.keypoints, one.keypoints.expand(10, 16, 2), atol=0.01, rtol=0)
    nobody = estimator.estimate(image, torch.zeros(0, 4))
    assert len(nobody) == 0 and nobody.keypoints.shape == (0, 16, 2)
    assert estimator.heatmaps(image, torch.zeros(0, 4))[0].shape == (0, 16, 224, 224)


def test_heatmaps_are_in_the_order_of_the_names(estimator):
    image = photo("pose/coco/000000000785.jpg")
    box = torch.tensor([[280.0, 44, 500, 392]])
    maps, squares = estimator.heatmaps(image, box)
    places, heights = peaks(maps)
    poses = estimator.estimate(image, box)
    torch.testing.assert_close(to_picture(places, squares, SIDE_PX), poses.keypoints, atol=0.01, rtol=0)
    torch.testing.assert_close(heights.clamp(0, 1), poses.scores)


def test_several_threads_give_the_same(estimator):
    image, box, _, _ = next(mpii_people())
    expected = estimator.estimate(image, box)
    with ThreadPoolExecutor(3) as threads:
        for found in threads.map(lambda _: estimator.estimate(image, box), range(6)):
            assert torch.equal(found.keypoints, expected.keypoints)


def test_another_file_is_never_read(cache, monkeypatch):
    cache.write_bytes(cache.read_bytes() + b"\0")
    monkeypatch.setattr(load_module, "models", lambda: ModelPool(2**26))
    with pytest.raises(ChecksumError, match="EfficientPoseRT is not the file that EFFICIENTPOSE_RT needs"):
        EfficientPoseRT("cpu")


def test_conversion_is_strict():
    tensors = read_tensors(need(PUBLISHED))
    assert convert(tensors).keys() == EfficientPose().state_dict().keys()
    for name in ("stem_conv_res1_convolution.weight", "pass3_detection2_confs_convolution.bias"):
        with pytest.raises(IncompatibleWeights, match=f"has no {name}"):
            convert({key: value for key, value in tensors.items() if key != name})
    with pytest.raises(IncompatibleWeights, match="nothing is called extra"):
        convert(tensors | {"extra": torch.zeros(1)})
    with pytest.raises(IncompatibleWeights, match="do not fit one another"):
        convert(tensors | {"stem_bn_res1_FusedBatchNorm_1.bias": torch.zeros(5)})


def test_crop_of_a_known_picture():
    image = torch.zeros(3, 40, 60)
    image[0], image[1] = torch.arange(60) / 100, torch.arange(40)[:, None] / 100
    assert torch.equal(crop(image, [10, 5, 20], 20), image[:, 5:25, 10:30])
    corner = crop(image, [-10, -10, 40], 40)  # outside is black
    assert (
        torch.equal(corner[:, 10:, 10:], image[:, :30, :30])
        and not corner[:, :10].any()
        and not corner[:, :, :10].any()
    )
    assert crop(image, [20, 10, 8], 4)[0, 0].tolist() == pytest.approx([0.205, 0.225, 0.245, 0.265], abs=6e-3)
    assert not crop(image, [100, 100, 20], 8).any() and not crop(image, [-500_000, -500_000, 1_000_000], 4)[2].any()
    levels = (image * 255).round().to(torch.uint8)
    torch.testing.assert_close(crop(levels, [10, 5, 20], 20), levels[:, 5:25, 10:30] / 255)


def test_squares():
    squares = crop_squares(torch.tensor([[10.0, 20, 50, 100], [5, 5, 5, 5]]))
    assert squares.tolist() == [[-20, 10, BOX_SCALE * 80], [4, 4, 2]]
    places = to_picture(torch.tensor([[[0.0, 0], [112, 224]]]), squares[:1], 224)
    assert places.tolist() == [[[-20, 10], [30, 110]]]


def test_peaks_of_parabolas():
    y, x = torch.meshgrid(torch.arange(9.0), torch.arange(11.0), indexing="ij")
    maps = torch.stack([9 - (x - 4.3) ** 2 - 2 * (y - 2.8) ** 2, -((x + 5) ** 2) - (y - 8) ** 2, 0 * x])[None]
    places, heights = peaks(maps)
    assert torch.equal(heights, maps.flatten(2).amax(dim=2))
    torch.testing.assert_close(places[0, 0], torch.tensor([4.8, 3.3]))
    assert places[0, 1:].tolist() == [[0.5, 8.5], [0.5, 0.5]] and heights[0, 1:].tolist() == [-25, 0]


def test_the_two_lists_of_keypoints():
    assert set(ORDER) == set(MPII_16) and len(COCO_17) == 17 and len(COCO_SKELETON) == 19 and len(MPII_SKELETON) == 15
    assert [(COCO_17[a], COCO_17[b]) for a, b in COCO_LEFT_RIGHT][:2] == [
        ("left_eye", "right_eye"),
        ("left_ear", "right_ear"),
    ]
    assert len(COCO_LEFT_RIGHT) == 8
    for names, skeleton in ((COCO_17, COCO_SKELETON), (MPII_16, MPII_SKELETON)):
        joined = {frozenset(pair) for pair in skeleton}
        assert len(joined) == len(skeleton) and set().union(*skeleton) == set(range(len(names)))


def test_coco_skeleton_is_that_of_the_annotations():
    content = json.loads(need("pose/coco/test_coco.json").read_text())
    (category,) = content["categories"]
    assert tuple(category["keypoints"]) == COCO_17
    assert {frozenset((a - 1, b - 1)) for a, b in category["skeleton"]} == {frozenset(pair) for pair in COCO_SKELETON}


def test_from_mpii_to_coco():
    keypoints = torch.arange(32.0).view(1, 16, 2) + 1
    poses = to_coco(Poses(keypoints, torch.full((1, 16), 0.5), torch.zeros(1, 4), MPII_16, MPII_SKELETON))
    assert poses.names == COCO_17 and poses.scores[0].tolist() == [0.0] * 5 + [0.5] * 12
    assert not poses.keypoints[0, :5].any()
    assert torch.equal(poses.keypoints[0, COCO_17.index("left_wrist")], keypoints[0, MPII_16.index("left_wrist")])
    with pytest.raises(InvalidInput, match="The keypoints must be MPII's 16"):
        to_coco(poses)


def test_bad_input_is_refused(estimator):
    image, box = torch.zeros(3, 20, 20), torch.tensor([[0.0, 0, 10, 10]])
    for bad in (torch.zeros(20, 20), torch.zeros(1, 20, 20), torch.zeros(3, 0, 20)):
        with pytest.raises(ShapeError, match="image must be of shape"):
            estimator.estimate(bad, box)
    with pytest.raises(InvalidInput, match="image must be floating point in"):
        estimator.estimate(image.to(torch.int64), box)
    with pytest.raises(ShapeError, match="boxes must be of shape"):
        estimator.estimate(image, box[0])
    for bad in (box.flip(1), box * float("nan"), box * 1e9):
        with pytest.raises(InvalidInput, match="Every box must be four numbers"):
            estimator.estimate(image, bad)
    with pytest.raises(ResourceLimit, match=f"at most {MAX_PEOPLE}; got {MAX_PEOPLE + 1}"):
        estimator.estimate(image, box.expand(MAX_PEOPLE + 1, 4))
    for field, shape in (("keypoints", (2, 16, 3)), ("scores", (2, 15)), ("boxes", (1, 4))):
        fields = {"keypoints": torch.zeros(2, 16, 2), "scores": torch.zeros(2, 16), "boxes": torch.zeros(2, 4)}
        with pytest.raises(ShapeError, match=f"{field} must be of shape"):
            Poses(**fields | {field: torch.zeros(shape)}, names=MPII_16, skeleton=MPII_SKELETON)
