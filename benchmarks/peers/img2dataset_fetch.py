"""img2dataset's verdict on each address of FILE.parquet (url) -> FOLDER/came.json, those that came.

Run in an environment of its own: FILE, FOLDER, processes, threads of each, timeout in seconds. It
keeps the bytes as they come where they are JPEG (``skip_reencode``), and honours X-Robots-Tag.
"""

import glob
import json
import sys
import time


def main() -> None:
    """Download everything into webdataset shards, then read which addresses are in them."""
    place, folder, processes, threads, timeout_s = sys.argv[1:]
    started = time.perf_counter()
    import pyarrow.parquet as pq
    from img2dataset import download

    start_up_s = time.perf_counter() - started
    download(
        url_list=place, input_format="parquet", url_col="url", output_format="webdataset",
        output_folder=f"{folder}/shards", processes_count=int(processes),
        thread_count=int(threads), resize_mode="no", skip_reencode=True, retries=1,
        timeout=int(timeout_s), enable_wandb=False,
    )  # fmt: skip
    tables = [pq.read_table(name) for name in sorted(glob.glob(f"{folder}/shards/*.parquet"))]
    came = [
        url
        for table in tables
        for url, status in zip(table["url"].to_pylist(), table["status"].to_pylist())
        if status == "success"
    ]
    with open(f"{folder}/came.json", "w", encoding="utf-8") as file:
        json.dump(came, file)
    print(json.dumps({"start_up_s": start_up_s, "answer": f"{folder}/came.json"}))


if __name__ == "__main__":  # its processes import this file
    main()
