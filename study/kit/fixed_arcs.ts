/**
 * The fixed architectures of a study: half of them as controllers draw them, half uniform, none twice.
 *
 * @module
 */
import { Random } from "../../engine/random.ts";
import { type Arc, formatArc, graphKey, parseArc } from "../../nas/space/arc.ts";
import { spaceOf } from "../../nas/space/registry.ts";
import { arcSize, type SearchConfig } from "../../nas/config/mod.ts";
import { StudyError } from "../../nas/trials/queue.ts";

/** An architecture that a study looks at from every side. */
export interface FixedArc {
  /** Its place in the study, from `arc01`. */
  readonly name: string;
  /** One line, as `formatArc` writes it. */
  readonly text: string;
  /** Who drew it. */
  readonly source: "controller" | "uniform";
}

/** Draws in a row that bring nothing new before a space counts as used up. */
const PATIENCE = 2000;

/**
 * `count` different networks, alternately from the controllers and uniform, so that an unfinished study
 * has both. Controllers that repeat themselves so much that they give too few leave the rest to uniform
 * draws.
 *
 * @param drawn By controller, what it drew, in order; arcs are taken from each in turn.
 * @param config Settings of the searches and of the training from scratch.
 * @param seed Of the uniform draws.
 * @throws {StudyError} If the space has fewer different networks than that.
 */
export function fixedArcs(
  count: number,
  drawn: readonly (readonly string[])[],
  config: SearchConfig,
  seed: number,
): FixedArc[] {
  // Two arcs count as one where both are trained from scratch as the same network.
  const reading = spaceOf(config).finalReading(config);
  const seen = new Set<string>();
  /** The next arc that is no network of before; null where there is none left. */
  const nextNew = (from: Iterator<Arc>): Arc | null => {
    for (let tries = 0; tries < PATIENCE; tries++) {
      const { value: arc, done } = from.next();
      if (done) return null;
      const size = seen.size;
      if (seen.add(graphKey(arc, reading)).size > size) return arc;
    }
    return null;
  };
  const controllers = inTurn(drawn).map((text) => parseArc(text, config.space)).values();
  const uniform = uniformArcs(config, seed);
  return Array.from({ length: count }, (_, i): FixedArc => {
    const name = `arc${String(i + 1).padStart(2, "0")}`;
    const own = i % 2 === 0 ? nextNew(controllers) : null;
    if (own !== null) return { name, text: formatArc(own), source: "controller" };
    const arc = nextNew(uniform);
    if (arc !== null) return { name, text: formatArc(arc), source: "uniform" };
    throw new StudyError(
      `Expected ${count} different architectures but the space gave ${i}; ask for fewer with --arcs, ` +
        "or take a larger space",
    );
  });
}

function* uniformArcs(config: SearchConfig, seed: number): Generator<Arc, never> {
  const random = new Random(seed).fork("fixed arcs").fork("arcs");
  const [space, size] = [spaceOf(config), arcSize(config)];
  while (true) yield space.random(size, random);
}

/** First of each list, then second of each, and so on. */
function inTurn(lists: readonly (readonly string[])[]): string[] {
  const longest = Math.max(0, ...lists.map(({ length }) => length));
  return Array.from(
    { length: longest },
    (_, i) => lists.flatMap((list) => i < list.length ? [list[i]] : []),
  ).flat();
}
