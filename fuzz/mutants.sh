#!/bin/sh
# SPDX-License-Identifier: MIT
# Mutants of the machine (vm/mutants.tsv): each has one thing wrong, and `verdict
# fuzz --programs` must find it out. Prints TAP, with what found each, and how
# long each part took.
#   sh fuzz/mutants.sh [RUNS [NAME...]]      (from the project's root, after make)
#   KERNEL=auto sh fuzz/mutants.sh           ask the kernel as well
. vm/testing.sh
. vm/mutate.sh
runs=${1:-3000}
[ $# = 0 ] || shift
kernel=${KERNEL:-never}
now() { cut -d ' ' -f 1 /proc/uptime; }
begun=$(now)
mutate && mutant_verdict
ok $? "the mutants are built"
[ -x "$tmp/verdict" ] || { done_testing; exit 1; }

try() { VD_MUTANT=$1 timeout 60 "$tmp/verdict" fuzz --programs --runs "$runs" --seed 1 --kernel="$kernel" >"$tmp/out" 2>"$tmp/err"; }
# Ends a part: a line for the table at the end.
say_part() {
	[ "$tried" = 0 ] || echo "$part $killed $tried $(now) $since" |
		awk '{ printf "# %s: %d of %d are found, %.1f s\n", $1, $2, $3, $4 - $5 }' >>"$tmp/parts"
	part=$1 killed=0 tried=0 since=$(now)
}
built=$(now)
try 0
ok $? "what is not mutated passes"
number=0
tried=0
say_part none
for name in $names; do
	case " $parts " in *" $name "*) say_part "$name" && continue ;; esac
	number=$((number + 1))
	[ $# = 0 ] || case " $* " in *" $name "*) ;; *) continue ;; esac
	try $number
	status=$?
	tried=$((tried + 1))
	by=$(sed -n 's/^found: .* differ (\([a-z-]*\)), program \([0-9]*\)$/\1 \2/p' "$tmp/out" | head -n 1)
	if [ $status = 1 ] || [ $status = 4 ]; then
		pass "$name: by ${by% *}, program ${by#* }"
		killed=$((killed + 1))
	elif [ $status -gt 128 ]; then
		pass "$name: it crashed"
		killed=$((killed + 1))
	else
		fail "$name lives (status $status)"
	fi
done
say_part none
cat "$tmp/parts"
echo "$begun $built $(now)" | awk '{ printf "# built in %.1f s, all in %.1f s\n", $2 - $1, $3 - $1 }'
done_testing
