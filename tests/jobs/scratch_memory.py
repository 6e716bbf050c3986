"""What the functions of the dedup stages see of a stage's memory: frames in a folder."""


class ScratchMemory:
    """Frames that were kept lie in a folder; those of ``past``, an earlier memory, can be read."""

    def __init__(self, spark, folder, past=None):
        self.spark, self.folder, self.kept = spark, folder, []
        self._past = past

    @property
    def has_past(self):
        return self._past is not None

    def forget(self):
        self._past = None

    def before(self, name, ddl):
        if self._past is None or name not in self._past.kept:
            return None
        return self.spark.read.schema(ddl).parquet(str(self._past.folder / name))

    def keep(self, name, frame):
        frame.write.mode("overwrite").parquet(str(self.folder / name))
        self.kept.append(name)
        return self.spark.read.schema(frame.schema).parquet(str(self.folder / name))
