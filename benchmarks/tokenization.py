"""Byte-pair encoding: training and encoding, against the definition and against tiktoken where it is installed.

    python benchmarks/tokenization.py [--rounds 5] [--bytes 1000000]

The text is the manual that comes with Python, repeated to the size asked for. Training by the definition (everything
counted anew in every round) is timed on a twentieth of the text and a tenth of the merges, and ours on the same beside
it. tiktoken gets our merges and must give the same tokens. Median and extremes of the rounds, and the median of the
ratios in the same round.
"""

import argparse
import importlib.util
import statistics
import time
from collections.abc import Callable
from pydoc_data.topics import topics

from tinytorch.core.tokenization import BPETokenizer, count_pairs, count_words, merge, train_merges

VOCABULARY = 4096


def by_definition(words: dict, rounds: int) -> list:
    """The merges of `words`, counting everything in every round."""
    merges = []
    while len(merges) < rounds and (counts := count_pairs(words)):
        merges.append(min(counts, key=lambda pair: (-counts[pair], pair)))
        words = {merge(word, merges[-1]): times for word, times in words.items()}
    return merges


def cases(text: str) -> dict[str, tuple[Callable, Callable | None]]:
    """What is timed: ours, and the alternative."""
    few, rounds = count_words(text[: len(text) // 20]), VOCABULARY // 10
    tokenizer = BPETokenizer.train(text, VOCABULARY)
    fresh = BPETokenizer(tokenizer.merges)
    if train_merges(dict(few), 50) != by_definition(dict(few), 50):
        raise SystemExit("the two ways to train disagree")

    def encode() -> list[int]:
        fresh.seen.clear()
        return fresh.encode(text)

    found = {
        f"{rounds} merges from a twentieth": (lambda: train_merges(few, rounds), lambda: by_definition(few, rounds)),
        f"{VOCABULARY} tokens from all of it": (lambda: BPETokenizer.train(text, VOCABULARY), None),
        "encoding all of it": (encode, _tiktoken(tokenizer, text)),
    }
    return found


def _tiktoken(tokenizer: BPETokenizer, text: str) -> Callable | None:
    if not importlib.util.find_spec("tiktoken"):
        return None
    import tiktoken

    pattern = r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
    theirs = tiktoken.Encoding("ours", pat_str=pattern, mergeable_ranks=tokenizer.vocab, special_tokens={})
    if theirs.encode(text) != tokenizer.encode(text):
        raise SystemExit("tiktoken gives other tokens")
    return lambda: theirs.encode(text)


def seconds(run: Callable) -> float:
    """How long a call takes."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def main() -> None:
    """Time every case and print a line for it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--bytes", type=int, default=1_000_000)
    given = parser.parse_args()
    manual = "\n".join(topics[key] for key in sorted(topics))
    text = (manual * (given.bytes // len(manual) + 1))[: given.bytes]
    print(f"{len(text):,} characters, {given.rounds} rounds")
    print(f"{'':28}{'ours':>9}{'from':>9}{'to':>8}{'other':>11}{'ours/other':>12}")
    for name, (ours, other) in cases(text).items():
        pairs = [(seconds(ours), seconds(other) if other else None) for _ in range(given.rounds)]
        own = [a for a, _ in pairs]
        line = f"{name:28}{statistics.median(own):7.2f} s{min(own):7.2f} to{max(own):6.2f} s"
        if other:
            ratio = statistics.median(a / b for a, b in pairs)
            line += f"{statistics.median(b for _, b in pairs):9.2f} s{ratio:12.2f}"
        print(line)


if __name__ == "__main__":
    main()
