"""Muon for convolutions: torch's own step on the kernel as a matrix, and a training that goes on after a cut."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from engine.errors import InvalidInput
from engine.pose.openpose import N_STAGES, OpenPose
from engine.pose.pose_machine import PoseMachine
from engine.recipes import training
from engine.recipes.kernel_muon import KernelMuon, kernels_of
from engine.recipes.training import Training, new_model, train


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(3, 24, 3), nn.BatchNorm2d(24), nn.Conv2d(24, 24, 3, groups=24), nn.Conv2d(24, 17, 1)
        )

    def forward(self, x):
        return self.layers(x)


def build():
    return new_model(Net, 0).to(memory_format=torch.channels_last).train()


def net_loss(model, chance):
    x = torch.randn(4, 3, 8, 8, generator=chance)
    return {"squares": (model(x).mean((1, 2, 3)) - x.mean((1, 2, 3))).square().mean()}


def test_which_kernels():
    """Not the depthwise one, and not that of a last layer."""
    model = build()
    last = [model.layers[-1]]
    assert [tuple(kernel.shape) for kernel in kernels_of(model, last)] == [(24, 3, 3, 3)]
    assert [len(kernel) for kernel in kernels_of(model)] == [24, 17]
    model.layers[0].requires_grad_(False)
    assert kernels_of(model, last) == []


@pytest.mark.parametrize("shape", [(24, 3, 3, 3), (32, 48, 1, 1), (128, 2, 3, 3)])
def test_a_step_is_torch_s_own_on_the_matrix(shape):
    chance = torch.Generator().manual_seed(3)
    kernel = nn.Parameter(torch.randn(shape, generator=chance).contiguous(memory_format=torch.channels_last))
    matrix = nn.Parameter(kernel.detach().permute(0, 2, 3, 1).reshape(len(kernel), -1).clone())
    ours, theirs = KernelMuon([kernel], 0.05, 0.1), torch.optim.Muon([matrix], lr=0.05, weight_decay=0.1)
    before = kernel.detach().clone()
    for _ in range(3):
        kernel.grad = torch.randn(shape, generator=chance)
        matrix.grad = kernel.grad.permute(0, 2, 3, 1).reshape(matrix.shape).clone()
        ours.step()
        theirs.step()
        ours.zero_grad()
        assert kernel.grad is None
    assert torch.equal(kernel.detach().permute(0, 2, 3, 1).reshape(matrix.shape), matrix.detach())
    assert not torch.equal(kernel.detach(), before)


def test_a_kernel_over_time_is_a_matrix_as_it_lies():
    layers = nn.Sequential(nn.Conv1d(2, 16, 8), nn.ConvTranspose1d(16, 2, 8))
    kernels = kernels_of(layers)
    assert [tuple(kernel.shape) for kernel in kernels] == [(16, 2, 8), (16, 2, 8)]
    matrices = [nn.Parameter(kernel.detach().reshape(16, 16).clone()) for kernel in kernels]
    ours, theirs = KernelMuon(kernels, 0.05, 0.1), torch.optim.Muon(matrices, lr=0.05, weight_decay=0.1)
    layers(torch.randn(1, 2, 64)).square().sum().backward()
    for kernel, matrix in zip(kernels, matrices, strict=True):
        matrix.grad = kernel.grad.reshape(matrix.shape).clone()
    ours.step()
    theirs.step()
    assert all(torch.equal(k.reshape(m.shape), m) for k, m in zip(kernels, matrices, strict=True))


def test_a_kernel_in_another_order_is_refused():
    with pytest.raises(InvalidInput, match="channels-last"):
        KernelMuon([nn.Parameter(torch.zeros(24, 3, 3, 3))], 0.05, 0.1)


def test_a_training_that_was_cut_off_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr(training, "CHECKPOINT_STEPS", 2)
    monkeypatch.setattr(training, "WARM_STEPS", 2)
    settings = Training(steps=5, averaging=0.5, schedule="plateau", kernel_rate=0.02)
    whole = list(train(build(), net_loss, settings, tmp_path / "whole"))
    cut_off = train(build(), net_loss, settings, tmp_path / "cut")
    first = [next(cut_off) for _ in range(3)]
    rest = list(train(build(), net_loss, settings, tmp_path / "cut"))
    assert [terms for _, terms, _ in whole] == [terms for _, terms, _ in first[:2] + rest]
    for a, b in zip(whole[-1][2].state_dict().values(), rest[-1][2].state_dict().values(), strict=True):
        assert torch.equal(a, b)


def test_both_optimisers_step_and_warm_up(tmp_path, monkeypatch):
    monkeypatch.setattr(training, "WARM_STEPS", 4)
    settings = Training(steps=100, learning_rate=0.1, kernel_rate=0.02, weight_decay=0.0, schedule="plateau")
    model = build()
    before = {name: value.detach().clone() for name, value in model.named_parameters()}
    _, _, _ = next(steps := train(model, net_loss, settings, tmp_path, [model.layers[-1]]))
    moved = {name: (value.detach() - before[name]) for name, value in model.named_parameters()}
    assert all(change.abs().max() > 0 for change in moved.values())
    singular = torch.linalg.svdvals(moved["layers.0.weight"].flatten(1))
    assert singular[:20].min() > 0.5 * 0.005 and singular.max() < 1.4 * 0.005  # a quarter of .02, nearly orthogonal
    assert moved["layers.3.weight"].abs().max() == pytest.approx(0.025, rel=0.01)  # a quarter of AdamW's .1
    steps.close()


@pytest.mark.parametrize(("network", "rows"), [(PoseMachine, 17), (OpenPose, 52)])
def test_the_last_layers_are_those_that_say_the_answer(network, rows):
    model = network()
    assert [layer.out_channels for layer in model.last_layers()] == [rows] * N_STAGES
    hidden = kernels_of(model, model.last_layers())
    assert len(hidden) > 20 and all(len(kernel) != rows for kernel in hidden)
