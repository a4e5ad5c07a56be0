"""Train Johnson's network on stained glass.

`python -m engine.recipes.train_johnson_stained_glass --out FILE --folder CHECKPOINTS --features TEXTURE_VGG_V1`

The style picture is the best hung one of its kind, drawn by code. The weights are its own: with those of the others
its panes swallowed the photograph, and its leads broke up into dots where nothing is to be seen.
"""

from engine.recipes.johnson_training import Recipe, run


def main() -> None:
    """Read the command line, train, write the weights."""
    recipe = Recipe(steps=3000, style_weight=7.0, variation_weight=0.5)
    run("Train Johnson's network on stained glass.", "stained_glass", recipe)


if __name__ == "__main__":
    main()
