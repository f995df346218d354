/**
 * A training engine on WebGPU: tensors, operations with hand-written kernels, reverse-mode
 * differentiation, optimisers. Every operation also runs on the CPU, by its f64 reference.
 *
 * ```ts
 * import {
 *   constantInit,
 *   CpuBackend,
 *   matmul,
 *   ParameterStore,
 *   Random,
 *   Sgd,
 *   softmaxCrossEntropy,
 *   Tape,
 * } from "./mod.ts";
 *
 * const backend = new CpuBackend(); // or: await GpuBackend.open()
 * const store = new ParameterStore(
 *   backend,
 *   [{ name: "w", shape: [2, 3], init: constantInit(0) }],
 *   new Random(1),
 * );
 * const sgd = new Sgd(store, { momentum: 0.9, l2: 0, clip: 0 });
 * const x = backend.fromArray([1, 0, 0, 1], [2, 2]);
 * const labels = backend.fromArray([0, 2], [2], "u32");
 * const all = store.select(store.names);
 * for (let step = 0; step < 10; step++) {
 *   const tape = new Tape(backend);
 *   tape.watch(store.get("w"), store.gradient("w"));
 *   const [logits] = tape.apply(matmul, [x, store.get("w")], {});
 *   const [loss] = tape.apply(softmaxCrossEntropy, [logits, labels], {});
 *   tape.backward(loss);
 *   sgd.step(all, 0.1);
 * }
 * ```
 *
 * @module
 */
export { autotune, type AutotuneOptions, type Tuned } from "./measure/autotune.ts";
export type { Allocator } from "./allocator.ts";
export type { Backend, ForwardResult, TapeContext, Ways } from "./backend.ts";
export { mebibytes } from "./bytes.ts";
export { checkOpCase, type OpCheck, relativeError } from "./measure/check_op.ts";
export { CpuBackend } from "./cpu_backend.ts";
export {
  type Dispatched,
  DispatchTimes,
  type KernelTime,
  type TimedDispatch,
  TIMELINE_DISPATCHES,
} from "./measure/dispatch_times.ts";
export {
  type AdapterDescription,
  NO_ADAPTER_REMEDY,
  type OpenDevice,
  openDevice,
} from "./webgpu/device.ts";
export {
  diagnose,
  type DiagnoseOptions,
  type Diagnosis,
  type OpDiagnosis,
} from "./measure/doctor.ts";
export { DeviceError, MemoryBudgetError, ShaderError, ShapeError } from "./errors.ts";
export { SharedGpu } from "./webgpu/shared_gpu.ts";
export { DEFAULT_MEMORY_BUDGET, GpuBackend, type GpuOptions } from "./webgpu/gpu_backend.ts";
export { type Augmentation, type Batch, ImageBytes, imagesPerBinding } from "./image_bytes.ts";
export { constantInit, heNormal, type Initializer, uniformInit } from "./init.ts";
export {
  type BindingType,
  type Bound,
  defineKernel,
  type ElementType,
  type KernelSpec,
  type ParamType,
  wgslText,
} from "./webgpu/kernel.ts";
export { MemoryPool, type MemoryUse, type PlannedBytes } from "./memory/pool.ts";
export { debiasedRate, type MovingStatistics } from "./moving_statistics.ts";
export {
  type BackwardContext,
  type CpuOp,
  defineOp,
  type GpuPasses,
  type Op,
  type OpTuning,
  type TuningProblem,
} from "./op.ts";
export * from "./ops/mod.ts";
export { Adam, type AdamOptions } from "./optim/adam.ts";
export { clipGradients, type ClipMode, type Clipping, globalNorm } from "./optim/clip.ts";
export { cosineLearningRate, type CosineSchedule } from "./optim/schedule.ts";
export { Sgd, type SgdOptions } from "./optim/sgd.ts";
export {
  type Blocks,
  type ExactValues,
  type ParameterRole,
  type ParameterSpec,
  ParameterStore,
  type ParameterValues,
  type Selection,
  type SelectionPart,
} from "./parameters.ts";
export { FIRST_PHASE, MAX_SPANS, type PhaseSpan, PhaseSpans } from "./measure/phase_spans.ts";
export { type DeviceProfile, Profiler } from "./measure/profiler.ts";
export { type CommandQueue, flatGrid, type Grid, type QueueCounts } from "./webgpu/queue.ts";
export { Random, type RandomState } from "./random.ts";
export type {
  AddAttributes,
  AvgPoolAttributes,
  BatchNormAttributes,
  BatchNormInferenceAttributes,
  ConcatAttributes,
  Conv2dAttributes,
  DepthwiseConv2dAttributes,
  DropoutAttributes,
  DropPathAttributes,
  EmbeddingAttributes,
  FactorizedReductionAttributes,
  FlattenAttributes,
  GlobalAvgPoolAttributes,
  LstmCellAttributes,
  MatmulAttributes,
  MaxPoolAttributes,
  MultiplyAttributes,
  NoAttributes,
  ReluAttributes,
  ReshapeAttributes,
  ScaleAttributes,
  SigmoidAttributes,
  SoftmaxAttributes,
  SoftmaxCrossEntropyAttributes,
  SumAttributes,
  TanhAttributes,
} from "./reference/mod.ts";
export type { L2Mode } from "./reference/optimizers.ts";
export type { NdArray, OpCase, ReferenceContext, ReferenceOp } from "./reference/types.ts";
export { RehearsalBackend, type RehearsalOptions } from "./measure/rehearsal.ts";
export {
  type EdgePadding,
  elementCount,
  expectRank,
  formatShape,
  type Padding,
  sameShape,
  sameWindow,
  type Shape,
  type Window,
  type WindowPadding,
} from "./shape.ts";
export { Tape, type WeightedLoss } from "./tape.ts";
export type { CompiledKernel } from "./webgpu/pipelines.ts";
export type { GpuRecorder } from "./webgpu/recorder.ts";
export {
  NOTHING_TUNED,
  REAL_GPU,
  type Target,
  type TargetAdapter,
  targetOf,
  type TileSet,
  TUNING_VERSION,
  type TuningStore,
} from "./webgpu/target.ts";
export { type CpuStorage, type DType, Tensor } from "./tensor.ts";
export type { DeviceBuffer, GpuStorage, PooledBuffer } from "./memory/storage.ts";
export type { Interval, Life, Lifetimes, Mirror, PagePlace } from "./memory/plan.ts";
export type { TexturePage } from "./memory/texture_pages.ts";
export type { LoadPath } from "./webgpu/load_path.ts";
export type { PipelineCache } from "./webgpu/pipelines.ts";
export type { TemplateValues } from "./webgpu/template.ts";
