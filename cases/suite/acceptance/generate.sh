#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Writes the programs that are too long to read, and depth.yaml, which names a
# filter 3,640 times, beside this script.
#
#   sh cases/suite/acceptance/generate.sh

set -eu
cd "$(dirname "$0")"

ret_allow='\006\000\000\000\000\000\377\177'
div_x='\074\000\000\000\000\000\000\000'
ldx_1='\001\000\000\000\001\000\000\000'
ja_4094='\005\000\000\000\376\017\000\000'
ja_4095='\005\000\000\000\377\017\000\000'
st_16='\002\000\000\000\020\000\000\000'

# repeat N INSTRUCTION
repeat()
{
	awk -v n="$1" -v insn="$(printf '%s' "$2" | sed 's/\\/\\\\/g')" \
		'BEGIN { while (n-- > 0) printf "%s", insn }'
}

program()
{
	# The text holds octal escapes only.
	# shellcheck disable=SC2059
	printf "$2" >"$1"
}

program rets-4096.bpf "$(repeat 4096 "$ret_allow")"
program rets-4097.bpf "$(repeat 4097 "$ret_allow")"
program rets-4074.bpf "$(repeat 4074 "$ret_allow")"
program div-x-4094.bpf "$ldx_1$(repeat 4094 "$div_x")$ret_allow"
program ja-to-the-last.bpf "$ja_4094$(repeat 4095 "$ret_allow")"
program ja-past-the-last.bpf "$ja_4095$(repeat 4095 "$ret_allow")"
program bad-at-4094.bpf "$(repeat 4094 "$ret_allow")$st_16$ret_allow"

awk 'BEGIN {
	print "# Written by generate.sh; change that."
	print "#"
	print "# How often the shortest program can be installed: RET K converts to 3 + 2"
	print "# instructions, and every installed filter counts 4 more, so 3,640 of them"
	print "# leave 32,768 - 3,640 * 9 = 8."
	print "version: 1"
	print "name: how deep a stack can be"
	print "defaults: {tags: [acceptance, size]}"
	print "filters:"
	print "  a: {asm: \"ret #ALLOW\"}"
	print "  of_8: {asm: \"tax\\n tax\\n tax\\n ret #ALLOW\"}"
	print "  of_9: {asm: \"tax\\n tax\\n tax\\n tax\\n ret #ALLOW\"}"
	print "cases:"
	for (i = 1; i < 3640; i++)
		list = list "a, " (i % 40 ? "" : "\n      ")
	list = list "a"
	print "  - name: one RET K as the 3,641st filter"
	print "    install: {filter: a, expect: accepted}"
	printf "    stack: [%s]\n", list
	print "  - name: what fits exactly as the 3,641st"
	print "    install: {filter: of_8, expect: accepted}"
	printf "    stack: [%s]\n", list
	print "  - name: one more than fits as the 3,641st"
	print "    install: {filter: of_9, expect: ENOMEM}"
	printf "    stack: [%s]\n", list
	print "  - name: one RET K as the 3,642nd filter"
	print "    install: {filter: a, expect: ENOMEM}"
	printf "    stack: [%s,\n      a]\n", list
}' >depth.yaml
