#!/bin/bash
# submit.sh CONFIG RUN SHARDS [SBATCH OPTIONS…]: a run in so many shards, and their merge.
# The same again goes on with what is not done.
set -eu
here=$(dirname "$0")
export CONFIG=$1 RUN=$2 SHARDS=$3
array=$(sbatch --parsable --array="1-$SHARDS" --job-name="$RUN" "${@:4}" "$here/shard.sh")
sbatch --parsable --job-name="$RUN-merge" --dependency="afterany:$array" "$here/merge.sh"
