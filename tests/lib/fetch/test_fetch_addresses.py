"""Only public addresses are reached, whatever a page says."""

import pytest

from realsyn_lib.errors import SettingError
from realsyn_lib.fetch.addresses import is_public, may_connect, parse_allow_hosts

NOBODY = parse_allow_hosts(())


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_a_public_address_is_public(address):
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "0.0.0.0", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0",
        "fc00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1",
        "2002:7f00:1::", "::127.0.0.1",
    ],
)  # fmt: skip
def test_a_private_address_is_not_public_however_it_is_written(address):
    assert not is_public(address)


def test_a_private_address_is_not_reached():
    assert not may_connect("intranet", 80, ["10.0.0.8"], NOBODY)


def test_one_private_address_among_public_ones_is_enough_to_refuse():
    assert not may_connect("mixed.example", 80, ["8.8.8.8", "127.0.0.1"], NOBODY)


def test_a_name_without_addresses_is_not_reached():
    assert not may_connect("nowhere.example", 80, [], NOBODY)


def test_an_allowed_host_is_allowed_at_its_port_only():
    allow = parse_allow_hosts(("127.0.0.1:8080",))
    assert may_connect("127.0.0.1", 8080, ["127.0.0.1"], allow)
    assert not may_connect("127.0.0.1", 8081, ["127.0.0.1"], allow)
    assert not may_connect("localhost", 8080, ["127.0.0.1"], allow)


def test_an_allowed_range_covers_its_addresses_only():
    allow = parse_allow_hosts(("10.1.0.0/16", "[fd00::1]:443"))
    assert may_connect("inside", 443, ["10.1.255.1"], allow)
    assert not may_connect("inside", 443, ["10.2.0.1"], allow)
    assert may_connect("fd00::1", 443, ["fd00::1"], allow)


@pytest.mark.parametrize("entry", ["localhost", "host:", ":80", "host:99999", "10.0.0.1/8", "a/b"])
def test_an_entry_that_is_neither_host_nor_range_is_refused(entry):
    with pytest.raises(SettingError, match="expected HOST:PORT or a range"):
        parse_allow_hosts((entry,))
