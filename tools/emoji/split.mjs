// Which concepts are held out for testing.

import { createHash } from 'node:crypto';

const SHARE = 0.08;
const SEED = 'emoji64/84/';

/** 'test' for about 8 % of the concepts, chosen by a hash, so that it stays when emoji are added; else 'train'. */
export function splitOf(concept) {
  const digits = createHash('sha256')
    .update(SEED + concept)
    .digest('hex')
    .slice(0, 13);
  return parseInt(digits, 16) / 16 ** 13 < SHARE ? 'test' : 'train';
}
