# The stages in order, each with the kind of cluster that conf/emr.yaml gives it; sourced by the scripts.
STAGES=(
  "extract_documents cpu"
  "fetch_images cpu"
  "filter_images cpu"
  "embed_images gpu"
  "dedup_images cpu"
  "filter_sentences gpu"
  "embed_sentences gpu"
  "dedup_sentences cpu"
  "cluster_sentences cpu"
  "retrieve_texts cpu"
  "describe_images gpu"
  "generate_texts llm"
  "balance_pairs gpu"
  "publish_release cpu"
  "assess_release cpu"
)

# Leaves the stages from one to another; an empty name is that end of the line.
choose_stages() {
  local first=$1 last=$2 chosen=() entry
  for entry in "${STAGES[@]}"; do
    [[ -z $first || ${entry% *} == "$first" || ${#chosen[@]} -gt 0 ]] && chosen+=("$entry")
    [[ ${entry% *} == "$last" ]] && break
  done
  [[ ${#chosen[@]} -gt 0 ]] || { echo "FIRST=$first is no stage before LAST=$last" >&2; exit 2; }
  STAGES=("${chosen[@]}")
}
