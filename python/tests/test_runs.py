"""The reader on a run that INTERBRAIN_RUN names: python -m unittest discover -s python/tests

What it says of samples and splits is held against the measure itself: R² is computed again, by the normal equations, and
has to be that of the results, in every condition.
"""

import os
import shutil
import sys
import tempfile
import unittest
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

from interbrain import BadInput, CorruptFile, MissingDependency, OtherFormat, runs  # noqa: E402
from interbrain.files import from_file_name, to_file_name  # noqa: E402
from interbrain.samples import aligned, repeated_turns  # noqa: E402

RUN = os.environ.get("INTERBRAIN_RUN")


def ridge_r2(x, y, split, penalty):
    """Test R² of the affine ridge map, mean over dimensions."""
    train, test = split.train, split.test
    mx, my = x[train].mean(0), y[train].mean(0)
    a = x[train] - mx
    maps = np.linalg.solve(a.T @ a + penalty * np.eye(x.shape[1]), a.T @ (y[train] - my))
    residual = y[test] - my - (x[test] - mx) @ maps
    return np.mean(1 - (residual**2).sum(0) / ((y[test] - y[test].mean(0)) ** 2).sum(0))


class Names(unittest.TestCase):
    def test_names_as_in_paths(self):
        for name, part in (("a/b", "a%2Fb"), ("a+b", "a%2Bb"), (".x", "%2Ex"), ("é*", "%C3%A9%2A"), ("a (b)!", "a%20(b)!")):
            self.assertEqual(to_file_name(name), part)
            self.assertEqual(from_file_name(part), name)

    def test_repeated_turns(self):
        said = [("A", 1, "Hello there!"), ("B", 1, "…"), ("A", 2, "hello, There"), ("B", 2, "..."), ("A", 3, "It’s new")]
        turns = [{"seat": seat, "round": round, "text": text} for seat, round, text in said]
        self.assertEqual(repeated_turns(turns), {("A", 2)})

    def test_turns_without_a_mean(self):
        turns = [{"seat": seat, "round": round, "text": f"{seat}{round}"} for round in (1, 2, 3) for seat in "AB"]
        talk = {"interaction": "i", "scenario": "s", "characterIds": ["x", "y"], "turns": turns}
        rounds = {}
        for position in ("last", "mean-of-heard", "mean-of-own"):
            for direction in ("A->B", "B->A"):
                _, rows = aligned([talk], direction, 0, "interaction", None, position)
                rounds[position, direction] = [(source, target) for _, source, _, target in rows]
        self.assertEqual(rounds["last", "A->B"], [(1, 1), (2, 2), (3, 3)])
        self.assertEqual(rounds["mean-of-heard", "A->B"], [(2, 2), (3, 3)])
        self.assertEqual(rounds["mean-of-heard", "B->A"], rounds["last", "B->A"])
        self.assertEqual(rounds["mean-of-own", "A->B"], [(2, 2), (3, 3)])
        self.assertEqual(rounds["mean-of-own", "B->A"], [(2, 3)])


@unittest.skipUnless(RUN, "INTERBRAIN_RUN names no run")
class Reader(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.run_ = runs.open(RUN)

    def test_recomputes_every_condition(self):
        run, compared = self.run_, 0
        for pair in run.pairs:
            for condition in run.conditions:
                for direction in ("A->B", "B->A"):
                    for name in run.synchrony(pair, direction, condition).lambdas:
                        measured = run.synchrony(pair, direction, condition, name)
                        samples = run.samples(pair, direction, condition)
                        penalties = measured.penalties()
                        for cell in ((0, 0), (measured.r2.shape[1] - 1, 1)):
                            x, y = samples.xy(*cell)
                            for at, split in enumerate(samples.splits()):
                                ours = ridge_r2(x, y, split, penalties[at, cell[0]])
                                self.assertAlmostEqual(ours, measured.r2[at][cell], delta=1e-5, msg=str(measured.path))
                                compared += 1
        self.assertGreaterEqual(compared, 2 * len(run.pairs) * len(run.conditions))

    def test_splits_share_no_group_and_no_row(self):
        samples = self.run_.samples(self.run_.pairs[0], "A->B")
        for split in samples.splits():
            self.assertFalse(set(samples.group[split.train]) & set(samples.group[split.test]))
            self.assertEqual(len(set(split.train) | set(split.test)), len(split.train) + len(split.test))

    def test_samples_are_rows(self):
        rows = self.run_.samples(self.run_.pairs[0], "B->A", "lag-1").frame(as_rows=True)
        self.assertEqual({(one["source_seat"], one["target_seat"]) for one in rows}, {("B", "A")})
        self.assertEqual({one["target_round"] - one["source_round"] for one in rows}, {2})
        self.assertTrue(all(one["source_interaction"] == one["target_interaction"] for one in rows))

    def test_syncr2(self):
        run = self.run_
        rows = run.syncr2(as_rows=True)
        lambdas = len(run.synchrony(run.pairs[0], "A->B").lambdas)
        self.assertEqual(len(rows), len(run.pairs) * len(run.conditions) * 2 * lambdas)
        for row in rows:
            pair = (row["model_a"], row["model_b"])
            measured = run.synchrony(pair, row["direction"], row["condition"], row["ridge_lambda"])
            best = np.clip(measured.mean_r2.max(axis=1), 0, None)
            self.assertAlmostEqual(row["syncr2"], best.mean(), places=12)
            if row["first_lambda"] and row["interval_low"] is not None:
                self.assertLessEqual(row["interval_low"], row["syncr2"])

    def test_states_and_turns_go_together(self):
        run = self.run_
        turns = run.turns(as_rows=True)
        for episode in run.episodes()[:5]:
            own = [one for one in turns if (one["model_a"], one["model_b"]) == tuple(episode.pair.split("+"))]
            own = [one for one in own if (one["seed"], one["interaction"]) == (episode.seed, episode.interaction)]
            self.assertEqual([one["turn"] for one in own], list(range(1, 1 + len(own))))
            for seat in "AB":
                layers, rounds, _ = run.states(episode.pair, episode, seat).shape
                self.assertEqual(rounds, sum(one["seat"] == seat for one in own))
                self.assertGreater(layers, 1)

    def test_scores(self):
        scores = self.run_.scores(as_rows=True)
        self.assertEqual({one["judge"] for one in scores}, {"rule"})
        for one in scores:
            self.assertTrue(one["low"] <= one["score"] <= one["high"])
        self.assertEqual(len({(one["model_a"], one["interaction"]) for one in scores}), len(self.run_.episodes()))

    def test_frames(self):
        try:
            import pandas  # noqa: F401
        except ImportError:
            with self.assertRaisesRegex(MissingDependency, "pip install pandas, or take as_rows=True"):
                self.run_.syncr2()
            return
        for frame, rows in ((self.run_.syncr2(), self.run_.syncr2(True)), (self.run_.scores(), self.run_.scores(True))):
            self.assertEqual(len(frame), len(rows))
            self.assertEqual(list(frame.columns)[:3], ["pair", "model_a", "model_b"])


@unittest.skipUnless(RUN, "INTERBRAIN_RUN names no run")
class Errors(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.run_ = runs.open(RUN)

    def fails(self, kind, words, call):
        with self.assertRaises(kind) as caught:
            call()
        self.assertIn(words, str(caught.exception))

    def test_names(self):
        run = self.run_
        pair, known = run.pairs[0], run.interactions[0]
        self.fails(BadInput, f"do you mean '{pair}'?", lambda: run.episodes(pair[:-1]))
        self.fails(BadInput, f"do you mean '{known}'?", lambda: run.transcript(pair, (run.seeds[0], known + "x")))
        self.fails(BadInput, "seed 99 is not there. There are: 0", lambda: run.transcript(pair, (99, known)))
        self.fails(BadInput, "seat 'C' is not there. There are: A, B", lambda: run.states(pair, (0, known), "C"))
        self.fails(BadInput, "has no states of its own", lambda: run.states(pair, (0, known), "A", "lag-1"))
        self.fails(BadInput, "condition 'lag-9' is not there", lambda: run.synchrony(pair, "A->B", "lag-9"))
        self.fails(BadInput, "direction 'A->C' is not there", lambda: run.synchrony(pair, "A->C"))
        self.fails(BadInput, "λ '7' is not there", lambda: run.synchrony(pair, "A->B", lambda_=7))
        self.fails(BadInput, "source layer 99 is not there; the model has", lambda: run.samples(pair, "A->B").xy(99, 0))

    def test_folders(self):
        run = Path(RUN)
        self.fails(BadInput, f"runs in it are {run.name}", lambda: runs.open(run.parent))
        self.fails(BadInput, "is no run's folder", lambda: runs.open(run / "nothing"))

    def test_files(self):
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / "run"
            shutil.copytree(RUN, copy)
            run = runs.open(copy)
            pair, one = run.pairs[0], run.episodes()[0]
            result = copy / "synchrony" / pair / "interactive" / "ridge.A-to-B.json"
            text = result.read_text()
            result.write_text(text.replace("interbrain-synchrony-3", "interbrain-synchrony-9"))
            self.fails(OtherFormat, "its format is interbrain-synchrony-9, but", lambda: run.synchrony(pair, "A->B"))
            result.write_text(text[:100])
            self.fails(CorruptFile, "is not JSON", lambda: run.synchrony(pair, "A->B"))
            result.unlink()
            self.fails(BadInput, "run the study again", lambda: run.synchrony(pair, "A->B"))
            states = copy / "states" / pair / "interactive" / str(one.seed) / f"{to_file_name(one.interaction)}.safetensors"
            states.write_bytes(states.read_bytes()[:200])
            self.fails(CorruptFile, "is not whole", lambda: run.states(pair, one, "A"))
            (copy / "episodes" / pair / str(one.seed) / f"{to_file_name(one.interaction)}.json").unlink()
            self.fails(BadInput, "it was not played yet", lambda: run.transcript(pair, one))
            self.fails(BadInput, "the recordings are not those that were measured", lambda: run.samples(pair, "B->A").splits())


if __name__ == "__main__":
    unittest.main()
