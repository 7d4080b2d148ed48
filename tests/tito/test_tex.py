"""Formulas as a terminal shows them."""

import re
from pathlib import Path

import pytest

from tito import notebooks, tex
from tito.course import Course

MODULES = Course(Path(__file__).parents[2]).modules


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$A_{ik}$ is `rows[i][k]`", "A_ik is `rows[i][k]`"),
        (r"the axes $i+1, i+2, \dots$; an empty", "the axes i+1, i+2, …; an empty"),
        (r"$\mathrm{var}(x) = \frac{1}{n - c} \sum_i (x_i - \bar x)^2$", "var(x) = 1 / (n - c) Σ_i (x_i - x̄)²"),
        ("$e^{-|x|}$ and $x^{10}$ and $x^{a b}$", "e^(-|x|) and x¹⁰ and x^(a b)"),
        (r"$e^{x_i - m} / \sum_j e^{x_j}$", "e^(x_i - m) / Σ_j e^(x_j)"),
        (r"$\frac{f(x + h) - f(x)}{2h}$", "(f(x + h) - f(x)) / (2h)"),
        (r"$\tfrac{1}{2}(1 + \mathrm{erf}\frac{x}{\sqrt{2}})$", "1/2 (1 + erf x/√2)"),
        (r"$b = \sqrt{3}\,\sigma$, $\sqrt{2/n}$", "b = √3 σ, √(2/n)"),
        (r"$\log(a / b) = \log a - \log b$", "log(a / b) = log a - log b"),
        (r"$\alpha\beta \ge 0 \le \infty \times y^\top$", "α β ≥ 0 ≤ ∞ × yᵀ"),
        (r"$$\left(x\right) \cdot \hat{y}$$", "(x) · ŷ"),
        (r"$\text{in\_features}$ of $\{1, 2\}$", "in_features of {1, 2}"),
        (r"$x = \unknown{3} \other$", "x = 3 other"),
        ("`$x$` and ```\n$y_{i}$\n``` stay", "`$x$` and ```\n$y_{i}$\n``` stay"),
        ("it costs $5 or $6", "it costs $5 or $6"),
        (r"$w \leftarrow w - 10^{-6}$, $1 - \beta_2^t$", "w ← w - 10⁻⁶, 1 - β₂ᵗ"),
        (r"broken: $\frac{1$, $x^$, $_$, ${$, $\sqrt$, $}$", None),
    ],
)
def test_a_formula_becomes_readable(text, expected):
    shown = tex.readable(text)
    assert expected is None or shown.replace("x\u0304", "x̄").replace("y\u0302", "ŷ") == expected


@pytest.mark.parametrize("module", MODULES, ids=[m.slug for m in MODULES])
def test_the_hints_of_the_course_hold_no_tex(module):
    notebook = notebooks.from_source(module.path.read_text(encoding="utf-8"), module.slug)
    hints = [hint for exercise in notebooks.exercises(notebook) for hint in exercise.hints]
    assert hints
    for hint in hints:
        prose = re.sub(r"(?s)```.*?```|`[^`]*`", "", tex.readable(hint))
        assert not re.search(r"\$|\\\w", prose), prose
