"""Solutions of 10_tokenization that a student might write: wrong ones (:) and other right ones (+)."""

# %% tokenization-characters: KeyError says it
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
        return [self.ids[character] for character in text]

# %% tokenization-characters: unknown characters are left out
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
        return [self.ids[character] for character in text if character in self.ids]

# %% tokenization-characters: unknown characters become 0
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
        return [self.ids.get(character, 0) for character in text]

# %% tokenization-characters: unknown characters become None
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
        return [self.ids.get(character) for character in text]

# %% tokenization-characters: code points
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
        return [ord(character) for character in text]

# %% tokenization-characters: each character once
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
        for place, character in enumerate(text):
            if character not in self.ids:
                raise ValueError(f"encode: {character!r} at place {place} is not in the vocabulary")
        return [self.ids[character] for character in dict.fromkeys(text)]

# %% tokenization-characters: the error does not name the character
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
        for place, character in enumerate(text):
            if character not in self.ids:
                raise ValueError(f"encode: a character at place {place} is not in the vocabulary")
        return [self.ids[character] for character in text]

# %% tokenization-characters: a generator
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
        for place, character in enumerate(text):
            if character not in self.ids:
                raise ValueError(f"encode: {character!r} at place {place} is not in the vocabulary")
        return (self.ids[character] for character in text)

# %% tokenization-characters: a tuple
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
        for place, character in enumerate(text):
            if character not in self.ids:
                raise ValueError(f"encode: {character!r} at place {place} is not in the vocabulary")
        return tuple(self.ids[character] for character in text)

# %% tokenization-characters: an array
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
        for place, character in enumerate(text):
            if character not in self.ids:
                raise ValueError(f"encode: {character!r} at place {place} is not in the vocabulary")
        import numpy

        return numpy.array([self.ids[character] for character in text])

# %% tokenization-characters: names the first known character
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
        for place, character in enumerate(text):
            if character not in self.ids:
                raise ValueError(f"encode: {text[0]!r} at place {place} is not in the vocabulary")
        return [self.ids[character] for character in text]

# %% tokenization-characters: returns the error
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
        for place, character in enumerate(text):
            if character not in self.ids:
                return ValueError(f"encode: {character!r} at place {place} is not in the vocabulary")
        return [self.ids[character] for character in text]

# %% tokenization-characters: does nothing
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
        pass

# %% tokenization-characters: names the whole text
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
        for place, character in enumerate(text):
            if character not in self.ids:
                raise ValueError(f"encode: one of {text!r} is not in the vocabulary")
        return [self.ids[character] for character in text]

# %% tokenization-characters + looks up and translates the error
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
        try:
            return list(map(self.ids.__getitem__, text))
        except KeyError as error:
            raise ValueError(f"encode: {error.args[0]!r} is not in the vocabulary") from None

# %% tokenization-characters + searches the list
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
        strange = [c for c in text if c not in self.characters]
        if strange:
            raise ValueError(f"cannot encode {strange[0]!r}")
        return [self.characters.index(c) for c in text]

# %% tokenization-characters: names all strange characters
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
        strange = [c for c in text if c not in self.characters]
        if strange:
            raise ValueError(f"unknown: {strange}")
        return [self.characters.index(c) for c in text]

# %% tokenization-characters: names the first in sorted order
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
        strange = [c for c in text if c not in self.characters]
        if strange:
            raise ValueError(f"cannot encode {min(strange)!r}")
        return [self.characters.index(c) for c in text]

# %% tokenization-characters: names the character without quotes
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
        strange = [c for c in text if c not in self.characters]
        if strange:
            raise ValueError(f"cannot encode {strange[0]}")
        return [self.characters.index(c) for c in text]

# %% tokenization-count-pairs: counts words, not occurrences
#| export
def count_pairs(words):
    """How often each pair of neighbouring pieces occurs, {pair: count}, in `words`, {tuple of pieces: count}.

    >>> count_pairs({(b"a", b"n", b"a"): 2, (b"a", b"n"): 5})
    {(b'a', b'n'): 7, (b'n', b'a'): 2}
    """
    counts = {}
    for word, times in words.items():
        for pair in itertools.pairwise(word):
            counts[pair] = counts.get(pair, 0) + 1
    return counts

# %% tokenization-count-pairs: a pair once per word
#| export
def count_pairs(words):
    """How often each pair of neighbouring pieces occurs, {pair: count}, in `words`, {tuple of pieces: count}.

    >>> count_pairs({(b"a", b"n", b"a"): 2, (b"a", b"n"): 5})
    {(b'a', b'n'): 7, (b'n', b'a'): 2}
    """
    counts = {}
    for word, times in words.items():
        for pair in set(itertools.pairwise(word)):
            counts[pair] = counts.get(pair, 0) + times
    return counts

# %% tokenization-count-pairs: every second pair
#| export
def count_pairs(words):
    """How often each pair of neighbouring pieces occurs, {pair: count}, in `words`, {tuple of pieces: count}.

    >>> count_pairs({(b"a", b"n", b"a"): 2, (b"a", b"n"): 5})
    {(b'a', b'n'): 7, (b'n', b'a'): 2}
    """
    counts = {}
    for word, times in words.items():
        for pair in zip(word[::2], word[1::2]):
            counts[pair] = counts.get(pair, 0) + times
    return counts

# %% tokenization-count-pairs: pairs backwards
#| export
def count_pairs(words):
    """How often each pair of neighbouring pieces occurs, {pair: count}, in `words`, {tuple of pieces: count}.

    >>> count_pairs({(b"a", b"n", b"a"): 2, (b"a", b"n"): 5})
    {(b'a', b'n'): 7, (b'n', b'a'): 2}
    """
    counts = {}
    for word, times in words.items():
        for pair in zip(word[1:], word):
            counts[pair] = counts.get(pair, 0) + times
    return counts

# %% tokenization-count-pairs: all pairs of pieces
#| export
def count_pairs(words):
    """How often each pair of neighbouring pieces occurs, {pair: count}, in `words`, {tuple of pieces: count}.

    >>> count_pairs({(b"a", b"n", b"a"): 2, (b"a", b"n"): 5})
    {(b'a', b'n'): 7, (b'n', b'a'): 2}
    """
    counts = {}
    for word, times in words.items():
        for pair in itertools.combinations(word, 2):
            counts[pair] = counts.get(pair, 0) + times
    return counts

# %% tokenization-count-pairs: the last word wins
#| export
def count_pairs(words):
    """How often each pair of neighbouring pieces occurs, {pair: count}, in `words`, {tuple of pieces: count}.

    >>> count_pairs({(b"a", b"n", b"a"): 2, (b"a", b"n"): 5})
    {(b'a', b'n'): 7, (b'n', b'a'): 2}
    """
    counts = {}
    for word, times in words.items():
        for pair in itertools.pairwise(word):
            counts[pair] = times
    return counts

# %% tokenization-count-pairs: joined pieces as keys
#| export
def count_pairs(words):
    """How often each pair of neighbouring pieces occurs, {pair: count}, in `words`, {tuple of pieces: count}.

    >>> count_pairs({(b"a", b"n", b"a"): 2, (b"a", b"n"): 5})
    {(b'a', b'n'): 7, (b'n', b'a'): 2}
    """
    counts = {}
    for word, times in words.items():
        for pair in itertools.pairwise(word):
            counts[pair[0] + pair[1]] = counts.get(pair[0] + pair[1], 0) + times
    return counts

# %% tokenization-count-pairs: joins the end to the beginning
#| export
def count_pairs(words):
    """How often each pair of neighbouring pieces occurs, {pair: count}, in `words`, {tuple of pieces: count}.

    >>> count_pairs({(b"a", b"n", b"a"): 2, (b"a", b"n"): 5})
    {(b'a', b'n'): 7, (b'n', b'a'): 2}
    """
    counts = {}
    for word, times in words.items():
        for pair in zip(word, word[1:] + word[:1]):
            counts[pair] = counts.get(pair, 0) + times
    return counts

# %% tokenization-count-pairs: forgets the last pair
#| export
def count_pairs(words):
    """How often each pair of neighbouring pieces occurs, {pair: count}, in `words`, {tuple of pieces: count}.

    >>> count_pairs({(b"a", b"n", b"a"): 2, (b"a", b"n"): 5})
    {(b'a', b'n'): 7, (b'n', b'a'): 2}
    """
    counts = {}
    for word, times in words.items():
        for pair in zip(word[:-1], word[1:-1]):
            counts[pair] = counts.get(pair, 0) + times
    return counts

# %% tokenization-count-pairs: returns inside the loop
#| export
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

# %% tokenization-count-pairs + Counter
#| export
def count_pairs(words):
    """How often each pair of neighbouring pieces occurs, {pair: count}, in `words`, {tuple of pieces: count}.

    >>> count_pairs({(b"a", b"n", b"a"): 2, (b"a", b"n"): 5})
    {(b'a', b'n'): 7, (b'n', b'a'): 2}
    """
    counts = __import__("collections").Counter()
    for word, times in words.items():
        for pair in itertools.pairwise(word):
            counts[pair] += times
    return counts

# %% tokenization-count-pairs + by index
#| export
def count_pairs(words):
    """How often each pair of neighbouring pieces occurs, {pair: count}, in `words`, {tuple of pieces: count}.

    >>> count_pairs({(b"a", b"n", b"a"): 2, (b"a", b"n"): 5})
    {(b'a', b'n'): 7, (b'n', b'a'): 2}
    """
    counts = {}
    for word, times in words.items():
        for i in range(len(word) - 1):
            pair = word[i], word[i + 1]
            counts[pair] = counts.get(pair, 0) + times
    return counts

# %% tokenization-count-pairs + zip
#| export
def count_pairs(words):
    """How often each pair of neighbouring pieces occurs, {pair: count}, in `words`, {tuple of pieces: count}.

    >>> count_pairs({(b"a", b"n", b"a"): 2, (b"a", b"n"): 5})
    {(b'a', b'n'): 7, (b'n', b'a'): 2}
    """
    counts = {}
    for word, times in words.items():
        for pair in zip(word, word[1:]):
            counts[pair] = counts.get(pair, 0) + times
    return counts

# %% tokenization-merge: overlapping pairs
#| export
def merge(word, pair):
    """`word`, a tuple of pieces, with every occurrence of `pair` joined, from left to right.

    >>> merge((b"b", b"a", b"n", b"a", b"n", b"a"), (b"a", b"n"))
    (b'b', b'an', b'an', b'a')
    """
    joined, i = [], 0
    while i < len(word):
        here = word[i : i + 2] == pair
        joined.append(word[i] + word[i + 1] if here else word[i])
        i += 1
    return tuple(joined)

# %% tokenization-merge: only the first
#| export
def merge(word, pair):
    """`word`, a tuple of pieces, with every occurrence of `pair` joined, from left to right.

    >>> merge((b"b", b"a", b"n", b"a", b"n", b"a"), (b"a", b"n"))
    (b'b', b'an', b'an', b'a')
    """
    joined, i = [], 0
    while i < len(word):
        here = word[i : i + 2] == pair and word[i] + word[i + 1] not in joined
        joined.append(word[i] + word[i + 1] if here else word[i])
        i += 2 if here else 1
    return tuple(joined)

# %% tokenization-merge: loses the last piece
#| export
def merge(word, pair):
    """`word`, a tuple of pieces, with every occurrence of `pair` joined, from left to right.

    >>> merge((b"b", b"a", b"n", b"a", b"n", b"a"), (b"a", b"n"))
    (b'b', b'an', b'an', b'a')
    """
    joined, i = [], 0
    while i < len(word) - 1:
        here = word[i : i + 2] == pair
        joined.append(word[i] + word[i + 1] if here else word[i])
        i += 2 if here else 1
    return tuple(joined)

# %% tokenization-merge: a list
#| export
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
    return joined

# %% tokenization-merge: always by two
#| export
def merge(word, pair):
    """`word`, a tuple of pieces, with every occurrence of `pair` joined, from left to right.

    >>> merge((b"b", b"a", b"n", b"a", b"n", b"a"), (b"a", b"n"))
    (b'b', b'an', b'an', b'a')
    """
    joined, i = [], 0
    while i < len(word):
        here = word[i : i + 2] == pair
        joined.append(word[i] + word[i + 1] if here else word[i])
        i += 2
    return tuple(joined)

# %% tokenization-merge: joins everything
#| export
def merge(word, pair):
    """`word`, a tuple of pieces, with every occurrence of `pair` joined, from left to right.

    >>> merge((b"b", b"a", b"n", b"a", b"n", b"a"), (b"a", b"n"))
    (b'b', b'an', b'an', b'a')
    """
    joined, i = [], 0
    while i < len(word):
        here = i + 1 < len(word)
        joined.append(word[i] + word[i + 1] if here else word[i])
        i += 2 if here else 1
    return tuple(joined)

# %% tokenization-merge: either order
#| export
def merge(word, pair):
    """`word`, a tuple of pieces, with every occurrence of `pair` joined, from left to right.

    >>> merge((b"b", b"a", b"n", b"a", b"n", b"a"), (b"a", b"n"))
    (b'b', b'an', b'an', b'a')
    """
    joined, i = [], 0
    while i < len(word):
        here = word[i : i + 2] in (pair, pair[::-1])
        joined.append(word[i] + word[i + 1] if here else word[i])
        i += 2 if here else 1
    return tuple(joined)

# %% tokenization-merge: the pair stays a tuple
#| export
def merge(word, pair):
    """`word`, a tuple of pieces, with every occurrence of `pair` joined, from left to right.

    >>> merge((b"b", b"a", b"n", b"a", b"n", b"a"), (b"a", b"n"))
    (b'b', b'an', b'an', b'a')
    """
    joined, i = [], 0
    while i < len(word):
        here = word[i : i + 2] == pair
        joined.append(pair if here else word[i])
        i += 2 if here else 1
    return tuple(joined)

# %% tokenization-merge: compares bytes that meet by accident
#| export
def merge(word, pair):
    """`word`, a tuple of pieces, with every occurrence of `pair` joined, from left to right.

    >>> merge((b"b", b"a", b"n", b"a", b"n", b"a"), (b"a", b"n"))
    (b'b', b'an', b'an', b'a')
    """
    joined, i = [], 0
    while i < len(word):
        here = b"".join(word[i : i + 2]) == b"".join(pair) and i + 1 < len(word)
        joined.append(word[i] + word[i + 1] if here else word[i])
        i += 2 if here else 1
    return tuple(joined)

# %% tokenization-merge: from right to left
#| export
def merge(word, pair):
    """`word`, a tuple of pieces, with every occurrence of `pair` joined, from left to right.

    >>> merge((b"b", b"a", b"n", b"a", b"n", b"a"), (b"a", b"n"))
    (b'b', b'an', b'an', b'a')
    """
    joined, i = [], len(word) - 1
    while i >= 0:
        here = i > 0 and word[i - 1 : i + 1] == pair
        joined.insert(0, word[i - 1] + word[i] if here else word[i])
        i -= 2 if here else 1
    return tuple(joined)

# %% tokenization-merge: replaces in the bytes
#| export
def merge(word, pair):
    """`word`, a tuple of pieces, with every occurrence of `pair` joined, from left to right.

    >>> merge((b"b", b"a", b"n", b"a", b"n", b"a"), (b"a", b"n"))
    (b'b', b'an', b'an', b'a')
    """
    return tuple(b"".join(word).replace(pair[0] + pair[1], b" ").split())

# %% tokenization-merge: returns the word
#| export
def merge(word, pair):
    """`word`, a tuple of pieces, with every occurrence of `pair` joined, from left to right.

    >>> merge((b"b", b"a", b"n", b"a", b"n", b"a"), (b"a", b"n"))
    (b'b', b'an', b'an', b'a')
    """
    return word

# %% tokenization-merge + looks back
#| export
def merge(word, pair):
    """`word`, a tuple of pieces, with every occurrence of `pair` joined, from left to right.

    >>> merge((b"b", b"a", b"n", b"a", b"n", b"a"), (b"a", b"n"))
    (b'b', b'an', b'an', b'a')
    """
    joined, fresh = [], False
    for piece in word:
        if joined and not fresh and (joined[-1], piece) == pair:
            joined[-1] += piece
            fresh = True
        else:
            joined.append(piece)
            fresh = False
    return tuple(joined)

# %% tokenization-merge + an iterator
#| export
def merge(word, pair):
    """`word`, a tuple of pieces, with every occurrence of `pair` joined, from left to right.

    >>> merge((b"b", b"a", b"n", b"a", b"n", b"a"), (b"a", b"n"))
    (b'b', b'an', b'an', b'a')
    """
    if len(word) < 2:
        return word
    if word[:2] == pair:
        return (word[0] + word[1], *merge(word[2:], pair))
    return (word[0], *merge(word[1:], pair))

# %% tokenization-merge: texts with spaces between
#| export
def merge(word, pair):
    """`word`, a tuple of pieces, with every occurrence of `pair` joined, from left to right.

    >>> merge((b"b", b"a", b"n", b"a", b"n", b"a"), (b"a", b"n"))
    (b'b', b'an', b'an', b'a')
    """
    a, b = map(re.escape, pair)
    return tuple(re.sub(rb"(?<!\S)" + a + b" " + b + rb"(?!\S)", lambda m: pair[0] + pair[1], b" ".join(word)).split())

# %% tokenization-train-slowly: the highest of equals
def train_slowly(words, rounds):
    """The merges that byte-pair encoding makes in `words`, {tuple of pieces: count}, at most `rounds` of them.

    >>> train_slowly({singles("banana"): 1, singles("an"): 1}, 2)
    [(b'a', b'n'), (b'an', b'a')]
    """
    merges = []
    while len(merges) < rounds and (counts := count_pairs(words)):
        pair = max(counts, key=lambda pair: (counts[pair], pair))
        merges.append(pair)
        words = {merge(word, pair): times for word, times in words.items()}
    return merges

# %% tokenization-train-slowly: the first of equals
def train_slowly(words, rounds):
    """The merges that byte-pair encoding makes in `words`, {tuple of pieces: count}, at most `rounds` of them.

    >>> train_slowly({singles("banana"): 1, singles("an"): 1}, 2)
    [(b'a', b'n'), (b'an', b'a')]
    """
    merges = []
    while len(merges) < rounds and (counts := count_pairs(words)):
        pair = max(counts, key=counts.get)
        merges.append(pair)
        words = {merge(word, pair): times for word, times in words.items()}
    return merges

# %% tokenization-train-slowly: the rarest pair
def train_slowly(words, rounds):
    """The merges that byte-pair encoding makes in `words`, {tuple of pieces: count}, at most `rounds` of them.

    >>> train_slowly({singles("banana"): 1, singles("an"): 1}, 2)
    [(b'a', b'n'), (b'an', b'a')]
    """
    merges = []
    while len(merges) < rounds and (counts := count_pairs(words)):
        pair = min(counts, key=lambda pair: (counts[pair], pair))
        merges.append(pair)
        words = {merge(word, pair): times for word, times in words.items()}
    return merges

# %% tokenization-train-slowly: never merges
def train_slowly(words, rounds):
    """The merges that byte-pair encoding makes in `words`, {tuple of pieces: count}, at most `rounds` of them.

    >>> train_slowly({singles("banana"): 1, singles("an"): 1}, 2)
    [(b'a', b'n'), (b'an', b'a')]
    """
    merges = []
    while len(merges) < rounds and (counts := count_pairs(words)):
        pair = min(counts, key=lambda pair: (-counts[pair], pair))
        merges.append(pair)
    return merges

# %% tokenization-train-slowly: counts forgotten after a merge
def train_slowly(words, rounds):
    """The merges that byte-pair encoding makes in `words`, {tuple of pieces: count}, at most `rounds` of them.

    >>> train_slowly({singles("banana"): 1, singles("an"): 1}, 2)
    [(b'a', b'n'), (b'an', b'a')]
    """
    merges = []
    while len(merges) < rounds and (counts := count_pairs(words)):
        pair = min(counts, key=lambda pair: (-counts[pair], pair))
        merges.append(pair)
        words = {merge(word, pair): 1 for word, times in words.items()}
    return merges

# %% tokenization-train-slowly: one round too many
def train_slowly(words, rounds):
    """The merges that byte-pair encoding makes in `words`, {tuple of pieces: count}, at most `rounds` of them.

    >>> train_slowly({singles("banana"): 1, singles("an"): 1}, 2)
    [(b'a', b'n'), (b'an', b'a')]
    """
    merges = []
    while len(merges) <= rounds and (counts := count_pairs(words)):
        pair = min(counts, key=lambda pair: (-counts[pair], pair))
        merges.append(pair)
        words = {merge(word, pair): times for word, times in words.items()}
    return merges

# %% tokenization-train-slowly: one round too few
def train_slowly(words, rounds):
    """The merges that byte-pair encoding makes in `words`, {tuple of pieces: count}, at most `rounds` of them.

    >>> train_slowly({singles("banana"): 1, singles("an"): 1}, 2)
    [(b'a', b'n'), (b'an', b'a')]
    """
    merges = []
    while len(merges) < rounds - 1 and (counts := count_pairs(words)):
        pair = min(counts, key=lambda pair: (-counts[pair], pair))
        merges.append(pair)
        words = {merge(word, pair): times for word, times in words.items()}
    return merges

# %% tokenization-train-slowly: ends in an error when nothing is left
def train_slowly(words, rounds):
    """The merges that byte-pair encoding makes in `words`, {tuple of pieces: count}, at most `rounds` of them.

    >>> train_slowly({singles("banana"): 1, singles("an"): 1}, 2)
    [(b'a', b'n'), (b'an', b'a')]
    """
    merges = []
    for _ in range(rounds):
        counts = count_pairs(words)
        pair = min(counts, key=lambda pair: (-counts[pair], pair))
        merges.append(pair)
        words = {merge(word, pair): times for word, times in words.items()}
    return merges

# %% tokenization-train-slowly: stops at pairs that occur once
def train_slowly(words, rounds):
    """The merges that byte-pair encoding makes in `words`, {tuple of pieces: count}, at most `rounds` of them.

    >>> train_slowly({singles("banana"): 1, singles("an"): 1}, 2)
    [(b'a', b'n'), (b'an', b'a')]
    """
    merges = []
    while len(merges) < rounds and (counts := {p: n for p, n in count_pairs(words).items() if n > 1}):
        pair = min(counts, key=lambda pair: (-counts[pair], pair))
        merges.append(pair)
        words = {merge(word, pair): times for word, times in words.items()}
    return merges

# %% tokenization-train-slowly: remembers what was made, not the pair
def train_slowly(words, rounds):
    """The merges that byte-pair encoding makes in `words`, {tuple of pieces: count}, at most `rounds` of them.

    >>> train_slowly({singles("banana"): 1, singles("an"): 1}, 2)
    [(b'a', b'n'), (b'an', b'a')]
    """
    merges = []
    while len(merges) < rounds and (counts := count_pairs(words)):
        pair = min(counts, key=lambda pair: (-counts[pair], pair))
        merges.append(pair[0] + pair[1])
        words = {merge(word, pair): times for word, times in words.items()}
    return merges

# %% tokenization-train-slowly: all merges from one count
def train_slowly(words, rounds):
    """The merges that byte-pair encoding makes in `words`, {tuple of pieces: count}, at most `rounds` of them.

    >>> train_slowly({singles("banana"): 1, singles("an"): 1}, 2)
    [(b'a', b'n'), (b'an', b'a')]
    """
    merges = []
    counts = count_pairs(words)
    return sorted(counts, key=lambda pair: (-counts[pair], pair))[:rounds]

# %% tokenization-train-slowly + sorts
def train_slowly(words, rounds):
    """The merges that byte-pair encoding makes in `words`, {tuple of pieces: count}, at most `rounds` of them.

    >>> train_slowly({singles("banana"): 1, singles("an"): 1}, 2)
    [(b'a', b'n'), (b'an', b'a')]
    """
    merges = []
    while len(merges) < rounds and (counts := count_pairs(words)):
        pair = sorted(counts, key=lambda pair: (-counts[pair], pair))[0]
        merges.append(pair)
        words = {merge(word, pair): times for word, times in words.items()}
    return merges

# %% tokenization-train-slowly + in two steps
def train_slowly(words, rounds):
    """The merges that byte-pair encoding makes in `words`, {tuple of pieces: count}, at most `rounds` of them.

    >>> train_slowly({singles("banana"): 1, singles("an"): 1}, 2)
    [(b'a', b'n'), (b'an', b'a')]
    """
    merges = []
    while len(merges) < rounds and (counts := count_pairs(words)):
        most = max(counts.values())
        pair = min(pair for pair, count in counts.items() if count == most)
        merges.append(pair)
        words = {merge(word, pair): times for word, times in words.items()}
    return merges

# %% tokenization-train-slowly: changes the words of the caller
def train_slowly(words, rounds):
    """The merges that byte-pair encoding makes in `words`, {tuple of pieces: count}, at most `rounds` of them.

    >>> train_slowly({singles("banana"): 1, singles("an"): 1}, 2)
    [(b'a', b'n'), (b'an', b'a')]
    """
    merges = []
    while len(merges) < rounds and (counts := count_pairs(words)):
        pair = min(counts, key=lambda pair: (-counts[pair], pair))
        merges.append(pair)
        for word in list(words):
            words[merge(word, pair)] = words.pop(word)
    return merges

# %% tokenization-pattern: no space before words
#| export
def pattern(letters, numbers, spaces):
    """The regular expression by which GPT-2 cuts text, for these lists of characters.

    >>> re.findall(pattern("a-z", "0-9", r" \\n"), "it's  12 dogs!")
    ['it', "'s", ' ', ' 12', ' dogs', '!']
    """
    endings = "'(?:[stmd]|re|ve|ll)"
    others = f" ?[^{spaces}{letters}{numbers}]+"
    space = f"[{spaces}]+(?![^{spaces}])|[{spaces}]+"
    return f"{endings}|[{letters}]+| ?[{numbers}]+|{others}|{space}"

# %% tokenization-pattern: no space before numbers
#| export
def pattern(letters, numbers, spaces):
    """The regular expression by which GPT-2 cuts text, for these lists of characters.

    >>> re.findall(pattern("a-z", "0-9", r" \\n"), "it's  12 dogs!")
    ['it', "'s", ' ', ' 12', ' dogs', '!']
    """
    endings = "'(?:[stmd]|re|ve|ll)"
    others = f" ?[^{spaces}{letters}{numbers}]+"
    space = f"[{spaces}]+(?![^{spaces}])|[{spaces}]+"
    return f"{endings}| ?[{letters}]+|[{numbers}]+|{others}|{space}"

# %% tokenization-pattern: any number of spaces before words
#| export
def pattern(letters, numbers, spaces):
    """The regular expression by which GPT-2 cuts text, for these lists of characters.

    >>> re.findall(pattern("a-z", "0-9", r" \\n"), "it's  12 dogs!")
    ['it', "'s", ' ', ' 12', ' dogs', '!']
    """
    endings = "'(?:[stmd]|re|ve|ll)"
    others = f" ?[^{spaces}{letters}{numbers}]+"
    space = f"[{spaces}]+(?![^{spaces}])|[{spaces}]+"
    return f"{endings}| *[{letters}]+| ?[{numbers}]+|{others}|{space}"

# %% tokenization-pattern: letters and numbers together
#| export
def pattern(letters, numbers, spaces):
    """The regular expression by which GPT-2 cuts text, for these lists of characters.

    >>> re.findall(pattern("a-z", "0-9", r" \\n"), "it's  12 dogs!")
    ['it', "'s", ' ', ' 12', ' dogs', '!']
    """
    endings = "'(?:[stmd]|re|ve|ll)"
    others = f" ?[^{spaces}{letters}{numbers}]+"
    space = f"[{spaces}]+(?![^{spaces}])|[{spaces}]+"
    return f"{endings}| ?[{letters}{numbers}]+|{others}|{space}"

# %% tokenization-pattern: single letters
#| export
def pattern(letters, numbers, spaces):
    """The regular expression by which GPT-2 cuts text, for these lists of characters.

    >>> re.findall(pattern("a-z", "0-9", r" \\n"), "it's  12 dogs!")
    ['it', "'s", ' ', ' 12', ' dogs', '!']
    """
    endings = "'(?:[stmd]|re|ve|ll)"
    others = f" ?[^{spaces}{letters}{numbers}]+"
    space = f"[{spaces}]+(?![^{spaces}])|[{spaces}]+"
    return f"{endings}| ?[{letters}]| ?[{numbers}]+|{others}|{space}"

# %% tokenization-pattern: white space takes its last character too
#| export
def pattern(letters, numbers, spaces):
    """The regular expression by which GPT-2 cuts text, for these lists of characters.

    >>> re.findall(pattern("a-z", "0-9", r" \\n"), "it's  12 dogs!")
    ['it', "'s", ' ', ' 12', ' dogs', '!']
    """
    endings = "'(?:[stmd]|re|ve|ll)"
    others = f" ?[^{spaces}{letters}{numbers}]+"
    space = f"[{spaces}]+"
    return f"{endings}| ?[{letters}]+| ?[{numbers}]+|{others}|{space}"

# %% tokenization-pattern: white space one by one
#| export
def pattern(letters, numbers, spaces):
    """The regular expression by which GPT-2 cuts text, for these lists of characters.

    >>> re.findall(pattern("a-z", "0-9", r" \\n"), "it's  12 dogs!")
    ['it', "'s", ' ', ' 12', ' dogs', '!']
    """
    endings = "'(?:[stmd]|re|ve|ll)"
    others = f" ?[^{spaces}{letters}{numbers}]+"
    space = f"[{spaces}]"
    return f"{endings}| ?[{letters}]+| ?[{numbers}]+|{others}|{space}"

# %% tokenization-pattern: only white space at the end
#| export
def pattern(letters, numbers, spaces):
    """The regular expression by which GPT-2 cuts text, for these lists of characters.

    >>> re.findall(pattern("a-z", "0-9", r" \\n"), "it's  12 dogs!")
    ['it', "'s", ' ', ' 12', ' dogs', '!']
    """
    endings = "'(?:[stmd]|re|ve|ll)"
    others = f" ?[^{spaces}{letters}{numbers}]+"
    space = f"[{spaces}]+(?![^{spaces}])"
    return f"{endings}| ?[{letters}]+| ?[{numbers}]+|{others}|{space}"

# %% tokenization-pattern: forgets everything else
#| export
def pattern(letters, numbers, spaces):
    """The regular expression by which GPT-2 cuts text, for these lists of characters.

    >>> re.findall(pattern("a-z", "0-9", r" \\n"), "it's  12 dogs!")
    ['it', "'s", ' ', ' 12', ' dogs', '!']
    """
    endings = "'(?:[stmd]|re|ve|ll)"
    others = f" ?[^{spaces}{letters}{numbers}]+"
    space = f"[{spaces}]+(?![^{spaces}])|[{spaces}]+"
    return f"{endings}| ?[{letters}]+| ?[{numbers}]+|{space}"

# %% tokenization-pattern: endings last
#| export
def pattern(letters, numbers, spaces):
    """The regular expression by which GPT-2 cuts text, for these lists of characters.

    >>> re.findall(pattern("a-z", "0-9", r" \\n"), "it's  12 dogs!")
    ['it', "'s", ' ', ' 12', ' dogs', '!']
    """
    endings = "'(?:[stmd]|re|ve|ll)"
    others = f" ?[^{spaces}{letters}{numbers}]+"
    space = f"[{spaces}]+(?![^{spaces}])|[{spaces}]+"
    return f" ?[{letters}]+| ?[{numbers}]+|{others}|{space}|{endings}"

# %% tokenization-pattern: no endings
#| export
def pattern(letters, numbers, spaces):
    """The regular expression by which GPT-2 cuts text, for these lists of characters.

    >>> re.findall(pattern("a-z", "0-9", r" \\n"), "it's  12 dogs!")
    ['it', "'s", ' ', ' 12', ' dogs', '!']
    """
    endings = "'(?:[stmd]|re|ve|ll)"
    others = f" ?[^{spaces}{letters}{numbers}]+"
    space = f"[{spaces}]+(?![^{spaces}])|[{spaces}]+"
    return f" ?[{letters}]+| ?[{numbers}]+|{others}|{space}"

# %% tokenization-pattern: others may be letters
#| export
def pattern(letters, numbers, spaces):
    """The regular expression by which GPT-2 cuts text, for these lists of characters.

    >>> re.findall(pattern("a-z", "0-9", r" \\n"), "it's  12 dogs!")
    ['it', "'s", ' ', ' 12', ' dogs', '!']
    """
    endings = "'(?:[stmd]|re|ve|ll)"
    others = f" ?[^{spaces}{numbers}]+"
    space = f"[{spaces}]+(?![^{spaces}])|[{spaces}]+"
    return f"{endings}| ?[{letters}]+| ?[{numbers}]+|{others}|{space}"

# %% tokenization-pattern: others one by one
#| export
def pattern(letters, numbers, spaces):
    """The regular expression by which GPT-2 cuts text, for these lists of characters.

    >>> re.findall(pattern("a-z", "0-9", r" \\n"), "it's  12 dogs!")
    ['it', "'s", ' ', ' 12', ' dogs', '!']
    """
    endings = "'(?:[stmd]|re|ve|ll)"
    others = f" ?[^{spaces}{letters}{numbers}]"
    space = f"[{spaces}]+(?![^{spaces}])|[{spaces}]+"
    return f"{endings}| ?[{letters}]+| ?[{numbers}]+|{others}|{space}"

# %% tokenization-pattern: no space before others
#| export
def pattern(letters, numbers, spaces):
    """The regular expression by which GPT-2 cuts text, for these lists of characters.

    >>> re.findall(pattern("a-z", "0-9", r" \\n"), "it's  12 dogs!")
    ['it', "'s", ' ', ' 12', ' dogs', '!']
    """
    endings = "'(?:[stmd]|re|ve|ll)"
    others = f"[^{spaces}{letters}{numbers}]+"
    space = f"[{spaces}]+(?![^{spaces}])|[{spaces}]+"
    return f"{endings}| ?[{letters}]+| ?[{numbers}]+|{others}|{space}"

# %% tokenization-pattern: Python's own classes
#| export
def pattern(letters, numbers, spaces):
    """The regular expression by which GPT-2 cuts text, for these lists of characters.

    >>> re.findall(pattern("a-z", "0-9", r" \\n"), "it's  12 dogs!")
    ['it', "'s", ' ', ' 12', ' dogs', '!']
    """
    endings = "'(?:[stmd]|re|ve|ll)"
    others = f" ?[^{spaces}{letters}{numbers}]+"
    space = f"[{spaces}]+(?![^{spaces}])|[{spaces}]+"
    return rf"{endings}| ?\w+| ?\d+| ?[^\s\w]+|{space}"

# %% tokenization-pattern: white space before words
#| export
def pattern(letters, numbers, spaces):
    """The regular expression by which GPT-2 cuts text, for these lists of characters.

    >>> re.findall(pattern("a-z", "0-9", r" \\n"), "it's  12 dogs!")
    ['it', "'s", ' ', ' 12', ' dogs', '!']
    """
    endings = "'(?:[stmd]|re|ve|ll)"
    others = f" ?[^{spaces}{letters}{numbers}]+"
    space = f"[{spaces}]+(?![^{spaces}])|[{spaces}]+"
    return f"{endings}|[{spaces}]?[{letters}]+| ?[{numbers}]+|{others}|{space}"

# %% tokenization-pattern: Python's white space
#| export
def pattern(letters, numbers, spaces):
    """The regular expression by which GPT-2 cuts text, for these lists of characters.

    >>> re.findall(pattern("a-z", "0-9", r" \\n"), "it's  12 dogs!")
    ['it', "'s", ' ', ' 12', ' dogs', '!']
    """
    endings = "'(?:[stmd]|re|ve|ll)"
    others = f" ?[^{spaces}{letters}{numbers}]+"
    space = f"\\s+(?!\\S)|\\s+"
    return f"{endings}| ?[{letters}]+| ?[{numbers}]+|{others}|{space}"

# %% tokenization-pattern + looks ahead for the end
#| export
def pattern(letters, numbers, spaces):
    """The regular expression by which GPT-2 cuts text, for these lists of characters.

    >>> re.findall(pattern("a-z", "0-9", r" \\n"), "it's  12 dogs!")
    ['it', "'s", ' ', ' 12', ' dogs', '!']
    """
    endings = "'(?:[stmd]|re|ve|ll)"
    others = f" ?[^{spaces}{letters}{numbers}]+"
    space = f"[{spaces}]+(?=[{spaces}]|\\Z)|[{spaces}]+"
    return f"{endings}| ?[{letters}]+| ?[{numbers}]+|{others}|{space}"

# %% tokenization-pattern + joined from a list
#| export
def pattern(letters, numbers, spaces):
    """The regular expression by which GPT-2 cuts text, for these lists of characters.

    >>> re.findall(pattern("a-z", "0-9", r" \\n"), "it's  12 dogs!")
    ['it', "'s", ' ', ' 12', ' dogs', '!']
    """
    endings = "'(?:[stmd]|re|ve|ll)"
    others = f" ?[^{spaces}{letters}{numbers}]+"
    space = f"[{spaces}]+(?![^{spaces}])|[{spaces}]+"
    return "|".join([endings, f" ?[{letters}]+", f" ?[{numbers}]+", others, space])

# %% tokenization-pattern: white space gives back only before letters and numbers
#| export
def pattern(letters, numbers, spaces):
    """The regular expression by which GPT-2 cuts text, for these lists of characters.

    >>> re.findall(pattern("a-z", "0-9", r" \\n"), "it's  12 dogs!")
    ['it', "'s", ' ', ' 12', ' dogs', '!']
    """
    endings = "'(?:[stmd]|re|ve|ll)"
    others = f" ?[^{spaces}{letters}{numbers}]+"
    space = f"[{spaces}]+(?![{letters}{numbers}])|[{spaces}]+"
    return "|".join([endings, f" ?[{letters}]+", f" ?[{numbers}]+", others, space])

# %% tokenization-best: trusts the top
#| export
def best(pairs):
    """The most frequent pair in `pairs`, the lowest of equals; None if no pair occurs. Drops stale entries."""
    while pairs.heap:
        count, pair = pairs.heap[0]
        return pair
    return None

# %% tokenization-best: takes the answer away
#| export
def best(pairs):
    """The most frequent pair in `pairs`, the lowest of equals; None if no pair occurs. Drops stale entries."""
    while pairs.heap:
        count, pair = heapq.heappop(pairs.heap)
        if count < 0 and pairs.counts.get(pair) == -count:
            return pair
    return None

# %% tokenization-best: zero counts win
#| export
def best(pairs):
    """The most frequent pair in `pairs`, the lowest of equals; None if no pair occurs. Drops stale entries."""
    while pairs.heap:
        count, pair = pairs.heap[0]
        if pairs.counts.get(pair) == -count:
            return pair
        heapq.heappop(pairs.heap)
    return None

# %% tokenization-best: the sign forgotten
#| export
def best(pairs):
    """The most frequent pair in `pairs`, the lowest of equals; None if no pair occurs. Drops stale entries."""
    while pairs.heap:
        count, pair = pairs.heap[0]
        if count < 0 and pairs.counts.get(pair) == count:
            return pair
        heapq.heappop(pairs.heap)
    return None

# %% tokenization-best + an entry that is too low would do
#| export
def best(pairs):
    """The most frequent pair in `pairs`, the lowest of equals; None if no pair occurs. Drops stale entries."""
    while pairs.heap:
        count, pair = pairs.heap[0]
        if count < 0 and pairs.counts.get(pair) >= -count:
            return pair
        heapq.heappop(pairs.heap)
    return None

# %% tokenization-best: an entry that is too high counts
#| export
def best(pairs):
    """The most frequent pair in `pairs`, the lowest of equals; None if no pair occurs. Drops stale entries."""
    while pairs.heap:
        count, pair = pairs.heap[0]
        if count < 0 and 0 < pairs.counts.get(pair) <= -count:
            return pair
        heapq.heappop(pairs.heap)
    return None

# %% tokenization-best: an error when nothing is left
#| export
def best(pairs):
    """The most frequent pair in `pairs`, the lowest of equals; None if no pair occurs. Drops stale entries."""
    while True:
        count, pair = pairs.heap[0]
        if count < 0 and pairs.counts.get(pair) == -count:
            return pair
        heapq.heappop(pairs.heap)
    return None

# %% tokenization-best: the first of the list of counts
#| export
def best(pairs):
    """The most frequent pair in `pairs`, the lowest of equals; None if no pair occurs. Drops stale entries."""
    return max(pairs.counts, key=pairs.counts.get, default=None)

# %% tokenization-best: without the heap
#| export
def best(pairs):
    """The most frequent pair in `pairs`, the lowest of equals; None if no pair occurs. Drops stale entries."""
    found = [(-n, pair) for pair, n in pairs.counts.items() if n > 0]
    return min(found)[1] if found else None

# %% tokenization-best + pops in a loop of its own
#| export
def best(pairs):
    """The most frequent pair in `pairs`, the lowest of equals; None if no pair occurs. Drops stale entries."""
    while pairs.heap and (pairs.heap[0][0] == 0 or -pairs.heap[0][0] != pairs.counts.get(pairs.heap[0][1], 0)):
        heapq.heappop(pairs.heap)
    return pairs.heap[0][1] if pairs.heap else None

# %% tokenization-best: takes from the heap as from a list
#| export
def best(pairs):
    """The most frequent pair in `pairs`, the lowest of equals; None if no pair occurs. Drops stale entries."""
    while pairs.heap:
        count, pair = pairs.heap[0]
        if count < 0 and pairs.counts.get(pair) == -count:
            return pair
        pairs.heap.pop(0)
    return None

# %% tokenization-replace: the old pairs stay counted
#| export
def replace(pairs, pair):
    """Merge `pair` in all words of `pairs` that hold it, and mend counts, places and heap."""
    changed = set()
    for i in pairs.places.pop(pair):
        old, times = pairs.words[i], pairs.times[i]
        new = pairs.words[i] = merge(old, pair)
        for each in itertools.pairwise(old):
            pass
            changed.add(each)
        for each in itertools.pairwise(new):
            pairs.counts[each] = pairs.counts.get(each, 0) + times
            pairs.places.setdefault(each, set()).add(i)
            changed.add(each)
    pairs.offer(changed)

# %% tokenization-replace: counts words, not occurrences
#| export
def replace(pairs, pair):
    """Merge `pair` in all words of `pairs` that hold it, and mend counts, places and heap."""
    changed = set()
    for i in pairs.places.pop(pair):
        old, times = pairs.words[i], pairs.times[i]
        new = pairs.words[i] = merge(old, pair)
        for each in itertools.pairwise(old):
            pairs.counts[each] -= 1
            changed.add(each)
        for each in itertools.pairwise(new):
            pairs.counts[each] = pairs.counts.get(each, 0) + 1
            pairs.places.setdefault(each, set()).add(i)
            changed.add(each)
    pairs.offer(changed)

# %% tokenization-replace: the new pairs have no places
#| export
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
            changed.add(each)
    pairs.offer(changed)

# %% tokenization-replace: the new pairs are not counted
#| export
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
            pairs.counts.setdefault(each, 0)
            pairs.places.setdefault(each, set()).add(i)
            changed.add(each)
    pairs.offer(changed)

# %% tokenization-replace: the word stays
#| export
def replace(pairs, pair):
    """Merge `pair` in all words of `pairs` that hold it, and mend counts, places and heap."""
    changed = set()
    for i in pairs.places.pop(pair):
        old, times = pairs.words[i], pairs.times[i]
        new = merge(old, pair)
        for each in itertools.pairwise(old):
            pairs.counts[each] -= times
            changed.add(each)
        for each in itertools.pairwise(new):
            pairs.counts[each] = pairs.counts.get(each, 0) + times
            pairs.places.setdefault(each, set()).add(i)
            changed.add(each)
    pairs.offer(changed)

# %% tokenization-replace: old pairs are not offered again
#| export
def replace(pairs, pair):
    """Merge `pair` in all words of `pairs` that hold it, and mend counts, places and heap."""
    changed = set()
    for i in pairs.places.pop(pair):
        old, times = pairs.words[i], pairs.times[i]
        new = pairs.words[i] = merge(old, pair)
        for each in itertools.pairwise(old):
            pairs.counts[each] -= times
        for each in itertools.pairwise(new):
            pairs.counts[each] = pairs.counts.get(each, 0) + times
            pairs.places.setdefault(each, set()).add(i)
            changed.add(each)
    pairs.offer(changed)

# %% tokenization-replace: new pairs are not offered
#| export
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
    pairs.offer(changed)

# %% tokenization-replace: each old pair once per word
#| export
def replace(pairs, pair):
    """Merge `pair` in all words of `pairs` that hold it, and mend counts, places and heap."""
    changed = set()
    for i in pairs.places.pop(pair):
        old, times = pairs.words[i], pairs.times[i]
        new = pairs.words[i] = merge(old, pair)
        for each in set(itertools.pairwise(old)):
            pairs.counts[each] -= times
            changed.add(each)
        for each in itertools.pairwise(new):
            pairs.counts[each] = pairs.counts.get(each, 0) + times
            pairs.places.setdefault(each, set()).add(i)
            changed.add(each)
    pairs.offer(changed)

# %% tokenization-replace: each new pair once per word
#| export
def replace(pairs, pair):
    """Merge `pair` in all words of `pairs` that hold it, and mend counts, places and heap."""
    changed = set()
    for i in pairs.places.pop(pair):
        old, times = pairs.words[i], pairs.times[i]
        new = pairs.words[i] = merge(old, pair)
        for each in itertools.pairwise(old):
            pairs.counts[each] -= times
            changed.add(each)
        for each in set(itertools.pairwise(new)):
            pairs.counts[each] = pairs.counts.get(each, 0) + times
            pairs.places.setdefault(each, set()).add(i)
            changed.add(each)
    pairs.offer(changed)

# %% tokenization-replace: only the merged pair is taken away
#| export
def replace(pairs, pair):
    """Merge `pair` in all words of `pairs` that hold it, and mend counts, places and heap."""
    changed = set()
    for i in pairs.places.pop(pair):
        old, times = pairs.words[i], pairs.times[i]
        new = pairs.words[i] = merge(old, pair)
        for each in [pair]:
            pairs.counts[each] = 0
            changed.add(each)
        for each in itertools.pairwise(new):
            pairs.counts[each] = pairs.counts.get(each, 0) + times
            pairs.places.setdefault(each, set()).add(i)
            changed.add(each)
    pairs.offer(changed)

# %% tokenization-replace: one word only
#| export
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
        break
    pairs.offer(changed)

# %% tokenization-replace: places start anew
#| export
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
            pairs.places[each] = {i}
            changed.add(each)
    pairs.offer(changed)

# %% tokenization-replace: does nothing
#| export
def replace(pairs, pair):
    """Merge `pair` in all words of `pairs` that hold it, and mend counts, places and heap."""
    changed = set()
    pairs.offer(changed)

# %% tokenization-replace: only the new word's pairs are offered
#| export
def replace(pairs, pair):
    """Merge `pair` in all words of `pairs` that hold it, and mend counts, places and heap."""
    changed = set()
    for i in pairs.places.pop(pair):
        old, times = pairs.words[i], pairs.times[i]
        new = pairs.words[i] = merge(old, pair)
        for each in itertools.pairwise(old):
            pairs.counts[each] -= times
        for each in itertools.pairwise(new):
            pairs.counts[each] = pairs.counts.get(each, 0) + times
            pairs.places.setdefault(each, set()).add(i)
            changed.add(each)
    pairs.offer(changed)

# %% tokenization-replace: counts everything anew
#| export
def replace(pairs, pair):
    """Merge `pair` in all words of `pairs` that hold it, and mend counts, places and heap."""
    changed = set(pairs.counts)
    pairs.words = [merge(word, pair) for word in pairs.words]
    pairs.counts, pairs.places = dict.fromkeys(pairs.counts, 0), {}
    for i, word in enumerate(pairs.words):
        for each in itertools.pairwise(word):
            pairs.counts[each] = pairs.counts.get(each, 0) + pairs.times[i]
            pairs.places.setdefault(each, set()).add(i)
            changed.add(each)
    pairs.offer(changed)

# %% tokenization-replace + forgets places that are no more
#| export
def replace(pairs, pair):
    """Merge `pair` in all words of `pairs` that hold it, and mend counts, places and heap."""
    changed = set()
    for i in pairs.places.pop(pair):
        old, times = pairs.words[i], pairs.times[i]
        new = pairs.words[i] = merge(old, pair)
        for each in itertools.pairwise(old):
            pairs.counts[each] -= times
            pairs.places.get(each, set()).discard(i)
            changed.add(each)
        for each in itertools.pairwise(new):
            pairs.counts[each] = pairs.counts.get(each, 0) + times
            pairs.places.setdefault(each, set()).add(i)
            changed.add(each)
    pairs.offer(changed)

# %% tokenization-replace: pairs sunk to 0 are deleted
#| export
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
    pairs.counts = {each: count for each, count in pairs.counts.items() if count}
    pairs.offer(changed)

# %% tokenization-replace + offers twice
#| export
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
    pairs.offer(changed)

# %% tokenization-encode-word: the highest rank first
#| export
def encode_word(word, ranks):
    """The pieces of `word`, a tuple of pieces, after all merges in `ranks`, {pair: place in the list of merges}.

    >>> encode_word(singles("banana"), {(b"n", b"a"): 0, (b"a", b"na"): 1, (b"a", b"n"): 2})
    (b'b', b'ana', b'na')
    """
    while len(word) > 1:
        pair = min(itertools.pairwise(word), key=lambda pair: -ranks.get(pair, -math.inf))
        if pair not in ranks:
            break
        word = merge(word, pair)
    return word

# %% tokenization-encode-word: the first pair with a rank
#| export
def encode_word(word, ranks):
    """The pieces of `word`, a tuple of pieces, after all merges in `ranks`, {pair: place in the list of merges}.

    >>> encode_word(singles("banana"), {(b"n", b"a"): 0, (b"a", b"na"): 1, (b"a", b"n"): 2})
    (b'b', b'ana', b'na')
    """
    while len(word) > 1:
        pair = next((pair for pair in itertools.pairwise(word) if pair in ranks), None)
        if pair not in ranks:
            break
        word = merge(word, pair)
    return word

# %% tokenization-encode-word: one merge
#| export
def encode_word(word, ranks):
    """The pieces of `word`, a tuple of pieces, after all merges in `ranks`, {pair: place in the list of merges}.

    >>> encode_word(singles("banana"), {(b"n", b"a"): 0, (b"a", b"na"): 1, (b"a", b"n"): 2})
    (b'b', b'ana', b'na')
    """
    while len(word) > 1:
        pair = min(itertools.pairwise(word), key=lambda pair: ranks.get(pair, math.inf))
        if pair not in ranks:
            break
        return merge(word, pair)
    return word

# %% tokenization-encode-word: the longest piece first
#| export
def encode_word(word, ranks):
    """The pieces of `word`, a tuple of pieces, after all merges in `ranks`, {pair: place in the list of merges}.

    >>> encode_word(singles("banana"), {(b"n", b"a"): 0, (b"a", b"na"): 1, (b"a", b"n"): 2})
    (b'b', b'ana', b'na')
    """
    while len(word) > 1:
        pair = min(itertools.pairwise(word), key=lambda pair: (pair not in ranks, -len(pair[0] + pair[1])))
        if pair not in ranks:
            break
        word = merge(word, pair)
    return word

# %% tokenization-encode-word: merges what has no rank
#| export
def encode_word(word, ranks):
    """The pieces of `word`, a tuple of pieces, after all merges in `ranks`, {pair: place in the list of merges}.

    >>> encode_word(singles("banana"), {(b"n", b"a"): 0, (b"a", b"na"): 1, (b"a", b"n"): 2})
    (b'b', b'ana', b'na')
    """
    while len(word) > 1:
        pair = min(itertools.pairwise(word), key=lambda pair: ranks.get(pair, math.inf))
        word = merge(word, pair)
    return word

# %% tokenization-encode-word: an error for the empty word
#| export
def encode_word(word, ranks):
    """The pieces of `word`, a tuple of pieces, after all merges in `ranks`, {pair: place in the list of merges}.

    >>> encode_word(singles("banana"), {(b"n", b"a"): 0, (b"a", b"na"): 1, (b"a", b"n"): 2})
    (b'b', b'ana', b'na')
    """
    while len(word) != 1:
        pair = min(itertools.pairwise(word), key=lambda pair: ranks.get(pair, math.inf))
        if pair not in ranks:
            break
        word = merge(word, pair)
    return word

# %% tokenization-encode-word: a list of pieces
#| export
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
    return list(word)

# %% tokenization-encode-word: a word of two is left
#| export
def encode_word(word, ranks):
    """The pieces of `word`, a tuple of pieces, after all merges in `ranks`, {pair: place in the list of merges}.

    >>> encode_word(singles("banana"), {(b"n", b"a"): 0, (b"a", b"na"): 1, (b"a", b"n"): 2})
    (b'b', b'ana', b'na')
    """
    while len(word) > 2:
        pair = min(itertools.pairwise(word), key=lambda pair: ranks.get(pair, math.inf))
        if pair not in ranks:
            break
        word = merge(word, pair)
    return word

# %% tokenization-encode-word: no merges at all
#| export
def encode_word(word, ranks):
    """The pieces of `word`, a tuple of pieces, after all merges in `ranks`, {pair: place in the list of merges}.

    >>> encode_word(singles("banana"), {(b"n", b"a"): 0, (b"a", b"na"): 1, (b"a", b"n"): 2})
    (b'b', b'ana', b'na')
    """
    return word

# %% tokenization-encode-word: every merge in turn, as they come
#| export
def encode_word(word, ranks):
    """The pieces of `word`, a tuple of pieces, after all merges in `ranks`, {pair: place in the list of merges}.

    >>> encode_word(singles("banana"), {(b"n", b"a"): 0, (b"a", b"na"): 1, (b"a", b"n"): 2})
    (b'b', b'ana', b'na')
    """
    for pair in ranks:
        word = merge(word, pair)
    return word

# %% tokenization-encode-word: every merge in turn
#| export
def encode_word(word, ranks):
    """The pieces of `word`, a tuple of pieces, after all merges in `ranks`, {pair: place in the list of merges}.

    >>> encode_word(singles("banana"), {(b"n", b"a"): 0, (b"a", b"na"): 1, (b"a", b"n"): 2})
    (b'b', b'ana', b'na')
    """
    for pair in sorted(ranks, key=ranks.get):
        word = merge(word, pair)
    return word

# %% tokenization-encode-word + candidates first
#| export
def encode_word(word, ranks):
    """The pieces of `word`, a tuple of pieces, after all merges in `ranks`, {pair: place in the list of merges}.

    >>> encode_word(singles("banana"), {(b"n", b"a"): 0, (b"a", b"na"): 1, (b"a", b"n"): 2})
    (b'b', b'ana', b'na')
    """
    while known_pairs := [pair for pair in itertools.pairwise(word) if pair in ranks]:
        word = merge(word, min(known_pairs, key=ranks.get))
    return word

# %% tokenization-encode-word: the leftmost place, then anew
#| export
def encode_word(word, ranks):
    """The pieces of `word`, a tuple of pieces, after all merges in `ranks`, {pair: place in the list of merges}.

    >>> encode_word(singles("banana"), {(b"n", b"a"): 0, (b"a", b"na"): 1, (b"a", b"n"): 2})
    (b'b', b'ana', b'na')
    """
    while len(word) > 1:
        pairs = list(itertools.pairwise(word))
        i = min(range(len(pairs)), key=lambda i: ranks.get(pairs[i], math.inf))
        if pairs[i] not in ranks:
            break
        word = (*word[:i], word[i] + word[i + 1], *word[i + 2 :])
    return word

# %% tokenization-encode-word: walks through all merges in each round
#| export
def encode_word(word, ranks):
    """The pieces of `word`, a tuple of pieces, after all merges in `ranks`, {pair: place in the list of merges}.

    >>> encode_word(singles("banana"), {(b"n", b"a"): 0, (b"a", b"na"): 1, (b"a", b"n"): 2})
    (b'b', b'ana', b'na')
    """
    while True:
        pairs = set(itertools.pairwise(word))
        pair = next((pair for pair in sorted(ranks, key=ranks.get) if pair in pairs), None)
        if pair is None:
            return word
        word = merge(word, pair)

# %% tokenization-encode-word + pairs in a dict of ranks
#| export
def encode_word(word, ranks):
    """The pieces of `word`, a tuple of pieces, after all merges in `ranks`, {pair: place in the list of merges}.

    >>> encode_word(singles("banana"), {(b"n", b"a"): 0, (b"a", b"na"): 1, (b"a", b"n"): 2})
    (b'b', b'ana', b'na')
    """
    while found := {ranks[pair]: pair for pair in itertools.pairwise(word) if ranks.get(pair) is not None}:
        word = merge(word, found[min(found)])
    return word

# %% tokenization-byte-names: chr of each byte
#| export
@functools.cache
def byte_names():
    """The visible name that GPT-2's files give each of the 256 bytes, a list of characters.

    >>> byte_names()[ord("t")], byte_names()[ord(" ")]
    ('t', 'Ġ')
    """
    names, others = [], itertools.count(256)
    for b in range(256):
        printable = 33 <= b <= 126 or 161 <= b <= 172 or 174 <= b <= 255
        names.append(chr(b))
    return names

# %% tokenization-byte-names: 256 added to the byte
#| export
@functools.cache
def byte_names():
    """The visible name that GPT-2's files give each of the 256 bytes, a list of characters.

    >>> byte_names()[ord("t")], byte_names()[ord(" ")]
    ('t', 'Ġ')
    """
    names, others = [], itertools.count(256)
    for b in range(256):
        printable = 33 <= b <= 126 or 161 <= b <= 172 or 174 <= b <= 255
        names.append(chr(b) if printable else chr(256 + b))
    return names

# %% tokenization-byte-names: counts from 257
#| export
@functools.cache
def byte_names():
    """The visible name that GPT-2's files give each of the 256 bytes, a list of characters.

    >>> byte_names()[ord("t")], byte_names()[ord(" ")]
    ('t', 'Ġ')
    """
    names, others = [], itertools.count(257)
    for b in range(256):
        printable = 33 <= b <= 126 or 161 <= b <= 172 or 174 <= b <= 255
        names.append(chr(b) if printable else chr(next(others)))
    return names

# %% tokenization-byte-names: the soft hyphen is printable
#| export
@functools.cache
def byte_names():
    """The visible name that GPT-2's files give each of the 256 bytes, a list of characters.

    >>> byte_names()[ord("t")], byte_names()[ord(" ")]
    ('t', 'Ġ')
    """
    names, others = [], itertools.count(256)
    for b in range(256):
        printable = 33 <= b <= 126 or 161 <= b <= 173 or 174 <= b <= 255
        names.append(chr(b) if printable else chr(next(others)))
    return names

# %% tokenization-byte-names: the space is printable
#| export
@functools.cache
def byte_names():
    """The visible name that GPT-2's files give each of the 256 bytes, a list of characters.

    >>> byte_names()[ord("t")], byte_names()[ord(" ")]
    ('t', 'Ġ')
    """
    names, others = [], itertools.count(256)
    for b in range(256):
        printable = 32 <= b <= 126 or 161 <= b <= 172 or 174 <= b <= 255
        names.append(chr(b) if printable else chr(next(others)))
    return names

# %% tokenization-byte-names: delete is printable
#| export
@functools.cache
def byte_names():
    """The visible name that GPT-2's files give each of the 256 bytes, a list of characters.

    >>> byte_names()[ord("t")], byte_names()[ord(" ")]
    ('t', 'Ġ')
    """
    names, others = [], itertools.count(256)
    for b in range(256):
        printable = 33 <= b <= 127 or 161 <= b <= 172 or 174 <= b <= 255
        names.append(chr(b) if printable else chr(next(others)))
    return names

# %% tokenization-byte-names: only ASCII is printable
#| export
@functools.cache
def byte_names():
    """The visible name that GPT-2's files give each of the 256 bytes, a list of characters.

    >>> byte_names()[ord("t")], byte_names()[ord(" ")]
    ('t', 'Ġ')
    """
    names, others = [], itertools.count(256)
    for b in range(256):
        printable = 33 <= b <= 126
        names.append(chr(b) if printable else chr(next(others)))
    return names

# %% tokenization-byte-names: numbers, not characters
#| export
@functools.cache
def byte_names():
    """The visible name that GPT-2's files give each of the 256 bytes, a list of characters.

    >>> byte_names()[ord("t")], byte_names()[ord(" ")]
    ('t', 'Ġ')
    """
    names, others = [], itertools.count(256)
    for b in range(256):
        printable = 33 <= b <= 126 or 161 <= b <= 172 or 174 <= b <= 255
        names.append(b if printable else next(others))
    return names

# %% tokenization-byte-names: a dict
#| export
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
    return dict(enumerate(names))

# %% tokenization-byte-names: in the order of the file
#| export
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
    return sorted(names)

# %% tokenization-byte-names: Python's isprintable
#| export
@functools.cache
def byte_names():
    """The visible name that GPT-2's files give each of the 256 bytes, a list of characters.

    >>> byte_names()[ord("t")], byte_names()[ord(" ")]
    ('t', 'Ġ')
    """
    names, others = [], itertools.count(256)
    for b in range(256):
        printable = chr(b).isprintable()
        names.append(chr(b) if printable else chr(next(others)))
    return names

# %% tokenization-byte-names + lists of numbers
#| export
@functools.cache
def byte_names():
    """The visible name that GPT-2's files give each of the 256 bytes, a list of characters.

    >>> byte_names()[ord("t")], byte_names()[ord(" ")]
    ('t', 'Ġ')
    """
    visible = [*range(33, 127), *range(161, 173), *range(174, 256)]
    hidden = [b for b in range(256) if b not in visible]
    return [chr(b) if b in visible else chr(256 + hidden.index(b)) for b in range(256)]

# %% tokenization-cut-specials: nothing escaped
#| export
def cut_specials(text, allowed):
    """`text` cut before and after each of the special tokens `allowed` (strings), without empty parts.

    >>> cut_specials("one<|end|>two", ["<|end|>"])
    ['one', '<|end|>', 'two']
    """
    longest_first = sorted(allowed, key=len, reverse=True)
    parts = re.split(f"({'|'.join(longest_first)})", text) if allowed else [text]
    return [part for part in parts if part]

# %% tokenization-cut-specials: as given
#| export
def cut_specials(text, allowed):
    """`text` cut before and after each of the special tokens `allowed` (strings), without empty parts.

    >>> cut_specials("one<|end|>two", ["<|end|>"])
    ['one', '<|end|>', 'two']
    """
    longest_first = list(allowed)
    parts = re.split(f"({'|'.join(map(re.escape, longest_first))})", text) if allowed else [text]
    return [part for part in parts if part]

# %% tokenization-cut-specials: the shortest first
#| export
def cut_specials(text, allowed):
    """`text` cut before and after each of the special tokens `allowed` (strings), without empty parts.

    >>> cut_specials("one<|end|>two", ["<|end|>"])
    ['one', '<|end|>', 'two']
    """
    longest_first = sorted(allowed, key=len, reverse=False)
    parts = re.split(f"({'|'.join(map(re.escape, longest_first))})", text) if allowed else [text]
    return [part for part in parts if part]

# %% tokenization-cut-specials: the tokens are lost
#| export
def cut_specials(text, allowed):
    """`text` cut before and after each of the special tokens `allowed` (strings), without empty parts.

    >>> cut_specials("one<|end|>two", ["<|end|>"])
    ['one', '<|end|>', 'two']
    """
    longest_first = sorted(allowed, key=len, reverse=True)
    parts = re.split(f"(?:{'|'.join(map(re.escape, longest_first))})", text) if allowed else [text]
    return [part for part in parts if part]

# %% tokenization-cut-specials: empty parts
#| export
def cut_specials(text, allowed):
    """`text` cut before and after each of the special tokens `allowed` (strings), without empty parts.

    >>> cut_specials("one<|end|>two", ["<|end|>"])
    ['one', '<|end|>', 'two']
    """
    longest_first = sorted(allowed, key=len, reverse=True)
    parts = re.split(f"({'|'.join(map(re.escape, longest_first))})", text) if allowed else [text]
    return parts

# %% tokenization-cut-specials: cuts everywhere when nothing is allowed
#| export
def cut_specials(text, allowed):
    """`text` cut before and after each of the special tokens `allowed` (strings), without empty parts.

    >>> cut_specials("one<|end|>two", ["<|end|>"])
    ['one', '<|end|>', 'two']
    """
    longest_first = sorted(allowed, key=len, reverse=True)
    parts = re.split(f"({'|'.join(map(re.escape, longest_first))})", text)
    return [part for part in parts if part]

# %% tokenization-cut-specials: only the first place
#| export
def cut_specials(text, allowed):
    """`text` cut before and after each of the special tokens `allowed` (strings), without empty parts.

    >>> cut_specials("one<|end|>two", ["<|end|>"])
    ['one', '<|end|>', 'two']
    """
    longest_first = sorted(allowed, key=len, reverse=True)
    parts = re.split(f"({'|'.join(map(re.escape, longest_first))})", text, maxsplit=1) if allowed else [text]
    return [part for part in parts if part]

# %% tokenization-cut-specials: white space is lost
#| export
def cut_specials(text, allowed):
    """`text` cut before and after each of the special tokens `allowed` (strings), without empty parts.

    >>> cut_specials("one<|end|>two", ["<|end|>"])
    ['one', '<|end|>', 'two']
    """
    longest_first = sorted(allowed, key=len, reverse=True)
    parts = re.split(f"({'|'.join(map(re.escape, longest_first))})", text) if allowed else [text]
    return [part for part in parts if part.strip()]

# %% tokenization-cut-specials: split by each in turn, tokens too
#| export
def cut_specials(text, allowed):
    """`text` cut before and after each of the special tokens `allowed` (strings), without empty parts.

    >>> cut_specials("one<|end|>two", ["<|end|>"])
    ['one', '<|end|>', 'two']
    """
    parts = [text]
    for name in allowed:
        parts = [piece for part in parts for piece in re.split(f"({re.escape(name)})", part)]
    return [part for part in parts if part]

# %% tokenization-cut-specials + finds one after the other
#| export
def cut_specials(text, allowed):
    """`text` cut before and after each of the special tokens `allowed` (strings), without empty parts.

    >>> cut_specials("one<|end|>two", ["<|end|>"])
    ['one', '<|end|>', 'two']
    """
    parts, start, i = [], 0, 0
    longest_first = sorted(allowed, key=len, reverse=True)
    while i < len(text):
        name = next((name for name in longest_first if text.startswith(name, i)), None)
        if name:
            parts += [text[start:i], name]
            start = i + len(name)
        i = start if name else i + 1
    return [part for part in [*parts, text[start:]] if part]

# %% tokenization-cut-specials: the longest through the whole text first
#| export
def cut_specials(text, allowed):
    """`text` cut before and after each of the special tokens `allowed` (strings), without empty parts.

    >>> cut_specials("one<|end|>two", ["<|end|>"])
    ['one', '<|end|>', 'two']
    """
    parts = [text]
    for name in sorted(allowed, key=len, reverse=True):
        split_up = [[part] if part in allowed else re.split(f"({re.escape(name)})", part) for part in parts]
        parts = [piece for pieces in split_up for piece in pieces]
    return [part for part in parts if part]
