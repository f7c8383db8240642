"""Which keeps are leaks: eager tensors in a container that outlives the loop, where no tensor is needed."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cached_property

from greenfix_codemods.finding import Confidence
from greenfix_codemods.semantics.module import Module
from greenfix_codemods.semantics.names import last_name
from greenfix_codemods.semantics.tensors.caller_reads import caller_reads_of
from greenfix_codemods.semantics.tensors.containers import Containers, Keep, Life, Lifetime, containers_of, keep_of
from greenfix_codemods.semantics.tensors.eager_models import eager_models_of
from greenfix_codemods.semantics.tensors.handed_back import handed_back_of
from greenfix_codemods.semantics.tensors.handed_over import Place
from greenfix_codemods.semantics.tensors.inference import Inference, inference_of
from greenfix_codemods.semantics.tensors.kinds import Kind, Size, Value, step
from greenfix_codemods.semantics.tensors.loops import loops_of
from greenfix_codemods.semantics.tensors.scopes import ITEM

_HOLDERS = frozenset({Kind.SEQUENCE, Kind.MAPPING, Kind.UNKNOWN, Kind.NONE})
_SCALARS = frozenset({Size.SCALAR, Size.SMALL})
_JOINING = frozenset({"concatenate", "concat", "stack", "vstack", "hstack"})


@dataclass(frozen=True, eq=False, slots=True)
class Leak:
    """A keep that leaks: what it keeps, how long, how sure that is."""

    keep: Keep
    value: Value
    lifetime: Lifetime
    confidence: Confidence
    reason: str


class Leaks:
    """The leaking keeps of one module."""

    def __init__(self, module: Module) -> None:
        self.module = module

    @cached_property
    def containers(self) -> Containers:
        """The containers of the module."""
        return self.module.once(containers_of)

    @cached_property
    def inference(self) -> Inference:
        """The kinds of the module."""
        return self.module.once(inference_of)

    @cached_property
    def found(self) -> tuple[Leak, ...]:
        """Every leak, in source order."""
        if not self.inference.execution.trains_here or self.inference.execution.session_based:
            return ()
        return tuple(leak for keep in self.containers.keeps if (leak := self._leak(keep)) is not None)

    def _leak(self, keep: Keep) -> Leak | None:
        if not self.containers.may_last(keep) or self._traced(keep):
            return None
        value = self._added(keep)
        if not value.tensors or self.inference.of(keep.root).kind not in _HOLDERS:
            return None
        lifetime = self.containers.lifetime(keep)
        if lifetime.life is not Life.RUN or self._needed(keep, value, lifetime):
            return None
        if self._one_evaluation(keep, value, lifetime) or self._emptied_elsewhere(keep):
            return None
        certain = all(tensor.certain for tensor in value.tensors) and lifetime.certain
        confidence = Confidence.HIGH if certain else Confidence.MEDIUM
        return Leak(keep, value, lifetime, confidence, self._reason(keep, value, lifetime))

    def _traced(self, keep: Keep) -> bool:
        """Whether the statement runs while a graph is traced: what it keeps are symbols of one trace."""
        function = self.module.enclosing_function(keep.statement)
        eager = function is not None and self.module.once(eager_models_of).runs(function)
        return self.inference.execution.in_graph(keep.statement) and not eager

    def _added(self, keep: Keep) -> Value:
        value = self.containers.kept(keep)
        return step(value, ITEM) if keep.spread else value

    def _needed(self, keep: Keep, value: Value, lifetime: Lifetime) -> bool:
        """Whether somebody needs the tensors as tensors."""
        if self.containers.feeds_gradient(keep) or self._needed_by_callers(keep, lifetime):
            return True
        return not self._needless(keep, value)

    def _needed_by_callers(self, keep: Keep, lifetime: Lifetime) -> bool:
        """Whether a caller that shares the container needs the tensors, or the function that it was handed to."""
        if lifetime.kept_by:
            results = self.module.once(handed_back_of).results(keep)
            return any(module.once(caller_reads_of).needs_result(call, steps) for module, call, steps in results)
        callers = self.containers.callers(keep)
        places = (Place(self.module, keep), *callers) if callers else ()
        return any(place.module.once(caller_reads_of).needs(place.keep) for place in places)

    def _emptied_elsewhere(self, keep: Keep) -> bool:
        """Whether a function that is given the container empties it, here or in a caller."""
        places = (Place(self.module, keep), *self.containers.callers(keep))
        return any(place.module.once(caller_reads_of).emptied(place.keep) for place in places)

    def _needless(self, keep: Keep, value: Value) -> bool:
        """Whether nobody needs the tensors as tensors: numbers, or large ones that nobody reads."""
        if keep.spread and self._rows(keep.value):
            return True  # one tensor for each row, whatever is done with the rows
        if all(tensor.size in _SCALARS for tensor in value.tensors):
            return True
        if self.containers.only_latest_read(keep):
            return True
        if isinstance(keep.value, ast.Tuple):
            read = self.containers.positions_read(keep)
            if read is not None:
                return all(tensor.size in _SCALARS for place in read for tensor in self._part(value, place).tensors)
        return self._read_as_numbers(keep) and all(tensor.size is Size.UNKNOWN for tensor in value.tensors)

    def _one_evaluation(self, keep: Keep, value: Value, lifetime: Lifetime) -> bool:
        """Whether it is one pass over a data set that trains nothing: a number for each batch, read right after it."""
        if keep.spread or lifetime.loop is None or any(tensor.size not in _SCALARS for tensor in value.tensors):
            return False
        loops = (lifetime.caller or self.module).once(loops_of)
        alone = loops.around(lifetime.loop) == ()
        evaluates = loops.over_data(lifetime.loop) or loops.over_rows(lifetime.loop)
        return alone and evaluates and not loops.trains(lifetime.loop)

    def _rows(self, value: ast.expr) -> bool:
        """Whether ``value`` is an iterated tensor: the tensor itself, or ``[row for row in tensor]``."""
        return self.inference.of(iterated_tensor(value)).kind is Kind.TENSOR

    @staticmethod
    def _part(value: Value, place: int) -> Value:
        return step(value, place)

    def _read_as_numbers(self, keep: Keep) -> bool:
        """Whether all reads take numbers, here and in callers; or pass the container on to another that keeps it."""
        lives_on = bool(self.containers.lifetime(keep).kept_by)
        ends = {way[-1] for way in self.module.once(handed_back_of).ways(keep)} if lives_on else set()
        places = (Place(self.module, keep), *self.containers.callers(keep))
        return all(
            place.module.once(leaks_of)._numbers_in(place, passing=lives_on and place not in ends) for place in places
        )

    def _numbers_in(self, place: Place, passing: bool) -> bool:
        reads, ends = self.containers.reads(place.keep), self.module.once(caller_reads_of)
        return all(
            (ends.numbers(read) and not self._joined(read)) or (passing and self._passes_on(read)) for read in reads
        )

    def _joined(self, read: ast.expr) -> bool:
        """Whether the tensors become one large array: they were kept to be all there at the end."""
        parent = self.module.parents.get(read)
        return isinstance(parent, ast.Call) and last_name(parent.func) in _JOINING

    def _passes_on(self, read: ast.expr) -> bool:
        """Whether the container itself is returned, or kept in another: who has it then is who reads it."""
        parent = self.module.parents.get(read)
        above = self.module.parents.get(parent) if isinstance(parent, ast.Tuple | ast.Dict) else parent
        statement = next(each for each in self.module.ancestors(read) if isinstance(each, ast.stmt))
        other = keep_of(statement)
        return isinstance(above, ast.Return) or (other is not None and other.value in (read, parent))

    def _reason(self, keep: Keep, value: Value, lifetime: Lifetime) -> str:
        sizes = {tensor.size for tensor in value.tensors}
        if sizes <= {Size.SCALAR}:
            what = "a scalar tensor (about 0.9 kB where a float is 24 bytes)"
        elif sizes <= _SCALARS:
            what = "a small tensor"
        elif Size.LARGE in sizes:
            what = "tensors of a whole batch"
        else:
            what = "a tensor"
        return f"each pass adds {what} to `{keep.name}`, and {self._until(keep, lifetime)}"

    def _until(self, keep: Keep, lifetime: Lifetime) -> str:
        where = f" the loop in line {lifetime.loop.lineno}" if lifetime.loop is not None else ""
        if where and lifetime.caller is not None and lifetime.caller is not self.module:
            where += f" of {lifetime.caller.path}"
        if lifetime.kept_by:
            return f"`{lifetime.kept_by}` keeps what is in it" + (f" beyond{where}" if where else "")
        if not where:
            return f"nothing ever empties `{keep.name}`"
        if lifetime.caller is not None:
            return f"a caller made it before{where} and never empties it in it"
        return f"`{keep.name}` was made before{where} and is never emptied in it"


def iterated_tensor(value: ast.expr) -> ast.expr:
    """``tensor`` of ``[row for row in tensor]``; anything else is what it is."""
    if isinstance(value, ast.ListComp | ast.GeneratorExp) and len(value.generators) == 1:
        only = value.generators[0]
        same = isinstance(only.target, ast.Name) and isinstance(value.elt, ast.Name) and only.target.id == value.elt.id
        return only.iter if same and not only.ifs else value
    return value


def leaks_of(module: Module) -> Leaks:
    """The leaking keeps of ``module``; ask through ``module.once(leaks_of)``."""
    return Leaks(module)
