#!/usr/bin/env bash
# Builds the fuzz targets with coverage and runs each of them for SECONDS (60) or FUZZ_RUNS executions (a million), whichever comes
# first: bash fuzz/run.sh [SECONDS] [TARGET...]
#
# The flags are those of cargo-fuzz without a sanitizer, and stable rustc takes them; libFuzzer comes with its crate and needs a C++
# compiler. Where that does not build, the same bodies get the corpus with random changes instead. A finding is left in
# fuzz/artifacts, and once it is fixed it goes into fuzz/corpus.
set -euo pipefail
cd "$(dirname "$0")"
seconds=${1:-60}
shift || true
target=$(rustc -vV | sed -n 's/^host: //p')
flags="--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4
-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table
-Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1"
# The versions that the crate is tested with, and libFuzzer's beside them.
cp ../Cargo.lock Cargo.lock
echo "$(rustc --version), libFuzzer without a sanitizer, $seconds seconds for each target"
if ! RUSTFLAGS=${flags//$'\n'/ } CARGO_TARGET_DIR=target cargo build --quiet --release --target "$target"; then
	echo "no fuzzer builds here (the reason is above; it needs a C++ compiler): the corpus with random changes instead" >&2
	PROPTEST_CASES=20000 exec cargo test --locked --manifest-path ../Cargo.toml --test it fuzz_corpus
fi
bin=target/$target/release
names=("$@")
if [ ${#names[@]} = 0 ]; then
	mapfile -t names < <(printf '%s\n' extract value template sigma detect learner merge lists front_matter documents parameters; FUZZ_FORMAT=list "$bin/reader" | sed 's/^/reader-/')
fi
# A timeout is by the clock, which a busy machine stretches: what is slow is found by CPU time in tests/attack/slow.py.
# What libFuzzer says, in a line: how often it ran, what the corpus covers and what is new, and how long it took.
said() {
	awk '
		$2 == "INITED" || $2 == "DONE" { for (i = 1; i < NF; i++) if ($i == "cov:") { if ($2 == "INITED") first = $(i + 1); last = $(i + 1) } }
		/^Done / { runs = $2; seconds = $5 }
		END { printf "  %d executions, %d edges covered, %d of them new, %d seconds\n", runs, last, last - first, seconds }
	' "$1"
}
mkdir -p artifacts
failed=()
for name in "${names[@]}"; do
	corpus=${name%%-*}
	mkdir -p "work/$name"
	echo "$name"
	if ! (
		[ "$name" = "$corpus" ] || export FUZZ_FORMAT=${name#*-}
		"$bin/$corpus" "work/$name" "corpus/$corpus" -dict=words.dict -max_total_time="$seconds" -runs="${FUZZ_RUNS:-1000000}" -max_len=8192 -timeout=60 \
			-rss_limit_mb=1024 -artifact_prefix="artifacts/$name-"
	) >"work/$name.log" 2>&1; then
		failed+=("$name")
		tail -n 20 "work/$name.log"
	else
		said "work/$name.log"
	fi
done
[ ${#failed[@]} = 0 ] || { echo "found something: ${failed[*]}" >&2; exit 1; }
