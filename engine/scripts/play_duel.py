"""Play the game of the page again, and print how it ends: `python play_duel.py`.

settings.json holds the moves with their settings; points.csv, where there is one, the drawing that is imitated. Change
them, and another game is played. On another kind of processor sums may be rounded otherwise, and a game amplifies that.
"""

import json
from pathlib import Path

import torch

from engine.generative.duel import Move, play
from engine.generative.duel_settings import Game


def main() -> None:
    """Print losses and measures at the end of the game."""
    torch.set_num_threads(1)  # as on the page: with more, sums are rounded otherwise
    told = json.loads(Path("settings.json").read_text(encoding="utf-8"))
    moves = [Move(kind, n, Game(**told["games"][k])) for kind, n, k in told["moves"]]
    points = None
    if Path("points.csv").exists():
        rows = Path("points.csv").read_text(encoding="utf-8").split()[1:]
        points = torch.tensor([[float(value) for value in row.split(",")] for row in rows], dtype=torch.float64)
    *_, last = play(moves, points)
    print(f"step {last.step}")
    print(f"L_D {last.loss_d:.6g} = {last.loss_real:.6g} + {last.loss_fake:.6g}, penalty P {last.penalty:.6g}")
    print(f"L_G {last.loss_g:.6g}")
    print(f"gradient at a sample {last.gradient:.6g}")
    print(f"modes covered {last.modes}, good samples {100 * last.good_share:.4g} %")


if __name__ == "__main__":
    main()
