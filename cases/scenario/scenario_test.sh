#!/bin/sh
# SPDX-License-Identifier: MIT
# Scenarios: what they say when they fail, in every report; when they are not
# run; and that nothing of them is left.
. vm/testing.sh
dir=$tmp
V=$verdict
has() { grep -qF -- "$1" "$dir/out"; echo $?; }
filters='version: 1
filters:
  notify: {rules: "default: ALLOW\nmkdir: 1 -> USER_NOTIF\n"}
  errno: {rules: "default: ALLOW\nmkdir: 1 -> ERRNO(EDOM)\n"}
  kill: {rules: "default: ALLOW\nmkdir: 1 -> KILL_PROCESS\n"}
  trap: {rules: "default: ALLOW\nmkdir: 1 -> TRAP(3)\n"}
  trace: {rules: "default: ALLOW\nmkdir: 1 -> TRACE(3)\n"}
scenarios:
  - name: one
'
# scenario STATUS TEXT NAME, the scenario on stdin: what is said of it; $on: what runs it
on=
write() { printf '%s' "$filters"; sed 's/^/    /'; }
judge() {
	tr '\n' ' ' < "$dir/out" | tr -s ' ' > "$dir/line"
	grep -qF -- "$2" "$dir/line"
	ok "$(all $? $(is $status "$1"))" "$3"
}
scenario() {
	write > "$dir/one.yaml"
	$on timeout -k 5 60 "$V" test -v "$dir/one.yaml" > "$dir/out" 2>&1
	status=$?
	judge "$@"
}
# What has to wait until its time is over, and must have come so far before, does so beside the others:
# begin FILE, the scenario on stdin; end FILE PID STATUS TEXT NAME
begin() {
	write > "$dir/$1.yaml"
	timeout -k 5 60 "$V" test -v "$dir/$1.yaml" > "$dir/$1.out" 2>&1 &
}
end() {
	wait "$2"
	status=$?
	cp "$dir/$1.out" "$dir/out"
	shift 2
	judge "$@"
}
scenario 0 'run in the kernel, 2 steps' "what holds" <<'END'
stack: errno
steps: mkdir("$tmp/a", 0) = EDOM
END
if grep -q '  skip' "$dir/out"; then
	skip_all "$(grep '  skip' "$dir/out")"
fi

begin stays <<'END'
limit: 8s
stack: notify
steps: mkdir("/nowhere/a", 0)
supervisor: {saw: 'mkdir(_, 0)', then: [id: gone]}
END
stays=$!
begin there <<'END'
limit: 8s
stack: notify
steps: mkdir("/nowhere/a", 0)
supervisor: {saw: 'mkdir(_, 0)', then: [memory: open, memory: empty]}
END
there=$!

# how much there may be
steps() { i=0; while [ $i -lt "$2" ]; do echo "  - $1" | sed "s/@/$i/"; i=$((i + 1)); done; }
{ echo 'steps:'; steps 'getpid()' 257; } >"$dir/many"
scenario 2 'a scenario has at most 256 steps' "a step too many" <"$dir/many"
{ echo 'steps:'; steps '{call: getpid(), as: v@}' 65; } >"$dir/many"
scenario 2 'a scenario has at most 64 variables' "a variable too many" <"$dir/many"
{ echo 'stack:'; steps errno 257; echo 'steps: getpid()'; } >"$dir/many"
scenario 2 'installs at most 256 programs' "a program too many" <"$dir/many"
{ printf 'data: {a: "'; head -c 1100000 /dev/zero | tr '\0' x; printf '"}\nsteps: mkdir($a, 0) = ENAMETOOLONG\n'; } >"$dir/many"
scenario 1 'exceed 1048576 bytes' "more text than there is memory for" <"$dir/many"

# what does not hold
scenario 1 'line 12: mkdir("$tmp/a", 0) returned EDOM, expected 0' "another result" <<'END'
stack: errno
steps:
  - mkdir("$tmp/a", 0) = 0
END
scenario 1 'line 10: getppid() returned' "a result that is too small" <<'END'
steps: getppid() >= 0x7fffffff
END
scenario 1 'mkdir("$tmp/a", 0) ended the target by SIGSYS' "an unexpected death" <<'END'
stack: kill
steps: mkdir("$tmp/a", 0) = 0
END
scenario 1 'returned, and was to end the target by SIGSYS' "a death that does not come" <<'END'
steps: {call: 'mkdir("$tmp/a", 0)', dies: SIGSYS}
END
scenario 1 'ended the target by SIGSYS' "another death" <<'END'
stack: kill
steps: {call: 'mkdir("$tmp/a", 0)', dies: SIGKILL}
END
scenario 1 'ended the target with exit status 3' "another exit status" <<'END'
steps: {call: exit(3), exits: 4}
END
scenario 1 'returned, and was to end the target' "no exit" <<'END'
steps: {call: getpid(), exits: 4}
END
scenario 1 'si_errno is 3, expected 4' "another SIGSYS: data" <<'END'
stack: trap
steps: {call: 'mkdir("$tmp/a", 0)', trap: {data: 4}}
END
scenario 1 'si_syscall is 83, expected 84' "another SIGSYS: call" <<'END'
stack: trap
steps: {call: 'mkdir("$tmp/a", 0)', trap: {syscall: rmdir}}
END
scenario 1 'si_arch is 0xc000003e, expected 0x40000003' "another SIGSYS: arch" <<'END'
stack: trap
steps: {call: 'mkdir("$tmp/a", 0)', trap: {arch: i386}}
END
scenario 1 'SIGSYS did not come' "no SIGSYS" <<'END'
steps: {call: 'mkdir("$tmp/a", 0)', trap: any}
END
scenario 1 'SIGSYS came' "a SIGSYS too many" <<'END'
stack: trap
steps: ['mkdir("$tmp/a", 0)', {call: 'mkdir("$tmp/a", 0)', trap: any}]
END
scenario 1 'the buffer holds something else' "another content" <<'END'
steps:
  - {call: 'getcwd([4096], 4096)', gives: nowhere}
END
scenario 1 'the handler of SIGUSR1 did not run' "no signal" <<'END'
handlers: {SIGUSR1: restart}
steps: {call: getpid(), caught: SIGUSR1}
END
scenario 1 'returned before it was seen to sleep: SIGUSR1 was not sent' "a signal for a call that does not sleep" <<'END'
handlers: {SIGUSR1: restart}
steps: {call: getpid(), signal: SIGUSR1}
END
scenario 0 'run in the kernel, 1 step' "a signal at its time" <<'END'
handlers: {SIGUSR1: restart}
steps: {call: pause() = EINTR, signal: SIGUSR1, after: 20ms, caught: SIGUSR1}
END
scenario 1 'pause() did not return within 1000 ms' "a step that hangs" <<'END'
limit: 1s
steps: pause()
END
scenario 1 'install: errno returned EBUSY, expected EINVAL' "another error of an installation" <<'END'
stack: notify
steps: {install: errno, flags: NEW_LISTENER, result: EINVAL}
supervisor: []
END

# supervisors
scenario 1 'the supervisor saw x86_64 mkdir("/nowhere/a", 0o0), not mkdir("/nowhere/b", 0)' "another path" <<'END'
stack: notify
steps: mkdir("/nowhere/a", 0)
supervisor: {saw: 'mkdir("/nowhere/b", 0)', reply: 0}
END
scenario 1 'not mkdir("/nowhere/a", 1)' "another argument" <<'END'
stack: notify
steps: mkdir("/nowhere/a", 0)
supervisor: {saw: 'mkdir("/nowhere/a", 1)', reply: 0}
END
scenario 1 'not rmdir("/nowhere/a")' "another call" <<'END'
stack: notify
steps: mkdir("/nowhere/a", 0)
supervisor: {saw: 'rmdir("/nowhere/a")', reply: 0}
END
scenario 1 'and nothing more was expected' "a notification too many" <<'END'
stack: notify
steps: mkdir("/nowhere/a", 0)
supervisor: []
END
scenario 1 'the supervisor did not see mkdir(_, 0)' "a notification too few" <<'END'
stack: notify
steps: getpid()
supervisor: {saw: 'mkdir(_, 0)', reply: 0}
END
scenario 1 'this failed with EEXIST' "an act that fails" <<'END'
stack: notify
steps: mkdir("/nowhere/a", 0)
supervisor: {saw: 'mkdir(_, 0)', then: [mkdir: $tmp/a, mkdir: $tmp/a, reply: 0]}
END
scenario 1 'this succeeded, it was to fail with ENOENT' "an act that does not fail" <<'END'
stack: notify
steps: mkdir("/nowhere/a", 0)
supervisor: {saw: 'mkdir(_, 0)', then: [{reply: 0, fails: ENOENT}]}
END
scenario 1 'this failed with ENOENT, expected EPERM' "an act that fails otherwise" <<'END'
stack: notify
steps: {call: 'mkdir("/nowhere/a", 0)', dies: SIGKILL}
supervisor: {saw: 'mkdir(_, 0)', then: [kill, {reply: 0, fails: EPERM}]}
END
scenario 1 "the notification's id is no longer valid" "an id that is gone" <<'END'
stack: notify
steps: {call: 'mkdir("/nowhere/a", 0)', dies: SIGKILL}
supervisor: {saw: 'mkdir(_, 0)', then: [kill, id: valid]}
END
scenario 1 "the target's call returned during the delay" "a call that does not wait" <<'END'
stack: notify
steps: mkdir("/nowhere/a", 0)
supervisor: {saw: 'mkdir(_, 0)', then: [reply: 0, delay: 9s]}
END
# on one CPU the target goes on before the supervisor does
one_cpu="taskset -c $(sed -n 's/^Cpus_allowed_list:[[:space:]]*\([0-9]*\).*/\1/p' /proc/self/status)"
on=$one_cpu
scenario 1 "the target's call returned during the delay" "a call that has returned before" <<'END'
stack: notify
data: {path: $tmp/good}
steps: mkdir($path, 0)
supervisor: {saw: 'mkdir(_, 0)', then: [reply: 0, rewrite: {path: $tmp/evil}, delay: 9s]}
END
on=
scenario 0 'run in the kernel, 2 steps' "a delay behind the supervisor's signal" <<'END'
handlers: {SIGUSR1: interrupt}
stack: notify
steps: {call: 'mkdir("/nowhere/a", 0) = EINTR', caught: SIGUSR1}
supervisor: {saw: 'mkdir(_, 0)', then: [signal: SIGUSR1, id: gone, delay: 30ms]}
END
scenario 1 'the supervisor has left: nothing can follow' "a reply after leaving" <<'END'
stack: notify
steps: mkdir("/nowhere/a", 0)
supervisor: {saw: 'mkdir(_, 0)', then: [leave, reply: 0]}
END
scenario 0 'run in the kernel, 3 steps' "the length of a string is replied" <<'END'
stack: notify
steps: ['mkdir("", 0) = 0', 'mkdir("12345", 0) = 5']
supervisor: [{saw: 'mkdir("", 0)', reply: length}, {saw: 'mkdir("12345", _)', reply: length}]
END
scenario 0 'run in the kernel, 2 steps' "a signal at its time, though the supervisor takes its own" <<'END'
handlers: {SIGUSR1: interrupt}
stack: notify
steps: {call: 'mkdir("/nowhere/a", 0) = EINTR', signal: SIGUSR1, after: 10ms, caught: SIGUSR1}
supervisor: {saw: 'mkdir(_, 0)', then: [delay: 40ms, id: gone, {reply: 0, fails: ENOENT}]}
END
scenario 1 'did not return within 1000 ms' "a supervisor that does not reply" <<'END'
stack: notify
limit: 1s
steps: mkdir("/nowhere/a", 0)
supervisor: {saw: 'mkdir(_, 0)', then: [delay: 10ms]}
END
scenario 1 'not that the filter was gone' "a target that goes on" <<'END'
stack: notify
steps: mkdir("/nowhere/a", 0)
supervisor: gone
END
scenario 0 'run in the kernel' "the end of the target is told" <<'END'
stack: notify
steps: getpid()
supervisor: gone
END

# tracers
scenario 1 'the tracer saw x86_64 mkdir(0x' "another call before the tracer" <<'END'
stack: trace
steps: mkdir("/nowhere/a", 0)
tracer: {saw: 'mkdir("/nowhere/b", 0)'}
END
scenario 1 "the verdict's data is 3, expected 4" "another datum" <<'END'
stack: trace
steps: mkdir("/nowhere/a", 0)
tracer: {saw: 'mkdir("/nowhere/a", 0)', data: 4}
END
scenario 1 'and nothing more was expected' "a stop too many" <<'END'
stack: trace
steps: mkdir("/nowhere/a", 0)
tracer: []
END
scenario 1 'the tracer did not see mkdir(_)' "a stop too few" <<'END'
stack: trace
steps: getpid()
tracer: {saw: mkdir(_)}
END

end stays $stays 1 "the notification's id is still valid" "an id that stays"
end there $there 1 "the target's memory can still be read" "memory that is there"

# reports
{ printf '%s' "$filters"; cat <<'END'; } > "$dir/all.yaml"
    steps: getpid() >= 1
  - name: two
    steps: getpid() = 0
  - name: three
    todo: not yet
    steps: getpid() = 0
  - name: four
    todo: done
    steps: getpid() >= 1
  - name: five
    skip: for now
    steps: getpid() >= 1
END
timeout 60 "$V" test "$dir/all.yaml" > "$dir/out" 2>&1
ok "$(all $(is $? 1) $(is "$(tail -1 "$dir/out")" "2 passed, 1 failed, 2 skipped") $(has '4 run in the kernel'))" "pretty"
timeout 60 "$V" test -f tap "$dir/all.yaml" > "$dir/out" 2>&1
ok "$(all $(is $? 1) $(has "not ok 2") $(has '  run: "line 12: getpid() returned ') $(has '# SKIP for now') \
	$(has '# TODO not yet') $(has '  steps: 1'))" "tap"
timeout 60 "$V" test -f junit "$dir/all.yaml" > "$dir/out" 2>&1
ok "$(all $(is $? 1) $(has 'type="scenario"') $(has 'failures="1"') $(has 'skipped="2"'))" "junit"
timeout 60 "$V" test -f json "$dir/all.yaml" > "$dir/out" 2>&1
ok "$(all $(is $? 1) $(has '"failure": "line 12: getpid() returned ') $(has '"steps": 1'))" "json"
timeout 60 "$V" test --live=never "$dir/all.yaml" > "$dir/out" 2>&1
ok "$(all $(is $? 0) $(is "$(tail -1 "$dir/out")" "0 passed, 0 failed, 5 skipped") $(has -- '--live=never'))" "--live=never skips them by name"
timeout 60 "$V" test --live "$dir/all.yaml" > "$dir/out" 2>&1
ok "$(all $(is $? 1) $(has '4 run in the kernel'))" "--live runs them"
timeout 60 "$V" test --filter two "$dir/all.yaml" > "$dir/out" 2>&1
ok "$(all $(is $? 1) $(is "$(tail -1 "$dir/out")" "0 passed, 1 failed"))" "--filter chooses them"

# nothing is left
printf '%sEND\n' "" > "$dir/none"
{ printf '%s' "$filters"; cat <<'END'; } > "$dir/hangs.yaml"
    stack: notify
    handlers: {SIGALRM: interrupt, SIGTERM: restart}
    steps: ['access("$tmp", F_OK) = 0', 'mkdir("$tmp/x", 0)']
    supervisor: {saw: 'mkdir(_, _)', then: [delay: 9s]}
  - name: two
    stack: trace
    steps: [pause()]
    tracer: []
END
# The family of a run is its children; all are gone a moment after it.
a_family() { [ "$(children "$1" | wc -w)" -ge 2 ]; }
left=0
for sig in KILL TERM INT KILL; do
	"$V" test "$dir/hangs.yaml" > "$dir/out" 2>&1 &
	pid=$!
	await a_family $pid
	family=$(children $pid)
	[ -n "$family" ] || left=none-seen
	# a background job of a shell without job control ignores SIGINT
	[ $sig = INT ] && sig=HUP
	kill -s $sig $pid
	wait $pid 2> /dev/null
	await all_dead $family || left="$left $family"
done
echo "left: $left" >> "$dir/out"
ok "$(is "$left" 0)" "no process is left of runs that are killed"
# what is there now may be another run's: all of it goes
folders=$(find /tmp -maxdepth 1 -name "verdict-??????" -newer "$dir/none" 2> /dev/null)
no_folder() {
	for folder in $folders; do [ ! -d "$folder" ] || return 1; done
}
await no_folder
ok $? "nor a folder"

# with less
mkdir "$dir/bin"
cp "$V" "$dir/bin/verdict"
chmod -R a+rX "$dir"
if can_be_nobody "as an ordinary user"; then
	cp -r cases/suite/live "$dir/live"
	chmod -R a+rX "$dir/live"
	nobody "$dir/bin/verdict" test "$dir/live" > "$dir/out" 2>&1
	ok "$(all $? $(is "$(tail -1 "$dir/out" | sed 's/^[0-9]* passed, //')" "0 failed"))" "as an ordinary user the suite's scenarios hold too"
fi
# under a filter that forbids seccomp(2); a leak checker cannot run where it is traced
printf 'default: ALLOW\nseccomp: 1 -> ERRNO(ENOSYS)\n' > "$dir/none.rules"
if "$V" exec "$dir/none.rules" -- true > /dev/null 2>&1; then
	timeout 60 "$V" exec -o "$dir/report" "$dir/none.rules" -- env ASAN_OPTIONS=detect_leaks=0 "$V" test "$dir/all.yaml" > "$dir/out" 2>&1
	ok "$(all $(is $? 0) $(is "$(tail -1 "$dir/out")" "0 passed, 0 failed, 5 skipped") $(has 'this kernel, or a filter around this process, has no seccomp(2)'))" \
		"without seccomp(2) they are skipped by name"
else
	skip "without seccomp(2) they are skipped by name" "exec cannot be used here"
fi
done_testing
