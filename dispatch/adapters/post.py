"""Letters carried over HTTP, to addresses that a storefront chose and we do not trust.

Decides what may be reached: by default only the public network, over TLS.  A name is looked
up once, what it leads to is judged, and that very address is connected to: a name that leads
elsewhere a moment later changes nothing.  No redirect is followed, no proxy of the machine is
used, nothing of an answer is read but its status.

``httpx`` is imported at the first letter: most processes never send one.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable, Sequence
from functools import cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING, Final
from urllib.parse import SplitResult

from dispatch import __version__
from dispatch.adapters.clock import WallClock
from dispatch.adapters.webhook_key import WebhookKey
from dispatch.core.errors import Invalid
from dispatch.operations.letters import Answer, Letter, signed_headers
from dispatch.operations.webhooks import check_url

if TYPE_CHECKING:
    import httpx

#: How many of a name's addresses are tried until one takes the connection.
_MOST_ADDRESSES: Final = 4
#: An IPv4 address written inside an IPv6 one, for a gateway to reach (RFC 6052).
_TRANSLATED: Final = IPv6Network("64:ff9b::/96")

#: Host and port → its addresses, best first.  Raises ``OSError``.
Resolver = Callable[[str, int], Sequence[str]]


def look_up(host: str, port: int) -> Sequence[str]:
    """Return the addresses of *host* as this machine's resolver knows them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def is_public(address: str) -> bool:
    """True when *address* is somebody's on the public network, whatever it is wrapped in."""
    found = ip_address(address.partition("%")[0])
    if isinstance(found, IPv6Address) and (inner := _inner(found)) is not None:
        found = inner
    return found.is_global and not found.is_multicast


def _inner(address: IPv6Address) -> IPv4Address | None:
    """Return the IPv4 address that *address* is only another spelling of, or a way to."""
    if address in _TRANSLATED:
        return IPv4Address(address.packed[-4:])
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else None)


class HttpPost:
    """The ``Post`` port.

    key       : makes the secrets
    private   : may letters go to this machine and its network, and without TLS?
    tls       : whom to trust; None: the authorities that browsers trust
    """

    def __init__(
        self,
        key: WebhookKey,
        *,
        private: bool = False,
        resolver: Resolver = look_up,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._key = key
        self._private = private
        self._resolver = resolver
        self._tls = tls

    def secret(self, endpoint_id: str, version: int) -> str:
        """As ``Post.secret``."""
        return self._key.secret(endpoint_id, version)

    def new_secret(self, endpoint_id: str, version: int) -> str:
        """As ``Post.new_secret``."""
        self._key.make()
        return self._key.secret(endpoint_id, version)

    def send(self, letter: Letter) -> Answer:
        """Send *letter* now.  Safe from several threads; waits at most about ``timeout_s``.

        (The system's resolver keeps a time of its own, before that.)
        """
        try:
            parts = check_url(letter.url, private=self._private)
            addresses = self._addresses(parts)
        except Invalid:
            return Answer(None, "address_not_allowed")
        except (OSError, UnicodeError):
            return Answer(None, "unknown_host")
        return asyncio.run(self._sent(letter, parts, addresses))

    def _addresses(self, parts: SplitResult) -> Sequence[str]:
        found = self._resolver(str(parts.hostname), _port(parts))
        # One that is private among public ones is no accident: the name is refused as it is.
        if not self._private and not all(is_public(address) for address in found):
            raise Invalid("leads into a private network")
        return found[:_MOST_ADDRESSES]

    async def _sent(self, letter: Letter, parts: SplitResult, addresses: Sequence[str]) -> Answer:
        import httpx

        answer = Answer(None, "unknown_host")
        try:
            # One limit for all of it: an answer that drips byte by byte ends here as well.
            async with (
                asyncio.timeout(letter.timeout_s),
                httpx.AsyncClient(
                    verify=self._tls or _authorities(), trust_env=False, timeout=letter.timeout_s
                ) as client,
            ):
                for address in addresses:
                    try:
                        return Answer(await _status(client, letter, parts, address))
                    except httpx.ConnectError as why:  # nothing was sent yet
                        answer = Answer(None, "tls" if _is_tls(why) else "no_connection")
        except (TimeoutError, httpx.TimeoutException):
            return Answer(None, "timeout")
        except (httpx.HTTPError, httpx.InvalidURL):
            return Answer(None, "no_answer")
        return answer


async def _status(
    client: httpx.AsyncClient, letter: Letter, parts: SplitResult, address: str
) -> int:
    host = f"[{address}]" if ":" in address else address
    headers = {
        "Host": parts.netloc,
        "Content-Type": "application/json",
        "User-Agent": f"Dispatch/{__version__}",
        # By everybody's clock, not the town's: a shop refuses what is minutes old.
        **signed_headers(letter, int(WallClock().now().timestamp())),
    }
    request = client.build_request(
        "POST",
        parts._replace(netloc=f"{host}:{_port(parts)}").geturl(),
        headers=headers,
        content=letter.body,
        # The certificate is the name's, though the connection goes to an address.
        extensions={"sni_hostname": str(parts.hostname)},
    )
    answer = await client.send(request, stream=True)
    try:
        return answer.status_code
    finally:
        await answer.aclose()


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


@cache
def _authorities() -> ssl.SSLContext:
    """Read once: it takes longer than a letter."""
    import httpx

    return httpx.create_ssl_context(trust_env=False)


def _is_tls(why: BaseException | None) -> bool:
    while why is not None:
        if isinstance(why, ssl.SSLError):
            return True
        why = why.__cause__ or why.__context__
    return False
