"""2003: a network guesses the next letter, and beats counting.

Bengio, Ducharme, Vincent and Jauvin gave every symbol a vector and let a network
with one hidden layer guess the next from the vectors of those before. Theirs read
words; this one reads the letters of words, so that it learns in seconds. Counting
which letter follows which (bigrams) is the rival, smoothed as well as can be.

Claim: on each of three seeds the network's loss on words it has never seen is at
least 0.3 below that of the bigrams (in nats per letter), and below that of counts
of three letters (trigrams).
"""

import hashlib
import re
from pydoc_data.topics import topics

from common import Trial, run, told

with told():
    import matplotlib.pyplot as plt
    import numpy as np

    from tinytorch import manual_seed, no_grad, softmax, tensor
    from tinytorch.figures import BLUE, GREY, ORANGE, STYLE
    from tinytorch.nn import CrossEntropyLoss, Embedding, Flatten, Linear, Sequential, Tanh
    from tinytorch.optim import AdamW
    from tinytorch.optim.lr_scheduler import OneCycleLR

NEEDS = ("11_embeddings",)
SECONDS = 15  # for all seeds
LETTERS = "." + "abcdefghijklmnopqrstuvwxyz"  # the dot stands before and after a word
CONTEXT, EPOCHS, BATCH, RATE = 5, 30, 256, 0.01


def words():
    """The different words of Python's manual, in an order that has nothing to do with the alphabet."""
    found = set(re.findall(r"[a-z]{3,}", " ".join(topics.values()).lower()))
    return sorted(found, key=lambda word: hashlib.sha256(word.encode()).digest())


def examples(words):
    """The letters before each place (n, CONTEXT) and the letter at it (n,), as numbers."""
    before, at = [], []
    for word in words:
        padded = "." * CONTEXT + word + "."
        for i in range(CONTEXT, len(padded)):
            before.append([LETTERS.index(c) for c in padded[i - CONTEXT : i]])
            at.append(LETTERS.index(padded[i]))
    return np.array(before), np.array(at)


def split():
    """Examples to learn from, to choose by, and to be judged by: 80, 10 and 10 per cent of the words."""
    every = words()
    first, second = len(every) * 8 // 10, len(every) * 9 // 10
    return [examples(part) for part in (every[:first], every[first:second], every[second:])]


def ngram(order, train_set, other_set, constant):
    """The mean loss on `other_set`, in nats, of counting which letter follows which `order` - 1 letters.

    Each length of context takes the guess of the next shorter one as `constant` letters that it has seen already.
    """
    before, at = train_set
    guess = np.full((len(other_set[1]), len(LETTERS)), 1 / len(LETTERS))
    for length in range(order):
        keys, others = (context_keys(b, length) for b in (before, other_set[0]))
        counts = np.zeros((len(LETTERS) ** length, len(LETTERS)))
        np.add.at(counts, (keys, at), 1)
        guess = (counts[others] + constant * guess) / (counts[others].sum(1, keepdims=True) + constant)
    return -np.log(guess[np.arange(len(guess)), other_set[1]]).mean()


def context_keys(before, length):
    """One number for the last `length` letters of each row."""
    return before[:, CONTEXT - length :] @ (len(LETTERS) ** np.arange(length))


def rival(order, sets):
    """The loss of the n-grams of this order on the third set, with the constant that suits the second best."""
    train_set, choose_set, judge_set = sets
    constant = min((0.1, 0.3, 1, 3, 10, 30), key=lambda a: ngram(order, train_set, choose_set, a))
    return ngram(order, train_set, judge_set, constant)


def build():
    """A vector for each letter, one hidden layer, one number for each letter that may follow."""
    dim, hidden = 16, 128
    return Sequential(
        Embedding(len(LETTERS), dim), Flatten(), Linear(CONTEXT * dim, hidden), Tanh(), Linear(hidden, len(LETTERS))
    )


def loss_on(network, data):
    """The mean loss in nats per letter."""
    with no_grad():
        return CrossEntropyLoss()(network(tensor(data[0])), tensor(data[1])).item()


def train(network, sets, rng):
    """Train; the losses (learning, judging) after each epoch."""
    (before, at), _, judge_set = sets
    batches = len(at) // BATCH
    optimizer = AdamW(network.parameters(), lr=RATE, weight_decay=0.1)
    schedule, loss_of, curve = OneCycleLR(optimizer, RATE, total_steps=EPOCHS * batches), CrossEntropyLoss(), []
    for _ in range(EPOCHS):
        total = 0
        for batch in np.array_split(rng.permutation(len(at))[: batches * BATCH], batches):
            loss = loss_of(network(tensor(before[batch])), tensor(at[batch]))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item()
        curve.append((total / batches, loss_on(network, judge_set)))
    return curve


def invent(network, rng, count):
    """New words, letter by letter, each drawn with the probability that the network gives it."""
    found = []
    while len(found) < count:
        text = "." * CONTEXT
        while len(text) < CONTEXT + 14 and (len(text) == CONTEXT or text[-1] != "."):
            before = tensor([[LETTERS.index(c) for c in text[-CONTEXT:]]])
            with no_grad():
                chances = softmax(network(before), 1).numpy()[0].astype(float)
            text += LETTERS[rng.choice(len(LETTERS), p=chances / chances.sum())]
        found.append(text.strip("."))
    return found


def trial(seed):
    """Train with one seed, and compare with counting."""
    manual_seed(seed)
    rng, sets, network = np.random.default_rng(seed), split(), build()
    rivals = [rival(order, sets) for order in (2, 3)]
    curve = train(network, sets, rng)
    loss = curve[-1][1]
    text = f"network {loss:.3f}, bigrams {rivals[0]:.3f}, trigrams {rivals[1]:.3f} nats; writes: "
    holds = loss <= rivals[0] - 0.3 and loss < rivals[1]
    return Trial(holds, text + " ".join(invent(network, rng, 3)), (curve, rivals, network[0].weight.numpy()))


def draw(details):
    """Learning curves with the rivals, and the letters' vectors in two dimensions."""
    plt.rcParams.update(STYLE)
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.8), layout="constrained")
    names = "words to learn from", "words held back"
    for i, (curve, *_) in enumerate(details):
        for losses, color, name in zip(zip(*curve, strict=True), (GREY, BLUE), names, strict=True):
            left.plot(range(1, EPOCHS + 1), losses, color=color, label=None if i else name)
    for loss, name in zip(details[0][1], ("bigrams", "trigrams"), strict=True):
        left.axhline(loss, color="black", linewidth=0.8, linestyle=":")
        left.text(EPOCHS, loss, name, ha="right", va="bottom", fontsize=8)
    left.set(title="Loss, three seeds", xlabel="epoch", ylabel="nats per letter")
    left.legend(loc="upper right")
    vectors = details[0][2] - details[0][2].mean(0)
    points = vectors @ np.linalg.svd(vectors, full_matrices=False)[2][:2].T
    for letter, (x, y) in zip(LETTERS, points, strict=True):
        color = ORANGE if letter in "aeiou" else BLUE
        right.text(x, y, letter, color=color, ha="center", va="center", fontsize=12)
    right.set(xlim=(points[:, 0].min() - 0.5, points[:, 0].max() + 0.5), xticks=[], yticks=[])
    right.set(ylim=(points[:, 1].min() - 0.5, points[:, 1].max() + 0.5))
    right.set(title="The letters' vectors", xlabel="vowels are orange; the dot stands before and after a word")
    return figure


if __name__ == "__main__":
    text = " ".join(topics[key] for key in sorted(topics))
    name = hashlib.sha256(text.encode()).hexdigest()[:12]
    run(__doc__, f"{len(words()):,} words of Python's manual (sha256 {name}…)", trial, draw, limit=40, seeds=range(3))
