"""Writes resnet_losses.json: the losses of ten training steps of docs/examples/resnet.ts, by PyTorch.

Run from anywhere, with PyTorch 2.13 (CPU):  python3 tests/golden/make_resnet_losses.py

Images, labels and first weights are formulas, the same as in tests/engine/resnet_test.ts; everything is
computed in f64. The optimiser is torch.optim.SGD with plain momentum and weight decay.
"""

import json
import os

import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)

BLOCKS = ((8, 1), (16, 2), (32, 2))
N, SIDE, CHANNELS, CLASSES = 8, 12, 3, 10


def wave(shape, seed, scale):
    """The formula of every array: scale * sin(seed + i^2 mod 1021) in row-major order."""
    count = int(torch.tensor(shape).prod())
    i = torch.arange(count)
    return scale * torch.sin(seed + (i * i % 1021).double()).reshape(shape)


class Resnet:
    def __init__(self):
        self.parameters = {}
        cin = BLOCKS[0][0]
        self.convolution("stem", 3, CHANNELS, cin)
        for i, (cout, stride) in enumerate(BLOCKS):
            self.convolution(f"{i}/a", 3, cin, cout)
            self.convolution(f"{i}/b", 3, cout, cout)
            if stride > 1:
                self.convolution(f"{i}/shortcut", 1, cin, cout)
            cin = cout
        self.new("out/w", (cin, CLASSES), (2 / cin) ** 0.5)
        self.new("out/b", (CLASSES,), 0.1)
        for parameter in self.parameters.values():
            parameter.requires_grad_()

    def new(self, name, shape, scale, offset=0):
        self.parameters[name] = offset + wave(shape, len(self.parameters), scale)

    def convolution(self, name, k, cin, cout):
        self.new(f"{name}/w", (k, k, cin, cout), (2 / (k * k * cin)) ** 0.5)
        self.new(f"{name}/gamma", (cout,), 0.1, offset=1)
        self.new(f"{name}/beta", (cout,), 0.1)

    def conv(self, x, name, stride):
        w, gamma, beta = (self.parameters[f"{name}/{part}"] for part in ("w", "gamma", "beta"))
        y = F.conv2d(x, w.permute(3, 2, 0, 1), stride=stride, padding=(w.shape[0] - 1) // 2)
        return F.batch_norm(y, None, None, gamma, beta, training=True, eps=1e-5)

    def __call__(self, images):
        x = F.relu(self.conv(images.permute(0, 3, 1, 2), "stem", 1))
        for i, (_, stride) in enumerate(BLOCKS):
            shortcut = x if stride == 1 else self.conv(x, f"{i}/shortcut", stride)
            y = self.conv(F.relu(self.conv(x, f"{i}/a", stride)), f"{i}/b", 1)
            x = F.relu(y + shortcut)
        return x.mean((2, 3)) @ self.parameters["out/w"] + self.parameters["out/b"]


def main():
    network = Resnet()
    images = wave((N, SIDE, SIDE, CHANNELS), 100, 1)
    labels = torch.arange(N) * 3 % CLASSES
    parameters = list(network.parameters.values())
    sgd = torch.optim.SGD(parameters, lr=0.05, momentum=0.9, weight_decay=5e-4)
    losses = []
    for _ in range(10):
        sgd.zero_grad()
        loss = F.cross_entropy(network(images), labels)
        loss.backward()
        sgd.step()
        losses.append(float(f"{loss.item():.9g}"))
    version = torch.__version__.split("+")[0]
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "resnet_losses.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"generator": f"PyTorch {version}, f64, CPU", "losses": losses}, file, indent=2)
        file.write("\n")


if __name__ == "__main__":
    main()
