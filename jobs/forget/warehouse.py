"""One takedown: the requests are noted, what they name is found, taken out, accounted for, published, purged.

Every step can be done again: after a kill the same command ends what is left. Ids of what was found lie in
a working folder until then, since the tables that tell of them are emptied on the way.
"""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

from pyspark.sql import DataFrame
from pyspark.sql.functions import col

from jobs.export_places import releases
from jobs.export_tier import Exported
from jobs.forget.beside_tables import clean_kept
from jobs.forget.context import Forgetting
from jobs.forget.derived_tables import Gone, clean_derived, gone_pairs, stages_to_redo
from jobs.forget.exports import clean_export, settle_export
from jobs.forget.fetched_tables import clean_fetched
from jobs.forget.found_tables import clean_found
from jobs.forget.funnel import recount
from jobs.forget.losses import (
    Occurrences,
    find_occurrences,
    kept_rows,
    lost_images,
    lost_sentences,
    named_images,
    occurring,
    without_place,
)
from jobs.forget.publish import name_new_versions, settle_heads
from jobs.forget.purge import purge
from jobs.forget.quarantine import clean_errors, clean_quarantine
from jobs.forget.requests import add_digests, add_requests
from jobs.names import REPORT
from jobs.opt_out_table import opt_out_in, opt_out_version
from jobs.published import Published
from jobs.report.build import write_report
from jobs.session_keys import session_keys
from jobs.stage_locks import StageLocks
from jobs.warehouse import Warehouse
from realsyn_lib.errors import LockedError
from realsyn_lib.files import is_file, remove_folder
from realsyn_lib.forget.requests import Request
from realsyn_lib.opt_out import OptOut
from realsyn_lib.stages import STAGES
from realsyn_lib.tables import IMAGES_FOUND, OPT_OUT, SENTENCES_FOUND

RUN_ID = "forget"  # what those are told who meet its locks


@dataclass(frozen=True)
class Forgotten:
    """What was taken out: requests that were new, and rows that are gone."""

    requests: int
    documents: int
    images: int
    sentences: int
    files: int


def forget(
    published: Published,
    requests: list[Request],
    exports: Sequence[str],
    tell: Callable[[str], None],
) -> Forgotten:
    """Take out what the requests name, and what earlier ones named.

    ``exports``: folders of exports; those of the release are among them.

    Raises:
        LockedError: a stage is being written; the message names the holder.
    """
    locks = StageLocks(published.warehouse)
    with locks.hold_free([stage.name for stage in STAGES], RUN_ID) as held, ExitStack() as stack:
        if held.refusals:
            raise LockedError(f"{held.refusals[0]}; nothing was forgotten")
        stack.enter_context(locks.control())
        published.ledger.refresh()
        work = _begin(published, tell)
        added = add_requests(work.warehouse, requests)
        work, places, named = _found(_with_requests(work))
        stack.enter_context(session_keys(work.warehouse.spark, work.keys))
        return _take_out(work, places, named, published, added, exports)


def _begin(published: Published, tell: Callable[[str], None]) -> Forgetting:
    warehouse = published.warehouse
    work = Forgetting(warehouse, published.ledger, OptOut(), 0, tell)
    settle_heads(work)
    return work


def _with_requests(work: Forgetting) -> Forgetting:
    """Read all requests: what a killed takedown was asked for is among them."""
    opt_out = opt_out_in(work.warehouse.read(OPT_OUT))
    return replace(work, opt_out=opt_out, version=opt_out_version(work.ledger)[OPT_OUT.name])


def _found(work: Forgetting) -> tuple[Forgetting, Occurrences, DataFrame]:
    """Look through the tables; files of pictures named by their look or row are requests of their own."""
    places, named = find_occurrences(work), named_images(work)
    noted = named.where(col("noted_sha256").isNotNull())
    if add_digests(work.warehouse, noted.toDF("image_id", "sha256")):
        work = _with_requests(work)
    return work, places, named


def _take_out(
    work: Forgetting, places: Occurrences, named: DataFrame, published: Published, added: int,
    exports: Sequence[str],
) -> Forgotten:  # fmt: skip
    images, sentences = lost_images(work, places), lost_sentences(work, places)
    clean_found(work, places)
    gone = _gone(work, images, sentences, named.select("image_id"))
    due = _due(work, gone)
    clean_derived(work, gone, images, sentences)
    clean_fetched(work, gone.images)
    clean_quarantine(work, gone, places)
    clean_errors(work)
    clean_kept(work, gone)
    now = _now(published)
    files = sum(clean_export(work, place, gone) for place in exports)
    told = {place: settle_export(now, place) for place in exports}
    recount(
        work, _refused([told[place] for place in releases(work.warehouse.files) if place in told])
    )
    name_new_versions(work, due)
    _draw_report(_now(published))
    purge(work)
    done = Forgotten(added, places.gone.count(), gone.images.count(), gone.sentences.count(), files)
    remove_folder(work.place())
    return done


def _refused(released: Sequence[Exported]) -> dict[str, int]:
    """Return what the files of the largest tier leave out, by reason, as its stage counts it."""
    sizes = [(sum(one.refused.values()) + one.rows, sum(one.refused.values())) for one in released]
    return released[sizes.index(max(sizes))].refused if sizes else {}


def _gone(work: Forgetting, images: DataFrame, sentences: DataFrame, named: DataFrame) -> Gone:
    """Tell what occurs nowhere any more; the tables of occurrences are clean by now."""
    lost_images = without_place(images, occurring(work, IMAGES_FOUND), "image_id")
    lost_images = work.stored("gone_images", lost_images.union(named).distinct())
    lost_sentences = without_place(sentences, occurring(work, SENTENCES_FOUND), "sentence_id")
    lost_sentences = work.stored("gone_sentences", lost_sentences)
    pairs = gone_pairs(work, lost_images, lost_sentences)
    return Gone(lost_images, lost_sentences, pairs)


def _due(work: Forgetting, gone: Gone) -> list[str]:
    """Return the stages to be done again, those that a killed attempt found among them."""
    spark = work.warehouse.spark
    found = spark.createDataFrame([(name,) for name in stages_to_redo(work, gone)], "stage string")
    return sorted({row["stage"] for row in kept_rows(work, "due", found, "stage string").collect()})


def _now(published: Published) -> Published:
    """Open the warehouse anew: versions that were looked up before have got new commits."""
    old = published.warehouse
    fresh = Warehouse(old.spark, old.location, old.files)
    ledger = type(published.ledger)(fresh, StageLocks(fresh).control)
    return Published(fresh, ledger, published.config)


def _draw_report(published: Published) -> None:
    place = f"{published.warehouse.files}/{REPORT}"
    if is_file(place):
        write_report(published, place)
