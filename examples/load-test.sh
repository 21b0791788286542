#!/usr/bin/env bash
# How much `socdef-sigma serve` takes, on this machine: requests a second, p99 and memory, for the JSON list and for
# 10,000 rules in one answer. Needs wrk and Linux; everything stays on loopback.
#
#   examples/load-test.sh [FEED]        # a file of values, of which 10,000 are taken; made up unless given
#   SECONDS_EACH=30 CONNECTIONS=8       # how long, and how many at once
set -euo pipefail

seconds="${SECONDS_EACH:-30}"
connections="${CONNECTIONS:-8}"
folder="$(mktemp -d "${TMPDIR:-/tmp}/socdef-load.XXXXXX")"
server=

finish() {
  if [ -n "$server" ]; then
    kill "$server" 2>/dev/null || true
    wait "$server" || true
  fi
  rm -rf "$folder"
}
trap finish EXIT

if [ $# -gt 0 ]; then
  case "$1" in *.gz) zcat -- "$1" ;; *) cat -- "$1" ;; esac | awk 'NR <= 10500' >"$folder/values.txt"
else
  awk 'BEGIN { for (n = 0; n < 5250; n++) printf "45.%d.%d.7\nhost%d.example\n", n / 250, n % 250, n }' >"$folder/values.txt"
fi
printf 'plans:\n  load:\n    requests_per_minute: 1000000000\n    requests_per_day: 1000000000\n' >"$folder/serve.yml"

db="$folder/iocs.db"
# What the guard drops does not count.
socdef-sigma compile "$folder/values.txt" --quiet --limit 10000 -o "$folder/rules.yml"
awk '/^  value: / { gsub(/^  value: \x27|\x27$/, ""); print }' "$folder/rules.yml" >"$folder/feed.txt"
socdef-sigma ingest --db "$db" "$folder/feed.txt" --quiet
key="$(socdef-sigma keys create --db "$db" --plan load --config "$folder/serve.yml" 2>/dev/null)"
: >"$folder/url"
socdef-sigma serve --db "$db" --listen 127.0.0.1:0 --config "$folder/serve.yml" >"$folder/url" 2>"$folder/serve.log" &
server=$!
for _ in $(seq 300); do
  [ ! -s "$folder/url" ] || break
  kill -0 "$server" 2>/dev/null || { cat "$folder/serve.log" >&2; exit 1; }
  sleep 0.1
done
url="$(cat "$folder/url")"

memory() { awk '/^VmRSS:/ { printf "%.0f", $2 / 1024 }' "/proc/$server/status"; }

# Resident memory, in MiB, once a second for as long as it runs.
watch_memory() { while sleep 1; do echo "$(memory)"; done >"$1"; }

measure() {
  local name="$1" path="$2" before after watcher
  before="$(memory)"
  watch_memory "$folder/memory" &
  watcher=$!
  wrk -t1 -c"$connections" -d"${seconds}s" --timeout 30s --latency -H "Authorization: Bearer $key" "$url$path" >"$folder/wrk"
  kill "$watcher"
  wait "$watcher" 2>/dev/null || true
  sleep 2
  after="$(memory)"
  awk -v name="$name" -v before="$before" -v after="$after" '
    FILENAME ~ /memory$/ { if (FNR == 1) first = $1; last = $1; if ($1 > most) most = $1; next }
    $1 == "99%" { p99 = $2 }
    $2 == "requests" && $3 == "in" { requests = $1 }
    /^Requests\/sec/ { rate = $2 }
    /^Transfer\/sec/ { bytes = $2 }
    /Non-2xx|Socket errors/ { errors = errors $0 }
    END {
      printf "| %s | %s | %s | %s | %s | %s | %d → %d–%d → %d |\n",
        name, rate, p99, bytes "/s", requests, errors ? errors : "0", before, first, most, after
      exit errors != ""
    }' "$folder/memory" "$folder/wrk"
}

size="$(curl -s --noproxy '*' -D "$folder/headers" -o "$folder/answer" -w '%{size_download}' -H "Authorization: Bearer $key" "$url/api/v1/iocs/sigma?limit=10000")"
rules="$(grep -c '^id: ' "$folder/answer")"
model="$(awk -F ': *' '/^model name/ { print $2; exit }' /proc/cpuinfo)"
echo "$model, $(nproc) cores, $(awk '/^MemTotal/ { printf "%.0f GiB", $2 / 1048576 }' /proc/meminfo), Linux $(uname -r); $(socdef-sigma --version)"
echo "$connections connections, $seconds s each; the answer of the Sigma endpoint is $rules rules, $size bytes"
echo
echo '| request | requests/s | p99 | transferred | requests | errors | memory in MiB: before → during → after |'
echo '|---|---|---|---|---|---|---|'
measure 'JSON list, `limit=100`' '/api/v1/iocs?limit=100'
measure "Sigma endpoint, $rules rules" '/api/v1/iocs/sigma?limit=10000'
