/**
 * Command lines as they are typed.
 *
 * @module
 */

/** Arguments as a line for a POSIX shell. */
export function shellLine(args: readonly string[]): string {
  return args.map((arg) => /^[\w.,:/=@%+-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", `'\\''`)}'`)
    .join(" ");
}
