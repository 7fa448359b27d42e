#!/bin/sh
# SPDX-License-Identifier: MIT
# The subcommand test: exit statuses, reports, selection, includes. Prints TAP;
# run from the project's root.
. vm/testing.sh

# run STATUS NAME ARGS...: the exit status is that; output in $tmp/out and $tmp/err.
run() { want=$1 name=$2; shift 2; gives "$want" "$name" "$verdict" test "$@"; }
last() { tail -n 1 "$tmp/out"; }

cd "$tmp" || exit 1
filter='filters: {f: {asm: "ret #ERRNO(EPERM)"}}'

# ------------------------------------------------- one bad file among ten --
mkdir ten
for i in 1 2 3 4 5 6 7 8 9; do
	printf 'version: 1\n%s\ncases:\n  - {syscall: read, expect: denied}\n' "$filter" >ten/$i.yaml
done
printf 'version: 1\n%s\ncases:\n  - {syscall: raed, expect: denied}\n' "$filter" >ten/5b.yaml
run 2 "one bad file among ten" ten
check "the other nine are run" "$(last)" "9 passed, 0 failed"
holds err "ten/5b.yaml:4:15: error: unknown system call 'raed'" "the bad one is told"
holds out "ten/5b.yaml: 1 error, not run" "the report names it"
check "all files are in the report" "$(grep -c '^ten/' out)" 10

# ------------------------------------------------------- files and folders --
i=0
mkdir chain && while [ $i -lt 34 ]; do
	printf 'version: 1\ninclude: [%d.yaml]\ncases: []\n' $((i += 1)) >chain/$((i - 1)).yaml
done
printf 'version: 1\n%s\ncases: [{syscall: read, expect: denied}]\n' "$filter" >chain/34.yaml
run 2 "includes in a row" chain/0.yaml
holds err "chain/32.yaml:2:11: error: more than 32 files include each other in a row" "the place is told"
run 0 "32 of them are fine" chain/2.yaml
deep=deep
while [ ${#deep} -lt 140 ]; do deep=$deep/d; done
mkdir -p $deep
run 2 "folders without end" deep
holds err "too many folders inside each other" "are told"
printf 'ret #ALLOW\n' >a-filter.bpfasm
run 2 "a filter as a case file" a-filter.bpfasm
holds err "a-filter.bpfasm: error: is a filter, not a case file" "is told"
if can_be_nobody "a folder that cannot be read"; then
	mkdir closed && chmod 0 closed && chmod 755 .
	nobody "$verdict" test closed >out 2>err
	check "a folder that cannot be read: exit status 2" $? 2
	holds err "closed: error: Permission denied" "it says why"
fi

# ------------------------------------------------------------- semantics --
cat >all.yaml <<END
version: 1
$filter
cases:
  - {name: right, syscall: read, expect: ERRNO(EPERM), tags: [one, two]}
  - {name: gap, syscall: read, expect: ALLOW, todo: to be done, tags: [two]}
  - {name: gap closed, syscall: read, expect: denied, todo: to be done}
  - {name: left out, syscall: read, expect: ALLOW, skip: not here}
  - {name: both, syscall: read, expect: ALLOW, skip: not here, todo: nor there}
END
run 0 "a todo that fails does not fail the run" all.yaml
check "it counts as skipped" "$(last)" "2 passed, 0 failed, 3 skipped"
holds out "todo  gap: to be done (line 5)" "a todo that fails is told"
holds out "gap closed: passes now, remove its 'todo'" "a todo that passes is told"
holds out "skip  left out: not here (line 7)" "a skip is told with its reason"
holds out "skip  both: not here (line 8)" "skip goes before todo"
cat >wrong.yaml <<END
version: 1
$filter
cases:
  - {name: wrong, syscall: [write, read], args: {fd: [2, 1]}, expect: ALLOW}
END
run 1 "a case that does not hold" wrong.yaml
cat >expected <<'END'
wrong.yaml: 1 failed
  FAIL  wrong (line 4)
        claim    x86_64 [write, read] {fd: [2, 1]} -> ALLOW
        record   x86_64 read(1)
        any      arg0 to arg5, ip
        verdict  ERRNO(EPERM) by f, 1 instruction
        filter 1 of 1, f
             0  A=0x00000000  ret #ERRNO(EPERM)
                returns ERRNO(EPERM)

decided: 1 enumerated
0 passed, 1 failed
END
if cmp -s expected out; then pass "a failure's report"; else fail "a failure's report"; diff expected out | sed 's/^/# /' >&2; fi
run 2 "invalid goes before failed" wrong.yaml ten/5b.yaml

# The smallest record that breaks the claim; any other word is as small as it may be.
cat >small.yaml <<END
version: 1
$filter
cases:
  - {syscall: read, args: [5..9, any, [8, 7]], ip: 3.., expect: ALLOW}
END
sed 's/, ip: 3..//' small.yaml >smaller.yaml
run 1 "open words" smaller.yaml
holds out "record   x86_64 read(5, 0, 7)" "open words are as small as the set has them"

# What is printed can be pasted.
cat >paste.bpfasm <<'END'
ld args[1].hi
jeq #0, a, b
b: ret #TRACE(7)
a: ret #ALLOW
END
printf 'version: 1\nfilters: {p: paste.bpfasm}\ncases:\n  - {arch: [s390x, i386], syscall: ioctl, expect: ALLOW}\n' >paste.yaml
run 1 "a record to paste" paste.yaml
call=$(sed -n 's/^        record   //p' out)
check "the record" "$call" "i386 ioctl(0, 0x100000000)"
"$verdict" eval paste.bpfasm -- "$call" >eval.out 2>&1
if grep -q 'TRACE(7)' eval.out; then pass "eval gives the same verdict"; else fail "eval gives the same verdict"; fi

# ---------------------------------------------------------------- filters --
cat >by.yaml <<'END'
version: 1
filters: {p: paste.bpfasm, e: {asm: "ret #ERRNO(1)"}}
stack: [p, e]
arch: i386
cases:
  - {syscall: read, expect: {verdict: ERRNO, by: e}}
  - {syscall: read, stack: [p], args: [0, 1], expect: {verdict: ALLOW, by: none}}
  - {syscall: read, stack: [p, p], args: [0, 0x100000000], expect: {verdict: TRACE(7), by: p}}
  - {syscall: read, stack: [p, e], filters: {e: {asm: "ret #LOG"}}, args: [0, 0x100000000], expect: {by: p}}
  - {syscall: read, filters: {q: {asm: "ret #TRAP"}}, stack: [p, q], expect: {verdict: TRAP, by: q}}
  - {syscall: read, stack: [], expect: {verdict: ALLOW, by: none}}
  - {install: {filter: e, expect: accepted}}
  - {install: {filter: bad, expect: EINVAL}, filters: {bad: {asm: "ld [3]\nret a"}}}
END
run 0 "filters and stacks of cases" by.yaml
check "all hold" "$(last)" "8 passed, 0 failed"

# --------------------------------------------------------------- includes --
mkdir inc inc/sub
cat >inc/base.yaml <<'END'
version: 1
filters: {deny: {asm: "ret #ERRNO(1)"}, allow: {asm: "ret #ALLOW"}}
defaults: {syscall: read, expect: denied}
stack: [deny]
cases:
  - {name: of the base}
END
cat >inc/sub/user.yaml <<'END'
version: 1
include: [../base.yaml, other.yaml]
filters: {allow: {asm: "ret #LOG"}}
cases:
  - {name: of the user}
  - {name: shadowed, stack: [allow], expect: LOG}
  - {name: of the other, stack: [deny, trap], expect: TRAP}
END
cat >inc/sub/other.yaml <<'END'
version: 1
filters: {trap: {asm: "ret #TRAP"}}
END
run 0 "includes" -v inc/sub/user.yaml
check "cases of includes run too" "$(last)" "4 passed, 0 failed"
check "they come first, under their own file" "$(sed -n 1,2p out | tr '\n' '|')" \
	"inc/sub/../base.yaml: 1 passed|  pass  of the base: enumerated, 1 record (line 6)|"
mkdir inc/filters
echo 'ret #TRACE(9)' >inc/filters/t.bpfasm
cat >inc/traced.yaml <<'END'
version: 1
defaults: {filters: {t: filters/t.bpfasm}, stack: [t], syscall: read}
END
printf 'version: 1\ninclude: ../traced.yaml\ncases:\n  - {expect: {verdict: TRACE(9), by: t}}\n' >inc/sub/uses.yaml
run 0 "paths in defaults lie beside the file that they are written in" inc/sub/uses.yaml
run 0 "a file that is included and named" inc/base.yaml inc/sub/user.yaml inc/base.yaml
check "it runs once" "$(last)" "4 passed, 0 failed"

# -------------------------------------------------------------- selection --
run 0 "a tag" --tag one all.yaml
check "cases with the tag" "$(last)" "1 passed, 0 failed"
run 0 "two tags" --tag one --tag two all.yaml
check "cases with any of them" "$(last)" "1 passed, 0 failed, 1 skipped"
run 0 "a glob" --filter 'gap*' all.yaml
check "names that match" "$(last)" "1 passed, 0 failed, 1 skipped"
run 0 "a word" --filter closed all.yaml
check "names that hold it" "$(last)" "1 passed, 0 failed"
run 2 "a file's name" --filter 'ten/[1-3]*' ten
check "cases of the files that match" "$(last)" "3 passed, 0 failed"
run 2 "nothing is chosen" --tag none all.yaml
holds err "no case is chosen by --filter and --tag" "it says so"
printf 'version: 1\n' >none.yaml
run 2 "no cases at all" none.yaml
holds err "the files hold no cases" "it says so, too"

suite=$root/cases/suite
"$verdict" test -f json "$suite/precedence" 2>/dev/null | grep '"name":' | sort >whole
for k in 1 2 3 4 5; do
	"$verdict" test -f json --shard $k/5 "$suite/precedence" 2>/dev/null | grep '"name":' >shard.$k
done
cat shard.? | sort >union
if [ -s whole ] && cmp -s whole union; then pass "shards make up the whole"; else fail "shards make up the whole"; fi
check "a shard is about a fifth" "$(($(wc -l <shard.3) * 5 / $(wc -l <whole)))" 1
run 0 "a shard without cases" --shard 4/4 wrong.yaml
check "an empty shard passes" "$(last)" "0 passed, 0 failed"

# ------------------------------------------------------------------- jobs --
for format in pretty tap junit json; do
	for jobs in 1 2 7; do
		"$verdict" test -v -j $jobs -f $format "$suite" ten all.yaml wrong.yaml >"jobs.$jobs" 2>"jobs.err.$jobs"
	done
	if [ -s jobs.1 ] && cmp -s jobs.1 jobs.2 && cmp -s jobs.1 jobs.7 && cmp -s jobs.err.1 jobs.err.7; then
		pass "$format is the same with 1, 2 and 7 jobs"
	else
		fail "$format is the same with 1, 2 and 7 jobs"
	fi
done

# ---------------------------------------------------------------- formats --
printf 'version: 1\n%s\ncases:\n  - {name: "<&>\\"\\x01 # \\\\ \xc3\xa9 ]]>", syscall: read, expect: ALLOW}\n' "$filter" >odd.yaml
"$verdict" test -f tap all.yaml odd.yaml ten/5b.yaml >tap.out 2>/dev/null
check "TAP begins with its version" "$(head -n 1 tap.out)" "TAP version 14"
check "TAP has a plan" "$(sed -n 2p tap.out)" "1..7"
check "SKIP and TODO" "$(grep -c -e '^ok . - .*# SKIP not here' -e '^not ok 2 - .*# TODO to be done' \
	-e '^ok 3 - .*# TODO to be done' tap.out)" 4
check "an invalid file is a failure" "$(grep -c '^not ok 7 - ten/5b.yaml: invalid' tap.out)" 1
if have prove; then
	if prove -e "$verdict test -f tap" all.yaml >prove.out 2>&1; then pass "prove reads TAP"; else fail "prove reads TAP"; fi
	if grep -q 'TODO passed: *3' prove.out; then pass "prove tells a todo that passes"; else fail "prove tells a todo that passes"; fi
	if prove -e "$verdict test -f tap" wrong.yaml >prove.out 2>&1; then
		fail "prove sees a failure"
	else
		pass "prove sees a failure"
	fi
	if grep -q 'Parse errors' prove.out; then fail "prove has nothing to complain of"; else pass "prove has nothing to complain of"; fi
else
	for what in "prove reads TAP" "prove tells a todo that passes" "prove sees a failure" "prove has nothing to complain of"; do
		skip "$what" "prove is not installed"
	done
fi
for files in "all.yaml odd.yaml" "wrong.yaml ten" "$suite"; do
	# shellcheck disable=SC2086
	"$verdict" test -f junit $files >junit.xml 2>/dev/null
	# shellcheck disable=SC2086
	"$verdict" test -f json $files >json.out 2>/dev/null
	if ! have xmllint; then
		skip "JUnit of ${files##*/}" "xmllint is not installed"
	elif xmllint --noout --schema "$root/cases/report/junit.xsd" junit.xml >out 2>&1; then
		pass "JUnit of ${files##*/} is valid"
	else
		fail "JUnit of ${files##*/} is valid"
	fi
	json 'do {
		my (%n, @wrong);
		for (@{$j->{cases}}) {
			$n{$_->{status}}++;
			push @wrong, $_ unless text($_->{file}) && number($_->{line}) && text($_->{name}) && number($_->{records});
			push @wrong, $_ unless $_->{status} eq "skipped" || $_->{basis} =~ /^(proved|enumerated|sampled|run)$/;
			push @wrong, $_ if $_->{status} eq "failed" && $_->{counterexample} &&
				!(@{$_->{counterexample}{args}} == 6 && $_->{verdict}{ret} =~ /^0x/);
		}
		!@wrong && !grep { ($n{$_} // 0) != $j->{$_} } qw(passed failed skipped todo)
	}' json.out
	ok $? "JSON of ${files##*/} is what it says"
done

# ---------------------------------------------------------- proofs wanted --
cat >hard.yaml <<'END'
version: 1
filters: {hard: {asm: "ld [16]\ntax\nld [24]\nmul x\ntax\nmul x\ntax\nld [32]\nmul x\nret a\n"}}
cases:
  - {name: beyond any proof, expect: {not: 0x12345678}}
  - {name: one record, args: [1, 1, 1], expect: 1}
  - {name: an open word, args: [1, 1, 6..0xffffffff], expect: {not: 5}}
END
run 0 "sampled cases pass" hard.yaml
run 1 "sampled cases fail with --require-proof" --require-proof hard.yaml
holds out "not proved: only sampled, and a proof is required" "it says why"
check "what is proved passes" "$(last)" "2 passed, 1 failed"
run 1 "TAP" --require-proof -f tap hard.yaml
holds out 'problem: "not proved: only sampled' "TAP says why"
run 1 "JUnit" --require-proof -f junit hard.yaml
holds out 'type="unproved"' "JUnit says why"
run 1 "JSON" --require-proof -f json hard.yaml
holds out '"unproved": true' "JSON says why"
run 0 "the shipped suite is exact" --require-proof "$root/cases/suite"

# ------------------------------------------------------------- two stacks --
cat >a.bpfasm <<'END'
ld nr
jeq #83, deny, allow
deny: ret #ERRNO(EPERM)
allow: ret #ALLOW
END
cat >b.bpfasm <<'END'
ld nr
jeq #83, deny
jeq #84, test, allow
test: ld args[0].lo
jeq #7, deny, allow
deny: ret #ERRNO(EPERM)
allow: ret #ALLOW
END
cat >same.yaml <<'END'
version: 1
filters: {a: a.bpfasm, b: b.bpfasm}
stack: [a]
defaults: {same_as: b, expect: denied}
cases:
  - {except: [rmdir]}
  - {except: [[{syscall: rmdir, args: {0: [7, 0x100000007..0xffffffff00000007]}}]]}
  - {except: {syscall: rmdir, args: {0: 7..0xffffffffffffffff}}, syscall: [rmdir, mkdir]}
  - {except: [{arch: i386, syscall: oldlstat}], arch: i386}
  - {except: {syscall: rmdir, where: "arg0.lo == 7"}, where: "arg0.hi != 3"}
  - {same_as: [a, a], arch: any}
  - {same_as: ./a.bpfasm}
  - {same_as: {asm: "ld nr\njeq #83, d, n\nd: ret #0x50001\nn: ret #ALLOW"}}
END
run 0 "stacks that decide the same" -v --require-proof same.yaml
check "all are proved" "$(grep -c 'proved' out)" 9
cat >differ.yaml <<'END'
version: 1
filters: {a: a.bpfasm, b: b.bpfasm}
stack: [a]
cases:
  - {same_as: b, except: [{syscall: rmdir, args: [7]}]}
END
run 1 "stacks that differ" differ.yaml
holds out "record   x86_64 rmdir(0x100000007)" "the record that except does not hold"
holds out "verdict  ALLOW, lowered by no filter, 3 instructions, not as same_as:" "the verdict"
holds out "ERRNO(EPERM) by b" "and the other one"
run 1 "in JSON" -f json differ.yaml
holds out '"same_as": {' "the other verdict is there"

# ----------------------------------------------------------------- output --
run 1 "a report into a file" -f junit -o report.xml wrong.yaml
check "stdout has the count alone" "$(cat out)" "0 passed, 1 failed"
check "the file is there" "$(head -c 5 report.xml)" "<?xml"
if [ -c /dev/full ]; then
	run 2 "a full disk" -o /dev/full wrong.yaml
	holds err "/dev/full: error: cannot be written" "it says so, and why"
	"$verdict" test wrong.yaml >/dev/full 2>err
	check "a full stdout: exit status 2" $? 2
else
	for what in "a full disk" "it says so, and why" "a full stdout"; do skip "$what" "no /dev/full"; done
fi
run 2 "a folder that is not there" -o no/such/report wrong.yaml
check "nothing is left behind" "$(find . -name 'report*' | sort | tr '\n' ' ')" "./report.xml "
if have script && script -qec true /dev/null >/dev/null 2>&1; then
	script -qec "$verdict test wrong.yaml" /dev/null >out 2>&1
	if grep -q "$(printf '\033\[')" out; then pass "colour on a terminal"; else fail "colour on a terminal"; fi
	script -qec "env NO_COLOR=1 $verdict test wrong.yaml ten/5b.yaml" /dev/null >out 2>&1
	if grep -q "$(printf '\033')" out; then fail "NO_COLOR"; else pass "NO_COLOR"; fi
	script -qec "$verdict test -f tap wrong.yaml" /dev/null >out 2>&1
	if grep -q "$(printf '\033')" out; then fail "no colour in TAP"; else pass "no colour in TAP"; fi
else
	for what in "colour on a terminal" "NO_COLOR" "no colour in TAP"; do skip "$what" "script is not installed"; done
fi
run 1 "no terminal" wrong.yaml
lacks out "$(printf '\033')" "no colour without a terminal"
awk 'length($0) > 80 && !/^        record / { bad = 1; print "# " $0 } END { exit bad }' out &&
	pass "lines of 80 columns" || fail "lines of 80 columns"

# ----------------------------------------------------------------- traces --
{
	i=0
	while [ $i -lt 30 ]; do echo "ld #$i"; i=$((i + 1)); done
	echo 'ret #0'
} >long.bpfasm
printf 'version: 1\nfilters: {l: long.bpfasm}\ncases:\n  - {syscall: read, expect: ALLOW}\n' >long.yaml
run 1 "a long path" long.yaml
holds out "19 instructions before these" "it is cut at its beginning"
check "its end is shown" "$(grep -c '  A=0x' out)" 12
run 1 "a long path, whole" --trace long.yaml
check "all of it is shown" "$(grep -c '  A=0x' out)" 31

# ---------------------------------------------------------------- folders --
mkdir -p tree/a tree/b/c tree/.hidden tree/bad empty
cp ten/1.yaml tree/z.yaml
cp ten/1.yaml tree/a/x.yaml
cp ten/1.yaml tree/b/c/y.yaml
cp ten/1.yaml tree/.hidden/x.yaml
cp ten/5b.yaml tree/bad/x.yaml
cp ten/5b.yaml tree/not-yaml.txt
: >tree/bad/.verdict-ignore
run 0 "a folder" tree
check "its files in the order of their names" "$(sed -n 's/:.*//p' out | sed '/^decided/d' | tr '\n' ' ')" \
	"tree/a/x.yaml tree/b/c/y.yaml tree/z.yaml "
run 2 "an ignored folder that is named" tree/bad
run 2 "a folder without case files" empty
holds err "empty: error: no case files (*.yaml) below this folder" "it says so"
run 2 "a file that is not there" nothing.yaml ten/1.yaml
check "the other is run" "$(last)" "1 passed, 0 failed"
holds err "nothing.yaml: error: No such file or directory" "the missing one is told"
"$verdict" test - <ten/1.yaml >out 2>err
check "stdin" "$?$(head -n 1 out)" "0<stdin>: 1 passed"

# ------------------------------------------------------------------ usage --
usage() {
	what=$1
	shift
	run 2 "$*" "$@"
	holds err "$what" "$*: says why"
}
usage "which case files?"
usage "did you mean 'junit'" -f juint all.yaml
usage "it is pretty, tap, junit or json" -f zzzzzz all.yaml
usage "--shard takes K/N" --shard 0/3 all.yaml
usage "--shard takes K/N" --shard 4/3 all.yaml
usage "--shard takes K/N" --shard 1 all.yaml
usage "--shard takes K/N" --shard 1/3x all.yaml
usage "--jobs takes a number from 1" -j 0 all.yaml
usage "--jobs takes a number from 1" -j 99999 all.yaml
usage "--jobs takes a number from 1" -j two all.yaml
usage "--live takes auto, require or never" --live=maybe all.yaml
usage "unknown option '--verbos'" --verbos all.yaml
run 0 "--live=never" --live=never all.yaml
run 0 "--help" --help
holds out "usage: verdict test" "it shows how"
awk 'length($0) > 80 { bad = 1 } END { exit bad }' out && pass "help fits 80 columns" || fail "help fits 80 columns"

done_testing
