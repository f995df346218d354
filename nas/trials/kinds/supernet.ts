/**
 * The trial `supernet`: a search without its final training, observed at marked epochs.
 *
 * @module
 */
import { z } from "zod";
import { Random } from "../../../engine/random.ts";
import { formatArc } from "../../space/arc.ts";
import { type SearchConfig, sharedWeightsOf } from "../../config/mod.ts";
import { sharedOf } from "../../evaluator/registry.ts";
import { requireSampler } from "../../strategy/registry.ts";
import type { ArcSampler } from "../../strategy/strategy.ts";
import { loadControllerWeights } from "../../strategy/controller/transfer.ts";
import { Search } from "../../search/search.ts";
import { readSampler, writeSampler } from "../../strategy/stored.ts";
import type { EpochFinished } from "../../run/events.ts";
import { saveNetwork } from "../../child/stored_network.ts";
import { learningRateOf } from "../../child/training_options.ts";
import { controllerSchema, describeController, type Parameters } from "../controller_state.ts";
import { describePolicy, POLICY_ARCS, policySchema, withStream } from "../policy.ts";
import { scoreArcs } from "../score_arcs.ts";
import { StudyInterrupted } from "../queue.ts";
import {
  accuracies,
  configSchema,
  markName,
  markNameSchema,
  passSeconds,
  plannedSeconds,
  share,
  type TrialContext,
  type TrialKind,
} from "./kind.ts";

const epochNumber = z.int().nonnegative();

const inputSchema = z.object({
  config: configSchema,
  /** Epochs at which the policy is described and arcs are drawn; 0 is before any training. */
  marks: z.array(epochNumber),
  /** Arcs drawn and scored at each mark. */
  arcs: z.int().positive(),
  /** Marks whose shared weights are kept, for trials `score`. */
  keepWeights: z.array(epochNumber),
  /** Policy that the search begins with; null for a new one. */
  donor: markNameSchema.nullable(),
});
type Input = z.infer<typeof inputSchema>;

/** One epoch of a search, as its event `epoch_finished` says. */
const epochSchema = z.object({
  epoch: z.int().positive(),
  /** Null where the shared weights were frozen; the learning rate is 0 then. */
  trainLoss: z.number().nullable(),
  trainAccuracy: share.nullable(),
  learningRate: z.number(),
  /** Mean and maximum over the arcs that the search scored at the end of the epoch. */
  meanEstimate: share,
  bestEstimate: share,
  opShares: z.array(share),
  skipRate: share.nullable(),
  /** Null where the sampler does not learn. */
  reward: z.number().nullable(),
  entropy: z.number().nullable(),
  seconds: z.number(),
});

/** What the policy was at a marked epoch, measured with a random stream of its own. */
const markSchema = z.object({
  /** 1-based; 0 is before any training. */
  epoch: z.int().nonnegative(),
  learningRate: z.number(),
  /** Arcs drawn from the policy of that epoch. */
  arcs: z.array(z.string()),
  /**
   * Accuracy of each of these arcs under the shared weights of that epoch, on the whole validation
   * split, with the batch norm of the search's rewards.
   */
  estimates: accuracies,
  /** The same on test images, which nothing of the search ever saw; as many as there are to validate. */
  untouched: accuracies,
  /** Of {@link SupernetResult.policyArcs} arcs more, drawn to describe the policy. */
  policy: policySchema,
  /** The controller's parameters at that epoch; left out where the sampler is random. */
  controller: controllerSchema.optional(),
});

const resultSchema = z.object({
  epochs: z.array(epochSchema),
  marks: z.array(markSchema),
  /** Arcs behind each description of the policy. */
  policyArcs: z.int().positive(),
  stepsPerEpoch: z.int().positive(),
  /** Images of the validation split, and how many test images stood behind `untouched`. */
  validationImages: z.int().positive(),
  untouchedImages: z.int().positive(),
  seconds: z.number(),
});
/** What a search under shared weights came to. */
export type SupernetResult = z.infer<typeof resultSchema>;
/** The policy at one marked epoch. */
export type Mark = z.infer<typeof markSchema>;

/** A search without its final training. */
export const SUPERNET: TrialKind<Input, SupernetResult> = {
  input: inputSchema,
  result: resultSchema,
  run,
  seconds({ marks, arcs }, times) {
    const { plan: { images }, measured: { shared } } = times;
    const each = passSeconds(times, shared!.pass, images.validation);
    return plannedSeconds(times, "search") + marks.length * arcs * 2 * each;
  },
};

/** Runs the search; the observer draws from streams of its own, so that marks change nothing. */
async function run(input: Input, context: TrialContext): Promise<SupernetResult> {
  const { config, donor } = input;
  const { backend, dataset, signal } = context;
  const search = new Search({ backend, dataset, config, signal });
  try {
    if (donor !== null) {
      const checkpoints = await context.artifacts.fetch(markName(donor));
      const { tensors } = readSampler({ checkpoints });
      loadControllerWeights(search.strategy, tensors);
    }
    const observer = new Observer(input, search, context);
    const epochs: EpochFinished[] = [];
    await observer.see(0);
    for await (const event of search.run()) {
      if (event.type !== "epoch_finished") continue;
      epochs.push(event);
      await observer.see(event.epoch);
      context.onProgress?.(event.epoch / config.search.epochs);
      if (event.epoch === config.search.epochs) break;
    }
    if (context.signal.aborted) throw new StudyInterrupted();
    const { validation } = search.data.split;
    return {
      epochs: epochs.map(({ type: _type, baseline: _baseline, policyAccuracy: _, ...epoch }) => ({
        ...epoch,
        opShares: [...epoch.opShares],
      })),
      marks: observer.marks,
      policyArcs: POLICY_ARCS,
      stepsPerEpoch: search.work.child_step / trainedEpochs(config),
      validationImages: validation.length,
      untouchedImages: observer.untouched.length,
      seconds: search.seconds,
    };
  } finally {
    search.dispose();
  }
}

/** Epochs in which the shared weights learn. */
function trainedEpochs({ child: { frozenAfter }, search: { epochs } }: SearchConfig): number {
  return frozenAfter === 0 ? epochs : Math.min(frozenAfter, epochs);
}

/** Looks at a search at its marked epochs. */
class Observer {
  readonly marks: Mark[] = [];
  /** Numbers of the test images that stand for images which no part of a search ever saw. */
  readonly untouched: Uint32Array;
  /** The controller as the search began. */
  readonly #before: Parameters;
  readonly #sampler: ArcSampler;

  constructor(
    readonly input: Input,
    readonly search: Search,
    readonly context: TrialContext,
  ) {
    const { split, test } = search.data;
    const count = Math.min(split.validation.length, test.shape[0]);
    this.#sampler = requireSampler(search.strategy);
    this.#before = this.#sampler.parameters();
    this.untouched = Uint32Array.from({ length: count }, (_, i) => i);
  }

  /** Describes the epoch that has just ended, where it is marked. */
  async see(epoch: number): Promise<void> {
    const { config, marks, keepWeights } = this.input;
    const { evaluator, data } = this.search;
    const sampler = this.#sampler;
    const { network, spec } = sharedOf(evaluator);
    if (!marks.includes(epoch)) return;
    const { id: trial, artifacts } = this.context;
    await artifacts.store(markName({ trial, epoch }), async (checkpoints) => {
      writeSampler({ checkpoints }, sampler.state());
      if (!keepWeights.includes(epoch)) return;
      await saveNetwork({ checkpoints }, "shared_weights", { network, spec, arc: null }, data);
    });
    const random = new Random(config.seed).fork(`mark of epoch ${epoch}`);
    const [arcs, policy] = withStream(sampler, random, () => [
      sampler.sample(this.input.arcs).arcs,
      describePolicy(sampler, config),
    ]);
    const how = { network, data, config, batchNorm: sharedWeightsOf(config).rewardBatchNorm };
    const controller = await describeController(sampler, this.#before);
    this.marks.push({
      epoch,
      learningRate: learningRateOf(config.child, Math.max(1, epoch)),
      arcs: arcs.map(formatArc),
      estimates: await scoreArcs(how, arcs, data.pool, [data.split.validation]),
      untouched: await scoreArcs(how, arcs, data.test, [this.untouched]),
      policy,
      ...(controller === undefined ? {} : { controller }),
    });
  }
}
