#!/usr/bin/env bash
# Submits the line to Kubernetes, one spark-submit for each stage.
# A template: checked for form by tests/test_deploy.py, not run on a cluster. See README.md.
set -euo pipefail

: "${MASTER:?such as k8s://https://host:6443}"
: "${IMAGE:?image of the Dockerfile beside this script}"
: "${WAREHOUSE:?URI of the tables, such as s3a://bucket/warehouse}"
: "${INPUT:?URI of the documents}"
: "${FORMAT:=obelics}"
: "${EXECUTORS:=4}"
: "${NAMESPACE:=default}" "${SERVICE_ACCOUNT:=spark}"

# shellcheck source=deploy/stages.sh
source "$(dirname "$0")/../stages.sh"
choose_stages "${FIRST:-}" "${LAST:-}"
GPU_CONF=(
  --conf spark.executor.resource.gpu.amount=1
  --conf spark.executor.resource.gpu.vendor=nvidia.com
  --conf spark.executor.resource.gpu.discoveryScript=/opt/spark/examples/src/main/scripts/getGpusResources.sh
  --conf spark.task.resource.gpu.amount=1
)

for entry in "${STAGES[@]}"; do
  read -r stage kind <<< "$entry"
  extra=()
  if [[ $kind == gpu ]]; then
    extra+=("${GPU_CONF[@]}")
  fi
  documents=()
  if [[ $stage == extract_documents ]]; then
    documents=(--input "$INPUT" --format "$FORMAT")
  fi
  spark-submit --master "$MASTER" --deploy-mode cluster --name "realsyn-${stage//_/-}" \
    --packages io.delta:delta-spark_4.2_2.13:4.4.0,org.apache.hadoop:hadoop-aws:3.5.0 \
    --conf spark.kubernetes.container.image="$IMAGE" \
    --conf spark.kubernetes.namespace="$NAMESPACE" \
    --conf spark.kubernetes.authenticate.driver.serviceAccountName="$SERVICE_ACCOUNT" \
    --conf spark.executor.instances="$EXECUTORS" \
    --conf spark.executor.memoryOverheadFactor=0.6 \
    --conf spark.kubernetes.submission.waitAppCompletion=true \
    "${extra[@]}" \
    "local:///opt/realsyn-jobs/$stage.py" --env emr --warehouse "$WAREHOUSE" "${documents[@]}"
done
