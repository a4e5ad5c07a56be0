"""Take it away: the picture with its settings inside, and a script that paints it again."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from engine.io.images import encode_png
from engine.style_transfer.mask import to_text
from pages._ui.exports import Export, take_away
from pages._ui.scripts import script

if TYPE_CHECKING:
    from engine.style_transfer.transfer import Transferred
    from pages.vision._style_transfer.transfer_run import Wanted

SOFTWARE = "Tangent, style transfer"


def transferred(wanted: Wanted, latest: Transferred) -> None:
    """Offer the picture and the script."""
    settings = settings_of(wanted)
    picture = lambda: png(latest.picture.float() / 255, settings)  # noqa: E731
    take_away(
        [
            Export("Picture", "style.png", picture, "PNG, with every setting in its metadata."),
            script("style_transfer", lambda: (settings, _files(wanted))),
        ]
    )


def png(image, settings: dict) -> bytes:
    """Encode a picture with its settings as JSON in the keyword "Tangent settings"."""
    return encode_png(image, {"Software": SOFTWARE, "Tangent settings": json.dumps(settings)})


def settings_of(wanted: Wanted) -> dict:
    """Return what the script needs to paint the picture again."""
    return {
        "method": "gatys",
        "network": wanted.network.key,
        "gatys": asdict(wanted.settings.gatys),
        "around": asdict(wanted.settings.around),
        "mix": list(wanted.pair.mix),
        "mask": to_text(wanted.dabs),
        "content": wanted.pair.content.name,
        "styles": [style.name for style in wanted.pair.styles],
    }


def _files(wanted: Wanted) -> dict[str, bytes]:
    files = {"content.png": encode_png(wanted.pair.content.image)}
    return files | {f"style_{k}.png": encode_png(one.image) for k, one in enumerate(wanted.pair.styles, start=1)}
