#!/usr/bin/env bash
# Tries the client of virus scanners against the real ClamAV: `clamd` in a temporary folder, on this machine alone, with
# a signature of the EICAR test file and nothing else. Called by hand; as root on Debian it installs what is missing,
# elsewhere it says what to install.
#   tests/clamav/try.sh [TEST PROGRAM]     a compiled test of the library; without it cargo compiles one
# shellcheck disable=SC2016 # what stands in single quotes is a text as it is
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
program=${1:-}

if ! command -v clamd >/dev/null; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    export DEBIAN_FRONTEND=noninteractive
    timeout 5m apt-get update -qq
    timeout 10m apt-get install --yes -qq --no-install-recommends clamav-daemon >/dev/null
  else
    echo "This needs clamd: Debian has it in the package clamav-daemon." >&2
    exit 1
  fi
fi
clamd --version

if [ -z "$program" ]; then
  program=$(cd "$root" && timeout 30m cargo test --locked --lib --no-run 2>&1 | tee /dev/stderr |
    sed -n 's/^ *Executable unittests src\/lib.rs (\(.*\))$/\1/p')
  case $program in /*) ;; *) program=$root/$program ;; esac
fi
[ -x "$program" ] || { echo "There is no test program." >&2; exit 1; }

folder=$(mktemp -d)
clamd=
finish() {
  if [ -n "$clamd" ]; then
    kill "$clamd" 2>/dev/null || true
    wait "$clamd" 2>/dev/null || true
  fi
  rm -rf "$folder"
}
trap finish EXIT
trap 'exit 143' HUP INT TERM

# What everybody's scanner knows as harmless and pretends to find, put together here so that none finds it in this file.
eicar='X5O!P%@AP[4\PZX54(P^)7CC)7}$EIC''AR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*'
mkdir "$folder/signatures"
echo "$(printf %s "$eicar" | md5sum | cut -d' ' -f1):${#eicar}:Answerable.Test.Eicar" >"$folder/signatures/test.hdb"

free_port() {
  local port
  while true; do
    port=$((20000 + RANDOM % 12000))
    # shellcheck disable=SC2188 # nothing is to be read: that it can be opened is the answer
    if ! (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then echo "$port"; return; fi
  done
}

port=$(free_port)
cat >"$folder/clamd.conf" <<SETTINGS
Foreground yes
DatabaseDirectory $folder/signatures
LocalSocket $folder/clamd.socket
TCPAddr 127.0.0.1
TCPSocket $port
StreamMaxLength 1M
LogFile $folder/clamd.log
TemporaryDirectory $folder
SETTINGS
# It lasts no longer than this can take, even if nobody ends it.
timeout 5m clamd --config-file "$folder/clamd.conf" >"$folder/out" 2>&1 &
clamd=$!
for _ in $(seq 300); do
  if [ -S "$folder/clamd.socket" ] && (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then break; fi
  kill -0 "$clamd" 2>/dev/null || { cat "$folder/out" >&2; exit 1; }
  sleep 0.2
done

for address in "tcp://127.0.0.1:$port" "unix:$folder/clamd.socket"; do
  CLAMD=$address timeout 3m "$program" --ignored --exact files::scanner::tests::clamd_is_understood --nocapture
done
# What clamd itself says of it.
grep -Eo 'Size limit reached|[^ ]* FOUND' "$folder/clamd.log" | sort | uniq -c
