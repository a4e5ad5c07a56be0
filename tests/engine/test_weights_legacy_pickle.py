"""Pickled modules of old torch: the tensors come out, and nothing that such a file asks for is ever run."""

import hashlib
import io
import os
import pickle
import shutil
import struct
import sys
from collections import OrderedDict
from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from engine.errors import ChecksumError, IncompatibleWeights, InvalidInput, WeightsError
from engine.runtime import ModelPool
from engine.weights import UserFile, Weights, load, path_of
from engine.weights import legacy_pickle as legacy
from engine.weights.legacy_pickle import read_tensors
from engine.weights.pickle_machine import MAX_INSTRUCTIONS
from tests.reference.real_data import need

load_module = sys.modules["engine.weights.load"]
MACHINE = {"protocol_version": 1001, "little_endian": True, "type_sizes": {"short": 2, "int": 4, "long": 4}}
ran = []


def witness(*arguments):
    """What the crafted files ask to be called."""
    ran.append(arguments)


@pytest.fixture(autouse=True)
def nothing_ran():
    ran.clear()
    yield
    assert ran == []


class Storage:
    """Stands for a storage in a file to be written."""

    def __init__(self, values, key, kind=torch.FloatStorage, numel=None, view=None):
        self.values, self.kind, self.key, self.view = np.asarray(values), kind, key, view
        self.numel = self.values.size if numel is None else numel


class Asks:
    """Is written as a call of `function`."""

    def __init__(self, function, *arguments):
        self.call = (function, arguments)

    def __reduce__(self):
        return self.call


class Module:
    """Is written as an object of a class, with a state; free unpickling of one tells `witness`."""

    def __init__(self, parameters=(), buffers=(), modules=(), **more):
        self.state = {"_parameters": OrderedDict(parameters), "_buffers": OrderedDict(buffers)}
        self.state |= {"_modules": OrderedDict(modules), "training": True} | more

    def __getstate__(self):
        return self.state

    def __setstate__(self, state):
        witness(state)


class Writer(pickle.Pickler):
    def __init__(self, file):
        super().__init__(file, protocol=2)
        self.storages, self.classes = {}, set()

    def persistent_id(self, value):
        if isinstance(value, Storage):
            self.storages[value.key] = value
            return "storage", value.kind, value.key, "cpu", value.numel, value.view
        if isinstance(value, type) and issubclass(value, Module) and value not in self.classes:
            self.classes.add(value)
            return "module", value, "module.py", "class Module: ..."
        return None


def tensor(storage, size, stride, offset=0):
    return Asks(torch._utils._rebuild_tensor_v2, storage, offset, size, stride, False, OrderedDict())


def file_of(top, keys=None, machine=MACHINE, elements=None):
    """Return a file in the old format; `top` may also be the bytes of a pickle."""
    body = io.BytesIO()
    writer = Writer(body)
    if isinstance(top, bytes):
        body.write(top)
    else:
        writer.dump(top)
    head = [pickle.dumps(part, 2) for part in (legacy.MAGIC_NUMBER, 1001, machine)]
    keys = sorted(writer.storages) if keys is None else keys
    tail = [
        struct.pack("<q", writer.storages[k].values.size) + writer.storages[k].values.tobytes()
        for k in keys
        if k in writer.storages
    ]
    return b"".join([*head, body.getvalue(), pickle.dumps(keys, 2), *(tail if elements is None else elements)])


def small():
    """A module with a sub-module, a shared storage, a parameter, a buffer and an absent bias."""
    shared = Storage(np.arange(12, dtype=np.float32), "7")
    inner = Module(
        {"weight": Asks(torch._utils._rebuild_parameter, tensor(shared, (2, 3), (3, 1), 6), True, OrderedDict())}
    )
    count = Storage(np.array([5]), "8", torch.LongStorage)
    return Module(
        {"weight": tensor(shared, (3, 2), (1, 3)), "bias": None},
        {"count": tensor(count, (), ())},
        {"inner": inner, "none": None},
    )


def refused(content, match):
    with pytest.raises(WeightsError, match=match) as error:
        read_tensors(content)
    assert str(error.value).count(". ") == 1 and error.value.__cause__ is None
    assert ran == []


def test_tensors_come_out_by_name():
    tensors = read_tensors(file_of(small()))
    assert list(tensors) == ["weight", "count", "inner.weight"]
    assert torch.equal(tensors["weight"], torch.arange(6.0).reshape(2, 3).T)
    assert torch.equal(tensors["inner.weight"], torch.arange(6.0, 12).reshape(2, 3))
    assert tensors["count"].dtype == torch.int64 and tensors["count"].item() == 5


def test_as_torch_reads_it(tmp_path):
    """torch.save's own old format; its modules of today hold a set besides, which old ones did not."""
    network = nn.Sequential(nn.Conv2d(2, 3, 1), nn.BatchNorm2d(3))
    for module in network.modules():
        del module._non_persistent_buffers_set
    path = tmp_path / "module"
    torch.save(network, path, _use_new_zipfile_serialization=False)
    expected = {**dict(network.named_parameters()), **dict(network.named_buffers())}
    tensors = read_tensors(path)
    assert tensors.keys() == expected.keys() and all(torch.equal(tensors[name], expected[name]) for name in expected)


def test_the_published_file_equals_the_trace():
    tensors = read_tensors(need("weights/efficientpose/EfficientPoseRT"))
    with pytest.warns(FutureWarning, match=r"torch\.jit\.load"):
        trace = torch.jit.load(need("weights/efficientpose/efficientpose_RT_224.torchscript.pt"))
    expected = {**dict(trace.named_parameters()), **dict(trace.named_buffers())}
    assert len(tensors) == 268 and tensors.keys() == expected.keys()
    assert all(torch.equal(tensors[name], expected[name]) for name in expected)
    assert "MainModel" not in sys.modules


EVIL = {
    "os.system": Asks(os.system, "exit 1"),
    "eval": Asks(eval, "witness()"),
    "exec": Asks(exec, "import tests"),
    "getattr": Asks(getattr, "text", "upper"),
    "of its own": Asks(witness, 1),
    "a class": Asks(shutil.rmtree, "/nowhere"),
    "torch.load": Asks(torch.load, "file"),
    "set": Asks(set, [1]),
    "another rebuilder": Asks(torch._utils._rebuild_device_tensor_from_numpy, None, None, None, False),
}


@pytest.mark.parametrize("name", EVIL)
@pytest.mark.parametrize("place", ["top", "parameter", "buffer", "module", "attribute", "storage"])
def test_no_call_is_made(name, place):
    evil = EVIL[name]
    top = {
        "top": evil,
        "parameter": Module({"weight": evil}),
        "buffer": Module({}, {"count": evil}),
        "module": Module({}, {}, {"inner": evil}),
        "attribute": Module(hook=evil),
        "storage": Module({"weight": tensor(evil, (1,), (1,))}),
    }[place]
    refused(file_of(top), "it asks to call '")


def test_free_unpickling_would_have_run_them():
    """The crafted calls are real ones."""
    assert pickle.loads(pickle.dumps(EVIL["of its own"], 2)) is None
    assert ran == [(1,)]
    ran.clear()


def test_no_module_is_imported_and_no_object_made():
    name = "this"  # of the standard library, and it prints when it is imported
    sys.modules.pop(name, None)
    body = b"\x80\x02cthis\nThis\n)\x81}(X\x0b\x00\x00\x00_parameters}X\x08\x00\x00\x00_modules}ub."
    assert read_tensors(file_of(body)) == {}
    assert name not in sys.modules
    assert read_tensors(file_of(Module())) == {}  # whose __setstate__ would tell


RAW = {
    "INST": b"(S'exit 1'\nios\nsystem\n.",
    "OBJ": b"(cos\nsystem\nX\x06\x00\x00\x00exit 1o.",
    "STACK_GLOBAL": b"\x80\x04\x8c\x02os\x94\x8c\x06system\x94\x93\x94\x8c\x06exit 1\x94\x85\x94R\x94.",
    "NEWOBJ_EX": b"\x80\x04cos\nsystem\n)}\x92.",
    "EXT1": b"\x80\x02\x82\x01.",
    "PERSID": b"\x80\x02Pmodule\n.",
    "DUP": b"\x80\x02}2.",
}


@pytest.mark.parametrize("name", RAW)
def test_other_instructions_are_refused(name):
    refused(file_of(RAW[name]), "it has the instruction")


BROKEN = {
    "a call with no name": b"\x80\x02})R.",
    "a call of a call": b"\x80\x02ccollections\nOrderedDict\n)R)R.",
    "an object of no class": b"\x80\x02})\x81.",
    "a state for a dict": b"\x80\x02}}b.",
    "a state for a name": b"\x80\x02cos\nsystem\n}b.",
    "a state that is a pair": b"\x80\x02cos\nstat\n)\x81}}\x86b.",
    "an ordered dict of something": b"\x80\x02ccollections\nOrderedDict\n](N\x86e\x85R.",
    "an item of a list": b"\x80\x02]NNs.",
    "an element of a dict": b"\x80\x02}Na.",
    "an odd number of items": b"\x80\x02}(Nu.",
    "a tuple as a key": b"\x80\x02})Ns.",
    "too few values": b"\x80\x02N\x87.",
    "no mark": b"\x80\x02Nt.",
    "an empty stack": b"\x80\x02.",
    "an unknown memo": b"\x80\x02h\x05.",
    "an opcode that is none": b"\x80\x02\xff.",
    "a reference to nothing": b"\x80\x02)Q.",
    "a list at the top": b"\x80\x02].",
    "a text that is not UTF-8": b"\x80\x02X\x01\x00\x00\x00\xff.",
    "a text longer than the file": b"\x80\x02X\xff\xff\xff\x7fx.",
    "a protocol that is none": b"\x80\xffN.",
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_pickles_are_refused(name):
    refused(file_of(BROKEN[name]), "must be a module pickled by torch before")


def test_a_great_memo_place_takes_no_memory():
    body = b"\x80\x02cos\nstat\n)\x81r\xff\xff\xff\xff}b."
    assert read_tensors(file_of(body)) == {}


@pytest.mark.parametrize("kind", ["tuple", "key", "modules", "itself", "doubling", "long"])
def test_too_deep_or_too_much(kind):
    node = b"cos\nstat\n)\x81"
    into = b"}X\x08\x00\x00\x00_modules"
    bodies = {
        "tuple": b"\x80\x02)" + b"\x85" * 300_000 + b".",
        "key": b"\x80\x02})" + b"\x85" * 300_000 + b"Ns.",
        "modules": b"\x80\x02" + (node + into + b"}X\x01\x00\x00\x00a") * 200 + node + b"ssb" * 200 + b".",
        "itself": b"\x80\x02" + node + b"q\x00" + into + b"}X\x01\x00\x00\x00ah\x00ssb.",
        "doubling": b"\x80\x02"
        + node
        + b"q\x00"
        + (node + into + b"}X\x01\x00\x00\x00ah\x00sX\x01\x00\x00\x00bh\x00ssbq\x00") * 40
        + b".",
        "long": b"\x80\x02" + b"N" * (MAX_INSTRUCTIONS + 1) + b".",
    }
    refused(
        file_of(bodies[kind]),
        "something else than a module|no item|by a name|deeper than 50 or has more|more than 1,000,000",
    )


def one(storage, size=(2,), stride=(1,), offset=0):
    return Module({"weight": tensor(storage, size, stride, offset)})


FLOATS = np.zeros(4, np.float32)
SIZES = {
    "beyond the end": one(Storage(FLOATS, "0"), (5,)),
    "from beyond the end": one(Storage(FLOATS, "0"), (1,), (1,), 4),
    "strides beyond the end": one(Storage(FLOATS, "0"), (2,), (4,)),
    "more elements than are there": one(Storage(FLOATS, "0"), (2**40,), (0,)),
    "a negative stride": one(Storage(FLOATS, "0"), (2,), (-1,), 3),
    "a negative offset": one(Storage(FLOATS, "0"), (2,), (1,), -1),
    "an empty size": one(Storage(FLOATS, "0"), (0, 2**62), (1, 1)),
    "a size that is true": one(Storage(FLOATS, "0"), (True,), (1,)),
    "a size that is broken": one(Storage(FLOATS, "0"), (1.5,), (1,)),
    "a size that overflows": one(Storage(FLOATS, "0"), (2**70,), (0,)),
    "fewer strides": one(Storage(FLOATS, "0"), (2, 2), (1,)),
    "nine dimensions": one(Storage(FLOATS, "0"), (1,) * 9, (1,) * 9),
    "a list as size": one(Storage(FLOATS, "0"), [2], [1]),
    "a storage that is none": one(None),
    "a storage of unknown kind": one(Storage(FLOATS, "0", torch.ComplexFloatStorage)),
    "a kind that is a function": one(Storage(FLOATS, "0", os.system)),
    "a view of a storage": one(Storage(FLOATS, "0", view=("1", 0, 2))),
    "a negative storage": one(Storage(FLOATS, "0", numel=-1)),
    "an oversized storage": one(Storage(FLOATS, "0", numel=2**50)),
    "a storage larger than its elements": one(Storage(FLOATS, "0", numel=5)),
    "a parameter of something": Module({"weight": Asks(torch._utils._rebuild_parameter, 3, True, OrderedDict())}),
    "a parameter that is a number": Module({"weight": 3}),
    "a module that is a number": Module({}, {}, {"inner": 3}),
    "parameters without names": Module({1: None}),
    "parameters that are a list": Module(_parameters=[1]),
}


@pytest.mark.parametrize("name", SIZES)
def test_tensors_must_lie_in_their_storages(name):
    refused(file_of(SIZES[name]), "must be a module pickled by torch before")


def test_storages_must_be_those_of_the_tensors():
    top, count = one(Storage(FLOATS, "0")), struct.pack("<q", 4)
    both = Module(
        {
            "a": tensor(Storage(FLOATS, "0"), (1,), (1,)),
            "b": tensor(Storage(FLOATS, "0", torch.LongStorage), (1,), (1,)),
        }
    )
    for content in (
        file_of(top, keys=[]),
        file_of(top, keys=["1"]),
        file_of(top, keys=["0", "0"]),
        file_of(top, keys=("0",)),
        file_of(top, keys=[0]),
        file_of(top, elements=[count, bytes(15)]),
        file_of(top, elements=[struct.pack("<q", 2**60), bytes(16)]),
        file_of(top, elements=[struct.pack("<q", -4), bytes(16)]),
        file_of(top, elements=[b"123"]),
        file_of(top, machine=MACHINE | {"little_endian": False}),
        file_of(top, machine=[]),
        file_of(both),
        pickle.dumps(legacy.MAGIC_NUMBER, 2) + pickle.dumps(1002, 2),
        pickle.dumps({"weight": 1}, 2),
        b"",
        b"PK\x03\x04" + bytes(100),
    ):
        refused(content, "must be a module pickled by torch before")
    assert read_tensors(file_of(top))["weight"].tolist() == [0, 0]


def test_a_cut_anywhere_is_refused():
    content = file_of(small())
    for end in range(len(content)):
        refused(content[:end], "must be a module pickled by torch before")


def test_any_change_of_bytes_gives_tensors_or_one_sentence():
    content = file_of(small())
    generator = np.random.default_rng(0)
    for _ in range(3000):
        changed = bytearray(content)
        for place in generator.integers(0, len(content), generator.integers(1, 4)):
            changed[place] = generator.integers(0, 256)
        with suppress(IncompatibleWeights):
            assert all(isinstance(value, torch.Tensor) for value in read_tensors(bytes(changed)).values())


def declared(path, content, monkeypatch, **changes):
    """Put a file where a declaration wants it."""
    monkeypatch.setenv("TORCH_HOME", str(path))
    monkeypatch.setattr(load_module, "models", lambda: ModelPool(2**20))
    fields = {
        "name": "OLD_V1",
        "source": UserFile("old"),
        "build": lambda: nn.Linear(3, 2, bias=False),
        "preprocess": list,
        "sha256": hashlib.sha256(content).hexdigest(),
        "licence": "MIT",
        "card": "none",
        "metrics": {},
        "num_params": 6,
        "convert": lambda tensors: {"weight": tensors["inner.weight"]},
    }
    weights = Weights(**fields | changes)
    path_of(weights).parent.mkdir(parents=True, exist_ok=True)
    path_of(weights).write_bytes(content)
    return weights


def test_a_declared_module_is_loaded(tmp_path, monkeypatch):
    model = load(declared(tmp_path, file_of(small()), monkeypatch), "cpu")
    assert torch.equal(model.weight, torch.arange(6.0, 12).reshape(2, 3)) and not model.weight.requires_grad


def test_a_file_that_does_not_fit_is_refused(tmp_path, monkeypatch):
    weights = declared(tmp_path, file_of(small()), monkeypatch, convert=dict)
    with pytest.raises(IncompatibleWeights, match="does not fit OLD_V1: count is not part of the model"):
        load(weights, "cpu")
    weights = declared(tmp_path, file_of(EVIL["of its own"]), monkeypatch)
    with pytest.raises(IncompatibleWeights, match="it asks to call"):
        load(weights, "cpu")


def test_another_file_is_not_even_read(tmp_path, monkeypatch):
    weights = replace(declared(tmp_path, file_of(small()), monkeypatch), sha256="0" * 64)
    monkeypatch.setattr(legacy, "read_tensors", witness)
    with pytest.raises(ChecksumError):
        load(weights, "cpu")


def test_a_module_without_a_whole_hash_is_not_declared(tmp_path, monkeypatch):
    weights = declared(tmp_path, b"", monkeypatch)
    with pytest.raises(InvalidInput, match="sha256 of OLD_V1 must be given for a pickled module"):
        replace(weights, sha256=None, sha256_prefix="12345678")


def test_a_path_that_is_not_there(tmp_path):
    refused(tmp_path / "absent", "absent must be a module .* cannot be opened")
