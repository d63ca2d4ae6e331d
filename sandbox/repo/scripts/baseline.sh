# baseline NAMED: prints "TREE STORE". If NAMED is not empty, standard input has
# names of files that belong to it whether or not they are ignored, each followed by
# NUL. The store also keeps what the repository's own index and HEAD were.
locate
store=$(mktemp -d "$gitdir/baseline.XXXXXX" 2>&1) || fail 1 "$store"
private "$store" || fail 1 "$store cannot be written"
scratch "$store/tmp"
printf '%s\n' "$head" >"$store/head"
[ ! -s "$gitdir/index" ] || cp "$gitdir/index" "$store/seen" || fail 1 "the index cannot be read"
[ ! -s "$exclude" ] || cp "$exclude" "$store/info/exclude" || fail 1 "$exclude cannot be read"
# The names come from the repository's own index; its stat data, flags and
# normalised contents do not.
GIT_INDEX_FILE=$store/seen git ls-files -s >"$tmp/seed" ||
	{ [ -n "$head" ] && git ls-tree -r --full-tree "$head" >"$tmp/seed"; } || : >"$tmp/seed"
[ ! -s "$tmp/seed" ] || sed -n -e '/^[0-9]* [0-9a-f]* [123]	/d' -e '/^1[02]0[0-9]* [^	]*	/p' "$tmp/seed" |
	git update-index --index-info || fail 1 "the index cannot be copied"
# encodings: whoever applies a patch with git has files with the attribute
# working-tree-encoding converted, so the patch must have them in UTF-8, too. The
# store's attributes get the patterns of the top directory and, for what further
# directories say, names, unless they have characters special to patterns. What is
# declared later is not looked at.
encodings() {
	grep -q 'gitattributes"\{0,1\}$' "$tmp/seed" || return 0
	git ls-files -z '*.gitattributes' .gitattributes | xargs -0 grep -qs working-tree-encoding || return 0
	mv "$store/info/attributes" "$tmp/attributes" || return
	git ls-files | git check-attr --stdin working-tree-encoding |
		sed -n 's|^\([A-Za-z0-9_./ +@-]*\): working-tree-encoding: \([A-Za-z0-9_.-]*\)$|"/\1" working-tree-encoding=\2|p' |
		grep -v '=unspecified$\|=unset$\|=set$' >"$tmp/encodings"
	{
		cat "$tmp/attributes"
		[ ! -f .gitattributes ] ||
			sed -n 's/^\([^#[:space:]"[][^[:space:]]*\)[[:space:]].*\(working-tree-encoding=[A-Za-z0-9_.-]*\).*/\1 \2/p' .gitattributes
		cat "$tmp/encodings"
	} >"$store/info/attributes"
}
encodings || fail 1 "$store cannot be written"
snapshot || { plain && snapshot; } || fail 1 "the work tree cannot be read"
[ -z "$1" ] || git update-index -z --add --remove --replace --stdin || fail 1 "the files that were named cannot be read"
tree=$(git write-tree) || fail 91 "no tree can be written"
printf '%s %s\n' "$tree" "$store" >&3
