"""How long VACUUM keeps files: as long as asked, and as long as a pinned version needs."""

from jobs.commits import content_commits
from jobs.ledger import StageRun
from jobs.maintain.pins import hours_to_keep, pinned_versions

HOUR_MS = 3_600_000
NOW_MS = 1000 * HOUR_MS


def commits_of(*entries):
    """Commits from the oldest on: version i, (operation, hour); RESTORE names a version, too."""
    infos = []
    for version, (operation, hour, *restored) in enumerate(entries):
        info = {"operation": operation, "timestamp": hour * HOUR_MS}
        info |= {"operationParameters": {"version": restored[0]}} if restored else {}
        infos.append((version, info))
    return list(content_commits(reversed(infos)))


WRITES = ("WRITE", 100), ("WRITE", 200), ("WRITE", 900)


def hours(commits, pins, asked):
    return hours_to_keep(commits, pins, asked, NOW_MS)


def test_the_newest_rows_need_no_more_than_was_asked():
    assert hours(commits_of(*WRITES), {2}, 0) == 0
    assert hours(commits_of(*WRITES), set(), 168) == 168


def test_an_older_pinned_version_keeps_all_that_was_left_out_since_it_was_made():
    assert hours(commits_of(*WRITES), {1}, 0) == 801
    assert hours(commits_of(*WRITES), {2, 0}, 0) == 901
    assert hours(commits_of(*WRITES), {1}, 850) == 850


def test_parts_of_an_hour_are_whole_hours_since_delta_would_round_them_down():
    assert hours(commits_of(("WRITE", 999.9), ("DELETE", 999.95)), {0}, 0) == 1
    assert hours(commits_of(*WRITES), set(), 0.1) == 1


def test_vacuum_moves_no_rows_but_optimize_does():
    vacuumed = commits_of(*WRITES, ("VACUUM START", 950), ("VACUUM END", 950))
    moved = commits_of(*WRITES, ("OPTIMIZE", 950), ("VACUUM START", 960), ("VACUUM END", 960))
    assert hours(vacuumed, {2}, 0) == 0
    assert hours(moved, {2}, 0) == 101


def test_rows_that_were_brought_back_are_counted_from_then():
    restored = commits_of(*WRITES, ("RESTORE", 990, 1))
    assert hours(restored, {1}, 0) == 0
    assert restored[0].holds(1) and restored[0].holds(3) and not restored[0].holds(2)


def test_a_pin_that_the_log_no_longer_tells_of_leaves_everything():
    assert hours(commits_of(*WRITES), {7}, 0) is None


def test_a_pin_older_than_the_year_that_the_log_remembers_leaves_everything():
    commits = commits_of(("WRITE", 0), ("WRITE", 1))
    assert hours_to_keep(commits, {0}, 0, 366 * 24 * HOUR_MS) is None
    assert hours_to_keep(commits, {0}, 0, 364 * 24 * HOUR_MS) is not None


def test_the_newest_version_with_the_same_rows_is_the_last_maintenance_after_them():
    newest, *older = commits_of(*WRITES, ("OPTIMIZE", 950), ("VACUUM START", 960))
    assert (newest.version, newest.newest, newest.is_moved) == (2, 4, True)
    assert [(c.version, c.newest, c.is_moved) for c in older] == [(1, 1, False), (0, 0, False)]


def test_what_a_published_run_wrote_and_read_is_pinned():
    facts = {"config_digest": "", "started_at": None, "took_s": 0.0, "status": "finished"}
    maker = StageRun("2", "filter_images", output_versions={"images": 4}, **facts)
    reader = StageRun("1", "embed_images", input_versions={"images": 3, "image_bytes": 1}, **facts)
    assert pinned_versions([maker, reader], "images") == {3, 4}
    assert pinned_versions([maker, reader], "image_bytes") == {1}
    assert pinned_versions([maker, reader], "pairs") == set()


def test_a_takedown_leaves_what_is_published_published():
    """Its commit counts as none; runs may name the version before it or its own."""
    log = [
        (5, {"operation": "VACUUM END"}),
        (4, {"operation": "MERGE", "userMetadata": '{"forgetting": "2"}'}),
        (3, {"operation": "WRITE", "userMetadata": '{"attempt": "x"}'}),
        (2, {"operation": "WRITE", "userMetadata": "no JSON"}),
    ]
    newest, older = content_commits(log)
    assert (newest.version, newest.newest, newest.is_moved) == (3, 5, True)
    assert [newest.holds(version) for version in (2, 3, 4, 5, 6, None)] == [
        False, True, True, True, False, False,
    ]  # fmt: skip
    assert (older.version, older.newest, older.is_moved) == (2, 2, False)
