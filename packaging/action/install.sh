#!/bin/bash
# Puts bench on the path of the steps that follow: a release, held against its checksum, or
# built from this source.
set -euo pipefail

dir=$RUNNER_TEMP/bench-bin
mkdir -p "$dir"
if [ "$BENCH_VERSION" = source ]; then
	cd "$GITHUB_ACTION_PATH"
	CGO_ENABLED=0 go build -trimpath -ldflags "-s -w" -o "$dir/bench" ./cmd/bench
else
	case $(uname -s)-$(uname -m) in
	Linux-x86_64) platform=linux_amd64 ;;
	Linux-aarch64) platform=linux_arm64 ;;
	Darwin-x86_64) platform=darwin_amd64 ;;
	Darwin-arm64) platform=darwin_arm64 ;;
	*)
		echo "there is no release for $(uname -s) $(uname -m): use version: source" >&2
		exit 2
		;;
	esac
	name=bench_${BENCH_VERSION}_$platform
	from=${RELEASES:-https://github.com/$ACTION_REPOSITORY/releases/download}/$BENCH_VERSION
	cd "$dir"
	curl -fsSL --retry 3 -o SHA256SUMS "$from/SHA256SUMS"
	curl -fsSL --retry 3 -o "$name.tar.gz" "$from/$name.tar.gz"
	sum=$(sed -n "s/  $name.tar.gz\$//p" SHA256SUMS)
	[ -n "$sum" ] || { echo "SHA256SUMS does not name $name.tar.gz" >&2; exit 1; }
	if command -v sha256sum >/dev/null; then
		echo "$sum  $name.tar.gz" | sha256sum -c - >&2
	else
		echo "$sum  $name.tar.gz" | shasum -a 256 -c - >&2
	fi
	tar -xzf "$name.tar.gz"
	mv "$name/bench" bench
fi
echo "$dir" >>"$GITHUB_PATH"
