#!/bin/sh
# Prints what common jobs cost on this machine: user and wall seconds of whole
# commands, median of five runs.
#
#   make bench        or        BUILD=build sh bench/figures.sh
set -eu
build=${BUILD:-build}
verdict=$build/verdict
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT INT TERM

# One line: a name, then the median user and wall seconds of a command.
measure() {
	name=$1
	shift
	for _ in 1 2 3 4 5; do
		TIMEFORMAT='%U %R' bash -c 'time "$@" >/dev/null' measure "$@" 2>&1
	done | sort -n | sed -n 3p | {
		read -r user wall
		printf '%-58s %6s s user %6s s wall\n' "$name" "$user" "$wall"
	}
}

"$build/bench/records" 1000000 > "$dir/mix.records"
sh bench/many_cases.sh 8000 > "$dir/many.yaml"
"$verdict" test "$dir/many.yaml" | tail -n 1

measure '1,000,000 records of the mix, systemd-unit-logind (29 deep)' \
	"$verdict" eval cases/suite/corpus/systemd-unit-logind --records "$dir/mix.records" --format hex
measure '1,000,000 records of the mix, docker-1' \
	"$verdict" eval cases/suite/corpus/docker-1 --records "$dir/mix.records" --format hex
measure 'a case file with 8,000 finite cases' "$verdict" test "$dir/many.yaml"
measure 'the shipped suite' "$verdict" test cases/suite

echo
echo "Nanoseconds a record, and ratios to a plain switch interpreter:"
BUILD=$build sh bench/ratios.sh

echo
echo "The running kernel as the judge:"
# 3: it cannot be asked, and the program has said why
"$build/bench/kernel" cases/suite/corpus/docker-1 || [ $? -eq 3 ]
echo
BUILD=$build sh bench/proofs.sh
