#!/bin/sh
# SPDX-License-Identifier: MIT
# fuzz, the record search: every planted hole is found from what the author
# meant alone, without the prover and without seeds, and nothing in the good
# twin; findings are case files that fail until the filter is mended. Run from
# the project's root.
. vm/testing.sh
suite=$root/cases/suite
cd "$tmp" || exit 1

# STATUS ARGS...: runs fuzz; what it prints is in out and err.
fuzz() { want=$1; shift; exits "$want" "$verdict" fuzz "$@"; }
has() { grep -qF -- "$1" out || { echo "missing: $1" >>err; return 1; }; }

# -------------------------------------------------------------- the holes --
for bad in "$suite"/holes/*.bad.* "$suite"/holes-where/*.bad.*; do
	folder=$(basename "$(dirname "$bad")")
	name=$(basename "$bad")
	name=${name%%.*}
	claims=$root/fuzz/holes/$name.yaml
	[ "$folder" = holes-where ] && [ -e "$root/fuzz/holes/$name-where.yaml" ] && claims=$root/fuzz/holes/$name-where.yaml
	good=$(echo "$bad" | sed 's/\.bad\./.good./')
	rm -rf found
	fuzz 1 "$bad" --cases "$claims" --no-proof --runs 1M -o found && grep -q '^found: ' out
	ok $? "$folder/$name: the hole is found"
	"$verdict" test found >out 2>err
	[ $? -eq 1 ] && grep -q '^0 passed, [1-9][0-9]* failed' out
	ok $? "$folder/$name: what is found fails as a case"
	for case in found/*.yaml; do
		sed -i "s|$folder/$name\.bad\.|$folder/$name.good.|" "$case"
	done
	"$verdict" test found >out 2>err
	ok $? "$folder/$name: and passes with the good filter"
	fuzz 0 "$good" --cases "$claims" --no-proof --runs 300k && ! grep -q '^found: ' out
	ok $? "$folder/$name: nothing in the good one"
done
"$verdict" test "$root/fuzz/holes" >out 2>err
ok $? "the claims hold for the good filters, proved or run completely"

# --------------------------------------------------------------- --find --
bad=$suite/holes/high-half.bad.bpfasm good=$suite/holes/high-half.good.bpfasm
find='arch == x86_64 && nr == x86_64.ioctl && arg1.lo == TIOCSTI && ret.action == ALLOW'
for proof in --no-proof --seed=1; do
	fuzz 1 "$bad" --find "$find" $proof --runs 1M && has 'x86_64 ioctl(0, 0x100005412)' &&
		has '1 bit away: x86_64 ioctl(0, 0x5412)' && has 'is ERRNO(EPERM)'
	ok $? "--find finds the record, small, and its neighbour ($proof)"
done
fuzz 0 "$good" --find "$find" && has 'no such record: proved in'
ok $? "--find ends with a proof where there is none"
fuzz 0 "$good" --find "$find" --no-proof --runs 100k && has 'no such record found in 100,'
ok $? "--no-proof searches as long as it is told"
fuzz 0 "$good" --find 'ret.action == TRACE' && has 'the stack returns no value that it asks for'
ok $? "an action that no filter returns"
fuzz 1 "$good" --find 'ret == ERRNO(EPERM) && arg5 == 77' && has 'x86_64 ioctl(0, 0x5412, 0, 0, 0, 77)'
ok $? "ret is action and data"
fuzz 1 "$good" --find 'ret.data == EPERM' && has 'is ERRNO(EPERM)'
ok $? "ret.data is the data"
printf 'ld nr\nand #0xffff\nret a\n' >computed.bpfasm
fuzz 2 computed.bpfasm --find 'ret.data == 3' && grep -q 'returns what it computes' err
ok $? "of a filter that computes its value only the action can be searched"
printf 'ld arch\nld nr\nret a\n' >number.bpfasm
fuzz 1 number.bpfasm --find 'ret.action == TRACE && nr != 0x7ff00000 && arch == i386' --no-proof --runs 1M
ok $? "and it is"

# ------------------------------------------------- what is written, found --
cat >deep.bpfasm <<'END'
	ld args[0].lo
	jeq #0x12345678, n1, run
n1:	ld args[3].hi
	jeq #0xdeadbeef, n2, run
n2:	ld args[5].lo
	and #0xff00
	jeq #0x4200, n3, run
n3:	ld nr
	jset #0x400, deny, run
deny:	ret #TRAP(7)
run:	ret #ALLOW
END
fuzz 1 deep.bpfasm --find 'ret.action == TRAP' --no-proof --runs 1M -o deep &&
	has '(0x12345678, 0, 0, 0xdeadbeef00000000, 0, 0x4200)' && [ "$(ls deep | wc -l)" -eq 1 ]
ok $? "four conditions deep, without the prover"
"$verdict" test deep >out 2>err
[ $? -eq 1 ]
ok $? "its case fails"
sed -i 's/TRAP(7)/ALLOW/' deep.bpfasm
"$verdict" test deep >out 2>err
ok $? "and passes when the filter is mended in place"

"$verdict" asm -o piped.bpf "$bad" 2>err
fuzz 1 - --find "$find" -o piped <piped.bpf && [ "$(ls piped/*.bpf | wc -l)" -eq 1 ] &&
	{ "$verdict" test piped >out 2>err; [ $? -eq 1 ]; }
ok $? "a filter from stdin is written beside its case"

cat >inline.yaml <<'END'
version: 1
filters:
  base: {asm: "ld [0]\njeq #3, no, yes\nno: ret #ERRNO(EPERM)\nyes: ret #ALLOW\n"}
  same: {asm: "ret #ALLOW\n"}
stack: [base, same]
cases:
  - {name: "close runs", arch: [x86_64, i386], syscall: [read, close], expect: {x86_64: runs, i386: {verdict: runs, by: none}}}
  - {name: "as the other", syscall: any, same_as: same, except: [close]}
  - {name: "at most two", syscall: any, limits: {insns: 3}}
  - {name: "not now", syscall: close, expect: runs, todo: known}
END
fuzz 1 --cases inline.yaml --no-proof --runs 200k -o inline && has '3 claims: 2 broken, 1 with nothing found' &&
	has '1 case passed over' && { "$verdict" test inline >out 2>err; [ $? -eq 1 ]; } && grep -q '^0 passed, 2 failed' out
ok $? "programs inside case files, expectations by ABI and by whom"

# ------------------------------------------------------------- --against --
fuzz 1 "$good" --against "$bad" --no-proof --runs 1M -o against && has 'as the other stack says' &&
	{ "$verdict" test against >out 2>err; [ $? -eq 1 ]; } && grep -q '0 passed, 1 failed' out
ok $? "--against finds the difference of two filters"
fuzz 1 "$good" --against "$bad" && has 'found by the prover'
ok $? "and so does the prover"
fuzz 0 "$good" --against "$good" && has 'no such record: proved'
ok $? "--against itself is proved"
corpus=$suite/corpus
fuzz 0 "$corpus/systemd-unit-logind" --against "$corpus/systemd-unit-logind" --no-proof --runs 1M
ok $? "a stack of 29 against itself"

# ---------------------------------------------------- engine and kernel --
for stack in docker-1 systemd-unit-logind firejail-keep lxc; do
	fuzz 0 "$corpus/$stack" --engine --runs 300k
	ok $? "$stack: engine and machine agree"
done
if "$verdict" fuzz "$corpus/docker-1" --kernel=require --runs 1k >out 2>err; then
	for stack in docker-1 systemd-unit-logind; do
		fuzz 0 "$corpus/$stack" --kernel=require --runs 30k
		ok $? "$stack: kernel and machine agree"
	done
else
	skip "kernel and machine agree" "$(head -n 1 err)"
fi

# ----------------------------------------------------------- determinism --
answers() { grep -v ' records in ' out; }
fuzz 1 "$corpus/docker-1" --against "$corpus/docker-2" --no-proof --runs 400k --seed 9 -j 1
answers >first
fuzz 1 "$corpus/docker-1" --against "$corpus/docker-2" --no-proof --runs 400k --seed 9 -j 5
answers >second
[ -s first ] && cmp first second
ok $? "one seed finds the same on one thread and on five"

# ---------------------------------------------------------------- seeds --
cat >magic.bpfasm <<'END'
	ld args[2].lo
	ldx #0x10001
	mul x
	xor #0x5bd1e995
	jeq #0x49e5fba1, deny, run
deny:	ret #KILL_PROCESS
run:	ret #ALLOW
END
echo 'x86_64 read(0, 0, 0x1234)' >seeds.txt
"$verdict" eval magic.bpfasm --records seeds.txt >out 2>err
fuzz 0 magic.bpfasm --find 'ret.action == KILL_PROCESS' --no-proof --runs 100k
ok $? "a product that chance does not meet"
fuzz 1 magic.bpfasm --find 'ret.action == KILL_PROCESS' --no-proof --runs 100k --seeds seeds.txt
ok $? "--seeds begins with records that are known"
fuzz 1 magic.bpfasm --find 'ret.action == KILL_PROCESS' && has 'found by the prover'
ok $? "and the prover needs none"

# ----------------------------------------------------------------- usage --
fuzz 1 "$bad" --find "$find" --format json --no-proof --runs 1M && grep -q '"by": "search"' out &&
	grep -q '"call": "x86_64 ioctl(0, 0x100005412)"' out
ok $? "JSON"
while read -r message args; do
	message=$(echo "$message" | tr _ ' ')
	eval "set -- $args"
	fuzz 2 "$@" && grep -qF -- "$message" err && [ ! -s out ]
	ok $? "$message"
done <<-END
	what_is_to_be_found '$good'
	which_filter? --find 'nr == 1'
	--runs_takes '$good' --find 'nr == 1' --runs 0
	--runs_takes '$good' --find 'nr == 1' --runs 5x
	--runs_takes '$good' --find 'nr == 1' --runs 99999999999999999999
	--seed_takes '$good' --find 'nr == 1' --seed -1
	--time_takes '$good' --find 'nr == 1' --time 0
	--jobs_takes '$good' --find 'nr == 1' --jobs 0
	it_is_pretty_or_json '$good' --find 'nr == 1' --format xml
	--kernel_takes '$good' --kernel=maybe
	did_you_mean_'--seeds' '$good' --sedes x
	ret.action_is_an_action_without_its_data '$good' --find 'ret.action == ERRNO(EPERM)'
	did_you_mean_'ALLOW' '$good' --find 'ret.action == ALOW'
	did_you_mean_'x86 '$good' --find 'arch == X86_64'
	did_you_mean_'arch' '$good' --find 'ARCH == x86_64'
	number '$good' --find 'nr == ioctl'
	the_arguments_are_arg0 '$good' --find 'cmd == 3'
	nosuch.bpf nosuch.bpf --find 'nr == 1'
	nosuch.yaml '$good' --cases nosuch.yaml
	nosuch.txt '$good' --find 'nr == 1' --seeds nosuch.txt
END
fuzz 0 --help && [ "$(wc -L <out)" -le 80 ]
ok $? "--help has 80 columns"

# Archives are searched in turn: a name that two of them define means one thing here and another there.
if have nm && [ -e "$build/libfuzz.a" ]; then
	for archive in fuzz cases loader verdict bench; do
		nm --defined-only "$build/lib$archive.a" 2>>err | awk '$2 ~ /^[TDBRW]$/ && !/__odr_asan/ { print $3 }' | sort -u
	done | sort | uniq -d >out
	[ ! -s out ]
	ok $? "no two archives define the same name"
fi
done_testing
