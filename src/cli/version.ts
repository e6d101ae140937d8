import fs from 'node:fs';
import { packageFile } from '../package-files.js';

function readVersion(): string {
  const text = fs.readFileSync(packageFile('package.json'), 'utf8');
  const parsed: unknown = JSON.parse(text);
  const version = typeof parsed === 'object' && parsed !== null && 'version' in parsed ? parsed.version : undefined;
  return typeof version === 'string' ? version : 'unknown';
}

export const VERSION = readVersion();
