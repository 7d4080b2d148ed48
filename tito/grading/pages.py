"""Make nbgrader's feedback page stand alone: nothing from the network, formulas as pictures, results at a glance."""

import base64
import functools
import html
import io
import re

_STYLE = """\
<style>
summary { display: list-item; cursor: pointer; color: #337ab7; }
.anchor-link { display: none; }
div.output_area img, div.output_area svg { max-width: 100%; height: auto; }
div.input_area, div.highlight pre { overflow-x: auto; }
div.output_area pre { white-space: pre-wrap; overflow-wrap: anywhere; }
#toc li.lost, #toc li.lost a { color: #a94442; font-weight: bold; }
span.formula { display: block; text-align: center; margin: .8em 0; }
</style>
</head>"""
_ENTRY = re.compile(r'<li><a href="#([^"]+)">(Test cell|Task|[A-Z][\w -]+)</a> \(Score: ([\d.]+) / ([\d.]+)\)')
_PANEL = re.compile(
    r'(<div class="panel )panel-primary( nbgrader_cell">(?:(?!panel-primary).){0,400}?Score: ([\d.]+) / ([\d.]+))', re.S
)
_APART = re.compile(r"(<(?:pre|code|script|style|title)\b.*?</(?:pre|code|script|style|title)>|<[^>]*>)", re.S)
_FORMULA = re.compile(r"\$\$(.+?)\$\$|(?<![\\$\w])\$(?!\s)([^$\n]+?)(?<!\s)\$(?![\w$])", re.S)


def mend(text: str, title: str) -> str:
    """The page with its title, its checks by name, and no script or address outside of it."""
    text = re.sub(r"<script\b.*?</script>", "", text, flags=re.S)
    text = re.sub(r"<title>.*?</title>", lambda m: f"<title>{html.escape(title)}</title>", text, count=1, flags=re.S)
    text = re.sub(r"<h4>[^<]*?(\(Score:[^<]*\))", lambda m: f"<h4>{html.escape(title)} {m[1]}", text, count=1)
    text = _ENTRY.sub(_entry, text)
    text = _PANEL.sub(_panel, text)
    return _with_formulas(text.replace("</head>", _STYLE, 1))


def _entry(match: re.Match) -> str:
    name, kind, score, most = match.groups()
    lost = ' class="lost"' if float(score) < float(most) else ""
    word = name if kind == "Test cell" else f"{kind} {name}"
    return f'<li{lost}><a href="#{name}">{word}</a> (Score: {score} / {most})'


def _panel(match: re.Match) -> str:
    colour = "panel-success" if float(match[3]) >= float(match[4]) else "panel-danger"
    return match[1] + colour + match[2]


def _with_formulas(text: str) -> str:
    """The formulas of the prose as pictures; a formula may not stretch over a tag."""
    parts = _APART.split(text)
    return "".join(p if i % 2 else _FORMULA.sub(_formula, p) for i, p in enumerate(parts))


def _formula(match: re.Match) -> str:
    tex = " ".join(html.unescape(match[1] or match[2]).split())
    picture = _picture(tex)
    if not picture:
        return match[0]
    return f'<span class="formula">{picture}</span>' if match[1] else picture


@functools.cache
def _picture(tex: str) -> str:
    """An <img> of a formula, standing on the line of the text; "" where Matplotlib cannot set it."""
    from matplotlib import mathtext
    from matplotlib.font_manager import FontProperties

    file, font = io.BytesIO(), FontProperties(size=13, math_fontfamily="cm")
    known = re.sub(r"\\text\s*\{", r"\\mathrm{", tex)
    known = re.sub(r"\\mathrm\{([^{}]*)\}", lambda m: r"\mathrm{" + m[1].replace(" ", r"\ ") + "}", known)
    try:
        depth = mathtext.math_to_image(f"${known.strip('. ')}$", file, prop=font, dpi=72, format="svg")
    except (ValueError, RuntimeError):
        return ""
    data = base64.b64encode(file.getvalue()).decode()
    alt = html.escape(tex, quote=True)
    return f'<img alt="{alt}" style="vertical-align: {-float(depth):.1f}px" src="data:image/svg+xml;base64,{data}">'
