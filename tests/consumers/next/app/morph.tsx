'use client';

import { configure } from 'soda-morph';
import 'soda-morph/react';

configure({ models: '/models/' });

export function Morph({ from, to }: { from: string; to: string }) {
  return <soda-morph model="tiny" backend="cpu" from={from} to={to} frames={3} />;
}
