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
	# Files stay as they are; only the index forgets what was staged.
	g diff-index --cached --quiet "$commit" -- || g read-tree --reset "$commit"
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

commit=$(g rev-parse -q --verify "$base^{commit}") || fail 94 "no commit $base in $PWD"
references || fail 1 "references cannot be removed"
leftovers || fail 1 "$gitdir cannot be cleaned"
for step in prune repack none; do
	clean && exit 0
	[ $? = 1 ] || fail 91 "the objects cannot be listed"
	case $step in
	prune) [ -s "$objects/info/alternates" ] || g prune --expire=now ;;
	repack) repack ;;
	esac || fail 1 "objects cannot be removed"
done
g cat-file --batch-check <"$tmp/extra" | head -n 5
fail 94 "objects remain that $base does not reach:"
