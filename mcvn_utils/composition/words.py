"""Words that are no formulas, though some read as one: names of alloys, phases, states, units, placeholders."""

import re
from collections.abc import Mapping

from .periodic_table import COLUMN

_DASH, _NUMBER = "-−–—‐‑", r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)"
_THREE_DIGITS = re.compile(r"(?<![0-9.])[0-9]{3,}(?:\.[0-9]*)?")
_MOLECULES = frozenset("H2 N2 O2 O3 F2 Cl2 Br2 I2 S8 Se8 P4 As4 C60".split())

# Lattices, processes and abbreviations that consist of element symbols, but are never part of a formula,
_SPELLED = "FCC|BCC|D?HCP|SPS|HIP|HVOF|UFG|YBCO|BSCCO|KNN|PVC|PVP"
# structure types, tempers and abbreviations that could be one more amount (the rest of the text decides),
_SHORT = r"B(?:[1-489]|1[0169]|2[047]|3[1-57])|C(?:[1-47]|1[1-9]|22|3[2-8]|4\d|54)|H(?:[123]\d|\d{3})|HP|FC|CW|NC|SC|SS"
# and what cannot be read: words, structure types, Pearson symbols and space groups, tempers.
_OTHER = (
    r"(?:[Aa]s[-_\s])?[A-Za-z]*[a-z]{3}\w*(?:-[a-z]\w*)*|(?<!^)[A-Z]{3,}|AC|AM|HT|RT|WQ|(?<![^\s(\[{])[α-ω]|T\d{1,3}|A\d\d?"
    r"|L[12](?:_?\d)?|[BC]\d\d?[a-f]?'?|D[\dO]_?\d{0,2}[a-h]?|E\d_\d|[achmot][PIFCRS]\d{1,3}"
    r"|[PIFRC][\dabcdmn]*[-_/][\dabcdmn_/]+"
)
_STATE = re.compile(rf"(?<![A-Za-z0-9.])(?:{_SPELLED}|{_SHORT}|{_OTHER})(?![A-Za-z0-9'])")
_SPELLING = re.compile(rf"(?<![^\s(\[{{])(?:(?P<never>{_SPELLED})|{_SHORT})(?![^\s)\]}}])")
_ALONE = re.compile(rf"[A-Z][a-z]?{_NUMBER}?|{_NUMBER}")
_MATERIAL = re.compile(
    rf"S\d\dCK?|SU[HPS]\d+|SK[HS]?\d+|SC[HS]\d+|SNC\d+|SP[CH]C|{_SPELLED}|Ti6Al4V|TiAl6V4|Ti6Al7Nb|AlSi(?:7|10)Mg"
)
_OXIDATION = re.compile(r"[(\[{]\s*(?:[IVX]+|i{1,3}|iv|vi{0,3})(?:\s*[,/]\s*[IVX]+)*\s*[)\]}]")
_WEIGHED = rf"{_NUMBER}\s*(?:wt\.?\s*%)?\s*[A-Z][a-z]?(?![a-z])"
_DESIGNATION = re.compile(rf"\s*([A-Z][a-z]?)((?:[{_DASH}]\s*|\s+){_WEIGHED}(?:[{_DASH}\s]*{_WEIGHED})*)")

_STATE_REMEDY = "leave it out, or keep it in a column of its own"
_NO_NAME = "the name of a grade or a compound is no formula"
_BY_WEIGHT = "for wt% write from_weight_percent(pd.DataFrame({'Al': [6], 'V': [4]}), balance='Ti')"
_PERCENT = r"[\s.]*(?:%|percent|pct)"
_KNOWN = (  # words in a text that cannot be read
    (rf"(?<![A-Za-z])(?i:wt|weight|mass|[mw]){_PERCENT}|w/o", "is a unit", f"a formula holds at%; {_BY_WEIGHT}"),
    (rf"(?<![A-Za-z])(?i:at|atomic|a){_PERCENT}|a/o", "is a unit", "leave it out: a formula holds at%"),
    (rf"(?i:mole?{_PERCENT})|m/o", "is a unit", "write (ZrO2)97(Y2O3)3, and pass convention='chemical'"),
    (rf"(?i:vol(?:ume)?{_PERCENT}|pp[mb](?![a-z]))", "is a unit", "turn the amounts into at%"),
    (r"[CVWY]?[Bb]al(?:ance)?(?![a-z])\.?|BAL\b|(?i:rest|rem\.)", "is the balance", f"write its at%; {_BY_WEIGHT}"),
    (r"\((?:s|l|g|aq|cr|am)\)", "is a state of matter", "leave it out"),
    (r"Mm(?![a-z])", "is mischmetal", "write its rare earths (Ce, La, Nd, Pr) with their amounts"),
    (r"(?:REE?|Ln|TM|An|Ae|Pn|Ch|Me)(?![a-z])", "stands for several elements", "write the element itself"),
    (rf"(?<=[{_DASH}±+])\s*[xyzδ](?![a-z])", "is a variable behind a minus sign or hyphen", "write a number"),
    (_OXIDATION.pattern, "is an oxidation state", "leave it out: FeCl3"),
)
_KNOWN = [(re.compile(pattern), meaning, remedy) for pattern, meaning, remedy in _KNOWN]


def named_word(text: str, position: int) -> tuple[str, str] | None:
    """Return what the unreadable word at this position is, and the remedy; None for a word that is not known."""
    start = max(0, position - 60)
    text, position = text[start : position + 60], position - start
    if not start and (remedy := _designation(text, position)):
        return "a minus sign or hyphen; an amount is never negative", remedy
    for pattern, meaning, remedy in _KNOWN:
        if word := _covering(pattern, text, position, "0123456789."):
            return f"'{word}' {meaning}", remedy
    total = sum(float(number or 1) for number in re.findall(rf"[A-Z][a-z]?({_NUMBER}?)", text))
    if (word := _covering(_STATE, text, position)) and not (adds_up(total) and _SPELLING.fullmatch(word)):
        return f"'{word}' names a phase or a state", _STATE_REMEDY
    return None


def _covering(pattern: re.Pattern[str], text: str, position: int, between: str = "") -> str:
    """Return the match that holds this position, or that follows it behind separators only."""
    for match in pattern.finditer(text):
        if position < match.end() and not text[position : match.start()].strip(f" \t\n,;:/|_+([{{{_DASH}{between}"):
            return match[0].strip()
    return ""


def _designation(text: str, position: int = 0) -> str:
    """Return the remedy for a designation such as Ti-6Al-4V that starts the text; "" for other texts."""
    if (match := _DESIGNATION.match(text)) and position < match.end():
        parts = re.findall(rf"({_NUMBER})[^A-Z]*([A-Z][a-z]?)", match[2])
        symbols = {match[1], *(symbol for _, symbol in parts)}
        if symbols <= set(COLUMN) and len(parts) + 1 == len(symbols) < 15 and sum(float(x) for x, _ in parts) < 100:
            table = ", ".join(f"'{symbol}': [{float(x):g}]" for x, symbol in parts)
            call = f"from_weight_percent(pd.DataFrame({{{table}}}), balance='{match[1]}')"
            return f"'{match[0].strip()}' is a designation in wt%: write {call} (from_atomic_percent if it is in at%)"
    return ""


def misread(text: str, atoms: Mapping[str, float], total: float, complete: bool) -> tuple[int | None, str, str] | None:
    """Return place, reason and remedy for a text that reads as these atoms but means another thing; else None.

    ``total`` is that of the alloy reading; ``complete`` says that the total of some reading adds up.
    """
    words = text.split()
    one_by_one = len(words) > 1 and all(map(_ALONE.fullmatch, words))  # Ti1 B2
    for match in _SPELLING.finditer(text) if len(words) > 1 or words[0].endswith((")", "]", "}")) else ():
        if text[match.start() - 1 : match.start()] in ("(", "[", "{"):
            beside = text[match.end() :].strip() in (")", "]", "}")
        else:
            beside = len(words) > 1 and (match["never"] or not one_by_one)
        if beside and (match["never"] or not complete):
            return match.start(), f"'{match[0]}' names a phase or a state", _STATE_REMEDY
    if len(text.strip().splitlines()) > 1:
        return None, "a line break parts two formulas", "give each alloy a row of its own"
    if match := _OXIDATION.search(text):
        return match.start(), f"'{match[0]}' is an oxidation state", "leave it out: FeCl3"
    for match in _THREE_DIGITS.finditer(text):
        if float(match[0]) > 100:
            return match.start(), f"the amount {match[0]} is above 100", f"write at% or fractions; {_NO_NAME}"
    (symbol, amount), *others = atoms.items()
    if not others and not adds_up(amount) and f"{symbol}{amount:g}" not in _MOLECULES:
        return None, f"a single element with the amount {amount:g}", f"write {symbol} for the pure element; {_NO_NAME}"
    if complete:
        return None
    if _DESIGNATION.fullmatch(text.rstrip()) and not re.search(r"\d\s+[A-Z]", text) and (remedy := _designation(text)):
        return None, "the numbers stand in front of the elements", remedy
    if _MATERIAL.fullmatch(name := "".join(words)):
        return None, f"'{name}' is the name of a material or a state", f"write what it consists of; {_BY_WEIGHT}"
    if len(words) > 1 and adds_up(total / len(words)) and all(len(re.findall("[A-Z]", word)) > 1 for word in words):
        return None, "a blank parts two formulas that add up", "give each alloy a row of its own"
    return None


def adds_up(total: float) -> bool:
    """Return whether a total is 100 ± 0.5 or 1 ± 0.005, whatever the order in which it was summed."""
    return abs(total - 100) <= 0.5 + 1e-9 or abs(total - 1) <= 0.005 + 1e-9
