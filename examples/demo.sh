#!/usr/bin/env bash
# Compiles the sample feed beside this file to Sigma, converts it to Splunk, and shows some of both; then serves it on
# this machine, keeps rules and queries up to date from there, and stops the server. Needs no network.
# `make demo` calls it with the environment's programs on the path.
set -euo pipefail

feed="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/sample-feed.json"
folder="$(mktemp -d "${TMPDIR:-/tmp}/socdef-demo.XXXXXX")"
server=

stop() {
  if [ -n "$server" ]; then
    kill "$server" 2>/dev/null || true
    wait "$server" || true
    server=
  fi
}
trap stop EXIT

heading() { printf '\n== %s\n\n' "$*"; }

# The first COUNT documents or queries of FILE, which are set apart by SEPARATOR.
first() { awk -v count="$2" -v separator="$3" '$0 == separator && ++seen == count { exit } { print }' "$1"; }

heading "socdef-sigma compile sample-feed.json -o rules.yml"
socdef-sigma compile "$feed" -o "$folder/rules.yml"

heading "The first of the rules"
first "$folder/rules.yml" 1 ---

heading "socdef-sigma convert sample-feed.json -t splunk --quiet -o queries.spl"
socdef-sigma convert "$feed" -t splunk --quiet -o "$folder/queries.spl"

heading "The first three of the queries"
first "$folder/queries.spl" 3 ""

heading "One value, explained"
socdef-sigma explain '198[.]51[.]100[.]7:8443' | head -n 5

heading "socdef-sigma ingest --db iocs.db sample-feed.json"
socdef-sigma ingest --db "$folder/iocs.db" "$feed"

heading "socdef-sigma keys create --db iocs.db --plan pro"
SOCDEF_API_KEY="$(socdef-sigma keys create --db "$folder/iocs.db" --plan pro --name demo 2>"$folder/keys.log")"
export SOCDEF_API_KEY
printf '%s…\n' "${SOCDEF_API_KEY:0:20}"

heading "socdef-sigma serve --db iocs.db --listen 127.0.0.1:0 &"
: >"$folder/url"
socdef-sigma serve --db "$folder/iocs.db" --listen 127.0.0.1:0 >"$folder/url" 2>"$folder/serve.log" &
server=$!
for _ in $(seq 300); do
  [ ! -s "$folder/url" ] || break
  kill -0 "$server" 2>/dev/null || { cat "$folder/serve.log" >&2; exit 1; }
  sleep 0.1
done
SOCDEF_BASE_URL="$(cat "$folder/url")"
export SOCDEF_BASE_URL
echo "$SOCDEF_BASE_URL"

heading "socdef-sigma fetch rules --type ipv4 --confidence high -o fetched.yml"
socdef-sigma fetch rules --type ipv4 --confidence high -o "$folder/fetched.yml"
head -n 4 "$folder/fetched.yml"
echo ...

heading "socdef-sigma sync --state state/ -o rules/"
socdef-sigma sync --state "$folder/state" -o "$folder/rules/"
ls "$folder/rules" | head -n 3
echo ...

heading "The same again: nothing changed"
socdef-sigma sync --state "$folder/state" -o "$folder/rules/"

heading "socdef-sigma sync --state splunk/ -o synced.spl -t splunk -p socdef"
socdef-sigma sync --state "$folder/splunk" -o "$folder/synced.spl" -t splunk -p socdef

heading "The last three of the queries"
tail -n 5 "$folder/synced.spl"

stop
rules=("$folder"/rules/*.yml)
heading "Done, and the server is stopped: ${#rules[@]} rules served, synced and converted. All files are in $folder"
