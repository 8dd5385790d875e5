"""The cluster doors for real: `ray up` on two hosts, `ray start` on one, jobs submitted and stopped, `ray down`, and nothing left behind.

The hosts are namespaces of this machine (tests/support/hosts.py), commanded with the words of deploy/README.md and the files that are shipped; the
addresses, user and key in `local.yaml` are all that is changed, as anybody would.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from robo_trader.edge.fence import Fence
from robo_trader.market.calendar import sessions_between
from robo_trader.values import NS_PER_SECOND
from tests.support.bars import series, write
from tests.support.hosts import HOME, ROOT, Lab, lab, missing, short_folder
from tests.support.processes import descendants

pytestmark = [pytest.mark.long, pytest.mark.timeout(600), pytest.mark.skipif(missing() is not None, reason=missing() or "")]

ENVIRONMENT = ". ray_cluster/environment.sh"
ON_HOST = f". {HOME}/robo-trader/ray_cluster/environment.sh"
API = "export RAY_API_SERVER_ADDRESS=http://127.0.0.1:8265"
STUDY = "--train 700 --gap 14 --test 140 --trials 5 --seed 11 --space fast=2:10,slow=20:60 --workers 2"
TOKEN = "(umask 077; mkdir -p ~/.robo-trader; openssl rand -hex 32 > ~/.robo-trader/ray_token)"


@pytest.fixture
def folder() -> Iterator[Path]:
    made = short_folder()
    for number, symbol in enumerate(("AAA", "BBB")):
        write(made, symbol, series(1_500, number, symbol))
    yield made
    shutil.rmtree(made)


def worked(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stdout[-6000:]
    return done.stdout


def told(output: str) -> dict[str, object]:
    """The JSON object that a command inside a job printed."""
    return dict(json.loads(next(line for line in output.splitlines() if line.startswith("{"))))


def study(folder: Path, out: str) -> str:
    return f"robo-trader optimize moving_average_cross --data {folder}/bars/hour --out {out} --json {STUDY}"


@contextmanager
def dashboard(made: Lab, configuration: Path) -> Iterator[None]:
    """The head's dashboard, which also takes jobs, on this side's port 8265: `ray dashboard` is a tunnel of ssh."""
    words = made.command("bash", "-c", f"{ENVIRONMENT} && exec ray dashboard {configuration}")
    tunnel = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        opened = "for i in $(seq 200); do (exec 3<>/dev/tcp/127.0.0.1/8265) 2>/dev/null && exit 0; sleep 0.1; done; exit 1"
        worked(made.run(opened, 30))
        yield
    finally:
        tunnel.kill()
        tunnel.wait()


def configured(folder: Path, hosts: tuple[str, ...]) -> Path:
    """The shipped file, with what everybody changes changed."""
    text = (ROOT / "ray_cluster" / "local.yaml").read_text()
    given = yaml.safe_load(text)["provider"]
    changed = text.replace(given["head_ip"], hosts[0]).replace(given["worker_ips"][0], hosts[1]).replace("ssh_user: trader", "ssh_user: root")
    (folder / "local.yaml").write_text(changed)
    return folder / "local.yaml"


def networks(pids: Iterable[int | str]) -> set[str]:
    """The network namespaces that these processes live in."""
    found = set()
    for pid in pids:
        with suppress(OSError):  # it ended meanwhile
            found.add(str(Path(f"/proc/{pid}/ns/net").readlink()))
    return found


def until(made: Lab, address: str, condition: str, seconds_max: int) -> None:
    """Wait on the host until the shell's condition holds."""
    script = f"for i in $(seq {seconds_max * 2}); do {condition} && exit 0; sleep 0.5; done; ps ax -o args; exit 1"
    worked(made.on(address, script, seconds_max + 10))


def computed_on(made: Lab, head: str) -> set[str]:
    """Addresses of the nodes that computed windows of a study, as the cluster itself tells."""
    listing = f"{ON_HOST}; ray list nodes --format json 2>/dev/null; echo; ray list tasks --detail --format json --limit 1000 2>/dev/null"
    printed = worked(made.on(head, listing, 60))
    decoder = json.JSONDecoder()
    nodes, end = decoder.raw_decode(printed, printed.index("["))
    tasks, _ = decoder.raw_decode(printed, printed.index("[", end))
    address = {node["node_id"]: node["node_ip"] for node in nodes}
    return {address[task["node_id"]] for task in tasks if task["name"] == "_run_as_guest"}


def test_two_hosts_become_a_cluster_compute_a_study_and_are_left_as_they_were(folder: Path) -> None:
    with lab(folder, hosts=2) as made:
        head, worker = made.hosts
        own = networks([made.init, *descendants(made.init)])
        configuration = configured(folder, made.hosts)
        worked(made.run(TOKEN, 10))
        worked(made.run(f"{ENVIRONMENT} && ray up -y --no-config-cache {configuration}", 180))
        until(made, head, f"({ON_HOST}; ray list nodes 2>/dev/null | grep -c ALIVE | grep -qx 2)", 60)
        secret = made.on(worker, f"stat -c %a {HOME}/.robo-trader/ray_token; cat {HOME}/.robo-trader/ray_token").stdout.split()
        assert secret[0] == "600"
        assert secret[1] not in made.on(head, f"cat {HOME}/*.yaml; ps ax -o args").stdout
        refused = made.on(head, "curl -s -o /dev/null -w %{http_code} http://127.0.0.1:8265/api/jobs/").stdout
        assert refused == "401", "the dashboard asks for the token"
        listening = made.on(head, "ss -ltnH | awk '{print $4}'").stdout.split()
        assert [port for port in listening if port.endswith(":8265")] == ["127.0.0.1:8265"], "and is on the loopback alone"

        assert "state directory" in worked(made.run(f"scripts/deploy.sh submit {configuration} -- robo-trader doctor", 120))
        with dashboard(made, configuration):
            submit = f"{ENVIRONMENT} && {API} && ray job submit --working-dir . --"
            answer = told(worked(made.run(f"{submit} {study(folder, '/tmp/study')}", 180)))
        assert answer["computed"]
        assert computed_on(made, head) == {worker}, "the head trades, and computes nothing for others"

        ended = worked(made.run(f"scripts/deploy.sh down {configuration}", 120))
        assert "Ray was not stopped" not in ended
        for address in made.hosts:
            until(made, address, '[ "$(ps ax -o args | grep -c "[/]ray/\\|[r]ay::")" = 0 ]', 15)
    assert len(own) == len(("lab", head, worker))
    assert not own & networks(path.name for path in Path("/proc").glob("[0-9]*")), "no process and no namespace is left"


HEAD_ON_A_LAPTOP = "ray start --head --node-ip-address=127.0.0.1 --dashboard-host=127.0.0.1 --disable-usage-stats --resources='{\"broker\":1}'"
TRADE = "robo-trader run"
"""What a trading job is. Its gateway runs outside of the job, as IB's does: a stop of the job signals every process below the job's own."""
SYSTEM = "trading"


def a_recent_day() -> str:
    """The last session before today: a run on a gateway that it did not start knows the sessions around its own day."""
    today = datetime.now(UTC).date()
    last = sessions_between(today - timedelta(days=10), today - timedelta(days=1))[-1]
    return f"{datetime.fromtimestamp(last.open / NS_PER_SECOND, UTC):%Y-%m-%d}"


@contextmanager
def gateway(made: Lab, folder: Path) -> Iterator[str]:
    """A simulated gateway, and the options of a run on it."""
    words = f"--port 4002 --seed 7 --date {a_recent_day()} --speed 60 --state {folder}/gateway --log {folder}/gateway.jsonl"
    running = subprocess.Popen(made.command("robo-trader", "sim-gateway", *words.split()), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield f"--port 4002 --exchange-log {folder}/gateway.jsonl"
    finally:
        running.terminate()
        running.wait(20)


def test_a_job_on_one_machine_computes_and_a_stopped_one_drains_and_writes_no_halt(folder: Path) -> None:
    state = folder / "state"
    with lab(folder, hosts=0) as made:
        worked(made.run(TOKEN, 10))
        worked(made.run(f"{ENVIRONMENT} && export ROBO_TRADER_STATE_DIR={state} && {HEAD_ON_A_LAPTOP}", 120))
        submit = f"{ENVIRONMENT} && ray job submit --working-dir ."
        assert told(worked(made.run(f"{submit} -- {study(folder, str(folder / 'study'))}", 180)))["computed"]

        with gateway(made, folder) as options:
            worked(made.run(f"{submit} --submission-id {SYSTEM} --no-wait -- {TRADE} --system {SYSTEM} {options}", 60))
            ask = f"robo-trader status --system {SYSTEM} --json 2>/dev/null"
            holds = f"""{ask} | grep -q '"position": -\\?[1-9]'"""
            worked(made.run(f"export ROBO_TRADER_STATE_DIR={state}; for i in $(seq 120); do {holds} && exit 0; sleep 0.5; done; {ask}; exit 1", 240))
            stopped = made.run(f"{ENVIRONMENT} && ray job stop {SYSTEM} && ray job status {SYSTEM}; ray job logs {SYSTEM}", 60).stdout
            assert f"Job '{SYSTEM}' was stopped" in stopped
            assert "draining: entries are cancelled, stops stay at the broker" in stopped
            assert "reconciled: the books equal the broker's" in stopped, "the drain came to its end within RAY_JOB_STOP_WAIT_TIME_S"
        report = json.loads(worked(made.run(f"robo-trader sim-gateway --verify {folder}/gateway.jsonl --json", 60)))
        assert (report["clean"], report["orders"] > 0) == (True, True)
        worked(made.run(f"{ENVIRONMENT} && ray stop", 60))
    fence = Fence.open(state / SYSTEM / "fence", create=False)
    assert (fence.halts(), fence.resumed()) == ((), frozenset()), "a stopped job may be submitted again and goes on"
    fence.close()
