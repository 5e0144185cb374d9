/** Bounds on what an age file may ask of us: all of it may come from an attacker. Each is far above what is honest and far below what hurts. */

const kibi = 1024;
const mebi = 1024 * kibi;

export interface HeaderLimits {
  readonly bytes: number;
  readonly stanzas: number;
  readonly body: number;
}

export const headerLimits: HeaderLimits = {
  // 1,024 stanzas of the largest ordinary kind (post-quantum, 1.6 KB each) take 1.6 MiB.
  bytes: 2 * mebi,
  // The largest team we mean to serve. An identity may have to try every stanza of its kind: 1,024 take 0.1 s with X25519.
  stanzas: 1024,
  // The tags of 1,024 recipients take 16 KiB; an OpenPGP message for a 16,384-bit RSA key takes 2 KiB.
  body: 64 * kibi,
};

/** 2^20 costs 1 GiB of memory and some 4 s. age and age-encryption write 2^18; more is a way to stall or kill the reader. */
export const maxScryptWorkFactor = 20;

/** What age and age-encryption choose: about a second. */
export const defaultScryptWorkFactor = 18;

/** Armor is for what is pasted into a message, and is held in memory several times over while it is decoded. */
export const maxArmorBytes = 64 * mebi;

/** How much white space may stand before and after an armored file: as much as age allows. */
export const maxArmorPadding = 1 * kibi;
