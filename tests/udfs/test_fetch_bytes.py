"""Images are fetched from a real folder and a real server on the loopback."""

import gzip
import hashlib
import os
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pyarrow as pa
import pytest

from realsyn_lib.errors import InputError
from realsyn_lib.fetch.tdmrep import TDMREP_PATH
from realsyn_lib.ids import content_hash_id
from realsyn_lib.tables import IMAGE_BYTES
from tests.udfs.fetching import LIMIT, fetch_all, fetch_one, rows_by_url, rules
from udfs.fetch_bytes import fetch_bytes
from udfs.fetched_row import COLUMNS

LARGE = 2**26
BODY = b"\xff\xd8\xff" + bytes(range(256)) * 8


class Server(BaseHTTPRequestHandler):
    """Answers by path; ``seen`` counts the requests of each, ``sent`` bytes of the large picture.

    ``robots`` is status, body and location of robots.txt, ``tdmrep`` status and body of tdmrep.json.
    """

    seen: dict[str, int]
    sent: list[int]
    robots = (404, b"", None)
    tdmrep = (404, b"")

    def do_GET(self):
        self.seen[self.path] = self.seen.get(self.path, 0) + 1
        if self.path == "/robots.txt":
            status, body, location = self.robots
            self.answer(status, body, **({"Location": location} if location else {}))
            return
        if self.path == TDMREP_PATH:
            self.answer(*self.tdmrep)
            return
        getattr(self, "on_" + self.path.strip("/").split("/")[0])()

    def log_message(self, *_):
        """Stay quiet."""

    def answer(self, status=200, body=BODY, **headers):
        self.send_response(status)
        for name, value in {"Content_Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def on_good(self):
        self.answer()

    def on_agent(self):
        self.answer(body=f"{self.headers['User-Agent']}|{self.headers['Accept-Encoding']}".encode())

    def on_gone(self):
        self.answer(410)

    def on_forbidden(self):
        self.answer(403)

    def on_flaky(self):
        self.answer(500 if self.seen[self.path] == 1 else 200)

    def on_busy(self):
        self.answer(429, Retry_After="3600")

    def on_patient(self):
        self.answer(503 if self.seen[self.path] == 1 else 200, Retry_After="1")

    def on_reserved(self):
        self.answer(TDM_Reservation="1")

    def on_once_short(self):
        whole = self.seen[self.path] > 1
        self.answer(body=BODY if whole else BODY[:9], Content_Length=str(len(BODY)))

    def on_banner(self):
        self.send_response(200)
        self.send_header("Content-Length", str(LARGE))
        self.end_headers()
        try:
            self.wfile.write(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes([0, 0, 8, 0, 0, 0, 0, 99]))
            for _ in range(LARGE // 2**20):
                self.sent.append(self.wfile.write(bytes(2**20)))
        except OSError:
            self.sent.append(0)

    def on_chunks(self):
        piece = b"10000\r\n" + BODY.ljust(65536, b"x") + b"\r\n"
        head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        self.wfile.write(head + piece * 3 + b"0\r\nTrailer: x\r\n\r\n")

    def on_half_a_chunk(self):
        self.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10000\r\nhalf")

    def on_drip(self):
        self.send_response(200)
        self.end_headers()
        self.drip(b"x")

    def on_dripping_headers(self):
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
        self.drip(b"y")

    def drip(self, piece):
        for _ in range(1000):
            try:
                self.wfile.write(piece)
            except OSError:
                return
            time.sleep(0.05)

    def on_announced(self):
        self.answer(body=b"", Content_Length=str(10**10))

    def on_endless(self):
        self.send_response(200)
        self.end_headers()
        try:
            self.wfile.write(BODY)
            while True:
                self.wfile.write(bytes(65536))
        except OSError:
            return

    def on_short(self):
        self.answer(body=b"only this", Content_Length="1000")

    def on_inflating(self):
        self.answer(body=gzip.compress(bytes(10 * LIMIT)), Content_Encoding="gzip")

    def on_zipped(self):
        self.answer(body=gzip.compress(BODY), Content_Encoding="gzip")

    def on_brotli(self):
        self.answer(Content_Encoding="br")

    def on_loop(self):
        self.answer(302, b"", Location="/loop")

    def on_hop(self):
        left = int(self.path.rsplit("/", 1)[1])
        self.answer(302, b"", Location=f"/hop/{left - 1}" if left else "/good")

    def on_accent(self):
        self.answer(302, b"", Location="/good/caf\u00e9 au lait#top")

    def on_elsewhere(self):
        self.answer(302, b"", Location=f"http://127.0.0.1:{self.server.server_port + 1}/good")

    def on_to_file(self):
        self.answer(302, b"", Location="file:///etc/passwd")

    def on_hangup(self):
        self.close_connection = True
        self.connection.close()

    def on_nonsense(self):
        self.wfile.write(b"this is no HTTP\r\n\r\n")


@pytest.fixture
def server():
    handler = type("Counting", (Server,), {"seen": {}, "sent": []})
    http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    http.daemon_threads = True
    http.handle_error = lambda *_: None  # clients hang up here by design
    thread = threading.Thread(target=http.serve_forever, args=(0.05,))
    thread.start()
    yield http
    http.shutdown()
    http.server_close()
    thread.join()


def ask(server, path, **changes):
    port = server.server_port
    return fetch_one(
        f"http://127.0.0.1:{port}/{path}", limits=rules([f"127.0.0.1:{port}"], **changes)
    )


def test_a_good_answer_brings_bytes_ids_and_status(server):
    row = ask(server, "good")
    assert row["bytes"] == BODY
    assert row["content_id"] == content_hash_id(BODY)
    assert row["sha256"] == hashlib.sha256(BODY).hexdigest()
    assert (row["size_bytes"], row["http_status"], row["drop_reason"]) == (len(BODY), 200, None)


def test_we_say_who_we_are_and_ask_for_plain_bytes(server):
    assert ask(server, "agent")["bytes"] == b"test-agent/1|identity"


@pytest.mark.parametrize(
    ("path", "reason", "status"),
    [
        ("gone", "not_found", 410),
        ("forbidden", "http_error", 403),
        ("announced", "body_too_large", 200),
        ("endless", "body_too_large", 200),
        ("inflating", "body_too_large", 200),
        ("brotli", "http_error", 200),
        ("short", "incomplete", 200),
        ("half_a_chunk", "incomplete", 200),
        ("reserved", "opt_out", 200),
        ("loop", "redirects", 302),
        ("to_file", "bad_url", None),
        ("hangup", "connection", None),
        ("nonsense", "http_error", None),
    ],
)
def test_an_answer_that_brings_no_image_says_why(server, path, reason, status):
    row = ask(server, path)
    assert (row["drop_reason"], row["http_status"], row["bytes"]) == (reason, status, None)


def test_an_encoding_that_was_not_asked_for_is_undone(server):
    assert ask(server, "zipped")["bytes"] == BODY


def test_a_server_that_fails_once_is_asked_again(server):
    assert ask(server, "flaky")["bytes"] == BODY


def test_half_a_body_is_asked_for_again(server):
    assert ask(server, "once_short")["bytes"] == BODY


def test_a_server_that_asks_for_time_is_given_it_within_the_deadline(server):
    start = time.monotonic()
    assert ask(server, "patient")["bytes"] == BODY
    assert time.monotonic() - start >= 1


def test_of_a_large_picture_of_a_size_that_is_dropped_the_first_bytes_are_read(server):
    row = ask(server, "banner", max_body_bytes=2 * LARGE, min_side_px=100)
    assert (row["drop_reason"], row["detail"]) == ("too_small", "2048 x 99 px in the header")
    assert sum(server.RequestHandlerClass.sent) < LARGE / 2  # the rest filled buffers on the way


def test_bodies_of_unknown_length_come_though_room_is_for_one(server):
    port = server.server_port
    urls = [f"http://127.0.0.1:{port}/chunks/{n}" for n in range(8)]
    limits = rules([f"127.0.0.1:{port}"], room_bytes=100_000, max_body_bytes=200_000)
    sizes = {row["size_bytes"] for row in rows_by_url(fetch_all(urls, ".", limits)).values()}
    assert sizes == {3 * 65536}


@pytest.mark.parametrize(
    ("status", "body", "location", "reason"),
    [
        (404, b"", None, None),
        (403, b"", None, None),
        (200, b"User-agent: *\nDisallow: /\nUser-agent: test-agent\nDisallow: /b\n", None, None),
        (200, b"User-agent: *\nDisallow: /\n", None, "robots"),
        (200, b"User-agent: *\n" + b"#" * 600_000, None, "robots_unavailable"),
        (503, b"", None, "robots_unavailable"),
        (302, b"", "http://10.0.0.1/robots.txt", "robots_unavailable"),
        (302, b"", "/good", None),
        (302, b"", "/robots.txt", None),
    ],
)
def test_what_robots_txt_says_or_cannot_say(server, status, body, location, reason):
    server.RequestHandlerClass.robots = (status, body, location)
    row = ask(server, "good", robots=True)
    assert row["drop_reason"] == reason
    assert server.RequestHandlerClass.seen.get("/good", 0) == (reason is None) + (
        location == "/good"
    )


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (200, b'[{"location": "/go*", "tdm-reservation": 1}]', "opt_out"),
        (200, b'[{"location": "/other", "tdm-reservation": 1}]', None),
        (200, b"<html>no such page</html>", None),
        (500, b'[{"location": "/", "tdm-reservation": 1}]', None),
    ],
)
def test_what_tdmrep_json_reserves_is_not_asked_for(server, status, body, reason):
    server.RequestHandlerClass.tdmrep = (status, body)
    row = ask(server, "good", retries=0)
    assert row["drop_reason"] == reason
    assert server.RequestHandlerClass.seen[TDMREP_PATH] == 1
    assert server.RequestHandlerClass.seen.get("/good", 0) == (reason is None)


def test_without_the_setting_nobody_is_asked_for_tdmrep_json(server):
    server.RequestHandlerClass.tdmrep = (200, b'[{"location": "/", "tdm-reservation": 1}]')
    assert ask(server, "good", tdm_reservation=False)["drop_reason"] is None
    assert TDMREP_PATH not in server.RequestHandlerClass.seen


def test_without_retries_the_first_failure_stands(server):
    assert ask(server, "flaky", retries=0)["http_status"] == 500


def test_a_wait_beyond_the_deadline_is_not_waited(server):
    start = time.monotonic()
    assert ask(server, "busy", retries=5)["http_status"] == 429
    assert time.monotonic() - start < 10


@pytest.mark.parametrize("path", ["drip", "dripping_headers"])
def test_dripping_bytes_end_at_the_deadline(server, path):
    start = time.monotonic()
    assert ask(server, path, deadline_s=0.5)["drop_reason"] == "deadline"
    assert time.monotonic() - start < 10


def test_five_redirects_are_followed_and_six_are_not(server):
    assert ask(server, "hop/4")["bytes"] == BODY
    assert ask(server, "hop/5")["drop_reason"] == "redirects"


def test_a_redirect_with_letters_that_must_be_escaped_is_followed(server):
    assert ask(server, "accent")["bytes"] == BODY
    assert "/good/caf%E9%20au%20lait" in server.RequestHandlerClass.seen


def test_the_loopback_is_not_reached_unless_allowed(server):
    row = fetch_one(f"http://127.0.0.1:{server.server_port}/good")
    assert row["drop_reason"] == "ssrf_blocked"
    assert server.RequestHandlerClass.seen == {}


@pytest.mark.parametrize("host", ["localhost", "127.1", "2130706433", "[::ffff:127.0.0.1]"])
def test_other_spellings_of_the_loopback_are_not_reached(server, host):
    row = fetch_one(f"http://{host}:{server.server_port}/good")
    assert row["drop_reason"] in ("ssrf_blocked", "dns")
    assert server.RequestHandlerClass.seen == {}


def test_a_redirect_to_a_place_that_is_not_allowed_is_not_followed(server):
    assert ask(server, "elsewhere")["drop_reason"] == "ssrf_blocked"


@pytest.mark.parametrize("path", ["good", "elsewhere"])
def test_a_forbidden_host_is_told_as_such_though_its_robots_txt_cannot_be_had(server, path):
    """The first request goes there itself, the second is led there by a server that may be asked."""
    if path == "good":
        row = fetch_one(
            f"http://127.0.0.1:{server.server_port}/good", limits=rules([], robots=True)
        )
    else:
        row = ask(server, "elsewhere", robots=True)
    assert row["drop_reason"] == "ssrf_blocked"
    assert "/good" not in server.RequestHandlerClass.seen


def test_a_closed_port_is_a_failed_connection(server):
    port = server.server_port
    server.shutdown()
    server.server_close()
    row = fetch_one(f"http://127.0.0.1:{port}/good", limits=rules([f"127.0.0.1:{port}"]))
    assert row["drop_reason"] == "connection"


def test_plain_http_is_no_tls(server):
    port = server.server_port
    row = fetch_one(f"https://127.0.0.1:{port}/good", limits=rules([f"127.0.0.1:{port}"]))
    assert (row["drop_reason"], row["bytes"]) == ("tls", None)


@pytest.fixture
def pages(tmp_path):
    root = tmp_path / "pages"
    (root / "media").mkdir(parents=True)
    (root / "media" / "a b.jpg").write_bytes(BODY)
    (root / "inside.jpg").symlink_to("media/a b.jpg")
    (tmp_path / "secret.jpg").write_bytes(b"secret")
    (root / "outside.jpg").symlink_to("../secret.jpg")
    (root / "up").symlink_to("..")
    (root / "large.jpg").write_bytes(bytes(LIMIT + 1))
    (root / "limit.jpg").write_bytes(bytes(LIMIT))
    os.mkfifo(root / "pipe.jpg")
    return root


def test_a_file_below_the_root_is_read(pages):
    row = fetch_one("media/a%20b.jpg", pages)
    assert (row["bytes"], row["http_status"], row["drop_reason"]) == (BODY, None, None)


def test_a_link_that_stays_inside_is_followed(pages):
    assert fetch_one("inside.jpg", pages)["bytes"] == BODY


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("outside.jpg", "bad_url"),
        ("up/secret.jpg", "bad_url"),
        ("../secret.jpg", "bad_url"),
        ("/etc/passwd", "bad_url"),
        ("file:///etc/passwd", "bad_url"),
        ("missing.jpg", "not_found"),
        ("limit.jpg/x.jpg", "not_found"),
        ("media", "not_found"),
        ("pipe.jpg", "not_found"),
        ("a" * 300 + ".jpg", "bad_url"),
        ("large.jpg", "body_too_large"),
    ],
)
def test_what_is_not_a_file_below_the_root_says_why(pages, url, reason):
    row = fetch_one(url, pages)
    assert (row["drop_reason"], row["bytes"]) == (reason, None)


def test_a_file_of_exactly_the_limit_is_read(pages):
    assert fetch_one("limit.jpg", pages)["size_bytes"] == LIMIT


@pytest.mark.parametrize("prefix", ["", "file://"])
def test_a_folder_may_be_given_as_path_or_uri(pages, prefix):
    assert fetch_one("media/a%20b.jpg", f"{prefix}{pages}")["bytes"] == BODY


def fetch_below(url, *roots):
    asked = pa.RecordBatch.from_pydict({"image_id": [1], "url": [url]})
    (batch,) = fetch_bytes(rules(), tuple(map(str, roots)), frozenset())(iter([asked]))
    return batch.to_pylist()[0]


def test_of_several_roots_the_one_that_has_a_file_gives_it(pages, tmp_path):
    (tmp_path / "empty").mkdir()
    assert fetch_below("inside.jpg", tmp_path / "empty", pages)["bytes"] == BODY
    assert fetch_below("inside.jpg", pages, tmp_path / "empty", pages)["bytes"] == BODY
    assert fetch_below("none.jpg", tmp_path / "empty", pages)["drop_reason"] == "not_found"
    assert fetch_below("../secret.jpg", tmp_path / "empty", pages)["drop_reason"] == "bad_url"


def test_a_picture_that_two_roots_have_with_other_bytes_is_taken_from_neither(pages, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "inside.jpg").write_bytes(BODY + b"x")
    for roots in ((pages, other), (other, pages)):
        row = fetch_below("inside.jpg", *roots)
        assert (row["drop_reason"], row["bytes"]) == ("id_collision", None)
        assert row["detail"] == f"{roots[0]} and {roots[1]} have different files of this name"
    (other / "inside.jpg").write_bytes(BODY)
    assert fetch_below("inside.jpg", pages, other)["bytes"] == BODY


def test_an_unknown_file_system_is_refused():
    with pytest.raises(InputError, match="image root nosuch://x"):
        fetch_one("a.jpg", "nosuch://x")


def test_bytes_whose_digest_is_opted_out_are_not_kept(pages):
    digest = hashlib.sha256(BODY).hexdigest()
    row = fetch_one("inside.jpg", pages, opted_out=frozenset({digest}))
    assert (row["drop_reason"], row["bytes"], row["content_id"]) == ("opt_out", None, None)


def test_every_row_comes_once_and_batches_are_cut_by_bytes(pages):
    urls = ["limit.jpg", "missing.jpg", "inside.jpg"] * 10
    batches = fetch_all(urls, pages, rules(max_batch_bytes=250_000))
    assert len(batches) > 3
    assert max(batch.nbytes for batch in batches) < 250_000 + 2 * LIMIT
    table = pa.Table.from_batches(batches)
    assert table.schema == IMAGE_BYTES.arrow_schema(*COLUMNS)
    asked = dict(zip(table["image_id"].to_pylist(), table["url"].to_pylist()))
    assert (table.num_rows, asked) == (30, dict(enumerate(urls)))
