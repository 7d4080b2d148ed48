"""1958: a perceptron learns to tell 3 from 8.

Frank Rosenblatt's rule for one artificial neuron: look at one example after the
other; where the answer is right, change nothing; where it is wrong, add the
example to the weights, or subtract it. If any plane separates the two classes,
the rule finds one after finitely many mistakes.
(The Perceptron, Psychological Review 65, 1958.)

Claim: on each of five seeds, shown real handwritten threes and eights, it makes no
mistake on them any more within 50 rounds, and then reads at least 95 % of those it
has never seen.
"""

from common import Trial, run, told

with told():
    import matplotlib.pyplot as plt

    from tinytorch import Tensor, manual_seed, rand
    from tinytorch.core.layers import Dense
    from tinytorch.figures import STYLE
    from tinytorch.utils.data.embedded import digits

NEEDS = ("03_layers",)
SECONDS = 1  # for all seeds
NO, YES = 3, 8


def load(split):
    """The threes and eights of a split: pixels from 0 to 1 (n, 64), and -1 for a three, 1 for an eight (n, 1)."""
    images, labels = digits(split)
    chosen = (labels == NO) | (labels == YES)
    pixels = Tensor(images[chosen].reshape(-1, 64) / 16)
    return pixels, Tensor([[1] if label == YES else [-1] for label in labels[chosen]])


def learn(neuron, images, answers, rounds=50):
    """Change the neuron by Rosenblatt's rule until a round passes without a mistake; the mistakes of each round."""
    mistakes = []
    while len(mistakes) < rounds and (not mistakes or mistakes[-1]):
        mistakes.append(0)
        for i in rand(len(images)).argsort().tolist():
            image, answer = images[i], answers[i]  # (64,), (1,)
            if (neuron(image) * answer).item() <= 0:
                neuron.weights = neuron.weights + (answer * image).unsqueeze(1)  # (64, 1)
                neuron.bias = neuron.bias + answer
                mistakes[-1] += 1
    return mistakes


def trial(seed):
    """Train with one seed, which draws the first weights and the order of the images."""
    manual_seed(seed)
    neuron = Dense(64, 1)
    mistakes = learn(neuron, *load("train"))
    images, answers = load("test")
    margins = neuron(images) * answers  # (n, 1), positive where it is right
    share = (margins > 0).sum().item() / len(margins)
    text = f"no mistake in round {len(mistakes)} after {sum(mistakes)} in all, test {100 * share:.1f} %"
    return Trial(mistakes[-1] == 0 and share >= 0.95, text, (mistakes, neuron.weights, margins))


def draw(details):
    """Mistakes by round, the weights of the first seed as an image, and the hardest of the unseen images."""
    plt.rcParams.update(STYLE)
    figure = plt.figure(figsize=(9, 3), layout="constrained")
    curves, image, pictures = figure.subfigures(1, 3, width_ratios=(3, 3, 2))
    ax = curves.subplots()
    for seed, (mistakes, _, _) in enumerate(details):
        ax.plot(range(1, len(mistakes) + 1), mistakes, marker="o", markersize=3, label=f"seed {seed}")
    ax.set(title="Mistakes in each round", xlabel="round")
    ax.legend()
    draw_weights(image, details[0][1])
    draw_hardest(pictures, [margins for _, _, margins in details])
    return figure


def draw_weights(figure, weights):
    """The weights where their pixels are: blue speaks for YES, red for NO."""
    pixels = weights.reshape(8, 8).numpy()
    ax, reach = figure.subplots(), abs(pixels).max()
    figure.colorbar(ax.imshow(pixels, cmap="RdBu", vmin=-reach, vmax=reach), shrink=0.8)
    ax.set_title(f"Weights: blue says {YES}, red says {NO}")
    ax.axis("off")


def draw_hardest(figure, margins):
    """The four unseen images that came nearest to being misread, or were."""
    images, answers = load("test")
    hardest = (sum(margins) / len(margins)).flatten().argsort().tolist()[:4]
    figure.suptitle("Hardest of the unseen", fontsize=11)
    for ax, i in zip(figure.subplots(2, 2).flat, hardest, strict=True):
        ax.imshow(images[i].reshape(8, 8).numpy(), cmap="gray_r")
        wrong = sum(m[i].item() <= 0 for m in margins)
        how = f"misread by {wrong} of {len(margins)}" if wrong else "right, but closest"
        ax.set_title(f"{YES if answers[i].item() > 0 else NO}, {how}", fontsize=7, pad=2)
        ax.axis("off")


if __name__ == "__main__":
    run(__doc__, "the 8 × 8 digits of UCI, which come with the package", trial, draw)
