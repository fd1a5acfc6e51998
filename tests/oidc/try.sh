#!/usr/bin/env bash
# Tries the service against a real OpenID provider: npm `oidc-provider`, in a temporary folder, on this machine alone.
# `.ci/run others` calls it; needs node, npm, curl and a built program (`cargo build`). Says what is missing and fails without it.
#   tests/oidc/try.sh [PROGRAM]        OIDC_KEY=RS256 (default), ES256 or EdDSA
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
program=${1:-"$root/target/debug/answerable"}
# shellcheck source=tests/service.sh
. "$root/tests/service.sh"
needs node npm curl

(cd "$folder" && npm init -y >/dev/null && npm install --silent --no-audit --no-fund oidc-provider@9)
export OIDC_PROVIDER="$folder/node_modules/oidc-provider/lib/index.js" OIDC_KEY=${OIDC_KEY:-RS256}

beside provider '^http' node "$root/tests/oidc/provider.mjs"
issuer=$(head -n1 "$folder/provider.log")
serve --no-demo --no-worker \
  --oidc-issuer "$issuer" --oidc-audience urn:answerable --oidc-role-claim groups --oidc-roles desk=MODERATOR

token() { # RESOURCE
  curl -sS -u consultation-staff:of-a-test-alone "$issuer/token" \
    -d grant_type=client_credentials -d scope=participate --data-urlencode "resource=$1" |
    node -pe 'JSON.parse(require("fs").readFileSync(0)).access_token'
}
ask() { # TOKEN
  curl -sS "$base/graphql" -H 'content-type: application/json' -H "authorization: Bearer $1" \
    -d '{"query":"{ viewer { displayName email roles { role } } moderationQueue { totalCount } }"}'
}
expect() { # WHAT ANSWER PART
  case $2 in
    *"$3"*) echo "ok    $1" ;;
    *) echo "FAIL  $1: $2" >&2; exit 1 ;;
  esac
}

first=$(token urn:answerable)
expect "a token of the provider is believed ($OIDC_KEY)" "$(ask "$first")" '"displayName":"Staff of the desk"'
expect "its verified address is theirs" "$(ask "$first")" 'desk@example.org'
expect "its claims give a role" "$(ask "$first")" '"moderationQueue":{"totalCount":0}'
expect "a token for somebody else is not" "$(ask "$(token urn:another)")" UNAUTHENTICATED
curl -sS -X PUT "$issuer/rotate" >/dev/null
second=$(token urn:answerable)
expect "a key that was just asked for is not asked for again" "$(ask "$second")" UNAUTHENTICATED
sleep 31
expect "a new key is found half a minute later" "$(ask "$second")" '"displayName":"Staff of the desk"'
expect "and the one before is still believed" "$(ask "$first")" '"displayName":"Staff of the desk"'
kill "${started[0]}"
expect "while the provider is out" "$(ask "$second")" '"displayName":"Staff of the desk"'
