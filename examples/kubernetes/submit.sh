#!/bin/sh
# submit.sh: the shards, and their merge when all of them have ended. The same again goes
# on with what is not done.
set -eu
here=$(dirname "$0")
kubectl delete job bench-shards bench-merge --ignore-not-found
kubectl apply -f "$here/shards.yaml"
until kubectl get job bench-shards -o 'jsonpath={.status.conditions[*].type}' |
	grep -Eqw 'Complete|Failed'; do
	sleep 10
done
kubectl apply -f "$here/merge.yaml"
