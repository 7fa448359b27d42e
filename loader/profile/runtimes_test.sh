#!/bin/sh
# SPDX-License-Identifier: MIT
# oci: sources against container runtimes: what `verdict capture` sees crun and
# runc install for a bundle is what oci: makes of the profile, byte for byte.
# runc goes through its architectures in an order that changes from run to run:
# it is run until the order is the profile's.
. vm/testing.sh
here=$(realpath loader/profile)
corpus=$(realpath cases/suite/corpus)
profile=/usr/share/containers/seccomp.json
podman='CAP_CHOWN CAP_DAC_OVERRIDE CAP_FOWNER CAP_FSETID CAP_KILL CAP_NET_BIND_SERVICE CAP_SETFCAP CAP_SETGID
	CAP_SETPCAP CAP_SETUID CAP_SYS_CHROOT'
tries=40
cd "$tmp" || exit 1

if "$verdict" check "oci:$here/runtimes/plain.json" 2>&1 | grep -q 'built without libseccomp'; then
	skip_all "built without libseccomp"
fi

# ------------------------------------------------- the corpus, without runtimes

corpus_name="Debian 12's profile with runtime=runc, caps=podman is the corpus's podman-runc"
version=$(dpkg-query -W -f '${Version}' golang-github-containers-common 2>/dev/null)
library=$(pkg-config --modversion libseccomp 2>/dev/null)
if [ "$version" != 0.50.1+ds1-4 ] || [ ! -e $profile ]; then
	skip "$corpus_name" "containers-common is not of that version, but '$version'"
elif [ "$library" != 2.5.4 ]; then
	skip "$corpus_name" "libseccomp is not 2.5.4, but '$library'"
elif "$verdict" asm -o mine.bpf "oci,runtime=runc,caps=podman:$profile" 2>err &&
	cmp -s mine.bpf "$corpus/podman-runc/01.bpf"; then
	pass "$corpus_name"
else
	fail "$corpus_name"
fi

# ------------------------------------------------------------------ runtimes

cat >none.c <<'END'
void _start(void);
void _start(void)
{
	__asm__ volatile("mov $60, %eax\n\txor %edi, %edi\n\tsyscall");
}
END
# In a mount namespace of its own; crun does not take hybrid cgroups.
cat >run.sh <<'END'
mount --make-rprivate / || exit 1
[ "$1" = crun ] && umount -l /sys/fs/cgroup/unified 2>/dev/null
id=verdict-test-$$
case $1 in
crun) exec crun --cgroup-manager=disabled run "$id" ;;
runc) exec runc run "$id" ;;
esac
END

why_not() {
	if [ "$(id -u)" != 0 ]; then
		echo "not root"
	elif [ "$(uname -m)" != x86_64 ]; then
		echo "not x86_64"
	elif ! command -v "$1" >/dev/null; then
		echo "$1 is not installed"
	elif ! "$verdict" capture --help >/dev/null 2>&1; then
		echo "there is no verdict capture"
	elif ! perl -MJSON::PP -e 1 2>/dev/null; then
		echo "perl has no JSON::PP"
	elif ! mkdir -p rootfs/proc rootfs/dev rootfs/sys || ! "${CC:-cc}" -nostdlib -static -o rootfs/none none.c 2>err; then
		echo "a static program cannot be built"
	elif ! perl "$here/bundle.pl" "$here/runtimes/plain.json" /none $podman >config.json 2>err ||
		! timeout 60 unshare -m sh run.sh "$1" </dev/null >out 2>err; then
		echo "$1 cannot run here: $(tail -n 1 err | tr '#\n' '  ')"
	fi
}

# RUNTIME PROFILE NAME: a bundle of PROFILE with Podman's capabilities.
compare() {
	name="$1: $3"
	if ! perl "$here/bundle.pl" "$2" /none $podman >config.json 2>err ||
		! "$verdict" asm -o mine.bpf "oci,runtime=$1,caps=podman:$2" 2>err; then
		fail "$name"
		return
	fi
	try=0
	while :; do
		try=$((try + 1))
		rm -rf seen
		# The container may well fail under its filter: that it was installed is enough.
		timeout 60 "$verdict" capture -o seen -- unshare -m sh run.sh "$1" </dev/null >out 2>err
		for file in seen/*/01.bpf; do
			cmp -s mine.bpf "$file" && {
				pass "$name"
				return
			}
		done
		[ "$1" = runc ] && [ $try -lt $tries ] || break
	done
	"$verdict" disasm mine.bpf | sed 1d >mine
	"$verdict" disasm "$file" | sed 1d >theirs
	diff mine theirs >out
	fail "$name"
	echo "# after $try of $tries runs"
}

for runtime in crun runc; do
	why=$(why_not $runtime)
	for file in "$here"/runtimes/*.json "$profile"; do
		name=${file##*/}
		if [ -n "$why" ]; then
			skip "$runtime: $name" "$why"
		elif [ ! -e "$file" ]; then
			skip "$runtime: $name" "$file: containers-common is not installed"
		else
			compare $runtime "$file" "$name"
		fi
	done
done
done_testing
