"""A network reads numbers. Somebody has to decide what the numbers stand for."""

# Exported from modules/source/10_tokenization/tokenization_dev.py; edit that file, not this one.

# %% auto #0
__all__ = ['SINGLE', 'SPACES', 'FORMAT', 'known', 'CharTokenizer', 'to_bytes', 'from_bytes', 'singles', 'count_pairs', 'merge',
           'kinds', 'pattern', 'splitter', 'split', 'count_words', 'Pairs', 'best', 'replace', 'train_merges',
           'encode_word', 'Chain', 'encode_long', 'byte_names', 'name_of', 'piece_of', 'read_merges', 'cut_specials',
           'write_json', 'read_json', 'number', 'listed', 'check_vocabulary', 'Vocabulary', 'Coder', 'BPETokenizer']

# %% tokenization-imports
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

# %% tokenization-known
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

# %% tokenization-characters
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
        for place, character in enumerate(text):
            if character not in self.ids:
                raise ValueError(f"encode: {character!r} at place {place} is not in the vocabulary")
        return [self.ids[character] for character in text]

# %% tokenization-bytes
SINGLE = [bytes([b]) for b in range(256)]


def to_bytes(text):
    """`text` in UTF-8, lone surrogates included."""
    return text.encode("utf-8", "surrogatepass")

# %% tokenization-from-bytes
def from_bytes(data):
    """The text of UTF-8 bytes; what is no UTF-8 becomes U+FFFD."""
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return data.decode("utf-8", "replace")

# %% tokenization-singles
def singles(text):
    r"""`text` as a tuple of pieces of one byte each.

    >>> singles("é!")
    (b'\xc3', b'\xa9', b'!')
    """
    return tuple(SINGLE[b] for b in to_bytes(text))

# %% tokenization-count-pairs
def count_pairs(words):
    """How often each pair of neighbouring pieces occurs, {pair: count}, in `words`, {tuple of pieces: count}.

    >>> count_pairs({(b"a", b"n", b"a"): 2, (b"a", b"n"): 5})
    {(b'a', b'n'): 7, (b'n', b'a'): 2}
    """
    counts = {}
    for word, times in words.items():
        for pair in itertools.pairwise(word):
            counts[pair] = counts.get(pair, 0) + times
    return counts

# %% tokenization-merge
def merge(word, pair):
    """`word`, a tuple of pieces, with every occurrence of `pair` joined, from left to right.

    >>> merge((b"b", b"a", b"n", b"a", b"n", b"a"), (b"a", b"n"))
    (b'b', b'an', b'an', b'a')
    """
    joined, i = [], 0
    while i < len(word):
        here = word[i : i + 2] == pair
        joined.append(word[i] + word[i + 1] if here else word[i])
        i += 2 if here else 1
    return tuple(joined)

# %% tokenization-kinds
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

# %% tokenization-pattern
def pattern(letters, numbers, spaces):
    r"""The regular expression by which GPT-2 cuts text, for these lists of characters.

    >>> re.findall(pattern("a-z", "0-9", r" \n"), "it's  12 dogs!")
    ['it', "'s", ' ', ' 12', ' dogs', '!']
    """
    endings = "'(?:[stmd]|re|ve|ll)"
    others = f" ?[^{spaces}{letters}{numbers}]+"
    space = f"[{spaces}]+(?![^{spaces}])|[{spaces}]+"
    return f"{endings}| ?[{letters}]+| ?[{numbers}]+|{others}|{space}"

# %% tokenization-splitter
@functools.cache
def splitter():
    """The pattern over all of Unicode, compiled; it takes a third of a second, once."""
    return re.compile(pattern(kinds("L"), kinds("N"), SPACES))

# %% tokenization-split
def split(text):
    """`text` cut into words by GPT-2's rule; joined, they are the text again."""
    return splitter().findall(text)

# %% tokenization-count-words
def count_words(text):
    """How often each word of `text` occurs, {tuple of single bytes: count}."""
    counts = {}
    for word in split(text):
        counts[word] = counts.get(word, 0) + 1
    return {singles(word): times for word, times in counts.items()}

# %% tokenization-pairs
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

# %% tokenization-best
def best(pairs):
    """The most frequent pair in `pairs`, the lowest of equals; None if no pair occurs. Drops stale entries."""
    while pairs.heap:
        count, pair = pairs.heap[0]
        if count < 0 and pairs.counts.get(pair) == -count:
            return pair
        heapq.heappop(pairs.heap)
    return None

# %% tokenization-replace
def replace(pairs, pair):
    """Merge `pair` in all words of `pairs` that hold it, and mend counts, places and heap."""
    changed = set()
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
    pairs.offer(changed)

# %% tokenization-train
def train_merges(words, rounds):
    """What `train_slowly` gives, for {tuple of pieces: count}, in a fraction of the time."""
    pairs, merges = Pairs(words), []
    while len(merges) < rounds and (pair := best(pairs)):
        merges.append(pair)
        replace(pairs, pair)
    return merges

# %% tokenization-encode-word
def encode_word(word, ranks):
    """The pieces of `word`, a tuple of pieces, after all merges in `ranks`, {pair: place in the list of merges}.

    >>> encode_word(singles("banana"), {(b"n", b"a"): 0, (b"a", b"na"): 1, (b"a", b"n"): 2})
    (b'b', b'ana', b'na')
    """
    while len(word) > 1:
        pair = min(itertools.pairwise(word), key=lambda pair: ranks.get(pair, math.inf))
        if pair not in ranks:
            break
        word = merge(word, pair)
    return word

# %% tokenization-chain
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

# %% tokenization-encode-long
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

# %% tokenization-byte-names
@functools.cache
def byte_names():
    """The visible name that GPT-2's files give each of the 256 bytes, a list of characters.

    >>> byte_names()[ord("t")], byte_names()[ord(" ")]
    ('t', 'Ġ')
    """
    names, others = [], itertools.count(256)
    for b in range(256):
        printable = 33 <= b <= 126 or 161 <= b <= 172 or 174 <= b <= 255
        names.append(chr(b) if printable else chr(next(others)))
    return names

# %% tokenization-name-of
def name_of(piece):
    """A piece as GPT-2's files write it."""
    return "".join(byte_names()[b] for b in piece)

# %% tokenization-piece-of
def piece_of(name):
    """The piece behind a name; ValueError where a character names no byte."""
    codes = [byte_names().index(c) if c in byte_names() else -1 for c in name]
    if -1 in codes or not codes:
        raise ValueError(f"tokenizer: {name!r} is not how a file names a piece")
    return bytes(codes)

# %% tokenization-read-merges
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

# %% tokenization-cut-specials
def cut_specials(text, allowed):
    """`text` cut before and after each of the special tokens `allowed` (strings), without empty parts.

    >>> cut_specials("one<|end|>two", ["<|end|>"])
    ['one', '<|end|>', 'two']
    """
    longest_first = sorted(allowed, key=len, reverse=True)
    parts = re.split(f"({'|'.join(map(re.escape, longest_first))})", text) if allowed else [text]
    return [part for part in parts if part]

# %% tokenization-file
FORMAT = "tinytorch/bpe/1"


def write_json(path, content):
    """Write `content` to the file `path` as a whole or not at all."""
    temporary = Path(f"{path}.tmp")
    temporary.write_text(json.dumps(content, ensure_ascii=False, indent=0), encoding="utf-8")
    os.replace(temporary, path)

# %% tokenization-read-json
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

# %% tokenization-vocabulary
def number(merges, first=SINGLE):
    """The vocabulary {piece: id}: the single bytes, in the order of `first`, then what each merge makes."""
    vocab = {piece: i for i, piece in enumerate(first)}
    for a, b in merges:
        vocab.setdefault(a + b, len(vocab))
    return vocab

# %% tokenization-listed
def listed(names):
    """Names of special tokens as a list; ValueError for a single string, or where one is empty or given twice."""
    if isinstance(names, str):
        raise ValueError(f"special tokens: expected a list of names, got {names!r}; write [{names!r}]")
    names = list(names)
    for i, name in enumerate(names):
        if not name or name in names[:i]:
            raise ValueError(f"special tokens: {name!r} " + ("is given twice" if name else "is empty"))
    return names

# %% tokenization-check-vocabulary
def check_vocabulary(merges, vocab, special):
    """Raise ValueError unless every piece has an id of its own."""
    ids = [*vocab.values(), *special.values()]
    if sorted(ids) != list(range(len(ids))):
        raise ValueError(f"tokenizer: {len(ids)} tokens need the ids 0 to {len(ids) - 1}, each once")
    for piece in [*SINGLE, *(a + b for a, b in merges)]:
        if piece not in vocab:
            raise ValueError(f"tokenizer: the piece {piece!r} has no id in the vocabulary")

# %% tokenization-class
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

# %% tokenization-coder
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

# %% tokenization-tokenizer
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
