// Who designed the styles that avatars are drawn in, and under which licence. The code of the packages is MIT.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** What the style of each package is licensed under, and who drew it: checked before anything is drawn. */
export const LICENCES = {
  personas: ['CC BY 4.0', 'Draftbit'],
  micah: ['CC BY 4.0', 'Micah Lanier'],
  adventurer: ['CC BY 4.0', 'Lisa Wischofsky'],
  'big-smile': ['CC BY 4.0', 'Ashley Seo'],
  'open-peeps': ['CC0 1.0', 'Pablo Stanley'],
};

/** Throws where an installed package is not under the licence that its style was chosen for. */
export function checkLicences() {
  for (const [name, [licence, designer]] of Object.entries(LICENCES)) {
    const place = createRequire(import.meta.url).resolve(`@dicebear/${name}`);
    const text = readFileSync(
      `${place.slice(0, place.lastIndexOf(name) + name.length)}/LICENSE`,
      'utf8',
    );
    if (!text.includes(`License: ${licence}`) || !text.includes(designer)) {
      throw new Error(
        `@dicebear/${name} is no longer ${licence} by ${designer}; choose another style`,
      );
    }
  }
}
