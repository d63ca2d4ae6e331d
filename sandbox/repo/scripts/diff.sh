# diff TREE STORE LIMIT: prints "NAMES PATCH\n" (two lengths), the names, each
# followed by NUL, and the patch.
tree=$1 store=$2 limit=$3
[ -f "$store/index" ] && [ -d "$store/objects" ] || fail 91 "the baseline is gone: $store"
scratch_dir=$(mktemp -d "$store/diff.XXXXXX" 2>&1) || fail 91 "$scratch_dir"
scratch "$scratch_dir"
objects=$store/objects
[ "${#tree}" = 40 ] || format=sha256
private "$tmp" || fail 1 "$tmp cannot be written"
# The copy keeps its time: what changed in the second in which the index was
# written is told by content, and the time of the index says which second.
cp -p "$store/index" "$tmp/index" || fail 1 "$store/index cannot be read"
[ ! -f "$store/info/exclude" ] || cp "$store/info/exclude" "$tmp/info/exclude"
snapshot || fail 1 "the work tree cannot be read"

# compare FLAGS… is the difference between the baseline and the snapshot.
compare() {
	git diff-index --cached --no-renames "$@" "$tree" && return
	git ls-tree -r "$tree" >"$tmp/listed" || fail 91 "the baseline cannot be read"
	sed "s/^[0-9]* [a-z]* \([0-9a-f]*\).*/\1/" "$tmp/listed" |
		git cat-file --batch-check | grep -q "missing$" && fail 91 "objects are missing"
	fail 1 "no difference can be made"
}
compare --name-only -z >"$tmp/names"
compare -p --binary --full-index --no-color --no-ext-diff --no-textconv >"$tmp/patch"
names=$(wc -c <"$tmp/names") patch=$(wc -c <"$tmp/patch")
[ "$patch" -le "$limit" ] && [ "$names" -le "$limit" ] || fail 93 "$((patch + names)) bytes"
printf '%d %d\n' "$names" "$patch" >&3
cat "$tmp/names" "$tmp/patch" >&3
