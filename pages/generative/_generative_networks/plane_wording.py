"""What the page says of a game: its equations with the current numbers, the tiles, and how it went."""

from __future__ import annotations

from engine.generative.duel_settings import Game
from engine.generative.losses import LOSSES
from engine.metrics.mode_coverage import GOOD_SIGMAS
from pages._ui import player
from pages._ui.numbers import number
from pages.generative._generative_networks.plane_runs import Games

JUDGED = {
    "minimax": "−E log D(x) − E log(1 − D(G(z)))",
    "non_saturating": "−E log D(x) − E log(1 − D(G(z)))",
    "hinge": "E max(0, 1 − s(x)) + E max(0, 1 + s(G(z)))",
    "wasserstein": "−E s(x) + E s(G(z))",
}
MADE = {
    "minimax": ("E log(1 − D(G(z)))", "−D · ∂s/∂x", "Where D is sure of a fake, D ≈ 0 and nothing comes through."),
    "non_saturating": ("−E log D(G(z))", "−(1 − D) · ∂s/∂x", "Where D is sure of a fake, all of ∂s/∂x comes through."),
    "hinge": ("−E s(G(z))", "−∂s/∂x", "s is D's score; beyond ±1 D no longer learns from a point."),
    "wasserstein": ("−E s(G(z))", "−∂s/∂x", "The penalty holds ‖∂s/∂x‖ near 1 between the two clouds."),
}
WITHIN = "‖∂L_G/∂x‖ = {a.gradient} on average"


def equations(game: Game) -> list[str]:
    """Write the losses with their current numbers."""
    loss = game.game_loss
    made, slope, _ = MADE[loss]
    lines = [f"L_D = {JUDGED[loss]} = {{a.loss_real}} {{+a.loss_fake}} = {{a.loss_d}}"]
    if loss == "wasserstein":
        lines[0] += f"   and λP = {number(game.penalty)} · E(‖∂s/∂x̂‖ − 1)² = {number(game.penalty)} · {{a.penalty}}"
    lines.append(f"L_G = {made} = {{a.loss_g}}")
    lines.append(f"∂L_G/∂x = {slope}:   {WITHIN}")
    return lines


def meaning(game: Game) -> str:
    """Say what to look for with this loss."""
    return MADE[game.game_loss][2]


def stats(game: Game, n_parts: int, second: bool) -> list[dict[str, str]]:
    """List the numbers that follow the playhead."""
    covered = "A mode is covered if it holds a quarter of its fair share of the samples, as good ones."
    good = f"Samples within {GOOD_SIGMAS:g} σ of a centre; of real points 98.9 % are."
    tiles = [
        {"label": "modes covered", "text": f"{{a.modes}} of {n_parts}", "help": covered},
        {"label": "good samples", "text": "{a.good} %", "help": good},
        {"label": "D of real", "text": "{a.d_real}", "help": "Mean over 256 real points; ½ when D cannot tell."},
        {"label": "D of generated", "text": "{a.d_fake}", "help": "Mean over 256 samples; ½ when D cannot tell."},
        {
            "label": "gradient at G",
            "text": "{a.gradient}",
            "help": f"Mean ‖∂L_G/∂x‖ over 256 samples, {LOSSES[game.game_loss]} loss.",
        },
    ]
    if second:
        tiles += [
            {"label": "modes, first game", "text": f"{{before.modes}} of {n_parts}", "help": covered},
            {"label": "good, first game", "text": "{before.good} %", "help": good},
        ]
    return tiles


def story(games: Games, n_parts: int) -> tuple[str, bool]:
    """Say in one sentence how the game went, and whether that is a warning."""
    run = games.run
    last, told = run.snapshots[-1], sum(move.n for move in run.moves)
    if run.growing:
        return player.waiting_note(run.held) or "Playing.", False
    if run.held.job.status == "done" and last.step < told:
        return f"Diverged at step {last.step}: the numbers grow without end. Lower a learning rate.", True
    share = f"{100 * last.good_share:.1f} % of its samples are good"
    if last.modes == n_parts:
        return f"After {last.step:,} steps G makes all {n_parts} modes, and {share}.", False
    return f"After {last.step:,} steps G makes {last.modes} of {n_parts} modes, and {share}.", last.modes < n_parts
