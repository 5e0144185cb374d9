/** Remembering what was made of two things: a thousand files of a vault are for few different sets of people. */

/** As `make`, which is asked once for two objects as long as both are there. */
export function remembered<A extends object, B extends object, T>(make: (a: A, b: B) => T): (a: A, b: B) => T {
  const known = new WeakMap<A, WeakMap<B, { readonly value: T }>>();
  return (a, b) => {
    const ofA = known.get(a) ?? new WeakMap<B, { readonly value: T }>();
    known.set(a, ofA);
    const made = ofA.get(b) ?? { value: make(a, b) };
    ofA.set(b, made);
    return made.value;
  };
}
