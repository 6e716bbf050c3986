#!/usr/bin/env bash
# Runs the stages of the kind cpu, from FIRST to LAST, on EMR Serverless, which has no GPUs.
# A template: checked by tests/deploy against a model of EMR Serverless, not run there. See README.md.
set -euo pipefail

: "${CODE:?URI of the uploaded jobs/ folder and env.tar.gz}"
: "${WAREHOUSE:?URI of the tables}"
: "${APPLICATION:?id of a Spark application of release emr-spark-8.0.0 or later}"
: "${ROLE:?ARN of the role that the job takes}"
: "${FIRST:=extract_documents}" "${LAST:=filter_images}"
: "${INPUT:=}" "${FORMAT:=obelics}"

# shellcheck source=deploy/stages.sh
source "$(dirname "$0")/../stages.sh"
delta=/usr/share/aws/delta/lib
python=./environment/bin/python
conf=(
  "spark.jars=$delta/delta-spark.jar,$delta/delta-storage.jar"
  "spark.archives=$CODE/env.tar.gz#environment"
  "spark.emr-serverless.driverEnv.PYSPARK_DRIVER_PYTHON=$python"
  "spark.emr-serverless.driverEnv.PYSPARK_PYTHON=$python"
  "spark.executorEnv.PYSPARK_PYTHON=$python"
  "spark.emr-serverless.driverEnv.REALSYN_MODELS=./environment/models"
  "spark.executorEnv.REALSYN_MODELS=./environment/models"
  "spark.executor.cores=4"
  "spark.executor.memory=12g"
  "spark.executor.memoryOverhead=8g"
  "spark.dynamicAllocation.enabled=false"
)
parameters="${conf[*]/#/--conf }"
choose_stages "$FIRST" "$LAST"

for entry in "${STAGES[@]}"; do
  read -r stage kind <<< "$entry"
  if [[ $kind != cpu ]]; then
    echo "$stage needs the kind $kind: run it on a cluster (submit.sh)" >&2
    exit 2
  fi
  arguments="\"--env\", \"emr\", \"--warehouse\", \"$WAREHOUSE\""
  if [[ $stage == extract_documents ]]; then
    arguments+=", \"--input\", \"${INPUT:?URI of the documents}\", \"--format\", \"$FORMAT\""
  fi
  driver=$(printf '{"sparkSubmit": {"entryPoint": "%s", "entryPointArguments": [%s], "sparkSubmitParameters": "%s"}}' \
    "$CODE/jobs/$stage.py" "$arguments" "$parameters")
  job=$(aws emr-serverless start-job-run --application-id "$APPLICATION" --execution-role-arn "$ROLE" \
    --name "$stage" --job-driver "$driver" --query jobRunId --output text)
  echo "$stage: job run $job"
  state=PENDING
  while [[ ! $state =~ ^(SUCCESS|FAILED|CANCELLED)$ ]]; do
    sleep "${POLL_S:-20}"
    state=$(aws emr-serverless get-job-run --application-id "$APPLICATION" --job-run-id "$job" \
      --query jobRun.state --output text)
  done
  [[ $state == SUCCESS ]] || { echo "$stage: $state" >&2; exit 1; }
done
