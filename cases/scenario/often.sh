#!/bin/sh
# The suite's scenarios N times in a row, while every processor is busy: as many
# loops run beside them as there are processors, or LOAD.
#   sh cases/scenario/often.sh [N [LOAD]]     (from the project's root)
set -u
verdict=${VERDICT:-build/verdict}
times=${1:-200}
load=
for cpu in $(seq "${2:-$(nproc 2>/dev/null || echo 2)}"); do
	sh -c 'while kill -0 $PPID 2>/dev/null; do i=0; while [ $i -lt 100000 ]; do i=$((i + 1)); done; done' &
	load="$load $!"
done
trap 'kill $load 2>/dev/null' EXIT
trap 'exit 1' INT TERM
i=0
while [ $i -lt "$times" ]; do
	i=$((i + 1))
	if ! out=$("$verdict" test cases/suite/live 2>&1); then
		printf '%s\n' "$out"
		echo "not ok - scenarios under load, run $i of $times"
		exit 1
	fi
done
echo "ok - scenarios $times times in a row under load: $(printf '%s\n' "$out" | tail -n 1)"
