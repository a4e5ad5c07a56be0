"""Train Johnson's network on stained glass.

`python -m engine.recipes.train_johnson_stained_glass --out FILE --folder CHECKPOINTS --features TEXTURE_VGG_V1`

The style picture is the best hung one of its kind, drawn by code.
"""

from engine.recipes.johnson_training import Recipe, run


def main() -> None:
    """Read the command line, train, write the weights."""
    run("Train Johnson's network on stained glass.", "stained_glass", Recipe(steps=3000, style_weight=15.0))


if __name__ == "__main__":
    main()
