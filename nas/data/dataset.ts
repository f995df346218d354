/**
 * What a data reader hands out: plain bytes, no tensors and no normalisation.
 *
 * @module
 */

/** Labelled images of one size. */
export interface ImageSet {
  /** Pixels 0..255, NHWC: `count * height * width * channels` bytes. */
  readonly images: Uint8Array;
  /** Class of each image, `count` bytes. */
  readonly labels: Uint8Array;
  /** Number of images. */
  readonly count: number;
  /** Rows of one image. */
  readonly height: number;
  /** Columns of one image. */
  readonly width: number;
  /** 1 for grey, 3 for red, green, blue. */
  readonly channels: number;
}

/** Where the user's own images came from. */
export interface DatasetSource {
  /** Absolute path of the folder. */
  readonly path: string;
  /**
   * SHA-256 of class names, sizes, pixels and labels as loaded, in lower-case hexadecimal: two runs
   * with the same one saw the same images.
   */
  readonly fingerprint: string;
}

/** A data set with the split into training and test images that its authors published. */
export interface Dataset {
  /** Name in the registry. */
  readonly name: string;
  /** Name of each class; its length is the number of classes. */
  readonly classNames: readonly string[];
  /** The published training images; {@link splitDataset} takes the validation split from here. */
  readonly train: ImageSet;
  /** The published test images. */
  readonly test: ImageSet;
  /**
   * How many of the last training images their owner keeps for validation, in a folder of their own;
   * absent where they are to be taken from all of them.
   */
  readonly validation?: number;
  /** Name of the file of each test image, such as `cat/7.jpg`; absent where there are none. */
  readonly testNames?: readonly string[];
  /** Where the user's own images came from; absent for published and computed data sets. */
  readonly source?: DatasetSource;
}

/** Where to take a data set from, and whom to tell. */
export interface DataOptions {
  /**
   * Folder or tar archive (plain, gzip, xz) that holds a copy of the published files; nothing else is
   * looked at then. For the user's own images their folder, which must be given.
   */
  readonly from?: string;
  /** Rows and columns to which all images are resized; 0 or absent: as they are. */
  readonly imageSize?: number;
  /** Called with a sentence before a step that may take long (a download), and on what is left out. */
  readonly onProgress?: (sentence: string) => void;
}

/** What fetching a data set came to. */
export interface FetchResult {
  /** Name in the registry. */
  readonly name: string;
  /** Folder that holds the files; null for a data set that is computed. */
  readonly folder: string | null;
  /**
   * `verified`: they lay there already, with the published SHA-256. `copied`, `installed`, `rebuilt`
   * (from another form), `downloaded`: how they came, with the published SHA-256. `read`: the user's
   * own files, for which no SHA-256 is published. `computed`: there are none.
   */
  readonly how:
    | "verified"
    | "copied"
    | "installed"
    | "rebuilt"
    | "downloaded"
    | "read"
    | "computed";
  /** Names of the files in `folder`. */
  readonly files: readonly string[];
  /** What is in them; given for the user's own images alone. */
  readonly contents?: DatasetContents;
}

/** What a data set holds, in numbers. */
export interface DatasetContents {
  readonly classes: readonly {
    readonly name: string;
    readonly train: number;
    readonly validation: number;
    readonly test: number;
  }[];
  /** `[height, width, channels]` of every image as a run sees it. */
  readonly shape: readonly [number, number, number];
  /** Smallest and largest `[height, width]` of the files, where they are resized. */
  readonly files?: {
    readonly least: readonly [number, number];
    readonly most: readonly [number, number];
  };
  /** Who says which images validate, and which test: a folder of their own, or a share of each class. */
  readonly splits: {
    readonly validation: "own" | "share";
    readonly test: "own" | "share";
  };
}
