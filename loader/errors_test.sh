#!/bin/sh
# SPDX-License-Identifier: MIT
# Malformed sources, calls and records: what is printed on stderr is what
# stands in loader/errors/NAME.err, byte for byte, the exit status is 2, and
# nothing is printed on stdout.
#   sh loader/errors_test.sh            (from the project's root)
#   sh loader/errors_test.sh --update   writes the .err files: read them after
# loader/errors/NAME.bpfasm, .rules and .ctext are the sources that are text; the others are made
# here, in a folder where they have no path of their own.
. vm/testing.sh
goldens=$(realpath loader/errors)
diagnostics=0

# NAME COMMAND...: runs the command and looks at what it says.
case_() {
	name=$1
	shift
	"$@" >"$tmp/out" 2>"$tmp/err"
	refused "$name" $? "$goldens/$name.err"
}

cd loader/errors || exit 1
for file in *.bpfasm *.rules; do
	case_ "${file%.*}" "$verdict" check "$file"
done
for file in *.ctext; do
	case_ "${file%.*}" "$verdict" check "c:$file"
done

mkdir "$tmp/work" && cd "$tmp/work" || exit 1
insn() { printf '\006\000\000\000\000\000\377\177'; }
insn >one.bpf
printf 'ret #ALLOW\n' >text.bpf
printf 'not\na program\n' >text2.bpf
mkdir empty-folder nested nested/01.bpf bad-folder
: >empty.bpf
: >empty
head -c 7 one.bpf >seven.bpf
head -c 1 one.bpf >byte.bpf
{ insn; printf '\006'; } >nine.bpf
{ insn; insn; printf '\006\000\000'; } >cut.bpf
mkfifo fifo.bpf
printf '# A title\n\nThis text explains what the filters are for:\nthe first one,\n- and others\n' >README.txt
printf 'version: 1\nfilters: {base: one.bpf}\ncases:\n  - {syscall: read, expect: ALLOW}\n' >case.yaml
printf '\211PNG\r\n\032\n\000\000\000\rIHDR' >image.png
printf '\177ELF\002\001\001\000\000\000\000\000\000\000\000\000\003\000>\000\001\000\000\000' >elf
for lines in 20 21 40; do
	i=0
	while [ $((i += 1)) -le $lines ]; do echo retrun; done >lines-$lines.bpfasm
done
insn >bad-folder/01.bpf
: >bad-folder/02.bpf
printf 'x' >bad-folder/03.bpf
printf '\006\000\000\000\000\000\377\177\377\000\000\000\000\000\000\000' >opcode.bpf
printf '\025\000\011\000\001\000\000\000\006\000\000\000\000\000\377\177' >jump.bpf
i=0
while [ $i -lt 4097 ]; do
	echo '.insn 6,0,0,0x7fff0000'
	i=$((i + 1))
done >long.bpfasm
head -n 4096 long.bpfasm >longest.bpfasm
"$verdict" asm longest.bpfasm -o longest.bpf
{ cat longest.bpf; insn; } >long.bpf
ln -s nowhere.bpf dangling.bpf
ln -s loop.bpf loop.bpf
printf 'read()\nraed()\nmkdir(010)\n\nx86_65 read() # who\nread(\n' >calls.txt
head -c 100 /dev/zero >cut.rec
printf 'struct sock_filter deny[] = { { 6, 0, 0, 0 } }, allow[] = { { 6, 0, 0, 0 } };\n' >two.c
i=0
while [ $i -lt 3000 ]; do
	echo "$i: arg0 < $i"
	i=$((i + 1))
done >long.rules
# sums of halves that all wait for each other
awk 'function tree(n) { return n ? "(" tree(n - 1) " ^ " tree(n - 1) ")" : "-(arg0 << 3)" }
	BEGIN { print "read: " tree(9) " == 1" }' >deep.rules

case_ raw-empty "$verdict" check empty.bpf
case_ empty-unnamed "$verdict" check empty
case_ raw-one-byte "$verdict" check byte.bpf
case_ raw-seven-bytes "$verdict" check seven.bpf
case_ raw-nine-bytes "$verdict" check nine.bpf
case_ raw-cut-off "$verdict" check cut.bpf
case_ raw-holds-text "$verdict" check text.bpf
case_ raw-holds-other-text "$verdict" check text2.bpf
case_ raw-is-folder "$verdict" check raw:empty-folder
case_ raw-is-fifo "$verdict" check fifo.bpf
case_ raw-is-device "$verdict" check raw:/dev/../dev/null
case_ asm-of-raw "$verdict" check asm:one.bpf
case_ missing "$verdict" check missing.bpf missing-folder/
case_ dangling-link "$verdict" check dangling.bpf
case_ link-loop "$verdict" check loop.bpf
case_ no-filter-text "$verdict" check README.txt case.yaml
case_ no-filter-binary "$verdict" check image.png elf
case_ no-filter-stdin sh -c "$verdict check - <README.txt"
case_ errors-beyond-20 "$verdict" check lines-20.bpfasm lines-21.bpfasm lines-40.bpfasm
case_ dir-is-file "$verdict" check dir:one.bpf
case_ dir-empty "$verdict" check empty-folder
case_ dir-of-folders "$verdict" check nested
case_ dir-bad-files "$verdict" check bad-folder
case_ kind-unknown "$verdict" check raww:one.bpf colon:one.bpf
case_ pid-no-number "$verdict" check pid: pid:0 pid:-1 pid:1x pid:99999999999 'pid:1 '
case_ pid-no-task "$verdict" check pid:4194305
case_ pid-options "$verdict" check pid,thread=1:1
case_ kind-without-value "$verdict" check raw:
case_ c-array "$verdict" check c,array=denny:two.c
case_ c-arch "$verdict" check c,arch=x86_65:two.c c,arch=3:two.c
case_ c-option "$verdict" check c,arrray=deny:two.c
case_ rules-option "$verdict" check rules,arch=i386:long.rules
case_ rules-too-long "$verdict" check long.rules
case_ rules-too-deep "$verdict" check deep.rules
case_ rules-missing "$verdict" check missing.rules
case_ name-empty "$verdict" check ''
case_ stdin-empty sh -c "$verdict check - </dev/null"
case_ stdin-cut sh -c "head -c 12 /dev/zero | $verdict check -"
case_ stdin-twice sh -c "$verdict eval asm:- - <text.bpf -- 'read()'"
case_ asm-too-long "$verdict" check long.bpfasm
case_ eval-too-long "$verdict" eval long.bpf -- 'read()'
case_ eval-bad-opcode "$verdict" eval one.bpf opcode.bpf -- 'read()'
case_ eval-bad-jump "$verdict" eval jump.bpf -- 'read()'
case_ eval-stack-too-large "$verdict" eval longest.bpf longest.bpf longest.bpf longest.bpf -- 'read()'
case_ call-unknown-name "$verdict" eval one.bpf -- 'raed(0)'
case_ call-wrong-abi "$verdict" eval one.bpf -- 'x86_64 socketcall(1)' 'aarch64 open()'
case_ call-unknown-abi "$verdict" eval one.bpf -- 'x86_65 read(0)'
case_ call-foreign-name "$verdict" eval one.bpf -- '0xdeadbeef read(0)'
case_ call-octal "$verdict" eval one.bpf -- 'chmod(0, 0644)'
case_ call-too-many "$verdict" eval one.bpf -- 'mmap(1, 2, 3, 4, 5, 6, 7)'
case_ call-open "$verdict" eval one.bpf -- 'read(1' 'read(1,)' 'read(1 2)'
case_ call-trailing "$verdict" eval one.bpf -- 'read() = 0' 'read() @' ''
case_ call-too-wide "$verdict" eval one.bpf -- 'read(0x10000000000000000)' '0x1c000003e 0()' '4294967296()'
case_ call-x32 "$verdict" eval one.bpf -- 'x32 -1()' 'x32 0x80000000()'
case_ call-unicode "$verdict" eval one.bpf -- 'rename("ä", ö)' 'größe()'
case_ call-abi-alone "$verdict" eval one.bpf -- x86_64 'i386 x86-64()' x86_64:mkdir x86-64.mkdir
case_ stdin-closed sh -c "$verdict check - <&-"
case_ call-without-dashes "$verdict" eval one.bpf 'read(0)'
case_ calls-missing "$verdict" eval one.bpf
case_ records-text sh -c "$verdict eval one.bpf --records calls.txt --format hex >/dev/null"
case_ records-cut sh -c "$verdict eval one.bpf --records cut.rec --format hex >/dev/null"
case_ records-missing "$verdict" eval one.bpf --records missing.txt
case_ records-folder "$verdict" eval one.bpf --records empty-folder
case_ option-unknown "$verdict" eval --recrods x one.bpf
case_ option-without-value "$verdict" eval one.bpf --records
case_ format-unknown "$verdict" check --format xml one.bpf
case_ eval-format-unknown "$verdict" eval --format xml one.bpf -- 'read()'
case_ eval-byte-order-unknown "$verdict" eval --byte-order middle one.bpf -- 'read()'
case_ eval-records-twice "$verdict" eval --records calls.txt --records calls.txt one.bpf
case_ engine-unknown "$verdict" eval --engine turbo one.bpf -- 'read()'
case_ asm-folder-missing "$verdict" asm one.bpf -o no/such/folder/x.bpf
case_ asm-no-source "$verdict" asm -o x.bpf
case_ asm-disk-full "$verdict" asm one.bpf -o /dev/full
case_ disasm-missing "$verdict" disasm missing.bpf
case_ subcommand-unknown "$verdict" evl one.bpf

[ $n -gt 40 ]
ok $? "at least 40 of them"
done_testing
