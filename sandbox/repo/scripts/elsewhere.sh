# elsewhere NAMES…: standard input is a patch. Prints where outside of the repository its
# result may lie, as KIND, a tab, a path: repositories, packs and bundles that have a file
# as the patch leaves it, files with one of the names, archives and installed packages.
locate
store=$(mktemp -d 2>&1) || fail 1 "$store"
private "$store" || fail 1 "$store cannot be written"
scratch "$store/tmp"
cat >"$tmp/patch"
: >"$tmp/ids"
if git read-tree "$head" && git apply --cached --whitespace=nowarn "$tmp/patch"; then
	git diff-index --cached --raw --no-abbrev --no-renames --diff-filter=AM "$head" |
		sed 's/^:[0-9]* [0-9]* [0-9a-f]* \([0-9a-f]*\) .*/\1/' >"$tmp/ids"
fi

# has reports whether an index of a pack names one of the files.
has() { git show-index <"$1" | grep -q -F -f "$tmp/ids"; }

# holds reports whether a repository, pack or bundle has one of the files.
holds() {
	[ -s "$tmp/ids" ] || return
	case $1 in
	*/objects)
		[ -f "${1%/objects}/HEAD" ] || return
		while IFS= read -r id; do
			GIT_DIR=${1%/objects} git cat-file -e "$id" && return
		done <"$tmp/ids"
		return 1
		;;
	*/objects/pack/*) return 1 ;; # of a repository
	*.pack) [ -f "${1%.pack}.idx" ] && has "${1%.pack}.idx" ;;
	*.bundle)
		rm -rf "$tmp/unpacked" && mkdir -p "$tmp/unpacked/pack" || return
		GIT_OBJECT_DIRECTORY=$tmp/unpacked GIT_ALTERNATE_OBJECT_DIRECTORIES=$objects \
			git bundle unbundle "$1"
		for index in "$tmp"/unpacked/pack/*.idx; do has "$index" && return; done
		return 1
		;;
	esac
}

find / -xdev \( -path /proc -o -path /sys -o -path /dev -o -path "$gitdir" -o -path "$store" \) -prune -o \
	\( -name objects -type d -o -name '*.pack' -o -name '*.bundle' \) -print >"$tmp/stores"
while IFS= read -r path; do
	holds "$path" && printf 'repository\t%s\n' "${path%/objects}" >&3
done <"$tmp/stores"
find / -xdev \( -path /proc -o -path /sys -o -path /dev -o -path "$PWD" -o -path "$store" \) -prune -o \
	\( -name '*.whl' -o -name '*.tar.gz' -o -name '*.tar.bz2' -o -name '*.zip' -o -name '*.conda' \
	-o -name '*.egg' -o -name '*.dist-info' -o -name '*.egg-info' \) -print |
	sed 's/^/package	/' >&3
for name in "$@"; do
	find / -xdev \( -path /proc -o -path /sys -o -path /dev -o -path "$PWD" -o -path "$store" \) -prune -o \
		-type f -name "$name" -size -4096k -print | sed 's/^/file	/' >&3
done
