#!/bin/sh
# SPDX-License-Identifier: MIT
# The subcommand gen: what it writes passes as it is and covers every edge.
# Prints TAP; run from the project's root.
. vm/testing.sh

run() { want=$1 name=$2; shift 2; gives "$want" "$name" "$verdict" "$@"; }
# NAME FILE: it passes, nothing is sampled, and all edges are covered.
golden() {
	"$verdict" test --require-proof --coverage "$2" >"$tmp/out" 2>"$tmp/err"
	check "$1: passes" $? 0
	case $(tail -n 1 "$tmp/out") in *', 100.0 %') pass "$1: covers all" ;; *) fail "$1: covers all" ;; esac
	holds "$2" 'limits: {coverage: 100}' "$1: says so itself"
}

cd "$tmp" || exit 1
mkdir filters made
cat >filters/first.bpfasm <<'END'
	ld arch
	jeq #x86_64, ours, bad
bad:	ret #KILL_PROCESS
ours:	ld nr
	jeq #x86_64.ioctl, args, next
args:	ld args[1].hi
	jeq #0, low, deny
low:	ld args[1].lo
	jeq #0x5412, deny, ok
next:	jeq #x86_64.read, ok, more
more:	jeq #x86_64.ioctl, deny, ok
deny:	ret #ERRNO(EPERM)
ok:	ret #ALLOW
END
printf 'ld nr\njeq #x86_64.read, a, b\na: ret #LOG\nb: ret #ALLOW\n' >filters/second.bpfasm

# ------------------------------------------------------------- one filter --
run 0 "one filter" gen filters/first.bpfasm -o made/first.yaml
check "it tells the bound" "$(cat out)" \
	"made/first.yaml: 11 edges: 6 records in 5 cases, at least 6 are needed (proved)
  1 edge no record takes (proved)"
golden "one filter" made/first.yaml
holds made/first.yaml '"../filters/first.bpfasm"' "the filter is named from the file's folder"
holds made/first.yaml '  - name: "x86_64 ioctl, cmd == 0x5412"' "conditions are in the names"
holds made/first.yaml '    args: {cmd: 0x5412}' "arguments have their names"
holds made/first.yaml '# takes first 8 to L11' "comments tell what is taken"
lacks made/first.yaml '10 to L11' "but not what no record takes"
holds made/first.yaml '    expect: KILL_PROCESS' "what the stack decides is expected"
sed 's/EPERM/EACCES/' filters/first.bpfasm >filters/changed && mv filters/changed filters/first.bpfasm
run 1 "a changed filter" test made/first.yaml
sed 's/EACCES/EPERM/' filters/first.bpfasm >filters/changed && mv filters/changed filters/first.bpfasm

# ----------------------------------------------------------------- stacks --
run 0 "a stack" gen filters/first.bpfasm filters/second.bpfasm filters/first.bpfasm -o made/stack.yaml --name 'a "name"'
golden "a stack" made/stack.yaml
holds made/stack.yaml 'stack: [first, second, first]' "a source that is there twice has one name"
holds made/stack.yaml 'by: "second"' "who decides is expected"
holds made/stack.yaml 'by: "none"' "or that nobody does"
holds made/stack.yaml 'name: "a \"name\""' "the file has the name given"
mkdir filters/folder
"$verdict" asm filters/first.bpfasm -o filters/folder/01.bpf
"$verdict" asm filters/second.bpfasm -o filters/folder/02.bpf
run 0 "a folder" gen filters/folder -o made/folder.yaml
golden "a folder" made/folder.yaml
holds made/folder.yaml 'by: "folder[2]"' "its filters are told apart"
cp filters/second.bpfasm 'filters/yes.bpfasm'
cp filters/second.bpfasm 'filters/a b: "c".bpfasm'
run 0 "odd names" gen filters/yes.bpfasm 'filters/a b: "c".bpfasm' "$tmp/filters/second.bpfasm" -o made/odd.yaml
golden "odd names" made/odd.yaml
holds made/odd.yaml "\"$tmp/filters/second.bpfasm\"" "absolute paths stay"

# --------------------------------------------------------------- embedded --
run 0 "embedded" gen --embed filters/folder filters/first.bpfasm -o made/embedded.yaml
mv filters away
golden "embedded" made/embedded.yaml
mv away filters
run 0 "stdin" gen - -o made/stdin.yaml <filters/first.bpfasm
golden "stdin" made/stdin.yaml
"$verdict" gen filters/first.bpfasm >here.yaml 2>err
holds err '11 edges: ' "the count is beside what goes to stdout"
golden "from the working folder" here.yaml

# ------------------------------------------------------------- other ABIs --
cat >filters/s390x.bpfasm <<'END'
	ld arch
	jeq #s390x, s, other
s:	ld nr
	jeq #s390x.clone, c, ok
c:	ld [24]
	jeq #1, d, e
e:	ret #LOG
d:	ld [28]
	jeq #2, deny, ok
other:	jeq #0x12345678, raw, arm
raw:	ld [16]
	jeq #7, deny, ok
arm:	jeq #arm, wide, ok
wide:	ld args[0].hi
	jeq #5, deny, ok
deny:	ret #ERRNO(1)
ok:	ret #ALLOW
END
run 0 "other ABIs" gen filters/s390x.bpfasm -o made/s390x.yaml
golden "other ABIs" made/s390x.yaml
holds made/s390x.yaml '0x100000002}' "the first half of a big-endian word is the high one"
holds made/s390x.yaml 'arch: 0x12345678' "an arch without a name has its number"
holds made/s390x.yaml 'where: "arch == 0x40000028 && arg0 == 0x500000000"' "what no register holds is a condition"
printf 'ld nr\njeq #5, a, b\na: ret #ERRNO(9)\nb: ld ip.lo\njgt #9, c, d\nc: ret #0x00010000\nd: ret #ERRNO(5000)\n' >filters/raw.bpfasm
run 0 "no arch is read" gen filters/raw.bpfasm -o made/raw.yaml
golden "no arch is read" made/raw.yaml
holds made/raw.yaml 'expect: 0x00010000' "values without a name are expected as they are"
holds made/raw.yaml 'expect: 0x00051388' "capped ones too"
printf 'ret #TRAP\n' >filters/trap.bpfasm
run 0 "no edges" gen filters/trap.bpfasm -o made/trap.yaml
golden "no edges" made/trap.yaml
holds made/trap.yaml 'arch: any' "any record will do"
printf 'ld [16]\ntax\nld nr\ndiv x\njeq #1, a, b\na: ret #LOG\nb: ret #ALLOW\n' >filters/div.bpfasm
run 0 "division by X" gen filters/div.bpfasm -o made/div.yaml
golden "division by X" made/div.yaml

# ------------------------------------------------------------- too hard ---
{
	echo 'ld [16]'
	for at in 16 24 32 40 48 56 20 28 36 44 52 60 16 24 32 40 48 56 20 28 36 44 52 60; do
		printf 'st M[0]\nld [%s]\ntax\nld M[0]\nmul x\nadd x\n' $at
	done
	printf 'mul #2\njeq #0xdeadbeef, a, b\na: ret #LOG\nb: ret #ALLOW\n'
} >filters/hard.bpfasm
run 3 "too hard" gen --budget 300 filters/hard.bpfasm -o made/hard.yaml
holds made/hard.yaml '# It is not known whether a record takes these edges:' "the file says what is not known"
holds made/hard.yaml 'limits: {coverage: 50}' "and asks for what is"
run 0 "it passes all the same" test made/hard.yaml

# ---------------------------------------------------------------- misuse --
misuse() {
	what=$1
	shift
	run 2 "$*" "$@"
	holds err "$what" "$*: says why"
	[ ! -e made/none.yaml ] && pass "$*: nothing is written" || fail "$*: nothing is written"
}
misuse "no source; name a file, a folder, or - for stdin" gen
misuse "No such file" gen nothing.bpf -o made/none.yaml
printf 'ld nr\n' >bad.bpfasm
misuse "the kernel refuses this program" gen bad.bpfasm -o made/none.yaml
misuse "--budget takes milliseconds" gen --budget 0 filters/first.bpfasm -o made/none.yaml
misuse "--budget takes milliseconds" gen --budget 5s filters/first.bpfasm -o made/none.yaml
misuse "no/where" gen filters/first.bpfasm -o no/where.yaml
misuse "did you mean '--embed'" gen --embd filters/first.bpfasm -o made/none.yaml
run 0 "--help" gen --help
awk 'length($0) > 80 { bad = 1 } END { exit bad }' out && pass "help fits 80 columns" || fail "help fits 80 columns"
done_testing
