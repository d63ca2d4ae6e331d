#!/bin/bash
#SBATCH --output=%x.log
set -eu
bench db merge "$RUN.db" "$RUN".[0-9]*.db
bench compare "$RUN" --db "$RUN.db"
