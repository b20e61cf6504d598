"""What pyarrow and pandas read of the exported tables of the tests' made-up study.

    EXPORT_SAMPLE=/tmp/export-sample npx vitest run src/export/write-tables.test.ts
    python scripts/golden_export.py /tmp/export-sample

Writes fixtures/export/golden.json: of every table its rows, and of every column its Arrow type, its empty values, and the sum
or the SHA-256 of the others, joined by line feeds. Versions: see requirements.txt.
"""

import hashlib
import json
import math
import sys
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

OUT = Path(__file__).parent.parent / "fixtures" / "export" / "golden.json"


def describe(name, column):
    values = [value for value in column.to_pylist() if value is not None]
    found = {"name": name, "type": str(column.type), "nulls": column.null_count}
    if pa.types.is_string(column.type):
        return {**found, "sha256": hashlib.sha256("\n".join(values).encode()).hexdigest()}
    return {**found, "sum": math.fsum(values)}


def describe_table(path):
    table = pq.read_table(path)
    frame = pd.read_parquet(path)
    assert list(frame.columns) == table.column_names and len(frame) == table.num_rows
    assert [int(frame[name].isna().sum()) for name in table.column_names] == [c.null_count for c in table.columns]
    return {"rows": table.num_rows, "columns": [describe(name, table[name]) for name in table.column_names]}


if __name__ == "__main__":
    files = sorted((Path(sys.argv[1]) / "parquet").glob("*.parquet"))
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps({file.stem: describe_table(file) for file in files}, indent=1) + "\n")
    print(f"{len(files)} tables -> {OUT}")
