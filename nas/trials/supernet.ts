/**
 * The trial `supernet`: a search without its final training, observed at marked epochs.
 *
 * @module
 */
import { Random } from "../../engine/random.ts";
import { formatArc } from "../space/arc.ts";
import type { SearchConfig } from "../config/mod.ts";
import { loadControllerWeights } from "../strategy/controller/transfer.ts";
import { Search } from "../search/search.ts";
import { readSampler, writeSampler } from "../strategy/stored.ts";
import type { EpochFinished } from "../run/events.ts";
import { saveNetwork } from "../child/stored_network.ts";
import { learningRateOf } from "../child/training_options.ts";
import type { TrialContext } from "./execute.ts";
import { describeController, type Parameters } from "./controller_state.ts";
import { describePolicy, POLICY_ARCS, withStream } from "./policy.ts";
import type { Mark, SupernetResult } from "./results.ts";
import { scoreArcs } from "./score_arcs.ts";
import { StudyInterrupted } from "./queue.ts";
import type { TrialInput } from "./kinds.ts";

/** Runs the search; the observer draws from streams of its own, so that marks change nothing. */
export async function executeSupernet(
  trial: string,
  input: TrialInput<"supernet">,
  context: TrialContext,
): Promise<SupernetResult> {
  const { config, donor } = input;
  const dataset = context.dataset(config.dataset.name);
  const search = new Search({
    backend: context.backend,
    dataset,
    config,
    signal: context.signal,
  });
  try {
    if (donor !== null) {
      const { tensors } = readSampler(context.marks.folder(donor.trial, donor.epoch));
      loadControllerWeights(search.sampler, tensors);
    }
    const observer = new Observer(trial, input, search, context);
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

  constructor(
    readonly trial: string,
    readonly input: TrialInput<"supernet">,
    readonly search: Search,
    readonly context: TrialContext,
  ) {
    const { split, test } = search.data;
    const count = Math.min(split.validation.length, test.shape[0]);
    this.#before = search.sampler.parameters();
    this.untouched = Uint32Array.from({ length: count }, (_, i) => i);
  }

  /** Describes the epoch that has just ended, where it is marked. */
  async see(epoch: number): Promise<void> {
    const { config, marks, keepWeights } = this.input;
    const { sampler, network, spec, data } = this.search;
    const folder = this.context.marks.folder(this.trial, epoch);
    if (!marks.includes(epoch)) return;
    writeSampler(folder, sampler.state());
    if (keepWeights.includes(epoch)) {
      await saveNetwork(folder, "shared_weights", { network, spec, arc: null }, data);
    }
    const random = new Random(config.seed).fork(`mark of epoch ${epoch}`);
    const [arcs, policy] = withStream(sampler, random, () => [
      sampler.sample(this.input.arcs).arcs,
      describePolicy(sampler, config),
    ]);
    const how = { network, data, config, batchNorm: config.controller.rewardBatchNorm };
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
