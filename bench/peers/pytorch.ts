/**
 * PyTorch in eager mode, in a Python process of its own, where Python has it: on the processor beside
 * a software adapter, and on CUDA, where there is any, beside a real one.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import type { AdapterDescription } from "../../engine/webgpu/device.ts";
import { elementCount } from "../../engine/shape.ts";
import { type Contender, EPSILON, type Problem, type StepContender } from "../cases/types.ts";
import type { StepProblem } from "../steps/graph.ts";
import type { Peer, PeerEntry } from "./types.ts";

const SCRIPT = fileURLToPath(new URL("pytorch_peer.py", import.meta.url));
const PROBE = "import torch; print('cuda' if torch.cuda.is_available() else 'cpu')";

/** What the process answers; the fields depend on the question. */
interface Reply {
  readonly processorMs: number;
  readonly error?: string;
  readonly version?: string;
  readonly threads?: number;
  readonly losses?: readonly number[];
}

/** Asks one question after the other. */
class PythonProcess {
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #lines: ReadableStreamDefaultReader<string>;
  readonly folder: string;
  #last: Promise<unknown> = Promise.resolve();
  #rest = "";
  #keys = 0;
  /** Processor milliseconds at the last answer. */
  processorMs = 0;

  constructor(device: string) {
    this.folder = Deno.makeTempDirSync({ prefix: "enaslab-bench-" });
    this.#child = new Deno.Command("python3", {
      args: [SCRIPT, device],
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    this.#writer = this.#child.stdin.getWriter();
    this.#lines = this.#child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** Sends one message after the others and waits for its answer; an error there is an error here. */
  ask(message: object): Promise<Reply> {
    const reply = this.#last.then(() => this.#ask(message));
    this.#last = reply.catch(() => {});
    return reply;
  }

  async #ask(message: object): Promise<Reply> {
    await this.#writer.write(new TextEncoder().encode(JSON.stringify(message) + "\n"));
    while (!this.#rest.includes("\n")) {
      const { value, done } = await this.#lines.read();
      if (done) throw new TypeError("Expected an answer of the Python process but it ended");
      this.#rest += value;
    }
    const end = this.#rest.indexOf("\n");
    const reply = JSON.parse(this.#rest.slice(0, end)) as Reply;
    this.#rest = this.#rest.slice(end + 1);
    this.processorMs = reply.processorMs;
    if (reply.error !== undefined) throw new TypeError(reply.error);
    return reply;
  }

  /** Writes arrays one behind the other into a new file, hands them to a new contender. */
  async make(message: object, arrays: readonly Float32Array[]): Promise<number> {
    const key = ++this.#keys;
    const file = `${this.folder}/${key}.f32`;
    using handle = Deno.openSync(file, { write: true, create: true });
    for (const { buffer, byteOffset, byteLength } of arrays) {
      const bytes = new Uint8Array(buffer, byteOffset, byteLength);
      for (let at = 0; at < bytes.length;) at += handle.writeSync(bytes.subarray(at));
    }
    await this.ask({ ...message, key, file });
    return key;
  }

  async close(): Promise<void> {
    await this.#last;
    await this.#writer.close();
    await this.#lines.cancel();
    await this.#child.status;
    await Deno.remove(this.folder, { recursive: true });
  }
}

function timed(python: PythonProcess, key: number) {
  return {
    run: async (count: number) => void await python.ask({ kind: "run", key, count }),
    processorMs: () => python.processorMs,
    // The order of the messages is kept, so nobody has to wait.
    close: () => void python.ask({ kind: "close", key }),
  };
}

async function prepare(python: PythonProcess, problem: Problem): Promise<Contender> {
  const { op, shapes, values, dy, dyShape } = problem;
  const attributes = { epsilon: EPSILON };
  const message = { kind: "problem", op, attributes, shapes, dyShape };
  const key = await python.make(message, [...values, dy]);
  return {
    ...timed(python, key),
    async results() {
      const file = `${python.folder}/${key}.results`;
      await python.ask({ kind: "results", key, file });
      const all = new Float32Array((await Deno.readFile(file)).buffer);
      let begin = 0;
      return [dyShape, ...shapes].map((shape) => {
        const part = all.subarray(begin, begin += elementCount(shape));
        return Float64Array.from(part);
      });
    },
  };
}

async function prepareStep(python: PythonProcess, problem: StepProblem): Promise<StepContender> {
  const { graph, parameters, images, labels, rate, momentum, l2 } = problem;
  const message = { kind: "step", graph, labels: [...labels], rate, momentum, l2 };
  const key = await python.make(message, [...parameters, images]);
  return {
    ...timed(python, key),
    losses: async (count) => (await python.ask({ kind: "losses", key, count })).losses!,
  };
}

/** `cpu` or `cuda`; throws when there is no Python or no PyTorch. */
async function probe(): Promise<string> {
  const { code, stdout } = await new Deno.Command("python3", {
    args: ["-c", PROBE],
    stderr: "null",
  }).output();
  if (code !== 0) throw new TypeError("Expected python3 to have the package torch; install it");
  return new TextDecoder().decode(stdout).trim();
}

/** The peer. */
export const pytorch: PeerEntry = {
  name: "pytorch",
  async load({ fallback }: AdapterDescription): Promise<Peer> {
    const best = await probe();
    const device = fallback ? "cpu" : best;
    const python = new PythonProcess(device);
    const { version, threads } = await python.ask({ kind: "version" });
    const place = device === "cpu" ? `on the processor, ${threads} threads` : `on ${device}`;
    return {
      name: "pytorch",
      version: `${version} ${place}`,
      adapter: null,
      prepare: (problem) => prepare(python, problem),
      prepareStep: (problem) => prepareStep(python, problem),
      close: () => python.close(),
    };
  },
};
