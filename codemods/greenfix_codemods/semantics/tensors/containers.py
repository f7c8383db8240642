"""The containers of a module: the statements that fill them, how long they live, who reads them."""

from __future__ import annotations

import ast
from dataclasses import replace
from functools import cached_property

from greenfix_codemods.semantics.index import index_of
from greenfix_codemods.semantics.module import Module
from greenfix_codemods.semantics.tensors.container_life import ContainerLife
from greenfix_codemods.semantics.tensors.evidence import Evidence
from greenfix_codemods.semantics.tensors.handed_back import handed_back_of
from greenfix_codemods.semantics.tensors.handed_over import Place, handed_over_of
from greenfix_codemods.semantics.tensors.keeps import SUM, Keep, keep_of
from greenfix_codemods.semantics.tensors.kinds import Kind, Size, Value, join_all
from greenfix_codemods.semantics.tensors.life import Life, Lifetime
from greenfix_codemods.semantics.tensors.readers import Readers, readers_of
from greenfix_codemods.semantics.tensors.scopes import How

__all__ = ["Containers", "Keep", "Life", "Lifetime", "containers_of", "keep_of"]


class Containers(ContainerLife, Readers):
    """The containers of one module."""

    @cached_property
    def keeps(self) -> tuple[Keep, ...]:
        """Every statement of the file that adds to a container, in source order."""
        nodes = self.module.once(index_of).all(ast.Expr, ast.AugAssign, ast.Assign)
        found = [keep for node in nodes if (keep := keep_of(node)) is not None]
        return tuple(sorted(found, key=lambda keep: keep.statement.lineno))

    def __init__(self, module: Module) -> None:
        super().__init__(module)
        self._lifetimes: dict[Keep, Lifetime] = {}

    def lifetime(self, keep: Keep) -> Lifetime:
        """How long what ``keep`` adds stays alive; a sum in the newest entry as long as the entries."""
        if keep not in self._lifetimes:
            self._lifetimes[keep] = self._of_sum(keep) if keep.how == SUM else super().lifetime(keep)
        return self._lifetimes[keep]

    def _of_sum(self, keep: Keep) -> Lifetime:
        scope, life = self.flow.scope(keep.statement), super().lifetime
        entries = [each for each in self.keeps if not each.grows and each.name == keep.name]
        found = [life(each) for each in entries if self.flow.scope(each.statement) is scope]
        return next((each for each in found if each.life is Life.RUN), Lifetime(Life.CALL))

    def kept(self, keep: Keep) -> Value:
        """What one pass adds: the value, or the items of what is spread."""
        value = self.inference.of(keep.value)
        if value.kind is Kind.UNKNOWN and isinstance(keep.value, ast.Name):
            value = self._given(keep, keep.value)
        if keep.how == SUM and value.kind is not Kind.TENSOR:
            return Value(Kind.UNKNOWN)  # a list of lists, or numbers
        if keep.how == "+=" and value.kind not in (Kind.SEQUENCE, Kind.MAPPING):
            holder = self.inference.of(keep.container)
            if holder.kind is not Kind.SEQUENCE:
                return Value(Kind.UNKNOWN)  # a number or a tensor grows in place: it is one object
        if value.kind is Kind.TENSOR and value.size is Size.UNKNOWN and any(map(self._is_number, self.reads(keep))):
            return replace(value, size=Size.SCALAR)
        return value

    def _given(self, keep: Keep, name: ast.Name) -> Value:
        """What callers in other files give along with the container: tensors only if all of them give tensors."""
        if not any(binding.how is How.PARAMETER for binding in self.flow.reaching(name)):
            return Value(Kind.UNKNOWN)
        values = self.module.once(handed_over_of).given(keep, name.id)
        return join_all(values) if all(each.tensor for each in values) else Value(Kind.UNKNOWN)

    def _is_number(self, read: ast.expr) -> bool:
        """Whether an element is formatted as only one number can be."""
        element, parent = read, self.module.parents.get(read)
        while isinstance(parent, ast.Subscript) and parent.value is element and not isinstance(parent.slice, ast.Slice):
            element, parent = parent, self.module.parents.get(parent)
        return element is not read and Evidence(self.inference).number_use(element)

    def callers(self, keep: Keep) -> tuple[Place, ...]:
        """The statements of callers that hand over, or keep, the container which ``keep`` fills, with their files."""
        ways = self.module.once(handed_over_of).ways(keep)
        if self.lifetime(keep).kept_by:
            ways += self.module.once(handed_back_of).ways(keep)
        return tuple(dict.fromkeys(place for way in ways for place in way))

    def feeds_gradient(self, keep: Keep) -> bool:
        """Whether a tape differentiates what is computed from the container, here or in a caller."""
        return super().feeds_gradient(keep) or any(
            place.module.once(readers_of).feeds_gradient(place.keep) for place in self.callers(keep)
        )

    def only_latest_read(self, keep: Keep) -> bool:
        """Whether only the newest elements are read, here and by the callers that hand it over."""
        return super().only_latest_read(keep) and all(
            place.module.once(readers_of).only_latest_read(place.keep) for place in self.callers(keep)
        )

    def positions_read(self, keep: Keep) -> frozenset[int] | None:
        """Which elements of kept tuples are read, here and by callers; None when more than fixed positions may be."""
        found = [super().positions_read(keep)]
        found += [place.module.once(readers_of).positions_read(place.keep) for place in self.callers(keep)]
        known = [each for each in found if each is not None]
        return frozenset().union(*known) if len(known) == len(found) else None


def containers_of(module: Module) -> Containers:
    """The containers of ``module``; ask through ``module.once(containers_of)``."""
    return Containers(module)
