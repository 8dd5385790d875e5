"""The doors to a cluster and a container, judged without going through them: cluster files by Ray's own schema, image and compose file by parsing.

There need be no cloud and no Docker engine where this runs, so it proves form, not function: that Ray accepts the files, that what they copy exists,
that no secret stands in them, and that the parts agree with each other. What can be executed is: the environment, and the image's health check.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatch
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import yaml

from actors.one_process import DRAIN_SECONDS_MAX

ROOT = Path(__file__).resolve().parent.parent.parent
CLUSTERS = ("local", "aws")
PORTS = {
    *("--port", "--node-manager-port", "--object-manager-port", "--ray-client-server-port", "--dashboard-port", "--dashboard-agent-listen-port"),
    *("--dashboard-agent-grpc-port", "--runtime-env-agent-port", "--metrics-export-port", "--min-worker-port", "--max-worker-port"),
}
HEAD_ALONE = {"--port", "--ray-client-server-port", "--dashboard-port"}
SOURCED = ". ~/robo-trader/ray_cluster/environment.sh && "
FILES = ("ray_cluster/local.yaml", "ray_cluster/aws.yaml", "ray_cluster/environment.sh", "Dockerfile", "docker-compose.yml", "scripts/deploy.sh")
STOP_SECONDS_MIN = 2 * DRAIN_SECONDS_MAX  # what a stop must leave for a drain, start-up and all


def cluster(name: str) -> dict[str, Any]:
    return dict(yaml.safe_load((ROOT / "ray_cluster" / f"{name}.yaml").read_text()))


def prepared(config: dict[str, Any]) -> dict[str, Any]:
    """As `ray up` sees it: the provider's defaults filled in, then checked against Ray's schema."""
    from ray.autoscaler._private.util import prepare_config, validate_config  # noqa: PLC0415 - Ray is loaded by these tests alone

    whole = prepare_config(config)
    validate_config(whole)
    return dict(whole)


def start_commands(config: dict[str, Any]) -> dict[str, str]:
    """The last command of each role: `ray start`."""
    return {role: config[f"{role}_start_ray_commands"][-1] for role in ("head", "worker")}


def options(command: str) -> dict[str, str]:
    return dict(word.partition("=")[::2] for word in command.split() if word.startswith("--"))  # type: ignore[misc]


@pytest.mark.parametrize("name", CLUSTERS)
def test_ray_accepts_the_cluster_with_its_defaults_filled_in(name: str) -> None:
    whole = prepared(cluster(name))
    assert whole["cluster_name"] == "robo-trader"
    assert whole["head_node_type"] in whole["available_node_types"]


@pytest.mark.parametrize("name", CLUSTERS)
def test_a_misspelt_field_is_refused(name: str) -> None:
    from jsonschema import ValidationError  # noqa: PLC0415

    with pytest.raises(ValidationError):
        prepared({**cluster(name), "max_worker": 3})


@pytest.mark.parametrize("name", CLUSTERS)
def test_every_process_of_ray_starts_in_the_one_environment(name: str) -> None:
    config = cluster(name)
    commands = [*config["head_start_ray_commands"], *config["worker_start_ray_commands"]]
    assert [command for command in commands if not command.startswith(SOURCED)] == []
    assert [command.removeprefix(SOURCED) for command in commands if command.endswith("ray stop")] == ["ray stop", "ray stop"]
    login = " ".join(config["setup_commands"])
    assert ">> ~/.bashrc" in login, "`ray down` calls `ray stop` in a login shell"


@pytest.mark.parametrize("name", CLUSTERS)
def test_ports_are_fixed_and_apart_the_dashboard_is_on_the_loopback_and_nothing_is_reported(name: str) -> None:
    for role, command in start_commands(cluster(name)).items():
        given = options(command)
        expected = PORTS if role == "head" else PORTS - HEAD_ALONE
        assert expected <= given.keys(), role
        single = [int(given[port]) for port in expected if "worker-port" not in port]
        workers = range(int(given["--min-worker-port"]), int(given["--max-worker-port"]) + 1)
        assert len(set(single)) == len(single)
        assert not set(single) & set(workers)
        assert "--disable-usage-stats" in given
        assert "0.0.0.0" not in command
    assert options(start_commands(cluster(name))["head"])["--dashboard-host"] == "127.0.0.1"


def test_only_the_head_talks_to_the_broker_and_only_the_others_are_for_research() -> None:
    local = start_commands(cluster("local"))
    assert (options(local["head"])["--resources"], options(local["worker"])["--resources"]) == ("""'{"broker":1}'""", """'{"research":1}'""")
    types = cluster("aws")["available_node_types"]
    assert {name: kind["resources"] for name, kind in types.items()} == {"head": {"broker": 1}, "research": {"research": 1}}
    spot = {name for name, kind in types.items() if kind["node_config"].get("InstanceMarketOptions", {}).get("MarketType") == "spot"}
    assert spot == {"research"}, "what trades is never taken away at two minutes' notice"


def test_ray_itself_allows_no_more_workers_than_there_are_addresses() -> None:
    """Why local.yaml turns to the older autoscaler: the newer one counts the head as one of these, and its number cannot be raised."""
    config = cluster("local")
    raised = prepared({**config, "min_workers": 2, "max_workers": 2})
    assert len(config["provider"]["worker_ips"]) == 1
    assert raised["max_workers"] == raised["available_node_types"]["local.cluster.node"]["min_workers"] == 1
    assert "RAY_enable_autoscaler_v2=0" in start_commands(config)["head"]


@pytest.mark.parametrize("name", CLUSTERS)
def test_a_node_gets_what_its_set_up_needs(name: str) -> None:
    mounts = cluster(name)["file_mounts"]
    token = mounts.pop("~/.robo-trader/ray_token")
    assert token == "~/.robo-trader/ray_token", "a file, in its place on both sides"
    assert {remote: remote.removeprefix("~/robo-trader/") for remote in mounts} == mounts
    assert [path for path in mounts.values() if not (ROOT / path).exists()] == []
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    packages = {pattern.rstrip("*") for pattern in project["tool"]["setuptools"]["packages"]["find"]["include"]}
    assert packages | {"pyproject.toml", "requirements.lock", "Makefile", project["project"]["readme"]} == set(mounts.values())


def test_the_cloud_lock_is_pinned_with_hashes_and_names_no_address() -> None:
    text = (ROOT / "ray_cluster" / "aws-requirements.lock").read_text()
    entries = [entry for entry in re.split(r"\n(?=[\w])", text) if not entry.startswith("#")]
    assert [entry for entry in entries if not re.fullmatch(r"[\w-]+==[\d.]+ \\\n    --hash=sha256:[0-9a-f]{64}\n?", entry)] == []
    assert "://" not in text


@pytest.mark.parametrize("path", FILES)
def test_no_secret_stands_in_a_file(path: str) -> None:
    text = (ROOT / path).read_text()
    assert re.findall(r"(?i)\b[0-9a-f]{32,}\b|AKIA[0-9A-Z]{16}|-----BEGIN", text) == []
    assert re.findall(r"(?i)RAY_AUTH_TOKEN=|(?:password|secret|api_key)\s*[:=]\s*\S", text) == []


def sourced(home: Path, then: str) -> subprocess.CompletedProcess[str]:
    script = f". '{ROOT}/ray_cluster/environment.sh' && {then}"
    given = {"HOME": str(home), "PATH": "/usr/bin:/bin"}
    return subprocess.run(["bash", "-c", script], env=given, capture_output=True, text=True, timeout=20, check=False)


def test_the_environment_without_a_token_says_how_to_make_one(tmp_path: Path) -> None:
    done = sourced(tmp_path, "echo went on")
    assert done.returncode == 4
    assert "went on" not in done.stdout
    assert "make it with" in done.stderr


def test_the_environment_asks_for_the_token_and_leaves_time_for_a_drain(tmp_path: Path) -> None:
    token = tmp_path / ".robo-trader" / "ray_token"
    token.parent.mkdir()
    token.write_text("abc")
    token.chmod(0o644)
    done = sourced(tmp_path, f"'{sys.executable}' -c 'import json, os; print(json.dumps(dict(os.environ)))'")
    found = json.loads(done.stdout)
    assert (found["RAY_AUTH_MODE"], found["RAY_AUTH_TOKEN_PATH"], found["RAY_USAGE_STATS_ENABLED"]) == ("token", str(token), "0")
    assert "RAY_AUTH_TOKEN" not in found
    assert token.stat().st_mode & 0o777 == 0o600
    assert int(found["RAY_JOB_STOP_WAIT_TIME_S"]) >= STOP_SECONDS_MIN
    health = {name.removeprefix("RAY_health_check_"): int(value) for name, value in found.items() if name.startswith("RAY_health_check_")}
    assert health.keys() == {"initial_delay_ms", "period_ms", "timeout_ms", "failure_threshold"}


@pytest.mark.parametrize("words", [(), ("rise",), ("up",), ("up", "no-such-file"), ("token", "more")])
def test_the_script_answers_a_mistake_with_its_usage(tmp_path: Path, words: tuple[str, ...]) -> None:
    command = [str(ROOT / "scripts" / "deploy.sh"), *words]
    done = subprocess.run(command, env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}, capture_output=True, text=True, timeout=20, check=False)
    assert (done.returncode, done.stderr.splitlines()[0][:25]) == (4, "usage: scripts/deploy.sh ")


def test_the_script_makes_a_token_once(tmp_path: Path) -> None:
    command = [str(ROOT / "scripts" / "deploy.sh"), "token"]
    texts = []
    for _ in range(2):
        subprocess.run(command, env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}, capture_output=True, timeout=20, check=True)
        token = tmp_path / ".robo-trader" / "ray_token"
        assert (token.stat().st_mode & 0o777, token.parent.stat().st_mode & 0o777) == (0o600, 0o700)
        texts.append(token.read_text())
    assert texts[0] == texts[1]
    assert re.fullmatch(r"[0-9a-f]{64}\n", texts[0])


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile as (instruction, rest), continued lines joined and comments left out."""
    text = re.sub(r"(?m)^\s*#.*\n", "", (ROOT / "Dockerfile").read_text())
    lines = re.sub(r"\\\n", " ", text).splitlines()
    return [(line.split()[0], " ".join(line.split()[1:])) for line in lines if line.strip()]


def final_stage() -> dict[str, list[str]]:
    """What the image itself is made by; the stage before it is thrown away."""
    found: dict[str, list[str]] = {}
    for name, rest in instructions():
        if name == "FROM":
            found.clear()
        found.setdefault(name, []).append(rest)
    return found


def test_the_image_has_two_stages_on_one_pinned_base_of_a_supported_python() -> None:
    bases = [rest.split()[0] for name, rest in instructions() if name == "FROM"]
    assert len(bases) == 2
    assert len(set(bases)) == 1, "the environment of the first stage is made for the second one's Python"
    assert re.fullmatch(r"python:3\.(11|12|13)\.\d+-slim-[a-z]+", bases[0])


def test_what_the_image_copies_exists_and_is_let_through() -> None:
    let_through = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    sources = [word for name, rest in instructions() if name == "COPY" and "--from" not in rest for word in rest.split()[:-1]]
    assert [source for source in sources if not (ROOT / source).exists()] == []
    assert set(sources) == let_through
    assert not any(fnmatch(name, pattern) for name in (".git", ".env", "state", "tests") for pattern in let_through)
    assert "ADD" not in dict(instructions())


def test_the_image_installs_the_lock_runs_as_nobody_special_and_says_how_it_is() -> None:
    runs = " ".join(rest for name, rest in instructions() if name == "RUN")
    assert "--require-hashes --only-binary :all: -r requirements.lock" in runs
    assert "sudo" not in runs
    image = final_stage()
    assert "10001" in image["RUN"][0]
    assert image["USER"] == ["trader"]
    assert image["STOPSIGNAL"] == ["SIGTERM"]
    assert image["EXPOSE"] == ["8080 5555 8265"]
    assert json.loads(image["CMD"][0])[:2] == ["robo-trader", "run"], "words, not a shell, which would keep the signal for itself"
    assert "LABEL" in image
    assert len(image["HEALTHCHECK"]) == 1


def test_the_image_begins_with_words_that_the_command_line_knows() -> None:
    words = json.loads(final_stage()["CMD"][0])
    shown = subprocess.run(
        [sys.executable, "-m", "robo_trader.cli.app", *words[1:2], "--help"], capture_output=True, text=True, timeout=60, check=True
    ).stdout
    assert [word for word in words if word.startswith("--") and word not in shown] == []


class Answering(BaseHTTPRequestHandler):
    status = 200

    def do_GET(self) -> None:
        self.send_response(self.status if self.path == "/health/live" else 404)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Tests say nothing."""


@contextmanager
def probes(status: int) -> Iterator[int]:
    server = HTTPServer(("127.0.0.1", 0), type("Answers", (Answering,), {"status": status}))
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


def health_check() -> list[str]:
    """The image's own words, with this Python for its."""
    words: list[str] = json.loads(final_stage()["HEALTHCHECK"][0].partition("CMD ")[2])
    return [sys.executable, *words[1:]]


@pytest.mark.parametrize(("status", "healthy"), [(200, True), (503, False), (404, False)])
def test_the_health_check_believes_the_probe(status: int, healthy: bool) -> None:
    with probes(status) as port:
        words = [word.replace(":8080/", f":{port}/") for word in health_check()]
        done = subprocess.run(words, capture_output=True, timeout=20, check=False)
    assert (done.returncode == 0) is healthy
    assert subprocess.run(words, capture_output=True, timeout=20, check=False).returncode != 0, "nobody answers any more"


def test_the_composed_container_may_do_little_has_time_to_drain_and_keeps_its_state() -> None:
    composed = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    trader = composed["services"]["trader"]
    image = final_stage()
    assert (trader["network_mode"], "ports" in trader) == ("host", False), "what listens, listens on the loopback"
    assert (trader["read_only"], trader["cap_drop"], trader["security_opt"]) == (True, ["ALL"], ["no-new-privileges:true"])
    assert trader["init"] is True
    assert trader["user"] == "10001:10001"
    assert int(trader["stop_grace_period"].removesuffix("s")) >= STOP_SECONDS_MIN
    state = re.search(r"ROBO_TRADER_STATE_DIR=(\S+)", image["ENV"][0])
    assert state
    assert trader["volumes"] == [f"state:{state[1]}"]
    assert "state" in composed["volumes"]
    assert image["VOLUME"] == [state[1]]
    assert trader["healthcheck"]["test"] == ["CMD", *json.loads(image["HEALTHCHECK"][0].partition("CMD ")[2])]
    assert "environment" not in trader, "nothing secret can stand there"
