#!/usr/bin/env bash
# One study on the nodes of a Slurm cluster: Redis and the run's own process on the first, a worker on each of them.
#
#   sbatch slurm.sh my-study.yaml
#
# The folder of the study has to be one that all nodes see. When the time is up, or a node fails, call it again: what is
# made stays. More nodes may join a run that is under way: see docs/cluster.md.
#SBATCH --job-name=interbrain
#SBATCH --nodes=4
#SBATCH --ntasks-per-node=1
#SBATCH --cpus-per-task=16
#SBATCH --mem=64G
#SBATCH --time=24:00:00
#SBATCH --signal=B:INT@120
set -euo pipefail

study=${1:?name a study file: sbatch slurm.sh my-study.yaml}
cd "$(dirname "$study")"
study=$(basename "$study")

# Nobody else on the cluster may write into this queue. The password goes over the environment, where ps does not show it.
INTERBRAIN_QUEUE_PASSWORD=$(head -c 24 /dev/urandom | od -An -tx1 | tr -d ' \n')
export INTERBRAIN_QUEUE_PASSWORD
port=$((20000 + SLURM_JOB_ID % 20000))
queue="redis://$(hostname):$port"

# Redis holds nothing that cannot be made again, so it needs no disk.
redis-server - <<END &
port $port
bind * -::*
requirepass $INTERBRAIN_QUEUE_PASSWORD
save ""
appendonly no
maxmemory-policy noeviction
END
redis=$!
trap 'kill $redis 2>/dev/null || true' EXIT

# A worker that fails takes no other with it. They end when the run does.
srun --kill-on-bad-exit=0 --cpus-per-task="${SLURM_CPUS_PER_TASK:-1}" \
  interbrain worker --queue "$queue" --threads "${SLURM_CPUS_PER_TASK:-1}" &

interbrain run "$study" --queue "$queue" &
run=$!
# Two minutes before the time is up Slurm says so; the run then stops in good order.
trap 'kill -INT $run 2>/dev/null || true' INT TERM
code=0
wait "$run" || code=$?
# A signal ends the first wait and not the run.
if kill -0 "$run" 2>/dev/null; then
  code=0
  wait "$run" || code=$?
fi
exit "$code"
