# write.sh PATH TEMP: replaces the file at PATH, a real path, by standard input
# in one step. The copy first gives the new file the owner and mode of the old.
t=${1%/*}/$2
cp -p -- "$1" "$t" && cat >"$t" && mv -f -- "$t" "$1" || { rm -f -- "$t"; exit 1; }
