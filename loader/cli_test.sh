#!/bin/sh
# SPDX-License-Identifier: MIT
# The subcommands eval, check, disasm and asm as they are called, and what
# `verdict` itself says. Run from the project's root with VERDICT=the binary.
. vm/testing.sh
corpus=$(realpath cases/suite/corpus)
cd "$tmp" || exit 1

# NAME: out is what stdin says, byte for byte.
is() {
	cat >want
	cmp -s want out
	r=$?
	[ $r -eq 0 ] || diff want out >err
	ok $r "$1"
}

# NAME PATTERN [FILE]: a line of out (or FILE) matches.
has() {
	grep -q -e "$2" "${3:-out}"
	ok $? "$1"
}

cat >policy.bpfasm <<'E'
        ld arch
        jne #x86_64, bad
        ld nr
        jeq #x86_64.mkdir, no
        jge #0x40000000, bad
        ret #ALLOW
no:     ret #ERRNO(EPERM)
bad:    ret #KILL_PROCESS
E
printf 'ret #ALLOW\n' >allow.bpfasm
printf 'ret #ERRNO(ENOSYS)\n' >enosys.bpfasm
printf 'ld args[0].hi\nret a\n' >half.bpfasm
printf '.insn 0xff,0,0,0\ndiv #0\nret #0\n' >bad.bpfasm

# ------------------------------------------------------------- verdict --
gives 0 'verdict --help' "$verdict" --help
has 'its table has eval' '^  eval '
[ "$(wc -l <out)" -le 40 ] && ! grep -q '.\{81\}' out
ok $? 'it fits a screen'
gives 2 'verdict without arguments' "$verdict"
has 'prints the help on stderr' '^usage: verdict SUBCOMMAND' err
gives 0 'verdict --version' "$verdict" --version
has 'is a version' '^verdict [0-9]*\.[0-9]*\.[0-9]*$'
for command in eval check disasm asm; do
	gives 0 "verdict $command --help" "$verdict" "$command" --help
	cp out help
	! grep -q '.\{81\}' out
	ok $? "$command --help has 80 columns"
	gives 0 "verdict help $command" "$verdict" help "$command"
	is "says the same" <help
	gives 2 "verdict $command without a source" "$verdict" "$command"
	gives 2 "verdict $command with an option that there is not" "$verdict" "$command" --nonesuch allow.bpfasm
	has "names it" "^verdict $command: error: unknown option '--nonesuch'" err
done
gives 2 'the help of what there is not' "$verdict" help chekc
has 'the nearest subcommand' "did you mean 'check'?" err
gives 2 'a full disk is an error' sh -c "$verdict --help >/dev/full"
has 'and is told' 'cannot write the output' err

# The example of the help works.
"$verdict" --help | sed -n "s/^  \(printf .*\)$/\1/p" | sed "s|verdict|$verdict|" >example
gives 0 'the example of --help' sh example
has 'gives a verdict' '^x86_64 mkdir(): ERRNO(EPERM)$'

# ---------------------------------------------------------------- eval --
gives 0 'eval of calls' "$verdict" eval policy.bpfasm -- 'mkdir(0, 0o700)' read 'i386 read()' 'x32 read()'
is 'prints a verdict each' <<'E'
x86_64 mkdir(0, 448): ERRNO(EPERM)
  decided by policy.bpfasm; 5 instructions executed
x86_64 read(): ALLOW
  decided by no filter; 6 instructions executed
i386 read(): KILL_PROCESS
  decided by policy.bpfasm; 3 instructions executed
x32 read(): KILL_PROCESS
  decided by policy.bpfasm; 6 instructions executed
E
gives 0 'eval of a stack' "$verdict" eval enosys.bpfasm policy.bpfasm allow.bpfasm -- 'mkdir()' 'read()'
is 'names the deciding filter' <<'E'
x86_64 mkdir(): ERRNO(EPERM)
  decided by policy.bpfasm (filter 2 of 3); 7 instructions executed
x86_64 read(): ERRNO(ENOSYS)
  decided by enosys.bpfasm (filter 1 of 3); 8 instructions executed
E
gives 0 'eval --format hex' "$verdict" eval --format=hex policy.bpfasm -- 'mkdir()' 'read()'
is 'one value a line' <<'E'
0x00050001
0x7fff0000
E
gives 2 'one bad call among good ones' "$verdict" eval -f hex policy.bpfasm -- 'mkdir()' 'raed()' 'read()'
is 'the others are judged' <<'E'
0x00050001
invalid
0x7fff0000
E
gives 0 'eval --trace' "$verdict" eval --trace allow.bpfasm policy.bpfasm -- 'mkdir()'
is 'the path of the call, newest filter first' <<'E'
x86_64 mkdir(): ERRNO(EPERM)
  decided by policy.bpfasm (filter 2 of 2); 6 instructions executed
  filter 2 of 2, policy.bpfasm
       0  A=0x00000000  ld arch  ; x86_64
       1  A=0xc000003e  jne #x86_64, L7
       2  A=0xc000003e  ld nr  ; mkdir
       3  A=0x00000053  jeq #x86_64.mkdir, L6
       6  A=0x00000053  ret #ERRNO(EPERM)
          returns ERRNO(EPERM)
  filter 1 of 2, allow.bpfasm
       0  A=0x00000000  ret #ALLOW
          returns ALLOW
E
gives 0 'eval --format json' "$verdict" eval --format json policy.bpfasm -- 'ioctl(0, 0x100005412) @0x400000'
is 'a record and a verdict' <<'E'
{
  "results": [
    {
      "record": {
        "call": "x86_64 ioctl(0, 0x100005412) @0x400000",
        "arch": "x86_64",
        "audit_arch": "0xc000003e",
        "nr": 16,
        "syscall": "ioctl",
        "ip": "0x400000",
        "args": [
          "0x0",
          "0x100005412",
          "0x0",
          "0x0",
          "0x0",
          "0x0"
        ]
      },
      "verdict": {
        "ret": "0x7fff0000",
        "action": "ALLOW",
        "data": 0,
        "filter": -1,
        "source": null
      },
      "instructions": 6
    }
  ]
}
E
gives 0 'calls that bypass filters' "$verdict" eval allow.bpfasm -- '335()' 'uprobe()' 'i386 335()'
[ "$(grep -c 'recent kernels run no filter' out)" -eq 2 ]
ok $? 'have a note, on x86_64 only'

# Byte order: a word's high half is at the lower offset on big-endian ABIs.
gives 0 'byte order' "$verdict" eval -f hex half.bpfasm -- 'x86_64 read(0x100000002)' 's390x read(0x100000002)'
is 'is that of the call' <<'E'
0x00000001
0x00000002
E
gives 2 'an engine that there is not' "$verdict" eval --engine jit policy.bpfasm -- 'mkdir()'
has 'those that there are' "unknown engine 'jit'; it is interp or fast" err
for engine in interp fast; do
	gives 0 "eval --engine $engine" "$verdict" eval --engine $engine policy.bpfasm -- 'mkdir()'
	has 'the same verdict' '^x86_64 mkdir(): ERRNO(EPERM)$'
done
gives 2 'a call before the dashes' "$verdict" eval policy.bpfasm 'read(0)'
has 'is told where to go' "calls come after --: verdict eval SOURCE -- 'read(0)'" err
gives 2 'a byte order that there is not' "$verdict" eval --byte-order middle policy.bpfasm -- 'read()'
has 'little or big' "unknown byte order 'middle'; it is little or big" err
gives 2 'a format that there is not' "$verdict" eval --format tap policy.bpfasm -- 'read()'
has 'four' 'it is pretty, json, hex or summary' err
gives 2 '--records twice' "$verdict" eval policy.bpfasm --records calls --records calls
has 'is once too often' 'records is given twice' err
gives 0 'byte order as told' "$verdict" eval -f hex --byte-order big half.bpfasm -- 'read(0x100000002)'
is 'whatever the call' <<'E'
0x00000002
E

# Records, as text and in binary, from a file and from a pipe.
printf '# two calls\nmkdir()\n\n   read(1, 2) # the second\ni386 5\n' >calls
gives 0 'records as text' "$verdict" eval policy.bpfasm --records calls --format hex
is 'in order' <<'E'
0x00050001
0x7fff0000
0x80000000
E
cp out verdicts
gives 0 'records from a pipe' sh -c "$verdict eval policy.bpfasm --records - --format hex <calls"
is 'are the same' <verdicts
record() { # NR ARCH, both as four octal bytes
	printf "$1$2"
	head -c 56 /dev/zero
}
x86='\076\000\000\300'
{ record '\123\000\000\000' "$x86"; record '\000\000\000\000' "$x86"; record '\005\000\000\000' '\003\000\000\100'; } >binary
gives 0 'records in binary' "$verdict" eval policy.bpfasm --records binary --format hex
is 'are the same' <verdicts
gives 0 'a summary' "$verdict" eval policy.bpfasm --records binary --format summary
is 'counts' <<'E'
         1  KILL_PROCESS
         1  ERRNO(EPERM)
         1  ALLOW
         3  records
E
# Both engines say the same of records of both byte orders, in one file.
s390='\026\000\000\200'
for nr in '\123' '\000' '\005'; do
	for arch in "$x86" "$s390" '\003\000\000\100' "$s390"; do
		printf "$nr\000\000\000$arch"
		head -c 8 /dev/zero
		printf '\001\000\000\000\002\000\000\000'
		head -c 40 /dev/zero
	done
done >mixed
for filter in policy.bpfasm half.bpfasm; do
	gives 0 "the interpreter on $filter" "$verdict" eval $filter --records mixed --format hex --engine interp
	cp out interp
	gives 0 "the fast engine on $filter" "$verdict" eval $filter --records mixed --format hex --engine fast
	is 'says the same' <interp
done
[ "$(sort -u interp | wc -l)" -gt 1 ]
ok $? 'of halves that differ'
{ cat binary; printf 'x'; } >cut
gives 2 'a cut off file of records' "$verdict" eval policy.bpfasm --records cut --format hex
[ "$(grep -c '^0x' out)" -eq 3 ]
ok $? 'has its whole records judged'
: >empty
gives 0 'no records at all' "$verdict" eval policy.bpfasm --records empty --format hex
is 'give nothing' </dev/null
gives 2 'both calls and records' "$verdict" eval policy.bpfasm --records calls -- 'read()'
gives 2 '--trace with hex' "$verdict" eval --trace --format hex policy.bpfasm -- 'read()'
gives 2 'a filter that the kernel refuses' "$verdict" eval bad.bpfasm -- 'read()'
is 'is not run' </dev/null

# --------------------------------------------------------------- check --
gives 0 'check' "$verdict" check policy.bpfasm allow.bpfasm
is 'accepts' <<'E'
policy.bpfasm: accepted: 8 instructions
allow.bpfasm: accepted: 1 instruction
E
gives 1 'check of a bad program' "$verdict" check bad.bpfasm policy.bpfasm
is 'says the first thing, and goes on' <<'E'
bad.bpfasm: rejected: EINVAL: instruction 0: opcode 0x00ff is not one that seccomp takes (0xff,0,0,0x00000000)
policy.bpfasm: accepted: 8 instructions
E
gives 1 'check --all' "$verdict" check --all bad.bpfasm
is 'says everything' <<'E'
bad.bpfasm: rejected: EINVAL: instruction 0: opcode 0x00ff is not one that seccomp takes (0xff,0,0,0x00000000)
bad.bpfasm: rejected: EINVAL: instruction 1: div #0: division by the constant zero (0x34,0,0,0x00000000)
E
gives 2 'an unreadable source among others' "$verdict" check missing.bpf policy.bpfasm
has 'the others are checked' '^policy.bpfasm: accepted'
gives 1 'check --format json' "$verdict" check --format json bad.bpfasm
has 'has the errno' '"errno": "EINVAL"'
has 'and the index' '"instruction": 0'
i=0
{
	while [ $i -lt 4096 ]; do
		echo '.insn 6,0,0,0'
		i=$((i + 1))
	done
} >longest.bpfasm
"$verdict" asm longest.bpfasm -o longest.bpf
{ cat longest.bpf; printf '\006\000\000\000\000\000\000\000'; } >long.bpf
gives 0 '4,096 instructions' "$verdict" check longest.bpf
is 'are accepted' <<'E'
longest.bpf: accepted: 4096 instructions
E
gives 1 '4,097 instructions' "$verdict" check long.bpf
is 'are not' <<'E'
long.bpf: rejected: EINVAL: 4097 instructions, a program has 1 to 4096
E
mkdir large
for i in 1 2 3; do cp longest.bpf large/$i.bpf; done
gives 0 'a stack as large as the kernel takes' "$verdict" check large
cp longest.bpf large/4.bpf
gives 1 'a stack larger than the kernel takes' "$verdict" check large
is 'is refused as a whole' <<'E'
large/1.bpf: accepted: 4096 instructions
large/2.bpf: accepted: 4096 instructions
large/3.bpf: accepted: 4096 instructions
large/4.bpf: accepted: 4096 instructions
large: rejected: ENOMEM: the stack's size is 32792 internal instructions, the kernel's limit is 32768
E

gives 1 'check --format json of a program without a bad instruction' "$verdict" check --format json long.bpf
has 'has none' '"instruction": null'
gives 1 'check --format json of a stack that is too large' "$verdict" check --format json large
has 'has its errno' '"errno": "ENOMEM"'

# ---------------------------------------------------------- disasm, asm --
gives 0 'asm to a pipe' sh -c "$verdict asm policy.bpfasm | od -An -tx1 -v | head -1"
is 'raw instructions' <<'E'
 20 00 00 00 04 00 00 00 15 00 00 05 3e 00 00 c0
E
gives 0 'asm -o' "$verdict" asm policy.bpfasm -o policy.bpf
gives 0 'disasm' "$verdict" disasm policy.bpf
is 'prints it' <<'E'
; policy.bpf: 8 instructions
        ld arch                                 ;    0  [4]
        jne #x86_64, L7                         ;    1  0xc000003e
        ld nr                                   ;    2  [0]
        jeq #x86_64.mkdir, L6                   ;    3  83
        jge #0x40000000, L7                     ;    4
        ret #ALLOW                              ;    5  0x7fff0000
L6:     ret #ERRNO(EPERM)                       ;    6  0x00050001
L7:     ret #KILL_PROCESS                       ;    7  0x80000000
E
gives 0 'asm --format c' "$verdict" asm --format c allow.bpfasm
is 'initialisers' <<'E'
/* allow.bpfasm: 1 instruction */
{ 0x06, 0, 0, 0x7fff0000 },
E
gives 0 'asm --format hex' "$verdict" asm --format hex allow.bpfasm
is 'bytes' <<'E'
060000000000ff7f
E
gives 0 'disasm --format hex' "$verdict" disasm --format hex policy.bpf
"$verdict" asm --format hex policy.bpfasm >want
cmp -s want out
ok $? 'is what asm prints'
gives 2 'disasm --format of what there is not' "$verdict" disasm --format tap policy.bpf
has 'names those that there are' "unknown format 'tap'; it is asm, c, hex or raw" err
gives 0 'disasm --big-endian' "$verdict" disasm --big-endian policy.bpf
has 'says so' '^.byteorder big'
"$verdict" disasm --big-endian policy.bpf | "$verdict" asm - -o back.bpf && cmp -s policy.bpf back.bpf
ok $? 'and is assembled again to the same bytes'
gives 2 'asm --format asm' "$verdict" asm --format asm policy.bpfasm
has 'is no format of programs' "unknown format 'asm'; it is raw, c or hex" err
printf 'old' >kept.bpf
gives 2 'asm of a bad text' "$verdict" asm nothing.bpfasm -o kept.bpf
[ "$(cat kept.bpf)" = old ] && [ -z "$(ls kept.bpf.* 2>/dev/null)" ]
ok $? 'leaves the old file'
gives 2 'asm of several programs without a folder' sh -c "cat policy.bpfasm allow.bpfasm >two; (echo '.program \"a.bpf\"'; cat policy.bpfasm; echo '.program \"b.bpf\"'; cat allow.bpfasm) >two.bpfasm; $verdict asm two.bpfasm"
gives 0 'and with one' "$verdict" asm two.bpfasm -o stack
[ "$(ls stack | tr '\n' ' ')" = 'a.bpf b.bpf ' ]
ok $? 'a file each'
gives 0 'eval takes them as a stack' "$verdict" eval two.bpfasm -- 'mkdir()'
is 'oldest first' <<'E'
x86_64 mkdir(): ERRNO(EPERM)
  decided by two.bpfasm:a.bpf (filter 1 of 2); 6 instructions executed
E
gives 2 'asm --format hex to a folder' "$verdict" asm --format hex two.bpfasm -o hexes/
has 'takes raw files' 'programs go to a folder as raw files only' err
[ ! -e hexes ]
ok $? 'and makes none'
gives 2 'asm to a folder below a file' "$verdict" asm two.bpfasm -o allow.bpfasm/stack/
has 'says what cannot be' '^allow.bpfasm/stack/: error: cannot be made a folder: Not a directory' err
if [ -w /dev/full ]; then
	gives 2 'asm to a full disk' "$verdict" asm policy.bpfasm -o /dev/full
	has 'says so' '^/dev/full: error: cannot be written: No space left on device' err
else
	skip 'asm to a full disk' '/dev/full is not there'
fi
(echo '.program "a.bpf"'; cat allow.bpfasm; echo '.program "a.bpf"'; cat allow.bpfasm) >twice.bpfasm
gives 2 'two programs of one name' "$verdict" asm twice.bpfasm -o twice
[ -z "$(ls twice)" ]
ok $? 'write nothing'

# What disasm prints, asm reads, byte for byte: each real stack.
for stack in "$corpus"/*/; do
	name=$(basename "$stack")
	rm -rf back
	"$verdict" disasm "$stack" >listing 2>err && "$verdict" asm - -o back/ <listing >out 2>>err &&
		diff -r "$stack" back >>err && [ ! -s err ]
	ok $? "disasm | asm of $name"
	rm -rf back
	"$verdict" disasm --numeric "$stack" >listing 2>err
	if [ "$(ls "$stack" | wc -l)" -eq 1 ]; then
		"$verdict" asm - -o back/ <listing >out 2>>err && diff -r "$stack" back >>err && [ ! -s err ]
		ok $? "disasm --numeric | asm of $name"
	fi
	"$verdict" check "$stack" >out 2>err && ! grep -qv ': accepted: ' out
	ok $? "check of $name"
done
[ -n "${name-}" ] && [ "$name" != '*' ]
ok $? 'there are stacks'

# Raw bytes are kept from terminals; colour is for them only.
if command -v script >/dev/null && script -qec true /dev/null >/dev/null 2>&1; then
	script -qec "$verdict asm allow.bpfasm" /dev/null >out 2>err
	has 'raw output to a terminal is refused' 'not for a terminal'
	script -qec "$verdict check missing.bpf" /dev/null >out 2>err
	has 'diagnostics have colour on a terminal' "$(printf '\033')\\[1;31merror"
	NO_COLOR=1 script -qec "$verdict check missing.bpf" /dev/null >out 2>err
	! grep -q "$(printf '\033')" out
	ok $? 'and none with NO_COLOR'
else
	skip 'output to a terminal' 'script(1) or a pseudo-terminal is not there'
fi
"$verdict" check missing.bpf >out 2>err
! grep -q "$(printf '\033')" err
ok $? 'and none elsewhere'

done_testing
