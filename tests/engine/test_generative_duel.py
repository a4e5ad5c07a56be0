"""The game on the plane: data, rounds, moves, snapshots, records, measures, the best D."""

from __future__ import annotations

import json
import math
import pickle
from dataclasses import replace

import numpy as np
import pytest
import safetensors.torch
import torch
from torch import nn

from engine.errors import InvalidInput, ShapeError
from engine.generative import optimal_discriminator as best
from engine.generative.duel import Duel, Move, moves_of, play
from engine.generative.duel_record import add, cut, read_record, steps_in_common, write_record
from engine.generative.duel_settings import LATENTS, OF_THE_PLAY, Game
from engine.generative.duel_view import Viewer, latent_grid
from engine.generative.losses import LOSSES
from engine.generative.plane_data import DRAWN, NAMES, REACH, PlaneData, plane_data
from engine.generative.plane_file import save_player
from engine.generative.plane_player import latent, new_player
from engine.metrics.mode_coverage import mode_coverage
from engine.recipes import ring_figures

SMALL = {"rounds": 50, "g_width": 8, "d_width": 8, "game_batch": 16}
DRAWING = torch.tensor([[-1.0, 0.5], [1.0, -0.5], [0.0, 2.0]])


def ends_at(*moves, **more):
    *_, last = play(moves, **more)
    return last


def same(one, other) -> bool:
    return all(
        torch.equal(a.parameters, b.parameters) for a, b in zip(one.players, other.players, strict=True)
    ) and torch.equal(one.samples, other.samples)


# ---- data


@pytest.mark.parametrize("name", NAMES)
def test_every_distribution_is_sampled_from_its_own_density(name):
    data = plane_data(name, 0.2, DRAWING)
    x = data.sample(4000, torch.Generator().manual_seed(0))
    assert x.shape == (4000, 2) and x.abs().max() < REACH + 1
    assert torch.equal(x, data.sample(4000, torch.Generator().manual_seed(0)))
    found = mode_coverage(x, data.centres, data.sigma, data.parts, data.n_parts)
    assert found.covered == data.n_parts and found.good_share > 0.98
    # E[p] over samples = ∫ p²: the mean density at samples against the same integral on a grid
    side = 150
    line = (torch.arange(side) + 0.5) * (6.4 / side) - 3.2
    p = data.density(torch.cartesian_prod(line, line))
    cell = (6.4 / side) ** 2
    assert (p.sum() * cell).item() == pytest.approx(1, abs=5e-3)
    assert data.density(x).mean().item() == pytest.approx((p.square().sum() * cell).item(), rel=0.06)


def test_the_ring_is_a_ring():
    data = plane_data("ring")
    assert data.centres.norm(dim=1).tolist() == pytest.approx([2] * 8) and data.n_parts == 8


@pytest.mark.parametrize(
    ("points", "error"),
    [
        (None, InvalidInput),
        (torch.zeros(0, 2), InvalidInput),
        (torch.zeros(3, 3), ShapeError),
        (torch.full((2, 2), math.nan), InvalidInput),
        (torch.full((2, 2), 9.0), InvalidInput),
        (torch.zeros(500, 2), InvalidInput),
    ],
)
def test_a_drawing_that_cannot_be_imitated_is_refused(points, error):
    with pytest.raises(error):
        plane_data(DRAWN, 0.1, points)
    with pytest.raises(InvalidInput):
        plane_data("nothing")


# ---- measures


def test_coverage_by_hand():
    centres = torch.tensor([[0.0, 0.0], [10.0, 0.0]])
    samples = torch.tensor([[0.0, 0.2], [0.1, 0.0], [0.0, 0.0], [10.0, 0.31], [5.0, 0.0], [0.0, -0.3]])
    found = mode_coverage(samples, centres, 0.1, torch.arange(2), 2)
    assert (found.covered, found.n_parts) == (1, 2)  # one sample lies 3.1 σ from the second centre
    assert found.good_share == pytest.approx(4 / 6)
    found = mode_coverage(samples, centres, 0.11, torch.arange(2), 2)
    assert found.covered == 2 and found.good_share == pytest.approx(5 / 6)  # 1 of 6 ≥ 6 / (4 · 2)


def test_real_points_are_good_as_often_as_the_normal_distribution_says():
    data = plane_data("ring")
    x = data.sample(40_000, torch.Generator().manual_seed(1))
    found = mode_coverage(x, data.centres, data.sigma, data.parts, 8)
    assert found.good_share == pytest.approx(1 - math.exp(-4.5), abs=3e-3)


@pytest.mark.parametrize("samples", [torch.zeros(0, 2), torch.zeros(4, 3), torch.zeros(4)])
def test_coverage_of_no_points_is_refused(samples):
    with pytest.raises(ShapeError):
        mode_coverage(samples, torch.zeros(2, 2), 0.1, torch.arange(2), 2)


# ---- the game


class Peer:
    """The same game with autograd and torch.optim."""

    def __init__(self, duel: Duel):
        self.duel = duel
        self.networks = {
            who: [nn.Parameter(t.clone()) for layer in player.layers for t in layer]
            for who, player in (("g", duel.g), ("d", duel.d))
        }
        self.optimisers = {
            who: torch.optim.Adam(parameters, rule.learning_rate, betas=(rule.beta1, rule.beta2))
            for (who, parameters), rule in zip(self.networks.items(), (duel.game.g_rule, duel.game.d_rule), strict=True)
        }

    def run(self, who, x):
        activation = {"g": torch.relu, "d": nn.functional.elu}[who]
        parameters = self.networks[who]
        for k in range(0, len(parameters), 2):
            x = nn.functional.linear(x, parameters[k], parameters[k + 1])
            x = activation(x) if k + 2 < len(parameters) else x
        return x

    def step(self, who, loss):
        self.optimisers[who].zero_grad()
        loss.backward()
        self.optimisers[who].step()


@pytest.mark.parametrize("loss", LOSSES)
def test_rounds_are_those_of_autograd(loss):
    from engine.runtime.seeds import child_seed, generator

    game = Game(game_loss=loss, d_steps=2, penalty=2.0, **SMALL)
    duel = Duel(game, plane_data("ring"))
    peer, n = Peer(duel), game.game_batch
    for step in range(1, 6):
        chance = generator(child_seed(0, f"step {step}"))
        for _ in range(2):
            real = duel.data.sample(n, chance)
            fake = peer.run("g", latent(game, n, chance)).detach()
            s, t = peer.run("d", real), peer.run("d", fake)
            match loss:
                case "hinge":
                    value = (1 - s).relu().mean() + (1 + t).relu().mean()
                case "wasserstein":
                    share = torch.rand(n, 1, generator=chance)
                    x = (share * real + (1 - share) * fake).requires_grad_()
                    (g,) = torch.autograd.grad(peer.run("d", x).sum(), x, create_graph=True)
                    value = t.mean() - s.mean() + 2.0 * (g.norm(dim=1) - 1).square().mean()
                case _:
                    value = -torch.sigmoid(s).log().mean() - (1 - torch.sigmoid(t)).log().mean()
            peer.step("d", value)
        t = peer.run("d", peer.run("g", latent(game, n, chance)))
        match loss:
            case "minimax":
                value = (1 - torch.sigmoid(t)).log().mean()
            case "non_saturating":
                value = -torch.sigmoid(t).log().mean()
            case _:
                value = -t.mean()
        peer.step("g", value)
        duel.advance("rounds")
    for who, player in (("g", duel.g), ("d", duel.d)):
        flat = torch.cat([p.detach().flatten() for p in peer.networks[who]])
        torch.testing.assert_close(player.parameters, flat, rtol=2e-3, atol=2e-5)


def test_a_step_of_one_player_leaves_the_other_alone():
    duel = Duel(Game(**SMALL), plane_data("ring"))
    g, d = duel.g.parameters.clone(), duel.d.parameters.clone()
    duel.advance("d")
    assert torch.equal(duel.g.parameters, g) and not torch.equal(duel.d.parameters, d)
    d = duel.d.parameters.clone()
    duel.advance("g")
    assert torch.equal(duel.d.parameters, d) and not torch.equal(duel.g.parameters, g)


def test_the_same_seed_gives_the_same_game_and_another_another():
    game = Game(**SMALL)
    assert same(ends_at(*moves_of(game)), ends_at(*moves_of(game)))
    assert not same(ends_at(*moves_of(game)), ends_at(*moves_of(replace(game, game_seed=1))))


def test_a_game_goes_on_from_any_kept_snapshot_as_if_it_had_never_stopped():
    game = Game(**SMALL)
    moves = [Move("rounds", 40, game), Move("d", 3, game), Move("g", 2, game)]
    whole = list(play(moves))
    kept = [k for k, one in enumerate(whole) if one.players]
    assert len(kept) > 5 and whole[0].step == 0 and whole[-1].step == 45
    for k in kept[1:-1:3]:
        assert same(list(play(moves, past=whole[: k + 1]))[-1], whole[-1])


def test_a_branch_shares_its_past_and_its_chance():
    first = Game(**SMALL)
    second = replace(first, game_loss="minimax", g_rate=0.01)
    whole = list(play([Move("rounds", 40, first)]))
    other = list(play([Move("rounds", 20, first), Move("rounds", 20, second)]))
    at = lambda run, step: next(one for one in run if one.step == step)  # noqa: E731
    assert torch.equal(at(whole, 20).samples, at(other, 20).samples)
    assert not torch.equal(whole[-1].samples, other[-1].samples)
    same_again = list(play([Move("rounds", 20, first), Move("rounds", 20, replace(first, d_steps=1))]))
    assert same(same_again[-1], whole[-1])  # the same settings, said twice


def test_a_head_start_comes_before_the_rounds():
    moves = moves_of(Game(head_start=30, **SMALL))
    assert [(move.kind, move.n) for move in moves] == [("d", 30), ("rounds", 50)]


@pytest.mark.parametrize("moves", [[], None])
def test_a_game_without_moves_is_refused(moves):
    with pytest.raises(InvalidInput):
        next(play(moves or []))


@pytest.mark.parametrize(("kind", "n"), [("x", 1), ("d", 0), ("rounds", -3)])
def test_a_move_that_is_none_is_refused(kind, n):
    with pytest.raises(InvalidInput):
        Move(kind, n, Game())


@pytest.mark.parametrize("loss", LOSSES)
def test_a_snapshot_says_what_it_shows(loss):
    game = Game(game_loss=loss, latent_size=3, **SMALL)
    shown = pickle.loads(pickle.dumps(ends_at(*moves_of(game))))
    g, d = shown.players
    x = shown.samples.clone().requires_grad_()
    value = d.network.forward(d.layers, x)[-1]
    loss_g = {
        "minimax": lambda s: (1 - torch.sigmoid(s)).log(),
        "non_saturating": lambda s: -torch.sigmoid(s).log(),
    }.get(loss, lambda s: -s)(value)
    (pull,) = torch.autograd.grad(-loss_g.sum(), x)
    torch.testing.assert_close(shown.pull, pull, rtol=1e-3, atol=1e-5)
    assert shown.loss_g == pytest.approx(loss_g.mean().item(), rel=1e-4)
    assert shown.gradient == pytest.approx(pull.norm(dim=1).mean().item(), rel=1e-3)
    assert shown.field.shape == (40, 40) and shown.field.dtype == torch.uint8
    if loss in ("minimax", "non_saturating"):
        corner = torch.sigmoid(d.network.forward(d.layers, torch.tensor([[-REACH, -REACH], [REACH, -REACH]]))[-1])
        assert shown.field[0, [0, -1]].tolist() == (255 * corner[:, 0]).round().tolist()
        assert shown.gradient == getattr(shown, f"gradient_{loss}")
    z = latent_grid(game)
    torch.testing.assert_close(shown.bent[4, 9], g.network.forward(g.layers, z[4, 9:10])[-1][0])
    assert (z[..., 2] == 0).all() and (z[:, 3, 0] == z[0, 3, 0]).all()


def test_minimax_loses_its_gradient_where_the_other_loss_keeps_it():
    """D learns 300 steps alone, far from G: what reaches G falls below 10⁻³ of the start, or rises."""
    game = Game(plane_data="blobs", head_start=300, d_rate=0.002, rounds=50)
    start, *_, last = play(moves_of(game)[:1])
    assert last.d_real > 0.99 and last.d_fake < 1e-3
    assert last.gradient_minimax < 1e-3 * start.gradient_minimax
    assert last.gradient_non_saturating > 3 * start.gradient_non_saturating


def test_linear_players_go_round():
    """The bilinear game, step by step in turn, neither comes near its middle nor leaves it."""
    rates = {"d_rate": 0.1, "g_rate": 0.1, "d_optimiser": "sgd", "g_optimiser": "sgd"}
    game = Game(plane_data="gaussian", game_loss="wasserstein", penalty=0.0, rounds=300, d_depth=0, g_depth=0, **rates)
    away = [(one.middle - torch.tensor([1.2, 0.8])).norm().item() for one in play(moves_of(game))]
    late = away[len(away) // 2 :]
    assert 0.6 < max(late) < 2.5 and sum(late) / len(late) > 0.6


def test_a_game_that_diverges_stops():
    wild = {"d_rate": 1.0, "g_rate": 1.0, "d_optimiser": "momentum", "g_optimiser": "momentum"}
    game = Game(game_loss="wasserstein", penalty=0.0, rounds=3000, game_batch=16, g_width=8, d_width=8, **wild)
    last = ends_at(*moves_of(game))
    assert last.step < 3000


@pytest.mark.parametrize(("size", "kind"), [(1, "normal"), (2, "uniform"), (5, "normal")])
def test_latent_grid_cells_hold_equal_probability(size, kind):
    game = Game(latent_size=size, latent_kind=kind)
    grid = latent_grid(game)
    line = grid[0, :, 0]
    if kind == "normal":
        line = torch.distributions.Normal(0, 1).cdf(line)
        torch.testing.assert_close(line[1:] - line[:-1], torch.full((len(line) - 1,), 1 / len(line)))
    assert grid.shape[0] == (1 if size == 1 else 15) and grid.shape[-1] == size
    z = latent(game, 5000, torch.Generator().manual_seed(0))
    assert z.shape == (5000, size) and z.std().item() == pytest.approx(
        {"normal": 1, "uniform": 3**-0.5}[kind], rel=0.05
    )
    assert set(LATENTS) == {"normal", "uniform"}


def test_the_ring_is_covered_with_the_default_settings():
    """One seed of those that `engine.recipes.ring_figures` prints."""
    ((_, end, well),) = ring_figures.ends(1)
    assert end.modes == 8 and end.good_share >= 0.85 and well is not None


# ---- records


def test_a_record_is_read_as_it_was_written():
    game = Game()
    moves = [Move("rounds", 1500, game), Move("d", 1, game), Move("g", 12, game)]
    assert write_record(moves) == "r1500.d1.g12" and read_record("r1500.d1.g12", game) == moves


@pytest.mark.parametrize(
    "text", ["", "x5", "r", "r-5", "r5.", "r5 d1", "r9999999", "r60000.r1", "é5", "r٣", "d1." * 90 + "d1", "rr5"]
)
def test_a_text_that_is_no_record_has_no_moves(text):
    assert read_record(text, Game()) == []


def test_cut_add_and_what_two_games_share():
    one, two = Game(), Game(g_rate=0.5)
    moves = [Move("rounds", 10, one), Move("d", 5, one)]
    assert cut(moves, 12) == [Move("rounds", 10, one), Move("d", 2, one)] and cut(moves, 0) == []
    assert cut(moves, 99) == moves
    assert add(moves, Move("d", 3, one))[-1] == Move("d", 8, one) and len(add(moves, Move("g", 3, one))) == 3
    assert steps_in_common(moves, [Move("rounds", 10, one), Move("d", 9, one)]) == 15
    assert steps_in_common(moves, [Move("rounds", 7, one)]) == 7
    assert steps_in_common(moves, [Move("rounds", 4, one), Move("rounds", 6, two)]) == 4
    assert steps_in_common(moves, [Move("rounds", 10, two)]) == 0
    assert steps_in_common([Move("rounds", 4, one), Move("rounds", 6, one)], moves) == 10


def test_a_branch_may_change_what_does_not_change_the_networks():
    assert "g_rate" in OF_THE_PLAY and "game_loss" in OF_THE_PLAY
    assert not {"g_width", "d_depth", "latent_size", "plane_data", "game_seed"} & set(OF_THE_PLAY)


# ---- files


def test_the_file_of_a_generator_is_that_of_plain_linear_layers():
    game = Game(**SMALL)
    g, _ = ends_at(*moves_of(game)).players
    data = save_player(g, game, 50)
    tensors = safetensors.torch.load(data)
    plain = nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 2))
    plain.load_state_dict({f"{2 * int(k.split('.')[1])}.{k.split('.')[2]}": v for k, v in tensors.items()})
    z = torch.randn(5, 2, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(plain(z).detach(), g.network.forward(g.layers, z)[-1])
    length = int.from_bytes(data[:8], "little")
    metadata = json.loads(data[8 : 8 + length])["__metadata__"]
    assert Game(**json.loads(metadata["settings"])) == game and metadata["step"] == "50"


# ---- the best D


def test_the_best_d_is_the_ratio_of_the_densities():
    settings = best.TwoDensities(real_at=-1.0, real_spread=0.5, made_at=0.5, made_spread=1.0)
    x = torch.tensor([[-1.0, 0.3], [2.0, 1.0]], dtype=torch.float64)

    def normal(at, spread):
        middle = torch.tensor([at, 0.0], dtype=torch.float64)
        return torch.distributions.MultivariateNormal(middle, spread**2 * torch.eye(2, dtype=torch.float64))

    p, q = normal(-1.0, 0.5).log_prob(x).exp(), normal(0.5, 1.0).log_prob(x).exp()
    torch.testing.assert_close(best.optimal(x, settings), p / (p + q))


def test_value_at_the_best_d_is_bounded_by_the_divergence():
    equal = best.TwoDensities(real_at=0.3, real_spread=0.7, made_at=0.3, made_spread=0.7)
    assert best.jensen_shannon(equal) == pytest.approx(0, abs=1e-4)
    apart = best.TwoDensities(real_at=-2.5, real_spread=0.2, made_at=2.5, made_spread=0.2)
    assert best.jensen_shannon(apart) == pytest.approx(math.log(2), abs=1e-4)
    some = best.TwoDensities(real_at=-0.5, real_spread=1.0, made_at=0.5, made_spread=1.0)
    # equal spreads: JSD depends on the distance alone, and is one-dimensional along it
    x = np.linspace(-9, 9, 20001)
    p, q = (np.exp(-((x - at) ** 2) / 2) / math.sqrt(2 * math.pi) for at in (-0.5, 0.5))
    m = (p + q) / 2
    expected = np.trapezoid(0.5 * p * np.log(p / m) + 0.5 * q * np.log(q / m), x)
    assert best.jensen_shannon(some) == pytest.approx(expected, abs=1e-5)
    worse = best.value(0.5 * best.log_ratio(best.fine_grid(), some), some)
    assert worse < 2 * best.jensen_shannon(some) - math.log(4)


def test_a_trained_d_comes_to_the_best_one():
    settings = best.TwoDensities(best_steps=800)
    start, *_, last = best.learn(settings)
    assert start.difference > 0.2 and last.difference < 0.025
    top = 2 * best.jensen_shannon(settings) - math.log(4)
    assert top - 0.01 < last.value <= top + 1e-4
    densities = best.cut_densities(settings)
    weight = densities[0] + densities[1]
    assert (((last.cut - densities[2]).abs() * weight).sum() / weight.sum()).item() < 0.03
    assert best.optimal_field(settings).shape == last.field.shape


def test_a_viewer_looks_at_the_same_points_every_time():
    game, data = Game(**SMALL), plane_data("ring")
    assert isinstance(data, PlaneData) and torch.equal(Viewer(game, data).real, Viewer(game, data).real)
    assert torch.equal(new_player(game, "g").parameters, new_player(game, "g").parameters)
