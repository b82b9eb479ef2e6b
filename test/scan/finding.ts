import type { Exception } from './exceptions.ts';

/** What a scanner finds wrong. */
export interface Finding {
  /** The scanner's own name of its rule. */
  readonly rule: string;
  /** Where: `production/Deployment/web` of an object, a path of a file. A line number does not belong here. */
  readonly object: string;
  /** What is wrong, in the scanner's words. */
  readonly says: string;
}

/** What the scan says of findings: those that nobody has explained, and explanations of what is no longer found. */
export interface Verdict {
  readonly unexplained: readonly (Finding & { readonly scanner: string })[];
  readonly stale: readonly string[];
}

/**
 * Compares what each scanner found with the exceptions. A rule of a scanner that did not run is not judged, and neither
 * are the objects of its exception: GitHub runs every scanner.
 */
export function judge(
  found: ReadonlyMap<string, readonly Finding[]>,
  exceptions: readonly Exception[],
): Verdict {
  const all = [...found].flatMap(([scanner, findings]) =>
    findings.map((finding) => ({ scanner, ...finding })),
  );
  return {
    unexplained: all.filter((finding) => !exceptions.some((exception) => explains(exception, finding))),
    stale: exceptions.flatMap((exception) => {
      const rules = rulesOf(exception).filter(({ scanner }) => found.has(scanner));
      if (rules.length === 0) return [];
      const explained = all.filter((finding) => explains(exception, finding));
      const didAllRun = rules.length === rulesOf(exception).length;
      return [
        ...rules
          .filter(
            ({ scanner, rule }) => !explained.some((each) => each.scanner === scanner && each.rule === rule),
          )
          .map(
            ({ scanner, rule }) => `${scanner} no longer finds ${rule} at ${exception.objects.join(', ')}`,
          ),
        ...exception.objects
          .filter((pattern) => didAllRun && !explained.some(({ object }) => matches(pattern, object)))
          .map((pattern) => `nothing is found any more at ${pattern}: ${exception.reason}`),
      ];
    }),
  };
}

/** The rules of an exception, each with its scanner. */
function rulesOf({ rules }: Exception): { readonly scanner: string; readonly rule: string }[] {
  return Object.entries(rules).flatMap(([scanner, names]) => names.map((rule) => ({ scanner, rule })));
}

function explains(exception: Exception, finding: Finding & { readonly scanner: string }): boolean {
  return (
    rulesOf(exception).some(({ scanner, rule }) => scanner === finding.scanner && rule === finding.rule) &&
    exception.objects.some((pattern) => matches(pattern, finding.object))
  );
}

/** In a pattern, `*` stands for any text. */
function matches(pattern: string, object: string): boolean {
  const parts = pattern.split('*').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(object);
}
