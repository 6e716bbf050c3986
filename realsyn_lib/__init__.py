"""Pure core of RealSyn's pipeline: arrays and Arrow tables in, arrays and Arrow tables out."""

__version__ = "0.1.0"
