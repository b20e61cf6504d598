"""Reads what interbrain's runs leave; see `interbrain.runs`."""

from . import runs
from .errors import BadInput, CorruptFile, InterbrainError, MissingDependency, OtherFormat

__all__ = ["BadInput", "CorruptFile", "InterbrainError", "MissingDependency", "OtherFormat", "runs"]
__version__ = "0.1.0"
