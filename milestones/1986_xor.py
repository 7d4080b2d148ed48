"""1986: a network learns the function that no single neuron can.

"One or the other, but not both" is split by no line: in 1969 Minsky and
Papert showed what a perceptron cannot do, and XOR became the proverb for it.
Rumelhart, Hinton and Williams trained hidden units by carrying the error
backwards through the network. (Learning representations by back-propagating
errors, Nature 323, 1986.)

Claim: on each of five seeds two inputs, four hidden units and one output, started
at random and trained by `backward` and gradient descent, come within 0.1 of the
right answer in all four cases. One neuron alone, trained in the same way, comes within 0.4
of it in none: it ends between the two answers, at 0.5.
"""

from common import Trial, run, told

with told():
    import matplotlib.pyplot as plt

    from tinytorch import Tensor, manual_seed, no_grad
    from tinytorch.figures import BLUE, GREY, STYLE
    from tinytorch.nn import Linear, MSELoss, Sequential, Sigmoid

NEEDS = ("05_autograd",)
SECONDS = 6  # for all seeds
CASES = Tensor([[0, 0], [0, 1], [1, 0], [1, 1]])
RATE, STEPS = 5.0, 2000
ANSWERS = Tensor([[0], [1], [1], [0]])


def train(network):
    """Descend on the squared error of the four cases; the error before each step."""
    loss_of = MSELoss()
    losses = []
    for _ in range(STEPS):
        loss = loss_of(network(CASES), ANSWERS)
        network.zero_grad()
        loss.backward()
        for p in network.parameters():
            p.data -= RATE * p.grad.data
        losses.append(loss.item())
    return losses


def trial(seed):
    """Train a network and a single neuron from the same seed."""
    manual_seed(seed)
    network = Sequential(Linear(2, 4), Sigmoid(), Linear(4, 1), Sigmoid())
    neuron = Sequential(Linear(2, 1), Sigmoid())
    curves = train(network), train(neuron)
    with no_grad():
        furthest = (network(CASES) - ANSWERS).abs().max().item()
        single = neuron(CASES).flatten().tolist()
    text = f"network at most {furthest:.3f} off, one neuron says {said(single)}"
    return Trial(furthest < 0.1 and all(abs(answer - 0.5) < 0.1 for answer in single), text, (network, neuron, curves))


def said(answers):
    """The answers to the four cases, in words."""
    texts = [f"{answer:.2f}" for answer in answers]
    return f"{texts[0]} in all cases" if len(set(texts)) == 1 else ", ".join(texts)


def draw(details):
    """The error of all seeds while they learn, and what the first network and neuron answer everywhere."""
    plt.rcParams.update(STYLE)
    figure, (left, middle, right) = plt.subplots(1, 3, figsize=(9, 3), layout="constrained")
    for seed, (_, _, (network, neuron)) in enumerate(details):
        left.plot(neuron, color=GREY, label=None if seed else "one neuron")
        left.plot(network, color=BLUE, label=None if seed else "four hidden units")
    left.set(title="Error, five seeds", xlabel="step", yscale="log")
    left.legend()
    surface(middle, details[0][0], "The network's answer")
    shown = surface(right, details[0][1], "One neuron's answer")
    figure.colorbar(shown, ax=right, shrink=0.8)
    return figure


def surface(ax, model, title, size=60):
    """The model's answer at each point of the plane around the four cases."""
    ticks = [-0.25 + 1.5 * i / (size - 1) for i in range(size)]
    plane = Tensor([[x, y] for y in ticks for x in ticks])  # (size * size, 2)
    with no_grad():
        answers = model(plane).reshape(size, size)
    shown = ax.imshow(answers.numpy(), origin="lower", extent=(-0.25, 1.25) * 2, cmap="RdBu", vmin=0, vmax=1)
    for (x, y), (answer,) in zip(CASES.tolist(), ANSWERS.tolist(), strict=True):
        ax.text(x, y, f"{answer:.0f}", ha="center", va="center", bbox={"boxstyle": "circle", "facecolor": "white"})
    ax.set(title=title, xticks=(0, 1), yticks=(0, 1))
    return shown


if __name__ == "__main__":
    run(__doc__, "the four cases of XOR", trial, draw)
