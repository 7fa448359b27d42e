#!/bin/sh
# What proofs about two stacks cost: each line is one `verdict diff`. Exit 0 is
# equal, 1 differ, 3 not known within the budget.
#
#   BUILD=build sh bench/proofs.sh [PROFILE.json]
#
# PROFILE is a container profile; without it Debian's copy of the default one,
# when the package that has it (golang-github-containers-common) is installed.
set -eu
build=${BUILD:-build}
verdict=$build/verdict
corpus=cases/suite/corpus
profile=${1:-/usr/share/containers/seccomp.json}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT INT TERM

cost() { "$build/bench/cost" "$@"; }
both_forms() { cost "$1" "$verdict" diff --old "oci:$2" --new "oci,tree:$2"; }

# rules N ARGS OPERATOR: N rules with so many 64-bit comparisons each, as a profile.
# OWN=1: each for a call of its own; else all for ioctl.
rules() {
	awk -v n="$1" -v args="$2" -v op="$3" -v own="${OWN:-}" 'BEGIN {
		srand(7)
		calls = split("read write open close stat fstat lstat poll lseek mmap mprotect munmap brk ioctl pread64 " \
			"pwrite64 readv writev access pipe select sched_yield mremap msync mincore madvise shmget shmat " \
			"shmctl dup dup2 pause nanosleep getitimer alarm setitimer connect accept sendto recvfrom sendmsg " \
			"recvmsg shutdown bind listen getsockname getpeername socketpair setsockopt getsockopt clone fork " \
			"vfork execve exit wait4 kill uname semget semop semctl shmdt msgget msgsnd msgrcv msgctl fcntl " \
			"flock fsync fdatasync truncate ftruncate getdents getcwd chdir fchdir rename mkdir rmdir creat " \
			"link unlink symlink readlink chmod fchmod chown fchown lchown umask gettimeofday getrlimit " \
			"getrusage sysinfo times ptrace getuid syslog getgid setuid setgid geteuid getegid setpgid getppid " \
			"getpgrp setsid", call, " ")
		ops = split(op, ops_, " ")
		printf "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"architectures\": [\"SCMP_ARCH_X86_64\"], \"syscalls\": ["
		for (i = 0; i < n; i++) {
			printf "%s{\"names\": [\"%s\"], \"action\": \"SCMP_ACT_ALLOW\", \"args\": [", i ? "," : "", \
				own ? call[i % calls + 1] : "ioctl"
			for (j = 0; j < args; j++)
				printf "%s{\"index\": %d, \"op\": \"SCMP_CMP_%s\", \"value\": %.0f}", j ? "," : "", j, \
					ops_[(i + j) % ops + 1], int(rand() * 30000) * 4294967296 + int(rand() * 4294967296)
			printf "]}"
		}
		print "]}"
	}'
}

if ! "$verdict" check oci:cases/suite/oci/four-calls.json >/dev/null 2>&1; then
	echo "profiles: left out, built without libseccomp"
else
	if [ -r "$profile" ]; then
		both_forms "default profile, linear = tree (0.5 s, 64 MiB)" "$profile"
	else
		echo "default profile: left out, $profile is not there"
	fi
	OWN=1 rules 108 3 "LT LE GE GT" >"$dir/compare.json"
	both_forms "108 rules of three 64-bit comparisons, both forms (3 s)" "$dir/compare.json"
	rules 108 1 "LT LE GE GT" >"$dir/one.json"
	both_forms "108 64-bit comparisons of one call, both forms (3 s)" "$dir/one.json"
	rules 200 2 EQ >"$dir/two.json"
	both_forms "200 rules over two arguments, both forms (11 s)" "$dir/two.json"
fi
cost "docker-1 against itself" "$verdict" diff --old $corpus/docker-1 --new $corpus/docker-1
cost "docker-1 against podman-runc" "$verdict" diff --old $corpus/docker-1 --new $corpus/podman-runc
for filter in 01 15 29; do
	mkdir "$dir/without-$filter"
	cp $corpus/systemd-unit-logind/*.bpf "$dir/without-$filter"
	rm "$dir/without-$filter/$filter.bpf"
	cost "29 filters, and without filter $filter (2 s)" "$verdict" diff --old $corpus/systemd-unit-logind \
		--new "$dir/without-$filter"
done
