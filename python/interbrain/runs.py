"""A run's folder, read.

    from interbrain import runs
    run = runs.open("runs/first-study")
    run.syncr2()                                           # DataFrame
    run.states("llama+mistral", (0, "favour-1-1"), "A")    # (layers, rounds, D)

Nothing here knows whether a result is current, that is, made under the study's present settings: `interbrain status` says
so, and `interbrain export` writes current results alone. A direction is "A->B" or "B->A"; a pair is a seat order,
"llama+mistral" or ("llama", "mistral"), the first of which speaks first; layers of arrays count from 0, rounds from 1.
Where a study has recorded some layers (`states.layers`), arrays have these alone: `layers()` names them.
"""

from pathlib import Path

from .errors import BadInput, unknown
from .files import DIRECTIONS, by_code_unit, data_frame, from_file_name, read_json, read_tensors, to_file_name
from .measured import ADVICE, READERS, Measured
from .samples import Episode, Samples, aligned, paired

__all__ = ["Episode", "Run", "open"]

SYNCR2 = [
    *("pair", "model_a", "model_b", "condition", "direction", "source_model", "target_model"),
    *("ridge_lambda", "first_lambda", "syncr2", "standard_error"),
    *("interval_low", "interval_high", "interval_kind", "interval_se", "interval_level"),
    *("n", "train_samples", "test_samples", "splits", "group_by", "source_layers", "target_layers"),
]
TURNS = [
    *("pair", "model_a", "model_b", "seed", "interaction", "scenario", "turn", "round", "seat", "model", "partner"),
    *("character", "text", "new_tokens", "finish", "notes"),
]
SCORES = [
    *("pair", "model_a", "model_b", "seed", "interaction", "scenario", "seat", "model", "partner"),
    *("judge", "status", "dimension", "score", "low", "high", "reason"),
]


def _all_layers(head, side):
    """How many layers a model has, whether they were recorded or not."""
    return head.get(f"{side}Recorded", {}).get("of", head[f"{side}Layers"])


def open(path):
    """Opens a run's folder, like runs/first-study. Raises BadInput if it holds no run."""
    return Run(path)


class Run:
    """`name`, `study` (its settings), `models` (by the study's names), `pairs` (seat orders), `conditions`, `seeds`,
    `interactions`, and `manifest`, all of which these are taken from."""

    def __init__(self, path):
        self.path = Path(path)
        if not (self.path / "manifest.json").exists():
            inside = sorted(one.parent.name for one in self.path.glob("*/manifest.json"))
            hint = f"; runs in it are {', '.join(inside)}" if inside else ""
            raise BadInput(f"{path}: is no run's folder, which has a manifest.json{hint}; name one like runs/first-study")
        self.manifest = read_json(self.path / "manifest.json", "interbrain-run-2", ADVICE)
        self.study = self.manifest["study"]
        self.name = self.study["name"]
        self.models = self.manifest["models"]
        self.conditions = self.study["conditions"]
        self.seeds = self.study["simulation"]["seeds"]
        self.interactions = [one["id"] for one in self.manifest["scenarios"]["interactions"]]
        self.pairs = self._pairs()

    def __repr__(self):
        return f"<run {self.name} in {self.path}: {', '.join(self.pairs)}; {', '.join(self.conditions)}>"

    def _pairs(self):
        asked = self.study["pairs"]
        if asked == "all":
            names = list(self.models)
            asked = [(a, b) for i, a in enumerate(names) for b in names[i:]]
        orders = [order for a, b in asked for order in ((a, b), (b, a))]
        return list(dict.fromkeys("+".join(map(to_file_name, order)) for order in orders))

    def _pair(self, pair):
        name = pair if isinstance(pair, str) else "+".join(map(to_file_name, pair))
        if name not in self.pairs:
            raise unknown("pair", name, self.pairs)
        return name

    def _who(self, pair):
        """The columns of a seat order; `pair` is the same for both."""
        a, b = map(from_file_name, pair.split("+"))
        return {"pair": "+".join(sorted((a, b), key=by_code_unit)), "model_a": a, "model_b": b}

    # Episodes.

    def episodes(self, pair=None):
        """Complete recordings: by pair, seed and interaction, in the order in which samples are counted."""
        if pair is not None:
            return self._episodes(self._pair(pair))
        return [episode for name in self.pairs for episode in self._episodes(name)]

    def _episodes(self, pair):
        ids, found = set(self.interactions), []
        folder = self.path / "states" / pair / "interactive"
        for seed in sorted(self.seeds):
            there = (folder / str(seed)).glob("*.safetensors")
            names = sorted((from_file_name(one.stem) for one in there), key=by_code_unit)
            found += [
                Episode(pair, seed, name)
                for name in names
                if name in ids and self._episode_path(Episode(pair, seed, name)).exists()
            ]
        return found

    def _episode_path(self, episode):
        pair, seed, interaction = episode
        return self.path / "episodes" / pair / str(seed) / f"{to_file_name(interaction)}.json"

    def _episode(self, pair, episode):
        """An Episode of (seed, interaction), of a name if there is one seed, or of itself."""
        pair = self._pair(pair)
        if isinstance(episode, str):
            if len(self.seeds) > 1:
                raise BadInput(
                    f"episode {episode!r} was played with seeds {', '.join(map(str, self.seeds))}; "
                    f"say which: ({self.seeds[0]}, {episode!r})"
                )
            episode = (self.seeds[0], episode)
        seed, interaction = episode[-2:]
        if seed not in self.seeds:
            raise unknown("seed", seed, self.seeds)
        if interaction not in self.interactions:
            raise unknown("interaction", interaction, self.interactions)
        return Episode(pair, seed, interaction)

    def transcript(self, pair, episode):
        """What was said: the episode's JSON file, `turns` among it."""
        one = self._episode(pair, episode)
        path = self._episode_path(one)
        return read_json(path, "interbrain-episode-1", f"it was not played yet, or not to its end; {ADVICE}")

    def states(self, pair, episode, seat, condition="interactive"):
        """States of the agent in a seat, (layers, rounds, D), float32.

        `condition`: "interactive" for the speakers' own; "passive" or "passive-same-format" for those of the readers in
        their place. An episode is (seed, interaction) or one of `episodes()`.
        """
        one = self._episode(pair, episode)
        if seat not in ("A", "B"):
            raise unknown("seat", seat, "AB")
        if condition not in ("interactive", "mental-states", *READERS):
            raise BadInput(
                f"condition {condition!r} has no states of its own; it pairs those of 'interactive' "
                f"(see samples()), and {', '.join(READERS)} have readers'"
            )
        name = f"{to_file_name(one.interaction)}.safetensors"
        path = self.path / "states" / one.pair / to_file_name(condition) / str(one.seed) / name
        # A study may keep them as F16.
        return read_tensors(path, [seat], f"it was not recorded yet; {ADVICE}")[seat].astype("float32", copy=False)

    def layers(self, name):
        """The numbers, from 0, of the layers of a model (by the study's name) that were recorded, in the order of arrays."""
        if name not in self.models:
            raise unknown("model", name, self.models)
        every = list(range(self.models[name]["layers"]))
        asked = self.study.get("states", {}).get("layers", "all")
        if asked == "all":
            return every
        if isinstance(asked, dict):
            return [layer for layer in every if (every[-1] - layer) % asked["every"] == 0]
        return [layer for layer in every if layer in asked]

    # Results.

    def _condition(self, condition):
        if condition not in self.conditions:
            raise unknown("condition", condition, self.conditions)
        return condition

    def synchrony(self, pair, direction, condition="interactive", lambda_=None):
        """R² of all layer pairs; of the study's first λ, or of another that it was measured with."""
        pair, condition = self._pair(pair), self._condition(condition)
        if direction not in DIRECTIONS:
            raise unknown("direction", direction, DIRECTIONS)
        name = f"ridge.{direction.replace('->', '-to-')}"
        path = self.path / "synchrony" / pair / to_file_name(condition) / name
        return Measured(path, pair, direction, condition, lambda_)

    def syncr2(self, as_rows=False):
        """SyncR² by direction, condition and λ, of what has been measured: a DataFrame, or a list of dicts."""
        rows = []
        for pair in self.pairs:
            for condition in self.conditions:
                for direction in DIRECTIONS:
                    name = f"ridge.{direction.replace('->', '-to-')}.json"
                    if not (self.path / "synchrony" / pair / to_file_name(condition) / name).exists():
                        continue
                    measured = self.synchrony(pair, direction, condition)
                    rows += [self._syncr2_row(measured, name) for name in measured.lambdas]
        return rows if as_rows else data_frame(rows, SYNCR2)

    def _syncr2_row(self, measured, lambda_):
        head = measured.head
        first = lambda_ == measured.lambda_
        variants = {str(one["lambda"]): one["syncR2"] for one in head.get("variants", [])}
        syncr2 = head["syncR2"] if first else variants[lambda_]
        interval = head.get("intervals", {}).get("syncR2", {}) if first else {}
        splits = head["splits"]
        return {
            **{**self._who(measured.pair), "condition": head["condition"]},
            **{"direction": head["direction"], "source_model": head["sourceModel"]},
            **{"target_model": head["targetModel"], "ridge_lambda": lambda_, "first_lambda": first},
            **{"syncr2": syncr2["value"], "standard_error": syncr2["standardError"]},
            **{f"interval_{end}": interval.get(end) for end in ("low", "high", "kind", "level")},
            **{"interval_se": interval.get("standardError"), "n": head["samples"]},
            "train_samples": sum(one["trainSamples"] for one in splits) / len(splits),
            "test_samples": sum(one["testSamples"] for one in splits) / len(splits),
            **{"splits": len(splits), "group_by": head["groupBy"]},
            **{"source_layers": _all_layers(head, "source"), "target_layers": _all_layers(head, "target")},
        }

    def samples(self, pair, direction, condition="interactive"):
        """Which state is paired with which, in the order of the measure; `.splits()` says what was held out."""
        measured = self.synchrony(pair, direction, condition)
        episodes = self.episodes(pair)
        if "pairing" in measured.head:
            groups, rows = paired(measured, measured.tensors, episodes)
        elif condition in ("pseudo-dyad", "shuffled"):
            raise BadInput(
                f"{measured.path}: an older interbrain wrote it, and did not keep which states it paired; "
                "delete its two files, and run the study again"
            )
        else:
            lag = int(condition[len("lag-") :]) if condition.startswith("lag-") else 0
            transcripts = [self.transcript(one.pair, one) for one in episodes]
            drop = self.study["synchrony"].get("drop")
            position = self.study.get("states", {}).get("position", "last")
            groups, rows = aligned(transcripts, direction, lag, measured.head["groupBy"], drop, position)
        return Samples(self, measured, episodes, groups, rows)

    # What was said, and how it was judged.

    def turns(self, as_rows=False):
        """Every utterance: a DataFrame, or a list of dicts."""
        rows = []
        for episode in self.episodes():
            transcript = self.transcript(episode.pair, episode)
            head = self._head(episode, transcript)
            for place, turn in enumerate(transcript["turns"], 1):
                rows.append(
                    {
                        **head,
                        **{"turn": place, "round": turn["round"], **self._speaker(head, turn["seat"])},
                        **{"character": turn["speaker"], "text": turn["text"], "new_tokens": turn["newTokens"]},
                        **{"finish": turn["finish"], "notes": "; ".join(turn["notes"]) or None},
                    }
                )
        return rows if as_rows else data_frame(rows, TURNS)

    def _head(self, episode, transcript):
        where = {"interaction": episode.interaction, "scenario": transcript["scenario"]}
        return {**self._who(episode.pair), "seed": episode.seed, **where}

    def _speaker(self, head, seat):
        own, other = ("model_a", "model_b") if seat == "A" else ("model_b", "model_a")
        return {"seat": seat, "model": head[own], "partner": head[other]}

    def scores(self, as_rows=False):
        """A judge's scores, a row for each agent and dimension; a failed judgement has one row, without a score."""
        rows = []
        for episode in self.episodes():
            name = f"{to_file_name(episode.interaction)}.json"
            path = self.path / "evaluation" / episode.pair / str(episode.seed) / name
            if not path.exists():
                continue
            judgement = read_json(path, "interbrain-judgement-1", ADVICE)
            head = {**self._head(episode, judgement), "judge": judgement["judge"], "status": judgement["status"]}
            if judgement["status"] == "failed":
                rows.append({**head, "reason": judgement["failure"]})
                continue
            for seat, agent in zip("AB", judgement["agents"]):
                for dimension in judgement["dimensions"]:
                    what = dimension["name"]
                    rows.append(
                        {
                            **{**head, **self._speaker(head, seat), "dimension": what},
                            **{"score": agent["scores"].get(what), "low": dimension["low"], "high": dimension["high"]},
                            "reason": agent.get("reasons", {}).get(what),
                        }
                    )
        return rows if as_rows else data_frame(rows, SCORES)
