/**
 * What a data set holds, in numbers.
 *
 * @module
 */
import type { Dataset, DatasetContents } from "./dataset.ts";

/** Counts the images of each class; `files` are the sizes of the files, `test` says who chose those. */
export function contentsOf(
  { classNames, train, test, validation = 0 }: Dataset,
  testSplit: DatasetContents["splits"]["test"],
  files?: DatasetContents["files"],
): DatasetContents {
  const count = (labels: Uint8Array) => {
    const counts = new Array<number>(classNames.length).fill(0);
    for (const label of labels) counts[label]++;
    return counts;
  };
  const trained = count(train.labels.subarray(0, train.count - validation));
  const validated = count(train.labels.subarray(train.count - validation));
  const tested = count(test.labels);
  return {
    classes: classNames.map((name, k) => ({
      name,
      train: trained[k],
      validation: validated[k],
      test: tested[k],
    })),
    shape: [train.height, train.width, train.channels],
    ...(files === undefined ? {} : { files }),
    splits: { validation: validation > 0 ? "own" : "share", test: testSplit },
  };
}
