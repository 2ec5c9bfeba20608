import { describe, expect, test } from 'vitest';
import { checkCount } from '../../www/lib/client/checks.js';
import type { ModelConfig } from '../../www/lib/shared/api.js';

const config: ModelConfig = {
  name: 'cats',
  size: 64,
  latent: 8,
  groups: [8],
  prior: true,
  views: [],
  parameters: 1,
  licence: '',
  steps: 4,
};

describe('checkCount', () => {
  test('takes what a model with a prior can draw', () => {
    for (const count of [1, 24, 1000])
      expect(() => {
        checkCount(count, config);
      }).not.toThrow();
  });

  test.each([0, -1, 1.5, 1001, NaN])('refuses %d', (count) => {
    expect(() => {
      checkCount(count, config);
    }).toThrow(`count is ${String(count)}`);
  });

  test('says how a model gets a prior', () => {
    expect(() => {
      checkCount(1, { ...config, prior: false });
    }).toThrow('the model cats has no prior to draw from; give it one with soda train-prior');
  });
});
