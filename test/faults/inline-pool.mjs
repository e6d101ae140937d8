// Stands in for Piscina in the sweep's driver: does the tasks of a pool on the calling thread. Starting a worker takes
// longer than everything else in a cycle; what is the worker's own (how errors come back) the sweep tries with real ones.
import { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

class InlinePool extends EventEmitter {
  constructor({ filename }) {
    super();
    this.filename = filename;
  }

  async run(request) {
    const { default: work } = await import(this.filename);
    return work(request);
  }

  async destroy() {}
}

/** Call it before the product is loaded. */
export function replacePool() {
  // The package's face for ESM takes the class from here.
  Object.defineProperty(require('piscina'), 'Piscina', { value: InlinePool });
}
