#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Writes pairs.yaml, triples.yaml and deep.yaml beside this script: every
# ordered pair and triple of the eight actions, and stacks of 33 filters. The
# expectations come from the kernel's rule as it is written below, not from
# any run of the machine.
#
#   sh cases/suite/precedence/generate.sh

set -eu
cd "$(dirname "$0")"

actions='KILL_PROCESS KILL_THREAD TRAP ERRNO USER_NOTIF TRACE LOG ALLOW'

generate()
{
	awk -v what="$1" -v names="$actions" '
	# The actions are listed strongest first. Filters run from the newest
	# to the oldest; one replaces the best so far when it is strictly
	# stronger, so among equals the newest stands, and ALLOW, where the
	# search starts, never decides.
	function strongest(stack, n,    i, best)
	{
		best = 0
		for (i = n; i >= 1; i--)
			if (stack[i] < (best ? stack[best] : 8))
				best = i
		return best
	}

	# Data tells which of several equal filters was heard: the place in
	# the stack. KILL, LOG and ALLOW have none that anyone sees; a listener
	# does not see that of USER_NOTIF either, so that one is a raw value.
	function seen(action, place)
	{
		if (action == "USER_NOTIF")
			return sprintf("0x7fc0%04x", place)
		return action ~ /^(TRAP|ERRNO|TRACE)$/ ? action "(" place ")" : action
	}

	function filter(action, place)
	{
		return tolower(action) "_" place
	}

	function header(title, depth,    i, j)
	{
		print "# Written by generate.sh; change that."
		print "version: 1"
		print "name: " title
		print "arch: any"
		print "filters:                               # NAME_PLACE returns its place as data"
		for (i = 1; i <= 8; i++)
			for (j = 1; j <= depth; j++)
				printf "  %s: {asm: \"ret #%s(%d)\"}\n", filter(name[i], j), name[i], j
		print "defaults: {tags: [precedence], syscall: any}"
		print "cases:"
	}

	function emit(stack, n,    i, list, label, best)
	{
		for (i = 1; i <= n; i++) {
			list = list (i > 1 ? ", " : "") filter(name[stack[i]], i)
			label = label (i > 1 ? ", then " : "") name[stack[i]]
		}
		best = strongest(stack, n)
		printf "  - name: %s\n", label
		printf "    stack: [%s]\n", list
		if (best)
			printf "    expect: {verdict: %s, by: %s}\n", \
				seen(name[stack[best]], best), filter(name[stack[best]], best)
		else
			print "    expect: {verdict: ALLOW, by: none}"
	}

	# 33 filters: all of one action but the one at place p.
	function deep(action, other, p,    i, list, label)
	{
		for (i = 1; i <= 33; i++) {
			list = list (i > 1 ? ", " : "") filter(name[i == p ? other : action], i)
			stack[i] = i == p ? other : action
		}
		label = p ? "33 filters, " name[other] " at place " p ", " name[action] " elsewhere" : \
			"33 times " name[action]
		i = strongest(stack, 33)
		printf "  - name: \"%s\"\n    stack: [%s]\n", label, list
		if (i)
			printf "    expect: {verdict: %s, by: %s}\n", \
				seen(name[stack[i]], i), filter(name[stack[i]], i)
		else
			print "    expect: {verdict: ALLOW, by: none}"
		print "    limits: {insns: 33}"
	}

	BEGIN {
		split(names, name, " ")
		if (what == "pairs") {
			header("every ordered pair of actions, oldest first", 2)
			for (a[1] = 1; a[1] <= 8; a[1]++)
				for (a[2] = 1; a[2] <= 8; a[2]++)
					emit(a, 2)
		} else if (what == "triples") {
			header("every ordered triple of actions, oldest first", 3)
			for (a[1] = 1; a[1] <= 8; a[1]++)
				for (a[2] = 1; a[2] <= 8; a[2]++)
					for (a[3] = 1; a[3] <= 8; a[3]++)
						emit(a, 3)
		} else {
			header("33 filters on one task", 33)
			for (x = 1; x <= 8; x++)
				deep(x, 0, 0)
			for (x = 1; x < 8; x++) {
				deep(x + 1, x, 1)
				deep(x + 1, x, 17)
				deep(x + 1, x, 33)
				deep(x, x + 1, 33)
			}
		}
	}'
}

for what in pairs triples deep; do
	generate "$what" >"$what.yaml"
done
