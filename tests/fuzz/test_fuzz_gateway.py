"""Ten minutes of coverage-guided fuzz in `make test-long`; test_hostile_clients.py is its short sister in every run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

DRIVER = Path(__file__).with_name("fuzz_gateway.py")
FUZZER = DRIVER.parents[2] / "build" / "fuzz"
SECONDS = 600
INPUT_BYTES_MAX = 20_000
MEMORY_MB_MAX = 1_024


@pytest.mark.long
@pytest.mark.lengthy
@pytest.mark.timeout(SECONDS + 200)
def test_ten_minutes_of_guided_bytes_end_no_gateway(tmp_path: Path) -> None:
    if not (FUZZER / "ready").exists():
        pytest.skip("the fuzzer is not installed: make fuzzer")
    (tmp_path / "corpus").mkdir()
    options = [f"-max_total_time={SECONDS}", f"-max_len={INPUT_BYTES_MAX}", f"-rss_limit_mb={MEMORY_MB_MAX}", f"-artifact_prefix={tmp_path}/"]
    ran = subprocess.run(
        [sys.executable, str(DRIVER), str(tmp_path / "corpus"), *options],
        env=os.environ | {"PYTHONPATH": str(FUZZER)},
        capture_output=True,
        text=True,
        timeout=SECONDS + 120,
        check=False,
    )
    assert ran.returncode == 0, f"{ran.stdout[-2_000:]}{ran.stderr[-4_000:]}"
