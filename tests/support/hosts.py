"""Hosts of one's own on one machine: a lab of Linux namespaces, each host with a network, processes, files and an sshd of its own.

Think of one box with everything in it. The lab is a process in new network, PID, mount and UTS namespaces, and so is each host inside it, on the
lab's bridge; the lab itself plays the machine of the person who commands. A host sees no process but its own (a `ray stop` there must not end what
runs elsewhere on this machine), and has its own /tmp, /dev/shm, /run and home. All of it hangs on the lab's first process: when that ends, the
kernel ends every process inside and no namespace, interface or mount is left, however the test ended. A container is the same trick with one process
that may do little. It needs root, and the tools in `TOOLS`.
"""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
TOOLS = ("unshare", "nsenter", "setpriv", "mount", "ip", "/usr/sbin/sshd", "ssh", "ssh-keygen", "rsync", "make", "bash")
NETWORK = "10.77.0"
SHM_GIB = 8  # at most, of each host: room for the object store that Ray sizes by the machine
HOME = "/mnt/home"
END_SECONDS_MAX = 20.0
USER = 10001  # of the image

# The first process of the lab and of each host: private mounts, a home of its own as root's home, and what must stay visible below /tmp bound back.
_OWN_FILES = f"""
set -euo pipefail
mount --make-rprivate /
mount -t tmpfs tmpfs /mnt
mkdir -p /mnt/tmp {HOME} && chmod 1777 /mnt/tmp && chmod 700 {HOME}
for kept in "$REPOSITORY" "$FOLDER"; do
  case "$kept" in /tmp/*) mkdir -p "/mnt$kept" && mount --bind "$kept" "/mnt$kept" ;; esac
done
mount --rbind /mnt/tmp /tmp
mount -t tmpfs -o size={SHM_GIB}g tmpfs /dev/shm
mount -t tmpfs tmpfs /run
mkdir -p /run/sshd
sed 's|^root:.*|root:x:0:0::{HOME}:/bin/bash|' /etc/passwd > /mnt/passwd && mount --bind /mnt/passwd /etc/passwd
export HOME={HOME} && cd "$HOME"
"""
# bash as the first process also buries the orphans that Ray's daemons are.
_FOR_EVER = "while :; do sleep 1000 & wait $!; done\n"
_HOST = f"""{_OWN_FILES}
hostname "$NAME"
mkdir -p robo-trader/.venv
ln -s "$REPOSITORY"/.venv/* robo-trader/.venv/ && rm -f robo-trader/.venv/ready && touch -d '+1 day' robo-trader/.venv/ready
/usr/sbin/sshd -f "$FOLDER/sshd_config" -h "$FOLDER/host_key" -E "$FOLDER/$NAME.log"
{_FOR_EVER}"""
_LAB = f"""{_OWN_FILES}
hostname lab
mkdir -p .ssh .robo-trader && chmod 700 .ssh .robo-trader
cp "$FOLDER/key" .ssh/id_ed25519
ip link set lo up
ip link add bridge type bridge && ip address add {NETWORK}.1/24 dev bridge && ip link set bridge up
for number in $(seq "$HOSTS"); do
  name="host$number" address="{NETWORK}.$((10 + number))"
  ip netns add "$name"
  ip link add "port$number" type veth peer name eth0 netns "$name" && ip link set "port$number" master bridge up
  ip -n "$name" link set lo up && ip -n "$name" link set eth0 up
  ip -n "$name" address add "$address/24" dev eth0 && ip -n "$name" route add default via {NETWORK}.1
  NAME="$name" ip netns exec "$name" unshare --mount --pid --uts --ipc --fork --kill-child --mount-proc bash "$FOLDER/host.sh" &
done
for number in $(seq "$HOSTS"); do
  for try in $(seq 200); do
    if (exec 3<>"/dev/tcp/{NETWORK}.$((10 + number))/22") 2>/dev/null; then continue 2; fi
    sleep 0.05
  done
  echo "host$number: no sshd after 10 seconds" && exit 1
done
echo ready
{_FOR_EVER}"""
# What Docker would do to the first process of an image, as far as the kernel is concerned: what it may see, write and be.
_CONTAINER = f"""
set -euo pipefail
mount --make-rprivate /
mount -t tmpfs -o mode=755 tmpfs /mnt
mkdir -p /mnt/kept1 /mnt/kept2 /mnt/state /mnt/home
mount --bind "$REPOSITORY" /mnt/kept1 && mount --bind "$PYTHON_HOME" /mnt/kept2
for hidden in root tmp; do
  mount -t tmpfs -o mode=755 tmpfs "/$hidden"
  case "$REPOSITORY" in "/$hidden"/*) mkdir -p "$REPOSITORY" && mount --bind /mnt/kept1 "$REPOSITORY" ;; esac
  case "$PYTHON_HOME" in "/$hidden"/*) mkdir -p "$PYTHON_HOME" && mount --bind /mnt/kept2 "$PYTHON_HOME" ;; esac
done
chmod 1777 /tmp
for own in state home; do mount -t tmpfs -o mode=700,uid={USER},gid={USER} tmpfs "/mnt/$own"; done
mount -t tmpfs -o mode=1777,size=2g tmpfs /dev/shm
ip link set lo up
mount -o remount,ro /mnt && mount -o remount,ro,bind /
if touch /etc/written 2>/dev/null; then echo "the root file system can be written" && exit 99; fi
cd /mnt/home
exec setpriv --reuid {USER} --regid {USER} --clear-groups --bounding-set=-all --inh-caps=-all --no-new-privs "$@"
"""
_SSHD = """
UsePAM no
PermitRootLogin prohibit-password
PasswordAuthentication no
StrictModes no
PidFile none
AuthorizedKeysFile {folder}/key.pub
"""


def missing() -> str | None:
    """Why there can be no lab here; None if there can."""
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        return "hosts made of namespaces need root on Linux"
    absent = [tool for tool in TOOLS if shutil.which(tool) is None]
    if absent:
        return f"not installed: {', '.join(absent)} (Debian: openssh-server openssh-client rsync iproute2 make)"
    allowed = subprocess.run(["unshare", "--net", "--mount", "--pid", "--uts", "--fork", "true"], capture_output=True, check=False)
    return None if allowed.returncode == 0 else "this machine allows no new namespaces"


@dataclass(frozen=True)
class Lab:
    """A running lab, seen from outside; `init` is its first process on this machine."""

    folder: Path
    init: int
    hosts: tuple[str, ...]

    def command(self, *words: str) -> list[str]:
        """These words as a command that runs in the lab, as the person who commands the hosts, from the root of the checkout."""
        enter = ["nsenter", f"--target={self.init}", "--net", "--mount", "--pid", "--uts", f"--wd={ROOT}"]
        path = f"{ROOT / '.venv' / 'bin'}:{os.environ['PATH']}"
        return [*enter, "env", "-i", f"HOME={HOME}", f"PATH={path}", "TERM=dumb", "USER=root", "LANG=C.UTF-8", *words]

    def run(self, script: str, seconds_max: float) -> subprocess.CompletedProcess[str]:
        """A bash script in the lab, its two outputs in one."""
        words = self.command("bash", "-c", script)
        return subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=seconds_max, check=False)

    def on(self, address: str, script: str, seconds_max: float = 60) -> subprocess.CompletedProcess[str]:
        """A bash script on a host, over ssh."""
        options = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR"]
        words = self.command("ssh", *(word for option in options for word in ("-o", option)), f"root@{address}", script)
        return subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=seconds_max, check=False)


@contextmanager
def lab(folder: Path, hosts: int) -> Iterator[Lab]:
    """Hosts with addresses from 10.77.0.11 on; `folder` (keys, logs) is seen by all of them. Nothing is left at the end."""
    for name in ("key", "host_key"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True)
    (folder / "sshd_config").write_text(_SSHD.format(folder=folder))
    given = {"PATH": os.environ["PATH"], "REPOSITORY": str(ROOT), "FOLDER": str(folder), "HOSTS": str(hosts)}
    (folder / "lab.sh").write_text(_LAB)
    (folder / "host.sh").write_text(_HOST)
    # If this process is killed, setpriv's signal ends unshare, and that the lab.
    words = ["setpriv", "--pdeathsig", "KILL", "unshare", "--net", "--mount", "--pid", "--uts", "--fork", "--kill-child", "--mount-proc"]
    outer = subprocess.Popen([*words, "bash", str(folder / "lab.sh")], env=given, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        assert outer.stdout is not None
        said = outer.stdout.readline()
        assert said == "ready\n", said + (outer.stdout.read() if outer.poll() is not None else "")
        init = _first_inside(outer)
        yield Lab(folder, init, tuple(f"{NETWORK}.{10 + number}" for number in range(1, hosts + 1)))
    finally:
        _end(outer)


def _first_inside(outer: subprocess.Popen[str]) -> int:
    """The first process in the namespaces that `outer` made, by its pid on this machine."""
    children = Path(f"/proc/{outer.pid}/task/{outer.pid}/children")
    while not (found := children.read_text().split()):
        assert outer.poll() is None, outer.communicate()[0]
    return int(found[0])


def _end(outer: subprocess.Popen[str]) -> None:
    """End `outer`, and come back when everything inside is gone: the kernel lets the first process end as the last."""
    if outer.poll() is None:
        inside = os.pidfd_open(_first_inside(outer))
        outer.kill()
        ended, _, _ = select.select([inside], [], [], END_SECONDS_MAX)
        os.close(inside)
        assert ended, f"processes inside live on {END_SECONDS_MAX} s after their end"
    outer.communicate()


@dataclass(frozen=True)
class Container:
    """A running command under a container's conditions; `init` is its first process on this machine."""

    outer: subprocess.Popen[str]
    init: int

    def run(self, script: str, seconds_max: float) -> subprocess.CompletedProcess[str]:
        """A bash script beside the command, as the engine runs a health check."""
        enter = ["nsenter", f"--target={self.init}", "--net", "--mount", "--pid", f"--setuid={USER}", f"--setgid={USER}"]
        words = [*enter, "env", "-i", *_CONTAINER_ENVIRONMENT, "bash", "-c", script]
        return subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=seconds_max, check=False)

    def stop(self, seconds_max: float) -> tuple[int, str]:
        """As `docker stop`: SIGTERM to the first process; its exit code and all it said."""
        os.kill(self.init, signal.SIGTERM)
        said, _ = self.outer.communicate(timeout=seconds_max)
        return self.outer.returncode, said


_CONTAINER_ENVIRONMENT = (
    *(f"HOME={HOME}", f"PATH={ROOT / '.venv' / 'bin'}:/usr/bin:/bin", "ROBO_TRADER_STATE_DIR=/mnt/state", "LANG=C.UTF-8"),
    *("PYTHONUNBUFFERED=1", "PYTHONDONTWRITEBYTECODE=1", "NUMBA_CACHE_DIR=/tmp/numba", "RAY_USAGE_STATS_ENABLED=0"),
)


@contextmanager
def container(*command: str) -> Iterator[Container]:
    """The command as process 1, a user without rights, a root file system that cannot be written, and a loopback for a network."""
    given = {"PATH": os.environ["PATH"], "REPOSITORY": str(ROOT), "PYTHON_HOME": sys.base_prefix}
    words = ["setpriv", "--pdeathsig", "KILL", "unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
    words += ["bash", "-c", _CONTAINER, "container", "env", "-i", *_CONTAINER_ENVIRONMENT, *command]
    outer = subprocess.Popen(words, env=given, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        yield Container(outer, _first_inside(outer))
    finally:
        _end(outer)


def short_folder() -> Path:
    """A folder with a short name: the paths of sockets are bounded."""
    return Path(tempfile.mkdtemp(prefix="rt-lab-"))
