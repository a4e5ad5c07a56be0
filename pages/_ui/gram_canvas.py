"""`gram_canvas`: the Gram matrices of some pictures, entry by entry, with the feature maps that an entry multiplies."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pages._ui import canvas

_GRAM = canvas.component("gram_canvas", "plot.js", "gram_canvas.js")


def gram_canvas(
    key: str,
    names: Sequence[str],
    grams: np.ndarray,
    maps: Sequence[np.ndarray],
    features: Sequence[int],
    n_features: int,
    first: tuple[int, int],
    token: str,
) -> None:
    """Draw the matrices.

    Args:
        key: the component's key.
        names: of the K pictures.
        grams: (K, n, n).
        maps: K arrays uint8 (n, h, w), on one scale for each feature.
        features: the n features' numbers, from 0.
        n_features: how many the layer has.
        first: the entry (i, j) that is shown at first.
        token: another layer has another one, and begins anew.
    """
    message = {
        "names": list(names),
        "grams": np.asarray(grams, np.float32),
        "maps": list(maps),
        "features": [int(one) for one in features],
        "total": n_features,
        "first": list(first),
        "token": token,
    }
    _GRAM(key=key, data=canvas.pack(message))
