#!/usr/bin/env bash
# Tries the files of submissions on an object storage that speaks S3: PyPI `moto`, in a temporary folder, on this machine
# alone. `.ci/run others` calls it; needs python3 with venv, node, curl and a built program (`cargo build`). Says what is missing and
# fails without it. With S3_ENDPOINT, S3_BUCKET, S3_KEY and S3_SECRET another storage is tried.
#   tests/s3/try.sh [PROGRAM]
# shellcheck disable=SC2016 # what stands in single quotes is variables of GraphQL
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
program=${1:-"$root/target/debug/answerable"}
# shellcheck source=tests/service.sh
. "$root/tests/service.sh"
needs python3 node curl

expect() { # WHAT FOUND WANTED
  if [ "$2" = "$3" ]; then echo "ok    $1"; else echo "FAIL  $1: $2, not $3" >&2; exit 1; fi
}
pick() { node -pe "JSON.parse(require('fs').readFileSync(0)).$1"; }

if [ -z "${S3_ENDPOINT:-}" ]; then
  python3 -m venv "$folder/venv"
  "$folder/venv/bin/pip" install --quiet --disable-pip-version-check 'moto[server,s3]==5.*'
  beside storage 'Running on http' "$folder/venv/bin/moto_server" -H 127.0.0.1 -p 0
  S3_ENDPOINT=$(cat "$folder/storage.log" "$folder/storage.err" | sed -n 's/^.*Running on \(http[^ ]*\).*$/\1/p' | head -n 1)
  S3_BUCKET=files S3_KEY=ours S3_SECRET=of-a-test-alone
  curl -sS -o /dev/null -X PUT "$S3_ENDPOINT/$S3_BUCKET"
fi

serve --files "s3://$S3_BUCKET/of/answerable" --s3-endpoint "$S3_ENDPOINT" --s3-access-key-id "$S3_KEY" \
  --s3-secret-access-key "$S3_SECRET"
export ANSWERABLE_DATA_DIR=$folder/data ANSWERABLE_PUBLIC_URL=$base
"$program" account add desk@example.org --name Desk --role moderator >/dev/null
link=$("$program" account sign-in-link desk@example.org | sed -n 's/^.*token=\([A-Za-z0-9_-]*\).*$/\1/p')

ask() { # TOKEN QUERY [INPUT]
  node -pe 'JSON.stringify({ query: process.argv[1], variables: { input: JSON.parse(process.argv[2] || "{}") } })' "$2" "${3:-}" |
    curl -sS "$base/graphql" -H 'content-type: application/json' ${1:+-H "authorization: Bearer $1"} -d @-
}
access=$(ask '' 'mutation($input: SignInInput!) { signIn(input: $input) { session { accessToken } errors { message } } }' \
  "{\"token\":\"$link\"}" | pick data.signIn.session.accessToken)
document=$(ask '' '{ documents { nodes { id phase } } }' |
  pick 'data.documents.nodes.find((one) => one.phase === "OPEN").id')

for lines in 1 100000 200000; do
  (yes 'The envelope lay under the third bench.' || true) | head -n "$lines" >"$folder/sent.txt"
  bytes=$(stat -c %s "$folder/sent.txt")
  ticket=$(ask '' 'mutation($input: CreateUploadInput!) { createUpload(input: $input) { upload { token url id } errors { message } } }' \
    "{\"documentId\":\"$document\",\"name\":\"bench.txt\",\"bytes\":$bytes}")
  token=$(pick data.createUpload.upload.token <<<"$ticket")
  url=$(pick data.createUpload.upload.url <<<"$ticket")
  expect "a file of $bytes bytes is taken" \
    "$(curl -sS -T "$folder/sent.txt" -H "authorization: Bearer $token" -o /dev/null -w '%{http_code}' "$url")" 200
  made=$(ask '' 'mutation($input: MakeSubmissionInput!) { makeSubmission(input: $input) { submission { id } errors { message } } }' \
    "{\"documentId\":\"$document\",\"author\":{\"name\":\"A\",\"email\":\"a@example.org\"},\"body\":\"A file.\",\"attachments\":[\"$token\"]}")
  expect "it is part of a submission" "$(pick 'data.makeSubmission.errors.length' <<<"$made")" 0
  curl -sS -H "authorization: Bearer $access" -o "$folder/got.txt" "$url"
  expect "a moderator has it back" "$(cmp "$folder/sent.txt" "$folder/got.txt" && echo same)" same
done
expect "nothing lies on this machine" "$(find "$folder/data/files" -type f 2>/dev/null | wc -l)" 0
if [ -d "$folder/venv" ]; then
  listed=$(curl -sS "$S3_ENDPOINT/$S3_BUCKET?list-type=2" | grep -o '<Key>[^<]*' | sed 's/<Key>//')
  expect "each is an object" "$(wc -l <<<"$listed")" 3
  for object in $listed; do
    curl -sS -o "$folder/object" "$S3_ENDPOINT/$S3_BUCKET/$object"
    expect "nothing of it can be read there" "$(grep -c envelope "$folder/object" || true)" 0
  done
fi
