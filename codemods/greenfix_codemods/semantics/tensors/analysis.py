"""What every question about the tensors of one module starts from."""

from __future__ import annotations

from functools import cached_property

from greenfix_codemods.semantics.module import Module
from greenfix_codemods.semantics.tensors.bindings import Flow, flow_of
from greenfix_codemods.semantics.tensors.inference import Inference, inference_of
from greenfix_codemods.semantics.tensors.loops import Loops, loops_of


class Analysis:
    """One module with its data flow, kinds and loops; each is worked out once a module and only when asked for."""

    def __init__(self, module: Module) -> None:
        self.module = module

    @cached_property
    def flow(self) -> Flow:
        """The reaching definitions of the module."""
        return self.module.once(flow_of)

    @cached_property
    def inference(self) -> Inference:
        """The kinds of the module."""
        return self.module.once(inference_of)

    @cached_property
    def loops(self) -> Loops:
        """The loops of the module."""
        return self.module.once(loops_of)
