#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs README.md: files are written as it shows them (fences "```LANGUAGE NAME"),
# commands run as they stand in its "console" fences, and what they print must
# be what it says. "..." stands for any lines, or the rest of one.
. vm/testing.sh
mkdir "$tmp/bin" "$tmp/work" "$tmp/runs"
ln -s "$verdict" "$tmp/bin/verdict"
ln -s "$root/cases" "$tmp/work/cases"
export PATH="$tmp/bin:$PATH" NO_COLOR=1

# Splits README.md: files into work/, each command and what it prints into runs/.
awk -v work="$tmp/work" -v runs="$tmp/runs" '
	/^```/ {
		if (fence) { fence = ""; next }
		fence = substr($1, 4); name = $2
		if (fence == "") fence = "text"
		next
	}
	fence == "console" && /^\$ / { n++; print substr($0, 3) > (runs "/" n ".cmd"); printf "" > (runs "/" n ".want"); next }
	fence == "console" && n { print > (runs "/" n ".want"); next }
	fence != "" && name != "" { print > (work "/" name) }
' README.md

# Whether text is what was wanted; "..." lines stand for any number of lines, at
# a line's end for the rest of it.
matches() {
	awk -v want="$1" '
		BEGIN { while ((getline line < want) > 0) w[++m] = line }
		{ g[++n] = $0 }
		function alike(got, wanted) {
			if (wanted !~ /\.\.\.$/) return got == wanted
			return index(got, substr(wanted, 1, length(wanted) - 3)) == 1
		}
		function match_from(i, j) {
			while (i <= m) {
				if (w[i] == "...") {
					if (i == m) return 1
					for (; j <= n; j++) if (alike(g[j], w[i + 1]) && match_from(i + 1, j)) return 1
					return 0
				}
				if (j > n || !alike(g[j], w[i])) return 0
				i++; j++
			}
			return j > n
		}
		END { exit !match_from(1, 1) }' "$2"
}

cd "$tmp/work" || exit 1
for cmd in $(ls "$tmp/runs" | sed -n 's/\.cmd$//p' | sort -n); do
	name=$(cat "$tmp/runs/$cmd.cmd")
	sh "$tmp/runs/$cmd.cmd" > "$tmp/got" 2>&1 < /dev/null
	if grep -q 'built without libseccomp' "$tmp/got"; then
		skip "$name" "built without libseccomp"
	elif matches "$tmp/runs/$cmd.want" "$tmp/got"; then
		pass "$name"
	else
		fail "$name"
		diff "$tmp/runs/$cmd.want" "$tmp/got" | sed 's/^/# /' >&2
	fi
done
[ "$n" -ge 5 ]
ok $? "README.md has commands"
done_testing
