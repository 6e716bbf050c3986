"""Addresses, ids and what stands in the way of a fetch."""

import hashlib
import ipaddress
import json

from hypothesis import assume, given
from hypothesis import strategies as st

from realsyn_lib.fetch.addresses import is_public, may_connect, parse_allow_hosts
from realsyn_lib.fetch.opt_out_headers import refusing_directive
from realsyn_lib.fetch.path_patterns import fits, normal_path
from realsyn_lib.fetch.robots import parse_robots
from realsyn_lib.fetch.tdmrep import parse_tdmrep
from realsyn_lib.fetch.urls import http_target
from realsyn_lib.ids import content_hash_id
from realsyn_lib.opt_out import OptOut
from realsyn_lib.urls import MAX_URL_BYTES, canonical_url, is_web, local_url, without_credentials

ANY = st.text(max_size=60)
WORD = st.text("abcdefgh0123456789", min_size=1, max_size=8)
HOST = st.lists(WORD, min_size=2, max_size=4).map(".".join).filter(lambda h: not h[-1].isdigit())
PATH = st.text("abc/.%20-_~?=&é ", max_size=30)
ADDRESS = st.builds("http://{}/{}".format, HOST, PATH)


@given(ANY | ADDRESS, st.sampled_from(["", "a/b.html", "https://a.example/x/y"]))
def test_an_address_has_a_canonical_form_or_a_refusal_and_never_both(raw, base):
    found = canonical_url(raw, base)
    assert (found.url is None) != (found.refusal is None)


@given(ANY | ADDRESS)
def test_the_canonical_form_of_a_canonical_form_is_itself(raw):
    url = canonical_url(raw, "").url
    assume(url is not None)
    assert canonical_url(url, "").url == url


@given(ANY | ADDRESS, st.sampled_from(["", "https://a.example/x/y"]))
def test_a_canonical_form_is_printable_ascii_of_bounded_length(raw, base):
    url = canonical_url(raw, base).url
    assume(url is not None)
    assert url.isascii() and url.isprintable() and " " not in url
    assert len(url) <= MAX_URL_BYTES


@given(HOST, PATH.map(str.strip), st.text("ab%#?/ =", max_size=10))
def test_a_fragment_changes_no_address(host, path, fragment):
    plain = canonical_url(f"http://{host}/{path}", "")
    assert canonical_url(f"http://{host}/{path}#{fragment}", "").url == plain.url


@given(HOST, PATH)
def test_case_of_scheme_and_host_and_the_default_port_change_no_address(host, path):
    plain = canonical_url(f"http://{host}/{path}", "")
    assert canonical_url(f"HTTP://{host.upper()}:80/{path}", "").url == plain.url


@given(ANY)
def test_no_relative_address_leaves_the_input_folder(raw):
    url = canonical_url(raw, "pages/deep/index.html").url
    assume(url is not None and not is_web(url))
    assert not url.startswith("/") and ".." not in url.split("?")[0].split("/")


@given(
    st.lists(
        st.text("ab%?#\\: é\u200b", min_size=1, max_size=6), min_size=2, max_size=2, unique=True
    )
)
def test_two_names_on_a_disk_never_get_one_address(names):
    urls = [local_url(name).url for name in names]
    assert None in urls or urls[0] != urls[1]


@given(WORD, WORD, HOST)
def test_user_and_password_never_stay(user, password, host):
    shown = without_credentials(f"https://{user}:{password}@{host}/x")
    assert shown == f"https://{host}/x"


@given(ADDRESS)
def test_what_is_sent_to_a_server_has_no_line_break(raw):
    url = canonical_url(raw, "").url
    assume(url is not None)
    target = http_target(url)
    assert target.request.startswith("/")
    assert not set("\r\n \t\0") & set(target.request + target.host)


@given(st.binary(max_size=40))
def test_an_id_is_the_first_eight_bytes_of_the_digest(data):
    found = content_hash_id(data)
    assert found.to_bytes(8, "big", signed=True) == hashlib.sha256(data).digest()[:8]


@given(st.ip_addresses())
def test_an_address_that_is_not_public_is_not_connected_to(address):
    allow = parse_allow_hosts(())
    text = str(address)
    assert may_connect("a.example", 80, [text], allow) is is_public(text)
    if address.is_private or address.is_loopback or address.is_link_local or address.is_multicast:
        assert not is_public(text)


@given(st.lists(st.ip_addresses(v=4), max_size=4), st.ip_addresses(v=4, network="10.0.0.0/8"))
def test_one_private_address_among_several_is_enough_to_refuse_a_host(others, private):
    found = [str(address) for address in (*others, private)]
    assert not may_connect("a.example", 80, found, parse_allow_hosts(()))


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_inside_an_ipv6_one_is_judged_as_itself(address):
    mapped = ipaddress.IPv6Address(f"::ffff:{address}")
    assert is_public(str(mapped)) is is_public(str(address))


@given(PATH, PATH)
def test_a_pattern_without_signs_is_a_prefix(pattern, path):
    assume("*" not in pattern and not pattern.endswith("$"))
    assert fits(pattern, path) is path.startswith(pattern)


@given(st.text("ab*", max_size=6), st.text("ab", max_size=8), st.text("ab", max_size=4))
def test_what_a_pattern_fits_it_fits_with_more_behind_it(pattern, path, more):
    assume(fits(pattern, path))
    assert fits(pattern, path + more)


@given(PATH)
def test_one_spelling_of_a_path_is_that_of_itself(path):
    assert normal_path(normal_path(path)) == normal_path(path)


@given(st.lists(st.tuples(st.booleans(), PATH), max_size=6), PATH)
def test_robots_with_no_disallow_allows_everything(rules, path):
    lines = [f"Allow: /{pattern}" for _is_allowed, pattern in rules]
    assert parse_robots("\n".join(["User-agent: *", *lines]).encode(), "realsyn").allows(f"/{path}")


@given(st.binary(max_size=200), PATH)
def test_rules_of_another_agent_say_nothing_to_us(noise, path):
    assume(b":" not in noise)
    data = b"User-agent: otherbot\nDisallow: /\n" + noise.replace(b"\n", b" ")
    assert parse_robots(data, "realsyn").allows(f"/{path}")


@given(st.permutations([("/a/*", 1), ("/a/b/*", 0), ("/*.png$", 1), ("/c", 0)]), PATH)
def test_the_order_of_reservations_changes_nothing(items, path):
    def reads(some):
        told = [{"location": place, "tdm-reservation": kept} for place, kept in some]
        return parse_tdmrep(json.dumps(told).encode()).cover(f"/{path}")

    assert reads(items) is reads(sorted(items))


@given(st.lists(st.text("abc: ,", max_size=12), max_size=4))
def test_a_directive_that_is_not_refused_refuses_nobody(values):
    assert refusing_directive(values, "realsyn", frozenset({"noai"})) is None


@given(HOST, st.lists(WORD, min_size=1, max_size=3).map(".".join), PATH)
def test_a_domain_that_is_named_covers_all_hosts_below_it_and_none_beside_it(domain, below, path):
    digest = hashlib.sha256(domain.encode()).hexdigest()
    asked = OptOut.of([("domain", digest, None)])
    assert asked.covers_url(f"http://{below}.{domain}/{path}")
    assert not asked.covers_url(f"http://{below}x{domain}.example/{path}")
