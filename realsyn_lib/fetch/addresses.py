"""Which network addresses a fetch may connect to.

A page names the address, so it must not lead into the network of the one who runs us: only
public addresses, judged after name resolution, and again for each redirect.
"""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from realsyn_lib.errors import SettingError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# IPv6 prefixes that a gateway may turn into the IPv4 address in their last 32 bits.
_TRANSLATED = tuple(ipaddress.IPv6Network(n) for n in ("64:ff9b::/96", "64:ff9b:1::/48", "::/96"))


@dataclass(frozen=True)
class AllowList:
    """Exceptions to the public-only rule, parsed from ``fetch.allow_hosts``."""

    hosts: frozenset[tuple[str, int]]
    networks: tuple[Network, ...]

    def allows(self, host: str, port: int, address: str) -> bool:
        """Tell whether ``host:port``, resolved to ``address``, is excepted."""
        if (host.lower(), port) in self.hosts:
            return True
        ip = ipaddress.ip_address(address)
        return any(ip in network for network in self.networks)


@lru_cache(maxsize=16)
def parse_allow_hosts(entries: tuple[str, ...]) -> AllowList:
    """Parse ``HOST:PORT`` (``[v6]:PORT``) and CIDR entries.

    Raises:
        SettingError: an entry is neither.
    """
    hosts, networks = set(), []
    for entry in entries:
        host, _, port = entry.rpartition(":")
        if "/" in entry:
            networks.append(_network(entry))
        elif host and port.isascii() and port.isdigit() and 0 < int(port) < 65536:
            hosts.add((host.strip("[]").lower(), int(port)))
        else:
            raise _bad_entry(entry)
    return AllowList(frozenset(hosts), tuple(networks))


def may_connect(host: str, port: int, addresses: Iterable[str], allow: AllowList) -> bool:
    """Tell whether every address of ``host`` is public or excepted; False when there is none.

    All must pass: a name that mixes public and private addresses is an attempt to slip by.
    """
    found = list(addresses)
    return bool(found) and all(is_public(a) or allow.allows(host, port, a) for a in found)


def is_public(address: str) -> bool:
    """Tell whether an IP address is globally routable unicast, as is any IPv4 one inside it."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    inner = _embedded(ip)
    public = ip.is_global and not ip.is_multicast
    return all(a.is_global and not a.is_multicast for a in inner) if inner else public


def _embedded(ip: Address) -> list[Address]:
    """IPv4 addresses that an IPv6 one stands for: mapped, 6to4, Teredo, NAT64, compatible."""
    if isinstance(ip, ipaddress.IPv4Address):
        return []
    inner: list[Address] = [a for a in (ip.ipv4_mapped, ip.sixtofour) if a is not None]
    inner += ip.teredo or ()
    if any(ip in network for network in _TRANSLATED):
        inner.append(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF))
    return inner


def _network(entry: str) -> Network:
    try:
        return ipaddress.ip_network(entry)
    except ValueError as error:
        raise _bad_entry(entry) from error


def _bad_entry(entry: str) -> SettingError:
    return SettingError(
        f"fetch.allow_hosts: got {entry!r}, expected HOST:PORT or a range such as 10.0.0.0/8"
    )
