/** What a secrets file holds, whatever its format. */
export type Tree = { [name: string]: Value };
export type Value = string | number | boolean | null | Value[] | Tree;

export type FormatName = 'json' | 'yaml' | 'dotenv' | 'toml' | 'ini' | 'plain';

/**
 * One file format. Parsing evaluates nothing and expands nothing but YAML's own aliases. Trees are ordinary objects;
 * a name such as `__proto__` is an own property like any other, or the file is refused, and no prototype ever changes.
 */
export interface Format {
  readonly name: FormatName;
  /**
   * What the text holds. `path` is only for the error.
   * @throws ERR_BLACKBOX_SYNTAX with line and column and never any of the content; ERR_BLACKBOX_NOT_STRUCTURED for `plain`
   */
  parse(text: string, path?: string): Value;
}
