# shellcheck shell=bash
# What the scripts share that try the service with the software of others: a temporary folder, the service in it, and whatever
# runs beside the script and ends with it. Sourced by them, with the path of the program in $program.

: "${program:?}"
folder=$(mktemp -d)
started=()

finish() {
  local pid
  for pid in "${started[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${started[@]}"; do wait "$pid" 2>/dev/null || true; done
  rm -rf "$folder"
}
trap finish EXIT
trap 'exit 143' HUP INT TERM

# Fails where one of these commands or the program is missing, and says which.
needs() { # COMMAND…
  local needed
  for needed in "$@"; do
    command -v "$needed" >/dev/null || { echo "This needs $needed." >&2; exit 1; }
  done
  [ -x "$program" ] || { echo "$program is not there: run \`cargo build\` first." >&2; exit 1; }
}

# Starts something and goes on once it has said this. What it says is in $folder/NAME.log, its errors in $folder/NAME.err.
beside() { # NAME PATTERN COMMAND…
  local name=$1 pattern=$2 pid
  shift 2
  : >"$folder/$name.log"
  : >"$folder/$name.err"
  "$@" >"$folder/$name.log" 2>"$folder/$name.err" &
  pid=$!
  started+=("$pid")
  for _ in $(seq 600); do
    # Whether it runs is looked at first: what it said before it ended is there by then.
    local runs=1
    kill -0 "$pid" 2>/dev/null || runs=
    if grep -qm1 -e "$pattern" "$folder/$name.log" "$folder/$name.err"; then return; fi
    [ -n "$runs" ] || break
    sleep 0.2
  done
  echo "$name did not start:" >&2
  cat "$folder/$name.log" "$folder/$name.err" >&2
  exit 1
}

# Starts the service on a port of its own, with further arguments, and leaves its address in $base.
serve() { # ARGUMENT…
  beside service 'Ctrl-C' "$program" serve --listen 127.0.0.1:0 --data-dir "$folder/data" "$@"
  base=$(sed -n 's/^ *GraphQL *\(.*\)\/graphql$/\1/p' "$folder/service.log")
  [ -n "$base" ] || { echo 'The service does not say where it is.' >&2; exit 1; }
}
