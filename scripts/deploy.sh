#!/usr/bin/env bash
# A cluster from the checkout, in four words; each is a line or two of Ray's own commands, written out in deploy/README.md.
# What it adds: the token, the tunnel to the head's dashboard, and an end to the workers on hosts of one's own, which `ray down` does not visit.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
LOCAL_PORT=${LOCAL_PORT:-8265}
TUNNEL_SECONDS_MAX=30

usage() {
  cat >&2 <<'TEXT'
usage: scripts/deploy.sh token                          make the cluster's token, once
       scripts/deploy.sh up FILE                        start or update the cluster of ray_cluster/local.yaml or aws.yaml
       scripts/deploy.sh submit FILE -- COMMAND ...     run a command on the cluster, with this checkout, and follow its output
       scripts/deploy.sh down FILE                      end the cluster; drain what trades on it first
TEXT
  exit 4
}

token() {
  local file="$HOME/.robo-trader/ray_token"
  if [ -s "$file" ]; then echo "$file is there already; it was left as it is"; return; fi
  (umask 077 && mkdir -p "${file%/*}" && .venv/bin/python -c 'import secrets; print(secrets.token_hex(32))' > "$file")
  echo "made $file"
}

# What the configuration says at a path of keys, a list as one line an item.
setting() { # FILE KEY ...
  python - "$@" <<'PYTHON'
import sys, yaml
found = yaml.safe_load(open(sys.argv[1]))
for key in sys.argv[2:]:
    found = (found or {}).get(key)
print(*(found if isinstance(found, list) else [] if found is None else [found]), sep="\n", end="")
PYTHON
}

submit() { # FILE -- COMMAND ...
  local file=$1; shift
  [ "${1:-}" = "--" ] && [ $# -gt 1 ] || usage
  shift
  ray dashboard --port "$LOCAL_PORT" "$file" >/dev/null 2>&1 &
  local tunnel=$!
  # shellcheck disable=SC2064 # this tunnel, not a later one
  trap "kill $tunnel 2>/dev/null || true" EXIT
  for _ in $(seq $((TUNNEL_SECONDS_MAX * 10))); do
    if (exec 3<>"/dev/tcp/127.0.0.1/$LOCAL_PORT") 2>/dev/null; then
      RAY_API_SERVER_ADDRESS="http://127.0.0.1:$LOCAL_PORT" ray job submit --working-dir . -- "$@"
      return
    fi
    kill -0 "$tunnel" 2>/dev/null || break
    sleep 0.1
  done
  echo "error: no way to the head's dashboard; is the cluster up? look with: ray exec $file 'ray status'" >&2
  return 5
}

down() { # FILE
  ray down -y "$1"
  [ "$(setting "$1" provider type)" = local ] || return 0
  local key user address
  key=$(setting "$1" auth ssh_private_key) user=$(setting "$1" auth ssh_user)
  for address in $(setting "$1" provider worker_ips); do
    ssh -n -i "${key/#\~/$HOME}" -o IdentitiesOnly=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -o ConnectTimeout=10 \
      "$user@$address" '. ~/robo-trader/ray_cluster/environment.sh && ray stop' || echo "warning: Ray was not stopped on $address" >&2
  done
}

word=${1:-}
case "$word" in
  token) [ $# = 1 ] || usage; token; exit ;;
  up | submit | down) [ -f "${2:-}" ] || usage ;;
  *) usage ;;
esac
shift
# shellcheck source=ray_cluster/environment.sh
. ray_cluster/environment.sh
case "$word" in
  up) [ $# = 1 ] || usage; ray up -y "$1" ;;
  submit) submit "$@" ;;
  down) [ $# = 1 ] || usage; down "$1" ;;
esac
