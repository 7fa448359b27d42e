#!/bin/sh
# SPDX-License-Identifier: MIT
# Malformed case files: for each file of cases/suite/errors, what stands beside
# it in FILE.err is printed, byte for byte, and the exit status is 2.
#   sh cases/errors_test.sh            (from the project's root)
#   sh cases/errors_test.sh --update   writes the .err files: read them after
set -u
verdict=${VERDICT:-build/verdict}
dir=cases/suite/errors
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
unset NO_COLOR

if [ "${1-}" = --update ]; then
	for file in "$dir"/*.yaml; do
		"$verdict" test "$file" >/dev/null 2>"${file%.yaml}.err"
	done
	exit 0
fi

set -- "$dir"/*.yaml
echo "1..$(($# + 1))"
n=0
for file; do
	n=$((n + 1))
	"$verdict" test "$file" >"$tmp/out" 2>"$tmp/err"
	status=$?
	if [ $status -eq 2 ] && cmp -s "$tmp/err" "${file%.yaml}.err" &&
		[ "$(tail -n 1 "$tmp/out")" = "0 passed, 0 failed" ]; then
		echo "ok $n - ${file##*/}"
	else
		echo "not ok $n - ${file##*/}"
		echo "# exit status $status"
		diff "${file%.yaml}.err" "$tmp/err" 2>&1 | sed 's/^/# /'
	fi
done
n=$((n + 1))
if [ $# -ge 60 ]; then
	echo "ok $n - at least 60 files"
else
	echo "not ok $n - at least 60 files, there are $#"
fi
