"""The data that comes with the package: what it is, and that the held-out part stays the same for ever."""

import hashlib

import numpy as np
import pytest

from tinytorch.utils.data import embedded


def digest(split):
    images, labels = embedded.digits(split)
    return hashlib.sha256(images.tobytes() + labels.tobytes()).hexdigest()[:16]


def test_the_splits_are_what_they_were_when_first_published():
    assert [digest(s) for s in ("train", "test", "all")] == ["3be13145d1eb4593", "5becaef9c969bed2", "87ff0c9e40dc7e2c"]


def test_shapes_types_and_range():
    images, labels = embedded.digits("all")
    assert (images.shape, images.dtype, labels.shape, labels.dtype) == ((1797, 8, 8), np.uint8, (1797,), np.uint8)
    assert (images.min(), images.max(), labels.min(), labels.max()) == (0, 16, 0, 9)


def test_train_and_test_are_all_and_share_no_place():
    train, test, everything = (embedded.digits(s) for s in ("train", "test", "all"))
    held_out = embedded._held_out(everything[1])
    assert len(train[1]) == 1437 and held_out.sum() == len(test[1]) == 360
    assert (everything[0][held_out] == test[0]).all() and (everything[0][~held_out] == train[0]).all()


def test_the_held_out_images_are_36_of_each_digit():
    assert np.bincount(embedded.digits("test")[1]).tolist() == [36] * 10


def test_an_unknown_split_is_refused_by_name():
    with pytest.raises(ValueError, match="no split 'validation'; there are train, test, all"):
        embedded.digits("validation")


def test_a_pickle_in_the_file_is_not_run(tmp_path, monkeypatch):
    trap = tmp_path / "digits.npz"
    np.savez(trap, images=np.array([{}], dtype=object), labels=np.array([0]))
    monkeypatch.setattr(embedded, "DIGITS", trap)
    with pytest.raises(ValueError, match="allow_pickle"):
        embedded.digits("all")
