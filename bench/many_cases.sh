#!/bin/sh
# many_cases.sh N: a case file with N finite cases, as a generated regression
# suite would have them: one call with all its arguments, and its verdict.
set -eu
n=${1:?usage: many_cases.sh N}
cat <<'END'
version: 1
name: many finite cases
filters:
  policy:
    asm: |
      ld arch
      jeq #x86_64, native, kill
      native: ld nr
      jge #0x40000000, kill
      jgt #255, deny
      ld args[1].lo
      jset #1, deny, allow
      kill: ret #KILL_PROCESS
      deny: ret #ERRNO(EPERM)
      allow: ret #ALLOW
arch: x86_64
cases:
END
awk -v n="$n" 'BEGIN {
	for (i = 0; i < n; i++) {
		nr = i % 400
		arg = int(i / 400) * 3
		verdict = nr > 255 || arg % 2 ? "ERRNO(EPERM)" : "ALLOW"
		printf "  - name: call %d with %d\n    syscall: %d\n    args: [0, %d, 0x7fff0000, 4096, 0, 0]\n    expect: %s\n", nr, arg, nr, arg, verdict
	}
}'
