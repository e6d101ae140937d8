// `node --import ./test/model/register-hooks.mjs FILE.ts` runs a file of the model.
import { register } from 'node:module';

register('./load-hooks.mjs', import.meta.url);
