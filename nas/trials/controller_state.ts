/**
 * What a controller's parameters are like at a marked epoch: enough to see whether two are equal and
 * how far they moved.
 *
 * @module
 */
import { z } from "zod";
import type { ArcSampler, StoredTensor } from "../strategy/strategy.ts";

/** A controller's parameters, described. */
export const controllerSchema = z.object({
  /** SHA-256 over all parameters, in hexadecimal: equal where two policies are equal. */
  fingerprint: z.string(),
  tensors: z.array(z.object({
    name: z.string(),
    shape: z.array(z.int().positive()),
    /** Euclidean norm of the parameter, and that of its change since the search began. */
    norm: z.number(),
    change: z.number(),
  })),
});
/** What a controller's parameters are like. */
export type ControllerState = z.infer<typeof controllerSchema>;

/** Learned parameters by name. */
export type Parameters = Readonly<Record<string, StoredTensor>>;

/** Describes the parameters of a controller beside those it began with; undefined where there are none. */
export async function describeController(
  sampler: ArcSampler,
  before: Parameters,
): Promise<ControllerState | undefined> {
  const parameters = sampler.parameters();
  if (Object.keys(parameters).length === 0) return undefined;
  const tensors = Object.entries(parameters).map(([name, { shape, data }]) => ({
    name,
    shape: [...shape],
    norm: norm(data),
    change: norm(data.map((value, i) => value - before[name].data[i])),
  }));
  return { fingerprint: await fingerprintOf(parameters), tensors };
}

/** SHA-256, in lower-case hexadecimal, over the little-endian f64 of all parameters in their order. */
async function fingerprintOf(parameters: Parameters): Promise<string> {
  const arrays = Object.values(parameters).map(({ data }) => data);
  const bytes = new DataView(
    new ArrayBuffer(8 * arrays.reduce((sum, { length }) => sum + length, 0)),
  );
  let at = 0;
  for (const array of arrays) {
    for (const value of array) {
      bytes.setFloat64(at, value, true);
      at += 8;
    }
  }
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes.buffer));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Euclidean norm. */
function norm(data: Float64Array): number {
  return Math.sqrt(data.reduce((sum, value) => sum + value * value, 0));
}
