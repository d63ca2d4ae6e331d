# copy STORE ROOT: prints what has changed below the directory ROOT since the
# baseline, tracked or not, without git's own: a line with a number of bytes, as
# many bytes of what directories hold in which something was made or deleted, and a
# tar of the files that are new or were written. Names are relative to ROOT. The
# change of an inode, unlike the time of a file, cannot be set back, as tools that
# unpack archives do.
store=$1 root=$2
[ -f "$store/index" ] || fail 91 "the baseline is gone: $store"
scratch_dir=$(mktemp -d "$store/copy.XXXXXX" 2>&1) || fail 91 "$scratch_dir"
scratch "$scratch_dir"
command -v tar >/dev/null || fail 95 "no tar in the sandbox"
newer=-cnewer
find "$store" -prune -cnewer "$store/index" >/dev/null || newer=-newer
git=$PWD/.git
cd "$root" || fail 1 "$root cannot be entered"
find . -xdev \( -path "./${git#"${root%/}/"}" -prune \) -o \( -type f -o -type l -o -type d \) \
	"$newer" "$store/index" -print | grep -v '^[^.]' >"$tmp/found"
while IFS= read -r name; do
	if [ -d "$name" ] && ! [ -L "$name" ]; then
		printf '%s\n' "$name/"
		entries "$name" >&4
	else
		printf '%s\n' "$name" >&5
	fi
done <"$tmp/found" >"$tmp/held" 4>"$tmp/entries" 5>"$tmp/changed"
cat "$tmp/entries" >>"$tmp/held"
printf '%d\n' "$(wc -c <"$tmp/held")" >&3
cat "$tmp/held" >&3
[ ! -s "$tmp/changed" ] || tar -cf - -T "$tmp/changed" >&3
