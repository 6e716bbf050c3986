#!/usr/bin/env bash
# Bootstrap action of the clusters with GPUs: a cgroup in which YARN may shut devices off.
# Amazon Linux 2023 has cgroup v2, YARN's GPU plug-in still wants v1: gpu.json names the same place.
set -euo pipefail

sudo mkdir -p /yarn-cgroup/devices
sudo mount -t cgroup -o devices cgroupv1-devices /yarn-cgroup/devices
sudo chmod -R a+rwx /yarn-cgroup
