/**
 * CIFAR-100: 50,000 + 10,000 photographs of 100 classes (the fine labels), 32x32 colour.
 *
 * Krizhevsky, "Learning multiple layers of features from tiny images", 2009;
 * https://www.cs.toronto.edu/~kriz/cifar.html.
 *
 * @module
 */
import { join } from "node:path";
import { cifarFiles, type CifarSetup, type CifarSource } from "./cifar.ts";
import { archiveWay } from "./fetch.ts";
import { cacheFolders } from "./files.ts";
import { hostSurroundings, type Surroundings } from "./surroundings.ts";

/** Names of the classes in the order of `fine_label_names.txt` of the authors' archive. */
const CLASSES = `
apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly
camel can castle caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile
cup dinosaur dolphin elephant flatfish forest fox girl hamster house kangaroo keyboard lamp
lawn_mower leopard lion lizard lobster man maple_tree motorcycle mountain mouse mushroom oak_tree
orange orchid otter palm_tree pear pickup_truck pine_tree plain plate poppy porcupine possum
rabbit raccoon ray road rocket rose sea seal shark shrew skunk skyscraper snail snake spider
squirrel streetcar sunflower sweet_pepper table tank telephone television tiger tractor train
trout tulip turtle wardrobe whale willow_tree wolf woman worm
`;

/** Files, hashes and classes of CIFAR-100; a record begins with one of 20 coarse labels. */
export const CIFAR100: CifarSource = {
  name: "cifar100",
  subfolder: "cifar-100-binary",
  classNames: CLASSES.trim().split(/\s+/),
  labels: [20, 100],
  train: [{
    file: "train.bin",
    sha256: "f31298fc616915fa142368359df1c4ca2ae984d6915ca468b998a5ec6aeebf29",
    bytes: 153_700_000,
  }],
  test: {
    file: "test.bin",
    sha256: "d8b1e6b7b3bee4020055f0699b111f60b1af1e262aeb93a0b659061746f8224a",
    bytes: 30_740_000,
  },
};

/** The authors' archive. */
const ARCHIVE = "https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz";

/** How to get the files, for error messages. */
export const GET_CIFAR100 =
  "run `enaslab data cifar100`, or give `--from` a folder or tar archive that holds train.bin " +
  "and test.bin, such as the authors' cifar-100-binary.tar.gz";

/** The real files, folders and ways; `surroundings` is this machine unless a test replaces it. */
export function cifar100Setup(surroundings: Surroundings = hostSurroundings()): CifarSetup {
  const files = cifarFiles(CIFAR100);
  return {
    source: CIFAR100,
    plan: {
      name: CIFAR100.name,
      subfolder: CIFAR100.subfolder,
      files,
      cacheFolders: cacheFolders().map((folder) => join(folder, CIFAR100.subfolder)),
      ways: [archiveWay(ARCHIVE, files, surroundings)],
      advice: GET_CIFAR100,
    },
  };
}
