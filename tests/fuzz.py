"""Change inputs at random and hold every answer to what must be true of it.

    python -m tests.fuzz [--seconds 600] [--seed 1] [--only NAME] [--keep DIR]

Each target has so many seconds. A find is printed with its input in base64, kept in a file, and the
rest goes on; the exit code is then 1. The same seed draws the same inputs.
"""

import argparse
import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tests.fuzz_targets import TARGETS, Target, told

ODD = (b"\0", b"\xff", b"\n", b"\r\n", b"%00", b"%2e%2e/", b"..", b"<", b"\"", b"-1", b"99999999999",
       b"\xed\xa0\x80", b"\xef\xbb\xbf", b"&#0;", b"{}", b"[]", b"null", b"://", b"\\", b"%")  # fmt: skip
MOST_BYTES = 20_000


def changed(data: bytes, chance: random.Random, seeds: list[bytes]) -> bytes:
    """Return the input after one to six small changes."""
    made = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        at, length = chance.randint(0, len(made)), chance.choice((1, 1, 2, 8, 64))
        kind = chance.randrange(6)
        if kind == 0:
            del made[at : at + length]
        elif kind == 1:
            made[at:at] = chance.choice(ODD) * chance.choice((1, 1, 2, 50))
        elif kind == 2 and at < len(made):
            made[at] ^= 1 << chance.randrange(8)
        elif kind == 3:
            made[at : at + length] = chance.randbytes(length)
        elif kind == 4:
            other = chance.choice(seeds)
            start = chance.randint(0, len(other))
            made[at:at] = other[start : start + 4 * length]
        else:
            made[at:at] = made[at : at + length]
    return bytes(made[:MOST_BYTES])


def inputs(target: Target, chance: random.Random) -> Iterator[bytes]:
    """Yield the seeds, then changed ones without end; what was changed is changed on."""
    seeds = target.seeds()
    yield from seeds
    pool = list(seeds)
    while True:
        made = changed(chance.choice(pool), chance, seeds)
        yield made
        if chance.random() < 0.05:
            pool[chance.randrange(len(pool))] = made
        if chance.random() < 0.01:
            pool = list(seeds)


def fuzz(name: str, seed: int, seconds: float, most: int | None = None) -> tuple[int, list[bytes]]:
    """Try a target for so many seconds, or ``most`` inputs; return how many, and those it failed at."""
    chance, ends, tried = random.Random(f"{seed}-{name}"), time.monotonic() + seconds, 0
    finds: list[bytes] = []
    with TARGETS[name].open() as check:
        for data in inputs(TARGETS[name], chance):
            if time.monotonic() > ends or tried == most:
                break
            tried += 1
            try:
                check(data)
            except Exception as error:  # any error is a find; it is told and kept
                print(f"{name}: {type(error).__name__}: {error}\n  {told(data)}", flush=True)
                finds.append(data)
                if len(finds) == 5:
                    break
    return tried, finds


def main() -> None:
    """Try all targets, or one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600, help="for each target")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=sorted(TARGETS))
    parser.add_argument("--keep", type=Path, default=Path("build/fuzz"))
    arguments = parser.parse_args()
    arguments.keep.mkdir(parents=True, exist_ok=True)
    failed = False
    for name in [arguments.only] if arguments.only else TARGETS:
        tried, finds = fuzz(name, arguments.seed, arguments.seconds)
        for number, data in enumerate(finds):
            (arguments.keep / f"{name.replace(' ', '-')}-{number}").write_bytes(data)
        print(f"{name}: {tried} inputs, {len(finds)} finds", flush=True)
        failed |= bool(finds)
    sys.exit(failed)


if __name__ == "__main__":
    main()
