# baseline: prints "TREE STORE".
locate
store=$(mktemp -d "$gitdir/baseline.XXXXXX" 2>&1) || fail 1 "$store"
mkdir "$store/tmp" || fail 1 "$store cannot be written"
scratch "$store/tmp"
[ ! -s "$gitdir/index" ] || cp "$gitdir/index" "$tmp/index" || fail 1 "the index cannot be read"
head=$(GIT_DIR=$gitdir git rev-parse -q --verify HEAD) || head=
private "$store" || fail 1 "$store cannot be written"
[ ! -f "$exclude" ] || cp "$exclude" "$store/info/exclude" || fail 1 "$exclude cannot be read"
# The names come from the repository's own index; its stat data, flags and
# normalised contents do not.
GIT_INDEX_FILE=$tmp/index git ls-files -s >"$tmp/seed" ||
	{ [ -n "$head" ] && git ls-tree -r --full-tree "$head" >"$tmp/seed"; } || : >"$tmp/seed"
grep '^1[02]0[0-9]* [^	]*	' "$tmp/seed" | grep -v '^[0-9]* [0-9a-f]* [123]	' |
	git update-index --index-info || fail 1 "the index cannot be copied"
snapshot || fail 1 "the work tree cannot be read"
tree=$(git write-tree) || fail 91 "no tree can be written"
printf '%s %s\n' "$tree" "$store" >&3
