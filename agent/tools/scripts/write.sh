# write.sh PATH TEMP: replaces the file at PATH, a real path, by standard input
# in one step. The copy first gives the new file the owner and mode of the old.
# A file with other names (hard links) is written in its place, so that they all
# go on naming it; that is not one step, but the new content is whole beside it.
t=${1%/*}/$2
links() { shift; [ "$1" -gt 1 ] 2>/dev/null; }
cp -p -- "$1" "$t" && cat >"$t" || { rm -f -- "$t"; exit 1; }
if links $(ls -ld -- "$1"); then
	cat <"$t" >"$1" && rm -f -- "$t" || exit 1
else
	mv -f -- "$t" "$1" || { rm -f -- "$t"; exit 1; }
fi
