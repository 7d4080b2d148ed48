"""A page that stands alone: one file, no script, nothing from the network, for the screen and for paper."""

import base64
import hashlib

from tito.grading import markup

_STYLE = """\
:root { --ink: #1d232b; --soft: #5b6673; --paper: #fff; --line: #d8dee5; --code: #f6f8fa; --link: #0b57d0;
  --good: #1a7f37; --bad: #b42318; --bad-paper: #fdf3f2; --note: #fff8e5; --note-line: #e0b84c;
  --word: #8250a8; --string: #0a6640; --number: #0550ae; --comment: #6a737d; --name: #0550ae; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e3e8ee; --soft: #9aa7b5; --paper: #14181d; --line: #333c46; --code: #1c2229; --link: #8ab4f8;
    --good: #57c274; --bad: #ff8a7e; --bad-paper: #2b1b1b; --note: #2a2415; --note-line: #8f7430;
    --word: #c9a2f2; --string: #8fd6a8; --number: #8ab8ff; --comment: #8b96a3; --name: #8ab8ff; }
  img.tex { filter: invert(1) hue-rotate(180deg); }
  .output img { background: #fff; }
}
* { box-sizing: border-box; }
html { color-scheme: light dark; -webkit-text-size-adjust: 100%; }
body { margin: 0 auto; padding: 2.5rem 1.25rem 4rem; max-width: 50rem; color: var(--ink); background: var(--paper);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
h1 { margin: 0; font-size: 1.75rem; line-height: 1.2; }
h2 { margin: 2.6rem 0 .6rem; padding-bottom: .25rem; border-bottom: 1px solid var(--line); font-size: 1.2rem; }
h3 { margin: 1.6rem 0 .4rem; font-size: 1rem; }
p, ul, ol { margin: .5rem 0; }
a { color: var(--link); }
table { border-collapse: collapse; width: 100%; }
th, td { padding: .3rem .5rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
th { font-weight: 600; color: var(--soft); font-size: .875rem; }
td.number, th.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
td.mark, th.mark { width: 1.5rem; text-align: center; }
tfoot td { font-weight: 600; border-bottom: 0; }
pre, code { font-family: ui-monospace, SFMono-Regular, "DejaVu Sans Mono", Menlo, Consolas, monospace; }
code { font-size: .9em; overflow-wrap: anywhere; }
pre { margin: .5rem 0; padding: .7rem .9rem; overflow-x: auto; background: var(--code); border-radius: 6px;
  font-size: 13.5px; line-height: 1.45; tab-size: 4; }
pre code { font-size: inherit; overflow-wrap: normal; }
pre.wrap { white-space: pre-wrap; overflow-wrap: anywhere; }
.over { margin: 0 0 .2rem; color: var(--soft); font-size: .9rem; }
.score { margin: 1.2rem 0 0; font-size: 1.05rem; }
.score b { font-size: 2rem; font-variant-numeric: tabular-nums; }
.soft { color: var(--soft); font-size: .9rem; }
.good { color: var(--good); } .bad { color: var(--bad); }
.notes { margin: 1.4rem 0; padding: .6rem 1rem; background: var(--note); border-left: 4px solid var(--note-line);
  border-radius: 0 6px 6px 0; overflow-wrap: anywhere; }
.notes ul { margin: 0; padding-left: 1.1rem; white-space: normal; } .notes li { white-space: pre-line; }
.check { margin: .6rem 0; padding: .1rem 0 .1rem .9rem; border-left: 4px solid var(--good); }
.check.lost { border-color: var(--bad); }
.check.part { border-color: var(--note-line); }
.check header > span:first-child, h2, h3, td { overflow-wrap: anywhere; }
.check header { display: flex; gap: .6rem; justify-content: space-between; }
.check header > span:last-child { white-space: nowrap; font-variant-numeric: tabular-nums; color: var(--soft); }
.check pre { background: var(--bad-paper); }
.reason { margin: 1.4rem 0; padding: .8rem 1rem; background: var(--bad-paper); border-left: 4px solid var(--bad);
  border-radius: 0 6px 6px 0; }
.comment { margin: .8rem 0; padding: .5rem 1rem; border: 1px solid var(--line); border-radius: 6px; }
.comment { overflow-wrap: anywhere; overflow-x: auto; }
.comment p:first-child { margin-top: 0; }
blockquote { margin: .5rem 0 .5rem 1rem; } ul, ol { padding-left: 1.4rem; }
blockquote blockquote blockquote, li li li li li li { margin-left: 0; list-style-position: inside; }
li li li li li ul, li li li li li ol { padding-left: 0; }
.output { margin: .5rem 0; }
.output img { display: block; max-width: 100%; height: auto; margin: .5rem 0; border-radius: 4px; }
details { margin: .4rem 0; }
summary { cursor: pointer; color: var(--link); font-size: .9rem; }
span.formula { display: block; text-align: center; margin: .8em 0; }
footer { margin-top: 3rem; padding-top: .6rem; border-top: 1px solid var(--line); color: var(--soft); font-size: .8rem;
  overflow-wrap: anywhere; }
.k, .kn, .kc, .kd, .kr, .kt, .ow { color: var(--word); }
.s, .s1, .s2, .sd, .sa, .si, .se, .sb, .sh, .sx, .sr { color: var(--string); }
.mi, .mf, .mh, .mo, .mb, .il { color: var(--number); }
.c, .c1, .cm, .ch { color: var(--comment); font-style: italic; }
.nf, .nc, .fm { color: var(--name); font-weight: 600; }
.nd, .nb, .bp { color: var(--name); }
@page { margin: 18mm 16mm; }
@media print {
  :root { --ink: #000; --soft: #444; --paper: #fff; --line: #bbb; --code: #f6f6f6; --bad-paper: #f6f6f6;
    --note: #f6f6f6; --word: #000; --string: #000; --number: #000; --comment: #444; --name: #000; --link: #000; }
  img.tex { filter: none; }
  body { max-width: none; padding: 0; font-size: 10.5pt; }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; font-size: 9pt; }
  h2, h3 { break-after: avoid; } .check, .output img, tr { break-inside: avoid; }
}
"""
STYLE = _STYLE + "".join(f"img.d{n} {{ vertical-align: -{n}px; }}\n" for n in range(41))


def policy(style: str = STYLE) -> str:
    """What the browser may do with the page: show it in this style, with the pictures that it holds itself."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    rules = f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
    return rules


def document(title: str, body: str) -> str:
    """The whole page; `title` is plain text, `body` HTML that is clean already."""
    return f"""\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy()}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>{markup.text(title)}</title>
<style>{STYLE}</style>
</head>
<body>
{body}
</body>
</html>
"""
