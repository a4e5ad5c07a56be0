"""Weights: declarations, registry, downloads from a loopback server, loading, command line."""

import errno
import hashlib
import io
import os
import socket
import subprocess
import sys
import threading
import warnings
from dataclasses import FrozenInstanceError, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import torch
from safetensors.torch import save
from torch import nn

from engine.errors import (
    ChecksumError,
    DownloadError,
    IncompatibleWeights,
    InvalidInput,
    ResourceLimit,
    WeightsError,
)
from engine.runtime import ModelPool, submit
from engine.weights import (
    Bundled,
    Download,
    Fetched,
    UserFile,
    Weights,
    all_weights,
    download,
    fetch,
    get,
    load,
    path_of,
    register,
    state,
    verify,
)
from engine.weights.__main__ import main

# The package's functions `fetch`, `load` stand before the modules of the same names.
fetch_module = sys.modules["engine.weights.fetch"]
load_module = sys.modules["engine.weights.load"]
files_module = sys.modules["engine.weights.files"]
registry_module = sys.modules["engine.weights.registry"]

TIMEOUT_S = 120  # a busy machine is slow, not wrong
NAME = "tiny.safetensors"


def tiny():
    return nn.Sequential(nn.Linear(2, 3), nn.Dropout(0.5))


TENSORS = {"0.weight": torch.arange(6.0).reshape(3, 2), "0.bias": torch.tensor([1.0, 2.0, 3.0])}
FILE = save(TENSORS)


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def weights_of(source, content=FILE, **changes):
    fields = {
        "name": "TINY_V1",
        "source": source,
        "build": tiny,
        "preprocess": lambda: lambda x: x,
        "sha256": sha256(content),
        "licence": "MIT",
        "card": "assets/cards/TINY_V1.md",
        "metrics": {"accuracy": 1.0},
        "num_params": 9,
    }
    return Weights(**fields | changes)


class Server(ThreadingHTTPServer):
    """Answers every path with `answer(handler)`, and counts what is asked."""

    daemon_threads = True

    def __init__(self):
        self.content, self.asked = FILE, []
        self.answer = lambda handler: handler.whole(self.content)
        super().__init__(("127.0.0.1", 0), Handler)

    def handle_error(self, request, client_address):
        pass  # the client hung up, as it should when a download is stopped

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/{NAME}"

    def weights(self, **changes):
        content = changes.pop("content", FILE)
        size = changes.pop("size_bytes", len(content))
        return weights_of(Download(self.url, NAME, size), content, **changes)


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append(dict(self.headers))
        self.server.answer(self)

    def whole(self, content, length=None):
        self.send_response(200)
        if length != 0:
            self.send_header("Content-Length", str(length or len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args):
        pass


@pytest.fixture
def server():
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join(TIMEOUT_S)


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """torch.hub's cache in an empty folder, and a pool and a registry of this test's own."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(torch.hub, "_hub_dir", None)
    pool = ModelPool(1000)
    monkeypatch.setattr(load_module, "models", lambda: pool)
    monkeypatch.setattr(registry_module, "_registered", {})
    monkeypatch.setattr(registry_module, "DECLARATIONS", ())
    return tmp_path / "torch" / "hub" / "checkpoints"


def put(folder, content=FILE, name=NAME):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)
    return folder / name


def left_in(cache):
    return sorted(path.name for path in cache.iterdir()) if cache.exists() else []


# Declarations and registry


def test_declarations_are_frozen_and_hashable():
    weights = weights_of(Bundled("tiny.safetensors"))
    with pytest.raises(FrozenInstanceError):
        weights.name = "OTHER"
    assert hash(weights) == hash(replace(weights))
    assert Bundled("a/b.safetensors").file_name == "b.safetensors"


@pytest.mark.parametrize("url", ["ftp://a/b", "file:///etc/passwd", "http:///b", "b.pth", ""])
def test_only_http_addresses_are_accepted(url):
    with pytest.raises(InvalidInput, match="url must be an http or https address"):
        Download(url, NAME, 1)


@pytest.mark.parametrize("name", ["../a.pth", "a/b.pth", "/a.pth", "..", "", ".hidden", "a\\b"])
def test_file_names_cannot_lead_out_of_the_cache(name):
    for source in (lambda: Download("http://a/b", name, 1), lambda: UserFile(name)):
        with pytest.raises(InvalidInput, match="file_name must be"):
            source()


def test_size_and_hash_are_required():
    with pytest.raises(InvalidInput, match="size_bytes must be at least 1; got 0"):
        Download("http://a/b", NAME, 0)
    with pytest.raises(InvalidInput, match="sha256 of TINY_V1 must be given"):
        weights_of(Bundled(NAME), sha256=None)
    with pytest.raises(InvalidInput, match="sha256 of TINY_V1 must be 64 lower-case hex digits"):
        weights_of(UserFile(NAME), sha256="ABC")
    assert weights_of(UserFile(NAME), sha256=None).sha256 is None


def test_a_prefix_of_the_hash_will_do_for_tensors_where_no_more_is_published():
    download = Download("http://a/b", NAME, 1)
    weights = weights_of(download, sha256=None, sha256_prefix="0123abcd")
    assert weights.accepts("0123abcd" + 56 * "0") and not weights.accepts("0123abce" + 56 * "0")
    for wrong in ("0123abc", "0123ABCD", 65 * "0"):
        with pytest.raises(InvalidInput, match="sha256_prefix of TINY_V1 must be 8 to 64 lower-case hex digits"):
            weights_of(download, sha256=None, sha256_prefix=wrong)
    for source in (download, UserFile(NAME)):
        with pytest.raises(InvalidInput, match="sha256 of TINY_V1 must be given for a TorchScript program"):
            weights_of(source, sha256=None, sha256_prefix="0123abcd", build=None)


def test_registry_lists_by_name_and_an_unknown_name_lists_the_options():
    b, a = (register(weights_of(Bundled(NAME), name=name)) for name in ("B_V1", "A_V1"))
    assert all_weights() == [a, b]
    assert get("B_V1") is b
    with pytest.raises(InvalidInput, match=r"weights must be one of A_V1, B_V1; got 'C_V1'\."):
        get("C_V1")
    assert register(a) is a
    with pytest.raises(InvalidInput, match="A_V1 is declared twice"):
        register(replace(a, licence="BSD"))


def test_registry_imports_the_declared_modules_at_the_first_question(tmp_path, monkeypatch):
    (tmp_path / "declared_for_test.py").write_text(
        "from engine.weights import UserFile, Weights, register\n"
        "register(Weights('LATE_V1', UserFile('a.pth'), list, list, None, 'MIT', 'card', {}, 0))\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(registry_module, "DECLARATIONS", ("declared_for_test",))
    assert get("LATE_V1").licence == "MIT"


# Where files are


def test_state_of_each_kind_of_source(cache, tmp_path, monkeypatch):
    monkeypatch.setattr(files_module, "ASSETS", tmp_path / "assets")
    bundled = weights_of(Bundled("a.safetensors"))
    fetched, own = weights_of(Download("http://a/b", NAME, 1)), weights_of(UserFile(NAME), sha256=None)
    assert [state(weights) for weights in (bundled, fetched, own)] == ["missing", "download", "missing"]
    put(tmp_path / "assets", name="a.safetensors")
    put(cache)
    assert [state(weights) for weights in (bundled, fetched, own)] == ["bundled", "here", "here"]


def test_bundled_files_are_in_assets_and_downloads_in_the_cache_of_torch_hub(cache):
    root = Path(__file__).parents[2]
    assert path_of(weights_of(Bundled("a.safetensors"))) == root / "assets" / "weights" / "a.safetensors"
    expected = Path(torch.hub.get_dir()) / "checkpoints" / NAME
    assert path_of(weights_of(Download("http://a/b", NAME, 1))) == expected == cache / NAME


@pytest.mark.parametrize(
    "home", [{"TORCH_HOME": "~/x"}, {"TORCH_HOME": "/x", "XDG_CACHE_HOME": "/y"}, {"XDG_CACHE_HOME": "/y"}, {}]
)
def test_the_cache_folder_is_torch_hubs_whatever_the_environment(home, monkeypatch):
    for name in ("TORCH_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
        if name in home:
            monkeypatch.setenv(name, home[name])
    assert path_of(weights_of(UserFile(NAME))) == Path(torch.hub.get_dir()) / "checkpoints" / NAME


def test_verify_reads_an_unchanged_file_once(cache, monkeypatch):
    weights, path, reads = weights_of(UserFile(NAME)), put(cache), []
    digest_of = hashlib.file_digest
    monkeypatch.setattr(hashlib, "file_digest", lambda *args: reads.append(1) or digest_of(*args))
    assert verify(weights) == verify(weights) == path
    assert len(reads) == 1
    path.write_bytes(FILE[:-1] + b"!")
    os.utime(path, (1, 1))
    with pytest.raises(ChecksumError, match=rf"{NAME} is not the file that TINY_V1 needs\. Put the right"):
        verify(weights)
    assert len(reads) == 2


@pytest.mark.parametrize(
    ("source", "advice"),
    [
        (Bundled("nowhere/a.pth"), "Restore it"),
        (Download("http://a/b", NAME, 1), "fetch it again from http://a/b"),
        (UserFile(NAME), "Put the right"),
    ],
)
def test_verify_of_an_absent_file_says_what_to_do(source, advice):
    with pytest.raises(WeightsError, match=rf"cannot be read \(No such file or directory\)\. .*{advice}"):
        verify(weights_of(source))


# Downloads


def test_complete_download(server, cache):
    weights = server.weights()
    path = fetch(weights)
    assert path == cache / NAME
    assert path.read_bytes() == FILE
    assert left_in(cache) == [NAME]
    assert server.asked[0]["User-Agent"] == "Tangent"
    assert fetch(weights) == path
    assert len(server.asked) == 1


def test_offline_asks_nobody_and_says_which_file_to_bring(server, cache, monkeypatch):
    monkeypatch.setenv("TANGENT_OFFLINE", "1")
    with pytest.raises(DownloadError, match=f"{NAME}.*{server.url}.*asks no other host.*by hand"):
        fetch(server.weights())
    assert left_in(cache) == []


def test_progress_counts_bytes_up_to_the_size(server, monkeypatch):
    monkeypatch.setattr(fetch_module, "CHUNK_BYTES", 50)
    snapshots = list(download(server.weights()))
    steps = [snapshot.step for snapshot in snapshots]
    assert steps[0] <= 50
    assert steps == sorted(steps)
    assert len(steps) > len(FILE) // 50
    assert snapshots[-1] == Fetched(len(FILE), len(FILE))


def test_download_is_a_job(server, cache):
    job = submit(download, server.weights())
    assert job.wait(TIMEOUT_S)
    assert (job.status, job.progress, left_in(cache)) == ("done", 1.0, [NAME])


def test_a_download_without_content_length(server, cache):
    server.answer = lambda handler: handler.whole(FILE, length=0)
    assert fetch(server.weights()).read_bytes() == FILE


@pytest.mark.parametrize("length", [0, len(FILE)], ids=["without length", "with length"])
def test_cut_in_the_middle(server, cache, length):
    server.answer = lambda handler: handler.whole(FILE[:100], length=length)
    with pytest.raises(
        DownloadError, match=rf"^{NAME} could not be fetched from {server.url}: .*100 of {len(FILE)} byt"
    ):
        fetch(server.weights())
    assert left_in(cache) == []
    server.answer = lambda handler: handler.whole(FILE)
    assert fetch(server.weights()).read_bytes() == FILE


def test_connection_reset_in_the_middle(server, cache):
    def reset(handler):
        handler.whole(FILE[:100], length=len(FILE))
        handler.wfile.flush()
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        handler.connection.close()

    server.answer = reset
    with pytest.raises(DownloadError, match=rf"could not be fetched from {server.url}: .* try again, or put the file"):
        fetch(server.weights())
    assert left_in(cache) == []


def test_server_that_falls_silent(server, cache, monkeypatch):
    monkeypatch.setattr(fetch_module, "TIMEOUT_S", 0.1)
    done = threading.Event()

    def stall(handler):
        handler.whole(FILE[:100], length=len(FILE))
        handler.wfile.flush()
        done.wait(TIMEOUT_S)

    server.answer = stall
    try:
        with pytest.raises(DownloadError, match="timed out"):
            fetch(server.weights())
    finally:
        done.set()
    assert left_in(cache) == []


def test_wrong_hash(server, cache):
    server.content = FILE[:-1] + b"!"
    with pytest.raises(ChecksumError, match=r"SHA-256 differs\)\. The file on the server has changed"):
        fetch(server.weights())
    assert left_in(cache) == []


def test_a_prefix_of_the_hash_is_checked(server, cache):
    fetched = fetch(server.weights(sha256=None, sha256_prefix=sha256(FILE)[:8]))
    assert fetched.read_bytes() == FILE
    fetched.write_bytes(FILE + b"!")
    with pytest.raises(ChecksumError, match=f"{NAME} is not the file that TINY_V1 needs"):
        verify(server.weights(sha256=None, sha256_prefix=sha256(FILE)[:8]))
    fetched.unlink()
    with pytest.raises(ChecksumError, match="SHA-256 differs"):
        fetch(server.weights(sha256=None, sha256_prefix=sha256(FILE + b"!")[:8]))
    assert left_in(cache) == []


@pytest.mark.parametrize(("off_by", "is_fetched"), [(5, True), (-5, True), (6, False), (-6, False)])
def test_a_size_known_only_roughly(server, cache, off_by, is_fetched):
    source = Download(server.url, NAME, len(FILE) + off_by, tolerance_bytes=5)
    weights = weights_of(source)
    if is_fetched:
        steps = list(download(weights))
        assert path_of(weights).read_bytes() == FILE
        assert steps[-1] == Fetched(len(FILE) + off_by, len(FILE) + off_by)
        assert all(step.step <= step.total_steps for step in steps)
    else:
        with pytest.raises((ChecksumError, DownloadError), match=r"longer than the|connection ended after"):
            fetch(weights)
        assert left_in(cache) == []


def test_longer_than_declared_stops_early(server, cache, monkeypatch):
    monkeypatch.setattr(fetch_module, "CHUNK_BYTES", 64)
    server.content = FILE + bytes(10_000_000)
    seen = []
    with pytest.raises(ChecksumError, match=f"longer than the {len(FILE)} bytes declared"):
        seen.extend(snapshot.step for snapshot in download(server.weights()))
    assert max(seen, default=0) <= len(FILE)
    assert left_in(cache) == []


def test_no_network(server, cache):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # bound, but nobody listens
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/{NAME}"
        weights = weights_of(Download(url, NAME, len(FILE)))
        with pytest.raises(DownloadError) as caught:
            fetch(weights)
    assert str(caught.value) == (
        f"{NAME} could not be fetched from {url}: no connection (Connection refused). "
        f"Check the connection and try again, or put the file into {cache} by hand."
    )
    assert left_in(cache) == []
    assert state(weights) == "download"


def test_refusal_by_the_server(server, cache):
    server.answer = lambda handler: handler.send_error(404)
    with pytest.raises(DownloadError, match=rf"{server.url}: the server answered 404 Not Found\. Check"):
        fetch(server.weights())
    assert left_in(cache) == []


def test_redirects_are_followed_to_http_only(server, cache, tmp_path):
    target = ""

    def redirect(handler):
        if "moved" in handler.path:
            return handler.whole(FILE)
        handler.send_response(302)
        handler.send_header("Location", target)
        handler.end_headers()

    server.answer = redirect
    file = put(tmp_path / "other").as_uri()
    for refused, text in (("ftp://127.0.0.1/x", "unknown url type: ftp"), (file, "the server answered 302")):
        target = refused
        with pytest.raises(DownloadError, match=text):
            fetch(server.weights())
        assert left_in(cache) == []
    target = "/moved"
    assert fetch(server.weights()).read_bytes() == FILE


def test_a_file_already_in_the_cache_is_found_and_verified(server, cache):
    path = put(cache)
    assert list(download(server.weights())) == [Fetched(len(FILE), len(FILE))]
    assert server.asked == []
    path.write_bytes(b"another file")
    with pytest.raises(
        ChecksumError, match=rf"{NAME} is not the file .* Delete it .* fetch it again from {server.url}"
    ):
        fetch(server.weights())
    assert path.read_bytes() == b"another file"  # what somebody else put there is not ours to remove


class FullDisk(io.RawIOBase):
    def __init__(self, file):
        self.file = file

    def write(self, data):
        self.file.write(data[:10])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def close(self):
        self.file.close()
        super().close()


def test_full_disk(server, cache, monkeypatch):
    opened = Path.open
    monkeypatch.setattr(
        Path, "open", lambda path, mode: FullDisk(opened(path, mode)) if mode == "wb" else opened(path, mode)
    )
    with pytest.raises(
        DownloadError, match=r"could not be written \(No space left on device\)\. Make room for .* MB in"
    ):
        fetch(server.weights())
    assert left_in(cache) == []


def test_folder_that_cannot_be_made(server, cache):
    cache.parent.parent.mkdir()
    cache.parent.write_text("a file where the folder should be")
    with pytest.raises(DownloadError, match="could not be written"):
        fetch(server.weights())


def test_stopping_in_the_middle_leaves_nothing_and_frees_the_file(server, cache, monkeypatch):
    monkeypatch.setattr(fetch_module, "CHUNK_BYTES", 50)
    stopped = download(server.weights())
    next(stopped)
    assert left_in(cache) == [f"{NAME}.{os.getpid()}.part"]
    stopped.close()
    assert left_in(cache) == []
    assert fetch(server.weights()).read_bytes() == FILE


def test_two_threads_download_once_and_both_see_the_progress(server, cache, monkeypatch):
    monkeypatch.setattr(fetch_module, "LOOK_S", 0.005)
    content, go_on = bytes(200_000), threading.Event()

    def slow(handler):
        handler.whole(content[:100_000], length=len(content))
        handler.wfile.flush()
        assert go_on.wait(TIMEOUT_S)
        handler.wfile.write(content[100_000:])

    server.answer = slow
    jobs = [submit(download, server.weights(content=content)) for _ in range(3)]
    try:
        while not all(job.progress for job in jobs):
            assert not jobs[0].wait(0.005)
            assert {job.status for job in jobs} == {"running"}
    finally:
        go_on.set()
    assert all(job.wait(TIMEOUT_S) for job in jobs)
    assert [job.status for job in jobs] == ["done"] * 3
    assert len(server.asked) == 1
    assert left_in(cache) == [NAME]


def test_after_a_failed_download_the_one_who_waited_tries_itself(server, cache, monkeypatch):
    monkeypatch.setattr(fetch_module, "LOOK_S", 0.005)
    asked, go_on = threading.Event(), threading.Event()

    def fail_once(handler):
        if len(server.asked) > 1:
            return handler.whole(FILE)
        asked.set()
        assert go_on.wait(TIMEOUT_S)
        handler.send_error(500)

    server.answer = fail_once
    first = submit(download, server.weights())
    assert asked.wait(TIMEOUT_S)
    second = submit(download, server.weights())
    while second.n_seen < 2 and not second.wait(0.005):
        pass
    go_on.set()
    assert first.wait(TIMEOUT_S)
    assert second.wait(TIMEOUT_S)
    assert (first.status, second.status, left_in(cache)) == ("failed", "done", [NAME])
    assert isinstance(first.error, DownloadError)


def test_a_part_that_goes_while_another_thread_looks_counts_nothing(cache, monkeypatch):
    monkeypatch.setattr(Path, "exists", lambda self: True)  # seen, and removed before its size is asked
    assert fetch_module._size_of(cache / "gone.part") == 0


# Loading


def test_load_downloads_once_and_gives_a_shared_frozen_model_in_eval_mode(server):
    weights = server.weights()
    model = load(weights, "cpu")
    for name, tensor in model.state_dict().items():
        assert torch.equal(tensor, TENSORS[name])
    assert not model.training
    assert not any(parameter.requires_grad for parameter in model.parameters())
    assert torch.equal(model(torch.ones(1, 2)), torch.tensor([[2.0, 7.0, 12.0]]))
    assert load(weights, torch.device("cpu", 0)) is model
    assert load(weights) is model or torch.cuda.is_available() or torch.backends.mps.is_available()
    assert len(server.asked) == 1


def saved(tensors):
    buffer = io.BytesIO()
    torch.save(tensors, buffer)
    return buffer.getvalue()


def test_load_reads_pth(cache):
    content = saved(TENSORS)
    put(cache, content, "tiny.pth")
    model = load(weights_of(UserFile("tiny.pth"), content), "cpu")
    assert torch.equal(model[0].weight, TENSORS["0.weight"])


def test_load_reads_a_bundled_file(tmp_path, monkeypatch):
    monkeypatch.setattr(files_module, "ASSETS", tmp_path)
    put(tmp_path)
    assert torch.equal(load(weights_of(Bundled(NAME)), "cpu")[0].bias, TENSORS["0.bias"])


def test_a_failed_load_is_tried_again(server):
    server.answer = lambda handler: handler.send_error(503)
    weights = server.weights()
    with pytest.raises(DownloadError):
        load(weights, "cpu")
    server.answer = lambda handler: handler.whole(FILE)
    assert isinstance(load(weights, "cpu"), nn.Module)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"0.bias": None}, "0.bias is missing"),
        ({"extra": torch.zeros(1)}, "extra is not part of the model"),
        ({"0.weight": torch.zeros(2, 3)}, r"0.weight must have shape \(3, 2\), got \(2, 3\)"),
    ],
)
def test_tensors_that_do_not_fit(cache, change, text):
    content = save({name: tensor for name, tensor in (TENSORS | change).items() if tensor is not None})
    put(cache, content)
    with pytest.raises(IncompatibleWeights, match=rf"{NAME} does not fit TINY_V1: {text}\. Use the file"):
        load(weights_of(UserFile(NAME), content), "cpu")


def test_many_misfits_are_counted(cache):
    put(cache, save({f"x{i}": torch.zeros(1) for i in range(3)}))
    with pytest.raises(IncompatibleWeights, match=r"x0 is not part of the model; and 2 more\."):
        load(weights_of(UserFile(NAME), sha256=None), "cpu")


class Doubler(nn.Module):
    def __init__(self):
        super().__init__()
        self.factor = nn.Parameter(torch.tensor(2.0))

    def forward(self, x):
        return self.factor * x


@pytest.fixture(scope="module")
def program():
    """The bytes of a TorchScript program."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        buffer = io.BytesIO()
        torch.jit.save(torch.jit.script(Doubler()), buffer)
    return buffer.getvalue()


def test_load_runs_a_declared_torchscript_program(cache, program, monkeypatch):
    put(cache, program, "doubler.pt")
    pool = ModelPool(len(program) + 1)
    monkeypatch.setattr(load_module, "models", lambda: pool)
    weights = weights_of(UserFile("doubler.pt"), program, build=None)
    model = load(weights, "cpu")  # under pytest a warning would be an error
    assert torch.equal(model(torch.ones(2)), torch.full((2,), 2.0))
    assert not model.training and not any(parameter.requires_grad for parameter in model.parameters())
    assert load(weights, "cpu") is model
    assert pool.used_bytes == len(program)  # its packed tensors are not parameters; its file holds them


def test_another_torchscript_program_is_not_run(cache, program):
    put(cache, program + b"\0", "doubler.pt")
    with pytest.raises(ChecksumError):
        load(weights_of(UserFile("doubler.pt"), program, build=None), "cpu")


@pytest.mark.parametrize("content", [b"", b"not a program", saved(TENSORS), saved(TENSORS)[:200]])
def test_what_is_no_torchscript_program(cache, content):
    put(cache, content, "doubler.pt")
    with pytest.raises(IncompatibleWeights, match=r"doubler\.pt cannot be read as the program of TINY_V1"):
        load(weights_of(UserFile("doubler.pt"), content, build=None), "cpu")


class Evil:
    def __reduce__(self):
        return os.mkdir, (str(Evil.path),)


def test_a_pickle_that_would_run_code_is_refused(cache, tmp_path):
    Evil.path = tmp_path / "run by the file"
    put(cache, saved({"0.weight": Evil()}), "evil.pth")
    with pytest.raises(IncompatibleWeights, match=r"evil\.pth cannot be read as weights of TINY_V1"):
        load(weights_of(UserFile("evil.pth"), sha256=None), "cpu")
    assert not Evil.path.exists()


@pytest.mark.parametrize(
    "content",
    [b"", b"not weights", saved(TENSORS)[:200], FILE[:100]],
    ids=["empty", "text", "cut pth", "cut safetensors"],
)
@pytest.mark.parametrize("name", ["a.pth", "a.safetensors"])
def test_damaged_files(cache, content, name):
    put(cache, content, name)
    with pytest.raises(IncompatibleWeights, match=f"{name} cannot be read"):
        load(weights_of(UserFile(name), sha256=None), "cpu")


def test_a_file_that_holds_no_named_tensors(cache):
    for content in (saved([1, 2]), saved({"state_dict": TENSORS})):
        put(cache, content, "a.pth")
        with pytest.raises(IncompatibleWeights, match="must hold tensors by name"):
            load(weights_of(UserFile("a.pth"), sha256=None), "cpu")


def test_wrong_file_is_not_loaded(cache):
    put(cache, save({name: tensor + 1 for name, tensor in TENSORS.items()}))
    with pytest.raises(ChecksumError):
        load(weights_of(UserFile(NAME)), "cpu")


def test_model_larger_than_the_pool(cache, monkeypatch):
    pool = ModelPool(35)  # the model has 9 numbers of 4 bytes
    monkeypatch.setattr(load_module, "models", lambda: pool)
    put(cache)
    with pytest.raises(ResourceLimit):
        load(weights_of(UserFile(NAME)), "cpu")


# Command line


def test_list(capsys, cache):
    assert main(["list"]) == 0
    assert capsys.readouterr().out == "No weights are registered.\n"
    register(weights_of(Download("http://a/b", NAME, 2_500_000)))
    register(weights_of(UserFile("own.pth"), name="OWN_V1", licence="CC0"))
    assert main(["list"]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines == [["OWN_V1", "missing", "CC0"], ["TINY_V1", "download", "2.5", "MB", "MIT"]]


def test_fetch_command(capsys, server, cache):
    register(server.weights())
    assert main(["fetch", "TINY_V1"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == f"TINY_V1 is at {cache / NAME}"
    assert main(["fetch", "NONE"]) == 1
    assert capsys.readouterr().err == "weights must be one of TINY_V1; got 'NONE'.\n"
    (cache / NAME).unlink()
    server.answer = lambda handler: handler.send_error(404)
    assert main(["fetch", "TINY_V1"]) == 1
    assert "404" in capsys.readouterr().err


def test_verify_command(capsys, cache):
    assert main(["verify"]) == 0
    assert capsys.readouterr().out == "No weights are registered.\n"
    register(weights_of(Download("http://a/b", "absent.pth", 1), name="ABSENT_V1"))
    register(weights_of(UserFile(NAME)))
    path = put(cache)
    assert main(["verify"]) == 0
    assert capsys.readouterr().out == f"ABSENT_V1 is not here\nTINY_V1 is right: {path}\n"
    assert main(["verify", "TINY_V1"]) == 0
    assert main(["verify", "ABSENT_V1"]) == 1
    path.write_bytes(b"another file")
    capsys.readouterr()
    assert main(["verify"]) == 1
    assert "is not the file that TINY_V1 needs" in capsys.readouterr().err
    register(weights_of(Bundled("nowhere/a.pth"), name="BUNDLED_V1"))
    assert main(["verify", "BUNDLED_V1"]) == 1


def test_command_line_as_a_program():
    root = Path(__file__).parents[2]
    run = [sys.executable, "-m", "engine.weights"]
    listed = subprocess.run([*run, "list"], cwd=root, capture_output=True, text=True)
    assert (listed.returncode, listed.stderr) == (0, "")
    unknown = subprocess.run([*run, "verify", "NONE"], cwd=root, capture_output=True, text=True)
    assert unknown.returncode == 1
    assert unknown.stderr.startswith("weights must be one of ")
    assert "Traceback" not in unknown.stderr


def test_importing_the_package_does_not_import_torch():
    code = "import sys, engine.weights; print('torch' in sys.modules)"
    root = Path(__file__).parents[2]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True).stdout == "False\n"
