import { join } from 'node:path';
import { defineConfig } from '@playwright/test';
import { artefacts, launchOptions } from './chromium.js';

const GPU = /\.webgpu\.spec\.ts$/;

// One test at a time: the engine wants the processor for itself. Nothing here waits for a fixed time, so the limits are wide.
export default defineConfig({
  testDir: '.',
  outputDir: join(artefacts(), 'browser'),
  workers: 1,
  timeout: 300_000,
  expect: { timeout: 200_000 },
  forbidOnly: true,
  // What passes only at its second run is listed as flaky: a defect to find.
  retries: 1,
  reporter: [['list']],
  // A service worker would answer in place of the routes that tests set up; offline.spec.ts lets it.
  use: { screenshot: 'only-on-failure', serviceWorkers: 'block' },
  projects: [
    { name: 'cpu', testIgnore: GPU, use: { launchOptions: launchOptions(false) } },
    { name: 'webgpu', testMatch: GPU, use: { launchOptions: launchOptions(true) } },
  ],
});
