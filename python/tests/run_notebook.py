"""Runs the code of examples/notebook.ipynb cell by cell, and keeps its figures: run_notebook.py NOTEBOOK FOLDER"""

import json
import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

sys.path.insert(0, str(Path(__file__).parent.parent))

notebook, folder = map(Path, sys.argv[1:])
names, figures = {}, []
plt.show = lambda: figures.append(plt.gcf().savefig(folder / f"figure-{len(figures)}.png", dpi=100))
for place, cell in enumerate(json.loads(notebook.read_text())["cells"]):
    if cell["cell_type"] == "code":
        exec(compile("".join(cell["source"]), f"cell {place}", "exec"), names)
print(f"{len(figures)} figures")
