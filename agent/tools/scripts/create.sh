# create.sh PATH TEMP: makes a file of standard input, and the directories it
# needs, unless there is something at PATH. Prints the real path. TEMP is a
# name in the same directory; the link makes it one step that never overwrites.
mkdir -p -- "${1%/*}/" && cd -P -- "${1%/*}/" || exit 1
p=${PWD%/}/${1##*/} t=${PWD%/}/$2
if [ -e "$p" ] || [ -L "$p" ]; then cat >/dev/null; exit 17; fi
cat >"$t" || { rm -f -- "$t"; exit 1; }
if ln -- "$t" "$p" 2>/dev/null; then
	rm -f -- "$t"
elif [ -e "$p" ] || [ -L "$p" ]; then
	rm -f -- "$t"
	exit 17
else
	mv -f -- "$t" "$p" || { rm -f -- "$t"; exit 1; } # a file system without links
fi
printf '%s' "$p"
