#!/bin/sh
# SPDX-License-Identifier: MIT
# `verdict test --coverage` and `limits: {coverage: N}`. Prints TAP; run from
# the project's root.
. vm/testing.sh

run() { want=$1 name=$2; shift 2; gives "$want" "$name" "$verdict" test "$@"; }

cd "$tmp" || exit 1
# nr == 1 twice: the second can never be so
cat >f.bpfasm <<'END'
	ld arch
	jeq #x86_64, ours, bad
bad:	ret #KILL_PROCESS
ours:	ld nr
	jeq #x86_64.read, ok, next
next:	jeq #x86_64.read, bad2, more
bad2:	ret #LOG
more:	jeq #x86_64.mount, deny, ok
deny:	ret #ERRNO(EPERM)
ok:	ret #ALLOW
END
cat >a.yaml <<'END'
version: 1
filters: {f: f.bpfasm}
cases:
  - {syscall: read, expect: ALLOW, tags: one}
  - {syscall: [read, mount], expect: ALLOW, tags: two}
END
cat >b.yaml <<'END'
version: 1
filters: {mine: f.bpfasm, other: {asm: "ret #LOG"}}
cases:
  - {arch: i386, stack: [mine, other, mine], syscall: any, expect: denied, tags: three}
END

# ---------------------------------------------------------------- summary --
run 1 "a failing case covers too" --coverage a.yaml
holds out "  f                                      8/9  88.9 %         5/7  71.4 %      1" "a row for each filter"
check "the last line is the total" "$(tail -n 1 out)" "coverage: 5 of 7 edges, 71.4 %"
holds out "1 edge no record takes (proved), left out of the totals" "impossible edges are told"
run 1 "several files" --coverage a.yaml b.yaml
holds out "  mine                                   3/9  33.3 %         1/7  14.3 %      1" "each file's own"
holds out "by several files together" "and what they cover together"
holds out "  f.bpfasm                               9/9 100.0 %         6/7  85.7 %      1" "of a filter that they share"
check "it counts once" "$(tail -n 1 out)" "coverage: 6 of 7 edges, 85.7 %"
awk 'length($0) > 80 { bad = 1 } END { exit bad }' out && pass "80 columns" || fail "80 columns"
cp out first
run 1 "one thread" -j1 --coverage a.yaml b.yaml
cmp -s out first && pass "the number of threads changes nothing" || fail "the number of threads changes nothing"
run 0 "a part" --coverage --tag one a.yaml b.yaml
check "only what is run counts" "$(tail -n 1 out)" "coverage: 2 of 7 edges, 28.6 %"
run 0 "a shard" --coverage --shard 1/2 a.yaml
check "and with shards" "$(tail -n 1 out)" "coverage: 2 of 7 edges, 28.6 %"

printf 'version: 1\nfilters: {f: f.bpfasm}\ncases:\n  - {install: {filter: f, expect: accepted}}\n' >none.yaml
run 0 "installs alone" --coverage none.yaml
check "nothing is covered" "$(tail -n 1 out)" "coverage: no case claims anything about a filter"

# --------------------------------------------------------------- annotate --
run 1 "annotate" --coverage=annotate a.yaml
holds out "!    2    1         jeq #x86_64, L3                   L3 2  L2 ----" "an edge without cases is marked"
holds out "!                  L2 by 0x00000000 0()" "with a record that takes it"
holds out "     1    5  L5:    jne #x86_64.read, L7              L6 never  L7 1" "one that is impossible too"
holds out " never    6  L6:    ret #LOG" "and the instruction behind it"
holds out "! ----    2  L2:    ret #KILL_PROCESS" "an instruction that no case reaches"
awk 'length($0) > 80 { bad = 1 } END { exit bad }' out && pass "80 columns" || fail "80 columns"

# ------------------------------------------------------------- json, dot --
run 1 "json" --coverage=json --coverage-output c.json a.yaml b.yaml
check "the report is on stdout" "$(tail -n 1 out)" "2 passed, 1 failed"
json 'do {
	my ($f) = @{$j->{filters}};
	my @missing = grep { $_->{false} && $_->{false}{status} eq "uncovered" } @{$f->{program}};
	@{$j->{filters}} == 2 && $j->{cases} == 3 && $j->{sampled} == 0 && $f->{path} eq "f.bpfasm" && $f->{cases} == 3 &&
		plain($f->{edges}) eq q({"covered":6,"infeasible":1,"total":7,"unknown":0}) &&
		plain($f->{instructions}) eq q({"covered":9,"infeasible":1,"total":9}) &&
		plain($f->{program}[1]{false}) eq q({"cases":1,"status":"covered","target":2}) &&
		$f->{program}[5]{true}{status} eq "infeasible" &&
		plain([map { $_->{pc} } @missing]) eq "[7]" && $missing[0]{false}{record}{arch} eq "x86_64" &&
		plain([map { [$_->{file}, $_->{filters}[0]{name}] } @{$j->{files}}]) eq q([["a.yaml","f"],["b.yaml","mine"]]) &&
		$j->{files}[1]{filters}[0]{edges}{covered} == 1
}' c.json
ok $? "JSON says the same"
run 1 "json alone on stdout" -o report.txt --coverage=json a.yaml
check "it begins there" "$(head -c 1 out)" "{"
check "the closing line is not in its way" "$(cat err)" "1 passed, 1 failed"
run 1 "dot" --coverage=dot --coverage-output c.dot a.yaml
if have dot; then
	dot -Tplain c.dot >out 2>&1 && pass "Graphviz reads it" || fail "Graphviz reads it"
	check "with the edges that no case takes" "$(grep '^edge' out | grep -c 'no case')" 2
	check "and those that none can take" "$(grep '^edge' out | grep -c 'never')" 1
else
	skip "Graphviz reads it" "no dot"
	skip "with the edges that no case takes" "no dot"
	skip "and those that none can take" "no dot"
fi

# ----------------------------------------------------------------- limits --
sed 's/^cases:/limits: {coverage: 71}\ncases:/' a.yaml >limit.yaml
run 1 "within the limit" limit.yaml
check "the limit is a case of its own" "$(tail -n 1 out)" "2 passed, 1 failed"
sed 's/^cases:/limits: {coverage: 72}\ncases:/' a.yaml >limit.yaml
run 1 "beyond it" limit.yaml
check "it fails" "$(tail -n 1 out)" "1 passed, 2 failed"
holds out "coverage 5 of 7 edges are covered, at least 72 % are wanted" "with the figures"
holds out "missing  f 1, jeq #x86_64, L3: to L2" "and what is missing"
lacks out "f 5, jne #x86_64.read, L7: to L6" "but for what no record takes"
# the records that are named close the gap
sed -n 's/^                   \([0-9a-zx_]* [0-9a-z_]*([^)]*)\)$/\1/p' out >records
check "a record for each" "$(wc -l <records | tr -d ' ')" 2
"$verdict" eval f.bpfasm --records records --format hex >out 2>err
check "which are calls" "$(sort -u out | wc -l | tr -d ' ')" 2
sed 's/^cases:/limits: {coverage: 71}\ncases:/' a.yaml >limit.yaml
run 0 "whichever of them are run" --filter "edges are covered" limit.yaml
check "by the limit alone" "$(tail -n 1 out)" "1 passed, 0 failed"
cat >stack.yaml <<'END'
version: 1
filters: {f: f.bpfasm, g: {asm: "ret #LOG"}}
stack: [f, g]
cases:
  - {syscall: read, expect: LOG}
  - {name: all of g, stack: [g], limits: {coverage: 100}}
  - {name: half of both, limits: {coverage: 50}, todo: more cases}
  - {name: not now, limits: {coverage: 100}, skip: later}
END
run 0 "limits of cases" stack.yaml
check "are about their stacks" "$(tail -n 1 out)" "2 passed, 0 failed, 2 skipped"
for format in tap junit json; do
	sed 's/^cases:/limits: {coverage: 99}\ncases:/' a.yaml >limit.yaml
	run 1 "limits in $format" -f $format limit.yaml
	holds out "jne #x86_64.mount, L9: to L9" "$format names an edge"
	if [ $format = junit ] && have xmllint; then
		xmllint --noout --schema "$root/cases/report/junit.xsd" out 2>err && pass "valid XML" || fail "valid XML"
	fi
done
cat >insns.yaml <<'END'
version: 1
filters: {f: f.bpfasm}
limits: {insns: 6, coverage: 1}
cases:
  - {syscall: read, expect: ALLOW}
  - {syscall: mount, expect: denied}
END
run 1 "insns in a file's limits stand for a default" insns.yaml
holds out "over the limit of 6" "which a case breaks"

# ----------------------------------------------------------------- misuse --
usage() {
	what=$1
	shift
	run 2 "$*" "$@"
	holds err "$what" "$*: says why"
}
usage "did you mean 'summary'" --coverage=sumary a.yaml
usage "it is summary, annotate, json or dot" --coverage=zzzzzzzz a.yaml
usage "would both go to stdout" --coverage=json a.yaml
usage "would both go to stdout" -f tap --coverage a.yaml
usage "--coverage-output goes with --coverage" --coverage-output x a.yaml
usage "no/where" --coverage --coverage-output no/where/x a.yaml

done_testing
