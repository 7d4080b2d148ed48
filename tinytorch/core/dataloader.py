"""From a folder of images to batches, as fast as the network can take them, and never twice the same."""

# Exported from modules/source/08_dataloader/dataloader_dev.py; edit that file, not this one.

# %% auto #0
__all__ = ['Dataset', 'TensorDataset', 'Subset', 'ConcatDataset', 'IterableDataset', 'whole_lengths', 'as_seed', 'random_split',
           'Sampler', 'SequentialSampler', 'RandomSampler', 'WeightedRandomSampler', 'BatchSampler', 'default_collate',
           'shift', 'turned_places', 'sample', 'Compose', 'Normalize', 'RandomHorizontalFlip', 'RandomCrop',
           'RandomShift', 'RandomRotation', 'RandomNoise', 'Transformed', 'example_generator', 'Dice', 'at_once',
           'load_batch', 'prefetch', 'send_over', 'receive_over', 'WorkerInfo', 'get_worker_info', 'listen', 'speak',
           'packed_error', 'Told', 'unpacked_error', 'answer', 'work', 'shut', 'Workers', 'check_options', 'DataLoader']

# %% dataloader-imports
import contextlib
import itertools
import math
import random
import weakref

# %% dataloader-import-processes
import multiprocessing
import operator
import os
import pickle
import queue
import signal
import threading
import traceback
import types
from multiprocessing import connection

# %% dataloader-import-core
import numpy as np

from .tensor import Random, Tensor, stack, tensor
from .training import epoch_order

# %% dataloader-dataset
class Dataset:
    """Examples by number. A subclass has `__len__` and `__getitem__`; `a + b` has the examples of both."""

    def __add__(self, other):
        return ConcatDataset([self, other])

# %% dataloader-tensor-dataset
class TensorDataset(Dataset):
    """Example i is the tuple of the rows i of all `tensors`, which have equal lengths.

    >>> TensorDataset(tensor([[1, 2], [3, 4]]), tensor([0, 1]))[1]
    (tensor([3, 4]), tensor(1))
    """

    def __init__(self, *tensors):
        lengths = [len(t) for t in tensors]
        if len(set(lengths)) != 1:
            raise ValueError(f"TensorDataset: tensors of one length are needed, got lengths {lengths}")
        self.tensors = tensors

    def __len__(self):
        return len(self.tensors[0])

    def __getitem__(self, i):
        return tuple(t[i] for t in self.tensors)

# %% dataloader-subset
class Subset(Dataset):
    """The examples of a data set whose numbers are in `indices`, in that order."""

    def __init__(self, dataset, indices):
        self.dataset, self.indices = dataset, indices

    def __len__(self):
        return len(self.indices)

    def __getitem__(self, i):
        return self.dataset[self.indices[i]]

# %% dataloader-concat
class ConcatDataset(Dataset):
    """The examples of several data sets, one after another."""

    def __init__(self, datasets):
        self.datasets = list(datasets)
        self.ends = np.cumsum([len(d) for d in self.datasets]).tolist()

    def __len__(self):
        return self.ends[-1] if self.ends else 0

    def __getitem__(self, i):
        if not -len(self) <= i < len(self):
            raise IndexError(f"ConcatDataset: there is no example {i} of {len(self)}")
        which = int(np.searchsorted(self.ends, i % len(self), side="right"))
        return self.datasets[which][i % len(self) - [0, *self.ends][which]]

# %% dataloader-iterable
class IterableDataset(Dataset):
    """Examples that come one after another, and not by number: a subclass has `__iter__` only."""

# %% dataloader-whole-lengths
def whole_lengths(n, lengths):
    """Lengths that sum to n: as they are, or from fractions that sum to 1; what is left over goes to the first parts."""
    lengths = list(lengths)
    if math.isclose(sum(lengths), 1):
        whole = [math.floor(n * x + 1e-9) for x in lengths]
        lengths = [x + (i < n - sum(whole)) for i, x in enumerate(whole)]
    if any(x % 1 for x in lengths) or sum(lengths) != n or min(lengths, default=0) < 0:
        raise ValueError(f"random_split: lengths {lengths} should sum to {n}, the number of examples, or to 1")
    return [int(x) for x in lengths]

# %% dataloader-as-seed
def as_seed(generator):
    """A seed: the whole number itself (None: 0), or one drawn from a NumPy generator."""
    return int(generator.integers(2**31)) if hasattr(generator, "integers") else operator.index(generator or 0)

# %% dataloader-random-split
def random_split(dataset, lengths, generator=0):
    """Parts of a data set, a list of Subsets; every example is in exactly one, chosen at random.

    lengths: how many examples each part has, or which fraction. generator: a seed, or a NumPy generator.
    """
    lengths = whole_lengths(len(dataset), lengths)
    order = np.random.default_rng(generator).permutation(len(dataset)).tolist()
    ends = list(itertools.accumulate(lengths))
    return [Subset(dataset, order[end - n : end]) for n, end in zip(lengths, ends, strict=True)]

# %% dataloader-sampler
class Sampler:
    """Yields numbers of examples; has a length. Another pass is another epoch."""

    epoch = 0

    def set_epoch(self, epoch):
        """Say which epoch the next pass belongs to."""
        self.epoch = epoch

    def __iter__(self):
        self.epoch += 1
        return iter(self.order(self.epoch - 1))

# %% dataloader-sequential
class SequentialSampler(Sampler):
    """The numbers 0 to n - 1 in sequence."""

    def __init__(self, data_source):
        self.data_source = data_source

    def __len__(self):
        return len(self.data_source)

    def order(self, epoch):
        """All numbers."""
        return range(len(self))

# %% dataloader-random-sampler
class RandomSampler(Sampler):
    """Each number once in random order; or num_samples of them, drawn with replacement."""

    def __init__(self, data_source, replacement=False, num_samples=None, generator=0):
        self.data_source, self.replacement, self.num_samples = data_source, replacement, num_samples
        self.seed = as_seed(generator)

    def __len__(self):
        return len(self.data_source) if self.num_samples is None else self.num_samples

    def order(self, epoch):
        """The numbers of that epoch; without replacement, further rounds of all where there are not enough."""
        n = len(self.data_source)
        if self.replacement:
            return np.random.default_rng((self.seed, epoch)).integers(0, n, len(self)).tolist()
        # NumPy cuts a large number into words of 32 bits: i << 64 makes the key (seed, epoch, 0, i), another in each round
        rounds = (epoch_order(n, self.seed, epoch + (i << 64)).tolist() for i in range(math.ceil(len(self) / max(1, n))))
        return list(itertools.chain(*rounds))[: len(self)]

# %% dataloader-weighted
class WeightedRandomSampler(Sampler):
    """num_samples numbers, each drawn with a probability in proportion to its weight."""

    def __init__(self, weights, num_samples, replacement=True, generator=0):
        self.weights, self.num_samples, self.replacement = np.asarray(weights, float), num_samples, replacement
        self.seed = as_seed(generator)

    def __len__(self):
        return self.num_samples

    def order(self, epoch):
        """The numbers of that epoch."""
        chances, dice = self.weights / self.weights.sum(), np.random.default_rng((self.seed, epoch))
        return dice.choice(len(chances), len(self), self.replacement, chances).tolist()

# %% dataloader-batch-sampler
class BatchSampler(Sampler):
    """Lists of batch_size numbers, as the sampler yields them; the last may be shorter, or is left away.

    >>> list(BatchSampler(range(5), batch_size=2, drop_last=False))
    [[0, 1], [2, 3], [4]]
    """

    def __init__(self, sampler, batch_size, drop_last):
        if batch_size < 1:
            raise ValueError(f"batch_size should be at least 1, got {batch_size}")
        self.sampler, self.batch_size, self.drop_last = sampler, batch_size, drop_last

    def set_epoch(self, epoch):
        """Hand the epoch on to the sampler."""
        if hasattr(self.sampler, "set_epoch"):
            self.sampler.set_epoch(epoch)

    def __len__(self):
        return (math.floor if self.drop_last else math.ceil)(len(self.sampler) / self.batch_size)

    def __iter__(self):
        numbers = iter(self.sampler)
        while batch := list(itertools.islice(numbers, self.batch_size)):
            if len(batch) == self.batch_size or not self.drop_last:
                yield batch

# %% dataloader-collate
def default_collate(examples):
    """One batch of a list of examples, in the form of each example.

    >>> default_collate([(1.0, "a"), (2.0, "b")])
    (tensor([1., 2.]), ['a', 'b'])
    """
    first = examples[0]
    if isinstance(first, Tensor):
        return stack(examples)
    if isinstance(first, np.ndarray):
        return tensor(np.stack(examples))
    if isinstance(first, bool | int | float | np.generic):
        return tensor(examples)
    if isinstance(first, dict):
        return {key: default_collate([example[key] for example in examples]) for key in first}
    if isinstance(first, tuple | list):
        return type(first)(default_collate(list(part)) for part in zip(*examples, strict=True))
    return list(examples)

# %% dataloader-shift
def shift(image, down, right):
    """The image (…, height, width) moved by whole pixels, zeros where nothing was; negative: up, left.

    >>> shift(np.array([[1, 2], [3, 4]]), down=1, right=0)
    array([[0, 0],
           [1, 2]])
    """
    moved, (height, width) = np.zeros_like(image), image.shape[-2:]
    rows, columns = (slice(max(by, 0), max(n + by, 0)) for by, n in ((down, height), (right, width)))
    from_rows, from_columns = (slice(max(-by, 0), max(n - by, 0)) for by, n in ((down, height), (right, width)))
    moved[..., rows, columns] = image[..., from_rows, from_columns]
    return moved

# %% dataloader-turned-places
def turned_places(height, width, degrees):
    """For each pixel of an image turned against the clock by `degrees`: the row and the column that it comes from.

    Both are arrays (height, width) of floats.
    """
    angle = np.radians(degrees)
    rows, columns = np.arange(height)[:, None] - (height - 1) / 2, np.arange(width) - (width - 1) / 2
    from_row = np.cos(angle) * rows + np.sin(angle) * columns + (height - 1) / 2
    return from_row, np.cos(angle) * columns - np.sin(angle) * rows + (width - 1) / 2

# %% dataloader-sample
def sample(image, rows, columns):
    """The image (…, height, width) at places between its pixels, as a mixture of the four around; zeros outside."""
    height, width = image.shape[-2:]
    top, left = np.floor(rows).astype(int), np.floor(columns).astype(int)
    total = np.zeros((*image.shape[:-2], *rows.shape), np.result_type(image, np.float32))
    for i, j in itertools.product((top, top + 1), (left, left + 1)):
        weight = (1 - np.abs(rows - i)) * (1 - np.abs(columns - j)) * ((i >= 0) & (i < height) & (j >= 0) & (j < width))
        total += weight * image[..., i.clip(0, height - 1), j.clip(0, width - 1)]
    return total

# %% dataloader-compose
class Compose:
    """Several transforms, one after another."""

    def __init__(self, transforms):
        self.transforms = list(transforms)

    def __call__(self, image):
        """The image after all of them."""
        for transform in self.transforms:
            image = transform(image)
        return image

# %% dataloader-normalize
class Normalize:
    """(image - mean) / std; numbers, or one for each channel of (…, channels, height, width)."""

    def __init__(self, mean, std):
        self.mean, self.std = (np.asarray(a, np.float32).reshape(-1, 1, 1) if np.ndim(a) else a for a in (mean, std))

    def __call__(self, image):
        """The image, normalised."""
        return (np.asarray(image, np.float32) - self.mean) / self.std

# %% dataloader-random-flip
class RandomHorizontalFlip:
    """Left and right exchanged, with probability p."""

    def __init__(self, p=0.5):
        self.p = p

    def __call__(self, image):
        """The image, or its mirror image."""
        return np.asarray(image)[..., ::-1].copy() if Random.generator.random() < self.p else image

# %% dataloader-random-crop
class RandomCrop:
    """A part of `size` (a number, or height and width) at a random place, after `padding` zeros were added all around."""

    def __init__(self, size, padding=0):
        self.size, self.padding = (size, size) if isinstance(size, int) else tuple(size), padding

    def __call__(self, image):
        """A part of the image."""
        image = np.asarray(image)
        padded = np.pad(image, [(0, 0)] * (image.ndim - 2) + [(self.padding,) * 2] * 2)
        room = [have - want for have, want in zip(padded.shape[-2:], self.size, strict=True)]
        if min(room) < 0:
            raise ValueError(f"RandomCrop: {self.size} does not fit into {padded.shape[-2:]}, the image with its padding")
        (top, left), (height, width) = (int(Random.generator.integers(r + 1)) for r in room), self.size
        return padded[..., top : top + height, left : left + width].copy()

# %% dataloader-random-shift
class RandomShift:
    """Moved by at most `most` pixels, down or up, right or left."""

    def __init__(self, most=1):
        self.most = most

    def __call__(self, image):
        """The image, moved."""
        return shift(np.asarray(image), *Random.generator.integers(-self.most, self.most + 1, 2).tolist())

# %% dataloader-random-rotation
class RandomRotation:
    """Turned by at most `degrees` either way."""

    def __init__(self, degrees):
        self.degrees = degrees

    def __call__(self, image):
        """The image, turned."""
        places = turned_places(*image.shape[-2:], Random.generator.uniform(-self.degrees, self.degrees))
        return sample(np.asarray(image), *places)

# %% dataloader-random-noise
class RandomNoise:
    """Normal noise added to each pixel."""

    def __init__(self, std):
        self.std = std

    def __call__(self, image):
        """The image with noise."""
        return np.asarray(image) + self.std * Random.generator.standard_normal(image.shape, np.float32)

# %% dataloader-transformed
class Transformed(Dataset):
    """The examples of a data set, with a transform applied to the first part of each."""

    def __init__(self, dataset, transform):
        self.dataset, self.transform = dataset, transform

    def __len__(self):
        return len(self.dataset)

    def __getitem__(self, i):
        image, *rest = self.dataset[i]
        return (self.transform(image), *rest)

# %% dataloader-example-generator
def example_generator(seed, epoch, place):
    """The NumPy generator of the example in that place of that epoch; none draws the numbers of another, or of an order."""
    return np.random.default_rng((seed, epoch, place + 1))

# %% dataloader-dice
class Dice:
    """Stands in for the generator of an example until the first number is drawn."""

    def __init__(self, *place):
        self.place = place

    def __getattr__(self, name):
        Random.generator = example_generator(*self.place)
        return getattr(Random.generator, name)

# %% dataloader-at-once
def at_once(dataset, indices):
    """The batch of these examples, if the data set can give it without going through them; else None."""
    if type(dataset) is Subset:
        return at_once(dataset.dataset, [dataset.indices[i] for i in indices])
    return dataset[np.asarray(indices)] if type(dataset) is TensorDataset else None

# %% dataloader-load-batch
def load_batch(dataset, collate, task):
    """The batch of a task (indices, place of the first, seed, epoch)."""
    indices, start, *key = task
    if collate is default_collate and (batch := at_once(dataset, indices)) is not None:
        return batch
    examples, before, index = [], Random.generator, None
    try:
        for place, index in enumerate(indices, start):
            Random.generator = Dice(*key, place)
            examples.append(dataset[index])
    except Exception as error:
        error.add_note(f"DataLoader: this was example {index!r} of the data set")
        raise
    finally:
        Random.generator = before
    return collate(examples)

# %% dataloader-prefetch
def prefetch(tasks, send, receive, ahead):
    """Yield the results of the tasks in order, while at most `ahead` of them are under way.

    send(number, task) gives a task away, receive(number) waits for its result; numbers count from 0. Tasks are taken
    from the iterable only when they can be sent.
    """
    tasks, sent, received = iter(tasks), 0, 0
    for task in itertools.islice(tasks, ahead):
        send(sent, task)
        sent += 1
    while received < sent:
        result = receive(received)
        received += 1
        for task in itertools.islice(tasks, 1):
            send(sent, task)
            sent += 1
        yield result

# %% dataloader-wire
def send_over(link, value):
    """Send a value through a pipe of our own; the arrays in it go as bytes, without being copied first."""
    buffers = []
    head = pickle.dumps(value, 5, buffer_callback=buffers.append)
    raw = [buffer.raw() for buffer in buffers]
    link.send_bytes(pickle.dumps((head, [part.nbytes for part in raw])))
    for part in filter(len, raw):
        link.send_bytes(part)

# %% dataloader-wire-back
def receive_over(link):
    """The value that send_over has sent; its arrays may be written to."""
    head, sizes = pickle.loads(link.recv_bytes())
    buffers = [bytearray(size) for size in sizes]
    for buffer in filter(len, buffers):
        link.recv_bytes_into(buffer)
    return pickle.loads(head, buffers=buffers)

# %% dataloader-worker-info
class WorkerInfo(types.SimpleNamespace):
    """What a worker is told: its number `id`, `num_workers`, `seed`, `dataset`."""

    current = None


def get_worker_info():
    """The WorkerInfo of this process, or None where the program itself runs."""
    return WorkerInfo.current

# %% dataloader-listen
def listen(link, tasks):
    """A worker's ear: put the tasks into the queue; when the program hangs up or has died, end this process."""
    parent = os.getppid()
    with contextlib.suppress(EOFError, OSError):
        while os.getppid() == parent and multiprocessing.parent_process().is_alive():
            if link.poll(1):
                tasks.put(link.recv())
    os._exit(0)

# %% dataloader-speak
def speak(link, answers):
    """A worker's mouth: send the answers, so that the next batch is under work while the last is under way."""
    with contextlib.suppress(OSError):
        while True:
            send_over(link, answers.get())

# %% dataloader-packed-error
def packed_error(error):
    """An error for the pipe: itself if it can travel, its type's name, message and traceback."""
    try:
        itself = pickle.loads(pickle.dumps(error))
    except Exception:
        itself = None
    return itself, type(error).__name__, str(error), "".join(traceback.format_exception(error))

# %% dataloader-told
class Told(str):
    """A message that a KeyError shows in lines, and not with its line ends spelled out."""

    __repr__ = str.__str__


def unpacked_error(worker, itself, name, message, text):
    """The error to raise for what a worker packed: of the same type, with the worker's traceback in its message."""
    message = Told(f"{message}\n\nThis happened in DataLoader worker {worker}:\n{text}")
    try:
        return type(itself)(message) if itself is not None else RuntimeError(f"{name}: {message}")
    except Exception:
        itself.add_note(message)
        return itself

# %% dataloader-answer
def answer(task, dataset, collate, problem):
    """(True, the batch), or (False, what went wrong)."""
    try:
        if problem:
            raise problem
        return True, load_batch(dataset, collate, task)
    except Exception as error:
        return False, packed_error(error)

# %% dataloader-work
def work(link, dataset, collate, seed, worker, num_workers, init):
    """What a worker process does, from its first to its last moment."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the program, which ends the workers
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    WorkerInfo.current = WorkerInfo(id=worker, num_workers=num_workers, seed=seed, dataset=dataset)
    random.seed(f"{seed} {worker}")
    np.random.seed(np.random.SeedSequence((seed, worker)).generate_state(4))
    tasks, answers, problem = queue.SimpleQueue(), queue.SimpleQueue(), None
    threading.Thread(target=listen, args=(link, tasks), daemon=True).start()
    threading.Thread(target=speak, args=(link, answers), daemon=True).start()
    try:
        init and init(worker)
    except Exception as error:
        problem = error
    while True:
        answers.put(answer(tasks.get(), dataset, collate, problem))

# %% dataloader-shut
def shut(owner, links, processes):
    """End the workers, if this is the process that started them."""
    if os.getpid() != owner:
        return
    for link, process in zip(links, processes, strict=True):
        link.close()
        process.terminate()
    for process in processes:
        process.join(5)
        process.kill()  # nothing, unless it is still there
        process.join()

# %% dataloader-workers
class Workers:
    """The worker processes of a loader; they end when this object does."""

    def __init__(self, loader):
        self.links, self.processes, self.timeout = [], [], loader.timeout or None
        self.close = weakref.finalize(self, shut, os.getpid(), self.links, self.processes)
        for worker in range(loader.num_workers):
            ours, theirs = loader.context.Pipe()
            args = theirs, loader.dataset, loader.collate_fn, loader.seed, worker, loader.num_workers, loader.worker_init_fn
            process = loader.context.Process(target=work, args=args, daemon=True, name=f"DataLoader worker {worker}")
            process.start()
            theirs.close()
            self.links.append(ours)
            self.processes.append(process)

    def send(self, number, task):
        """Give a task to the worker whose turn it is; one that has died is found when its answer is wanted."""
        with contextlib.suppress(OSError):
            self.links[number % len(self.links)].send(task)

    def receive(self, number):
        """The batch with that number; raises what went wrong in the worker."""
        worker = number % len(self.links)
        link, process = self.links[worker], self.processes[worker]
        ready = connection.wait([link, process.sentinel], self.timeout)
        if not ready:
            raise RuntimeError(f"DataLoader: no batch from worker {worker} within timeout={self.timeout} seconds")
        try:
            fine, value = receive_over(link) if link in ready else None
        except (EOFError, OSError, TypeError):
            raise RuntimeError(self.obituary(worker, process)) from None
        if not fine:
            raise unpacked_error(worker, *value)
        return value

    def obituary(self, worker, process):
        """A sentence on a worker that has ended."""
        process.join(5)
        code = process.exitcode
        killed = f"was killed by {signal.Signals(-code).name}" if code and code < 0 else f"ended with exit code {code}"
        why = "; the system kills a process when memory runs out" if code == -9 else ""
        return f"DataLoader worker {worker} (process {process.pid}) {killed} before it gave its batch{why}"

# %% dataloader-options
def check_options(loader, shuffle, sampler, batch_sampler, batch_size, drop_last):
    """Raise ValueError for arguments that exclude each other."""
    batches, stream = batch_sampler is not None, isinstance(loader.dataset, IterableDataset)
    shown = f"num_workers={loader.num_workers}, timeout={loader.timeout}, prefetch_factor={loader.prefetch_factor}"
    problems = {
        "a sampler gives the order: no shuffle": sampler is not None and shuffle,
        "a batch_sampler gives the batches: no batch_size, shuffle, sampler, drop_last": batches and (batch_size != 1 or shuffle or sampler or drop_last),
        f"num_workers and timeout at least 0, prefetch_factor at least 1, got {shown}": min(loader.num_workers, loader.timeout, loader.prefetch_factor - 1) < 0,
        "persistent_workers needs num_workers > 0": loader.persistent_workers and not loader.num_workers,
        "an IterableDataset is read in its own order, by this process alone: no shuffle, no sampler, num_workers=0": stream and (shuffle or sampler or batches or loader.num_workers),
    }
    for problem in (text for text, wrong in problems.items() if wrong):
        raise ValueError(f"DataLoader: {problem}")

# %% dataloader-loader
class DataLoader:
    """Batches of a data set, each pass in the order of the next epoch.

    seed: what order and augmentation depend on; generator (a seed or NumPy generator) gives it, too. worker_init_fn(id)
    is called in each worker; prefetch_factor: batches under way for each worker. pin_memory does nothing here.
    """

    def __init__(self, dataset, batch_size=1, shuffle=False, sampler=None, batch_sampler=None, num_workers=0, collate_fn=None,
                 pin_memory=False, drop_last=False, timeout=0, worker_init_fn=None, multiprocessing_context=None,
                 generator=None, *, prefetch_factor=None, persistent_workers=False, seed=0):
        self.dataset, self.num_workers, self.timeout, self.worker_init_fn = dataset, num_workers, timeout, worker_init_fn
        self.prefetch_factor, self.persistent_workers = 2 if prefetch_factor is None else prefetch_factor, persistent_workers
        check_options(self, shuffle, sampler, batch_sampler, batch_size, drop_last)
        method = multiprocessing_context
        self.context = multiprocessing.get_context(method) if method is None or isinstance(method, str) else method
        self.collate_fn, self.batch_size, self.drop_last = collate_fn or default_collate, batch_size, drop_last
        self.seed, self.epoch, self.idle = seed if generator is None else as_seed(generator), 0, None
        if sampler is None and not isinstance(dataset, IterableDataset):
            sampler = RandomSampler(dataset, generator=self.seed) if shuffle else SequentialSampler(dataset)
        self.sampler = dataset if sampler is None else sampler
        self.batch_sampler = batch_sampler or BatchSampler(self.sampler, batch_size, drop_last)

    def __len__(self):
        return len(self.batch_sampler)

    def set_epoch(self, epoch):
        """Say which epoch the next pass belongs to; else each is the one after the last."""
        self.epoch = epoch

    def tasks(self, epoch):
        """What is to load, batch by batch."""
        start = 0
        for indices in self.batch_sampler:
            yield indices, start, self.seed, epoch
            start += len(indices)

    def __iter__(self):
        epoch, self.epoch = self.epoch, self.epoch + 1
        if hasattr(self.batch_sampler, "set_epoch"):
            self.batch_sampler.set_epoch(epoch)
        if isinstance(self.dataset, IterableDataset):
            return map(self.collate_fn, self.batch_sampler)
        if self.num_workers == 0:
            return (load_batch(self.dataset, self.collate_fn, task) for task in self.tasks(epoch))
        return self.from_workers(epoch)

    def from_workers(self, epoch):
        """The batches of an epoch; the workers end with it, unless they are to stay and all went well."""
        workers, self.idle = self.idle or Workers(self), None
        try:
            yield from prefetch(self.tasks(epoch), workers.send, workers.receive, self.num_workers * self.prefetch_factor)
            self.idle = workers if self.persistent_workers else None
        finally:
            if self.idle is not workers:
                workers.close()
