"""The parts "Localise" and "Landmarks" without the rest of the page: short trainings to their end."""

from __future__ import annotations

import time

import numpy as np
import pytest
import safetensors.torch
from streamlit.testing.v1 import AppTest

from engine.datasets.scenes import KEYPOINT_NAMES
from engine.detection import landmarks, localisation
from engine.detection.landmarks import Landmarks
from engine.detection.localisation import Localisation
from pages.vision._object_detection import strip
from tests.pages.scenes import panel, scene

SHORT = {"training_steps": 20, "n_scenes": 50, "batch_size": 16}
TRAININGS = {"localise": (localisation, Localisation), "landmarks": (landmarks, Landmarks)}


def localise():
    import streamlit as st

    from pages.vision._object_detection.localise import localise_part

    localise_part(*st.columns(2))


def landmarks_():
    import streamlit as st

    from pages.vision._object_detection.landmarks import landmarks_part

    landmarks_part(*st.columns(2))


@pytest.fixture(scope="module")
def opened():
    """Return a function (part) → that part with a short training at its end; each part is trained once."""
    kept = {}

    def open_(part: str) -> AppTest:
        if part not in kept:
            app = AppTest.from_function({"localise": localise, "landmarks": landmarks_}[part], default_timeout=120)
            for name, value in SHORT.items():
                app.session_state[name] = value
            app.run()
            ends = time.monotonic() + 120
            while scene(app)["player"] is None or scene(app)["player"]["growing"]:
                assert not app.exception and time.monotonic() < ends
                app.run()
            assert not app.exception and not app.error
            kept[part] = app
        return kept[part]

    return open_


@pytest.fixture(scope="module")
def trained():
    """Return the engine's own snapshots of the same trainings."""
    return {
        part: [one for one in module.train(settings(**SHORT)) if isinstance(one, module.Snapshot)]
        for part, (module, settings) in TRAININGS.items()
    }


@pytest.mark.parametrize("part", TRAININGS)
def test_the_trace_is_what_the_engine_computes(opened, trained, part):
    run, snapshots = scene(opened(part))["runs"]["a"], trained[part]
    assert run["step"].tolist() == [s.step for s in snapshots] and run["step"][-1] == 20
    answers = np.stack([s.examples.numpy().ravel() for s in snapshots])
    assert np.allclose(run["answers"], answers, atol=1e-4)


def test_boxes_stand_on_their_tiles(opened):
    found = scene(opened("localise"))
    _, targets = localisation.examples(3, 64)
    boxes = localisation.decode(targets, 1, 1).numpy()
    layers = {one["name"]: one for one in panel(found, "strip")["layers"]}
    truth, fit = layers["true box"], layers["predicted box"]
    assert (truth["role"], fit["role"]) == ("truth", "fit")
    for k in range(8):
        expected = boxes[k] + [k % 4, k // 4, k % 4, k // 4] if targets[k, 0] else np.full(4, np.nan)
        corners = [float(truth[name][k]) for name in strip.CORNERS]
        assert np.allclose(corners, expected, atol=1e-6, equal_nan=True)
    run = found["runs"]["a"]
    last = run["answers"][-1].reshape(8, 8)
    assert fit["alpha"]["channel"] == "p_c" and np.allclose(run["p_c"][-1], last[:, 0])
    assert np.allclose(run["x0"][-1], last[:, 1] - last[:, 4] / 2 + np.arange(8) % 4, atol=1e-6)
    assert np.allclose(run["y1"][-1], last[:, 2] + last[:, 3] / 2 + np.arange(8) // 4, atol=1e-6)
    assert np.allclose(run["bar_x1"][-1] - run["bar_x0"][-1], last[:, 0] * (1 - 2 * strip.MARGIN), atol=1e-6)


def test_points_stand_on_their_tiles(opened):
    found = scene(opened("landmarks"))
    _, truth = landmarks.examples(64)
    layers = {one["name"]: one for one in panel(found, "strip")["layers"]}
    seen = truth.visible.numpy()
    tiles = np.stack([np.arange(8) % 4, np.arange(8) // 4], 1)[:, None]
    expected = (truth.points.numpy() + tiles)[seen]
    assert np.allclose(np.stack([layers["true point"]["x"], layers["true point"]["y"]], 1), expected, atol=1e-6)
    run = found["runs"]["a"]
    answers = run["answers"][-1].reshape(8, 4, 2) + tiles
    for k, name in enumerate(KEYPOINT_NAMES):
        assert np.allclose(run[layers[name]["x"]["channel"]][-1], answers[:, k, 0], atol=1e-6)
        assert np.allclose(run[layers[name]["y"]["channel"]][-1], answers[:, k, 1], atol=1e-6)


def filled(text: str, run: dict) -> str:
    """Fill the numbers of the last step into a text, as the browser does."""
    for name, values in run.items():
        last = values[-1].ravel()
        for k, value in enumerate(last):
            text = text.replace(f"{{a.{name}:{k}}}", repr(float(value)))
    return text


def test_the_loss_is_written_out_and_adds_up(opened, trained):
    found = scene(opened("localise"))
    line = filled(found["equations"][-1], found["runs"]["a"])
    logistic, box, entropy = trained["localise"][-1].example_terms[0].tolist()
    written, terms = line.split(" = ")[1:]
    assert np.allclose([float(v) for v in terms.replace("10 ·", "").split(" + ")], [logistic, box, entropy], atol=1e-4)
    p, c = (float(part.split()[0]) for part in written.split("log ")[1:])
    assert np.isclose(-np.log(p), logistic, atol=1e-4) and np.isclose(-np.log(c), entropy, atol=1e-4)


def test_without_an_object_the_rest_is_said_to_be_unimportant(opened, trained):
    app = opened("localise")
    app.session_state["localise_example"] = 4
    app.run()
    found = scene(app)
    app.session_state["localise_example"] = 1
    target, answer, written = found["equations"][1:]
    assert target == "y⁽⁴⁾ = (0, ?, ?, ?, ?, ?, ?, ?)"
    assert "don't care" in written
    p_c = trained["localise"][-1].examples[3, 0].item()
    line = filled(written, found["runs"]["a"])
    assert np.isclose(-np.log(1 - p_c), float(line.split(" = ")[2].split(":")[0]), atol=1e-4)
    assert "{" not in filled(answer, found["runs"]["a"])


@pytest.mark.parametrize("part", TRAININGS)
def test_the_trace_and_the_model_can_be_taken_away(opened, trained, part):
    module, settings = TRAININGS[part]
    labels = {button.proto.label for button in opened(part).get("download_button")}
    assert {"Trace", "Model"} <= labels
    file = module.to_safetensors(trained[part][-1].parameters, settings(**SHORT))
    assert set(safetensors.torch.load(file)) == set(trained[part][-1].parameters)


@pytest.mark.parametrize(("x", "y", "tile"), [(0.5, 0.5, 0), (3.9, 0.1, 3), (0.2, 1.4, 4), (4.0, 2.0, 7), (-1, 9, 4)])
def test_a_click_picks_the_picture_below_it(x, y, tile):
    assert strip.tile_at(x, y) == tile
