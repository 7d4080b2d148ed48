# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
#   tinytorch:
#     hours: 4
#     prerequisites:
#     - 01_tensor
#     title: Tokenization
# ---

# %% [markdown]
# # Tokenization
# > A network reads numbers. Somebody has to decide what the numbers stand for.
#
# A **tokenizer** cuts text into **tokens** and numbers them; the tokens that it has a number for are its
# **vocabulary**. At the end of this chapter you have the tokenizer of GPT-2, OpenAI's language model of 2019. Yours
# learns its vocabulary from any text in seconds, reads GPT-2's own from the published files, and loses no character
# of any language. Why anybody needs one, in four sentences that say the same:

# %% nbgrader={"grade": false, "grade_id": "tokenization-imports", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| default_exp core.tokenization
#| export
import functools
import heapq
import itertools
import json
import math
import operator
import os
import re
import sys
import unicodedata
from pathlib import Path

# %% nbgrader={"grade": false, "grade_id": "tokenization-test-tools", "locked": true, "schema_version": 3, "solution": false, "task": false}
import tempfile
import time
from pydoc_data.topics import topics

import numpy as np

from tinytorch.core.tensor import tensor
from tinytorch.figures import BLUE, GREY, ORANGE, axes, pieces
from tinytorch.testing import assert_same

# %%
SAME = {
    "English": "Everyone has the right to education.",
    "Deutsch": "Jeder hat das Recht auf Bildung.",
    "Ελληνικά": "Καθένας έχει δικαίωμα στην εκπαίδευση.",
    "日本語": "すべて人は、教育を受ける権利を有する。",
}
for language, sentence in SAME.items():
    sizes = len(sentence.split()), len(sentence), len(sentence.encode())
    print("{:9} {:3} words {:3} characters {:3} bytes".format(language, *sizes))


# %% [markdown]
# A sentence has few words, but a language has no end of them, and Japanese writes no spaces. Characters are many,
# and 150,000 of them are assigned. Bytes are only 256, and they can say everything, but a model that reads bytes
# reads long rows of numbers that mean little each. We want something between: **pieces** that are as long as the
# text allows, and never fail.
#
# ## One number per character
# The simplest tokenizer numbers the characters that occur in a text, in sorted order. `encode` turns text into
# numbers, `decode` turns them back. `decode` is given, and so is `known`, which refuses what stands for nothing: 1.5,
# or -1, which Python would take for the last of the list.

# %% nbgrader={"grade": false, "grade_id": "tokenization-known", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def known(ids, size):
    """Token ids (a list, an array, a Tensor) as a list of Python ints; an error names one outside 0 … size - 1."""
    numbers = []
    for place, token in enumerate(ids.tolist() if hasattr(ids, "tolist") else ids):
        try:
            numbers.append(operator.index(token))  # a whole number of any type
        except TypeError:
            row = "; decode one row at a time" if hasattr(token, "__len__") else ""
            raise TypeError(f"decode: token {str(token)[:40]} at place {place} is no whole number{row}") from None
        if not 0 <= numbers[-1] < size:
            raise ValueError(f"decode: token {numbers[-1]} at place {place} is not in the vocabulary of {size}")
    return numbers


# %% [markdown]
# Write `encode`. A character that was not in the text has no number: raise `ValueError`, not the dict's bare
# `KeyError`. Its message names the first such character, by `{character!r}`, not the others and not the whole text.
#
# <details><summary>Hint 1: the idea</summary>
#
# `self.ids` is a dict from character to number. Look up one character after the other.
#
# </details>
# <details><summary>Hint 2: the error</summary>
#
# Before looking anything up, find the characters that are not in `self.ids`; if there are any, raise `ValueError`
# with the first of them, by `{character!r}`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "tokenization-characters", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
class CharTokenizer:
    """One token per character; the vocabulary is what occurs in `text`, in the order of code points.

    >>> CharTokenizer("hello").encode("hole")
    [1, 3, 2, 0]
    """

    def __init__(self, text):
        self.characters = sorted(set(text))
        self.ids = {character: i for i, character in enumerate(self.characters)}
        self.vocab_size = len(self.characters)

    def decode(self, ids):
        """The text of token ids."""
        return "".join(self.characters[i] for i in known(ids, self.vocab_size))

    def encode(self, text):
        """The token ids of `text`, a list; ValueError for a character outside the vocabulary."""
        ### BEGIN SOLUTION
        for place, character in enumerate(text):
            if character not in self.ids:
                raise ValueError(f"encode: {character!r} at place {place} is not in the vocabulary")
        return [self.ids[character] for character in text]
        ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-tokenization-characters", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_unit_characters():
    """encode gives one number per character, decode takes it back, a strange character is named."""
    for text in ["hello", "a", "", "naïve café", "日本語 𝄞 日", "two\nlines\n"]:
        tokenizer = CharTokenizer(text)
        expected = [sorted(set(text)).index(character) for character in text]
        assert_same(tokenizer.encode(text), expected, f"CharTokenizer({text!r}).encode({text!r})")
        assert_same(tokenizer.decode(expected), text, f"CharTokenizer({text!r}).decode({expected})")
    cases = [("z", "", "lozenge"), ("é", "", "é"), ("Q", "z", "hello Q z"), ("z", "Q", "hello z Q")]
    for strange, other, text in cases:
        try:
            got = CharTokenizer("hello gno").encode(text)
        except ValueError as error:
            got = str(error)
        named = type(got) is str and repr(strange) in got and (text == strange or text not in got)
        told = f"a ValueError that names {strange!r}, with its quotes, and not the whole text"
        assert named, f"encode({text!r}): expected {told}, got {got!r}"
        first = not other or repr(other) not in got
        assert first, f"encode({text!r}): expected a ValueError about the first strange character only, got {got!r}"


test_unit_characters()
### BEGIN HIDDEN TESTS
assert_same(CharTokenizer("ba").encode("abba"), [0, 1, 1, 0], "CharTokenizer('ba').encode('abba')")
strange = [chr(ord("c") + int(n)) for n in np.random.default_rng().permutation(20)[:3]]
try:
    told = CharTokenizer("ba").encode("ab" + "".join(strange))
except ValueError as error:
    told = str(error)
named = [c for c in strange if repr(c) in told]
what = f"CharTokenizer('ba').encode('ab{''.join(strange)}'): the characters that the error names"
assert_same(named, strange[:1], what)
### END HIDDEN TESTS

# %%
letters = CharTokenizer("hello world")
letters.encode("hold"), letters.decode([3, 2, 4])

# %% [markdown]
# ## Pieces of bytes
# Python's `str.encode` writes text as bytes in UTF-8: one byte for each of the 128 oldest characters, two to four
# for the others. A tokenizer that starts from bytes can say every text, since there are only 256 of them.
#
# `to_bytes` and `from_bytes` are given, as two things in them are easily forgotten. A model may write bytes that
# are no text; they become "�", as in GPT-2. And a Python string may hold a **surrogate**, a code point from D800 to
# DFFF that is no character by itself; strict UTF-8 refuses it, `surrogatepass` writes it down all the same. From now
# on we cut text into small `bytes` objects, which we call *pieces*, and begin with pieces of one byte.

# %% nbgrader={"grade": false, "grade_id": "tokenization-bytes", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
SINGLE = [bytes([b]) for b in range(256)]


def to_bytes(text):
    """`text` in UTF-8, lone surrogates included."""
    return text.encode("utf-8", "surrogatepass")


# %% nbgrader={"grade": false, "grade_id": "tokenization-from-bytes", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def from_bytes(data):
    """The text of UTF-8 bytes; what is no UTF-8 becomes U+FFFD."""
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return data.decode("utf-8", "replace")


# %% nbgrader={"grade": false, "grade_id": "tokenization-singles", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def singles(text):
    r"""`text` as a tuple of pieces of one byte each.

    >>> singles("é!")
    (b'\xc3', b'\xa9', b'!')
    """
    return tuple(SINGLE[b] for b in to_bytes(text))


# %%
singles("naïve 𝄞")


# %% [markdown]
# **Byte-pair encoding** (P. Gage, 1994; for translation R. Sennrich and others, 2016) builds longer pieces from
# shorter ones. Find the pair of neighbours that occurs most often, make one piece of it everywhere, and begin
# again. Each round adds one piece to the vocabulary, so its size is yours to choose.
#
# A text has the same words again and again, so we count in words: a dict from a word, as a tuple of pieces, to
# the number of times it occurs. Write `count_pairs`: how often does each pair of neighbours occur in all words
# together?
#
# <details><summary>Hint 1: the idea</summary>
#
# A word that occurs n times adds n for each pair of neighbours in it.
#
# </details>
# <details><summary>Hint 2: the tools</summary>
#
# `itertools.pairwise(word)` gives the neighbours; `counts.get(pair, 0)` is 0 for a pair that is new.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "tokenization-count-pairs", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def count_pairs(words):
    """How often each pair of neighbouring pieces occurs, {pair: count}, in `words`, {tuple of pieces: count}.

    >>> count_pairs({(b"a", b"n", b"a"): 2, (b"a", b"n"): 5})
    {(b'a', b'n'): 7, (b'n', b'a'): 2}
    """
    ### BEGIN SOLUTION
    counts = {}
    for word, times in words.items():
        for pair in itertools.pairwise(word):
            counts[pair] = counts.get(pair, 0) + times
    return counts
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "tokenization-count-pairs-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
def pairs_of(*words):
    """`count_pairs` of words with their counts, as a plain dict."""
    return dict(count_pairs(dict(words)))


# %% nbgrader={"grade": true, "grade_id": "test-tokenization-count-pairs", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_unit_count_pairs():
    """count_pairs counts every place of every word, as often as the word occurs."""
    cases = [
        ({}, {}),
        ({"a": 3}, {}),
        ({"banana": 1}, {"ba": 1, "an": 2, "na": 2}),
        ({"aaaa": 2}, {"aa": 6}),
        ({"the": 4, "then": 2, "other": 1}, {"th": 7, "he": 7, "en": 2, "ot": 1, "er": 1}),
        ({"abcab": 3, "cab": 2, "bc": 5}, {"ab": 8, "bc": 8, "ca": 5}),
        ({"aab": 1, "baa": 4, "ab": 10}, {"aa": 5, "ab": 11, "ba": 4}),
    ]
    for words, expected in cases:
        got = pairs_of(*[(singles(text), times) for text, times in words.items()])
        expected = {singles(pair): times for pair, times in expected.items()}
        assert_same(got, expected, f"count_pairs of the words {words}, each as singles(word)")


test_unit_count_pairs()
### BEGIN HIDDEN TESTS
assert_same(pairs_of(((b"an", b"an", b"a"), 3)), {(b"an", b"an"): 3, (b"an", b"a"): 3}, "count_pairs of longer pieces")
rng = np.random.default_rng()
for _ in range(10):
    drawn = {"".join(rng.choice(list("abc"), rng.integers(1, 8))): int(rng.integers(1, 9)) for _ in range(4)}
    every = [text[i : i + 2] for text, times in drawn.items() for i in range(len(text) - 1) for _ in range(times)]
    assert_same(
        pairs_of(*[(singles(text), times) for text, times in drawn.items()]),
        {singles(pair): every.count(pair) for pair in every},
        f"count_pairs of the words {drawn}, each as singles(word)",
    )
### END HIDDEN TESTS

# %%
count_pairs({singles("banana"): 2, singles("band"): 1})


# %% [markdown]
# Now `merge`: make one piece of a pair, wherever it occurs in a word, from left to right. Mind `aaa` with the
# pair `a`, `a`: the first two become `aa`, and the third finds no partner any more.
#
# <details><summary>Hint 1: the idea</summary>
#
# Walk with an index, and add one piece to a new list at each stop. What has been joined is not looked at again.
#
# </details>
# <details><summary>Hint 2: the last piece</summary>
#
# `word[i : i + 2]` is shorter than two at the end of the word, and then equals no pair.
#
# </details>
# <details><summary>Hint 3: the steps</summary>
#
# Where the pair begins, add the joined piece and go on by two, else add the piece and go on by one.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "tokenization-merge", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def merge(word, pair):
    """`word`, a tuple of pieces, with every occurrence of `pair` joined, from left to right.

    >>> merge((b"b", b"a", b"n", b"a", b"n", b"a"), (b"a", b"n"))
    (b'b', b'an', b'an', b'a')
    """
    ### BEGIN SOLUTION
    joined, i = [], 0
    while i < len(word):
        here = word[i : i + 2] == pair
        joined.append(word[i] + word[i + 1] if here else word[i])
        i += 2 if here else 1
    return tuple(joined)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-tokenization-merge", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
def test_unit_merge():
    """merge joins every occurrence, leftmost first, and nothing else."""
    rng = np.random.default_rng(1)
    words = ["banana", "aaa", "aaaa", "ab", "ba", "a", "", *("".join(rng.choice(list("ab"), 9)) for _ in range(10))]
    for text in words:
        for pair in ["an", "aa", "ab", "ba"]:
            marked = re.sub(pair, f"|{pair}|", text)  # re.sub, too, goes from left to right
            expected = []
            for part in marked.split("|"):
                expected += [part.encode()] if part == pair else [c.encode() for c in part]
            got = merge(singles(text), singles(pair))
            assert_same(got, tuple(expected), f"merge of {text!r} with {singles(pair)}")
    for word, pair, expected in [
        ((b"ab", b"c", b"a", b"bc"), (b"a", b"bc"), (b"ab", b"c", b"abc")),
        ((b" ", b"t", b"h", b" "), (b"t", b"h"), (b" ", b"th", b" ")),
    ]:
        assert_same(merge(word, pair), expected, f"merge of {word} with {pair}")


test_unit_merge()
### BEGIN HIDDEN TESTS
assert_same(merge((b"a", b"b", b"ab", b"a"), (b"ab", b"a")), (b"a", b"b", b"aba"), "merge of a pair of longer pieces")
assert_same(merge((b"ab", b"a", b"b"), (b"a", b"ba")), (b"ab", b"a", b"b"), "merge: bytes that meet by accident")
### END HIDDEN TESTS

# %%
merge(singles("banana"), (b"a", b"n"))


# %% [markdown]
# With both, training is a loop. It returns the merges in the order in which they were made; they *are* the
# tokenizer, and their order will matter. Two rules make it the same on every machine: of pairs that occur equally
# often the lowest wins, as Python orders tuples of bytes; and when no word has two pieces left, training ends
# early.
#
# <details><summary>Hint 1: the idea</summary>
#
# `rounds` times: count, choose, remember, and merge in every word.
#
# </details>
# <details><summary>Hint 2: highest count, lowest pair</summary>
#
# `min` with a `key` that is a tuple, since tuples are compared from the left: first the count, with a minus sign, then
# the pair.
#
# </details>
# <details><summary>Hint 3: all words</summary>
#
# Make a new dict, from each word merged to its count, and go on with that. The caller's stays as it is.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "tokenization-train-slowly", "locked": false, "schema_version": 3, "solution": true, "task": false}
def train_slowly(words, rounds):
    """The merges that byte-pair encoding makes in `words`, {tuple of pieces: count}, at most `rounds` of them.

    >>> train_slowly({singles("banana"): 1, singles("an"): 1}, 2)
    [(b'a', b'n'), (b'an', b'a')]
    """
    ### BEGIN SOLUTION
    merges = []
    while len(merges) < rounds and (counts := count_pairs(words)):
        pair = min(counts, key=lambda pair: (-counts[pair], pair))
        merges.append(pair)
        words = {merge(word, pair): times for word, times in words.items()}
    return merges
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "tokenization-corpora", "locked": true, "schema_version": 3, "solution": false, "task": false}
CORPORA = [  # words (first, those of Sennrich's paper), and all their merges in order
    (
        {"low": 5, "lower": 2, "newest": 6, "widest": 3},
        "e+s es+t l+o lo+w e+w ew+est n+ewest d+est i+dest w+idest e+r low+er",
    ),
    ({"banana": 1}, "a+n an+a an+ana b+anana"),
    ({"aaaaa": 1, "aa": 1}, "a+a aa+a aa+aaa"),
    ({"ab": 2, "ba": 2, "cd": 2}, "a+b b+a c+d"),
    ({"a": 7}, ""),
    ({}, ""),
]


# %% nbgrader={"grade": true, "grade_id": "test-tokenization-train-slowly", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
def test_unit_train_slowly():
    """train_slowly finds the merges in their order, stops in time, and leaves the words that it is given alone."""
    for corpus, merges in CORPORA:
        every = [tuple(map(str.encode, pair.split("+"))) for pair in merges.split()]
        for rounds in (0, 1, 4, 20):
            words = {singles(text): times for text, times in corpus.items()}
            what = f"train_slowly of the words {corpus}, each as singles(word), {rounds} rounds"
            assert_same(train_slowly(words, rounds), every[:rounds], what)
            kept = {singles(text): times for text, times in corpus.items()}
            assert_same(words, kept, f"{what}: the words afterwards, which should be as they were")


test_unit_train_slowly()
### BEGIN HIDDEN TESTS
def by_strings(words, rounds):
    """The merges of `words`, {text: count}, found with nothing but strings: pieces between spaces."""
    found, spaced = [], {" ".join(text): times for text, times in words.items()}
    for _ in range(rounds):
        pairs = [pair for t, times in spaced.items() for pair in itertools.pairwise(t.split()) for _ in range(times)]
        if not pairs:
            break
        a, b = min(pairs, key=lambda pair: (-pairs.count(pair), pair))
        found.append((a.encode(), b.encode()))
        spaced = {re.sub(rf"(?<!\S){a} {b}(?!\S)", a + b, text): times for text, times in spaced.items()}
    return found


rng = np.random.default_rng()
for _ in range(5):
    corpus = {"".join(rng.choice(list("abc"), rng.integers(1, 12))): int(rng.integers(1, 4)) for _ in range(6)}
    got = train_slowly({singles(text): times for text, times in corpus.items()}, 6)
    assert_same(got, by_strings(corpus, 6), f"train_slowly of the words {corpus}, each as singles(word), 6 rounds")
### END HIDDEN TESTS

# %%
train_slowly({singles(text): times for text, times in CORPORA[0][0].items()}, 6)


# %% [markdown]
# ## Where words end
# What is a word? If everything were one, merges would run over spaces and full stops, and the vocabulary would
# fill up with `dog.`, `dog!` and `dog?`. GPT-2 cuts text first, by a rule, and never merges across a cut. At each
# place the first that fits of these is taken, as long as possible:
#
# 1. an English ending after an apostrophe: `'s 't 're 've 'm 'll 'd`
# 2. letters, with one space before them if there is one (` `, not a tab or a line feed)
# 3. numbers (digits and their like), likewise
# 4. anything else but white space, likewise
# 5. white space, but not its last character where something else follows: it may belong to the next word
# 6. white space
#
# Such a rule is a **regular expression**, for Python's module `re`: `|` separates alternatives, the first that
# fits is taken; `[abc]` is one of these characters and `[^abc]` one that is none of these; `+` is once or more often,
# `?` once or never; `(?:…)` groups, as in `(?:re|ve)`, which is `re` or `ve`; `(?!…)` looks ahead and takes nothing:
# `a(?!b)` is an `a` that no `b` follows. Python's own sign for letters, `\w`, means digits and `_` too, so the letters
# are listed here as Unicode has them: `kinds("L")` is what stands between the brackets for all 130,000 of them, as
# ranges.

# %% nbgrader={"grade": false, "grade_id": "tokenization-kinds", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
@functools.cache
def kinds(major):
    """The characters whose Unicode category begins with `major`, as the inside of [ ] in a regular expression."""
    ranges, every = [], range(sys.maxunicode + 1)
    for belongs, codes in itertools.groupby(every, lambda c: unicodedata.category(chr(c))[0] == major):
        if belongs:
            codes = list(codes)
            ranges.append(f"\\U{codes[0]:08x}-\\U{codes[-1]:08x}")
    return "".join(ranges)


SPACES = r"\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"  # Unicode's White_Space

# %%
re.findall(f"[{kinds('L')}]+", "x1 Ελλάδα_日本 2nd")


# %% [markdown]
# Write the pattern, for any three such lists: `letters`, `numbers` and `spaces`. The first rule is there already;
# in a string with `f` in front, `{letters}` stands for the list. For white space use `[{spaces}]`, and
# `[^{spaces}]` for its contrary.
#
# <details><summary>Hint 1: the idea</summary>
#
# One alternative for each rule. An optional space is ` ?`, a space with a question mark. Rule 4 excludes letters,
# numbers and white space: several lists may stand in one pair of brackets.
#
# </details>
# <details><summary>Hint 2: rules 2 to 4</summary>
#
# Letters with an optional space: ` ?[{letters}]+`. Rules 3 and 4 differ in what stands in the brackets.
#
# </details>
# <details><summary>Hint 3: rule 5</summary>
#
# What may not follow is *one character that is no white space*: a `(?!…)` with this character inside. Where one
# follows, the `+` gives one character back, and then what follows is white space.
#
# </details>
# <details><summary>Hint 4: rule 5, written out</summary>
#
# `[{spaces}]+(?![^{spaces}])`
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "tokenization-pattern", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def pattern(letters, numbers, spaces):
    r"""The regular expression by which GPT-2 cuts text, for these lists of characters.

    >>> re.findall(pattern("a-z", "0-9", r" \n"), "it's  12 dogs!")
    ['it', "'s", ' ', ' 12', ' dogs', '!']
    """
    endings = "'(?:[stmd]|re|ve|ll)"
    ### BEGIN SOLUTION
    others = f" ?[^{spaces}{letters}{numbers}]+"
    space = f"[{spaces}]+(?![^{spaces}])|[{spaces}]+"
    return f"{endings}| ?[{letters}]+| ?[{numbers}]+|{others}|{space}"
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-tokenization-pattern", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
def test_unit_pattern():
    """The pattern cuts as GPT-2 does, and together the parts are the text again."""
    cases = {
        "Hello world": ["Hello", " world"],
        "I am 42 now": ["I", " am", " 42", " now"],
        "it's we're I'll you'd": ["it", "'s", " we", "'re", " I", "'ll", " you", "'d"],
        "I'm don't I've": ["I", "'m", " don", "'t", " I", "'ve"],
        "rock'n'roll 'so": ["rock", "'", "n", "'", "roll", " '", "so"],
        "x=10**3 # cube": ["x", "=", "10", "**", "3", " #", " cube"],
        "a   b": ["a", "  ", " b"],
        "a  !b": ["a", " ", " !", "b"],
        "a \n # b": ["a", " \n", " #", " b"],
        "a\n\n  b\n": ["a", "\n\n ", " b", "\n"],
        "end   ": ["end", "   "],
        " \tx": [" ", "\t", "x"],
        "snake_case4you": ["snake", "_", "case", "4", "you"],
        "...why?!": ["...", "why", "?!"],
        "  ": ["  "],
        "": [],
    }
    found = re.compile(pattern("a-zA-Z", "0-9", r" \t\n"))
    for text, expected in cases.items():
        assert_same(found.findall(text), expected, f"the parts of {text!r}")
    odd = re.findall(pattern("a-z", "0-9", "_"), "a__b")
    assert_same(odd, ["a", "_", "_", "b"], "the parts of 'a__b', where _ is the only white space")
    full = re.compile(pattern(kinds("L"), kinds("N"), SPACES))
    for text, expected in {
        "naïve Ελλάδα": ["naïve", " Ελλάδα"],
        "日本語、2²=Ⅳ": ["日本語", "、", "2²", "=", "Ⅳ"],
        "a\u00a0b\u3000\u3000c": ["a", "\u00a0", "b", "\u3000", "\u3000", "c"],
        "𝄞𝄞 ok": ["𝄞𝄞", " ok"],
    }.items():
        assert_same(full.findall(text), expected, f"the parts of {text!r}")


test_unit_pattern()
### BEGIN HIDDEN TESTS
for text in [" 'll", "can''t", "\n \n x", "9's", "_ _", "a 1 !", "\t\t12  34"]:
    parts = re.findall(pattern("a-z", "0-9", r" \t\n"), text)
    assert_same("".join(parts), text, f"the parts of {text!r}, joined")
assert_same(re.findall(pattern("a-z", "0-9", " "), "'s's x's"), ["'s", "'s", " x", "'s"], "the parts of \"'s's x's\"")
### END HIDDEN TESTS

# %% nbgrader={"grade": false, "grade_id": "tokenization-splitter", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
@functools.cache
def splitter():
    """The pattern over all of Unicode, compiled; it takes a third of a second, once."""
    return re.compile(pattern(kinds("L"), kinds("N"), SPACES))


# %% nbgrader={"grade": false, "grade_id": "tokenization-split", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def split(text):
    """`text` cut into words by GPT-2's rule; joined, they are the text again."""
    return splitter().findall(text)


# %% nbgrader={"grade": false, "grade_id": "tokenization-count-words", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def count_words(text):
    """How often each word of `text` occurs, {tuple of single bytes: count}."""
    counts = {}
    for word in split(text):
        counts[word] = counts.get(word, 0) + 1
    return {singles(word): times for word, times in counts.items()}


# %%
split("They'll pay $1,000 for naïve   code: x = x**2")


# %% [markdown]
# ## Training in seconds
# `train_slowly` counts everything anew in each round. But a round changes only the words that hold the pair, and
# these are few. Let us keep the counts, and for each pair the words in which it occurs, and only mend both.
# `Pairs` holds them: lists of the words and how often each occurs, `counts` by pair, and `places`: by pair, the
# numbers of the words that hold it.

# %% nbgrader={"grade": false, "grade_id": "tokenization-pairs", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class Pairs:
    """The pairs of neighbours in `words`, {tuple of pieces: count}: `counts` of each, `places` where it occurs.

    words, times: word number i, and how often it occurs. heap: (-count, pair), with stale entries among them.
    """

    def __init__(self, words):
        self.words, self.times = list(words), list(words.values())
        self.counts, self.places, self.heap = {}, {}, []
        for i, word in enumerate(self.words):
            for pair in itertools.pairwise(word):
                self.counts[pair] = self.counts.get(pair, 0) + self.times[i]
                self.places.setdefault(pair, set()).add(i)
        self.offer(self.counts)

    def offer(self, pairs):
        """Put these pairs on the heap, with the counts that they have now."""
        for pair in pairs:
            heapq.heappush(self.heap, (-self.counts[pair], pair))


# %% [markdown]
# Which pair is the most frequent? A **heap** is a list that always knows its smallest entry, `heap[0]`; pushing
# and popping cost little. Ours holds `(-count, pair)`, so the smallest is the pair we want, ties included. But a
# heap cannot change an entry. When a count changes, we push a second entry and leave the first, which is now
# **stale**: its count is no longer what `counts` says. Write `best`: drop stale entries from the top until the
# top is true. A pair whose count is 0 is no longer there, and its entry goes too.
#
# <details><summary>Hint 1: the idea</summary>
#
# While there is a top: if its count is the pair's count of today, it is the answer, else pop it.
#
# </details>
# <details><summary>Hint 2: pairs that are gone</summary>
#
# A pair whose count has sunk to 0 is no answer either; nor is one that `counts` does not know:
# `counts.get(pair)`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "tokenization-best", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def best(pairs):
    """The most frequent pair in `pairs`, the lowest of equals; None if no pair occurs. Drops stale entries."""
    ### BEGIN SOLUTION
    while pairs.heap:
        count, pair = pairs.heap[0]
        if count < 0 and pairs.counts.get(pair) == -count:
            return pair
        heapq.heappop(pairs.heap)
    return None
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "tokenization-best-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
def best_after(words, changes):
    """`best` of words, {text: count}, before and after each change of counts, {pair: count}; it stays on the heap."""
    pairs = Pairs({singles(text): times for text, times in words.items()})
    found = [best(pairs)]
    for change in changes:
        pairs.counts = pairs.counts | change
        pairs.offer(change)
        found += [best(pairs), best(pairs)]
    return found


# %% nbgrader={"grade": false, "grade_id": "tokenization-heap-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
def left_by_best(counts, entries):
    """What best finds with these counts and these entries on the heap, and the entries that it leaves, sorted."""
    pairs = Pairs({})
    heap = list(entries)
    heapq.heapify(heap)
    pairs.counts, pairs.heap = counts, heap
    return best(pairs), sorted(pairs.heap)


# %% nbgrader={"grade": true, "grade_id": "test-tokenization-best", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_unit_best():
    """best finds the highest count, the lowest of equals, and is not taken in by stale entries."""
    ab, bc, cd = (b"a", b"b"), (b"b", b"c"), (b"c", b"d")
    words = {"ab": 5, "bc": 4, "cd": 4}
    assert_same(best_after(words, []), [ab], f"best of {words}")
    for changes, expected in [
        ([{ab: 3}], [ab, bc, bc]),
        ([{cd: 6}], [ab, cd, cd]),
        ([{ab: 1}, {bc: 0}], [ab, bc, bc, cd, cd]),
        ([{ab: 0, bc: 0, cd: 0}], [ab, None, None]),
        ([{ab: 1}, {ab: 5}], [ab, bc, bc, ab, ab]),
    ]:
        assert_same(best_after(words, changes), expected, f"best of {words}, after the counts became {changes}")
    assert_same(best_after({"a": 3}, []), [None], "best where no word has two pieces")
    words = {"ab": 9, "bc": 8, "cd": 3, "de": 7, "ef": 6, "fg": 2, "gh": 1}
    expected, what = [ab, bc, bc, (b"d", b"e"), (b"d", b"e")], "after ab sank to 4, and after bc sank to 1"
    assert_same(best_after(words, [{ab: 4}, {bc: 1}]), expected, f"best of {words}, {what}")
    entries = [(-5, ab), (-4, bc), (-3, cd), (-1, ab)]
    for place, numbers in enumerate([(5, 4, 3), (1, 4, 3), (1, 0, 3), (1, 0, 0), (0, 0, 0)]):
        counts = dict(zip((ab, bc, cd), numbers, strict=True))
        found, left = left_by_best(counts, entries)
        case = f"the counts are {counts}, the heap holds {entries}"
        assert_same(found, entries[place][1] if place < 4 else None, f"{case}: best")
        assert_same(left, entries[place:], f"{case}: what is left, once stale entries are off the top")


test_unit_best()
### BEGIN HIDDEN TESTS
rng = np.random.default_rng()
for _ in range(20):
    drawn = [tuple(bytes([b]) for b in rng.choice(list(b"abcdef"), 2)) for _ in range(8)]
    counts = {pair: int(rng.integers(0, 5)) for pair in drawn}
    heap = [(-int(rng.integers(0, 7)), pair) for pair in drawn]
    heap = sorted(heap + [(-count, pair) for pair, count in counts.items()])
    true = [i for i, (count, pair) in enumerate(heap) if count and counts[pair] == -count] or [len(heap)]
    found, left = left_by_best(counts, [heap[i] for i in rng.permutation(len(heap))])
    case = f"the counts are {counts}, the heap holds {heap}"
    assert_same(found, heap[true[0]][1] if true[0] < len(heap) else None, f"{case}: the best pair")
    assert_same(left, heap[true[0] :], f"{case}: what best leaves")
expected = [(b"a", b"a"), (b"z", b"z"), (b"z", b"z")]
assert_same(best_after({"zz": 2, "aa": 2}, [{(b"a", b"a"): 1}]), expected, "best of equals")
### END HIDDEN TESTS

# %%
best(Pairs({singles("banana"): 2, singles("band"): 1}))


# %% [markdown]
# Now the mending. For each word that holds the pair: take away what its pairs have counted, merge, and count its
# new pairs. With `banana` twice and `band` once, the counts are `b a` 3, `a n` 5, `n a` 4, `n d` 1. Merging `a`, `n`
# makes all four 0, and adds `b an` 3, `an an` 2, `an a` 2, `an d` 1.
#
# Leave pairs that sink to 0 in `counts`, since `offer` looks them up. `places` must name every word that holds a
# pair; it may go on naming one that does no more. Put every pair whose count you touch into `changed`: the last line
# offers them to the heap.
#
# <details><summary>Hint 1: the idea</summary>
#
# `pairs.places.pop(pair)` are the numbers of the words to change. Add each pair that you touch to `changed`; the
# last line offers them.
#
# </details>
# <details><summary>Hint 2: one word</summary>
#
# Two loops over `itertools.pairwise(word)`: over the old word with `-times`, over the new one with `+times`. The
# new one's pairs get `i` as a place too; `setdefault(pair, set()).add(i)` makes the set where there is none.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "tokenization-replace", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def replace(pairs, pair):
    """Merge `pair` in all words of `pairs` that hold it, and mend counts, places and heap."""
    changed = set()
    ### BEGIN SOLUTION
    for i in pairs.places.pop(pair):
        old, times = pairs.words[i], pairs.times[i]
        new = pairs.words[i] = merge(old, pair)
        for each in itertools.pairwise(old):
            pairs.counts[each] -= times
            changed.add(each)
        for each in itertools.pairwise(new):
            pairs.counts[each] = pairs.counts.get(each, 0) + times
            pairs.places.setdefault(each, set()).add(i)
            changed.add(each)
    ### END SOLUTION
    pairs.offer(changed)


# %% nbgrader={"grade": false, "grade_id": "tokenization-replace-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
def after_replacing(words, *merges):
    """Words and counts (zeros left out) after these merges, and for each pair which of its words `places` forgets."""
    pairs = Pairs({singles(text): times for text, times in words.items()})
    for pair in merges:
        replace(pairs, pair)
    counts = {pair: count for pair, count in pairs.counts.items() if count}
    holders = {pair: {i for i, word in enumerate(pairs.words) if pair in itertools.pairwise(word)} for pair in counts}
    forgotten = {pair: sorted(who - pairs.places.get(pair, set())) for pair, who in holders.items()}
    stale = sorted(pair for pair in counts if (-counts[pair], pair) not in pairs.heap)
    return list(pairs.words), counts, {pair: who for pair, who in forgotten.items() if who}, stale


# %% nbgrader={"grade": false, "grade_id": "tokenization-places-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
def only_places(texts, numbers):
    """The words after merging a, b where `places` names only the words with these numbers."""
    pairs = Pairs({singles(text): 1 for text in texts})
    pairs.places = pairs.places | {(b"a", b"b"): numbers}
    replace(pairs, (b"a", b"b"))
    return list(pairs.words)


# %% nbgrader={"grade": true, "grade_id": "test-tokenization-replace", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
def joined(word, pair):
    """The word after merging the pair, found in its text with spaces between the pieces."""
    a, b = pair
    return tuple(re.sub(rb"(?<!\S)%b %b(?!\S)" % (a, b), a + b, b" ".join(word)).split())


def tally(words):
    """The count of every pair in {word: count}."""
    counts = {}
    for word, times in words.items():
        for i in range(len(word) - 1):
            counts[word[i : i + 2]] = counts.get(word[i : i + 2], 0) + times
    return counts


def test_unit_replace():
    """After replace, words, counts, places and heap are as if everything had been counted anew."""
    an, ana, aa = (b"a", b"n"), (b"an", b"a"), (b"a", b"a")
    for words, chain in [
        ({"banana": 2, "an": 3, "box": 1}, (an, ana)),
        ({"anana": 1}, (an, ana)),
        ({"nana": 4, "ananas": 1}, (an, ana)),
        ({"aaanana": 2, "nan": 2}, (an, ana)),
        ({"nab": 2, "na": 3}, ((b"a", b"b"),)),
    ]:
        for merges in (chain[:n] for n in range(1, len(chain) + 1)):
            expected = {singles(text): times for text, times in words.items()}
            for pair in merges:
                expected = {joined(word, pair): times for word, times in expected.items()}
            got, counts, forgotten, stale = after_replacing(words, *merges)
            what = f"{words}, after merging {list(merges)}"
            assert_same(got, list(expected), f"the words of {what}")
            assert_same(counts, tally(expected), f"the counts of {what}")
            assert not forgotten, f"{what}: places does not say that {forgotten} hold the pair"
            assert not stale, f"{what}: the heap has no entry with the count of today for {stale}"
    got, counts, forgotten, stale = after_replacing({"aaa": 2, "aaaa": 1, "baab": 5}, aa)
    expected = {(b"aa", b"a"): 2, (b"aa", b"aa"): 1, (b"b", b"aa"): 5, (b"aa", b"b"): 5}
    assert_same(counts, expected, "the counts of aaa (2), aaaa (1), baab (5), after merging a, a")
    told = "replace should look only at the words that places names"
    assert_same(only_places(["ab", "xab"], {0}), [(b"ab",), (b"x", b"a", b"b")], told)


test_unit_replace()
### BEGIN HIDDEN TESTS
rng = np.random.default_rng()
texts, chosen = [f"{n}ab" for n in range(6)], {int(n) for n in rng.permutation(6)[:3]}
expected = [(f"{n}".encode(), *([b"ab"] if n in chosen else [b"a", b"b"])) for n in range(6)]
assert_same(only_places(texts, chosen), expected, f"the words of {texts}, where places names {sorted(chosen)} only")
for _ in range(5):
    drawn = {"".join(rng.choice(list("ab"), rng.integers(2, 12))): int(rng.integers(1, 9)) for _ in range(5)}
    words = drawn | {"ab": 1}
    expected = {joined(singles(text), (b"a", b"b")): times for text, times in words.items()}
    got, counts, forgotten, stale = after_replacing(words, (b"a", b"b"))
    assert_same(got, list(expected), f"the words of {words}, after merging a, b")
    assert_same(counts, tally(expected), f"the counts of {words}, after merging a, b")
    assert not forgotten and not stale, f"{words}: forgotten {forgotten}, stale {stale}"
### END HIDDEN TESTS

# %%
after_replacing({"banana": 2, "band": 1}, (b"a", b"n"))[:2]


# %% [markdown]
# Training is then what it says. It gives the same merges as `train_slowly`, as the next cell shows on a part of
# the text that we shall use from here on: the manual that comes with every Python, half a megabyte of English.

# %% nbgrader={"grade": false, "grade_id": "tokenization-train", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def train_merges(words, rounds):
    """What `train_slowly` gives, for {tuple of pieces: count}, in a fraction of the time."""
    pairs, merges = Pairs(words), []
    while len(merges) < rounds and (pair := best(pairs)):
        merges.append(pair)
        replace(pairs, pair)
    return merges


# %%
english = "\n".join(topics[key] for key in sorted(topics))
words = count_words(english[:20_000])
train_merges(words, 60) == train_slowly(words, 60), len(english), len(words)


# %% [markdown]
# ## Encoding
# A new text is cut into words, each word into single bytes, and then the merges are made again, **in the order in
# which they were learned**: always the pair with the lowest **rank**, which is its place in the list of merges.
# An early merge may take away a piece that a later one would have wanted. That is intended: the text on which the
# tokenizer was trained was cut in just this order.
#
# Write `encode_word`. A merge is made wherever its pair occurs, before the ranks are compared again. Look up the pairs
# of the word in `ranks` and do not walk through `ranks`: there will be thousands of merges, and a word has few pairs.
#
# <details><summary>Hint 1: the idea</summary>
#
# As long as some pair of neighbours has a rank: find the one with the lowest, and merge it.
#
# </details>
# <details><summary>Hint 2: the tools</summary>
#
# `min(itertools.pairwise(word), key=lambda pair: ranks.get(pair, math.inf))`; a word of one piece has no pairs.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "tokenization-encode-word", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def encode_word(word, ranks):
    """The pieces of `word`, a tuple of pieces, after all merges in `ranks`, {pair: place in the list of merges}.

    >>> encode_word(singles("banana"), {(b"n", b"a"): 0, (b"a", b"na"): 1, (b"a", b"n"): 2})
    (b'b', b'ana', b'na')
    """
    ### BEGIN SOLUTION
    while len(word) > 1:
        pair = min(itertools.pairwise(word), key=lambda pair: ranks.get(pair, math.inf))
        if pair not in ranks:
            break
        word = merge(word, pair)
    return word
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "tokenization-encode-word-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| student
class Ranks(dict):
    """Ranks in which one can look up a pair, but not walk from pair to pair."""

    def walk(self):
        """Says what is wrong, whatever asks."""
        raise AssertionError("encode_word should look up the word's pairs in ranks, not walk through all of ranks")

    __iter__ = keys = items = values = walk


def encoded(text, merges):
    """The pieces that encode_word makes of the text, with these merges in their order."""
    return encode_word(singles(text), Ranks({pair: rank for rank, pair in enumerate(merges)}))


# %% nbgrader={"grade": true, "grade_id": "test-tokenization-encode-word", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
def test_unit_encode_word():
    """encode_word makes the merges by rank, each wherever it can, and no other."""
    b, a, n, an, na, ana = b"b", b"a", b"n", b"an", b"na", b"ana"
    cases = [
        ("banana", [], (b, a, n, a, n, a)),
        ("banana", [(a, n)], (b, an, an, a)),
        ("banana", [(n, a), (a, n)], (b, a, na, na)),
        ("banana", [(a, n), (n, a)], (b, an, an, a)),
        ("banana", [(n, a), (a, na), (a, n)], (b, ana, na)),
        ("banana", [(a, n), (an, a), (an, an)], (b, an, ana)),
        ("banana", [(a, n), (an, an), (an, a)], (b, b"anan", a)),
        ("banana", [(a, n), (b, an), (an, a)], (b"ban", ana)),
        ("nab", [(an, a), (a, b)], (n, b"ab")),
        ("aaaaa", [(a, a), (b"aa", b"aa")], (b"aaaa", a)),
        ("abab", [(b"ab", a), (a, b)], (b"ab", b"ab")),
        ("a", [(a, a)], (a,)),
        ("", [(a, a)], ()),
    ]
    for text, merges, expected in cases:
        got = encode_word(singles(text), {pair: rank for rank, pair in enumerate(merges)})
        assert_same(got, expected, f"encode_word of {text!r} with the merges {merges}")
    assert_same(encoded("banana", [(n, a), (a, na)]), (b, ana, na), "encode_word of 'banana', where ranks only answers")
    got = encode_word(singles("abc"), {(b"ab", b"c"): 0, (b"a", b"b"): 1})
    assert_same(got, (b"abc",), "encode_word of 'abc', where a merge makes a pair of lower rank than its own")


test_unit_encode_word()
### BEGIN HIDDEN TESTS
merges = [(b"e", b"s"), (b"es", b"t"), (b"l", b"o"), (b"lo", b"w"), (b"w", b"est")]
for text, expected in [("lowest", (b"low", b"est")), ("west", (b"west",)), ("slow", (b"s", b"low"))]:
    got = encode_word(singles(text), {pair: rank for rank, pair in enumerate(merges)})
    assert_same(got, expected, f"encode_word of {text!r} with the merges {merges}")
### END HIDDEN TESTS

# %%
encode_word(singles("banana"), {(b"n", b"a"): 0, (b"a", b"na"): 1})


# %% [markdown]
# ### Long words
# Each round looks at every pair, so a word of n pieces costs n² steps: too much, once somebody pastes a megabyte
# without a space. For words of more than 64 bytes the tokenizer uses `encode_long`, given here, with the same results:
# the pairs are on a heap, the pieces in a chain, where joining two changes their neighbours only.

# %% nbgrader={"grade": false, "grade_id": "tokenization-chain", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class Chain:
    """A long word as pieces that know their neighbours, with a heap of (rank, place) of pairs that can be merged."""

    def __init__(self, word, ranks):
        self.pieces, self.ranks, self.heap = [*word, None], ranks, []
        self.before, self.after = list(range(-1, len(word))), list(range(1, len(word) + 2))
        self.offer(range(len(word) - 1))

    def pair(self, i):
        """The piece at place i and the next one."""
        return self.pieces[i], self.pieces[self.after[i]]

    def offer(self, places):
        """Put the pairs that begin at these places on the heap, if they have a rank."""
        for i in places:
            if i >= 0 and (rank := self.ranks.get(self.pair(i))) is not None:
                heapq.heappush(self.heap, (rank, i))

    def join(self, i):
        """Make one piece of the pair at place i; the places where new pairs begin."""
        gone = self.after[i]
        self.pieces[i], self.pieces[gone] = self.pieces[i] + self.pieces[gone], None
        self.after[i] = self.after[gone]
        self.before[self.after[i]] = i
        return self.before[i], i


# %% nbgrader={"grade": false, "grade_id": "tokenization-encode-long", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def encode_long(word, ranks):
    """What `encode_word` gives, in n log n steps."""
    chain = Chain(word, ranks)
    while chain.heap:
        rank, fresh = chain.heap[0][0], []
        while chain.heap and chain.heap[0][0] == rank:
            i = heapq.heappop(chain.heap)[1]
            if chain.pieces[i] is not None and ranks.get(chain.pair(i)) == rank:
                fresh += chain.join(i)
        chain.offer(fresh)
    return tuple(piece for piece in chain.pieces if piece is not None)


# %%
ranks = {pair: rank for rank, pair in enumerate(train_merges(words, 60))}
encode_long(singles(english[:2000]), ranks) == encode_word(singles(english[:2000]), ranks)


# %% [markdown]
# ## GPT-2's files
# OpenAI published GPT-2's merges as a text file with one merge per line, such as `Ġ t` for a space and `t`. Bytes
# such as the space or a line feed cannot stand in such a file, so each byte got a visible **name**. The 188 bytes
# that are printable characters of Latin-1, `!` to `~`, `¡` to `¬` and `®` to `ÿ`, are their own names. The other
# 68, in order, are named by the characters with the numbers 256, 257, …; the space, the 33rd of them, is `Ġ`,
# number 288.
#
# Write `byte_names`.
#
# <details><summary>Hint 1: the idea</summary>
#
# Go through the 256 bytes in order. A printable one gets `chr(byte)`; another gets `chr(256 + n)`, where n counts
# the others before it.
#
# </details>
# <details><summary>Hint 2: which are printable</summary>
#
# `ord("!") <= b <= ord("~")`, or b lies in one of two more ranges like it.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "tokenization-byte-names", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
@functools.cache
def byte_names():
    """The visible name that GPT-2's files give each of the 256 bytes, a list of characters.

    >>> byte_names()[ord("t")], byte_names()[ord(" ")]
    ('t', 'Ġ')
    """
    ### BEGIN SOLUTION
    names, others = [], itertools.count(256)
    for b in range(256):
        printable = 33 <= b <= 126 or 161 <= b <= 172 or 174 <= b <= 255
        names.append(chr(b) if printable else chr(next(others)))
    return names
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-tokenization-byte-names", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_unit_byte_names():
    """byte_names gives 256 different visible characters, those of GPT-2's vocabulary."""
    got = byte_names()
    expected = {0: "Ā", 9: "ĉ", 10: "Ċ", 32: "Ġ", 33: "!", 126: "~", 127: "ġ"}
    expected |= {160: "ł", 161: "¡", 173: "Ń", 174: "®", 255: "ÿ"}
    assert_same(type(got).__name__, "list", "the type of byte_names()")
    assert_same(len(got), 256, "len(byte_names())")
    for b, name in expected.items():
        assert_same(got[b], name, f"byte_names()[{b}]")
    assert_same(len(set(got)), 256, "how many of the names differ")


test_unit_byte_names()
### BEGIN HIDDEN TESTS
visible = [*range(33, 127), *range(161, 173), *range(174, 256)]
assert_same([byte_names()[b] for b in visible], [chr(b) for b in visible], "the names of printable bytes")
assert_same(sorted(set(byte_names()) - set(map(chr, visible))), [chr(256 + n) for n in range(68)], "the other names")
### END HIDDEN TESTS

# %%
"".join(byte_names()[b] for b in b"a line\n")


# %% nbgrader={"grade": false, "grade_id": "tokenization-name-of", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def name_of(piece):
    """A piece as GPT-2's files write it."""
    return "".join(byte_names()[b] for b in piece)


# %% nbgrader={"grade": false, "grade_id": "tokenization-piece-of", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def piece_of(name):
    """The piece behind a name; ValueError where a character names no byte."""
    codes = [byte_names().index(c) if c in byte_names() else -1 for c in name]
    if -1 in codes or not codes:
        raise ValueError(f"tokenizer: {name!r} is not how a file names a piece")
    return bytes(codes)


# %% nbgrader={"grade": false, "grade_id": "tokenization-read-merges", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def read_merges(lines):
    """The merges in the lines of a file such as GPT-2's vocab.bpe; its first line may name the version."""
    merges = []
    for number, line in enumerate(lines, start=1):
        parts = line.rstrip("\r\n").split(" ")
        if parts == [""] or number == 1 and line.startswith("#version"):
            continue
        if len(parts) != 2:
            raise ValueError(f"tokenizer: line {number} of the merges, {line.strip()!r}: expected two pieces")
        merges.append((piece_of(parts[0]), piece_of(parts[1])))
    return merges


# %% [markdown]
# ## Text that is no text
# A model that writes must be able to say "this is the end", and a text must be able to begin. For that there are
# **special tokens**, such as `<|endoftext|>`: numbers that no bytes lead to. And here lies a danger. If `encode`
# turned the characters `<|endoftext|>` into that number wherever they stand, anybody who can type could end the
# text, or pretend to be somebody else. So special tokens are recognised only where the caller allows them;
# elsewhere they are plain characters.
#
# Write `cut_specials`: cut text at the special tokens that are allowed. Where two fit at the same place, the longer
# one counts.
#
# <details><summary>Hint 1: the idea</summary>
#
# `re.split` with a pattern in parentheses keeps what it splits at.
#
# </details>
# <details><summary>Hint 2: the traps</summary>
#
# `|` in `<|endoftext|>` means "or" to `re`: `re.escape(name)` makes plain characters of it. The first alternative
# that fits wins, so the longest must stand first. Without any special token there is nothing to split at.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "tokenization-cut-specials", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def cut_specials(text, allowed):
    """`text` cut before and after each of the special tokens `allowed` (strings), without empty parts.

    >>> cut_specials("one<|end|>two", ["<|end|>"])
    ['one', '<|end|>', 'two']
    """
    ### BEGIN SOLUTION
    longest_first = sorted(allowed, key=len, reverse=True)
    parts = re.split(f"({'|'.join(map(re.escape, longest_first))})", text) if allowed else [text]
    return [part for part in parts if part]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-tokenization-cut-specials", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_unit_cut_specials():
    """cut_specials finds special tokens as plain characters, from left to right, of two at one place the longer."""
    cases = [
        ("one<|end|>two", ["<|end|>"], ["one", "<|end|>", "two"]),
        ("<|end|><|end|>", ["<|end|>"], ["<|end|>", "<|end|>"]),
        ("one<|end|>two", [], ["one<|end|>two"]),
        ("one<|end|>two", ["<|start|>"], ["one<|end|>two"]),
        ("a|end|b", ["<|end|>"], ["a|end|b"]),
        ("<a><a><b>", ["<a>", "<a><b>"], ["<a>", "<a><b>"]),
        ("<a><a><b>", ["<a><b>", "<a>"], ["<a>", "<a><b>"]),
        ("abcd", ["ab", "bcd"], ["ab", "cd"]),
        ("x.y", ["."], ["x", ".", "y"]),
        ("<a> <b>\n", ["<a>", "<b>"], ["<a>", " ", "<b>", "\n"]),
        ("", ["<|end|>"], []),
        ("", [], []),
    ]
    for text, allowed, expected in cases:
        assert_same(cut_specials(text, allowed), expected, f"cut_specials({text!r}, {allowed})")


test_unit_cut_specials()
### BEGIN HIDDEN TESTS
assert_same(cut_specials("(a)[b]+", ["[b]", "("]), ["(", "a)", "[b]", "+"], "cut_specials('(a)[b]+', ['[b]', '('])")
### END HIDDEN TESTS

# %%
cut_specials("End.<|endoftext|>New", ["<|endoftext|>"]), cut_specials("End.<|endoftext|>New", [])

# %% [markdown]
# ## The tokenizer
# The rest is putting together. The vocabulary is the single bytes, then one piece per merge, then the special
# tokens; GPT-2 orders the single bytes by their names. All of it is given, in three parts.
#
# ### The file
# JSON, written to a second file that takes the place of the first only when it is whole, so that a power cut leaves
# one or the other.

# %% nbgrader={"grade": false, "grade_id": "tokenization-file", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
FORMAT = "tinytorch/bpe/1"


def write_json(path, content):
    """Write `content` to the file `path` as a whole or not at all."""
    temporary = Path(f"{path}.tmp")
    temporary.write_text(json.dumps(content, ensure_ascii=False, indent=0), encoding="utf-8")
    os.replace(temporary, path)


# %% nbgrader={"grade": false, "grade_id": "tokenization-read-json", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def read_json(path):
    """What `BPETokenizer.save` wrote; ValueError where the file is something else."""
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
        if content["format"] != FORMAT:
            raise ValueError(f"its format is {content['format']!r}")
        merges = read_merges(content["merges"])
        vocab = {piece_of(name): operator.index(i) for name, i in content["vocab"].items()}
        special = {str(name): operator.index(i) for name, i in content["special_tokens"].items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"{path} is not a tokenizer of format {FORMAT}: {error}") from error
    return merges, vocab, special


# %% [markdown]
# ### The vocabulary
# Every piece gets a number, and every number a piece.

# %% nbgrader={"grade": false, "grade_id": "tokenization-vocabulary", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def number(merges, first=SINGLE):
    """The vocabulary {piece: id}: the single bytes, in the order of `first`, then what each merge makes."""
    vocab = {piece: i for i, piece in enumerate(first)}
    for a, b in merges:
        vocab.setdefault(a + b, len(vocab))
    return vocab


# %% nbgrader={"grade": false, "grade_id": "tokenization-listed", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def listed(names):
    """Names of special tokens as a list; ValueError for a single string, or where one is empty or given twice."""
    if isinstance(names, str):
        raise ValueError(f"special tokens: expected a list of names, got {names!r}; write [{names!r}]")
    names = list(names)
    for i, name in enumerate(names):
        if not name or name in names[:i]:
            raise ValueError(f"special tokens: {name!r} " + ("is given twice" if name else "is empty"))
    return names


# %% nbgrader={"grade": false, "grade_id": "tokenization-check-vocabulary", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def check_vocabulary(merges, vocab, special):
    """Raise ValueError unless every piece has an id of its own."""
    ids = [*vocab.values(), *special.values()]
    if sorted(ids) != list(range(len(ids))):
        raise ValueError(f"tokenizer: {len(ids)} tokens need the ids 0 to {len(ids) - 1}, each once")
    for piece in [*SINGLE, *(a + b for a, b in merges)]:
        if piece not in vocab:
            raise ValueError(f"tokenizer: the piece {piece!r} has no id in the vocabulary")


# %% nbgrader={"grade": false, "grade_id": "tokenization-class", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class Vocabulary:
    """The merges, the pieces and special tokens with their ids, and what was encoded before."""

    def __init__(self, merges, vocab=None, special_tokens=()):
        self.merges, self.vocab = list(merges), number(merges) if vocab is None else dict(vocab)
        names = listed(special_tokens)
        if not isinstance(special_tokens, dict):
            special_tokens = {name: len(self.vocab) + i for i, name in enumerate(names)}
        self.special_tokens = special_tokens
        check_vocabulary(self.merges, self.vocab, special_tokens)
        self.ranks = {pair: rank for rank, pair in enumerate(self.merges)}
        tokens = [*self.vocab.items(), *((to_bytes(name), i) for name, i in special_tokens.items())]
        self.pieces = [piece for piece, _ in sorted(tokens, key=operator.itemgetter(1))]
        self.vocab_size, self.seen = len(tokens), {}


# %%
learned = train_merges(words, 60)
small = Vocabulary(learned, special_tokens=["<|endoftext|>"])
small.vocab_size, small.pieces[256:262], small.special_tokens


# %% [markdown]
# ### Text to numbers and back
# `Coder` uses what you have written: `cut_specials`, `split`, `encode_word`. `BPETokenizer` adds training and files.

# %% nbgrader={"grade": false, "grade_id": "tokenization-coder", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class Coder(Vocabulary):
    """Text to token ids and back."""

    LONG, REMEMBERED = 64, 100_000  # bytes of a word, number of words

    def encode(self, text, allowed_special=()):
        """The token ids of `text`, a list. allowed_special: the special tokens to recognise in it, or "all"."""
        allowed = listed(self.special_tokens if allowed_special == "all" else allowed_special)
        unknown = [name for name in allowed if name not in self.special_tokens]
        if unknown:
            raise ValueError(f"encode: {unknown[0]!r} is no special token; there are {list(self.special_tokens)}")
        ids = []
        for part in cut_specials(text, allowed):
            found = [[self.special_tokens[part]]] if part in allowed else map(self.word_ids, split(part))
            ids += itertools.chain.from_iterable(found)
        return ids

    def word_ids(self, word):
        """The ids of one word; they are remembered, since words come again."""
        if word not in self.seen:
            if len(self.seen) >= self.REMEMBERED:
                self.seen.clear()
            single = singles(word)
            found = (encode_long if len(single) > self.LONG else encode_word)(single, self.ranks)
            self.seen[word] = [self.vocab[piece] for piece in found]
        return self.seen[word]

    def decode(self, ids):
        """The text of token ids (a list, an array, a Tensor); bytes that are no UTF-8 become U+FFFD."""
        return from_bytes(b"".join(self.pieces[i] for i in known(ids, self.vocab_size)))


# %% [markdown]
# What somebody types stays text, here between `a` and `b` eleven tokens; what the program allows is one:

# %%
small = Coder(learned, special_tokens=["<|endoftext|>"])
small.encode("a<|endoftext|>b"), small.encode("a<|endoftext|>b", allowed_special=["<|endoftext|>"])


# %% nbgrader={"grade": false, "grade_id": "tokenization-tokenizer", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class BPETokenizer(Coder):
    """A byte-level tokenizer by byte-pair encoding, as GPT-2's (A. Radford and others, 2019, section 2.2).

    merges: pairs of pieces (bytes), in the order in which they were learned. vocab: {piece: id} (default: the
    single bytes, then what each merge makes). special_tokens: names, numbered after the pieces, or {name: id}.
    """

    @classmethod
    def train(cls, text, vocab_size, special_tokens=()):
        """A tokenizer of at most `vocab_size` tokens, learned from `text`; the same for the same text."""
        least = len(SINGLE) + len(listed(special_tokens))
        if vocab_size < least:
            raise ValueError(f"train: bytes and special tokens are {least} tokens already, vocab_size is {vocab_size}")
        return cls(train_merges(count_words(text), vocab_size - least), special_tokens=special_tokens)

    @classmethod
    def load(cls, path):
        """The tokenizer that `save` wrote."""
        return cls(*read_json(path))

    @classmethod
    def from_gpt2(cls, merges_file, vocab_file=None, special_tokens=("<|endoftext|>",)):
        """The tokenizer in GPT-2's files vocab.bpe (merges.txt) and encoder.json (vocab.json)."""
        merges = read_merges(Path(merges_file).read_text(encoding="utf-8").split("\n"))
        if vocab_file is None:
            return cls(merges, number(merges, sorted(SINGLE, key=name_of)), special_tokens)
        ids = json.loads(Path(vocab_file).read_text(encoding="utf-8"))
        special = {name: ids.pop(name) for name in listed(special_tokens) if name in ids}
        return cls(merges, {piece_of(name): i for name, i in ids.items()}, special)

    def save(self, path):
        """Write the tokenizer to a JSON file."""
        merges = [f"{name_of(a)} {name_of(b)}" for a, b in self.merges]
        vocab = {name_of(piece): i for piece, i in self.vocab.items()}
        special = self.special_tokens
        write_json(path, {"format": FORMAT, "merges": merges, "vocab": vocab, "special_tokens": special})


# %%
start = time.perf_counter()
tokenizer = BPETokenizer.train(english, 4096, ["<|endoftext|>"])
seconds = time.perf_counter() - start
ids = tokenizer.encode(english)
print(f"{tokenizer.vocab_size} tokens learned in {seconds:.1f} s; the text is {len(ids):,} of them")
tokenizer.decode(ids) == english

# %% [markdown]
# GPT-2's own vocabulary stands in two files. OpenAI calls them `vocab.bpe` and `encoder.json` (`download_model.py` of
# github.com/openai/gpt-2 fetches them), Hugging Face `merges.txt` and `vocab.json` (its model openai-community/gpt2).
# `from_gpt2` takes both, or the first alone. Such a file, with its first merges only:

# %%
with tempfile.TemporaryDirectory() as folder:
    file = Path(folder) / "vocab.bpe"
    file.write_text("#version: 0.2\nĠ t\nĠ a\nh e\ni n\nr e\no n\nĠt he\n", encoding="utf-8")
    few = BPETokenizer.from_gpt2(file)
few.encode("! the"), few.decode([0, 262])

# %% [markdown]
# GPT-2 gives `!` and ` the` these very numbers.
#
# The tokens of a text are a row of integers, ready for a network. Spaces belong to the word after them. Where the
# manual has seen a word often, it is one piece:

# %%
text = "The interpreter raises a TypeError unless __init__ returns None. Naïvely: 教育"
print(tensor(tokenizer.encode(text)))
pieces([tokenizer.pieces[i] for i in tokenizer.encode(text)])

# %% [markdown]
# ## What it costs
# A larger vocabulary makes texts shorter, and a model reads in steps of tokens. But each token needs a row of
# weights for itself, and rare ones are seldom trained. Since the first k merges are a tokenizer as well, one
# training gives the whole curve, for the text it learned from and for one it never saw: Python's own source.

# %%
library = Path(os.__file__).parent
python = "\n".join((library / name).read_text(encoding="utf-8") for name in ("ast.py", "argparse.py", "random.py"))
sizes = [0, 16, 64, 256, 1024, 3839]
samples = {"the manual": english[:100_000], "Python source": python[:100_000]}
curves = {
    name: [len(sample.encode()) / len(BPETokenizer(tokenizer.merges[:k]).encode(sample)) for k in sizes]
    for name, sample in samples.items()
}

# %%
lengths, fastest = [10_000, 20_000, 40_000, 80_000], {"counting anew": [], "mending the counts": []}
for length in lengths:
    some_words = count_words(english[:length])
    for name, train in zip(fastest, (train_slowly, train_merges), strict=True):
        taken = []
        for _ in range(5):
            start = time.perf_counter()
            train(some_words, 40)
            taken.append(time.perf_counter() - start)
        fastest[name].append(min(taken))

# %%
left, right = axes(2)
for (name, curve), color in zip(curves.items(), (BLUE, ORANGE), strict=True):
    left.plot([256 + k for k in sizes], curve, "o-", color=color, label=name)
left.set(xscale="log", xlabel="tokens in the vocabulary", ylabel="bytes per token", title="longer pieces")
left.set_xticks([], minor=True)
left.set_xticks([256, 512, 1280, 4096], ["256", "512", "1,280", "4,096"])
for (name, taken), color in zip(fastest.items(), (GREY, BLUE), strict=True):
    right.plot(lengths, taken, "o-", color=color, label=name)
right.set(xlabel="characters of text", ylabel="seconds for 40 merges", title="training")
right.set_xticks(lengths[1:], [f"{length:,}" for length in lengths[1:]])
right.set_ylim(bottom=0)
left.legend(), right.legend();

# %% [markdown]
# Bytes per token grow with the logarithm of the vocabulary at best. GPT-2 has 50,257 tokens; later models have up
# to 262,144 (Gemma 3), mostly to write other languages than English in fewer tokens. On the right, 40 merges:
# counting anew pays for every word in each round. Mending pays for every word once, and then only for those that
# change, so further merges cost it little.
#
# ## It pays off: what has it read?
# A vocabulary shows what its maker had before them. Two tokenizers of the same size, one trained on the manual,
# one on Python's source, cut the same line:

# %%
coder = BPETokenizer.train(python, 1024)
writer = BPETokenizer(tokenizer.merges[: len(coder.merges)])
line = "        if isinstance(node, ast.Name): return self.visit(node)  # which is what the method does"
cuts = [[reader.pieces[i] for i in reader.encode(line)] for reader in (writer, coder)]
pieces(*cuts, labels=[f"{name}, {len(cut)} tokens" for name, cut in zip(("manual", "source"), cuts, strict=True)])

# %% [markdown]
# The seven spaces (the eighth belongs to `if`), ` isinstance`, `node` and ` self`: the second has made single
# pieces of what it saw all day. The first spends its pieces on the words of the comment, ` which` and ` does`.
# The longest pieces of each that are nothing but letters:

# %%
for name, reader in (("manual", writer), ("source", coder)):
    longest = [piece.decode() for piece in reader.vocab if piece.strip().isalpha()]
    print(f"{name}: {sorted(longest, key=lambda word: (-len(word), word))[:8]}")


# %% [markdown]
# And does it help a model? The simplest one counts which token follows which, and guesses by these counts. Here it
# has read most of the manual, once in characters, once in pieces, and then meets the rest:

# %%
def bits(tokenizer, read, unread):
    """Bits per token, and per byte, that a model which counts pairs of tokens in `read` needs for `unread`."""
    size, ids, new = tokenizer.vocab_size, tokenizer.encode(read), tokenizer.encode(unread)
    counts = np.full((size, size), 0.05)  # what was never seen is not impossible
    np.add.at(counts, (ids[:-1], ids[1:]), 1)
    needed = -np.log2(counts / counts.sum(1, keepdims=True))[new[:-1], new[1:]]
    return needed.mean(), needed.sum() / len(unread.encode())


# %%
read, unread = english[:400_000], english[400_000:430_000]
for name, reader in (("characters", CharTokenizer(english)), ("512 pieces", BPETokenizer.train(read, 512))):
    print("{}: {:.2f} bits per token, {:.2f} per byte".format(name, *bits(reader, read, unread)))

# %% [markdown]
# A piece is harder to guess than a character, and says more: per byte, the same simple model has become much better.

# %% [markdown]
# ## What others do differently
# PyTorch has no tokenizer. OpenAI's `tiktoken` does what this chapter does, in Rust (`src/lib.rs`,
# `_byte_pair_merge`); it refuses special tokens in a text with an error unless told otherwise, where ours takes
# them for plain characters. Hugging Face's `tokenizers` trains with the same two structures as ours, counts with
# places and a heap with stale entries (`models/bpe/trainer.rs`). Google's SentencePiece needs no rule for words: it
# learns from raw text, with the space as a character of its own.
#
# 1. `encode` of "new" and of " new" share no token. What does that mean for a model that completes what you typed, if
#    you end with a space?
# 2. Why can a language model count the letters of a word so badly?
# 3. A paper gives its model's loss per token, and yours has another tokenizer. What else do you need to compare them?
#
# Next, `11_embeddings` gives each of these numbers a place in space. After it, the milestone of 2003 is ready: a
# network that guesses the next letter, and beats counting.
