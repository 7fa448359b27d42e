#!/bin/sh
# SPDX-License-Identifier: MIT
# Fuzzes every target for its share of the time, and sums it up. `make fuzz`
# builds what this runs.
#
#   sh fuzz/run.sh [OPTIONS] [TARGET...]
#     -t, --time TIME    of the whole run: 90, 90s, 60m, 2h  (FUZZ_TIME; 60m)
#     -j, --jobs N       targets at a time                   (FUZZ_JOBS; all cores)
#         --shard K/N    every N-th target, beginning with the K-th: one machine of N
#         --corpus DIR   where inputs are kept that found something new; they are
#                        read as well (FUZZ_CORPUS; BUILD/fuzz/corpus)
#         --list         names the targets
#
# What is found lies in BUILD/fuzz/findings; the line that replays each is
# printed. Exit status: 0; 1 with findings; 2 where it was called wrongly.
set -u
build=${BUILD:-build}
verdict=${VERDICT:-$build/verdict}
bins=$build/engine/fuzz/targets
work=$build/fuzz
findings=$work/findings
corpus=${FUZZ_CORPUS:-$work/corpus}
time=${FUZZ_TIME:-60m}
jobs=${FUZZ_JOBS:-$(nproc)}
shard=1/1
MOST_FINDINGS=5 # of a target: then the rest of its time is not worth spending

fail() {
	echo "fuzz/run.sh: $1" >&2
	exit 2
}
seconds() {
	case $1 in
	*[!0-9smh]* | '' | *[smh]?*) fail "'$1' is no time: 90, 90s, 60m or 2h" ;;
	*h) echo $((${1%h} * 3600)) ;;
	*m) echo $((${1%m} * 60)) ;;
	*) echo "${1%s}" ;;
	esac
}
# All targets; the last is the search for programs that two readings disagree on.
all_targets() {
	for file in fuzz/targets/*.c; do
		file=${file##*/}
		echo "${file%.c}"
	done
	if "$verdict" fuzz --help 2>/dev/null | grep -q -e --programs; then echo programs; fi
}

# ---------------------------------------------------------------- one target

# Options of a target's own, as ClusterFuzz has them: `name = value` lines.
options() {
	[ -e "fuzz/options/$1.options" ] || return 0
	sed -n 's/^\([a-z_]*\) *= *\([0-9]*\)$/-\1=\2/p' "fuzz/options/$1.options"
}
last_number() { # after a word, in a log
	grep -o "$1 *[0-9]*" "$2" | tail -n 1 | grep -o '[0-9]*$'
}

run_engine() { # target, seconds, log
	mkdir -p "$corpus/$1"
	[ -e "fuzz/dict/$1.dict" ] && dict=-dict=fuzz/dict/$1.dict || dict=
	# shellcheck disable=SC2046,SC2086
	"$bins/$1" -max_total_time="$2" -timeout=20 -rss_limit_mb=2048 -report_slow_units=1000 -print_final_stats=1 \
		-artifact_prefix="$findings/$1-" $dict $(options "$1") "$corpus/$1" "fuzz/corpus/$1" >"$3" 2>&1
}

# Writes a line of the table: name, executions, seconds, edges, inputs, findings.
run_target() { # target, seconds
	begin=$(date +%s) end=$(($(date +%s) + $2)) executions=0 found=0 edges=0 inputs=0
	while left=$((end - $(date +%s))) && [ $left -gt 0 ] && [ $found -lt $MOST_FINDINGS ]; do
		log=$work/log/$1.$found
		run_engine "$1" "$left" "$log"
		status=$?
		executions=$((executions + $(last_number number_of_executed_units: "$log" || echo 0)))
		edges=$(last_number 'cov:' "$log" || echo 0)
		inputs=$(last_number 'corp:' "$log" || echo 0)
		[ $status -eq 0 ] && break
		found=$((found + 1))
	done
	echo "$1 $executions $(($(date +%s) - begin)) ${edges:-0} ${inputs:-0} $found" >"$work/table/$1"
}

run_programs() { # seconds
	log=$work/log/programs
	begin=$(date +%s)
	# another seed each time: it stands in the name of what is found
	"$verdict" fuzz --programs --time "$1" --seed "$begin" --jobs 1 --output "$findings/programs-$begin" >"$log" 2>&1
	status=$?
	executions=$(sed -n 's/.* \([0-9]*\) programs (.*/\1/p' "$log")
	case $status in
	0 | 3) found=0 ;;
	*) found=1 ;;
	esac
	echo "programs ${executions:-0} $(($(date +%s) - begin)) - - $found" >"$work/table/programs"
}

# ------------------------------------------------------------------- options

targets=
one=
while [ $# -gt 0 ]; do
	case $1 in
	--time=* | --jobs=* | --shard=* | --corpus=*)
		option=${1%%=*} value=${1#*=}
		shift
		set -- "$option" "$value" "$@"
		continue
		;;
	-[tj]?*)
		option=${1%"${1#-?}"} value=${1#-?}
		shift
		set -- "$option" "$value" "$@"
		continue
		;;
	-t | --time) time=${2?"$1: a time is missing"} && shift ;;
	-j | --jobs) jobs=${2?"$1: a number is missing"} && shift ;;
	--shard) shard=${2?"$1: K/N is missing"} && shift ;;
	--corpus) corpus=${2?"$1: a folder is missing"} && shift ;;
	--one) one=${2?} && shift ;; # from below
	--list) all_targets && exit 0 ;;
	-h | --help) sed -n '3,/^set/{/^#/s/^# \{0,1\}//p;}' "$0" && exit 0 ;;
	-*) fail "unknown option '$1'; see --help" ;;
	*) targets="$targets $1" ;;
	esac
	shift
done
if [ -n "$one" ]; then
	if [ "$one" = programs ]; then run_programs "$time"; else run_target "$one" "$time"; fi
	exit 0
fi

total=$(seconds "$time") || exit 2
case $shard in
[1-9]*/[1-9]*) [ "${shard%/*}" -le "${shard#*/}" ] || fail "--shard $shard: K is at most N" ;;
*) fail "--shard is K/N, 1/4 for the first machine of four" ;;
esac
for target in $targets; do
	all_targets | grep -qx "$target" || fail "there is no target '$target'; see --list"
done
# shellcheck disable=SC2086
targets=$(printf '%s\n' ${targets:-$(all_targets)} | awk "NR % ${shard#*/} == ${shard%/*} % ${shard#*/}")
n=$(echo "$targets" | wc -l)
for target in $targets; do
	[ "$target" = programs ] || [ -x "$bins/$target" ] || fail "$bins/$target is not built: run 'make fuzz'"
done
share=$((total * (jobs < n ? jobs : n) / n))
[ $share -gt 0 ] || share=1

# ----------------------------------------------------------------------- run

rm -rf "$work/table" "$work/log" "$findings"
mkdir -p "$work/table" "$work/log" "$findings" "$corpus"
export FUZZ_CORPUS="$corpus"
printf '%d targets, %d at a time, %d s each; logs are in %s\n\n' "$n" "$jobs" $share "$work/log"
echo "$targets" | xargs -P "$jobs" -I TARGET sh "$0" --one TARGET --time $share

printf '%-12s %14s %10s %9s %9s %9s\n' target executions 'a second' edges inputs findings
sort "$work"/table/* | awk '{
	printf "%-12s %14d %10d %9s %9s %9d\n", $1, $2, $2 / ($3 ? $3 : 1), $4, $5, $6
	executions += $2; findings += $6
}
END { printf "%-12s %14d %10s %9s %9s %9d\n", "all", executions, "", "", "", findings; exit findings > 0 }'
status=$?
for file in "$findings"/*; do
	[ -e "$file" ] || continue
	name=${file##*/}
	case $name in
	programs*) echo "$verdict test $file" ;;
	*) echo "$bins/${name%%-*} $file" ;;
	esac
done
exit $status
