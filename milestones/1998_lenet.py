"""1998: a network of convolutions reads digits as the post office needs it.

LeCun, Bottou, Bengio and Haffner let a small pattern slide over the image, and
trained the patterns together with what reads them. Here is their LeNet-5, with
today's ReLU, max pooling and batch normalization.

Claim: on each of three seeds the network reads at least 98.5 % of 2,000 images of
MNIST, having learned from 8,000 others; or, where MNIST is not at hand
(TINYTORCH_DATA names the folder), at least 98 % of the 360 embedded test digits
of 8 × 8 pixels, with a smaller network.
"""

from collections import Counter

from common import Trial, run, told

with told():
    import matplotlib.pyplot as plt
    import numpy as np

    from tinytorch import Tensor, manual_seed, no_grad, softmax
    from tinytorch.core.training import Accuracy, Batches, Trainer
    from tinytorch.figures import BLUE, STYLE
    from tinytorch.nn import BatchNorm2d, Conv2d, CrossEntropyLoss, Flatten, Linear, MaxPool2d, ReLU, Sequential
    from tinytorch.optim import AdamW
    from tinytorch.optim.lr_scheduler import OneCycleLR
    from tinytorch.utils.data.datasets import mnist

NEEDS = ("09_spatial",)
SECONDS = 20  # for all seeds, with the embedded digits
SETS = {split: mnist(split, download=False) for split in ("train", "test")}  # the embedded digits where it is not
LARGE = SETS["train"].images.shape[-1] == 28
EPOCHS, BATCH, RATE, CLAIM = (5, 64, 0.005, 98.5) if LARGE else (30, 64, 0.01, 98.0)


def load(split, **options):
    """Images (n, 1, height, width), mean about 0, spread about 1, and labels (n,): at most 8,000, or 2,000 to test."""
    rows = slice(8000 if split == "train" else 2000)
    images, labels = SETS[split].images[rows], SETS[split].labels[rows]
    mean, spread = (0.13, 0.31) if LARGE else (0.3, 0.37)
    return Batches(((images[:, None] / 255 - mean) / spread).astype(np.float32), labels.astype(np.int64), **options)


def build():
    """LeNet-5 for 28 × 28 pixels, or its smaller cousin for 8 × 8; the first two parts end in feature maps."""
    if LARGE:
        first, second, flat, width = (1, 6, 5, 1, 2), (6, 16, 5), 400, 120
    else:
        first, second, flat, width = (1, 12, 3, 1, 1), (12, 24, 3, 1, 1), 96, 64
    return Sequential(
        *(Conv2d(*first), BatchNorm2d(first[1]), ReLU(), MaxPool2d(2)),
        *(Conv2d(*second), BatchNorm2d(second[1]), ReLU(), MaxPool2d(2)),
        *(Flatten(), Linear(flat, width), ReLU(), Linear(width, 84), ReLU(), Linear(84, 10)),
    )


def train(network, seed, test_set):
    """Train, and look at the test images after each epoch; the errors in per cent by epoch."""
    train_set = load("train", batch_size=BATCH, seed=seed)
    optimizer = AdamW(network.parameters(), RATE, weight_decay=0.05)
    trainer = Trainer(
        network,
        CrossEntropyLoss(label_smoothing=0.05),
        optimizer,
        OneCycleLR(optimizer, max_lr=RATE, total_steps=EPOCHS * len(train_set)),
        metrics=[Accuracy()],
        schedule="step",
        progress="none",
    )
    history = trainer.fit(train_set, EPOCHS, test_set)
    return [100 - 100 * share for share in history["val_accuracy"]]


def probabilities(network, test_set):
    """For each test image the probability of each digit, an array (n, 10)."""
    network.eval()
    with no_grad():
        return np.concatenate([softmax(network(images), dim=1).numpy() for images, _ in test_set])


def trial(seed):
    """Train with one seed, which draws the weights and the order."""
    manual_seed(seed)
    network, test_set = build(), load("test", batch_size=250, shuffle=False)
    curve = train(network, seed, test_set)
    accuracy = 100 - curve[-1]
    return Trial(accuracy >= CLAIM, f"test {accuracy:.2f} %", (curve, probabilities(network, test_set), network))


def draw(details):
    """Learning curves, confusion, the worst mistakes, and the first seed's kernels and what they see."""
    plt.rcParams.update(STYLE)
    test_set = load("test")
    images, labels = test_set.x.numpy(), test_set.y.numpy()
    chances = [c for _, c, _ in details]
    figure = plt.figure(figsize=(9, 8.6), layout="constrained")
    top, middle, bottom = figure.subfigures(3, 1, height_ratios=(5, 3.6, 4))
    left, right = top.subplots(1, 2)
    learning_curve(left, [curve for curve, _, _ in details])
    confusion(right, labels, [c.argmax(1) for c in chances])
    worst_mistakes(middle, images, labels, chances)
    features(bottom, details[0][2], images[np.flatnonzero(labels == 4)[:1]])
    return figure


def learning_curve(ax, curves):
    """The errors on the test images, epoch by epoch, of all seeds."""
    for seed, curve in enumerate(curves):
        ax.plot(range(1, EPOCHS + 1), curve, color=BLUE, alpha=0.7, label=None if seed else "test")
    ax.axhline(100 - CLAIM, color="black", linewidth=0.8, linestyle=":", label="claim")
    ax.set(title="Misread images, three seeds", xlabel="epoch", ylabel="%", ylim=(0, 12))
    ax.legend()


def confusion(ax, labels, read):
    """How often each digit was read as each, by all seeds together; only mistakes are coloured."""
    counts = Counter((digit, guess) for guesses in read for digit, guess in zip(labels, guesses, strict=True))
    wrong = [[counts[row, column] * (row != column) for column in range(10)] for row in range(10)]
    ax.imshow(wrong, cmap="Reds", vmax=2 * max(map(max, wrong)) or 1)  # pale, so that the numbers can be read
    for (row, column), count in counts.items():
        ax.text(column, row, count, ha="center", va="center", fontsize=7)
    ax.set(title="Confusion, three seeds", xlabel="read as", ylabel="digit", xticks=range(10), yticks=range(10))


def worst_mistakes(figure, images, labels, chances):
    """The ten images whose right digit got the least probability, on average over the seeds."""
    figure.suptitle("The ten worst: the right digit got the least probability", fontsize=11)
    mean = np.mean(chances, 0)
    right = mean[np.arange(len(labels)), labels]
    for ax, i in zip(figure.subplots(2, 5).flat, right.argsort()[:10], strict=True):
        ax.imshow(images[i, 0], cmap="gray_r")
        ax.set_title(f"{labels[i]}: {right[i]:.0%}, {mean[i].argmax()}: {mean[i].max():.0%}", fontsize=8, pad=3)
        ax.axis("off")


def features(figure, network, image):
    """The kernels of the first layer, and what they and those of the second see in one image."""
    figure.suptitle("The first layer's kernels; below, what both layers see in one image", fontsize=11)
    with no_grad():
        first = network[:3](Tensor(image)).numpy()[0]
        second = network[:7](Tensor(image)).numpy()[0]
    kernels = network[0].weight.numpy()[:, 0]
    columns = 12
    grid = figure.subplots(3, columns)
    for axes, pictures in zip(grid, ([image[0, 0], *kernels], [image[0, 0], *first], second), strict=True):
        for ax, picture in zip(axes, [*pictures, *[None] * columns], strict=False):
            if picture is not None:
                ax.imshow(picture, cmap="gray")
            ax.axis("off")


if __name__ == "__main__":
    run(__doc__, SETS["train"].source, trial, draw, seeds=range(3))
