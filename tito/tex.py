"""Formulas in a terminal: the TeX between dollar signs, as far as plain characters can show it."""

import re

_SYMBOLS = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "varepsilon": "ε", "eta": "η",
    "theta": "θ", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "pi": "π", "rho": "ρ", "sigma": "σ",
    "tau": "τ", "phi": "φ", "varphi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω", "Delta": "Δ", "Sigma": "Σ",
    "Phi": "Φ", "Omega": "Ω", "Theta": "Θ", "nabla": "∇", "partial": "∂", "infty": "∞", "ell": "ℓ", "top": "T",
    "sum": "Σ", "prod": "∏", "int": "∫", "cdot": "·", "cdots": "⋯", "times": "×", "dots": "…", "ldots": "…",
    "le": "≤", "leq": "≤", "ge": "≥", "geq": "≥", "ne": "≠", "neq": "≠", "approx": "≈", "sim": "~", "pm": "±",
    "in": "∈", "to": "→", "rightarrow": "→", "leftarrow": "←", "gets": "←",
    "mapsto": "↦", "odot": "⊙", "otimes": "⊗", "circ": "∘", "equiv": "≡",
    "lfloor": "⌊", "rfloor": "⌋", "lceil": "⌈", "rceil": "⌉", "mid": "|", "lVert": "‖", "rVert": "‖", "forall": "∀",
    "quad": "  ", "left": "", "right": "", "displaystyle": "", "limits": "",
}  # fmt: skip
_OVER = {"bar": "\u0304", "overline": "\u0304", "hat": "\u0302", "tilde": "\u0303", "vec": "\u20d7", "dot": "\u0307"}
_ABOVE = dict(zip("0123456789ntT-", "⁰¹²³⁴⁵⁶⁷⁸⁹ⁿᵗᵀ⁻", strict=True))
_BELOW = dict(zip("0123456789", "₀₁₂₃₄₅₆₇₈₉", strict=True))
_TOKEN = re.compile(r"\\([A-Za-z]+|.)|([{}^_])|([^\\{}^_]+)", re.S)


def readable(text: str) -> str:
    """The text with each `$…$` and `$$…$$` made readable; code in backticks stays as it is."""
    parts = re.split(r"(```.*?```|`[^`\n]*`)", text, flags=re.S)
    return "".join(part if i % 2 else _formulas(part) for i, part in enumerate(parts))


def _formulas(text: str) -> str:
    pattern = r"\$\$(.+?)\$\$|\$(\S|\S[^$]*?\S)\$(?!\d)"
    return re.sub(pattern, lambda m: formula(m[1] or m[2]), text, flags=re.S)


def formula(tex: str) -> str:
    """One formula, without its dollar signs."""
    tokens = [next(group for group in match if group) for match in _tokens(tex)]
    return re.sub(r" +(?=[ ),])", "", _sequence(tokens, "")).strip()


def _tokens(tex: str) -> list[tuple]:
    """Commands with their backslash, braces and marks, and the text between."""
    return [("\\" + m[1] if m[1] else "", m[2], m[3]) for m in _TOKEN.finditer(tex)]


def _sequence(tokens: list[str], end: str) -> str:
    """What the tokens say up to `end`; they are used up."""
    said = ""
    while tokens:
        token = tokens.pop(0)
        if token == end:
            break
        piece = _said(token, tokens)
        apart = token.startswith("\\") and said[-1:].isalnum() and piece[:1].isalnum()
        said += f" {piece}" if apart else piece
    return said


def _said(token: str, tokens: list[str]) -> str:
    if token == "{":
        return _sequence(tokens, "}")
    if token == "}":
        return ""
    if token in "^_":
        return _raised(token, _argument(tokens).strip())
    return _command(token[1:], tokens) if token.startswith("\\") else token


def _raised(mark: str, what: str) -> str:
    signs = _ABOVE if mark == "^" else _BELOW
    if what and all(c in signs for c in what):
        return "".join(signs[c] for c in what)
    return mark + (what if re.fullmatch(r"[^\W_]+|[*'…]", what) else f"({what})")


def _command(name: str, tokens: list[str]) -> str:
    if name in ("frac", "tfrac", "dfrac"):
        above, below = _bracketed(_argument(tokens)), _bracketed(_argument(tokens))
        return f"{above} / {below} " if "(" in above + below else f"{above}/{below} "
    if name == "sqrt":
        return "√" + _bracketed(_argument(tokens))
    if name in _OVER:
        return _argument(tokens) + _OVER[name]
    if name in _SYMBOLS:
        return _SYMBOLS[name]
    if name.isalpha():
        return name if not tokens or tokens[0] != "{" else _argument(tokens)  # \log, \mathrm{var}
    return "\n" if name == "\\" else " " if name in ",;: " else "" if name == "!" else name


def _argument(tokens: list[str]) -> str:
    """A group in braces, a command, or one character."""
    if not tokens:
        return ""
    token = tokens.pop(0)
    if token[0] in "{}^_\\":
        return _said(token, tokens)
    text = token.lstrip()
    if text[1:]:
        tokens.insert(0, text[1:])
    return text[:1] if text else _argument(tokens)


def _bracketed(text: str) -> str:
    text = text.strip()
    return text if re.fullmatch(r"√?(\d+|[a-z_]{3,}|\w[\u0300-\u036f]?)", text) else f"({text})"
