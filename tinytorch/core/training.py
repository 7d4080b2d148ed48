"""The loop around the step: batches, scores, early stopping, checkpoints that survive a power cut."""

# Exported from modules/source/07_training/training_dev.py; edit that file, not this one.

# %% auto #0
__all__ = ['CODES', 'DTYPES', 'epoch_order', 'Batches', 'Accuracy', 'confusion_matrix', 'ConfusionMatrix', 'evaluate',
           'gather_gradients', 'take_step', 'Patience', 'read_header', 'read_tensor', 'read_tensors', 'write_tensors',
           'write_whole', 'save', 'load', 'some', 'fault', 'watched', 'check_rules', 'find_nan', 'random_state',
           'set_random_state', 'Callback', 'EarlyStopping', 'Checkpoint', 'Progress', 'Bookkeeping', 'Resumable',
           'Stepper', 'as_pair', 'on_interrupt', 'Feeder', 'Epochs', 'Trainer']

# %% training-imports
import contextlib
import itertools
import json
import math
import os
import signal
import threading
import time
import zlib
from pathlib import Path

# %% training-import-core
import numpy as np

from .autograd import grad, graph, no_grad, on_arrays, seam, shares
from .optimizers import ReduceLROnPlateau, clip_grad_norm_
from .tensor import Random, Seam, Tensor, tensor, tensors_in, unwrap
from ..progress import progress_display, say

# %% training-epoch-order
def epoch_order(n, seed, epoch):
    """The order in which an epoch visits n examples: an array of the numbers 0 to n - 1.

    The same for the same (n, seed, epoch), whatever random numbers were drawn before.
    """
    return np.random.default_rng((seed, epoch)).permutation(n)

# %% training-batches
class Batches:
    """Inputs x and targets y in batches (x, y); shuffled by seed and epoch unless shuffle is False."""

    def __init__(self, x, y, batch_size=32, shuffle=True, seed=0):
        if len(x) != len(y):
            raise ValueError(f"Batches: {len(x)} inputs, but {len(y)} targets")
        self.x, self.y = (t if isinstance(t, Tensor) else tensor(t) for t in (x, y))
        self.batch_size, self.shuffle, self.seed, self.epoch = batch_size, shuffle, seed, 0

    def set_epoch(self, epoch):
        """Say which epoch the next pass belongs to."""
        self.epoch = epoch

    def __len__(self):
        return math.ceil(len(self.x) / self.batch_size)

    def __iter__(self):
        order = epoch_order(len(self.x), self.seed, self.epoch) if self.shuffle else np.arange(len(self.x))
        for chosen in np.split(order, range(self.batch_size, len(order), self.batch_size)):
            yield self.x[chosen], self.y[chosen]

# %% training-accuracy
class Accuracy:
    """The share of right answers; predictions are scores per class, (n, classes)."""

    name = "accuracy"

    def reset(self):
        """Forget all that was counted."""
        self.right, self.seen = 0, 0

    def update(self, prediction, target):
        """Count a batch."""
        self.right += int((prediction.argmax(1) == target).sum())
        self.seen += len(target)

    def compute(self):
        """The share so far."""
        return self.right / max(1, self.seen)

# %% training-confusion
def confusion_matrix(predicted, wanted, classes):
    """The (classes, classes) counts of wanted (row) against predicted (column) class numbers, an array of integers.

    predicted, wanted: integers in arrays or lists.

    >>> confusion_matrix([0, 1, 1], [0, 1, 0], 2)
    array([[1, 1],
           [0, 1]])
    """
    counts = np.zeros((classes, classes), np.int64)
    np.add.at(counts, (np.asarray(wanted, int), np.asarray(predicted, int)), 1)
    return counts

# %% training-confusion-metric
class ConfusionMatrix:
    """The confusion matrix as a metric."""

    name = "confusion"

    def __init__(self, classes):
        self.classes = classes

    def reset(self):
        """Forget all that was counted."""
        self.counts = np.zeros((self.classes, self.classes), np.int64)

    def update(self, prediction, target):
        """Count a batch."""
        self.counts += confusion_matrix(np.asarray(prediction.argmax(1)), np.asarray(target), self.classes)

    def compute(self):
        """The counts so far."""
        return self.counts

# %% training-evaluate
def evaluate(model, loss, data, metrics=()):
    """The mean loss over all examples of data, and each metric's value, as {"loss": number, metric.name: value, …}.

    data: batches (inputs, targets); without any the loss is NaN. Each metric is reset first. The model does not
    change, and goes on in its mode.
    """
    was, total, seen = model.training, 0.0, 0
    for metric in metrics:
        metric.reset()
    model.eval()
    with no_grad():
        for x, y in data:
            prediction = model(x)
            total, seen = total + loss(prediction, y).item() * len(x), seen + len(x)
            for metric in metrics:
                metric.update(prediction, y)
    model.train(was)
    return {"loss": total / seen if seen else math.nan} | {metric.name: metric.compute() for metric in metrics}

# %% training-gather
def gather_gradients(model, loss, parts):
    """Add to the .grad of the model's parameters the gradient of the mean loss over all parts; return that loss.

    parts: a list of (inputs, targets); loss(prediction, target) is the mean over a part.
    """
    n, total = sum(len(x) for x, _ in parts), 0.0
    for x, y in parts:
        share = loss(model(x), y) * (len(x) / n)
        share.backward()
        total += share.item()
    return total

# %% training-take-step
def take_step(model, loss, optimizer, parts, max_norm=None):
    """One step on parts, a list of (inputs, targets); returns the mean loss and the gradient's norm, two numbers.

    max_norm: what the norm is limited to (None: nothing); the norm returned is that before. If loss or norm is not
    finite, no step is made.
    """
    optimizer.zero_grad()
    value = gather_gradients(model, loss, parts)
    norm = clip_grad_norm_(optimizer.all_params(), math.inf if max_norm is None else max_norm).item()
    if math.isfinite(value) and math.isfinite(norm):
        optimizer.step()
    return value, norm

# %% training-patience
class Patience:
    """Says when a value that should fall has not done so for `patience` updates."""

    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best, self.waited = math.inf, 0

    def update(self, value):
        """Take note of a value in `best` and `waited`; return whether it is the best so far."""
        better = value < self.best - self.min_delta
        self.best = value if better else self.best
        self.waited = 0 if better else self.waited + 1
        return better

    def is_over(self):
        """Whether it is time to stop."""
        return self.waited >= self.patience

# %% training-codes
CODES = {"float64": "F64", "float32": "F32", "float16": "F16", "complex64": "C64", "bool": "BOOL"}
CODES |= {f"{u}int{n}": f"{'U' if u else 'I'}{n}" for u in ("", "u") for n in (8, 16, 32, 64)}
DTYPES = {code: np.dtype(name) for name, code in CODES.items()}

# %% training-read-header
def read_header(data):
    """The header of a safetensors file, a dict, and the number of the byte that follows it."""
    end = 8 + int.from_bytes(data[:8], "little")
    if len(data) < end:
        raise ValueError(f"not a safetensors file, or cut off: {len(data)} bytes, of which the header needs {end}")
    try:
        header = json.loads(bytes(data[8:end]))
        header["__metadata__"] = dict(header.get("__metadata__", {}))
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise ValueError("not a safetensors file: there is no header in JSON after the first 8 bytes") from None
    return header, end

# %% training-read-tensor
def read_tensor(name, facts, data):
    """The array that `facts`, its entry in the header, finds in `data`, the bytes after the header."""
    try:
        dtype, (start, end) = DTYPES[facts["dtype"]], facts["data_offsets"]
        if not 0 <= start <= end <= len(data):
            raise ValueError(f"it needs bytes {start} to {end}, there are {len(data)}: is the file cut off?")
        return np.frombuffer(data[start:end], dtype).reshape(facts["shape"]).copy()
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"tensor {name!r} ({facts}) cannot be read: {error}") from None

# %% training-read-tensors
def read_tensors(data):
    """The arrays and the metadata, two dicts, in the bytes of a safetensors file; ValueError if it is none."""
    header, end = read_header(data)
    metadata, rest = header.pop("__metadata__"), memoryview(data)[end:]
    return {name: read_tensor(name, facts, rest) for name, facts in header.items()}, metadata

# %% training-write-tensors
def write_tensors(arrays, metadata):
    """The bytes of a safetensors file with these arrays (dict of name to array) and metadata (dict of strings)."""
    header, parts, end = {"__metadata__": metadata}, [], 0
    for name, array in arrays.items():
        parts.append(array.tobytes())
        start, end = end, end + len(parts[-1])
        header[name] = {"dtype": CODES[str(array.dtype)], "shape": list(array.shape), "data_offsets": [start, end]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + b"".join(parts)

# %% training-write-whole
def write_whole(path, data):
    """The file at `path` holds the bytes `data` afterwards; whatever happens on the way, it is never half written."""
    temporary = f"{path}.tmp"
    with open(temporary, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)

# %% training-pack
def _pack(value, arrays, path):
    if isinstance(value, Tensor | np.ndarray) and str(value.dtype) in CODES:
        name = path or "tensor"
        while name in arrays or name == "__metadata__":
            name += "_"
        arrays[name] = np.asarray(value)
        return {"array" if isinstance(value, np.ndarray) else "tensor": name}
    for kind in (dict, list, tuple):
        if isinstance(value, kind):
            items = value.items() if kind is dict else enumerate(value)
            return {kind.__name__: [[key, _pack(v, arrays, f"{path}.{key}".strip("."))] for key, v in items]}
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"save: {path or 'this'} cannot be written: {type(value).__name__}, {value!r:.60}")

# %% training-unpack
def _unpack(packed, arrays):
    if not isinstance(packed, dict):
        return packed
    ((kind, inner),) = packed.items()
    if kind in ("tensor", "array"):
        return arrays[inner] if kind == "array" else Tensor(arrays[inner], arrays[inner].dtype)
    pairs = [(key, _unpack(value, arrays)) for key, value in inner]
    return dict(pairs) if kind == "dict" else {"list": list, "tuple": tuple}[kind](value for _, value in pairs)

# %% training-checksum
def _checksum(arrays, text):
    facts = [f"{name} {array.dtype} {array.shape}".encode() + array.tobytes() for name, array in arrays.items()]
    return str(zlib.crc32(b"".join([text.encode(), *facts])))

# %% training-save
def save(obj, path):
    """Write tensors, numbers, text, and lists and dicts of them, to a safetensors file: all of it, or nothing."""
    arrays = {}
    text = json.dumps(_pack(obj, arrays, ""))
    write_whole(path, write_tensors(arrays, {"tinytorch": text, "crc32": _checksum(arrays, text)}))

# %% training-load
def load(path):
    """What `save` wrote; from another program's safetensors file, a dict of tensors. ValueError if it is damaged."""
    try:
        arrays, metadata = read_tensors(Path(path).read_bytes())
        text = metadata.get("tinytorch", json.dumps({"dict": [[name, {"tensor": name}] for name in arrays]}))
        if "tinytorch" in metadata and metadata.get("crc32") != _checksum(arrays, text):
            raise ValueError("the file is damaged: its checksum does not fit its contents")
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    return _unpack(json.loads(text), arrays)

# %% training-some
def some(test, values):
    """Whether test (np.isnan, np.isinf) holds for a number in `values`: tensors, arrays, numbers, lists of them."""
    if isinstance(values, list | tuple):
        return any(some(test, value) for value in values)
    array = np.asarray(values) if isinstance(values, Tensor | np.ndarray | np.generic | float) else np.zeros(0)
    return array.dtype.kind in "fc" and bool(test(array).any())

# %% training-fault
def fault(f, args):
    """A sentence on the op that was given args and made NaN or infinity."""
    given = ", ".join(f"{a.shape} from {a.min():.4g} to {a.max():.4g}" for a in unwrap(tensors_in(args)) if a.size)
    return f"{f.__name__} was the first whose result is not finite; it was given {given or 'no tensors'}"

# %% training-watched
def watched(call, origin):
    """A seam that does what `call` does, and notes in the dict `origin`, for each bad result, whose fault it is."""

    def look(f, args, kwargs):
        out = call(f, args, kwargs)
        nan, inf = some(np.isnan, [out]), some(np.isinf, [out])
        inherited = [origin[t] for t in tensors_in(args) if t in origin]
        if inherited and (nan or inf):
            origin[out] = inherited[0]
        elif (nan or inf and not some(np.isinf, args)) and not some(np.isnan, args):
            origin[out] = fault(f, args)
        return out

    return look

# %% training-check-rules
def check_rules(loss):
    """Ask the rules behind loss, from its own back; FloatingPointError at the first that makes NaN or infinity."""
    order = graph(loss)
    grads = grad(loss, order, retain_graph=True, allow_unused=True)
    with no_grad(), on_arrays():
        for t, g in reversed(list(zip(order, grads, strict=True))):
            if g is not None and not all(np.isfinite(share).all() for _, share in shares(t, unwrap(g))):
                raise FloatingPointError(f"the rule of {t.recipe.op.__name__} made NaN or infinity of a finite gradient")

# %% training-find-nan
def find_nan(compute):
    """Run compute(), which returns a loss, and its backward pass; FloatingPointError names the op where NaN began."""
    origin = {}
    with np.errstate(all="ignore"):
        with seam(watched(Seam.call, origin)):
            loss = compute()
        if some(np.isnan, [loss]) or some(np.isinf, [loss]):
            raise FloatingPointError(origin.get(loss, "NaN or infinity came with the data or the parameters"))
        check_rules(loss)

# %% training-random-state
def random_state():
    """The state of the framework's random numbers, as plain data."""
    return Random.generator.bit_generator.state

# %% training-set-random-state
def set_random_state(state):
    """Continue the random numbers from a state that random_state gave."""
    Random.generator.bit_generator.state = state

# %% training-callback
class Callback:
    """Hears what a Trainer does: define the methods that you want; each gets the trainer.

    fit_begin, epoch_begin, step_end, epoch_end, fit_end. And `resume` comes before all, `pause` after each step or
    epoch, when everything has been said and the state may be saved. STATE: the attributes that belong to it.
    """

    STATE = ()

    def state_dict(self):
        """What must be saved for the callback to go on after a resume."""
        return {name: getattr(self, name) for name in self.STATE}

    def load_state_dict(self, state):
        """Take over what state_dict gave."""
        vars(self).update(state)

# %% training-early-stopping
class EarlyStopping(Patience, Callback):
    """Stops when the monitored value has not improved for `patience` epochs; puts the best weights back at the end."""

    STATE = ("best", "waited", "weights")

    def __init__(self, monitor="val_loss", patience=5, min_delta=0.0, mode="min"):
        super().__init__(patience, min_delta)
        self.monitor, self.weights, self.sign = monitor, None, {"min": 1, "max": -1}[mode]

    def fit_begin(self, trainer):
        """A run that was continued may be over already."""
        trainer.should_stop |= self.is_over()

    def epoch_end(self, trainer):
        """Look at the newest value."""
        if self.update(self.sign * trainer.latest(self.monitor)):
            self.weights = {name: Tensor(t, t.dtype) for name, t in trainer.model.state_dict().items()}
        trainer.should_stop |= self.is_over()

    def fit_end(self, trainer):
        """Put the best weights back, if the training has come to its end."""
        if self.weights and trainer.outcome == "finished":
            trainer.model.load_state_dict(self.weights)

# %% training-checkpoint
class Checkpoint(Callback):
    """Saves the whole training to `path`, every so many steps and after each epoch, and continues from there."""

    def __init__(self, path, every=100):
        self.path, self.every = Path(path), every

    def resume(self, trainer):
        """Continue where the file left off, if there is one and nothing was trained yet."""
        if self.path.exists() and not (trainer.epoch or trainer.step):
            state = load(self.path)
            try:
                trainer.load_state_dict(state)
            except (ValueError, RuntimeError) as error:
                raise ValueError(f"{self.path}: {error}\nDelete the file to begin anew.") from None
            say(f"continuing from {self.path}, after {trainer.place()}")

    def pause(self, trainer):
        """Save, if it is time to."""
        if trainer.step % self.every == 0 or trainer.stopping:
            save(trainer.state_dict(), self.path)

# %% training-progress
class Progress(Callback):
    """Shows how the training goes; kind: "lines", "bar", "plot", "none", or "auto" by where it runs."""

    def __init__(self, kind="auto"):
        self.display, self.shown = progress_display(kind), time.monotonic()

    def step_end(self, trainer):
        """Say where it is, but not more often than a person can read."""
        if time.monotonic() - self.shown >= self.display.seconds:
            self.shown, loss = time.monotonic(), f"loss {trainer.running_loss():.4f}"
            self.display.within(f"{trainer.place()}  {loss}", trainer.step, trainer.steps, trainer.history)

    def epoch_end(self, trainer):
        """Say what the epoch brought."""
        self.display.line(trainer.newest())

    def fit_end(self, trainer):
        """Leave a clean line, or the whole picture, behind."""
        self.display.close(trainer.newest(), trainer.history)

# %% training-bookkeeping
class Bookkeeping:
    """What a training keeps: where it is, its history, whom it tells."""

    PLACE = ("epoch", "step", "history", "loss_sum", "seen", "epoch_random", "kinds")

    def tell(self, event):
        """Call `event` of every callback that has it."""
        for callback in self.callbacks:
            getattr(callback, event, lambda trainer: None)(self)

    def latest(self, name):
        """The newest value of the history under `name`."""
        if name not in self.history:
            raise ValueError(f"the history has no {name!r}, only {', '.join(self.history)}: is there validation data?")
        return self.history[name][-1]

    def running_loss(self):
        """The mean loss of this epoch so far."""
        return self.loss_sum / max(1, self.seen)

    def place(self, ahead=0):
        """Where the training is, or where it will be `ahead` steps later, as text."""
        return f"epoch {self.epoch + 1}, step {self.step + ahead}" + (f" of {self.steps}" if self.steps else "")

    def newest(self):
        """The values of the last epoch, as text."""
        return f"epoch {self.epoch:3d}  " + "  ".join(f"{name} {v[-1]:.4f}" for name, v in self.history.items())

    @property
    def kinds(self):
        """The names of all parts that have a state: a checkpoint must come from the same ones."""
        parts = [self.optimizer, self.scheduler, *(c for c in self.callbacks if c.state_dict())]
        return [f"accumulate={self.accumulate}", *(type(part).__name__ for part in parts if part)]

    def check_state(self, state):
        """ValueError unless `state` is that of a training like this one."""
        theirs = state.get("place", {}).get("kinds", ["no training"]) if isinstance(state, dict) else ["no training"]
        if theirs != self.kinds:
            raise ValueError(f"the state is that of {', '.join(theirs)}; this training has {', '.join(self.kinds)}")

# %% training-state
class Resumable(Bookkeeping):
    """A training whose state can be saved and loaded."""

    def state_dict(self):
        """All that the next step depends on, as a dict of dicts, lists, numbers and Tensors."""
        return {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scheduler": self.scheduler and self.scheduler.state_dict(),
            "callbacks": [callback.state_dict() for callback in self.callbacks],
            "random": random_state(),
            "place": {name: getattr(self, name) for name in self.PLACE},
        }

    def load_state_dict(self, state):
        """Continue from what state_dict gave; ValueError or RuntimeError if it is that of another training."""
        self.check_state(state)
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        if self.scheduler:
            self.scheduler.load_state_dict(state["scheduler"])
        stateful = [callback for callback in self.callbacks if callback.state_dict()]
        for callback, own in zip(stateful, filter(None, state["callbacks"]), strict=False):
            callback.load_state_dict(own)
        set_random_state(state["random"])
        vars(self).update({name: value for name, value in state["place"].items() if name != "kinds"})

# %% training-stepper
class Stepper(Resumable):
    """One step of the optimizer, and what to do when it goes wrong."""

    @np.errstate(all="ignore")  # explain says more than NumPy's warnings would
    def update(self, parts):
        """Step on the parts, or say why that is impossible."""
        before, n = random_state(), sum(len(x) for x, _ in parts)
        value, norm = take_step(self.model, self.loss, self.optimizer, parts, self.max_norm)
        if not math.isfinite(value + norm):
            set_random_state(before)
            raise FloatingPointError(f"{self.place(1)}: {self.explain(parts)}")
        self.loss_sum, self.seen, self.step = self.loss_sum + value * n, self.seen + n, self.step + 1
        if self.scheduler and self.schedule == "step":
            self.scheduler.step()

    def explain(self, parts):
        """Run the step again and return a sentence on where it goes wrong."""
        bad = [name for name, p in self.model.named_parameters() if some(np.isnan, [p]) or some(np.isinf, [p])]
        try:
            for x, y in parts:
                find_nan(lambda x=x, y=y: self.loss(self.model(x), y))
        except FloatingPointError as error:
            return f"the parameter {bad[0]} holds NaN or infinity" if bad else str(error)
        return "the sum of all gradients, or their norm, is too large for its type"

# %% training-as-pair
def as_pair(batch):
    """A batch as (inputs, targets), NumPy arrays made Tensors; TypeError if it is no pair."""
    if not isinstance(batch, tuple | list) or len(batch) != 2:
        what = f"{type(batch).__name__} of {len(batch)}" if hasattr(batch, "__len__") else type(batch).__name__
        raise TypeError(f"expected batches (inputs, targets), got a {what}")
    return tuple(tensor(part) if isinstance(part, np.ndarray) else part for part in batch)

# %% training-on-interrupt
@contextlib.contextmanager
def on_interrupt(stop, usual=signal.default_int_handler):
    """A block in which the first Ctrl-C calls stop(); the second interrupts at once, as usual."""
    free = threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGINT) is usual
    if free:  # else someone has other plans for Ctrl-C
        signal.signal(signal.SIGINT, lambda *_: (signal.signal(signal.SIGINT, usual), stop()))
    try:
        yield
    finally:
        if free:
            signal.signal(signal.SIGINT, usual)

# %% training-remaining
class Feeder(Stepper):
    """Where the batches of an epoch come from."""

    def batches(self, train):
        """The batches of this epoch that are not done yet."""
        if hasattr(train, "set_epoch"):
            train.set_epoch(self.epoch)
        if self.step == 0:
            self.tell("epoch_begin")
            self.loss_sum, self.seen, self.epoch_random = 0.0, 0, random_state()
            return map(as_pair, train)
        now = random_state()
        set_random_state(self.epoch_random)  # a loader that draws its order from them draws the same again
        batches, done = map(as_pair, train), self.step * self.accumulate
        next(itertools.islice(batches, done - 1, done), None)
        set_random_state(now)
        return batches

# %% training-epochs
class Epochs(Feeder):
    """One epoch: its steps, and what follows them."""

    def run_epoch(self, train):
        """The steps of this epoch that are not done yet, until somebody says stop."""
        batches = self.batches(train)
        self.model.train()
        while not self.stopping and (parts := list(itertools.islice(batches, self.accumulate))):
            self.update(parts)
            self.tell("step_end")
            self.tell("pause")
        if not self.seen and not self.stopping:
            raise ValueError("fit: the training data gave no batch")

    def finish_epoch(self, validation):
        """Write the history, step the scheduler, tell the callbacks."""
        found = {} if validation is None else self.evaluate(validation)
        values = {"loss": self.running_loss()} | {f"val_{n}": v for n, v in found.items() if np.ndim(v) == 0}
        for name, value in values.items():
            self.history.setdefault(name, []).append(float(value))
        if self.scheduler and self.schedule == "epoch":
            watched = [found.get("loss", values["loss"])] if isinstance(self.scheduler, ReduceLROnPlateau) else []
            self.scheduler.step(*watched)
        self.epoch, self.step = self.epoch + 1, 0
        self.tell("epoch_end")
        self.tell("pause")

    def evaluate(self, data):
        """The loss and the metrics on data, a dict; nothing is learned from it."""
        return evaluate(self.model, self.loss, map(as_pair, data), self.metrics)

# %% training-trainer
class Trainer(Epochs):
    """Fits a model to data.

    loss(prediction, target): a function or Module that gives the mean loss. metrics: objects like Accuracy.
    schedule: when the scheduler steps, after each "epoch" or "step". accumulate: batches per step. max_norm: what the
    gradient's norm is limited to. progress: "auto", "plot", "bar", "lines" or "none".
    """

    def __init__(self, model, loss, optimizer, scheduler=None, metrics=(), callbacks=(), *, schedule="epoch",
                 accumulate=1, max_norm=None, progress="auto"):
        if schedule not in ("epoch", "step") or accumulate < 1:
            raise ValueError(f"Trainer: schedule 'epoch' or 'step', accumulate >= 1, got {schedule!r}, {accumulate!r}")
        self.model, self.loss, self.optimizer, self.scheduler = model, loss, optimizer, scheduler
        self.metrics, self.callbacks = list(metrics), [Progress(progress), *callbacks]
        self.schedule, self.accumulate, self.max_norm, self.history = schedule, accumulate, max_norm, {}
        self.epoch, self.step, self.steps, self.loss_sum, self.seen, self.epoch_random = 0, 0, None, 0.0, 0, None

    def stop(self):
        """Break off after this step; `fit` goes on from there."""
        self.stopping = True

    def fit(self, train, epochs, validation=None):
        """Train until `epochs` epochs are done in all; return the history, {name: one value per epoch}.

        train, validation: objects that give batches (inputs, targets) as often as they are asked.
        """
        if hasattr(train, "__next__") or hasattr(validation, "__next__"):
            raise TypeError("fit: an iterator gives its batches only once; give a list, or an object with __iter__")
        self.steps = math.ceil(len(train) / self.accumulate) if hasattr(train, "__len__") else None
        self.stopping, self.should_stop, self.outcome = False, False, "failed"
        self.tell("resume")
        self.tell("fit_begin")
        try:
            with on_interrupt(self.stop):
                while self.epoch < epochs and not self.should_stop and not self.stopping:
                    self.run_epoch(train)
                    if not self.stopping:
                        self.finish_epoch(validation)
            self.outcome = "stopped" if self.stopping else "finished"
        finally:
            self.tell("fit_end")
        if self.stopping:
            say(f"stopped after {self.place()}; the same fit again goes on from there")
        return self.history
