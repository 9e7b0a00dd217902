"""What a renderer makes of an SVG: how many parts it draws once each reference is followed. Pure.

A few hundred bytes of references can stand for a million million shapes. Nothing is unfolded to find out: the load of
each element is computed once, from those of its children and of what it refers to.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterable, Iterator
from typing import NamedTuple
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from badgeops.catalog.images import css
from badgeops.catalog.images.outline import NUMBER, numbers, outline

MOST_ADDED = 100_000
"""Parts that references add to those that are written. Chromium draws so many in ten seconds, and badges have few."""
MOST_LEVELS = 200
"""Of nesting, once references are followed."""
FILTER_WEIGHT = 50
"""What a step of a filter costs, in shapes, as measured: it computes each pixel anew."""
MASK_WEIGHT = 20
_LONG_TEXT = 100
"""Characters of a path or a text that cost as much as a shape."""
ENDLESS = 1e15
"""More than anybody counts."""


class Load(NamedTuple):
    """What an element costs to draw, with all that is in it; what it inherits is counted apart."""

    parts: float = 0
    written: float = 0
    """Those that stand in the text, each once."""
    levels: float = 0
    fill: float = 0
    """Shapes whose fill is set further out; so the next ones."""
    stroke: float = 0
    start: float = 0
    mid: float = 0
    """Corners whose marker is set further out."""
    end: float = 0
    length: float = 0
    """Of outlines whose dashes are set further out."""
    filters: float = 0
    """Steps of a filter, to be counted where it is used."""
    reach: float = 0
    """How far a filter reaches, in the units of its user."""


_NOTHING = Load()
_SHAPES = frozenset({"path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text", "tspan", "textpath"})
_MARKED = frozenset({"path", "line", "polyline", "polygon"})
_GRADIENTS = frozenset({"lineargradient", "radialgradient"})
_NO_CONTENT = frozenset({
    "a", "animate", "animatecolor", "animatemotion", "animatetransform", "set", "discard", "mpath", "textpath", "image",
    "view", "script",
})  # fmt: skip
"""Elements whose href leads to something that is not drawn a second time."""
_PAINTED = ("fill", "stroke", "marker-start", "marker-mid", "marker-end", "marker")
_REFERRING = frozenset({"mask", "-webkit-mask", "mask-image", "-webkit-mask-image", "clip-path", "-webkit-clip-path"})
_FILTERS = frozenset({"filter", "-webkit-filter", "backdrop-filter", "-webkit-backdrop-filter"})
_TRANSFORMS = frozenset({"transform", "scale", "zoom"})
_LOOKED_AT = frozenset((*_PAINTED, *_REFERRING, *_FILTERS, *_TRANSFORMS, "stroke-dasharray", "d"))
_REPEATED = frozenset({"stroke-dasharray", "marker", "marker-start", "marker-mid", "marker-end"})
_MOST_MEASURED = 2_000_000
"""Characters of outlines; more are not gone along one by one."""
_CHANGED_BY = ("from", "to", "by", "values")
"""Attributes of an animation that stand for those of the element that it changes."""
_Node = tuple[Element, bool] | css.Values
"""An element, and whether it is used as a resource, which inherits nothing from its user; or what a property says."""
_Steps = Generator[_Node, Load, Load]


def unfold(root: Element, side: float) -> tuple[Load, bool]:
    """Return the load of a whole SVG, and whether something in it refers to itself. `side` is that of the drawing."""
    try:
        renderer = _Renderer(root, side)
        return renderer.load((root, False)), renderer.is_circular
    except OverflowError:
        return Load(ENDLESS), False


class _Renderer:
    def __init__(self, root: Element, side: float) -> None:
        self.is_circular = False
        self._root = root
        self._side = side
        self._sheet = css.Sheet()
        self._named: dict[str, list[Element]] = {}
        self._parents: dict[Element, Element] = {}
        self._variables = css.Values()
        self._declared: dict[Element, dict[str, list[css.Values]]] = {}
        self._known: dict[_Node, Load] = {}
        self._numbers: dict[tuple[Callable[[str], float], css.Values], float] = {}
        elements = [element for element in root.iter() if _is_element(element)]
        for element in elements:
            if (name := element.get("id")) is not None:
                self._named.setdefault(name, []).append(element)
            for child in element:
                self._parents[child] = element
            if local(element) == "style":
                self._sheet.read("".join([element.text or "", *(child.tail or "" for child in element)]))
        # What it costs to find the rules of each element.
        self._slow = self._sheet.size * len(elements) / 1000
        for found in self._sheet.rules.values():
            self._note_variables(found)
        for element in elements:
            if element.attrib or self._sheet.rules:
                self._declare(element)
        for element in elements:
            if element.get("attributeName") in _LOOKED_AT:
                self._declare_animated(element)
        self._repeats = any(not _REPEATED.isdisjoint(found) for found in self._declared.values())
        self._measured = 0

    def _note_variables(self, found: css.Declarations) -> None:
        for name, values in found.items():
            if name.startswith("--"):
                self._variables += values

    def _declare(self, element: Element) -> None:
        """Note all values that the properties of an element may have: which of them wins does not matter."""
        attributes = element.attrib
        own: css.Declarations = {
            name: css.Values([attributes[name].strip()])
            for name in _LOOKED_AT & attributes.keys()
            if attributes[name].strip() not in ("", "inherit")
        }
        rules = [own]
        if "style" in attributes:
            rules.append(css.declarations(attributes["style"]))
            self._note_variables(rules[-1])
        if self._sheet.rules:
            rules += self._rules_for(element)
            if any(name.startswith(("animation", "-webkit-animation")) for each in rules for name in each):
                rules.append(self._sheet.rules.get(css.ANIMATED, {}))
        found: dict[str, list[css.Values]] = {}
        for rule in rules:
            for name in _LOOKED_AT & rule.keys():
                found.setdefault(name, []).append(rule[name])
        if found:
            self._declared[element] = found

    def _declare_animated(self, animation: Element) -> None:
        """Note the values that an animation gives to a property of the element around it, or the one it names."""
        values = css.Values(animation.attrib[name] for name in _CHANGED_BY if name in animation.attrib)
        targets = self._targets(_href(animation) or "") or list(self._ancestors(animation))[:1]
        for target in targets:
            self._declared.setdefault(target, {}).setdefault(animation.attrib["attributeName"], []).append(values)

    def _rules_for(self, element: Element) -> list[css.Declarations]:
        keys = [css.EVERYTHING, local(element), f"#{element.get('id', '').lower()}"]
        keys += {f".{name}" for name in element.get("class", "").lower().split()}
        return [self._sheet.rules[key] for key in keys if key in self._sheet.rules]

    def _values(self, element: Element, names: Iterable[str]) -> list[css.Values]:
        declared = self._declared.get(element, {})
        found = [values for name in names if name in declared for values in declared[name]]
        if any(self._largest(_is_variable, values) for values in found):
            found.append(self._variables)
        return found

    def _largest(self, measure: Callable[[str], float], values: css.Values) -> float:
        """Return the largest measure of all values; rules that are about many elements are measured once."""
        found = self._numbers.get((measure, values))
        if found is None:
            found = self._numbers[measure, values] = max(map(measure, values), default=0.0)
        return found

    def load(self, wanted: _Node) -> Load:
        """Compute the load of an element, of what it needs first; no deeper on the stack the deeper it is nested."""
        waiting: list[tuple[_Node, _Steps]] = [(wanted, self._steps(wanted))]
        busy = {wanted}
        answer: Load | None = None
        while waiting:
            node, steps = waiting[-1]
            try:
                needed = next(steps) if answer is None else steps.send(answer)
            except StopIteration as done:
                answer = self._known[node] = done.value
                busy.discard(node)
                waiting.pop()
                continue
            answer = self._known.get(needed)
            if answer is None and needed in busy:
                # Gradients that lead back to themselves come from some programs, and every renderer stops there.
                self.is_circular |= not _is_gradient(needed)
                answer = _NOTHING
            elif answer is None:
                busy.add(needed)
                waiting.append((needed, self._steps(needed)))
        return self._known[wanted]

    def _steps(self, node: _Node) -> _Steps:
        if isinstance(node, css.Values):
            return self._most(node)
        element, is_resource = node
        return self._as_resource(element) if is_resource else self._inside(element)

    def _inside(self, element: Element) -> _Steps:
        """Add up what is in an element, and what it refers to."""
        name = local(element)
        total = yield from self._content(element, name)
        if element in self._declared:
            total = yield from self._painted(element, total)
            total = yield from self._effects(element, total)
        if total.reach:
            total = total._replace(reach=min(total.reach * self._scale(element, name), ENDLESS))
        return total._replace(levels=total.levels + 1)

    def _content(self, element: Element, name: str) -> _Steps:
        total = self._own(element, name)
        for child in element:
            if _is_element(child):
                total = _sum(total, (yield (child, False)))
        if name in _NO_CONTENT or (href := _href(element)) is None:
            return total
        for target in self._targets(href):
            # What is used inherits from its user, as a child does.
            found = yield (target, name != "use")
            total = _sum(total, found._replace(written=0, filters=found.filters if name == "filter" else 0))
        return total

    def _painted(self, element: Element, total: Load) -> _Steps:
        """Add what an element sets for all the shapes in it that do not set it for themselves."""
        for property_, open_ in _OPEN:
            names = (property_, "marker") if property_.startswith("marker") else (property_,)
            count = getattr(total, open_)
            if count and (values := self._values(element, names)):
                paint = yield from self._together(values)
                total = _more(total, count * paint.parts, paint)._replace(**{open_: 0})
        if total.length and (values := self._values(element, ("stroke-dasharray",))):
            dashes = total.length * max(self._largest(_dashes_per_unit, each) for each in values)
            total = total._replace(parts=min(total.parts + dashes / 10, ENDLESS), length=0)
        return total

    def _effects(self, element: Element, total: Load) -> _Steps:
        """Add what is applied to an element as a whole."""
        for property_ in _REFERRING & self._declared[element].keys():
            found = yield from self._together(self._values(element, (property_,)))
            weight = MASK_WEIGHT if "mask" in property_ else 1
            total = _more(total, found.parts + weight if found.parts else 0, found)
        if values := self._values(element, _FILTERS):
            found = yield from self._together(values)
            functions = max(self._largest(_filter_functions, each) for each in values)
            reach = max(self._largest(_blur, each) for each in values)
            total = _more(total, found.parts + found.filters + functions, found)
            total = total._replace(reach=max(total.reach, reach))
        return total

    def _together(self, values: list[css.Values]) -> _Steps:
        """Return the largest load among all that a property may refer to."""
        most = _NOTHING
        for each in values:
            found = yield each
            most = Load(*map(max, most, found))
        return most

    def _most(self, values: css.Values) -> _Steps:
        most = _NOTHING
        for value in dict.fromkeys(values):
            together = _NOTHING
            for fragment in css.targets(value):
                for target in self._targets(f"#{fragment}"):
                    together = _sum(together, (yield (target, True)))
            most = Load(*map(max, most, together))
        return most

    def _as_resource(self, element: Element) -> _Steps:
        """Add what the content of a pattern, a mask or a marker inherits."""
        total: Load = yield (element, False)
        for around in self._ancestors(element):
            total = yield from self._painted(around, total)
        return total._replace(written=0, fill=0, stroke=0, start=0, mid=0, end=0, length=0)

    def _ancestors(self, element: Element) -> Iterator[Element]:
        while (parent := self._parents.get(element)) is not None:
            yield parent
            element = parent

    def _targets(self, href: str) -> list[Element]:
        if not href.startswith("#"):
            return []
        return self._named.get(href[1:]) or self._named.get(unquote(href[1:])) or []

    def _own(self, element: Element, name: str) -> Load:
        """Return what an element costs without its content."""
        path = self._path(element)
        texts = (path, element.get("points"), element.text, element.tail)
        parts = 1 + sum(len(text) for text in texts if text) // _LONG_TEXT
        total = Load(parts, parts)
        if element is self._root:
            return total._replace(parts=parts + self._slow)
        if name in _SHAPES:
            length, corners = self._outline(name, element, path)
            marks = name in _MARKED
            total = Load(parts, parts, 0, 1, 1, marks, corners * marks, marks, length)
        elif name.startswith("fe"):
            weight, reach = self._filter_step(element, name)
            total = total._replace(filters=weight, reach=reach)
        return total

    def _outline(self, name: str, element: Element, path: str) -> tuple[float, int]:
        """Measure a shape, if anything is repeated along shapes at all; beyond all bounds it is taken to be endless."""
        if not self._repeats:
            return 0.0, 0
        described = len(path) + len(element.get("points", ""))
        self._measured += described
        return outline(name, element, path) if self._measured <= _MOST_MEASURED else (ENDLESS, described)

    def _path(self, element: Element) -> str:
        return max((value for each in self._values(element, ("d",)) for value in each), key=len, default="")

    def _filter_step(self, element: Element, name: str) -> tuple[float, float]:
        """Return how much work one step of a filter is for each pixel, and how far it looks around."""
        if name in ("femergenode", "fefuncr", "fefuncg", "fefuncb", "fefunca"):
            return 0, 0
        weight: float = FILTER_WEIGHT
        if name == "feturbulence":
            weight *= max([1, *_settings(element, "numOctaves")])
        if name == "feconvolvematrix":
            columns, rows = (_settings(element, "order") * 2)[:2] or (3, 3)
            weight *= max(1, columns * rows / 9)
        reach = max([0, *_settings(element, "stdDeviation"), *_settings(element, "radius")])
        is_share = self._parents[element].get("primitiveUnits") == "objectBoundingBox"
        return min(weight, ENDLESS), min(reach * (self._side if is_share else 1), ENDLESS)

    def _scale(self, element: Element, name: str) -> float:
        """Return how much larger an element is drawn than it is described, at most."""
        scale = max((self._largest(_scale, each) for each in self._values(element, _TRANSFORMS)), default=1.0)
        if element is not self._root and name in ("svg", "symbol", "marker", "pattern"):
            box = numbers(element.get("viewBox", "")[:_LONG_TEXT])
            if len(box) == 4 and max(box[2:]) > 0:
                scale *= max(1.0, self._side / max(box[2:]))
        return scale


_OPEN = (
    ("fill", "fill"),
    ("stroke", "stroke"),
    ("marker-start", "start"),
    ("marker-mid", "mid"),
    ("marker-end", "end"),
)
"""Properties that are handed down, and where the shapes are counted that wait for them."""
_FUNCTION = re.compile(r"(?!url|var)[-\w]+\(", re.IGNORECASE)
_BLUR = re.compile(r"(?:blur|drop-shadow)\(([^()]*)", re.IGNORECASE)
_UNITS = {"px": 1.0, "em": 16.0, "rem": 16.0, "ex": 8.0, "ch": 8.0, "in": 96.0, "cm": 96 / 2.54, "mm": 96 / 25.4,
          "q": 96 / 101.6, "pt": 96 / 72, "pc": 16.0, "%": 4.0, "vw": 4.0, "vh": 4.0}  # fmt: skip
_LENGTH = re.compile(rf"({NUMBER.pattern})([a-z%]*)", re.IGNORECASE)


def _is_gradient(node: _Node) -> bool:
    return not isinstance(node, css.Values) and local(node[0]) in _GRADIENTS


def _is_element(node: Element) -> bool:
    """Tell an element from a comment or an instruction."""
    return not callable(node.tag)


def local(element: Element) -> str:
    """Return the name of an element without its namespace, in lower case."""
    return element.tag.rpartition("}")[2].lower()


def _href(element: Element) -> str | None:
    href = element.get("href")
    href = element.get("{http://www.w3.org/1999/xlink}href") if href is None else href
    return href.strip() if href is not None else None


def _sum(one: Load, two: Load) -> Load:
    """Return the load of two things that are drawn one after the other."""
    added = [min(first + second, ENDLESS) for first, second in zip(one, two, strict=True)]
    return Load(*added)._replace(levels=max(one.levels, two.levels), reach=max(one.reach, two.reach))


def _more(total: Load, parts: float, used: Load) -> Load:
    """Add the parts that something in use comes to."""
    return total._replace(
        parts=min(total.parts + parts, ENDLESS),
        levels=max(total.levels, used.levels),
        reach=max(total.reach, used.reach),
    )


def _settings(element: Element, name: str) -> list[float]:
    """Return the numbers of an attribute, also those that an animation gives it."""
    animated = [child for child in element if child.get("attributeName") == name]
    texts = [element.get(name), *(child.get(each) for child in animated for each in _CHANGED_BY)]
    return [abs(number) for text in texts if text for number in numbers(text[: 100 * _LONG_TEXT])]


def _lengths(text: str) -> Iterator[tuple[float, float]]:
    for found in _LENGTH.finditer(text):
        yield min(abs(float(found[1])), ENDLESS), _UNITS.get(found[2].lower(), 1.0)


def _dashes_per_unit(dashes: str) -> float:
    period = sum(number * factor for number, factor in _lengths(dashes))
    return min(1 / period, ENDLESS) if period > 0 else 0.0


def _is_variable(value: str) -> float:
    return "var(" in value


def _filter_functions(value: str) -> float:
    """Return the work of the filters that a style names by a function."""
    return FILTER_WEIGHT * len(_FUNCTION.findall(value))


def _blur(value: str) -> float:
    """Return how far the filters look around that a style names by a function."""
    found = _BLUR.findall(value)
    return max((number * factor for content in found for number, factor in _lengths(content)), default=0.0)


def _scale(transform: str) -> float:
    """Return by how much a transform can lengthen anything."""
    scale = 1.0
    if "(" not in transform:
        return max([0.0, *(abs(number) for number in numbers(transform[:_LONG_TEXT]))])
    for found in re.finditer(r"([a-z0-9]{1,20})\(([^()]{0,1000})\)", transform, re.IGNORECASE):
        name, content = found.groups()
        given = [abs(number) for number in numbers(content)]
        if name.lower().startswith("scale"):
            scale *= max([1.0 if not given else 0.0, *given])
        elif name.lower().startswith("matrix"):
            scale *= max([*(sum(given[at : at + 2]) for at in (0, 2)), 0.0]) if len(given) >= 4 else 1.0
        elif name.lower().startswith("skew"):
            scale *= 10.0
    return min(scale, ENDLESS)
