#!/usr/bin/env bash
# Starts the three kinds of cluster and prints what submit.sh wants to know of them.
# A template: checked by tests/deploy against a model of EMR, not run on EMR. See README.md.
set -euo pipefail

: "${CODE:?URI of the uploaded files, such as s3://bucket/realsyn/0.1.0}"
: "${LOGS:?URI for the logs, such as s3://bucket/logs/}"
: "${SUBNET:?subnet id}"
: "${SERVICE_ROLE:=EMR_DefaultRole}" "${INSTANCE_PROFILE:=EMR_EC2_DefaultRole}"
: "${RELEASE:=emr-spark-8.0.0}"
: "${IDLE_S:=3600}"

here=$(cd "$(dirname "$0")" && pwd)
for kind in cpu gpu llm; do
  actions=()
  [[ $kind == cpu ]] || actions+=("Path=$CODE/bootstrap_gpu.sh,Name=cgroup")
  [[ $kind != llm ]] || actions+=("Path=$CODE/bootstrap_llm.sh,Name=vllm")
  cluster=$(aws emr create-cluster --name "realsyn-$kind" --release-label "$RELEASE" \
    --applications Name=Spark \
    --configurations "file://$here/$kind.json" \
    --instance-groups "file://$here/instances_$kind.json" \
    --service-role "$SERVICE_ROLE" \
    --ec2-attributes "InstanceProfile=$INSTANCE_PROFILE,SubnetId=$SUBNET" \
    --log-uri "$LOGS" \
    --auto-termination-policy "IdleTimeout=$IDLE_S" \
    ${actions[@]+--bootstrap-actions "${actions[@]}"} \
    --query ClusterId --output text)
  echo "export ${kind^^}_CLUSTER=$cluster"
done
