"""Take it away: points, the film, losses, the generator, and the script of a game."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np

from engine.generative.duel_view import DuelSnapshot
from engine.generative.plane_data import DRAWN
from engine.generative.plane_file import save_player
from engine.generative.plane_film import duel_film
from engine.io.tables import write_csv
from pages._ui.exports import Export, take_away
from pages._ui.scripts import script
from pages.generative._generative_networks.plane_drawing import drawn_points
from pages.generative._generative_networks.plane_runs import Games, Run
from pages.generative._generative_networks.plane_scene import SCALARS


def take_away_part(games: Games, step: int | None, real: np.ndarray) -> None:
    """Offer what the game came to, at the step where the playhead rests; `real` points are drawn in the film."""
    run = games.run
    here = run.at(step)
    kept = next(one for one in reversed(run.snapshots) if one.players and one.step <= max(here.step, 0))
    game = games.game
    take_away(
        [
            Export(
                "Points", "points.csv", lambda: points_csv(here), f"256 samples of G at step {here.step}, and ∂L_G/∂x."
            ),
            Export(
                "Film",
                "game.mp4",
                lambda: duel_film(run.snapshots, real),
                "D and the points, a frame for each kept step.",
            ),
            Export("Numbers", "game.csv", lambda: numbers_csv(run), "Losses, D's means, gradients and measures."),
            Export(
                "Generator",
                "generator.safetensors",
                lambda: save_player(kept.players[0], game, kept.step),
                f"G at step {kept.step}: weights and biases of Linear layers.",
            ),
            Export(
                "Discriminator",
                "discriminator.safetensors",
                lambda: save_player(kept.players[1], game, kept.step),
                f"D at step {kept.step}.",
            ),
            script("play_duel", lambda: script_files(run)),
        ]
    )


def points_csv(here: DuelSnapshot) -> bytes:
    """Write the samples and the gradient at each."""
    columns = {"x": here.samples[:, 0], "y": here.samples[:, 1]}
    return write_csv(columns | {"dL_G/dx": -here.pull[:, 0], "dL_G/dy": -here.pull[:, 1]})


def numbers_csv(run: Run) -> bytes:
    """Write the scalars of every snapshot."""
    return write_csv({name: [getattr(one, name) for one in run.snapshots] for name in (*SCALARS, "good_share")})


def script_files(run: Run) -> tuple[dict, dict[str, bytes]]:
    """Return the settings of the script and the files beside it."""
    games = list(dict.fromkeys(move.game for move in run.moves))
    settings = {
        "games": [asdict(game) for game in games],
        "moves": [(move.kind, move.n, games.index(move.game)) for move in run.moves],
    }
    if run.moves[0].game.plane_data != DRAWN:
        return settings, {}
    points = np.asarray(drawn_points())
    return settings, {"points.csv": write_csv({"x": points[:, 0], "y": points[:, 1]})}
