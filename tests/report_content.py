"""A report's content made by hand: plain, and with hostile text in every place that takes text."""

import base64
import io

from PIL import Image

from realsyn_lib.report.content import (
    Card,
    ClusterSizes,
    Component,
    Content,
    Dropped,
    Example,
    Fact,
    Histogram,
    Loss,
    Measured,
    Member,
    Picture,
    PublishedTable,
    Recall,
    RetrievedText,
    Setting,
    Skew,
    StageTime,
    Step,
)

# Markup, an attribute's end, a template's own signs, an address that is a script, text turned round.
HOSTILE = (
    "</script><script>document.title='owned'</script>\"'><img src=http://evil.example/x onerror=alert(2)>"
    "{{ 7 * 191 }} javascript:alert(3) &lt;b&gt; \u202egnp.exe\u2066 \x00\x1b[31m \U000e0041"
)


def picture(red: int) -> Picture:
    """A small JPEG of one colour."""
    target = io.BytesIO()
    Image.new("RGB", (60, 40), (red, 90, 120)).save(target, "JPEG")
    return Picture(f"data:image/jpeg;base64,{base64.b64encode(target.getvalue()).decode()}")


def card(number: int, **given: object) -> Card:
    """A pair: images 1, 3, 5 ... have a text that was written, the others one that was refused."""
    values = {
        "image_id": number,
        "url": f"farm/{number}.jpg",
        "retrieved": (RetrievedText(f"Sentence {number} of the farm.", 0.5),),
        "caption": f"a photo of animal {number}",
        "tags": ("cow",),
        "synthetic": f"Text {number} was written.",
        "cosine": number / 10,
        "fallback_reason": None if number % 2 else "llm_echo",
        "tiers": ("all", "small") if number <= 2 else ("all",),
    }
    return Card(**(values | given))


def content(text: str = "farm", **given: object) -> Content:
    """Every section has something; ``text`` stands wherever text comes from outside."""
    component = Component("perceptual", 1, 3, (Member(7, text, True), Member(8, text, False)))
    dropped = Dropped("too_small", "meaning", (Example(text, text, 7),))
    sentences = Dropped("emoji", "meaning", (Example(text, text),))
    sizes = (ClusterSizes(None, 5, 2, 2, (3, 2)), ClusterSizes(text, 4, 2, 2, (2, 2)))
    hostile = card(7, url=text, caption=text, tags=(text,), synthetic=text, tiers=(text,))
    values = {
        "facts": (Fact("input", text),),
        "steps": (
            Step("filter_images", "image", 3, 2, (Loss("too_small", "dropped", 1),)),
            Step("fetch_images", "image", 4, 3, (Loss("bad_url", "quarantined", 1),)),
        ),
        "times": (StageTime("filter_images", text, "2026-11-29 01:02:03", 2.0, "ab12", 3),),
        "histograms": (Histogram(text, text, 0.0, 1.0, (1, 2), (0.25, None)),),
        "clusters": sizes,
        "cards": (hostile,),
        "image_components": (component,),
        "sentence_components": (component,),
        "dropped_images": (dropped,),
        "dropped_sentences": (sentences,),
        "quarantined": (Dropped("bad_url", "meaning", (Example(text, text),)),),
        "recalls": (Recall(1, 0.5321, 59.4, True), Recall(4, 0.9, 240.2)),
        "measured": (Measured(text, 0.9876, 1200), Measured("computed", 0.5)),
        "skews": (Skew(text, 10, 50, 4, 9, 20),),
        "settings": (Setting("images.min_side_px", text, text),),
        "versions": (Fact("realsyn", text),),
        "tables": (PublishedTable("images", "filter_images", 3),),
        "pictures": {7: picture(200)},
    }
    return Content(**(values | given))


def empty_content() -> Content:
    """A warehouse in which nothing has run."""
    return Content((), (), (), (), (), (), (), (), (), (), ())
