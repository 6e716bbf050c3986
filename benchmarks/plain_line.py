"""The line's stages without an engine: the same realsyn_lib, udfs and models in plain processes.

Each stage reads its inputs from the tables that the line has committed, works in as many
processes as the line has cores, and writes parquet. What Spark SQL does is Arrow here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from dataclasses import asdict, dataclass
from functools import partial
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from jobs.dedup_sentences import rules_of
from jobs.generate_texts import answer_rules
from jobs.inputs import InputSpec, list_inputs
from jobs.model_digests import model_folder_of, open_registry, parser_use
from jobs.settings import fetch_rules
from realsyn_lib.config import Config
from realsyn_lib.dedup.chance import safe_distance
from realsyn_lib.dedup.components import connected_components
from realsyn_lib.dedup.near_hashes import near_hashes
from realsyn_lib.dedup.near_texts import near_texts
from realsyn_lib.dedup.near_vectors import near_vectors
from realsyn_lib.documents import DocumentLimits
from realsyn_lib.embeddings import CENTROID_TYPE, vectors_of
from realsyn_lib.generation.answer import AnswerRules
from realsyn_lib.ids import content_hash_id
from realsyn_lib.images.rules import ImageRules
from realsyn_lib.opt_out import OptOut
from realsyn_lib.retrieval.blocks import plan_blocks
from realsyn_lib.retrieval.centroids import small_centroids
from realsyn_lib.retrieval.levels import one_level
from realsyn_lib.retrieval.search import SearchRules
from realsyn_lib.sentences.rules import SentenceRules, text_reasons
from udfs.ask_generator import ask_generator
from udfs.check_answers import check_answers
from udfs.describe_images import DescribeRules, describe_images
from udfs.digest_prompts import digest_prompts
from udfs.embed_images import embed_images
from udfs.embed_texts import embed_texts
from udfs.extract_documents import extract_documents
from udfs.fetch_bytes import fetch_bytes
from udfs.fit_centroids import fit_centroids_of
from udfs.guarded_decode import ChildLimits
from udfs.judge_sentences import judge_sentences
from udfs.mapped_words import WordFile
from udfs.measure_images import measure_images
from udfs.nearest_cluster import nearest_cluster
from udfs.read_documents import reading
from udfs.route_to_blocks import SENTENCE_PACK, deal_sentences, route_images
from udfs.search_blocks import search_blocks
from udfs.text_keys import keyed_texts
from udfs.worker_models import ModelUse

Read = Callable[[str], pa.Table]
Batches = Iterator[pa.RecordBatch]


@dataclass(frozen=True)
class Plain:
    """What every stage needs: settings, the committed tables, processes, a folder for output."""

    config: Config
    read: Read
    pool: Executor
    processes: int
    folder: Path
    pages: str
    words: WordFile

    def mapped(self, name: str, factory: Callable[..., Any], rows: pa.Table, *settings: Any) -> int:
        """Apply ``factory(*settings)`` to equal slices in the processes; each writes its part."""
        bounds = np.linspace(0, rows.num_rows, self.processes + 1).astype(int).tolist()
        slices = [rows.slice(a, b - a) for a, b in pairwise(bounds)]
        places = [str(self.folder / f"{name}-{number}.parquet") for number in range(len(slices))]
        work = partial(_worked, factory, settings, self.config.batch.arrow_rows)
        return sum(self.pool.map(work, slices, places))

    def model(self, role: str) -> ModelUse:
        """The model of a role."""
        return ModelUse(getattr(self.config.models, role), self.config.resources.threads_per_task)

    def limits(self) -> ChildLimits:
        """Bounds of the decoding child, as the line has them."""
        return ChildLimits(
            self.config.images.decode_timeout_s, 2 * 2**30, self.config.batch.max_bytes
        )

    def kept(self, name: str) -> pa.Table:
        """Rows of a table that no rule dropped."""
        rows = self.read(name)
        return rows.filter(pc.is_null(rows["drop_reason"]))

    def of(self, rows: pa.Table, key: str, ids: pa.ChunkedArray) -> pa.Table:
        """Rows whose key is among the ids."""
        return rows.filter(pc.is_in(rows[key], ids.combine_chunks()))

    def survivors(self, rows: pa.Table, key: str, duplicates: str) -> pa.Table:
        """Rows that are their own representative."""
        found = self.read(duplicates)
        gone = found.filter(pc.not_equal(found["id"], found["representative_id"]))["id"]
        return rows.filter(pc.invert(pc.is_in(rows[key], gone.combine_chunks())))


def _worked(
    factory: Callable[..., Any], settings: tuple[Any, ...], batch: int, rows: pa.Table, place: str
) -> int:
    batches = list(factory(*settings)(iter(rows.to_batches(max_chunksize=batch))))
    if not batches:
        return 0
    found = pa.Table.from_batches(batches)
    pq.write_table(found, place, compression="snappy")
    return found.num_rows


def extract_documents_plain(plain: Plain) -> int:
    """Files -> documents -> one row for each image and for each sentence."""
    spec = InputSpec(paths=(plain.pages,), format="html")
    files = [{**asdict(file), "reason": file.problem} for file in list_inputs(spec).documents]
    rows = pa.Table.from_pylist(files)
    sources = plain.config.sources
    limits = DocumentLimits(
        sources.max_document_bytes, sources.max_items, sources.max_sentence_chars
    )
    splitter = model_folder_of(plain.config.models.splitter)
    documents = plain.mapped("documents", _read_and_extract, rows, limits, splitter)
    parts = sorted(plain.folder.glob("documents-*.parquet"))
    items = pc.list_flatten(pa.concat_tables(map(pq.read_table, parts))["items"])
    for kind, write in (("image", _image_rows), ("text", _sentence_rows)):
        found = write(items.filter(pc.equal(pc.struct_field(items, "kind"), kind)))
        pq.write_table(found, plain.folder / f"{kind}s.parquet")
    return documents


def _read_and_extract(limits: DocumentLimits, splitter: str) -> Callable[[Batches], Batches]:
    extract = extract_documents("html", limits, splitter, OptOut())
    return reading(extract, limits.max_document_bytes)


def _image_rows(items: pa.ChunkedArray) -> pa.Table:
    urls = pc.struct_field(items, "url")
    ids = [content_hash_id(url) if url else None for url in urls.to_pylist()]
    alt_texts = pc.struct_field(items, "alt_text")
    return pa.table({"image_id": pa.array(ids, pa.int64()), "url": urls, "alt_text": alt_texts})


def _sentence_rows(items: pa.ChunkedArray) -> pa.Table:
    texts = pc.list_flatten(pc.struct_field(items, "sentences"))
    ids = [content_hash_id(text) for text in texts.to_pylist()]
    return pa.table({"sentence_id": pa.array(ids, pa.int64()), "text": texts})


def fetch_images(plain: Plain) -> int:
    """Distinct addresses -> bytes."""
    found = plain.kept("images_found")
    wanted = (
        found.group_by("image_id").aggregate([("url", "min")]).rename_columns(["image_id", "url"])
    )
    rules = fetch_rules(plain.config)
    return plain.mapped("image_bytes", fetch_bytes, wanted, rules, (plain.pages,), OptOut().sha256)


def filter_images(plain: Plain) -> int:
    """Bytes -> sizes, reasons, hashes."""
    images = plain.config.images
    rules = ImageRules(images.min_side_px, images.max_aspect_ratio, images.max_pixels)
    files = plain.kept("image_bytes").select(["image_id", "content_id", "url", "bytes"])
    return plain.mapped("images", measure_images, files, rules, plain.limits())


def embed_images_plain(plain: Plain) -> int:
    """Kept images -> vectors."""
    files = plain.of(
        plain.read("image_bytes").select(["image_id", "bytes"]),
        "image_id",
        plain.kept("images")["image_id"],
    )
    images, batch = plain.config.images, plain.config.batch
    return plain.mapped(
        "image_embeddings", embed_images, files, plain.model("encoder"), images.max_pixels,
        plain.limits(), batch.image_rows,
    )  # fmt: skip


def dedup_images(plain: Plain) -> int:
    """Near pairs by bytes and hash, then by vector among the rest; components of both."""
    settings, images = plain.config.dedup_images, plain.kept("images")
    ids, hashes = images["image_id"].to_numpy(), images["phash"].to_numpy()
    detailed = np.flatnonzero(images["luma_std"].to_numpy() >= settings.min_luma_std)
    distinct, first = np.unique(hashes[detailed], return_index=True)
    safe = safe_distance(len(distinct), settings.max_hamming, settings.max_chance_neighbours)
    near = detailed[first][near_hashes(distinct.view(np.uint64), safe.distance)]
    contents, content_of = np.unique(images["content_id"].to_numpy(), return_index=True)[:2]
    same_hash = detailed[first][np.searchsorted(distinct, hashes[detailed])]
    same_bytes = content_of[np.searchsorted(contents, images["content_id"].to_numpy())]
    left = np.r_[near[:, 0], detailed, np.arange(len(ids))]
    right = np.r_[near[:, 1], same_hash, same_bytes]
    alike = connected_components(ids[left[left != right]], ids[right[left != right]])
    vectors = plain.kept("image_embeddings")
    known = vectors["image_id"].to_numpy()
    rest = ~np.isin(known, alike.ids[alike.ids != alike.component_ids])
    feature = vectors["feature"] if vectors["feature"].null_count == 0 else vectors["embedding"]
    src, dst = near_vectors(
        vectors_of(feature)[rest], known[rest], settings.max_cosine_distance, 64 * 2**20
    )
    found = pa.table({"id": np.r_[alike.ids, connected_components(src, dst).ids]})
    pq.write_table(found, plain.folder / "image_duplicates.parquet")
    return found.num_rows


def filter_sentences(plain: Plain) -> int:
    """Distinct sentences -> cheap rules -> the dear ones; the word table is the line's."""
    found = plain.read("sentences_found")
    grouped = found.group_by("sentence_id").aggregate(
        [("text", "min"), ("document_id", "min"), ("position", "min"), ("text", "count")]
    )
    settings = plain.config.sentences
    rules = SentenceRules(
        settings.min_words, settings.max_words, settings.min_complexity, settings.min_actions,
        settings.min_entropy_bits, settings.min_perplexity, settings.max_perplexity,
    )  # fmt: skip
    text = grouped["text_min"].combine_chunks()
    rows = pa.table(
        {
            "sentence_id": grouped["sentence_id"],
            "document_id": grouped["document_id_min"],
            "position": grouped["position_min"],
            "occurrence_count": grouped["text_count"],
            "text": text,
            "word_count": pc.list_value_length(pc.utf8_split_whitespace(text)),
            "drop_reason": text_reasons(text, rules).cast(pa.string()),
        }
    )
    rows = rows.filter(pc.is_null(rows["drop_reason"]))
    parser = parser_use(open_registry(), plain.config.models.parser)
    return plain.mapped(
        "sentences",
        judge_sentences,
        rows,
        rules,
        parser,
        plain.words,
        plain.model("language_model"),
    )


def embed_sentences(plain: Plain) -> int:
    """Kept sentences -> vectors."""
    texts = plain.kept("sentences").select(["sentence_id", "text"])
    return plain.mapped("vectors", embed_texts, texts, plain.model("encoder"), "sentence_id")


def dedup_sentences(plain: Plain) -> int:
    """Near pairs by text, then by vector among the rest; components of both."""
    settings = plain.config.dedup_sentences
    rows = plain.kept("sentences").select(["sentence_id", "text"])
    rows = rows.join(
        plain.kept("sentence_embeddings").select(["sentence_id", "embedding"]), "sentence_id"
    )
    ids = rows["sentence_id"].to_numpy()
    pairs = near_texts(rows["text"].combine_chunks(), rules_of(settings))
    alike = connected_components(ids[pairs[:, 0]], ids[pairs[:, 1]])
    left = ~np.isin(ids, alike.ids[alike.ids != alike.component_ids])
    vectors = vectors_of(rows["embedding"])[left]
    src, dst = near_vectors(vectors, ids[left], settings.max_cosine_distance, 64 * 2**20)
    near = connected_components(src, dst)
    found = pa.table({"id": np.r_[alike.ids, near.ids]})
    pq.write_table(found, plain.folder / "sentence_duplicates.parquet")
    return found.num_rows


def cluster_sentences(plain: Plain) -> int:
    """Survivors -> centroids -> clusters."""
    settings = plain.config.clusters
    rows = plain.survivors(plain.kept("sentence_embeddings"), "sentence_id", "sentence_duplicates")
    rows = rows.select(["sentence_id", "embedding"]).rename_columns(["id", "embedding"])
    texts = plain.kept("sentences").select(["sentence_id", "text"])
    keys = pa.Table.from_batches(keyed_texts(iter(texts.to_batches())))
    k = max(1, round(rows.num_rows / settings.sentences_per_centroid))
    fitted = fit_centroids_of(k, settings.seed, settings.iterations)(rows)
    index = one_level(small_centroids(vectors_of(fitted["centroid"], dtype=CENTROID_TYPE)))
    rows = rows.rename_columns(["sentence_id", "embedding"]).join(keys, "sentence_id")
    return plain.mapped("sentence_clusters", nearest_cluster, rows, index)


def retrieve_texts(plain: Plain) -> int:
    """Images of a cluster meet its sentences."""
    settings, centroids = (
        plain.config.retrieval,
        plain.read("sentence_centroids").sort_by("cluster_id"),
    )
    index = one_level(small_centroids(vectors_of(centroids["centroid"], dtype=CENTROID_TYPE)))
    images = plain.of(
        plain.kept("image_embeddings").select(["image_id", "embedding"]),
        "image_id",
        plain.kept("images")["image_id"],
    )
    images = plain.survivors(images, "image_id", "image_duplicates")
    sentences = plain.read("sentence_clusters")
    sizes = np.bincount(sentences["cluster_id"].to_numpy(), minlength=index.cells.k)
    one_block = plan_blocks(sizes, sizes * 0, 1, 1, block_bytes=2**62)
    route = route_images(index, settings.beam, settings.nprobe, one_block)
    asked = route(iter(images.to_batches()))
    rows = sentences.select(SENTENCE_PACK.names).cast(SENTENCE_PACK).to_batches()
    sides = chain(_side(deal_sentences(one_block)(iter(rows)), False), _side(asked, True))
    search = search_blocks(SearchRules(settings.top_k, settings.max_same_cosine))
    texts = plain.read("sentences").select(["sentence_id", "text"])
    found = pa.Table.from_batches(search(sides)).drop_columns(["is_only"])
    found = found.join(texts, "sentence_id")
    pq.write_table(found, plain.folder / "retrieved_texts.parquet")
    return int(found.num_rows)


def _side(packs: Iterator[pa.RecordBatch], is_image: bool) -> Iterator[pa.RecordBatch]:
    for batch in packs:
        yield batch.append_column("is_image", pa.repeat(is_image, batch.num_rows))


def describe_images_plain(plain: Plain) -> int:
    """Survivors -> tags and caption."""
    describe, images = plain.config.describe, plain.config.images
    kept = plain.survivors(plain.kept("images"), "image_id", "image_duplicates")
    files = plain.read("image_bytes").select(["image_id", "bytes"])
    rules = DescribeRules(
        describe.max_tags, describe.min_tag_score, images.max_pixels, plain.config.batch.image_rows
    )
    return plain.mapped(
        "image_descriptions", describe_images, plain.of(files, "image_id", kept["image_id"]),
        plain.model("captioner"), plain.model("tagger"), rules, plain.limits(),
    )  # fmt: skip


def generate_texts_plain(plain: Plain) -> int:
    """Closest sentence, caption and tags -> synthetic text."""
    generate, found = plain.config.generate, plain.read("retrieved_texts")
    closest = found.filter(pc.equal(found["rank"], 1)).select(["image_id", "text"])
    seen = {row["image_id"]: row for row in plain.read("image_descriptions").to_pylist()}
    rows = closest.filter(pc.is_in(closest["image_id"], pa.array(seen, pa.int64())))
    ids = rows["image_id"].to_pylist()
    for name in ("caption", "tags"):
        rows = rows.append_column(name, pa.array([seen[image_id][name] for image_id in ids]))
    return plain.mapped(
        "synthetic_texts", written_texts, rows, plain.model("generator"),
        generate.max_new_tokens, answer_rules(generate),
    )  # fmt: skip


def written_texts(
    generator: ModelUse, max_new_tokens: int, rules: AnswerRules
) -> Callable[[Batches], Batches]:
    """Digest, ask and check, as the stage does in three steps with tables in between."""

    def write(batches: Batches) -> Batches:
        digested = digest_prompts("", {"max_new_tokens": max_new_tokens})
        ask = ask_generator(generator, max_new_tokens)
        for asked in digested(batches):
            answers = pa.Table.from_batches(ask(iter([asked])))
            for name in ("answer", "finish_reason"):
                asked = asked.append_column(name, answers[name].combine_chunks())
            yield from check_answers(generator.name, rules)(iter([asked]))

    return write


# Stages with a plain twin; of the others the line's own figures are printed alone.
STAGES: dict[str, Callable[[Plain], int]] = {
    "extract_documents": extract_documents_plain,
    "fetch_images": fetch_images,
    "filter_images": filter_images,
    "embed_images": embed_images_plain,
    "dedup_images": dedup_images,
    "filter_sentences": filter_sentences,
    "embed_sentences": embed_sentences,
    "dedup_sentences": dedup_sentences,
    "cluster_sentences": cluster_sentences,
    "retrieve_texts": retrieve_texts,
    "describe_images": describe_images_plain,
    "generate_texts": generate_texts_plain,
}
