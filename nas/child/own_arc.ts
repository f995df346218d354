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

/**
 * The architecture for which a network is to be made that holds one alone.
 *
 * @throws {ArcError} If there is none.
 */
export function requireArc<A extends Arc>(arc: A | null): A {
  if (arc !== null) return arc;
  throw new ArcError("Expected an architecture for the official graph but found none");
}
