/** Room to decode into. Scanning is synchronous, so each use has one buffer for the whole run: making and clearing them costs as much as decoding. */
const pool = new Map<string, Uint8Array>();

/** At least `bytes` bytes, with whatever the last use left in them: nobody reads what they did not write. */
export function scratch(use: string, bytes: number): Uint8Array {
  const pooled = pool.get(use);
  if (pooled !== undefined && pooled.length >= bytes) return pooled;
  // A Uint8Array rather than a Buffer: loops that meet one kind only are twice as fast.
  const made = new Uint8Array(Math.max(bytes, 1 << 16));
  pool.set(use, made);
  return made;
}
