"""`wipe`: a picture before and after, one over the other, with a line to drag across, by pointer, touch or keys."""

from __future__ import annotations

import numpy as np

from pages._ui import canvas

_WIPE = canvas.component("wipe", "plot.js", "pictures.js", "wipe.js")


def wipe(
    key: str,
    before: bytes,
    after: bytes,
    size: tuple[int, int],
    *,
    alt: str,
    names: tuple[str, str] = ("before", "after"),
    title: str = "",
    note: str = "",
    height_px: int = 460,
    share: float = 0.0,
) -> None:
    """Draw the two pictures.

    Args:
        key: the component's key.
        before, after: encoded pictures, both stretched to `size`.
        size: (width, height) whose shape they are shown in.
        alt: what is to be seen, for those who do not see it.
        names: of the two.
        title: the figure's caption.
        note: a sentence below.
        height_px: most height on the screen.
        share: of the width that shows the picture before, at first.
    """
    message = {
        "before": np.frombuffer(before, np.uint8),
        "after": np.frombuffer(after, np.uint8),
        "size": list(size),
        "alt": alt,
        "names": list(names),
        "title": title,
        "note": note,
        "height": height_px,
        "share": share,
    }
    _WIPE(key=key, data=canvas.pack(message))
