#!/usr/bin/env bash
# Second bootstrap action of the llm cluster, after bootstrap_gpu.sh: a server that speaks the OpenAI protocol on every node.
# vLLM pins its own torch, so it gets an environment of its own. A template, not run here.
set -euo pipefail

python3.12 -m venv /mnt/vllm
/mnt/vllm/bin/pip install --quiet "vllm>=0.33,<0.34"
HF_HOME=/mnt/hub nohup /mnt/vllm/bin/vllm serve meta-llama/Meta-Llama-3-8B-Instruct \
  --host 127.0.0.1 --port 8000 --max-model-len 2048 > /mnt/vllm.log 2>&1 &
