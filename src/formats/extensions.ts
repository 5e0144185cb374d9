/** By which endings files of names and values are told: apart from what reads them, as most who ask read none. */

/** Without dot. */
export const structuredExtensions = ['json', 'yaml', 'yml', 'env', 'toml', 'ini', 'cfg'] as const;

export type StructuredExtension = (typeof structuredExtensions)[number];

const structured: ReadonlySet<string> = new Set(structuredExtensions);

export function isStructured(extension: string): extension is StructuredExtension {
  return structured.has(extension);
}
