// Types that only exist as types, one for each framework, are published as they are written.
import { cpSync } from 'node:fs';
import { join } from 'node:path';

cpSync(import.meta.dirname, join(import.meta.dirname, '../../../pkg/dist/frameworks'), {
  recursive: true,
  filter: (file) => !/\.(js|ts)$/.test(file) || file.endsWith('.d.ts'),
});
