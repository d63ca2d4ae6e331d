# delete ROOT: standard input is what directories below ROOT hold, as copy prints it.
# What else they hold here goes; those that are not here are made.
dir=$(mktemp -d 2>/dev/null) || dir=$(mktemp -d "$PWD/.git/delete.XXXXXX" 2>&1) || fail 1 "$dir"
scratch "$dir"
sort -u >"$tmp/held"
cd "$1" || fail 1 "$1 cannot be entered"
grep '/$' "$tmp/held" | while IFS= read -r name; do
	mkdir -p "$name" && entries "${name%/}"
done | sort -u | comm -23 - "$tmp/held" | grep '^\./' | grep -vxF "./${tmp#"${1%/}/"}" >"$tmp/gone"
while IFS= read -r name; do
	rm -rf "$name" || fail 1 "$name cannot be deleted"
done <"$tmp/gone"
