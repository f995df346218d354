"""Writes op_vectors.json: inputs, outputs and gradients of the engine's operations, by PyTorch.

Run from anywhere, with PyTorch 2.13 (CPU):  python3 tests/golden/make_op_vectors.py

The file is an object { "generator": text, "vectors": [vector, ...] }, one vector a line:

  op          name of the operation, as in REFERENCE_CASES of engine/reference/mod.ts, or one of
              "lstm_step", "sgd_nesterov", "sgd_momentum", "adam" (see below)
  name        what is special about this vector; (op, name) is unique
  attributes  the operation's attributes, spelled as in TypeScript
  inputs      arrays { "shape": [...], "data": [...] }, row-major, in our layouts: images NHWC,
              convolution weights HWIO, depthwise weights [kh,kw,c]
  outputs     the operation's outputs, likewise
  dys         gradient of a scalar with respect to each output; null where it does not matter
  grads       gradient of that scalar with respect to each input; null for inputs without one

Inputs and dys are multiples of 1/64, so they are exact in f32 as well: a test of a GPU kernel
uploads the same numbers. Everything was computed in f64 and rounded to 9 significant digits.
Values of max pools are distinct, and outputs of ReLUs were at least 1e-3 away from the kink, so f32
takes the same branches.

  lstm_step     inputs x [n,H], h [n,H], c [n,H], w [2H,4H] (gates in the order i, f, o, g; no
                bias); outputs new h, new c; the operation lstm_cell gets x times its part of w
  sgd_nesterov, sgd_momentum
                attributes learningRate, momentum, l2; inputs first w [k], gradients [steps,k]
                without the L2 term; outputs w after each step [steps,k]; the momentum starts at 0
  adam          attributes learningRate, beta1, beta2, epsilon (outside the bias correction);
                inputs, outputs as above; the moments start at 0
  For the optimisers dys and grads are empty.
"""

import json
import math
import os
import zlib

import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)

VECTORS = []


class Inputs:
    """Seeded inputs on the grid of 1/64."""

    def __init__(self, op, name):
        self.generator = torch.Generator().manual_seed(zlib.crc32(f"{op}/{name}".encode()))

    def normal(self, *shape):
        values = torch.randn(shape, generator=self.generator)
        return (values * 64).round() / 64

    def distinct(self, *shape):
        count = math.prod(shape)
        order = torch.randperm(count, generator=self.generator)
        return ((order - count // 2) / 64).reshape(shape)

    def positive(self, *shape):
        return self.normal(*shape).abs() + 0.5

    def labels(self, classes, *shape):
        return torch.randint(0, classes, shape, generator=self.generator).double()


def rounded(value):
    value = float(f"{value:.9g}")
    return int(value) if value == int(value) else value


def plain(tensor):
    if tensor is None:
        return None
    flat = tensor.detach().contiguous().reshape(-1).tolist()
    return {"shape": list(tensor.shape), "data": [rounded(value) for value in flat]}


def add(op, name, attributes, inputs, f, fixed=(), ignored=(), drawn_as=None):
    """Adds the vector of outputs f(*inputs); inputs `fixed` and outputs `ignored` have no gradient."""
    source = Inputs(drawn_as or op, name + "/dy")
    leaves = [x.clone().requires_grad_(k not in fixed) for k, x in enumerate(inputs)]
    outputs = f(*leaves)
    dys = [None if k in ignored else source.normal(*y.shape) for k, y in enumerate(outputs)]
    loss = sum((y * dy).sum() for y, dy in zip(outputs, dys) if dy is not None)
    loss.backward()
    VECTORS.append({
        "op": op,
        "name": name,
        "attributes": attributes,
        "inputs": [plain(x) for x in inputs],
        "outputs": [plain(y) for y in outputs],
        "dys": [plain(dy) for dy in dys],
        "grads": [plain(x.grad) for x in leaves],
    })


# Images are NHWC outside and NCHW inside these functions.


def nchw(x):
    return x.permute(0, 3, 1, 2)


def nhwc(x):
    return x.permute(0, 2, 3, 1)


def same_padding(h, w, kh, kw, stride):
    """TensorFlow's SAME padding as F.pad takes it: left, right, top, bottom."""
    def axis(size, kernel):
        total = max((math.ceil(size / stride) - 1) * stride + kernel - size, 0)
        return total // 2, total - total // 2
    return (*axis(w, kw), *axis(h, kh))


def edges(padding):
    """What a padding attribute of ours is for F.pad: left, right, top, bottom."""
    if padding == "valid":
        return (0, 0, 0, 0)
    if isinstance(padding, int):
        return (padding,) * 4
    return tuple(padding[side] for side in ("left", "right", "top", "bottom"))


def explicit_conv2d(stride, padding):
    def f(x, w):
        return [nhwc(F.conv2d(F.pad(nchw(x), edges(padding)), w.permute(3, 2, 0, 1), stride=stride))]
    return f


def explicit_depthwise(stride, padding):
    def f(x, w):
        weights = w.permute(2, 0, 1).unsqueeze(1)
        padded = F.pad(nchw(x), edges(padding))
        return [nhwc(F.conv2d(padded, weights, stride=stride, groups=w.shape[2]))]
    return f


def explicit_max_pool(size, stride, padding):
    def f(x):
        return [nhwc(F.max_pool2d(F.pad(nchw(x), edges(padding), value=-math.inf), size, stride))]
    return f


def explicit_avg_pool(size, stride, padding):
    def f(x):
        total = F.avg_pool2d(F.pad(nchw(x), edges(padding)), size, stride)
        share = F.avg_pool2d(F.pad(torch.ones_like(nchw(x)), edges(padding)), size, stride)
        return [nhwc(total / share)]
    return f


def conv2d(stride):
    def f(x, w):
        padding = same_padding(x.shape[1], x.shape[2], w.shape[0], w.shape[1], stride)
        return [nhwc(F.conv2d(F.pad(nchw(x), padding), w.permute(3, 2, 0, 1), stride=stride))]
    return f


def shifted_1x1(x, w):
    """The second path of the factorised reduction, written as the original ENAS code writes it."""
    moved = F.pad(nchw(x), (0, 1, 0, 1))[:, :, 1:, 1:]
    return [nhwc(F.conv2d(moved[:, :, ::2, ::2], w.permute(3, 2, 0, 1)))]


def factorized_reduction(x, even, odd):
    return [torch.cat([conv2d(2)(x, even)[0], shifted_1x1(x, odd)[0]], 3)]


def depthwise_conv2d(stride):
    def f(x, w):
        padding = same_padding(x.shape[1], x.shape[2], w.shape[0], w.shape[1], stride)
        weights = w.permute(2, 0, 1).unsqueeze(1)
        y = F.conv2d(F.pad(nchw(x), padding), weights, stride=stride, groups=w.shape[2])
        return [nhwc(y)]
    return f


def max_pool(size, stride):
    def f(x):
        padding = same_padding(x.shape[1], x.shape[2], size, size, stride)
        return [nhwc(F.max_pool2d(F.pad(nchw(x), padding, value=-math.inf), size, stride))]
    return f


def avg_pool(size, stride):
    def f(x):
        left, right, top, bottom = same_padding(x.shape[1], x.shape[2], size, size, stride)
        if left == right == top == bottom:
            y = F.avg_pool2d(nchw(x), size, stride, padding=left, count_include_pad=False)
        else:
            padding = (left, right, top, bottom)
            total = F.avg_pool2d(F.pad(nchw(x), padding), size, stride)
            share = F.avg_pool2d(F.pad(torch.ones_like(nchw(x)), padding), size, stride)
            y = total / share
        return [nhwc(y)]
    return f


def rectified(y, relu):
    if not relu:
        return y
    assert y.abs().min() > 1e-3, "an output is near the kink of the ReLU: change the name"
    return F.relu(y)


def by_channel(x):
    return x.reshape(-1, x.shape[-1])


def batch_norm(epsilon, relu):
    def f(x, gamma, beta):
        rows = by_channel(x)
        y = F.batch_norm(rows, None, None, gamma, beta, training=True, eps=epsilon)
        mean, variance = rows.mean(0), rows.var(0, unbiased=False)
        return [rectified(y, relu).reshape(x.shape), mean, variance]
    return f


def batch_norm_inference(epsilon, relu):
    def f(x, gamma, beta, mean, variance):
        rows = by_channel(x)
        y = F.batch_norm(rows, mean, variance, gamma, beta, training=False, eps=epsilon)
        return [rectified(y, relu).reshape(x.shape)]
    return f


def cross_entropy(logits, labels):
    loss = F.cross_entropy(logits, labels.long())
    correct = (logits.argmax(1) == labels.long()).sum().double()
    return [loss.reshape(1), correct.reshape(1)]


def lstm_step(x, h, c, w):
    return lstm_cell(x @ w[:x.shape[1]], h, c, w[x.shape[1]:])


def lstm_cell(projected, h, c, w):
    i, f, o, g = (projected + h @ w).chunk(4, 1)
    new_c = torch.sigmoid(i) * torch.tanh(g) + torch.sigmoid(f) * c
    return [torch.sigmoid(o) * torch.tanh(new_c), new_c]


def add_optimiser(op, name, attributes, make, before_step=lambda group, t: None):
    source = Inputs(op, name)
    first, gradients = source.normal(5), source.normal(6, 5)
    w = first.clone().requires_grad_()
    optimiser = make([w])
    weights = []
    for t, gradient in enumerate(gradients, start=1):
        w.grad = gradient.clone()
        before_step(optimiser.param_groups[0], t)
        optimiser.step()
        weights.append(w.detach().clone())
    VECTORS.append({
        "op": op,
        "name": name,
        "attributes": attributes,
        "inputs": [plain(first), plain(gradients)],
        "outputs": [plain(torch.stack(weights))],
        "dys": [],
        "grads": [],
    })


def add_adam(name, lr, beta1, beta2, epsilon):
    # PyTorch adds its epsilon to the bias-corrected root, TensorFlow to the plain one.
    def before_step(group, t):
        group["eps"] = epsilon / math.sqrt(1 - beta2**t)
    attributes = {"learningRate": lr, "beta1": beta1, "beta2": beta2, "epsilon": epsilon}
    make = lambda w: torch.optim.Adam(w, lr=lr, betas=(float(beta1), beta2), eps=epsilon)
    add_optimiser("adam", name, attributes, make, before_step)


def add_sgd(name, lr, momentum, l2, nesterov=True):
    attributes = {"learningRate": lr, "momentum": momentum, "l2": l2}
    if not nesterov:
        attributes["nesterov"] = False
    make = lambda w: torch.optim.SGD(
        w, lr=lr, momentum=momentum, weight_decay=2 * l2, nesterov=nesterov and momentum > 0)
    add_optimiser("sgd_nesterov" if nesterov else "sgd_momentum", name, attributes, make)


def main():
    for kernel in (1, 3, 5):
        for stride in (1, 2):
            for h, w, cin, cout in ((7, 5, 3, 5), (6, 8, 5, 3), (5, 7, 1, 1)):
                name = f"{kernel}x{kernel}, stride {stride}, {h}x{w}, {cin} to {cout}"
                source = Inputs("conv2d", name)
                inputs = [source.normal(2, h, w, cin), source.normal(kernel, kernel, cin, cout)]
                add("conv2d", name, {"stride": stride, "shift": 0}, inputs, conv2d(stride))
    for kernel, h, w, cin, cout in (
        (2, 2, 2, 5, 7), (2, 7, 6, 3, 5), (4, 5, 8, 3, 5), (7, 9, 4, 1, 3), (8, 3, 5, 2, 3)
    ):
        name = f"{kernel}x{kernel}, stride 1, {h}x{w}, {cin} to {cout}"
        source = Inputs("conv2d", name)
        inputs = [source.normal(2, h, w, cin), source.normal(kernel, kernel, cin, cout)]
        add("conv2d", name, {"stride": 1, "shift": 0}, inputs, conv2d(1))
    for h, w in ((8, 6), (7, 5)):
        name = f"1x1, stride 2, shift 1, {h}x{w}, 3 to 5"
        source = Inputs("conv2d", name)
        inputs = [source.normal(2, h, w, 3), source.normal(1, 1, 3, 5)]
        add("conv2d", name, {"stride": 2, "shift": 1}, inputs, shifted_1x1)

    for h, w, cin, ca, cb in ((8, 6, 4, 4, 4), (7, 5, 3, 3, 3), (6, 9, 5, 2, 7)):
        name = f"{h}x{w}, {cin} to {ca} and {cb}"
        source = Inputs("factorized_reduction", name)
        inputs = [source.normal(2, h, w, cin), source.normal(1, 1, cin, ca)]
        inputs.append(source.normal(1, 1, cin, cb))
        add("factorized_reduction", name, {}, inputs, factorized_reduction)

    for kernel in (3, 5):
        for stride in (1, 2):
            for h, w, c in ((7, 5, 3), (6, 8, 5), (5, 7, 1)):
                name = f"{kernel}x{kernel}, stride {stride}, {h}x{w}, {c} channels"
                source = Inputs("depthwise_conv2d", name)
                inputs = [source.normal(2, h, w, c), source.normal(kernel, kernel, c)]
                add("depthwise_conv2d", name, {"stride": stride}, inputs, depthwise_conv2d(stride))

    for op, pool in (("max_pool", max_pool), ("avg_pool", avg_pool)):
        for size, stride in ((3, 1), (3, 2), (2, 2), (5, 2)):
            for h, w, c in ((7, 5, 3), (6, 8, 5), (5, 7, 1)):
                name = f"{size}x{size}, stride {stride}, {h}x{w}, {c} channels"
                inputs = [Inputs(op, name).distinct(2, h, w, c)]
                add(op, name, {"size": size, "stride": stride}, inputs, pool(size, stride))
        plain_pool = F.max_pool2d if op == "max_pool" else F.avg_pool2d
        for size, stride, h, w, c in ((5, 3, 8, 8, 3), (5, 3, 5, 9, 1), (3, 2, 8, 6, 5)):
            name = f"{size}x{size}, stride {stride}, valid, {h}x{w}, {c} channels"
            inputs = [Inputs(op, name).distinct(2, h, w, c)]
            attributes = {"size": size, "stride": stride, "padding": "valid"}
            add(op, name, attributes, inputs,
                lambda x: [nhwc(plain_pool(nchw(x), size, stride))])

    for relu in (False, True):
        for shape, epsilon in (([2, 5, 3, 3], 1e-5), ([4, 3, 3, 1], 1e-5), ([17, 5], 1e-3)):
            c = shape[-1]
            attributes = {"epsilon": epsilon, "relu": relu}
            name = f"{'x'.join(map(str, shape))}, relu {str(relu).lower()}"
            source = Inputs("batch_norm", name)
            inputs = [source.normal(*shape), source.normal(c), source.normal(c)]
            add("batch_norm", name, attributes, inputs, batch_norm(epsilon, relu), ignored=(1, 2))
            source = Inputs("batch_norm_inference", name)
            inputs = [source.normal(*shape), source.normal(c), source.normal(c),
                      source.normal(c), source.positive(c)]
            add("batch_norm_inference", name, attributes, inputs,
                batch_norm_inference(epsilon, relu), fixed=(3, 4))

    for shape in ([2, 7, 5, 3], [3, 4, 4, 1]):
        name = "x".join(map(str, shape))
        inputs = [Inputs("global_avg_pool", name).normal(*shape)]
        add("global_avg_pool", name, {}, inputs, lambda x: [x.mean((1, 2))])

    for m, k, n in ((7, 5, 3), (1, 36, 10), (17, 1, 5)):
        name = f"{m}x{k} by {k}x{n}"
        source = Inputs("matmul", name)
        add("matmul", name, {}, [source.normal(m, k), source.normal(k, n)], lambda a, b: [a @ b])

    for n, k, scale in ((7, 10, 1), (5, 3, 20)):
        name = f"{n} rows, {k} classes, scale {scale}"
        source = Inputs("softmax_cross_entropy", name)
        inputs = [scale * source.normal(n, k), source.labels(k, n)]
        add("softmax_cross_entropy", name, {}, inputs, cross_entropy, fixed=(1,), ignored=(1,))

    for n, hidden in ((1, 5), (3, 4)):
        name = f"{n} rows, {hidden} units"
        # The name under which these numbers were drawn first.
        source = Inputs("lstm_cell", name)
        inputs = [source.normal(n, hidden) for _ in range(3)]
        inputs.append(source.normal(2 * hidden, 4 * hidden))
        add("lstm_step", name, {}, inputs, lstm_step, drawn_as="lstm_cell")

    add_sgd("momentum 0.9, l2", 0.05, 0.9, 1e-2)
    add_sgd("plain", 0.1, 0, 0)
    add_sgd("momentum 0.9, l2", 0.05, 0.9, 1e-2, nesterov=False)
    add_adam("controller, beta1 0", 0.0035, 0, 0.999, 1e-3)
    add_adam("usual", 0.01, 0.9, 0.999, 1e-8)

    sides = {"top": 1, "bottom": 0, "left": 0, "right": 2}
    for kernel, stride, padding, h, w, cin, cout in (
        (3, 1, "valid", 7, 5, 3, 5), (3, 2, 1, 8, 6, 3, 5), (3, 2, 1, 7, 9, 5, 3),
        (7, 2, 3, 9, 11, 3, 4), (3, 1, sides, 5, 6, 3, 5), (3, 2, sides, 6, 7, 5, 3),
        (1, 2, "valid", 6, 7, 3, 5),
    ):
        text = padding if not isinstance(padding, dict) else "of each side"
        name = f"{kernel}x{kernel}, stride {stride}, padding {text}, {h}x{w}, {cin} to {cout}"
        source = Inputs("conv2d", name)
        inputs = [source.normal(2, h, w, cin), source.normal(kernel, kernel, cin, cout)]
        attributes = {"stride": stride, "padding": padding}
        add("conv2d", name, attributes, inputs, explicit_conv2d(stride, padding))
    for size, stride, padding, h, w, c in (
        (3, 1, "valid", 7, 5, 3), (3, 2, 1, 8, 6, 5), (3, 1, sides, 5, 6, 3), (3, 2, sides, 6, 7, 5),
    ):
        text = padding if not isinstance(padding, dict) else "of each side"
        name = f"{size}x{size}, stride {stride}, padding {text}, {h}x{w}, {c} channels"
        source = Inputs("depthwise_conv2d", name)
        inputs = [source.normal(2, h, w, c), source.normal(size, size, c)]
        attributes = {"stride": stride, "padding": padding}
        add("depthwise_conv2d", name, attributes, inputs, explicit_depthwise(stride, padding))
        if padding == "valid":
            continue
        attributes = {"size": size, "stride": stride, "padding": padding}
        for op, pool in (("max_pool", explicit_max_pool), ("avg_pool", explicit_avg_pool)):
            inputs = [Inputs(op, name).distinct(2, h, w, c)]
            add(op, name, attributes, inputs, pool(size, stride, padding))

    for a, b in (([2, 3, 4, 5], [5]), ([3, 2, 2, 3], [3, 1, 1, 3]), ([4, 3], [1]), ([2, 3, 6], [3, 1])):
        for op, f in (("add", torch.add), ("multiply", torch.mul)):
            name = f"{'x'.join(map(str, a))} and {'x'.join(map(str, b))}"
            source = Inputs(op, name)
            inputs = [source.normal(*a), source.normal(*b)]
            add(op, name, {}, inputs, lambda x, y, f=f: [f(x, y)])
    for op, attributes, f in (
        ("scale", {"factor": -0.75}, lambda x: -0.75 * x),
        ("sigmoid", {}, torch.sigmoid),
        ("softmax", {}, lambda x: torch.softmax(x, -1)),
        ("tanh", {"scale": 2.5, "temperature": 5}, lambda x: 2.5 * torch.tanh(x / 5)),
        ("tanh", {"scale": 1}, torch.tanh),
    ):
        for shape in ([3, 7], [2, 2, 3, 5]):
            name = f"{'x'.join(map(str, shape))}" + (f", scale {attributes['scale']}" if op == "tanh" else "")
            inputs = [2 * Inputs(op, name).normal(*shape)]
            add(op, name, attributes, inputs, lambda x, f=f: [f(x)])
    for v, width, n in ((6, 3, 9), (2, 8, 5)):
        name = f"{n} of {v} rows, {width} wide"
        source = Inputs("embedding", name)
        inputs = [source.normal(v, width), source.labels(v, n)]
        add("embedding", name, {}, inputs, lambda t, i: [F.embedding(i.long(), t)], fixed=(1,))
    for n, hidden in ((1, 5), (3, 4)):
        name = f"{n} rows, {hidden} units, projected"
        source = Inputs("lstm_cell", name)
        inputs = [source.normal(n, 4 * hidden), source.normal(n, hidden), source.normal(n, hidden)]
        inputs.append(source.normal(hidden, 4 * hidden))
        add("lstm_cell", name, {}, inputs, lstm_cell)

    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "op_vectors.json")
    with open(path, "w", encoding="utf-8") as file:
        version = torch.__version__.split("+")[0]
        file.write('{"generator": %s, "vectors": [\n' % json.dumps(f"PyTorch {version}, f64, CPU"))
        lines = (json.dumps(vector, separators=(",", ":")) for vector in VECTORS)
        file.write(",\n".join(lines))
        file.write("\n]}\n")


if __name__ == "__main__":
    main()
