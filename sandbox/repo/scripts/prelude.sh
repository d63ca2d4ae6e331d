# Before every script. Chatter goes to a log that only failures show; results
# go to descriptor 3. Only the environment and git directories made here decide
# how git behaves: configuration, hooks, filters and drivers of the repository
# or of the user never run.
set -u
LC_ALL=C
export LC_ALL
unset GIT_DIR GIT_WORK_TREE GIT_COMMON_DIR GIT_INDEX_FILE GIT_OBJECT_DIRECTORY \
	GIT_ALTERNATE_OBJECT_DIRECTORIES GIT_NAMESPACE GIT_CONFIG GIT_CONFIG_COUNT \
	GIT_CONFIG_PARAMETERS GIT_EXTERNAL_DIFF GIT_DIFF_OPTS GIT_ICASE_PATHSPECS \
	GIT_LITERAL_PATHSPECS GIT_GLOB_PATHSPECS GIT_NOGLOB_PATHSPECS GIT_SHALLOW_FILE
GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null GIT_ATTR_NOSYSTEM=1
GIT_NO_REPLACE_OBJECTS=1 GIT_GRAFT_FILE=/dev/null/none GIT_TERMINAL_PROMPT=0
GIT_NO_LAZY_FETCH=1 GIT_ALLOW_PROTOCOL=none
HOME=/dev/null XDG_CONFIG_HOME=/dev/null
export GIT_CONFIG_NOSYSTEM GIT_CONFIG_GLOBAL GIT_ATTR_NOSYSTEM
export GIT_NO_LAZY_FETCH GIT_ALLOW_PROTOCOL
export GIT_NO_REPLACE_OBJECTS GIT_GRAFT_FILE GIT_TERMINAL_PROMPT HOME XDG_CONFIG_HOME
umask 022
exec 3>&1
tmp= nested=enter

# fail CODE WORDS… ends the script with the words and what git said last.
fail() {
	code=$1
	shift
	printf '%s\n' "$*" >&3
	[ -z "$tmp" ] || tail -n 20 "$tmp/log" | tail -c 4000 >&3
	exit "$code"
}

# scratch DIR becomes $tmp, and goes when the script ends.
scratch() {
	tmp=$1
	trap 'rm -rf "$tmp"' EXIT
	exec >"$tmp/log" 2>&1
}

# entries DIR prints the names of what a directory holds, as DIR/NAME.
entries() {
	for entry in "$1"/* "$1"/.[!.]* "$1"/..?*; do
		if [ -e "$entry" ] || [ -L "$entry" ]; then printf '%s\n' "$entry"; fi
	done
}

# locate finds the repository of the current directory, and no other: parents
# are not searched, and owners do not matter. An old git repeats the question
# about the format instead of answering it, and any git the name HEAD where
# there is no commit.
locate() {
	[ -e .git ] || fail 91 "no .git in $PWD"
	found=$(GIT_DIR=$PWD/.git git rev-parse --absolute-git-dir --git-path objects \
		--git-path info/exclude --show-object-format HEAD 2>/dev/null) || :
	{
		IFS= read -r gitdir
		IFS= read -r objects
		IFS= read -r exclude
		IFS= read -r format
		IFS= read -r head
	} <<-END
		$found
	END
	[ -n "$head" ] || fail 91 "$(GIT_DIR=$PWD/.git git rev-parse --git-dir 2>&1)"
	[ "$format" = sha256 ] || format=sha1
	[ "$head" != HEAD ] || head=
}

# private DIR makes DIR a git directory of our own and git's choice, with DIR/tmp
# for scratch. It reads objects from $objects. Its attributes outrank those in the work tree, so that
# files are taken byte for byte.
private() {
	mkdir -p "$1/objects/info" "$1/refs" "$1/info" "$1/tmp" || return
	printf 'ref: refs/heads/none\n' >"$1/HEAD" || return
	printf '* -text !eol %s -filter %s\n' "${drivers-!diff}" "${encoding--working-tree-encoding}" >"$1/info/attributes" || return
	[ -z "${objects-}" ] || printf '%s\n' "$objects" >"$1/objects/info/alternates" || return
	version=0
	[ "${format-sha1}" = sha1 ] || version=1
	{
		printf '[core]\n\trepositoryFormatVersion = %d\n\tbare = false\n' "$version"
		printf '\tautocrlf = false\n\tfileMode = true\n\tsymlinks = true\n'
		printf '\tfsync = none\n\tfsyncObjectFiles = false\n'
		[ "${format-sha1}" = sha1 ] || printf '[extensions]\n\tobjectFormat = %s\n' "$format"
	} >"$1/config" || return
	GIT_DIR=$1 GIT_WORK_TREE=$PWD GIT_INDEX_FILE=$1/index
	export GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE
}

# declared tells whether attributes say more than what private wrote.
declared() {
	{ read -r _ && read -r _; } <"$1"
}

# plain takes files byte for byte that are not in the encoding that their
# attribute says. It fails where no encodings are declared.
plain() {
	declared "$GIT_DIR/info/attributes" || return
	git ls-files -m -o --exclude-standard | sort -u | while IFS= read -r name; do
		printf '%s\n' "$name" | git hash-object -w --stdin-paths ||
			printf '"/%s" -working-tree-encoding\n' "$name"
	done | grep '^"/' >>"$GIT_DIR/info/attributes"
}

# readd adds tracked paths one by one: what can be no part of a tree any more,
# such as a pipe, counts as deleted.
readd() {
	git diff-files -z --name-only --diff-filter=d | xargs -0 -n 1 sh -c '
		git update-index --replace --remove -- "$1" && exit 0
		[ -f "$1" ] && exit 255
		git update-index --force-remove -- "$1"' sh
}

# untracked writes the untracked files to $tmp/new. Git does not look into
# repositories within the work tree unless it tracks a file there: so it is
# told that it does; or, where $nested is "leave", those without one are listed in
# $tmp/left instead.
untracked() {
	: >"$tmp/pretended"
	: >"$tmp/left"
	while git ls-files -o --exclude-standard >"$tmp/new"; do
		: >"$tmp/nested"
		[ ! -s "$tmp/new" ] || sed -n '/\/"\{0,1\}$/p' "$tmp/new" >"$tmp/nested" || return
		if ! [ -s "$tmp/nested" ]; then
			[ ! -s "$tmp/pretended" ] || git update-index --force-remove --stdin <"$tmp/pretended"
			return
		fi
		if [ "$nested" = leave ]; then
			sed 's|/\("\{0,1\}\)$|\1|' "$tmp/nested" >"$tmp/left" || return
			sed '/\/"\{0,1\}$/d' "$tmp/new" >"$tmp/files" && mv "$tmp/files" "$tmp/new"
			return
		fi
		sed 's|/\("\{0,1\}\)$|/.pretended\1|' "$tmp/nested" >"$tmp/inside" || return
		empty=$(git hash-object --stdin </dev/null) || return
		sed "s|^|100644 $empty 0	|" "$tmp/inside" | git update-index --index-info || return
		cat "$tmp/inside" >>"$tmp/pretended" || return
	done
	return 1
}

# snapshot brings the index in line with the work tree: tracked files, and
# untracked ones that are not ignored.
snapshot() {
	git diff-files --name-status >"$tmp/status" || return
	if [ -s "$tmp/status" ]; then
		sed -n -e "s/^D	//w $tmp/gone" -e "s/^[^D]	//w $tmp/changed" "$tmp/status" || return
		[ ! -s "$tmp/gone" ] || git update-index --force-remove --stdin <"$tmp/gone" || return
		[ ! -s "$tmp/changed" ] || git update-index --replace --remove --stdin <"$tmp/changed" ||
			readd || return
	fi
	untracked || return
	[ ! -s "$tmp/new" ] || git update-index --add --remove --replace --stdin <"$tmp/new"
}

command -v git >/dev/null || PATH=$PATH:/usr/local/bin:/usr/bin:/bin:/opt/miniconda3/bin
command -v git >/dev/null || fail 90 "no git in the sandbox"
