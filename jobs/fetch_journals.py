"""Where tasks keep what they have fetched until its bucket is committed."""

from jobs.deal_hosts import HostDeal
from jobs.stage import Stage
from realsyn_lib.files import remove_folder, subfolders


class FetchJournals:
    """A folder for each bucket of this attempt; those of other attempts go."""

    def __init__(self, stage: Stage, deal: HostDeal | None) -> None:
        self._deal = deal
        works = stage.files("work", stage.spec.name)
        self._place = f"{works}/journal-{stage.attempt_digest()}"
        for folder in subfolders(works):
            if "/journal-" in folder and folder != self._place:
                remove_folder(folder)

    def of_bucket(self, bucket: int) -> str | None:
        """Return the folder of a bucket; those of earlier ones, committed by now, are removed.

        None where no host is asked: files are read again at no one's cost.
        """
        if self._deal is None:
            return None
        for folder in subfolders(self._place):
            if not folder.startswith(f"{self._place}/{bucket}-"):
                remove_folder(folder)
        return f"{self._place}/{bucket}-{self._deal.digest}"
