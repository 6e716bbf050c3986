"""What the functions of both dedup stages need of a stage, without a warehouse."""

from types import SimpleNamespace


class ScratchStage:
    """Working files in a folder; a table that is written is one of them; counts are kept."""

    def __init__(self, spark, folder, component_ids=10**6):
        self.spark, self.folder, self.made, self.metrics = spark, folder, [], {}
        self.conf = SimpleNamespace(batch=SimpleNamespace(component_ids=component_ids))
        self.accounts = {}

    def scratch(self, name, rows):
        self.made.append(name)
        rows.write.mode("overwrite").parquet(f"{self.folder}/{name}")
        return self.spark.read.schema(rows.schema).parquet(f"{self.folder}/{name}")

    def write(self, table, build):
        return self.scratch(table.name, build())

    def account(self, entity, rows_in, outcomes):
        self.accounts[entity] = (rows_in, outcomes)
