# diff TREE STORE LIMIT BINARY: prints "PATCH LEFT\n" (two lengths), the patch, and
# the repositories that are left out, one a line. If BINARY is not empty, standard
# input has the names of files that are to be binary in the patch, each followed by
# NUL, and the patch is of these alone.
tree=$1 store=$2 limit=$3 binary=$4
[ -f "$store/index" ] && [ -d "$store/objects" ] || fail 91 "the baseline is gone: $store"
scratch_dir=$(mktemp -d "$store/diff.XXXXXX" 2>&1) || fail 91 "$scratch_dir"
scratch "$scratch_dir"
objects=$store/objects nested=leave
[ "${#tree}" = 40 ] || format=sha256
[ -z "$binary" ] || cat >"$tmp/binary" || fail 1 "$tmp cannot be written"
[ -z "$binary" ] || drivers=-diff
private "$tmp" || fail 1 "$tmp cannot be written"
# The copy keeps its time: what changed in the second in which the index was
# written is told by content, and the time of the index says which second.
cp -p "$store/index" "$tmp/index" || fail 1 "$store/index cannot be read"
[ ! -f "$store/info/exclude" ] || cp "$store/info/exclude" "$tmp/info/exclude"
if declared "$store/info/attributes"; then
	sed 1d "$store/info/attributes" >>"$tmp/info/attributes" || fail 1 "$store cannot be read"
fi
snapshot || { plain && snapshot; } || fail 1 "the work tree cannot be read"

# claimed adds the files that the repository's own index or HEAD has by now,
# ignored or not: somebody has added them by force. What cannot be read of these
# two is left alone: it is the work tree that counts. Where both are as they were at
# the baseline, nobody has.
claimed() {
	[ -e .git ] || return 0
	found=$(GIT_DIR=$PWD/.git git rev-parse --absolute-git-dir HEAD)
	was= gitdir= head=
	{ IFS= read -r gitdir && read -r head; } <<-END
		$found
	END
	[ ! -f "$store/head" ] || read -r was <"$store/head"
	[ "$head" != HEAD ] || head=
	[ -n "$gitdir" ] || return 0
	[ "$head" != "$was" ] || ! cmp -s "$gitdir/index" "$store/seen" || return 0
	[ ! -s "$gitdir/index" ] || cp "$gitdir/index" "$tmp/theirs" || return 0
	{
		[ ! -s "$tmp/theirs" ] || GIT_INDEX_FILE=$tmp/theirs git ls-files -s
		[ -z "$head" ] || git ls-tree -r --full-tree "$head"
	} | sed -n 's/^1[02]0[^	]*	//p' | sort -u >"$tmp/named"
	git ls-files >"$tmp/ours" || return
	sort "$tmp/ours" "$tmp/ours" "$tmp/named" | uniq -u >"$tmp/forced" || return
	[ -s "$tmp/forced" ] || return 0
	git update-index --add --remove --stdin <"$tmp/forced" && return
	while IFS= read -r name; do
		printf '%s\n' "$name" | git update-index --add --remove --stdin
	done <"$tmp/forced"
	return 0
}
claimed || fail 1 "the work tree cannot be read"

# compare is the difference between the baseline and the snapshot.
compare() {
	set -- --cached --no-renames -p --binary --full-index --no-color --no-ext-diff --no-textconv "$tree" --
	if [ -n "$binary" ]; then
		GIT_LITERAL_PATHSPECS=1 xargs -0 git diff-index "$@" <"$tmp/binary"
	else
		git diff-index "$@"
	fi && return
	git ls-tree -r "$tree" >"$tmp/listed" || fail 91 "the baseline cannot be read"
	sed "s/^[0-9]* [a-z]* \([0-9a-f]*\).*/\1/" "$tmp/listed" |
		git cat-file --batch-check | grep -q "missing$" && fail 91 "objects are missing"
	fail 1 "no difference can be made"
}
compare >"$tmp/patch"
wc -c "$tmp/patch" "$tmp/left" >"$tmp/sizes"
{ read -r patch _ && read -r left _; } <"$tmp/sizes"
[ "$patch" -le "$limit" ] && [ "$left" -le "$limit" ] || fail 93 "$((patch + left)) bytes"
printf '%d %d\n' "$patch" "$left" >&3
cat "$tmp/patch" "$tmp/left" >&3
