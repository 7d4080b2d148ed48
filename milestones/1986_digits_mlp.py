"""1986: a network of three layers reads handwritten digits.

The recipe that learned XOR (layers, `backward`, descent) on real data: 1,437 small
images to learn from, 360 to be judged by. Sizes, rates and the number of epochs
were chosen on fifths of the training images; the test images took no part in it.

Claim: on each of five seeds the network reads at least 97 % of the test images,
and has learned that in less than 20 seconds.
"""

from collections import Counter

from common import Trial, run, told

with told():
    import matplotlib.pyplot as plt

    from tinytorch import Tensor, long, manual_seed, no_grad, rand, softmax
    from tinytorch.figures import BLUE, GREY, STYLE
    from tinytorch.nn import CrossEntropyLoss, Dropout, Linear, ReLU, Sequential
    from tinytorch.optim import AdamW
    from tinytorch.optim.lr_scheduler import OneCycleLR
    from tinytorch.utils.data.embedded import digits

NEEDS = ("06_optimizers",)
EPOCHS, BATCH, RATE = 40, 64, 0.005


def load(split):
    """Pixels from 0 to 1 (n, 64) and labels (n,)."""
    images, labels = digits(split)
    return Tensor(images.reshape(-1, 64) / 16), Tensor(labels, dtype=long)


def build():
    """64 pixels, two hidden layers, one number for each digit."""
    hidden = 128
    return Sequential(
        *(Linear(64, hidden), ReLU(), Dropout(0.2)),
        *(Linear(hidden, hidden), ReLU(), Dropout(0.2)),
        Linear(hidden, 10),
    )


def train(network, train_set, test_set):
    """Train, and look at the test images after each epoch; the errors (train, test) in per cent by epoch."""
    images, labels = train_set
    batches = len(images) // BATCH
    optimizer = AdamW(network.parameters(), lr=RATE)
    schedule = OneCycleLR(optimizer, max_lr=RATE, total_steps=EPOCHS * batches)
    loss_of = CrossEntropyLoss(label_smoothing=0.1)
    curve = []
    for _ in range(EPOCHS):
        order = rand(len(images)).argsort()
        for batch in order[: batches * BATCH].reshape(batches, BATCH):
            loss = loss_of(network(images[batch]), labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
        curve.append((errors(network, *train_set), errors(network, *test_set)))
    return curve


def probabilities(network, images):
    """For each image the probability of each digit (n, 10)."""
    with no_grad():
        chances = softmax(network.eval()(images), dim=1)
    network.train()
    return chances


def errors(network, images, labels):
    """The share of images that are misread, in per cent."""
    return 100 * (probabilities(network, images).argmax(1) != labels).to(images.dtype).mean().item()


def trial(seed):
    """Train with one seed, which draws the weights, the order and what drops out."""
    manual_seed(seed)
    network, test_set = build(), load("test")
    curve = train(network, load("train"), test_set)
    accuracy = 100 - curve[-1][1]
    return Trial(accuracy >= 97, f"test {accuracy:.2f} %", (curve, probabilities(network, test_set[0])))


def draw(details):
    """Learning curves, the confusion matrix of all seeds, and the ten images that they misread worst."""
    plt.rcParams.update(STYLE)
    labels = load("test")[1].tolist()
    figure = plt.figure(figsize=(9, 6.4), layout="constrained")
    top, bottom = figure.subfigures(2, 1, height_ratios=(5, 4))
    left, right = top.subplots(1, 2)
    learning_curve(left, [curve for curve, _ in details])
    read = [chances.argmax(1).tolist() for _, chances in details]
    confusion(right, labels, read)
    worst_mistakes(bottom, labels, read, [chances for _, chances in details])
    return figure


def learning_curve(ax, curves):
    """The errors on both splits, epoch by epoch, of all seeds."""
    for seed, curve in enumerate(curves):
        for errors_of, color, name in zip(zip(*curve, strict=True), (GREY, BLUE), ("train", "test"), strict=True):
            ax.plot(range(1, EPOCHS + 1), errors_of, color=color, alpha=0.7, label=None if seed else name)
    ax.axhline(3, color="black", linewidth=0.8, linestyle=":", label="claim")
    ax.set(title="Misread images, five seeds", xlabel="epoch", ylabel="%", ylim=(0, 12))
    ax.legend()


def confusion(ax, labels, read):
    """How often each digit was read as each, by all seeds together; only mistakes are coloured."""
    counts = Counter((digit, guess) for guesses in read for digit, guess in zip(labels, guesses, strict=True))
    wrong = [[counts[row, column] * (row != column) for column in range(10)] for row in range(10)]
    ax.imshow(wrong, cmap="Reds", vmax=2 * max(map(max, wrong)) or 1)  # pale, so that the numbers can be read
    for (row, column), count in counts.items():
        ax.text(column, row, count, ha="center", va="center", fontsize=7)
    ax.set(title="Confusion, five seeds", xlabel="read as", ylabel="digit", xticks=range(10), yticks=range(10))


def worst_mistakes(figure, labels, read, chances):
    """The ten images whose right digit got the least probability, on average over the seeds."""
    figure.suptitle("The ten worst: the right digit got the least probability", fontsize=11)
    images = load("test")[0]
    right = [sum(c[i, d].item() for c in chances) / len(chances) for i, d in enumerate(labels)]
    for ax, i in zip(figure.subplots(2, 5).flat, sorted(range(len(labels)), key=right.__getitem__)[:10], strict=True):
        wrong = [r[i] for r in read if r[i] != labels[i]]
        ax.imshow(images[i].reshape(8, 8).numpy(), cmap="gray_r")
        often = (
            f"read as {max(wrong, key=wrong.count)} by {len(wrong)} of {len(read)}" if wrong else "read right, barely"
        )
        ax.set_title(f"{labels[i]}, {often}", fontsize=8, pad=3)
        ax.axis("off")


if __name__ == "__main__":
    run(__doc__, "the 8 × 8 digits of UCI, which come with the package", trial, draw, limit=20)
