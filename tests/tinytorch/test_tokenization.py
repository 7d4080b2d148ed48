"""tinytorch.core.tokenization, beyond what the checks of its notebook try."""

import json
import os
import random
import subprocess
import sys
import time
import unicodedata

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

tokenization = pytest.importorskip("tinytorch.core.tokenization", reason="tito dev build 10 makes it")
from tinytorch.core.tensor import tensor  # noqa: E402
from tinytorch.core.tokenization import (  # noqa: E402
    BPETokenizer,
    CharTokenizer,
    byte_names,
    count_words,
    encode_long,
    encode_word,
    name_of,
    piece_of,
    singles,
    split,
    train_merges,
)

STEADY = settings(derandomize=True, deadline=None, max_examples=150)
ANY_TEXT = st.text(st.characters())  # lone surrogates included
ENGLISH = "the cat sat on the mat; the other cat, that one's hat, isn't there. " * 20
TOKENIZER = BPETokenizer.train(ENGLISH + "naïve café Ελλάδα 日本語 x**2 == 10", 400, ["<|endoftext|>", "<|pad|>"])


def slow_merges(words: dict, rounds: int) -> list:
    """Byte-pair encoding by its definition, everything counted in every round."""
    merges = []
    for _ in range(rounds):
        counts = {}
        for word, times in words.items():
            for pair in zip(word, word[1:], strict=False):
                counts[pair] = counts.get(pair, 0) + times
        if not counts:
            break
        best = max(counts.values())
        pair = min(p for p in counts if counts[p] == best)
        merges.append(pair)
        words = {rebuilt(word, pair): times for word, times in words.items()}
    return merges


def rebuilt(word: tuple, pair: tuple) -> tuple:
    """The word with the pair joined, from left to right."""
    out = []
    for piece in word:
        if out and out[-1] is not None and (out[-1], piece) == pair:
            out[-1:] = [pair[0] + pair[1], None]
        else:
            out = [p for p in out if p is not None] + [piece]
    return tuple(p for p in out if p is not None)


@STEADY
@given(st.dictionaries(st.text("abc", min_size=1, max_size=12), st.integers(1, 5), max_size=8), st.integers(0, 30))
def test_training_is_byte_pair_encoding(words, rounds):
    words = {singles(text): times for text, times in words.items()}
    assert train_merges(dict(words), rounds) == slow_merges(words, rounds)


@STEADY
@given(ANY_TEXT)
def test_decode_takes_back_what_encode_made(text):
    assert "".join(split(text)) == text
    assert TOKENIZER.decode(TOKENIZER.encode(text)) == text


@pytest.mark.parametrize("plane", range(17))
def test_every_plane_of_unicode_survives(plane):
    text = "".join(map(chr, range(plane << 16, (plane + 1) << 16)))
    assert TOKENIZER.decode(TOKENIZER.encode(text)) == text
    assert CharTokenizer(text).decode(CharTokenizer(text).encode(text)) == text


@pytest.mark.parametrize(
    "text", ["", "\x00", "\ud800", "\udfff\ud800", "a\r\n\r\n  \t", "'", "''s 's's", "\x1c\x1d\x85\u3000"]
)
def test_odd_texts_survive(text):
    assert TOKENIZER.decode(TOKENIZER.encode(text)) == text


def test_bytes_that_are_no_utf8_become_replacement_characters():
    ids = [TOKENIZER.vocab[b"\xff"], *TOKENIZER.encode("ok"), TOKENIZER.vocab[b"\xe6"], TOKENIZER.vocab[b"\x95"]]
    assert TOKENIZER.decode(ids) == b"\xffok\xe6\x95".decode("utf-8", "replace") == "\ufffdok\ufffd"


@STEADY
@given(
    st.text("ab", max_size=60),
    st.lists(st.tuples(st.text("ab", min_size=1, max_size=3), st.text("ab", min_size=1, max_size=3)), max_size=12),
)
def test_long_words_are_cut_like_short_ones_whatever_the_merges(text, pairs):
    ranks = {(a.encode(), b.encode()): rank for rank, (a, b) in enumerate(dict.fromkeys(pairs))}
    assert encode_long(singles(text), ranks) == encode_word(singles(text), ranks)


def test_a_megabyte_without_a_space_is_no_trap():
    random.seed(0)
    text = "".join(random.choices("thecaso", k=1_000_000))
    start = time.process_time()
    ids = TOKENIZER.encode(text)
    assert time.process_time() - start < 60, "n² steps would take days"
    assert TOKENIZER.decode(ids) == text and len(ids) < len(text)


def test_what_is_remembered_is_bounded():
    tokenizer = BPETokenizer([])
    tokenizer.REMEMBERED = 10
    tokenizer.encode(" ".join(map(str, range(100))))
    assert 0 < len(tokenizer.seen) <= 10


def test_training_is_the_same_in_every_process():
    program = (
        "from tinytorch.core.tokenization import *; import sys; print(BPETokenizer.train(sys.argv[1], 300).merges)"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", program, ENGLISH], env=os.environ | {"PYTHONHASHSEED": seed}, check=True,
            capture_output=True, text=True,
        ).stdout
        for seed in ("0", "1", "2")
    }  # fmt: skip
    assert len(found) == 1


def test_training_ends_when_nothing_is_left():
    tokenizer = BPETokenizer.train("aaaa bb", 1000)
    assert tokenizer.vocab_size < 270 and tokenizer.encode("aaaa") == [tokenizer.vocab[b"aaaa"]]
    with pytest.raises(ValueError, match="257 tokens already, vocab_size is 256"):
        BPETokenizer.train("a", 256, ["<|endoftext|>"])


def test_special_tokens_come_only_where_they_are_allowed():
    text, end = "one<|endoftext|>two", TOKENIZER.special_tokens["<|endoftext|>"]
    assert end not in TOKENIZER.encode(text) and TOKENIZER.decode(TOKENIZER.encode(text)) == text
    for allowed in ("all", ["<|endoftext|>"], {"<|endoftext|>"}):
        ids = TOKENIZER.encode(text, allowed_special=allowed)
        assert ids == [*TOKENIZER.encode("one"), end, *TOKENIZER.encode("two")] and TOKENIZER.decode(ids) == text
    assert end not in TOKENIZER.encode(text, allowed_special=["<|pad|>"])
    with pytest.raises(ValueError, match="'<|x|>' is no special token"):
        TOKENIZER.encode(text, allowed_special=["<|x|>"])


@pytest.mark.parametrize("ids", [[-1], [TOKENIZER.vocab_size], [0, 10**9]])
def test_numbers_outside_the_vocabulary_are_named(ids):
    with pytest.raises(ValueError, match=f"token {ids[-1]} at place {len(ids) - 1}"):
        TOKENIZER.decode(ids)


def test_ids_come_as_lists_arrays_and_tensors():
    ids = TOKENIZER.encode("the cat")
    assert TOKENIZER.decode(np.array(ids)) == TOKENIZER.decode(tensor(ids)) == "the cat"
    with pytest.raises(TypeError, match=r"^decode: token 1\.5 at place 1 is no whole number$"):
        TOKENIZER.decode([1, 1.5])
    with pytest.raises(TypeError, match=r"token \[1, 2\] at place 0 is no whole number; decode one row at a time$"):
        TOKENIZER.decode(np.array([[1, 2]]))


@pytest.mark.parametrize(
    ("names", "why"),
    [
        ("<|endoftext|>", r"expected a list of names, got '<\|endoftext\|>'; write \['<\|endoftext\|>'\]"),
        (["<a>", "<b>", "<a>"], "'<a>' is given twice"),
        (["<a>", ""], "'' is empty"),
        ({"": 256}, "'' is empty"),
    ],
)
def test_names_of_special_tokens_are_refused_by_name(names, why, tmp_path):
    with pytest.raises(ValueError, match=f"^special tokens: {why}$"):
        BPETokenizer([], special_tokens=names)
    with pytest.raises(ValueError, match=why):
        BPETokenizer.train("a text", 300, names)
    if not isinstance(names, dict):
        files = tmp_path / "vocab.bpe", tmp_path / "encoder.json"
        files[0].write_text("h e\n", encoding="utf-8")
        ids = [*sorted(byte_names()), "he", "<a>", "<b>", "<|endoftext|>"]
        files[1].write_text(json.dumps({name: i for i, name in enumerate(ids)}), encoding="utf-8")
        with pytest.raises(ValueError, match=why):
            BPETokenizer.from_gpt2(*files, special_tokens=names)


def test_allowed_special_tokens_are_a_list_of_names():
    with pytest.raises(ValueError, match=r"^special tokens: expected a list of names, got '<\|endoftext\|>'"):
        TOKENIZER.encode("a", allowed_special="<|endoftext|>")


def test_a_file_brings_back_the_same_tokenizer(tmp_path):
    path = tmp_path / "tokenizer.json"
    TOKENIZER.save(path)
    first = path.read_bytes()
    again = BPETokenizer.load(path)
    assert again.vocab == TOKENIZER.vocab and again.special_tokens == TOKENIZER.special_tokens
    assert again.encode(ENGLISH) == TOKENIZER.encode(ENGLISH)
    again.save(path)
    assert path.read_bytes() == first and [p.name for p in tmp_path.iterdir()] == ["tokenizer.json"]


def damaged(change) -> str:
    """The saved file after `change` has been made to its content."""
    content = {
        "format": tokenization.FORMAT,
        "merges": [f"{name_of(a)} {name_of(b)}" for a, b in TOKENIZER.merges],
        "vocab": {name_of(piece): i for piece, i in TOKENIZER.vocab.items()},
        "special_tokens": TOKENIZER.special_tokens,
    }
    change(content)
    return json.dumps(content)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "Expecting value"),
        ("[1]", "not a tokenizer"),
        ("{" * 100_000, "not a tokenizer"),
        ('{"format": "other"}', "its format is 'other'"),
        (damaged(lambda c: c.pop("merges")), "merges"),
        (damaged(lambda c: c["merges"].append("a")), "expected two pieces"),
        (damaged(lambda c: c["merges"].append("a \n")), "not how a file names a piece"),
        (damaged(lambda c: c["vocab"].update(a="x")), "not a tokenizer"),
        (damaged(lambda c: c["vocab"].update(a=1.5)), "not a tokenizer"),
        (damaged(lambda c: c["vocab"].update(a=98)), "each once"),
        (damaged(lambda c: c["vocab"].pop("a")), "each once"),
    ],
)
def test_a_damaged_file_gives_one_clear_error(text, why, tmp_path):
    path = tmp_path / "tokenizer.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=why):
        BPETokenizer.load(path)


def test_gpt2_files(tmp_path):
    merges = ["Ġ t", "h e", "Ġt he", "i n", "Ċ Ċ"]
    (tmp_path / "vocab.bpe").write_text("#version: 0.2\n" + "\n".join(merges) + "\n", encoding="utf-8")
    order = sorted(byte_names()) + ["Ġt", "he", "Ġthe", "in", "ĊĊ"]
    ids = {name: i for i, name in enumerate([*order, "<|endoftext|>"])}
    (tmp_path / "encoder.json").write_text(json.dumps(ids), encoding="utf-8")
    for files in (["vocab.bpe"], ["vocab.bpe", "encoder.json"]):
        tokenizer = BPETokenizer.from_gpt2(*(tmp_path / name for name in files))
        # GPT-2's published vocabulary begins with "!" as 0 and "a" as 64; "Ġt" is 256 there too
        assert tokenizer.encode("!") == [0] and tokenizer.encode("a") == [64]
        assert tokenizer.encode(" the thin\n\n") == [258, 256, 71, 259, 260]
        assert tokenizer.special_tokens == {"<|endoftext|>": 261}
        assert tokenizer.decode([258, 261]) == " the<|endoftext|>"


def test_names_of_pieces_go_both_ways():
    for piece in [bytes(range(256)), b"\n", b" the"]:
        assert piece_of(name_of(piece)) == piece
    with pytest.raises(ValueError, match="names a piece"):
        piece_of("\u2603")


def test_words_are_cut_as_by_the_published_pattern():
    regex = pytest.importorskip("regex", reason="comes with the conformance extra")
    published = regex.compile(r"""'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+""")
    assigned = [chr(c) for c in range(sys.maxunicode + 1) if unicodedata.category(chr(c)) != "Cn"]
    assert [split(c + "a1") for c in assigned] == [published.findall(c + "a1") for c in assigned]
    random.seed(1)
    for _ in range(300):
        text = "".join(random.choices([*" \n\t'stremdlv19,.", *random.choices(assigned, k=20)], k=60))
        assert split(text) == published.findall(text)


def test_tokens_are_those_of_tiktoken_for_the_same_merges():
    tiktoken = pytest.importorskip("tiktoken", reason="comes with the conformance extra")
    pattern = r"""'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"""
    theirs = tiktoken.Encoding(
        "ours", pat_str=pattern, mergeable_ranks=TOKENIZER.vocab, special_tokens=TOKENIZER.special_tokens
    )
    for text in [ENGLISH, "they're naïve; 日本語 and x**2 == 1000", "<|endoftext|>", "a" * 3000, "   \n\n x"]:
        assert TOKENIZER.encode(text) == theirs.encode(text, disallowed_special=())
        assert TOKENIZER.encode(text, "all") == theirs.encode(text, allowed_special="all")


def test_counting_words():
    assert count_words("the cat the") == {
        (b"t", b"h", b"e"): 1,
        (b" ", b"c", b"a", b"t"): 1,
        (b" ", b"t", b"h", b"e"): 1,
    }
