/**
 * The trial `proxies`: what can be said of arcs before any of them is trained.
 *
 * @module
 */
import { z } from "zod";
import type { Backend } from "../../../engine/backend.ts";
import { Random } from "../../../engine/random.ts";
import type { ChildData } from "../../data/resident.ts";
import { type Arc, formatArc, parseArc } from "../../space/arc.ts";
import { createNetwork, finalNetworkSpec } from "../../child/create_network.ts";
import { ChildTrainer, type TrainerOptions } from "../../child/trainer.ts";
import type { SearchConfig } from "../../config/mod.ts";
import { networkCost } from "../../space/registry.ts";
import { finalTrainerOptions } from "../../child/training_options.ts";
import { StudyInterrupted, UnrecoverableError } from "../queue.ts";
import { configSchema, passSeconds, type TrialContext, type TrialKind } from "./kind.ts";

/** Batches over which a gradient norm is averaged. */
export const PROXY_BATCHES = 4;

const inputSchema = z.object({ config: configSchema, arcs: z.array(z.string()) });
type Input = z.infer<typeof inputSchema>;

const resultSchema = z.object({
  /** Of the network that would be trained from scratch. */
  parameters: z.array(z.number()),
  flops: z.array(z.number()),
  /** Norm of the gradient at initial weights, mean over a few batches (Abdelfattah et al. 2021). */
  gradientNorm: z.array(z.number()),
  seconds: z.number(),
});
/** Zero-cost proxies. */
export type ProxiesResult = z.infer<typeof resultSchema>;

/** What the trial is done with. */
type Parts =
  & Pick<TrialContext, "backend" | "data">
  & Partial<Pick<TrialContext, "signal" | "onProgress">>;

/** Zero-cost proxies of fixed arcs. */
export const PROXIES: TrialKind<Input, ProxiesResult> = {
  input: inputSchema,
  result: resultSchema,
  run: executeProxies,
  seconds({ arcs, config: { finalTraining: { batchSize } } }, times) {
    return arcs.length * PROXY_BATCHES * passSeconds(times, times.measured.final.step, batchSize);
  },
};

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
 * @throws {UnrecoverableError} Where a gradient is not finite.
 */
export async function executeProxies(
  { config, arcs: texts }: Input,
  { backend, signal, onProgress, ...parts }: Parts,
): Promise<ProxiesResult> {
  const started = performance.now();
  const data = parts.data();
  const images = { shape: data.shape, classes: data.classNames.length };
  const arcs = texts.map((text) => parseArc(text, config.space));
  const costs = arcs.map((arc) =>
    networkCost(finalNetworkSpec(config, arc, images), arc, data.shape)
  );
  const gradientNorm: number[] = [];
  for (const arc of arcs) {
    gradientNorm.push(await initialGradientNorm(config, arc, { backend, data }));
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
  { backend, data }: { backend: Backend; data: ChildData },
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
      throw new UnrecoverableError(
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
