"""How often a client may ask: a token bucket each, in bounded memory."""

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable

CLIENTS = 10_000  # remembered at once; who has not asked for longest is forgotten
IPV6_SITE = 64  # bits; one household or machine owns all addresses behind them


class Rate:
    """Lets each client ask `a_minute` times at once, and as often a minute from then on."""

    def __init__(self, a_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = a_minute
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # tokens left, when

    def wait(self, address: str) -> float:
        """Take one token of the client; return 0, or the seconds until there is one again."""
        if not self._most:
            return 0.0
        client, now, a_second = client_of(address), self._clock(), self._most / 60
        left, then = self._buckets.pop(client, (float(self._most), now))
        left = min(self._most, left + (now - then) * a_second)
        wait = 0.0 if left >= 1 else (1 - left) / a_second
        self._buckets[client] = (left if wait else left - 1, now)
        if len(self._buckets) > CLIENTS:
            self._buckets.popitem(last=False)
        return wait


def client_of(address: str) -> str:
    """Who counts as one client: an IPv4 address, or all of a household's IPv6 addresses."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address
    if ip.version == 4:
        return address
    return str(ipaddress.ip_network((int(ip), IPV6_SITE), strict=False))
