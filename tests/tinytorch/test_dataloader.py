"""tinytorch.core.dataloader beyond its notebook: processes that fail, die, are left; the same batches again."""

import gc
import itertools
import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap
import time
import weakref

import numpy as np
import pytest

core = pytest.importorskip("tinytorch.core.dataloader", reason="tito dev build 08 makes it")

from tinytorch.core.dataloader import (  # noqa: E402
    BatchSampler,
    Compose,
    ConcatDataset,
    DataLoader,
    Dataset,
    IterableDataset,
    Normalize,
    RandomCrop,
    RandomHorizontalFlip,
    RandomNoise,
    RandomRotation,
    RandomSampler,
    RandomShift,
    SequentialSampler,
    Subset,
    TensorDataset,
    Transformed,
    WeightedRandomSampler,
    default_collate,
    get_worker_info,
    random_split,
    sample,
)
from tinytorch.core.tensor import Random, Tensor, manual_seed, randn, tensor  # noqa: E402

METHODS = multiprocessing.get_all_start_methods()


class Numbers(Dataset):
    """The numbers 0 to n - 1, each with random numbers of the framework."""

    def __init__(self, n=23):
        self.n = n

    def __len__(self):
        return self.n

    def __getitem__(self, i):
        if not 0 <= i < self.n:
            raise IndexError(f"no number {i}")
        return i, randn(3), np.full((2, 2), i, np.float32)


class Odd(ValueError):
    """An error that cannot be made of one text."""

    def __init__(self, number, reason):
        super().__init__(number, reason)
        self.number = number


class Failing(Numbers):
    """Fails for one example."""

    def __init__(self, error, at=13):
        super().__init__()
        self.error, self.at = error, at

    def __getitem__(self, i):
        if i == self.at:
            raise self.error
        return i


class Deadly(Numbers):
    """The process dies of one example."""

    def __getitem__(self, i):
        if i == 13:
            os.kill(os.getpid(), signal.SIGKILL)
        return i


class Sleepy(Numbers):
    """Takes its time for one example."""

    def __getitem__(self, i):
        time.sleep(30 if i == 5 else 0)
        return i


class Large(Numbers):
    """Examples that fill a pipe many times over."""

    def __getitem__(self, i):
        return np.full((300, 300), i, np.float64)


class Told(Numbers):
    """What a worker knows of itself."""

    def __getitem__(self, i):
        info = get_worker_info()
        return -1 if info is None else info.id, 0 if info is None else info.num_workers, os.getpid()


def plain(batches):
    """Batches as nested lists of arrays."""
    return [[np.array(part) for part in batch] for batch in batches]


def same(a, b):
    """Whether two passes gave the same, to the last bit."""
    return len(a) == len(b) and all(
        (x == y).all() for p, q in zip(a, b, strict=True) for x, y in zip(p, q, strict=True)
    )


def children():
    """The process ids of this process's living children."""
    return {p.pid for p in multiprocessing.active_children() if p.name.startswith("DataLoader")}


@pytest.fixture(autouse=True)
def no_child_is_left():
    """After each test no worker lives."""
    yield
    gc.collect()
    end = time.monotonic() + 5
    while children() and time.monotonic() < end:
        time.sleep(0.05)
    assert not children()


@pytest.mark.parametrize("workers", [1, 2, 3])
@pytest.mark.parametrize("persistent", [False, True])
def test_the_batches_do_not_depend_on_the_number_of_workers(workers, persistent):
    here = DataLoader(Numbers(), 4, shuffle=True, seed=5)
    there = DataLoader(Numbers(), 4, shuffle=True, seed=5, num_workers=workers, persistent_workers=persistent)
    passes = [(plain(here), plain(there)) for _ in range(3)]
    assert all(same(*pair) for pair in passes)
    assert not same(passes[0][0], passes[1][0])
    one = np.concatenate([batch[1] for batch in passes[0][0]])
    assert len(np.unique(one)) == one.size  # every example had its own numbers


@pytest.mark.parametrize("method", METHODS)
def test_every_way_to_start_a_process_gives_the_same(method):
    expected = plain(DataLoader(Numbers(9), 2, shuffle=True))
    assert same(plain(DataLoader(Numbers(9), 2, shuffle=True, num_workers=2, multiprocessing_context=method)), expected)
    context = multiprocessing.get_context(method)
    assert same(
        plain(DataLoader(Numbers(9), 2, shuffle=True, num_workers=1, multiprocessing_context=context)), expected
    )


def test_an_epoch_can_be_named_and_repeated():
    loader = DataLoader(Numbers(), 5, shuffle=True)
    passes = [plain(loader) for _ in range(3)]
    loader.set_epoch(1)
    assert same(plain(loader), passes[1]) and same(plain(loader), passes[2])
    order = np.concatenate([batch[0] for batch in passes[0]])
    assert sorted(order) == list(range(23)) and order.tolist() != list(range(23))


def test_another_seed_gives_another_order_and_other_random_numbers():
    first, second = (plain(DataLoader(Numbers(), 23, seed=s)) for s in (0, 1))
    assert (first[0][0] == second[0][0]).all() and (first[0][1] != second[0][1]).all()
    first, second = (np.array(next(iter(DataLoader(Numbers(), 23, shuffle=True, generator=g)))[0]) for g in (3, 4))
    assert (first != second).any()
    generator = np.random.default_rng(5)
    first, second = (
        next(iter(DataLoader(Numbers(), 23, shuffle=True, generator=generator)))[0].tolist() for _ in range(2)
    )
    assert first != second


def test_loading_draws_nothing_from_the_generator_of_the_training():
    manual_seed(3)
    before = Random.generator
    loader = DataLoader(Numbers(), 4, shuffle=True)
    got = [randn(2).tolist() for _ in loader]
    assert Random.generator is before
    manual_seed(3)
    assert got == [randn(2).tolist() for _ in loader]


def test_large_batches_arrive_whole_and_may_be_changed():
    for i, batch in enumerate(DataLoader(Large(12), 3, num_workers=2)):
        assert (batch[:, 0, 0].numpy() == np.arange(3 * i, 3 * i + 3)).all() and batch.shape == (3, 300, 300)
        array = batch.data
        array += 1
        assert (array[:, -1, -1] == np.arange(3 * i + 1, 3 * i + 4)).all()


def test_long_lists_of_numbers_do_not_block_the_pipe():
    got = list(DataLoader(range(400_000), 50_000, num_workers=2, prefetch_factor=4, collate_fn=list))
    assert sum(got, []) == list(range(400_000))


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize(
    "error",
    [ValueError("negative"), KeyError("name"), FileNotFoundError(2, "gone"), Odd(3, "why"), ZeroDivisionError()],
)
def test_an_error_reaches_the_caller_with_type_and_example(error, workers):
    loader = DataLoader(Failing(error), 4, num_workers=workers)
    with pytest.raises(type(error)) as raised:
        list(loader)
    text = str(raised.value) + "".join(getattr(raised.value, "__notes__", []))
    assert type(raised.value) is type(error) and "example 13 of the data set" in text
    if workers:
        assert "DataLoader worker 1" in text and "in __getitem__" in text and "raise self.error" in text
        assert str(error.args[0] if error.args else "") in text


def test_an_error_that_cannot_travel_is_named():
    class Local(Exception):
        pass

    with pytest.raises(RuntimeError, match=r"(?s)Local: here.*example 13"):
        list(DataLoader(Failing(Local("here")), 4, num_workers=2, multiprocessing_context="fork"))


def test_the_batches_before_an_error_arrive():
    loader, got = DataLoader(Failing(ValueError("no")), 4, num_workers=2), []
    with pytest.raises(ValueError, match="no"):
        got.extend(loader)
    assert [batch.tolist() for batch in got] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]


def fail_to_collate(examples):
    raise TypeError("cannot be put together")


def test_an_error_in_collating_arrives():
    with pytest.raises(TypeError, match="(?s)cannot be put together.*fail_to_collate"):
        list(DataLoader(Numbers(), 4, num_workers=1, collate_fn=fail_to_collate))


def fail_to_begin(worker):
    raise OSError(f"no camera {worker}")


def test_an_error_in_worker_init_fn_arrives():
    with pytest.raises(OSError, match="no camera 0"):
        list(DataLoader(Numbers(), 4, num_workers=2, worker_init_fn=fail_to_begin))


def begin(worker):
    Numbers.__getitem__ = lambda self, i: 100 * (worker + 1) + i


def test_worker_init_fn_is_called_in_each_worker():
    got = list(DataLoader(Numbers(6), 3, num_workers=2, worker_init_fn=begin, multiprocessing_context="fork"))
    assert [batch.tolist() for batch in got] == [[100, 101, 102], [203, 204, 205]]


def test_a_worker_that_is_killed_is_reported():
    start = time.monotonic()
    with pytest.raises(RuntimeError, match=r"worker 1 \(process \d+\) was killed by SIGKILL.*memory"):
        list(DataLoader(Deadly(), 4, num_workers=2))
    assert time.monotonic() - start < 20


def test_a_worker_that_takes_too_long_is_reported():
    with pytest.raises(RuntimeError, match="no batch from worker 1 within timeout=0.5"):
        list(DataLoader(Sleepy(), 4, num_workers=2, timeout=0.5))


@pytest.mark.parametrize("persistent", [False, True])
def test_breaking_off_ends_the_workers(persistent):
    loader = DataLoader(Numbers(), 2, num_workers=2, persistent_workers=persistent)
    for _ in loader:
        assert len(children()) == 2
        break
    assert not children()
    assert len(plain(loader)) == 12  # and it can be used again


def test_breaking_off_in_the_middle_of_a_long_example_ends_the_workers_at_once():
    start = time.monotonic()
    for _ in DataLoader(Sleepy(), 4, num_workers=2):
        break
    assert not children() and time.monotonic() - start < 10


def test_an_iterator_that_is_forgotten_ends_its_workers():
    iterator = iter(DataLoader(Numbers(), 2, num_workers=2))
    next(iterator)
    assert len(children()) == 2
    del iterator
    gc.collect()
    assert not children()


def test_persistent_workers_stay_and_end_with_the_loader():
    loader = DataLoader(Told(8), 2, num_workers=2, persistent_workers=True)
    first, second = ({int(p) for batch in loader for p in batch[2]} for _ in range(2))
    assert first == second == children() and len(first) == 2
    reference = weakref.ref(loader)
    del loader
    gc.collect()
    assert reference() is None and not children()


def test_two_passes_at_once_do_not_disturb_each_other():
    loader = DataLoader(Numbers(), 4, num_workers=2, persistent_workers=True)
    for a, b in zip(loader, loader, strict=True):
        assert (a[0].numpy() == b[0].numpy()).all()
    assert len(children()) <= 4


def test_a_worker_knows_who_it_is():
    got = [tuple(int(part[0]) for part in batch[:2]) for batch in DataLoader(Told(4), 1, num_workers=2)]
    assert got == [(0, 2), (1, 2), (0, 2), (1, 2)] and get_worker_info() is None
    assert int(next(iter(DataLoader(Told(4))))[0]) == -1


PROGRAM = """
import os, signal, sys, time
from tinytorch.core.dataloader import DataLoader, Dataset

class Numbers(Dataset):
    def __len__(self):
        return 10_000
    def __getitem__(self, i):
        time.sleep(0.01)
        return i

if __name__ == "__main__":
    loader = DataLoader(Numbers(), 2, num_workers=2, multiprocessing_context=sys.argv[1])
    for n, batch in enumerate(loader):
        if n == 3:
            import multiprocessing
            print(*(p.pid for p in multiprocessing.active_children()), flush=True)
"""


def alive(pid):
    """Whether the process exists and is no zombie."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="looks at /proc")
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_whatever_ends_the_program_ends_its_workers(tmp_path, method, how):
    program = tmp_path / "program.py"
    program.write_text(textwrap.dedent(PROGRAM))
    process = subprocess.Popen(
        [sys.executable, str(program), method],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    workers = [int(pid) for pid in process.stdout.readline().split()]
    assert len(workers) == 2 and all(map(alive, workers))
    if how == signal.SIGINT:
        os.killpg(process.pid, how)  # as a terminal does: the workers get it, too
    else:
        process.send_signal(how)
    _, errors = process.communicate(timeout=30)
    assert process.returncode != 0 and errors.count("Traceback") == (how == signal.SIGINT)  # the program's own
    end = time.monotonic() + 15
    while any(map(alive, workers)) and time.monotonic() < end:
        time.sleep(0.1)
    assert not any(map(alive, workers))


def test_len_and_drop_last():
    for n, size, drop in itertools.product((0, 1, 7, 8), (1, 3, 8), (False, True)):
        loader = DataLoader(range(n), size, drop_last=drop)
        assert len(loader) == len(list(loader)), (n, size, drop)


def test_a_sampler_or_batch_sampler_gives_the_order():
    assert [b.tolist() for b in DataLoader(range(9), 2, sampler=[8, 0, 3])] == [[8, 0], [3]]
    loader = DataLoader(range(9), batch_sampler=[[1], [2, 3, 4]], num_workers=1)
    assert [b.tolist() for b in loader] == [[1], [2, 3, 4]] and len(loader) == 2


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"shuffle": True, "sampler": [1]}, "a sampler gives the order"),
        ({"batch_sampler": [[1]], "batch_size": 2}, "a batch_sampler gives the batches"),
        ({"batch_sampler": [[1]], "shuffle": True}, "a batch_sampler gives the batches"),
        ({"num_workers": -1}, "got num_workers=-1"),
        ({"timeout": -2}, "timeout=-2"),
        ({"num_workers": 1, "prefetch_factor": 0}, "prefetch_factor=0"),
        ({"persistent_workers": True}, "needs num_workers > 0"),
        ({"batch_size": 0}, "batch_size should be at least 1, got 0"),
    ],
)
def test_arguments_that_exclude_each_other_are_refused(arguments, says):
    with pytest.raises(ValueError, match=says):
        DataLoader(range(5), **arguments)


class Stream(IterableDataset):
    """Squares, one after another."""

    def __iter__(self):
        return (i * i for i in range(5))


def test_a_stream_comes_in_batches():
    loader = DataLoader(Stream(), 2)
    assert [b.tolist() for b in loader] == [b.tolist() for b in loader] == [[0, 1], [4, 9], [16]]
    with pytest.raises(ValueError, match="IterableDataset"):
        DataLoader(Stream(), 2, shuffle=True)
    with pytest.raises(ValueError, match="IterableDataset is read .* by this process alone: .* num_workers=0"):
        DataLoader(Stream(), 2, num_workers=2)


def test_a_tensor_dataset_gives_the_batch_that_its_examples_make():
    x, y = randn(20, 3), tensor(np.arange(20))
    whole = TensorDataset(x, y)
    part = Subset(Subset(whole, [9, 3, 4, 1, 0, 19]), [5, 0, 2])
    for dataset in (whole, part):
        at_once = plain(DataLoader(dataset, 2, shuffle=True))
        one_by_one = plain(DataLoader(dataset, 2, shuffle=True, collate_fn=lambda examples: default_collate(examples)))
        assert same(at_once, one_by_one)

    class Twice(TensorDataset):
        def __getitem__(self, i):
            return super().__getitem__(i)[1] * 2

    assert next(iter(DataLoader(Twice(x, y), 3))).tolist() == [0, 2, 4]


def test_tensor_datasets_of_other_lengths_are_refused():
    for tensors, says in [((randn(3), randn(4)), r"\[3, 4\]"), ((), r"\[\]")]:
        with pytest.raises(ValueError, match=f"one length are needed, got lengths {says}"):
            TensorDataset(*tensors)


def test_data_sets_in_a_row():
    both = TensorDataset(tensor([1, 2])) + Subset(TensorDataset(tensor([3, 4, 5])), [2, 0])
    assert len(both) == 4 and [int(both[i][0]) for i in (0, 1, 2, 3, -1, -4)] == [1, 2, 5, 3, 3, 1]
    assert [int(e[0]) for e in both] == [1, 2, 5, 3]
    three = ConcatDataset([range(2), [], range(5, 7)])
    assert [three[i] for i in range(4)] == [0, 1, 5, 6]
    with pytest.raises(IndexError, match="no example 4 of 4"):
        three[4]


@pytest.mark.parametrize("lengths", [[3, 3], [5, 6], [-1, 11], [0.5, 0.6], []])
def test_lengths_that_do_not_come_out_are_refused(lengths):
    with pytest.raises(ValueError, match="should sum to 10"):
        random_split(range(10), lengths)


def test_fractions_deal_out_the_rest_as_pytorch_does():
    """torch.utils.data.random_split(range(11), [0.3, 0.3, 0.4]) has 4, 3, 4 examples; of 10 thirds, 4, 3, 3."""
    assert [len(p) for p in random_split(range(11), [0.3, 0.3, 0.4])] == [4, 3, 4]
    assert [len(p) for p in random_split(range(10), [1 / 3] * 3)] == [4, 3, 3]
    assert [len(p) for p in random_split(range(100), [0.57, 0.43])] == [57, 43]
    assert [len(p) for p in random_split(range(1), [1])] == [1]


def test_whole_floats_and_parts_of_one_are_lengths():
    assert [len(p) for p in random_split(range(10), [5.0, 5.0])] == [5, 5]
    assert [len(p) for p in random_split(range(10), [1.0])] == [10]
    assert [len(p) for p in random_split(range(10), [0, 1.0])] == [0, 10]


def test_a_seed_is_any_whole_number():
    expected = list(RandomSampler(range(9), generator=3))
    assert list(RandomSampler(range(9), generator=np.int64(3))) == expected
    assert list(RandomSampler(range(9), generator=None)) == list(RandomSampler(range(9)))
    for wrong in ("3", 3.5):
        with pytest.raises(TypeError, match="cannot be interpreted as an integer"):
            RandomSampler(range(9), generator=wrong)


def test_no_example_draws_the_numbers_of_a_further_round(monkeypatch):
    keys = []
    monkeypatch.setattr(core, "epoch_order", lambda n, *key: keys.append(key) or np.arange(n))
    list(RandomSampler(range(2), num_samples=8))
    orders = [np.random.default_rng(key).random(2).tolist() for key in keys]
    examples = [core.example_generator(0, 0, place).random(2).tolist() for place in range(8)]
    drawn = [*orders, *examples]
    assert len(orders) == 4 and all(drawn.count(numbers) == 1 for numbers in drawn)


def test_samplers():
    assert list(SequentialSampler("abc")) == [0, 1, 2]
    shuffled = RandomSampler(range(50))
    first, second = list(shuffled), list(shuffled)
    assert sorted(first) == sorted(second) == list(range(50)) and first != second
    drawn = list(RandomSampler(range(5), replacement=True, num_samples=400))
    assert len(drawn) == 400 and set(drawn) == set(range(5))
    rounds = list(RandomSampler(range(5), num_samples=12))
    assert sorted(rounds[:5]) == sorted(rounds[5:10]) == list(range(5)) and rounds[:5] != rounds[5:10]
    counts = np.bincount(list(WeightedRandomSampler([1, 0, 3], 4000)), minlength=3) / 4000
    assert abs(counts - [0.25, 0, 0.75]).max() < 0.03
    assert sorted(WeightedRandomSampler([1, 1, 5], 3, replacement=False)) == [0, 1, 2]
    batches = BatchSampler(RandomSampler(range(7)), 3, True)
    batches.set_epoch(4)
    assert list(itertools.chain(*batches)) == list(RandomSampler(range(7)).order(4))[:6] and len(batches) == 2


def test_collate_keeps_types():
    assert default_collate([np.float64(1), np.float64(2)]).dtype == np.float32
    assert default_collate([tensor([1.0], dtype=np.float64)] * 2).dtype == np.float64
    assert default_collate([np.zeros(2, np.uint8)] * 3).dtype == np.uint8
    assert default_collate([[], []]) == []
    with pytest.raises(ValueError, match="argument 2"):
        default_collate([(1, 2), (1,)])


def test_crops_flips_and_noise():
    manual_seed(0)
    image = np.arange(12.0).reshape(1, 3, 4)
    crops = {RandomCrop((2, 3))(image).tobytes() for _ in range(60)}
    assert crops == {image[:, i : i + 2, j : j + 3].tobytes() for i in (0, 1) for j in (0, 1)}
    padded = np.pad(image, [(0, 0), (2, 2), (2, 2)])
    assert RandomCrop((7, 8), padding=2)(image).tobytes() == padded.tobytes()
    with pytest.raises(ValueError, match=r"RandomCrop: \(4, 4\) does not fit into \(3, 4\)"):
        RandomCrop(4)(image)
    flips = [RandomHorizontalFlip()(image)[0, 0, 0] for _ in range(400)]
    assert set(flips) == {0, 3} and 150 < flips.count(3) < 250
    assert (RandomHorizontalFlip(1.0)(image) == image[..., ::-1]).all()
    noise = RandomNoise(0.5)(np.zeros((50, 50), np.float32))
    assert abs(noise.std() - 0.5) < 0.05 and noise.dtype == np.float32
    moved = {RandomShift(1)(np.eye(3)[1:2].T @ np.eye(3)[1:2]).argmax() for _ in range(99)}
    assert moved == set(range(9))


def test_normalize_by_channel_and_all_together():
    image = np.arange(12, dtype=np.uint8).reshape(3, 2, 2)
    got = Compose([Normalize([1, 2, 3], [2, 4, 8])])(image)
    assert got.dtype == np.float32 and (got[2] == (image[2].astype(float) - 3) / 8).all()
    assert (Normalize(0, 11)(image) == (image / 11).astype(np.float32)).all()
    assert isinstance(Normalize(0, 1)(tensor(image)), np.ndarray)


def test_turning_by_right_angles_is_exact_and_small_turns_keep_the_centre():
    manual_seed(0)
    image = np.random.default_rng(5).random((2, 5, 5), np.float32)
    rows, columns = core.turned_places(5, 5, 90)
    assert np.abs(sample(image, rows, columns) - np.rot90(image, axes=(1, 2))).max() < 1e-5
    turned = RandomRotation(10)(image)
    assert (
        np.abs(turned[:, 2, 2] - image[:, 2, 2]).max() < 1e-6 and (turned != image).any() and turned.dtype == np.float32
    )
    assert (
        np.abs(sample(np.ones((4, 4)), np.array([[-0.5, 1.5, 4.5]]), np.array([[1.0, 1.5, 1.0]])) - [[0.5, 1, 0]]).max()
        < 1e-12
    )


def test_a_transform_is_applied_to_the_first_part_alone():
    dataset = Transformed(TensorDataset(tensor([[1.0], [2.0]]), tensor([7, 8])), lambda x: np.asarray(x) * 10)
    image, label = dataset[1]
    assert image.tolist() == [20.0] and int(label) == 8 and len(dataset) == 2
    batch = next(iter(DataLoader(dataset, 2)))
    assert isinstance(batch[0], Tensor) and batch[0].tolist() == [[10.0], [20.0]]


def test_data_sets_chained_and_stacked():
    from tinytorch.utils.data import ChainDataset, StackDataset

    chained = ChainDataset([Stream(), Stream()])
    assert [b.tolist() for b in DataLoader(chained, 4)] == [[0, 1, 4, 9], [16, 0, 1, 4], [9, 16]]
    assert StackDataset(range(3), "abc")[1] == (1, "b") and StackDataset(x=range(3), y="abc")[2] == {"x": 2, "y": "c"}
    assert len(StackDataset(range(3))) == 3
    with pytest.raises(ValueError, match=r"lengths \[3, 2\]"):
        StackDataset(range(3), "ab")
    with pytest.raises(ValueError, match="either by position or by name"):
        StackDataset(range(3), y="abc")


def test_a_subset_in_random_order():
    from tinytorch.utils.data import SubsetRandomSampler

    sampler = SubsetRandomSampler([3, 5, 7, 9, 11, 13], generator=1)
    first, second = list(sampler), list(sampler)
    assert sorted(first) == sorted(second) == [3, 5, 7, 9, 11, 13] and first != second and len(sampler) == 6
    assert list(SubsetRandomSampler([3, 5, 7, 9, 11, 13], generator=1)) == first
    batches = [b.tolist() for b in DataLoader(range(20), 4, sampler=SubsetRandomSampler([3, 5, 7, 9, 11, 13], 1))]
    assert sum(batches, []) == first


def test_default_convert():
    from tinytorch.utils.data import default_convert

    found = default_convert({"a": np.arange(2), "b": ["x", (np.float32(1.5), 3)]})
    assert found["a"].tolist() == [0, 1] and found["b"][0] == "x" and found["b"][1][0].item() == 1.5
    assert found["b"][1][1] == 3 and type(found["b"][1]) is tuple


def test_pytorchs_generators_give_seeds():
    import tinytorch

    parts = [random_split(range(20), [15, 5], generator=tinytorch.Generator().manual_seed(s)) for s in (4, 4, 5)]
    assert parts[0][0].indices == parts[1][0].indices != parts[2][0].indices
    loaders = [DataLoader(range(9), 9, shuffle=True, generator=tinytorch.Generator().manual_seed(s)) for s in (4, 4, 5)]
    first = [next(iter(loader)).tolist() for loader in loaders]
    assert first[0] == first[1] != first[2]
    orders = [tinytorch.randperm(30, generator=tinytorch.Generator().manual_seed(s)).tolist() for s in (4, 4, 5)]
    assert orders[0] == orders[1] != orders[2]
    with pytest.raises(RuntimeError, match="computes on 'cpu' only"):
        tinytorch.Generator("cuda")


def test_the_names_stand_where_pytorch_has_them():
    from tinytorch.utils import data

    names = "Dataset TensorDataset IterableDataset ConcatDataset Subset random_split DataLoader Sampler RandomSampler "
    names += "SequentialSampler BatchSampler WeightedRandomSampler get_worker_info default_collate"
    assert all(getattr(data, name) is getattr(core, name) for name in names.split())
    assert data.transforms.Compose is Compose and data.datasets.digits("test").source.startswith("digits")
