/**
 * The judge of exported models: onnxruntime, started as a program of its own.
 *
 * @module
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** One model and the images to run it on. */
export interface Job {
  /** The model's file. */
  readonly path: string;
  /** Row-major f32 of {@link Job.shape}. */
  readonly images: readonly number[];
  /** `[n,channels,height,width]`. */
  readonly shape: readonly number[];
}

/** What a model said. */
export interface Answer {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Of the logits. */
  readonly shape: readonly number[];
  readonly logits: readonly number[];
}

/** A model and its images, not yet in files. */
export type Question = Omit<Job, "path"> & { readonly model: Uint8Array };

/** Asks onnxruntime about every model; throws with its words where it refuses one. */
export async function onnxruntime(questions: readonly Question[]): Promise<Answer[]> {
  const folder = await Deno.makeTempDir({ prefix: "enaslab-onnx-" });
  try {
    const jobs = questions.map(({ model, images, shape }, i): Job => {
      const path = join(folder, `${i}.onnx`);
      Deno.writeFileSync(path, model);
      return { path, images, shape };
    });
    const judge = new URL("judge/", import.meta.url);
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "-A", "--config", fileURLToPath(new URL("deno.json", judge))],
        fileURLToPath(new URL("main.ts", judge)),
      ],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(JSON.stringify(jobs)));
    await writer.close();
    const { success, stdout, stderr } = await child.output();
    if (!success) throw new Error(`onnxruntime: ${new TextDecoder().decode(stderr)}`);
    return JSON.parse(new TextDecoder().decode(stdout));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
