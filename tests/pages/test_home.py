"""The home page and the models page, in every state of a model."""

import hashlib
import subprocess
import sys
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from engine.weights import Bundled, Download, UserFile, Weights, all_weights, registry
from pages._ui.gallery import ROOT, TOPICS

CONTENT = b"tangent " * 4096
SHA256 = hashlib.sha256(CONTENT).hexdigest()
REGISTERED = {weights.name: weights for weights in all_weights()}


def texts(app) -> str:
    return "\n".join(element.value for kind in ("title", "header", "markdown", "caption") for element in app.get(kind))


def links(app) -> list[str]:
    return [element.proto.label for element in app.get("page_link")]


def declare(monkeypatch, name: str, source, **other) -> Weights:
    fields = {
        "sha256": SHA256,
        "licence": "MIT",
        "card": "no/card.md",
        "metrics": {"mAP": 0.338},
        "num_params": 1_234_567,
    }
    weights = Weights(name=name, source=source, build=list, preprocess=list, **{**fields, **other})
    monkeypatch.setitem(registry._registered, name, weights)
    return weights


@pytest.fixture(autouse=True)
def nothing_registered(monkeypatch) -> None:
    """An empty registry; the tests fill it with models of their own."""
    monkeypatch.setattr(registry, "DECLARATIONS", ())
    monkeypatch.setattr(registry, "_registered", {})


@pytest.fixture
def cache(tmp_path, monkeypatch) -> Path:
    """Point torch.hub's cache to an empty folder and return where its files go."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    return tmp_path / "hub" / "checkpoints"


@pytest.fixture
def address(monkeypatch):
    """Serve CONTENT on loopback: /whole at once, /later at the second request, /slow in pieces that never end."""
    monkeypatch.delenv("TANGENT_OFFLINE")
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            if self.path == "/later" and len(asked) == 1:
                self.send_error(503)
                return
            self.send_response(200)
            self.end_headers()
            if self.path != "/slow":
                self.wfile.write(CONTENT)
                return
            with suppress(OSError):
                while not stopping.wait(0.05):
                    self.wfile.write(b"x")

        def log_message(self, *_):
            pass

    stopping = threading.Event()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    stopping.set()
    server.shutdown()
    server.server_close()


def run_until(app, reached) -> None:
    for _ in range(100):
        if reached():
            return
        time.sleep(0.1)
        app.run()
    raise TimeoutError(texts(app))


def test_home_has_a_card_for_every_page(open_page):
    app = open_page()
    assert app.title[0].value == "Machine learning that you can take apart"
    for topic in TOPICS:
        assert f"{topic.title} →" in links(app)
        assert topic.sentence in texts(app) and topic.unit in texts(app) and topic.group in texts(app)
    assert len(app.get("image")) == len(TOPICS)


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.url_path)
def test_a_card_has_a_picture_for_light_and_dark(topic):
    picture = (ROOT / "assets" / "images" / topic.picture).read_text(encoding="utf-8")
    assert "prefers-color-scheme: dark" in picture or "prefers-color-scheme:dark" in picture
    assert topic.picture_text


def test_home_does_not_wait_for_torch():
    script = (
        "import sys; from streamlit.testing.v1 import AppTest\n"
        "app = AppTest.from_file(sys.argv[1], default_timeout=120).run()\n"
        "assert not app.exception and app.title, app.exception\n"
        "print([name for name in ('torch', 'sklearn', 'scipy') if name in sys.modules])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script, str(ROOT / "pages/shell.py")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.strip() == "[]"


def test_models_page_lists_the_models_that_there_are(open_page, monkeypatch, cache):
    monkeypatch.setattr(registry, "_registered", REGISTERED)
    app = open_page("home/models.py")
    shown = texts(app).replace("\u200b", "")
    assert len(app.expander) == len(app.header) == len(REGISTERED) >= 7
    for weights in REGISTERED.values():
        assert weights.name in shown and f"licence {weights.licence}" in shown
        assert (ROOT / weights.card).read_text(encoding="utf-8") in texts(app)
    assert "175.2 MB · 43\u202f712\u202f278 parameters · box mAP 0.467 · licence BSD-3-Clause" in shown
    assert not app.error


def test_models_page_says_so_when_there_is_none(open_page):
    app = open_page("home/models.py")
    assert "Nothing to download yet" in texts(app)
    assert "Computes on: **CPU" in texts(app) or "Computes on: **NVIDIA" in texts(app)


def test_models_page_names_the_forced_device_that_is_not_there(open_page, monkeypatch):
    monkeypatch.setenv("TANGENT_DEVICE", "cuda:99")
    app = open_page("home/models.py")
    assert "TANGENT_DEVICE must be a device of this machine" in app.error[0].value


def test_models_page_shows_every_state(open_page, monkeypatch, cache):
    cache.mkdir(parents=True)
    (cache / "here.pth").write_bytes(CONTENT)
    declare(monkeypatch, "BUNDLED_V1", Bundled("../images/regression.svg"))
    declare(monkeypatch, "HERE_V1", Download("http://127.0.0.1/here.pth", "here.pth", len(CONTENT)))
    declare(monkeypatch, "FAR_V1", Download("http://127.0.0.1/far.pth", "far.pth", 45_000_000))
    declare(monkeypatch, "MISSING_V1", UserFile("own.pth"), licence="research only")
    app = open_page("home/models.py")
    shown = texts(app)
    for badge in ("Comes with Tangent", "Downloaded", "Can be downloaded", "File is missing"):
        assert badge in shown
    assert "45.0 MB · 1\u202f234\u202f567 parameters · mAP 0.338 · licence MIT" in shown
    assert "licence research only" in shown
    assert [button.label for button in app.button] == ["Download 45.0 MB"]
    assert "own.pth" in app.info[0].value


def test_models_page_shows_the_card_and_who_uses_it(open_page, monkeypatch):
    declare(monkeypatch, "CARD_V1", Bundled("a.safetensors"), card="requirements.txt")
    monkeypatch.setitem(TOPICS[0].__dict__, "models", ("CARD_V1",))  # the table is frozen
    app = open_page("home/models.py")
    assert [expander.label for expander in app.expander] == ["Model card"]
    assert f"Used by {TOPICS[0].title}" in links(app)


def test_download_to_the_end(open_page, monkeypatch, cache, address):
    declare(monkeypatch, "FAR_V1", Download(f"{address}/whole", "far.pth", len(CONTENT)))
    app = open_page("home/models.py")
    app.button(key="get_FAR_V1").click().run()
    run_until(app, lambda: "Downloaded" in texts(app))
    assert (cache / "far.pth").read_bytes() == CONTENT and not app.exception


def test_download_that_fails_says_why_and_may_be_tried_again(open_page, monkeypatch, cache, address):
    declare(monkeypatch, "FAR_V1", Download(f"{address}/later", "far.pth", len(CONTENT)))
    app = open_page("home/models.py")
    app.button(key="get_FAR_V1").click().run()
    run_until(app, lambda: len(app.error) > 0)
    assert "503" in app.error[0].value and not app.exception and not cache.joinpath("far.pth").exists()
    app.button(key="again_FAR_V1").click().run()
    run_until(app, lambda: "Downloaded" in texts(app))
    assert (cache / "far.pth").read_bytes() == CONTENT and not app.exception


def test_download_can_be_stopped(open_page, monkeypatch, cache, address):
    declare(monkeypatch, "FAR_V1", Download(f"{address}/slow", "far.pth", 10**9))
    app = open_page("home/models.py")
    app.button(key="get_FAR_V1").click().run()
    run_until(app, lambda: any(cache.glob("*.part")))
    app.button(key="stop_FAR_V1").click().run()
    run_until(app, lambda: not any(cache.glob("*")))
    assert app.button(key="get_FAR_V1").label == "Download 1000.0 MB" and not app.exception
