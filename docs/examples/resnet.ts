import { add, batchNorm, constantInit, conv2d, globalAvgPool, heNormal } from "../../mod.ts";
import { matmul, relu, Sgd, softmaxCrossEntropy, Tape } from "../../mod.ts";
import type { ParameterSpec, ParameterStore, Tensor } from "../../mod.ts";

/** Channels and stride of each residual block; the first number is also the stem's. */
const BLOCKS = [[8, 1], [16, 2], [32, 2]] as const;

/** Weights `[k,k,cin,cout]` of a convolution, scale and offset `[cout]` of the batch norm behind it. */
const convolution = (name: string, k: number, cin: number, cout: number): ParameterSpec[] => [
  { name: `${name}/w`, shape: [k, k, cin, cout], init: heNormal(k * k * cin) },
  { name: `${name}/gamma`, shape: [cout], init: constantInit(1), role: "scale" },
  { name: `${name}/beta`, shape: [cout], init: constantInit(0), role: "offset" },
];

/** Every parameter of the network, by name. */
export function resnetParameters(channels: number, classes: number): ParameterSpec[] {
  let cin: number = BLOCKS[0][0];
  const specs = convolution("stem", 3, channels, cin);
  for (const [i, [cout, stride]] of BLOCKS.entries()) {
    specs.push(...convolution(`${i}/a`, 3, cin, cout), ...convolution(`${i}/b`, 3, cout, cout));
    if (stride > 1) specs.push(...convolution(`${i}/shortcut`, 1, cin, cout));
    cin = cout;
  }
  specs.push({ name: "out/w", shape: [cin, classes], init: heNormal(cin) });
  return [...specs, { name: "out/b", shape: [classes], init: constantInit(0), role: "offset" }];
}

/** Logits `[n,classes]` of images `[n,h,w,channels]`. */
export function resnet(tape: Tape, weights: ParameterStore, images: Tensor): Tensor {
  const conv = (x: Tensor, name: string, stride: number, rectify: boolean): Tensor => {
    const [w, gamma, beta] = ["w", "gamma", "beta"].map((part) => weights.get(`${name}/${part}`));
    const [y] = tape.apply(conv2d, [x, w], { stride, padding: (w.shape[0] - 1) / 2 });
    return tape.apply(batchNorm, [y, gamma, beta], { epsilon: 1e-5, relu: rectify })[0];
  };
  let x = conv(images, "stem", 1, true);
  for (const [i, [, stride]] of BLOCKS.entries()) {
    const shortcut = stride === 1 ? x : conv(x, `${i}/shortcut`, stride, false);
    const y = conv(conv(x, `${i}/a`, stride, true), `${i}/b`, 1, false);
    [x] = tape.apply(relu, [tape.apply(add, [y, shortcut], {})[0]], {});
  }
  const [pooled] = tape.apply(globalAvgPool, [x], {});
  const [product] = tape.apply(matmul, [pooled, weights.get("out/w")], {});
  return tape.apply(add, [product, weights.get("out/b")], {})[0];
}

/** One step on images `x` and labels `[n]` (u32); the loss arrives when the device is done. */
export function step(sgd: Sgd, x: Tensor, labels: Tensor, rate: number): Promise<Float64Array> {
  const weights = sgd.store;
  const all = weights.select(weights.names);
  return weights.backend.scope(() => {
    const tape = new Tape(weights.backend);
    for (const name of weights.names) tape.watch(weights.get(name), weights.gradient(name));
    const [loss] = tape.apply(softmaxCrossEntropy, [resnet(tape, weights, x), labels], {});
    const value = weights.backend.read(tape.keep(loss));
    tape.backward(loss);
    sgd.step(all, rate, loss);
    weights.releaseSelection(all);
    weights.backend.submit();
    return value;
  });
}
