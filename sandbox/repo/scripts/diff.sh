# diff TREE STORE LIMIT: prints "NAMES PATCH LEFT\n" (three lengths), the names,
# each followed by NUL, the patch, and the repositories that are left out, one a
# line. Standard input has the names of the files that are to be binary in the
# patch, each followed by NUL; where there are any, nothing is told of the others.
tree=$1 store=$2 limit=$3
[ -f "$store/index" ] && [ -d "$store/objects" ] || fail 91 "the baseline is gone: $store"
scratch_dir=$(mktemp -d "$store/diff.XXXXXX" 2>&1) || fail 91 "$scratch_dir"
scratch "$scratch_dir"
objects=$store/objects nested=leave
[ "${#tree}" = 40 ] || format=sha256
cat >"$tmp/binary"
[ ! -s "$tmp/binary" ] || drivers=-diff
private "$tmp" || fail 1 "$tmp cannot be written"
# The copy keeps its time: what changed in the second in which the index was
# written is told by content, and the time of the index says which second.
cp -p "$store/index" "$tmp/index" || fail 1 "$store/index cannot be read"
[ ! -f "$store/info/exclude" ] || cp "$store/info/exclude" "$tmp/info/exclude"
sed 1d "$store/info/attributes" >>"$tmp/info/attributes" || fail 1 "$store cannot be read"
snapshot || { plain && snapshot; } || fail 1 "the work tree cannot be read"

# claimed adds the files that the repository's own index or HEAD has by now,
# ignored or not: somebody has added them by force. What cannot be read of these
# two is left alone: it is the work tree that counts.
claimed() {
	[ -e .git ] || return 0
	gitdir=$(GIT_DIR=$PWD/.git git rev-parse --absolute-git-dir) || return 0
	[ ! -s "$gitdir/index" ] || cp "$gitdir/index" "$tmp/theirs" || return 0
	{
		[ ! -s "$tmp/theirs" ] || GIT_INDEX_FILE=$tmp/theirs git ls-files -s
		head=$(GIT_DIR=$gitdir git rev-parse -q --verify HEAD) &&
			git ls-tree -r --full-tree "$head"
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

# compare FLAGS… is the difference between the baseline and the snapshot.
compare() {
	if [ -s "$tmp/binary" ]; then
		GIT_LITERAL_PATHSPECS=1 xargs -0 git diff-index --cached --no-renames "$@" "$tree" -- <"$tmp/binary"
	else
		git diff-index --cached --no-renames "$@" "$tree"
	fi && return
	git ls-tree -r "$tree" >"$tmp/listed" || fail 91 "the baseline cannot be read"
	sed "s/^[0-9]* [a-z]* \([0-9a-f]*\).*/\1/" "$tmp/listed" |
		git cat-file --batch-check | grep -q "missing$" && fail 91 "objects are missing"
	fail 1 "no difference can be made"
}
compare --name-only -z >"$tmp/names"
compare -p --binary --full-index --no-color --no-ext-diff --no-textconv >"$tmp/patch"
names=$(wc -c <"$tmp/names") patch=$(wc -c <"$tmp/patch") left=$(wc -c <"$tmp/left")
[ "$patch" -le "$limit" ] && [ "$((names + left))" -le "$limit" ] ||
	fail 93 "$((patch + names + left)) bytes"
printf '%d %d %d\n' "$names" "$patch" "$left" >&3
cat "$tmp/names" "$tmp/patch" "$tmp/left" >&3
