#!/bin/sh
# SPDX-License-Identifier: MIT
# Records the system calls of some everyday commands, for `make bench`:
#
#   BUILD=build sh bench/everyday.sh FILE
#
# What is not installed is left out. Where commands cannot be traced nothing is
# written, and the status is 3.
set -eu
build=${BUILD:-build}
verdict=$build/verdict
file=${1:?usage: everyday.sh FILE}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT INT TERM
if ! "$verdict" record -o "$dir/probe" -- true >/dev/null 2>&1; then
	echo "records of real programs: left out, commands cannot be traced here" >&2
	exit 3
fi
n=0
record() {
	command -v "$1" >/dev/null 2>&1 || return 0
	n=$((n + 1))
	"$verdict" record -o "$dir/$n.rec" -- "$@" >/dev/null 2>&1 </dev/null || true
}
printf 'int main(void) { return 0; }\n' >"$dir/empty.c"
record sh -c 'for i in 1 2 3 4 5; do ls -l /; date; done'
record "${CC:-cc}" -O2 -o "$dir/empty" "$dir/empty.c"
record grep -r verdict vm
record find cases -name '*.yaml' -newer Makefile
record tar -cf "$dir/cases.tar" cases
record git log --stat -n 20
record perl -e 'my %h = map { $_ => 1 } glob "/usr/bin/*"; print scalar keys %h'
record python3 -c 'import json, subprocess; subprocess.run(["true"])'
record "$verdict" test cases/suite/precedence
cat "$dir"/[0-9]*.rec >"$file"
