# read.sh PATH LIMIT: says what is at PATH and prints it.
#   file LF real path LF the first LIMIT bytes
#   dir LF real path LF then, two levels deep, every name and a NUL
#   missing LF real path LF | other LF real path LF
# Only builtins and head, so that it costs one fork.
p=$1
if [ -d "$p" ]; then
	cd -P -- "$p" && printf 'dir\n%s\n' "$PWD" || exit 1
	for f in * */*; do
		[ -e "$f" ] || [ -L "$f" ] || continue
		if [ -d "$f" ]; then printf '%s/\0' "$f"; else printf '%s\0' "$f"; fi
	done
	exit 0
fi
if [ -L "$p" ]; then
	p=$(readlink -f -- "$p") || { echo 'a link that leads nowhere'; exit 1; }
fi
if cd -P -- "${p%/*}/" 2>/dev/null; then p=${PWD%/}/${p##*/}; fi
if [ -f "$p" ]; then
	[ -r "$p" ] || { echo 'permission denied'; exit 1; }
	printf 'file\n%s\n' "$p"
	exec head -c "$2" -- "$p"
fi
kind=missing
[ -e "$p" ] && kind=other
printf '%s\n%s\n' "$kind" "$p"
