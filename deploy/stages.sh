# The stages in order, each with the kind of cluster that conf/emr.yaml gives it; sourced by submit.sh.
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
