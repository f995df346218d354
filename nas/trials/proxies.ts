/**
 * The trial `proxies`: what can be said of arcs before any of them is trained.
 *
 * @module
 */
import type { Backend } from "../../engine/backend.ts";
import { Random } from "../../engine/random.ts";
import { type Arc, formatArc, parseArc } from "../space/arc.ts";
import { createNetwork, finalNetworkSpec } from "../child/create_network.ts";
import type { ChildData } from "../data/resident.ts";
import { ChildTrainer, type TrainerOptions } from "../child/trainer.ts";
import type { SearchConfig } from "../config/mod.ts";
import { networkCost } from "../space/registry.ts";
import { finalTrainerOptions } from "../child/training_options.ts";
import type { ProxiesResult } from "./results.ts";
import { StudyError, StudyInterrupted } from "./queue.ts";
import type { TrialInput } from "./kinds.ts";

/** Batches over which a gradient norm is averaged. */
export const PROXY_BATCHES = 4;

/** What a trial `proxies` is done with. */
export interface ProxiesParts {
  readonly backend: Backend;
  /** Images of the trial's configuration. */
  readonly data: ChildData;
  /** Ends the trial between two arcs; it throws `StudyInterrupted` then. */
  readonly signal?: AbortSignal;
  /** Called with the share of the arcs that are done. */
  readonly onProgress?: (share: number) => void;
}

/**
 * Parameters, operations and gradient norm of the network that would be trained from scratch for each
 * arc.
 *
 * The gradient norm is `grad_norm` of Abdelfattah et al. 2021 (arXiv:2101.08134): the L2 norm of the
 * gradient of the cross-entropy at initial weights, here over all parameters at once and as the mean of
 * {@link PROXY_BATCHES} batches of training images, which are the same for all arcs. The seed of the
 * configuration decides batches and weights; these are the ones from which a trial `train` with that seed
 * begins. What is random in training steps is left out: augmentation, dropout, drop-path.
 *
 * @throws {ArcError} Where an arc cannot be trained from scratch.
 * @throws {StudyError} Where a gradient is not finite.
 */
export async function executeProxies(
  { config, arcs: texts }: TrialInput<"proxies">,
  parts: ProxiesParts,
): Promise<ProxiesResult> {
  const started = performance.now();
  const { data, signal, onProgress } = parts;
  const images = { shape: data.shape, classes: data.classNames.length };
  const arcs = texts.map((text) => parseArc(text, config.space));
  const costs = arcs.map((arc) =>
    networkCost(finalNetworkSpec(config, arc, images), arc, data.shape)
  );
  const gradientNorm: number[] = [];
  for (const arc of arcs) {
    gradientNorm.push(await initialGradientNorm(config, arc, parts));
    if (signal?.aborted) throw new StudyInterrupted();
    onProgress?.(gradientNorm.length / arcs.length);
  }
  return {
    parameters: costs.map(({ parameters }) => parameters),
    flops: costs.map(({ flops }) => flops),
    gradientNorm,
    seconds: (performance.now() - started) / 1000,
  };
}

/** Mean norm of an arc's gradient over a few batches, from training steps that change no weight. */
async function initialGradientNorm(
  config: SearchConfig,
  arc: Arc,
  { backend, data }: ProxiesParts,
): Promise<number> {
  const random = new Random(config.seed).fork("training from scratch");
  const spec = finalNetworkSpec(config, arc, {
    shape: data.shape,
    classes: data.classNames.length,
  });
  const network = createNetwork(backend, spec, random.fork("weights"), arc);
  try {
    const trainer = new ChildTrainer(
      network,
      data.pool,
      data.split.train,
      plainSteps(config),
      random.fork("proxies"),
    );
    const steps = Array.from({ length: PROXY_BATCHES }, () => trainer.step(arc, 0));
    const norms = (await Promise.all(steps)).map((step) => {
      if (step.skipped === null) return step.gradientNorm;
      throw new StudyError(
        `Expected a finite gradient at the initial weights of ${
          formatArc(arc)
        } but found a loss of ` +
          `${step.skipped.loss} and a norm of ${step.skipped.gradientNorm}; leave the architecture out`,
      );
    });
    return norms.reduce((sum, norm) => sum + norm, 0) / norms.length;
  } finally {
    network.dispose();
  }
}

/** The steps of training from scratch without anything random, and on the network's own head alone. */
function plainSteps(config: SearchConfig): TrainerOptions {
  return {
    ...finalTrainerOptions(config, 1),
    augment: { pad: 0, crop: false, flip: false },
    ...{ cutout: 0, keepProbability: 1, dropPathKeep: 1, auxiliaryWeight: 0 },
  };
}
