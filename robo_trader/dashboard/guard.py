"""Who may read the page, and what a browser may do with it.

The page is read-only and on the loopback, and that alone does not keep strangers out: any web site can make its own name point to 127.0.0.1 (DNS
rebinding) and have the visitor's browser read this page as its own. Such a request carries the site's name in its Host header; only our own names are
answered. An address cannot be made to point elsewhere, so a server bound to all interfaces also answers to addresses.
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import Final

LOOPBACK_NAMES: Final = frozenset({"localhost", "127.0.0.1", "::1"})
ALL_INTERFACES: Final = frozenset({"0.0.0.0", "::"})  # noqa: S104 -- recognised, not bound

HEADERS: Final = {
    "Cache-Control": "no-store",  # a cached position is a lie with a fresh face
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def is_ours(host_header: str, bound_host: str) -> bool:
    """Whether a request's Host header names this server, which listens on `bound_host`."""
    name = _without_port(host_header).lower().removesuffix(".")
    if not name:
        return False
    return name in LOOPBACK_NAMES or name == bound_host.lower() or (bound_host in ALL_INTERFACES and _is_address(name))


def _without_port(host_header: str) -> str:
    """`[::1]:5555` -> `::1`, `localhost:5555` -> `localhost`."""
    if host_header.startswith("["):
        return host_header[1:].partition("]")[0]
    return host_header.partition(":")[0]


def _is_address(name: str) -> bool:
    """Whether `name` is a number address."""
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
