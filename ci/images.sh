#!/bin/sh
# Makes the images that the container tests run in, without a registry:
#
#   bench-test/bullseye  Debian 11 with Python 3.9, pytest, mpmath, git, bash, patch
#   bench-test/minimal   one static busybox: no bash, no Python, no git
#
# An image that exists is left alone; `ci/images.sh -f` makes both anew.
# Needs Debian or Ubuntu, root (or sudo), a Docker engine and a Debian mirror.
set -eu

mirror=${BENCH_DEBIAN_MIRROR:-http://deb.debian.org/debian}
force=${1:-}
as_root=
[ "$(id -u)" = 0 ] || as_root=sudo

work=$(mktemp -d "${TMPDIR:-/tmp}/bench-images.XXXXXX")
trap '$as_root rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

absent() { [ "$force" = -f ] || ! docker image inspect "$1" >/dev/null 2>&1; }

program() { PATH=$PATH:/usr/sbin:/sbin command -v "$1" >/dev/null 2>&1; }

install() {
	$as_root apt-get update -qq
	$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qqy --no-install-recommends "$@"
}

# import DIR IMAGE: DIR, as it is, becomes the image's only layer.
import() {
	$as_root tar --numeric-owner -C "$1" -c . |
		docker import -c 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' \
			-c 'CMD ["/bin/sh"]' -m 'ci/images.sh' - "$2" >/dev/null
	echo "made $2"
}

bullseye() {
	program debootstrap || install debootstrap debian-archive-keyring
	root=$work/bullseye
	# The suite moved to the archive after its last support ended: ask both.
	for m in "$mirror" http://archive.debian.org/debian; do
		$as_root rm -rf "$root"
		$as_root env PATH="$PATH:/usr/sbin:/sbin" debootstrap --variant=minbase \
			--include=python3,python3-mpmath,python3-pytest,git,bash,patch,ca-certificates \
			bullseye "$root" "$m" >"$work/log" 2>&1 && break
		tail -n 20 "$work/log" >&2
	done
	[ -x "$root/usr/bin/python3" ] || exit 1
	$as_root ln -sf python3 "$root/usr/bin/python"
	# Some engines read all files for every layer that they make: half of these nobody reads.
	for unread in 'var/cache/apt/archives/*.deb' 'var/lib/apt/lists/*' var/lib/dpkg/info \
		usr/share/doc usr/share/info usr/share/lintian usr/share/locale usr/share/man \
		'usr/share/zoneinfo/*' usr/share/bash-completion; do
		$as_root sh -c "rm -rf '$root'/$unread"
	done
	import "$root" bench-test/bullseye
}

minimal() {
	busybox=$(command -v busybox || true)
	if [ -z "$busybox" ] || ldd "$busybox" >/dev/null 2>&1; then
		install busybox-static
		busybox=$(command -v busybox)
	fi
	root=$work/minimal
	mkdir -p "$root/bin" "$root/tmp" "$root/root" "$root/etc" "$root/proc" "$root/dev" "$root/sys"
	chmod 1777 "$root/tmp"
	cp "$busybox" "$root/bin/busybox"
	for applet in sh cat echo ls mkdir rm cp mv ln chmod stat sleep kill ps env pwd true false \
		dd head tail wc yes seq grep sed tr sort find test readlink setsid date id printf tar touch; do
		ln -s busybox "$root/bin/$applet"
	done
	echo 'root:x:0:0:root:/root:/bin/sh' >"$root/etc/passwd"
	import "$root" bench-test/minimal
}

if absent bench-test/minimal; then minimal; fi
if absent bench-test/bullseye; then bullseye; fi
