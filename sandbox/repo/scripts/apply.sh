# apply: the patch is on standard input; arguments are further options.
dir=$(mktemp -d 2>/dev/null) || dir=$(mktemp -d "$PWD/.git/apply.XXXXXX" 2>&1) || fail 1 "$dir"
scratch "$dir"
encoding= # as in the files that the patch is for: see baseline.sh
private "$tmp" || fail 1 "$tmp cannot be written"
git apply --whitespace=nowarn "$@" - || fail 92 "git apply:"
