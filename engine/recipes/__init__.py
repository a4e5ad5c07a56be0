"""How each bundled weight file was made; run one with `python -m engine.recipes.train_<weights>`."""
