"""1986: a network of three layers reads handwritten digits.

The recipe that learned XOR (layers, `backward`, descent) on real data: 1,437 small
images to learn from, 360 to be judged by. Sizes, rates and the number of epochs
were chosen on fifths of the training images; the test images took no part in it.

Claim: on each of five seeds the network reads at least 97 % of the test images. It
has 20 seconds to learn that.
"""

from common import Trial, run, told

with told():
    import matplotlib.pyplot as plt

    from tinytorch import manual_seed, no_grad, softmax
    from tinytorch.core.training import Accuracy, Batches, Callback, ConfusionMatrix, Trainer
    from tinytorch.figures import BLUE, GREY, STYLE
    from tinytorch.nn import CrossEntropyLoss, Dropout, Linear, ReLU, Sequential
    from tinytorch.optim import AdamW
    from tinytorch.optim.lr_scheduler import OneCycleLR
    from tinytorch.utils.data.embedded import digits

NEEDS = ("07_training",)
SECONDS = 12  # for all seeds
EPOCHS, BATCH, RATE = 40, 64, 0.005


def load(split, **options):
    """The images of a split in batches: pixels from 0 to 1 (n, 64), and labels (n,)."""
    images, labels = digits(split)
    return Batches(images.reshape(-1, 64) / 16, labels, **options)


def build():
    """64 pixels, two hidden layers, one number for each digit."""
    hidden = 128
    return Sequential(
        *(Linear(64, hidden), ReLU(), Dropout(0.2)),
        *(Linear(hidden, hidden), ReLU(), Dropout(0.2)),
        Linear(hidden, 10),
    )


class Errors(Callback):
    """Writes down the share of misread training images after each epoch, in per cent."""

    def __init__(self):
        self.images, self.curve = load("train", batch_size=1437, shuffle=False), []

    def epoch_end(self, trainer):
        """Read all training images, without Dropout."""
        self.curve.append(100 - 100 * trainer.evaluate(self.images)["accuracy"])


def train(network, seed, test_set):
    """Train, and look at both splits after each epoch; the trainer, and the errors (train, test) by epoch."""
    train_set, errors = load("train", batch_size=BATCH, seed=seed), Errors()
    optimizer = AdamW(network.parameters(), lr=RATE)
    trainer = Trainer(
        network,
        CrossEntropyLoss(label_smoothing=0.1),
        optimizer,
        OneCycleLR(optimizer, max_lr=RATE, total_steps=EPOCHS * len(train_set) + 1),
        metrics=[Accuracy(), ConfusionMatrix(10)],
        callbacks=[errors],
        schedule="step",
        progress="none",
    )
    history = trainer.fit(train_set, EPOCHS, test_set)
    return trainer, [errors.curve, [100 - 100 * share for share in history["val_accuracy"]]]


def trial(seed):
    """Train with one seed, which draws the weights, the order and what drops out."""
    manual_seed(seed)
    test_set = load("test", batch_size=360, shuffle=False)
    trainer, curves = train(build(), seed, test_set)
    found = trainer.evaluate(test_set)
    with no_grad():
        chances = softmax(trainer.model.eval()(test_set.x), dim=1).numpy()
    text = f"test {100 * found['accuracy']:.2f} %"
    return Trial(found["accuracy"] >= 0.97, text, (curves, found["confusion"], chances))


def draw(details):
    """Learning curves, the confusion matrix of all seeds, and the ten images that they misread worst."""
    plt.rcParams.update(STYLE)
    curves, counts, chances = zip(*details, strict=True)
    figure = plt.figure(figsize=(9, 6.4), layout="constrained")
    top, bottom = figure.subfigures(2, 1, height_ratios=(5, 4))
    left, right = top.subplots(1, 2)
    learning_curve(left, curves)
    confusion(right, sum(counts))
    worst_mistakes(bottom, chances)
    return figure


def learning_curve(ax, curves):
    """The errors on both splits, epoch by epoch, of all seeds."""
    for seed, pair in enumerate(curves):
        for errors_of, color, name in zip(pair, (GREY, BLUE), ("train", "test"), strict=True):
            ax.plot(range(1, EPOCHS + 1), errors_of, color=color, alpha=0.7, label=None if seed else name)
    ax.axhline(3, color="black", linewidth=0.8, linestyle=":", label="claim")
    ax.set(title="Misread images, five seeds", xlabel="epoch", ylabel="%", ylim=(0, 12))
    ax.legend()


def confusion(ax, counts):
    """How often each digit was read as each, by all seeds together; only mistakes are coloured."""
    wrong = counts.copy()
    wrong[range(10), range(10)] = 0
    ax.imshow(wrong, cmap="Reds", vmax=2 * wrong.max() or 1)  # pale, so that the numbers can be read
    for row in range(10):
        for column in range(10):
            ax.text(column, row, counts[row, column] or "", ha="center", va="center", fontsize=7)
    ax.set(title="Confusion, five seeds", xlabel="read as", ylabel="digit", xticks=range(10), yticks=range(10))


def worst_mistakes(figure, chances):
    """The ten images whose right digit got the least probability, on average over the seeds."""
    figure.suptitle("The ten worst: the right digit got the least probability", fontsize=11)
    images, labels = digits("test")
    right = sum(c[range(len(labels)), labels] for c in chances)
    for ax, i in zip(figure.subplots(2, 5).flat, right.argsort()[:10], strict=True):
        ax.imshow(images[i], cmap="gray_r")
        wrong = [int(c[i].argmax()) for c in chances if c[i].argmax() != labels[i]]
        often = (
            f"read as {max(wrong, key=wrong.count)} by {len(wrong)} of {len(chances)}"
            if wrong
            else "read right, barely"
        )
        ax.set_title(f"{labels[i]}, {often}", fontsize=8, pad=3)
        ax.axis("off")


if __name__ == "__main__":
    run(__doc__, "the 8 × 8 digits of UCI, which come with the package", trial, draw, limit=20)
