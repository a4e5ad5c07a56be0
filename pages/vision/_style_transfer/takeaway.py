"""Take it away: the picture with its settings inside, and a script that paints it again."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from engine.io.images import encode_png
from engine.io.tables import write_csv
from engine.style_transfer.mask import to_text
from engine.style_transfer.one_pass import STYLE_PX
from engine.style_transfer.transfer import Around
from engine.weights import path_of
from pages._ui.exports import Export, take_away
from pages._ui.scripts import script, weight_files
from pages.vision._style_transfer import methods
from pages.vision._style_transfer.transfer_settings import GATYS

if TYPE_CHECKING:
    from engine.style_transfer.transfer import Transferred
    from pages._ui.model_choice import Chosen as Model
    from pages.vision._style_transfer.pictures import Chosen
    from pages.vision._style_transfer.transfer_run import Wanted
    from pages.vision._style_transfer.watch_runs import Both

METADATA = "PNG, with every setting in its metadata."
SOFTWARE = "Tangent, style transfer"


def transferred(wanted: Wanted, latest: Transferred, method: str) -> None:
    """Offer the picture and, of a method of one pass, the trained model; of Gatys the script."""
    settings = settings_of(wanted, method) | {"step": latest.step}
    picture = lambda: png(wanted.finished(latest, method).float() / 255, settings)  # noqa: E731
    exports = [Export("Picture", "style.png", picture, METADATA)]
    weights = methods.weights_behind(method, wanted.pair, wanted.network)
    if weights is not None:
        exports.append(Export("Model", path_of(weights).name, path_of(weights).read_bytes, "The trained network."))
    needed = weight_files(weights)
    exports.append(script("style_transfer", lambda: (settings, _files(wanted.pair) | needed)))
    take_away(exports)


def watched(pair: Chosen, network: Model, found: Both) -> None:
    """Offer the last picture of a run that was watched, its losses as a table, and the script of its whole history."""
    run, before = found.run, found.before
    kept = [one for one in run.steps if one.picture is not None]
    weights = methods.weights_behind(GATYS, pair, network)
    settings = {
        "method": "gatys",
        "network": network.key,
        "before": [{"gatys": asdict(before.settings), "step": run.steps[0].step}] if before else [],
        "gatys": asdict(run.settings),
        "step": kept[-1].step,
        "around": asdict(Around()),
        "mix": list(pair.mix),
        "mask": "",
        "content": pair.content.name,
        "styles": [style.name for style in pair.styles],
    }
    columns = {
        "step": [one.step for one in run.steps],
        "J": [one.losses.total for one in run.steps],
        "J_content": [one.losses.content for one in run.steps],
        "J_style": [one.losses.style for one in run.steps],
        "T": [one.losses.variation for one in run.steps],
    }
    take_away(
        [
            Export("Picture", "style.png", lambda: png(kept[-1].picture.float() / 255, settings), METADATA),
            Export("Losses", "losses.csv", lambda: write_csv(columns), "J and its parts after every step."),
            script("style_transfer", lambda: (settings, _files(pair) | weight_files(weights))),
        ]
    )


def png(image, settings: dict) -> bytes:
    """Encode a picture with its settings as JSON in the keyword "Tangent settings"."""
    return encode_png(image, metadata(settings))


def metadata(settings: dict) -> dict[str, str]:
    """Return what is written into a PNG."""
    return {"Software": SOFTWARE, "Tangent settings": json.dumps(settings)}


def settings_of(wanted: Wanted, method: str = GATYS) -> dict:
    """Return what is needed to paint the picture again."""
    weights = methods.weights_behind(method, wanted.pair, wanted.network)
    return {
        "method": method,
        "network": wanted.network.key if method == GATYS else weights.name if weights else None,
        "style_px": STYLE_PX * wanted.settings.style_of_scale,
        "gatys": asdict(wanted.settings.gatys),
        "around": asdict(wanted.settings.around),
        "mix": list(wanted.pair.mix),
        "mask": to_text(wanted.dabs),
        "content": wanted.pair.content.name,
        "styles": [style.name for style in wanted.pair.styles],
    }


def _files(pair: Chosen) -> dict[str, bytes]:
    files = {"content.png": encode_png(pair.content.image)}
    return files | {f"style_{k}.png": encode_png(one.image) for k, one in enumerate(pair.styles, start=1)}
