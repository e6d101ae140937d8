// Runs a TypeScript program of test/ as it is: `node scripts/run-typescript.mjs FILE [ARGS]`. It goes through the same
// transformation as the tests do, so both can share code; vitest brings it along, nothing more has to be installed.
import path from 'node:path';
import { createViteServer } from 'vitest/node';

const root = path.dirname(import.meta.dirname);
const [file = ''] = process.argv.splice(2, 1);
const server = await createViteServer({
  root,
  configFile: false,
  appType: 'custom',
  logLevel: 'error',
  optimizeDeps: { noDiscovery: true },
  server: { middlewareMode: true, watch: null, hmr: false, ws: false },
});
try {
  const program = await server.ssrLoadModule(path.resolve(root, file));
  process.exitCode = await program.main(process.argv.slice(2));
} finally {
  await server.close();
}
