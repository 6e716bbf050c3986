"""What hosts allow: robots.txt (RFC 9309) and tdmrep.json (W3C TDMRep)."""

from functools import partial

from realsyn_lib.fetch.robots import MAX_ROBOTS_BYTES, RobotsRules, parse_robots
from realsyn_lib.fetch.tdmrep import MAX_TDMREP_BYTES, TDMREP_PATH, Reservations, parse_tdmrep
from realsyn_lib.fetch.urls import HttpTarget, host_of
from udfs.fetched import RefusedError
from udfs.host_files import UNREACHED, HostFiles
from udfs.http_get import Asking

_TDMREP_SHARE = 0.2  # of the time for a picture: a server that hangs there may still give those


class HostPolicies:
    """Asks hosts before the first of their pictures is asked for, as the settings want it."""

    def __init__(self, asking: Asking) -> None:
        within_s = asking.rules.deadline_s * _TDMREP_SHARE
        parse = partial(parse_robots, agent=asking.rules.agent_token)
        self._rules = asking.rules
        self._robots = HostFiles[RobotsRules](
            asking, "/robots.txt", MAX_ROBOTS_BYTES, parse, _without_robots
        )
        self._tdmrep = HostFiles[Reservations](
            asking,
            TDMREP_PATH,
            MAX_TDMREP_BYTES,
            parse_tdmrep,
            lambda _why: Reservations(),
            within_s,
        )

    async def check(self, target: HttpTarget) -> None:
        """Return where the host allows the address.

        Raises:
            RefusedError: ``robots`` or ``opt_out`` where it does not, ``robots_unavailable`` where its
                rules cannot be had, or why the host could not be reached.
        """
        if self._rules.robots and not (await self._robots.of(target)).allows(target.request):
            raise RefusedError("robots", f"robots.txt of {host_of(target)} does not allow it")
        if self._rules.tdm_reservation and (await self._tdmrep.of(target)).cover(target.request):
            raise RefusedError("opt_out", f"tdmrep.json of {host_of(target)} reserves it")


def _without_robots(refusal: RefusedError) -> RobotsRules | RefusedError:
    """Any status but 200 and those of a failing server says that there is no such file."""
    if refusal.status is not None and refusal.status != 200 and refusal.status < 500:
        return RobotsRules()
    if refusal.reason in UNREACHED:
        return refusal
    detail = f"robots.txt: {refusal.reason}, {refusal.detail}"
    return RefusedError("robots_unavailable", detail, refusal.status)
