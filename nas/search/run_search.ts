/**
 * A search recorded in a run folder: configuration, event log, arcs, weights.
 *
 * @module
 */
import { type Arc, formatArc } from "../space/arc.ts";
import type { SearchConfig } from "../config/mod.ts";
import { evaluatorOf } from "../evaluator/registry.ts";
import type { WorkKind } from "../evaluator/evaluator.ts";
import { loadControllerWeights } from "../strategy/controller/transfer.ts";
import { type PreparedRun, type RecordOptions, recordRun } from "../run/recording.ts";
import { extendSearch } from "./extend.ts";
import { Search } from "./search.ts";
import { samplerOf } from "./sampled.ts";
import { samplerFingerprint, writeSampler } from "../strategy/stored.ts";
import type { ArcScored, RunConfig, RunEvent } from "../run/events.ts";
import { keepPredictions } from "../run/predictions.ts";
import { openRun, type RunFolder, writeArcsCsv } from "../run/run_folder.ts";
import { saveChild, saveNetwork } from "../child/stored_network.ts";

/** What {@link runSearch} needs. */
export interface RunSearchOptions extends RecordOptions {
  /** Run whose trained controller the search begins with, parameters alone (spec G.1). */
  readonly controllerFrom?: string;
  /** Called once, when the folder exists and before the first step. */
  readonly onStart?: (start: RunStart) => void;
  /** Called after every unit of work. */
  readonly onWork?: (kind: WorkKind) => void;
}

/** What is known when a run begins. */
export interface RunStart {
  readonly folder: RunFolder;
  readonly config: RunConfig;
  /** Units of work of the complete run, by kind. */
  readonly work: Readonly<Record<WorkKind, number>>;
  /** How many of them are done; none where the run begins. */
  readonly done: Readonly<Record<WorkKind, number>>;
}

/** What a run came to. */
export interface RunSearchOutcome {
  readonly folder: RunFolder;
  readonly status: "completed" | "interrupted";
  /** The best arc; null when the run ended before any was scored. */
  readonly best: {
    readonly arc: Arc;
    readonly estimate: number;
    /** Null when the run ended before it was trained from scratch. */
    readonly testAccuracy: number | null;
  } | null;
  readonly meanEstimateByEpoch: readonly number[];
  readonly seconds: number;
}

/** Runs a search and records it, as `recordRun` says. */
export async function runSearch(options: RunSearchOptions): Promise<RunSearchOutcome> {
  const { config, signal, onStart, onWork, controllerFrom } = options;
  const scored: ArcScored[] = [];
  const meanEstimateByEpoch: number[] = [];
  let testAccuracy: number | null = null;
  let best: Search["best"] = null;
  const follow = (event: RunEvent) => {
    if (event.type === "arc_scored") scored.push(event);
    if (event.type === "epoch_finished") meanEstimateByEpoch.push(event.meanEstimate);
    if (event.type === "trained") testAccuracy = event.testAccuracy;
  };
  const ended = await recordRun(options, {
    command: "search",
    label: labelOf(config),
    asked: controllerFrom === undefined ? {} : { controllerFrom },
    given: () => {
      if (controllerFrom === undefined) return {};
      const donor = openRun(controllerFrom);
      const fingerprint = samplerFingerprint(samplerOf(donor));
      return { controllerFrom: `${donor.folder.path}, SHA-256 ${fingerprint}` };
    },
    prepare(backend, dataset, checkpoints, resume) {
      const search = new Search({
        backend,
        dataset,
        config,
        checkpoints,
        ...(signal ? { signal } : {}),
        ...(onWork ? { onWork } : {}),
        ...(resume === null ? {} : { resume }),
      });
      try {
        if (controllerFrom !== undefined && resume === null) {
          const { tensors } = samplerOf(openRun(controllerFrom));
          loadControllerWeights(search.strategy, tensors);
        }
      } catch (error) {
        search.dispose();
        throw error;
      }
      return new RecordedSearch(search);
    },
    onStart: ({ search }, folder, runConfig) =>
      onStart?.({ folder, config: runConfig, work: search.work, done: search.done }),
    onEvent(event, folder) {
      follow(event);
      if (event.type === "epoch_finished") writeArcsCsv(folder, scored);
    },
    extend: (shorter) => extendSearch(shorter, config),
    onResume(events, folder) {
      events.forEach(follow);
      if (scored.length > 0) writeArcsCsv(folder, scored);
    },
    onEnd: ({ search }) => best = search.best,
  });
  return {
    ...ended,
    best: best === null ? null : { ...(best as NonNullable<Search["best"]>), testAccuracy },
    meanEstimateByEpoch,
  };
}

/** What stands for the method in the name of a run's folder: the strategy; without shared weights, both. */
function labelOf(config: SearchConfig): string {
  const { strategy, evaluator } = config;
  return evaluatorOf(config).sharesWeights ? strategy.name : `${strategy.name}-${evaluator.name}`;
}

/** A search in the form that `recordRun` follows. */
class RecordedSearch implements PreparedRun {
  constructor(readonly search: Search) {}

  get data(): Search["data"] {
    return this.search.data;
  }

  get seconds(): number {
    return this.search.seconds;
  }

  get complete(): boolean {
    return this.search.complete;
  }

  snapshot(): ReturnType<Search["snapshot"]> {
    return this.search.snapshot();
  }

  run(): ReturnType<Search["run"]> {
    return this.search.run();
  }

  async save(folder: RunFolder): Promise<void> {
    const { strategy, evaluator: { shared }, data, child, tested } = this.search;
    writeSampler(folder, strategy.state());
    if (shared !== null) {
      const { network, spec } = shared;
      await saveNetwork(folder, "shared_weights", { network, spec, arc: null }, data);
    }
    if (child === null) return;
    await saveChild(folder, child, data);
    keepPredictions(folder, data, formatArc(child.arc), tested);
  }

  dispose(): void {
    this.search.dispose();
  }
}
