#!/bin/bash
# Builds a release into a directory: for each platform an archive with the static binary
# and its list of parts (CycloneDX), checksums of all, and, with the repository's address
# in RELEASE_URL, a Homebrew formula. The same source and version give the same bytes,
# wherever they lie.
#
#   [RELEASE_URL=https://github.com/OWNER/NAME] ci/release.sh VERSION DIR [PLATFORM...]
#
# Needs Go, and GNU tar and coreutils.
set -euo pipefail

version=$1
out=$(mkdir -p "$2" && cd "$2" && pwd)
shift 2
[ $# -gt 0 ] || set -- linux/amd64 linux/arm64 darwin/amd64 darwin/arm64
cd "$(dirname "$0")/.."

# Nothing of this machine goes into a binary: no paths, no commit, no C.
export CGO_ENABLED=0 GOFLAGS=-trimpath
build() {
	GOOS=$1 GOARCH=$2 go build -buildvcs=false -ldflags "-s -w -X main.version=$version" \
		-o "$3" ./cmd/bench
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
archives=()
for platform in "$@"; do
	os=${platform%/*} arch=${platform#*/}
	name=bench_${version}_${os}_${arch}
	mkdir "$work/$name"
	build "$os" "$arch" "$work/$name/bench"
	go run ./internal/sbom "$work/$name/bench" "$version" >"$work/$name/bench.cdx.json"
	cp LICENSE README.md CHANGELOG.md "$work/$name/"
	cp "$work/$name/bench.cdx.json" "$out/$name.cdx.json"
	tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX \
		-C "$work" -cf - "$name" | gzip -9n >"$out/$name.tar.gz"
	archives+=("$name.tar.gz" "$name.cdx.json")
	echo "$name $(stat -c %s "$work/$name/bench") bytes"
done
(cd "$out" && sha256sum "${archives[@]}" >SHA256SUMS)

# formula fills the address and the checksums in; it needs the archives of all platforms.
formula() {
	local text platform name sum
	text=$(sed -e "s|@HOMEPAGE@|$RELEASE_URL|" -e "s/@VERSION@/${version#v}/" packaging/bench.rb.in)
	for platform in linux_amd64 linux_arm64 darwin_amd64 darwin_arm64; do
		name=bench_${version}_$platform.tar.gz
		sum=$(sed -n "s/  $name\$//p" "$out/SHA256SUMS")
		[ -n "$sum" ] || { echo "no formula: $name is not there" >&2; return 1; }
		text=${text//@$platform@/$sum}
	done
	printf '%s\n' "$text" >"$out/bench.rb"
}
[ -z "${RELEASE_URL:-}" ] || formula
