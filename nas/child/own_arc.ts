/**
 * Networks that hold the weights of a single architecture.
 *
 * @module
 */
import { type Arc, equalArcs } from "../space/arc.ts";
import { ArcError } from "../space/errors.ts";

/**
 * Refuses another architecture than the one for which a network was made.
 *
 * @throws {ArcError} If `arc` is not `own`.
 */
export function expectOwnArc(arc: Arc, own: Arc): void {
  if (arc === own || equalArcs(arc, own)) return;
  throw new ArcError(
    "Expected the architecture for which this network was made but found another one; make a " +
      "network of its own for each architecture that is retrained",
  );
}
