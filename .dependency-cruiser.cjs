/**
 * The layers of docs/design.md as lint: native, dm < catalog, archive < scan < reconcile < migrate, recover < report
 * < cli. A lower room never imports an upper one. test/style/layers.test.ts shows that each rule bites.
 */

/** Each room and the rooms that it may import, apart from its own files src/errors.ts and src/package-files.ts. */
const MAY_IMPORT = {
  native: [],
  dm: [],
  catalog: ['native', 'dm'],
  archive: ['native', 'dm'],
  scan: ['native', 'dm', 'catalog', 'archive'],
  reconcile: ['native', 'dm', 'catalog', 'archive', 'scan'],
  migrate: ['native', 'dm', 'catalog', 'archive', 'scan', 'reconcile'],
  recover: ['native', 'dm', 'catalog', 'archive', 'scan', 'reconcile', 'migrate'],
  report: ['native', 'dm', 'catalog', 'archive', 'scan', 'reconcile', 'migrate', 'recover'],
  cli: ['native', 'dm', 'catalog', 'archive', 'scan', 'reconcile', 'migrate', 'recover', 'report'],
};

const WHY = {
  native: 'Syscalls know nothing of HSM rules, so that they can be tested and replaced alone.',
  dm: 'The DM attribute is pure: bytes to facts and back. Only the identity types of src/native/inode-id.ts are shared.',
  catalog: 'The offline database neither scans nor decides, and does not know how archives are stored.',
  archive: 'Stores of bytes neither scan nor decide, and do not know the catalog.',
  scan: 'Inode sources tell what is there; what it means is decided above.',
  reconcile: 'Deciding stands apart from acting: findings change nothing.',
  migrate: 'The forward protocol must not depend on its own repair.',
  recover: 'Plans and actions do not know how they are shown.',
  report: 'Rendering is used by the commands, not the other way round.',
  cli: 'Commands are the top: only src/index.ts may gather from here too.',
};

const layerRules = Object.entries(MAY_IMPORT).map(([room, lower]) => ({
  name: `layer-${room}`,
  severity: 'error',
  comment: WHY[room],
  from: { path: `^src/${room}/` },
  to: {
    path: '^src/',
    pathNot: [
      '^src/(errors|package-files)\\.ts$',
      ...[room, ...lower].map((name) => `^src/${name}/`),
      ...(room === 'dm' ? ['^src/native/inode-id\\.ts$'] : []),
    ],
  },
}));

const onlyIn = (name, packages, rooms, comment) => ({
  name,
  severity: 'error',
  comment,
  from: { path: '^src/', pathNot: rooms.map((room) => `^src/${room}/`) },
  to: { path: packages.map((name) => `(^|node_modules/)${name}(/|$)`) },
});

module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      severity: 'error',
      comment: 'A cycle has no lower and no upper part: nothing in it can be understood or tested alone.',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphans',
      severity: 'error',
      comment:
        'What nothing imports is dead. Entry points (the library, the commands, workers) are started by name, AssemblyScript is compiled by its own.',
      from: {
        orphan: true,
        pathNot: [
          '^src/index\\.ts$',
          '^src/cli/main\\.ts$',
          '-worker\\.ts$',
          '/worker\\.ts$',
          '^src/catalog/pages/assembly/',
        ],
      },
      to: {},
    },
    {
      name: 'not-to-unresolvable',
      severity: 'error',
      comment: 'An import that resolves to nothing fails at run time, in a worker at the worst moment.',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'errors-import-nothing',
      severity: 'error',
      comment: 'Every room imports src/errors.ts and src/package-files.ts, so they may stand on none of them.',
      from: { path: '^src/(errors|package-files)\\.ts$' },
      to: { path: '^src/' },
    },
    onlyIn(
      'only-native-uses-ffi',
      ['ffi-rs'],
      ['native'],
      'ffi-rs crashes the process unless it is warmed up and called as src/native/libc.ts does.',
    ),
    onlyIn(
      'only-catalog-uses-sqlite',
      ['better-sqlite3'],
      ['catalog'],
      'One room knows that the catalog is SQLite; the others see its queries.',
    ),
    onlyIn(
      'only-scan-uses-piscina',
      ['piscina'],
      ['scan'],
      'One pool with one rule for starting workers (native first, on the main thread).',
    ),
    onlyIn(
      'only-cli-uses-terminal-packages',
      ['commander', 'cli-progress'],
      ['cli', 'report'],
      'The engine must run where there is no terminal and no command line.',
    ),
    ...layerRules,
    {
      name: 'nobody-imports-the-face',
      severity: 'error',
      comment: 'src/index.ts is for users of the library; an inside import of it would be a cycle in waiting.',
      from: { path: '^src/' },
      to: { path: '^src/index\\.ts$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
