// Up to version 7 the development server moves packages to another folder, and leaves worker and engines behind.
export default { esbuild: { jsx: 'automatic' }, optimizeDeps: { exclude: ['soda-morph'] } };
