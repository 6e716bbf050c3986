"""distributed-curator's MinHash over FILE.parquet -> FOLDER/labels.npy: a label for each row.

Run in an environment of its own (Spark 3.5): FILE, FOLDER, threads.
"""

import json
import os
import sys
import time

import numpy as np
import pyarrow.parquet as pq
from distributed_curator import get_jar_path, partition_aware_deduplicate
from pyspark.sql import SparkSession


def main() -> None:
    """Cluster the texts by character 5-grams, 128 hashes in 32 bands."""
    place, folder, threads = sys.argv[1:]
    os.environ["PYSPARK_PYTHON"] = sys.executable  # workers need the package, too
    started = time.perf_counter()
    spark = (
        SparkSession.builder.master(f"local[{threads}]")
        .config("spark.jars", get_jar_path())
        .config("spark.driver.memory", "8g")
        .config("spark.sql.shuffle.partitions", "8")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .getOrCreate()
    )
    start_up_s = time.perf_counter() - started
    table = spark.read.parquet(place).selectExpr("CAST(id AS string) AS doc_id", "text")
    found = partition_aware_deduplicate(
        spark, table, text_column="text", similarity_threshold=0.7, num_hashes=128, num_bands=32,
        num_partitions=8, ngram=5,
    ).select("doc_id", "representative_id").toPandas()  # fmt: skip
    ids = pq.read_table(place)["id"].to_numpy()
    order = np.argsort(ids)
    rows = order[np.searchsorted(ids[order], found["doc_id"].to_numpy().astype(np.int64))]
    labels = np.arange(len(ids))
    named = found["representative_id"].notna().to_numpy()
    targets = found["representative_id"].fillna("0").to_numpy().astype(np.int64)
    labels[rows[named]] = order[np.searchsorted(ids[order], targets[named])]
    np.save(f"{folder}/labels.npy", labels)
    print(json.dumps({"start_up_s": start_up_s, "answer": f"{folder}/labels.npy"}))


if __name__ == "__main__":
    main()
