/** A rule of the protocol, switched off in the source text, and the tests that have to notice. */
export interface Mutant {
  /** What the mutant does wrong, in kebab-case. */
  readonly name: string;
  /** The rule that it breaks, in one sentence: why this line is in the program. */
  readonly rule: string;
  /** Relative to the project's folder. */
  readonly file: string;
  /** Each text occurs exactly once in the file, and is replaced. */
  readonly edits: readonly (readonly [find: string, replace: string])[];
  /** Test files, or folders of them, at least one test of which fails. */
  readonly killers: readonly string[];
}

/**
 * The mutated text of a file.
 * @throws Error when an edit does not fit any more: then the rule moved, and the mutant has to follow it
 */
export function mutate(mutant: Mutant, source: string): string {
  let text = source;
  for (const [find, replace] of mutant.edits) {
    const parts = text.split(find);
    if (parts.length !== 2) {
      throw new Error(
        `${mutant.name}: ${mutant.file} has ${parts.length - 1} places like ${JSON.stringify(find)}, not one`,
      );
    }
    text = parts.join(replace);
  }
  return text;
}
