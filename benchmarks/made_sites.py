"""Clean articles -> pages of a web site: the article in a frame of menus, notices, lists, comments.

Six layouts, from well marked to bare tables, and six ways to name a picture; both by a hash of the
page's name. What stands around an article is the text of other articles, so that words alone do
not tell it apart.
"""

import hashlib
import html
import re
from collections.abc import Sequence
from dataclasses import dataclass

_IMG = re.compile(r'<img src="([^"]+)"([^>]*)>')
_BLANK = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"


@dataclass(frozen=True)
class Article:
    """A clean page: its name, its title, the markup of its body, and some of its sentences."""

    name: str
    title: str
    body: str
    sentences: tuple[str, ...]


def made_page(article: Article, others: Sequence[Article]) -> str:
    """Return the page of an article, framed with parts of the others."""
    seed = _seed(article.name)
    layout = _LAYOUTS[seed % len(_LAYOUTS)]
    count = iter(range(10_000))
    body = _IMG.sub(lambda found: _picture(found, seed // 7 + next(count)), article.body)
    near = [others[(seed + step * 31) % len(others)] for step in range(12)]
    head = (
        f'<head><meta charset="utf-8"><title>{html.escape(article.title)} | The Site</title></head>'
    )
    return f"<!DOCTYPE html><html>{head}{layout(body, near)}</html>"


def plain_page(article: Article) -> str:
    """Return the page of an article with nothing around it."""
    head = f"<head><title>{html.escape(article.title)}</title></head>"
    return f"<!DOCTYPE html><html>{head}<body><article>{article.body}</article></body></html>"


def stem(address: str) -> str:
    """Return what all addresses of one picture share."""
    return re.sub(r"(?:-(?:320|640|1280))?(?:\.[a-z]+)?$", "", address.rpartition("/")[2])


def _seed(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big")


def _picture(found: re.Match[str], choice: int) -> str:
    """Write an ``<img>`` in one of six ways; the largest version ends in ``-1280``."""
    place, end = "https://cdn.example/" + found.group(1).rpartition(".")[0], found.group(2)
    full, small = f"{place}-1280.jpg", f"{place}-320.jpg"
    sizes = f"{small} 320w, {place}-640.jpg 640w, {full} 1280w"
    return (
        f'<img src="{full}"{end}>',
        f'<img src="{_BLANK}" data-src="{full}"{end}>',
        f'<img src="{small}" srcset="{sizes}"{end}>',
        f'<picture><source type="image/webp" srcset="{sizes.replace(".jpg", ".webp")}">'
        f'<img src="{small}" srcset="{sizes}"{end}></picture>',
        f'<img class="lazy" src="{_BLANK}"{end}><noscript><img src="{full}"{end}></noscript>',
        f'<img src="/static/spacer.gif" data-original="{full}"{end}>',
    )[choice % 6]


def _links(near: Sequence[Article]) -> str:
    return "".join(f'<li><a href="/{a.name}">{html.escape(a.title)}</a></li>' for a in near)


def _teasers(near: Sequence[Article]) -> str:
    return "".join(
        f'<div><a href="/{a.name}"><img src="https://cdn.example/thumbs/{a.name}.jpg" alt="">'
        f"{html.escape(a.title)}</a> <span>{html.escape(a.sentences[0][:60])}...</span></div>"
        for a in near[:4]
    )


def _comments(near: Sequence[Article]) -> str:
    return "".join(
        f"<li><b>Reader {n}</b> <p>{html.escape(' '.join(a.sentences[1:3]))}</p></li>"
        for n, a in enumerate(near[:5])
    )


_MENU = "".join(
    f'<li><a href="/{name.lower()}">{name}</a></li>'
    for name in ("Home", "News", "Travel", "Food", "Science", "Archive", "About us", "Contact")
)
_COOKIE = (
    "<p>We and our partners use cookies to store data on your device and to show content that "
    "fits your interests. You can change your choice at any time.</p><button>Accept</button>"
)
_SHARE = "".join(
    f'<a href="https://{s}.example/share">{s}</a> ' for s in ("Chirp", "Pinup", "Mail")
)
_LEGAL = (
    "<p>Copyright 2026 The Site. All rights reserved. No part of this page may be copied without "
    'the written consent of its publisher.</p><a href="/terms">Terms</a> <a href="/privacy">Privacy</a>'
)
_LETTER = (
    '<p>Get our best stories in your inbox every week.</p><input name="mail"><button>Go</button>'
)
_PIXEL = '<img src="https://count.example/p.gif" width="1" height="1" alt="">'
_LOGO = '<a href="/"><img src="https://cdn.example/static/logo.png" alt="The Site"></a>'


def _semantic(body: str, near: Sequence[Article]) -> str:
    return (
        f"<body><header>{_LOGO}<nav><ul>{_MENU}</ul></nav></header><main><article>{body}</article>"
        f'<div class="share-bar">{_SHARE}</div><section id="comments"><h2>Comments</h2><ul>'
        f"{_comments(near)}</ul></section></main><aside><h2>Related</h2>{_teasers(near)}</aside>"
        f'<footer>{_LEGAL}</footer><div id="cookie-banner">{_COOKIE}</div>{_PIXEL}</body>'
    )


def _blog(body: str, near: Sequence[Article]) -> str:
    return (
        f'<body class="single has-sidebar"><div id="page"><div id="masthead">{_LOGO}<ul>{_MENU}'
        f'</ul></div><div id="primary"><article class="post comments-open"><div class="entry-content">'
        f'{body}<div class="sharedaddy">{_SHARE}</div></div></article><div class="related-posts">'
        f'<h3>You may also like</h3>{_teasers(near)}</div><div class="comments-area"><h3>Comments</h3>'
        f'<ol>{_comments(near)}</ol></div></div><div id="secondary" class="widget-area"><h3>Recent</h3>'
        f'<ul>{_links(near)}</ul><form>{_LETTER}</form></div></div><div class="site-footer">{_LEGAL}'
        f'</div><div class="gdpr-consent">{_COOKIE}</div></body>'
    )


def _boxes(body: str, near: Sequence[Article]) -> str:
    return (
        f'<body><div class="b1">{_LOGO}<div class="b2"><ul>{_MENU}</ul></div></div><div class="b3">'
        f'<div class="b4">{body}<div class="b5">{_SHARE}</div></div><div class="b6"><h4>More</h4><ul>'
        f'{_links(near)}</ul></div></div><div class="b7"><h4>What you said</h4><ul>{_comments(near)}'
        f'</ul></div><div class="b8">{_LEGAL}</div><div class="b9">{_COOKIE}</div>{_PIXEL}</body>'
    )


def _table(body: str, near: Sequence[Article]) -> str:
    return (
        f'<body><table><tr><td colspan="2">{_LOGO}</td></tr><tr><td><ul>{_MENU}</ul><br><b>More</b>'
        f"<ul>{_links(near)}</ul></td><td>{body}<hr><center>{_SHARE}</center></td></tr><tr>"
        f'<td colspan="2">{_LEGAL}</td></tr></table>{_PIXEL}</body>'
    )


def _one_form(body: str, near: Sequence[Article]) -> str:
    return (
        f'<body><form id="aspnetForm"><div role="navigation"><ul>{_MENU}</ul></div>'
        f'<div id="ctl00_content">{body}</div><div role="complementary">{_teasers(near)}</div>'
        f'<div role="contentinfo">{_LEGAL}</div></form></body>'
    )


def _app(body: str, near: Sequence[Article]) -> str:
    return (
        f'<body><div id="root"><div role="banner">{_LOGO}<ul>{_MENU}</ul></div><div><div '
        f'itemprop="articleBody">{body}</div><div class="newsletter-signup">{_LETTER}</div><div '
        f'class="css-1x"><h3>Recommended</h3>{_teasers(near)}</div></div><div style="display:none">'
        f'{_COOKIE}</div><div class="css-2y">{_LEGAL}</div></div></body>'
    )


_LAYOUTS = (_semantic, _blog, _boxes, _table, _one_form, _app)
