import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { toGen, toIno } from '../../../src/native/inode-id.js';
import type { ObjectId } from '../../../src/dm/identity.js';
import { actionFields, actionText, findingFields, findingText } from '../../../src/report/finding-report.js';
import { jsonLine } from '../../../src/report/json-line.js';
import { oneLine } from '../../../src/report/one-line.js';
import { barProgress, jsonProgress, lineProgress } from '../../../src/report/progress-display.js';

describe('lines', () => {
  test('64-bit numbers are decimal strings, however large', () => {
    const line = jsonLine('file', { ino: 2n ** 63n - 1n, facts: { size: -1n }, list: [1n] });
    expect(line).toBe('{"type":"file","ino":"9223372036854775807","facts":{"size":"-1"},"list":["1"]}\n');
  });

  test('a line is one line, whatever is in it', () => {
    expect(jsonLine('file', { path: 'a\nb\u2028' }).trimEnd()).not.toContain('\n');
    expect(jsonLine('file', { why: undefined })).toBe('{"type":"file"}\n');
  });

  test('a sentence is one line and steers nothing', () => {
    expect(oneLine('damaged: ***\nTree 2  \r\n page 3\n')).toBe('damaged: *** Tree 2 page 3');
    expect(oneLine('open a\u001b[31mb\u007f\u202e: ENOENT')).toBe('open a\\x1b[31mb\\x7f\\u{202e}: ENOENT');
    expect(oneLine('plain, with grüße and 漢字')).toBe('plain, with grüße and 漢字');
  });

  test('a copy that somebody has to see to is named', () => {
    const about = { severity: 'critical', why: 'it is gone', action: 'report', facts: { object: 'a-copy' } } as const;
    expect(findingText({ ...about, class: 'archive-missing' })).toMatch(/: it is gone \(copy a-copy\)\n$/);
    expect(findingText({ ...about, class: 'metadata-changed' })).toMatch(/: it is gone\n$/);
    const said = { kind: 'report', action: 'none', result: 'left', why: 'it is gone' } as const;
    const record = { class: 'data-lost', severity: 'critical', ...said, object: 'a-copy' as ObjectId } as const;
    expect(actionText(record)).toMatch(/: it is gone \(copy a-copy\)\n$/);
    expect(actionFields(record)).toMatchObject({ object: 'a-copy' });
  });

  test('a finding, for people and for programs', () => {
    const finding = {
      class: 'interrupted',
      severity: 'error',
      ino: toIno(132n),
      gen: toGen(7),
      path: Buffer.from('/m/a b'),
      state: 'releasing',
      why: 'its data\nis away',
      facts: { size: 2n ** 40n },
      action: 'settle',
    } as const;
    expect(findingText(finding)).toBe("error    interrupted releasing inode 132 '/m/a b': its data is away\n");
    expect(JSON.parse(jsonLine('finding', findingFields(finding)))).toMatchObject({
      type: 'finding',
      ino: '132',
      gen: 7,
      path: '/m/a b',
      facts: { size: '1099511627776' },
    });
  });
});

describe('progress', () => {
  /** What a display wrote after some updates. */
  function written(use: (stream: PassThrough) => void): string {
    const stream = new PassThrough();
    use(stream);
    return String(stream.read() ?? '');
  }

  test('where there is no terminal, is seldom, and never a control character', () => {
    const text = written((stream) => {
      const display = lineProgress(stream, 'inodes', 0);
      display.update(500, 1000);
      display.update(1500, 1000);
      display.stop();
    });
    expect(text).toMatch(/^500 of 1,000 inodes, [\d,]+\/s\n1,500 of 1,500 inodes, [\d,]+\/s\n$/);
    expect(written((stream) => lineProgress(stream, 'inodes').update(1, 2))).toBe('');
    expect(written((stream) => jsonProgress(stream, 'inodes').update(1, 2))).toBe('');
  });

  test('a bar that was never updated writes nothing', () => {
    expect(written((stream) => barProgress(stream, 'inodes').stop())).toBe('');
  });
});
