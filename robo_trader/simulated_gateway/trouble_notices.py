"""What a gateway says of its own connections: farms that are up or lost, and the way to the servers, in the broker's words."""

from __future__ import annotations

from typing import Final

Notice = tuple[int, str]
FARMS_UP: Final[tuple[Notice, ...]] = (
    (2104, "Market data farm connection is OK:usfarm"),
    (2106, "HMDS data farm connection is OK:ushmds"),
    (2158, "Sec-def data farm connection is OK:secdefnj"),
)
FARMS_LOST: Final[tuple[Notice, ...]] = (
    (2103, "Market data farm connection is broken:usfarm"),
    (2105, "HMDS data farm connection is broken:ushmds"),
    (2158, "Sec-def data farm connection is OK:secdefnj"),
)
LOST: Final[Notice] = (1100, "Connectivity between IB and Trader Workstation has been lost.")
STILL_LOST: Final[Notice] = (2110, "Connectivity between Trader Workstation and server is broken. It will be restored automatically.")
RESTORED: Final[dict[int, str]] = {
    1101: "Connectivity between IB and Trader Workstation has been restored - data lost.",
    1102: "Connectivity between IB and Trader Workstation has been restored - data maintained. "
    "The following farms are connected: usfarm; ushmds; secdefnj.",
}
