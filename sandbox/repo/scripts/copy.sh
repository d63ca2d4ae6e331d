# copy STORE ROOT: prints a tar of the files below the directory ROOT that have
# changed since the baseline, tracked or not, without git's own. Names are
# relative to ROOT. The change of an inode, unlike the time of a file, cannot be
# set back, as tools that unpack archives do.
store=$1 root=$2
[ -f "$store/index" ] || fail 91 "the baseline is gone: $store"
scratch_dir=$(mktemp -d "$store/copy.XXXXXX" 2>&1) || fail 91 "$scratch_dir"
scratch "$scratch_dir"
command -v tar >/dev/null || fail 95 "no tar in the sandbox"
newer=-cnewer
find "$store" -prune -cnewer "$store/index" >/dev/null || newer=-newer
git=$PWD/.git
cd "$root" || fail 1 "$root cannot be entered"
find . -xdev \( -path "./${git#"${root%/}/"}" -prune \) -o \( -type f -o -type l \) "$newer" "$store/index" -print |
	grep -v '^[^.]' >"$tmp/changed"
[ ! -s "$tmp/changed" ] || tar -cf - -T "$tmp/changed" >&3
