/** Pieces of a file, as they are best written. */

const smallPiece = 64 * 1024;

/** Each write is a call into the system: a small first piece (a header) goes with what follows it. */
export function* joined(pieces: Iterable<Uint8Array>): Generator<Uint8Array> {
  let [count, held] = [0, null as Uint8Array | null];
  for (const piece of pieces) {
    const small = piece.length <= smallPiece;
    // Whoever yields may use its memory again.
    if (++count === 1 && small) held = Buffer.from(piece);
    else {
      if (held !== null && !small) yield held;
      yield held !== null && small ? Buffer.concat([held, piece]) : piece;
      held = null;
    }
  }
  if (held !== null) yield held;
}
