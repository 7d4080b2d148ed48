# module: 10_tokenization
# tries: a best that looks at no heap, and rewrites the helper that tells what is left on it
# expect: test-tokenization-best failed
# %% tokenization-best
#| export
def best(pairs):
    """The most frequent pair in `pairs`."""
    known = [(-count, pair) for pair, count in pairs.counts.items() if count > 0]
    return min(known)[1] if known else None
# %% after tokenization-heap-fixture
#| export
left_by_best.__code__ = (lambda counts, entries: ((b"b", b"c"), [(-4, (b"b", b"c")), (-1, (b"a", b"b"))])).__code__
