"""Many addresses of several hosts on the loopback: limits, policies, what is kept, what is given up."""

import asyncio
import socket
import ssl
import threading
import time

import pyarrow as pa
import pytest

from realsyn_lib.fetch.addresses import parse_allow_hosts
from tests.loopback_site import LoopbackSite
from tests.udfs.fetching import fetch_all, fetch_one, rows_by_url, rules
from udfs.byte_room import ByteRoom
from udfs.fetch_bytes import fetch_bytes
from udfs.fetch_journal import journaled
from udfs.fetched import RefusedError
from udfs.resolve import Resolver
from udfs.stated_digests import held_to_digests

GOOD, SILENT = "127.0.0.1", "127.0.0.3"
LOOPBACK = ["127.0.0.0/8"]
NOAI = {"refused_directives": frozenset({"noai"})}
# A key of this file alone, and a certificate for localhost that nobody has signed.
PEM = """-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgGyLwH9xKBc1o4Slx
tB+4hHNKjNk4GIIU75tnPgvHP6qhRANCAASY3TXXxAQ5aFvVK2HkIgKdMdi4+chs
fFid3rHt5re/TDd0rawCRV0nrsLti4OiTUTaSKHILXcwjv3iUoDNOJqK
-----END PRIVATE KEY-----
-----BEGIN CERTIFICATE-----
MIIBmzCCAUGgAwIBAgIUbGlLuPuXq0fGjwXSvzcJlHyLpP0wCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyODIxMzAxMFoYDzIxMjYxMTA0
MjEzMDEwWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAASY3TXXxAQ5aFvVK2HkIgKdMdi4+chsfFid3rHt5re/TDd0rawCRV0n
rsLti4OiTUTaSKHILXcwjv3iUoDNOJqKo28wbTAdBgNVHQ4EFgQUlibUWp6YpC1/
LWMeoZxjpmN9P+4wHwYDVR0jBBgwFoAUlibUWp6YpC1/LWMeoZxjpmN9P+4wDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDSAAwRQIhAIQrKGZDIAr/qL6Jd6qNwBf+xjnqAc2aMwaFYY9NGp6xAiAL
8wYc0DCnqgZRASQLrVZh9FLuuE3B+a5oCFAmw7tEeg==
-----END CERTIFICATE-----
"""


@pytest.fixture
def site():
    with LoopbackSite(hosts=3, silent=1) as made:
        yield made


def fetched(site: LoopbackSite, urls: list[str], **changes):
    limits = rules(LOOPBACK, **changes)
    return {
        url: row["drop_reason"] for url, row in rows_by_url(fetch_all(urls, ".", limits)).items()
    }


def test_a_connection_serves_many_requests_and_a_host_has_few_at_once(site):
    urls = [site.url(GOOD, f"good/{n}.jpg") for n in range(40)]
    assert set(fetched(site, urls, per_host=2).values()) == {None}
    assert sum(site.counts().values()) == 40
    assert site.connections[GOOD] == site.most_open[GOOD] == 2


def test_a_host_that_two_tasks_share_gets_half_of_its_connections_from_each(site):
    urls = [site.url(GOOD, f"good/{n}.jpg") for n in range(20)]
    limits = rules(LOOPBACK, per_host=6)
    lanes = {f"{GOOD}:{site.port}": 3}
    assert len(rows_by_url(fetch_all(urls, ".", limits, lanes=lanes))) == 20
    assert site.most_open[GOOD] == 2


def test_requests_to_a_host_keep_their_distance(site):
    urls = [site.url(GOOD, f"good/{n}.jpg") for n in range(4)]
    started = time.monotonic()
    assert set(fetched(site, urls, host_delay_s=0.15).values()) == {None}
    assert time.monotonic() - started >= 0.45


def test_a_silent_host_is_given_up_and_the_others_are_not(site):
    silent = [site.url(SILENT, f"good/{n}.jpg") for n in range(30)]
    good = [site.url(GOOD, f"good/{n}.jpg") for n in range(30)]
    reasons = fetched(site, silent + good, deadline_s=0.5, breaker_failures=3, per_host=2)
    assert {reasons[url] for url in good} == {None}
    of_silent = [reasons[url] for url in silent]
    assert of_silent.count("deadline") == 3
    assert of_silent.count("host_unavailable") == 30 - of_silent.count("deadline")
    row = fetch_one(silent[0], limits=rules(LOOPBACK, deadline_s=0.2))
    assert (row["drop_reason"], row["detail"]) == ("deadline", "not complete after 0.2 s")


def test_addresses_that_hang_among_good_ones_do_not_end_their_host(site):
    hanging = [site.url(GOOD, f"hang/{n}.jpg") for n in range(4)]
    good = [site.url(GOOD, f"good/{n}.jpg") for n in range(40)]
    reasons = fetched(site, hanging + good, deadline_s=0.5, breaker_failures=3, per_host=6)
    assert [reasons[url] for url in hanging] == ["deadline"] * 4
    assert {reasons[url] for url in good} == {None}


def test_robots_txt_is_asked_for_once_and_kept_to(site):
    urls = [site.url(GOOD, f"{kind}/{n}.jpg") for n in range(9) for kind in ("good", "private")]
    reasons = fetched(site, urls, robots=True)
    assert {url.split("/")[3]: why for url, why in reasons.items()} == {
        "good": None, "private": "robots",
    }  # fmt: skip
    assert site.seen[GOOD, "/robots.txt"] == 1
    assert not any("private" in url for url in site.counts())


def test_an_opt_out_of_the_server_is_kept_to_and_of_another_agents_is_not(site):
    url = site.url(GOOD, "optout/1.jpg")
    assert fetch_one(url, limits=rules(LOOPBACK, **NOAI))["detail"] == "X-Robots-Tag: noai"
    assert fetched(site, [url], **NOAI) == {url: "opt_out"}
    assert fetched(site, [url]) == {url: None}


def test_what_came_before_a_task_ended_is_not_asked_for_again(site, tmp_path):
    urls = [site.url(GOOD, f"good/{n}.jpg") for n in range(200)]
    asked = pa.RecordBatch.from_pydict({"image_id": pa.array(range(200)), "url": urls})
    fetch = fetch_bytes(rules(LOOPBACK, max_batch_bytes=10**6), (".",), frozenset())
    work = journaled(fetch, f"{tmp_path}/journal")
    broken_off = work(iter([asked]))
    came = next(broken_off)["url"].to_pylist()
    broken_off.close()
    assert 0 < len(came) < 200
    whole = rows_by_url(list(work(iter([asked]))))
    assert len(whole) == 200 and all(row["bytes"] for row in whole.values())
    counts = {site.url(*where.split("/", 1)): count for where, count in site.counts().items()}
    assert {counts[url] for url in came} == {1}
    assert max(counts.values()) <= 2
    assert len(rows_by_url(list(work(iter([asked]))))) == 200
    assert sum(site.counts().values()) == sum(counts.values())


def test_what_came_before_a_task_ended_was_held_to_its_digest(site, tmp_path):
    urls = [site.url(GOOD, f"good/{n}.jpg") for n in range(4)]
    asked = pa.RecordBatch.from_pydict(
        {
            "image_id": pa.array(range(4)),
            "url": urls,
            "stated_sha256": [None, "0" * 64, None, "0" * 64],
        }
    )
    work = journaled(
        held_to_digests(fetch_bytes(rules(LOOPBACK), (".",), frozenset())), f"{tmp_path}/journal"
    )
    first = rows_by_url(list(work(iter([asked]))))
    assert [first[url]["drop_reason"] for url in urls] == [None, "hash_mismatch"] * 2
    assert rows_by_url(list(work(iter([asked])))) == first
    assert rows_by_url(list(work(iter([asked.slice(0, 0)])))) == first  # a batch without rows
    assert set(site.counts().values()) == {1}


def test_a_name_that_changes_its_address_is_connected_to_where_it_was_judged(site, monkeypatch):
    answers, real = [GOOD, "10.0.0.1"], socket.getaddrinfo

    def rebinding(host, *more, **named):
        return real(answers.pop(0) if host == "rebind.example" else host, *more, **named)

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    urls = [f"http://rebind.example:{site.port}/good/{n}.jpg" for n in range(3)]
    limits = rules([f"rebind.example:{site.port}"], per_host=1)
    rows = rows_by_url(fetch_all(urls, ".", limits))
    assert {row["drop_reason"] for row in rows.values()} == {None}
    assert (answers, site.connections[GOOD]) == (["10.0.0.1"], 1)


def test_a_name_is_judged_by_the_list_of_each_task_though_the_process_knows_it(site):
    async def addresses(*allowed):
        resolver = Resolver(parse_allow_hosts(allowed), 60.0)
        return await resolver.addresses("localhost", site.port)

    assert GOOD in asyncio.run(addresses(f"localhost:{site.port}"))
    with pytest.raises(RefusedError) as refused:
        asyncio.run(addresses())
    assert refused.value.reason == "ssrf_blocked"


def test_a_certificate_that_nobody_signed_is_refused_before_anything_is_asked(tmp_path):
    (tmp_path / "pem").write_text(PEM)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "pem")
    asked = []
    with socket.create_server((GOOD, 0)) as listener:
        port = listener.getsockname()[1]

        def serve():
            connection, _ = listener.accept()
            with connection:
                try:
                    asked.append(context.wrap_socket(connection, server_side=True).recv(10))
                except OSError:
                    asked.append(None)

        thread = threading.Thread(target=serve)
        thread.start()
        limits = rules(LOOPBACK, tdm_reservation=False)  # it takes one connection
        row = fetch_one(f"https://localhost:{port}/a.jpg", limits=limits)
        thread.join()
    assert (row["drop_reason"], asked) == ("tls", [None])
    assert "CERTIFICATE_VERIFY_FAILED" in row["detail"]


def test_room_is_given_in_the_order_of_asking():
    async def order():
        room, got = ByteRoom(10), []

        async def want(name, count):
            await room.take(count)
            got.append(name)

        await room.take(6)
        tasks = [asyncio.create_task(want(*one)) for one in (("a", 8), ("b", 2), ("large", 50))]
        await asyncio.sleep(0)
        assert (got, room.has(1)) == ([], False)
        tasks[1].cancel()
        room.give(6)
        await asyncio.sleep(0)
        assert got == ["a"]
        room.give(8)
        await asyncio.gather(tasks[0], tasks[2])
        return got

    assert asyncio.run(order()) == ["a", "large"]
