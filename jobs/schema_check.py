"""Refuses a warehouse whose tables another version of the layout made, before anything is written."""

from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor

from jobs.warehouse import Warehouse
from realsyn_lib.errors import ContractError
from realsyn_lib.schema_version import SCHEMA_PROPERTY, refusal_of
from realsyn_lib.tables import ALL_TABLES

_AT_ONCE = 8  # tables that are asked for at a time where each answer comes from far


def check_schema_versions(warehouse: Warehouse, but: Collection[str] = ()) -> None:
    """Check every table that is there, but those whose log is known to be damaged.

    Raises:
        ContractError: one has no version, an older or a newer one; the message says what to do.
    """
    names = [table.name for table in ALL_TABLES if table.name not in but]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for name, properties in zip(names, pool.map(warehouse.properties, names), strict=True):
            if properties is None:
                continue
            refusal = refusal_of(warehouse.where(name), properties.get(SCHEMA_PROPERTY))
            if refusal is not None:
                raise ContractError(refusal)
