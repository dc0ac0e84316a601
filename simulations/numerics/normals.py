"""Uniform bits and standard normals, fast: what the engines draw most of.

Bits are those of jax.random.bits, by the same counter-based generator, Threefry. jax rolls its
twenty rounds into a loop on the CPU, to compile faster; written out, XLA makes one vectorized pass
of them, at three times the rate.

Normals are Box and Muller's transform of pairs of uniform numbers: with u and v uniform on (0, 1),
√(−2 log u) (cos 2πv, sin 2πv) are two independent standard normals. So a pair shares one logarithm,
and sine and cosine are needed on an eighth of a turn to each side alone, where a few terms of their
series give all digits: which quarter of the circle it is, two bits of their own say. All that is
rounded is the uniform numbers, to the midpoints of a grid of the generator's own width, so none is
0: beyond 8.6 in float64 and 5.8 in float32 there is no normal.

Source: G. E. P. Box, M. E. Muller, A note on the generation of random normal deviates (1958).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import DTypeLike

if TYPE_CHECKING:
    from jaxtyping import Float, PRNGKeyArray, UInt, UInt32

ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))
PARITY = 0x1BD11BDA
SERIES = 9  # terms of sine and cosine up to π/4: what is left out is below 10⁻¹⁶


Unsigned: TypeAlias = type[np.uint32] | type[np.uint64]


class Layout(NamedTuple):
    """How numbers of one type are made of random bits."""

    bits: Unsigned  # of that width
    ignored: int  # low bits that do not fit between 1 and 2
    one: int  # the bits of 1.0


LAYOUTS = {
    "float64": Layout(np.uint64, 12, 0x3FF0000000000000),
    "float32": Layout(np.uint32, 9, 0x3F800000),
}


def normal(
    key: PRNGKeyArray, count: int, dtype: DTypeLike = float, start: int = 0
) -> Float[jax.Array, "{count}"]:
    """Standard normals, from the bits that the stream of a key has from ``start`` on."""
    pairs = -(-count // 2)
    bits = random_bits(key, 2 * pairs, bits_for(dtype), start)
    return normals_of(bits.reshape(2, pairs))[:count]


def sign(
    key: PRNGKeyArray, count: int, dtype: DTypeLike = float, start: int = 0
) -> Float[jax.Array, "{count}"]:
    """The signs of these normals, ±1."""
    return jnp.where(normal(key, count, dtype, start) < 0, -1.0, 1.0).astype(dtype)


def uniform(
    key: PRNGKeyArray, count: int, dtype: DTypeLike = float, start: int = 0
) -> Float[jax.Array, "{count}"]:
    """Numbers uniform on ±√3, so of variance 1, from the same bits."""
    drawn = uniforms_of(random_bits(key, count, bits_for(dtype), start))
    return math.sqrt(3) * (2 * drawn - 1)


def bits_for(dtype: DTypeLike) -> Unsigned:
    """The type of the random bits that a number is made of."""
    return LAYOUTS[str(jnp.zeros((), dtype).dtype)].bits  # as jax has it at the moment


def normals_of(bits: UInt[jax.Array, "2 pairs"]) -> Float[jax.Array, "2*pairs"]:
    """Standard normals, made of pairs of random bits."""
    kind = _kind(bits)
    # Kept from being fused: every normal would compute the logarithm of its pair once more.
    length = jnp.sqrt(-2 * jnp.log(_uniform(bits[:1], kind)))
    radius = jax.lax.optimization_barrier(length)  # type: ignore[no-untyped-call]
    return _on_circle(radius, bits[1:], kind).ravel()


def uniforms_of(bits: UInt[jax.Array, "*numbers"]) -> Float[jax.Array, "*numbers"]:
    """Numbers uniform on (0, 1), at the midpoints of a grid, made of random bits."""
    return _uniform(bits, _kind(bits))


def settled(array: Float[jax.Array, "*numbers"]) -> Float[jax.Array, "*numbers"]:
    """The same array, the first of it no NaN, computed once before anything is made of it.

    XLA fuses what draws random numbers into every use of them, and draws them again for each: the
    law engine takes twice as long. On the CPU it drops its own barriers first. It fuses nothing
    through a branch, though, and cannot know that no number here is NaN.
    """
    first = array.ravel()[0]
    same: jax.Array = jax.lax.cond(first == first, lambda same: same, jnp.negative, array)
    return same


def random_bits(
    key: PRNGKeyArray, count: int, dtype: DTypeLike, start: int = 0
) -> UInt[jax.Array, "{count}"]:
    """The bits of uint32 or uint64 that jax.random.bits has from ``start`` on.

    Source: J. K. Salmon et al., Parallel random numbers: as easy as 1, 2, 3 (2011).
    """
    if start + count > 2**32:
        raise ValueError(f"a key has 2**32 numbers, not {start + count}")
    return bits_at(key, np.uint32(0), jax.lax.iota(np.uint32, count) + np.uint32(start), dtype)


def bits_at(
    key: PRNGKeyArray,
    high: jax.typing.ArrayLike,
    low: UInt32[jax.Array, "*places"],
    dtype: DTypeLike,
) -> UInt[jax.Array, "*places"]:
    """The bits at given places ``low``: those of jax.random.bits where ``high`` is 0.

    A place has two counters of 32 bits, so streams of different ``high`` have no place in common.
    """
    first, second = _threefry(jax.random.key_data(key), jnp.uint32(high), low)
    if np.dtype(dtype) == np.uint32:
        return first ^ second
    return (first.astype(np.uint64) << 32) | second.astype(np.uint64)


def _threefry(
    key: UInt32[jax.Array, "2"], high: UInt32[jax.Array, ""], low: UInt32[jax.Array, "*places"]
) -> tuple[UInt32[jax.Array, "*places"], UInt32[jax.Array, "*places"]]:
    """Threefry 2×32, in twenty rounds."""
    keys = (key[0], key[1], key[0] ^ key[1] ^ np.uint32(PARITY))
    x, y = jnp.broadcast_to(high + keys[0], low.shape), low + keys[1]
    for number in range(5):
        for turn in ROTATIONS[number % 2]:
            x = x + y
            y = x ^ ((y << turn) | (y >> (32 - turn)))
        x = x + keys[(number + 1) % 3]
        y = y + keys[(number + 2) % 3] + np.uint32(number + 1)
    return x, y


def _on_circle(
    radius: Float[jax.Array, "1 pairs"], turns: UInt[jax.Array, "1 pairs"], kind: Layout
) -> Float[jax.Array, "2 pairs"]:
    """R cos φ and r sin φ; the bits that no angle uses turn and reflect them."""
    angle = 2 * _uniform(turns, kind) - 1  # in units of π/4
    square = angle * angle
    upright = ((turns >> 1) & 1) == jax.lax.broadcasted_iota(kind.bits, (2, 1), 0)
    direction = jnp.where(upright, _series(square, 0), angle * _series(square, 1))
    return jnp.where((turns & 1) > 0, -radius, radius) * direction


def _uniform(bits: jax.Array, kind: Layout) -> jax.Array:
    above_one: jax.Array = jax.lax.bitcast_convert_type(
        (bits >> kind.ignored) | kind.bits(kind.one), np.dtype(f"f{kind.bits().itemsize}")
    )
    below = 1 - float(np.finfo(above_one.dtype).eps) / 2
    return above_one - below


def _series(square: jax.Array, odd: int) -> jax.Array:
    """cos(πx/4), or with ``odd`` sin(πx/4)/x, from x² ≤ 1."""
    total = jnp.zeros_like(square)
    for k in reversed(range(SERIES)):
        power = 2 * k + odd
        total = total * square + (-1) ** k * (math.pi / 4) ** power / math.factorial(power)
    return total


def _kind(bits: jax.Array) -> Layout:
    """The kind of number that is as wide as the bits."""
    return LAYOUTS[f"float{8 * bits.dtype.itemsize}"]
