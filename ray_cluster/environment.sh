# What every Ray process of a cluster, and every command that talks to it, finds in its environment: one place for laptop, own hosts and cloud.
# Ray reads these when a process starts, so a head that was started without them keeps its defaults whatever a job sets later. Source it, in bash.

PATH="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/.venv/bin:$PATH"
export PATH

# The token is a file that only its owner reads; it never stands in a configuration. Made once, on the machine that commands (deploy/README.md).
export RAY_AUTH_MODE=token
export RAY_AUTH_TOKEN_PATH="$HOME/.robo-trader/ray_token"
if [ ! -s "$RAY_AUTH_TOKEN_PATH" ]; then
  echo "error: no token in $RAY_AUTH_TOKEN_PATH; make it with: (umask 077; mkdir -p ~/.robo-trader; openssl rand -hex 32 > ~/.robo-trader/ray_token)" >&2
  # shellcheck disable=SC2317 # the second half is for who runs this file instead of sourcing it
  return 4 2>/dev/null || exit 4
fi
chmod 600 "$RAY_AUTH_TOKEN_PATH" # a copy may have lost its mode on the way

export RAY_USAGE_STATS_ENABLED=0
export RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO=0

# `ray job stop` sends SIGTERM and, this many seconds later, SIGKILL. A drain takes up to 10; Ray's own 3 would cut it off.
export RAY_JOB_STOP_WAIT_TIME_S=20

# Ray starts its workers at nice 15. Ours trade; research makes itself nice.
export RAY_worker_niceness=0

# A probe must not wait 19 s for a proxy of Serve's that was killed (measured; 5 s with these).
export RAY_SERVE_PROXY_HEALTH_CHECK_PERIOD_S=1
export RAY_SERVE_PROXY_HEALTH_CHECK_TIMEOUT_S=1
export RAY_SERVE_PROXY_READY_CHECK_TIMEOUT_S=10

# A dead node is noticed in (2 + 2) s x 3 instead of a minute. The trading lease does not rest on this; only how soon the tree hears of it does.
export RAY_health_check_initial_delay_ms=5000
export RAY_health_check_period_ms=2000
export RAY_health_check_timeout_ms=2000
export RAY_health_check_failure_threshold=3

# A process of Ray's holds some fifty descriptors, the head one or more for each process of the cluster.
ulimit -n 65536 2>/dev/null || ulimit -n "$(ulimit -H -n)"
