"""A decoder that dies costs one file, never the worker."""

import os
import signal
import threading
import time

import numpy as np
import pytest
from PIL import Image

from realsyn_lib.errors import EnvironmentFault
from realsyn_lib.slices import slices_by_size
from tests.encoded_picture import encoded
from udfs.guarded_decode import ChildLimits, GuardedDecoder, resident_decoder

ROOMY = ChildLimits(deadline_s=20, max_memory_bytes=2 << 30, max_request_bytes=32 << 20)
HURRIED = ChildLimits(deadline_s=0.3, max_memory_bytes=2 << 30, max_request_bytes=32 << 20)
PIXELS = {"how": {"side": 64}, "max_pixels": 100_000_000}


def png(width, height, color=(10, 20, 30)):
    return encoded(Image.new("RGB", (width, height), color), "png", compress_level=1)


@pytest.fixture(scope="module")
def endless():
    """A picture that takes a second and more to decode: an endless one, for a short deadline."""
    return png(9000, 9000)


@pytest.fixture
def decoder_with():
    made = []

    def make(limits, operation="pixels", arguments=PIXELS):
        made.append(GuardedDecoder(operation, arguments, limits))
        return made[-1]

    yield make
    for decoder in made:
        decoder.close()


def test_pixels_come_back_in_order(decoder_with):
    files = [png(70, 64, (level, 0, 0)) for level in range(30)]
    replies = decoder_with(ROOMY).run(files)
    assert [int(reply.pixels[0, 0, 0]) for reply in replies] == list(range(30))
    assert {reply.pixels.shape for reply in replies} == {(64, 64, 3)}


def test_nothing_asked_is_nothing_answered(decoder_with):
    assert decoder_with(ROOMY).run([]) == []


def test_a_file_that_spins_costs_only_itself(decoder_with, endless):
    small = png(64, 64)
    replies = decoder_with(HURRIED).run([small, endless, small, endless, endless])
    reasons = [reply.values["reason"] for reply in replies]
    assert reasons == [None, "decode_error", None, "decode_error", "decode_error"]
    assert "longer than 0.3 s" in replies[1].values["detail"]
    assert replies[1].pixels is None
    np.testing.assert_array_equal(replies[2].pixels, np.full((64, 64, 3), (10, 20, 30)))


def test_answers_lost_in_a_death_are_asked_for_again_and_cost_their_files_nothing(
    decoder_with, endless
):
    """The child gathers its answers: those before the spin die with it."""
    files = [png(64, 64, (level, 0, 0)) for level in range(20)]
    files[7:7] = [endless]
    files[15:15] = [endless]
    replies = decoder_with(HURRIED).run(files)
    levels = [None if r.pixels is None else int(r.pixels[0, 0, 0]) for r in replies]
    assert levels == [*range(7), None, *range(7, 14), None, *range(14, 20)]


def test_a_file_larger_than_a_request_and_smaller_ones_after_it_are_decoded(decoder_with):
    limits = ChildLimits(deadline_s=20, max_memory_bytes=2 << 30, max_request_bytes=1000)
    noise = np.random.default_rng(1).integers(0, 256, (200, 200, 3), dtype=np.uint8)
    large = encoded(Image.fromarray(noise), "png")
    replies = decoder_with(limits).run([png(64, 64), large, b"", png(64, 64, (9, 9, 9))])
    assert len(large) > 100_000
    assert [r.values["reason"] for r in replies] == [None, None, "not_an_image", None]
    assert replies[1].pixels.shape == (64, 64, 3)
    assert set(replies[3].pixels.ravel().tolist()) == {9}


def test_a_decoder_that_is_given_up_gives_its_memory_back():
    before = len(os.listdir("/proc/self/fd"))
    decoder = GuardedDecoder("pixels", PIXELS, ROOMY)
    decoder.run([png(64, 64)])
    decoder.close()
    del decoder
    assert len(os.listdir("/proc/self/fd")) == before


def test_the_next_files_are_decoded_after_a_death(decoder_with, endless):
    decoder = decoder_with(HURRIED)
    decoder.run([endless])
    assert decoder.run([png(64, 64)])[0].values["reason"] is None


def test_a_picture_that_needs_too_much_memory_costs_only_itself(decoder_with, endless):
    tight = ChildLimits(deadline_s=20, max_memory_bytes=400 << 20, max_request_bytes=32 << 20)
    replies = decoder_with(tight).run([endless, png(64, 64)])
    assert [reply.values["reason"] for reply in replies] == ["decode_error", None]


def test_one_crash_of_the_child_is_forgiven(decoder_with, endless):
    decoder = decoder_with(ROOMY)
    decoder.run([png(64, 64)])
    replies = []
    running = threading.Thread(target=lambda: replies.extend(decoder.run([endless])))
    running.start()
    time.sleep(0.1)
    os.kill(decoder.process_id, signal.SIGSEGV)
    running.join()
    assert replies[0].values["reason"] is None


def test_a_child_that_died_while_idle_is_replaced(decoder_with):
    decoder = decoder_with(ROOMY)
    decoder.run([png(64, 64)])
    os.kill(decoder.process_id, signal.SIGKILL)
    assert decoder.run([png(64, 64)])[0].values["reason"] is None


def test_a_child_that_cannot_start_is_an_error_of_the_machine(decoder_with):
    decoder = decoder_with(ROOMY, operation="no such operation", arguments={})
    with pytest.raises(EnvironmentFault, match="ended at its start"):
        decoder.run([b"x"])


def test_the_child_ends_when_its_parent_closes_the_pipe(decoder_with):
    decoder = decoder_with(ROOMY)
    decoder.run([png(64, 64)])
    child = decoder._child
    child.stdin.close()
    assert child.wait(timeout=5) == 0


def test_the_child_loads_neither_spark_nor_torch(decoder_with):
    decoder = decoder_with(ROOMY)
    decoder.run([png(64, 64)])
    with open(f"/proc/{decoder.process_id}/maps") as maps:
        loaded = maps.read()
    assert "simplejpeg" in loaded
    assert "torch" not in loaded and "pyarrow" not in loaded


def test_a_worker_keeps_one_child_for_the_same_work():
    first = resident_decoder("pixels", {"how": {"side": 1}, "max_pixels": 9}, ROOMY)
    again = resident_decoder("pixels", {"max_pixels": 9, "how": {"side": 1}}, ROOMY)
    other = resident_decoder("pixels", {"how": {"side": 2}, "max_pixels": 9}, ROOMY)
    assert first is again
    assert first is not other


def test_slices_hold_at_most_the_wanted_bytes_but_one_file_at_least():
    files = [b"a" * size for size in (4, 4, 4, 20, 1, 9)]
    cut = [[len(data) for data in part] for part in slices_by_size(files, 10)]
    assert cut == [[4, 4], [4], [20], [1, 9]]
