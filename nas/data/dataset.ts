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
}

/** Where to take a data set from, and whom to tell. */
export interface DataOptions {
  /** Folder that holds a copy of the published files; only this folder is looked at then. */
  readonly from?: string;
  /** Called with a sentence before each step that may take long (an installation, a download). */
  readonly onProgress?: (sentence: string) => void;
}

/** What fetching a data set came to. */
export interface FetchResult {
  /** Name in the registry. */
  readonly name: string;
  /** Folder that holds the verified files; null for a data set that is computed. */
  readonly folder: string | null;
  /** `verified`: they lay there already; the others say how they came. */
  readonly how: "verified" | "copied" | "installed" | "downloaded" | "computed";
  /** Names of the files in `folder`, each verified by SHA-256. */
  readonly files: readonly string[];
}
