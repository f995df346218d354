/**
 * Runs ONNX models under onnxruntime. A program of its own with its own packages, so that only who
 * runs the tests installs them. Reads {@link Job}s as one JSON list from stdin and prints one list of
 * {@link Answer}s.
 *
 * @module
 */
import * as ort from "onnxruntime-node";
import type { Answer, Job } from "../onnxruntime.ts";

const jobs: Job[] = JSON.parse(await new Response(Deno.stdin.readable).text());
const answers: Answer[] = [];
for (const { path, images, shape } of jobs) {
  const session = await ort.InferenceSession.create(path);
  const tensor = new ort.Tensor("float32", Float32Array.from(images), shape);
  const { logits } = await session.run({ images: tensor });
  answers.push({
    inputs: [...session.inputNames],
    outputs: [...session.outputNames],
    shape: [...logits.dims],
    logits: [...logits.data as Float32Array],
  });
  await session.release();
}
await Deno.stdout.write(new TextEncoder().encode(JSON.stringify(answers)));
