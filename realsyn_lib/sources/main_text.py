"""Blocks of a page -> which of its items are main text, and which only lie around it.

Nothing is learned and nothing drawn: every rule compares counts, each block is looked at a fixed
number of times, and no rule may take most of a page's prose.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from realsyn_lib.sources.page_parts import Part

MIN_PROSE_CHARS = 40  # of one paragraph outside links: shorter ones are labels, dates, buttons
_MIN_LINKS = 3  # of a list of links
_LIST_PAGE = 10  # times the letters of a page's prose in lists of links: the page is such a list
_LABEL_CHARS = 200  # what has a doubtful name, says less and holds no picture is a label

_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_LISTS = frozenset((
    "ul", "ol", "dl", "menu", "dir", "table", "tbody", "tr", "td", "div", "section", "aside",
    "center", "p",
))  # fmt: skip
_CONTAINERS = frozenset((
    "html", "body", "main", "article", "section", "div", "center", "table", "tbody", "tr", "td",
    "form", "fieldset", "details",
))  # fmt: skip


@dataclass(slots=True)
class Block:
    """A block element, in the order of start tags, and what lies in it outside its own blocks.

    Attributes:
        tag: its name.
        parent: its number in the list; -1 for the root.
        part: what it says it is.
        start: the first of the page's items inside it.
        end: one after the last.
        prose: letters of its paragraphs outside links, of those that are long enough.
        chars: letters of all its text.
        link_chars: those inside links to pages.
        links: such links that have text.
        leads: pictures outside such links, and headings of the first level.
        is_region: the page calls it its main part.
    """

    tag: str
    parent: int
    part: Part
    start: int
    end: int = 0
    prose: int = 0
    chars: int = 0
    link_chars: int = 0
    links: int = 0
    leads: int = 0
    is_region: bool = False


def prose_chars(chars: int, link_chars: int) -> int:
    """Return the letters of a paragraph that count as prose: 0 for labels and lists of links."""
    own = chars - link_chars
    return own if own >= MIN_PROSE_CHARS and own >= link_chars else 0


def main_items(blocks: Sequence[Block], item_count: int) -> bytearray:
    """Mark the items of a page that belong to its main text.

    Args:
        blocks: the page's block elements in the order of their start tags; the first is the root.
        item_count: images and paragraphs of the page.

    Returns:
        (item_count,) 1 for main text, else 0. Where nothing looks like main text, all but what
        stands in menus, footers and the site's header.
    """
    removed = _around(blocks)
    kept = _marked(blocks, item_count, _regions(blocks, removed), removed)
    if any(kept):
        return kept
    menus = [n for n, b in enumerate(blocks) if b.tag in ("nav", "footer", "header") and b.part]
    return _marked(blocks, item_count, [0], menus)


@dataclass(frozen=True, slots=True)
class _Sums:
    """The counts of each block with all that lies in it, removed blocks left out."""

    prose: list[int]
    chars: list[int]
    link_chars: list[int]
    links: list[int]
    leads: list[int]


def _sums(blocks: Sequence[Block], removed: Collection[int]) -> _Sums:
    prose = [block.prose for block in blocks]
    chars = [block.chars for block in blocks]
    link_chars = [block.link_chars for block in blocks]
    links = [block.links for block in blocks]
    leads = [block.leads for block in blocks]
    for n in range(len(blocks) - 1, 0, -1):
        if n not in removed:
            parent = blocks[n].parent
            prose[parent] += prose[n]
            chars[parent] += chars[n]
            link_chars[parent] += link_chars[n]
            links[parent] += links[n]
            leads[parent] += leads[n]
    return _Sums(prose, chars, link_chars, links, leads)


def _around(blocks: Sequence[Block]) -> set[int]:
    """Return the blocks that only lie around the main text.

    What is certain goes unless no prose is left without it; what is likely by its name, unless it
    holds more than half of what is left then. If all of that together holds three quarters, only
    what has no prose goes, unless the page tells its main part. Lists of links go where prose
    stands beside them: a page that is one is left as it is.
    """
    certain = {n for n, block in enumerate(blocks) if block.part == Part.CERTAIN}
    sums = _sums(blocks, certain)
    if certain and not sums.prose[0]:
        whole = _sums(blocks, ())
        if whole.prose[0]:
            certain, sums = set(), whole
    total = sums.prose[0]
    numbers = range(1, len(blocks))
    named = {n for n in numbers if _is_around(blocks[n], n, sums) and 2 * sums.prose[n] <= total}
    lists = {n for n in numbers if total and _is_list(blocks[n], n, sums)}
    left = _sums(blocks, certain | named)
    if lists:
        bare = _sums(blocks, certain | named | lists)
        if left.chars[0] - bare.chars[0] > _LIST_PAGE * total:
            lists = set()
    told = any(block.tag == "article" or _is_main(block) for block in blocks)
    if 4 * left.prose[0] < total and not (told and left.prose[0]):
        named = {n for n in named if not sums.prose[n]}
    return certain | named | lists


def _is_around(block: Block, n: int, sums: _Sums) -> bool:
    if block.part != Part.DOUBTFUL:
        return block.part >= Part.AROUND
    if sums.links[n] and 4 * sums.link_chars[n] >= sums.chars[n]:
        return True
    return not sums.prose[n] and not sums.leads[n] and sums.chars[n] < _LABEL_CHARS


def _is_list(block: Block, n: int, sums: _Sums) -> bool:
    if block.tag not in _LISTS or sums.links[n] < _MIN_LINKS or sums.prose[n] or sums.leads[n]:
        return False
    return 5 * sums.link_chars[n] >= 3 * sums.chars[n]


def _regions(blocks: Sequence[Block], removed: set[int]) -> list[int]:
    """Return the blocks that the main text lies in.

    Those that the page calls main, or else its articles, where they hold half of the prose; a
    single one, or the page, narrowed down to the container that nearly everything lies in.
    """
    sums = _sums(blocks, removed)
    for chosen in (
        [n for n, block in enumerate(blocks) if _is_main(block)],
        [n for n, block in enumerate(blocks) if block.tag == "article"],
    ):
        regions = _outermost(blocks, chosen, removed)
        if regions and 2 * sum(sums.prose[n] for n in regions) >= sums.prose[0]:
            return regions if len(regions) > 1 else [_narrowed(blocks, regions[0], sums, removed)]
    return [_narrowed(blocks, 0, sums, removed)]


def _is_main(block: Block) -> bool:
    return block.tag == "main" or block.is_region


def _outermost(blocks: Sequence[Block], chosen: Iterable[int], removed: set[int]) -> list[int]:
    """Return the chosen blocks that lie in no other chosen one and in nothing removed."""
    wanted = set(chosen)
    inside, found = [False] * len(blocks), []
    for n, block in enumerate(blocks):
        inside[n] = n in removed or (block.parent >= 0 and inside[block.parent])
        if n in wanted and not inside[n]:
            inside[n] = True
            found.append(n)
    return found


def _narrowed(blocks: Sequence[Block], region: int, sums: _Sums, removed: set[int]) -> int:
    """Return the innermost container that stands for the region.

    It holds nine tenths of the prose, four fifths of the text, and every picture and first
    heading. An article is not narrowed down.
    """
    heaviest: dict[int, int] = {}
    for n in range(1, len(blocks)):
        best = heaviest.get(blocks[n].parent)
        if n not in removed and (best is None or sums.prose[n] > sums.prose[best]):
            heaviest[blocks[n].parent] = n
    while blocks[region].tag != "article":
        child = heaviest.get(region)
        if child is None or blocks[child].tag not in _CONTAINERS:
            break
        text, part = (sums.chars[n] - sums.link_chars[n] for n in (region, child))
        if 10 * sums.prose[child] < 9 * sums.prose[region] or 5 * part < 4 * text:
            break
        if sums.leads[child] < sums.leads[region]:
            break
        region = child
    return region


def _marked(
    blocks: Sequence[Block], item_count: int, regions: Iterable[int], removed: Iterable[int]
) -> bytearray:
    """Mark the items of the regions, less removed blocks and headings that only led to these."""
    kept, heads = bytearray(item_count), bytearray(item_count)
    for n in regions:
        start, end = blocks[n].start, blocks[n].end
        kept[start:end] = b"\1" * (end - start)
    for block in blocks:
        if block.tag in _HEADINGS:
            heads[block.start : block.end] = b"\1" * (block.end - block.start)
    for n in _outermost(blocks, removed, set()):
        start, end = blocks[n].start, blocks[n].end
        kept[start:end] = bytes(end - start)
        leads_on = end < item_count and kept[end] and not heads[end]
        if start < end and start and heads[start - 1] and not leads_on:
            kept[start - 1] = 0
    return kept
