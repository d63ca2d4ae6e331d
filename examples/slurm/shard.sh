#!/bin/bash
#SBATCH --requeue --open-mode=append --output=%x-%a.log --signal=B:TERM@120
# One shard of a run on one node: begun, or resumed where the node was taken away or time
# was up. SIGTERM stops bench in order, as nothing stands between Slurm and it.
set -eu
db=$RUN.$SLURM_ARRAY_TASK_ID.db
if bench status "$RUN" --db "$db" >/dev/null 2>&1; then
	exec bench resume "$RUN" --db "$db"
fi
exec bench run --config "$CONFIG" --run-id "$RUN" --db "$db" --shard "$SLURM_ARRAY_TASK_ID/$SHARDS"
