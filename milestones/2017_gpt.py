"""2017: a transformer reads Python's manual and guesses better than counting.

Vaswani and others built a network of nothing but attention and small layers; with a
causal mask it became GPT. This one has two blocks. It reads the manual that every
Python carries, in tokens made by byte-pair encoding, and is judged on topics that it
has not seen. Its rivals count which token follows the last ones: n-grams, each mixed
with the next shorter as Witten and Bell do it, of tokens and of letters, and of all
orders the best.

Claim: on each of three seeds the GPT's loss on unseen topics, in nats per letter,
is at least 0.05 below that of the best n-gram.
"""

import hashlib
import os
from functools import cache
from pydoc_data.topics import topics

os.environ.setdefault("OPENBLAS_NUM_THREADS", "2")  # here the matrices are large enough for a second one

from common import Trial, run, told

with told():
    import matplotlib.pyplot as plt
    import numpy as np

    from tinytorch import manual_seed, no_grad, tensor
    from tinytorch.core.autograd import seam
    from tinytorch.core.tensor import apply
    from tinytorch.core.tokenization import BPETokenizer, CharTokenizer
    from tinytorch.core.transformers import GPT, GPTConfig, generate
    from tinytorch.figures import BLUE, GREY, ORANGE, STYLE
    from tinytorch.nn.functional import cross_entropy
    from tinytorch.nn.utils import clip_grad_norm_
    from tinytorch.optim import AdamW, Muon
    from tinytorch.progress import say

NEEDS = ("13_transformers",)
SECONDS = 120  # for all seeds
VOCABULARY, CONTEXT, BLOCKS, HEADS, WIDTH, DROPOUT = 2048, 64, 2, 4, 128, 0.1
STEPS, BATCH, WARMUP = 300, 16, 20
ORDERS, MARGIN = 7, 0.05


def parts():
    """The topics of the manual, each without the paragraphs that an earlier one has already."""
    seen = set()
    for name in sorted(topics):
        fresh = [p for p in topics[name].split("\n\n") if p.strip() not in seen]
        seen |= {p.strip() for p in fresh}
        yield "\n\n".join(fresh) + "\n\n"


def split():
    """The text to learn from and the text to be judged by: nine topics of ten, and the tenth, by their hashes."""
    texts = {True: "", False: ""}
    for part in parts():
        texts[int(hashlib.sha256(part.encode()).hexdigest(), 16) % 10 > 0] += part
    return texts[True], texts[False]


class Data:
    """Both texts as tokens; `size` is how many letters a token of the judged text has on average."""

    def __init__(self, tokenizer, learned, judged):
        self.tokenizer, self.vocabulary = tokenizer, tokenizer.vocab_size
        self.learned, self.judged = (np.array(tokenizer.encode(text)) for text in (learned, judged))
        self.size = len(judged) / len(self.judged)


def ngrams(data, strength=1):
    """The loss on the judged text, in nats per letter, of n-grams of the orders 1 to ORDERS.

    After a context that was seen `total` times and had `kinds` followers, a token that was seen there `count` times has
    the probability (count + s p) / (total + s), where p is what the next shorter context says and s = strength * kinds
    (Witten and Bell, 1991, for a strength of 1).
    """
    size, (learned, judged) = data.vocabulary, (data.learned, data.judged)
    p, losses, contexts = np.full(len(judged), 1 / size), [], np.zeros(len(learned) + len(judged), np.int64)
    for order in range(ORDERS):
        if order:
            before = [np.concatenate([np.full(order, size), text[:-order]]) for text in (learned, judged)]
            contexts = np.unique(contexts * (size + 1) + np.concatenate(before), return_inverse=True)[1]
        ours, theirs = contexts[: len(learned)], contexts[len(learned) :]
        pairs, times = np.unique(ours * size + learned, return_counts=True)
        total, kinds = (np.bincount(c, minlength=contexts.max() + 1)[theirs] for c in (ours, pairs // size))
        place = np.searchsorted(pairs, theirs * size + judged).clip(max=len(pairs) - 1)
        count = np.where(pairs[place] == theirs * size + judged, times[place], 0)
        p = np.where(total > 0, (count + strength * kinds * p) / np.maximum(total + strength * kinds, 1), p)
        losses.append(-np.log(p).mean() / data.size)
    return losses


def windows(data, places):
    """Inputs and targets (n, CONTEXT) from these places on."""
    cut = data[places[:, None] + np.arange(CONTEXT + 1)]
    return tensor(cut[:, :-1]), tensor(cut[:, 1:])


def loss_on(model, data, part=1):
    """The loss in nats per letter on the judged text, or on each `part`-th window of it.

    The first half of each window is only there to be looked back on.
    """
    half, losses = CONTEXT // 2, []
    starts = np.arange(0, len(data.judged) - CONTEXT - 1, half)[::part]
    model.eval()
    with no_grad():
        for places in np.array_split(starts, len(starts) // 32 + 1):
            x, y = windows(data.judged, places)
            losses.append(cross_entropy(model(x).transpose(1, 2), y, reduction="none").numpy()[:, half:])
    model.train()
    return np.concatenate(losses).mean() / data.size


def optimizers(model):
    """Muon for the matrices of the blocks, AdamW for everything else, each with its learning rate.

    Muon gives all directions of a matrix the same share in a step (module 06), and needs fewer steps for the same loss;
    for tables of embeddings, which see few tokens at a time, and for vectors it is not meant.
    """
    matrices = [p for name, p in model.named_parameters() if ".h." in name and p.ndim == 2]
    others = [p for name, p in model.named_parameters() if not (".h." in name and p.ndim == 2)]
    return [(Muon(matrices, lr=0.02), 0.02), (AdamW(others, lr=0.006, betas=(0.9, 0.98), weight_decay=0.1), 0.006)]


def step(model, steps, data, places, share):
    """One step with a learning rate of `share` of the largest; the loss."""
    x, y = windows(data.learned, places)
    loss = cross_entropy(model(x).transpose(1, 2), y)
    for optimizer, rate in steps:
        optimizer.zero_grad()
        optimizer.param_groups[0]["lr"] = rate * share
    loss.backward()
    clip_grad_norm_(model.parameters(), 1.0)
    for optimizer, _ in steps:
        optimizer.step()
    return loss.item() / data.size


def train(model, data, seed):
    """Train; (step, loss learning, loss judged) ten times on the way."""
    rng, steps, curve, recent = np.random.default_rng(seed), optimizers(model), [], []
    for i in range(STEPS):
        share = min(1, (i + 1) / WARMUP) * max(0.02, 1 - i / STEPS)
        recent.append(step(model, steps, data, rng.integers(0, len(data.learned) - CONTEXT, BATCH), share))
        if (i + 1) % (STEPS // 10) == 0:
            curve.append((i + 1, np.mean(recent), loss_on(model, data, 8 if i + 1 < STEPS else 1)))
            say(
                "  seed {}: step {} of {}, loss {:.3f}, on unseen topics about {:.3f}".format(
                    seed, i + 1, STEPS, *curve[-1][1:]
                )
            )
            recent = []
    return curve


def looked(model, ids):
    """The weights of attention (heads, T, T) of each block while the model reads `ids`."""
    found = []

    def watch(f, args, kwargs):
        out = apply(f, args, kwargs)
        if f.__name__ == "attention_weights":
            found.append(out.numpy()[0])
        return out

    with seam(watch), no_grad():
        model.eval()(tensor([ids]))
    return found


def write(model, tokenizer, start, seed):
    """What the model writes after `start`."""
    ids = tokenizer.encode(start)
    return tokenizer.decode(ids + list(generate(model, ids, 150, temperature=0.8, top_p=0.95, seed=seed)))


@cache
def counted():
    """The tokens, the losses of the n-grams of tokens and of letters, and the best loss that tuning would give them."""
    learned, judged = split()
    data = Data(BPETokenizer.train(learned, VOCABULARY), learned, judged)
    rivals = {"tokens": ngrams(data), "letters": ngrams(Data(CharTokenizer(learned + judged), learned, judged))}
    return data, rivals, min(min(ngrams(data, strength)) for strength in (2, 3, 4))


def trial(seed):
    """Train with one seed, and compare with counting."""
    manual_seed(seed)
    data, rivals, tuned = counted()
    model = GPT(GPTConfig(CONTEXT, data.vocabulary, BLOCKS, HEADS, WIDTH, DROPOUT))
    curve = train(model, data, seed)
    loss = curve[-1][2]
    ids = data.judged[2000 : 2000 + 24].tolist()
    shown = [data.tokenizer.decode([i]).replace("\n", "\\n") for i in ids], looked(model, ids)
    orders = ", ".join(f"{name} {min(losses):.3f} (order {np.argmin(losses) + 1})" for name, losses in rivals.items())
    text = f"GPT {loss:.3f}, n-grams of {orders}, tuned to the unseen topics {tuned:.3f} nats per letter"
    sample = write(model, data.tokenizer, "The ", seed)
    return Trial(loss <= min(map(min, rivals.values())) - MARGIN, text, (curve, rivals, shown), f"It writes: {sample}")


def draw(details):
    """Learning curves with the rivals, and where two heads look."""
    plt.rcParams.update(STYLE)
    figure, (left, *maps) = plt.subplots(1, 3, figsize=(13, 4.4), layout="constrained", width_ratios=(1.2, 1, 1))
    for i, (curve, *_) in enumerate(details):
        steps, *losses = zip(*curve, strict=True)
        for loss, color, name in zip(losses, (GREY, BLUE), ("learned", "unseen topics"), strict=True):
            left.plot(steps, loss, color=color, label=None if i else name)
    for (name, losses), style in zip(details[0][1].items(), (":", "--"), strict=True):
        left.axhline(min(losses), color=ORANGE, linewidth=1, linestyle=style, label=f"n-grams of {name}")
    left.set(title="Loss, three seeds", xlabel="step", ylabel="nats per letter")
    left.legend(loc="upper right")
    names, weights = details[0][2]
    for ax, block in zip(maps, weights, strict=True):
        sharpest = max(
            block, key=lambda head: head[4:, 1:].max(-1).mean()
        )  # not one that looks at the first token only
        ax.imshow(sharpest, cmap="Blues")
        ax.set_xticks(range(len(names)), names, rotation=90, fontsize=7)
        ax.set_yticks(range(len(names)), names, fontsize=7)
    maps[0].set(title="A head of block 1: row looks at column")
    maps[1].set(title="A head of block 2")
    return figure


if __name__ == "__main__":
    name = hashlib.sha256("".join(topics[key] for key in sorted(topics)).encode()).hexdigest()[:12]
    sizes = " and ".join(f"{len(text):,}" for text in split())
    source = f"Python's manual (pydoc_data.topics, sha256 {name}…), {sizes} letters without repeated paragraphs"
    run(__doc__, source, trial, draw, seeds=range(3))
