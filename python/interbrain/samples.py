"""Which state is paired with which, and which samples a split trains on and holds out (docs/method.md §3, §4).

Rows are in the order in which interbrain measured them, so that split indices are indices into them.
"""

import re
from typing import NamedTuple

import numpy as np

from .errors import BadInput, CorruptFile
from .files import by_code_unit, data_frame


class Episode(NamedTuple):
    """What an episode's files are named after."""

    pair: str
    seed: int
    interaction: str


class Split(NamedTuple):
    """Rows of one split, as arrays of indices into the samples."""

    seed: int
    fold: "int | None"
    train: np.ndarray
    test: np.ndarray


COLUMNS = [
    "group",
    "source_seed",
    "source_interaction",
    "source_seat",
    "source_round",
    "target_seed",
    "target_interaction",
    "target_seat",
    "target_round",
]


class Samples:
    """The samples of one direction under one condition: rows of X and the rows of Y that go with them.

    `episodes`: the list that `source_episode` and `target_episode` index. `group` (n,): what no split divides.
    `source_episode`, `source_round`, `target_episode`, `target_round` (n,): integers; rounds count from 1.
    """

    def __init__(self, run, measured, episodes, group, rows):
        self._run = run
        self._measured = measured
        self.episodes = episodes
        self.group = np.array(group, dtype=object)
        columns = np.array(rows, dtype=np.int64).reshape(-1, 4).T
        self.source_episode, self.source_round, self.target_episode, self.target_round = columns
        self.source_seat, self.target_seat = ("A", "B") if measured.direction == "A->B" else ("B", "A")

    def __len__(self):
        return len(self.group)

    def frame(self, as_rows=False):
        """A row per sample: its group, and seed, interaction, seat and round of its source and its target."""
        rows = [
            {
                "group": group,
                "source_seed": self.episodes[a].seed,
                "source_interaction": self.episodes[a].interaction,
                "source_seat": self.source_seat,
                "source_round": int(a_round),
                "target_seed": self.episodes[b].seed,
                "target_interaction": self.episodes[b].interaction,
                "target_seat": self.target_seat,
                "target_round": int(b_round),
            }
            for group, a, a_round, b, b_round in zip(
                self.group, self.source_episode, self.source_round, self.target_episode, self.target_round
            )
        ]
        return rows if as_rows else data_frame(rows, COLUMNS)

    def xy(self, source_layer, target_layer, dtype=np.float64):
        """X (n, D of the source) and Y (n, D of the target) of one layer pair; layers count from 0 in their models."""
        run, where = self._run, self._measured
        source = _layer(run, where, self, "source", source_layer, where.states_condition, dtype)
        return source, _layer(run, where, self, "target", target_layer, "interactive", dtype)

    def splits(self):
        """Training and held-out rows of every split, in the order of the result's `r2`."""
        by_group = {}
        for index, group in enumerate(self.group):
            by_group.setdefault(group, []).append(index)

        def take(groups, count):
            """Whole groups in their order; the last is cut so that the count is exact."""
            lacking = [group for group in groups if group not in by_group]
            rows = [index for group in groups for index in by_group.get(group, [])][:count]
            if lacking or len(rows) < count:
                raise BadInput(
                    f"{where}: its splits name {count} rows of {len(groups)} groups, but the recordings have "
                    f"{len(rows)} of them: the recordings are not those that were measured; run the study again"
                )
            return np.array(rows, dtype=np.int64)

        where = self._measured.path
        return [
            Split(
                split["seed"],
                split.get("fold"),
                take(split["trainGroups"], split["trainSamples"]),
                take(split["testGroups"], split["testSamples"]),
            )
            for split in self._measured.head["splits"]
        ]


def _layer(run, where, samples, side, layer, condition, dtype):
    seat = samples.source_seat if side == "source" else samples.target_seat
    numbers = where.source_layers if side == "source" else where.target_layers
    if layer not in numbers:
        some = where.head.get(f"{side}Recorded")
        there = f"of {some['of']} layers, {numbers} were recorded" if some else f"the model has {len(numbers)}, counted from 0"
        raise BadInput(f"{side} layer {layer} is not there; {there}")
    place = numbers.index(layer)
    episode = samples.source_episode if side == "source" else samples.target_episode
    rounds = samples.source_round if side == "source" else samples.target_round
    read = {}
    for index in np.unique(episode):
        one = samples.episodes[index]
        read[index] = run.states(one.pair, one, seat, condition)[place]
    return np.stack([read[a][t - 1] for a, t in zip(episode, rounds)]).astype(dtype)


def group_of(transcript, group_by):
    """What splits keep together."""
    characters = " + ".join(sorted(transcript["characterIds"], key=by_code_unit))
    return {"characterPair": characters, **transcript}[group_by]


def repeated_turns(turns):
    """Turns, as (seat, round), that say again what either agent has said before."""
    said, repeated = set(), set()
    for turn in turns:
        words = " ".join(re.findall(r"[^\W_]+(?:['’][^\W_]+)*", turn["text"].lower()))
        if words and words in said:
            repeated.add((turn["seat"], turn["round"]))
        said.add(words)
    return repeated


# Turns that a mean over an utterance has no state of.
WITHOUT = {"last": set(), "mean-of-heard": {("A", 1)}, "mean-of-own": {("A", 1), ("B", 1)}}


def aligned(transcripts, direction, lag, group_by, drop, position="last"):
    """Groups and rows of every turn and the partner's next one, or the one that is `lag` rounds later."""
    source, target, shift = ("A", "B", lag) if direction == "A->B" else ("B", "A", 1 + lag)
    groups, rows = [], []
    for index, transcript in enumerate(transcripts):
        spoken = {seat: sum(turn["seat"] == seat for turn in transcript["turns"]) for seat in "AB"}
        repeated = repeated_turns(transcript["turns"]) if drop == "repeated" else set()
        dropped = repeated | WITHOUT[position]
        group = group_of(transcript, group_by)
        for t in range(1, 1 + min(spoken[source], spoken[target] - shift)):
            if (source, t) in dropped or (target, t + shift) in dropped:
                continue
            groups.append(group)
            rows.append((index, t, index, t + shift))
    return groups, rows


def paired(measured, tensors, episodes):
    """Groups and rows as a result lists them that has chosen its samples."""
    place = {(episode.seed, episode.interaction): index for index, episode in enumerate(episodes)}
    recordings = measured.head["pairing"]["recordings"]
    groups, rows = [], []
    for a, a_round, b, b_round in tensors["pairing"].tolist():
        try:
            at = [place[recordings[one]["seed"], recordings[one]["interaction"]] for one in (a, b)]
        except (KeyError, IndexError) as error:
            raise CorruptFile(
                f"{measured.path}: its pairing names a recording that is not there; run the study again"
            ) from error
        groups.append(recordings[a]["group"])
        rows.append((at[0], a_round, at[1], b_round))
    return groups, rows
