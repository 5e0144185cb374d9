/** Values that are no secrets, because the schema says so. */

const brand = Symbol.for('blackbox-ts.public');

/** A value that a schema has declared to be public; what is loaded has the value itself in its place. */
export interface Public<out T> {
  readonly [brand]: { readonly value: T };
}

/**
 * Declares a value to be no secret, from within a schema of any library: `loadSecrets` then gives it as it is.
 *
 * @example
 * ```ts
 * const schema = z.object({ host: z.string().transform(asPublic), password: z.string() });
 * const { host, password } = loadSecretsSync({ schema }); // string, Secret<string>
 * ```
 */
export function asPublic<T>(value: T): Public<T> {
  return { [brand]: { value } };
}

export function isPublicValue(value: unknown): value is Public<unknown> {
  return typeof value === 'object' && value !== null && brand in value;
}

export function publicValue<T>(value: Public<T>): T {
  return value[brand].value;
}
