#!/usr/bin/env bash
# Init script of the llm cluster: a server that speaks the OpenAI protocol on every node.
# vLLM pins its own torch, so it gets an environment of its own. A template, not run here.
set -euo pipefail

python3 -m venv /local_disk0/vllm
/local_disk0/vllm/bin/pip install --quiet "vllm>=0.33,<0.34"
export HF_HOME=/local_disk0/hub
nohup /local_disk0/vllm/bin/vllm serve meta-llama/Meta-Llama-3-8B-Instruct \
  --host 127.0.0.1 --port 8000 --max-model-len 2048 > /local_disk0/vllm.log 2>&1 &

for _ in $(seq 120); do
  curl --silent --fail http://127.0.0.1:8000/v1/models > /dev/null && exit 0
  sleep 5
done
echo "the server did not answer within ten minutes; see /local_disk0/vllm.log" >&2
exit 1
