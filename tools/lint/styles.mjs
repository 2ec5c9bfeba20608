// Looks for classes that the stylesheet of one panel styles anywhere (`.name` with nothing before it) and another panel uses,
// too: all sheets come together in one page, and it would depend on which panels were opened how that one looks.
//
//   node tools/lint/styles.mjs

import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const PANELS = 'www/page/panels';

/** Classes that rules begin with and say something of by themselves: of `.a .b, .c:hover {}` c. */
export function bareClasses(css) {
  const rules = css.replace(/\/\*[\s\S]*?\*\//g, '').matchAll(/([^{}]+)\{/g);
  return new Set(
    [...rules]
      .flatMap(([, selectors]) => selectors.split(','))
      .map((selector) => /^\.([\w-]+)(?:[:[][^\s>+~]*)?$/.exec(selector.trim())?.[1])
      .filter((name) => name !== undefined),
  );
}

/** Classes that code gives to elements. */
export function usedClasses(code) {
  return new Set(
    [...code.matchAll(/className: (['`])(.*?)\1/g)].flatMap(([, , names]) => names.split(/\s+/)),
  );
}

/** What each panel's files of one ending say together. */
function texts(ending) {
  return new Map(
    readdirSync(PANELS, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => {
        const folder = join(PANELS, name);
        const files = readdirSync(folder).filter((file) => file.endsWith(ending));
        return [name, files.map((file) => readFileSync(join(folder, file), 'utf8')).join('\n')];
      }),
  );
}

function main() {
  const [sheets, codes] = [texts('.css'), texts('.ts')];
  let found = 0;
  for (const [panel, css] of sheets) {
    for (const name of bareClasses(css)) {
      for (const [other, code] of codes) {
        if (other === panel || !usedClasses(code).has(name)) continue;
        found++;
        console.error(`.${name} of the panel ${panel} is a class of the panel ${other}, too`);
      }
    }
  }
  process.exitCode = found > 0 ? 1 : 0;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) main();
