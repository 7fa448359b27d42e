#!/bin/sh
# SPDX-License-Identifier: MIT
# The subcommand diff: what it proves, what it lists, and that its records are
# what eval says. Prints TAP; run from the project's root.
. vm/testing.sh
corpus=$PWD/cases/suite/corpus

# run STATUS NAME ARGS...: the exit status is that; output in $tmp/out and $tmp/err.
run() { want=$1 name=$2; shift 2; gives "$want" "$name" "$verdict" diff "$@"; }

cd "$tmp" || exit 1
# deny.bpfasm CALL LABEL...: an x86_64 filter that denies one call where a comparison says so
filter() {
	printf 'ld arch\njne #x86_64, kill\nld nr\njeq #x86_64.%s, test, allow\ntest: %s\nallow: ret #ALLOW\n' "$1" "$2"
	printf 'deny: ret #%s\nkill: ret #KILL_PROCESS\n' "$3"
}
filter ioctl 'ld args[1].lo
jeq #0x5412, deny, allow' 'ERRNO(EPERM)' >one.bpfasm
filter ioctl 'ld args[1].lo
jeq #0x5412, deny
jeq #0x541c, deny, allow' 'ERRNO(EPERM)' >two.bpfasm
filter ioctl 'ld args[1].lo
jeq #0x5412, deny, allow' 'ERRNO(ENOSYS)' >enosys.bpfasm
echo 'ret #0x0005ffff' >over.bpfasm
echo 'ret #ERRNO(4095)' >most.bpfasm
echo 'ret #ALLOW' >allow.bpfasm

# ------------------------------------------------------------------ equal --
run 0 "a stack against itself" --old one.bpfasm --new one.bpfasm
check "it says so" "$(cat out)" "equal: every record gets the same verdict (proved)"
run 0 "a filter twice" --old one.bpfasm --new one.bpfasm --new one.bpfasm
run 0 "a filter on top that decides nothing" --old one.bpfasm --new one.bpfasm --new allow.bpfasm
run 0 "what the kernel acts on" --old over.bpfasm --new most.bpfasm
run 1 "the values" --raw --old over.bpfasm --new most.bpfasm
run 0 "29 filters against themselves" --old "$corpus/systemd-unit-logind" --new "$corpus/systemd-unit-logind"
run 0 "JSON of equal stacks" -f json --old one.bpfasm --new one.bpfasm
check "equal is true" "$(tr -d ' \n' <out)" '{"equal":true,"complete":true,"changes":[]}'

# ---------------------------------------------------------------- changes --
run 1 "one more value" --old one.bpfasm --new two.bpfasm
cat >expected <<'END'
x86_64
  stronger  ioctl where arg1.lo == 0x541c: ALLOW -> ERRNO(EPERM)
            'x86_64 ioctl(0, 0x541c)'
            any: arg0, arg1.hi, arg2 to arg5, ip

1 change: 1 stronger
END
check "the change" "$(cat out)" "$(cat expected)"
run 1 "one value less" --old two.bpfasm --new one.bpfasm
holds out "weaker    ioctl where arg1.lo == 0x541c: ERRNO(EPERM) -> ALLOW" "it is weaker"
run 1 "another errno" --old one.bpfasm --new enosys.bpfasm
holds out "other     ioctl where arg1.lo == 0x5412: ERRNO(EPERM) -> ERRNO(ENOSYS)" "it is neither"
run 0 "--only weaker of what is stronger" --only weaker --old one.bpfasm --new two.bpfasm
check "it says what was left out" "$(cat out)" "0 changes; 1 not asked for"
run 1 "--only weaker of what is weaker" --only weaker --old two.bpfasm --new one.bpfasm
run 1 "two senses" --only weaker --only stronger --old one.bpfasm --new two.bpfasm
run 1 "everything" --old one.bpfasm --new allow.bpfasm
holds out "every arch but x86_64" "foreign archs are one change"
holds out "weaker    every call: KILL_PROCESS -> ALLOW" "of every call"
run 1 "numbers without arch" --old allow.bpfasm --new most.bpfasm
holds out "every arch" "every arch"
run 1 "Markdown" -f markdown --old one.bpfasm --new two.bpfasm
cat >expected <<'END'
**verdict diff**: 1 change: 1 stronger

| | ABI | calls | where | before | after | for example |
|---|---|---|---|---|---|---|
| stronger | x86_64 | `ioctl` | `arg1.lo == 0x541c` | `ALLOW` | `ERRNO(EPERM)` | `x86_64 ioctl(0, 0x541c)` |
END
check "the table" "$(cat out)" "$(cat expected)"
run 1 "into a file" -o report.md -f markdown --old one.bpfasm --new two.bpfasm
check "it is there" "$(cat report.md)" "$(cat expected)"

# ---------------------------------------------------- records are confirmed --
# replay NAME OLD NEW: every record of the JSON report gets the verdicts it says, by eval
replay() {
	name=$1 old=$2 new=$3
	"$verdict" diff -f json --old "$old" --new "$new" >out 2>err
	json 'do {
		open my $calls, ">", "calls";
		open my $old, ">", "old";
		open my $new, ">", "new";
		for (@{$j->{changes}}) {
			print $calls "$_->{record}{call}\n";
			print $old "$_->{old}{ret}\n";
			print $new "$_->{new}{ret}\n";
		}
		defined $j->{equal} && !$j->{equal} && $j->{complete} && @{$j->{changes}} &&
			!grep { $_->{old}{ret} eq $_->{new}{ret} || !$_->{exact} } @{$j->{changes}}
	}' || { fail "$name"; return; }
	"$verdict" eval "$old" --records calls --format hex >got.old 2>err
	"$verdict" eval "$new" --records calls --format hex >got.new 2>>err
	if cmp -s old got.old && cmp -s new got.new; then pass "$name"; else fail "$name"; fi
}
replay "records of docker and podman" "$corpus/docker-1" "$corpus/podman-runc"
replay "records of two systemd directives" "$corpus/systemd-RestrictAddressFamilies" "$corpus/systemd-RestrictNamespaces"
replay "records of a filter and none" "$corpus/systemd-RestrictRealtime" allow.bpfasm

# ------------------------------------------------------------- no answer --
# a0 * a1 against a1 * a0, and more: equal, but nobody can prove it
chain() {
	printf 'ld args[%s].lo\ntax\nld args[%s].lo\nmul x\n' "$1" "$2"
	for _ in 1 2 3; do printf 'add #77\ntax\nld args[2].lo\nmul x\n'; done
	printf 'jeq #0x12345678, deny, allow\ndeny: ret #TRAP\nallow: ret #ALLOW\n'
}
chain 0 1 >hard.bpfasm
chain 1 0 >harder.bpfasm
run 3 "too hard for the budget" --budget 300 --old hard.bpfasm --new harder.bpfasm
holds out "not known: the budget is spent" "it does not say equal"
run 3 "JSON of no answer" --budget 300 -f json --old hard.bpfasm --new harder.bpfasm
holds out '"equal": null' "equal is null"
run 1 "hard, and a sample differs" --budget 300 --old hard.bpfasm --new most.bpfasm
holds out "there may be more" "the list may not be all"

# ------------------------------------------------- archs without a name --
printf 'ld arch\njne #0x12345678, allow\nld nr\njeq #5, log\njeq #70000, log\njge #0xfffffff0, log\nallow: ret #ALLOW\nlog: ret #LOG\n' >odd.bpfasm
sed 's/#LOG/#ERRNO(EPERM)/' odd.bpfasm >odder.bpfasm
run 1 "one of them" --old odd.bpfasm --new odder.bpfasm
holds out "5 (fstat on x86_64), 0x11170, -16..-1: LOG -> ERRNO(EPERM)" "numbers as x86_64 has them, ranges, negative ones"
run 1 "in JSON" -f json --old odd.bpfasm --new odder.bpfasm
holds out '"archs": [' "they are ranges"
{
	echo 'ld arch'
	for at in e f; do
		for digit in f e d c b a 9 8 7 6 5 4; do
			case $digit in [02468ace]) to=log ;; *) to=allow ;; esac
			[ $at$digit = ff ] || echo "jgt #0x$at${digit}000000, $to"
		done
	done | sort -r
	printf 'allow: ret #ALLOW\nlog: ret #LOG\n'
} >many.bpfasm
sed 's/#LOG/#ERRNO(EPERM)/' many.bpfasm >more.bpfasm
run 1 "many" --old many.bpfasm --new more.bpfasm
holds out "0xe4000001..0xe5000000," "some of their ranges"
holds out "…" "and that there are more"
awk 'length > 80' out >wide
check "within 80 columns" "$(wc -l <wide)" 0
run 0 "equal, in Markdown" -f markdown --old one.bpfasm --new one.bpfasm
check "is one line" "$(wc -l <out)" 1

# ------------------------------------------------------------------ usage --
run 2 "no such option" --nonesuch
run 2 "no source after --" --old one.bpfasm --new two.bpfasm -- x
run 2 "an output that cannot be" --old one.bpfasm --new two.bpfasm -o no/where
holds err "no/where: error: cannot be written" "it says which"
run 2 "no new stack" --old one.bpfasm
holds err "no new stack; write --old SOURCE and --new SOURCE" "it says what to write"
run 2 "an operand" one.bpfasm two.bpfasm
holds err "'one.bpfasm' is before or after?" "it asks"
run 2 "a file that is not there" --old one.bpfasm --new nothing.bpfasm
run 2 "a bad sense" --only better --old one.bpfasm --new two.bpfasm
run 2 "a bad format" --format xml --old one.bpfasm --new two.bpfasm
run 2 "a bad budget" --budget 0 --old one.bpfasm --new two.bpfasm
run 2 "stdin twice" --old - --new - <one.bpfasm
done_testing
