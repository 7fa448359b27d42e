#!/bin/sh
# SPDX-License-Identifier: MIT
# The same targets under AFL++, in persistent mode: built by afl-clang-fast,
# which has a driver for LLVMFuzzerTestOneInput.
#
#   sh fuzz/afl.sh [-t SECONDS] [TARGET...]     (from the project's root; 10 s each)
#
# What AFL++ finds stands in BUILD/afl/out/TARGET; fuzz/merge.sh takes its queues:
#   for t in BUILD/afl/out/*; do mkdir -p afl/${t##*/}; cp $t/default/queue/id* afl/${t##*/}; done
#   sh fuzz/merge.sh afl
set -eu
build=${BUILD:-build}/afl
seconds=10
[ "${1-}" = -t ] && { seconds=$2; shift 2; }
if ! command -v afl-fuzz >/dev/null || ! command -v afl-clang-fast >/dev/null; then
	echo "afl.sh: AFL++ is not installed (Debian: afl++)" >&2
	exit 3
fi

export AFL_QUIET=1 AFL_NO_UI=1 AFL_SKIP_CPUFREQ=1 AFL_NO_AFFINITY=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1
${MAKE:-make} -s CC=afl-clang-fast VARIANT=fuzz FUZZ_FLAGS= BUILD="$build" fuzz-targets
[ $# -gt 0 ] || set -- $(for bin in "$build"/fuzz/targets/*; do echo "${bin##*/}"; done)

stat() {
	sed -n "s/^$1 *: *//p" "$build/out/$target/default/fuzzer_stats"
}
printf '%-12s %12s %10s %9s %9s %9s\n' target executions 'a second' edges inputs crashes
found=0
for target; do
	rm -rf "$build/out/$target"
	mkdir -p "$build/out"
	[ -e "fuzz/dict/$target.dict" ] && dict="-x fuzz/dict/$target.dict" || dict=
	# shellcheck disable=SC2086
	afl-fuzz -V "$seconds" -i "fuzz/corpus/$target" -o "$build/out/$target" $dict -- "$build/fuzz/targets/$target" \
		>"$build/out/$target.log" 2>&1 || { tail -n 20 "$build/out/$target.log" >&2; exit 1; }
	printf '%-12s %12s %10s %9s %9s %9s\n' "$target" "$(stat execs_done)" "$(stat execs_per_sec)" \
		"$(stat edges_found)" "$(stat corpus_count)" "$(stat saved_crashes)"
	found=$((found + $(stat saved_crashes)))
done
[ $found -eq 0 ]
