"""PCK and OKS of the two poses in settings.json, with every joint's share: `python pose_pair.py`."""

import json
from pathlib import Path

import numpy as np

from engine.metrics.pose import oks_terms, pck
from engine.metrics.pose_table import OKS_THRESHOLDS


def main() -> None:
    """Print each joint's distance, what PCK says of it and its similarity, then the two measures."""
    settings = json.loads(Path("settings.json").read_text())
    found, true = np.array(settings["found"]), np.array(settings["true"])
    marked = true[:, 2] > 0
    counted = pck(found[None], true[None, :, :2], marked[None], [settings["size"]], settings["alpha"])
    terms = oks_terms(found[None], true, np.array(settings["box"]), settings["area"])[0]
    similarity = dict(zip(np.flatnonzero(marked).tolist(), terms.tolist(), strict=True))
    for k, (one, other) in enumerate(zip(found, true[:, :2], strict=True)):
        judged = "hit" if counted.joints[k] == 1 else "missed"
        said = f"{judged}, similarity {similarity[k]:.6f}" if marked[k] else "not marked"
        print(f"joint {k}: {np.linalg.norm(one - other):.6f} px, {said}")
    print(f"PCK@{settings['alpha']:g} = {counted.overall:.6f}")
    print(f"OKS = {terms.mean():.6f}")
    print(f"thresholds passed: {int((terms.mean() >= OKS_THRESHOLDS - 1e-12).sum())} of {len(OKS_THRESHOLDS)}")


if __name__ == "__main__":
    main()
