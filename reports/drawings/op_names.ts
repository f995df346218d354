/**
 * Short names of ops, for narrow places.
 *
 * @module
 */

const SHORT: Readonly<Record<string, string>> = {
  conv3x3: "3×3",
  sep_conv3x3: "sep. 3×3",
  conv5x5: "5×5",
  sep_conv5x5: "sep. 5×5",
  avg_pool3x3: "avg. pool",
  max_pool3x3: "max pool",
  identity: "identity",
};

/**
 * A short name.
 *
 * @param name name of an op of either space, such as `sep_conv3x3`
 * @returns such as `sep. 3×3`
 */
export function opName(name: string): string {
  return Object.hasOwn(SHORT, name) ? SHORT[name] : name;
}
