"""What people write: of a scene, of something else, or nothing at all."""

import numpy as np

from benchmarks.proof.scenes import Scene, Thing

_BESIDE = {
    "left": "to the left of",
    "right": "to the right of",
    "above": "above",
    "below": "below",
}
_VERBS = ("floats", "hangs", "stands", "rests", "shines", "sits")
_OPENINGS = (
    "In the old harbour of Porto", "At the market in Ghent", "On the third page of the atlas",
    "Last winter in the school hall", "For the children of Salem", "Behind the bakery in Turin",
    "Early on Sunday", "In the window of our neighbour", "On a poster near the station",
    "After the storm", "During the summer fair", "In the second room of the museum",
    "On the wall of the clinic", "For her sister's wedding", "At the end of the corridor",
    "In a book from 1968", "On the cover of the album", "Near the fountain",
    "For the village theatre", "In Maria's first notebook", "On the flag of the rowing club",
    "While the teacher was away", "In the garden of the monks", "On the side of the tram",
    "For the anniversary of the mill", "At the harvest festival", "In the lobby of the hotel",
    "On the lid of a biscuit tin", "By the light of one lamp", "In the last week of May",
)  # fmt: skip
_ENDINGS = (
    "and nobody remembers who painted it", "as the workshop had promised the mayor",
    "which the visitors liked better than the music", "and the paint has hardly faded since",
    "because the printer had no other ink", "while the rest of the sheet stays empty",
    "and it cost the owner twelve euros", "as the old photographs show",
    "which took the apprentice three evenings", "and a cat has scratched one corner",
    "just as the sketch from Lisbon shows", "although the frame has been lost",
    "and the signature lies under the glass", "so the guests can see it from the road",
    "as Peter explained to the reporters", "and a copy went to the town library",
    "which made the judges smile", "before the varnish was dry",
    "and the colours glow at night", "as every tourist tells his friends",
    "while the band plays next door", "and the children count it every morning",
    "which the baker bought for his daughter", "though the catalogue calls it a mistake",
    "and the shop sells it as a postcard", "as if somebody had cut it from paper",
    "until the new owner moves it", "and the neighbours have asked for another",
    "which hides a crack in the plaster", "so that the wall looks wider",
)  # fmt: skip
_PLAIN = (
    "The workshop opened again after a long winter and sells prints on Saturdays.",
    "Our baker delivers rye bread to the museum before the first visitors arrive.",
    "The ferry crosses the river twice a day unless the wind turns to the north.",
    "My grandfather repaired clocks in this street until his eyes grew weak.",
    "The council voted against the new bridge after two hours of debate.",
    "Heavy rain flooded the cellar and ruined forty boxes of paper.",
    "The apprentice mixes oil with chalk and stirs the pot for an hour.",
    "Every autumn the club invites a printer from abroad to teach the beginners.",
    "The train from Vienna arrives late, so bring a book and warm gloves.",
    "She learned the craft from a neighbour who had worked in a theatre.",
    "The museum shop accepts cards, and it closes an hour before the galleries.",
    "Two students wrote the catalogue and translated it into Dutch.",
    "A fire destroyed the first press, but the founder saved the type.",
    "Tickets sell out quickly during the holidays because the hall holds sixty people.",
    "The gardener planted roses along the wall and waters them at dawn.",
    "Nobody expected the auction to raise more money than the concert.",
)  # fmt: skip
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_FIRST_WORDS = ("This", "Last", "Every", "Next")
BOILERPLATE = (
    "Click here to subscribe.", "All rights reserved.", "Share this page.", "Read more",
    "Back to top", "Follow us on www.example.com for news.", "Thanks for visiting \U0001f600",
    "Best price guaranteed!", "Posted by admin", "No comments yet",
)  # fmt: skip
_NO_ALT = ("image", "photo", "picture of the week", "scan", "untitled")


def thing_words(thing: Thing) -> str:
    """Return ``a small striped red circle``."""
    texture = "" if thing.texture == "plain" else f"{thing.texture} "
    return f"a {thing.size} {texture}{thing.colour} {thing.shape}"


def caption(scene: Scene) -> str:
    """Return what is seen and no more: ``a small red circle above a large blue star``."""
    first, *second = [thing_words(thing) for thing in scene.things]
    return f"{first} {_BESIDE[scene.relation]} {second[0]}" if second else _alone(first, scene)


def telling(scene: Scene, chance: np.random.Generator) -> str:
    """Return a sentence of the web that describes the whole scene, or half the time one thing."""
    verb = chance.choice(_VERBS)
    if len(scene.things) == 1 or chance.random() < 0.5:
        thing = scene.things[int(chance.integers(len(scene.things)))]
        told = _alone(f"{thing_words(thing)} {verb}", scene)
    else:
        first, second = [thing_words(thing) for thing in scene.things]
        told = f"{first} {verb} {_BESIDE[scene.relation]} {second}"
    return f"{chance.choice(_OPENINGS)} {told}, {chance.choice(_ENDINGS)}."


def _alone(thing: str, scene: Scene) -> str:
    return f"{thing} on {scene.ground} paper"


def plain(chance: np.random.Generator) -> str:
    """Return a sentence that shows nothing of any scene."""
    sentence = str(chance.choice(_PLAIN))
    if chance.random() < 0.4:
        return sentence
    when = f"{chance.choice(_FIRST_WORDS)} {chance.choice(_DAYS)}"
    return f"{when} {sentence[0].lower()}{sentence[1:]}"


def alt_text(scene: Scene, chance: np.random.Generator) -> str:
    """Return a short alt text of a scene: one of its things."""
    thing = scene.things[int(chance.integers(len(scene.things)))]
    return f"{thing.colour} {thing.shape}"


def empty_alt(chance: np.random.Generator) -> str:
    """Return an alt text that says nothing: none, a word, or the name of a file."""
    if chance.random() < 0.4:
        return ""
    if chance.random() < 0.5:
        return str(chance.choice(_NO_ALT))
    return f"IMG_{chance.integers(1000, 9999)}.jpg"
