#!/bin/sh
# SPDX-License-Identifier: MIT
# fuzz --programs: a short run of random programs through everything that must be
# one function, with and without the kernel. Long ones: `verdict fuzz --programs
# --time`; whether it would notice: fuzz/mutants.sh. Run from the project's root.
. vm/testing.sh
cd "$tmp" || exit 1
NO_COLOR=1
export NO_COLOR

fuzz() { want=$1; shift; exits "$want" "$verdict" fuzz "$@"; }

fuzz 0 --programs --runs 4000 --seed 3 --kernel=never && grep -q '^0 found: ' out && ! grep -q kernel out
ok $? "4,000 trials without the kernel: nothing differs"
if fuzz 0 --programs --runs 1500 --seed 4 --kernel=require; then
	asked=$(sed -n 's/^the kernel was asked about \([0-9]*\) programs and \([0-9]*\) records$/\1 \2/p' out)
	accepted=$(sed -n 's/^0 found: [0-9]* programs (\([0-9]*\) accepted),.*/\1/p' out)
	[ "${asked% *}" -gt 1500 ]
	ok $? "1,500 trials with the kernel: nothing differs"
	# but for programs that are too long, and addresses where something lies, a sanitizer's memory for instance
	[ "${asked#* }" -gt $((accepted * 6)) ] && [ "${asked#* }" -le $((accepted * 8)) ]
	ok $? "each accepted program is asked about eight records"
	fuzz 0 --programs --runs 64 && grep -q '^the kernel was asked' out
	ok $? "it is asked where it can be"
	for room in 6 12; do
		exits 0 sh -c "ulimit -n $room; exec \"\$0\" \"\$@\"" \
			"$verdict" fuzz --programs --runs 300 --seed 4 --kernel=require -j 32 &&
			grep -q '^the kernel was asked' out
		ok $? "with room for $room descriptors, less than jobs want"
	done
	# x32's calls are killed by this one; what it does must not be taken for what random programs do
	printf 'default: ALLOW\n' >around.rules
	# (leaks are not looked for in what is traced)
	exits 3 env ASAN_OPTIONS="${ASAN_OPTIONS-}:detect_leaks=0" "$verdict" exec around.rules -- \
		"$verdict" fuzz --programs --runs 200 --seed 3 --kernel=require &&
		grep -q '^the kernel was not asked: this process runs under a filter itself' out
	ok $? "under a filter it is not asked"
elif [ "$status" -eq 3 ]; then
	skip "1,500 trials with the kernel" "$(sed -n 's/^the kernel was not asked: //p' out)"
	fuzz 0 --programs --runs 64 && grep -q '^the kernel was not asked: ' out
	ok $? "it says that it is not asked"
else
	fail "1,500 trials with the kernel: nothing differs"
fi

counts() { sed -n 's/^\(0 found: .* records\),.*/\1/p' out; }
fuzz 0 --programs --runs 500 --seed 9 --kernel=never -j 1
first=$(counts)
fuzz 0 --programs --runs 500 --seed 9 --kernel=never -j 3
[ -n "$first" ] && [ "$first" = "$(counts)" ]
ok $? "one seed makes the same on one thread and on three"
fuzz 0 --programs --runs 500 --seed 10 --kernel=never
[ "$first" != "$(counts)" ]
ok $? "another seed makes others"
fuzz 0 --programs --runs 100 --kernel=never --format json && grep -q '"findings": \[\]' out && grep -q '"asked": false' out
ok $? "JSON"
fuzz 0 --programs --time 0.2 --kernel=never
ok $? "for a time"
fuzz 0 --programs --time 0.001 --kernel=never && ! grep -q '^0 found: 0 programs' out
ok $? "however short: something is looked at"
printf 'ret #ALLOW\n' >x.bpfasm
fuzz 2 --programs x.bpfasm && grep -q 'makes its own filters' err
ok $? "it takes no sources"
fuzz 2 --programs --cases x.yaml && grep -q 'makes its own filters' err
ok $? "and no other goal"
fuzz 2 --programs --seeds seeds.txt && grep -q 'leave --seeds out' err && fuzz 2 --programs --no-proof &&
	grep -q 'leave --no-proof out' err
ok $? "nor what it would not heed"
done_testing
