"""tinytorch.core.training beyond the checks of its notebook: killed and continued, damaged files, loaders, displays."""

import contextlib
import io
import itertools
import json
import os
import signal
import subprocess
import sys
import threading
import types
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

core = pytest.importorskip("tinytorch.core.training", reason="tito dev build 07 makes it")
import tinytorch  # noqa: E402
from tinytorch import Tensor, figures, manual_seed, progress, rand  # noqa: E402
from tinytorch.core.autograd import Function  # noqa: E402
from tinytorch.core.tensor import Random, Seam  # noqa: E402
from tinytorch.core.training import (  # noqa: E402
    Accuracy,
    Batches,
    Callback,
    Checkpoint,
    ConfusionMatrix,
    EarlyStopping,
    Trainer,
    find_nan,
    load,
    save,
)
from tinytorch.nn import CrossEntropyLoss, Dropout, Linear, Module, ReLU, Sequential  # noqa: E402
from tinytorch.optim import SGD, Adam  # noqa: E402
from tinytorch.optim.lr_scheduler import OneCycleLR, ReduceLROnPlateau, StepLR  # noqa: E402
from tinytorch.testing import assert_close  # noqa: E402

HERE = Path(__file__).parent
posix = pytest.mark.skipif(os.name != "posix", reason="signals and fork")


def data(n=36, features=5, classes=3):
    numbers = np.random.default_rng(0)
    return numbers.normal(size=(n, features)).astype(np.float32), np.arange(n) % classes


def trainer(*callbacks, seed=1, dropout=0.4, optimizer=Adam, lr=0.02, **options):
    manual_seed(seed)
    model = Sequential(Linear(5, 8), ReLU(), Dropout(dropout), Linear(8, 3))
    return Trainer(
        model, CrossEntropyLoss(), optimizer(model.parameters(), lr=lr), callbacks=callbacks,
        **{"progress": "none", **options},
    )  # fmt: skip


def weights(t):
    return np.concatenate([p.numpy().ravel() for p in t.model.parameters()])


class At(Callback):
    """Calls act(trainer) after the nth step."""

    def __init__(self, step, act):
        self.left, self.act = step, act

    def step_end(self, trainer):
        self.left -= 1
        if self.left == 0:
            self.act(trainer)


class Cut(Exception):
    pass


def cut(trainer):
    raise Cut


# Killed and continued


@posix
@pytest.mark.parametrize("seed", [0, 1])
def test_a_training_that_was_killed_ends_with_the_same_bits(seed, tmp_path):
    """27 deaths each: after steps, by a clock, and within the writing of a checkpoint."""
    done = subprocess.run(
        [sys.executable, HERE / "killed.py", tmp_path, str(seed)], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(found) == 27 and sum(any(f["died"]) for f in found) >= 20
    assert all(all(f["died"]) for f in found if f["how"] != "by a clock" and len(f["died"]) == 1)
    assert sum(f["file"] for f in found) >= 15, "hardly any training was continued from a checkpoint"
    assert [f for f in found if not f["same"]] == []


@pytest.mark.parametrize("step", [1, 4, 9, 10, 13])
def test_a_loader_that_shuffles_with_the_frameworks_numbers_is_continued_too(step, tmp_path):
    """Its order is drawn when the epoch begins, each batch's noise when the batch is asked for."""

    class Noisy:
        def __iter__(self):
            x, y = data()
            for chosen in rand(len(x)).argsort().numpy().reshape(9, 4):
                yield Tensor(x[chosen]) + 0.1 * rand(4, 5), Tensor(y[chosen])

    undisturbed = trainer()
    undisturbed.fit(Noisy(), 3)
    path = tmp_path / "run"
    with contextlib.suppress(Cut):
        trainer(Checkpoint(path, every=1), At(step, lambda t: None), _after(step)).fit(Noisy(), 3)
    continued = trainer(Checkpoint(path, every=1), seed=5)
    continued.fit(Noisy(), 3)
    assert continued.history == undisturbed.history
    assert weights(continued).tobytes() == weights(undisturbed).tobytes()


def _after(step):
    """Dies after the step has been saved."""

    class After(Callback):
        left = step

        def pause(self, trainer):
            self.left -= 1
            if self.left == 0:
                raise Cut

    return After()


def test_a_checkpoint_is_taken_up_once_and_only_by_a_fresh_training(tmp_path, capsys):
    path = tmp_path / "run"
    first = trainer(Checkpoint(path, every=2))
    first.fit(Batches(*data(), 4), 2)
    first.model[0].bias.data[:] = 7
    first.fit(Batches(*data(), 4), 2)
    assert first.model[0].bias.numpy().tolist() == [7] * 8 and "continuing" not in capsys.readouterr().err
    second = trainer(Checkpoint(path), seed=9)
    second.fit(Batches(*data(), 4), 2)
    assert second.epoch == 2 and f"continuing from {path}, after epoch 2\n" in capsys.readouterr().err


def test_fit_goes_on_to_more_epochs():
    halves, whole = trainer(), trainer()
    halves.fit(Batches(*data(), 4), 2)
    halves.fit(Batches(*data(), 4), 5)
    manual_seed(1)
    whole = trainer()
    whole.fit(Batches(*data(), 4), 5)
    assert halves.history == whole.history and len(whole.history["loss"]) == 5
    assert weights(halves).tobytes() == weights(whole).tobytes()


# Checkpoints that do not fit


def _checkpoint(tmp_path, **options):
    trainer(Checkpoint(tmp_path / "run"), **options).fit(Batches(*data(), 4), 1)
    return tmp_path / "run"


def _resume_error(path, **options):
    t = trainer(Checkpoint(path), seed=3, **options)
    before = weights(t)
    with pytest.raises(ValueError) as caught:
        t.fit(Batches(*data(), 4), 2)
    assert weights(t).tobytes() == before.tobytes(), "the training was changed although the checkpoint does not fit"
    assert t.epoch == 0 and str(path) in str(caught.value)
    return str(caught.value)


def test_a_checkpoint_of_another_training_is_refused(tmp_path):
    path = _checkpoint(tmp_path)
    assert "that of accumulate=1, Adam; this training has accumulate=1, SGD" in _resume_error(path, optimizer=SGD)
    assert "this training has accumulate=2" in _resume_error(path, accumulate=2)
    t = trainer(Checkpoint(path), EarlyStopping("loss"))
    with pytest.raises(ValueError, match="this training has accumulate=1, Adam, EarlyStopping"):
        t.fit(Batches(*data(), 4), 2)


def test_a_checkpoint_of_another_model_is_refused_with_the_shapes(tmp_path):
    path = _checkpoint(tmp_path)
    model = Sequential(Linear(5, 9), ReLU(), Dropout(0.4), Linear(9, 3))
    t = Trainer(model, CrossEntropyLoss(), Adam(model.parameters()), callbacks=[Checkpoint(path)], progress="none")
    with pytest.raises(
        ValueError, match=r"run: Sequential.load_state_dict:\n  0.weight: expected \(9, 5\), got \(8, 5\)"
    ):
        t.fit(Batches(*data(), 4), 2)


def batched(n, size):
    return Batches(*data(n), size)


def test_inside_an_epoch_other_batches_are_refused(tmp_path, capsys):
    t = trainer(Checkpoint(tmp_path / "run", every=1), At(12, press))
    t.fit(batched(36, 4), 2)
    message = "fit: an epoch of 9 batches is not done yet, and this data gives"
    for other in (batched(36, 8), batched(36, 2), batched(20, 4), []):
        with pytest.raises(ValueError, match=f"{message} {len(other)}"):
            t.fit(other, 2)
        with pytest.raises(ValueError, match=message):
            trainer(Checkpoint(tmp_path / "run", every=1)).fit(other, 2)
        fresh = trainer()
        fresh.load_state_dict(t.state_dict())
        with pytest.raises(ValueError, match=message):
            fresh.fit(other, 2)
    assert "after epoch 2, step 3 of 9" in capsys.readouterr().err and t.step == 3


def test_inside_an_epoch_data_without_a_length_must_have_the_batches_that_are_done():
    class Short:
        def __iter__(self):
            return itertools.islice(batched(36, 4), 3)

    t = trainer(At(5, press))
    t.fit(batched(36, 4), 1)
    with pytest.raises(ValueError, match="epoch 1, step 5 is done, but the data gives only 3 batches"):
        t.fit(Short(), 1)


def test_a_last_step_of_fewer_batches_is_no_missing_data(tmp_path):
    undisturbed = trainer(accumulate=4)
    undisturbed.fit(Endless(), 2)
    t = trainer(At(3, press), accumulate=4)
    t.fit(Endless(), 2)
    t.fit(Endless(), 2)
    assert t.outcome == "finished" and weights(t).tobytes() == weights(undisturbed).tobytes()


def test_after_an_epoch_other_batches_may_follow(tmp_path, capsys):
    path = _checkpoint(tmp_path)
    t = trainer(Checkpoint(path))
    t.fit(batched(36, 8), 2)
    assert t.epoch == 2 and t.steps == 5
    assert capsys.readouterr().err == f"continuing from {path}, after epoch 1\n"


def test_a_checkpoint_makes_its_folder_before_the_training(tmp_path):
    (tmp_path / "file").write_text("")
    t = trainer(Checkpoint(tmp_path / "file" / "run"))
    with pytest.raises(OSError):
        t.fit(batched(36, 4), 1)
    assert t.step == 0
    assert _checkpoint(tmp_path / "some" / "folder").exists()


def test_what_is_no_checkpoint_is_refused(tmp_path):
    path = tmp_path / "run"
    save(trainer().model.state_dict(), path)
    assert "the state is that of no training" in _resume_error(path)
    save([1, 2], path)
    assert "the state is that of no training" in _resume_error(path)
    path.write_bytes(b"PK\x03\x04" + bytes(500))
    assert "not a safetensors file" in _resume_error(path)
    path.unlink()
    path.write_bytes(_checkpoint(tmp_path).read_bytes()[:-100])
    assert "is the file cut off?" in _resume_error(path)


# Files


def test_the_safetensors_package_reads_what_save_wrote(tmp_path):
    theirs = pytest.importorskip("safetensors.numpy")
    values = {"w": Tensor([[1, 2], [3, 4]]), "half": Tensor([1.5], np.float16), "n": Tensor(np.array([3, 4], np.int64))}
    values |= {
        "none": Tensor(np.zeros((0, 3))),
        "flag": Tensor(np.array([True])),
        "one": Tensor(np.float64(2), np.float64),
    }
    save(values, tmp_path / "file")
    found = theirs.load_file(tmp_path / "file")
    assert sorted(found) == sorted(values)
    for name, t in values.items():
        assert found[name].dtype == t.dtype
        assert_close(found[name], t.numpy(), name)


def test_the_safetensors_package_reads_a_checkpoint_by_readable_names(tmp_path):
    theirs = pytest.importorskip("safetensors.numpy")
    t = trainer(Checkpoint(tmp_path / "run"))
    t.fit(Batches(*data(), 4), 1)
    found = theirs.load_file(tmp_path / "run")
    assert {"model.0.weight", "model.3.bias", "optimizer.state.0.exp_avg", "optimizer.state.3.step"} <= found.keys()
    assert_close(found["model.0.weight"], t.model[0].weight.numpy(), "model.0.weight")


def test_load_reads_what_the_safetensors_package_wrote(tmp_path):
    theirs = pytest.importorskip("safetensors.numpy")
    numbers = np.random.default_rng(1)
    values = {f"{kind}.{i}": (10 * numbers.normal(size=(i, 3))).astype(kind) for i in range(3) for kind in
              ("float16", "float32", "float64", "bool", "int8", "uint8", "int64", "uint32", "complex64")}  # fmt: skip
    theirs.save_file(values, tmp_path / "file", {"format": "np"})
    found = load(tmp_path / "file")
    assert sorted(found) == sorted(values)
    for name, array in values.items():
        assert found[name].dtype == array.dtype
        assert_close(found[name].numpy(), array, name)


def test_the_bytes_are_those_of_the_published_format(tmp_path):
    """https://github.com/huggingface/safetensors: length, header, numbers, nothing between and nothing after."""
    save({"b": Tensor([1.0]), "a": Tensor(np.array([[1], [2]], np.int16))}, tmp_path / "file")
    content = (tmp_path / "file").read_bytes()
    size = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + size])
    assert size % 8 == 0 and content[8:9] == b"{"
    assert all(isinstance(value, str) for value in header.pop("__metadata__").values())
    assert header == {
        "b": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]},
        "a": {"dtype": "I16", "shape": [2, 1], "data_offsets": [4, 8]},
    }
    assert content[8 + size :] == b"\x00\x00\x80\x3f\x01\x00\x02\x00"


VALUES = [
    3, -2.5, True, None, "ä", [], {}, (), [1, (2, [3])], {"a": {1: "x", "1": "y"}}, {1.5: None, True: 2}, 2**200,
    float("inf"), {"": {"": 0}},
]  # fmt: skip


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_plain_values_come_back_as_they_were(value, tmp_path):
    save(value, tmp_path / "file")
    found = load(tmp_path / "file")
    assert found == value and repr(found) == repr(value)


def test_nan_comes_back(tmp_path):
    save({"x": float("nan"), "t": Tensor([np.nan, -np.inf])}, tmp_path / "file")
    found = load(tmp_path / "file")
    assert found["x"] != found["x"] and np.isnan(found["t"].numpy()[0]) and found["t"].numpy()[1] == -np.inf


def test_tensors_and_arrays_come_back_whatever_their_names(tmp_path):
    value = {
        "a": {"b": Tensor([1])}, "a.b": Tensor([2]), "a.b_": np.array([3]), "__metadata__": Tensor([4]),
        "": Tensor([5]),
        "turned": Tensor(np.arange(6.0).reshape(2, 3)).T, "list": [np.float32([6])], "scalar": Tensor(7),
    }  # fmt: skip
    save(value, tmp_path / "file")
    found = load(tmp_path / "file")
    assert list(found) == list(value)
    assert type(found["a.b_"]) is np.ndarray and type(found["list"][0]) is np.ndarray and type(found["a.b"]) is Tensor
    flat = [found["a"]["b"], found["a.b"], Tensor(found["a.b_"]), found["__metadata__"], found[""]]
    assert [int(t) for t in flat] == [1, 2, 3, 4, 5] and found["scalar"].item() == 7 and found["scalar"].shape == ()
    assert_close(found["turned"].numpy(), np.arange(6, dtype=np.float32).reshape(2, 3).T, "a turned array")


def test_one_tensor_alone_and_the_faces(tmp_path):
    tinytorch.save(Tensor([1, 2]), tmp_path / "file")
    assert tinytorch.load(str(tmp_path / "file")).tolist() == [1, 2]
    assert tinytorch.save is save and tinytorch.load.__wrapped__ is load


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"f": {"g": print}}, "save: f.g cannot be written: builtin_function_or_method"),
        ([Tensor([1]), {1, 2}], "save: 1 cannot be written: set"),
        (object(), "save: this cannot be written: object"),
        ({"z": Tensor(np.zeros(1, np.complex128), np.complex128)}, "save: z cannot be written: Tensor"),
    ],
)
def test_what_cannot_be_saved_is_named_and_leaves_the_file_alone(value, message, tmp_path):
    save(1, tmp_path / "file")
    with pytest.raises(TypeError, match=message):
        save(value, tmp_path / "file")
    assert load(tmp_path / "file") == 1 and os.listdir(tmp_path) == ["file"]


def small_file(tmp_path):
    save({"w": Tensor([[1, 2, 3]]), "n": 3, "t": (1, Tensor(np.array([True])))}, tmp_path / "file")
    return (tmp_path / "file").read_bytes()


def test_a_file_that_is_cut_off_anywhere_is_refused(tmp_path):
    content = small_file(tmp_path)
    for end in range(len(content)):
        (tmp_path / "file").write_bytes(content[:end])
        with pytest.raises(ValueError, match="cut off"):
            load(tmp_path / "file")


def same(a, b):
    """Whether two loaded values are equal in types, structure and numbers."""
    if type(a) is not type(b):
        return False
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    return a.dtype == b.dtype and a.tolist() == b.tolist() if isinstance(a, Tensor) else a == b


def test_a_changed_byte_is_found_wherever_it_stands(tmp_path):
    content = small_file(tmp_path)
    original = load(tmp_path / "file")
    refused = 0
    for i, flip in itertools.product(range(len(content)), (1, 0x20, 0x80)):
        changed = bytearray(content)
        changed[i] ^= flip
        (tmp_path / "file").write_bytes(changed)
        try:
            found = load(tmp_path / "file")
        except ValueError as error:
            refused += str(tmp_path / "file") in str(error)
        else:  # the filling, the name of the metadata: then the file has no tree, or it is unharmed
            plain = isinstance(found, dict) and all(isinstance(t, Tensor) for t in found.values())
            assert same(found, original) or plain, f"byte {i} ^ {flip}: {found}"
    assert refused > 0.9 * 3 * len(content)


@settings(derandomize=True, deadline=None, max_examples=300)
@given(st.binary(max_size=60) | st.binary(max_size=40).map(lambda b: len(b).to_bytes(8, "little") + b))
def test_any_bytes_are_read_or_refused(content):
    with contextlib.suppress(ValueError):
        core.read_tensors(content)


HEADERS = [
    [1], "x", 3, {"__metadata__": 3}, {"w": 3}, {"w": {}}, {"w": {"dtype": "F32"}}, {"w": None}, {"w": []},
    {"w": {"dtype": "BF16", "shape": [1], "data_offsets": [0, 2]}},
    {"w": {"dtype": "F32", "shape": [-1], "data_offsets": [-4, 0]}},
    {"w": {"dtype": "F32", "shape": [1], "data_offsets": [0, 8]}},
    {"w": {"dtype": "F32", "shape": [2], "data_offsets": [0, 4]}},
    {"w": {"dtype": "F32", "shape": [1.5], "data_offsets": [0, 4]}},
    {"w": {"dtype": "F32", "shape": "x", "data_offsets": [0, 4]}},
    {"w": {"dtype": "F32", "shape": [1], "data_offsets": [4, 0]}},
    {"w": {"dtype": "F32", "shape": [1], "data_offsets": [0]}},
    {"w": {"dtype": "F32", "shape": [1], "data_offsets": ["0", "4"]}},
    {"w": {"dtype": "F32", "shape": [10**30], "data_offsets": [0, 4]}},
    {"w": {"dtype": ["F32"], "shape": [1], "data_offsets": [0, 4]}},
    {"w": {"dtype": "F32", "shape": [-1], "data_offsets": [0, 4]}},
    {"w": {"dtype": "F32", "shape": [True], "data_offsets": [0, 4]}},
    {"w": {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]}},
    {"w": {"dtype": "U8", "shape": [3], "data_offsets": [0, 3]}},
    {"w": {"dtype": "U8", "shape": [3], "data_offsets": [1, 4]}},
    {name: {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]} for name in "wv"},
    {name: {"dtype": "U8", "shape": [1], "data_offsets": [i, i + 1]} for i, name in ((0, "w"), (3, "v"))},
    {},
]  # fmt: skip


@pytest.mark.parametrize("header", HEADERS, ids=str)
def test_a_foreign_header_gives_one_clear_error(header, tmp_path):
    text = json.dumps(header).encode()
    (tmp_path / "file").write_bytes(len(text).to_bytes(8, "little") + text + bytes(4))
    with pytest.raises(ValueError) as caught:
        load(tmp_path / "file")
    assert str(caught.value).startswith(f"{tmp_path / 'file'}: ")
    reasons = ("not a safetensors file", "tensor 'w'", "the tensors do not lie one after another up to the end")
    assert any(reason in str(caught.value) for reason in reasons)


def test_a_pickle_and_a_text_are_refused(tmp_path):
    import pickle

    for content in (pickle.dumps({"w": [1.0] * 100}), b"# a text\n" * 50, b"[" * 5000, b""):
        (tmp_path / "file").write_bytes(content)
        with pytest.raises(ValueError, match="not a safetensors file"):
            load(tmp_path / "file")
    (tmp_path / "file").write_bytes((5000).to_bytes(8, "little") + b"[" * 5000)
    with pytest.raises(ValueError, match="not a safetensors file"):
        load(tmp_path / "file")


def test_a_file_that_is_not_there_is_the_systems_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "nothing")


def test_a_full_disk_leaves_the_old_checkpoint(tmp_path, monkeypatch):
    path = tmp_path / "run"
    t = trainer(Checkpoint(path, every=1))
    t.fit(Batches(*data(), 4), 1)
    before = path.read_bytes()

    def full(fd):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        t.fit(Batches(*data(), 4), 2)
    assert path.read_bytes() == before and load(path)["place"]["epoch"] == 1


# Gathered gradients


@pytest.mark.parametrize("n", [36, 32, 33, 63, 5])
def test_accumulated_batches_train_like_large_ones(n):
    """Four batches of 4 to a step, the last step incomplete, against batches of 16."""
    x, y = data(n)
    small = trainer(dropout=0, optimizer=SGD, lr=0.3, accumulate=4, max_norm=0.1)
    large = trainer(dropout=0, optimizer=SGD, lr=0.3, max_norm=0.1)
    small.fit(Batches(x, y, 4, seed=2), 3)
    large.fit(Batches(x, y, 16, seed=2), 3)
    assert_close(weights(small), weights(large), f"weights, {n} examples", atol=1e-5)
    assert_close(small.history["loss"], large.history["loss"], f"losses, {n} examples", atol=1e-6)


# NaN


class Apply(Module):
    """A layer that computes f."""

    def __init__(self, f):
        super().__init__()
        self.f = f

    def forward(self, x):
        return self.f(x)


def failing(f, x=None, loss=None, steps=1, dropout=0.0, lr=0.02):
    """The message with which a training ends that has f between its layers, and whether its weights are unharmed."""
    manual_seed(1)
    model = Sequential(Linear(5, 8), Dropout(dropout), Apply(f), Linear(8, 3))
    t = Trainer(model, loss or CrossEntropyLoss(), SGD(model.parameters(), lr=lr), progress="none")
    call = Seam.call
    with pytest.raises(FloatingPointError) as caught, np.errstate(all="raise"):
        t.fit([(Tensor(data(4)[0] if x is None else x), Tensor(data(4)[1]))] * steps, 1)
    assert Seam.call is call and Seam.recording
    return str(caught.value), np.isfinite(weights(t)).all()


@pytest.mark.parametrize(
    ("f", "culprit"),
    [
        (lambda x: (x - 100).sqrt(), "sqrt was the first whose result is not finite; it was given (4, 8) from "),
        (lambda x: (x * 0).log() * 2 + 1, "log was the first"),
        (lambda x: (x * 0 + 1000).exp().relu(), "exp was the first"),
        (lambda x: x / (x * 0), "div was the first"),
        (lambda x: (x * 0).sqrt(), "the rule of sqrt made NaN or infinity of a finite gradient"),
        (lambda x: tinytorch.where(x * 0 > 1, (x * 0).sqrt(), x), "the rule of sqrt"),
        (lambda x: x + x.masked_fill(x < 10, -np.inf).softmax(1), "softmax was the first"),
    ],
)
def test_the_op_where_nan_began_is_named(f, culprit):
    message, unharmed = failing(f)
    assert message.startswith("epoch 1, step 1 of 1: ") and unharmed
    assert culprit in message, message


def test_a_clipped_infinity_is_not_blamed():
    message, _ = failing(lambda x: (x * 0).log().clip(-5, 5) + (x - 100).sqrt())
    assert "sqrt was the first" in message


def test_the_step_is_run_again_with_the_same_dropout():
    """The error appears only where Dropout has put a zero: another mask would not show it."""
    message, _ = failing(lambda x: x / (abs(x)[:1, :1] + 1e-41), dropout=0.04, steps=500, lr=0.0)
    assert "div was the first" in message


def test_a_functions_own_backward_is_named():
    class Broken(Function):
        @staticmethod
        def forward(ctx, x):
            return x * 1

        @staticmethod
        def backward(ctx, g):
            return g * np.nan

    assert "the rule of Broken" in failing(Broken.apply)[0]


def test_bad_data_and_bad_parameters_are_told_from_bad_ops():
    x = data(4)[0].copy()
    x[1, 2] = np.nan
    message = failing(lambda x: x, x)[0]
    assert "NaN or infinity came with the data or the parameters" in message
    assert message.endswith("; the inputs of this batch hold it, first at example 1")
    assert "hold it" not in failing(lambda x: x.log())[0]
    t = trainer()
    t.model[3].bias.data[1] = np.inf
    with pytest.raises(FloatingPointError, match="epoch 1, step 1 of 9: the parameter 3.bias holds NaN or infinity"):
        t.fit(Batches(*data(), 4), 1)


def test_gradients_that_overflow_only_in_sum_are_told():
    message, unharmed = failing(lambda x: x * 1e19, loss=lambda p, y: (p * 1e3).sum())
    assert "is too large for its type" in message or "the rule of" in message
    assert unharmed


def test_find_nan_can_be_used_alone_and_is_silent_where_nothing_is_wrong():
    w = Tensor([1.0, 2.0], requires_grad=True)
    assert find_nan(lambda: (w.log() * w).sum()) is None and w.grad is None
    with pytest.raises(FloatingPointError, match="log was the first"):
        find_nan(lambda: ((w - 1).log() * w).sum())


# Early stopping, schedules, metrics


class Told(Callback):
    """Puts values of its own into the history."""

    def __init__(self, name, values):
        self.name, self.values = name, iter(values)

    def epoch_end(self, trainer):
        trainer.history.setdefault(self.name, []).append(next(self.values))


@pytest.mark.parametrize(
    ("values", "options", "epochs"),
    [
        ([5, 4, 6, 6, 3, 2], {"patience": 2}, 4),
        ([5, 4, 6, 3, 6, 6, 1], {"patience": 2}, 6),
        ([1, 2, 3, 3, 3, 9], {"patience": 2, "mode": "max"}, 5),
        ([5, 4.9, 4.8, 1], {"patience": 2, "min_delta": 0.5}, 3),
        ([5, 4, 3, 2], {"patience": 1}, 4),
    ],
)
def test_early_stopping_stops_and_brings_back_the_best(values, options, epochs):
    kept = []
    notes = Callback()
    notes.epoch_end = lambda t: kept.append(weights(t))
    t = trainer(Told("x", values), notes, EarlyStopping("x", **options))
    history = t.fit(Batches(*data(), 8), len(values))
    seen = history["x"]
    best = seen.index(max(seen) if options.get("mode") == "max" else min(seen)) if "min_delta" not in options else 0
    assert len(seen) == epochs == t.epoch
    assert weights(t).tobytes() == kept[best].tobytes() and len({k.tobytes() for k in kept}) == len(kept)


def test_early_stopping_says_what_the_history_has():
    with pytest.raises(ValueError, match="the history has no 'val_loss', only loss: is there validation data?"):
        trainer(EarlyStopping()).fit(Batches(*data(), 8), 2)


def test_schedules_step_by_epoch_by_step_or_by_value():
    rates = []
    notes = Callback()
    notes.step_end = lambda t: rates.append(t.optimizer.param_groups[0]["lr"])
    t = trainer(notes, optimizer=SGD, lr=1e-3)
    t.scheduler = StepLR(t.optimizer, 1, 0.5)
    t.fit(Batches(*data(), 18), 3)
    assert_close(rates, [1e-3, 1e-3, 5e-4, 5e-4, 2.5e-4, 2.5e-4], "rates of StepLR by epoch", rtol=1e-6)
    t = trainer(optimizer=SGD, lr=1e-3, schedule="step")
    t.scheduler = OneCycleLR(t.optimizer, 0.1, 7, cycle_momentum=False)
    t.fit(Batches(*data(), 18), 3)
    assert t.scheduler.last_epoch == 6
    t = trainer(optimizer=SGD, lr=1e-3)
    t.scheduler = ReduceLROnPlateau(t.optimizer, patience=0, threshold=0.5, threshold_mode="abs")
    t.fit(Batches(*data(), 18), 2, Batches(*data(6), 6))
    assert t.scheduler.best == t.history["val_loss"][0] and t.optimizer.param_groups[0]["lr"] == pytest.approx(1e-4)


def test_metrics_go_into_the_history_if_they_are_numbers():
    t = trainer(metrics=[Accuracy(), ConfusionMatrix(3)])
    validation = Batches(*data(20), 7, shuffle=False)
    history = t.fit(Batches(*data(), 8), 2, validation)
    assert list(history) == ["loss", "val_loss", "val_accuracy"] and all(type(v[0]) is float for v in history.values())
    found = t.evaluate(validation)
    guesses = t.model.eval()(Tensor(data(20)[0])).numpy().argmax(1)
    assert_close(found["accuracy"], (guesses == data(20)[1]).mean(), "accuracy")
    assert_close(np.trace(found["confusion"]) / 20, found["accuracy"], "the diagonal of the confusion matrix")
    assert_close(found["confusion"].sum(1), np.bincount(data(20)[1]), "the rows of the confusion matrix")


# Loaders


class Endless:
    """A loader without a length that gives lists of arrays."""

    def __iter__(self):
        x, y = data()
        return ([x[i : i + 4], y[i : i + 4]] for i in range(0, 36, 4))


def test_unusual_loaders_train_like_the_usual_one():
    x, y = data()
    usual = trainer()
    usual.fit(Batches(x, y, 4, shuffle=False), 2)
    tensors = [(Tensor(x[i : i + 4]), Tensor(y[i : i + 4])) for i in range(0, 36, 4)]
    lists = [(x[i : i + 4].tolist(), y[i : i + 4].tolist()) for i in range(0, 36, 4)]
    for loader in (Endless(), tensors, tuple(tensors), list(Endless()), lists):
        t = trainer()
        t.fit(loader, 2)
        assert weights(t).tobytes() == weights(usual).tobytes() and t.steps in (None, 9)


def test_a_model_gets_tensors_whatever_the_loader_gives():
    seen = []

    def note(x):
        seen.append(type(x))
        return x.relu()

    model = Sequential(Apply(note), Linear(5, 3))
    t = Trainer(model, CrossEntropyLoss(), SGD(model.parameters(), lr=0.1), progress="none")
    t.fit(Endless(), 1, Endless())
    assert seen == [Tensor] * 18


@pytest.mark.parametrize(
    ("loader", "error", "message"),
    [
        (iter([]), TypeError, "an iterator gives its batches only once"),
        ((b for b in ()), TypeError, "an iterator gives its batches only once"),
        ([], ValueError, "the training data gave no batch"),
        ([(1, 2, 3)], TypeError, r"expected batches \(inputs, targets\), got a tuple of 3"),
        ([np.zeros((4, 5))], TypeError, r"expected batches \(inputs, targets\), got a ndarray of 4"),
        ([5], TypeError, "got a int"),
        (5, TypeError, "not iterable"),
    ],
)
def test_a_loader_that_cannot_be_used_gives_one_clear_error(loader, error, message):
    with pytest.raises(error, match=message):
        trainer().fit(loader, 2)


def test_batches_say_what_does_not_fit_and_keep_integers():
    with pytest.raises(ValueError, match="3 inputs, but 2 targets"):
        Batches(np.zeros((3, 2)), [0, 1])
    for size in (0, -3):
        with pytest.raises(ValueError, match=f"in batches of {size}"):
            Batches(np.zeros((2, 2)), [0, 1], size)
    ((x, y),) = Batches([[1.0], [2.0]], [0, 1], shuffle=False)
    assert y.dtype.kind == "i" and x.dtype == np.float32
    assert [len(x) for x, _ in Batches(*data(10), 4)] == [4, 4, 2] and len(Batches(*data(10), 4)) == 3
    assert [len(x) for x, _ in Batches(*data(8), 4)] == [4, 4] and len(Batches(*data(8), 4)) == 2


def test_a_trainer_refuses_what_makes_no_sense():
    for options in ({"schedule": "batch"}, {"accumulate": 0}, {"progress": "film"}):
        with pytest.raises(ValueError):
            trainer(**options)


# Ctrl-C


def press(trainer):
    signal.raise_signal(signal.SIGINT)


@pytest.mark.parametrize("step", [1, 5, 9, 10, 18])
def test_ctrl_c_ends_after_the_step_and_fit_goes_on(step, capsys):
    undisturbed = trainer()
    undisturbed.fit(Batches(*data(), 4), 3)
    before = signal.getsignal(signal.SIGINT)
    t = trainer(At(step, press), EarlyStopping("loss", patience=9))
    history = t.fit(Batches(*data(), 4), 3)
    assert signal.getsignal(signal.SIGINT) is before
    assert t.outcome == "stopped" and 9 * t.epoch + t.step == step and history is t.history
    assert len(history.get("loss", [])) == t.epoch
    assert (
        f"stopped after epoch {t.epoch + 1}, step {t.step} of 9; the same fit again goes on" in capsys.readouterr().err
    )
    t.callbacks.pop()  # the one that would bring back the best weights
    t.fit(Batches(*data(), 4), 3)
    assert t.outcome == "finished" and t.history["loss"] == undisturbed.history["loss"]
    assert weights(t).tobytes() == weights(undisturbed).tobytes()


def test_ctrl_c_saves_the_very_step(tmp_path):
    undisturbed = trainer()
    undisturbed.fit(Batches(*data(), 4), 3)
    trainer(At(13, press), Checkpoint(tmp_path / "run", every=1000)).fit(Batches(*data(), 4), 3)
    place = load(tmp_path / "run")["place"]
    assert (place["epoch"], place["step"]) == (1, 4)
    t = trainer(Checkpoint(tmp_path / "run"), seed=4)
    t.fit(Batches(*data(), 4), 3)
    assert weights(t).tobytes() == weights(undisturbed).tobytes() and t.history == undisturbed.history


def test_ctrl_c_twice_ends_at_once_and_saves_nothing_half_done(tmp_path):
    def twice(trainer):
        press(trainer)
        press(trainer)

    t = trainer(At(3, twice), Checkpoint(tmp_path / "run", every=1000))
    with pytest.raises(KeyboardInterrupt):
        t.fit(Batches(*data(), 4), 3)
    assert t.outcome == "failed" and not (tmp_path / "run").exists()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_another_handler_of_ctrl_c_is_left_alone():
    pressed = []
    before = signal.signal(signal.SIGINT, lambda *_: pressed.append(1))
    try:
        t = trainer(At(2, press))
        t.fit(Batches(*data(), 4), 1)
    finally:
        signal.signal(signal.SIGINT, before)
    assert pressed == [1] and t.outcome == "finished"


def test_a_thread_can_train():
    t, errors = trainer(), []

    def work():
        try:
            t.fit(Batches(*data(), 4), 1)
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert errors == [] and t.outcome == "finished"


# Progress


class Screen(io.TextIOWrapper):
    """Standard error that says what it is."""

    def __init__(self, terminal, encoding="utf-8"):
        super().__init__(io.BytesIO(), encoding=encoding, newline="")
        self.terminal = terminal

    def isatty(self):
        return self.terminal

    def text(self):
        self.flush()
        return self.buffer.getvalue().decode(self.encoding)


def shown(monkeypatch, screen, kind="auto", **options):
    """What a training of two epochs writes to this screen, as text."""
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setattr(progress.Bar, "seconds", -1)
    monkeypatch.setenv("COLUMNS", "70")
    t = trainer(progress=kind, **options)
    t.fit(Batches(*data(), 12), 2, Batches(*data(6), 6))
    return screen.text()


def test_a_terminal_gets_a_bar_that_each_epoch_replaces(monkeypatch):
    text = shown(monkeypatch, Screen(True))
    rows = text.split("\n")
    assert len(rows) == 3 and rows[2] == "\r" + " " * 69 + "\r"
    parts = rows[0].split("\r")[1:]
    assert [p.split()[0] for p in parts[:3]] == ["█" * 8 + "·" * 16, "█" * 16 + "·" * 8, "█" * 24]
    assert "epoch 1, step 2 of 3  loss " in parts[1] and parts[3].startswith("epoch   1  loss ")
    assert "val_loss" in parts[3] and all(len(p) <= 69 for p in parts[:3])


def test_a_narrow_terminal_gets_no_second_line(monkeypatch):
    monkeypatch.setattr(progress.shutil, "get_terminal_size", narrow)
    parts = shown(monkeypatch, Screen(True)).split("\n")[0].split("\r")[1:]
    assert len(parts) == 4 and all(len(p) == 29 for p in parts[:3])


def narrow():
    return os.terminal_size((30, 10))


def test_a_terminal_that_knows_ascii_only_gets_ascii(monkeypatch):
    text = shown(monkeypatch, Screen(True, "ascii"))
    assert "########" in text and "........" in text


def test_a_log_gets_one_plain_line_per_epoch(monkeypatch):
    lines = shown(monkeypatch, Screen(False)).splitlines()
    assert [line[:9] for line in lines] == ["epoch   1", "epoch   2"] and not any("\r" in line for line in lines)
    monkeypatch.setattr(progress.Lines, "seconds", -1)
    lines = shown(monkeypatch, Screen(False)).splitlines()
    assert len(lines) == 8 and lines[0].startswith("epoch 1, step 1 of 3  loss ")


def test_none_is_silent(monkeypatch):
    assert shown(monkeypatch, Screen(True), "none") == ""


def test_a_bar_without_a_known_length_counts(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Screen(True))
    monkeypatch.setattr(progress.Bar, "seconds", -1)
    trainer(progress="bar").fit(Endless(), 1)
    assert "\repoch 1, step 3  loss " in sys.stderr.text() and "█" not in sys.stderr.text()


def test_a_notebook_gets_one_picture_that_is_replaced(monkeypatch):
    pictures, places = [], []

    def display(picture, display_id):
        places.append(display_id)
        pictures.append(picture)
        return types.SimpleNamespace(update=pictures.append)

    fake = types.ModuleType("IPython")
    fake.version_info = (9, 0)  # matplotlib asks
    fake.display = types.ModuleType("IPython.display")
    fake.display.display, fake.display.Image = display, lambda content, width: content
    fake.get_ipython = lambda: types.SimpleNamespace(kernel=True)
    monkeypatch.setitem(sys.modules, "IPython", fake)
    monkeypatch.setitem(sys.modules, "IPython.display", fake.display)
    monkeypatch.setattr(progress.Plot, "seconds", -1)
    screen = Screen(True)
    assert shown(monkeypatch, screen) == ""
    assert places == [True] and len(pictures) == 7
    assert all(p.startswith(b"\x89PNG") for p in pictures) and pictures[0] != pictures[-1]


def test_a_real_notebook_shows_the_history(tmp_path):
    code = (
        "import numpy as np\nfrom tinytorch.core.training import Batches, Trainer\n"
        "from tinytorch.nn import Linear, CrossEntropyLoss\nfrom tinytorch.optim import SGD\n"
        "model = Linear(2, 2)\ndata = Batches(np.eye(2).repeat(8, 0), np.arange(16) // 8, 4)\n"
        "history = Trainer(model, CrossEntropyLoss(), SGD(model.parameters(), lr=0.1)).fit(data, 3, data)"
    )
    cell = {"cell_type": "code", "metadata": {}, "source": code, "outputs": [], "execution_count": None, "id": "a"}
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    notebook = {"cells": [cell], "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}
    (tmp_path / "in.ipynb").write_text(json.dumps(notebook))
    root = str(HERE.parents[1])
    done = subprocess.run(
        [sys.executable, "-m", "nbconvert", "--to", "notebook", "--execute", "--output", "out", "in.ipynb"],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": root}, capture_output=True, text=True, timeout=180,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (cell,) = json.loads((tmp_path / "out.ipynb").read_text())["cells"]
    kinds = [sorted(output.get("data", output)) for output in cell["outputs"]]
    assert kinds == [["image/png", "text/plain"]]


def test_the_history_figure_puts_losses_on_the_left():
    figure = figures.history_figure({"loss": [3, 2], "val_loss": [3, 2.5], "val_accuracy": [0.1, 0.4]}, "title")
    left, right = figure.axes
    assert [line.get_label() for line in left.lines] == ["loss", "val_loss"]
    assert [list(line.get_ydata()) for line in right.lines] == [[0.1, 0.4]] and right.get_visible()
    assert not figures.history_figure({"loss": [1]}).axes[1].get_visible()


def test_random_numbers_go_on_where_they_were():
    manual_seed(3)
    state = core.random_state()
    generator, first = Random.generator, rand(3).tolist()
    core.set_random_state(json.loads(json.dumps(state)))
    assert rand(3).tolist() == first and Random.generator is generator
