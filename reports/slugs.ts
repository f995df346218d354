/**
 * Names of places on a page, made from ids that may hold anything.
 *
 * @module
 */

/**
 * Makes ids fit for HTML, addresses and names of files: letters, digits, `.`, `_` and `-`.
 *
 * @param ids any texts
 * @returns one slug an id, no two alike even where letters are taken for the same by a file system
 */
export function uniqueSlugs(ids: readonly string[]): string[] {
  const taken = new Set<string>();
  return ids.map((id) => {
    const plain = id.replaceAll(/[^A-Za-z0-9._-]+/g, "-").replaceAll(/^[-.]+|[-.]+$/g, "")
      .slice(0, 60) || "unnamed";
    let slug = plain;
    for (let again = 2; taken.has(slug.toLowerCase()); again++) slug = `${plain}-${again}`;
    taken.add(slug.toLowerCase());
    return slug;
  });
}
