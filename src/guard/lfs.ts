/** Pointers of Git LFS: a few lines in the repository that stand for a file elsewhere. */

/** The specification limits pointers to 1,024 bytes. */
const largestPointer = 1024;

export interface Pointer {
  /** SHA-256 of the object, hexadecimal. */
  readonly oid: string;
  readonly size: number;
}

/** What a pointer points to; null when the content is none. */
export function lfsPointer(content: Uint8Array): Pointer | null {
  if (content.length > largestPointer || content[0] !== 0x76) return null;
  const text = Buffer.from(content).toString('latin1');
  const found =
    /^version https:\/\/(?:git-lfs\.github\.com|hawser\.github\.com)\/spec\/v1\n(?:ext-[^\n]{1,200}\n){0,9}oid sha256:([0-9a-f]{64})\nsize (\d{1,15})\n?$/.exec(
      text,
    );
  return found === null ? null : { oid: found[1] ?? '', size: Number(found[2]) };
}
