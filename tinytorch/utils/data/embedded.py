"""The data that comes with the package, so that everything can be run without a network.

The digits are the 1,797 images of the test part of "Optical Recognition of Handwritten Digits"
(E. Alpaydin and C. Kaynak, UCI Machine Learning Repository, 1998, https://doi.org/10.24432/C50P49),
under the licence CC BY 4.0. People wrote digits on a form; each was scanned to 32 × 32 black-and-white
pixels, and a number here says how many of the 16 pixels in a 4 × 4 block are black. The images are kept
as they were published, in their order. Each writer wrote many of them, and so has some in either split:
a score on the test split is one for writers that the network has seen.
"""

from pathlib import Path

import numpy as np

DIGITS = Path(__file__).with_name("digits.npz")
SPLIT_SEED = 0  # np.random.RandomState gives the same numbers in every version of NumPy
TEST_PER_CLASS = 36
SPLITS = ("train", "test", "all")


def digits(split: str) -> tuple[np.ndarray, np.ndarray]:
    """The images (n, 8, 8) and labels (n,) of a split, both uint8; pixels go from 0 (white) to 16 (black).

    split: "train" (1,437 images), "test" (360: 36 of each digit, the same ones always) or "all".
    """
    if split not in SPLITS:
        raise ValueError(f"digits: there is no split {split!r}; there are {', '.join(SPLITS)}")
    with np.load(DIGITS, allow_pickle=False) as file:
        images, labels = file["images"], file["labels"]
    held_out = _held_out(labels)
    chosen = {"train": ~held_out, "test": held_out, "all": np.full(len(labels), True)}[split]
    return images[chosen], labels[chosen]


def _held_out(labels: np.ndarray) -> np.ndarray:
    """For each label whether its image belongs to the test split."""
    random = np.random.RandomState(SPLIT_SEED)
    held_out = np.full(len(labels), False)
    for digit in range(10):
        held_out[random.permutation(np.flatnonzero(labels == digit))[:TEST_PER_CLASS]] = True
    return held_out
