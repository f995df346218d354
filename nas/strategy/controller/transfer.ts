/**
 * Transfer of a trained controller to another search (spec G.1).
 *
 * @module
 */
import { sameShape } from "../../../engine/shape.ts";
import type { StoredTensor, Strategy } from "../strategy.ts";

/**
 * Gives a controller the learned parameters of another one. Only these are taken: the optimiser's
 * moments, the number of updates and the baseline begin anew, and the random stream stays (spec G.1,
 * [R]). The depth of arcs and the classes of the data may differ, for no parameter depends on them.
 *
 * @param strategy A controller; it is changed.
 * @param parameters Tensors by name: `parameters()` of a controller, or the tensors of its state,
 * whose moments are passed over. They are copied.
 * @throws {TypeError} If the strategy has no parameters, or the parameters belong to another space or have
 * other shapes or numbers that are not finite; nothing is changed then.
 */
export function loadControllerWeights(
  { sampler, kind }: Pick<Strategy, "sampler" | "kind">,
  parameters: Readonly<Record<string, StoredTensor>>,
): void {
  const own = sampler?.parameters() ?? {};
  if (sampler === null || Object.keys(own).length === 0) {
    throw new TypeError(
      `loadControllerWeights() expects a controller but found the strategy ${kind}, which has no ` +
        "parameters; set the strategy to controller",
    );
  }
  const found = "b_soft" in parameters ? "micro" : "macro";
  if (found !== sampler.space) {
    throw new TypeError(
      `loadControllerWeights() expects parameters of a ${sampler.space} controller but found those ` +
        `of a ${found} controller; take a run of the ${sampler.space} space`,
    );
  }
  for (const [name, { shape }] of Object.entries(own)) {
    checkParameter(name, shape, parameters[name]);
  }
  const { tensors, ...state } = sampler.state();
  const entries = Object.entries(tensors).map(([name, { shape, data }]) => [
    name,
    name in own ? parameters[name] : { shape, data: data.fill(0) },
  ]);
  sampler.restore({
    ...state,
    scalars: { ...state.scalars, step: 0, baseline: null },
    tensors: Object.fromEntries(entries),
  });
}

function checkParameter(
  name: string,
  shape: readonly number[],
  found: StoredTensor | undefined,
): void {
  if (found === undefined || !sameShape(shape, found.shape)) {
    throw new TypeError(
      `loadControllerWeights() expects parameter ${name} of shape [${shape}] but found ` +
        `${
          found === undefined ? "none" : `[${found.shape}]`
        }; both controllers must have the same ` +
        `hidden size`,
    );
  }
  const wrong = found.data.find((value) => !Number.isFinite(value));
  if (wrong !== undefined) {
    throw new TypeError(
      `loadControllerWeights() expects finite numbers in ${name} but found ${wrong}; take a ` +
        `checkpoint of a run that did not diverge`,
    );
  }
}
