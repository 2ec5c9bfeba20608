import { describe, expect, test } from 'vitest';
import { checkAutoguidance, checkCount } from '../../www/lib/client/checks.js';
import type { ModelConfig } from '../../www/lib/shared/api.js';

const config: ModelConfig = {
  name: 'cats',
  size: 64,
  latent: 8,
  groups: [8],
  prior: true,
  guide: true,
  views: [],
  parameters: 1,
  licence: '',
  steps: 4,
  interpolation: 'linear',
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

  test.each([0, 2, 10, undefined])('takes autoguidance %d of a prior with a guide', (weight) => {
    expect(() => {
      checkAutoguidance(weight, config);
    }).not.toThrow();
  });

  test.each([-1, 10.5, NaN])('refuses autoguidance %d', (weight) => {
    expect(() => {
      checkAutoguidance(weight, config);
    }).toThrow(`autoguidance is ${String(weight)}; it must be a number from 0 to 10`);
  });

  test('a prior without a guide is not led away from anything', () => {
    const alone = { ...config, guide: false };
    expect(() => {
      checkAutoguidance(0, alone);
    }).not.toThrow();
    expect(() => {
      checkAutoguidance(1, alone);
    }).toThrow('the prior of cats has no guide to be led away from');
  });

  test('says how a model gets a prior', () => {
    expect(() => {
      checkCount(1, { ...config, prior: false });
    }).toThrow('the model cats has no prior to draw from; give it one with soda train-prior');
  });
});
