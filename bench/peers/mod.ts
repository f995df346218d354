/**
 * The peers by name.
 *
 * @module
 */
import { jaxJs } from "./jax_js.ts";
import { pytorch } from "./pytorch.ts";
import { tfjs } from "./tfjs.ts";
import type { PeerEntry } from "./types.ts";

/** Every peer that the bench knows. */
export const PEERS: readonly PeerEntry[] = [jaxJs, tfjs, pytorch];
