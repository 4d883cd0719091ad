"""A QR symbol, module for module as `segno` makes it, many times as fast.

`segno` looks at masks module by module. Here a symbol is one integer: all its rows, then all its
columns, each line followed by four light modules. A mask is an XOR, a rule of ISO/IEC 18004 §7.8.3
a few shifts and ANDs for all lines at once. Where each bit goes, and every constant, is asked of
`segno` itself, once for each version. Pure.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain, zip_longest
from operator import itemgetter
from typing import Any

import segno
from segno import consts as _consts
from segno import encoder as _encoder

consts: Any = _consts  # the stubs name next to nothing of either
encoder: Any = _encoder
_ERROR = consts.ERROR_LEVEL_M
_TAKEN = 3  # 0, 1 and 2 are what `segno` writes into modules without data
_MARGIN = 4  # light modules after each line: what §7.8.3 looks at beside a finder's likeness
_GROUPS = {
    f"{number:0{digits}}": f"{number:0{3 * digits + 1}b}"
    for digits in (1, 2, 3)
    for number in range(10**digits)
}
"""Digits → bits (ISO/IEC 18004 §7.4.3)."""
_TO_MODULES = bytes(int(value == ord("1")) for value in range(256))


def make(prefix: bytes, digits: str) -> segno.QRCode:
    """The smallest symbol of level M that holds a byte segment and a numeric one.

    Raises:
        segno.DataOverflowError: No symbol is large enough.
    """
    version = _version(prefix, len(digits))
    layout = _layout(version)
    placed = layout.place(layout.bits(prefix, digits))
    mask, symbol = min(
        ((number, placed ^ mask) for number, mask in enumerate(layout.masks)),
        key=lambda masked: layout.penalty(masked[1]),
    )
    matrix = layout.matrix((symbol >> layout.half) ^ layout.information[mask])
    wrapped: Any = segno.QRCode
    code: segno.QRCode = wrapped(encoder.Code(matrix, version, _ERROR, mask, ()))
    return code


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layout:
    """All that symbols of a version have in common."""

    side: int
    """Modules a side."""
    capacity: int
    """Bits of data."""
    lengths: tuple[int, int]
    """Bits of the character counts: of a byte segment, of a numeric one (§7.4.1, table 3)."""
    blocks: tuple[int, ...]
    """Data codewords of each block (§7.5)."""
    corrections: int
    """Error correction codewords of each block."""
    remainders: tuple[int, ...]
    """Byte → what it leaves, eight bits further, when divided by the generator polynomial."""
    order: Callable[[str], tuple[str, ...]]
    """Bits of the data, of the corrections and one "0" → modules of the rows."""
    masks: tuple[int, ...]
    """What is added to the placed bits: each mask, and the function patterns (§7.8.2, §6.3)."""
    pairs: int
    """The modules that have one before them in their line."""
    information: tuple[int, ...]
    """Format and version of each mask, in the rows (§7.9, §7.10)."""

    @property
    def stride(self) -> int:
        return self.side + _MARGIN

    @property
    def half(self) -> int:
        """Bits of all rows, or of all columns."""
        return self.side * self.stride

    def bits(self, prefix: bytes, digits: str) -> str:
        """The data, padded to the capacity (§7.4)."""
        of_bytes, of_digits = self.lengths
        groups = [digits[start : start + 3] for start in range(0, len(digits), 3)]
        stream = "".join(
            (
                f"{consts.MODE_BYTE:04b}{len(prefix):0{of_bytes}b}",
                f"{int.from_bytes(prefix):0{8 * len(prefix)}b}" if prefix else "",
                f"{consts.MODE_NUMERIC:04b}{len(digits):0{of_digits}b}",
                *map(_GROUPS.__getitem__, groups),
            )
        )
        stream += "0" * min(self.capacity - len(stream), 4)
        stream += "0" * (8 - len(stream) % 8)  # eight, where none is needed: as segno does
        return (stream + "1110110000010001" * (self.capacity // 16))[: self.capacity]

    def place(self, bits: str) -> int:
        """Data and corrections (§7.5) where they go; all other modules are light."""
        data = int(bits, 2).to_bytes(len(bits) // 8)
        found, start = [bits], 0
        width = 8 * self.corrections
        kept, above = (1 << width) - 1, width - 8
        for length in self.blocks:
            rest = 0
            for codeword in data[start : start + length]:
                rest = (rest << 8 & kept) ^ self.remainders[rest >> above ^ codeword]
            found.append(f"{rest:0{width}b}")
            start += length
        rows = "".join(self.order("".join(found) + "0"))
        columns = [rows[at :: self.stride] + _MARGIN * "0" for at in range(self.side)]
        return int(rows + "".join(columns), 2)

    def penalty(self, symbol: int) -> int:
        """ISO/IEC 18004 §7.8.3.1, table 11, without format and version, as `segno` counts."""
        same = ~(symbol ^ symbol >> 1) & self.pairs
        three = same & same >> 1
        five = three & three >> 2
        runs = five.bit_count() + 2 * (five & ~(five << 1)).bit_count()
        rows, same_in_rows = symbol >> self.half, same >> self.half
        below = ~(rows ^ rows >> self.stride)
        blocks = (same_in_rows & same_in_rows >> self.stride & below).bit_count()
        like = symbol & symbol >> 2 & symbol >> 3 & symbol >> 4 & symbol >> 6
        like &= ~(symbol >> 1 | symbol >> 5)
        dark = symbol | symbol >> 1
        dark |= dark >> 2
        like &= ~(dark >> 7 & dark << 4)
        finders = (like & ~(like >> 4 | like >> 6)).bit_count()  # of two that overlap, the first
        percent = float(rows.bit_count()) / self.side**2
        balance = int(abs(percent * 100 - 50) / 5)
        return runs + 3 * blocks + 40 * finders + 10 * balance

    def matrix(self, rows: int) -> tuple[bytearray, ...]:
        """As `segno` keeps it: a byte a module, 1 is dark."""
        modules = f"{rows:0{self.half}b}".encode().translate(_TO_MODULES)
        return tuple(
            bytearray(modules[start : start + self.side])
            for start in range(0, self.half, self.stride)
        )


def _version(prefix: bytes, digits: int) -> int:
    bits = 8 + 8 * len(prefix) + 10 * (digits // 3) + (0, 4, 7)[digits % 3]
    for version in range(1, 41):
        if bits + sum(_lengths(version)) <= consts.SYMBOL_CAPACITY[version][_ERROR]:
            return version
    raise segno.DataOverflowError(f"{bits} bits")


def _lengths(version: int) -> tuple[int, int]:
    versions = encoder.version_range(version)
    length = consts.CHAR_COUNT_INDICATOR_LENGTH
    return length[consts.MODE_BYTE][versions], length[consts.MODE_NUMERIC][versions]


@cache
def _layout(version: int) -> _Layout:
    """Some 10 ms for each version."""
    side = encoder.calc_matrix_size(version)
    capacity = consts.SYMBOL_CAPACITY[version][_ERROR]
    infos = consts.ECC[version][_ERROR]
    blocks = tuple(chain.from_iterable(info.num_blocks * (info.num_data,) for info in infos))
    corrections = infos[0].num_total - infos[0].num_data
    empty = _function_patterns(side)
    free = [[module == 2 for module in row] for row in empty]
    patterns = _lines([[module & 1 for module in row] for row in empty])
    return _Layout(
        side=side,
        capacity=capacity,
        lengths=_lengths(version),
        blocks=blocks,
        corrections=corrections,
        remainders=_remainders(corrections),
        order=_order(version, empty, blocks, corrections),
        masks=tuple(
            patterns
            ^ _lines([[free[i][j] and mask(i, j) for j in range(side)] for i in range(side)])
            for mask in encoder.get_data_mask_functions(False)
        ),
        pairs=int(2 * side * f"0{'1' * (side - 1)}{'0' * _MARGIN}", 2),
        information=tuple(_information(version, side, mask) for mask in range(8)),
    )


def _function_patterns(side: int) -> tuple[Any, ...]:
    """Rows of modules; 2 is one of the encoding region."""
    matrix: tuple[Any, ...] = encoder.make_matrix(side, side)
    encoder.add_finder_patterns(matrix, side, side)
    encoder.add_alignment_patterns(matrix, side, side)
    return matrix


def _information(version: int, side: int, mask: int) -> int:
    matrix = [bytearray(side) for _ in range(side)]
    encoder.add_format_info(matrix, version, _ERROR, mask)
    encoder.add_version_info(matrix, version)
    return _lines(matrix) >> side * (side + _MARGIN)


def _lines(rows: Sequence[Sequence[int]]) -> int:
    """Rows, then columns, as one integer."""
    modules = _with_margins(chain(rows, zip(*rows, strict=True)), 0)
    return int("".join("1" if module else "0" for module in modules), 2)


def _order(
    version: int, empty: Sequence[Sequence[int]], blocks: Sequence[int], corrections: int
) -> Callable[[str], tuple[str, ...]]:
    """Interleaving (§7.6) and placement (§7.7.3) in one: where each module's bit comes from."""
    start = _TAKEN
    sequences = []
    for lengths in (blocks, len(blocks) * (corrections,)):
        numbered = []
        for length in lengths:
            numbered.append(range(start, start + 8 * length, 8))
            start += 8 * length
        sequences += [at for at in chain.from_iterable(zip_longest(*numbered)) if at is not None]
    bits = [at + bit for at in sequences for bit in range(8)]
    placed = [list(row) for row in empty]
    encoder.add_codewords(placed, bits, version)
    light = start - _TAKEN
    source = [[at - _TAKEN if at >= _TAKEN else light for at in row] for row in placed]
    return itemgetter(*_with_margins(source, light))


def _with_margins(lines: Iterable[Sequence[int]], light: int) -> Iterator[int]:
    for line in lines:
        yield from line
        yield from _MARGIN * (light,)


def _remainders(corrections: int) -> tuple[int, ...]:
    """Of a Reed–Solomon code (§7.5.2) as of a cyclic redundancy check: a table by byte."""
    generator = consts.GEN_POLY[corrections]
    found = [0]
    for byte in range(1, 256):
        log = consts.GALIOS_LOG[byte]
        terms = bytes(consts.GALIOS_EXP[log + exponent] for exponent in generator)
        found.append(int.from_bytes(terms))
    return tuple(found)
