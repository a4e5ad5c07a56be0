"""The regression page without a browser: every part, every preset, every extreme, every refusal."""

from __future__ import annotations

import gzip

import numpy as np
import pytest

from engine.linear_model.experiment import Experiment, branch, optimum, prepare, table_for
from engine.settings import limits_of
from pages._ui.controls import link_text
from pages.foundations._regression import data
from pages.foundations._regression.landscape import Course, Walk
from pages.foundations._regression.presets import PRESETS
from pages.foundations._regression.view import PARTS
from tests.pages.scenes import panel, scene

PAGE = "foundations/regression.py"
EXTREMES = [
    (settings, name, value)
    for settings in (Experiment, Walk, Course)
    for name, limits in limits_of(settings).items()
    for value in (limits.options if limits.kind == "choice" else (limits.low, limits.high))
]


@pytest.fixture
def regression(open_page):
    """Return a function (query) → the page with its run at its end; it fails on an exception."""
    return lambda **query: _at_its_end(open_page(PAGE, **query))


def _at_its_end(app):
    for _ in range(200):
        canvases = app.get("bidi_component")
        bars = [scene(app, n).get("player") for n in range(len(canvases))]
        if not any(bar and bar["growing"] for bar in bars):
            return app
        app.run()
    raise AssertionError("the run does not end")


@pytest.mark.parametrize("part", PARTS)
def test_every_part_opens_without_a_complaint(regression, part):
    app = regression(part=part)
    assert not app.error and app.session_state["part"] == part


def test_the_first_view_shows_a_fit_that_the_engine_made(regression):
    shown = scene(regression())
    e = Experiment()
    problem = prepare(e, table_for(e))
    last = list(branch(problem, e, problem.start))[-1]
    run = shown["runs"]["a"]
    assert run["step"][-1] == last.step and np.allclose(run["theta"][-1], last.theta.numpy(), rtol=1e-6)
    assert np.allclose(run["cost"][-1], last.cost, rtol=1e-6)
    fit = next(one for one in panel(shown, "data")["layers"] if one["name"] == "fit")
    drawn = fit["y"]["basis"] @ run["theta"][-1]
    assert np.allclose(drawn, float(last.theta[0]) + float(last.theta[1]) * fit["x"], rtol=1e-5)
    heat = panel(shown, "cost")["layers"][0]
    assert np.isclose(10 ** heat["grid"].min(), problem.objective.value(optimum(problem)), rtol=0.02)


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
def test_every_preset_sets_the_page_and_asks_a_question(regression, preset):
    app = regression(alpha="1", degree="7")
    app.button(key=f"preset-{preset.name}").click().run()
    assert not app.exception and not app.error
    assert preset.question in [caption.value for caption in app.caption]
    assert preset.question.rstrip().endswith(("?", "."))
    for name, value in preset.changes.items():
        assert app.session_state[name] == pytest.approx(value) if isinstance(value, float) else value
    assert "degree" in preset.changes or "degree" not in app.query_params


@pytest.mark.parametrize(("settings", "name", "value"), EXTREMES)
def test_every_extreme_of_every_control_is_met(regression, settings, name, value):
    part = {Experiment: "fit", Walk: "hill", Course: "race"}[settings]
    app = regression(part=part, **{name: link_text(value)})
    assert app.session_state[name] == value
    assert not app.error


def test_divergence_is_said_and_nothing_infinite_is_drawn(regression):
    shown = scene(regression(alpha="10", steps="2000"))
    assert shown["note"]["bad"] and shown["note"]["text"].startswith("Diverged at step")
    assert all(np.isfinite(shown["runs"]["a"][name]).all() for name in ("theta", "cost", "gradient_norm"))


def test_a_branch_is_kept_in_the_link_and_starts_where_the_first_run_was(regression):
    shown = scene(regression(method="lbfgs", branch="20~alpha:0.05"))
    first, second = shown["runs"]["before"], shown["runs"]["a"]
    assert second["step"][0] == 20
    assert np.allclose(second["theta"][0], first["theta"][list(first["step"]).index(20)])
    plain = scene(regression(alpha="0.05"))["runs"]["a"]
    assert np.allclose(first["cost"], plain["cost"])


@pytest.mark.parametrize("text", ["x", "5~alpha:nan~method:rm", "99999999", "3~", "-1", "~~~~", "7~alpha:1e300"])
def test_a_hostile_branch_is_harmless(regression, text):
    assert not regression(branch=text).error


def test_drawn_points_travel_in_the_link():
    points = np.array([[0.0, 0.0], [4.0, 10.0], [1.25, 3.5]])
    assert np.allclose(data.decode_points(data.encode_points(points)), points, atol=1e-3)
    for hostile in ("", "!!!", "AAA", "é", "A" * 5000, "AAAA="):
        assert len(data.decode_points(hostile)) > 0


def test_drawn_points_are_fitted(regression):
    points = np.array([[0.0, 1.0], [2.0, 2.0], [4.0, 3.0]])
    query = {"data": "drawn", "validation": "0", "method": "normal_equation", "points": data.encode_points(points)}
    app = regression(**query)
    run = next(found for found in (scene(app, 0), scene(app, 1)) if "a" in found.get("runs", {}))["runs"]["a"]
    assert np.allclose(run["theta"][-1], [1.0, 0.5], atol=1e-3)


CSV = b"size,rooms,town,price\n50,2,A,150\n60,2,B,170\n80,3,A,220\n,4,B,260\n120,5,A,310\n90,3,B,230\n"


def _uploaded(regression, content: bytes, name: str = "homes.csv", **query):
    app = regression(data="upload", **query)
    assert "Upload a table" in app.info[0].value and not app.error
    return app.file_uploader(key="regression-file").set_value((name, content, "text/csv")).run()


def test_an_upload_is_fitted_with_its_target_and_features(regression):
    app = _uploaded(regression, CSV, scaling="std", validation="0", method="normal_equation")
    assert not app.error and not app.exception
    assert app.selectbox(key="target").value == "price"
    assert app.multiselect(key="features-price").value == ["size", "rooms"]
    rows = np.array([[50, 2, 150], [60, 2, 170], [80, 3, 220], [120, 5, 310], [90, 3, 230]], dtype=float)
    A = np.column_stack([np.ones(5), rows[:, :2]])
    expected = np.linalg.lstsq(A, rows[:, 2], rcond=None)[0]
    assert np.allclose(scene(app)["runs"]["a"]["original"][-1], expected, rtol=1e-4)


def test_text_columns_can_be_chosen_and_are_handled(regression):
    app = _uploaded(regression, CSV, scaling="std")
    app.multiselect(key="features-price").set_value(["size", "town"]).run()
    assert not app.exception and not app.error


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"", "empty.csv"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "table.csv"),
        (b"a,b\n1,2\n", "one_row.csv"),
        (b"a,b\n1,7\n2,7\n3,7\n4,7\n", "constant_target.csv"),
        (b"a,b\n" + b"x,y\n" * 50, "words.csv"),
        (gzip.compress(b"1,2\n" * 60_000_000, 9), "bomb.csv.gz"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_bad_upload_gets_one_sentence_and_loses_nothing(regression, content, name):
    app = _uploaded(regression, content, name, alpha="0.2")
    assert not app.exception
    assert len(app.error) == 1 and app.error[0].value.endswith(".") and app.info
    assert app.session_state["alpha"] == 0.2


def test_200_000_rows_are_fitted(regression):
    x = np.arange(200_000) / 200_000
    rows = "\n".join(f"{a:.6f},{3 + 2 * a:.6f}" for a in x)
    app = _uploaded(regression, f"x,y\n{rows}\n".encode(), method="normal_equation")
    assert not app.error and not app.exception
    assert np.allclose(scene(app)["runs"]["a"]["original"][-1], [3, 2], atol=1e-4)


def test_downloads_are_offered_and_made_only_when_asked(regression):
    app = regression()
    offered = [button.label for button in app.get("download_button")]
    assert offered == ["Coefficients", "Trace", "Model", "Script"]


@pytest.mark.parametrize("part", PARTS)
def test_only_parts_with_the_fits_trace_keep_its_step_in_the_link(regression, part):
    app = regression(part=part, step="3")
    assert ("step" in app.query_params) == (part not in ("hill", "race"))
