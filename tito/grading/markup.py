"""What students wrote, made harmless for a browser: text, code, Markdown, formulas, pictures.

Everything that a page shows of a student goes through here. Nothing that comes out holds a script, an address
outside of the page, or a character that one cannot see.
"""

import base64
import binascii
import functools
import html
import io
import re

from tito.visible import visible

LONGEST_CODE = 100_000  # characters that are highlighted; what is longer is shown plain
LONGEST_FORMULA = 400
PIXELS = 16_000_000  # of a picture
PICTURES = {"png": b"\x89PNG\r\n\x1a\n", "jpeg": b"\xff\xd8\xff"}
_TAGS = "p br hr em strong del s sub sup code pre blockquote ul ol li h1 h2 h3 h4 h5 h6 table thead tbody tr th td "
_TAGS += "details summary div span"
_APART = re.compile(r"(<(?:pre|code)\b.*?</(?:pre|code)>|<[^>]*>)", re.S)
_FORMULA = re.compile(r"\$\$(.+?)\$\$|(?<![\\$\w])\$(?!\s)([^$\n]+?)(?<!\s)\$(?![\w$])", re.S)


def text(raw: str) -> str:
    """Plain text as HTML."""
    return html.escape(visible(raw), quote=True)


def code(source: str) -> str:
    """Python source as HTML, each kind of word in a <span> with Pygments's class."""
    shown = visible(source).rstrip("\n")
    if len(shown) > LONGEST_CODE:
        return html.escape(shown)
    from pygments import highlight

    return highlight(shown, *_pygments()).rstrip("\n")


@functools.cache
def _pygments():
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import PythonLexer

    return PythonLexer(stripnl=False), HtmlFormatter(nowrap=True)


def markdown(source: str, links: bool = False, formulas: bool = True) -> str:
    """Markdown as HTML; formulas become pictures, and addresses links only where `links` says so.

    `links` is for what the course and the instructor wrote. Raw HTML is cleaned by the same rules.
    formulas: False leaves them as TeX between dollar signs.
    """
    import bleach
    import mistune

    render = mistune.create_markdown(escape=False, plugins=["strikethrough", "table"])
    tags = {*_TAGS.split(), *(["a"] if links else [])}
    made = render(_kept_apart(visible(source)))
    made = re.sub(r"(?is)<(script|style)\b.*?(</\1\s*>|$)", "", made)  # whose text nobody wants to read
    made = bleach.clean(made, tags=tags, attributes=_attributes, protocols={"http", "https", "mailto"}, strip=True)
    return _with_formulas(made.replace("&#36;", "$").replace("&#92;", "\\")) if formulas else made


def _kept_apart(source: str) -> str:
    """The source with the characters of its formulas safe from being read as Markdown."""
    parts = re.split(r"(```.*?```|`[^`\n]*`)", source, flags=re.S)
    return "".join(p if i % 2 else _FORMULA.sub(_entities, p) for i, p in enumerate(parts))


def _entities(match: re.Match) -> str:
    return "".join(f"&#{ord(c)};" if c in "\\*_[]<>`&~|#" else c for c in match[0].replace("\n", " "))


def _attributes(tag: str, name: str, value: str) -> bool:
    return tag == "a" and name in ("href", "title") or tag in ("th", "td") and name in ("colspan", "rowspan")


def _with_formulas(made: str) -> str:
    """The formulas of HTML that is clean as pictures; a formula may not stretch over a tag."""
    parts = _APART.split(made)
    return "".join(p if i % 2 else _FORMULA.sub(_formula, p) for i, p in enumerate(parts))


def _formula(match: re.Match) -> str:
    tex = " ".join(html.unescape(match[1] or match[2]).split())
    picture = _picture(tex) if len(tex) <= LONGEST_FORMULA else ""
    if not picture:
        return match[0]
    return f'<span class="formula">{picture}</span>' if match[1] else picture


@functools.lru_cache(4096)
def _picture(tex: str) -> str:
    """An <img> of a formula, standing on the line of the text (class d4: 4 px below); "" where it cannot be set."""
    from matplotlib import mathtext, rc_context
    from matplotlib.font_manager import FontProperties

    file, font = io.BytesIO(), FontProperties(size=13, math_fontfamily="cm")
    known = re.sub(r"\\text\s*\{", r"\\mathrm{", tex)
    known = re.sub(r"\\mathrm\{([^{}]*)\}", lambda m: r"\mathrm{" + m[1].replace(" ", r"\ ") + "}", known)
    try:
        with rc_context({"svg.hashsalt": "tito"}):
            depth = mathtext.math_to_image(f"${known.strip('. ')}$", file, prop=font, dpi=72, format="svg")
    except (ValueError, RuntimeError, RecursionError):
        return ""
    drawing = re.sub(rb"(?s)<metadata>.*?</metadata>", b"", file.getvalue())  # which holds the time
    alt = html.escape(tex, quote=True)
    source = f"data:image/svg+xml;base64,{as_base64(drawing)}"
    return f'<img class="tex d{min(round(float(depth)), 40)}" alt="{alt}" src="{source}">'


def picture(data: str | bytes) -> tuple[str, bytes] | None:
    """A PNG or JPEG drawn again from its pixels: its kind and bytes; None for anything else.

    data: the bytes, or their base64. What else stood in the file (text, trailing bytes, profiles) is gone.
    """
    from PIL import Image

    try:
        raw = base64.b64decode(data, validate=False) if isinstance(data, str) else data
        kind = next((k for k, magic in PICTURES.items() if raw.startswith(magic)), None)
        if kind is None:
            return None
        with Image.open(io.BytesIO(raw), formats=[kind]) as found:
            if found.width * found.height > PIXELS:
                return None
            drawn = found.convert("RGB" if kind == "jpeg" else "RGBA" if "A" in found.getbands() else "RGB")
        clean, file = Image.frombytes(drawn.mode, drawn.size, drawn.tobytes()), io.BytesIO()
        clean.save(file, kind, **({"quality": 90} if kind == "jpeg" else {"compress_level": 6}))
    except (OSError, ValueError, SyntaxError, binascii.Error, Image.DecompressionBombError, MemoryError):
        return None
    return kind, file.getvalue()


def image(data: str | bytes, alt: str) -> str:
    """An <img> of a PNG or JPEG, or a sentence in its place."""
    found = picture(data)
    if found is None:
        return '<p class="lost">A picture that is neither a PNG nor a JPEG was left out.</p>'
    return f'<img alt="{text(alt)}" src="data:image/{found[0]};base64,{as_base64(found[1])}">'


def as_base64(data: bytes) -> str:
    """The bytes as base64 text."""
    return base64.b64encode(data).decode()
