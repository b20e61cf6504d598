"""Names and formats of a run's files (docs/results.md)."""

import json
from pathlib import Path
from urllib.parse import quote, unquote

from .errors import BadInput, CorruptFile, MissingDependency, OtherFormat

DIRECTIONS = ("A->B", "B->A")


def to_file_name(name):
    """A name as one part of a path: what some file system refuses is written as in an address."""
    encoded = quote(name, safe="!~*'()").replace("*", "%2A")
    return f"%2E{encoded[1:]}" if encoded.startswith(".") else encoded


def from_file_name(part):
    return unquote(part)


def by_code_unit(text):
    """JavaScript's order of texts."""
    return text.encode("utf-16-be")


def read_json(path, file_format, advice):
    """The value of a JSON file of this format."""
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror}); {advice}") from error
    try:
        value = json.loads(text)
    except ValueError as error:
        raise CorruptFile(f"{path}: is not JSON ({error}); {advice}") from error
    found = value.get("format") if isinstance(value, dict) else None
    if found != file_format:
        raise OtherFormat(f"{path}: its format is {found}, but {file_format} is what this reader knows; {advice}")
    return value


def read_tensors(path, names, advice):
    """Arrays of a safetensors file by name; those that are not there are left out."""
    from safetensors import SafetensorError, safe_open

    if not Path(path).exists():
        raise BadInput(f"{path}: there is no such file; {advice}")
    try:
        with safe_open(str(path), framework="numpy") as file:
            there = set(file.keys())
            return {name: file.get_tensor(name) for name in (there if names is None else names) if name in there}
    except (SafetensorError, OSError, ValueError) as error:
        raise CorruptFile(f"{path}: is not whole ({error}); {advice}") from error


def data_frame(rows, columns):
    """Rows as a pandas DataFrame with these columns."""
    try:
        import pandas
    except ImportError as error:
        raise MissingDependency(
            "pandas is not installed; pip install pandas, or take as_rows=True for a list of dicts"
        ) from error
    return pandas.DataFrame(rows, columns=columns)
