#!/bin/bash
# Keeps one comment on PULL_REQUEST: it is found again by the marker in the first line of
# the file, and changed. Needs gh, and GH_TOKEN and GITHUB_REPOSITORY.
#
#   comment.sh FILE
set -euo pipefail

file=$1
if [ ! -s "$file" ]; then
	echo "bench gate wrote nothing to comment" >&2
	exit 0
fi
MARKER=$(head -n 1 "$file")
export MARKER
repository=repos/$GITHUB_REPOSITORY
id=$(gh api --paginate "$repository/issues/$PULL_REQUEST/comments" \
	--jq '.[] | select(.body | startswith(env.MARKER)) | .id' | head -n 1)
if [ -n "$id" ]; then
	gh api -X PATCH "$repository/issues/comments/$id" -F "body=@$file" >/dev/null
else
	gh api -X POST "$repository/issues/$PULL_REQUEST/comments" -F "body=@$file" >/dev/null
fi
