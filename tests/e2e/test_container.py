"""What the image is made to do, done without an engine: its command as process 1 of namespaces, under the conditions of docker-compose.yml.

Nothing of the image itself is proven (it was not built), but that its command lives there: as a user without rights, on a root file system that
cannot be written, healthy by the image's own check, and drained by the signal that `docker stop` sends, within the time that the compose file leaves.
"""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.hosts import container, missing

pytestmark = [pytest.mark.long, pytest.mark.timeout(300), pytest.mark.skipif(missing() is not None, reason=missing() or "")]

ROOT = Path(__file__).resolve().parent.parent.parent
HEALTHY_SECONDS_MAX = 150


def command() -> list[str]:
    """The image's own."""
    words = re.findall(r"(?m)^CMD (\[.*\])$", (ROOT / "Dockerfile").read_text())[-1]
    return list(json.loads(words))


def trader() -> dict[str, Any]:
    return dict(yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["trader"])


def test_the_image_s_command_becomes_healthy_and_drains_when_it_is_stopped() -> None:
    check = shlex.join(trader()["healthcheck"]["test"][1:])
    with container(*command()) as running:
        waited = running.run(
            f"for i in $(seq {HEALTHY_SECONDS_MAX}); do {check} 2>/dev/null && exit 0; sleep 1; done; {check}", 2 * HEALTHY_SECONDS_MAX
        )
        assert waited.returncode == 0, waited.stdout[-2000:]
        code, said = running.stop(float(trader()["stop_grace_period"].removesuffix("s")))
    assert code == 0, said[-3000:]
    assert "draining: entries are cancelled, stops stay at the broker" in said
    assert "reconciled: the books equal the broker's" in said
