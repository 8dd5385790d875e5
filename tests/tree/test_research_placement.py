"""On a cluster of two nodes research stays away from the one that talks to the broker; seen from outside, by whose child each worker is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import os, sys
from pathlib import Path

from actors.local_ray import quieten

quieten()
import ray
from ray.cluster_utils import Cluster

from actors.researcher import study
from robo_trader.edge.result_files import ResultFiles
from tests.support.processes import descendants
from tests.tree.test_walkforward import tasks


def command(pid):
    return Path(f"/proc/{pid}/cmdline").read_text()


def parent(pid):
    return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])


cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 4, "resources": {"broker": 1}, "include_dashboard": False})
cluster.add_node(num_cpus=2)
ray.init(address=cluster.address, log_to_driver=False, configure_logging=False)
seen = set()


def look(_):
    for pid, line in descendants().items():
        if line.startswith("ray::_run_as_guest"):
            seen.add("broker" in command(parent(pid)))


study(tasks(), ResultFiles.open(Path(sys.argv[1])), tell=look)
sys.stdout.write(f"on the broker's node: {sorted(seen)}")
sys.stdout.flush()
ray.shutdown()
cluster.shutdown()
"""


@pytest.mark.long
def test_no_worker_runs_on_the_broker_s_node(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM, str(tmp_path)], capture_output=True, text=True, timeout=110, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.endswith("on the broker's node: [False]"), done.stdout
