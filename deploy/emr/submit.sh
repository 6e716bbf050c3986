#!/usr/bin/env bash
# Submits the line to EMR, one step for each stage, on the cluster of its kind, and waits for each.
# A template: checked for form by tests/test_deploy.py, not run on EMR. See README.md.
set -euo pipefail

: "${CODE:?URI of the uploaded jobs/ folder and env.tar.gz, such as s3://bucket/realsyn/0.1.0}"
: "${WAREHOUSE:?URI of the tables, such as s3://bucket/warehouse}"
: "${INPUT:?URI of the documents}"
: "${FORMAT:=obelics}"
: "${CPU_CLUSTER:?cluster id}" "${GPU_CLUSTER:?cluster id}" "${LLM_CLUSTER:?cluster id}"
declare -A CLUSTERS=([cpu]="$CPU_CLUSTER" [gpu]="$GPU_CLUSTER" [llm]="$LLM_CLUSTER")

# shellcheck source=deploy/stages.sh
source "$(dirname "$0")/../stages.sh"
choose_stages "${FIRST:-}" "${LAST:-}"

for entry in "${STAGES[@]}"; do
  read -r stage kind <<< "$entry"
  arguments="--deploy-mode,cluster"
  arguments+=",--archives,$CODE/env.tar.gz#environment"
  arguments+=",--conf,spark.pyspark.python=./environment/bin/python"
  arguments+=",--conf,spark.yarn.appMasterEnv.REALSYN_MODELS=./environment/models"
  arguments+=",--conf,spark.executorEnv.REALSYN_MODELS=./environment/models"
  arguments+=",$CODE/jobs/$stage.py,--env,emr,--warehouse,$WAREHOUSE"
  if [[ $stage == extract_documents ]]; then
    arguments+=",--input,$INPUT,--format,$FORMAT"
  fi
  step=$(aws emr add-steps --cluster-id "${CLUSTERS[$kind]}" --query "StepIds[0]" --output text \
    --steps "Type=Spark,Name=$stage,ActionOnFailure=CONTINUE,Args=[$arguments]")
  echo "$stage: step $step on the $kind cluster"
  aws emr wait step-complete --cluster-id "${CLUSTERS[$kind]}" --step-id "$step"
done
