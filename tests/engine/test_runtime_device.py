"""Device choice, seeds, and the cost of importing the runtime."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from engine.errors import InvalidInput
from engine.runtime import as_device, child_seed, choose_device, describe_device, generator
from engine.runtime.device import count_gpus


def have(monkeypatch, *, cuda=0, mps=False, named=None):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda > 0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
    if named is None:
        monkeypatch.delenv("TANGENT_DEVICE", raising=False)
    else:
        monkeypatch.setenv("TANGENT_DEVICE", named)


@pytest.mark.parametrize(
    ("machine", "expected"),
    [
        ({}, "cpu"),
        ({"mps": True}, "mps"),
        ({"cuda": 2, "mps": True}, "cuda:0"),
        ({"cuda": 2, "named": "cpu"}, "cpu"),
        ({"cuda": 2, "named": "cuda:1"}, "cuda:1"),
        ({"cuda": 2, "named": "CUDA"}, "cuda:0"),
        ({"cuda": 2, "named": ""}, "cuda:0"),
    ],
)
def test_choose_device(monkeypatch, machine, expected):
    have(monkeypatch, **machine)
    assert choose_device() == torch.device(expected)


@pytest.mark.parametrize(
    ("machine", "expected"),
    [
        ({}, 0),
        ({"mps": True}, 1),
        ({"cuda": 3}, 3),
        ({"cuda": 3, "named": "cuda:1"}, 1),
        ({"cuda": 3, "named": "cpu"}, 0),
    ],
)
def test_count_gpus(monkeypatch, machine, expected):
    have(monkeypatch, **machine)
    assert count_gpus() == expected


@pytest.mark.parametrize("named", ["cuda", "cuda:2", "mps", "tpu", "meta", "cuda:"])
def test_device_that_is_not_there_is_refused(monkeypatch, named):
    have(monkeypatch, cuda=0 if named == "cuda" else 2, named=named)
    with pytest.raises(InvalidInput, match=r"TANGENT_DEVICE must be a device of this machine \(.*cpu\); got"):
        choose_device()


def test_as_device_gives_one_form(monkeypatch):
    have(monkeypatch)
    assert as_device() == as_device("cpu") == as_device(torch.device("cpu", 0)) == torch.device("cpu")
    assert as_device("cuda") == torch.device("cuda", 0)
    with pytest.raises(InvalidInput, match="device must be"):
        as_device("nonsense")


def test_describe_device(monkeypatch):
    have(monkeypatch)
    monkeypatch.setattr("os.sched_getaffinity", lambda pid: {0, 1, 2}, raising=False)
    assert describe_device() == "CPU, 3 cores"
    have(monkeypatch, mps=True)
    assert describe_device() == "Apple GPU"
    have(monkeypatch, cuda=1)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: f"GPU {device.index}")
    assert describe_device() == "GPU 0"


def test_generator_repeats_and_leaves_the_global_state_alone():
    before = torch.get_rng_state()
    a, b, other = (torch.rand(5, generator=generator(seed)) for seed in (7, 7, 8))
    assert torch.equal(a, b)
    assert not torch.equal(a, other)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("seed", [-1, 2**63, 1.0, True, "1"])
def test_seed_out_of_range_is_refused(seed):
    for use in (generator, lambda s: child_seed(s, "a")):
        with pytest.raises(InvalidInput, match="seed must be a whole number"):
            use(seed)


def test_largest_seed_is_accepted():
    assert generator(2**63 - 1).initial_seed() == 2**63 - 1


def test_child_seeds_are_stable_and_distinct():
    assert child_seed(0, "split") == 0x191489326876928  # SHA-256 of "0:split", first 8 bytes, without the top bit
    seeds = {child_seed(seed, name) for seed in range(50) for name in ("split", "noise", "1", "")}
    assert len(seeds) == 200
    assert all(0 <= seed < 2**63 for seed in seeds)


def test_runtime_is_imported_and_a_light_job_run_without_torch():
    code = (
        "import sys, engine.runtime as r; job = r.submit(list, ()); assert job.wait(10) and job.status == 'done'; "
        "print('torch' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2]
    )
    assert done.stdout.strip() == "False"
