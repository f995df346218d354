/**
 * Opening a WebGPU device: adapter, limits, features, and errors that WebGPU would swallow.
 *
 * @module
 */
import { DeviceError, MemoryBudgetError } from "../errors.ts";
import type { LoadPath } from "./load_path.ts";
import { fasterLoadPath } from "./load_probe.ts";
import { probeSubgroups } from "./subgroups.ts";

/** What is known of the adapter that a device belongs to. */
export interface AdapterDescription {
  readonly description: string;
  readonly vendor: string;
  /** True for a software adapter such as lavapipe. */
  readonly fallback: boolean;
  /** Lanes of a subgroup on a software adapter where subgroup operations were seen to work, else 0. */
  readonly subgroupSize: number;
  /** Where kernels had better load activations from. */
  readonly loadPath: LoadPath;
  readonly features: readonly string[];
  readonly limits: Readonly<Record<string, number>>;
}

/** An open device, and the first error that it reported outside an error scope. */
export interface OpenDevice {
  readonly device: GPUDevice;
  readonly adapter: AdapterDescription;
  /** Throws the first uncaptured error or the loss of the device as a {@link DeviceError}. */
  check(): void;
  /** Remembers `error`, to be thrown by the next {@link OpenDevice.check}. */
  fail(error: Error): void;
  /** Gives the device up, with everything on it. */
  close(): void;
}

/** Limits that the engine raises from WebGPU's small defaults to what the adapter has. */
const RAISED_LIMITS = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxComputeWorkgroupStorageSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupSizeX",
] as const;

/** What to type when no adapter answers. */
export const NO_ADAPTER_REMEDY =
  "install a Vulkan driver (on Debian or Ubuntu `sudo apt-get install mesa-vulkan-drivers` gives " +
  "a software one), or run with --device cpu";

/**
 * Asks for the system's adapter and a device with its full limits. Throws {@link DeviceError} with a
 * remedy when there is no WebGPU or no adapter.
 */
export async function openDevice(): Promise<OpenDevice> {
  if (globalThis.navigator?.gpu === undefined) {
    throw new DeviceError(
      `Expected WebGPU but this runtime has none; use the Deno version named in README.md`,
    );
  }
  const adapter = await navigator.gpu.requestAdapter({ powerPreference: "high-performance" });
  if (adapter === null) {
    throw new DeviceError(`Expected a WebGPU adapter but found none; ${NO_ADAPTER_REMEDY}`);
  }
  const requiredLimits: Record<string, number> = {};
  for (const name of RAISED_LIMITS) requiredLimits[name] = adapter.limits[name];
  const requiredFeatures: GPUFeatureName[] = adapter.features.has("timestamp-query")
    ? ["timestamp-query"]
    : [];
  const fallback = adapter.info.isFallbackAdapter ?? false;
  const { device, subgroupSize } = await requestDevice(adapter, fallback, {
    requiredLimits,
    requiredFeatures,
  });

  let firstError: Error | null = null;
  const fail = (error: Error) => {
    firstError ??= error;
  };
  device.addEventListener("uncapturederror", (event) => {
    event.preventDefault();
    fail(reported((event as GPUUncapturedErrorEvent).error));
  });
  device.lost.then((info) => {
    fail(
      new DeviceError(
        `The device was lost (${info.reason}): ${info.message}; start again, or go on with a run ` +
          "from its last checkpoint by --resume",
      ),
    );
  });
  return {
    device,
    adapter: {
      description: adapter.info.description || adapter.info.device || "unknown adapter",
      vendor: adapter.info.vendor,
      fallback,
      subgroupSize,
      loadPath: fallback ? fasterLoadPath(device) : "storage",
      features: [...adapter.features].sort(),
      limits: Object.fromEntries(
        [...RAISED_LIMITS, "maxStorageBuffersPerShaderStage" as const]
          .map((name) => [name, adapter.limits[name]]),
      ),
    },
    check() {
      if (firstError !== null) throw firstError;
    },
    fail,
    close: () => device.destroy(),
  };
}

/** What an uncaptured error means. */
function reported(error: GPUError): Error {
  if (!(error instanceof GPUOutOfMemoryError)) {
    return new DeviceError(`The device reported: ${error.message}`);
  }
  return new MemoryBudgetError(
    `Expected memory on the device but it has none left (${error.message}); use a smaller batch, ` +
      "fewer filters or layers, or end what else uses the device",
  );
}

/**
 * Opens the device; on a software adapter first with subgroups, which pay there (a real GPU has
 * workgroup memory), and falls back to a device without them.
 */
async function requestDevice(
  adapter: GPUAdapter,
  fallback: boolean,
  descriptor: GPUDeviceDescriptor & { requiredFeatures: GPUFeatureName[] },
): Promise<{ device: GPUDevice; subgroupSize: number }> {
  if (fallback) {
    const requiredFeatures = [...descriptor.requiredFeatures, "subgroups" as GPUFeatureName];
    const device = await adapter.requestDevice({ ...descriptor, requiredFeatures }).catch(() =>
      null
    );
    if (device !== null) return { device, subgroupSize: await probeSubgroups(device) };
  }
  return { device: await adapter.requestDevice(descriptor), subgroupSize: 0 };
}
