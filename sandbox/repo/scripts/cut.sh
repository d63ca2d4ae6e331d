# cut BASE: leaves nothing in the repository that BASE does not reach.
base=$1
locate
[ "$objects" = "$gitdir/objects" ] || fail 91 "$PWD is a linked work tree: its repository is elsewhere"
dir=$(mktemp -d "$gitdir/cut.XXXXXX" 2>&1) || fail 1 "$dir"
scratch "$dir"
GIT_DIR=$gitdir
export GIT_DIR

g() {
	git -c core.fsmonitor=false -c core.hooksPath=/dev/null -c core.logAllRefUpdates=false \
		-c gc.auto=0 -c repack.writeBitmaps=false -c core.commitGraph=false \
		-c core.multiPackIndex=false -c log.showSignature=false "$@"
}

# references: the current branch and HEAD go to the base; tags stay that were
# made by then on what the base reaches; everything else goes.
references() {
	date=$(g show -s --format=%ct "$commit") || return
	head=$(g symbolic-ref -q HEAD) || head=
	g for-each-ref --merged "$commit" --format='%(creatordate:unix) %(refname)' refs/tags |
		while read -r when name; do
			[ "${when:-0}" -gt "$date" ] || printf '%s\n' "$name"
		done >"$tmp/keep"
	case $head in
	refs/heads/*) printf '%s\n' "$head" >>"$tmp/keep" ;;
	*) head= ;;
	esac
	g for-each-ref --format='%(refname)' >"$tmp/refs" || return
	grep -Fxv -f "$tmp/keep" "$tmp/refs" | sed 's/^/delete /' >"$tmp/update"
	printf 'update %s %s\n' "${head:-HEAD}" "$commit" >>"$tmp/update"
	g update-ref --no-deref --stdin <"$tmp/update" || return
	[ "$(g rev-parse -q --verify HEAD)" = "$commit" ]
}

# leftovers: whatever else names commits.
leftovers() {
	(
		cd "$gitdir" || exit
		rm -rf ./*_HEAD BISECT_* AUTO_MERGE MERGE_* SQUASH_MSG COMMIT_EDITMSG TAG_EDITMSG \
			NOTES_* rebase-merge rebase-apply sequencer rr-cache worktrees remotes branches \
			lost-found info/refs info/grafts objects/info/packs objects/info/commit-graph \
			objects/info/commit-graphs refs/stash || exit
		[ ! -d logs ] || g reflog expire --expire=all --all
		rm -rf logs
	) || return
	g config -f "$gitdir/config" --name-only --get-regexp '^(remote|branch)\.' |
		sed 's/\.[^.]*$//' | sort -u >"$tmp/sections"
	while read -r section; do
		g config -f "$gitdir/config" --remove-section "$section" || return
	done <"$tmp/sections"
	strays && lfs || return
	# Files stay as they are; only the index forgets what was staged.
	g diff-index --cached --quiet "$commit" -- || g read-tree --reset "$commit"
}

# strays: files that git has no name for, such as bundles, packs without an index and
# whatever an image was built with. Hooks stay: they are no copies.
strays() {
	for entry in "$gitdir"/* "$gitdir"/.[!.]* "$gitdir"/..?*; do
		case ${entry##*/} in
		HEAD | config | config.worktree | description | hooks | index | sharedindex.* | info | \
			objects | refs | packed-refs | shallow | modules | lfs | cut.*) ;;
		*) rm -rf "$entry" || return ;;
		esac
	done
	for entry in "$gitdir"/cut.* "$gitdir"/info/* "$objects"/info/* "$objects"/* "$objects"/pack/*; do
		case ${entry#"$gitdir"/} in
		"${dir##*/}" | info/exclude | info/attributes | info/sparse-checkout | \
			objects/info/alternates | objects/info | objects/pack | objects/[0-9a-f][0-9a-f]) ;;
		objects/pack/pack-*.pack) [ -f "${entry%.pack}.idx" ] || rm -rf "$entry" || return ;;
		objects/pack/pack-*.idx | objects/pack/pack-*.rev | objects/pack/pack-*.bitmap | \
			objects/pack/pack-*.mtimes | objects/pack/pack-*.keep | objects/pack/pack-*.promisor)
			[ -f "${entry%.*}.pack" ] || rm -rf "$entry" || return
			;;
		*) rm -rf "$entry" || return ;;
		esac
	done
	find "$objects"/[0-9a-f][0-9a-f] ! -type d 2>/dev/null |
		grep -Ev '/[0-9a-f]{38}([0-9a-f]{24})?$' >"$tmp/strays"
	find "$gitdir/refs" ! -type d | sed "s|^$gitdir/||" | grep -Fxv -f "$tmp/keep" |
		sed "s|^|$gitdir/|" >>"$tmp/strays"
	while IFS= read -r entry; do
		rm -f "$entry" || return
	done <"$tmp/strays"
}

# lfs: files outside git that pointers in the base name stay.
lfs() {
	[ -d "$gitdir/lfs" ] || return 0
	g grep -h -I -e '^oid sha256:' "$commit" | sed 's/^oid sha256:\([0-9a-f]*\).*/\1/' >"$tmp/oids"
	find "$gitdir/lfs" ! -type d | while IFS= read -r entry; do
		grep -Fxq -e "${entry##*/}" "$tmp/oids" || rm -f "$entry" || return
	done
}

# trees: work trees of other commits that the repository has linked, where each says
# so itself.
trees() {
	for entry in "$gitdir"/worktrees/*/gitdir; do
		[ -f "$entry" ] || continue
		read -r link <"$entry" || return
		[ -f "$link" ] && read -r back <"$link" || continue
		case $PWD/ in "${link%/.git}"/*) continue ;; esac
		[ "$back" != "gitdir: ${entry%/gitdir}" ] || rm -rf "${link%/.git}" || return
	done
}

# modules: repositories of submodules end at the commits that the base names. Those of
# which it names none go, and whatever else lies there.
modules() {
	[ -d "$gitdir/modules" ] || return 0
	links=$tmp/links kept=$tmp/kept
	submodules >"$links"
	: >"$kept"
	find "$gitdir/modules" -type f -name HEAD | sort >"$tmp/heads" || return
	while IFS= read -r entry; do
		entry=${entry%/HEAD}
		[ -d "$entry/objects" ] || continue
		if (module "$entry"); then
			printf '%s/\n' "$entry" >>"$kept"
		else
			rm -rf "$entry" || return
		fi
	done <"$tmp/heads"
	find "$gitdir/modules" ! -type d | grep -Fv -f "$kept" >"$tmp/strays"
	while IFS= read -r entry; do
		rm -f "$entry" || return
	done <"$tmp/strays"
}

# submodules: the commits that the commit names.
submodules() { g ls-tree -r "$commit" | sed -n 's/^160000 commit \([0-9a-f]*\)	.*/\1/p'; }

# module GITDIR: cuts the repository of a submodule. Its own scratch is below the other.
module() {
	gitdir=$1 objects=$1/objects GIT_DIR=$1 tmp=$tmp/module commit=
	mkdir -p "$tmp" && [ -d "$gitdir" ] || return
	while read -r id; do
		commit=$(g rev-parse -q --verify "$id^{commit}") && break
	done <"$links"
	[ -n "$commit" ] && references && leftovers && purge && submodules >>"$links"
}

# clean: every object is reachable. Counting is enough where it agrees, and
# fast where packs have bitmaps; else the ids are compared one by one.
clean() {
	if ! [ -s "$objects/info/alternates" ]; then
		stored=$(g count-objects -v | sed -n -e 's/^count: \([0-9]*\)$/+\1/p' \
			-e 's/^in-pack: \([0-9]*\)$/+\1/p' -e 's/^prune-packable: \([0-9]*\)$/-\1/p')
		reached=$(g rev-list --objects --use-bitmap-index --count "$commit" --tags) || return 2
		[ $((0 $stored)) != "$reached" ] || return 0
	fi
	g cat-file --batch-all-objects --batch-check='%(objectname)' >"$tmp/stored" || return 2
	g rev-list --objects "$commit" --tags >"$tmp/reached" || return 2
	cut -d ' ' -f 1 "$tmp/reached" >"$tmp/ids" || return 2
	sort "$tmp/stored" "$tmp/ids" "$tmp/ids" | uniq -u >"$tmp/extra" || return 2
	[ ! -s "$tmp/extra" ]
}

repack() {
	rm -f "$objects"/pack/*.keep "$objects"/pack/*.promisor "$objects"/pack/multi-pack-index*
	g repack -q -a -d && rm -f "$objects/info/alternates" && g prune-packed -q &&
		g prune --expire=now
}

# purge removes objects until all are reachable.
purge() {
	for step in prune repack none; do
		clean && return
		[ $? = 1 ] || return 91
		case $step in
		prune) [ -s "$objects/info/alternates" ] || g prune --expire=now ;;
		repack) repack ;;
		esac || return 1
	done
	return 94
}

commit=$(g rev-parse -q --verify "$base^{commit}") || fail 94 "no commit $base in $PWD"
references || fail 1 "references cannot be removed"
trees && leftovers || fail 1 "$gitdir cannot be cleaned"
purge
case $? in
0) ;;
1) fail 1 "objects cannot be removed" ;;
91) fail 91 "the objects cannot be listed" ;;
*)
	g cat-file --batch-check <"$tmp/extra" | head -n 5
	fail 94 "objects remain that $base does not reach:"
	;;
esac
modules || fail 1 "$gitdir/modules cannot be cleaned"
