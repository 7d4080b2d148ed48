"""einsum: sums of products, written as letters for axes; composed of permute, reshape and one matmul for each pair."""

import math

from tinytorch.core import tensor as core
from tinytorch.core.tensor import Tensor


def einsum(equation: str, *operands: Tensor) -> Tensor:
    """The sum, over all letters that are not in the output, of the products of the operands' elements.

    equation: a letter for each axis of each operand, "..." for any number of them, as in "bij,bjk->bik"; without "->",
    the letters that occur once, in the order of the alphabet, are the output.
    """
    if len(operands) == 1 and isinstance(operands[0], (list, tuple)):
        operands = tuple(operands[0])
    inputs, output = _parsed(equation.replace(" ", ""), [t.ndim for t in operands])
    terms = [_diagonal(t, names) for t, names in zip(operands, inputs, strict=True)]
    terms = _squeezed(equation, terms)
    for i in range(1, len(terms)):
        later = {name for _, names in terms[i + 1 :] for name in names}
        terms[i] = _product(terms[i - 1], terms[i], {*output, *later})
    t, names = _summed(terms[-1], set(output))
    return core.permute(t, *(names.index(name) for name in output)) if output else t


def _parsed(equation: str, axes: list[int]) -> tuple[list[list[str]], list[str]]:
    """The names of each operand's axes, and those of the output; "..." stands for axes -1, -2, … from the last."""
    left, arrow, right = equation.partition("->")
    terms = left.split(",")
    if len(terms) != len(axes):
        raise RuntimeError(f"einsum: {equation!r} names {len(terms)} operands, got {len(axes)}")
    inputs = [_names(equation, term, ndim) for term, ndim in zip(terms, axes, strict=True)]
    every = [name for names in inputs for name in names]
    dots = sorted({name for name in every if name.startswith("-")}, key=int)
    if arrow:
        output = _names(equation, right, len(right.replace("...", "")) + len(dots) * ("..." in right))
    else:
        output = dots + sorted(name for name in set(every) if name.isalpha() and every.count(name) == 1)
    unknown = [name for name in output if name not in every or output.count(name) > 1]
    if unknown:
        raise RuntimeError(
            f"einsum: {unknown[0]!r} of the output of {equation!r} is in no operand, or twice in the output"
        )
    return inputs, output


def _names(equation: str, term: str, ndim: int) -> list[str]:
    before, dots, after = term.partition("...")
    more = ndim - len(before) - len(after)
    if more < 0 or (more and not dots) or not all(c.isalpha() for c in before + after):
        raise RuntimeError(f"einsum: {term!r} of {equation!r} does not name the axes of a tensor that has {ndim}")
    return [*before, *(str(i) for i in range(-more, 0)), *after]


def _diagonal(t: Tensor, names: list[str]) -> tuple[Tensor, list[str]]:
    """t with one axis for each name: where a name stands twice, only the elements with equal numbers."""
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is None:
        return t, names
    first, second = [d for d, name in enumerate(names) if name == twice][:2]
    if t.shape[first] != t.shape[second]:
        raise RuntimeError(f"einsum: {twice!r} is {t.shape[first]} and {t.shape[second]} long in one operand")
    rest = [d for d in range(t.ndim) if d not in (first, second)]
    index = core.arange(t.shape[first])
    return _diagonal(core.permute(t, first, second, *rest)[index, index], [twice, *(names[d] for d in rest)])


def _squeezed(equation: str, terms: list) -> list[tuple[Tensor, list[str]]]:
    """The terms without the axes of length 1 that another term has longer: they are repeated, that is, left away."""
    sizes = {}
    for t, names in terms:
        for name, n in zip(names, t.shape, strict=True):
            if n != 1 and sizes.setdefault(name, n) != n:
                raise RuntimeError(
                    f"einsum: {name!r} of {equation!r} is {sizes[name]} long in one operand, {n} in another"
                )
    kept = [[name for name, n in zip(names, t.shape, strict=True) if n == sizes.get(name, 1)] for t, names in terms]
    shapes = [[n for name, n in zip(names, t.shape, strict=True) if n == sizes.get(name, 1)] for t, names in terms]
    return [(core.reshape(t, tuple(shape)), names) for (t, _), names, shape in zip(terms, kept, shapes, strict=True)]


def _summed(term: tuple[Tensor, list[str]], kept: set[str]) -> tuple[Tensor, list[str]]:
    """The term summed over all axes but those that are kept."""
    t, names = term
    dims = tuple(d for d, name in enumerate(names) if name not in kept)
    return (core.sum_(t, dims) if dims else t), [name for name in names if name in kept]


def _product(a: tuple[Tensor, list[str]], b: tuple[Tensor, list[str]], kept: set[str]) -> tuple[Tensor, list[str]]:
    """The product of two terms, summed over what they share and is not kept: one matrix product."""
    (a, a_names), (b, b_names) = _summed(a, kept | set(b[1])), _summed(b, kept | set(a[1]))
    size = dict(zip(a_names + b_names, a.shape + b.shape, strict=True))
    batch = [name for name in a_names if name in b_names and name in kept]
    inner = [name for name in a_names if name in b_names and name not in kept]
    left, right = ([name for name in names if name not in (*batch, *inner)] for names in (a_names, b_names))
    rows = _grouped(a, a_names, size, batch, left, inner)
    columns = _grouped(b, b_names, size, batch, inner, right)
    names = batch + left + right
    return core.reshape(rows @ columns, tuple(size[name] for name in names)), names


def _grouped(t: Tensor, names: list[str], size: dict, batch: list, first: list, second: list) -> Tensor:
    """t as a batch of matrices, whose rows and columns are groups of its axes."""
    order = core.permute(t, *(names.index(name) for name in (*batch, *first, *second))) if names else t
    groups = (math.prod(size[name] for name in group) for group in (first, second))
    return core.reshape(order, (*(size[name] for name in batch), *groups))
