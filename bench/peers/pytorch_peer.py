"""PyTorch as a contender of the bench.

Reads one JSON message a line on stdin and answers each with one JSON line on stdout. Arrays travel in
files of little-endian f32, in the engine's layouts (NHWC, HWIO, depthwise [k,k,c]); here everything is
NCHW in eager mode and f32. The first argument is the device, "cpu" or "cuda".
"""

import json
import sys
import time

import torch
import torch.nn.functional as F

DEVICE = torch.device(sys.argv[1])
# The contenders compute in f32, not in the 19 bits of TF32; kernels are tuned as the engine's are.
torch.backends.cudnn.allow_tf32 = False
torch.backends.cuda.matmul.allow_tf32 = False
torch.backends.cudnn.benchmark = True


def to_torch(values, shape):
    """A tensor in PyTorch's layout from row-major values in the engine's."""
    x = values.reshape(shape)
    if len(shape) == 4 and shape[0] == shape[1] and shape[0] <= 5:
        x = x.permute(3, 2, 0, 1)
    elif len(shape) == 3:
        x = x.permute(2, 0, 1).unsqueeze(1)
    return x.contiguous().to(DEVICE)


def images_to_torch(values, shape):
    return values.reshape(shape).permute(0, 3, 1, 2).contiguous().to(DEVICE)


def read(path, shapes):
    values = torch.frombuffer(bytearray(open(path, "rb").read()), dtype=torch.float32)
    sizes = [torch.Size(shape).numel() for shape in shapes]
    return values.split(sizes)


def apply(op, inputs, attributes):
    x = inputs[0]
    if op == "conv2d":
        weight = inputs[1]
        if attributes.get("stride", 1) == 2:
            shift = attributes.get("shift", 0)
            return F.conv2d(x[:, :, shift:, shift:], weight, stride=2)
        return F.conv2d(x, weight, padding=weight.shape[-1] // 2)
    if op == "depthwise_conv2d":
        weight = inputs[1]
        return F.conv2d(x, weight, padding=weight.shape[-1] // 2, groups=x.shape[1])
    if op == "max_pool":
        return F.max_pool2d(x, 3, stride=1, padding=1)
    if op == "avg_pool":
        return F.avg_pool2d(x, 3, stride=1, padding=1, count_include_pad=False)
    if op == "batch_norm":
        y = F.batch_norm(
            x, None, None, inputs[1], inputs[2], training=True, eps=attributes["epsilon"]
        )
        return F.relu(y) if attributes.get("relu") else y
    if op == "relu":
        return F.relu(x)
    if op == "sum":
        total = x
        for term in inputs[1:]:
            total = total + term
        return total
    if op == "concat":
        return torch.cat(inputs, dim=1)
    if op == "global_avg_pool":
        return x.mean(dim=(2, 3))
    if op == "matmul":
        return x @ inputs[1]
    raise ValueError(f"expected an operation of the bench but found {op}")


class Step:
    """A network with its optimiser."""

    def __init__(self, message):
        self.graph = message["graph"]
        shapes = [parameter["shape"] for parameter in self.graph["parameters"]]
        *values, pixels = read(message["file"], [*shapes, self.graph["images"]])
        self.parameters = [
            to_torch(value, shape).requires_grad_() for value, shape in zip(values, shapes)
        ]
        self.images = images_to_torch(pixels, self.graph["images"])
        self.labels = torch.tensor(message["labels"], device=DEVICE)
        # L2 of w is l2 * sum(w^2) here; PyTorch's decay is the gradient's factor.
        self.optimizer = torch.optim.SGD(
            self.parameters,
            lr=message["rate"],
            momentum=message["momentum"],
            weight_decay=2 * message["l2"],
            nesterov=True,
        )

    def loss(self):
        tensors = [self.images, *self.parameters]
        for node in self.graph["nodes"]:
            inputs = [tensors[i] for i in node["inputs"]]
            tensors.append(apply(node["op"], inputs, node["attributes"]))
        return F.cross_entropy(tensors[-1], self.labels)

    def run(self):
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.loss()
        loss.backward()
        self.optimizer.step()
        return loss.detach()


class Problem:
    """One operation, forward and backward."""

    def __init__(self, message):
        self.op, self.attributes = message["op"], message["attributes"]
        shapes = message["shapes"]
        first, *others, dy = read(message["file"], [*shapes, message["dyShape"]])
        self.inputs = [images_to_torch(first, shapes[0])]
        self.inputs += [to_torch(value, shape) for value, shape in zip(others, shapes[1:])]
        for x in self.inputs:
            x.requires_grad_()
        self.dy = images_to_torch(dy, message["dyShape"])

    def run(self):
        y = apply(self.op, self.inputs, self.attributes)
        return [y, *torch.autograd.grad(y, self.inputs, self.dy)]

    def results(self, path):
        with open(path, "wb") as file:
            for i, x in enumerate(self.run()):
                if x.dim() == 4:
                    is_weight = i == 2
                    if is_weight and self.op == "depthwise_conv2d":
                        x = x.squeeze(1).permute(1, 2, 0)
                    else:
                        x = x.permute(2, 3, 1, 0) if is_weight else x.permute(0, 2, 3, 1)
                file.write(x.detach().cpu().contiguous().numpy().tobytes())


def finish():
    if DEVICE.type == "cuda":
        torch.cuda.synchronize()


contenders = {}


def answer(message):
    kind, key = message["kind"], message.get("key")
    if kind == "version":
        return {"version": torch.__version__, "threads": torch.get_num_threads()}
    if kind == "step":
        contenders[key] = Step(message)
    elif kind == "problem":
        contenders[key] = Problem(message)
    elif kind == "run":
        for _ in range(message["count"]):
            contenders[key].run()
        finish()
    elif kind == "losses":
        return {"losses": [contenders[key].run().item() for _ in range(message["count"])]}
    elif kind == "results":
        contenders[key].results(message["file"])
    elif kind == "close":
        del contenders[key]
    else:
        raise ValueError(f"expected a message of the bench but found {kind}")
    return {}


for line in sys.stdin:
    try:
        reply = answer(json.loads(line))
    except Exception as error:  # The bench reports it as this peer's reason.
        reply = {"error": f"{type(error).__name__}: {error}"}
    reply["processorMs"] = time.process_time() * 1000
    print(json.dumps(reply), flush=True)
