import { describe, expect, test } from '@jest/globals';
import { readActionlint } from './scanners/actionlint.ts';
import { isTest, pythonFiles, readBandit } from './scanners/bandit.ts';
import { readCheckov } from './scanners/checkov.ts';
import { readDjango } from './scanners/django.ts';
import { readHadolint } from './scanners/hadolint.ts';
import { readKnip } from './scanners/knip.ts';
import { readKubeLinter } from './scanners/kube-linter.ts';
import { readKubeScore } from './scanners/kube-score.ts';
import { readKubeconform } from './scanners/kubeconform.ts';
import { readNpmAudit } from './scanners/npm-audit.ts';
import { readPipAudit } from './scanners/pip-audit.ts';
import { readTrivy } from './scanners/trivy.ts';
import { readZizmor } from './scanners/zizmor.ts';

const json = JSON.stringify;

describe('kube-score', () => {
  const answer = (check: object) =>
    json([{ type_meta: { kind: 'Job' }, object_meta: { name: 'migrate-0123456789' }, checks: [check] }]);
  const comments = [
    { path: 'web', summary: 'CPU limit is not set' },
    { path: 'web', summary: 'Memory limit is not set' },
  ];
  const failed = { check: { id: 'container-resources' }, grade: 1, skipped: false, comments };

  test('each comment is a finding with a rule of its own', () => {
    expect(readKubeScore('staging', answer(failed))).toEqual([
      {
        rule: 'container-resources: CPU limit is not set',
        object: 'staging/Job/migrate',
        says: 'container web',
      },
      {
        rule: 'container-resources: Memory limit is not set',
        object: 'staging/Job/migrate',
        says: 'container web',
      },
    ]);
  });

  test('a warning is a finding, and so is a failure without a comment', () => {
    expect(readKubeScore('staging', answer({ ...failed, grade: 5, comments: null }))).toHaveLength(1);
  });

  test('what passes, or does not apply, is none', () => {
    expect(readKubeScore('staging', answer({ ...failed, grade: 10 }))).toEqual([]);
    expect(readKubeScore('staging', answer({ ...failed, grade: 0, skipped: true }))).toEqual([]);
  });
});

describe('checkov', () => {
  const report = (check_type: string, failed_checks: readonly object[] = [], summary: object = {}) => ({
    check_type,
    results: { failed_checks },
    summary: { passed: 9, skipped: 0, parsing_errors: 0, ...summary },
  });
  const others = [report('dockerfile'), report('github_actions')];
  const failed = { check_id: 'CKV_1', check_name: 'name' };

  test('a finding in a manifest has the object, another one the file', () => {
    const inManifest = {
      ...failed,
      file_path: '/manifests/dev/50-web.yaml',
      resource: 'Deployment.coped-dev.web',
    };
    const inFile = {
      ...failed,
      file_path: '/docker/web/Dockerfile',
      resource: '/docker/web/Dockerfile.USER',
    };
    const text = json([report('kubernetes', [inManifest]), report('dockerfile', [inFile]), others[1]]);
    expect(readCheckov(text)).toEqual([
      { rule: 'CKV_1', object: 'dev/Deployment/web', says: 'name' },
      { rule: 'CKV_1', object: 'docker/web/Dockerfile', says: 'name' },
    ]);
  });

  test.each([
    ['has looked at no manifest', others],
    ['has checked nothing in them', [report('kubernetes', [], { passed: 0 }), ...others]],
    ['could not read one of them', [report('kubernetes', [], { parsing_errors: 1 }), ...others]],
    [
      'was told by a comment to skip a check',
      [report('kubernetes'), report('dockerfile', [], { skipped: 1 }), others[1]],
    ],
  ])('it fails if it %s', (_, reports) => {
    expect(() => readCheckov(json(reports))).toThrow(
      /^checkov has to check files of (kubernetes|dockerfile)/,
    );
  });
});

test('hadolint: a finding has the Dockerfile', () => {
  const text = json([{ code: 'DL3008', file: 'docker/web/Dockerfile', line: 8, message: 'pin', level: 'x' }]);
  expect(readHadolint(text)).toEqual([
    { rule: 'DL3008', object: 'docker/web/Dockerfile', says: 'line 8: pin' },
  ]);
});

test('zizmor: a finding has the workflow', () => {
  const symbolic = {
    key: { Local: { verbatim_path: '.github/workflows/ci.yml' } },
    annotation: 'this job',
  };
  const text = json([{ ident: 'anonymous-definition', desc: 'without a name', locations: [{ symbolic }] }]);
  expect(readZizmor(text)).toEqual([
    {
      rule: 'anonymous-definition',
      object: '.github/workflows/ci.yml',
      says: 'without a name: this job',
    },
  ]);
  expect(() => readZizmor(json([{ ident: 'a', desc: 'b', locations: [] }]))).toThrow('does not say where');
});

test('actionlint: a finding has the workflow', () => {
  const text = json([{ kind: 'expression', filepath: '.github/workflows/ci.yml', line: 7, message: 'bad' }]);
  expect(readActionlint(text)).toEqual([
    { rule: 'expression', object: '.github/workflows/ci.yml', says: 'line 7: bad' },
  ]);
});

describe('bandit', () => {
  const result = { test_id: 'B108', filename: './docker/a', line_number: 3, issue_text: 'temporary' };
  const answer = { errors: [], metrics: { _totals: {}, './docker/a': {} }, results: [result] };

  test('a finding has the file', () => {
    expect(readBandit(json(answer), ['docker/a'])).toEqual([
      { rule: 'B108', object: 'docker/a', says: 'line 3: temporary' },
    ]);
  });

  test('it fails if it did not look at a file', () => {
    expect(() => readBandit(json(answer), ['docker/a', 'docker/b'])).toThrow('could not read docker/b');
    const errors = [{ filename: 'docker/a', reason: 'syntax error' }];
    expect(() => readBandit(json({ ...answer, errors }), ['docker/a'])).toThrow(
      'could not read docker/a: syntax error',
    );
  });

  test('tests are those of this repository, and those of a project wherever they are', () => {
    const files = [
      'tests/test_live.py',
      'app/tests/test_pages.py',
      'app/shop/tests/models.py',
      'app/shop/tests.py',
    ];
    expect(files.filter((file) => !isTest(`docker/web/${file}`))).toEqual([]);
    expect(isTest('docker/web/app/shop/contests.py')).toBe(false);
  });

  test('it looks at programs without an ending, and not at tests or shell', () => {
    expect(pythonFiles()).toEqual(
      expect.arrayContaining([
        'charts/configuration/wait_or_migrate.py',
        'docker/credentials/renew-certificates',
        'docker/postgres/member/api.py',
        'docker/web/app/manage.py',
      ]),
    );
    const others = pythonFiles().filter((file) => /\/tests\/|create-credentials|Dockerfile|\.txt/.test(file));
    expect(others).toEqual([]);
  });
});

describe('django', () => {
  test('a finding has the environment', () => {
    const text = [
      'System check identified some issues:',
      '',
      'WARNINGS:',
      '?: (security.W005) You have not set it.',
      '',
      'System check identified 1 issue (0 silenced).',
    ].join('\n');
    expect(readDjango('production', text)).toEqual([
      { rule: 'security.W005', object: 'production', says: 'You have not set it.' },
    ]);
    expect(readDjango('production', 'System check identified no issues (0 silenced).')).toEqual([]);
  });

  test.each(['', 'System check identified no issues (1 silenced).'])(
    'it fails if it said nothing, or was told to be silent: "%s"',
    (text) =>
      expect(() => readDjango('production', text)).toThrow('manage.py check of production has to end'),
  );
});

describe('knip', () => {
  const kinds = ['binaries', 'dependencies', 'devDependencies', 'enumMembers', 'exports', 'files'];
  const more = ['namespaceMembers', 'optionalPeerDependencies', 'types', 'unlisted', 'unresolved'];
  const none = Object.fromEntries([...kinds, ...more].map((kind) => [kind, []]));

  test.each([...kinds, ...more].filter((kind) => kind !== 'files'))(
    'a finding of %s has the file and the name',
    (kind) => {
      const text = json({ issues: [{ file: 'a.ts', ...none, [kind]: [{ name: 'b' }] }] });
      expect(readKnip(text)).toEqual([{ rule: kind, object: 'a.ts b', says: expect.any(String) }]);
    },
  );

  test('an unused file is named once', () => {
    const text = json({ issues: [{ file: 'a.ts', ...none, files: [{ name: 'a.ts' }] }] });
    expect(readKnip(text)).toEqual([{ rule: 'files', object: 'a.ts', says: expect.any(String) }]);
  });
});

test('kube-linter: a finding has the object; no finding is null', () => {
  const report = {
    Check: 'latest-tag',
    Diagnostic: { Message: 'latest' },
    Object: { K8sObject: { Name: 'web', GroupVersionKind: { Kind: 'Deployment' } } },
  };
  expect(readKubeLinter('dev', json({ Reports: [report] }))).toEqual([
    { rule: 'latest-tag', object: 'dev/Deployment/web', says: 'latest' },
  ]);
  expect(readKubeLinter('dev', json({ Reports: null }))).toEqual([]);
});

describe('kubeconform', () => {
  const resource = { kind: 'Job', name: 'migrate-0123456789', filename: '/tmp/x/manifests/dev/40.yaml' };
  const answer = (status: string, summary: object = {}) =>
    json({
      resources: [{ ...resource, status, msg: 'bad' }],
      summary: { valid: 9, invalid: 0, errors: 0, skipped: 0, ...summary },
    });

  test('a finding has the version and the object', () => {
    expect(readKubeconform('1.27.0', answer('statusInvalid'))).toEqual([
      { rule: '1.27.0', object: 'dev/Job/migrate', says: 'bad' },
    ]);
    expect(readKubeconform('1.27.0', answer('statusValid'))).toEqual([]);
  });

  test.each([
    ['has no schema of an object', answer('statusError')],
    ['skips an object', answer('statusSkipped')],
    ['validates nothing', answer('statusValid', { valid: 0 })],
  ])('it fails if it %s', (_, text) => {
    expect(() => readKubeconform('1.27.0', text)).toThrow('kubeconform could not validate');
  });
});

describe('npm audit', () => {
  test('a finding has the package that is vulnerable itself', () => {
    const advisory = { url: 'https://github.com/advisories/GHSA-1', title: 'bad' };
    const entry = { name: 'a', severity: 'high', range: '<2', via: [advisory, 'b'] };
    const text = json({ auditReportVersion: 2, vulnerabilities: { a: entry } });
    expect(readNpmAudit(text)).toEqual([{ rule: advisory.url, object: 'a', says: 'high, <2: bad' }]);
  });

  test('it fails if the registry knows no advisories', () => {
    const text = json({ message: '405 Method Not Allowed', error: { summary: '', detail: '' } });
    expect(() => readNpmAudit(text)).toThrow('the answer of npm audit.auditReportVersion is absent');
  });
});

describe('pip-audit', () => {
  test('a finding has the package', () => {
    const vulns = [
      { id: 'PYSEC-1', fix_versions: ['5.2.20'] },
      { id: 'PYSEC-2', fix_versions: [] },
    ];
    expect(readPipAudit(json({ dependencies: [{ name: 'django', version: '5.2', vulns }] }))).toEqual([
      { rule: 'PYSEC-1', object: 'django', says: 'corrected in 5.2.20' },
      { rule: 'PYSEC-2', object: 'django', says: 'not corrected yet' },
    ]);
  });

  test.each([
    ['a package that it does not know', [{ name: 'django', skip_reason: 'not found on PyPI' }]],
    ['no package at all', []],
  ])('it fails at %s', (_, dependencies) => {
    expect(() => readPipAudit(json({ dependencies }))).toThrow('pip-audit did not look at');
  });
});

describe('trivy', () => {
  test('a finding has the file, or the image and the package', () => {
    const Misconfigurations = [{ ID: 'KSV-0011', Severity: 'LOW', Message: 'no limit' }];
    const manifest = { Target: 'manifests/dev/50-web.yaml', Class: 'config', Misconfigurations };
    expect(readTrivy(json({ Results: [manifest] }), ['config'])).toEqual([
      { rule: 'KSV-0011', object: 'dev/50-web.yaml', says: 'LOW: no limit' },
    ]);
    const Secrets = [{ RuleID: 'private-key', StartLine: 1, Title: 'a key' }];
    expect(readTrivy(json({ Results: [{ Target: 'a.pem', Class: 'secret', Secrets }] }), [])).toEqual([
      { rule: 'private-key', object: 'a.pem', says: 'line 1: a key' },
    ]);
    const Vulnerabilities = [
      { VulnerabilityID: 'CVE-1', PkgName: 'openssl', FixedVersion: '3.5.1', Severity: 'HIGH' },
    ];
    const packages = { Target: 'web (debian 13)', Class: 'os-pkgs', Vulnerabilities };
    expect(readTrivy(json({ Results: [packages] }), ['os-pkgs'], 'web')).toEqual([
      { rule: 'CVE-1', object: 'web openssl', says: 'HIGH: corrected in 3.5.1' },
    ]);
  });

  test('it fails if it did not look at what it has to', () => {
    expect(() => readTrivy('{}', ['os-pkgs'], 'web')).toThrow('nothing of the class os-pkgs in web');
  });
});
