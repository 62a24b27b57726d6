"""A formula as people write it becomes atomic fractions; what cannot be read is refused, with the place."""

import re
import warnings
from collections import Counter
from typing import Any

import pandas as pd

from .errors import AmbiguousFormulaWarning, FormulaError, shorten, why_unread
from .periodic_table import COLUMN, POSITIONS
from .words import adds_up, misread

CONVENTIONS = ("auto", "alloy", "chemical")  # how the number behind a bracket can be read, see parse_formula
_ANIONS = frozenset("H N O F S Cl As Se Br Sb Te I".split())
_METALS = frozenset(symbol for symbol, (_, column) in POSITIONS.items() if column < 12) - {"H"}  # groups 1 to 12
_WHOLE = frozenset(range(1, 20))
_SMALLEST, _LARGEST, _DEEPEST = 1e-12, 1e12, 50  # amounts and bracket levels that are accepted

# Possessive quantifiers (++, ?+) never step back, so garbage of any length is refused in linear time.
_NUMBER = r"(?:[0-9]++(?:\.[0-9]*+)?+|\.[0-9]++)"
_WATER = rf"·\s*+(?P<water>{_NUMBER})\s*+H2O(?![a-z0-9.])"
_FLAT = re.compile(rf"(?:[A-Z][a-z]?+{_NUMBER}?+)++")
_PAIR = re.compile(rf"([A-Z][a-z]?+)({_NUMBER}?+)")
_TOKEN = re.compile(
    rf"(?P<element>[A-Z][a-z]?+)\s*+(?P<amount>{_NUMBER}?+)|(?P<open>[(\[{{])"
    rf"|(?P<close>[)\]}}])\s*+(?P<factor>{_NUMBER}?+)|{_WATER}|\s++"
)
_DOT = re.compile(rf"{_WATER}|(?P<decimal>(?<=[0-9])·(?=[0-9]))|(?P<join>(?<=.)·(?=\s*+[A-Z(\[{{]))")
_CAPITALS = re.compile("|".join(symbol.upper() for symbol in COLUMN if len(symbol) == 2))
_DRY_WATER = re.compile(r"[^0-9·\s][0-9]*+\.([1-9][0-9]?)H2O\s*$")
_CLOSES = {"(": ")", "[": "]", "{": "}"}
_PASTED = {ord(subscript): str(i) for i, subscript in enumerate("₀₁₂₃₄₅₆₇₈₉")}
_PASTED |= dict.fromkeys(map(ord, "⋅•∙‧・"), "·")
_PASTED |= dict.fromkeys((0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF), " ")  # blanks of no width


def parse_formula(text: str, convention: str = "auto") -> dict[str, float]:
    """Read a formula as atomic fractions, which add up to 1, in order of first appearance.

    Raises ``FormulaError``. Gives an ``AmbiguousFormulaWarning`` in "auto", as the Notes say, and for an end as in
    "CuSO4.5H2O" (read as 4.5; the hydrate is shown).

    Parameters
    ----------
    text
        Elements, each with its amount: a decimal such as "37.5", ".5" or "0.10". A missing amount is 1. The amount 0
        drops the element, and the amounts of an element that is written twice are added. Brackets ``() [] {}`` nest.
        Blanks may stand between the parts, but not inside a number. Subscript digits count as digits. Charges,
        isotopes, ranges, variables, exponents, units and "bal." are refused.
    convention : {"auto", "alloy", "chemical"}
        How a bracket with a number behind it is read. "alloy": the group is normalised and weighs as much as the
        number, so (CaCu)70Mg30 is Ca 35, Cu 35, Mg 30. "chemical": the number multiplies the group, so it is Ca 70,
        Cu 70, Mg 30 of 170 atoms. "auto": see Notes.

    Notes
    -----
    **What decides in "auto".** Each reading has a *total*: the sum over the top level of the formula. It counts the
    amount of each single element. For each group it counts the number behind it (alloy), or this number times the
    sum of the group (chemical). A bracket around the whole formula is ignored. A total *adds up* when it is
    100 ± 0.5 or 1 ± 0.005, and it is *near* within 5 %. Two readings *differ* when some element differs by more than
    0.1 at%.

    1. If the alloy total adds up, the alloy reading is taken. There is a warning if the readings differ and the
       chemical reading is plausible too. It is plausible if its total adds up. It is also plausible if a group with
       a number behind it looks like a compound, as in (ZrO2)97(Y2O3)3, which ceramists write in mol%: all its
       amounts are whole and below 20, and it holds one of H N O F S Cl As Se Br Sb Te I; or its amounts are not
       whole, and their total is above 1 and near neither 1 nor 100, as in (YBa2Cu3O6.95)90Ag10. In mole fractions
       (total 1) any group whose own total is near neither will do, but not equal amounts of metals: (NiCo)0.3.
    2. Otherwise the chemical reading is taken. There is a warning if the readings differ, the chemical total does
       not add up either, and the alloy reading is plausible. It is plausible if its total is near 100 or 1
       (a misprint?), or if the amounts of some group add up to 100 ± 0.5 and the number behind it is not 1.

    **Words.** Refused are: an amount above 100; one element with another amount than 1 or 100 (molecules such as H2,
    S8 and C60 excepted); brackets of I, V and X; two alloys in one cell; names such as S45C, YBCO and Ti6Al4V; and
    phases and states (FCC, B2) behind a blank or in a last bracket, unless the elements stand one by one (Ti1 B2) or
    the total adds up. Capitals that do not add up (CU50NI50) give a warning where Cu50Ni50 does.

    **The middle dot** (also ⋅ • ∙ ‧). Before an element or a bracket it joins two parts: CaO·SiO2. ``·5H2O`` is five
    waters. Between two digits it is the decimal point of old papers, Fe37·5Co62·5, if the formula so read adds up.
    Otherwise it is refused, because Al2O3·2SiO2 could mean either.

    Examples
    --------
    >>> parse_formula("(Fe75Co25)80B20")
    {'Fe': 0.6, 'Co': 0.2, 'B': 0.2}
    """
    reading, ambiguity, _ = read_formula(text, convention)
    if ambiguity:
        warnings.warn(f"{shorten(text)}: {ambiguity}", AmbiguousFormulaWarning, stacklevel=2)
    return reading


def read_formula(text: Any, convention: str = "auto") -> tuple[dict[str, float], str, float]:
    """Read as :func:`parse_formula`, and return the ambiguity ("" for none) and the total (NaN if readings differ)."""
    if convention not in CONVENTIONS:
        raise ValueError(f"convention={convention!r} is not known: take one of {', '.join(CONVENTIONS)}")
    if not isinstance(text, str):
        empty = pd.isna(text) is True
        what = "an empty cell" if empty else f"a value of type {type(text).__name__}"
        remedy = "a formula is text such as 'Fe80B20'"
        remedy += "; read_csv takes the text NaN for an empty cell unless keep_default_na=False" * empty
        raise FormulaError(text, None, f"{what} is no formula", remedy)
    if _FLAT.fullmatch(text) is not None:  # plain text without brackets or blanks: nearly every formula
        amounts: dict[str, float] = {}
        for symbol, number in _PAIR.findall(text):
            if symbol not in COLUMN or len(number) > 12:
                break  # the slow way knows what to say, and where
            amounts[symbol] = amounts.get(symbol, 0.0) + (float(number) if number else 1.0)
        else:
            total = sum(amounts.values())
            if min(amounts.values()) > _SMALLEST * total and not ("." in text and text.endswith("H2O")):
                usual = 99.5 <= total <= 100 and len(amounts) > 1
                doubt = "" if usual else _doubt(text, text, amounts, (total, total))
                return {symbol: amount / total for symbol, amount in amounts.items()}, doubt, total
    clean, decimal_dots = _clean(text)
    whole = _scan(clean, text)
    use_alloy = convention == "alloy" or (convention == "auto" and adds_up(whole.totals[0]))
    reading = _share(whole.alloy if use_alloy else whole.chemical)
    rarest = min(reading, key=reading.__getitem__)
    if reading[rarest] < _SMALLEST:
        reason = f"the share of {rarest} is {reading[rarest]:.1g}, too little to tell from nothing"
        raise FormulaError(text, None, reason, "check the amounts, or leave this element out")
    total = whole.totals[0 if use_alloy else 1]
    if decimal_dots and not adds_up(total):
        reason = "a middle dot between two digits could be a decimal point, or join two parts"
        remedy = "write a full stop for the decimal point, or brackets for the parts: Al2O3(SiO2)2"
        raise FormulaError(text, decimal_dots[0], reason, remedy)
    doubt = _doubt(text, clean, whole.chemical, whole.totals)
    if convention == "auto" and _other_is_plausible(whole, use_alloy):
        other = _share(whole.chemical if use_alloy else whole.alloy)
        if max(abs(reading[symbol] - other[symbol]) for symbol in reading) > 0.001:
            taken, name = ("an alloy", "chemical") if use_alloy else ("a chemical formula", "alloy")
            doubt = f"read as {taken}, {_shown(reading)}; convention='{name}' gives {_shown(other)}"
            return reading, doubt, float("nan")
    if water := _DRY_WATER.search(clean):
        hydrate = read_formula(f"{clean[: water.start(1) - 1]}·{water[1]}H2O", convention)[0]
        taken = f"the full stop was read as a decimal point, {_shown(reading)}; as water of crystallisation"
        doubt = f"{taken}, written (H2O){water[1]}, it would be {_shown(hydrate)}"
    return reading, doubt, total if whole.alloy_total == whole.chemical_total else float("nan")


def _doubt(text: str, clean: str, atoms: dict[str, float], totals: tuple[float, float]) -> str:
    """Refuse a word that is no formula; return the warning for capitals that add up as other elements, or ""."""
    complete = any(map(adds_up, totals))
    if trouble := misread(clean, atoms, totals[0], complete):
        raise FormulaError(text, *trouble)
    if complete or not clean.isupper():
        return ""
    mended = _CAPITALS.sub(lambda pair: pair[0].capitalize(), clean)
    whole = _scan(mended, text)
    if not adds_up(whole.totals[0]) or (len(whole.alloy) == 1 and whole.totals[0] < 2):  # CO is no cobalt
        return ""
    return f"read as {_shown(_share(atoms))}; written {mended} it would be {_shown(_share(whole.alloy))}"


def printed_total(formula: str) -> float:
    """Sum the amounts at a formula's top level: 100 for (Fe75Co25)83P17, 105 for Zr53Ti5Cu20Ni12Al15."""
    return _scan(_clean(formula)[0], formula).totals[0]


def _clean(text: str) -> tuple[str, list[int]]:
    """Replace pasted characters, and say which middle dots were read as decimal points."""
    clean = text.translate(_PASTED)
    decimal_dots = [dot.start() for dot in _DOT.finditer(clean) if dot["decimal"]]
    return _DOT.sub(lambda dot: "." if dot["decimal"] else " " if dot["join"] else dot[0], clean), decimal_dots


class _Group:
    """What one pair of brackets, or the whole formula, holds in both readings."""

    def __init__(self, start: int):
        self.start = start
        self.alloy, self.chemical = Counter(), Counter()
        self.alloy_total = self.chemical_total = 0.0
        self.parts, self.inner = 0, (0.0, 0.0)
        self.holds_100 = self.holds_compound = self.holds_unit = False

    @property
    def totals(self) -> tuple[float, float]:
        """The alloy and the chemical total; where one pair of brackets holds everything, of its content."""
        return self.inner if self.parts == 1 and self.inner[0] else (self.alloy_total, self.chemical_total)

    def add(self, alloy: dict[str, float], chemical: dict[str, float], weight: float, chemical_weight: float) -> None:
        for symbol in alloy:
            self.alloy[symbol] += alloy[symbol]
            self.chemical[symbol] += chemical[symbol]
        self.alloy_total += weight
        self.chemical_total += chemical_weight
        self.parts += 1

    def add_group(self, group: "_Group", factor: float) -> None:
        if factor:
            alloy = {symbol: amount / group.alloy_total * factor for symbol, amount in group.alloy.items()}
            chemical = {symbol: amount * factor for symbol, amount in group.chemical.items()}
            self.add(alloy, chemical, factor, group.chemical_total * factor)
            self.inner = group.totals
            self.holds_100 |= group.holds_100 or (factor != 1 and abs(group.alloy_total - 100) <= 0.5 + 1e-9)
            amounts, unit = set(group.chemical.values()), not _near(group.alloy_total)
            compound = not _ANIONS.isdisjoint(group.chemical) and _WHOLE.issuperset(amounts)
            compound = compound or (unit and group.alloy_total > 1 and any(amount % 1 for amount in amounts))
            unit = unit and not (len(amounts) == 1 and _METALS.issuperset(group.chemical))
            self.holds_compound |= group.holds_compound or (factor != 1 and compound)
            self.holds_unit |= group.holds_unit or (factor != 1 and unit)


def _scan(clean: str, text: str) -> _Group:
    """Walk over the parts once, with a stack of open brackets; errors show `text`, as it was given."""
    group, stack, position = _Group(0), [], 0
    while position < len(clean):
        token = _TOKEN.match(clean, position)
        if token is None:
            raise FormulaError(text, position, *why_unread(clean, position))
        if symbol := token["element"]:
            if symbol not in COLUMN:
                raise FormulaError(text, position, *why_unread(clean, position))
            if amount := _amount(token, "amount", text):
                group.add({symbol: amount}, {symbol: amount}, amount, amount)
        elif token["open"]:
            if len(stack) == _DEEPEST:
                raise FormulaError(text, position, f"brackets are nested deeper than {_DEEPEST} levels")
            stack.append(group)
            group = _Group(position)
        elif bracket := token["close"]:
            if not stack:
                raise FormulaError(text, position, f"'{bracket}' closes a bracket that was never opened")
            factor = _amount(token, "factor", text)
            opened = clean[group.start]
            if bracket != _CLOSES[opened]:
                raise FormulaError(text, position, f"'{bracket}' cannot close '{opened}'", f"write '{_CLOSES[opened]}'")
            if not group.alloy:
                empty = not clean[group.start + 1 : position].strip()
                reason = "these brackets are empty" if empty else "the amounts in these brackets are all 0"
                raise FormulaError(text, group.start, reason, "leave the brackets out")
            if factor and not _SMALLEST <= factor * group.chemical_total <= _LARGEST:
                raise FormulaError(text, position, "the multiplied amounts grow or shrink beyond measure")
            stack[-1].add_group(group, factor)
            group = stack.pop()
        elif token["water"]:
            water = _Group(position)
            water.add({"H": 2.0, "O": 1.0}, {"H": 2.0, "O": 1.0}, 3.0, 3.0)
            group.add_group(water, _amount(token, "water", text))
        position = token.end()
    if stack:
        opened = clean[group.start]
        raise FormulaError(text, group.start, f"'{opened}' is never closed", f"add '{_CLOSES[opened]}'")
    if not clean.strip():
        raise FormulaError(text, None, "the formula is empty", "a formula is text such as 'Fe80B20'")
    if not group.alloy:
        raise FormulaError(text, 0, "every amount is 0", "a composition needs at least one element")
    return group


def _amount(token: re.Match[str], name: str, text: str) -> float:
    """Return the number behind an element or a bracket; 1 if there is none."""
    digits = token[name]
    if not digits:
        return 1.0
    value = float(digits) if len(digits) <= 400 else float("inf")
    if not _SMALLEST <= value <= _LARGEST and digits.strip("0."):
        reason = f"this amount is too {'small' if value < 1 else 'large'} to be true"
        raise FormulaError(text, token.start(name), reason, "write at% or fractions")
    return value


def _other_is_plausible(whole: _Group, use_alloy: bool) -> bool:
    """Return whether the reading that was not taken is plausible, by the rules in parse_formula's Notes."""
    alloy_total, chemical_total = whole.totals
    if use_alloy:
        return adds_up(chemical_total) or whole.holds_compound or (whole.holds_unit and alloy_total < 2)
    return not adds_up(chemical_total) and (_near(alloy_total) or whole.holds_100)


def _near(total: float) -> bool:
    """Return whether a total is within 5 % of 100 or of 1."""
    return min(abs(total - 100) / 100, abs(total - 1)) <= 0.05 + 1e-9


def _share(amounts: dict[str, float]) -> dict[str, float]:
    total = sum(amounts.values())
    return {symbol: amount / total for symbol, amount in amounts.items()}


def _shown(shares: dict[str, float]) -> str:
    return " ".join(f"{symbol} {100 * share:.4g}" for symbol, share in shares.items()) + " at%"
