"""The networks and their training once more, in plain NumPy, with gradients derived by hand.

It shares no code with ``simulations.networks``: given the same initial parameters, images and order
of images, it must come to the same losses and parameters. Every layer returns its output and a
function from the gradient of the output to the gradients of what went in.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

HEADS = -1  # in the place of a module
Parameters = dict[tuple[int, str], np.ndarray]  # by place and name


class Rules(NamedTuple):
    """How training goes; the defaults are what the networks say of themselves."""

    rate: float
    momentum: float = 0.9
    resets: bool = True  # the momentum, at the start of each task
    groups: int = 4
    tiny: float = 1e-5


class Lesson(NamedTuple):
    """A task in the order in which it is learned."""

    images: np.ndarray  # [n, H, W, channels]
    labels: np.ndarray  # [n]
    orders: list[np.ndarray]  # of each epoch, [steps, batch]
    head: int
    trains: int  # modules, counted from the last


def convolution(x: np.ndarray, kernel: np.ndarray, stride: int) -> tuple[np.ndarray, Callable]:
    """y[i, j] = Σ_ab x[s i + a − 1, s j + b − 1] W_ab, where what lies outside of x is zero."""
    height, width = x.shape[1:3]
    y = np.zeros((len(x), -(-height // stride), -(-width // stride), kernel.shape[3]))
    offsets = [(a, b) for a in range(3) for b in range(3)]
    places = {(a, b): _inside(height, stride, a) + _inside(width, stride, b) for a, b in offsets}
    for a, b in offsets:
        i, from_i, j, from_j = places[a, b]
        y[:, i[:, None], j] += x[:, from_i[:, None], from_j] @ kernel[a, b]

    def back(g: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        of_x, of_kernel = np.zeros_like(x), np.zeros_like(kernel)
        for a, b in offsets:
            i, from_i, j, from_j = places[a, b]
            part, taken = g[:, i[:, None], j], x[:, from_i[:, None], from_j]
            of_x[:, from_i[:, None], from_j] += part @ kernel[a, b].T
            of_kernel[a, b] = _products(taken, part)
        return of_x, of_kernel

    return y, back


def _inside(length: int, stride: int, offset: int) -> tuple[np.ndarray, np.ndarray]:
    """Places of the output whose input at a kernel's offset exists, and the places of the input."""
    place = np.arange(-(-length // stride))
    source = stride * place + offset - 1
    exists = (source >= 0) & (source < length)
    return place[exists], source[exists]


def _products(inputs: np.ndarray, g: np.ndarray) -> np.ndarray:
    """Σ x_p g_q over images and places: the gradient of a matrix by which each x is multiplied."""
    return inputs.reshape(-1, inputs.shape[-1]).T @ g.reshape(-1, g.shape[-1])


def normalization(
    x: np.ndarray, scale: np.ndarray, shift: np.ndarray, rules: Rules
) -> tuple[np.ndarray, Callable]:
    """γ(x − m)/s + β, with the m and s of each image's neighbouring channels.

    As m and s depend on x, what a gradient has along 1 and along the normalized x is lost:
    ∂x = (u − ⟨u⟩ − x̂⟨u x̂⟩)/s, where u = γ ∂y and ⟨·⟩ is the mean over a group.
    """
    size = max(1, x.shape[3] // rules.groups)
    cuts = [slice(start, start + size) for start in range(0, x.shape[3], size)]
    normal, spread = np.empty_like(x), np.empty_like(x)
    for cut in cuts:
        centred = x[..., cut] - _mean(x[..., cut])
        spread[..., cut] = np.sqrt(_mean(centred**2) + rules.tiny)
        normal[..., cut] = centred / spread[..., cut]

    def back(g: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        u = g * scale
        for cut in cuts:
            along = normal[..., cut] * _mean(u[..., cut] * normal[..., cut])
            u[..., cut] -= _mean(u[..., cut]) + along
        return u / spread, (g * normal).sum((0, 1, 2)), g.sum((0, 1, 2))

    return scale * normal + shift, back


def _mean(group: np.ndarray) -> np.ndarray:
    return group.mean((1, 2, 3), keepdims=True)


def first(table: dict[str, np.ndarray], x: np.ndarray, rules: Rules) -> tuple[np.ndarray, Callable]:
    """relu(norm(conv(x)))."""
    found, conv_back = convolution(x, table["kernel"], 1)
    z, norm_back = normalization(found, table["scale"], table["shift"], rules)

    def back(g: np.ndarray) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        g, scale, shift = norm_back(g * (z > 0))
        g, kernel = conv_back(g)
        return g, {"kernel": kernel, "scale": scale, "shift": shift}

    return np.maximum(z, 0), back


def residual(
    table: dict[str, np.ndarray], x: np.ndarray, rules: Rules
) -> tuple[np.ndarray, Callable]:
    """relu(norm(conv(relu(norm(conv(x))))) + x).

    Where x is led through a map, it and the first convolution leave out every other place: in this
    net the channels change exactly where the image shrinks.
    """
    around = table.get("around")
    stride = 1 if around is None else 2
    found, one_back = convolution(x, table["kernel"], stride)
    hidden, two_back = normalization(found, table["scale"], table["shift"], rules)
    found, three_back = convolution(np.maximum(hidden, 0), table["kernel2"], 1)
    added, four_back = normalization(found, table["scale2"], table["shift2"], rules)
    z = added + (x if around is None else x[:, ::2, ::2] @ around)

    def back(g: np.ndarray) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        g = led = g * (z > 0)
        g, scale2, shift2 = four_back(g)
        g, kernel2 = three_back(g)
        g, scale, shift = two_back(g * (hidden > 0))
        g, kernel = one_back(g)
        found = {"kernel": kernel, "scale": scale, "shift": shift}
        found |= {"kernel2": kernel2, "scale2": scale2, "shift2": shift2}
        if around is None:
            return g + led, found
        g[:, ::2, ::2] += led @ around.T
        return g, found | {"around": _products(x[:, ::2, ::2], led)}

    return np.maximum(z, 0), back


def hidden(
    table: dict[str, np.ndarray], x: np.ndarray, rules: Rules
) -> tuple[np.ndarray, Callable]:
    """relu(xW + b) of flattened images."""
    rows = x.reshape(len(x), -1)
    z = rows @ table["weight"] + table["bias"]

    def back(g: np.ndarray) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        g = g * (z > 0)
        return (g @ table["weight"].T).reshape(x.shape), {"weight": rows.T @ g, "bias": g.sum(0)}

    return np.maximum(z, 0), back


def logits(net: Parameters, x: np.ndarray, head: int, rules: Rules) -> tuple[np.ndarray, Callable]:
    """The outputs of a head; back gives the gradients of all parameters."""
    backs = []
    for place in range(modules(net)):
        of = {name: value for (where, name), value in net.items() if where == place}
        kind = residual if "kernel2" in of else first if "kernel" in of else hidden
        x, back = kind(of, x, rules)
        backs.append(back)
    shape = x.shape
    if len(shape) == 4:
        x = x.mean((1, 2))
    weight, bias = net[HEADS, "weight"], net[HEADS, "bias"]

    def all_back(g: np.ndarray) -> Parameters:
        found = {(HEADS, "weight"): np.zeros_like(weight), (HEADS, "bias"): np.zeros_like(bias)}
        found[HEADS, "weight"][head], found[HEADS, "bias"][head] = x.T @ g, g.sum(0)
        g = g @ weight[head].T
        if len(shape) == 4:  # every place had its share in the mean
            g = np.broadcast_to(g[:, None, None], shape) / (shape[1] * shape[2])
        for place in reversed(range(len(backs))):
            g, gradients = backs[place](g)
            found |= {(place, name): value for name, value in gradients.items()}
        return found

    return x @ weight[head] + bias[head], all_back


def loss(
    net: Parameters, x: np.ndarray, labels: np.ndarray, head: int, rules: Rules
) -> tuple[float, Callable]:
    """The mean cross-entropy; back, of nothing, gives its gradient."""
    found, back = logits(net, x, head, rules)
    odds = np.exp(found - found.max(1, keepdims=True))
    shares = odds / odds.sum(1, keepdims=True)
    right = np.eye(found.shape[1])[labels]
    value = -np.log((shares * right).sum(1)).mean()
    return float(value), lambda: back((shares - right) / len(labels))


def train(
    net: Parameters, lessons: list[Lesson], rules: Rules
) -> tuple[list[Parameters], np.ndarray]:
    """Learn one lesson after another: the parameters after each, the mean losses [T, epochs]."""
    net, after, losses = dict(net), [], []
    velocity = dict.fromkeys(net, 0.0)
    for lesson in lessons:
        if rules.resets:
            velocity = dict.fromkeys(net, 0.0)
        losses.append([_epoch(net, velocity, lesson, order, rules) for order in lesson.orders])
        after.append(dict(net))
    return after, np.array(losses)


def _epoch(
    net: Parameters, velocity: dict[Any, Any], lesson: Lesson, order: np.ndarray, rules: Rules
) -> float:
    """Go through the images once, changing the net and the velocity; v ← μv + g, p ← p − ηv."""
    trained = [*range(modules(net) - lesson.trains, modules(net)), HEADS]
    losses = []
    for places in order:
        few, labels = lesson.images[places], lesson.labels[places]
        value, back = loss(net, few, labels, lesson.head, rules)
        gradient = back()
        losses.append(value)
        for key in net:
            velocity[key] = rules.momentum * velocity[key] + gradient[key]
            if key[0] in trained:
                net[key] = net[key] - rules.rate * velocity[key]
    return float(np.mean(losses))


def accuracy(net: Parameters, x: np.ndarray, labels: np.ndarray, head: int, rules: Rules) -> float:
    """The share of images that a head gets right."""
    return float((logits(net, x, head, rules)[0].argmax(1) == labels).mean())


def modules(net: Parameters) -> int:
    """How many modules there are."""
    return 1 + max(place for place, _ in net)
