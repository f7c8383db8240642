"""Turning a kept tensor into numbers: which expressions of a keep are converted how, and what forbids it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from greenfix_codemods.edits import Edits, Replace
from greenfix_codemods.rule import Site
from greenfix_codemods.semantics.module import Module
from greenfix_codemods.semantics.names import COMPREHENSIONS, last_name
from greenfix_codemods.semantics.tensors.containers import Keep, containers_of, keep_of
from greenfix_codemods.semantics.tensors.handed_over import Place
from greenfix_codemods.semantics.tensors.inference import inference_of
from greenfix_codemods.semantics.tensors.keeping import iterated_tensor
from greenfix_codemods.semantics.tensors.kinds import Kind, Size

_SCALARS = frozenset({Size.SCALAR, Size.SMALL})
_LIST_METHODS = frozenset(
    {"append", "appendleft", "extend", "insert", "clear", "items", "keys", "values", "get", "copy", "index", "count"}
    | {"sort", "reverse", "pop", "add", "update", "setdefault", "remove", "popleft"}
)


@dataclass(frozen=True, slots=True)
class Conversion:
    """What to convert at a keep.

    Attributes:
        numbers: scalar tensors, to be stored as Python numbers or NumPy scalars.
        arrays: tensors of more than one number, to be stored as NumPy arrays.
        unread: large tensors that nobody reads, to be stored as None.
        iterated: the tensor whose rows are kept by ``extend``.
    """

    numbers: tuple[ast.expr, ...] = ()
    arrays: tuple[ast.expr, ...] = ()
    unread: tuple[ast.expr, ...] = ()
    iterated: ast.expr | None = None

    def edits(self, number: str) -> Edits:
        """Numbers by the template ``number``, arrays by ``.numpy()``, and None for what nobody reads."""
        arrays = self.arrays if self.iterated is None else (*self.arrays, self.iterated)
        return (
            *(Replace(each, number) for each in self.numbers),
            *(Replace(each, "{}.numpy()") for each in arrays),
            *(Replace(each, "None") for each in self.unread),
        )


def conversion_of(site: Site) -> Conversion | str:
    """What can be converted at ``site``, or why nothing can be."""
    keep = keep_of(site.place)
    if keep is None:
        return "the statement does not add to a container"
    containers = site.module.once(containers_of)
    inference = site.module.once(inference_of)
    rows = iterated_tensor(keep.value)
    if keep.spread and inference.of(rows).kind is Kind.TENSOR:
        return Conversion(iterated=rows)
    parts = list(_written(keep, site.module))
    if not parts:
        return f"`{ast.unparse(keep.value)}` is put together elsewhere, so there is no tensor here to convert"
    read = containers.positions_read(keep) if isinstance(keep.value, ast.Tuple) else None
    numbers: list[ast.expr] = []
    arrays: list[ast.expr] = []
    unread: list[ast.expr] = []
    for position, part in parts:
        kind = inference.of(part)
        if kind.kind is not Kind.TENSOR:
            if kind.tensor and (read is None or position in read):
                return f"`{ast.unparse(part)}` holds several tensors"
            if kind.tensor:
                unread.append(part)
        elif read is not None and position not in read and kind.size not in _SCALARS:
            unread.append(part)
        else:
            (numbers if kind.size is Size.SCALAR else arrays).append(part)
    return Conversion(tuple(numbers), tuple(arrays), tuple(unread))


def _written(keep: Keep, module: Module) -> Iterator[tuple[int, ast.expr]]:
    """The expressions of the kept value that can be rewritten where they stand, with their position."""
    node = keep.value
    if isinstance(node, ast.Tuple | ast.List):
        if not any(isinstance(each, ast.Starred) for each in node.elts):
            yield from enumerate(node.elts)
    elif isinstance(node, ast.Dict):
        yield from enumerate(node.values)
    elif not keep.spread and module.once(inference_of).of(node).kind is Kind.TENSOR:
        yield 0, node
    elif isinstance(node, ast.ListComp):
        yield 0, node.elt


def element_use(site: Site, forbidden: frozenset[str] | None) -> str | None:
    """A read of an element that a number could not answer, in words; also one in a caller that gave the container.

    Args:
        site: the keep.
        forbidden: the attributes that the stored value will not have; None for "any attribute".
    """
    keep = keep_of(site.place)
    if keep is None:
        return None
    found = _use(site.module, keep, forbidden)
    for place in site.module.once(containers_of).callers(keep):
        found = found or _use(place.module, place.keep, forbidden) or _shown(place, whole=forbidden is None)
    return found


def _use(module: Module, keep: Keep, forbidden: frozenset[str] | None) -> str | None:
    reads = module.once(containers_of).reads(keep)
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Attribute) or (forbidden is not None and node.attr not in forbidden):
            continue
        if forbidden is None and node.attr in _LIST_METHODS:
            continue
        if _is_element(node.value, keep, reads, module):
            return f"`{ast.unparse(node)}` in line {node.lineno} needs the tensor"
    if any(_escapes(read, module) for read in reads):
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Attribute) and node.attr == "numpy" and _is_any_element(node.value, module):
                return f"`{ast.unparse(node)}` in line {node.lineno} may be called on an element of `{keep.name}`"
    return None


def _shown(place: Place, whole: bool) -> str | None:
    """A line of a caller that writes what it reads: a number is written in other digits than the tensor.

    Args:
        place: the call that hands the container over.
        whole: whether the number is stored in double precision, which shows where it is formatted.
    """
    for read in place.module.once(containers_of).reads(place.keep):
        around = next(filter(_takes, place.module.ancestors(read)), None)
        where = f"line {read.lineno} of {place.module.path}"
        if isinstance(around, ast.FormattedValue) and around.format_spec is None and whole:
            return f"{where} would write more digits"
        if isinstance(around, ast.Call) and last_name(around.func) in ("print", "str", "repr"):
            return f"{where} writes the tensors as they are"
    return None


def _takes(around: ast.AST) -> bool:
    """Whether an expression around an element takes it in: a call of another object's, or a place in a text."""
    call = isinstance(around, ast.Call) and last_name(around.func) not in _LIST_METHODS
    return call or isinstance(around, ast.FormattedValue | ast.stmt)


def _is_element(node: ast.expr, keep: Keep, reads: tuple[ast.expr, ...], module: Module) -> bool:
    """Whether ``node`` is an element of the container: a subscript of it or a variable that iterates it."""
    if isinstance(node, ast.Subscript):
        inner: ast.expr = node
        while isinstance(inner, ast.Subscript):
            inner = inner.value
        return any(inner is read for read in reads) and not isinstance(node.slice, ast.Slice)
    if isinstance(node, ast.Name):
        source = _iterated(node, module)
        return source is not None and any(each is read for read in reads for each in ast.walk(source))
    return False


def _is_any_element(node: ast.expr, module: Module) -> bool:
    if isinstance(node, ast.Subscript):
        return True
    return isinstance(node, ast.Name) and _iterated(node, module) is not None


def _iterated(name: ast.Name, module: Module) -> ast.expr | None:
    """What the variable ``name`` iterates, if it is the target of a loop or comprehension around it."""
    for around in module.ancestors(name):
        if isinstance(around, COMPREHENSIONS):
            for each in around.generators:
                if _targets(each.target, name.id):
                    return each.iter
        elif isinstance(around, ast.For) and _targets(around.target, name.id):
            return around.iter
        elif isinstance(around, ast.FunctionDef | ast.AsyncFunctionDef):
            return None
    return None


def _targets(target: ast.expr, name: str) -> bool:
    return any(isinstance(node, ast.Name) and node.id == name for node in ast.walk(target))


def _escapes(read: ast.expr, module: Module) -> bool:
    """Whether the container itself goes out of sight: returned, yielded, given to a function of the project."""
    node: ast.AST = read
    for around in module.ancestors(read):
        if isinstance(around, ast.Return | ast.Yield):
            return True
        if isinstance(around, ast.Call) and node is not around.func:
            return module.once(inference_of).of(around.func).definition is not None
        if isinstance(around, ast.stmt):
            return isinstance(around, ast.Assign)
        node = around
    return False
