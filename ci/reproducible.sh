#!/bin/bash
# Builds the same release twice, from here and from a copy elsewhere, and compares them.
set -euo pipefail
cd "$(dirname "$0")/.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
platform=$(go env GOOS)/$(go env GOARCH)
mkdir "$work/copy"
git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents -t "$work/copy"
ci/release.sh v0.0.0-reproducible "$work/here" "$platform"
"$work/copy/ci/release.sh" v0.0.0-reproducible "$work/there" "$platform"
diff -r "$work/here" "$work/there"
echo "both builds are equal"
